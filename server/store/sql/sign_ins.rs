//! Ways to a provider's page and back, and what lets into an account in place of a password.

use super::{Tx, err, text, unknown};
use async_trait::async_trait;
use crm::ports::{SignInRow, SignIns};
use crm::{Error, Result};
use model::mail_account::AccountKind;
use model::sign_in::Issuer;
use model::{MailAccountId, Moment, SignInId};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

struct SignInSql {
    id: Uuid,
    owner_id: Uuid,
    session_hash: Vec<u8>,
    state_hash: Vec<u8>,
    issuer: String,
    kind: String,
    address: String,
    account_id: Option<Uuid>,
    server: Option<String>,
    sealed: Vec<u8>,
    back: bool,
    fault: Option<String>,
    expires_at: i64,
}

impl SignInSql {
    fn row(self) -> Result<SignInRow> {
        let unreadable = |error| Error::internal("An unreadable sign-in", error);
        Ok(SignInRow {
            id: self.id.into(),
            owner: self.owner_id.into(),
            session_hash: self.session_hash,
            state_hash: self.state_hash,
            issuer: Issuer::from_word(&self.issuer).ok_or_else(unknown("sign_ins.issuer"))?,
            kind: AccountKind::from_word(&self.kind).ok_or_else(unknown("sign_ins.kind"))?,
            address: self.address,
            account: self.account_id.map(MailAccountId),
            server: self.server.map(|json| serde_json::from_str(&json)).transpose().map_err(unreadable)?,
            sealed: self.sealed,
            back: self.back,
            fault: self.fault.map(|json| serde_json::from_str(&json)).transpose().map_err(unreadable)?,
            expires_at: Moment(self.expires_at),
        })
    }
}

// No notes: nobody looks at a sign-in but the page that waits for it, and a token changes what is shown of an account in nothing.
#[async_trait]
impl SignIns for Tx {
    async fn put_sign_in(&mut self, row: &SignInRow) -> Result<()> {
        let no_json = |error| Error::internal("A sign-in that is no JSON", error);
        let server = row.server.as_ref().map(serde_json::to_string).transpose().map_err(no_json)?;
        let fault = row.fault.as_ref().map(serde_json::to_string).transpose().map_err(no_json)?;
        query!(
            "INSERT INTO sign_ins (
                 id, owner_id, session_hash, state_hash, issuer, kind, address, account_id, server, sealed, back, fault, expires_at
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (id) DO UPDATE SET
                 address = excluded.address,
                 sealed = excluded.sealed,
                 back = excluded.back,
                 fault = excluded.fault,
                 expires_at = excluded.expires_at",
            row.id.0,
            row.owner.0,
            row.session_hash,
            row.state_hash,
            row.issuer.as_str(),
            row.kind.as_str(),
            text(&row.address).into_owned(),
            row.account.map(|account| account.0),
            server,
            row.sealed,
            row.back,
            fault,
            row.expires_at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn find_sign_in(&mut self, id: SignInId) -> Result<Option<SignInRow>> {
        query_as!(
            SignInSql,
            "SELECT id, owner_id, session_hash, state_hash, issuer, kind, address, account_id, server, sealed, back, fault, expires_at
             FROM sign_ins WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .map(SignInSql::row)
        .transpose()
    }

    async fn take_sign_in(&mut self, state_hash: &[u8], session_hash: &[u8], now: Moment) -> Result<Option<SignInRow>> {
        let taken = query_scalar!(
            "UPDATE sign_ins SET back = TRUE
             WHERE state_hash = $1 AND session_hash = $2 AND expires_at > $3 AND back = FALSE
             RETURNING id",
            state_hash,
            session_hash,
            now.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        match taken {
            Some(id) => self.find_sign_in(id.into()).await,
            None => Ok(None),
        }
    }

    async fn remove_sign_in(&mut self, id: SignInId) -> Result<()> {
        query!("DELETE FROM sign_ins WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn remove_sign_ins(&mut self, now: Moment) -> Result<()> {
        query!("DELETE FROM sign_ins WHERE expires_at <= $1", now.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn find_grant(&mut self, account: MailAccountId) -> Result<Option<Vec<u8>>> {
        let found = query_scalar!("SELECT sealed_grant FROM mail_accounts WHERE id = $1", account.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(found.flatten())
    }

    async fn set_grant(&mut self, account: MailAccountId, sealed: Option<&[u8]>) -> Result<()> {
        query!("UPDATE mail_accounts SET sealed_grant = $2 WHERE id = $1", account.0, sealed)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(())
    }

    async fn replace_grant(&mut self, account: MailAccountId, before: &[u8], sealed: &[u8]) -> Result<bool> {
        let replaced = query_scalar!(
            "UPDATE mail_accounts SET sealed_grant = $3 WHERE id = $1 AND sealed_grant = $2 RETURNING id",
            account.0,
            before,
            sealed
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(replaced.is_some())
    }
}
