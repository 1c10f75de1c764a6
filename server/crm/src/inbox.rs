//! Reading mail: the inbox, one message, the archive of a contact, and the links between them.

use crate::ports::{Acted, MessageRecord, Tx, Want};
use crate::{Error, Result, Session};
use model::contact::{ContactKind, ContactRef};
use model::inbox::{
    ArchiveFilter, ArchiveRow, InboxCounts, LinkedContact, MessageFilter, MessageRow, MessageView, Place, Sort, UnknownSender,
};
use model::mail_account::FolderRole;
use model::message::{Participant, ParticipantRole};
use model::outgoing::SendState;
use model::{ContactId, Cursor, MessageId, Moment, Page, Problem, Right, UserId, fold};

/// Rows in one page of any list.
const PAGE: usize = 50;
const PAGE_SQL: i64 = 50;
/// Messages one action is done to.
const AT_ONCE: usize = 1000;
/// People of one message who are looked up; a newsletter may name thousands.
const LOOKED_UP: usize = 50;

/// Which messages an action concerns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// One's own. Colleagues' in an archive are passed over.
    MineOnly,
    /// One's own, and those in the archive of a contact.
    Archived,
}

/// What an action does to each of them. An enum, not a closure: what a verb awaits must be `Send`.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    Read(bool),
    Finished(bool),
    Deleted(bool),
    Highlighted(bool),
    Private(bool),
    Snoozed(Option<Moment>),
    Spam(bool),
}

impl Session {
    /// Of the user's own mailboxes. What is back from being put off stands above the newest of the inbox.
    pub async fn list_messages(&self, filter: MessageFilter, after: Option<Cursor>) -> Result<Page<MessageRow>> {
        self.demand(Right::UseMail)?;
        let mut tx = self.read().await?;
        let records = tx.list_messages(self.user.id, &filter, after, PAGE_SQL + 1).await?;
        let mut page = Page::cut(records, PAGE, |record| Cursor { at: record.at, id: record.id.0 });
        if after.is_none() && filter.place == Place::Inbox && filter.sort == Sort::Newest {
            let mut rows = tx.list_returned(self.user.id, &filter, PAGE_SQL).await?;
            rows.append(&mut page.rows);
            page.rows = rows;
        }
        Ok(page.map(|record| self.row(record)))
    }

    pub async fn inbox_counts(&self) -> Result<InboxCounts> {
        self.demand(Right::UseMail)?;
        let mut tx = self.read().await?;
        let counts = tx.inbox_counts(self.user.id).await?;
        Ok(InboxCounts { drafts: tx.count_drafts(self.user.id).await?, ..counts })
    }

    /// The reading pane. Opening a message in one's own mailbox marks it read.
    pub async fn open_message(&self, id: MessageId) -> Result<MessageView> {
        let mut tx = self.read().await?;
        let record = self.readable(&mut *tx, id).await?;
        let (mut participants, left_out) = tx.participants(id).await?;
        let mine = record.owner == self.user.id;
        if !mine && self.sees_private().is_some() {
            participants.retain(|one| one.role != ParticipantRole::Bcc);
        }
        let links: Vec<_> =
            tx.links_of(id).await?.into_iter().map(|link| LinkedContact { contact: link.contact, by_hand: link.by_hand }).collect();
        let own: Vec<_> = tx.list_mail_accounts(Some(record.owner)).await?.into_iter().map(|row| fold::email_key(&row.address)).collect();
        let mailbox = tx.find_mail_account(record.account).await?.map(|row| row.address).unwrap_or_default();
        let mut unknown: Vec<Participant> = Vec::new();
        for participant in participants.iter().take(LOOKED_UP) {
            let key = fold::email_key(&participant.address);
            let seen = unknown.iter().any(|other| fold::email_key(&other.address) == key);
            if !seen && fold::is_email_address(&participant.address) && !own.contains(&key) && tx.contacts_by_email(&key).await?.is_empty()
            {
                unknown.push(participant.clone());
            }
        }
        let attachments = tx.attachments(id).await?;
        let dispatch = if mine { self.dispatch_of(&mut *tx, id, record.place).await? } else { None };
        drop(tx);
        Ok(MessageView {
            place: record.place,
            dispatch,
            mailbox,
            participants,
            participants_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
            links,
            unknown,
            attachments,
            has_html: record.has_html,
            size: u64::try_from(record.size).unwrap_or_default(),
            row: self.row(record),
        })
    }

    /// The sealed raw message, opened: what the reading pane and attachments are made from.
    pub async fn raw_message(&self, id: MessageId) -> Result<Vec<u8>> {
        let at = {
            let mut tx = self.read().await?;
            self.readable(&mut *tx, id).await?;
            tx.raw_at(id).await?.ok_or(Error::NotFound)?
        };
        self.crm.unsealed(&self.office, at).await
    }

    /// Reading somebody else's mail in an archive does not make it read for him: those are passed over.
    pub async fn mark_read(&self, ids: Vec<MessageId>, read: bool) -> Result<()> {
        self.each(ids, Whose::MineOnly, Change::Read(read)).await
    }

    /// `Afronden`: gone from the inbox, kept in the archives. `false` undoes it.
    pub async fn finish(&self, ids: Vec<MessageId>, finished: bool) -> Result<()> {
        self.each(ids, Whose::MineOnly, Change::Finished(finished)).await
    }

    /// Into the trash, and so out of every archive; from an archive colleagues may too (ARC-07). `restore_messages` brings it back.
    pub async fn delete_messages(&self, ids: Vec<MessageId>) -> Result<()> {
        self.each(ids, Whose::Archived, Change::Deleted(true)).await
    }

    pub async fn restore_messages(&self, ids: Vec<MessageId>) -> Result<()> {
        self.each(ids, Whose::Archived, Change::Deleted(false)).await
    }

    /// Into SPAM, or out of it to the inbox.
    pub async fn mark_spam(&self, ids: Vec<MessageId>, spam: bool) -> Result<()> {
        self.each(ids, Whose::MineOnly, Change::Spam(spam)).await
    }

    pub async fn link_message(&self, id: MessageId, contact: ContactId) -> Result<()> {
        let mut tx = self.write().await?;
        self.readable(&mut *tx, id).await?;
        tx.contact_ref(contact).await?.ok_or_else(|| Error::invalid("contact", Problem::Unknown))?;
        tx.link(id, contact).await?;
        tx.commit().await
    }

    pub async fn unlink_message(&self, id: MessageId, contact: ContactId) -> Result<()> {
        let mut tx = self.write().await?;
        self.readable(&mut *tx, id).await?;
        tx.unlink(id, contact).await?;
        tx.commit().await
    }

    /// What is known of somebody in a message who is in no card yet, as the start of one (INB-11, CON-15).
    pub async fn unknown_sender(&self, id: MessageId, address: String) -> Result<UnknownSender> {
        let mut tx = self.read().await?;
        self.readable(&mut *tx, id).await?;
        let key = fold::email_key(&address);
        let (participants, _) = tx.participants(id).await?;
        let found = participants.into_iter().find(|participant| fold::email_key(&participant.address) == key).ok_or(Error::NotFound)?;
        let (first_name, last_name) = split_name(&found.name);
        let domain = key.rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
        let companies = if is_shared_domain(&domain) { Vec::new() } else { tx.companies_by_domain(&domain).await? };
        Ok(UnknownSender { message: id, first_name, last_name, address: found.address, companies })
    }

    /// The archive of a contact: every message to and from it, newest first.
    pub async fn list_archive(&self, filter: ArchiveFilter, after: Option<Cursor>) -> Result<Page<ArchiveRow>> {
        let mut tx = self.read().await?;
        let of = tx.contact_ref(filter.contact).await?.ok_or(Error::NotFound)?;
        let merged = filter.employees && of.kind == ContactKind::Company;
        let rows = tx.list_archive(&ArchiveFilter { employees: merged, ..filter }, self.sees_private(), after, PAGE_SQL + 1).await?;
        Ok(Page::cut(rows, PAGE, |(record, _)| Cursor { at: record.at, id: record.id.0 })
            .map(|(record, of)| ArchiveRow { message: self.row(record), of }))
    }

    /// Whose private messages this user sees; `None`: everybody's.
    pub(crate) fn sees_private(&self) -> Option<UserId> {
        (!self.user.role.may(Right::AllMessages)).then_some(self.user.id)
    }

    /// One's own message, or one in the archive of a contact: archives are everybody's (TEAM-10), but for what is marked private.
    /// Others are not there.
    pub(crate) async fn readable(&self, tx: &mut dyn Tx, id: MessageId) -> Result<MessageRecord> {
        let record = tx.find_message(id).await?.ok_or(Error::NotFound)?;
        let mine = record.owner == self.user.id && self.user.role.may(Right::UseMail);
        let shared = !record.private || self.sees_private().is_none();
        if mine || (shared && record.place != Place::Trash && tx.is_linked(id).await?) { Ok(record) } else { Err(Error::NotFound) }
    }

    async fn each(&self, ids: Vec<MessageId>, whose: Whose, change: Change) -> Result<()> {
        self.demand(Right::UseMail)?;
        if ids.len() > AT_ONCE {
            return Err(Error::invalid("ids", Problem::TooLong(1000)));
        }
        let mut tx = self.write().await?;
        for id in ids {
            self.change(&mut *tx, id, whose, change).await?;
        }
        tx.commit().await?;
        self.ring_errands().await
    }

    /// Whoever holds the mailboxes' connections hears that there is something to tell their servers.
    pub(crate) async fn ring_errands(&self) -> Result<()> {
        let Ok(mailroom) = self.crm.mailroom() else { return Ok(()) };
        for account in self.read().await?.accounts_with_errands(self.crm.now()).await? {
            mailroom.errands(self.office.id, account);
        }
        Ok(())
    }

    /// Does it to one message. `None`: it is so already, or not this user's to change.
    pub(crate) async fn change(&self, tx: &mut dyn Tx, id: MessageId, whose: Whose, change: Change) -> Result<Option<Acted>> {
        let now = self.crm.now();
        let record = tx.find_message(id).await?.ok_or(Error::NotFound)?;
        if record.owner != self.user.id {
            let hidden = record.private && self.sees_private().is_some();
            if hidden || !tx.is_linked(id).await? {
                return Err(Error::NotFound);
            }
            if whose == Whose::MineOnly {
                return Ok(None);
            }
        }
        let same = match change {
            Change::Read(read) => record.read == read,
            Change::Finished(finished) => record.finished == finished,
            Change::Deleted(deleted) => (record.place == Place::Trash) == deleted,
            Change::Highlighted(on) => record.highlighted == on,
            Change::Private(on) => record.private == on,
            Change::Snoozed(until) => record.snoozed_until == until,
            Change::Spam(spam) => (record.place == Place::Spam) == spam,
        };
        if same {
            return Ok(None);
        }
        match change {
            Change::Read(read) => tx.set_read(id, read).await?,
            Change::Finished(finished) => tx.set_finished(id, finished.then_some(now)).await?,
            Change::Deleted(deleted) => tx.set_deleted(id, deleted.then_some(now)).await?,
            Change::Highlighted(on) => tx.set_highlighted(id, on).await?,
            Change::Private(on) => tx.set_private(id, on).await?,
            Change::Snoozed(until) => tx.set_snoozed(id, until).await?,
            Change::Spam(_) => tx.set_finished(id, None).await?,
        }
        // Told to the server, in the same transaction, so that neither is without the other. The rest is ours alone.
        let want = match change {
            Change::Read(read) => Some(Want::Read(read)),
            Change::Deleted(true) => Some(Want::Move(FolderRole::Trash)),
            Change::Spam(true) => Some(Want::Move(FolderRole::Spam)),
            Change::Deleted(false) | Change::Spam(false) => Some(Want::Move(home(&record))),
            Change::Finished(_) | Change::Highlighted(_) | Change::Private(_) | Change::Snoozed(_) => None,
        };
        if let Some(want) = want
            && !unsent(tx, id).await?
        {
            tx.put_errand(id, want, now).await?;
        }
        Ok(Some(Acted { message: id, was: record.snoozed_until }))
    }

    pub(crate) fn row(&self, record: MessageRecord) -> MessageRow {
        MessageRow {
            id: record.id,
            account: record.account,
            at: self.civil(record.at),
            who: record.who,
            contact: record.contact,
            subject: record.subject,
            snippet: record.snippet,
            read: record.read,
            answered: record.answered,
            outgoing: record.outgoing,
            attachments: record.attachments,
            finished: record.finished,
            highlighted: record.highlighted,
            private: record.private,
            notes: u32::try_from(record.notes).unwrap_or_default(),
            snoozed_until: record.snoozed_until.map(|until| self.civil(until)),
            returned: record.returned_at.is_some(),
            quarantine: record.quarantine,
        }
    }
}

/// Written here, and not known to any server: nobody can be told where to put it, and it stands where its writer has it.
async fn unsent(tx: &mut dyn Tx, id: MessageId) -> Result<bool> {
    let waits = tx.find_in_outbox(id).await?.is_some_and(|out| out.state != SendState::Sent);
    Ok(waits && !tx.is_on_server(id).await?)
}

/// Where a message belongs that is in no bin.
fn home(record: &MessageRecord) -> FolderRole {
    if record.outgoing { FolderRole::Sent } else { FolderRole::Inbox }
}

/// `Jan de Vries` and `Vries, Jan de` both give Jan, de Vries (and Vries, Jan de).
pub(crate) fn split_name(name: &str) -> (String, String) {
    let name = name.trim();
    if fold::is_email_address(name) {
        return (String::new(), String::new());
    }
    if let Some((last, first)) = name.split_once(',') {
        return (first.trim().to_owned(), last.trim().to_owned());
    }
    match name.split_once(char::is_whitespace) {
        Some((first, last)) => (first.to_owned(), last.trim().to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

/// Mail domains that say nothing about an employer.
fn is_shared_domain(domain: &str) -> bool {
    const SHARED: [&str; 24] = [
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "hotmail.nl",
        "live.com",
        "live.nl",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "yahoo.com",
        "ziggo.nl",
        "kpnmail.nl",
        "planet.nl",
        "hetnet.nl",
        "xs4all.nl",
        "home.nl",
        "online.nl",
        "telfort.nl",
        "gmx.net",
        "gmx.de",
        "web.de",
        "proton.me",
        "protonmail.com",
    ];
    SHARED.contains(&domain)
}

/// A contact by its card, where it is not in the bin.
pub(crate) async fn live_contact(tx: &mut dyn Tx, id: ContactId) -> Result<ContactRef> {
    if tx.contact_deleted_at(id).await?.is_some() {
        return Err(Error::NotFound);
    }
    tx.contact_ref(id).await?.ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::split_name;

    /// [INB-11] The name of an unknown sender as the start of a card.
    #[test]
    fn names_of_senders() {
        let split = |name| split_name(name);
        assert_eq!(split("Jan de Vries"), ("Jan".into(), "de Vries".into()));
        assert_eq!(split("Vries, Jan de"), ("Jan de".into(), "Vries".into()));
        assert_eq!(split("Jan"), ("Jan".into(), String::new()));
        assert_eq!(split("jan@bakker.example"), (String::new(), String::new()));
    }
}
