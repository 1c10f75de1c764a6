//! From the wire to the store, in stages: the sync reads, blocking threads parse and seal, one writer commits.
//! The channels between them are short, so a slow disk slows the server down instead of filling the memory.

use crate::parse;
use bytes::Bytes;
use crm::ports::{FolderRow, RetryRow};
use crm::{Arrival, SealedPack, System, WatchedAccount};
use futures::StreamExt;
use model::Moment;
use model::message::{Flags, Quarantine};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// A batch is one pack, one `fsync` and one transaction.
pub(super) const BATCH_BYTES: usize = 2 << 20;
pub(super) const BATCH_MESSAGES: usize = 150;
/// Batches being parsed side by side.
const PARSERS: usize = 2;

pub(super) struct RawMessage {
    pub(super) uid: u32,
    pub(super) flags: Flags,
    pub(super) internal_date: Option<Moment>,
    pub(super) body: Bytes,
    /// Its real size, when only the header was fetched.
    pub(super) cut_from: Option<i64>,
}

pub(super) struct Batch {
    /// The folder as it is once this batch is stored.
    pub(super) folder: FolderRow,
    pub(super) messages: Vec<RawMessage>,
    pub(super) missed: Vec<RetryRow>,
}

enum Job {
    Store(Box<Batch>),
    /// Answered when everything before it is stored.
    Flush(oneshot::Sender<()>),
}

/// A batch ready for the store.
struct Sealed {
    folder: FolderRow,
    pack: SealedPack,
    arrivals: Vec<Arrival>,
    missed: Vec<RetryRow>,
}

enum Done {
    Store(Box<Sealed>),
    Flush(oneshot::Sender<()>),
}

pub(super) struct Pipe {
    jobs: mpsc::Sender<Job>,
    /// `None` once its end was seen.
    writer: Option<JoinHandle<crm::Result<()>>>,
}

impl Pipe {
    pub(super) fn new(system: System, account: WatchedAccount) -> Self {
        let (jobs, inlet) = mpsc::channel(1);
        Self { jobs, writer: Some(tokio::spawn(write(system, account, inlet))) }
    }

    pub(super) async fn store(&mut self, batch: Batch) -> crm::Result<()> {
        if self.jobs.send(Job::Store(Box::new(batch))).await.is_err() { Err(self.why().await) } else { Ok(()) }
    }

    /// Waits until all that was handed over is stored.
    pub(super) async fn flush(&mut self) -> crm::Result<()> {
        let (done, told) = oneshot::channel();
        if self.jobs.send(Job::Flush(done)).await.is_err() || told.await.is_err() { Err(self.why().await) } else { Ok(()) }
    }

    async fn why(&mut self) -> crm::Error {
        match self.writer.take() {
            Some(writer) => match writer.await {
                Ok(Err(error)) => error,
                Ok(Ok(())) => crm::Error::bug("The writer of fetched mail ended early"),
                Err(error) => crm::Error::internal("The writer of fetched mail broke", error),
            },
            None => crm::Error::bug("The writer of fetched mail has ended"),
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Whoever stops a sync wants it to write no more; half a batch rolls back.
        if let Some(writer) = &self.writer {
            writer.abort();
        }
    }
}

async fn write(system: System, account: WatchedAccount, inlet: mpsc::Receiver<Job>) -> crm::Result<()> {
    let jobs = futures::stream::unfold(inlet, |mut inlet| async { inlet.recv().await.map(|job| (job, inlet)) });
    let prepared = jobs.map(|job| prepare(&system, job)).buffered(PARSERS);
    futures::pin_mut!(prepared);
    while let Some(done) = prepared.next().await {
        match done? {
            Done::Store(sealed) => {
                let Sealed { folder, pack, arrivals, missed } = *sealed;
                system.receive(&account, &folder, pack, arrivals, &missed).await?;
            }
            // Nobody waits any more when the sync was stopped meanwhile.
            Done::Flush(done) => done.send(()).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Starts the work at once and answers its end.
fn prepare(system: &System, job: Job) -> impl Future<Output = crm::Result<Done>> + use<> {
    let work = match job {
        Job::Store(batch) => {
            let system = system.clone();
            Ok(tokio::task::spawn_blocking(move || seal(&system, *batch)))
        }
        Job::Flush(done) => Err(done),
    };
    async {
        match work {
            Ok(work) => work.await.map_err(|error| crm::Error::internal("Preparing fetched mail broke", error))?,
            Err(done) => Ok(Done::Flush(done)),
        }
    }
}

fn seal(system: &System, batch: Batch) -> crm::Result<Done> {
    let sealer = system.sealer();
    let dice = system.crm().dice();
    let mut pack = SealedPack::default();
    let mut arrivals = Vec::with_capacity(batch.messages.len());
    for message in batch.messages {
        // What cannot be read comes back quarantined: nothing is skipped, and nothing blocks the next one.
        let mut parsed = parse::parse(&message.body, message.internal_date);
        if let Some(size) = message.cut_from {
            parsed.quarantine = Some(Quarantine::TooLarge);
            parsed.size = u64::try_from(size).unwrap_or_default();
        }
        let (offset, len) = sealer.add(&mut pack, &message.body, dice)?;
        arrivals.push(Arrival { uid: message.uid.into(), flags: message.flags, internal_date: message.internal_date, parsed, offset, len });
    }
    Ok(Done::Store(Box::new(Sealed { folder: batch.folder, pack, arrivals, missed: batch.missed })))
}
