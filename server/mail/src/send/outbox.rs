//! Empties the outbox of the company this node works for: each account's letters one after the other, accounts side by side.

use super::Submission;
use crm::ports::{Handed, Parcel};
use crm::{Error, Pass, System};
use futures::{FutureExt, StreamExt};
use model::outgoing::SendFault;
use model::{MailAccountId, MessageId};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Letters of one company under way at a time: each is in memory twice while it is written.
const AT_ONCE: usize = 8;
/// The longest it waits without a look: a clock that was set meanwhile is noticed.
const LOOK: Duration = Duration::from_secs(60);
/// A ledger that grows all the time is no reason to look all the time.
const PACE: Duration = Duration::from_secs(1);
/// What came of a letter is told again this much later, should it not be heard, and twice that the next time.
const AGAIN: Duration = Duration::from_secs(1);
/// What the server has all but the answer of is waited for this long when the work ends.
const FAREWELL: Duration = Duration::from_secs(8);

pub(crate) async fn work(system: System, submission: Submission, bell: Arc<Notify>, stop: CancellationToken) {
    let mut desk = Desk { system, submission, tasks: JoinSet::new(), under_way: Vec::new() };
    tokio::select! {
        () = desk.run(&bell) => {}
        () = stop.cancelled() => {}
    }
    desk.close().await;
}

/// A letter under way.
struct UnderWay {
    account: MailAccountId,
    /// Its last dot may have gone.
    left: Arc<AtomicBool>,
    task: AbortHandle,
}

struct Desk {
    system: System,
    submission: Submission,
    tasks: JoinSet<crm::Result<()>>,
    under_way: Vec<UnderWay>,
}

impl Desk {
    /// Ends when the lease is lost.
    async fn run(&mut self, bell: &Notify) {
        let mut wakes = self.system.wakes();
        let mut resumed = false;
        loop {
            let pause = match self.look(&mut resumed).await {
                Ok(pause) => pause,
                Err(Error::LeaseLost) => return,
                Err(error) => {
                    tracing::warn!(%error, "The outbox could not be looked into");
                    LOOK
                }
            };
            tokio::select! {
                Some(ended) = self.tasks.join_next() => {
                    self.under_way.retain(|one| !one.task.is_finished());
                    if matches!(ended, Ok(Err(Error::LeaseLost))) {
                        return;
                    }
                }
                () = bell.notified() => {}
                () = sleep(pause) => {}
                // It may have been posted at another node.
                Some(_) = wakes.next() => sleep(PACE).await,
            }
        }
    }

    /// Starts what can be started, and answers how long nothing else can be.
    async fn look(&mut self, resumed: &mut bool) -> crm::Result<Duration> {
        if !*resumed {
            self.system.resume_outbox().await?;
            *resumed = true;
        }
        loop {
            let busy: Vec<_> = self.under_way.iter().map(|one| one.account).collect();
            if busy.len() >= AT_ONCE {
                return Ok(LOOK);
            }
            // Asked before anything is taken: that takes the one pen of the database.
            let next = self.system.next_parcel_at(&busy).await?;
            let now = self.system.crm().now();
            let pause = next.map_or(LOOK, |next| Duration::from_micros(u64::try_from(next.0.saturating_sub(now.0)).unwrap_or_default()));
            if !pause.is_zero() {
                return Ok(pause.min(LOOK));
            }
            let Some(parcel) = self.system.take_parcel(&busy).await? else { return Ok(PACE) };
            self.start(parcel);
        }
    }

    fn start(&mut self, parcel: Parcel) {
        let account = parcel.account;
        let left = Arc::new(AtomicBool::new(false));
        let task = self.tasks.spawn(carry(self.system.clone(), self.submission.clone(), parcel, Arc::clone(&left)));
        self.under_way.push(UnderWay { account, left, task });
    }

    /// What has not gone goes later; what may have gone is waited for.
    async fn close(&mut self) {
        for one in &self.under_way {
            if !one.left.load(Ordering::SeqCst) {
                one.task.abort();
            }
        }
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("A mail server took too long to answer; what became of a letter is not known");
        }
    }
}

/// Hands one letter over, and tells what came of it.
async fn carry(system: System, submission: Submission, parcel: Parcel, left: Arc<AtomicBool>) -> crm::Result<()> {
    let message = parcel.message;
    let handed = match AssertUnwindSafe(hand_over(&system, &submission, &parcel, &left)).catch_unwind().await {
        Ok(Ok(handed)) => handed,
        Ok(Err(error @ Error::LeaseLost)) => return Err(error),
        Ok(Err(error)) => {
            // Nothing was handed over: that it would be could not be written down.
            tracing::warn!(%error, message.id = %message, "A letter was kept back");
            Handed { fault: Some(SendFault::Later(String::new())), ..Handed::default() }
        }
        Err(_) => {
            tracing::error!(message.id = %message, "Handing a letter over panicked");
            let fault = if left.load(Ordering::SeqCst) { SendFault::Cut } else { SendFault::Later(String::new()) };
            Handed { fault: Some(fault), ..Handed::default() }
        }
    };
    tracing::info!(
        message.id = %message,
        accepted = handed.accepted.len(),
        refused = handed.refused.len(),
        fault = handed.fault.as_ref().map_or("none", word),
        "A letter was handed over, or was not"
    );
    tell(&system, message, handed).await
}

async fn hand_over(system: &System, submission: &Submission, parcel: &Parcel, left: &AtomicBool) -> crm::Result<Handed> {
    let deliver = |pass: Pass| async move {
        let leaves = async {
            left.store(true, Ordering::SeqCst);
            system.parcel_leaves(parcel.message).await
        };
        submission.deliver(parcel, &pass, leaves).await
    };
    system.hand_over(parcel, deliver).await
}

/// Until it is heard: what is known of a letter must not be forgotten because a disk was full.
async fn tell(system: &System, message: MessageId, handed: Handed) -> crm::Result<()> {
    let mut pause = AGAIN;
    loop {
        match system.parcel_ends(message, handed.clone()).await {
            Err(error) if !matches!(error, Error::LeaseLost) => {
                tracing::warn!(%error, message.id = %message, "What came of a letter could not be written down");
                sleep(pause).await;
                pause = (pause * 2).min(LOOK);
            }
            told => return told,
        }
    }
}

/// For the log, which has no place for the words of servers.
fn word(fault: &SendFault) -> &'static str {
    match fault {
        SendFault::Server(_) => "server",
        SendFault::Refused(_) => "refused",
        SendFault::TooLarge(_) => "too large",
        SendFault::Later(_) => "later",
        SendFault::Cut => "cut",
    }
}
