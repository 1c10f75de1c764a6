use super::Desk;
use super::verbs::{choose_for_phone, pick_for_phone};
use crate::contacts::verbs::suggest_contacts;
use crate::contacts::words::type_name;
use crate::format;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::settings::Rule;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::ContactRef;
use model::phone_sync::{MANY_CARDS, Pick, SyncChoice};
use ui::{Button, Checkbox, Chip, Field, Glyph, Icon, Size, Switch, use_toasts};

/// Which contacts come along: saved at once, with a way back.
#[component]
pub(super) fn Choice(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let choice = Signal::derive(move || desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.choice.clone()).unwrap_or_default()));
    let save = use_save(desk);
    let edit = move |edit: fn(&mut SyncChoice, bool)| {
        Callback::new(move |on: bool| {
            let mut next = choice.get_untracked();
            edit(&mut next, on);
            save.run(next);
        })
    };
    let types = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.types.clone()).unwrap_or_default()));
    let tags = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.tags.clone()).unwrap_or_default()));
    let type_boxes = move || {
        types.get().into_iter().map(|kind| {
            let id = kind.id;
            let toggle = Callback::new(move |on: bool| {
                let mut next = choice.get_untracked();
                next.types.retain(|other| *other != id);
                next.types.extend(on.then_some(id));
                save.run(next);
            });
            let label = Signal::derive(move || type_name(&kind, i18n.get_locale()));
            view! { <Checkbox label checked=Signal::derive(move || choice.with(|choice| choice.types.contains(&id))) on_change=toggle/> }
        }).collect_view()
    };
    let tag_boxes = move || {
        tags.get().into_iter().map(|used| {
            let (id, name) = (used.tag.id, used.tag.name);
            let toggle = Callback::new(move |on: bool| {
                let mut next = choice.get_untracked();
                next.tags.retain(|other| *other != id);
                next.tags.extend(on.then_some(id));
                save.run(next);
            });
            view! { <Checkbox label=name checked=Signal::derive(move || choice.with(|choice| choice.tags.contains(&id))) on_change=toggle/> }
        }).collect_view()
    };
    view! {
        <section class="card settings__card" aria-labelledby="s-choice">
            <header class="card__head">
                <h2 id="s-choice">{t!(i18n, phones.choice.title)}</h2>
            </header>
            <Rule title=text!(i18n, phones.choice.everyone) text=text!(i18n, phones.choice.everyone_text)>
                <Switch
                    bare=true
                    label=text!(i18n, phones.choice.everyone)
                    checked=Signal::derive(move || choice.with(|choice| choice.everyone))
                    on_change=edit(|next, on| next.everyone = on)
                />
            </Rule>
            <Rule title=text!(i18n, phones.choice.mine) text=text!(i18n, phones.choice.mine_text)>
                <Switch
                    bare=true
                    label=text!(i18n, phones.choice.mine)
                    checked=Signal::derive(move || choice.with(|choice| choice.mine))
                    on_change=edit(|next, on| next.mine = on)
                />
            </Rule>
            <fieldset class="phone__boxes">
                <legend>{t!(i18n, phones.choice.types)}</legend>
                {type_boxes}
            </fieldset>
            <Show when=move || !tags.with(Vec::is_empty)>
                <fieldset class="phone__boxes">
                    <legend>{t!(i18n, phones.choice.tags)}</legend>
                    {tag_boxes}
                </fieldset>
            </Show>
            <ByHand desk/>
            <Count desk/>
        </section>
    }
}

#[component]
fn Count(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let count = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.sync.count)));
    let said = move || match count.get() {
        1 => t_string!(i18n, phones.choice.count_one).to_owned(),
        many => t_string!(i18n, phones.choice.count, count = format::count(many, i18n.get_locale())),
    };
    let many = move || {
        (count.get() > MANY_CARDS).then(|| t_string!(i18n, phones.choice.many, limit = format::count(MANY_CARDS, i18n.get_locale())))
    };
    view! {
        <p class="phone__count" role="status" data-tone=move || (count.get() > MANY_CARDS).then_some("warn")>
            <Icon name=Glyph::People/>
            <strong>{said}</strong>
            <span>{many}</span>
        </p>
    }
}

/// What is said of single contacts.
#[component]
fn ByHand(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let typed = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::<ContactRef>::new());
    Effect::new(move |_| {
        let asked = typed.get();
        if asked.trim().is_empty() {
            found.set(Vec::new());
            return;
        }
        spawn_local(async move {
            let people = suggest_contacts(asked.clone(), false).await.unwrap_or_default();
            // Only the answer to what stands there now counts.
            if typed.try_get_untracked() == Some(asked) {
                _ = found.try_set(people);
            }
        });
    });
    let pick = Callback::new(move |(contact, pick): (ContactRef, Pick)| {
        spawn_local(async move {
            match pick_for_phone(contact.id, pick).await {
                Ok(()) => {
                    desk.again.run(());
                    _ = typed.try_set(String::new());
                }
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    });
    let rows = move || {
        let people = found.get();
        if people.is_empty() {
            return (!typed.with(|typed| typed.trim().is_empty()))
                .then(|| view! { <p class="settings__hint">{t!(i18n, phones.choice.nobody)}</p> }.into_any());
        }
        let rows = people
            .into_iter()
            .map(|contact| {
                let (on, off) = (contact.clone(), contact.clone());
                let (add, hide) = (contact.name.clone(), contact.name.clone());
                view! {
                    <li class="phone__found">
                        <span class="people-row__name">{contact.name}</span>
                        <Button
                            size=Size::Small
                            attr:aria-label=move || t_string!(i18n, phones.choice.add_name, name = add.clone())
                            on_click=move |_| pick.run((on.clone(), Pick::Chosen))
                        >
                            {t!(i18n, phones.choice.add)}
                        </Button>
                        <Button
                            size=Size::Small
                            attr:aria-label=move || t_string!(i18n, phones.choice.hide_name, name = hide.clone())
                            on_click=move |_| pick.run((off.clone(), Pick::Hidden))
                        >
                            {t!(i18n, phones.choice.hide)}
                        </Button>
                    </li>
                }
            })
            .collect_view();
        Some(view! { <ul class="people">{rows}</ul> }.into_any())
    };
    let chips = move |people: Vec<ContactRef>| {
        people
            .into_iter()
            .map(|contact| {
                let (name, label) = (contact.name.clone(), contact.name.clone());
                let forget = Callback::new(move |()| pick.run((contact.clone(), Pick::Unsaid)));
                view! {
                    <Chip
                        remove_label=Signal::derive(move || t_string!(i18n, phones.choice.forget, name = label.clone()))
                        on_remove=forget
                    >
                        {name}
                    </Chip>
                }
            })
            .collect_view()
    };
    let chosen = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.chosen.clone()).unwrap_or_default()));
    let hidden = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.hidden.clone()).unwrap_or_default()));
    view! {
        <div class="phone__by-hand">
            <h3>{t!(i18n, phones.choice.by_hand)}</h3>
            <p>{t!(i18n, phones.choice.by_hand_text)}</p>
            <Field name="phone_contact" label=text!(i18n, phones.choice.search) bind=typed autocomplete="off"/>
            {rows}
            <Show when=move || !chosen.with(Vec::is_empty)>
                <div class="phone__picks">
                    <span class="settings__hint">{t!(i18n, phones.choice.added)}</span>
                    {move || chips(chosen.get())}
                </div>
            </Show>
            <Show when=move || !hidden.with(Vec::is_empty)>
                <div class="phone__picks">
                    <span class="settings__hint">{t!(i18n, phones.choice.hidden)}</span>
                    {move || chips(hidden.get())}
                </div>
            </Show>
        </div>
    }
}

/// Saves, shows it at once, and offers to put back what was.
fn use_save(desk: Desk) -> Callback<SyncChoice> {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let show = move |choice: SyncChoice| {
        desk.shown.update(|shown| {
            if let Some(shown) = shown {
                shown.sync.choice = choice;
            }
        });
    };
    Callback::new(move |next: SyncChoice| {
        show(next.clone());
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match choose_for_phone(next).await {
                Ok(before) => {
                    let undo = Callback::new(move |()| {
                        let before = before.clone();
                        spawn_local(async move {
                            match choose_for_phone(before).await {
                                Ok(_) => toasts.say(td_string!(locale, phones.choice.undone)),
                                Err(fault) => toasts.say(fault.sentence(locale)),
                            }
                            desk.again.run(());
                        });
                    });
                    toasts.undo(td_string!(locale, phones.choice.saved), undo);
                }
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            desk.again.run(());
        });
    })
}
