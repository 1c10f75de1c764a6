//! Addresses that letters go from, as the store keeps them.

use crate::Result;
use async_trait::async_trait;
use model::{MailAccountId, Moment, SenderId, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderRow {
    pub id: SenderId,
    pub account: MailAccountId,
    /// Of the mailbox.
    pub owner: UserId,
    pub address: String,
    /// Empty: that of its owner.
    pub name: String,
    /// Absent: nobody has shown yet that he reads it.
    pub verified_at: Option<Moment>,
    /// Of the code that was mailed to it. Absent: none is good.
    pub code_hash: Option<Vec<u8>>,
    pub code_until: Moment,
    /// How often this code was guessed at.
    pub attempts: i64,
}

#[async_trait]
pub trait Senders {
    /// Adds or replaces; the owner is that of the mailbox. `Error::Conflict("senders.address_key")` when that has the address already.
    async fn put_sender(&mut self, row: &SenderRow) -> Result<()>;
    async fn find_sender(&mut self, id: SenderId) -> Result<Option<SenderRow>>;
    /// Of one user's mailboxes, in the order of these, and in the order they were added.
    async fn list_senders(&mut self, owner: UserId) -> Result<Vec<SenderRow>>;
    /// Counts a guess at its code, and answers the row with this one counted.
    async fn guess_at_sender(&mut self, id: SenderId) -> Result<Option<SenderRow>>;
    /// Drafts that were to go from it go from the mailbox's own address.
    async fn remove_sender(&mut self, id: SenderId) -> Result<()>;
}
