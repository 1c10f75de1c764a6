//! What is set right in the raw bytes before the parser sees them. Nearly every message passes untouched and uncopied.

use encoding_rs::{Encoding, WINDOWS_1252};
use memchr::memmem;
use std::borrow::Cow;

/// Type of an attached letter that was base64-encoded. RFC 2046 §5.2.1 forbids that; the parser would open it all the
/// same, by recursion, as deep as its sender likes. So it stays closed and is listed under its real type.
pub(super) const DISARMED: &str = "xessage";

/// Where the header block ends: behind its empty line, or at the end of everything.
pub(super) fn header_end(raw: &[u8]) -> usize {
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\n', &raw[at..]) {
        at += step + 1;
        match raw.get(at..) {
            Some([b'\n', ..]) => return at + 1,
            Some([b'\r', b'\n', ..]) => return at + 2,
            _ => {}
        }
    }
    raw.len()
}

/// Whether it begins with a header at all, even one nobody asks for.
pub(super) fn has_header(raw: &[u8]) -> bool {
    raw[..header_end(raw)].split(|byte| *byte == b'\n').take(100).any(|line| {
        let name = line.iter().position(|byte| *byte == b':').map_or(&line[..0], |colon| &line[..colon]);
        !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
    })
}

pub(super) fn mend(raw: &[u8]) -> Cow<'_, [u8]> {
    let end = header_end(raw);
    let head = &raw[..end];
    let mut mended = if std::str::from_utf8(head).is_ok() {
        Cow::Borrowed(raw)
    } else {
        let mut copy = recoded(head, raw);
        copy.extend_from_slice(&raw[end..]);
        Cow::Owned(copy)
    };
    for at in dangerous(&mended) {
        mended.to_mut()[at] = b'x';
    }
    mended
}

/// Raw 8-bit headers, which no standard allowed for thirty years and Outlook wrote all the same.
fn recoded(head: &[u8], raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len() + head.len() / 8);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if std::str::from_utf8(line).is_ok() {
            out.extend_from_slice(line);
            continue;
        }
        // The five holes of windows-1252: a text that uses them is in another charset, most likely that of the body.
        let holes = line.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
        let charset = if holes { body_charset(raw).unwrap_or(WINDOWS_1252) } else { WINDOWS_1252 };
        let (text, _) = charset.decode_without_bom_handling(line);
        out.extend_from_slice(text.as_bytes());
    }
    out
}

fn body_charset(raw: &[u8]) -> Option<&'static Encoding> {
    let window = &raw[..raw.len().min(64 << 10)];
    memmem::find_iter(window, b"charset=").find_map(|at| {
        let rest = &window[at + 8..];
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let end = rest.iter().position(|b| !b.is_ascii_alphanumeric() && !b"-_".contains(b))?;
        Encoding::for_label(&rest[..end]).filter(|charset| charset.is_ascii_compatible() && *charset != encoding_rs::UTF_8)
    })
}

/// How many letters within a letter are opened; further ones are listed and stay closed.
const MAX_LETTERS: usize = 100;

/// Offsets of letters to overwrite so that the parser does not recurse: the `d` of `multipart/digest`, whose parts are
/// letters without saying so, and the `m` of a `message/…` that is encoded or one too many.
///
/// Searched by the hyphen of `Content-Type`, because base64 has none and is passed over at the speed of memory.
fn dangerous(raw: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut letters = 0_usize;
    let mut done = 0;
    for at in memchr::memchr_iter(b'-', raw) {
        let is_type = at >= done + 7
            && raw.get(at + 1..at + 5).is_some_and(|word| word.eq_ignore_ascii_case(b"type"))
            && raw[at - 7..at].eq_ignore_ascii_case(b"content");
        if !is_type {
            continue;
        }
        let from = at + 5;
        // Every byte is looked at in one logical line only, however many such headers are folded into one another.
        done = from + logical_line(&raw[from..]);
        let value = &raw[from..done];
        for (slash, _) in value.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let before = value[..slash].trim_ascii_end();
            let after = value[slash + 1..].trim_ascii_start();
            if after.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"digest")) {
                found.push(done - after.len());
            }
            if before.len() >= 7 && before[before.len() - 7..].eq_ignore_ascii_case(b"message") {
                letters += 1;
                if letters > MAX_LETTERS || is_encoded(raw, at, done) {
                    found.push(from + before.len() - 7);
                }
            }
        }
    }
    found
}

/// Whether the header block around this header speaks of a transfer encoding.
fn is_encoded(raw: &[u8], at: usize, done: usize) -> bool {
    const REACH: usize = 64 << 10;
    let before = &raw[at.saturating_sub(REACH)..at];
    let start = memmem::rfind(before, b"\n\n").into_iter().chain(memmem::rfind(before, b"\n\r\n")).max().unwrap_or(0);
    let after = &raw[done..raw.len().min(done + REACH)];
    let block = if after.starts_with(b"\n") || after.starts_with(b"\r\n") { &after[..0] } else { &after[..header_end(after)] };
    [&before[start..], block].iter().any(|text| find_word(text, b"base64").is_some() || find_word(text, b"quoted-printable").is_some())
}

/// The length of a header's value with its folded lines.
fn logical_line(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\n', &rest[at..]) {
        at += step + 1;
        if !matches!(rest.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    rest.len()
}

/// Position of a lower-case word, in any case.
pub(super) fn find_word(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word))
}
