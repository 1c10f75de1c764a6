//! Threads: messages that name one another, and answers that only their words place.
//!
//! Every Message-ID that is had or named by a message leads to one thread, so a message that arrives joins the threads of all
//! the ids it knows. That makes a thread a connected component, which does not depend on the order of arrival. What a reader
//! splits off by hand is nailed down: later mail joins it, and merges nothing through it.

use super::{LIST, Tx, err, index_key, push_list, strides, text};
use crate::Db;
use async_trait::async_trait;
use crm::ports::{MessageRecord, Messages, NewMessage, Threads};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity};
use model::message::Participant;
use model::thread::{TALK_SECONDS, is_reply, talk_key};
use model::{MessageId, ThreadId, UserId};
use sqlx::{QueryBuilder, Row};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Messages from before there were threads that one arrival takes along.
const BACKLOG: i64 = 500;

const SPAN: i64 = TALK_SECONDS * 1_000_000;

/// A message that words alone may connect with another; not one that its reader placed.
#[derive(Clone, Copy)]
struct Said {
    id: Uuid,
    thread: Option<Uuid>,
    at: i64,
}

const SAID: &str = "SELECT m.id, m.thread_id, m.talk_key, m.at FROM messages m
     LEFT JOIN thread_ids t ON t.owner_id = m.owner_id AND t.message_key = m.message_key
     WHERE (t.by_hand IS NULL OR NOT t.by_hand) AND m.owner_id = ";

fn said(row: &<Db as sqlx::Database>::Row) -> Result<Said> {
    Ok(Said { id: row.try_get("id").map_err(err)?, thread: row.try_get("thread_id").map_err(err)?, at: row.try_get("at").map_err(err)? })
}

/// What decides where a message belongs.
pub(super) struct Threaded {
    pub(super) id: Uuid,
    pub(super) owner: Uuid,
    pub(super) at: i64,
    /// Its own id first, then what it answers, the nearest first.
    pub(super) keys: Vec<String>,
    pub(super) talk: String,
    pub(super) bare_reply: bool,
}

impl Threaded {
    pub(super) fn of(new: &NewMessage) -> Self {
        let parsed = &new.parsed;
        let mut keys = vec![index_key(&parsed.message_id)];
        for reference in parsed.references.iter().rev() {
            let key = index_key(reference);
            if !key.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        }
        Self {
            id: new.id.0,
            owner: new.owner.0,
            at: new.at.0,
            keys,
            talk: text(&talk_key(&parsed.subject, &parsed.participants, parsed.participants_left_out)).into_owned(),
            bare_reply: parsed.is_bare_reply(),
        }
    }
}

/// Sets that only ever grow together; a set is named by its smallest member.
#[derive(Default)]
struct Sets(HashMap<Uuid, Uuid>);

impl Sets {
    fn root(&mut self, of: Uuid) -> Uuid {
        let mut at = of;
        while let Some(up) = self.0.get(&at).copied().filter(|up| *up != at) {
            at = up;
        }
        self.0.insert(of, at);
        at
    }

    fn join(&mut self, a: Uuid, b: Uuid) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        self.0.insert(high, low);
        self.0.insert(low, low);
    }
}

impl Tx {
    /// Gives each of these messages its thread, merging threads where one of them connects two.
    pub(super) async fn thread_messages(&mut self, fresh: &[Threaded]) -> Result<()> {
        for owner in fresh.iter().map(|one| one.owner).collect::<BTreeSet<_>>() {
            let mine: Vec<_> = fresh.iter().filter(|one| one.owner == owner).collect();
            self.thread_of_owner(owner, &mine).await?;
        }
        Ok(())
    }

    async fn thread_of_owner(&mut self, owner: Uuid, fresh: &[&Threaded]) -> Result<()> {
        let known = self.known_ids(owner, fresh).await?;
        let mut sets = Sets::default();
        let mut firsts: HashMap<&str, Uuid> = HashMap::new();
        let mut old: BTreeSet<Uuid> = known.values().map(|(thread, _)| *thread).collect();
        let mut alone: HashMap<Uuid, Uuid> = HashMap::new();
        for one in fresh {
            let hits: Vec<_> = one.keys.iter().filter_map(|key| known.get(key)).collect();
            if let Some((nearest, _)) = hits.first().filter(|_| hits.iter().any(|(_, by_hand)| *by_hand)) {
                // Placed by its reader's hand: it goes where the nearest one is, and connects nothing.
                alone.insert(one.id, *nearest);
                continue;
            }
            for (thread, _) in hits {
                sets.join(one.id, *thread);
            }
            for key in &one.keys {
                let first = *firsts.entry(key).or_insert(one.id);
                sets.join(one.id, first);
            }
        }
        let ids: BTreeSet<Uuid> = fresh.iter().map(|one| one.id).collect();
        let talks: BTreeSet<&String> = fresh.iter().map(|one| &one.talk).filter(|talk| !talk.is_empty()).collect();
        let replies = self.bare_replies(owner, &talks.into_iter().cloned().collect::<Vec<_>>()).await?;
        for one in fresh.iter().filter(|one| !one.talk.is_empty() && !alone.contains_key(&one.id)) {
            let mut talked: Vec<Said> = replies.get(&one.talk).cloned().unwrap_or_default();
            talked.retain(|reply| (one.at..=one.at.saturating_add(SPAN)).contains(&reply.at));
            if one.bare_reply {
                talked.extend(self.said_before(owner, one).await?);
            }
            for Said { id, thread, .. } in talked {
                match thread {
                    Some(thread) => {
                        old.insert(thread);
                        sets.join(one.id, thread);
                    }
                    None if ids.contains(&id) && !alone.contains_key(&id) => sets.join(one.id, id),
                    None => {}
                }
            }
        }

        // The oldest thread of a set lives on; a set of new messages is named after one of them.
        let mut names: HashMap<Uuid, Uuid> = HashMap::new();
        for thread in &old {
            let root = sets.root(*thread);
            let name = *names.entry(root).or_insert(*thread);
            if name != *thread {
                self.merge_thread(owner, *thread, name).await?;
            }
        }
        let mut placed = Vec::with_capacity(fresh.len());
        for one in fresh {
            let thread = match alone.get(&one.id) {
                // It may just have been merged into another one.
                Some(thread) => {
                    let root = sets.root(*thread);
                    names.get(&root).copied().unwrap_or(*thread)
                }
                None => {
                    let root = sets.root(one.id);
                    names.get(&root).copied().unwrap_or(root)
                }
            };
            placed.push((one.id, thread));
        }
        self.place_in_threads(&placed).await?;
        let keys = fresh.iter().zip(&placed).flat_map(|(one, (_, thread))| one.keys.iter().map(move |key| (key.as_str(), *thread)));
        let keys: HashMap<&str, Uuid> = keys.filter(|(key, _)| !known.contains_key(*key)).collect();
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable();
        for chunk in strides(&keys) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO thread_ids (owner_id, message_key, thread_id) ");
            insert.push_values(chunk, |mut row, (key, thread)| {
                row.push_bind(owner).push_bind((*key).to_owned()).push_bind(*thread);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// The thread that each known id leads to, and whether its reader put it there.
    async fn known_ids(&mut self, owner: Uuid, fresh: &[&Threaded]) -> Result<HashMap<String, (Uuid, bool)>> {
        let keys: BTreeSet<&String> = fresh.iter().flat_map(|one| &one.keys).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let mut known = HashMap::new();
        for chunk in keys.chunks(LIST) {
            let mut find = QueryBuilder::<Db>::new("SELECT message_key, thread_id, by_hand FROM thread_ids WHERE owner_id = ");
            find.push_bind(owner).push(" AND message_key IN (");
            let mut list = find.separated(", ");
            for key in chunk {
                list.push_bind((*key).clone());
            }
            find.push(")");
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let leads = (row.try_get("thread_id").map_err(err)?, row.try_get("by_hand").map_err(err)?);
                known.insert(row.try_get("message_key").map_err(err)?, leads);
            }
        }
        Ok(known)
    }

    /// Answers without a reference, by their words; none that its reader placed.
    async fn bare_replies(&mut self, owner: Uuid, talks: &[String]) -> Result<HashMap<String, Vec<Said>>> {
        let mut found: HashMap<String, Vec<Said>> = HashMap::new();
        for chunk in talks.chunks(LIST) {
            let mut find = QueryBuilder::<Db>::new(SAID);
            find.push_bind(owner).push(" AND m.bare_reply AND m.talk_key IN (");
            let mut list = find.separated(", ");
            for talk in chunk {
                list.push_bind(talk.clone());
            }
            find.push(")");
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                found.entry(row.try_get("talk_key").map_err(err)?).or_default().push(said(&row)?);
            }
        }
        Ok(found)
    }

    /// What an answer without a reference may answer: the same words between the same people, not long before it.
    async fn said_before(&mut self, owner: Uuid, one: &Threaded) -> Result<Vec<Said>> {
        let mut find = QueryBuilder::<Db>::new(SAID);
        find.push_bind(owner).push(" AND m.talk_key <> '' AND m.talk_key = ").push_bind(one.talk.clone());
        find.push(" AND m.at BETWEEN ").push_bind(one.at.saturating_sub(SPAN)).push(" AND ").push_bind(one.at);
        let rows = find.build().fetch_all(&mut *self.inner).await.map_err(err)?;
        rows.iter().map(said).collect()
    }

    async fn merge_thread(&mut self, owner: Uuid, from: Uuid, into: Uuid) -> Result<()> {
        for table in ["messages", "thread_ids"] {
            let mut update = QueryBuilder::<Db>::new("UPDATE ");
            update.push(table).push(" SET thread_id = ").push_bind(into).push(" WHERE thread_id = ").push_bind(from);
            update.push(" AND owner_id = ").push_bind(owner);
            update.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        // Whoever looks at either conversation looks again.
        self.note_of(UserId(owner), Entity::Message, into, ChangeKind::Changed);
        Ok(())
    }

    async fn place_in_threads(&mut self, placed: &[(Uuid, Uuid)]) -> Result<()> {
        for chunk in strides(placed) {
            let mut update = QueryBuilder::<Db>::new("UPDATE messages SET thread_id = v.column2 FROM (");
            update.push_values(chunk, |mut row, (id, thread)| {
                row.push_bind(*id).push_bind(*thread);
            });
            update.push(") AS v WHERE messages.id = v.column1");
            update.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// What was stored before there were threads gets its own, some with every arrival. Answers how many it was.
    pub(super) async fn thread_backlog(&mut self) -> Result<usize> {
        let rows = QueryBuilder::<Db>::new(
            "SELECT id, owner_id, at, message_key, answers_to, subject, participants_left_out
             FROM messages WHERE thread_id IS NULL ORDER BY sort_key DESC LIMIT ",
        )
        .push_bind(BACKLOG)
        .build()
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut late = Vec::with_capacity(rows.len());
        for row in rows {
            let id: Uuid = row.try_get("id").map_err(err)?;
            let (subject, answers): (String, String) = (row.try_get("subject").map_err(err)?, row.try_get("answers_to").map_err(err)?);
            let left_out: i64 = row.try_get("participants_left_out").map_err(err)?;
            let (people, _): (Vec<Participant>, i64) = Messages::participants(self, MessageId(id)).await?;
            let mut keys: Vec<String> = vec![row.try_get("message_key").map_err(err)?];
            for reference in answers.split(' ').rev().filter(|reference| !reference.is_empty()) {
                let key = index_key(reference);
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let talk = talk_key(&subject, &people, u32::try_from(left_out).unwrap_or(u32::MAX));
            let bare_reply = answers.is_empty() && is_reply(&subject);
            let one =
                Threaded { id, owner: row.try_get("owner_id").map_err(err)?, at: row.try_get("at").map_err(err)?, keys, talk, bare_reply };
            let mut update = QueryBuilder::<Db>::new("UPDATE messages SET talk_key = ");
            update.push_bind(one.talk.clone()).push(", bare_reply = ").push_bind(one.bare_reply).push(" WHERE id = ").push_bind(id);
            update.build().execute(&mut *self.inner).await.map_err(err)?;
            late.push(one);
        }
        self.thread_messages(&late).await?;
        Ok(late.len())
    }

    async fn find_thread(&mut self, message: MessageId) -> Result<(Uuid, Option<Uuid>)> {
        let row = QueryBuilder::<Db>::new("SELECT owner_id, thread_id FROM messages WHERE id = ")
            .push_bind(message.0)
            .build()
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .ok_or(Error::NotFound)?;
        Ok((row.try_get("owner_id").map_err(err)?, row.try_get("thread_id").map_err(err)?))
    }
}

#[async_trait]
impl Threads for Tx {
    async fn thread_of(&mut self, message: MessageId) -> Result<Option<ThreadId>> {
        Ok(self.find_thread(message).await?.1.map(ThreadId))
    }

    async fn list_thread(&mut self, thread: ThreadId, limit: i64) -> Result<(Vec<MessageRecord>, i64)> {
        let mut find = QueryBuilder::<Db>::new("SELECT id FROM messages WHERE thread_id = ");
        find.push_bind(thread.0).push(" AND place <> 'removed' ORDER BY at DESC, id DESC LIMIT ").push_bind(limit);
        let ids: Vec<Uuid> = find.build_query_scalar().fetch_all(&mut *self.inner).await.map_err(err)?;
        let mut count = QueryBuilder::<Db>::new("SELECT COUNT(*) FROM messages WHERE thread_id = ");
        let all: i64 = count
            .push_bind(thread.0)
            .push(" AND place <> 'removed'")
            .build_query_scalar()
            .fetch_one(&mut *self.inner)
            .await
            .map_err(err)?;
        let mut found = self.records(&ids).await?;
        Ok((ids.iter().rev().filter_map(|id| found.remove(id)).collect(), all - super::count(ids.len())))
    }

    async fn move_to_thread(&mut self, messages: &[MessageId], thread: ThreadId, by_hand: bool) -> Result<()> {
        // Who has that thread open reads one of those that stand in it already, and none of those that join it.
        for record in self.list_thread(thread, 1).await?.0 {
            self.note_of(record.owner, Entity::Message, record.id.0, ChangeKind::Changed);
        }
        for chunk in messages.chunks(LIST) {
            let mut update = QueryBuilder::<Db>::new("UPDATE messages SET thread_id = ");
            update.push_bind(thread.0).push(" WHERE id IN ");
            push_list(&mut update, chunk.iter().map(|id| id.0));
            update.push(" RETURNING id, owner_id, message_key");
            for row in update.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let (id, owner): (Uuid, Uuid) = (row.try_get("id").map_err(err)?, row.try_get("owner_id").map_err(err)?);
                let key: String = row.try_get("message_key").map_err(err)?;
                let mut nail = QueryBuilder::<Db>::new("UPDATE thread_ids SET thread_id = ");
                nail.push_bind(thread.0).push(", by_hand = ").push_bind(by_hand);
                nail.push(" WHERE owner_id = ").push_bind(owner).push(" AND message_key = ").push_bind(key);
                nail.build().execute(&mut *self.inner).await.map_err(err)?;
                self.note_of(UserId(owner), Entity::Message, id, ChangeKind::Changed);
            }
        }
        Ok(())
    }
}
