use crate::contacts::person;
use crate::world::{id_of, letter, stage};
use crm::Error;
use model::inbox::Place;
use model::mail_account::FolderRole;
use model::message::Parsed;
use model::work::{Act, Which};
use model::{MessageId, Role};

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";

fn answer(subject: &str, from: &str, to: &str, references: &[&str]) -> Parsed {
    let references = references.iter().map(|subject| format!("{}@test.example", subject.replace(' ', "-"))).collect();
    Parsed { references, ..letter(from, to, subject) }
}

async fn subjects(session: &crm::Session, id: MessageId) -> Vec<String> {
    session.open_conversation(id).await.unwrap().messages.into_iter().map(|row| row.subject).collect()
}

/// [ARC-04, ARC-05] A conversation holds what came in and what went out, oldest first, and no trash.
#[tokio::test]
async fn a_conversation() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag")).await;
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Sent, answer("antwoord", ALICE, JAN, &["vraag"])).await;
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Inbox, answer("dank", JAN, ALICE, &["vraag", "antwoord"])).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "iets anders")).await;
    let question = id_of(&alice, Place::Inbox, "vraag").await;
    assert_eq!(subjects(&alice, question).await, ["vraag", "antwoord", "dank"]);
    let sent = id_of(&alice, Place::Sent, "antwoord").await;
    assert_eq!(subjects(&alice, sent).await, ["vraag", "antwoord", "dank"]);
    let thanks = id_of(&alice, Place::Inbox, "dank").await;
    alice.delete_messages(vec![thanks]).await.unwrap();
    assert_eq!(subjects(&alice, question).await, ["vraag", "antwoord"]);
    assert_eq!(subjects(&alice, thanks).await, ["vraag", "antwoord", "dank"], "opened in the trash it stands among the others");
    stage.close().await;
}

/// [INB-01] Split and merged by hand, later mail follows, and both can be undone. Nobody else may.
#[tokio::test]
async fn split_and_merged_by_hand() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    for (subject, references) in [("een", &[][..]), ("twee", &["een"]), ("drie", &["een", "twee"])] {
        mailbox.deliver(FolderRole::Inbox, answer(subject, JAN, ALICE, references)).await;
        stage.clock.pass(60);
    }
    let (one, two) = (id_of(&alice, Place::Inbox, "een").await, id_of(&alice, Place::Inbox, "twee").await);
    assert!(alice.split_conversation(one).await.unwrap().messages.is_empty(), "there is nothing before the first");
    let moved = alice.split_conversation(two).await.unwrap();
    assert_eq!(subjects(&alice, one).await, ["een"]);
    mailbox.deliver(FolderRole::Inbox, answer("vier", JAN, ALICE, &["een", "twee", "drie"])).await;
    assert_eq!(subjects(&alice, two).await, ["twee", "drie", "vier"]);
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert!(matches!(bob.move_back(vec![moved.clone()]).await, Err(Error::NotFound)));
    assert!(matches!(bob.split_conversation(two).await, Err(Error::NotFound)));

    let merged = alice.merge_conversations(vec![one, two]).await.unwrap();
    assert!(alice.merge_conversations(vec![two, one]).await.unwrap().is_empty(), "they are one already");
    assert!(matches!(bob.merge_conversations(vec![one, two]).await, Err(Error::NotFound)));
    assert_eq!(subjects(&alice, one).await, ["een", "twee", "drie", "vier"]);
    alice.move_back(merged).await.unwrap();
    assert_eq!(subjects(&alice, one).await, ["een"]);
    alice.move_back(vec![moved]).await.unwrap();
    assert_eq!(subjects(&alice, one).await, ["een", "twee", "drie"], "what came meanwhile stays where it was put");
    stage.close().await;
}

/// [TEAM-10] A colleague sees of a conversation what the archives hold, and no more.
#[tokio::test]
async fn conversations_of_colleagues() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "zakelijk")).await;
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Inbox, answer("prive", "mama@prive.example", ALICE, &["zakelijk"])).await;
    let business = id_of(&alice, Place::Inbox, "zakelijk").await;
    let private = id_of(&alice, Place::Inbox, "prive").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert_eq!(subjects(&alice, business).await, ["zakelijk", "prive"]);
    assert_eq!(subjects(&bob, business).await, ["zakelijk"]);
    assert!(!bob.open_conversation(business).await.unwrap().mine);
    assert!(matches!(bob.open_conversation(private).await, Err(Error::NotFound)));
    // An answer that is filed under a contact, and private all the same.
    mailbox.deliver(FolderRole::Inbox, answer("vertrouwelijk", JAN, ALICE, &["zakelijk"])).await;
    let secret = id_of(&alice, Place::Inbox, "vertrouwelijk").await;
    assert_eq!(subjects(&bob, business).await, ["zakelijk", "vertrouwelijk"]);
    alice.act(Which::These(vec![secret]), Act::Private(true)).await.unwrap();
    assert_eq!(subjects(&bob, business).await, ["zakelijk"]);
    stage.close().await;
}

/// Two hundred messages are one conversation.
#[tokio::test]
async fn two_hundred_messages() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    for number in 0..200 {
        let before = format!("bericht {}", number - 1);
        let references: &[&str] = if number == 0 { &[] } else { &[&before] };
        mailbox.deliver(FolderRole::Inbox, answer(&format!("bericht {number}"), JAN, ALICE, references)).await;
        stage.clock.pass(60);
    }
    let last = id_of(&alice, Place::Inbox, "bericht 199").await;
    let found = alice.open_conversation(last).await.unwrap();
    assert_eq!((found.messages.len(), found.left_out, found.mine), (200, 0, true));
    assert_eq!(found.messages[0].subject, "bericht 0");
    stage.close().await;
}
