use super::SignatureCard;
use super::verbs::ChangePassword;
use crate::PageTitle;
use crate::fault::{FaultNote, sentence};
use crate::i18n::{t, t_string, use_i18n};
use crate::session::use_me;
use leptos::html;
use leptos::prelude::*;
use ui::{Button, Kind, PasswordField, use_toasts};

/// Gebruikersprofiel: what stands under one's letters, and one's password.
#[component]
pub(super) fn Profile() -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let save = ServerAction::<ChangePassword>::new();
    let (new, again) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let differs = move || again.with(|again| !again.is_empty() && new.with(|new| new != again));
    let form = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(Ok(())) = save.value().get() {
            toasts.say(untrack(|| t_string!(i18n, settings.profile.saved)));
            // The passwords do not stay on the screen.
            new.set(String::new());
            again.set(String::new());
            if let Some(form) = form.get_untracked().and_then(|form| form.query_selector("form").ok().flatten()) {
                use wasm_bindgen::JsCast;
                if let Ok(form) = form.dyn_into::<web_sys::HtmlFormElement>() {
                    form.reset();
                }
            }
        }
    });
    let fault = move || save.value().get().and_then(Result::err);
    let at = move |fields: [&'static str; 2]| {
        Signal::derive(move || {
            let problem = fault().and_then(|fault| fields.into_iter().find_map(|field| fault.at(field)));
            problem.map(|problem| sentence(problem, i18n.get_locale()))
        })
    };
    let unequal = Signal::derive(move || differs().then(|| t_string!(i18n, settings.profile.differs).to_owned()));
    let email = move || me.with(|me| me.email.clone());
    view! {
        <PageTitle text=text!(i18n, settings.profile.title)/>
        <header class="settings__head">
            <h1>{t!(i18n, settings.profile.title)}</h1>
            <p>{t!(i18n, settings.profile.intro, email = email)}</p>
        </header>
        <SignatureCard/>
        <section class="card settings__card" aria-labelledby="s-password">
            <header class="card__head">
                <h2 id="s-password">{t!(i18n, settings.profile.password)}</h2>
            </header>
            <div class="card__body settings__form" node_ref=form>
                <ActionForm action=save>
                    <input type="email" autocomplete="username" value=email hidden=true readonly=true aria-hidden="true" tabindex="-1"/>
                    <PasswordField name="old" label=text!(i18n, settings.profile.old) error=at(["old_password", "old"])/>
                    <PasswordField
                        name="new"
                        label=text!(i18n, settings.profile.new_password)
                        autocomplete="new-password"
                        bind=new
                        error=at(["new_password", "new"])
                        described_by="s-rules"
                    >
                        <p class="field__hint" id="s-rules">
                            {t!(i18n, settings.profile.rules)}
                        </p>
                    </PasswordField>
                    <PasswordField
                        name="again"
                        label=text!(i18n, settings.profile.again)
                        autocomplete="new-password"
                        bind=again
                        error=unequal
                    />
                    {move || fault().filter(|fault| !fault.is_invalid()).map(|fault| view! { <FaultNote fault/> })}
                    <div class="button-row">
                        <Button
                            kind=Kind::Primary
                            submit=true
                            disabled=Signal::derive(move || differs() || save.pending().get())
                        >
                            {t!(i18n, settings.profile.save)}
                        </Button>
                    </div>
                </ActionForm>
            </div>
        </section>
    }
}
