//! What has been typed and found so far.

use super::verbs::{follow_mail_check, save_mail_account, start_mail_check};
use crate::Fault;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::mail_account::{
    AccountKind, AccountState, Check, CheckOutcome, Diagnosis, MailAccountForm, MailAccountRow, Security, ServerSettings,
};
use model::sign_in::{Issuer, SignInView};
use model::{Invalid, MailAccountId, Problem, fold};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Type,
    Address,
    Password,
}

/// What opens the mailbox.
#[derive(Clone, PartialEq)]
pub(super) enum Way {
    /// What is typed, or stored.
    Password,
    /// A provider's page, once one has been there.
    SignIn(Issuer),
    SignedIn(SignInView),
    /// A provider, as before.
    Kept(Issuer),
}

/// Copied into closures: only handles.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    /// The account being mended.
    pub(super) id: StoredValue<Option<MailAccountId>>,
    /// Who lets into that account.
    issuer: StoredValue<Option<Issuer>>,
    /// At whose pages one can sign in here.
    known: StoredValue<Vec<Issuer>>,
    /// The way back from such a page.
    sign_in: StoredValue<Option<SignInView>>,
    /// A password all the same.
    pub(super) by_password: RwSignal<bool>,
    pub(super) step: RwSignal<Step>,
    pub(super) kind: RwSignal<AccountKind>,
    pub(super) address: RwSignal<String>,
    pub(super) password: RwSignal<String>,
    pub(super) login: RwSignal<String>,
    pub(super) host: RwSignal<String>,
    pub(super) port: RwSignal<String>,
    pub(super) security: RwSignal<Security>,
    pub(super) trusted: RwSignal<Option<String>>,
    /// The server fields were typed: they are used as they stand instead of being looked for.
    pub(super) by_hand: RwSignal<bool>,
    pub(super) fold_open: RwSignal<bool>,
    pub(super) check: RwSignal<Option<Check>>,
    /// What was tested; a result counts as long as the form still says the same.
    tested: RwSignal<Option<MailAccountForm>>,
    pub(super) running: RwSignal<bool>,
    pub(super) saving: RwSignal<bool>,
    pub(super) seconds: RwSignal<u32>,
    pub(super) fault: RwSignal<Option<Fault>>,
    run: StoredValue<u32>,
    clock: StoredValue<Option<IntervalHandle>>,
}

impl Draft {
    pub(super) fn new(mend: Option<MailAccountRow>, back: Option<SignInView>) -> Self {
        let mending = mend.is_some();
        let issuer = mend.as_ref().and_then(|row| row.issuer);
        // A password that works is not taken for a sign-in that is still to come.
        let by_password = mend.as_ref().is_some_and(|row| {
            let wants = matches!(&row.state, AccountState::Failing(diagnosis) if diagnosis.kind.wants_sign_in());
            row.issuer.is_none() && !wants
        });
        let by_hand = mending || back.as_ref().is_some_and(|back| back.server.is_some());
        let (id, kind, address, server) = match (mend, &back) {
            (Some(row), _) => (Some(row.id), row.kind, row.address, row.server),
            (None, Some(back)) => (None, back.kind, back.address.clone(), back.server.clone().unwrap_or_else(nowhere)),
            (None, None) => (None, AccountKind::Imap, String::new(), nowhere()),
        };
        let draft = Self {
            id: StoredValue::new(id),
            issuer: StoredValue::new(issuer),
            known: StoredValue::new(super::sign_in::known()),
            by_password: RwSignal::new(by_password),
            step: RwSignal::new(if mending || back.is_some() { Step::Password } else { Step::Type }),
            sign_in: StoredValue::new(back.filter(|back| back.fault.is_none())),
            kind: RwSignal::new(kind),
            address: RwSignal::new(address),
            password: RwSignal::new(String::new()),
            login: RwSignal::new(server.login),
            host: RwSignal::new(server.host),
            port: RwSignal::new(server.port.to_string()),
            security: RwSignal::new(server.security),
            trusted: RwSignal::new(server.trusted_certificate),
            by_hand: RwSignal::new(by_hand),
            fold_open: RwSignal::new(by_hand),
            check: RwSignal::new(None),
            tested: RwSignal::new(None),
            running: RwSignal::new(false),
            saving: RwSignal::new(false),
            seconds: RwSignal::new(0),
            fault: RwSignal::new(None),
            run: StoredValue::new(0),
            clock: StoredValue::new(None),
        };
        on_cleanup(move || draft.stop_clock());
        draft
    }

    /// How the mailbox is opened, as it stands.
    pub(super) fn way(self) -> Way {
        if self.by_password.get() {
            return Way::Password;
        }
        if let Some(back) = self.signed_in() {
            return Way::SignedIn(back);
        }
        if let Some(issuer) = self.issuer.get_value() {
            return Way::Kept(issuer);
        }
        self.offered().map_or(Way::Password, Way::SignIn)
    }

    /// Counts for the account it was made for.
    fn signed_in(self) -> Option<SignInView> {
        self.sign_in.get_value().filter(|back| {
            let same = Issuer::of(self.kind.get()).is_none_or(|issuer| issuer == back.issuer);
            same && self.address.with(|address| fold::email_key(address) == fold::email_key(&back.address))
        })
    }

    /// At whose page one can sign in for an account of this kind.
    pub(super) fn offered(self) -> Option<Issuer> {
        let issuer = self.issuer.get_value().or_else(|| Issuer::of(self.kind.get()))?;
        self.known.with_value(|known| known.contains(&issuer)).then_some(issuer)
    }

    /// Whose page may help where the mail server refuses.
    pub(super) fn may_help(self) -> Option<Issuer> {
        let host = self.check.with(|check| check.as_ref().and_then(|check| check.server.as_ref()).map(|server| server.host.clone()));
        let host = host.unwrap_or_else(|| self.host.get());
        let issuer = self.issuer.get_value().or_else(|| Issuer::behind(self.kind.get(), &host))?;
        self.known.with_value(|known| known.contains(&issuer)).then_some(issuer)
    }

    /// Whether one is kept that need not be typed again.
    pub(super) fn has_password(self) -> bool {
        self.issuer.get_value().is_none()
    }

    /// The link to that page, with everything that is to be there again on the way back.
    pub(super) fn sign_in_path(self, issuer: Issuer) -> String {
        if let Some(account) = self.id.get_value() {
            return super::sign_in::again_path(issuer, account);
        }
        let kind = self.kind.get().as_str();
        let mut path = format!("/oauth/begin?issuer={}&kind={kind}&address={}", issuer.as_str(), escape(self.address.get().trim()));
        if self.by_hand.get() {
            let server = self.server();
            path += &format!("&host={}&login={}&port={}", escape(server.host.trim()), escape(server.login.trim()), server.port);
            path += &format!("&security={}", server.security.as_str());
        }
        path
    }

    fn server(self) -> ServerSettings {
        ServerSettings {
            login: self.login.get(),
            host: self.host.get(),
            port: self.port.with(|port| port.trim().parse().unwrap_or_default()),
            security: self.security.get(),
            trusted_certificate: self.trusted.get(),
        }
    }

    /// What a test sends: without a server typed by hand, one is looked for.
    fn form(self) -> MailAccountForm {
        MailAccountForm {
            id: self.id.get_value(),
            kind: self.kind.get(),
            address: self.address.get(),
            password: if self.way() == Way::Password { self.password.get() } else { String::new() },
            server: self.by_hand.get().then(|| self.server()),
            sign_in: if self.by_password.get() { None } else { self.signed_in().map(|back| back.id) },
        }
    }

    pub(super) fn connected(self) -> bool {
        let success = self.check.with(|check| matches!(check, Some(Check { outcome: Some(CheckOutcome::Connected { .. }), .. })));
        success && self.tested.with(|tested| tested.as_ref() == Some(&self.form()))
    }

    pub(super) fn diagnosis(self) -> Option<Diagnosis> {
        self.check.with(|check| match check.as_ref()?.outcome.as_ref()? {
            CheckOutcome::Failed(diagnosis) => Some(diagnosis.clone()),
            CheckOutcome::Connected { .. } => None,
        })
    }

    /// The address is one at all: on to the password.
    pub(super) fn start(self) {
        let address = self.address.get_untracked().trim().to_owned();
        let problem = if address.is_empty() {
            Some(Problem::Missing)
        } else {
            (!fold::is_email_address(&address)).then_some(Problem::NotAnEmailAddress)
        };
        self.fault.set(problem.map(|problem| Fault::Invalid(vec![Invalid::new("address", problem)])));
        if problem.is_none() {
            self.address.set(address);
            self.step.set(Step::Password);
        }
    }

    /// The server fields, as soon as they are looked at, hold a first guess.
    pub(super) fn unfold(self, open: bool) {
        self.fold_open.set(open);
        if open && self.login.with_untracked(String::is_empty) {
            self.login.set(self.address.get_untracked().trim().to_owned());
        }
    }

    /// Other encryption comes with another usual port; a port of one's own stays.
    pub(super) fn encrypt(self, security: Security) {
        let port = self.port.get_untracked();
        if port.trim().is_empty() || port.trim() == self.security.get_untracked().usual_port().to_string() {
            self.port.set(security.usual_port().to_string());
        }
        self.security.set(security);
        self.by_hand.set(true);
    }

    pub(super) fn test(self) {
        let form = untrack(|| self.form());
        self.fault.set(None);
        let problems = form.problems();
        if !problems.is_empty() {
            self.refuse(Fault::Invalid(problems));
            return;
        }
        let run = self.next_run();
        self.check.set(Some(Check::default()));
        self.tested.set(Some(form.clone()));
        self.running.set(true);
        self.start_clock();
        spawn_local(async move {
            let result = self.follow(run, form).await;
            if self.run.try_get_value() != Some(run) {
                return;
            }
            self.stop_clock();
            self.running.set(false);
            if let Err(fault) = result {
                self.check.set(None);
                self.refuse(fault);
            }
        });
    }

    async fn follow(self, run: u32, form: MailAccountForm) -> Result<(), Fault> {
        let mut tried = form.clone();
        let id = start_mail_check(form).await?;
        let mut seen = 0;
        loop {
            let check = follow_mail_check(id, seen).await?;
            // Somebody else's turn by now: another test was started, or the wizard is gone.
            if self.run.try_get_value() != Some(run) {
                return Ok(());
            }
            seen = check.version;
            let over = check.outcome.is_some();
            // What was typed stands, until other settings turn out to be the ones that work: STARTTLS where TLS was chosen.
            let works = matches!(check.outcome, Some(CheckOutcome::Connected { .. }));
            if let Some(server) = check.server.clone().filter(|_| works || !self.by_hand.get_untracked()) {
                self.login.set(server.login);
                self.host.set(server.host);
                self.port.set(server.port.to_string());
                self.security.set(server.security);
                if works {
                    // The success counts for what was found.
                    tried.server = untrack(|| self.by_hand.get().then(|| self.server()));
                    self.tested.set(Some(tried.clone()));
                }
            }
            self.check.set(Some(check));
            if over {
                if self.diagnosis().is_some_and(|diagnosis| diagnosis.kind == model::mail_account::DiagnosisKind::NoSettingsFound) {
                    self.unfold(true);
                }
                return Ok(());
            }
        }
    }

    /// `done` hears whether the connection had been tried with success.
    pub(super) fn save(self, done: Callback<bool>) {
        let connected = untrack(|| self.connected());
        let form = untrack(|| MailAccountForm { server: Some(self.server()), ..self.form() });
        self.fault.set(None);
        self.saving.set(true);
        spawn_local(async move {
            let result = save_mail_account(form).await;
            if self.saving.try_set(false).is_some() {
                return;
            }
            match result {
                Ok(_) => done.run(connected),
                Err(fault) => self.refuse(fault),
            }
        });
    }

    /// Says what was refused, where it can be seen.
    fn refuse(self, fault: Fault) {
        if ["login", "host", "port"].into_iter().any(|field| fault.at(field).is_some()) {
            self.unfold(true);
        }
        self.fault.set(Some(fault));
    }

    /// Back to an earlier step; a running test no longer matters.
    pub(super) fn back_to(self, step: Step) {
        self.next_run();
        self.stop_clock();
        self.running.set(false);
        self.check.set(None);
        self.fault.set(None);
        self.step.set(step);
    }

    fn next_run(self) -> u32 {
        self.run.update_value(|run| *run += 1);
        self.run.get_value()
    }

    fn start_clock(self) {
        self.stop_clock();
        self.seconds.set(0);
        let tick = move || _ = self.seconds.try_update(|seconds| *seconds += 1);
        self.clock.set_value(set_interval_with_handle(tick, Duration::from_secs(1)).ok());
    }

    fn stop_clock(self) {
        if let Some(clock) = self.clock.try_update_value(Option::take).flatten() {
            clock.clear();
        }
    }
}

/// Before anything is known.
fn nowhere() -> ServerSettings {
    ServerSettings { port: Security::Tls.usual_port(), ..ServerSettings::default() }
}

/// For a link (RFC 6068 §2, RFC 3986 §2.1): everything but letters and digits.
pub(super) fn escape(text: &str) -> String {
    let byte = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.replace('\n', "\r\n").bytes().map(byte).collect()
}
