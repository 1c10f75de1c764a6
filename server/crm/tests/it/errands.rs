//! What is done to mail is told to its server, and what is wrong with a mailbox is told to its owner.

use crate::contacts::person;
use crate::world::{Mailbox, Stage, letter, stage};
use crm::ports::{LetterAbout, Want};
use crm::{Error, Session};
use model::inbox::{MessageFilter, Place};
use model::mail_account::{Diagnosis, DiagnosisKind, FolderRole};
use model::{MessageId, Problem, Role};
use std::time::Duration;

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";

async fn open() -> (Stage, Session, Mailbox) {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    (stage, alice, mailbox)
}

async fn ids(session: &Session, place: Place) -> Vec<MessageId> {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    session.list_messages(filter, None).await.unwrap().rows.into_iter().map(|row| row.id).collect()
}

async fn wants(mailbox: &Mailbox) -> Vec<Want> {
    let mut wants: Vec<_> =
        mailbox.system.due_errands(mailbox.account.id).await.unwrap().into_iter().map(|(errand, _)| errand.want).collect();
    wants.sort();
    wants
}

/// [SYN-09] [SYN-10] Only what a user does becomes an errand, and the last word counts.
#[tokio::test]
async fn only_what_a_user_does_is_told() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag")).await;
    mailbox.deliver(FolderRole::Sent, letter(ALICE, JAN, "antwoord")).await;
    let (question, answer) = (ids(&alice, Place::Inbox).await[0], ids(&alice, Place::Sent).await[0]);
    alice.open_message(question).await.unwrap();
    alice.finish(vec![question], true).await.unwrap();
    alice.finish(vec![question], false).await.unwrap();
    alice.mark_read(vec![question], false).await.unwrap();
    alice.restore_messages(vec![question]).await.unwrap();
    alice.mark_spam(vec![question], false).await.unwrap();
    assert_eq!(wants(&mailbox).await, [], "none of these changes anything the server knows of");
    assert!(stage.mailroom.errands.lock().unwrap().is_empty());
    alice.mark_read(vec![question], true).await.unwrap();
    alice.delete_messages(vec![question, answer]).await.unwrap();
    assert_eq!(wants(&mailbox).await, [Want::Read(true), Want::Move(FolderRole::Trash), Want::Move(FolderRole::Trash)]);
    assert!(!stage.mailroom.errands.lock().unwrap().is_empty());
    alice.restore_messages(vec![question, answer]).await.unwrap();
    alice.mark_read(vec![question], false).await.unwrap();
    assert_eq!(wants(&mailbox).await, [Want::Read(false), Want::Move(FolderRole::Inbox), Want::Move(FolderRole::Sent)]);
    alice.mark_spam(vec![question], true).await.unwrap();
    assert_eq!(ids(&alice, Place::Spam).await, [question]);
    alice.remove_mail_account(mailbox.account.id).await.unwrap();
    // Its account is gone: nobody is told, and it can still be thrown away.
    alice.delete_messages(vec![answer]).await.unwrap();
    assert_eq!(wants(&mailbox).await, []);
    stage.close().await;
}

/// [ARC-07] A colleague who deletes from an archive has it moved in its owner's mailbox; a stranger's folder is nobody's to choose.
#[tokio::test]
async fn colleagues_and_their_mailboxes() {
    let (stage, alice, mailbox) = open().await;
    alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag")).await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let id = ids(&alice, Place::Inbox).await[0];
    bob.delete_messages(vec![id]).await.unwrap();
    assert_eq!(wants(&mailbox).await, [Want::Move(FolderRole::Trash)]);
    let account = mailbox.account.id;
    let inbox = mailbox.system.list_folders(account).await.unwrap().remove(0).id;
    assert!(matches!(bob.mail_health(account).await, Err(Error::NotFound)));
    assert!(matches!(bob.resync_folder(account, inbox).await, Err(Error::NotFound)));
    assert!(matches!(bob.choose_folder(account, inbox, FolderRole::Sent).await, Err(Error::NotFound)));
    let refused = alice.choose_folder(account, inbox, FolderRole::Sent).await;
    assert!(matches!(refused, Err(Error::Invalid(problems)) if problems[0].problem == Problem::Unknown), "an inbox stays one");
    alice.resync_folder(account, inbox).await.unwrap();
    assert!(alice.mail_health(account).await.unwrap().folders[0].resync);
    stage.close().await;
}

/// The owner is written to once for each time an account stops, and never for what mends itself.
#[tokio::test]
async fn the_owner_is_told_once() {
    let (stage, _, mailbox) = open().await;
    let (system, id) = (&mailbox.system, mailbox.account.id);
    let letters = || stage.letters.0.lock().unwrap().len();
    let fail = async |kind| {
        system.account_fails(id, Diagnosis::new(kind, "mail.example"), Duration::from_secs(60)).await.unwrap();
        system.tell_owner(id).await.unwrap();
    };
    fail(DiagnosisKind::WrongPassword).await;
    assert_eq!(letters(), 0, "it never worked: whoever sets it up looks at the screen");
    system.account_works(id).await.unwrap();
    for kind in [DiagnosisKind::BrokenConnection, DiagnosisKind::TryLater, DiagnosisKind::NoAnswer, DiagnosisKind::DiskFull] {
        fail(kind).await;
    }
    assert_eq!(letters(), 0, "these pass by themselves");
    fail(DiagnosisKind::WrongPassword).await;
    fail(DiagnosisKind::WrongPassword).await;
    system.tell_owner(id).await.unwrap();
    assert_eq!(letters(), 1);
    let letter = stage.letters.0.lock().unwrap().last().cloned().unwrap();
    assert_eq!(letter.to, ALICE);
    assert!(matches!(letter.about, LetterAbout::MailAccountStopped { account, .. } if account == id));
    system.account_works(id).await.unwrap();
    system.tell_owner(id).await.unwrap();
    assert_eq!(letters(), 1);
    fail(DiagnosisKind::ImapDisabled).await;
    assert_eq!(letters(), 2, "another outage");
    stage.close().await;
}

/// [SYN-05] Who connected a mailbox hears when all that was in it has come in.
#[tokio::test]
async fn the_end_of_the_first_fetch_is_told_by_letter() {
    let (stage, _, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter("jan@bakker.example", ALICE, "vraag")).await;
    mailbox.deliver(FolderRole::Inbox, letter("jan@bakker.example", ALICE, "nog een vraag")).await;
    mailbox.system.tell_fetched(mailbox.account.id).await.unwrap();
    let told = stage.letters.0.lock().unwrap().pop().unwrap();
    let address = mailbox.account.address.clone();
    assert_eq!((told.to.as_str(), told.about), (ALICE, LetterAbout::MailFetched { address, messages: 2 }));
    stage.close().await;
}
