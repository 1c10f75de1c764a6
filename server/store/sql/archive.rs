//! The archive: which messages belong to which contact.

use super::contacts::RefSql;
use super::{Tx, count, err};
use async_trait::async_trait;
use crm::ports::{Archive, LinkRow, MessageRecord};
use crm::{Error, Result};
use model::contact::ContactRef;
use model::inbox::{ArchiveFilter, ArchiveShow, ChangeKind, Entity};
use model::{ContactId, Cursor, MessageId, Moment, UserId};
use sqlx::{query, query_scalar};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Newest first: the key of a merged archive.
type Key = std::cmp::Reverse<(i64, Uuid)>;

impl Tx {
    /// At most `limit` messages of one contact's archive, after `high` and not older than `low`.
    async fn walk_archive(
        &mut self,
        contact: Uuid,
        show: ArchiveShow,
        high: (i64, Uuid),
        low: (i64, Uuid),
        sees_private: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<(i64, Uuid)>> {
        let rows = query!(
            r#"SELECT mc.at AS "at!", mc.message_id AS "message_id!"
               FROM message_contacts mc
               JOIN messages m ON m.id = mc.message_id
               WHERE mc.contact_id = $1 AND NOT mc.removed
                   AND (mc.at, mc.message_id) < ($2, $3) AND (mc.at, mc.message_id) >= ($4, $5)
                   AND m.place NOT IN ('trash', 'removed') AND (NOT m.private OR $10 OR m.owner_id = $11)
                   AND (NOT $6 OR NOT m.outgoing) AND (NOT $7 OR m.outgoing) AND (NOT $8 OR m.attachments)
               ORDER BY mc.at DESC, mc.message_id DESC LIMIT $9"#,
            contact,
            high.0,
            high.1,
            low.0,
            low.1,
            show == ArchiveShow::Incoming,
            show == ArchiveShow::Outgoing,
            show == ArchiveShow::WithAttachments,
            limit,
            sees_private.is_none(),
            sees_private.map_or_else(Uuid::nil, |user| user.0)
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| (row.at, row.message_id)).collect())
    }

    async fn link_changed(&mut self, message: MessageId, contact: ContactId) -> Result<()> {
        let owner = query_scalar!("SELECT owner_id FROM messages WHERE id = $1", message.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        self.note_of(owner.into(), Entity::Message, message.0, ChangeKind::Changed);
        self.note(Entity::Contact, contact.0, ChangeKind::Changed);
        Ok(())
    }
}

#[async_trait]
impl Archive for Tx {
    async fn links_of(&mut self, message: MessageId) -> Result<Vec<LinkRow>> {
        let rows = query!(
            r#"SELECT c.id AS "id!", c.kind AS "kind!", c.first_name AS "first_name!", c.last_name AS "last_name!", c.company AS "company!",
                   mc.by_hand AS "by_hand!"
               FROM message_contacts mc JOIN contacts c ON c.id = mc.contact_id
               WHERE mc.message_id = $1 AND NOT mc.removed AND c.deleted_at IS NULL ORDER BY c.id"#,
            message.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                let contact =
                    RefSql { id: row.id, kind: row.kind, first_name: row.first_name, last_name: row.last_name, company: row.company };
                Ok(LinkRow { contact: contact.contact()?, by_hand: row.by_hand })
            })
            .collect()
    }

    async fn link(&mut self, message: MessageId, contact: ContactId) -> Result<()> {
        let at = query_scalar!(
            "INSERT INTO message_contacts (contact_id, message_id, at, by_hand, removed, waiting)
             SELECT c.id, m.id, m.at, TRUE, FALSE, CASE WHEN m.place <> 'inbox' THEN 0 WHEN m.read THEN 1 ELSE 2 END
             FROM messages m JOIN contacts c ON c.id = $2
             WHERE m.id = $1
             ON CONFLICT (contact_id, message_id) DO UPDATE SET by_hand = TRUE, removed = FALSE, waiting = excluded.waiting
             RETURNING at",
            message.0,
            contact.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .ok_or(Error::NotFound)?;
        self.rank(contact, Moment(at)).await?;
        self.link_changed(message, contact).await
    }

    async fn unlink(&mut self, message: MessageId, contact: ContactId) -> Result<()> {
        query!(
            "UPDATE message_contacts SET by_hand = TRUE, removed = TRUE, waiting = 0 WHERE message_id = $1 AND contact_id = $2",
            message.0,
            contact.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.link_changed(message, contact).await
    }

    async fn link_address(&mut self, contact: ContactId, email_key: &str) -> Result<i64> {
        let moments = query_scalar!(
            "INSERT INTO message_contacts (contact_id, message_id, at, by_hand, removed, waiting)
             SELECT DISTINCT c.id, m.id, m.at, FALSE, FALSE, CASE WHEN m.place <> 'inbox' THEN 0 WHEN m.read THEN 1 ELSE 2 END
             FROM participants p
             JOIN messages m ON m.id = p.message_id
             JOIN contacts c ON c.id = $1 AND c.deleted_at IS NULL
             WHERE p.address_key = $2 AND p.role <> 'reply_to'
             ON CONFLICT DO NOTHING
             RETURNING at",
            contact.0,
            email_key
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        if !moments.is_empty() {
            self.rank_latest(contact, &moments).await?;
            self.note(Entity::Contact, contact.0, ChangeKind::Changed);
        }
        Ok(count(moments.len()))
    }

    async fn unlink_address(&mut self, contact: ContactId, email_key: &str) -> Result<()> {
        query!(
            "DELETE FROM message_contacts
             WHERE contact_id = $1 AND NOT by_hand AND NOT removed
                 AND message_id IN (SELECT p.message_id FROM participants p WHERE p.address_key = $2)
                 AND NOT EXISTS (
                     SELECT 1
                     FROM participants p
                     JOIN contact_details d ON d.value_key = p.address_key AND d.kind = 'email' AND d.contact_id = $1
                     WHERE p.message_id = message_contacts.message_id AND p.address_key <> $2 AND p.role <> 'reply_to'
                 )",
            contact.0,
            email_key
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::Contact, contact.0, ChangeKind::Changed);
        Ok(())
    }

    async fn list_archive(
        &mut self,
        filter: &ArchiveFilter,
        sees_private: Option<UserId>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<(MessageRecord, ContactRef)>> {
        let high = super::messages::start(after);
        let mut whose = vec![filter.contact.0];
        if filter.employees {
            let employees =
                query_scalar!("SELECT id FROM contacts WHERE employer_id = $1 AND deleted_at IS NULL ORDER BY id", filter.contact.0)
                    .fetch_all(&mut *self.inner)
                    .await
                    .map_err(err)?;
            whose.extend(employees);
        }
        // Each archive is one walk along its index; what is older than a full page of the others is not even read.
        let most = usize::try_from(limit).unwrap_or_default();
        let mut merged: BTreeMap<Key, Uuid> = BTreeMap::new();
        for contact in whose {
            let low = match merged.last_key_value() {
                Some((key, _)) if merged.len() >= most => key.0,
                _ => (i64::MIN, Uuid::nil()),
            };
            for row in self.walk_archive(contact, filter.show, high, low, sees_private, limit).await? {
                merged.entry(std::cmp::Reverse(row)).or_insert(contact);
            }
            while merged.len() > most {
                merged.pop_last();
            }
        }
        if merged.is_empty() {
            return Ok(Vec::new());
        }
        let contacts = self.archive_owners(merged.values().copied()).await?;
        let ids: Vec<_> = merged.keys().map(|key| key.0.1).collect();
        let mut records = self.records(&ids).await?;
        Ok(merged.into_iter().filter_map(|(key, contact)| Some((records.remove(&key.0.1)?, contacts.get(&contact)?.clone()))).collect())
    }

    async fn is_linked(&mut self, message: MessageId) -> Result<bool> {
        let found = query_scalar!("SELECT contact_id FROM message_contacts WHERE message_id = $1 AND NOT removed LIMIT 1", message.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(found.is_some())
    }

    async fn count_open(&mut self, contact: ContactId) -> Result<i64> {
        query_scalar!(r#"SELECT COUNT(*) AS "count!: i64" FROM message_contacts WHERE contact_id = $1 AND waiting > 0"#, contact.0)
            .fetch_one(&mut *self.inner)
            .await
            .map_err(err)
    }
}

impl Tx {
    /// Also of one in the bin: its archive can still be looked at.
    async fn archive_owners(&mut self, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, ContactRef>> {
        use crm::ports::Contacts;
        let mut owners = HashMap::new();
        for id in ids {
            if !owners.contains_key(&id)
                && let Some(contact) = self.contact_ref(ContactId(id)).await?
            {
                owners.insert(id, contact);
            }
        }
        Ok(owners)
    }
}
