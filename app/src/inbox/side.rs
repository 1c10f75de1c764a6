//! Who the message is from or to, beside it: how to reach them, what is to be done, what was last said.

use super::message::{Found, add_href};
use crate::contacts::verbs::open_card;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::tasks::{About, TaskList};
use crate::{Fault, format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::{ContactCard, ContactKind, DetailKind};
use model::inbox::{ArchiveFilter, ArchiveRow, ArchiveShow, Entity, MessageView};
use model::work::TaskFilter;
use model::{ContactId, MessageId, Page};
use ui::{Avatar, Drawing, Empty, Glyph, Icon, IconButton, Shape, Size};

/// Where this browser remembers that the panel is hidden.
const HIDDEN: &str = "inbox-side-hidden";
/// From here on there is room for it beside the message; below, it lies over it.
const WIDE: &str = "(min-width: 1280px)";
/// Messages shown of the archive.
const LATEST: usize = 3;

/// Whether the panel is in sight: as the width has it, until somebody says otherwise.
#[derive(Clone, Copy)]
pub(super) struct Side {
    said: RwSignal<Option<bool>>,
    /// There is room for it; known once the page is in a window.
    wide: RwSignal<bool>,
}

impl Side {
    pub(super) fn new() -> Self {
        let side = Self { said: RwSignal::new(None), wide: RwSignal::new(false) };
        Effect::new(move |_| {
            side.wide.set(is_wide());
            let resized = window_event_listener(leptos::ev::resize, move |_| {
                if side.wide.try_get_untracked() == Some(!is_wide()) {
                    side.wide.set(is_wide());
                }
            });
            on_cleanup(move || resized.remove());
            if was_hidden() {
                side.said.set(Some(false));
            }
        });
        side
    }

    /// For the style sheet, which knows the width.
    pub(super) fn word(self) -> &'static str {
        match self.said.get() {
            None => "auto",
            Some(true) => "shown",
            Some(false) => "hidden",
        }
    }

    pub(super) fn is_shown(self) -> bool {
        self.said.get().unwrap_or_else(|| self.wide.get())
    }

    pub(super) fn toggle(self) {
        let shown = !untrack(|| self.is_shown());
        if is_wide()
            && let Some(storage) = storage()
        {
            // A browser that refuses to remember shows it next time.
            _ = if shown { storage.remove_item(HIDDEN) } else { storage.set_item(HIDDEN, "true") };
        }
        // Shown beside the message is as the width has it: on a smaller screen it need not lie over the message.
        self.said.set(match (is_wide(), shown) {
            (true, true) => None,
            (true, false) => Some(false),
            (false, true) => Some(true),
            (false, false) => was_hidden().then_some(false),
        });
    }

    /// Away with it where it lies over the message. False when it does not.
    pub(super) fn uncover(self) -> bool {
        let covers = !is_wide() && untrack(|| self.is_shown());
        if covers {
            self.toggle();
        }
        covers
    }
}

fn is_wide() -> bool {
    window().match_media(WIDE).ok().flatten().is_some_and(|wide| wide.matches())
}

fn was_hidden() -> bool {
    storage().and_then(|storage| storage.get_item(HIDDEN).ok().flatten()).is_some()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Whom the panel is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Whom {
    Nobody,
    Stranger { message: MessageId, name: String, address: String },
    Contact(ContactId),
}

fn whom(view: &MessageView) -> Whom {
    let linked = view.row.contact.as_ref().or_else(|| view.links.first().map(|link| &link.contact));
    match linked {
        Some(contact) => Whom::Contact(contact.id),
        None if view.row.who.address.is_empty() => Whom::Nobody,
        None => Whom::Stranger { message: view.row.id, name: view.row.who.name.clone(), address: view.row.who.address.clone() },
    }
}

type Card = (ContactCard, Page<ArchiveRow>);

#[component]
pub(super) fn SidePanel(side: Side, found: Found, task: RwSignal<Option<About>>) -> impl IntoView {
    let i18n = use_i18n();
    let changed = live::use_live(|change| matches!(change.entity, Entity::Contact | Entity::Message));
    let about = RwSignal::new(Whom::Nobody);
    let card = RwSignal::new(None::<Result<Card, Fault>>);
    // Asked by the browser once the message is there: the page does not wait for it.
    Effect::new(move |_| {
        let now = found.with(|found| match found {
            Some(Some(Ok(view))) => Some(whom(view)),
            Some(None) => Some(Whom::Nobody),
            _ => None,
        });
        if let Some(now) = now
            && about.with_untracked(|about| *about != now)
        {
            about.set(now);
            card.set(None);
        }
    });
    Effect::new(move |_| {
        changed.track();
        let Whom::Contact(contact) = about.get() else { return };
        spawn_local(async move {
            let answer = open_card(ArchiveFilter { contact, show: ArchiveShow::All, employees: false }).await;
            if about.try_get_untracked() == Some(Whom::Contact(contact)) {
                card.set(Some(answer));
            }
        });
    });
    let body = move || match (about.get(), card.get()) {
        (Whom::Stranger { message, name, address }, _) => view! { <Stranger message name address/> }.into_any(),
        (Whom::Contact(_), Some(Ok((card, archive)))) => view! { <Known card archive task/> }.into_any(),
        (Whom::Contact(_), Some(Err(fault))) => view! { <p class="side-fault">{move || fault.sentence(i18n.get_locale())}</p> }.into_any(),
        (Whom::Contact(_), None) => view! { <ui::SkeletonRows rows=3/> }.into_any(),
        (Whom::Nobody, _) => {
            view! { <Empty title=text!(i18n, inbox.side.nobody) text=text!(i18n, inbox.side.nobody_text) drawing=Drawing::Loose/> }
                .into_any()
        }
    };
    view! {
        <aside class="inbox__side" aria-label=move || t_string!(i18n, inbox.side.name)>
            <div class="inbox__side-close">
                <IconButton name=Glyph::Close size=Size::Small label=text!(i18n, inbox.side.hide) on_click=move |_| side.toggle()/>
            </div>
            {body}
        </aside>
    }
}

#[component]
fn Stranger(message: MessageId, name: String, address: String) -> impl IntoView {
    let i18n = use_i18n();
    let shown = if name.trim().is_empty() { address.clone() } else { name };
    let href = add_href(message, &address);
    view! {
        <div class="side-person">
            <Avatar name=String::new() shape=Shape::Unknown size=Size::Large/>
            <div>
                <h3>{shown}</h3>
                <p>{address}</p>
            </div>
        </div>
        <div class="side-stranger">
            <p>{t!(i18n, inbox.side.stranger)}</p>
            <a class="button" href=href>
                <Icon name=Glyph::PersonPlus/>
                {t!(i18n, inbox.act.add_contact)}
            </a>
        </div>
    }
}

#[component]
fn Known(card: ContactCard, archive: Page<ArchiveRow>, task: RwSignal<Option<About>>) -> impl IntoView {
    let i18n = use_i18n();
    let id = card.contact.id;
    let name = card.contact.name();
    let shape = if card.contact.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
    let first = |kinds: &[DetailKind]| {
        kinds.iter().find_map(|kind| card.details.iter().find(|detail| detail.kind == *kind).map(|detail| detail.value.clone()))
    };
    let mail = first(&[DetailKind::Email]).map(|address| {
        view! {
            <a class="icon-button" href=format!("mailto:{address}") title=address aria-label=move || t_string!(i18n, contacts.card.email)>
                <Icon name=Glyph::Mail/>
            </a>
        }
    });
    let call = first(&[DetailKind::Mobile, DetailKind::Phone]).map(|number| {
        view! {
            <a
                class="icon-button"
                href=crate::contacts::tel(&number)
                title=number.clone()
                aria-label=move || t_string!(i18n, contacts.card.call)
            >
                <Icon name=Glyph::Phone/>
            </a>
        }
    });
    let function = card.contact.function.clone();
    let employer = card.employer.clone().map(|employer| {
        let words = move || {
            let locale = i18n.get_locale();
            if function.is_empty() {
                td_string!(locale, contacts.card.works_at).to_owned()
            } else {
                td_string!(locale, contacts.card.function_at, function = function.clone())
            }
        };
        view! {
            <p>
                {words} " "
                <a href=format!("/contacts/{}", employer.id)>{employer.name}</a>
            </p>
        }
    });
    let details = card
        .details
        .iter()
        .map(|detail| {
            let (kind, label) = (detail.kind, detail.label.clone());
            let words = move || {
                let kind = crate::contacts::words::detail_kind(kind, i18n.get_locale());
                if label.is_empty() { kind.to_owned() } else { format!("{kind} {label}") }
            };
            view! {
                <div class="value">
                    <span class="value__label">{words}</span>
                    <span class="value__text">{detail.value.clone()}</span>
                </div>
            }
        })
        .collect_view();
    let open = RwSignal::new(0_usize);
    let latest = archive
        .rows
        .into_iter()
        .take(LATEST)
        .map(|row| {
            let ArchiveRow { message, .. } = row;
            let at = message.at;
            let glyph = if message.outgoing { Glyph::Send } else { Glyph::Mail };
            let subject = message.subject.clone();
            view! {
                <a class="side-line" href=format!("/contacts/{id}?message={}", message.id)>
                    <Icon name=glyph size=Size::Small/>
                    <span>
                        {move || if subject.trim().is_empty() { t_string!(i18n, inbox.row.no_subject).to_owned() } else { subject.clone() }}
                        <small>{move || format::day(at, i18n.get_locale())}</small>
                    </span>
                </a>
            }
        })
        .collect_view();
    let about = About { title: String::new(), contact: Some(id), message: None };
    let none = ViewFn::from(move || view! { <p class="side-none">{t!(i18n, inbox.task.none)}</p> });
    view! {
        <div class="side-person">
            <Avatar name=name.clone() shape size=Size::Large/>
            <div>
                <h3>
                    <a href=format!("/contacts/{id}")>{name}</a>
                </h3>
                {employer}
            </div>
        </div>
        <div class="side-actions">
            {mail} {call}
            <IconButton name=Glyph::Task label=text!(i18n, inbox.act.task) on_click=move |_| task.set(Some(about.clone()))/>
        </div>
        <details class="group" open=true>
            <summary class="group__head">
                <Icon name=Glyph::ChevronDown/>
                {t!(i18n, contacts.details.title)}
            </summary>
            <div class="group__body">{details}</div>
        </details>
        <details class="group" open=true>
            <summary class="group__head">
                <Icon name=Glyph::ChevronDown/>
                {t!(i18n, inbox.task.many)}
                {move || (open.get() > 0).then(|| view! { <span class="badge">{open.get()}</span> })}
            </summary>
            <div class="group__body">
                <TaskList filter=Signal::stored(Some(TaskFilter::Of(id))) count=open empty=none/>
            </div>
        </details>
        <details class="group" open=true>
            <summary class="group__head">
                <Icon name=Glyph::ChevronDown/>
                {t!(i18n, inbox.side.latest)}
            </summary>
            <div class="group__body">{latest}</div>
        </details>
    }
}
