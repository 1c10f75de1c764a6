//! What becomes of it when it is sent, as its writer and his colleagues see it.

use super::*;
use crate::world::list;
use bytes::Bytes;
use futures::future::join;
use model::inbox::{InboxCounts, MessageFilter};
use model::mail_account::DiagnosisKind;
use model::outgoing::{Action, SendState};
use model::work::Snooze;
use model::{Civil, Day, Role};

fn clock_of(civil: Option<Civil>) -> (i32, u8, u8) {
    civil.map(|at| (at.days_from_today, at.hour, at.minute)).unwrap()
}

/// [CMP-12, CMP-13, CMP-17, INB-08, ARC-05] At once in the archive of everybody it goes to and of whom it is linked to; who is only linked does not get it, and Bcc stands in no header.
#[tokio::test]
async fn filed_at_once() {
    let (stage, alice, mailbox) = open().await;
    let mut contacts = Vec::new();
    for (first, address) in [("Jan", JAN), ("Carol", CAROL), ("Piet", PIET), ("Tom", "")] {
        contacts.push(alice.add_contact(person(first, "Bakker", address)).await.unwrap());
    }
    let other = alice.add_contact(person("Ander", "Mens", "ander@elders.example")).await.unwrap();
    let (id, version, form) = ready(&alice, &["JAN@Bakker.example", JAN], "zonnebloemen").await;
    let form = DraftForm { cc: vec![to(CAROL)], bcc: vec![to(PIET)], contacts: vec![contacts[3]], ..form };
    alice.attach(id, "plan.pdf".into(), "application/pdf".into(), Bytes::from_static(b"plan")).await.unwrap();
    let message = alice.send_draft(id, version, form, None).await.unwrap();

    assert_eq!(list(&alice, Place::Outbox).await, ["zonnebloemen"]);
    assert!(list(&alice, Place::Sent).await.is_empty());
    for contact in &contacts {
        assert_eq!(archive(&alice, *contact).await, ["zonnebloemen"]);
    }
    assert!(archive(&alice, other).await.is_empty());
    assert_eq!(found(&alice, "tekst zonnebloemen").await, ["zonnebloemen"]);
    assert_eq!(found(&alice, "piet@elders.example").await, ["zonnebloemen"]);
    let counts = InboxCounts { outbox: 1, ..InboxCounts::default() };
    assert_eq!(alice.inbox_counts().await.unwrap(), counts, "it is no draft any more");
    assert!(alice.list_drafts().await.unwrap().is_empty());
    assert_eq!(conflict(alice.open_draft(id).await), "drafts.sent");
    assert_eq!(*stage.mailroom.posted.lock().unwrap(), [alice.company()]);
    let view = alice.open_message(message).await.unwrap();
    assert_eq!((view.place, view.mailbox.as_str(), view.row.outgoing, view.row.read), (Place::Outbox, ALICE, true, true));
    assert_eq!(view.attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["plan.pdf"]);
    let told = view.dispatch.unwrap();
    assert_eq!((told.state, told.attempts, told.can_take_back, told.fault), (SendState::Waiting, 0, true, None));
    assert!(told.due.is_some() && told.refused.is_empty());

    // Colleagues read it in an archive; whom it went to blindly is not theirs to know, nor what becomes of it.
    let blind = |view: &model::inbox::MessageView| view.participants.iter().filter(|one| one.address == PIET).count();
    assert_eq!(blind(&alice.open_message(message).await.unwrap()), 1);
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert_eq!(archive(&bob, contacts[2]).await, ["zonnebloemen"]);
    let theirs = bob.open_message(message).await.unwrap();
    assert_eq!((blind(&theirs), theirs.dispatch, theirs.participants.len()), (0, None, 4));
    let boss = stage.hire(&alice, "Baas", Role::SuperAdmin).await;
    assert_eq!(blind(&boss.open_message(message).await.unwrap()), 1, "who may see everything does");

    let parcel = goes(&stage, &mailbox).await;
    assert_eq!(parcel.recipients, ["JAN@Bakker.example", CAROL, PIET], "each address once");
    assert!(!text(&parcel).contains(PIET) && !text(&parcel).contains("Tom"));
    assert_eq!(alice.raw_message(message).await.unwrap(), parcel.bytes, "what goes is what is kept");
    assert_eq!((list(&alice, Place::Outbox).await.len(), list(&alice, Place::Sent).await), (0, vec!["zonnebloemen".to_owned()]));
    assert_eq!(dispatch(&alice, message).await, None, "nothing more is to be said of it");
    assert_eq!(archive(&alice, contacts[0]).await, ["zonnebloemen"]);
    assert_eq!(alice.inbox_counts().await.unwrap(), InboxCounts::default());
    stage.close().await;
}

/// [CMP-17] Taken back within ten seconds it is a draft again, as it was, and nothing is left of the message; ten seconds later it goes.
#[tokio::test]
async fn taking_back() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let (id, version, form) = ready(&alice, &[JAN], "te vroeg").await;
    let form = DraftForm { bcc: vec![to(PIET)], contacts: vec![jan], ..form };
    let attached = alice.attach(id, "plan.pdf".into(), String::new(), Bytes::from_static(b"plan")).await.unwrap();
    let message = alice.send_draft(id, version, form.clone(), None).await.unwrap();
    stage.clock.pass(UNDO_SECONDS - 1);
    assert!(mailbox.system.take_parcel(&[]).await.unwrap().is_none(), "not before its time");
    assert_eq!(alice.take_back(message).await.unwrap(), id);
    let draft = alice.open_draft(id).await.unwrap();
    assert_eq!((&draft.form, draft.files.as_slice()), (&form, &[attached][..]));
    assert!(archive(&alice, jan).await.is_empty() && found(&alice, "vroeg").await.is_empty());
    assert!(list(&alice, Place::Outbox).await.is_empty());
    assert!(matches!(alice.open_message(message).await, Err(Error::NotFound)));
    assert!(matches!(alice.take_back(message).await, Err(Error::NotFound)), "once");
    assert!(take(&stage, &mailbox).await.is_none());
    assert_eq!(mailbox.system.next_parcel_at(&[]).await.unwrap(), None);

    let again = alice.send_draft(id, draft.version, draft.form, None).await.unwrap();
    assert_ne!(again, message);
    let parcel = take(&stage, &mailbox).await.unwrap();
    assert_eq!(parcel.message, again);
    assert_eq!(conflict(alice.take_back(again).await), "outbox.state", "it is going");
    assert!(!dispatch(&alice, again).await.unwrap().can_take_back);
    assert_eq!(conflict(alice.send_again(again).await), "outbox.state");
    ends(&mailbox, again, accepted(&[JAN, PIET])).await;
    assert!(matches!(alice.take_back(again).await, Err(Error::NotFound)), "it has gone, and its draft with it");
    assert_eq!(archive(&alice, jan).await, ["te vroeg"]);
    stage.close().await;
}

/// [CMP-19] Put off until tomorrow it waits in the outbox, goes by itself, and bears the hour at which it goes; it can be taken back or sent at once until then.
#[tokio::test]
async fn sending_later() {
    let (stage, alice, mailbox) = open().await;
    let (id, version, form) = ready(&alice, &[JAN], "morgen").await;
    let past = Snooze::On(Day { year: 2020, month: 1, day: 1 });
    assert!(matches!(alice.send_draft(id, version, form.clone(), Some(past)).await, Err(Error::Invalid(_))));
    assert_eq!(alice.list_drafts().await.unwrap().len(), 1);
    let message = alice.send_draft(id, version, form, Some(Snooze::Tomorrow)).await.unwrap();
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, clock_of(told.due), told.can_take_back), (SendState::Waiting, (1, 8, 0), true));
    assert!(take(&stage, &mailbox).await.is_none());
    let due = mailbox.system.next_parcel_at(&[]).await.unwrap().unwrap();
    stage.clock.pass(due.seconds() - stage.crm.now().seconds() - 1);
    assert!(mailbox.system.take_parcel(&[]).await.unwrap().is_none());
    stage.clock.pass(1);
    let parcel = mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
    assert_eq!((parcel.message, read(&parcel.bytes).sent_at), (message, Some(due)));

    let (id, version, form) = ready(&alice, &[JAN], "toch niet").await;
    let message = alice.send_draft(id, version, form, Some(Snooze::NextWeek)).await.unwrap();
    assert_eq!(alice.take_back(message).await.unwrap(), id);
    let draft = alice.open_draft(id).await.unwrap();
    let message = alice.send_draft(id, draft.version, draft.form, Some(Snooze::NextWeek)).await.unwrap();
    let rung = stage.mailroom.posted.lock().unwrap().len();
    alice.send_again(message).await.unwrap();
    assert_eq!(stage.mailroom.posted.lock().unwrap().len(), rung + 1);
    assert_eq!(mailbox.system.take_parcel(&[]).await.unwrap().unwrap().message, message, "at once");
    stage.close().await;
}

/// [CMP-17, CMP-20] One draft in two windows: one of them sends it, and what the other kept meanwhile is not passed over.
#[tokio::test]
async fn two_windows() {
    let (stage, alice, mailbox) = open().await;
    let (id, version, form) = ready(&alice, &[JAN], "eenmaal").await;
    let (reached, open) = stage.mailroom.hold();
    let slow = alice.send_draft(id, version, form.clone(), None);
    let quick = async {
        reached.await.unwrap();
        // The slow one has kept the form by now: this is the next version.
        let version = alice.open_draft(id).await.unwrap().version;
        let sent = alice.send_draft(id, version, form.clone(), None).await.unwrap();
        open.send(()).unwrap();
        sent
    };
    let (slow, quick) = join(slow, quick).await;
    assert_eq!(conflict(slow), "drafts.sent");
    assert_eq!(list(&alice, Place::Outbox).await, ["eenmaal"]);
    assert_eq!(goes(&stage, &mailbox).await.message, quick);
    assert!(take(&stage, &mailbox).await.is_none());

    let (id, version, form) = ready(&alice, &[JAN], "oud").await;
    let (reached, open) = stage.mailroom.hold();
    let slow = alice.send_draft(id, version, form.clone(), None);
    let newer = async {
        reached.await.unwrap();
        let version = alice.open_draft(id).await.unwrap().version;
        alice.save_draft(id, version, DraftForm { subject: "nieuw".into(), ..form.clone() }).await.unwrap();
        open.send(()).unwrap();
    };
    let (slow, ()) = join(slow, newer).await;
    assert_eq!(conflict(slow), "drafts.version");
    assert_eq!(alice.open_draft(id).await.unwrap().form.subject, "nieuw");

    // Thrown away in the one while the other sends: it does not go.
    let draft = alice.open_draft(id).await.unwrap();
    let (reached, open) = stage.mailroom.hold();
    let slow = alice.send_draft(id, draft.version, draft.form, None);
    let thrown = async {
        reached.await.unwrap();
        alice.remove_draft(id).await.unwrap();
        open.send(()).unwrap();
    };
    let (slow, ()) = join(slow, thrown).await;
    assert_eq!(conflict(slow), "drafts.sent");
    assert!(take(&stage, &mailbox).await.is_none());
    stage.close().await;
}

/// [CMP-11, CMP-17] Whatever somebody is called: one line in the letter, no header more, nobody more.
#[tokio::test]
async fn hostile_names() {
    let (stage, alice, mailbox) = open().await;
    reachable(&alice, "0612345678").await;
    let name = "Jan\r\nBcc: mallory@x.example\0 <b>«Mijn Mobiel»</b> \"Zn\", z@x.example";
    let jan = alice.add_contact(person(name, "", JAN)).await.unwrap();
    let letter = template(&alice, "Aan wie", "Voor «Naam»", "", "<p>«Aanhef»</p>").await;
    let id = alice.begin_letter(Some(jan), None, Some(letter)).await.unwrap();
    let draft = alice.open_draft(id).await.unwrap();
    let odd = Recipient { name: name.into(), address: PIET.into() };
    let form = DraftForm { cc: vec![odd], subject: format!("{}\r\nX-Evil: 1\0", draft.form.subject), ..draft.form };
    alice.send_draft(id, draft.version, form, None).await.unwrap();
    let parcel = goes(&stage, &mailbox).await;
    let head = head(&parcel);
    let fields: Vec<_> = head.iter().map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(fields, ["From", "To", "Cc", "Subject", "Date", "Message-ID"]);
    assert_eq!(parcel.recipients, [JAN, PIET]);
    let sent = text(&parcel);
    assert!(!sent.contains('\0') && !sent.contains("0612345678"), "{sent}");
    assert!(sent.contains("&lt;b&gt;") && !sent.contains("<p>Beste Jan Bcc: mallory@x.example <b>"), "{sent}");
    assert!(head[3].ends_with("X-Evil: 1"), "{head:?}");

    for address in
        ["a@b.example\r\nRCPT TO:<x@y.example>", "a@b.example>", "a b@c.example", "\"a\"@b.example", "a@b", "a@b.example,c@d.example", "\0"]
    {
        let (id, version, form) = ready(&alice, &[address], "adres").await;
        assert_eq!(problem(alice.send_draft(id, version, form, None).await), ("to".into(), Problem::NotAnEmailAddress), "{address:?}");
    }
    stage.close().await;
}

/// [CMP-17, CMP-21, SYN-09] What is answered is marked when the answer has gone; a copy comes into the mailbox once, and its coming changes nothing.
#[tokio::test]
async fn after_it_went() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let question = arrives(&alice, &mailbox, &from_jan("vraag", "<p>?</p>"), "").await;
    let id = alice.begin_answer(question, Action::Reply, |_| String::new()).await.unwrap();
    let answer = send_as_it_is(&alice, id, &[JAN]).await;
    let answered = async || alice.open_message(question).await.unwrap().row.answered;
    assert!(!answered().await);
    let parcel = goes(&stage, &mailbox).await;
    assert!(answered().await);
    let wants = async || {
        let due = mailbox.system.due_errands(mailbox.account.id).await.unwrap();
        due.into_iter().map(|(errand, lies)| (errand.message, errand.want, lies.len())).collect::<Vec<_>>()
    };
    assert_eq!(wants().await, [], "the server gets a minute to do it by itself");
    // Told twice, since the first answer came after a timeout: one copy all the same.
    ends(&mailbox, answer, accepted(&[JAN])).await;
    stage.clock.pass(60);
    assert_eq!(wants().await, [(answer, crm::ports::Want::Keep, 0)]);
    copied(&mailbox, &parcel).await;
    assert_eq!(wants().await, [(answer, crm::ports::Want::Keep, 1)], "whoever keeps it sees that it lies there");
    assert_eq!(list(&alice, Place::Sent).await, ["Re: vraag"]);
    assert_eq!(archive(&alice, jan).await, ["Re: vraag", "vraag"], "one message, not two");
    // From then on the server's word counts.
    alice.delete_messages(vec![answer]).await.unwrap();
    assert_eq!(list(&alice, Place::Trash).await, ["Re: vraag"]);
    stage.close().await;
}

/// [CMP-17] Sent to a mailbox that keeps copies itself: none is asked for.
#[tokio::test]
async fn no_second_copy() {
    let (stage, alice, mailbox) = open().await;
    let message = send(&alice, &[JAN], "zelf bewaard").await;
    let parcel = take(&stage, &mailbox).await.unwrap();
    mailbox.system.parcel_leaves(message).await.unwrap();
    copied(&mailbox, &parcel).await;
    ends(&mailbox, message, accepted(&[JAN])).await;
    stage.clock.pass(600);
    assert!(mailbox.system.due_errands(mailbox.account.id).await.unwrap().is_empty());
    assert_eq!((list(&alice, Place::Sent).await, list(&alice, Place::Outbox).await.len()), (vec!["zelf bewaard".to_owned()], 0));
    stage.close().await;
}

/// [CMP-17, CMP-19, INB-05] Thrown away while it waits it does not go, and its server is told nothing; taken out of the trash it waits again, and goes.
#[tokio::test]
async fn thrown_away_while_it_waits() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let message = send(&alice, &[JAN], "twijfel").await;
    alice.delete_messages(vec![message]).await.unwrap();
    assert_eq!(list(&alice, Place::Trash).await, ["twijfel"]);
    assert!(archive(&alice, jan).await.is_empty());
    assert!(take(&stage, &mailbox).await.is_none());
    assert_eq!(mailbox.system.next_parcel_at(&[]).await.unwrap(), None);
    alice.restore_messages(vec![message]).await.unwrap();
    assert_eq!(list(&alice, Place::Outbox).await, ["twijfel"]);
    assert!(list(&alice, Place::Sent).await.is_empty());
    alice.mark_spam(vec![message], true).await.unwrap();
    assert_eq!(list(&alice, Place::Outbox).await, ["twijfel"], "one's own letter is no SPAM");
    assert!(mailbox.system.due_errands(mailbox.account.id).await.unwrap().is_empty());
    assert_eq!(goes(&stage, &mailbox).await.message, message);
    assert_eq!(list(&alice, Place::Sent).await, ["twijfel"]);
    stage.close().await;
}

/// [CMP-10, CMP-17] A mailbox that is removed while its letter waits: it did not go, it is said, and the letter goes from another.
#[tokio::test]
async fn its_mailbox_is_gone() {
    let (stage, alice, mailbox) = open().await;
    let (id, version, form) = ready(&alice, &[JAN], "zonder postvak").await;
    let message = alice.send_draft(id, version, form.clone(), None).await.unwrap();
    alice.remove_mail_account(mailbox.account.id).await.unwrap();
    assert_eq!(list(&alice, Place::Outbox).await, ["zonder postvak"]);
    assert!(take(&stage, &mailbox).await.is_none());
    let told = dispatch(&alice, message).await.unwrap();
    assert!(matches!(&told.fault, Some(SendFault::Server(what)) if what.kind == DiagnosisKind::NoSettingsFound), "{told:?}");
    assert_eq!((told.state, told.can_take_back), (SendState::Failed, true));
    assert_eq!(alice.take_back(message).await.unwrap(), id);
    let draft = alice.open_draft(id).await.unwrap();
    assert_eq!(problem(alice.send_draft(id, draft.version, draft.form.clone(), None).await), ("sender".into(), Problem::Unknown));
    let other = stage.mailbox_at(&alice, "alice@beta.example").await;
    let form = DraftForm { sender: Some(other.account.id), ..draft.form };
    alice.send_draft(id, draft.version, form, None).await.unwrap();
    let parcel = goes(&stage, &other).await;
    assert_eq!((parcel.from.as_str(), parcel.server.host.as_str()), ("alice@beta.example", "smtp.beta.example"));
    assert!(read(&parcel.bytes).message_id.ends_with("@beta.example"));
    stage.close().await;
}

/// [INB-08] What was sent stands in a thread with what it answers, the newest on top of the sent items.
#[tokio::test]
async fn in_its_thread() {
    let (stage, alice, mailbox) = open().await;
    let question = arrives(&alice, &mailbox, &from_jan("vraag", "<p>?</p>"), "").await;
    let id = alice.begin_answer(question, Action::Reply, |_| String::new()).await.unwrap();
    let answer = send_as_it_is(&alice, id, &[JAN]).await;
    stage.clock.pass(1);
    let forward = alice.begin_answer(question, Action::Forward, |_| String::new()).await.unwrap();
    let other = send_as_it_is(&alice, forward, &[PIET]).await;
    let outbox = MessageFilter { place: Place::Outbox, ..MessageFilter::default() };
    let rows = alice.list_messages(outbox, None).await.unwrap().rows;
    assert_eq!(rows.iter().map(|row| (row.id, row.who.address.as_str())).collect::<Vec<_>>(), [(other, PIET), (answer, JAN)]);
    let talk = alice.open_conversation(question).await.unwrap();
    let ids: Vec<_> = talk.messages.iter().map(|row| row.id).collect();
    assert_eq!(ids, [question, answer], "what is sent on begins a talk of its own");
    stage.close().await;
}
