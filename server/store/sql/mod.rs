//! Every portable query, once. Compiled by `store-sqlite` and by `store-postgres`, each against its own schema,
//! so a query that only one of them understands does not compile.
//!
//! Of the crate that includes it, it takes `Db` and `dialect`; what truly differs between the two stands there.

mod archive;
mod bounces;
pub(crate) mod carddav;
mod clean;
pub(crate) mod contacts;
mod device_passwords;
mod directory;
mod errands;
mod folders;
mod keys;
mod ledger;
mod mail_accounts;
mod meetings;
mod messages;
mod outgoing;
mod place;
mod profiles;
pub(crate) mod search;
mod senders;
mod sign_ins;
mod tags;
mod templates;
mod threads;
mod users;
mod work;

use crate::{Db, dialect};
use crm::Error;
use crm::ports::DeviceMark;
use ledger::Notes;
use model::{Moment, UserId};
use sqlx::{QueryBuilder, Transaction};
use std::borrow::Cow;
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) use directory::DirectoryTx;
pub(crate) use keys::{check_company_key, check_master_key};

/// Ids in one list of a query: SQLite takes 32,766 variables, and its planner is quickest with few.
const LIST: usize = 500;
/// No key that stands in an index is longer: PostgreSQL's pages hold entries of 2,704 bytes.
const KEY_BYTES: usize = 512;

/// A transaction on one company's database.
pub(crate) struct Tx {
    inner: Transaction<'static, Db>,
    actor: Option<UserId>,
    at: Moment,
    notes: Notes,
    /// Whose work all of it is, where that is a device's.
    device: Option<DeviceMark>,
    /// Contacts whose cards are settled when it commits.
    stale: BTreeSet<Uuid>,
    feed: dialect::Feed,
}

impl Tx {
    pub(crate) fn new(inner: Transaction<'static, Db>, actor: Option<UserId>, at: Moment, feed: dialect::Feed) -> Self {
        Self { inner, actor, at, notes: Notes::default(), device: None, stale: BTreeSet::new(), feed }
    }
}

/// What one message is found by, on its way into the index of words: each text as its words, folded, a space between.
pub(crate) struct Words {
    pub(crate) sort_key: i64,
    pub(crate) subject: String,
    pub(crate) people: String,
    pub(crate) body: String,
    pub(crate) files: String,
}

/// Rows go into one statement in strides of three lengths, so that a statement is compiled once and used again. Answers the next.
pub(crate) fn stride(rows: usize) -> usize {
    match rows {
        64.. => 64,
        8.. => 8,
        _ => rows.min(1),
    }
}

pub(crate) fn strides<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let (next, rest) = rows.split_at(stride(rows.len()));
        rows = rest;
        (!next.is_empty()).then_some(next)
    })
}

/// What callers branch on, out of what the driver says.
pub(crate) fn err(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::RowNotFound => Error::NotFound,
        sqlx::Error::Database(database) => {
            if database.is_unique_violation() {
                Error::Conflict(dialect::constraint(&*database))
            } else if database.is_foreign_key_violation() {
                // The row pointed at is gone by now.
                Error::NotFound
            } else if let Some(known) = dialect::known(&*database) {
                known
            } else {
                Error::internal("The database refused", database)
            }
        }
        sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Error::DiskFull,
        other => Error::internal("The database failed", other),
    }
}

pub(crate) fn migration_err(error: sqlx::migrate::MigrateError) -> Error {
    use sqlx::migrate::MigrateError as M;
    match error {
        M::Execute(error) | M::ExecuteMigration(error, _) => err(error),
        other => Error::internal("The schema could not be brought up to date", other),
    }
}

/// A word in the database that the model does not know: the row was written by a newer version.
fn unknown(column: &'static str) -> impl FnOnce() -> Error {
    move || Error::bug(format!("An unknown word in {column}"))
}

/// `(a, b, c)`. The list is not empty.
fn push_list(query: &mut QueryBuilder<Db>, ids: impl IntoIterator<Item = Uuid>) {
    query.push("(");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id);
    }
    query.push(")");
}

/// NUL is no text to PostgreSQL; both databases get the same.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// At most this many bytes, whole characters only.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// A key from outside, short enough for an index.
fn index_key(key: &str) -> String {
    cut(&text(key), KEY_BYTES).to_owned()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
