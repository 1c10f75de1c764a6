//! Killed at any moment, as by a power cut: nothing is lost, nothing is doubled, here or on the server.

use crate::bench::{Dovecot, Office, SOON, letter, network, sync_once};
use mail::imap::Dialer;
use mail::sync::Memory;
use model::inbox::{MessageFilter, Place};
use model::mail_account::FolderRole;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const ME: &str = "alice@test.example";
const PIET: &str = "Piet Klant <piet@klant.example>";
const DATA: &str = "SPINDLE_TEST_DATA";
const SECONDS: &str = "SPINDLE_TEST_SECONDS";

/// The process that is killed: syncs the company in a folder, over and over. Started by the tests below.
#[tokio::test]
#[ignore = "not a test of its own: the process that the other tests here kill"]
#[expect(clippy::disallowed_methods, reason = "how one test process tells the other what to do")]
#[expect(clippy::print_stdout, reason = "how it tells that it begins")]
async fn victim() {
    let Ok(data) = std::env::var(DATA) else { return };
    let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    let certificate = std::fs::read(Path::new(&data).join("ca.der")).expect("a certificate");
    let office = Office::at(Path::new(&data), seconds).await;
    let dialer = Dialer::new(network(&[certificate.into()]));
    let account = office.system.list_accounts().await.expect("listed").remove(0);
    println!("\nbegins");
    sync_once(&office, &account, &dialer, &mut Memory::default()).await.expect("synced");
    println!("\ndone");
    office.crm.close().await;
}

struct Killer {
    data: tempfile::TempDir,
    dice: StdRng,
    /// Each process lives an hour after the one before: errands that were begun are due again.
    seconds: i64,
    kills: usize,
}

impl Killer {
    /// Lets it sync, and kills it after so long. `true`: it was done before.
    async fn strike(&mut self, after: Duration) -> bool {
        self.seconds += 3_600;
        let exe = std::env::current_exe().expect("we run");
        let mut child = Command::new(exe)
            .args(["--exact", "kills::victim", "--ignored", "--nocapture", "--test-threads=1"])
            .env(DATA, self.data.path())
            .env(SECONDS, self.seconds.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("it runs");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let until = async |lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStdout>>, word: &str| {
            while let Some(line) = lines.next_line().await.expect("readable") {
                if line == word {
                    return true;
                }
            }
            false
        };
        assert!(tokio::time::timeout(SOON, until(&mut lines, "begins")).await.expect("it starts in time"), "it starts");
        let done = tokio::time::timeout(after, until(&mut lines, "done")).await;
        match done {
            Ok(done) => {
                assert!(done, "the sync failed by itself");
                child.wait().await.expect("it ends");
                true
            }
            Err(_) => {
                child.kill().await.expect("it is ours");
                self.kills += 1;
                false
            }
        }
    }

    /// Kills it some times at random moments, then lets it finish.
    async fn torment(&mut self, times: usize, longest: u64) {
        for _ in 0..times {
            let after = Duration::from_millis(self.dice.random_range(0..longest));
            self.strike(after).await;
        }
        assert!(self.strike(SOON).await);
    }
}

/// One mailbox through a first sync, a delta sync and a push of flags and moves. Answers the kills it took.
async fn round(seed: u64, times: usize) -> usize {
    let dovecot = Dovecot::start().await;
    for number in 0..400 {
        dovecot.deliver("alice", "INBOX", &letter(&number.to_string(), PIET, ME, &format!("Brief {number}")));
    }
    let data = tempfile::tempdir().expect("a temp folder");
    std::fs::write(data.path().join("ca.der"), dovecot.certificate()).expect("written");
    {
        let office = Office::open_at(data.path()).await;
        office.add_account("alice", dovecot.server("alice"), "alicepw").await;
        office.crm.close().await;
    }
    let mut killer = Killer { data, dice: StdRng::seed_from_u64(seed), seconds: 0, kills: 0 };

    killer.torment(times, 250).await;
    check(&killer, &dovecot, 400).await;

    for number in 400..460 {
        dovecot.deliver("alice", "INBOX", &letter(&number.to_string(), PIET, ME, &format!("Brief {number}")));
    }
    dovecot
        .other_client("alice", &["SELECT INBOX", "UID STORE 1:40 +FLAGS (\\Seen)", "UID STORE 41:60 +FLAGS (\\Deleted)", "EXPUNGE"])
        .await;
    killer.torment(times, 120).await;
    // What is gone from the server keeps its copy here.
    check(&killer, &dovecot, 460).await;

    {
        let office = Office::at(killer.data.path(), killer.seconds).await;
        let mut ids = Vec::new();
        let mut after = None;
        while ids.len() < 60 {
            let page = office.session.list_messages(MessageFilter::default(), after).await.expect("listed");
            ids.extend(page.rows.iter().map(|row| row.id));
            after = page.next;
        }
        office.session.mark_read(ids[..60].to_vec(), true).await.expect("marked");
        office.session.delete_messages(ids[..30].to_vec()).await.expect("deleted");
        office.session.mark_spam(ids[30..45].to_vec(), true).await.expect("marked");
        office.crm.close().await;
    }
    killer.torment(times, 120).await;
    check(&killer, &dovecot, 460).await;
    let office = Office::at(killer.data.path(), killer.seconds).await;
    let place = async |place| {
        let filter = MessageFilter { place, ..MessageFilter::default() };
        office.session.list_messages(filter, None).await.expect("listed").rows.len()
    };
    assert_eq!(dovecot.folder("alice", "Trash").await.len(), 30, "each once on the server");
    assert_eq!(dovecot.folder("alice", "Junk").await.len(), 15);
    assert!(dovecot.folder("alice", "Trash").await.values().all(|flags| flags.seen));
    assert_eq!((place(Place::Trash).await, place(Place::Spam).await), (30, 15));
    office.crm.close().await;
    killer.kills
}

/// What is here equals what is there, and every message that ever came is here once.
async fn check(killer: &Killer, dovecot: &Dovecot, messages: usize) {
    let office = Office::at(killer.data.path(), killer.seconds).await;
    let account = office.system.list_accounts().await.expect("listed").remove(0);
    for (name, role) in [("INBOX", FolderRole::Inbox), ("Trash", FolderRole::Trash), ("Junk", FolderRole::Spam)] {
        assert_eq!(office.places(&account, role).await, dovecot.folder("alice", name).await, "{name}, after {} kills", killer.kills);
    }
    let mut subjects = Vec::new();
    for place in Place::ALL {
        let mut after = None;
        loop {
            let filter = MessageFilter { place, ..MessageFilter::default() };
            let page = office.session.list_messages(filter, after).await.expect("listed");
            subjects.extend(page.rows.into_iter().map(|row| row.subject));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    let once: BTreeSet<_> = subjects.iter().cloned().collect();
    assert_eq!((once.len(), subjects.len()), (messages, messages), "after {} kills", killer.kills);
    office.crm.close().await;
}

/// A few at each run.
#[tokio::test]
async fn killed_a_few_times() {
    let kills = round(rand::random(), 3).await;
    assert!(kills > 0, "it was never caught");
}

/// Two hundred; minutes long, so only when asked for.
#[tokio::test]
#[ignore = "takes minutes: cargo nextest run --run-ignored only -E 'test(killed_two_hundred)'"]
#[expect(clippy::print_stdout, reason = "a count to read")]
async fn killed_two_hundred_times() {
    let mut kills = 0;
    for seed in 0.. {
        kills += round(seed, 6).await;
        println!("{kills} kills");
        if kills >= 200 {
            break;
        }
    }
}
