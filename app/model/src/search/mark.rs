//! Where the words that were looked for stand in a text that is shown.

use super::Mark;
use super::words::is_letter;
use crate::fold::fold;

/// A stretch of text, marked or not. All of them together are the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub marked: bool,
}

/// A word of the text: where it stands, and what it is compared by.
struct Word {
    from: usize,
    to: usize,
    key: String,
}

pub fn mark(text: &str, marks: &[Mark]) -> Vec<Piece> {
    let words = words(text);
    let mut hits: Vec<(usize, usize)> = Vec::new();
    for (at, _) in words.iter().enumerate() {
        for mark in marks {
            hits.extend(stands_at(text, words.get(at..).unwrap_or_default(), mark));
        }
    }
    hits.sort_unstable();
    let mut pieces = Vec::new();
    let mut done = 0;
    for (from, to) in hits {
        if to <= done {
            continue;
        }
        push(&mut pieces, text, done, from.max(done), false);
        push(&mut pieces, text, from.max(done), to, true);
        done = to;
    }
    push(&mut pieces, text, done, text.len(), false);
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, from: usize, to: usize, marked: bool) {
    if let Some(text) = text.get(from..to).filter(|text| !text.is_empty()) {
        pieces.push(Piece { text: text.to_owned(), marked });
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (from, is_letter(c)) {
            (None, true) => from = Some(at),
            (Some(start), false) => {
                let key = fold(text.get(start..at).unwrap_or_default());
                words.push(Word { from: start, to: at, key });
                from = None;
            }
            _ => {}
        }
    }
    words
}

/// Where the words of a mark stand at the head of these, each for itself.
fn stands_at(text: &str, words: &[Word], mark: &Mark) -> Vec<(usize, usize)> {
    let Some((last, before)) = mark.words.split_last() else { return Vec::new() };
    let Some(end) = words.get(before.len()) else { return Vec::new() };
    if !before.iter().zip(words).all(|(sought, word)| *sought == word.key) {
        return Vec::new();
    }
    let to = if end.key == *last {
        end.to
    } else if mark.prefix && end.key.starts_with(last.as_str()) {
        end.from + beginning(text.get(end.from..end.to).unwrap_or_default(), last.len())
    } else {
        return Vec::new();
    };
    words.iter().take(before.len()).map(|word| (word.from, word.to)).chain([(end.from, to)]).collect()
}

/// How much of a word, as written, its first folded bytes are.
fn beginning(word: &str, folded: usize) -> usize {
    let mut so_far = 0;
    for (at, c) in word.char_indices() {
        if so_far >= folded && !matches!(c, '\u{300}'..='\u{36f}') {
            return at;
        }
        so_far += fold(c.encode_utf8(&mut [0; 4])).len();
    }
    word.len()
}
