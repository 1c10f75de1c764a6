//! Bounds: of the edition, of providers, of the disk, and of the lease.

use crate::bench::{Dovecot, Office, letter, scripted, sync_once, sync_over};
use crm::{Batch, Limits, SealedPack, WatchedAccount};
use mail::room::Room;
use mail::sync::{Memory, SyncError};
use model::mail_account::{AccountState, DiagnosisKind, FolderRole, GMAIL_DAILY_BYTES, MailAccountForm};
use model::{Edition, Moment, Problem};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const ME: &str = "alice@test.example";
const PIET: &str = "Piet Klant <piet@klant.example>";
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn limited() -> Limits {
    Limits { edition: Edition::Limited, ..Limits::default() }
}

async fn uids(office: &Office, account: &WatchedAccount) -> BTreeSet<i64> {
    office.places(account, FolderRole::Inbox).await.into_keys().collect()
}

/// [SYN-03] [EDI-03] The last thirty days before the linking and all that comes later; [EDI-05] raised to Pro, everything.
#[tokio::test]
async fn limited_fetches_a_month_and_pro_the_rest() {
    let dovecot = Dovecot::start().await;
    let office = Office::open_in(tempfile::tempdir().expect("a temp folder"), limited()).await.reopen(limited()).await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let linked = account.id.linked_at();
    assert_eq!(account.since, Some(linked.plus_seconds(-30 * DAY)));
    // UIDs 1 to 6; the old and the new lie mixed, as after much moving about.
    for (number, age) in [(1, 40 * DAY), (2, DAY), (3, 30 * DAY + HOUR), (4, 30 * DAY - HOUR), (5, 400 * DAY), (6, 60)] {
        dovecot.deliver_at("alice", "INBOX", &letter(&number.to_string(), PIET, ME, "Brief"), Some(linked.plus_seconds(-age)));
    }
    let mut memory = Memory::default();
    sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    office.system.account_works(account.id).await.expect("marked");
    assert_eq!(uids(&office, &account).await, BTreeSet::from([2, 4, 6]));
    let row = office.session.list_mail_accounts().await.expect("listed").remove(0);
    let inbox = &row.folders[0];
    assert_eq!((inbox.done, inbox.total, row.state.clone()), (3, 3, AccountState::UpToDate), "what is left out is not missing");
    // What comes after the linking comes, whatever its date; what was left out stays out.
    dovecot.deliver_at("alice", "INBOX", &letter("later", PIET, ME, "Later"), Some(linked.plus_seconds(-90 * DAY)));
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_eq!(report.fetched, 1);
    assert_eq!(uids(&office, &account).await, BTreeSet::from([2, 4, 6, 7]));
    // One that was left out is thrown away elsewhere, and one that is here.
    dovecot.other_client("alice", &["SELECT INBOX", "STORE 1:2 +FLAGS (\\Deleted)", "EXPUNGE", "CLOSE"]).await;
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_eq!((report.fetched, report.gone), (0, 1));
    assert_eq!(uids(&office, &account).await, BTreeSet::from([4, 6, 7]));

    let office = office.reopen(Limits::default()).await;
    let account = office.system.find_account(account.id).await.expect("readable").expect("there");
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(report.fetched, 2, "only what was left out");
    assert_eq!(uids(&office, &account).await, (3..=7).collect());
    let row = office.session.list_mail_accounts().await.expect("listed").remove(0);
    assert_eq!((row.folders[0].done, row.folders[0].total, row.state), (5, 5, AccountState::UpToDate));
    // Lowered again it takes nothing away.
    let office = office.reopen(limited()).await;
    let account = office.system.find_account(account.id).await.expect("readable").expect("there");
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    assert_eq!(uids(&office, &account).await.len(), 5);
    office.crm.close().await;
}

/// [EDI-02] [EML-21] Limited connects one account, and says so; Pro five.
#[tokio::test]
async fn limited_connects_one_account() {
    let office = Office::open_in(tempfile::tempdir().expect("a temp folder"), limited()).await.reopen(limited()).await;
    let form = |user: &str| MailAccountForm {
        address: format!("{user}@test.example"),
        password: "geheim".to_owned(),
        server: Some(model::mail_account::ServerSettings {
            login: user.to_owned(),
            host: "mail.test.example".to_owned(),
            port: 993,
            ..Default::default()
        }),
        ..Default::default()
    };
    office.session.save_mail_account(form("alice")).await.expect("the first");
    let refused = office.session.save_mail_account(form("bob")).await.expect_err("the second");
    let crm::Error::Invalid(problems) = refused else { panic!("{refused}") };
    assert_eq!(problems[0].problem, Problem::TooManyAccounts(1));
    let office = office.reopen(Limits::default()).await;
    office.session.save_mail_account(form("bob")).await.expect("the second, with Pro");
    office.crm.close().await;
}

/// [SYN-08] After a long pause the newest come first; killed again and again, in the end all are here, each once.
#[tokio::test]
async fn after_a_pause_the_newest_come_first() {
    let dovecot = Dovecot::start().await;
    let fill = |from: usize, to: usize| {
        for number in from..to {
            dovecot.deliver("alice", "INBOX", &letter(&number.to_string(), PIET, ME, &format!("Brief {number}")));
        }
    };
    fill(1, 4);
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    sync_once(&office, &account, &dovecot.dialer(), &mut Memory::default()).await.expect("synced");
    fill(4, 1_201);
    let mut interrupted = 0;
    for attempt in 0.. {
        let (system, account_, dialer) = (office.system.clone(), account.clone(), dovecot.dialer());
        let before = office.messages(&account).await.len();
        let task = tokio::spawn(async move {
            let mut imap = dialer.dial(&account_.server, &account_.password.clone().into()).await.expect("dialed");
            mail::sync::sync(&system, &account_, &mut imap, &mut Memory::default(), &CancellationToken::new()).await
        });
        if attempt == 4 {
            task.await.expect("no panic").expect("synced");
            break;
        }
        office
            .until("a batch is stored", || {
                let (office, account, task) = (&office, &account, &task);
                async move { task.is_finished() || office.messages(account).await.len() > before }
            })
            .await;
        task.abort();
        drop(task.await);
        let here = uids(&office, &account).await;
        if here.len() < 1_200 {
            interrupted += 1;
            assert!(here.contains(&1_200), "the newest is among the first: {:?}", here.last());
            if interrupted == 2 {
                // More comes while the gap is still open.
                fill(1_201, 1_204);
            }
        }
    }
    assert!(interrupted > 0, "it was never interrupted");
    let last = if interrupted >= 2 { 1_203 } else { 1_200 };
    assert_eq!(uids(&office, &account).await, (1..=last).collect());
    assert_eq!(i64::try_from(office.messages(&account).await.len()).expect("few"), last);
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    assert_eq!((inbox.lowest_done, inbox.floor), (1, 1));
    office.crm.close().await;
}

/// Of Gmail only so much is fetched in a day; new mail comes all the same, and the rest the next day.
#[tokio::test]
async fn gmail_is_fetched_in_daily_portions() {
    let office = Office::by_hand().await;
    let server = model::mail_account::ServerSettings { login: "alice".into(), host: "localhost".into(), port: 143, ..Default::default() };
    let account = office.add_account("alice", server, "alicepw").await;
    let gmail = |uids: &[u32]| {
        let mut script = crate::sync_lies::honest(uids);
        script.insert(0, ("greeting".to_owned(), "* OK [CAPABILITY IMAP4rev1 X-GM-EXT-1] Gimap ready\r\n".to_owned()));
        script
    };
    office.system.spend(account.id, GMAIL_DAILY_BYTES - 1).await.expect("counted");
    let mut memory = Memory::default();
    let patience = Duration::from_secs(10);
    let many: Vec<u32> = (1..=300).collect();
    let report = sync_over(&office, &account, &mut scripted(gmail(&many), patience).await, &mut memory).await.expect("synced");
    assert!(report.rests);
    assert_eq!(report.fetched, 100, "the window that was begun, and no more");
    assert!(office.session.list_mail_accounts().await.expect("listed")[0].rests);
    let more: Vec<u32> = (1..=302).collect();
    let report = sync_over(&office, &account, &mut scripted(gmail(&more), patience).await, &mut memory).await.expect("synced");
    assert_eq!((report.fetched, report.rests), (2, true), "new mail comes all the same");
    // Another day: the store counts from nothing.
    office.forward(24 * 3_600);
    let report = sync_over(&office, &account, &mut scripted(gmail(&more), patience).await, &mut memory).await.expect("synced");
    assert_eq!((report.fetched, report.rests), (200, false));
    assert_eq!(uids(&office, &account).await.len(), 302);
    // Where there is no such limit nothing is counted.
    assert!(office.system.spent_today(account.id).await.expect("read") > 0);
    office.crm.close().await;
}

/// Who lost the lease of a company can store nothing more in it.
#[tokio::test]
async fn who_lost_the_lease_stores_nothing() {
    let dovecot = Dovecot::start().await;
    dovecot.deliver("alice", "INBOX", &letter("one", PIET, ME, "Een"));
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let company = office.system.company();
    let lease = office.crm.lease(company, "first").await.expect("asked").expect("free");
    let first = office.crm.system(company).await.expect("open").under(lease).await.expect("nobody else");
    let mut imap = dovecot.dialer().dial(&account.server, &account.password.clone().into()).await.expect("dialed");
    mail::sync::sync(&first, &account, &mut imap, &mut Memory::default(), &CancellationToken::new()).await.expect("synced");
    // The first node sleeps too long; the second takes over.
    office.forward(crm::LEASE_SECONDS + 1);
    let lease = office.crm.lease(company, "second").await.expect("asked").expect("ended");
    let second = office.crm.system(company).await.expect("open").under(lease).await.expect("it holds the lease");
    dovecot.deliver("alice", "INBOX", &letter("two", PIET, ME, "Twee"));
    let late = mail::sync::sync(&first, &account, &mut imap, &mut Memory::default(), &CancellationToken::new()).await;
    assert!(matches!(late, Err(SyncError::Crm(crm::Error::LeaseLost))), "{late:?}");
    let folder = office.folder(&account, FolderRole::Inbox).await;
    let pack = first.keep(SealedPack::default()).await.expect("nothing to keep");
    let refused = first.receive(&account, vec![Batch { folder, pack, arrivals: vec![], missed: vec![] }]).await;
    assert!(matches!(refused, Err(crm::Error::LeaseLost)));
    assert_eq!(uids(&office, &account).await.len(), 1);
    let mut imap = dovecot.dialer().dial(&account.server, &account.password.clone().into()).await.expect("dialed");
    mail::sync::sync(&second, &account, &mut imap, &mut Memory::default(), &CancellationToken::new()).await.expect("synced");
    assert_eq!(uids(&office, &account).await.len(), 2);
    office.crm.close().await;
}

/// A disk of its own, so small that it can be filled.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temp folder");
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path()).status();
        assert!(status.expect("mount is there").success(), "these tests run as root");
        Self(folder)
    }

    fn grow(&self, size: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(self.0.path()).status();
        assert!(status.expect("mount is there").success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the databases in it may still be closing.
        Command::new("umount").arg("-l").arg(self.0.path()).status().map(|_| ()).unwrap_or_default();
    }
}

/// The disk runs full in the middle of a batch: the account says so, nothing is lost, and it goes on when there is room.
#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let dovecot = Dovecot::start().await;
    for number in 0..60_u32 {
        let mut large = letter(&number.to_string(), PIET, ME, &format!("Brief {number}"));
        // Nothing a compressor could make small.
        let mut state = u64::from(number) + 1;
        for _ in 0..2_500 {
            let mut line = String::new();
            for _ in 0..4 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                line += &format!("{state:016x}");
            }
            large.extend_from_slice(line.as_bytes());
            large.extend_from_slice(b"\r\n");
        }
        dovecot.deliver("alice", "INBOX", &large);
    }
    let disk = SmallDisk::mount("4m");
    let data = tempfile::tempdir_in(disk.0.path()).expect("a folder on it");
    let office = Office::open_in(data, Limits::default()).await;
    let room = Room::new(office.crm.clone(), dovecot.network());
    office.crm.hang_mailroom(room.clone());
    let stop = CancellationToken::new();
    let running = tokio::spawn(room.run("here".to_owned(), stop.clone()));
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let state = async || office.session.list_mail_accounts().await.expect("listed").remove(0).state;
    office
        .until("the account says what is wrong", || async {
            matches!(state().await, AccountState::Failing(diagnosis) if diagnosis.kind == DiagnosisKind::DiskFull)
        })
        .await;
    let before = uids(&office, &account).await;
    assert!(before.len() < 60);
    disk.grow("200m");
    office.until("all is here", || async { uids(&office, &account).await.len() == 60 }).await;
    assert!(before.is_subset(&uids(&office, &account).await));
    office.until("it says that all is well", || async { state().await == AccountState::UpToDate }).await;
    // Every one can be read: none is half.
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    for place in office.system.list_locations(&inbox, 1, 1_000).await.expect("listed") {
        let raw = office.session.raw_message(place.message.expect("kept")).await.expect("readable");
        assert!(raw.ends_with(b"\r\n") && raw.len() > 150_000);
    }
    assert_eq!(office.messages(&account).await.len(), 60);
    stop.cancel();
    tokio::time::timeout(crate::bench::SOON, running).await.expect("it stops").expect("in good order");
    office.crm.close().await;
}

/// A byte now and then is as good as silence; a slow line that does get on is not.
#[tokio::test]
async fn a_byte_a_second_is_given_up() {
    use tokio::io::AsyncWriteExt;
    async fn after_greeting(bytes: usize) -> Result<bool, mail::imap::ImapError> {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            theirs.write_all(b"* OK hi\r\n").await.expect("room");
            let mut answer = b"* OK [ALERT] ".to_vec();
            answer.extend(std::iter::repeat_n(b'x', 200_000));
            answer.extend_from_slice(b"\r\ns1 OK\r\n");
            for piece in answer.chunks(bytes) {
                tokio::time::sleep(Duration::from_millis(10)).await;
                if theirs.write_all(piece).await.is_err() {
                    return;
                }
            }
        });
        let mut imap = mail::imap::Imap::greet(Box::new(ours), Duration::from_millis(500)).await?;
        imap.noop().await
    }
    assert!(matches!(after_greeting(1).await, Err(mail::imap::ImapError::TimedOut)));
    after_greeting(2_000).await.expect("slow, but it gets on");
}

/// When it was linked stands in the account's id.
#[tokio::test]
async fn an_account_knows_when_it_was_linked() {
    let office = Office::by_hand().await;
    let before = office.crm.now();
    let server = model::mail_account::ServerSettings { login: "alice".into(), host: "localhost".into(), port: 143, ..Default::default() };
    let account = office.add_account("alice", server, "x").await;
    let linked = account.id.linked_at();
    assert!(linked >= Moment(before.0 / 1000 * 1000) && linked <= office.crm.now());
    office.crm.close().await;
}
