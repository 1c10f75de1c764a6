//! What comes of letters after they went, and of meetings that others ask for; and whom one can write to.

use crate::story::{account, add_account, add_folder, add_type, message, person};
use crate::world::{NOON, World, id};
use crm::ports::{AccountRow, AnswerRow, BounceRow, Company, NewMessage, OutboxRow, Store, Tx, UserRow};
use model::contact::{ContactFilter, DetailForm, DetailKind};
use model::inbox::Entity;
use model::mail_account::FolderRole;
use model::message::{Flags, Parsed, Participant, ParticipantRole};
use model::nature::{Answer, Notice, Report, Undelivered};
use model::outgoing::SendState;
use model::{ContactId, Cursor, DetailId, MessageId, Moment, Role, UserId};
use std::sync::Arc;

const BOB: &str = "bob@buys.example";

fn letter(n: u64, owner: u64, account: u64, to: &str) -> NewMessage {
    let who = |role, address: &str| Participant { role, name: String::new(), address: address.into() };
    let mut new = message(n, 1, 1, to);
    new.parsed.participants = vec![who(ParticipantRole::From, "alice@sells.example"), who(ParticipantRole::To, to)];
    let flags = Flags { seen: true, ..Flags::default() };
    NewMessage { location: None, outgoing: true, flags, owner: id(owner), account: id(account), ..new }
}

fn sent(n: u64) -> MessageId {
    id(1000 + n)
}

fn told(address: &str, delayed: bool) -> Undelivered {
    Undelivered { address: address.into(), delayed, status: "5.1.1".into(), diagnostic: "550 \"Né\"".into() }
}

fn bounce(n: u64, address: &str, delayed: bool, seconds: i64) -> BounceRow {
    BounceRow { message: sent(n), told: told(address, delayed), at: at(seconds) }
}

fn at(seconds: i64) -> Moment {
    NOON.plus_seconds(seconds)
}

/// Account 1 is Alice's, with an inbox and sent items; 2 is Bob's. The contact Bob has two addresses.
async fn office(world: &World) -> (Arc<dyn Store>, Arc<dyn Company>) {
    let (store, company) = world.company().await;
    let mut tx = company.write(Some(id(1)), at(50)).await.unwrap();
    add_type(&mut *tx).await;
    add_account(&mut *tx, 1).await;
    let bob =
        UserRow { id: id(2), first_name: "Bob".into(), last_name: String::new(), email: "bob@sells.example".into(), role: Role::User };
    tx.add_user(&bob).await.unwrap();
    tx.put_mail_account(&AccountRow { owner: id(2), ..account(2) }).await.unwrap();
    for (n, role) in [(1, FolderRole::Inbox), (2, FolderRole::Sent)] {
        add_folder(&mut *tx, n, 1, role).await;
    }
    tx.add_contact(&person(1, "Bob", "de Vries"), NOON).await.unwrap();
    for (n, address) in [(1, BOB), (2, "bob@home.example")] {
        let email = DetailForm { kind: DetailKind::Email, label: format!("{n}"), value: address.into() };
        tx.put_detail(id(1), id::<DetailId>(n), &email, address).await.unwrap();
    }
    tx.commit().await.unwrap();
    (store, company)
}

async fn at_bob(tx: &mut dyn Tx) -> Vec<(DetailId, BounceRow)> {
    tx.bounces_at(id(1)).await.unwrap()
}

/// [INB-08, CON-03] Every method of the port `Bounces`, on both databases.
#[tokio::test]
async fn bounces() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut tx = company.write(Some(id(1)), at(50)).await.unwrap();
        let tx_ = &mut *tx;
        whose(tx_).await;
        kept(tx_).await;
        until_it_works(tx_).await;
        not_here_yet(tx_).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

async fn whose(tx: &mut dyn Tx) {
    let incoming = NewMessage { flags: Flags::default(), ..message(3, 1, 7, BOB) };
    tx.put_messages(&[letter(1, 1, 1, BOB), letter(2, 2, 2, BOB), incoming]).await.unwrap();
    let ids = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let mine = ids(&["nergens@x.example", "1@buys.example"]);
    assert_eq!(tx.find_sent(id(1), &mine).await.unwrap(), Some(sent(1)));
    assert_eq!(tx.find_sent(id(2), &mine).await.unwrap(), None);
    assert_eq!(tx.find_sent(id(2), &ids(&["2@buys.example"])).await.unwrap(), Some(sent(2)));
    assert_eq!(tx.find_sent(id(1), &ids(&["3@buys.example"])).await.unwrap(), None, "that came in");
    assert_eq!(tx.find_sent(id(1), &[]).await.unwrap(), None);
}

async fn not_here_yet(tx: &mut dyn Tx) {
    let report = |about: &[&str]| Report {
        about: about.iter().map(|one| (*one).to_owned()).collect(),
        undelivered: vec![told(BOB, true)],
        delivered: vec!["é\0@x.example".into()],
    };
    assert!(!tx.awaits_letters(id(1)).await.unwrap());
    let kept = report(&["nergens@x.example", "later@sells.example"]);
    tx.put_report(id(1), &kept, at(10)).await.unwrap();
    tx.put_report(id(2), &report(&["later@sells.example"]), at(30)).await.unwrap();
    assert!(tx.awaits_letters(id(1)).await.unwrap());
    assert!(tx.take_reports(id(1), "iets@x.example").await.unwrap().is_empty());
    assert_eq!(tx.take_reports(id(1), "later@sells.example").await.unwrap(), [(kept, at(10))]);
    assert!(tx.take_reports(id(1), "later@sells.example").await.unwrap().is_empty(), "it was told");
    tx.forget_reports(at(30)).await.unwrap();
    assert!(!tx.awaits_letters(id(1)).await.unwrap() && tx.awaits_letters(id(2)).await.unwrap());
}

async fn kept(tx: &mut dyn Tx) {
    let odd = BounceRow {
        told: Undelivered { diagnostic: "550 \"N\0é\"".into(), ..told("Bob@Buys.example", true) },
        ..bounce(1, BOB, true, 10)
    };
    tx.put_bounce(&odd).await.unwrap();
    tx.put_bounce(&bounce(1, "a@x.example", true, 10)).await.unwrap();
    assert_eq!(tx.bounces_of(sent(1)).await.unwrap(), [told("a@x.example", true), told("Bob@Buys.example", true)]);
    tx.put_bounce(&bounce(1, BOB, false, 20)).await.unwrap();
    tx.put_bounce(&bounce(1, BOB, true, 30)).await.unwrap();
    assert_eq!(tx.bounces_of(sent(1)).await.unwrap(), [told("a@x.example", true), told(BOB, false)], "what was given up stays so");
    tx.remove_delay(sent(1), "a@x.example", at(9)).await.unwrap();
    tx.remove_delay(sent(1), BOB, at(40)).await.unwrap();
    assert_eq!(tx.bounces_of(sent(1)).await.unwrap().len(), 2, "it was told before the delay was, and of what was given up");
    tx.remove_delay(sent(1), "a@x.example", at(10)).await.unwrap();
    tx.remove_delay(sent(1), "a@x.example", at(10)).await.unwrap();
    assert_eq!(tx.bounces_of(sent(1)).await.unwrap(), [told(BOB, false)]);
    assert!(tx.bounces_of(sent(2)).await.unwrap().is_empty());
    assert_eq!(at_bob(tx).await, [(id(1), bounce(1, BOB, false, 20))]);
    assert!(tx.bounces_at(id(9)).await.unwrap().is_empty());
    tx.settle_bounces(BOB, true).await.unwrap();
    assert!(at_bob(tx).await.is_empty());
    assert_eq!(tx.bounces_of(sent(1)).await.unwrap(), [told(BOB, false)]);
    tx.settle_bounces(BOB, false).await.unwrap();
    assert_eq!(at_bob(tx).await.len(), 1);
}

async fn until_it_works(tx: &mut dyn Tx) {
    // Each of these is as many seconds after noon as its number.
    tx.put_messages(&[letter(40, 1, 1, "bob@home.example"), letter(41, 1, 1, BOB)]).await.unwrap();
    let out = OutboxRow {
        message: sent(41),
        account: id(1),
        state: SendState::Waiting,
        due_at: NOON,
        attempts: 0,
        fault: None,
        handed_over: false,
    };
    tx.add_to_outbox(&out, &[BOB.to_owned()]).await.unwrap();
    tx.put_bounce(&bounce(40, "bob@home.example", false, 45)).await.unwrap();
    let ids = |rows: Vec<(DetailId, BounceRow)>| rows.into_iter().map(|(detail, row)| (detail, row.message)).collect::<Vec<_>>();
    assert_eq!(ids(at_bob(tx).await), [(id(2), sent(40)), (id(1), sent(1))], "the latest first, each address once");
    tx.put_in_outbox(&OutboxRow { state: SendState::Sent, ..out }).await.unwrap();
    assert_eq!(ids(at_bob(tx).await), [(id(2), sent(40))], "a later letter went there");
    tx.put_bounce(&bounce(41, BOB, true, 60)).await.unwrap();
    assert_eq!(ids(at_bob(tx).await), [(id(1), sent(41)), (id(2), sent(40))], "and came back");
    let from_home = message(50, 1, 50, "bob@home.example");
    tx.put_messages(&[from_home]).await.unwrap();
    assert_eq!(ids(at_bob(tx).await), [(id(1), sent(41))], "whoever writes from it has it");
    // Of a letter that is gone nothing is told any more.
    tx.unsend(sent(41)).await.unwrap();
    assert!(tx.bounces_of(sent(41)).await.unwrap().is_empty());
}

fn notice(n: u64, notice: Notice) -> NewMessage {
    let new = message(n, 1, i64::try_from(n).unwrap(), BOB);
    NewMessage { parsed: Parsed { notice: Some(notice), ..new.parsed }, ..new }
}

fn version(uid: &str, sequence: i64, stamp: i64) -> Notice {
    Notice { uid: uid.into(), organizer: BOB.into(), sequence, stamp, ..Notice::default() }
}

/// [INB-01] Every method of the port `Meetings`, on both databases.
#[tokio::test]
async fn meetings() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut tx = company.write(Some(id(1)), at(50)).await.unwrap();
        let tx_ = &mut *tx;
        newer(tx_).await;
        answered(tx_).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

async fn newer(tx: &mut dyn Tx) {
    let first = version("kraan", 1, 100);
    let long = Notice { uid: "\0é".repeat(2000), ..first.clone() };
    tx.put_messages(&[notice(1, first.clone()), notice(2, version("dak", 9, 900)), notice(3, long.clone())]).await.unwrap();
    assert_eq!(tx.newer_notice(id(1), &first).await.unwrap(), None, "it is not newer than itself");
    assert_eq!(tx.newer_notice(id(1), &Notice { sequence: 0, ..long }).await.unwrap(), Some(false));
    assert_eq!(tx.newer_notice(id(1), &version("kraan", 0, 500)).await.unwrap(), Some(false));
    assert_eq!(tx.newer_notice(id(1), &version("kraan", 1, 99)).await.unwrap(), Some(false));
    assert_eq!(tx.newer_notice(id(2), &version("kraan", 0, 0)).await.unwrap(), None, "what others got is theirs");
    let elsewhere = Notice { organizer: "mallory@x.example".into(), ..version("kraan", 0, 0) };
    assert_eq!(tx.newer_notice(id(1), &elsewhere).await.unwrap(), None);
    let one = Notice { recurrence: "20261202T090000".into(), ..version("kraan", 0, 0) };
    assert_eq!(tx.newer_notice(id(1), &one).await.unwrap(), Some(false), "the whole row is newer");
    let of_one = Notice { recurrence: "20261202T090000".into(), cancels: true, ..version("kraan", 5, 0) };
    tx.put_messages(&[notice(4, of_one)]).await.unwrap();
    assert_eq!(tx.newer_notice(id(1), &first).await.unwrap(), None, "one of them is not the row");
    assert_eq!(tx.newer_notice(id(1), &one).await.unwrap(), Some(true));
    // Called off without a number of its own.
    tx.put_messages(&[notice(5, Notice { cancels: true, ..first.clone() })]).await.unwrap();
    assert_eq!(tx.newer_notice(id(1), &first).await.unwrap(), Some(true));
    tx.put_messages(&[notice(6, version("kraan", 2, 50))]).await.unwrap();
    assert_eq!(tx.newer_notice(id(1), &first).await.unwrap(), Some(false), "and on again");
}

async fn answered(tx: &mut dyn Tx) {
    let first = version("kraan", 1, 100);
    assert_eq!(tx.meeting_answer(id(1), &first).await.unwrap(), None);
    tx.put_messages(&[letter(60, 1, 1, BOB), letter(61, 1, 1, BOB), letter(62, 1, 1, BOB)]).await.unwrap();
    for (n, answer) in [(60, Answer::Accepted), (61, Answer::Declined), (62, Answer::Tentative)] {
        let out = OutboxRow {
            message: sent(n),
            account: id(1),
            state: SendState::Waiting,
            due_at: NOON,
            attempts: 0,
            fault: None,
            handed_over: false,
        };
        tx.add_to_outbox(&out, &[BOB.to_owned()]).await.unwrap();
        let row = AnswerRow { message: sent(n), invitation: sent(1), account: id(1), answer, at: at(i64::try_from(n).unwrap()) };
        tx.add_meeting_answer(&row, &first).await.unwrap();
        assert_eq!(tx.meeting_answer(id(1), &first).await.unwrap(), Some((sent(n), answer)));
    }
    assert_eq!(tx.meeting_answer(id(2), &first).await.unwrap(), None);
    for other in [version("kraan", 2, 100), version("dak", 1, 100), Notice { recurrence: "x".into(), ..first.clone() }] {
        assert_eq!(tx.meeting_answer(id(1), &other).await.unwrap(), None);
    }
    tx.unsend(sent(62)).await.unwrap();
    assert_eq!(tx.meeting_answer(id(1), &first).await.unwrap(), Some((sent(61), Answer::Declined)), "taken back");
    tx.set_deleted(sent(61), Some(NOON)).await.unwrap();
    assert_eq!(tx.meeting_answer(id(1), &first).await.unwrap(), Some((sent(60), Answer::Accepted)), "thrown away before it went");
}

/// [INB-01, INB-08, SEC-03] What becomes of a letter is told to its owner; of an address, to everybody who has the card.
#[tokio::test]
async fn told_to_whom() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut tx = company.write(Some(id(1)), at(50)).await.unwrap();
        tx.put_messages(&[letter(1, 1, 1, BOB), letter(2, 1, 1, BOB)]).await.unwrap();
        tx.commit().await.unwrap();
        for step in 0..4 {
            let before = company.read().await.unwrap().last_change().await.unwrap();
            let mut tx = company.write(None, at(60)).await.unwrap();
            match step {
                0 => tx.put_bounce(&bounce(1, BOB, true, 55)).await.unwrap(),
                1 => tx.remove_delay(sent(1), BOB, at(60)).await.unwrap(),
                2 => tx.settle_bounces(BOB, true).await.unwrap(),
                _ => {
                    let row = AnswerRow { message: sent(2), invitation: sent(1), account: id(1), answer: Answer::Accepted, at: at(60) };
                    tx.add_meeting_answer(&row, &version("kraan", 0, 0)).await.unwrap();
                }
            }
            tx.commit().await.unwrap();
            let heard = company.read().await.unwrap().changes_after(before, 100).await.unwrap();
            let letter = heard.iter().find(|(change, _)| (change.entity, change.id) == (Entity::Message, sent(1).0));
            assert_eq!(letter.map(|(_, owner)| *owner), (step != 2).then_some(Some(id::<UserId>(1))), "{step}: {heard:?}");
            let card = heard.iter().find(|(change, _)| (change.entity, change.id) == (Entity::Contact, id::<ContactId>(1).0));
            assert_eq!(card.map(|(_, owner)| *owner), (step != 3).then_some(None), "{step}: {heard:?}");
        }
        store.close().await;
    }
}

/// [CMP-06] `list_addressees`, on both databases: the list of contacts, but for those without an address.
#[tokio::test]
async fn addressees() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut tx = company.write(Some(id(1)), at(50)).await.unwrap();
        for n in 2..9 {
            tx.add_contact(&person(n, "Piet", "Elders"), at(100 + i64::try_from(n / 3).unwrap())).await.unwrap();
            let (kind, value) =
                if n % 3 == 0 { (DetailKind::Phone, format!("06{n}")) } else { (DetailKind::Email, format!("p{n}@x.example")) };
            let form = DetailForm { kind, label: String::new(), value: value.clone() };
            tx.put_detail(id(n), id::<DetailId>(10 * n), &form, &value).await.unwrap();
        }
        let filter = ContactFilter::default();
        let all = tx.list_addressees(&filter, None, 100).await.unwrap();
        let listed: Vec<_> = tx.list_contacts(&filter, None, 100).await.unwrap().into_iter().map(|row| row.id).collect();
        let wanted: Vec<ContactId> = listed.into_iter().filter(|one| ![id(3), id(6)].contains(one)).collect();
        assert_eq!(all.iter().map(|(row, _)| row.id).collect::<Vec<_>>(), wanted, "in the same order");
        let bob = all.iter().find(|(row, _)| row.id == id(1)).unwrap();
        assert_eq!(bob.1, tx.list_details(id(1)).await.unwrap(), "all of them, in the order of the card");
        assert!(all.iter().all(|(_, details)| details.iter().all(|detail| detail.kind == DetailKind::Email) && !details.is_empty()));
        let (mut after, mut walked) = (None, Vec::new());
        loop {
            let page = tx.list_addressees(&filter, after, 2).await.unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(Cursor { at: last.last_at, id: last.id.0 });
            walked.extend(page.into_iter().map(|(row, _)| row.id));
        }
        assert_eq!(walked, wanted);
        let narrow = ContactFilter { search: "vries".into(), ..ContactFilter::default() };
        assert_eq!(tx.list_addressees(&narrow, None, 10).await.unwrap().len(), 1);
        drop(tx);
        store.close().await;
    }
}
