//! What is SQLite's alone: how it names an error, how it keeps an index of words, how a change is made known.

mod search;

#[cfg(test)]
pub(crate) use search::WALK;
pub(crate) use search::find_words;

use crate::sql::{Words, stride};
use crm::Error;
use futures::stream::{self, BoxStream, StreamExt};
use sqlx::error::DatabaseError;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use std::sync::Arc;
use tokio::sync::watch;

/// Ids in one statement.
const ROWS: usize = 500;

/// Everybody who looks at this database lives in this process.
#[derive(Clone, Debug)]
pub(crate) struct Feed(Arc<watch::Sender<i64>>);

impl Feed {
    pub(crate) fn new(seq: i64) -> Self {
        Self(Arc::new(watch::Sender::new(seq)))
    }

    pub(crate) fn wake(&self, seq: i64) {
        self.0.send_if_modified(|last| {
            let grown = seq > *last;
            *last = seq.max(*last);
            grown
        });
    }

    pub(crate) fn wakes(&self) -> BoxStream<'static, i64> {
        let listener = self.0.subscribe();
        stream::unfold(listener, |mut listener| async move {
            listener.changed().await.ok()?;
            let seq = *listener.borrow_and_update();
            Some((seq, listener))
        })
        .boxed()
    }
}

/// Nobody else is to be told.
pub(crate) async fn announce(_: &mut SqliteConnection, _: &Feed, _: i64) -> sqlx::Result<()> {
    Ok(())
}

/// `UNIQUE constraint failed: logins.email_key`: the last column of a longer key is what makes it one.
pub(crate) fn constraint(error: &dyn DatabaseError) -> String {
    let columns = error.message().rsplit(": ").next().unwrap_or_default();
    let columns: Vec<_> = columns.split(", ").collect();
    let named = match columns.as_slice() {
        ["messages.account_id", key, ..] => key,
        columns => columns.last().copied().unwrap_or_default(),
    };
    named.to_owned()
}

pub(crate) fn known(error: &dyn DatabaseError) -> Option<Error> {
    let code: i32 = error.code()?.parse().ok()?;
    // The primary code; the rest says where in SQLite it arose (https://sqlite.org/rescode.html).
    match code & 0xff {
        13 => Some(Error::DiskFull),
        26 => Some(Error::WrongKey),
        _ => None,
    }
}

pub(crate) async fn index_words(conn: &mut SqliteConnection, mut words: Vec<Words>) -> sqlx::Result<()> {
    search::count_words(conn, &words).await?;
    // FTS5 gathers a transaction's words in memory, and writes them out each time a row is not above the one before.
    words.sort_unstable_by_key(|words| words.sort_key);
    let mut words = words.into_iter();
    while words.len() > 0 {
        let stride = stride(words.len());
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO message_text (rowid, subject, people, body, files) ");
        insert.push_values(words.by_ref().take(stride), |mut row, words| {
            row.push_bind(words.sort_key).push_bind(words.subject).push_bind(words.people).push_bind(words.body).push_bind(words.files);
        });
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// The counts of words are a sample, and stay.
pub(crate) async fn forget_words(conn: &mut SqliteConnection, sort_keys: &[i64]) -> sqlx::Result<()> {
    for chunk in sort_keys.chunks(ROWS) {
        let mut delete = QueryBuilder::<Sqlite>::new("DELETE FROM message_text WHERE rowid IN (");
        let mut list = delete.separated(", ");
        for key in chunk {
            list.push_bind(*key);
        }
        delete.push(")");
        delete.build().persistent(false).execute(&mut *conn).await?;
    }
    Ok(())
}
