//! Merge fields: «Mijn Voornaam» and its kin, filled in when a letter is made from a template.
//!
//! A template keeps a field by its key, as a chip: `<span data-merge="me.first_name">«Mijn Voornaam»</span>`. Names of both
//! languages mean the same field, however they are typed, so a template outlives a change of language.

mod html;
#[cfg(test)]
mod tests;

use crate::contact::ContactKind;
use crate::fold;
use crate::logo::Logo;
use crate::registration::Language;
use std::collections::BTreeMap;

pub use html::{Filled, fill, fill_text, inert, localise, localise_text, normalise, normalise_text};

/// No name of a field is longer; what stands between guillemets and is longer is a quotation.
const MAX_NAME: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MergeField {
    MyEmail,
    MyFirstName,
    MyLastName,
    MyCompany,
    MyFunction,
    MyMobile,
    CompanyName,
    CompanyAddress,
    CompanyPostcode,
    CompanyCity,
    CompanyIban,
    CompanyBic,
    CompanyBankCity,
    CompanyKvk,
    CompanyVat,
    /// The one field that is a picture.
    CompanyLogo,
    ContactSalutation,
    ContactName,
    ContactFirstName,
    ContactLastName,
    ContactCompany,
    ContactFunction,
    ContactEmail,
    ContactPhone,
    ContactMobile,
    ContactStreet,
    ContactPostcode,
    ContactCity,
    ContactCountry,
}

/// The drop-downs that fields are picked from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MergeList {
    /// `Mijn lijst`: the user's own data and his company's.
    Mine,
    Contact,
    /// The company's alone, for who looks for nothing else.
    Company,
}

struct Named {
    field: MergeField,
    key: &'static str,
    nl: &'static str,
    en: &'static str,
    /// Older names, still understood.
    also: &'static [&'static str],
}

const fn named(field: MergeField, key: &'static str, nl: &'static str, en: &'static str, also: &'static [&'static str]) -> Named {
    Named { field, key, nl, en, also }
}

const FIELDS: [Named; 29] = {
    use MergeField as F;
    [
        named(F::MyEmail, "me.email", "Mijn E-mail", "My Email", &[]),
        named(F::MyFirstName, "me.first_name", "Mijn Voornaam", "My First name", &[]),
        named(F::MyLastName, "me.last_name", "Mijn Achternaam", "My Last name", &[]),
        named(F::MyCompany, "me.company", "Mijn Bedrijf", "My Company", &[]),
        // One numbered series over two screens: Info1 is personal, Info2 to Info6 are the company's.
        named(F::MyFunction, "me.function", "Mijn Functie", "My Function", &["Mijn Info1", "My Info1"]),
        named(F::MyMobile, "me.mobile", "Mijn Mobiel", "My Mobile", &[]),
        named(F::CompanyName, "company.name", "Mijn Bedrijfsnaam", "My Company name", &[]),
        named(F::CompanyAddress, "company.address", "Mijn Straat", "My Street", &["Mijn Adres", "My Address"]),
        named(F::CompanyPostcode, "company.postcode", "Mijn Postcode", "My Postcode", &[]),
        named(F::CompanyCity, "company.city", "Mijn Plaats", "My City", &[]),
        named(F::CompanyIban, "company.iban", "Mijn Info2", "My Info2", &["Mijn IBAN", "My IBAN"]),
        named(F::CompanyBic, "company.bic", "Mijn Info3", "My Info3", &["Mijn BIC", "My BIC"]),
        named(F::CompanyBankCity, "company.bank_city", "Mijn Info4", "My Info4", &["Mijn Bank stad", "My Bank city"]),
        named(F::CompanyKvk, "company.kvk", "Mijn Info5", "My Info5", &["Mijn KvK nummer", "My Chamber of Commerce no."]),
        named(F::CompanyVat, "company.vat", "Mijn Info6", "My Info6", &["Mijn BTW nummer", "My VAT no."]),
        named(F::CompanyLogo, "company.logo", "Mijn Logo", "My Logo", &[]),
        named(F::ContactSalutation, "contact.salutation", "Aanhef", "Salutation", &[]),
        named(F::ContactName, "contact.name", "Naam", "Name", &[]),
        named(F::ContactFirstName, "contact.first_name", "Voornaam", "First name", &[]),
        named(F::ContactLastName, "contact.last_name", "Achternaam", "Last name", &[]),
        named(F::ContactCompany, "contact.company", "Bedrijf", "Company", &[]),
        named(F::ContactFunction, "contact.function", "Functie", "Function", &[]),
        named(F::ContactEmail, "contact.email", "E-mail", "Email", &[]),
        named(F::ContactPhone, "contact.phone", "Telefoon", "Phone", &[]),
        named(F::ContactMobile, "contact.mobile", "Mobiel", "Mobile", &[]),
        named(F::ContactStreet, "contact.street", "Straat", "Street", &[]),
        named(F::ContactPostcode, "contact.postcode", "Postcode", "Postcode", &[]),
        named(F::ContactCity, "contact.city", "Plaats", "City", &[]),
        named(F::ContactCountry, "contact.country", "Land", "Country", &[]),
    ]
};

impl MergeField {
    /// In the order that lists show them.
    pub fn all() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(|named| named.field)
    }

    pub fn in_list(list: MergeList) -> impl Iterator<Item = Self> {
        Self::all().filter(move |field| match list {
            MergeList::Mine => !field.is_of_contact(),
            MergeList::Contact => field.is_of_contact(),
            MergeList::Company => field.key().starts_with("company."),
        })
    }

    pub fn is_of_contact(self) -> bool {
        self.key().starts_with("contact.")
    }

    fn named(self) -> &'static Named {
        // Every variant is in the table; a test counts them.
        FIELDS.iter().find(|named| named.field == self).unwrap_or(&FIELDS[0])
    }

    /// What is stored: the same in every language.
    pub fn key(self) -> &'static str {
        self.named().key
    }

    pub fn name(self, language: Language) -> &'static str {
        match language {
            Language::Nl => self.named().nl,
            Language::En => self.named().en,
        }
    }

    /// `«Mijn Voornaam»`
    pub fn caption(self, language: Language) -> String {
        format!("«{}»", self.name(language))
    }

    pub fn from_key(key: &str) -> Option<Self> {
        FIELDS.iter().find(|named| named.key == key).map(|named| named.field)
    }

    /// By its key, or by a name in any language: capitals, accents, hyphens and spaces make no difference.
    pub fn from_name(typed: &str) -> Option<Self> {
        let typed = squeezed(typed);
        let is_it = |named: &&Named| {
            squeezed(named.key) == typed
                || squeezed(named.nl) == typed
                || squeezed(named.en) == typed
                || named.also.iter().any(|also| squeezed(also) == typed)
        };
        FIELDS.iter().find(is_it).map(|named| named.field)
    }

    /// The chip as it is stored and shown.
    pub fn chip(self, language: Language) -> String {
        format!("<span data-merge=\"{}\">{}</span>", self.key(), self.caption(language))
    }
}

fn squeezed(name: &str) -> String {
    let mut key = fold::fold(name);
    key.retain(|c| c != ' ' && c != '-' && c != '\u{ad}');
    key
}

/// What each field is in one letter. A field without a value is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    texts: BTreeMap<MergeField, String>,
    /// As HTML, whole.
    logo: Option<String>,
}

impl Values {
    /// Whatever somebody is called, it is one line of text, and names no field of its own.
    pub fn set(&mut self, field: MergeField, value: &str) {
        let line: String = value.chars().map(plain).collect();
        let words: Vec<_> = line.split_whitespace().collect();
        self.texts.insert(field, words.join(" "));
    }

    /// `name`: the company's, for whoever sees no pictures. Written as the sanitiser writes it, so that it is known again in a letter.
    pub fn set_logo(&mut self, logo: &Logo, name: &str) {
        let (width, height) = logo.shown();
        let mut alt = String::new();
        html::escape(&mut alt, &name.chars().map(plain).collect::<String>());
        self.logo = Some(format!("<img src=\"{}\" alt=\"{alt}\" width=\"{width}\" height=\"{height}\">", logo.picture));
    }

    fn picture(&self, field: MergeField) -> Option<&str> {
        self.logo.as_deref().filter(|_| field == MergeField::CompanyLogo)
    }

    pub fn get(&self, field: MergeField) -> &str {
        self.texts.get(&field).map_or("", String::as_str)
    }
}

/// Guillemets would be taken for a field when the letter is filled once more; marks of direction would turn the line round.
fn plain(c: char) -> char {
    match c {
        '«' => '‹',
        '»' => '›',
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// How a letter begins: by first name where there is one. Nobody's sex is known, so nobody's is guessed.
pub fn salutation(kind: ContactKind, first: &str, last: &str, language: Language) -> String {
    let (first, last) = match kind {
        ContactKind::Person => (first.trim(), last.trim()),
        ContactKind::Company => ("", ""),
    };
    match (language, first, last) {
        (Language::Nl, "", "") => "Geachte heer, mevrouw".to_owned(),
        (Language::En, "", "") => "Dear Sir or Madam".to_owned(),
        // Without a first name before it `van der` has a capital.
        (Language::Nl, "", last) => format!("Geachte heer/mevrouw {}", capital(last)),
        (Language::En, "", last) => format!("Dear Mr/Ms {}", capital(last)),
        (Language::Nl, first, _) => format!("Beste {first}"),
        (Language::En, first, _) => format!("Dear {first}"),
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
