use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
#[cfg(feature = "ssr")]
use crate::tongue::locale;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::contact::ContactRef;
use model::inbox::{Conversation, InboxCounts, MessageFilter, MessageRow, MessageView, MovedMessages};
#[cfg(feature = "ssr")]
use model::nature::AnsweredMeeting;
use model::nature::{Answer, Invited};
use model::work::{Act, Done, Note, Which};
use model::{ActId, ContactId, Cursor, MessageId, NoteId, Page};

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
pub async fn act_on_messages(which: Which, act: Act) -> Result<Done, Fault> {
    Ok(session().await?.act(which, act).await?)
}

#[server(input = Json)]
pub async fn undo_act(id: ActId) -> Result<u32, Fault> {
    Ok(session().await?.undo_act(id).await?)
}

#[server(input = Json)]
pub async fn count_messages(filter: MessageFilter) -> Result<i64, Fault> {
    Ok(session().await?.count_messages(filter).await?)
}

#[server(input = Json)]
pub async fn list_notes(message: MessageId) -> Result<Vec<Note>, Fault> {
    Ok(session().await?.list_notes(message).await?)
}

#[server(input = Json)]
pub async fn add_note(message: MessageId, text: String) -> Result<NoteId, Fault> {
    Ok(session().await?.add_note(message, text).await?)
}

#[server(input = Json)]
pub async fn remove_note(id: NoteId) -> Result<(), Fault> {
    Ok(session().await?.remove_note(id).await?)
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

/// What was said to an invitation, where somebody waits for the reader's word.
#[server(input = Json)]
pub async fn open_invitation(id: MessageId) -> Result<Option<Invited>, Fault> {
    Ok(session().await?.open_invitation(id).await?)
}

/// The letter that says it is in the writer's language; answers which it is.
#[server(input = Json)]
pub async fn answer_invitation(id: MessageId, answer: Answer) -> Result<MessageId, Fault> {
    let session = session().await?;
    let locale = locale(session.preferences().language);
    let words = move |meeting: &AnsweredMeeting| super::nature::answer_words(meeting, locale);
    Ok(session.answer_invitation(id, answer, words).await?)
}

#[server(input = Json)]
pub async fn withdraw_answer(reply: MessageId) -> Result<(), Fault> {
    Ok(session().await?.withdraw_answer(reply).await?)
}

/// What belongs with a message, for the reading pane.
#[server(input = Json)]
pub async fn open_conversation(id: MessageId) -> Result<Conversation, Fault> {
    Ok(session().await?.open_conversation(id).await?)
}

#[server(input = Json)]
pub async fn split_conversation(id: MessageId) -> Result<MovedMessages, Fault> {
    Ok(session().await?.split_conversation(id).await?)
}

#[server(input = Json)]
pub async fn merge_conversations(ids: Vec<MessageId>) -> Result<Vec<MovedMessages>, Fault> {
    Ok(session().await?.merge_conversations(ids).await?)
}

#[server(input = Json)]
pub async fn move_back(moved: Vec<MovedMessages>) -> Result<(), Fault> {
    Ok(session().await?.move_back(moved).await?)
}
