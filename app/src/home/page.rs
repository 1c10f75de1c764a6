use super::lists::{LastContacts, LatestMessages, MyTasks};
use super::setup::Setup;
use crate::PageTitle;
use crate::i18n::{t, use_i18n};
use crate::session::{may, use_me};
use leptos::prelude::*;
use model::Right;

/// [REG-13, REG-22]
#[component]
pub fn Page() -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let name = move || me.with(|me| me.first_name.clone());
    view! {
        <PageTitle text=text!(i18n, home.title)/>
        <div class="home">
            <header class="home__head">
                <h1>{t!(i18n, home.hello, name)}</h1>
                <p>{move || me.with(|me| me.company.clone())}</p>
            </header>
            {may(Right::UseMail).then(|| view! { <Setup/> })}
            <LastContacts/>
            <MyTasks/>
            {may(Right::UseMail).then(|| view! { <LatestMessages/> })}
        </div>
    }
}
