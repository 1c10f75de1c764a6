//! A phone at work: it has shown a password, and reads one address book; where its user wants that, it writes there too.

use super::memory::{Proof, Sighting};
use super::write::{Claim, Put, Unwritten};
use super::{digest, symbols};
use crate::ports::{BookRow, CardRow, CardsAsked, DeviceMark, DeviceRow, Tx};
use crate::session::Office;
use crate::vcard::Sheet;
use crate::{Crm, Error, Result, Secret, Session};
use model::fold::email_key;
use model::phone_sync::{DeviceError, family};
use model::{BookId, CompanyId, DevicePasswordId, Right, UserId};
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Rows read at once: an answer of any length takes the memory of these.
const AT_ONCE: i64 = 500;

/// Where a book stood: what a phone hands in to hear what changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncToken {
    pub epoch: String,
    pub seq: i64,
}

impl fmt::Display for SyncToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:x-spindle:dav-sync:{}:{}", self.epoch, self.seq)
    }
}

impl SyncToken {
    pub fn read(text: &str) -> Option<Self> {
        let (epoch, seq) = text.trim().strip_prefix("urn:x-spindle:dav-sync:")?.split_once(':')?;
        let seq = seq.bytes().all(|byte| byte.is_ascii_digit()).then(|| seq.parse().ok()).flatten()?;
        Some(Self { epoch: epoch.to_owned(), seq })
    }
}

/// Who shows a password, and from where.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub name: String,
    pub password: Secret,
    pub agent: String,
    pub address: IpAddr,
    /// Nobody on the way could read the password.
    pub secure: bool,
}

/// One request of a device: it sees the book as it stood when the request came, whatever happens meanwhile.
pub struct Phone {
    crm: Arc<Crm>,
    company: CompanyId,
    book: BookRow,
    writes: bool,
    password: Option<DevicePasswordId>,
    name: String,
    family: String,
    tx: Box<dyn Tx>,
}

impl Crm {
    /// Lets a device in. `Error::SignIn`: the password is wrong; `NotFound`: the user has synchronisation switched off.
    pub async fn phone(self: &Arc<Self>, visitor: Visitor) -> Result<Phone> {
        let name = email_key(&visitor.name);
        let proof = self.proof(&name, &visitor.password);
        let now = self.now();
        if !visitor.secure {
            // The password is not even looked at; but its owner is told why the list stays empty.
            if let Some(login) = self.world.store.directory().await?.find_login(&name).await? {
                self.phones.note_plain_http(login.user, now);
            }
            return Err(Error::Denied);
        }
        if let Some(known) = self.phones.right(&proof, now) {
            let office = self.office(known.company).await?;
            let phone = self.open_book(&office, known.user, known.password, &name).await?;
            if phone.book.logins == known.logins {
                return phone.noted(&office, &visitor.agent).await;
            }
            self.phones.forget(&proof);
        }
        let (company, user, password) = self.check_phone(&name, &proof, &visitor).await?;
        let office = self.office(company).await?;
        let phone = self.open_book(&office, user, password, &name).await?;
        self.phones.remember(proof, (company, user, password), phone.book.logins, now);
        phone.noted(&office, &visitor.agent).await
    }

    async fn open_book(self: &Arc<Self>, office: &Office, user: UserId, password: Option<DevicePasswordId>, name: &str) -> Result<Phone> {
        let mut tx = office.company.read().await?;
        let book = tx.find_book(user).await?.ok_or(Error::NotFound)?;
        let writes = book.two_way && tx.find_user(user).await?.is_some_and(|user| user.role.may(Right::AddContacts));
        Ok(Phone { crm: Arc::clone(self), company: office.id, book, writes, password, name: name.to_owned(), family: String::new(), tx })
    }

    /// Not the password, but what only it gives.
    fn proof(&self, name: &str, password: &Secret) -> Proof {
        let key = self.world.master.derive("phone logins");
        Sha256::new().chain_update(key).chain_update(name).chain_update([0]).chain_update(password.reveal()).finalize().into()
    }

    async fn check_phone(
        self: &Arc<Self>,
        name: &str,
        proof: &Proof,
        visitor: &Visitor,
    ) -> Result<(CompanyId, UserId, Option<DevicePasswordId>)> {
        let now = self.now();
        let mut directory = self.world.store.directory().await?;
        let login = directory.find_login(name).await?;
        // A device password cannot be guessed, so it is never counted: a stranger's tries lock no phone out.
        if let (Some(login), Some(typed)) = (&login, symbols(visitor.password.reveal()))
            && let Some(row) = directory.find_device_password(&digest(&typed)).await?
            && row.user == login.user
        {
            return Ok((row.company, row.user, Some(row.id)));
        }
        drop(directory);
        if self.phones.was_wrong(proof, now) {
            if let Some(login) = &login {
                self.phones.note_wrong_again(login.user, now);
            }
            return Err(Error::SignIn);
        }
        // By name and address together: who tries many passwords from elsewhere does not lock the owner's phone out.
        let pair = format!("{name}/{}", visitor.address);
        self.count("phone", &pair, self.world.limits.logins_per_address).await?;
        self.count("phone", &visitor.address.to_string(), self.world.limits.logins_per_client).await?;
        let hash = login.as_ref().map(|login| login.password_hash.clone());
        let fits = self.verify(visitor.password.clone(), hash).await?;
        match login {
            Some(login) if fits => {
                self.forgive("phone", &pair).await?;
                self.forgive("phone", &visitor.address.to_string()).await?;
                Ok((login.company, login.user, None))
            }
            login => {
                self.phones.note_wrong(*proof, login.map(|login| login.user), now);
                Err(Error::SignIn)
            }
        }
    }
}

impl Phone {
    /// Notes the visit; once a minute it is written down. That it cannot be is no reason to refuse the phone.
    async fn noted(mut self, office: &Office, agent: &str) -> Result<Self> {
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(200).collect();
        self.family = family(&agent).to_owned();
        let now = self.crm.now();
        let phones = &self.crm.phones;
        let mut sighting = phones.seen(self.book.id, self.password, &agent, &self.family, now);
        if matches!(sighting, Sighting::Unknown) {
            let written = self.tx.list_devices(self.book.id).await?;
            let before = written.into_iter().find(|row| row.password == self.password && row.family == self.family);
            let fresh = DeviceRow {
                password: self.password,
                family: self.family.clone(),
                agent: agent.clone(),
                seen_at: now,
                cards: 0,
                error: None,
            };
            phones.meet(self.book.id, before.unwrap_or(fresh));
            sighting = phones.seen(self.book.id, self.password, &agent, &self.family, now);
        }
        if let Sighting::Due(row) = sighting
            && let Err(error) = write_down(office, self.book.id, &row, now).await
        {
            tracing::warn!(%error, "A device's visit could not be written down");
        }
        Ok(self)
    }

    pub fn user(&self) -> UserId {
        self.book.user
    }

    /// As whom it logged in.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether what it changes comes back.
    pub fn writes(&self) -> bool {
        self.writes
    }

    /// Where the book stands.
    pub fn token(&self) -> SyncToken {
        SyncToken { epoch: self.book.epoch.clone(), seq: self.book.seq }
    }

    /// Whether a token is one of this book's, and not from a future that a restored backup took away.
    pub fn knows(&self, token: &SyncToken) -> bool {
        token.epoch == self.book.epoch && (0..=self.book.seq).contains(&token.seq)
    }

    /// Members numbered after this, oldest change first; at most as many as fit in memory at ease. Empty: that was all.
    pub async fn cards_after(&mut self, after: i64, deleted: bool, text: bool) -> Result<Vec<CardRow>> {
        self.tx.list_cards(self.book.id, CardsAsked { after, deleted, text, limit: AT_ONCE }).await
    }

    /// Those of these names that are in the book, in no order.
    pub async fn cards_named(&mut self, names: &[String], text: bool) -> Result<Vec<CardRow>> {
        self.tx.cards_named(self.book.id, names, text).await
    }

    /// Cards were handed out.
    pub fn served(&self, cards: usize) {
        self.crm.phones.served(self.book.id, self.password, &self.family, i64::try_from(cards).unwrap_or(i64::MAX));
    }

    /// A card as the device has it now. The etag only where exactly what was sent is what is kept: without one a device reads what became
    /// of its card.
    pub async fn put(
        self,
        name: &str,
        sheet: &Sheet,
        sent: &str,
        claim: &Claim<'_>,
    ) -> std::result::Result<(Put, Option<String>), Unwritten> {
        let (session, mark, book) = self.at_the_desk().await?;
        let put = session.put_card(mark, name, sheet, claim).await?;
        let row = session.read().await?.cards_named(book, &[name.to_owned()], true).await?.pop();
        Ok((put, row.filter(|row| row.vcard == sent).map(|row| row.etag)))
    }

    /// Keeps a contact off the devices of this user.
    pub async fn hide(self, name: &str, claim: &Claim<'_>) -> std::result::Result<(), Unwritten> {
        let (session, mark, _) = self.at_the_desk().await?;
        session.hide_card(mark, name, claim).await
    }

    /// As its user, with all that he may do and no more. What it saw of the book is let go: it is looked at anew while it is written.
    async fn at_the_desk(self) -> Result<(Session, DeviceMark, BookId)> {
        let Self { crm, company, book, password, family, tx, .. } = self;
        drop(tx);
        let session = Session::open(crm, company, book.user, Vec::new()).await?;
        Ok((session, DeviceMark { password, family }, book.id))
    }

    /// Tells the owner what this device was refused; outlives the request.
    pub fn faults(&self) -> Faults {
        Faults { crm: Arc::clone(&self.crm), book: self.book.id, password: self.password, family: self.family.clone() }
    }
}

/// Where it is noted what a device was refused.
pub struct Faults {
    crm: Arc<Crm>,
    book: BookId,
    password: Option<DevicePasswordId>,
    family: String,
}

impl Faults {
    pub fn note(&self, error: DeviceError) {
        self.crm.phones.refused(self.book, self.password, &self.family, error, self.crm.now());
    }
}

async fn write_down(office: &Office, book: BookId, row: &DeviceRow, now: model::Moment) -> Result<()> {
    let mut tx = office.company.write(None, now).await?;
    tx.put_device(book, row).await?;
    tx.commit().await
}
