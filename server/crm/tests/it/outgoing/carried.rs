//! The outbox as the mail door empties it: what came of handing over, and what is left when somebody dies meanwhile.

use super::*;
use crate::world::list;
use model::mail_account::{Diagnosis, DiagnosisKind};
use model::outgoing::{Action, SendState};

fn later() -> SendFault {
    SendFault::Later("451 4.7.1 Greylisted".into())
}

fn refused_login() -> SendFault {
    SendFault::Server(Diagnosis { said: "535 5.7.8 No".into(), ..Diagnosis::new(DiagnosisKind::WrongPassword, "smtp.alfa.example") })
}

/// Stands among what was sent, and nowhere else; nothing is left to be done.
async fn is_sent(session: &Session, mailbox: &Mailbox, subject: &str) {
    assert_eq!(list(session, Place::Sent).await, [subject]);
    assert!(list(session, Place::Outbox).await.is_empty());
    assert_eq!(mailbox.system.next_parcel_at(&[]).await.unwrap(), None);
}

/// [CMP-17] The server would not have one of three: the others have it, it went, and its writer sees who has not, in the server's words.
#[tokio::test]
async fn one_of_three_refused() {
    let (stage, alice, mailbox) = open().await;
    let message = send(&alice, &[JAN, PIET, CAROL], "aan drie").await;
    let parcel = take(&stage, &mailbox).await.unwrap();
    assert_eq!(parcel.recipients, [JAN, PIET, CAROL]);
    mailbox.system.parcel_leaves(message).await.unwrap();
    ends(&mailbox, message, Handed { refused: vec![refusal(PIET)], ..accepted(&[JAN, CAROL]) }).await;
    is_sent(&alice, &mailbox, "aan drie").await;
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, told.refused.as_slice(), told.due, told.can_take_back), (SendState::Sent, &[refusal(PIET)][..], None, false));
    assert_eq!(conflict(alice.send_again(message).await), "outbox.state", "who has it does not get it twice");
    assert!(alice.list_drafts().await.unwrap().is_empty());

    // None of them: it did not go, and can be had back.
    let message = send(&alice, &[PIET], "aan niemand").await;
    take(&stage, &mailbox).await.unwrap();
    ends(&mailbox, message, Handed { refused: vec![refusal(PIET)], ..Handed::default() }).await;
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, told.can_take_back, told.due), (SendState::Failed, true, None));
    assert_eq!(told.fault, Some(SendFault::Refused("550 5.1.1 Geen postvak".into())));
    assert_eq!(list(&alice, Place::Outbox).await, ["aan niemand"]);
    alice.send_again(message).await.unwrap();
    assert_eq!(take(&stage, &mailbox).await.unwrap().recipients, [PIET]);
    stage.close().await;
}

/// [CMP-17] Put off by the server for one of two: the other does not get it again, and when the one never does it went all the same.
#[tokio::test]
async fn greylisted() {
    let (stage, alice, mailbox) = open().await;
    let message = send(&alice, &[JAN, PIET], "grijs").await;
    take(&stage, &mailbox).await.unwrap();
    mailbox.system.parcel_leaves(message).await.unwrap();
    ends(&mailbox, message, Handed { fault: Some(later()), ..accepted(&[JAN]) }).await;
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, told.attempts, told.fault, told.can_take_back), (SendState::Waiting, 1, Some(later()), false));
    assert!(told.due.is_some());
    assert_eq!(conflict(alice.take_back(message).await), "outbox.state", "somebody has it");
    assert_eq!(list(&alice, Place::Outbox).await, ["grijs"]);
    assert!(take(&stage, &mailbox).await.is_none());
    stage.clock.pass(60 - UNDO_SECONDS);
    let parcel = mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
    assert_eq!(parcel.recipients, [PIET]);
    ends(&mailbox, message, accepted(&[PIET])).await;
    is_sent(&alice, &mailbox, "grijs").await;
    assert_eq!(dispatch(&alice, message).await, None);

    let never = send(&alice, &[JAN, PIET], "nooit").await;
    let mut handed = Handed { fault: Some(later()), ..accepted(&[JAN]) };
    stage.clock.pass(UNDO_SECONDS);
    while let Some(at) = mailbox.system.next_parcel_at(&[]).await.unwrap() {
        stage.clock.pass(at.seconds() - stage.crm.now().seconds());
        mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
        ends(&mailbox, never, handed).await;
        handed = fault(later());
    }
    assert_eq!(list(&alice, Place::Sent).await, ["nooit", "grijs"]);
    let told = dispatch(&alice, never).await.unwrap();
    assert_eq!((told.attempts, told.refused.len(), told.refused[0].address.as_str()), (10, 1, PIET));
    assert_eq!(told.refused[0].said, "451 4.7.1 Greylisted");
    stage.close().await;
}

/// [CMP-17] A recipient of whom the server said nothing is tried again, and told like one it put off.
#[tokio::test]
async fn said_nothing() {
    let (stage, alice, mailbox) = open().await;
    let message = send(&alice, &[JAN, PIET], "stilte").await;
    take(&stage, &mailbox).await.unwrap();
    ends(&mailbox, message, accepted(&[JAN])).await;
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, told.fault), (SendState::Waiting, Some(SendFault::Later(String::new()))));
    stage.clock.pass(60);
    assert_eq!(mailbox.system.take_parcel(&[]).await.unwrap().unwrap().recipients, [PIET]);
    stage.close().await;
}

/// [CMP-17] Tried again after 1, 5, 15, 30, 60, 120, 240, 480 and 960 minutes, with the same bytes; then it did not go.
#[tokio::test]
async fn tries() {
    let (stage, alice, mailbox) = open().await;
    for (number, reason) in
        [later(), SendFault::Server(Diagnosis::new(DiagnosisKind::NoAnswer, "smtp.alfa.example"))].into_iter().enumerate()
    {
        let message = send(&alice, &[JAN], "nog eens").await;
        let first = take(&stage, &mailbox).await.unwrap();
        for (done, minutes) in (1..).zip([1, 5, 15, 30, 60, 120, 240, 480, 960]) {
            ends(&mailbox, message, fault(reason.clone())).await;
            let told = dispatch(&alice, message).await.unwrap();
            assert_eq!((told.state, told.attempts, told.fault.as_ref()), (SendState::Waiting, done, Some(&reason)));
            assert!(told.can_take_back && told.due.is_some());
            stage.clock.pass(minutes * 60 - 1);
            assert!(mailbox.system.take_parcel(&[]).await.unwrap().is_none(), "{minutes}");
            stage.clock.pass(1);
            let again = mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
            assert_eq!((again.message, again.bytes), (message, first.bytes.clone()), "{minutes}");
        }
        ends(&mailbox, message, fault(reason.clone())).await;
        let told = dispatch(&alice, message).await.unwrap();
        assert_eq!((told.state, told.attempts, told.due, told.fault.as_ref()), (SendState::Failed, 10, None, Some(&reason)));
        assert_eq!(mailbox.system.next_parcel_at(&[]).await.unwrap(), None);
        assert_eq!(list(&alice, Place::Outbox).await.len(), number + 1);
        assert_eq!(alice.inbox_counts().await.unwrap().outbox, i64::try_from(number + 1).unwrap());
    }
    stage.close().await;
}

/// [CMP-17, EML-24] What waiting does not help is said at once: a letter too large, a letter refused, a login refused.
#[tokio::test]
async fn failed_at_once() {
    let (stage, alice, mailbox) = open().await;
    for reason in [SendFault::TooLarge("552 5.3.4 Te groot".into()), SendFault::Refused("554 5.7.1 SPAM".into()), refused_login()] {
        let message = send(&alice, &[JAN, PIET], "mislukt").await;
        take(&stage, &mailbox).await.unwrap();
        ends(&mailbox, message, fault(reason.clone())).await;
        let told = dispatch(&alice, message).await.unwrap();
        assert_eq!((told.state, told.due, told.can_take_back), (SendState::Failed, None, true));
        assert_eq!((told.fault, told.refused.len()), (Some(reason), 0));
        stage.clock.pass(100_000);
        assert!(mailbox.system.take_parcel(&[]).await.unwrap().is_none());
        // Mended, it is sent again, from the first attempt on, to both.
        alice.send_again(message).await.unwrap();
        let told = dispatch(&alice, message).await.unwrap();
        assert_eq!((told.state, told.attempts, told.fault), (SendState::Waiting, 0, None));
        let parcel = mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
        assert_eq!(parcel.recipients, [JAN, PIET]);
        ends(&mailbox, message, accepted(&[JAN, PIET])).await;
        assert_eq!(dispatch(&alice, message).await, None);
    }
    assert_eq!(list(&alice, Place::Sent).await.len(), 3);
    stage.close().await;
}

/// [CMP-17] The connection broke at the last byte: nobody knows, and it goes again only by its writer's word; or he knows that it went.
#[tokio::test]
async fn cut_at_the_last_byte() {
    let (stage, alice, mailbox) = open().await;
    let message = send(&alice, &[JAN], "misschien").await;
    let first = take(&stage, &mailbox).await.unwrap();
    mailbox.system.parcel_leaves(message).await.unwrap();
    ends(&mailbox, message, fault(SendFault::Cut)).await;
    let told = dispatch(&alice, message).await.unwrap();
    assert_eq!((told.state, told.fault, told.can_take_back, told.due), (SendState::Unknown, Some(SendFault::Cut), false, None));
    assert_eq!(list(&alice, Place::Outbox).await, ["misschien"]);
    stage.clock.pass(10_000_000);
    assert!(mailbox.system.take_parcel(&[]).await.unwrap().is_none(), "never again by itself");
    assert_eq!(mailbox.system.next_parcel_at(&[]).await.unwrap(), None);
    assert_eq!(conflict(alice.take_back(message).await), "outbox.state", "it may have gone");
    alice.send_again(message).await.unwrap();
    let again = mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
    assert_eq!(again.bytes, first.bytes, "with the same Message-ID, so that one of two can be known");
    ends(&mailbox, message, fault(SendFault::Cut)).await;
    alice.call_it_sent(message).await.unwrap();
    is_sent(&alice, &mailbox, "misschien").await;
    assert_eq!(dispatch(&alice, message).await, None);
    assert!(alice.list_drafts().await.unwrap().is_empty());
    assert_eq!(conflict(alice.call_it_sent(message).await), "outbox.state");
    let waits = send(&alice, &[JAN], "wacht").await;
    assert_eq!(conflict(alice.call_it_sent(waits).await), "outbox.state", "what is known needs no word");
    stage.close().await;
}

/// [CMP-17, CMP-21, SYN-11] The mailbox tells that it went: its copy is met, before or after the connection broke, and what it answers is marked.
#[tokio::test]
async fn the_mailbox_tells() {
    for before in [true, false] {
        let (stage, alice, mailbox) = open().await;
        let question = arrives(&alice, &mailbox, &from_jan("vraag", "<p>?</p>"), "").await;
        let id = alice.begin_answer(question, Action::Reply, |_| String::new()).await.unwrap();
        let message = send_as_it_is(&alice, id, &[JAN]).await;
        let parcel = take(&stage, &mailbox).await.unwrap();
        mailbox.system.parcel_leaves(message).await.unwrap();
        if before {
            copied(&mailbox, &parcel).await;
            ends(&mailbox, message, fault(SendFault::Cut)).await;
        } else {
            ends(&mailbox, message, fault(SendFault::Cut)).await;
            copied(&mailbox, &parcel).await;
        }
        is_sent(&alice, &mailbox, "Re: vraag").await;
        assert_eq!(dispatch(&alice, message).await, None);
        assert!(alice.open_message(question).await.unwrap().row.answered, "{before}");
        assert!(matches!(alice.take_back(message).await, Err(Error::NotFound)), "its draft is over");
        stage.clock.pass(600);
        assert!(mailbox.system.due_errands(mailbox.account.id).await.unwrap().is_empty(), "the copy is there");
        stage.close().await;
    }
}

/// [CMP-17] One at a time from each mailbox, the longest due first; a mailbox that is busy holds up no other.
#[tokio::test]
async fn by_mailbox() {
    let (stage, alice, mailbox) = open().await;
    stage.clock.pass(1);
    let other = stage.mailbox_at(&alice, "alice@beta.example").await;
    let (busy, system) = (mailbox.account.id, &mailbox.system);
    let first = send(&alice, &[JAN], "een").await;
    stage.clock.pass(1);
    let second = send(&alice, &[JAN], "twee").await;
    stage.clock.pass(1);
    let (id, version, form) = ready(&alice, &[JAN], "drie").await;
    let third = alice.send_draft(id, version, DraftForm { sender: Some(other.account.id), ..form }, None).await.unwrap();
    let due = stage.crm.now().plus_seconds(UNDO_SECONDS);
    assert_eq!(system.next_parcel_at(&[]).await.unwrap(), Some(due.plus_seconds(-2)));
    assert_eq!(system.next_parcel_at(&[busy]).await.unwrap(), Some(due));
    assert_eq!(system.next_parcel_at(&[busy, other.account.id]).await.unwrap(), None);
    stage.clock.pass(UNDO_SECONDS);
    assert_eq!(system.take_parcel(&[]).await.unwrap().unwrap().message, first);
    assert_eq!(system.take_parcel(&[busy]).await.unwrap().unwrap().message, third);
    assert!(system.take_parcel(&[busy, other.account.id]).await.unwrap().is_none());
    assert_eq!(system.take_parcel(&[]).await.unwrap().unwrap().message, second);
    assert!(system.take_parcel(&[]).await.unwrap().is_none(), "each is taken once");
    stage.close().await;
}

/// [CMP-17] A node that lost its lease takes nothing, and writes nothing of what it has taken.
#[tokio::test]
async fn two_nodes() {
    let (stage, alice, mailbox) = open().await;
    let company = alice.company();
    let lease = stage.crm.lease(company, "een").await.unwrap().unwrap();
    let one = stage.crm.system(company).await.unwrap().under(lease).await.unwrap();
    let message = send(&alice, &[JAN], "eenmaal").await;
    stage.clock.pass(UNDO_SECONDS);
    one.take_parcel(&[]).await.unwrap().unwrap();
    // It hangs, and another takes over.
    stage.clock.pass(100_000);
    let lease = stage.crm.lease(company, "twee").await.unwrap().unwrap();
    let two = stage.crm.system(company).await.unwrap().under(lease).await.unwrap();
    two.resume_outbox().await.unwrap();
    assert!(matches!(one.parcel_leaves(message).await, Err(Error::LeaseLost)), "its last byte must not go");
    assert!(matches!(one.parcel_ends(message, accepted(&[JAN])).await, Err(Error::LeaseLost)));
    assert!(matches!(one.take_parcel(&[]).await, Err(Error::LeaseLost)));
    assert_eq!(two.take_parcel(&[]).await.unwrap().unwrap().message, message);
    drop((one, two, mailbox));
    stage.close().await;
}

/// The process dies between each pair of steps, and the next goes on from what the disk held.
struct Life {
    stage: Stage,
    alice: Session,
    mailbox: Mailbox,
}

impl Life {
    async fn begins() -> Self {
        let (stage, alice, mailbox) = open().await;
        alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
        Self { stage, alice, mailbox }
    }

    async fn ends_here(self) -> Self {
        let Self { stage, alice, mailbox } = self;
        drop(alice);
        let stage = stage.killed().await;
        let alice = stage.sign_in(ALICE).await;
        let mailbox = mailbox.again(&stage).await;
        mailbox.system.resume_outbox().await.unwrap();
        Self { stage, alice, mailbox }
    }

    async fn archive(&self) -> Vec<String> {
        let jan = self.alice.suggest_recipients("jan".into()).await.unwrap()[0].contact.id;
        archive(&self.alice, jan).await
    }
}

/// [CMP-17, CMP-20] Killed before the last byte, wherever: the letter is there, as a draft or in the outbox, and goes once.
#[tokio::test]
async fn killed_before_the_last_byte() {
    let life = Life::begins().await;
    let id = life.alice.begin_letter(None, Some(JAN.into()), None).await.unwrap();
    let life = life.ends_here().await;
    let draft = life.alice.open_draft(id).await.unwrap();
    let form = DraftForm { subject: "taai".into(), html: "<p>tekst</p>".into(), ..draft.form };
    let version = life.alice.save_draft(id, draft.version, form).await.unwrap().version;
    let life = life.ends_here().await;
    let file = life.alice.attach(id, "plan.pdf".into(), String::new(), bytes::Bytes::from_static(b"plan")).await.unwrap();
    let life = life.ends_here().await;
    assert_eq!(life.alice.open_draft_file(file.id).await.unwrap().1, b"plan");
    let form = life.alice.open_draft(id).await.unwrap().form;
    assert_eq!(form.subject, "taai");

    // While the letter is built: it is a draft still, with what was written last.
    let (reached, _never) = life.stage.mailroom.hold();
    {
        let last = DraftForm { subject: "taaier".into(), ..form };
        let sending = life.alice.send_draft(id, version, last, None);
        futures::pin_mut!(sending);
        assert!(matches!(futures::future::select(reached, sending).await, futures::future::Either::Left(_)));
    }
    let life = life.ends_here().await;
    assert!(list(&life.alice, Place::Outbox).await.is_empty() && life.archive().await.is_empty());
    let draft = life.alice.open_draft(id).await.unwrap();
    assert_eq!((draft.form.subject.as_str(), draft.files.len()), ("taaier", 1));

    let message = life.alice.send_draft(id, draft.version, draft.form, None).await.unwrap();
    let life = life.ends_here().await;
    assert_eq!((list(&life.alice, Place::Outbox).await, life.archive().await), (vec!["taaier".to_owned()], vec!["taaier".to_owned()]));
    assert!(life.alice.list_drafts().await.unwrap().is_empty());

    // Taken back, and killed: a draft, and no message.
    life.alice.take_back(message).await.unwrap();
    let life = life.ends_here().await;
    assert!(life.archive().await.is_empty());
    let draft = life.alice.open_draft(id).await.unwrap();
    let message = life.alice.send_draft(id, draft.version, draft.form, None).await.unwrap();

    // Taken out of the outbox, any number of times, and never handed over: the same letter goes, when it is taken to the end.
    let first = take(&life.stage, &life.mailbox).await.unwrap();
    let life = life.ends_here().await;
    let again = life.mailbox.system.take_parcel(&[]).await.unwrap().unwrap();
    assert_eq!((again.message, again.bytes), (message, first.bytes));
    let life = life.ends_here().await;
    goes(&life.stage, &life.mailbox).await;
    let life = life.ends_here().await;
    is_sent(&life.alice, &life.mailbox, "taaier").await;
    assert_eq!(life.archive().await, ["taaier"]);
    assert!(life.alice.list_drafts().await.unwrap().is_empty());
    life.stage.clock.pass(60);
    assert_eq!(life.mailbox.system.due_errands(life.mailbox.account.id).await.unwrap().len(), 1, "its copy is still asked for");
    life.stage.close().await;
}

/// [CMP-17] Killed after the last byte: nobody knows, and it goes to nobody twice; until the mailbox tells, or its writer does.
#[tokio::test]
async fn killed_after_the_last_byte() {
    let life = Life::begins().await;
    let message = send(&life.alice, &[JAN], "weg of niet").await;
    let parcel = take(&life.stage, &life.mailbox).await.unwrap();
    life.mailbox.system.parcel_leaves(message).await.unwrap();
    let life = life.ends_here().await;
    let told = dispatch(&life.alice, message).await.unwrap();
    assert_eq!((told.state, told.fault, told.can_take_back), (SendState::Unknown, Some(SendFault::Cut), false));
    assert!(take(&life.stage, &life.mailbox).await.is_none());
    let life = life.ends_here().await;
    assert!(take(&life.stage, &life.mailbox).await.is_none(), "however often");
    copied(&life.mailbox, &parcel).await;
    let life = life.ends_here().await;
    is_sent(&life.alice, &life.mailbox, "weg of niet").await;
    life.stage.close().await;

    // The copy was met before the kill: then it is known at once.
    let life = Life::begins().await;
    let message = send(&life.alice, &[JAN], "weg").await;
    let parcel = take(&life.stage, &life.mailbox).await.unwrap();
    life.mailbox.system.parcel_leaves(message).await.unwrap();
    copied(&life.mailbox, &parcel).await;
    let life = life.ends_here().await;
    is_sent(&life.alice, &life.mailbox, "weg").await;
    assert_eq!(dispatch(&life.alice, message).await, None);
    life.stage.close().await;

    // It was put off: it waits for its time, the one who has it does not get it again.
    let life = Life::begins().await;
    let message = send(&life.alice, &[JAN, PIET], "half").await;
    take(&life.stage, &life.mailbox).await.unwrap();
    life.mailbox.system.parcel_leaves(message).await.unwrap();
    ends(&life.mailbox, message, Handed { fault: Some(later()), ..accepted(&[JAN]) }).await;
    let life = life.ends_here().await;
    assert!(take(&life.stage, &life.mailbox).await.is_none());
    life.stage.clock.pass(60);
    assert_eq!(goes(&life.stage, &life.mailbox).await.recipients, [PIET]);
    let life = life.ends_here().await;
    is_sent(&life.alice, &life.mailbox, "half").await;
    life.stage.close().await;
}

/// [SEC-04] Nobody is logged in, and the program was begun anew: mail is stored, what is due is done, and what was sent goes.
#[tokio::test]
async fn while_nobody_is_logged_in() {
    let (stage, alice, mailbox) = open().await;
    let email = alice.me().email;
    let message = send(&alice, &[PIET], "onbeheerd").await;
    alice.sign_out().await.unwrap();
    drop(alice);
    let stage = stage.killed().await;
    let mailbox = mailbox.again(&stage).await;
    mailbox.deliver(FolderRole::Inbox, crate::world::letter(JAN, ALICE, "ongezien")).await;
    assert!(mailbox.system.do_jobs().await.unwrap().is_some(), "the next night is planned");
    let parcel = take(&stage, &mailbox).await.unwrap();
    assert_eq!((parcel.message, parcel.recipients.as_slice()), (message, &[PIET.to_owned()][..]));
    mailbox.system.parcel_leaves(message).await.unwrap();
    ends(&mailbox, message, accepted(&[PIET])).await;
    let alice = stage.sign_in(&email).await;
    assert_eq!(list(&alice, Place::Inbox).await, ["ongezien"]);
    assert_eq!(list(&alice, Place::Sent).await, ["onbeheerd"]);
    stage.close().await;
}
