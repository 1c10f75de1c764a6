use super::Desk;
use super::verbs::{add_device_password, remove_device_password};
use crate::format;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::session::use_me;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::phone_sync::{Device, DeviceError, DevicePassword};
use ui::{Button, Field, Glyph, Icon, Kind, Size, use_toasts};

/// A password for each device: shown once, revoked one by one.
#[component]
pub(super) fn Passwords(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let label = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    // The fresh one with its label; gone with the page.
    let fresh = RwSignal::new(None::<(String, String)>);
    let make = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        error.set(None);
        let wanted = label.get_untracked();
        spawn_local(async move {
            match add_device_password(wanted.clone()).await {
                Ok(secret) => {
                    _ = fresh.try_set(Some((wanted.trim().to_owned(), secret)));
                    _ = label.try_set(String::new());
                    desk.again.run(());
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(i18n.get_locale_untracked()))),
            }
        });
    };
    let revoke = Callback::new(move |row: DevicePassword| {
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match remove_device_password(row.id).await {
                Ok(()) => toasts.say(td_string!(locale, phones.passwords.revoked, label = row.label)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            desk.again.run(());
        });
    });
    let rows = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.passwords.clone()).unwrap_or_default()));
    let list = move || {
        let found = rows.get();
        if found.is_empty() {
            return view! { <p class="settings__hint">{t!(i18n, phones.passwords.none)}</p> }.into_any();
        }
        let rows = found
            .into_iter()
            .map(|row| {
                let (name, spoken, made) = (row.label.clone(), row.label.clone(), row.made);
                let when = move || me.with(|me| format::short(made, i18n.get_locale(), me.preferences.date_format));
                view! {
                    <li class="phone__row">
                        <span class="people-row__name">{name}</span>
                        <span class="settings__hint">{move || t_string!(i18n, phones.passwords.made, when = when())}</span>
                        <Button
                            size=Size::Small
                            attr:aria-label=move || t_string!(i18n, phones.passwords.revoke_name, label = spoken.clone())
                            on_click=move |_| revoke.run(row.clone())
                        >
                            {t!(i18n, phones.passwords.revoke)}
                        </Button>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="phone__rows">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card settings__card" aria-labelledby="s-passwords">
            <header class="card__head">
                <h2 id="s-passwords">{t!(i18n, phones.passwords.title)}</h2>
            </header>
            <div class="card__body">
                <p>{t!(i18n, phones.passwords.text)}</p>
                {list}
                <div aria-live="polite">
                    {move || {
                        fresh
                            .get()
                            .map(|(label, secret)| {
                                view! {
                                    <div class="phone__secret">
                                        <p>{move || t_string!(i18n, phones.passwords.shown, label = label.clone())}</p>
                                        <code>{secret}</code>
                                    </div>
                                }
                            })
                    }}
                </div>
                <form class="phone__make" on:submit=make>
                    <Field name="device" label=text!(i18n, phones.passwords.label) bind=label error=error autocomplete="off"/>
                    <Button kind=Kind::Primary submit=true>
                        {t!(i18n, phones.passwords.add)}
                    </Button>
                </form>
            </div>
        </section>
    }
}

/// What was seen of each.
#[component]
pub(super) fn Devices(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let rows = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.devices.clone()).unwrap_or_default()));
    let list = move || {
        let found = rows.get();
        if found.is_empty() {
            return view! { <p class="settings__hint">{t!(i18n, phones.devices.none)}</p> }.into_any();
        }
        let rows = found.into_iter().map(|row| view! { <Row row/> }).collect_view();
        view! { <ul class="phone__rows">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card settings__card" aria-labelledby="s-devices">
            <header class="card__head">
                <h2 id="s-devices">{t!(i18n, phones.devices.title)}</h2>
            </header>
            <div class="card__body">
                <p>{t!(i18n, phones.devices.text)}</p>
                {list}
            </div>
        </section>
    }
}

#[component]
fn Row(row: Device) -> impl IntoView {
    let i18n = use_i18n();
    let Device { family, agent, password, seen, cards, error } = row;
    let seen = move || t_string!(i18n, phones.devices.seen, when = format::full(seen, i18n.get_locale()));
    let cards = move || t_string!(i18n, phones.devices.cards, count = format::count(cards, i18n.get_locale()));
    let with = move || match password.as_deref() {
        None => t_string!(i18n, phones.devices.login).to_owned(),
        Some("") => t_string!(i18n, phones.devices.revoked).to_owned(),
        Some(label) => t_string!(i18n, phones.devices.with, label = label.to_owned()),
    };
    let trouble = move || {
        let locale = i18n.get_locale();
        error.map(|(error, at)| {
            let when = format::full(at, locale);
            match error {
                DeviceError::ReadOnly => td_string!(locale, phones.devices.read_only, when = when),
                DeviceError::OldToken => td_string!(locale, phones.devices.old_token, when = when),
                DeviceError::BadRequest => td_string!(locale, phones.devices.bad_request, when = when),
                DeviceError::Ours => td_string!(locale, phones.devices.ours, when = when),
            }
        })
    };
    view! {
        <li class="phone__device">
            <Icon name=Glyph::Mobile/>
            <div>
                <h3 title=agent>{family}</h3>
                <p>{seen} " · " {cards}</p>
                <p>{with}</p>
                {move || {
                    trouble()
                        .map(|said| {
                            view! {
                                <p class="phone__trouble">
                                    <Icon name=Glyph::Warn/>
                                    <span>{said}</span>
                                </p>
                            }
                        })
                }}
            </div>
        </li>
    }
}
