//! Templates: their bodies with every version there was, their files, and what they are called for.

use super::{Tx, err, text, unknown};
use async_trait::async_trait;
use crm::ports::{RawAt, TemplateFileRow, TemplateRecord, TemplateVersionRow, Templates};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity};
use model::template::{ActionTypes, TemplateAction, TemplateFile, TemplateProperties};
use model::{Moment, TemplateFileId, TemplateId, UserId};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Older bodies than these are forgotten.
const VERSIONS: i64 = 100;

struct TemplateSql {
    id: Uuid,
    name: String,
    tab: String,
    subject: String,
    sender_domain: String,
    active: bool,
    standard: bool,
    version: i64,
    changed_at: i64,
    files: i64,
    removed_at: Option<i64>,
}

impl From<TemplateSql> for TemplateRecord {
    fn from(row: TemplateSql) -> Self {
        Self {
            id: row.id.into(),
            properties: TemplateProperties {
                name: row.name,
                tab: row.tab,
                subject: row.subject,
                sender_domain: row.sender_domain,
                active: row.active,
            },
            standard: row.standard,
            version: row.version,
            changed_at: Moment(row.changed_at),
            files: row.files,
        }
    }
}

struct FileSql {
    id: Uuid,
    template_id: Uuid,
    name: String,
    mime: String,
    size: i64,
    pack_id: Uuid,
    pack_offset: i64,
    pack_len: i64,
    removed_at: Option<i64>,
}

impl From<FileSql> for TemplateFileRow {
    fn from(row: FileSql) -> Self {
        Self {
            template: row.template_id.into(),
            file: TemplateFile { id: row.id.into(), name: row.name, mime: row.mime, size: row.size },
            at: RawAt { pack: row.pack_id.into(), offset: row.pack_offset, len: row.pack_len },
            removed: row.removed_at.is_some(),
        }
    }
}

impl Tx {
    async fn add_version(&mut self, id: TemplateId, version: i64, body: &str, author: Option<UserId>) -> Result<()> {
        query!(
            "INSERT INTO template_versions (template_id, version, body, author_id, at) VALUES ($1, $2, $3, $4, $5)",
            id.0,
            version,
            body,
            author.map(|user| user.0),
            self.at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        query!("DELETE FROM template_versions WHERE template_id = $1 AND version <= $2", id.0, version - VERSIONS)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(())
    }
}

#[async_trait]
impl Templates for Tx {
    async fn list_templates(&mut self) -> Result<Vec<TemplateRecord>> {
        let rows = query_as!(
            TemplateSql,
            r#"SELECT t.id AS "id!", t.name AS "name!", t.tab AS "tab!", t.subject AS "subject!", t.sender_domain AS "sender_domain!",
                   t.active AS "active!", t.standard AS "standard!", t.version AS "version!", t.changed_at AS "changed_at!",
                   (SELECT COUNT(*) FROM template_files f WHERE f.template_id = t.id AND f.removed_at IS NULL) AS "files!: i64",
                   t.removed_at AS "removed_at?"
               FROM templates t WHERE t.removed_at IS NULL ORDER BY t.standard DESC, LOWER(t.name), t.id"#
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(TemplateRecord::from).collect())
    }

    async fn find_template(&mut self, id: TemplateId) -> Result<Option<(TemplateRecord, bool)>> {
        let row = query_as!(
            TemplateSql,
            r#"SELECT t.id AS "id!", t.name AS "name!", t.tab AS "tab!", t.subject AS "subject!", t.sender_domain AS "sender_domain!",
                   t.active AS "active!", t.standard AS "standard!", t.version AS "version!", t.changed_at AS "changed_at!",
                   (SELECT COUNT(*) FROM template_files f WHERE f.template_id = t.id AND f.removed_at IS NULL) AS "files!: i64",
                   t.removed_at AS "removed_at?"
               FROM templates t WHERE t.id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(|row| {
            let removed = row.removed_at.is_some();
            (row.into(), removed)
        }))
    }

    async fn template_body(&mut self, id: TemplateId) -> Result<String> {
        query_scalar!("SELECT body FROM templates WHERE id = $1", id.0).fetch_one(&mut *self.inner).await.map_err(err)
    }

    async fn add_template(&mut self, row: &TemplateRecord, body: &str) -> Result<()> {
        let body = text(body).into_owned();
        let properties = &row.properties;
        query!(
            "INSERT INTO templates (id, name, tab, subject, sender_domain, active, standard, body, version, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            row.id.0,
            text(&properties.name).into_owned(),
            text(&properties.tab).into_owned(),
            text(&properties.subject).into_owned(),
            text(&properties.sender_domain).into_owned(),
            properties.active,
            row.standard,
            body,
            row.version,
            row.changed_at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        let author = self.actor.filter(|_| !row.standard);
        self.add_version(row.id, row.version, &body, author).await?;
        self.note(Entity::Template, row.id.0, ChangeKind::Added);
        Ok(())
    }

    async fn put_template_properties(&mut self, id: TemplateId, properties: &TemplateProperties) -> Result<()> {
        let done = query!(
            "UPDATE templates SET name = $2, tab = $3, subject = $4, sender_domain = $5, active = $6, changed_at = $7 WHERE id = $1",
            id.0,
            text(&properties.name).into_owned(),
            text(&properties.tab).into_owned(),
            text(&properties.subject).into_owned(),
            text(&properties.sender_domain).into_owned(),
            properties.active,
            self.at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.note(Entity::Template, id.0, ChangeKind::Changed);
        Ok(())
    }

    async fn put_template_body(&mut self, id: TemplateId, version: i64, body: &str) -> Result<Option<i64>> {
        let body = text(body).into_owned();
        let next = query_scalar!(
            "UPDATE templates SET body = $3, version = version + 1, changed_at = $4 WHERE id = $1 AND version = $2 RETURNING version",
            id.0,
            version,
            body,
            self.at.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        let Some(next) = next else { return Ok(None) };
        self.add_version(id, next, &body, self.actor).await?;
        self.note(Entity::Template, id.0, ChangeKind::Changed);
        Ok(Some(next))
    }

    async fn set_template_removed(&mut self, id: TemplateId, removed: bool) -> Result<()> {
        let done = query!("UPDATE templates SET removed_at = $2 WHERE id = $1", id.0, removed.then_some(self.at.0))
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.note(Entity::Template, id.0, if removed { ChangeKind::Removed } else { ChangeKind::Added });
        Ok(())
    }

    async fn list_template_versions(&mut self, id: TemplateId, limit: i64) -> Result<Vec<TemplateVersionRow>> {
        let rows = query!(
            "SELECT version, author_id, at FROM template_versions WHERE template_id = $1 ORDER BY version DESC LIMIT $2",
            id.0,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let row =
            rows.into_iter().map(|row| TemplateVersionRow { version: row.version, author: row.author_id.map(UserId), at: Moment(row.at) });
        Ok(row.collect())
    }

    async fn template_version(&mut self, id: TemplateId, version: i64) -> Result<Option<String>> {
        query_scalar!("SELECT body FROM template_versions WHERE template_id = $1 AND version = $2", id.0, version)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)
    }

    async fn list_template_files(&mut self, template: TemplateId) -> Result<Vec<TemplateFileRow>> {
        let rows = query_as!(
            FileSql,
            "SELECT id, template_id, name, mime, size, pack_id, pack_offset, pack_len, removed_at
             FROM template_files WHERE template_id = $1 AND removed_at IS NULL ORDER BY id",
            template.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(TemplateFileRow::from).collect())
    }

    async fn find_template_file(&mut self, id: TemplateFileId) -> Result<Option<TemplateFileRow>> {
        let row = query_as!(
            FileSql,
            "SELECT id, template_id, name, mime, size, pack_id, pack_offset, pack_len, removed_at FROM template_files WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(TemplateFileRow::from))
    }

    async fn add_template_file(&mut self, row: &TemplateFileRow) -> Result<()> {
        query!(
            "INSERT INTO template_files (id, template_id, name, mime, size, pack_id, pack_offset, pack_len)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            row.file.id.0,
            row.template.0,
            text(&row.file.name).into_owned(),
            text(&row.file.mime).into_owned(),
            row.file.size,
            row.at.pack.0,
            row.at.offset,
            row.at.len
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::Template, row.template.0, ChangeKind::Changed);
        Ok(())
    }

    async fn set_template_file_removed(&mut self, id: TemplateFileId, removed: bool) -> Result<()> {
        let template = query_scalar!(
            "UPDATE template_files SET removed_at = $2 WHERE id = $1 RETURNING template_id",
            id.0,
            removed.then_some(self.at.0)
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?
        .ok_or(Error::NotFound)?;
        self.note(Entity::Template, template, ChangeKind::Changed);
        Ok(())
    }

    async fn action_types(&mut self) -> Result<ActionTypes> {
        let rows = query!(
            "SELECT a.action, a.template_id FROM action_types a JOIN templates t ON t.id = a.template_id WHERE t.removed_at IS NULL"
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut types = ActionTypes::default();
        for row in rows {
            let action = TemplateAction::from_word(&row.action).ok_or_else(unknown("action_types.action"))?;
            types.set(action, Some(row.template_id.into()));
        }
        Ok(types)
    }

    async fn set_action_type(&mut self, action: TemplateAction, template: Option<TemplateId>) -> Result<()> {
        match template {
            Some(template) => {
                query!(
                    "INSERT INTO action_types (action, template_id) VALUES ($1, $2)
                     ON CONFLICT (action) DO UPDATE SET template_id = excluded.template_id",
                    action.as_str(),
                    template.0
                )
                .execute(&mut *self.inner)
                .await
            }
            None => query!("DELETE FROM action_types WHERE action = $1", action.as_str()).execute(&mut *self.inner).await,
        }
        .map_err(err)?;
        self.note(Entity::Template, Uuid::nil(), ChangeKind::Changed);
        Ok(())
    }

    async fn destroy_templates(&mut self, before: Moment) -> Result<()> {
        let packs = query_scalar!(
            r#"SELECT DISTINCT f.pack_id AS "pack_id!" FROM template_files f JOIN templates t ON t.id = f.template_id
               WHERE f.removed_at <= $1 OR t.removed_at <= $1"#,
            before.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        query!("DELETE FROM template_files WHERE removed_at <= $1", before.0).execute(&mut *self.inner).await.map_err(err)?;
        query!("DELETE FROM templates WHERE removed_at <= $1", before.0).execute(&mut *self.inner).await.map_err(err)?;
        self.spend_packs(packs.into_iter().collect()).await
    }
}
