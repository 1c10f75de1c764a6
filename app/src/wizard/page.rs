use super::Wizard;
use crate::PageTitle;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use ui::{Glyph, Icon, Size};

/// `/connect`: the second of the first steps, a page of its own. Skipping is fine.
#[component]
pub fn Page() -> impl IntoView {
    let i18n = use_i18n();
    let navigate = use_navigate();
    let saved = Callback::new(move |_connected: bool| navigate("/inbox", NavigateOptions::default()));
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
                    <Wizard mend=None on_saved=saved/>
                </div>
            </main>
        </div>
    }
}
