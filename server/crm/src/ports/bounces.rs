//! Letters that did not arrive after all, as the store keeps it.

use crate::Result;
use async_trait::async_trait;
use model::nature::Undelivered;
use model::{ContactId, DetailId, MessageId, Moment, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BounceRow {
    /// The letter that was sent.
    pub message: MessageId,
    /// Its address as the letter has it.
    pub told: Undelivered,
    /// Of the report.
    pub at: Moment,
}

#[async_trait]
pub trait Bounces {
    /// What this user sent under one of these Message-IDs, by the first that fits.
    async fn find_sent(&mut self, owner: UserId, message_ids: &[String]) -> Result<Option<MessageId>>;
    /// Adds, or takes the place of a delay. What was given up stays so, whatever else is told of it.
    async fn put_bounce(&mut self, row: &BounceRow) -> Result<()>;
    /// It arrived there after all.
    async fn remove_bounce(&mut self, message: MessageId, email_key: &str) -> Result<()>;
    /// By address.
    async fn bounces_of(&mut self, message: MessageId) -> Result<Vec<Undelivered>>;
    /// The latest of each e-mail address of this contact, unless it was settled, or the address works since: a later letter to it went and
    /// did not come back, or one came from it.
    async fn bounces_at(&mut self, contact: ContactId) -> Result<Vec<(DetailId, BounceRow)>>;
    /// What was told of this address so far counts no longer (`true`), or does again.
    async fn settle_bounces(&mut self, email_key: &str, settled: bool) -> Result<()>;
}
