//! A field is a label, an input, a hint and what is wrong with it, wired together for screen readers.

use crate::{Glyph, Icon, Size, use_words};
use leptos::ev;
use leptos::prelude::*;

fn id_of(name: &str, id: Option<String>) -> String {
    id.unwrap_or_else(|| format!("f-{}", name.replace(['[', ']'], "-")))
}

/// What is wrong with a field, under it. `more` may add links: where to go instead.
#[component]
pub fn FieldError(
    #[prop(into)] id: String,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional)] more: Option<ViewFn>,
) -> impl IntoView {
    view! {
        <div id=id aria-live="polite">
            {move || {
                let more = more.clone();
                error
                    .get()
                    .map(|text| {
                        view! {
                            <p class="field__error">
                                <Icon name=Glyph::Warn/>
                                <span>{text} {more.map(|more| more.run())}</span>
                            </p>
                        }
                    })
            }}
        </div>
    }
}

/// One line of text. Uncontrolled with `value`, or bound to a signal with `bind`.
#[component]
pub fn Field(
    /// The name in the form: `registration[email]`.
    #[prop(into)]
    name: String,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] kind: Option<&'static str>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] more: Option<ViewFn>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    /// A word beside the label: "optional", or a link.
    #[prop(optional)]
    aside: Option<ViewFn>,
    #[prop(optional, into)] placeholder: MaybeProp<String>,
    #[prop(optional, into)] autocomplete: Option<&'static str>,
    #[prop(optional, into)] inputmode: Option<&'static str>,
    #[prop(optional)] size: Size,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] on_blur: Option<Callback<String>>,
) -> impl IntoView {
    let id = id_of(&name, id);
    let (error_id, hint_id) = (format!("{id}-e"), format!("{id}-h"));
    let described = format!("{error_id} {hint_id}");
    let node = NodeRef::<leptos::html::Input>::new();
    let input = view! {
        <input
            class="input"
            node_ref=node
            data-size=size.word()
            id=id.clone()
            name=name
            type=kind.unwrap_or("text")
            value=bind.map_or(value, |bind| bind.get_untracked())
            autocomplete=autocomplete
            inputmode=inputmode
            placeholder=move || placeholder.get()
            aria-required=required.then_some("true")
            autofocus=autofocus
            aria-describedby=described
            aria-invalid=move || error.with(Option::is_some).then_some("true")
            on:input=move |event| {
                if let Some(bind) = bind {
                    bind.set(event_target_value(&event));
                }
            }
            on:blur=move |event| {
                if let Some(on_blur) = on_blur {
                    on_blur.run(event_target_value(&event));
                }
            }
        />
    };
    // What the signal says is written into the field, unless it came from there.
    let met = StoredValue::new(false);
    Effect::new(move |_| {
        let (Some(bind), Some(node)) = (bind, node.get()) else { return };
        bind.track();
        // Typed before the program arrived: that counts, and not what the page was drawn with.
        if !met.get_value() && node.value() != node.default_value() {
            bind.set(node.value());
        }
        met.set_value(true);
        if bind.with_untracked(|value| *value != node.value()) {
            node.set_value(&bind.get_untracked());
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>
                <span>{move || label.get()}</span>
                {aside.map(|aside| aside.run())}
            </label>
            {input}
            <div id=hint_id>{move || hint.get().map(|hint| view! { <p class="field__hint">{hint}</p> })}</div>
            {field_error(error_id, error, more)}
        </div>
    }
}

fn field_error(id: String, error: Signal<Option<String>>, more: Option<ViewFn>) -> AnyView {
    match more {
        Some(more) => view! { <FieldError id error more/> }.into_any(),
        None => view! { <FieldError id error/> }.into_any(),
    }
}

/// A password, with an eye to look at it. Never sent back by the server, so it has no `value`.
#[component]
pub fn PasswordField(
    #[prop(into)] name: String,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(default = "current-password")] autocomplete: &'static str,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] more: Option<ViewFn>,
    /// Id of what else describes it: the rules.
    #[prop(optional, into)]
    described_by: Option<String>,
    #[prop(optional)] aside: Option<ViewFn>,
    #[prop(optional)] size: Size,
    /// Between the input and its error: the rules ticking.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = use_words();
    let shown = RwSignal::new(false);
    let node = NodeRef::<leptos::html::Input>::new();
    // Typed before the program arrived.
    Effect::new(move |_| {
        if let (Some(bind), Some(node)) = (bind, node.get())
            && !node.value().is_empty()
        {
            bind.set(node.value());
        }
    });
    let id = id_of(&name, id);
    let error_id = format!("{id}-e");
    let described = described_by.map_or_else(|| error_id.clone(), |other| format!("{error_id} {other}"));
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                <span>{move || label.get()}</span>
                {aside.map(|aside| aside.run())}
            </label>
            <div class="secret">
                <input
                    class="input"
                    node_ref=node
                    data-size=size.word()
                    id=id
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    aria-required="true"
                    aria-describedby=described
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    on:input=move |event| {
                        if let Some(bind) = bind {
                            bind.set(event_target_value(&event));
                        }
                    }
                />
                <button
                    class="icon-button"
                    type="button"
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    aria-label=move || words.with(|w| if shown.get() { w.hide_password.clone() } else { w.show_password.clone() })
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    <Icon name=Glyph::Eye/>
                </button>
            </div>
            {children.map(|children| children())}
            {field_error(error_id, error, more)}
        </div>
    }
}

/// A choice out of a few. `options` are values and the words for them.
#[component]
pub fn Select(
    #[prop(into)] name: String,
    /// Not drawn when `bare`, but always its name.
    #[prop(into)]
    label: Signal<String>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(optional, into)] value: Signal<String>,
    #[prop(optional)] on_change: Option<Callback<String>>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] size: Size,
    #[prop(optional)] bare: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let id = id_of(&name, id);
    let error_id = format!("{id}-e");
    let choose = move |event: ev::Event| {
        if let Some(on_change) = on_change {
            on_change.run(event_target_value(&event));
        }
    };
    let select = view! {
        <span class="select-box">
            <select
                class="select"
                data-size=size.word()
                id=id.clone()
                name=name
                aria-label=move || bare.then(|| label.get())
                aria-describedby=error_id.clone()
                disabled=move || disabled.get()
                prop:value=move || value.get()
                on:change=choose
            >
                {move || {
                    let chosen = value.get();
                    options
                        .get()
                        .into_iter()
                        .map(|(key, text)| {
                            let selected = key == chosen;
                            view! {
                                <option value=key selected=selected>
                                    {text}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
            <Icon name=Glyph::ChevronDown size=Size::Small/>
        </span>
    };
    if bare {
        return select.into_any();
    }
    view! {
        <div class="field">
            <label class="field__label" for=id>
                {move || label.get()}
            </label>
            {select}
            <FieldError id=error_id error/>
        </div>
    }
    .into_any()
}

#[component]
pub fn Textarea(
    #[prop(into)] name: String,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] value: String,
    #[prop(optional)] bind: Option<RwSignal<String>>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(default = 4)] rows: u32,
) -> impl IntoView {
    let id = id_of(&name, id);
    let error_id = format!("{id}-e");
    let start = bind.map_or(value, |bind| bind.get_untracked());
    view! {
        <div class="field">
            <label class="field__label" for=id.clone()>
                {move || label.get()}
            </label>
            <textarea
                class="textarea"
                id=id
                name=name
                rows=rows.to_string()
                aria-describedby=error_id.clone()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            >
                {in_textarea(start)}
            </textarea>
            <FieldError id=error_id error/>
        </div>
    }
}

/// The text of a `<textarea>`. Leptos writes it into the page as it is (`ESCAPE_CHILDREN` of tachys), so that a `</textarea>` in it would
/// end it and the rest would be markup. In the browser it is a text node, which needs no escaping.
pub(crate) fn in_textarea(text: String) -> String {
    if cfg!(target_arch = "wasm32") {
        return text;
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    // The first line end is passed over (HTML §13.2.6.4.7).
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [SEC-06] Nothing that stands in a field is markup of the page.
    #[test]
    fn a_text_cannot_leave_its_field() {
        assert_eq!(in_textarea("</textarea><script>".to_owned()), "&lt;/textarea>&lt;script>");
        assert_eq!(in_textarea("a &lt; b".to_owned()), "a &amp;lt; b", "what was escaped is text as well");
        assert_eq!(in_textarea("\nx".to_owned()), "\n\nx");
    }
}
