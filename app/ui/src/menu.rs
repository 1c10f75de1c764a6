//! Menus are native popovers: the browser closes them on Escape and on a click elsewhere, and gives focus back.
//! They open by their button, by right click and by long press.

use crate::{Click, Glyph, Icon, keys};
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

const LONG_PRESS: Duration = Duration::from_millis(500);

/// A menu that a row can open at the pointer: `on:contextmenu=move |e| menu.open_at(&e)`.
#[derive(Clone, Copy)]
pub struct MenuHandle {
    node: NodeRef<leptos::html::Div>,
    press: StoredValue<Option<TimeoutHandle>>,
}

pub fn use_menu() -> MenuHandle {
    MenuHandle { node: NodeRef::new(), press: StoredValue::new(None) }
}

impl MenuHandle {
    /// At the pointer; takes the place of the browser's own menu.
    pub fn open_at(self, event: &leptos::ev::MouseEvent) {
        event.prevent_default();
        self.show(f64::from(event.client_x()), f64::from(event.client_y()));
    }

    /// Starts a long press: for `on:pointerdown`. A mouse has a right button already.
    pub fn press(self, event: &leptos::ev::PointerEvent) {
        if event.pointer_type() == "mouse" {
            return;
        }
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let handle = set_timeout_with_handle(move || self.show(x, y), LONG_PRESS).ok();
        self.press.set_value(handle);
    }

    /// Ends it: for `on:pointerup`, `on:pointermove` and `on:pointercancel`.
    pub fn release(self) {
        if let Some(handle) = self.press.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }

    pub fn close(self) {
        if let Some(node) = self.node.get_untracked() {
            _ = node.hide_popover();
        }
    }

    fn show(self, x: f64, y: f64) {
        let Some(node) = self.node.get_untracked() else { return };
        let node: &web_sys::HtmlElement = node.unchecked_ref();
        if node.show_popover().is_err() {
            return;
        }
        place(node, x, y);
        focus_item(node, 0);
    }
}

/// Inside the window, whatever the corner it was asked for in.
fn place(node: &web_sys::HtmlElement, x: f64, y: f64) {
    let size = node.get_bounding_client_rect();
    let room = |length: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| length.ok().and_then(|value| value.as_f64()).unwrap_or(800.0);
    let (width, height) = (room(window().inner_width()), room(window().inner_height()));
    let x = x.min(width - size.width() - 8.0).max(8.0);
    let y = y.min(height - size.height() - 8.0).max(8.0);
    let style = node.style();
    _ = style.set_property("left", &format!("{x}px"));
    _ = style.set_property("top", &format!("{y}px"));
}

fn items(node: &web_sys::HtmlElement) -> Vec<web_sys::HtmlElement> {
    let Ok(found) = node.query_selector_all(".menu__item:not(:disabled)") else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)).filter_map(|node| node.dyn_into().ok()).collect()
}

fn focus_item(node: &web_sys::HtmlElement, at: usize) {
    if let Some(item) = items(node).get(at) {
        _ = item.focus();
    }
}

/// A button with a menu under it. `id` must be unique in the document: it makes the menu open without the program too.
/// `trigger` replaces the three dots. Its items are [`MenuItem`]s.
#[component]
pub fn Menu(
    #[prop(into)] id: String,
    #[prop(into)] label: Signal<String>,
    #[prop(default = Glyph::More)] icon: Glyph,
    #[prop(optional)] trigger: Option<ViewFn>,
    /// The button's class; an icon button by default.
    #[prop(default = "icon-button")]
    class: &'static str,
    /// Shared with rows that open the same menu by right click or long press.
    #[prop(optional)]
    handle: Option<MenuHandle>,
    children: Children,
) -> impl IntoView {
    let handle = handle.unwrap_or_else(use_menu);
    let button = NodeRef::<leptos::html::Button>::new();
    let under_button = move |_| {
        let (Some(button), Some(node)) = (button.get_untracked(), handle.node.get_untracked()) else { return };
        let rect = button.get_bounding_client_rect();
        let node: &web_sys::HtmlElement = node.unchecked_ref();
        // The browser toggles after this handler; placing waits until it has a size.
        let node = node.clone();
        request_animation_frame(move || {
            let width = node.get_bounding_client_rect().width();
            let at_end = rect.left() + width > window().inner_width().ok().and_then(|w| w.as_f64()).unwrap_or(800.0);
            place(&node, if at_end { rect.right() - width } else { rect.left() }, rect.bottom() + 4.0);
            focus_item(&node, 0);
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let Some(node) = handle.node.get_untracked() else { return };
        let node: &web_sys::HtmlElement = node.unchecked_ref();
        let all = items(node);
        let focused = document().active_element();
        let at = all.iter().position(|item| focused.as_ref() == Some(item.as_ref())).unwrap_or(0);
        if let Some(to) = keys::step(&event.key(), at, all.len()) {
            event.prevent_default();
            focus_item(node, to);
        }
    };
    view! {
        <button
            class=class
            type="button"
            node_ref=button
            popovertarget=id.clone()
            aria-haspopup="menu"
            aria-label=move || label.get()
            title=move || label.get()
            on:click=under_button
        >
            {match trigger {
                Some(trigger) => trigger.run(),
                None => view! { <Icon name=icon/> }.into_any(),
            }}
        </button>
        <div
            class="menu menu--floating"
            id=id
            role="menu"
            popover="auto"
            aria-label=move || label.get()
            node_ref=handle.node
            on:keydown=on_key
            on:click=move |_| handle.close()
        >
            {children()}
        </div>
    }
}

/// One line of a menu: a button (`on_click`), or a link with `href`.
#[component]
pub fn MenuItem(
    #[prop(optional, into)] icon: Option<Glyph>,
    #[prop(optional, into)] href: Option<String>,
    #[prop(optional)] danger: bool,
    #[prop(optional)] submit: bool,
    /// The key that does the same.
    #[prop(optional, into)]
    key: Option<&'static str>,
    /// For one of a few: shows which is on.
    #[prop(optional, into)]
    checked: MaybeProp<bool>,
    #[prop(optional, into)] on_click: Click,
    children: Children,
) -> impl IntoView {
    let inside = view! {
        {icon.map(|name| view! { <Icon name/> })}
        {children()}
        {move || checked.get().unwrap_or_default().then(|| view! { <span class="menu__end"><Icon name=Glyph::Check size=crate::Size::Small/></span> })}
        {key.map(|key| view! { <kbd class="key">{key}</kbd> })}
    };
    let tone = danger.then_some("danger");
    let role = move || if checked.get().is_some() { "menuitemradio" } else { "menuitem" };
    let checked_word = move || checked.get().map(|on| if on { "true" } else { "false" });
    match href {
        Some(href) => {
            view! { <a class="menu__item" role=role href=href data-tone=tone on:click=on_click.handler()>{inside}</a> }.into_any()
        }
        None => view! {
            <button
                class="menu__item"
                role=role
                type=if submit { "submit" } else { "button" }
                aria-checked=checked_word
                data-tone=tone
                on:click=on_click.handler()
            >
                {inside}
            </button>
        }
        .into_any(),
    }
}
