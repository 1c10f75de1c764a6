//! Drafts and the outbox, as the store keeps them, and what the mail door makes of them.

use super::RawAt;
use crate::Result;
use async_trait::async_trait;
use model::mail_account::ServerSettings;
use model::message::Parsed;
use model::outgoing::{Action, DraftFile, DraftForm, Recipient, RecipientState, Refusal, SendFault, SendState};
use model::{DraftFileId, DraftId, MailAccountId, MessageId, Moment, UserId};

/// A letter before it is bytes.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// Without brackets. Fixed from here on: whatever is tried again bears the same.
    pub message_id: String,
    pub date: Moment,
    /// Of the writer's office, for the `Date` field.
    pub zone: String,
    pub from: Recipient,
    pub to: Vec<Recipient>,
    pub cc: Vec<Recipient>,
    /// They stand in no header.
    pub bcc: Vec<Recipient>,
    pub subject: String,
    pub html: String,
    pub files: Vec<Enclosed>,
    /// Message-IDs without brackets, oldest first; the last is what it answers.
    pub references: Vec<String>,
    /// The answer to a meeting (RFC 6047), beside the text. Absent: it is none.
    pub calendar: Option<String>,
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosed {
    pub name: String,
    pub mime: String,
    pub bytes: Vec<u8>,
}

/// A letter as it goes: built once, and never anew.
#[derive(Clone, Debug)]
pub struct Built {
    pub bytes: Vec<u8>,
    /// As reading it gives back.
    pub parsed: Parsed,
}

/// A message as an answer needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotable {
    /// Safe HTML to stand within a quotation, its own pictures in it as `data:`.
    pub html: String,
    /// What it answers itself, oldest first, without brackets; its own Message-ID is the last.
    pub references: Vec<String>,
    /// Its attachments, when they go along. Pictures of its text are not among them.
    pub files: Vec<Enclosed>,
}

/// A draft as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    pub id: DraftId,
    pub owner: UserId,
    pub action: Action,
    pub answers: Option<MessageId>,
    pub form: DraftForm,
    /// What the template gave: whatever else stands in the text was typed.
    pub begun: String,
    pub version: i64,
    pub changed_at: Moment,
    /// What it was sent as: it is kept until that has gone, and can be had back until it goes.
    pub sent_as: Option<MessageId>,
    pub removed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFileRow {
    pub draft: DraftId,
    pub file: DraftFile,
    pub at: RawAt,
    pub removed: bool,
}

#[async_trait]
pub trait Drafts {
    async fn add_draft(&mut self, row: &DraftRow) -> Result<()>;
    async fn find_draft(&mut self, id: DraftId) -> Result<Option<DraftRow>>;
    /// Neither sent nor removed; the last changed first.
    async fn list_drafts(&mut self, owner: UserId, limit: i64) -> Result<Vec<DraftRow>>;
    async fn count_drafts(&mut self, owner: UserId) -> Result<i64>;
    /// If this is still the version; answers the next. `None`: it was saved elsewhere meanwhile.
    async fn put_draft(&mut self, id: DraftId, version: i64, form: &DraftForm, begun: &str) -> Result<Option<i64>>;
    /// Out of view (`true`), or back.
    async fn set_draft_removed(&mut self, id: DraftId, removed: bool) -> Result<()>;
    async fn set_draft_sent(&mut self, id: DraftId, message: Option<MessageId>) -> Result<()>;
    /// The draft that became this message.
    async fn draft_of(&mut self, message: MessageId) -> Result<Option<DraftId>>;
    /// For good, with its files.
    async fn destroy_draft(&mut self, id: DraftId) -> Result<()>;
    /// Removed at `before` or earlier, or sent as a message that is gone itself: gone for good.
    async fn destroy_drafts(&mut self, before: Moment) -> Result<()>;

    /// In the order they were added. Not removed ones.
    async fn list_draft_files(&mut self, draft: DraftId) -> Result<Vec<DraftFileRow>>;
    async fn find_draft_file(&mut self, id: DraftFileId) -> Result<Option<DraftFileRow>>;
    async fn add_draft_file(&mut self, row: &DraftFileRow) -> Result<()>;
    async fn set_draft_file_removed(&mut self, id: DraftFileId, removed: bool) -> Result<()>;
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    pub message: MessageId,
    pub account: MailAccountId,
    pub state: SendState,
    /// When it goes, or is tried again.
    pub due_at: Moment,
    pub attempts: i64,
    pub fault: Option<SendFault>,
    /// Its last byte may have gone: set before it does.
    pub handed_over: bool,
}

#[async_trait]
pub trait Outbox {
    /// With its recipients, all of them waiting.
    async fn add_to_outbox(&mut self, row: &OutboxRow, recipients: &[String]) -> Result<()>;
    async fn find_in_outbox(&mut self, message: MessageId) -> Result<Option<OutboxRow>>;
    /// The message stands where its state says.
    async fn put_in_outbox(&mut self, row: &OutboxRow) -> Result<()>;
    /// With its message, for good: it never went.
    async fn unsend(&mut self, message: MessageId) -> Result<()>;
    /// Waiting and due, the longest due first; of none of these accounts.
    async fn due_in_outbox(&mut self, now: Moment, busy: &[MailAccountId]) -> Result<Option<OutboxRow>>;
    /// When the next one is due that waits.
    async fn next_in_outbox(&mut self, busy: &[MailAccountId]) -> Result<Option<Moment>>;
    /// Those that were being handed over when the node ended that did it.
    async fn left_in_outbox(&mut self) -> Result<Vec<OutboxRow>>;
    /// In the order of the letter.
    async fn outbox_recipients(&mut self, message: MessageId) -> Result<Vec<(String, RecipientState, String)>>;
    async fn set_recipient(&mut self, message: MessageId, address: &str, state: RecipientState, said: &str) -> Result<()>;
    /// Whether a folder of the server has the message.
    async fn is_on_server(&mut self, message: MessageId) -> Result<bool>;

    async fn sending_server(&mut self, account: MailAccountId) -> Result<Option<ServerSettings>>;
    async fn set_sending_server(&mut self, account: MailAccountId, server: &ServerSettings) -> Result<()>;
    /// It was answered: shown so here at once.
    async fn set_answered(&mut self, message: MessageId) -> Result<()>;
}

/// A message that is to be handed over now, with all that takes.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub message: MessageId,
    pub account: MailAccountId,
    /// The envelope's sender (`MAIL FROM`).
    pub from: String,
    /// Those who have not had it yet.
    pub recipients: Vec<String>,
    pub bytes: Vec<u8>,
    pub server: ServerSettings,
}

/// What came of handing a parcel over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// The server has it for them.
    pub accepted: Vec<String>,
    /// It will never have it for them.
    pub refused: Vec<Refusal>,
    /// Everybody else is tried again, or not, for this reason.
    pub fault: Option<SendFault>,
}
