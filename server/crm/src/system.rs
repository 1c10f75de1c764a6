//! Work for nobody in particular: what the mail door and the worker do inside one company.

use crate::outgoing::bounce::take_report;
use crate::ports::{AccountRow, Errand, FolderRow, Letter, LetterAbout, Lies, Location, NewMessage, RetryRow, UserRow, Want};
use crate::seal::{SealedPack, Sealer};
use crate::session::{Crm, Office};
use crate::{Error, Result, Secret};
use model::fold::email_key;
use model::mail_account::{Diagnosis, DiagnosisKind, FolderRole, ServerSettings};
use model::message::{Flags, Parsed};
use model::sign_in::Issuer;
use model::{CompanyId, FolderId, MailAccountId, Moment, PackId, UserId};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone)]
pub struct System {
    crm: Arc<Crm>,
    pub(crate) office: Office,
    /// Of the lease this work is done under. What runs beside the worker, a command say, has none.
    fence: Option<i64>,
}

/// An account as the mail door needs it.
#[derive(Clone, Debug)]
pub struct WatchedAccount {
    pub id: MailAccountId,
    pub owner: UserId,
    pub address: String,
    pub server: ServerSettings,
    /// Empty where a provider lets in: see `System::pass`.
    pub password: Secret,
    pub issuer: Option<Issuer>,
    pub connected: bool,
    /// Set while it is broken. When the diagnosis needs the owner, it is not tried until he acts.
    pub diagnosis: Option<Diagnosis>,
    /// Its first fetch leaves out what is older (EDI-03). Absent: nothing.
    pub since: Option<Moment>,
}

/// One fetched message.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub uid: i64,
    pub flags: Flags,
    pub internal_date: Option<Moment>,
    pub parsed: Parsed,
    /// Where it lies in the batch's pack (from `Sealer::add`).
    pub offset: i64,
    pub len: i64,
}

/// What was fetched in one go, with its pack where `System::keep` put it.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The folder as it is once the batch is stored.
    pub folder: FolderRow,
    pub pack: PackId,
    pub arrivals: Vec<Arrival>,
    pub missed: Vec<RetryRow>,
}

/// What became of what arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiveReport {
    pub added: usize,
    /// Known already: they only got another location.
    pub known: usize,
}

/// The right to work for a company, until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub fence: i64,
    pub until: Moment,
}

/// A message that the server moved, and told its new number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from: FolderId,
    pub uid: i64,
    pub to: FolderId,
    pub new_uid: i64,
}

/// Errands run in one go.
const ERRANDS: i64 = 1_000;
/// Seconds before an errand of which nothing more was heard is begun again; twice as many each time.
const ERRAND_PAUSE: i64 = 15;

/// A company is worked for by one node at a time; a crashed one is replaced after this long.
pub const LEASE_SECONDS: i64 = 30;

impl Crm {
    /// Takes or renews the lease of a company. `None`: another node works for it.
    pub async fn lease(&self, company: CompanyId, node: &str) -> Result<Option<Lease>> {
        let now = self.now();
        let until = now.plus_seconds(LEASE_SECONDS);
        let mut directory = self.world.store.directory().await?;
        let fence = directory.take_lease(company, node, now, until).await?;
        directory.commit().await?;
        Ok(fence.map(|fence| Lease { fence, until }))
    }

    pub async fn release(&self, company: CompanyId, node: &str) -> Result<()> {
        let mut directory = self.world.store.directory().await?;
        directory.release_lease(company, node).await?;
        directory.commit().await
    }
}

impl System {
    pub(crate) fn new(crm: Arc<Crm>, office: Office) -> Self {
        Self { crm, office, fence: None }
    }

    /// The same under a lease: as soon as another node has taken over, every write is refused with `Error::LeaseLost`.
    /// The first write under it shuts out whoever held the lease before.
    pub async fn under(self, lease: Lease) -> Result<Self> {
        let system = Self { fence: Some(lease.fence), ..self };
        system.write().await?.commit().await?;
        Ok(system)
    }

    pub fn company(&self) -> CompanyId {
        self.office.id
    }

    pub fn crm(&self) -> &Arc<Crm> {
        &self.crm
    }

    /// Seals packs on any thread.
    pub fn sealer(&self) -> Sealer {
        self.office.sealer.clone()
    }

    pub(crate) async fn write(&self) -> Result<Box<dyn crate::ports::Tx>> {
        let mut tx = self.office.company.write(None, self.crm.now()).await?;
        if let Some(fence) = self.fence {
            tx.fence(fence).await?;
        }
        Ok(tx)
    }

    /// Wakes when the ledger has grown.
    pub fn wakes(&self) -> futures::stream::BoxStream<'static, i64> {
        self.office.company.wakes()
    }

    /// A colleague, before he has a login.
    pub async fn add_user(&self, row: &UserRow) -> Result<()> {
        let mut tx = self.write().await?;
        tx.add_user(row).await?;
        tx.commit().await
    }

    pub async fn list_accounts(&self) -> Result<Vec<WatchedAccount>> {
        let rows = self.office.company.read().await?.list_mail_accounts(None).await?;
        rows.into_iter().map(|row| self.watched(row)).collect()
    }

    pub async fn find_account(&self, id: MailAccountId) -> Result<Option<WatchedAccount>> {
        let row = self.office.company.read().await?.find_mail_account(id).await?;
        row.map(|row| self.watched(row)).transpose()
    }

    fn watched(&self, row: AccountRow) -> Result<WatchedAccount> {
        let password = self.office.key.open(&row.sealed_password, row.id.0.as_bytes())?;
        Ok(WatchedAccount {
            id: row.id,
            owner: row.owner,
            address: row.address,
            server: row.server,
            password,
            issuer: row.issuer,
            connected: row.connected,
            diagnosis: row.diagnosis,
            since: self.crm.world.limits.edition.days_of_mail().map(|days| row.id.linked_at().plus_seconds(-days * 86_400)),
        })
    }

    /// The server let us in: what was wrong between it and us is over. Whether its mail can be stored is still to be seen.
    pub async fn account_answers(&self, id: MailAccountId) -> Result<()> {
        let row = self.office.company.read().await?.find_mail_account(id).await?;
        let full = |diagnosis: &Diagnosis| diagnosis.kind == DiagnosisKind::DiskFull;
        if self.crm.stall(id).is_some() || row.is_some_and(|row| row.diagnosis.as_ref().is_some_and(full)) {
            return Ok(());
        }
        self.account_works(id).await
    }

    /// The account is up to date: whatever was wrong is over.
    pub async fn account_works(&self, id: MailAccountId) -> Result<()> {
        let now = self.crm.now();
        let mut tx = self.write().await?;
        let Some(row) = tx.find_mail_account(id).await? else { return Ok(()) };
        // The check that finds nothing new must cost nothing: a minute is exact enough for "last seen".
        let fresh = row.last_ok_at.is_some_and(|at| at.plus_seconds(60) > now);
        if !(row.connected && row.diagnosis.is_none() && fresh) {
            let well = AccountRow { connected: true, diagnosis: None, last_ok_at: Some(now), next_try_at: None, noticed_at: None, ..row };
            tx.put_mail_account(&well).await?;
            tx.commit().await?;
        }
        self.crm.set_stall(id, None);
        Ok(())
    }

    /// What is wrong with the account, and in how long it is tried again where that is any use.
    pub async fn account_fails(&self, id: MailAccountId, diagnosis: Diagnosis, pause: Duration) -> Result<()> {
        let seconds = i64::try_from(pause.as_secs()).unwrap_or(i64::MAX);
        let next_try_at = (!diagnosis.kind.needs_owner()).then(|| self.crm.now().plus_seconds(seconds));
        let marked = async {
            let mut tx = self.write().await?;
            let Some(row) = tx.find_mail_account(id).await? else { return Ok(()) };
            tx.put_mail_account(&AccountRow { diagnosis: Some(diagnosis.clone()), next_try_at, ..row }).await?;
            tx.commit().await
        };
        let marked = marked.await;
        if matches!(marked, Err(Error::DiskFull)) {
            // There is no room to write even that down.
            self.crm.set_stall(id, Some(diagnosis));
            return Ok(());
        }
        marked
    }

    /// Writes to the owner of an account that waits for him, once for each time it stopped. An account that never worked is
    /// still being set up: whoever does that sees it on the screen.
    pub async fn tell_owner(&self, id: MailAccountId) -> Result<()> {
        let mut tx = self.office.company.read().await?;
        let Some(row) = tx.find_mail_account(id).await? else { return Ok(()) };
        let Some(diagnosis) = row.diagnosis.clone().filter(|diagnosis| diagnosis.kind.needs_owner()) else { return Ok(()) };
        if !row.connected || row.noticed_at.is_some() {
            return Ok(());
        }
        self.write_to(&mut *tx, row.owner, LetterAbout::MailAccountStopped { account: id, address: row.address, diagnosis }).await?;
        drop(tx);
        let mut tx = self.write().await?;
        // He may have acted meanwhile; then this outage is over.
        if let Some(row) = tx.find_mail_account(id).await?.filter(|row| row.diagnosis.is_some()) {
            tx.put_mail_account(&AccountRow { noticed_at: Some(self.crm.now()), ..row }).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes to the owner of an account that its first fetch is over; what the edition leaves out does not count.
    pub async fn tell_fetched(&self, id: MailAccountId) -> Result<()> {
        let mut tx = self.office.company.read().await?;
        let Some(row) = tx.find_mail_account(id).await? else { return Ok(()) };
        let folders = tx.list_folders(id).await?;
        let messages = folders.iter().filter(|folder| folder.role.is_followed()).map(|folder| folder.total - folder.left_out).sum();
        self.write_to(&mut *tx, row.owner, LetterAbout::MailFetched { address: row.address, messages }).await
    }

    async fn write_to(&self, tx: &mut dyn crate::ports::Tx, user: UserId, about: LetterAbout) -> Result<()> {
        let Some(user) = tx.find_user(user).await? else { return Ok(()) };
        let (_, preferences) = tx.preferences().await?;
        let letter = Letter { to: user.email, name: user.first_name, language: preferences.language, about };
        self.crm.world.post.send(letter).await
    }

    pub async fn list_folders(&self, account: MailAccountId) -> Result<Vec<FolderRow>> {
        self.office.company.read().await?.list_folders(account).await
    }

    pub async fn put_folder(&self, row: &FolderRow) -> Result<()> {
        let mut tx = self.write().await?;
        tx.put_folder(row).await?;
        tx.commit().await
    }

    /// As the server's own names and attributes have it.
    pub async fn set_folder_role(&self, folder: FolderId, role: FolderRole) -> Result<()> {
        let mut tx = self.write().await?;
        tx.set_folder_role(folder, role, false).await?;
        tx.commit().await
    }

    /// Bytes fetched from a provider that limits them by the day.
    pub async fn spend(&self, account: MailAccountId, bytes: i64) -> Result<()> {
        let mut tx = self.write().await?;
        tx.spend(account, self.crm.now().days(), bytes).await?;
        tx.commit().await
    }

    pub async fn spent_today(&self, account: MailAccountId) -> Result<i64> {
        self.office.company.read().await?.spent(account, self.crm.now().days()).await
    }

    /// A new folder row for a folder of the server that was not followed yet.
    pub fn new_folder(&self, account: MailAccountId, raw_name: &str, name: &str, role: FolderRole) -> FolderRow {
        FolderRow {
            id: self.crm.new_id(),
            account,
            raw_name: raw_name.to_owned(),
            name: name.to_owned(),
            role,
            uid_validity: 0,
            uid_next: 0,
            lowest_done: 0,
            highest_modseq: None,
            total: 0,
            last_scan_at: None,
            floor: 1,
            since: None,
            left_out: 0,
            resync: false,
            chosen: false,
        }
    }

    /// Makes a pack durable, for `receive`.
    pub async fn keep(&self, pack: SealedPack) -> Result<PackId> {
        self.crm.keep(self.office.id, pack).await
    }

    /// Stores batches, the rows and the new state of their folders, in one transaction: after a crash a folder fetches again
    /// what it does not know it has.
    pub async fn receive(&self, account: &WatchedAccount, batches: Vec<Batch>) -> Result<ReceiveReport> {
        let own = self.own_keys(account).await?;
        let now = self.crm.now();
        let mut messages = Vec::with_capacity(batches.iter().map(|batch| batch.arrivals.len()).sum());
        let mut folders: Vec<FolderRow> = Vec::new();
        let mut missed = Vec::new();
        for Batch { folder, pack, arrivals, missed: waiting } in batches {
            let outgoing_folder = folder.role == FolderRole::Sent;
            messages.extend(arrivals.into_iter().map(|arrival| {
                let from_me = arrival.parsed.from().is_some_and(|from| own.contains(&email_key(&from.address)));
                NewMessage {
                    id: self.crm.new_id(),
                    account: account.id,
                    owner: account.owner,
                    location: Some((folder.id, arrival.uid)),
                    flags: arrival.flags,
                    at: arrival.parsed.sent_at.or(arrival.internal_date).unwrap_or(now),
                    outgoing: outgoing_folder || from_me,
                    parsed: arrival.parsed,
                    pack,
                    offset: arrival.offset,
                    len: arrival.len,
                }
            }));
            missed.extend(waiting.into_iter().map(|retry| (folder.id, retry)));
            match folders.iter_mut().find(|known| known.id == folder.id) {
                // The last batch knows best how far it has come.
                Some(known) => *known = folder,
                None => folders.push(folder),
            }
        }
        let mut tx = self.write().await?;
        if tx.find_mail_account(account.id).await?.is_none() {
            // Removed while its mail was under way.
            return Err(Error::NotFound);
        }
        // The folders first: their messages and retries point at them.
        for folder in &folders {
            tx.put_folder(folder).await?;
        }
        let put = tx.put_messages(&messages).await?;
        let added = || messages.iter().zip(&put).filter(|(_, put)| put.added).map(|(message, _)| message);
        for message in added() {
            // What lies in SPAM may be anybody's.
            let spam = message.location.is_some_and(|(at, _)| folders.iter().any(|one| one.id == at && one.role == FolderRole::Spam));
            if let Some(report) = message.parsed.report.as_ref().filter(|_| !message.outgoing && !spam) {
                take_report(&mut *tx, message.owner, report, message.at).await?;
            }
        }
        if added().any(|message| message.outgoing) && tx.awaits_letters(account.owner).await? {
            for message in added().filter(|message| message.outgoing) {
                for (report, at) in tx.take_reports(message.owner, &message.parsed.message_id).await? {
                    take_report(&mut *tx, message.owner, &report, at).await?;
                }
            }
        }
        for (folder, retry) in &missed {
            tx.put_retry(*folder, retry).await?;
        }
        tx.commit().await?;
        let added = put.iter().filter(|one| one.added).count();
        Ok(ReceiveReport { added, known: put.len() - added })
    }

    /// What its owner writes from through this account.
    async fn own_keys(&self, account: &WatchedAccount) -> Result<Vec<String>> {
        let senders = self.office.company.read().await?.list_senders(account.owner).await?;
        let verified = senders.into_iter().filter(|row| row.account == account.id && row.verified_at.is_some());
        Ok(std::iter::once(email_key(&account.address)).chain(verified.map(|row| email_key(&row.address))).collect())
    }

    /// What the server of this account is to be told now, with where each message lies.
    pub async fn due_errands(&self, account: MailAccountId) -> Result<Vec<(Errand, Vec<Lies>)>> {
        let mut tx = self.office.company.read().await?;
        let mut due = Vec::new();
        for errand in tx.list_errands(account, self.crm.now(), ERRANDS).await? {
            let places = tx.lies_in(errand.message).await?;
            due.push((errand, places));
        }
        Ok(due)
    }

    /// Accounts whose server is to be told something now.
    pub async fn accounts_with_errands(&self) -> Result<Vec<MailAccountId>> {
        self.office.company.read().await?.accounts_with_errands(self.crm.now()).await
    }

    /// Counts the attempts before they are made: what takes the connection down with it shall not do so for ever.
    pub async fn begin_errands(&self, errands: &[&Errand]) -> Result<()> {
        let now = self.crm.now();
        let mut tx = self.write().await?;
        for errand in errands {
            let pause = ERRAND_PAUSE << errand.attempts.clamp(0, 8);
            tx.errand_begins(errand, now.plus_seconds(pause)).await?;
        }
        tx.commit().await
    }

    /// What came of errands: done, or given up with the server's words; and where messages lie now, as far as it said.
    pub async fn end_errands(&self, done: &[&Errand], failed: &[(&Errand, String)], moved: &[Moved]) -> Result<()> {
        let mut tx = self.write().await?;
        for at in moved {
            tx.move_location(at.from, at.uid, at.to, at.new_uid).await?;
        }
        for errand in done {
            if let Want::Read(read) = errand.want {
                for place in tx.lies_in(errand.message).await? {
                    tx.set_location_flags(place.folder, &[(place.uid, Flags { seen: read, ..place.flags })]).await?;
                }
            }
            tx.errand_done(errand).await?;
        }
        for (errand, reason) in failed {
            tx.errand_fails(errand, reason).await?;
        }
        tx.commit().await
    }

    /// The whole account was looked at: where its messages lie is known again.
    pub async fn settle_errands(&self, account: MailAccountId) -> Result<()> {
        let mut tx = self.write().await?;
        tx.settle_errands(account).await?;
        tx.commit().await
    }

    pub async fn list_locations(&self, folder: &FolderRow, low: i64, high: i64) -> Result<Vec<Location>> {
        self.office.company.read().await?.list_locations(folder.id, low, high).await
    }

    pub async fn list_retries(&self, folder: &FolderRow) -> Result<Vec<RetryRow>> {
        self.office.company.read().await?.list_retries(folder.id).await
    }

    pub async fn forget_retry(&self, folder: &FolderRow, uid: i64) -> Result<()> {
        let mut tx = self.write().await?;
        tx.remove_retry(folder.id, uid).await?;
        tx.commit().await
    }

    /// Flags that changed and messages that are gone, with the folder's new state, in one transaction.
    pub async fn mirror(&self, folder: &FolderRow, flags: &[(i64, Flags)], gone: &[i64]) -> Result<()> {
        let mut tx = self.write().await?;
        if !flags.is_empty() {
            tx.set_location_flags(folder.id, flags).await?;
        }
        if !gone.is_empty() {
            tx.remove_locations(folder.id, gone).await?;
        }
        tx.put_folder(folder).await?;
        tx.commit().await
    }

    /// UIDVALIDITY changed: the folder's messages lose their places until `adopt` gives them new ones.
    pub async fn orphan(&self, folder: &FolderRow) -> Result<()> {
        let mut tx = self.write().await?;
        tx.orphan_locations(folder.id).await?;
        tx.put_folder(folder).await?;
        tx.commit().await
    }

    /// Re-attaches orphans by Message-ID and size; answers the UIDs that must be fetched anew.
    pub async fn adopt(&self, folder: &FolderRow, found: &[(i64, String, i64, Flags)]) -> Result<Vec<i64>> {
        let mut tx = self.write().await?;
        let mut rest = Vec::new();
        for (uid, message_id, size, flags) in found {
            if !tx.adopt_orphan(folder.id, message_id, *size, *uid, *flags).await? {
                rest.push(*uid);
            }
        }
        tx.put_folder(folder).await?;
        tx.commit().await?;
        Ok(rest)
    }

    /// After all was adopted or fetched: orphans still left are gone from the server.
    pub async fn drop_orphans(&self, folder: &FolderRow) -> Result<()> {
        let mut tx = self.write().await?;
        tx.remove_orphans(folder.id).await?;
        tx.put_folder(folder).await?;
        tx.commit().await
    }
}
