//! Words as both databases index them, so that the same message is found by the same words in either.

use crate::fold::push;

/// A longer run of letters is no word anybody types; its beginning is enough to find it by.
const BYTES: usize = 64;

pub(super) fn is_letter(c: char) -> bool {
    // A combining accent belongs to the letter before it.
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// The words of a text, folded, a space between each.
pub fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    let mut begun = 0;
    let mut gap = true;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            gap |= !is_letter(c);
            continue;
        }
        if gap {
            gap = false;
            shorten(&mut spaced, begun);
            if !spaced.is_empty() {
                spaced.push(' ');
            }
            begun = spaced.len();
        }
        push(&mut spaced, c);
    }
    shorten(&mut spaced, begun);
    spaced
}

pub fn words_of(text: &str) -> Vec<String> {
    spaced(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Cuts the word that begins there.
fn shorten(spaced: &mut String, begun: usize) {
    if spaced.len() > begun + BYTES {
        spaced.truncate(spaced.floor_char_boundary(begun + BYTES));
    }
}
