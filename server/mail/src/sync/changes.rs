//! What changed among the messages that are here: their flags, and what is gone from the server.

use super::{Result, Run, WINDOW};
use crate::imap::{Fetched, Opened};
use crm::ports::{FolderRow, RetryRow};
use model::message::Flags;
use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tokio::time::Instant;

/// Servers that do not number their changes: the flags of so many newest messages are looked at each time,
const SHALLOW: usize = 500;
/// and those of all of them this often, in windows of `DEEP_WINDOW`.
const DEEP_EVERY: Duration = Duration::from_secs(30 * 60);
const DEEP_WINDOW: usize = 5_000;
/// More than this many, and more than this share of a folder, do not vanish at one glance.
const MANY_GONE: usize = 50;
const MUCH_GONE: usize = 30;

impl Run<'_> {
    /// What changed among the messages that were here before this visit.
    pub(super) async fn changes(
        &mut self,
        folder: &mut FolderRow,
        before: &FolderRow,
        opened: &Opened,
        modseq: Option<i64>,
    ) -> Result<(Vec<(i64, Flags)>, Vec<i64>)> {
        let old = |uid: u32| i64::from(uid) < before.uid_next;
        let told = |all: Vec<Fetched>| -> Vec<(i64, Flags)> {
            all.iter()
                .filter_map(|one| one.uid.filter(|uid| old(*uid)).zip(one.flags))
                .map(|(uid, flags)| (i64::from(uid), flags))
                .collect()
        };
        let mut here: Option<BTreeMap<i64, Flags>> = None;
        let flags = match (modseq, before.highest_modseq) {
            (Some(now), Some(then)) if now == then => Vec::new(),
            (Some(now), Some(then)) if now > then && self.qresync => told(opened.changed.clone()),
            (Some(now), Some(then)) if now > then => {
                let lowest = if before.floor > 1 { 1 } else { before.lowest_done.max(1) };
                let set = format!("{lowest}:{}", (before.uid_next - 1).max(1));
                told(self.imap.fetch(&set, &format!("(UID FLAGS) (CHANGEDSINCE {then})")).await?)
            }
            (now, then) => {
                // It does not number them; or it lost its index, and counts from the beginning again.
                let anew = now.is_some() && then.is_some();
                let local = self.here(folder).await?;
                let seen = self.look_at_flags(folder, &local, anew).await?;
                let changed = seen.into_iter().filter(|(uid, flags)| local.get(uid).is_some_and(|known| known != flags)).collect();
                here = Some(local);
                changed
            }
        };
        let mut gone: Vec<i64> = Vec::new();
        let mut local = match here {
            Some(local) => local,
            None if opened.vanished.is_empty()
                && opened.exists == before.total
                && folder.uid_next == before.uid_next
                && !self.memory.suspects.contains_key(&folder.id) =>
            {
                // As many as before and none came: with numbered changes nothing can have gone unnoticed.
                return Ok((flags, gone));
            }
            None => self.here(folder).await?,
        };
        for range in &opened.vanished {
            let (low, high) = (i64::from(*range.start()), i64::from(*range.end()));
            if low <= high {
                gone.extend(local.range(low..=high).map(|(uid, _)| *uid));
            }
        }
        if is_much(gone.len(), local.len()) {
            gone.clear();
        }
        for uid in &gone {
            local.remove(uid);
        }
        let waiting = self.system.list_retries(folder).await?;
        let as_many = i64::try_from(local.len() + waiting.len()).is_ok_and(|here| here + folder.left_out == opened.exists);
        if !(folder.is_complete() && as_many) || self.memory.suspects.contains_key(&folder.id) {
            gone.extend(self.reconcile(folder, opened, &local, &waiting).await?);
        } else {
            self.memory.suspects.remove(&folder.id);
        }
        Ok((flags, gone))
    }

    async fn here(&self, folder: &FolderRow) -> Result<BTreeMap<i64, Flags>> {
        let locations = self.system.list_locations(folder, 1, i64::from(u32::MAX)).await?;
        Ok(locations.into_iter().map(|location| (location.uid, location.flags)).collect())
    }

    /// Servers that do not number their changes: the newest each time, all of them now and then.
    async fn look_at_flags(&mut self, folder: &mut FolderRow, local: &BTreeMap<i64, Flags>, anew: bool) -> Result<Vec<(i64, Flags)>> {
        let deep = anew || self.memory.deep_at.get(&folder.id).is_none_or(|at| at.elapsed() > DEEP_EVERY);
        let uids: Vec<i64> = if deep { local.keys().copied().collect() } else { local.keys().rev().take(SHALLOW).rev().copied().collect() };
        let mut seen = Vec::new();
        for window in uids.rchunks(DEEP_WINDOW) {
            let (Some(low), Some(high)) = (window.first(), window.last()) else { continue };
            for one in self.imap.fetch(&format!("{low}:{high}"), "(UID FLAGS)").await? {
                seen.extend(one.uid.zip(one.flags).map(|(uid, flags)| (i64::from(uid), flags)));
            }
        }
        if deep {
            self.memory.deep_at.insert(folder.id, Instant::now());
            folder.last_scan_at = Some(self.system.crm().now());
        }
        Ok(seen)
    }

    /// Compares the whole folder with what is here: answers what is gone, and fetches what was missed.
    async fn reconcile(
        &mut self,
        folder: &mut FolderRow,
        opened: &Opened,
        local: &BTreeMap<i64, Flags>,
        waiting: &[RetryRow],
    ) -> Result<Vec<i64>> {
        let listed = if opened.exists == 0 { Vec::new() } else { self.imap.search_uids(1, folder.uid_next - 1).await? };
        if i64::try_from(listed.len()).is_ok_and(|len| len != opened.exists) {
            // The folder says it holds another number than it lists. Whatever the reason, this is no proof of anything.
            return Ok(Vec::new());
        }
        let gone: Vec<i64> =
            local.keys().copied().filter(|uid| u32::try_from(*uid).is_ok_and(|uid| listed.binary_search(&uid).is_err())).collect();
        for retry in waiting {
            if u32::try_from(retry.uid).is_ok_and(|uid| listed.binary_search(&uid).is_err()) {
                self.system.forget_retry(folder, retry.uid).await?;
            }
        }
        let waits: HashSet<i64> = waiting.iter().map(|retry| retry.uid).collect();
        let mut missing: Vec<u32> = listed
            .iter()
            .copied()
            .filter(|uid| folder.is_done(i64::from(*uid)))
            .filter(|uid| !local.contains_key(&i64::from(*uid)) && !waits.contains(&i64::from(*uid)))
            .collect();
        if folder.since.is_some() && !missing.is_empty() {
            let wanted = self.wanted(folder, 1, folder.uid_next - 1).await?;
            missing.retain(|uid| wanted.binary_search(uid).is_ok());
        }
        for window in missing.chunks(WINDOW) {
            let after = folder.clone();
            self.fetch_window(folder, window, after).await?;
        }
        self.flush().await?;
        if folder.since.is_some() && folder.is_complete() {
            let here = self.here(folder).await?.len() - gone.len() + self.system.list_retries(folder).await?.len();
            folder.left_out = i64::try_from(listed.len().saturating_sub(here)).unwrap_or_default();
        }
        if is_much(gone.len(), local.len()) {
            let mut hasher = DefaultHasher::new();
            (folder.uid_validity, &listed).hash(&mut hasher);
            let listing = hasher.finish();
            if self.memory.suspects.insert(folder.id, listing) != Some(listing) {
                return Ok(Vec::new());
            }
        }
        self.memory.suspects.remove(&folder.id);
        Ok(gone)
    }
}

/// So much does not vanish at one glance.
fn is_much(gone: usize, of: usize) -> bool {
    gone > MANY_GONE && gone * 100 > of * MUCH_GONE
}
