//! What an installation includes. The operator sets it; there is one for all its companies.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// One mail account for each user, and of the past only a month.
    Limited,
    #[default]
    Pro,
}

impl Edition {
    pub const ALL: [Self; 2] = [Self::Limited, Self::Pro];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Pro => "pro",
        }
    }

    /// The mail accounts one user may connect.
    pub fn mail_accounts(self) -> usize {
        match self {
            Self::Limited => 1,
            Self::Pro => 5,
        }
    }

    /// How many days before an account was linked its mail is fetched from; `None`: all of it.
    pub fn days_of_mail(self) -> Option<i64> {
        match self {
            Self::Limited => Some(30),
            Self::Pro => None,
        }
    }
}

impl std::str::FromStr for Edition {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|edition| edition.as_str() == word).ok_or_else(|| format!("{word} is neither limited nor pro"))
    }
}
