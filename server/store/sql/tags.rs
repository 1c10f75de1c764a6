//! Tags, and which contact carries which.

use super::{Tx, err};
use async_trait::async_trait;
use crm::ports::Tags;
use crm::{Error, Result};
use model::contact::{Tag, TagUse};
use model::fold::fold;
use model::inbox::{ChangeKind, Entity};
use model::{ContactId, TagId};
use sqlx::{query, query_as, query_scalar};

struct TagSql {
    id: TagId,
    name: String,
}

impl From<TagSql> for Tag {
    fn from(row: TagSql) -> Self {
        Self { id: row.id, name: row.name }
    }
}

impl Tx {
    /// The cards of those who carry it name it.
    async fn tagged_stale(&mut self, id: TagId) -> Result<()> {
        let tagged =
            query_scalar!("SELECT contact_id FROM contact_tags WHERE tag_id = $1", id.0).fetch_all(&mut *self.inner).await.map_err(err)?;
        for contact in tagged {
            self.stale(contact);
        }
        Ok(())
    }
}

#[async_trait]
impl Tags for Tx {
    async fn list_tags(&mut self) -> Result<Vec<TagUse>> {
        let rows = query!(
            r#"SELECT t.id, t.name, (
                   SELECT COUNT(*) FROM contact_tags ct JOIN contacts c ON c.id = ct.contact_id
                   WHERE ct.tag_id = t.id AND c.deleted_at IS NULL
               ) AS "contacts!: i64"
               FROM tags t ORDER BY t.name_key"#
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| TagUse { tag: Tag { id: row.id.into(), name: row.name }, contacts: row.contacts }).collect())
    }

    async fn tags_of(&mut self, contact: ContactId) -> Result<Vec<Tag>> {
        let rows = query_as!(
            TagSql,
            "SELECT t.id, t.name FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id WHERE ct.contact_id = $1 ORDER BY t.name_key",
            contact.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    async fn tag_named(&mut self, id: TagId, name: &str) -> Result<Tag> {
        let key = fold(name);
        let known =
            query_as!(TagSql, "SELECT id, name FROM tags WHERE name_key = $1", key).fetch_optional(&mut *self.inner).await.map_err(err)?;
        if let Some(tag) = known {
            return Ok(tag.into());
        }
        query!("INSERT INTO tags (id, name, name_key) VALUES ($1, $2, $3)", id.0, name, key)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        self.note(Entity::Tag, id.0, ChangeKind::Added);
        Ok(Tag { id, name: name.to_owned() })
    }

    async fn find_tag(&mut self, id: TagId) -> Result<Option<Tag>> {
        let row = query_as!(TagSql, "SELECT id, name FROM tags WHERE id = $1", id.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        Ok(row.map(Into::into))
    }

    async fn rename_tag(&mut self, id: TagId, name: &str) -> Result<()> {
        let done = query!("UPDATE tags SET name = $2, name_key = $3 WHERE id = $1", id.0, name, fold(name))
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.tagged_stale(id).await?;
        self.note(Entity::Tag, id.0, ChangeKind::Changed);
        Ok(())
    }

    async fn remove_tag(&mut self, id: TagId) -> Result<()> {
        self.tagged_stale(id).await?;
        let done = query!("DELETE FROM tags WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        if done.rows_affected() > 0 {
            self.note(Entity::Tag, id.0, ChangeKind::Removed);
        }
        Ok(())
    }

    async fn tag_contact(&mut self, contact: ContactId, tag: TagId) -> Result<()> {
        query!("INSERT INTO contact_tags (contact_id, tag_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", contact.0, tag.0)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        self.stale(contact.0);
        self.note(Entity::Contact, contact.0, ChangeKind::Changed);
        Ok(())
    }

    async fn untag_contact(&mut self, contact: ContactId, tag: TagId) -> Result<()> {
        query!("DELETE FROM contact_tags WHERE contact_id = $1 AND tag_id = $2", contact.0, tag.0)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        self.stale(contact.0);
        self.note(Entity::Contact, contact.0, ChangeKind::Changed);
        Ok(())
    }
}
