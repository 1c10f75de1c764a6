//! What comes along with a letter, as it is listed.

use super::husk::Cuts;
use super::tnef::{self, Packed};
use super::{MAX_ID, MAX_PARTS, bodies, mend, normal_id, packed_html, part_bytes, safe_name};
use crate::show::MAX_BODY;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};
use model::message::AttachmentMeta;
use std::borrow::Cow;

/// `cuts`: what was taken out before it was opened. `emptied`: with the winmail.dat whose files stand in its place too. It had a number when it could not be opened yet.
pub(super) fn list(message: &Message<'_>, cuts: &Cuts, emptied: bool) -> Vec<AttachmentMeta> {
    let mut pointed: Option<Vec<String>> = None;
    let mut is_inline = |content_id: Option<&String>| {
        content_id.is_some_and(|id| {
            let pointed = pointed.get_or_insert_with(|| cids(message));
            pointed.iter().any(|cid| cid.eq_ignore_ascii_case(id))
        })
    };
    let mut found: Vec<AttachmentMeta> = Vec::with_capacity(message.attachments.len().min(MAX_PARTS));
    let mut seen = [None; 4];
    for (turn, id) in message.attachments.iter().take(MAX_PARTS).enumerate() {
        let Some(part) = usize::try_from(*id).ok().and_then(|at| message.parts.get(at)) else { continue };
        if seen.contains(&Some(*id)) {
            continue;
        }
        seen[turn % seen.len()] = Some(*id);
        if let Some(packed) = unpack(message, part).filter(|packed| !packed.is_empty()) {
            for (file, number) in packed.files.iter().zip(numbers(*id)).take(MAX_PARTS.saturating_sub(found.len())) {
                let mime = stated(&file.mime);
                let content_id = normal_id(&file.content_id);
                let inline = is_inline(content_id.as_ref());
                // Without a type, what a name lacks is not made up.
                let name = safe_name(&file.name, if file.mime.is_empty() { "" } else { &mime });
                found.push(AttachmentMeta { part: number, name, mime, size: file.data.len() as u64, content_id, inline });
            }
            if packed.whole && !emptied {
                continue;
            }
        }
        let left = match &part.body {
            PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.len(),
            _ => part_bytes(message, part).len(),
        };
        // Where something is left, it was no base64 to the parser.
        let plain = cuts.plain(part.offset_body).filter(|_| left == 0);
        let size = plain.unwrap_or_else(|| left + cuts.coded(part.offset_body, part.offset_end));
        let mime = mime(part);
        let content_id = part.content_id().and_then(normal_id);
        let inline = is_inline(content_id.as_ref());
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

/// What a winmail.dat holds, where the part is one.
pub(crate) fn unpack<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Option<Packed<'m>> {
    let (PartType::Binary(bytes) | PartType::InlineBinary(bytes)) = &part.body else { return None };
    let named = || part.attachment_name().is_some_and(|name| name.eq_ignore_ascii_case("winmail.dat"));
    let is_one = match mime(part).as_str() {
        "application/ms-tnef" | "application/vnd.ms-tnef" => true,
        "application/octet-stream" => named(),
        _ => false,
    };
    // With more parts than that the numbers of files inside would be taken.
    (is_one && message.parts.len() <= usize::from(u16::MAX)).then(|| tnef::read(bytes)).flatten()
}

/// The numbers of the files inside a part: its own below, theirs from one on above.
fn numbers(part: u32) -> impl Iterator<Item = u32> {
    (1..=u32::from(u16::MAX)).map(move |number| number << 16 | part)
}

/// The bytes of a part, or of a file inside one.
pub(super) fn bytes<'m>(message: &'m Message<'_>, number: u32) -> Option<Cow<'m, [u8]>> {
    let direct = usize::try_from(number).ok().and_then(|at| message.parts.get(at));
    if let Some(part) = direct {
        return Some(part_bytes(message, part));
    }
    let (outer, inner) = (number & u32::from(u16::MAX), number >> 16);
    let packed = unpack(message, message.parts.get(usize::try_from(outer).ok()?)?)?;
    packed.files.into_iter().nth(usize::try_from(inner.checked_sub(1)?).ok()?).map(|file| file.data)
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
    if kind == mend::DISARMED {
        return format!("message/{}", if is_token(&sub) { &sub } else { "rfc822" });
    }
    stated(&format!("{kind}/{sub}"))
}

/// A type as its sender states it, where it can be one.
fn stated(mime: &str) -> String {
    match mime.trim().split_once('/') {
        Some((kind, sub)) if is_token(kind) && is_token(sub) => format!("{kind}/{sub}").to_ascii_lowercase(),
        _ => "application/octet-stream".to_owned(),
    }
}

fn is_token(word: &str) -> bool {
    !word.is_empty() && word.len() <= 100 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
}

/// The content ids the HTML bodies point at.
fn cids(message: &Message<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for part in bodies(message, &message.html_body) {
        if let PartType::Html(html) = &part.body {
            cids_in(html, &mut found);
        }
    }
    if let Some(html) = packed_html(message, MAX_BODY) {
        cids_in(&html, &mut found);
    }
    found
}

fn cids_in(html: &str, found: &mut Vec<String>) {
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
