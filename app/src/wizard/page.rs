use super::verbs::open_sign_in;
use super::{SignInNote, Wizard};
use crate::i18n::{t, t_string, use_i18n};
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::sign_in::SignInView;
use ui::{Glyph, Icon, Size};

/// `/connect`: the second of the first steps, a page of its own. Skipping is fine.
#[component]
pub fn Page() -> impl IntoView {
    let i18n = use_i18n();
    let navigate = use_navigate();
    let saved = Callback::new(move |_connected: bool| navigate("/inbox", NavigateOptions::default()));
    let back = use_sign_in();
    let step = move |name: Signal<String>, text: Signal<String>, state: Option<&'static str>, number: Option<&'static str>| {
        view! {
            <li class="stepper__step" data-state=state aria-current=(state.is_none() && number == Some("2")).then_some("step")>
                <span class="stepper__knot">
                    {match number {
                        Some(number) => number.into_any(),
                        None => view! { <Icon name=Glyph::Check/> }.into_any(),
                    }}
                </span>
                <span class="stepper__name">{move || name.get()}</span>
                <span class="stepper__text">{move || text.get()}</span>
            </li>
        }
    };
    view! {
        <PageTitle text=text!(i18n, wizard.title)/>
        <a class="skip-link" href="#main">
            {t!(i18n, common.skip)}
        </a>
        <div class="welcome">
            <aside class="welcome__steps">
                <p class="welcome__mark">
                    <Icon name=Glyph::Spindle size=Size::Large/>
                    {t!(i18n, common.product)}
                </p>
                <ol class="stepper" aria-label=move || t_string!(i18n, account.steps.name)>
                    {step(text!(i18n, account.steps.company), text!(i18n, account.steps.company_text), Some("done"), None)}
                    {step(text!(i18n, account.steps.mail), text!(i18n, account.steps.mail_text), None, Some("2"))}
                    {step(text!(i18n, account.steps.fetch), text!(i18n, account.steps.fetch_text), None, Some("3"))}
                    {step(text!(i18n, account.steps.import), text!(i18n, account.steps.import_text), None, Some("4"))}
                    {step(text!(i18n, account.steps.invite), text!(i18n, account.steps.invite_text), None, Some("5"))}
                    {step(text!(i18n, account.steps.phone), text!(i18n, account.steps.phone_text), None, Some("6"))}
                </ol>
                <p class="welcome__foot">
                    {t!(i18n, account.steps.foot)} <br/> <a href="/">{t!(i18n, wizard.skip)}</a>
                </p>
            </aside>
            <main class="welcome__main" id="main" tabindex="-1">
                <div class="welcome__form">
                    <header>
                        <h1>{t!(i18n, wizard.title)}</h1>
                        <p>{t!(i18n, wizard.intro)}</p>
                    </header>
                    <Transition>
                        {move || {
                            back.get()
                                .map(|back| {
                                    let note = back.clone().transpose().map(|back| view! { <SignInNote back/> });
                                    view! {
                                        {note}
                                        <Wizard mend=None on_saved=saved back=back.ok().flatten()/>
                                    }
                                })
                        }}
                    </Transition>
                </div>
            </main>
        </div>
    }
}

/// Back from a provider's page, if the address says so: what came of it.
pub(crate) fn use_sign_in() -> Resource<Result<Option<SignInView>, Fault>> {
    /// For this long no more attempts are listened to.
    const PAUSE: u32 = 15 * 60;
    let query = use_query_map();
    let word = Memo::new(move |_| query.with(|query| query.get("sign_in")));
    Resource::new(
        move || word.get(),
        |word: Option<String>| async move {
            match word.as_deref() {
                None => Ok(None),
                Some("too_many") => Err(Fault::TooMany(PAUSE)),
                Some(id) => match id.parse() {
                    Ok(id) => open_sign_in(id).await.map(Some),
                    Err(_) => Err(Fault::NotFound),
                },
            }
        },
    )
}
