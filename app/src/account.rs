//! At the door: registering, logging in, a forgotten password.
//!
//! Every form is a plain form that posts to a server function, so it works before the program is loaded, and without it.
//! A refused form comes back with its faults in the address and what was typed (never a password) in a short-lived cookie.

mod forgot;
mod frame;
mod login;
mod register;
pub mod verbs;

pub use forgot::{Forgot, Reset};
pub use login::Login;
pub use register::Register;

use crate::Fault;
use crate::fault::sentence;
use crate::i18n::use_i18n;
use leptos::prelude::*;

/// What is wrong with a field, out of what the action answered.
fn problem_at<T: Clone + Send + Sync + 'static>(
    answer: impl Fn() -> Option<Result<T, Fault>> + Copy + Send + Sync + 'static,
    field: &'static str,
) -> Signal<Option<String>> {
    let i18n = use_i18n();
    Signal::derive(move || match answer() {
        Some(Err(fault)) => fault.at(field).map(|problem| sentence(problem, i18n.get_locale())),
        _ => None,
    })
}

/// Faults that belong to no field, over the form.
#[component]
fn Refused<F>(fault: F) -> impl IntoView
where
    F: Fn() -> Option<Fault> + Send + Sync + 'static,
{
    let i18n = use_i18n();
    view! {
        <div aria-live="assertive">
            {move || {
                fault()
                    .filter(|fault| !fault.is_invalid())
                    .map(|fault| {
                        view! {
                            <ui::Banner tone=ui::Tone::Danger icon=ui::Glyph::Warn>
                                {fault.sentence(i18n.get_locale())}
                            </ui::Banner>
                        }
                    })
            }}
        </div>
    }
}
