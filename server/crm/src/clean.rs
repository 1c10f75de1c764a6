//! Automatic cleaning: out of view after its period, to be had back for a while, then gone for good (CLN-01 … CLN-09).
//!
//! It runs each night in every company, whoever is logged in. The mail server is never told: only what a user does reaches it.

use crate::ports::{JobRow, RemovedRow, Tx, UserRow};
use crate::tasks::name_of;
use crate::{Error, Result, Session, System, jobs};
use model::clean::{Cleaned, Cleaning, CleaningForm, Removal, RemovedMessage};
use model::preferences::Preferences;
use model::{Cursor, Day, MessageId, Moment, Page, Right, fold};
use std::sync::Arc;

/// The hour of the office's clock at which nobody is likely to wait.
const NIGHT: u8 = 3;
const DAY_SECONDS: i64 = 86_400;
/// A letter that was not met for so long is none of ours.
const REPORT_DAYS: i64 = 30;
/// Messages in one transaction: others who write wait this long at most.
const BATCH: usize = 200;
const BATCH_SQL: i64 = 200;
/// Rows of the list of what was removed.
const PAGE: usize = 50;
const PAGE_SQL: i64 = 50;
/// What is sought is no longer than this.
const SOUGHT_BYTES: usize = 200;

impl System {
    /// The next night has its cleaning; asked twice, it has one.
    pub(crate) async fn plan_cleaning(&self, tx: &mut dyn Tx) -> Result<()> {
        let (_, Preferences { time_zone, .. }) = tx.preferences().await?;
        let (clock, now) = (&self.crm().world.clock, self.crm().now());
        let today = Day::from(clock.civil(now, &time_zone));
        let nights = [today, today.plus_days(1)].map(|day| (day, clock.on_the_wall(day, NIGHT, &time_zone)));
        let Some((day, due_at)) = nights.into_iter().find(|(_, at)| *at > now) else { return Ok(()) };
        tx.enqueue(&JobRow {
            id: self.crm().new_id(),
            kind: jobs::CLEAN.to_owned(),
            dedup: day.days().to_string(),
            payload: "{}".to_owned(),
            attempts: 0,
            due_at,
        })
        .await
    }

    /// One run. It may be cut short anywhere and run again: what is done is done, and nothing is done twice.
    pub(crate) async fn clean(&self) -> Result<Cleaned> {
        let (_, Preferences { cleaning, .. }) = self.office.company.read().await?.preferences().await?;
        let now = self.crm().now();
        let mut cleaned = Cleaned::default();
        for why in Removal::ALL {
            let Some(days) = cleaning.days(why) else { continue };
            let count = self.remove_overdue(why, now.plus_seconds(-DAY_SECONDS * i64::from(days))).await?;
            match why {
                Removal::Trash => cleaned.trash = count,
                Removal::Spam => cleaned.spam = count,
                Removal::Finished => cleaned.finished = count,
            }
        }
        cleaned.destroyed = self.destroy_removed(now.plus_seconds(-DAY_SECONDS * i64::from(cleaning.backup))).await?;
        tracing::info!(
            company.id = %self.company(),
            trash = cleaned.trash,
            spam = cleaned.spam,
            finished = cleaned.finished,
            destroyed = cleaned.destroyed,
            "Cleaned"
        );
        Ok(cleaned)
    }

    async fn remove_overdue(&self, why: Removal, before: Moment) -> Result<i64> {
        let mut count = 0;
        let mut after = None;
        loop {
            // Looked for beside the writers: among very many finished messages few may be linked to nobody.
            let found = self.office.company.read().await?.list_overdue(why, before, after, BATCH_SQL).await?;
            let Some((at, last)) = found.last().copied() else { return Ok(count) };
            let ids: Vec<_> = found.iter().map(|(_, id)| *id).collect();
            let mut tx = self.write().await?;
            count += tx.remove_messages(why, before, &ids).await?;
            tx.commit().await?;
            if found.len() < BATCH {
                return Ok(count);
            }
            after = Some(Cursor { at, id: last.0 });
        }
    }

    async fn destroy_removed(&self, before: Moment) -> Result<i64> {
        let mut count = 0;
        loop {
            let mut tx = self.write().await?;
            let destroyed = tx.destroy_removed(before, BATCH_SQL).await?;
            tx.commit().await?;
            count += destroyed;
            if destroyed < BATCH_SQL {
                break;
            }
        }
        let mut tx = self.write().await?;
        tx.destroy_templates(before).await?;
        tx.destroy_drafts(before).await?;
        // Begun at a provider's page and never ended: what was given there lets into a mailbox.
        tx.remove_sign_ins(self.crm().now()).await?;
        tx.forget_reports(self.crm().now().plus_seconds(-REPORT_DAYS * DAY_SECONDS)).await?;
        tx.commit().await?;
        loop {
            let packs = self.office.company.read().await?.list_spent_packs(BATCH_SQL).await?;
            if packs.is_empty() {
                return Ok(count);
            }
            // Forgotten only after they are gone, so that a crash in between leaves nothing lying about.
            for pack in &packs {
                self.crm().world.blobs.remove(self.office.id, &pack.to_string()).await?;
            }
            let mut tx = self.write().await?;
            tx.forget_spent_packs(&packs).await?;
            tx.commit().await?;
        }
    }
}

impl Session {
    /// Answers the periods that were in force before, so that it can be undone.
    pub async fn change_cleaning(&self, form: CleaningForm) -> Result<Cleaning> {
        self.demand(Right::AdministrationMenu)?;
        let cleaning = form.read().map_err(Error::Invalid)?;
        let mut tx = self.write().await?;
        let (company, before) = tx.preferences().await?;
        tx.put_preferences(&company, &Preferences { cleaning, ..before.clone() }).await?;
        tx.commit().await?;
        Ok(before.cleaning)
    }

    /// What the coming night would do, at once.
    pub async fn clean_now(&self) -> Result<Cleaned> {
        self.demand(Right::AdministrationMenu)?;
        System::new(Arc::clone(&self.crm), self.office.clone()).clean().await
    }

    /// What was removed and can still be had back, the last first (CLN-09).
    pub async fn list_removed(&self, words: String, after: Option<Cursor>) -> Result<Page<RemovedMessage>> {
        self.demand(Right::AdministrationMenu)?;
        let words = fold::fold(&words[..words.floor_char_boundary(SOUGHT_BYTES)]);
        let mut tx = self.read().await?;
        let rows = tx.list_removed(&words, self.sees_private(), after, PAGE_SQL + 1).await?;
        let users = tx.list_users().await?;
        let (_, Preferences { cleaning, .. }) = tx.preferences().await?;
        Ok(Page::cut(rows, PAGE, |row| Cursor { at: row.at, id: row.id.0 }).map(|row| self.removed(row, &users, cleaning)))
    }

    fn removed(&self, row: RemovedRow, users: &[UserRow], cleaning: Cleaning) -> RemovedMessage {
        RemovedMessage {
            id: row.id,
            subject: row.subject,
            who: if row.who_name.is_empty() { row.who_address } else { row.who_name },
            owner: users.iter().find(|user| user.id == row.owner).map(name_of).unwrap_or_default(),
            why: row.why,
            removed: self.civil(row.at),
            destroyed: self.civil(row.at.plus_seconds(DAY_SECONDS * i64::from(cleaning.backup))),
        }
    }

    /// Back where it stood. Its days begin anew, so that the next night leaves it alone.
    pub async fn restore_removed(&self, id: MessageId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        let row = tx.find_removed(id).await?.ok_or(Error::NotFound)?;
        if row.private && row.owner != self.user.id && self.sees_private().is_some() {
            return Err(Error::NotFound);
        }
        tx.bring_back(id).await?;
        tx.commit().await
    }
}
