//! Letters that come back after they went.

use super::*;
use crate::world::{letter, list};
use model::contact::{Bounce, DetailKind};
use model::message::Parsed;
use model::nature::{Report, Undelivered};
use model::outgoing::SendState;
use model::{DetailId, Role};

const DAEMON: &str = "mailer-daemon@alfa.example";

fn back(address: &str, delayed: bool) -> Undelivered {
    let status = if delayed { "4.4.1" } else { "5.1.1" };
    Undelivered { address: address.into(), delayed, status: status.into(), diagnostic: format!("550 {address}?") }
}

fn report(subject: &str, about: &str, undelivered: Vec<Undelivered>) -> Parsed {
    let report = Report { about: vec!["niemand@elders.example".into(), about.into()], undelivered, delivered: Vec::new() };
    Parsed { report: Some(report), ..letter(DAEMON, ALICE, subject) }
}

/// Sent to these, and gone; its Message-ID, too.
async fn gone(stage: &Stage, session: &Session, mailbox: &Mailbox, people: &[&str], subject: &str) -> (MessageId, String) {
    let message = send(session, people, subject).await;
    let parcel = goes(stage, mailbox).await;
    assert_eq!(parcel.message, message);
    stage.clock.pass(60);
    (message, read(&parcel.bytes).message_id)
}

async fn bounces(session: &Session, contact: ContactId) -> Vec<Bounce> {
    session.open_contact(contact).await.unwrap().bounces
}

async fn detail(session: &Session, contact: ContactId) -> DetailId {
    let details = session.open_contact(contact).await.unwrap().details;
    details.into_iter().find(|detail| detail.kind == DetailKind::Email).unwrap().id
}

/// [INB-08, CON-03] A report is told at the letter it is about and at the address, with the code and the words; others have nothing to do with it.
#[tokio::test]
async fn told_at_the_letter() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", "Jan@Bakker.example")).await.unwrap();
    let piet = alice.add_contact(person("Piet", "Elders", PIET)).await.unwrap();
    let (message, id) = gone(&stage, &alice, &mailbox, &[JAN, PIET], "zegels").await;
    assert_eq!(dispatch(&alice, message).await, None);
    let odd = back("vreemd@elders.example", false);
    mailbox.deliver(FolderRole::Inbox, report("terug", &id, vec![back("JAN@bakker.example", false), odd])).await;
    let told = dispatch(&alice, message).await.unwrap();
    let wanted = Undelivered { address: JAN.into(), diagnostic: "550 JAN@bakker.example?".into(), ..back(JAN, false) };
    assert_eq!((told.state, told.refused.len(), told.undelivered), (SendState::Sent, 0, vec![wanted.clone()]));
    assert!(!told.can_take_back && told.due.is_none());
    let warned = bounces(&alice, jan).await;
    assert_eq!(warned.len(), 1);
    assert_eq!((warned[0].detail, &warned[0].told, warned[0].at.days_from_today), (detail(&alice, jan).await, &wanted, 0));
    assert!(bounces(&alice, piet).await.is_empty());
    assert_eq!(list(&alice, Place::Inbox).await, ["terug"], "it is in the inbox all the same");
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert_eq!(bounces(&bob, jan).await.len(), 1, "a card is everybody's");
    assert_eq!(dispatch(&bob, message).await, None, "a letter is its writer's");
    stage.close().await;
}

/// [INB-08, SEC-03] Only of what one sent oneself, only of whom it went to, and not from SPAM: anybody can write a report.
#[tokio::test]
async fn reports_of_others() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let (message, id) = gone(&stage, &alice, &mailbox, &[JAN, PIET], "zegels").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let his = stage.mailbox(&bob).await;
    his.deliver(FolderRole::Inbox, report("van bob", &id, vec![back(JAN, false)])).await;
    mailbox.deliver(FolderRole::Spam, report("spam", &id, vec![back(JAN, false)])).await;
    mailbox.deliver(FolderRole::Inbox, report("onbekend", "iets@anders.example", vec![back(JAN, false)])).await;
    mailbox.deliver(FolderRole::Inbox, report("aan wie", &id, vec![back("derde@elders.example", false)])).await;
    assert!(dispatch(&alice, message).await.is_none() && bounces(&alice, jan).await.is_empty());
    // What came in is nothing that was sent, whatever its Message-ID.
    let incoming = arrives(&alice, &mailbox, &from_jan("van jan", "<p>x</p>"), "").await;
    mailbox.deliver(FolderRole::Inbox, report("omgekeerd", "van-jan@bakker.example", vec![back(ALICE, false)])).await;
    assert!(dispatch(&alice, incoming).await.is_none());
    // A letter to one, which his server sent on, comes back from where it was sent on to.
    let (alone, id) = gone(&stage, &alice, &mailbox, &[JAN], "alleen").await;
    mailbox.deliver(FolderRole::Inbox, report("door", &id, vec![back("jan@privebakker.example", false)])).await;
    assert_eq!(dispatch(&alice, alone).await.unwrap().undelivered[0].address, JAN);
    assert_eq!(bounces(&alice, jan).await.len(), 1);
    stage.close().await;
}

/// [INB-08] Late is not lost: a delay is told as one, gives way to a failure or to the news that it arrived, and never the other way round.
#[tokio::test]
async fn delays() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let (message, id) = gone(&stage, &alice, &mailbox, &[JAN, PIET], "zegels").await;
    let undelivered = async || dispatch(&alice, message).await.map(|told| told.undelivered).unwrap_or_default();
    mailbox.deliver(FolderRole::Inbox, report("traag", &id, vec![back(JAN, true), back(PIET, true)])).await;
    assert!(undelivered().await.iter().all(|one| one.delayed) && undelivered().await.len() == 2);
    assert!(bounces(&alice, jan).await[0].told.delayed);
    let arrived = Report { about: vec![id.clone()], undelivered: Vec::new(), delivered: vec![PIET.into()] };
    mailbox.deliver(FolderRole::Inbox, Parsed { report: Some(arrived), ..letter(DAEMON, ALICE, "toch") }).await;
    assert_eq!(undelivered().await.iter().map(|one| one.address.as_str()).collect::<Vec<_>>(), [JAN]);
    mailbox.deliver(FolderRole::Inbox, report("terug", &id, vec![back(JAN, false)])).await;
    mailbox.deliver(FolderRole::Inbox, report("traag nogmaals", &id, vec![back(JAN, true)])).await;
    assert_eq!(undelivered().await, [back(JAN, false)]);
    assert!(!bounces(&alice, jan).await[0].told.delayed);
    stage.close().await;
}

/// [CON-03] The warning at an address goes when a later letter goes and stays away, when one comes from it, and when somebody knows better.
#[tokio::test]
async fn the_address_works_again() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let (_, first) = gone(&stage, &alice, &mailbox, &[JAN], "een").await;
    mailbox.deliver(FolderRole::Inbox, report("terug", &first, vec![back(JAN, false)])).await;
    stage.clock.pass(60);
    let second = send(&alice, &[JAN], "twee").await;
    assert_eq!(bounces(&alice, jan).await.len(), 1, "it has not gone yet");
    let parcel = goes(&stage, &mailbox).await;
    assert_eq!(parcel.message, second);
    assert!(bounces(&alice, jan).await.is_empty());
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Inbox, report("weer terug", &read(&parcel.bytes).message_id, vec![back(JAN, false)])).await;
    assert_eq!(bounces(&alice, jan).await.len(), 1, "it came back too");
    stage.clock.pass(60);

    let at = detail(&alice, jan).await;
    alice.settle_bounce(at, true).await.unwrap();
    assert!(bounces(&alice, jan).await.is_empty());
    assert_eq!(dispatch(&alice, second).await.unwrap().undelivered.len(), 1, "what happened to the letter stays so");
    alice.settle_bounce(at, false).await.unwrap();
    assert_eq!(bounces(&alice, jan).await.len(), 1);
    assert!(matches!(alice.settle_bounce(DetailId(uuid::Uuid::nil()), true).await, Err(Error::NotFound)));

    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "hier ben ik")).await;
    assert!(bounces(&alice, jan).await.is_empty());
    stage.close().await;
}

/// [INB-08] What was sent with another program comes back the same way.
#[tokio::test]
async fn sent_elsewhere() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Sent, letter(ALICE, JAN, "van de telefoon")).await;
    let message = id_of(&alice, Place::Sent, "van de telefoon").await;
    assert_eq!(dispatch(&alice, message).await, None);
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Inbox, report("terug", "van-de-telefoon@test.example", vec![back(JAN, false)])).await;
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, told.undelivered.len(), told.can_take_back), (SendState::Sent, 1, false));
    assert_eq!(bounces(&alice, jan).await.len(), 1);

    // The inbox is looked at more often than sent items: what comes back may be met before what went.
    mailbox.deliver(FolderRole::Inbox, report("vooruit", "ook-van-de-telefoon@test.example", vec![back(PIET, true)])).await;
    mailbox.deliver(FolderRole::Sent, letter(ALICE, PIET, "ook van de telefoon")).await;
    let message = id_of(&alice, Place::Sent, "ook van de telefoon").await;
    assert_eq!(dispatch(&alice, message).await.unwrap().undelivered, [back(PIET, true)]);
    stage.close().await;
}
