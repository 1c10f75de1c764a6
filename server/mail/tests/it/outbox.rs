//! The way of a letter: out of the outbox, to a server for outgoing mail, and as a copy into the mailbox of whoever wrote it.

use crate::bench::{Dovecot, Office, network, scripted, sync_once};
use crate::sending::{Encrypted, Mta, Rows};
use crm::ports::{Handed, Mailroom};
use crm::{Error, WatchedAccount};
use mail::imap::ImapError;
use mail::room::Room;
use mail::sync::Memory;
use model::inbox::{MessageFilter, MessageRow, Place};
use model::mail_account::FolderRole;
use model::outgoing::{DraftForm, Recipient, SendFault, SendState};
use model::sender::SenderForm;
use model::{MessageId, Moment};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

async fn list(office: &Office, place: Place) -> Vec<MessageRow> {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    office.session.list_messages(filter, None).await.expect("listed").rows
}

/// Written and sent by the one user there is; it waits for its seconds to be over.
async fn send(office: &Office, account: &WatchedAccount, to: &[&str]) -> MessageId {
    let draft = office.session.begin_letter(None, None, None).await.expect("begun");
    let opened = office.session.open_draft(draft).await.expect("opened");
    let form = DraftForm {
        sender: Some(account.id),
        to: to.iter().map(|one| Recipient { name: String::new(), address: (*one).to_owned() }).collect(),
        subject: "Offerte".to_owned(),
        html: "<p>Beste Bob,</p><p>.</p>".to_owned(),
        ..opened.form
    };
    office.session.send_draft(draft, opened.version, form, None).await.expect("sent")
}

/// A room at work, with a mailbox that reads from Dovecot and sends by another server.
struct Scene {
    dovecot: Dovecot,
    mta: Mta,
    office: Office,
    room: Arc<Room>,
    account: WatchedAccount,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Scene {
    async fn begin(rows: Rows) -> Self {
        let (dovecot, mta) = (Dovecot::start().await, Mta::start(Encrypted::Always, rows).await);
        let office = Office::open().await;
        let room = Room::new(office.crm.clone(), network(&[dovecot.certificate().clone(), mta.certificate.clone()]));
        office.crm.hang_mailroom(room.clone());
        let stop = CancellationToken::new();
        let running = tokio::spawn(room.clone().run("here".to_owned(), stop.clone()));
        let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
        assert_eq!(office.session.change_sending(account.id, mta.server(), false).await.expect("tried"), None);
        Self { dovecot, mta, office, room, account, stop, running }
    }

    /// The clock jumps, and whoever waits for it is rung.
    fn forward(&self, seconds: i64) {
        self.office.forward(seconds);
        self.room.posted(self.office.session.company());
        self.room.errands(self.office.session.company(), self.account.id);
    }

    async fn state(&self, message: MessageId) -> Option<(SendState, Option<SendFault>)> {
        let view = self.office.session.open_message(message).await.expect("opened");
        view.dispatch.map(|dispatch| (dispatch.state, dispatch.fault))
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(crate::bench::SOON, self.running).await.expect("it stops").expect("in good order");
        self.office.crm.close().await;
    }
}

/// [CMP-17] [EML-24] Sent with a click: it goes when its seconds are over, once, and lies among the sent items of the mailbox too.
#[tokio::test]
async fn a_letter_goes_and_a_copy_is_kept() {
    let scene = Scene::begin(&[]).await;
    let message = send(&scene.office, &scene.account, &["bob@buys.example", "carol@books.example"]).await;
    assert_eq!(list(&scene.office, Place::Outbox).await.len(), 1);
    assert!(scene.mta.heard.letters().is_empty(), "it can be had back still");
    scene.forward(11);
    scene.office.until("it went", || async { list(&scene.office, Place::Sent).await.len() == 1 }).await;
    assert_eq!(scene.state(message).await, None, "there is nothing more to say of it");
    assert_eq!(scene.mta.heard.letters().len(), 1);
    assert_eq!(scene.mta.heard.lines("RCPT").len(), 2);
    assert_eq!(scene.mta.heard.letters()[0], scene.office.system.raw(message).await.expect("raw"));
    scene.forward(61);
    scene
        .office
        .until("a copy is kept", || async {
            scene.room.errands(scene.office.session.company(), scene.account.id);
            !scene.dovecot.folder("alice", "Sent").await.is_empty()
        })
        .await;
    scene.office.session.sync_now(scene.account.id).await.expect("asked");
    scene.office.until("the copy is recognised", || async { scene.office.places(&scene.account, FolderRole::Sent).await.len() == 1 }).await;
    assert_eq!(list(&scene.office, Place::Sent).await.iter().map(|row| row.id).collect::<Vec<_>>(), [message]);
    scene.end().await;
}

/// [CMP-17] One of several is refused: the others have it, and it is told who has not and why.
#[tokio::test]
async fn one_recipient_is_refused() {
    let scene = Scene::begin(&[("RCPT TO:<no@", "550 5.1.1 No such user\r\n")]).await;
    let message = send(&scene.office, &scene.account, &["bob@buys.example", "no@buys.example"]).await;
    scene.forward(11);
    scene.office.until("it went", || async { list(&scene.office, Place::Sent).await.len() == 1 }).await;
    let view = scene.office.session.open_message(message).await.expect("opened");
    let refused: Vec<_> = view.dispatch.expect("a word").refused.into_iter().map(|one| (one.address, one.said)).collect();
    assert_eq!(refused, [("no@buys.example".to_owned(), "550 5.1.1 No such user".to_owned())]);
    scene.end().await;
}

/// [CMP-17] Cut at the last byte: it is tried no more by itself.
#[tokio::test]
async fn cut_at_the_last_byte() {
    let scene = Scene::begin(&[(".", "CLOSE")]).await;
    let message = send(&scene.office, &scene.account, &["bob@buys.example"]).await;
    scene.forward(11);
    scene.office.until("nobody knows", || async { scene.state(message).await.is_some_and(|(state, _)| state == SendState::Unknown) }).await;
    scene.forward(24 * 3_600);
    assert_eq!(scene.office.system.next_parcel_at(&[]).await.expect("asked"), None);
    assert_eq!(scene.mta.heard.letters().len(), 1);
    scene.end().await;
}

/// [EML-25] [CMP-10] The code to a new address goes as that address, at once, and letters from it afterwards; a server that does not let
/// this mailbox write as it says so.
#[tokio::test]
async fn as_another_address() {
    let scene = Scene::begin(&[("MAIL FROM:<no@", "550 5.7.60 Not yours\r\n")]).await;
    let (session, account) = (&scene.office.session, scene.account.id);
    let add = |address: &str| {
        let form = SenderForm { account, address: address.to_owned(), name: String::new() };
        session.add_sender(form, |_, code| ("Code".to_owned(), code.to_owned()))
    };
    match add("no@other.example").await {
        Err(Error::Unsent(fault)) => assert_eq!(fault, SendFault::Refused("550 5.7.60 Not yours".to_owned())),
        other => panic!("{other:?}"),
    }
    // An address of letters that lettre would not write.
    assert!(matches!(add("zoë@other.example").await, Err(Error::Invalid(found)) if found[0].field == "address"));
    assert!(session.open_senders().await.expect("opened").addresses.is_empty() && scene.mta.heard.letters().is_empty());

    let id = add("info@other.example").await.expect("sent");
    let letter = String::from_utf8(scene.mta.heard.letters().remove(0)).expect("ASCII");
    let code = letter.lines().find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit())).expect("a code");
    session.verify_sender(id, code).await.expect("verified");
    let draft = session.begin_letter(None, None, None).await.expect("begun");
    let opened = session.open_draft(draft).await.expect("opened");
    let to = vec![Recipient { name: String::new(), address: "bob@buys.example".to_owned() }];
    let form = DraftForm { alias: Some(id), to, subject: "Offerte".to_owned(), ..opened.form };
    session.send_draft(draft, opened.version, form, None).await.expect("sent");
    scene.forward(11);
    scene.office.until("it went", || async { list(&scene.office, Place::Sent).await.len() == 1 }).await;
    let senders: Vec<_> =
        scene.mta.heard.lines("MAIL").iter().map(|line| line.split_ascii_whitespace().nth(1).map(str::to_owned)).collect();
    let wanted = ["FROM:<no@other.example>", "FROM:<info@other.example>", "FROM:<info@other.example>"];
    assert_eq!(senders, wanted.map(|one| Some(one.to_owned())));
    let letter = String::from_utf8(scene.mta.heard.letters().remove(1)).expect("ASCII");
    assert!(letter.contains("<info@other.example>\r\n"), "{letter}");
    scene.end().await;
}

/// [EML-24] A server that wants to be asked later is asked later; a password that is refused is told and waited for.
#[tokio::test]
async fn later_and_not_at_all() {
    let scene = Scene::begin(&[("DATA", "451 4.3.0 Not now\r\n")]).await;
    let message = send(&scene.office, &scene.account, &["bob@buys.example"]).await;
    scene.forward(11);
    let later = Some(SendFault::Later("451 4.3.0 Not now".to_owned()));
    scene.office.until("it waits", || async { scene.state(message).await.is_some_and(|(_, fault)| fault == later) }).await;
    assert_eq!(scene.state(message).await.map(|(state, _)| state), Some(SendState::Waiting));
    scene.forward(61);
    scene.office.until("it was asked again", || async { scene.mta.heard.lines("DATA").len() == 2 }).await;
    scene.end().await;
}

// ---------------------------------------------------------------------------------------------------------------
// The copy, by hand

const NO_LITERAL_PLUS: &str = "protocol imap {\n imap_capability = IMAP4rev1 SASL-IR UIDPLUS ID UNSELECT CHILDREN IDLE\n}\n";

/// [CMP-17] A copy is put among the sent items, unless the server put one there; never two.
#[tokio::test]
async fn copies_of_what_was_sent() {
    for (extra, there) in [("", false), (NO_LITERAL_PLUS, false), ("", true)] {
        let dovecot = Dovecot::start_with(extra).await;
        let office = Office::by_hand().await;
        let account = office.add_account("alice", dovecot.server("alice"), "alicepw").await;
        let mut memory = Memory::default();
        sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
        let message = send(&office, &account, &["bob@buys.example"]).await;
        office.forward(11);
        let parcel = office.system.take_parcel(&[]).await.expect("asked").expect("it is due");
        assert!(office.system.take_parcel(&[]).await.expect("asked").is_none(), "it is taken once");
        office.system.parcel_leaves(message).await.expect("noted");
        let handed = Handed { accepted: parcel.recipients.clone(), ..Handed::default() };
        office.system.parcel_ends(message, handed).await.expect("noted");
        if there {
            dovecot.deliver("alice", "Sent", &parcel.bytes);
        }
        sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
        assert_eq!(dovecot.folder("alice", "Sent").await.len(), usize::from(there), "the server gets its time");
        office.forward(61);
        for _ in 0..2 {
            sync_once(&office, &account, &dovecot.dialer(), &mut memory).await.expect("synced");
        }
        let flags = dovecot.folder("alice", "Sent").await;
        assert_eq!(flags.len(), 1, "{extra} {there}");
        assert!(there || flags.values().all(|flags| flags.seen));
        let said = dovecot.other_client("alice", &["EXAMINE Sent", "FETCH 1 (INTERNALDATE RFC822.SIZE)"]).await;
        assert!(there || said.contains(&format!("RFC822.SIZE {}", parcel.bytes.len())), "{said}");
        assert!(there || said.contains("INTERNALDATE \"09-Oct-2025 "), "{said}");
        assert_eq!(office.system.due_errands(account.id).await.expect("listed"), []);
        assert_eq!(list(&office, Place::Sent).await.iter().map(|row| row.id).collect::<Vec<_>>(), [message]);
        office.crm.close().await;
    }
}

/// A server that will not have it says so, and the connection is still good.
#[tokio::test]
async fn a_copy_that_is_refused() {
    let rows = vec![("APPEND".to_owned(), "{T} NO [TRYCREATE] No such mailbox\r\n".to_owned())];
    let mut imap = scripted(rows, Duration::from_secs(5)).await;
    let refused = imap.append("Sent", b"x: y\r\n\r\nz", Some(Moment::from_seconds(0))).await;
    assert!(matches!(refused, Err(ImapError::No(refusal)) if refusal.code == "TRYCREATE"));
    assert!(imap.append("Sent\r\nx LOGOUT", b"", None).await.is_err());
    imap.noop().await.expect("it goes on");
}
