//! One account brought up to date: new mail, the first fetch, flags, and what is gone (mail.md §1.4).
//!
//! Nothing here changes anything on the server. Nothing is taken for gone because an answer was missing: only a listing
//! the server completed, that has as many messages as the folder says it holds, may take a place away, and then only the
//! place: the message stays. Progress is stored in one transaction with what it stands for, so a sync may end anywhere.

mod pipe;

use crate::folders;
use crate::imap::{Fetched, Imap, ImapError, Opened, StatusOf, sets};
use crate::parse;
use bytes::Bytes;
use crm::ports::{FolderRow, RetryRow};
use crm::{System, WatchedAccount};
use model::FolderId;
use model::mail_account::FolderRole;
use model::message::Flags;
use pipe::{BATCH_BYTES, BATCH_MESSAGES, Batch, Pipe, RawMessage};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The first fetch goes downwards in windows of so many messages; the very first is small, to have something to show.
const FIRST_WINDOW: usize = 100;
const WINDOW: usize = 500;
/// Larger messages come in ranges of this.
const RANGE: i64 = 2 << 20;
/// Of still larger ones only the header is fetched.
pub const TOO_LARGE: i64 = 50 << 20;
/// Servers that do not number their changes: the flags of so many newest messages are looked at each time,
const SHALLOW: usize = 500;
/// and those of all of them this often, in windows of `DEEP_WINDOW`.
const DEEP_EVERY: Duration = Duration::from_secs(30 * 60);
const DEEP_WINDOW: usize = 5_000;
const LIST_EVERY: Duration = Duration::from_secs(15 * 60);
/// A message that could not be fetched is tried so often in a row, then once an hour, for ever.
const QUICK_RETRIES: i64 = 5;
const RETRY_EVERY: Duration = Duration::from_secs(60 * 60);
/// More than this many, and more than this share of a folder, do not vanish at one glance.
const MANY_GONE: usize = 50;
const MUCH_GONE: usize = 30;

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
    retried_at: HashMap<FolderId, Instant>,
}

/// What a sync did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    pub fetched: usize,
    pub gone: usize,
    /// Ended because it was asked to; there is more to do.
    pub stopped: bool,
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

struct Run<'a> {
    system: &'a System,
    account: &'a WatchedAccount,
    imap: &'a mut Imap,
    memory: &'a mut Memory,
    stop: &'a CancellationToken,
    qresync: bool,
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
        Self { system, account, imap, memory, stop, qresync, pipe: None, open: None, todo: HashMap::new(), report: SyncReport::default() }
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
        let mut folders = self.followed().await?;
        if folders.is_empty() || self.memory.listed_at.is_none_or(|at| at.elapsed() > LIST_EVERY) {
            self.read_folders().await?;
            folders = self.followed().await?;
        }
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
        self.first_fetch(&mut folders).await
    }

    async fn inbox(&mut self) -> Result<()> {
        let folders = self.followed().await?;
        let Some(mut inbox) = folders.into_iter().find(|folder| folder.role == FolderRole::Inbox) else { return Ok(()) };
        self.visit(&mut inbox, &StatusOf::default()).await
    }

    async fn read_folders(&mut self) -> Result<()> {
        let found = read_folders(self.imap).await?;
        let known = self.system.list_folders(self.account.id).await?;
        for one in found {
            match known.iter().find(|folder| folder.raw_name == one.raw_name) {
                Some(folder) if folder.role == one.role => {}
                Some(folder) => {
                    self.system.put_folder(&FolderRow { role: one.role, ..folder.clone() }).await?;
                }
                None => self.system.put_folder(&self.system.new_folder(self.account.id, &one.raw_name, &one.name, one.role)).await?,
            }
        }
        self.memory.listed_at = Some(Instant::now());
        Ok(())
    }

    /// Whether a folder must be opened: it changed, or it cannot be told from outside.
    async fn is_due(&self, folder: &FolderRow, status: &StatusOf) -> Result<bool> {
        let same = status.uid_validity == Some(folder.uid_validity)
            && status.uid_next == Some(folder.uid_next)
            && status.messages == Some(folder.total)
            && folder.highest_modseq.is_some()
            && status.highest_modseq == folder.highest_modseq
            && !self.memory.suspects.contains_key(&folder.id);
        if !same {
            return Ok(true);
        }
        let retries = self.system.list_retries(folder).await?;
        Ok(retries.iter().any(|retry| self.is_retry_due(folder, retry)))
    }

    fn is_retry_due(&self, folder: &FolderRow, retry: &RetryRow) -> bool {
        retry.attempts < QUICK_RETRIES || self.memory.retried_at.get(&folder.id).is_none_or(|at| at.elapsed() > RETRY_EVERY)
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
        if folder.uid_validity != validity || next < folder.uid_next {
            let known = folder.uid_validity != 0;
            let begun = FolderRow {
                uid_validity: validity,
                uid_next: next,
                lowest_done: if opened.exists == 0 { 1 } else { next },
                highest_modseq: modseq,
                total: opened.exists,
                last_scan_at: None,
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
            self.new_mail(folder, next).await?;
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

    /// Everything from where the folder was left to `next`, oldest first, so that it may end anywhere.
    async fn new_mail(&mut self, folder: &mut FolderRow, next: i64) -> Result<()> {
        let mut uids = self.imap.search_uids(folder.uid_next, next - 1).await?;
        self.leave_out_known(folder, &mut uids).await?;
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
    // The first fetch

    /// Newest first: a window of each folder, then inbox and sent in turn, then the others.
    async fn first_fetch(&mut self, folders: &mut [FolderRow]) -> Result<()> {
        let mut size = FIRST_WINDOW;
        loop {
            let main = |folder: &FolderRow| matches!(folder.role, FolderRole::Inbox | FolderRole::Sent);
            let pending = |folder: &FolderRow| folder.uid_validity != 0 && folder.lowest_done != 1;
            let only_main = size != FIRST_WINDOW && folders.iter().any(|folder| main(folder) && pending(folder));
            let mut worked = false;
            for folder in folders.iter_mut().filter(|folder| pending(folder) && (!only_main || main(folder))) {
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
                self.new_mail(folder, next).await?;
            }
        }
        if !self.todo.contains_key(&folder.id) {
            let mut uids = if folder.lowest_done > 1 { self.imap.search_uids(1, folder.lowest_done - 1).await? } else { Vec::new() };
            self.leave_out_known(folder, &mut uids).await?;
            self.todo.insert(folder.id, uids);
        }
        let todo = self.todo.entry(folder.id).or_default();
        let mut uids = todo.split_off(todo.len().saturating_sub(size));
        let lowest_done = if todo.is_empty() { 1 } else { uids.first().copied().map_or(1, i64::from) };
        let after = FolderRow { lowest_done, ..folder.clone() };
        if self.memory.adopting.contains(&folder.id) {
            self.flush().await?;
            uids = self.adopt(folder, &uids).await?;
        }
        self.fetch_window(folder, &uids, after).await?;
        if folder.lowest_done == 1 {
            // All that is on the server is here: what was not recognised under a new UID is gone from it.
            self.flush().await?;
            self.system.drop_orphans(folder).await?;
            self.memory.adopting.remove(&folder.id);
        }
        Ok(())
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

    // -----------------------------------------------------------------------------------------------------------
    // Fetching

    /// Fetches these messages, lowest UID first. The folder becomes `after` with the last of them.
    /// Every UID ends up stored, waiting in the retry list, or gone from the server.
    async fn fetch_window(&mut self, folder: &mut FolderRow, uids: &[u32], after: FolderRow) -> Result<()> {
        let mut missed = Vec::new();
        let mut uids = uids.to_vec();
        if let Some((uid, times)) = self.memory.stuck.get(&folder.id).copied()
            && times >= 2
            && let Ok(at) = uids.binary_search(&uid)
        {
            // Twice in a row everything broke at this very message: the others shall not wait for it.
            uids.remove(at);
            missed.push(RetryRow { uid: uid.into(), attempts: 1, reason: "breaks the connection".to_owned() });
            self.memory.stuck.remove(&folder.id);
        }
        let mut stack = Stack::default();
        let outcome = self.fetch_all(folder, &uids, &mut stack, &mut missed).await;
        if let Err(error) = outcome {
            let stuck_at = uids.iter().copied().find(|uid| !stack.got.contains(uid));
            if let (SyncError::Imap(error), Some(uid)) = (&error, stuck_at)
                && !is_passing(error)
            {
                let times = self.memory.stuck.get(&folder.id).filter(|(at, _)| *at == uid).map_or(0, |(_, times)| *times);
                self.memory.stuck.insert(folder.id, (uid, times + 1));
            }
            // What came is kept, but the folder has not come any further.
            self.store(folder.clone(), &mut stack, missed).await?;
            return Err(error);
        }
        if after != *folder || !stack.messages.is_empty() || !missed.is_empty() {
            self.store(after.clone(), &mut stack, missed).await?;
            *folder = after;
        }
        Ok(())
    }

    async fn fetch_all(&mut self, folder: &FolderRow, uids: &[u32], stack: &mut Stack, missed: &mut Vec<RetryRow>) -> Result<()> {
        // Sizes first, so that nothing huge comes unasked.
        let mut sizes = HashMap::new();
        for set in sets(uids) {
            for one in self.imap.fetch(&set, "(UID RFC822.SIZE)").await? {
                if let (Some(uid), Some(size)) = (one.uid, one.size) {
                    sizes.insert(uid, size);
                }
            }
        }
        let (large, small): (Vec<u32>, Vec<u32>) = uids.iter().partition(|uid| sizes.get(uid).is_some_and(|size| *size > RANGE));
        for set in sets(&small) {
            let tag = self.imap.send_fetch(&set, "(UID FLAGS INTERNALDATE BODY.PEEK[])").await?;
            while let Some(fetched) = self.imap.next_fetched(tag).await? {
                // Changes of other messages are told in between.
                if let Some(uid) = fetched.uid
                    && small.binary_search(&uid).is_ok()
                    && let Some(body) = fetched.body.clone()
                    && stack.got.insert(uid)
                {
                    self.push(folder, stack, raw(uid, &fetched, body, None)).await?;
                }
            }
        }
        for uid in large {
            let size = sizes.get(&uid).copied().unwrap_or_default();
            if let Some(message) = self.fetch_large(uid, size).await? {
                stack.got.insert(uid);
                self.push(folder, stack, message).await?;
            }
        }
        let silent: Vec<u32> = uids.iter().copied().filter(|uid| !stack.got.contains(uid)).collect();
        if let (Some(first), Some(last)) = (silent.first(), silent.last()) {
            // Gone meanwhile, or passed over in silence?
            let there = self.imap.search_uids((*first).into(), (*last).into()).await?;
            for uid in silent.into_iter().filter(|uid| there.binary_search(uid).is_ok()) {
                missed.push(RetryRow { uid: uid.into(), attempts: 1, reason: "the server did not send it".to_owned() });
            }
        }
        Ok(())
    }

    /// In ranges; of one beyond all measure only the header.
    async fn fetch_large(&mut self, uid: u32, size: i64) -> Result<Option<RawMessage>> {
        let set = uid.to_string();
        let mine = |all: Vec<Fetched>| all.into_iter().find(|one| one.uid == Some(uid) && one.body.is_some());
        if size > TOO_LARGE {
            let found = mine(self.imap.fetch(&set, "(UID FLAGS INTERNALDATE BODY.PEEK[HEADER])").await?);
            return Ok(found.and_then(|found| found.body.clone().map(|body| raw(uid, &found, body, Some(size)))));
        }
        let mut whole = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        let mut first = None;
        loop {
            let at = i64::try_from(whole.len()).unwrap_or(i64::MAX);
            let items = format!("(UID FLAGS INTERNALDATE BODY.PEEK[]<{at}.{RANGE}>)");
            let Some(found) = mine(self.imap.fetch(&set, &items).await?) else { return Ok(None) };
            let piece = found.body.clone().unwrap_or_default();
            whole.extend_from_slice(&piece);
            first.get_or_insert(found);
            // The announced size may be wrong; the end is where the server sends less than was asked for.
            let total = i64::try_from(whole.len()).unwrap_or(i64::MAX);
            if i64::try_from(piece.len()).is_ok_and(|len| len < RANGE) || total > TOO_LARGE {
                break;
            }
        }
        Ok(first.map(|found| raw(uid, &found, Bytes::from(whole), None)))
    }

    async fn push(&mut self, folder: &FolderRow, stack: &mut Stack, message: RawMessage) -> Result<()> {
        stack.bytes += message.body.len();
        stack.messages.push(message);
        if stack.bytes >= BATCH_BYTES || stack.messages.len() >= BATCH_MESSAGES {
            self.store(folder.clone(), stack, Vec::new()).await?;
        }
        Ok(())
    }

    async fn store(&mut self, folder: FolderRow, stack: &mut Stack, missed: Vec<RetryRow>) -> Result<()> {
        stack.bytes = 0;
        let messages = std::mem::take(&mut stack.messages);
        self.report.fetched += messages.len();
        let pipe = self.pipe.get_or_insert_with(|| Pipe::new(self.system.clone(), self.account.clone()));
        pipe.store(Batch { folder, messages, missed }).await?;
        Ok(())
    }

    /// Tries again what did not come: one by one, and asking for as little as possible.
    async fn retry(&mut self, folder: &FolderRow) -> Result<()> {
        let mut due = self.system.list_retries(folder).await?;
        due.retain(|retry| self.is_retry_due(folder, retry));
        if due.is_empty() {
            return Ok(());
        }
        self.memory.retried_at.insert(folder.id, Instant::now());
        for retry in due {
            let Ok(uid) = u32::try_from(retry.uid) else { continue };
            // Counted first: it may take the connection with it.
            self.flush().await?;
            let counted = RetryRow { attempts: retry.attempts + 1, ..retry.clone() };
            self.store(folder.clone(), &mut Stack::default(), vec![counted]).await?;
            self.flush().await?;
            let size = self.imap.fetch(&uid.to_string(), "(UID RFC822.SIZE)").await;
            let size = match size {
                Ok(told) => told.into_iter().find(|one| one.uid == Some(uid)).and_then(|one| one.size).unwrap_or_default(),
                Err(error) if error.is_refusal() => continue,
                Err(error) => return Err(error.into()),
            };
            let message = if size > RANGE {
                self.fetch_large(uid, size).await
            } else {
                let told = self.imap.fetch(&uid.to_string(), "(UID FLAGS BODY.PEEK[])").await.map_err(SyncError::from);
                told.map(|all| {
                    all.iter().find(|one| one.uid == Some(uid)).and_then(|one| one.body.clone().map(|body| raw(uid, one, body, None)))
                })
            };
            match message {
                Ok(Some(message)) => {
                    let mut stack = Stack { messages: vec![message], ..Stack::default() };
                    self.store(folder.clone(), &mut stack, Vec::new()).await?;
                    self.flush().await?;
                    self.system.forget_retry(folder, uid.into()).await?;
                }
                Ok(None) => {
                    if self.imap.search_uids(uid.into(), uid.into()).await?.is_empty() {
                        self.system.forget_retry(folder, uid.into()).await?;
                    }
                }
                Err(SyncError::Imap(error)) if error.is_refusal() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    // -----------------------------------------------------------------------------------------------------------
    // Flags and what is gone

    /// What changed among the messages that were here before this visit.
    async fn changes(
        &mut self,
        folder: &mut FolderRow,
        before: &FolderRow,
        opened: &Opened,
        modseq: Option<i64>,
    ) -> Result<(Vec<(i64, Flags)>, Vec<i64>)> {
        let old = |uid: u32| i64::from(uid) < before.uid_next && i64::from(uid) >= before.lowest_done;
        let told = |all: Vec<Fetched>| -> Vec<(i64, Flags)> {
            all.iter()
                .filter_map(|one| one.uid.filter(|uid| old(*uid)).zip(one.flags))
                .map(|(uid, flags)| (i64::from(uid), flags))
                .collect()
        };
        let mut here: Option<BTreeMap<i64, Flags>> = None;
        let flags = match (modseq, before.highest_modseq) {
            (Some(now), Some(then)) if now == then => Vec::new(),
            (Some(_), Some(_)) if self.qresync => told(opened.changed.clone()),
            (Some(_), Some(then)) => {
                let set = format!("{}:{}", before.lowest_done.max(1), (before.uid_next - 1).max(1));
                told(self.imap.fetch(&set, &format!("(UID FLAGS) (CHANGEDSINCE {then})")).await?)
            }
            _ => {
                let local = self.here(folder).await?;
                let seen = self.look_at_flags(folder, &local).await?;
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
        let complete = folder.lowest_done == 1;
        let as_many = i64::try_from(local.len() + waiting.len()).is_ok_and(|here| here == opened.exists);
        if !(complete && as_many) || self.memory.suspects.contains_key(&folder.id) {
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
    async fn look_at_flags(&mut self, folder: &mut FolderRow, local: &BTreeMap<i64, Flags>) -> Result<Vec<(i64, Flags)>> {
        let deep = self.memory.deep_at.get(&folder.id).is_none_or(|at| at.elapsed() > DEEP_EVERY);
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
        let missing: Vec<u32> = listed
            .iter()
            .copied()
            .filter(|uid| i64::from(*uid) >= folder.lowest_done)
            .filter(|uid| !local.contains_key(&i64::from(*uid)) && !waiting.iter().any(|retry| retry.uid == i64::from(*uid)))
            .collect();
        for window in missing.chunks(WINDOW) {
            let after = folder.clone();
            self.fetch_window(folder, window, after).await?;
        }
        self.flush().await?;
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

/// Whether an error says something about the moment rather than about a message.
fn is_passing(error: &ImapError) -> bool {
    let Some(refusal) = error.refusal() else { return false };
    let text = refusal.text.to_lowercase();
    ["UNAVAILABLE", "LIMIT", "INUSE", "ALERT", "OVERQUOTA"].iter().any(|code| refusal.code.starts_with(code))
        || ["throttl", "too many", "try again", "later", "temporar", "server unavailable", "bandwidth"]
            .iter()
            .any(|words| text.contains(words))
}

#[derive(Default)]
struct Stack {
    messages: Vec<RawMessage>,
    bytes: usize,
    got: HashSet<u32>,
}

fn raw(uid: u32, fetched: &Fetched, body: Bytes, cut_from: Option<i64>) -> RawMessage {
    RawMessage { uid, flags: fetched.flags.unwrap_or_default(), internal_date: fetched.internal_date, body, cut_from }
}
