//! The only thing that ever changes a mailbox: what its owner did here, told to the server.
//!
//! An errand stands in the database from the click until the server obeyed, so it outlives a crash on either side, and
//! every step may be done twice: a flag is set, not toggled; a message that was moved is no longer there to be moved; and
//! where a copy is made, one that was made before is looked for first.

use super::fetch::is_passing;
use super::{Result, Run, SyncError};
use crate::diagnose::said;
use crate::imap::{ImapError, Refusal, Renumbered, sets, spread};
use crate::parse;
use crm::Moved;
use crm::ports::{Errand, FolderRow, Lies, Want};
use model::mail_account::{FolderRole, StuckWhy};
use model::{FolderId, MessageId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A refusal that may be of the moment is asked for so often.
const TRIES: i64 = 6;
/// One that breaks the connection each time is given up in the end.
const GIVE_UP: i64 = 12;
/// Messages in one command.
const AT_ONCE: usize = 200;

/// One command's worth: what is wanted in one folder, by UID.
type Chores<'a> = BTreeMap<u32, &'a Errand>;

#[derive(Default)]
struct Outcome {
    /// In the server's words.
    refused: HashMap<MessageId, String>,
    /// To be asked again later.
    waits: HashSet<MessageId>,
    moved: Vec<Moved>,
}

impl Run<'_> {
    /// Runs what is due. What the server refuses is given up and shown; what breaks the connection waits for the next one.
    pub(super) async fn run_errands(&mut self) -> Result<()> {
        let due = self.system.due_errands(self.account.id).await?;
        if due.is_empty() {
            return Ok(());
        }
        self.open = None;
        self.memory.settled = false;
        let given_up: Vec<(&Errand, String)> = due
            .iter()
            .map(|(errand, _)| errand)
            .filter(|errand| is_hopeless(errand))
            .map(|errand| (errand, StuckWhy::BreaksConnection.word().to_owned()))
            .collect();
        if !given_up.is_empty() {
            self.system.end_errands(&[], &given_up, &[]).await?;
        }
        let due: Vec<&(Errand, Vec<Lies>)> = due.iter().filter(|(errand, _)| !is_hopeless(errand)).collect();
        let errands: Vec<&Errand> = due.iter().map(|(errand, _)| errand).collect();
        self.system.begin_errands(&errands).await?;
        let folders = self.system.list_folders(self.account.id).await?;
        let flags = due.iter().copied().filter(|(errand, _)| matches!(errand.want, Want::Read(_)));
        let moves = due.iter().copied().filter(|(errand, _)| matches!(errand.want, Want::Move(_)));
        let copies = due.iter().copied().filter(|(errand, _)| errand.want == Want::Keep);
        // Flags first: a message that is moved afterwards takes them along.
        self.run_some(flags, &folders).await?;
        self.run_some(moves, &folders).await?;
        self.keep(copies, &folders).await
    }

    /// Sent messages of which the server put no copy among the sent items by itself. [CMP-17]
    async fn keep(&mut self, due: impl Iterator<Item = &(Errand, Vec<Lies>)>, folders: &[FolderRow]) -> Result<()> {
        let sent = folders.iter().find(|folder| folder.role == FolderRole::Sent);
        for (errand, places) in due {
            let mut outcome = Outcome::default();
            if let Some(sent) = sent
                && places.iter().all(|place| place.folder != sent.id)
            {
                match self.keep_one(errand, sent).await {
                    Ok(()) => {}
                    Err(SyncError::Imap(error)) if error.is_refusal() => refuse(std::iter::once(errand), &error, &mut outcome),
                    Err(error) => return Err(error),
                }
            }
            // One by one: a connection that breaks at the next does not undo it.
            match outcome.refused.remove(&errand.message) {
                Some(words) => self.system.end_errands(&[], &[(errand, words)], &[]).await?,
                None if outcome.waits.is_empty() => self.system.end_errands(&[errand], &[], &[]).await?,
                None => {}
            }
        }
        Ok(())
    }

    /// Looks first: the server may have made a copy, or an earlier attempt.
    async fn keep_one(&mut self, errand: &Errand, sent: &FolderRow) -> Result<()> {
        self.imap.examine(&sent.raw_name, None).await?;
        let id = format!("<{}>", errand.message_key);
        if self.imap.holds(&id).await? || (renames(&self.account.server.host) && self.imap.holds_renamed(&id).await?) {
            return Ok(());
        }
        let raw = match self.system.raw(errand.message).await {
            // Destroyed meanwhile: nobody wants a copy of it.
            Err(crm::Error::NotFound) => return Ok(()),
            raw => raw?,
        };
        let at = parse::sent_at(&raw);
        self.imap.append(&sent.raw_name, &raw, at).await?;
        Ok(())
    }

    async fn run_some<'a>(&mut self, due: impl Iterator<Item = &'a (Errand, Vec<Lies>)>, folders: &[FolderRow]) -> Result<()> {
        let mut chores: BTreeMap<(FolderId, Want), Chores<'_>> = BTreeMap::new();
        let mut errands = Vec::new();
        let mut outcome = Outcome::default();
        for (errand, places) in due {
            errands.push(errand);
            let to = match errand.want {
                Want::Read(_) | Want::Keep => None,
                Want::Move(role) => match folders.iter().find(|folder| folder.role == role) {
                    Some(folder) => Some(folder.id),
                    None => {
                        outcome.refused.insert(errand.message, StuckWhy::NoFolder.word().to_owned());
                        continue;
                    }
                },
            };
            if places.is_empty() && errand.attempts < TRIES {
                // Gone from the server, or about to be recognised under another number.
                outcome.waits.insert(errand.message);
            }
            for place in places.iter().filter(|place| Some(place.folder) != to) {
                if let Ok(uid) = u32::try_from(place.uid) {
                    chores.entry((place.folder, errand.want)).or_default().insert(uid, errand);
                }
            }
        }
        for ((folder, _), chores) in chores {
            let Some(folder) = folders.iter().find(|one| one.id == folder) else { continue };
            self.run_in(folder, &chores, folders, &mut outcome).await?;
            // Kept as they are done: a connection that breaks later does not undo them.
            let moved = std::mem::take(&mut outcome.moved);
            if !moved.is_empty() {
                self.system.end_errands(&[], &[], &moved).await?;
            }
        }
        let refused = |errand: &Errand| outcome.refused.get(&errand.message).cloned();
        let done: Vec<&Errand> =
            errands.iter().copied().filter(|errand| refused(errand).is_none() && !outcome.waits.contains(&errand.message)).collect();
        let failed: Vec<(&Errand, String)> = errands.iter().filter_map(|errand| Some((*errand, refused(errand)?))).collect();
        self.system.end_errands(&done, &failed, &[]).await?;
        Ok(())
    }

    async fn run_in(&mut self, folder: &FolderRow, chores: &Chores<'_>, folders: &[FolderRow], outcome: &mut Outcome) -> Result<()> {
        let (opened, writable) = match self.imap.select(&folder.raw_name).await {
            Ok(opened) => opened,
            Err(error) if error.is_refusal() => {
                refuse(chores.values().copied(), &error, outcome);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        if opened.uid_validity != Some(folder.uid_validity) {
            // The numbers mean other messages by now. They are recognised first, and moved after that.
            outcome.waits.extend(chores.values().map(|errand| errand.message));
            return Ok(());
        }
        if !writable {
            let error = ImapError::No(Refusal { code: "READ-ONLY".to_owned(), text: String::new() });
            refuse(chores.values().copied(), &error, outcome);
            return Ok(());
        }
        let uids: Vec<u32> = chores.keys().copied().collect();
        for some in uids.chunks(AT_ONCE) {
            for set in sets(some) {
                if self.command(folder, &set, chores, folders, outcome).await? {
                    continue;
                }
                // One of them is the cause; the others need not suffer for it.
                for uid in spread(&set) {
                    self.command(folder, &uid.to_string(), chores, folders, outcome).await?;
                }
            }
        }
        Ok(())
    }

    /// `false`: the server refused, and it was asked for more than one message.
    async fn command(
        &mut self,
        folder: &FolderRow,
        set: &str,
        chores: &Chores<'_>,
        folders: &[FolderRow],
        outcome: &mut Outcome,
    ) -> Result<bool> {
        let uids = spread(set);
        let Some(first) = uids.first().and_then(|uid| chores.get(uid)) else { return Ok(true) };
        let answered = match first.want {
            // It concerns no message of this folder.
            Want::Keep => Ok(Renumbered::default()),
            Want::Read(read) => self.imap.store_seen(set, read).await.map(|()| Renumbered::default()),
            Want::Move(role) => {
                let Some(to) = folders.iter().find(|one| one.role == role) else { return Ok(true) };
                let moved = self.move_all(folder, to, &uids, chores).await;
                if let Ok(renumbered) = &moved
                    && renumbered.uid_validity == to.uid_validity
                {
                    outcome.moved.extend(renumbered.uids.iter().map(|(uid, new_uid)| Moved {
                        from: folder.id,
                        uid: i64::from(*uid),
                        to: to.id,
                        new_uid: i64::from(*new_uid),
                    }));
                }
                moved
            }
        };
        match answered {
            Ok(_) => Ok(true),
            Err(error) if !error.is_refusal() => Err(error.into()),
            Err(_) if uids.len() > 1 => Ok(false),
            Err(error) => {
                refuse(uids.iter().filter_map(|uid| chores.get(uid)).copied(), &error, outcome);
                Ok(true)
            }
        }
    }

    async fn move_all(
        &mut self,
        from: &FolderRow,
        to: &FolderRow,
        uids: &[u32],
        chores: &Chores<'_>,
    ) -> std::result::Result<Renumbered, ImapError> {
        let set = sets(uids).join(",");
        if self.imap.has("MOVE") {
            return self.imap.move_uids(&set, &to.raw_name).await;
        }
        if !self.imap.can_move() {
            let text = "The server can neither move messages nor remove single ones.".to_owned();
            return Err(ImapError::No(Refusal { code: "CANNOT".to_owned(), text }));
        }
        // A copy and then a removal: an earlier attempt may have come half-way.
        let mut copied = Vec::new();
        let again = uids.iter().filter(|uid| chores.get(uid).is_some_and(|errand| errand.attempts > 0));
        let again: Vec<u32> = again.copied().collect();
        if !again.is_empty() {
            self.imap.examine(&to.raw_name, None).await?;
            for uid in again {
                let key = chores.get(&uid).map(|errand| errand.message_key.clone()).unwrap_or_default();
                if !key.is_empty() && self.imap.holds(&format!("<{key}>")).await? {
                    copied.push(uid);
                }
            }
            self.imap.select(&from.raw_name).await?;
        }
        if !copied.is_empty() {
            self.imap.remove_uids(&sets(&copied).join(",")).await?;
        }
        let rest: Vec<u32> = uids.iter().copied().filter(|uid| !copied.contains(uid)).collect();
        if rest.is_empty() { Ok(Renumbered::default()) } else { self.imap.move_uids(&sets(&rest).join(","), &to.raw_name).await }
    }
}

/// Exchange gives what it sends another Message-ID.
fn renames(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.ends_with("office365.com") || host.ends_with("outlook.com")
}

fn is_hopeless(errand: &Errand) -> bool {
    errand.attempts >= GIVE_UP
}

fn refuse<'a>(errands: impl Iterator<Item = &'a Errand>, error: &ImapError, outcome: &mut Outcome) {
    for errand in errands {
        if is_passing(error) && errand.attempts < TRIES {
            outcome.waits.insert(errand.message);
        } else {
            let words = error.refusal().map(|refusal| said(&refusal.words())).unwrap_or_default();
            outcome.refused.insert(errand.message, words);
        }
    }
}
