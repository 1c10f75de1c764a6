//! What colleagues say to each other about a message.

use super::verbs::{add_note, list_notes, remove_note};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::{Fault, format, live};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::MessageId;
use model::inbox::Entity;
use model::work::Note;
use ui::{Avatar, Button, Glyph, Icon, IconButton, Size, use_toasts};

/// Where the key `n` leads.
pub(super) const FIELD: &str = "new-note";

/// The notes on a message, and a line to add one.
#[component]
pub(super) fn Notes(id: MessageId) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let changed = live::use_live(move |change| change.entity == Entity::Message && change.id == id.0);
    // Asked by the browser alone: what is drawn under a `Suspense` may be drawn twice on the server.
    let notes = RwSignal::new(None::<Result<Vec<Note>, Fault>>);
    let ask = move || {
        spawn_local(async move {
            let found = list_notes(id).await;
            _ = notes.try_set(Some(found));
        });
    };
    Effect::new(move |_| {
        changed.track();
        ask();
    });
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let field = NodeRef::<html::Textarea>::new();
    let add = move || {
        let text = typed.get_untracked();
        if text.trim().is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let added = add_note(id, text).await;
            _ = busy.try_set(false);
            match added {
                Ok(note) => {
                    _ = typed.try_set(String::new());
                    ask();
                    let undo = Callback::new(move |()| {
                        spawn_local(async move {
                            _ = remove_note(note).await;
                            ask();
                        });
                    });
                    toasts.undo(untrack(|| t_string!(i18n, inbox.notes.added)), undo);
                }
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            add();
        }
        "Escape" => {
            // Only the line is left, not the message as well.
            event.prevent_default();
            if let Some(field) = field.get_untracked() {
                _ = field.blur();
            }
        }
        _ => {}
    };
    let remove = move |note: Note| {
        spawn_local(async move {
            match remove_note(note.id).await {
                Ok(()) => {
                    ask();
                    let undo = Callback::new(move |()| {
                        let text = note.text.clone();
                        spawn_local(async move {
                            _ = add_note(id, text).await;
                            ask();
                        });
                    });
                    toasts.undo(untrack(|| t_string!(i18n, inbox.notes.removed)), undo);
                }
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    };
    let card = move |note: Note| {
        let at = note.at;
        let mine = note.mine.then(|| {
            let note = note.clone();
            view! { <IconButton name=Glyph::Close size=Size::Tiny label=text!(i18n, inbox.notes.remove) on_click=move |_| remove(note.clone())/> }
        });
        view! {
            <li class="letter" data-kind="comment">
                <div class="letter__head">
                    <Avatar name=note.author.clone() size=Size::Small/>
                    <div class="letter__people">
                        <span class="letter__from">{note.author.clone()}</span>
                        <span class="letter__to">
                            <Icon name=Glyph::Lock size=Size::Small/>
                            {t!(i18n, inbox.notes.private_)}
                        </span>
                    </div>
                    <time datetime=format::machine(at)>{move || format!("{}, {}", format::day(at, i18n.get_locale()), format::time(at))}</time>
                    {mine}
                </div>
                <div class="letter__body note__text">{note.text}</div>
            </li>
        }
    };
    let cards = move || {
        notes.get().map(|found| match found {
            Ok(found) => found.into_iter().map(card).collect_view().into_any(),
            Err(fault) => view! { <li><FaultNote fault retry=Callback::new(move |()| ask())/></li> }.into_any(),
        })
    };
    view! {
        <section class="notes" aria-label=move || t_string!(i18n, inbox.notes.name)>
            <ol class="conversation__stream">
                {cards}
            </ol>
            <form
                class="notes__new"
                on:submit=move |event| {
                    event.prevent_default();
                    add();
                }
            >
                <textarea
                    class="textarea"
                    id=FIELD
                    rows="1"
                    node_ref=field
                    aria-label=move || t_string!(i18n, inbox.notes.add)
                    placeholder=move || t_string!(i18n, inbox.notes.hint)
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                    on:keydown=on_key
                ></textarea>
                <Show when=move || typed.with(|typed| !typed.trim().is_empty())>
                    <Button size=Size::Small submit=true disabled=Signal::derive(move || busy.get())>
                        {t!(i18n, inbox.notes.save)}
                    </Button>
                </Show>
            </form>
        </section>
    }
}

/// To the line where a note is typed.
pub(super) fn focus_note() -> bool {
    use wasm_bindgen::JsCast;
    let field = document().get_element_by_id(FIELD).and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok());
    field.is_some_and(|field| field.focus().is_ok())
}
