use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::mail_account::{Check, MailAccountForm};
use model::sign_in::SignInView;
use model::{CheckId, MailAccountId, SignInId};

#[server(input = Json)]
pub async fn start_mail_check(form: MailAccountForm) -> Result<CheckId, Fault> {
    Ok(session().await?.start_mail_check(form).await?)
}

/// Answers when there is something newer than `seen`.
#[server(input = Json)]
pub async fn follow_mail_check(check: CheckId, seen: u32) -> Result<Check, Fault> {
    Ok(session().await?.follow_mail_check(check, seen).await?)
}

#[server(input = Json)]
pub async fn save_mail_account(form: MailAccountForm) -> Result<MailAccountId, Fault> {
    Ok(session().await?.save_mail_account(form).await?)
}

/// What came of a sign-in at a provider's page.
#[server(input = Json)]
pub async fn open_sign_in(id: SignInId) -> Result<SignInView, Fault> {
    Ok(session().await?.open_sign_in(id).await?)
}
