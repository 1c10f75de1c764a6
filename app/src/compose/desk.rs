//! A letter being written: its fields, what of them is kept, and what happens to it next. One thing at a time.

use super::verbs::{open_draft, remove_draft, restore_draft, save_draft, send_draft, use_template};
use super::warn::{Warning, warnings};
use super::{Became, Compose, use_compose};
use crate::Fault;
use crate::i18n::{Locale, td_string};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::ContactRef;
use model::outgoing::{Draft, DraftFile, DraftForm, Recipient};
use model::work::Snooze;
use model::{DraftId, MailAccountId, SenderId, TemplateId};
use std::collections::BTreeSet;
use std::time::Duration;

/// Whoever pauses this long has his letter kept.
const PAUSE: Duration = Duration::from_millis(1200);

/// What is done with the letter when the one before is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    Save,
    Close,
    /// Into the window that was opened for it.
    PopOut,
    Template(Option<TemplateId>),
    Send(Option<Snooze>),
}

/// What is worth a second look of a letter that was to go now, or later.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Warned {
    pub(super) of: Vec<Warning>,
    pub(super) later: Option<Snooze>,
}

/// Copied into closures: only handles.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) id: DraftId,
    pub(super) compose: Compose,
    pub(super) sender: RwSignal<Option<MailAccountId>>,
    pub(super) alias: RwSignal<Option<SenderId>>,
    pub(super) to: RwSignal<Vec<Recipient>>,
    pub(super) cc: RwSignal<Vec<Recipient>>,
    pub(super) bcc: RwSignal<Vec<Recipient>>,
    pub(super) contacts: RwSignal<Vec<ContactRef>>,
    pub(super) template: RwSignal<Option<TemplateId>>,
    pub(super) subject: RwSignal<String>,
    pub(super) html: RwSignal<String>,
    pub(super) files: RwSignal<Vec<DraftFile>>,
    /// The fields of recipients in which something stands that is none yet.
    pub(super) loose: RwSignal<BTreeSet<&'static str>>,
    unknown: RwSignal<Vec<String>>,
    /// What was told before sending, and for when that was; whoever sends again means it.
    pub(super) warned: RwSignal<Option<Warned>>,
    pub(super) fault: RwSignal<Option<Fault>>,
    version: StoredValue<i64>,
    /// As it is kept.
    kept: RwSignal<DraftForm>,
    pub(super) busy: RwSignal<bool>,
    next: StoredValue<Option<Next>>,
    /// The window that the letter moves to.
    apart: StoredValue<Option<web_sys::Window>, LocalStorage>,
    edits: StoredValue<u32>,
}

impl Desk {
    pub(super) fn new(draft: Draft) -> Self {
        let form = draft.form;
        let desk = Self {
            id: draft.id,
            compose: use_compose(),
            sender: RwSignal::new(form.sender),
            alias: RwSignal::new(form.alias),
            to: RwSignal::new(form.to.clone()),
            cc: RwSignal::new(form.cc.clone()),
            bcc: RwSignal::new(form.bcc.clone()),
            contacts: RwSignal::new(draft.contacts),
            template: RwSignal::new(form.template),
            subject: RwSignal::new(form.subject.clone()),
            html: RwSignal::new(form.html.clone()),
            files: RwSignal::new(draft.files),
            loose: RwSignal::new(BTreeSet::new()),
            unknown: RwSignal::new(draft.unknown),
            warned: RwSignal::new(None),
            fault: RwSignal::new(None),
            version: StoredValue::new(draft.version),
            kept: RwSignal::new(form),
            busy: RwSignal::new(false),
            next: StoredValue::new(None),
            apart: StoredValue::new_local(None),
            edits: StoredValue::new(0),
        };
        Effect::new(move |before: Option<DraftForm>| {
            let form = desk.form();
            if before.is_some_and(|before| before != form) {
                desk.warned.set(None);
                desk.save_soon();
            }
            form
        });
        desk
    }

    /// As it stands. Contacts that are gone by now are left out.
    fn form(self) -> DraftForm {
        DraftForm {
            sender: self.sender.get(),
            alias: self.alias.get(),
            to: self.to.get(),
            cc: self.cc.get(),
            bcc: self.bcc.get(),
            contacts: self.contacts.with(|all| all.iter().map(|contact| contact.id).collect()),
            template: self.template.get(),
            subject: self.subject.get(),
            html: self.html.get(),
        }
    }

    pub(super) fn is_kept(self) -> bool {
        let form = self.form();
        self.kept.with(|kept| *kept == form)
    }

    fn locale(self) -> Locale {
        self.compose.i18n.get_locale_untracked()
    }

    fn save_soon(self) {
        let edit = self.edits.try_update_value(|edits| {
            *edits = edits.wrapping_add(1);
            *edits
        });
        set_timeout(
            move || {
                if self.edits.try_get_value() == edit && !untrack(|| self.is_kept()) {
                    self.run(Next::Save);
                }
            },
            PAUSE,
        );
    }

    /// `Verzenden`: what is worth a second look is told first, once.
    pub(super) fn send(self, later: Option<Snooze>) {
        if self.loose.with_untracked(|loose| !loose.is_empty()) {
            return;
        }
        let found = untrack(|| {
            let files = self.files.with(Vec::len);
            self.unknown.with(|unknown| warnings(&self.form(), files, unknown))
        });
        let told = self.warned.with_untracked(|warned| warned.as_ref().is_some_and(|warned| warned.of == found));
        if found.is_empty() || told {
            self.run(Next::Send(later));
        } else {
            self.warned.set(Some(Warned { of: found, later }));
        }
    }

    pub(super) fn run(self, next: Next) {
        if self.busy.get_untracked() {
            // Sending is the last word; saving is part of it.
            self.next.update_value(|waiting| {
                if !matches!(waiting, Some(Next::Send(_) | Next::Close | Next::PopOut)) {
                    *waiting = Some(next);
                }
            });
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            // A letter that closes is told nothing more: what still draws it would look at what is gone by then.
            if !self.work(next).await || self.busy.try_set(false).is_some() {
                return;
            }
            match self.next.try_update_value(Option::take).flatten() {
                Some(next) => self.run(next),
                // Without a connection it is tried until there is one; anything else waits for its writer.
                None if !untrack(|| self.is_kept()) && self.fault.with_untracked(|fault| matches!(fault, None | Some(Fault::Offline))) => {
                    self.save_soon();
                }
                None => {}
            }
        });
    }

    /// Whether the letter is still open after it.
    async fn work(self, next: Next) -> bool {
        let form = untrack(|| self.form());
        let version = self.version.get_value();
        let done = match next {
            Next::Save => self.save(version, form).await,
            Next::Close => self.close(version, form).await,
            Next::PopOut => self.leave(version, form).await,
            Next::Template(template) => match use_template(self.id, version, form, template).await {
                Ok(draft) => {
                    self.lay(draft);
                    Ok(())
                }
                Err(fault) => Err(fault),
            },
            Next::Send(later) => self.go(version, form, later).await,
        };
        match done {
            Ok(()) => !matches!(next, Next::Close | Next::PopOut | Next::Send(_)),
            Err(fault) => self.fault.try_set(Some(fault)).is_none(),
        }
    }

    async fn save(self, version: i64, form: DraftForm) -> Result<(), Fault> {
        let saved = save_draft(self.id, version, form.clone()).await?;
        _ = self.version.try_set_value(saved.version);
        _ = self.unknown.try_set(saved.unknown);
        _ = self.kept.try_set(form);
        _ = self.fault.try_set(None);
        Ok(())
    }

    async fn close(self, version: i64, form: DraftForm) -> Result<(), Fault> {
        let untouched = version == 1 && self.kept.with_untracked(|kept| *kept == form) && self.files.with_untracked(Vec::is_empty);
        if untouched {
            // Begun and let be: nobody misses it.
            remove_draft(self.id).await?;
            self.compose.close(self.id, Became::Discarded);
            return Ok(());
        }
        if self.kept.with_untracked(|kept| *kept != form) {
            self.save(version, form).await?;
        }
        self.compose.close(self.id, Became::Kept);
        Ok(())
    }

    /// Opens a window for the letter, and moves it there as soon as it is kept. At once: later no browser opens one.
    pub(super) fn pop_out(self) {
        let opened = window().open_with_url_and_target_and_features("", &format!("letter-{}", self.id), "popup,width=760,height=860");
        if let Ok(Some(opened)) = opened {
            self.apart.set_value(Some(opened));
            self.run(Next::PopOut);
        } else {
            self.compose.toasts.say(td_string!(self.locale(), compose.said.blocked));
        }
    }

    async fn leave(self, version: i64, form: DraftForm) -> Result<(), Fault> {
        let kept = if self.kept.with_untracked(|kept| *kept == form) { Ok(()) } else { self.save(version, form).await };
        if let Some(opened) = self.apart.try_update_value(Option::take).flatten() {
            _ = match &kept {
                Ok(()) => opened.location().replace(&format!("/compose/{}", self.id)),
                // What is not kept stays here, and is told here.
                Err(_) => opened.close(),
            };
        }
        kept?;
        self.compose.close(self.id, Became::Kept);
        Ok(())
    }

    async fn go(self, version: i64, form: DraftForm, later: Option<Snooze>) -> Result<(), Fault> {
        let message = send_draft(self.id, version, form, later).await?;
        let compose = self.compose;
        if compose.alone {
            Compose::tell_sent(message, later.is_some());
        }
        compose.close(self.id, if later.is_some() { Became::Later } else { Became::Sent });
        compose.sent(message, later.is_some());
        Ok(())
    }

    /// The letter as the server has it: after another template, or after it was changed in another window.
    fn lay(self, draft: Draft) {
        let form = draft.form;
        _ = self.version.try_set_value(draft.version);
        _ = self.kept.try_set(form.clone());
        _ = self.sender.try_set(form.sender);
        _ = self.alias.try_set(form.alias);
        _ = self.to.try_set(form.to);
        _ = self.cc.try_set(form.cc);
        _ = self.bcc.try_set(form.bcc);
        _ = self.contacts.try_set(draft.contacts);
        _ = self.template.try_set(form.template);
        _ = self.subject.try_set(form.subject);
        _ = self.html.try_set(form.html);
        _ = self.files.try_set(draft.files);
        _ = self.unknown.try_set(draft.unknown);
        _ = self.fault.try_set(None);
    }

    /// Takes over what stands on the server, and gives up what stands here.
    pub(super) fn take_theirs(self) {
        spawn_local(async move {
            match open_draft(self.id).await {
                Ok(draft) => self.lay(draft),
                Err(fault) => _ = self.fault.try_set(Some(fault)),
            }
        });
    }

    /// Files are kept at once; the list is read again.
    pub(super) fn refresh_files(self) {
        spawn_local(async move {
            if let Ok(draft) = open_draft(self.id).await {
                _ = self.files.try_set(draft.files);
                _ = self.warned.try_set(None);
            }
        });
    }

    pub(super) fn discard(self) {
        let (id, compose) = (self.id, self.compose);
        let locale = self.locale();
        spawn_local(async move {
            match remove_draft(id).await {
                Ok(()) => {
                    compose.close(id, Became::Discarded);
                    let back = Callback::new(move |()| {
                        spawn_local(async move {
                            match restore_draft(id).await {
                                Ok(()) => compose.show(id),
                                Err(fault) => compose.toasts.say(fault.sentence(compose.i18n.get_locale_untracked())),
                            }
                        });
                    });
                    compose.toasts.undo(td_string!(locale, compose.said.discarded), back);
                }
                Err(fault) => compose.toasts.say(fault.sentence(locale)),
            }
        });
    }
}
