use crate::{FieldError, Glyph, Icon, Size, use_words};
use leptos::prelude::*;

/// A labelled value that is edited where it stands: Enter or click opens it, Enter saves, Esc restores.
///
/// The room saves in `on_save`, then bumps `saved` (the value flashes) or sets `error` (the field opens again).
#[component]
pub fn Inline(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<String>,
    on_save: Callback<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] saved: Signal<u32>,
    #[prop(optional, into)] kind: Option<&'static str>,
    #[prop(optional)] multiline: bool,
    /// No pencil: the reader may not change it.
    #[prop(optional, into)]
    locked: Signal<bool>,
    /// How the value is shown when it is more than text: a link to call, to mail.
    #[prop(optional)]
    show: Option<ViewFn>,
) -> impl IntoView {
    let words = use_words();
    let editing = RwSignal::new(false);
    let draft = RwSignal::new(String::new());
    let flash = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    let area = NodeRef::<leptos::html::Textarea>::new();
    let pencil = NodeRef::<leptos::html::Button>::new();

    let open = move || {
        if !locked.get_untracked() {
            draft.set(value.get_untracked());
            editing.set(true);
        }
    };
    let leave = move |back: bool| {
        editing.set(false);
        if back {
            request_animation_frame(move || {
                if let Some(pencil) = pencil.get_untracked() {
                    _ = pencil.focus();
                }
            });
        }
    };
    let save = move |back: bool| {
        if !editing.get_untracked() {
            return;
        }
        let typed = draft.get_untracked();
        leave(back);
        if typed != value.get_untracked() {
            on_save.run(typed);
        }
    };
    Effect::new(move |_| {
        if !editing.get() {
            return;
        }
        if let Some(input) = input.get() {
            _ = input.focus();
            input.select();
        }
        if let Some(area) = area.get() {
            _ = area.focus();
        }
    });
    // A refused value is not lost: it comes back as it was typed.
    Effect::new(move |_| {
        if error.with(Option::is_some) {
            editing.set(true);
        }
    });
    Effect::new(move |before: Option<u32>| {
        let now = saved.get();
        if before.is_some_and(|before| before != now) {
            flash.set(true);
            set_timeout(move || _ = flash.try_set(false), std::time::Duration::from_millis(600));
        }
        now
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !multiline || event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            save(true);
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            leave(true);
        }
        _ => {}
    };
    let editor = move || {
        if multiline {
            view! {
                <textarea
                    class="textarea"
                    node_ref=area
                    aria-label=move || label.get()
                    prop:value=move || draft.get()
                    on:input=move |event| draft.set(event_target_value(&event))
                    on:keydown=on_key
                    on:blur=move |_| save(false)
                ></textarea>
            }
            .into_any()
        } else {
            view! {
                <input
                    class="input"
                    type=kind.unwrap_or("text")
                    node_ref=input
                    aria-label=move || label.get()
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    prop:value=move || draft.get()
                    on:input=move |event| draft.set(event_target_value(&event))
                    on:keydown=on_key
                    on:blur=move |_| save(false)
                />
            }
            .into_any()
        }
    };
    let shown = move || {
        let text = value.get();
        let body = match (&show, text.is_empty()) {
            (Some(show), false) => show.run(),
            (None, false) => text.into_any(),
            (_, true) => words.with(|w| w.empty_value.clone()).into_any(),
        };
        view! {
            <span class="value__text" on:dblclick=move |_| open()>
                {body}
            </span>
            <Show when=move || !locked.get()>
                <button
                    class="icon-button value__pencil"
                    data-size="tiny"
                    type="button"
                    node_ref=pencil
                    aria-label=move || words.with(|w| format!("{}: {}", w.edit, label.get()))
                    on:click=move |_| open()
                >
                    <Icon name=Glyph::Edit size=Size::Small/>
                </button>
            </Show>
        }
    };
    view! {
        <div
            class="value"
            data-empty=move || value.with(String::is_empty).then_some("")
            data-saved=move || flash.get().then_some("")
            data-editing=move || editing.get().then_some("")
        >
            <span class="value__label">{move || label.get()}</span>
            {move || if editing.get() { editor() } else { shown().into_any() }}
            <FieldError id="" error/>
        </div>
    }
}
