//! The addresses that Alice writes from, beside those of her mailboxes.

use crate::story::{account, add_account};
use crate::story_outgoing::draft;
use crate::world::{NOON, World, id};
use crm::Error;
use crm::ports::{SenderRow, Tx, UserRow};
use model::inbox::{ChangeKind, Entity};
use model::outgoing::DraftForm;
use model::{MailAccountId, Role, SenderId};

fn sender(n: u64, mailbox: u64, address: &str) -> SenderRow {
    SenderRow {
        id: id(n),
        account: id(mailbox),
        owner: id(1),
        address: address.into(),
        name: String::new(),
        verified_at: None,
        code_hash: Some(vec![0, 255, 1]),
        code_until: NOON.plus_seconds(60),
        attempts: 0,
    }
}

async fn ids(tx: &mut dyn Tx, owner: u64) -> Vec<SenderId> {
    tx.list_senders(id(owner)).await.unwrap().into_iter().map(|row| row.id).collect()
}

/// [EML-25] Kept, listed, guessed at, verified, and gone again; on both databases.
#[tokio::test]
async fn senders() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        // 1 and 2 are Alice's, 3 is Bob's.
        add_account(&mut *tx, 1).await;
        tx.put_mail_account(&account(2)).await.unwrap();
        let bob = UserRow { id: id(2), first_name: "Bob".into(), last_name: String::new(), email: "b@b.example".into(), role: Role::User };
        tx.add_user(&bob).await.unwrap();
        tx.put_mail_account(&crm::ports::AccountRow { owner: id(2), ..account(3) }).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        kept(&mut *tx).await;
        let seq = tx.last_change().await.unwrap();
        tx.commit().await.unwrap();
        // Whose it is stands in the ledger: nobody else hears of it.
        let mut tx = company.read().await.unwrap();
        let told = tx.changes_after(seq, 100).await.unwrap();
        let told: Vec<_> = told.into_iter().filter(|(one, _)| one.entity == Entity::Sender).map(|(one, owner)| (one.id, owner)).collect();
        assert!(told.contains(&(id(1), Some(id(1)))) && told.contains(&(id(3), Some(id(2)))), "{told:?}");
        drop(tx);

        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        gone(&mut *tx).await;
        tx.commit().await.unwrap();
        let mut tx = company.read().await.unwrap();
        let told = tx.changes_after(0, 1000).await.unwrap();
        let removed = |one: &model::inbox::LiveChange| one.entity == Entity::Sender && one.kind == ChangeKind::Removed;
        assert_eq!(told.iter().filter(|(one, _)| removed(one)).count(), 1);
        drop(tx);

        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        assert!(matches!(
            tx.put_sender(&SenderRow { id: id(9), ..sender(9, 1, "INFO@sells.example") }).await,
            Err(Error::Conflict(what)) if what == "senders.address_key"
        ));
        drop(tx);
        store.close().await;
    }
}

async fn kept(tx: &mut dyn Tx) {
    let second = sender(2, 2, "verkoop@sells.example");
    tx.put_sender(&second).await.unwrap();
    tx.put_sender(&sender(1, 1, "Info@sells.example")).await.unwrap();
    tx.put_sender(&SenderRow { owner: id(2), ..sender(3, 3, "info@sells.example") }).await.unwrap();
    assert_eq!(tx.find_sender(id(2)).await.unwrap(), Some(second));
    assert_eq!(tx.find_sender(id(9)).await.unwrap(), None);
    // As the mailboxes stand, not as they were added.
    assert_eq!((ids(tx, 1).await, ids(tx, 2).await), (vec![id(1), id(2)], vec![id(3)]));
    assert_eq!(tx.list_senders(id(2)).await.unwrap()[0].owner, id(2));

    assert_eq!(tx.guess_at_sender(id(1)).await.unwrap().unwrap().attempts, 1);
    assert_eq!(tx.guess_at_sender(id(1)).await.unwrap().unwrap().attempts, 2);
    assert_eq!(tx.guess_at_sender(id(9)).await.unwrap(), None);
    let verified =
        SenderRow { name: "Vérkoop".into(), verified_at: Some(NOON), code_hash: None, attempts: 0, ..sender(1, 1, "Info@sells.example") };
    tx.put_sender(&verified).await.unwrap();
    assert_eq!(tx.find_sender(id(1)).await.unwrap(), Some(verified));
}

async fn gone(tx: &mut dyn Tx) {
    let of = |n: u64, alias: u64| {
        let row = draft(n, 1);
        crm::ports::DraftRow { form: DraftForm { alias: Some(id(alias)), ..row.form.clone() }, ..row }
    };
    tx.add_draft(&of(1, 1)).await.unwrap();
    tx.add_draft(&of(2, 2)).await.unwrap();
    assert_eq!(tx.find_draft(id(1)).await.unwrap().unwrap().form.alias, Some(id(1)));
    let form = DraftForm { alias: Some(id(2)), ..draft(1, 1).form };
    tx.put_draft(id(1), 1, &form, "").await.unwrap().unwrap();
    assert_eq!(tx.list_drafts(id(1), 10).await.unwrap().iter().map(|row| row.form.alias).collect::<Vec<_>>(), [Some(id(2)); 2]);

    tx.remove_sender(id(2)).await.unwrap();
    let draft = tx.find_draft(id(1)).await.unwrap().unwrap();
    assert_eq!((draft.form.sender, draft.form.alias, draft.version), (Some(id(1)), None, 2), "from the mailbox's own address");
    assert!(matches!(tx.remove_sender(id(2)).await, Err(Error::NotFound)));
    // With its mailbox.
    tx.remove_mail_account(id::<MailAccountId>(3)).await.unwrap();
    assert_eq!((ids(tx, 1).await, ids(tx, 2).await), (vec![id(1)], vec![]));
}
