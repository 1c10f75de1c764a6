//! The lists people wait for are walks along an index, whatever the size of the tables.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::dialect::WALK;
use crate::sql::carddav::{named_query, renamed_query};
use crate::sql::contacts::{addressees_query, list_query};
use crate::sql::search::{contacts_query, judge_query};
use crate::{COMPANY, options, pool};
use crm::ports::Sought;
use model::contact::ContactFilter;
use model::inbox::Place;
use model::{Cursor, Moment};
use sqlx::{AssertSqlSafe, Row, SqlitePool};
use uuid::Uuid;

async fn plan(pool: &SqlitePool, sql: &str) -> String {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail") + "\n").collect()
}

/// The checked query that has all of these words in it, as the compiler saw it.
fn checked(words: &[&str]) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .map(|json| serde_json::from_str::<serde_json::Value>(&json).unwrap()["query"].as_str().unwrap().to_owned())
        .filter(|query| words.iter().all(|word| query.contains(word)))
        .collect();
    assert_eq!(found.len(), 1, "{words:?}");
    found.remove(0)
}

fn check(plan: &str, index: &str) {
    assert!(plan.contains(index), "{index} is not used:\n{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "It sorts:\n{plan}");
    for table in ["m", "c", "mc", "messages", "contacts"] {
        assert!(!plan.lines().any(|line| line == format!("SCAN {table}")), "It reads all of {table}:\n{plan}");
    }
}

#[tokio::test]
async fn lists_are_walks_along_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1).connect_with(options(&folder.path().join("x.db"), &[1; 32])).await.unwrap();
    COMPANY.run(&pool).await.unwrap();

    let lists = "m.owner_id = $1 AND m.place = $2";
    check(&plan(&pool, &checked(&[lists, "m.account_id", "m.snippet", "ORDER BY m.at DESC"])).await, "messages_placed");
    check(&plan(&pool, &checked(&[lists, "m.account_id", "m.snippet", "ORDER BY m.at, m.id"])).await, "messages_placed");
    check(&plan(&pool, &checked(&[lists, "m.account_id", "ORDER BY m.who_key, m.at DESC"])).await, "messages_by_sender");
    check(&plan(&pool, &checked(&["m.returned_at IS NOT NULL", "ORDER BY m.returned_at DESC"])).await, "messages_returned");
    let matching = checked(&["SELECT m.at AS \"at!\", m.id AS \"id!\" FROM messages m"]);
    check(&plan(&pool, &matching).await, "messages_placed");
    check(&plan(&pool, &checked(&["mc.contact_id = $1 AND NOT mc.removed", "LIMIT"])).await, "message_contacts_archive");
    let counts = plan(&pool, &checked(&["GROUP BY place"])).await;
    assert!(counts.contains("COVERING INDEX messages_placed"), "{counts}");

    let cursor = Some(Cursor { at: Moment(1), id: Uuid::nil() });
    for (inactive, index) in [(false, "USING INDEX contacts_ranked"), (true, "USING INDEX contacts_ranked_all")] {
        for search in ["", "bob #vip 06-12"] {
            for after in [None, cursor] {
                let filter = ContactFilter { inactive, search: search.into(), ..ContactFilter::default() };
                for query in [list_query, addressees_query] {
                    let sql = query(&filter, after, 50).into_string();
                    let plan = plan(&pool, &sql).await;
                    check(&plan.replace("SCAN c USING", "WALK c USING"), index);
                    assert!(plan.contains("message_contacts_waiting"), "{plan}");
                }
            }
        }
    }
}

/// What a phone asks is looked up, however large its book.
#[tokio::test]
async fn phones_are_answered_along_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1).connect_with(options(&folder.path().join("x.db"), &[1; 32])).await.unwrap();
    COMPANY.run(&pool).await.unwrap();

    let names = ["a.vcf".to_owned(), "b.vcf".to_owned()];
    let named = plan(&pool, &named_query(Uuid::nil().into(), &names, true).into_string()).await;
    assert!(named.starts_with("SEARCH d USING INDEX") && named.contains("(name=?)"), "{named}");
    assert!(named.contains("SEARCH m USING PRIMARY KEY (book_id=? AND contact_id=?)"), "{named}");
    let renamed = plan(&pool, &renamed_query(Uuid::nil().into(), &names, true).into_string()).await;
    assert!(renamed.starts_with("SEARCH n USING COVERING INDEX dav_names_name (book_id=? AND name=?)"), "{renamed}");
    assert!(!renamed.contains("SCAN"), "{renamed}");
    let changes = plan(&pool, &checked(&["dav_members m JOIN dav_cards d", "ORDER BY m.seq"])).await;
    assert!(changes.contains("dav_members_seq (book_id=? AND seq>?)") && !changes.contains("TEMP B-TREE"), "{changes}");
    assert!(changes.contains("SEARCH n USING PRIMARY KEY (book_id=? AND contact_id=?)"), "{changes}");
    let poll = plan(&pool, &checked(&["SELECT id, user_id, epoch", "WHERE user_id = $1"])).await;
    assert!(poll.contains("SEARCH dav_books USING INDEX"), "{poll}");
    let written = plan(&pool, &checked(&["w.device IS NOT NULL", "ORDER BY w.seq DESC"])).await;
    assert!(written.contains("changes_device (actor_id=?)") && !written.contains("TEMP B-TREE"), "{written}");
}

/// [DAV-10] With a hundred thousand contacts SQLite knows how large the book is, and still looks up the same few rows: the book, what
/// came after a number, and the cards that are asked for.
#[tokio::test]
async fn polls_do_not_grow_with_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1).connect_with(options(&folder.path().join("x.db"), &[1; 32])).await.unwrap();
    COMPANY.run(&pool).await.unwrap();
    let names: Vec<_> = (0..10).map(|n| format!("{n}.vcf")).collect();
    let asked = [
        checked(&["SELECT id, user_id, epoch", "WHERE user_id = $1"]),
        checked(&["dav_members m JOIN dav_cards d", "ORDER BY m.seq"]),
        named_query(Uuid::nil().into(), &names, true).into_string(),
        renamed_query(Uuid::nil().into(), &names, true).into_string(),
    ];
    let mut plans = Vec::new();
    for size in [1_000, 100_000] {
        let fill = format!(
            "DELETE FROM dav_members; DELETE FROM dav_cards; DELETE FROM dav_books; DELETE FROM users;
             INSERT INTO users (id, first_name, last_name, email, role) VALUES (x'01', 'Alice', 'de Wit', 'alice@sells.example', 'super_admin');
             INSERT INTO dav_books (id, user_id, epoch, seq, choice, address, enabled_at) VALUES (x'02', x'01', 'e', {size}, '{{}}', '', 0);
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {size})
             INSERT INTO dav_cards (contact_id, name, etag, bytes, revised_at, vcard)
             SELECT CAST(printf('%016d', n) AS BLOB), n || '.vcf', n, 1, 0, 'x' FROM n;
             INSERT INTO dav_members (book_id, contact_id, seq, deleted) SELECT x'02', contact_id, CAST(etag AS INTEGER), 0 FROM dav_cards;
             ANALYZE;"
        );
        sqlx::raw_sql(AssertSqlSafe(fill)).execute(&pool).await.unwrap();
        let mut found = Vec::new();
        for sql in &asked {
            found.push(plan(&pool, sql).await);
        }
        assert!(found.iter().all(|plan| !plan.contains("SCAN") && !plan.contains("TEMP B-TREE")), "{size}: {found:#?}");
        plans.push(found);
        // What a poll finds when three cards changed is those three, whatever the size of the book.
        let rows = sqlx::query(AssertSqlSafe(asked[1].clone()))
            .bind(&[2_u8][..])
            .bind(size - 3)
            .bind(true)
            .bind(false)
            .bind(500)
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(rows.len(), 3);
    }
    assert_eq!(plans[0], plans[1]);
}

/// A search reads what it found, and no table from end to end.
#[tokio::test]
async fn searches_are_walks_along_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(1).connect_with(options(&folder.path().join("x.db"), &[1; 32])).await.unwrap();
    COMPANY.run(&pool).await.unwrap();

    let walk = plan(&pool, WALK).await;
    assert!(walk.contains("VIRTUAL TABLE INDEX") && !walk.contains("TEMP B-TREE"), "newest first without sorting:\n{walk}");
    let some = Uuid::nil();
    let sought = Sought {
        reader: Some(some.into()),
        attachment: Some(true),
        places: vec![(false, Place::Inbox)],
        folders: vec![(false, vec![some.into()])],
        contacts: vec![(true, vec![some.into()])],
        tags: vec![(false, vec![some.into()])],
        ..Sought::default()
    };
    let judge = plan(&pool, &judge_query(&sought, &[1, 2, 3]).into_string()).await;
    assert!(judge.contains("SEARCH m USING INTEGER PRIMARY KEY"), "{judge}");
    assert!(!judge.lines().any(|line| line.starts_with("SCAN")), "{judge}");
    for words in ["bakker", "jan bakker #vip 06-12"] {
        let contacts = plan(&pool, &contacts_query(words, false, 9).unwrap().into_string()).await;
        assert!(contacts.contains("SEARCH w USING PRIMARY KEY (word>? AND word<?)"), "{contacts}");
        for table in ["w", "s", "c", "e", "ct", "t"] {
            assert!(
                !contacts.lines().any(|line| line.starts_with(&format!("SCAN {table} ")) || line == format!("SCAN {table}")),
                "{contacts}"
            );
        }
    }
    let endings = plan(&pool, "SELECT word FROM search_words WHERE word >= $1 AND word < $2 ORDER BY messages DESC, word LIMIT $3").await;
    assert!(endings.contains("SEARCH search_words USING PRIMARY KEY"), "{endings}");
}
