//! The address books of phones, on both databases.

use crate::story::{add_account, add_type, person};
use crate::world::{NOON, World, id};
use crm::ports::{BookRow, CardsAsked, CompanyRow, DeviceMark, DevicePasswordRow, DeviceRow, Store, WrittenRow};
use model::contact::{ContactKind, ContactRef, DetailForm, DetailKind};
use model::inbox::Entity;
use model::phone_sync::{Deed, DeviceError, Pick, SyncChoice};
use model::{BookId, ContactId, TagId, UserId};

const ALL: CardsAsked = CardsAsked { after: 0, deleted: true, text: true, limit: 100 };

fn book() -> BookRow {
    BookRow {
        id: id(50),
        user: id(1),
        epoch: "one".into(),
        seq: 0,
        choice: SyncChoice { everyone: true, ..SyncChoice::default() },
        address: "https://crm.example".into(),
        logins: 7,
        two_way: false,
        enabled_at: NOON,
    }
}

/// [DAV-06, DAV-10, DAV-18] A book follows its contacts in the transaction that changes them.
#[tokio::test]
async fn books_follow_their_contacts() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let me: UserId = id(1);
        let (bob, carol, bakker): (ContactId, ContactId, ContactId) = (id(1), id(2), id(3));
        let mut tx = company.write(Some(me), NOON).await.unwrap();
        add_account(&mut *tx, 1).await;
        add_type(&mut *tx).await;
        tx.add_contact(&person(1, "Bob", "Buys"), NOON).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = company.write(Some(me), NOON).await.unwrap();
        assert_eq!((tx.find_book(me).await.unwrap(), tx.list_books().await.unwrap()), (None, vec![]));
        tx.put_book(&book()).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.read().await.unwrap();
        assert_eq!(tx.find_book(me).await.unwrap(), Some(BookRow { seq: 1, ..book() }));
        let cards = tx.list_cards(id(50), ALL).await.unwrap();
        assert_eq!((cards.len(), cards[0].seq, cards[0].deleted, cards[0].revised_at), (1, 1, false, NOON));
        assert_eq!(cards[0].name, format!("{bob}.vcf"));
        assert_eq!(cards[0].bytes, i64::try_from(cards[0].vcard.len()).unwrap());
        assert!(cards[0].vcard.contains("FN:Bob Buys") && cards[0].etag == crm::vcard::etag(&cards[0].vcard));
        let bare = tx.list_cards(id(50), CardsAsked { text: false, ..ALL }).await.unwrap();
        assert_eq!((bare[0].vcard.as_str(), &bare[0].etag), ("", &cards[0].etag));
        drop(tx);

        // Every way in which a card may change, each its own number; what shows on none has none.
        let later = NOON.plus_seconds(60);
        let mut tx = company.write(Some(me), later).await.unwrap();
        let mut company_card = person(3, "", "");
        company_card.kind = ContactKind::Company;
        company_card.company = "Bakker".into();
        tx.add_contact(&company_card, later).await.unwrap();
        let mut employee = person(1, "Bob", "Buys");
        employee.employer = Some(bakker);
        tx.put_contact(&employee).await.unwrap();
        tx.add_contact(&person(2, "Carol", "Books"), later).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.write(Some(me), later).await.unwrap();
        tx.put_contact(&employee).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(company.read().await.unwrap().find_book(me).await.unwrap().unwrap().seq, 4);
        let mut tx = company.write(Some(me), later).await.unwrap();
        company_card.company = "Bakker & Zn".into();
        tx.put_contact(&company_card).await.unwrap();
        let form = DetailForm { kind: DetailKind::Email, label: String::new(), value: "carol@books.example".into() };
        tx.put_detail(carol, id(1), &form, "carol@books.example").await.unwrap();
        tx.tag_named(id::<TagId>(1), "vip").await.unwrap();
        tx.tag_contact(carol, id(1)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.read().await.unwrap();
        assert_eq!(tx.list_cards(id(50), CardsAsked { after: 4, ..ALL }).await.unwrap().len(), 3);
        let named = tx.cards_named(id(50), &[format!("{bob}.vcf"), format!("{carol}.vcf"), "x".into()], true).await.unwrap();
        assert_eq!(named.len(), 2);
        assert!(named.iter().any(|card| card.vcard.contains("ORG:Bakker & Zn")));
        assert!(named.iter().any(|card| card.vcard.contains("CATEGORIES:vip") && card.vcard.contains("carol@books.example")));
        assert_eq!(tx.cards_named(id(50), &["x".into()], false).await.unwrap(), []);
        drop(tx);

        // Out and in again.
        let mut tx = company.write(Some(me), later).await.unwrap();
        tx.rename_tag(id(1), "vips").await.unwrap();
        tx.set_contact_deleted(bob, Some(later)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.read().await.unwrap();
        let changes = tx.list_cards(id(50), CardsAsked { after: 7, ..ALL }).await.unwrap();
        assert_eq!(
            changes.iter().map(|card| (card.name.as_str(), card.deleted)).collect::<Vec<_>>(),
            [(format!("{bob}.vcf").as_str(), true), (format!("{carol}.vcf").as_str(), false)]
        );
        assert!(changes[1].vcard.contains("CATEGORIES:vips"));
        assert_eq!(tx.list_cards(id(50), CardsAsked { deleted: false, ..ALL }).await.unwrap().len(), 2);
        assert_eq!(tx.count_cards(id(50)).await.unwrap(), 2);
        assert_eq!(tx.cards_named(id(50), &[format!("{bob}.vcf")], false).await.unwrap(), []);
        drop(tx);

        // What is chosen: by type, tag, `mine`, by hand.
        let mut tx = company.write(Some(me), later).await.unwrap();
        let none = SyncChoice::default();
        assert_eq!(tx.count_choice(me, &none).await.unwrap(), 0);
        assert_eq!(tx.count_choice(me, &SyncChoice { types: vec![id(1)], ..none.clone() }).await.unwrap(), 2);
        assert_eq!(tx.count_choice(me, &SyncChoice { tags: vec![id(1)], ..none.clone() }).await.unwrap(), 1);
        assert_eq!(tx.count_choice(me, &SyncChoice { mine: true, ..none.clone() }).await.unwrap(), 2);
        assert_eq!(tx.count_choice(id(2), &SyncChoice { mine: true, ..none.clone() }).await.unwrap(), 0);
        tx.set_pick(me, carol, Pick::Hidden).await.unwrap();
        assert_eq!(tx.count_choice(me, &SyncChoice { everyone: true, ..none.clone() }).await.unwrap(), 1);
        tx.set_pick(me, carol, Pick::Chosen).await.unwrap();
        assert_eq!(tx.count_choice(me, &none).await.unwrap(), 1);
        assert_eq!((tx.list_picks(me, true).await.unwrap().len(), tx.list_picks(me, false).await.unwrap().len()), (1, 0));
        tx.put_book(&BookRow { choice: none, epoch: "two".into(), ..book() }).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(company.read().await.unwrap().count_cards(id(50)).await.unwrap(), 1);
        let mut tx = company.write(Some(me), later).await.unwrap();
        tx.set_pick(me, carol, Pick::Unsaid).await.unwrap();
        tx.forget_logins(me).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.write(Some(me), later).await.unwrap();
        assert_eq!(tx.count_cards(id(50)).await.unwrap(), 0);
        let found = tx.find_book(me).await.unwrap().unwrap();
        assert_eq!((found.epoch.as_str(), found.logins), ("two", 8));

        let mut device = DeviceRow { password: None, family: "iOS".into(), agent: "iOS/18.4".into(), seen_at: NOON, cards: 3, error: None };
        tx.put_device(id(50), &device).await.unwrap();
        device.error = Some((DeviceError::ReadOnly, later));
        tx.put_device(id(50), &device).await.unwrap();
        let other = DeviceRow { password: Some(id(9)), seen_at: later, ..device.clone() };
        tx.put_device(id(50), &other).await.unwrap();
        tx.put_device(id::<BookId>(51), &device).await.unwrap();
        assert_eq!(tx.list_devices(id(50)).await.unwrap(), [other, device]);
        let before = tx.last_change().await.unwrap();
        tx.remove_book(me).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.read().await.unwrap();
        assert_eq!((tx.find_book(me).await.unwrap(), tx.count_cards(id(50)).await.unwrap()), (None, 0));
        let noted = tx.changes_after(before, 10).await.unwrap();
        assert!(noted.iter().any(|(change, owner)| change.entity == Entity::PhoneSync && *owner == Some(me)));
        drop(tx);
        drop(company);
        store.close().await;
    }
}

/// [DAV-07] What devices write: names of their own, lines that are given back, and which of them did it.
#[tokio::test]
async fn devices_write() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let me: UserId = id(1);
        let (bob, carol): (ContactId, ContactId) = (id(1), id(2));
        let mut tx = company.write(Some(me), NOON).await.unwrap();
        add_account(&mut *tx, 1).await;
        add_type(&mut *tx).await;
        tx.add_contact(&person(1, "Bob", "Buys"), NOON).await.unwrap();
        tx.put_book(&book()).await.unwrap();
        assert!(tx.set_two_way(id(2), true).await.is_err());
        tx.set_two_way(me, true).await.unwrap();
        tx.commit().await.unwrap();
        let found = company.read().await.unwrap().find_book(me).await.unwrap().unwrap();
        assert!(found.two_way);

        let phone = DeviceMark { password: Some(id(9)), family: "iOS".into() };
        let later = NOON.plus_seconds(60);
        let mut tx = company.write(Some(me), later).await.unwrap();
        tx.by_device(phone.clone());
        tx.add_contact(&person(2, "Carol", "Books"), later).await.unwrap();
        tx.keep_lines(carol, "ABC", "BDAY:1985-04-12\n").await.unwrap();
        tx.name_card(found.id, carol, "own.vcf").await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = company.read().await.unwrap();
        assert_eq!(tx.contact_of_uid("ABC").await.unwrap(), Some(carol));
        assert_eq!(tx.contact_of_uid(&bob.to_string()).await.unwrap(), Some(bob));
        for nobody in ["", "abc", "01990000-0000-7000-8000-0000000000ff"] {
            assert_eq!(tx.contact_of_uid(nobody).await.unwrap(), None, "{nobody}");
        }
        let source = tx.card_source(carol, "https://crm.example").await.unwrap().unwrap();
        assert_eq!((source.uid.as_str(), source.kept.as_str()), ("ABC", "BDAY:1985-04-12\n"));
        assert_eq!(tx.card_source(bob, "").await.unwrap().unwrap().uid, bob.to_string());
        assert!(tx.card_source(id(77), "").await.unwrap().is_none());
        let named = tx.cards_named(found.id, &["own.vcf".into(), format!("{carol}.vcf"), format!("{bob}.vcf")], true).await.unwrap();
        let mut names: Vec<_> = named.iter().map(|card| (card.contact, card.name.clone())).collect();
        names.sort();
        assert_eq!(names, [(bob, format!("{bob}.vcf")), (carol, "own.vcf".into())]);
        assert!(named.iter().any(|card| card.vcard.contains("UID:ABC\r\n") && card.vcard.contains("BDAY:1985-04-12\r\n")));
        let listed = tx.list_cards(found.id, ALL).await.unwrap();
        assert_eq!(listed.last().map(|card| (card.contact, card.name.as_str())), Some((carol, "own.vcf")));
        assert_eq!(tx.card_name(found.id, carol).await.unwrap(), Some(("own.vcf".into(), false)));
        assert_eq!(tx.card_name(found.id, id(77)).await.unwrap(), None);
        drop(tx);

        // Deleted on a device; and its name is another's then.
        let mut tx = company.write(Some(me), later).await.unwrap();
        tx.by_device(DeviceMark { password: None, ..phone.clone() });
        tx.set_pick(me, carol, Pick::Hidden).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = company.write(Some(me), later).await.unwrap();
        assert_eq!(tx.card_name(found.id, carol).await.unwrap(), Some(("own.vcf".into(), true)));
        assert_eq!(tx.cards_named(found.id, &["own.vcf".into()], false).await.unwrap(), []);
        tx.name_card(found.id, bob, "own.vcf").await.unwrap();
        assert_eq!(tx.card_name(found.id, carol).await.unwrap(), Some((format!("{carol}.vcf"), true)));
        tx.name_card(found.id, bob, &format!("{bob}.vcf")).await.unwrap();
        assert_eq!(tx.card_name(found.id, bob).await.unwrap(), Some((format!("{bob}.vcf"), false)));
        tx.put_contact(&person(1, "Robert", "Buys")).await.unwrap();
        tx.commit().await.unwrap();

        let row = |deed, password| WrittenRow {
            contact: ContactRef { id: carol, kind: ContactKind::Person, name: "Carol Books".into() },
            deed,
            at: later,
            device: DeviceMark { password, ..phone.clone() },
            hidden: true,
        };
        let written = company.read().await.unwrap().list_written(me, 10).await.unwrap();
        assert_eq!(written, [row(Deed::Hidden, None), row(Deed::Added, phone.password)], "What was done here is not among it");
        assert_eq!(company.read().await.unwrap().list_written(me, 1).await.unwrap().len(), 1);
        assert_eq!(company.read().await.unwrap().list_written(id(2), 10).await.unwrap(), []);
        drop(company);
        store.close().await;
    }
}

/// [TFA-08] Passwords of devices, in the directory.
#[tokio::test]
async fn device_passwords_are_kept_by_their_hash() {
    for world in World::all().await {
        let store: std::sync::Arc<dyn Store> = world.open().await.unwrap();
        let mut tx = store.directory().await.unwrap();
        tx.add_company(&CompanyRow { id: id(1), name: "Sells".into(), wrapped_key: vec![1], created_at: NOON }).await.unwrap();
        let row =
            DevicePasswordRow { id: id(1), hash: vec![0, 255], company: id(1), user: id(1), label: "iPhone".into(), created_at: NOON };
        tx.add_device_password(&row).await.unwrap();
        assert_eq!(tx.find_device_password(&[0, 255]).await.unwrap(), Some(row.clone()));
        assert_eq!(tx.find_device_password(&[0]).await.unwrap(), None);
        assert_eq!(tx.list_device_passwords(id(1)).await.unwrap(), [row]);
        assert_eq!(tx.list_device_passwords(id(2)).await.unwrap(), []);
        assert!(!tx.remove_device_password(id(2), id(1)).await.unwrap());
        assert!(tx.remove_device_password(id(1), id(1)).await.unwrap());
        tx.commit().await.unwrap();
        store.close().await;
    }
}
