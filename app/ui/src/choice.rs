use leptos::prelude::*;

/// On or off, at once. `name` makes it part of a form.
#[component]
pub fn Switch(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] checked: Signal<bool>,
    #[prop(optional)] on_change: Option<Callback<bool>>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// The label is read aloud only: it stands elsewhere already.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let input = view! {
        <input
            class="switch"
            type="checkbox"
            role="switch"
            name=name
            value="true"
            aria-label=move || bare.then(|| label.get())
            checked=checked.get_untracked()
            prop:checked=move || checked.get()
            disabled=move || disabled.get()
            on:change=move |event| {
                if let Some(on_change) = on_change {
                    on_change.run(event_target_checked(&event));
                }
            }
        />
    };
    if bare { input.into_any() } else { view! { <label class="choice">{input} <span>{move || label.get()}</span></label> }.into_any() }
}

#[component]
pub fn Checkbox(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] checked: Signal<bool>,
    #[prop(optional)] on_change: Option<Callback<bool>>,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] bare: bool,
) -> impl IntoView {
    let input = view! {
        <input
            class="checkbox"
            type="checkbox"
            name=name
            value="true"
            aria-label=move || bare.then(|| label.get())
            checked=checked.get_untracked()
            prop:checked=move || checked.get()
            disabled=move || disabled.get()
            on:change=move |event| {
                if let Some(on_change) = on_change {
                    on_change.run(event_target_checked(&event));
                }
            }
        />
    };
    if bare { input.into_any() } else { view! { <label class="choice">{input} <span>{move || label.get()}</span></label> }.into_any() }
}

/// A few ways to look at the same thing: one is pressed.
#[component]
pub fn Segmented(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] options: Signal<Vec<(String, String)>>,
    #[prop(into)] current: Signal<String>,
    on_pick: Callback<String>,
) -> impl IntoView {
    view! {
        <div class="segmented" role="group" aria-label=move || label.get()>
            {move || {
                options
                    .get()
                    .into_iter()
                    .map(|(key, text)| {
                        let (mine, pick) = (key.clone(), key);
                        view! {
                            <button
                                class="segmented__option"
                                type="button"
                                aria-pressed=move || if current.with(|now| *now == mine) { "true" } else { "false" }
                                on:click=move |_| on_pick.run(pick.clone())
                            >
                                {text}
                            </button>
                        }
                    })
                    .collect_view()
            }}
        </div>
    }
}
