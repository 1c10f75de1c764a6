//! Registering, logging in, resetting a password: what the forms send.

use crate::{Invalid, Problem};
use serde::{Deserialize, Serialize};

/// A language the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Nl,
    #[default]
    En,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Nl, Self::En];

    /// The BCP 47 tag, which is also the name of the locale.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
        }
    }

    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// The first language of an `Accept-Language` header that we speak, by its weights; English otherwise (RFC 9110 §12.5.4).
    pub fn accepted(header: &str) -> Self {
        let mut best: Option<(Self, f32)> = None;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let Some(language) = parts.next().and_then(|tag| Self::from_tag(tag.trim())) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if weight > 0.0 && best.is_none_or(|(_, other)| weight > other) {
                best = Some((language, weight));
            }
        }
        best.map_or(Self::En, |(language, _)| language)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub password: String,
    pub language: Language,
    /// IANA name from the browser, where there is one.
    #[serde(default)]
    pub time_zone: Option<String>,
}

impl Registration {
    /// Everything that is wrong with the form, at once.
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        for (field, value) in [("first_name", &self.first_name), ("last_name", &self.last_name), ("company", &self.company)] {
            if value.trim().is_empty() {
                found.push(Invalid::new(field, Problem::Missing));
            } else if value.trim().chars().count() > 200 {
                found.push(Invalid::new(field, Problem::TooLong(200)));
            }
        }
        found.extend(Invalid::address("email", &self.email));
        found.extend(password_problems(&self.password).into_iter().map(|problem| Invalid::new("password", problem)));
        found
    }
}

/// At least 8 characters with a lower-case letter, a capital and a digit.
pub fn password_problems(password: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    if password.chars().count() < 8 {
        found.push(Problem::PasswordTooShort);
    }
    if password.chars().count() > 1000 {
        // Argon2 would grind through a megabyte of it.
        found.push(Problem::TooLong(1000));
    }
    if !password.chars().any(char::is_lowercase) {
        found.push(Problem::PasswordNeedsLowercase);
    }
    if !password.chars().any(char::is_uppercase) {
        found.push(Problem::PasswordNeedsUppercase);
    }
    if !password.chars().any(|c| c.is_ascii_digit()) {
        found.push(Problem::PasswordNeedsDigit);
    }
    found
}

/// Who is logged in, as the shell draws it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub user: crate::UserId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub company: String,
    pub role: crate::Role,
    pub preferences: crate::preferences::Preferences,
    /// At whose pages one can sign in to a mailbox here.
    pub issuers: Vec<crate::sign_in::Issuer>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [REG-10] The browser's language where we speak it, else English.
    #[test]
    fn the_browsers_language_is_taken_by_weight() {
        assert_eq!(Language::accepted("nl-NL,nl;q=0.9,en;q=0.8"), Language::Nl);
        assert_eq!(Language::accepted("fr-FR, en;q=0.3, nl;q=0.5"), Language::Nl);
        assert_eq!(Language::accepted("nl;q=0, en;q=0.1"), Language::En);
        assert_eq!(Language::accepted("fr, de"), Language::En);
        assert_eq!(Language::accepted(";;;q=,,nl;q=x"), Language::Nl);
    }

    /// [REG-07] Each rule is named by itself.
    #[test]
    fn password_rules() {
        assert_eq!(password_problems("Abcdefg1"), []);
        assert_eq!(password_problems("Abcde1"), [Problem::PasswordTooShort]);
        assert_eq!(password_problems("abcdefg1"), [Problem::PasswordNeedsUppercase]);
        assert_eq!(password_problems("ABCDEFG1"), [Problem::PasswordNeedsLowercase]);
        assert_eq!(password_problems("Abcdefgh"), [Problem::PasswordNeedsDigit]);
    }

    /// [REG-02] All fields are required.
    #[test]
    fn every_field_is_required() {
        let fields: Vec<_> = Registration::default().problems().into_iter().map(|invalid| invalid.field).collect();
        for field in ["first_name", "last_name", "company", "email", "password"] {
            assert!(fields.iter().any(|f| f == field), "{field}");
        }
    }
}
