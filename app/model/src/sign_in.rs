//! Signing in at a provider's own page instead of giving a password away (OAuth 2.0, RFC 6749).

use crate::mail_account::{AccountKind, ServerSettings};
use crate::{Invalid, MailAccountId, Problem, SignInId, fold};
use serde::{Deserialize, Serialize};

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    Microsoft,
    Google,
}

impl Issuer {
    pub const ALL: [Self; 2] = [Self::Microsoft, Self::Google];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Google => "google",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|issuer| issuer.as_str() == word)
    }

    /// Who lets into accounts of this kind.
    pub fn of(kind: AccountKind) -> Option<Self> {
        match kind {
            AccountKind::Office365 | AccountKind::Outlook => Some(Self::Microsoft),
            AccountKind::Google => Some(Self::Google),
            AccountKind::Imap => None,
        }
    }

    /// Who lets into this mailbox, whatever its owner called it.
    pub fn behind(kind: AccountKind, host: &str) -> Option<Self> {
        let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
        Self::of(kind).or(match host.as_str() {
            "outlook.office365.com" | "outlook.office.com" | "imap-mail.outlook.com" => Some(Self::Microsoft),
            "imap.gmail.com" | "imap.googlemail.com" => Some(Self::Google),
            _ => None,
        })
    }
}

/// What a user wants to sign in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInWish {
    pub issuer: Issuer,
    pub kind: AccountKind,
    pub address: String,
    /// The account that is signed in to anew; its own address counts. Absent: the wizard makes a new one.
    pub account: Option<MailAccountId>,
    /// Typed in the wizard: it is there again when one comes back.
    pub server: Option<ServerSettings>,
}

impl SignInWish {
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if self.account.is_none() && !fold::is_email_address(self.address.trim()) {
            found.push(Invalid::new("address", Problem::NotAnEmailAddress));
        }
        if let Some(server) = &self.server {
            found.extend(server.problems());
        }
        found
    }
}

/// What came of it, as the wizard goes on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInView {
    pub id: SignInId,
    pub issuer: Issuer,
    pub kind: AccountKind,
    pub address: String,
    /// As whom, in the issuer's words: not always the address of the mailbox. Empty where it does not say.
    pub name: String,
    pub account: Option<MailAccountId>,
    pub server: Option<ServerSettings>,
    /// Absent: it went well.
    pub fault: Option<SignInFault>,
}

impl SignInView {
    /// Whether somebody else's name stands at the door of this mailbox: an alias, or the wrong account in the browser.
    pub fn is_other(&self) -> bool {
        !self.name.is_empty() && fold::email_key(&self.name) != fold::email_key(&self.address)
    }
}

/// Why nobody was let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInFault {
    pub kind: SignInFaultKind,
    /// The issuer's own words, cut and cleaned, or the name it is about; often empty.
    pub said: String,
}

impl SignInFault {
    pub fn new(kind: SignInFaultKind) -> Self {
        Self { kind, said: String::new() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInFaultKind {
    /// The user said no, or went back.
    Denied,
    /// An administrator of the mailbox has to allow it first.
    NeedsConsent,
    /// What was allowed once, or a moment ago, is so no more.
    Lapsed,
    /// Mail was not among what the user allowed.
    NoAccess,
    /// Somebody else signed in than who did before.
    OtherAccount,
    /// The issuer does not know this program, or its secret has expired: only the operator can mend that.
    Misconfigured,
    /// The issuer does not answer, for now.
    Away,
}

impl SignInFaultKind {
    pub const ALL: [Self; 7] =
        [Self::Denied, Self::NeedsConsent, Self::Lapsed, Self::NoAccess, Self::OtherAccount, Self::Misconfigured, Self::Away];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lets_in() {
        assert_eq!(Issuer::behind(AccountKind::Imap, "Outlook.Office365.com."), Some(Issuer::Microsoft));
        assert_eq!(Issuer::behind(AccountKind::Google, "mail.elders.example"), Some(Issuer::Google));
        assert_eq!(Issuer::behind(AccountKind::Imap, "mail.elders.example"), None);
        for issuer in Issuer::ALL {
            assert_eq!(Issuer::from_word(issuer.as_str()), Some(issuer));
        }
    }

    #[test]
    fn an_alias_is_told() {
        let view = |name: &str| SignInView {
            id: SignInId(uuid::Uuid::nil()),
            issuer: Issuer::Google,
            kind: AccountKind::Google,
            address: "Sanne@firma.example".into(),
            name: name.into(),
            account: None,
            server: None,
            fault: None,
        };
        assert!(!view("sanne@firma.example").is_other());
        assert!(!view("").is_other());
        assert!(view("jan@firma.example").is_other());
    }
}
