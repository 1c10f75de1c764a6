//! What `Ongedaan maken` does after a save that answered what was in force before.

use crate::Fault;
use crate::i18n::{t_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use ui::use_toasts;

/// Saves what was, shows it, and says so.
pub(super) fn use_put_back<T, F>(
    change: impl Fn(T) -> F + Copy + Send + Sync + 'static,
    show: impl Fn(T) + Copy + Send + Sync + 'static,
) -> impl Fn(T) + Copy + Send + Sync + 'static
where
    T: Clone + 'static,
    F: Future<Output = Result<T, Fault>> + 'static,
{
    let (i18n, toasts) = (use_i18n(), use_toasts());
    move |before: T| {
        spawn_local(async move {
            match change(before.clone()).await {
                Ok(_) => {
                    show(before);
                    toasts.say(untrack(|| t_string!(i18n, settings.crm.undone)));
                }
                Err(refused) => toasts.say(refused.sentence(i18n.get_locale_untracked())),
            }
        });
    }
}
