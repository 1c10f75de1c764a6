//! Registering, logging in and out, forgotten passwords.

use crate::ports::{CompanyRow, Letter, LetterAbout, Login, ResetRow, SessionRow, UserRow};
use crate::{CompanyKey, Crm, Error, Result, Secret, Session, password};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::contact::StandardType;
use model::fold::email_key;
use model::preferences::{DateFormat, Preferences};
use model::registration::{Language, Registration, password_problems};
use model::{CompanyId, Invalid, Moment, Problem, Role, UserId};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;

/// A session ends after thirty days without a visit.
const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// A visit is written down once an hour, not at every click.
const TOUCH_SECONDS: i64 = 3600;
const RESET_SECONDS: i64 = 3600;
/// The window in which attempts are counted.
const WINDOW_SECONDS: i64 = 15 * 60;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: IpAddr,
    /// Of the browser.
    pub language: Language,
    /// The session the browser had until now: it ends when another begins.
    pub replaces: Option<Secret>,
}

/// A fresh session and the token that goes into the cookie.
pub struct SignedIn {
    pub token: Secret,
    pub expires_at: Moment,
    pub session: Session,
}

impl Crm {
    /// A new company with an encrypted database of its own, and its first user, who may do everything.
    pub async fn register(self: &Arc<Self>, form: Registration, client: Client) -> Result<SignedIn> {
        let problems = form.problems();
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let key = email_key(&form.email);
        self.count("register", &client.address.to_string(), self.world.limits.registrations_per_client).await?;
        if self.world.store.directory().await?.find_login(&key).await?.is_some() {
            return Err(Error::invalid("email", Problem::EmailInUse));
        }
        let hash = self.hash(Secret::new(form.password)).await?;
        let company_key = CompanyKey::draw(&*self.world.dice);
        let (company, user): (CompanyId, UserId) = (self.new_id(), self.new_id());
        let now = self.now();

        // The database first: a login must never point at nothing. What is left of a failure here is an empty database without a row.
        let opened = self.world.store.company(company, &company_key).await?;
        let mut tx = opened.write(Some(user), now).await?;
        let zone = form.time_zone.filter(|zone| self.world.clock.knows_zone(zone));
        let preferences = Preferences {
            language: form.language,
            date_format: DateFormat::DayMonthYear,
            time_zone: zone.unwrap_or(Preferences::default().time_zone),
            ..Preferences::default()
        };
        tx.put_preferences(form.company.trim(), &preferences).await?;
        tx.add_user(&UserRow {
            id: user,
            first_name: form.first_name.trim().to_owned(),
            last_name: form.last_name.trim().to_owned(),
            email: form.email.trim().to_owned(),
            role: Role::SuperAdmin,
        })
        .await?;
        for standard in StandardType::ALL {
            tx.add_contact_type(self.new_id(), Some(standard), "").await?;
        }
        crate::templates::add_standard(&mut *tx, self.new_id(), now, form.language).await?;
        tx.commit().await?;

        let mut directory = self.world.store.directory().await?;
        directory
            .add_company(&CompanyRow {
                id: company,
                name: form.company.trim().to_owned(),
                wrapped_key: self.world.master.wrap(&company_key, company, &*self.world.dice)?,
                created_at: now,
            })
            .await?;
        let login = Login { email_key: key, email: form.email.trim().to_owned(), password_hash: hash, company, user };
        match directory.add_login(&login, now).await {
            // Somebody registered the same address in the meantime.
            Err(Error::Conflict(_)) => {
                drop(directory);
                drop(opened);
                self.world.store.remove_company(company).await?;
                return Err(Error::invalid("email", Problem::EmailInUse));
            }
            added => added?,
        }
        directory.commit().await?;
        self.begin(company, user, client.replaces).await
    }

    pub async fn sign_in(self: &Arc<Self>, email: &str, password: Secret, client: Client) -> Result<SignedIn> {
        let key = email_key(email);
        self.count("login", &key, self.world.limits.logins_per_address).await?;
        self.count("login", &client.address.to_string(), self.world.limits.logins_per_client).await?;
        let login = self.world.store.directory().await?.find_login(&key).await?;
        let hash = login.as_ref().map(|login| login.password_hash.clone());
        if !self.verify(password, hash).await? {
            return Err(Error::invalid("password", Problem::WrongCredentials));
        }
        let login = login.ok_or_else(|| Error::bug("A password fitted nobody"))?;
        let mut directory = self.world.store.directory().await?;
        directory.forget_attempts(&attempts("login", &key)).await?;
        directory.commit().await?;
        self.begin(login.company, login.user, client.replaces).await
    }

    /// The session of a cookie's token.
    pub async fn session(self: &Arc<Self>, token: &str) -> Result<Session> {
        let token_hash = digest(token);
        let now = self.now();
        let mut directory = self.world.store.directory().await?;
        let row = directory.find_session(&token_hash).await?.ok_or(Error::SignIn)?;
        if row.expires_at <= now {
            directory.remove_session(&token_hash).await?;
            directory.commit().await?;
            return Err(Error::SignIn);
        }
        if row.seen_at.plus_seconds(TOUCH_SECONDS) < now {
            directory.touch_session(&token_hash, now, now.plus_seconds(SESSION_SECONDS)).await?;
            directory.commit().await?;
        } else {
            drop(directory);
        }
        Session::open(Arc::clone(self), row.company, row.user, token_hash).await
    }

    /// Sends a one-time link, if there is such a login. Whether there is one is not said.
    pub async fn ask_reset(self: &Arc<Self>, email: &str, client: Client) -> Result<()> {
        let key = email_key(email);
        if !model::fold::is_email_address(email.trim()) {
            return Err(Error::invalid("email", Problem::NotAnEmailAddress));
        }
        self.count("reset", &client.address.to_string(), self.world.limits.resets_per_client).await?;
        let Some(login) = self.world.store.directory().await?.find_login(&key).await? else { return Ok(()) };
        match self.count("reset", &key, self.world.limits.resets_per_address).await {
            // Enough letters lie in that mailbox; and to say so would say that the login exists.
            Err(Error::TooMany(_)) => return Ok(()),
            counted => counted?,
        }
        let token = self.draw_token();
        let mut directory = self.world.store.directory().await?;
        let expires_at = self.now().plus_seconds(RESET_SECONDS);
        directory.put_reset(&ResetRow { token_hash: digest(token.reveal()), email_key: key, expires_at }).await?;
        directory.commit().await?;
        let session = Session::open(Arc::clone(self), login.company, login.user, Vec::new()).await?;
        self.world
            .post
            .send(Letter {
                to: login.email,
                name: session.user.first_name.clone(),
                language: session.preferences.language,
                about: LetterAbout::PasswordReset { token: token.reveal().to_owned() },
            })
            .await
    }

    /// A new password by a one-time link. Every session of the user ends; a new one begins.
    pub async fn reset(self: &Arc<Self>, token: &str, new: Secret, client: Client) -> Result<SignedIn> {
        check_password("password", &new)?;
        self.count("reset use", &client.address.to_string(), self.world.limits.logins_per_client).await?;
        let expired = || Error::invalid("token", Problem::LinkExpired);
        let row = self.world.store.directory().await?.find_reset(&digest(token)).await?.ok_or_else(expired)?;
        if row.expires_at <= self.now() {
            return Err(expired());
        }
        let hash = self.hash(new).await?;
        let mut directory = self.world.store.directory().await?;
        // Looked at again: two people may have clicked the link at once.
        directory.find_reset(&digest(token)).await?.ok_or_else(expired)?;
        directory.remove_reset(&row.email_key).await?;
        let login = directory.find_login(&row.email_key).await?.ok_or_else(expired)?;
        directory.set_password(&row.email_key, &hash).await?;
        directory.remove_sessions_of(login.user).await?;
        directory.forget_attempts(&attempts("login", &row.email_key)).await?;
        directory.commit().await?;
        self.forget_phone_logins(login.company, login.user).await?;
        let signed_in = self.begin(login.company, login.user, client.replaces).await?;
        signed_in.session.tell_password_changed(&login.email).await?;
        Ok(signed_in)
    }

    /// Sessions and links that ran out.
    pub async fn clean_directory(&self) -> Result<()> {
        let mut directory = self.world.store.directory().await?;
        directory.remove_expired(self.now()).await?;
        directory.commit().await
    }

    async fn begin(self: &Arc<Self>, company: CompanyId, user: UserId, replaces: Option<Secret>) -> Result<SignedIn> {
        let token = self.draw_token();
        let token_hash = digest(token.reveal());
        let now = self.now();
        let expires_at = now.plus_seconds(SESSION_SECONDS);
        let mut directory = self.world.store.directory().await?;
        if let Some(old) = replaces {
            directory.remove_session(&digest(old.reveal())).await?;
        }
        directory
            .add_session(&SessionRow { token_hash: token_hash.clone(), company, user, created_at: now, seen_at: now, expires_at })
            .await?;
        directory.commit().await?;
        let session = Session::open(Arc::clone(self), company, user, token_hash).await?;
        Ok(SignedIn { token, expires_at, session })
    }

    /// Counts an attempt, and refuses it when there were too many in the window.
    pub(crate) async fn count(&self, what: &str, whose: &str, limit: i64) -> Result<()> {
        let now = self.now();
        let mut directory = self.world.store.directory().await?;
        let count = directory.count_attempt(&attempts(what, whose), now, now.plus_seconds(-WINDOW_SECONDS)).await?;
        directory.commit().await?;
        if count > limit {
            return Err(Error::TooMany(u32::try_from(WINDOW_SECONDS).unwrap_or(u32::MAX)));
        }
        Ok(())
    }

    /// What was counted under this key is forgotten.
    pub(crate) async fn forgive(&self, what: &str, whose: &str) -> Result<()> {
        let mut directory = self.world.store.directory().await?;
        directory.forget_attempts(&attempts(what, whose)).await?;
        directory.commit().await
    }

    pub(crate) fn draw_token(&self) -> Secret {
        let mut bytes = [0; 32];
        self.world.dice.fill(&mut bytes);
        Secret::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    async fn hash(self: &Arc<Self>, new: Secret) -> Result<String> {
        let crm = Arc::clone(self);
        aside(move || password::hash(&new, &*crm.world.dice)).await?
    }

    pub(crate) async fn verify(&self, given: Secret, hash: Option<String>) -> Result<bool> {
        aside(move || password::verify(&given, hash.as_deref())).await
    }
}

impl Session {
    pub async fn sign_out(&self) -> Result<()> {
        let mut directory = self.crm.world.store.directory().await?;
        directory.remove_session(&self.token_hash).await?;
        directory.commit().await
    }

    /// Other sessions of the user end; this one goes on.
    pub async fn change_password(&self, old: Secret, new: Secret) -> Result<()> {
        check_password("new_password", &new)?;
        let key = email_key(&self.user.email);
        self.crm.count("login", &key, self.crm.world.limits.logins_per_address).await?;
        let login = self.crm.world.store.directory().await?.find_login(&key).await?.ok_or(Error::NotFound)?;
        if !self.crm.verify(old, Some(login.password_hash)).await? {
            return Err(Error::invalid("old_password", Problem::WrongPassword));
        }
        let hash = self.crm.hash(new).await?;
        let mut directory = self.crm.world.store.directory().await?;
        let mine = directory.find_session(&self.token_hash).await?.ok_or(Error::SignIn)?;
        directory.set_password(&key, &hash).await?;
        directory.remove_sessions_of(self.user.id).await?;
        directory.add_session(&mine).await?;
        directory.forget_attempts(&attempts("login", &key)).await?;
        directory.commit().await?;
        self.crm.forget_phone_logins(self.office.id, self.user.id).await?;
        self.tell_password_changed(&login.email).await
    }

    async fn tell_password_changed(&self, to: &str) -> Result<()> {
        let letter = Letter {
            to: to.to_owned(),
            name: self.user.first_name.clone(),
            language: self.preferences.language,
            about: LetterAbout::PasswordChanged,
        };
        self.crm.world.post.send(letter).await
    }
}

fn check_password(field: &str, new: &Secret) -> Result<()> {
    let problems: Vec<_> = password_problems(new.reveal()).into_iter().map(|problem| Invalid::new(field, problem)).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Only digests of tokens are stored: who reads the directory cannot log in with it.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Addresses are not kept in the clear beside their attempts.
fn attempts(what: &str, whose: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(what).chain_update(b"/").chain_update(whose).finalize())
}

/// Slow work on a thread where it holds up nobody.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal("A worker thread stopped", error))
}
