use super::frame::{Frame, Rules};
use super::verbs::{AskReset, ResetPassword};
use super::{Refused, problem_at};
use crate::PageTitle;
use crate::i18n::{t, use_i18n};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use ui::{Banner, Button, Field, Glyph, Kind, PasswordField, Size, Tone};

/// [REG-12] Asks for the one-time link.
#[component]
pub fn Forgot() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<AskReset>::new();
    let answer = move || action.value().get();
    let query = use_query_map();
    let sent = Memo::new(move |_| matches!(answer(), Some(Ok(()))) || query.with(|query| query.get("sent").is_some()));
    view! {
        <PageTitle text=text!(i18n, account.forgot.title)/>
        <Frame>
            <Show
                when=move || !sent.get()
                fallback=move || {
                    view! {
                        <div class="welcome__form" role="status">
                            <header>
                                <h1>{t!(i18n, account.forgot.sent_title)}</h1>
                                <p>{t!(i18n, account.forgot.sent)}</p>
                            </header>
                            <footer class="welcome__go">
                                <a href="/login">{t!(i18n, account.forgot.back)}</a>
                            </footer>
                        </div>
                    }
                }
            >
                <ActionForm action=action attr:class="welcome__form" attr:novalidate="">
                    <header>
                        <h1>{t!(i18n, account.forgot.title)}</h1>
                        <p>{t!(i18n, account.forgot.intro)}</p>
                    </header>
                    <Refused fault=move || answer().and_then(Result::err)/>
                    <Field
                        name="email"
                        label=text!(i18n, account.login.email)
                        kind="email"
                        error=problem_at(answer, "email")
                        autocomplete="username"
                        size=Size::Large
                        required=true
                    />
                    <footer class="welcome__go">
                        <Button kind=Kind::Primary size=Size::Large submit=true disabled=action.pending()>
                            {t!(i18n, account.forgot.go)}
                        </Button>
                        <a href="/login">{t!(i18n, account.forgot.back)}</a>
                    </footer>
                </ActionForm>
            </Show>
        </Frame>
    }
}

/// [REG-12] The other end of the link: once, for an hour.
#[component]
pub fn Reset() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<ResetPassword>::new();
    let answer = move || action.value().get();
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token")).unwrap_or_default();
    let password = RwSignal::new(String::new());
    let expired = move || matches!(answer(), Some(Err(fault)) if fault.at("token").is_some());
    view! {
        <PageTitle text=text!(i18n, account.reset.title)/>
        <Frame>
            <ActionForm action=action attr:class="welcome__form" attr:novalidate="">
                <header>
                    <h1>{t!(i18n, account.reset.title)}</h1>
                    <p>{t!(i18n, account.reset.intro)}</p>
                </header>
                <Refused fault=move || answer().and_then(Result::err)/>
                <div aria-live="assertive">
                    {move || {
                        expired()
                            .then(|| {
                                view! {
                                    <Banner tone=Tone::Danger icon=Glyph::Warn>
                                        {t!(i18n, account.reset.expired)}
                                        " "
                                        <a href="/forgot">{t!(i18n, account.reset.again)}</a>
                                    </Banner>
                                }
                            })
                    }}
                </div>
                <input type="hidden" name="token" value=token/>
                <PasswordField
                    name="password"
                    label=text!(i18n, account.reset.password)
                    autocomplete="new-password"
                    bind=password
                    error=problem_at(answer, "password")
                    described_by="rules"
                    size=Size::Large
                >
                    <Rules password id="rules"/>
                </PasswordField>
                <footer class="welcome__go">
                    <Button kind=Kind::Primary size=Size::Large submit=true disabled=action.pending()>
                        {t!(i18n, account.reset.go)}
                    </Button>
                </footer>
            </ActionForm>
        </Frame>
    }
}
