//! One card: GET and HEAD, with what a client knows of it already.

use crate::Refusal;
use crate::answer::{self, Answer};
use crate::proto::demand::etags;
use crm::Phone;
use http::{HeaderMap, StatusCode, header};
use model::Moment;
use std::time::{Duration, SystemTime};

pub(crate) const MEDIA_TYPE: &str = "text/vcard";
pub(crate) const CONTENT_TYPE: &str = "text/vcard; charset=utf-8";

pub(crate) async fn get(mut phone: Phone, name: &str, headers: &HeaderMap, head: bool) -> Answer {
    let names = [name.to_owned()];
    let row = phone.cards_named(&names, !head).await?.pop().ok_or(Refusal::NotFound)?;
    let etag = format!("\"{}\"", row.etag);
    let named = |name| etags(headers, name).map(|etags| etags.iter().any(|one| one == "*" || *one == row.etag));
    if named(&header::IF_MATCH) == Some(false) {
        return Err(Refusal::Stale);
    }
    let at = modified(row.revised_at);
    if named(&header::IF_NONE_MATCH) == Some(true) {
        return answer::card(StatusCode::NOT_MODIFIED, &etag, &at, None, 0);
    }
    phone.served(1);
    let bytes = usize::try_from(row.bytes).unwrap_or_default();
    answer::card(StatusCode::OK, &etag, &at, (!head).then_some(row.vcard), bytes)
}

/// `Wed, 25 Nov 2026 16:22:00 GMT`.
pub(crate) fn modified(at: Moment) -> String {
    let seconds = u64::try_from(at.seconds()).unwrap_or_default();
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}
