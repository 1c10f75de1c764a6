use super::properties::Properties;
use super::verbs::{copy_template, list_templates, new_template, open_action_types, remove_template, restore_template};
use super::words::{action_name, tab_name};
use crate::fault::{FaultNote, sentence};
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::{Fault, PageTitle, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use model::TemplateId;
use model::inbox::Entity;
use model::template::{ActionTypes, StandardTab, TemplateAction, TemplateRow};
use ui::{Button, Field, Glyph, Icon, IconButton, Kind, Size, SkeletonRows, Tag, Tone, use_toasts};

type Found = Resource<Result<(Vec<TemplateRow>, ActionTypes), Fault>>;

/// All templates, by tab.
#[component]
pub fn Templates() -> impl IntoView {
    let i18n = use_i18n();
    let changed = use_live(|change| change.entity == Entity::Template);
    let found: Found = Resource::new(move || changed.get(), |_| async { Ok((list_templates().await?, open_action_types().await?)) });
    let edited = RwSignal::new(None::<TemplateId>);
    view! {
        <PageTitle text=text!(i18n, templates.title)/>
        <header class="settings__head settings__head--action">
            <div>
                <h1>{t!(i18n, templates.title)}</h1>
                <p>{t!(i18n, templates.intro)}</p>
            </div>
            <a class="button" href="/settings/actions">
                <Icon name=Glyph::Mail/>
                {t!(i18n, templates.actions.title)}
            </a>
        </header>
        <New/>
        <Transition fallback=|| {
            view! { <SkeletonRows rows=4/> }
        }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok((rows, types)) => {
                        tabs(rows)
                            .into_iter()
                            .map(|(tab, rows)| view! { <Group tab rows types found edited/> })
                            .collect_view()
                            .into_any()
                    }
                    Err(fault) => view! { <FaultNote fault/> }.into_any(),
                }
            })}
        </Transition>
        <Properties about=edited on_saved=Callback::new(move |_| found.refetch())/>
    }
    .into_any()
}

/// The ones that are always there first, others by name.
fn tabs(rows: Vec<TemplateRow>) -> Vec<(String, Vec<TemplateRow>)> {
    let mut groups: Vec<(String, Vec<TemplateRow>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(tab, _)| *tab == row.properties.tab) {
            Some((_, group)) => group.push(row),
            None => groups.push((row.properties.tab.clone(), vec![row])),
        }
    }
    let rank = |tab: &str| StandardTab::ALL.iter().position(|standard| standard.as_str() == tab).unwrap_or(StandardTab::ALL.len());
    groups.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    groups
}

#[component]
fn New() -> impl IntoView {
    let i18n = use_i18n();
    let navigate = use_navigate();
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let (locale, navigate) = (i18n.get_locale_untracked(), navigate.clone());
        spawn_local(async move {
            match new_template(typed.get_untracked()).await {
                Ok(id) => navigate(&format!("/settings/templates/{id}"), leptos_router::NavigateOptions::default()),
                Err(fault) => {
                    let said = fault.at("name").map_or_else(|| fault.sentence(locale), |problem| sentence(problem, locale));
                    _ = error.try_set(Some(said));
                }
            }
        });
    };
    view! {
        <section class="card settings__card">
            <form class="manage__add" on:submit=add>
                <Field name="name" id="new-template" label=text!(i18n, templates.list.new_name) bind=typed error=error autocomplete="off"/>
                <Button kind=Kind::Primary submit=true>
                    {t!(i18n, templates.list.add)}
                </Button>
            </form>
        </section>
    }
}

#[component]
fn Group(tab: String, rows: Vec<TemplateRow>, types: ActionTypes, found: Found, edited: RwSignal<Option<TemplateId>>) -> impl IntoView {
    let i18n = use_i18n();
    let name = {
        let tab = tab.clone();
        move || tab_name(&tab, i18n.get_locale())
    };
    let label = name.clone();
    let rows = rows.into_iter().map(|row| view! { <Line row types found edited/> }).collect_view();
    view! {
        <section class="card settings__card" aria-label=label>
            <header class="card__head">
                <h2>{name}</h2>
            </header>
            <ul class="manage">{rows}</ul>
        </section>
    }
}

/// It holds what it shows itself: while the list is asked for anew the line still stands there to be pressed.
#[component]
fn Line(row: TemplateRow, types: ActionTypes, found: Found, edited: RwSignal<Option<TemplateId>>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let TemplateRow { id, properties, standard, files, .. } = row;
    let name = properties.name;
    let called_for = TemplateAction::ALL
        .into_iter()
        .filter(|action| types.of(*action) == Some(id))
        .map(|action| view! { <Tag tone=Tone::Accent>{move || action_name(action, i18n.get_locale())}</Tag> })
        .collect_view();
    let resting = (!properties.active).then(|| view! { <Tag>{t!(i18n, templates.list.inactive)}</Tag> });
    let clips = (files > 0).then(|| {
        let label = move || match files {
            1 => t_string!(i18n, templates.list.file_one).to_owned(),
            files => t_string!(i18n, templates.list.file_many, count = format::count(files, i18n.get_locale())),
        };
        view! {
            <span class="template-row__files" title=label>
                <Icon name=Glyph::Clip size=Size::Small/>
                {files}
                <span class="aloud">{label}</span>
            </span>
        }
    });
    let copy = {
        let name = name.clone();
        move |_| {
            let locale = i18n.get_locale_untracked();
            let copied = td_string!(locale, templates.list.copy_of, name = name.clone());
            spawn_local(async move {
                match copy_template(id, copied.clone()).await {
                    Ok(_) => {
                        found.refetch();
                        toasts.say(td_string!(locale, templates.list.copied, name = copied));
                    }
                    Err(fault) => toasts.say(fault.sentence(locale)),
                }
            });
        }
    };
    let remove = {
        let name = name.clone();
        move |_| {
            let locale = i18n.get_locale_untracked();
            let said = td_string!(locale, templates.list.removed, name = name.clone());
            spawn_local(async move {
                match remove_template(id).await {
                    Ok(()) => {
                        found.refetch();
                        let back = Callback::new(move |()| {
                            spawn_local(async move {
                                match restore_template(id).await {
                                    Ok(()) => found.refetch(),
                                    Err(fault) => toasts.say(fault.sentence(locale)),
                                }
                            });
                        });
                        toasts.undo(said, back);
                    }
                    Err(fault) => toasts.say(fault.sentence(locale)),
                }
            });
        }
    };
    let label = {
        let name = name.clone();
        move |what: &'static str| {
            let name = name.clone();
            Signal::derive(move || match what {
                "edit" => t_string!(i18n, templates.list.edit_name, name = name.clone()),
                "copy" => t_string!(i18n, templates.list.copy_name, name = name.clone()),
                _ => t_string!(i18n, templates.list.remove_name, name = name.clone()),
            })
        }
    };
    let edit_label = label("edit");
    let bin = (!standard).then(|| view! { <IconButton name=Glyph::Trash size=Size::Small label=label("remove") on_click=remove/> });
    view! {
        <li class="manage__row template-row">
            <a class="template-row__name" href=format!("/settings/templates/{id}")>
                {name}
            </a>
            {called_for}
            {resting}
            {clips}
            <Button size=Size::Small attr:aria-label=move || edit_label.get() on_click=move |_| edited.set(Some(id))>
                {t!(i18n, common.words.edit)}
            </Button>
            <IconButton name=Glyph::Copy size=Size::Small label=label("copy") on_click=copy/>
            {bin}
        </li>
    }
}
