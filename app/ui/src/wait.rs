//! Waiting: shapes, not spinners. A skeleton stays invisible for its first 150 ms (`style/ui.css`), so a quick answer never flickers.

use leptos::prelude::*;

#[component]
pub fn Skeleton(
    /// CSS width, `60%`.
    #[prop(optional, into)]
    width: Option<String>,
) -> impl IntoView {
    view! { <span class="skeleton" aria-hidden="true" style:inline-size=width.unwrap_or_else(|| "100%".to_owned())></span> }
}

/// The shape of a list of people or messages.
#[component]
pub fn SkeletonRows(#[prop(default = 6)] rows: usize) -> impl IntoView {
    let row = || {
        view! {
            <span class="list-row skeleton-row">
                <span class="skeleton" data-shape="round"></span>
                <span class="skeleton-row__bones">
                    <span class="skeleton"></span>
                    <span class="skeleton"></span>
                </span>
            </span>
        }
    };
    view! {
        <div class="skeleton-rows" aria-hidden="true">
            {(0..rows).map(|_| row()).collect_view()}
        </div>
    }
}

/// `value` runs from 0 to 1; nothing while it is not known.
#[component]
pub fn Progress(#[prop(into)] label: Signal<String>, #[prop(into)] value: Signal<Option<f64>>) -> impl IntoView {
    view! {
        <progress class="progress" max="1" aria-label=move || label.get() value=move || value.get().map(|part| format!("{part:.3}"))></progress>
    }
}

/// Parts of a whole, drawn round: 3 of 6.
#[component]
pub fn Ring(#[prop(into)] done: Signal<usize>, #[prop(into)] of: Signal<usize>) -> impl IntoView {
    let part = move || (done.get() * 100 / of.get().max(1)).to_string();
    view! { <span class="ring" aria-hidden="true" style:--part=part></span> }
}
