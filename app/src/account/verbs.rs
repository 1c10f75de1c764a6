use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session;
use leptos::prelude::*;
use model::registration::Registration;
use serde::{Deserialize, Serialize};

/// [REG-03] Whoever registers is inside at once.
#[server]
pub async fn register(registration: Registration) -> Result<(), Fault> {
    let kept = Registration { password: String::new(), ..registration.clone() };
    let signed_in = session::crm().register(registration, session::client()).await.inspect_err(|_| session::remember_form(&kept))?;
    session::set_cookie(&signed_in);
    leptos_axum::redirect("/");
    Ok(())
}

#[server]
pub async fn log_in(email: String, password: String) -> Result<(), Fault> {
    let signed_in = session::crm()
        .sign_in(&email, crm::Secret::new(password), session::client())
        .await
        .inspect_err(|_| session::remember_form(&Typed { email: email.clone() }))?;
    session::set_cookie(&signed_in);
    leptos_axum::redirect("/");
    Ok(())
}

/// The answer is the same whether the address has an account or not.
#[server]
pub async fn ask_reset(email: String) -> Result<(), Fault> {
    session::crm().ask_reset(&email, session::client()).await?;
    session::redirect_plain("/forgot?sent=1");
    Ok(())
}

#[server]
pub async fn reset_password(token: String, password: String) -> Result<(), Fault> {
    let signed_in = session::crm().reset(&token, crm::Secret::new(password), session::client()).await?;
    session::set_cookie(&signed_in);
    leptos_axum::redirect("/");
    Ok(())
}

/// What the login form keeps when it is refused.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Typed {
    pub email: String,
}

/// What was typed in the form that was just refused; empty in the browser, where the form still holds it.
pub(crate) fn typed<T: Default + serde::de::DeserializeOwned>() -> T {
    #[cfg(feature = "ssr")]
    if let Some(typed) = session::recall_form() {
        session::forget_form();
        return typed;
    }
    T::default()
}
