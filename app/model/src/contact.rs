//! Contacts (relaties): people and companies, their details, addresses, types and tags.

use crate::nature::Undelivered;
use crate::{AddressId, Civil, ContactId, ContactTypeId, DetailId, Invalid, MessageId, Problem, TagId, fold, phone};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    #[default]
    Person,
    Company,
}

impl ContactKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Company].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A contact as stored. A company uses `company` for its name and may keep the names empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub id: ContactId,
    pub kind: ContactKind,
    pub first_name: String,
    pub last_name: String,
    /// The company's name on a company's card; on a person's, the company as typed, while no employer is linked.
    pub company: String,
    /// Job title (`functie`).
    pub function: String,
    pub employer: Option<ContactId>,
    pub type_id: ContactTypeId,
    pub active: bool,
    pub note: String,
}

impl Contact {
    /// How the contact is called in lists and headings; empty when it has no name at all.
    pub fn name(&self) -> String {
        name_of(self.kind, &self.first_name, &self.last_name, &self.company)
    }
}

pub fn name_of(kind: ContactKind, first: &str, last: &str, company: &str) -> String {
    let person = [first.trim(), last.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match kind {
        ContactKind::Company if !company.trim().is_empty() => company.trim().to_owned(),
        ContactKind::Person if person.is_empty() => company.trim().to_owned(),
        _ => person,
    }
}

/// Another contact, as far as a link needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRef {
    pub id: ContactId,
    pub kind: ContactKind,
    pub name: String,
}

/// Which of a contact's own fields is edited in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ContactField {
    FirstName,
    LastName,
    Company,
    Function,
    Note,
}

impl ContactField {
    pub fn max_len(self) -> u16 {
        match self {
            Self::Note => 20_000,
            _ => 200,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetailKind {
    #[default]
    Email,
    Phone,
    Mobile,
    Fax,
    Website,
    Social,
}

impl DetailKind {
    pub const ALL: [Self; 6] = [Self::Email, Self::Phone, Self::Mobile, Self::Fax, Self::Website, Self::Social];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Mobile => "mobile",
            Self::Fax => "fax",
            Self::Website => "website",
            Self::Social => "social",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The value as kept and the key it is found by, or why it cannot be one.
    pub fn read(self, typed: &str) -> Result<(String, String), Problem> {
        let value = fold::clean(typed).trim().to_owned();
        if value.is_empty() {
            return Err(Problem::Missing);
        }
        if value.chars().count() > 500 {
            return Err(Problem::TooLong(500));
        }
        match self {
            Self::Email => {
                // Copied from a mail program it may stand between angle brackets.
                let bare = value.strip_prefix("mailto:").unwrap_or(&value);
                let bare = bare.rsplit_once('<').map_or(bare, |(_, rest)| rest.trim_end_matches('>')).trim();
                if !fold::is_email_address(bare) {
                    return Err(Problem::NotAnEmailAddress);
                }
                Ok((bare.to_owned(), fold::email_key(bare)))
            }
            Self::Phone | Self::Mobile | Self::Fax => {
                let key = phone::phone_key(&value).ok_or(Problem::NotAPhoneNumber)?;
                Ok((value, key))
            }
            Self::Website => {
                let host = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://")).unwrap_or(&value);
                let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
                if !fold::is_host_name(host) || !host.contains('.') {
                    return Err(Problem::NotAWebAddress);
                }
                let key = fold::fold(host.strip_prefix("www.").unwrap_or(host));
                Ok((value, key))
            }
            Self::Social => {
                let key = fold::fold(&value);
                Ok((value, key))
            }
        }
    }
}

/// An e-mail address, phone number, website … with its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub id: DetailId,
    pub kind: DetailKind,
    /// `werk`, `privé`, whatever people call it; may be empty.
    pub label: String,
    pub value: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailForm {
    pub kind: DetailKind,
    pub label: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub id: AddressId,
    pub form: AddressForm,
}

/// Street holds the number too: Apple's address book has no field of its own for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressForm {
    /// `Bezoekadres`, `Postbus adres`, `Vakantie-adres` …
    pub label: String,
    pub street: String,
    pub postcode: String,
    pub city: String,
    /// State or province, where the preference `Landstaten veld` asks for it.
    pub state: String,
    pub country: String,
}

impl AddressForm {
    pub fn problems(&self) -> Vec<Invalid> {
        let fields = [
            ("label", &self.label),
            ("street", &self.street),
            ("postcode", &self.postcode),
            ("city", &self.city),
            ("state", &self.state),
            ("country", &self.country),
        ];
        let mut found: Vec<_> = fields
            .iter()
            .filter(|(_, value)| value.chars().count() > 200)
            .map(|(field, _)| Invalid::new(*field, Problem::TooLong(200)))
            .collect();
        if fields.iter().skip(1).all(|(_, value)| value.trim().is_empty()) {
            found.push(Invalid::new("street", Problem::Missing));
        }
        found
    }
}

/// `Relatietype`. The ones every new company starts with have a `key` that the rooms translate; a renamed or added one has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactType {
    pub id: ContactTypeId,
    pub key: Option<StandardType>,
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandardType {
    CustomerBusiness,
    CustomerPrivate,
    Prospect,
    Supplier,
    Partner,
    Private,
}

impl StandardType {
    /// In the order a new company gets them.
    pub const ALL: [Self; 6] =
        [Self::CustomerBusiness, Self::CustomerPrivate, Self::Prospect, Self::Supplier, Self::Partner, Self::Private];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerBusiness => "customer_business",
            Self::CustomerPrivate => "customer_private",
            Self::Prospect => "prospect",
            Self::Supplier => "supplier",
            Self::Partner => "partner",
            Self::Private => "private",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub id: TagId,
    pub name: String,
}

/// A tag in the administration's list, with how many contacts carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagUse {
    pub tag: Tag,
    pub contacts: i64,
}

/// A row of the left contact list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRow {
    pub id: ContactId,
    pub kind: ContactKind,
    pub name: String,
    /// The employer of a person, the city of a company; may be empty.
    pub sub: String,
    pub active: bool,
    /// The newest message or change; the list is ranked by it.
    pub last: Civil,
    /// An unread message of this contact waits in an inbox.
    pub unread: bool,
}

/// What the contact list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContactFilter {
    /// Words of names, company, e-mail address or phone number; `#word` is a tag.
    pub search: String,
    pub kind: Option<ContactKind>,
    pub type_id: Option<ContactTypeId>,
    pub tag: Option<TagId>,
    /// Inactive contacts are left out unless asked for.
    pub inactive: bool,
}

/// The whole card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCard {
    pub contact: Contact,
    pub type_: ContactType,
    pub employer: Option<ContactRef>,
    pub employees: Vec<Employee>,
    pub details: Vec<Detail>,
    pub addresses: Vec<Address>,
    pub tags: Vec<Tag>,
    /// E-mail addresses that a letter did not reach, and that none has reached since.
    pub bounces: Vec<Bounce>,
    /// Unfinished messages of this contact in any inbox: the dashboard's open items.
    pub open_messages: i64,
    /// In the bin: the card can be looked at and restored, not edited.
    pub deleted: bool,
}

/// Why an address is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounce {
    pub detail: DetailId,
    /// Of the report.
    pub at: Civil,
    pub told: Undelivered,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    pub id: ContactId,
    pub name: String,
    pub function: String,
    pub active: bool,
}

/// The form for a new contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactForm {
    pub kind: ContactKind,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub function: String,
    /// Every contact has exactly one type; without a choice it is the first of the list.
    pub type_id: Option<ContactTypeId>,
    pub employer: Option<ContactId>,
    pub email: String,
    pub phone: String,
    pub mobile: String,
    pub address: AddressForm,
    /// The message whose unknown sender this is; only to come back to it.
    pub from_message: Option<MessageId>,
}

impl ContactForm {
    /// Everything that is wrong with the form, at once.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if name_of(self.kind, &self.first_name, &self.last_name, &self.company).is_empty() {
            let field = if self.kind == ContactKind::Company { "company" } else { "last_name" };
            found.push(Invalid::new(field, Problem::Missing));
        }
        for (field, value) in
            [("first_name", &self.first_name), ("last_name", &self.last_name), ("company", &self.company), ("function", &self.function)]
        {
            if value.chars().count() > 200 {
                found.push(Invalid::new(field, Problem::TooLong(200)));
            }
        }
        for (field, kind, value) in [
            ("email", DetailKind::Email, &self.email),
            ("phone", DetailKind::Phone, &self.phone),
            ("mobile", DetailKind::Mobile, &self.mobile),
        ] {
            if !value.trim().is_empty()
                && let Err(problem) = kind.read(value)
            {
                found.push(Invalid::new(field, problem));
            }
        }
        if self.address != AddressForm::default() {
            found.extend(self.address.problems());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CON-02]
    #[test]
    fn names() {
        assert_eq!(name_of(ContactKind::Person, " Jan ", "Bakker", "Bakker Bouw BV"), "Jan Bakker");
        assert_eq!(name_of(ContactKind::Person, "", " ", "Bakker Bouw BV"), "Bakker Bouw BV");
        assert_eq!(name_of(ContactKind::Company, "Jan", "Bakker", "Bakker Bouw BV"), "Bakker Bouw BV");
        assert_eq!(name_of(ContactKind::Company, "", "", ""), "");
    }

    /// [CON-04]
    #[test]
    fn details_are_read_as_people_type_them() {
        assert_eq!(
            DetailKind::Email.read(" Jan Bakker <Jan@Bakker.example> "),
            Ok(("Jan@Bakker.example".into(), "jan@bakker.example".into()))
        );
        assert_eq!(
            DetailKind::Website.read("https://www.Bakker.example/over"),
            Ok(("https://www.Bakker.example/over".into(), "bakker.example".into()))
        );
        assert_eq!(DetailKind::Website.read("javascript:alert(1)"), Err(Problem::NotAWebAddress));
        assert_eq!(DetailKind::Mobile.read("bel Jan"), Err(Problem::NotAPhoneNumber));
        assert_eq!(DetailKind::Social.read("  "), Err(Problem::Missing));
    }

    #[test]
    fn a_person_without_a_name_is_refused_at_the_field() {
        let form = ContactForm { email: "x".into(), ..ContactForm::default() };
        assert_eq!(form.problems(), [Invalid::new("last_name", Problem::Missing), Invalid::new("email", Problem::NotAnEmailAddress)]);
    }
}
