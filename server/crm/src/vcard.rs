//! A contact as address books read it: vCard 3.0 (RFC 2426), the version that every phone understands.
//!
//! Pure: the same contact gives the same bytes, so a card is written once and only a change that shows on it changes its etag.
//! Knows nothing of how the bytes travel.

use model::contact::{Address, Contact, ContactKind, Detail, DetailKind};
use model::fold::fold;
use model::{ContactId, Moment};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A line holds this many octets at most, its end not counted (RFC 2425 §5.8.1).
const LINE: usize = 75;

/// All that stands on a card.
#[derive(Clone, Debug)]
pub struct Source {
    pub contact: Contact,
    /// The name of the company that employs the person, where one is linked.
    pub employer: Option<String>,
    pub details: Vec<Detail>,
    pub addresses: Vec<Address>,
    pub tags: Vec<String>,
    /// What browsers call the server: the card links back to the contact.
    pub address: String,
}

/// The last part of a card's address, for good.
pub fn name(contact: ContactId) -> String {
    format!("{contact}.vcf")
}

/// The etag of these bytes, without its quotes.
pub fn etag(card: &str) -> String {
    let hash = Sha256::digest(card.as_bytes());
    hash[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a string does not fail.
        _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The card. `revised` is when what stands on it last changed, not now: that would change it at every look.
pub fn render(source: &Source, revised: Moment) -> String {
    let contact = &source.contact;
    let mut card = Card { text: String::with_capacity(768), items: 0 };
    card.line("BEGIN", "VCARD");
    card.line("VERSION", "3.0");
    card.line("PRODID", "-//Spindle//CardDAV//EN");
    card.line("UID", &contact.id.to_string());
    card.names(source);
    let company = contact.kind == ContactKind::Company;
    let organisation = match (&source.employer, company) {
        (Some(employer), false) => employer.as_str(),
        _ => contact.company.as_str(),
    };
    if !organisation.trim().is_empty() {
        card.line("ORG", &escape(organisation.trim()));
    }
    if !contact.function.trim().is_empty() {
        card.line("TITLE", &escape(contact.function.trim()));
    }
    if company {
        card.line("X-ABShowAs", "COMPANY");
    }
    card.details(&source.details);
    for address in &source.addresses {
        card.address(address);
    }
    if !source.tags.is_empty() {
        let tags: Vec<_> = source.tags.iter().map(|tag| escape(tag)).collect();
        card.line("CATEGORIES", &tags.join(","));
    }
    if !contact.note.trim().is_empty() {
        card.line("NOTE", &escape(contact.note.trim()));
    }
    if !source.address.is_empty() {
        card.labelled("URL", "", &escape(&format!("{}/contacts/{}", source.address, contact.id)), "CRM");
    }
    card.line("REV", &utc(revised));
    card.line("END", "VCARD");
    card.text
}

struct Card {
    text: String,
    /// Groups given out: `item1`, `item2` …
    items: u32,
}

impl Card {
    /// `name:value`, folded. The value is escaped already.
    fn line(&mut self, name: &str, value: &str) {
        let mut room = LINE;
        for part in [name, ":", value] {
            for c in part.chars() {
                if room < c.len_utf8() {
                    self.text.push_str("\r\n ");
                    // The blank counts too.
                    room = LINE - 1;
                }
                self.text.push(c);
                room -= c.len_utf8();
            }
        }
        self.text.push_str("\r\n");
    }

    /// A line with a label of its own: a group holds the two together, as Apple has it.
    fn labelled(&mut self, name: &str, types: &str, value: &str, label: &str) {
        self.items += 1;
        let item = self.items;
        self.line(&format!("item{item}.{name}{types}"), value);
        self.line(&format!("item{item}.X-ABLabel"), &escape(label));
    }

    fn names(&mut self, source: &Source) {
        let contact = &source.contact;
        match contact.kind {
            ContactKind::Company if !contact.company.trim().is_empty() => self.line("N", ";;;;"),
            _ => self.line("N", &format!("{};{};;;", escape(contact.last_name.trim()), escape(contact.first_name.trim()))),
        }
        // A card without FN is refused by some and shown as blank by others.
        let of =
            |kinds: &[DetailKind]| source.details.iter().find(|detail| kinds.contains(&detail.kind)).map(|detail| detail.value.clone());
        let shown = [
            Some(contact.name()),
            source.employer.clone(),
            of(&[DetailKind::Email]),
            of(&[DetailKind::Mobile, DetailKind::Phone]),
            Some(contact.id.to_string()),
        ];
        let shown = shown.into_iter().flatten().map(|name| escape(name.trim())).find(|name| !name.is_empty()).unwrap_or_default();
        self.line("FN", &shown);
    }

    fn details(&mut self, details: &[Detail]) {
        let mut preferred = (false, false);
        for detail in details {
            let value = escape(detail.value.trim());
            if value.is_empty() {
                continue;
            }
            let place = Place::of(&detail.label);
            let (name, mut types, first) = match detail.kind {
                DetailKind::Email => ("EMAIL", vec!["INTERNET"], Some(&mut preferred.0)),
                DetailKind::Phone => ("TEL", vec!["VOICE"], Some(&mut preferred.1)),
                DetailKind::Mobile => ("TEL", vec!["CELL", "VOICE"], Some(&mut preferred.1)),
                DetailKind::Fax => ("TEL", vec!["FAX"], None),
                DetailKind::Website => ("URL", vec![], None),
                DetailKind::Social => ("X-SOCIALPROFILE", vec![], None),
            };
            match place {
                Place::Home => types.push("HOME"),
                Place::Mobile if detail.kind == DetailKind::Phone => types.insert(0, "CELL"),
                // A number in a CRM is one at work, unless it is said to be another.
                Place::Work | Place::Unsaid | Place::Mobile if detail.kind != DetailKind::Mobile => types.push("WORK"),
                Place::Work => types.push("WORK"),
                _ => {}
            }
            // The first is the one to use.
            if let Some(given) = first
                && !*given
            {
                *given = true;
                types.push("pref");
            }
            let types = types.into_iter().fold(String::new(), |types, one| types + ";type=" + one);
            match place {
                Place::Other => self.labelled(name, &types, &value, detail.label.trim()),
                _ => self.line(&format!("{name}{types}"), &value),
            }
        }
    }

    fn address(&mut self, address: &Address) {
        let form = &address.form;
        let parts = [&form.street, &form.city, &form.state, &form.postcode, &form.country].map(|part| escape(part.trim()));
        if parts.iter().all(String::is_empty) {
            return;
        }
        let value = format!(";;{}", parts.join(";"));
        match Place::of(&form.label) {
            Place::Home => self.line("ADR;type=HOME", &value),
            Place::Other => self.labelled("ADR", ";type=WORK", &value, form.label.trim()),
            _ => self.line("ADR;type=WORK", &value),
        }
    }
}

/// What a label says, as far as address books have a word for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Work,
    Home,
    Mobile,
    Unsaid,
    /// A word of one's own.
    Other,
}

impl Place {
    fn of(label: &str) -> Self {
        match fold(label).as_str() {
            "" => Self::Unsaid,
            "werk" | "work" | "zakelijk" | "business" | "kantoor" | "office" | "bezoekadres" | "visiting address" => Self::Work,
            "prive" | "private" | "thuis" | "home" | "personal" | "persoonlijk" => Self::Home,
            "mobiel" | "mobile" | "gsm" | "cell" => Self::Mobile,
            _ => Self::Other,
        }
    }
}

/// Text as a value: separators escaped, and no character that XML 1.0 cannot carry. One of those in one card makes an iPhone ask for
/// the same cards for ever.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' => out.push_str("\\n"),
            '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// `2026-11-25T16:22:00Z`.
fn utc(at: Moment) -> String {
    let (days, seconds) = (at.seconds().div_euclid(86_400), at.seconds().rem_euclid(86_400));
    // Days since 1 March of the year 0, in eras of 400 years: leap days then come last in a year.
    let z = days + 719_468;
    let (era, day) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(utc(Moment(0)), "1970-01-01T00:00:00Z");
        assert_eq!(utc(Moment(951_868_799_000_000)), "2000-02-29T23:59:59Z");
        assert_eq!(utc(Moment(1_764_000_000_000_000)), "2025-11-24T16:00:00Z");
        assert_eq!(utc(Moment(-1_000_000)), "1969-12-31T23:59:59Z");
    }
}
