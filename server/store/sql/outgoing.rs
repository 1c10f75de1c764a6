//! Letters that are being written, and those on their way out.

use super::clean::REMOVED;
use super::{LIST, Tx, count, dialect, err, push_list, text, unknown};
use crate::Db;
use async_trait::async_trait;
use crm::ports::{DraftFileRow, DraftRow, Drafts, Outbox, OutboxRow, RawAt};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity, Written};
use model::mail_account::ServerSettings;
use model::outgoing::{Action, DraftFile, DraftForm, Recipient, RecipientState, SendState};
use model::{ContactId, DraftFileId, DraftId, MailAccountId, MessageId, Moment, UserId};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row, query, query_as, query_scalar};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The lists of a draft, as they are kept.
#[derive(Serialize, Deserialize)]
struct People {
    to: Vec<Recipient>,
    cc: Vec<Recipient>,
    bcc: Vec<Recipient>,
    contacts: Vec<ContactId>,
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    let json = serde_json::to_string(value).map_err(|error| Error::internal("A shape that is no JSON", error))?;
    Ok(text(&json).into_owned())
}

fn from_json<T: for<'a> Deserialize<'a>>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| Error::internal("An unreadable shape", error))
}

fn people(form: &DraftForm) -> Result<String> {
    json(&People { to: form.to.clone(), cc: form.cc.clone(), bcc: form.bcc.clone(), contacts: form.contacts.clone() })
}

struct DraftSql {
    id: Uuid,
    owner_id: Uuid,
    action: String,
    answers: Option<Uuid>,
    account_id: Option<Uuid>,
    sender_id: Option<Uuid>,
    template_id: Option<Uuid>,
    recipients: String,
    subject: String,
    html: String,
    begun: String,
    version: i64,
    changed_at: i64,
    sent_as: Option<Uuid>,
    removed_at: Option<i64>,
}

impl DraftSql {
    fn row(self) -> Result<DraftRow> {
        let people: People = from_json(&self.recipients)?;
        Ok(DraftRow {
            id: self.id.into(),
            owner: self.owner_id.into(),
            action: Action::from_word(&self.action).ok_or_else(unknown("drafts.action"))?,
            answers: self.answers.map(MessageId),
            form: DraftForm {
                sender: self.account_id.map(MailAccountId),
                alias: self.sender_id.map(Into::into),
                to: people.to,
                cc: people.cc,
                bcc: people.bcc,
                contacts: people.contacts,
                template: self.template_id.map(Into::into),
                subject: self.subject,
                html: self.html,
            },
            begun: self.begun,
            version: self.version,
            changed_at: Moment(self.changed_at),
            sent_as: self.sent_as.map(MessageId),
            removed: self.removed_at.is_some(),
        })
    }
}

struct FileSql {
    id: Uuid,
    draft_id: Uuid,
    name: String,
    mime: String,
    size: i64,
    pack_id: Uuid,
    pack_offset: i64,
    pack_len: i64,
    removed_at: Option<i64>,
}

impl From<FileSql> for DraftFileRow {
    fn from(row: FileSql) -> Self {
        Self {
            draft: row.draft_id.into(),
            file: DraftFile { id: row.id.into(), name: row.name, mime: row.mime, size: row.size },
            at: RawAt { pack: row.pack_id.into(), offset: row.pack_offset, len: row.pack_len },
            removed: row.removed_at.is_some(),
        }
    }
}

struct OutboxSql {
    message_id: Uuid,
    account_id: Uuid,
    state: String,
    due_at: i64,
    attempts: i64,
    fault: Option<String>,
    handed_over: bool,
}

impl OutboxSql {
    fn row(self) -> Result<OutboxRow> {
        Ok(OutboxRow {
            message: self.message_id.into(),
            account: self.account_id.into(),
            state: SendState::from_word(&self.state).ok_or_else(unknown("outbox.state"))?,
            due_at: Moment(self.due_at),
            attempts: self.attempts,
            fault: self.fault.as_deref().map(from_json).transpose()?,
            handed_over: self.handed_over,
        })
    }
}

impl Tx {
    fn draft_changed(&mut self, owner: Option<Uuid>, id: DraftId, kind: ChangeKind) -> Result<()> {
        let owner = owner.ok_or(Error::NotFound)?;
        self.note_of(UserId(owner), Entity::Draft, id.0, kind);
        Ok(())
    }

    /// How far a message has come that was written here. Once it is sent and the server has it, the server's word is enough.
    async fn set_written(&mut self, message: MessageId, written: Written) -> Result<()> {
        let over = written == Written::Sent && self.is_on_server(message).await?;
        let owner = query_scalar!(
            "UPDATE messages SET written = $2 WHERE id = $1 RETURNING owner_id",
            message.0,
            (!over).then_some(written.as_str())
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        self.place_one(message).await?;
        self.message_changed(owner, message).await
    }

    /// Of these, the server has a copy: what was not known to have gone did go.
    pub(super) async fn seen_on_server(&mut self, messages: &[Uuid]) -> Result<()> {
        for chunk in messages.chunks(LIST) {
            let mut update =
                QueryBuilder::<Db>::new("UPDATE outbox SET state = 'sent', fault = NULL WHERE state = 'unknown' AND message_id IN ");
            push_list(&mut update, chunk.iter().copied());
            update.push(" RETURNING message_id");
            let gone: Vec<Uuid> = update.build_query_scalar().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
            let mut update = QueryBuilder::<Db>::new("UPDATE messages SET written = NULL WHERE written = 'sent' AND id IN ");
            push_list(&mut update, chunk.iter().copied());
            update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
            for message in gone {
                self.set_written(MessageId(message), Written::Sent).await?;
                if let Some(draft) = self.draft_of(MessageId(message)).await? {
                    let answered = self.find_draft(draft).await?.filter(|row| row.action != Action::Forward).and_then(|row| row.answers);
                    if let Some(answered) = answered {
                        self.set_answered(answered).await?;
                    }
                    self.destroy_draft(draft).await?;
                }
            }
        }
        Ok(())
    }

    async fn packs_of(&mut self, draft: DraftId) -> Result<BTreeSet<Uuid>> {
        let packs =
            query_scalar!("SELECT pack_id FROM draft_files WHERE draft_id = $1", draft.0).fetch_all(&mut *self.inner).await.map_err(err)?;
        Ok(packs.into_iter().collect())
    }
}

#[async_trait]
impl Drafts for Tx {
    async fn add_draft(&mut self, row: &DraftRow) -> Result<()> {
        let form = &row.form;
        query!(
            "INSERT INTO drafts (
                 id, owner_id, action, answers, account_id, sender_id, template_id, recipients, subject, html, begun, version, changed_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            row.id.0,
            row.owner.0,
            row.action.as_str(),
            row.answers.map(|id| id.0) as Option<Uuid>,
            form.sender.map(|id| id.0) as Option<Uuid>,
            form.alias.map(|id| id.0) as Option<Uuid>,
            form.template.map(|id| id.0) as Option<Uuid>,
            people(form)?,
            text(&form.subject).into_owned(),
            text(&form.html).into_owned(),
            text(&row.begun).into_owned(),
            row.version,
            row.changed_at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.draft_changed(Some(row.owner.0), row.id, ChangeKind::Added)
    }

    async fn find_draft(&mut self, id: DraftId) -> Result<Option<DraftRow>> {
        query_as!(
            DraftSql,
            "SELECT id, owner_id, action, answers, account_id, sender_id, template_id, recipients, subject, html, begun, version, changed_at, sent_as,
                 removed_at
             FROM drafts WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .map(DraftSql::row)
        .transpose()
    }

    async fn list_drafts(&mut self, owner: UserId, limit: i64) -> Result<Vec<DraftRow>> {
        // The list shows no texts, and those are long.
        query_as!(
            DraftSql,
            r#"SELECT id AS "id!", owner_id AS "owner_id!", action AS "action!", answers AS "answers?", account_id AS "account_id?",
                   sender_id AS "sender_id?", template_id AS "template_id?", recipients AS "recipients!", subject AS "subject!", '' AS "html!", '' AS "begun!",
                   version AS "version!", changed_at AS "changed_at!", sent_as AS "sent_as?", removed_at AS "removed_at?"
               FROM drafts WHERE owner_id = $1 AND sent_as IS NULL AND removed_at IS NULL ORDER BY changed_at DESC, id DESC LIMIT $2"#,
            owner.0,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?
        .into_iter()
        .map(DraftSql::row)
        .collect()
    }

    async fn count_drafts(&mut self, owner: UserId) -> Result<i64> {
        let found = query_scalar!(
            r#"SELECT COUNT(*) AS "found!: i64" FROM drafts WHERE owner_id = $1 AND sent_as IS NULL AND removed_at IS NULL"#,
            owner.0
        );
        found.fetch_one(&mut *self.inner).await.map_err(err)
    }

    async fn put_draft(&mut self, id: DraftId, version: i64, form: &DraftForm, begun: &str) -> Result<Option<i64>> {
        let row = query!(
            "UPDATE drafts SET account_id = $3, sender_id = $4, template_id = $5, recipients = $6, subject = $7, html = $8, begun = $9,
                 version = version + 1, changed_at = $10
             WHERE id = $1 AND version = $2 AND sent_as IS NULL RETURNING owner_id, version",
            id.0,
            version,
            form.sender.map(|id| id.0) as Option<Uuid>,
            form.alias.map(|id| id.0) as Option<Uuid>,
            form.template.map(|id| id.0) as Option<Uuid>,
            people(form)?,
            text(&form.subject).into_owned(),
            text(&form.html).into_owned(),
            text(begun).into_owned(),
            self.at.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        let Some(row) = row else { return Ok(None) };
        self.draft_changed(Some(row.owner_id), id, ChangeKind::Changed)?;
        Ok(Some(row.version))
    }

    async fn set_draft_removed(&mut self, id: DraftId, removed: bool) -> Result<()> {
        let owner = query_scalar!("UPDATE drafts SET removed_at = $2 WHERE id = $1 RETURNING owner_id", id.0, removed.then_some(self.at.0))
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        self.draft_changed(owner, id, if removed { ChangeKind::Removed } else { ChangeKind::Added })
    }

    async fn set_draft_sent(&mut self, id: DraftId, message: Option<MessageId>) -> Result<()> {
        let owner =
            query_scalar!("UPDATE drafts SET sent_as = $2 WHERE id = $1 RETURNING owner_id", id.0, message.map(|id| id.0) as Option<Uuid>)
                .fetch_optional(&mut *self.inner)
                .await
                .map_err(err)?;
        self.draft_changed(owner, id, if message.is_some() { ChangeKind::Removed } else { ChangeKind::Added })
    }

    async fn draft_of(&mut self, message: MessageId) -> Result<Option<DraftId>> {
        let id =
            query_scalar!("SELECT id FROM drafts WHERE sent_as = $1", message.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        Ok(id.map(DraftId))
    }

    async fn destroy_draft(&mut self, id: DraftId) -> Result<()> {
        let packs = self.packs_of(id).await?;
        let owner = query_scalar!("DELETE FROM drafts WHERE id = $1 RETURNING owner_id", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        if owner.is_some() {
            self.draft_changed(owner, id, ChangeKind::Removed)?;
        }
        self.spend_packs(packs).await
    }

    async fn destroy_drafts(&mut self, before: Moment) -> Result<()> {
        // And those that were sent as a message that was thrown away before it went, and is gone by now.
        let ids = query_scalar!(
            r#"SELECT id AS "id!" FROM drafts
               WHERE removed_at <= $1 OR (sent_as IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = drafts.sent_as))"#,
            before.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        for id in ids {
            self.destroy_draft(DraftId(id)).await?;
        }
        Ok(())
    }

    async fn list_draft_files(&mut self, draft: DraftId) -> Result<Vec<DraftFileRow>> {
        let rows = query_as!(
            FileSql,
            "SELECT id, draft_id, name, mime, size, pack_id, pack_offset, pack_len, removed_at
             FROM draft_files WHERE draft_id = $1 AND removed_at IS NULL ORDER BY id",
            draft.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(DraftFileRow::from).collect())
    }

    async fn find_draft_file(&mut self, id: DraftFileId) -> Result<Option<DraftFileRow>> {
        let row = query_as!(
            FileSql,
            "SELECT id, draft_id, name, mime, size, pack_id, pack_offset, pack_len, removed_at FROM draft_files WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(DraftFileRow::from))
    }

    async fn add_draft_file(&mut self, row: &DraftFileRow) -> Result<()> {
        query!(
            "INSERT INTO draft_files (id, draft_id, name, mime, size, pack_id, pack_offset, pack_len) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            row.file.id.0,
            row.draft.0,
            text(&row.file.name).into_owned(),
            row.file.mime,
            row.file.size,
            row.at.pack.0,
            row.at.offset,
            row.at.len
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        let owner =
            query_scalar!("SELECT owner_id FROM drafts WHERE id = $1", row.draft.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        self.draft_changed(owner, row.draft, ChangeKind::Changed)
    }

    async fn set_draft_file_removed(&mut self, id: DraftFileId, removed: bool) -> Result<()> {
        let draft =
            query_scalar!("UPDATE draft_files SET removed_at = $2 WHERE id = $1 RETURNING draft_id", id.0, removed.then_some(self.at.0))
                .fetch_optional(&mut *self.inner)
                .await
                .map_err(err)?
                .ok_or(Error::NotFound)?;
        let owner =
            query_scalar!("SELECT owner_id FROM drafts WHERE id = $1", draft).fetch_optional(&mut *self.inner).await.map_err(err)?;
        self.draft_changed(owner, DraftId(draft), ChangeKind::Changed)
    }
}

#[async_trait]
impl Outbox for Tx {
    async fn add_to_outbox(&mut self, row: &OutboxRow, recipients: &[String]) -> Result<()> {
        query!(
            "INSERT INTO outbox (message_id, account_id, state, due_at, attempts, fault, handed_over) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            row.message.0,
            row.account.0,
            row.state.as_str(),
            row.due_at.0,
            row.attempts,
            row.fault.as_ref().map(json).transpose()?,
            row.handed_over
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        for (position, address) in recipients.iter().enumerate() {
            query!(
                "INSERT INTO outbox_recipients (message_id, position, address, state) VALUES ($1, $2, $3, $4)",
                row.message.0,
                count(position),
                text(address).into_owned(),
                RecipientState::Waiting.as_str()
            )
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        }
        self.set_written(row.message, Written::Waiting).await
    }

    async fn find_in_outbox(&mut self, message: MessageId) -> Result<Option<OutboxRow>> {
        query_as!(
            OutboxSql,
            "SELECT message_id, account_id, state, due_at, attempts, fault, handed_over FROM outbox WHERE message_id = $1",
            message.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .map(OutboxSql::row)
        .transpose()
    }

    async fn put_in_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        let done = query!(
            "UPDATE outbox SET state = $2, due_at = $3, attempts = $4, fault = $5, handed_over = $6 WHERE message_id = $1",
            row.message.0,
            row.state.as_str(),
            row.due_at.0,
            row.attempts,
            row.fault.as_ref().map(json).transpose()?,
            row.handed_over
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.set_written(row.message, if row.state == SendState::Sent { Written::Sent } else { Written::Waiting }).await
    }

    async fn unsend(&mut self, message: MessageId) -> Result<()> {
        self.archives_changed(&[message.0]).await?;
        let row = query!(r#"DELETE FROM messages WHERE id = $1 RETURNING owner_id, sort_key AS "sort_key!", pack_id"#, message.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        dialect::forget_words(&mut self.inner, &[row.sort_key]).await.map_err(err)?;
        self.note_of(UserId(row.owner_id), Entity::Message, message.0, ChangeKind::Removed);
        self.spend_packs([row.pack_id].into_iter().collect()).await
    }

    async fn due_in_outbox(&mut self, now: Moment, busy: &[MailAccountId]) -> Result<Option<OutboxRow>> {
        let mut find = QueryBuilder::<Db>::new("SELECT o.message_id FROM outbox o JOIN messages m ON m.id = o.message_id WHERE ");
        waits(&mut find, busy);
        find.push(" AND o.due_at <= ").push_bind(now.0).push(" ORDER BY o.due_at, o.message_id LIMIT 1");
        let found = find.build().persistent(false).fetch_optional(&mut *self.inner).await.map_err(err)?;
        match found {
            Some(row) => self.find_in_outbox(MessageId(row.try_get("message_id").map_err(err)?)).await,
            None => Ok(None),
        }
    }

    async fn next_in_outbox(&mut self, busy: &[MailAccountId]) -> Result<Option<Moment>> {
        let mut find = QueryBuilder::<Db>::new("SELECT o.due_at FROM outbox o JOIN messages m ON m.id = o.message_id WHERE ");
        waits(&mut find, busy);
        find.push(" ORDER BY o.due_at LIMIT 1");
        let found: Option<i64> = find.build_query_scalar().persistent(false).fetch_optional(&mut *self.inner).await.map_err(err)?;
        Ok(found.map(Moment))
    }

    async fn left_in_outbox(&mut self) -> Result<Vec<OutboxRow>> {
        query_as!(
            OutboxSql,
            "SELECT message_id, account_id, state, due_at, attempts, fault, handed_over FROM outbox WHERE state = 'sending' ORDER BY message_id"
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?
        .into_iter()
        .map(OutboxSql::row)
        .collect()
    }

    async fn outbox_recipients(&mut self, message: MessageId) -> Result<Vec<(String, RecipientState, String)>> {
        let rows = query!("SELECT address, state, said FROM outbox_recipients WHERE message_id = $1 ORDER BY position", message.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                let state = RecipientState::from_word(&row.state).ok_or_else(unknown("outbox_recipients.state"))?;
                Ok((row.address, state, row.said))
            })
            .collect()
    }

    async fn set_recipient(&mut self, message: MessageId, address: &str, state: RecipientState, said: &str) -> Result<()> {
        query!(
            "UPDATE outbox_recipients SET state = $3, said = $4 WHERE message_id = $1 AND address = $2",
            message.0,
            address,
            state.as_str(),
            text(said).into_owned()
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn is_on_server(&mut self, message: MessageId) -> Result<bool> {
        let found = query_scalar!(r#"SELECT uid AS "uid!" FROM locations WHERE message_id = $1 LIMIT 1"#, message.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(found.is_some())
    }

    async fn sending_server(&mut self, account: MailAccountId) -> Result<Option<ServerSettings>> {
        let found = query_scalar!("SELECT sending FROM mail_accounts WHERE id = $1", account.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        found.flatten().as_deref().map(from_json).transpose()
    }

    async fn set_sending_server(&mut self, account: MailAccountId, server: &ServerSettings) -> Result<()> {
        let owner = query_scalar!("UPDATE mail_accounts SET sending = $2 WHERE id = $1 RETURNING owner_id", account.0, json(server)?)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        self.note_of(UserId(owner), Entity::MailAccount, account.0, ChangeKind::Changed);
        Ok(())
    }

    async fn set_answered(&mut self, message: MessageId) -> Result<()> {
        let owner = query_scalar!("UPDATE messages SET answered = TRUE WHERE id = $1 RETURNING owner_id", message.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        // It may be gone by now.
        if owner.is_some() { self.message_changed(owner, message).await } else { Ok(()) }
    }
}

/// Waits to go, and was not thrown away meanwhile.
fn waits(find: &mut QueryBuilder<Db>, busy: &[MailAccountId]) {
    find.push("o.state = 'waiting' AND m.deleted_at IS NULL AND m.place <> ").push_bind(REMOVED);
    if !busy.is_empty() {
        find.push(" AND o.account_id NOT IN ");
        push_list(find, busy.iter().map(|id| id.0));
    }
}
