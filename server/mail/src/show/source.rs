//! The source written anew, so that the parser behind it sees only what is understood here.
//!
//! HTML parsers disagree about comments, raw text and foreign content, and every disagreement between two of them has
//! been a hole in somebody's webmail. This one reads bytes, keeps tags it knows with quoted attributes, and turns
//! everything else into text or nothing. What comes out nests as deep as it was counted here: the tree builder's time is
//! quadratic in depth, and only a count that it cannot be talked out of keeps it short.

use super::{MORE_TAGS, TAGS, WITH_CONTENT, fold};
use crate::parse::text::{skip_to_close, unescape};
use memchr::{memchr, memmem};

/// Deeper is not a letter.
const MAX_DEPTH: usize = 256;
const MAX_ATTRIBUTES: usize = 40;

const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];
/// Elements whose end tag is left out in every second newsletter; another one closes them.
const SELF_CLOSING: [&str; 8] = ["p", "li", "dd", "dt", "tbody", "thead", "tfoot", "colgroup"];
const ATTRIBUTES: [&str; 40] = [
    "abbr",
    "align",
    "alt",
    "background",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "class",
    "clear",
    "color",
    "colspan",
    "data-merge",
    "dir",
    "face",
    "frame",
    "headers",
    "height",
    "href",
    "hspace",
    "id",
    "lang",
    "noshade",
    "nowrap",
    "open",
    "reversed",
    "rowspan",
    "rules",
    "scope",
    "size",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "title",
    "type",
    "valign",
    "vspace",
    "width",
];

/// `None`: too deep or too crooked to be taken apart in reasonable time.
pub(super) fn normal(html: &str) -> Option<String> {
    let bytes = html.as_bytes();
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<&'static str> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let next = memchr(b'<', &bytes[at..]).map_or(bytes.len(), |step| at + step);
        push_text(&mut out, &html[at..next]);
        if next >= bytes.len() {
            break;
        }
        at = next + 1;
        let rest = &bytes[at..];
        match rest {
            [b'!', b'-', b'-', ..] => at = comment_end(bytes, at + 3),
            [b'!' | b'?', ..] => at = memchr(b'>', rest).map_or(bytes.len(), |step| at + step + 1),
            [b'/', c, ..] if c.is_ascii_alphabetic() => {
                let (name, after) = tag_name(html, at + 1);
                at = memchr(b'>', &bytes[after..]).map_or(bytes.len(), |step| after + step + 1);
                let Some(name) = known(&name) else { continue };
                if VOID.contains(&name) {
                    continue;
                }
                if SELF_CLOSING.contains(&name) {
                    push_close(&mut out, name);
                } else if let Some(level) = open.iter().rposition(|tag| *tag == name) {
                    // Close what was left open inside it too: then no reader of the result can see it otherwise.
                    for tag in open.drain(level..).rev() {
                        push_close(&mut out, tag);
                    }
                }
            }
            [b'/', ..] => at = memchr(b'>', rest).map_or(bytes.len(), |step| at + step + 1),
            [c, ..] if c.is_ascii_alphabetic() => {
                let (name, after) = tag_name(html, at);
                let (attributes, end) = attributes(html, after);
                at = end;
                if name != "head"
                    && (WITH_CONTENT.contains(&name.as_str())
                        || matches!(name.as_str(), "xmp" | "noembed" | "noframes" | "plaintext" | "audio" | "video" | "canvas" | "applet"))
                {
                    if name != "embed" {
                        at = skip_to_close(bytes, at, &name);
                    }
                    continue;
                }
                let Some(name) = known(&name) else { continue };
                let ended = ended_by(name, &open);
                for tag in open.drain(ended..).rev() {
                    push_close(&mut out, tag);
                }
                push_open(&mut out, name, &attributes);
                if VOID.contains(&name) || SELF_CLOSING.contains(&name) {
                    continue;
                }
                open.push(name);
                if open.len() > MAX_DEPTH {
                    return None;
                }
            }
            _ => out.push_str("&lt;"),
        }
    }
    Some(out)
}

/// The tag's name as it is written out. A body is a box like any other, so that its colours survive.
fn known(name: &str) -> Option<&'static str> {
    match name {
        "body" | "main" => Some("div"),
        "center" => Some("center"),
        _ => TAGS.into_iter().chain(MORE_TAGS).find(|tag| *tag == name),
    }
}

/// From where on the open elements end before this one begins: a cell ends the cell before it, a row the row.
fn ended_by(name: &str, open: &[&'static str]) -> usize {
    let ends: &[&str] = match name {
        "td" | "th" => &["td", "th"],
        "tr" => &["td", "th", "tr"],
        _ => return open.len(),
    };
    let table = open.iter().rposition(|tag| *tag == "table").map_or(0, |at| at + 1);
    open[table..].iter().position(|tag| ends.contains(tag)).map_or(open.len(), |at| table + at)
}

fn comment_end(bytes: &[u8], from: usize) -> usize {
    // `<!-->` and `<!--->` are whole comments.
    match bytes.get(from..) {
        Some([b'>', ..]) => return from + 1,
        Some([b'-', b'>', ..]) => return from + 2,
        _ => {}
    }
    let rest = &bytes[from..];
    let plain = memmem::find(rest, b"-->").map(|step| from + step + 3);
    let odd = memmem::find(&rest[..plain.map_or(rest.len(), |end| end - from)], b"--!>").map(|step| from + step + 4);
    odd.or(plain).unwrap_or(bytes.len())
}

fn tag_name(html: &str, from: usize) -> (String, usize) {
    let rest = &html.as_bytes()[from..];
    let end = rest.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'<')).unwrap_or(rest.len());
    // A name longer than any known one is nobody's.
    let name = if end <= 16 { String::from_utf8_lossy(&rest[..end]).to_ascii_lowercase() } else { "?".to_owned() };
    (name, from + end)
}

type Attributes<'h> = Vec<(&'static str, &'h str)>;

/// Known attributes, each once, and where the tag ends.
fn attributes(html: &str, from: usize) -> (Attributes<'_>, usize) {
    let bytes = html.as_bytes();
    let mut found: Attributes<'_> = Vec::new();
    let mut at = from;
    loop {
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b'/') {
            at += 1;
        }
        if at >= bytes.len() {
            return (found, at);
        }
        if bytes[at] == b'>' {
            return (found, at + 1);
        }
        let name_at = at;
        at += 1;
        while at < bytes.len() && !bytes[at].is_ascii_whitespace() && !matches!(bytes[at], b'/' | b'>' | b'=') {
            at += 1;
        }
        let name_end = at;
        while at < bytes.len() && bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let mut value = "";
        if bytes.get(at) == Some(&b'=') {
            at += 1;
            while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                at += 1;
            }
            match bytes.get(at) {
                Some(quote @ (b'"' | b'\'')) => {
                    let end = memchr(*quote, &bytes[at + 1..]).map_or(bytes.len(), |step| at + 1 + step);
                    value = &html[at + 1..end];
                    at = (end + 1).min(bytes.len());
                }
                Some(_) => {
                    let end = bytes[at..].iter().position(|b| b.is_ascii_whitespace() || *b == b'>').map_or(bytes.len(), |step| at + step);
                    value = &html[at..end];
                    at = end;
                }
                None => {}
            }
        }
        let written = &bytes[name_at..name_end];
        if written.len() <= 12
            && found.len() < MAX_ATTRIBUTES
            && let Some(name) = ATTRIBUTES.into_iter().find(|name| written.eq_ignore_ascii_case(name.as_bytes()))
            && found.iter().all(|(other, _)| *other != name)
        {
            found.push((name, value));
        }
    }
}

fn push_open(out: &mut String, name: &str, attributes: &Attributes<'_>) {
    out.push('<');
    out.push_str(name);
    let value_of = |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| *value);
    if let Some(mark) = fold::mark_of(value_of("class"), value_of("id")) {
        out.push_str(" data-quote=\"");
        out.push_str(mark);
        out.push('"');
    }
    // Names are for the sender's own style sheet and scripts, of which there are none here.
    for (name, value) in attributes.iter().filter(|(name, _)| !matches!(*name, "class" | "id")) {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        // Entities are resolved here once, so that what is judged later is what the browser will see.
        for c in unescape(value).chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')) {
            match c {
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    out.push('>');
}

fn push_close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Text keeps its entities: the tree builder knows all two thousand of them.
fn push_text(out: &mut String, text: &str) {
    if text.bytes().any(|b| b < b' ' && !b.is_ascii_whitespace()) {
        out.extend(text.chars().filter(|c| !c.is_control() || c.is_whitespace()));
    } else {
        out.push_str(text);
    }
}
