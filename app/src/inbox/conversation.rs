//! The messages that belong together, oldest above: the one that is read stands open, each of the others is a line
//! until it is wanted.

use super::desk::Desk;
use super::message::Letter;
use super::verbs::{mark_read, merge_conversations, move_back, open_conversation, open_message, split_conversation};
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::session::use_me;
use crate::{Fault, format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::MessageId;
use model::inbox::{ChangeKind, Conversation, Entity, MessageRow, MessageView, MovedMessages};
use ui::{Avatar, Glyph, Icon, Shape, Size, Toasts, use_toasts};
use wasm_bindgen::JsCast;

/// So many lines stand above the open message before those between the first and the last few are one line together.
const ABOVE: usize = 8;
const LAST: usize = 3;

#[component]
pub(super) fn Stream(view: MessageView) -> impl IntoView {
    let i18n = use_i18n();
    let id = view.row.id;
    let talk = RwSignal::new(None::<Conversation>);
    let all = RwSignal::new(false);
    let ask = move || {
        spawn_local(async move {
            if let Ok(found) = open_conversation(id).await {
                _ = talk.try_set(Some(found));
            }
        });
    };
    // An answer came, or one of these was read, moved or deleted.
    let changed = live::use_live(move |change| {
        change.entity == Entity::Message
            && (change.kind == ChangeKind::Added
                || talk.try_with_untracked(|talk| talk.as_ref().is_some_and(|talk| talk.messages.iter().any(|row| row.id.0 == change.id)))
                    == Some(true))
    });
    Effect::new(move |_| {
        changed.track();
        ask();
    });
    ui::keys::on_key(move |key| matches!(key, "[" | "]") && walk(key == "]"));
    let toasts = use_toasts();
    let split = Callback::new(move |id: MessageId| split_off(id, toasts, i18n.get_locale_untracked(), Callback::new(move |()| ask())));
    let rows = move |later: bool| {
        talk.with(|talk| {
            let messages = talk.as_ref().map_or(&[][..], |talk| &talk.messages[..]);
            let at = messages.iter().position(|row| row.id == id);
            match (at, later) {
                (Some(at), false) => messages[..at].to_vec(),
                (Some(at), true) => messages[at + 1..].to_vec(),
                (None, _) => Vec::new(),
            }
        })
    };
    let hidden = move || rows(false).len().checked_sub(LAST + 1).filter(|_| !all.get() && rows(false).len() > ABOVE);
    let first = move || if hidden().is_some() { rows(false).into_iter().take(1).collect() } else { rows(false) };
    let last = move || hidden().map(|count| rows(false).into_iter().skip(1 + count).collect::<Vec<_>>()).unwrap_or_default();
    let between = move || {
        hidden().map(|count| {
            view! {
                <li>
                    <button class="letter__between" type="button" on:click=move |_| all.set(true)>
                        {t_string!(i18n, inbox.talk.between, count = count)}
                    </button>
                </li>
            }
        })
    };
    let left_out = move || {
        let count = talk.with(|talk| talk.as_ref().map_or(0, |talk| talk.left_out));
        (count > 0).then(|| view! { <li class="letter__more">{t_string!(i18n, inbox.talk.left_out, count = count)}</li> })
    };
    let can_split = Callback::new(move |id: MessageId| {
        talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.mine && talk.messages.first().is_some_and(|row| row.id != id)))
    });
    view! {
        <ol class="conversation__stream">
            {left_out}
            <For each=first key=|row| row.id let:row>
                <Card row can_split split/>
            </For>
            {between}
            <For each=last key=|row| row.id let:row>
                <Card row can_split split/>
            </For>
            <li class="letter" tabindex="-1" data-open="">
                <Letter view can_split split/>
            </li>
            <For each=move || rows(true) key=|row| row.id let:row>
                <Card row can_split split/>
            </For>
        </ol>
    }
}

/// One of the others: a line, and the letter itself once it is asked for.
#[component]
fn Card(row: MessageRow, can_split: Callback<MessageId, bool>, split: Callback<MessageId>) -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let id = row.id;
    let open = RwSignal::new(false);
    let letter = RwSignal::new(None::<MessageView>);
    let toggle = move |_| {
        let wanted = !open.get_untracked();
        if !wanted || letter.with_untracked(Option::is_some) {
            open.set(wanted);
            return;
        }
        spawn_local(async move {
            match open_message(id).await {
                Ok(view) => {
                    if !view.row.read {
                        _ = mark_read(vec![id], true).await;
                    }
                    _ = letter.try_set(Some(view));
                    _ = open.try_set(true);
                }
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    };
    let name = if row.who.name.trim().is_empty() { row.who.address.clone() } else { row.who.name.clone() };
    let outgoing = row.outgoing;
    let shown = name.clone();
    let from = move || if outgoing { t_string!(i18n, inbox.row.to, name = shown.clone()) } else { shown.clone() };
    let at = row.at;
    let body = move || open.get().then(|| letter.get().map(|view| view! { <Letter view can_split split/> }));
    view! {
        <li class="letter" data-folded=move || (!open.get()).to_string() data-unread=(!row.read).then_some("")>
            <button class="letter__fold" type="button" aria-expanded=move || open.get().to_string() on:click=toggle>
                <Avatar name=name shape=Shape::Person size=Size::Mini/>
                <span class="letter__from">{from}</span>
                <span class="letter__snippet">{row.snippet.clone()}</span>
                {row.attachments.then(|| view! { <Icon name=Glyph::Clip size=Size::Small/> })}
                <time datetime=format::machine(at) title=move || format::full(at, i18n.get_locale())>
                    {move || format::short(at, i18n.get_locale(), me.with(|me| me.preferences.date_format))}
                </time>
            </button>
            {body}
        </li>
    }
}

/// The offer under the addresses of a letter.
#[component]
pub(super) fn SplitOffer(id: MessageId, can_split: Callback<MessageId, bool>, split: Callback<MessageId>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        can_split.run(id).then(|| {
            view! {
                <button class="link-button" type="button" on:click=move |_| split.run(id)>
                    {t!(i18n, inbox.talk.split)}
                </button>
            }
        })
    }
}

fn split_off(id: MessageId, toasts: Toasts, locale: Locale, refresh: Callback<()>) {
    spawn_local(async move {
        match split_conversation(id).await {
            Ok(moved) => {
                let back = Callback::new(move |()| undo(vec![moved.clone()], toasts, locale, refresh));
                toasts.undo(td_string!(locale, inbox.talk.was_split).to_owned(), back);
                _ = refresh.try_run(());
            }
            Err(fault) => toasts.say(fault.sentence(locale)),
        }
    });
}

/// Makes one conversation of those that these messages stand in.
pub(super) fn merge(desk: Desk, ids: Vec<MessageId>) {
    let (toasts, locale) = (desk.toasts, desk.i18n.get_locale_untracked());
    let refresh = Callback::new(move |()| desk.refresh());
    spawn_local(async move {
        match merge_conversations(ids).await {
            Ok(moved) if moved.is_empty() => toasts.say(td_string!(locale, inbox.talk.is_merged).to_owned()),
            Ok(moved) => {
                let back = Callback::new(move |()| undo(moved.clone(), toasts, locale, refresh));
                toasts.undo(td_string!(locale, inbox.talk.was_merged).to_owned(), back);
                desk.tick_none();
            }
            Err(fault) => toasts.say(fault.sentence(locale)),
        }
    });
}

fn undo(moved: Vec<MovedMessages>, toasts: Toasts, locale: Locale, refresh: Callback<()>) {
    spawn_local(async move {
        let done: Result<(), Fault> = move_back(moved).await;
        match done {
            Ok(()) => _ = refresh.try_run(()),
            Err(fault) => toasts.say(fault.sentence(locale)),
        }
    });
}

/// The next card of the conversation, or the one before. `false`: there is none.
fn walk(forward: bool) -> bool {
    let Ok(cards) = document().query_selector_all(".conversation__stream > .letter") else { return false };
    let active = document().active_element();
    let at = (0..cards.length()).find(|at| {
        let card = cards.item(*at);
        match &active {
            Some(active) if active.closest(".conversation__stream").ok().flatten().is_some() => {
                card.is_some_and(|card| card.contains(Some(active.as_ref())))
            }
            _ => card.and_then(|card| card.dyn_into::<web_sys::Element>().ok()).is_some_and(|card| card.has_attribute("data-open")),
        }
    });
    let to = match (at, forward) {
        (Some(at), true) => at + 1,
        (Some(at), false) if at > 0 => at - 1,
        _ => return false,
    };
    let Some(card) = cards.item(to).and_then(|card| card.dyn_into::<web_sys::Element>().ok()) else { return false };
    let target = card.query_selector(".letter__fold").ok().flatten().unwrap_or(card);
    target.dyn_ref::<web_sys::HtmlElement>().is_some_and(|target| target.focus().is_ok())
}
