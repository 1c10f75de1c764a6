//! Letters that did not arrive after all.

use super::messages::address_key;
use super::{Tx, err, index_key, text};
use async_trait::async_trait;
use crm::ports::{BounceRow, Bounces};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity};
use model::nature::{Report, Undelivered};
use model::{ContactId, DetailId, MessageId, Moment, UserId};
use sqlx::{query, query_scalar};
use std::collections::HashSet;

impl Tx {
    /// What became of it is shown at the letter, and on the cards of those who have the address.
    async fn fate_changed(&mut self, message: MessageId, email_key: &str) -> Result<()> {
        let owner =
            query_scalar!("SELECT owner_id FROM messages WHERE id = $1", message.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        self.message_changed(owner, message).await?;
        self.address_changed(email_key).await
    }

    async fn address_changed(&mut self, email_key: &str) -> Result<()> {
        let contacts = query_scalar!("SELECT contact_id FROM contact_details WHERE value_key = $1 AND kind = 'email'", email_key)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        for contact in contacts {
            self.note(Entity::Contact, contact, ChangeKind::Changed);
        }
        Ok(())
    }
}

#[async_trait]
impl Bounces for Tx {
    async fn find_sent(&mut self, owner: UserId, message_ids: &[String]) -> Result<Option<MessageId>> {
        for id in message_ids {
            let found = query_scalar!(
                "SELECT id FROM messages
                 WHERE account_id IN (SELECT a.id FROM mail_accounts a WHERE a.owner_id = $1) AND message_key = $2
                     AND owner_id = $1 AND outgoing AND place <> 'removed'
                 ORDER BY at DESC LIMIT 1",
                owner.0,
                index_key(id)
            )
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
            if let Some(found) = found {
                return Ok(Some(MessageId(found)));
            }
        }
        Ok(None)
    }

    // No notes: it is not of anything yet.
    async fn put_report(&mut self, owner: UserId, report: &Report, at: Moment) -> Result<()> {
        let json = serde_json::to_string(report).map_err(|error| Error::internal("A report that is no JSON", error))?;
        for about in &report.about {
            query!("INSERT INTO reports (owner_id, about_key, report, at) VALUES ($1, $2, $3, $4)", owner.0, index_key(about), json, at.0)
                .execute(&mut *self.inner)
                .await
                .map_err(err)?;
        }
        Ok(())
    }

    async fn awaits_letters(&mut self, owner: UserId) -> Result<bool> {
        let any = query_scalar!(r#"SELECT 1 AS "one!: i32" FROM reports WHERE owner_id = $1 LIMIT 1"#, owner.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(any.is_some())
    }

    async fn take_reports(&mut self, owner: UserId, message_id: &str) -> Result<Vec<(Report, Moment)>> {
        let rows =
            query!("DELETE FROM reports WHERE owner_id = $1 AND about_key = $2 RETURNING report, at", owner.0, index_key(message_id))
                .fetch_all(&mut *self.inner)
                .await
                .map_err(err)?;
        let read = |json: &str| serde_json::from_str(json).map_err(|error| Error::internal("An unreadable report", error));
        rows.into_iter().map(|row| Ok((read(&row.report)?, Moment(row.at)))).collect()
    }

    async fn forget_reports(&mut self, before: Moment) -> Result<()> {
        query!("DELETE FROM reports WHERE at < $1", before.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn put_bounce(&mut self, row: &BounceRow) -> Result<()> {
        let key = address_key(&row.told.address);
        let put = query_scalar!(
            "INSERT INTO undelivered (message_id, address_key, address, delayed, status, said, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (message_id, address_key) DO UPDATE SET
                 address = excluded.address,
                 delayed = excluded.delayed,
                 status = excluded.status,
                 said = excluded.said,
                 at = excluded.at,
                 settled = FALSE
             WHERE undelivered.delayed
             RETURNING message_id",
            row.message.0,
            key,
            text(&row.told.address).into_owned(),
            row.told.delayed,
            text(&row.told.status).into_owned(),
            text(&row.told.diagnostic).into_owned(),
            row.at.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        if put.is_some() { self.fate_changed(row.message, &key).await } else { Ok(()) }
    }

    async fn remove_delay(&mut self, message: MessageId, email_key: &str, at: Moment) -> Result<()> {
        let gone = query_scalar!(
            "DELETE FROM undelivered WHERE message_id = $1 AND address_key = $2 AND delayed AND at <= $3 RETURNING message_id",
            message.0,
            index_key(email_key),
            at.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        if gone.is_some() { self.fate_changed(message, email_key).await } else { Ok(()) }
    }

    async fn bounces_of(&mut self, message: MessageId) -> Result<Vec<Undelivered>> {
        let rows = query!("SELECT address, delayed, status, said FROM undelivered WHERE message_id = $1 ORDER BY address_key", message.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        let told = rows.into_iter().map(|row| Undelivered {
            address: row.address,
            delayed: row.delayed,
            status: row.status,
            diagnostic: row.said,
        });
        Ok(told.collect())
    }

    async fn bounces_at(&mut self, contact: ContactId) -> Result<Vec<(DetailId, BounceRow)>> {
        let rows = query!(
            r#"SELECT d.id AS "detail_id!", u.message_id AS "message_id!", u.address AS "address!", u.delayed AS "delayed!: bool",
                   u.status AS "status!", u.said AS "said!", u.at AS "at!"
               FROM contact_details d
               JOIN undelivered u ON u.address_key = d.value_key AND NOT u.settled
               WHERE d.contact_id = $1 AND d.kind = 'email'
                   AND NOT EXISTS (
                       SELECT 1
                       FROM participants p
                       JOIN messages m ON m.id = p.message_id
                       WHERE p.address_key = u.address_key AND m.at > u.at
                           AND (p.role = 'from' OR (m.outgoing AND m.place = 'sent' AND p.role <> 'reply_to'))
                           AND NOT EXISTS (SELECT 1 FROM undelivered f WHERE f.message_id = m.id AND f.address_key = u.address_key)
                   )
               ORDER BY u.at DESC, u.message_id DESC"#,
            contact.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut seen = HashSet::new();
        let rows = rows.into_iter().filter(|row| seen.insert(row.detail_id)).map(|row| {
            let told = Undelivered { address: row.address, delayed: row.delayed, status: row.status, diagnostic: row.said };
            (DetailId(row.detail_id), BounceRow { message: row.message_id.into(), told, at: Moment(row.at) })
        });
        Ok(rows.collect())
    }

    async fn settle_bounces(&mut self, email_key: &str, settled: bool) -> Result<()> {
        query!("UPDATE undelivered SET settled = $2 WHERE address_key = $1", index_key(email_key), settled)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        self.address_changed(email_key).await
    }
}
