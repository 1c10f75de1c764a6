//! Watches the mailboxes of every company this node works for: one task an account, none of which can hurt another.

use crate::check::Checks;
use crate::hosts::HostLimits;
use crate::imap::{DialError, Dialer, Imap, ImapError, Woken, broken};
use crate::nature;
use crate::providers;
use crate::reach::Network;
use crate::records;
use crate::send::{self, Submission};
use crate::show::BUDGET;
use crate::sync::{self, Memory, SyncError, SyncReport, open_inbox};
use async_trait::async_trait;
use crm::ports::{Built, Enclosed, Handed, Letterhead, Mailroom, Meeting, Parcel, Quotable};
use crm::{Crm, LEASE_SECONDS, Lease, Pass, System, WatchedAccount};
use futures::{FutureExt, StreamExt};
use model::mail_account::{Check, Diagnosis, DiagnosisKind, ServerSettings};
use model::nature::Answer;
use model::outgoing::{Recipient, SendFault};
use model::sender::DomainRecords;
use model::sign_in::Issuer;
use model::{CheckId, CompanyId, MailAccountId, Moment};
use rand::Rng;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Accounts that fetch at the same time: each holds a few megabytes of mail.
const WORKING: usize = 8;
/// Silence in the inbox is broken off this often, to look at the other folders and to see whether anyone is still there.
const POLL: Duration = Duration::from_secs(120);
/// The same where the server cannot tell of news by itself.
const POLL_WITHOUT_IDLE: Duration = Duration::from_secs(60);
/// A ledger that grows all the time does not make the accounts be listed all the time.
const RELIST: Duration = Duration::from_secs(10);
const NETWORK_PAUSE: Duration = Duration::from_secs(5);
const NETWORK_PAUSE_MAX: Duration = Duration::from_secs(5 * 60);
const THROTTLED_PAUSE: Duration = Duration::from_secs(5 * 60);
const THROTTLED_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// A refused password is tried three times over a quarter of an hour: more trips the locks of providers.
const REFUSED_PAUSE: Duration = Duration::from_secs(7 * 60 + 30);
const REFUSED_TRIES: u32 = 3;
/// Failures of the network before the owner is told: one lost connection is nothing.
const TELL_AFTER: u32 = 3;
/// A letter to an owner that could not be sent is tried again.
const LETTER_EVERY: Duration = Duration::from_secs(10 * 60);
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// A letter that somebody waits for before a screen.
const AT_ONCE: Duration = Duration::from_secs(60);
/// How long a stopping account may take to finish its batch and say goodbye.
const FAREWELL: Duration = Duration::from_secs(15);

pub struct Room {
    crm: Arc<Crm>,
    dialer: Dialer,
    checks: Checks,
    submission: Submission,
    working: Semaphore,
    /// Something about the accounts changed, or a company is new.
    woken: Notify,
    /// Who is to be looked at now.
    bells: Mutex<HashMap<CompanyId, Bells>>,
}

/// What rings in one company: its own bell when the list of accounts may have changed, one when a letter was posted, and one for each
/// account.
#[derive(Default)]
struct Bells {
    company: Arc<Notify>,
    posted: Arc<Notify>,
    accounts: HashMap<MailAccountId, Bell>,
}

/// What rings for one account.
#[derive(Clone, Default)]
struct Bell {
    /// Its settings changed, or its owner wants it looked at now.
    look: Arc<Notify>,
    /// Its server is to be told something.
    errands: Arc<Notify>,
}

/// A running task and how to end it.
struct Desk {
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// Of the lease it works under.
    fence: i64,
}

impl Desk {
    async fn close(self) {
        self.stop.cancel();
        let abort = self.task.abort_handle();
        if timeout(FAREWELL, self.task).await.is_err() {
            abort.abort();
        }
    }
}

impl Room {
    pub fn new(crm: Arc<Crm>, network: Network) -> Arc<Self> {
        Self::with_limits(crm, network, HostLimits::default())
    }

    pub fn with_limits(crm: Arc<Crm>, network: Network, limits: HostLimits) -> Arc<Self> {
        let submission = Submission::new(network.clone(), limits.clone());
        let dialer = Dialer::with_limits(network, limits);
        Arc::new(Self {
            crm,
            checks: Checks::new(dialer.clone()),
            dialer,
            submission,
            working: Semaphore::new(WORKING),
            woken: Notify::new(),
            bells: Mutex::default(),
        })
    }

    /// Works until `stop`, under the name `node` in leases: takes companies, watches their accounts, and lets everything go in good order.
    pub async fn run(self: Arc<Self>, node: String, stop: CancellationToken) {
        let mut desks: HashMap<CompanyId, Desk> = HashMap::new();
        let renew = Duration::from_secs(LEASE_SECONDS.unsigned_abs()) / 3;
        while !stop.is_cancelled() {
            match self.crm.list_companies().await {
                Ok(companies) => {
                    for company in companies {
                        self.keep(company, &node, &mut desks).await;
                    }
                }
                Err(error) => tracing::warn!(%error, "Companies could not be listed"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.woken.notified() => {}
                () = sleep(renew) => {}
            }
        }
        let closing = desks.into_iter().map(|(company, desk)| async move {
            desk.close().await;
            company
        });
        for company in futures::future::join_all(closing).await {
            if let Err(error) = self.crm.release(company, &node).await {
                tracing::warn!(%error, "A lease could not be released; it ends by itself");
            }
        }
    }

    /// Takes or renews the lease of a company, and starts or ends the work for it accordingly.
    async fn keep(self: &Arc<Self>, company: CompanyId, node: &str, desks: &mut HashMap<CompanyId, Desk>) {
        let lease = match self.crm.lease(company, node).await {
            Ok(lease) => lease,
            Err(error) => {
                tracing::warn!(%error, "A lease could not be taken");
                return;
            }
        };
        // A lease that was lost and won back has another fence: what still runs under the old one can write no more.
        let good = desks.get(&company).is_some_and(|desk| !desk.task.is_finished() && lease.is_some_and(|lease| lease.fence == desk.fence));
        if good {
            return;
        }
        if let Some(desk) = desks.remove(&company) {
            desk.close().await;
        }
        if let Some(lease) = lease {
            let stop = CancellationToken::new();
            let task = tokio::spawn(Arc::clone(self).watch_company(company, lease, stop.clone()));
            desks.insert(company, Desk { stop, task, fence: lease.fence });
        }
    }

    fn bell(&self, company: CompanyId) -> Arc<Notify> {
        Arc::clone(&self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(company).or_default().company)
    }

    fn posted_bell(&self, company: CompanyId) -> Arc<Notify> {
        Arc::clone(&self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(company).or_default().posted)
    }

    fn account_bell(&self, company: CompanyId, account: MailAccountId) -> Bell {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.entry(company).or_default().accounts.entry(account).or_default().clone()
    }

    async fn watch_company(self: Arc<Self>, company: CompanyId, lease: Lease, stop: CancellationToken) {
        let opened = async { self.crm.system(company).await?.under(lease).await };
        let system = match opened.await {
            Ok(system) => system,
            Err(error) => {
                tracing::warn!(%error, "A company could not be opened");
                return;
            }
        };
        let clerk = tokio::spawn(crate::clerk::work(system.clone(), stop.clone()));
        let outbox = send::outbox::work(system.clone(), self.submission.clone(), self.posted_bell(company), stop.clone());
        let outbox = tokio::spawn(outbox);
        let bell = self.bell(company);
        let mut wakes = system.wakes();
        let mut desks: HashMap<MailAccountId, Desk> = HashMap::new();
        while !stop.is_cancelled() {
            match system.list_accounts().await {
                Ok(accounts) => {
                    let gone: Vec<_> = desks.keys().copied().filter(|id| accounts.iter().all(|account| account.id != *id)).collect();
                    for id in gone {
                        if let Some(desk) = desks.remove(&id) {
                            desk.close().await;
                        }
                        self.bells.lock().unwrap_or_else(PoisonError::into_inner).entry(company).or_default().accounts.remove(&id);
                    }
                    for account in accounts {
                        if desks.get(&account.id).is_none_or(|desk| desk.task.is_finished()) {
                            let stop = CancellationToken::new();
                            let task = tokio::spawn(Arc::clone(&self).watch(system.clone(), account.id, stop.clone()));
                            desks.insert(account.id, Desk { stop, task, fence: lease.fence });
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "Mail accounts could not be listed"),
            }
            // Who did something may have done it at another node.
            for account in system.accounts_with_errands().await.unwrap_or_default() {
                self.errands(company, account);
            }
            let listed = Instant::now();
            tokio::select! {
                () = stop.cancelled() => {}
                () = bell.notified() => {}
                // Changes made by another node arrive through the ledger.
                _ = async {
                    if wakes.next().await.is_none() {
                        std::future::pending::<()>().await;
                    }
                    sleep(RELIST.saturating_sub(listed.elapsed())).await;
                } => {}
            }
        }
        futures::future::join_all(desks.into_values().map(Desk::close)).await;
        // They end at the same sign; a panic in them was logged where it happened.
        _ = tokio::join!(clerk, outbox);
    }

    /// One account, for as long as it exists.
    async fn watch(self: Arc<Self>, system: System, id: MailAccountId, stop: CancellationToken) {
        let bell = self.account_bell(system.company(), id);
        let mut memory = Memory::default();
        let mut trouble = Trouble::default();
        while !stop.is_cancelled() {
            let account = match system.find_account(id).await {
                Ok(Some(account)) => account,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "A mail account could not be read");
                    self.pause(NETWORK_PAUSE_MAX, &bell.look, &stop).await;
                    continue;
                }
            };
            if account.diagnosis.as_ref().is_some_and(|diagnosis| diagnosis.kind.needs_owner()) {
                // Nothing to do until its owner acts, but to tell him. Letters may fail too, so he is told again later.
                let told = system.tell_owner(id).await;
                if let Err(error) = &told {
                    tracing::warn!(account = %id, %error, "The owner of an account could not be written to");
                }
                let again = if told.is_ok() { FOREVER } else { LETTER_EVERY };
                self.pause(again, &bell.look, &stop).await;
                trouble = Trouble::default();
                continue;
            }
            let work = AssertUnwindSafe(self.work(&system, &account, &mut memory, &mut trouble, &bell, &stop)).catch_unwind();
            let diagnosis = match work.await {
                Ok(Ok(end)) => {
                    trouble = Trouble::default();
                    if end == End::GaveWay {
                        self.pause(POLL, &bell.look, &stop).await;
                    }
                    continue;
                }
                Ok(Err(Failure::Mail(diagnosis))) => diagnosis,
                Ok(Err(Failure::Crm(crm::Error::NotFound | crm::Error::LeaseLost))) => return,
                // Nothing is lost: what could not be stored is fetched again.
                Ok(Err(Failure::Crm(crm::Error::DiskFull))) => Diagnosis::new(DiagnosisKind::DiskFull, ""),
                Ok(Err(Failure::Crm(error))) => {
                    tracing::error!(account = %id, %error, "Mail could not be stored");
                    self.pause(trouble.pause(NETWORK_PAUSE, NETWORK_PAUSE_MAX), &bell.look, &stop).await;
                    continue;
                }
                Err(_) => {
                    tracing::error!(account = %id, "The sync of an account panicked");
                    memory = Memory::default();
                    Diagnosis::new(DiagnosisKind::BrokenConnection, account.server.host.clone())
                }
            };
            tracing::info!(account = %id, kind = ?diagnosis.kind, "A mail account does not answer");
            let (mut pause, tell) = trouble.weigh(diagnosis.kind, account.connected);
            if diagnosis.kind == DiagnosisKind::TryLater {
                pause = pause.max(asked_pause(&diagnosis.said).unwrap_or_default().min(THROTTLED_PAUSE_MAX));
                self.dialer.hosts().slow_down(&account.server.host, pause);
            }
            if tell && let Err(error) = system.account_fails(id, diagnosis, pause).await {
                tracing::warn!(%error, "A failing account could not be marked");
            }
            self.pause(pause, &bell.look, &stop).await;
        }
    }

    async fn pause(&self, pause: Duration, bell: &Notify, stop: &CancellationToken) {
        tokio::select! {
            () = sleep(pause) => {}
            () = bell.notified() => {}
            () = stop.cancelled() => {}
        }
    }

    /// A connection that is logged in. A token that was refused may only be too old: it is renewed, once.
    async fn dial(&self, system: &System, account: &WatchedAccount) -> Result<Imap, Failure> {
        let server = &account.server;
        let pass = system.pass(account.id, None).await?.map_err(Failure::Mail)?;
        let error = match self.dialer.dial(server, &pass).await {
            Ok(imap) => return Ok(imap),
            Err(error) => error,
        };
        let refused = matches!(error, DialError::SignIn(ImapError::No(_) | ImapError::Bad(_)));
        if !refused || error.diagnosis(server).kind != DiagnosisKind::SignInRefused {
            return Err(Failure::Mail(error.diagnosis(server)));
        }
        let again = system.pass(account.id, Some(&pass)).await?.map_err(Failure::Mail)?;
        self.dialer.dial(server, &again).await.map_err(|error| Failure::Mail(error.diagnosis(server)))
    }

    /// Connects, brings the account up to date, and waits for news, for as long as nothing goes wrong.
    /// Ends well when it was asked to stop, when the settings changed, or when others wait for its place at the host.
    async fn work(
        &self,
        system: &System,
        account: &WatchedAccount,
        memory: &mut Memory,
        trouble: &mut Trouble,
        bell: &Bell,
        stop: &CancellationToken,
    ) -> Result<End, Failure> {
        let server = &account.server;
        let mut imap = tokio::select! {
            dialed = self.dial(system, account) => dialed?,
            () = stop.cancelled() => return Ok(End::Asked),
        };
        let fail = |error: SyncError| match error {
            SyncError::Imap(error) => Failure::Mail(broken(&error, server)),
            SyncError::Crm(error) => Failure::Crm(error),
        };
        let mut all = true;
        loop {
            let mut report = SyncReport::default();
            let begun = Instant::now();
            {
                let Ok(_slot) = self.working.acquire().await else { return Ok(End::Asked) };
                if all {
                    // The account answered: the owner need not wait for the last message to hear it.
                    system.account_answers(account.id).await?;
                    report = sync::sync(system, account, &mut imap, memory, stop).await.map_err(fail)?;
                } else {
                    sync::sync_inbox(system, account, &mut imap, memory, stop).await.map_err(fail)?;
                }
            }
            system.account_works(account.id).await?;
            let millis = begun.elapsed().as_secs_f64() * 1e3;
            tracing::debug!(account = %account.id, millis, fetched = report.fetched, "The account was looked at");
            if report.first_fetch_ended
                && let Err(error) = system.tell_fetched(account.id).await
            {
                // It stands on the screen too; mail is not kept waiting for a letter about mail.
                tracing::warn!(account = %account.id, %error, "The letter about a first fetch could not be sent");
            }
            *trouble = Trouble::default();
            if stop.is_cancelled() {
                imap.logout().await;
                return Ok(End::Asked);
            }
            let polled = Instant::now();
            all = false;
            loop {
                if open_inbox(system, account, &mut imap).await.map_err(fail)? {
                    break;
                }
                let poll = if imap.has("IDLE") { POLL } else { POLL_WITHOUT_IDLE };
                let quiet = poll.saturating_sub(polled.elapsed());
                let (mut rung, mut errands) = (false, false);
                let called = async {
                    tokio::select! {
                        () = bell.look.notified() => rung = true,
                        () = bell.errands.notified() => errands = true,
                        () = stop.cancelled() => {}
                    }
                };
                let woken = if imap.has("IDLE") {
                    imap.idle(quiet, called).await.map_err(|error| fail(error.into()))?
                } else {
                    tokio::select! {
                        () = sleep(quiet) => Woken::Quiet,
                        () = called => Woken::Quiet,
                        () = imap.wanted() => Woken::Wanted,
                    }
                };
                if stop.is_cancelled() || woken == Woken::Wanted {
                    imap.logout().await;
                    return Ok(if stop.is_cancelled() { End::Asked } else { End::GaveWay });
                }
                if rung {
                    let now = system.find_account(account.id).await?;
                    if now.is_none_or(|now| {
                        now.server != account.server
                            || now.password != account.password
                            || now.issuer != account.issuer
                            || now.address != account.address
                    }) {
                        imap.logout().await;
                        return Ok(End::Asked);
                    }
                }
                if rung || polled.elapsed() >= poll {
                    all = true;
                    break;
                }
                if woken == Woken::News || errands {
                    break;
                }
            }
        }
    }
}

/// Why work ended well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Asked,
    GaveWay,
}

enum Failure {
    Mail(Diagnosis),
    Crm(crm::Error),
}

impl From<crm::Error> for Failure {
    fn from(error: crm::Error) -> Self {
        Self::Crm(error)
    }
}

/// Failures in a row.
#[derive(Default)]
struct Trouble {
    failures: u32,
    refusals: u32,
}

impl Trouble {
    /// How long to wait, and whether the owner is to hear of it.
    fn weigh(&mut self, kind: DiagnosisKind, connected: bool) -> (Duration, bool) {
        if kind.needs_owner() {
            self.refusals += 1;
            // Whoever has just typed the password is waiting for the answer; and what a provider has ended stays so, however often one asks.
            let told = !connected || self.refusals >= REFUSED_TRIES || kind == DiagnosisKind::SignInLapsed;
            return (jitter(REFUSED_PAUSE), told);
        }
        let pause = match kind {
            // A disk that is full stays so for a while, but whoever made room waits for it to be noticed.
            DiagnosisKind::DiskFull => self.pause(NETWORK_PAUSE, NETWORK_PAUSE * 6),
            DiagnosisKind::TryLater => self.pause(THROTTLED_PAUSE, THROTTLED_PAUSE_MAX),
            _ => self.pause(NETWORK_PAUSE, NETWORK_PAUSE_MAX),
        };
        (pause, !connected || self.failures >= TELL_AFTER || kind == DiagnosisKind::DiskFull)
    }

    fn pause(&mut self, least: Duration, most: Duration) -> Duration {
        let pause = least.saturating_mul(1 << self.failures.min(10)).min(most);
        self.failures += 1;
        jitter(pause)
    }
}

/// Exchange says how long it wants to be left alone: `Suggested Backoff Time: 299962 milliseconds`.
fn asked_pause(said: &str) -> Option<Duration> {
    let lower = said.to_lowercase();
    let (_, after) = lower.split_once("backoff time:")?;
    let number: String = after.trim_start().chars().take_while(char::is_ascii_digit).collect();
    Some(Duration::from_millis(number.parse().ok()?))
}

/// Half to one and a half times as long, so that accounts that fell together do not rise together.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.5..1.5))
}

#[async_trait]
impl Mailroom for Room {
    fn start_check(&self, check: CheckId, address: String, pass: Result<Pass, Diagnosis>, server: Option<ServerSettings>) {
        self.checks.start(check, address, pass, server);
    }

    async fn follow(&self, check: CheckId, seen: u32) -> Option<Check> {
        self.checks.follow(check, seen).await
    }

    fn wake(&self, company: CompanyId, account: MailAccountId) {
        self.account_bell(company, account).look.notify_one();
        self.bell(company).notify_one();
        self.woken.notify_one();
    }

    fn errands(&self, company: CompanyId, account: MailAccountId) {
        self.account_bell(company, account).errands.notify_one();
    }

    async fn safe_html(&self, html: String) -> Option<String> {
        tokio::task::spawn_blocking(move || crate::show::safe(&html)).await.ok().flatten()
    }

    async fn build(&self, letter: Letterhead) -> crm::Result<Built> {
        let built = tokio::task::spawn_blocking(move || send::build(letter)).await;
        built.map_err(|error| crm::Error::internal("Building a letter broke", error))?
    }

    async fn quotable(&self, raw: Vec<u8>, files: bool) -> Quotable {
        send::quotable_within(BUDGET, raw.into(), files).await
    }

    async fn enclosed(&self, raw: Vec<u8>, part: u32) -> Option<Enclosed> {
        tokio::task::spawn_blocking(move || send::enclosed(&raw, part)).await.ok().flatten()
    }

    async fn meeting(&self, raw: Vec<u8>, zone: &str) -> Option<Meeting> {
        let zone = zone.to_owned();
        tokio::task::spawn_blocking(move || nature::meeting(&raw, &zone)).await.ok().flatten()
    }

    async fn meeting_answer(&self, raw: Vec<u8>, from: Recipient, answer: Answer, at: Moment) -> Option<String> {
        tokio::task::spawn_blocking(move || nature::answer(&raw, &from, answer, at)).await.ok().flatten()
    }

    async fn try_sending(&self, server: &ServerSettings, pass: &Pass) -> Result<(), Diagnosis> {
        self.submission.try_sending(server, pass).await
    }

    fn takes(&self, address: &str) -> bool {
        send::address::ascii(address).is_some()
    }

    async fn hand_over(&self, parcel: &Parcel, pass: &Pass) -> crm::Result<Handed> {
        let handed = timeout(AT_ONCE, self.submission.deliver(parcel, pass, std::future::ready(Ok(())))).await;
        handed.unwrap_or_else(|_| {
            let silent = Diagnosis::new(DiagnosisKind::NoAnswer, format!("{}:{}", parcel.server.host, parcel.server.port));
            Ok(Handed { fault: Some(SendFault::Server(silent)), ..Handed::default() })
        })
    }

    async fn domain_records(&self, domain: &str, outgoing: &str) -> Option<DomainRecords> {
        records::look_up(domain, outgoing, self.dialer.network()).await
    }

    fn guess_sending(&self, address: &str, incoming: &ServerSettings) -> ServerSettings {
        providers::outgoing(address, incoming)
    }

    fn guess_incoming(&self, issuer: Issuer, address: &str) -> Option<ServerSettings> {
        Some(providers::incoming(issuer, address))
    }

    fn posted(&self, company: CompanyId) {
        self.posted_bell(company).notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_connection_is_nothing_and_a_refused_password_is_tried_three_times() {
        let mut trouble = Trouble::default();
        assert!(!trouble.weigh(DiagnosisKind::BrokenConnection, true).1);
        assert!(!trouble.weigh(DiagnosisKind::NoAnswer, true).1);
        assert!(trouble.weigh(DiagnosisKind::NoAnswer, true).1);
        let mut trouble = Trouble::default();
        assert!(!trouble.weigh(DiagnosisKind::WrongPassword, true).1);
        assert!(!trouble.weigh(DiagnosisKind::WrongPassword, true).1);
        assert!(trouble.weigh(DiagnosisKind::WrongPassword, true).1);
        assert!(Trouble::default().weigh(DiagnosisKind::WrongPassword, false).1);
        assert!(Trouble::default().weigh(DiagnosisKind::SignInLapsed, true).1);
        assert!(!Trouble::default().weigh(DiagnosisKind::IssuerAway, true).1, "the provider's bad day is no alarm");
    }

    #[test]
    fn pauses_grow_to_their_bounds() {
        let mut trouble = Trouble::default();
        for _ in 0..50 {
            assert!(trouble.weigh(DiagnosisKind::NoAnswer, true).0 <= NETWORK_PAUSE_MAX.mul_f64(1.5));
        }
        let first = Trouble::default().weigh(DiagnosisKind::TryLater, true).0;
        assert!(first >= THROTTLED_PAUSE / 2);
    }

    #[test]
    fn a_server_that_names_its_pause_gets_it() {
        assert_eq!(asked_pause("Request is throttled. Suggested Backoff Time: 299962 milliseconds"), Some(Duration::from_millis(299_962)));
        assert_eq!(asked_pause("Request is throttled."), None);
    }
}
