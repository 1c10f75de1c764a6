use super::verbs::find_contacts;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ContactId;
use model::contact::{ContactKind, ContactRef};
use ui::{Avatar, Dialog, Shape, Size, keys};

/// The popup that links a message: type, walk with the arrows, Enter.
#[component]
pub(crate) fn Picker(
    open: RwSignal<bool>,
    /// Those that need no link any more.
    #[prop(into)]
    linked: Signal<Vec<ContactId>>,
    on_pick: Callback<ContactRef>,
    /// What it is for, where that is not linking.
    #[prop(optional, into)]
    title: Option<Signal<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let input = NodeRef::<leptos::html::Input>::new();
    let shown = RwSignal::new(Vec::<ContactRef>::new());
    // What the rows shown are the answer to.
    let answered = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let (words, open) = (typed.get(), open.get());
        if !open {
            return;
        }
        spawn_local(async move {
            let rows = find_contacts(words.clone()).await.unwrap_or_default();
            // An answer to what is no longer asked comes too late.
            if typed.try_get_untracked().as_ref() == Some(&words) {
                at.set(0);
                shown.set(rows);
                answered.set(Some(words));
            }
        });
    });
    Effect::new(move |_| {
        if open.get() {
            typed.set(String::new());
            request_animation_frame(move || {
                if let Some(input) = input.get_untracked() {
                    _ = input.focus();
                }
            });
        }
    });
    let pick = move |at: usize| {
        let chosen = shown.with_untracked(|rows| rows.get(at).cloned());
        if let Some(contact) = chosen.filter(|contact| !linked.with_untracked(|linked| linked.contains(&contact.id))) {
            open.set(false);
            on_pick.run(contact);
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            pick(at.get_untracked());
        }
        key @ ("ArrowDown" | "ArrowUp") => {
            event.prevent_default();
            if let Some(to) = keys::step(key, at.get_untracked(), shown.with_untracked(Vec::len)) {
                at.set(to);
            }
        }
        _ => {}
    };
    let option = move |(number, contact): (usize, ContactRef)| {
        let shape = if contact.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
        let id = contact.id;
        let already = move || linked.with(|linked| linked.contains(&id));
        view! {
            <li
                class="picker__option"
                role="option"
                id=format!("picker-{number}")
                aria-selected=move || if at.get() == number { "true" } else { "false" }
                aria-disabled=move || already().then_some("true")
                on:click=move |_| pick(number)
            >
                <Avatar name=contact.name.clone() shape size=Size::Small/>
                <span class="picker__name">{contact.name}</span>
                {move || already().then(|| view! { <small>{t!(i18n, inbox.picker.linked)}</small> })}
            </li>
        }
    };
    let nothing = move || {
        let words = typed.get();
        let none = shown.with(Vec::is_empty) && !words.trim().is_empty() && answered.with(|answered| answered.as_ref() == Some(&words));
        none.then(|| view! { <p class="picker__nothing">{t_string!(i18n, inbox.picker.nothing, typed = words).to_string()}</p> })
    };
    view! {
        <Dialog open title=title.unwrap_or_else(|| text!(i18n, inbox.picker.title))>
            <div class="picker">
                <input
                    class="input"
                    type="search"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="picker-options"
                    aria-autocomplete="list"
                    aria-activedescendant=move || format!("picker-{}", at.get())
                    aria-label=move || t_string!(i18n, inbox.picker.search)
                    placeholder=move || t_string!(i18n, inbox.picker.hint)
                    autocomplete="off"
                    node_ref=input
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                    on:keydown=on_key
                />
                <ul class="picker__options" role="listbox" id="picker-options" aria-label=move || t_string!(i18n, inbox.picker.results)>
                    {move || shown.get().into_iter().enumerate().map(option).collect_view()}
                </ul>
                <div aria-live="polite">{nothing}</div>
            </div>
        </Dialog>
    }
}
