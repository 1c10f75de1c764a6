use super::frame::Frame;
use super::verbs::{LogIn, Typed, typed};
use super::{Refused, problem_at};
use crate::PageTitle;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use ui::{Button, Field, Kind, PasswordField, Size};

/// [REG-11]
#[component]
pub fn Login() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<LogIn>::new();
    let answer = move || action.value().get();
    let kept: Typed = typed();
    let pending = action.pending();
    let forgot = ViewFn::from(move || view! { <a href="/forgot">{t!(i18n, account.login.forgot)}</a> });
    view! {
        <PageTitle text=text!(i18n, account.login.title)/>
        <Frame>
            <ActionForm action=action attr:class="welcome__form" attr:novalidate="">
                <header>
                    <h1>{t!(i18n, account.login.title)}</h1>
                </header>
                <Refused fault=move || answer().and_then(Result::err)/>
                <Field
                    name="email"
                    label=text!(i18n, account.login.email)
                    kind="email"
                    value=kept.email
                    error=problem_at(answer, "email")
                    autocomplete="username"
                    size=Size::Large
                    required=true
                    autofocus=true
                />
                <PasswordField
                    name="password"
                    label=text!(i18n, account.login.password)
                    error=problem_at(answer, "password")
                    aside=forgot
                    size=Size::Large
                />
                <footer class="welcome__go">
                    <Button kind=Kind::Primary size=Size::Large submit=true disabled=pending>
                        {move || if pending.get() { t_string!(i18n, account.login.busy) } else { t_string!(i18n, account.login.go) }}
                    </Button>
                    <span>
                        {t!(i18n, account.login.no_account)} " " <a href="/register">{t!(i18n, account.login.register)}</a>
                    </span>
                </footer>
            </ActionForm>
        </Frame>
    }
}
