//! Mail accounts.

use super::{Tx, err, unknown};
use async_trait::async_trait;
use crm::ports::{AccountRow, MailAccounts};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity};
use model::mail_account::{AccountKind, Security, ServerSettings};
use model::sign_in::Issuer;
use model::{MailAccountId, Moment, UserId};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

struct AccountSql {
    id: Uuid,
    owner_id: Uuid,
    kind: String,
    address: String,
    login: String,
    host: String,
    port: i64,
    security: String,
    trusted_certificate: Option<String>,
    sealed_password: Vec<u8>,
    issuer: Option<String>,
    connected: bool,
    diagnosis: Option<String>,
    last_ok_at: Option<i64>,
    next_try_at: Option<i64>,
    noticed_at: Option<i64>,
}

impl AccountSql {
    fn row(self) -> Result<AccountRow> {
        let diagnosis = self.diagnosis.map(|json| serde_json::from_str(&json)).transpose();
        let issuer = |word: String| Issuer::from_word(&word).ok_or_else(unknown("mail_accounts.issuer"));
        Ok(AccountRow {
            id: self.id.into(),
            owner: self.owner_id.into(),
            kind: AccountKind::from_word(&self.kind).ok_or_else(unknown("mail_accounts.kind"))?,
            address: self.address,
            server: ServerSettings {
                login: self.login,
                host: self.host,
                port: u16::try_from(self.port).unwrap_or_default(),
                security: Security::from_word(&self.security).ok_or_else(unknown("mail_accounts.security"))?,
                trusted_certificate: self.trusted_certificate,
            },
            sealed_password: self.sealed_password,
            issuer: self.issuer.map(issuer).transpose()?,
            connected: self.connected,
            diagnosis: diagnosis.map_err(|error| Error::internal("An unreadable diagnosis", error))?,
            last_ok_at: self.last_ok_at.map(Moment),
            next_try_at: self.next_try_at.map(Moment),
            noticed_at: self.noticed_at.map(Moment),
        })
    }
}

#[async_trait]
impl MailAccounts for Tx {
    async fn put_mail_account(&mut self, row: &AccountRow) -> Result<()> {
        let diagnosis = row.diagnosis.as_ref().map(serde_json::to_string).transpose();
        let diagnosis = diagnosis.map_err(|error| Error::internal("A diagnosis that is no JSON", error))?;
        let known = self.find_mail_account(row.id).await?.is_some();
        query!(
            "INSERT INTO mail_accounts (
                 id, owner_id, position, kind, address, login, host, port, security,
                 trusted_certificate, sealed_password, issuer, connected, diagnosis, last_ok_at, next_try_at, noticed_at
             )
             VALUES (
                 $1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM mail_accounts), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
             )
             ON CONFLICT (id) DO UPDATE SET
                 owner_id = excluded.owner_id,
                 kind = excluded.kind,
                 address = excluded.address,
                 login = excluded.login,
                 host = excluded.host,
                 port = excluded.port,
                 security = excluded.security,
                 trusted_certificate = excluded.trusted_certificate,
                 sealed_password = excluded.sealed_password,
                 issuer = excluded.issuer,
                 connected = excluded.connected,
                 diagnosis = excluded.diagnosis,
                 last_ok_at = excluded.last_ok_at,
                 next_try_at = excluded.next_try_at,
                 noticed_at = excluded.noticed_at",
            row.id.0,
            row.owner.0,
            row.kind.as_str(),
            row.address,
            row.server.login,
            row.server.host,
            i64::from(row.server.port),
            row.server.security.as_str(),
            row.server.trusted_certificate,
            row.sealed_password,
            row.issuer.map(Issuer::as_str),
            row.connected,
            diagnosis,
            row.last_ok_at.map(|at| at.0),
            row.next_try_at.map(|at| at.0),
            row.noticed_at.map(|at| at.0)
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note_of(row.owner, Entity::MailAccount, row.id.0, if known { ChangeKind::Changed } else { ChangeKind::Added });
        Ok(())
    }

    async fn find_mail_account(&mut self, id: MailAccountId) -> Result<Option<AccountRow>> {
        query_as!(
            AccountSql,
            "SELECT id, owner_id, kind, address, login, host, port, security, trusted_certificate, sealed_password, issuer, connected, diagnosis,
                 last_ok_at, next_try_at, noticed_at
             FROM mail_accounts WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .map(AccountSql::row)
        .transpose()
    }

    async fn list_mail_accounts(&mut self, owner: Option<UserId>) -> Result<Vec<AccountRow>> {
        query_as!(
            AccountSql,
            "SELECT id, owner_id, kind, address, login, host, port, security, trusted_certificate, sealed_password, issuer, connected, diagnosis,
                 last_ok_at, next_try_at, noticed_at
             FROM mail_accounts WHERE owner_id = $1 OR $1 IS NULL ORDER BY position, id",
            owner.map(|user| user.0) as Option<Uuid>
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?
        .into_iter()
        .map(AccountSql::row)
        .collect()
    }

    async fn remove_mail_account(&mut self, id: MailAccountId) -> Result<()> {
        let owner = query_scalar!("DELETE FROM mail_accounts WHERE id = $1 RETURNING owner_id", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        let Some(owner) = owner else { return Ok(()) };
        self.forget_places(id).await?;
        self.note_of(UserId(owner), Entity::MailAccount, id.0, ChangeKind::Removed);
        Ok(())
    }

    async fn spend(&mut self, id: MailAccountId, day: i64, bytes: i64) -> Result<()> {
        // No note: nobody looks at this number, and it changes with every batch.
        query!(
            "UPDATE mail_accounts SET
                 spent_bytes = CASE WHEN spent_day = $2 THEN spent_bytes + $3 ELSE $3 END,
                 spent_day = $2
             WHERE id = $1",
            id.0,
            day,
            bytes
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn spent(&mut self, id: MailAccountId, day: i64) -> Result<i64> {
        let spent = query_scalar!("SELECT spent_bytes FROM mail_accounts WHERE id = $1 AND spent_day = $2", id.0, day)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(spent.unwrap_or_default())
    }
}
