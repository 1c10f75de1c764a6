//! From raw bytes to what the database keeps of a message.
//!
//! Anyone may have written these bytes, so nothing here fails: what cannot be read is quarantined with the reason, raw
//! and complete, and the next message is never kept waiting (mail.md §1.4.4).

mod attached;
mod flowed;
mod husk;
mod mend;
mod name;
pub(crate) mod text;
mod tnef;

pub(crate) use attached::{percent_decoded, unpack};
pub use name::safe_name;

use crate::nature;
use husk::{Cuts, Husk};
use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{DateTime, Encoding, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use model::Moment;
use model::fold;
use model::message::{AttachmentMeta, Parsed, Participant, ParticipantRole, Quarantine};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Write as _;
use std::io;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

/// Larger messages are kept raw and shown by their headers only.
pub const MAX_SIZE: usize = 64 << 20;
/// A bomb of tiny parts is not a letter.
pub const MAX_PARTS: usize = 5_000;
/// Addresses beyond this are counted, not linked.
pub const MAX_PARTICIPANTS: usize = 2_000;
/// What full-text search sees of one message.
pub const MAX_SEARCH_TEXT: usize = 64 << 10;

/// Too small to overflow the stack of any thread.
const SMALL: usize = 24 << 10;

const MAX_REFERENCES: usize = 200;
const MAX_ID: usize = 500;
const MAX_SUBJECT: usize = 1_000;
const MAX_NAME: usize = 250;
const MAX_ADDRESS: usize = 320;

/// Only the headers somebody asks for: taking `Received` apart would cost more than all others together.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .with_mime_headers()
        .header_address(HeaderName::From)
        .header_address(HeaderName::To)
        .header_address(HeaderName::Cc)
        .header_address(HeaderName::Bcc)
        .header_address(HeaderName::ReplyTo)
        // Read apart from the others: where a date has no zone in digits, the parser's search for it swallows the next header.
        .header_raw(HeaderName::Date)
        .header_text(HeaderName::Subject)
        .header_id(HeaderName::MessageId)
        .header_id(HeaderName::InReplyTo)
        .header_id(HeaderName::References)
        .default_header_ignore()
});

/// An opened message. Letters within letters are taken apart one by one when it is dropped: twenty thousand of them,
/// dropped by recursion, would overflow the stack and end the program.
pub(crate) struct Opened<'x>(Message<'x>);

impl<'x> Deref for Opened<'x> {
    type Target = Message<'x>;

    fn deref(&self) -> &Message<'x> {
        &self.0
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        let mut heap = vec![std::mem::take(&mut self.0.parts)];
        while let Some(parts) = heap.pop() {
            for part in parts {
                if let PartType::Message(inner) = part.body {
                    heap.push(inner.parts);
                }
            }
        }
    }
}

/// `None`: there is no header in it, or the parser gave up.
fn open(mended: &[u8]) -> Result<Opened<'_>, Quarantine> {
    match catch_unwind(AssertUnwindSafe(|| PARSER.parse(mended))) {
        Ok(Some(message)) if message.parts.first().is_some_and(|root| !root.headers.is_empty() || mend::has_header(mended)) => {
            Ok(Opened(message))
        }
        Ok(_) => Err(Quarantine::NoHeader),
        Err(_) => Err(Quarantine::Unreadable),
    }
}

/// Opens a raw message and hands it to `look`; a panic on the way counts as unreadable.
pub(crate) fn with_opened<T: Send>(raw: &[u8], look: impl FnOnce(&Opened<'_>) -> T + Send) -> Result<T, Quarantine> {
    guarded(raw, || {
        let mended = mend::mend(raw);
        let message = open(&mended)?;
        Ok(look(&message))
    })
}

fn guarded<T: Send>(raw: &[u8], read: impl FnOnce() -> Result<T, Quarantine> + Send) -> Result<T, Quarantine> {
    if raw.len() > MAX_SIZE {
        return Err(Quarantine::TooLarge);
    }
    let read = || catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(Quarantine::Unreadable));
    with_room(raw.len(), read).unwrap_or(Err(Quarantine::Unreadable))
}

thread_local! {
    /// The largest message that this thread's stack is deep enough for.
    static ROOM: Cell<usize> = const { Cell::new(SMALL) };
}

/// Runs this where the stack is deep enough for messages of this size; who opens many asks for the largest once.
///
/// The parser copies encoded letters by recursion, and a level of them takes no more than forty bytes. `mend` disarms
/// those it recognises; the stack is for those it does not. It is address space, not memory, until it is used.
pub(crate) fn with_room<T: Send>(size: usize, run: impl FnOnce() -> T + Send) -> io::Result<T> {
    if size <= ROOM.get() {
        return Ok(run());
    }
    let size = size.min(MAX_SIZE);
    let stack = size.saturating_mul(64).clamp(8 << 20, 1 << 30);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, move || {
            ROOM.set(size);
            run()
        })?;
        thread.join().map_err(|_| io::Error::other("it panicked"))
    })
}

/// What the database keeps of a raw message. `internal_date` is when the server got it: the yardstick for its `Date`.
pub fn parse(raw: &[u8], internal_date: Option<Moment>) -> Parsed {
    let parsed = guarded(raw, || {
        let mended = mend::mend(raw);
        let husk = match &mended {
            Cow::Borrowed(raw) => husk::of(raw),
            // It may hold an encoded letter, which is no place to cut in.
            Cow::Owned(mended) => Husk::whole(mended),
        };
        let message = open(&husk.bytes)?;
        Ok(read(&message, &husk.cuts, raw, internal_date))
    });
    match parsed {
        Ok(parsed) => parsed,
        Err(reason) => unreadable(raw, internal_date, reason),
    }
}

/// One attachment, by the number it has in the listing.
pub fn attachment(raw: &[u8], part: u32) -> Option<(AttachmentMeta, Vec<u8>)> {
    with_opened(raw, |message| {
        let meta = attached::list(message, &Cuts::default(), true).into_iter().find(|meta| meta.part == part)?;
        Some((meta, attached::bytes(message, part)?.into_owned()))
    })
    .ok()
    .flatten()
}

/// What stands beside the text: all attachments but the pictures in it.
pub(crate) fn beside(message: &Message<'_>) -> Vec<(AttachmentMeta, Vec<u8>)> {
    let listed = attached::list(message, &Cuts::default(), false).into_iter().filter(|meta| !meta.inline);
    listed.filter_map(|meta| attached::bytes(message, meta.part).map(Cow::into_owned).map(|bytes| (meta, bytes))).collect()
}

/// What an answer to it refers to: all that it refers to itself, and itself.
pub(crate) fn answered(message: &Message<'_>) -> Vec<String> {
    let mut found = references(message);
    if let Some(own) = own_id(message) {
        found.retain(|id| *id != own);
        found.push(own);
    }
    found
}

/// When a raw message says it was sent, told by its header alone.
pub(crate) fn sent_at(raw: &[u8]) -> Option<Moment> {
    let head = &raw[..raw.len().min(1 << 20)];
    let read = || header_seconds(&PARSER.parse_headers(head)?).map(Moment::from_seconds);
    catch_unwind(AssertUnwindSafe(read)).ok().flatten()
}

fn read(message: &Message<'_>, cuts: &Cuts, raw: &[u8], internal_date: Option<Moment>) -> Parsed {
    let mut parsed = headers(message, internal_date);
    let html = has_html(message) || packed_html(message, MAX_SEARCH_TEXT).is_some();
    let body = body_text(message, MAX_SEARCH_TEXT * 2);
    let (search_text, snippet) = text::digest(&body, MAX_SEARCH_TEXT);
    parsed.attachments = attached::list(message, cuts, false);
    parsed.has_html = html;
    parsed.snippet = snippet;
    parsed.fingerprint = fingerprint(&parsed, header_seconds(message), &search_text);
    parsed.search_text = search_text;
    parsed.report = nature::formal_report(message);
    // Who was invited knows the number of a meeting, and its organizer: what calls it off comes from the organizer himself.
    let from = parsed.from().map(|from| fold::email_key(&from.address));
    parsed.notice = nature::notice(message).filter(|notice| from.as_ref() == Some(&notice.organizer));
    finish(&mut parsed, raw);
    parsed
}

fn unreadable(raw: &[u8], internal_date: Option<Moment>, reason: Quarantine) -> Parsed {
    // The headers alone may still be good enough for a line in the inbox.
    let head = &raw[..raw.len().min(1 << 20)];
    let mended = mend::mend(head);
    let mut parsed = match reason {
        Quarantine::NoHeader => Parsed::default(),
        Quarantine::Unreadable | Quarantine::TooLarge => catch_unwind(AssertUnwindSafe(|| {
            PARSER.parse_headers(&*mended).filter(|message| !message.parts.is_empty()).map(|message| headers(&message, internal_date))
        }))
        .ok()
        .flatten()
        .unwrap_or_default(),
    };
    if reason != Quarantine::TooLarge {
        let lossy = text::decode(&head[..head.len().min(MAX_SEARCH_TEXT)], None);
        (parsed.search_text, parsed.snippet) = text::digest(lossy.trim_start(), MAX_SEARCH_TEXT);
    }
    parsed.quarantine = Some(reason);
    parsed.fingerprint = fingerprint(&parsed, None, &parsed.search_text);
    finish(&mut parsed, raw);
    parsed
}

fn finish(parsed: &mut Parsed, raw: &[u8]) {
    parsed.size = raw.len() as u64;
    if parsed.message_id.is_empty() {
        parsed.message_id = made_id(raw);
    }
}

/// Stands in for a missing Message-ID: the same bytes get the same id, at this account and at any other.
fn made_id(raw: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(&raw[..mend::header_end(raw).min(1 << 20)]);
    hash.update((raw.len() as u64).to_be_bytes());
    format!("{}@noid.local", hex(&hash.finalize()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn headers(message: &Message<'_>, internal_date: Option<Moment>) -> Parsed {
    let mut parsed = Parsed {
        message_id: own_id(message).unwrap_or_default(),
        references: references(message),
        sent_at: header_seconds(message).and_then(|seconds| believable(seconds, internal_date)),
        subject: message
            .header_values(HeaderName::Subject)
            .find_map(HeaderValue::as_text)
            .map(|subject| one_line(subject, MAX_SUBJECT))
            .unwrap_or_default(),
        ..Parsed::default()
    };
    for role in ParticipantRole::ALL {
        let name = match role {
            ParticipantRole::From => HeaderName::From,
            ParticipantRole::To => HeaderName::To,
            ParticipantRole::Cc => HeaderName::Cc,
            ParticipantRole::Bcc => HeaderName::Bcc,
            ParticipantRole::ReplyTo => HeaderName::ReplyTo,
        };
        for value in message.header_values(name) {
            let before = parsed.participants.len();
            let Some(addresses) = value.as_address() else { continue };
            for addr in addresses.iter() {
                let address = plain_address(addr.address().unwrap_or_default());
                if address.is_empty() {
                    continue;
                }
                if parsed.participants.len() >= MAX_PARTICIPANTS {
                    parsed.participants_left_out = parsed.participants_left_out.saturating_add(1);
                    continue;
                }
                let name = one_line(addr.name().unwrap_or_default(), MAX_NAME);
                parsed.participants.push(Participant { role, name, address });
            }
            // A second `From` is how a forger hopes to be taken for somebody else: the first one counts.
            if role == ParticipantRole::From && parsed.participants.len() > before {
                break;
            }
        }
    }
    parsed
}

fn plain_address(address: &str) -> String {
    let bare = address.trim().trim_start_matches('<').trim_end_matches('>');
    cut(&bare.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !is_bidi(*c)).collect::<String>(), MAX_ADDRESS).to_owned()
}

/// Text of a header: one line, no control characters, no marks that turn the writing direction of what follows.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !out.is_empty();
        } else if !c.is_control() && !is_bidi(c) {
            if out.len() + c.len_utf8() + 1 > max {
                break;
            }
            if gap {
                out.push(' ');
                gap = false;
            }
            out.push(c);
        }
    }
    out
}

pub(crate) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

/// At most `max` bytes, and never half a character.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

fn ids(message: &Message<'_>, name: HeaderName<'static>) -> Vec<String> {
    let mut found = Vec::new();
    for value in message.header_values(name) {
        match value {
            HeaderValue::Text(text) => found.extend(normal_id(text)),
            HeaderValue::TextList(list) => found.extend(list.iter().filter_map(|text| normal_id(text))),
            _ => {}
        }
    }
    found
}

/// A message's own Message-ID, without brackets.
pub(crate) fn own_id(message: &Message<'_>) -> Option<String> {
    ids(message, HeaderName::MessageId).into_iter().next()
}

/// The text between the brackets, without the white space some senders fold into it.
pub(crate) fn normal_id(text: &str) -> Option<String> {
    let inner = text.split_once('<').map_or(text, |(_, rest)| rest);
    let inner = inner.split_once('>').map_or(inner, |(id, _)| id);
    let id: String = inner.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    (!id.is_empty()).then(|| cut(&id, MAX_ID).to_owned())
}

/// Oldest first; what `In-Reply-To` names is the parent, so it comes last.
pub(crate) fn references(message: &Message<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for id in ids(message, HeaderName::References).into_iter().chain(ids(message, HeaderName::InReplyTo)) {
        if seen.insert(id.clone()) {
            found.push(id);
        }
    }
    if found.len() > MAX_REFERENCES {
        found.drain(1..=found.len() - MAX_REFERENCES);
    }
    found
}

/// The `Date` header in seconds, where it is a date at all.
fn header_seconds(message: &Message<'_>) -> Option<i64> {
    let date = message.header_values(HeaderName::Date).find_map(|value| DateTime::parse_rfc822(&format!("{}\n", value.as_text()?)))?;
    let leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    let days = match date.month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // A second of 60 is a leap second, which the calendar here does not know.
    let sane = date.is_valid() && date.day <= days && date.year >= 1970 && date.tz_hour <= 14;
    sane.then(|| date.to_timestamp()).filter(|seconds| *seconds >= 0)
}

fn believable(seconds: i64, internal_date: Option<Moment>) -> Option<Moment> {
    let sent = Moment::from_seconds(seconds);
    match internal_date {
        Some(arrived) if sent > arrived.plus_seconds(86_400) => None,
        _ => Some(sent),
    }
}

/// Tells messages with the same Message-ID apart: lists send two copies with different subjects, and some senders repeat ids.
fn fingerprint(parsed: &Parsed, seconds: Option<i64>, text: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(fold::email_key(parsed.from().map_or("", |from| &from.address)).as_bytes());
    hash.update([0]);
    hash.update(seconds.unwrap_or_default().to_be_bytes());
    // White space differs between the copy sent and the copy received; letters do not.
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
    hash.update((letters as u64).to_be_bytes());
    hash.update(model::thread::bare_subject(&parsed.subject).as_bytes());
    let mut print = [0; 16];
    print.copy_from_slice(&hash.finalize()[..16]);
    print
}

/// Whether there is real HTML: the parser offers plain text as HTML too.
fn has_html(message: &Message<'_>) -> bool {
    bodies(message, &message.html_body).any(|part| matches!(part.body, PartType::Html(_)))
}

pub(crate) fn bodies<'m, 'x>(message: &'m Message<'x>, ids: &'m [u32]) -> impl Iterator<Item = &'m MessagePart<'x>> {
    ids.iter().take(MAX_PARTS).filter_map(|id| message.parts.get(usize::try_from(*id).ok()?))
}

/// The text of the letter. HTML is read only where there is no text worth the name beside it.
pub(crate) fn body_text(message: &Message<'_>, max: usize) -> String {
    let own = own_text(message, max);
    if says_something(message, &own) {
        return own;
    }
    packed(message).find_map(|packed| packed.words.text(max)).unwrap_or(own)
}

fn own_text(message: &Message<'_>, max: usize) -> String {
    let mut out = String::new();
    for part in bodies(message, &message.text_body) {
        match &part.body {
            PartType::Text(_) => text::append(&mut out, &part_text(message, part), max),
            PartType::Html(_) => text::append(&mut out, &text::from_html(&part_text(message, part), max), max),
            _ => {}
        }
        if out.len() >= max {
            return out;
        }
    }
    if out.trim().is_empty() {
        for part in bodies(message, &message.html_body) {
            if let PartType::Html(_) = &part.body {
                text::append(&mut out, &text::from_html(&part_text(message, part), max), max);
            }
        }
    }
    out
}

/// The page Outlook packed away, where the letter has no words of its own.
pub(crate) fn packed_html(message: &Message<'_>, max: usize) -> Option<String> {
    let mut packed = packed(message).peekable();
    packed.peek()?;
    if says_something(message, &own_text(message, MAX_SEARCH_TEXT)) {
        return None;
    }
    // The first that holds words, whichever kind: what is searched is what is shown.
    packed.find(|packed| !packed.words.is_empty())?.words.html(max)
}

/// Blanks and rulers are what is left of a letter whose words were packed away.
fn says_something(message: &Message<'_>, text: &str) -> bool {
    text.contains(char::is_alphanumeric) || has_html(message)
}

fn packed<'m>(message: &'m Message<'_>) -> impl Iterator<Item = tnef::Packed<'m>> {
    bodies(message, &message.attachments).filter_map(|part| unpack(message, part))
}

/// The text of a part, decoded once more where its charset was missing or a lie, its soft line breaks taken out.
pub(crate) fn part_text<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Cow<'m, str> {
    let text = decoded_text(message, part);
    let attribute = |name| part.content_type().and_then(|ct| ct.attribute(name)).map(str::to_ascii_lowercase);
    if matches!(part.body, PartType::Text(_)) && attribute("format").as_deref() == Some("flowed") {
        return Cow::Owned(flowed::unflow(&text, attribute("delsp").as_deref() == Some("yes")));
    }
    text
}

fn decoded_text<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Cow<'m, str> {
    let (PartType::Text(text) | PartType::Html(text)) = &part.body else { return Cow::Borrowed("") };
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let charset = part.content_type().and_then(|ct| ct.attribute("charset")).map(str::to_ascii_lowercase);
    let doubtful = match charset.as_deref() {
        Some("us-ascii" | "ascii") => true,
        Some(_) | None => memchr::memmem::find(text.as_bytes(), "\u{fffd}".as_bytes()).is_some(),
    };
    if !doubtful {
        return Cow::Borrowed(text);
    }
    let bytes = part_bytes(message, part);
    Cow::Owned(text::decode(&bytes, charset.as_deref()).into_owned())
}

/// The bytes of a part as they were before they were encoded for the journey; a text keeps its own charset.
pub(crate) fn part_bytes<'m>(message: &'m Message<'_>, part: &'m MessagePart<'_>) -> Cow<'m, [u8]> {
    match &part.body {
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => Cow::Borrowed(bytes),
        PartType::Text(_) | PartType::Html(_) | PartType::Message(_) | PartType::Multipart(_) => {
            let raw = message.raw_message();
            let end = (part.offset_end as usize).min(raw.len());
            let slice = raw.get(part.offset_body as usize..end).unwrap_or_default();
            match part.encoding {
                Encoding::None => Cow::Borrowed(slice),
                Encoding::QuotedPrintable => quoted_printable_decode(slice).map_or(Cow::Borrowed(slice), Cow::Owned),
                Encoding::Base64 => base64_decode(slice).map_or(Cow::Borrowed(slice), Cow::Owned),
            }
        }
    }
}
