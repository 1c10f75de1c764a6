//! What the verbs need of the world: a store, blobs, a clock, dice, a post office. Doors and `main` bring them.
//!
//! Conventions of the store's ports: `find_*` answers `None` when there is nothing; `list_*` answers rows in a stated
//! order; a write appends to the ledger of changes by itself, in the same transaction, in the name of the actor the
//! transaction was opened for. Lists ordered "newest first" are ordered by `(at DESC, id DESC)`.

mod bounces;
mod carddav;
mod clean;
mod meetings;
mod outgoing;
mod senders;
mod sign_in;
mod templates;
mod work;

pub use bounces::{BounceRow, Bounces};
pub use carddav::{BookRow, CardRow, Cards, CardsAsked, DeviceMark, DevicePasswordRow, DevicePasswords, DeviceRow, WrittenRow};
pub use clean::{Clean, RemovedRow};
pub use meetings::{AnswerRow, Meeting, Meetings};
pub use outgoing::{Built, DraftFileRow, DraftRow, Drafts, Enclosed, Handed, Letterhead, Outbox, OutboxRow, Parcel, Quotable};
pub use senders::{SenderRow, Senders};
pub use sign_in::{Issuers, SignInErrand, SignInRow, SignIns, Tokens};
pub use templates::{Profiles, TemplateFileRow, TemplateRecord, TemplateVersionRow, Templates};
pub use work::{ActRow, Acted, NoteRow, TaskRow, TasksOf, Work};

use crate::{CompanyKey, Error, Pass, Result};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use model::contact::{
    Address, AddressForm, Contact, ContactFilter, ContactKind, ContactRef, ContactType, Detail, DetailForm, DetailKind, Employee,
    StandardType, Tag, TagUse,
};
use model::inbox::{ArchiveFilter, InboxCounts, LiveChange, MessageFilter, Place};
use model::mail_account::{AccountKind, Diagnosis, FolderRole, ServerSettings};
use model::message::{AttachmentMeta, Flags, Parsed, Participant, Quarantine};
use model::nature::Answer;
use model::outgoing::Recipient;
use model::preferences::Preferences;
use model::search::{Older, Phrase};
use model::sender::DomainRecords;
use model::sign_in::Issuer;
use model::{
    AddressId, CompanyId, ContactId, ContactTypeId, Cursor, DetailId, FolderId, MailAccountId, MessageId, Moment, PackId, Role, TagId,
    ThreadId, UserId,
};
use std::sync::Arc;
use uuid::Uuid;

// ---------------------------------------------------------------------------------------------------------------
// The world outside the database

/// Now. A parameter, so that tests stand still.
pub trait Clock: Send + Sync {
    fn now(&self) -> Moment;
    /// The moment on the wall of an office in this IANA zone (UTC when the zone is unknown).
    fn civil(&self, at: Moment, zone: &str) -> model::Civil;
    /// The moment when the wall of an office in this zone shows this hour of this day; here, of an office that lives by UTC.
    fn on_the_wall(&self, day: model::Day, hour: u8, zone: &str) -> Moment {
        _ = zone;
        Moment::from_seconds(day.days() * 86_400 + i64::from(hour) * 3600)
    }
    /// Whether this is a zone the machine knows.
    fn knows_zone(&self, zone: &str) -> bool;
}

/// Randomness: ids, tokens, nonces.
pub trait Dice: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// Sealed bytes that lie outside the database. Names are content addresses, so writing twice is harmless.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Durable when it returns.
    async fn put(&self, company: CompanyId, name: &str, bytes: Bytes) -> Result<()>;
    async fn read(&self, company: CompanyId, name: &str, offset: u64, len: u64) -> Result<Bytes>;
    /// For good. One that is not there is gone already.
    async fn remove(&self, company: CompanyId, name: &str) -> Result<()>;
    async fn remove_company(&self, company: CompanyId) -> Result<()>;
}

/// A letter the system itself sends: a reset link, a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub name: String,
    pub language: model::registration::Language,
    pub about: LetterAbout,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterAbout {
    /// One-time link to a new password.
    PasswordReset {
        token: String,
    },
    PasswordChanged,
    /// How to set up a phone, sent when synchronisation was switched on (DAV-02).
    PhoneSync {
        /// What to type at "user name".
        user_name: String,
    },
    /// All that is wanted of a mailbox has come in (SYN-05).
    MailFetched {
        address: String,
        messages: i64,
    },
    /// A mailbox fetches nothing any more until its owner acts.
    MailAccountStopped {
        account: MailAccountId,
        address: String,
        diagnosis: Diagnosis,
    },
}

/// Sends the system's own letters. Words and links are its business.
#[async_trait]
pub trait PostOffice: Send + Sync {
    async fn send(&self, letter: Letter) -> Result<()>;
}

/// What the mail door does when a user asks for it. Implemented by `mail`.
#[async_trait]
pub trait Mailroom: Send + Sync {
    /// Looks up settings where they are absent and tries them; the steps are followed with `follow`. Where nothing opens the mailbox,
    /// that is all it finds.
    fn start_check(
        &self,
        check: model::CheckId,
        address: String,
        pass: std::result::Result<Pass, Diagnosis>,
        server: Option<ServerSettings>,
    );
    /// Answers when the check is newer than `seen`, or at once when it is over. `None`: no such check.
    async fn follow(&self, check: model::CheckId, seen: u32) -> Option<model::mail_account::Check>;
    /// An account was added, changed, removed, or is to be looked at now.
    fn wake(&self, company: CompanyId, account: MailAccountId);
    /// A user did something the server of this account is to be told.
    fn errands(&self, company: CompanyId, account: MailAccountId);
    /// HTML that a user wrote or pasted, without what runs, asks or hides; tables, styles and merge fields stay.
    /// `None`: too crooked to be made safe, or there is nobody here who can tell.
    async fn safe_html(&self, html: String) -> Option<String> {
        _ = html;
        None
    }
    /// The letter as bytes, and as they read.
    async fn build(&self, letter: Letterhead) -> Result<Built>;
    /// A raw message, made fit to be quoted; with its attachments where they are wanted.
    async fn quotable(&self, raw: Vec<u8>, files: bool) -> Quotable;
    /// One attachment of a raw message.
    async fn enclosed(&self, raw: Vec<u8>, part: u32) -> Option<Enclosed>;
    /// The meeting that a raw message asks somebody to answer about; `zone` is that of the reader's office.
    async fn meeting(&self, raw: Vec<u8>, zone: &str) -> Option<Meeting> {
        _ = (raw, zone);
        None
    }
    /// The answer to it, for the program in which the organizer keeps his calendar.
    async fn meeting_answer(&self, raw: Vec<u8>, from: Recipient, answer: Answer, at: Moment) -> Option<String> {
        _ = (raw, from, answer, at);
        None
    }
    /// Connects and logs in, and sends nothing.
    async fn try_sending(&self, server: &ServerSettings, pass: &Pass) -> std::result::Result<(), Diagnosis>;
    /// Whether letters can go from and to this address: there are some that no server takes.
    fn takes(&self, address: &str) -> bool {
        _ = address;
        true
    }
    /// Hands a letter to its server at once, and answers what came of it. The outbox knows nothing of it.
    async fn hand_over(&self, parcel: &Parcel, pass: &Pass) -> Result<Handed> {
        _ = (parcel, pass);
        Err(Error::bug("Nobody here hands letters over"))
    }
    /// What DNS says of letters from this domain that go out through this server. `None`: it is no domain, or nobody here can tell.
    async fn domain_records(&self, domain: &str, outgoing: &str) -> Option<DomainRecords> {
        _ = (domain, outgoing);
        None
    }
    /// The outgoing server that belongs to this address, as far as that can be told without asking anybody.
    fn guess_sending(&self, address: &str, incoming: &ServerSettings) -> ServerSettings;
    /// The incoming server of mailboxes that this provider lets into. `None`: there is nobody here who can tell.
    fn guess_incoming(&self, issuer: Issuer, address: &str) -> Option<ServerSettings> {
        _ = (issuer, address);
        None
    }
    /// Something waits to be sent.
    fn posted(&self, company: CompanyId);
}

// ---------------------------------------------------------------------------------------------------------------
// The store

#[async_trait]
pub trait Store: Send + Sync {
    /// A transaction on the directory. SQLite begins it immediate.
    async fn directory(&self) -> Result<Box<dyn Directory>>;
    /// Opens the database of a company, or makes it when it is not there; brings its schema up to date.
    /// Refused with `Error::WrongKey` when the key does not fit.
    async fn company(&self, id: CompanyId, key: &CompanyKey) -> Result<Arc<dyn Company>>;
    /// Removes the database of a company for good.
    async fn remove_company(&self, id: CompanyId) -> Result<()>;
    /// Writes everything out and closes.
    async fn close(&self);
}

/// A row of `companies`. The key is wrapped by the master key.
#[derive(Clone, Debug)]
pub struct CompanyRow {
    pub id: CompanyId,
    pub name: String,
    pub wrapped_key: Vec<u8>,
    pub created_at: Moment,
}

/// A login. The address is unique over all companies.
#[derive(Clone, Debug)]
pub struct Login {
    pub email_key: String,
    pub email: String,
    pub password_hash: String,
    pub company: CompanyId,
    pub user: UserId,
}

#[derive(Clone, Debug)]
pub struct SessionRow {
    /// SHA-256 of the cookie's token.
    pub token_hash: Vec<u8>,
    pub company: CompanyId,
    pub user: UserId,
    pub created_at: Moment,
    pub seen_at: Moment,
    pub expires_at: Moment,
}

#[derive(Clone, Debug)]
pub struct ResetRow {
    pub token_hash: Vec<u8>,
    pub email_key: String,
    pub expires_at: Moment,
}

/// Logins, sessions, one-time links, companies and their leases. Dropping it without `commit` undoes it.
#[async_trait]
pub trait Directory: DevicePasswords + Send {
    async fn add_company(&mut self, row: &CompanyRow) -> Result<()>;
    async fn find_company(&mut self, id: CompanyId) -> Result<Option<CompanyRow>>;
    /// By id, oldest first.
    async fn list_companies(&mut self) -> Result<Vec<CompanyRow>>;
    /// With all its logins, sessions and links.
    async fn remove_company(&mut self, id: CompanyId) -> Result<()>;

    /// `Error::Conflict("logins.email_key")` when the address is in use.
    async fn add_login(&mut self, login: &Login, at: Moment) -> Result<()>;
    async fn find_login(&mut self, email_key: &str) -> Result<Option<Login>>;
    async fn set_password(&mut self, email_key: &str, hash: &str) -> Result<()>;

    async fn add_session(&mut self, row: &SessionRow) -> Result<()>;
    async fn find_session(&mut self, token_hash: &[u8]) -> Result<Option<SessionRow>>;
    async fn touch_session(&mut self, token_hash: &[u8], seen_at: Moment, expires_at: Moment) -> Result<()>;
    async fn remove_session(&mut self, token_hash: &[u8]) -> Result<()>;
    /// Logs a user out everywhere.
    async fn remove_sessions_of(&mut self, user: UserId) -> Result<()>;
    async fn remove_expired(&mut self, now: Moment) -> Result<()>;

    /// Replaces an earlier link of the same address.
    async fn put_reset(&mut self, row: &ResetRow) -> Result<()>;
    async fn find_reset(&mut self, token_hash: &[u8]) -> Result<Option<ResetRow>>;
    async fn remove_reset(&mut self, email_key: &str) -> Result<()>;

    /// Counts one more attempt under this key in the window that began at `since` or later, and answers how many there
    /// were in it, this one included. An older window starts anew at `now`.
    async fn count_attempt(&mut self, key: &str, now: Moment, since: Moment) -> Result<i64>;
    async fn forget_attempts(&mut self, key: &str) -> Result<()>;

    /// Takes the lease of a company when nobody holds it, it has ended, or this node holds it already.
    /// Answers the fence: it grows with every change of hands.
    async fn take_lease(&mut self, company: CompanyId, node: &str, now: Moment, until: Moment) -> Result<Option<i64>>;
    async fn release_lease(&mut self, company: CompanyId, node: &str) -> Result<()>;

    async fn commit(self: Box<Self>) -> Result<()>;
}

/// One company's database.
#[async_trait]
pub trait Company: Send + Sync {
    async fn read(&self) -> Result<Box<dyn Tx>>;
    /// A writing transaction, in the name of this user (`None`: the system).
    async fn write(&self, actor: Option<UserId>, at: Moment) -> Result<Box<dyn Tx>>;
    /// The highest sequence number of the ledger, each time it has grown. Only a hint to read the ledger.
    fn wakes(&self) -> BoxStream<'static, i64>;
}

/// A transaction on one company's database. Dropping it without `commit` undoes it.
pub trait Tx:
    Users
    + Contacts
    + Tags
    + MailAccounts
    + SignIns
    + Folders
    + Errands
    + Messages
    + Threads
    + Archive
    + Cards
    + Clean
    + Work
    + Templates
    + Profiles
    + Drafts
    + Senders
    + Outbox
    + Bounces
    + Meetings
    + Search
    + Ledger
    + Send
{
}
impl<
    T: Users
        + Contacts
        + Tags
        + MailAccounts
        + SignIns
        + Folders
        + Errands
        + Messages
        + Threads
        + Archive
        + Cards
        + Clean
        + Work
        + Templates
        + Profiles
        + Drafts
        + Senders
        + Outbox
        + Bounces
        + Meetings
        + Search
        + Ledger
        + Send,
> Tx for T
{
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub id: UserId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub role: Role,
}

#[async_trait]
pub trait Users {
    async fn add_user(&mut self, row: &UserRow) -> Result<()>;
    async fn find_user(&mut self, id: UserId) -> Result<Option<UserRow>>;
    async fn list_users(&mut self) -> Result<Vec<UserRow>>;
    /// The company's name and preferences; defaults before they were ever set.
    async fn preferences(&mut self) -> Result<(String, Preferences)>;
    async fn put_preferences(&mut self, company: &str, preferences: &Preferences) -> Result<()>;
}

/// A contact of the list, before its moment is put on the office wall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactListRow {
    pub id: ContactId,
    pub kind: ContactKind,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    /// The employer's name, where one is linked.
    pub employer: Option<String>,
    pub city: Option<String>,
    pub active: bool,
    pub last_at: Moment,
    pub unread: bool,
}

#[async_trait]
pub trait Contacts {
    async fn add_contact(&mut self, contact: &Contact, at: Moment) -> Result<()>;
    /// Everything but its lists; also one that is in the bin.
    async fn find_contact(&mut self, id: ContactId) -> Result<Option<Contact>>;
    /// When it was put in the bin, if it is.
    async fn contact_deleted_at(&mut self, id: ContactId) -> Result<Option<Moment>>;
    async fn put_contact(&mut self, contact: &Contact) -> Result<()>;
    /// Into the bin (`Some`) or out of it. A binned contact is in no list and gets no links; its archive is kept.
    async fn set_contact_deleted(&mut self, id: ContactId, at: Option<Moment>) -> Result<()>;
    /// Ranked on the latest interaction, newest first. `limit` rows after the cursor.
    async fn list_contacts(&mut self, filter: &ContactFilter, after: Option<Cursor>, limit: i64) -> Result<Vec<ContactListRow>>;
    async fn count_contacts(&mut self, filter: &ContactFilter) -> Result<i64>;
    /// Those of `list_contacts` that have an e-mail address, each with its label and all of them in the order of the card.
    async fn list_addressees(
        &mut self,
        filter: &ContactFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<(ContactListRow, Vec<Detail>)>>;
    /// By name. Not those in the bin.
    async fn list_employees(&mut self, employer: ContactId) -> Result<Vec<Employee>>;
    async fn contact_ref(&mut self, id: ContactId) -> Result<Option<ContactRef>>;
    /// Contacts not in the bin that have this e-mail key.
    async fn contacts_by_email(&mut self, email_key: &str) -> Result<Vec<ContactRef>>;
    /// Companies of which a card, or an employee's card, has an address in this mail domain.
    async fn companies_by_domain(&mut self, domain: &str) -> Result<Vec<ContactRef>>;

    /// In the order they were added.
    async fn list_details(&mut self, contact: ContactId) -> Result<Vec<Detail>>;
    async fn find_detail(&mut self, id: DetailId) -> Result<Option<(ContactId, Detail)>>;
    /// `value` and `key` come from `DetailKind::read`.
    async fn put_detail(&mut self, contact: ContactId, id: DetailId, form: &DetailForm, key: &str) -> Result<()>;
    async fn remove_detail(&mut self, id: DetailId) -> Result<()>;
    async fn detail_exists(&mut self, contact: ContactId, kind: DetailKind, key: &str) -> Result<bool>;

    async fn list_addresses(&mut self, contact: ContactId) -> Result<Vec<Address>>;
    async fn find_address(&mut self, id: AddressId) -> Result<Option<(ContactId, Address)>>;
    async fn put_address(&mut self, contact: ContactId, id: AddressId, form: &AddressForm) -> Result<()>;
    async fn remove_address(&mut self, id: AddressId) -> Result<()>;

    /// In their own order.
    async fn list_contact_types(&mut self) -> Result<Vec<ContactType>>;
    async fn add_contact_type(&mut self, id: ContactTypeId, key: Option<StandardType>, name: &str) -> Result<()>;
    async fn rename_contact_type(&mut self, id: ContactTypeId, name: &str) -> Result<()>;
    /// `Error::Conflict("contacts.type_id")` while contacts have it.
    async fn remove_contact_type(&mut self, id: ContactTypeId) -> Result<()>;
}

#[async_trait]
pub trait Tags {
    async fn list_tags(&mut self) -> Result<Vec<TagUse>>;
    async fn tags_of(&mut self, contact: ContactId) -> Result<Vec<Tag>>;
    /// The tag of this name, whatever its case and accents; made with this id when there is none.
    async fn tag_named(&mut self, id: TagId, name: &str) -> Result<Tag>;
    async fn find_tag(&mut self, id: TagId) -> Result<Option<Tag>>;
    async fn rename_tag(&mut self, id: TagId, name: &str) -> Result<()>;
    async fn remove_tag(&mut self, id: TagId) -> Result<()>;
    async fn tag_contact(&mut self, contact: ContactId, tag: TagId) -> Result<()>;
    async fn untag_contact(&mut self, contact: ContactId, tag: TagId) -> Result<()>;
}

/// An account as stored. The password is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    pub id: MailAccountId,
    pub owner: UserId,
    pub kind: AccountKind,
    pub address: String,
    pub server: ServerSettings,
    pub sealed_password: Vec<u8>,
    /// Who lets in, in place of the password; what with is a matter of `SignIns`.
    pub issuer: Option<Issuer>,
    /// Set by the first success with these settings.
    pub connected: bool,
    pub diagnosis: Option<Diagnosis>,
    pub last_ok_at: Option<Moment>,
    /// When it is tried again while it is broken. Absent: it works, or waits for its owner.
    pub next_try_at: Option<Moment>,
    /// When its owner was written to about what is wrong now. Absent: not, or nothing is.
    pub noticed_at: Option<Moment>,
}

#[async_trait]
pub trait MailAccounts {
    /// Adds or replaces.
    async fn put_mail_account(&mut self, row: &AccountRow) -> Result<()>;
    async fn find_mail_account(&mut self, id: MailAccountId) -> Result<Option<AccountRow>>;
    /// Of one user, or of all; in the order they were added.
    async fn list_mail_accounts(&mut self, owner: Option<UserId>) -> Result<Vec<AccountRow>>;
    /// With its folders and their locations. Its messages stay: they are the archives of contacts.
    async fn remove_mail_account(&mut self, id: MailAccountId) -> Result<()>;
    /// Counts bytes fetched on this day (days since 1970); another day begins at nothing.
    async fn spend(&mut self, id: MailAccountId, day: i64, bytes: i64) -> Result<()>;
    async fn spent(&mut self, id: MailAccountId, day: i64) -> Result<i64>;
}

/// How far one folder has come (mail.md §1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderRow {
    pub id: FolderId,
    pub account: MailAccountId,
    /// As the server spells it (modified UTF-7 and all): the key.
    pub raw_name: String,
    pub name: String,
    pub role: FolderRole,
    /// 0: not known yet.
    pub uid_validity: i64,
    /// Everything below was seen, except what waits in the retry list.
    pub uid_next: i64,
    /// The first fetch goes downwards from `uid_next`; everything from here on up is done. 1 when it is complete.
    pub lowest_done: i64,
    pub highest_modseq: Option<i64>,
    /// Messages on the server at the last look.
    pub total: i64,
    pub last_scan_at: Option<Moment>,
    /// The fetch that goes downwards ends here, for everything below was here before it began. Above 1 only after a long pause.
    pub floor: i64,
    /// Messages older than this were left out (EDI-03). Absent: none were.
    pub since: Option<Moment>,
    /// How many messages of the server were left out for that reason.
    pub left_out: i64,
    /// Its owner asked for all of it to be looked at anew. `put_folder` leaves it as it is.
    pub resync: bool,
    /// Its role was given by hand. `put_folder` leaves it as it is.
    pub chosen: bool,
}

impl FolderRow {
    /// Whether everything that is wanted of this folder was fetched once.
    pub fn is_complete(&self) -> bool {
        self.uid_validity != 0 && self.lowest_done == 1
    }

    /// Whether this UID was handled before: what is not here now is gone, or was left out.
    pub fn is_done(&self, uid: i64) -> bool {
        uid < self.uid_next && (uid >= self.lowest_done || uid < self.floor)
    }
}

/// A message's place in a folder of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    pub uid: i64,
    pub flags: Flags,
    pub message: Option<MessageId>,
}

/// A UID that could not be fetched yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryRow {
    pub uid: i64,
    pub attempts: i64,
    pub reason: String,
}

#[async_trait]
pub trait Folders {
    /// Adds, or brings up to date by account and raw name. What its owner decided stays: a sync that runs meanwhile knows nothing of it.
    async fn put_folder(&mut self, row: &FolderRow) -> Result<()>;
    /// What the folder is, and whether its owner said so. Its messages stand accordingly.
    async fn set_folder_role(&mut self, folder: FolderId, role: FolderRole, chosen: bool) -> Result<()>;
    /// Marks the folder to be looked at anew; `orphan_locations` takes the mark away.
    async fn ask_resync(&mut self, folder: FolderId) -> Result<()>;
    async fn list_folders(&mut self, account: MailAccountId) -> Result<Vec<FolderRow>>;
    /// How many locations and how many retries each folder of the account has.
    async fn folder_counts(&mut self, account: MailAccountId) -> Result<Vec<(FolderId, i64, i64)>>;
    /// Locations of the folder with `low <= uid <= high`, by uid.
    async fn list_locations(&mut self, folder: FolderId, low: i64, high: i64) -> Result<Vec<Location>>;
    /// Sets the flags of these UIDs; a message is read when any of its locations is. Unknown UIDs are passed over.
    async fn set_location_flags(&mut self, folder: FolderId, flags: &[(i64, Flags)]) -> Result<()>;
    /// Takes the locations away and sets the place of their messages anew. Unknown UIDs are passed over.
    async fn remove_locations(&mut self, folder: FolderId, uids: &[i64]) -> Result<()>;
    /// UIDVALIDITY changed: all locations of the folder become orphans, to be attached again by message identity.
    async fn orphan_locations(&mut self, folder: FolderId) -> Result<()>;
    /// Gives an orphan of this folder with this Message-ID and raw size its new UID. `false`: there is none.
    async fn adopt_orphan(&mut self, folder: FolderId, message_id: &str, size: i64, uid: i64, flags: Flags) -> Result<bool>;
    /// Orphans still left are gone from the server.
    async fn remove_orphans(&mut self, folder: FolderId) -> Result<()>;
    async fn put_retry(&mut self, folder: FolderId, row: &RetryRow) -> Result<()>;
    async fn list_retries(&mut self, folder: FolderId) -> Result<Vec<RetryRow>>;
    async fn remove_retry(&mut self, folder: FolderId, uid: i64) -> Result<()>;
}

/// What a user wants of a message on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Want {
    Read(bool),
    /// To lie in the account's folder of this role, and in no other.
    Move(FolderRole),
    /// It was sent: a copy is to lie in the folder of sent items, unless the server put one there itself.
    Keep,
}

/// What the server has still to be told, because its reader did it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    pub message: MessageId,
    pub want: Want,
    /// How often it was begun.
    pub attempts: i64,
    /// Its Message-ID: finds a copy that was made before a crash.
    pub message_key: String,
}

/// An errand the server would not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedErrand {
    pub message: MessageId,
    pub want: Want,
    /// The word of `StuckWhy`.
    pub reason: String,
    pub subject: String,
}

/// One place of a message on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lies {
    pub folder: FolderId,
    pub uid: i64,
    pub flags: Flags,
}

#[async_trait]
pub trait Errands {
    /// Replaces an earlier wish of this kind. A message whose account is gone has nobody to run its errands: nothing happens.
    async fn put_errand(&mut self, message: MessageId, want: Want, due: Moment) -> Result<()>;
    /// Those due, oldest first.
    async fn list_errands(&mut self, account: MailAccountId, now: Moment, limit: i64) -> Result<Vec<Errand>>;
    async fn accounts_with_errands(&mut self, now: Moment) -> Result<Vec<MailAccountId>>;
    /// Newest message first.
    async fn failed_errands(&mut self, account: MailAccountId, limit: i64) -> Result<Vec<FailedErrand>>;
    /// Counts an attempt; the next is due then, should nothing more be heard of this one.
    async fn errand_begins(&mut self, errand: &Errand, again: Moment) -> Result<()>;
    /// The server obeyed. Passed over when something else is wanted by now.
    async fn errand_done(&mut self, errand: &Errand) -> Result<()>;
    /// Given up: the message stands where the server has it, and its owner is shown why.
    async fn errand_fails(&mut self, errand: &Errand, reason: &str) -> Result<()>;
    /// The account was looked at since: where its messages lie is known, and done errands may be forgotten.
    async fn settle_errands(&mut self, account: MailAccountId) -> Result<()>;
    /// What was given up is tried again.
    async fn retry_errands(&mut self, account: MailAccountId, now: Moment) -> Result<()>;
    /// All places of a message, by folder and UID.
    async fn lies_in(&mut self, message: MessageId) -> Result<Vec<Lies>>;
    /// The message lies in another folder now, under another UID.
    async fn move_location(&mut self, from: FolderId, uid: i64, to: FolderId, new_uid: i64) -> Result<()>;
}

/// A message on its way in.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: MessageId,
    pub account: MailAccountId,
    pub owner: UserId,
    /// Where the server has it. Absent: it was written here, and is still to go.
    pub location: Option<(FolderId, i64)>,
    pub flags: Flags,
    /// What it is sorted by: `Date` where it is believable, the server's INTERNALDATE otherwise.
    pub at: Moment,
    pub outgoing: bool,
    pub parsed: Parsed,
    pub pack: PackId,
    /// Where in the pack the sealed raw message lies.
    pub offset: i64,
    pub len: i64,
}

/// What became of one message of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutMessage {
    /// The id it has now: an earlier one when it was known already (SYN-11).
    pub id: MessageId,
    pub added: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRecord {
    pub id: MessageId,
    pub account: MailAccountId,
    pub owner: UserId,
    pub at: Moment,
    pub place: Place,
    pub subject: String,
    pub snippet: String,
    pub read: bool,
    pub answered: bool,
    pub outgoing: bool,
    pub attachments: bool,
    pub has_html: bool,
    pub finished: bool,
    pub deleted: bool,
    pub highlighted: bool,
    pub private: bool,
    pub snoozed_until: Option<Moment>,
    pub returned_at: Option<Moment>,
    pub notes: i64,
    pub quarantine: Option<Quarantine>,
    pub size: i64,
    /// Sender of incoming, first recipient of outgoing mail.
    pub who: Participant,
    /// The linked contact that has the address of `who`.
    pub contact: Option<ContactRef>,
}

/// Where the raw bytes of a message lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawAt {
    pub pack: PackId,
    pub offset: i64,
    pub len: i64,
}

#[async_trait]
pub trait Messages {
    /// Stores a batch with its participants, attachments, locations, full-text rows and contact links, and ranks the
    /// linked contacts. A message the account has already (Message-ID and fingerprint) only gets another location.
    /// Answers in the order of the batch.
    async fn put_messages(&mut self, batch: &[NewMessage]) -> Result<Vec<PutMessage>>;
    /// Of this user's accounts, in the order asked for. What is back from being put off is not in the newest-first list of the
    /// inbox: it stands above it, in `list_returned`.
    async fn list_messages(
        &mut self,
        owner: UserId,
        filter: &MessageFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<MessageRecord>>;
    /// Messages in the inbox that are back from being put off, the last returned first.
    async fn list_returned(&mut self, owner: UserId, filter: &MessageFilter, limit: i64) -> Result<Vec<MessageRecord>>;
    async fn inbox_counts(&mut self, owner: UserId) -> Result<InboxCounts>;
    async fn find_message(&mut self, id: MessageId) -> Result<Option<MessageRecord>>;
    async fn raw_at(&mut self, id: MessageId) -> Result<Option<RawAt>>;
    /// The kept participants and how many were left out.
    async fn participants(&mut self, id: MessageId) -> Result<(Vec<Participant>, i64)>;
    async fn attachments(&mut self, id: MessageId) -> Result<Vec<AttachmentMeta>>;
    async fn set_read(&mut self, id: MessageId, read: bool) -> Result<()>;
    /// Finished (`Some`) or open again; sets the place anew.
    async fn set_finished(&mut self, id: MessageId, at: Option<Moment>) -> Result<()>;
    /// In the trash (`Some`) or restored; sets the place anew. A restored message that lies in the server's trash comes back to the inbox.
    async fn set_deleted(&mut self, id: MessageId, at: Option<Moment>) -> Result<()>;
}

/// Messages that belong together. `put_messages` gives each its thread: that of what it names, and of what names it.
#[async_trait]
pub trait Threads {
    /// `None`: it is from before there were threads, and gets one with the mail that arrives next.
    async fn thread_of(&mut self, message: MessageId) -> Result<Option<ThreadId>>;
    /// The newest `limit` messages of a thread, oldest first, and how many more there are.
    async fn list_thread(&mut self, thread: ThreadId, limit: i64) -> Result<(Vec<MessageRecord>, i64)>;
    /// Moves messages to a thread, a new one or another. By hand: later mail joins them there, and merges nothing through them.
    async fn move_to_thread(&mut self, messages: &[MessageId], thread: ThreadId, by_hand: bool) -> Result<()>;
}

/// A link of a message to a contact, as shown on the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    pub contact: ContactRef,
    pub by_hand: bool,
}

#[async_trait]
pub trait Archive {
    async fn links_of(&mut self, message: MessageId) -> Result<Vec<LinkRow>>;
    /// By hand; stays whatever happens to addresses.
    async fn link(&mut self, message: MessageId, contact: ContactId) -> Result<()>;
    /// By hand; the address does not link it again.
    async fn unlink(&mut self, message: MessageId, contact: ContactId) -> Result<()>;
    /// Links every message to or from this address to the contact (ARC-11), and ranks the contact. Answers how many.
    async fn link_address(&mut self, contact: ContactId, email_key: &str) -> Result<i64>;
    /// Takes back the links that only this address had made.
    async fn unlink_address(&mut self, contact: ContactId, email_key: &str) -> Result<()>;
    /// Messages linked to the contact (and its employees, where merged) that are not in the trash, newest first, each once.
    /// Private ones only of `sees_private`, or of everybody where it is `None`.
    async fn list_archive(
        &mut self,
        filter: &ArchiveFilter,
        sees_private: Option<UserId>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<(MessageRecord, ContactRef)>>;
    /// Whether the message is in the archive of any contact: then colleagues may read it.
    async fn is_linked(&mut self, message: MessageId) -> Result<bool>;
    /// Messages of this contact that stand in an inbox.
    async fn count_open(&mut self, contact: ContactId) -> Result<i64>;
}

/// Messages that are sought. Everything named holds for what is found; `not` turns it round.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Whose own mail is looked in, beside what stands in the archives of contacts.
    pub reader: Option<UserId>,
    /// What colleagues marked private is looked in as well.
    pub private: bool,
    /// SPAM and the trash are looked in as well.
    pub everywhere: bool,
    pub phrases: Vec<(bool, Phrase)>,
    pub attachment: Option<bool>,
    /// Places of the reader's own mail.
    pub places: Vec<(bool, Place)>,
    /// In one of these.
    pub folders: Vec<(bool, Vec<FolderId>)>,
    /// In the archive of one of these.
    pub contacts: Vec<(bool, Vec<ContactId>)>,
    /// In the archive of a contact with one of these.
    pub tags: Vec<(bool, Vec<TagId>)>,
    pub from: Option<Moment>,
    pub until: Option<Moment>,
}

/// A page of what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundRecords {
    /// Newest first, and no more than were asked for.
    pub records: Vec<MessageRecord>,
    /// Where to go on. A search looks through a bounded number of messages at a time, so that none takes long.
    pub next: Option<Older>,
}

#[async_trait]
pub trait Search {
    async fn search_messages(&mut self, sought: &Sought, older: Option<Older>, limit: usize) -> Result<FoundRecords>;
    /// Latest interaction first. Words count by their beginnings, `#word` is a tag.
    async fn search_contacts(&mut self, words: &str, inactive: bool, limit: i64) -> Result<Vec<ContactListRow>>;
    /// Tags that begin so, or have a word that does.
    async fn search_tags(&mut self, beginning: &str, limit: i64) -> Result<Vec<Tag>>;
}

#[async_trait]
pub trait Ledger {
    /// Changes after this number, oldest first, at most `limit`; whose message or account it is, where it is one's own.
    async fn changes_after(&mut self, seq: i64, limit: i64) -> Result<Vec<(LiveChange, Option<UserId>)>>;
    async fn last_change(&mut self) -> Result<i64>;
    /// All that this transaction changes is the work of this device.
    fn by_device(&mut self, device: DeviceMark);
    /// Writes in the name of this fence. `Error::LeaseLost` when a newer one has written: its node has taken over.
    async fn fence(&mut self, fence: i64) -> Result<()>;
    async fn enqueue(&mut self, job: &JobRow) -> Result<()>;
    /// When the next job that nobody has taken is due.
    async fn next_job_at(&mut self) -> Result<Option<Moment>>;
    /// The next due job, marked as taken until `until`.
    async fn claim_job(&mut self, now: Moment, until: Moment) -> Result<Option<JobRow>>;
    async fn finish_job(&mut self, id: model::JobId) -> Result<()>;
    /// Tried again at `next`, or given up for good (`None`).
    async fn fail_job(&mut self, id: model::JobId, error: &str, next: Option<Moment>) -> Result<()>;
    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Work that outlives the request that caused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRow {
    pub id: model::JobId,
    pub kind: String,
    /// The same work is not queued twice.
    pub dedup: String,
    /// A small closed shape, as JSON.
    pub payload: String,
    pub attempts: i64,
    pub due_at: Moment,
}

/// An id for anything new: UUIDv7 of this moment (RFC 9562 §5.7).
pub fn new_id<T: From<Uuid>>(clock: &dyn Clock, dice: &dyn Dice) -> T {
    let mut bytes = [0; 16];
    dice.fill(&mut bytes);
    let millis = u64::try_from(clock.now().0 / 1000).unwrap_or_default();
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6] = bytes[6] & 0x0f | 0x70;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    T::from(Uuid::from_bytes(bytes))
}
