//! Y: what changed since a token.

use crate::world::{Stage, Told, stage, sync};
use model::contact::{ContactField, ContactForm, ContactKind, DetailForm, DetailKind};
use model::phone_sync::{DeviceError, Pick, SyncChoice};

async fn token_refused(stage: &Stage, token: &str, agent: &str) -> Told {
    stage.ask("REPORT", &stage.book(), &[("depth", "1"), ("user-agent", agent)], &sync(token, "")).await
}

/// [DAV-10] Y1, Y2, Y3, Y4: each card once; changed, gone, come back; nothing passed over.
#[tokio::test]
async fn a_phone_follows_every_change() {
    let stage = stage().await;
    let (bob, carol) = (stage.add("Bob", "Buys").await, stage.add("Carol", "Books").await);
    let (all, first) = stage.changes("", "").await;
    assert_eq!((all.count("<D:response>"), all.count("404")), (2, 0));
    assert_eq!(first, stage.token().await);
    let (none, same) = stage.changes(&first, "").await;
    assert_eq!((none.count("<D:response>"), &same), (0, &first));

    stage.alice.change_contact(bob, ContactField::FirstName, "Robert".into()).await.unwrap();
    stage.alice.change_contact(bob, ContactField::LastName, "Koopt".into()).await.unwrap();
    let dave = stage.add("Dave", "Digs").await;
    let (changed, second) = stage.changes(&first, "").await;
    assert_eq!(changed.count("<D:response>"), 2);
    assert!(changed.of(&stage.card(bob)).contains("<D:propstat>") && changed.of(&stage.card(dave)).contains("200 OK"));

    // Added and gone between two looks: gone. Gone and back: only changed.
    let eve = stage.add("Eve", "Ends").await;
    stage.alice.delete_contact(eve).await.unwrap();
    stage.alice.delete_contact(carol).await.unwrap();
    stage.alice.restore_contact(carol).await.unwrap();
    let (told, third) = stage.changes(&second, "").await;
    assert_eq!(told.count("<D:response>"), 2);
    assert!(told.of(&stage.card(eve)).contains("HTTP/1.1 404") && !told.of(&stage.card(eve)).contains("propstat"));
    assert!(told.of(&stage.card(carol)).contains("<D:propstat>"));
    let (fresh, _) = stage.changes("", "").await;
    assert_eq!((fresh.count("<D:response>"), fresh.count("404")), (3, 0), "From the beginning nothing is gone");
    // Y2
    stage.ask("REPORT", &stage.book(), &[("depth", "1")], &sync(&third, "")).await.expect(207);
    stage.close().await;
}

/// An edit that shows on no card costs the phones nothing; one of the employer's name shows on those who work there.
#[tokio::test]
async fn only_what_shows_is_a_change() {
    let stage = stage().await;
    let company = ContactForm { kind: ContactKind::Company, company: "Bakker".into(), ..ContactForm::default() };
    let bakker = stage.alice.add_contact(company).await.unwrap();
    let bob = stage.add("Bob", "Buys").await;
    stage.alice.set_employer(bob, Some(bakker), false).await.unwrap();
    let token = stage.token().await;
    let etag = stage.ask("GET", &stage.card(bob), &[], "").await.header("etag").to_owned();
    stage.clock.pass(3600);
    let prospect = stage.alice.list_contact_types().await.unwrap()[2].id;
    stage.alice.set_contact_type(bob, prospect).await.unwrap();
    let before = stage.alice.change_contact(bob, ContactField::Note, "x".into()).await.unwrap();
    assert_ne!(stage.token().await, token);
    stage.alice.change_contact(bob, ContactField::Note, before).await.unwrap();
    let token = stage.token().await;
    stage.alice.set_contact_type(bob, stage.alice.list_contact_types().await.unwrap()[0].id).await.unwrap();
    assert_eq!(stage.token().await, token);
    assert_ne!(stage.ask("GET", &stage.card(bob), &[], "").await.header("etag"), etag, "REV is another");

    stage.alice.change_contact(bakker, ContactField::Company, "Bakker & Zn".into()).await.unwrap();
    let (told, token) = stage.changes(&token, "").await;
    assert_eq!(told.count("<D:response>"), 2);
    assert!(stage.ask("GET", &stage.card(bob), &[], "").await.has("ORG:Bakker & Zn\r\n"));
    let tag = stage.alice.tag_contact(bob, "vip".into()).await.unwrap();
    stage.alice.rename_tag(tag.id, "vips".into()).await.unwrap();
    assert!(stage.ask("GET", &stage.card(bob), &[], "").await.has("CATEGORIES:vips\r\n"));
    let detail = DetailForm { kind: DetailKind::Website, label: String::new(), value: "buys.example".into() };
    stage.alice.add_detail(bob, detail).await.unwrap();
    assert_eq!(stage.changes(&token, "").await.0.count("<D:response>"), 1);
    stage.close().await;
}

/// [DAV-06] Y11: who is chosen enters, who no longer is leaves; by type, tag, `mine`, and by hand.
#[tokio::test]
async fn the_choice_decides() {
    let stage = stage().await;
    let alice = &stage.alice;
    let choose = async |choice: SyncChoice| alice.choose_for_phone(choice, "https://crm.example").await.unwrap();
    let (bob, carol) = (stage.add("Bob", "Buys").await, stage.add("Carol", "Books").await);
    let types = alice.list_contact_types().await.unwrap();
    alice.set_contact_type(bob, types[3].id).await.unwrap();
    let tag = alice.tag_contact(carol, "vip".into()).await.unwrap();
    let (_, token) = stage.changes("", "").await;

    let suppliers = SyncChoice { types: vec![types[3].id], ..SyncChoice::default() };
    let before = choose(suppliers).await;
    assert_eq!(alice.phone_sync().await.unwrap().count, 1);
    assert!(before.everyone);
    let (told, token) = stage.changes(&token, "").await;
    assert_eq!((told.count("<D:response>"), told.of(&stage.card(carol)).contains("404")), (1, true));
    choose(SyncChoice { tags: vec![tag.id], ..SyncChoice::default() }).await;
    let (told, token) = stage.changes(&token, "").await;
    assert!(told.of(&stage.card(bob)).contains("404") && told.of(&stage.card(carol)).contains("200 OK"));
    // An edit moves a contact in and out too.
    alice.untag_contact(carol, tag.id).await.unwrap();
    let (told, token) = stage.changes(&token, "").await;
    assert!(told.of(&stage.card(carol)).contains("404"));

    choose(SyncChoice::default()).await;
    alice.pick_for_phone(bob, Pick::Chosen).await.unwrap();
    let (told, token) = stage.changes(&token, "").await;
    assert_eq!((told.count("<D:response>"), told.of(&stage.card(bob)).contains("200 OK")), (1, true));
    choose(SyncChoice { mine: true, ..SyncChoice::default() }).await;
    alice.pick_for_phone(bob, Pick::Hidden).await.unwrap();
    let (told, _) = stage.changes(&token, "").await;
    assert!(told.of(&stage.card(bob)).contains("404") && told.of(&stage.card(carol)).contains("200 OK"));
    let page = alice.phone_sync().await.unwrap();
    assert_eq!((page.count, page.hidden.len(), page.chosen.len()), (1, 1, 0));
    stage.close().await;
}

/// Y5, Y6: a page holds what was asked, and its token stands for exactly that.
#[tokio::test]
async fn pages() {
    let stage = stage().await;
    for n in 0..7 {
        stage.add(&format!("Bob{n}"), "Buys").await;
    }
    let limit = "<D:limit><D:nresults>3</D:nresults></D:limit>";
    let (mut token, mut seen) = (String::new(), 0);
    for page in 0..3 {
        let (told, next) = stage.changes(&token, limit).await;
        let cut = told.has("507 Insufficient Storage");
        assert_eq!(cut, page < 2);
        if cut {
            assert!(told.of(&stage.book()).contains("<D:number-of-matches-within-limits/>"));
        }
        seen += told.count("<D:propstat>");
        token = next;
        if page == 0 {
            // What changes meanwhile is neither lost nor told twice in one page.
            stage.add("Late", "Comer").await;
        }
    }
    assert_eq!((seen, &token), (8, &stage.token().await));
    let exactly = "<D:limit><D:nresults>8</D:nresults></D:limit>";
    assert!(!stage.changes("", exactly).await.0.has("507"));
    stage.ask("REPORT", &stage.book(), &[], &sync("", "<D:limit><D:nresults>x</D:nresults></D:limit>")).await.expect(400);
    stage.close().await;
}

/// Y7: a token of another book, of the future, or of nobody; and what Thunderbird needs to hear instead.
#[tokio::test]
async fn tokens_that_are_not_ours() {
    let stage = stage().await;
    stage.add("Bob", "Buys").await;
    let token = stage.token().await;
    let (head, seq) = token.rsplit_once(':').unwrap();
    let future = format!("{head}:{}", seq.parse::<i64>().unwrap() + 1);
    for bad in [
        "x",
        "urn:x-spindle:dav-sync:other:1",
        &future,
        &format!("{head}:-1"),
        &format!("{head}:"),
        &format!("{head}:9999999999999999999999"),
    ] {
        let told = token_refused(&stage, bad, "DAVx5/4.5").await;
        assert!(told.expect(403).has("<D:valid-sync-token/>"), "{bad}");
    }
    let told = token_refused(&stage, "x", "Mozilla/5.0 Thunderbird/153.7").await;
    assert!(told.expect(400).has("<D:valid-sync-token/>"));
    let devices = stage.alice.phone_sync().await.unwrap().devices;
    assert!(devices.iter().any(|device| device.error.is_some_and(|(error, _)| error == DeviceError::OldToken)));
    stage.close().await;
}

/// Y7: after a backup was put back, a new epoch has everybody list again.
#[tokio::test]
async fn a_restored_backup_is_a_new_epoch() {
    let stage = stage().await;
    let bob = stage.add("Bob", "Buys").await;
    let token = stage.token().await;
    let system = stage.crm.system(stage.alice.company()).await.unwrap();
    assert_eq!(system.renew_books().await.unwrap(), 1);
    token_refused(&stage, &token, "iOS/18.4").await.expect(403);
    let (all, fresh) = stage.changes("", "").await;
    all.of(&stage.card(bob));
    assert_ne!(fresh, token);
    stage.close().await;
}

/// Y8, Y9: levels; and cards inline for who asks.
#[tokio::test]
async fn levels_and_inline_cards() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let ask = async |level: &str, prop: &str| {
        let body = format!(
            "<D:sync-collection xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:carddav\"><D:sync-token/>{level}{prop}</D:sync-collection>"
        );
        stage.ask("REPORT", &stage.book(), &[("depth", "1")], &body).await
    };
    let etag = "<D:prop><D:getetag/></D:prop>";
    for level in ["<D:sync-level>1</D:sync-level>", "<D:sync-level>infinite</D:sync-level>", ""] {
        ask(level, etag).await.expect(207).of(&bob);
    }
    ask("<D:sync-level>2</D:sync-level>", etag).await.expect(400);
    ask("<D:sync-level>1</D:sync-level>", "").await.expect(400);
    let told = ask("<D:sync-level>1</D:sync-level>", "<D:prop><D:getetag/><C:address-data/></D:prop>").await;
    assert!(told.of(&bob).contains("FN:Bob Buys"));
    stage.close().await;
}

/// More cards than fit in one page of rows: each once, in every kind of answer.
#[tokio::test]
async fn a_big_book_is_whole() {
    let stage = stage().await;
    let mut hrefs = Vec::new();
    for n in 0..1_203 {
        hrefs.push(stage.card(stage.add(&format!("Bob{n}"), "Buys").await));
    }
    let listed = stage.propfind(&stage.book(), "1", "<D:getetag/>").await;
    let (changed, token) = stage.changes("", "").await;
    let body = crate::world::multiget("<D:getetag/><C:address-data/>", &hrefs);
    let got = stage.ask("REPORT", &stage.book(), &[], &body).await;
    assert_eq!((listed.count("<D:response>"), changed.count("<D:response>"), got.count("BEGIN:VCARD")), (1_204, 1_203, 1_203));
    for href in &hrefs {
        for told in [&listed, &changed, &got] {
            assert_eq!(told.count(&format!("<D:href>{href}</D:href>")), 1);
        }
    }
    assert_eq!(token, stage.token().await);
    assert_eq!(stage.alice.phone_sync().await.unwrap().devices[0].cards, 1_203);
    stage.close().await;
}
