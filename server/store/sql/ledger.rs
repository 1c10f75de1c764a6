//! The ledger of changes, and the work still to be done.

use super::{Tx, err, strides, unknown};
use crate::{Db, dialect};
use async_trait::async_trait;
use crm::ports::{DeviceMark, JobRow, Ledger};
use crm::{Error, Result};
use model::inbox::{ChangeKind, Entity, LiveChange};
use model::{JobId, Moment, UserId};
use sqlx::{QueryBuilder, query, query_scalar};
use std::collections::HashMap;
use uuid::Uuid;

/// What this transaction changed, each thing once; written when it commits.
#[derive(Default)]
pub(super) struct Notes {
    rows: Vec<(Entity, Uuid, ChangeKind, Option<UserId>)>,
    at: HashMap<(Entity, Uuid), usize>,
}

impl Notes {
    fn add(&mut self, entity: Entity, id: Uuid, kind: ChangeKind, owner: Option<UserId>) {
        match self.at.get(&(entity, id)) {
            // What was added and then changed is, to everybody else, added.
            Some(&row) if kind == ChangeKind::Removed => self.rows[row].2 = kind,
            Some(_) => {}
            None => {
                self.at.insert((entity, id), self.rows.len());
                self.rows.push((entity, id, kind, owner));
            }
        }
    }
}

impl Tx {
    pub(super) fn note(&mut self, entity: Entity, id: Uuid, kind: ChangeKind) {
        self.notes.add(entity, id, kind, None);
    }

    /// Of something that is one user's own.
    pub(super) fn note_of(&mut self, owner: UserId, entity: Entity, id: Uuid, kind: ChangeKind) {
        self.notes.add(entity, id, kind, Some(owner));
    }

    /// Writes the notes, under one bump of the counter; answers the last number.
    async fn write_notes(&mut self) -> Result<Option<i64>> {
        let notes = std::mem::take(&mut self.notes).rows;
        if notes.is_empty() {
            return Ok(None);
        }
        let last = query_scalar!(
            r#"UPDATE counters SET value = value + $1 WHERE name = 'changes' RETURNING value AS "value!: i64""#,
            super::count(notes.len())
        )
        .fetch_one(&mut *self.inner)
        .await
        .map_err(err)?;
        let mut seq = last - super::count(notes.len());
        let device = self.device.take();
        for chunk in strides(&notes) {
            let mut insert =
                QueryBuilder::<Db>::new("INSERT INTO changes (seq, entity, id, kind, actor_id, at, owner_id, device, device_password_id) ");
            insert.push_values(chunk, |mut row, (entity, id, kind, owner)| {
                seq += 1;
                row.push_bind(seq)
                    .push_bind(entity.as_str())
                    .push_bind(*id)
                    .push_bind(kind.as_str())
                    .push_bind(self.actor.map(|user| user.0))
                    .push_bind(self.at.0)
                    .push_bind(owner.map(|user| user.0))
                    .push_bind(device.as_ref().map(|device| device.family.clone()))
                    .push_bind(device.as_ref().and_then(|device| device.password).map(|id| id.0));
            });
            insert.build().execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(Some(last))
    }
}

#[async_trait]
impl Ledger for Tx {
    async fn changes_after(&mut self, seq: i64, limit: i64) -> Result<Vec<(LiveChange, Option<UserId>)>> {
        let rows = query!("SELECT seq, entity, id, kind, owner_id FROM changes WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        rows.into_iter()
            .map(|row| {
                let change = LiveChange {
                    seq: row.seq,
                    entity: Entity::from_word(&row.entity).ok_or_else(unknown("changes.entity"))?,
                    id: row.id,
                    kind: ChangeKind::from_word(&row.kind).ok_or_else(unknown("changes.kind"))?,
                };
                Ok((change, row.owner_id.map(UserId)))
            })
            .collect()
    }

    async fn last_change(&mut self) -> Result<i64> {
        query_scalar!("SELECT value FROM counters WHERE name = 'changes'").fetch_one(&mut *self.inner).await.map_err(err)
    }

    fn by_device(&mut self, device: DeviceMark) {
        self.device = Some(device);
    }

    async fn fence(&mut self, fence: i64) -> Result<()> {
        // Writers take turns, so nobody raises it between this look and the commit.
        let newest = query_scalar!("SELECT value FROM counters WHERE name = 'fence'").fetch_one(&mut *self.inner).await.map_err(err)?;
        if newest > fence {
            return Err(Error::LeaseLost);
        }
        if newest < fence {
            query!("UPDATE counters SET value = $1 WHERE name = 'fence'", fence).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    async fn enqueue(&mut self, job: &JobRow) -> Result<()> {
        query!(
            "INSERT INTO jobs (id, kind, dedup, payload, attempts, due_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            job.id.0,
            job.kind,
            job.dedup,
            job.payload,
            job.attempts,
            job.due_at.0
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(())
    }

    async fn next_job_at(&mut self) -> Result<Option<Moment>> {
        let due = query_scalar!("SELECT due_at FROM jobs WHERE NOT failed AND taken_until = 0 ORDER BY due_at, id LIMIT 1")
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(due.map(Moment))
    }

    async fn claim_job(&mut self, now: Moment, until: Moment) -> Result<Option<JobRow>> {
        // Writers of one company wait for each other, so two workers never see the same free job.
        let row = query!(
            "UPDATE jobs SET taken_until = $2, attempts = attempts + 1
             WHERE id = (
                 SELECT id FROM jobs WHERE NOT failed AND due_at <= $1 AND taken_until <= $1 ORDER BY due_at, id LIMIT 1
             )
             RETURNING id, kind, dedup, payload, attempts, due_at",
            now.0,
            until.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(|row| JobRow {
            id: row.id.into(),
            kind: row.kind,
            dedup: row.dedup,
            payload: row.payload,
            attempts: row.attempts,
            due_at: Moment(row.due_at),
        }))
    }

    async fn finish_job(&mut self, id: JobId) -> Result<()> {
        query!("DELETE FROM jobs WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        Ok(())
    }

    async fn fail_job(&mut self, id: JobId, error: &str, next: Option<Moment>) -> Result<()> {
        match next {
            Some(next) => {
                query!("UPDATE jobs SET error = $2, due_at = $3, taken_until = 0 WHERE id = $1", id.0, error, next.0)
                    .execute(&mut *self.inner)
                    .await
            }
            None => {
                query!("UPDATE jobs SET error = $2, failed = TRUE, taken_until = 0 WHERE id = $1", id.0, error)
                    .execute(&mut *self.inner)
                    .await
            }
        }
        .map_err(err)?;
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.settle().await?;
        let last = self.write_notes().await?;
        if let Some(last) = last {
            dialect::announce(&mut self.inner, &self.feed, last).await.map_err(err)?;
        }
        let Self { inner, feed, .. } = *self;
        inner.commit().await.map_err(err)?;
        if let Some(last) = last {
            feed.wake(last);
        }
        Ok(())
    }
}
