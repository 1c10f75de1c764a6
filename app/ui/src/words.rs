//! The few words furniture says by itself, given once by the app in the reader's language.

use leptos::prelude::*;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub close: String,
    pub undo: String,
    pub show_password: String,
    pub hide_password: String,
    pub edit: String,
    pub save: String,
    pub cancel: String,
    pub remove: String,
    pub empty_value: String,
}

/// The words the app provided as `Signal<Words>`; empty ones in a test that provides none.
pub fn use_words() -> Signal<Words> {
    use_context::<Signal<Words>>().unwrap_or_else(|| Signal::stored(Words::default()))
}
