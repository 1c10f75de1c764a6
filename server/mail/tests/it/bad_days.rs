//! Letters larger than any reader: each is kept whole, read as far as the limits go, and costs what the limits allow.

use crate::bench::Office;
use crm::{Arrival, Batch, SealedPack};
use mail::parse::{MAX_PARTICIPANTS, MAX_PARTS, MAX_SIZE, parse};
use mail::show::{self, Images};
use model::inbox::MessageView;
use model::mail_account::{FolderRole, ServerSettings};
use model::message::{Flags, Parsed, Quarantine};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Unoptimised and on a busy machine; what is hunted here takes hours.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stores a letter as the sync does, opens it as its reader does, and hands back what he sees and the bytes he could save.
async fn kept(raw: &[u8], parsed: Parsed) -> (MessageView, Vec<u8>) {
    let office = Office::by_hand().await;
    let server = ServerSettings { login: "alice".to_owned(), host: "localhost".to_owned(), port: 143, ..ServerSettings::default() };
    let account = office.add_account("alice", server, "alicepw").await;
    let mut folder = office.system.new_folder(account.id, "INBOX", "INBOX", FolderRole::Inbox);
    (folder.uid_validity, folder.uid_next, folder.lowest_done, folder.total) = (1, 2, 1, 1);
    let mut pack = SealedPack::default();
    let (offset, len) = office.system.sealer().add(&mut pack, raw, office.crm.dice()).expect("sealed");
    let arrival = Arrival { uid: 1, flags: Flags::default(), internal_date: None, parsed, offset, len };
    let pack = office.system.keep(pack).await.expect("kept");
    office.system.receive(&account, vec![Batch { folder, pack, arrivals: vec![arrival], missed: vec![] }]).await.expect("stored");
    let id = office.messages(&account).await.into_iter().next().expect("a message");
    let view = office.session.open_message(id).await.expect("opened");
    let bytes = office.session.raw_message(id).await.expect("its bytes");
    office.crm.close().await;
    (view, bytes)
}

/// The most memory this process ever had, in bytes. Each test runs in a process of its own.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("the high-water mark");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<usize>().ok()).expect("a number") << 10
}

/// [SYN-06] A letter to 20,000 people is read, linked to the first 2,000 and says how many more there were.
#[tokio::test]
async fn twenty_thousand_recipients() {
    let mut raw = "From: a@x.example\r\nSubject: allen\r\nMessage-ID: <allen@x.example>\r\nTo: ".to_owned();
    for n in 0..20_000 {
        write!(raw, "\"Persoon {n}\" <p{n}@x.example>,\r\n ").expect("strings take everything");
    }
    raw.push_str("z@x.example\r\n\r\ntekst\r\n");
    let start = Instant::now();
    let parsed = parse(raw.as_bytes(), None);
    let (view, bytes) = kept(raw.as_bytes(), parsed).await;
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    assert_eq!((view.row.subject.as_str(), view.row.quarantine), ("allen", None));
    assert_eq!((view.participants.len(), view.participants_left_out), (MAX_PARTICIPANTS, 20_002 - 2_000));
    assert_eq!(bytes, raw.as_bytes());
}

/// [SYN-06] 50,000 parts: the first 5,000 are listed, its text is shown, all its bytes are kept.
#[tokio::test]
async fn fifty_thousand_parts() {
    let parts = "--b\r\nContent-Type: image/png; name=x.png\r\n\r\nx\r\n".repeat(50_000);
    let raw = format!(
        "From: a@x.example\r\nSubject: delen\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nde tekst\r\n{parts}--b--\r\n"
    );
    let before = peak();
    let start = Instant::now();
    let parsed = parse(raw.as_bytes(), None);
    let shown = show::html(raw.as_bytes(), Images::Blocked);
    let grown = peak().saturating_sub(before);
    assert!(grown < 256 << 20, "{grown} bytes more");
    assert!(shown.html.contains("de tekst"));
    let (view, bytes) = kept(raw.as_bytes(), parsed).await;
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    assert!(view.attachments.len() <= MAX_PARTS && view.attachments.len() > MAX_PARTS - 10, "{} listed", view.attachments.len());
    assert_eq!(bytes, raw.as_bytes());
}

/// [SYN-06] Headers that announce a file, over and over: within one another, without an end, and with bodies that are none.
#[test]
fn a_million_announcements() {
    let announced = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n";
    let head = "From: a@x.example\r\nSubject: bestanden\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    let blocks = format!("{announced}\r\n").repeat(100_000);
    let bodies = [announced.repeat(100_000), blocks.clone(), format!("{blocks}\r\n--"), format!("{announced}\r\n--b\r\n").repeat(50_000)];
    for body in bodies {
        let start = Instant::now();
        let parsed = parse(format!("{head}{body}").as_bytes(), None);
        assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
        assert_eq!(parsed.subject, "bestanden");
    }
}

/// [SYN-06] 100 MB: only its header is read, it is marked as too large, and it comes out as it went in.
#[tokio::test]
async fn a_hundred_megabytes() {
    let mut raw = Vec::with_capacity(101 << 20);
    raw.extend_from_slice(b"From: a@x.example\r\nSubject: groot\r\nContent-Type: text/plain\r\n\r\n");
    let line = b"Dit is een lange regel van een heel lange brief, en er komen er nog meer.\r\n";
    while raw.len() < 100 << 20 {
        raw.extend_from_slice(line);
    }
    assert!(raw.len() > MAX_SIZE);
    let before = peak();
    let start = Instant::now();
    let parsed = parse(&raw, None);
    let shown = show::html(&raw, Images::Blocked);
    let grown = peak().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more");
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    assert!(shown.html.len() < 8 << 20 && shown.text_only);
    let (view, bytes) = kept(&raw, parsed).await;
    assert_eq!((view.row.subject.as_str(), view.row.quarantine, view.size), ("groot", Some(Quarantine::TooLarge), raw.len() as u64));
    assert!(bytes == raw, "its bytes changed");
}
