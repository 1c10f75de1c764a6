use super::words::field_label;
use crate::i18n::{Locale, t_string, use_i18n};
use crate::tongue::language;
use leptos::html;
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use model::fold::fold;
use model::merge::{MergeField, MergeList};
use model::registration::Language;
use ui::{Glyph, Icon, Size, keys};

/// What the editor makes a field of when it is typed or pasted by one of its names.
pub(crate) fn known_fields(i18n: I18nContext<Locale>) -> Signal<Vec<ui::MergeField>> {
    Signal::derive(move || {
        let language = language(i18n.get_locale());
        let names = |field: MergeField| [Language::Nl, Language::En].map(|language| field.name(language).to_owned()).to_vec();
        MergeField::all()
            .map(|field| ui::MergeField { key: field.key().to_owned(), label: field.name(language).to_owned(), also: names(field) })
            .collect()
    })
}

/// A drop-down of fields: type to find one, walk with the arrows, Enter puts it in.
#[component]
pub(super) fn Fields(
    list: MergeList,
    id: &'static str,
    #[prop(into)] label: Signal<String>,
    on_pick: Callback<MergeField>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (typed, at) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let menu = NodeRef::<html::Div>::new();
    let input = NodeRef::<html::Input>::new();
    let button = NodeRef::<html::Button>::new();
    let shown = Memo::new(move |_| {
        let (locale, words) = (i18n.get_locale(), fold(&typed.get()));
        let fits = |field: &MergeField| {
            let text = fold(&format!("{} {}", field_label(*field, locale), field.name(language(locale))));
            words.split(' ').all(|word| text.contains(word))
        };
        MergeField::in_list(list).filter(fits).collect::<Vec<_>>()
    });
    let pick = move |field: MergeField| {
        if let Some(menu) = menu.get_untracked() {
            _ = menu.hide_popover();
        }
        on_pick.run(field);
    };
    let opened = move |_| {
        typed.set(String::new());
        at.set(0);
        request_animation_frame(move || {
            let (Some(menu), Some(button)) = (menu.get_untracked(), button.get_untracked()) else { return };
            let under = button.get_bounding_client_rect();
            let width = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(800.0);
            let left = under.left().min(width - menu.get_bounding_client_rect().width() - 8.0).max(8.0);
            let style = web_sys::HtmlElement::style(&menu);
            _ = style.set_property("left", &format!("{left}px"));
            _ = style.set_property("top", &format!("{}px", under.bottom() + 4.0));
            if let Some(input) = input.get_untracked() {
                _ = input.focus();
            }
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            if let Some(field) = shown.with_untracked(|shown| shown.get(at.get_untracked()).copied()) {
                pick(field);
            }
        }
        key @ ("ArrowDown" | "ArrowUp") => {
            event.prevent_default();
            if let Some(to) = keys::step(key, at.get_untracked(), shown.with_untracked(Vec::len)) {
                at.set(to);
            }
        }
        _ => {}
    };
    let option = move |(number, field): (usize, MergeField)| {
        view! {
            <li
                class="picker__option"
                role="option"
                id=format!("{id}-{number}")
                aria-selected=move || if at.get() == number { "true" } else { "false" }
                on:click=move |_| pick(field)
            >
                <span class="picker__name">{move || field_label(field, i18n.get_locale())}</span>
                <small>{move || field.caption(language(i18n.get_locale()))}</small>
            </li>
        }
    };
    let options = format!("{id}-options");
    view! {
        <button class="button" type="button" node_ref=button popovertarget=id aria-haspopup="listbox" on:click=opened>
            <Icon name=Glyph::Merge/>
            {move || label.get()}
            <Icon name=Glyph::ChevronDown size=Size::Small/>
        </button>
        <div class="menu merge-fields" popover="auto" id=id node_ref=menu>
            <div class="picker">
                <input
                    class="input"
                    type="search"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls=options.clone()
                    aria-autocomplete="list"
                    aria-activedescendant=move || format!("{id}-{}", at.get())
                    aria-label=move || t_string!(i18n, templates.edit.find_field)
                    placeholder=move || t_string!(i18n, templates.edit.find_field)
                    autocomplete="off"
                    node_ref=input
                    prop:value=move || typed.get()
                    on:input=move |event| {
                        at.set(0);
                        typed.set(event_target_value(&event));
                    }
                    on:keydown=on_key
                />
                <ul class="picker__options" role="listbox" id=options aria-label=move || label.get()>
                    {move || shown.get().into_iter().enumerate().map(option).collect_view()}
                </ul>
            </div>
        </div>
    }
}
