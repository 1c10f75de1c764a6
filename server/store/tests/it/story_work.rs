//! Alice works through her inbox; the store keeps what she did.

use crate::story::{add_account, add_folder, add_type, message, person};
use crate::world::{NOON, World, id};
use crm::Error;
use crm::ports::{ActRow, Acted, JobRow, NoteRow, TaskRow, TasksOf, Tx};
use model::inbox::{ArchiveFilter, ArchiveShow, MessageFilter, Place, Show, Sort};
use model::mail_account::FolderRole;
use model::{ContactId, Cursor, MessageId, Moment, TaskId, UserId};

fn at(place: Place) -> MessageFilter {
    MessageFilter { place, ..MessageFilter::default() }
}

fn show(show: Show) -> MessageFilter {
    MessageFilter { show, ..MessageFilter::default() }
}

/// The numbers of the messages in a list.
async fn list(tx: &mut dyn Tx, filter: MessageFilter) -> Vec<u64> {
    tx.list_messages(id(1), &filter, None, 100).await.unwrap().iter().map(|row| number(row.id)).collect()
}

fn number(message: MessageId) -> u64 {
    u64::try_from(message.0.as_u128() & 0xffff).unwrap() - 1000
}

/// The n-th message of the story.
fn nth(n: u64) -> MessageId {
    id(1000 + n)
}

/// Every method of the port `Work`, and what it changes elsewhere, on both databases.
#[tokio::test]
async fn working_through_the_inbox() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        add_type(&mut *tx).await;
        add_account(&mut *tx, 1).await;
        add_folder(&mut *tx, 1, 1, FolderRole::Inbox).await;
        let bob = person(1, "Bob", "Buys");
        tx.add_contact(&bob, NOON).await.unwrap();
        let batch: Vec<_> = [(1, "carol@z.example"), (2, "bob@m.example"), (3, "alfa@a.example"), (4, "bob@m.example")]
            .map(|(n, from)| message(n, 1, i64::try_from(n).unwrap(), from))
            .into();
        tx.put_messages(&batch).await.unwrap();
        tx.link(nth(2), id(1)).await.unwrap();
        tx.link(nth(4), id(1)).await.unwrap();
        orders(&mut *tx).await;
        marks(&mut *tx).await;
        putting_off(&mut *tx).await;
        acts(&mut *tx).await;
        notes(&mut *tx).await;
        tasks(&mut *tx).await;
        jobs(&mut *tx).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

/// [INB-12] Newest, oldest, by address; each a page at a time.
async fn orders(tx: &mut dyn Tx) {
    for (sort, wanted) in [(Sort::Newest, [4, 3, 2, 1]), (Sort::Oldest, [1, 2, 3, 4]), (Sort::Address, [3, 4, 2, 1])] {
        let filter = MessageFilter { sort, ..MessageFilter::default() };
        assert_eq!(list(tx, filter).await, wanted);
        let mut paged = Vec::new();
        let mut after = None;
        while let Some(row) = tx.list_messages(id(1), &filter, after, 1).await.unwrap().pop() {
            after = Some(Cursor { at: row.at, id: row.id.0 });
            paged.push(number(row.id));
        }
        assert_eq!(paged, wanted, "{sort:?} by pages");
    }
    let matching = tx.list_matching(id(1), &at(Place::Inbox), None, 3).await.unwrap();
    assert_eq!(matching.iter().map(|(_, id)| number(*id)).collect::<Vec<_>>(), [4, 3, 2]);
    let (last, message) = matching[2];
    let rest = tx.list_matching(id(1), &at(Place::Inbox), Some(Cursor { at: last, id: message.0 }), 3).await.unwrap();
    assert_eq!(rest.iter().map(|(_, id)| number(*id)).collect::<Vec<_>>(), [1]);
    assert_eq!(tx.count_matching(id(1), &at(Place::Inbox)).await.unwrap(), 4);
    assert_eq!(tx.count_matching(id(1), &show(Show::Unlinked)).await.unwrap(), 2);
    assert_eq!(tx.count_matching(id(2), &at(Place::Inbox)).await.unwrap(), 0, "another's");
}

async fn marks(tx: &mut dyn Tx) {
    tx.set_highlighted(nth(3), true).await.unwrap();
    assert_eq!(list(tx, show(Show::Highlighted)).await, [3]);
    assert_eq!(tx.count_matching(id(1), &show(Show::Highlighted)).await.unwrap(), 1);
    tx.set_highlighted(nth(3), false).await.unwrap();
    assert!(list(tx, show(Show::Highlighted)).await.is_empty());
    assert!(matches!(tx.set_highlighted(nth(99), true).await, Err(Error::NotFound)));

    tx.set_private(nth(4), true).await.unwrap();
    assert_eq!(list(tx, show(Show::Private)).await, [4]);
    let filter = ArchiveFilter { contact: id::<ContactId>(1), show: ArchiveShow::All, employees: false };
    for (viewer, seen) in [(Some(id::<UserId>(1)), 2), (Some(id(2)), 1), (None, 2)] {
        assert_eq!(tx.list_archive(&filter, viewer, None, 10).await.unwrap().len(), seen, "{viewer:?}");
    }
    tx.set_private(nth(4), false).await.unwrap();
}

async fn putting_off(tx: &mut dyn Tx) {
    let until = NOON.plus_seconds(60);
    tx.set_read(nth(2), true).await.unwrap();
    tx.set_snoozed(nth(2), Some(until)).await.unwrap();
    assert_eq!(list(tx, at(Place::Snoozed)).await, [2]);
    assert_eq!(list(tx, at(Place::Inbox)).await, [4, 3, 1]);
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().snoozed, 1);
    assert_eq!(tx.count_open(id(1)).await.unwrap(), 1, "it waits in no inbox");
    assert_eq!(tx.wake_snoozed(until.plus_seconds(-1), 10).await.unwrap(), 0, "not before its time");
    assert_eq!(tx.wake_snoozed(until, 10).await.unwrap(), 1);
    let back = tx.find_message(nth(2)).await.unwrap().unwrap();
    assert_eq!((back.place, back.read, back.snoozed_until, back.returned_at), (Place::Inbox, false, None, Some(until)));
    assert_eq!(list(tx, at(Place::Inbox)).await, [4, 3, 1], "it stands above the list");
    let returned = tx.list_returned(id(1), &at(Place::Inbox), 10).await.unwrap();
    assert_eq!(returned.iter().map(|row| number(row.id)).collect::<Vec<_>>(), [2]);
    assert!(tx.list_returned(id(1), &show(Show::Unlinked), 10).await.unwrap().is_empty());
    tx.set_finished(nth(2), Some(NOON)).await.unwrap();
    assert!(tx.list_returned(id(1), &at(Place::Inbox), 10).await.unwrap().is_empty());
    assert_eq!(list(tx, at(Place::Finished)).await, [2]);
    tx.set_finished(nth(2), None).await.unwrap();
    tx.set_snoozed(nth(2), None).await.unwrap();
    assert_eq!(list(tx, at(Place::Inbox)).await, [4, 3, 2, 1], "and in its own place again");
}

async fn acts(tx: &mut dyn Tx) {
    let row = |n: u64, at: Moment| ActRow { id: id(n), user: id(1), act: "finish".into(), at };
    tx.add_act(&row(1, NOON)).await.unwrap();
    let acted = [3, 1, 2].map(|n| Acted { message: nth(n), was: (n == 2).then_some(NOON) });
    tx.add_acted(id(1), &acted).await.unwrap();
    assert_eq!(tx.find_act(id(1)).await.unwrap(), Some(row(1, NOON)));
    let first = tx.list_acted(id(1), None, 2).await.unwrap();
    assert_eq!(first, [acted[1], acted[2]]);
    assert_eq!(tx.list_acted(id(1), Some(nth(2)), 2).await.unwrap(), [acted[0]]);
    tx.add_act(&row(2, NOON.plus_seconds(10))).await.unwrap();
    tx.remove_acts(NOON.plus_seconds(5)).await.unwrap();
    assert_eq!(tx.find_act(id(1)).await.unwrap(), None);
    assert!(tx.list_acted(id(1), None, 2).await.unwrap().is_empty());
    tx.remove_act(id(2)).await.unwrap();
    assert_eq!(tx.find_act(id(2)).await.unwrap(), None);
}

/// [ARC-09] Notes stand in their order, and lists know how many there are.
async fn notes(tx: &mut dyn Tx) {
    let row = |n: u64, seconds: i64| NoteRow {
        id: id(n),
        message: nth(1),
        author: id(1),
        text: format!("Note {n}"),
        at: NOON.plus_seconds(seconds),
    };
    tx.add_note(&row(2, 2)).await.unwrap();
    tx.add_note(&row(1, 1)).await.unwrap();
    assert_eq!(tx.list_notes(nth(1)).await.unwrap(), [row(1, 1), row(2, 2)]);
    assert_eq!(tx.find_message(nth(1)).await.unwrap().unwrap().notes, 2);
    assert_eq!(tx.find_note(id(2)).await.unwrap(), Some(row(2, 2)));
    tx.remove_note(id(2)).await.unwrap();
    assert!(matches!(tx.remove_note(id(2)).await, Err(Error::NotFound)));
    assert_eq!(tx.find_message(nth(1)).await.unwrap().unwrap().notes, 1);
}

async fn tasks(tx: &mut dyn Tx) {
    let row = |n: u64, due_day: Option<i64>| TaskRow {
        id: id(n),
        title: format!("Task {n}"),
        due_day,
        done_at: None,
        author: id(1),
        assignee: id(1),
        contact: Some(id(1)),
        message: Some(nth(1)),
        at: NOON,
    };
    for (n, due) in [(1, None), (2, Some(20_500)), (3, Some(20_400))] {
        tx.put_task(&row(n, due)).await.unwrap();
    }
    let numbers = |rows: Vec<TaskRow>| rows.into_iter().map(|row| row.id).collect::<Vec<TaskId>>();
    assert_eq!(numbers(tx.list_tasks(TasksOf::Assignee(id(1)), 10).await.unwrap()), [id(3), id(2), id(1)]);
    let done = TaskRow { done_at: Some(NOON), title: "Done".into(), ..row(3, Some(20_400)) };
    tx.put_task(&done).await.unwrap();
    assert_eq!(tx.find_task(id(3)).await.unwrap(), Some(done));
    assert_eq!(numbers(tx.list_tasks(TasksOf::Assignee(id(1)), 10).await.unwrap()), [id(2), id(1)]);
    assert_eq!(numbers(tx.list_tasks(TasksOf::Contact(id(1)), 10).await.unwrap()), [id(2), id(1), id(3)]);
    assert!(tx.list_tasks(TasksOf::Contact(id(2)), 10).await.unwrap().is_empty());
    tx.remove_task(id(3)).await.unwrap();
    assert!(matches!(tx.remove_task(id(3)).await, Err(Error::NotFound)));
    assert_eq!(tx.find_task(id(3)).await.unwrap(), None);
}

async fn jobs(tx: &mut dyn Tx) {
    assert_eq!(tx.next_job_at().await.unwrap(), None);
    for (n, due) in [(1, 20), (2, 10)] {
        let due_at = NOON.plus_seconds(due);
        tx.enqueue(&JobRow { id: id(n), kind: "wake".into(), dedup: n.to_string(), payload: "{}".into(), attempts: 0, due_at })
            .await
            .unwrap();
    }
    assert_eq!(tx.next_job_at().await.unwrap(), Some(NOON.plus_seconds(10)));
}
