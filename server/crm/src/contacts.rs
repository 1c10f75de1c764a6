//! Contacts: the list, the card and everything on it, types and tags.
//!
//! Every change answers what stood there before, so that the browser can offer to undo it by saying the old value again.

use crate::inbox::live_contact;
use crate::ports::{ContactListRow, Tx};
use crate::{Error, Result, Session};
use model::contact::{
    AddressForm, Contact, ContactCard, ContactField, ContactFilter, ContactForm, ContactKind, ContactRef, ContactRow, ContactType, Detail,
    DetailForm, DetailKind, Tag, TagUse, name_of,
};
use model::{AddressId, ContactId, ContactTypeId, Cursor, DetailId, Page, Problem, Right, TagId, fold};

const PAGE: usize = 100;
const PAGE_SQL: i64 = 100;

impl Session {
    /// Ranked on the latest interaction.
    pub async fn list_contacts(&self, filter: ContactFilter, after: Option<Cursor>) -> Result<Page<ContactRow>> {
        let rows = self.read().await?.list_contacts(&filter, after, PAGE_SQL + 1).await?;
        Ok(Page::cut(rows, PAGE, |row| Cursor { at: row.last_at, id: row.id.0 }).map(|row| self.contact_row(row)))
    }

    pub(crate) fn contact_row(&self, row: ContactListRow) -> ContactRow {
        ContactRow {
            id: row.id,
            kind: row.kind,
            name: name_of(row.kind, &row.first_name, &row.last_name, &row.company),
            sub: match row.kind {
                ContactKind::Company => row.city.unwrap_or_default(),
                ContactKind::Person => row.employer.unwrap_or(row.company),
            },
            active: row.active,
            last: self.civil(row.last_at),
            unread: row.unread,
        }
    }

    pub async fn count_contacts(&self, filter: ContactFilter) -> Result<i64> {
        self.read().await?.count_contacts(&filter).await
    }

    pub async fn open_contact(&self, id: ContactId) -> Result<ContactCard> {
        let mut tx = self.read().await?;
        let contact = tx.find_contact(id).await?.ok_or(Error::NotFound)?;
        let employer = match contact.employer {
            Some(employer) => tx.contact_ref(employer).await?,
            None => None,
        };
        let employees = if contact.kind == ContactKind::Company { tx.list_employees(id).await? } else { Vec::new() };
        let types = tx.list_contact_types().await?;
        let type_ = types.into_iter().find(|kind| kind.id == contact.type_id).ok_or_else(|| Error::bug("A contact without a type"))?;
        Ok(ContactCard {
            type_,
            employer,
            employees,
            details: tx.list_details(id).await?,
            addresses: tx.list_addresses(id).await?,
            tags: tx.tags_of(id).await?,
            bounces: self.bounces(&mut *tx, id).await?,
            open_messages: tx.count_open(id).await?,
            deleted: tx.contact_deleted_at(id).await?.is_some(),
            contact,
        })
    }

    /// A new card. Mail that lies there already, to or from its address, is linked at once (ARC-11).
    pub async fn add_contact(&self, form: ContactForm) -> Result<ContactId> {
        self.demand(Right::AddContacts)?;
        let problems = form.problems();
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let mut tx = self.write().await?;
        let id = self.add_contact_in(&mut *tx, form).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The form has no problems.
    pub(crate) async fn add_contact_in(&self, tx: &mut dyn Tx, form: ContactForm) -> Result<ContactId> {
        let types = tx.list_contact_types().await?;
        let type_id = match form.type_id {
            Some(id) if types.iter().any(|kind| kind.id == id) => id,
            Some(_) => return Err(Error::invalid("type_id", Problem::Unknown)),
            None => types.first().ok_or_else(|| Error::invalid("type_id", Problem::Missing))?.id,
        };
        if let Some(employer) = form.employer {
            self.check_employer(tx, None, form.kind, employer).await?;
        }
        let id: ContactId = self.crm.new_id();
        let trimmed = |text: &str| fold::clean(text).trim().to_owned();
        let contact = Contact {
            id,
            kind: form.kind,
            first_name: trimmed(&form.first_name),
            last_name: trimmed(&form.last_name),
            company: trimmed(&form.company),
            function: trimmed(&form.function),
            employer: form.employer,
            type_id,
            active: true,
            note: String::new(),
        };
        tx.add_contact(&contact, self.crm.now()).await?;
        if form.address != AddressForm::default() {
            tx.put_address(id, self.crm.new_id(), &form.address).await?;
        }
        for (kind, value) in [(DetailKind::Phone, form.phone), (DetailKind::Mobile, form.mobile), (DetailKind::Email, form.email)] {
            if !value.trim().is_empty() {
                let form = DetailForm { kind, label: String::new(), value };
                self.add_detail_in(tx, id, &form).await?;
            }
        }
        Ok(id)
    }

    /// The form of a new employee, with the company's address filled in (CON-13).
    pub async fn new_employee(&self, company: ContactId) -> Result<ContactForm> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.read().await?;
        let employer = live_contact(&mut *tx, company).await?;
        if employer.kind != ContactKind::Company {
            return Err(Error::invalid("employer", Problem::EmployerLoop));
        }
        let address = tx.list_addresses(company).await?.into_iter().next().map(|address| address.form).unwrap_or_default();
        Ok(ContactForm { employer: Some(company), address, ..ContactForm::default() })
    }

    /// Answers the value before.
    pub async fn change_contact(&self, id: ContactId, field: ContactField, value: String) -> Result<String> {
        self.demand(Right::AddContacts)?;
        let value = fold::clean(&value).trim().to_owned();
        if value.chars().count() > usize::from(field.max_len()) {
            return Err(Error::invalid("value", Problem::TooLong(field.max_len())));
        }
        let mut tx = self.write().await?;
        let mut contact = self.editable(&mut *tx, id).await?;
        let slot = match field {
            ContactField::FirstName => &mut contact.first_name,
            ContactField::LastName => &mut contact.last_name,
            ContactField::Company => &mut contact.company,
            ContactField::Function => &mut contact.function,
            ContactField::Note => &mut contact.note,
        };
        let before = std::mem::replace(slot, value);
        if contact.name().is_empty() {
            return Err(Error::invalid("value", Problem::Missing));
        }
        tx.put_contact(&contact).await?;
        tx.commit().await?;
        Ok(before)
    }

    pub async fn set_contact_type(&self, id: ContactId, type_id: ContactTypeId) -> Result<ContactTypeId> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let mut contact = self.editable(&mut *tx, id).await?;
        if !tx.list_contact_types().await?.iter().any(|kind| kind.id == type_id) {
            return Err(Error::invalid("type_id", Problem::Unknown));
        }
        let before = std::mem::replace(&mut contact.type_id, type_id);
        tx.put_contact(&contact).await?;
        tx.commit().await?;
        Ok(before)
    }

    pub async fn set_contact_active(&self, id: ContactId, active: bool) -> Result<()> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let contact = self.editable(&mut *tx, id).await?;
        tx.put_contact(&Contact { active, ..contact }).await?;
        tx.commit().await
    }

    /// Links to an employer, or takes the link away. With `copy_address` the company's address comes along (CON-14).
    pub async fn set_employer(&self, id: ContactId, employer: Option<ContactId>, copy_address: bool) -> Result<Option<ContactId>> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let contact = self.editable(&mut *tx, id).await?;
        let before = contact.employer;
        if let Some(employer) = employer {
            self.check_employer(&mut *tx, Some(id), contact.kind, employer).await?;
            if copy_address && let Some(address) = tx.list_addresses(employer).await?.into_iter().next() {
                let there = tx.list_addresses(id).await?;
                if !there.iter().any(|other| other.form == address.form) {
                    tx.put_address(id, self.crm.new_id(), &address.form).await?;
                }
            }
        }
        tx.put_contact(&Contact { employer, ..contact }).await?;
        tx.commit().await?;
        Ok(before)
    }

    /// Into the bin. Its archive is kept; `restore_contact` brings it back.
    pub async fn delete_contact(&self, id: ContactId) -> Result<()> {
        self.demand(Right::DeleteContacts)?;
        let mut tx = self.write().await?;
        self.editable(&mut *tx, id).await?;
        tx.set_contact_deleted(id, Some(self.crm.now())).await?;
        tx.commit().await
    }

    /// Out of the bin, with the mail that came in the meantime.
    pub async fn restore_contact(&self, id: ContactId) -> Result<()> {
        let mut tx = self.write().await?;
        self.restore_contact_in(&mut *tx, id).await?;
        tx.commit().await
    }

    pub(crate) async fn restore_contact_in(&self, tx: &mut dyn Tx, id: ContactId) -> Result<()> {
        self.demand(Right::DeleteContacts)?;
        tx.find_contact(id).await?.ok_or(Error::NotFound)?;
        tx.set_contact_deleted(id, None).await?;
        for detail in tx.list_details(id).await? {
            if detail.kind == DetailKind::Email {
                tx.link_address(id, &fold::email_key(&detail.value)).await?;
            }
        }
        Ok(())
    }

    pub async fn add_detail(&self, contact: ContactId, form: DetailForm) -> Result<DetailId> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        self.editable(&mut *tx, contact).await?;
        let id = self.add_detail_in(&mut *tx, contact, &form).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Answers what stood there before.
    pub async fn change_detail(&self, id: DetailId, form: DetailForm) -> Result<DetailForm> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let (contact, before) = tx.find_detail(id).await?.ok_or(Error::NotFound)?;
        self.editable(&mut *tx, contact).await?;
        change_detail_in(&mut *tx, contact, &before, form).await?;
        tx.commit().await?;
        Ok(DetailForm { kind: before.kind, label: before.label, value: before.value })
    }

    /// Answers what was removed, so that it can be added again.
    pub async fn remove_detail(&self, id: DetailId) -> Result<DetailForm> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let (contact, before) = tx.find_detail(id).await?.ok_or(Error::NotFound)?;
        self.editable(&mut *tx, contact).await?;
        remove_detail_in(&mut *tx, contact, &before).await?;
        tx.commit().await?;
        Ok(DetailForm { kind: before.kind, label: before.label, value: before.value })
    }

    pub async fn add_address(&self, contact: ContactId, form: AddressForm) -> Result<AddressId> {
        self.demand(Right::AddContacts)?;
        check_address(&form)?;
        let mut tx = self.write().await?;
        self.editable(&mut *tx, contact).await?;
        let id = self.crm.new_id();
        tx.put_address(contact, id, &form).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn change_address(&self, id: AddressId, form: AddressForm) -> Result<AddressForm> {
        self.demand(Right::AddContacts)?;
        check_address(&form)?;
        let mut tx = self.write().await?;
        let (contact, before) = tx.find_address(id).await?.ok_or(Error::NotFound)?;
        self.editable(&mut *tx, contact).await?;
        tx.put_address(contact, id, &form).await?;
        tx.commit().await?;
        Ok(before.form)
    }

    pub async fn remove_address(&self, id: AddressId) -> Result<AddressForm> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let (contact, before) = tx.find_address(id).await?.ok_or(Error::NotFound)?;
        self.editable(&mut *tx, contact).await?;
        tx.remove_address(id).await?;
        tx.commit().await?;
        Ok(before.form)
    }

    pub async fn list_contact_types(&self) -> Result<Vec<ContactType>> {
        self.read().await?.list_contact_types().await
    }

    pub async fn add_contact_type(&self, name: String) -> Result<ContactTypeId> {
        self.demand(Right::AdministrationMenu)?;
        let name = checked_name(&name)?;
        let mut tx = self.write().await?;
        let id = self.crm.new_id();
        tx.add_contact_type(id, None, &name).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn rename_contact_type(&self, id: ContactTypeId, name: String) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let name = checked_name(&name)?;
        let mut tx = self.write().await?;
        tx.rename_contact_type(id, &name).await?;
        tx.commit().await
    }

    pub async fn remove_contact_type(&self, id: ContactTypeId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        tx.remove_contact_type(id).await?;
        tx.commit().await
    }

    pub async fn list_tags(&self) -> Result<Vec<TagUse>> {
        self.read().await?.list_tags().await
    }

    /// Typed on a card: taken from the list, or added to it (CON-09).
    pub async fn tag_contact(&self, contact: ContactId, name: String) -> Result<Tag> {
        self.demand(Right::AddContacts)?;
        let name = checked_name(name.trim().trim_start_matches('#'))?;
        let mut tx = self.write().await?;
        self.editable(&mut *tx, contact).await?;
        let tag = tx.tag_named(self.crm.new_id(), &name).await?;
        tx.tag_contact(contact, tag.id).await?;
        tx.commit().await?;
        Ok(tag)
    }

    pub async fn untag_contact(&self, contact: ContactId, tag: TagId) -> Result<()> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        self.editable(&mut *tx, contact).await?;
        tx.untag_contact(contact, tag).await?;
        tx.commit().await
    }

    pub async fn rename_tag(&self, id: TagId, name: String) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let name = checked_name(&name)?;
        let mut tx = self.write().await?;
        tx.find_tag(id).await?.ok_or(Error::NotFound)?;
        match tx.rename_tag(id, &name).await {
            Err(Error::Conflict(_)) => Err(Error::invalid("name", Problem::AlreadyThere)),
            renamed => {
                renamed?;
                tx.commit().await
            }
        }
    }

    pub async fn remove_tag(&self, id: TagId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        tx.find_tag(id).await?.ok_or(Error::NotFound)?;
        tx.remove_tag(id).await?;
        tx.commit().await
    }

    /// Contacts for a picker: by the words typed, best known first.
    pub async fn suggest_contacts(&self, typed: String, companies_only: bool) -> Result<Vec<ContactRef>> {
        const AT_MOST: i64 = 8;
        let filter = ContactFilter { search: typed, kind: companies_only.then_some(ContactKind::Company), ..ContactFilter::default() };
        let rows = self.read().await?.list_contacts(&filter, None, AT_MOST).await?;
        Ok(rows
            .into_iter()
            .map(|row| ContactRef { id: row.id, kind: row.kind, name: name_of(row.kind, &row.first_name, &row.last_name, &row.company) })
            .collect())
    }

    pub(crate) async fn add_detail_in(&self, tx: &mut dyn Tx, contact: ContactId, form: &DetailForm) -> Result<DetailId> {
        let (value, key) = form.kind.read(&form.value).map_err(|problem| Error::invalid("value", problem))?;
        check_label(&form.label)?;
        if tx.detail_exists(contact, form.kind, &key).await? {
            return Err(Error::invalid("value", Problem::AlreadyThere));
        }
        let id = self.crm.new_id();
        tx.put_detail(contact, id, &DetailForm { kind: form.kind, label: form.label.trim().to_owned(), value }, &key).await?;
        if form.kind == DetailKind::Email {
            tx.link_address(contact, &key).await?;
        }
        Ok(id)
    }

    /// A card that is there and not in the bin.
    async fn editable(&self, tx: &mut dyn Tx, id: ContactId) -> Result<Contact> {
        live_contact(tx, id).await?;
        tx.find_contact(id).await?.ok_or(Error::NotFound)
    }

    /// Two levels and no more: an employer is a company, an employee a person, and nobody employs himself (CON-11).
    async fn check_employer(&self, tx: &mut dyn Tx, employee: Option<ContactId>, kind: ContactKind, employer: ContactId) -> Result<()> {
        let company = live_contact(tx, employer).await.map_err(|_| Error::invalid("employer", Problem::Unknown))?;
        if kind == ContactKind::Company || company.kind != ContactKind::Company || employee == Some(employer) {
            return Err(Error::invalid("employer", Problem::EmployerLoop));
        }
        Ok(())
    }
}

pub(crate) async fn change_detail_in(tx: &mut dyn Tx, contact: ContactId, before: &Detail, form: DetailForm) -> Result<()> {
    let (value, key) = form.kind.read(&form.value).map_err(|problem| Error::invalid("value", problem))?;
    let (_, old_key) = before.kind.read(&before.value).unwrap_or_default();
    if (before.kind, &old_key) != (form.kind, &key) && tx.detail_exists(contact, form.kind, &key).await? {
        return Err(Error::invalid("value", Problem::AlreadyThere));
    }
    check_label(&form.label)?;
    tx.put_detail(contact, before.id, &DetailForm { value, label: form.label.trim().to_owned(), ..form }, &key).await?;
    if before.kind == DetailKind::Email && (form.kind != DetailKind::Email || old_key != key) {
        tx.unlink_address(contact, &old_key).await?;
    }
    if form.kind == DetailKind::Email {
        tx.link_address(contact, &key).await?;
    }
    Ok(())
}

pub(crate) async fn remove_detail_in(tx: &mut dyn Tx, contact: ContactId, before: &Detail) -> Result<()> {
    tx.remove_detail(before.id).await?;
    if before.kind == DetailKind::Email {
        tx.unlink_address(contact, &fold::email_key(&before.value)).await?;
    }
    Ok(())
}

fn check_address(form: &AddressForm) -> Result<()> {
    let problems = form.problems();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn check_label(label: &str) -> Result<()> {
    if label.chars().count() > 60 { Err(Error::invalid("label", Problem::TooLong(60))) } else { Ok(()) }
}

fn checked_name(name: &str) -> Result<String> {
    let name = fold::clean(name).trim().to_owned();
    match name.chars().count() {
        0 => Err(Error::invalid("name", Problem::Missing)),
        1..=60 => Ok(name),
        _ => Err(Error::invalid("name", Problem::TooLong(60))),
    }
}
