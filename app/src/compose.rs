//! Writing: letters in a dock over every room, or each in a window of its own, those begun and not sent, and what became of those that were.

mod alone;
mod answers;
mod book;
mod choices;
mod desk;
mod dispatch;
mod drafts;
mod files;
mod internal;
mod people;
mod sheet;
pub mod verbs;
mod warn;

pub(crate) use alone::Alone;
pub(crate) use answers::Answers;
pub(crate) use choices::TemplateItems;
pub(crate) use dispatch::{DispatchNote, reason};
pub(crate) use drafts::DraftList;
pub(crate) use sheet::Dock;

use crate::Fault;
use crate::i18n::{Locale, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_i18n::I18nContext;
use model::outgoing::Action;
use model::{ContactId, DraftId, MessageId, TemplateId};
use ui::{Toasts, use_toasts};
use verbs::{begin_answer, begin_letter, take_back};

/// What a letter begins from.
#[derive(Clone, Debug)]
pub(crate) enum Begin {
    /// From nothing, or for a contact; with the template that new letters have where none is named.
    Letter {
        contact: Option<ContactId>,
        address: Option<String>,
        template: Option<TemplateId>,
    },
    Answer {
        message: MessageId,
        action: Action,
    },
}

impl Begin {
    pub(crate) fn letter() -> Self {
        Self::Letter { contact: None, address: None, template: None }
    }

    pub(crate) fn answer(message: MessageId, action: Action) -> Self {
        Self::Answer { message, action }
    }
}

/// Where a window that sends tells the others: it closes, and whoever wrote takes the letter back in one of those.
const SENT: &str = "spindle-sent";

/// How a letter ended that has a window of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Sent,
    Later,
    Kept,
    Discarded,
    /// There never was one.
    Missing,
}

/// The letters that are open. Copied into closures: only handles.
#[derive(Clone, Copy)]
pub(crate) struct Compose {
    open: RwSignal<Vec<DraftId>>,
    /// The one that is not folded up.
    front: RwSignal<Option<DraftId>>,
    /// The page is a letter, and nothing else.
    alone: bool,
    /// Of the letter that was open last.
    became: RwSignal<Option<Became>>,
    /// What other windows told last.
    heard: StoredValue<Option<String>>,
    toasts: Toasts,
    i18n: I18nContext<Locale>,
}

/// Once, for everything under the caller.
pub(crate) fn provide_compose() {
    let compose = Compose::new(false);
    provide_context(compose);
    Effect::new(move |_| {
        // What another window writes there is told to this one.
        let heard = window_event_listener_untyped("storage", move |_| compose.hear());
        compose.heard.set_value(told());
        on_cleanup(move || heard.remove());
    });
}

/// The same, for a page that is a letter.
pub(crate) fn provide_alone() {
    provide_context(Compose::new(true));
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn told() -> Option<String> {
    storage()?.get_item(SENT).ok().flatten()
}

pub(crate) fn use_compose() -> Compose {
    expect_context::<Compose>()
}

impl Compose {
    fn new(alone: bool) -> Self {
        Self {
            open: RwSignal::new(Vec::new()),
            front: RwSignal::new(None),
            alone,
            became: RwSignal::new(None),
            heard: StoredValue::new(None),
            toasts: use_toasts(),
            i18n: use_i18n(),
        }
    }

    pub(crate) fn begin(self, begin: Begin) {
        spawn_local(async move {
            let begun = match begin {
                Begin::Letter { contact, address, template } => begin_letter(contact, address, template).await,
                Begin::Answer { message, action } => begin_answer(message, action).await,
            };
            match begun {
                Ok(id) => self.show(id),
                Err(fault) => self.toasts.say(fault.sentence(self.i18n.get_locale_untracked())),
            }
        });
    }

    /// Opens a draft, or brings it to the front.
    pub(crate) fn show(self, id: DraftId) {
        self.open.update(|open| {
            if !open.contains(&id) {
                open.push(id);
            }
        });
        self.front.set(Some(id));
        self.became.set(None);
    }

    /// It has gone, or waits to go, and can be taken back for a while.
    fn sent(self, message: MessageId, later: bool) {
        let back = Callback::new(move |()| {
            spawn_local(async move {
                match take_back(message).await {
                    Ok(draft) => self.show(draft),
                    Err(Fault::Conflict | Fault::NotFound) => self.toasts.say(untrack(|| t_string!(self.i18n, compose.said.gone))),
                    Err(fault) => self.toasts.say(fault.sentence(self.i18n.get_locale_untracked())),
                }
            });
        });
        let locale = self.i18n.get_locale_untracked();
        let said = if later { td_string!(locale, compose.said.later) } else { td_string!(locale, compose.said.sent) };
        self.toasts.undo(said, back);
    }

    /// [`Self::sent`], in the windows that stay.
    fn tell_sent(message: MessageId, later: bool) {
        if let Some(storage) = storage() {
            _ = storage.set_item(SENT, &format!("{message}{}", if later { " later" } else { "" }));
        }
    }

    fn hear(self) {
        let told = told();
        if self.heard.try_get_value().is_none_or(|heard| heard == told) {
            return;
        }
        self.heard.set_value(told.clone());
        let Some(told) = told else { return };
        let (message, later) = told.strip_suffix(" later").map_or((told.as_str(), false), |message| (message, true));
        if let Ok(message) = message.parse() {
            self.sent(message, later);
        }
    }

    fn fold(self) {
        self.front.set(None);
    }

    /// `became` first: a window of its own goes as soon as its letter has.
    fn close(self, id: DraftId, became: Became) {
        self.became.set(Some(became));
        self.open.update(|open| open.retain(|other| *other != id));
        if self.front.get_untracked() == Some(id) {
            self.front.set(None);
        }
    }
}
