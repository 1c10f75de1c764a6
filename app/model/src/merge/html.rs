//! Fields in HTML, without a parser of HTML: tags are told from text, and nothing else is understood or changed.
//!
//! The HTML has been through the sanitiser; what has not comes through unharmed too, but fields in it may be missed.

use super::{MAX_NAME, MergeField, Values, plain};
use crate::registration::Language;

/// A text with its fields filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub html: String,
    /// What stands between guillemets and is no field, each once: it stayed as it was.
    pub unknown: Vec<String>,
}

/// Typed fields become chips, and every chip has its one form. Dutch, as the names were first; [`localise`] speaks to the reader.
pub fn normalise(html: &str) -> String {
    rewrite(html, |out, found| match (found.field, found.place) {
        (Some(field), Place::Chip | Place::Text) => out.push_str(&field.chip(Language::Nl)),
        (Some(field), Place::Address { .. }) => {
            out.push('«');
            out.push_str(field.key());
            out.push('»');
        }
        (None, _) => out.push_str(found.source),
    })
}

/// The same, the chips in the reader's language.
pub fn localise(html: &str, language: Language) -> String {
    rewrite(html, |out, found| match (found.field, found.place) {
        (Some(field), Place::Chip | Place::Text) => out.push_str(&field.chip(language)),
        _ => out.push_str(found.source),
    })
}

/// Each field by its value. A line that held nothing but fields, all of them empty, goes.
pub fn fill(html: &str, values: &Values) -> Filled {
    let mut unknown = Vec::new();
    let mut marked = false;
    let html = html.replace(EMPTY, "");
    let filled = rewrite(&html, |out, found| match (found.field, found.place) {
        (Some(field), Place::Address { letter }) => escape_address(out, values.get(field), letter),
        (Some(field), _) => match (values.picture(field), values.get(field)) {
            (Some(picture), _) => out.push_str(picture),
            (None, "") => {
                marked = true;
                out.push(EMPTY);
            }
            (None, value) => escape(out, value),
        },
        (None, _) => {
            out.push_str(found.source);
            note(&mut unknown, &decode(found.name));
        }
    });
    Filled { html: if marked { without_empty_lines(&filled) } else { filled }, unknown }
}

/// A subject: text, one line of it, whatever the template or the values hold.
pub fn fill_text(text: &str, values: &Values) -> (String, Vec<String>) {
    let mut unknown = Vec::new();
    let mut out = String::with_capacity(text.len());
    typed(text, Syntax::Plain, &mut out, &mut |out, name, source| match MergeField::from_name(name) {
        Some(field) => out.push_str(values.get(field)),
        None => {
            out.push_str(source);
            note(&mut unknown, name);
        }
    });
    // Guillemets of the text itself stay.
    let line: String = out.chars().map(|c| if matches!(c, '«' | '»') { c } else { plain(c) }).collect();
    let words: Vec<_> = line.split_whitespace().collect();
    (words.join(" "), unknown)
}

/// A subject as it is stored: each field as its key between guillemets.
pub fn normalise_text(text: &str) -> String {
    rename(text, |field| format!("«{}»", field.key()))
}

/// A subject as its reader knows the fields.
pub fn localise_text(text: &str, language: Language) -> String {
    rename(text, |field| field.caption(language))
}

/// What somebody else wrote, text or HTML, with no field in it: however one is written that [`fill`] would understand, filled in it would
/// tell him ours.
pub fn inert(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['«', '»', '&', '%', 'd', 'D']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (taken, instead) = if let Some(len) = Syntax::Address.mark(from, OPEN) {
            (len, if from.starts_with('%') { "%E2%80%B9" } else { "‹" })
        } else if let Some(len) = Syntax::Address.mark(from, CLOSE) {
            (len, if from.starts_with('%') { "%E2%80%BA" } else { "›" })
        } else if from.get(..CHIP.len()).is_some_and(|start| start.eq_ignore_ascii_case(CHIP)) {
            (CHIP.len(), "data-quoted")
        } else {
            // Each of the letters sought is one byte, or was a mark.
            (1, &from[..1])
        };
        out.push_str(instead);
        rest = &from[taken..];
    }
    out.push_str(rest);
    out
}

fn rename(text: &str, name_of: impl Fn(MergeField) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    typed(text, Syntax::Plain, &mut out, &mut |out, name, source| match MergeField::from_name(name) {
        Some(field) => out.push_str(&name_of(field)),
        None => out.push_str(source),
    });
    out
}

fn note(unknown: &mut Vec<String>, name: &str) {
    let name = name.trim();
    if !unknown.iter().any(|known| known == name) {
        unknown.push(name.to_owned());
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Fields

/// Where a value was left out, until the line is judged. No text holds it.
const EMPTY: char = '\u{1}';
/// The attribute that makes a chip.
const CHIP: &str = "data-merge";
/// A chip holds its caption and a little markup; more than this is text that somebody wrote.
const MAX_CHIP: usize = 1_000;

#[derive(Clone, Copy)]
enum Place {
    Chip,
    Text,
    /// In the address of a link; `letter`: of a letter to be written, where an `@` stands as it is.
    Address {
        letter: bool,
    },
}

struct Found<'a> {
    /// `None`: there is no such field.
    field: Option<MergeField>,
    name: &'a str,
    source: &'a str,
    place: Place,
}

fn rewrite(html: &str, mut put: impl FnMut(&mut String, Found<'_>)) -> String {
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut pieces = Pieces { rest: html, raw: None };
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text(text) => typed(text, Syntax::Html, &mut out, &mut |out, name, source| {
                put(out, Found { field: MergeField::from_name(&decode(name)), name, source, place: Place::Text });
            }),
            Piece::Raw(source) => out.push_str(source),
            Piece::Tag(tag) => {
                if let Some((from, until)) = attribute(tag, CHIP).filter(|_| is_tag(tag, "span"))
                    && let Some(inside) = chip(pieces.rest)
                {
                    let start = html.len() - pieces.rest.len() - tag.len();
                    pieces.rest = &pieces.rest[inside.len() + "</span>".len()..];
                    let (key, source) = (&tag[from..until], &html[start..html.len() - pieces.rest.len()]);
                    let field = MergeField::from_key(key);
                    put(&mut out, Found { field, name: key, source, place: Place::Chip });
                    // Written inside the chip by an editor that let somebody in: it stays, after it.
                    let beside = if field.is_some() { beside_caption(inside) } else { String::new() };
                    if !beside.is_empty() {
                        out.push_str("<span>");
                        typed(&beside, Syntax::Html, &mut out, &mut |out, name, source| {
                            put(out, Found { field: MergeField::from_name(&decode(name)), name, source, place: Place::Text });
                        });
                        out.push_str("</span>");
                    }
                } else if let Some((start, end)) = attribute(tag, "href") {
                    let address = &tag[start..end];
                    let letter = address.trim_start().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
                    out.push_str(&tag[..start]);
                    typed(address, Syntax::Address, &mut out, &mut |out, name, source| {
                        put(out, Found { field: MergeField::from_name(&decode(name)), name, source, place: Place::Address { letter } });
                    });
                    out.push_str(&tag[end..]);
                } else {
                    out.push_str(tag);
                }
            }
        }
    }
    out
}

/// What stands in a chip before its `</span>`. `None`: it does not end, or it is none.
fn chip(after: &str) -> Option<&str> {
    let mut pieces = Pieces { rest: after, raw: None };
    let mut depth = 1;
    while let Some(piece) = pieces.next() {
        let done = after.len() - pieces.rest.len();
        if done > MAX_CHIP {
            return None;
        }
        let Piece::Tag(tag) = piece else { continue };
        if is_tag(tag, "span") {
            depth += 1;
        } else if is_tag(tag, "/span") {
            depth -= 1;
            if depth == 0 {
                // As the sanitiser writes it; another spelling is no chip of ours.
                return (tag.len() == "</span>".len()).then(|| &after[..done - tag.len()]);
            }
        }
    }
    None
}

/// The words of a chip that are not its caption.
fn beside_caption(inside: &str) -> String {
    let mut words = String::new();
    for piece in (Pieces { rest: inside, raw: None }) {
        if let Piece::Text(text) = piece {
            words.push_str(text);
        }
    }
    match (words.find('«'), words.rfind('»')) {
        // Two texts that become one must not become a tag.
        (Some(start), Some(end)) if start < end => format!("{}{}", &words[..start], &words[end + '»'.len_utf8()..]).replace('<', "&lt;"),
        _ => String::new(),
    }
}

// ---------------------------------------------------------------------------------------------------------------
// What is typed between guillemets

#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Plain,
    Html,
    Address,
}

const OPEN: [&str; 4] = ["«", "&laquo;", "&#171;", "%C2%AB"];
const CLOSE: [&str; 4] = ["»", "&raquo;", "&#187;", "%C2%BB"];

impl Syntax {
    fn ways(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Html => 3,
            Self::Address => 4,
        }
    }

    /// The mark that the text begins with.
    fn mark(self, text: &str, marks: [&'static str; 4]) -> Option<usize> {
        let starts = |mark: &&&str| text.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
        marks[..self.ways()].iter().find(starts).map(|mark| mark.len())
    }
}

fn typed(text: &str, syntax: Syntax, out: &mut String, put: &mut impl FnMut(&mut String, &str, &str)) {
    // Where the name that was begun last starts, with its mark.
    let mut begun = None::<(usize, usize)>;
    let mut done = 0;
    let mut at = 0;
    while let Some(step) = text[at..].find(['«', '»', '&', '%']) {
        at += step;
        if let Some(len) = syntax.mark(&text[at..], OPEN) {
            begun = Some((at, at + len));
            at += len;
        } else if let Some(len) = syntax.mark(&text[at..], CLOSE) {
            let end = at + len;
            if let Some((start, name_at)) = begun.take() {
                let name = &text[name_at..at];
                if !name.trim().is_empty() && decode(name).chars().count() <= MAX_NAME {
                    out.push_str(&text[done..start]);
                    put(out, name, &text[start..end]);
                    done = end;
                }
            }
            at = end;
        } else {
            at += 1;
        }
    }
    out.push_str(&text[done..]);
}

/// The few ways in which a name is written otherwise.
fn decode(name: &str) -> String {
    name.replace("&nbsp;", " ").replace("&#160;", " ").replace("%20", " ").replace("%C2%A0", " ").replace("&amp;", "&")
}

pub(super) fn escape(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Percent-encoded (RFC 3986 §2.1) but for what means nothing in an address.
fn escape_address(out: &mut String, value: &str, letter: bool) {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') || (letter && byte == b'@') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// A line where all that stood was left out goes, with its end or with that of the line before; the marks go everywhere.
fn without_empty_lines(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut line = Line::default();
    for piece in (Pieces { rest: html, raw: None }) {
        match piece {
            Piece::Text(text) => {
                line.left_out |= text.contains(EMPTY);
                line.words |= text.replace("&nbsp;", " ").chars().any(|c| c != EMPTY && !c.is_whitespace());
                let start = out.len();
                out.extend(text.chars().filter(|c| *c != EMPTY));
                line.texts.push(start..out.len());
            }
            Piece::Raw(source) => out.push_str(source),
            Piece::Tag(tag) => {
                let ends = is_tag(tag, "br");
                let empty = line.left_out && !line.words;
                if empty && (ends || is_block(tag)) {
                    for text in line.texts.drain(..).rev() {
                        out.replace_range(text, "");
                    }
                    if !ends
                        && tag.starts_with("</")
                        && let Some(end) = line.after.take()
                    {
                        out.replace_range(end, "");
                    }
                }
                if ends {
                    let start = out.len();
                    if !empty {
                        out.push_str(tag);
                    }
                    let after = if empty { line.after.take() } else { Some(start..out.len()) };
                    line = Line { after, ..Line::default() };
                    continue;
                }
                out.push_str(tag);
                if is_block(tag) {
                    line = Line::default();
                } else if is_tag(tag, "img") {
                    line.words = true;
                }
            }
        }
    }
    out
}

#[derive(Default)]
struct Line {
    /// Something shows in it.
    words: bool,
    left_out: bool,
    /// Where its texts stand.
    texts: Vec<std::ops::Range<usize>>,
    /// The `<br>` that it comes after.
    after: Option<std::ops::Range<usize>>,
}

fn is_block(tag: &str) -> bool {
    const INLINE: [&str; 17] =
        ["a", "b", "big", "code", "del", "em", "font", "i", "img", "ins", "mark", "s", "small", "span", "strong", "u", "wbr"];
    let name = tag_name(tag).trim_start_matches('/');
    !INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}

// ---------------------------------------------------------------------------------------------------------------
// Tags

enum Piece<'a> {
    Text(&'a str),
    /// With its angle brackets.
    Tag(&'a str),
    /// Comments, declarations, and what stands in elements that hold no markup.
    Raw(&'a str),
}

struct Pieces<'a> {
    rest: &'a str,
    /// What comes is no markup until this element ends.
    raw: Option<&'static str>,
}

impl<'a> Pieces<'a> {
    fn cut(&mut self, at: usize) -> &'a str {
        let (piece, rest) = self.rest.split_at(at);
        self.rest = rest;
        piece
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(name) = self.raw.take() {
            let end = end_of_raw(self.rest, name);
            if end > 0 {
                return Some(Piece::Raw(self.cut(end)));
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest.as_bytes();
        let begins = bytes.first() == Some(&b'<');
        if begins && self.rest.starts_with("<!--") {
            let end = self.rest[4..].find("-->").map_or(self.rest.len(), |at| at + 7);
            return Some(Piece::Raw(self.cut(end)));
        }
        if begins && matches!(bytes.get(1), Some(b'!' | b'?')) {
            let end = self.rest.find('>').map_or(self.rest.len(), |at| at + 1);
            return Some(Piece::Raw(self.cut(end)));
        }
        let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
        if begins && (letter(1) || (bytes.get(1) == Some(&b'/') && letter(2))) {
            // A tag that does not end is nothing that shows.
            let Some(end) = tag_end(bytes) else { return Some(Piece::Raw(self.cut(self.rest.len()))) };
            let tag = self.cut(end);
            self.raw = ["script", "style", "textarea", "title"].into_iter().find(|name| is_tag(tag, name));
            return Some(Piece::Tag(tag));
        }
        // An angle bracket that begins nothing is text.
        let from = usize::from(begins);
        let end = self.rest[from..].find('<').map_or(self.rest.len(), |at| from + at);
        Some(Piece::Text(self.cut(end)))
    }
}

fn end_of_raw(text: &str, name: &str) -> usize {
    let mut at = 0;
    while let Some(step) = text[at..].find("</") {
        at += step;
        if text[at + 2..].get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return at;
        }
        at += 2;
    }
    text.len()
}

/// Behind the tag's `>`. One inside a quoted value is none.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(at + 1),
            b'=' => {
                at += 1;
                while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                }
                if let Some(quote @ (b'"' | b'\'')) = bytes.get(at) {
                    at += 2 + bytes[at + 1..].iter().position(|byte| byte == quote)?;
                }
            }
            _ => at += 1,
        }
    }
}

fn tag_name(tag: &str) -> &str {
    let inside = tag.trim_start_matches('<');
    let end = inside.char_indices().find(|(at, c)| c.is_whitespace() || *c == '>' || (*c == '/' && *at > 0));
    &inside[..end.map_or(inside.len(), |(at, _)| at)]
}

fn is_tag(tag: &str, name: &str) -> bool {
    tag_name(tag).eq_ignore_ascii_case(name)
}

/// Where the value of this attribute stands in the tag, without its quotes. Of two of one name the first counts.
fn attribute(tag: &str, name: &str) -> Option<(usize, usize)> {
    let bytes = tag.as_bytes();
    let mut at = 1 + tag_name(tag).len();
    loop {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'/') {
            at += 1;
        }
        let start = at;
        while bytes.get(at).is_some_and(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'=' | b'>' | b'/')) {
            at += 1;
        }
        let found = &tag[start..at];
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let mut value = None;
        if bytes.get(at) == Some(&b'=') {
            at += 1;
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            let (from, until) = match bytes.get(at) {
                Some(quote @ (b'"' | b'\'')) => (at + 1, at + 1 + bytes[at + 1..].iter().position(|byte| byte == quote)?),
                _ => {
                    let len = bytes[at..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>');
                    (at, at + len?)
                }
            };
            at = if from > at { until + 1 } else { until };
            value = Some((from, until));
        }
        if found.eq_ignore_ascii_case(name) && value.is_some() {
            return value;
        }
        if found.is_empty() && value.is_none() {
            return None;
        }
    }
}
