use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::contact::ContactRef;
use model::inbox::{InboxCounts, MessageFilter, MessageRow, MessageView};
use model::{ContactId, Cursor, MessageId, Page};

#[server(input = Json)]
pub async fn list_messages(filter: MessageFilter, after: Option<Cursor>) -> Result<Page<MessageRow>, Fault> {
    Ok(session().await?.list_messages(filter, after).await?)
}

#[server(input = Json)]
pub async fn count_inbox() -> Result<InboxCounts, Fault> {
    Ok(session().await?.inbox_counts().await?)
}

#[server(input = Json)]
pub async fn open_message(id: MessageId) -> Result<MessageView, Fault> {
    Ok(session().await?.open_message(id).await?)
}

#[server(input = Json)]
pub async fn mark_read(ids: Vec<MessageId>, read: bool) -> Result<(), Fault> {
    Ok(session().await?.mark_read(ids, read).await?)
}

#[server(input = Json)]
pub async fn finish(ids: Vec<MessageId>, finished: bool) -> Result<(), Fault> {
    Ok(session().await?.finish(ids, finished).await?)
}

#[server(input = Json)]
pub async fn delete_messages(ids: Vec<MessageId>) -> Result<(), Fault> {
    Ok(session().await?.delete_messages(ids).await?)
}

#[server(input = Json)]
pub async fn restore_messages(ids: Vec<MessageId>) -> Result<(), Fault> {
    Ok(session().await?.restore_messages(ids).await?)
}

#[server(input = Json)]
pub async fn link_message(id: MessageId, contact: ContactId) -> Result<(), Fault> {
    Ok(session().await?.link_message(id, contact).await?)
}

#[server(input = Json)]
pub async fn unlink_message(id: MessageId, contact: ContactId) -> Result<(), Fault> {
    Ok(session().await?.unlink_message(id, contact).await?)
}

/// For the popup that links a message.
#[server(input = Json)]
pub async fn find_contacts(typed: String) -> Result<Vec<ContactRef>, Fault> {
    Ok(session().await?.suggest_contacts(typed, false).await?)
}
