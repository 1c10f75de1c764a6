//! A contact as address books read it: vCard 3.0 (RFC 2426), the version that every phone understands.
//!
//! Pure: the same contact gives the same bytes, so a card is written once and only a change that shows on it changes its etag.
//! Knows nothing of how the bytes travel. Here they are written; how they are read, from devices that write too, stands in `sheet`.

mod line;
mod said;
mod sheet;

pub use line::{Line, unescape};
pub(crate) use said::{Said, Spot, Way, cut};
pub use sheet::{Flaw, Sheet};

use line::{Block, blocks};
use model::contact::{Address, Contact, ContactKind, Detail, DetailKind};
use model::fold::fold;
use model::registration::Language;
use model::{ContactId, Moment};
use said::Meaning;
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
    /// What devices know it by, for good. Our own id, unless a device made it.
    pub uid: String,
    /// What a device wrote that has no field here, and its own words for what has: unfolded lines, each with its end. They are given
    /// back for as long as they say what the contact says.
    pub kept: String,
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
    let kept = blocks(&source.kept);
    let kept = kept.iter().map(|block| Kept { meaning: Meaning::of(block), block, given: false }).collect();
    let mut card = Card { text: String::with_capacity(768 + source.kept.len()), items: 0, kept };
    card.line("BEGIN", "VCARD");
    card.line("VERSION", "3.0");
    card.line("PRODID", "-//Spindle//CardDAV//EN");
    card.line("UID", &escape(&source.uid));
    card.names(source);
    let company = contact.kind == ContactKind::Company;
    let organisation = match (&source.employer, company) {
        (Some(employer), false) => employer.as_str(),
        _ => contact.company.as_str(),
    };
    if !organisation.trim().is_empty() {
        card.say(&Own::plain("ORG", escape(organisation.trim())));
    }
    if !contact.function.trim().is_empty() {
        card.say(&Own::plain("TITLE", escape(contact.function.trim())));
    }
    if company {
        card.line("X-ABShowAs", "COMPANY");
    }
    card.details(&source.details);
    for own in source.addresses.iter().filter_map(Own::address) {
        card.say(&own);
    }
    if !source.tags.is_empty() {
        let tags: Vec<_> = source.tags.iter().map(|tag| escape(tag)).collect();
        card.line("CATEGORIES", &tags.join(","));
    }
    if !contact.note.trim().is_empty() {
        card.say(&Own::plain("NOTE", escape(contact.note.trim())));
    }
    card.give_the_rest(company);
    if !source.address.is_empty() {
        card.labelled("URL", &escape(&format!("{}/contacts/{}", source.address, contact.id)), "CRM");
    }
    card.line("REV", &utc(revised));
    card.line("END", "VCARD");
    card.text
}

struct Card<'a> {
    text: String,
    /// Groups given out: `item1`, `item2` …
    items: u32,
    kept: Vec<Kept<'a>>,
}

/// Lines that a device wrote.
struct Kept<'a> {
    meaning: Meaning,
    block: &'a Block<'a>,
    /// It stands on the card.
    given: bool,
}

/// A line as we write it.
struct Own<'a> {
    /// Name and parameters.
    head: String,
    /// Escaped already.
    value: String,
    /// A word of one's own, in a line beside it.
    label: Option<&'a str>,
}

impl<'a> Own<'a> {
    fn plain(head: &str, value: String) -> Self {
        Self { head: head.to_owned(), value, label: None }
    }

    /// Absent: there is nothing to write.
    fn detail(detail: &'a Detail, preferred: bool) -> Option<Self> {
        let value = escape(detail.value.trim());
        if value.is_empty() {
            return None;
        }
        let place = Place::of(&detail.label);
        let (name, mut types) = match detail.kind {
            DetailKind::Email => ("EMAIL", vec!["INTERNET"]),
            DetailKind::Phone => ("TEL", vec!["VOICE"]),
            DetailKind::Mobile => ("TEL", vec!["CELL", "VOICE"]),
            DetailKind::Fax => ("TEL", vec!["FAX"]),
            DetailKind::Website => ("URL", vec![]),
            DetailKind::Social => ("X-SOCIALPROFILE", vec![]),
        };
        match place {
            Place::Home => types.push("HOME"),
            Place::Mobile if detail.kind == DetailKind::Phone => types.insert(0, "CELL"),
            // A number in a CRM is one at work, unless it is said to be another.
            Place::Work | Place::Unsaid | Place::Mobile if detail.kind != DetailKind::Mobile => types.push("WORK"),
            Place::Work => types.push("WORK"),
            _ => {}
        }
        if preferred {
            types.push("pref");
        }
        let head = types.into_iter().fold(name.to_owned(), |head, one| head + ";type=" + one);
        Some(Self { head, value, label: (place == Place::Other).then(|| detail.label.trim()) })
    }

    /// Absent: there is nothing to write.
    fn address(address: &'a Address) -> Option<Self> {
        let form = &address.form;
        let parts = [&form.street, &form.city, &form.state, &form.postcode, &form.country].map(|part| escape(part.trim()));
        if parts.iter().all(String::is_empty) {
            return None;
        }
        let place = Place::of(&form.label);
        let head = if place == Place::Home { "ADR;type=HOME" } else { "ADR;type=WORK" };
        Some(Self {
            head: head.to_owned(),
            value: format!(";;{}", parts.join(";")),
            label: (place == Place::Other).then(|| form.label.trim()),
        })
    }

    fn meaning(&self) -> Meaning {
        let mut text = format!("i.{}:{}", self.head, self.value);
        if let Some(label) = self.label {
            _ = write!(text, "\ni.X-ABLabel:{}", escape(label));
        }
        blocks(&text).first().map_or(Meaning::Other, Meaning::of)
    }
}

/// What a detail says on the card. Absent: it is not on it.
pub(crate) fn way_of(detail: &Detail) -> Option<Way> {
    match Own::detail(detail, false)?.meaning() {
        Meaning::Way(way) => Some(way),
        _ => None,
    }
}

/// What an address says on the card. Absent: it is not on it.
pub(crate) fn spot_of(address: &Address) -> Option<Spot> {
    match Own::address(address)?.meaning() {
        Meaning::Spot(spot) => Some(spot),
        _ => None,
    }
}

impl Card<'_> {
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
    fn labelled(&mut self, head: &str, value: &str, label: &str) {
        self.items += 1;
        let item = self.items;
        self.line(&format!("item{item}.{head}"), value);
        self.line(&format!("item{item}.X-ABLabel"), &escape(label));
    }

    /// In the words of the device that wrote it, if one did: they hold more than we know.
    fn say(&mut self, own: &Own<'_>) {
        if !self.kept.is_empty() {
            let meaning = own.meaning();
            if let Some(at) = self.kept.iter().position(|kept| !kept.given && kept.meaning == meaning) {
                return self.give(at);
            }
        }
        match own.label {
            Some(label) => self.labelled(&own.head, &own.value, label),
            None => self.line(&own.head, &own.value),
        }
    }

    fn give(&mut self, at: usize) {
        let kept = &mut self.kept[at];
        kept.given = true;
        let block = kept.block;
        if let [line] = block.as_slice() {
            return self.line(line.head, line.value);
        }
        self.items += 1;
        let item = self.items;
        for line in block {
            self.line(&format!("item{item}.{}", line.head), line.value);
        }
    }

    /// What the contact has no field for, or cannot take.
    fn give_the_rest(&mut self, company: bool) {
        for at in 0..self.kept.len() {
            let kept = &self.kept[at];
            let rest = match &kept.meaning {
                Meaning::Other => !(company && kept.block.iter().any(|line| line.is("X-ABSHOWAS"))),
                Meaning::Way(way) => way.key().is_none(),
                _ => false,
            };
            if rest && !kept.given {
                self.give(at);
            }
        }
    }

    fn names(&mut self, source: &Source) {
        let contact = &source.contact;
        let company = contact.kind == ContactKind::Company && !contact.company.trim().is_empty();
        let (first, last) = if company { ("", "") } else { (contact.first_name.trim(), contact.last_name.trim()) };
        let own = Own::plain("N", format!("{};{};;;", escape(last), escape(first)));
        let kept = self.kept.iter().position(|kept| matches!(kept.meaning, Meaning::Names(..)));
        let as_kept = kept.is_some_and(|at| company || self.kept[at].meaning == own.meaning());
        match kept {
            Some(at) if as_kept => self.give(at),
            Some(at) => {
                // Titles before and after it are nobody's but the device's.
                let value = line::main(self.kept[at].block).map(|line| line.value).unwrap_or_default();
                let mut titles = line::parts(value, ';').skip(3);
                let (before, after) = (titles.next().unwrap_or_default(), titles.next().unwrap_or_default());
                self.line("N", &format!("{};{};;{before};{after}", escape(last), escape(first)));
            }
            None => self.line("N", &own.value),
        }
        let shown = self.kept.iter().position(|kept| matches!(&kept.meaning, Meaning::Shown(name) if !name.is_empty()));
        if let Some(at) = shown.filter(|_| as_kept && !(first.is_empty() && last.is_empty())) {
            return self.give(at);
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
        // The first is the one to use, unless a device said which.
        let said = |name| self.kept.iter().any(|kept| kept.block.iter().any(|line| line.is(name) && line.is_preferred()));
        let (mut email, mut number) = (said("EMAIL"), said("TEL"));
        for detail in details {
            let first = match detail.kind {
                DetailKind::Email => Some(&mut email),
                DetailKind::Phone | DetailKind::Mobile => Some(&mut number),
                DetailKind::Fax | DetailKind::Website | DetailKind::Social => None,
            };
            let preferred = first.as_ref().is_some_and(|given| !**given);
            if let Some(own) = Own::detail(detail, preferred) {
                if let Some(given) = first {
                    *given = true;
                }
                self.say(&own);
            }
        }
    }
}

/// What a label says, as far as address books have a word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
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

    /// What of it a card can say.
    fn on_card(self) -> Self {
        match self {
            Self::Unsaid | Self::Mobile => Self::Work,
            place => place,
        }
    }

    /// The label that says so, in this language; `of` reads it back.
    pub(crate) fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Home, Language::Nl) => "privé",
            (Self::Home, Language::En) => "home",
            _ => "",
        }
    }
}

/// What XML 1.0 and every database can hold.
fn carried(c: char) -> bool {
    !matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}')
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
            c if carried(c) => out.push(c),
            _ => {}
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
