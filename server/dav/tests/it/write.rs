//! C7, Y10, A3, A4 of a book that may be written: what devices send becomes the contact, and no more than that.

use crate::world::{Stage, Told, stage};
use model::ContactId;
use model::contact::{ContactCard, ContactField, ContactForm, ContactKind, DetailForm, DetailKind};
use model::phone_sync::{Deed, DeviceError, Pick, SyncChoice};
use proptest::prelude::*;

const KIND: (&str, &str) = ("content-type", "text/vcard; charset=utf-8");

async fn two_way() -> Stage {
    let stage = stage().await;
    stage.alice.set_two_way(true).await.unwrap();
    stage
}

async fn put(stage: &Stage, path: &str, condition: (&str, &str), card: &str) -> Told {
    stage.ask("PUT", path, &[KIND, ("user-agent", "DAVx5/4.5-ose"), condition], card).await
}

/// The card and its etag, as a device has them.
async fn seen(stage: &Stage, path: &str) -> (String, String) {
    let told = stage.ask("GET", path, &[], "").await;
    (told.expect(200).text.clone(), told.header("etag").to_owned())
}

/// Edits the card as it stands, the way devices do: with the etag that they saw.
async fn edit(stage: &Stage, path: &str, from: &str, to: &str) -> Told {
    let (card, etag) = seen(stage, path).await;
    assert!(card.contains(from), "{from} in {card}");
    put(stage, path, ("if-match", &etag), &card.replace(from, to)).await
}

fn card(uid: &str, lines: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\n{lines}END:VCARD\r\n")
}

async fn values(stage: &Stage, id: ContactId) -> (ContactCard, Vec<String>) {
    let card = stage.alice.open_contact(id).await.unwrap();
    let values = card.details.iter().map(|detail| detail.value.clone()).collect();
    (card, values)
}

async fn named(stage: &Stage, name: &str) -> ContactId {
    let found = stage.alice.suggest_contacts(name.into(), false).await.unwrap();
    assert_eq!(found.len(), 1, "{name}");
    found[0].id
}

/// [DAV-07] A3, A4, H2: rights follow the switch; what is nobody's to do is still refused by name.
#[tokio::test]
async fn rights_follow_the_switch() {
    let stage = two_way().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let props = "<D:current-user-privilege-set/>";
    let book = stage.propfind(&stage.book(), "0", props).await;
    for leaf in ["read", "read-current-user-privilege-set", "write-content", "bind", "unbind"] {
        assert!(book.has(&format!("<D:privilege><D:{leaf}/></D:privilege>")), "{leaf} in {}", book.text);
    }
    assert!(stage.propfind(&bob, "0", props).await.has("<D:write-content/>"));
    assert!(!stage.propfind(&stage.home(), "0", props).await.has("write-content"));
    assert!(stage.ask("OPTIONS", &bob, &[], "").await.header("allow").contains("PUT, DELETE"));
    assert!(!stage.ask("OPTIONS", &stage.home(), &[], "").await.header("allow").contains("PUT"));
    for (method, path, privilege) in [
        ("DELETE", stage.book(), "unbind"),
        ("MKCOL", stage.book(), "bind"),
        ("MOVE", bob.clone(), "bind"),
        ("PROPPATCH", bob.clone(), "write-properties"),
        ("PUT", stage.book(), "write-content"),
        ("PUT", stage.home(), "write-content"),
    ] {
        let told = stage.ask(method, &path, &[], "").await;
        assert!(told.expect(403).has(&format!("<D:privilege><D:{privilege}/>")), "{method} {path}: {}", told.text);
    }
    stage.alice.set_two_way(false).await.unwrap();
    assert!(!stage.propfind(&stage.book(), "0", props).await.has("write-content"));
    assert!(!stage.ask("OPTIONS", &bob, &[], "").await.header("allow").contains("PUT"));
    for method in ["PUT", "DELETE"] {
        assert!(stage.ask(method, &bob, &[KIND], &card("x", "FN:X\r\n")).await.expect(403).has("need-privileges"));
    }
    assert!(!stage.alice.phone_sync().await.unwrap().two_way);
    stage.close().await;
}

/// [DAV-07] C7: an edit changes what was edited, and nothing that a card does not carry.
#[tokio::test]
async fn an_edit_changes_what_was_edited() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let bob = stage.card(id);
    let types = stage.alice.list_contact_types().await.unwrap();
    stage.alice.set_contact_type(id, types[2].id).await.unwrap();
    stage.alice.tag_contact(id, "vip".into()).await.unwrap();
    stage.alice.change_contact(id, ContactField::Note, "Belt liever".into()).await.unwrap();
    let assistant = DetailForm { kind: DetailKind::Phone, label: "Assistent".into(), value: "030-1234567".into() };
    stage.alice.add_detail(id, assistant).await.unwrap();
    let token = stage.token().await;
    stage.clock.pass(60);

    let told = edit(&stage, &bob, "N:Buys;Bob;;;\r\nFN:Bob Buys\r\n", "N:Koopt;Bob;;;\r\nFN:Bob Koopt\r\nTITLE:Inkoper\r\n").await;
    assert!(told.expect(204).header("etag").is_empty(), "The card is not what was sent: REV is another");
    let (told, token) = (stage.changes(&token, "").await.0, stage.token().await);
    assert_eq!(told.count("<D:response>"), 1);
    edit(&stage, &bob, "06-12345678", "06-87654321").await.expect(204);
    edit(&stage, &bob, "item1.TEL;type=VOICE:030-1234567\r\nitem1.X-ABLabel:Assistent\r\n", "").await.expect(204);
    edit(
        &stage,
        &bob,
        "EMAIL;type=INTERNET;type=WORK;type=pref:bob@buys.example\r\n",
        "EMAIL;TYPE=HOME:bob@home.example\r\nEMAIL;TYPE=INTERNET:bob@buys.example\r\n",
    )
    .await
    .expect(204);
    edit(&stage, &bob, "NOTE:Belt liever\r\n", "NOTE:Belt liever\\nna vijven\r\nADR;type=HOME:;;Zeeweg 2;Zandvoort;;2042 AB;Nederland\r\n")
        .await
        .expect(204);
    let (card, values) = values(&stage, id).await;
    assert_eq!(card.contact.name(), "Bob Koopt");
    assert_eq!((card.contact.function.as_str(), card.contact.note.as_str()), ("Inkoper", "Belt liever\nna vijven"));
    assert_eq!(values, ["06-87654321", "bob@buys.example", "bob@home.example"]);
    assert_eq!(card.details.iter().map(|detail| detail.label.as_str()).collect::<Vec<_>>(), ["", "", "privé"]);
    assert_eq!(
        (card.addresses.len(), card.addresses[0].form.city.as_str(), card.addresses[0].form.label.as_str()),
        (1, "Zandvoort", "privé")
    );
    assert_eq!(
        (card.type_.id, card.tags.len(), card.contact.active),
        (types[2].id, 1, true),
        "No card carries these, or DAVx5 leaves them out"
    );
    assert_ne!(stage.token().await, token);

    // A line that is left out was taken away by who had seen it; a tag only by a line of tags.
    edit(&stage, &bob, "CATEGORIES:vip\r\n", "").await.expect(204);
    edit(&stage, &bob, "TITLE:Inkoper\r\n", "").await.expect(204);
    let (card, _) = self::values(&stage, id).await;
    assert_eq!((card.tags.len(), card.contact.function.as_str()), (1, ""));
    edit(&stage, &bob, "CATEGORIES:vip\r\n", "CATEGORIES:noord,#oost\r\n").await.expect(204);
    let (card, _) = self::values(&stage, id).await;
    assert_eq!(card.tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["noord", "oost"]);
    stage.close().await;
}

/// C7: without `If-Match` nothing is taken away, for nobody knows what the device had seen.
#[tokio::test]
async fn who_says_nothing_takes_nothing() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let lines = "N:Buys;Robert;;;\r\nFN:Robert Buys\r\nTEL;TYPE=WORK:030-1234567\r\n";
    stage.ask("PUT", &stage.card(id), &[KIND], &card(&id.to_string(), lines)).await.expect(204);
    let (card, values) = values(&stage, id).await;
    assert_eq!(
        (card.contact.first_name.as_str(), values),
        ("Robert", vec!["06-12345678".into(), "bob@buys.example".into(), "030-1234567".into()])
    );
    stage.close().await;
}

/// C7: what has no field here is kept, and given back: unknown properties, groups, parameters, titles.
#[tokio::test]
async fn what_has_no_field_is_kept() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let bob = stage.card(id);
    let extra = "X-PHONETIC-LAST-NAME:Baais\r\nitem7.X-ABDATE;type=pref:1999-01-01\r\nitem7.X-ABLabel:_$!<Anniversary>!$_\r\n\
        BDAY;VALUE=date:1985-04-12\r\nPHOTO;ENCODING=b;TYPE=JPEG:AAAA\r\nTEL;TYPE=WORK:ask at the desk\r\nX-TRICK:a\u{1}b\r\nEND:VCARD\r\n";
    edit(&stage, &bob, "N:Buys;Bob;;;", "N:Buys;Bob;;Dr.;MSc").await.expect(204);
    edit(&stage, &bob, "END:VCARD\r\n", extra).await.expect(204);
    let (card, etag) = seen(&stage, &bob).await;
    for line in [
        "N:Buys;Bob;;Dr.;MSc",
        "X-PHONETIC-LAST-NAME:Baais",
        "BDAY;VALUE=date:1985-04-12",
        "PHOTO;ENCODING=b;TYPE=JPEG:AAAA",
        "TEL;TYPE=WORK:ask at the desk",
        "X-TRICK:ab",
    ] {
        assert!(card.contains(&format!("\r\n{line}\r\n")), "{line} in {card}");
    }
    assert!(card.contains("item1.X-ABDATE;type=pref:1999-01-01\r\nitem1.X-ABLabel:_$!<Anniversary>!$_\r\n"), "{card}");
    // Exactly what is kept: the etag may be told, and nothing is another.
    let told = put(&stage, &bob, ("if-match", &etag), &card).await;
    assert_eq!(told.expect(204).header("etag"), etag);
    // An edit here leaves it.
    stage.alice.change_contact(id, ContactField::LastName, "Koopt".into()).await.unwrap();
    let (card, _) = seen(&stage, &bob).await;
    assert!(card.contains("N:Koopt;Bob;;Dr.;MSc\r\n") && card.contains("BDAY;VALUE=date:1985-04-12"));
    // The device may take it away again.
    edit(&stage, &bob, "BDAY;VALUE=date:1985-04-12\r\n", "").await.expect(204);
    assert!(!seen(&stage, &bob).await.0.contains("BDAY"));
    stage.close().await;
}

/// [DAV-07] C7: a new card is a contact in this book, under the name and UID that the device gave it.
#[tokio::test]
async fn a_new_card_is_a_contact() {
    let stage = two_way().await;
    let employer = ContactForm { kind: ContactKind::Company, company: "Bakker Bouw".into(), ..ContactForm::default() };
    let employer = stage.alice.add_contact(employer).await.unwrap();
    stage.alice.choose_for_phone(SyncChoice::default(), "https://crm.example").await.unwrap();
    let token = stage.token().await;
    let path = format!("{}my%20own%40card.vcf", stage.book());
    let lines =
        "N:Aydin;Fatima;;;\r\nFN:Fatima Aydin\r\nORG:bakker bouw;Inkoop\r\nTEL;TYPE=CELL:06-11112222\r\nNOTE:Nieuw\r\nCATEGORIES:vip\r\n";
    let told = put(&stage, &path, ("if-none-match", "*"), &card("A1-B2", lines)).await;
    assert!(told.expect(201).header("etag").is_empty());
    let id = named(&stage, "Fatima").await;
    let (contact, values) = values(&stage, id).await;
    assert_eq!((contact.contact.employer, values), (Some(employer), vec!["06-11112222".to_owned()]));
    assert_eq!((contact.type_.id, contact.tags[0].name.as_str()), (stage.alice.list_contact_types().await.unwrap()[0].id, "vip"));
    assert_eq!(stage.alice.phone_sync().await.unwrap().chosen[0].id, id);
    let (text, etag) = seen(&stage, &path).await;
    assert!(text.contains("UID:A1-B2\r\n") && text.contains("ORG:Bakker Bouw\r\n"), "{text}");
    stage.changes(&token, "").await.0.of(&path);
    stage.propfind(&stage.book(), "1", "<D:getetag/>").await.of(&path);
    stage.ask("GET", &stage.card(id), &[], "").await.expect(404);

    // C2: the name and the UID are taken.
    put(&stage, &path, ("if-none-match", "*"), &card("A1-B2", lines)).await.expect(412);
    let other = format!("{}other.vcf", stage.book());
    for (at, uid, conflict) in [(&other, "A1-B2", &path), (&path, "other", &path)] {
        let told = stage.ask("PUT", at, &[KIND], &card(uid, lines)).await;
        assert!(told.expect(403).has(&format!("<C:no-uid-conflict><D:href>{conflict}</D:href>")), "{}", told.text);
    }
    put(&stage, &path, ("if-match", &etag), &card("A1-B2", "N:Aydin;Fatima;;;\r\nFN:Fatima Aydin\r\nTEL;TYPE=CELL:06-33334444\r\n"))
        .await
        .expect(204);
    assert_eq!(self::values(&stage, id).await.1, ["06-33334444"]);
    // A company, and one whose name is a number.
    put(&stage, &other, ("if-none-match", "*"), &card("c", "N:;;;;\r\nFN:Visser BV\r\nORG:Visser BV\r\nX-ABShowAs:COMPANY\r\n"))
        .await
        .expect(201);
    assert_eq!(stage.alice.open_contact(named(&stage, "Visser").await).await.unwrap().contact.kind, ContactKind::Company);
    put(&stage, &format!("{}n.vcf", stage.book()), ("if-none-match", "*"), &card("n", "N:;;;;\r\nFN:\r\nTEL:030-7654321\r\n"))
        .await
        .expect(201);
    stage.close().await;
}

/// [DAV-07] DELETE hides from one's own devices; making it anew, or the page, brings it back.
#[tokio::test]
async fn a_deleted_card_is_hidden() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let bob = stage.card(id);
    let (text, etag) = seen(&stage, &bob).await;
    let token = stage.token().await;
    stage.ask("DELETE", &bob, &[("if-match", "\"old\"")], "").await.expect(412);
    stage.ask("DELETE", &bob, &[("if-match", &etag), ("user-agent", "iOS/18.4")], "").await.expect(204);
    stage.ask("GET", &bob, &[], "").await.expect(404);
    stage.ask("DELETE", &bob, &[], "").await.expect(404);
    stage.ask("DELETE", &bob, &[("if-match", &etag)], "").await.expect(412);
    let (told, token) = stage.changes(&token, "").await;
    assert!(told.of(&bob).contains("404"));
    assert!(!stage.alice.open_contact(id).await.unwrap().deleted);
    let page = stage.alice.phone_sync().await.unwrap();
    assert_eq!((page.hidden[0].id, page.written[0].deed, page.written[0].family.as_str()), (id, Deed::Hidden, "iOS"));
    assert!(page.written[0].hidden);
    stage.alice.pick_for_phone(id, Pick::Chosen).await.unwrap();
    assert!(stage.changes(&token, "").await.0.of(&bob).contains("200 OK"));

    // As a device does that undoes: the same card made anew.
    stage.ask("DELETE", &bob, &[], "").await.expect(204);
    put(&stage, &bob, ("if-none-match", "*"), &text).await.expect(201);
    assert_eq!(seen(&stage, &bob).await.0, text);
    // Moved: under another name. Whoever has not heard of it lists anew.
    stage.ask("DELETE", &bob, &[], "").await.expect(204);
    let moved = format!("{}moved.vcf", stage.book());
    put(&stage, &moved, ("if-none-match", "*"), &text).await.expect(201);
    let told = stage.ask("REPORT", &stage.book(), &[], &crate::world::sync(&token, "")).await;
    assert!(told.expect(403).has("valid-sync-token"));
    stage.changes("", "").await.0.of(&moved);
    // Out of the bin.
    stage.alice.delete_contact(id).await.unwrap();
    put(&stage, &bob, ("if-match", &etag), &text).await.expect(412);
    put(&stage, &moved, ("if-none-match", "*"), &text).await.expect(201);
    assert!(!stage.alice.open_contact(id).await.unwrap().deleted);
    assert_eq!(stage.alice.count_contacts(Default::default()).await.unwrap(), 1);
    stage.close().await;
}

/// [DAV-07] Each write stands in the ledger with its device.
#[tokio::test]
async fn each_write_names_its_device() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let secret = stage.alice.add_device_password("iPhone".into()).await.unwrap();
    let login = crate::world::basic(crate::world::ALICE, secret.reveal());
    let (text, etag) = seen(&stage, &stage.card(id)).await;
    let headers = [KIND, ("authorization", login.as_str()), ("user-agent", "iOS/18.4 dataaccessd/1.0"), ("if-match", etag.as_str())];
    stage.ask_as_stranger("PUT", &stage.card(id), &headers, &text.replace("Bob", "Robert")).await.expect(204);
    put(&stage, &format!("{}c.vcf", stage.book()), ("if-none-match", "*"), &card("c", "N:Books;Carol;;;\r\nFN:Carol Books\r\n"))
        .await
        .expect(201);
    let page = stage.alice.phone_sync().await.unwrap();
    let told: Vec<_> =
        page.written.iter().map(|row| (row.contact.name.as_str(), row.deed, row.family.as_str(), row.password.as_deref())).collect();
    assert_eq!(told, [("Carol Books", Deed::Added, "DAVx5", None), ("Robert Buys", Deed::Changed, "iOS", Some("iPhone"))]);
    // What changes nothing is no change.
    let (text, etag) = seen(&stage, &stage.card(id)).await;
    put(&stage, &stage.card(id), ("if-match", &etag), &text).await.expect(204);
    assert_eq!(stage.alice.phone_sync().await.unwrap().written.len(), 2);
    stage.close().await;
}

/// C7: of two devices that changed the same card, the second is told; each takes a turn, whatever the order.
#[tokio::test]
async fn two_devices_in_conflict() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let bob = stage.card(id);
    let (text, etag) = seen(&stage, &bob).await;
    let (first, second) = (text.replace("06-12345678", "06-11111111"), text.replace("06-12345678", "06-22222222"));
    let (first, second) = tokio::join!(put(&stage, &bob, ("if-match", &etag), &first), put(&stage, &bob, ("if-match", &etag), &second));
    let mut told = [first.status.as_u16(), second.status.as_u16()];
    told.sort_unstable();
    assert_eq!(told, [204, 412]);
    // An edit here counts as well.
    let (text, etag) = seen(&stage, &bob).await;
    stage.alice.change_contact(id, ContactField::Function, "Inkoper".into()).await.unwrap();
    put(&stage, &bob, ("if-match", &etag), &text).await.expect(412);
    put(&stage, &bob, ("if-match", &format!("{etag}, \"x\"")), &text).await.expect(412);
    put(&stage, &bob, ("if-match", "*"), &text).await.expect(204);
    assert_eq!(values(&stage, id).await.0.contact.function, "Inkoper");
    put(&stage, &format!("{}x.vcf", stage.book()), ("if-match", "*"), &card("x", "FN:X\r\n")).await.expect(412);
    stage.close().await;
}

/// Y10: a write that holds only while the book is as it was.
#[tokio::test]
async fn if_with_a_sync_token() {
    let stage = two_way().await;
    let id = stage.add("Bob", "Buys").await;
    let bob = stage.card(id);
    let (text, etag) = seen(&stage, &bob).await;
    let token = stage.token().await;
    stage.add("Carol", "Books").await;
    let book = stage.book();
    for stale in [
        format!("(<{token}>)"),
        format!("<{book}> (<{token}>)"),
        format!("<https://crm.example{book}> (<{token}>)"),
        "</elsewhere> (<x>)".into(),
    ] {
        put(&stage, &bob, ("if", &stale), &text).await.expect(412);
        stage.ask("DELETE", &bob, &[("if", &stale)], "").await.expect(412);
    }
    let token = stage.token().await;
    put(&stage, &bob, ("if", &format!("<{book}> (<{token}>)")), &text).await.expect(204);
    put(&stage, &bob, ("if", &format!("(Not <{token}>) ([{etag}])")), &text.replace("06-12345678", "06-11112222")).await.expect(204);
    put(&stage, &bob, ("if", "(<"), &text).await.expect(400);
    let token = stage.token().await;
    stage.ask("DELETE", &bob, &[("if", &format!("<{book}> (<{token}>)"))], "").await.expect(204);
    stage.close().await;
}

/// C7: what is no card is refused by the name of the condition, and told on the page; the rest of the book is as it was.
#[tokio::test]
async fn what_is_no_card() {
    let stage = two_way().await;
    let bob = stage.add("Bob", "Buys").await;
    let before = stage.token().await;
    let at = format!("{}x.vcf", stage.book());
    let long = card("x", &format!("FN:X\r\nX-LONG:{}\r\n", "y".repeat(1024 * 1024)));
    let many = card("x", &format!("FN:X\r\n{}", "TEL:0301234567\r\n".repeat(5_000)));
    let two = card("x", "FN:X\r\n").repeat(2);
    for (body, condition) in [
        ("", "valid-address-data"),
        ("no card", "valid-address-data"),
        ("BEGIN:VCARD\r\nEND:VCARD\r\n", "valid-address-data"),
        (&card("x", "no line\r\nFN:X\r\n"), "valid-address-data"),
        (&card("x", "N:;;;;\r\n"), "valid-address-data"),
        (&card(&"u".repeat(5_000), "FN:X\r\n"), "valid-address-data"),
        (&two, "valid-address-data"),
        (&card("x", "FN:X\r\n").replace("3.0", "2.1"), "supported-address-data"),
        (&long, "max-resource-size"),
        (&many, "max-resource-size"),
        (&card("x", "FN:X\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n"), "need-privileges"),
    ] {
        let told = put(&stage, &at, ("if-none-match", "*"), body).await;
        assert!(told.expect(403).has(condition), "{condition}: {}", told.text);
    }
    let told = stage.ask("PUT", &at, &[("content-type", "application/json")], "{}").await;
    assert!(told.expect(403).has("supported-address-data"));
    put(&stage, &at, ("if-none-match", "*"), &"x".repeat(10 * 1024 * 1024)).await.expect(413);
    // Nobody else's book, and no way out of one's own.
    let good = card("x", "FN:Xavier\r\n");
    for path in [
        "/dav/books/01990000-0000-7000-8000-0000000000ff/contacts/x.vcf".to_owned(),
        format!("{}a/b.vcf", stage.book()),
        format!("{}a%00b.vcf", stage.book()),
        "/dav/x.vcf".to_owned(),
    ] {
        put(&stage, &path, ("if-none-match", "*"), &good).await.expect(404);
    }
    for name in ["..%2fx.vcf", "%2e%2e", "a%5cb.vcf", &"n".repeat(300)] {
        put(&stage, &format!("{}{name}", stage.book()), ("if-none-match", "*"), &good).await.expect(400);
    }
    // The address of another contact is never given away.
    stage.ask("DELETE", &stage.card(bob), &[], "").await.expect(204);
    let told = put(&stage, &stage.card(bob), ("if-none-match", "*"), &good).await;
    assert!(told.expect(403).has("no-uid-conflict"));
    stage.alice.pick_for_phone(bob, Pick::Unsaid).await.unwrap();
    assert_eq!(stage.alice.count_contacts(Default::default()).await.unwrap(), 1);
    assert_ne!(stage.token().await, before);
    let device = stage.alice.phone_sync().await.unwrap().devices.into_iter().find(|device| device.family == "DAVx5").unwrap();
    assert!(device.error.is_some_and(|(error, _)| matches!(error, DeviceError::BadRequest | DeviceError::ReadOnly)));
    stage.close().await;
}

/// [DAV-07] What DAVx5, Apple's programs and Thunderbird send when they create, change and delete.
#[tokio::test]
async fn clients_write() {
    let stage = two_way().await;
    let agents = [
        (
            "DAVx5/4.5-ose (dav4jvm; okhttp/5.1) Android/15",
            "text/vcard;charset=utf-8",
            "VERSION:3.0\r\nPRODID:DAVx5/4.5-ose ez-vcard/0.12.1\r\nUID:d\r\nFN:Dirk Davx\r\nN:Davx;Dirk;;;\r\nTEL;TYPE=cell:+31 6 11112222\r\nREV:20261125T162200Z\r\n",
        ),
        (
            "iOS/18.4 (22E240) dataaccessd/1.0",
            "text/vcard",
            "VERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 18.4//EN\r\nN:Appel;Anna;;;\r\nFN:Anna Appel\r\nTEL;type=CELL;type=VOICE;type=pref:+31 6 22223333\r\nitem1.ADR;type=HOME;type=pref:;;Straat 1\\nhs;Utrecht;;3511 AB;Nederland\r\nitem1.X-ABADR:nl\r\nREV:2026-11-25T16:22:00Z\r\nUID:A0B1C2D3-0000-4000-8000-000000000001\r\n",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7",
            "text/vcard",
            "VERSION:4.0\r\nEMAIL;PREF=1:theo@vogel.example\r\nFN:Theo Vogel\r\nN:Vogel;Theo;;;\r\nTEL;TYPE=cell;VALUE=TEXT:+31 6 33334444\r\nUID:t-1\r\nNICKNAME:T\r\n",
        ),
    ];
    for (n, (agent, kind, lines)) in agents.into_iter().enumerate() {
        let path = format!("{}{n}.vcf", stage.book());
        let headers = [("user-agent", agent), ("content-type", kind)];
        let with = |condition| [headers[0], headers[1], condition];
        let body = format!("BEGIN:VCARD\r\n{lines}END:VCARD\r\n");
        stage.ask("PUT", &path, &with(("if-none-match", "*")), &body).await.expect(201);
        let (text, etag) = seen(&stage, &path).await;
        assert!(text.contains("VERSION:3.0\r\n") && text.contains("TEL") && !text.contains("VALUE=TEXT"), "{text}");
        let first = lines.split("FN:").nth(1).unwrap().split(' ').next().unwrap();
        let id = named(&stage, first).await;
        stage.ask("PUT", &path, &with(("if-match", &etag)), &text.replace("+31 6", "+31 (0)6").replace(first, "Nora")).await.expect(204);
        let (contact, values) = values(&stage, id).await;
        assert!(contact.contact.name().starts_with("Nora "));
        assert!(values.iter().any(|value| value.starts_with("+31 6 ")), "Another way to write the same number is no change: {values:?}");
        let (_, fresh) = seen(&stage, &path).await;
        stage.ask("DELETE", &path, &with(("if-match", &etag)), "").await.expect(412);
        stage.ask("DELETE", &path, &with(("if-match", &fresh)), "").await.expect(204);
        stage.alice.delete_contact(id).await.unwrap();
    }
    let apple = stage.alice.phone_sync().await.unwrap();
    assert_eq!(apple.written.iter().filter(|row| row.deed == Deed::Hidden).count(), 3);
    stage.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// C7: our own card, sent back, changes nothing: whatever stands on it, and whatever a device wrote before.
    #[test]
    fn our_own_card_changes_nothing(first in "\\PC{0,30}", last in "\\PC{1,30}", company in "\\PC{0,20}", note in any::<String>(), label in "\\PC{0,20}", value in "\\PC{1,40}", junk in "[ -~]{0,40}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = two_way().await;
            let form = ContactForm { first_name: first, last_name: format!("B{last}"), company, mobile: "06-12345678".into(), email: "bob@buys.example".into(), ..ContactForm::default() };
            let id = stage.alice.add_contact(form).await.unwrap();
            stage.alice.change_contact(id, ContactField::Note, note.chars().take(500).collect()).await.unwrap();
            for kind in [DetailKind::Phone, DetailKind::Social, DetailKind::Website] {
                let value = match kind { DetailKind::Phone => "030-1234567".into(), DetailKind::Website => "https://buys.example/a;b,c".into(), _ => value.clone() };
                // What the CRM does not take is not on the card either.
                _ = stage.alice.add_detail(id, DetailForm { kind, label: label.clone(), value }).await;
            }
            let path = stage.card(id);
            for round in 0..2 {
                let (before, _) = values(&stage, id).await;
                let (text, etag) = seen(&stage, &path).await;
                let token = stage.token().await;
                let told = put(&stage, &path, ("if-match", &etag), &text).await;
                assert_eq!((told.expect(204).header("etag"), stage.token().await), (etag.as_str(), token), "{text}");
                assert_eq!(values(&stage, id).await.0, before);
                if round == 0 {
                    put(&stage, &path, ("if-match", &etag), &text.replace("END:VCARD", &format!("X-JUNK:{junk}\r\nTITLE:x\r\nEND:VCARD"))).await.expect(204);
                }
            }
            stage.close().await;
        });
    }

    /// Whatever is sent as a card, there is an answer, and what is there parses.
    #[test]
    fn any_card_gets_an_answer(lines in prop::collection::vec("[A-Za-z0-9.-]{1,8}(;[ -~]{0,10}){0,2}:\\PC{0,40}", 0..12), junk in "\\PC{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = two_way().await;
            let path = format!("{}x.vcf", stage.book());
            for body in [card("x", &format!("FN:X\r\n{}\r\n", lines.join("\r\n"))), card("x", &junk), junk.clone()] {
                let told = stage.ask("PUT", &path, &[KIND], &body).await;
                assert!(matches!(told.status.as_u16(), 201 | 204 | 403), "{}", told.status);
            }
            stage.propfind(&stage.book(), "1", "<D:getetag/>").await.expect(207);
            let told = stage.ask("REPORT", &stage.book(), &[], &crate::world::multiget("<C:address-data/>", &[path])).await;
            told.expect(207);
            stage.close().await;
        });
    }
}
