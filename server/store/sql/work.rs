//! Marks, putting off, notes, tasks, and what was done to many messages at once.

use super::messages::start;
use super::{LIST, Tx, err, text};
use crate::Db;
use async_trait::async_trait;
use crm::ports::{ActRow, Acted, Archive, NoteRow, TaskRow, TasksOf, Work};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity, MessageFilter, Show};
use model::{ActId, ContactId, Cursor, MessageId, Moment, NoteId, TaskId, UserId};
use sqlx::{QueryBuilder, query, query_as, query_scalar};
use uuid::Uuid;

struct TaskSql {
    id: Uuid,
    title: String,
    due_day: Option<i64>,
    done_at: Option<i64>,
    author_id: Uuid,
    assignee_id: Uuid,
    contact_id: Option<Uuid>,
    message_id: Option<Uuid>,
    at: i64,
}

impl From<TaskSql> for TaskRow {
    fn from(row: TaskSql) -> Self {
        Self {
            id: row.id.into(),
            title: row.title,
            due_day: row.due_day,
            done_at: row.done_at.map(Moment),
            author: row.author_id.into(),
            assignee: row.assignee_id.into(),
            contact: row.contact_id.map(ContactId),
            message: row.message_id.map(MessageId),
            at: Moment(row.at),
        }
    }
}

struct NoteSql {
    id: Uuid,
    message_id: Uuid,
    author_id: Uuid,
    text: String,
    at: i64,
}

impl From<NoteSql> for NoteRow {
    fn from(row: NoteSql) -> Self {
        Self { id: row.id.into(), message: row.message_id.into(), author: row.author_id.into(), text: row.text, at: Moment(row.at) }
    }
}

impl Tx {
    /// The message has one note more or less.
    async fn count_notes(&mut self, message: MessageId) -> Result<()> {
        let row = query!(
            "UPDATE messages SET notes = (SELECT COUNT(*) FROM notes n WHERE n.message_id = messages.id)
             WHERE id = $1 RETURNING owner_id, private",
            message.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .ok_or(Error::NotFound)?;
        // Where colleagues look at it too, they are told.
        if !row.private && self.is_linked(message).await? {
            self.note(Entity::Message, message.0, ChangeKind::Changed);
        } else {
            self.note_of(UserId(row.owner_id), Entity::Message, message.0, ChangeKind::Changed);
        }
        Ok(())
    }
}

#[async_trait]
impl Work for Tx {
    async fn list_matching(
        &mut self,
        owner: UserId,
        filter: &MessageFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<(Moment, MessageId)>> {
        let (at, id) = start(after);
        let rows = query!(
            r#"SELECT m.at AS "at!", m.id AS "id!" FROM messages m
               WHERE m.owner_id = $1 AND m.place = $2 AND (m.at, m.id) < ($3, $4)
                   AND (m.account_id = $5 OR $5 IS NULL)
                   AND (NOT m.read OR NOT $6)
                   AND (NOT $7 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
                   AND (m.highlighted OR NOT $8) AND (m.private OR NOT $9)
               ORDER BY m.at DESC, m.id DESC LIMIT $10"#,
            owner.0,
            filter.place.as_str(),
            at,
            id,
            filter.account.map(|account| account.0) as Option<Uuid>,
            filter.show == Show::Unread,
            filter.show == Show::Unlinked,
            filter.show == Show::Highlighted,
            filter.show == Show::Private,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| (Moment(row.at), row.id.into())).collect())
    }

    async fn count_matching(&mut self, owner: UserId, filter: &MessageFilter) -> Result<i64> {
        query_scalar!(
            r#"SELECT COUNT(*) AS "count!: i64" FROM messages m
               WHERE m.owner_id = $1 AND m.place = $2
                   AND (m.account_id = $3 OR $3 IS NULL)
                   AND (NOT m.read OR NOT $4)
                   AND (NOT $5 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
                   AND (m.highlighted OR NOT $6) AND (m.private OR NOT $7)"#,
            owner.0,
            filter.place.as_str(),
            filter.account.map(|account| account.0) as Option<Uuid>,
            filter.show == Show::Unread,
            filter.show == Show::Unlinked,
            filter.show == Show::Highlighted,
            filter.show == Show::Private
        )
        .fetch_one(&mut *self.inner)
        .await
        .map_err(err)
    }

    async fn set_highlighted(&mut self, id: MessageId, on: bool) -> Result<()> {
        let owner = query_scalar!("UPDATE messages SET highlighted = $2 WHERE id = $1 RETURNING owner_id", id.0, on)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        self.message_changed(owner, id).await
    }

    async fn set_private(&mut self, id: MessageId, on: bool) -> Result<()> {
        let owner = query_scalar!("UPDATE messages SET private = $2 WHERE id = $1 RETURNING owner_id", id.0, on)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        self.message_changed(owner, id).await
    }

    async fn set_snoozed(&mut self, id: MessageId, until: Option<Moment>) -> Result<()> {
        let owner = query_scalar!(
            "UPDATE messages SET snoozed_until = $2, returned_at = NULL WHERE id = $1 RETURNING owner_id",
            id.0,
            until.map(|until| until.0)
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        self.place_one(id).await?;
        self.message_changed(owner, id).await
    }

    async fn wake_snoozed(&mut self, now: Moment, limit: i64) -> Result<i64> {
        let woken = query!(
            r#"UPDATE messages SET snoozed_until = NULL, returned_at = $1, read = FALSE
               WHERE id IN (SELECT s.id FROM messages s WHERE s.snoozed_until <= $1 ORDER BY s.snoozed_until LIMIT $2)
               RETURNING id AS "id!", owner_id AS "owner_id!""#,
            now.0,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let ids: Vec<_> = woken.iter().map(|row| row.id).collect();
        self.place_anew(&ids).await?;
        for row in &woken {
            self.note_of(UserId(row.owner_id), Entity::Message, row.id, ChangeKind::Changed);
        }
        Ok(super::count(woken.len()))
    }

    async fn add_act(&mut self, row: &ActRow) -> Result<()> {
        query!("INSERT INTO acts (id, user_id, act, at) VALUES ($1, $2, $3, $4)", row.id.0, row.user.0, row.act, row.at.0)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(())
    }

    async fn find_act(&mut self, id: ActId) -> Result<Option<ActRow>> {
        let row =
            query!("SELECT id, user_id, act, at FROM acts WHERE id = $1", id.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        Ok(row.map(|row| ActRow { id: row.id.into(), user: row.user_id.into(), act: row.act, at: Moment(row.at) }))
    }

    async fn add_acted(&mut self, act: ActId, messages: &[Acted]) -> Result<()> {
        for chunk in messages.chunks(LIST) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO act_messages (act_id, message_id, was) ");
            insert.push_values(chunk, |mut row, acted| {
                row.push_bind(act.0).push_bind(acted.message.0).push_bind(acted.was.map(|was| was.0));
            });
            insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    async fn list_acted(&mut self, act: ActId, after: Option<MessageId>, limit: i64) -> Result<Vec<Acted>> {
        let rows = query!(
            "SELECT message_id, was FROM act_messages WHERE act_id = $1 AND message_id > $2 ORDER BY message_id LIMIT $3",
            act.0,
            after.map_or_else(Uuid::nil, |id| id.0),
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| Acted { message: row.message_id.into(), was: row.was.map(Moment) }).collect())
    }

    async fn remove_acts(&mut self, before: Moment) -> Result<()> {
        query!("DELETE FROM acts WHERE at < $1", before.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn remove_act(&mut self, id: ActId) -> Result<()> {
        query!("DELETE FROM acts WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn add_note(&mut self, row: &NoteRow) -> Result<()> {
        query!(
            "INSERT INTO notes (id, message_id, author_id, text, at) VALUES ($1, $2, $3, $4, $5)",
            row.id.0,
            row.message.0,
            row.author.0,
            text(&row.text).into_owned(),
            row.at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.count_notes(row.message).await
    }

    async fn find_note(&mut self, id: NoteId) -> Result<Option<NoteRow>> {
        let row = query_as!(NoteSql, "SELECT id, message_id, author_id, text, at FROM notes WHERE id = $1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(row.map(NoteRow::from))
    }

    async fn list_notes(&mut self, message: MessageId) -> Result<Vec<NoteRow>> {
        let rows =
            query_as!(NoteSql, "SELECT id, message_id, author_id, text, at FROM notes WHERE message_id = $1 ORDER BY at, id", message.0)
                .fetch_all(&mut *self.inner)
                .await
                .map_err(err)?;
        Ok(rows.into_iter().map(NoteRow::from).collect())
    }

    async fn remove_note(&mut self, id: NoteId) -> Result<()> {
        let message = query_scalar!("DELETE FROM notes WHERE id = $1 RETURNING message_id", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        self.count_notes(MessageId(message)).await
    }

    async fn put_task(&mut self, row: &TaskRow) -> Result<()> {
        let known = query_scalar!("SELECT id FROM tasks WHERE id = $1", row.id.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        query!(
            "INSERT INTO tasks (id, title, due_day, done_at, author_id, assignee_id, contact_id, message_id, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET
                 title = excluded.title,
                 due_day = excluded.due_day,
                 done_at = excluded.done_at,
                 assignee_id = excluded.assignee_id,
                 contact_id = excluded.contact_id",
            row.id.0,
            text(&row.title).into_owned(),
            row.due_day,
            row.done_at.map(|at| at.0),
            row.author.0,
            row.assignee.0,
            row.contact.map(|contact| contact.0),
            row.message.map(|message| message.0),
            row.at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::Task, row.id.0, if known.is_some() { ChangeKind::Changed } else { ChangeKind::Added });
        Ok(())
    }

    async fn find_task(&mut self, id: TaskId) -> Result<Option<TaskRow>> {
        let row = query_as!(
            TaskSql,
            "SELECT id, title, due_day, done_at, author_id, assignee_id, contact_id, message_id, at FROM tasks WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(TaskRow::from))
    }

    async fn list_tasks(&mut self, of: TasksOf, limit: i64) -> Result<Vec<TaskRow>> {
        let rows = match of {
            TasksOf::Assignee(user) => {
                query_as!(
                    TaskSql,
                    "SELECT id, title, due_day, done_at, author_id, assignee_id, contact_id, message_id, at
                     FROM tasks WHERE assignee_id = $1 AND done_at IS NULL
                     ORDER BY due_day NULLS LAST, id LIMIT $2",
                    user.0,
                    limit
                )
                .fetch_all(&mut *self.inner)
                .await
            }
            TasksOf::Contact(contact) => {
                query_as!(
                    TaskSql,
                    "SELECT id, title, due_day, done_at, author_id, assignee_id, contact_id, message_id, at
                     FROM tasks WHERE contact_id = $1
                     ORDER BY done_at DESC NULLS FIRST, due_day NULLS LAST, id LIMIT $2",
                    contact.0,
                    limit
                )
                .fetch_all(&mut *self.inner)
                .await
            }
        };
        Ok(rows.map_err(err)?.into_iter().map(TaskRow::from).collect())
    }

    async fn remove_task(&mut self, id: TaskId) -> Result<()> {
        query_scalar!("DELETE FROM tasks WHERE id = $1 RETURNING id", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        self.note(Entity::Task, id.0, ChangeKind::Removed);
        Ok(())
    }
}
