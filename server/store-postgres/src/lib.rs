//! The store on PostgreSQL: a schema for the directory and one for each company, chosen when a transaction begins.
//!
//! No query names a company: the `search_path` does. The queries stand in `store/sql`, written once for both databases.

mod dialect;
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
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Postgres, Transaction};
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

pub(crate) type Db = Postgres;

static DIRECTORY: Migrator = sqlx::migrate!("../../migrations/postgres/directory");
static COMPANY: Migrator = sqlx::migrate!("../../migrations/postgres/company");

/// How long one may wait for a connection before something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
const CONNECTIONS: u32 = 20;
/// One schema at a time is made or brought up to date: an advisory lock of this number, "spindle".
const MAKING: i64 = 0x0073_7069_6e64_6c65;

type Companies = Mutex<HashMap<CompanyId, Slot>>;
/// A company is open at most once, however many ask at the same time, and for as long as somebody holds it.
type Slot = Arc<Mutex<Weak<PgCompany>>>;

struct PgStore {
    pool: PgPool,
    dice: Arc<dyn Dice>,
    companies: Arc<Companies>,
    listener: AbortHandle,
}

struct PgCompany {
    /// Tells a wrong key from the right one once it is open.
    proof: [u8; 32],
    schema: String,
    pool: PgPool,
    feed: Feed,
}

/// Opens the store at this URL, or makes it there.
pub async fn open(url: &str, master: &MasterKey, dice: Arc<dyn Dice>) -> Result<Arc<dyn Store>> {
    let options: PgConnectOptions = url.parse().map_err(err)?;
    let options = options.application_name("spindle");
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_with(options).await.map_err(err)?;
    let mut conn = make_schema(&pool, "directory", &DIRECTORY).await?;
    check_master_key(&mut conn, master, &*dice).await?;
    conn.close().await.map_err(err)?;

    let companies = Arc::new(Companies::default());
    let listener = PgListener::connect_with(&pool).await.map_err(err)?;
    let listener = tokio::spawn(listen(listener, Arc::downgrade(&companies))).abort_handle();
    Ok(Arc::new(PgStore { pool, dice, companies, listener }))
}

/// A connection of its own that lives in this schema, which is there and up to date.
async fn make_schema(pool: &PgPool, schema: &str, migrations: &Migrator) -> Result<PgConnection> {
    let options = pool.connect_options().as_ref().clone().options([("search_path", schema)]);
    let mut conn = options.connect().await.map_err(err)?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MAKING).execute(&mut conn).await.map_err(err)?;
    // The name is ours: a fixed word, or made of an id's hexadecimal digits.
    let make = AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
    sqlx::raw_sql(make).execute(&mut conn).await.map_err(err)?;
    migrations.run_direct(None, &mut conn, false).await.map_err(migration_err)?;
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(MAKING).execute(&mut conn).await.map_err(err)?;
    Ok(conn)
}

/// Passes on what any node announces, for as long as there is a store.
async fn listen(mut listener: PgListener, companies: Weak<Companies>) {
    let mut listening = false;
    loop {
        if !listening {
            listening = listener.listen(dialect::CHANNEL).await.is_ok();
        }
        let heard = if listening { listener.try_recv().await } else { Err(sqlx::Error::PoolClosed) };
        let Some(companies) = companies.upgrade() else { return };
        match heard {
            Ok(Some(notice)) => {
                let Some((company, seq)) = dialect::heard(notice.payload()) else { continue };
                let slot = companies.lock().await.get(&company).cloned();
                if let Some(company) = opened(slot).await {
                    company.feed.wake(seq);
                }
            }
            // The line was down: look for what was announced meanwhile.
            Ok(None) => {
                let slots: Vec<_> = companies.lock().await.values().cloned().collect();
                for slot in slots {
                    if let Some(company) = opened(Some(slot)).await
                        && let Ok(last) = company.last_change().await
                    {
                        company.feed.wake(last);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Listening for changes failed; trying again");
                drop(companies);
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

async fn opened(slot: Option<Slot>) -> Option<Arc<PgCompany>> {
    slot?.lock().await.upgrade()
}

fn schema(id: CompanyId) -> String {
    format!("company_{}", id.0.simple())
}

fn proof(key: &CompanyKey) -> [u8; 32] {
    key.derive("open company")
}

impl PgStore {
    async fn open_company(&self, id: CompanyId, key: &CompanyKey) -> Result<Arc<PgCompany>> {
        let schema = schema(id);
        let mut conn = make_schema(&self.pool, &schema, &COMPANY).await?;
        check_company_key(&mut conn, key, &*self.dice).await?;
        conn.close().await.map_err(err)?;
        let company = PgCompany { proof: proof(key), schema, pool: self.pool.clone(), feed: Feed::new(id, 0) };
        company.feed.wake(company.last_change().await?);
        Ok(Arc::new(company))
    }
}

impl Drop for PgStore {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

#[async_trait]
impl Store for PgStore {
    async fn directory(&self) -> Result<Box<dyn Directory>> {
        let tx = self.pool.begin_with("BEGIN; SET LOCAL search_path TO directory").await.map_err(err)?;
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
        self.companies.lock().await.remove(&id);
        // Made of an id's hexadecimal digits.
        let remove = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {} CASCADE", schema(id)));
        sqlx::raw_sql(remove).execute(&self.pool).await.map_err(err)?;
        Ok(())
    }

    async fn close(&self) {
        self.listener.abort();
        self.companies.lock().await.clear();
        self.pool.close().await;
    }
}

impl PgCompany {
    /// The schema is chosen in the same breath, so it costs no round trip and ends with the transaction.
    async fn begin(&self, begin: &str, then: &str) -> Result<Transaction<'static, Postgres>> {
        // The schema's name is made of an id's hexadecimal digits.
        let begin = AssertSqlSafe(format!("{begin}; SET LOCAL search_path TO {}{then}", self.schema));
        self.pool.begin_with(begin).await.map_err(err)
    }

    async fn read(&self) -> Result<Box<dyn crm::ports::Tx>> {
        let tx = self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "").await?;
        Ok(self.tx(tx, None, Moment::MIN))
    }

    async fn last_change(&self) -> Result<i64> {
        self.read().await?.last_change().await
    }

    fn tx(&self, inner: Transaction<'static, Postgres>, actor: Option<UserId>, at: Moment) -> Box<dyn crm::ports::Tx> {
        Box::new(Tx::new(inner, actor, at, self.feed.clone()))
    }
}

#[async_trait]
impl Company for PgCompany {
    async fn read(&self) -> Result<Box<dyn crm::ports::Tx>> {
        self.read().await
    }

    async fn write(&self, actor: Option<UserId>, at: Moment) -> Result<Box<dyn crm::ports::Tx>> {
        // Writers of one company take turns, as they do on SQLite: the ledger's counter would make them anyway, only later and with deadlocks.
        let tx = self.begin("BEGIN", "; LOCK TABLE counters IN SHARE ROW EXCLUSIVE MODE").await?;
        Ok(self.tx(tx, actor, at))
    }

    fn wakes(&self) -> BoxStream<'static, i64> {
        self.feed.wakes()
    }
}
