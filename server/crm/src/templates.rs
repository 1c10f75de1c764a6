//! E-mail templates: made by administrators, filled in for everybody who writes.

use crate::ports::{TemplateFileRow, TemplateRecord, Tx};
use crate::tasks::name_of;
use crate::{Error, Result, Session};
use bytes::Bytes;
use model::contact::{AddressForm, ContactKind, DetailKind};
use model::merge::{self, MergeField, Values};
use model::registration::Language;
use model::template::{
    ActionTypes, FilledTemplate, MOST_BODY, MOST_FILES, StandardTab, Template, TemplateAction, TemplateFile, TemplateProperties,
    TemplateRow, TemplateVersion, file_name, standard_body, standard_name,
};
use model::{ContactId, Moment, Problem, Right, TemplateFileId, TemplateId};

/// Versions that are offered.
const VERSIONS: i64 = 100;
/// What does not say what it is.
const UNKNOWN_KIND: &str = "application/octet-stream";

/// The template that every company has: new ones are copies of it, and new mail begins with it (TPL-13).
pub(crate) async fn add_standard(tx: &mut dyn Tx, id: TemplateId, now: Moment, language: Language) -> Result<()> {
    let row = TemplateRecord {
        id,
        properties: TemplateProperties {
            name: standard_name(language).to_owned(),
            tab: StandardTab::Default.as_str().to_owned(),
            active: true,
            ..TemplateProperties::default()
        },
        standard: true,
        version: 1,
        changed_at: now,
        files: 0,
    };
    tx.add_template(&row, &merge::normalise(standard_body(language))).await?;
    tx.set_action_type(TemplateAction::New, Some(id)).await
}

impl Session {
    /// All there are, for whoever writes a letter (TPL-11, TPL-12). Inactive ones are among them, marked.
    pub async fn list_templates(&self) -> Result<Vec<TemplateRow>> {
        let rows = self.templates().await?;
        Ok(rows.into_iter().map(|row| self.template_row(row)).collect())
    }

    /// Those of a company from before there were templates: it gets the standard one now.
    async fn templates(&self) -> Result<Vec<TemplateRecord>> {
        let rows = self.read().await?.list_templates().await?;
        if rows.iter().any(|row| row.standard) {
            return Ok(rows);
        }
        let mut tx = self.write().await?;
        if !tx.list_templates().await?.iter().any(|row| row.standard) {
            add_standard(&mut *tx, self.crm.new_id(), self.crm.now(), self.preferences.language).await?;
        }
        let rows = tx.list_templates().await?;
        tx.commit().await?;
        Ok(rows)
    }

    fn template_row(&self, row: TemplateRecord) -> TemplateRow {
        TemplateRow {
            id: row.id,
            properties: self.worded(row.properties),
            standard: row.standard,
            files: row.files,
            changed: self.civil(row.changed_at),
        }
    }

    /// The subject's fields by the names that are used here.
    fn worded(&self, properties: TemplateProperties) -> TemplateProperties {
        TemplateProperties { subject: merge::localise_text(&properties.subject, self.preferences.language), ..properties }
    }

    pub async fn open_template(&self, id: TemplateId) -> Result<Template> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.read().await?;
        let row = present(&mut *tx, id).await?;
        let body = tx.template_body(id).await?;
        let files = files_of(&mut *tx, id).await?;
        let author = tx.list_template_versions(id, 1).await?.first().and_then(|version| version.author);
        let changed_by = match author {
            Some(user) => tx.find_user(user).await?.as_ref().map(name_of).unwrap_or_default(),
            None => String::new(),
        };
        Ok(Template {
            id,
            properties: self.worded(row.properties),
            standard: row.standard,
            body: merge::localise(&body, self.preferences.language),
            version: row.version,
            files,
            changed: self.civil(row.changed_at),
            changed_by,
        })
    }

    /// A copy of the standard template, under a name of its own (TPL-03).
    pub async fn new_template(&self, name: String) -> Result<TemplateId> {
        self.demand(Right::AdministrationMenu)?;
        let standard = self.templates().await?.into_iter().find(|row| row.standard).ok_or(Error::NotFound)?;
        let properties = TemplateProperties { name, tab: StandardTab::General.as_str().to_owned(), active: true, ..standard.properties };
        self.copied(standard.id, properties).await
    }

    pub async fn copy_template(&self, id: TemplateId, name: String) -> Result<TemplateId> {
        self.demand(Right::AdministrationMenu)?;
        let properties = present(&mut *self.read().await?, id).await?.properties;
        self.copied(id, TemplateProperties { name, ..properties }).await
    }

    async fn copied(&self, of: TemplateId, properties: TemplateProperties) -> Result<TemplateId> {
        let properties = properties.read().map_err(Error::Invalid)?;
        let mut tx = self.write().await?;
        present(&mut *tx, of).await?;
        let body = tx.template_body(of).await?;
        let id = self.crm.new_id();
        let row = TemplateRecord { id, properties, standard: false, version: 1, changed_at: self.crm.now(), files: 0 };
        tx.add_template(&row, &body).await?;
        for row in tx.list_template_files(of).await? {
            // The bytes are there once, for both.
            let file = TemplateFile { id: self.crm.new_id(), ..row.file };
            tx.add_template_file(&TemplateFileRow { template: id, file, ..row }).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// The content (TPL-06). `version` is the one the writer began with: `Error::Conflict` when a colleague saved meanwhile, and nothing
    /// is overwritten. Answers the version it has now.
    pub async fn save_template(&self, id: TemplateId, version: i64, body: String) -> Result<i64> {
        self.demand(Right::AdministrationMenu)?;
        let safe = self.safe(body).await?;
        self.put_body(id, version, &merge::normalise(&safe)).await
    }

    /// An earlier content becomes the newest.
    pub async fn restore_template_version(&self, id: TemplateId, version: i64, earlier: i64) -> Result<i64> {
        self.demand(Right::AdministrationMenu)?;
        let body = self.read().await?.template_version(id, earlier).await?.ok_or(Error::NotFound)?;
        self.put_body(id, version, &body).await
    }

    async fn put_body(&self, id: TemplateId, version: i64, body: &str) -> Result<i64> {
        let mut tx = self.write().await?;
        let row = present(&mut *tx, id).await?;
        if row.version == version && tx.template_body(id).await? == body {
            return Ok(version);
        }
        let next = tx.put_template_body(id, version, body).await?.ok_or_else(|| Error::Conflict("templates.version".into()))?;
        tx.commit().await?;
        Ok(next)
    }

    /// Name, tab, subject, sender's domain (TPL-05). `before` is what the writer was shown: `Error::Conflict` when it is something else by now.
    pub async fn edit_template_properties(&self, id: TemplateId, before: TemplateProperties, form: TemplateProperties) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let properties = form.read().map_err(Error::Invalid)?;
        let properties = TemplateProperties { subject: merge::normalise_text(&properties.subject), ..properties };
        let mut tx = self.write().await?;
        let row = present(&mut *tx, id).await?;
        if row.properties != (TemplateProperties { subject: merge::normalise_text(&before.subject), ..before }) {
            return Err(Error::Conflict("templates.version".into()));
        }
        tx.put_template_properties(id, &properties).await?;
        tx.commit().await
    }

    /// Out of every list; `restore_template` brings it back, with what it was called for. The standard one stays.
    pub async fn remove_template(&self, id: TemplateId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        if present(&mut *tx, id).await?.standard {
            return Err(Error::Conflict("templates.standard".into()));
        }
        tx.set_template_removed(id, true).await?;
        tx.commit().await
    }

    pub async fn restore_template(&self, id: TemplateId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        tx.set_template_removed(id, false).await?;
        tx.commit().await
    }

    /// The newest first.
    pub async fn list_template_versions(&self, id: TemplateId) -> Result<Vec<TemplateVersion>> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.read().await?;
        let rows = tx.list_template_versions(id, VERSIONS).await?;
        let users = tx.list_users().await?;
        let who = |row: &crate::ports::TemplateVersionRow| users.iter().find(|user| Some(user.id) == row.author).map(name_of);
        Ok(rows
            .into_iter()
            .map(|row| TemplateVersion { version: row.version, at: self.civil(row.at), who: who(&row).unwrap_or_default() })
            .collect())
    }

    /// What each action begins with (TPL-15 to TPL-18), for whoever writes.
    pub async fn action_types(&self) -> Result<ActionTypes> {
        self.templates().await?;
        self.read().await?.action_types().await
    }

    /// Answers what was in force before, so that it can be undone.
    pub async fn set_action_types(&self, types: ActionTypes) -> Result<ActionTypes> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        let before = tx.action_types().await?;
        for action in TemplateAction::ALL {
            let template = types.of(action);
            if let Some(id) = template
                && tx.find_template(id).await?.is_none_or(|(_, removed)| removed)
            {
                return Err(Error::invalid(action.as_str(), Problem::Unknown));
            }
            if template != before.of(action) {
                tx.set_action_type(action, template).await?;
            }
        }
        tx.commit().await?;
        Ok(before)
    }

    /// The beginning of a letter to this contact, or to nobody in particular: fields filled in with what is known (CMP-04, CMP-15, TPL-19 to TPL-22).
    pub async fn fill_template(&self, id: TemplateId, contact: Option<ContactId>) -> Result<FilledTemplate> {
        let mut tx = self.read().await?;
        let row = present(&mut *tx, id).await?;
        let body = tx.template_body(id).await?;
        let files = files_of(&mut *tx, id).await?;
        let values = self.values(&mut *tx, contact).await?;
        drop(tx);
        Ok(FilledTemplate { sender_domain: row.properties.sender_domain, files, ..filled(&row.properties.subject, &body, &values) })
    }

    /// A template as it stands in the editor, saved or not, as this contact would get it.
    pub async fn preview_template(&self, subject: String, body: String, contact: Option<ContactId>) -> Result<FilledTemplate> {
        self.demand(Right::AdministrationMenu)?;
        let safe = self.safe(body).await?;
        let values = self.values(&mut *self.read().await?, contact).await?;
        Ok(filled(&subject, &safe, &values))
    }

    async fn safe(&self, body: String) -> Result<String> {
        if body.len() > MOST_BODY {
            return Err(Error::invalid("body", Problem::TooBig(megabytes(MOST_BODY))));
        }
        self.crm.mailroom()?.safe_html(body).await.ok_or_else(|| Error::invalid("body", Problem::UnreadableHtml))
    }

    /// Fields that were typed into a letter, or left in it, for this contact.
    pub(crate) async fn fill_letter(&self, subject: &str, html: &str, contact: Option<ContactId>) -> Result<FilledTemplate> {
        let values = self.values(&mut *self.read().await?, contact).await?;
        Ok(filled(subject, html, &values))
    }

    async fn values(&self, tx: &mut dyn Tx, contact: Option<ContactId>) -> Result<Values> {
        use MergeField as F;
        let mut values = Values::default();
        let language = self.preferences.language;
        let me = tx.find_profile(self.user.id).await?.unwrap_or_default();
        let ours = tx.company_data().await?;
        let company = if me.company.is_empty() { &ours.name } else { &me.company };
        for (field, value) in [
            (F::MyEmail, &me.email),
            (F::MyFirstName, &me.first_name),
            (F::MyLastName, &me.last_name),
            (F::MyCompany, company),
            (F::MyFunction, &me.function),
            (F::MyMobile, &me.mobile),
            (F::CompanyName, &ours.name),
            (F::CompanyAddress, &ours.address),
            (F::CompanyPostcode, &ours.postcode),
            (F::CompanyCity, &ours.city),
            (F::CompanyIban, &ours.iban),
            (F::CompanyBic, &ours.bic),
            (F::CompanyBankCity, &ours.bank_city),
            (F::CompanyKvk, &ours.kvk),
            (F::CompanyVat, &ours.vat),
        ] {
            values.set(field, value);
        }
        if let Some(logo) = tx.logo().await? {
            values.set_logo(&logo, &ours.name);
        }
        let Some(contact) = contact else {
            values.set(F::ContactSalutation, &merge::salutation(ContactKind::Company, "", "", language));
            return Ok(values);
        };
        crate::inbox::live_contact(tx, contact).await?;
        let contact = tx.find_contact(contact).await?.ok_or(Error::NotFound)?;
        let details = tx.list_details(contact.id).await?;
        let first =
            |kind: DetailKind| details.iter().find(|detail| detail.kind == kind).map(|detail| detail.value.as_str()).unwrap_or_default();
        let address = tx.list_addresses(contact.id).await?.into_iter().next().map_or_else(AddressForm::default, |address| address.form);
        let employer = match contact.employer {
            Some(employer) => tx.contact_ref(employer).await?.map(|employer| employer.name),
            None => None,
        };
        for (field, value) in [
            (F::ContactSalutation, merge::salutation(contact.kind, &contact.first_name, &contact.last_name, language).as_str()),
            (F::ContactName, contact.name().as_str()),
            (F::ContactFirstName, &contact.first_name),
            (F::ContactLastName, &contact.last_name),
            (F::ContactCompany, employer.as_deref().unwrap_or(&contact.company)),
            (F::ContactFunction, &contact.function),
            (F::ContactEmail, first(DetailKind::Email)),
            (F::ContactPhone, first(DetailKind::Phone)),
            (F::ContactMobile, first(DetailKind::Mobile)),
            (F::ContactStreet, &address.street),
            (F::ContactPostcode, &address.postcode),
            (F::ContactCity, &address.city),
            (F::ContactCountry, &address.country),
        ] {
            values.set(field, value);
        }
        Ok(values)
    }

    /// An attachment that comes along with each letter (TPL-09). Sealed before it is written.
    pub async fn add_template_file(&self, template: TemplateId, name: String, mime: String, bytes: Bytes) -> Result<TemplateFile> {
        self.demand(Right::AdministrationMenu)?;
        let name = file_name(&name);
        if name.is_empty() {
            return Err(Error::invalid("name", Problem::Missing));
        }
        let too_big = || Error::invalid("file", Problem::TooBig(megabytes(usize::try_from(MOST_FILES).unwrap_or(usize::MAX))));
        let size = i64::try_from(bytes.len()).map_err(|_| too_big())?;
        {
            let mut tx = self.read().await?;
            present(&mut *tx, template).await?;
            room_for(&mut *tx, template, size).await?.ok_or_else(too_big)?;
        }
        let at = self.sealed(&bytes).await?;
        let file = TemplateFile { id: self.crm.new_id(), name, mime: kind_of(&mime), size };
        let mut tx = self.write().await?;
        present(&mut *tx, template).await?;
        room_for(&mut *tx, template, size).await?.ok_or_else(too_big)?;
        tx.add_template_file(&TemplateFileRow { template, file: file.clone(), at, removed: false }).await?;
        tx.commit().await?;
        Ok(file)
    }

    /// `restore_template_file` brings it back.
    pub async fn remove_template_file(&self, id: TemplateFileId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        tx.set_template_file_removed(id, true).await?;
        tx.commit().await
    }

    pub async fn restore_template_file(&self, id: TemplateFileId) -> Result<()> {
        self.demand(Right::AdministrationMenu)?;
        let mut tx = self.write().await?;
        tx.set_template_file_removed(id, false).await?;
        tx.commit().await
    }

    /// A file and its bytes, for whoever sends it along.
    pub async fn open_template_file(&self, id: TemplateFileId) -> Result<(TemplateFile, Vec<u8>)> {
        let row = self.read().await?.find_template_file(id).await?.filter(|row| !row.removed).ok_or(Error::NotFound)?;
        let bytes = self.crm.unsealed(&self.office, row.at).await?;
        Ok((row.file, bytes))
    }
}

fn filled(subject: &str, html: &str, values: &Values) -> FilledTemplate {
    let text = merge::fill(html, values);
    let (subject, mut unknown) = merge::fill_text(subject, values);
    for name in text.unknown {
        if !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    FilledTemplate { subject, html: text.html, unknown, ..FilledTemplate::default() }
}

async fn present(tx: &mut dyn Tx, id: TemplateId) -> Result<TemplateRecord> {
    match tx.find_template(id).await? {
        Some((row, false)) => Ok(row),
        _ => Err(Error::NotFound),
    }
}

async fn files_of(tx: &mut dyn Tx, id: TemplateId) -> Result<Vec<TemplateFile>> {
    Ok(tx.list_template_files(id).await?.into_iter().map(|row| row.file).collect())
}

/// `None`: with this one they would weigh too much.
async fn room_for(tx: &mut dyn Tx, template: TemplateId, size: i64) -> Result<Option<()>> {
    let there: i64 = tx.list_template_files(template).await?.iter().map(|row| row.file.size).sum();
    Ok((there.saturating_add(size) <= MOST_FILES).then_some(()))
}

fn megabytes(bytes: usize) -> u16 {
    u16::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(u16::MAX)
}

/// `type/subtype`, nothing else: it stands in a header one day.
pub(crate) fn kind_of(mime: &str) -> String {
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.+_".contains(&byte));
    let fits = mime.len() <= 100 && mime.split_once('/').is_some_and(|(kind, of)| word(kind) && word(of));
    if fits { mime } else { UNKNOWN_KIND.to_owned() }
}
