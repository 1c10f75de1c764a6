use crate::contacts::person;
use crate::world::{Mailbox, Stage, id_of, letter, list, stage};
use crm::{Error, Session, System};
use model::clean::{Cleaned, CleaningForm, Removal, RemovedMessage};
use model::inbox::{ArchiveFilter, ArchiveShow, ChangeKind, Entity, Place};
use model::mail_account::FolderRole;
use model::message::Parsed;
use model::preferences::{InboxShows, Preferences};
use model::work::{Act, Which};
use model::{MessageId, Problem, Role};

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";
const STRANGER: &str = "reclame@elders.example";
const DAY: i64 = 86_400;

async fn open() -> (Stage, Session, Mailbox) {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    (stage, alice, mailbox)
}

async fn removed(session: &Session, words: &str) -> Vec<RemovedMessage> {
    session.list_removed(words.into(), None).await.unwrap().rows
}

async fn periods(session: &Session, trash: &str, spam: &str, finished: &str, backup: &str) {
    let form = CleaningForm { trash: trash.into(), spam: spam.into(), finished: finished.into(), backup: backup.into() };
    session.change_cleaning(form).await.unwrap();
}

/// So many nights go by, and whoever holds the lease does what is due in each.
async fn nights(stage: &Stage, system: &System, count: usize) {
    for _ in 0..count {
        let next = system.do_jobs().await.unwrap().unwrap();
        stage.clock.pass(next.seconds() - stage.crm.now().seconds());
        system.do_jobs().await.unwrap();
    }
}

/// [PRF-20, CLN-05, CLN-06] An administrator sets the periods, for everyone; blank is never; a wrong number is told at its field.
#[tokio::test]
async fn periods_are_for_an_administrator() {
    let (stage, alice, _) = open().await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let carol = stage.hire(&alice, "Carol", Role::Administrator).await;
    let form = CleaningForm { trash: "7".into(), spam: "0".into(), finished: " ".into(), backup: "14".into() };
    assert!(matches!(bob.change_cleaning(form.clone()).await, Err(Error::Denied)));
    assert!(matches!(bob.clean_now().await, Err(Error::Denied)));
    assert!(matches!(bob.list_removed(String::new(), None).await, Err(Error::Denied)));
    let nothing: MessageId = crm::ports::new_id(&*stage.clock, stage.crm.dice());
    assert!(matches!(bob.restore_removed(nothing).await, Err(Error::Denied)));
    assert!(matches!(carol.restore_removed(nothing).await, Err(Error::NotFound)));

    let before = carol.change_cleaning(form.clone()).await.unwrap();
    assert_eq!((before.trash, before.spam, before.finished, before.backup), (Some(30), Some(30), None, 30));
    // A page that knew the old periods saves something else: these stay.
    let stale = Preferences { inbox_shows: InboxShows::Sender, ..alice.preferences().clone() };
    alice.change_preferences(stale).await.unwrap();
    let kept = alice.change_cleaning(CleaningForm::from(before)).await.unwrap();
    assert_eq!((kept.trash, kept.spam, kept.finished, kept.backup), (Some(7), None, None, 14));

    let wrong = alice.change_cleaning(CleaningForm { spam: "veel".into(), ..form }).await;
    let Err(Error::Invalid(found)) = wrong else { panic!("{wrong:?}") };
    assert_eq!((found[0].field.as_str(), found[0].problem), ("spam", Problem::NotDays(3650)));
    stage.close().await;
}

/// [CLN-01, CLN-04, CLN-07, ARC-07] Deleted, it is in the trash for its period; then out of view, and to be had back; then destroyed. Each night, with nobody logged in.
#[tokio::test]
async fn the_timeline_of_what_was_deleted() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "oude offerte")).await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "nieuwe offerte")).await;
    periods(&alice, "10", "", "", "5").await;
    let message = id_of(&alice, Place::Inbox, "oude offerte").await;
    alice.delete_messages(vec![message]).await.unwrap();
    let rung = stage.mailroom.errands.lock().unwrap().len();
    let system = stage.crm.system(alice.company()).await.unwrap();

    nights(&stage, &system, 10).await;
    assert_eq!(list(&alice, Place::Trash).await, ["oude offerte"], "not ten days yet");
    let seen = alice.last_change().await.unwrap();
    nights(&stage, &system, 1).await;
    assert!(list(&alice, Place::Trash).await.is_empty());
    assert!(matches!(alice.open_message(message).await, Err(Error::NotFound)));
    assert!(matches!(alice.raw_message(message).await, Err(Error::NotFound)));
    assert!(matches!(alice.restore_messages(vec![message]).await, Err(Error::NotFound)));
    assert!(alice.search("\"oude offerte\" in:overal".into()).await.unwrap().messages.rows.is_empty());
    let filter = ArchiveFilter { contact: jan, show: ArchiveShow::All, employees: false };
    let archive = alice.list_archive(filter, None).await.unwrap().rows;
    assert_eq!(archive.iter().map(|row| row.message.subject.as_str()).collect::<Vec<_>>(), ["nieuwe offerte"]);
    let changes = alice.changes_after(seen).await.unwrap();
    assert!(changes.iter().any(|change| (change.entity, change.id, change.kind) == (Entity::Message, message.0, ChangeKind::Removed)));
    assert_eq!(stage.mailroom.errands.lock().unwrap().len(), rung, "the mail server is told nothing");

    // The same letter seen on the server again is known, and stays away.
    mailbox.deliver(FolderRole::Trash, letter(JAN, ALICE, "oude offerte")).await;
    assert!(list(&alice, Place::Trash).await.is_empty());

    let row = removed(&alice, "").await.remove(0);
    assert_eq!((row.subject.as_str(), row.who.as_str(), row.owner.as_str()), ("oude offerte", JAN, "Alice de Wit"));
    assert_eq!((row.why, row.removed.days_from_today, row.destroyed.days_from_today), (Removal::Trash, 0, 5));
    let packs = stage.packs(&alice);
    nights(&stage, &system, 4).await;
    assert_eq!(removed(&alice, "").await.len(), 1, "for five days");
    nights(&stage, &system, 1).await;
    assert!(removed(&alice, "").await.is_empty());
    assert!(matches!(alice.restore_removed(message).await, Err(Error::NotFound)));
    assert_eq!(stage.packs(&alice), packs - 1, "its bytes are gone");
    let kept = id_of(&alice, Place::Inbox, "nieuwe offerte").await;
    assert!(alice.raw_message(kept).await.is_ok(), "and no others");
    stage.close().await;
}

/// [CLN-02, INB-07] SPAM is counted from reception, and the server is told nothing of it.
#[tokio::test]
async fn spam_is_counted_from_reception() {
    let (stage, alice, mailbox) = open().await;
    let ago =
        |days: i64, subject: &str| Parsed { sent_at: Some(stage.crm.now().plus_seconds(-days * DAY)), ..letter(STRANGER, ALICE, subject) };
    mailbox.deliver(FolderRole::Spam, ago(31, "oud")).await;
    mailbox.deliver(FolderRole::Spam, ago(29, "nieuw")).await;
    let system = stage.crm.system(alice.company()).await.unwrap();
    nights(&stage, &system, 1).await;
    assert_eq!(list(&alice, Place::Spam).await, ["nieuw"], "thirty days without anybody setting it");
    assert_eq!(alice.inbox_counts().await.unwrap().spam, 1);
    assert!(system.accounts_with_errands().await.unwrap().is_empty());
    stage.close().await;
}

/// [CLN-03, CLN-06, CLN-07, INB-04] Finished and linked to nobody goes, counted from finishing; what is linked never does; blank is never.
#[tokio::test]
async fn linked_messages_are_never_touched() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "van jan")).await;
    for subject in ["met de hand gekoppeld", "ontkoppeld", "los", "niet afgerond"] {
        mailbox.deliver(FolderRole::Inbox, letter(STRANGER, ALICE, subject)).await;
    }
    alice.link_message(id_of(&alice, Place::Inbox, "met de hand gekoppeld").await, jan).await.unwrap();
    let once = id_of(&alice, Place::Inbox, "ontkoppeld").await;
    alice.link_message(once, jan).await.unwrap();
    let mut finished = Vec::new();
    for subject in ["van jan", "met de hand gekoppeld", "ontkoppeld", "los"] {
        finished.push(id_of(&alice, Place::Inbox, subject).await);
    }
    alice.finish(finished, true).await.unwrap();
    let system = stage.crm.system(alice.company()).await.unwrap();
    stage.clock.pass(400 * DAY);
    nights(&stage, &system, 1).await;
    assert_eq!(list(&alice, Place::Finished).await.len(), 4, "off until somebody sets it");

    periods(&alice, "", "", "403", "30").await;
    nights(&stage, &system, 1).await;
    assert_eq!(list(&alice, Place::Finished).await.len(), 4, "not yet");
    alice.unlink_message(once, jan).await.unwrap();
    nights(&stage, &system, 2).await;
    let mut left = list(&alice, Place::Finished).await;
    left.sort();
    assert_eq!(left, ["met de hand gekoppeld", "van jan"]);
    assert_eq!(list(&alice, Place::Inbox).await, ["niet afgerond"]);
    assert!(removed(&alice, "").await.iter().all(|row| row.why == Removal::Finished));
    stage.close().await;
}

/// [CLN-09] An administrator finds what was removed by its words and brings it back; its days begin anew. What a colleague marked private is not his to see.
#[tokio::test]
async fn what_was_removed_can_be_had_back() {
    let (stage, alice, mailbox) = open().await;
    let carol = stage.hire(&alice, "Carol", Role::Administrator).await;
    for subject in ["Café 100% korting", "zaak", "geheim"] {
        mailbox.deliver(FolderRole::Inbox, letter(STRANGER, ALICE, subject)).await;
    }
    let secret = id_of(&alice, Place::Inbox, "geheim").await;
    alice.act(Which::These(vec![secret]), Act::Private(true)).await.unwrap();
    let mut ids = Vec::new();
    for subject in ["Café 100% korting", "zaak", "geheim"] {
        ids.push(id_of(&alice, Place::Inbox, subject).await);
    }
    alice.delete_messages(ids.clone()).await.unwrap();
    stage.clock.pass(31 * DAY);
    assert_eq!(carol.clean_now().await.unwrap(), Cleaned { trash: 3, ..Cleaned::default() });
    assert_eq!(carol.clean_now().await.unwrap(), Cleaned::default(), "once");
    assert_eq!((removed(&alice, "").await.len(), removed(&carol, "").await.len()), (3, 2));
    assert!(matches!(carol.restore_removed(secret).await, Err(Error::NotFound)));
    let found = removed(&carol, "cafe 100% elders").await;
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[0]]);
    assert!(removed(&carol, "cafe 1_0").await.is_empty(), "what is typed is no pattern");

    carol.restore_removed(ids[0]).await.unwrap();
    assert!(matches!(carol.restore_removed(ids[0]).await, Err(Error::NotFound)), "once");
    assert_eq!(list(&alice, Place::Trash).await, ["Café 100% korting"], "back where it was");
    assert!(alice.raw_message(ids[0]).await.is_ok());
    let system = stage.crm.system(alice.company()).await.unwrap();
    nights(&stage, &system, 30).await;
    assert_eq!(list(&alice, Place::Trash).await.len(), 1, "it has its thirty days again");
    nights(&stage, &system, 1).await;
    assert!(list(&alice, Place::Trash).await.is_empty());
    stage.close().await;
}
