//! What must never happen.

use crate::story::{add_account, add_folder, add_type, message, person};
use crate::world::{NOON, World, id, key, master};
use crm::ports::{CompanyRow, Login};
use crm::{CompanyKey, Error, MasterKey};
use model::contact::{Contact, ContactFilter};
use model::mail_account::FolderRole;
use model::{CompanyId, ContactId, TagId, UserId};
use std::path::Path;

/// Unlike anything else in the files.
const MARKER: &str = "Zonnebloemkwekerij-7f3a91";

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// [SEC-01] Nothing of what is kept stands readable in any file, the log of what was written last included.
#[tokio::test]
async fn no_file_tells_what_is_in_it() {
    let world = World::sqlite();
    let (store, company) = world.company().await;
    let mut directory = store.directory().await.unwrap();
    directory
        .add_company(&CompanyRow {
            id: id(1),
            name: MARKER.into(),
            wrapped_key: master().wrap(&key(), id(1), &*crate::world::Loaded::new(3)).unwrap(),
            created_at: NOON,
        })
        .await
        .unwrap();
    let login =
        Login { email_key: format!("{MARKER}@x.example"), email: MARKER.into(), password_hash: MARKER.into(), company: id(1), user: id(1) };
    directory.add_login(&login, NOON).await.unwrap();
    directory.commit().await.unwrap();

    let mut tx = company.write(None, NOON).await.unwrap();
    add_account(&mut *tx, 1).await;
    add_folder(&mut *tx, 1, 1, FolderRole::Inbox).await;
    add_type(&mut *tx).await;
    tx.add_contact(&Contact { note: MARKER.into(), ..person(1, MARKER, "Bakker") }, NOON).await.unwrap();
    let mut mail = message(1, 1, 1, "bob@buys.example");
    mail.parsed.subject = format!("Re: {MARKER}");
    mail.parsed.search_text = format!("about {MARKER}");
    tx.put_messages(&[mail]).await.unwrap();
    tx.commit().await.unwrap();

    let mut seen = Vec::new();
    files(world.folder.path(), &mut seen);
    assert!(seen.iter().any(|file| file.to_string_lossy().ends_with("-wal")), "the log is looked at too: {seen:?}");
    store.close().await;
    let mut after = Vec::new();
    files(world.folder.path(), &mut after);
    seen.extend(after);
    assert!(seen.len() >= 4);
    for file in seen.iter().filter(|file| file.exists()) {
        let bytes = std::fs::read(file).unwrap();
        assert!(!holds(&bytes, MARKER), "{} tells", file.display());
        assert!(!bytes.starts_with(b"SQLite format 3"), "{} is not encrypted", file.display());
        assert!(!holds(&bytes, "CREATE TABLE"), "{} tells its schema", file.display());
    }

    // What cannot be read by others can be read by us.
    let (store, company) = world.company().await;
    let found = company.read().await.unwrap().find_contact(id(1)).await.unwrap().unwrap();
    assert_eq!(found.note, MARKER);
    // The program ends next, and with it what SQLCipher encrypts with: no connection may be at work then.
    store.close().await;
}

/// [SEC-01] Neither key can be mistaken for another.
#[tokio::test]
async fn a_wrong_key_is_refused() {
    for world in World::all().await {
        let (store, _) = world.company().await;
        let wrong = CompanyKey::new([9; 32]);
        assert!(matches!(store.company(id(1), &wrong).await, Err(Error::WrongKey)), "while it is open");
        store.close().await;
        drop(store);

        assert!(matches!(world.open_with(&MasterKey::new([1; 32])).await, Err(Error::WrongKey)));
        let store = world.open().await.unwrap();
        assert!(matches!(store.company(id(1), &wrong).await, Err(Error::WrongKey)));
        assert!(store.company(id(1), &key()).await.is_ok(), "a refusal does no harm");
        store.close().await;
    }
}

/// [SEC-03] What one company writes, no other reads, also when connections are shared.
#[tokio::test]
async fn companies_never_see_each_other() {
    for world in World::all().await {
        let store = world.open().await.unwrap();
        let alice = store.company(id::<CompanyId>(1), &key()).await.unwrap();
        let mallory = store.company(id::<CompanyId>(2), &CompanyKey::new([9; 32])).await.unwrap();
        for round in 0..30 {
            let mut tx = alice.write(None, NOON).await.unwrap();
            if round == 0 {
                add_type(&mut *tx).await;
            }
            tx.add_contact(&person(10 + round, "Alice", "Sells"), NOON).await.unwrap();
            // Both hold a connection at once, so each gets the other's sooner or later.
            let mut other = mallory.read().await.unwrap();
            assert_eq!(other.count_contacts(&ContactFilter::default()).await.unwrap(), 0);
            tx.commit().await.unwrap();
            assert_eq!(other.find_contact(id(10 + round)).await.unwrap(), None);
            drop(other);
            assert_eq!(
                alice.read().await.unwrap().count_contacts(&ContactFilter::default()).await.unwrap(),
                i64::try_from(round).unwrap() + 1
            );
        }
        assert_eq!(mallory.read().await.unwrap().last_change().await.unwrap(), 0);

        store.remove_company(id(1)).await.unwrap();
        let anew = store.company(id::<CompanyId>(1), &CompanyKey::new([10; 32])).await.unwrap();
        assert_eq!(anew.read().await.unwrap().count_contacts(&ContactFilter::default()).await.unwrap(), 0, "removed is removed");
        drop((anew, alice, mallory));
        store.close().await;
    }
}

#[tokio::test]
async fn what_is_not_committed_never_was() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(None, NOON).await.unwrap();
        add_type(&mut *tx).await;
        tx.add_contact(&person(1, "Bob", "Buys"), NOON).await.unwrap();
        drop(tx);
        let mut tx = company.write(None, NOON).await.unwrap();
        assert_eq!(tx.find_contact(id::<ContactId>(1)).await.unwrap(), None);
        assert_eq!(tx.last_change().await.unwrap(), 0);
        drop(tx);

        let mut directory = store.directory().await.unwrap();
        directory.add_company(&CompanyRow { id: id(5), name: "x".into(), wrapped_key: vec![1], created_at: NOON }).await.unwrap();
        drop(directory);
        assert!(store.directory().await.unwrap().find_company(id(5)).await.unwrap().is_none());
        store.close().await;
    }
}

#[tokio::test]
async fn a_clash_names_its_column() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut directory = store.directory().await.unwrap();
        directory.add_company(&CompanyRow { id: id(1), name: "x".into(), wrapped_key: vec![1], created_at: NOON }).await.unwrap();
        let login = |user: u64| Login {
            email_key: "bob@buys.example".into(),
            email: "Bob@buys.example".into(),
            password_hash: "x".into(),
            company: id(1),
            user: id::<UserId>(user),
        };
        directory.add_login(&login(1), NOON).await.unwrap();
        match directory.add_login(&login(2), NOON).await {
            Err(Error::Conflict(what)) => assert_eq!(what, "logins.email_key"),
            other => panic!("{other:?}"),
        }
        drop(directory);

        let mut tx = company.write(None, NOON).await.unwrap();
        tx.tag_named(id::<TagId>(1), "VIP").await.unwrap();
        let other = tx.tag_named(id::<TagId>(2), "Slow payer").await.unwrap();
        match tx.rename_tag(other.id, " vip").await {
            Err(Error::Conflict(what)) => assert_eq!(what, "tags.name_key"),
            other => panic!("{other:?}"),
        }
        drop(tx);
        store.close().await;
    }
}
