//! Against a real Dovecot: what is there is here, and stays so.

use crate::bench::{Dovecot, Office, letter, sync_once};
use mail::room::Room;
use mail::sync::Memory;
use model::contact::ContactKind;
use model::mail_account::{CheckOutcome, DiagnosisKind, FolderRole, Security};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

const ME: &str = "alice@test.example";
const PIET: &str = "Piet Klant <piet@klant.example>";

fn fill(dovecot: &Dovecot, mailbox: &str, messages: usize) {
    for number in 0..messages {
        let id = format!("{mailbox}-{number}");
        dovecot.deliver("alice", mailbox, &letter(&id, PIET, ME, &format!("Letter {number}")));
    }
}

/// [SYN-01] [SYN-02] Inbox, sent items, trash and SPAM are fetched; drafts are not. [SYN-04] [SYN-08] All of it, however old.
#[tokio::test]
async fn four_folders_are_fetched() {
    let dovecot = Dovecot::start().await;
    for (mailbox, messages) in [("INBOX", 5), ("Sent", 4), ("Trash", 3), ("Junk", 2), ("Drafts", 1)] {
        fill(&dovecot, mailbox, messages);
    }
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(report.fetched, 14);
    assert!(report.first_fetch_ended);
    for (role, messages) in
        [(FolderRole::Inbox, 5), (FolderRole::Sent, 4), (FolderRole::Trash, 3), (FolderRole::Spam, 2), (FolderRole::Drafts, 0)]
    {
        assert_eq!(office.places(&account, role).await.len(), messages, "{role:?}");
    }
    let again = sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(again.fetched, 0);
    office.crm.close().await;
}

/// [SYN-08] Newest first: when the first fetch is interrupted, it is the newest that are here.
#[tokio::test]
async fn the_newest_come_first_and_an_interrupted_fetch_is_resumed() {
    let dovecot = Dovecot::start().await;
    fill(&dovecot, "INBOX", 1_300);
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let mut seen = Vec::new();
    for aborted in 1_u32.. {
        let (system, account_, dialer) = (office.system.clone(), account.clone(), dovecot.dialer());
        let before = office.messages(&account).await.len();
        let task = tokio::spawn(async move {
            let mut imap = dialer.dial(&account_.server, &account_.password.clone().into()).await.expect("dialed");
            mail::sync::sync(&system, &account_, &mut imap, &mut Memory::default(), &CancellationToken::new()).await
        });
        if aborted <= 4 {
            // Killed as soon as it has stored something more.
            office
                .until("a batch is stored", || {
                    let (office, account, task) = (&office, &account, &task);
                    async move { task.is_finished() || office.messages(account).await.len() > before }
                })
                .await;
            task.abort();
            drop(task.await);
            let here: Vec<i64> = office.places(&account, FolderRole::Inbox).await.into_keys().collect();
            seen.push(here.len());
            if aborted == 1 && here.len() < 1_300 {
                assert!(here.iter().max().copied() > Some(1_200), "the newest came first: {:?}", here.first());
            }
        } else {
            task.await.expect("no panic").expect("synced");
            break;
        }
    }
    assert!(seen.iter().any(|here| *here < 1_300), "it was never interrupted: {seen:?}");
    let here: BTreeSet<i64> = office.places(&account, FolderRole::Inbox).await.into_keys().collect();
    assert_eq!(here, (1..=1_300).collect());
    assert_eq!(office.messages(&account).await.len(), 1_300);
    assert_eq!(office.folder(&account, FolderRole::Inbox).await.lowest_done, 1);
    office.crm.close().await;
}

/// [SYN-06] [SYN-07] What a contact wrote, and what was written to him, is linked to him.
#[tokio::test]
async fn mail_is_linked_to_contacts() {
    let dovecot = Dovecot::start().await;
    dovecot.deliver("alice", "INBOX", &letter("in", PIET, ME, "Vraag"));
    dovecot.deliver("alice", "Sent", &letter("out", ME, PIET, "Antwoord"));
    dovecot.deliver("alice", "INBOX", &letter("other", "Iemand <iemand@elders.example>", ME, "Iets"));
    let office = Office::by_hand().await;
    let form = model::contact::ContactForm {
        kind: ContactKind::Person,
        first_name: "Piet".to_owned(),
        last_name: "Klant".to_owned(),
        email: "piet@klant.example".to_owned(),
        ..Default::default()
    };
    let contact = office.session.add_contact(form).await.expect("added");
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    let filter = model::inbox::ArchiveFilter { contact, show: model::inbox::ArchiveShow::default(), employees: false };
    let archive = office.session.list_archive(filter, None).await.expect("listed");
    assert_eq!(archive.rows.len(), 2);
    office.crm.close().await;
}

/// [SYN-09] Everything stays on the server as it is; nothing is marked read there.
#[tokio::test]
async fn the_server_is_left_as_it_is() {
    let dovecot = Dovecot::start().await;
    fill(&dovecot, "INBOX", 3);
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    let said = dovecot.other_client("alice", &["SELECT INBOX", "FETCH 1:* (FLAGS)"]).await;
    assert!(said.contains("* 3 EXISTS"), "{said}");
    assert!(said.contains("* 3 RECENT"), "not even \\Recent was taken: {said}");
    assert!(!said.contains("FLAGS (\\Seen") && !said.contains("\\Seen \\Recent"), "{said}");
    office.crm.close().await;
}

/// Flags set and messages expunged elsewhere are mirrored, with QRESYNC, with CONDSTORE alone, and without either.
#[tokio::test]
async fn changes_made_elsewhere_are_mirrored() {
    let only = |capabilities: &str| format!("protocol imap {{\n imap_capability = {capabilities}\n}}\n");
    let variants = [
        String::new(),
        only("IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE CONDSTORE LITERAL+"),
        only("IMAP4rev1 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+"),
    ];
    for variant in variants {
        let dovecot = Dovecot::start_with(&variant).await;
        fill(&dovecot, "INBOX", 6);
        let office = Office::by_hand().await;
        let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
        let mut memory = Memory::default();
        sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
        assert_eq!(office.places(&account, FolderRole::Inbox).await.len(), 6);
        dovecot
            .other_client(
                "alice",
                &["SELECT INBOX", "STORE 1 +FLAGS (\\Seen \\Answered)", "STORE 3 +FLAGS (\\Deleted)", "EXPUNGE", "CLOSE"],
            )
            .await;
        dovecot.deliver("alice", "INBOX", &letter("new", PIET, ME, "Nieuw"));
        let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
        assert_eq!((report.fetched, report.gone), (1, 1), "{variant}");
        let places = office.places(&account, FolderRole::Inbox).await;
        assert_eq!(places.keys().copied().collect::<Vec<_>>(), [1, 2, 4, 5, 6, 7], "{variant}");
        assert!(places[&1].seen && places[&1].answered && !places[&2].seen, "{variant}");
        // A message gone from the server keeps its copy here.
        assert_eq!(office.messages(&account).await.len(), 6);
        office.crm.close().await;
    }
}

/// [SYN-10] New mail is here within a moment: the server tells of it. The rest of the room works too.
#[tokio::test]
async fn new_mail_comes_by_itself() {
    let dovecot = Dovecot::start().await;
    fill(&dovecot, "INBOX", 2);
    let office = Office::open().await;
    let room = Room::new(office.crm.clone(), dovecot.network());
    office.crm.hang_mailroom(room.clone());
    let stop = CancellationToken::new();
    let running = tokio::spawn(room.run("here".to_owned(), stop.clone()));
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    office.until("the first fetch", || async { office.places(&account, FolderRole::Inbox).await.len() == 2 }).await;
    dovecot.deliver("alice", "INBOX", &letter("news", PIET, ME, "Nieuws"));
    office.until("the new letter", || async { office.places(&account, FolderRole::Inbox).await.len() == 3 }).await;
    dovecot.other_client("alice", &["SELECT INBOX", "STORE 1 +FLAGS (\\Seen)"]).await;
    office.until("the flag", || async { office.places(&account, FolderRole::Inbox).await.get(&1).is_some_and(|flags| flags.seen) }).await;
    let watched = office.system.find_account(account.id).await.expect("readable").expect("there");
    assert!(watched.connected && watched.diagnosis.is_none());
    stop.cancel();
    tokio::time::timeout(crate::bench::SOON, running).await.expect("it stops").expect("in good order");
    assert!(office.crm.lease(office.system.company(), "another").await.expect("asked").is_some(), "the lease was released");
    office.crm.close().await;
}

/// One account that cannot log in does not disturb the one beside it, and says what is wrong with it.
#[tokio::test]
async fn a_broken_account_disturbs_nobody() {
    let dovecot = Dovecot::start().await;
    fill(&dovecot, "INBOX", 2);
    let office = Office::open().await;
    let room = Room::new(office.crm.clone(), dovecot.network());
    office.crm.hang_mailroom(room.clone());
    let stop = CancellationToken::new();
    let running = tokio::spawn(room.run("here".to_owned(), stop.clone()));
    let broken = office.add_account("bob", dovecot.server("bob"), "wrong").await;
    let good = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    office
        .until("both have their outcome", || async {
            let failing = office.system.find_account(broken.id).await.expect("readable").expect("there").diagnosis;
            failing.is_some_and(|diagnosis| diagnosis.kind == DiagnosisKind::WrongPassword)
                && office.places(&good, FolderRole::Inbox).await.len() == 2
        })
        .await;
    stop.cancel();
    tokio::time::timeout(crate::bench::SOON, running).await.expect("it stops").expect("in good order");
    office.crm.close().await;
}

/// [SYN-11] A message that lies in two folders is one message.
#[tokio::test]
async fn a_message_in_two_folders_is_one() {
    let dovecot = Dovecot::start().await;
    let twice = letter("twice", ME, ME, "Aan mezelf");
    dovecot.deliver("alice", "INBOX", &twice);
    dovecot.deliver("alice", "Sent", &twice);
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(office.places(&account, FolderRole::Inbox).await.len(), 1);
    assert_eq!(office.places(&account, FolderRole::Sent).await.len(), 1);
    assert_eq!(office.messages(&account).await.len(), 1);
    office.crm.close().await;
}

/// [SYN-09] When the server numbers its messages anew, they are recognised and not fetched again; what is really gone goes.
#[tokio::test]
async fn a_new_uidvalidity_is_survived() {
    let mut dovecot = Dovecot::start().await;
    fill(&dovecot, "INBOX", 6);
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let mut memory = Memory::default();
    sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    let before = office.messages(&account).await;
    let validity = office.folder(&account, FolderRole::Inbox).await.uid_validity;
    // One is expunged, one comes, and all get other numbers.
    dovecot.other_client("alice", &["SELECT INBOX", "STORE 2 +FLAGS (\\Deleted)", "EXPUNGE", "CLOSE"]).await;
    dovecot.down();
    dovecot.forget_uids("alice");
    dovecot.deliver("alice", "INBOX", &letter("after", PIET, ME, "Daarna"));
    dovecot.wait_for_second_after(validity).await;
    dovecot.up().await;
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    assert_ne!(inbox.uid_validity, validity);
    assert_eq!(report.fetched, 1, "only the new one is fetched");
    let after = office.messages(&account).await;
    assert_eq!(after.len(), 6);
    assert_eq!(after.intersection(&before).count(), 5);
    assert_eq!(office.places(&account, FolderRole::Inbox).await.len(), 6);
    office.crm.close().await;
}

/// What cannot be read is kept raw, marked, and keeps nobody waiting.
#[tokio::test]
async fn poison_is_quarantined() {
    let dovecot = Dovecot::start().await;
    dovecot.deliver("alice", "INBOX", &letter("before", PIET, ME, "Voor"));
    dovecot.deliver("alice", "INBOX", b"no header at all, only \xff\xfe noise");
    dovecot.deliver("alice", "INBOX", b"\r\n\r\n");
    dovecot.deliver("alice", "INBOX", &letter("behind", PIET, ME, "Na"));
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(office.places(&account, FolderRole::Inbox).await.len(), 4);
    assert_eq!(office.messages(&account).await.len(), 4);
    office.crm.close().await;
}

/// Larger than a range: it comes in pieces and is whole.
#[tokio::test]
async fn a_large_message_comes_in_ranges() {
    let dovecot = Dovecot::start().await;
    let mut large = letter("large", PIET, ME, "Groot");
    for line in 0..90_000_u32 {
        large.extend_from_slice(format!("{line:060}\r\n").as_bytes());
    }
    dovecot.deliver("alice", "INBOX", &large);
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    let place = office.system.list_locations(&inbox, 1, 9).await.expect("listed").into_iter().next().expect("one");
    let raw = office.session.raw_message(place.message.expect("kept")).await.expect("readable");
    assert_eq!(raw.len(), large.len());
    assert_eq!(raw[..], large[..]);
    office.crm.close().await;
}

/// The wizard's check finds its way: the right encryption, the other form of the user name, the reason it failed.
#[tokio::test]
async fn a_check_tells_what_it_found() {
    let dovecot = Dovecot::start().await;
    fill(&dovecot, "INBOX", 3);
    let office = Office::open().await;
    let room = Room::new(office.crm.clone(), dovecot.network());
    office.crm.hang_mailroom(room.clone());
    let check = async |server: model::mail_account::ServerSettings, password: &str| {
        let form = model::mail_account::MailAccountForm {
            address: ME.to_owned(),
            password: password.to_owned(),
            server: Some(server),
            ..Default::default()
        };
        let id = office.session.start_mail_check(form).await.expect("started");
        let mut seen = 0;
        loop {
            let check = office.session.follow_mail_check(id, seen).await.expect("known");
            if check.outcome.is_some() {
                return check;
            }
            assert!(check.version > seen);
            seen = check.version;
        }
    };
    let good = check(dovecot.server("alice"), "alicepw").await;
    let Some(CheckOutcome::Connected { folders, messages }) = good.outcome else { panic!("{:?}", good.outcome) };
    assert_eq!(messages, 3);
    assert!(folders.iter().any(|folder| folder.role == FolderRole::Sent));
    // TLS on the plain port, found out and mended.
    let mut server = dovecot.server("alice");
    server.port = dovecot.plain;
    let mended = check(server, "alicepw").await;
    assert!(matches!(mended.outcome, Some(CheckOutcome::Connected { .. })), "{:?}", mended.outcome);
    assert_eq!(mended.server.expect("tried").security, Security::StartTls);
    let failed = |check: model::mail_account::Check| match check.outcome {
        Some(CheckOutcome::Failed(diagnosis)) => diagnosis.kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(failed(check(dovecot.server("alice"), "wrong").await), DiagnosisKind::WrongPassword);
    let mut server = dovecot.server("alice");
    server.host = "nowhere.example".to_owned();
    assert_eq!(failed(check(server, "alicepw").await), DiagnosisKind::UnknownHost);
    office.crm.close().await;
}
