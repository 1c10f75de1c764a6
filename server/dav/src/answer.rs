//! Answers, with the headers that phones look for.

use crate::Refusal;
use crate::proto::Precondition;
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::Stream;
use http::{HeaderValue, StatusCode, header};

pub(crate) type Answer = Result<Response, Refusal>;

/// Constant, whatever the host is called: Apple's programs keep passwords by it.
const REALM: &str = "Basic realm=\"Spindle\", charset=\"UTF-8\"";
/// What is promised (RFC 4918 §18, RFC 3744 §7.2, RFC 6352 §6.1). Without `addressbook` DAVx5 and Evolution turn away.
const CLASSES: &str = "1, 3, access-control, addressbook";
const XML: &str = "application/xml; charset=utf-8";

fn with(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert("dav", HeaderValue::from_static(CLASSES));
    response
}

fn header(mut response: Response, name: header::HeaderName, value: &'static str) -> Response {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

pub(crate) fn plain(status: StatusCode) -> Response {
    with(status, Body::empty())
}

pub(crate) fn moved(to: &'static str) -> Response {
    header(plain(StatusCode::MOVED_PERMANENTLY), header::LOCATION, to)
}

/// 401, and only ever for a password: an iPhone that gets it for anything else stops.
pub(crate) fn who_are_you() -> Response {
    header(plain(StatusCode::UNAUTHORIZED), header::WWW_AUTHENTICATE, REALM)
}

/// A password over plain http was read by whoever was listening (RFC 6352 §13).
pub(crate) fn needs_tls() -> Response {
    plain(StatusCode::FORBIDDEN)
}

pub(crate) fn later(seconds: u32) -> Response {
    let mut response = plain(StatusCode::TOO_MANY_REQUESTS);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

pub(crate) fn broken(error: &crm::Error) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "A phone could not be answered");
    plain(if matches!(error, crm::Error::DiskFull) { StatusCode::INSUFFICIENT_STORAGE } else { StatusCode::INTERNAL_SERVER_ERROR })
}

pub(crate) fn options(allow: &'static str) -> Response {
    header(plain(StatusCode::OK), header::ALLOW, allow)
}

pub(crate) fn not_here(allow: &'static str) -> Response {
    header(plain(StatusCode::METHOD_NOT_ALLOWED), header::ALLOW, allow)
}

pub(crate) fn failed(status: StatusCode, condition: &Precondition) -> Response {
    header(with(status, Body::from(condition.body())), header::CONTENT_TYPE, XML)
}

pub(crate) fn xml(body: impl Into<Body>) -> Response {
    header(with(StatusCode::OK, body.into()), header::CONTENT_TYPE, XML)
}

/// 207 with all of its body at hand.
pub(crate) fn multistatus(minimal: bool, body: Vec<u8>) -> Response {
    dressed(minimal, Body::from(body))
}

/// 207 written while it is sent.
pub(crate) fn streamed(minimal: bool, chunks: impl Stream<Item = Result<Bytes, crm::Error>> + Send + 'static) -> Response {
    dressed(minimal, Body::from_stream(chunks))
}

fn dressed(minimal: bool, body: Body) -> Response {
    let response = header(with(StatusCode::MULTI_STATUS, body), header::CONTENT_TYPE, XML);
    if minimal { header(response, header::HeaderName::from_static("preference-applied"), "return=minimal") } else { response }
}

fn value(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(text).map_err(|_| Refusal::Ours(crm::Error::bug("An etag that is no header")))
}

/// With an etag only when exactly what was sent is kept (RFC 6352 §6.3.2.3): without one the client reads what became of it.
pub(crate) fn written(status: StatusCode, etag: Option<&str>) -> Answer {
    let mut response = plain(status);
    if let Some(etag) = etag {
        response.headers_mut().insert(header::ETAG, value(&format!("\"{etag}\""))?);
    }
    Ok(response)
}

pub(crate) fn card(status: StatusCode, etag: &str, modified: &str, text: Option<String>, bytes: usize) -> Answer {
    let mut response = header(with(status, text.map_or_else(Body::empty, Body::from)), header::CONTENT_TYPE, crate::card::CONTENT_TYPE);
    response.headers_mut().insert(header::ETAG, value(etag)?);
    response.headers_mut().insert(header::LAST_MODIFIED, value(modified)?);
    if status == StatusCode::OK {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    Ok(response)
}
