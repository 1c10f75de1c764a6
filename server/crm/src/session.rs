//! `Crm` is the whole program below its doors; a `Session` is one user at work in one company.

use crate::carddav::Phones;
use crate::keys::{CompanyKey, MasterKey};
use crate::ports::{self, Blobs, Clock, Company, Dice, Issuers, Mailroom, PostOffice, RawAt, Store, Tx, UserRow};
use crate::seal::{SealedPack, Sealer};
use crate::sign_in::Renewals;
use crate::{Error, Result, System};
use bytes::Bytes;
use lru::LruCache;
use model::mail_account::Diagnosis;
use model::preferences::Preferences;
use model::registration::Me;
use model::{Civil, CompanyId, Edition, MailAccountId, Moment, PackId, Right, UserId};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What the operator allows. Attempts are counted in windows of a quarter of an hour.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub edition: Edition,
    /// Wrong passwords for one login.
    pub logins_per_address: i64,
    /// Wrong passwords from one client.
    pub logins_per_client: i64,
    pub registrations_per_client: i64,
    pub resets_per_client: i64,
    /// Reset letters to one address.
    pub resets_per_address: i64,
    /// Checks of mail settings by one user: each one opens connections.
    pub checks_per_user: i64,
    /// Codes mailed to new sender addresses of one user.
    pub codes_per_user: i64,
    /// Guesses at these codes by one user, right ones aside.
    pub guesses_per_user: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            edition: Edition::Pro,
            logins_per_address: 10,
            logins_per_client: 50,
            registrations_per_client: 10,
            resets_per_client: 10,
            resets_per_address: 3,
            checks_per_user: 30,
            codes_per_user: 10,
            guesses_per_user: 20,
        }
    }
}

/// What the verbs stand on.
pub struct World {
    pub store: Arc<dyn Store>,
    pub blobs: Arc<dyn Blobs>,
    pub clock: Arc<dyn Clock>,
    pub dice: Arc<dyn Dice>,
    pub post: Arc<dyn PostOffice>,
    pub master: MasterKey,
    pub limits: Limits,
    /// Companies kept open when nobody works in them; the one not used for longest is closed first.
    pub open_companies: NonZeroUsize,
}

pub struct Crm {
    pub(crate) world: World,
    /// Hung later: the mail door needs the `Crm` itself.
    mailroom: OnceLock<Arc<dyn Mailroom>>,
    /// Absent: the operator registered this program nowhere.
    issuers: OnceLock<Arc<dyn Issuers>>,
    /// Whoever works in a company holds it himself; this only saves opening it anew for every request.
    open: Mutex<LruCache<CompanyId, Office>>,
    pub(crate) phones: Phones,
    pub(crate) renewals: Renewals,
    /// What is wrong with accounts and could not be written down, since the disk is full.
    stalls: Mutex<HashMap<MailAccountId, Diagnosis>>,
}

/// An open company: its database and its key.
#[derive(Clone)]
pub(crate) struct Office {
    pub(crate) id: CompanyId,
    pub(crate) company: Arc<dyn Company>,
    pub(crate) key: CompanyKey,
    pub(crate) sealer: Sealer,
}

impl Crm {
    pub fn new(world: World) -> Arc<Self> {
        let open = Mutex::new(LruCache::new(world.open_companies));
        Arc::new(Self {
            world,
            mailroom: OnceLock::new(),
            issuers: OnceLock::new(),
            open,
            phones: Phones::default(),
            renewals: Renewals::default(),
            stalls: Mutex::default(),
        })
    }

    /// Makes a pack durable, before any row points at it. A crash in between leaves a pack that nothing points at.
    pub(crate) async fn keep(&self, company: CompanyId, pack: SealedPack) -> Result<PackId> {
        let empty = pack.is_empty();
        let (id, bytes) = pack.finish();
        if !empty {
            self.world.blobs.put(company, &id.to_string(), Bytes::from(bytes)).await?;
        }
        Ok(id)
    }

    /// The mail door, once. A second one is ignored.
    pub fn hang_mailroom(&self, mailroom: Arc<dyn Mailroom>) {
        self.mailroom.set(mailroom).unwrap_or_default();
    }

    /// Those who let users into their mailboxes, once. A second time is ignored.
    pub fn hang_issuers(&self, issuers: Arc<dyn Issuers>) {
        self.issuers.set(issuers).unwrap_or_default();
    }

    pub(crate) fn hung_issuers(&self) -> Option<&dyn Issuers> {
        self.issuers.get().map(AsRef::as_ref)
    }

    pub(crate) fn mailroom(&self) -> Result<&dyn Mailroom> {
        self.mailroom.get().map(AsRef::as_ref).ok_or_else(|| Error::bug("This process has no mail door"))
    }

    pub(crate) fn stall(&self, account: MailAccountId) -> Option<Diagnosis> {
        self.stalls.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }

    pub(crate) fn set_stall(&self, account: MailAccountId, diagnosis: Option<Diagnosis>) {
        let mut stalls = self.stalls.lock().unwrap_or_else(PoisonError::into_inner);
        match diagnosis {
            Some(diagnosis) => stalls.insert(account, diagnosis),
            None => stalls.remove(&account),
        };
    }

    pub fn now(&self) -> Moment {
        self.world.clock.now()
    }

    /// Opens what lies sealed in a pack.
    pub(crate) async fn unsealed(&self, office: &Office, at: RawAt) -> Result<Vec<u8>> {
        let place = |number: i64| u64::try_from(number).map_err(|error| Error::internal("Something sealed lies nowhere", error));
        let sealed = self.world.blobs.read(office.id, &at.pack.to_string(), place(at.offset)?, place(at.len)?).await?;
        office.sealer.open(&sealed)
    }

    pub fn dice(&self) -> &dyn Dice {
        &*self.world.dice
    }

    pub(crate) fn new_id<T: From<uuid::Uuid>>(&self) -> T {
        ports::new_id(&*self.world.clock, &*self.world.dice)
    }

    /// Opens a company, or finds it open.
    pub(crate) async fn office(&self, id: CompanyId) -> Result<Office> {
        if let Some(office) = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(office.clone());
        }
        let row = {
            let mut directory = self.world.store.directory().await?;
            directory.find_company(id).await?.ok_or(Error::NotFound)?
        };
        let key = self.world.master.unwrap(&row.wrapped_key, id)?;
        let company = self.world.store.company(id, &key).await?;
        let office = Office { id, company, sealer: Sealer::new(&key), key };
        self.open.lock().unwrap_or_else(PoisonError::into_inner).put(id, office.clone());
        Ok(office)
    }

    /// Work for nobody in particular inside one company.
    pub async fn system(self: &Arc<Self>, id: CompanyId) -> Result<System> {
        Ok(System::new(Arc::clone(self), self.office(id).await?))
    }

    /// Every company, for the worker that leases them.
    pub async fn list_companies(&self) -> Result<Vec<CompanyId>> {
        let mut directory = self.world.store.directory().await?;
        Ok(directory.list_companies().await?.into_iter().map(|row| row.id).collect())
    }

    /// Writes everything out.
    pub async fn close(&self) {
        self.world.store.close().await;
    }
}

/// Who is asking. Every verb begins here, so no door can forget to ask for the right.
#[derive(Clone)]
pub struct Session {
    pub(crate) crm: Arc<Crm>,
    pub(crate) office: Office,
    pub(crate) user: UserRow,
    pub(crate) company_name: String,
    pub(crate) preferences: Preferences,
    pub(crate) token_hash: Vec<u8>,
}

impl Session {
    pub(crate) async fn open(crm: Arc<Crm>, company: CompanyId, user: UserId, token_hash: Vec<u8>) -> Result<Self> {
        let office = crm.office(company).await?;
        let mut tx = office.company.read().await?;
        let user = tx.find_user(user).await?.ok_or(Error::SignIn)?;
        let (company_name, preferences) = tx.preferences().await?;
        drop(tx);
        Ok(Self { crm, office, user, company_name, preferences, token_hash })
    }

    pub fn me(&self) -> Me {
        Me {
            user: self.user.id,
            first_name: self.user.first_name.clone(),
            last_name: self.user.last_name.clone(),
            email: self.user.email.clone(),
            company: self.company_name.clone(),
            role: self.user.role,
            preferences: self.preferences.clone(),
            issuers: self.crm.hung_issuers().map(Issuers::known).unwrap_or_default(),
        }
    }

    pub fn company(&self) -> CompanyId {
        self.office.id
    }

    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// The time zone that the office's clocks show.
    pub fn zone(&self) -> &str {
        &self.preferences.time_zone
    }

    /// The moment on the wall of this office.
    pub fn civil(&self, at: Moment) -> Civil {
        self.crm.world.clock.civil(at, &self.preferences.time_zone)
    }

    pub(crate) fn demand(&self, right: Right) -> Result<()> {
        if self.user.role.may(right) { Ok(()) } else { Err(Error::Denied) }
    }

    pub(crate) async fn read(&self) -> Result<Box<dyn Tx>> {
        self.office.company.read().await
    }

    pub(crate) async fn write(&self) -> Result<Box<dyn Tx>> {
        self.office.company.write(Some(self.user.id), self.crm.now()).await
    }

    /// Bytes in a pack of their own: sealed, and durable when it returns.
    pub(crate) async fn sealed(&self, bytes: &[u8]) -> Result<RawAt> {
        let mut pack = SealedPack::default();
        let (offset, len) = self.office.sealer.add(&mut pack, bytes, &*self.crm.world.dice)?;
        Ok(RawAt { pack: self.crm.keep(self.office.id, pack).await?, offset, len })
    }

    /// The ledger after `seq`, as far as this session may see it: messages and accounts of others stay theirs.
    pub async fn changes_after(&self, seq: i64) -> Result<Vec<model::inbox::LiveChange>> {
        const AT_ONCE: i64 = 500;
        let mut tx = self.read().await?;
        let changes = tx.changes_after(seq, AT_ONCE).await?;
        Ok(changes.into_iter().filter(|(_, owner)| owner.is_none_or(|owner| owner == self.user.id)).map(|(change, _)| change).collect())
    }

    pub async fn last_change(&self) -> Result<i64> {
        self.read().await?.last_change().await
    }

    /// Wakes when the ledger has grown.
    pub fn wakes(&self) -> futures::stream::BoxStream<'static, i64> {
        self.office.company.wakes()
    }
}
