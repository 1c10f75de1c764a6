//! `/live`: what changed, as it is committed, to every open page (server-sent events, resumed by ledger number).

use crate::web::Door;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use crm::Session;
use futures::{Stream, StreamExt, stream};
use model::inbox::LiveChange;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// More changes of one sort than this at once are told as one: the page reads its list again anyhow.
const TELL_EACH: usize = 20;

pub(crate) async fn live(State(door): State<Door>, headers: HeaderMap) -> Response {
    let session = match door.session(&headers).await {
        Ok(session) => session,
        Err(refused) => return refused.into_response(),
    };
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let from = match resumed {
        Some(seq) => seq,
        None => match session.last_change().await {
            Ok(seq) => seq,
            Err(cause) => return crate::web::fail(&cause).into_response(),
        },
    };
    let stopping = door.stopping.clone();
    let events = follow(session, from).take_until(async move { stopping.cancelled().await });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// Reads the ledger after `from`, then again whenever it has grown.
fn follow(session: Session, from: i64) -> impl Stream<Item = Result<Event, Infallible>> {
    // A wake before the first read, for what was committed while the page was loading.
    let wakes = stream::once(std::future::ready(i64::MAX)).chain(session.wakes()).boxed();
    stream::unfold((session, wakes, from), async |(session, mut wakes, mut seen)| {
        loop {
            if wakes.next().await? <= seen {
                continue;
            }
            let mut changes = Vec::new();
            while let Ok(more) = session.changes_after(seen).await
                && let Some(newest) = more.last()
            {
                seen = newest.seq;
                changes.extend(more);
            }
            if !changes.is_empty() {
                return Some((changes, (session, wakes, seen)));
            }
        }
    })
    .flat_map(|changes| stream::iter(condense(changes).into_iter().map(|change| Ok(event(&change)))))
}

fn condense(changes: Vec<LiveChange>) -> Vec<LiveChange> {
    if changes.len() <= TELL_EACH {
        return changes;
    }
    let mut newest = BTreeMap::new();
    for change in changes {
        newest.insert((change.entity.as_str(), change.kind.as_str()), change);
    }
    let mut rest: Vec<_> = newest.into_values().collect();
    rest.sort_by_key(|change| change.seq);
    rest
}

fn event(change: &LiveChange) -> Event {
    let json = serde_json::to_string(change).unwrap_or_default();
    Event::default().event("change").id(change.seq.to_string()).data(json)
}
