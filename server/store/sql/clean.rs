//! Automatic cleaning. What is removed keeps its rows, its words and its places on the server, at a place that no list shows;
//! what is destroyed leaves behind only that the server's copy of it is not wanted.

use super::{LIST, Tx, count, err, push_list, unknown};
use crate::{Db, dialect};
use async_trait::async_trait;
use crm::ports::{Clean, Errands, RemovedRow};
use crm::{Error, Result};
use model::clean::Removal;
use model::fold::fold;
use model::inbox::{ChangeKind, Entity};
use model::{Cursor, MessageId, Moment, PackId, UserId};
use sqlx::{QueryBuilder, Row, query, query_scalar};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Where removed messages stand. It is no `Place`: nobody can ask for it, and nothing else moves them.
pub(super) const REMOVED: &str = "removed";
/// More words than this narrow no list down.
const MOST_WORDS: usize = 8;

const UNLINKED: &str = "NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = messages.id AND NOT l.removed)";

const REMOVED_ROWS: &str = "SELECT r.message_id, r.why, r.at, m.owner_id, m.private, m.subject, m.who_name, m.who_address
     FROM removals r JOIN messages m ON m.id = r.message_id";

fn removed_row(row: &<Db as sqlx::Database>::Row) -> Result<RemovedRow> {
    let why: String = row.try_get("why").map_err(err)?;
    Ok(RemovedRow {
        id: MessageId(row.try_get("message_id").map_err(err)?),
        owner: UserId(row.try_get("owner_id").map_err(err)?),
        private: row.try_get("private").map_err(err)?,
        subject: row.try_get("subject").map_err(err)?,
        who_name: row.try_get("who_name").map_err(err)?,
        who_address: row.try_get("who_address").map_err(err)?,
        why: Removal::from_word(&why).ok_or_else(unknown("removals.why"))?,
        at: Moment(row.try_get("at").map_err(err)?),
    })
}

/// What a row has to hold, `%` and `_` taken by their letter.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

impl Tx {
    /// The archives that these messages stand in are told.
    pub(super) async fn archives_changed(&mut self, messages: &[Uuid]) -> Result<()> {
        let mut find = QueryBuilder::<Db>::new("SELECT DISTINCT contact_id FROM message_contacts WHERE NOT removed AND message_id IN ");
        push_list(&mut find, messages.iter().copied());
        let contacts: Vec<Uuid> = find.build_query_scalar().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        for contact in contacts {
            self.note(Entity::Contact, contact, ChangeKind::Changed);
        }
        Ok(())
    }

    /// What still lies on the server is passed over from now on, under its number and under any it gets later.
    async fn refuse(&mut self, messages: &[Uuid]) -> Result<()> {
        let mut insert = QueryBuilder::<Db>::new(
            "INSERT INTO unwanted (folder_id, message_key, size)
             SELECT l.folder_id, m.message_key, m.size FROM locations l JOIN messages m ON m.id = l.message_id WHERE m.id IN ",
        );
        push_list(&mut insert, messages.iter().copied());
        insert
            .push(" UNION SELECT o.folder_id, m.message_key, m.size FROM orphans o JOIN messages m ON m.id = o.message_id WHERE m.id IN ");
        push_list(&mut insert, messages.iter().copied());
        insert.push(" ON CONFLICT DO NOTHING");
        insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        let mut update = QueryBuilder::<Db>::new("UPDATE locations SET message_id = NULL WHERE message_id IN ");
        push_list(&mut update, messages.iter().copied());
        update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    /// Notes those of these packs that hold nothing any more, no message and no file of a template or a draft.
    pub(super) async fn spend_packs(&mut self, packs: BTreeSet<Uuid>) -> Result<()> {
        for pack in packs {
            let held = query_scalar!(
                r#"SELECT id AS "id!" FROM messages WHERE pack_id = $1 UNION ALL SELECT id FROM template_files WHERE pack_id = $1
                   UNION ALL SELECT id FROM draft_files WHERE pack_id = $1 LIMIT 1"#,
                pack
            )
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
            if held.is_none() {
                query!("INSERT INTO spent_packs (pack_id) VALUES ($1) ON CONFLICT DO NOTHING", pack)
                    .execute(&mut *self.inner)
                    .await
                    .map_err(err)?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Clean for Tx {
    async fn list_overdue(&mut self, why: Removal, before: Moment, after: Option<Cursor>, limit: i64) -> Result<Vec<(Moment, MessageId)>> {
        let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |cursor| (cursor.at.0, cursor.id));
        let rows = query!(
            r#"SELECT m.days_from AS "days_from!", m.id AS "id!" FROM messages m
               WHERE m.place = $1 AND m.days_from <= $2 AND (m.days_from, m.id) > ($3, $4)
                   AND (NOT $5 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
               ORDER BY m.days_from, m.id LIMIT $6"#,
            why.as_str(),
            before.0,
            at,
            id,
            why == Removal::Finished,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| (Moment(row.days_from), MessageId(row.id))).collect())
    }

    async fn remove_messages(&mut self, why: Removal, before: Moment, ids: &[MessageId]) -> Result<i64> {
        let mut removed = 0;
        for chunk in ids.chunks(LIST) {
            // Asked again: it may have been linked, restored or opened anew since it was found.
            let mut update = QueryBuilder::<Db>::new("UPDATE messages SET place = ");
            update.push_bind(REMOVED).push(", days_from = NULL WHERE place = ").push_bind(why.as_str());
            update.push(" AND days_from <= ").push_bind(before.0);
            if why == Removal::Finished {
                update.push(" AND ").push(UNLINKED);
            }
            update.push(" AND id IN ");
            push_list(&mut update, chunk.iter().map(|id| id.0));
            update.push(" RETURNING id, owner_id, subject, who_name, who_address");
            let mut gone = Vec::with_capacity(chunk.len());
            for row in update.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let (id, owner): (Uuid, Uuid) = (row.try_get("id").map_err(err)?, row.try_get("owner_id").map_err(err)?);
                let [subject, name, address]: [String; 3] =
                    [row.try_get("subject").map_err(err)?, row.try_get("who_name").map_err(err)?, row.try_get("who_address").map_err(err)?];
                gone.push((id, fold(&format!("{subject} {name} {address}"))));
                self.note_of(UserId(owner), Entity::Message, id, ChangeKind::Removed);
            }
            if gone.is_empty() {
                continue;
            }
            let at = self.at.0;
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO removals (message_id, why, at, search_key) ");
            insert.push_values(&gone, |mut row, (id, key)| {
                row.push_bind(*id).push_bind(why.as_str()).push_bind(at).push_bind(key.clone());
            });
            insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
            let gone: Vec<_> = gone.into_iter().map(|(id, _)| id).collect();
            self.archives_changed(&gone).await?;
            removed += count(gone.len());
        }
        Ok(removed)
    }

    async fn list_removed(
        &mut self,
        words: &str,
        sees_private: Option<UserId>,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<RemovedRow>> {
        let (at, id) = super::messages::start(after);
        let mut find = QueryBuilder::<Db>::new(REMOVED_ROWS);
        find.push(" WHERE (r.at, r.message_id) < (").push_bind(at).push(", ").push_bind(id).push(")");
        if let Some(user) = sees_private {
            find.push(" AND (NOT m.private OR m.owner_id = ").push_bind(user.0).push(")");
        }
        for word in words.split(' ').filter(|word| !word.is_empty()).take(MOST_WORDS) {
            find.push(" AND r.search_key LIKE ").push_bind(pattern(word)).push(" ESCAPE '!'");
        }
        find.push(" ORDER BY r.at DESC, r.message_id DESC LIMIT ").push_bind(limit);
        let rows = find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
        rows.iter().map(removed_row).collect()
    }

    async fn find_removed(&mut self, id: MessageId) -> Result<Option<RemovedRow>> {
        let mut find = QueryBuilder::<Db>::new(REMOVED_ROWS);
        find.push(" WHERE r.message_id = ").push_bind(id.0);
        find.build().fetch_optional(&mut *self.inner).await.map_err(err)?.as_ref().map(removed_row).transpose()
    }

    async fn bring_back(&mut self, id: MessageId) -> Result<()> {
        let why = query_scalar!("DELETE FROM removals WHERE message_id = $1 RETURNING why", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        let owner = query_scalar!("UPDATE messages SET place = $2 WHERE id = $1 RETURNING owner_id", id.0, why)
            .fetch_one(&mut *self.inner)
            .await
            .map_err(err)?;
        self.note_of(UserId(owner), Entity::Message, id.0, ChangeKind::Added);
        // The server may have it elsewhere by now. Where it has nothing of it any more, it stands where it stood.
        if !self.lies_in(id).await?.is_empty() {
            self.place_one(id).await?;
        }
        query!("UPDATE messages SET days_from = $2 WHERE id = $1 AND place IN ('trash', 'spam', 'finished')", id.0, self.at.0)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        self.archives_changed(&[id.0]).await
    }

    async fn destroy_removed(&mut self, before: Moment, limit: i64) -> Result<i64> {
        let ids = query_scalar!("SELECT message_id FROM removals WHERE at <= $1 ORDER BY at, message_id LIMIT $2", before.0, limit)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        let mut packs = BTreeSet::new();
        for chunk in ids.chunks(LIST) {
            self.refuse(chunk).await?;
            self.archives_changed(chunk).await?;
            // Everything that hangs on a message goes with it, but for the index of words.
            let mut delete = QueryBuilder::<Db>::new("DELETE FROM messages WHERE id IN ");
            push_list(&mut delete, chunk.iter().copied());
            delete.push(" RETURNING id, owner_id, sort_key, pack_id");
            let mut keys = Vec::with_capacity(chunk.len());
            for row in delete.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                keys.push(row.try_get("sort_key").map_err(err)?);
                packs.insert(row.try_get("pack_id").map_err(err)?);
                let owner = UserId(row.try_get("owner_id").map_err(err)?);
                self.note_of(owner, Entity::Message, row.try_get("id").map_err(err)?, ChangeKind::Removed);
            }
            dialect::forget_words(&mut self.inner, &keys).await.map_err(err)?;
        }
        self.spend_packs(packs).await?;
        Ok(count(ids.len()))
    }

    async fn list_spent_packs(&mut self, limit: i64) -> Result<Vec<PackId>> {
        let packs = query_scalar!("SELECT pack_id FROM spent_packs ORDER BY pack_id LIMIT $1", limit)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(packs.into_iter().map(PackId).collect())
    }

    async fn forget_spent_packs(&mut self, packs: &[PackId]) -> Result<()> {
        for chunk in packs.chunks(LIST) {
            let mut delete = QueryBuilder::<Db>::new("DELETE FROM spent_packs WHERE pack_id IN ");
            push_list(&mut delete, chunk.iter().map(|pack| pack.0));
            delete.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }
}
