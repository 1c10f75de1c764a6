//! Providers at whose page users sign in, and what is kept of it.

use crate::{Result, Secret};
use async_trait::async_trait;
use model::mail_account::{AccountKind, ServerSettings};
use model::sign_in::{Issuer, SignInFault, SignInFaultKind};
use model::{MailAccountId, Moment, SignInId, UserId};

/// What a user takes along to the provider's page.
#[derive(Clone, Debug)]
pub struct SignInErrand {
    /// Comes back with him, and proves that he left from here.
    pub state: Secret,
    /// The digest of what the code will be exchanged with (RFC 7636): whoever only sees the code can do nothing with it.
    pub challenge: String,
    /// The address he is expected to sign in with.
    pub hint: String,
}

/// What a provider gives for a code, or for an earlier token.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Opens the mailbox.
    pub access: Secret,
    /// For so many seconds.
    pub seconds: i64,
    /// Fetches the next ones. Absent: the one there is stays good.
    pub refresh: Option<Secret>,
    /// Who signed in, as far as it is said.
    pub name: String,
}

/// Those who let users into their mailboxes. Implemented by `mail`.
#[async_trait]
pub trait Issuers: Send + Sync {
    /// With whom the operator registered this program.
    fn known(&self) -> Vec<Issuer>;
    /// The page where a user signs in.
    fn page(&self, issuer: Issuer, errand: &SignInErrand) -> Option<String>;
    /// What it says in the address bar when it lets nobody in.
    fn refusal(&self, error: &str, description: &str) -> SignInFaultKind;
    async fn exchange(&self, issuer: Issuer, code: &Secret, verifier: &Secret) -> std::result::Result<Tokens, SignInFault>;
    async fn renew(&self, issuer: Issuer, refresh: &Secret) -> std::result::Result<Tokens, SignInFault>;
}

/// One way to a provider's page and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    pub id: SignInId,
    pub owner: UserId,
    /// SHA-256 of the token of the session it began in: no other comes back from it.
    pub session_hash: Vec<u8>,
    /// SHA-256 of what comes back with the user.
    pub state_hash: Vec<u8>,
    pub issuer: Issuer,
    pub kind: AccountKind,
    pub address: String,
    pub account: Option<MailAccountId>,
    pub server: Option<ServerSettings>,
    /// What the code is exchanged with; once that was done, what came of it.
    pub sealed: Vec<u8>,
    /// He came back: nobody does so twice.
    pub back: bool,
    pub fault: Option<SignInFault>,
    pub expires_at: Moment,
}

/// None of this is in the ledger: nobody looks at it but the page that waits for it.
#[async_trait]
pub trait SignIns {
    /// Adds or replaces.
    async fn put_sign_in(&mut self, row: &SignInRow) -> Result<()>;
    async fn find_sign_in(&mut self, id: SignInId) -> Result<Option<SignInRow>>;
    /// The one that began so, in this session, and has not ended; marked as back, so that it is found once.
    async fn take_sign_in(&mut self, state_hash: &[u8], session_hash: &[u8], now: Moment) -> Result<Option<SignInRow>>;
    async fn remove_sign_in(&mut self, id: SignInId) -> Result<()>;
    /// Those that ended at `now` or earlier.
    async fn remove_sign_ins(&mut self, now: Moment) -> Result<()>;

    /// What lets into an account in place of a password, sealed.
    async fn find_grant(&mut self, account: MailAccountId) -> Result<Option<Vec<u8>>>;
    /// `put_mail_account` leaves it as it is: it changes while others work on the account.
    async fn set_grant(&mut self, account: MailAccountId, sealed: Option<&[u8]>) -> Result<()>;
    /// Takes the place of `before`, unless something else stands there by now. Whether it did.
    async fn replace_grant(&mut self, account: MailAccountId, before: &[u8], sealed: &[u8]) -> Result<bool>;
}
