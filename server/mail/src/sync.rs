//! One account brought up to date: new mail, the first fetch, flags, and what is gone (mail.md §1.4).
//!
//! Nothing here changes anything on the server but `push`, which does what the owner did here. Nothing is taken for gone because an answer was missing: only a listing
//! the server completed, that has as many messages as the folder says it holds, may take a place away, and then only the
//! place: the message stays. Progress is stored in one transaction with what it stands for, so a sync may end anywhere.

mod changes;
mod fetch;
mod pipe;
mod push;

use crate::folders;
use crate::imap::{Imap, ImapError, StatusOf, sets};
use crate::parse;
use crm::ports::FolderRow;
use crm::{System, WatchedAccount};
use model::FolderId;
use model::mail_account::{FolderRole, GMAIL_DAILY_BYTES};
use pipe::Pipe;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The fetch goes downwards in windows of so many messages; the very first is small, to have something to show.
const FIRST_WINDOW: usize = 100;
const WINDOW: usize = 500;
const LIST_EVERY: Duration = Duration::from_secs(15 * 60);
/// A search by date looks at so many numbers at once: servers read the date of each.
const SEARCHED: i64 = 5_000;

#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error(transparent)]
    Imap(#[from] ImapError),
    #[error(transparent)]
    Crm(#[from] crm::Error),
}

type Result<T> = std::result::Result<T, SyncError>;

/// What is worth knowing from one sync of an account to the next. Losing it costs time, never mail.
#[derive(Default)]
pub struct Memory {
    listed_at: Option<Instant>,
    /// Folders whose UIDs became worthless: their messages are recognised before anything is fetched again.
    adopting: HashSet<FolderId>,
    /// Listings in which suspiciously much was gone, to be confirmed by an identical one.
    suspects: HashMap<FolderId, u64>,
    /// Where the connection broke last in a folder, and how often in a row.
    stuck: HashMap<FolderId, (u32, u32)>,
    deep_at: HashMap<FolderId, Instant>,
    /// Nothing was moved since the whole account was looked at.
    settled: bool,
    retried_at: HashMap<FolderId, Instant>,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    pub fetched: usize,
    pub gone: usize,
    /// Ended because it was asked to; there is more to do.
    pub stopped: bool,
    /// What the provider lets fetch in a day was fetched; the rest of the first fetch comes tomorrow.
    pub rests: bool,
    /// The last message that the first fetch had to get came with this sync.
    pub first_fetch_ended: bool,
}

/// Brings the account up to date over a connection that is logged in.
pub async fn sync(
    system: &System,
    account: &WatchedAccount,
    imap: &mut Imap,
    memory: &mut Memory,
    stop: &CancellationToken,
) -> Result<SyncReport> {
    let qresync = imap.enable_qresync(&account.server.host).await?;
    let mut run = Run::new(system, account, imap, memory, stop, qresync);
    let outcome = run.all().await;
    // What was fetched before something broke is kept.
    let flushed = run.flush().await;
    outcome?;
    flushed?;
    Ok(run.report)
}

/// Looks at one folder only, because the server told of news there.
pub async fn sync_inbox(
    system: &System,
    account: &WatchedAccount,
    imap: &mut Imap,
    memory: &mut Memory,
    stop: &CancellationToken,
) -> Result<SyncReport> {
    let qresync = imap.enable_qresync(&account.server.host).await?;
    let mut run = Run::new(system, account, imap, memory, stop, qresync);
    let outcome = run.inbox().await;
    let flushed = run.flush().await;
    outcome?;
    flushed?;
    Ok(run.report)
}

/// Opens the inbox to wait in. `true`: it changed since it was last looked at.
pub async fn open_inbox(system: &System, account: &WatchedAccount, imap: &mut Imap) -> Result<bool> {
    let folders = system.list_folders(account.id).await?;
    let Some(inbox) = folders.into_iter().find(|folder| folder.role == FolderRole::Inbox) else { return Ok(true) };
    let opened = imap.examine(&inbox.raw_name, None).await?;
    let same = opened.uid_validity == Some(inbox.uid_validity)
        && opened.uid_next.is_none_or(|next| next == inbox.uid_next)
        && opened.exists == inbox.total
        && (opened.highest_modseq.is_none() || opened.highest_modseq == inbox.highest_modseq);
    Ok(!same)
}

/// The server's folders, each role settled, with how many messages they hold where that was asked.
pub async fn read_folders(imap: &mut Imap) -> std::result::Result<Vec<folders::Candidate>, ImapError> {
    let candidates = folders::candidates(&imap.list().await?);
    let tied: Vec<String> = folders::ties(&candidates).into_iter().map(str::to_owned).collect();
    let names: Vec<&str> = tied.iter().map(String::as_str).collect();
    let counts = imap.status(&names).await?;
    let counts =
        tied.iter().cloned().zip(counts).map(|(name, status)| (name, status.and_then(|s| s.messages).unwrap_or_default())).collect();
    Ok(folders::settle(candidates, &counts))
}

/// What comes later, after a pause say, goes down to a floor above the first message; the first fetch goes all the way.
fn is_first_fetch_over(folders: &[FolderRow]) -> bool {
    !folders.is_empty() && folders.iter().all(|folder| folder.is_complete() || folder.floor > 1)
}

struct Run<'a> {
    system: &'a System,
    account: &'a WatchedAccount,
    imap: &'a mut Imap,
    memory: &'a mut Memory,
    stop: &'a CancellationToken,
    qresync: bool,
    /// The bytes that may be fetched in a day, where the provider locks those out who take more.
    daily: Option<i64>,
    /// Made with the first batch: a check that finds nothing costs no task.
    pipe: Option<Pipe>,
    /// The folder that is open.
    open: Option<FolderId>,
    /// UIDs the first fetch has still to get, lowest first.
    todo: HashMap<FolderId, Vec<u32>>,
    report: SyncReport,
}

impl<'a> Run<'a> {
    fn new(
        system: &'a System,
        account: &'a WatchedAccount,
        imap: &'a mut Imap,
        memory: &'a mut Memory,
        stop: &'a CancellationToken,
        qresync: bool,
    ) -> Self {
        Self {
            system,
            account,
            memory,
            stop,
            qresync,
            daily: imap.has("X-GM-EXT-1").then_some(GMAIL_DAILY_BYTES),
            imap,
            pipe: None,
            open: None,
            todo: HashMap::new(),
            report: SyncReport::default(),
        }
    }

    async fn flush(&mut self) -> Result<()> {
        if let Some(pipe) = &mut self.pipe {
            pipe.flush().await?;
        }
        Ok(())
    }

    async fn followed(&self) -> Result<Vec<FolderRow>> {
        let mut folders = self.system.list_folders(self.account.id).await?;
        folders.retain(|folder| folder.role.is_followed());
        folders.sort_by_key(|folder| folder.role);
        Ok(folders)
    }

    async fn all(&mut self) -> Result<()> {
        self.run_errands().await?;
        let mut folders = self.followed().await?;
        if folders.is_empty() || self.memory.listed_at.is_none_or(|at| at.elapsed() > LIST_EVERY) {
            self.read_folders().await?;
            folders = self.followed().await?;
        }
        for folder in &mut folders {
            self.reach_further(folder).await?;
        }
        let begun = !is_first_fetch_over(&folders);
        let names: Vec<&str> = folders.iter().map(|folder| folder.raw_name.as_str()).collect();
        let told = self.imap.status(&names).await?;
        for (folder, status) in folders.iter_mut().zip(told) {
            // A folder that refuses to tell is left as it is; the list of folders is read again soon.
            let Some(status) = status else {
                self.memory.listed_at = None;
                continue;
            };
            if self.is_due(folder, &status).await? {
                self.visit(folder, &status).await?;
            }
            if self.stop.is_cancelled() {
                self.report.stopped = true;
                return Ok(());
            }
        }
        // Wherever messages were moved to, they were met there by now.
        if !self.memory.settled {
            self.flush().await?;
            self.system.settle_errands(self.account.id).await?;
            self.memory.settled = true;
        }
        self.downwards(&mut folders).await?;
        self.report.first_fetch_ended = begun && is_first_fetch_over(&folders);
        Ok(())
    }

    async fn inbox(&mut self) -> Result<()> {
        self.run_errands().await?;
        let folders = self.followed().await?;
        let Some(mut inbox) = folders.into_iter().find(|folder| folder.role == FolderRole::Inbox) else { return Ok(()) };
        self.visit(&mut inbox, &StatusOf::default()).await?;
        self.downwards(std::slice::from_mut(&mut inbox)).await
    }

    /// What was left out for its age and is wanted now (the edition was raised) is fetched like any other.
    async fn reach_further(&mut self, folder: &mut FolderRow) -> Result<()> {
        let Some(before) = folder.since else { return Ok(()) };
        if self.account.since.is_some_and(|since| since >= before) {
            return Ok(());
        }
        *folder = FolderRow { since: self.account.since, left_out: 0, floor: 1, lowest_done: folder.uid_next.max(1), ..folder.clone() };
        self.system.put_folder(folder).await?;
        Ok(())
    }

    async fn read_folders(&mut self) -> Result<()> {
        let found = read_folders(self.imap).await?;
        let known = self.system.list_folders(self.account.id).await?;
        // What its owner chose comes before what the server calls it, as long as it is there.
        let there = |folder: &&FolderRow| found.iter().any(|one| one.raw_name == folder.raw_name);
        let chosen: Vec<&FolderRow> = known.iter().filter(|folder| folder.chosen).filter(there).collect();
        for one in &found {
            if chosen.iter().any(|folder| folder.raw_name == one.raw_name) {
                continue;
            }
            let role = if chosen.iter().any(|folder| folder.role == one.role) { FolderRole::Other } else { one.role };
            match known.iter().find(|folder| folder.raw_name == one.raw_name) {
                Some(folder) if folder.role == role => {}
                Some(folder) => self.system.set_folder_role(folder.id, role).await?,
                None => self.system.put_folder(&self.system.new_folder(self.account.id, &one.raw_name, &one.name, role)).await?,
            }
        }
        self.count_others().await?;
        self.memory.listed_at = Some(Instant::now());
        Ok(())
    }

    /// How many messages lie in the folders that are not followed: whoever chooses one wants to know.
    async fn count_others(&mut self) -> Result<()> {
        let mut others = self.system.list_folders(self.account.id).await?;
        others.retain(|folder| !folder.role.is_followed());
        let names: Vec<&str> = others.iter().map(|folder| folder.raw_name.as_str()).collect();
        let told = self.imap.status(&names).await?;
        for (folder, status) in others.iter().zip(told) {
            if let Some(messages) = status.and_then(|status| status.messages)
                && messages != folder.total
            {
                self.system.put_folder(&FolderRow { total: messages, ..folder.clone() }).await?;
            }
        }
        Ok(())
    }

    /// Whether a folder must be opened: it changed, or it cannot be told from outside.
    async fn is_due(&self, folder: &FolderRow, status: &StatusOf) -> Result<bool> {
        let same = status.uid_validity == Some(folder.uid_validity)
            && status.uid_next == Some(folder.uid_next)
            && status.messages == Some(folder.total)
            && folder.highest_modseq.is_some()
            && status.highest_modseq == folder.highest_modseq
            && !folder.resync
            && !self.memory.suspects.contains_key(&folder.id);
        if !same {
            return Ok(true);
        }
        let retries = self.system.list_retries(folder).await?;
        Ok(retries.iter().any(|retry| self.is_retry_due(folder, retry)))
    }

    /// Opens the folder and does everything but the first fetch.
    async fn visit(&mut self, folder: &mut FolderRow, status: &StatusOf) -> Result<()> {
        let before = folder.clone();
        let since = folder.highest_modseq.filter(|_| self.qresync && folder.uid_validity != 0).map(|modseq| (folder.uid_validity, modseq));
        let opened = self.imap.examine(&folder.raw_name, since).await?;
        self.open = Some(folder.id);
        // Without it no UID means anything: better no mail than the wrong mail.
        let validity = opened.uid_validity.ok_or(ImapError::Garbled("a folder without UIDVALIDITY"))?;
        let next = match opened.uid_next.or(status.uid_next) {
            Some(next) => next,
            // Old servers do not tell it; the last message does.
            None => self.imap.fetch("*", "(UID)").await?.iter().filter_map(|one| one.uid).max().map_or(1, |uid| i64::from(uid) + 1),
        };
        let modseq = opened.highest_modseq;
        if folder.uid_validity != validity || next < folder.uid_next || folder.resync {
            let known = folder.uid_validity != 0;
            let begun = FolderRow {
                uid_validity: validity,
                uid_next: next,
                lowest_done: if opened.exists == 0 { 1 } else { next },
                highest_modseq: modseq,
                total: opened.exists,
                last_scan_at: None,
                floor: 1,
                since: self.account.since,
                left_out: 0,
                resync: false,
                ..before
            };
            if known {
                self.memory.adopting.insert(folder.id);
                self.system.orphan(&begun).await?;
                if opened.exists == 0 {
                    self.system.drop_orphans(&begun).await?;
                }
            } else {
                self.system.put_folder(&begun).await?;
            }
            self.todo.remove(&folder.id);
            self.memory.stuck.remove(&folder.id);
            self.memory.suspects.remove(&folder.id);
            *folder = begun;
            return Ok(());
        }
        if next > folder.uid_next {
            self.new_mail(folder, next, opened.exists).await?;
            if self.stop.is_cancelled() {
                return Ok(());
            }
        }
        self.retry(folder).await?;
        self.flush().await?;
        let (flags, gone) = self.changes(folder, &before, &opened, modseq).await?;
        folder.total = opened.exists;
        if self.memory.suspects.contains_key(&folder.id) {
            // The changes must be told once more.
            folder.highest_modseq = before.highest_modseq;
        } else {
            folder.highest_modseq = modseq;
        }
        self.report.gone += gone.len();
        if *folder != before || !flags.is_empty() || !gone.is_empty() {
            self.system.mirror(folder, &flags, &gone).await?;
        }
        Ok(())
    }

    /// Everything from where the folder was left to `next`: oldest first where it is little, so that it may end anywhere.
    /// After a long pause it is much, and nobody wants to wait for the newest: then it is left to the fetch downwards.
    async fn new_mail(&mut self, folder: &mut FolderRow, next: i64, exists: i64) -> Result<()> {
        let mut uids = self.imap.search_uids(folder.uid_next, next - 1).await?;
        self.leave_out_known(folder, &mut uids).await?;
        if uids.len() > WINDOW {
            // One that had not come to its end goes all the way down again; what is here it passes over.
            let floor = if folder.is_complete() { folder.uid_next } else { folder.floor };
            *folder = FolderRow { floor, lowest_done: next, uid_next: next, total: exists, ..folder.clone() };
            self.flush().await?;
            self.system.put_folder(folder).await?;
            self.todo.remove(&folder.id);
            return Ok(());
        }
        for window in uids.chunks(WINDOW) {
            let last = window.last().copied().map_or(next, |uid| i64::from(uid) + 1);
            let after = FolderRow { uid_next: last, ..folder.clone() };
            self.fetch_window(folder, window, after).await?;
            if self.stop.is_cancelled() {
                self.report.stopped = true;
                return Ok(());
            }
        }
        folder.uid_next = next;
        Ok(())
    }

    /// Takes out what is stored already, or known not to come.
    async fn leave_out_known(&self, folder: &FolderRow, uids: &mut Vec<u32>) -> Result<()> {
        let (Some(low), Some(high)) = (uids.first().copied(), uids.last().copied()) else { return Ok(()) };
        let here = self.system.list_locations(folder, low.into(), high.into()).await?;
        let mut known: HashSet<i64> = here.into_iter().map(|location| location.uid).collect();
        known.extend(self.system.list_retries(folder).await?.into_iter().map(|retry| retry.uid));
        if !known.is_empty() {
            uids.retain(|uid| !known.contains(&i64::from(*uid)));
        }
        Ok(())
    }

    // -----------------------------------------------------------------------------------------------------------
    // Downwards: the first fetch, and what came during a long pause

    /// Newest first: a window of each folder, then inbox and sent in turn, then the others.
    async fn downwards(&mut self, folders: &mut [FolderRow]) -> Result<()> {
        let mut size = FIRST_WINDOW;
        loop {
            let main = |folder: &FolderRow| matches!(folder.role, FolderRole::Inbox | FolderRole::Sent);
            let pending = |folder: &FolderRow| folder.uid_validity != 0 && !folder.is_complete();
            let only_main = size != FIRST_WINDOW && folders.iter().any(|folder| main(folder) && pending(folder));
            let mut worked = false;
            for folder in folders.iter_mut().filter(|folder| pending(folder) && (!only_main || main(folder))) {
                if self.has_spent_the_day().await? {
                    self.report.rests = true;
                    return Ok(());
                }
                self.window(folder, size).await?;
                worked = true;
                if self.stop.is_cancelled() {
                    self.report.stopped = true;
                    return Ok(());
                }
            }
            if !worked {
                return Ok(());
            }
            size = WINDOW;
        }
    }

    async fn has_spent_the_day(&self) -> Result<bool> {
        match self.daily {
            Some(daily) => Ok(self.system.spent_today(self.account.id).await? >= daily),
            None => Ok(false),
        }
    }

    async fn window(&mut self, folder: &mut FolderRow, size: usize) -> Result<()> {
        if self.open != Some(folder.id) {
            let opened = self.imap.examine(&folder.raw_name, None).await?;
            self.open = Some(folder.id);
            if opened.uid_validity != Some(folder.uid_validity) {
                self.flush().await?;
                return self.visit(folder, &StatusOf::default()).await;
            }
            // What came in meanwhile is more urgent than what has been lying there for years.
            if let Some(next) = opened.uid_next.filter(|next| *next > folder.uid_next) {
                folder.total = opened.exists;
                self.new_mail(folder, next, opened.exists).await?;
            }
        }
        if !self.todo.contains_key(&folder.id) {
            let mut uids = self.wanted(folder, folder.floor, folder.lowest_done - 1).await?;
            self.leave_out_known(folder, &mut uids).await?;
            if folder.since.is_some() && folder.floor == 1 {
                let here = self.system.list_locations(folder, 1, folder.uid_next - 1).await?.len();
                folder.left_out = (folder.total - i64::try_from(uids.len() + here).unwrap_or_default()).max(0);
            }
            self.todo.insert(folder.id, uids);
        }
        let todo = self.todo.entry(folder.id).or_default();
        let mut uids = todo.split_off(todo.len().saturating_sub(size));
        let after = match uids.first().filter(|_| !todo.is_empty()) {
            Some(lowest) => FolderRow { lowest_done: i64::from(*lowest), ..folder.clone() },
            None => FolderRow { lowest_done: 1, floor: 1, ..folder.clone() },
        };
        if self.memory.adopting.contains(&folder.id) {
            self.flush().await?;
            uids = self.adopt(folder, &uids).await?;
        }
        self.fetch_window(folder, &uids, after).await?;
        if folder.is_complete() {
            // All that is on the server is here: what was not recognised under a new UID is gone from it.
            self.flush().await?;
            self.system.drop_orphans(folder).await?;
            self.memory.adopting.remove(&folder.id);
        }
        Ok(())
    }

    /// The UIDs from `low` to `high` that are not too old, lowest first.
    async fn wanted(&mut self, folder: &FolderRow, low: i64, high: i64) -> Result<Vec<u32>> {
        let Some(since) = folder.since.filter(|_| folder.floor == 1) else {
            return Ok(if low <= high { self.imap.search_uids(low, high).await? } else { Vec::new() });
        };
        let mut uids = Vec::new();
        let mut at = low;
        while at <= high {
            let last = high.min(at + SEARCHED - 1);
            uids.extend(self.imap.search_since(at, last, since).await?);
            at = last + 1;
        }
        Ok(uids)
    }

    /// Recognises messages under their new UIDs; answers those that are really new.
    async fn adopt(&mut self, folder: &FolderRow, uids: &[u32]) -> Result<Vec<u32>> {
        let mut found = Vec::new();
        for set in sets(uids) {
            for one in self.imap.fetch(&set, "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])").await? {
                if let (Some(uid), Some(size), Some(header)) = (one.uid, one.size, &one.body)
                    && uids.binary_search(&uid).is_ok()
                {
                    let id = parse::parse(header, None).message_id;
                    found.push((i64::from(uid), id, size, one.flags.unwrap_or_default()));
                }
            }
        }
        let rest: HashSet<i64> = self.system.adopt(folder, &found).await?.into_iter().collect();
        let adopted: HashSet<i64> = found.iter().map(|(uid, ..)| *uid).filter(|uid| !rest.contains(uid)).collect();
        Ok(uids.iter().copied().filter(|uid| !adopted.contains(&i64::from(*uid))).collect())
    }
}
