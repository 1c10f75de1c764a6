//! Blobs in a local folder.

use async_trait::async_trait;
use bytes::Bytes;
use crm::ports::Blobs;
use crm::{Error, Result};
use model::CompanyId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectStore, PutPayload};
use std::collections::HashSet;
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `<data>/blobs/<company>/<name>`.
#[derive(Debug)]
pub struct LocalBlobs {
    folder: PathBuf,
    files: LocalFileSystem,
    /// Companies whose folder is known to be on the disk itself.
    settled: Mutex<HashSet<CompanyId>>,
}

impl LocalBlobs {
    pub fn new(data: &Path) -> Result<Self> {
        let folder = data.join("blobs");
        std::fs::create_dir_all(&folder).map_err(io_err)?;
        let files = LocalFileSystem::new_with_prefix(&folder).map_err(err)?;
        Ok(Self { folder, files, settled: Mutex::default() })
    }

    fn settled(&self) -> MutexGuard<'_, HashSet<CompanyId>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(company: CompanyId, name: &str) -> Name {
    // `from` escapes what could lead out of the folder.
    Name::from(company.to_string()).child(name)
}

fn err(error: object_store::Error) -> Error {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return Error::NotFound;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull) {
            return Error::DiskFull;
        }
        cause = inner.source();
    }
    Error::internal("The blobs failed", error)
}

fn io_err(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::StorageFull { Error::DiskFull } else { Error::internal("The blobs failed", error) }
}

/// The file and the folder that names it, down to the disk; and, the first time, the folders above. `object_store` leaves that to the system's leisure.
fn settle(file: &Path, above: Option<&Path>) -> io::Result<()> {
    std::fs::File::open(file)?.sync_all()?;
    for folder in file.ancestors().skip(1) {
        std::fs::File::open(folder)?.sync_all()?;
        if above.is_none_or(|root| folder == root) {
            break;
        }
    }
    Ok(())
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put(&self, company: CompanyId, name_: &str, bytes: Bytes) -> Result<()> {
        let name = name(company, name_);
        self.files.put(&name, PutPayload::from_bytes(bytes)).await.map_err(err)?;
        let file = self.files.path_to_filesystem(&name).map_err(err)?;
        let above = (!self.settled().contains(&company)).then(|| self.folder.clone());
        let settled = tokio::task::spawn_blocking(move || settle(&file, above.as_deref())).await;
        settled.map_err(|error| Error::internal("Writing a blob was cut short", error))?.map_err(io_err)?;
        self.settled().insert(company);
        Ok(())
    }

    async fn read(&self, company: CompanyId, name_: &str, offset: u64, len: u64) -> Result<Bytes> {
        self.files.get_range(&name(company, name_), offset..offset.saturating_add(len)).await.map_err(err)
    }

    async fn remove(&self, company: CompanyId, name_: &str) -> Result<()> {
        match self.files.delete(&name(company, name_)).await.map_err(err) {
            Err(Error::NotFound) => Ok(()),
            other => other,
        }
    }

    async fn remove_company(&self, company: CompanyId) -> Result<()> {
        self.settled().remove(&company);
        match tokio::fs::remove_dir_all(self.folder.join(company.to_string())).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_err(error)),
            _ => Ok(()),
        }
    }
}
