//! The editor of letters and templates: `<rich-text>` of `frontend/editor`, loaded when the first one stands on the page.

use crate::field::in_textarea;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// What the element promises; see the head of `frontend/editor/editor.ts`.
    #[wasm_bindgen(extends = web_sys::HtmlElement)]
    type RichTextElement;
    #[wasm_bindgen(method, getter)]
    fn value(this: &RichTextElement) -> String;
    #[wasm_bindgen(method, setter)]
    fn set_value(this: &RichTextElement, html: &str);
    #[wasm_bindgen(method, setter)]
    fn set_words(this: &RichTextElement, words: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_fields(this: &RichTextElement, fields: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_disabled(this: &RichTextElement, disabled: bool);
    #[wasm_bindgen(method)]
    fn insert(this: &RichTextElement, html: &str);
    #[wasm_bindgen(method, js_name = insertImage)]
    fn insert_image(this: &RichTextElement, src: &str, alt: &str);
}

/// A field that may stand in a letter: `me.first_name`, shown as «Mijn Voornaam», also known as «My First name».
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergeField {
    pub key: String,
    pub label: String,
    pub also: Vec<String>,
}

impl MergeField {
    fn object(&self) -> JsValue {
        let also: js_sys::Array = self.also.iter().map(JsValue::from).collect();
        object([("key", JsValue::from(&self.key)), ("label", JsValue::from(&self.label)), ("also", also.into())])
    }
}

/// The hand of a room on its editor: puts a merge field, a picture, a text where the caret is. Copy it into closures.
#[derive(Clone, Copy)]
pub struct RichTextHandle {
    host: NodeRef<leptos::html::Div>,
    /// The element's program is there. Before that it has properties, but no methods.
    ready: RwSignal<bool>,
}

pub fn use_rich_text() -> RichTextHandle {
    RichTextHandle { host: NodeRef::new(), ready: RwSignal::new(false) }
}

impl RichTextHandle {
    /// Where the caret is, or was last. Nothing happens before the editor is there.
    pub fn insert_html(self, html: &str) {
        self.ask(|element| element.insert(html));
    }

    /// A picture that was brought somewhere: the answer to `on_image`.
    pub fn insert_image(self, src: &str, alt: &str) {
        self.ask(|element| element.insert_image(src, alt));
    }

    pub fn focus(self) {
        self.ask(|element| _ = element.focus());
    }

    fn ask(self, work: impl FnOnce(&RichTextElement)) {
        if self.ready.get_untracked() {
            self.with(work);
        }
    }

    fn with(self, work: impl FnOnce(&RichTextElement)) {
        let element = self.host.get_untracked().and_then(|host| host.query_selector(":scope > rich-text").ok().flatten());
        if let Some(element) = element {
            work(element.unchecked_ref());
        }
    }
}

/// A letter being written. `value` is its HTML: what is typed goes in, and what is set from outside takes the place of the text.
///
/// Until the editor is there, and where it cannot be loaded, the HTML stands in a plain field: nothing is drawn that was not cleaned.
/// The editor draws a cleaned letter, but what was set stays in `value` until something changes; whoever stores it cleans it.
#[component]
pub fn RichText(
    value: RwSignal<String>,
    #[prop(into)] label: Signal<String>,
    /// The words of the toolbar, by the names that the editor has for them.
    #[prop(into)]
    words: Signal<Vec<(&'static str, String)>>,
    #[prop(optional, into)] placeholder: MaybeProp<String>,
    /// The name in a form.
    #[prop(optional, into)]
    name: Option<String>,
    /// The merge fields that may be typed or pasted by name.
    #[prop(optional, into)]
    fields: Signal<Vec<MergeField>>,
    /// Brings a picture somewhere and calls `insert_image`; without it, pictures become part of the letter.
    #[prop(optional, into)]
    on_image: Option<Callback<web_sys::File>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] handle: Option<RichTextHandle>,
) -> impl IntoView {
    let handle = handle.unwrap_or_else(use_rich_text);
    let RichTextHandle { host, ready } = handle;
    let plain = NodeRef::<leptos::html::Textarea>::new();
    // The element stands on the page; its program may still be on the way, and takes up what it was told.
    let made = RwSignal::new(false);

    Effect::new(move |_| {
        let Some(host) = host.get() else { return };
        // Typed before the program arrived: that counts, and not what the page was drawn with.
        if let Some(plain) = plain.get_untracked()
            && plain.default_value().is_ok_and(|drawn| drawn.replace("\r\n", "\n") != plain.value())
        {
            value.set(plain.value());
        }
        if let Ok(element) = document().create_element("rich-text")
            && !made.get_untracked()
        {
            _ = host.append_child(&element);
            made.set(true);
            load();
        }
    });
    let tell = move |work: &dyn Fn(&RichTextElement)| {
        if made.get() {
            handle.with(work);
        }
    };
    Effect::new(move |_| {
        let (label, placeholder) = (label.get(), placeholder.get().unwrap_or_default());
        tell(&|element| {
            _ = element.set_attribute("aria-label", &label);
            _ = element.set_attribute("placeholder", &placeholder);
        });
    });
    Effect::new(move |_| {
        let words = words.get();
        tell(&|element| element.set_words(&object(words.iter().map(|(name, word)| (*name, word.into())))));
    });
    Effect::new(move |_| {
        let fields = fields.get();
        tell(&|element| element.set_fields(&fields.iter().map(MergeField::object).collect::<js_sys::Array>()));
    });
    Effect::new(move |_| {
        let disabled = disabled.get();
        tell(&|element| element.set_disabled(disabled));
    });
    let named = name.is_some();
    Effect::new(move |_| {
        let html = value.get();
        // What the element says already leaves the caret where it is.
        tell(&|element| element.set_value(&html));
        // Behind the editor the plain field is read by nothing but a form.
        if let Some(plain) = plain.get()
            && (named || !ready.get())
            && plain.value() != html
        {
            plain.set_value(&html);
        }
    });

    let on_input = move |event: web_sys::Event| {
        // The plain field has a listener of its own.
        if event.target().is_some_and(|target| !target.has_type::<web_sys::HtmlTextAreaElement>()) {
            handle.ask(|element| value.set(element.value()));
        }
    };
    let on_file = move |event: web_sys::CustomEvent| {
        let Some(on_image) = on_image else { return };
        let file = js_sys::Reflect::get(&event.detail(), &"file".into()).ok().and_then(|file| file.dyn_into::<web_sys::File>().ok());
        if let Some(file) = file {
            event.prevent_default();
            on_image.run(file);
        }
    };
    let on_ready = move |_: web_sys::CustomEvent| {
        let typing = document().active_element().zip(plain.get_untracked()).is_some_and(|(active, plain)| active == **plain);
        ready.set(true);
        // Who was typing goes on where the text now stands.
        if typing {
            handle.focus();
        }
    };
    let start = value.get_untracked();
    view! {
        <div
            class="rich-text"
            node_ref=host
            on:input=on_input
            on:imagefile=on_file
            on:ready=on_ready
        >
            <textarea
                class="textarea rich-text__plain"
                node_ref=plain
                name=name
                aria-label=move || label.get()
                spellcheck="false"
                // A browser that puts back what stood here before would seem to have been typed in.
                autocomplete="off"
                hidden=move || ready.get()
                disabled=move || disabled.get()
                on:input=move |event| value.set(event_target_value(&event))
            >
                {in_textarea(start)}
            </textarea>
        </div>
    }
}

fn object(parts: impl IntoIterator<Item = (&'static str, JsValue)>) -> JsValue {
    let object = js_sys::Object::new();
    for (name, part) in parts {
        _ = js_sys::Reflect::set(&object, &name.into(), &part);
    }
    object.into()
}

/// Once per page. The address stands on `<html data-editor>`, where the shell wrote it; the program itself tells when it is there.
fn load() {
    let document = document();
    let address = document.document_element().and_then(|html| html.get_attribute("data-editor"));
    let (Some(address), Some(head)) = (address, document.head()) else { return };
    if document.query_selector("script[data-editor]").ok().flatten().is_some() {
        return;
    }
    if let Ok(script) = document.create_element("script") {
        _ = script.set_attribute("type", "module");
        _ = script.set_attribute("src", &address);
        _ = script.set_attribute("data-editor", "");
        _ = head.append_child(&script);
    }
}
