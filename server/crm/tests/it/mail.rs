use crate::contacts::{firm, person};
use crate::world::{Mailbox, Stage, id_of, letter, list, stage};
use crm::{Error, Session};
use model::contact::{ContactForm, DetailForm, DetailKind};
use model::inbox::{ArchiveFilter, ArchiveShow, MessageFilter, Place, Show};
use model::mail_account::FolderRole;
use model::{ContactId, Role};

async fn open() -> (Stage, Session, Mailbox) {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    (stage, alice, mailbox)
}

async fn archive(session: &Session, contact: ContactId, employees: bool) -> Vec<String> {
    let filter = ArchiveFilter { contact, show: ArchiveShow::All, employees };
    session.list_archive(filter, None).await.unwrap().rows.into_iter().map(|row| row.message.subject).collect()
}

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";

/// [ARC-01, ARC-04, ARC-05, SYN-06, SYN-07] Mail in and out stands in the archive of the contact by its address, newest first.
#[tokio::test]
async fn mail_files_itself() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter("JAN@Bakker.example", ALICE, "vraag")).await;
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Sent, letter(ALICE, JAN, "antwoord")).await;
    mailbox.deliver(FolderRole::Inbox, letter("iemand@elders.example", ALICE, "reclame")).await;
    assert_eq!(archive(&alice, jan, false).await, ["antwoord", "vraag"]);
    assert_eq!(list(&alice, Place::Sent).await, ["antwoord"]);
    assert_eq!(list(&alice, Place::Inbox).await.len(), 2);
    let unlinked = MessageFilter { show: Show::Unlinked, ..MessageFilter::default() };
    assert_eq!(alice.list_messages(unlinked, None).await.unwrap().rows[0].subject, "reclame");
    stage.close().await;
}

/// [ARC-11, INB-11, SYN-08] A new contact finds all earlier mail in its archive; losing the address takes it out again.
#[tokio::test]
async fn linking_afterwards() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "oud")).await;
    let message = id_of(&alice, Place::Inbox, "oud").await;
    let view = alice.open_message(message).await.unwrap();
    assert_eq!(view.unknown.iter().map(|one| one.address.as_str()).collect::<Vec<_>>(), [JAN], "one's own address is not unknown");
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    assert_eq!(archive(&alice, jan, false).await, ["oud"]);
    assert!(alice.open_message(message).await.unwrap().unknown.is_empty());

    let email = alice.open_contact(jan).await.unwrap().details[0].id;
    let removed = alice.remove_detail(email).await.unwrap();
    assert!(archive(&alice, jan, false).await.is_empty());
    alice.add_detail(jan, removed).await.unwrap();
    assert_eq!(archive(&alice, jan, false).await, ["oud"]);
    let second = DetailForm { kind: DetailKind::Email, label: String::new(), value: "info@bakker.example".into() };
    alice.add_detail(jan, second).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter("info@bakker.example", ALICE, "tweede adres")).await;
    assert_eq!(archive(&alice, jan, false).await.len(), 2);
    stage.close().await;
}

/// [INB-10] Links made and undone by hand stay so, whatever the address says.
#[tokio::test]
async fn linking_by_hand() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let tom = alice.add_contact(person("Tom", "Willemsen", "")).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag")).await;
    let message = id_of(&alice, Place::Inbox, "vraag").await;
    alice.unlink_message(message, jan).await.unwrap();
    alice.link_message(message, tom).await.unwrap();
    alice
        .add_detail(jan, DetailForm { kind: DetailKind::Email, label: String::new(), value: "tweede@bakker.example".into() })
        .await
        .unwrap();
    let links = alice.open_message(message).await.unwrap().links;
    assert_eq!(links.iter().map(|link| (link.contact.id, link.by_hand)).collect::<Vec<_>>(), [(tom, true)]);
    assert!(archive(&alice, jan, false).await.is_empty());
    stage.close().await;
}

/// [CON-12, ARC-06] The archives of employees merge into that of the employer, each message once; or not, as one likes.
#[tokio::test]
async fn an_employers_archive() {
    let (stage, alice, mailbox) = open().await;
    let company = alice.add_contact(ContactForm { email: "info@bakker.example".into(), ..firm("Bakker Bouw") }).await.unwrap();
    let jan = alice.add_contact(ContactForm { employer: Some(company), ..person("Jan", "Bakker", JAN) }).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter("info@bakker.example", ALICE, "aan balie")).await;
    stage.clock.pass(1);
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "van Jan")).await;
    stage.clock.pass(1);
    mailbox.deliver(FolderRole::Inbox, letter(JAN, "info@bakker.example", "van Jan aan balie")).await;
    assert_eq!(archive(&alice, company, true).await, ["van Jan aan balie", "van Jan", "aan balie"]);
    assert_eq!(archive(&alice, company, false).await, ["van Jan aan balie", "aan balie"]);
    assert_eq!(archive(&alice, jan, true).await, ["van Jan aan balie", "van Jan"]);
    stage.close().await;
}

/// [INB-03, INB-05, INB-06] Finished leaves the inbox and stays in the archive; deleted leaves both; both can be undone.
#[tokio::test]
async fn finishing_and_deleting() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag")).await;
    let message = id_of(&alice, Place::Inbox, "vraag").await;
    assert_eq!(alice.inbox_counts().await.unwrap().unread, 1);
    assert_eq!(alice.open_contact(jan).await.unwrap().open_messages, 1);

    alice.finish(vec![message], true).await.unwrap();
    assert!(list(&alice, Place::Inbox).await.is_empty());
    assert_eq!(list(&alice, Place::Finished).await, ["vraag"]);
    assert_eq!(archive(&alice, jan, false).await, ["vraag"]);
    assert_eq!(alice.open_contact(jan).await.unwrap().open_messages, 0);
    alice.finish(vec![message], false).await.unwrap();
    assert_eq!(list(&alice, Place::Inbox).await, ["vraag"]);

    alice.delete_messages(vec![message]).await.unwrap();
    assert_eq!(list(&alice, Place::Trash).await, ["vraag"]);
    assert!(archive(&alice, jan, false).await.is_empty());
    alice.restore_messages(vec![message]).await.unwrap();
    assert_eq!(list(&alice, Place::Inbox).await, ["vraag"]);

    alice.mark_read(vec![message], true).await.unwrap();
    assert_eq!(alice.inbox_counts().await.unwrap().unread, 0);
    stage.close().await;
}

/// [SYN-01, SYN-02, INB-05] Mail in the server's trash and SPAM stands in those places; a restored one comes back to the inbox.
#[tokio::test]
async fn the_servers_trash_and_spam() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Trash, letter(JAN, ALICE, "weg")).await;
    mailbox.deliver(FolderRole::Spam, letter("x@spam.example", ALICE, "spam")).await;
    assert_eq!(list(&alice, Place::Spam).await, ["spam"]);
    assert_eq!(list(&alice, Place::Trash).await, ["weg"]);
    let message = id_of(&alice, Place::Trash, "weg").await;
    alice.restore_messages(vec![message]).await.unwrap();
    assert_eq!(list(&alice, Place::Inbox).await, ["weg"]);
    stage.close().await;
}

/// [SYN-11] The same message in two folders is one message with two places.
#[tokio::test]
async fn one_message_in_two_folders() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(ALICE, ALICE, "aan mijzelf")).await;
    mailbox.deliver(FolderRole::Sent, letter(ALICE, ALICE, "aan mijzelf")).await;
    assert_eq!(list(&alice, Place::Inbox).await, ["aan mijzelf"]);
    assert!(list(&alice, Place::Sent).await.is_empty());
    stage.close().await;
}

/// [ARC-05, SEC-06] The raw message comes out of its sealed pack as it went in.
#[tokio::test]
async fn the_raw_message_is_kept() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "eerste")).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "tweede")).await;
    let message = id_of(&alice, Place::Inbox, "eerste").await;
    let raw = alice.raw_message(message).await.unwrap();
    assert_eq!(String::from_utf8(raw).unwrap(), "Subject: eerste\r\n\r\ntekst van eerste\r\n");
    stage.close().await;
}

/// [TEAM-10] Archives are everybody's in the company; an inbox is its owner's.
#[tokio::test]
async fn colleagues_read_archives_and_not_inboxes() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "zakelijk")).await;
    mailbox.deliver(FolderRole::Inbox, letter("mama@prive.example", ALICE, "prive")).await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert!(list(&bob, Place::Inbox).await.is_empty());
    assert_eq!(archive(&bob, jan, false).await, ["zakelijk"]);
    let (business, private) = (id_of(&alice, Place::Inbox, "zakelijk").await, id_of(&alice, Place::Inbox, "prive").await);
    bob.open_message(business).await.unwrap();
    assert!(matches!(bob.open_message(private).await, Err(Error::NotFound)));
    assert!(matches!(bob.raw_message(private).await, Err(Error::NotFound)));
    assert!(matches!(bob.mark_read(vec![private], true).await, Err(Error::NotFound)));
    bob.mark_read(vec![business], true).await.unwrap();
    assert_eq!(alice.inbox_counts().await.unwrap().unread, 2, "it is still unread to its owner");
    bob.delete_messages(vec![business]).await.unwrap();
    assert!(archive(&alice, jan, false).await.is_empty());
    bob.restore_messages(vec![business]).await.unwrap();
    assert_eq!(archive(&alice, jan, false).await, ["zakelijk"]);
    let words = bob.changes_after(0).await.unwrap();
    assert!(words.iter().all(|change| change.id != private.0), "the ledger tells colleagues nothing of it");
    stage.close().await;
}

/// [EML-19, EML-21, EML-26] Five accounts; a stored password is used when none is typed, and never leaves in the clear.
#[tokio::test]
async fn mail_accounts() {
    let (stage, alice, mailbox) = open().await;
    assert_eq!(format!("{:?}", mailbox.account.password), "Secret(…)");
    let row = alice.list_mail_accounts().await.unwrap().remove(0);
    assert_eq!(*stage.mailroom.wakes.lock().unwrap(), [row.id]);
    let form = |address: &str, id| model::mail_account::MailAccountForm {
        id,
        kind: row.kind,
        address: address.into(),
        password: if id.is_some() { String::new() } else { "anders".into() },
        server: Some(row.server.clone()),
        sign_in: None,
    };
    alice.start_mail_check(form(ALICE, Some(row.id))).await.unwrap();
    assert_eq!(*stage.mailroom.passwords.lock().unwrap(), ["geheim"]);
    for number in 1..5 {
        alice.save_mail_account(form(&format!("box{number}@alfa.example"), None)).await.unwrap();
    }
    assert!(matches!(alice.save_mail_account(form("box6@alfa.example", None)).await, Err(Error::Invalid(_))));
    alice.remove_mail_account(row.id).await.unwrap();
    assert_eq!(alice.list_mail_accounts().await.unwrap().len(), 4);
    stage.close().await;
}
