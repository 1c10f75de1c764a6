//! The words of the system's own letters. Only the server writes them.

use crate::i18n::{Locale, td_string};
use crm::ports::{Letter, LetterAbout};
use model::registration::Language;

pub struct Words {
    pub subject: String,
    pub text: String,
}

/// `address` is what browsers call this server.
pub fn write(letter: &Letter, address: &str) -> Words {
    let locale = match letter.language {
        Language::Nl => Locale::nl,
        Language::En => Locale::en,
    };
    let name = letter.name.clone();
    match &letter.about {
        LetterAbout::PasswordReset { token } => {
            let link = format!("{address}/reset/{token}");
            Words {
                subject: td_string!(locale, letters.reset.subject).to_string(),
                text: td_string!(locale, letters.reset.text, name = name, link = link).to_string(),
            }
        }
        LetterAbout::PasswordChanged => {
            let link = format!("{address}/forgot");
            Words {
                subject: td_string!(locale, letters.changed.subject).to_string(),
                text: td_string!(locale, letters.changed.text, name = name, link = link).to_string(),
            }
        }
    }
}
