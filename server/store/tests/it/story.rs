//! Alice sells, Bob buys, Carol keeps the books; the store keeps all of it.

use crate::story_errands::errands;
use crate::story_sign_in::sign_ins;
use crate::world::{NOON, World, id};
use crm::Error;
use crm::ports::{AccountRow, CompanyRow, FolderRow, JobRow, Login, NewMessage, ResetRow, RetryRow, SessionRow, Store, Tx, UserRow};
use futures::StreamExt;
use model::clean::Cleaning;
use model::contact::{AddressForm, Contact, ContactFilter, ContactKind, DetailForm, DetailKind, StandardType};
use model::inbox::{ArchiveFilter, ArchiveShow, ChangeKind, Entity, InboxCounts, MessageFilter, Place, Show};
use model::mail_account::{AccountKind, Diagnosis, DiagnosisKind, FolderRole, Security, ServerSettings};
use model::message::{AttachmentMeta, Flags, Parsed, Participant, ParticipantRole, Quarantine};
use model::preferences::{DateFormat, InboxShows, Preferences};
use model::registration::Language;
use model::sign_in::Issuer;
use model::{AddressId, CompanyId, ContactId, Cursor, DetailId, FolderId, JobId, MailAccountId, MessageId, PackId, Role, TagId, UserId};

pub(crate) async fn add_type(tx: &mut dyn Tx) {
    tx.add_contact_type(id(1), Some(StandardType::CustomerBusiness), "").await.unwrap();
}

pub(crate) fn person(n: u64, first: &str, last: &str) -> Contact {
    Contact {
        id: id(n),
        kind: ContactKind::Person,
        first_name: first.into(),
        last_name: last.into(),
        company: String::new(),
        function: String::new(),
        employer: None,
        type_id: id(1),
        active: true,
        note: String::new(),
    }
}

pub(crate) fn account(n: u64) -> AccountRow {
    AccountRow {
        id: id(n),
        owner: id(1),
        kind: AccountKind::Imap,
        address: "alice@sells.example".into(),
        server: ServerSettings {
            login: "alice".into(),
            host: "imap.sells.example".into(),
            port: 993,
            security: Security::Tls,
            trusted_certificate: None,
        },
        sealed_password: vec![0, 255, 1],
        issuer: None,
        connected: false,
        diagnosis: None,
        last_ok_at: None,
        next_try_at: None,
        noticed_at: None,
    }
}

pub(crate) async fn add_account(tx: &mut dyn Tx, n: u64) {
    let alice = UserRow {
        id: id(1),
        first_name: "Alice".into(),
        last_name: "Sells".into(),
        email: "alice@sells.example".into(),
        role: Role::SuperAdmin,
    };
    if tx.find_user(alice.id).await.unwrap().is_none() {
        tx.add_user(&alice).await.unwrap();
    }
    tx.put_mail_account(&account(n)).await.unwrap();
}

pub(crate) fn folder(n: u64, account: u64, role: FolderRole) -> FolderRow {
    FolderRow {
        id: id(n),
        account: id(account),
        raw_name: format!("{n}-{}", role.as_str()),
        name: role.as_str().into(),
        role,
        uid_validity: 1,
        uid_next: 1,
        lowest_done: 1,
        highest_modseq: None,
        total: 0,
        last_scan_at: None,
        floor: 1,
        since: None,
        left_out: 0,
        resync: false,
        chosen: false,
    }
}

pub(crate) async fn add_folder(tx: &mut dyn Tx, n: u64, account: u64, role: FolderRole) {
    tx.put_folder(&folder(n, account, role)).await.unwrap();
}

fn who(role: ParticipantRole, address: &str) -> Participant {
    Participant { role, name: address.split('@').next().unwrap().to_uppercase(), address: address.into() }
}

/// The n-th message of account 1, by this sender, in this folder; one second after the one before.
pub(crate) fn message(n: u64, folder: u64, uid: i64, from: &str) -> NewMessage {
    NewMessage {
        id: id(1000 + n),
        account: id(1),
        owner: id(1),
        location: Some((id(folder), uid)),
        flags: Flags::default(),
        at: NOON.plus_seconds(i64::try_from(n).unwrap()),
        outgoing: false,
        parsed: Parsed {
            message_id: format!("{n}@buys.example"),
            fingerprint: [u8::try_from(n % 251).unwrap(); 16],
            references: vec!["0@buys.example".into()],
            sent_at: Some(NOON),
            subject: format!("Order {n}"),
            participants: vec![who(ParticipantRole::From, from), who(ParticipantRole::To, "alice@sells.example")],
            participants_left_out: 3,
            attachments: vec![],
            snippet: "Dear Alice".into(),
            search_text: "Dear Alice, we would like zonnebloemen. \0".into(),
            has_html: true,
            size: 1000 + n,
            quarantine: None,
            report: None,
            notice: None,
        },
        pack: id(1),
        offset: 10,
        len: 20,
    }
}

fn inbox() -> MessageFilter {
    MessageFilter::default()
}

fn at(place: Place) -> MessageFilter {
    MessageFilter { place, ..MessageFilter::default() }
}

async fn subjects(tx: &mut dyn Tx, filter: MessageFilter) -> Vec<String> {
    tx.list_messages(id(1), &filter, None, 100).await.unwrap().into_iter().map(|message| message.subject).collect()
}

async fn names(tx: &mut dyn Tx, filter: &ContactFilter) -> Vec<String> {
    tx.list_contacts(filter, None, 100)
        .await
        .unwrap()
        .into_iter()
        .map(|row| model::contact::name_of(row.kind, &row.first_name, &row.last_name, &row.company))
        .collect()
}

async fn search(tx: &mut dyn Tx, words: &str) -> Vec<String> {
    names(tx, &ContactFilter { search: words.into(), ..ContactFilter::default() }).await
}

/// Every method of every port, on both databases.
#[tokio::test]
async fn the_story() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        directory(&*store).await;
        let mut wakes = company.wakes();
        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        users(&mut *tx).await;
        contacts(&mut *tx).await;
        tags(&mut *tx).await;
        accounts_and_folders(&mut *tx).await;
        sign_ins(&mut *tx).await;
        let last = tx.last_change().await.unwrap();
        assert_eq!(last, 0, "nothing is in the ledger before the commit");
        tx.commit().await.unwrap();
        let last = wakes.next().await.unwrap();
        assert!(last > 5);

        let mut tx = company.write(None, NOON).await.unwrap();
        messages(&mut *tx).await;
        archive(&mut *tx).await;
        orphans(&mut *tx).await;
        errands(&mut *tx).await;
        removing_an_account(&mut *tx).await;
        tx.commit().await.unwrap();
        let later = wakes.next().await.unwrap();
        assert!(later > last);

        ledger(&*company, later).await;
        store.close().await;
    }
}

async fn directory(store: &dyn Store) {
    let mut tx = store.directory().await.unwrap();
    let row = CompanyRow { id: id(1), name: "Sells".into(), wrapped_key: vec![1, 2, 3], created_at: NOON };
    tx.add_company(&row).await.unwrap();
    tx.add_company(&CompanyRow { id: id(2), ..row.clone() }).await.unwrap();
    let found = tx.find_company(id(1)).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.wrapped_key.as_slice(), found.created_at), ("Sells", &[1, 2, 3][..], NOON));
    assert!(tx.find_company(id(9)).await.unwrap().is_none());
    assert_eq!(tx.list_companies().await.unwrap().iter().map(|row| row.id).collect::<Vec<_>>(), [id::<CompanyId>(1), id(2)]);

    let login = Login {
        email_key: "alice@sells.example".into(),
        email: "Alice@sells.example".into(),
        password_hash: "first".into(),
        company: id(1),
        user: id(1),
    };
    tx.add_login(&login, NOON).await.unwrap();
    tx.set_password("alice@sells.example", "second").await.unwrap();
    assert!(matches!(tx.set_password("mallory@x.example", "x").await, Err(Error::NotFound)));
    let found = tx.find_login("alice@sells.example").await.unwrap().unwrap();
    assert_eq!((found.password_hash.as_str(), found.email.as_str(), found.user), ("second", "Alice@sells.example", id(1)));
    assert!(tx.find_login("mallory@x.example").await.unwrap().is_none());

    let session = |hash: u8, user: u64, until: i64| SessionRow {
        token_hash: vec![hash; 32],
        company: id(1),
        user: id(user),
        created_at: NOON,
        seen_at: NOON,
        expires_at: NOON.plus_seconds(until),
    };
    for (hash, user, until) in [(1, 1, 10), (2, 1, 100), (3, 2, 100)] {
        tx.add_session(&session(hash, user, until)).await.unwrap();
    }
    tx.touch_session(&[1; 32], NOON.plus_seconds(5), NOON.plus_seconds(50)).await.unwrap();
    let found = tx.find_session(&[1; 32]).await.unwrap().unwrap();
    assert_eq!((found.seen_at, found.expires_at, found.user), (NOON.plus_seconds(5), NOON.plus_seconds(50), id(1)));

    let reset = |hash: u8, until: i64| ResetRow {
        token_hash: vec![hash; 32],
        email_key: "alice@sells.example".into(),
        expires_at: NOON.plus_seconds(until),
    };
    tx.put_reset(&reset(1, 100)).await.unwrap();
    tx.put_reset(&reset(2, 100)).await.unwrap();
    assert!(tx.find_reset(&[1; 32]).await.unwrap().is_none(), "the earlier link is replaced");
    assert_eq!(tx.find_reset(&[2; 32]).await.unwrap().unwrap().email_key, "alice@sells.example");

    for (seconds, count) in [(0, 1), (1, 2), (2, 3)] {
        let now = NOON.plus_seconds(seconds);
        assert_eq!(tx.count_attempt("alice", now, now.plus_seconds(-60)).await.unwrap(), count);
    }
    let later = NOON.plus_seconds(100);
    assert_eq!(tx.count_attempt("alice", later, later.plus_seconds(-60)).await.unwrap(), 1, "an older window starts anew");
    tx.forget_attempts("alice").await.unwrap();
    assert_eq!(tx.count_attempt("alice", later, later.plus_seconds(-60)).await.unwrap(), 1);

    tx.remove_expired(NOON.plus_seconds(60)).await.unwrap();
    assert!(tx.find_session(&[1; 32]).await.unwrap().is_none());
    tx.remove_session(&[2; 32]).await.unwrap();
    assert!(tx.find_session(&[2; 32]).await.unwrap().is_none());
    tx.remove_sessions_of(id(2)).await.unwrap();
    assert!(tx.find_session(&[3; 32]).await.unwrap().is_none());
    tx.remove_reset("alice@sells.example").await.unwrap();
    assert!(tx.find_reset(&[2; 32]).await.unwrap().is_none());

    let until = NOON.plus_seconds(10);
    let first = tx.take_lease(id(1), "one", NOON, until).await.unwrap().unwrap();
    assert_eq!(tx.take_lease(id(1), "one", NOON, until).await.unwrap(), Some(first), "it holds it already");
    assert_eq!(tx.take_lease(id(1), "two", NOON, until).await.unwrap(), None);
    let second = tx.take_lease(id(1), "two", until, until.plus_seconds(10)).await.unwrap().unwrap();
    assert!(second > first);
    tx.release_lease(id(1), "one").await.unwrap();
    assert_eq!(tx.take_lease(id(1), "one", until, until).await.unwrap(), None, "one's own lease only is given back");
    tx.release_lease(id(1), "two").await.unwrap();
    assert!(tx.take_lease(id(1), "one", until, until).await.unwrap().unwrap() > second);

    tx.add_session(&session(4, 1, 100)).await.unwrap();
    tx.put_reset(&reset(4, 100)).await.unwrap();
    tx.remove_company(id(1)).await.unwrap();
    assert!(tx.find_login("alice@sells.example").await.unwrap().is_none());
    assert!(tx.find_session(&[4; 32]).await.unwrap().is_none());
    assert!(tx.find_reset(&[4; 32]).await.unwrap().is_none());
    tx.commit().await.unwrap();
    assert_eq!(store.directory().await.unwrap().list_companies().await.unwrap().len(), 1);
}

async fn users(tx: &mut dyn Tx) {
    let alice = UserRow {
        id: id(1),
        first_name: "Alice".into(),
        last_name: "Sells".into(),
        email: "alice@sells.example".into(),
        role: Role::SuperAdmin,
    };
    let carol = UserRow { id: id(2), first_name: "Carol".into(), role: Role::OnlyContactScreen, ..alice.clone() };
    tx.add_user(&alice).await.unwrap();
    tx.add_user(&carol).await.unwrap();
    assert_eq!(tx.find_user(id(1)).await.unwrap().as_ref(), Some(&alice));
    assert_eq!(tx.find_user(id(9)).await.unwrap(), None);
    assert_eq!(tx.list_users().await.unwrap(), [alice, carol]);

    assert_eq!(tx.preferences().await.unwrap(), (String::new(), Preferences::default()));
    let preferences = Preferences {
        language: Language::Nl,
        time_zone: "Europe/Brussels".into(),
        date_format: DateFormat::MonthDayYear,
        inbox_shows: InboxShows::Sender,
        employees_in_archive: false,
        forward_keeps_contacts: false,
        cleaning: Cleaning { trash: None, spam: Some(7), finished: Some(90), backup: 14 },
    };
    tx.put_preferences("Sells BV", &Preferences::default()).await.unwrap();
    tx.put_preferences("Sells BV", &preferences).await.unwrap();
    assert_eq!(tx.preferences().await.unwrap(), ("Sells BV".into(), preferences));
}

async fn contacts(tx: &mut dyn Tx) {
    add_type(tx).await;
    tx.add_contact_type(id(2), None, "Pers").await.unwrap();
    tx.rename_contact_type(id(2), "Media").await.unwrap();
    let types = tx.list_contact_types().await.unwrap();
    assert_eq!(
        types.iter().map(|type_| (type_.key, type_.name.as_str())).collect::<Vec<_>>(),
        [(Some(StandardType::CustomerBusiness), ""), (None, "Media")]
    );

    // 1 Bob buys for 2, 3 José is inactive.
    let buys = Contact { kind: ContactKind::Company, company: "Buys & Söhne 100%".into(), ..person(2, "", "") };
    tx.add_contact(&buys, NOON.plus_seconds(-20)).await.unwrap();
    let bob = Contact { employer: Some(id(2)), function: "Inkoper".into(), note: "n".into(), ..person(1, "Bob", "de Vries") };
    tx.add_contact(&bob, NOON.plus_seconds(-10)).await.unwrap();
    let jose = Contact { active: false, type_id: id(2), ..person(3, "José", "Łukasz") };
    tx.add_contact(&jose, NOON.plus_seconds(-30)).await.unwrap();
    assert_eq!(tx.find_contact(id(1)).await.unwrap(), Some(bob.clone()));
    assert_eq!(tx.find_contact(id(9)).await.unwrap(), None);
    assert!(matches!(tx.remove_contact_type(id(2)).await, Err(Error::Conflict(what)) if what == "contacts.type_id"));
    assert!(matches!(tx.put_contact(&person(99, "No", "Body")).await, Err(Error::NotFound)));

    let all = ContactFilter::default();
    assert_eq!(names(tx, &all).await, ["Bob de Vries", "Buys & Söhne 100%"]);
    let row = tx.list_contacts(&all, None, 1).await.unwrap().remove(0);
    assert_eq!((row.employer.as_deref(), row.city, row.unread, row.active), (Some("Buys & Söhne 100%"), None, false, true));
    let next = tx.list_contacts(&all, Some(Cursor { at: row.last_at, id: row.id.0 }), 10).await.unwrap();
    assert_eq!(next.iter().map(|row| row.id).collect::<Vec<_>>(), [id::<ContactId>(2)]);
    assert_eq!(tx.count_contacts(&all).await.unwrap(), 2);
    let with_inactive = ContactFilter { inactive: true, ..ContactFilter::default() };
    assert_eq!(tx.count_contacts(&with_inactive).await.unwrap(), 3);
    assert_eq!(names(tx, &ContactFilter { type_id: Some(id(2)), ..with_inactive.clone() }).await, ["José Łukasz"]);
    assert_eq!(names(tx, &ContactFilter { kind: Some(ContactKind::Company), ..ContactFilter::default() }).await, ["Buys & Söhne 100%"]);

    let email = |value: &str| DetailForm { kind: DetailKind::Email, label: "werk".into(), value: value.into() };
    tx.put_detail(id(1), id::<DetailId>(12), &email("Bob@Buys.example"), "bob@buys.example").await.unwrap();
    let mobile = DetailForm { kind: DetailKind::Mobile, label: String::new(), value: "06 12 34 56 78".into() };
    tx.put_detail(id(1), id::<DetailId>(11), &mobile, "+31612345678").await.unwrap();
    assert_eq!(
        tx.list_details(id(1)).await.unwrap().iter().map(|detail| detail.id).collect::<Vec<_>>(),
        [id::<DetailId>(12), id(11)],
        "as added"
    );
    tx.put_detail(id(1), id::<DetailId>(12), &email("bob@buys.example"), "bob@buys.example").await.unwrap();
    let (of, detail) = tx.find_detail(id(12)).await.unwrap().unwrap();
    assert_eq!((of, detail.value.as_str(), detail.kind), (id(1), "bob@buys.example", DetailKind::Email));
    assert!(tx.detail_exists(id(1), DetailKind::Email, "bob@buys.example").await.unwrap());
    assert!(!tx.detail_exists(id(2), DetailKind::Email, "bob@buys.example").await.unwrap());

    for found in ["bob", "VRIES bob", "buys.example", "0612345678", "06-1234", "+31 6 1234", "söhne", "sohne bob", "100%"] {
        assert_eq!(search(tx, found).await.first().map(String::as_str), Some("Bob de Vries"), "{found}");
    }
    for nobody in ["bob alice", "0699", "1_0%", "%", "jose", "\\"] {
        let found = search(tx, nobody).await;
        assert!(!found.iter().any(|name| nobody != "%" && name.starts_with("Bob")), "{nobody}: {found:?}");
    }
    assert_eq!(names(tx, &ContactFilter { search: "jose lukasz".into(), ..with_inactive }).await, ["José Łukasz"]);

    // A changed card is an interaction, and its employees are found by the new name.
    tx.put_contact(&Contact { company: "Koopt".into(), ..buys.clone() }).await.unwrap();
    assert_eq!(search(tx, "koopt bob").await, ["Bob de Vries"]);
    tx.put_contact(&buys).await.unwrap();

    assert_eq!(
        tx.list_employees(id(2)).await.unwrap().iter().map(|who| (who.name.as_str(), who.function.as_str())).collect::<Vec<_>>(),
        [("Bob de Vries", "Inkoper")]
    );
    assert_eq!(tx.contact_ref(id(2)).await.unwrap().unwrap().name, "Buys & Söhne 100%");
    assert_eq!(tx.contacts_by_email("bob@buys.example").await.unwrap().iter().map(|who| who.id).collect::<Vec<_>>(), [id::<ContactId>(1)]);
    assert_eq!(tx.companies_by_domain("buys.example").await.unwrap().iter().map(|who| who.id).collect::<Vec<_>>(), [id::<ContactId>(2)]);
    assert!(tx.companies_by_domain("").await.unwrap().is_empty());

    let form = AddressForm { label: "Bezoekadres".into(), street: "Dam 1".into(), city: "Gouda".into(), ..AddressForm::default() };
    tx.put_address(id(2), id::<AddressId>(2), &AddressForm { city: String::new(), ..form.clone() }).await.unwrap();
    tx.put_address(id(2), id::<AddressId>(1), &form).await.unwrap();
    assert_eq!(tx.list_addresses(id(2)).await.unwrap().iter().map(|address| address.id).collect::<Vec<_>>(), [id::<AddressId>(2), id(1)]);
    assert_eq!(tx.find_address(id(1)).await.unwrap().unwrap(), (id(2), model::contact::Address { id: id(1), form }));
    let row =
        tx.list_contacts(&ContactFilter { kind: Some(ContactKind::Company), ..ContactFilter::default() }, None, 1).await.unwrap().remove(0);
    assert_eq!(row.city.as_deref(), Some("Gouda"));
    tx.remove_address(id(2)).await.unwrap();
    assert_eq!(tx.list_addresses(id(2)).await.unwrap().len(), 1);
    tx.remove_detail(id(11)).await.unwrap();
    assert!(search(tx, "0612345678").await.is_empty());

    tx.set_contact_deleted(id(3), Some(NOON)).await.unwrap();
    assert_eq!(tx.contact_deleted_at(id(3)).await.unwrap(), Some(NOON));
    assert_eq!(tx.contact_deleted_at(id(1)).await.unwrap(), None);
    assert!(tx.find_contact(id(3)).await.unwrap().is_some(), "the bin can be looked into");
    assert_eq!(tx.count_contacts(&ContactFilter { inactive: true, ..ContactFilter::default() }).await.unwrap(), 2);
    tx.add_contact_type(id(3), None, "Leeg").await.unwrap();
    tx.remove_contact_type(id(3)).await.unwrap();
    assert_eq!(tx.list_contact_types().await.unwrap().len(), 2);
}

async fn tags(tx: &mut dyn Tx) {
    let vip = tx.tag_named(id::<TagId>(1), "Café").await.unwrap();
    assert_eq!(tx.tag_named(id::<TagId>(2), " cafe ").await.unwrap(), vip, "case and accents make no second tag");
    let late = tx.tag_named(id::<TagId>(3), "Betaalt laat").await.unwrap();
    tx.tag_contact(id(1), vip.id).await.unwrap();
    tx.tag_contact(id(1), vip.id).await.unwrap();
    tx.tag_contact(id(1), late.id).await.unwrap();
    tx.tag_contact(id(3), vip.id).await.unwrap();
    assert_eq!(tx.tags_of(id(1)).await.unwrap(), [late.clone(), vip.clone()]);
    assert_eq!(
        tx.list_tags().await.unwrap().iter().map(|tag| (tag.tag.name.as_str(), tag.contacts)).collect::<Vec<_>>(),
        [("Betaalt laat", 1), ("Café", 1)],
        "who lies in the bin does not count"
    );
    assert_eq!(search(tx, "#CAF").await, ["Bob de Vries"]);
    assert!(search(tx, "#laat").await.is_empty(), "a tag is found by its beginning");
    assert_eq!(names(tx, &ContactFilter { tag: Some(late.id), ..ContactFilter::default() }).await, ["Bob de Vries"]);
    tx.untag_contact(id(1), late.id).await.unwrap();
    assert!(names(tx, &ContactFilter { tag: Some(late.id), ..ContactFilter::default() }).await.is_empty());
    tx.rename_tag(late.id, "Betaalt").await.unwrap();
    assert_eq!(tx.find_tag(late.id).await.unwrap().unwrap().name, "Betaalt");
    tx.remove_tag(late.id).await.unwrap();
    assert_eq!(tx.find_tag(late.id).await.unwrap(), None);
}

async fn accounts_and_folders(tx: &mut dyn Tx) {
    let row = account(1);
    tx.put_mail_account(&row).await.unwrap();
    assert_eq!(tx.find_mail_account(id(1)).await.unwrap().as_ref(), Some(&row));
    let mended = AccountRow {
        connected: true,
        diagnosis: Some(Diagnosis { said: "NO [AUTH] \"é\"".into(), ..Diagnosis::new(DiagnosisKind::WrongPassword, "imap") }),
        last_ok_at: Some(NOON),
        next_try_at: Some(NOON.plus_seconds(60)),
        noticed_at: Some(NOON.plus_seconds(30)),
        issuer: Some(Issuer::Google),
        server: ServerSettings { trusted_certificate: Some("ab".into()), ..row.server.clone() },
        ..row
    };
    tx.put_mail_account(&mended).await.unwrap();
    tx.put_mail_account(&account(2)).await.unwrap();
    tx.spend(id(1), 20_000, 5).await.unwrap();
    tx.spend(id(1), 20_000, 6).await.unwrap();
    assert_eq!((tx.spent(id(1), 20_000).await.unwrap(), tx.spent(id(1), 20_001).await.unwrap()), (11, 0));
    tx.spend(id(1), 20_001, 3).await.unwrap();
    assert_eq!((tx.spent(id(1), 20_000).await.unwrap(), tx.spent(id(1), 20_001).await.unwrap()), (0, 3));
    assert_eq!(tx.list_mail_accounts(None).await.unwrap().iter().map(|row| row.id).collect::<Vec<_>>(), [id::<MailAccountId>(1), id(2)]);
    assert_eq!(tx.list_mail_accounts(Some(id(1))).await.unwrap()[0], mended);
    assert!(tx.list_mail_accounts(Some(id(2))).await.unwrap().is_empty());
    tx.remove_mail_account(id(2)).await.unwrap();
    assert_eq!(tx.find_mail_account(id(2)).await.unwrap(), None);

    add_folder(tx, 1, 1, FolderRole::Inbox).await;
    let changed = FolderRow {
        id: id(99),
        uid_next: 7,
        highest_modseq: Some(5),
        last_scan_at: Some(NOON),
        total: 9,
        floor: 4,
        since: Some(NOON),
        left_out: 2,
        ..folder(1, 1, FolderRole::Inbox)
    };
    tx.put_folder(&changed).await.unwrap();
    for (n, role) in [(2, FolderRole::Sent), (3, FolderRole::Trash), (4, FolderRole::Archive)] {
        add_folder(tx, n, 1, role).await;
    }
    let folders = tx.list_folders(id(1)).await.unwrap();
    assert_eq!(folders.len(), 4);
    assert_eq!(folders[0], FolderRow { id: id(1), ..changed }, "the name is the key, the id stays");

    tx.put_retry(id(1), &RetryRow { uid: 8, attempts: 1, reason: "slow".into() }).await.unwrap();
    tx.put_retry(id(1), &RetryRow { uid: 8, attempts: 2, reason: "slower".into() }).await.unwrap();
    tx.put_retry(id(1), &RetryRow { uid: 7, attempts: 1, reason: String::new() }).await.unwrap();
    assert_eq!(tx.list_retries(id(1)).await.unwrap().iter().map(|row| (row.uid, row.attempts)).collect::<Vec<_>>(), [(7, 1), (8, 2)]);
    tx.remove_retry(id(1), 7).await.unwrap();
    assert_eq!(tx.folder_counts(id(1)).await.unwrap()[0], (id(1), 0, 1));
}

async fn messages(tx: &mut dyn Tx) {
    let mut first = message(1, 1, 1, "Bob@Buys.example");
    first.parsed.attachments = vec![
        AttachmentMeta { part: 2, name: "offerte.pdf".into(), mime: "application/pdf".into(), size: 9, content_id: None, inline: false },
        AttachmentMeta {
            part: 3,
            name: "logo.png".into(),
            mime: "image/png".into(),
            size: 8,
            content_id: Some("x@y".into()),
            inline: true,
        },
    ];
    let mut stranger = message(2, 1, 2, "stranger@elsewhere.example");
    stranger.flags.seen = true;
    stranger.parsed.quarantine = Some(Quarantine::Unreadable);
    let mut reply = message(3, 2, 1, "alice@sells.example");
    reply.outgoing = true;
    reply.parsed.participants = vec![who(ParticipantRole::From, "alice@sells.example"), who(ParticipantRole::To, "bob@buys.example")];
    // The same message twice in one batch, and a twin with another fingerprint.
    let mut again = message(1, 1, 4, "Bob@Buys.example");
    again.id = id(1900);
    let mut twin = message(1, 1, 5, "Bob@Buys.example");
    (twin.id, twin.parsed.fingerprint, twin.parsed.subject) = (id(1901), [99; 16], "Twin".into());
    let put = tx.put_messages(&[first.clone(), stranger.clone(), reply, again, twin]).await.unwrap();
    assert_eq!(put.iter().map(|put| put.added).collect::<Vec<_>>(), [true, true, true, false, true]);
    assert_eq!(put[3].id, put[0].id);
    assert!(tx.put_messages(&[]).await.unwrap().is_empty());

    assert_eq!(subjects(tx, inbox()).await, ["Order 2", "Twin", "Order 1"]);
    assert_eq!(subjects(tx, at(Place::Sent)).await, ["Order 3"]);
    assert_eq!(subjects(tx, MessageFilter { show: Show::Unread, ..inbox() }).await, ["Twin", "Order 1"]);
    assert_eq!(subjects(tx, MessageFilter { show: Show::Unlinked, ..inbox() }).await, ["Order 2"]);
    assert_eq!(subjects(tx, MessageFilter { account: Some(id(1)), ..inbox() }).await.len(), 3);
    assert!(subjects(tx, MessageFilter { account: Some(id(7)), ..inbox() }).await.is_empty());
    assert!(tx.list_messages(id(2), &inbox(), None, 10).await.unwrap().is_empty(), "Carol has mail of her own");
    let page = tx.list_messages(id(1), &inbox(), None, 1).await.unwrap();
    let rest = tx.list_messages(id(1), &inbox(), Some(Cursor { at: page[0].at, id: page[0].id.0 }), 10).await.unwrap();
    assert_eq!(rest.len(), 2);
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap(), InboxCounts { inbox: 3, unread: 2, ..InboxCounts::default() });

    let found = tx.find_message(put[0].id).await.unwrap().unwrap();
    assert_eq!((found.subject.as_str(), found.snippet.as_str(), found.size), ("Order 1", "Dear Alice", 1001));
    assert_eq!((found.attachments, found.has_html, found.read, found.finished, found.deleted), (true, true, false, false, false));
    assert_eq!(found.who, who(ParticipantRole::From, "Bob@Buys.example"));
    assert_eq!(found.contact.unwrap().name, "Bob de Vries");
    let found = tx.find_message(put[1].id).await.unwrap().unwrap();
    assert_eq!((found.quarantine, found.contact, found.attachments), (Some(Quarantine::Unreadable), None, false));
    let sent = tx.find_message(put[2].id).await.unwrap().unwrap();
    assert_eq!((sent.who.role, sent.contact.map(|who| who.id)), (ParticipantRole::To, Some(id(1))));
    assert_eq!(tx.find_message(id(5555)).await.unwrap(), None);
    let raw = tx.raw_at(put[0].id).await.unwrap().unwrap();
    assert_eq!((raw.pack, raw.offset, raw.len), (id::<PackId>(1), 10, 20));
    let (participants, left_out) = tx.participants(put[0].id).await.unwrap();
    assert_eq!((participants, left_out), (first.parsed.participants.clone(), 3));
    assert_eq!(tx.attachments(put[0].id).await.unwrap(), first.parsed.attachments);

    let row = |rows: Vec<crm::ports::ContactListRow>| rows.into_iter().find(|row| row.id == id(1)).unwrap();
    let bob = row(tx.list_contacts(&ContactFilter::default(), None, 10).await.unwrap());
    assert!(bob.unread);
    assert_eq!(bob.last_at, NOON.plus_seconds(3), "ranked on the newest message");

    tx.set_read(put[0].id, true).await.unwrap();
    tx.set_read(put[4].id, true).await.unwrap();
    assert!(!row(tx.list_contacts(&ContactFilter::default(), None, 10).await.unwrap()).unread);
    assert_eq!(tx.count_open(id(1)).await.unwrap(), 2);
    tx.set_finished(put[0].id, Some(NOON)).await.unwrap();
    assert_eq!(tx.count_open(id(1)).await.unwrap(), 1);
    assert_eq!(subjects(tx, at(Place::Finished)).await, ["Order 1"]);
    tx.set_finished(put[0].id, None).await.unwrap();
    tx.set_deleted(put[0].id, Some(NOON)).await.unwrap();
    assert_eq!(subjects(tx, at(Place::Trash)).await, ["Order 1"]);
    tx.set_deleted(put[0].id, None).await.unwrap();
    assert_eq!(tx.find_message(put[0].id).await.unwrap().unwrap().place, Place::Inbox);
    assert!(matches!(tx.set_read(id(5555), true).await, Err(Error::NotFound)));

    // On the server it is thrown away; restored here it comes back all the same.
    let mut moved = first.clone();
    (moved.id, moved.location) = (id(1902), Some((id(3), 1)));
    assert!(!tx.put_messages(&[moved]).await.unwrap()[0].added);
    assert_eq!(tx.find_message(put[0].id).await.unwrap().unwrap().place, Place::Inbox, "it lies in both");
    tx.set_deleted(put[0].id, Some(NOON)).await.unwrap();
    tx.remove_locations(id(1), &[1, 4, 77]).await.unwrap();
    tx.set_deleted(put[0].id, None).await.unwrap();
    assert_eq!(tx.find_message(put[0].id).await.unwrap().unwrap().place, Place::Inbox);
    let mut thrown = message(6, 3, 2, "bob@buys.example");
    thrown.parsed.subject = "Thrown".into();
    let thrown = tx.put_messages(&[thrown]).await.unwrap()[0].id;
    assert_eq!(tx.find_message(thrown).await.unwrap().unwrap().place, Place::Trash);

    // Flags: a message is read when any of its locations is.
    let seen = Flags { seen: true, ..Flags::default() };
    tx.set_read(put[4].id, false).await.unwrap();
    tx.set_location_flags(id(1), &[(5, Flags { answered: true, ..seen }), (404, seen)]).await.unwrap();
    let twin = tx.find_message(put[4].id).await.unwrap().unwrap();
    assert!(twin.read && twin.answered);
    tx.set_location_flags(id(1), &[(5, Flags::default())]).await.unwrap();
    assert!(!tx.find_message(put[4].id).await.unwrap().unwrap().read);
    let locations = tx.list_locations(id(1), 1, 100).await.unwrap();
    assert_eq!(
        locations.iter().map(|location| (location.uid, location.message)).collect::<Vec<_>>(),
        [(2, Some(put[1].id)), (5, Some(put[4].id))]
    );
    assert_eq!(tx.list_locations(id(1), 3, 4).await.unwrap(), []);
    assert_eq!(tx.folder_counts(id(1)).await.unwrap()[0], (id(1), 2, 1));

    // A folder that turns out to be something else takes its messages along.
    let mut filed = message(7, 4, 1, "bob@buys.example");
    filed.parsed.subject = "Filed".into();
    tx.put_messages(&[filed]).await.unwrap();
    assert_eq!(subjects(tx, at(Place::Elsewhere)).await, ["Filed"]);
    tx.put_folder(&FolderRow { role: FolderRole::Spam, ..folder(4, 1, FolderRole::Archive) }).await.unwrap();
    assert_eq!(subjects(tx, at(Place::Elsewhere)).await, ["Filed"], "a sync does not decide what a folder is");
    tx.set_folder_role(id(4), FolderRole::Spam, true).await.unwrap();
    tx.ask_resync(id(4)).await.unwrap();
    tx.put_folder(&folder(4, 1, FolderRole::Archive)).await.unwrap();
    let spam = tx.list_folders(id(1)).await.unwrap().into_iter().find(|row| row.id == id(4)).unwrap();
    assert_eq!((spam.role, spam.chosen, spam.resync), (FolderRole::Spam, true, true));
    assert_eq!(subjects(tx, at(Place::Spam)).await, ["Filed"]);
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().spam, 1);

    // Very many at once, and all of them again.
    let many: Vec<_> = (0..1500).map(|n| message(10_000 + n, 1, 10_000 + i64::try_from(n).unwrap(), "many@buys.example")).collect();
    assert!(tx.put_messages(&many).await.unwrap().iter().all(|put| put.added));
    assert!(tx.put_messages(&many).await.unwrap().iter().zip(&many).all(|(put, new)| !put.added && put.id == new.id));
    let uids: Vec<_> = many.iter().filter_map(|new| Some(new.location?.1)).collect();
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().inbox, 1503);
    tx.remove_locations(id(1), &uids).await.unwrap();
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().inbox, 3);
}

async fn archive_subjects(tx: &mut dyn Tx, contact: u64, show: ArchiveShow, employees: bool) -> Vec<String> {
    let filter = ArchiveFilter { contact: id(contact), show, employees };
    tx.list_archive(&filter, None, None, 100).await.unwrap().into_iter().map(|(message, _)| message.subject).collect()
}

async fn archive(tx: &mut dyn Tx) {
    let all = ["Filed", "Order 3", "Twin", "Order 1"];
    assert_eq!(archive_subjects(tx, 1, ArchiveShow::All, false).await, all, "what is in the trash is in no archive");
    assert_eq!(archive_subjects(tx, 1, ArchiveShow::Outgoing, false).await, ["Order 3"]);
    assert_eq!(archive_subjects(tx, 1, ArchiveShow::Incoming, false).await, ["Filed", "Twin", "Order 1"]);
    assert_eq!(archive_subjects(tx, 1, ArchiveShow::WithAttachments, false).await, ["Order 1"]);

    let stranger = id::<MessageId>(1002);
    assert!(!tx.is_linked(stranger).await.unwrap());
    tx.link(stranger, id(2)).await.unwrap();
    assert!(tx.is_linked(stranger).await.unwrap());
    let links = tx.links_of(stranger).await.unwrap();
    assert_eq!(links.iter().map(|link| (link.contact.id, link.by_hand)).collect::<Vec<_>>(), [(id(2), true)]);

    // The employer's archive holds the employees' mail, each message once.
    tx.link(id(1001), id(2)).await.unwrap();
    let merged = ["Filed", "Order 3", "Order 2", "Twin", "Order 1"];
    assert_eq!(archive_subjects(tx, 2, ArchiveShow::All, true).await, merged);
    assert_eq!(archive_subjects(tx, 2, ArchiveShow::All, false).await, ["Order 2", "Order 1"]);
    let filter = ArchiveFilter { contact: id(2), show: ArchiveShow::All, employees: true };
    let mut paged = Vec::new();
    let mut after = None;
    loop {
        let page = tx.list_archive(&filter, None, after, 2).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = Some(Cursor { at: last.at, id: last.id.0 });
        paged.extend(page.into_iter().map(|(message, of)| (message.subject, of.id)));
    }
    assert_eq!(paged.iter().map(|(subject, _)| subject.as_str()).collect::<Vec<_>>(), merged);
    assert_eq!(
        paged.iter().map(|(_, of)| *of).collect::<Vec<_>>(),
        [id::<ContactId>(1), id(1), id(2), id(1), id(2)],
        "the employer's own link goes first"
    );

    // Unlinked by hand stays unlinked.
    tx.unlink(id(1901), id(1)).await.unwrap();
    assert_eq!(tx.link_address(id(1), "bob@buys.example").await.unwrap(), 0);
    assert_eq!(archive_subjects(tx, 1, ArchiveShow::All, false).await, ["Filed", "Order 3", "Order 1"]);
    tx.link(id(1901), id(1)).await.unwrap();

    // A new address finds its earlier mail; taken away again it leaves what other addresses and hands have linked.
    tx.put_detail(
        id(1),
        id::<DetailId>(13),
        &DetailForm { kind: DetailKind::Email, label: String::new(), value: "alice@sells.example".into() },
        "alice@sells.example",
    )
    .await
    .unwrap();
    let linked = tx.link_address(id(1), "alice@sells.example").await.unwrap();
    assert!(linked > 1000, "{linked}");
    tx.unlink_address(id(1), "alice@sells.example").await.unwrap();
    assert_eq!(archive_subjects(tx, 1, ArchiveShow::All, false).await, all);
    tx.remove_detail(id(13)).await.unwrap();

    // Who lies in the bin gets no links, and catches up when taken out.
    tx.set_contact_deleted(id(1), Some(NOON)).await.unwrap();
    let mut missed = message(8, 1, 8, "bob@buys.example");
    missed.parsed.subject = "Missed".into();
    tx.put_messages(&[missed]).await.unwrap();
    assert!(!tx.is_linked(id(1008)).await.unwrap());
    assert_eq!(tx.find_message(id(1003)).await.unwrap().unwrap().contact, None);
    tx.set_contact_deleted(id(1), None).await.unwrap();
    assert!(tx.is_linked(id(1008)).await.unwrap());
}

async fn orphans(tx: &mut dyn Tx) {
    let twin = id::<MessageId>(1901);
    tx.ask_resync(id(1)).await.unwrap();
    tx.orphan_locations(id(1)).await.unwrap();
    assert!(!tx.list_folders(id(1)).await.unwrap().iter().any(|row| row.id == id(1) && row.resync));
    assert_eq!(tx.list_locations(id(1), 0, i64::MAX).await.unwrap(), []);
    assert_eq!(tx.find_message(twin).await.unwrap().unwrap().place, Place::Inbox, "it is not gone before that is known");
    let seen = Flags { seen: true, ..Flags::default() };
    assert!(!tx.adopt_orphan(id(1), "1@buys.example", 5, 500, seen).await.unwrap(), "another size");
    assert!(tx.adopt_orphan(id(1), "1@buys.example", 1001, 500, seen).await.unwrap());
    assert!(!tx.adopt_orphan(id(1), "1@buys.example", 1001, 501, seen).await.unwrap(), "each only once");
    assert!(tx.find_message(twin).await.unwrap().unwrap().read);
    tx.remove_orphans(id(1)).await.unwrap();
    assert_eq!(tx.find_message(id(1002)).await.unwrap().unwrap().place, Place::Elsewhere);
    assert_eq!(tx.list_locations(id(1), 0, i64::MAX).await.unwrap().len(), 1);
    // Order 1 was taken out of the trash by hand, so it stays.
    assert_eq!(subjects(tx, inbox()).await, ["Twin", "Order 1"]);
}

async fn removing_an_account(tx: &mut dyn Tx) {
    tx.remove_mail_account(id(1)).await.unwrap();
    assert!(tx.list_folders(id(1)).await.unwrap().is_empty());
    assert_eq!(tx.list_locations(id::<FolderId>(1), 0, i64::MAX).await.unwrap(), []);
    assert!(subjects(tx, inbox()).await.is_empty());
    assert_eq!(tx.count_open(id(1)).await.unwrap(), 0);
    assert!(archive_subjects(tx, 1, ArchiveShow::All, false).await.len() >= 5, "archives are kept");
}

async fn ledger(company: &dyn crm::ports::Company, last: i64) {
    let mut tx = company.read().await.unwrap();
    assert_eq!(tx.last_change().await.unwrap(), last);
    let mut seen = 0;
    let mut changes = Vec::new();
    loop {
        let page = tx.changes_after(seen, 700).await.unwrap();
        let Some((change, _)) = page.last() else { break };
        seen = change.seq;
        changes.extend(page);
    }
    assert_eq!(changes.iter().map(|(change, _)| change.seq).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>(), "without gaps");
    let of = |entity, n: u64| changes.iter().find(|(change, _)| change.entity == entity && change.id == id::<uuid::Uuid>(n)).unwrap();
    assert_eq!(of(Entity::Contact, 1).0.kind, ChangeKind::Added);
    assert_eq!(of(Entity::Contact, 1).1, None);
    let (change, owner) = of(Entity::Message, 1003);
    assert_eq!((change.kind, *owner), (ChangeKind::Added, Some(id::<UserId>(1))));
    assert_eq!(of(Entity::Folder, 1).1, Some(id(1)));
    drop(tx);

    // Who took over shuts out who was there before.
    for (fence, good) in [(2, true), (2, true), (5, true), (4, false), (5, true)] {
        let mut tx = company.write(None, NOON).await.unwrap();
        match tx.fence(fence).await {
            Ok(()) => assert!(good),
            Err(Error::LeaseLost) => assert!(!good),
            Err(error) => panic!("{error}"),
        }
        tx.commit().await.unwrap();
    }

    let job = |n: u64, dedup: &str, due: i64| JobRow {
        id: id(n),
        kind: "send".into(),
        dedup: dedup.into(),
        payload: r#"{"to":1}"#.into(),
        attempts: 0,
        due_at: NOON.plus_seconds(due),
    };
    let mut tx = company.write(None, NOON).await.unwrap();
    tx.enqueue(&job(1, "a", 0)).await.unwrap();
    tx.enqueue(&job(2, "a", 0)).await.unwrap();
    tx.enqueue(&job(3, "b", 10)).await.unwrap();
    let until = NOON.plus_seconds(60);
    let taken = tx.claim_job(NOON, until).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.attempts, taken.payload.as_str()), (id::<JobId>(1), 1, r#"{"to":1}"#));
    assert_eq!(tx.claim_job(NOON, until).await.unwrap(), None, "taken, the same, or not due");
    assert_eq!(tx.claim_job(until, until.plus_seconds(60)).await.unwrap().unwrap().id, id(1), "its worker was never heard of again");
    tx.fail_job(id(1), "refused", Some(until)).await.unwrap();
    assert_eq!(tx.claim_job(until, until.plus_seconds(60)).await.unwrap().unwrap().id, id(3), "first come, first served");
    tx.finish_job(id(3)).await.unwrap();
    assert_eq!(tx.claim_job(until, until.plus_seconds(60)).await.unwrap().unwrap().attempts, 3);
    tx.fail_job(id(1), "refused", None).await.unwrap();
    assert_eq!(tx.claim_job(until.plus_seconds(999), until.plus_seconds(1999)).await.unwrap(), None, "given up");
    tx.enqueue(&job(4, "a", 0)).await.unwrap();
    assert_eq!(tx.claim_job(NOON, until).await.unwrap().unwrap().id, id(4), "what was given up may be asked for again");
    tx.commit().await.unwrap();
}
