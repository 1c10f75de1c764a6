//! Opens the store: the embedded one in a data folder, or PostgreSQL. Knows no query; those stand in `sql/`, each once,
//! compiled by `store-sqlite` and by `store-postgres`.

mod blobs;

pub use blobs::LocalBlobs;

use crm::ports::{Dice, Store};
use crm::{MasterKey, Result};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where the databases are.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A data folder with one encrypted file for each company.
    Folder(PathBuf),
    /// `postgres://…`, with a schema for each company.
    Postgres(String),
}

impl Location {
    /// The scheme decides; what has none is a folder.
    pub fn read(text: &str) -> Self {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            Self::Postgres(text.to_owned())
        } else {
            Self::Folder(PathBuf::from(text))
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            // The URL holds a password.
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// Opens the store, or makes it there. `Error::WrongKey` when it was made with another master key.
pub async fn open(location: &Location, master: &MasterKey, dice: Arc<dyn Dice>) -> Result<Arc<dyn Store>> {
    match location {
        Location::Folder(folder) => store_sqlite::open(folder, master, dice).await,
        Location::Postgres(url) => store_postgres::open(url, master, dice).await,
    }
}
