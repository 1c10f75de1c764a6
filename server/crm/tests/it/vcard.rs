//! The card of a contact, to the byte.

use crm::vcard::{Source, etag, name, render};
use model::contact::{Address, AddressForm, Contact, ContactKind, Detail, DetailKind};
use model::{ContactId, Moment};
use proptest::prelude::*;
use uuid::Uuid;

const AT: Moment = Moment(1_764_000_000_000_000);

fn contact(kind: ContactKind, first: &str, last: &str, company: &str) -> Source {
    Source {
        contact: Contact {
            id: ContactId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001)),
            kind,
            first_name: first.into(),
            last_name: last.into(),
            company: company.into(),
            function: String::new(),
            employer: None,
            type_id: Uuid::nil().into(),
            active: true,
            note: String::new(),
        },
        employer: None,
        details: Vec::new(),
        addresses: Vec::new(),
        tags: Vec::new(),
        address: String::new(),
        uid: "01990000-0000-7000-8000-000000000001".into(),
        kept: String::new(),
    }
}

fn detail(kind: DetailKind, label: &str, value: &str) -> Detail {
    Detail { id: Uuid::nil().into(), kind, label: label.into(), value: value.into() }
}

fn address(label: &str, street: &str) -> Address {
    let form = AddressForm {
        label: label.into(),
        street: street.into(),
        postcode: "3511 AB".into(),
        city: "Utrecht".into(),
        state: String::new(),
        country: "Nederland".into(),
    };
    Address { id: Uuid::nil().into(), form }
}

/// [DAV-18] V1: every field of a person, in the words that phones know.
#[test]
fn a_person_with_everything() {
    let mut source = contact(ContactKind::Person, "Zoë", "de Wit; van \\", "");
    source.employer = Some("Bakker, Bouw & Zn".into());
    source.contact.function = "Inkoper".into();
    source.contact.note = "Belt liever,\r\nna vijven\u{0}\u{b}".into();
    source.details = vec![
        detail(DetailKind::Email, "werk", "zoe@bakker.example"),
        detail(DetailKind::Email, "thuis", "zoe@thuis.example"),
        detail(DetailKind::Mobile, "", "06-12345678"),
        detail(DetailKind::Phone, "Assistent", "030-1234567"),
        detail(DetailKind::Fax, "", "030-7654321"),
        detail(DetailKind::Website, "", "https://bakker.example/"),
    ];
    source.addresses = vec![address("Bezoekadres", "Oudegracht 1"), address("Vakantie-adres", "Zeeweg 2")];
    source.tags = vec!["vip".into(), "noord, oost".into()];
    source.address = "https://crm.example".into();
    let expected = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Spindle//CardDAV//EN\r\nUID:01990000-0000-7000-8000-000000000001\r\n\
        N:de Wit\\; van \\\\;Zoë;;;\r\nFN:Zoë de Wit\\; van \\\\\r\nORG:Bakker\\, Bouw & Zn\r\nTITLE:Inkoper\r\n\
        EMAIL;type=INTERNET;type=WORK;type=pref:zoe@bakker.example\r\nEMAIL;type=INTERNET;type=HOME:zoe@thuis.example\r\n\
        TEL;type=CELL;type=VOICE;type=pref:06-12345678\r\nitem1.TEL;type=VOICE:030-1234567\r\nitem1.X-ABLabel:Assistent\r\n\
        TEL;type=FAX;type=WORK:030-7654321\r\nURL;type=WORK:https://bakker.example/\r\n\
        ADR;type=WORK:;;Oudegracht 1;Utrecht;;3511 AB;Nederland\r\n\
        item2.ADR;type=WORK:;;Zeeweg 2;Utrecht;;3511 AB;Nederland\r\nitem2.X-ABLabel:Vakantie-adres\r\n\
        CATEGORIES:vip,noord\\, oost\r\nNOTE:Belt liever\\,\\nna vijven\r\n\
        item3.URL:https://crm.example/contacts/01990000-0000-7000-8000-000000000001\r\nitem3.X-ABLabel:CRM\r\n\
        REV:2025-11-24T16:00:00Z\r\nEND:VCARD\r\n";
    assert_eq!(render(&source, AT), expected);
    assert_eq!(name(source.contact.id), "01990000-0000-7000-8000-000000000001.vcf");
}

/// [DAV-18] V1: a company shows as one, and FN is never empty.
#[test]
fn companies_and_the_nameless() {
    let company = render(&contact(ContactKind::Company, "", "", "Bakker Bouw"), AT);
    for line in ["N:;;;;", "FN:Bakker Bouw", "ORG:Bakker Bouw", "X-ABShowAs:COMPANY"] {
        assert!(company.contains(&format!("\r\n{line}\r\n")), "{line} in {company}");
    }
    let mut nameless = contact(ContactKind::Person, "", " ", "");
    nameless.details = vec![detail(DetailKind::Mobile, "", "06-1"), detail(DetailKind::Email, "", "a@b.example")];
    assert!(render(&nameless, AT).contains("\r\nFN:a@b.example\r\n"));
    nameless.details.truncate(1);
    assert!(render(&nameless, AT).contains("\r\nFN:06-1\r\n"));
    nameless.details.clear();
    assert!(render(&nameless, AT).contains("\r\nFN:01990000-"));
}

/// Unfolded lines, each split at its first colon.
fn lines(card: &str) -> Vec<(String, String)> {
    let unfolded = card.replace("\r\n ", "");
    unfolded.split_terminator("\r\n").map(|line| line.split_once(':').map(|(name, value)| (name.into(), value.into())).unwrap()).collect()
}

fn unescape(value: &str) -> String {
    let mut out = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('n')) => {
                out.push('\n');
                chars.next();
            }
            ('\\', Some(next)) => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// What XML 1.0 can carry.
fn carried(c: char) -> bool {
    !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

proptest! {
    /// V1: whatever is typed, the card keeps to its form: lines of 75 octets, whole characters, nothing that XML cannot carry, and the text
    /// comes back as it was.
    #[test]
    fn any_text_makes_a_card(first in any::<String>(), last in "\\PC{0,90}", note in any::<String>(), value in "\\PC{1,120}", label in any::<String>()) {
        let mut source = contact(ContactKind::Person, &first, &last, "");
        source.contact.note = note.clone();
        source.details = vec![detail(DetailKind::Email, &label, &value), detail(DetailKind::Phone, "", &value)];
        source.tags = vec![last.clone()];
        let card = render(&source, AT);
        prop_assert!(card.starts_with("BEGIN:VCARD\r\nVERSION:3.0\r\n") && card.ends_with("\r\nEND:VCARD\r\n"));
        for line in card.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75 && !line.is_empty(), "{} octets: {line:?}", line.len());
            prop_assert!(!line.contains(['\r', '\n']));
        }
        let all = card.chars().all(carried);
        prop_assert!(all);
        let lines = lines(&card);
        for must in ["N", "FN", "UID", "REV"] {
            prop_assert_eq!(lines.iter().filter(|(name, _)| name == must).count(), 1, "{}", must);
        }
        prop_assert!(lines.iter().any(|(name, value)| name == "FN" && !value.is_empty()));
        let kept = |text: &str| text.chars().filter(|c| carried(*c) && !matches!(c, '\r' | '\u{7f}')).collect::<String>();
        let note = kept(note.trim());
        if let Some((_, written)) = lines.iter().find(|(name, _)| name == "NOTE") {
            prop_assert_eq!(unescape(written), note);
        } else {
            prop_assert!(note.is_empty());
        }
        // The same contact, the same bytes.
        prop_assert_eq!(etag(&card), etag(&render(&source, AT)));
    }
}

/// [DAV-07] C7: what a device wrote is given back for as long as it says what the contact says, whatever that is.
#[test]
fn the_words_of_a_device_are_given_back() {
    let mut source = contact(ContactKind::Person, "Jan Piet", "Bakker", "Bakker Bouw");
    source.details = vec![
        detail(DetailKind::Mobile, "", "06-12345678"),
        detail(DetailKind::Phone, "Assistent", "030-1234567"),
        detail(DetailKind::Email, "", "jan@bakker.example"),
    ];
    source.addresses = vec![address("", "Oudegracht 1")];
    source.uid = "A1B2".into();
    source.kept = "N:Bakker;Jan;Piet;Dr.;MSc\nFN:Dr. Jan Piet Bakker\nORG:Bakker Bouw;Inkoop\nTEL;TYPE=CELL;X-A=\"b:c\":06-12345678\n\
        x.TEL;TYPE=voice:030-1234567\nx.X-ABLabel:Assistent\nx.X-Z:z\nTEL;TYPE=HOME:020-9999999\nTEL:ask at the desk\n\
        y.ADR;TYPE=work:;;Oudegracht 1;Utrecht;;3511 AB;Nederland\ny.X-ABADR:nl\nBDAY:1985-04-12\n"
        .into();
    let expected = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Spindle//CardDAV//EN\r\nUID:A1B2\r\nN:Bakker;Jan;Piet;Dr.;MSc\r\n\
        FN:Dr. Jan Piet Bakker\r\nORG:Bakker Bouw;Inkoop\r\nTEL;TYPE=CELL;X-A=\"b:c\":06-12345678\r\n\
        item1.TEL;TYPE=voice:030-1234567\r\nitem1.X-ABLabel:Assistent\r\nitem1.X-Z:z\r\nEMAIL;type=INTERNET;type=WORK;type=pref:jan@bakker.example\r\n\
        item2.ADR;TYPE=work:;;Oudegracht 1;Utrecht;;3511 AB;Nederland\r\nitem2.X-ABADR:nl\r\nTEL:ask at the desk\r\nBDAY:1985-04-12\r\n\
        REV:2025-11-24T16:00:00Z\r\nEND:VCARD\r\n";
    assert_eq!(render(&source, AT), expected);

    // What was changed here is said in our own words; titles stay the device's.
    source.contact.last_name = "Visser".into();
    source.contact.company = "Visser BV".into();
    source.details[0].value = "06-87654321".into();
    let card = render(&source, AT);
    for line in ["N:Visser;Jan Piet;;Dr.;MSc", "FN:Jan Piet Visser", "ORG:Visser BV", "TEL;type=CELL;type=VOICE;type=pref:06-87654321"] {
        assert!(card.contains(&format!("\r\n{line}\r\n")), "{line} in {card}");
    }
    assert!(!card.contains("06-12345678") && !card.contains("020-9999999") && card.contains("BDAY:1985-04-12"));
}
