//! From a letter as it was written to the bytes that travel (RFC 5322, MIME; mail.md §2.2).
//!
//! Built once: whatever is tried again is the same letter, down to its Message-ID. Names, subjects and file names may hold anything
//! at all, templates put the names of strangers into them, and none of it may become a header of its own.

use super::{address, text};
use crate::parse::{self, one_line, safe_name};
use crate::reach::ascii_host;
use crate::show::{self, images::readdressed};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use crm::ports::{Built, Enclosed, Letterhead};
use crm::{Error, Result};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use lettre::Address;
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, Headers, MIME_VERSION_1_0,
    Subject,
};
use lettre::message::{Mailbox, Mailboxes, MultiPart, SinglePart, header};
use model::outgoing::{MOST_TEXT, Recipient};
use model::{Moment, Problem};
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Bytes of a name.
const MAX_NAME: usize = 250;
/// Characters of a subject: fewer than a line may have, should there be no blank to fold it at.
const MAX_SUBJECT: usize = 500;
const MAX_ID: usize = 500;
/// Longer than this the middle of `References` goes; the thread is still known by its first message and its last ones.
const MAX_REFERENCES: usize = 2_000;
const LAST_REFERENCES: usize = 20;
/// Of one encoded word, before encoding (RFC 2047 §2: 75 with all around it).
const WORD: usize = 42;

/// The letter as bytes, and as they read. Takes as long as it takes: call it where blocking is allowed. [CMP-17]
pub fn build(letter: Letterhead) -> Result<Built> {
    let from = mailboxes("sender", std::slice::from_ref(&letter.from))?;
    let (to, cc) = (mailboxes("to", &letter.to)?, mailboxes("cc", &letter.cc)?);
    // They stand in no header, and have to be told all the same while their writer can still mend them.
    mailboxes("bcc", &letter.bcc)?;
    let mut headers = Headers::new();
    headers.insert_raw(written("Date", date(letter.date, &letter.zone)));
    headers.set(header::From::from(from));
    if letter.to.is_empty() && letter.cc.is_empty() {
        // A letter to nobody is taken for spam.
        headers.insert_raw(written("To", "undisclosed-recipients:;".to_owned()));
    }
    if !letter.to.is_empty() {
        headers.set(header::To::from(to));
    }
    if !letter.cc.is_empty() {
        headers.set(header::Cc::from(cc));
    }
    headers.insert_raw(subject(&letter.subject));
    let message_id = bracketed(&letter.message_id).ok_or_else(|| Error::bug("A letter without a Message-ID"))?;
    headers.insert_raw(written("Message-ID", message_id));
    thread(&letter.references, &mut headers);
    headers.set(MIME_VERSION_1_0);
    let mut bytes = headers.to_string().into_bytes();
    let date = letter.date;
    bytes.append(&mut body(letter)?.formatted());
    let parsed = parse::parse(&bytes, Some(date));
    Ok(Built { bytes, parsed })
}

fn mailboxes(field: &str, people: &[Recipient]) -> Result<Mailboxes> {
    let mailbox = |one: &Recipient| {
        let name = one_line(&one.name, MAX_NAME);
        let address = address::ascii(&one.address).and_then(|address| address.parse::<Address>().ok());
        let address = address.ok_or_else(|| Error::invalid(field, Problem::NotAnEmailAddress))?;
        Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address))
    };
    people.iter().map(mailbox).collect()
}

fn written(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// In the time of its writer's office: whoever reads it elsewhere sees what time it was there.
fn date(at: Moment, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let at = Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(zone);
    rfc2822::to_string(&at).unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 +0000".to_owned())
}

fn subject(text: &str) -> HeaderValue {
    let line = one_line(text, MAX_SUBJECT * 4);
    let line: String = line.chars().take(MAX_SUBJECT).collect();
    if !line.contains("=?") {
        return Subject::from(line).display();
    }
    // Somebody wrote what looks like an encoded word: unless it is encoded itself, it would be decoded.
    let name = HeaderName::new_from_ascii_str("Subject");
    let encoded = encoded_words(&line).join("\r\n ");
    HeaderValue::dangerous_new_pre_encoded(name, line, encoded)
}

fn encoded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.floor_char_boundary(WORD));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = after;
    }
    words
}

/// `None`: it is no message identifier that other programs can read.
fn bracketed(id: &str) -> Option<String> {
    let id = match id.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => format!("{local}@{}", ascii_host(domain)?),
        _ => id.to_owned(),
    };
    let good = !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'));
    good.then(|| format!("<{id}>"))
}

fn thread(references: &[String], headers: &mut Headers) {
    if let Some(answered) = references.last().and_then(|id| bracketed(id)) {
        headers.insert_raw(written("In-Reply-To", answered));
    }
    let mut known = HashSet::new();
    let mut ids: Vec<String> = references.iter().filter_map(|id| bracketed(id)).filter(|id| known.insert(id.clone())).collect();
    if ids.iter().map(|id| id.len() + 1).sum::<usize>() > MAX_REFERENCES && ids.len() > LAST_REFERENCES + 1 {
        ids.drain(1..ids.len() - LAST_REFERENCES);
    }
    if !ids.is_empty() {
        headers.insert_raw(written("References", ids.join(" ")));
    }
}

// ---------------------------------------------------------------------------------------------------------------
// The body

/// A picture that stood in the text as `data:`.
struct Picture {
    id: String,
    kind: &'static str,
    bytes: Vec<u8>,
}

fn body(letter: Letterhead) -> Result<MultiPart> {
    let html = show::sendable(&letter.html).ok_or_else(|| Error::invalid("html", Problem::UnreadableHtml))?;
    let (html, pictures) = own_pictures(&html, &letter.from.address);
    let text = text::plain(&html, MOST_TEXT);
    let page = format!("<!doctype html><html><head><meta charset=\"utf-8\"></head><body>{html}</body></html>");
    let mut whole = MultiPart::alternative_plain_html(lines(&text), lines(&page));
    if let Some(calendar) = &letter.calendar {
        // Last: that is what a program takes that understands it (RFC 2046 §5.1.4).
        let kind = Kind("text/calendar; method=REPLY; charset=utf-8".to_owned());
        whole = whole.singlepart(SinglePart::builder().header(kind).body(lines(calendar)));
    }
    if !pictures.is_empty() {
        let mut related = MultiPart::related().multipart(whole);
        // Whose root is of which type (RFC 2387 §3.1).
        let kind = format!("multipart/related; boundary=\"{}\"; type=\"multipart/alternative\"", related.boundary());
        related.headers_mut().set(ContentType::parse(&kind).map_err(|error| Error::internal("A content type is none", error))?);
        for (nth, picture) in pictures.into_iter().enumerate() {
            related = related.singlepart(inline(picture, nth + 1));
        }
        whole = related;
    }
    if !letter.files.is_empty() {
        let mut mixed = MultiPart::mixed().multipart(whole);
        for file in letter.files {
            mixed = mixed.singlepart(attached(file));
        }
        whole = mixed;
    }
    Ok(whole)
}

/// Every line ends with CR LF, and nothing else does: lettre would move all that follows once for each line that lacks it.
fn lines(text: &str) -> String {
    text.replace('\r', "").replace('\n', "\r\n")
}

/// Pictures of the text become parts of their own, each once: Gmail and Outlook show no `data:`. What points nowhere goes.
fn own_pictures(html: &str, from: &str) -> (String, Vec<Picture>) {
    let domain = address::ascii(from).and_then(|from| from.rsplit_once('@').map(|(_, domain)| domain.to_owned())).unwrap_or_default();
    let mut pictures: Vec<Picture> = Vec::new();
    let html = readdressed(html, |src| {
        let Some(data) = src.strip_prefix("data:") else {
            return (!src.starts_with("cid:") && !src.is_empty()).then(|| src.to_owned());
        };
        let (kind, data) = data.split_once(";base64,")?;
        let kind = match kind {
            "image/png" => "png",
            "image/jpeg" | "image/jpg" => "jpeg",
            "image/gif" => "gif",
            "image/webp" => "webp",
            _ => return None,
        };
        let bytes = STANDARD.decode(data).ok()?;
        let print = parse::hex(&Sha256::digest(&bytes));
        let id = format!("{}@{domain}", print.get(..32)?);
        if pictures.iter().all(|known| known.id != id) {
            pictures.push(Picture { id: id.clone(), kind, bytes });
        }
        Some(format!("cid:{id}"))
    });
    (html, pictures)
}

fn inline(picture: Picture, nth: usize) -> SinglePart {
    let name = format!("image{nth}.{}", if picture.kind == "jpeg" { "jpg" } else { picture.kind });
    SinglePart::builder()
        .header(Kind(format!("image/{}; name=\"{name}\"", picture.kind)))
        .header(ContentId::from(format!("<{}>", picture.id)))
        .header(ContentDisposition::inline_with_name(&name))
        .header(ContentTransferEncoding::Base64)
        .body(picture.bytes)
}

fn attached(file: Enclosed) -> SinglePart {
    let name = safe_name(&file.name, &file.mime);
    // Old Outlooks know no `filename`; those that read this know encoded words in it, though RFC 2047 §5 has none there.
    let shown = if name.bytes().all(|b| b.is_ascii_graphic() || b == b' ') { name.clone() } else { encoded_words(&name).join(" ") };
    SinglePart::builder()
        .header(Kind(format!("{}; name=\"{}\"", kind(&file.mime), shown.replace(['"', '\\'], "_"))))
        .header(ContentDisposition::attachment(&name))
        // As text lettre would send it with the ends of lines it has, which do not arrive as they went.
        .header(ContentTransferEncoding::Base64)
        .body(file.bytes)
}

/// A letter within a letter may not be encoded (RFC 2046 §5.2.1), and what cannot be encoded may break on the way: it goes as a file.
fn kind(mime: &str) -> &str {
    let is_token =
        |word: &str| !word.is_empty() && word.len() <= 60 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b));
    match mime.split_once('/') {
        Some((kind, sub))
            if is_token(kind) && is_token(sub) && !["message", "multipart"].iter().any(|odd| kind.eq_ignore_ascii_case(odd)) =>
        {
            mime
        }
        _ => "application/octet-stream",
    }
}

/// The content type of a file, which may have a name that lettre's own would not take.
#[derive(Clone)]
struct Kind(String);

impl Header for Kind {
    fn name() -> HeaderName {
        ContentType::name()
    }

    fn parse(text: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}
