//! Passwords of devices, in the directory.

use super::{DirectoryTx, err};
use async_trait::async_trait;
use crm::Result;
use crm::ports::{DevicePasswordRow, DevicePasswords};
use model::{DevicePasswordId, Moment, UserId};
use sqlx::{query, query_as};
use uuid::Uuid;

struct PasswordSql {
    id: Uuid,
    hash: Vec<u8>,
    company_id: Uuid,
    user_id: Uuid,
    label: String,
    created_at: i64,
}

impl From<PasswordSql> for DevicePasswordRow {
    fn from(row: PasswordSql) -> Self {
        Self {
            id: row.id.into(),
            hash: row.hash,
            company: row.company_id.into(),
            user: row.user_id.into(),
            label: row.label,
            created_at: Moment(row.created_at),
        }
    }
}

#[async_trait]
impl DevicePasswords for DirectoryTx {
    async fn add_device_password(&mut self, row: &DevicePasswordRow) -> Result<()> {
        query!(
            "INSERT INTO device_passwords (id, hash, company_id, user_id, label, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            row.id.0,
            row.hash,
            row.company.0,
            row.user.0,
            row.label,
            row.created_at.0
        )
        .execute(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn find_device_password(&mut self, hash: &[u8]) -> Result<Option<DevicePasswordRow>> {
        let row =
            query_as!(PasswordSql, "SELECT id, hash, company_id, user_id, label, created_at FROM device_passwords WHERE hash = $1", hash)
                .fetch_optional(&mut *self.0)
                .await
                .map_err(err)?;
        Ok(row.map(Into::into))
    }

    async fn list_device_passwords(&mut self, user: UserId) -> Result<Vec<DevicePasswordRow>> {
        let rows = query_as!(
            PasswordSql,
            "SELECT id, hash, company_id, user_id, label, created_at FROM device_passwords WHERE user_id = $1 ORDER BY created_at, id",
            user.0
        )
        .fetch_all(&mut *self.0)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn remove_device_password(&mut self, user: UserId, id: DevicePasswordId) -> Result<bool> {
        let done =
            query!("DELETE FROM device_passwords WHERE user_id = $1 AND id = $2", user.0, id.0).execute(&mut *self.0).await.map_err(err)?;
        Ok(done.rows_affected() > 0)
    }
}
