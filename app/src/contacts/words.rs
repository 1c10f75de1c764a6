//! The words for what contacts are made of, in the language given.

use crate::i18n::{Locale, td_string};
use model::contact::{ContactType, DetailKind, StandardType};

/// The standard types have a name in every language, until somebody gives them one.
pub fn type_name(kind: &ContactType, locale: Locale) -> String {
    match kind.key {
        Some(key) if kind.name.is_empty() => standard_type(key, locale).to_owned(),
        _ => kind.name.clone(),
    }
}

fn standard_type(key: StandardType, locale: Locale) -> &'static str {
    match key {
        StandardType::CustomerBusiness => td_string!(locale, contacts.types.customer_business),
        StandardType::CustomerPrivate => td_string!(locale, contacts.types.customer_private),
        StandardType::Prospect => td_string!(locale, contacts.types.prospect),
        StandardType::Supplier => td_string!(locale, contacts.types.supplier),
        StandardType::Partner => td_string!(locale, contacts.types.partner),
        StandardType::Private => td_string!(locale, contacts.types.private),
    }
}

pub fn detail_kind(kind: DetailKind, locale: Locale) -> &'static str {
    match kind {
        DetailKind::Email => td_string!(locale, contacts.details.email),
        DetailKind::Phone => td_string!(locale, contacts.details.phone),
        DetailKind::Mobile => td_string!(locale, contacts.details.mobile),
        DetailKind::Fax => td_string!(locale, contacts.details.fax),
        DetailKind::Website => td_string!(locale, contacts.details.website),
        DetailKind::Social => td_string!(locale, contacts.details.social),
    }
}

pub fn employees(count: usize, locale: Locale) -> String {
    match count {
        1 => td_string!(locale, contacts.employees.one).to_owned(),
        count => td_string!(locale, contacts.employees.many, count = count),
    }
}

/// What a toast says after somebody was made active or not.
pub fn activity(active: bool, locale: Locale) -> &'static str {
    if active { td_string!(locale, contacts.said.active) } else { td_string!(locale, contacts.said.inactive) }
}

/// What the menu offers.
pub fn activity_choice(active: bool, locale: Locale) -> &'static str {
    if active { td_string!(locale, contacts.card.make_active) } else { td_string!(locale, contacts.card.make_inactive) }
}

pub fn deleted(name: &str, locale: Locale) -> String {
    td_string!(locale, contacts.said.deleted, name = name.to_owned())
}
