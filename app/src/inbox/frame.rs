//! The frame a letter is shown in: it runs nothing, so what it needs is done to it from here.

use crate::i18n::{t_string, use_i18n};
use leptos::html;
use leptos::prelude::*;
use model::MessageId;
use model::nature::Nature;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What the sanitiser kept from the letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct HeldBack {
    /// Whether it has images elsewhere.
    pub(super) remote: bool,
    /// Images that only report that it was opened; removed for good.
    pub(super) trackers: u32,
}

impl HeldBack {
    /// As the server writes it into the page: `1 3`.
    fn read(told: &str) -> Self {
        let (remote, trackers) = told.split_once(' ').unwrap_or((told, "0"));
        Self { remote: remote == "1", trackers: trackers.parse().unwrap_or_default() }
    }
}

#[component]
pub(super) fn Frame(id: MessageId, title: String, images: bool, held_back: RwSignal<HeldBack>, nature: RwSignal<Nature>) -> impl IntoView {
    let i18n = use_i18n();
    let node = NodeRef::<html::Iframe>::new();
    let fit = move || {
        let Some(frame) = node.try_get_untracked().flatten() else { return };
        if let Some(told) = fit_frame(&frame) {
            _ = held_back.try_set(told);
        }
    };
    let loaded = move || {
        fit();
        let Some(frame) = node.try_get_untracked().flatten() else { return };
        _ = nature.try_set(nature_of(&frame).unwrap_or_default());
        dress(&frame, t_string!(i18n, inbox.message.quoted), fit);
    };
    // Drawn by the server it may have loaded before anybody listened.
    Effect::new(move |_| {
        if node.get().is_some() {
            loaded();
            let handle = window_event_listener(leptos::ev::resize, move |_| fit());
            on_cleanup(move || handle.remove());
        }
    });
    let source = if images { format!("/message/{id}/body?images=1") } else { format!("/message/{id}/body") };
    view! {
        <iframe
            class="letter__frame"
            node_ref=node
            sandbox="allow-popups allow-popups-to-escape-sandbox allow-same-origin"
            referrerpolicy="no-referrer"
            title=move || t_string!(i18n, inbox.message.body, subject = title.clone())
            src=source
            on:load=move |_| loaded()
        ></iframe>
    }
}

/// As high as what it shows. Answers what was held back; nothing while there is no page in it yet.
fn fit_frame(frame: &web_sys::HtmlIFrameElement) -> Option<HeldBack> {
    let document = frame.content_document()?;
    let root = document.document_element()?;
    let style = web_sys::HtmlElement::style(frame);
    // The page is at least as high as its frame: without it, what it shows is measured.
    style.set_property("block-size", "0").ok()?;
    let bar = if root.scroll_width() > root.client_width() { 18 } else { 0 };
    style.set_property("block-size", &format!("{}px", root.scroll_height() + bar)).ok()?;
    Some(told(&document, "held-back").map(|told| HeldBack::read(&told)).unwrap_or_default())
}

/// What the letter is besides its text, as the server wrote it into the page.
fn nature_of(frame: &web_sys::HtmlIFrameElement) -> Option<Nature> {
    serde_json::from_str(&told(&frame.content_document()?, "nature")?).ok()
}

fn told(document: &web_sys::Document, what: &str) -> Option<String> {
    document.query_selector(&format!("meta[name=spindle-{what}]")).ok().flatten()?.get_attribute("content")
}

/// Names the fold of quoted text in the reader's language, and fits the frame when it opens or closes.
fn dress(frame: &web_sys::HtmlIFrameElement, label: &str, fit: impl Fn() + 'static) {
    let Some(summary) = frame.content_document().and_then(|document| document.query_selector(".quote > summary").ok().flatten()) else {
        return;
    };
    // Once: the page may be met again when the room is taken over from the server.
    if summary.has_attribute("aria-label") {
        return;
    }
    _ = summary.set_attribute("aria-label", label);
    _ = summary.set_attribute("title", label);
    if let Some(details) = summary.parent_element() {
        // It lives as long as the page in the frame, which the browser's collector knows.
        let toggled = Closure::<dyn Fn()>::new(fit).into_js_value();
        _ = details.add_event_listener_with_callback("toggle", toggled.unchecked_ref());
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::HeldBack;

    /// [SEC-06] What the server wrote into the page is read back.
    #[test]
    fn what_was_held_back() {
        assert_eq!(HeldBack::read("1 3"), HeldBack { remote: true, trackers: 3 });
        assert_eq!(HeldBack::read("0 0"), HeldBack::default());
        assert_eq!(HeldBack::read(""), HeldBack::default());
    }
}
