//! What a letter is besides what it says (mail.md §2.3): read when it is opened, from its headers and the types of its parts.

mod invitation;

pub(crate) use invitation::notice;

use crate::parse::{self, text};
use crm::ports::Meeting;
use mail_parser::{Message, MessagePart, MimeHeaders, PartType};
use model::nature::{Answer, Automatic, Nature, Report, Scheme, Seal, Undelivered};
use model::outgoing::Recipient;
use model::{Civil, Moment};

/// Recipients of one report that are named.
const MAX_UNDELIVERED: usize = 50;
/// Longer ones are no reports that a mail server wrote.
const MAX_REPORT: usize = 256 << 10;
const MAX_DIAGNOSTIC: usize = 500;
/// Letters that one report may be about.
const MAX_ABOUT: usize = 5;

/// `civil` gives the time on the wall of the reader's office, which lies in `zone`.
pub fn read(raw: &[u8], zone: &str, civil: impl Fn(Moment) -> Civil + Sync) -> Nature {
    parse::with_opened(raw, |message| Nature {
        seal: seal(message),
        automatic: automatic(raw),
        undelivered: report(message).map(|report| report.undelivered).unwrap_or_default(),
        invitation: invitation::find(message, zone, &civil),
    })
    .unwrap_or_default()
}

/// The meeting that a raw message asks somebody to answer about; `zone` is that of the reader's office.
pub fn meeting(raw: &[u8], zone: &str) -> Option<Meeting> {
    parse::with_opened(raw, |message| invitation::meeting(message, zone)).ok().flatten()
}

/// The answer of this person to it, as iCalendar.
pub fn answer(raw: &[u8], from: &Recipient, answer: Answer, at: Moment) -> Option<String> {
    parse::with_opened(raw, |message| invitation::answer(message, from, answer, at)).ok().flatten()
}

/// A list may have put the sealed letter into one of its own, so each part is looked at; a letter within it is not.
fn seal(message: &Message<'_>) -> Option<Seal> {
    let of_type = message.parts.iter().take(parse::MAX_PARTS).find_map(|part| {
        let kind = part.content_type()?;
        let parameter = |name| kind.attribute(name).unwrap_or_default().to_ascii_lowercase();
        let (main, sub) = (kind.ctype().to_ascii_lowercase(), kind.subtype().unwrap_or_default().to_ascii_lowercase());
        match (main.as_str(), sub.trim_start_matches("x-")) {
            ("multipart", "signed") => scheme(&parameter("protocol")).map(|scheme| Seal { scheme, encrypted: false }),
            ("multipart", "encrypted") => scheme(&parameter("protocol")).map(|scheme| Seal { scheme, encrypted: true }),
            ("application", "pkcs7-mime") => {
                Some(Seal { scheme: Scheme::SMime, encrypted: !matches!(parameter("smime-type").as_str(), "signed-data" | "certs-only") })
            }
            _ => None,
        }
    });
    of_type.or_else(|| {
        let body = parse::body_text(message, 4 << 10);
        let armour = |line: &str| body.trim_start().starts_with(line);
        let sealed = |encrypted| Some(Seal { scheme: Scheme::OpenPgp, encrypted });
        if armour("-----BEGIN PGP MESSAGE-----") {
            sealed(true)
        } else if armour("-----BEGIN PGP SIGNED MESSAGE-----") {
            sealed(false)
        } else {
            None
        }
    })
}

fn scheme(protocol: &str) -> Option<Scheme> {
    match protocol.trim_start_matches("application/").trim_start_matches("x-") {
        "pkcs7-signature" | "pkcs7-mime" => Some(Scheme::SMime),
        "pgp-signature" | "pgp-encrypted" => Some(Scheme::OpenPgp),
        _ => None,
    }
}

/// From headers that the parser of messages passes over: nobody else has a use for them.
fn automatic(raw: &[u8]) -> Option<Automatic> {
    let head = text::decode(&raw[..raw.len().min(MAX_REPORT)], None).replace("\r\n", "\n");
    let head = unfolded(head.split("\n\n").next().unwrap_or_default());
    let says = |name| {
        let value = field(&head, name).unwrap_or_default();
        // Parameters and comments may follow the word.
        value.split([';', '(']).next().unwrap_or_default().trim().to_ascii_lowercase()
    };
    match says("Auto-Submitted").as_str() {
        "auto-replied" => return Some(Automatic::Replied),
        "" | "no" => {}
        _ => return Some(Automatic::Generated),
    }
    // What programs did before RFC 3834, and some still do.
    let replied = ["X-Autoreply", "X-Autorespond"].into_iter().any(|name| !matches!(says(name).as_str(), "" | "no"));
    (replied || says("Precedence") == "auto_reply").then_some(Automatic::Replied)
}

/// What became of other letters (RFC 3464); `None`: it is no such report.
pub(crate) fn report(message: &Message<'_>) -> Option<Report> {
    let parts = || message.parts.iter().take(parse::MAX_PARTS);
    let of_type = |part: &MessagePart<'_>, names: &[&str]| {
        let sub = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default();
        names.iter().any(|name| sub.eq_ignore_ascii_case(name)) && !matches!(part.body, PartType::Multipart(_))
    };
    let status = parts().find(|part| of_type(part, &["delivery-status", "global-delivery-status"]))?;
    let status = told(message, status);
    let mut report = Report::default();
    // The first block is about the report itself, each of the others about a recipient.
    for block in status.split("\n\n") {
        if report.undelivered.len() + report.delivered.len() >= MAX_UNDELIVERED {
            break;
        }
        match recipient(block) {
            Some(Fate::Undelivered(one)) => report.undelivered.push(one),
            Some(Fate::Delivered(address)) => report.delivered.push(address),
            None => {}
        }
    }
    // The letter itself comes back, or its header; servers that send neither say what they answer.
    let mut about: Vec<String> = field(&unfolded(&status), "Original-Message-ID").and_then(parse::normal_id).into_iter().collect();
    for part in parts() {
        match &part.body {
            PartType::Message(inner) => about.extend(parse::own_id(inner)),
            _ if of_type(part, &["rfc822-headers", "global-headers", "rfc822", "global"]) => {
                let head = told(message, part);
                about.extend(field(&unfolded(head.split("\n\n").next().unwrap_or_default()), "Message-ID").and_then(parse::normal_id));
            }
            _ => {}
        }
    }
    about.extend(parse::references(message).pop());
    about.truncate(MAX_ABOUT);
    report.about = about;
    Some(report)
}

/// As `report`, of letters that are nothing else (RFC 3464 §2): what is kept of it is shown to more people than the one who got it.
pub(crate) fn formal_report(message: &Message<'_>) -> Option<Report> {
    let top = message.parts.first()?.content_type()?;
    let is = |word: Option<&str>, suffix: &str| word.is_some_and(|word| word.to_ascii_lowercase().ends_with(suffix));
    (is(top.subtype(), "report") && is(top.attribute("report-type"), "delivery-status")).then(|| report(message)).flatten()
}

/// The text of a part that a program wrote.
fn told(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let bytes = parse::part_bytes(message, part);
    text::decode(&bytes[..bytes.len().min(MAX_REPORT)], None).replace("\r\n", "\n")
}

enum Fate {
    Undelivered(Undelivered),
    Delivered(String),
}

/// A block of fields about one recipient (RFC 3464 §2.3).
fn recipient(block: &str) -> Option<Fate> {
    let block = unfolded(block);
    let field = |name| field(&block, name).map(str::to_owned);
    // `rfc822; jan@bakker.example`: what kind of address it is, and the address.
    let bare = |value: String| value.split_once(';').map_or(value.clone(), |(_, rest)| rest.trim().to_owned());
    let action = field("Action")?.to_ascii_lowercase();
    let address = field("Original-Recipient").or_else(|| field("Final-Recipient")).map(bare)?;
    let address = parse::one_line(address.trim_matches(['<', '>']), MAX_DIAGNOSTIC);
    let delayed = match action.as_str() {
        "failed" => false,
        "delayed" => true,
        "delivered" => return Some(Fate::Delivered(address)),
        // What was handed on (`relayed`, `expanded`) did not arrive yet.
        _ => return None,
    };
    Some(Fate::Undelivered(Undelivered {
        address,
        delayed,
        status: field("Status").map(|status| parse::one_line(&status, 20)).unwrap_or_default(),
        diagnostic: field("Diagnostic-Code").map(bare).map(|said| parse::one_line(&said, MAX_DIAGNOSTIC)).unwrap_or_default(),
    }))
}

/// A field that goes on in the next line is one line again (RFC 5322 §2.2.3).
fn unfolded(block: &str) -> String {
    block.replace("\n ", " ").replace("\n\t", " ")
}

fn field<'b>(block: &'b str, name: &str) -> Option<&'b str> {
    block.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
