//! What nobody needs goes out of view, and later for good; the server's copy is known and not wanted.

use crate::story::{add_account, add_folder, add_type, message, person};
use crate::world::{NOON, World, id};
use crm::Error;
use crm::ports::{NewMessage, RemovedRow, Sought, Tx};
use model::clean::Removal;
use model::inbox::{ArchiveFilter, ArchiveShow, MessageFilter, Place};
use model::mail_account::FolderRole;
use model::message::Flags;
use model::search::{Field, Phrase};
use model::{Cursor, FolderId, MessageId, PackId, UserId};

const INBOX: u64 = 1;
const SPAM: u64 = 2;
const TRASH: u64 = 3;

fn nth(n: u64) -> MessageId {
    id(1000 + n)
}

fn letter(n: u64, folder: u64, pack: u64) -> NewMessage {
    NewMessage { pack: id(pack), ..message(n, folder, i64::try_from(n).unwrap(), "bob@buys.example") }
}

async fn list(tx: &mut dyn Tx, place: Place) -> Vec<MessageId> {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    tx.list_messages(id(1), &filter, None, 100).await.unwrap().iter().map(|row| row.id).collect()
}

async fn overdue(tx: &mut dyn Tx, why: Removal, seconds: i64) -> Vec<MessageId> {
    let found = tx.list_overdue(why, NOON.plus_seconds(seconds), None, 100).await.unwrap();
    found.into_iter().map(|(_, id)| id).collect()
}

async fn found(tx: &mut dyn Tx) -> usize {
    let phrase = Phrase { field: Field::Any, words: vec!["zonnebloemen".into()], prefix: false, typed: String::new() };
    let sought = Sought { reader: Some(id(1)), everywhere: true, phrases: vec![(false, phrase)], ..Sought::default() };
    tx.search_messages(&sought, None, 50).await.unwrap().records.len()
}

/// [CLN-01, CLN-02, CLN-03, CLN-04, CLN-09] Every method of the port `Clean`, on both databases.
#[tokio::test]
async fn cleaning() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(Some(id(1)), NOON.plus_seconds(1_000)).await.unwrap();
        let tx_ = &mut *tx;
        add_type(tx_).await;
        add_account(tx_, 1).await;
        add_folder(tx_, INBOX, 1, FolderRole::Inbox).await;
        add_folder(tx_, SPAM, 1, FolderRole::Spam).await;
        add_folder(tx_, TRASH, 1, FolderRole::Trash).await;
        tx_.add_contact(&person(1, "Jan", "Bakker"), NOON).await.unwrap();
        let batch = [letter(1, INBOX, 1), letter(2, INBOX, 1), letter(3, SPAM, 2), letter(4, SPAM, 3), letter(5, TRASH, 2)];
        tx_.put_messages(&batch).await.unwrap();
        counted(tx_).await;
        out_of_view(tx_).await;
        had_back(tx_).await;
        destroyed(tx_).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

/// From what the days are counted: reception, finishing, or coming into the trash.
async fn counted(tx: &mut dyn Tx) {
    for (seconds, wanted) in [(2, vec![]), (3, vec![nth(3)]), (4, vec![nth(3), nth(4)])] {
        assert_eq!(overdue(tx, Removal::Spam, seconds).await, wanted, "by reception");
    }
    assert!(overdue(tx, Removal::Trash, 999).await.is_empty(), "the fifth was seen in the trash a thousand seconds after noon");
    assert_eq!(overdue(tx, Removal::Trash, 1_000).await, [nth(5)]);
    let first = tx.list_overdue(Removal::Spam, NOON.plus_seconds(9), None, 1).await.unwrap();
    let after = Cursor { at: first[0].0, id: first[0].1.0 };
    let second = tx.list_overdue(Removal::Spam, NOON.plus_seconds(9), Some(after), 1).await.unwrap();
    assert_eq!(second, [(NOON.plus_seconds(4), nth(4))]);

    tx.set_finished(nth(1), Some(NOON.plus_seconds(7))).await.unwrap();
    tx.set_finished(nth(2), Some(NOON.plus_seconds(8))).await.unwrap();
    tx.link(nth(2), id(1)).await.unwrap();
    assert!(overdue(tx, Removal::Finished, 6).await.is_empty());
    assert_eq!(overdue(tx, Removal::Finished, 9).await, [nth(1)], "linked ones are not counted at all");
    assert_eq!(tx.remove_messages(Removal::Finished, NOON.plus_seconds(9), &[nth(2)]).await.unwrap(), 0, "nor removed when named");
    assert_eq!(tx.remove_messages(Removal::Finished, NOON.plus_seconds(6), &[nth(1)]).await.unwrap(), 0, "too early");
    tx.set_finished(nth(1), None).await.unwrap();
    assert!(overdue(tx, Removal::Finished, 9).await.is_empty(), "open again");
    tx.set_finished(nth(1), Some(NOON.plus_seconds(7))).await.unwrap();

    // By the user's hand into the trash, and out again.
    tx.set_deleted(nth(2), Some(NOON)).await.unwrap();
    assert_eq!(overdue(tx, Removal::Trash, 1_000).await, [nth(2), nth(5)]);
    tx.set_deleted(nth(2), None).await.unwrap();
    assert_eq!(overdue(tx, Removal::Trash, 1_000).await, [nth(5)]);
}

async fn out_of_view(tx: &mut dyn Tx) {
    tx.link(nth(3), id(1)).await.unwrap();
    let archive = ArchiveFilter { contact: id(1), show: ArchiveShow::All, employees: false };
    assert_eq!(tx.list_archive(&archive, None, None, 10).await.unwrap().len(), 2);
    assert_eq!(found(tx).await, 5);
    assert_eq!(tx.remove_messages(Removal::Finished, NOON.plus_seconds(9), &[nth(1)]).await.unwrap(), 1);
    assert_eq!(tx.remove_messages(Removal::Spam, NOON.plus_seconds(9), &[nth(3), nth(4), nth(5)]).await.unwrap(), 2);
    assert_eq!(tx.remove_messages(Removal::Spam, NOON.plus_seconds(9), &[nth(3)]).await.unwrap(), 0, "once");
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().spam, 0);
    assert!(list(tx, Place::Spam).await.is_empty());
    assert_eq!(list(tx, Place::Finished).await, [nth(2)]);
    assert_eq!(found(tx).await, 2);
    assert_eq!(tx.list_archive(&archive, None, None, 10).await.unwrap().len(), 1);
    assert!(tx.find_message(nth(3)).await.unwrap().is_none());
    let thread = tx.thread_of(nth(2)).await.unwrap().unwrap();
    let (talk, more) = tx.list_thread(thread, 10).await.unwrap();
    assert_eq!((talk.iter().map(|row| row.id).collect::<Vec<_>>(), more), (vec![nth(2), nth(5)], 0));

    // Whatever happens to it on the server, it stays away.
    let again = NewMessage { location: Some((id(INBOX), 33)), ..letter(3, INBOX, 9) };
    assert!(!tx.put_messages(&[again]).await.unwrap()[0].added);
    tx.remove_locations(id(INBOX), &[33]).await.unwrap();
    assert!(list(tx, Place::Inbox).await.is_empty() && tx.find_message(nth(3)).await.unwrap().is_none());
}

async fn had_back(tx: &mut dyn Tx) {
    let row = tx.find_removed(nth(3)).await.unwrap().unwrap();
    let wanted = RemovedRow {
        id: nth(3),
        owner: id(1),
        private: false,
        subject: "Order 3".into(),
        who_name: "BOB".into(),
        who_address: "bob@buys.example".into(),
        why: Removal::Spam,
        at: NOON.plus_seconds(1_000),
    };
    assert_eq!(row, wanted);
    let ids = |rows: Vec<RemovedRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(tx.list_removed("", None, None, 10).await.unwrap()), [nth(4), nth(3), nth(1)]);
    let after = Cursor { at: NOON.plus_seconds(1_000), id: nth(3).0 };
    assert_eq!(ids(tx.list_removed("", None, Some(after), 10).await.unwrap()), [nth(1)]);
    assert_eq!(ids(tx.list_removed("3 buys.ex", None, None, 10).await.unwrap()), [nth(3)], "each word");
    assert!(tx.list_removed("%", None, None, 10).await.unwrap().is_empty());
    tx.set_private(nth(3), true).await.unwrap();
    let mine = tx.list_removed("", Some(id::<UserId>(1)), None, 10).await.unwrap();
    let others = tx.list_removed("", Some(id::<UserId>(2)), None, 10).await.unwrap();
    assert_eq!((mine.len(), others.len()), (3, 2));

    tx.bring_back(nth(3)).await.unwrap();
    assert!(matches!(tx.bring_back(nth(3)).await, Err(Error::NotFound)));
    assert_eq!(list(tx, Place::Spam).await, [nth(3)]);
    assert_eq!(found(tx).await, 3);
    assert!(overdue(tx, Removal::Spam, 999).await.is_empty(), "its days are counted from now");
    assert_eq!(overdue(tx, Removal::Spam, 1_000).await, [nth(3)]);
    // What the server has nothing of any more goes back to where it stood.
    tx.remove_locations(id(SPAM), &[4]).await.unwrap();
    tx.bring_back(nth(4)).await.unwrap();
    assert_eq!(list(tx, Place::Spam).await, [nth(4), nth(3)]);
    assert_eq!(tx.remove_messages(Removal::Spam, NOON.plus_seconds(1_000), &[nth(3), nth(4)]).await.unwrap(), 2);
}

async fn destroyed(tx: &mut dyn Tx) {
    let spam = id::<FolderId>(SPAM);
    assert_eq!(tx.destroy_removed(NOON.plus_seconds(999), 10).await.unwrap(), 0, "not yet");
    assert!(tx.list_spent_packs(10).await.unwrap().is_empty());
    assert_eq!(tx.destroy_removed(NOON.plus_seconds(1_000), 1).await.unwrap(), 1, "a batch at a time");
    assert_eq!(tx.destroy_removed(NOON.plus_seconds(1_000), 10).await.unwrap(), 2);
    assert!(tx.list_removed("", None, None, 10).await.unwrap().is_empty());
    assert!(tx.raw_at(nth(3)).await.unwrap().is_none());
    assert!(tx.participants(nth(3)).await.unwrap().0.is_empty());
    assert_eq!(found(tx).await, 2);
    // The packs of the second and the fifth still hold something.
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(3)]);
    tx.forget_spent_packs(&[id(3)]).await.unwrap();
    assert!(tx.list_spent_packs(10).await.unwrap().is_empty());

    let places = tx.list_locations(spam, 1, 100).await.unwrap();
    assert_eq!(places.iter().map(|place| (place.uid, place.message)).collect::<Vec<_>>(), [(3, None)], "seen, not kept");
    // Numbered anew it is still recognised; another letter of the same name is not taken for it.
    tx.orphan_locations(spam).await.unwrap();
    assert!(tx.adopt_orphan(spam, "3@buys.example", 1_003, 70, Flags::default()).await.unwrap());
    assert!(!tx.adopt_orphan(spam, "3@buys.example", 1_004, 71, Flags::default()).await.unwrap());
    assert!(!tx.adopt_orphan(id(INBOX), "3@buys.example", 1_003, 72, Flags::default()).await.unwrap(), "in its own folder only");
    let places = tx.list_locations(spam, 1, 100).await.unwrap();
    assert_eq!(places.iter().map(|place| (place.uid, place.message)).collect::<Vec<_>>(), [(70, None)]);
    // Its words are gone from the index too: the next letter takes its place there without finding them.
    let fresh = NewMessage { id: nth(3), location: Some((spam, 80)), ..letter(3, SPAM, 9) };
    let fresh = NewMessage { parsed: model::message::Parsed { search_text: "iets anders".into(), ..fresh.parsed.clone() }, ..fresh };
    assert!(tx.put_messages(&[fresh]).await.unwrap()[0].added);
    assert_eq!(found(tx).await, 2);
}

/// [CLN-01, CLN-02, CLN-03] What was there before cleaning came is counted from what is known of it, and from that day where nothing is.
#[tokio::test]
async fn what_was_there_before_is_not_removed_at_once() {
    let world = World::postgres().await;
    let (store, company) = world.company().await;
    let mut tx = company.write(None, NOON).await.unwrap();
    add_type(&mut *tx).await;
    add_account(&mut *tx, 1).await;
    for (n, role) in [(INBOX, FolderRole::Inbox), (SPAM, FolderRole::Spam), (TRASH, FolderRole::Trash)] {
        add_folder(&mut *tx, n, 1, role).await;
    }
    let batch = [letter(1, INBOX, 1), letter(2, INBOX, 1), letter(3, SPAM, 1), letter(4, TRASH, 1), letter(5, INBOX, 1)];
    tx.put_messages(&batch).await.unwrap();
    tx.set_finished(nth(1), Some(NOON.plus_seconds(7))).await.unwrap();
    tx.set_deleted(nth(2), Some(NOON.plus_seconds(8))).await.unwrap();
    tx.commit().await.unwrap();
    world.migrated_to_cleaning().await;
    let mut tx = company.read().await.unwrap();
    assert_eq!(overdue(&mut *tx, Removal::Finished, 7).await, [nth(1)]);
    assert_eq!(overdue(&mut *tx, Removal::Spam, 3).await, [nth(3)]);
    // The fourth was put there by another mail program, and nobody noted when.
    assert_eq!(overdue(&mut *tx, Removal::Trash, 1_000).await, [nth(2)]);
    assert_eq!(overdue(&mut *tx, Removal::Trash, 100 * 365 * 86_400).await, [nth(2), nth(4)]);
    drop(tx);
    store.close().await;
}
