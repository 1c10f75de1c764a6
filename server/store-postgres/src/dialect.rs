//! What is PostgreSQL's alone: how it names an error, how it keeps an index of words, how a change is made known.

mod search;

pub(crate) use search::find_words;

use crate::sql::{Words, strides};
use crm::Error;
use futures::stream::{self, BoxStream, StreamExt};
use model::CompanyId;
use sqlx::error::DatabaseError;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::sync::Arc;
use tokio::sync::watch;

/// The one channel of all companies; the payload says whose number it is.
pub(crate) const CHANNEL: &str = "spindle_changes";

/// Told of by every node, this one included.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    company: CompanyId,
    last: Arc<watch::Sender<i64>>,
}

impl Feed {
    pub(crate) fn new(company: CompanyId, seq: i64) -> Self {
        Self { company, last: Arc::new(watch::Sender::new(seq)) }
    }

    pub(crate) fn wake(&self, seq: i64) {
        self.last.send_if_modified(|last| {
            let grown = seq > *last;
            *last = seq.max(*last);
            grown
        });
    }

    pub(crate) fn wakes(&self) -> BoxStream<'static, i64> {
        let listener = self.last.subscribe();
        stream::unfold(listener, |mut listener| async move {
            listener.changed().await.ok()?;
            let seq = *listener.borrow_and_update();
            Some((seq, listener))
        })
        .boxed()
    }
}

/// Reaches the other nodes when the transaction commits, and only then.
pub(crate) async fn announce(conn: &mut PgConnection, feed: &Feed, seq: i64) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(format!("{} {seq}", feed.company)).execute(conn).await?;
    Ok(())
}

/// Whose number it is, and which.
pub(crate) fn heard(payload: &str) -> Option<(CompanyId, i64)> {
    let (company, seq) = payload.split_once(' ')?;
    Some((company.parse().ok()?, seq.parse().ok()?))
}

/// Constraints that callers branch on are named after their column, `"logins.email_key"`.
pub(crate) fn constraint(error: &dyn DatabaseError) -> String {
    error.constraint().unwrap_or_default().to_owned()
}

pub(crate) fn known(error: &dyn DatabaseError) -> Option<Error> {
    // 53100 is disk_full (PostgreSQL's manual, appendix A).
    (error.code()? == "53100").then_some(Error::DiskFull)
}

pub(crate) async fn index_words(conn: &mut PgConnection, words: Vec<Words>) -> sqlx::Result<()> {
    for chunk in strides(&words) {
        let mut insert =
            QueryBuilder::<Postgres>::new("INSERT INTO message_text (sort_key, words) SELECT v.column1, v.column2::tsvector FROM (");
        insert.push_values(chunk, |mut row, words| {
            row.push_bind(words.sort_key).push_bind(search::vector(words));
        });
        insert.push(") AS v");
        insert.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// They hang on their messages, and are gone with them.
pub(crate) async fn forget_words(_: &mut PgConnection, _: &[i64]) -> sqlx::Result<()> {
    Ok(())
}
