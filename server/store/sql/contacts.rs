//! Contacts with their details, addresses and types, and the ranked list of them.

use super::{Tx, err, push_list, unknown};
use crate::Db;
use async_trait::async_trait;
use crm::ports::{Archive, ContactListRow, Contacts};
use crm::{Error, Result};
use model::contact::{
    Address, AddressForm, Contact, ContactFilter, ContactKind, ContactRef, ContactType, Detail, DetailForm, DetailKind, Employee,
    StandardType, name_of,
};
use model::fold::fold;
use model::inbox::{ChangeKind, Entity};
use model::search::words_of;
use model::{AddressId, ContactId, ContactTypeId, Cursor, DetailId, Moment};
use sqlx::{QueryBuilder, Row, query, query_as, query_scalar};
use std::collections::HashMap;
use uuid::Uuid;

/// More words than this make no search narrower.
const WORDS: usize = 8;
/// No letter sorts after it: what begins with a word is what lies between it and this.
pub(super) const LAST: char = '\u{10ffff}';

/// A contact as far as a link needs it.
pub(super) struct RefSql {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) company: String,
}

impl RefSql {
    pub(super) fn contact(self) -> Result<ContactRef> {
        let kind = kind(&self.kind)?;
        Ok(ContactRef { id: self.id.into(), kind, name: name_of(kind, &self.first_name, &self.last_name, &self.company) })
    }
}

pub(super) fn kind(word: &str) -> Result<ContactKind> {
    ContactKind::from_word(word).ok_or_else(unknown("contacts.kind"))
}

struct DetailSql {
    id: Uuid,
    contact_id: Uuid,
    kind: String,
    label: String,
    value: String,
}

impl DetailSql {
    fn detail(self) -> Result<(ContactId, Detail)> {
        let kind = DetailKind::from_word(&self.kind).ok_or_else(unknown("contact_details.kind"))?;
        Ok((self.contact_id.into(), Detail { id: self.id.into(), kind, label: self.label, value: self.value }))
    }
}

struct AddressSql {
    id: Uuid,
    contact_id: Uuid,
    label: String,
    street: String,
    postcode: String,
    city: String,
    state: String,
    country: String,
}

impl AddressSql {
    fn address(self) -> (ContactId, Address) {
        let form = AddressForm {
            label: self.label,
            street: self.street,
            postcode: self.postcode,
            city: self.city,
            state: self.state,
            country: self.country,
        };
        (self.contact_id.into(), Address { id: self.id.into(), form })
    }
}

/// The columns of a row of the list; `c` is the contact, `e` the employer.
pub(super) const ROW: &str = "c.id AS id, c.kind AS kind, c.first_name AS first_name, c.last_name AS last_name, c.company AS company,
     c.active AS active, c.last_at AS last_at,
     e.kind AS employer_kind, e.first_name AS employer_first, e.last_name AS employer_last, e.company AS employer_company,
     (SELECT a.city FROM contact_addresses a WHERE a.contact_id = c.id AND a.city <> '' ORDER BY a.position LIMIT 1) AS city,
     (SELECT COUNT(*) FROM (
         SELECT 1 FROM message_contacts w WHERE w.contact_id = c.id AND w.waiting = 2 AND w.waiting > 0 LIMIT 1
     ) AS waiting) AS unread";

/// A page of the ranked list.
pub(crate) fn list_query(filter: &ContactFilter, after: Option<Cursor>, limit: i64) -> QueryBuilder<Db> {
    page_query(filter, "", after, limit)
}

/// A page of those of it who can be written to.
pub(crate) fn addressees_query(filter: &ContactFilter, after: Option<Cursor>, limit: i64) -> QueryBuilder<Db> {
    page_query(filter, " AND EXISTS (SELECT 1 FROM contact_details a WHERE a.contact_id = c.id AND a.kind = 'email')", after, limit)
}

fn page_query(filter: &ContactFilter, more: &str, after: Option<Cursor>, limit: i64) -> QueryBuilder<Db> {
    let mut find = QueryBuilder::<Db>::new("SELECT ");
    find.push(ROW);
    push_filter(&mut find, filter);
    find.push(more);
    if let Some(after) = after {
        find.push(" AND (c.last_at, c.id) < (").push_bind(after.at.0).push(", ").push_bind(after.id).push(")");
    }
    find.push(" ORDER BY c.last_at DESC, c.id DESC LIMIT ").push_bind(limit);
    find
}

/// Of a row with the columns `employer_kind`, `_first`, `_last` and `_company`, outer-joined.
pub(super) fn employer_name(row: &<Db as sqlx::Database>::Row) -> Result<Option<String>> {
    let Some(word): Option<String> = row.try_get("employer_kind").map_err(err)? else { return Ok(None) };
    let first: String = row.try_get("employer_first").map_err(err)?;
    let last: String = row.try_get("employer_last").map_err(err)?;
    let company: String = row.try_get("employer_company").map_err(err)?;
    Ok(Some(name_of(kind(&word)?, &first, &last, &company)))
}

pub(super) fn list_row(row: &<Db as sqlx::Database>::Row) -> Result<ContactListRow> {
    let word: String = row.try_get("kind").map_err(err)?;
    let employer = employer_name(row)?;
    let unread: i64 = row.try_get("unread").map_err(err)?;
    Ok(ContactListRow {
        id: ContactId(row.try_get("id").map_err(err)?),
        kind: kind(&word)?,
        first_name: row.try_get("first_name").map_err(err)?,
        last_name: row.try_get("last_name").map_err(err)?,
        company: row.try_get("company").map_err(err)?,
        employer,
        city: row.try_get("city").map_err(err)?,
        active: row.try_get("active").map_err(err)?,
        last_at: Moment(row.try_get("last_at").map_err(err)?),
        unread: unread > 0,
    })
}

/// `w.word` begins with what was typed, or with the number that it is.
pub(super) fn push_words(query: &mut QueryBuilder<Db>, typed: &str) {
    query.push("(w.word >= ").push_bind(typed.to_owned()).push(" AND w.word < ").push_bind(format!("{typed}{LAST}"));
    if let Some(digits) = dialled(typed) {
        query.push(" OR w.word >= ").push_bind(digits.clone()).push(" AND w.word < ").push_bind(format!("{digits}{LAST}"));
    }
    query.push(")");
}

/// `FROM … WHERE …` of the list and of its count.
fn push_filter(query: &mut QueryBuilder<Db>, filter: &ContactFilter) {
    query.push(" FROM contacts c LEFT JOIN contacts e ON e.id = c.employer_id WHERE c.deleted_at IS NULL");
    if !filter.inactive {
        query.push(" AND c.active");
    }
    if let Some(kind) = filter.kind {
        query.push(" AND c.kind = ").push_bind(kind.as_str());
    }
    if let Some(type_id) = filter.type_id {
        query.push(" AND c.type_id = ").push_bind(type_id.0);
    }
    if let Some(tag) = filter.tag {
        query.push(" AND EXISTS (SELECT 1 FROM contact_tags ct WHERE ct.contact_id = c.id AND ct.tag_id = ").push_bind(tag.0).push(")");
    }
    for word in fold(&filter.search).split(' ').filter(|word| !word.is_empty()).take(WORDS) {
        if let Some(tag) = word.strip_prefix('#').filter(|tag| !tag.is_empty()) {
            query
                .push(" AND EXISTS (SELECT 1 FROM contact_tags ct JOIN tags t ON t.id = ct.tag_id WHERE ct.contact_id = c.id AND t.name_key LIKE ")
                .push_bind(format!("{}%", escape_like(tag)))
                .push(r" ESCAPE '\')");
            continue;
        }
        query.push(" AND (c.search_key LIKE ").push_bind(format!("%{}%", escape_like(word))).push(r" ESCAPE '\'");
        if let Some(digits) = dialled(word) {
            query.push(" OR c.search_key LIKE ").push_bind(format!("%{digits}%"));
        }
        query.push(")");
    }
}

/// The digits of a word that looks like a piece of a phone number written with signs: `06-12` is `0612`.
fn dialled(word: &str) -> Option<String> {
    let plain = word.replace("(0)", "");
    let signs = |c: char| matches!(c, '-' | '.' | '(' | ')' | '/');
    let digits: String = plain.chars().filter(|c| !signs(*c)).collect();
    let number = digits.strip_prefix('+').unwrap_or(&digits);
    let is_number = number.len() >= 2 && number.chars().all(|c| c.is_ascii_digit());
    (is_number && digits != word).then(|| match digits.strip_prefix("00") {
        Some(international) => format!("+{international}"),
        None => digits,
    })
}

pub(super) fn escape_like(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

impl Tx {
    /// Writes anew what a search looks in.
    async fn search_anew(&mut self, id: ContactId) -> Result<()> {
        let row = query!(
            r#"SELECT c.first_name AS "first_name!", c.last_name AS "last_name!", c.company AS "company!",
                   e.first_name AS "employer_first?", e.last_name AS "employer_last?", e.company AS "employer_company?"
               FROM contacts c LEFT JOIN contacts e ON e.id = c.employer_id WHERE c.id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        let Some(row) = row else { return Ok(()) };
        let employer = [row.employer_first, row.employer_last, row.employer_company].map(Option::unwrap_or_default);
        let mut words = [&row.first_name, &row.last_name, &row.company].map(|name| fold(name)).join(" ");
        for part in &employer {
            words.push(' ');
            words.push_str(&fold(part));
        }
        let details = query!("SELECT kind, value_key FROM contact_details WHERE contact_id = $1 ORDER BY position", id.0)
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?;
        for detail in details {
            words.push(' ');
            words.push_str(&fold(&detail.value_key));
            // People type a number as they dial it at home.
            if let Some(national) = detail.value_key.strip_prefix("+31")
                && detail.kind != DetailKind::Email.as_str()
            {
                words.push_str(" 0");
                words.push_str(national);
            }
        }
        let words = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        query!("UPDATE contacts SET search_key = $2 WHERE id = $1", id.0, words).execute(&mut *self.inner).await.map_err(err)?;
        self.put_words(id, &words).await
    }

    /// An address is found by each of its parts too.
    async fn put_words(&mut self, id: ContactId, key: &str) -> Result<()> {
        let mut words: Vec<_> = key.split(' ').map(super::index_key).chain(words_of(key)).filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words.dedup();
        let mut remove = QueryBuilder::<Db>::new("DELETE FROM contact_words WHERE contact_id = ");
        remove.push_bind(id.0).build().execute(&mut *self.inner).await.map_err(err)?;
        for chunk in words.chunks(super::LIST) {
            let mut insert = QueryBuilder::<Db>::new("INSERT INTO contact_words (word, contact_id) ");
            insert.push_values(chunk, |mut row, word| {
                row.push_bind(word.clone()).push_bind(id.0);
            });
            insert.build().persistent(false).execute(&mut *self.inner).await.map_err(err)?;
        }
        Ok(())
    }

    /// Something on its card changed: that too is an interaction.
    async fn card_changed(&mut self, id: ContactId) -> Result<()> {
        self.rank(id, self.at).await?;
        self.stale(id.0);
        self.note(Entity::Contact, id.0, ChangeKind::Changed);
        Ok(())
    }

    /// The contact had something to do with us at this moment.
    pub(super) async fn rank(&mut self, id: ContactId, at: Moment) -> Result<()> {
        query!("UPDATE contacts SET last_at = $2 WHERE id = $1 AND last_at < $2", id.0, at.0)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(())
    }
}

#[async_trait]
impl Contacts for Tx {
    async fn add_contact(&mut self, contact: &Contact, at: Moment) -> Result<()> {
        query!(
            "INSERT INTO contacts (id, kind, first_name, last_name, company, function, employer_id, type_id, active, note, last_at, added_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            contact.id.0,
            contact.kind.as_str(),
            contact.first_name,
            contact.last_name,
            contact.company,
            contact.function,
            contact.employer.map(|id| id.0),
            contact.type_id.0,
            contact.active,
            contact.note,
            at.0,
            self.actor.map(|user| user.0)
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.search_anew(contact.id).await?;
        self.stale(contact.id.0);
        self.note(Entity::Contact, contact.id.0, ChangeKind::Added);
        Ok(())
    }

    async fn find_contact(&mut self, id: ContactId) -> Result<Option<Contact>> {
        let row = query!(
            "SELECT id, kind, first_name, last_name, company, function, employer_id, type_id, active, note FROM contacts WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        row.map(|row| {
            Ok(Contact {
                id: row.id.into(),
                kind: kind(&row.kind)?,
                first_name: row.first_name,
                last_name: row.last_name,
                company: row.company,
                function: row.function,
                employer: row.employer_id.map(ContactId),
                type_id: row.type_id.into(),
                active: row.active,
                note: row.note,
            })
        })
        .transpose()
    }

    async fn contact_deleted_at(&mut self, id: ContactId) -> Result<Option<Moment>> {
        let at =
            query_scalar!("SELECT deleted_at FROM contacts WHERE id = $1", id.0).fetch_optional(&mut *self.inner).await.map_err(err)?;
        Ok(at.flatten().map(Moment))
    }

    async fn put_contact(&mut self, contact: &Contact) -> Result<()> {
        let done = query!(
            "UPDATE contacts SET kind = $2, first_name = $3, last_name = $4, company = $5, function = $6, employer_id = $7,
                 type_id = $8, active = $9, note = $10
             WHERE id = $1",
            contact.id.0,
            contact.kind.as_str(),
            contact.first_name,
            contact.last_name,
            contact.company,
            contact.function,
            contact.employer.map(|id| id.0),
            contact.type_id.0,
            contact.active,
            contact.note
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.search_anew(contact.id).await?;
        // Those who work there are found by its name, and it stands on their cards.
        let employees =
            query_scalar!("SELECT id FROM contacts WHERE employer_id = $1", contact.id.0).fetch_all(&mut *self.inner).await.map_err(err)?;
        for employee in employees {
            self.search_anew(ContactId(employee)).await?;
            self.stale(employee);
        }
        self.card_changed(contact.id).await
    }

    async fn set_contact_deleted(&mut self, id: ContactId, at: Option<Moment>) -> Result<()> {
        let done = query!("UPDATE contacts SET deleted_at = $2 WHERE id = $1", id.0, at.map(|at| at.0))
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        if at.is_none() {
            // What came while it lay in the bin was linked to nobody.
            let keys =
                query_scalar!("SELECT value_key FROM contact_details WHERE contact_id = $1 AND kind = 'email' ORDER BY position", id.0)
                    .fetch_all(&mut *self.inner)
                    .await
                    .map_err(err)?;
            for key in keys {
                self.link_address(id, &key).await?;
            }
        }
        self.stale(id.0);
        self.note(Entity::Contact, id.0, if at.is_some() { ChangeKind::Removed } else { ChangeKind::Added });
        Ok(())
    }

    async fn list_contacts(&mut self, filter: &ContactFilter, after: Option<Cursor>, limit: i64) -> Result<Vec<ContactListRow>> {
        let mut find = list_query(filter, after, limit);
        let rows = find.build().fetch_all(&mut *self.inner).await.map_err(err)?;
        rows.iter().map(list_row).collect()
    }

    async fn count_contacts(&mut self, filter: &ContactFilter) -> Result<i64> {
        let mut find = QueryBuilder::<Db>::new("SELECT COUNT(*)");
        push_filter(&mut find, filter);
        find.build_query_scalar().fetch_one(&mut *self.inner).await.map_err(err)
    }

    async fn list_addressees(
        &mut self,
        filter: &ContactFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Vec<(ContactListRow, Vec<Detail>)>> {
        let mut find = addressees_query(filter, after, limit);
        let rows = find.build().fetch_all(&mut *self.inner).await.map_err(err)?;
        let rows = rows.iter().map(list_row).collect::<Result<Vec<_>>>()?;
        let mut details: HashMap<ContactId, Vec<Detail>> = HashMap::new();
        for chunk in rows.chunks(super::LIST) {
            let mut find = QueryBuilder::<Db>::new(
                "SELECT id, contact_id, kind, label, value FROM contact_details WHERE kind = 'email' AND contact_id IN ",
            );
            push_list(&mut find, chunk.iter().map(|row| row.id.0));
            find.push(" ORDER BY contact_id, position, id");
            for row in find.build().persistent(false).fetch_all(&mut *self.inner).await.map_err(err)? {
                let detail = DetailSql {
                    id: row.try_get("id").map_err(err)?,
                    contact_id: row.try_get("contact_id").map_err(err)?,
                    kind: row.try_get("kind").map_err(err)?,
                    label: row.try_get("label").map_err(err)?,
                    value: row.try_get("value").map_err(err)?,
                };
                let (contact, detail) = detail.detail()?;
                details.entry(contact).or_default().push(detail);
            }
        }
        let with_details = |row: ContactListRow| {
            let details = details.remove(&row.id).unwrap_or_default();
            (row, details)
        };
        Ok(rows.into_iter().map(with_details).collect())
    }

    async fn list_employees(&mut self, employer: ContactId) -> Result<Vec<Employee>> {
        let rows = query!(
            "SELECT id, kind, first_name, last_name, company, function, active FROM contacts WHERE employer_id = $1 AND deleted_at IS NULL",
            employer.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        let employees = rows.into_iter().map(|row| {
            let name = name_of(kind(&row.kind)?, &row.first_name, &row.last_name, &row.company);
            Ok(Employee { id: row.id.into(), name, function: row.function, active: row.active })
        });
        let mut employees = employees.collect::<Result<Vec<_>>>()?;
        employees.sort_by_cached_key(|employee| (fold(&employee.name), employee.id));
        Ok(employees)
    }

    async fn contact_ref(&mut self, id: ContactId) -> Result<Option<ContactRef>> {
        query_as!(RefSql, "SELECT id, kind, first_name, last_name, company FROM contacts WHERE id = $1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .map(RefSql::contact)
            .transpose()
    }

    async fn contacts_by_email(&mut self, email_key: &str) -> Result<Vec<ContactRef>> {
        query_as!(
            RefSql,
            r#"SELECT DISTINCT c.id AS "id!", c.kind AS "kind!", c.first_name AS "first_name!", c.last_name AS "last_name!", c.company AS "company!"
               FROM contact_details d JOIN contacts c ON c.id = d.contact_id
               WHERE d.value_key = $1 AND d.kind = 'email' AND c.deleted_at IS NULL ORDER BY 1"#,
            email_key
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?
        .into_iter()
        .map(RefSql::contact)
        .collect()
    }

    async fn companies_by_domain(&mut self, domain: &str) -> Result<Vec<ContactRef>> {
        query_as!(
            RefSql,
            r#"SELECT DISTINCT c.id AS "id!", c.kind AS "kind!", c.first_name AS "first_name!", c.last_name AS "last_name!", c.company AS "company!"
               FROM contact_details d
               JOIN contacts p ON p.id = d.contact_id AND p.deleted_at IS NULL
               JOIN contacts c ON c.id IN (p.id, p.employer_id) AND c.kind = 'company' AND c.deleted_at IS NULL
               WHERE d.domain = $1 AND d.domain <> '' ORDER BY 1"#,
            domain
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?
        .into_iter()
        .map(RefSql::contact)
        .collect()
    }

    async fn list_details(&mut self, contact: ContactId) -> Result<Vec<Detail>> {
        query_as!(
            DetailSql,
            "SELECT id, contact_id, kind, label, value FROM contact_details WHERE contact_id = $1 ORDER BY position, id",
            contact.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?
        .into_iter()
        .map(|row| Ok(row.detail()?.1))
        .collect()
    }

    async fn find_detail(&mut self, id: DetailId) -> Result<Option<(ContactId, Detail)>> {
        query_as!(DetailSql, "SELECT id, contact_id, kind, label, value FROM contact_details WHERE id = $1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .map(DetailSql::detail)
            .transpose()
    }

    async fn put_detail(&mut self, contact: ContactId, id: DetailId, form: &DetailForm, key: &str) -> Result<()> {
        let domain = match form.kind {
            DetailKind::Email => key.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default(),
            _ => "",
        };
        query!(
            "INSERT INTO contact_details (id, contact_id, position, kind, label, value, value_key, domain)
             VALUES ($1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM contact_details WHERE contact_id = $2), $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET
                 kind = excluded.kind,
                 label = excluded.label,
                 value = excluded.value,
                 value_key = excluded.value_key,
                 domain = excluded.domain",
            id.0,
            contact.0,
            form.kind.as_str(),
            form.label,
            form.value,
            key,
            domain
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.search_anew(contact).await?;
        self.card_changed(contact).await
    }

    async fn remove_detail(&mut self, id: DetailId) -> Result<()> {
        let contact = query_scalar!("DELETE FROM contact_details WHERE id = $1 RETURNING contact_id", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        let Some(contact) = contact.map(ContactId) else { return Ok(()) };
        self.search_anew(contact).await?;
        self.card_changed(contact).await
    }

    async fn detail_exists(&mut self, contact: ContactId, kind: DetailKind, key: &str) -> Result<bool> {
        let found = query_scalar!(
            r#"SELECT 1 AS "one!: i32" FROM contact_details WHERE contact_id = $1 AND kind = $2 AND value_key = $3 LIMIT 1"#,
            contact.0,
            kind.as_str(),
            key
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(found.is_some())
    }

    async fn list_addresses(&mut self, contact: ContactId) -> Result<Vec<Address>> {
        let rows = query_as!(
            AddressSql,
            "SELECT id, contact_id, label, street, postcode, city, state, country
             FROM contact_addresses WHERE contact_id = $1 ORDER BY position, id",
            contact.0
        )
        .fetch_all(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(rows.into_iter().map(|row| row.address().1).collect())
    }

    async fn find_address(&mut self, id: AddressId) -> Result<Option<(ContactId, Address)>> {
        let row = query_as!(
            AddressSql,
            "SELECT id, contact_id, label, street, postcode, city, state, country FROM contact_addresses WHERE id = $1",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        Ok(row.map(AddressSql::address))
    }

    async fn put_address(&mut self, contact: ContactId, id: AddressId, form: &AddressForm) -> Result<()> {
        query!(
            "INSERT INTO contact_addresses (id, contact_id, position, label, street, postcode, city, state, country)
             VALUES ($1, $2, (SELECT COALESCE(MAX(position), 0) + 1 FROM contact_addresses WHERE contact_id = $2), $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET
                 label = excluded.label,
                 street = excluded.street,
                 postcode = excluded.postcode,
                 city = excluded.city,
                 state = excluded.state,
                 country = excluded.country",
            id.0,
            contact.0,
            form.label,
            form.street,
            form.postcode,
            form.city,
            form.state,
            form.country
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.card_changed(contact).await
    }

    async fn remove_address(&mut self, id: AddressId) -> Result<()> {
        let contact = query_scalar!("DELETE FROM contact_addresses WHERE id = $1 RETURNING contact_id", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        match contact {
            Some(contact) => self.card_changed(ContactId(contact)).await,
            None => Ok(()),
        }
    }

    async fn list_contact_types(&mut self) -> Result<Vec<ContactType>> {
        let rows =
            query!(r#"SELECT id, "key", name FROM contact_types ORDER BY position, id"#).fetch_all(&mut *self.inner).await.map_err(err)?;
        rows.into_iter()
            .map(|row| {
                let key = match row.key {
                    Some(word) => Some(StandardType::from_word(&word).ok_or_else(unknown("contact_types.key"))?),
                    None => None,
                };
                Ok(ContactType { id: row.id.into(), key, name: row.name })
            })
            .collect()
    }

    async fn add_contact_type(&mut self, id: ContactTypeId, key: Option<StandardType>, name: &str) -> Result<()> {
        query!(
            r#"INSERT INTO contact_types (id, "key", name, position)
               VALUES ($1, $2, $3, (SELECT COALESCE(MAX(position), 0) + 1 FROM contact_types))"#,
            id.0,
            key.map(StandardType::as_str),
            name
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::ContactType, id.0, ChangeKind::Added);
        Ok(())
    }

    async fn rename_contact_type(&mut self, id: ContactTypeId, name: &str) -> Result<()> {
        let done = query!(r#"UPDATE contact_types SET name = $2, "key" = NULL WHERE id = $1"#, id.0, name)
            .execute(&mut *self.inner)
            .await
            .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.note(Entity::ContactType, id.0, ChangeKind::Changed);
        Ok(())
    }

    async fn remove_contact_type(&mut self, id: ContactTypeId) -> Result<()> {
        // Asked first: SQLite does not say which reference it is that holds a row.
        let used = query_scalar!("SELECT id FROM contacts WHERE type_id = $1 LIMIT 1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        if used.is_some() {
            return Err(Error::Conflict("contacts.type_id".into()));
        }
        query!("DELETE FROM contact_types WHERE id = $1", id.0).execute(&mut *self.inner).await.map_err(err)?;
        self.note(Entity::ContactType, id.0, ChangeKind::Removed);
        Ok(())
    }
}
