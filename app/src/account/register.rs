use super::frame::{Frame, Rules};
use super::verbs::{Register as Registering, typed};
use super::{Refused, problem_at};
use crate::i18n::{t, t_string, use_i18n};
use crate::{PageTitle, session};
use leptos::prelude::*;
use model::Problem;
use model::registration::Registration;
use ui::{Button, Field, Kind, PasswordField, Select, Size};

/// [REG-02] A company and its first user.
#[component]
pub fn Register() -> impl IntoView {
    let i18n = use_i18n();
    let action = ServerAction::<Registering>::new();
    let answer = move || action.value().get();
    let kept: Registration = typed();
    let password = RwSignal::new(String::new());
    let zone = NodeRef::<leptos::html::Input>::new();
    // The office's wall clock; without the program the company starts in Amsterdam.
    Effect::new(move |_| {
        if let Some(zone) = zone.get() {
            zone.set_value(&time_zone());
        }
    });
    let in_use = move || matches!(answer(), Some(Err(fault)) if fault.at("email") == Some(Problem::EmailInUse));
    let way_in = ViewFn::from(move || {
        in_use().then(|| {
            view! {
                " "
                <a href="/login">{t!(i18n, account.register.sign_in)}</a>
                " "
                {t!(i18n, account.register.or)}
                " "
                <a href="/forgot">{t!(i18n, account.register.reset)}</a>
                "."
            }
        })
    });
    let languages = Signal::derive(move || {
        vec![
            ("nl".to_owned(), t_string!(i18n, common.languages.nl).to_owned()),
            ("en".to_owned(), t_string!(i18n, common.languages.en).to_owned()),
        ]
    });
    let chosen = Signal::stored(session::language().tag().to_owned());
    let pending = action.pending();
    view! {
        <PageTitle text=text!(i18n, account.register.title)/>
        <Frame steps=true>
            <ActionForm action=action attr:class="welcome__form" attr:novalidate="">
                <header>
                    <h1>{t!(i18n, account.register.title)}</h1>
                    <p>{t!(i18n, account.register.intro)}</p>
                </header>
                <Refused fault=move || answer().and_then(Result::err)/>
                <div class="field-row">
                    <Field
                        name="registration[first_name]"
                        label=text!(i18n, account.register.first_name)
                        value=kept.first_name
                        error=problem_at(answer, "first_name")
                        autocomplete="given-name"
                        size=Size::Large
                        required=true
                    />
                    <Field
                        name="registration[last_name]"
                        label=text!(i18n, account.register.last_name)
                        value=kept.last_name
                        error=problem_at(answer, "last_name")
                        autocomplete="family-name"
                        size=Size::Large
                        required=true
                    />
                </div>
                <Field
                    name="registration[company]"
                    label=text!(i18n, account.register.company)
                    value=kept.company
                    error=problem_at(answer, "company")
                    autocomplete="organization"
                    size=Size::Large
                    required=true
                />
                <Field
                    name="registration[email]"
                    label=text!(i18n, account.register.email)
                    kind="email"
                    value=kept.email
                    error=problem_at(answer, "email")
                    more=way_in
                    autocomplete="email"
                    size=Size::Large
                    required=true
                />
                <PasswordField
                    name="registration[password]"
                    label=text!(i18n, account.register.password)
                    autocomplete="new-password"
                    bind=password
                    error=problem_at(answer, "password")
                    described_by="rules"
                    size=Size::Large
                >
                    <Rules password id="rules"/>
                </PasswordField>
                <Select
                    name="registration[language]"
                    label=text!(i18n, account.register.language)
                    options=languages
                    value=chosen
                    size=Size::Large
                />
                <input type="hidden" name="registration[time_zone]" node_ref=zone/>
                <footer class="welcome__go">
                    <Button kind=Kind::Primary size=Size::Large submit=true disabled=pending>
                        {move || if pending.get() { t_string!(i18n, account.register.busy) } else { t_string!(i18n, account.register.go) }}
                    </Button>
                    <span>
                        {t!(i18n, account.register.have)} " " <a href="/login">{t!(i18n, account.register.sign_in)}</a>
                    </span>
                </footer>
            </ActionForm>
        </Frame>
    }
}

/// The browser's own zone, `Europe/Amsterdam`.
fn time_zone() -> String {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    js_sys::Reflect::get(&format.resolved_options(), &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_default()
}
