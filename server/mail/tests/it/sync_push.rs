//! What is done here is told to the server: by a real Dovecot that can move, one that can only copy, and one that can do neither.

use crate::bench::{Dovecot, Office, letter, sync_once};
use crm::{Limits, WatchedAccount};
use mail::room::Room;
use mail::sync::Memory;
use model::MessageId;
use model::inbox::{MessageFilter, MessageRow, Place};
use model::mail_account::FolderRole;
use tokio_util::sync::CancellationToken;

const ME: &str = "alice@test.example";
const PIET: &str = "Piet Klant <piet@klant.example>";

fn only(capabilities: &str) -> String {
    format!("protocol imap {{\n imap_capability = {capabilities}\n}}\n")
}

const COPIES: &str = "IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE";
const NEITHER: &str = "IMAP4rev1 SASL-IR ID UNSELECT CHILDREN IDLE";

struct Desk {
    dovecot: Dovecot,
    office: Office,
    account: WatchedAccount,
    memory: Memory,
}

impl Desk {
    /// Alice's mailbox with the letters 0, 1 and 2 in it, here and there.
    async fn with_three(extra: &str) -> Self {
        let dovecot = Dovecot::start_with(extra).await;
        for number in 0..3 {
            dovecot.deliver("alice", "INBOX", &letter(&number.to_string(), PIET, ME, &format!("Brief {number}")));
        }
        let office = Office::by_hand().await;
        let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
        let mut desk = Self { dovecot, office, account, memory: Memory::default() };
        assert_eq!(desk.sync().await, 3);
        desk
    }

    /// Answers how many messages were fetched.
    async fn sync(&mut self) -> usize {
        sync_once(&self.office, &self.account, &self.dovecot.dialer(), &mut self.memory).await.expect("synced").fetched
    }

    async fn list(&self, place: Place) -> Vec<MessageRow> {
        let filter = MessageFilter { place, ..MessageFilter::default() };
        self.office.session.list_messages(filter, None).await.expect("listed").rows
    }

    async fn subjects(&self, place: Place) -> Vec<String> {
        let mut subjects: Vec<_> = self.list(place).await.into_iter().map(|row| row.subject).collect();
        subjects.sort();
        subjects
    }

    async fn id(&self, place: Place, subject: &str) -> MessageId {
        self.list(place).await.into_iter().find(|row| row.subject == subject).expect("a message of that subject").id
    }

    /// The subjects in a folder of the server, as another program sees them.
    async fn on_server(&self, mailbox: &str) -> Vec<String> {
        let said = self
            .dovecot
            .other_client("alice", &[&format!("EXAMINE {mailbox}"), "UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])"])
            .await;
        let mut subjects: Vec<_> =
            said.lines().filter_map(|line| line.strip_prefix("Subject: ")).map(|subject| subject.trim().to_owned()).collect();
        subjects.sort();
        subjects
    }

    async fn seen_on_server(&self) -> Vec<String> {
        let said = self.dovecot.other_client("alice", &["EXAMINE INBOX", "UID SEARCH SEEN"]).await;
        let line = said.lines().find_map(|line| line.strip_prefix("* SEARCH")).unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect()
    }
}

/// [SYN-10] Read and unread are told to the server, and what it says of before does not undo them.
#[tokio::test]
async fn read_and_unread_are_told() {
    for variant in [String::new(), only(COPIES), only(NEITHER)] {
        let mut desk = Desk::with_three(&variant).await;
        let id = desk.id(Place::Inbox, "Brief 1").await;
        desk.office.session.mark_read(vec![id], true).await.expect("marked");
        assert!(desk.seen_on_server().await.is_empty(), "it is told by the connection, not by the click");
        // Meanwhile another program touches the message: here it stays read.
        desk.dovecot.other_client("alice", &["SELECT INBOX", "STORE 2 +FLAGS (\\Answered)"]).await;
        desk.sync().await;
        assert_eq!(desk.seen_on_server().await, ["2"], "{variant}");
        assert!(desk.list(Place::Inbox).await.iter().any(|row| row.id == id && row.read && row.answered));
        desk.office.session.mark_read(vec![id], false).await.expect("marked");
        desk.sync().await;
        assert!(desk.seen_on_server().await.is_empty());
        assert!(desk.list(Place::Inbox).await.iter().all(|row| !row.read));
        // Read elsewhere, and here at once taken back: the last word counts.
        desk.dovecot.other_client("alice", &["SELECT INBOX", "STORE 3 +FLAGS (\\Seen)"]).await;
        desk.sync().await;
        let third = desk.id(Place::Inbox, "Brief 2").await;
        assert!(desk.list(Place::Inbox).await.iter().any(|row| row.id == third && row.read));
        assert_eq!(desk.office.system.due_errands(desk.account.id).await.expect("listed"), []);
        desk.office.crm.close().await;
    }
}

/// [SYN-10] [ARC-07] [INB-06] Deleted here it lies in the server's trash; restored it is back, and nothing is fetched twice.
#[tokio::test]
async fn deleting_and_restoring_move_on_the_server() {
    for variant in [String::new(), only(COPIES)] {
        let mut desk = Desk::with_three(&variant).await;
        let id = desk.id(Place::Inbox, "Brief 1").await;
        desk.office.session.delete_messages(vec![id]).await.expect("deleted");
        assert_eq!(desk.subjects(Place::Trash).await, ["Brief 1"], "at once");
        assert_eq!(desk.sync().await, 0, "it was told its new number: {variant}");
        assert_eq!(desk.on_server("INBOX").await, ["Brief 0", "Brief 2"]);
        assert_eq!(desk.on_server("Trash").await, ["Brief 1"]);
        assert_eq!(desk.subjects(Place::Trash).await, ["Brief 1"]);
        assert_eq!(desk.office.places(&desk.account, FolderRole::Trash).await.len(), 1);
        desk.office.session.restore_messages(vec![id]).await.expect("restored");
        assert_eq!(desk.subjects(Place::Inbox).await, ["Brief 0", "Brief 1", "Brief 2"], "at once");
        assert_eq!(desk.sync().await, 0);
        assert_eq!(desk.on_server("INBOX").await, ["Brief 0", "Brief 1", "Brief 2"]);
        assert!(desk.on_server("Trash").await.is_empty());
        assert_eq!(desk.subjects(Place::Inbox).await, ["Brief 0", "Brief 1", "Brief 2"]);
        // From now on the server's word counts again: thrown away there, it is in the trash here.
        desk.dovecot.other_client("alice", &["SELECT INBOX", "UID SEARCH HEADER SUBJECT \"Brief 1\"", "MOVE 3 Trash"]).await;
        desk.sync().await;
        assert_eq!(desk.subjects(Place::Trash).await.len(), 1);
        assert_eq!(desk.office.messages(&desk.account).await.len(), 3);
        desk.office.crm.close().await;
    }
}

/// Deleted here, and taken out of the trash again with another program: it is back here too.
#[tokio::test]
async fn what_another_program_restores_is_restored() {
    let mut desk = Desk::with_three("").await;
    let id = desk.id(Place::Inbox, "Brief 1").await;
    desk.office.session.delete_messages(vec![id]).await.expect("deleted");
    desk.sync().await;
    desk.dovecot.other_client("alice", &["SELECT Trash", "MOVE 1 INBOX"]).await;
    desk.sync().await;
    assert_eq!(desk.subjects(Place::Inbox).await, ["Brief 0", "Brief 1", "Brief 2"]);
    assert!(desk.subjects(Place::Trash).await.is_empty());
    // Emptied there, it stays in the trash here: the archive does not fill with what was thrown away.
    desk.office.session.delete_messages(vec![id]).await.expect("deleted");
    desk.sync().await;
    desk.dovecot.other_client("alice", &["SELECT Trash", "STORE 1:* +FLAGS (\\Deleted)", "EXPUNGE"]).await;
    desk.sync().await;
    assert_eq!(desk.subjects(Place::Trash).await, ["Brief 1"]);
    desk.office.crm.close().await;
}

/// [INB-07] [SYN-02] Marked as spam it lies in the server's spam folder; and back.
#[tokio::test]
async fn spam_moves_on_the_server() {
    for variant in [String::new(), only(COPIES)] {
        let mut desk = Desk::with_three(&variant).await;
        let id = desk.id(Place::Inbox, "Brief 2").await;
        desk.office.session.mark_spam(vec![id], true).await.expect("marked");
        assert_eq!(desk.subjects(Place::Spam).await, ["Brief 2"], "at once");
        assert_eq!(desk.sync().await, 0);
        assert_eq!(desk.on_server("Junk").await, ["Brief 2"]);
        assert_eq!(desk.subjects(Place::Spam).await, ["Brief 2"]);
        desk.office.session.mark_spam(vec![id], false).await.expect("marked");
        assert_eq!(desk.sync().await, 0);
        assert_eq!(desk.on_server("INBOX").await.len(), 3);
        assert_eq!(desk.subjects(Place::Inbox).await.len(), 3);
        desk.office.crm.close().await;
    }
}

/// What was done while nothing could be told is told by the next process; a whole page of it too.
#[tokio::test]
async fn the_queue_survives_a_restart() {
    let Desk { dovecot, office, account, .. } = Desk::with_three("").await;
    for number in 3..303 {
        dovecot.deliver("alice", "INBOX", &letter(&number.to_string(), PIET, ME, "Veel"));
    }
    let mut desk = Desk { dovecot, office, account, memory: Memory::default() };
    desk.sync().await;
    let mut many = Vec::new();
    let mut after = None;
    loop {
        let page = desk.office.session.list_messages(MessageFilter::default(), after).await.expect("listed");
        many.extend(page.rows.iter().filter(|row| row.subject == "Veel").map(|row| row.id));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(many.len(), 300);
    desk.office.session.mark_read(many.clone(), true).await.expect("marked");
    desk.office.session.delete_messages(many).await.expect("deleted");
    let Desk { dovecot, office, account, .. } = desk;
    let office = office.reopen(Limits::default()).await;
    let mut desk = Desk { dovecot, office, account, memory: Memory::default() };
    desk.sync().await;
    assert_eq!(desk.on_server("INBOX").await.len(), 3);
    assert_eq!(desk.on_server("Trash").await.len(), 300);
    let said = desk.dovecot.other_client("alice", &["EXAMINE Trash", "UID SEARCH UNSEEN"]).await;
    assert!(said.lines().any(|line| line.trim() == "* SEARCH"), "they were read before they went: {said}");
    assert_eq!(desk.office.messages(&desk.account).await.len(), 303);
    desk.office.crm.close().await;
}

/// A server that can neither move nor remove a single message: it is left alone, and the owner is told.
#[tokio::test]
async fn what_cannot_be_moved_is_shown() {
    let mut desk = Desk::with_three(&only(NEITHER)).await;
    let id = desk.id(Place::Inbox, "Brief 0").await;
    desk.office.session.mark_spam(vec![id], true).await.expect("marked");
    assert_eq!(desk.subjects(Place::Spam).await, ["Brief 0"]);
    desk.sync().await;
    assert_eq!(desk.on_server("INBOX").await.len(), 3);
    assert_eq!(desk.subjects(Place::Inbox).await.len(), 3, "it stands where it lies");
    let stuck = desk.office.session.mail_health(desk.account.id).await.expect("told").stuck;
    assert_eq!(stuck.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["Brief 0"]);
    assert!(matches!(&stuck[0].why, model::mail_account::StuckWhy::Refused(said) if !said.is_empty()));
    // Asked to look again, it tries again.
    desk.office.session.sync_now(desk.account.id).await.expect("asked");
    assert_eq!(desk.office.system.due_errands(desk.account.id).await.expect("listed").len(), 1);
    desk.office.crm.close().await;
}

/// Where moving takes a copy and a crash came between: no second copy is made.
#[tokio::test]
async fn a_copy_made_before_a_crash_is_found() {
    let mut desk = Desk::with_three(&only(COPIES)).await;
    let id = desk.id(Place::Inbox, "Brief 1").await;
    desk.office.session.delete_messages(vec![id]).await.expect("deleted");
    let due = desk.office.system.due_errands(desk.account.id).await.expect("listed");
    desk.office.system.begin_errands(&[&due[0].0]).await.expect("counted");
    desk.dovecot.other_client("alice", &["SELECT INBOX", "COPY 2 Trash"]).await;
    desk.office.forward(3_600);
    desk.sync().await;
    assert_eq!(desk.on_server("Trash").await, ["Brief 1"]);
    assert_eq!(desk.on_server("INBOX").await, ["Brief 0", "Brief 2"]);
    assert_eq!(desk.subjects(Place::Trash).await, ["Brief 1"]);
    assert_eq!(desk.office.messages(&desk.account).await.len(), 3);
    desk.office.crm.close().await;
}

/// The room tells it by itself, over the connection it idles on.
#[tokio::test]
async fn a_click_reaches_the_server_by_itself() {
    let dovecot = Dovecot::start().await;
    dovecot.deliver("alice", "INBOX", &letter("one", PIET, ME, "Een"));
    let office = Office::open().await;
    let room = Room::new(office.crm.clone(), dovecot.network());
    office.crm.hang_mailroom(room.clone());
    let stop = CancellationToken::new();
    let running = tokio::spawn(room.run("here".to_owned(), stop.clone()));
    let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
    office.until("the first fetch", || async { office.places(&account, FolderRole::Inbox).await.len() == 1 }).await;
    let id = office.session.list_messages(MessageFilter::default(), None).await.expect("listed").rows[0].id;
    office.session.delete_messages(vec![id]).await.expect("deleted");
    office.until("it lies in the trash", || async { office.places(&account, FolderRole::Trash).await.len() == 1 }).await;
    let said = dovecot.other_client("alice", &["EXAMINE Trash"]).await;
    assert!(said.contains("* 1 EXISTS"), "{said}");
    stop.cancel();
    tokio::time::timeout(crate::bench::SOON, running).await.expect("it stops").expect("in good order");
    office.crm.close().await;
}
