//! Against a real Dovecot: what was cleaned away here is not fetched again, and the server keeps it.

use crate::bench::{Dovecot, Office, letter, sync_once};
use mail::sync::Memory;
use model::clean::CleaningForm;
use model::mail_account::FolderRole;

const ME: &str = "alice@test.example";
const STRANGER: &str = "Reclame <reclame@elders.example>";
const MONTH: i64 = 31 * 86_400;

/// [CLN-01] [CLN-02] [CLN-03] [CLN-04] Removed and destroyed, it is not fetched again: not at the next look, not when its owner has the folder
/// compared anew, not when the server numbers its messages anew. The server is left as it was.
#[tokio::test]
async fn what_was_cleaned_is_not_fetched_again() {
    let mut dovecot = Dovecot::start().await;
    for (mailbox, count) in [("INBOX", 3), ("Junk", 2), ("Trash", 2)] {
        for number in 0..count {
            dovecot.deliver("alice", mailbox, &letter(&format!("{mailbox}-{number}"), STRANGER, ME, &format!("Letter {number}")));
        }
    }
    let office = Office::by_hand().await;
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    let mut memory = Memory::default();
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_eq!(report.fetched, 7);
    let on_server = async |mailbox: &str| dovecot.folder("alice", mailbox).await;
    let before = [on_server("INBOX").await, on_server("Junk").await, on_server("Trash").await];
    let form = CleaningForm { trash: "30".into(), spam: "30".into(), finished: "30".into(), backup: "30".into() };
    office.session.change_cleaning(form).await.expect("set");
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    let first = office.system.list_locations(&inbox, 1, 9).await.expect("listed")[0].message.expect("kept");
    office.session.finish(vec![first], true).await.expect("finished");

    office.forward(MONTH);
    let cleaned = office.session.clean_now().await.expect("cleaned");
    assert_eq!((cleaned.spam, cleaned.trash, cleaned.finished, cleaned.destroyed), (2, 2, 1, 0));
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_eq!((report.fetched, report.gone), (0, 0), "while it can still be had back");
    office.forward(MONTH);
    assert_eq!(office.session.clean_now().await.expect("cleaned").destroyed, 5);
    assert_eq!(office.messages(&account).await.len(), 2);
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_eq!((report.fetched, report.gone), (0, 0), "nor when it is gone for good");

    for role in [FolderRole::Spam, FolderRole::Trash] {
        let folder = office.folder(&account, role).await;
        office.session.resync_folder(account.id, folder.id).await.expect("asked");
    }
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_eq!(report.fetched, 0, "compared anew");
    let after = [on_server("INBOX").await, on_server("Junk").await, on_server("Trash").await];
    assert_eq!(after, before, "the server is told nothing");

    dovecot.down();
    dovecot.forget_uids("alice");
    dovecot.wait_for_second_after(inbox.uid_validity).await;
    dovecot.up().await;
    dovecot.deliver("alice", "INBOX", &letter("after", STRANGER, ME, "Daarna"));
    let report = sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
    assert_ne!(office.folder(&account, FolderRole::Inbox).await.uid_validity, inbox.uid_validity);
    assert_eq!(report.fetched, 1, "numbered anew: only what is new");
    assert_eq!(office.messages(&account).await.len(), 3);
    assert_eq!(office.places(&account, FolderRole::Spam).await.len(), 2, "seen, not kept");
    office.crm.close().await;
}
