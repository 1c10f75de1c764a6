//! Servers that lie, close or fall silent: whatever they do, nothing that is here is lost.

use crate::bench::{Office, Script, letter, scripted, sync_over};
use crm::WatchedAccount;
use mail::imap::{Imap, ImapError};
use mail::sync::{Memory, SyncError};
use model::mail_account::{FolderRole, ServerSettings};
use std::fmt::Write as _;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

fn row(command: &str, answer: impl Into<String>) -> (String, String) {
    (command.to_owned(), answer.into())
}

fn text(uid: u32) -> String {
    String::from_utf8(letter(&format!("m{uid}"), "piet@klant.example", "alice@test.example", "Hallo")).expect("plain")
}

/// An honest inbox with these UIDs.
pub(crate) fn honest(uids: &[u32]) -> Script {
    let next = uids.iter().max().copied().unwrap_or_default() + 1;
    let status = format!("* STATUS INBOX (MESSAGES {} UIDNEXT {next} UIDVALIDITY 7)\r\n{{T}} OK\r\n", uids.len());
    let examine =
        format!("* {} EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT {next}] ok\r\n{{T}} OK [READ-ONLY] done\r\n", uids.len());
    let mut search = "* SEARCH".to_owned();
    let (mut sizes, mut bodies, mut flags) = (String::new(), String::new(), String::new());
    for (uid, number) in uids.iter().zip(1..) {
        let body = text(*uid);
        write!(search, " {uid}").expect("a string");
        write!(sizes, "* {number} FETCH (UID {uid} RFC822.SIZE {})\r\n", body.len()).expect("a string");
        write!(flags, "* {number} FETCH (UID {uid} FLAGS ())\r\n").expect("a string");
        write!(
            bodies,
            "* {number} FETCH (UID {uid} FLAGS () INTERNALDATE \"06-Oct-2025 10:00:00 +0200\" BODY[] {{{}}}\r\n{body})\r\n",
            body.len()
        )
        .expect("a string");
    }
    vec![
        row("LIST", "* LIST (\\HasNoChildren) \"/\" INBOX\r\n{T} OK\r\n"),
        row("STATUS", status),
        row("EXAMINE", examine),
        row("UID SEARCH", format!("{search}\r\n{{T}} OK\r\n")),
        row("(UID RFC822.SIZE)", format!("{sizes}{{T}} OK\r\n")),
        row("BODY.PEEK[]", format!("{bodies}{{T}} OK\r\n")),
        row("(UID FLAGS)", format!("{flags}{{T}} OK\r\n")),
    ]
}

fn lying(lies: &[(&str, &str)], uids: &[u32]) -> Script {
    let mut script: Script = lies.iter().map(|(command, answer)| row(command, *answer)).collect();
    script.extend(honest(uids));
    script
}

async fn account(office: &Office) -> WatchedAccount {
    let server = ServerSettings { login: "alice".to_owned(), host: "localhost".to_owned(), port: 143, ..ServerSettings::default() };
    office.add_account("alice", server, "alicepw").await
}

async fn run(office: &Office, account: &WatchedAccount, script: Script, memory: &mut Memory) -> Result<(), SyncError> {
    let mut imap = scripted(script, PATIENCE).await;
    sync_over(office, account, &mut imap, memory).await.map(|_| ())
}

async fn uids(office: &Office, account: &WatchedAccount) -> Vec<i64> {
    office.places(account, FolderRole::Inbox).await.into_keys().collect()
}

/// An office with the messages 1 to 3.
async fn with_three() -> (Office, WatchedAccount) {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    run(&office, &account, honest(&[1, 2, 3]), &mut Memory::default()).await.expect("an honest server");
    assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    (office, account)
}

/// [SYN-09] A listing that was refused, cut off or never came is not an empty folder.
#[tokio::test]
async fn no_lie_deletes_anything() {
    let (office, account) = with_three().await;
    // The server says that a message is gone, so the sync wants a listing; then it lies.
    let gone = "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n{T} OK\r\n";
    let lies: [(&str, &str); 6] = [
        ("UID SEARCH", "{T} NO [SERVERBUG] Internal error\r\n"),
        ("UID SEARCH", "{T} BAD Request is throttled. Suggested Backoff Time: 299962 milliseconds\r\n"),
        ("UID SEARCH", "{T} OK nothing to tell\r\n"),
        ("UID SEARCH", "* SEARCH 1CLOSE"),
        ("UID SEARCH", "* BYE Server shutting down\r\nCLOSE"),
        ("UID SEARCH", "CLOSE"),
    ];
    let mut told = Vec::new();
    for lie in lies {
        let error = run(&office, &account, lying(&[("EXAMINE", gone), lie], &[1, 2, 3]), &mut Memory::default()).await.expect_err("told");
        let SyncError::Imap(error) = error else { panic!("not the server's fault: {error}") };
        told.push(match error {
            ImapError::No(_) => "no",
            ImapError::Bad(_) => "bad",
            ImapError::Garbled(_) => "garbled",
            ImapError::Lost => "lost",
            ImapError::Bye(_) => "bye",
            _ => "other",
        });
        assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    }
    assert_eq!(told, ["no", "bad", "garbled", "lost", "bye", "lost"]);
    // It lists another number than it says it holds: no proof either, and no error.
    run(&office, &account, lying(&[("EXAMINE", gone), ("UID SEARCH", "* SEARCH\r\n{T} OK\r\n")], &[1, 2, 3]), &mut Memory::default())
        .await
        .expect("no error");
    assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    office.crm.close().await;
}

/// A folder that cannot be opened, or is opened on a connection that is gone, has not lost its messages.
#[tokio::test]
async fn a_closed_connection_is_no_empty_folder() {
    let (office, account) = with_three().await;
    for lie in ["CLOSE", "{T} NO [UNAVAILABLE] Later\r\n", "{T} OK\r\n"] {
        run(&office, &account, lying(&[("EXAMINE", lie)], &[1, 2, 3, 4]), &mut Memory::default()).await.expect_err("told");
        assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    }
    office.crm.close().await;
}

/// A fetch that breaks off keeps what came, and the rest comes the next time.
#[tokio::test]
async fn a_fetch_cut_in_the_middle_goes_on_where_it_was() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let body = text(1);
    let cut =
        format!("* 1 FETCH (UID 1 FLAGS () BODY[] {{{}}}\r\n{body})\r\n* 2 FETCH (UID 2 FLAGS () BODY[] {{500}}\r\nhalfCLOSE", body.len());
    let mut memory = Memory::default();
    let error = run(&office, &account, lying(&[("BODY.PEEK[]", &cut)], &[1, 2, 3]), &mut memory).await.expect_err("told");
    assert!(matches!(error, SyncError::Imap(ImapError::Lost)), "{error}");
    assert_eq!(uids(&office, &account).await, [1]);
    run(&office, &account, honest(&[1, 2, 3]), &mut memory).await.expect("an honest server");
    assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    assert_eq!(office.messages(&account).await.len(), 3);
    office.crm.close().await;
}

/// A message the server passes over in silence waits in the retry list, and comes when it can.
#[tokio::test]
async fn a_message_that_did_not_come_is_tried_again() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let mut memory = Memory::default();
    let only = |uid: u32| format!("* 1 FETCH (UID {uid} FLAGS () BODY[] {{{}}}\r\n{})\r\n{{T}} OK\r\n", text(uid).len(), text(uid));
    run(&office, &account, lying(&[("BODY.PEEK[]", &only(1))], &[1, 2]), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [1]);
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    let waiting = office.system.list_retries(&inbox).await.expect("retries");
    assert_eq!(waiting.iter().map(|retry| retry.uid).collect::<Vec<_>>(), [2]);
    run(&office, &account, honest(&[1, 2]), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [1, 2]);
    assert!(office.system.list_retries(&inbox).await.expect("retries").is_empty());
    office.crm.close().await;
}

/// A message that takes the connection down each time does not keep the others waiting.
#[tokio::test]
async fn one_poisonous_message_does_not_block_the_next() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let mut memory = Memory::default();
    let others = format!("* 2 FETCH (UID 2 FLAGS () BODY[] {{{}}}\r\n{})\r\n{{T}} OK\r\n", text(2).len(), text(2));
    let poison = [
        ("UID FETCH 1:2 (UID FLAGS INTERNALDATE BODY.PEEK[])", "CLOSE"),
        ("UID FETCH 1 (", "CLOSE"),
        ("UID FETCH 2 (UID FLAGS I", others.as_str()),
    ];
    for _ in 0..2 {
        run(&office, &account, lying(&poison, &[1, 2]), &mut memory).await.expect_err("the connection broke");
    }
    // The third time it is set aside.
    run(&office, &account, lying(&poison, &[1, 2]), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [2]);
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    assert_eq!(office.system.list_retries(&inbox).await.expect("retries").len(), 1);
    office.crm.close().await;
}

/// A date the server does not know costs the date, not the message.
#[tokio::test]
async fn a_date_that_is_nil_is_no_poison() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let body = text(1);
    let nil = format!("* 1 FETCH (UID 1 FLAGS (\\Seen) INTERNALDATE NIL BODY[] {{{}}}\r\n{body})\r\n{{T}} OK\r\n", body.len());
    run(&office, &account, lying(&[("BODY.PEEK[]", &nil)], &[1]), &mut Memory::default()).await.expect("no error");
    let places = office.places(&account, FolderRole::Inbox).await;
    assert!(places[&1].seen);
    office.crm.close().await;
}

/// Much does not vanish at one glance, but it does at two that agree.
#[tokio::test]
async fn a_wiped_folder_is_looked_at_twice() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let all: Vec<u32> = (1..=120).collect();
    let mut memory = Memory::default();
    run(&office, &account, honest(&all), &mut memory).await.expect("an honest server");
    assert_eq!(uids(&office, &account).await.len(), 120);
    let last = [120];
    run(&office, &account, honest(&last), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await.len(), 120);
    run(&office, &account, honest(&last), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [120]);
    office.crm.close().await;
}

/// A message found gone by an honest listing loses its place; one that is not gone keeps it.
#[tokio::test]
async fn an_honest_listing_is_believed() {
    let (office, account) = with_three().await;
    run(&office, &account, honest(&[1, 3]), &mut Memory::default()).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [1, 3]);
    office.crm.close().await;
}

/// The greeting tells a server that is going away from one that is no mail server, and from silence.
#[tokio::test]
async fn greetings_are_told_apart() {
    async fn greet(said: &str, close: bool) -> ImapError {
        use tokio::io::AsyncWriteExt;
        let (ours, mut theirs) = tokio::io::duplex(1024);
        theirs.write_all(said.as_bytes()).await.expect("room");
        let kept = (!close).then_some(theirs);
        let error = Imap::greet(Box::new(ours), Duration::from_millis(50)).await.err().expect("no greeting");
        drop(kept);
        error
    }
    assert!(matches!(greet("* BYE Too many connections\r\n", false).await, ImapError::Bye(_)));
    assert!(matches!(greet("220 mail.example ESMTP\r\n", false).await, ImapError::NotImap(_)));
    assert!(matches!(greet("", true).await, ImapError::Lost));
    assert!(matches!(greet("", false).await, ImapError::TimedOut));
    assert!(matches!(greet("\u{15}\u{3}", true).await, ImapError::NotImap(_)));
}

/// A server that falls silent is given up.
#[tokio::test]
async fn silence_ends() {
    let (office, account) = with_three().await;
    let mut imap = scripted(lying(&[("STATUS", "SILENT")], &[1, 2, 3]), Duration::from_millis(200)).await;
    let error = sync_over(&office, &account, &mut imap, &mut Memory::default()).await.expect_err("told");
    assert!(matches!(error, SyncError::Imap(ImapError::TimedOut)), "{error}");
    assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    office.crm.close().await;
}

/// Gmail shows every message twice and thrice: only the four folders that count are followed.
#[tokio::test]
async fn gmails_labels_are_not_fetched_twice() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let list = "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* LIST (\\HasChildren \\Noselect) \"/\" \"[Gmail]\"\r\n\
                * LIST (\\All \\HasNoChildren) \"/\" \"[Gmail]/Alle berichten\"\r\n* LIST (\\HasNoChildren \\Important) \"/\" \"[Gmail]/Belangrijk\"\r\n\
                * LIST (\\Flagged \\HasNoChildren) \"/\" \"[Gmail]/Met ster\"\r\n* LIST (\\HasNoChildren \\Sent) \"/\" \"[Gmail]/Verzonden berichten\"\r\n\
                * LIST (\\HasNoChildren \\Trash) \"/\" \"[Gmail]/Prullenbak\"\r\n* LIST (\\HasNoChildren \\Junk) \"/\" \"[Gmail]/Spam\"\r\n\
                * LIST (\\HasNoChildren) \"/\" \"[Gmail]Prullenbak\"\r\n* LIST (\\HasNoChildren) \"/\" Klanten\r\n{T} OK\r\n";
    let refuse = "{T} NO [NONEXISTENT] Unknown Mailbox (Failure)\r\n";
    let lies = [
        ("LIST", list),
        ("STATUS \"[Gmail]", refuse),
        ("STATUS \"Klanten\"", "* STATUS Klanten (MESSAGES 12)\r\n{T} OK\r\n"),
        ("EXAMINE \"[Gmail]", refuse),
    ];
    run(&office, &account, lying(&lies, &[1, 2]), &mut Memory::default()).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [1, 2]);
    let followed = office.system.list_folders(account.id).await.expect("listed").into_iter().filter(|folder| folder.role.is_followed());
    let mut followed: Vec<_> = followed.map(|folder| (folder.role, folder.name)).collect();
    followed.sort();
    assert_eq!(
        followed.iter().map(|(role, name)| (*role, name.as_str())).collect::<Vec<_>>(),
        [
            (FolderRole::Inbox, "INBOX"),
            (FolderRole::Sent, "[Gmail]/Verzonden berichten"),
            (FolderRole::Trash, "[Gmail]/Prullenbak"),
            (FolderRole::Spam, "[Gmail]/Spam"),
        ]
    );
    // The others are known, with what lies in them, for whoever wants another one followed.
    let health = office.session.mail_health(account.id).await.expect("told");
    let own = health.folders.iter().find(|folder| folder.name == "Klanten").expect("listed");
    assert_eq!((own.role, own.total), (FolderRole::Other, 12));
    office.session.choose_folder(account.id, own.id, FolderRole::Sent).await.expect("chosen");
    // The server's own word for it does not undo that.
    let opened = "* 0 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n* OK [UIDNEXT 1] ok\r\n{T} OK [READ-ONLY] done\r\n";
    let lies = [
        ("LIST", list),
        ("STATUS \"[Gmail]", refuse),
        ("STATUS \"Klanten\"", "* STATUS Klanten (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 9)\r\n{T} OK\r\n"),
        ("EXAMINE \"[Gmail]", refuse),
        ("EXAMINE \"Klanten\"", opened),
    ];
    run(&office, &account, lying(&lies, &[1, 2]), &mut Memory::default()).await.expect("no error");
    let sent = office.folder(&account, FolderRole::Sent).await;
    assert_eq!((sent.name.as_str(), sent.chosen, sent.uid_validity), ("Klanten", true, 9));
    office.crm.close().await;
}

/// iCloud offers QRESYNC, but its reports cannot be read: it is not asked for them, and one that comes anyway is passed over.
#[tokio::test]
async fn icloud_is_not_asked_what_vanished() {
    let office = Office::by_hand().await;
    let server = ServerSettings { login: "alice".to_owned(), host: "imap.mail.me.com".to_owned(), port: 993, ..ServerSettings::default() };
    let account = office.add_account("alice", server, "alicepw").await;
    let examine = "* 3 EXISTS\r\n* VANISHED (EARLIER) 1:,,7:x\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n* OK [HIGHESTMODSEQ 12] ok\r\n{T} OK\r\n";
    let lies = [
        ("greeting", "* OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC] hi\r\n"),
        ("ENABLE", "CLOSE"),
        ("QRESYNC", "CLOSE"),
        ("EXAMINE", examine),
    ];
    for _ in 0..2 {
        run(&office, &account, lying(&lies, &[1, 2, 3]), &mut Memory::default()).await.expect("no error");
        assert_eq!(uids(&office, &account).await, [1, 2, 3]);
    }
    office.crm.close().await;
}

/// Numbers that go down, or a folder made anew: the messages are recognised, none is lost and none is doubled.
#[tokio::test]
async fn numbers_that_go_down_are_recognised() {
    let (office, account) = with_three().await;
    let headers: String = [(1, 3), (2, 2)]
        .iter()
        .map(|(uid, was)| {
            let header = format!("Message-ID: <m{was}@letters.example>\r\n\r\n");
            let size = text(*was).len();
            format!(
                "* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {size} BODY[HEADER.FIELDS (MESSAGE-ID)] {{{}}}\r\n{header})\r\n",
                header.len()
            )
        })
        .collect();
    let adopting = format!("{headers}{{T}} OK\r\n");
    for validity in [7, 8] {
        let status = format!("* STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY {validity})\r\n{{T}} OK\r\n");
        let examine = format!("* 2 EXISTS\r\n* OK [UIDVALIDITY {validity}] ok\r\n* OK [UIDNEXT 3] ok\r\n{{T}} OK\r\n");
        let lies =
            [("STATUS", status.as_str()), ("EXAMINE", examine.as_str()), ("HEADER.FIELDS", adopting.as_str()), ("BODY.PEEK[])", "CLOSE")];
        run(&office, &account, lying(&lies, &[1, 2]), &mut Memory::default()).await.expect("nothing was fetched again");
        assert_eq!(uids(&office, &account).await, [1, 2]);
        assert_eq!(office.messages(&account).await.len(), 2);
    }
    office.crm.close().await;
}

/// A server that stalls in the middle of a body, as Yahoo's do: what came is kept, the rest comes another time.
#[tokio::test]
async fn a_stalled_body_is_given_up_and_fetched_again() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let body = text(1);
    let stall =
        format!("* 1 FETCH (UID 1 FLAGS () BODY[] {{{}}}\r\n{body})\r\n* 2 FETCH (UID 2 FLAGS () BODY[] {{500}}\r\nhalfSILENT", body.len());
    let mut imap = scripted(lying(&[("BODY.PEEK[]", &stall)], &[1, 2]), Duration::from_millis(200)).await;
    let mut memory = Memory::default();
    let error = sync_over(&office, &account, &mut imap, &mut memory).await.expect_err("told");
    assert!(matches!(error, SyncError::Imap(ImapError::TimedOut)), "{error}");
    assert_eq!(uids(&office, &account).await, [1]);
    run(&office, &account, honest(&[1, 2]), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [1, 2]);
    office.crm.close().await;
}

/// Throttled in the middle of work: nothing is set aside for it, and it is told from a broken message.
#[tokio::test]
async fn a_throttled_fetch_blames_no_message() {
    let office = Office::by_hand().await;
    let account = account(&office).await;
    let mut memory = Memory::default();
    let throttled = [("BODY.PEEK[]", "{T} BAD Request is throttled. Suggested Backoff Time: 299962 milliseconds\r\n")];
    for _ in 0..4 {
        let error = run(&office, &account, lying(&throttled, &[1, 2]), &mut memory).await.expect_err("told");
        let SyncError::Imap(error) = error else { panic!("{error}") };
        let diagnosis = mail::imap::broken(&error, &account.server);
        assert_eq!(diagnosis.kind, model::mail_account::DiagnosisKind::TryLater);
    }
    run(&office, &account, honest(&[1, 2]), &mut memory).await.expect("no error");
    assert_eq!(uids(&office, &account).await, [1, 2]);
    let inbox = office.folder(&account, FolderRole::Inbox).await;
    assert!(office.system.list_retries(&inbox).await.expect("listed").is_empty());
    office.crm.close().await;
}

/// The clock jumps, back and ahead: what is to be fetched is fetched, and what is to be told is told.
#[tokio::test]
async fn a_clock_that_jumps_loses_nothing() {
    let (office, account) = with_three().await;
    let mut memory = Memory::default();
    for (jump, uid) in [(-400 * 86_400, 4), (800 * 86_400, 5), (-86_400, 6)] {
        office.forward(jump);
        let all: Vec<u32> = (1..=uid).collect();
        run(&office, &account, honest(&all), &mut memory).await.expect("no error");
        assert_eq!(uids(&office, &account).await.len(), all.len());
    }
    let id = office.session.list_messages(model::inbox::MessageFilter::default(), None).await.expect("listed").rows[0].id;
    office.session.mark_read(vec![id], true).await.expect("marked");
    // What was done before the clock was set back does not wait until it is that late again.
    office.forward(-86_400);
    assert_eq!(office.system.due_errands(account.id).await.expect("listed").len(), 1);
    office.crm.close().await;
}
