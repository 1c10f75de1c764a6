//! What Alice did here, and her mail server is still to be told.

use crate::story::message;
use crate::world::{NOON, id};
use crm::ports::{Lies, Tx, Want};
use model::MailAccountId;
use model::inbox::Place;
use model::mail_account::FolderRole;
use model::message::Flags;

pub(crate) async fn errands(tx: &mut dyn Tx) {
    let account = id::<MailAccountId>(1);
    let mut letter = message(50, 1, 50, "bob@buys.example");
    letter.parsed.subject = "Errand".into();
    let letter = tx.put_messages(&[letter]).await.unwrap()[0].id;
    let place = async |tx: &mut dyn Tx| tx.find_message(letter).await.unwrap().unwrap().place;
    assert_eq!(tx.lies_in(letter).await.unwrap(), [Lies { folder: id(1), uid: 50, flags: Flags::default() }]);

    // The last wish of a kind counts, and shows at once.
    tx.put_errand(letter, Want::Read(true), NOON).await.unwrap();
    tx.put_errand(letter, Want::Move(FolderRole::Trash), NOON).await.unwrap();
    assert_eq!(place(tx).await, Place::Trash);
    tx.put_errand(letter, Want::Move(FolderRole::Spam), NOON.plus_seconds(5)).await.unwrap();
    assert_eq!(place(tx).await, Place::Spam);
    assert_eq!(tx.list_errands(account, NOON, 10).await.unwrap().iter().map(|errand| errand.want).collect::<Vec<_>>(), [Want::Read(true)]);
    assert_eq!(tx.accounts_with_errands(NOON).await.unwrap(), [account]);
    assert_eq!(tx.list_errands(account, NOON.plus_seconds(-86_400), 10).await.unwrap().len(), 2, "the clock was set back");

    // While it is not told, the server's flags do not undo it.
    tx.set_read(letter, true).await.unwrap();
    tx.set_location_flags(id(1), &[(50, Flags { answered: true, ..Flags::default() })]).await.unwrap();
    tx.set_location_flags(id(1), &[(50, Flags { seen: true, ..Flags::default() })]).await.unwrap();
    tx.set_location_flags(id(1), &[(50, Flags::default())]).await.unwrap();
    assert!(tx.find_message(letter).await.unwrap().unwrap().read);

    let due = tx.list_errands(account, NOON.plus_seconds(5), 10).await.unwrap();
    let (read, spam) = (due[0].clone(), due[1].clone());
    assert_eq!((read.attempts, spam.message_key.as_str()), (0, "50@buys.example"));
    tx.errand_begins(&read, NOON.plus_seconds(60)).await.unwrap();
    assert_eq!(tx.list_errands(account, NOON.plus_seconds(5), 10).await.unwrap().len(), 1);
    tx.errand_done(&read).await.unwrap();
    tx.set_location_flags(id(1), &[(50, Flags { answered: true, ..Flags::default() })]).await.unwrap();

    // Another wish in the meantime: what was done is not the last word.
    tx.put_errand(letter, Want::Move(FolderRole::Trash), NOON).await.unwrap();
    tx.errand_done(&spam).await.unwrap();
    assert_eq!(tx.list_errands(account, NOON, 10).await.unwrap().len(), 1);
    tx.set_deleted(letter, Some(NOON)).await.unwrap();
    let trash = tx.list_errands(account, NOON, 10).await.unwrap().remove(0);
    tx.move_location(id(1), 50, id(3), 9).await.unwrap();
    tx.errand_done(&trash).await.unwrap();
    assert!(tx.list_errands(account, NOON, 10).await.unwrap().is_empty());
    tx.settle_errands(account).await.unwrap();
    assert_eq!(tx.lies_in(letter).await.unwrap()[0].folder, id(3));
    assert_eq!(place(tx).await, Place::Trash);
    // From now on the server's word counts: another program takes it out of the trash again.
    tx.move_location(id(3), 9, id(1), 51).await.unwrap();
    assert_eq!(place(tx).await, Place::Inbox);
    assert!(!tx.find_message(letter).await.unwrap().unwrap().deleted);

    // What cannot be done is shown, stands where it lies, and can be asked for again.
    tx.put_errand(letter, Want::Move(FolderRole::Spam), NOON).await.unwrap();
    let spam = tx.list_errands(account, NOON, 10).await.unwrap().remove(0);
    tx.errand_fails(&spam, "[OVERQUOTA] Full").await.unwrap();
    assert_eq!(place(tx).await, Place::Inbox);
    let failed = tx.failed_errands(account, 10).await.unwrap();
    assert_eq!((failed[0].subject.as_str(), failed[0].reason.as_str(), failed[0].want), ("Errand", "[OVERQUOTA] Full", spam.want));
    assert!(tx.list_errands(account, NOON, 10).await.unwrap().is_empty());
    tx.retry_errands(account, NOON).await.unwrap();
    assert_eq!(place(tx).await, Place::Spam);
    assert_eq!(tx.list_errands(account, NOON, 10).await.unwrap().len(), 1);
}
