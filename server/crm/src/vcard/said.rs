//! What lines say, in the words of the CRM: the same for what a device wrote and for what is written here.

use super::line::{self, Block, Line, parts, unescape};
use super::{Place, Source};
use model::contact::{AddressForm, ContactField, DetailForm, DetailKind};
use model::fold::{clean, one_line};
use uuid::Uuid;

/// An address, number or website, and where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) place: Place,
    /// Its label only where that is a word of one's own.
    pub(crate) form: DetailForm,
}

impl Way {
    /// A way into a page of ours: it stands on each card and is no website of the contact's.
    pub(crate) fn is_link(&self) -> bool {
        let mut parts = self.form.value.trim_end_matches('/').rsplit('/');
        let id = parts.next().is_some_and(|id| Uuid::try_parse(id).is_ok());
        self.form.kind == DetailKind::Website && id && parts.next() == Some("contacts")
    }

    /// Whether the CRM takes it.
    pub(crate) fn key(&self) -> Option<String> {
        self.form.kind.read(&self.form.value).ok().map(|(_, key)| key)
    }
}

/// A postal address, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) place: Place,
    pub(crate) form: AddressForm,
}

/// What a block of lines is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// First names, last name.
    Names(String, String),
    Shown(String),
    Organisation(String),
    Function(String),
    Note(String),
    Tags(Vec<String>),
    Way(Way),
    Spot(Spot),
    /// Nothing that the CRM has a field for.
    Other,
}

/// In one line, no longer than the field is.
fn field(text: &str, field: ContactField) -> String {
    cut(&one_line(text), field)
}

pub(crate) fn cut(text: &str, field: ContactField) -> String {
    text.chars().take(field.max_len().into()).collect()
}

/// At most this long: the parts of an address, and labels.
const PART: usize = 200;
const LABEL: usize = 60;

impl Meaning {
    pub(super) fn of(block: &Block<'_>) -> Self {
        let Some(line) = line::main(block) else { return Self::Other };
        match line.name.to_ascii_uppercase().as_str() {
            "N" => {
                let mut names = parts(line.value, ';').map(|part| parts(part, ',').map(unescape).collect::<Vec<_>>().join(" "));
                let (last, first, middle) = (names.next(), names.next(), names.next());
                // In Dutch address books the middle name is often `van der`: the name then reads as it should.
                let first = [first, middle].map(Option::unwrap_or_default).join(" ");
                Self::Names(field(&first, ContactField::FirstName), field(&last.unwrap_or_default(), ContactField::LastName))
            }
            "FN" => Self::Shown(field(&line.text(), ContactField::Company)),
            // Departments follow the company.
            "ORG" => Self::Organisation(field(&unescape(parts(line.value, ';').next().unwrap_or_default()), ContactField::Company)),
            "TITLE" => Self::Function(field(&line.text(), ContactField::Function)),
            "NOTE" => Self::Note(cut(clean(&line.text()).trim(), ContactField::Note)),
            "CATEGORIES" => Self::Tags(parts(line.value, ',').map(tag).filter(|tag| !tag.is_empty()).collect()),
            "EMAIL" => way(block, line, DetailKind::Email),
            "TEL" => way(block, line, number(line)),
            "URL" => way(block, line, DetailKind::Website),
            "X-SOCIALPROFILE" => way(block, line, DetailKind::Social),
            "ADR" => spot(block, line),
            _ => Self::Other,
        }
    }
}

fn tag(part: &str) -> String {
    one_line(&unescape(part)).trim_start_matches('#').trim_start().chars().take(LABEL).collect()
}

fn number(line: &Line<'_>) -> DetailKind {
    if line.has_type("FAX") {
        DetailKind::Fax
    } else if ["CELL", "MOBILE", "IPHONE"].iter().any(|kind| line.has_type(kind)) {
        DetailKind::Mobile
    } else {
        DetailKind::Phone
    }
}

fn way(block: &Block<'_>, line: &Line<'_>, kind: DetailKind) -> Meaning {
    let text = line.text();
    let text = text.trim();
    // 4.0 writes addresses and numbers as URIs.
    let scheme = match kind {
        DetailKind::Email => "mailto:",
        DetailKind::Phone | DetailKind::Mobile | DetailKind::Fax => "tel:",
        DetailKind::Website | DetailKind::Social => "",
    };
    let value = match text.get(..scheme.len()) {
        Some(head) if head.eq_ignore_ascii_case(scheme) => &text[scheme.len()..],
        _ => text,
    };
    let (place, label) = place(block, line);
    Meaning::Way(Way { place, form: DetailForm { kind, label, value: value.to_owned() } })
}

fn spot(block: &Block<'_>, line: &Line<'_>) -> Meaning {
    // Lines within a part are lines of the envelope.
    let one = |part: &str| unescape(part).split('\n').map(one_line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ");
    let mut all = parts(line.value, ';').map(one);
    let mut next = || all.next().unwrap_or_default();
    // A box and a floor have no field of their own.
    let street: Vec<_> = [next(), next(), next()].into_iter().filter(|part| !part.is_empty()).collect();
    let cut = |part: String| part.chars().take(PART).collect::<String>();
    let (street, city, state, postcode, country) = (cut(street.join(", ")), cut(next()), cut(next()), cut(next()), cut(next()));
    let (place, label) = place(block, line);
    Meaning::Spot(Spot { place, form: AddressForm { label, street, postcode, city, state, country } })
}

/// Where it is used: by the label that Apple's programs give in a line of its own, or by its type.
fn place(block: &Block<'_>, line: &Line<'_>) -> (Place, String) {
    if let Some(label) = block.iter().find(|line| line.is("X-ABLABEL")) {
        let text = label.text();
        // Apple's own labels are tokens, translated on each device.
        let text = text.trim().strip_prefix("_$!<").and_then(|text| text.strip_suffix(">!$_")).unwrap_or(text.trim());
        let label: String = one_line(text).chars().take(LABEL).collect();
        match Place::of(&label) {
            Place::Unsaid => {}
            Place::Other if label.eq_ignore_ascii_case("HomePage") => {}
            Place::Other => return (Place::Other, label),
            place => return (place.on_card(), String::new()),
        }
    }
    if line.has_type("HOME") {
        return (Place::Home, String::new());
    }
    // The network that a profile is of.
    let network = line.is("X-SOCIALPROFILE").then(|| line.param("TYPE").find(|one| !matches!(Place::of(one), Place::Work | Place::Home)));
    match network.flatten().filter(|one| !one.is_empty() && !one.eq_ignore_ascii_case("pref")) {
        Some(network) => (Place::Other, one_line(network).chars().take(LABEL).collect()),
        None => (Place::Work, String::new()),
    }
}

/// All that a card says. What it does not mention is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) company: bool,
    pub(crate) names: Option<(String, String)>,
    pub(crate) shown: Option<String>,
    pub(crate) organisation: Option<String>,
    pub(crate) function: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) ways: Vec<Way>,
    pub(crate) spots: Vec<Spot>,
}

impl Said {
    pub(super) fn read(blocks: &[Block<'_>]) -> Self {
        let mut said = Self::default();
        for block in blocks {
            match Meaning::of(block) {
                Meaning::Names(first, last) => said.names = Some((first, last)),
                Meaning::Shown(name) => said.shown = Some(name),
                Meaning::Organisation(name) => said.organisation = Some(name),
                Meaning::Function(function) => said.function = Some(function),
                Meaning::Note(note) => said.note = Some(note),
                Meaning::Tags(tags) => said.tags.get_or_insert_default().extend(tags),
                Meaning::Way(way) if way.is_link() || way.form.value.is_empty() => {}
                Meaning::Way(way) => said.ways.push(way),
                Meaning::Spot(spot) if spot.form.problems().is_empty() => said.spots.push(spot),
                Meaning::Spot(_) => {}
                Meaning::Other => said.company |= block.iter().any(is_company),
            }
        }
        said
    }

    /// What the card of this contact says when nothing that a device wrote is on it. `ways` and `spots` are left to the contact's own lists.
    pub(crate) fn by_us(source: &Source) -> Self {
        let card = super::render(&Source { kept: String::new(), ..source.clone() }, model::Moment(0));
        Self { ways: Vec::new(), spots: Vec::new(), ..Self::read(&line::blocks(&card.replace("\r\n ", ""))) }
    }
}

fn is_company(line: &Line<'_>) -> bool {
    (line.is("X-ABSHOWAS") && line.value.trim().eq_ignore_ascii_case("COMPANY"))
        || (line.is("KIND") && line.value.trim().eq_ignore_ascii_case("org"))
}
