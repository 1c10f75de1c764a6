//! Work that is due at a moment. Whoever holds the company's lease does it.

use crate::{Result, System};
use model::Moment;

/// Brings back what was put off until now.
pub(crate) const WAKE: &str = "wake";
/// The cleaning of a night.
pub(crate) const CLEAN: &str = "clean";

/// A worker that is not heard of for so long has died: its job is anyone's again.
const PATIENCE_SECONDS: i64 = 300;
/// A failing job is tried again after so long, and given up after so many attempts.
const RETRY_SECONDS: i64 = 60;
const ATTEMPTS: i64 = 10;
/// Messages that come back in one transaction.
const BATCH: i64 = 200;

impl System {
    /// Does everything that is due, and answers when there is more to do. A job that fails is kept with its reason.
    pub async fn do_jobs(&self) -> Result<Option<Moment>> {
        loop {
            let now = self.crm().now();
            let mut tx = self.write().await?;
            let Some(job) = tx.claim_job(now, now.plus_seconds(PATIENCE_SECONDS)).await? else {
                // Planned here, so that nothing that failed or was lost ever ends the row of nights.
                self.plan_cleaning(&mut *tx).await?;
                let next = tx.next_job_at().await?;
                tx.commit().await?;
                return Ok(next);
            };
            tx.commit().await?;
            let done = match job.kind.as_str() {
                WAKE => self.wake().await,
                CLEAN => self.clean().await.map(drop),
                // Written by a newer version of the program.
                _ => Err(crate::Error::bug("A job of an unknown kind")),
            };
            let mut tx = self.write().await?;
            match done {
                Ok(()) => tx.finish_job(job.id).await?,
                Err(error) => {
                    let next = (job.attempts < ATTEMPTS).then(|| now.plus_seconds(RETRY_SECONDS * job.attempts.max(1)));
                    tx.fail_job(job.id, &error.to_string(), next).await?;
                }
            }
            tx.commit().await?;
        }
    }

    async fn wake(&self) -> Result<()> {
        loop {
            let mut tx = self.write().await?;
            let woken = tx.wake_snoozed(self.crm().now(), BATCH).await?;
            tx.commit().await?;
            if woken < BATCH {
                return Ok(());
            }
        }
    }
}
