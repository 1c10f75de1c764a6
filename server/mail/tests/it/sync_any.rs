//! Whatever happens to a mailbox, in whatever order: after a sync, what is here equals what is there.

use crate::bench::{Dovecot, Office, letter, sync_once};
use mail::sync::Memory;
use model::mail_account::FolderRole;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

const FOLDERS: [(&str, FolderRole); 4] =
    [("INBOX", FolderRole::Inbox), ("Sent", FolderRole::Sent), ("Trash", FolderRole::Trash), ("Junk", FolderRole::Spam)];

/// One thing another program does. Folders and messages are meant modulo how many there are.
#[derive(Clone, Debug)]
enum Deed {
    Deliver {
        folder: usize,
        how_many: usize,
    },
    Flag {
        folder: usize,
        message: usize,
        flag: usize,
        on: bool,
    },
    Expunge {
        folder: usize,
        message: usize,
    },
    Move {
        folder: usize,
        message: usize,
        to: usize,
    },
    Copy {
        folder: usize,
        message: usize,
        to: usize,
    },
    Sync,
    /// The server forgets all numbers of the inbox.
    Renumber,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let place = || (0..FOLDERS.len(), 0..100_usize);
    let deed = prop_oneof![
        4 => (0..FOLDERS.len(), 1..4_usize).prop_map(|(folder, how_many)| Deed::Deliver { folder, how_many }),
        4 => (place(), 0..3_usize, any::<bool>())
            .prop_map(|((folder, message), flag, on)| Deed::Flag { folder, message, flag, on }),
        3 => place().prop_map(|(folder, message)| Deed::Expunge { folder, message }),
        3 => (place(), 0..FOLDERS.len()).prop_map(|((folder, message), to)| Deed::Move { folder, message, to }),
        2 => (place(), 0..FOLDERS.len()).prop_map(|((folder, message), to)| Deed::Copy { folder, message, to }),
        4 => Just(Deed::Sync),
        1 => Just(Deed::Renumber),
    ];
    prop::collection::vec(deed, 5..25)
}

struct Mailbox {
    dovecot: Dovecot,
    letters: usize,
}

impl Mailbox {
    async fn empty(&self) {
        for (folder, _) in FOLDERS {
            self.dovecot.other_client("alice", &[&format!("SELECT {folder}"), "UID STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE"]).await;
        }
    }

    /// The UID meant, if there is any message in that folder.
    async fn uid(&self, folder: usize, message: usize) -> Option<i64> {
        let there = self.dovecot.folder("alice", FOLDERS[folder].0).await;
        there.keys().nth(message % there.len().max(1)).copied()
    }

    async fn command(&self, folder: usize, message: usize, command: impl Fn(i64) -> String) {
        if let Some(uid) = self.uid(folder, message).await {
            self.dovecot.other_client("alice", &[&format!("SELECT {}", FOLDERS[folder].0), &command(uid)]).await;
        }
    }

    async fn suffer(&mut self, deed: &Deed, validity: i64) {
        match *deed {
            Deed::Deliver { folder, how_many } => {
                for _ in 0..how_many {
                    self.letters += 1;
                    let letter = letter(&self.letters.to_string(), "piet@klant.example", "alice@test.example", "Brief");
                    self.dovecot.deliver("alice", FOLDERS[folder].0, &letter);
                }
            }
            Deed::Flag { folder, message, flag, on } => {
                let flag = ["\\Seen", "\\Answered", "\\Flagged"][flag];
                let sign = if on { '+' } else { '-' };
                self.command(folder, message, |uid| format!("UID STORE {uid} {sign}FLAGS ({flag})")).await;
            }
            Deed::Expunge { folder, message } => {
                self.command(folder, message, |uid| format!("UID STORE {uid} +FLAGS (\\Deleted)")).await;
                self.dovecot.other_client("alice", &[&format!("SELECT {}", FOLDERS[folder].0), "EXPUNGE"]).await;
            }
            Deed::Move { folder, message, to } if folder != to => {
                self.command(folder, message, |uid| format!("UID MOVE {uid} {}", FOLDERS[to].0)).await;
            }
            Deed::Copy { folder, message, to } if folder != to => {
                self.command(folder, message, |uid| format!("UID COPY {uid} {}", FOLDERS[to].0)).await;
            }
            Deed::Renumber => {
                self.dovecot.down();
                self.dovecot.forget_uids("alice");
                self.dovecot.wait_for_second_after(validity).await;
                self.dovecot.up().await;
            }
            Deed::Move { .. } | Deed::Copy { .. } | Deed::Sync => {}
        }
    }
}

async fn holds(mailbox: &mut Mailbox, deeds: &[Deed]) -> Result<(), TestCaseError> {
    mailbox.empty().await;
    let office = Office::by_hand().await;
    let account = office.add_account("alice", mailbox.dovecot.server("alice"), "alicepw").await;
    let mut memory = Memory::default();
    for deed in deeds.iter().chain([&Deed::Sync]) {
        let validity = match office.system.list_folders(account.id).await {
            Ok(folders) => folders.iter().map(|folder| folder.uid_validity).max().unwrap_or_default(),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        mailbox.suffer(deed, validity).await;
        if matches!(deed, Deed::Sync) {
            let synced = sync_once(&office, &account, &mailbox.dovecot.dialer(), &mut memory).await;
            prop_assert!(synced.is_ok(), "{:?}", synced);
            for (name, role) in FOLDERS {
                let there = mailbox.dovecot.folder("alice", name).await;
                let here = office.places(&account, role).await;
                prop_assert_eq!(here, there, "{}", name);
            }
        }
    }
    office.crm.close().await;
    Ok(())
}

fn all_hold(capabilities: &str) {
    let config = Config { cases: 6, max_shrink_iters: 60, failure_persistence: None, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let extra = if capabilities.is_empty() { String::new() } else { format!("protocol imap {{\n imap_capability = {capabilities}\n}}\n") };
    let mailbox = std::cell::RefCell::new(Mailbox { dovecot: runtime.block_on(Dovecot::start_with(&extra)), letters: 0 });
    // Dovecot makes the inbox with its first letter.
    mailbox.borrow().dovecot.deliver("alice", "INBOX", &letter("first", "piet@klant.example", "alice@test.example", "Brief"));
    TestRunner::new(config)
        .run(&deeds(), |deeds| runtime.block_on(holds(&mut mailbox.borrow_mut(), &deeds)))
        .unwrap_or_else(|failure| panic!("{failure}"));
}

/// [SYN-10] Where the server tells what changed and what vanished (QRESYNC).
#[test]
fn any_changes_with_qresync() {
    all_hold("");
}

/// [SYN-10] Where it numbers changes only (CONDSTORE), as Gmail does.
#[test]
fn any_changes_with_condstore() {
    all_hold("IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE CONDSTORE LITERAL+");
}

/// [SYN-10] Where it does neither, as Exchange does.
#[test]
fn any_changes_on_a_plain_server() {
    all_hold("IMAP4rev1 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+");
}
