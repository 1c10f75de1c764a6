use crate::Fault;
#[cfg(feature = "ssr")]
use crate::format;
#[cfg(feature = "ssr")]
use crate::i18n::td_string;
#[cfg(feature = "ssr")]
use crate::session::session;
#[cfg(feature = "ssr")]
use crate::tongue::locale;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::mail_account::{Diagnosis, ServerSettings};
use model::outgoing::{Action, BookEntry, ContactFile, Draft, DraftForm, DraftLine, SavedDraft, Sender, SendingServer, Suggestion};
#[cfg(feature = "ssr")]
use model::outgoing::{QuotedHead, Recipient};
use model::work::Snooze;
use model::{ContactId, Cursor, DraftFileId, DraftId, MailAccountId, MessageId, Page, TemplateId};

#[server(input = Json)]
pub async fn begin_letter(contact: Option<ContactId>, address: Option<String>, template: Option<TemplateId>) -> Result<DraftId, Fault> {
    Ok(session().await?.begin_letter(contact, address, template).await?)
}

/// The line above the quotation is in the writer's language.
#[server(input = Json)]
pub async fn begin_answer(message: MessageId, action: Action) -> Result<DraftId, Fault> {
    let session = session().await?;
    let locale = locale(session.preferences().language);
    let name = |one: &Recipient| if one.name.is_empty() { one.address.clone() } else { format!("{} <{}>", one.name, one.address) };
    let heading = move |head: &QuotedHead| {
        let (when, who) = (format::full(head.at, locale), name(&head.from));
        if !head.forward {
            return td_string!(locale, compose.quote.wrote, when = when, who = who);
        }
        let to = head.to.iter().map(name).collect::<Vec<_>>().join(", ");
        td_string!(locale, compose.quote.forwarded, when = when, who = who, to = to, subject = head.subject.clone())
    };
    Ok(session.begin_answer(message, action, heading).await?)
}

#[server(input = Json)]
pub async fn list_senders() -> Result<Vec<Sender>, Fault> {
    Ok(session().await?.list_senders().await?)
}

#[server(input = Json)]
pub async fn list_drafts() -> Result<Vec<DraftLine>, Fault> {
    Ok(session().await?.list_drafts().await?)
}

#[server(input = Json)]
pub async fn open_draft(draft: DraftId) -> Result<Draft, Fault> {
    Ok(session().await?.open_draft(draft).await?)
}

#[server(input = Json)]
pub async fn save_draft(draft: DraftId, version: i64, form: DraftForm) -> Result<SavedDraft, Fault> {
    Ok(session().await?.save_draft(draft, version, form).await?)
}

/// Answers the draft as it is then.
#[server(input = Json)]
pub async fn use_template(draft: DraftId, version: i64, form: DraftForm, template: Option<TemplateId>) -> Result<Draft, Fault> {
    Ok(session().await?.use_template(draft, version, form, template).await?)
}

#[server(input = Json)]
pub async fn remove_draft(draft: DraftId) -> Result<(), Fault> {
    Ok(session().await?.remove_draft(draft).await?)
}

#[server(input = Json)]
pub async fn restore_draft(draft: DraftId) -> Result<(), Fault> {
    Ok(session().await?.restore_draft(draft).await?)
}

#[server(input = Json)]
pub async fn detach(file: DraftFileId) -> Result<(), Fault> {
    Ok(session().await?.detach(file).await?)
}

#[server(input = Json)]
pub async fn reattach(file: DraftFileId) -> Result<(), Fault> {
    Ok(session().await?.reattach(file).await?)
}

/// What may go along from the archive of a contact, the newest first.
#[server(input = Json)]
pub async fn list_contact_files(contact: ContactId) -> Result<Vec<ContactFile>, Fault> {
    Ok(session().await?.list_contact_files(contact).await?)
}

/// A file of a message in an archive goes along.
#[server(input = Json)]
pub async fn attach_from(draft: DraftId, message: MessageId, part: u32) -> Result<(), Fault> {
    session().await?.attach_from(draft, message, part).await?;
    Ok(())
}

#[server(input = Json)]
pub async fn send_draft(draft: DraftId, version: i64, form: DraftForm, later: Option<Snooze>) -> Result<MessageId, Fault> {
    Ok(session().await?.send_draft(draft, version, form, later).await?)
}

#[server(input = Json)]
pub async fn take_back(message: MessageId) -> Result<DraftId, Fault> {
    Ok(session().await?.take_back(message).await?)
}

#[server(input = Json)]
pub async fn send_again(message: MessageId) -> Result<(), Fault> {
    Ok(session().await?.send_again(message).await?)
}

#[server(input = Json)]
pub async fn call_it_sent(message: MessageId) -> Result<(), Fault> {
    Ok(session().await?.call_it_sent(message).await?)
}

#[server(input = Json)]
pub async fn suggest_recipients(typed: String) -> Result<Vec<Suggestion>, Fault> {
    Ok(session().await?.suggest_recipients(typed).await?)
}

#[server(input = Json)]
pub async fn list_address_book(search: String, after: Option<Cursor>) -> Result<Page<BookEntry>, Fault> {
    Ok(session().await?.list_address_book(search, after).await?)
}

#[server(input = Json)]
pub async fn open_sending(account: MailAccountId) -> Result<SendingServer, Fault> {
    Ok(session().await?.sending_server(account).await?)
}

/// What is wrong with it, when something is; then it is kept only for whoever is sure.
#[server(input = Json)]
pub async fn change_sending(account: MailAccountId, settings: ServerSettings, sure: bool) -> Result<Option<Diagnosis>, Fault> {
    Ok(session().await?.change_sending(account, settings, sure).await?)
}
