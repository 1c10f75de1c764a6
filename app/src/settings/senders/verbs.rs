use crate::Fault;
#[cfg(feature = "ssr")]
use crate::i18n::td_string;
#[cfg(feature = "ssr")]
use crate::session::session;
#[cfg(feature = "ssr")]
use crate::tongue::locale;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::SenderId;
use model::sender::{DomainRecords, OwnSenders, SenderForm};

#[server(input = Json)]
pub async fn open_senders() -> Result<OwnSenders, Fault> {
    Ok(session().await?.open_senders().await?)
}

/// The letter with the code is in the writer's language: it goes to himself.
#[server]
pub async fn add_sender(form: SenderForm) -> Result<SenderId, Fault> {
    let session = session().await?;
    Ok(session.add_sender(form, words(&session.me())).await?)
}

#[server]
pub async fn send_sender_code(id: SenderId) -> Result<(), Fault> {
    let session = session().await?;
    Ok(session.send_sender_code(id, words(&session.me())).await?)
}

#[cfg(feature = "ssr")]
fn words(me: &model::registration::Me) -> impl Fn(&str, &str) -> (String, String) + Send + Sync + use<> {
    let (locale, name) = (locale(me.preferences.language), me.first_name.clone());
    move |address, code| {
        let text = td_string!(locale, senders.letter.text, name = name.clone(), address = address.to_owned(), code = code.to_owned());
        (td_string!(locale, senders.letter.subject).to_owned(), text)
    }
}

#[server]
pub async fn verify_sender(id: SenderId, code: String) -> Result<(), Fault> {
    Ok(session().await?.verify_sender(id, &code).await?)
}

#[server(input = Json)]
pub async fn rename_sender(id: SenderId, name: String) -> Result<(), Fault> {
    Ok(session().await?.rename_sender(id, name).await?)
}

#[server(input = Json)]
pub async fn remove_sender(id: SenderId) -> Result<(), Fault> {
    Ok(session().await?.remove_sender(id).await?)
}

#[server(input = Json)]
pub async fn list_sender_domains() -> Result<Vec<DomainRecords>, Fault> {
    Ok(session().await?.sender_domains().await?)
}
