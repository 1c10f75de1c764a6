use crate::contacts::person;
use crate::world::{letter, stage};
use crm::Session;
use model::Role;
use model::mail_account::FolderRole;
use model::search::Found;
use model::work::{Act, Which};

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";

async fn search(session: &Session, typed: &str) -> Found {
    session.search(typed.into()).await.unwrap()
}

async fn subjects(session: &Session, typed: &str) -> Vec<String> {
    search(session, typed).await.messages.rows.into_iter().map(|found| found.row.subject).collect()
}

/// [CON-10, CON-21, SEC-03, TEAM-10] Everybody finds what he may read: his own mail, and what stands in the archive of a contact. Another company finds nothing.
#[tokio::test]
async fn everybody_finds_what_he_may_read() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let carol = stage.hire(&alice, "Carol", Role::OnlyContactScreen).await;
    let mallory = stage.register("Mallory", "Mala").await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let mailbox = stage.mailbox(&alice).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag over offerte")).await;
    stage.clock.pass(60);
    mailbox.deliver(FolderRole::Inbox, letter("arts@prive.example", ALICE, "offerte voor thuis")).await;
    mailbox.deliver(FolderRole::Spam, letter("spam@x.example", ALICE, "spam offerte")).await;
    mailbox.deliver(FolderRole::Trash, letter(JAN, ALICE, "oude offerte")).await;

    assert_eq!(subjects(&alice, "offerte").await, ["offerte voor thuis", "vraag over offerte"]);
    assert_eq!(subjects(&alice, "offerte in:overal").await.len(), 4);
    assert_eq!(subjects(&alice, "offerte in:spam").await, ["spam offerte"]);
    assert_eq!(subjects(&alice, "in:trash").await, ["oude offerte"]);
    for colleague in [&bob, &carol] {
        assert_eq!(subjects(colleague, "offerte in:overal").await, ["vraag over offerte"]);
        assert_eq!(subjects(colleague, "in:inbox").await, [""; 0], "that is his own");
        assert_eq!(subjects(colleague, "-nergens").await, ["vraag over offerte"]);
        let found = search(colleague, "vraag").await.messages.rows.remove(0);
        assert_eq!(found.archive, Some(jan), "and is read there");
        assert!(colleague.open_message(found.row.id).await.is_ok());
    }
    assert_eq!(search(&alice, "vraag").await.messages.rows[0].archive, None);
    for typed in ["offerte", "jan", "bakker", "in:overal", "van:jan", "contact:jan"] {
        assert!(search(&mallory, typed).await.is_empty(), "{typed}");
    }
    stage.close().await;
}

/// [INB-14, ARC-09] What its owner marked private is found by nobody else, but by who may see everything.
#[tokio::test]
async fn private_messages_are_found_by_their_owner() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let chief = stage.hire(&alice, "Chief", Role::SuperAdmin).await;
    alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let mailbox = stage.mailbox(&alice).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "geheim")).await;
    let message = search(&bob, "geheim").await.messages.rows[0].row.id;
    alice.act(Which::These(vec![message]), Act::Private(true)).await.unwrap();
    for (session, seen) in [(&alice, 1), (&bob, 0), (&chief, 1)] {
        for typed in ["geheim", "contact:bakker", "van:jan", "-nergens"] {
            assert_eq!(subjects(session, typed).await.len(), seen, "{typed}");
        }
    }
    stage.close().await;
}

/// [CON-10, CON-21] Contacts and tags beside messages; a tag that is not there is a word.
#[tokio::test]
async fn contacts_tags_and_messages() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    alice.add_contact(person("Els", "Jansen", "els@jansen.example")).await.unwrap();
    alice.tag_contact(jan, "Vaste klant".into()).await.unwrap();
    let mailbox = stage.mailbox(&alice).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "factuur #2026")).await;
    mailbox.deliver(FolderRole::Inbox, letter("els@jansen.example", ALICE, "factuur kopie")).await;

    let found = search(&alice, "jan").await;
    assert_eq!(found.contacts.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Els Jansen", "Jan Bakker"]);
    assert_eq!(found.messages.rows.len(), 2, "both have it in an address");
    let found = search(&alice, "#vaste").await;
    assert_eq!((found.tags.len(), found.contacts.len(), found.messages.rows.len()), (1, 1, 1));
    assert_eq!(subjects(&alice, "factuur #vaste").await, ["factuur #2026"]);
    assert_eq!(subjects(&alice, "#2026").await, ["factuur #2026"], "no tag, so a word");
    assert_eq!(subjects(&alice, "contact:bakker factuur").await, ["factuur #2026"]);
    assert_eq!(subjects(&alice, "factuur -contact:bakker").await, ["factuur kopie"]);
    assert_eq!(subjects(&alice, "factuur na:morgen").await, [""; 0]);
    assert_eq!(subjects(&alice, "factuur op:vandaag").await.len(), 2);
    assert_eq!(subjects(&alice, "factuur voor:vandaag").await, [""; 0]);
    assert_eq!(subjects(&alice, "in:\"inb\"").await.len(), 2, "a folder by the beginning of its name");
    assert!(search(&alice, "  ").await.is_empty());
    assert!(search(&alice, &"qz ".repeat(5000)).await.is_empty());
    stage.close().await;
}
