//! The search box over any room: `/` or Ctrl-K opens it, results come while typing, and the keyboard goes all the way.

use super::help::{Examples, Nothing};
use super::hits::{Hit, Kind, search_href};
use super::verbs::search_all;
use crate::Fault;
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::search::{Found, Mark};
use std::sync::Arc;
use std::time::Duration;
use ui::{Glyph, Icon, Key, keys};

/// A pause in typing this long asks the server.
const PAUSE: Duration = Duration::from_millis(120);
/// Of each group, while all are shown.
const FEW: usize = 6;
const MANY: usize = 50;

/// What came back, and what it is the answer to.
#[derive(Clone)]
struct Answer {
    typed: String,
    found: Result<Found, Fault>,
}

/// What is typed and what was found. Copied into closures: only handles.
#[derive(Clone, Copy)]
struct Asking {
    typed: RwSignal<String>,
    answer: RwSignal<Option<Answer>>,
    only: RwSignal<Option<Kind>>,
    at: RwSignal<usize>,
    /// Grows with every question: an answer to an older one is dropped.
    turn: StoredValue<u32>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

impl Asking {
    fn write(self, text: String, pause: Duration) {
        self.typed.set(text.clone());
        if let Some(before) = self.pause.try_update_value(Option::take).flatten() {
            before.clear();
        }
        let turn = self.turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        });
        if text.trim().is_empty() {
            self.answer.set(None);
            return;
        }
        let ask = move || {
            spawn_local(async move {
                let found = search_all(text.clone()).await;
                if self.turn.try_get_value() == turn {
                    self.at.set(0);
                    self.answer.set(Some(Answer { typed: text, found }));
                }
            });
        };
        self.pause.set_value(set_timeout_with_handle(ask, pause).ok());
    }

    /// In the order shown.
    fn groups(self) -> Vec<(Kind, Vec<Hit>)> {
        let only = self.only.get();
        self.answer.with(|answer| {
            let Some(Answer { found: Ok(found), .. }) = answer else { return Vec::new() };
            let most = if only.is_some() { MANY } else { FEW };
            let kinds = Kind::ALL.into_iter().filter(|kind| only.is_none_or(|only| only == *kind));
            kinds.map(|kind| (kind, kind.hits(found, most))).filter(|(_, hits)| !hits.is_empty()).collect()
        })
    }

    fn hits(self) -> Vec<Hit> {
        self.groups().into_iter().flat_map(|(_, hits)| hits).collect()
    }
}

fn hit_id(at: usize) -> String {
    format!("hit-{at}")
}

/// `typed` is what stands in the field of the top strip; setting `open` opens the box with it.
#[component]
pub fn Palette(open: RwSignal<bool>, typed: RwSignal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let node = NodeRef::<leptos::html::Dialog>::new();
    let field = NodeRef::<leptos::html::Input>::new();
    let state = Asking {
        typed,
        answer: RwSignal::new(None),
        only: RwSignal::new(None),
        at: RwSignal::new(0),
        turn: StoredValue::new(0),
        pause: StoredValue::new(None),
    };
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                _ = dialog.show_modal();
                state.only.set(None);
                state.write(typed.get_untracked(), Duration::ZERO);
                if let Some(field) = field.get_untracked() {
                    _ = field.focus();
                    field.select();
                }
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let navigate = use_navigate();
    let go = Callback::new(move |place: String| {
        open.set(false);
        navigate(&place, NavigateOptions::default());
    });
    let pick = Callback::new(move |text: String| {
        state.write(text, Duration::ZERO);
        if let Some(field) = field.get_untracked() {
            _ = field.focus();
        }
    });
    // Enter opens what is chosen, or, while there is no answer to these words yet, everything that is found.
    let enter = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let text = typed.get_untracked();
        let fresh = state.answer.with_untracked(|answer| answer.as_ref().is_some_and(|answer| answer.typed == text));
        let chosen = untrack(|| state.hits()).into_iter().nth(state.at.get_untracked()).filter(|_| fresh);
        if !text.trim().is_empty() {
            go.run(chosen.map_or_else(|| search_href(&text), |hit| hit.href()));
        }
    };
    let press = move |event: leptos::ev::KeyboardEvent| {
        // Home and End belong to the field.
        if !matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
            return;
        }
        event.prevent_default();
        let len = untrack(|| state.hits()).len();
        if let Some(to) = keys::step(&event.key(), state.at.get_untracked().min(len.saturating_sub(1)), len) {
            state.at.set(to);
            if let Some(row) = document().get_element_by_id(&hit_id(to)) {
                row.scroll_into_view_with_bool(false);
            }
        }
    };
    // A click beside the box is a click on the dialog itself.
    let outside = move |event: leptos::ev::MouseEvent| {
        if event.target() == event.current_target() {
            open.set(false);
        }
    };
    let has_hits = move || !state.groups().is_empty();
    view! {
        <dialog class="palette" node_ref=node aria-label=move || t_string!(i18n, search.name) on:close=move |_| open.set(false) on:mousedown=outside>
            <form class="palette__form" role="search" method="get" action="/search" on:submit=enter>
                <label class="palette__field">
                    <Icon name=Glyph::Search/>
                    <span class="aloud">{t!(i18n, search.name)}</span>
                    <input
                        node_ref=field
                        name="q"
                        type="search"
                        role="combobox"
                        autocomplete="off"
                        aria-controls="hits"
                        aria-expanded=move || has_hits().to_string()
                        aria-activedescendant=move || has_hits().then(|| hit_id(state.at.get()))
                        placeholder=move || t_string!(i18n, search.field)
                        prop:value=move || typed.get()
                        on:input=move |event| state.write(event_target_value(&event), PAUSE)
                        on:keydown=press
                    />
                    <Key>"Esc"</Key>
                </label>
                <Kinds state/>
                <Hits state open pick/>
                <footer class="palette__foot">
                    <span aria-hidden="true">
                        <Key>"↑"</Key>
                        <Key>"↓"</Key>
                        {t!(i18n, search.choose)}
                    </span>
                    <span aria-hidden="true">
                        <Key>"↵"</Key>
                        {t!(i18n, search.open)}
                    </span>
                    <Show when=move || typed.with(|typed| !typed.trim().is_empty())>
                        <a href=move || typed.with(|typed| search_href(typed)) on:click=move |_| open.set(false)>
                            {t!(i18n, search.all_results)}
                        </a>
                    </Show>
                </footer>
            </form>
        </dialog>
    }
}

/// Everything, or one kind of thing.
#[component]
fn Kinds(state: Asking) -> impl IntoView {
    let i18n = use_i18n();
    let chip = move |kind: Option<Kind>, name: Signal<String>| {
        let count = move || {
            let kind = kind?;
            let (count, more) = state.answer.with(|answer| match answer {
                Some(Answer { found: Ok(found), .. }) => Some(kind.count(found)),
                _ => None,
            })?;
            Some(if more { t_string!(i18n, search.more, count = count).to_string() } else { count.to_string() })
        };
        view! {
            <button
                class="chip"
                type="button"
                data-kind=move || (state.only.get() != kind).then_some("plain")
                aria-pressed=move || (state.only.get() == kind).to_string()
                on:click=move |_| {
                    state.only.set(kind);
                    state.at.set(0);
                }
            >
                {move || name.get()}
                " "
                {count}
            </button>
        }
    };
    view! {
        <div class="palette__kinds" role="group" aria-label=move || t_string!(i18n, search.kinds.name)>
            {chip(None, text!(i18n, search.kinds.all))}
            {Kind::ALL.map(|kind| chip(Some(kind), kind.name())).collect_view()}
            <span class="palette__hint" aria-hidden="true">
                <Key>"#"</Key>
                {t!(i18n, search.hint_tag)}
            </span>
        </div>
    }
}

#[component]
fn Hits(state: Asking, open: RwSignal<bool>, pick: Callback<String>) -> impl IntoView {
    let i18n = use_i18n();
    let row = move |at: usize, hit: &Hit, marks: &Arc<[Mark]>| {
        let chosen = move || state.at.get() == at;
        view! {
            <a
                class="hit"
                id=hit_id(at)
                role="option"
                tabindex="-1"
                href=hit.href()
                data-active=move || chosen().then_some("")
                aria-selected=move || chosen().to_string()
                on:click=move |_| open.set(false)
                on:mousemove=move |_| {
                    if state.at.get_untracked() != at {
                        state.at.set(at);
                    }
                }
            >
                {hit.draw(marks)}
            </a>
        }
    };
    let groups = move || {
        let marks: Arc<[Mark]> = state.answer.with_untracked(|answer| match answer {
            Some(Answer { found: Ok(found), .. }) => found.marks.clone().into(),
            _ => Arc::default(),
        });
        let mut at = 0;
        let groups = state.groups().into_iter();
        groups
            .map(|(kind, hits)| {
                let name = kind.name();
                let rows = hits.iter().enumerate().map(|(index, hit)| row(at + index, hit, &marks)).collect_view();
                at += hits.len();
                view! {
                    <div role="group" aria-label=move || name.get()>
                        <h2 class="palette__group" aria-hidden="true">
                            {move || name.get()}
                        </h2>
                        {rows}
                    </div>
                }
            })
            .collect_view()
    };
    let has_hits = move || state.only.get().is_some() || !state.groups().is_empty();
    let beside = move || match state.answer.get() {
        None => state.typed.with(|typed| typed.trim().is_empty()).then(|| view! { <Examples on_pick=pick/> }.into_any()),
        Some(Answer { found: Err(fault), typed }) => {
            let again = Callback::new(move |()| pick.run(typed.clone()));
            Some(view! { <FaultNote fault retry=again/> }.into_any())
        }
        Some(Answer { found: Ok(found), typed }) if found.is_empty() => {
            Some(view! { <Nothing typed=Signal::stored(typed) on_pick=pick/> }.into_any())
        }
        // None of the newest are his to read; the page goes on from there.
        Some(Answer { found: Ok(_), .. }) => {
            (!has_hits()).then(|| view! { <p class="search-page__note">{t!(i18n, search.looked)}</p> }.into_any())
        }
    };
    let said = move || {
        state.answer.with(|answer| match answer {
            Some(Answer { found: Ok(found), .. }) if found.is_empty() => t_string!(i18n, search.said.none).to_owned(),
            Some(Answer { found: Ok(found), .. }) => {
                let (contacts, messages) = (found.contacts.len(), found.messages.rows.len());
                t_string!(i18n, search.said.some, contacts = contacts, messages = messages).to_string()
            }
            _ => String::new(),
        })
    };
    view! {
        <p class="aloud" role="status">
            {said}
        </p>
        <div class="palette__hits">
            <div id="hits" role="listbox" aria-label=move || t_string!(i18n, search.results)>
                {groups}
            </div>
            {beside}
        </div>
    }
}
