//! `spindle`: reads the configuration, opens the store, hangs the doors. The only place that looks at the environment.

mod assets;
mod clock;
mod config;
mod demo;
mod files;
mod guard;
mod keyfile;
mod live;
mod lock;
mod message;
mod oauth;
mod phones;
mod post;
mod stop;
mod web;

use crate::config::{Command, Config};
use clap::Parser;
use crm::ports::{Blobs, Store};
use crm::{Crm, World};
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;

/// A burst of mail leaves the C library's own allocator holding what it needed then: it cuts memory into a pool for each thread and seldom
/// gives one back. SQLite, OpenSSL and zstd allocate through it as well. How it is set up stands in `.cargo/config.toml`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Anything that ends the program says so in a sentence.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long the databases may take to write out what waits in their logs. What is left there, the next start reads.
const CLOSING: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let command_line = config::CommandLine::parse();
    let filter = EnvFilter::try_from_env("SPINDLE_LOG").unwrap_or_else(|_| EnvFilter::new("info,imap_proto=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let outcome = Config::read(&command_line.settings).and_then(|config| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(run(command_line.command, config))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            error!("{cause}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: Config) -> Outcome {
    let works_on_data = !matches!(command, Command::Config);
    let _alone = (works_on_data && config.database.is_none()).then(|| lock::take(&config.data)).transpose()?;
    match command {
        Command::Config => config.print(),
        Command::Serve => serve(config, true).await,
        Command::Worker => serve(config, false).await,
        Command::Restored => {
            let crm = open(&config).await?;
            let mut books = 0;
            for company in crm.list_companies().await? {
                books += crm.system(company).await?.renew_books().await?;
            }
            info!(books, "Phones read their contacts anew");
            crm.close().await;
            Ok(())
        }
        Command::Demo(options) => {
            let crm = open(&config).await?;
            demo::fill(&crm, options).await?;
            crm.close().await;
            Ok(())
        }
    }
}

/// The web server with the worker beside it, or the worker alone.
async fn serve(config: Config, with_web: bool) -> Outcome {
    let crm = open(&config).await?;
    let stopping = CancellationToken::new();
    stop::on_signal(stopping.clone());
    let network = config.network()?;
    let issuers = mail::oauth::Registered::new(network.clone(), format!("{}{}", config.address(), oauth::BACK), config.registrations());
    crm.hang_issuers(Arc::new(issuers));
    let room = mail::room::Room::with_limits(Arc::clone(&crm), network, config.host_limits());
    crm.hang_mailroom(Arc::clone(&room) as _);
    let worker = tokio::spawn(Arc::clone(&room).run(config.node_name(), stopping.clone()));
    let cleaner = tokio::spawn(clean(Arc::clone(&crm), stopping.clone()));
    if with_web {
        web::serve(&config, Arc::clone(&crm), stopping.clone()).await?;
    } else {
        info!("Working without a web server");
        stopping.cancelled().await;
    }
    // Whatever ended first ends the rest.
    stopping.cancel();
    worker.await?;
    cleaner.await?;
    if tokio::time::timeout(CLOSING, crm.close()).await.is_err() {
        warn!("The databases were left as they are: something still used them");
    }
    Ok(())
}

async fn open(config: &Config) -> Outcome<Arc<Crm>> {
    let dice = Arc::new(clock::SystemDice);
    let master = keyfile::master_key(config, &*dice)?;
    let store: Arc<dyn Store> = store::open(&config.location(), &master, Arc::clone(&dice) as _).await.map_err(|cause| match cause {
        crm::Error::WrongKey => {
            "The master key does not fit this database. Put back the key it was made with (master.key, or SPINDLE_MASTER_KEY).".into()
        }
        other => explain("The database could not be opened", &other),
    })?;
    let blobs: Arc<dyn Blobs> = Arc::new(store::LocalBlobs::new(&config.data)?);
    Ok(Crm::new(World {
        store,
        blobs,
        clock: Arc::new(clock::SystemClock),
        dice,
        post: Arc::new(post::Post::new(config)?),
        master,
        limits: config.limits,
        open_companies: config.open_companies,
    }))
}

/// Expired sessions and links, once an hour.
async fn clean(crm: Arc<Crm>, stopping: CancellationToken) {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            _ = hourly.tick() => {
                if let Err(cause) = crm.clean_directory().await {
                    error!("{}", explain("Expired sessions could not be removed", &cause));
                }
            }
        }
    }
}

/// An error with its causes, in one line.
fn explain(what: &str, cause: &dyn Error) -> Box<dyn Error + Send + Sync> {
    let mut line = format!("{what}: {cause}");
    let mut next = cause.source();
    while let Some(inner) = next {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        next = inner.source();
    }
    line.into()
}
