//! winmail.dat: what Outlook makes of a letter when it takes the receiver for another Outlook ([MS-OXTNEF]).
//!
//! The files of the letter, and often its only words, lie in one stream of attributes. Whoever wrote it is not trusted:
//! nothing is read past its end, each step takes bytes away, and but for what RTF unfolds to nothing is copied.

mod bytes;
mod codepage;
mod rtf;

use super::{MAX_SEARCH_TEXT, cut, text};
use bytes::Bytes;
use std::borrow::Cow;

const SIGNATURE: u32 = 0x223e_9f78;
/// Further ones stay inside, and the winmail.dat stays listed.
const MAX_FILES: usize = 500;
/// Letters within letters, opened no deeper than this.
const MAX_DEPTH: u32 = 3;
/// All that is made of one winmail.dat rather than found in it: unfolded RTF, and the words of letters within.
const ROOM: usize = 8 << 20;

// Types of values ([MS-OXCDATA] §2.11.1).
const MANY: u16 = 0x1000;
const INTEGER: u16 = 0x0003;
const OBJECT: u16 = 0x000d;
const STRING8: u16 = 0x001e;
const UNICODE: u16 = 0x001f;
const BINARY: u16 = 0x0102;

pub(crate) struct Packed<'a> {
    pub(crate) files: Vec<File<'a>>,
    pub(crate) words: Words<'a>,
    /// Whether everything was taken out. What broke off, or was too much, is still in the winmail.dat.
    pub(crate) whole: bool,
}

/// As its sender states it: name and type are still to be made safe.
#[derive(Default)]
pub(crate) struct File<'a> {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) content_id: String,
    pub(crate) data: Cow<'a, [u8]>,
}

/// The letter itself, in up to four versions.
#[derive(Default)]
pub(crate) struct Words<'a> {
    subject: Option<Value<'a>>,
    text: Option<Value<'a>>,
    html: Option<Value<'a>>,
    rtf: Option<Value<'a>>,
    /// Of 8-bit strings, and of HTML that does not name its own.
    codepage: u32,
    internet_codepage: u32,
}

/// `None`: this is no such stream.
pub(crate) fn read(bytes: &[u8]) -> Option<Packed<'_>> {
    let mut found = Found { files: Vec::new(), room: ROOM, whole: true };
    let words = found.letter(bytes, 0)?;
    Some(Packed { files: found.files, words, whole: found.whole })
}

impl Packed<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.words.is_empty()
    }
}

impl Words<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.text(MAX_SEARCH_TEXT).is_none() && self.html(MAX_SEARCH_TEXT).is_none()
    }

    pub(crate) fn html(&self, max: usize) -> Option<String> {
        self.page(max).or_else(|| {
            let rtf = self.unfolded()?;
            rtf::holds_html(&rtf).then(|| worth(&rtf::read(&rtf, self.codepage, max), max)).flatten()
        })
    }

    /// The version in text, or made into text.
    pub(crate) fn text(&self, max: usize) -> Option<String> {
        let text = self.text.and_then(|text| worth(text.text(self.codepage).trim_end_matches('\0'), max));
        text.or_else(|| worth(&text::from_html(&self.page(ROOM)?, max), max)).or_else(|| {
            let rtf = self.unfolded()?;
            if rtf::holds_html(&rtf) {
                worth(&text::from_html(&rtf::read(&rtf, self.codepage, ROOM), max), max)
            } else {
                worth(&rtf::read(&rtf, self.codepage, max), max)
            }
        })
    }

    fn page(&self, max: usize) -> Option<String> {
        let html = self.html?;
        let page = if html.kind == UNICODE { html.text(0) } else { self.decoded_html(html.bytes) };
        worth(page.trim_end_matches('\0'), max)
    }

    fn unfolded(&self) -> Option<Vec<u8>> {
        rtf::inflate(self.rtf?.bytes, ROOM)
    }

    fn decoded_html(&self, bytes: &[u8]) -> String {
        let head = bytes[..bytes.len().min(2 << 10)].to_ascii_lowercase();
        let named = memchr::memmem::find(&head, b"charset=").and_then(|at| {
            let label = head.get(at + 8..)?.trim_ascii_start();
            let label = label.strip_prefix(b"\"").or_else(|| label.strip_prefix(b"'")).unwrap_or(label);
            let end = label.iter().position(|b| !b.is_ascii_alphanumeric() && !b"-_".contains(b))?;
            // Not a charset in which these words could have been read.
            std::str::from_utf8(label.get(..end)?).ok().filter(|label| !label.starts_with("utf-16") && *label != "unicode")
        });
        let codepage = if self.internet_codepage > 0 { self.internet_codepage } else { self.codepage };
        codepage::decode(bytes, named.unwrap_or_else(|| codepage::label(codepage)))
    }
}

fn worth(text: &str, max: usize) -> Option<String> {
    (!text.trim().is_empty()).then(|| cut(text, max).to_owned())
}

#[derive(Clone, Copy)]
struct Value<'a> {
    kind: u16,
    bytes: &'a [u8],
}

impl<'a> Value<'a> {
    fn string(bytes: &'a [u8]) -> Self {
        Self { kind: STRING8, bytes }
    }

    fn text(self, codepage: u32) -> String {
        codepage::decode(self.bytes, if self.kind == UNICODE { "utf-16le" } else { codepage::label(codepage) })
    }

    /// Up to the zero that ends it, and no longer than a name can be.
    fn name(self, codepage: u32) -> String {
        let bytes = &self.bytes[..self.bytes.len().min(2 << 10)];
        let mut name = Self { bytes, ..self }.text(codepage);
        name.truncate(name.find('\0').unwrap_or(name.len()));
        name
    }

    fn is_text(self) -> bool {
        matches!(self.kind, STRING8 | UNICODE)
    }

    fn number(self) -> Option<u32> {
        (self.kind == INTEGER).then(|| Bytes(self.bytes).u32()).flatten()
    }
}

/// A file as far as it has been read. Which name it gets, and in which code page, is known at the end only.
#[derive(Default)]
struct Draft<'a> {
    title: Option<Value<'a>>,
    transport_name: Option<Value<'a>>,
    display_name: Option<Value<'a>>,
    long_name: Option<Value<'a>>,
    short_name: Option<Value<'a>>,
    mime: Option<Value<'a>>,
    content_id: Option<Value<'a>>,
    data: Option<&'a [u8]>,
    /// The same as a property: the only place for what is not a plain file.
    content: Option<Value<'a>>,
}

struct Found<'a> {
    files: Vec<File<'a>>,
    room: usize,
    whole: bool,
}

impl<'a> Found<'a> {
    fn letter(&mut self, bytes: &'a [u8], depth: u32) -> Option<Words<'a>> {
        let mut rest = Bytes(bytes);
        if rest.u32()? != SIGNATURE {
            return None;
        }
        // A key that tells apart the letters of one sender, long out of use.
        rest.u16()?;
        let mut words = Words::default();
        let mut drafts: Vec<Draft<'a>> = Vec::new();
        loop {
            let attribute = match attribute(&mut rest) {
                Next::Attribute(attribute) => attribute,
                Next::End => break,
                Next::Broken => {
                    self.whole = false;
                    break;
                }
            };
            let data = attribute.data;
            if attribute.of_file {
                // Old writers leave out what begins a file.
                if attribute.id == 0x9002 || drafts.is_empty() {
                    if self.files.len() + drafts.len() >= MAX_FILES {
                        self.whole = false;
                        break;
                    }
                    drafts.push(Draft::default());
                }
                if let Some(draft) = drafts.last_mut() {
                    draft.take(attribute.id, data);
                }
                continue;
            }
            match attribute.id {
                0x8004 => set(&mut words.subject, Value::string(data)),
                0x800c => set(&mut words.text, Value::string(data)),
                0x9003 => properties(data, |id, value| words.take(id, value)),
                0x9007 => words.codepage = Bytes(data).u32().unwrap_or_default(),
                _ => {}
            }
        }
        for draft in drafts {
            self.file(draft, words.codepage, depth);
        }
        Some(words)
    }

    fn file(&mut self, draft: Draft<'a>, codepage: u32, depth: u32) {
        let text = |value: Option<Value<'_>>| value.map(|value| value.name(codepage)).filter(|name| !name.trim().is_empty());
        let names = [draft.long_name, draft.title, draft.transport_name, draft.display_name, draft.short_name];
        let mut file = File {
            name: names.into_iter().find_map(text).unwrap_or_default(),
            mime: text(draft.mime).unwrap_or_default(),
            content_id: text(draft.content_id).unwrap_or_default(),
            data: Cow::Borrowed(draft.data.unwrap_or_default()),
        };
        match draft.content {
            Some(Value { kind: OBJECT, bytes }) => {
                // An object begins with the name of its kind, sixteen bytes.
                let object = bytes.get(16..).unwrap_or_default();
                if self.letter_within(object, &file.name, depth) {
                    return;
                }
                file.data = Cow::Borrowed(object);
            }
            Some(Value { bytes, .. }) if !bytes.is_empty() => file.data = Cow::Borrowed(bytes),
            Some(_) => {}
            None if draft.data.is_none() => {
                // A name without a file, as where it stayed on the sender's disk.
                self.whole = false;
                return;
            }
            None => {}
        }
        self.push(file);
    }

    fn push(&mut self, file: File<'a>) {
        if self.files.len() < MAX_FILES {
            self.files.push(file);
        } else {
            self.whole = false;
        }
    }

    /// A letter attached to a letter: its words become a file beside its files. `false`: there was nothing to take out.
    fn letter_within(&mut self, object: &'a [u8], name: &str, depth: u32) -> bool {
        let before = self.files.len();
        let Some(words) = (depth < MAX_DEPTH).then(|| self.letter(object, depth + 1)).flatten() else { return false };
        let (page, mime) = match words.html(self.room) {
            Some(html) => (Some(html), "text/html"),
            None => (words.text(self.room), "text/plain"),
        };
        if let Some(page) = page
            && self.room > 0
        {
            let subject = words.subject.map(|subject| subject.name(words.codepage)).unwrap_or_default();
            let name = if name.is_empty() { &subject } else { name.strip_suffix(".msg").unwrap_or(name) };
            self.room = self.room.saturating_sub(page.len());
            // The mark goes before whatever charset the page names for itself.
            let data = Cow::Owned(format!("\u{feff}{page}").into_bytes());
            self.push(File { name: name.to_owned(), mime: mime.to_owned(), content_id: String::new(), data });
        }
        self.files.len() > before
    }
}

impl<'a> Draft<'a> {
    fn take(&mut self, id: u16, data: &'a [u8]) {
        match id {
            0x8010 => set(&mut self.title, Value::string(data)),
            0x9001 => set(&mut self.transport_name, Value::string(data)),
            0x800f => set(&mut self.data, data),
            0x9005 => properties(data, |id, value| match id {
                0x3001 => set(&mut self.display_name, value),
                0x3701 if matches!(value.kind, OBJECT | BINARY) => set(&mut self.content, value),
                0x3704 => set(&mut self.short_name, value),
                0x3707 => set(&mut self.long_name, value),
                0x370e => set(&mut self.mime, value),
                0x3712 => set(&mut self.content_id, value),
                _ => {}
            }),
            _ => {}
        }
    }
}

impl<'a> Words<'a> {
    fn take(&mut self, id: u16, value: Value<'a>) {
        match id {
            0x0037 => set(&mut self.subject, value),
            // Goes before the attribute of the same meaning, which has no more than the code page.
            0x1000 if value.is_text() && !value.bytes.is_empty() => self.text = Some(value),
            0x1009 if value.kind == BINARY => set(&mut self.rtf, value),
            0x1013 if value.is_text() || value.kind == BINARY => set(&mut self.html, value),
            0x3fde => self.internet_codepage = value.number().unwrap_or_default(),
            _ => {}
        }
    }
}

/// The first counts: a second one is damage, or somebody hoping to be read differently elsewhere.
fn set<T>(slot: &mut Option<T>, value: T) {
    slot.get_or_insert(value);
}

struct Attribute<'a> {
    of_file: bool,
    id: u16,
    data: &'a [u8],
}

enum Next<'a> {
    Attribute(Attribute<'a>),
    End,
    Broken,
}

/// Takes an attribute off the front: nine bytes at least.
fn attribute<'a>(rest: &mut Bytes<'a>) -> Next<'a> {
    // Mail programs add line ends and worse behind the last one.
    let Some(level @ 1..=2) = rest.u8() else { return Next::End };
    // The upper half of the id is the type of the data, which follows from the lower.
    let head = (rest.u16(), rest.u16(), rest.u32());
    let (Some(id), Some(_), Some(length)) = head else { return Next::Broken };
    let Some(data) = rest.take(length) else { return Next::Broken };
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    // Some writers count wrongly. But where nothing sensible follows either, it was the length that lied.
    let counted = rest.u16().is_none_or(|stated| stated == sum);
    let sound = counted || matches!(rest.0, [] | [1 | 2, _, 0 | 0x80 | 0x90, 0..=9, 0, ..]);
    if sound { Next::Attribute(Attribute { of_file: level == 2, id, data }) } else { Next::Broken }
}

/// Shows every property of a list that can be read, up to the first that cannot.
fn properties<'a>(list: &'a [u8], mut see: impl FnMut(u16, Value<'a>)) {
    let mut rest = Bytes(list);
    let count = rest.u32().unwrap_or_default();
    // The count is only a claim; the bytes are what ends this.
    for _ in 0..count {
        let Some((id, value)) = property(&mut rest) else { return };
        if let Some(value) = value {
            see(id, value);
        }
    }
}

/// Takes a property off the front: four bytes at least. Of many values the first is answered.
fn property<'a>(rest: &mut Bytes<'a>) -> Option<(u16, Option<Value<'a>>)> {
    let (kind, id) = (rest.u16()?, rest.u16()?);
    if id >= 0x8000 {
        // Named by its maker: a set, and a number or a name in it.
        rest.take(16)?;
        match rest.u32()? {
            0 => rest.take(4)?,
            _ => rest.sized()?,
        };
    }
    let many = kind & MANY != 0;
    let kind = kind & !MANY;
    let width = match kind {
        // Shorter than four bytes are two of them, filled up.
        0x0002 | INTEGER | 0x0004 | 0x000a | 0x000b => 4,
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => 8,
        0x0048 => 16,
        OBJECT | STRING8 | UNICODE | BINARY => {
            let mut first = None;
            for _ in 0..rest.u32()? {
                let bytes = rest.sized()?;
                first.get_or_insert(Value { kind, bytes });
            }
            return Some((id, first));
        }
        _ => return None,
    };
    let count = if many { rest.u32()? } else { 1 };
    let bytes = rest.take(count.checked_mul(width)?)?;
    Some((id, Some(Value { kind, bytes })))
}
