use crate::Fault;
use crate::compose::verbs::{change_sending, open_sending};
use crate::fault::{at_field, at_no_field};
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::wizard::{next_outgoing, securities, why};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::mail_account::{Diagnosis, Security, ServerSettings};
use model::outgoing::SendingServer;
use model::{Invalid, MailAccountId, Problem};
use ui::{Button, Field, Kind, Select, use_toasts};

/// The server that takes the mail of a mailbox: tried before it is kept.
#[component]
pub(super) fn Sending(account: MailAccountId) -> impl IntoView {
    let found = RwSignal::new(None::<SendingServer>);
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(server) = open_sending(account).await {
                _ = found.try_set(Some(server));
            }
        });
    });
    move || found.get().map(|server| view! { <Form account server/> })
}

#[component]
fn Form(account: MailAccountId, server: SendingServer) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let SendingServer { settings, chosen } = server;
    let login = RwSignal::new(settings.login);
    let host = RwSignal::new(settings.host);
    let port = RwSignal::new(settings.port.to_string());
    let security = RwSignal::new(settings.security);
    let trusted = settings.trusted_certificate;
    let fault = RwSignal::new(None::<Fault>);
    let wrong = RwSignal::new(None::<Diagnosis>);
    let busy = RwSignal::new(false);
    let save = Callback::new(move |sure: bool| {
        let Ok(number) = port.get_untracked().trim().parse() else {
            fault.set(Some(Fault::Invalid(vec![Invalid::new("port", Problem::NotAPort)])));
            return;
        };
        let settings = ServerSettings {
            login: login.get_untracked(),
            host: host.get_untracked(),
            port: number,
            security: security.get_untracked(),
            trusted_certificate: trusted.clone(),
        };
        fault.set(None);
        wrong.set(None);
        busy.set(true);
        spawn_local(async move {
            match change_sending(account, settings, sure).await {
                Ok(None) => toasts.say(untrack(|| t_string!(i18n, compose.server.works))),
                Ok(Some(_)) if sure => toasts.say(untrack(|| t_string!(i18n, compose.server.kept))),
                Ok(Some(diagnosis)) => _ = wrong.try_set(Some(diagnosis)),
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
            _ = busy.try_set(false);
        });
    });
    let choose = Callback::new(move |word: String| {
        if let Some(chosen) = Security::from_word(&word) {
            security.set(chosen);
            port.set(submission_port(chosen).to_string());
        }
    });
    let told = move || {
        wrong.get().map(|diagnosis| {
            let locale = i18n.get_locale();
            let said = (!diagnosis.said.is_empty()).then(|| td_string!(locale, wizard.said, said = diagnosis.said.clone()));
            view! {
                <p class="mail-account__why" role="alert">
                    <strong>{why(locale, &diagnosis)}</strong>
                    " "
                    {next_outgoing(locale, diagnosis.kind)}
                    {said.map(|said| view! { <span class="mail-account__said">{said}</span> })}
                </p>
            }
        })
    };
    let other = at_no_field(fault);
    view! {
        <form
            class="card sending"
            novalidate
            aria-label=move || t_string!(i18n, compose.server.title)
            on:submit=move |event| {
                event.prevent_default();
                save.run(false);
            }
        >
            <header>
                <h2>{t!(i18n, compose.server.title)}</h2>
                <p>{t!(i18n, compose.server.intro)}</p>
                {(!chosen).then(|| view! { <p class="field__hint">{t!(i18n, compose.server.guessed)}</p> })}
            </header>
            <Field name="login" id="sending-login" label=text!(i18n, wizard.server.login) bind=login autocomplete="off" error=at_field(fault, "login")/>
            <Field
                name="host"
                id="sending-host"
                label=text!(i18n, compose.server.host)
                bind=host
                autocomplete="off"
                inputmode="url"
                error=at_field(fault, "host")
            />
            <div class="field-row">
                <Field
                    name="port"
                    id="sending-port"
                    label=text!(i18n, wizard.server.port)
                    bind=port
                    autocomplete="off"
                    inputmode="numeric"
                    error=at_field(fault, "port")
                />
                <Select
                    name="security"
                    id="sending-security"
                    label=text!(i18n, wizard.server.security)
                    options=securities(i18n)
                    value=Signal::derive(move || security.get().as_str().to_owned())
                    on_change=choose
                />
            </div>
            {told}
            {move || other.get().map(|text| view! { <p class="field__error" role="alert">{text}</p> })}
            <div class="button-row">
                <Button kind=Kind::Primary submit=true disabled=busy>
                    {t!(i18n, compose.server.test)}
                </Button>
                <Show when=move || wrong.with(Option::is_some)>
                    <Button on:click=move |_| save.run(true)>{t!(i18n, compose.server.anyway)}</Button>
                </Show>
            </div>
        </form>
    }
}

/// Where mail is handed in, by how the connection is encrypted (RFC 8314 §3.3, RFC 6409 §3.1).
fn submission_port(security: Security) -> u16 {
    match security {
        Security::Tls => 465,
        Security::StartTls | Security::Plain => 587,
    }
}
