//! The contacts on the phone: what a user sets for it. What a phone may ask stands in `phone`, what becomes of what it writes in `write`.

mod memory;
mod phone;
mod write;

pub(crate) use memory::Phones;
pub use phone::{Phone, SyncToken, Visitor};
pub use write::{Claim, Put, Standing, Unwritten};

use crate::inbox::live_contact;
use crate::ports::{BookRow, DevicePasswordRow, Letter, LetterAbout};
use crate::{Error, Result, Secret, Session, System};
use model::fold::clean;
use model::phone_sync::{Device, DevicePassword, PhoneSync, Pick, Signs, SyncChoice, Written};
use model::{BookId, ContactId, DevicePasswordId, Problem, Right, UserId};
use sha2::{Digest, Sha256};

/// Letters and digits that are not taken for one another. Thirty-two, so each holds five bits.
const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Of what devices wrote, the page shows this much.
const WRITTEN: i64 = 20;
/// 140 random bits: nobody guesses that, so a fast hash is enough.
const PASSWORD_SYMBOLS: usize = 28;

impl Session {
    /// All of `Synchronisatie`.
    pub async fn phone_sync(&self) -> Result<PhoneSync> {
        let mut tx = self.read().await?;
        let book = tx.find_book(self.user.id).await?;
        let choice = book.as_ref().map(|book| book.choice.clone()).unwrap_or_default();
        let count = tx.count_choice(self.user.id, &choice).await?;
        let mut devices = match &book {
            Some(book) => tx.list_devices(book.id).await?,
            None => Vec::new(),
        };
        let (chosen, hidden) = (tx.list_picks(self.user.id, true).await?, tx.list_picks(self.user.id, false).await?);
        let (types, tags) = (tx.list_contact_types().await?, tx.list_tags().await?);
        let written = tx.list_written(self.user.id, WRITTEN).await?;
        drop(tx);
        if let Some(book) = &book {
            self.crm.phones.freshen(book.id, &mut devices);
        }
        let passwords = self.crm.world.store.directory().await?.list_device_passwords(self.user.id).await?;
        let refusals = self.crm.phones.refusals(self.user.id);
        let signs = Signs {
            on: book.is_some(),
            chosen: count,
            last_seen: devices.iter().map(|device| device.seen_at).max(),
            cards: devices.iter().map(|device| device.cards).sum(),
            wrong_password: refusals.wrong_password,
            plain_http: refusals.plain_http,
        };
        let label = |id: DevicePasswordId| passwords.iter().find(|row| row.id == id).map(|row| row.label.clone()).unwrap_or_default();
        Ok(PhoneSync {
            on: book.is_some(),
            two_way: book.as_ref().is_some_and(|book| book.two_way),
            may_write: self.user.role.may(Right::AddContacts),
            user_name: self.user.email.clone(),
            choice,
            count,
            chosen,
            hidden,
            types,
            tags,
            doubt: signs.doubt(self.crm.now(), |at| self.civil(at)),
            devices: devices
                .into_iter()
                .map(|row| Device {
                    password: row.password.map(label),
                    family: row.family,
                    agent: row.agent,
                    seen: self.civil(row.seen_at),
                    cards: row.cards,
                    error: row.error.map(|(error, at)| (error, self.civil(at))),
                })
                .collect(),
            written: written
                .into_iter()
                .map(|row| Written {
                    contact: row.contact,
                    deed: row.deed,
                    at: self.civil(row.at),
                    family: row.device.family,
                    password: row.device.password.map(label),
                    hidden: row.hidden,
                })
                .collect(),
            passwords: passwords
                .iter()
                .map(|row| DevicePassword { id: row.id, label: row.label.clone(), made: self.civil(row.created_at) })
                .collect(),
        })
    }

    /// Makes the address book, and sends the letter that tells how to set up a phone. `address` is what browsers call the server.
    pub async fn turn_phone_sync_on(&self, address: &str) -> Result<()> {
        let mut tx = self.write().await?;
        if tx.find_book(self.user.id).await?.is_some() {
            return Ok(());
        }
        let now = self.crm.now();
        let book = BookRow {
            id: self.crm.new_id(),
            user: self.user.id,
            epoch: self.crm.draw_epoch(),
            seq: 0,
            choice: SyncChoice::default(),
            address: address.to_owned(),
            logins: now.0,
            two_way: false,
            enabled_at: now,
        };
        tx.put_book(&book).await?;
        tx.commit().await?;
        self.send_phone_letter().await
    }

    /// The same letter once more.
    pub async fn send_phone_letter(&self) -> Result<()> {
        self.crm.count("phone letter", &self.user.id.to_string(), self.crm.world.limits.resets_per_client).await?;
        let letter = Letter {
            to: self.user.email.clone(),
            name: self.user.first_name.clone(),
            language: self.preferences.language,
            about: LetterAbout::PhoneSync { user_name: self.user.email.clone() },
        };
        self.crm.world.post.send(letter).await
    }

    /// Gone: devices are told so when they next ask. What was said of single contacts is kept.
    pub async fn turn_phone_sync_off(&self) -> Result<()> {
        let mut tx = self.write().await?;
        tx.remove_book(self.user.id).await?;
        tx.commit().await
    }

    /// Answers the choice before, so that it can be undone.
    pub async fn choose_for_phone(&self, choice: SyncChoice, address: &str) -> Result<SyncChoice> {
        let mut tx = self.write().await?;
        let book = tx.find_book(self.user.id).await?.ok_or(Error::NotFound)?;
        let (types, tags) = (tx.list_contact_types().await?, tx.list_tags().await?);
        let choice = SyncChoice {
            types: types.into_iter().map(|kind| kind.id).filter(|id| choice.types.contains(id)).collect(),
            tags: tags.into_iter().map(|used| used.tag.id).filter(|id| choice.tags.contains(id)).collect(),
            ..choice
        };
        let before = book.choice.clone();
        tx.put_book(&BookRow { choice, address: address.to_owned(), ..book }).await?;
        tx.commit().await?;
        Ok(before)
    }

    pub async fn pick_for_phone(&self, contact: ContactId, pick: Pick) -> Result<()> {
        let mut tx = self.write().await?;
        live_contact(&mut *tx, contact).await?;
        tx.set_pick(self.user.id, contact, pick).await?;
        tx.commit().await
    }

    /// The password itself is answered here and nowhere else.
    pub async fn add_device_password(&self, label: String) -> Result<Secret> {
        let label = clean(&label).trim().to_owned();
        match label.chars().count() {
            0 => return Err(Error::invalid("label", Problem::Missing)),
            1..=60 => {}
            _ => return Err(Error::invalid("label", Problem::TooLong(60))),
        }
        self.crm.count("device password", &self.user.id.to_string(), self.crm.world.limits.checks_per_user).await?;
        let mut bytes = [0; PASSWORD_SYMBOLS];
        self.crm.world.dice.fill(&mut bytes);
        let symbols: String = bytes.iter().map(|byte| char::from(SYMBOLS[usize::from(byte % 32)])).collect();
        let mut directory = self.crm.world.store.directory().await?;
        directory
            .add_device_password(&DevicePasswordRow {
                id: self.crm.new_id(),
                hash: digest(&symbols),
                company: self.office.id,
                user: self.user.id,
                label,
                created_at: self.crm.now(),
            })
            .await?;
        directory.commit().await?;
        self.crm.phones.forgive();
        let groups: Vec<_> = symbols.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
        Ok(Secret::new(groups.join("-")))
    }

    /// The device that has it is refused from now on.
    pub async fn remove_device_password(&self, id: DevicePasswordId) -> Result<()> {
        let mut directory = self.crm.world.store.directory().await?;
        if !directory.remove_device_password(self.user.id, id).await? {
            return Err(Error::NotFound);
        }
        directory.commit().await?;
        self.crm.forget_phone_logins(self.office.id, self.user.id).await
    }
}

impl System {
    /// After a backup was put back: every token handed out since then is of a future that never came. A new epoch has phones read
    /// everything anew. Answers how many books there are.
    pub async fn renew_books(&self) -> Result<usize> {
        let mut tx = self.write().await?;
        let books = tx.list_books().await?;
        for book in &books {
            tx.put_book(&BookRow { epoch: self.crm().draw_epoch(), ..book.clone() }).await?;
        }
        tx.commit().await?;
        Ok(books.len())
    }
}

impl crate::Crm {
    fn draw_epoch(&self) -> String {
        let id: BookId = self.new_id();
        id.0.simple().to_string()
    }

    /// Another password: whoever came with the old one shows his again.
    pub(crate) async fn forget_phone_logins(&self, company: model::CompanyId, user: UserId) -> Result<()> {
        let mut tx = self.office(company).await?.company.write(None, self.now()).await?;
        tx.forget_logins(user).await?;
        tx.commit().await?;
        self.phones.forgive();
        Ok(())
    }
}

/// What a device password is found by. People copy it with or without its dashes.
fn digest(symbols: &str) -> Vec<u8> {
    Sha256::digest(symbols.as_bytes()).to_vec()
}

/// The symbols of what may be a device password.
fn symbols(typed: &str) -> Option<String> {
    let plain: String = typed.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    (plain.len() == PASSWORD_SYMBOLS && plain.bytes().all(|byte| SYMBOLS.contains(&byte))).then_some(plain)
}
