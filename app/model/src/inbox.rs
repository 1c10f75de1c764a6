//! What the inbox and the archive show.

use crate::contact::ContactRef;
use crate::mail_account::FolderRole;
use crate::message::{AttachmentMeta, Participant, Quarantine};
use crate::outgoing::Dispatch;
use crate::{Civil, ContactId, MailAccountId, MessageId, ThreadId};
use serde::{Deserialize, Serialize};

/// Where a message stands for its reader. One at a time; the store keeps it as a column, so each list is one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// `Postvak IN`
    #[default]
    Inbox,
    /// `Postvak UIT`: written here, and not gone yet.
    Outbox,
    /// `Verzonden items`
    Sent,
    /// `Afgerond`: gone from the inbox, kept in the archives.
    Finished,
    /// Put off: out of the inbox until its time, and back by itself.
    Snoozed,
    /// `SPAM`
    Spam,
    /// `Prullenbak`: in no archive, restorable.
    Trash,
    /// Filed elsewhere on the server (archived, drafts), or gone from it; only in archives.
    Elsewhere,
}

impl Place {
    pub const ALL: [Self; 8] =
        [Self::Inbox, Self::Outbox, Self::Sent, Self::Finished, Self::Snoozed, Self::Spam, Self::Trash, Self::Elsewhere];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Outbox => "outbox",
            Self::Sent => "sent",
            Self::Finished => "finished",
            Self::Snoozed => "snoozed",
            Self::Spam => "spam",
            Self::Trash => "trash",
            Self::Elsewhere => "elsewhere",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.as_str() == word)
    }

    /// The one rule for where a message stands: what its reader did comes before where the server has it.
    ///
    /// `folders` are the roles of the folders it lies in on the server; more than one where labels are used. What was written here
    /// lies in none until the server has it.
    pub fn of(folders: &[FolderRole], written: Option<Written>, finished: bool, deleted: bool, snoozed: bool) -> Self {
        let lies_in = |role| folders.contains(&role);
        let written = written.filter(|_| folders.is_empty());
        if deleted {
            Self::Trash
        } else if written == Some(Written::Waiting) {
            Self::Outbox
        } else if written == Some(Written::Sent) || (lies_in(FolderRole::Sent) && !lies_in(FolderRole::Inbox)) {
            Self::Sent
        } else if finished {
            Self::Finished
        } else if lies_in(FolderRole::Inbox) {
            if snoozed { Self::Snoozed } else { Self::Inbox }
        } else if lies_in(FolderRole::Spam) {
            Self::Spam
        } else if lies_in(FolderRole::Trash) {
            Self::Trash
        } else {
            Self::Elsewhere
        }
    }
}

/// A message that was written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It has not gone yet, as far as is known.
    Waiting,
    Sent,
}

impl Written {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent].into_iter().find(|written| written.as_str() == word)
    }
}

/// Which messages a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct MessageFilter {
    pub place: Place,
    /// One mailbox, or all of the user's.
    pub account: Option<MailAccountId>,
    pub show: Show,
    pub sort: Sort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    /// By the sender's address, newest first within one.
    Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Show {
    #[default]
    All,
    Unread,
    /// Linked to no contact.
    Unlinked,
    Highlighted,
    Private,
}

/// A row of the conversation list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: MessageId,
    pub account: MailAccountId,
    pub at: Civil,
    /// Sender of incoming, first recipient of outgoing mail.
    pub who: Participant,
    /// The linked contact that `who` is, when there is one.
    pub contact: Option<ContactRef>,
    pub subject: String,
    pub snippet: String,
    pub read: bool,
    pub answered: bool,
    pub outgoing: bool,
    pub attachments: bool,
    pub finished: bool,
    pub highlighted: bool,
    /// Only its owner sees it, whoever is linked.
    pub private: bool,
    /// Notes that colleagues left on it.
    pub notes: u32,
    /// When it comes back, while it is put off.
    pub snoozed_until: Option<Civil>,
    /// It was put off and is back: it stands above the rest until it is dealt with.
    pub returned: bool,
    pub quarantine: Option<Quarantine>,
}

/// Numbers beside the folders of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboxCounts {
    pub inbox: i64,
    pub unread: i64,
    pub snoozed: i64,
    pub spam: i64,
    /// What waits to go, or did not.
    pub outbox: i64,
    pub drafts: i64,
}

/// The reading pane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    pub row: MessageRow,
    pub place: Place,
    /// What became of it, where it was written here and that is worth a word.
    pub dispatch: Option<Dispatch>,
    /// The mailbox it came in by.
    pub mailbox: String,
    pub participants: Vec<Participant>,
    pub participants_left_out: u32,
    pub links: Vec<LinkedContact>,
    /// Addresses in it that are nobody's yet.
    pub unknown: Vec<Participant>,
    pub attachments: Vec<AttachmentMeta>,
    pub has_html: bool,
    pub size: u64,
}

/// The messages that belong together, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Absent: it stands alone still.
    pub thread: Option<ThreadId>,
    pub messages: Vec<MessageRow>,
    /// How many older ones are not listed.
    pub left_out: u32,
    /// The reader's own: he may take it apart.
    pub mine: bool,
}

/// What a split or a merge moved, and from where: enough to undo it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedMessages {
    pub messages: Vec<MessageId>,
    pub from: ThreadId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedContact {
    pub contact: ContactRef,
    /// Linked by hand rather than by address.
    pub by_hand: bool,
}

/// A sender who is in no card yet, on the way to one (INB-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownSender {
    pub message: MessageId,
    pub first_name: String,
    pub last_name: String,
    pub address: String,
    /// Companies that use the same mail domain: the sender may be their employee (CON-15).
    pub companies: Vec<ContactRef>,
}

/// `Communicatie` is by type; `Dossiers` by dossier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ArchiveShow {
    #[default]
    All,
    Incoming,
    Outgoing,
    WithAttachments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ArchiveFilter {
    pub contact: ContactId,
    pub show: ArchiveShow,
    /// Merge the employees' archives into that of the employer (CON-12).
    pub employees: bool,
}

/// One knot on the thread of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRow {
    pub message: MessageRow,
    /// Whose archive it comes from, where it is merged into that of an employer.
    pub of: ContactRef,
}

/// A live word from the ledger: something of this sort changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveChange {
    pub seq: i64,
    pub entity: Entity,
    pub id: uuid::Uuid,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    Contact,
    ContactType,
    Tag,
    Message,
    MailAccount,
    Folder,
    User,
    Preferences,
    /// The address book that a user's phones read, and the devices that do.
    PhoneSync,
    Task,
    Template,
    Draft,
    Sender,
}

impl Entity {
    pub const ALL: [Self; 13] = [
        Self::Contact,
        Self::ContactType,
        Self::Tag,
        Self::Message,
        Self::MailAccount,
        Self::Folder,
        Self::User,
        Self::Preferences,
        Self::PhoneSync,
        Self::Task,
        Self::Template,
        Self::Draft,
        Self::Sender,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::ContactType => "contact_type",
            Self::Tag => "tag",
            Self::Message => "message",
            Self::MailAccount => "mail_account",
            Self::Folder => "folder",
            Self::User => "user",
            Self::Preferences => "preferences",
            Self::PhoneSync => "phone_sync",
            Self::Task => "task",
            Self::Template => "template",
            Self::Draft => "draft",
            Self::Sender => "sender",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.as_str() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Changed,
    Removed,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Added, Self::Changed, Self::Removed].into_iter().find(|kind| kind.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FolderRole as F;

    /// [INB-03, INB-06] Finishing and deleting come before where the server has the message.
    #[test]
    fn place() {
        assert_eq!(Place::of(&[F::Inbox], None, false, false, false), Place::Inbox);
        assert_eq!(Place::of(&[F::Inbox], None, true, false, false), Place::Finished);
        assert_eq!(Place::of(&[F::Inbox], None, true, true, false), Place::Trash);
        assert_eq!(Place::of(&[F::Sent], None, false, false, false), Place::Sent);
        assert_eq!(Place::of(&[F::Sent, F::Inbox], None, false, false, false), Place::Inbox, "mail to oneself is read like any other");
        assert_eq!(Place::of(&[F::Trash], None, false, false, false), Place::Trash);
        assert_eq!(Place::of(&[F::Spam], None, false, false, false), Place::Spam);
        assert_eq!(Place::of(&[], None, false, false, false), Place::Elsewhere);
        assert_eq!(Place::of(&[F::Inbox], None, false, false, true), Place::Snoozed);
        assert_eq!(Place::of(&[F::Inbox], None, true, false, true), Place::Finished, "done with is done with");
        assert_eq!(Place::of(&[F::Spam], None, false, false, true), Place::Spam);
        assert_eq!(Place::of(&[], Some(Written::Waiting), false, false, false), Place::Outbox);
        assert_eq!(Place::of(&[], Some(Written::Sent), false, false, false), Place::Sent, "before the server's copy is seen");
        assert_eq!(Place::of(&[F::Inbox], Some(Written::Sent), false, false, false), Place::Inbox, "from then on the server's word counts");
    }
}
