use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::search::{Found, FoundMessages, Older};

#[server(input = Json)]
pub async fn search_all(typed: String) -> Result<Found, Fault> {
    Ok(session().await?.search(typed).await?)
}

#[server(input = Json)]
pub async fn search_older(typed: String, older: Older) -> Result<FoundMessages, Fault> {
    Ok(session().await?.search_older(typed, older).await?)
}
