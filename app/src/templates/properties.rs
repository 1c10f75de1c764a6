use super::files::Files;
use super::verbs::{edit_template_properties, list_templates, open_template};
use super::words::tab_name;
use crate::Fault;
use crate::fault::{at_field, at_no_field};
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::TemplateId;
use model::template::{StandardTab, Template, TemplateFile, TemplateProperties};
use ui::{Button, Dialog, Field, Kind, Select, Switch, use_toasts};

/// The choice that asks for a name. No tab is called so.
const OTHER: &str = "+";

/// `Bewerken`: all of a template but its content.
#[component]
pub(super) fn Properties(about: RwSignal<Option<TemplateId>>, on_saved: Callback<TemplateProperties>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    let before = RwSignal::new(TemplateProperties::default());
    let [name, tab, other_tab, subject, domain] = [(); 5].map(|()| RwSignal::new(String::new()));
    let active = RwSignal::new(true);
    let files = RwSignal::new(Vec::<TemplateFile>::new());
    let used = RwSignal::new(Vec::<String>::new());
    let fault = RwSignal::new(None::<Fault>);
    let show = move |template: Template| {
        let properties = template.properties;
        before.set(properties.clone());
        name.set(properties.name);
        tab.set(properties.tab);
        other_tab.set(String::new());
        subject.set(properties.subject);
        domain.set(properties.sender_domain);
        active.set(properties.active);
        files.set(template.files);
    };
    Effect::new(move |_| {
        let Some(id) = about.get() else { return };
        fault.set(None);
        let locale = i18n.get_locale_untracked();
        spawn_local(async move {
            let rows = list_templates().await.unwrap_or_default();
            match open_template(id).await {
                Ok(template) if about.try_get_untracked() == Some(Some(id)) => {
                    used.set(rows.into_iter().map(|row| row.properties.tab).collect());
                    show(template);
                    open.set(true);
                }
                Ok(_) => {}
                Err(fault) => {
                    _ = about.try_set(None);
                    toasts.say(fault.sentence(locale));
                }
            }
        });
    });
    // Closed by Escape as well.
    Effect::new(move |was: Option<bool>| {
        let now = open.get();
        if was == Some(true) && !now {
            about.set(None);
        }
        now
    });
    let save = move || {
        let Some(id) = about.get_untracked() else { return };
        fault.set(None);
        let chosen = tab.get_untracked();
        let form = TemplateProperties {
            name: name.get_untracked(),
            tab: if chosen == OTHER { other_tab.get_untracked() } else { chosen },
            subject: subject.get_untracked(),
            sender_domain: domain.get_untracked(),
            active: active.get_untracked(),
        };
        let before = before.get_untracked();
        spawn_local(async move {
            match edit_template_properties(id, before, form).await {
                Ok(kept) => {
                    toasts.say(untrack(|| t_string!(i18n, templates.properties.saved)));
                    _ = open.try_set(false);
                    on_saved.run(kept);
                }
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
        });
    };
    let refresh = Callback::new(move |()| {
        let Some(id) = about.get_untracked() else { return };
        spawn_local(async move {
            if let Ok(template) = open_template(id).await {
                _ = files.try_set(template.files);
            }
        });
    });
    let tabs = Signal::derive(move || {
        let locale = i18n.get_locale();
        let mut tabs: Vec<_> = StandardTab::ALL.iter().map(|tab| tab.as_str().to_owned()).collect();
        let mut others: Vec<_> = used.get().into_iter().filter(|tab| !tabs.contains(tab)).collect();
        others.sort();
        others.dedup();
        tabs.extend(others);
        let mut tabs: Vec<_> = tabs.into_iter().map(|tab| (tab.clone(), tab_name(&tab, locale))).collect();
        tabs.push((OTHER.to_owned(), t_string!(i18n, templates.properties.new_tab).to_owned()));
        tabs
    });
    let other = move || {
        (tab.get() == OTHER).then(|| {
            view! { <Field name="other_tab" id="template-tab-name" label=text!(i18n, templates.properties.tab_name) bind=other_tab autocomplete="off"/> }
        })
    };
    let no_field = at_no_field(fault);
    let foot = move || {
        view! {
            <Button kind=Kind::Quiet on_click=move |_| open.set(false)>
                {t!(i18n, common.words.cancel)}
            </Button>
            <Button kind=Kind::Primary on_click=move |_| save()>
                {t!(i18n, common.words.save)}
            </Button>
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save();
    };
    view! {
        <Dialog open title=text!(i18n, templates.properties.title) foot=foot.into()>
            <form class="template-properties" on:submit=submit>
                <Field
                    name="name"
                    id="template-name"
                    label=text!(i18n, templates.properties.name)
                    bind=name
                    error=at_field(fault, "name")
                    autocomplete="off"
                />
                <Select
                    name="tab"
                    id="template-tab"
                    label=text!(i18n, templates.properties.tab)
                    options=tabs
                    value=Signal::derive(move || tab.get())
                    on_change=Callback::new(move |word| tab.set(word))
                    error=at_field(fault, "tab")
                />
                {other}
                <Field
                    name="subject"
                    id="template-subject"
                    label=text!(i18n, templates.properties.subject)
                    hint=text!(i18n, templates.properties.subject_text)
                    bind=subject
                    error=at_field(fault, "subject")
                    autocomplete="off"
                />
                <Field
                    name="domain"
                    id="template-domain"
                    label=text!(i18n, templates.properties.domain)
                    hint=text!(i18n, templates.properties.domain_text)
                    bind=domain
                    error=at_field(fault, "sender_domain")
                    autocomplete="off"
                />
                <Switch
                    label=text!(i18n, templates.properties.active)
                    checked=Signal::derive(move || active.get())
                    on_change=Callback::new(move |on| active.set(on))
                />
                <Files template=about files on_change=refresh/>
                <p class="field__error" role="alert">
                    {no_field}
                </p>
                <button class="aloud" type="submit" tabindex="-1" aria-hidden="true"></button>
            </form>
        </Dialog>
    }
}
