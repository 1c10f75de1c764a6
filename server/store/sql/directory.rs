//! Companies, logins, sessions, one-time links, attempts, leases.

use super::err;
use crate::Db;
use async_trait::async_trait;
use crm::ports::{CompanyRow, Directory, Login, ResetRow, SessionRow};
use crm::{Error, Result};
use model::{CompanyId, Moment, UserId};
use sqlx::{Transaction, query, query_as, query_scalar};

/// Counts of attempts are kept this long: no window is longer.
const ATTEMPTS_KEPT: i64 = 86_400;

/// A transaction on the directory.
pub(crate) struct DirectoryTx(pub(crate) Transaction<'static, Db>);

struct CompanySql {
    id: CompanyId,
    name: String,
    wrapped_key: Vec<u8>,
    created_at: Moment,
}

impl From<CompanySql> for CompanyRow {
    fn from(row: CompanySql) -> Self {
        Self { id: row.id, name: row.name, wrapped_key: row.wrapped_key, created_at: row.created_at }
    }
}

#[async_trait]
impl Directory for DirectoryTx {
    async fn add_company(&mut self, row: &CompanyRow) -> Result<()> {
        query!(
            "INSERT INTO companies (id, name, wrapped_key, created_at) VALUES ($1, $2, $3, $4)",
            row.id.0,
            row.name,
            row.wrapped_key,
            row.created_at.0
        )
        .execute(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn find_company(&mut self, id: CompanyId) -> Result<Option<CompanyRow>> {
        let row = query_as!(CompanySql, "SELECT id, name, wrapped_key, created_at FROM companies WHERE id = $1", id.0)
            .fetch_optional(&mut *self.0)
            .await
            .map_err(err)?;
        Ok(row.map(Into::into))
    }

    async fn list_companies(&mut self) -> Result<Vec<CompanyRow>> {
        let rows = query_as!(CompanySql, "SELECT id, name, wrapped_key, created_at FROM companies ORDER BY id")
            .fetch_all(&mut *self.0)
            .await
            .map_err(err)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn remove_company(&mut self, id: CompanyId) -> Result<()> {
        query!("DELETE FROM companies WHERE id = $1", id.0).execute(&mut *self.0).await.map_err(err)?;
        Ok(())
    }

    async fn add_login(&mut self, login: &Login, at: Moment) -> Result<()> {
        query!(
            "INSERT INTO logins (email_key, email, password_hash, company_id, user_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            login.email_key,
            login.email,
            login.password_hash,
            login.company.0,
            login.user.0,
            at.0
        )
        .execute(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn find_login(&mut self, email_key: &str) -> Result<Option<Login>> {
        let row = query!("SELECT email_key, email, password_hash, company_id, user_id FROM logins WHERE email_key = $1", email_key)
            .fetch_optional(&mut *self.0)
            .await
            .map_err(err)?;
        Ok(row.map(|row| Login {
            email_key: row.email_key,
            email: row.email,
            password_hash: row.password_hash,
            company: row.company_id.into(),
            user: row.user_id.into(),
        }))
    }

    async fn set_password(&mut self, email_key: &str, hash: &str) -> Result<()> {
        let done = query!("UPDATE logins SET password_hash = $2 WHERE email_key = $1", email_key, hash)
            .execute(&mut *self.0)
            .await
            .map_err(err)?;
        if done.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
    }

    async fn add_session(&mut self, row: &SessionRow) -> Result<()> {
        query!(
            "INSERT INTO sessions (token_hash, company_id, user_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            row.token_hash,
            row.company.0,
            row.user.0,
            row.created_at.0,
            row.seen_at.0,
            row.expires_at.0
        )
        .execute(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn find_session(&mut self, token_hash: &[u8]) -> Result<Option<SessionRow>> {
        let row = query!(
            "SELECT token_hash, company_id, user_id, created_at, seen_at, expires_at FROM sessions WHERE token_hash = $1",
            token_hash
        )
        .fetch_optional(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(row.map(|row| SessionRow {
            token_hash: row.token_hash,
            company: row.company_id.into(),
            user: row.user_id.into(),
            created_at: Moment(row.created_at),
            seen_at: Moment(row.seen_at),
            expires_at: Moment(row.expires_at),
        }))
    }

    async fn touch_session(&mut self, token_hash: &[u8], seen_at: Moment, expires_at: Moment) -> Result<()> {
        query!("UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1", token_hash, seen_at.0, expires_at.0)
            .execute(&mut *self.0)
            .await
            .map_err(err)?;
        Ok(())
    }

    async fn remove_session(&mut self, token_hash: &[u8]) -> Result<()> {
        query!("DELETE FROM sessions WHERE token_hash = $1", token_hash).execute(&mut *self.0).await.map_err(err)?;
        Ok(())
    }

    async fn remove_sessions_of(&mut self, user: UserId) -> Result<()> {
        query!("DELETE FROM sessions WHERE user_id = $1", user.0).execute(&mut *self.0).await.map_err(err)?;
        Ok(())
    }

    async fn remove_expired(&mut self, now: Moment) -> Result<()> {
        query!("DELETE FROM sessions WHERE expires_at <= $1", now.0).execute(&mut *self.0).await.map_err(err)?;
        query!("DELETE FROM resets WHERE expires_at <= $1", now.0).execute(&mut *self.0).await.map_err(err)?;
        query!("DELETE FROM attempts WHERE began_at <= $1", now.plus_seconds(-ATTEMPTS_KEPT).0).execute(&mut *self.0).await.map_err(err)?;
        Ok(())
    }

    async fn put_reset(&mut self, row: &ResetRow) -> Result<()> {
        query!(
            "INSERT INTO resets (email_key, token_hash, expires_at) VALUES ($1, $2, $3)
             ON CONFLICT (email_key) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at",
            row.email_key,
            row.token_hash,
            row.expires_at.0
        )
        .execute(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn find_reset(&mut self, token_hash: &[u8]) -> Result<Option<ResetRow>> {
        let row = query!("SELECT email_key, token_hash, expires_at FROM resets WHERE token_hash = $1", token_hash)
            .fetch_optional(&mut *self.0)
            .await
            .map_err(err)?;
        Ok(row.map(|row| ResetRow { token_hash: row.token_hash, email_key: row.email_key, expires_at: Moment(row.expires_at) }))
    }

    async fn remove_reset(&mut self, email_key: &str) -> Result<()> {
        query!("DELETE FROM resets WHERE email_key = $1", email_key).execute(&mut *self.0).await.map_err(err)?;
        Ok(())
    }

    async fn count_attempt(&mut self, key: &str, now: Moment, since: Moment) -> Result<i64> {
        query_scalar!(
            r#"INSERT INTO attempts ("key", count, began_at) VALUES ($1, 1, $2)
               ON CONFLICT ("key") DO UPDATE SET
                   count = CASE WHEN attempts.began_at >= $3 THEN attempts.count + 1 ELSE 1 END,
                   began_at = CASE WHEN attempts.began_at >= $3 THEN attempts.began_at ELSE excluded.began_at END
               RETURNING count AS "count!: i64""#,
            key,
            now.0,
            since.0
        )
        .fetch_one(&mut *self.0)
        .await
        .map_err(err)
    }

    async fn forget_attempts(&mut self, key: &str) -> Result<()> {
        query!(r#"DELETE FROM attempts WHERE "key" = $1"#, key).execute(&mut *self.0).await.map_err(err)?;
        Ok(())
    }

    async fn take_lease(&mut self, company: CompanyId, node: &str, now: Moment, until: Moment) -> Result<Option<i64>> {
        query_scalar!(
            r#"INSERT INTO leases (company_id, node, fence, until_at) VALUES ($1, $2, 1, $4)
               ON CONFLICT (company_id) DO UPDATE SET
                   fence = CASE WHEN leases.node = excluded.node THEN leases.fence ELSE leases.fence + 1 END,
                   node = excluded.node,
                   until_at = excluded.until_at
               WHERE leases.node = excluded.node OR leases.until_at <= $3
               RETURNING fence AS "fence!: i64""#,
            company.0,
            node,
            now.0,
            until.0
        )
        .fetch_optional(&mut *self.0)
        .await
        .map_err(err)
    }

    async fn release_lease(&mut self, company: CompanyId, node: &str) -> Result<()> {
        // The row stays, so that the fence goes on growing.
        query!("UPDATE leases SET node = '', until_at = 0 WHERE company_id = $1 AND node = $2", company.0, node)
            .execute(&mut *self.0)
            .await
            .map_err(err)?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.0.commit().await.map_err(err)
    }
}
