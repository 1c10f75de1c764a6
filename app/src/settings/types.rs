//! `Relatietypen`: every contact has exactly one (CON-16).

use crate::contacts::verbs::{add_contact_type, list_contact_types, remove_contact_type, rename_contact_type};
use crate::contacts::words;
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::ContactType;
use model::inbox::Entity;
use ui::{Button, Field, Glyph, IconButton, Inline, Kind, Size, SkeletonRows, use_toasts};

#[component]
pub fn Types() -> impl IntoView {
    let i18n = use_i18n();
    let changed = use_live(|change| change.entity == Entity::ContactType);
    let types: Kinds = Resource::new(move || changed.get(), |_| list_contact_types());
    view! {
        <PageTitle text=text!(i18n, contacts.manage.types)/>
        <header class="settings__head">
            <h1>{t!(i18n, contacts.manage.types)}</h1>
            <p>{t!(i18n, contacts.manage.types_text)}</p>
        </header>
        <section class="card settings__card">
            <Transition fallback=|| {
                view! { <SkeletonRows rows=4/> }
            }>
                {move || Suspend::new(async move {
                    match types.await {
                        Ok(found) => {
                            let rows = found.into_iter().map(|kind| view! { <Line kind types/> }).collect_view();
                            view! { <ul class="manage">{rows}</ul> }.into_any()
                        }
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Transition>
            <AddType types/>
        </section>
    }
    .into_any()
}

type Kinds = Resource<Result<Vec<ContactType>, Fault>>;

#[component]
fn Line(kind: ContactType, types: Kinds) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let id = kind.id;
    let shown = kind.clone();
    let name = Memo::new(move |_| words::type_name(&shown, i18n.get_locale()));
    let error = RwSignal::new(None::<String>);
    let rename = Callback::new(move |typed: String| {
        error.set(None);
        let locale = i18n.get_locale_untracked();
        spawn_local(async move {
            match rename_contact_type(id, typed.clone()).await {
                Ok(()) => {
                    types.refetch();
                    toasts.say(td_string!(locale, contacts.manage.renamed, name = typed));
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(locale))),
            }
        });
    });
    let remove = move |_| {
        let (locale, name) = (i18n.get_locale_untracked(), name.get_untracked());
        spawn_local(async move {
            match remove_contact_type(id).await {
                Ok(()) => {
                    types.refetch();
                    let again = name.clone();
                    let back = Callback::new(move |()| {
                        let again = again.clone();
                        spawn_local(async move {
                            match add_contact_type(again).await {
                                Ok(_) => types.refetch(),
                                Err(fault) => toasts.say(fault.sentence(locale)),
                            }
                        });
                    });
                    toasts.undo(td_string!(locale, contacts.manage.removed, name = name), back);
                }
                // Every contact has a type, so one in use stays.
                Err(Fault::Conflict) => toasts.say(td_string!(locale, contacts.manage.in_use, name = name)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
        });
    };
    view! {
        <li class="manage__row">
            <Inline label=text!(i18n, contacts.manage.name) value=name on_save=rename error=error/>
            <IconButton
                name=Glyph::Trash
                size=Size::Small
                label=Signal::derive(move || t_string!(i18n, contacts.manage.remove, name = name.get()))
                on_click=remove
            />
        </li>
    }
}

#[component]
fn AddType(types: Kinds) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let locale = i18n.get_locale_untracked();
        spawn_local(async move {
            match add_contact_type(typed.get_untracked()).await {
                Ok(_) => {
                    _ = typed.try_set(String::new());
                    types.refetch();
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(locale))),
            }
        });
    };
    view! {
        <form class="manage__add" on:submit=add>
            <Field name="name" id="new-type" label=text!(i18n, contacts.manage.new_type) bind=typed error=error autocomplete="off"/>
            <Button kind=Kind::Primary submit=true>
                {t!(i18n, contacts.manage.add)}
            </Button>
        </form>
    }
}
