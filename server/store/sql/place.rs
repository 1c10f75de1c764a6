//! Where messages stand, set anew whenever one of the causes changes. The rule itself is `Place::of`.

use super::clean::REMOVED;
use super::errands::wanted_roles;
use super::{LIST, Tx, err, push_list, unknown};
use crate::Db;
use crm::Result;
use model::inbox::{ChangeKind, Entity, Place, Written};
use model::mail_account::FolderRole;
use model::{MailAccountId, MessageId, UserId};
use sqlx::{QueryBuilder, Row, query};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Where a message stands; what was taken out of the trash here counts the server's trash as its inbox.
pub(super) fn place(roles: &[FolderRole], written: Option<Written>, finished: bool, deleted: bool, restored: bool, snoozed: bool) -> Place {
    if restored && !deleted {
        let roles: Vec<_> = roles.iter().map(|role| if *role == FolderRole::Trash { FolderRole::Inbox } else { *role }).collect();
        return Place::of(&roles, written, finished, deleted, snoozed);
    }
    Place::of(roles, written, finished, deleted, snoozed)
}

/// As `message_contacts.waiting` keeps it.
pub(super) const WAITING: &str = "CASE WHEN m.place <> 'inbox' THEN 0 WHEN m.read THEN 1 ELSE 2 END";

impl Tx {
    /// Puts these messages where they belong now.
    pub(super) async fn place_anew(&mut self, messages: &[Uuid]) -> Result<()> {
        for chunk in messages.chunks(LIST) {
            let mut find = QueryBuilder::<Db>::new(
                "SELECT l.message_id AS id, f.role AS role FROM locations l JOIN folders f ON f.id = l.folder_id WHERE l.message_id IN ",
            );
            push_list(&mut find, chunk.iter().copied());
            // An orphan still lies where it lay, until it is known to be gone.
            find.push(" UNION ALL SELECT o.message_id AS id, f.role AS role FROM orphans o JOIN folders f ON f.id = o.folder_id WHERE o.message_id IN ");
            push_list(&mut find, chunk.iter().copied());
            let mut roles: HashMap<Uuid, Vec<FolderRole>> = HashMap::new();
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let role: String = row.try_get("role").map_err(err)?;
                let role = FolderRole::from_word(&role).ok_or_else(unknown("folders.role"))?;
                roles.entry(row.try_get("id").map_err(err)?).or_default().push(role);
            }

            let wanted: HashMap<Uuid, FolderRole> = wanted_roles(self, chunk).await?.into_iter().collect();

            let mut find = QueryBuilder::<Db>::new(
                "SELECT id, owner_id, place, finished_at, deleted_at, restored, mirrored, snoozed_until, written FROM messages WHERE place <> ",
            );
            // What was cleaned away stays away, whatever happens to it on the server.
            find.push_bind(REMOVED).push(" AND id IN ");
            push_list(&mut find, chunk.iter().copied());
            let mut moved: BTreeMap<&'static str, Vec<Uuid>> = BTreeMap::new();
            let mut taken_out = Vec::new();
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let id: Uuid = row.try_get("id").map_err(err)?;
                let owner: Uuid = row.try_get("owner_id").map_err(err)?;
                let was: String = row.try_get("place").map_err(err)?;
                let finished: Option<i64> = row.try_get("finished_at").map_err(err)?;
                let deleted: Option<i64> = row.try_get("deleted_at").map_err(err)?;
                let restored: bool = row.try_get("restored").map_err(err)?;
                let snoozed: Option<i64> = row.try_get("snoozed_until").map_err(err)?;
                let written: Option<String> = row.try_get("written").map_err(err)?;
                let written = match written {
                    Some(word) => Some(Written::from_word(&word).ok_or_else(unknown("messages.written"))?),
                    None => None,
                };
                let mirrored: bool = row.try_get("mirrored").map_err(err)?;
                let roles = match wanted.get(&id) {
                    Some(role) => std::slice::from_ref(role),
                    None => roles.get(&id).map(Vec::as_slice).unwrap_or_default(),
                };
                // The server's trash held it, and now another folder does: somebody took it out with another program.
                let back = mirrored && !wanted.contains_key(&id) && !roles.is_empty() && !roles.contains(&FolderRole::Trash);
                if back && deleted.is_some() {
                    taken_out.push(id);
                }
                let now = place(roles, written, finished.is_some(), deleted.is_some() && !back, restored, snoozed.is_some()).as_str();
                if now != was {
                    moved.entry(now).or_default().push(id);
                    self.note_of(UserId(owner), Entity::Message, id, ChangeKind::Changed);
                }
            }
            if !taken_out.is_empty() {
                let mut update = QueryBuilder::<Db>::new("UPDATE messages SET deleted_at = NULL, mirrored = FALSE WHERE id IN ");
                push_list(&mut update, taken_out);
                update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
            }
            for (place, ids) in &moved {
                let mut update = QueryBuilder::<Db>::new("UPDATE messages SET place = ");
                update.push_bind(*place).push(", days_from = ");
                match Place::from_word(place) {
                    Some(Place::Spam) => update.push("at"),
                    Some(Place::Finished) => update.push("finished_at"),
                    Some(Place::Trash) => update.push_bind(self.at.0),
                    _ => update.push("NULL"),
                };
                update.push(" WHERE id IN ");
                push_list(&mut update, ids.iter().copied());
                update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
            }
            let moved: Vec<_> = moved.into_values().flatten().collect();
            self.wait_anew(&moved).await?;
        }
        Ok(())
    }

    /// Whether these messages wait in an inbox, as their contacts know it.
    pub(super) async fn wait_anew(&mut self, messages: &[Uuid]) -> Result<()> {
        for chunk in messages.chunks(LIST) {
            let mut update = QueryBuilder::<Db>::new("UPDATE message_contacts SET waiting = (SELECT ");
            update.push(WAITING).push(" FROM messages m WHERE m.id = message_contacts.message_id) WHERE NOT removed AND message_id IN ");
            push_list(&mut update, chunk.iter().copied());
            update.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// The account is gone, and with it every folder its messages lay in. The same as `place_anew`, for very many at once.
    pub(super) async fn forget_places(&mut self, account: MailAccountId) -> Result<()> {
        query!(
            "UPDATE messages SET place = CASE
                 WHEN deleted_at IS NOT NULL THEN 'trash'
                 WHEN finished_at IS NOT NULL THEN 'finished'
                 WHEN written = 'waiting' THEN 'outbox'
                 WHEN written = 'sent' THEN 'sent'
                 ELSE 'elsewhere'
             END,
             days_from = CASE
                 WHEN deleted_at IS NOT NULL THEN CASE WHEN place = 'trash' THEN days_from ELSE deleted_at END
                 WHEN finished_at IS NOT NULL THEN CASE WHEN place = 'finished' THEN days_from ELSE finished_at END
             END
             WHERE account_id = $1 AND place <> 'removed'",
            account.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        query!(
            "UPDATE message_contacts SET waiting = 0
             WHERE waiting > 0 AND message_id IN (SELECT id FROM messages WHERE account_id = $1)",
            account.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(())
    }

    pub(super) async fn place_one(&mut self, message: MessageId) -> Result<()> {
        self.place_anew(&[message.0]).await
    }
}
