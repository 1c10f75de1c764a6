//! What is worth a second look before a letter goes. Nothing of it forbids sending.

use crate::i18n::{Locale, td_string};
use model::letter;
use model::outgoing::DraftForm;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Warning {
    NoSubject,
    /// It speaks of an attachment and has none.
    NoFile,
    /// Fields that would go as they stand.
    Unknown(Vec<String>),
}

pub(super) fn warnings(form: &DraftForm, files: usize, unknown: &[String]) -> Vec<Warning> {
    let mut found = Vec::new();
    if form.subject.trim().is_empty() {
        found.push(Warning::NoSubject);
    }
    if files == 0 && letter::speaks_of_files(&form.html) {
        found.push(Warning::NoFile);
    }
    if !unknown.is_empty() {
        found.push(Warning::Unknown(unknown.to_vec()));
    }
    found
}

impl Warning {
    pub(super) fn sentence(&self, locale: Locale) -> String {
        match self {
            Self::NoSubject => td_string!(locale, compose.warn.no_subject).to_owned(),
            Self::NoFile => td_string!(locale, compose.warn.no_file).to_owned(),
            Self::Unknown(names) => {
                let names = names.iter().map(|name| format!("«{name}»")).collect::<Vec<_>>().join(", ");
                td_string!(locale, compose.warn.unknown, names = names)
            }
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// [CMP-16, TPL-22] A forgotten attachment, subject or field is told before the letter goes.
    #[test]
    fn a_second_look() {
        let form = DraftForm { html: "<p>Zie de bijlage.</p>".into(), ..DraftForm::default() };
        assert_eq!(warnings(&form, 0, &[]), [Warning::NoSubject, Warning::NoFile]);
        let form = DraftForm { subject: "Offerte".into(), ..form };
        assert_eq!(warnings(&form, 1, &["Iets".into()]), [Warning::Unknown(vec!["Iets".into()])]);
        let quoted = DraftForm { html: "<p>Dank.</p><blockquote>See attached</blockquote>".into(), ..form };
        assert_eq!(warnings(&quoted, 0, &[]), []);
    }
}
