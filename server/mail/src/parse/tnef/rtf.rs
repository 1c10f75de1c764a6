//! RTF, folded as Outlook folds it ([MS-OXRTFCP]), read for its words, or for the HTML it was made of ([MS-OXRTFEX]).

use super::bytes::Bytes;
use super::codepage;
use std::collections::HashMap;

const FOLDED: u32 = u32::from_le_bytes(*b"LZFu");
const PLAIN: u32 = u32::from_le_bytes(*b"MELA");

/// What the window holds before the first byte: what most RTF of 1997 began with.
const START: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor \
MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4_096;

/// At most `room` bytes. `None`: it is no folded RTF, or damaged, so that every reference in it may point anywhere.
pub(super) fn inflate(packed: &[u8], room: usize) -> Option<Vec<u8>> {
    let mut rest = Bytes(packed);
    let (size, raw_size, kind, crc) = (rest.u32()?, rest.u32()?, rest.u32()?, rest.u32()?);
    // The size counts the three numbers after it.
    let size = usize::try_from(size.saturating_sub(12)).ok()?;
    let contents = &rest.0[..rest.0.len().min(size)];
    match kind {
        PLAIN => Some(contents[..contents.len().min(usize::try_from(raw_size).ok()?).min(room)].to_vec()),
        FOLDED if crc_of(contents) == crc => Some(unfold(contents, room)),
        _ => None,
    }
}

/// A copy makes at most seventeen bytes of two, so that even without `room` this would not be a bomb.
fn unfold(contents: &[u8], room: usize) -> Vec<u8> {
    let mut rest = Bytes(contents);
    let mut out = START.to_vec();
    let room = room + START.len();
    'all: while let Some(flags) = rest.u8() {
        for bit in 0..8 {
            if out.len() >= room {
                break 'all;
            }
            if flags >> bit & 1 == 0 {
                let Some(byte) = rest.u8() else { break 'all };
                out.push(byte);
                continue;
            }
            let Some([high, low]) = rest.array() else { break 'all };
            // A place in the window is as good as a distance back. None at all: the place that is written next, the end.
            let place = usize::from(high) << 4 | usize::from(low >> 4);
            let back = (out.len() + WINDOW - place) % WINDOW;
            if back == 0 {
                break 'all;
            }
            for _ in 0..usize::from(low & 15) + 2 {
                // Before the beginning there is nothing.
                let byte = out.len().checked_sub(back).and_then(|from| out.get(from)).copied().unwrap_or(b' ');
                out.push(byte);
            }
        }
    }
    out.truncate(room);
    out.split_off(START.len())
}

/// CRC-32 without its usual first and last turn.
fn crc_of(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut at = 0;
        while at < 256 {
            let mut value = at as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[at] = value;
            at += 1;
        }
        table
    };
    bytes.iter().fold(0, |crc, byte| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ crc >> 8)
}

pub(super) fn holds_html(rtf: &[u8]) -> bool {
    memchr::memmem::find(&rtf[..rtf.len().min(1_024)], b"\\fromhtml1").is_some()
}

/// Groups within groups; a letter has a dozen.
const MAX_DEPTH: usize = 1_000;

/// The words, or the page where it was made of one; about `max` bytes at most.
pub(super) fn read(rtf: &[u8], codepage: u32, max: usize) -> String {
    let group = Group { silent: false, tag: false, hidden: false, fonts: false, starred: false, fallback: 1, codepage };
    let mut reader = Reader {
        rest: Bytes(rtf),
        html: holds_html(rtf),
        codepage,
        fonts: HashMap::new(),
        font: 0,
        group,
        outer: Vec::new(),
        owed: 0,
        high: None,
        pending: Vec::new(),
        out: String::new(),
    };
    reader.run(max);
    reader.out
}

/// What a closing brace undoes.
#[derive(Clone, Copy)]
struct Group {
    /// Fonts, styles, pictures: not words.
    silent: bool,
    /// A piece of the page as it was.
    tag: bool,
    /// Only there for programs that do not know about the page.
    hidden: bool,
    fonts: bool,
    /// Whether `\*` was just read: who does not know the next word is to leave out the group.
    starred: bool,
    /// How many letters stand in for one that is given as a number.
    fallback: u32,
    codepage: u32,
}

struct Reader<'a> {
    rest: Bytes<'a>,
    html: bool,
    codepage: u32,
    /// The code pages of those fonts that are for one.
    fonts: HashMap<i32, u32>,
    /// The one that is being described.
    font: i32,
    group: Group,
    outer: Vec<Group>,
    /// Letters to pass over.
    owed: u32,
    /// The first half of a letter that takes two numbers.
    high: Option<u32>,
    /// Bytes are decoded together: a letter may take two of them.
    pending: Vec<u8>,
    out: String,
}

impl Reader<'_> {
    fn run(&mut self, max: usize) {
        while let Some(byte) = self.rest.u8() {
            if self.out.len() + self.pending.len() >= max {
                break;
            }
            match byte {
                b'{' => {
                    self.flush();
                    if self.outer.len() >= MAX_DEPTH {
                        break;
                    }
                    self.outer.push(self.group);
                }
                b'}' => {
                    self.flush();
                    let Some(outer) = self.outer.pop() else { break };
                    self.group = outer;
                    // Behind the last brace stands what filled up somebody's buffer.
                    if self.outer.is_empty() {
                        break;
                    }
                }
                b'\\' => self.control(),
                b'\r' | b'\n' | 0 => continue,
                _ => {
                    self.byte(byte);
                    continue;
                }
            }
            if matches!(byte, b'{' | b'}') {
                self.owed = 0;
            }
        }
        self.flush();
    }

    fn control(&mut self) {
        let bytes = self.rest.0;
        let end = bytes.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(bytes.len());
        if end == 0 {
            return self.symbol();
        }
        let (word, rest) = bytes.split_at(end);
        let minus = usize::from(rest.first() == Some(&b'-'));
        let digits = rest[minus..].iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len() - minus);
        let (number, rest) = rest.split_at(if digits > 0 { minus + digits } else { 0 });
        // The blank behind a word belongs to it.
        self.rest = Bytes(rest.strip_prefix(b" ").unwrap_or(rest));
        self.word(word, std::str::from_utf8(number).ok().and_then(|digits| digits.parse().ok()));
    }

    fn symbol(&mut self) {
        match self.rest.u8() {
            Some(b'\'') => {
                let Some(digits) = self.rest.array::<2>() else { return };
                let value = std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                if let Some(value) = value {
                    self.byte(value);
                }
            }
            Some(symbol @ (b'\\' | b'{' | b'}')) => self.byte(symbol),
            Some(b'~') => self.put('\u{a0}'),
            Some(b'_') => self.put('-'),
            Some(b'\r' | b'\n') => self.put('\n'),
            Some(b'*') => self.group.starred = true,
            _ => {}
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        self.flush();
        if std::mem::take(&mut self.group.starred) {
            if self.html && word == b"htmltag" {
                // Its bytes are those of the page, whatever font is in use around it.
                self.group.tag = true;
                self.group.codepage = self.codepage;
            } else {
                self.group.silent = true;
            }
            return;
        }
        let count = number.and_then(|number| u32::try_from(number).ok());
        match word {
            b"par" | b"line" | b"sect" | b"page" | b"row" => self.put('\n'),
            b"tab" | b"cell" => self.put('\t'),
            b"u" => self.unit(number.unwrap_or_default()),
            b"uc" => self.group.fallback = count.unwrap_or(1).min(16),
            // Raw bytes, which may look like anything.
            b"bin" => drop(self.rest.take(count.unwrap_or_default())),
            b"ansicpg" => {
                self.codepage = count.filter(|codepage| *codepage > 0).unwrap_or(self.codepage);
                self.group.codepage = self.codepage;
            }
            b"fonttbl" => {
                self.group.silent = true;
                self.group.fonts = true;
            }
            b"f" if self.group.fonts => self.font = number.unwrap_or_default(),
            b"f" => self.group.codepage = number.and_then(|font| self.fonts.get(&font)).copied().unwrap_or(self.codepage),
            b"fcharset" if self.group.fonts => {
                if let Some(codepage) = number.and_then(codepage::of_font) {
                    self.fonts.insert(self.font, codepage);
                }
            }
            b"plain" => self.group.codepage = self.codepage,
            b"htmlrtf" => self.group.hidden = number != Some(0),
            b"stylesheet" | b"colortbl" | b"info" | b"pict" | b"objdata" | b"filetbl" => self.group.silent = true,
            b"emdash" => self.put('—'),
            b"endash" => self.put('–'),
            b"lquote" => self.put('‘'),
            b"rquote" => self.put('’'),
            b"ldblquote" => self.put('“'),
            b"rdblquote" => self.put('”'),
            b"bullet" => self.put('•'),
            b"emspace" | b"enspace" => self.put(' '),
            _ => {}
        }
    }

    fn is_shown(&self) -> bool {
        !self.group.silent && (!self.group.hidden || self.group.tag)
    }

    fn byte(&mut self, byte: u8) {
        if self.owed > 0 {
            self.owed -= 1;
        } else if self.is_shown() {
            self.pending.push(byte);
        }
    }

    fn put(&mut self, letter: char) {
        self.flush();
        if self.is_shown() {
            self.out.push(letter);
        }
    }

    /// A number of UTF-16, which programs of its time could not but write with a sign.
    fn unit(&mut self, number: i32) {
        self.owed = self.group.fallback;
        let unit = number.rem_euclid(0x1_0000).unsigned_abs();
        match (self.high.take(), unit) {
            (_, 0xd800..=0xdbff) => self.high = Some(unit),
            (Some(high), 0xdc00..=0xdfff) => {
                let letter = 0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
                self.put(char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => self.put(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.out.push_str(&codepage::exact(&self.pending, self.group.codepage));
            self.pending.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cap, which nobody outside can see: what is shown is cut much earlier.
    #[test]
    fn inflating_stops_where_it_is_told() {
        // Eight copies of the longest kind, again and again: an `x`, and what was just written.
        let mut contents = vec![0, b'x', b'x', b'x', b'x', b'x', b'x', b'x', b'x'];
        contents.extend((0..1_000).flat_map(|turn| {
            let places = (0..8).map(move |step| u16::try_from((START.len() + 7 + (turn * 8 + step) * 17) % WINDOW).expect("in the window"));
            [0xff].into_iter().chain(places.flat_map(|place| (place << 4 | 15).to_be_bytes()))
        }));
        let size = u32::try_from(contents.len()).expect("small") + 12;
        let packed = [&size.to_le_bytes()[..], &[0xff; 4], &FOLDED.to_le_bytes(), &crc_of(&contents).to_le_bytes(), &contents].concat();
        assert_eq!(inflate(&packed, 1 << 20).map(|rtf| rtf.len()), Some(8 + 1_000 * 8 * 17));
        for room in [0, 1, 8, 9, 1_000] {
            assert_eq!(inflate(&packed, room), Some(vec![b'x'; room]));
        }
        let flat = [&size.to_le_bytes()[..], &[0xff; 4], &PLAIN.to_le_bytes(), &[0; 4], &contents].concat();
        assert_eq!(inflate(&flat, 3), Some(vec![0, b'x', b'x']));
        for end in 0..16 {
            assert_eq!(inflate(&packed[..end], 100), None);
        }
    }
}
