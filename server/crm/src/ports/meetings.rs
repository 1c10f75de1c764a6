//! Meetings that letters ask for, as the mail door reads them and the store keeps what became of them.

use crate::Result;
use async_trait::async_trait;
use model::nature::{Answer, Notice};
use model::{MailAccountId, MessageId, Moment, UserId};

/// A meeting that somebody can answer about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub notice: Notice,
    /// The address that the answer goes to.
    pub organizer: String,
    pub summary: String,
    pub starts: Moment,
    /// As `Invitation::ends`.
    pub ends: Option<Moment>,
    pub all_day: bool,
    /// From when on none of it is to come. Absent: it goes on.
    pub over: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// The letter that says it: when that is taken back, nothing was said.
    pub message: MessageId,
    /// What it answers.
    pub invitation: MessageId,
    pub account: MailAccountId,
    pub answer: Answer,
    pub at: Moment,
}

/// `put_messages` keeps the notice of each message that brings one.
#[async_trait]
pub trait Meetings {
    /// What a newer letter of the same organizer to this user does to the meeting: whether it calls it off. `None`: there is no newer.
    async fn newer_notice(&mut self, owner: UserId, notice: &Notice) -> Result<Option<bool>>;
    async fn add_meeting_answer(&mut self, row: &AnswerRow, notice: &Notice) -> Result<()>;
    /// What was said last to this version of the meeting, and by which letter: not one that was thrown away before it went.
    async fn meeting_answer(&mut self, account: MailAccountId, notice: &Notice) -> Result<Option<(MessageId, Answer)>>;
}
