//! Asking FTS5. It walks an index backwards and stops when it has enough, so the newest of a common word come at once.
//!
//! A prefix is the exception: FTS5 first gathers everything that begins so. Where that is much, the commonest endings are asked for by name.

use crate::sql::search::Hunt;
use crate::sql::{Words, strides};
use model::search::{Field, Phrase};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One word in so many is counted.
const SAMPLE: u64 = 16;
/// So many entries of the index are gathered within a few milliseconds.
const GATHERED: i64 = 20_000;
/// Each ending is a walk of its own.
const ENDINGS: i64 = 24;
/// An archive of so few messages is looked through one by one.
const SMALL: i64 = 200;

/// Counts a sample of the words. Which ones is a matter of word and message, so that a repeated batch makes no difference to chance.
pub(super) async fn count_words(conn: &mut SqliteConnection, words: &[Words]) -> sqlx::Result<()> {
    let mut counted: BTreeMap<&str, i64> = BTreeMap::new();
    for message in words {
        let texts = [&message.subject, &message.people, &message.body, &message.files];
        let sampled =
            texts.into_iter().flat_map(|text| text.split(' ')).filter(|word| !word.is_empty() && is_sampled(word, message.sort_key));
        for word in sampled.collect::<BTreeSet<_>>() {
            *counted.entry(word).or_default() += 1;
        }
    }
    let counted: Vec<_> = counted.into_iter().collect();
    for chunk in strides(&counted) {
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO search_words (word, messages) ");
        insert.push_values(chunk, |mut row, (word, messages)| {
            row.push_bind((*word).to_owned()).push_bind(*messages);
        });
        insert.push(" ON CONFLICT (word) DO UPDATE SET messages = messages + excluded.messages");
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// FNV-1a.
fn is_sampled(word: &str, key: i64) -> bool {
    let bytes = word.bytes().chain(key.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash >> 32).is_multiple_of(SAMPLE)
}

/// The keys of messages that have these words, newest first.
pub(crate) async fn find_words(conn: &mut SqliteConnection, hunt: &Hunt<'_>) -> sqlx::Result<Vec<i64>> {
    let mut terms = Vec::new();
    for phrase in &hunt.all {
        terms.push(term(conn, phrase).await?);
    }
    let mut expression = terms.join(" AND ");
    if !hunt.none.is_empty() {
        let mut unwanted = Vec::new();
        for phrase in &hunt.none {
            unwanted.push(term(conn, phrase).await?);
        }
        expression = format!("({expression}) NOT ({})", unwanted.join(" OR "));
    }
    match &hunt.archives {
        None => walk(conn, hunt, &expression).await,
        Some(contacts) => within(conn, hunt, contacts, &expression).await,
    }
}

async fn walk(conn: &mut SqliteConnection, hunt: &Hunt<'_>, expression: &str) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar(WALK)
        .bind(expression)
        .bind(hunt.from)
        .bind(hunt.before)
        .bind(i64::try_from(hunt.limit).unwrap_or(i64::MAX))
        .fetch_all(conn)
        .await
}

pub(crate) const WALK: &str =
    "SELECT rowid FROM message_text WHERE message_text MATCH $1 AND rowid >= $2 AND rowid < $3 ORDER BY rowid DESC LIMIT $4";

/// In the archives of some contacts: a small one is tried message by message, in a large one the contact's own addresses are sought as well.
async fn within(conn: &mut SqliteConnection, hunt: &Hunt<'_>, contacts: &[Uuid], expression: &str) -> sqlx::Result<Vec<i64>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let linked = linked(conn, hunt, contacts, false).await?;
    let mut keys = if linked.len() <= usize::try_from(SMALL).unwrap_or_default() {
        one_by_one(conn, expression, &linked).await?
    } else {
        let mut find = QueryBuilder::<Sqlite>::new("SELECT value_key FROM contact_details WHERE kind = 'email' AND contact_id IN (");
        push_ids(&mut find, contacts);
        let addresses: Vec<String> = find.build_query_scalar().persistent(false).fetch_all(&mut *conn).await?;
        let addresses: Vec<_> = addresses.iter().flat_map(|address| spellings(address)).map(|address| quoted(&address)).collect();
        let by_hand = self::linked(conn, hunt, contacts, true).await?;
        let mut keys = one_by_one(conn, expression, &by_hand).await?;
        if !addresses.is_empty() {
            keys.extend(walk(conn, hunt, &format!("(people : ({})) AND ({expression})", addresses.join(" OR "))).await?);
        }
        keys
    };
    keys.sort_unstable_by(|a, b| b.cmp(a));
    keys.dedup();
    keys.truncate(hunt.limit);
    Ok(keys)
}

/// One key can be two addresses (`email_key`).
fn spellings(address: &str) -> Vec<String> {
    let gmail = address.strip_suffix("@gmail.com").map(|local| format!("{local}@googlemail.com"));
    std::iter::once(address.to_owned()).chain(gmail).collect()
}

/// The newest messages of these archives; one more than is small.
async fn linked(conn: &mut SqliteConnection, hunt: &Hunt<'_>, contacts: &[Uuid], by_hand: bool) -> sqlx::Result<Vec<i64>> {
    let mut find = QueryBuilder::<Sqlite>::new(
        "SELECT m.sort_key FROM message_contacts mc CROSS JOIN messages m WHERE m.id = mc.message_id AND NOT mc.removed AND mc.contact_id IN (",
    );
    push_ids(&mut find, contacts);
    if by_hand {
        find.push(" AND mc.by_hand");
    }
    // The index of an archive knows seconds, the key what is within one.
    let newest = ((hunt.before - 1) >> 20).saturating_mul(1_000_000).saturating_add(999_999);
    find.push(" AND mc.at <= ").push_bind(newest);
    find.push(" AND m.sort_key >= ").push_bind(hunt.from).push(" AND m.sort_key < ").push_bind(hunt.before);
    find.push(" ORDER BY mc.at DESC LIMIT ").push_bind(SMALL + 1);
    find.build_query_scalar().persistent(false).fetch_all(conn).await
}

async fn one_by_one(conn: &mut SqliteConnection, expression: &str, keys: &[i64]) -> sqlx::Result<Vec<i64>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut find = QueryBuilder::<Sqlite>::new("SELECT rowid FROM message_text WHERE message_text MATCH ");
    find.push_bind(expression.to_owned()).push(" AND rowid IN (");
    let mut list = find.separated(", ");
    for key in keys {
        list.push_bind(*key);
    }
    find.push(")");
    find.build_query_scalar().persistent(false).fetch_all(conn).await
}

fn push_ids(find: &mut QueryBuilder<Sqlite>, ids: &[Uuid]) {
    let mut list = find.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    find.push(")");
}

/// As FTS5 reads it. Words have no quotes in them, and are quoted all the same: `AND` is one too.
fn quoted(text: &str) -> String {
    format!("\"{}\"", model::search::spaced(text))
}

async fn term(conn: &mut SqliteConnection, phrase: &Phrase) -> sqlx::Result<String> {
    let column = match phrase.field {
        Field::Any => "",
        Field::Subject => "subject : ",
        Field::From | Field::To => "people : ",
        Field::File => "files : ",
    };
    let plain = quoted(&phrase.words.join(" "));
    let Some((last, before)) = phrase.words.split_last().filter(|_| phrase.prefix) else { return Ok(format!("({column}({plain}))")) };
    let Some(endings) = endings(conn, last).await? else { return Ok(format!("({column}({plain} *))")) };
    let one = |word: &String| quoted(&before.iter().chain([word]).map(String::as_str).collect::<Vec<_>>().join(" "));
    let any: Vec<_> = std::iter::once(plain.clone()).chain(endings.iter().map(one)).collect();
    Ok(format!("({column}({}))", any.join(" OR ")))
}

/// The commonest words that begin so; nothing where all of them together are few enough to be gathered.
async fn endings(conn: &mut SqliteConnection, beginning: &str) -> sqlx::Result<Option<Vec<String>>> {
    let end = format!("{beginning}{}", '\u{10ffff}');
    let sample: i64 = sqlx::query_scalar("SELECT COALESCE(SUM(messages), 0) FROM search_words WHERE word >= $1 AND word < $2")
        .bind(beginning)
        .bind(&end)
        .fetch_one(&mut *conn)
        .await?;
    if sample.saturating_mul(i64::try_from(SAMPLE).unwrap_or(1)) <= GATHERED {
        return Ok(None);
    }
    let words = sqlx::query_scalar("SELECT word FROM search_words WHERE word >= $1 AND word < $2 ORDER BY messages DESC, word LIMIT $3")
        .bind(beginning)
        .bind(&end)
        .bind(ENDINGS)
        .fetch_all(conn)
        .await?;
    Ok(Some(words))
}
