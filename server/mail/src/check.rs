//! "Test account": looks settings up where there are none, tries them, and tells each step as it goes.

use crate::discover::discover;
use crate::imap::{DialError, Dialer, log_in};
use crate::sync::read_folders;
use crm::Pass;
use model::CheckId;
use model::mail_account::{
    Check, CheckOutcome, CheckStep, Diagnosis, DiagnosisKind, FoundFolder, Security, ServerSettings, StepKind, StepState,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};

/// A check opens connections to places a user names: few at once, and none for ever.
const AT_ONCE: usize = 16;
const LONGEST: Duration = Duration::from_secs(120);
/// Its outcome can be asked for this long.
const KEPT: Duration = Duration::from_secs(600);

pub struct Checks {
    dialer: Dialer,
    slots: Arc<Semaphore>,
    running: Mutex<HashMap<CheckId, (Instant, watch::Receiver<Check>)>>,
}

impl Checks {
    pub fn new(dialer: Dialer) -> Self {
        Self { dialer, slots: Arc::new(Semaphore::new(AT_ONCE)), running: Mutex::default() }
    }

    pub fn start(&self, check: CheckId, address: String, pass: Result<Pass, Diagnosis>, server: Option<ServerSettings>) {
        let (told, follow) = watch::channel(Check::default());
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            running.retain(|_, (at, _)| at.elapsed() < KEPT);
            running.insert(check, (Instant::now(), follow));
        }
        let (dialer, slots) = (self.dialer.clone(), Arc::clone(&self.slots));
        tokio::spawn(async move {
            let mut teller = Teller { told, step: Instant::now() };
            let Ok(_slot) = slots.acquire().await else { return };
            let about = server.as_ref().map(|server| format!("{}:{}", server.host, server.port)).unwrap_or_default();
            let outcome = match pass {
                Ok(pass) => timeout(LONGEST, run(&dialer, &address, &pass, server, &mut teller)).await,
                Err(diagnosis) => Ok(Err(diagnosis)),
            };
            teller.end(outcome.unwrap_or_else(|_| Err(Diagnosis::new(DiagnosisKind::NoAnswer, about))));
        });
    }

    /// Answers when the check is newer than `seen`, or over.
    pub async fn follow(&self, check: CheckId, seen: u32) -> Option<Check> {
        let mut follow = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&check)?.1.clone();
        let news = |check: &Check| check.version > seen || check.outcome.is_some();
        if let Ok(check) = follow.wait_for(news).await {
            return Some(check.clone());
        }
        // Its task ended without an outcome: it panicked.
        let mut broken = follow.borrow().clone();
        broken.version += 1;
        broken.outcome.get_or_insert(CheckOutcome::Failed(Diagnosis::new(DiagnosisKind::BrokenConnection, "")));
        Some(broken)
    }
}

type Found = (Vec<FoundFolder>, u32);

/// Tells the follower how far it is.
struct Teller {
    told: watch::Sender<Check>,
    step: Instant,
}

impl Teller {
    fn change(&self, change: impl FnOnce(&mut Check)) {
        self.told.send_modify(|check| {
            change(check);
            check.version += 1;
        });
    }

    fn begin(&mut self, kind: StepKind) {
        self.step = Instant::now();
        self.change(|check| check.steps.push(CheckStep { kind, state: StepState::Running, found: String::new(), millis: 0 }));
    }

    fn done(&self, found: impl Into<String>) {
        self.settle(StepState::Done, found.into());
    }

    fn settle(&self, state: StepState, found: String) {
        let millis = u32::try_from(self.step.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.change(|check| {
            if let Some(step) = check.steps.last_mut().filter(|step| step.state == StepState::Running) {
                *step = CheckStep { kind: step.kind, state, found, millis };
            }
        });
    }

    /// Other settings are tried: the steps begin anew after the look-up.
    fn attempt(&self, server: &ServerSettings) {
        self.change(|check| {
            check.steps.retain(|step| step.kind == StepKind::LookUp);
            check.server = Some(server.clone());
        });
    }

    fn end(&self, outcome: Result<Found, Diagnosis>) {
        let outcome = match outcome {
            Ok((folders, messages)) => CheckOutcome::Connected { folders, messages },
            Err(diagnosis) => {
                self.settle(StepState::Failed, diagnosis.about.clone());
                CheckOutcome::Failed(diagnosis)
            }
        };
        self.change(|check| check.outcome = Some(outcome));
    }
}

async fn run(dialer: &Dialer, address: &str, pass: &Pass, server: Option<ServerSettings>, teller: &mut Teller) -> Result<Found, Diagnosis> {
    let candidates = match server {
        Some(server) => vec![server],
        None => {
            teller.begin(StepKind::LookUp);
            let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
            let found = discover(address, dialer.network(), |_, _| ()).await;
            let Some(best) = found.first() else { return Err(Diagnosis::new(DiagnosisKind::NoSettingsFound, domain)) };
            teller.done(best.server.host.clone());
            if best.needs_oauth {
                teller.attempt(&best.server);
                let link = best.provider.and_then(|provider| provider.link).map(str::to_owned);
                return Err(Diagnosis { link, ..Diagnosis::new(DiagnosisKind::NeedsOAuth, best.server.host.clone()) });
            }
            found.into_iter().map(|candidate| candidate.server).collect()
        }
    };
    let mut first: Option<(Diagnosis, ServerSettings)> = None;
    for candidate in candidates {
        let (diagnosis, tried) = match attempt(dialer, address, pass, candidate, teller).await {
            Ok(found) => return Ok(found),
            Err(failed) => *failed,
        };
        // It is the right server, and it has answered: another one knows nothing better.
        if diagnosis.kind.needs_owner() || diagnosis.kind == DiagnosisKind::TryLater {
            return Err(diagnosis);
        }
        first.get_or_insert((diagnosis, tried));
    }
    let (diagnosis, tried) = first.unwrap_or_else(|| (Diagnosis::new(DiagnosisKind::NoSettingsFound, ""), ServerSettings::default()));
    if teller.told.borrow().server.as_ref() != Some(&tried) {
        // The story of the best candidate is the one worth telling.
        teller.change(|check| check.server = Some(tried));
    }
    Err(diagnosis)
}

/// One server, with the switches that follow from its answers: the other encryption, the other form of the user name.
async fn attempt(
    dialer: &Dialer,
    address: &str,
    pass: &Pass,
    server: ServerSettings,
    teller: &mut Teller,
) -> Result<Found, Box<(Diagnosis, ServerSettings)>> {
    let mut server = server;
    let mut switched = false;
    let mut refused: Option<(Diagnosis, ServerSettings)> = None;
    loop {
        let diagnosis = match once(dialer, pass, &server, teller).await {
            Ok(found) => return Ok(found),
            Err(diagnosis) => diagnosis,
        };
        let security = match diagnosis.kind {
            DiagnosisKind::NeedsStartTls => Some(Security::StartTls),
            DiagnosisKind::NeedsTls => Some(Security::Tls),
            _ => None,
        };
        if let Some(security) = security.filter(|security| !switched && *security != server.security) {
            switched = true;
            server.security = security;
            continue;
        }
        if let Some(refused) = refused {
            // The other name was no better: tell of the one that was asked for.
            teller.change(|check| check.server = Some(refused.1.clone()));
            return Err(Box::new(refused));
        }
        if diagnosis.kind == DiagnosisKind::WrongPassword
            && let Some(login) = other_login(address, &server.login)
        {
            refused = Some((diagnosis, server.clone()));
            server.login = login;
            continue;
        }
        return Err(Box::new((diagnosis, server)));
    }
}

/// Some servers want the whole address as user name, some only what stands before the `@`.
fn other_login(address: &str, login: &str) -> Option<String> {
    let (local, _) = address.rsplit_once('@')?;
    if login.eq_ignore_ascii_case(address) {
        Some(local.to_owned())
    } else if login.eq_ignore_ascii_case(local) {
        Some(address.to_owned())
    } else {
        None
    }
}

async fn once(dialer: &Dialer, pass: &Pass, server: &ServerSettings, teller: &mut Teller) -> Result<Found, Diagnosis> {
    let tell = |error: DialError| error.diagnosis(server);
    teller.attempt(server);
    teller.begin(StepKind::Reach);
    let tcp = dialer.reach(server).await.map_err(tell)?;
    teller.done(format!("{}:{}", server.host, server.port));
    teller.begin(StepKind::Encrypt);
    let mut imap = dialer.encrypt(tcp, server).await.map_err(tell)?;
    teller.done(match server.security {
        Security::Tls => "TLS",
        Security::StartTls => "STARTTLS",
        Security::Plain => "",
    });
    teller.begin(StepKind::LogIn);
    log_in(&mut imap, server, pass).await.map_err(tell)?;
    teller.done(server.login.clone());
    teller.begin(StepKind::ReadFolders);
    let tell = |error| DialError::Command(error).diagnosis(server);
    let mut folders = read_folders(&mut imap).await.map_err(tell)?;
    folders.retain(|folder| folder.role.is_followed());
    let names: Vec<&str> = folders.iter().map(|folder| folder.raw_name.as_str()).collect();
    let counts = imap.status(&names).await.map_err(tell)?;
    // Some servers let in whom they will not show a mailbox: only opening it is proof.
    imap.examine("INBOX", None).await.map_err(tell)?;
    imap.logout().await;
    let found: Vec<FoundFolder> = folders
        .into_iter()
        .zip(counts)
        .map(|(folder, status)| FoundFolder {
            name: folder.name,
            role: folder.role,
            messages: status.and_then(|status| status.messages).and_then(|number| u32::try_from(number).ok()).unwrap_or_default(),
        })
        .collect();
    let messages = found.iter().map(|folder| folder.messages).sum();
    teller.done(found.len().to_string());
    Ok((found, messages))
}
