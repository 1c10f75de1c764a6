//! Addresses that letters go from.

use super::{Tx, err, index_key, text};
use async_trait::async_trait;
use crm::ports::{SenderRow, Senders};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity};
use model::{Moment, SenderId, UserId, fold};
use sqlx::{query, query_as};
use uuid::Uuid;

struct SenderSql {
    id: Uuid,
    account_id: Uuid,
    owner_id: Uuid,
    address: String,
    name: String,
    verified_at: Option<i64>,
    code_hash: Option<Vec<u8>>,
    code_until: i64,
    attempts: i64,
}

impl From<SenderSql> for SenderRow {
    fn from(row: SenderSql) -> Self {
        Self {
            id: row.id.into(),
            account: row.account_id.into(),
            owner: row.owner_id.into(),
            address: row.address,
            name: row.name,
            verified_at: row.verified_at.map(Moment),
            code_hash: row.code_hash,
            code_until: Moment(row.code_until),
            attempts: row.attempts,
        }
    }
}

#[async_trait]
impl Senders for Tx {
    async fn put_sender(&mut self, row: &SenderRow) -> Result<()> {
        let known = self.find_sender(row.id).await?.is_some();
        query!(
            "INSERT INTO senders (id, account_id, address, address_key, name, verified_at, code_hash, code_until, attempts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name,
                 verified_at = excluded.verified_at,
                 code_hash = excluded.code_hash,
                 code_until = excluded.code_until,
                 attempts = excluded.attempts",
            row.id.0,
            row.account.0,
            text(&row.address).into_owned(),
            index_key(&fold::email_key(&row.address)),
            text(&row.name).into_owned(),
            row.verified_at.map(|at| at.0),
            row.code_hash,
            row.code_until.0,
            row.attempts
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note_of(row.owner, Entity::Sender, row.id.0, if known { ChangeKind::Changed } else { ChangeKind::Added });
        Ok(())
    }

    async fn find_sender(&mut self, id: SenderId) -> Result<Option<SenderRow>> {
        let row = query_as!(
            SenderSql,
            "SELECT s.id, s.account_id, a.owner_id, s.address, s.name, s.verified_at, s.code_hash, s.code_until, s.attempts
             FROM senders s JOIN mail_accounts a ON a.id = s.account_id WHERE s.id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(SenderRow::from))
    }

    async fn list_senders(&mut self, owner: UserId) -> Result<Vec<SenderRow>> {
        let rows = query_as!(
            SenderSql,
            r#"SELECT s.id AS "id!", s.account_id AS "account_id!", a.owner_id AS "owner_id!", s.address AS "address!", s.name AS "name!",
                   s.verified_at AS "verified_at?", s.code_hash AS "code_hash?: Vec<u8>", s.code_until AS "code_until!",
                   s.attempts AS "attempts!"
               FROM senders s JOIN mail_accounts a ON a.id = s.account_id
               WHERE a.owner_id = $1 ORDER BY a.position, a.id, s.id"#,
            owner.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(SenderRow::from).collect())
    }

    async fn guess_at_sender(&mut self, id: SenderId) -> Result<Option<SenderRow>> {
        // Counted by the database: of two guesses at once neither is free.
        query!("UPDATE senders SET attempts = attempts + 1 WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        let row = self.find_sender(id).await?;
        if let Some(row) = &row {
            self.note_of(row.owner, Entity::Sender, id.0, ChangeKind::Changed);
        }
        Ok(row)
    }

    async fn remove_sender(&mut self, id: SenderId) -> Result<()> {
        let row = self.find_sender(id).await?.ok_or(Error::NotFound)?;
        query!("DELETE FROM senders WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        self.note_of(row.owner, Entity::Sender, id.0, ChangeKind::Removed);
        Ok(())
    }
}
