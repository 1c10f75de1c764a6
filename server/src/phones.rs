//! Hangs the door for phones before the browser's: it takes its own addresses, and on `/` what no browser asks.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dav::{Caller, Door};

pub(crate) async fn phones_first(State(door): State<Door>, request: Request, next: Next) -> Response {
    if !Door::takes(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    // `name_client` stands before this and always names one.
    let Some(caller) = request.extensions().get::<app::session::Caller>().copied() else { return next.run(request).await };
    let secure = caller.https || caller.address.is_loopback();
    door.answer(Caller { address: caller.address, secure }, request).await
}

/// The configuration profile of an iPhone, for whoever is logged in.
pub(crate) async fn profile(State(web): State<crate::web::Door>, headers: HeaderMap) -> Response {
    match web.session(&headers).await {
        Ok(session) => {
            let profile = app::letters::profile(&session.me(), &web.address);
            ([(header::CONTENT_TYPE, "application/x-apple-aspen-config")], profile).into_response()
        }
        Err(refused) => refused.into_response(),
    }
}
