//! What Alice writes, and what is on its way out.

use crate::story::{account, add_account, add_folder, add_type, message, person};
use crate::world::{NOON, World, id};
use crm::Error;
use crm::ports::{Company, DraftFileRow, DraftRow, NewMessage, OutboxRow, RawAt, Sought, Store, TemplateFileRow, TemplateRecord, Tx, Want};
use futures::StreamExt;
use model::contact::{DetailForm, DetailKind};
use model::inbox::{ArchiveFilter, ArchiveShow, Entity, MessageFilter, Place};
use model::mail_account::{Diagnosis, DiagnosisKind, FolderRole, Security, ServerSettings};
use model::message::{Flags, Participant, ParticipantRole};
use model::outgoing::{Action, DraftFile, DraftForm, Recipient, RecipientState, SendFault, SendState};
use model::search::{Field, Phrase};
use model::template::{TemplateFile, TemplateProperties};
use model::{DetailId, DraftId, MessageId, Moment, PackId, UserId};
use std::sync::Arc;

const BOB: &str = "bob@buys.example";

pub(crate) fn draft(n: u64, owner: u64) -> DraftRow {
    let recipient = |name: &str, address: &str| Recipient { name: name.into(), address: address.into() };
    DraftRow {
        id: id(n),
        owner: id(owner),
        action: Action::ReplyAll,
        answers: Some(id(1001)),
        form: DraftForm {
            sender: Some(id(1)),
            alias: None,
            to: vec![recipient("Vries, \"Jan\" de", "jan@devries.example")],
            cc: vec![recipient("", BOB)],
            bcc: vec![recipient("", "stil@elders.example"), recipient("", BOB)],
            contacts: vec![id(2), id(1)],
            template: Some(id(3)),
            subject: format!("Concept {n}"),
            html: "<p>één</p>".into(),
        },
        begun: "<p>één</p>".into(),
        version: 1,
        changed_at: NOON.plus_seconds(i64::try_from(n).unwrap()),
        sent_as: None,
        removed: false,
    }
}

fn file(n: u64, draft: u64, pack: u64) -> DraftFileRow {
    DraftFileRow {
        draft: id(draft),
        file: DraftFile { id: id(n), name: format!("{n}.pdf"), mime: "application/pdf".into(), size: 10 },
        at: RawAt { pack: id(pack), offset: 3, len: 44 },
        removed: false,
    }
}

fn sent(n: u64) -> MessageId {
    id(1000 + n)
}

/// A letter from here to Bob, in a pack of its own.
fn letter(n: u64) -> NewMessage {
    let who = |role, address: &str| Participant { role, name: String::new(), address: address.into() };
    let mut new = message(n, 1, 1, BOB);
    new.parsed.participants = vec![who(ParticipantRole::From, "alice@sells.example"), who(ParticipantRole::To, BOB)];
    new.parsed.participants_left_out = 0;
    NewMessage { location: None, outgoing: true, flags: Flags { seen: true, ..Flags::default() }, pack: id(n), ..new }
}

fn out(n: u64, account: u64, due: i64) -> OutboxRow {
    let due_at = NOON.plus_seconds(due);
    OutboxRow { message: sent(n), account: id(account), state: SendState::Waiting, due_at, attempts: 0, fault: None, handed_over: false }
}

async fn ids(tx: &mut dyn Tx, owner: u64) -> Vec<DraftId> {
    tx.list_drafts(id(owner), 10).await.unwrap().into_iter().map(|row| row.id).collect()
}

async fn place(tx: &mut dyn Tx, n: u64) -> Place {
    tx.find_message(sent(n)).await.unwrap().unwrap().place
}

async fn list(tx: &mut dyn Tx, place: Place) -> Vec<MessageId> {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    tx.list_messages(id(1), &filter, None, 100).await.unwrap().iter().map(|row| row.id).collect()
}

async fn archive(tx: &mut dyn Tx) -> Vec<MessageId> {
    let filter = ArchiveFilter { contact: id(1), show: ArchiveShow::All, employees: false };
    tx.list_archive(&filter, None, None, 100).await.unwrap().into_iter().map(|(row, _)| row.id).collect()
}

async fn found(tx: &mut dyn Tx) -> usize {
    let phrase = Phrase { field: Field::Any, words: vec!["zonnebloemen".into()], prefix: false, typed: String::new() };
    let sought = Sought { reader: Some(id(1)), everywhere: true, phrases: vec![(false, phrase)], ..Sought::default() };
    tx.search_messages(&sought, None, 50).await.unwrap().records.len()
}

async fn due(tx: &mut dyn Tx, seconds: i64, busy: &[u64]) -> Option<MessageId> {
    let busy: Vec<_> = busy.iter().map(|n| id(*n)).collect();
    tx.due_in_outbox(NOON.plus_seconds(seconds), &busy).await.unwrap().map(|row| row.message)
}

async fn next(tx: &mut dyn Tx, busy: &[u64]) -> Option<Moment> {
    let busy: Vec<_> = busy.iter().map(|n| id(*n)).collect();
    tx.next_in_outbox(&busy).await.unwrap()
}

/// Accounts 1 and 2 are Alice's, with sent items and an inbox in the first; Bob is a contact.
async fn office(world: &World) -> (Arc<dyn Store>, Arc<dyn Company>) {
    let (store, company) = world.company().await;
    let mut tx = company.write(Some(id(1)), NOON.plus_seconds(50)).await.unwrap();
    add_type(&mut *tx).await;
    add_account(&mut *tx, 1).await;
    tx.put_mail_account(&account(2)).await.unwrap();
    for (n, role) in [(1, FolderRole::Inbox), (2, FolderRole::Sent), (3, FolderRole::Trash)] {
        add_folder(&mut *tx, n, 1, role).await;
    }
    tx.add_contact(&person(1, "Bob", "de Vries"), NOON).await.unwrap();
    let email = DetailForm { kind: DetailKind::Email, label: String::new(), value: BOB.into() };
    tx.put_detail(id(1), id::<DetailId>(1), &email, BOB).await.unwrap();
    tx.commit().await.unwrap();
    (store, company)
}

/// [CMP-17, CMP-20] Every method of the port `Drafts`, on both databases.
#[tokio::test]
async fn drafts() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut tx = company.write(Some(id(1)), NOON.plus_seconds(50)).await.unwrap();
        kept(&mut *tx).await;
        files(&mut *tx).await;
        tx.commit().await.unwrap();
        // Another time, since what is removed is counted from the transaction's own.
        let mut tx = company.write(Some(id(1)), NOON.plus_seconds(100)).await.unwrap();
        destroyed(&mut *tx).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

async fn kept(tx: &mut dyn Tx) {
    let odd = DraftRow { begun: "<p>één\0</p>".into(), ..draft(2, 1) };
    let odd = DraftRow { form: DraftForm { html: "<p>één\0</p>".into(), subject: "Concept 2\0".into(), ..odd.form }, ..odd };
    for row in [draft(1, 1), odd, draft(3, 2)] {
        tx.add_draft(&row).await.unwrap();
    }
    let bare = DraftRow { action: Action::New, answers: None, form: DraftForm::default(), begun: String::new(), ..draft(4, 1) };
    tx.add_draft(&bare).await.unwrap();
    assert_eq!(tx.find_draft(id(2)).await.unwrap(), Some(draft(2, 1)));
    assert_eq!(tx.find_draft(id(4)).await.unwrap(), Some(bare));
    assert_eq!(tx.find_draft(id(9)).await.unwrap(), None);
    assert_eq!(ids(tx, 1).await, [id(4), id(2), id(1)], "the last changed first");
    assert_eq!(tx.list_drafts(id(1), 2).await.unwrap().len(), 2);
    let line = tx.list_drafts(id(1), 10).await.unwrap().remove(1);
    let whole = draft(2, 1);
    assert_eq!((&line.form.to, &line.form.subject, line.changed_at), (&whole.form.to, &whole.form.subject, whole.changed_at));
    assert_eq!((ids(tx, 2).await, tx.count_drafts(id(1)).await.unwrap()), (vec![id(3)], 3));

    // Two windows: the second is told.
    let form = DraftForm { subject: "Anders".into(), to: Vec::new(), sender: None, ..draft(1, 1).form };
    assert_eq!(tx.put_draft(id(1), 1, &form, "x").await.unwrap(), Some(2));
    assert_eq!(tx.put_draft(id(1), 1, &DraftForm::default(), "").await.unwrap(), None);
    assert_eq!(tx.put_draft(id(9), 1, &form, "x").await.unwrap(), None);
    let row = tx.find_draft(id(1)).await.unwrap().unwrap();
    let wanted = DraftRow { form: form.clone(), begun: "x".into(), version: 2, changed_at: NOON.plus_seconds(50), ..draft(1, 1) };
    assert_eq!(row, wanted);
    assert_eq!(ids(tx, 1).await[0], id(1));

    tx.set_draft_removed(id(2), true).await.unwrap();
    assert_eq!((ids(tx, 1).await, tx.count_drafts(id(1)).await.unwrap()), (vec![id(1), id(4)], 2));
    assert!(tx.find_draft(id(2)).await.unwrap().unwrap().removed);
    tx.set_draft_removed(id(2), false).await.unwrap();
    assert_eq!(tx.find_draft(id(2)).await.unwrap(), Some(draft(2, 1)));
    assert!(matches!(tx.set_draft_removed(id(9), true).await, Err(Error::NotFound)));

    tx.set_draft_sent(id(2), Some(sent(7))).await.unwrap();
    assert_eq!((ids(tx, 1).await, tx.count_drafts(id(1)).await.unwrap()), (vec![id(1), id(4)], 2));
    assert_eq!((tx.draft_of(sent(7)).await.unwrap(), tx.draft_of(sent(8)).await.unwrap()), (Some(id(2)), None));
    assert_eq!(tx.put_draft(id(2), 1, &form, "").await.unwrap(), None, "what was sent is not written on");
    tx.set_draft_sent(id(2), None).await.unwrap();
    assert_eq!(tx.find_draft(id(2)).await.unwrap(), Some(draft(2, 1)));
    assert_eq!(tx.draft_of(sent(7)).await.unwrap(), None);
    assert!(matches!(tx.set_draft_sent(id(9), None).await, Err(Error::NotFound)));
}

async fn files(tx: &mut dyn Tx) {
    let properties = TemplateProperties { name: "Offerte".into(), ..TemplateProperties::default() };
    let record = TemplateRecord { id: id(3), properties, standard: false, version: 1, changed_at: NOON, files: 0 };
    tx.add_template(&record, "x").await.unwrap();
    let shared = TemplateFileRow {
        template: id(3),
        file: TemplateFile { id: id(30), name: "v.pdf".into(), mime: "application/pdf".into(), size: 10 },
        at: file(1, 1, 70).at,
        removed: false,
    };
    tx.add_template_file(&shared).await.unwrap();
    // The second has a template's file, one of its own, and one of the same pack as the first's.
    for row in [file(11, 2, 70), file(12, 2, 71), file(13, 2, 72), file(14, 1, 72)] {
        tx.add_draft_file(&row).await.unwrap();
    }
    assert_eq!(tx.list_draft_files(id(2)).await.unwrap(), [file(11, 2, 70), file(12, 2, 71), file(13, 2, 72)]);
    tx.set_draft_file_removed(id(12), true).await.unwrap();
    assert_eq!(tx.list_draft_files(id(2)).await.unwrap(), [file(11, 2, 70), file(13, 2, 72)]);
    assert_eq!(tx.find_draft_file(id(12)).await.unwrap(), Some(DraftFileRow { removed: true, ..file(12, 2, 71) }));
    tx.set_draft_file_removed(id(12), false).await.unwrap();
    assert_eq!(tx.find_draft_file(id(12)).await.unwrap(), Some(file(12, 2, 71)));
    assert_eq!(tx.find_draft_file(id(99)).await.unwrap(), None);
    assert!(matches!(tx.set_draft_file_removed(id(99), true).await, Err(Error::NotFound)));
    // Taken off again: it is held as long as its draft is.
    tx.set_draft_file_removed(id(12), true).await.unwrap();
    assert!(tx.list_spent_packs(10).await.unwrap().is_empty());
}

async fn destroyed(tx: &mut dyn Tx) {
    tx.set_draft_removed(id(2), true).await.unwrap();
    tx.destroy_drafts(NOON.plus_seconds(99)).await.unwrap();
    assert!(tx.find_draft(id(2)).await.unwrap().is_some(), "not yet");
    tx.destroy_drafts(NOON.plus_seconds(100)).await.unwrap();
    assert!(tx.find_draft(id(2)).await.unwrap().is_none() && tx.find_draft_file(id(11)).await.unwrap().is_none());
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(71)], "the template and the first draft hold the others");
    assert_eq!(ids(tx, 1).await, [id(1), id(4)]);
    tx.set_template_removed(id(3), true).await.unwrap();
    tx.destroy_templates(NOON.plus_seconds(100)).await.unwrap();
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(70), id(71)]);
    tx.destroy_draft(id(1)).await.unwrap();
    tx.destroy_draft(id(9)).await.unwrap();
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(70), id(71), id(72)]);

    // One whose message is gone goes too; one whose message is there stays.
    tx.put_messages(&[letter(8)]).await.unwrap();
    tx.set_draft_sent(id(3), Some(sent(8))).await.unwrap();
    tx.set_draft_sent(id(4), Some(sent(9))).await.unwrap();
    tx.destroy_drafts(NOON).await.unwrap();
    assert!(tx.find_draft(id(3)).await.unwrap().is_some() && tx.find_draft(id(4)).await.unwrap().is_none());
}

/// [CMP-17, CMP-19, INB-08, SYN-11] Every method of the port `Outbox`, on both databases.
#[tokio::test]
async fn outbox() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut tx = company.write(Some(id(1)), NOON.plus_seconds(50)).await.unwrap();
        let tx_ = &mut *tx;
        on_its_way(tx_).await;
        met_again(tx_).await;
        unknown(tx_).await;
        unsent(tx_).await;
        in_turn(tx_).await;
        servers(tx_).await;
        account_gone(tx_).await;
        tx.commit().await.unwrap();
        store.close().await;
    }
}

async fn on_its_way(tx: &mut dyn Tx) {
    assert!(tx.put_messages(&[letter(1)]).await.unwrap()[0].added);
    let people = [BOB.to_owned(), "b\0@x.example".to_owned(), "a@x.example".to_owned()];
    tx.add_to_outbox(&out(1, 1, 10), &people).await.unwrap();
    assert_eq!((place(tx, 1).await, archive(tx).await, found(tx).await), (Place::Outbox, vec![sent(1)], 1));
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().outbox, 1);
    assert_eq!(tx.find_in_outbox(sent(1)).await.unwrap(), Some(out(1, 1, 10)));
    assert_eq!(tx.find_in_outbox(sent(9)).await.unwrap(), None);
    let waiting = |address: &str| (address.to_owned(), RecipientState::Waiting, String::new());
    assert_eq!(tx.outbox_recipients(sent(1)).await.unwrap(), [waiting(BOB), waiting("b@x.example"), waiting("a@x.example")]);
    assert!(tx.outbox_recipients(sent(9)).await.unwrap().is_empty());
    tx.set_recipient(sent(1), "b@x.example", RecipientState::Refused, "550 \"Né\0e\"").await.unwrap();
    tx.set_recipient(sent(1), BOB, RecipientState::Accepted, "").await.unwrap();
    tx.set_recipient(sent(1), "niemand@x.example", RecipientState::Refused, "x").await.unwrap();
    let refused = ("b@x.example".to_owned(), RecipientState::Refused, "550 \"Née\"".to_owned());
    let accepted = (BOB.to_owned(), RecipientState::Accepted, String::new());
    assert_eq!(tx.outbox_recipients(sent(1)).await.unwrap(), [accepted, refused, waiting("a@x.example")]);

    let said = Diagnosis { said: "535 \"é\\\"\0".into(), ..Diagnosis::new(DiagnosisKind::WrongPassword, "smtp") };
    for fault in [
        None,
        Some(SendFault::Server(said)),
        Some(SendFault::Refused("x".into())),
        Some(SendFault::Later("y".into())),
        Some(SendFault::Cut),
    ] {
        for state in SendState::ALL.into_iter().filter(|state| *state != SendState::Sent) {
            let row = OutboxRow { state, attempts: 3, fault: fault.clone(), handed_over: fault.is_some(), ..out(1, 1, 77) };
            tx.put_in_outbox(&row).await.unwrap();
            let kept = tx.find_in_outbox(sent(1)).await.unwrap().unwrap();
            let clean = |fault: Option<SendFault>| match fault {
                Some(SendFault::Server(what)) => Some(SendFault::Server(Diagnosis { said: what.said.replace('\0', ""), ..what })),
                fault => fault,
            };
            assert_eq!(OutboxRow { fault: clean(kept.fault.clone()), ..kept }, OutboxRow { fault: clean(fault.clone()), ..row });
            assert_eq!(place(tx, 1).await, Place::Outbox, "{state:?}");
        }
    }
    assert!(matches!(tx.put_in_outbox(&out(9, 1, 1)).await, Err(Error::NotFound)));
    assert!(!tx.is_on_server(sent(1)).await.unwrap());
    tx.put_in_outbox(&OutboxRow { state: SendState::Sent, ..out(1, 1, 10) }).await.unwrap();
    assert_eq!((place(tx, 1).await, list(tx, Place::Sent).await), (Place::Sent, vec![sent(1)]));
    assert_eq!(tx.inbox_counts(id(1)).await.unwrap().outbox, 0);
}

/// The copy among the sent items, wherever the server has it from: the same letter, and from then on its word counts.
async fn met_again(tx: &mut dyn Tx) {
    tx.put_errand(sent(1), Want::Keep, NOON.plus_seconds(60)).await.unwrap();
    tx.put_errand(sent(1), Want::Keep, NOON.plus_seconds(61)).await.unwrap();
    assert_eq!(place(tx, 1).await, Place::Sent, "a wish to keep it is none to move it");
    assert!(tx.list_errands(id(1), NOON.plus_seconds(60), 10).await.unwrap().is_empty());
    let errands = tx.list_errands(id(1), NOON.plus_seconds(61), 10).await.unwrap();
    assert_eq!(errands.iter().map(|errand| (errand.message, errand.want)).collect::<Vec<_>>(), [(sent(1), Want::Keep)], "once");
    tx.errand_begins(&errands[0], NOON.plus_seconds(90)).await.unwrap();
    tx.errand_fails(&errands[0], "full").await.unwrap();
    assert_eq!(tx.failed_errands(id(1), 10).await.unwrap()[0].want, Want::Keep);
    assert_eq!(place(tx, 1).await, Place::Sent, "it went, whatever becomes of the copy");
    tx.retry_errands(id(1), NOON).await.unwrap();
    tx.errand_done(&errands[0]).await.unwrap();
    assert!(tx.list_errands(id(1), NOON, 10).await.unwrap().is_empty());

    let other = NewMessage { parsed: model::message::Parsed { fingerprint: [88; 16], ..letter(1).parsed }, ..letter(1) };
    let other = NewMessage { id: sent(50), location: Some((id(2), 5)), ..other };
    assert!(tx.put_messages(&[other]).await.unwrap()[0].added, "another letter of that name");
    let elsewhere = NewMessage { id: sent(51), account: id(2), ..letter(1) };
    assert!(tx.put_messages(&[elsewhere]).await.unwrap()[0].added, "another mailbox has it for itself");
    let copy = NewMessage { id: sent(52), location: Some((id(2), 6)), pack: id(99), ..letter(1) };
    let put = tx.put_messages(std::slice::from_ref(&copy)).await.unwrap()[0];
    assert_eq!((put.id, put.added), (sent(1), false));
    assert!(tx.is_on_server(sent(1)).await.unwrap());
    assert_eq!((place(tx, 1).await, tx.lies_in(sent(1)).await.unwrap()[0].uid), (Place::Sent, 6));
    assert_eq!(tx.raw_at(sent(1)).await.unwrap().unwrap().pack, id(1), "the bytes are those that went");
    // Deleted with another program it is not among the sent items any more.
    tx.move_location(id(2), 6, id(3), 7).await.unwrap();
    assert_eq!(place(tx, 1).await, Place::Trash);
    tx.remove_locations(id(3), &[7]).await.unwrap();
    assert_eq!(place(tx, 1).await, Place::Elsewhere);

    // Written to oneself it is read like any other, and before it went it stands where the server has it.
    tx.put_messages(&[letter(2)]).await.unwrap();
    tx.add_to_outbox(&out(2, 1, 10), &[BOB.to_owned()]).await.unwrap();
    tx.put_messages(&[NewMessage { location: Some((id(1), 8)), ..letter(2) }]).await.unwrap();
    assert_eq!((place(tx, 2).await, tx.find_in_outbox(sent(2)).await.unwrap().unwrap().state), (Place::Inbox, SendState::Waiting));
    tx.put_in_outbox(&OutboxRow { state: SendState::Sent, ..out(2, 1, 10) }).await.unwrap();
    tx.remove_locations(id(1), &[8]).await.unwrap();
    assert_eq!(place(tx, 2).await, Place::Elsewhere, "the server's word was enough");
}

/// Whether it went was not known, and the mailbox has it.
async fn unknown(tx: &mut dyn Tx) {
    tx.put_messages(&[message(40, 1, 40, BOB), letter(3), letter(4), letter(5)]).await.unwrap();
    tx.add_draft(&DraftRow { answers: Some(sent(40)), sent_as: None, ..draft(63, 1) }).await.unwrap();
    tx.add_draft(&DraftRow { action: Action::Forward, answers: Some(sent(1)), ..draft(64, 1) }).await.unwrap();
    for (n, state) in [(3, SendState::Unknown), (4, SendState::Unknown), (5, SendState::Sending)] {
        tx.add_to_outbox(&out(n, 1, 10), &[BOB.to_owned()]).await.unwrap();
        tx.put_in_outbox(&OutboxRow { state, fault: Some(SendFault::Cut), handed_over: true, ..out(n, 1, 10) }).await.unwrap();
    }
    tx.set_draft_sent(id(63), Some(sent(3))).await.unwrap();
    tx.set_draft_sent(id(64), Some(sent(4))).await.unwrap();
    assert!(!tx.find_message(sent(40)).await.unwrap().unwrap().answered);
    let copies: Vec<_> = [(3, 13), (4, 14), (5, 15)].map(|(n, uid)| NewMessage { location: Some((id(2), uid)), ..letter(n) }).into();
    tx.put_messages(&copies).await.unwrap();
    for n in [3, 4] {
        let row = tx.find_in_outbox(sent(n)).await.unwrap().unwrap();
        assert_eq!((row.state, row.fault, place(tx, n).await), (SendState::Sent, None, Place::Sent));
    }
    let row = tx.find_in_outbox(sent(5)).await.unwrap().unwrap();
    assert_eq!((row.state, row.fault), (SendState::Sending, Some(SendFault::Cut)), "whoever hands it over says what came of it");
    assert!(tx.find_draft(id(63)).await.unwrap().is_none() && tx.find_draft(id(64)).await.unwrap().is_none());
    assert!(tx.find_message(sent(40)).await.unwrap().unwrap().answered);
    assert!(!tx.find_message(sent(1)).await.unwrap().unwrap().answered, "that was only sent on");
    tx.set_answered(sent(1)).await.unwrap();
    assert!(tx.find_message(sent(1)).await.unwrap().unwrap().answered);
    tx.set_answered(sent(999)).await.unwrap();
    assert_eq!(tx.left_in_outbox().await.unwrap().iter().map(|row| row.message).collect::<Vec<_>>(), [sent(5)]);
    tx.put_in_outbox(&OutboxRow { state: SendState::Sent, ..out(5, 1, 10) }).await.unwrap();
    assert!(tx.left_in_outbox().await.unwrap().is_empty());
}

/// It never went: nothing is left of it.
async fn unsent(tx: &mut dyn Tx) {
    let (before, words) = (archive(tx).await, found(tx).await);
    tx.put_messages(&[letter(6), NewMessage { pack: id(6), ..letter(7) }]).await.unwrap();
    for n in [6, 7] {
        tx.add_to_outbox(&out(n, 1, 10), &[BOB.to_owned()]).await.unwrap();
    }
    tx.link(sent(6), id(1)).await.unwrap();
    assert_eq!((archive(tx).await.len(), found(tx).await), (before.len() + 2, words + 2));
    tx.unsend(sent(6)).await.unwrap();
    assert!(tx.list_spent_packs(10).await.unwrap().is_empty(), "the seventh lies in it too");
    tx.unsend(sent(7)).await.unwrap();
    assert_eq!(tx.list_spent_packs(10).await.unwrap(), [id::<PackId>(6)]);
    assert_eq!((archive(tx).await, found(tx).await), (before, words));
    for n in [6, 7] {
        assert!(tx.find_message(sent(n)).await.unwrap().is_none() && tx.find_in_outbox(sent(n)).await.unwrap().is_none());
        assert!(tx.outbox_recipients(sent(n)).await.unwrap().is_empty() && tx.raw_at(sent(n)).await.unwrap().is_none());
        assert!(tx.participants(sent(n)).await.unwrap().0.is_empty() && tx.links_of(sent(n)).await.unwrap().is_empty());
    }
    assert!(matches!(tx.unsend(sent(6)).await, Err(Error::NotFound)));
    // Its place in the index of words is free: what comes there is not found by what stood there.
    let fresh = NewMessage { parsed: model::message::Parsed { search_text: "iets anders".into(), ..letter(6).parsed }, ..letter(6) };
    assert!(tx.put_messages(&[fresh]).await.unwrap()[0].added);
    assert_eq!(found(tx).await, words);
}

async fn in_turn(tx: &mut dyn Tx) {
    tx.put_messages(&[letter(21), letter(22), letter(23), letter(24), NewMessage { account: id(2), ..letter(25) }]).await.unwrap();
    for (n, account, seconds) in [(21, 1, 300), (22, 1, 200), (23, 1, 200), (24, 1, 100), (25, 2, 400)] {
        tx.add_to_outbox(&out(n, account, seconds), &[BOB.to_owned()]).await.unwrap();
    }
    tx.put_in_outbox(&OutboxRow { state: SendState::Failed, ..out(24, 1, 100) }).await.unwrap();
    assert_eq!((due(tx, 199, &[]).await, next(tx, &[]).await), (None, Some(NOON.plus_seconds(200))));
    assert_eq!(due(tx, 500, &[]).await, Some(sent(22)), "the longest due; of one moment, the one that was written first");
    assert_eq!((due(tx, 500, &[1]).await, next(tx, &[1]).await), (Some(sent(25)), Some(NOON.plus_seconds(400))));
    assert_eq!((due(tx, 500, &[1, 2]).await, next(tx, &[1, 2]).await), (None, None));
    assert_eq!(due(tx, 500, &[9]).await, Some(sent(22)));
    // Thrown away it does not go, and brought back it does.
    tx.set_deleted(sent(22), Some(NOON)).await.unwrap();
    assert_eq!((place(tx, 22).await, due(tx, 500, &[]).await), (Place::Trash, Some(sent(23))));
    tx.set_deleted(sent(23), Some(NOON)).await.unwrap();
    assert_eq!((due(tx, 299, &[]).await, next(tx, &[2]).await), (None, Some(NOON.plus_seconds(300))));
    tx.set_deleted(sent(22), None).await.unwrap();
    assert_eq!((place(tx, 22).await, due(tx, 500, &[]).await), (Place::Outbox, Some(sent(22))));
    // Cleaned away it does not go either; destroyed, its row goes with it.
    assert_eq!(tx.remove_messages(model::clean::Removal::Trash, NOON.plus_seconds(60), &[sent(23)]).await.unwrap(), 1);
    for n in [21, 22, 25] {
        tx.put_in_outbox(&OutboxRow { state: SendState::Sending, ..out(n, 1, 1) }).await.unwrap();
    }
    assert_eq!((due(tx, 500, &[]).await, next(tx, &[]).await), (None, None));
    let left: Vec<_> = tx.left_in_outbox().await.unwrap().iter().map(|row| row.message).collect();
    assert_eq!(left, [sent(21), sent(22), sent(25)]);
    assert_eq!(tx.destroy_removed(NOON.plus_seconds(60), 10).await.unwrap(), 1);
    assert!(tx.find_in_outbox(sent(23)).await.unwrap().is_none() && tx.outbox_recipients(sent(23)).await.unwrap().is_empty());
}

async fn servers(tx: &mut dyn Tx) {
    let server = ServerSettings {
        login: "alice".into(),
        host: "smtp.sells.example".into(),
        port: 587,
        security: Security::StartTls,
        trusted_certificate: Some("ab".into()),
    };
    assert_eq!(tx.sending_server(id(1)).await.unwrap(), None);
    tx.set_sending_server(id(1), &server).await.unwrap();
    assert_eq!(tx.sending_server(id(1)).await.unwrap().as_ref(), Some(&server));
    assert_eq!((tx.sending_server(id(2)).await.unwrap(), tx.sending_server(id(9)).await.unwrap()), (None, None));
    assert!(matches!(tx.set_sending_server(id(9), &server).await, Err(Error::NotFound)));
    // What the sync writes of an account does not touch it.
    tx.put_mail_account(&account(1)).await.unwrap();
    assert_eq!(tx.sending_server(id(1)).await.unwrap(), Some(server));
}

async fn account_gone(tx: &mut dyn Tx) {
    tx.put_in_outbox(&out(21, 1, 300)).await.unwrap();
    tx.remove_mail_account(id(1)).await.unwrap();
    assert_eq!((place(tx, 21).await, due(tx, 500, &[]).await), (Place::Outbox, Some(sent(21))), "a reason to show, and none to forget it");
    assert_eq!(tx.sending_server(id(1)).await.unwrap(), None);
    tx.put_in_outbox(&OutboxRow { state: SendState::Sent, ..out(21, 1, 300) }).await.unwrap();
    assert_eq!(place(tx, 21).await, Place::Sent);
    tx.set_deleted(sent(21), Some(NOON)).await.unwrap();
    assert_eq!(place(tx, 21).await, Place::Trash, "its reader's word comes before that");
    tx.set_deleted(sent(21), None).await.unwrap();
    assert_eq!(place(tx, 21).await, Place::Sent);
    tx.put_errand(sent(21), Want::Keep, NOON).await.unwrap();
    assert!(tx.list_errands(id(1), NOON, 10).await.unwrap().is_empty(), "there is no mailbox to keep it in");
}

/// [CMP-17, CMP-20, SEC-03] What is written and what becomes of it is told to its owner alone; its archive is everybody's.
#[tokio::test]
async fn told_to_the_owner() {
    for world in World::all().await {
        let (store, company) = office(&world).await;
        let mut wakes = company.wakes();
        let before = company.read().await.unwrap().last_change().await.unwrap();
        let mut tx = company.write(Some(id(1)), NOON).await.unwrap();
        tx.add_draft(&draft(60, 1)).await.unwrap();
        tx.add_draft_file(&file(61, 60, 7)).await.unwrap();
        tx.put_draft(id(60), 1, &DraftForm::default(), "").await.unwrap();
        tx.put_messages(&[letter(1), letter(2)]).await.unwrap();
        tx.add_to_outbox(&out(1, 1, 10), &[BOB.to_owned()]).await.unwrap();
        tx.set_draft_sent(id(60), Some(sent(1))).await.unwrap();
        tx.commit().await.unwrap();
        assert!(wakes.next().await.unwrap() > before);
        let mut seen = before;
        for step in 0..5 {
            let mut tx = company.write(None, NOON).await.unwrap();
            let (entity, changed) = match step {
                0 => (Entity::Draft, id::<DraftId>(60).0),
                1 => {
                    tx.put_in_outbox(&OutboxRow { state: SendState::Failed, ..out(1, 1, 10) }).await.unwrap();
                    (Entity::Message, sent(1).0)
                }
                2 => {
                    tx.set_answered(sent(2)).await.unwrap();
                    (Entity::Message, sent(2).0)
                }
                3 => {
                    tx.destroy_draft(id(60)).await.unwrap();
                    (Entity::Draft, id::<DraftId>(60).0)
                }
                _ => {
                    tx.unsend(sent(1)).await.unwrap();
                    (Entity::Message, sent(1).0)
                }
            };
            tx.commit().await.unwrap();
            let mut tx = company.read().await.unwrap();
            let heard: Vec<_> = tx.changes_after(seen, 500).await.unwrap();
            let told: Vec<_> = heard.iter().filter(|(change, _)| matches!(change.entity, Entity::Draft | Entity::Message)).collect();
            assert!(told.iter().any(|(change, _)| (change.entity, change.id) == (entity, changed)), "{step}: {heard:?}");
            assert!(told.iter().all(|(_, owner)| *owner == Some(id::<UserId>(1))), "{step}: {heard:?}");
            if step == 4 {
                assert!(heard.iter().any(|(change, owner)| change.entity == Entity::Contact && owner.is_none()), "{heard:?}");
            }
            seen = tx.last_change().await.unwrap();
        }
        store.close().await;
    }
}
