//! What people do with messages besides reading them, as the store keeps it.

use crate::Result;
use async_trait::async_trait;
use model::inbox::MessageFilter;
use model::{ActId, ContactId, Cursor, MessageId, Moment, NoteId, TaskId, UserId};

/// Something that was done to messages and can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRow {
    pub id: ActId,
    pub user: UserId,
    /// A word of what was done.
    pub act: String,
    pub at: Moment,
}

/// One message that an act really changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acted {
    pub message: MessageId,
    /// Until when it was put off before.
    pub was: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteRow {
    pub id: NoteId,
    pub message: MessageId,
    pub author: UserId,
    pub text: String,
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    pub id: TaskId,
    pub title: String,
    /// Days since 1970.
    pub due_day: Option<i64>,
    pub done_at: Option<Moment>,
    pub author: UserId,
    pub assignee: UserId,
    pub contact: Option<ContactId>,
    pub message: Option<MessageId>,
    pub at: Moment,
}

/// Whose tasks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TasksOf {
    /// Open ones, those due first first; those without a day last.
    Assignee(UserId),
    /// Open ones as above, then those done, the latest first.
    Contact(ContactId),
}

#[async_trait]
pub trait Work {
    /// Ids of this user's messages that match, newest first whatever the filter's own order.
    async fn list_matching(
        &mut self,
        owner: UserId,
        filter: &MessageFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<(Moment, MessageId)>>;
    async fn count_matching(&mut self, owner: UserId, filter: &MessageFilter) -> Result<i64>;

    async fn set_highlighted(&mut self, id: MessageId, on: bool) -> Result<()>;
    async fn set_private(&mut self, id: MessageId, on: bool) -> Result<()>;
    /// Put off until then, or (`None`) not; sets the place anew.
    async fn set_snoozed(&mut self, id: MessageId, until: Option<Moment>) -> Result<()>;
    /// At most `limit` messages whose time has come are back in the inbox, unread and above the rest. Answers how many.
    async fn wake_snoozed(&mut self, now: Moment, limit: i64) -> Result<i64>;

    async fn add_act(&mut self, row: &ActRow) -> Result<()>;
    async fn find_act(&mut self, id: ActId) -> Result<Option<ActRow>>;
    async fn add_acted(&mut self, act: ActId, messages: &[Acted]) -> Result<()>;
    /// By id.
    async fn list_acted(&mut self, act: ActId, after: Option<MessageId>, limit: i64) -> Result<Vec<Acted>>;
    async fn remove_acts(&mut self, before: Moment) -> Result<()>;
    async fn remove_act(&mut self, id: ActId) -> Result<()>;

    async fn add_note(&mut self, row: &NoteRow) -> Result<()>;
    async fn find_note(&mut self, id: NoteId) -> Result<Option<NoteRow>>;
    /// Oldest first.
    async fn list_notes(&mut self, message: MessageId) -> Result<Vec<NoteRow>>;
    async fn remove_note(&mut self, id: NoteId) -> Result<()>;

    /// Adds or replaces.
    async fn put_task(&mut self, row: &TaskRow) -> Result<()>;
    async fn find_task(&mut self, id: TaskId) -> Result<Option<TaskRow>>;
    async fn list_tasks(&mut self, of: TasksOf, limit: i64) -> Result<Vec<TaskRow>>;
    async fn remove_task(&mut self, id: TaskId) -> Result<()>;
}
