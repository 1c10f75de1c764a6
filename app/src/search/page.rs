//! Everything that was found, as a page with an address: it works before the program is there, and can be kept.

use super::help::{Examples, Nothing};
use super::hits::{Hit, Kind, message_hits, search_href};
use super::verbs::{search_all, search_older};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::search::{Found, FoundMessages, Mark, Older, Query};
use std::sync::Arc;
use ui::{Glyph, Icon, SkeletonRows};

/// The first page, or one of older messages.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
enum Shown {
    Examples,
    First(Box<Found>),
    Older(FoundMessages),
}

async fn ask(typed: String, older: Option<Older>) -> Result<Shown, Fault> {
    if typed.trim().is_empty() {
        return Ok(Shown::Examples);
    }
    match older {
        None => search_all(typed).await.map(|found| Shown::First(Box::new(found))),
        Some(older) => search_older(typed, older).await.map(Shown::Older),
    }
}

#[component]
pub fn Page() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| {
            let older = query.get("older").and_then(|key| key.parse().ok()).map(Older);
            (query.get("q").unwrap_or_default(), older)
        })
    });
    let typed = Signal::derive(move || asked.get().0);
    let shown = Resource::new(move || asked.get(), |(typed, older)| ask(typed, older));
    let draw = move || {
        shown.get().map(|answer| match answer {
            Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| shown.refetch())/> }.into_any(),
            Ok(Shown::Examples) => view! { <Examples/> }.into_any(),
            Ok(Shown::First(found)) if found.is_empty() => view! { <Nothing typed/> }.into_any(),
            Ok(Shown::First(found)) => first(&found, typed),
            Ok(Shown::Older(found)) => {
                let order = use_context::<RwSignal<model::registration::Me>>().map(|me| me.with_untracked(|me| me.preferences.date_format));
                // Only the words are read here, and they are the same on any day.
                let day = model::Day { year: 2000, month: 1, day: 1 };
                let marks: Arc<[Mark]> = Query::read(&typed.get_untracked(), day, order.unwrap_or_default()).marks().into();
                messages(&found, &marks, typed, true)
            }
        })
    };
    view! {
        <PageTitle text=text!(i18n, search.title)/>
        <div class="search-page">
            <h1 class="aloud">{t!(i18n, search.title)}</h1>
            <form class="search-page__form" role="search" method="get" action="/search">
                <label class="palette__field">
                    <Icon name=Glyph::Search/>
                    <span class="aloud">{t!(i18n, search.name)}</span>
                    <input
                        name="q"
                        type="search"
                        autocomplete="off"
                        placeholder=move || t_string!(i18n, search.field)
                        value=typed.get_untracked()
                        prop:value=move || typed.get()
                    />
                    <button class="button" type="submit" data-kind="primary">
                        {t!(i18n, search.title)}
                    </button>
                </label>
            </form>
            <Transition fallback=|| view! { <SkeletonRows rows=8/> }>{draw}</Transition>
        </div>
    }
}

fn rows(hits: Vec<Hit>, marks: &Arc<[Mark]>) -> AnyView {
    hits.into_iter()
        .map(|hit| {
            view! {
                <li>
                    <a class="hit" href=hit.href()>
                        {hit.draw(marks)}
                    </a>
                </li>
            }
        })
        .collect_view()
        .into_any()
}

fn first(found: &Found, typed: Signal<String>) -> AnyView {
    let marks: Arc<[Mark]> = found.marks.clone().into();
    let group = |kind: Kind| {
        let hits = kind.hits(found, usize::MAX);
        let name = kind.name();
        (!hits.is_empty()).then(|| {
            view! {
                <section aria-label=move || name.get()>
                    <h2 class="palette__group">{move || name.get()}</h2>
                    <ul class="search-page__rows">{rows(hits, &marks)}</ul>
                </section>
            }
        })
    };
    view! {
        {group(Kind::Contacts)}
        {group(Kind::Tags)}
        {messages(&found.messages, &marks, typed, false)}
    }
    .into_any()
}

fn messages(found: &FoundMessages, marks: &Arc<[Mark]>, typed: Signal<String>, older: bool) -> AnyView {
    let i18n = use_i18n();
    let name = Kind::Messages.name();
    let empty = found.rows.is_empty();
    let next = found.next;
    let next_href = move || next.map(|next| format!("{}&older={}", search_href(&typed.get()), next.0));
    view! {
        <Show when=move || !empty || older || next.is_some()>
            <h2 class="palette__group">{move || name.get()}</h2>
        </Show>
        <ul class="search-page__rows">{rows(message_hits(found, usize::MAX), marks)}</ul>
        <Show when=move || empty && next.is_some()>
            <p class="search-page__note">{t!(i18n, search.looked)}</p>
        </Show>
        <nav class="search-page__more">
            <Show when=move || older>
                <a class="button" data-kind="quiet" href=move || search_href(&typed.get())>
                    {t!(i18n, search.newest)}
                </a>
            </Show>
            {move || {
                next_href()
                    .map(|href| {
                        view! {
                            <a class="button" href=href rel="next">
                                {t!(i18n, search.older)}
                            </a>
                        }
                    })
            }}
        </nav>
    }
    .into_any()
}
