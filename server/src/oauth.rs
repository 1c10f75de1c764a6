//! To a provider's page and back: plain links, so that they work in any browser.

use crate::web::{Door, fail};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use crm::{Error, Secret, SignInAnswer};
use model::mail_account::{AccountKind, Security, ServerSettings};
use model::sign_in::{Issuer, SignInWish};
use serde::Deserialize;

/// Where providers send users back to, below the address of this server.
pub(crate) const BACK: &str = "/oauth/callback";

/// The wizard's link.
#[derive(Deserialize)]
pub(crate) struct Wish {
    issuer: Issuer,
    #[serde(default)]
    kind: AccountKind,
    #[serde(default)]
    address: String,
    account: Option<model::MailAccountId>,
    host: Option<String>,
    #[serde(default)]
    login: String,
    port: Option<u16>,
    security: Option<Security>,
}

/// Leads to the provider's page.
pub(crate) async fn begin(State(door): State<Door>, headers: HeaderMap, Query(wish): Query<Wish>) -> Response {
    let session = match door.session(&headers).await {
        Ok(session) => session,
        Err(StatusCode::UNAUTHORIZED) => return lead("/login"),
        Err(status) => return status.into_response(),
    };
    if !from_own_page(&headers, &door.address) {
        return lead(&format!("{}?sign_in=lost", place(wish.account)));
    }
    let security = wish.security.unwrap_or_default();
    let server = wish.host.map(|host| ServerSettings {
        login: wish.login,
        host,
        port: wish.port.unwrap_or_else(|| security.usual_port()),
        security,
        trusted_certificate: None,
    });
    let place = place(wish.account);
    let wish = SignInWish { issuer: wish.issuer, kind: wish.kind, address: wish.address, account: wish.account, server };
    match session.begin_sign_in(wish).await {
        Ok(page) => lead(&page),
        Err(cause) => {
            let word = match cause {
                Error::TooMany(_) => "too_many",
                Error::Invalid(_) | Error::NotFound | Error::Denied => "lost",
                _ => return fail(&cause).into_response(),
            };
            lead(&format!("{place}?sign_in={word}"))
        }
    }
}

/// Whether a page of ours led here. The link names the server that the token is for, and the cookie comes along with anybody's link: one
/// in a stranger's letter would have the token sent to the stranger.
fn from_own_page(headers: &HeaderMap, address: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        // Browsers say it of encrypted pages alone.
        None => text("referer").and_then(|from| from.strip_prefix(address)).is_some_and(|rest| rest.starts_with('/')),
    }
}

/// As a provider writes it in the address bar.
#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Leads back to where the user was: the wizard, or the list of accounts.
pub(crate) async fn callback(State(door): State<Door>, headers: HeaderMap, Query(answer): Query<Answer>) -> Response {
    let session = match door.session(&headers).await {
        Ok(session) => session,
        Err(StatusCode::UNAUTHORIZED) => return lead("/login"),
        Err(status) => return status.into_response(),
    };
    let answer = SignInAnswer {
        state: Secret::new(answer.state),
        code: Secret::new(answer.code),
        error: answer.error,
        description: answer.error_description,
    };
    match session.finish_sign_in(answer).await {
        // Nothing is left to be told of an account that was signed in to anew.
        Ok(view) if view.account.is_some() && view.fault.is_none() => lead(place(view.account)),
        Ok(view) => lead(&format!("{}?sign_in={}", place(view.account), view.id)),
        // Of another session, used before, or too late: which of them is none of a stranger's business.
        Err(Error::NotFound | Error::Denied) => lead("/connect?sign_in=lost"),
        Err(cause) => fail(&cause).into_response(),
    }
}

/// Where it goes on: the wizard, or the list of accounts.
fn place(account: Option<model::MailAccountId>) -> &'static str {
    if account.is_some() { "/settings/mail" } else { "/connect" }
}

/// What stands in the address is nobody else's to keep.
fn lead(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [SEC-02, EML-06] Nobody is led to a provider by another's link.
    #[test]
    fn whose_link_it_was() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_static(value))).collect::<HeaderMap>()
        };
        let ours = |pairs: &[(&'static str, &'static str)]| from_own_page(&headers(pairs), "http://crm.example");
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("referer", "http://crm.example/connect")]));
        for pairs in [
            &[("sec-fetch-site", "cross-site"), ("referer", "http://crm.example/connect")][..],
            &[("sec-fetch-site", "same-site")],
            // A link that was opened from a mail program.
            &[("sec-fetch-site", "none")],
            &[("referer", "http://crm.example.evil.example/connect")],
            &[("referer", "https://evil.example/?http://crm.example/")],
            &[],
        ] {
            assert!(!ours(pairs), "{pairs:?}");
        }
    }
}
