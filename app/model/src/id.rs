//! Ids: one newtype each, so that a contact's id cannot be handed to a verb that wants a message.
//! All are UUIDv7, made on the server; they sort by the time they were made.

use crate::Moment;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

id! {
    /// One registration and its encrypted database.
    CompanyId
    /// A person who logs in.
    UserId
    ContactId
    ContactTypeId
    /// An e-mail address, phone number, website … of a contact.
    DetailId
    /// A postal address of a contact.
    AddressId
    TagId
    MailAccountId
    FolderId
    MessageId
    /// A blob that holds the sealed raw bytes of a batch of messages.
    PackId
    JobId
    /// Messages that belong together.
    ThreadId
    /// One run of "Test account" in the wizard.
    CheckId
    /// One way to a provider's page and back.
    SignInId
    /// The address book of one user, as phones read it.
    BookId
    /// A password for one device.
    DevicePasswordId
    /// What was done to many messages at once.
    ActId
    NoteId
    TaskId
    /// A letter that begins half-written.
    TemplateId
    /// An attachment of a template.
    TemplateFileId
    /// A letter that is being written.
    DraftId
    /// A file that goes along with it.
    DraftFileId
    /// An address that one sends from, beside that of a mailbox.
    SenderId
}

impl MailAccountId {
    /// When the account was linked: a UUIDv7 begins with its milliseconds (RFC 9562 §5.7).
    pub fn linked_at(self) -> Moment {
        let millis = self.0.as_u128() >> 80;
        Moment(i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1000))
    }
}
