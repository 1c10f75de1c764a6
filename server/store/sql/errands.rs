//! What users did here and the mail server has still to be told.

use super::{LIST, Tx, err, push_list, unknown};
use crate::Db;
use async_trait::async_trait;
use crm::Result;
use crm::ports::{Errand, Errands, FailedErrand, Lies, Want};
use model::inbox::{ChangeKind, Entity};
use model::mail_account::FolderRole;
use model::message::Flags;
use model::{FolderId, MailAccountId, MessageId, Moment, UserId};
use sqlx::{QueryBuilder, query, query_scalar};
use uuid::Uuid;

const READ: &str = "read";
const MOVE: &str = "move";
const KEEP: &str = "keep";

/// No errand is put off longer than this: one that is due later was written before the clock was set back.
const FARTHEST: i64 = 2 * 3_600;

fn words(want: Want) -> (&'static str, &'static str) {
    match want {
        Want::Read(true) => (READ, "yes"),
        Want::Read(false) => (READ, "no"),
        Want::Move(role) => (MOVE, role.as_str()),
        Want::Keep => (KEEP, ""),
    }
}

fn want(kind: &str, word: &str) -> Result<Want> {
    match (kind, word) {
        (READ, "yes") => Ok(Want::Read(true)),
        (READ, "no") => Ok(Want::Read(false)),
        (MOVE, role) => FolderRole::from_word(role).map(Want::Move).ok_or_else(unknown("errands.want")),
        (KEEP, _) => Ok(Want::Keep),
        _ => Err(unknown("errands.kind")()),
    }
}

impl Tx {
    async fn account_changed(&mut self, account: MailAccountId) -> Result<()> {
        let owner = query_scalar!("SELECT owner_id FROM mail_accounts WHERE id = $1", account.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        if let Some(owner) = owner {
            self.note_of(UserId(owner), Entity::MailAccount, account.0, ChangeKind::Changed);
        }
        Ok(())
    }
}

#[async_trait]
impl Errands for Tx {
    async fn put_errand(&mut self, message: MessageId, wanted: Want, due: Moment) -> Result<()> {
        let (kind, word) = words(wanted);
        // The account may be gone, while its messages live on in the archives.
        query!(
            "INSERT INTO errands (message_id, kind, account_id, want, due_at)
             SELECT m.id, $2, a.id, $3, $4 FROM messages m JOIN mail_accounts a ON a.id = m.account_id WHERE m.id = $1
             ON CONFLICT (message_id, kind) DO UPDATE SET
                 want = excluded.want, due_at = excluded.due_at, attempts = 0, done = FALSE, failed = FALSE, reason = ''",
            message.0,
            kind,
            word,
            due.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        if kind == MOVE { self.place_one(message).await } else { Ok(()) }
    }

    async fn list_errands(&mut self, account: MailAccountId, now: Moment, limit: i64) -> Result<Vec<Errand>> {
        let rows = query!(
            r#"SELECT e.message_id, e.kind, e.want, e.attempts, m.message_key
               FROM errands e JOIN messages m ON m.id = e.message_id
               WHERE e.account_id = $1 AND (e.due_at <= $2 OR e.due_at > $3) AND NOT e.done AND NOT e.failed
               ORDER BY e.due_at, e.message_id LIMIT $4"#,
            account.0,
            now.0,
            now.plus_seconds(FARTHEST).0,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                Ok(Errand {
                    message: MessageId(row.message_id),
                    want: want(&row.kind, &row.want)?,
                    attempts: row.attempts,
                    message_key: row.message_key,
                })
            })
            .collect()
    }

    async fn accounts_with_errands(&mut self, now: Moment) -> Result<Vec<MailAccountId>> {
        let ids = query_scalar!(
            "SELECT DISTINCT account_id FROM errands WHERE (due_at <= $1 OR due_at > $2) AND NOT done AND NOT failed",
            now.0,
            now.plus_seconds(FARTHEST).0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(ids.into_iter().map(MailAccountId).collect())
    }

    async fn failed_errands(&mut self, account: MailAccountId, limit: i64) -> Result<Vec<FailedErrand>> {
        let rows = query!(
            r#"SELECT e.message_id, e.kind, e.want, e.reason, m.subject
               FROM errands e JOIN messages m ON m.id = e.message_id
               WHERE e.account_id = $1 AND e.failed ORDER BY m.at DESC, m.id LIMIT $2"#,
            account.0,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                Ok(FailedErrand {
                    message: MessageId(row.message_id),
                    want: want(&row.kind, &row.want)?,
                    reason: row.reason,
                    subject: row.subject,
                })
            })
            .collect()
    }

    async fn errand_begins(&mut self, errand: &Errand, again: Moment) -> Result<()> {
        let (kind, word) = words(errand.want);
        query!(
            "UPDATE errands SET attempts = attempts + 1, due_at = $4 WHERE message_id = $1 AND kind = $2 AND want = $3",
            errand.message.0,
            kind,
            word,
            again.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn errand_done(&mut self, errand: &Errand) -> Result<()> {
        let (kind, word) = words(errand.want);
        let Want::Move(role) = errand.want else {
            // Whoever wanted something else meanwhile has it told next.
            query!("DELETE FROM errands WHERE message_id = $1 AND kind = $2 AND want = $3", errand.message.0, kind, word)
                .execute(&mut *self.inner)
                .await
                .map_err(err)?;
            return Ok(());
        };
        let done = query!("UPDATE errands SET done = TRUE WHERE message_id = $1 AND kind = $2 AND want = $3", errand.message.0, kind, word)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        // The server is of one mind with us: from here on its word counts.
        query!(
            "UPDATE messages SET mirrored = $2 AND deleted_at IS NOT NULL, restored = restored AND $2 WHERE id = $1",
            errand.message.0,
            role == FolderRole::Trash
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.place_one(errand.message).await
    }

    async fn errand_fails(&mut self, errand: &Errand, reason: &str) -> Result<()> {
        let (kind, word) = words(errand.want);
        let account = query_scalar!(
            "UPDATE errands SET failed = TRUE, reason = $4 WHERE message_id = $1 AND kind = $2 AND want = $3 RETURNING account_id",
            errand.message.0,
            kind,
            word,
            reason
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        if let Some(account) = account {
            self.account_changed(MailAccountId(account)).await?;
        }
        self.place_one(errand.message).await
    }

    async fn settle_errands(&mut self, account: MailAccountId) -> Result<()> {
        let messages = query_scalar!("DELETE FROM errands WHERE account_id = $1 AND done RETURNING message_id", account.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        self.place_anew(&messages).await
    }

    async fn retry_errands(&mut self, account: MailAccountId, now: Moment) -> Result<()> {
        let messages = query_scalar!(
            "UPDATE errands SET failed = FALSE, attempts = 0, due_at = $2, reason = '' WHERE account_id = $1 AND failed RETURNING message_id",
            account.0,
            now.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        if messages.is_empty() {
            return Ok(());
        }
        self.place_anew(&messages).await?;
        self.account_changed(account).await
    }

    async fn lies_in(&mut self, message: MessageId) -> Result<Vec<Lies>> {
        let rows = query!(
            r#"SELECT folder_id AS "folder_id!", uid AS "uid!", flags AS "flags!" FROM locations WHERE message_id = $1 ORDER BY folder_id, uid"#,
            message.0
        )
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(rows.into_iter().map(|row| Lies { folder: FolderId(row.folder_id), uid: row.uid, flags: Flags::from_bits(row.flags) }).collect())
    }

    async fn move_location(&mut self, from: FolderId, uid: i64, to: FolderId, new_uid: i64) -> Result<()> {
        let moved = query!("DELETE FROM locations WHERE folder_id = $1 AND uid = $2 RETURNING flags, message_id", from.0, uid)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        let Some(moved) = moved else { return Ok(()) };
        query!(
            "INSERT INTO locations (folder_id, uid, flags, message_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (folder_id, uid) DO UPDATE SET flags = excluded.flags, message_id = excluded.message_id",
            to.0,
            new_uid,
            moved.flags,
            moved.message_id
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        match moved.message_id {
            Some(message) => self.place_anew(&[message]).await,
            None => Ok(()),
        }
    }
}

/// What is wanted of these messages and not given up: that counts for more than where the server still has them.
pub(super) async fn wanted_roles(tx: &mut Tx, messages: &[Uuid]) -> Result<Vec<(Uuid, FolderRole)>> {
    use sqlx::Row;
    let mut wanted = Vec::new();
    for chunk in messages.chunks(LIST) {
        let mut find =
            QueryBuilder::<Db>::new("SELECT message_id, want FROM errands WHERE kind = 'move' AND NOT failed AND message_id IN ");
        push_list(&mut find, chunk.iter().copied());
        for row in find.build().persistent(false).fetch_all(&mut *tx.inner).await.map_err(err)? {
            let word: String = row.try_get("want").map_err(err)?;
            wanted.push((row.try_get("message_id").map_err(err)?, FolderRole::from_word(&word).ok_or_else(unknown("errands.want"))?));
        }
    }
    Ok(wanted)
}
