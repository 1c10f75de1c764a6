//! Writing: letters in a dock over every room, those begun and not sent, and what became of those that were.

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

pub(crate) use answers::Answers;
pub(crate) use choices::TemplateItems;
pub(crate) use dispatch::DispatchNote;
pub(crate) use drafts::DraftList;
pub(crate) use sheet::Dock;

use crate::i18n::{Locale, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_i18n::I18nContext;
use model::outgoing::Action;
use model::{ContactId, DraftId, MessageId, TemplateId};
use ui::{Toasts, use_toasts};
use verbs::{begin_answer, begin_letter};

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

/// The letters that are open. Copied into closures: only handles.
#[derive(Clone, Copy)]
pub(crate) struct Compose {
    open: RwSignal<Vec<DraftId>>,
    /// The one that is not folded up.
    front: RwSignal<Option<DraftId>>,
    toasts: Toasts,
    i18n: I18nContext<Locale>,
}

/// Once, for everything under the caller.
pub(crate) fn provide_compose() {
    let compose = Compose { open: RwSignal::new(Vec::new()), front: RwSignal::new(None), toasts: use_toasts(), i18n: use_i18n() };
    provide_context(compose);
}

pub(crate) fn use_compose() -> Compose {
    expect_context::<Compose>()
}

impl Compose {
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
    }

    fn fold(self) {
        self.front.set(None);
    }

    fn close(self, id: DraftId) {
        self.open.update(|open| open.retain(|other| *other != id));
        if self.front.get_untracked() == Some(id) {
            self.front.set(None);
        }
    }
}
