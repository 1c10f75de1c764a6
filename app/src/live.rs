//! What changes elsewhere appears here: one stream of ledger entries per page, to which rooms listen.
//!
//! An entry names what changed and carries no data; the room asks again for what it shows.

use leptos::prelude::*;
use model::inbox::LiveChange;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A burst of entries (a mailbox coming in) makes one question, not hundreds.
const GATHER: Duration = Duration::from_millis(150);

type Listener = Arc<dyn Fn(&LiveChange) -> bool + Send + Sync>;

struct Listening {
    wants: Listener,
    bump: RwSignal<u32>,
    /// A bump is on its way.
    waiting: StoredValue<bool>,
}

/// The stream of this page.
#[derive(Clone, Copy)]
pub struct Live {
    listeners: StoredValue<Arc<Mutex<Vec<Listening>>>>,
    connected: RwSignal<bool>,
}

/// Grows by one, at most every 150 ms, whenever something happened that `wants` to be known.
/// Read it in the source of a resource, and the resource asks again:
///
/// `Resource::new(move || (id.get(), live.get()), |(id, _)| open_contact(id))`
///
/// On the server, and outside the shell, it stays 0.
pub fn use_live(wants: impl Fn(&LiveChange) -> bool + Send + Sync + 'static) -> Signal<u32> {
    let bump = RwSignal::new(0);
    if let Some(live) = use_context::<Live>() {
        let entry = Listening { wants: Arc::new(wants), bump, waiting: StoredValue::new(false) };
        with(live, |all| all.push(entry));
        on_cleanup(move || with(live, |all| all.retain(|entry| entry.bump != bump)));
    }
    bump.into()
}

/// Is the stream open? Read for the dot in the top strip and the strip that says Offline.
pub fn use_connected() -> Signal<bool> {
    use_context::<Live>().map_or_else(|| Signal::stored(true), |live| live.connected.into())
}

fn with(live: Live, act: impl FnOnce(&mut Vec<Listening>)) {
    // The page may be going away: then there is nobody left to tell.
    if let Some(listeners) = live.listeners.try_get_value() {
        act(&mut listeners.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Opens the stream, once, for everything under the caller.
pub fn provide_live() -> Live {
    let live = Live { listeners: StoredValue::new(Arc::default()), connected: RwSignal::new(true) };
    provide_context(live);
    Effect::new(move |_| listen(live));
    live
}

/// Tells every listener about one entry; also for what this page itself did.
pub fn tell(live: Live, change: &LiveChange) {
    with(live, |all| {
        for entry in all.iter().filter(|entry| (entry.wants)(change)) {
            bump(entry);
        }
    });
}

/// Makes the listener ask again, soon.
fn bump(entry: &Listening) {
    let (bump, waiting) = (entry.bump, entry.waiting);
    if waiting.try_get_value() != Some(false) {
        return;
    }
    waiting.set_value(true);
    set_timeout(
        move || {
            _ = waiting.try_set_value(false);
            _ = bump.try_update(|count| *count = count.wrapping_add(1));
        },
        GATHER,
    );
}

#[cfg(not(target_arch = "wasm32"))]
fn listen(_: Live) {}

/// The browser reconnects by itself and says with `Last-Event-ID` where it was.
#[cfg(target_arch = "wasm32")]
fn listen(live: Live) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    /// How long a stream may be away before the page says so: a reload of the server is not worth a word.
    const PATIENCE: Duration = Duration::from_secs(3);

    let Ok(source) = web_sys::EventSource::new("/live") else { return };
    let on_change = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        let change = event.data().as_string().and_then(|text| serde_json::from_str::<LiveChange>(&text).ok());
        if let Some(change) = change {
            tell(live, &change);
        }
    });
    let on_open = Closure::<dyn Fn()>::new(move || {
        _ = live.connected.try_set(true);
        // What was committed after the page was drawn and before the stream was open is told by nobody: ask once.
        with(live, |all| all.iter().for_each(bump));
    });
    let watched = source.clone();
    let on_error = Closure::<dyn Fn()>::new(move || {
        let watched = watched.clone();
        set_timeout(
            move || {
                if watched.ready_state() != web_sys::EventSource::OPEN {
                    _ = live.connected.try_set(false);
                }
            },
            PATIENCE,
        );
    });
    _ = source.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
    source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let offline = window_event_listener_untyped("offline", move |_| _ = live.connected.try_set(false));
    // Kept until the shell goes away.
    let kept = StoredValue::new_local((source, on_change, on_open, on_error));
    on_cleanup(move || {
        offline.remove();
        kept.try_with_value(|(source, ..)| source.close());
    });
}
