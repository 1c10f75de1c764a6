//! Signing in at a provider's page, and the tokens that come of it (mail.md §4.3).
//!
//! A user leaves with a random state and comes back with it, in the session he left from, once and within minutes; the code he
//! brings is exchanged with a verifier that never left this server (PKCE). What the provider gives is sealed like a password, and
//! bound to its row. The token that opens the mailbox is renewed before it ends, by one asker at a time: a provider that hands out a
//! new refresh token takes the old one for stolen when it sees it again.

use crate::ports::{AccountRow, Issuers, SignInErrand, SignInRow, Tokens};
use crate::session::{Crm, Office};
use crate::{Error, Result, Secret, Session, System};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::fold::{email_key, one_line};
use model::mail_account::{Diagnosis, DiagnosisKind};
use model::sign_in::{Issuer, SignInFault, SignInFaultKind, SignInView, SignInWish};
use model::{MailAccountId, Moment, Right, SignInId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long one may take at the provider's page: telephones are looked for meanwhile.
const AWAY_SECONDS: i64 = 20 * 60;
/// What came of it is kept this long for the wizard to end.
const KEPT_SECONDS: i64 = 40 * 60;
/// A token that ends sooner than this is renewed before it is used.
const AHEAD_SECONDS: i64 = 5 * 60;
/// No access token is believed to last longer.
const LONGEST_SECONDS: i64 = 24 * 3600;

/// What opens a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    Password(Secret),
    /// Of the provider, for an hour or so.
    Token(Secret),
}

impl From<Secret> for Pass {
    fn from(password: Secret) -> Self {
        Self::Password(password)
    }
}

/// What brings a user back from a provider's page.
#[derive(Clone, Debug)]
pub struct SignInAnswer {
    pub state: Secret,
    /// Empty where the provider refused.
    pub code: Secret,
    pub error: String,
    pub description: String,
}

/// What a provider gave.
#[derive(Clone)]
pub(crate) struct Grant {
    access: Secret,
    until: Moment,
    refresh: Secret,
    name: String,
}

impl Grant {
    fn of(tokens: Tokens, now: Moment) -> Option<Self> {
        let until = now.plus_seconds(tokens.seconds.clamp(0, LONGEST_SECONDS));
        Some(Self { access: tokens.access, until, refresh: tokens.refresh?, name: one_line(&tokens.name) })
    }

    fn renewed(&self, tokens: Tokens, now: Moment) -> Self {
        let kept = Tokens { refresh: tokens.refresh.or_else(|| Some(self.refresh.clone())), name: self.name.clone(), ..tokens };
        Self::of(kept, now).unwrap_or_else(|| self.clone())
    }

    /// A line each. None of it holds the end of one: tokens are printable ASCII (RFC 6749, appendix A).
    fn written(&self) -> Secret {
        Secret::new([self.until.0.to_string().as_str(), self.name.as_str(), self.access.reveal(), self.refresh.reveal()].join("\n"))
    }

    fn read(written: &Secret) -> Result<Self> {
        let mut lines = written.reveal().split('\n');
        let (Some(until), Some(name), Some(access), Some(refresh)) = (lines.next(), lines.next(), lines.next(), lines.next()) else {
            return Err(Error::bug("A grant is not whole"));
        };
        let until = until.parse().map_err(|error| Error::internal("A grant without an end", error))?;
        Ok(Self { access: Secret::new(access), until: Moment(until), refresh: Secret::new(refresh), name: name.to_owned() })
    }
}

/// What a provider gave and the disk had no room for, and what stands in its place, sealed.
type Unsaved = Option<(Vec<u8>, Grant)>;

/// One asker at a time for each account.
#[derive(Default)]
pub(crate) struct Renewals(Mutex<HashMap<MailAccountId, Arc<tokio::sync::Mutex<Unsaved>>>>);

/// What became of a grant that was to be written down.
enum Kept {
    /// It stands there, sealed so.
    Here(Vec<u8>),
    /// Its owner signed in anew or typed a password meanwhile: that counts.
    Overtaken,
    Later,
}

impl Renewals {
    fn of(&self, account: MailAccountId) -> Arc<tokio::sync::Mutex<Unsaved>> {
        Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(account).or_default())
    }
}

/// A grant opens in the row it was sealed for, and as nothing else.
fn seam(row: uuid::Uuid) -> Vec<u8> {
    [&row.as_bytes()[..], b"/grant"].concat()
}

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

fn failed(kind: DiagnosisKind, issuer: Issuer, said: String) -> Diagnosis {
    Diagnosis { said, ..Diagnosis::new(kind, issuer.as_str()) }
}

impl Crm {
    pub(crate) fn issuers(&self) -> Result<&dyn Issuers> {
        self.hung_issuers().ok_or(Error::NotFound)
    }

    /// What opens the mailbox now; `refused` is what its server just would not take.
    pub(crate) async fn pass(
        self: &Arc<Self>,
        office: &Office,
        account: &AccountRow,
        refused: Option<&Pass>,
    ) -> Result<std::result::Result<Pass, Diagnosis>> {
        let Some(issuer) = account.issuer else {
            return Ok(Ok(Pass::Password(office.key.open(&account.sealed_password, account.id.0.as_bytes())?)));
        };
        let refused = match refused {
            Some(Pass::Token(token)) => Some(token.clone()),
            _ => None,
        };
        let (crm, office, id) = (Arc::clone(self), office.clone(), account.id);
        // On its own: a token that was given is kept, also when whoever asked for it is gone by then.
        let asked = tokio::spawn(async move { crm.token(&office, id, issuer, refused.as_ref()).await });
        Ok(asked.await.map_err(|error| Error::internal("Renewing a token stopped", error))??.map(Pass::Token))
    }

    async fn token(
        &self,
        office: &Office,
        id: MailAccountId,
        issuer: Issuer,
        refused: Option<&Secret>,
    ) -> Result<std::result::Result<Secret, Diagnosis>> {
        let turn = self.renewals.of(id);
        let mut unsaved = turn.lock().await;
        let found = match unsaved.take() {
            Some((before, grant)) => match self.keep_grant(office, id, &before, &grant).await {
                Kept::Here(sealed) => Some((sealed, grant)),
                Kept::Overtaken => self.grant(office, id).await?,
                Kept::Later => {
                    *unsaved = Some((before.clone(), grant.clone()));
                    Some((before, grant))
                }
            },
            None => self.grant(office, id).await?,
        };
        let Some((before, grant)) = found else { return Ok(Err(failed(DiagnosisKind::SignInLapsed, issuer, String::new()))) };
        let now = self.now();
        let was_refused = refused == Some(&grant.access);
        if !was_refused && grant.until > now.plus_seconds(AHEAD_SECONDS) {
            return Ok(Ok(grant.access));
        }
        let Some(issuers) = self.hung_issuers() else {
            return Ok(Err(failed(DiagnosisKind::SignInMisconfigured, issuer, String::new())));
        };
        let fault = match issuers.renew(issuer, &grant.refresh).await {
            Ok(tokens) => {
                let renewed = grant.renewed(tokens, self.now());
                match self.keep_grant(office, id, &before, &renewed).await {
                    Kept::Here(_) => *unsaved = None,
                    Kept::Later => *unsaved = Some((before, renewed.clone())),
                    Kept::Overtaken => {
                        *unsaved = None;
                        let there = self.grant(office, id).await?.filter(|(_, there)| there.until > now);
                        return Ok(there
                            .map(|(_, there)| there.access)
                            .ok_or_else(|| failed(DiagnosisKind::SignInLapsed, issuer, String::new())));
                    }
                }
                return Ok(Ok(renewed.access));
            }
            Err(fault) => fault,
        };
        tracing::info!(account = %id, kind = ?fault.kind, "A token was not renewed");
        let kind = match fault.kind {
            SignInFaultKind::Away => DiagnosisKind::IssuerAway,
            SignInFaultKind::Misconfigured => DiagnosisKind::SignInMisconfigured,
            _ => DiagnosisKind::SignInLapsed,
        };
        if kind == DiagnosisKind::SignInLapsed {
            // Another node may have been first: then its token is the good one, and ours was spent.
            let now_there = self.grant(office, id).await?.filter(|(_, there)| there.refresh != grant.refresh && there.until > now);
            return Ok(now_there.map(|(_, there)| there.access).ok_or_else(|| failed(kind, issuer, fault.said)));
        }
        // The provider's bad day is nobody's loss while the token lasts.
        if !was_refused && grant.until > now {
            return Ok(Ok(grant.access));
        }
        Ok(Err(failed(kind, issuer, fault.said)))
    }

    /// As it stands, sealed and open.
    async fn grant(&self, office: &Office, account: MailAccountId) -> Result<Option<(Vec<u8>, Grant)>> {
        let Some(sealed) = office.company.read().await?.find_grant(account).await? else { return Ok(None) };
        let grant = Grant::read(&office.key.open(&sealed, &seam(account.0))?)?;
        Ok(Some((sealed, grant)))
    }

    /// Writes a grant down in the place of the one it was got with, whoever holds the lease: what the provider gave, it gives once.
    async fn keep_grant(&self, office: &Office, account: MailAccountId, before: &[u8], grant: &Grant) -> Kept {
        let kept = async {
            let sealed = office.key.seal(&grant.written(), &seam(account.0), self.dice())?;
            let mut tx = office.company.write(None, self.now()).await?;
            let replaced = tx.replace_grant(account, before, &sealed).await?;
            tx.commit().await?;
            Ok::<_, Error>(if replaced { Kept::Here(sealed) } else { Kept::Overtaken })
        };
        kept.await.unwrap_or_else(|error| {
            tracing::warn!(account = %account, %error, "A token could not be kept; it is tried again");
            Kept::Later
        })
    }
}

impl System {
    /// What opens this mailbox now, or why nothing does. `refused` is what its server just would not take.
    pub async fn pass(&self, account: MailAccountId, refused: Option<&Pass>) -> Result<std::result::Result<Pass, Diagnosis>> {
        let row = self.office.company.read().await?.find_mail_account(account).await?.ok_or(Error::NotFound)?;
        self.crm().pass(&self.office, &row, refused).await
    }
}

impl Session {
    /// The provider's page where this user signs in.
    pub async fn begin_sign_in(&self, wish: SignInWish) -> Result<String> {
        self.demand(Right::UseMail)?;
        let problems = wish.problems();
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let account = match wish.account {
            Some(id) => Some(self.own_account(id).await?),
            None => None,
        };
        if let Some(row) = &account
            && row.issuer.or_else(|| Issuer::behind(row.kind, &row.server.host)) != Some(wish.issuer)
        {
            // A token of one provider is no business of another's server.
            return Err(Error::NotFound);
        }
        let issuers = self.crm.issuers()?;
        self.crm.count("sign in", &self.user.id.to_string(), self.crm.world.limits.checks_per_user).await?;
        let (state, verifier) = (self.crm.draw_token(), self.crm.draw_token());
        let (kind, address) = account.map_or((wish.kind, wish.address.trim().to_owned()), |row| (row.kind, row.address));
        let errand = SignInErrand { challenge: URL_SAFE_NO_PAD.encode(digest(verifier.reveal())), hint: address.clone(), state };
        let page = issuers.page(wish.issuer, &errand).ok_or(Error::NotFound)?;
        let (id, now): (SignInId, Moment) = (self.crm.new_id(), self.crm.now());
        let row = SignInRow {
            id,
            owner: self.user.id,
            session_hash: self.token_hash.clone(),
            state_hash: digest(errand.state.reveal()),
            issuer: wish.issuer,
            kind,
            address,
            account: wish.account,
            server: wish.server,
            sealed: self.office.key.seal(&verifier, &seam(id.0), self.crm.dice())?,
            back: false,
            fault: None,
            expires_at: now.plus_seconds(AWAY_SECONDS),
        };
        let mut tx = self.write().await?;
        tx.remove_sign_ins(now).await?;
        tx.put_sign_in(&row).await?;
        tx.commit().await?;
        Ok(page)
    }

    /// Back from there. Signing in anew to an account ends here; for a new one the wizard goes on with what is answered.
    /// `Error::NotFound`: it did not begin in this session, ended before, or took too long.
    pub async fn finish_sign_in(&self, answer: SignInAnswer) -> Result<SignInView> {
        self.demand(Right::UseMail)?;
        let now = self.crm.now();
        let mut tx = self.write().await?;
        let taken = tx.take_sign_in(&digest(answer.state.reveal()), &self.token_hash, now).await?;
        // Before anything else is done with it: a code is good for one try.
        tx.commit().await?;
        let mut row = taken.filter(|row| row.owner == self.user.id).ok_or(Error::NotFound)?;
        row.expires_at = now.plus_seconds(KEPT_SECONDS);
        let name = match self.granted(&row, answer).await? {
            Ok(grant) => {
                let name = grant.name.clone();
                match row.account {
                    Some(account) => {
                        self.sign_in_anew(account, row.issuer, &grant).await?;
                        let mut tx = self.write().await?;
                        tx.remove_sign_in(row.id).await?;
                        tx.commit().await?;
                        self.crm.mailroom()?.wake(self.office.id, account);
                        return Ok(view(row, name));
                    }
                    None => row.sealed = self.office.key.seal(&grant.written(), &seam(row.id.0), self.crm.dice())?,
                }
                name
            }
            Err(fault) => {
                tracing::info!(kind = ?fault.kind, "Somebody was not signed in");
                // The verifier has served.
                row.sealed = Vec::new();
                row.fault = Some(fault);
                String::new()
            }
        };
        let mut tx = self.write().await?;
        tx.put_sign_in(&row).await?;
        tx.commit().await?;
        Ok(view(row, name))
    }

    async fn granted(&self, row: &SignInRow, answer: SignInAnswer) -> Result<std::result::Result<Grant, SignInFault>> {
        let refused = |kind, said: &str| Ok(Err(SignInFault { kind, said: short(said) }));
        if answer.code.reveal().is_empty() {
            let kind = self.crm.issuers()?.refusal(&answer.error, &answer.description);
            return refused(kind, if answer.description.is_empty() { &answer.error } else { &answer.description });
        }
        let verifier = self.office.key.open(&row.sealed, &seam(row.id.0))?;
        let tokens = match self.crm.issuers()?.exchange(row.issuer, &answer.code, &verifier).await {
            Ok(tokens) => tokens,
            Err(fault) => return Ok(Err(fault)),
        };
        let Some(grant) = Grant::of(tokens, self.crm.now()) else { return refused(SignInFaultKind::NoAccess, "") };
        if let Some(account) = row.account
            && let Some((_, before)) = self.crm.grant(&self.office, account).await?
            && !before.name.is_empty()
            && !grant.name.is_empty()
            && email_key(&before.name) != email_key(&grant.name)
        {
            return refused(SignInFaultKind::OtherAccount, &grant.name);
        }
        Ok(Ok(grant))
    }

    /// From now on the provider lets into this account, and whatever was wrong is to be tried again.
    async fn sign_in_anew(&self, account: MailAccountId, issuer: Issuer, grant: &Grant) -> Result<()> {
        let turn = self.crm.renewals.of(account);
        let mut unsaved = turn.lock().await;
        let nothing = self.office.key.seal(&Secret::new(""), account.0.as_bytes(), self.crm.dice())?;
        let sealed = self.office.key.seal(&grant.written(), &seam(account.0), self.crm.dice())?;
        let mut tx = self.write().await?;
        let row = tx.find_mail_account(account).await?.filter(|row| row.owner == self.user.id).ok_or(Error::NotFound)?;
        let anew =
            AccountRow { issuer: Some(issuer), sealed_password: nothing, diagnosis: None, next_try_at: None, noticed_at: None, ..row };
        tx.put_mail_account(&anew).await?;
        tx.set_grant(account, Some(&sealed)).await?;
        tx.commit().await?;
        *unsaved = None;
        Ok(())
    }

    /// What came of a sign-in, for the wizard.
    pub async fn open_sign_in(&self, id: SignInId) -> Result<SignInView> {
        let row = self.own_sign_in(id).await?;
        let name = if row.fault.is_some() { String::new() } else { self.granted_before(&row)?.name };
        Ok(view(row, name))
    }

    async fn own_sign_in(&self, id: SignInId) -> Result<SignInRow> {
        self.demand(Right::UseMail)?;
        let row = self.read().await?.find_sign_in(id).await?;
        row.filter(|row| row.owner == self.user.id && row.back && row.expires_at > self.crm.now()).ok_or(Error::NotFound)
    }

    fn granted_before(&self, row: &SignInRow) -> Result<Grant> {
        Grant::read(&self.office.key.open(&row.sealed, &seam(row.id.0))?)
    }

    /// The row and the grant of a sign-in that went well.
    async fn signed_in(&self, id: SignInId) -> Result<(SignInRow, Grant)> {
        let row = self.own_sign_in(id).await?;
        if row.fault.is_some() {
            return Err(Error::NotFound);
        }
        let grant = self.granted_before(&row)?;
        Ok((row, grant))
    }

    /// What opens a mailbox that is still being set up.
    pub(crate) async fn pass_of_sign_in(&self, id: SignInId) -> Result<(Issuer, Pass)> {
        let (row, grant) = self.signed_in(id).await?;
        Ok((row.issuer, Pass::Token(grant.access)))
    }

    /// What a new account takes over of its sign-in.
    pub(crate) async fn grant_of_sign_in(&self, id: SignInId, account: MailAccountId) -> Result<(Issuer, Vec<u8>)> {
        let (row, grant) = self.signed_in(id).await?;
        Ok((row.issuer, self.office.key.seal(&grant.written(), &seam(account.0), self.crm.dice())?))
    }
}

fn view(row: SignInRow, name: String) -> SignInView {
    let SignInRow { id, issuer, kind, address, account, server, fault, .. } = row;
    SignInView { id, issuer, kind, address, name, account, server, fault }
}

/// What came over the address bar is anybody's text.
fn short(said: &str) -> String {
    one_line(said).chars().take(200).collect()
}
