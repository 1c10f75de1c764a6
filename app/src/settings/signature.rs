use super::undo::use_put_back;
use super::verbs::{change_profile, open_profile};
use crate::Fault;
use crate::fault::{FaultNote, at_field, at_no_field};
use crate::i18n::{t, t_string, use_i18n};
use crate::session::use_me;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::profile::Profile;
use ui::{Button, Field, Kind, SkeletonRows, use_toasts};

/// What stands under one's own letters (USR-02).
#[component]
pub(super) fn SignatureCard() -> impl IntoView {
    let i18n = use_i18n();
    let found = Resource::new(|| (), |()| open_profile());
    view! {
        <section class="card settings__card" aria-labelledby="s-signature">
            <header class="card__head">
                <h2 id="s-signature">{t!(i18n, templates.profile.title)}</h2>
            </header>
            <Suspense fallback=|| {
                view! { <SkeletonRows rows=6/> }
            }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(profile) => view! { <Form profile/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
    .into_any()
}

#[component]
fn Form(profile: Profile) -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let signal = |text: &String| RwSignal::new(text.clone());
    let (first_name, last_name, email) = (signal(&profile.first_name), signal(&profile.last_name), signal(&profile.email));
    let (company, function, mobile) = (signal(&profile.company), signal(&profile.function), signal(&profile.mobile));
    let fault = RwSignal::new(None::<Fault>);
    let show = move |profile: Profile| {
        me.update(|me| {
            me.first_name.clone_from(&profile.first_name);
            me.last_name.clone_from(&profile.last_name);
        });
        for (signal, text) in [
            (first_name, profile.first_name),
            (last_name, profile.last_name),
            (email, profile.email),
            (company, profile.company),
            (function, profile.function),
            (mobile, profile.mobile),
        ] {
            _ = signal.try_set(text);
        }
    };
    let back = use_put_back(change_profile, show);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        fault.set(None);
        let form = Profile {
            first_name: first_name.get_untracked(),
            last_name: last_name.get_untracked(),
            email: email.get_untracked(),
            company: company.get_untracked(),
            function: function.get_untracked(),
            mobile: mobile.get_untracked(),
        };
        spawn_local(async move {
            match change_profile(form.clone()).await {
                Ok(before) => {
                    if let Ok(kept) = form.read() {
                        show(kept);
                    }
                    toasts.undo(untrack(|| t_string!(i18n, templates.profile.saved)), Callback::new(move |()| back(before.clone())));
                }
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
        });
    };
    let field = move |key, label, autocomplete: &'static str, bind| {
        view! { <Field name=key id=format!("profile-{key}") label bind error=at_field(fault, key) autocomplete=autocomplete/> }
    };
    let other = at_no_field(fault);
    view! {
        <div class="card__body settings__form">
            <p class="settings__hint">{t!(i18n, templates.profile.intro)}</p>
            <form on:submit=save>
                {field("first_name", text!(i18n, templates.fields.my_first_name), "given-name", first_name)}
                {field("last_name", text!(i18n, templates.fields.my_last_name), "family-name", last_name)}
                {field("email", text!(i18n, templates.fields.my_email), "email", email)}
                {field("company", text!(i18n, templates.fields.my_company), "organization", company)}
                {field("function", text!(i18n, templates.fields.my_function), "organization-title", function)}
                {field("mobile", text!(i18n, templates.fields.my_mobile), "tel", mobile)}
                <p class="field__error" role="alert">
                    {other}
                </p>
                <div class="button-row">
                    <Button kind=Kind::Primary submit=true>
                        {t!(i18n, common.words.save)}
                    </Button>
                </div>
            </form>
        </div>
    }
}
