//! A message without the weight of its attachments: the database keeps their sizes only, and to decode them would cost more
//! than to read all the rest.

use super::mend::{find_word, header_end};
use memchr::memmem;
use std::borrow::Cow;

/// What is lighter is left where it is.
const WEIGHTY: usize = 2 << 10;
/// How far up a part's header is sought from its `Content-Transfer-Encoding`.
const REACH: usize = 8 << 10;

/// A body in base64 that was taken out.
struct Cut {
    /// Where it began, in what is left.
    at: usize,
    /// Its length as it was written, and as bytes.
    coded: usize,
    plain: usize,
}

pub(super) struct Husk<'x> {
    pub(super) bytes: Cow<'x, [u8]>,
    pub(super) cuts: Cuts,
}

/// Lowest first.
#[derive(Default)]
pub(super) struct Cuts(Vec<Cut>);

impl Cuts {
    /// The size of the body that was taken out here.
    pub(super) fn plain(&self, at: u32) -> Option<usize> {
        let at = usize::try_from(at).ok()?;
        self.0.binary_search_by_key(&at, |cut| cut.at).ok().map(|found| self.0[found].plain)
    }

    /// How much was taken out between these.
    pub(super) fn coded(&self, from: u32, to: u32) -> usize {
        let within = |at: usize| u32::try_from(at).is_ok_and(|at| (from..to).contains(&at));
        self.0.iter().filter(|cut| within(cut.at)).map(|cut| cut.coded).sum()
    }
}

impl<'x> Husk<'x> {
    pub(super) fn whole(raw: &'x [u8]) -> Self {
        Self { bytes: Cow::Borrowed(raw), cuts: Cuts::default() }
    }
}

/// Takes out what is certain to be a file in clean base64, up to the boundary behind it. All else stays, to be judged by the parser.
pub(super) fn of(raw: &[u8]) -> Husk<'_> {
    let mut left: Vec<u8> = Vec::new();
    let mut cuts = Cuts::default();
    let mut copied = 0;
    // No byte is judged twice, however many such headers stand in one another.
    let mut judged = 0;
    for at in memchr::memchr_iter(b'-', raw) {
        if at < judged || !announces_base64(raw, at) {
            continue;
        }
        let body = at + header_end(&raw[at..]);
        judged = body;
        if !is_file(&raw[header_start(raw, at)..body]) {
            continue;
        }
        // From the line break on, so that a part without a body is left.
        let Some(end) = memmem::find(&raw[body..], b"\n--").map(|step| body + step) else { break };
        judged = end;
        if end - body < WEIGHTY {
            continue;
        }
        let Some(plain) = decoded_len(&raw[body..end]) else { continue };
        left.extend_from_slice(&raw[copied..body]);
        cuts.0.push(Cut { at: left.len(), coded: end - body, plain });
        copied = end;
    }
    if cuts.0.is_empty() {
        return Husk::whole(raw);
    }
    left.extend_from_slice(&raw[copied..]);
    Husk { bytes: Cow::Owned(left), cuts }
}

/// Whether the first hyphen of `Content-Transfer-Encoding: base64` stands here, the header beginning its line.
fn announces_base64(raw: &[u8], at: usize) -> bool {
    let Some(begun) = at.checked_sub(7) else { return false };
    let named = raw[begun..at].eq_ignore_ascii_case(b"content")
        && (begun == 0 || raw[begun - 1] == b'\n')
        && raw.get(at + 1..at + 19).is_some_and(|rest| rest.eq_ignore_ascii_case(b"transfer-encoding:"));
    if !named {
        return false;
    }
    let value = &raw[at + 19..];
    let line = memchr::memchr(b'\n', value).map_or(value, |end| &value[..end]);
    line.trim_ascii().eq_ignore_ascii_case(b"base64")
}

/// Behind the line before this one that is empty or a boundary.
fn header_start(raw: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(REACH);
    let mut line = memchr::memrchr(b'\n', &raw[..at]).map_or(0, |end| end + 1);
    while line > floor {
        let before = memchr::memrchr(b'\n', &raw[..line - 1]).map_or(0, |end| end + 1);
        let text = raw[before..line].trim_ascii_end();
        if text.is_empty() || text.starts_with(b"--") {
            break;
        }
        line = before;
    }
    line
}

/// Whether it is the header of a file, beyond doubt: one type, one encoding, and none that holds a letter.
fn is_file(head: &[u8]) -> bool {
    let (mut types, mut encodings) = (0, 0);
    let mut file = false;
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let name = line[..colon].trim_ascii();
        if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            encodings += 1;
        } else if name.eq_ignore_ascii_case(b"content-type") {
            types += 1;
            let kind = line[colon + 1..].trim_ascii_start();
            let is = |word: &[u8]| kind.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
            file = is(b"application/") || is(b"image/") || is(b"audio/") || is(b"video/");
        }
    }
    let outlook = [b"tnef".as_slice(), b"winmail"].iter().any(|word| find_word(head, word).is_some());
    file && types == 1 && encodings == 1 && !outlook
}

/// What the parser would make of it, where there is nothing but base64, padded at its end only.
fn decoded_len(coded: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'=', coded).unwrap_or(coded.len());
    let (letters, padding) = coded.split_at(end);
    if !padding.iter().all(|byte| matches!(byte, b'=' | b'\r' | b'\n')) {
        return None;
    }
    let mut count = 0;
    // Pieces short enough to be counted in bytes: the compiler then takes sixteen at a time.
    for piece in letters.chunks(128) {
        let (mut alphabet, mut breaks) = (0_u8, 0_u8);
        for &byte in piece {
            // `/` stands right before the digits.
            let is_letter = ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'/') < 11) | (byte == b'+');
            alphabet += u8::from(is_letter);
            breaks += u8::from((byte == b'\n') | (byte == b'\r'));
        }
        if usize::from(alphabet + breaks) != piece.len() {
            return None;
        }
        count += usize::from(alphabet);
    }
    let last = match (count % 4, padding.is_empty()) {
        (3, false) => 2,
        (1 | 2, false) => 1,
        _ => 0,
    };
    Some(count / 4 * 3 + last)
}
