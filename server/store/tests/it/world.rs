//! Where the tests live: a data folder, and a PostgreSQL server of their own.

use crm::ports::{Company, Dice, Store};
use crm::{CompanyKey, MasterKey, Result};
use model::{CompanyId, Moment};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use store::Location;
use tempfile::TempDir;
use uuid::Uuid;

/// The clock stands still.
pub(crate) const NOON: Moment = Moment(1_764_000_000_000_000);

/// Dice that fall the same way in every run.
pub(crate) struct Loaded(AtomicU64);

impl Loaded {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seed)))
    }
}

impl Dice for Loaded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64.
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) fn master() -> MasterKey {
    MasterKey::new([7; 32])
}

pub(crate) fn key() -> CompanyKey {
    CompanyKey::new([8; 32])
}

/// The n-th id of its kind: fixed, and in order.
pub(crate) fn id<T: From<Uuid>>(n: u64) -> T {
    T::from(Uuid::from_u64_pair(0x0199_0000_0000_7000, 0x8000_0000_0000_0000 | n))
}

pub(crate) struct World {
    pub(crate) location: Location,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn all() -> Vec<Self> {
        vec![Self::sqlite(), Self::postgres().await]
    }

    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { location: Location::Folder(folder.path().to_owned()), folder }
    }

    pub(crate) async fn postgres() -> Self {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let server = server();
        let name = format!("spindle_test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
        let pool = sqlx::PgPool::connect(&server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
        pool.close().await;
        let url = server.rsplit_once('/').map(|(head, _)| format!("{head}/{name}")).unwrap();
        Self { location: Location::read(&url), folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>> {
        self.open_with(&master()).await
    }

    pub(crate) async fn open_with(&self, master: &MasterKey) -> Result<Arc<dyn Store>> {
        store::open(&self.location, master, Loaded::new(1)).await
    }

    /// Company 1 as it was before the migration that brought threads: its messages have none. Only on PostgreSQL, where one
    /// can look in from outside.
    pub(crate) async fn before_threads(&self) {
        let Location::Postgres(url) = &self.location else { panic!("a server") };
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        let schema = format!("company_{}", id::<CompanyId>(1).0.simple());
        let forget =
            format!("UPDATE {schema}.messages SET thread_id = NULL, talk_key = '', bare_reply = FALSE; DELETE FROM {schema}.thread_ids");
        sqlx::raw_sql(sqlx::AssertSqlSafe(forget)).execute(&pool).await.unwrap();
        pool.close().await;
    }

    /// Company 1 as the migration that brought cleaning found it and left it, by the migration's own words. Only on PostgreSQL, where one
    /// can look in from outside.
    pub(crate) async fn migrated_to_cleaning(&self) {
        let Location::Postgres(url) = &self.location else { panic!("a server") };
        let pool = sqlx::PgPool::connect(url).await.unwrap();
        let schema = format!("company_{}", id::<CompanyId>(1).0.simple());
        let migration = include_str!("../../../../migrations/postgres/company/0013_clean.sql");
        let update = migration.split(';').find(|statement| statement.contains("UPDATE messages SET days_from")).unwrap();
        let run = format!("SET search_path TO {schema}; UPDATE messages SET days_from = NULL; {update}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(run)).execute(&pool).await.unwrap();
        pool.close().await;
    }

    pub(crate) async fn company(&self) -> (Arc<dyn Store>, Arc<dyn Company>) {
        let store = self.open().await.unwrap();
        let company = store.company(id::<CompanyId>(1), &key()).await.unwrap();
        (store, company)
    }
}

/// The URL of a PostgreSQL server where this process may do everything. Started here unless one is named; absent binaries are a failure.
#[expect(clippy::disallowed_methods, reason = "a test has nobody else to tell it")]
fn server() -> String {
    static SERVER: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| {
        if let Ok(url) = std::env::var("SPINDLE_TEST_POSTGRES") {
            return (url, None);
        }
        // The shell outlives us by a moment: when our end of its input closes, however we end, it stops the server and clears up.
        let mut shell = Command::new("bash")
            .arg("-c")
            .arg(include_str!("postgres.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash runs");
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        let folder = lines.next().and_then(std::result::Result::ok).expect("PostgreSQL starts; its binaries are needed for these tests");
        (format!("postgres://spindle@{}/postgres", folder.replace('/', "%2F")), Some(shell))
    });
    url.clone()
}
