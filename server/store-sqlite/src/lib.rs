//! The embedded store: a SQLCipher file for the directory and one for each company, each under a key of its own.
//!
//! One writer and a few readers each. The queries stand in `store/sql`, written once for both databases.

mod dialect;
#[cfg(test)]
mod plans;
#[path = "../../store/sql/mod.rs"]
mod sql;

use async_trait::async_trait;
use crm::ports::{Company, Dice, Directory, Store};
use crm::{CompanyKey, Error, MasterKey, Result};
use dialect::Feed;
use futures::stream::BoxStream;
use model::{CompanyId, Moment, UserId};
use sql::{DirectoryTx, Tx, check_company_key, check_master_key, err, migration_err};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Executor as _, Sqlite, Transaction};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

pub(crate) type Db = Sqlite;

static DIRECTORY: Migrator = sqlx::migrate!("../../migrations/sqlite/directory");
static COMPANY: Migrator = sqlx::migrate!("../../migrations/sqlite/company");

/// How long one may wait for the writer, or for a reader, before something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// A connection is a thread and its pages; a company nobody looks at keeps none.
const IDLE: Duration = Duration::from_secs(60);
/// What a burst of mail left in memory is given back by the first who comes so long after it.
const COLD: Duration = Duration::from_secs(2);
const READERS: u32 = 4;

struct SqliteStore {
    folder: PathBuf,
    dice: Arc<dyn Dice>,
    directory: SqlitePool,
    companies: Mutex<HashMap<CompanyId, Slot>>,
}

/// A company is open at most once, however many ask at the same time, and for as long as somebody holds it.
type Slot = Arc<Mutex<Weak<SqliteCompany>>>;

struct SqliteCompany {
    /// Tells a wrong key from the right one once it is open.
    proof: [u8; 32],
    writer: SqlitePool,
    readers: SqlitePool,
    feed: Feed,
}

/// Opens the store in a data folder, or makes it there.
pub async fn open(folder: &Path, master: &MasterKey, dice: Arc<dyn Dice>) -> Result<Arc<dyn Store>> {
    tokio::fs::create_dir_all(folder.join("companies")).await.map_err(io)?;
    let options = options(&folder.join("directory.db"), &master.derive("directory"));
    let directory = pool(1).connect_with(options).await.map_err(err)?;
    DIRECTORY.run(&directory).await.map_err(migration_err)?;
    let mut conn = directory.acquire().await.map_err(err)?;
    check_master_key(&mut conn, master, &*dice).await?;
    drop(conn);
    Ok(Arc::new(SqliteStore { folder: folder.to_owned(), dice, directory, companies: Mutex::default() }))
}

fn io(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        Error::DiskFull
    } else {
        Error::internal("The data folder cannot be written", error)
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    // A file does not go away behind our back: no need to ask a connection whether it still lives.
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .idle_timeout(IDLE)
        .max_lifetime(None)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for > COLD {
                    conn.execute("PRAGMA shrink_memory").await?;
                }
                Ok(true)
            })
        })
        // A full disk makes SQLite roll back by itself. The driver, told to, fails at that and believes for ever that it is inside a
        // transaction, so that it begins no other: such a connection is given up.
        .after_release(|conn, _| {
            Box::pin(async move {
                if conn.is_in_transaction() {
                    // The end of one that was dropped may still be under way.
                    conn.ping().await?;
                }
                Ok(!conn.is_in_transaction())
            })
        })
}

/// The key is given as it is, not as a pass phrase to be stretched: it is random already.
fn options(path: &Path, key: &[u8; 32]) -> SqliteConnectOptions {
    let mut hex = String::with_capacity(70);
    for byte in key {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .pragma("key", format!("\"x'{hex}'\""))
        .journal_mode(SqliteJournalMode::Wal)
        // What somebody was told is saved survives a power cut: every commit waits for the disk.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // Sorting and the like would otherwise lay plain text in a temporary file.
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-16000")
        // A page that changes often is copied out of the log once for all its changes.
        .pragma("wal_autocheckpoint", "4000")
        .statement_cache_capacity(200)
}

impl SqliteStore {
    fn path(&self, id: CompanyId) -> PathBuf {
        self.folder.join("companies").join(format!("{id}.db"))
    }

    async fn open_company(&self, id: CompanyId, key: &CompanyKey) -> Result<Arc<SqliteCompany>> {
        let options = options(&self.path(id), &key.derive("database"));
        let writer = pool(1).connect_with(options.clone()).await.map_err(err)?;
        COMPANY.run(&writer).await.map_err(migration_err)?;
        let mut conn: PoolConnection<Sqlite> = writer.acquire().await.map_err(err)?;
        check_company_key(&mut conn, key, &*self.dice).await?;
        drop(conn);
        // Whatever is read must not be able to write.
        let readers = pool(READERS).connect_lazy_with(options.pragma("query_only", "1"));
        let company = SqliteCompany { proof: proof(key), writer, readers, feed: Feed::new(0) };
        let last = company.read().await?.last_change().await?;
        company.feed.wake(last);
        Ok(Arc::new(company))
    }
}

fn proof(key: &CompanyKey) -> [u8; 32] {
    key.derive("open company")
}

#[async_trait]
impl Store for SqliteStore {
    async fn directory(&self) -> Result<Box<dyn Directory>> {
        let tx = self.directory.begin_with("BEGIN IMMEDIATE").await.map_err(err)?;
        Ok(Box::new(DirectoryTx(tx)))
    }

    async fn company(&self, id: CompanyId, key: &CompanyKey) -> Result<Arc<dyn Company>> {
        let slot = Arc::clone(self.companies.lock().await.entry(id).or_default());
        let mut slot = slot.lock().await;
        if let Some(company) = slot.upgrade() {
            return if company.proof == proof(key) { Ok(company) } else { Err(Error::WrongKey) };
        }
        let company = self.open_company(id, key).await?;
        *slot = Arc::downgrade(&company);
        Ok(company)
    }

    async fn remove_company(&self, id: CompanyId) -> Result<()> {
        let mut companies = self.companies.lock().await;
        if let Some(company) = opened(companies.remove(&id)).await {
            company.readers.close().await;
            company.writer.close().await;
        }
        let path = self.path(id);
        for tail in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(tail);
            match tokio::fs::remove_file(file).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        Ok(())
    }

    async fn close(&self) {
        let companies = std::mem::take(&mut *self.companies.lock().await);
        for slot in companies.into_values() {
            if let Some(company) = opened(Some(slot)).await {
                company.readers.close().await;
                write_out(&company.writer).await;
            }
        }
        write_out(&self.directory).await;
    }
}

async fn opened(slot: Option<Slot>) -> Option<Arc<SqliteCompany>> {
    slot?.lock().await.upgrade()
}

/// Nobody works in it any more. A connection that is merely dropped ends at some later time; closed, it writes its log out.
impl Drop for SqliteCompany {
    fn drop(&mut self) {
        let (readers, writer) = (self.readers.clone(), self.writer.clone());
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                readers.close().await;
                writer.close().await;
            });
        }
    }
}

/// Moves what waits in the write-ahead log into the database itself, so that one file is all there is to copy.
async fn write_out(pool: &SqlitePool) {
    if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "The last checkpoint failed; the next start makes up for it");
    }
    pool.close().await;
}

impl SqliteCompany {
    async fn read(&self) -> Result<Box<dyn crm::ports::Tx>> {
        let tx = self.readers.begin().await.map_err(err)?;
        Ok(self.tx(tx, None, Moment::MIN))
    }

    fn tx(&self, inner: Transaction<'static, Sqlite>, actor: Option<UserId>, at: Moment) -> Box<dyn crm::ports::Tx> {
        Box::new(Tx::new(inner, actor, at, self.feed.clone()))
    }
}

#[async_trait]
impl Company for SqliteCompany {
    async fn read(&self) -> Result<Box<dyn crm::ports::Tx>> {
        self.read().await
    }

    async fn write(&self, actor: Option<UserId>, at: Moment) -> Result<Box<dyn crm::ports::Tx>> {
        let tx = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(err)?;
        Ok(self.tx(tx, actor, at))
    }

    fn wakes(&self) -> BoxStream<'static, i64> {
        self.feed.wakes()
    }
}
