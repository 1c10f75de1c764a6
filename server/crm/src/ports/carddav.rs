//! What the address books on phones need of the store.

use crate::{Result, vcard};
use async_trait::async_trait;
use model::contact::ContactRef;
use model::phone_sync::{Deed, DeviceError, Pick, SyncChoice};
use model::{BookId, CompanyId, ContactId, DevicePasswordId, Moment, UserId};

/// The address book of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRow {
    pub id: BookId,
    pub user: UserId,
    /// A token of another epoch is of another book.
    pub epoch: String,
    /// The last number given to a member.
    pub seq: i64,
    pub choice: SyncChoice,
    /// What browsers call the server.
    pub address: String,
    /// A remembered login counts while this is what it was.
    pub logins: i64,
    /// What is changed on a device comes back.
    pub two_way: bool,
    pub enabled_at: Moment,
}

/// A member of a book, or one that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRow {
    pub contact: ContactId,
    /// The last part of its address in this book.
    pub name: String,
    pub etag: String,
    /// Empty when it was not asked for.
    pub vcard: String,
    pub bytes: i64,
    pub revised_at: Moment,
    pub seq: i64,
    pub deleted: bool,
}

/// Which members are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardsAsked {
    /// Those with a higher number.
    pub after: i64,
    /// Also those that left.
    pub deleted: bool,
    /// With their text.
    pub text: bool,
    pub limit: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// Absent: it came with the password of the login.
    pub password: Option<DevicePasswordId>,
    pub family: String,
    pub agent: String,
    pub seen_at: Moment,
    pub cards: i64,
    pub error: Option<(DeviceError, Moment)>,
}

/// Which device: each write of one is in the ledger with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceMark {
    /// Absent: it came with the password of the login.
    pub password: Option<DevicePasswordId>,
    pub family: String,
}

/// What a device did, out of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRow {
    pub contact: ContactRef,
    pub deed: Deed,
    pub at: Moment,
    pub device: DeviceMark,
    /// It is kept off this user's devices now, and not in the bin.
    pub hidden: bool,
}

/// A book follows its contacts by itself: the transaction that changes a card, or who is in a book, writes that down as it commits.
#[async_trait]
pub trait Cards {
    async fn find_book(&mut self, user: UserId) -> Result<Option<BookRow>>;
    async fn list_books(&mut self) -> Result<Vec<BookRow>>;
    /// Adds or replaces all but its number, and brings its members in line with the choice.
    async fn put_book(&mut self, row: &BookRow) -> Result<()>;
    /// Whether what is changed on a device comes back.
    async fn set_two_way(&mut self, user: UserId, on: bool) -> Result<()>;
    /// With its members and devices; what was said of single contacts stays.
    async fn remove_book(&mut self, user: UserId) -> Result<()>;
    /// Logins remembered until now are worth nothing any more.
    async fn forget_logins(&mut self, user: UserId) -> Result<()>;
    async fn count_choice(&mut self, user: UserId, choice: &SyncChoice) -> Result<i64>;
    async fn set_pick(&mut self, user: UserId, contact: ContactId, pick: Pick) -> Result<()>;
    /// Chosen by hand, or hidden; by name, not those in the bin.
    async fn list_picks(&mut self, user: UserId, chosen: bool) -> Result<Vec<ContactRef>>;
    /// In the order of their numbers.
    async fn list_cards(&mut self, book: BookId, asked: CardsAsked) -> Result<Vec<CardRow>>;
    /// Those of these names that are in the book, in no order.
    async fn cards_named(&mut self, book: BookId, names: &[String], text: bool) -> Result<Vec<CardRow>>;
    async fn count_cards(&mut self, book: BookId) -> Result<i64>;
    /// What this book calls the card of this contact, and whether it has left. Absent: it never was in it.
    async fn card_name(&mut self, book: BookId, contact: ContactId) -> Result<Option<(String, bool)>>;
    /// Calls it so from now on, in this book. Whoever had the name before goes by that of his own.
    async fn name_card(&mut self, book: BookId, contact: ContactId, name: &str) -> Result<()>;
    /// Who carries this UID; also one in the bin.
    async fn contact_of_uid(&mut self, uid: &str) -> Result<Option<ContactId>>;
    /// All that stands on the card of this contact. `address` is what browsers call the server.
    async fn card_source(&mut self, contact: ContactId, address: &str) -> Result<Option<vcard::Source>>;
    /// The UID, and what a device wrote that has no field.
    async fn keep_lines(&mut self, contact: ContactId, uid: &str, kept: &str) -> Result<()>;
    /// What devices of this user wrote, newest first.
    async fn list_written(&mut self, user: UserId, limit: i64) -> Result<Vec<WrittenRow>>;
    /// Adds or replaces, by password and family. Passed over when the book is gone.
    async fn put_device(&mut self, book: BookId, row: &DeviceRow) -> Result<()>;
    /// Last seen first.
    async fn list_devices(&mut self, book: BookId) -> Result<Vec<DeviceRow>>;
}

/// A password for one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePasswordRow {
    pub id: DevicePasswordId,
    /// SHA-256 of the secret.
    pub hash: Vec<u8>,
    pub company: CompanyId,
    pub user: UserId,
    pub label: String,
    pub created_at: Moment,
}

/// The directory's part.
#[async_trait]
pub trait DevicePasswords {
    async fn add_device_password(&mut self, row: &DevicePasswordRow) -> Result<()>;
    async fn find_device_password(&mut self, hash: &[u8]) -> Result<Option<DevicePasswordRow>>;
    /// Oldest first.
    async fn list_device_passwords(&mut self, user: UserId) -> Result<Vec<DevicePasswordRow>>;
    /// `false`: this user has none of this id.
    async fn remove_device_password(&mut self, user: UserId, id: DevicePasswordId) -> Result<bool>;
}
