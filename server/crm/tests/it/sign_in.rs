//! Signing in at a provider's page: the way there and back, and one token for everybody who asks. The provider is as strict as a real
//! one: a code and a refresh token are good for one time, and it has bad days when it is told to.

use crate::world::{Mailbox, Stage, stage};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crm::ports::{Issuers, SignInErrand, Tokens};
use crm::{Error, Pass, Secret, Session, SignInAnswer};
use model::mail_account::{AccountKind, AccountState, DiagnosisKind, MailAccountForm, ServerSettings};
use model::sign_in::{Issuer, SignInFault, SignInFaultKind, SignInWish};
use model::{MailAccountId, Problem};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

const ADDRESS: &str = "alice@alfa.example";

#[derive(Default)]
struct Provider {
    /// What it says instead of a token.
    fault: Mutex<Option<SignInFaultKind>>,
    challenge: Mutex<String>,
    name: Mutex<String>,
    /// How many tokens there were, and how many of them were renewed.
    given: Mutex<(u32, u32)>,
    forgetful: Mutex<bool>,
    /// Rings when it is asked for a renewal.
    asked: tokio::sync::Notify,
}

impl Provider {
    fn tokens(&self) -> Tokens {
        let mut given = self.given.lock().unwrap();
        given.0 += 1;
        let refresh = (!*self.forgetful.lock().unwrap()).then(|| Secret::new(format!("refresh-{}-geheim", given.0)));
        Tokens {
            access: Secret::new(format!("access-{}-geheim", given.0)),
            seconds: 3600,
            refresh,
            name: self.name.lock().unwrap().clone(),
        }
    }

    fn says(&self, fault: Option<SignInFaultKind>) {
        *self.fault.lock().unwrap() = fault;
    }

    fn renewed(&self) -> u32 {
        self.given.lock().unwrap().1
    }

    fn trouble(&self) -> Result<(), SignInFault> {
        self.fault.lock().unwrap().map_or(Ok(()), |kind| Err(SignInFault::new(kind)))
    }
}

#[async_trait::async_trait]
impl Issuers for Provider {
    fn known(&self) -> Vec<Issuer> {
        vec![Issuer::Microsoft]
    }

    fn page(&self, issuer: Issuer, errand: &SignInErrand) -> Option<String> {
        (issuer == Issuer::Microsoft).then(|| {
            self.challenge.lock().unwrap().clone_from(&errand.challenge);
            format!("https://login.example/?hint={}&state={}", errand.hint, errand.state.reveal())
        })
    }

    fn refusal(&self, error: &str, _: &str) -> SignInFaultKind {
        if error == "access_denied" { SignInFaultKind::Denied } else { SignInFaultKind::Misconfigured }
    }

    async fn exchange(&self, _: Issuer, code: &Secret, verifier: &Secret) -> Result<Tokens, SignInFault> {
        self.trouble()?;
        assert_eq!(code.reveal(), "code");
        assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.reveal())), *self.challenge.lock().unwrap());
        Ok(self.tokens())
    }

    async fn renew(&self, _: Issuer, refresh: &Secret) -> Result<Tokens, SignInFault> {
        self.asked.notify_waiters();
        // Everybody who wants to ask has done so by now.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        self.trouble()?;
        let last = self.given.lock().unwrap().0;
        let spent = refresh.reveal() != format!("refresh-{last}-geheim") && !*self.forgetful.lock().unwrap();
        if spent {
            return Err(SignInFault::new(SignInFaultKind::Lapsed));
        }
        self.given.lock().unwrap().1 += 1;
        Ok(self.tokens())
    }
}

async fn open() -> (Stage, Session, Arc<Provider>) {
    let stage = stage().await;
    let provider = Arc::new(Provider::default());
    stage.crm.hang_issuers(Arc::clone(&provider) as _);
    let alice = stage.register("Alice", "Alfa").await;
    (stage, alice, provider)
}

fn wish(account: Option<MailAccountId>) -> SignInWish {
    SignInWish { issuer: Issuer::Microsoft, kind: AccountKind::Office365, address: ADDRESS.into(), account, server: None }
}

fn answer(page: &str) -> SignInAnswer {
    let state = Secret::new(page.rsplit_once("state=").unwrap().1);
    SignInAnswer { state, code: Secret::new("code"), error: String::new(), description: String::new() }
}

fn token(number: u32) -> Result<Pass, model::mail_account::Diagnosis> {
    Ok(Pass::Token(Secret::new(format!("access-{number}-geheim"))))
}

/// An account that was signed in to.
async fn signed_in(stage: &Stage, alice: &Session) -> Mailbox {
    let mailbox = stage.mailbox(alice).await;
    let form = MailAccountForm {
        id: Some(mailbox.account.id),
        kind: AccountKind::Office365,
        address: ADDRESS.into(),
        server: Some(mailbox.account.server.clone()),
        ..MailAccountForm::default()
    };
    alice.save_mail_account(form).await.unwrap();
    let page = alice.begin_sign_in(wish(Some(mailbox.account.id))).await.unwrap();
    alice.finish_sign_in(answer(&page)).await.unwrap();
    mailbox
}

/// [EML-06, EML-07, EML-08] One leaves with a state and comes back with it: in the same session, in time, and once.
#[tokio::test]
async fn there_and_back() {
    let (stage, alice, provider) = open().await;
    assert_eq!(alice.me().issuers, [Issuer::Microsoft]);
    let bad = SignInWish { address: "alice".into(), ..wish(None) };
    assert!(matches!(alice.begin_sign_in(bad).await, Err(Error::Invalid(found)) if found[0].problem == Problem::NotAnEmailAddress));
    let elsewhere = SignInWish { issuer: Issuer::Google, ..wish(None) };
    assert!(matches!(alice.begin_sign_in(elsewhere).await, Err(Error::NotFound)), "not registered there");

    let page = alice.begin_sign_in(wish(None)).await.unwrap();
    assert!(page.contains("hint=alice@alfa.example"));
    let guessed = SignInAnswer { state: Secret::new("guessed"), ..answer(&page) };
    assert!(matches!(alice.finish_sign_in(guessed).await, Err(Error::NotFound)));
    let second = stage.sign_in(ADDRESS).await;
    assert!(matches!(second.finish_sign_in(answer(&page)).await, Err(Error::NotFound)), "another session");
    let mallory = stage.register("Mallory", "Boos").await;
    assert!(matches!(mallory.finish_sign_in(answer(&page)).await, Err(Error::NotFound)), "another company");
    let view = alice.finish_sign_in(answer(&page)).await.unwrap();
    assert_eq!((view.address.as_str(), view.fault.as_ref(), view.account), (ADDRESS, None, None));
    assert_eq!(alice.open_sign_in(view.id).await.unwrap(), view);
    assert!(matches!(alice.finish_sign_in(answer(&page)).await, Err(Error::NotFound)), "a second time");
    let bob = stage.hire(&alice, "Bob", model::Role::User).await;
    assert!(matches!(bob.open_sign_in(view.id).await, Err(Error::NotFound)), "not his");

    let page = alice.begin_sign_in(wish(None)).await.unwrap();
    stage.clock.pass(20 * 60);
    assert!(matches!(alice.finish_sign_in(answer(&page)).await, Err(Error::NotFound)), "too late");
    assert_eq!(provider.given.lock().unwrap().0, 1);
    stage.close().await;
}

/// [EML-17] What the provider refuses is kept for the page that explains it, and costs nothing.
#[tokio::test]
async fn what_a_provider_refuses() {
    let (stage, alice, provider) = open().await;
    let page = alice.begin_sign_in(wish(None)).await.unwrap();
    let denied = SignInAnswer { code: Secret::new(""), error: "access_denied".into(), description: "No\r\nthanks".into(), ..answer(&page) };
    let view = alice.finish_sign_in(denied).await.unwrap();
    assert_eq!(view.fault, Some(SignInFault { kind: SignInFaultKind::Denied, said: "No thanks".into() }));
    assert_eq!(alice.open_sign_in(view.id).await.unwrap(), view);
    for kind in [SignInFaultKind::Away, SignInFaultKind::Misconfigured, SignInFaultKind::NeedsConsent] {
        provider.says(Some(kind));
        let page = alice.begin_sign_in(wish(None)).await.unwrap();
        let view = alice.finish_sign_in(answer(&page)).await.unwrap();
        assert_eq!(view.fault.map(|fault| fault.kind), Some(kind));
    }
    // It let him in, but gave nothing to stay in by.
    provider.says(None);
    *provider.forgetful.lock().unwrap() = true;
    let page = alice.begin_sign_in(wish(None)).await.unwrap();
    let view = alice.finish_sign_in(answer(&page)).await.unwrap();
    assert_eq!(view.fault.map(|fault| fault.kind), Some(SignInFaultKind::NoAccess));
    assert!(
        alice.start_mail_check(MailAccountForm { sign_in: Some(view.id), address: ADDRESS.into(), ..Default::default() }).await.is_err()
    );
    stage.close().await;
}

/// [EML-05, EML-06, EML-26] The wizard goes on with the token in place of a password; the account keeps it, sealed, and the sign-in is over.
#[tokio::test]
async fn a_new_account_by_signing_in() {
    let (stage, alice, provider) = open().await;
    *provider.name.lock().unwrap() = "a.dewit@alfa.onmicrosoft.example".into();
    let page = alice.begin_sign_in(wish(None)).await.unwrap();
    let view = alice.finish_sign_in(answer(&page)).await.unwrap();
    assert_eq!(view.name, "a.dewit@alfa.onmicrosoft.example");
    assert!(view.is_other());
    let server = ServerSettings { login: ADDRESS.into(), host: "mail.example".into(), port: 993, ..ServerSettings::default() };
    let form = MailAccountForm {
        kind: AccountKind::Office365,
        address: ADDRESS.into(),
        server: Some(server),
        sign_in: Some(view.id),
        ..MailAccountForm::default()
    };
    alice.start_mail_check(form.clone()).await.unwrap();
    assert_eq!(*stage.mailroom.passwords.lock().unwrap(), ["token access-1-geheim"]);
    let id = alice.save_mail_account(form.clone()).await.unwrap();
    assert!(matches!(alice.open_sign_in(view.id).await, Err(Error::NotFound)), "it has served");
    let system = stage.crm.system(alice.company()).await.unwrap();
    assert_eq!(system.pass(id, None).await.unwrap(), token(1));
    assert_eq!(alice.list_mail_accounts().await.unwrap()[0].issuer, Some(Issuer::Microsoft));
    assert_eq!(stage.planted(&["access-1-geheim", "refresh-1-geheim"]), Vec::<std::path::PathBuf>::new());

    // Saved anew without a word: it stays. A password typed: that counts from now on.
    let kept = MailAccountForm { id: Some(id), sign_in: None, ..form };
    alice.save_mail_account(kept.clone()).await.unwrap();
    assert_eq!(system.pass(id, None).await.unwrap(), token(1));
    alice.save_mail_account(MailAccountForm { password: "Warm1".into(), ..kept }).await.unwrap();
    assert_eq!(system.pass(id, None).await.unwrap(), Ok(Secret::new("Warm1").into()));
    assert_eq!(alice.list_mail_accounts().await.unwrap()[0].issuer, None);
    stage.close().await;
}

/// [EML-06] A token is renewed five minutes before it ends, and when a server refuses it: once, however many ask.
#[tokio::test]
async fn one_renewal_for_all() {
    let (stage, alice, provider) = open().await;
    let mailbox = signed_in(&stage, &alice).await;
    let (system, id) = (&mailbox.system, mailbox.account.id);
    stage.clock.pass(3600 - 301);
    assert_eq!(system.pass(id, None).await.unwrap(), token(1));
    assert_eq!(provider.renewed(), 0);
    stage.clock.pass(1);
    let asked = (0..8).map(|_| system.pass(id, None));
    for pass in futures::future::join_all(asked).await {
        assert_eq!(pass.unwrap(), token(2));
    }
    assert_eq!(provider.renewed(), 1);
    let refused = token(2).unwrap();
    let asked = (0..8).map(|_| system.pass(id, Some(&refused)));
    for pass in futures::future::join_all(asked).await {
        assert_eq!(pass.unwrap(), token(3));
    }
    assert_eq!(provider.renewed(), 2, "whoever comes with the old one gets the one that was fetched for the first");
    // Whoever asked may leave before the answer comes: it is kept all the same.
    stage.clock.pass(3600);
    tokio::select! {
        biased;
        () = provider.asked.notified() => {}
        pass = system.pass(id, None) => panic!("there was no time for {pass:?}"),
    }
    assert_eq!(system.pass(id, None).await.unwrap(), token(4));
    assert_eq!(provider.renewed(), 3);
    assert_eq!(stage.planted(&["access-4-geheim", "refresh-4-geheim"]), Vec::<std::path::PathBuf>::new());
    stage.close().await;
}

/// [EML-06, EML-17] What has ended is told at once; a provider's bad day is not, as long as the token lasts, and is over by itself.
#[tokio::test]
async fn lapsed_or_only_away() {
    let (stage, alice, provider) = open().await;
    let mailbox = signed_in(&stage, &alice).await;
    let (system, id) = (&mailbox.system, mailbox.account.id);
    let kind = async || system.pass(id, None).await.unwrap().map_err(|diagnosis| (diagnosis.kind, diagnosis.about));
    let about = || "microsoft".to_owned();
    provider.says(Some(SignInFaultKind::Away));
    stage.clock.pass(3600 - 60);
    assert_eq!(kind().await, Ok(token(1).unwrap()), "it is good for a minute yet");
    assert_eq!(
        system.pass(id, Some(&token(1).unwrap())).await.unwrap().map_err(|diagnosis| diagnosis.kind),
        Err(DiagnosisKind::IssuerAway),
        "one that was refused is not offered again"
    );
    stage.clock.pass(60);
    assert_eq!(kind().await, Err((DiagnosisKind::IssuerAway, about())));
    assert!(!DiagnosisKind::IssuerAway.needs_owner());
    provider.says(Some(SignInFaultKind::Misconfigured));
    assert_eq!(kind().await, Err((DiagnosisKind::SignInMisconfigured, about())));
    assert!(!DiagnosisKind::SignInMisconfigured.needs_owner(), "its owner can do nothing about it");
    provider.says(None);
    assert_eq!(kind().await, Ok(token(2).unwrap()));
    provider.says(Some(SignInFaultKind::Lapsed));
    stage.clock.pass(3600);
    assert_eq!(kind().await, Err((DiagnosisKind::SignInLapsed, about())));
    assert!(DiagnosisKind::SignInLapsed.needs_owner());
    stage.close().await;
}

/// [EML-06, EML-22] Whoever signs in anew while a token is being renewed or types a password has the last word.
#[tokio::test]
async fn a_renewal_that_comes_too_late() {
    let (stage, alice, provider) = open().await;
    let mailbox = signed_in(&stage, &alice).await;
    let (system, id) = (&mailbox.system, mailbox.account.id);
    let by_password = MailAccountForm {
        id: Some(id),
        kind: AccountKind::Office365,
        address: ADDRESS.into(),
        password: "Warm1".into(),
        server: Some(mailbox.account.server.clone()),
        ..MailAccountForm::default()
    };
    stage.clock.pass(3600);
    let (renewed, ()) = futures::join!(system.pass(id, None), async {
        provider.asked.notified().await;
        alice.save_mail_account(by_password).await.unwrap();
    });
    assert_eq!(renewed.unwrap().map_err(|diagnosis| diagnosis.kind), Err(DiagnosisKind::SignInLapsed));
    assert_eq!(provider.renewed(), 1);
    assert_eq!(system.pass(id, None).await.unwrap(), Ok(Secret::new("Warm1").into()));
    stage.close().await;
}

/// [EML-22] Signing in anew mends the account as it stands; somebody else's sign-in does not.
#[tokio::test]
async fn signing_in_anew() {
    let (stage, alice, provider) = open().await;
    *provider.name.lock().unwrap() = ADDRESS.into();
    let mailbox = signed_in(&stage, &alice).await;
    let (system, id) = (&mailbox.system, mailbox.account.id);
    let lapsed = model::mail_account::Diagnosis::new(DiagnosisKind::SignInLapsed, "microsoft");
    system.account_fails(id, lapsed, std::time::Duration::ZERO).await.unwrap();

    *provider.name.lock().unwrap() = "bob@alfa.example".into();
    let page = alice.begin_sign_in(wish(Some(id))).await.unwrap();
    let view = alice.finish_sign_in(answer(&page)).await.unwrap();
    assert_eq!(view.fault, Some(SignInFault { kind: SignInFaultKind::OtherAccount, said: "bob@alfa.example".into() }));
    assert!(matches!(alice.list_mail_accounts().await.unwrap()[0].state, AccountState::Failing(_)));

    *provider.name.lock().unwrap() = "Alice@Alfa.example".into();
    let page = alice.begin_sign_in(wish(Some(id))).await.unwrap();
    assert_eq!(alice.finish_sign_in(answer(&page)).await.unwrap().fault, None);
    assert!(!matches!(alice.list_mail_accounts().await.unwrap()[0].state, AccountState::Failing(_)));
    assert_eq!(stage.mailroom.wakes.lock().unwrap().last(), Some(&id));
    assert_eq!(system.pass(id, None).await.unwrap(), token(3));
    let bob = stage.hire(&alice, "Bob", model::Role::User).await;
    assert!(matches!(bob.begin_sign_in(wish(Some(id))).await, Err(Error::NotFound)), "not his");
    let other = stage.mailbox_at(&alice, "info@alfa.example").await;
    assert!(matches!(alice.begin_sign_in(wish(Some(other.account.id))).await, Err(Error::NotFound)), "another's server");

    // After a crash the token is there, and is renewed by whoever starts anew.
    let stage = stage.killed().await;
    stage.crm.hang_issuers(Arc::clone(&provider) as _);
    stage.clock.pass(3600);
    let system = stage.crm.system(mailbox.system.company()).await.unwrap();
    assert_eq!(system.pass(id, None).await.unwrap(), token(4));
    stage.close().await;
}
