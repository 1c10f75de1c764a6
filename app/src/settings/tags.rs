//! `Kenmerken`: typed on a card they appear here, to be renamed or taken away from everybody (CON-09).

use crate::contacts::verbs::{list_tags, remove_tag, rename_tag};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::{Fault, PageTitle, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::params::ParamsMap;
use model::contact::TagUse;
use model::inbox::Entity;
use ui::{Button, Dialog, Empty, Glyph, IconButton, Inline, Kind, Size, SkeletonRows, use_toasts};

type Found = Resource<Result<Vec<TagUse>, Fault>>;

#[component]
pub fn Tags() -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let changed = use_live(|change| change.entity == Entity::Tag);
    let tags: Found = Resource::new(move || changed.get(), |_| list_tags());
    let asked = RwSignal::new(None::<TagUse>);
    let open = RwSignal::new(false);
    let remove = move |_| {
        let Some(found) = asked.get_untracked() else { return };
        let locale = i18n.get_locale_untracked();
        spawn_local(async move {
            match remove_tag(found.tag.id).await {
                Ok(()) => {
                    tags.refetch();
                    toasts.say(td_string!(locale, contacts.manage.removed, name = found.tag.name));
                }
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            _ = open.try_set(false);
        });
    };
    let foot = move || {
        view! {
            <Button kind=Kind::Quiet on_click=move |_| open.set(false)>
                {t!(i18n, common.words.cancel)}
            </Button>
            <Button kind=Kind::Danger last=true on_click=remove>
                {t!(i18n, common.words.remove)}
            </Button>
        }
    };
    let question = move || {
        asked.get().map(|found| {
            let count = format::count(found.contacts, i18n.get_locale());
            t_string!(i18n, contacts.manage.sure, name = found.tag.name, count = count)
        })
    };
    let title = Signal::derive(move || {
        let name = asked.with(|asked| asked.as_ref().map(|found| found.tag.name.clone()).unwrap_or_default());
        t_string!(i18n, contacts.manage.remove, name = name)
    });
    view! {
        <PageTitle text=text!(i18n, contacts.manage.tags)/>
        <header class="settings__head">
            <h1>{t!(i18n, contacts.manage.tags)}</h1>
            <p>{t!(i18n, contacts.manage.tags_text)}</p>
        </header>
        <section class="card settings__card">
            <Transition fallback=|| {
                view! { <SkeletonRows rows=4/> }
            }>
                {move || Suspend::new(async move {
                    match tags.await {
                        Ok(found) if found.is_empty() => {
                            view! { <Empty title=text!(i18n, contacts.manage.no_tags) text=text!(i18n, contacts.manage.no_tags_text)/> }.into_any()
                        }
                        Ok(found) => {
                            let rows = found.into_iter().map(|found| view! { <Line found tags asked open/> }).collect_view();
                            view! { <ul class="manage">{rows}</ul> }.into_any()
                        }
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
        <Dialog open title=title foot=foot.into()>
            <p>{question}</p>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Line(found: TagUse, tags: Found, asked: RwSignal<Option<TagUse>>, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let (id, count) = (found.tag.id, found.contacts);
    let name = found.tag.name.clone();
    let label = name.clone();
    let error = RwSignal::new(None::<String>);
    let before = name.clone();
    let rename = Callback::new(move |typed: String| {
        error.set(None);
        let (locale, before) = (i18n.get_locale_untracked(), before.clone());
        spawn_local(async move {
            match rename_tag(id, typed.clone()).await {
                Ok(()) => {
                    tags.refetch();
                    let back = Callback::new(move |()| {
                        let before = before.clone();
                        spawn_local(async move {
                            match rename_tag(id, before).await {
                                Ok(()) => tags.refetch(),
                                Err(fault) => toasts.say(fault.sentence(locale)),
                            }
                        });
                    });
                    toasts.undo(td_string!(locale, contacts.manage.renamed, name = typed), back);
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(locale))),
            }
        });
    });
    let mut query = ParamsMap::new();
    query.insert("q", format!("#{name}"));
    let used = move || match count {
        1 => t_string!(i18n, contacts.manage.used_one).to_owned(),
        count => t_string!(i18n, contacts.manage.used, count = format::count(count, i18n.get_locale())),
    };
    view! {
        <li class="manage__row">
            <Inline label=text!(i18n, contacts.manage.name) value=name on_save=rename error=error/>
            <a class="manage__count" href=format!("/contacts{}", query.to_query_string())>
                {used}
            </a>
            <IconButton
                name=Glyph::Trash
                size=Size::Small
                label=Signal::derive(move || t_string!(i18n, contacts.manage.remove, name = label.clone()))
                on_click=move |_| {
                    asked.set(Some(found.clone()));
                    open.set(true);
                }
            />
        </li>
    }
}
