//! Keys: single letters that work anywhere but in a field, and the arrows inside a row or list.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Where an arrow key leads from `at` in a row of `len`.
pub fn step(key: &str, at: usize, len: usize) -> Option<usize> {
    let last = len.checked_sub(1)?;
    match key {
        "ArrowRight" | "ArrowDown" => Some(if at >= last { 0 } else { at + 1 }),
        "ArrowLeft" | "ArrowUp" => Some(if at == 0 { last } else { at - 1 }),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// Somebody types in a field, or a dialog or menu is open: letters are not commands now.
pub fn is_typing() -> bool {
    let open = document().query_selector("dialog[open], [popover]:popover-open").ok().flatten().is_some();
    let Some(active) = document().active_element() else { return open };
    let field = matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT" | "IFRAME")
        && !matches!(active.get_attribute("type").as_deref(), Some("checkbox" | "radio" | "button"));
    let editable = active.dyn_ref::<web_sys::HtmlElement>().is_some_and(web_sys::HtmlElement::is_content_editable);
    open || field || editable
}

/// Calls `run` with every key pressed outside fields and without Ctrl, Alt or Cmd, as long as the calling component lives.
/// Return whether the key was meant for you: then nothing else happens with it.
pub fn on_key(run: impl Fn(&str) -> bool + 'static) {
    if cfg!(not(target_arch = "wasm32")) {
        return;
    }
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() || is_typing() {
            return;
        }
        if run(&event.key()) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn arrows_go_round() {
        assert_eq!(step("ArrowRight", 2, 3), Some(0));
        assert_eq!(step("ArrowLeft", 0, 3), Some(2));
        assert_eq!(step("End", 0, 3), Some(2));
        assert_eq!(step("x", 0, 3), None);
        assert_eq!(step("Home", 0, 0), None);
    }
}
