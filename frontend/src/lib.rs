//! The browser's door: takes over the page the server drew.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    // Before the router sets its own: a verb that redirects (log in, log out) changes who is looking, so the page starts afresh.
    app::redirect_by_loading();
    leptos::mount::hydrate_body(app::App);
    // For those who wait until the page answers: the journeys, and the bench.
    if let Some(html) = leptos::prelude::document().document_element() {
        _ = html.set_attribute("data-ready", "");
    }
}
