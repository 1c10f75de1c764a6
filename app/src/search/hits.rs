//! How what was found is shown, with the words that were looked for marked in it.

use crate::format;
use crate::i18n::{t_string, use_i18n};
use crate::session::use_me;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::contact::{ContactKind, ContactRow, Tag};
use model::search::{Found, FoundMessage, FoundMessages, Mark, mark};
use std::sync::Arc;
use ui::{Avatar, Glyph, Icon, Shape, Size};

/// One thing that was found.
#[derive(Clone)]
pub(super) enum Hit {
    Contact(ContactRow),
    Message(Box<FoundMessage>),
    Tag(Tag),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Contacts,
    Messages,
    Tags,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Contacts, Self::Messages, Self::Tags];

    pub(super) fn name(self) -> Signal<String> {
        let i18n = use_i18n();
        match self {
            Self::Contacts => text!(i18n, search.kinds.contacts),
            Self::Messages => text!(i18n, search.kinds.messages),
            Self::Tags => text!(i18n, search.kinds.tags),
        }
    }

    /// At most so many of them.
    pub(super) fn hits(self, found: &Found, most: usize) -> Vec<Hit> {
        match self {
            Self::Contacts => found.contacts.iter().take(most).cloned().map(Hit::Contact).collect(),
            Self::Messages => message_hits(&found.messages, most),
            Self::Tags => found.tags.iter().take(most).cloned().map(Hit::Tag).collect(),
        }
    }

    /// How many, and whether there are more: nobody waits for a number that nobody reads.
    pub(super) fn count(self, found: &Found) -> (usize, bool) {
        match self {
            Self::Contacts => (found.contacts.len(), found.more_contacts),
            Self::Messages => (found.messages.rows.len(), found.messages.next.is_some()),
            Self::Tags => (found.tags.len(), false),
        }
    }
}

pub(super) fn message_hits(found: &FoundMessages, most: usize) -> Vec<Hit> {
    found.rows.iter().take(most).cloned().map(|message| Hit::Message(Box::new(message))).collect()
}

pub(super) fn search_href(typed: &str) -> String {
    let mut query = ParamsMap::new();
    query.insert("q", typed.to_owned());
    format!("/search{}", query.to_query_string())
}

impl Hit {
    pub(super) fn href(&self) -> String {
        match self {
            Self::Contact(row) => format!("/contacts/{}", row.id),
            Self::Message(found) => match found.archive {
                Some(contact) => format!("/contacts/{contact}?message={}", found.row.id),
                None => format!("/inbox/{}/{}", found.place.as_str(), found.row.id),
            },
            Self::Tag(tag) => {
                let mut query = ParamsMap::new();
                query.insert("q", format!("#{}", tag.name));
                format!("/contacts{}", query.to_query_string())
            }
        }
    }

    /// What stands in the link: a picture, two lines, and what is at the end.
    pub(super) fn draw(&self, marks: &Arc<[Mark]>) -> AnyView {
        match self {
            Self::Contact(row) => contact(row, marks),
            Self::Message(found) => message(found, marks),
            Self::Tag(tag) => tag_line(tag, marks),
        }
    }
}

fn marked(text: &str, marks: &[Mark]) -> AnyView {
    mark(text, marks)
        .into_iter()
        .map(|piece| if piece.marked { view! { <mark>{piece.text}</mark> }.into_any() } else { piece.text.into_any() })
        .collect_view()
        .into_any()
}

fn contact(row: &ContactRow, marks: &[Mark]) -> AnyView {
    let i18n = use_i18n();
    let order = use_me().with_untracked(|me| me.preferences.date_format);
    let shape = if row.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
    let last = row.last;
    view! {
        <Avatar name=row.name.clone() shape size=Size::Small/>
        <span class="hit__body">
            <span class="hit__name" title=row.name.clone()>
                {marked(&row.name, marks)}
            </span>
            <span class="hit__meta">{marked(&row.sub, marks)}</span>
        </span>
        <span class="hit__end">
            <time datetime=format::machine(last)>{move || format::short(last, i18n.get_locale(), order)}</time>
        </span>
    }
    .into_any()
}

fn message(found: &FoundMessage, marks: &[Mark]) -> AnyView {
    let i18n = use_i18n();
    let order = use_me().with_untracked(|me| me.preferences.date_format);
    let row = &found.row;
    let at = row.at;
    let written = if row.who.name.trim().is_empty() { &row.who.address } else { &row.who.name };
    let name = row.contact.as_ref().map_or(written, |contact| &contact.name);
    let who = if row.outgoing { t_string!(i18n, search.to, name = name.as_str()).to_string() } else { name.clone() };
    let subject = if row.subject.trim().is_empty() { t_string!(i18n, search.no_subject).to_owned() } else { row.subject.clone() };
    let snippet = row.snippet.trim();
    view! {
        <Icon name=if row.outgoing { Glyph::Send } else { Glyph::Mail }/>
        <span class="hit__body">
            <span class="hit__name" title=subject.clone()>
                {marked(&subject, marks)}
            </span>
            <span class="hit__meta">
                {marked(&who, marks)} {(!snippet.is_empty()).then_some(" · ")} {marked(snippet, marks)}
            </span>
        </span>
        <span class="hit__end">
            {row
                .attachments
                .then(|| {
                    view! {
                        <Icon name=Glyph::Clip size=Size::Small/>
                        <span class="aloud">{t_string!(i18n, search.attachment)}</span>
                    }
                })} <time datetime=format::machine(at)>{move || format::short(at, i18n.get_locale(), order)}</time>
        </span>
    }
    .into_any()
}

fn tag_line(tag: &Tag, marks: &[Mark]) -> AnyView {
    let i18n = use_i18n();
    view! {
        <Icon name=Glyph::Tag/>
        <span class="hit__body">
            <span class="hit__name">"#" {marked(&tag.name, marks)}</span>
            <span class="hit__meta">{t_string!(i18n, search.tag_contacts)}</span>
        </span>
        <span class="hit__end"></span>
    }
    .into_any()
}
