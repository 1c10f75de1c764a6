//! OAuth 2.0 as Microsoft and Google speak it (mail.md §4.3): the page where a user signs in, the endpoint that hands out tokens, and the
//! words by which a mail server takes the provider's word (XOAUTH2).

use crate::diagnose::said;
use crate::reach::Network;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use crm::Secret;
use crm::ports::{Issuers, SignInErrand, Tokens};
use model::sign_in::{Issuer, SignInFault, SignInFaultKind};
use serde_json::Value;

/// What a token lasts where the provider does not say.
const HOUR: i64 = 3600;

/// What the operator got when this program was registered with a provider.
#[derive(Clone, Debug)]
pub struct Registration {
    pub issuer: Issuer,
    pub client_id: String,
    /// Absent: registered as a program that can keep none.
    pub client_secret: Option<Secret>,
    /// Other places than the usual ones.
    pub authorize_url: Option<String>,
    pub token_url: Option<String>,
}

impl Registration {
    fn authorize_url(&self) -> &str {
        self.authorize_url.as_deref().unwrap_or(match self.issuer {
            Issuer::Microsoft => "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
            Issuer::Google => "https://accounts.google.com/o/oauth2/v2/auth",
        })
    }

    fn token_url(&self) -> &str {
        self.token_url.as_deref().unwrap_or(match self.issuer {
            Issuer::Microsoft => "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            Issuer::Google => "https://oauth2.googleapis.com/token",
        })
    }
}

/// What is asked for.
fn scope(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Microsoft => {
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access openid email profile"
        }
        Issuer::Google => "https://mail.google.com/ openid email",
    }
}

/// Without this the rest is of no use. Google lets its users untick it; Microsoft may name it by another of its hosts.
fn is_mail_scope(issuer: Issuer, scope: &str) -> bool {
    match issuer {
        Issuer::Microsoft => scope.to_ascii_lowercase().ends_with("/imap.accessasuser.all"),
        Issuer::Google => scope == "https://mail.google.com/",
    }
}

/// The providers with whom the operator registered this program.
pub struct Registered {
    network: Network,
    /// Where they send users back to.
    redirect: String,
    registrations: Vec<Registration>,
}

impl Registered {
    pub fn new(network: Network, redirect: String, registrations: Vec<Registration>) -> Self {
        Self { network, redirect, registrations }
    }

    fn at(&self, issuer: Issuer) -> Option<&Registration> {
        self.registrations.iter().find(|registration| registration.issuer == issuer)
    }

    async fn ask(&self, issuer: Issuer, form: &[(&str, &str)]) -> Result<Value, SignInFault> {
        let registration = self.at(issuer).ok_or_else(|| SignInFault::new(SignInFaultKind::Misconfigured))?;
        let mut form = form.to_vec();
        form.push(("client_id", &registration.client_id));
        if let Some(secret) = &registration.client_secret {
            form.push(("client_secret", secret.reveal()));
        }
        let away = || SignInFault::new(SignInFaultKind::Away);
        let (status, page) = self.network.post(registration.token_url(), &form).await.ok_or_else(away)?;
        let answer: Option<Value> = serde_json::from_slice(&page).ok();
        match (status, answer) {
            (200, Some(answer)) => Ok(answer),
            // Only the provider's own words are taken for a refusal: a proxy's page, or a server in trouble, is none.
            (400 | 401 | 403, Some(answer)) => {
                let (error, description) = (text(&answer, "error"), text(&answer, "error_description"));
                if error.is_empty() {
                    return Err(away());
                }
                let words = if description.is_empty() { error } else { description };
                Err(SignInFault { kind: refusal(error, description), said: said(words) })
            }
            // No such page: its address is mistyped in the configuration.
            (404 | 405, _) => Err(SignInFault::new(SignInFaultKind::Misconfigured)),
            _ => Err(away()),
        }
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A token as it may stand in a line of a protocol.
fn token(answer: &Value, name: &str) -> Option<Secret> {
    let token = text(answer, name);
    let sound = !token.is_empty() && token.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    sound.then(|| Secret::new(token))
}

fn tokens(answer: &Value) -> Result<Tokens, SignInFault> {
    let access = token(answer, "access_token").ok_or_else(|| SignInFault::new(SignInFaultKind::Away))?;
    let seconds = answer.get("expires_in").and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    Ok(Tokens {
        access,
        seconds: seconds.unwrap_or(HOUR),
        refresh: token(answer, "refresh_token"),
        name: name_in(text(answer, "id_token")),
    })
}

/// Who signed in. The token came straight from the provider over TLS, so its signature proves nothing more (OpenID Connect Core
/// §3.1.3.7); empty where it cannot be read.
fn name_in(id_token: &str) -> String {
    let claims = id_token.split('.').nth(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok());
    let claims: Option<Value> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
    let Some(claims) = claims else { return String::new() };
    let names = ["email", "preferred_username", "upn"].map(|name| text(&claims, name));
    names.into_iter().find(|name| name.contains('@')).unwrap_or_default().to_owned()
}

/// From the words of the protocol (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6) and Microsoft's numbers in the text.
fn refusal(error: &str, description: &str) -> SignInFaultKind {
    let told = |numbers: &[&str]| numbers.iter().any(|number| description.contains(&format!("AADSTS{number}")));
    // The administrator: approval wanted, not assigned to the program, conditional access.
    if told(&["65001", "90094", "90093", "90095", "50105", "53003", "530003"]) {
        return SignInFaultKind::NeedsConsent;
    }
    match error {
        "access_denied" | "login_required" | "account_selection_required" => SignInFaultKind::Denied,
        "consent_required" | "interaction_required" | "admin_policy_enforced" | "org_internal" => SignInFaultKind::NeedsConsent,
        "invalid_grant" => SignInFaultKind::Lapsed,
        "server_error" | "temporarily_unavailable" | "slow_down" => SignInFaultKind::Away,
        _ => SignInFaultKind::Misconfigured,
    }
}

#[async_trait]
impl Issuers for Registered {
    fn known(&self) -> Vec<Issuer> {
        self.registrations.iter().map(|registration| registration.issuer).collect()
    }

    fn page(&self, issuer: Issuer, errand: &SignInErrand) -> Option<String> {
        let registration = self.at(issuer)?;
        let mut url = reqwest::Url::parse(registration.authorize_url()).ok()?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("client_id", &registration.client_id)
                .append_pair("response_type", "code")
                .append_pair("redirect_uri", &self.redirect)
                .append_pair("scope", scope(issuer))
                .append_pair("state", errand.state.reveal())
                .append_pair("code_challenge", &errand.challenge)
                .append_pair("code_challenge_method", "S256")
                .append_pair("login_hint", &errand.hint);
            match issuer {
                Issuer::Microsoft => query.append_pair("response_mode", "query").append_pair("prompt", "select_account"),
                // Without both, a second time gives no refresh token.
                Issuer::Google => query.append_pair("access_type", "offline").append_pair("prompt", "consent"),
            };
        }
        Some(url.into())
    }

    fn refusal(&self, error: &str, description: &str) -> SignInFaultKind {
        refusal(error, description)
    }

    async fn exchange(&self, issuer: Issuer, code: &Secret, verifier: &Secret) -> Result<Tokens, SignInFault> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", self.redirect.as_str()),
            ("code_verifier", verifier.reveal()),
        ];
        let answer = self.ask(issuer, &form).await?;
        let granted = text(&answer, "scope");
        if !granted.is_empty() && !granted.split_ascii_whitespace().any(|scope| is_mail_scope(issuer, scope)) {
            return Err(SignInFault::new(SignInFaultKind::NoAccess));
        }
        tokens(&answer)
    }

    async fn renew(&self, issuer: Issuer, refresh: &Secret) -> Result<Tokens, SignInFault> {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.reveal())];
        if issuer == Issuer::Microsoft {
            // It refuses otherwise (AADSTS900144).
            form.push(("scope", scope(issuer)));
        }
        tokens(&self.ask(issuer, &form).await?)
    }
}

/// What a client says: `user=…^Aauth=Bearer …^A^A`.
pub(crate) fn xoauth2(user: &str, token: &Secret) -> Secret {
    let words = Secret::new(format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal()));
    Secret::new(STANDARD.encode(words.reveal()))
}

/// The status in what a server says before it refuses: `{"status":"401","schemes":"Bearer","scope":"…"}`.
pub(crate) fn challenge(words: &str) -> String {
    let json = STANDARD_NO_PAD.decode(words.trim().trim_end_matches('=')).ok();
    let json: Option<Value> = json.and_then(|json| serde_json::from_slice(&json).ok());
    let status = json.as_ref().and_then(|json| json.get("status"));
    status.map(|status| said(status.as_str().map_or_else(|| status.to_string(), str::to_owned).as_str())).unwrap_or_default()
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
            assert_eq!(refusal(error, description), kind, "{error}: {description}");
        }
    }

    #[test]
    fn the_words_of_xoauth2() {
        let words = xoauth2("someuser@example.com", &Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"));
        // From Google's own description.
        let known = "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==";
        assert_eq!(words.reveal(), known);
        let json = STANDARD.encode(r#"{"status":"401","schemes":"bearer mac","scope":"https://mail.google.com/"}"#);
        assert_eq!(challenge(&json), "401");
        assert_eq!(challenge("no base64 at all"), "");
        assert_eq!(challenge(""), "");
    }

    #[test]
    fn who_signed_in() {
        let id = |claims: &str| format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(
            name_in(&id(r#"{"email":"jan@firma.example","preferred_username":"jan@firma.onmicrosoft.example"}"#)),
            "jan@firma.example"
        );
        assert_eq!(name_in(&id(r#"{"preferred_username":"jan@firma.example","email":""}"#)), "jan@firma.example");
        assert_eq!(name_in(&id(r#"{"sub":"1"}"#)), "");
        assert_eq!(name_in("garbage"), "");
        assert_eq!(name_in(""), "");
    }

    #[test]
    fn mail_is_among_what_was_allowed() {
        assert!(is_mail_scope(Issuer::Microsoft, "https://outlook.office365.com/IMAP.AccessAsUser.All"));
        assert!(!is_mail_scope(Issuer::Microsoft, "https://outlook.office.com/SMTP.Send"));
        assert!(!is_mail_scope(Issuer::Google, "https://www.googleapis.com/auth/userinfo.email"));
    }

    /// What stands in a line of a protocol holds no end of one.
    #[test]
    fn crooked_tokens_are_none() {
        let answer = |access: &str| serde_json::json!({ "access_token": access, "expires_in": "60" });
        assert!(tokens(&answer("a\r\nb")).is_err());
        assert!(tokens(&answer("")).is_err());
        assert_eq!(tokens(&answer("good")).expect("a token").seconds, 60);
    }
}
