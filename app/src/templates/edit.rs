use super::fields::{Fields, known_fields};
use super::preview::Preview;
use super::properties::Properties;
use super::verbs::{open_template, restore_template_version, save_template};
use super::versions::Versions;
use crate::editor::editor_words;
use crate::fault::{FaultNote, at_no_field};
use crate::i18n::{t, t_string, use_i18n};
use crate::tongue::language;
use crate::{Fault, PageTitle, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::TemplateId;
use model::merge::{MergeField, MergeList};
use model::template::{Template, TemplateProperties};
use ui::{Button, Glyph, Icon, Kind, RichText, SkeletonRows, use_rich_text, use_toasts};

/// The content of a template.
#[component]
pub fn Edit(id: TemplateId) -> impl IntoView {
    let found = Resource::new(|| (), move |()| open_template(id));
    view! {
        <Suspense fallback=|| {
            view! { <SkeletonRows rows=8/> }
        }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(template) => view! { <Work template/> }.into_any(),
                    Err(fault) => view! { <FaultNote fault/> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

/// What is written, and what it was when it was last kept.
#[derive(Clone, Copy)]
struct Desk {
    id: TemplateId,
    body: RwSignal<String>,
    kept: RwSignal<Template>,
    /// A colleague's, saved since this page began.
    theirs: RwSignal<Option<Template>>,
    fault: RwSignal<Option<Fault>>,
}

impl Desk {
    fn show(self, template: Template) {
        _ = self.body.try_set(template.body.clone());
        _ = self.theirs.try_set(None);
        _ = self.kept.try_set(template);
    }

    fn changed(self) -> bool {
        self.body.with(|body| self.kept.with(|kept| *body != kept.body))
    }
}

#[component]
fn Work(template: Template) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let desk = Desk {
        id: template.id,
        body: RwSignal::new(template.body.clone()),
        kept: RwSignal::new(template),
        theirs: RwSignal::new(None),
        fault: RwSignal::new(None),
    };
    let hand = use_rich_text();
    let put_in = Callback::new(move |field: MergeField| hand.insert_html(&field.chip(language(i18n.get_locale_untracked()))));
    let busy = RwSignal::new(false);
    let save = move |version: i64| {
        let body = desk.body.get_untracked();
        desk.fault.set(None);
        busy.set(true);
        spawn_local(async move {
            match save_template(desk.id, version, body.clone()).await {
                Ok(kept) => {
                    // What was typed meanwhile stays, to be saved next.
                    if desk.body.try_get_untracked().as_ref() == Some(&body) {
                        desk.show(kept);
                    } else {
                        _ = desk.kept.try_set(kept);
                    }
                    toasts.say(untrack(|| t_string!(i18n, templates.edit.saved)));
                }
                Err(Fault::Conflict) => match open_template(desk.id).await {
                    Ok(theirs) => _ = desk.theirs.try_set(Some(theirs)),
                    Err(fault) => _ = desk.fault.try_set(Some(fault)),
                },
                Err(fault) => _ = desk.fault.try_set(Some(fault)),
            }
            _ = busy.try_set(false);
        });
    };
    let restore = Callback::new(move |earlier: i64| {
        let locale = i18n.get_locale_untracked();
        let version = desk.kept.with_untracked(|kept| kept.version);
        spawn_local(async move {
            match restore_template_version(desk.id, version, earlier).await {
                Ok(kept) => {
                    desk.show(kept);
                    toasts.say(untrack(|| t_string!(i18n, templates.versions.restored)));
                }
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
        });
    });
    let edited = RwSignal::new(None::<TemplateId>);
    let versions = RwSignal::new(false);
    let title = Signal::derive(move || desk.kept.with(|kept| kept.properties.name.clone()));
    let when = move || desk.kept.with(|kept| format::full(kept.changed, i18n.get_locale()));
    let state = move || {
        if desk.changed() {
            t_string!(i18n, templates.edit.unsaved).to_owned()
        } else {
            t_string!(i18n, templates.edit.kept, when = when())
        }
    };
    let error = at_no_field(desk.fault);
    let wrong = move || {
        let field = desk.fault.with(|fault| fault.as_ref().and_then(|fault| fault.at("body")));
        field.map(|problem| crate::fault::sentence(problem, i18n.get_locale())).or_else(|| error.get())
    };
    view! {
        <PageTitle text=title/>
        <div class="template-edit">
            <header class="template-edit__head">
                <div>
                    <a class="template-edit__back" href="/settings/templates">
                        <Icon name=Glyph::ChevronLeft/>
                        {t!(i18n, templates.title)}
                    </a>
                    <h1>{move || title.get()}</h1>
                    <p role="status">{state}</p>
                </div>
                <div class="button-row">
                    <Button on_click=move |_| versions.set(true)>{t!(i18n, templates.versions.title)}</Button>
                    <Button on_click=move |_| edited.set(Some(desk.id))>{t!(i18n, common.words.edit)}</Button>
                    <Button
                        kind=Kind::Primary
                        disabled=busy
                        on_click=move |_| save(desk.kept.with_untracked(|kept| kept.version))
                    >
                        {t!(i18n, common.words.save)}
                    </Button>
                </div>
            </header>
            <Theirs desk on_mine=Callback::new(save)/>
            <p class="field__error" role="alert">
                {wrong}
            </p>
            <div class="template-edit__work">
                <section class="template-edit__body" aria-label=move || t_string!(i18n, templates.edit.body)>
                    <div class="button-row template-edit__fields">
                        <Fields list=MergeList::Mine id="fields-mine" label=text!(i18n, templates.edit.mine) on_pick=put_in/>
                        <Fields list=MergeList::Contact id="fields-contact" label=text!(i18n, templates.edit.contact) on_pick=put_in/>
                        <Fields list=MergeList::Company id="fields-company" label=text!(i18n, templates.edit.company) on_pick=put_in/>
                    </div>
                    <RichText value=desk.body label=text!(i18n, templates.edit.body) words=editor_words(i18n) fields=known_fields(i18n) handle=hand/>
                </section>
                <Preview template=desk.id subject=Signal::derive(move || desk.kept.with(|kept| kept.properties.subject.clone())) body=desk.body/>
            </div>
        </div>
        <Properties
            about=edited
            on_saved=Callback::new(move |properties: TemplateProperties| desk.kept.update(|kept| kept.properties = properties))
        />
        <Versions
            open=versions
            template=desk.id
            version=Signal::derive(move || desk.kept.with(|kept| kept.version))
            on_restore=restore
        />
    }
}

/// A colleague saved first: both texts are kept, and one chooses which is the newest.
#[component]
fn Theirs(desk: Desk, on_mine: Callback<i64>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        desk.theirs.get().map(|theirs| {
            let (who, when, version) = (theirs.changed_by.clone(), theirs.changed, theirs.version);
            let said = move || {
                let when = format::full(when, i18n.get_locale());
                t_string!(i18n, templates.edit.conflict, who = who.clone(), when = when).to_string()
            };
            view! {
                <div class="banner" data-tone="warn" role="alert">
                    <Icon name=Glyph::Warn/>
                    <span class="banner__text">{said}</span>
                    <Button on_click=move |_| desk.show(theirs.clone())>{t!(i18n, templates.edit.theirs)}</Button>
                    <Button
                        kind=Kind::Primary
                        on_click=move |_| {
                            desk.theirs.set(None);
                            on_mine.run(version);
                        }
                    >
                        {t!(i18n, templates.edit.ours)}
                    </Button>
                </div>
            }
        })
    }
}
