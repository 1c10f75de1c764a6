//! What lies where on the mail server, and how far each folder has come.

use super::{LIST, Tx, err, index_key, push_list, unknown};
use crate::Db;
use async_trait::async_trait;
use crm::Result;
use crm::ports::{FolderRow, Folders, Location, RetryRow};
use model::inbox::{ChangeKind, Entity};
use model::mail_account::FolderRole;
use model::message::Flags;
use model::{FolderId, MailAccountId, MessageId, Moment, UserId};
use sqlx::{QueryBuilder, Row, query, query_scalar};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

impl Tx {
    async fn folder_owner(&mut self, folder: FolderId) -> Result<Option<UserId>> {
        let owner = query_scalar!("SELECT a.owner_id FROM folders f JOIN mail_accounts a ON a.id = f.account_id WHERE f.id = $1", folder.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(owner.map(UserId))
    }

    async fn folder_changed(&mut self, folder: FolderId) -> Result<()> {
        if let Some(owner) = self.folder_owner(folder).await? {
            self.note_of(owner, Entity::Folder, folder.0, ChangeKind::Changed);
        }
        Ok(())
    }

    /// Tells these messages what the server's flags say now.
    async fn flags_anew(&mut self, owner: UserId, column: &str, bit: i64, messages: &[Uuid]) -> Result<()> {
        for chunk in messages.chunks(LIST) {
            let mut update = QueryBuilder::<Db>::new("UPDATE messages SET ");
            update.push(column).push(" = EXISTS (SELECT 1 FROM locations l WHERE l.message_id = messages.id AND (l.flags & ");
            update.push_bind(bit).push(") <> 0) WHERE id IN ");
            push_list(&mut update, chunk.iter().copied());
            if column == "read" {
                update.push(UNLESS_TOLD);
            }
            update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        for id in messages {
            self.note_of(owner, Entity::Message, *id, ChangeKind::Changed);
        }
        Ok(())
    }

    /// A message that was destroyed here keeps its place on the server, seen and not kept. `false`: it is another.
    async fn pass_over(&mut self, folder: FolderId, message_id: &str, size: i64, uid: i64, flags: Flags) -> Result<bool> {
        let unwanted = query_scalar!(
            "SELECT folder_id FROM unwanted WHERE folder_id = $1 AND message_key = $2 AND size = $3",
            folder.0,
            index_key(message_id),
            size
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        if unwanted.is_none() {
            return Ok(false);
        }
        query!(
            "INSERT INTO locations (folder_id, uid, flags, message_id) VALUES ($1, $2, $3, NULL)
             ON CONFLICT (folder_id, uid) DO UPDATE SET flags = excluded.flags, message_id = NULL",
            folder.0,
            uid,
            flags.bits()
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(true)
    }

    /// The flags of these messages' locations went from one to the other.
    async fn flags_changed(&mut self, owner: UserId, changed: &[(Uuid, Flags, Flags)]) -> Result<()> {
        let seen: Vec<_> = changed.iter().filter(|(_, was, now)| was.seen != now.seen).map(|(id, ..)| *id).collect();
        let answered: Vec<_> = changed.iter().filter(|(_, was, now)| was.answered != now.answered).map(|(id, ..)| *id).collect();
        self.flags_anew(owner, "read", Flags { seen: true, ..Flags::default() }.bits(), &seen).await?;
        self.flags_anew(owner, "answered", Flags { answered: true, ..Flags::default() }.bits(), &answered).await?;
        self.wait_anew(&seen).await
    }
}

/// What a user did here counts until the server was told.
pub(super) const UNLESS_TOLD: &str =
    " AND NOT EXISTS (SELECT 1 FROM errands e WHERE e.message_id = messages.id AND e.kind = 'read' AND NOT e.failed)";

fn flags_and_uids<'q>(query: &mut QueryBuilder<Db>, folder: FolderId, uids: impl IntoIterator<Item = &'q i64>) {
    query.push(" WHERE folder_id = ").push_bind(folder.0).push(" AND uid IN (");
    let mut list = query.separated(", ");
    for uid in uids {
        list.push_bind(*uid);
    }
    query.push(")");
}

#[async_trait]
impl Folders for Tx {
    async fn put_folder(&mut self, row: &FolderRow) -> Result<()> {
        let known = query_scalar!(
            r#"SELECT COUNT(*) AS "known!: i64" FROM folders WHERE account_id = $1 AND raw_name = $2"#,
            row.account.0,
            row.raw_name
        )
        .fetch_one(&mut *self.inner)
        .await
        .map_err(err)?;
        let id = query_scalar!(
            "INSERT INTO folders (
                 id, account_id, raw_name, name, role, uid_validity, uid_next, lowest_done, highest_modseq, total, last_scan_at,
                 floor, since, left_out
             )
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (account_id, raw_name) DO UPDATE SET
                 name = excluded.name,
                 uid_validity = excluded.uid_validity,
                 uid_next = excluded.uid_next,
                 lowest_done = excluded.lowest_done,
                 highest_modseq = excluded.highest_modseq,
                 total = excluded.total,
                 last_scan_at = excluded.last_scan_at,
                 floor = excluded.floor,
                 since = excluded.since,
                 left_out = excluded.left_out
             RETURNING id",
            row.id.0,
            row.account.0,
            row.raw_name,
            row.name,
            row.role.as_str(),
            row.uid_validity,
            row.uid_next,
            row.lowest_done,
            row.highest_modseq,
            row.total,
            row.last_scan_at.map(|at| at.0),
            row.floor,
            row.since.map(|at| at.0),
            row.left_out
        )
        .fetch_one(&mut *self.inner)
        .await
        .map_err(err)?;
        if let Some(owner) = self.folder_owner(FolderId(id)).await? {
            self.note_of(owner, Entity::Folder, id, if known == 0 { ChangeKind::Added } else { ChangeKind::Changed });
        }
        Ok(())
    }

    async fn set_folder_role(&mut self, folder: FolderId, role: FolderRole, chosen: bool) -> Result<()> {
        query!("UPDATE folders SET role = $2, chosen = $3 WHERE id = $1", folder.0, role.as_str(), chosen)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        let messages =
            query_scalar!(r#"SELECT message_id AS "id!" FROM locations WHERE folder_id = $1 AND message_id IS NOT NULL"#, folder.0)
                .fetch_all(&mut *self.inner)
                .await
                .map_err(err)?;
        self.place_anew(&messages).await?;
        self.folder_changed(folder).await
    }

    async fn ask_resync(&mut self, folder: FolderId) -> Result<()> {
        query!("UPDATE folders SET resync = TRUE WHERE id = $1", folder.0).execute(&mut *self.inner).await.map_err(err)?;
        self.folder_changed(folder).await
    }

    async fn list_folders(&mut self, account: MailAccountId) -> Result<Vec<FolderRow>> {
        let rows = query!(
            r#"SELECT id, account_id, raw_name, name, role, uid_validity, uid_next, lowest_done, highest_modseq, total, last_scan_at,
                   floor, since, left_out, resync AS "resync!: bool", chosen AS "chosen!: bool"
               FROM folders WHERE account_id = $1 ORDER BY raw_name"#,
            account.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                Ok(FolderRow {
                    id: row.id.into(),
                    account: row.account_id.into(),
                    raw_name: row.raw_name,
                    name: row.name,
                    role: FolderRole::from_word(&row.role).ok_or_else(unknown("folders.role"))?,
                    uid_validity: row.uid_validity,
                    uid_next: row.uid_next,
                    lowest_done: row.lowest_done,
                    highest_modseq: row.highest_modseq,
                    total: row.total,
                    last_scan_at: row.last_scan_at.map(Moment),
                    floor: row.floor,
                    since: row.since.map(Moment),
                    left_out: row.left_out,
                    resync: row.resync,
                    chosen: row.chosen,
                })
            })
            .collect()
    }

    async fn folder_counts(&mut self, account: MailAccountId) -> Result<Vec<(FolderId, i64, i64)>> {
        let rows = query!(
            r#"SELECT f.id,
                   (SELECT COUNT(*) FROM locations l WHERE l.folder_id = f.id) AS "locations!: i64",
                   (SELECT COUNT(*) FROM retries r WHERE r.folder_id = f.id) AS "retries!: i64"
               FROM folders f WHERE f.account_id = $1 ORDER BY f.raw_name"#,
            account.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| (row.id.into(), row.locations, row.retries)).collect())
    }

    async fn list_locations(&mut self, folder: FolderId, low: i64, high: i64) -> Result<Vec<Location>> {
        let rows = query!(
            "SELECT uid, flags, message_id FROM locations WHERE folder_id = $1 AND uid >= $2 AND uid <= $3 ORDER BY uid",
            folder.0,
            low,
            high
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows
            .into_iter()
            .map(|row| Location { uid: row.uid, flags: Flags::from_bits(row.flags), message: row.message_id.map(MessageId) })
            .collect())
    }

    async fn set_location_flags(&mut self, folder: FolderId, flags: &[(i64, Flags)]) -> Result<()> {
        let Some(owner) = self.folder_owner(folder).await? else { return Ok(()) };
        for chunk in flags.chunks(LIST) {
            let wanted: BTreeMap<i64, Flags> = chunk.iter().copied().collect();
            let mut find = QueryBuilder::<Db>::new("SELECT uid, flags, message_id FROM locations");
            flags_and_uids(&mut find, folder, wanted.keys());
            let mut by_flags: HashMap<Flags, Vec<i64>> = HashMap::new();
            let mut changed = Vec::new();
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let uid: i64 = row.try_get("uid").map_err(err)?;
                let was = Flags::from_bits(row.try_get("flags").map_err(err)?);
                let message: Option<Uuid> = row.try_get("message_id").map_err(err)?;
                let Some(now) = wanted.get(&uid).copied().filter(|now| *now != was) else { continue };
                by_flags.entry(now).or_default().push(uid);
                changed.extend(message.map(|message| (message, was, now)));
            }
            for (flags, uids) in by_flags {
                let mut update = QueryBuilder::<Db>::new("UPDATE locations SET flags = ");
                update.push_bind(flags.bits());
                flags_and_uids(&mut update, folder, &uids);
                update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
            }
            self.flags_changed(owner, &changed).await?;
        }
        Ok(())
    }

    async fn remove_locations(&mut self, folder: FolderId, uids: &[i64]) -> Result<()> {
        for chunk in uids.chunks(LIST) {
            let mut remove = QueryBuilder::<Db>::new("DELETE FROM locations");
            flags_and_uids(&mut remove, folder, chunk);
            remove.push(" RETURNING message_id");
            let messages: Vec<Option<Uuid>> =
                remove.build_query_scalar().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
            let messages: Vec<_> = messages.into_iter().flatten().collect();
            self.place_anew(&messages).await?;
        }
        Ok(())
    }

    async fn orphan_locations(&mut self, folder: FolderId) -> Result<()> {
        query!(
            "INSERT INTO orphans (folder_id, old_uid, flags, message_id)
             SELECT folder_id, uid, flags, message_id FROM locations WHERE folder_id = $1 AND message_id IS NOT NULL
             ON CONFLICT DO NOTHING",
            folder.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        query!("DELETE FROM locations WHERE folder_id = $1", folder.0).execute(&mut *self.inner).await.map_err(err)?;
        query!("UPDATE folders SET resync = FALSE WHERE id = $1", folder.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn adopt_orphan(&mut self, folder: FolderId, message_id: &str, size: i64, uid: i64, flags: Flags) -> Result<bool> {
        // From the message to its orphan: a folder may have very many of those.
        let orphan = query!(
            "SELECT o.message_id, o.old_uid, o.flags
             FROM folders f
             JOIN messages m ON m.account_id = f.account_id AND m.message_key = $2 AND m.size = $3
             JOIN orphans o ON o.folder_id = f.id AND o.message_id = m.id
             WHERE f.id = $1
             ORDER BY o.old_uid LIMIT 1",
            folder.0,
            index_key(message_id),
            size
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        let Some(orphan) = orphan else { return self.pass_over(folder, message_id, size, uid, flags).await };
        query!(
            "DELETE FROM orphans WHERE folder_id = $1 AND message_id = $2 AND old_uid = $3",
            folder.0,
            orphan.message_id,
            orphan.old_uid
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        query!(
            "INSERT INTO locations (folder_id, uid, flags, message_id) VALUES ($1, $2, $3, $4)
             ON CONFLICT (folder_id, uid) DO UPDATE SET flags = excluded.flags, message_id = excluded.message_id",
            folder.0,
            uid,
            flags.bits(),
            orphan.message_id
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        if let Some(owner) = self.folder_owner(folder).await? {
            self.flags_changed(owner, &[(orphan.message_id, Flags::from_bits(orphan.flags), flags)]).await?;
        }
        Ok(true)
    }

    async fn remove_orphans(&mut self, folder: FolderId) -> Result<()> {
        let messages = query_scalar!("DELETE FROM orphans WHERE folder_id = $1 RETURNING message_id", folder.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        self.place_anew(&messages).await
    }

    async fn put_retry(&mut self, folder: FolderId, row: &RetryRow) -> Result<()> {
        query!(
            "INSERT INTO retries (folder_id, uid, attempts, reason) VALUES ($1, $2, $3, $4)
             ON CONFLICT (folder_id, uid) DO UPDATE SET attempts = excluded.attempts, reason = excluded.reason",
            folder.0,
            row.uid,
            row.attempts,
            row.reason
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.folder_changed(folder).await
    }

    async fn list_retries(&mut self, folder: FolderId) -> Result<Vec<RetryRow>> {
        let rows = query!("SELECT uid, attempts, reason FROM retries WHERE folder_id = $1 ORDER BY uid", folder.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(rows.into_iter().map(|row| RetryRow { uid: row.uid, attempts: row.attempts, reason: row.reason }).collect())
    }

    async fn remove_retry(&mut self, folder: FolderId, uid: i64) -> Result<()> {
        query!("DELETE FROM retries WHERE folder_id = $1 AND uid = $2", folder.0, uid).execute(&mut *self.inner).await.map_err(err)?;
        self.folder_changed(folder).await
    }
}
