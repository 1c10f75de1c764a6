//! Text of a letter for people who search and for lists: quotes, signatures and mark-up left out.

use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

/// How long the first words are that a list shows.
const SNIPPET: usize = 160;

/// Decodes bytes whose charset is missing, unknown or contradicted by what is there: UTF-8 when they are that, the
/// charset they name when that has no complaints, and windows-1252, which always fits.
pub(crate) fn decode<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let named = charset.and_then(|label| Encoding::for_label(label.as_bytes())).filter(|named| *named != encoding_rs::UTF_8);
    if let Some(named) = named
        && let Some(text) = named.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return text;
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

pub(super) fn append(out: &mut String, text: &str, max: usize) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(super::cut(text, max.saturating_sub(out.len())));
}

/// The text to search in, and the first words. Quotes of quotes are left out of the first, all quotes of the second.
pub(super) fn digest(body: &str, max: usize) -> (String, String) {
    let mut search = String::with_capacity(body.len().min(max));
    for line in body.lines() {
        let (level, rest) = quote_level(line);
        if level > 1 {
            continue;
        }
        let rest = rest.trim_end();
        if search.len() + rest.len() + 1 > max {
            let room = max.saturating_sub(search.len() + 1);
            clean_into(&mut search, super::cut(rest, room));
            break;
        }
        clean_into(&mut search, rest);
        search.push('\n');
    }
    search.truncate(search.trim_end().len());
    (search, snippet(body))
}

fn clean_into(out: &mut String, line: &str) {
    if line.bytes().all(|b| b >= b' ' && b != 0x7f) && line.is_ascii() {
        out.push_str(line);
    } else {
        out.extend(line.chars().filter(|c| !c.is_control() || *c == '\t'));
    }
}

/// How many `>` a line begins with, and what follows them.
pub(crate) fn quote_level(line: &str) -> (usize, &str) {
    let mut level = 0;
    let mut rest = line;
    while let Some(inner) = rest.strip_prefix('>') {
        level += 1;
        rest = inner.strip_prefix(' ').unwrap_or(inner);
    }
    // "From " at the start of a line becomes ">From " in old mail stores: that is nobody's quote.
    if level == 1 && line.starts_with(">From ") { (0, &line[1..]) } else { (level, rest) }
}

fn snippet(body: &str) -> String {
    let mut out = String::new();
    let mut lines = body.lines().take(2_000).peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.starts_with('>') || trimmed.is_empty() {
            continue;
        }
        if matches!(line, "-- " | "--" | "-- \r") || is_forward_mark(trimmed) {
            break;
        }
        // "On … wrote:" belongs to the quote it introduces, even where it runs over two lines.
        if trimmed.ends_with(':') && quote_follows(&mut lines.clone()) {
            continue;
        }
        if starts_attribution(trimmed) && lines.peek().is_some_and(|next| next.trim().ends_with(':')) {
            let mut after = lines.clone();
            after.next();
            if quote_follows(&mut after) {
                lines.next();
                continue;
            }
        }
        if !push_words(&mut out, trimmed) {
            break;
        }
    }
    if out.is_empty() {
        for line in body.lines().take(200) {
            if !push_words(&mut out, line.trim_start_matches(['>', ' '])) {
                break;
            }
        }
    }
    out
}

fn quote_follows<'a>(lines: &mut impl Iterator<Item = &'a str>) -> bool {
    lines.map(str::trim).find(|line| !line.is_empty()).is_some_and(|line| line.starts_with('>'))
}

pub(crate) fn starts_attribution(line: &str) -> bool {
    ["On ", "Op ", "Am ", "Le ", "El ", "Il "].iter().any(|start| line.starts_with(start))
}

/// "-----Original Message-----" in any language: dashes on both sides.
pub(crate) fn is_forward_mark(line: &str) -> bool {
    line.len() > 12 && line.starts_with("-----") && line.ends_with("-----") && line.contains(|c: char| c.is_alphabetic())
}

/// `false`: it is full.
fn push_words(out: &mut String, line: &str) -> bool {
    for word in line.split(|c: char| c.is_whitespace() || is_padding(c)).filter(|word| !word.is_empty()) {
        // Rulers of dashes say nothing.
        if word.len() > 3 && word.bytes().all(|b| matches!(b, b'-' | b'_' | b'=' | b'*')) {
            continue;
        }
        let used = out.chars().count() + usize::from(!out.is_empty());
        if used >= SNIPPET {
            return false;
        }
        if used > 0 {
            out.push(' ');
        }
        out.extend(word.chars().filter(|c| !c.is_control() && !super::is_bidi(*c)).take(SNIPPET - used));
    }
    true
}

/// The invisible characters newsletters pad their first line with.
fn is_padding(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fffc}' | '\u{115f}' | '\u{1160}' | '\u{3164}'
    )
}

const BREAKS: [&str; 26] = [
    "p",
    "div",
    "br",
    "tr",
    "table",
    "li",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "center",
    "dt",
    "dd",
    "dl",
    "address",
    "blockquote",
];
const HIDDEN: [&str; 13] =
    ["style", "script", "title", "head", "svg", "math", "noscript", "template", "object", "select", "textarea", "iframe", "xmp"];

/// HTML as plain text, in one pass over the bytes: no tree, no promise of beauty. Block quotes become `>` lines.
pub(crate) fn from_html(html: &str, max: usize) -> String {
    let bytes = html.as_bytes();
    let mut out = String::with_capacity(html.len().min(max) / 2);
    let mut quotes = 0_usize;
    let mut at = 0;
    // Whether a break or a blank is due before the next word.
    let mut gap = Gap::Break;
    while at < bytes.len() && out.len() < max {
        let next = memchr::memchr(b'<', &bytes[at..]).map_or(bytes.len(), |step| at + step);
        if next > at {
            words(&mut out, &html[at..next], quotes, &mut gap, max);
        }
        if next >= bytes.len() {
            break;
        }
        at = next + 1;
        let rest = &bytes[at..];
        if rest.starts_with(b"!--") {
            at = memchr::memmem::find(&bytes[at + 3..], b"-->").map_or(bytes.len(), |step| at + 3 + step + 3);
            continue;
        }
        let closing = rest.first() == Some(&b'/');
        let name_at = at + usize::from(closing);
        let name_end = bytes[name_at..].iter().position(|b| !b.is_ascii_alphanumeric()).map_or(bytes.len(), |step| name_at + step);
        if name_end == name_at {
            if matches!(rest.first(), Some(b'!' | b'?' | b'/')) {
                at = memchr::memchr(b'>', rest).map_or(bytes.len(), |step| at + step + 1);
            } else {
                words(&mut out, "<", quotes, &mut gap, max);
            }
            continue;
        }
        let mut lower = [0_u8; 12];
        let name = &bytes[name_at..name_end.min(name_at + 12)];
        lower[..name.len()].copy_from_slice(name);
        lower.make_ascii_lowercase();
        let name = std::str::from_utf8(&lower[..name.len()]).unwrap_or_default();
        at = tag_end(bytes, name_end);
        if HIDDEN.contains(&name) && !closing {
            // The head is over where the body begins, whether it was closed or not; the others hide all to their end.
            if name != "head" {
                at = skip_to_close(bytes, at, name);
            }
            continue;
        }
        if name == "blockquote" {
            gap = Gap::Break;
            quotes = if closing { quotes.saturating_sub(1) } else { (quotes + 1).min(20) };
        } else if BREAKS.contains(&name) {
            gap = Gap::Break;
        } else if matches!(name, "td" | "th" | "img") && gap == Gap::None {
            gap = Gap::Blank;
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Blank,
    Break,
}

fn words(out: &mut String, text: &str, quotes: usize, gap: &mut Gap, max: usize) {
    let text = super::cut(text, max);
    let decoded = if text.contains('&') { Cow::Owned(unescape(text)) } else { Cow::Borrowed(text) };
    let mut first = true;
    for word in decoded.split(char::is_whitespace) {
        if !first && *gap == Gap::None {
            *gap = Gap::Blank;
        }
        first = false;
        if word.is_empty() {
            continue;
        }
        match *gap {
            Gap::Break => {
                if !out.is_empty() {
                    out.push('\n');
                }
                for _ in 0..quotes {
                    out.push_str("> ");
                }
            }
            Gap::Blank => out.push(' '),
            Gap::None => {}
        }
        *gap = Gap::None;
        out.push_str(word);
    }
}

/// Behind the `>` of a tag; quotes may hold a `>` of their own.
pub(crate) fn tag_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut after_equals = false;
    while at < bytes.len() {
        match bytes[at] {
            b'>' => return at + 1,
            quote @ (b'"' | b'\'') if after_equals => {
                at = memchr::memchr(quote, &bytes[at + 1..]).map_or(bytes.len(), |step| at + 1 + step);
                after_equals = false;
            }
            b'=' => after_equals = true,
            b if b.is_ascii_whitespace() => {}
            _ => after_equals = false,
        }
        at += 1;
    }
    bytes.len()
}

/// Behind `</name …>`; the end of everything when it is never closed.
pub(crate) fn skip_to_close(bytes: &[u8], from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(step) = memchr::memmem::find(&bytes[at..], b"</") {
        at += step + 2;
        let end = at + name.len();
        let closes = bytes.get(at..end).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
            && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
        if closes {
            return memchr::memchr(b'>', &bytes[end..]).map_or(bytes.len(), |step| end + step + 1);
        }
    }
    bytes.len()
}

/// The entities that occur in letters; an unknown one stays as it is written.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(32).position(|b| !b.is_ascii_alphanumeric() && b != b'#').unwrap_or_else(|| rest.len().min(32));
        let end = rest.floor_char_boundary(end);
        match entity(&rest[..end]) {
            Some(c) => {
                out.push(c);
                rest = rest[end..].strip_prefix(';').unwrap_or(&rest[end..]);
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        // 128 to 159 mean windows-1252 here, as browsers read them.
        return match code {
            0x80..=0x9f => WINDOWS_1252.decode_without_bom_handling(&[u8::try_from(code).ok()?]).0.chars().next(),
            _ => char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace()),
        };
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "euro" => '€',
        "pound" => '£',
        "cent" => '¢',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "deg" => '°',
        "sect" => '§',
        "para" => '¶',
        "middot" => '·',
        "bull" => '•',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "sbquo" => '‚',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "laquo" => '«',
        "raquo" => '»',
        "lsaquo" => '‹',
        "rsaquo" => '›',
        "times" => '×',
        "frac12" => '½',
        "frac14" => '¼',
        "frac34" => '¾',
        "plusmn" => '±',
        "sup2" => '²',
        "sup3" => '³',
        "micro" => 'µ',
        "larr" => '←',
        "rarr" => '→',
        "shy" => '\u{ad}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        "iexcl" => '¡',
        "iquest" => '¿',
        "szlig" => 'ß',
        "aelig" => 'æ',
        "AElig" => 'Æ',
        "oelig" => 'œ',
        "OElig" => 'Œ',
        "oslash" => 'ø',
        "Oslash" => 'Ø',
        "aring" => 'å',
        "Aring" => 'Å',
        "ccedil" => 'ç',
        "Ccedil" => 'Ç',
        "ntilde" => 'ñ',
        "Ntilde" => 'Ñ',
        "atilde" => 'ã',
        "otilde" => 'õ',
        _ => return accented(name),
    })
}

/// `eacute`, `Ouml` and their kin: a vowel and the name of its accent.
fn accented(name: &str) -> Option<char> {
    let vowel = name.chars().next()?;
    let row = match &name[vowel.len_utf8()..] {
        "grave" => "ÀÈÌÒÙàèìòù",
        "acute" => "ÁÉÍÓÚáéíóú",
        "circ" => "ÂÊÎÔÛâêîôû",
        "uml" => "ÄËÏÖÜäëïöü",
        _ => return if name == "yacute" { Some('ý') } else { None },
    };
    let at = "AEIOUaeiou".find(vowel)?;
    row.chars().nth(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_as_text() {
        let html = "<html><head><title>X</title><style>p{color:red}</style></head><body><p>Beste&nbsp;Jan,</p>\
                    <p>Caf&eacute; &amp; bar &#8364;&#x20;5 &onbekend; 1 < 2</p><!-- <p>weg</p> --><blockquote>oud<br>ouder\
                    <blockquote>oudst</blockquote></blockquote><script>alert(1)</script>einde</body></html>";
        assert_eq!(from_html(html, 10_000), "Beste Jan,\nCafé & bar € 5 &onbekend; 1 < 2\n> oud\n> ouder\n> > oudst\neinde");
        assert_eq!(from_html("<p title='a>b'>x<td>y", 100), "x y");
        assert_eq!(from_html("<style>nooit dicht", 100), "");
    }

    #[test]
    fn first_words() {
        let body = "Hoi Jan,\n\nDat is   goed.\n\nOp maandag schreef Jan\n<jan@x.nl>:\n> Kan het?\n>> Nee\n-- \nPiet\n";
        let (search, snippet) = digest(body, 1_000);
        assert_eq!(snippet, "Hoi Jan, Dat is goed.");
        assert!(search.contains("Kan het?") && !search.contains("Nee"));
        assert_eq!(digest("> alleen een citaat", 100).1, "alleen een citaat");
        assert_eq!(digest(&"woord ".repeat(100), 100).1.chars().count(), 160);
        assert!(digest(&"é".repeat(100), 99).0.len() <= 99);
    }
}
