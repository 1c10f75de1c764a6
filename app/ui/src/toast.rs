//! What the program says in passing, with ten seconds to take it back.

use crate::use_words;
use leptos::prelude::*;
use std::time::Duration;

const UNDO_SECONDS: u32 = 10;
const SAY_SECONDS: u32 = 5;

#[derive(Clone)]
struct Toast {
    id: u32,
    text: String,
    undo: Option<Callback<()>>,
    left: RwSignal<u32>,
}

/// The toasts of the page. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    last: StoredValue<u32>,
}

impl Toasts {
    fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), last: StoredValue::new(0) }
    }

    /// Says something that needs no answer.
    pub fn say(self, text: impl Into<String>) {
        self.push(text.into(), None, SAY_SECONDS);
    }

    /// Says what happened and offers to take it back for ten seconds.
    pub fn undo(self, text: impl Into<String>, undo: Callback<()>) {
        self.push(text.into(), Some(undo), UNDO_SECONDS);
    }

    /// Takes back the newest thing that can be: the key `z`. False when there is none.
    pub fn undo_last(self) -> bool {
        let newest = self.shown.with_untracked(|shown| shown.iter().rev().find_map(|toast| toast.undo.map(|undo| (toast.id, undo))));
        let Some((id, undo)) = newest else { return false };
        self.remove(id);
        undo.run(());
        true
    }

    fn push(self, text: String, undo: Option<Callback<()>>, seconds: u32) {
        let id = self.last.try_update_value(|last| {
            *last += 1;
            *last
        });
        let Some(id) = id else { return };
        let left = RwSignal::new(seconds);
        self.shown.update(|shown| {
            shown.push(Toast { id, text, undo, left });
            // Three at most: the oldest has been read.
            if shown.len() > 3 {
                shown.remove(0);
            }
        });
        self.tick(id, left);
    }

    fn tick(self, id: u32, left: RwSignal<u32>) {
        set_timeout(
            move || {
                let Some(now) = left.try_get_untracked() else { return };
                if now <= 1 {
                    self.remove(id);
                } else {
                    left.set(now - 1);
                    self.tick(id, left);
                }
            },
            Duration::from_secs(1),
        );
    }

    fn remove(self, id: u32) {
        // The page may be gone by the time the last second has passed.
        _ = self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// The page's toasts; provides them where nobody did.
pub fn use_toasts() -> Toasts {
    use_context().unwrap_or_else(|| {
        let toasts = Toasts::new();
        provide_context(toasts);
        toasts
    })
}

/// Where they appear; once per page.
#[component]
pub fn ToastPlace() -> impl IntoView {
    let toasts = use_toasts();
    let words = use_words();
    view! {
        <div class="toast-place" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <div class="toast">
                    <span>{toast.text}</span>
                    {toast
                        .undo
                        .map(|undo| {
                            view! {
                                <span class="toast__time" aria-hidden="true">
                                    {move || format!("{} s", toast.left.get())}
                                </span>
                                <button
                                    class="toast__action"
                                    type="button"
                                    on:click=move |_| {
                                        toasts.remove(toast.id);
                                        undo.run(());
                                    }
                                >
                                    {move || words.with(|w| w.undo.clone())}
                                </button>
                            }
                        })}
                </div>
            </For>
        </div>
    }
}
