use crate::Fault;
use crate::fault::at_field;
use crate::i18n::{t_string, use_i18n};
use leptos::prelude::*;
use model::mail_account::Security;
use ui::{Field, Select};

/// Where a mail server is, and how one logs in, as it is typed.
#[derive(Clone, Copy)]
pub(crate) struct ServerInput {
    pub(crate) login: RwSignal<String>,
    pub(crate) host: RwSignal<String>,
    pub(crate) port: RwSignal<String>,
    pub(crate) security: RwSignal<Security>,
}

/// Its four fields.
#[component]
pub(crate) fn ServerFields(
    input: ServerInput,
    /// What the ids of the fields begin with.
    prefix: &'static str,
    #[prop(into)] host: Signal<String>,
    placeholder: &'static str,
    fault: RwSignal<Option<Fault>>,
    on_encrypt: Callback<Security>,
) -> impl IntoView {
    let i18n = use_i18n();
    let securities = Signal::derive(move || {
        Security::ALL
            .into_iter()
            .map(|security| {
                let word = match security {
                    Security::Tls => t_string!(i18n, wizard.server.tls),
                    Security::StartTls => t_string!(i18n, wizard.server.start_tls),
                    Security::Plain => t_string!(i18n, wizard.server.plain),
                };
                (security.as_str().to_owned(), word.to_owned())
            })
            .collect::<Vec<_>>()
    });
    let encrypt = Callback::new(move |word: String| {
        if let Some(security) = Security::from_word(&word) {
            on_encrypt.run(security);
        }
    });
    let id = |field: &str| format!("{prefix}-{field}");
    view! {
        <Field
            name="login"
            id=id("login")
            label=text!(i18n, wizard.server.login)
            bind=input.login
            autocomplete="off"
            error=at_field(fault, "login")
        />
        <Field
            name="host"
            id=id("host")
            label=host
            bind=input.host
            autocomplete="off"
            inputmode="url"
            placeholder=placeholder
            error=at_field(fault, "host")
        />
        <div class="field-row">
            <Field
                name="port"
                id=id("port")
                label=text!(i18n, wizard.server.port)
                bind=input.port
                autocomplete="off"
                inputmode="numeric"
                error=at_field(fault, "port")
            />
            <Select
                name="security"
                id=id("security")
                label=text!(i18n, wizard.server.security)
                options=securities
                value=Signal::derive(move || input.security.get().as_str().to_owned())
                on_change=encrypt
            />
        </div>
    }
}
