//! What a letter is besides what it says (mail.md §2.3): read when it is opened, from its headers and the types of its parts.

mod invitation;

use crate::parse::{self, text};
use mail_parser::{Message, MimeHeaders, PartType};
use model::nature::{Automatic, Nature, Scheme, Seal, Undelivered};
use model::{Civil, Moment};

/// Recipients of one report that are named.
const MAX_UNDELIVERED: usize = 50;
/// Longer ones are no reports that a mail server wrote.
const MAX_REPORT: usize = 256 << 10;
const MAX_DIAGNOSTIC: usize = 500;

/// `civil` gives the time on the wall of the reader's office, which lies in `zone`.
pub fn read(raw: &[u8], zone: &str, civil: impl Fn(Moment) -> Civil + Sync) -> Nature {
    parse::with_opened(raw, |message| Nature {
        seal: seal(message),
        automatic: automatic(raw),
        undelivered: undelivered(message),
        invitation: invitation::find(message, zone, &civil),
    })
    .unwrap_or_default()
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

fn undelivered(message: &Message<'_>) -> Vec<Undelivered> {
    let report = message.parts.iter().take(parse::MAX_PARTS).find(|part| {
        part.content_type().is_some_and(|kind| {
            let sub = kind.subtype().unwrap_or_default();
            sub.eq_ignore_ascii_case("delivery-status") || sub.eq_ignore_ascii_case("global-delivery-status")
        }) && !matches!(part.body, PartType::Multipart(_))
    });
    let Some(report) = report else { return Vec::new() };
    let bytes = parse::part_bytes(message, report);
    let status = text::decode(&bytes[..bytes.len().min(MAX_REPORT)], None).replace("\r\n", "\n");
    // The first block is about the report itself, each of the others about a recipient.
    status.split("\n\n").filter_map(recipient).take(MAX_UNDELIVERED).collect()
}

/// A block of fields about one recipient (RFC 3464 §2.3); nothing where it arrived.
fn recipient(block: &str) -> Option<Undelivered> {
    let block = unfolded(block);
    let field = |name| field(&block, name).map(str::to_owned);
    // `rfc822; jan@bakker.example`: what kind of address it is, and the address.
    let bare = |value: String| value.split_once(';').map_or(value.clone(), |(_, rest)| rest.trim().to_owned());
    let delayed = match field("Action")?.to_ascii_lowercase().as_str() {
        "failed" => false,
        "delayed" => true,
        _ => return None,
    };
    let address = field("Original-Recipient").or_else(|| field("Final-Recipient")).map(bare)?;
    Some(Undelivered {
        address: parse::one_line(address.trim_matches(['<', '>']), MAX_DIAGNOSTIC),
        delayed,
        status: field("Status").map(|status| parse::one_line(&status, 20)).unwrap_or_default(),
        diagnostic: field("Diagnostic-Code").map(bare).map(|said| parse::one_line(&said, MAX_DIAGNOSTIC)).unwrap_or_default(),
    })
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
