use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::{session, set_language_cookie};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::clean::{Cleaned, Cleaning, CleaningForm, RemovedMessage};
use model::logo::Logo;
use model::mail_account::{FolderRole, MailAccountRow, MailHealth};
use model::preferences::Preferences;
use model::profile::{CompanyData, Profile};
use model::{Cursor, FolderId, MailAccountId, MessageId, Page};

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

#[server(input = Json)]
pub async fn open_mail_health(id: MailAccountId) -> Result<MailHealth, Fault> {
    Ok(session().await?.mail_health(id).await?)
}

#[server(input = Json)]
pub async fn resync_folder(account: MailAccountId, folder: FolderId) -> Result<(), Fault> {
    Ok(session().await?.resync_folder(account, folder).await?)
}

#[server(input = Json)]
pub async fn choose_folder(account: MailAccountId, folder: FolderId, role: FolderRole) -> Result<(), Fault> {
    Ok(session().await?.choose_folder(account, folder, role).await?)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn change_preferences(preferences: Preferences) -> Result<Preferences, Fault> {
    let language = preferences.language;
    let before = session().await?.change_preferences(preferences).await?;
    set_language_cookie(language);
    Ok(before)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn change_cleaning(form: CleaningForm) -> Result<Cleaning, Fault> {
    Ok(session().await?.change_cleaning(form).await?)
}

#[server(input = Json)]
pub async fn clean_now() -> Result<Cleaned, Fault> {
    Ok(session().await?.clean_now().await?)
}

#[server(input = Json)]
pub async fn list_removed(words: String, after: Option<Cursor>) -> Result<Page<RemovedMessage>, Fault> {
    Ok(session().await?.list_removed(words, after).await?)
}

#[server(input = Json)]
pub async fn restore_removed(id: MessageId) -> Result<(), Fault> {
    Ok(session().await?.restore_removed(id).await?)
}

#[server(input = Json)]
pub async fn open_profile() -> Result<Profile, Fault> {
    Ok(session().await?.open_profile().await?)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn change_profile(form: Profile) -> Result<Profile, Fault> {
    Ok(session().await?.change_profile(form).await?)
}

#[server(input = Json)]
pub async fn open_company_data() -> Result<CompanyData, Fault> {
    Ok(session().await?.open_company_data().await?)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn change_company_data(form: CompanyData) -> Result<CompanyData, Fault> {
    Ok(session().await?.change_company_data(form).await?)
}

#[server(input = Json)]
pub async fn open_logo() -> Result<Option<Logo>, Fault> {
    Ok(session().await?.open_logo().await?)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn change_logo(logo: Option<Logo>) -> Result<Option<Logo>, Fault> {
    Ok(session().await?.change_logo(logo).await?)
}

#[server]
pub async fn change_password(old: String, new: String) -> Result<(), Fault> {
    Ok(session().await?.change_password(crm::Secret::new(old), crm::Secret::new(new)).await?)
}
