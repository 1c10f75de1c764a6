//! The search box: contacts, tags and messages by one line of words.

use crate::ports::{MessageRecord, Sought, Tx};
use crate::{Result, Session};
use model::search::{Clause, Field, Found, FoundMessage, FoundMessages, Older, Phrase, Query, What, words_of};
use model::{Day, FolderId, Right, TagId, fold};

/// Messages in one page.
const PAGE: usize = 50;
const CONTACTS: usize = 8;
const TAGS: i64 = 5;
/// A name that so many contacts share narrows nothing: the ones of late are looked at.
const NAMED: i64 = 50;

impl Session {
    /// What is found first: as much as there is of contacts and tags, and the newest messages.
    pub async fn search(&self, typed: String) -> Result<Found> {
        let query = self.read_query(&typed);
        let mut tx = self.read().await?;
        let mut contacts = Vec::new();
        if let Some(words) = query.contact_words() {
            contacts = tx.search_contacts(&words, false, sql(CONTACTS + 1)).await?;
        }
        let more_contacts = contacts.len() > CONTACTS;
        contacts.truncate(CONTACTS);
        let mut tags = Vec::new();
        if let Some(beginning) = tag_beginning(&query) {
            tags = tx.search_tags(&beginning, TAGS).await?;
        }
        let messages = self.find_messages(&mut *tx, &query, None).await?;
        let contacts = contacts.into_iter().map(|row| self.contact_row(row)).collect();
        Ok(Found { contacts, more_contacts, tags, messages, marks: query.marks() })
    }

    /// The messages after those.
    pub async fn search_older(&self, typed: String, older: Older) -> Result<FoundMessages> {
        let query = self.read_query(&typed);
        self.find_messages(&mut *self.read().await?, &query, Some(older)).await
    }

    fn read_query(&self, typed: &str) -> Query {
        Query::read(typed, self.today(), self.preferences.date_format)
    }

    async fn find_messages(&self, tx: &mut dyn Tx, query: &Query, older: Option<Older>) -> Result<FoundMessages> {
        if query.is_empty() {
            return Ok(FoundMessages::default());
        }
        let reader = self.user.role.may(Right::UseMail).then_some(self.user.id);
        let mut sought = Sought { reader, private: self.sees_private().is_none(), ..Sought::default() };
        for clause in &query.clauses {
            self.seek(tx, &mut sought, clause).await?;
        }
        let found = tx.search_messages(&sought, older, PAGE).await?;
        let mut rows = Vec::with_capacity(found.records.len());
        for record in found.records {
            rows.push(self.found_message(tx, record).await?);
        }
        Ok(FoundMessages { rows, next: found.next })
    }

    async fn found_message(&self, tx: &mut dyn Tx, record: MessageRecord) -> Result<FoundMessage> {
        let place = record.place;
        let mine = record.owner == self.user.id && self.user.role.may(Right::UseMail);
        let archive = match &record.contact {
            _ if mine => None,
            Some(contact) => Some(contact.id),
            None => tx.links_of(record.id).await?.first().map(|link| link.contact.id),
        };
        Ok(FoundMessage { row: self.row(record), place, archive })
    }

    /// What a clause means in this company.
    async fn seek(&self, tx: &mut dyn Tx, sought: &mut Sought, clause: &Clause) -> Result<()> {
        let not = clause.not;
        match &clause.what {
            What::Words(phrase) => sought.phrases.push((not, phrase.clone())),
            What::Attachment => sought.attachment = Some(!not),
            What::In(place) => sought.places.push((not, *place)),
            What::Anywhere => sought.everywhere = !not,
            What::Folder(name) => {
                let folders = self.folders_named(tx, name).await?;
                sought.folders.push((not, folders));
            }
            What::Contact(name) => {
                let named = tx.search_contacts(name, true, NAMED).await?;
                sought.contacts.push((not, named.into_iter().map(|row| row.id).collect()));
            }
            What::Tag(name) => {
                let tags: Vec<TagId> = tx.search_tags(name, NAMED).await?.into_iter().map(|tag| tag.id).collect();
                if tags.is_empty() {
                    // `#12` may well be the number of an invoice.
                    let phrase = Phrase { field: Field::Any, words: words_of(name), prefix: false, typed: name.clone() };
                    sought.phrases.push((not, phrase));
                } else {
                    sought.tags.push((not, tags));
                }
            }
            What::At(days) => {
                let begins = |day: Day| self.on_the_wall(day, 0);
                let (from, until) = (days.from.map(begins), days.until.map(begins));
                match (not, from, until) {
                    (false, ..) => {
                        sought.from = sought.from.max(from);
                        sought.until = [sought.until, until].into_iter().flatten().min();
                    }
                    // Not after is before, and the other way round; not on a day is no stretch of time and narrows nothing.
                    (true, Some(from), None) => sought.until = Some(sought.until.map_or(from, |until| until.min(from))),
                    (true, None, Some(until)) => sought.from = sought.from.max(Some(until)),
                    (true, ..) => {}
                }
            }
        }
        Ok(())
    }

    /// Folders of the user's own mailboxes.
    async fn folders_named(&self, tx: &mut dyn Tx, name: &str) -> Result<Vec<FolderId>> {
        let mut folders = Vec::new();
        if !self.user.role.may(Right::UseMail) {
            return Ok(folders);
        }
        for account in tx.list_mail_accounts(Some(self.user.id)).await? {
            let known = tx.list_folders(account.id).await?;
            folders.extend(known.into_iter().filter(|folder| fold::fold(&folder.name).starts_with(name)).map(|folder| folder.id));
        }
        Ok(folders)
    }
}

fn sql(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// `#vi`, or a plain word that a tag may begin with.
fn tag_beginning(query: &Query) -> Option<String> {
    let asked = query.clauses.iter().filter(|clause| !clause.not);
    let mut words = asked.filter_map(|clause| match &clause.what {
        What::Tag(name) => Some(name.clone()),
        What::Words(phrase) if phrase.field == Field::Any => Some(phrase.typed.clone()),
        _ => None,
    });
    words.next().filter(|_| query.clauses.len() == 1)
}
