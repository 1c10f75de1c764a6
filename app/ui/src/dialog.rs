//! Native dialogs: the browser traps focus, closes on Escape and gives focus back to where it came from.

use crate::{Glyph, IconButton, use_words};
use leptos::prelude::*;

/// Only for what cannot come back, or for what needs a form of its own. `foot` holds the buttons.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] foot: Option<ViewFn>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Dialog>::new();
    follow(node, open);
    let words = use_words();
    view! {
        <dialog class="dialog" node_ref=node aria-label=move || title.get() on:close=move |_| open.set(false)>
            <div class="dialog__head">
                <h2>{move || title.get()}</h2>
                <IconButton
                    name=Glyph::Close
                    label=Signal::derive(move || words.with(|w| w.close.clone()))
                    on_click=move |_| open.set(false)
                />
            </div>
            <div class="dialog__body">{children()}</div>
            {foot.map(|foot| view! { <div class="dialog__foot">{foot.run()}</div> })}
        </dialog>
    }
}

/// A panel from the side, for things to look at beside the work.
#[component]
pub fn Sheet(open: RwSignal<bool>, #[prop(into)] title: Signal<String>, children: Children) -> impl IntoView {
    let node = NodeRef::<leptos::html::Dialog>::new();
    follow(node, open);
    let words = use_words();
    view! {
        <dialog class="sheet sheet--side" node_ref=node aria-label=move || title.get() on:close=move |_| open.set(false)>
            <div class="sheet__head">
                <span>{move || title.get()}</span>
                <IconButton
                    name=Glyph::Close
                    label=Signal::derive(move || words.with(|w| w.close.clone()))
                    on_click=move |_| open.set(false)
                />
            </div>
            <div class="sheet__body">{children()}</div>
        </dialog>
    }
}

/// The element does what the signal says.
fn follow(node: NodeRef<leptos::html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => _ = dialog.show_modal(),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
}
