use super::*;
use proptest::prelude::*;
use std::collections::HashMap;

fn values() -> Values {
    let mut values = Values::default();
    values.set(MergeField::MyFirstName, "Alice");
    values.set(MergeField::MyEmail, "alice@alfa.example");
    values.set(MergeField::ContactSalutation, "Beste Jan");
    values.set(MergeField::ContactName, "Jan «Mijn Voornaam» <b>Bakker</b> & \"Zn\"\r\nBcc: mallory@x.example\0");
    values
}

fn filled(html: &str) -> String {
    fill(html, &values()).html
}

/// [TPL-07, PRF-28] The names that the manual gives, letter by letter, each for one field and in one list at least.
#[test]
fn the_names_of_the_manual() {
    for (nl, en, key) in [
        ("Mijn E-mail", "My Email", "me.email"),
        ("Mijn Voornaam", "My First name", "me.first_name"),
        ("Mijn Achternaam", "My Last name", "me.last_name"),
        ("Mijn Bedrijf", "My Company", "me.company"),
        ("Mijn Functie", "My Function", "me.function"),
        ("Mijn Info1", "My Info1", "me.function"),
        ("Mijn Bedrijfsnaam", "My Company name", "company.name"),
        ("Mijn Straat", "My Street", "company.address"),
        ("Mijn Plaats", "My City", "company.city"),
        ("Mijn Postcode", "My Postcode", "company.postcode"),
        ("Mijn Info2", "My Info2", "company.iban"),
        ("Mijn Info3", "My Info3", "company.bic"),
        ("Mijn Info4", "My Info4", "company.bank_city"),
        ("Mijn Info5", "My Info5", "company.kvk"),
        ("Mijn Info6", "My Info6", "company.vat"),
        ("Mijn Logo", "My Logo", "company.logo"),
        ("Aanhef", "Salutation", "contact.salutation"),
    ] {
        let field = MergeField::from_key(key);
        assert!(field.is_some(), "{key}");
        for name in [nl, en, key] {
            assert_eq!(MergeField::from_name(name), field, "{name}");
        }
    }
    assert_eq!(MergeField::in_list(MergeList::Mine).count() + MergeField::in_list(MergeList::Contact).count(), FIELDS.len());
    assert_eq!(MergeField::in_list(MergeList::Company).count(), 10);
}

#[test]
fn no_name_means_two_fields() {
    let mut known = HashMap::new();
    for named in &FIELDS {
        assert_eq!(named.field.key(), named.key);
        assert_eq!(MergeField::from_key(named.key), Some(named.field));
        for name in [named.key, named.nl, named.en].iter().chain(named.also) {
            let other = known.insert(squeezed(name), named.field);
            assert!(other.is_none_or(|other| other == named.field), "{name}");
        }
    }
    assert_eq!(FIELDS.len(), MergeField::ContactCountry as usize + 1);
}

/// [TPL-07] Typed or pasted, in either language, however it is spaced: one chip.
#[test]
fn typed_fields_become_chips() {
    let chip = "<span data-merge=\"me.first_name\">«Mijn Voornaam»</span>";
    for typed in [
        "«Mijn Voornaam»",
        "« mijn  voornaam »",
        "«MIJNVOORNAAM»",
        "«Mijn&nbsp;Voornaam»",
        "«Mijn\nVoornaam»",
        "&laquo;My First name&raquo;",
        "&#171;my firstname&#187;",
        "«me.first_name»",
        "<span data-merge=\"me.first_name\">«My First name»</span>",
        "<span class=\"merge\" data-merge='me.first_name' contenteditable=\"false\"><b>«Mijn Voornaam»</b></span>",
    ] {
        assert_eq!(normalise(typed), chip, "{typed}");
    }
    assert_eq!(normalise("<p>«Mijn Voornaam» en «Aanhef»</p>").matches("data-merge").count(), 2);
    assert_eq!(normalise("« «Mijn Voornaam» »"), format!("« {chip} »"));
    let english = "<span data-merge=\"me.first_name\">«My First name»</span>";
    assert_eq!(localise(chip, Language::En), english);
    assert_eq!(localise(english, Language::Nl), chip);
}

/// Quotations, tags, comments and what is no field stay as they are.
#[test]
fn nothing_else_changes() {
    for html in [
        "Hij zei: «tot morgen»",
        "«»",
        "« »",
        "» «",
        "«Mijn Voornaam",
        "a < b «Onbekend» & c",
        "<!-- «Mijn Voornaam» -->",
        "<img alt=\"«Mijn Voornaam»\" src=\"cid:x\">",
        "<td title='a > «Mijn Voornaam»'>x</td>",
        "<style>p:before{content:'«Mijn Voornaam»'}</style>",
        "<span data-merge=\"dossier.name\">«Dossier»</span>",
        "<span data-merge=\"me.first_name\">loopt nooit af",
        "<a href=\"https://x.example/?q=%C3%A9\">é</a>",
        "<p",
        "<",
        "",
    ] {
        assert_eq!(normalise(html), html);
        assert_eq!(localise(html, Language::En), html);
    }
    let long = format!("«{}»", "Mijn Voornaam ".repeat(9));
    assert_eq!(normalise(&long), long);
    // Somebody typed inside the chip: nothing of it is lost.
    assert_eq!(
        normalise("<span data-merge=\"me.email\">«Mijn E-mail», of bel</span>"),
        "<span data-merge=\"me.email\">«Mijn E-mail»</span><span>, of bel</span>"
    );
}

/// [TPL-19, TPL-22] By their values; without one it is empty; what is no field stays and is told.
#[test]
fn filling() {
    assert_eq!(
        filled("<p>«Aanhef», ik ben <b><span data-merge=\"me.first_name\">«x»</span></b></p>"),
        "<p>Beste Jan, ik ben <b>Alice</b></p>"
    );
    assert_eq!(filled("a «Mijn Functie» b"), "a  b");
    let found = fill("«Mijn Vornaam» <span data-merge=\"dossier.name\">«Dossier»</span> « Mijn&nbsp;Vornaam» «Aanhef»", &values());
    assert_eq!(found.unknown, ["Mijn Vornaam", "dossier.name"]);
    assert!(found.html.starts_with("«Mijn Vornaam» <span data-merge=\"dossier.name\">"));
    assert_eq!(fill("niets", &values()), Filled { html: "niets".into(), unknown: Vec::new() });
}

/// [TPL-22] A signature has no holes where a user has no mobile number.
#[test]
fn lines_of_nothing_but_empty_fields_go() {
    assert_eq!(
        filled("<p>«Mijn Voornaam»<br>«Mijn Functie»<br>«Mijn Postcode»&nbsp;«Mijn Plaats»<br>«Mijn E-mail»</p>"),
        "<p>Alice<br>alice@alfa.example</p>"
    );
    assert_eq!(filled("<p><b>«Mijn Functie»</b><br>tekst</p>"), "<p><b></b>tekst</p>");
    assert_eq!(filled("<p>Tel: «Mijn Mobiel»<br>tekst</p>"), "<p>Tel: <br>tekst</p>", "it says something");
    assert_eq!(filled("<p>«Mijn Functie»<img src=\"cid:x\"><br></p>"), "<p><img src=\"cid:x\"><br></p>");
    assert_eq!(filled("<p>a<br><br>b «Mijn Functie»</p>"), "<p>a<br><br>b </p>", "lines left blank on purpose stay");
}

/// Values are text: no markup, no other field, no second line.
#[test]
fn a_value_injects_nothing() {
    let name = "Jan ‹Mijn Voornaam› &lt;b&gt;Bakker&lt;/b&gt; &amp; &quot;Zn&quot; Bcc: mallory@x.example";
    assert_eq!(filled("<i>«Naam»</i>"), format!("<i>{name}</i>"));
    assert_eq!(filled(&filled("«Naam»")), name, "not when filled again either");
    let (subject, unknown) = fill_text("Voor «naam»\r\nX: 1, «Iets»", &values());
    assert_eq!(subject, "Voor Jan ‹Mijn Voornaam› <b>Bakker</b> & \"Zn\" Bcc: mallory@x.example X: 1, «Iets»");
    assert_eq!(unknown, ["Iets"]);
}

/// [TPL-07] A subject is text, so a field in it stays typed; its name follows the language all the same.
#[test]
fn fields_of_a_subject() {
    let stored = normalise_text("Offerte voor «mijn bedrijf» & «iets» &laquo;Naam&raquo;");
    assert_eq!(stored, "Offerte voor «me.company» & «iets» &laquo;Naam&raquo;");
    assert_eq!(localise_text(&stored, Language::En), "Offerte voor «My Company» & «iets» &laquo;Naam&raquo;");
}

/// In the address of a link a value is part of it and nothing more.
#[test]
fn a_value_in_an_address() {
    let link = "<a title=\"«Naam»\" href=\"mailto:«Mijn E-mail»?subject=%C2%ABNaam%C2%BB\">schrijf</a>";
    let normal = normalise(link);
    assert_eq!(normal, "<a title=\"«Naam»\" href=\"mailto:«me.email»?subject=«contact.name»\">schrijf</a>");
    assert_eq!(localise(&normal, Language::En), normal);
    let done = filled(&normal);
    assert!(done.contains("href=\"mailto:alice@alfa.example?subject=Jan%20%E2%80%B9Mijn%20Voornaam%E2%80%BA%20%3Cb%3E"), "{done}");
    assert!(!done[done.find("href").unwrap_or(0)..].contains(['\r', '\n', '\'']));
    let mut evil = Values::default();
    evil.set(MergeField::ContactCompany, "javascript:alert(1)");
    assert_eq!(fill("<a href=\"«Bedrijf»\">x</a>", &evil).html, "<a href=\"javascript%3Aalert%281%29\">x</a>");
    evil.set(MergeField::ContactCompany, "x@evil.example");
    assert_eq!(fill("<a href=\"https://«Bedrijf»/\">x</a>", &evil).html, "<a href=\"https://x%40evil.example/\">x</a>");
}

/// [TPL-21, CMP-04] How a letter begins.
#[test]
fn salutations() {
    use ContactKind::{Company, Person};
    for (kind, first, last, nl, en) in [
        (Person, "Jan", "Bakker", "Beste Jan", "Dear Jan"),
        (Person, " ", "van der Berg", "Geachte heer/mevrouw Van der Berg", "Dear Mr/Ms Van der Berg"),
        (Person, "", "", "Geachte heer, mevrouw", "Dear Sir or Madam"),
        (Company, "Jan", "Bakker", "Geachte heer, mevrouw", "Dear Sir or Madam"),
    ] {
        assert_eq!(salutation(kind, first, last, Language::Nl), nl);
        assert_eq!(salutation(kind, first, last, Language::En), en);
    }
}

/// Pieces that letters, and those who attack them, are made of.
/// [CMP-21, TPL-22] What somebody else wrote holds no field of ours, in whatever way it is written.
#[test]
fn others_have_no_fields() {
    for hostile in [
        "«Mijn Voornaam»",
        "&laquo;Mijn Voornaam&raquo;",
        "&LAQUO;Mijn Voornaam&#187;",
        "&#171;Mijn&nbsp;Voornaam»",
        "<span data-merge=\"me.first_name\">Hoi</span>",
        "<SPAN DATA-MERGE='me.first_name'>Hoi</SPAN>",
        "<a href=\"https://mallory.example/?%C2%ABMijn%20Voornaam%C2%BB\">x</a>",
        "<a href=\"https://mallory.example/?%c2%abMijn Voornaam»\">x</a>",
        "«Mijn %C2%C2%ABABMijn Voornaam%C2%C2%BBBB",
    ] {
        let quoted = inert(hostile);
        let sent = fill(&quoted, &values());
        assert!(!sent.html.contains("Alice") && sent.unknown.is_empty(), "{hostile}: {}", sent.html);
        assert_eq!(fill_text(&quoted, &values()).0.matches("Alice").count(), 0, "{hostile}");
    }
    assert_eq!(inert("Dag & 100% dubbel <b>«x»</b> &amp; é"), "Dag & 100% dubbel <b>‹x›</b> &amp; é");
}

fn any_html() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("«"),
        Just("»"),
        Just("Mijn Voornaam"),
        Just("«Aanhef»"),
        Just("<span data-merge=\"me.email\">"),
        Just("</span>"),
        Just("<p>"),
        Just("</p>"),
        Just("<br>"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("'"),
        Just("="),
        Just("<a href=\""),
        Just("<a href='«Naam»'>"),
        Just("&laquo;"),
        Just("&raquo;"),
        Just("%C2%AB"),
        Just("%c2%bb"),
        Just("<!--"),
        Just("-->"),
        Just("<style>"),
        Just("</style>"),
        Just("é"),
        Just(" "),
        Just("\u{1}"),
        Just("/"),
        Just("<span>"),
        Just("data-merge=me.email>"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// However crooked: it ends, a second time changes nothing, and a change of language loses no field.
    #[test]
    fn normal_is_normal(html in any_html()) {
        let once = normalise(&html);
        prop_assert_eq!(normalise(&once), once.clone());
        prop_assert_eq!(normalise(&localise(&once, Language::En)), once);
    }

    /// Nothing of a value is markup or a field, wherever it is put.
    #[test]
    fn values_stay_values(html in any_html(), value in "[«»<>\"'&a-z \r\n\0%:/@=]{0,20}") {
        let mut values = Values::default();
        let mut plain = Values::default();
        for field in MergeField::all() {
            values.set(field, &value);
            plain.set(field, "x");
        }
        let (odd, even) = (fill(&html, &values), fill(&html, &plain));
        let count = |text: &str, c: char| text.matches(c).count();
        for c in ['<', '>', '"', '\'', '«', '»', '\0'] {
            prop_assert!(count(&odd.html, c) <= count(&even.html, c), "{c} in {}", odd.html);
        }
        prop_assert_eq!(odd.unknown, even.unknown);
        let (line, _) = fill_text(&html, &values);
        prop_assert!(!line.contains(char::is_control));
    }

    /// [CMP-21, TPL-22] The same, whatever they write.
    #[test]
    fn nothing_inert_is_filled(html in any_html()) {
        let quoted = inert(&html);
        let nothing = fill(&quoted, &Values::default());
        prop_assert_eq!(&fill(&quoted, &values()), &nothing);
    }

    #[test]
    fn any_text_goes_through(html in "\\PC{0,200}") {
        _ = (normalise(&html), localise(&html, Language::En), fill(&html, &Values::default()), fill_text(&html, &Values::default()));
    }
}

/// [TPL-14, TPL-22] The logo is a picture where it has a place, nothing in a subject or an address, and without one its line goes.
#[test]
fn the_logo() {
    let text = "<p>Groet,<br>«Mijn Logo»</p>";
    assert_eq!(filled(text), "<p>Groet,</p>");
    let mut values = values();
    let logo = Logo { picture: "data:image/png;base64,AAAA".to_owned(), width: 480, height: 96 };
    values.set_logo(&logo, "Bakker & \"Zn\"");
    let picture = "<img src=\"data:image/png;base64,AAAA\" alt=\"Bakker &amp; &quot;Zn&quot;\" width=\"240\" height=\"48\">";
    assert_eq!(fill(text, &values).html, format!("<p>Groet,<br>{picture}</p>"));
    assert_eq!(fill(&normalise(text), &values).html, format!("<p>Groet,<br>{picture}</p>"));
    assert_eq!(fill("<a href=\"https://x.example/«company.logo»\">x</a>", &values).html, "<a href=\"https://x.example/\">x</a>");
    assert_eq!(fill_text("Van «Mijn Logo»", &values), ("Van".to_owned(), Vec::new()));
}
