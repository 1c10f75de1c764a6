use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::{session, set_language_cookie};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::MailAccountId;
use model::mail_account::MailAccountRow;
use model::preferences::Preferences;

#[server(input = Json)]
pub async fn list_mail_accounts() -> Result<Vec<MailAccountRow>, Fault> {
    Ok(session().await?.list_mail_accounts().await?)
}

#[server(input = Json)]
pub async fn remove_mail_account(id: MailAccountId) -> Result<(), Fault> {
    Ok(session().await?.remove_mail_account(id).await?)
}

#[server(input = Json)]
pub async fn sync_now(id: MailAccountId) -> Result<(), Fault> {
    Ok(session().await?.sync_now(id).await?)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn change_preferences(preferences: Preferences) -> Result<Preferences, Fault> {
    let language = preferences.language;
    let before = session().await?.change_preferences(preferences).await?;
    set_language_cookie(language);
    Ok(before)
}

#[server]
pub async fn change_password(old: String, new: String) -> Result<(), Fault> {
    Ok(session().await?.change_password(crm::Secret::new(old), crm::Secret::new(new)).await?)
}
