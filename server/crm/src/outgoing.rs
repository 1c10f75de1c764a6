//! Writing mail: drafts, and sending what they have become.

mod answer;
pub(crate) mod bounce;
mod carry;
mod invitation;

use crate::ports::{DraftFileRow, DraftRow, Enclosed, Letterhead, NewMessage, OutboxRow, RawAt, Tx};
use crate::templates::kind_of;
use crate::{Error, Result, Session};
use bytes::Bytes;
use model::contact::{ContactFilter, ContactRef, ContactRow, DetailKind};
use model::inbox::{ArchiveFilter, ArchiveShow, Place};
use model::message::{Flags, Parsed};
use model::outgoing::{
    Action, BookAddress, BookEntry, ContactFile, Dispatch, Draft, DraftFile, DraftForm, DraftLine, MOST_FILES, Recipient, RecipientState,
    Refusal, SavedDraft, SendState, Sender, Suggestion, UNDO_SECONDS,
};
use model::template::{TemplateAction, file_name};
use model::work::Snooze;
use model::{ContactId, Cursor, DraftFileId, DraftId, MailAccountId, MessageId, Moment, Page, Problem, Right, TemplateId, fold, letter};
use std::collections::HashSet;

/// Drafts in the list.
const LISTED: i64 = 200;
/// Choices below the field `Aan`.
const SUGGESTED: usize = 8;
/// Contacts looked at for these: some have no address.
const LOOKED_AT: i64 = 40;
/// Contacts in one page of the address book.
const BOOK: usize = 50;
const BOOK_SQL: i64 = 50;

impl Session {
    /// The choices of the field `Van` (CMP-10): every mailbox of one's own, each followed by the sender addresses that go out through it.
    pub async fn list_senders(&self) -> Result<Vec<Sender>> {
        self.demand(Right::UseMail)?;
        self.senders(&mut *self.read().await?).await
    }

    async fn senders(&self, tx: &mut dyn Tx) -> Result<Vec<Sender>> {
        let aliases = tx.list_senders(self.user.id).await?;
        let mut senders = Vec::new();
        for row in tx.list_mail_accounts(Some(self.user.id)).await? {
            senders.push(Sender { account: row.id, alias: None, name: self.own_name(), address: row.address });
            let verified = aliases.iter().filter(|alias| alias.account == row.id && alias.verified_at.is_some());
            senders.extend(verified.map(|alias| Sender {
                account: row.id,
                alias: Some(alias.id),
                name: self.name_of_sender(&alias.name),
                address: alias.address.clone(),
            }));
        }
        Ok(senders)
    }

    pub(crate) fn own_name(&self) -> String {
        crate::tasks::name_of(&self.user)
    }

    /// A letter from nothing, or from a contact's card (CMP-01 to CMP-04): with this template, or the one that new letters begin with.
    pub async fn begin_letter(&self, contact: Option<ContactId>, address: Option<String>, template: Option<TemplateId>) -> Result<DraftId> {
        self.demand(Right::UseMail)?;
        let template = match template {
            Some(template) => Some(template),
            None => self.action_types().await?.of(TemplateAction::New),
        };
        let mut form = DraftForm::default();
        if let Some(contact) = contact {
            let mut tx = self.read().await?;
            let known = crate::inbox::live_contact(&mut *tx, contact).await?;
            let addresses = tx.list_details(contact).await?.into_iter().filter(|detail| detail.kind == DetailKind::Email);
            let mut addresses = addresses.map(|detail| detail.value);
            let chosen = match &address {
                Some(asked) => addresses.find(|own| fold::email_key(own) == fold::email_key(asked)),
                None => addresses.next(),
            };
            form.to.extend(chosen.map(|address| Recipient { name: known.name, address }));
            form.contacts.push(contact);
        } else if let Some(address) = address.filter(|address| fold::is_email_address(address.trim())) {
            form.to.push(Recipient { name: String::new(), address: address.trim().to_owned() });
        }
        self.begin(Action::New, None, form, template, "", Vec::new()).await
    }

    /// A template as it stands in the editor, with its files, sent to whoever works on it, as this contact would get it. Answers the
    /// address it goes to.
    pub async fn send_template_test(&self, id: TemplateId, subject: String, body: String, contact: Option<ContactId>) -> Result<String> {
        let filled = self.preview_template(subject, body, contact).await?;
        let senders = self.list_senders().await?;
        let sender = senders.first().ok_or_else(|| Error::invalid("sender", Problem::Missing))?.account;
        let address = self.open_profile().await?.email;
        let form = DraftForm {
            sender: Some(sender),
            to: vec![Recipient { name: self.own_name(), address: address.clone() }],
            template: Some(id),
            subject: filled.subject,
            html: filled.html,
            ..DraftForm::default()
        };
        let draft = self.begin(Action::New, None, form.clone(), Some(id), "", Vec::new()).await?;
        self.send_draft(draft, 1, form, None).await?;
        Ok(address)
    }

    /// A draft that begins with a template, above what is quoted; with its files or not at all.
    async fn begin(
        &self,
        action: Action,
        answers: Option<MessageId>,
        mut form: DraftForm,
        template: Option<TemplateId>,
        quoted: &str,
        files: Vec<Enclosed>,
    ) -> Result<DraftId> {
        let senders = self.list_senders().await?;
        let mut begun = String::new();
        let mut domain = String::new();
        if let Some(id) = template {
            let filled = self.fill_template(id, self.about(action, &form).await?).await?;
            form.template = Some(id);
            if form.subject.is_empty() {
                form.subject = filled.subject;
            }
            begun = filled.html;
            domain = filled.sender_domain;
        }
        if form.sender.is_none() {
            send_as(&mut form, sender_in(&senders, &domain).or(senders.first()));
        }
        form.html = if begun.is_empty() { format!("<div><br></div>{quoted}") } else { format!("{begun}{quoted}") };
        let row = DraftRow {
            id: self.crm.new_id(),
            owner: self.user.id,
            action,
            answers,
            form,
            begun,
            version: 1,
            changed_at: self.crm.now(),
            sent_as: None,
            removed: false,
        };
        let mut carried = Vec::with_capacity(files.len());
        for (id, file) in self.file_ids(files.len()).into_iter().zip(files) {
            let at = self.sealed(&file.bytes).await?;
            let size = i64::try_from(file.bytes.len()).map_err(|error| Error::internal("An attachment without end", error))?;
            let file = DraftFile { id, name: file_name(&file.name), mime: kind_of(&file.mime), size };
            carried.push(DraftFileRow { draft: row.id, file, at, removed: false });
        }
        let mut tx = self.write().await?;
        tx.add_draft(&row).await?;
        for file in carried {
            tx.add_draft_file(&file).await?;
        }
        // A template's bytes are there once, for all its letters.
        self.swap_files(&mut *tx, row.id, None, template).await?;
        tx.commit().await?;
        Ok(row.id)
    }

    /// Files are listed by their ids, and those of one moment have no order: these have that in which they are given out.
    fn file_ids(&self, count: usize) -> Vec<DraftFileId> {
        let mut ids: Vec<DraftFileId> = (0..count).map(|_| self.crm.new_id()).collect();
        ids.sort_unstable_by_key(|id| id.0);
        ids
    }

    /// Whom the fields of a letter speak of: the first contact it is linked to, or the one who has its first address. What is sent on is
    /// linked to those that it came from, and speaks to somebody else.
    async fn about(&self, action: Action, form: &DraftForm) -> Result<Option<ContactId>> {
        let mut tx = self.read().await?;
        if action != Action::Forward
            && let Some(linked) = linked(&mut *tx, form).await?.first()
        {
            return Ok(Some(linked.id));
        }
        match form.to.first() {
            Some(first) => Ok(tx.contacts_by_email(&first.key()).await?.first().map(|contact| contact.id)),
            None => Ok(None),
        }
    }

    /// One's own, the last changed first (CMP-20).
    pub async fn list_drafts(&self) -> Result<Vec<DraftLine>> {
        self.demand(Right::UseMail)?;
        let rows = self.read().await?.list_drafts(self.user.id, LISTED).await?;
        Ok(rows
            .into_iter()
            .map(|row| DraftLine { id: row.id, to: row.form.to, subject: row.form.subject, changed: self.civil(row.changed_at) })
            .collect())
    }

    pub async fn open_draft(&self, id: DraftId) -> Result<Draft> {
        let mut row = self.own_draft(id).await?;
        let unknown = self.unknown_in(row.action, &row.form).await?;
        let mut tx = self.read().await?;
        let contacts = linked(&mut *tx, &row.form).await?;
        row.form.contacts = contacts.iter().map(|contact| contact.id).collect();
        let files = tx.list_draft_files(id).await?.into_iter().map(|row| row.file).collect();
        Ok(Draft { id, version: row.version, action: row.action, answers: row.answers, form: row.form, contacts, files, unknown })
    }

    /// Fields that would stay as they are when it went now.
    async fn unknown_in(&self, action: Action, form: &DraftForm) -> Result<Vec<String>> {
        Ok(self.fill_letter(&form.subject, &form.html, self.about(action, form).await?).await?.unknown)
    }

    /// A draft of one's own that is still one.
    async fn own_draft(&self, id: DraftId) -> Result<DraftRow> {
        self.demand(Right::UseMail)?;
        let row = self.read().await?.find_draft(id).await?.filter(|row| row.owner == self.user.id && !row.removed);
        let row = row.ok_or(Error::NotFound)?;
        if row.sent_as.is_some() { Err(Error::Conflict("drafts.sent".into())) } else { Ok(row) }
    }

    /// What was written so far. `version` is the one the writer began with: `Error::Conflict` when it was saved elsewhere meanwhile.
    pub async fn save_draft(&self, id: DraftId, version: i64, form: DraftForm) -> Result<SavedDraft> {
        let row = self.own_draft(id).await?;
        let form = self.safe_form(form).await?;
        let version = self.put_draft(&row, version, &form, &row.begun).await?;
        Ok(SavedDraft { version, unknown: self.unknown_in(row.action, &form).await? })
    }

    async fn safe_form(&self, form: DraftForm) -> Result<DraftForm> {
        let wrong = form.too_much();
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let html = self.crm.mailroom()?.safe_html(form.html.clone()).await;
        Ok(DraftForm {
            html: html.ok_or_else(|| Error::invalid("html", Problem::UnreadableHtml))?,
            subject: fold::one_line(&form.subject),
            to: tidy(form.to),
            cc: tidy(form.cc),
            bcc: tidy(form.bcc),
            ..form
        })
    }

    async fn put_draft(&self, row: &DraftRow, version: i64, form: &DraftForm, begun: &str) -> Result<i64> {
        if row.version == version && row.form == *form && row.begun == begun {
            return Ok(version);
        }
        let mut tx = self.write().await?;
        let next = self.put_draft_in(&mut *tx, row, version, form, begun).await?;
        tx.commit().await?;
        Ok(next)
    }

    async fn put_draft_in(&self, tx: &mut dyn Tx, row: &DraftRow, version: i64, form: &DraftForm, begun: &str) -> Result<i64> {
        self.sender_of(tx, form).await?;
        tx.put_draft(row.id, version, form, begun).await?.ok_or_else(|| Error::Conflict("drafts.version".into()))
    }

    /// The mailbox that a letter goes through, and who it says it is from. `None`: that was not chosen yet.
    async fn sender_of(&self, tx: &mut dyn Tx, form: &DraftForm) -> Result<Option<(MailAccountId, Recipient)>> {
        let unknown = || Error::invalid("sender", Problem::Unknown);
        let Some(account) = form.sender else { return if form.alias.is_none() { Ok(None) } else { Err(unknown()) } };
        let account = tx.find_mail_account(account).await?.filter(|row| row.owner == self.user.id).ok_or_else(unknown)?;
        let from = match form.alias {
            Some(alias) => {
                let alias = tx.find_sender(alias).await?.filter(|row| row.account == account.id && row.verified_at.is_some());
                let alias = alias.ok_or_else(unknown)?;
                Recipient { name: self.name_of_sender(&alias.name), address: alias.address }
            }
            None => Recipient { name: self.own_name(), address: account.address },
        };
        Ok(Some((account.id, from)))
    }

    /// Another template, or none (CMP-15): what was typed, and what is quoted, stays.
    pub async fn use_template(&self, id: DraftId, version: i64, form: DraftForm, template: Option<TemplateId>) -> Result<Draft> {
        let row = self.own_draft(id).await?;
        let mut form = self.safe_form(form).await?;
        let mut begun = String::new();
        let before = form.template;
        if let Some(template) = template {
            let about = self.about(row.action, &form).await?;
            let before = match form.template {
                Some(before) => self.fill_template(before, about).await.map(|filled| filled.subject).unwrap_or_default(),
                None => String::new(),
            };
            let filled = self.fill_template(template, about).await?;
            if form.subject.is_empty() || form.subject == before {
                form.subject = filled.subject;
            }
            let senders = self.list_senders().await?;
            if let Some(sender) = sender_in(&senders, &filled.sender_domain) {
                send_as(&mut form, Some(sender));
            }
            begun = filled.html;
        }
        form.html = letter::retemplated(&row.begun, &form.html, &begun);
        form.template = template;
        let mut tx = self.write().await?;
        self.put_draft_in(&mut *tx, &row, version, &form, &begun).await?;
        if before != template {
            self.swap_files(&mut *tx, id, before, template).await?;
        }
        tx.commit().await?;
        self.open_draft(id).await
    }

    /// The files of one template go, and those of the other come along (TPL-09); what its writer added stays.
    async fn swap_files(&self, tx: &mut dyn Tx, draft: DraftId, before: Option<TemplateId>, template: Option<TemplateId>) -> Result<()> {
        if let Some(before) = before {
            // Of a template's file there is one copy: that is what it is known by.
            let gone: Vec<_> = tx.list_template_files(before).await?.into_iter().map(|of| of.at).collect();
            for row in tx.list_draft_files(draft).await? {
                if gone.contains(&row.at) {
                    tx.set_draft_file_removed(row.file.id, true).await?;
                }
            }
        }
        if let Some(template) = template {
            let files = tx.list_template_files(template).await?;
            for (id, of) in self.file_ids(files.len()).into_iter().zip(files) {
                let file = DraftFile { id, name: of.file.name, mime: of.file.mime, size: of.file.size };
                tx.add_draft_file(&DraftFileRow { draft, file, at: of.at, removed: false }).await?;
            }
        }
        Ok(())
    }

    /// Out of the list; `restore_draft` brings it back.
    pub async fn remove_draft(&self, id: DraftId) -> Result<()> {
        self.own_draft(id).await?;
        self.set_draft_removed(id, true).await
    }

    pub async fn restore_draft(&self, id: DraftId) -> Result<()> {
        self.demand(Right::UseMail)?;
        self.read().await?.find_draft(id).await?.filter(|row| row.owner == self.user.id).ok_or(Error::NotFound)?;
        self.set_draft_removed(id, false).await
    }

    async fn set_draft_removed(&self, id: DraftId, removed: bool) -> Result<()> {
        let mut tx = self.write().await?;
        tx.set_draft_removed(id, removed).await?;
        tx.commit().await
    }

    /// A file from the writer's own disk (CMP-07).
    pub async fn attach(&self, draft: DraftId, name: String, mime: String, bytes: Bytes) -> Result<DraftFile> {
        self.own_draft(draft).await?;
        let name = file_name(&name);
        if name.is_empty() {
            return Err(Error::invalid("name", Problem::Missing));
        }
        let size = i64::try_from(bytes.len()).map_err(|_| too_big())?;
        // Asked before it is sealed, and again where nobody else adds one.
        room_for(&mut *self.read().await?, draft, size).await?;
        let at = self.sealed(&bytes).await?;
        let file = DraftFile { id: self.crm.new_id(), name, mime: kind_of(&mime), size };
        let mut tx = self.write().await?;
        room_for(&mut *tx, draft, size).await?;
        tx.add_draft_file(&DraftFileRow { draft, file: file.clone(), at, removed: false }).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// The files in the archive of a contact, the newest first: those of its latest messages that have any (CMP-08).
    pub async fn list_contact_files(&self, contact: ContactId) -> Result<Vec<ContactFile>> {
        let filter = ArchiveFilter { contact, show: ArchiveShow::WithAttachments, employees: true };
        let messages = self.list_archive(filter, None).await?.rows;
        let mut tx = self.read().await?;
        let mut files = Vec::new();
        for row in messages {
            let (message, at) = (row.message.id, row.message.at);
            let beside = tx.attachments(message).await?.into_iter().filter(|file| !file.inline);
            files.extend(beside.map(|file| ContactFile { message, part: file.part, name: file.name, size: file.size, at }));
        }
        Ok(files)
    }

    /// A file from an archive (CMP-08).
    pub async fn attach_from(&self, draft: DraftId, message: MessageId, part: u32) -> Result<DraftFile> {
        let raw = self.raw_message(message).await?;
        let Enclosed { name, mime, bytes } = self.crm.mailroom()?.enclosed(raw, part).await.ok_or(Error::NotFound)?;
        self.attach(draft, name, mime, bytes.into()).await
    }

    /// `reattach` brings it back.
    pub async fn detach(&self, file: DraftFileId) -> Result<()> {
        self.set_file_removed(file, true).await
    }

    pub async fn reattach(&self, file: DraftFileId) -> Result<()> {
        self.set_file_removed(file, false).await
    }

    async fn set_file_removed(&self, file: DraftFileId, removed: bool) -> Result<()> {
        let row = self.read().await?.find_draft_file(file).await?.ok_or(Error::NotFound)?;
        self.own_draft(row.draft).await?;
        let mut tx = self.write().await?;
        if row.removed && !removed {
            room_for(&mut *tx, row.draft, row.file.size).await?;
        }
        tx.set_draft_file_removed(file, removed).await?;
        tx.commit().await
    }

    pub async fn open_draft_file(&self, file: DraftFileId) -> Result<(DraftFile, Vec<u8>)> {
        let row = self.read().await?.find_draft_file(file).await?.filter(|row| !row.removed).ok_or(Error::NotFound)?;
        self.own_draft(row.draft).await?;
        let bytes = self.crm.unsealed(&self.office, row.at).await?;
        Ok((row.file, bytes))
    }

    /// `Verzenden` (CMP-17): built once, filed with everybody it concerns, and handed to the outbox, all or nothing. It goes when the time
    /// to take it back is over, or at the time it is put off to (CMP-19).
    pub async fn send_draft(&self, id: DraftId, version: i64, form: DraftForm, later: Option<Snooze>) -> Result<MessageId> {
        let row = self.own_draft(id).await?;
        let wrong = form.problems();
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        let now = self.crm.now();
        let due_at = match later {
            Some(later) => self.snoozed_until(later)?,
            None => now.plus_seconds(UNDO_SECONDS),
        };
        let form = self.safe_form(form).await?;
        let version = self.put_draft(&row, version, &form, &row.begun).await?;
        let (account, from, files) = {
            let mut tx = self.read().await?;
            let sender = self.sender_of(&mut *tx, &form).await?;
            let (account, from) = sender.ok_or_else(|| Error::invalid("sender", Problem::Missing))?;
            // What is sent on may bring more along than fits.
            room_for(&mut *tx, id, 0).await?;
            (account, from, tx.list_draft_files(id).await?)
        };
        let filled = self.fill_letter(&form.subject, &form.html, self.about(row.action, &form).await?).await?;
        let mut enclosed = Vec::new();
        for row in files {
            let bytes = self.crm.unsealed(&self.office, row.at).await?;
            enclosed.push(Enclosed { name: row.file.name, mime: row.file.mime, bytes });
        }
        let mailroom = self.crm.mailroom()?;
        let references = match row.answers {
            Some(answered) if row.action != Action::Forward => match self.raw_message(answered).await {
                Ok(raw) => mailroom.quotable(raw, false).await.references,
                // It may be gone by now; the answer goes all the same.
                Err(_) => Vec::new(),
            },
            _ => Vec::new(),
        };
        let message: MessageId = self.crm.new_id();
        let built = mailroom
            .build(Letterhead {
                message_id: message_id(message, &from.address),
                date: if later.is_some() { due_at } else { now },
                zone: self.preferences.time_zone.clone(),
                from,
                to: form.to.clone(),
                cc: form.cc.clone(),
                bcc: form.bcc.clone(),
                subject: filled.subject,
                html: filled.html,
                files: enclosed,
                references,
                calendar: None,
            })
            .await?;
        let raw = self.sealed(&built.bytes).await?;
        let mut parsed = built.parsed;
        // They stand in no header, and belong to it all the same: their archives have it too.
        parsed.participants.extend(form.bcc.iter().map(|one| model::message::Participant {
            role: model::message::ParticipantRole::Bcc,
            name: one.name.clone(),
            address: one.address.clone(),
        }));
        let new = self.new_outgoing(message, account, now, parsed, raw);
        let mut tx = self.write().await?;
        // Twice at once, from two windows: one of them goes, and nothing that was written in the other is passed over.
        let draft = tx.find_draft(id).await?.filter(|row| row.sent_as.is_none() && !row.removed);
        if draft.ok_or_else(|| Error::Conflict("drafts.sent".into()))?.version != version {
            return Err(Error::Conflict("drafts.version".into()));
        }
        tx.put_messages(&[new]).await?;
        for contact in linked(&mut *tx, &form).await? {
            tx.link(message, contact.id).await?;
        }
        let mut seen = HashSet::new();
        let recipients: Vec<String> =
            form.recipients().filter(|one| seen.insert(one.key())).map(|one| one.address.trim().to_owned()).collect();
        let out = OutboxRow { message, account, state: SendState::Waiting, due_at, attempts: 0, fault: None, handed_over: false };
        tx.add_to_outbox(&out, &recipients).await?;
        tx.set_draft_sent(id, Some(message)).await?;
        tx.commit().await?;
        mailroom.posted(self.office.id);
        Ok(message)
    }

    /// A letter of one's own as the message it becomes.
    fn new_outgoing(&self, id: MessageId, account: MailAccountId, at: Moment, parsed: Parsed, raw: RawAt) -> NewMessage {
        let RawAt { pack, offset, len } = raw;
        NewMessage {
            id,
            account,
            owner: self.user.id,
            location: None,
            flags: Flags { seen: true, ..Flags::default() },
            at,
            outgoing: true,
            parsed,
            pack,
            offset,
            len,
        }
    }

    /// Undoes sending, as long as nobody has it yet: the letter is a draft again.
    pub async fn take_back(&self, message: MessageId) -> Result<DraftId> {
        let mut tx = self.write().await?;
        let out = self.own_outgoing(&mut *tx, message).await?;
        let draft = tx.draft_of(message).await?.ok_or(Error::NotFound)?;
        if !retractable(&mut *tx, &out).await? {
            return Err(Error::Conflict("outbox.state".into()));
        }
        tx.set_draft_sent(draft, None).await?;
        tx.unsend(message).await?;
        tx.commit().await?;
        Ok(draft)
    }

    /// Whoever has not had it gets it after all. What may have gone already goes again only by this word.
    pub async fn send_again(&self, message: MessageId) -> Result<()> {
        let mut tx = self.write().await?;
        let out = self.own_outgoing(&mut *tx, message).await?;
        if matches!(out.state, SendState::Sending | SendState::Sent) {
            return Err(Error::Conflict("outbox.state".into()));
        }
        // What may have gone already stays so until it is taken: it cannot be taken back.
        let row = OutboxRow { state: SendState::Waiting, due_at: self.crm.now(), attempts: 0, fault: None, ..out };
        for (address, state, _) in tx.outbox_recipients(message).await? {
            if state == RecipientState::Refused {
                tx.set_recipient(message, &address, RecipientState::Waiting, "").await?;
            }
        }
        tx.put_in_outbox(&row).await?;
        tx.commit().await?;
        self.crm.mailroom()?.posted(self.office.id);
        Ok(())
    }

    /// Its writer knows that it arrived.
    pub async fn call_it_sent(&self, message: MessageId) -> Result<()> {
        let mut tx = self.write().await?;
        let out = self.own_outgoing(&mut *tx, message).await?;
        if out.state != SendState::Unknown {
            return Err(Error::Conflict("outbox.state".into()));
        }
        carry::went(&mut *tx, out, self.crm.now()).await?;
        tx.commit().await
    }

    async fn own_outgoing(&self, tx: &mut dyn Tx, message: MessageId) -> Result<OutboxRow> {
        self.demand(Right::UseMail)?;
        tx.find_message(message).await?.filter(|record| record.owner == self.user.id).ok_or(Error::NotFound)?;
        tx.find_in_outbox(message).await?.ok_or(Error::NotFound)
    }

    /// What became of a message that was written here; `None`: it was not, or nothing more is to be said of it.
    pub(crate) async fn dispatch_of(&self, tx: &mut dyn Tx, message: MessageId, place: Place) -> Result<Option<Dispatch>> {
        let undelivered = tx.bounces_of(message).await?;
        let Some(out) = tx.find_in_outbox(message).await? else {
            // Written in another program: of it there is nothing but what reports say.
            let gone = Dispatch {
                state: SendState::Sent,
                due: None,
                attempts: 0,
                fault: None,
                refused: Vec::new(),
                undelivered,
                can_take_back: false,
            };
            return Ok(Some(gone).filter(|gone| !gone.undelivered.is_empty()));
        };
        let people = tx.outbox_recipients(message).await?;
        let refused: Vec<_> = people
            .into_iter()
            .filter(|(_, state, _)| *state == RecipientState::Refused)
            .map(|(address, _, said)| Refusal { address, said })
            .collect();
        if out.state == SendState::Sent && refused.is_empty() && undelivered.is_empty() {
            return Ok(None);
        }
        let waits = out.state == SendState::Waiting && place == Place::Outbox;
        Ok(Some(Dispatch {
            state: out.state,
            due: waits.then(|| self.civil(out.due_at)),
            attempts: u32::try_from(out.attempts).unwrap_or_default(),
            refused,
            undelivered,
            can_take_back: retractable(tx, &out).await? && tx.draft_of(message).await?.is_some(),
            fault: out.fault,
        }))
    }

    /// The address book (CMP-06): active contacts that have an e-mail address, a page at a time, the latest interaction first.
    pub async fn list_address_book(&self, search: String, after: Option<Cursor>) -> Result<Page<BookEntry>> {
        self.demand(Right::UseMail)?;
        let filter = ContactFilter { search: search.chars().take(200).collect(), ..ContactFilter::default() };
        let rows = self.read().await?.list_addressees(&filter, after, BOOK_SQL + 1).await?;
        let page = Page::cut(rows, BOOK, |(row, _)| Cursor { at: row.last_at, id: row.id.0 });
        Ok(page.map(|(row, details)| {
            let addresses = details.into_iter().map(|detail| BookAddress { label: detail.label, address: detail.value }).collect();
            let ContactRow { id, kind, name, sub, .. } = self.contact_row(row);
            BookEntry { contact: ContactRef { id, kind, name }, sub, addresses }
        }))
    }

    /// Whom somebody may mean who types this at `Aan` (CMP-11): active contacts, each of their addresses.
    pub async fn suggest_recipients(&self, typed: String) -> Result<Vec<Suggestion>> {
        let words = typed.trim();
        if words.is_empty() || words.len() > 200 {
            return Ok(Vec::new());
        }
        let mut tx = self.read().await?;
        let filter = ContactFilter { search: words.to_owned(), ..ContactFilter::default() };
        let mut found = Vec::new();
        for row in tx.list_contacts(&filter, None, LOOKED_AT).await? {
            let Some(contact) = tx.contact_ref(row.id).await? else { continue };
            for detail in tx.list_details(row.id).await?.into_iter().filter(|detail| detail.kind == DetailKind::Email) {
                if found.len() == SUGGESTED {
                    return Ok(found);
                }
                found.push(Suggestion { contact: contact.clone(), address: detail.value });
            }
        }
        Ok(found)
    }
}

/// The contacts a letter is linked to, those that are there still.
async fn linked(tx: &mut dyn Tx, form: &DraftForm) -> Result<Vec<ContactRef>> {
    let mut there = Vec::new();
    for contact in &form.contacts {
        match crate::inbox::live_contact(tx, *contact).await {
            Ok(contact) => there.push(contact),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(there)
}

/// Nobody has it yet, and nobody is getting it now.
async fn retractable(tx: &mut dyn Tx, out: &OutboxRow) -> Result<bool> {
    if out.handed_over || !matches!(out.state, SendState::Waiting | SendState::Failed) {
        return Ok(false);
    }
    Ok(tx.outbox_recipients(out.message).await?.iter().all(|(_, state, _)| *state != RecipientState::Accepted))
}

fn too_big() -> Error {
    Error::invalid("file", Problem::TooBig(u16::try_from(MOST_FILES >> 20).unwrap_or(u16::MAX)))
}

/// Whether the files of a draft, and this many bytes more, go along with one letter.
async fn room_for(tx: &mut dyn Tx, draft: DraftId, size: i64) -> Result<()> {
    let there: i64 = tx.list_draft_files(draft).await?.iter().map(|row| row.file.size).sum();
    if there.saturating_add(size) > MOST_FILES { Err(too_big()) } else { Ok(()) }
}

/// The sender that a template wants (TPL-10): a mailbox rather than an address beside it.
fn sender_in<'a>(senders: &'a [Sender], domain: &str) -> Option<&'a Sender> {
    if domain.is_empty() {
        return None;
    }
    let inside = |address: &str| address.rsplit_once('@').is_some_and(|(_, of)| of.eq_ignore_ascii_case(domain));
    senders.iter().filter(|sender| inside(&sender.address)).min_by_key(|sender| sender.alias.is_some())
}

fn send_as(form: &mut DraftForm, sender: Option<&Sender>) {
    form.sender = sender.map(|sender| sender.account);
    form.alias = sender.and_then(|sender| sender.alias);
}

/// What other programs know a letter by: ours to give out, under the domain it is from (RFC 5322 §3.6.4).
pub(crate) fn message_id(message: MessageId, from: &str) -> String {
    format!("{message}@{}", from.rsplit_once('@').map_or("localhost", |(_, domain)| domain))
}

/// A text of several lines as the HTML of a letter.
pub(crate) fn as_markup(text: &str) -> String {
    text.lines().map(|line| format!("<div>{}</div>", if line.is_empty() { "<br>".to_owned() } else { markup(line) })).collect()
}

/// Text as HTML.
fn markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn tidy(people: Vec<Recipient>) -> Vec<Recipient> {
    people
        .into_iter()
        .map(|one| Recipient { name: fold::one_line(&one.name).chars().take(250).collect(), address: one.address.trim().to_owned() })
        .collect()
}
