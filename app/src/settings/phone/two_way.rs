use super::Desk;
use super::verbs::{pick_for_phone, set_two_way};
use crate::format;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::settings::Rule;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::phone_sync::{Deed, Pick, Written};
use ui::{Button, Size, Switch, use_toasts};

/// Whether what is changed on a device comes back; and what did.
#[component]
pub(super) fn TwoWay(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let on = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.sync.two_way)));
    let may = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.sync.may_write)));
    let turn = Callback::new(move |on: bool| {
        busy.set(true);
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match set_two_way(on).await {
                Ok(()) if on => toasts.say(td_string!(locale, phones.two_way.turned_on)),
                Ok(()) => toasts.say(td_string!(locale, phones.two_way.turned_off)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            desk.again.run(());
            _ = busy.try_set(false);
        });
    });
    let told = move || {
        if may.get() { t_string!(i18n, phones.two_way.switch_text) } else { t_string!(i18n, phones.two_way.denied) }
    };
    let rows = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.written.clone()).unwrap_or_default()));
    view! {
        <section class="card settings__card" aria-labelledby="s-two-way">
            <header class="card__head">
                <h2 id="s-two-way">{t!(i18n, phones.two_way.title)}</h2>
            </header>
            <Rule title=text!(i18n, phones.two_way.switch) text=Signal::derive(move || told().to_owned())>
                <Switch
                    bare=true
                    label=text!(i18n, phones.two_way.switch)
                    checked=on
                    disabled=Signal::derive(move || busy.get() || !(may.get() || on.get()))
                    on_change=turn
                />
            </Rule>
            <div class="card__body phone__two-way">
                <p>{t!(i18n, phones.two_way.comes)}</p>
                <p>{t!(i18n, phones.two_way.never)}</p>
                <Show when=move || on.get()>
                    <p>{t!(i18n, phones.two_way.again)}</p>
                </Show>
                <Show when=move || !rows.with(Vec::is_empty)>
                    <h3>{t!(i18n, phones.two_way.written)}</h3>
                    <ul class="phone__rows">{move || rows.get().into_iter().map(|row| view! { <Row row desk/> }).collect_view()}</ul>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Row(row: Written, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let Written { contact, deed, at, family, password, hidden } = row;
    let device = match password.filter(|label| !label.is_empty()) {
        Some(label) => format!("{family} ({label})"),
        None => family,
    };
    let said = move || {
        let locale = i18n.get_locale();
        let (device, when) = (device.clone(), format::full(at, locale));
        match deed {
            Deed::Added => td_string!(locale, phones.two_way.added, device = device, when = when),
            Deed::Changed => td_string!(locale, phones.two_way.changed, device = device, when = when),
            Deed::Hidden => td_string!(locale, phones.two_way.hidden, device = device, when = when),
        }
    };
    let (id, name) = (contact.id, contact.name);
    let (shown, spoken) = (name.clone(), name.clone());
    let back = Callback::new(move |()| {
        let name = name.clone();
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match pick_for_phone(id, Pick::Chosen).await {
                Ok(()) => toasts.say(td_string!(locale, phones.two_way.brought_back, name = name)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            desk.again.run(());
        });
    });
    let button = (hidden && deed == Deed::Hidden).then(|| {
        view! {
            <Button
                size=Size::Small
                attr:aria-label=move || t_string!(i18n, phones.two_way.back_name, name = spoken.clone())
                on_click=move |_| back.run(())
            >
                {t!(i18n, phones.two_way.back)}
            </Button>
        }
    });
    view! {
        <li class="phone__row">
            <a class="people-row__name" href=format!("/contacts/{id}")>
                {shown}
            </a>
            <span class="settings__hint">{said}</span>
            {button}
        </li>
    }
}
