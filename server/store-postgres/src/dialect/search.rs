//! Asking PostgreSQL. Its planner knows how common a word is: it walks back from the newest, or gathers the few from the index.

use crate::sql::Words;
use crate::sql::search::Hunt;
use model::search::{Field, Phrase};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Higher positions are not told apart by PostgreSQL.
const POSITIONS: usize = 16_383;
/// Of one word.
const TIMES: usize = 255;
/// No phrase reaches from the subject into the names.
const GAP: usize = 10;

/// The words with where they stand, as the text of a `tsvector`. They are letters and digits only, so nothing needs a quote.
pub(super) fn vector(words: &Words) -> String {
    let mut places: BTreeMap<&str, Vec<(usize, char)>> = BTreeMap::new();
    let mut at = 0;
    for (text, weight) in [(&words.subject, 'A'), (&words.people, 'B'), (&words.files, 'C'), (&words.body, 'D')] {
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            at += 1;
            let known = places.entry(word).or_default();
            if known.len() < TIMES {
                known.push((at.min(POSITIONS), weight));
            }
        }
        at += GAP;
    }
    let mut vector = String::new();
    for (word, places) in places {
        if !vector.is_empty() {
            vector.push(' ');
        }
        vector.push_str(word);
        for (index, (at, weight)) in places.into_iter().enumerate() {
            // Writing to a string does not fail.
            _ = write!(vector, "{}{at}{weight}", if index == 0 { ':' } else { ',' });
        }
    }
    vector
}

/// The keys of messages that have these words, newest first.
pub(crate) async fn find_words(conn: &mut PgConnection, hunt: &Hunt<'_>) -> sqlx::Result<Vec<i64>> {
    // Planned anew each time: how common the words are decides the plan.
    words_query(hunt).build_query_scalar().persistent(false).fetch_all(conn).await
}

pub(crate) fn words_query(hunt: &Hunt<'_>) -> QueryBuilder<Postgres> {
    let mut terms: Vec<_> = hunt.all.iter().map(|phrase| term(phrase)).collect();
    terms.extend(hunt.none.iter().map(|phrase| format!("!{}", term(phrase))));
    let mut find = QueryBuilder::<Postgres>::new("SELECT t.sort_key FROM message_text t WHERE t.words @@ CAST(");
    find.push_bind(terms.join(" & ")).push("::text AS tsquery) AND t.sort_key >= ").push_bind(hunt.from);
    find.push(" AND t.sort_key < ").push_bind(hunt.before);
    if let Some(contacts) = &hunt.archives {
        find.push(
            " AND EXISTS (SELECT 1 FROM message_contacts mc JOIN messages m ON m.id = mc.message_id
              WHERE m.sort_key = t.sort_key AND NOT mc.removed AND mc.contact_id = ANY(",
        );
        find.push_bind(contacts.clone()).push("))");
    }
    find.push(" ORDER BY t.sort_key DESC LIMIT ").push_bind(i64::try_from(hunt.limit).unwrap_or(i64::MAX));
    find
}

fn term(phrase: &Phrase) -> String {
    let weight = match phrase.field {
        Field::Any => "",
        Field::Subject => "A",
        Field::From | Field::To => "B",
        Field::File => "C",
    };
    let last = phrase.words.len().saturating_sub(1);
    let words: Vec<_> = phrase
        .words
        .iter()
        .enumerate()
        .map(|(at, word)| match (if phrase.prefix && at == last { "*" } else { "" }, weight) {
            ("", "") => word.clone(),
            (star, weight) => format!("{word}:{star}{weight}"),
        })
        .collect();
    format!("({})", words.join(" <-> "))
}
