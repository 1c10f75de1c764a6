//! Pictures: those that came along are shown from the letter itself, those elsewhere only on request, and those that
//! only tell on the reader never.

use super::{Images, Letter, content_id};
use crate::parse::{self, percent_decoded, text::unescape};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_parser::{MimeHeaders, PartType};
use memchr::memchr;
use std::borrow::Cow;
use std::collections::HashMap;

/// All pictures of a letter together, before encoding.
const MAX_PICTURES: usize = 5 << 20;
const KINDS: [&str; 4] = ["png", "jpeg", "gif", "webp"];

#[derive(Default)]
pub(super) struct Count {
    pub(super) remote: bool,
    pub(super) trackers: u32,
}

/// The letter's own pictures by what the page may call them.
pub(super) struct Pictures<'m> {
    by_name: HashMap<String, &'m [u8]>,
    room: usize,
}

impl<'m> Pictures<'m> {
    /// Of `room` bytes at most, where somebody has less to spare than a page has.
    pub(super) fn of(message: &'m Letter<'_>, room: Option<usize>) -> Self {
        let mut by_name: HashMap<_, &[u8]> = HashMap::new();
        for part in parse::bodies(message, &message.attachments) {
            let (PartType::Binary(bytes) | PartType::InlineBinary(bytes)) = &part.body else { continue };
            // Outlook leaves out whichever of these it pleases.
            let location = part.content_location().map(str::to_ascii_lowercase);
            let name = part.attachment_name().map(str::to_ascii_lowercase);
            for key in [content_id(part), location, name].into_iter().flatten() {
                by_name.entry(key).or_insert(bytes);
            }
            for file in parse::unpack(message, part).into_iter().flat_map(|packed| packed.files) {
                let Cow::Borrowed(bytes) = file.data else { continue };
                for key in [file.content_id.trim_matches(['<', '>', ' ']), file.name.trim()] {
                    if !key.is_empty() {
                        by_name.entry(key.to_ascii_lowercase()).or_insert(bytes);
                    }
                }
            }
        }
        Self { by_name, room: room.unwrap_or(MAX_PICTURES) }
    }

    fn data(&mut self, cid: &str) -> Option<String> {
        let key = percent_decoded(cid).trim_matches(['<', '>', ' ']).to_ascii_lowercase();
        let bytes = self.by_name.get(&key)?;
        let kind = kind_of(bytes)?;
        self.room = self.room.checked_sub(bytes.len())?;
        Some(format!("data:image/{kind};base64,{}", STANDARD.encode(bytes)))
    }
}

/// Told by the first bytes: the type a sender states is only a claim.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("png"),
        [0xff, 0xd8, 0xff, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

/// A picture written into the page by its sender, of a kind that cannot hold a script.
pub(super) fn is_safe_data(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("data:image/") else { return false };
    let Some((kind, data)) = rest.split_once(";base64,") else { return false };
    (KINDS.contains(&kind) || kind == "jpg")
        && data.len() <= MAX_PICTURES
        && data.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

/// Copies a sanitised page, settling each of its pictures. The page comes from a serialiser, so every attribute is
/// quoted and every quote inside one is escaped.
pub(super) fn settle(page: &str, images: Images, pictures: &mut Pictures<'_>, count: &mut Count, out: &mut String) {
    each(page, out, |rest, out| image(rest, images, pictures, count, out));
}

/// Copies a page of the same kind with other addresses in its pictures. `None`: the picture goes.
pub(crate) fn readdressed(page: &str, mut address: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(page.len());
    each(page, &mut out, |rest, out| {
        let attributes = quoted(rest);
        let src = attributes.iter().find(|(name, _)| *name == "src").map(|(_, value)| unescape(value));
        if let Some(found) = src.and_then(|src| address(&src)) {
            tag(&attributes, Some(&found), out);
            out.push('>');
        }
    });
    out
}

/// Copies a page; what `on_image` writes stands for each `img` tag, of which it is shown what follows the name.
fn each(page: &str, out: &mut String, mut on_image: impl FnMut(&str, &mut String)) {
    let bytes = page.as_bytes();
    let mut at = 0;
    while let Some(step) = memchr(b'<', &bytes[at..]) {
        let tag = at + step;
        out.push_str(&page[at..tag]);
        let end = parse::text::tag_end(bytes, tag + 1);
        let whole = &page[tag..end];
        match whole.strip_prefix("<img") {
            Some(rest) if !rest.starts_with(|c: char| c.is_ascii_alphanumeric()) => on_image(rest, out),
            _ => out.push_str(whole),
        }
        at = end;
    }
    out.push_str(&page[at..]);
}

fn image(rest: &str, images: Images, pictures: &mut Pictures<'_>, count: &mut Count, out: &mut String) {
    let attributes = quoted(rest);
    let value = |name: &str| attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let src = value("src").map(unescape).unwrap_or_default();
    let lower = src.get(..8.min(src.len())).unwrap_or_default().to_ascii_lowercase();
    let remote = lower.starts_with("http:") || lower.starts_with("https:");
    if remote && (is_tracker(value("width"), value("height"), value("style")) || reports(&src)) {
        count.trackers = count.trackers.saturating_add(1);
        return;
    }
    let shown = if remote {
        count.remote = true;
        (images == Images::Allowed).then_some(src)
    } else if lower.starts_with("cid:") {
        pictures.data(src.get(4..).unwrap_or_default())
    } else {
        is_safe_data(&src).then_some(src)
    };
    tag(&attributes, shown.as_deref(), out);
    if remote && shown.is_some() {
        out.push_str(" referrerpolicy=\"no-referrer\"");
    }
    out.push('>');
}

/// Writes the tag anew, but for its end.
fn tag(attributes: &[(&str, &str)], src: Option<&str>, out: &mut String) {
    out.push_str("<img");
    for (name, value) in attributes.iter().filter(|(name, _)| !matches!(*name, "src" | "referrerpolicy" | "srcset")) {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        out.push_str(value);
        out.push('"');
    }
    if let Some(src) = src {
        out.push_str(" src=\"");
        super::plain::escape(out, src);
        out.push('"');
    }
}

/// `name="value"` pairs of a serialised tag, values still escaped.
fn quoted(rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = rest;
    while let Some((name, after)) = rest.split_once("=\"") {
        let Some((value, next)) = after.split_once('"') else { break };
        let name = name.trim_start();
        if !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            found.push((name, value));
        }
        rest = next;
    }
    found
}

/// Addresses that are asked for nothing but to learn that somebody read: the end of a host, and what the path has in it.
const REPORTERS: [(&str, &str); 26] = [
    ("list-manage.com", "/track/open"),
    ("sendgrid.net", "/wf/open"),
    ("sendgrid.net", "/ss/o/"),
    ("mandrillapp.com", "/track/open"),
    ("mailtrack.io", ""),
    ("mltrk.io", ""),
    ("mailfoogae.appspot.com", ""),
    ("hubspotemail.net", ""),
    ("hubspotlinks.com", ""),
    ("t.yesware.com", ""),
    ("yesware.com", "/t/"),
    ("bananatag.com", ""),
    ("getnotify.com", ""),
    ("readnotify.com", ""),
    ("superhuman.com", "/i/"),
    ("mailgun.org", "/o/"),
    ("createsend.com", "/t/"),
    ("cmail19.com", "/t/"),
    ("cmail20.com", "/t/"),
    ("klclick.com", "/o/"),
    ("rs6.net", "/on.jsp"),
    ("exct.net", "/open.aspx"),
    ("google-analytics.com", ""),
    ("doubleclick.net", ""),
    ("facebook.com", "/tr"),
    ("linkedin.com", "/emimp/"),
];

fn reports(src: &str) -> bool {
    let Some((_, rest)) = src.split_once("//") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = rest[end..].to_ascii_lowercase();
    let within = |known: &str| host.strip_suffix(known).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    REPORTERS.iter().any(|(known, part)| within(known) && path.contains(part))
}

/// A picture nobody can see was not put there to be seen.
fn is_tracker(width: Option<&str>, height: Option<&str>, style: Option<&str>) -> bool {
    let tiny = |value: &str| {
        let digits = value.trim().trim_end_matches("px").trim_end();
        digits.parse::<f32>().is_ok_and(|size| size <= 2.0)
    };
    let style = style.unwrap_or_default().to_ascii_lowercase();
    let styled =
        |name: &str| style.split(';').filter_map(|pair| pair.split_once(':')).any(|(key, value)| key.trim() == name && tiny(value));
    let width = width.is_some_and(tiny) || styled("width") || styled("max-width");
    let height = height.is_some_and(tiny) || styled("height") || styled("max-height");
    let hidden = style.split(';').filter_map(|pair| pair.split_once(':')).any(|(key, value)| {
        let value = value.trim().trim_end_matches("!important");
        matches!((key.trim(), value), ("display", "none") | ("visibility", "hidden") | ("opacity", "0"))
    });
    (width && height) || hidden
}
