use super::desk::Desk;
use super::verbs::suggest_recipients;
use crate::i18n::{t_string, use_i18n};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::outgoing::{Recipient, Suggestion, read_recipients};
use ui::{Avatar, Glyph, Icon, Size, keys};

/// A field of recipients: chips, and a place to type the next one. Names are looked for among the contacts; any address will do.
#[component]
pub(super) fn People(
    desk: Desk,
    /// `to`, `cc` or `bcc`.
    field: &'static str,
    list: RwSignal<Vec<Recipient>>,
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] autofocus: bool,
    #[prop(into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(false);
    let found = RwSignal::new(Vec::<Suggestion>::new());
    let at = RwSignal::new(0_usize);
    let input = NodeRef::<html::Input>::new();
    let id = format!("{field}-{}", desk.id);
    let (options_id, error_id) = (format!("{id}-options"), format!("{id}-error"));
    if autofocus {
        Effect::new(move |_| {
            if let Some(input) = input.get()
                && list.with_untracked(Vec::is_empty)
            {
                _ = input.focus();
            }
        });
    }
    let add = move |more: Vec<Recipient>| {
        list.update(|list| {
            for one in more {
                if !list.iter().any(|there| there.key() == one.key()) {
                    list.push(one);
                }
            }
        });
    };
    let clear = move || {
        typed.set(String::new());
        found.set(Vec::new());
        at.set(0);
        wrong.set(false);
    };
    let set_loose = move |loose: bool| {
        if desk.loose.with_untracked(|all| all.contains(field)) != loose {
            desk.loose.update(|all| _ = if loose { all.insert(field) } else { all.remove(field) });
        }
    };
    let pick = move |number: usize| {
        let chosen = found.with_untracked(|found| found.get(number).cloned());
        if let Some(Suggestion { contact, address }) = chosen {
            add(vec![Recipient { name: contact.name, address }]);
            clear();
            set_loose(false);
        }
    };
    // What was typed becomes chips; what is no address stays, to be mended.
    let take = move || {
        let (read, rest) = read_recipients(&typed.get_untracked());
        add(read);
        clear();
        typed.set(rest.join(", "));
        wrong.set(!rest.is_empty());
        set_loose(!rest.is_empty());
    };
    let on_input = move |event: leptos::ev::Event| {
        let words = event_target_value(&event);
        wrong.set(false);
        at.set(0);
        typed.set(words.clone());
        set_loose(false);
        if words.contains([',', ';', '\n']) {
            take();
            return;
        }
        if words.trim().is_empty() {
            found.set(Vec::new());
            return;
        }
        spawn_local(async move {
            let rows = suggest_recipients(words.clone()).await.unwrap_or_default();
            // An answer to what is no longer asked comes too late.
            if typed.try_get_untracked().as_ref() == Some(&words) {
                let there = list.with_untracked(|list| list.iter().map(Recipient::key).collect::<Vec<_>>());
                found.set(rows.into_iter().filter(|row| !there.contains(&model::fold::email_key(&row.address))).collect());
            }
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => take(),
        "Enter" | "Tab" if !typed.with_untracked(|typed| typed.trim().is_empty()) => {
            event.prevent_default();
            // A whole address is meant as it is.
            let whole = model::fold::is_email_address(typed.get_untracked().trim());
            if whole || found.with_untracked(Vec::is_empty) { take() } else { pick(at.get_untracked()) }
        }
        "Enter" => event.prevent_default(),
        "Escape" if !found.with_untracked(Vec::is_empty) => {
            event.stop_propagation();
            event.prevent_default();
            found.set(Vec::new());
        }
        "Backspace" if typed.with_untracked(String::is_empty) => list.update(|list| _ = list.pop()),
        key @ ("ArrowDown" | "ArrowUp") => {
            if let Some(to) = keys::step(key, at.get_untracked(), found.with_untracked(Vec::len)) {
                event.prevent_default();
                at.set(to);
            }
        }
        _ => {}
    };
    let chip = move |one: Recipient| {
        let Recipient { name, address } = one.clone();
        let shown = if name.is_empty() { address.clone() } else { name.clone() };
        let cross = t_string!(i18n, compose.people.remove, name = shown.clone());
        let remove = move |_| list.update(|list| list.retain(|other| *other != one));
        view! {
            <span class="chip" title=address>
                {(!name.is_empty()).then(|| view! { <Avatar name=name.clone() size=Size::Mini/> })} <span class="chip__text">{shown}</span>
                <button class="chip__remove" type="button" aria-label=cross on:click=remove>
                    <Icon name=Glyph::Close/>
                </button>
            </span>
        }
    };
    let option_id = id.clone();
    let option = move |(number, one): (usize, Suggestion)| {
        view! {
            <li
                class="picker__option"
                role="option"
                id=format!("{option_id}-{number}")
                aria-selected=move || if at.get() == number { "true" } else { "false" }
                // Before the field loses the caret, and takes what was typed for an address.
                on:mousedown=move |event| {
                    event.prevent_default();
                    pick(number);
                }
            >
                <Avatar name=one.contact.name.clone() size=Size::Small/>
                <span class="picker__name">{one.contact.name}</span>
                <small>{one.address}</small>
            </li>
        }
    };
    let open = move || found.with(|found| !found.is_empty());
    let options = {
        let options_id = options_id.clone();
        move || {
            let (option, options_id) = (option.clone(), options_id.clone());
            open().then(|| {
                view! {
                    <ul class="compose__suggestions picker__options" role="listbox" id=options_id aria-label=move || label.get()>
                        {found.get().into_iter().enumerate().map(option).collect_view()}
                    </ul>
                }
            })
        }
    };
    let problem = move || if wrong.get() { Some(t_string!(i18n, compose.people.wrong).to_owned()) } else { error.get() };
    let active = id.clone();
    view! {
        <div class="compose__chips">
            {move || list.get().into_iter().map(chip).collect_view()}
            <input
                class="compose__input"
                id=id
                type="text"
                inputmode="email"
                role="combobox"
                aria-expanded=move || open().to_string()
                aria-controls=options_id
                aria-autocomplete="list"
                aria-activedescendant=move || open().then(|| format!("{active}-{}", at.get()))
                aria-label=move || label.get()
                aria-invalid=move || problem().is_some().then_some("true")
                aria-describedby=error_id.clone()
                autocomplete="off"
                spellcheck="false"
                node_ref=input
                prop:value=move || typed.get()
                on:input=on_input
                on:keydown=on_key
                on:blur=move |_| take()
            />
            {options}
            <div class="compose__wrong" id=error_id aria-live="polite">
                {move || problem().map(|text| view! { <p class="field__error">{text}</p> })}
            </div>
        </div>
    }
}
