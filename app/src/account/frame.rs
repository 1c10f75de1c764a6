use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use ui::{Glyph, Icon, Size};

/// The page of every form at the door. With `steps` the thread of onboarding hangs on the left.
#[component]
pub fn Frame(#[prop(optional)] steps: bool, children: Children) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="welcome" data-plain=(!steps).then_some("")>
            <aside class="welcome__steps">
                <p class="welcome__mark">
                    <Icon name=Glyph::Spindle size=Size::Large/>
                    {t!(i18n, common.product)}
                </p>
                {steps.then(|| view! { <Steps/> })}
            </aside>
            <main class="welcome__main" id="main">
                {children()}
            </main>
        </div>
    }
}

#[component]
fn Steps() -> impl IntoView {
    let i18n = use_i18n();
    let steps = [
        (text!(i18n, account.steps.company), text!(i18n, account.steps.company_text)),
        (text!(i18n, account.steps.mail), text!(i18n, account.steps.mail_text)),
        (text!(i18n, account.steps.fetch), text!(i18n, account.steps.fetch_text)),
        (text!(i18n, account.steps.import), text!(i18n, account.steps.import_text)),
        (text!(i18n, account.steps.invite), text!(i18n, account.steps.invite_text)),
        (text!(i18n, account.steps.phone), text!(i18n, account.steps.phone_text)),
    ];
    view! {
        <ol class="stepper" aria-label=move || t_string!(i18n, account.steps.name)>
            {steps
                .into_iter()
                .enumerate()
                .map(|(at, (name, text))| {
                    view! {
                        <li class="stepper__step" aria-current=(at == 0).then_some("step")>
                            <span class="stepper__knot">{at + 1}</span>
                            <span class="stepper__name">{move || name.get()}</span>
                            <span class="stepper__text">{move || text.get()}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
        <p class="welcome__foot">{t!(i18n, account.steps.foot)}</p>
    }
}

/// The four rules of a password, ticking while it is typed.
#[component]
pub fn Rules(password: RwSignal<String>, #[prop(into)] id: String) -> impl IntoView {
    use model::Problem as P;
    let i18n = use_i18n();
    let rule = move |broken: P, words: Signal<String>| {
        let kept = move || password.with(|typed| !typed.is_empty() && !model::registration::password_problems(typed).contains(&broken));
        view! {
            <li class="status" data-tone=move || kept().then_some("success")>
                {move || {
                    let name = if kept() { Glyph::Check } else { Glyph::Minus };
                    view! { <Icon name/> }
                }}
                {move || words.get()}
            </li>
        }
    };
    view! {
        <ul class="welcome__rules" id=id>
            {rule(P::PasswordTooShort, text!(i18n, account.rules.length))}
            {rule(P::PasswordNeedsLowercase, text!(i18n, account.rules.lower))}
            {rule(P::PasswordNeedsUppercase, text!(i18n, account.rules.upper))}
            {rule(P::PasswordNeedsDigit, text!(i18n, account.rules.digit))}
        </ul>
    }
}
