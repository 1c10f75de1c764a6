//! Writing: drafts, and what they become.

mod book;
mod carried;
mod drafts;
mod invited;
mod returned;
mod senders;
mod sent;

use crate::contacts::person;
use crate::mailroom::{read, written};
use crate::world::{Mailbox, Stage, id_of, stage};
use crm::ports::{Enclosed, Handed, Letterhead, Parcel};
use crm::{Error, Session};
use model::inbox::{ArchiveFilter, ArchiveShow, Place};
use model::mail_account::FolderRole;
use model::outgoing::{Dispatch, DraftForm, Recipient, Refusal, SendFault, UNDO_SECONDS};
use model::profile::Profile;
use model::template::{ActionTypes, TemplateProperties};
use model::{ContactId, DraftId, MessageId, Problem, TemplateId};

const ALICE: &str = "alice@alfa.example";
const JAN: &str = "jan@bakker.example";
const PIET: &str = "piet@elders.example";
const CAROL: &str = "carol@boeken.example";

async fn open() -> (Stage, Session, Mailbox) {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mailbox = stage.mailbox(&alice).await;
    (stage, alice, mailbox)
}

fn to(address: &str) -> Recipient {
    Recipient { name: String::new(), address: address.into() }
}

fn addresses(people: &[Recipient]) -> Vec<&str> {
    people.iter().map(|one| one.address.as_str()).collect()
}

/// A letter to these, ready to go.
async fn ready(session: &Session, people: &[&str], subject: &str) -> (DraftId, i64, DraftForm) {
    let id = session.begin_letter(None, None, None).await.unwrap();
    let draft = session.open_draft(id).await.unwrap();
    let to = people.iter().map(|address| to(address)).collect();
    (id, draft.version, DraftForm { to, subject: subject.into(), html: format!("<p>tekst van {subject}</p>"), ..draft.form })
}

async fn send(session: &Session, people: &[&str], subject: &str) -> MessageId {
    let (id, version, form) = ready(session, people, subject).await;
    session.send_draft(id, version, form, None).await.unwrap()
}

async fn send_as_it_is(session: &Session, draft: DraftId, people: &[&str]) -> MessageId {
    let draft = session.open_draft(draft).await.unwrap();
    let to = people.iter().map(|address| to(address)).collect();
    session.send_draft(draft.id, draft.version, DraftForm { to, ..draft.form }, None).await.unwrap()
}

/// What is due when nobody can take anything back any more.
async fn take(stage: &Stage, mailbox: &Mailbox) -> Option<Parcel> {
    stage.clock.pass(UNDO_SECONDS);
    mailbox.system.take_parcel(&[]).await.unwrap()
}

async fn ends(mailbox: &Mailbox, message: MessageId, handed: Handed) {
    mailbox.system.parcel_ends(message, handed).await.unwrap();
}

fn accepted(people: &[&str]) -> Handed {
    Handed { accepted: people.iter().map(|address| (*address).to_owned()).collect(), ..Handed::default() }
}

fn fault(fault: SendFault) -> Handed {
    Handed { fault: Some(fault), ..Handed::default() }
}

fn refusal(address: &str) -> Refusal {
    Refusal { address: address.into(), said: "550 5.1.1 Geen postvak".into() }
}

/// Whole and through: taken, handed over, accepted for everybody.
async fn goes(stage: &Stage, mailbox: &Mailbox) -> Parcel {
    let parcel = take(stage, mailbox).await.unwrap();
    mailbox.system.parcel_leaves(parcel.message).await.unwrap();
    let handed = Handed { accepted: parcel.recipients.clone(), ..Handed::default() };
    mailbox.system.parcel_ends(parcel.message, handed).await.unwrap();
    parcel
}

async fn dispatch(session: &Session, message: MessageId) -> Option<Dispatch> {
    session.open_message(message).await.unwrap().dispatch
}

async fn archive(session: &Session, contact: ContactId) -> Vec<String> {
    let filter = ArchiveFilter { contact, show: ArchiveShow::All, employees: false };
    session.list_archive(filter, None).await.unwrap().rows.into_iter().map(|row| row.message.subject).collect()
}

async fn found(session: &Session, typed: &str) -> Vec<String> {
    session.search(typed.into()).await.unwrap().messages.rows.into_iter().map(|found| found.row.subject).collect()
}

fn text(parcel: &Parcel) -> String {
    String::from_utf8(parcel.bytes.clone()).unwrap()
}

/// The headers of a letter, and nothing else.
fn head(parcel: &Parcel) -> Vec<String> {
    text(parcel).split_once("\r\n\r\n").unwrap().0.split("\r\n").map(str::to_owned).collect()
}

fn problem<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, Problem) {
    match result {
        Err(Error::Invalid(found)) => (found[0].field.to_string(), found[0].problem),
        other => panic!("{other:?}"),
    }
}

fn conflict<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Conflict(what)) => what,
        other => panic!("{other:?}"),
    }
}

/// A letter from Jan to Alice, as somebody else's program wrote it.
fn from_jan(subject: &str, html: &str) -> Letterhead {
    Letterhead {
        message_id: format!("{}@bakker.example", subject.replace(' ', "-")),
        date: model::Moment(1_799_990_000_000_000),
        zone: String::new(),
        from: Recipient { name: "Jan Bakker".into(), address: JAN.into() },
        to: vec![to(ALICE)],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: subject.into(),
        html: html.into(),
        files: Vec::new(),
        references: vec!["eerder@bakker.example".into()],
        calendar: None,
    }
}

/// It arrives, with this header more.
async fn arrives(session: &Session, mailbox: &Mailbox, letter: &Letterhead, more: &str) -> MessageId {
    let raw = [more.as_bytes(), &written(letter)].concat();
    mailbox.deliver_raw(FolderRole::Inbox, read(&raw), &raw).await;
    id_of(session, Place::Inbox, &letter.subject).await
}

/// The server's own copy of what was sent.
async fn copied(mailbox: &Mailbox, parcel: &Parcel) {
    mailbox.deliver_raw(FolderRole::Sent, read(&parcel.bytes), &parcel.bytes).await;
}

async fn template(session: &Session, name: &str, subject: &str, domain: &str, body: &str) -> TemplateId {
    let id = session.new_template(name.into()).await.unwrap();
    let open = session.open_template(id).await.unwrap();
    session.save_template(id, open.version, body.into()).await.unwrap();
    let form = TemplateProperties { subject: subject.into(), sender_domain: domain.into(), ..open.properties.clone() };
    session.edit_template_properties(id, open.properties, form).await.unwrap();
    id
}

async fn reachable(session: &Session, mobile: &str) {
    let profile = session.open_profile().await.unwrap();
    session.change_profile(Profile { mobile: mobile.into(), ..profile }).await.unwrap();
}

async fn begins_with(session: &Session, change: impl FnOnce(&mut ActionTypes)) {
    let mut types = session.action_types().await.unwrap();
    change(&mut types);
    session.set_action_types(types).await.unwrap();
}

fn file(name: &str, bytes: &str) -> Enclosed {
    Enclosed { name: name.into(), mime: "application/pdf".into(), bytes: bytes.into() }
}
