use crate::contacts::person;
use crate::world::{Mailbox, Stage, letter, stage};
use crm::{Error, Session};
use model::inbox::{ArchiveFilter, ArchiveShow, MessageFilter, Place, Show};
use model::mail_account::FolderRole;
use model::work::{Act, Snooze, TaskFilter, TaskForm, Which};
use model::{ContactId, Day, MessageId, Role};

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";

async fn open() -> (Stage, Session, Mailbox) {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    (stage, alice, mailbox)
}

fn at(place: Place) -> MessageFilter {
    MessageFilter { place, ..MessageFilter::default() }
}

async fn list(session: &Session, filter: MessageFilter) -> Vec<String> {
    session.list_messages(filter, None).await.unwrap().rows.into_iter().map(|row| row.subject).collect()
}

async fn id_of(session: &Session, subject: &str) -> MessageId {
    let rows = session.list_messages(at(Place::Inbox), None).await.unwrap().rows;
    rows.into_iter().find(|row| row.subject == subject).unwrap().id
}

/// [INB-12, ARC-09] All that match are finished by their filter, more than fit a page or a transaction; undoing brings back these and no others.
#[tokio::test]
async fn many_at_once() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "eerder klaar")).await;
    let earlier = id_of(&alice, "eerder klaar").await;
    alice.act(Which::These(vec![earlier]), Act::Finish(true)).await.unwrap();
    for number in 0..405 {
        stage.clock.pass(1);
        mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, &format!("bericht {number}"))).await;
    }
    let read = id_of(&alice, "bericht 404").await;
    alice.mark_read(vec![read], true).await.unwrap();
    let unread = MessageFilter { show: Show::Unread, ..MessageFilter::default() };
    assert_eq!(alice.count_messages(unread).await.unwrap(), 404);
    let done = alice.act(Which::All(unread), Act::Finish(true)).await.unwrap();
    assert_eq!(done.count, 404);
    assert_eq!(list(&alice, at(Place::Inbox)).await, ["bericht 404"]);
    assert_eq!(alice.count_messages(at(Place::Finished)).await.unwrap(), 405);
    assert_eq!(alice.undo_act(done.act.unwrap()).await.unwrap(), 404);
    assert_eq!(alice.count_messages(at(Place::Inbox)).await.unwrap(), 405);
    assert_eq!(list(&alice, at(Place::Finished)).await, ["eerder klaar"]);
    assert!(matches!(alice.undo_act(done.act.unwrap()).await, Err(Error::NotFound)), "once");
    let again = alice.act(Which::These(vec![earlier]), Act::Finish(true)).await.unwrap();
    assert_eq!((again.count, again.act), (0, None), "nothing was changed, so nothing can be undone");
    stage.close().await;
}

/// [INB-07, INB-12] Into SPAM and out of it, for several at once, and undone as anything else is.
#[tokio::test]
async fn sorting_out() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "gewonnen")).await;
    mailbox.deliver(FolderRole::Spam, letter(JAN, ALICE, "offerte")).await;
    let (won, offer) = (id_of(&alice, "gewonnen").await, alice.list_messages(at(Place::Spam), None).await.unwrap().rows[0].id);
    let done = alice.act(Which::These(vec![won, offer]), Act::Spam(true)).await.unwrap();
    assert_eq!(done.count, 1, "the other is there already");
    assert_eq!(alice.count_messages(at(Place::Spam)).await.unwrap(), 2);
    assert_eq!(alice.undo_act(done.act.unwrap()).await.unwrap(), 1);
    assert_eq!(list(&alice, at(Place::Spam)).await, ["offerte"]);
    let out = alice.act(Which::All(at(Place::Spam)), Act::Spam(false)).await.unwrap();
    assert_eq!(alice.count_messages(at(Place::Inbox)).await.unwrap(), 2);
    alice.undo_act(out.act.unwrap()).await.unwrap();
    assert_eq!(list(&alice, at(Place::Spam)).await, ["offerte"]);
    assert_eq!(list(&alice, at(Place::Inbox)).await, ["gewonnen"]);
    stage.close().await;
}

/// [INB-14] Put off until tomorrow: gone, and by itself back in the inbox at eight, unread and on top, whatever came since.
#[tokio::test]
async fn putting_off() {
    let (stage, alice, mailbox) = open().await;
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "later")).await;
    stage.clock.pass(10);
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "nieuwer")).await;
    let message = id_of(&alice, "later").await;
    alice.mark_read(vec![message], true).await.unwrap();
    let done = alice.act(Which::These(vec![message]), Act::Snooze(Snooze::Tomorrow)).await.unwrap();
    assert_eq!(list(&alice, at(Place::Inbox)).await, ["nieuwer"]);
    assert_eq!(alice.inbox_counts().await.unwrap().snoozed, 1);
    let row = alice.list_messages(at(Place::Snoozed), None).await.unwrap().rows.remove(0);
    let until = row.snoozed_until.unwrap();
    assert_eq!((until.days_from_today, until.hour, until.minute), (1, 8, 0));

    // Undone it is back; done again it is gone again.
    alice.undo_act(done.act.unwrap()).await.unwrap();
    assert_eq!(list(&alice, at(Place::Inbox)).await, ["nieuwer", "later"]);
    alice.act(Which::These(vec![message]), Act::Snooze(Snooze::Tomorrow)).await.unwrap();

    let system = stage.crm.system(alice.company()).await.unwrap();
    // The cleaning of the night comes first, and leaves alone what is put off.
    let night = system.do_jobs().await.unwrap().unwrap();
    stage.clock.pass(night.seconds() - stage.crm.now().seconds());
    let due = system.do_jobs().await.unwrap().unwrap();
    assert!(list(&alice, at(Place::Snoozed)).await == ["later"], "not before its time");
    stage.clock.pass(due.seconds() - stage.crm.now().seconds());
    assert_eq!(system.do_jobs().await.unwrap(), Some(night.plus_seconds(86_400)), "one job for one time; then the next night");
    let page = alice.list_messages(at(Place::Inbox), None).await.unwrap().rows;
    let rows: Vec<_> = page.iter().map(|row| (row.subject.as_str(), row.read, row.returned)).collect();
    assert_eq!(rows, [("later", false, true), ("nieuwer", false, false)]);

    let past = Day { year: 2020, month: 1, day: 1 };
    let refused = alice.act(Which::These(vec![message]), Act::Snooze(Snooze::On(past))).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "until what is over");
    stage.close().await;
}

/// [INB-14, ARC-09] What its owner marks private leaves the archive for colleagues, but for who may see everything.
#[tokio::test]
async fn private_messages() {
    let (stage, alice, mailbox) = open().await;
    let jan: ContactId = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "geheim")).await;
    let message = id_of(&alice, "geheim").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let chief = stage.hire(&alice, "Chief", Role::SuperAdmin).await;
    bob.open_message(message).await.unwrap();
    // A colleague may highlight what he sees in an archive, not hide it.
    assert_eq!(bob.act(Which::These(vec![message]), Act::Private(true)).await.unwrap().count, 0);
    assert_eq!(bob.act(Which::These(vec![message]), Act::Highlight(true)).await.unwrap().count, 1);
    assert_eq!(list(&alice, MessageFilter { show: Show::Highlighted, ..MessageFilter::default() }).await, ["geheim"]);
    alice.act(Which::These(vec![message]), Act::Private(true)).await.unwrap();

    let filter = ArchiveFilter { contact: jan, show: ArchiveShow::All, employees: false };
    for (session, seen) in [(&alice, 1), (&bob, 0), (&chief, 1)] {
        assert_eq!(session.list_archive(filter, None).await.unwrap().rows.len(), seen);
        assert_eq!(session.open_message(message).await.is_ok(), seen == 1);
        assert_eq!(session.raw_message(message).await.is_ok(), seen == 1);
        assert_eq!(session.add_note(message, "gezien".into()).await.is_ok(), seen == 1);
    }
    assert!(matches!(bob.list_notes(message).await, Err(Error::NotFound)));
    assert!(matches!(bob.act(Which::These(vec![message]), Act::Delete(true)).await, Err(Error::NotFound)));
    let task = TaskForm { title: "Gluren".into(), message: Some(message), ..TaskForm::default() };
    assert!(matches!(bob.add_task(task).await, Err(Error::NotFound)));
    stage.close().await;
}

/// [ARC-09] Notes are colleagues' words to each other; each takes back only his own.
#[tokio::test]
async fn notes() {
    let (stage, alice, mailbox) = open().await;
    alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "vraag")).await;
    let message = id_of(&alice, "vraag").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let note = bob.add_note(message, "  Ik bel hem. ".into()).await.unwrap();
    let seen = alice.list_notes(message).await.unwrap();
    assert_eq!((seen[0].author.as_str(), seen[0].text.as_str(), seen[0].mine), ("Bob", "Ik bel hem.", false));
    assert_eq!(alice.list_messages(at(Place::Inbox), None).await.unwrap().rows[0].notes, 1);
    assert!(matches!(alice.remove_note(note).await, Err(Error::Denied)));
    assert!(matches!(alice.add_note(message, " ".into()).await, Err(Error::Invalid(_))));
    bob.remove_note(note).await.unwrap();
    assert!(alice.list_notes(message).await.unwrap().is_empty());
    stage.close().await;
}

/// [ARC-09, INB-14] A message becomes a task about its contact, for whoever is to do it, late when its day is over.
#[tokio::test]
async fn tasks() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter(JAN, ALICE, "offerte maken")).await;
    let message = id_of(&alice, "offerte maken").await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let form =
        TaskForm { title: "Offerte".into(), due: "2027-01-14".into(), assignee: Some(bob.user()), contact: None, message: Some(message) };
    let id = alice.add_task(form.clone()).await.unwrap();
    let of_jan = alice.list_tasks(TaskFilter::Of(jan)).await.unwrap();
    assert_eq!((of_jan[0].title.as_str(), of_jan[0].assignee_name.as_str(), of_jan[0].message), ("Offerte", "Bob", Some(message)));
    assert!(alice.list_tasks(TaskFilter::Mine).await.unwrap().is_empty());
    let mine = bob.list_tasks(TaskFilter::Mine).await.unwrap();
    assert_eq!((mine[0].due.unwrap().days_from_today, mine[0].assignee_name.as_str()), (-1, ""), "yesterday, by the stage's clock");
    bob.set_task_done(id, true).await.unwrap();
    assert!(bob.list_tasks(TaskFilter::Mine).await.unwrap().is_empty());
    assert!(alice.list_tasks(TaskFilter::Of(jan)).await.unwrap()[0].done);
    bob.set_task_done(id, false).await.unwrap();
    let carol = stage.hire(&alice, "Carol", Role::User).await;
    assert!(matches!(carol.remove_task(id).await, Err(Error::Denied)));
    alice.remove_task(id).await.unwrap();
    assert!(matches!(alice.add_task(TaskForm { title: String::new(), ..form.clone() }).await, Err(Error::Invalid(_))));
    assert!(matches!(alice.add_task(TaskForm { due: "morgen".into(), ..form }).await, Err(Error::Invalid(_))));
    stage.close().await;
}
