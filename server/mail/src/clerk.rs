//! Does what is due at a moment, in the company this node works for.

use crm::System;
use futures::StreamExt;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The longest it waits without a look: a clock that was set meanwhile is noticed.
const LOOK: Duration = Duration::from_secs(60);
/// A ledger that grows all the time is no reason to look all the time.
const PACE: Duration = Duration::from_millis(250);

pub(crate) async fn work(system: System, stop: CancellationToken) {
    let mut wakes = system.wakes();
    loop {
        let next = match system.do_jobs().await {
            Ok(next) => next,
            Err(crm::Error::LeaseLost) => return,
            Err(error) => {
                tracing::warn!(%error, "Jobs could not be done");
                None
            }
        };
        let now = system.crm().now();
        let pause = next.map_or(LOOK, |next| Duration::from_micros(u64::try_from(next.0.saturating_sub(now.0)).unwrap_or_default()));
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause.clamp(PACE, LOOK)) => {}
            // Something may have been put off until sooner.
            woken = wakes.next() => {
                if woken.is_none() {
                    stop.cancelled().await;
                    return;
                }
                sleep(PACE).await;
            }
        }
    }
}
