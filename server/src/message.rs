//! A message outside the app's own pages: its body in a sandboxed frame, its attachments, its raw bytes.

use crate::web::{Door, fail};
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm::Session;
use mail::show::{self, Images};
use model::MessageId;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Asked {
    images: Option<u8>,
}

/// What the reading pane's frame shows. Sanitised here; the headers see to it that nothing in it runs or calls home.
pub(crate) async fn body(State(door): State<Door>, Path(id): Path<String>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let (session, raw) = match opened(&door, &id, &headers).await {
        Ok(opened) => opened,
        Err(refused) => return refused,
    };
    let raw = Bytes::from(raw);
    let images = if asked.images == Some(1) { Images::Allowed } else { Images::Blocked };
    let shown = show::within(show::BUDGET, raw.clone(), images).await;
    let nature = tokio::task::spawn_blocking(move || mail::nature::read(&raw, session.zone(), |at| session.civil(at))).await;
    // The pane that holds the frame reads from it how high it is, whether images were held back, how many trackers, and what the letter is.
    let nature = nature.ok().and_then(|nature| serde_json::to_string(&nature).ok()).unwrap_or_default();
    let told = format!(
        "<head><meta name=\"spindle-held-back\" content=\"{} {}\"><meta name=\"spindle-nature\" content=\"{}\">",
        u8::from(shown.remote_images),
        shown.trackers,
        show::escaped(&nature)
    );
    let mut response = shown.html.replacen("<head>", &told, 1).into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(images.csp()));
    answer.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    response
}

/// Always a download, never shown in the page's own origin.
pub(crate) async fn attachment(State(door): State<Door>, Path((id, part, _)): Path<(String, u32, String)>, headers: HeaderMap) -> Response {
    let raw = match raw_of(&door, &id, &headers).await {
        Ok(raw) => raw,
        Err(refused) => return refused,
    };
    let found = tokio::task::spawn_blocking(move || mail::parse::attachment(&raw, part)).await;
    match found {
        Ok(Some((meta, bytes))) => download(&meta.name, bytes),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(cause) => fail(&crm::Error::internal("Reading an attachment", cause)).into_response(),
    }
}

pub(crate) async fn raw(State(door): State<Door>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match raw_of(&door, &id, &headers).await {
        Ok(raw) => download(&format!("{id}.eml"), raw),
        Err(refused) => refused,
    }
}

async fn raw_of(door: &Door, id: &str, headers: &HeaderMap) -> Result<Vec<u8>, Response> {
    opened(door, id, headers).await.map(|(_, raw)| raw)
}

async fn opened(door: &Door, id: &str, headers: &HeaderMap) -> Result<(Session, Vec<u8>), Response> {
    let session = door.session(headers).await.map_err(IntoResponse::into_response)?;
    let id: MessageId = id.parse().map_err(|_| StatusCode::NOT_FOUND.into_response())?;
    let raw = session.raw_message(id).await.map_err(|cause| fail(&cause).into_response())?;
    Ok((session, raw))
}

/// The name travels as RFC 6266 §4.1 has it: `filename*` in UTF-8 with everything but letters and digits escaped.
pub(crate) fn download(name: &str, bytes: Vec<u8>) -> Response {
    let escaped: String = name
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{escaped}")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
