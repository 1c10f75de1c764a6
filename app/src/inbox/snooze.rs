//! Putting messages off: until when.

use super::desk::Desk;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use model::Day;
use model::work::{Act, Snooze};
use ui::{Button, Dialog, Glyph, Icon, Kind};

#[component]
pub(super) fn SnoozeDialog(desk: Desk, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let snooze = Callback::new(move |until: Snooze| _ = desk.act_on_meant(Act::Snooze(until)));
    view! { <WhenDialog open id="snooze-day" title=text!(i18n, inbox.snooze.title) on_pick=snooze/> }
}

/// A moment to come: a few that are likely, or any day.
#[component]
pub(crate) fn WhenDialog(
    open: RwSignal<bool>,
    /// Of the field for the day: unique in the document.
    #[prop(into)]
    id: String,
    #[prop(into)] title: Signal<String>,
    on_pick: Callback<Snooze>,
) -> impl IntoView {
    let i18n = use_i18n();
    let date = RwSignal::new(String::new());
    let wrong = RwSignal::new(false);
    let snooze = move |until: Snooze| {
        open.set(false);
        on_pick.run(until);
    };
    let choice = move |until: Snooze, words: Signal<String>, when: Signal<String>| {
        view! {
            <li>
                <button class="snooze__choice" type="button" on:click=move |_| snooze(until)>
                    <Icon name=Glyph::Clock/>
                    <span>{move || words.get()}</span>
                    <small>{move || when.get()}</small>
                </button>
            </li>
        }
    };
    let on_day = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match date.get_untracked().parse::<Day>() {
            Ok(day) => snooze(Snooze::On(day)),
            Err(_) => wrong.set(true),
        }
    };
    view! {
        <Dialog open title>
            <div class="snooze">
                <ul class="snooze__choices">
                    {choice(Snooze::Later, text!(i18n, inbox.snooze.later), text!(i18n, inbox.snooze.later_when))}
                    {choice(Snooze::Tomorrow, text!(i18n, inbox.snooze.tomorrow), text!(i18n, inbox.snooze.morning))}
                    {choice(Snooze::NextWeek, text!(i18n, inbox.snooze.next_week), text!(i18n, inbox.snooze.morning))}
                </ul>
                <form class="snooze__day" on:submit=on_day>
                    <label class="field__label" for=id.clone()>
                        {t!(i18n, inbox.snooze.day)}
                    </label>
                    <input
                        class="input"
                        id=id
                        type="date"
                        aria-invalid=move || wrong.get().then_some("true")
                        prop:value=move || date.get()
                        on:input=move |event| {
                            wrong.set(false);
                            date.set(event_target_value(&event));
                        }
                    />
                    <Button kind=Kind::Primary submit=true>
                        {t!(i18n, inbox.act.snooze)}
                    </Button>
                    <p class="field__error" role="alert">
                        {move || wrong.get().then(|| t_string!(i18n, inbox.snooze.which_day))}
                    </p>
                </form>
            </div>
        </Dialog>
    }
}
