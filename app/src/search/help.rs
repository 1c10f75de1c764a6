//! Before anything is typed, and when nothing was found.

use super::hits::search_href;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use ui::Drawing;

/// What can be typed, each with what it means. The links work without the program; inside the box `on_pick` types it there.
#[component]
pub(super) fn Examples(#[prop(optional)] on_pick: Option<Callback<String>>) -> impl IntoView {
    let i18n = use_i18n();
    macro_rules! example {
        ($name:ident) => {
            (t_string!(i18n, search.examples.$name.typed), t_string!(i18n, search.examples.$name.says))
        };
    }
    let rows = move || {
        [
            example!(from),
            example!(to),
            example!(subject),
            example!(phrase),
            example!(not),
            example!(attachment),
            example!(file),
            example!(after),
            example!(before),
            example!(place),
            example!(contact),
            example!(tag),
        ]
        .into_iter()
        .map(|(typed, says)| {
            let pick = move |event: leptos::ev::MouseEvent| {
                if let Some(on_pick) = on_pick {
                    event.prevent_default();
                    on_pick.run(typed.to_owned());
                }
            };
            view! {
                <li>
                    <a href=search_href(typed) on:click=pick>
                        <code>{typed}</code>
                    </a>
                    <span>{says}</span>
                </li>
            }
        })
        .collect_view()
    };
    view! {
        <div class="search-help">
            <p class="search-help__title">{t!(i18n, search.empty.title)}</p>
            <p>{t!(i18n, search.empty.text)}</p>
            <ul class="search-help__examples">{rows}</ul>
        </div>
    }
    .into_any()
}

/// Nothing was found: what may be tried.
#[component]
pub(super) fn Nothing(#[prop(into)] typed: Signal<String>, #[prop(optional)] on_pick: Option<Callback<String>>) -> impl IntoView {
    let i18n = use_i18n();
    let everywhere = move || typed.with(|typed| format!("{} {}", typed.trim(), t_string!(i18n, search.none.operator)));
    let pick = move |event: leptos::ev::MouseEvent| {
        if let Some(on_pick) = on_pick {
            event.prevent_default();
            on_pick.run(everywhere());
        }
    };
    view! {
        <div class="search-help">
            <ui::Empty drawing=Drawing::Loose title=text!(i18n, search.none.title, typed = typed.get())>
                <ul class="search-help__tips">
                    <li>{t!(i18n, search.none.spelling)}</li>
                    <li>{t!(i18n, search.none.fewer)}</li>
                    <li>
                        <a href=move || search_href(&everywhere()) on:click=pick>
                            {t!(i18n, search.none.everywhere)}
                        </a>
                    </li>
                </ul>
            </ui::Empty>
        </div>
    }
    .into_any()
}
