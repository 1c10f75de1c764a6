//! Addresses that one sends from beside that of a mailbox (EML-25).
//!
//! A new one is verified by a code that is mailed to it, from it, through the mailbox's own server: so it is shown that this server lets
//! its owner write as that address, and that he reads what comes there. Nothing is kept of an address whose letter did not go.

use crate::outgoing::{as_markup, message_id};
use crate::ports::{AccountRow, Letterhead, Parcel, SenderRow};
use crate::{Error, Pass, Result, Session};
use futures::future::join_all;
use model::outgoing::{Recipient, SendFault};
use model::sender::{CODE_DIGITS, DomainRecords, OwnSenders, SenderAddress, SenderForm, SenderStanding, name_problem, read_code};
use model::{MessageId, Moment, Problem, Right, SenderId, fold};
use sha2::{Digest, Sha256};

/// How long a code is good: the letter may be held up on its way.
const CODE_SECONDS: i64 = 30 * 60;
/// Guesses at one code. Whoever reads it needs one.
const MOST_GUESSES: i64 = 5;
/// Domains looked up at a time: more than anybody sends from.
const MOST_DOMAINS: usize = 20;

impl Session {
    /// One's sender addresses, verified or not, and the mailboxes that another can go out through.
    pub async fn open_senders(&self) -> Result<OwnSenders> {
        self.demand(Right::UseMail)?;
        let mut tx = self.read().await?;
        let mailboxes: Vec<_> = tx.list_mail_accounts(Some(self.user.id)).await?.into_iter().map(|row| (row.id, row.address)).collect();
        let addresses = tx
            .list_senders(self.user.id)
            .await?
            .into_iter()
            .map(|row| SenderAddress {
                id: row.id,
                mailbox: mailboxes.iter().find(|(id, _)| *id == row.account).map(|(_, address)| address.clone()).unwrap_or_default(),
                standing: match row.verified_at {
                    Some(_) => SenderStanding::Verified,
                    None if is_good(&row, self.crm.now()) => SenderStanding::Asked(self.civil(row.code_until)),
                    None => SenderStanding::Lapsed,
                },
                address: row.address,
                name: row.name,
            })
            .collect();
        Ok(OwnSenders { mailboxes, addresses })
    }

    /// Mails a code to a new address. `words` gives, for the address and the code, the subject and the text of its letter.
    /// `Error::Unsent`: the mailbox's server would not have it, and nothing is kept.
    pub async fn add_sender(&self, form: SenderForm, words: impl Fn(&str, &str) -> (String, String) + Send + Sync) -> Result<SenderId> {
        let account = self.own_account(form.account).await?;
        let wrong = form.problems();
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let address = form.address.trim().to_owned();
        let key = fold::email_key(&address);
        {
            let mut tx = self.read().await?;
            if tx.list_mail_accounts(Some(self.user.id)).await?.iter().any(|row| fold::email_key(&row.address) == key) {
                return Err(Error::invalid("address", Problem::OwnMailbox));
            }
            if tx.list_senders(self.user.id).await?.iter().any(|row| fold::email_key(&row.address) == key) {
                return Err(Error::invalid("address", Problem::AlreadyThere));
            }
        }
        if !self.crm.mailroom()?.takes(&address) {
            return Err(Error::invalid("address", Problem::NotAnEmailAddress));
        }
        let row = SenderRow {
            id: self.crm.new_id(),
            account: account.id,
            owner: self.user.id,
            address,
            name: fold::one_line(&form.name),
            verified_at: None,
            code_hash: None,
            code_until: self.crm.now(),
            attempts: 0,
        };
        let id = row.id;
        match self.mail_code(&account, row, words).await {
            // Twice at once, from two windows.
            Err(Error::Conflict(_)) => Err(Error::invalid("address", Problem::AlreadyThere)),
            mailed => mailed.map(|()| id),
        }
    }

    /// Another code, in the place of the one before. `words` as for `add_sender`.
    pub async fn send_sender_code(&self, id: SenderId, words: impl Fn(&str, &str) -> (String, String) + Send + Sync) -> Result<()> {
        let row = self.own_sender_row(id).await?;
        if row.verified_at.is_some() {
            return Ok(());
        }
        let account = self.own_account(row.account).await?;
        self.mail_code(&account, row, words).await
    }

    /// Whoever has the code reads the address: from now on it is offered at `Van`.
    pub async fn verify_sender(&self, id: SenderId, typed: &str) -> Result<()> {
        if self.own_sender_row(id).await?.verified_at.is_some() {
            return Ok(());
        }
        // A slip of the finger is no guess.
        let code = read_code(typed).ok_or_else(|| Error::invalid("code", Problem::NotACode))?;
        let whose = self.user.id.to_string();
        self.crm.count("sender guess", &whose, self.crm.world.limits.guesses_per_user).await?;
        let now = self.crm.now();
        let mut tx = self.write().await?;
        let row = tx.guess_at_sender(id).await?.ok_or(Error::NotFound)?;
        let good = is_good(&SenderRow { attempts: row.attempts - 1, ..row.clone() }, now);
        let right = good && row.code_hash == Some(self.code_hash(id, &code));
        if right {
            tx.put_sender(&SenderRow { verified_at: Some(now), code_hash: None, attempts: 0, ..row }).await?;
        }
        tx.commit().await?;
        match (right, good) {
            (true, _) => self.crm.forgive("sender guess", &whose).await,
            (false, true) => Err(Error::invalid("code", Problem::WrongCode)),
            (false, false) => Err(Error::invalid("code", Problem::CodeLapsed)),
        }
    }

    /// Another name for recipients to see; empty: one's own.
    pub async fn rename_sender(&self, id: SenderId, name: String) -> Result<()> {
        self.own_sender_row(id).await?;
        if let Some(wrong) = name_problem(&name) {
            return Err(Error::Invalid(vec![wrong]));
        }
        let mut tx = self.write().await?;
        let row = tx.find_sender(id).await?.ok_or(Error::NotFound)?;
        tx.put_sender(&SenderRow { name: fold::one_line(&name), ..row }).await?;
        tx.commit().await
    }

    /// Drafts that were to go from it go from the mailbox's own address; what was sent goes as it was written.
    pub async fn remove_sender(&self, id: SenderId) -> Result<()> {
        self.own_sender_row(id).await?;
        let mut tx = self.write().await?;
        tx.remove_sender(id).await?;
        tx.commit().await
    }

    /// What DNS says of the domains of one's sender addresses, each once for each server it goes through.
    pub async fn sender_domains(&self) -> Result<Vec<DomainRecords>> {
        self.demand(Right::UseMail)?;
        let rows = self.read().await?.list_senders(self.user.id).await?;
        let mut asked = Vec::new();
        for row in rows {
            let server = self.sending_server(row.account).await?.settings;
            let domain = fold::email_key(&row.address).rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
            if asked.len() < MOST_DOMAINS && !asked.iter().any(|(known, host)| (known, host) == (&domain, &server.host)) {
                asked.push((domain, server.host));
            }
        }
        let mailroom = self.crm.mailroom()?;
        let found = join_all(asked.iter().map(|(domain, host)| mailroom.domain_records(domain, host))).await;
        Ok(found.into_iter().flatten().collect())
    }

    async fn own_sender_row(&self, id: SenderId) -> Result<SenderRow> {
        self.demand(Right::UseMail)?;
        let row = self.read().await?.find_sender(id).await?;
        row.filter(|row| row.owner == self.user.id).ok_or(Error::NotFound)
    }

    /// A fresh code goes out, and the row is kept once it has.
    async fn mail_code(
        &self,
        account: &AccountRow,
        row: SenderRow,
        words: impl Fn(&str, &str) -> (String, String) + Send + Sync,
    ) -> Result<()> {
        self.crm.count("sender code", &self.user.id.to_string(), self.crm.world.limits.codes_per_user).await?;
        let code = self.draw_code();
        let (subject, text) = words(&row.address, &code);
        let message: MessageId = self.crm.new_id();
        let own = Recipient { name: self.name_of_sender(&row.name), address: row.address.clone() };
        let letter = Letterhead {
            message_id: message_id(message, &row.address),
            date: self.crm.now(),
            zone: self.preferences.time_zone.clone(),
            from: own.clone(),
            to: vec![own],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject,
            html: as_markup(&text),
            files: Vec::new(),
            references: Vec::new(),
            calendar: None,
        };
        let parcel = Parcel {
            message,
            account: account.id,
            from: row.address.clone(),
            recipients: vec![row.address.clone()],
            bytes: self.crm.mailroom()?.build(letter).await?.bytes,
            server: self.sending_server(account.id).await?.settings,
        };
        let mailroom = self.crm.mailroom()?;
        let deliver = |pass: Pass| {
            let parcel = &parcel;
            async move { mailroom.hand_over(parcel, &pass).await }
        };
        let handed = self.crm.hand_over(&self.office, account, deliver).await?;
        if handed.accepted.is_empty() {
            let said = handed.refused.into_iter().next().map(|refusal| refusal.said).unwrap_or_default();
            return Err(Error::Unsent(handed.fault.unwrap_or(SendFault::Refused(said))));
        }
        let code_hash = Some(self.code_hash(row.id, &code));
        let mut tx = self.write().await?;
        tx.put_sender(&SenderRow { code_hash, code_until: self.crm.now().plus_seconds(CODE_SECONDS), attempts: 0, ..row }).await?;
        tx.commit().await
    }

    /// What recipients see beside a sender address of this name.
    pub(crate) fn name_of_sender(&self, name: &str) -> String {
        if name.is_empty() { self.own_name() } else { name.to_owned() }
    }

    fn draw_code(&self) -> String {
        const CODES: u32 = 1_000_000;
        loop {
            let mut bytes = [0; 4];
            self.crm.dice().fill(&mut bytes);
            let drawn = u32::from_be_bytes(bytes);
            // What lies above the last whole round would make some codes likelier than others.
            if drawn < u32::MAX - u32::MAX % CODES {
                return format!("{:0width$}", drawn % CODES, width = CODE_DIGITS);
            }
        }
    }

    /// Of so few digits a plain hash would tell all: the company's key stands in it too.
    fn code_hash(&self, id: SenderId, code: &str) -> Vec<u8> {
        let key = self.office.key.derive("sender codes");
        Sha256::new().chain_update(key).chain_update(id.0.as_bytes()).chain_update(code).finalize().to_vec()
    }
}

/// Whether its code can be guessed at once more.
fn is_good(row: &SenderRow, now: Moment) -> bool {
    row.code_hash.is_some() && row.attempts < MOST_GUESSES && row.code_until > now
}
