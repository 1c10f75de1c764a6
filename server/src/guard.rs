//! What holds for every request: who is calling, no writes on behalf of other sites, headers that keep a page in its place.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};

/// How far the headers of a request are believed.
#[derive(Clone, Copy)]
pub(crate) struct Trust {
    pub(crate) behind_proxy: bool,
}

/// Writes come from our own pages only. The cookie is `SameSite=Lax` already; this also covers browsers that ignore it.
pub(crate) async fn own_pages_only(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_own_page(request.headers()) { next.run(request).await } else { StatusCode::FORBIDDEN.into_response() }
}

fn is_own_page(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        // No browser: it sends no cookies of its own accord.
        return true;
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.split_once("://").map(|(_, origin)| origin) == host
}

/// Puts the client's address where the server functions find it.
pub(crate) async fn name_client(State(trust): State<Trust>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = if trust.behind_proxy { forwarded(request.headers()).or(peer) } else { peer };
    let https = trust.behind_proxy && request.headers().get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    request.extensions_mut().insert(app::session::Caller { address: address.unwrap_or(IpAddr::from([127, 0, 0, 1])), https });
    next.run(request).await
}

/// The last address in the list is the one our own proxy saw; those before it are hearsay.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get("x-forwarded-for")?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// Draws an answer to its end, also when whoever asked has left.
///
/// A page that is dropped half-way takes its signals with it, while tasks on other threads still draw its parts with them and break
/// (leptos 0.8.23, `suspense_component.rs`: <https://github.com/leptos-rs/leptos/pull/3595>).
pub(crate) async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program stops.
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// Whoever is not logged in has nothing long to say.
pub(crate) const MAX_STRANGER: usize = 1024 * 1024;

/// Only who is logged in writes letters; the rest is refused before it is read.
pub(crate) async fn little_from_strangers(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse::<usize>().ok());
    let unmeasured = length.is_none() && headers.contains_key(header::TRANSFER_ENCODING);
    let long = unmeasured || length.is_some_and(|length| length > MAX_STRANGER);
    if long && app::session::token(headers).is_none() { StatusCode::PAYLOAD_TOO_LARGE.into_response() } else { next.run(request).await }
}

/// Sent with every answer that does not bring its own.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        // Leptos writes the data of a page as inline scripts beside it, hence 'unsafe-inline'; nothing from elsewhere loads at all.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
             img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn writes_on_behalf_of_other_sites_are_refused() {
        assert!(is_own_page(&with(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_own_page(&with(&[("sec-fetch-site", "cross-site")])));
        assert!(!is_own_page(&with(&[("sec-fetch-site", "same-site")])));
        assert!(is_own_page(&with(&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")])));
        assert!(!is_own_page(&with(&[("origin", "https://evil.example"), ("host", "127.0.0.1:3000")])));
        assert!(!is_own_page(&with(&[("origin", "null"), ("host", "127.0.0.1:3000")])));
    }

    #[test]
    fn only_the_last_forwarded_address_is_believed() {
        let headers = with(&[("x-forwarded-for", "1.2.3.4, 192.0.2.7")]);
        assert_eq!(forwarded(&headers), Some(IpAddr::from([192, 0, 2, 7])));
    }
}
