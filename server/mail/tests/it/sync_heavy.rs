//! Too much of everything: recipients, parts, bytes, accounts.

use crate::bench::{Dovecot, Office, Script, letter, network, play, sync_once};
use crm::Limits;
use mail::hosts::HostLimits;
use mail::room::Room;
use mail::sync::Memory;
use model::inbox::MessageFilter;
use model::mail_account::{FolderRole, MailAccountForm, Security, ServerSettings};
use model::message::Quarantine;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const ME: &str = "alice@test.example";
const PIET: &str = "Piet Klant <piet@klant.example>";

/// 20,000 recipients, 50,000 parts, 100 MB: each is stored or set aside with its reason, and keeps nobody waiting.
#[tokio::test]
async fn monsters_are_stored_or_set_aside() {
    let dovecot = Dovecot::start().await;
    let mut crowd = "From: Piet Klant <piet@klant.example>\r\nTo: a0@b.example".to_owned();
    for number in 1..20_000 {
        write!(crowd, ",\r\n a{number}@b.example").expect("a string");
    }
    crowd += "\r\nSubject: Menigte\r\nMessage-ID: <crowd@x.example>\r\n\r\nHallo\r\n";
    let mut parts =
        "From: Piet Klant <piet@klant.example>\r\nTo: alice@test.example\r\nSubject: Delen\r\nMessage-ID: <parts@x.example>\r\n\
                     Content-Type: multipart/mixed; boundary=b\r\n\r\n"
            .to_owned();
    for number in 0..50_000 {
        write!(parts, "--b\r\nContent-Type: text/plain\r\n\r\n{number}\r\n").expect("a string");
    }
    parts += "--b--\r\n";
    let mut huge = letter("huge", PIET, ME, "Reusachtig");
    let line = [b"x".repeat(998), b"\r\n".to_vec()].concat();
    while huge.len() < 100 << 20 {
        huge.extend_from_slice(&line);
    }
    dovecot.deliver("alice", "INBOX", crowd.as_bytes());
    dovecot.deliver("alice", "INBOX", parts.as_bytes());
    dovecot.deliver("alice", "INBOX", &huge);
    dovecot.deliver("alice", "INBOX", &letter("small", PIET, ME, "Klein"));
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(office.places(&account, FolderRole::Inbox).await.len(), 4);
    let rows = office.session.list_messages(MessageFilter::default(), None).await.expect("listed").rows;
    let row = |subject: &str| rows.iter().find(|row| row.subject == subject).unwrap_or_else(|| panic!("{subject}: {rows:?}"));
    let crowd = office.session.open_message(row("Menigte").id).await.expect("readable");
    assert_eq!(crowd.participants.len() + usize::try_from(crowd.participants_left_out).expect("few"), 20_001);
    let parts = office.session.open_message(row("Delen").id).await.expect("readable");
    assert!(parts.attachments.len() <= 5_000);
    assert_eq!(row("Reusachtig").quarantine, Some(Quarantine::TooLarge));
    let huge = office.session.open_message(row("Reusachtig").id).await.expect("readable");
    assert!(huge.size >= 100 << 20, "its real size is told");
    assert!(office.session.raw_message(huge.row.id).await.expect("readable").len() < 2_000, "only its header was fetched");
    assert_eq!(row("Klein").quarantine, None);
    office.crm.close().await;
}

const COMPANIES: usize = 100;
const EACH: usize = 5;

fn server(port: u16) -> ServerSettings {
    ServerSettings { login: "x".to_owned(), host: "localhost".to_owned(), port, security: Security::Plain, trusted_certificate: None }
}

async fn honest_server(script: Script) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(play(script.clone(), tcp));
        }
    });
    port
}

/// Greets at a byte a second, for ever.
async fn slow_server(calls: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            calls.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                tcp.write_all(b"* OK [CAPABILITY IMAP4rev1] hi\r\ns1 OK\r\n* LIST (").await.unwrap_or_default();
                while tcp.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
        }
    });
    port
}

/// Five hundred accounts at once, one of whose servers answers a byte a second: the others do not notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_accounts_and_a_slow_one() {
    let limits = Limits { registrations_per_client: 1_000, ..Limits::default() };
    let office = Office::open_in(tempfile::tempdir().expect("a temp folder"), limits).await;
    let good = honest_server(crate::sync_lies::honest(&[1, 2, 3])).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let bad = slow_server(Arc::clone(&calls)).await;
    let manners = HostLimits { logins_per_second: 10_000, connections: 2_000, ..HostLimits::default() };
    let room = Room::with_limits(Arc::clone(&office.crm), network(&[]), manners);
    office.crm.hang_mailroom(Arc::clone(&room) as _);
    let mut systems = Vec::new();
    for company in 0..COMPANIES {
        let session = office.register(&format!("firma{company}")).await;
        for account in 0..EACH {
            let slow = company == 0 && account == 0;
            let form = MailAccountForm {
                address: format!("a{account}@firma{company}.example"),
                password: "geheim".to_owned(),
                server: Some(server(if slow { bad } else { good })),
                ..MailAccountForm::default()
            };
            session.save_mail_account(form).await.expect("saved");
        }
        systems.push(office.crm.system(session.company()).await.expect("open"));
    }
    let stop = CancellationToken::new();
    let running = tokio::spawn(room.run("here".to_owned(), stop.clone()));
    let begun = tokio::time::Instant::now();
    let mut fetched = 0;
    for (number, system) in systems.iter().enumerate() {
        for account in system.list_accounts().await.expect("listed") {
            if account.server.port == bad {
                continue;
            }
            crate::bench::until_in(system, "its mail", || async {
                let folders = system.list_folders(account.id).await.expect("listed");
                let Some(inbox) = folders.into_iter().find(|folder| folder.role == FolderRole::Inbox) else { return false };
                system.list_locations(&inbox, 1, 10).await.expect("listed").len() == 3
            })
            .await;
            fetched += 1;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "company {number} still waits");
    }
    assert_eq!(fetched, COMPANIES * EACH - 1);
    assert!(calls.load(Ordering::Relaxed) > 0, "the slow one was tried too");
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(60), running).await.expect("it stops").expect("in good order");
    office.crm.close().await;
}
