//! Invitations, and what is said to them.

use super::*;
use crate::world::list;
use model::Role;
use model::nature::{Answer, AnsweredMeeting, Invited, Standing};
use model::outgoing::SendState;

fn words(meeting: &AnsweredMeeting) -> (String, String) {
    (format!("{:?}: {}", meeting.answer, meeting.summary), format!("{} <zegt>\nhet", meeting.name))
}

/// An hour and more to go.
fn later(stage: &Stage) -> i64 {
    stage.crm.now().seconds() + 4000
}

/// Jan asks Alice to his meeting; this version of it.
async fn invited(stage: &Stage, session: &Session, mailbox: &Mailbox, subject: &str, uid: &str, sequence: i64) -> MessageId {
    let header = format!("Invite: {uid} {sequence} {JAN} {}\r\n", later(stage));
    arrives(session, mailbox, &from_jan(subject, "<p>Kom je?</p>"), &header).await
}

async fn says(session: &Session, message: MessageId, answer: Answer) -> MessageId {
    session.answer_invitation(message, answer, words).await.unwrap()
}

async fn stands(session: &Session, message: MessageId) -> (Option<Answer>, Standing) {
    let Invited { answered, standing } = session.open_invitation(message).await.unwrap().unwrap();
    (answered, standing)
}

/// [INB-01, CMP-17] An answer is a letter like any other: to the organizer, in the outbox and the archive at once, and it goes by itself; the card knows what was said.
#[tokio::test]
async fn an_answer_goes() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let message = invited(&stage, &alice, &mailbox, "kom je", "kraan", 0).await;
    assert_eq!(stands(&alice, message).await, (None, Standing::Open));
    let reply = says(&alice, message, Answer::Accepted).await;
    assert_eq!(list(&alice, Place::Outbox).await, ["Accepted: Kraan"]);
    assert_eq!(archive(&alice, jan).await, ["Accepted: Kraan", "kom je"]);
    assert_eq!(*stage.mailroom.posted.lock().unwrap(), [alice.company()]);
    let told = dispatch(&alice, reply).await.unwrap();
    assert_eq!((told.state, told.can_take_back), (SendState::Waiting, false), "there is no draft to go back to");
    assert_eq!(stands(&alice, message).await, (Some(Answer::Accepted), Standing::Open));
    assert_eq!(says(&alice, message, Answer::Accepted).await, reply, "said once");

    let parcel = goes(&stage, &mailbox).await;
    assert_eq!((parcel.message, parcel.recipients.as_slice()), (reply, &[JAN.to_owned()][..]));
    let text = text(&parcel);
    assert!(text.contains("<div>Alice de Wit &lt;zegt&gt;</div><div>het</div>"), "{text}");
    assert!(text.ends_with("text/calendar\r\nalice@alfa.example accepted"), "{text}");
    assert!(head(&parcel).contains(&"References: kom-je@bakker.example".to_owned()), "{text}");
    assert!(take(&stage, &mailbox).await.is_none());
    assert_eq!(list(&alice, Place::Sent).await, ["Accepted: Kraan"]);
    assert_eq!(stands(&alice, message).await, (Some(Answer::Accepted), Standing::Open));
    stage.close().await;
}

/// [INB-01] What was said is taken back or said otherwise: as long as it waits it never goes, and after that the last word counts.
#[tokio::test]
async fn second_thoughts() {
    let (stage, alice, mailbox) = open().await;
    let message = invited(&stage, &alice, &mailbox, "kom je", "kraan", 0).await;
    let reply = says(&alice, message, Answer::Accepted).await;
    alice.withdraw_answer(reply).await.unwrap();
    assert_eq!(stands(&alice, message).await, (None, Standing::Open));
    assert!(list(&alice, Place::Outbox).await.is_empty());
    assert!(matches!(alice.withdraw_answer(reply).await, Err(Error::NotFound)));
    assert!(take(&stage, &mailbox).await.is_none());

    says(&alice, message, Answer::Accepted).await;
    says(&alice, message, Answer::Tentative).await;
    assert_eq!(list(&alice, Place::Outbox).await, ["Tentative: Kraan"], "the first never goes");
    let gone = goes(&stage, &mailbox).await.message;
    assert_eq!(conflict(alice.withdraw_answer(gone).await), "outbox.state");
    stage.clock.pass(1);
    let last = says(&alice, message, Answer::Declined).await;
    assert_eq!(stands(&alice, message).await.0, Some(Answer::Declined));
    alice.withdraw_answer(last).await.unwrap();
    assert_eq!(stands(&alice, message).await.0, Some(Answer::Tentative), "that went");
    stage.clock.pass(1);
    let last = says(&alice, message, Answer::Declined).await;
    // Thrown away it does not go, and was not said.
    alice.delete_messages(vec![last]).await.unwrap();
    assert_eq!(stands(&alice, message).await.0, Some(Answer::Tentative));
    let again = says(&alice, message, Answer::Declined).await;
    assert_eq!(goes(&stage, &mailbox).await.message, again);
    // A letter that somebody wrote is not taken back by this door.
    let letter = send(&alice, &[JAN], "gewoon").await;
    assert_eq!(conflict(alice.withdraw_answer(letter).await), "outbox.state");
    stage.close().await;
}

/// [INB-01, CMP-17] An answer that will not go was not given, and can be given again.
#[tokio::test]
async fn an_answer_that_does_not_go() {
    let (stage, alice, mailbox) = open().await;
    let message = invited(&stage, &alice, &mailbox, "kom je", "kraan", 0).await;
    let reply = says(&alice, message, Answer::Accepted).await;
    let parcel = take(&stage, &mailbox).await.unwrap();
    ends(&mailbox, parcel.message, Handed { refused: vec![refusal(JAN)], ..Handed::default() }).await;
    assert_eq!(dispatch(&alice, reply).await.unwrap().state, SendState::Failed);
    assert_eq!(stands(&alice, message).await, (None, Standing::Open));
    assert_ne!(says(&alice, message, Answer::Accepted).await, reply);
    assert_eq!(stands(&alice, message).await.0, Some(Answer::Accepted));
    stage.close().await;
}

/// [INB-01] What is over, replaced or called off offers no answer; a new version is to be answered anew.
#[tokio::test]
async fn too_late() {
    let (stage, alice, mailbox) = open().await;
    let first = invited(&stage, &alice, &mailbox, "kom je", "kraan", 1).await;
    says(&alice, first, Answer::Accepted).await;
    let other = invited(&stage, &alice, &mailbox, "iets anders", "dak", 5).await;
    let second = invited(&stage, &alice, &mailbox, "verplaatst", "kraan", 2).await;
    assert_eq!(stands(&alice, first).await, (Some(Answer::Accepted), Standing::Replaced));
    assert_eq!(stands(&alice, second).await, (None, Standing::Open));
    assert_eq!(stands(&alice, other).await, (None, Standing::Open));
    assert_eq!(conflict(alice.answer_invitation(first, Answer::Declined, words).await), "notices.standing");
    // Another organizer has nothing to say of it.
    let mallory = Letterhead { message_id: "x@mallory.example".into(), subject: "afgezegd".into(), ..from_jan("x", "<p>Nee</p>") };
    arrives(&alice, &mailbox, &mallory, "Cancel: kraan 9 mallory@x.example\r\n").await;
    assert_eq!(stands(&alice, second).await, (None, Standing::Open));
    arrives(&alice, &mailbox, &from_jan("gaat niet door", "<p>Nee</p>"), &format!("Cancel: kraan 2 {JAN}\r\n")).await;
    assert_eq!(stands(&alice, second).await, (None, Standing::CalledOff));
    stage.clock.pass(5000);
    assert_eq!(stands(&alice, other).await, (None, Standing::Over));
    assert_eq!(conflict(alice.answer_invitation(other, Answer::Accepted, words).await), "notices.standing");
    assert!(alice.open_invitation(send(&alice, &[JAN], "geen").await).await.unwrap().is_none());
    stage.close().await;
}

/// [INB-01] One answers for oneself, from the mailbox that was asked, while that is there.
#[tokio::test]
async fn whose_answer() {
    let (stage, alice, mailbox) = open().await;
    alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let message = invited(&stage, &alice, &mailbox, "kom je", "kraan", 0).await;
    let bob = stage.hire(&alice, "Bob", Role::SuperAdmin).await;
    assert!(bob.open_message(message).await.is_ok());
    assert!(bob.open_invitation(message).await.unwrap().is_none());
    assert!(matches!(bob.answer_invitation(message, Answer::Accepted, words).await, Err(Error::NotFound)));
    let own = format!("Invite: eigen 0 {ALICE} {}\r\n", later(&stage));
    let own = arrives(&alice, &mailbox, &from_jan("eigen", "<p>x</p>"), &own).await;
    assert!(alice.open_invitation(own).await.unwrap().is_none(), "one's own meeting");
    alice.remove_mail_account(mailbox.account.id).await.unwrap();
    assert_eq!(stands(&alice, message).await, (None, Standing::Open));
    let (field, wrong) = problem(alice.answer_invitation(message, Answer::Accepted, words).await);
    assert_eq!((field.as_str(), wrong), ("sender", Problem::NoMailbox));
    stage.close().await;
}
