use crate::keys;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab {
    pub key: String,
    pub label: String,
    pub count: Option<i64>,
    /// Where the tab lives: tabs are links, so they work before the program is loaded and can be opened elsewhere.
    pub href: String,
}

/// Tabs as a row of links. Arrow keys, Home and End move between them.
#[component]
pub fn Tabs(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] tabs: Signal<Vec<Tab>>,
    #[prop(into)] current: Signal<String>,
) -> impl IntoView {
    let bar = NodeRef::<leptos::html::Nav>::new();
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(bar) = bar.get_untracked() else { return };
        let links = bar.query_selector_all("a.tabs__tab");
        let Ok(links) = links else { return };
        let links: Vec<web_sys::HtmlElement> =
            (0..links.length()).filter_map(|at| links.item(at)).filter_map(|node| node.dyn_into().ok()).collect();
        let focused = document().active_element();
        let Some(at) = links.iter().position(|link| focused.as_ref() == Some(link.as_ref())) else { return };
        let Some(to) = keys::step(&event.key(), at, links.len()) else { return };
        event.prevent_default();
        if let Some(link) = links.get(to) {
            _ = link.focus();
        }
    };
    view! {
        <nav class="tabs" aria-label=move || label.get() node_ref=bar on:keydown=on_key>
            {move || {
                tabs.get()
                    .into_iter()
                    .map(|tab| {
                        let mine = tab.key.clone();
                        view! {
                            <a class="tabs__tab" href=tab.href aria-current=move || current.with(|now| *now == mine).then_some("page")>
                                {tab.label}
                                {tab.count.map(|count| view! { <span class="tabs__count">{count}</span> })}
                            </a>
                        }
                    })
                    .collect_view()
            }}
        </nav>
    }
}
