//! What comes along with a letter, as it is listed.

use super::{MAX_ID, MAX_PARTS, bodies, mend, normal_id, part_bytes, safe_name};
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};
use model::message::AttachmentMeta;

pub(super) fn list(message: &Message<'_>) -> Vec<AttachmentMeta> {
    let mut pointed: Option<Vec<String>> = None;
    let mut found: Vec<AttachmentMeta> = Vec::with_capacity(message.attachments.len().min(MAX_PARTS));
    for id in message.attachments.iter().take(MAX_PARTS) {
        let Some(part) = usize::try_from(*id).ok().and_then(|at| message.parts.get(at)) else { continue };
        if found.iter().rev().take(4).any(|meta| meta.part == *id) {
            continue;
        }
        let size = match &part.body {
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.len(),
            _ => part_bytes(message, part).len(),
        };
        let mime = mime(part);
        let content_id = part.content_id().and_then(normal_id);
        let inline = content_id.as_ref().is_some_and(|id| {
            let pointed = pointed.get_or_insert_with(|| cids(message));
            pointed.iter().any(|cid| cid.eq_ignore_ascii_case(id))
        });
        let given = part.attachment_name().unwrap_or_default();
        let name = match &part.body {
            PartType::Message(inner) if given.is_empty() => {
                let subject = inner.parts.first().map_or("", |_| inner.subject().unwrap_or_default());
                safe_name(subject, &mime)
            }
            _ => safe_name(given, &mime),
        };
        found.push(AttachmentMeta { part: *id, name, mime, size: size as u64, content_id, inline });
    }
    found
}

fn mime(part: &MessagePart<'_>) -> String {
    let Some(content_type) = part.content_type() else {
        return match part.body {
            PartType::Message(_) => "message/rfc822",
            PartType::Text(_) | PartType::Html(_) => "text/plain",
            _ => "application/octet-stream",
        }
        .to_owned();
    };
    let kind = content_type.ctype().to_ascii_lowercase();
    let sub = content_type.subtype().unwrap_or_default().to_ascii_lowercase();
    let token =
        |word: &str| !word.is_empty() && word.len() <= 100 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    if kind == mend::DISARMED {
        return format!("message/{}", if token(&sub) { &sub } else { "rfc822" });
    }
    if token(&kind) && token(&sub) { format!("{kind}/{sub}") } else { "application/octet-stream".to_owned() }
}

/// The content ids the HTML bodies point at.
fn cids(message: &Message<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for part in bodies(message, &message.html_body) {
        let PartType::Html(html) = &part.body else { continue };
        let mut at = 0;
        let bytes = html.as_bytes();
        while let Some(step) = memchr::memchr(b':', &bytes[at..]) {
            let colon = at + step;
            at = colon + 1;
            if colon >= 3 && bytes[colon - 3..colon].eq_ignore_ascii_case(b"cid") && found.len() < 1_000 {
                let end =
                    bytes[at..].iter().position(|b| matches!(b, b'"' | b'\'' | b'>' | b' ' | b')' | b'<')).map_or(bytes.len(), |n| at + n);
                if let Some(cid) = html.get(at..end.min(at + MAX_ID)) {
                    found.push(percent_decoded(cid));
                }
            }
        }
    }
    found
}

/// `cid:` is a URL, so a content id may be percent-encoded in it (RFC 2392).
pub(crate) fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let decoded = (bytes[at] == b'%')
            .then(|| {
                bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok())
            })
            .flatten();
        out.push(decoded.unwrap_or(bytes[at]));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
