//! Searching: what may match is walked newest first, from the index of words where there are words, and then judged.
//!
//! A walk is bounded. Where a page is not full by then, the answer says how far it came, and the reader may go on.

use super::contacts::{ROW, list_row, push_words};
use super::messages::role;
use super::{LIST, Tx, count, err, push_list};
use crate::{Db, dialect};
use async_trait::async_trait;
use crm::Result;
use crm::ports::{ContactListRow, Contacts, FoundRecords, Search, Sought};
use model::contact::{ContactFilter, Tag};
use model::fold::fold;
use model::inbox::Place;
use model::message::ParticipantRole;
use model::search::{Field, Older, Phrase, words_of};
use model::{Moment, TagId};
use sqlx::{QueryBuilder, Row};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How many messages are judged at a time. The first handful is nearly always enough.
const STRIDES: [usize; 9] = [100, LIST, LIST, LIST, LIST, LIST, LIST, LIST, LIST];
/// Contacts that share the beginning of a word, at most.
const CONTACTS: i64 = 20_000;

/// What the index of words is asked.
pub(crate) struct Hunt<'a> {
    pub(crate) all: Vec<&'a Phrase>,
    pub(crate) none: Vec<&'a Phrase>,
    /// Only in the archives of these, where it is said; the index may find it worth knowing.
    pub(crate) archives: Option<Vec<Uuid>>,
    /// From this key on, and before that one.
    pub(crate) from: i64,
    pub(crate) before: i64,
    pub(crate) limit: usize,
}

/// The key of the first message of a moment: see `messages.sort_key`.
fn key_at(at: Moment) -> i64 {
    at.seconds().clamp(-(1 << 40), 1 << 40) << 20
}

/// Whether the index of words can say that a phrase is not there. It does not tell senders from recipients.
fn is_in_index(phrase: &Phrase) -> bool {
    !matches!(phrase.field, Field::From | Field::To)
}

fn phrases(sought: &Sought, not: bool) -> Vec<&Phrase> {
    sought.phrases.iter().filter(|(turned, phrase)| *turned == not && (!not || is_in_index(phrase))).map(|(_, phrase)| phrase).collect()
}

fn archives(sought: &Sought) -> Option<Vec<Uuid>> {
    let named = sought.contacts.iter().find(|(not, _)| !not).map(|(_, contacts)| contacts);
    named.map(|contacts| contacts.iter().map(|contact| contact.0).collect())
}

/// A stride of rows in the order of time. Those of one second are in no order yet, so a full stride ends before its last second.
fn whole_seconds(mut keys: Vec<i64>, limit: usize) -> (Vec<i64>, bool) {
    let full = keys.len() >= limit;
    keys.sort_unstable_by(|a, b| b.cmp(a));
    keys.dedup();
    if full && let (Some(first), Some(last)) = (keys.first().copied(), keys.last().copied()) {
        let second = last >> 20;
        if first >> 20 != second {
            keys.retain(|key| key >> 20 != second);
        }
    }
    (keys, full)
}

impl Tx {
    /// The next keys that may match, newest first, and whether there may be more.
    async fn candidates(&mut self, sought: &Sought, from: i64, before: i64, limit: usize) -> Result<(Vec<i64>, bool)> {
        let all = phrases(sought, false);
        let archives = archives(sought);
        if !all.is_empty() {
            let hunt = Hunt { all, none: phrases(sought, true), archives, from, before, limit };
            let keys = dialect::find_words(&mut self.inner, &hunt).await.map_err(err)?;
            let full = keys.len() >= limit;
            return Ok((keys, full));
        }
        let mut walk = QueryBuilder::<Db>::new("");
        // A second is whole: the order within it is another in these indexes.
        let (oldest, newest) =
            ((from >> 20).saturating_mul(1_000_000), ((before - 1) >> 20).saturating_mul(1_000_000).saturating_add(999_999));
        let own = match (sought.reader, sought.places.as_slice()) {
            (Some(reader), [(false, place), ..]) => Some((reader, *place)),
            _ => None,
        };
        if let Some(archives) = archives {
            let mut keys = Vec::new();
            for contact in archives {
                let mut walk = QueryBuilder::<Db>::new(
                    "SELECT m.sort_key FROM message_contacts mc JOIN messages m ON m.id = mc.message_id WHERE NOT mc.removed AND mc.contact_id = ",
                );
                walk.push_bind(contact).push(" AND mc.at >= ").push_bind(oldest).push(" AND mc.at <= ").push_bind(newest);
                walk.push(" AND m.sort_key >= ").push_bind(from).push(" AND m.sort_key < ").push_bind(before);
                walk.push(" ORDER BY mc.at DESC, mc.message_id DESC LIMIT ").push_bind(count(limit));
                let found: Vec<i64> = walk.build_query_scalar().fetch_all(&mut *self.inner).await.map_err(err)?;
                let (found, full) = whole_seconds(found, limit);
                keys.push((found, full));
            }
            // Each archive was read to another depth; all of them only to the least deep.
            let depth = keys.iter().filter(|(_, full)| *full).filter_map(|(keys, _)| keys.last().copied()).max();
            let mut all: Vec<_> = keys.into_iter().flat_map(|(keys, _)| keys).collect();
            all.retain(|key| depth.is_none_or(|depth| *key >= depth));
            all.sort_unstable_by(|a, b| b.cmp(a));
            all.dedup();
            return Ok((all, depth.is_some()));
        }
        if let Some((reader, place)) = own {
            walk.push("SELECT m.sort_key FROM messages m WHERE m.owner_id = ")
                .push_bind(reader.0)
                .push(" AND m.place = ")
                .push_bind(place.as_str());
            walk.push(" AND m.at >= ").push_bind(oldest).push(" AND m.at <= ").push_bind(newest);
            walk.push(" AND m.sort_key >= ").push_bind(from).push(" AND m.sort_key < ").push_bind(before);
            walk.push(" ORDER BY m.at DESC, m.id DESC LIMIT ").push_bind(count(limit));
            let keys: Vec<i64> = walk.build_query_scalar().fetch_all(&mut *self.inner).await.map_err(err)?;
            return Ok(whole_seconds(keys, limit));
        }
        walk.push("SELECT m.sort_key FROM messages m WHERE m.sort_key >= ").push_bind(from).push(" AND m.sort_key < ").push_bind(before);
        walk.push(" ORDER BY m.sort_key DESC LIMIT ").push_bind(count(limit));
        let keys: Vec<i64> = walk.build_query_scalar().fetch_all(&mut *self.inner).await.map_err(err)?;
        let full = keys.len() >= limit;
        Ok((keys, full))
    }

    /// Those that the reader may see and that are what was sought, newest first.
    async fn judge(&mut self, sought: &Sought, keys: &[i64]) -> Result<Vec<(i64, Uuid)>> {
        let mut passed = Vec::new();
        for chunk in keys.chunks(LIST) {
            let mut find = judge_query(sought, chunk);
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                passed.push((row.try_get("sort_key").map_err(err)?, row.try_get("id").map_err(err)?));
            }
        }
        self.drop_unsaid(sought, keys, &mut passed).await?;
        self.drop_strangers(sought, &mut passed).await?;
        passed.sort_unstable_by(|a, b| b.cmp(a));
        Ok(passed)
    }

    /// Words that must not be there, where there were no others for the index to look for.
    async fn drop_unsaid(&mut self, sought: &Sought, keys: &[i64], passed: &mut Vec<(i64, Uuid)>) -> Result<()> {
        let none = phrases(sought, true);
        let (Some(newest), Some(oldest)) = (keys.first(), keys.last()) else { return Ok(()) };
        if none.is_empty() || !phrases(sought, false).is_empty() {
            return Ok(());
        }
        let mut said = HashSet::new();
        for phrase in none {
            let hunt = Hunt { all: vec![phrase], none: vec![], archives: None, from: *oldest, before: newest + 1, limit: keys.len() };
            said.extend(dialect::find_words(&mut self.inner, &hunt).await.map_err(err)?);
        }
        passed.retain(|(key, _)| !said.contains(key));
        Ok(())
    }

    /// The index knows people, not whether they wrote or were written to.
    async fn drop_strangers(&mut self, sought: &Sought, passed: &mut Vec<(i64, Uuid)>) -> Result<()> {
        let asked: Vec<_> = sought.phrases.iter().filter(|(_, phrase)| !is_in_index(phrase)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = passed.iter().map(|(_, id)| *id).collect();
        let mut people: HashMap<Uuid, Vec<(ParticipantRole, Vec<String>)>> = HashMap::new();
        for chunk in ids.chunks(LIST) {
            let mut find = QueryBuilder::<Db>::new("SELECT message_id, role, name, address FROM participants WHERE message_id IN ");
            push_list(&mut find, chunk.iter().copied());
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let word: String = row.try_get("role").map_err(err)?;
                let (name, address): (String, String) = (row.try_get("name").map_err(err)?, row.try_get("address").map_err(err)?);
                let said = [words_of(&name), words_of(&address)].concat();
                people.entry(row.try_get("message_id").map_err(err)?).or_default().push((role(&word)?, said));
            }
        }
        passed.retain(|(_, id)| {
            let people = people.get(id).map(Vec::as_slice).unwrap_or_default();
            asked.iter().all(|(not, phrase)| {
                let is_there = people.iter().any(|(role, said)| is_of(*role, phrase.field) && says(said, phrase));
                is_there != *not
            })
        });
        Ok(())
    }
}

fn is_of(role: ParticipantRole, field: Field) -> bool {
    match field {
        Field::From => role == ParticipantRole::From,
        _ => matches!(role, ParticipantRole::To | ParticipantRole::Cc | ParticipantRole::Bcc),
    }
}

/// Whether the words of a phrase stand there, side by side.
fn says(said: &[String], phrase: &Phrase) -> bool {
    said.windows(phrase.words.len()).any(|window| {
        let last = window.len().saturating_sub(1);
        window
            .iter()
            .zip(&phrase.words)
            .enumerate()
            .all(|(at, (word, sought))| word == sought || (phrase.prefix && at == last && word.starts_with(sought.as_str())))
    })
}

/// Who may see it comes first: one's own mail, and what stands in the archive of a contact (`Session::readable`).
pub(crate) fn judge_query(sought: &Sought, keys: &[i64]) -> QueryBuilder<Db> {
    let mut find = QueryBuilder::<Db>::new("SELECT m.sort_key AS sort_key, m.id AS id FROM messages m WHERE m.sort_key IN (");
    let mut list = find.separated(", ");
    for key in keys {
        list.push_bind(*key);
    }
    find.push(") AND ((m.place <> 'trash' AND EXISTS (SELECT 1 FROM message_contacts l WHERE l.message_id = m.id AND NOT l.removed)");
    if !sought.private {
        find.push(" AND NOT m.private");
    }
    find.push(")");
    if let Some(reader) = sought.reader {
        find.push(" OR m.owner_id = ").push_bind(reader.0);
    }
    find.push(")");
    find.push(" AND m.place <> 'removed'");
    let asked = sought.places.iter().filter(|(not, _)| !not).map(|(_, place)| *place).collect::<Vec<_>>();
    let hidden = [Place::Spam, Place::Trash].into_iter().filter(|place| !sought.everywhere && !asked.contains(place));
    for place in hidden {
        find.push(" AND m.place <> ").push_bind(place.as_str());
    }
    for (not, place) in &sought.places {
        let own = sought.reader.map_or_else(Uuid::nil, |reader| reader.0);
        find.push(if *not { " AND NOT (" } else { " AND (" });
        find.push("m.place = ").push_bind(place.as_str()).push(" AND m.owner_id = ").push_bind(own).push(")");
    }
    if let Some(attachment) = sought.attachment {
        find.push(if attachment { " AND m.attachments" } else { " AND NOT m.attachments" });
    }
    for (not, folders) in &sought.folders {
        push_any(
            &mut find,
            *not,
            "SELECT 1 FROM locations lo WHERE lo.message_id = m.id AND lo.folder_id IN ",
            folders.iter().map(|folder| folder.0).collect(),
        );
    }
    for (not, contacts) in &sought.contacts {
        push_any(
            &mut find,
            *not,
            "SELECT 1 FROM message_contacts mc WHERE mc.message_id = m.id AND NOT mc.removed AND mc.contact_id IN ",
            contacts.iter().map(|contact| contact.0).collect(),
        );
    }
    for (not, tags) in &sought.tags {
        push_any(
            &mut find,
            *not,
            "SELECT 1 FROM message_contacts mc JOIN contact_tags ct ON ct.contact_id = mc.contact_id
             WHERE mc.message_id = m.id AND NOT mc.removed AND ct.tag_id IN ",
            tags.iter().map(|tag| tag.0).collect(),
        );
    }
    find
}

/// `AND [NOT] EXISTS (… IN (ids))`. Of nothing, there is none.
fn push_any(find: &mut QueryBuilder<Db>, not: bool, select: &str, ids: Vec<Uuid>) {
    let ids = if ids.is_empty() { vec![Uuid::nil()] } else { ids };
    find.push(if not { " AND NOT EXISTS (" } else { " AND EXISTS (" }).push(select);
    push_list(find, ids);
    find.push(")");
}

#[async_trait]
impl Search for Tx {
    async fn search_messages(&mut self, sought: &Sought, older: Option<Older>, limit: usize) -> Result<FoundRecords> {
        let from = sought.from.map_or(i64::MIN, key_at);
        let until = sought.until.map_or(i64::MAX, key_at);
        let mut before = older.map_or(until, |older| older.0.min(until));
        let mut passed: Vec<(i64, Uuid)> = Vec::new();
        let mut next = None;
        for stride in STRIDES {
            let (keys, more) = self.candidates(sought, from, before, stride).await?;
            passed.extend(self.judge(sought, &keys).await?);
            next = keys.last().copied().filter(|_| more);
            if passed.len() > limit {
                passed.truncate(limit);
                next = passed.last().map(|(key, _)| *key);
            }
            match next {
                Some(key) if passed.len() < limit => before = key,
                _ => break,
            }
        }
        let ids: Vec<_> = passed.iter().map(|(_, id)| *id).collect();
        let mut records = self.records(&ids).await?;
        Ok(FoundRecords { records: ids.iter().filter_map(|id| records.remove(id)).collect(), next: next.map(Older) })
    }

    async fn search_contacts(&mut self, words: &str, inactive: bool, limit: i64) -> Result<Vec<ContactListRow>> {
        let Some(mut find) = contacts_query(words, inactive, limit) else {
            let filter = ContactFilter { search: words.to_owned(), inactive, ..ContactFilter::default() };
            return self.list_contacts(&filter, None, limit).await;
        };
        let rows = find.build().fetch_all(&mut *self.inner).await.map_err(err)?;
        rows.iter().map(list_row).collect()
    }

    async fn search_tags(&mut self, beginning: &str, limit: i64) -> Result<Vec<Tag>> {
        let key = super::contacts::escape_like(&fold(beginning));
        let mut find = QueryBuilder::<Db>::new("SELECT id, name FROM tags WHERE name_key LIKE ");
        find.push_bind(format!("{key}%")).push(r" ESCAPE '\' OR name_key LIKE ").push_bind(format!("% {key}%"));
        find.push(r" ESCAPE '\' ORDER BY name_key LIMIT ").push_bind(limit);
        let rows = find.build().fetch_all(&mut *self.inner).await.map_err(err)?;
        rows.iter().map(|row| Ok(Tag { id: TagId(row.try_get("id").map_err(err)?), name: row.try_get("name").map_err(err)? })).collect()
    }
}

/// The longest word leads, since the fewest contacts have it; nothing when no word is long enough to.
pub(crate) fn contacts_query(words: &str, inactive: bool, limit: i64) -> Option<QueryBuilder<Db>> {
    let folded = fold(words);
    let leads = |word: &&str| !word.starts_with('#') && word.chars().count() > 1;
    let lead = folded.split(' ').filter(leads).max_by_key(|word| word.len())?.to_owned();
    let mut find = QueryBuilder::<Db>::new("SELECT ");
    find.push(ROW).push(" FROM (SELECT s.id AS id FROM (SELECT DISTINCT w.contact_id AS id FROM contact_words w WHERE ");
    push_words(&mut find, &lead);
    // The order of the tables is meant: SQLite would rather walk all contacts by their rank.
    find.push(" LIMIT ").push_bind(CONTACTS).push(") f CROSS JOIN contacts s WHERE s.id = f.id AND s.deleted_at IS NULL");
    if !inactive {
        find.push(" AND s.active");
    }
    for word in folded.split(' ').filter(|word| !word.is_empty() && *word != lead).take(8) {
        if let Some(tag) = word.strip_prefix('#').filter(|tag| !tag.is_empty()) {
            find.push(" AND EXISTS (SELECT 1 FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id WHERE ct.contact_id = s.id AND t.name_key LIKE ");
            find.push_bind(format!("{}%", super::contacts::escape_like(tag))).push(r" ESCAPE '\')");
            continue;
        }
        find.push(" AND EXISTS (SELECT 1 FROM contact_words w WHERE w.contact_id = s.id AND ");
        push_words(&mut find, word);
        find.push(")");
    }
    find.push(" ORDER BY s.last_at DESC, s.id DESC LIMIT ")
        .push_bind(limit)
        .push(") found JOIN contacts c ON c.id = found.id LEFT JOIN contacts e ON e.id = c.employer_id ORDER BY c.last_at DESC, c.id DESC");
    Some(find)
}
