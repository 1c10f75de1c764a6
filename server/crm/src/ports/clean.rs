//! Automatic cleaning, as the store keeps it.

use crate::Result;
use async_trait::async_trait;
use model::clean::Removal;
use model::{Cursor, MessageId, Moment, PackId, UserId};

/// A message that is out of view, and what is known of it without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedRow {
    pub id: MessageId,
    pub owner: UserId,
    pub private: bool,
    pub subject: String,
    pub who_name: String,
    pub who_address: String,
    pub why: Removal,
    /// Since when.
    pub at: Moment,
}

#[async_trait]
pub trait Clean {
    /// Messages whose days are counted from `before` or earlier, the longest overdue first; with what they are counted from.
    async fn list_overdue(&mut self, why: Removal, before: Moment, after: Option<Cursor>, limit: i64) -> Result<Vec<(Moment, MessageId)>>;
    /// Takes out of view those that are still overdue. Answers how many. The server is not told, and where they lie on it stays known.
    async fn remove_messages(&mut self, why: Removal, before: Moment, ids: &[MessageId]) -> Result<i64>;
    /// Last removed first. Every word has to be in subject or people. Private ones only of `sees_private`, or of everybody where it is `None`.
    async fn list_removed(
        &mut self,
        words: &str,
        sees_private: Option<UserId>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<RemovedRow>>;
    async fn find_removed(&mut self, id: MessageId) -> Result<Option<RemovedRow>>;
    /// Back where it stood, or where the server has it by now; its days are counted from now.
    async fn bring_back(&mut self, id: MessageId) -> Result<()>;
    /// At most `limit` messages that were removed at `before` or earlier are gone for good. Answers how many. What the server
    /// still has of them is passed over from then on.
    async fn destroy_removed(&mut self, before: Moment, limit: i64) -> Result<i64>;
    /// Packs that no message lies in any more.
    async fn list_spent_packs(&mut self, limit: i64) -> Result<Vec<PackId>>;
    async fn forget_spent_packs(&mut self, packs: &[PackId]) -> Result<()>;
}
