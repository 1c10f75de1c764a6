//! `Synchronisatie`: which contacts come along on a phone, how to set one up, and what was seen of each.

mod choice;
mod devices;
mod guide;
mod qr;
mod two_way;
mod verbs;

use super::Rule;
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::{Fault, PageTitle, format};
use choice::Choice;
use devices::{Devices, Passwords};
use guide::Guide;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::inbox::Entity;
use model::phone_sync::Doubt;
use two_way::TwoWay;
use ui::{Glyph, Icon, SkeletonRows, Switch, use_toasts};
use verbs::{Shown, open_phone_sync, turn_phone_sync_off, turn_phone_sync_on};

/// What every part of the page is handed: what is shown, and how to ask again.
#[derive(Clone, Copy)]
struct Desk {
    shown: RwSignal<Option<Shown>>,
    again: Callback<()>,
}

#[component]
pub(super) fn PhonePage() -> impl IntoView {
    let i18n = use_i18n();
    // A contact may enter the choice, or leave it; and a device may have changed it.
    let changed = use_live(|change| matches!(change.entity, Entity::PhoneSync | Entity::Contact));
    let changed = crate::inbox::calm(changed);
    let found = Resource::new(move || changed.get(), |_| open_phone_sync());
    let shown = RwSignal::new(None::<Shown>);
    let desk = Desk { shown, again: Callback::new(move |()| found.refetch()) };
    view! {
        <PageTitle text=text!(i18n, phones.title)/>
        <header class="settings__head">
            <h1>{t!(i18n, phones.title)}</h1>
            <p>{t!(i18n, phones.intro)}</p>
        </header>
        <Transition fallback=|| view! { <SkeletonRows rows=4/> }>
            {
                // What is drawn changes with whether there is an answer; the parts renew themselves.
                let fault = Memo::new(move |_| {
                    found
                        .get()
                        .map(|now| match now {
                            Ok(now) => {
                                shown.set(Some(now));
                                None
                            }
                            Err(fault) => Some(fault),
                        })
                });
                move || {
                    fault
                        .get()
                        .map(|fault: Option<Fault>| match fault {
                            Some(fault) => view! { <FaultNote fault retry=desk.again/> }.into_any(),
                            None => {
                                view! {
                                    <Power desk/>
                                    <Trouble desk/>
                                    <Parts desk/>
                                }
                                    .into_any()
                            }
                        })
                }
            }
        </Transition>
    }
}

/// What there is to set once it is on.
#[component]
fn Parts(desk: Desk) -> impl IntoView {
    let on = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.sync.on)));
    move || {
        if on.get() {
            view! {
                <Choice desk/>
                <TwoWay desk/>
                <Guide desk/>
                <Passwords desk/>
                <Devices desk/>
            }
            .into_any()
        } else {
            ().into_any()
        }
    }
}

#[component]
fn Power(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let on = Signal::derive(move || desk.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.sync.on)));
    let turn = Callback::new(move |on: bool| {
        busy.set(true);
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            let done = if on { turn_phone_sync_on().await } else { turn_phone_sync_off().await };
            match done {
                Ok(()) if on => toasts.say(td_string!(locale, phones.turned_on)),
                Ok(()) => toasts.say(td_string!(locale, phones.turned_off)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            desk.again.run(());
            _ = busy.try_set(false);
        });
    });
    view! {
        <section class="card settings__card" aria-label=move || t_string!(i18n, phones.switch)>
            <Rule title=text!(i18n, phones.switch) text=text!(i18n, phones.switch_text)>
                <Switch bare=true label=text!(i18n, phones.switch) checked=on disabled=busy on_change=turn/>
            </Rule>
        </section>
    }
}

/// The answer to "my list is empty".
#[component]
fn Trouble(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let said = move || {
        let locale = i18n.get_locale();
        let doubt = desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.doubt.clone()))?;
        Some(match doubt {
            Doubt::Off | Doubt::None => return None,
            Doubt::NothingChosen => td_string!(locale, phones.doubt.nothing).to_owned(),
            Doubt::WrongPassword(at) => td_string!(locale, phones.doubt.wrong_password, when = format::full(at, locale)),
            Doubt::PlainHttp(at) => td_string!(locale, phones.doubt.plain_http, when = format::full(at, locale)),
            Doubt::NeverSeen => td_string!(locale, phones.doubt.never).to_owned(),
            Doubt::NoCards => td_string!(locale, phones.doubt.no_cards).to_owned(),
            Doubt::Quiet(at) => td_string!(locale, phones.doubt.quiet, when = format::full(at, locale)),
        })
    };
    view! {
        <div aria-live="polite">
            {move || {
                said()
                    .map(|said| {
                        view! {
                            <p class="banner phone__doubt" data-tone="warn" data-tall="">
                                <Icon name=Glyph::Info/>
                                <span class="banner__text">{said}</span>
                            </p>
                        }
                    })
            }}
        </div>
    }
}
