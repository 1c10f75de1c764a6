//! The archive: every message to and from somebody, on one thread, newest first.

use super::card::Open;
use super::details::focus_later;
use super::list::use_go;
use super::paged::Paged;
use super::verbs::list_archive;
use crate::compose::Answers;
use crate::fault::FaultNote;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use crate::inbox::MessagePane;
use crate::session::{may, use_me};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use model::contact::ContactKind;
use model::inbox::{ArchiveFilter, ArchiveRow, ArchiveShow};
use model::{Civil, MessageId, Page, Right};
use ui::{Avatar, Button, Drawing, Empty, Glyph, Icon, Segmented, Shape, Size, Switch};

/// Older rows are fetched when less than this many pixels are left below.
const NEAR_END: i32 = 600;

#[component]
pub(super) fn Archive(open: Open, page: Page<ArchiveRow>, changed: Signal<u32>) -> impl IntoView {
    let i18n = use_i18n();
    let show = RwSignal::new(ArchiveShow::All);
    let employees = RwSignal::new(use_me().with_untracked(|me| me.preferences.employees_in_archive));
    let side = RwSignal::new("messages".to_owned());
    let filter = Memo::new(move |_| ArchiveFilter { contact: open.id, show: show.get(), employees: employees.get() });
    let same = |one: &ArchiveRow, other: &ArchiveRow| one.message.id == other.message.id;
    let paged = Paged::new(page, same, move |after| list_archive(filter.get_untracked(), after));
    Effect::new(move |before: Option<ArchiveFilter>| {
        let now = filter.get();
        if before.is_some_and(|before| before != now) {
            paged.reload();
        }
        now
    });
    Effect::new(move |before: Option<u32>| {
        let now = changed.get();
        if before.is_some_and(|before| before != now) {
            paged.refresh(|_, _| {});
        }
        now
    });
    let near_end = RwSignal::new(false);
    let on_scroll = move |event: leptos::ev::Event| {
        let scroller: web_sys::Element = event_target(&event);
        let near = scroller.scroll_height() - scroller.scroll_top() - scroller.client_height() < NEAR_END;
        if near != near_end.get_untracked() {
            near_end.set(near);
        }
    };
    let sides = Signal::derive(move || {
        vec![
            ("messages".to_owned(), t_string!(i18n, contacts.archive.communication).to_owned()),
            ("dossiers".to_owned(), t_string!(i18n, contacts.archive.dossiers).to_owned()),
        ]
    });
    let messages = move || side.with(|side| side == "messages");
    let company = open.card.with_untracked(|card| card.contact.kind == ContactKind::Company);
    let with_employees = Signal::derive(move || {
        let count = open.card.with(|card| card.employees.len());
        t_string!(i18n, contacts.archive.with_employees, count = count)
    });
    let body = move || {
        if messages() {
            view! { <Thread open paged filter near_end/> }.into_any()
        } else {
            view! {
                <Empty
                    drawing=Drawing::Knot
                    title=text!(i18n, contacts.archive.no_dossiers)
                    text=text!(i18n, contacts.archive.no_dossiers_text)
                />
            }
            .into_any()
        }
    };
    view! {
        <div class="record__body">
            <div class="record__scroll" on:scroll=on_scroll>
                <div class="archive-bar">
                    <Segmented
                        label=text!(i18n, contacts.archive.sides)
                        options=sides
                        current=side
                        on_pick=Callback::new(move |picked| side.set(picked))
                    />
                    {company
                        .then(|| {
                            view! {
                                <Show when=messages>
                                    <Switch label=with_employees checked=employees on_change=Callback::new(move |on| employees.set(on))/>
                                </Show>
                            }
                        })}
                </div>
                <Show when=messages>
                    <Kinds show/>
                </Show>
                {body}
            </div>
            <Reading/>
        </div>
    }
    .into_any()
}

/// Which messages are shown.
#[component]
fn Kinds(show: RwSignal<ArchiveShow>) -> impl IntoView {
    let i18n = use_i18n();
    let chip = move |kind: ArchiveShow, icon: Option<Glyph>, name: Signal<String>| {
        let on = move || show.get() == kind;
        view! {
            <button
                class="chip"
                type="button"
                data-kind=move || (!on()).then_some("plain")
                aria-pressed=move || if on() { "true" } else { "false" }
                on:click=move |_| show.set(kind)
            >
                {icon.map(|name| view! { <Icon name/> })}
                {move || name.get()}
            </button>
        }
    };
    view! {
        <div class="archive-bar__kinds" role="group" aria-label=move || t_string!(i18n, contacts.archive.show)>
            {chip(ArchiveShow::All, None, text!(i18n, contacts.archive.all))}
            {chip(ArchiveShow::Incoming, Some(Glyph::Mail), text!(i18n, contacts.archive.incoming))}
            {chip(ArchiveShow::Outgoing, Some(Glyph::Send), text!(i18n, contacts.archive.outgoing))}
            {chip(ArchiveShow::WithAttachments, Some(Glyph::Clip), text!(i18n, contacts.archive.attachments))}
        </div>
    }
}

/// What hangs on the thread.
#[derive(Clone)]
enum Knot {
    Day(Civil),
    Message(Box<ArchiveRow>),
}

/// Everything of a knot that can be seen: one that changed is drawn anew.
type KnotKey = (Option<MessageId>, i16, u8, u8, bool, bool, bool, u32);

fn key(knot: &Knot) -> KnotKey {
    match knot {
        Knot::Day(at) => (None, at.year, at.month, at.day, false, at.days_from_today == 0, false, 0),
        Knot::Message(row) => {
            (Some(row.message.id), 0, 0, 0, row.message.read, row.message.finished, row.message.highlighted, row.message.notes)
        }
    }
}

fn knots(rows: &[ArchiveRow]) -> Vec<Knot> {
    let day = |at: Civil| (at.year, at.month, at.day);
    let mut knots = Vec::with_capacity(rows.len() + 8);
    let mut last = None;
    for row in rows {
        if last != Some(day(row.message.at)) {
            last = Some(day(row.message.at));
            knots.push(Knot::Day(row.message.at));
        }
        knots.push(Knot::Message(Box::new(row.clone())));
    }
    knots
}

#[component]
fn Thread(open: Open, paged: Paged<ArchiveRow>, filter: Memo<ArchiveFilter>, near_end: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    // The thread grows as its end comes in sight.
    Effect::new(move |_| {
        if near_end.get() {
            paged.more();
        }
    });
    let empty = move || paged.rows.with(Vec::is_empty);
    let name = move || open.card.with(|card| card.contact.name());
    let nothing = move || {
        if filter.with(|filter| filter.show == ArchiveShow::All) {
            let text = Signal::derive(move || t_string!(i18n, contacts.archive.empty_text, name = name()));
            view! { <Empty title=text!(i18n, contacts.archive.empty) text=text/> }.into_any()
        } else {
            view! { <Empty drawing=Drawing::Loose title=text!(i18n, contacts.archive.none) text=text!(i18n, contacts.archive.none_text)/> }
                .into_any()
        }
    };
    let company = open.card.with_untracked(|card| card.contact.kind == ContactKind::Company);
    view! {
        <Show when=move || !empty() fallback=nothing>
            <section class="archive" aria-label=move || t_string!(i18n, contacts.tabs.archive)>
                <ol>
                    <For
                        each=move || paged.rows.with(|rows| knots(rows))
                        key=key
                        children=move |knot| match knot {
                            Knot::Day(at) => {
                                view! {
                                    <li class="archive__day">
                                        <h2>{move || format::day(at, i18n.get_locale())}</h2>
                                    </li>
                                }
                                    .into_any()
                            }
                            Knot::Message(row) => view! { <Event row=*row merged=company && filter.with_untracked(|filter| filter.employees)/> }.into_any(),
                        }
                    />
                </ol>
            </section>
            <Show when=move || paged.has_more()>
                <div class="archive__older">
                    <Button size=Size::Small disabled=Signal::derive(move || paged.is_busy()) on_click=move |_| paged.more()>
                        {t!(i18n, contacts.archive.older)}
                    </Button>
                </div>
            </Show>
        </Show>
        {move || paged.fault().map(|fault| view! { <FaultNote fault retry=Callback::new(move |()| paged.reload())/> })}
    }
    .into_any()
}

/// One message on the thread.
#[component]
fn Event(row: ArchiveRow, merged: bool) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let path = use_location().pathname;
    let ArchiveRow { message, of } = row;
    let (id, at, outgoing) = (message.id, message.at, message.outgoing);
    let href = move || {
        let mut query = query.get();
        query.replace("message", id.to_string());
        format!("{}{}", path.get(), query.to_query_string())
    };
    let direction = Signal::derive(move || {
        if outgoing { t_string!(i18n, contacts.archive.sent) } else { t_string!(i18n, contacts.archive.received) }.to_owned()
    });
    let who = if message.who.name.trim().is_empty() { message.who.address.clone() } else { message.who.name.clone() };
    let actor = if merged {
        let shape = if of.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
        view! {
            <span class="event__who" title=of.name.clone()>
                <Avatar name=of.name.clone() shape size=Size::Mini/>
                <span>{of.name.clone()}</span>
            </span>
        }
        .into_any()
    } else {
        let first = who.split_whitespace().next().unwrap_or_default().to_owned();
        view! {
            <span class="event__actor" title=who.clone()>
                {if outgoing { view! { {t!(i18n, contacts.archive.to)} " " {first} }.into_any() } else { first.into_any() }}
            </span>
        }
        .into_any()
    };
    let subject = message.subject.clone();
    let empty = subject.trim().is_empty();
    let title = subject.clone();
    view! {
        <li>
            <a class="event" id=event_id(id) href=href data-unread=(!message.read && !outgoing).then_some("") data-direction=if outgoing { "out" } else { "in" }>
                <span class="event__knot" title=move || direction.get()>
                    <Icon name=if outgoing { Glyph::Send } else { Glyph::Mail } size=Size::Small/>
                    <span class="aloud">{move || direction.get()}</span>
                </span>
                <span class="event__line" title=title>
                    {actor}
                    " "
                    <span class="event__subject">
                        {if empty { t!(i18n, contacts.archive.no_subject).into_any() } else { subject.into_any() }}
                    </span>
                    " "
                    <span class="event__text">{message.snippet.clone()}</span>
                </span>
                <span class="event__marks">
                    {message
                        .attachments
                        .then(|| {
                            view! {
                                <Icon name=Glyph::Clip/>
                                <span class="aloud">{t!(i18n, contacts.archive.has_attachments)}</span>
                            }
                        })}
                    {message
                        .highlighted
                        .then(|| {
                            view! {
                                <Icon name=Glyph::Star tone="warn"/>
                                <span class="aloud">{t!(i18n, inbox.row.highlighted)}</span>
                            }
                        })}
                    {(message.notes > 0)
                        .then(|| {
                            view! {
                                <Icon name=Glyph::Comment/>
                                <span class="aloud">{t!(i18n, inbox.row.notes)}</span>
                            }
                        })}
                    {message
                        .finished
                        .then(|| {
                            view! {
                                <Icon name=Glyph::Check tone="success"/>
                                <span class="aloud">{t!(i18n, contacts.archive.finished)}</span>
                            }
                        })}
                </span>
                <time datetime=format::machine(at) title=move || format::full(at, i18n.get_locale())>
                    {format::time(at)}
                </time>
            </a>
        </li>
    }
    .into_any()
}

fn event_id(id: MessageId) -> String {
    format!("event-{id}")
}

/// The message that was opened, over the thread: closing it leaves the thread where it was, and the focus on the row it came from.
#[component]
fn Reading() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let path = use_location().pathname;
    let go = use_go();
    let id = Memo::new(move |_| query.with(|query| query.get("message")).and_then(|id| id.parse::<MessageId>().ok()));
    let without = move || {
        let mut query = query.get();
        query.remove("message");
        format!("{}{}", path.get(), query.to_query_string())
    };
    ui::keys::on_key(move |key| {
        let close = key == "Escape" && id.with_untracked(Option::is_some);
        if close {
            go.run((untrack(without), false));
        }
        close
    });
    Effect::new(move |before: Option<Option<MessageId>>| {
        let now = id.get();
        match (before.flatten(), now) {
            (None, Some(_)) => focus_later("reading-back".to_owned()),
            (Some(left), None) => focus_later(event_id(left)),
            _ => {}
        }
        now
    });
    let reading = Memo::new(move |_| id.with(Option::is_some));
    move || {
        reading.get().then(|| {
            view! {
                <section class="record__reading" aria-label=move || t_string!(i18n, contacts.archive.message)>
                    <div class="record__reading-bar">
                        <a class="button" id="reading-back" data-kind="quiet" data-size="small" href=without>
                            <Icon name=Glyph::ChevronLeft/>
                            {t!(i18n, contacts.tabs.archive)}
                        </a>
                        {may(Right::UseMail).then(|| view! { <Answers message=id/> })}
                    </div>
                    <MessagePane id=id/>
                </section>
            }
        })
    }
}
