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

    /// From the words of the protocol (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6) and Microsoft's numbers in the text.
    pub fn of(error: &str, description: &str) -> Self {
        let told = |numbers: &[&str]| numbers.iter().any(|number| description.contains(&format!("AADSTS{number}")));
        // The administrator: approval wanted, not assigned to the program, conditional access.
        if told(&["65001", "90094", "90093", "90095", "50105", "53003", "530003"]) {
            return Self::NeedsConsent;
        }
        match error {
            "access_denied" | "login_required" | "account_selection_required" => Self::Denied,
            "consent_required" | "interaction_required" | "admin_policy_enforced" | "org_internal" => Self::NeedsConsent,
            "invalid_grant" => Self::Lapsed,
            "server_error" | "temporarily_unavailable" | "slow_down" => Self::Away,
            _ => Self::Misconfigured,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SignInFaultKind as K;

    /// [EML-17] Each refusal of an issuer is told apart.
    #[test]
    fn refusals() {
        for (error, description, kind) in [
            ("access_denied", "AADSTS65004: User declined to consent to access the app.", K::Denied),
            ("access_denied", "", K::Denied),
            ("access_denied", "AADSTS90094: The grant requires admin permission.", K::NeedsConsent),
            ("consent_required", "", K::NeedsConsent),
            ("invalid_grant", "AADSTS65001: The user or administrator has not consented to use the application", K::NeedsConsent),
            ("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.", K::Lapsed),
            ("invalid_grant", "Token has been expired or revoked.", K::Lapsed),
            ("invalid_client", "AADSTS7000222: The provided client secret keys are expired.", K::Misconfigured),
            ("unauthorized_client", "", K::Misconfigured),
            ("invalid_scope", "", K::Misconfigured),
            ("temporarily_unavailable", "", K::Away),
        ] {
            assert_eq!(K::of(error, description), kind, "{error}: {description}");
        }
    }

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
