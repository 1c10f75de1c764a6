//! Words as both databases index them, so that the same message is found by the same words in either.

use crate::fold::fold;

/// A longer run of letters is no word anybody types; its beginning is enough to find it by.
const BYTES: usize = 64;

pub(super) fn is_letter(c: char) -> bool {
    // A combining accent belongs to the letter before it.
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// The words of a text, folded, a space between each.
pub fn spaced(text: &str) -> String {
    let folded = fold(text);
    let mut spaced = String::with_capacity(folded.len());
    for word in folded.split(|c| !is_letter(c)).filter(|word| !word.is_empty()) {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(cut(word));
    }
    spaced
}

pub fn words_of(text: &str) -> Vec<String> {
    spaced(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn cut(word: &str) -> &str {
    &word[..word.floor_char_boundary(BYTES)]
}
