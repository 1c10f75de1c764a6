//! The control that a template's body is written in. Everything that has to know what it is stands here.

use leptos::html;
use leptos::prelude::*;

/// Puts HTML where the caret is.
#[derive(Clone, Copy)]
pub(super) struct BodyHandle {
    node: NodeRef<html::Textarea>,
    value: RwSignal<String>,
}

impl BodyHandle {
    pub(super) fn new(value: RwSignal<String>) -> Self {
        Self { node: NodeRef::new(), value }
    }

    pub(super) fn insert(self, html: &str) {
        let Some(node) = self.node.get_untracked() else { return };
        if node.set_range_text(html).is_err() {
            return;
        }
        // Behind what was put in, so that one types on.
        let start = node.selection_start().ok().flatten().unwrap_or_default();
        let len = u32::try_from(html.encode_utf16().count()).unwrap_or_default();
        _ = node.focus();
        _ = node.set_selection_range(start + len, start + len);
        self.value.set(node.value());
    }
}

/// `value` is HTML.
#[component]
pub(super) fn TemplateBody(value: RwSignal<String>, #[prop(into)] label: Signal<String>, handle: BodyHandle) -> impl IntoView {
    view! {
        <textarea
            class="textarea template-body"
            id="template-body"
            spellcheck="false"
            aria-label=move || label.get()
            node_ref=handle.node
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        >
            {value.get_untracked()}
        </textarea>
    }
}
