use super::checks::Checks;
use super::draft::{Draft, Step, Way, escape};
use super::server::{ServerFields, ServerInput};
use super::sign_in::SignIn;
use super::why::why;
use crate::fault::{FaultNote, at_field};
use crate::i18n::{Locale, t, t_string, use_i18n};
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use model::mail_account::{AccountKind, MailAccountRow};
use model::sign_in::SignInView;
use ui::{Button, Field, Glyph, Icon, Kind, PasswordField, Size};
use wasm_bindgen::JsCast;

const GOOGLE: &str = "https://myaccount.google.com/apppasswords";
const APPLE: &str = "https://support.apple.com/102654";

/// Three steps: type, address, password. It stays until the account is saved; `on_saved` hears whether the connection worked.
#[component]
pub fn Wizard(
    /// The account to mend, instead of a new one.
    mend: Option<MailAccountRow>,
    on_saved: Callback<bool>,
    /// Back from a provider's page: it goes on there.
    #[prop(optional_no_strip)]
    back: Option<SignInView>,
    /// With it there is a button to leave.
    #[prop(optional)]
    on_cancel: Option<Callback<()>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let mending = mend.is_some();
    let goes_on = back.as_ref().is_some_and(|back| back.fault.is_none());
    let draft = Draft::new(mend, back);
    // Whoever was let in wants to see that it works.
    Effect::new(move |before: Option<()>| {
        if before.is_none() && goes_on {
            draft.test();
        }
    });
    // Each step begins where one types.
    Effect::new(move |before: Option<Step>| {
        let step = draft.step.get();
        if before.is_some_and(|before| before != step) {
            focus_on(match step {
                Step::Type => "wizard-kind-imap",
                Step::Address => "wizard-address",
                Step::Password if matches!(untrack(|| draft.way()), Way::SignIn(_) | Way::Kept(_)) => "wizard-sign-in",
                Step::Password => "wizard-password",
            });
        }
        step
    });
    let title = move || match draft.step.get() {
        Step::Type if mending => t_string!(i18n, wizard.mend).to_owned(),
        Step::Type => t_string!(i18n, wizard.step_type).to_owned(),
        Step::Address => kind_name(i18n, draft.kind.get()).to_owned(),
        Step::Password => draft.address.get(),
    };
    let sub = move || match draft.step.get() {
        Step::Type => None,
        Step::Address => Some(t_string!(i18n, wizard.step_address)),
        Step::Password if mending => Some(t_string!(i18n, wizard.mend)),
        Step::Password => Some(match draft.way() {
            Way::Password => t_string!(i18n, wizard.step_password),
            _ => t_string!(i18n, wizard.step_sign_in),
        }),
    };
    let glyph = move || if draft.kind.get() == AccountKind::Imap { Glyph::Server } else { Glyph::Globe };
    let body = move || match draft.step.get() {
        Step::Type => view! { <Types draft/> }.into_any(),
        Step::Address => view! { <Address draft/> }.into_any(),
        Step::Password => view! { <Connection draft on_saved on_cancel mending/> }.into_any(),
    };
    view! {
        <section class="account" data-state=move || draft.connected().then_some("connected") aria-labelledby="wizard-title">
            <header class="account__head">
                <span class="account__type">{move || view! { <Icon name=glyph()/> }}</span>
                <div class="account__title">
                    <h2 id="wizard-title">{title}</h2>
                    {move || sub().map(|sub| view! { <p>{sub}</p> })}
                </div>
                <Show when=move || draft.step.get() != Step::Type>
                    <Button kind=Kind::Quiet size=Size::Small on_click=move |_| draft.back_to(Step::Type)>
                        {t!(i18n, wizard.change)}
                    </Button>
                </Show>
            </header>
            {body}
        </section>
    }
}

fn kind_name(i18n: I18nContext<Locale>, kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Office365 => t_string!(i18n, wizard.kind.office365),
        AccountKind::Outlook => t_string!(i18n, wizard.kind.outlook),
        AccountKind::Google => t_string!(i18n, wizard.kind.google),
        AccountKind::Imap => t_string!(i18n, wizard.kind.imap),
    }
}

/// Step 1.
#[component]
fn Types(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let tile = move |kind: AccountKind| {
        let text = move || match kind {
            AccountKind::Office365 => t_string!(i18n, wizard.kind.office365_text),
            AccountKind::Outlook => t_string!(i18n, wizard.kind.outlook_text),
            AccountKind::Google => t_string!(i18n, wizard.kind.google_text),
            AccountKind::Imap => t_string!(i18n, wizard.kind.imap_text),
        };
        let glyph = if kind == AccountKind::Imap { Glyph::Server } else { Glyph::Globe };
        view! {
            <button
                class="account-kind"
                type="button"
                id=format!("wizard-kind-{}", kind.as_str())
                aria-describedby=format!("wizard-kind-{}-text", kind.as_str())
                aria-label=move || kind_name(i18n, kind)
                on:click=move |_| {
                    draft.kind.set(kind);
                    draft.step.set(Step::Address);
                }
            >
                <Icon name=glyph/>
                <strong>{move || kind_name(i18n, kind)}</strong>
                <span id=format!("wizard-kind-{}-text", kind.as_str())>{text}</span>
            </button>
        }
    };
    view! {
        <div class="account-kinds" role="group" aria-label=move || t_string!(i18n, wizard.kind.name)>
            {AccountKind::ALL.into_iter().map(tile).collect_view()}
        </div>
    }
}

/// What this provider wants, before it refuses.
#[component]
fn Advice(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let domain =
        move || draft.address.with(|address| address.rsplit_once('@').map(|(_, domain)| domain.trim().to_lowercase())).unwrap_or_default();
    move || match (draft.kind.get(), domain().as_str()) {
        (AccountKind::Office365 | AccountKind::Outlook, _) => Some(advice(t_string!(i18n, wizard.microsoft), None)),
        (AccountKind::Google, _) | (_, "gmail.com" | "googlemail.com") => {
            Some(advice(t_string!(i18n, wizard.google), Some((GOOGLE, t_string!(i18n, wizard.google_link)))))
        }
        (_, "me.com" | "icloud.com" | "mac.com") => {
            Some(advice(t_string!(i18n, wizard.apple), Some((APPLE, t_string!(i18n, wizard.apple_link)))))
        }
        _ => None,
    }
}

fn advice(text: &'static str, link: Option<(&'static str, &'static str)>) -> AnyView {
    view! {
        <div class="banner" data-tone="warn" data-tall="">
            <Icon name=Glyph::Info/>
            <span class="banner__text">
                {text}
                {link
                    .map(|(href, label)| {
                        view! {
                            <br/>
                            <a href=href target="_blank" rel="noopener noreferrer">
                                {label}
                            </a>
                        }
                    })}
            </span>
        </div>
    }
    .into_any()
}

/// Step 2.
#[component]
fn Address(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <form
            novalidate
            method="post"
            on:submit=move |event| {
                event.prevent_default();
                draft.start();
            }
        >
            <div class="account__body">
                <Field
                    name="address"
                    id="wizard-address"
                    kind="email"
                    label=text!(i18n, wizard.address)
                    bind=draft.address
                    autocomplete="email"
                    inputmode="email"
                    error=at_field(draft.fault, "address")
                    required=true
                />
                <Show when=move || draft.offered().is_none()>
                    <Advice draft/>
                </Show>
            </div>
            <footer class="account__foot">
                <Button kind=Kind::Primary submit=true>
                    {t!(i18n, wizard.start)}
                </Button>
            </footer>
        </form>
    }
}

/// Step 3: the password, the server where wanted, the test and its result.
#[component]
fn Connection(draft: Draft, on_saved: Callback<bool>, on_cancel: Option<Callback<()>>, mending: bool) -> impl IntoView {
    let i18n = use_i18n();
    let way = Memo::new(move |_| draft.way());
    // There is nothing to try before one has been at the provider's page.
    let to_try = move || way.with(|way| !matches!(way, Way::SignIn(_)));
    let password = move || {
        let kept = (mending && draft.has_password()).then(|| view! { <p class="field__hint">{t!(i18n, wizard.password_kept)}</p> });
        way.with(|way| *way == Way::Password).then(|| {
            view! {
                <PasswordField
                    name="password"
                    id="wizard-password"
                    label=text!(i18n, wizard.password)
                    bind=draft.password
                    autocomplete="off"
                    error=at_field(draft.fault, "password")
                    described_by="wizard-why"
                >
                    {kept}
                </PasswordField>
            }
        })
    };
    let tested = move || draft.check.with(Option::is_some);
    let primary = move || draft.connected();
    let unfold = move |event: leptos::ev::Event| {
        let open =
            event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()).is_some_and(|fold| fold.has_attribute("open"));
        if open != draft.fold_open.get_untracked() {
            draft.unfold(open);
        }
    };
    let fault = move || draft.fault.get().filter(|fault| !fault.is_invalid()).map(|fault| view! { <FaultNote fault/> });
    let test_word = move || if tested() || draft.fold_open.get() { t_string!(i18n, wizard.test) } else { t_string!(i18n, wizard.connect) };
    let test_kind = move || if primary() || tested() { None } else { Some("primary") };
    let can_save = move || tested() || draft.fold_open.get();
    let save_word = move || {
        let refused = draft.diagnosis().is_some();
        if refused { t_string!(i18n, wizard.save_anyway) } else { t_string!(i18n, wizard.save) }
    };
    let failed = move || draft.diagnosis().is_some();
    // A letter with everything a helper needs to know, and no password, to whoever helps here.
    let help = move || {
        let locale = i18n.get_locale();
        let found = draft.diagnosis().map(|diagnosis| format!("{}\n{}\n", why(locale, &diagnosis), diagnosis.said)).unwrap_or_default();
        let (address, host, port) = (draft.address.get(), draft.host.get(), draft.port.get());
        let text = format!("{address}\n{host}:{port} {}\n{found}", draft.security.get().as_str());
        format!("mailto:?subject={}&body={}", escape(t_string!(i18n, wizard.title)), escape(&text))
    };
    view! {
        <form
            novalidate
            method="post"
            on:submit=move |event| {
                event.prevent_default();
                if !draft.running.get_untracked() && untrack(to_try) {
                    draft.test();
                }
            }
        >
            <div class="account__body">
                <Show when=move || way.with(|way| *way == Way::Password)>
                    <Advice draft/>
                </Show>
                <div class="field-row">
                    <Field
                        name="address"
                        id="wizard-address"
                        kind="email"
                        label=text!(i18n, wizard.address)
                        bind=draft.address
                        autocomplete="email"
                        inputmode="email"
                        error=at_field(draft.fault, "address")
                        required=true
                    />
                    {password}
                </div>
                <SignIn draft/>
                <details class="account__servers" prop:open=move || draft.fold_open.get() on:toggle=unfold>
                    <summary>
                        <Icon name=Glyph::ChevronRight size=Size::Small/>
                        {t!(i18n, wizard.servers)}
                    </summary>
                    <Servers draft/>
                </details>
                <Checks draft/>
                {fault}
                <Show when=failed>
                    <p class="account__tip">{t!(i18n, wizard.tip)}</p>
                </Show>
            </div>
            <footer class="account__foot">
                <Show when=primary>
                    <button
                        class="button"
                        data-kind="primary"
                        type="button"
                        disabled=move || draft.saving.get()
                        on:click=move |_| draft.save(on_saved)
                    >
                        {t!(i18n, wizard.save)}
                    </button>
                </Show>
                <Show when=to_try>
                    <button class="button" type="submit" data-kind=test_kind disabled=move || draft.running.get()>
                        {move || tested().then(|| view! { <Icon name=Glyph::Sync/> })}
                        {test_word}
                    </button>
                </Show>
                <Show when=move || can_save() && !primary() && to_try()>
                    <button
                        class="button"
                        data-kind="quiet"
                        type="button"
                        title=move || t_string!(i18n, wizard.kept_wrong)
                        disabled=move || draft.saving.get() || draft.running.get()
                        on:click=move |_| draft.save(on_saved)
                    >
                        {save_word}
                    </button>
                </Show>
                {on_cancel
                    .map(|cancel| {
                        view! {
                            <Button kind=Kind::Quiet on_click=move |_| cancel.run(())>
                                {t!(i18n, wizard.cancel)}
                            </Button>
                        }
                    })}
                <span class="account__help">
                    {t!(i18n, wizard.help)} " "
                    <a href=help>{t!(i18n, wizard.help_link)}</a>
                </span>
            </footer>
        </form>
    }
}

#[component]
fn Servers(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let trusted = move || {
        draft.trusted.get().map(|hash| {
            view! {
                <div class="account__trusted">
                    <Icon name=Glyph::Shield size=Size::Small/>
                    <span>
                        {t!(i18n, wizard.server.trusted)} <br/> <code>{hash}</code>
                    </span>
                    <Button size=Size::Small kind=Kind::Quiet on_click=move |_| draft.trusted.set(None)>
                        {t!(i18n, wizard.server.forget)}
                    </Button>
                </div>
            }
        })
    };
    // Typing in any of the fields means: use these.
    let by_hand = move |_| draft.by_hand.set(true);
    view! {
        <div class="account__server" on:input=by_hand>
            <ServerFields
                input=ServerInput { login: draft.login, host: draft.host, port: draft.port, security: draft.security }
                prefix="wizard"
                host=text!(i18n, wizard.server.host)
                placeholder="imap.bedrijf.nl"
                fault=draft.fault
                on_encrypt=Callback::new(move |security| draft.encrypt(security))
            />
            {trusted}
        </div>
    }
}

fn focus_on(id: &'static str) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(element) = element {
            _ = element.focus();
        }
    });
}
