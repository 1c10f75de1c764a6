use super::sheet::Window;
use super::{Became, use_compose};
use crate::PageTitle;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::DraftId;
use ui::{Button, Drawing, Empty, Glyph, SkeletonRows, ToastPlace};

/// A letter in a window of its own, which closes with it. Where the browser keeps the window, it says what became of the letter.
#[component]
pub(crate) fn Alone() -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    let params = use_params_map();
    let asked = Memo::new(move |_| params.with(|params| params.get("draft")).and_then(|id| id.parse::<DraftId>().ok()));
    // Not before the browser has the page: the server draws no letter, it would be saved by nobody.
    Effect::new(move |_| match asked.get() {
        Some(id) => compose.show(id),
        None => compose.became.set(Some(Became::Missing)),
    });
    Effect::new(move |_| {
        if compose.became.get().is_some() {
            // A window that no program opened stays.
            _ = window().close();
        }
    });
    let waiting = move || compose.became.get().is_none() && compose.open.with(Vec::is_empty);
    let said = Signal::derive(move || {
        match compose.became.get() {
            Some(Became::Sent) => t_string!(i18n, compose.said.sent),
            Some(Became::Later) => t_string!(i18n, compose.said.later),
            Some(Became::Kept) => t_string!(i18n, compose.said.kept),
            Some(Became::Discarded) => t_string!(i18n, compose.said.discarded),
            Some(Became::Missing) | None => t_string!(i18n, common.missing.title),
        }
        .to_owned()
    });
    let again = move |_| {
        if let Some(id) = asked.get_untracked() {
            compose.show(id);
        }
    };
    let end = move || {
        compose.became.get().map(|became| {
            view! {
                <Empty drawing=Drawing::Knot title=said>
                    {(became == Became::Kept)
                        .then(|| {
                            view! {
                                <Button icon=Glyph::Edit on_click=again>
                                    {t!(i18n, compose.alone.again)}
                                </Button>
                            }
                        })}
                    <a class="button" href="/inbox">
                        {t!(i18n, compose.alone.inbox)}
                    </a>
                </Empty>
            }
        })
    };
    view! {
        <PageTitle text=text!(i18n, compose.title.fresh)/>
        <main class="compose-alone" id="main">
            <Show when=waiting>
                <SkeletonRows rows=6/>
            </Show>
            <For each=move || compose.open.get() key=|id| *id let:id>
                <Window id/>
            </For>
            {end}
        </main>
        <ToastPlace/>
    }
}
