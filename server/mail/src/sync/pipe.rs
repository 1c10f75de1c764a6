//! From the wire to the store, in stages: the sync reads, blocking threads parse and seal, packs are made durable, one writer commits.
//! The channels between them are short, so a slow disk slows the server down instead of filling the memory.

use crate::parse;
use bytes::Bytes;
use crm::ports::{Dice, FolderRow, RetryRow};
use crm::{Arrival, Error, SealedPack, Sealer, System, WatchedAccount};
use futures::StreamExt;
use model::Moment;
use model::message::{Flags, Quarantine};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;

/// A batch is one pack and one `fsync`.
pub(super) const BATCH_BYTES: usize = 1 << 20;
pub(super) const BATCH_MESSAGES: usize = 150;
/// A transaction takes several batches: the index of words writes what is common once for all of them.
const GROUP_MESSAGES: usize = 500;
const GROUP_TEXT: usize = 4 << 20;
const GROUP_WAITS: Duration = Duration::from_millis(400);
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

enum Done {
    Store(Box<crm::Batch>),
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

    async fn why(&mut self) -> Error {
        match self.writer.take() {
            Some(writer) => match writer.await {
                Ok(Err(error)) => error,
                Ok(Ok(())) => Error::bug("The writer of fetched mail ended early"),
                Err(error) => Error::internal("The writer of fetched mail broke", error),
            },
            None => Error::bug("The writer of fetched mail has ended"),
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
    let mut group = Group::default();
    loop {
        let next = async { prepared.next().await.transpose() };
        let next = match group.due {
            Some(due) => timeout_at(due, next).await.ok().transpose()?,
            None => Some(next.await?),
        };
        // `None`: what is there has waited long enough.
        let Some(next) = next else {
            group.store(&system, &account).await?;
            continue;
        };
        match next {
            Some(Done::Store(batch)) => {
                group.add(*batch);
                if group.is_full() {
                    group.store(&system, &account).await?;
                }
            }
            Some(Done::Flush(done)) => {
                group.store(&system, &account).await?;
                // Nobody waits any more when the sync was stopped meanwhile.
                done.send(()).unwrap_or_default();
            }
            None => return group.store(&system, &account).await,
        }
    }
}

/// Batches on their way into one transaction.
#[derive(Default)]
struct Group {
    batches: Vec<crm::Batch>,
    messages: usize,
    text: usize,
    /// When it is stored at the latest; `None` while it is empty.
    due: Option<Instant>,
    /// Whether one was stored before it: somebody waits for the very first.
    later: bool,
}

impl Group {
    fn add(&mut self, batch: crm::Batch) {
        self.messages += batch.arrivals.len();
        self.text += batch.arrivals.iter().map(|arrival| arrival.parsed.search_text.len()).sum::<usize>();
        self.batches.push(batch);
        self.due.get_or_insert_with(|| Instant::now() + GROUP_WAITS);
    }

    fn is_full(&self) -> bool {
        !self.later || self.messages >= GROUP_MESSAGES || self.text >= GROUP_TEXT
    }

    async fn store(&mut self, system: &System, account: &WatchedAccount) -> crm::Result<()> {
        let group = std::mem::replace(self, Self { later: self.later || self.due.is_some(), ..Self::default() });
        if !group.batches.is_empty() {
            system.receive(account, group.batches).await?;
        }
        Ok(())
    }
}

/// Starts the work at once and answers its end. Dropped, it ends the work too.
fn prepare(system: &System, job: Job) -> impl Future<Output = crm::Result<Done>> + use<> {
    let work = match job {
        Job::Store(batch) => Ok(AbortOnDropHandle::new(tokio::spawn(seal(system.clone(), *batch)))),
        Job::Flush(done) => Err(done),
    };
    async {
        match work {
            Ok(work) => work
                .await
                .map_err(|error| Error::internal("Preparing fetched mail broke", error))?
                .map(|batch| Done::Store(Box::new(batch))),
            Err(done) => Ok(Done::Flush(done)),
        }
    }
}

async fn seal(system: System, batch: Batch) -> crm::Result<crm::Batch> {
    let Batch { folder, messages, missed } = batch;
    let sealer = system.sealer();
    let crm = Arc::clone(system.crm());
    let sealed = tokio::task::spawn_blocking(move || {
        let mut pack = SealedPack::default();
        let largest = messages.iter().map(|message| message.body.len()).max().unwrap_or_default();
        // What cannot be read comes back quarantined: nothing is skipped, and nothing blocks the next one.
        let arrivals = parse::with_room(largest, || {
            messages.into_iter().map(|message| arrival(message, &sealer, &mut pack, crm.dice())).collect::<crm::Result<Vec<_>>>()
        });
        let arrivals = arrivals.map_err(|error| Error::internal("No thread could be had to read mail in", error))??;
        Ok::<_, Error>((pack, arrivals))
    });
    let (pack, arrivals) = sealed.await.map_err(|error| Error::internal("Reading fetched mail broke", error))??;
    Ok(crm::Batch { folder, pack: system.keep(pack).await?, arrivals, missed })
}

fn arrival(message: RawMessage, sealer: &Sealer, pack: &mut SealedPack, dice: &dyn Dice) -> crm::Result<Arrival> {
    let mut parsed = parse::parse(&message.body, message.internal_date);
    if let Some(size) = message.cut_from {
        parsed.quarantine = Some(Quarantine::TooLarge);
        parsed.size = u64::try_from(size).unwrap_or_default();
    }
    let (offset, len) = sealer.add(pack, &message.body, dice)?;
    Ok(Arrival { uid: message.uid.into(), flags: message.flags, internal_date: message.internal_date, parsed, offset, len })
}
