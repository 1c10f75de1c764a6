//! One card: GET and HEAD, with what a client knows of it already.

use crate::Refusal;
use crate::answer::{self, Answer};
use crm::Phone;
use http::{HeaderMap, StatusCode, header};
use model::Moment;
use std::time::{Duration, SystemTime};

pub(crate) const CONTENT_TYPE: &str = "text/vcard; charset=utf-8";

pub(crate) async fn get(mut phone: Phone, name: &str, headers: &HeaderMap, head: bool) -> Answer {
    let names = [name.to_owned()];
    let row = phone.cards_named(&names, !head).await?.pop().ok_or(Refusal::NotFound)?;
    let etag = format!("\"{}\"", row.etag);
    if headers.contains_key(header::IF_MATCH) && !names_etag(headers, &header::IF_MATCH, &etag) {
        return Err(Refusal::Stale);
    }
    let at = modified(row.revised_at);
    if names_etag(headers, &header::IF_NONE_MATCH, &etag) {
        return answer::card(StatusCode::NOT_MODIFIED, &etag, &at, None, 0);
    }
    phone.served(1);
    let bytes = usize::try_from(row.bytes).unwrap_or_default();
    answer::card(StatusCode::OK, &etag, &at, (!head).then_some(row.vcard), bytes)
}

fn names_etag(headers: &HeaderMap, name: &header::HeaderName, etag: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == etag)
}

/// `Wed, 25 Nov 2026 16:22:00 GMT`.
pub(crate) fn modified(at: Moment) -> String {
    let seconds = u64::try_from(at.seconds()).unwrap_or_default();
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
