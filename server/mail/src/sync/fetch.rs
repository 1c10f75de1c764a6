//! Fetching messages: sizes first, small ones in one go, large ones in ranges, none of them able to hold up the others.

use super::pipe::{BATCH_BYTES, BATCH_MESSAGES, Batch, Pipe, RawMessage};
use super::{Result, Run, SyncError};
use crate::imap::{Fetched, ImapError, sets};
use bytes::Bytes;
use crm::ports::{FolderRow, RetryRow};
use model::Moment;
use model::mail_account::WaitingReason;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

/// Larger messages come in ranges of this.
const RANGE: i64 = 2 << 20;
/// Of still larger ones only the header is fetched.
const TOO_LARGE: i64 = 50 << 20;
/// A message that could not be fetched is tried so often in a row, then once an hour, for ever.
const QUICK_RETRIES: i64 = 5;
const RETRY_EVERY: Duration = Duration::from_secs(60 * 60);

impl Run<'_> {
    /// Fetches these messages, lowest UID first. The folder becomes `after` with the last of them.
    /// Every UID ends up stored, waiting in the retry list, or gone from the server.
    pub(super) async fn fetch_window(&mut self, folder: &mut FolderRow, uids: &[u32], after: FolderRow) -> Result<()> {
        let mut missed = Vec::new();
        let mut uids = uids.to_vec();
        if let Some((uid, times)) = self.memory.stuck.get(&folder.id).copied()
            && times >= 2
            && let Ok(at) = uids.binary_search(&uid)
        {
            // Twice in a row everything broke at this very message: the others shall not wait for it.
            uids.remove(at);
            missed.push(RetryRow { uid: uid.into(), attempts: 1, reason: WaitingReason::BreaksConnection.as_str().to_owned() });
            self.memory.stuck.remove(&folder.id);
        }
        let mut stack = Stack::default();
        // Only the fetch that goes all the way down leaves old ones out: what came after a pause came after the linking.
        let since = folder.since.filter(|_| folder.floor == 1 && after.uid_next == folder.uid_next);
        let outcome = self.fetch_all(folder, &uids, since, &mut stack, &mut missed).await;
        if let Err(error) = outcome {
            if matches!(error, SyncError::Crm(_)) {
                // It is the store that broke: it takes no more, and the reason must not be lost.
                return Err(error);
            }
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
        let after = FolderRow { left_out: after.left_out + stack.left_out, ..after };
        if after != *folder || !stack.messages.is_empty() || !missed.is_empty() {
            self.store(after.clone(), &mut stack, missed).await?;
            *folder = after;
        }
        Ok(())
    }

    async fn fetch_all(
        &mut self,
        folder: &FolderRow,
        uids: &[u32],
        since: Option<Moment>,
        stack: &mut Stack,
        missed: &mut Vec<RetryRow>,
    ) -> Result<()> {
        // Sizes first, so that nothing huge comes unasked.
        let mut sizes = HashMap::new();
        let mut old = HashSet::new();
        let items = if since.is_some() { "(UID RFC822.SIZE INTERNALDATE)" } else { "(UID RFC822.SIZE)" };
        for set in sets(uids) {
            for one in self.imap.fetch(&set, items).await? {
                let Some(uid) = one.uid.filter(|uid| uids.binary_search(uid).is_ok()) else { continue };
                sizes.extend(one.size.map(|size| (uid, size)));
                if since.is_some_and(|since| one.internal_date.is_some_and(|date| date < since)) {
                    old.insert(uid);
                }
            }
        }
        // The search knew days only, and those of the server's own clock.
        stack.left_out = i64::try_from(old.len()).unwrap_or(i64::MAX);
        let uids: Vec<u32> = uids.iter().copied().filter(|uid| !old.contains(uid)).collect();
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
                missed.push(RetryRow { uid: uid.into(), attempts: 1, reason: WaitingReason::NotSent.as_str().to_owned() });
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

    pub(super) async fn store(&mut self, folder: FolderRow, stack: &mut Stack, missed: Vec<RetryRow>) -> Result<()> {
        let bytes = std::mem::take(&mut stack.bytes);
        let messages = std::mem::take(&mut stack.messages);
        self.report.fetched += messages.len();
        if self.daily.is_some() && bytes > 0 {
            self.system.spend(self.account.id, i64::try_from(bytes).unwrap_or(i64::MAX)).await?;
        }
        let pipe = self.pipe.get_or_insert_with(|| Pipe::new(self.system.clone(), self.account.clone()));
        pipe.store(Batch { folder, messages, missed }).await?;
        Ok(())
    }

    pub(super) fn is_retry_due(&self, folder: &FolderRow, retry: &RetryRow) -> bool {
        retry.attempts < QUICK_RETRIES || self.memory.retried_at.get(&folder.id).is_none_or(|at| at.elapsed() > RETRY_EVERY)
    }

    /// Tries again what did not come: one by one, and asking for as little as possible.
    pub(super) async fn retry(&mut self, folder: &FolderRow) -> Result<()> {
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
}

/// Whether an error says something about the moment rather than about a message.
pub(super) fn is_passing(error: &ImapError) -> bool {
    let Some(refusal) = error.refusal() else { return false };
    let text = refusal.text.to_lowercase();
    ["UNAVAILABLE", "LIMIT", "INUSE", "ALERT", "OVERQUOTA"].iter().any(|code| refusal.code.starts_with(code))
        || ["throttl", "too many", "try again", "later", "temporar", "server unavailable", "bandwidth"]
            .iter()
            .any(|words| text.contains(words))
}

#[derive(Default)]
pub(super) struct Stack {
    messages: Vec<RawMessage>,
    bytes: usize,
    got: HashSet<u32>,
    /// Too old to be wanted.
    left_out: i64,
}

fn raw(uid: u32, fetched: &Fetched, body: Bytes, cut_from: Option<i64>) -> RawMessage {
    RawMessage { uid, flags: fetched.flags.unwrap_or_default(), internal_date: fetched.internal_date, body, cut_from }
}
