//! Writing multistatus bodies, straight into bytes.

use super::Name;

pub(crate) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
pub(crate) const NAMESPACES: &str =
    " xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:carddav\" xmlns:S=\"http://calendarserver.org/ns/\"";
/// Thunderbird (153) wants exactly this line, and as the first status of a response.
pub(crate) const FOUND: &str = "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>";

pub(crate) fn open() -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    put(&mut out, HEAD);
    put(&mut out, "<D:multistatus");
    put(&mut out, NAMESPACES);
    put(&mut out, ">");
    out
}

pub(crate) fn close(out: &mut Vec<u8>) {
    put(out, "</D:multistatus>\n");
}

pub(crate) fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Text between tags or in an attribute. What XML 1.0 cannot carry is left out.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}

/// A card between tags. Cards hold no character that XML cannot carry, so only the markup is to be escaped, and most have none.
pub(crate) fn card(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'&' | b'<' | b'>')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            _ => b"&gt;",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

pub(crate) fn begin(out: &mut Vec<u8>, href: &str) {
    put(out, "<D:response><D:href>");
    put(out, href);
    put(out, "</D:href>");
}

/// The properties that are there, first; then those that are not, unless the client asked not to hear of them.
pub(crate) fn propstats(out: &mut Vec<u8>, found: &str, missing: &str) {
    if !found.is_empty() || missing.is_empty() {
        put(out, "<D:propstat><D:prop>");
        put(out, found);
        put(out, FOUND);
    }
    put(out, missing);
    put(out, "</D:response>");
}

/// The whole propstat of what is not there; empty when all is.
pub(crate) fn missing(names: &[Name]) -> String {
    refused(names, "HTTP/1.1 404 Not Found", "")
}

pub(crate) fn refused(names: &[Name], status: &str, error: &str) -> String {
    let mut out = String::new();
    if names.is_empty() {
        return out;
    }
    out.push_str("<D:propstat><D:prop>");
    for name in names {
        name.write(&mut out);
    }
    out.push_str("</D:prop><D:status>");
    out.push_str(status);
    out.push_str("</D:status>");
    out.push_str(error);
    out.push_str("</D:propstat>");
    out
}

/// A response that is only a status: gone, or never there. The href is escaped already.
pub(crate) fn gone(out: &mut Vec<u8>, href: &str) {
    begin(out, href);
    put(out, "<D:status>HTTP/1.1 404 Not Found</D:status></D:response>");
}

/// There was more than was asked for (RFC 6578 §3.6, RFC 6352 §8.6.2).
pub(crate) fn truncated(out: &mut Vec<u8>, href: &str) {
    begin(out, href);
    put(out, "<D:status>HTTP/1.1 507 Insufficient Storage</D:status><D:error><D:number-of-matches-within-limits/></D:error></D:response>");
}
