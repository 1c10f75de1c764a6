//! Files on their way to the server, and names in addresses.

use crate::Fault;
use leptos::prelude::window;
use model::{Invalid, Problem};
use wasm_bindgen::JsCast;

/// The bytes as they are: a form would be read into memory twice. `place` is the address that takes them; the name is added to it. `most`: the bytes it takes at all.
pub(crate) async fn upload(place: &str, file: &web_sys::File, most: i64) -> Result<(), Fault> {
    let too_big = || Fault::Invalid(vec![Invalid::new("file", Problem::TooBig(u16::try_from(most >> 20).unwrap_or(u16::MAX)))]);
    #[expect(clippy::cast_precision_loss, reason = "the browser counts bytes in floating point")]
    if file.size() > most as f64 {
        return Err(too_big());
    }
    let name = encoded(&file.name());
    let request = web_sys::RequestInit::new();
    request.set_method("POST");
    request.set_body(file);
    let sent = window().fetch_with_str_and_init(&format!("{place}/{name}"), &request);
    let response: web_sys::Response = sent.await.map_err(|_| Fault::Offline)?.unchecked_into();
    match response.status() {
        200..300 => Ok(()),
        401 => Err(Fault::SignIn),
        403 => Err(Fault::Denied),
        404 => Err(Fault::NotFound),
        413 | 422 => Err(too_big()),
        _ => Err(Fault::Offline),
    }
}

/// The files that are let go of over something.
pub(crate) fn dropped(event: &web_sys::DragEvent) -> Option<web_sys::FileList> {
    let part = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    part(&part(event.as_ref(), "dataTransfer")?, "files")?.dyn_into().ok()
}

/// One part of an address (RFC 3986 §2.3): everything but unreserved characters.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
