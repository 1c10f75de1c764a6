//! The words of templates.

use crate::i18n::{Locale, td_string};
use model::merge::MergeField;
use model::template::{StandardTab, TemplateAction};

/// A tab as it is called here.
pub fn tab_name(tab: &str, locale: Locale) -> String {
    match StandardTab::from_word(tab) {
        Some(StandardTab::Default) => td_string!(locale, templates.tabs.standard).to_owned(),
        Some(StandardTab::General) => td_string!(locale, templates.tabs.general).to_owned(),
        Some(StandardTab::Internal) => td_string!(locale, templates.tabs.internal).to_owned(),
        Some(StandardTab::Tender) => td_string!(locale, templates.tabs.tender).to_owned(),
        None => tab.to_owned(),
    }
}

pub fn action_name(action: TemplateAction, locale: Locale) -> &'static str {
    match action {
        TemplateAction::New => td_string!(locale, templates.actions.fresh),
        TemplateAction::Reply => td_string!(locale, templates.actions.reply),
        TemplateAction::Forward => td_string!(locale, templates.actions.forward),
    }
}

/// What a field is, beside the name it has in a text.
pub fn field_label(field: MergeField, locale: Locale) -> &'static str {
    use MergeField as F;
    match field {
        F::MyEmail => td_string!(locale, templates.fields.my_email),
        F::MyFirstName => td_string!(locale, templates.fields.my_first_name),
        F::MyLastName => td_string!(locale, templates.fields.my_last_name),
        F::MyCompany => td_string!(locale, templates.fields.my_company),
        F::MyFunction => td_string!(locale, templates.fields.my_function),
        F::MyMobile => td_string!(locale, templates.fields.my_mobile),
        F::CompanyName => td_string!(locale, templates.company.name),
        F::CompanyAddress => td_string!(locale, templates.company.address),
        F::CompanyPostcode => td_string!(locale, templates.company.postcode),
        F::CompanyCity => td_string!(locale, templates.company.city),
        F::CompanyIban => td_string!(locale, templates.company.iban),
        F::CompanyBic => td_string!(locale, templates.company.bic),
        F::CompanyBankCity => td_string!(locale, templates.company.bank_city),
        F::CompanyKvk => td_string!(locale, templates.company.kvk),
        F::CompanyVat => td_string!(locale, templates.company.vat),
        F::CompanyLogo => td_string!(locale, templates.logo.title),
        F::ContactSalutation => td_string!(locale, templates.fields.salutation),
        F::ContactName => td_string!(locale, templates.fields.name),
        F::ContactFirstName => td_string!(locale, templates.fields.first_name),
        F::ContactLastName => td_string!(locale, templates.fields.last_name),
        F::ContactCompany => td_string!(locale, templates.fields.company),
        F::ContactFunction => td_string!(locale, templates.fields.function),
        F::ContactEmail => td_string!(locale, templates.fields.email),
        F::ContactPhone => td_string!(locale, templates.fields.phone),
        F::ContactMobile => td_string!(locale, templates.fields.mobile),
        F::ContactStreet => td_string!(locale, templates.fields.street),
        F::ContactPostcode => td_string!(locale, templates.fields.postcode),
        F::ContactCity => td_string!(locale, templates.fields.city),
        F::ContactCountry => td_string!(locale, templates.fields.country),
    }
}
