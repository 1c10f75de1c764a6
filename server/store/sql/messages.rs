//! Messages: stored in batches, listed by place.

use super::contacts::RefSql;
use super::folders::UNLESS_TOLD;
use super::place::{WAITING, place};
use super::threads::Threaded;
use super::{LIST, Tx, Words, count, cut, err, index_key, push_list, strides, text, unknown};
use crate::{Db, dialect};
use async_trait::async_trait;
use crm::ports::{MessageRecord, Messages, NewMessage, PutMessage, RawAt};
use crm::{Error, Result};
use model::fold::email_key;
use model::inbox::{ChangeKind, Entity, InboxCounts, MessageFilter, Place, Show, Sort};
use model::mail_account::FolderRole;
use model::message::{AttachmentMeta, Participant, ParticipantRole, Quarantine};
use model::search::spaced;
use model::{ContactId, Cursor, FolderId, MessageId, Moment, UserId};
use sqlx::{QueryBuilder, Row, query, query_as, query_scalar};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A message as every list reads it.
struct MessageSql {
    id: Uuid,
    account_id: Uuid,
    owner_id: Uuid,
    at: i64,
    place: String,
    subject: String,
    snippet: String,
    read: bool,
    answered: bool,
    outgoing: bool,
    attachments: bool,
    has_html: bool,
    finished_at: Option<i64>,
    deleted_at: Option<i64>,
    highlighted: bool,
    private: bool,
    snoozed_until: Option<i64>,
    returned_at: Option<i64>,
    notes: i64,
    quarantine: Option<String>,
    size: i64,
    who_role: String,
    who_name: String,
    who_address: String,
    contact_id: Option<Uuid>,
    contact_kind: Option<String>,
    contact_first: Option<String>,
    contact_last: Option<String>,
    contact_company: Option<String>,
}

/// The columns of `MessageSql`, with the linked contact that `who` is; then what is asked of it.
macro_rules! messages {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            MessageSql,
            r#"SELECT m.id AS "id!", m.account_id AS "account_id!", m.owner_id AS "owner_id!", m.at AS "at!", m.place AS "place!",
                   m.subject AS "subject!", m.snippet AS "snippet!", m.read AS "read!", m.answered AS "answered!",
                   m.outgoing AS "outgoing!", m.attachments AS "attachments!", m.has_html AS "has_html!",
                   m.finished_at AS "finished_at?", m.deleted_at AS "deleted_at?",
                   m.highlighted AS "highlighted!", m.private AS "private!", m.snoozed_until AS "snoozed_until?",
                   m.returned_at AS "returned_at?", m.notes AS "notes!", m.quarantine AS "quarantine?", m.size AS "size!",
                   m.who_role AS "who_role!", m.who_name AS "who_name!", m.who_address AS "who_address!",
                   c.id AS "contact_id?", c.kind AS "contact_kind?", c.first_name AS "contact_first?", c.last_name AS "contact_last?",
                   c.company AS "contact_company?"
               FROM messages m
               LEFT JOIN contacts c ON c.deleted_at IS NULL AND c.id = (
                   SELECT mc.contact_id
                   FROM message_contacts mc
                   JOIN contact_details d ON d.contact_id = mc.contact_id AND d.kind = 'email' AND d.value_key = m.who_key
                   WHERE mc.message_id = m.id AND NOT mc.removed
                   ORDER BY d.contact_id LIMIT 1
               )
               "# + $rest
            $(, $argument)*
        )
    };
}

impl MessageSql {
    fn record(self) -> Result<MessageRecord> {
        let contact = match (self.contact_id, self.contact_kind, self.contact_first, self.contact_last, self.contact_company) {
            (Some(id), Some(kind), Some(first_name), Some(last_name), Some(company)) => {
                Some(RefSql { id, kind, first_name, last_name, company }.contact()?)
            }
            _ => None,
        };
        Ok(MessageRecord {
            id: self.id.into(),
            account: self.account_id.into(),
            owner: self.owner_id.into(),
            at: Moment(self.at),
            place: Place::from_word(&self.place).ok_or_else(unknown("messages.place"))?,
            subject: self.subject,
            snippet: self.snippet,
            read: self.read,
            answered: self.answered,
            outgoing: self.outgoing,
            attachments: self.attachments,
            has_html: self.has_html,
            finished: self.finished_at.is_some(),
            deleted: self.deleted_at.is_some(),
            highlighted: self.highlighted,
            private: self.private,
            snoozed_until: self.snoozed_until.map(Moment),
            returned_at: self.returned_at.map(Moment),
            notes: self.notes,
            quarantine: match self.quarantine {
                Some(word) => Some(Quarantine::from_word(&word).ok_or_else(unknown("messages.quarantine"))?),
                None => None,
            },
            size: self.size,
            who: Participant { role: role(&self.who_role)?, name: self.who_name, address: self.who_address },
            contact,
        })
    }
}

pub(super) fn role(word: &str) -> Result<ParticipantRole> {
    ParticipantRole::from_word(word).ok_or_else(unknown("participants.role"))
}

/// Where a list begins: after the cursor, or at the newest there can be.
pub(super) fn start(after: Option<Cursor>) -> (i64, Uuid) {
    after.map_or((i64::MAX, Uuid::max()), |cursor| (cursor.at.0, cursor.id))
}

/// The identity of a message within its account.
type Identity = (Uuid, String, [u8; 16]);

fn identity(new: &NewMessage) -> Identity {
    (new.account.0, index_key(&new.parsed.message_id), new.parsed.fingerprint)
}

/// Seconds and 20 bits of the id: newest highest, and nearly always free.
fn sort_key(new: &NewMessage) -> i64 {
    let seconds = new.at.seconds().clamp(-(1 << 40), 1 << 40);
    let bytes = new.id.0.as_bytes();
    let tail = i64::from(bytes[13] & 0x0f) << 16 | i64::from(bytes[14]) << 8 | i64::from(bytes[15]);
    seconds << 20 | tail
}

/// Sender of incoming, first recipient of outgoing mail.
fn who(new: &NewMessage) -> Participant {
    let first = |role| new.parsed.participants.iter().find(|participant| participant.role == role);
    let who = if new.outgoing {
        first(ParticipantRole::To).or_else(|| first(ParticipantRole::Cc)).or_else(|| first(ParticipantRole::Bcc))
    } else {
        first(ParticipantRole::From)
    };
    who.cloned().unwrap_or(Participant { role: ParticipantRole::From, name: String::new(), address: String::new() })
}

/// What the days of a new message are counted from, where it stands in what is cleaned.
fn days_from(place: Place, new: &NewMessage, now: Moment) -> Option<i64> {
    match place {
        Place::Spam => Some(new.at.0),
        Place::Trash => Some(now.0),
        _ => None,
    }
}

pub(super) fn address_key(address: &str) -> String {
    index_key(&email_key(address))
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Tx {
    /// The roles of the batch's folders.
    async fn folder_roles(&mut self, batch: &[NewMessage]) -> Result<HashMap<FolderId, FolderRole>> {
        let mut roles = HashMap::new();
        for new in batch {
            let Some((folder, _)) = new.location.filter(|(folder, _)| !roles.contains_key(folder)) else { continue };
            let word = query_scalar!("SELECT role FROM folders WHERE id = $1", folder.0)
                .fetch_optional(&mut *self.inner)
                .await
                .map_err(err)?
                .ok_or(Error::NotFound)?;
            roles.insert(folder, FolderRole::from_word(&word).ok_or_else(unknown("folders.role"))?);
        }
        Ok(roles)
    }

    /// A free sort key for each: two of one second clash once in a million.
    async fn sort_keys(&mut self, fresh: &[&NewMessage]) -> Result<Vec<i64>> {
        let mut keys: Vec<i64> = fresh.iter().map(|new| sort_key(new)).collect();
        let mut taken = HashSet::new();
        for chunk in keys.chunks(LIST) {
            let mut find = QueryBuilder::<Db>::new("SELECT sort_key FROM messages WHERE sort_key IN (");
            let mut list = find.separated(", ");
            for key in chunk {
                list.push_bind(*key);
            }
            find.push(")");
            let found: Vec<i64> = find.build_query_scalar().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
            taken.extend(found);
        }
        for key in &mut keys {
            while !taken.insert(*key) {
                *key += 1;
                let used = query_scalar!(r#"SELECT sort_key AS "key!" FROM messages WHERE sort_key = $1"#, *key)
                    .fetch_optional(&mut *self.inner)
                    .await
                    .map_err(err)?;
                taken.extend(used);
            }
        }
        Ok(keys)
    }

    /// Inserts those that are new to their account; answers their ids.
    async fn insert_messages(&mut self, fresh: &[(&NewMessage, i64, Place)], threaded: &[Threaded]) -> Result<HashSet<Uuid>> {
        let mut added = HashSet::new();
        let now = self.at;
        for (chunk, threaded) in strides(fresh).zip(strides(threaded)) {
            let mut insert = QueryBuilder::<Db>::new(
                "INSERT INTO messages (
                     sort_key, id, account_id, owner_id, message_key, fingerprint, answers_to, at, sent_at, subject, snippet, place,
                     read, answered, outgoing, attachments, has_html, quarantine, size, participants_left_out,
                     who_role, who_name, who_address, who_key, pack_id, pack_offset, pack_len, talk_key, bare_reply, days_from
                 ) ",
            );
            insert.push_values(chunk.iter().zip(threaded), |mut row, ((new, sort_key, place), threaded)| {
                let parsed = &new.parsed;
                let who = who(new);
                row.push_bind(*sort_key)
                    .push_bind(new.id.0)
                    .push_bind(new.account.0)
                    .push_bind(new.owner.0)
                    .push_bind(index_key(&parsed.message_id))
                    .push_bind(parsed.fingerprint.to_vec())
                    .push_bind(text(&parsed.references.join(" ")).into_owned())
                    .push_bind(new.at.0)
                    .push_bind(parsed.sent_at.map(|at| at.0))
                    .push_bind(text(&parsed.subject).into_owned())
                    .push_bind(text(&parsed.snippet).into_owned())
                    .push_bind(place.as_str())
                    .push_bind(new.flags.seen)
                    .push_bind(new.flags.answered)
                    .push_bind(new.outgoing)
                    .push_bind(parsed.attachments.iter().any(|attachment| !attachment.inline))
                    .push_bind(parsed.has_html)
                    .push_bind(parsed.quarantine.map(Quarantine::as_str))
                    .push_bind(whole(parsed.size))
                    .push_bind(i64::from(parsed.participants_left_out))
                    .push_bind(who.role.as_str())
                    .push_bind(text(&who.name).into_owned())
                    .push_bind(text(&who.address).into_owned())
                    .push_bind(address_key(&who.address))
                    .push_bind(new.pack.0)
                    .push_bind(new.offset)
                    .push_bind(new.len)
                    .push_bind(threaded.talk.clone())
                    .push_bind(threaded.bare_reply)
                    .push_bind(days_from(*place, new, now));
            });
            insert.push(" ON CONFLICT (account_id, message_key, fingerprint) DO NOTHING RETURNING id");
            let ids: Vec<Uuid> = insert.build_query_scalar().fetch_all(&mut *self.inner).await.map_err(err)?;
            added.extend(ids);
        }
        Ok(added)
    }

    /// The ids of messages the account has already.
    async fn known_messages(&mut self, wanted: &[Identity]) -> Result<HashMap<Identity, Uuid>> {
        let mut known = HashMap::new();
        for chunk in wanted.chunks(LIST) {
            let mut find = QueryBuilder::<Db>::new(
                "SELECT id, account_id, message_key, fingerprint FROM messages WHERE (account_id, message_key, fingerprint) IN (",
            );
            find.push_values(chunk, |mut row, (account, key, fingerprint)| {
                row.push_bind(*account).push_bind(key.clone()).push_bind(fingerprint.to_vec());
            });
            find.push(")");
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let fingerprint: Vec<u8> = row.try_get("fingerprint").map_err(err)?;
                let fingerprint = fingerprint.try_into().map_err(|_| Error::bug("A fingerprint of another length"))?;
                let identity = (row.try_get("account_id").map_err(err)?, row.try_get("message_key").map_err(err)?, fingerprint);
                known.insert(identity, row.try_get("id").map_err(err)?);
            }
        }
        Ok(known)
    }

    async fn insert_participants(&mut self, added: &[(&NewMessage, i64, Place)]) -> Result<()> {
        let rows: Vec<_> = added
            .iter()
            .flat_map(|(new, ..)| new.parsed.participants.iter().enumerate().map(|(position, participant)| (new.id, position, participant)))
            .collect();
        for chunk in strides(&rows) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO participants (message_id, position, role, name, address, address_key) ");
            insert.push_values(chunk, |mut row, (id, position, participant)| {
                row.push_bind(id.0)
                    .push_bind(count(*position))
                    .push_bind(participant.role.as_str())
                    .push_bind(text(&participant.name).into_owned())
                    .push_bind(text(&participant.address).into_owned())
                    .push_bind(address_key(&participant.address));
            });
            insert.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    async fn insert_attachments(&mut self, added: &[(&NewMessage, i64, Place)]) -> Result<()> {
        let rows: Vec<_> =
            added.iter().flat_map(|(new, ..)| new.parsed.attachments.iter().map(|attachment| (new.id, attachment))).collect();
        for chunk in strides(&rows) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO attachments (message_id, part, name, mime, size, content_id, inline) ");
            insert.push_values(chunk, |mut row, (id, attachment)| {
                row.push_bind(id.0)
                    .push_bind(i64::from(attachment.part))
                    .push_bind(text(&attachment.name).into_owned())
                    .push_bind(text(&attachment.mime).into_owned())
                    .push_bind(whole(attachment.size))
                    .push_bind(attachment.content_id.as_deref().map(|id| text(id).into_owned()))
                    .push_bind(attachment.inline);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// Answers the messages that lie in one more place than before.
    async fn insert_locations(&mut self, batch: &[NewMessage], ids: &[PutMessage]) -> Result<()> {
        // A UID twice in one batch would be updated twice by one statement, which PostgreSQL refuses; the later word counts.
        let rows: HashMap<_, _> = batch.iter().zip(ids).filter_map(|(new, put)| Some((new.location?, (new.flags, put.id)))).collect();
        let rows: Vec<_> = rows.into_iter().collect();
        for chunk in strides(&rows) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO locations (folder_id, uid, flags, message_id) ");
            insert.push_values(chunk, |mut row, ((folder, uid), (flags, id))| {
                row.push_bind(folder.0).push_bind(*uid).push_bind(flags.bits()).push_bind(id.0);
            });
            insert.push(" ON CONFLICT (folder_id, uid) DO UPDATE SET flags = excluded.flags, message_id = excluded.message_id");
            insert.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// Links new messages to the contacts whose addresses are in them, and ranks those.
    async fn link_messages(&mut self, added: &[(&NewMessage, i64, Place)]) -> Result<()> {
        let mut latest: HashMap<Uuid, i64> = HashMap::new();
        for chunk in added.chunks(LIST) {
            let mut link = QueryBuilder::<Db>::new(
                "INSERT INTO message_contacts (contact_id, message_id, at, waiting)
                 SELECT DISTINCT d.contact_id, m.id, m.at, ",
            );
            link.push(WAITING).push(
                " FROM messages m
                  JOIN participants p ON p.message_id = m.id AND p.role <> 'reply_to'
                  JOIN contact_details d ON d.value_key = p.address_key AND d.kind = 'email'
                  JOIN contacts c ON c.id = d.contact_id AND c.deleted_at IS NULL
                  WHERE m.id IN ",
            );
            push_list(&mut link, chunk.iter().map(|(new, ..)| new.id.0));
            link.push(" ON CONFLICT DO NOTHING RETURNING contact_id, at");
            for row in link.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let at: i64 = row.try_get("at").map_err(err)?;
                let last = latest.entry(row.try_get("contact_id").map_err(err)?).or_insert(at);
                *last = at.max(*last);
            }
        }
        let mut latest: Vec<_> = latest.into_iter().collect();
        latest.sort_unstable();
        for chunk in strides(&latest) {
            let mut rank = QueryBuilder::<Db>::new("UPDATE contacts SET last_at = v.column2 FROM (");
            rank.push_values(chunk, |mut row, (contact, at)| {
                row.push_bind(*contact).push_bind(*at);
            });
            rank.push(") AS v WHERE contacts.id = v.column1 AND contacts.last_at < v.column2");
            rank.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        for (contact, _) in latest {
            self.note(Entity::Contact, contact, ChangeKind::Changed);
        }
        Ok(())
    }

    /// Known messages that came again: from another folder, or after a crash.
    async fn meet_again(&mut self, batch: &[NewMessage], put: &[PutMessage]) -> Result<()> {
        let again: Vec<_> = batch.iter().zip(put).filter(|(_, put)| !put.added).collect();
        for (column, has) in
            [("read", (|new: &NewMessage| new.flags.seen) as fn(&NewMessage) -> bool), ("answered", |new| new.flags.answered)]
        {
            let ids: Vec<_> = again.iter().filter(|(new, _)| has(new)).map(|(_, put)| put.id.0).collect();
            for chunk in ids.chunks(LIST) {
                let mut update = QueryBuilder::<Db>::new("UPDATE messages SET ");
                update.push(column).push(" = TRUE WHERE NOT ").push(column).push(" AND id IN ");
                push_list(&mut update, chunk.iter().copied());
                if column == "read" {
                    update.push(UNLESS_TOLD);
                }
                update.push(" RETURNING id");
                let changed: Vec<Uuid> = update.build_query_scalar().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)?;
                self.wait_anew(&changed).await?;
                for id in changed {
                    if let Some((new, _)) = again.iter().find(|(_, put)| put.id.0 == id) {
                        self.note_of(new.owner, Entity::Message, id, ChangeKind::Changed);
                    }
                }
            }
        }
        let ids: Vec<_> = again.iter().map(|(_, put)| put.id.0).collect();
        self.place_anew(&ids).await?;
        self.seen_on_server(&ids).await
    }

    pub(super) async fn message_changed(&mut self, owner: Option<Uuid>, id: MessageId) -> Result<()> {
        let owner = owner.ok_or(Error::NotFound)?;
        self.note_of(UserId(owner), Entity::Message, id.0, ChangeKind::Changed);
        Ok(())
    }
}

#[async_trait]
impl Messages for Tx {
    async fn put_messages(&mut self, batch: &[NewMessage]) -> Result<Vec<PutMessage>> {
        let roles = self.folder_roles(batch).await?;
        let identities: Vec<_> = batch.iter().map(identity).collect();
        let mut seen = HashSet::new();
        let first: Vec<_> = batch.iter().zip(&identities).filter(|(_, identity)| seen.insert(*identity)).map(|(new, _)| new).collect();

        let sort_keys = self.sort_keys(&first).await?;
        let fresh: Vec<_> = first
            .into_iter()
            .zip(sort_keys)
            .map(|(new, sort_key)| {
                let role = new.location.and_then(|(folder, _)| roles.get(&folder).copied()).unwrap_or(FolderRole::Other);
                (new, sort_key, place(&[role], None, false, false, false, false))
            })
            .collect();
        let threaded: Vec<_> = fresh.iter().map(|(new, ..)| Threaded::of(new)).collect();
        let added = self.insert_messages(&fresh, &threaded).await?;
        let fresh: Vec<_> = fresh.into_iter().filter(|(new, ..)| added.contains(&new.id.0)).collect();

        let mut known: HashMap<Identity, Uuid> = fresh.iter().map(|(new, ..)| (identity(new), new.id.0)).collect();
        let rest: Vec<_> = identities.iter().filter(|identity| !known.contains_key(*identity)).cloned().collect();
        known.extend(self.known_messages(&rest).await?);
        let put = batch
            .iter()
            .zip(&identities)
            .map(|(new, identity)| {
                let id = known.get(identity).copied().ok_or_else(|| Error::bug("A message was neither new nor known"))?;
                Ok(PutMessage { id: MessageId(id), added: id == new.id.0 && added.contains(&id) })
            })
            .collect::<Result<Vec<_>>>()?;

        self.insert_locations(batch, &put).await?;
        self.insert_participants(&fresh).await?;
        self.insert_attachments(&fresh).await?;
        self.insert_notices(&fresh).await?;
        let words: Vec<_> = fresh.iter().map(|(new, sort_key, _)| words(new, *sort_key)).collect();
        dialect::index_words(&mut self.inner, words).await.map_err(err)?;
        self.link_messages(&fresh).await?;
        let threaded: Vec<_> = threaded.into_iter().filter(|one| added.contains(&one.id)).collect();
        self.thread_messages(&threaded).await?;
        self.thread_backlog().await?;
        for (new, ..) in &fresh {
            self.note_of(new.owner, Entity::Message, new.id.0, ChangeKind::Added);
        }
        self.meet_again(batch, &put).await?;
        Ok(put)
    }

    async fn list_messages(
        &mut self,
        owner: UserId,
        filter: &MessageFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<MessageRecord>> {
        let (at, id) = start(after);
        let account: Option<Uuid> = filter.account.map(|account| account.0);
        let [unread, unlinked, highlighted, private] =
            [Show::Unread, Show::Unlinked, Show::Highlighted, Show::Private].map(|show| filter.show == show);
        let rows = match filter.sort {
            Sort::Newest => {
                messages!(
                    "WHERE m.owner_id = $1 AND m.place = $2 AND (m.at, m.id) < ($3, $4)
                         AND (m.returned_at IS NULL OR m.place <> 'inbox')
                         AND (m.account_id = $5 OR $5 IS NULL)
                         AND (NOT m.read OR NOT $6)
                         AND (NOT $7 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
                         AND (m.highlighted OR NOT $8) AND (m.private OR NOT $9)
                     ORDER BY m.at DESC, m.id DESC LIMIT $10",
                    owner.0,
                    filter.place.as_str(),
                    at,
                    id,
                    account as Option<Uuid>,
                    unread,
                    unlinked,
                    highlighted,
                    private,
                    limit
                )
                .fetch_all(&mut *self.inner)
                .await
            }
            Sort::Oldest => {
                let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |cursor| (cursor.at.0, cursor.id));
                messages!(
                    "WHERE m.owner_id = $1 AND m.place = $2 AND (m.at, m.id) > ($3, $4)
                         AND (m.account_id = $5 OR $5 IS NULL)
                         AND (NOT m.read OR NOT $6)
                         AND (NOT $7 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
                         AND (m.highlighted OR NOT $8) AND (m.private OR NOT $9)
                     ORDER BY m.at, m.id LIMIT $10",
                    owner.0,
                    filter.place.as_str(),
                    at,
                    id,
                    account as Option<Uuid>,
                    unread,
                    unlinked,
                    highlighted,
                    private,
                    limit
                )
                .fetch_all(&mut *self.inner)
                .await
            }
            Sort::Address => {
                // The cursor names the last row read, and that row knows its sender.
                let from = match after {
                    Some(cursor) => query_scalar!("SELECT who_key FROM messages WHERE id = $1", cursor.id)
                        .fetch_optional(&mut *self.inner)
                        .await
                        .map_err(err)?
                        .unwrap_or_default(),
                    None => String::new(),
                };
                messages!(
                    "WHERE m.owner_id = $1 AND m.place = $2 AND m.who_key >= $3 AND (m.who_key > $3 OR (m.at, m.id) < ($4, $5))
                         AND (m.account_id = $6 OR $6 IS NULL)
                         AND (NOT m.read OR NOT $7)
                         AND (NOT $8 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
                         AND (m.highlighted OR NOT $9) AND (m.private OR NOT $10)
                     ORDER BY m.who_key, m.at DESC, m.id DESC LIMIT $11",
                    owner.0,
                    filter.place.as_str(),
                    from,
                    at,
                    id,
                    account as Option<Uuid>,
                    unread,
                    unlinked,
                    highlighted,
                    private,
                    limit
                )
                .fetch_all(&mut *self.inner)
                .await
            }
        };
        rows.map_err(err)?.into_iter().map(MessageSql::record).collect()
    }

    async fn list_returned(&mut self, owner: UserId, filter: &MessageFilter, limit: i64) -> Result<Vec<MessageRecord>> {
        let rows = messages!(
            "WHERE m.owner_id = $1 AND m.place = 'inbox' AND m.returned_at IS NOT NULL
                 AND (m.account_id = $2 OR $2 IS NULL)
                 AND (NOT m.read OR NOT $3)
                 AND (NOT $4 OR NOT EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed))
                 AND (m.highlighted OR NOT $5) AND (m.private OR NOT $6)
             ORDER BY m.returned_at DESC, m.id DESC LIMIT $7",
            owner.0,
            filter.account.map(|account| account.0) as Option<Uuid>,
            filter.show == Show::Unread,
            filter.show == Show::Unlinked,
            filter.show == Show::Highlighted,
            filter.show == Show::Private,
            limit
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        rows.into_iter().map(MessageSql::record).collect()
    }

    async fn inbox_counts(&mut self, owner: UserId) -> Result<InboxCounts> {
        let rows = query!(
            r#"SELECT place, COUNT(*) AS "all!: i64", SUM(CASE WHEN read THEN 0 ELSE 1 END) AS "unread!: i64"
               FROM messages WHERE owner_id = $1 AND place IN ('inbox', 'outbox', 'snoozed', 'spam') GROUP BY place"#,
            owner.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut counts = InboxCounts::default();
        for row in rows {
            if row.place == Place::Spam.as_str() {
                counts.spam = row.all;
            } else if row.place == Place::Snoozed.as_str() {
                counts.snoozed = row.all;
            } else if row.place == Place::Outbox.as_str() {
                counts.outbox = row.all;
            } else {
                (counts.inbox, counts.unread) = (row.all, row.unread);
            }
        }
        Ok(counts)
    }

    async fn find_message(&mut self, id: MessageId) -> Result<Option<MessageRecord>> {
        messages!("WHERE m.id = $1 AND m.place <> 'removed'", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .map(MessageSql::record)
            .transpose()
    }

    async fn raw_at(&mut self, id: MessageId) -> Result<Option<RawAt>> {
        let row = query!("SELECT pack_id, pack_offset, pack_len FROM messages WHERE id = $1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(row.map(|row| RawAt { pack: row.pack_id.into(), offset: row.pack_offset, len: row.pack_len }))
    }

    async fn participants(&mut self, id: MessageId) -> Result<(Vec<Participant>, i64)> {
        struct ParticipantSql {
            role: String,
            name: String,
            address: String,
        }
        let rows = query_as!(ParticipantSql, "SELECT role, name, address FROM participants WHERE message_id = $1 ORDER BY position", id.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        let left_out = query_scalar!("SELECT participants_left_out FROM messages WHERE id = $1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        let participants = rows.into_iter().map(|row| Ok(Participant { role: role(&row.role)?, name: row.name, address: row.address }));
        Ok((participants.collect::<Result<_>>()?, left_out.unwrap_or_default()))
    }

    async fn attachments(&mut self, id: MessageId) -> Result<Vec<AttachmentMeta>> {
        let rows = query!("SELECT part, name, mime, size, content_id, inline FROM attachments WHERE message_id = $1 ORDER BY part", id.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(rows
            .into_iter()
            .map(|row| AttachmentMeta {
                part: u32::try_from(row.part).unwrap_or_default(),
                name: row.name,
                mime: row.mime,
                size: u64::try_from(row.size).unwrap_or_default(),
                content_id: row.content_id,
                inline: row.inline,
            })
            .collect())
    }

    async fn set_read(&mut self, id: MessageId, read: bool) -> Result<()> {
        let owner = query_scalar!("UPDATE messages SET read = $2 WHERE id = $1 RETURNING owner_id", id.0, read)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        self.wait_anew(&[id.0]).await?;
        self.message_changed(owner, id).await
    }

    async fn set_finished(&mut self, id: MessageId, at: Option<Moment>) -> Result<()> {
        let owner = query_scalar!("UPDATE messages SET finished_at = $2 WHERE id = $1 RETURNING owner_id", id.0, at.map(|at| at.0))
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        self.place_one(id).await?;
        self.message_changed(owner, id).await
    }

    async fn set_deleted(&mut self, id: MessageId, at: Option<Moment>) -> Result<()> {
        let owner = query_scalar!(
            "UPDATE messages SET deleted_at = $2, restored = $3 WHERE id = $1 RETURNING owner_id",
            id.0,
            at.map(|at| at.0),
            at.is_none()
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        self.place_one(id).await?;
        self.message_changed(owner, id).await
    }
}

/// What a message is found by.
fn words(new: &NewMessage, sort_key: i64) -> Words {
    let parsed = &new.parsed;
    let mut people = String::new();
    for participant in &parsed.participants {
        people.push_str(&participant.name);
        people.push(' ');
        people.push_str(&participant.address);
        people.push('\n');
    }
    let files = parsed.attachments.iter().map(|attachment| attachment.name.as_str()).collect::<Vec<_>>().join("\n");
    Words {
        sort_key,
        subject: spaced(&parsed.subject),
        people: spaced(cut(&people, 16_384)),
        body: spaced(cut(&parsed.search_text, 65_536)),
        files: spaced(cut(&files, 16_384)),
    }
}

impl Tx {
    pub(super) async fn records(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, MessageRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for id in ids {
            if let Some(record) = self.find_message(MessageId(*id)).await? {
                found.insert(*id, record);
            }
        }
        Ok(found)
    }

    pub(super) async fn rank_latest(&mut self, contact: ContactId, moments: &[i64]) -> Result<()> {
        match moments.iter().max() {
            Some(latest) => self.rank(contact, Moment(*latest)).await,
            None => Ok(()),
        }
    }
}
