//! Letters on their way out: what is being written, and what became of what was sent.

use crate::contact::ContactRef;
use crate::mail_account::{Diagnosis, ServerSettings};
use crate::nature::Undelivered;
use crate::template::TemplateAction;
use crate::{Civil, ContactId, DraftFileId, DraftId, Invalid, MailAccountId, MessageId, Problem, SenderId, TemplateId, fold};
use serde::{Deserialize, Serialize};

/// A letter waits this long before it goes, so that its writer can take it back.
pub const UNDO_SECONDS: i64 = 10;
/// Of one letter, over all three fields. Who writes to more people wants a newsletter.
pub const MOST_RECIPIENTS: usize = 200;
/// All files of one letter together.
pub const MOST_FILES: i64 = 25 * 1024 * 1024;
/// Text and pasted pictures of one letter, as HTML.
pub const MOST_TEXT: usize = 8 * 1024 * 1024;

/// How a letter begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    #[default]
    New,
    Reply,
    ReplyAll,
    Forward,
}

impl Action {
    pub const ALL: [Self; 4] = [Self::New, Self::Reply, Self::ReplyAll, Self::Forward];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reply => "reply",
            Self::ReplyAll => "reply_all",
            Self::Forward => "forward",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }

    /// The action type whose template it begins with.
    pub fn template(self) -> TemplateAction {
        match self {
            Self::New => TemplateAction::New,
            Self::Reply | Self::ReplyAll => TemplateAction::Reply,
            Self::Forward => TemplateAction::Forward,
        }
    }
}

/// Somebody a letter goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recipient {
    /// Empty: only the address is known.
    #[serde(default)]
    pub name: String,
    pub address: String,
}

impl Recipient {
    pub fn key(&self) -> String {
        fold::email_key(&self.address)
    }
}

/// What somebody typed or pasted at `Aan`: addresses with or without names, apart by commas, semicolons or lines.
/// Answers what could be read, and what is none.
pub fn read_recipients(typed: &str) -> (Vec<Recipient>, Vec<String>) {
    let mut read = Vec::new();
    let mut wrong = Vec::new();
    for piece in pieces(typed) {
        let piece = piece.trim();
        if piece.is_empty() {
            continue;
        }
        let (name, address) = match piece.rsplit_once('<') {
            Some((name, rest)) => (name, rest.trim_end().trim_end_matches('>')),
            None => ("", piece),
        };
        let name = fold::one_line(name.trim().trim_matches(['"', '\'']));
        let address = address.trim();
        if fold::is_email_address(address) {
            read.push(Recipient { name, address: address.to_owned() });
        } else {
            wrong.push(piece.to_owned());
        }
    }
    (read, wrong)
}

/// Apart at commas, semicolons and lines, but not within quotes: "Vries, Jan de" <jan@vries.example>.
fn pieces(typed: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut quoted = false;
    for c in typed.chars() {
        match c {
            '"' => quoted = !quoted,
            '\n' | '\r' => quoted = false,
            _ => {}
        }
        if matches!(c, '\n' | '\r') || (!quoted && matches!(c, ',' | ';')) {
            pieces.push(String::new());
        } else if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

/// A letter as its writer has it before him. Autosaved, so anything may be missing still.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftForm {
    /// `Van`: the mailbox that it goes out through.
    pub sender: Option<MailAccountId>,
    /// The sender address that it goes from. Absent: the mailbox's own.
    #[serde(default)]
    pub alias: Option<SenderId>,
    pub to: Vec<Recipient>,
    pub cc: Vec<Recipient>,
    pub bcc: Vec<Recipient>,
    /// `Relatie`: linked, and never written to.
    pub contacts: Vec<ContactId>,
    pub template: Option<TemplateId>,
    pub subject: String,
    pub html: String,
}

impl DraftForm {
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// What keeps it from being kept.
    pub fn too_much(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if self.html.len() > MOST_TEXT {
            found.push(Invalid::new("html", Problem::TooBig(u16::try_from(MOST_TEXT >> 20).unwrap_or(u16::MAX))));
        }
        if self.recipients().count() > MOST_RECIPIENTS {
            found.push(Invalid::new("to", Problem::TooManyRecipients(u16::try_from(MOST_RECIPIENTS).unwrap_or(u16::MAX))));
        }
        if self.subject.chars().count() > 500 {
            found.push(Invalid::new("subject", Problem::TooLong(500)));
        }
        found
    }

    /// What keeps it from being sent.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = self.too_much();
        if self.sender.is_none() {
            found.push(Invalid::new("sender", Problem::Missing));
        }
        if self.recipients().next().is_none() {
            found.push(Invalid::new("to", Problem::NoRecipient));
        }
        for (field, list) in [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)] {
            if list.iter().any(|one| !fold::is_email_address(&one.address)) {
                found.push(Invalid::new(field, Problem::NotAnEmailAddress));
            }
        }
        found
    }
}

/// A draft opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub id: DraftId,
    /// Who saves says which one he began with.
    pub version: i64,
    pub action: Action,
    /// What it answers, or forwards.
    pub answers: Option<MessageId>,
    pub form: DraftForm,
    /// Those of `form.contacts` that are there still.
    pub contacts: Vec<ContactRef>,
    pub files: Vec<DraftFile>,
    /// What stands between guillemets and is no field, or has no value yet.
    pub unknown: Vec<String>,
}

/// A draft in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftLine {
    pub id: DraftId,
    pub to: Vec<Recipient>,
    pub subject: String,
    pub changed: Civil,
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftFile {
    pub id: DraftFileId,
    pub name: String,
    pub mime: String,
    pub size: i64,
}

/// A file in the archive of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactFile {
    pub message: MessageId,
    pub part: u32,
    pub name: String,
    pub size: u64,
    /// Of its message.
    pub at: Civil,
}

/// What became of saving.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    pub version: i64,
    /// As `Draft::unknown`.
    pub unknown: Vec<String>,
}

/// A choice of the field `Van`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub account: MailAccountId,
    /// Absent: the mailbox's own address.
    pub alias: Option<SenderId>,
    pub name: String,
    pub address: String,
}

/// Somebody who may be meant by what was typed at `Aan`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub contact: ContactRef,
    pub address: String,
}

/// A contact in the address book of a letter: one that can be written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEntry {
    pub contact: ContactRef,
    /// As `ContactRow::sub`.
    pub sub: String,
    /// At least one, in the order of the card.
    pub addresses: Vec<BookAddress>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookAddress {
    /// May be empty.
    pub label: String,
    pub address: String,
}

/// What is quoted below an answer, for whoever words the line above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedHead {
    pub at: Civil,
    pub from: Recipient,
    pub to: Vec<Recipient>,
    pub subject: String,
    pub forward: bool,
}

/// How far a message has come that was written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// It waits for its time: the seconds to take it back, the hour it was put off to, or the next try.
    Waiting,
    /// It is being handed over now.
    Sending,
    /// The mail server took it, for everybody it would take it for.
    Sent,
    /// The connection broke at the last byte: it went, or it did not. Only the mailbox or its writer can tell.
    Unknown,
    /// It did not go, and is not tried again by itself.
    Failed,
}

impl SendState {
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Sent, Self::Unknown, Self::Failed];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Why a message did not go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendFault {
    /// The outgoing server could not be reached, or did not let us in.
    Server(Diagnosis),
    /// It took the letter for none of its recipients, or would not have the letter. In its words.
    Refused(String),
    /// Larger than it takes. In its words.
    TooLarge(String),
    /// Not now: it is busy, full, or wants us to wait. In its words.
    Later(String),
    /// Whether it took the letter is not known.
    Cut,
}

/// What the server said of one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientState {
    Waiting,
    Accepted,
    Refused,
}

impl RecipientState {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Accepted, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What became of a message that was written here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    pub state: SendState,
    /// When it goes, or is tried again, while it waits.
    pub due: Option<Civil>,
    /// Tries there were.
    pub attempts: u32,
    pub fault: Option<SendFault>,
    pub refused: Vec<Refusal>,
    /// Whom it did not reach after all, as a later report has it.
    pub undelivered: Vec<Undelivered>,
    /// It has not begun to go: it can be had back and changed.
    pub can_take_back: bool,
}

/// A recipient that the server would not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub address: String,
    /// In the server's words.
    pub said: String,
}

/// The outgoing server of a mailbox, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendingServer {
    pub settings: ServerSettings,
    /// Its owner said so; otherwise it is what the address suggests.
    pub chosen: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CMP-11] What people paste at `Aan`.
    #[test]
    fn recipients_are_read() {
        let (read, wrong) =
            read_recipients("jan@vries.example; \"Vries, Jan de\" <jan@devries.example>,\nPiet Bakker <piet@bakker.example>, geen adres;");
        let read: Vec<_> = read.iter().map(|one| (one.name.as_str(), one.address.as_str())).collect();
        assert_eq!(read, [("", "jan@vries.example"), ("Vries, Jan de", "jan@devries.example"), ("Piet Bakker", "piet@bakker.example")]);
        assert_eq!(wrong, ["geen adres"]);
    }

    /// [CMP-11] A name cannot bring another header along.
    #[test]
    fn names_are_one_line() {
        let (read, wrong) = read_recipients("Jan\u{0}\tde Vries <jan@vries.example>");
        assert_eq!(read, [Recipient { name: "Jan de Vries".into(), address: "jan@vries.example".into() }]);
        assert!(wrong.is_empty());
        let (read, wrong) = read_recipients("Jan\r\nBcc: x@y.example <jan@vries.example>");
        assert_eq!((read.len(), wrong.len()), (1, 1), "{read:?} {wrong:?}");
    }

    /// [CMP-17] All that keeps a letter from being sent is told at once.
    #[test]
    fn problems_are_told_at_once() {
        let form = DraftForm { subject: "x".repeat(501), ..DraftForm::default() };
        let fields: Vec<_> = form.problems().into_iter().map(|invalid| invalid.field).collect();
        assert_eq!(fields, ["subject", "sender", "to"]);
        let many = vec![Recipient { name: String::new(), address: "a@b.example".into() }; MOST_RECIPIENTS + 1];
        let form = DraftForm { sender: Some(MailAccountId(uuid::Uuid::nil())), bcc: many, ..DraftForm::default() };
        assert_eq!(form.problems(), [Invalid::new("to", Problem::TooManyRecipients(200))]);
    }
}
