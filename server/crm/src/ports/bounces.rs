//! Letters that did not arrive after all, as the store keeps it.

use crate::Result;
use async_trait::async_trait;
use model::nature::{Report, Undelivered};
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
    /// Keeps what is told of a letter that is not here yet.
    async fn put_report(&mut self, owner: UserId, report: &Report, at: Moment) -> Result<()>;
    /// Whether anything is kept for this user.
    async fn awaits_letters(&mut self, owner: UserId) -> Result<bool>;
    /// What was told of this letter before it was here, and when; it is kept no longer.
    async fn take_reports(&mut self, owner: UserId, message_id: &str) -> Result<Vec<(Report, Moment)>>;
    /// Those from before: their letters never came.
    async fn forget_reports(&mut self, before: Moment) -> Result<()>;
    /// Adds, or takes the place of a delay. What was given up stays so, whatever else is told of it.
    async fn put_bounce(&mut self, row: &BounceRow) -> Result<()>;
    /// It arrived there at this time: what was told before that of a delay is over.
    async fn remove_delay(&mut self, message: MessageId, email_key: &str, at: Moment) -> Result<()>;
    /// By address.
    async fn bounces_of(&mut self, message: MessageId) -> Result<Vec<Undelivered>>;
    /// The latest of each e-mail address of this contact, unless it was settled, or the address works since: a later letter to it went and
    /// did not come back, or one came from it.
    async fn bounces_at(&mut self, contact: ContactId) -> Result<Vec<(DetailId, BounceRow)>>;
    /// What was told of this address so far counts no longer (`true`), or does again.
    async fn settle_bounces(&mut self, email_key: &str, settled: bool) -> Result<()>;
}
