use super::verbs::{preview_template, send_template_test};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::inbox::Picker;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::ContactRef;
use model::template::FilledTemplate;
use model::{ContactId, TemplateId};
use std::time::Duration;
use ui::{Button, Glyph, Icon, Size, SkeletonRows, use_toasts};

/// Typing rests this long before it is looked at.
const REST: Duration = Duration::from_millis(400);

/// What a contact would get.
#[component]
pub(super) fn Preview(template: TemplateId, #[prop(into)] subject: Signal<String>, body: RwSignal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let sending = RwSignal::new(false);
    let contact = RwSignal::new(None::<ContactRef>);
    let choosing = RwSignal::new(false);
    let asked = RwSignal::new((subject.get_untracked(), body.get_untracked()));
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<()>| {
        let now = (subject.get(), body.get());
        if before.is_none() {
            return;
        }
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        let later = set_timeout_with_handle(move || _ = asked.try_set(now), REST);
        timer.set_value(later.ok());
    });
    let filled = Resource::new(
        move || (asked.get(), contact.with(|contact| contact.as_ref().map(|contact| contact.id))),
        |((subject, body), contact)| preview_template(subject, body, contact),
    );
    let test = move |_| {
        let locale = i18n.get_locale_untracked();
        let (subject, body) = (subject.get_untracked(), body.get_untracked());
        let contact = contact.with_untracked(|contact| contact.as_ref().map(|contact| contact.id));
        sending.set(true);
        spawn_local(async move {
            match send_template_test(template, subject, body, contact).await {
                Ok(address) => toasts.say(td_string!(locale, templates.preview.tested, address = address)),
                Err(fault) if fault.at("sender").is_some() => toasts.say(td_string!(locale, templates.preview.no_mailbox)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            _ = sending.try_set(false);
        });
    };
    let who = move || contact.with(|contact| contact.as_ref().map(|contact| contact.name.clone()));
    view! {
        <section class="preview" aria-labelledby="s-preview">
            <header class="preview__head">
                <h2 id="s-preview">{t!(i18n, templates.preview.title)}</h2>
                <Button size=Size::Small on_click=move |_| choosing.set(true)>
                    <Icon name=Glyph::Person/>
                    {move || who().unwrap_or_else(|| t_string!(i18n, templates.preview.choose).to_owned())}
                </Button>
                <Button size=Size::Small icon=Glyph::Send disabled=sending on_click=test>
                    {t!(i18n, templates.preview.test)}
                </Button>
            </header>
            <Transition fallback=|| {
                view! { <SkeletonRows rows=4/> }
            }>
                {move || Suspend::new(async move {
                    match filled.await {
                        Ok(filled) => view! { <Shown filled/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Transition>
            <Picker
                open=choosing
                title=text!(i18n, templates.preview.choose)
                linked=Signal::stored(Vec::<ContactId>::new())
                on_pick=Callback::new(move |chosen| contact.set(Some(chosen)))
            />
        </section>
    }
}

#[component]
fn Shown(filled: FilledTemplate) -> impl IntoView {
    let i18n = use_i18n();
    let FilledTemplate { subject, html, unknown, .. } = filled;
    let unknown = unknown.join(", ");
    let warning = (!unknown.is_empty()).then(|| {
        view! {
            <p class="preview__warning" role="status">
                <Icon name=Glyph::Warn/>
                <span>{move || t_string!(i18n, templates.preview.unknown, names = unknown.clone()).to_string()}</span>
            </p>
        }
    });
    let subject = move || if subject.is_empty() { t_string!(i18n, search.no_subject).to_owned() } else { subject.clone() };
    // Written for white paper, as letters are. Nothing in the frame runs.
    let page = format!(
        "<!doctype html><meta charset=\"utf-8\"><style>:root{{color-scheme:light}}body{{margin:0;padding:16px;background:#fff;color:#1d2430;\
         font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}</style>{html}"
    );
    view! {
        {warning}
        <p class="preview__subject">{subject}</p>
        <iframe class="preview__frame" sandbox="allow-same-origin" srcdoc=page title=move || t_string!(i18n, templates.preview.title)></iframe>
    }
}
