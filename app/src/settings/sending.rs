use crate::Fault;
use crate::compose::verbs::{change_sending, open_sending};
use crate::fault::at_no_field;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::session::may;
use crate::wizard::{ServerFields, ServerInput, next_outgoing, why};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::mail_account::{Diagnosis, DiagnosisKind, Security, ServerSettings};
use model::outgoing::SendingServer;
use model::{Invalid, MailAccountId, Problem, Right};
use ui::{Button, Kind, Size, use_toasts};

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
    let input = ServerInput {
        login: RwSignal::new(settings.login),
        host: RwSignal::new(settings.host),
        port: RwSignal::new(settings.port.to_string()),
        security: RwSignal::new(settings.security),
    };
    let trusted = RwSignal::new(settings.trusted_certificate);
    let fault = RwSignal::new(None::<Fault>);
    let wrong = RwSignal::new(None::<Diagnosis>);
    let busy = RwSignal::new(false);
    let save = Callback::new(move |sure: bool| {
        let Ok(port) = input.port.get_untracked().trim().parse() else {
            fault.set(Some(Fault::Invalid(vec![Invalid::new("port", Problem::NotAPort)])));
            return;
        };
        let settings = ServerSettings {
            login: input.login.get_untracked(),
            host: input.host.get_untracked(),
            port,
            security: input.security.get_untracked(),
            trusted_certificate: trusted.get_untracked(),
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
    let encrypt = Callback::new(move |chosen: Security| {
        input.security.set(chosen);
        input.port.set(submission_port(chosen).to_string());
    });
    // Whoever runs the firm may vouch for its own server.
    let trust = move |diagnosis: &Diagnosis| {
        let print = diagnosis.about.clone();
        let shown = print.clone();
        let vouch = move |_| {
            trusted.set(Some(print.clone()));
            save.run(false);
        };
        (diagnosis.kind == DiagnosisKind::CertificateUnknown && may(Right::AdministrationMenu)).then(|| {
            view! {
                <p class="checks__print">{t_string!(i18n, wizard.fingerprint, hash = shown).to_string()}</p>
                <Button size=Size::Small on_click=vouch>
                    {t!(i18n, wizard.trust)}
                </Button>
            }
        })
    };
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
                {trust(&diagnosis)}
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
            <ServerFields
                input
                prefix="sending"
                host=text!(i18n, compose.server.host)
                placeholder="smtp.bedrijf.nl"
                fault
                on_encrypt=encrypt
            />
            {told}
            {move || other.get().map(|text| view! { <p class="field__error" role="alert">{text}</p> })}
            <div class="button-row">
                <Button kind=Kind::Primary submit=true disabled=busy>
                    {t!(i18n, compose.server.test)}
                </Button>
                <Show when=move || wrong.with(Option::is_some)>
                    <Button on_click=move |_| save.run(true)>{t!(i18n, compose.server.anyway)}</Button>
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
