//! Letters that begin half-written, and what they are filled with.

use crate::story::add_type;
use crate::world::{NOON, World, id};
use crm::Error;
use crm::ports::{RawAt, TemplateFileRow, TemplateRecord, Tx, UserRow};
use model::inbox::Entity;
use model::logo::Logo;
use model::preferences::Preferences;
use model::profile::{CompanyData, Profile};
use model::template::{ActionTypes, TemplateAction, TemplateFile, TemplateProperties};
use model::{PackId, Role, TemplateId, UserId};

fn record(n: u64, name: &str, standard: bool) -> TemplateRecord {
    let properties = TemplateProperties {
        name: name.into(),
        tab: "general".into(),
        subject: "Over «me.company»".into(),
        sender_domain: "alfa.example".into(),
        active: true,
    };
    TemplateRecord { id: id(n), properties, standard, version: 1, changed_at: NOON, files: 0 }
}

fn file(n: u64, template: u64, pack: u64) -> TemplateFileRow {
    TemplateFileRow {
        template: id(template),
        file: TemplateFile { id: id(n), name: format!("{n}.pdf"), mime: "application/pdf".into(), size: 10 },
        at: RawAt { pack: id(pack), offset: 3, len: 44 },
        removed: false,
    }
}

async fn ids(tx: &mut dyn Tx) -> Vec<TemplateId> {
    tx.list_templates().await.unwrap().into_iter().map(|row| row.id).collect()
}

/// [TPL-01, TPL-06, TPL-09, TPL-15] Every method of the port `Templates`, on both databases.
#[tokio::test]
async fn templates() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(Some(id(1)), NOON.plus_seconds(50)).await.unwrap();
        let tx_ = &mut *tx;
        add_type(tx_).await;
        listed(tx_).await;
        bodies(tx_).await;
        called_for(tx_).await;
        files(tx_).await;
        tx.commit().await.unwrap();
        let mut tx = company.read().await.unwrap();
        let changes = tx.changes_after(0, 500).await.unwrap();
        assert!(changes.iter().any(|(change, _)| (change.entity, change.id) == (Entity::Template, id::<TemplateId>(2).0)));
        drop(tx);
        // Another time, since what is removed is counted from the transaction's own.
        let mut tx = company.write(Some(id(1)), NOON.plus_seconds(100)).await.unwrap();
        destroyed(&mut *tx).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

async fn listed(tx: &mut dyn Tx) {
    assert!(ids(tx).await.is_empty());
    for (n, name, standard) in [(2, "zaag", false), (1, "Standaard", true), (3, "Aambeeld", false)] {
        tx.add_template(&record(n, name, standard), "<p>één\0</p>").await.unwrap();
    }
    assert_eq!(ids(tx).await, [id(1), id(3), id(2)], "the standard one, then by name");
    assert_eq!(tx.find_template(id(2)).await.unwrap(), Some((record(2, "zaag", false), false)));
    assert_eq!(tx.find_template(id(9)).await.unwrap(), None);
    let other = TemplateProperties { name: "Zaag".into(), active: false, ..TemplateProperties::default() };
    tx.put_template_properties(id(2), &other).await.unwrap();
    let (row, _) = tx.find_template(id(2)).await.unwrap().unwrap();
    assert_eq!((row.properties, row.changed_at), (other.clone(), NOON.plus_seconds(50)));
    assert!(matches!(tx.put_template_properties(id(9), &other).await, Err(Error::NotFound)));
    tx.set_template_removed(id(3), true).await.unwrap();
    assert_eq!(ids(tx).await, [id(1), id(2)]);
    assert!(tx.find_template(id(3)).await.unwrap().unwrap().1);
    tx.set_template_removed(id(3), false).await.unwrap();
    assert_eq!(ids(tx).await, [id(1), id(3), id(2)]);
    assert!(matches!(tx.set_template_removed(id(9), true).await, Err(Error::NotFound)));
}

async fn bodies(tx: &mut dyn Tx) {
    assert_eq!(tx.template_body(id(2)).await.unwrap(), "<p>één</p>");
    assert_eq!(tx.put_template_body(id(2), 7, "<p>zeven</p>").await.unwrap(), None, "not the version it is");
    assert_eq!(tx.put_template_body(id(2), 1, "<p>twee</p>").await.unwrap(), Some(2));
    assert_eq!(tx.put_template_body(id(2), 1, "<p>weer twee</p>").await.unwrap(), None);
    assert_eq!(tx.template_body(id(2)).await.unwrap(), "<p>twee</p>");
    let versions = tx.list_template_versions(id(2), 10).await.unwrap();
    let told: Vec<_> = versions.iter().map(|row| (row.version, row.author)).collect();
    assert_eq!(told, [(2, Some(id::<UserId>(1))), (1, Some(id(1)))]);
    assert_eq!(tx.list_template_versions(id(1), 10).await.unwrap()[0].author, None, "it came with the program");
    assert_eq!(tx.template_version(id(2), 1).await.unwrap().as_deref(), Some("<p>één</p>"));
    assert_eq!(tx.template_version(id(2), 5).await.unwrap(), None);
    for version in 2..110 {
        tx.put_template_body(id(2), version, "x").await.unwrap().unwrap();
    }
    let versions = tx.list_template_versions(id(2), 500).await.unwrap();
    assert_eq!((versions.len(), versions[0].version, versions[99].version), (100, 110, 11), "the oldest are forgotten");
}

async fn called_for(tx: &mut dyn Tx) {
    assert_eq!(tx.action_types().await.unwrap(), ActionTypes::default());
    tx.set_action_type(TemplateAction::New, Some(id(1))).await.unwrap();
    tx.set_action_type(TemplateAction::Reply, Some(id(1))).await.unwrap();
    tx.set_action_type(TemplateAction::Reply, Some(id(3))).await.unwrap();
    tx.set_action_type(TemplateAction::Forward, None).await.unwrap();
    let types = ActionTypes { new: Some(id(1)), reply: Some(id(3)), forward: None };
    assert_eq!(tx.action_types().await.unwrap(), types);
    tx.set_template_removed(id(3), true).await.unwrap();
    assert_eq!(tx.action_types().await.unwrap().reply, None);
    tx.set_template_removed(id(3), false).await.unwrap();
    assert_eq!(tx.action_types().await.unwrap(), types);
    assert!(matches!(tx.set_action_type(TemplateAction::New, None).await, Ok(())));
    assert_eq!(tx.action_types().await.unwrap().new, None);
}

async fn files(tx: &mut dyn Tx) {
    for row in [file(11, 2, 5), file(12, 2, 6), file(13, 3, 5)] {
        tx.add_template_file(&row).await.unwrap();
    }
    assert_eq!(tx.list_template_files(id(2)).await.unwrap(), [file(11, 2, 5), file(12, 2, 6)]);
    assert_eq!(tx.find_template(id(2)).await.unwrap().unwrap().0.files, 2);
    tx.set_template_file_removed(id(12), true).await.unwrap();
    assert_eq!(tx.list_template_files(id(2)).await.unwrap(), [file(11, 2, 5)]);
    assert!(tx.find_template_file(id(12)).await.unwrap().unwrap().removed);
    assert!(tx.find_template_file(id(99)).await.unwrap().is_none());
    tx.set_template_file_removed(id(12), false).await.unwrap();
    assert_eq!(tx.list_templates().await.unwrap()[2].files, 2);
    assert!(matches!(tx.set_template_file_removed(id(99), true).await, Err(Error::NotFound)));
}

async fn destroyed(tx: &mut dyn Tx) {
    tx.set_template_removed(id(2), true).await.unwrap();
    tx.destroy_templates(NOON.plus_seconds(99)).await.unwrap();
    assert!(tx.find_template(id(2)).await.unwrap().is_some(), "not yet");
    tx.destroy_templates(NOON.plus_seconds(100)).await.unwrap();
    assert!(tx.find_template(id(2)).await.unwrap().is_none());
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(6)], "the fifth still holds the other's file");
    tx.set_template_file_removed(id(13), true).await.unwrap();
    tx.destroy_templates(NOON.plus_seconds(100)).await.unwrap();
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(5), id(6)]);
    assert_eq!(ids(tx).await, [id(1), id(3)]);
}

/// [TPL-13] There is one standard template, whoever adds another at the same time.
#[tokio::test]
async fn one_standard_template() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(None, NOON).await.unwrap();
        tx.add_template(&record(1, "Standaard", true), "x").await.unwrap();
        assert!(matches!(tx.add_template(&record(2, "Nog een", true), "x").await, Err(Error::Conflict(_))));
        drop(tx);
        store.close().await;
    }
}

/// [USR-02, PRF-27] Every method of the port `Profiles`, on both databases.
#[tokio::test]
async fn profiles() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        let user =
            UserRow { id: id(1), first_name: "Alice".into(), last_name: String::new(), email: "a@alfa.example".into(), role: Role::User };
        tx.add_user(&user).await.unwrap();
        let mut profile = tx.find_profile(id(1)).await.unwrap().unwrap();
        assert_eq!(profile, Profile { first_name: "Alice".into(), email: "a@alfa.example".into(), ..Profile::default() });
        profile = Profile {
            last_name: "de Wit".into(),
            email: "verkoop@alfa.example".into(),
            company: "Alfa Zuid".into(),
            function: "Verkoper\0".into(),
            mobile: "06 1".into(),
            ..profile
        };
        tx.put_profile(id(1), &profile).await.unwrap();
        profile.function = "Verkoper".into();
        assert_eq!(tx.find_profile(id(1)).await.unwrap(), Some(profile.clone()));
        let kept = tx.find_user(id(1)).await.unwrap().unwrap();
        assert_eq!((kept.last_name.as_str(), kept.email.as_str()), ("de Wit", "a@alfa.example"), "the login stays");
        assert!(matches!(tx.put_profile(id(2), &profile).await, Err(Error::NotFound)));
        assert!(tx.find_profile(id(2)).await.unwrap().is_none());

        assert_eq!(tx.company_data().await.unwrap(), CompanyData::default());
        tx.put_preferences("Alfa", &Preferences::default()).await.unwrap();
        let word = String::from;
        let data = CompanyData {
            name: word("Alfa BV"),
            address: word("Kade 1"),
            postcode: word("1234 AB"),
            city: word("Deventer"),
            iban: word("NL91 ABNA 0417 1643 00"),
            bic: word("ABNANL2A"),
            bank_city: word("Amsterdam"),
            kvk: word("12345678"),
            vat: word("NL001234567B01"),
        };
        tx.put_company_data(&data).await.unwrap();
        assert_eq!(tx.company_data().await.unwrap(), data);
        tx.put_preferences("Alfa", &Preferences::default()).await.unwrap();
        assert_eq!(tx.company_data().await.unwrap(), CompanyData { name: word("Alfa"), ..data });

        assert_eq!(tx.logo().await.unwrap(), None);
        for (picture, width) in [("data:image/png;base64,AAAA", 1), ("data:image/gif;base64,BBBB", 10_000)] {
            let logo = Logo { picture: picture.into(), width, height: 96 };
            tx.put_logo(Some(&logo)).await.unwrap();
            assert_eq!(tx.logo().await.unwrap(), Some(logo));
        }
        tx.put_logo(None).await.unwrap();
        assert_eq!(tx.logo().await.unwrap(), None);
        tx.commit().await.unwrap();
        store.close().await;
    }
}
