//! One language by the two names it has: the model's, and that of the words of the rooms.

use crate::i18n::Locale;
use model::registration::Language;

pub(crate) fn locale(language: Language) -> Locale {
    match language {
        Language::Nl => Locale::nl,
        Language::En => Locale::en,
    }
}

pub(crate) fn language(locale: Locale) -> Language {
    match locale {
        Locale::nl => Language::Nl,
        Locale::en => Language::En,
    }
}
