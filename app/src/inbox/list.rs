use super::days;
use super::desk::{Desk, ROW_HEIGHT, deleting, finishing, href, row_id, show_from_word, show_word, sorting_out, sorting_words};
use super::select::{FilterMenu, PickedBar};
use crate::compose::{Begin, use_compose};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::{Fault, format, live, session};
use leptos::prelude::*;
use model::inbox::{Entity, MessageRow, Place, Show};
use model::preferences::InboxShows;
use model::work::Act;
use model::{Day, Page};
use ui::{Avatar, Drawing, Empty, Glyph, Heads, Icon, Menu, MenuHandle, MenuItem, Segmented, Shape, SkeletonRows, VirtualList, use_menu};

/// The messages of a folder, newest first.
#[component]
pub(super) fn List(
    desk: Desk,
    first: Resource<Result<Page<MessageRow>, Fault>>,
    /// The first fetch is under way: empty is not the last word.
    #[prop(into)]
    fetching: Signal<bool>,
    /// Opens the popup that links the selected message.
    link: RwSignal<bool>,
    /// Opens the dialog that puts off what is meant.
    snooze: RwSignal<bool>,
    folder_menu: ViewFn,
) -> impl IntoView {
    let i18n = use_i18n();
    let changed = live::use_live(|change| change.entity == Entity::Message);
    Effect::new(move |before: Option<u32>| {
        let now = changed.get();
        if before.is_some_and(|before| before != now) {
            desk.refresh();
        }
        now
    });
    // A message that was committed while the first page was on its way was told before anybody here listened.
    Effect::new(move |_| {
        if first.with(|page| matches!(page, Some(Ok(_)))) {
            desk.refresh();
        }
    });
    let menu = use_menu();
    // The row the menu is about.
    let about = RwSignal::new(None::<MessageRow>);
    let draw = move |row: MessageRow| view! { <Row desk row menu about/> }.into_any();
    let empty = move || desk.rows.with(Vec::is_empty);
    let heads = move || {
        Heads::new(
            days::DAY_HEIGHT,
            move |before, row| days::begins(before, row, desk.filter.get()),
            move |row| days::heading(row, desk.filter.get(), i18n.get_locale()),
        )
    };
    // Other messages are shown: what was ticked is out of sight, and so no longer meant.
    Effect::new(move |before: Option<model::inbox::MessageFilter>| {
        let now = desk.filter.get();
        if before.is_some_and(|before| before != now) {
            desk.tick_none();
        }
        now
    });
    let picking = Memo::new(move |_| desk.picked.with(super::select::Picked::any));
    let rows = move || {
        view! {
            <div
                class="inbox__rows"
                on:keydown=move |event| {
                    if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp" | "Home" | "End") && desk.step(&event.key()) {
                        event.prevent_default();
                    }
                }
            >
                {move || {
                    if empty() {
                        view! { <Nothing desk fetching/> }.into_any()
                    } else {
                        view! {
                            <VirtualList
                                label=text!(i18n, inbox.list)
                                rows=desk.rows
                                key=|row: &MessageRow| row.id
                                row=draw
                                row_height=ROW_HEIGHT
                                heads=heads()
                                on_more=Callback::new(move |()| desk.more())
                            />
                        }
                            .into_any()
                    }
                }}
            </div>
        }
    };
    view! {
        <section class="inbox__list" aria-label=move || t_string!(i18n, inbox.list)>
            <Show when=move || picking.get()>
                <PickedBar desk snooze/>
            </Show>
            <header class="inbox__bar" hidden=move || picking.get()>
                {folder_menu.run()} <Segmented
                    label=text!(i18n, inbox.show.name)
                    options=Signal::derive(move || {
                        vec![
                            (show_word(Show::All).to_owned(), t_string!(i18n, inbox.show.all).to_owned()),
                            (show_word(Show::Unread).to_owned(), t_string!(i18n, inbox.show.unread).to_owned()),
                            (show_word(Show::Unlinked).to_owned(), t_string!(i18n, inbox.show.unlinked).to_owned()),
                        ]
                    })
                    current=Signal::derive(move || show_word(desk.filter.get().show).to_owned())
                    on_pick=Callback::new(move |word: String| desk.show(show_from_word(Some(&word))))
                />
                <FilterMenu desk/>
                <span
                    class="inbox__filter"
                    on:click=move |_| about.set(desk.selected.get_untracked().and_then(|id| desk.row(id)))
                >
                    <RowMenu desk menu about link snooze/>
                </span>
                <NewMessage/>
            </header>
            <Suspense fallback=|| view! { <SkeletonRows rows=8/> }>
                {move || {
                    first
                        .get()
                        .map(|page| match page {
                            Ok(page) => {
                                desk.lay(page);
                                rows().into_any()
                            }
                            Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| first.refetch())/> }.into_any(),
                        })
                }}
            </Suspense>
        </section>
    }
}

/// Where the folders are a menu, writing begins here.
#[component]
pub(super) fn NewMessage() -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    view! {
        <button
            class="button inbox__new"
            data-kind="primary"
            data-size="small"
            type="button"
            on:click=move |_| compose.begin(Begin::letter())
        >
            <Icon name=Glyph::Edit/>
            {t!(i18n, inbox.write)}
        </button>
    }
}

/// What right click, long press and the three dots offer.
#[component]
fn RowMenu(
    desk: Desk,
    menu: MenuHandle,
    about: RwSignal<Option<MessageRow>>,
    link: RwSignal<bool>,
    snooze: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let place = move || desk.filter.get().place;
    let run = move |act: Act| {
        if let Some(row) = about.get_untracked() {
            desk.act(act, vec![row.id]);
        }
    };
    let read = move || about.with(|row| row.as_ref().is_some_and(|row| row.read));
    let finish = move || {
        finishing(place()).map(|act| {
            view! {
                <MenuItem icon=Glyph::Check key="e" on_click=move |_| run(act)>
                    {move || match act {
                        Act::Finish(false) => t_string!(i18n, inbox.act.unfinish),
                        _ => t_string!(i18n, inbox.act.finish),
                    }}
                </MenuItem>
            }
        })
    };
    let person = move || {
        about.get().map(|row| {
            let (word, address) = match &row.contact {
                Some(contact) => (t_string!(i18n, inbox.row.open_contact), format!("/contacts/{}", contact.id)),
                None => (t_string!(i18n, inbox.act.add_contact), add_contact(&row)),
            };
            let icon = if row.contact.is_some() { Glyph::Person } else { Glyph::PersonPlus };
            view! {
                <MenuItem icon href=address>
                    {word}
                </MenuItem>
            }
        })
    };
    view! {
        <Menu id="message-menu" label=text!(i18n, inbox.row.menu) handle=menu>
            {finish}
            <MenuItem
                icon=Glyph::Clock
                key="s"
                on_click=move |_| {
                    if let Some(row) = about.get_untracked() {
                        desk.select(Some(row.id), true);
                        snooze.set(true);
                    }
                }
            >
                {t!(i18n, inbox.act.snooze)}
            </MenuItem>
            <MenuItem
                icon=Glyph::Check
                key="x"
                on_click=move |_| {
                    if let Some(row) = about.get_untracked() {
                        desk.tick(row.id, false);
                    }
                }
            >
                {t!(i18n, inbox.act.pick)}
            </MenuItem>
            {person}
            <MenuItem
                icon=Glyph::Link
                key="l"
                on_click=move |_| {
                    if let Some(row) = about.get_untracked() {
                        desk.select(Some(row.id), true);
                        link.set(true);
                    }
                }
            >
                {t!(i18n, inbox.act.link)}
            </MenuItem>
            <MenuItem
                icon=Glyph::Mail
                key="u"
                on_click=move |_| {
                    if let Some(row) = about.get_untracked() {
                        desk.set_read(row.id, !row.read, false);
                    }
                }
            >
                {move || if read() { t_string!(i18n, inbox.act.unread) } else { t_string!(i18n, inbox.act.read) }}
            </MenuItem>
            <MenuItem icon=Glyph::Star key="h" on_click=move |_| run(Act::Highlight(!about.with_untracked(|row| row.as_ref().is_some_and(|row| row.highlighted))))>
                {move || {
                    if about.with(|row| row.as_ref().is_some_and(|row| row.highlighted)) {
                        t_string!(i18n, inbox.act.plain)
                    } else {
                        t_string!(i18n, inbox.act.highlight)
                    }
                }}
            </MenuItem>
            <MenuItem icon=Glyph::Lock on_click=move |_| run(Act::Private(!about.with_untracked(|row| row.as_ref().is_some_and(|row| row.private))))>
                {move || {
                    if about.with(|row| row.as_ref().is_some_and(|row| row.private)) {
                        t_string!(i18n, inbox.act.make_open)
                    } else {
                        t_string!(i18n, inbox.act.make_private)
                    }
                }}
            </MenuItem>
            <div class="menu__line"></div>
            {move || {
                sorting_out(place())
                    .map(|act| {
                        view! {
                            <MenuItem icon=Glyph::Spam key="!" on_click=move |_| run(act)>
                                {move || sorting_words(act, i18n.get_locale())}
                            </MenuItem>
                        }
                    })
            }}
            <MenuItem icon=Glyph::Trash key="#" on_click=move |_| run(deleting(desk.filter.get_untracked().place))>
                {move || if place() == Place::Trash { t_string!(i18n, inbox.act.restore) } else { t_string!(i18n, inbox.act.delete) }}
            </MenuItem>
        </Menu>
    }
}

/// The form for a new card, with the sender filled in (INB-11).
pub(super) fn add_contact(row: &MessageRow) -> String {
    super::message::add_href(row.id, &row.who.address)
}

#[component]
fn Row(desk: Desk, row: MessageRow, menu: MenuHandle, about: RwSignal<Option<MessageRow>>) -> impl IntoView {
    let i18n = use_i18n();
    let me = session::use_me();
    let id = row.id;
    let first = row.clone();
    // The row as it is now: read, linked, finished while it stands here.
    let row = Memo::new(move |_| desk.rows.with(|rows| rows.iter().find(|row| row.id == id).cloned()).unwrap_or_else(|| first.clone()));
    let linked = move || me.with(|me| me.preferences.inbox_shows) == InboxShows::LinkedContact;
    let who = Signal::derive(move || {
        row.with(|row| {
            let sender = if row.who.name.trim().is_empty() { row.who.address.clone() } else { row.who.name.clone() };
            let name = match &row.contact {
                Some(contact) if linked() && !contact.name.is_empty() => contact.name.clone(),
                _ if sender.is_empty() => t_string!(i18n, inbox.row.no_sender).to_owned(),
                _ => sender,
            };
            if row.outgoing { td_string!(i18n.get_locale(), inbox.row.to, name = name).to_string() } else { name }
        })
    });
    let face = move || {
        row.with(|row| match &row.contact {
            Some(contact) => {
                let shape = if contact.kind == model::contact::ContactKind::Company { Shape::Company } else { Shape::Person };
                let name = contact.name.clone();
                view! { <Avatar name shape/> }.into_any()
            }
            None if row.outgoing => {
                let name = if row.who.name.is_empty() { row.who.address.clone() } else { row.who.name.clone() };
                view! { <Avatar name/> }.into_any()
            }
            None => view! { <Avatar name=String::new() shape=Shape::Unknown/> }.into_any(),
        })
    };
    let at = row.with_untracked(|row| row.at);
    // When it comes back, for what is put off; otherwise when it came.
    let when = move || {
        let order = me.with(|me| me.preferences.date_format);
        let locale = i18n.get_locale();
        match row.with(|row| row.snoozed_until) {
            Some(until) if until.days_from_today == 0 => format::time(until),
            Some(until) => format::calendar_day(Day::from(until), until.days_from_today, locale),
            None => format::short(at, locale, order),
        }
    };
    let subject = move || {
        row.with(|row| if row.subject.trim().is_empty() { t_string!(i18n, inbox.row.no_subject).to_owned() } else { row.subject.clone() })
    };
    let open_contact = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        let place = row.with_untracked(|row| match &row.contact {
            Some(contact) => format!("/contacts/{}", contact.id),
            None => add_contact(row),
        });
        desk.visit(&place);
    };
    let address = move || href(desk.filter.get(), Some(id));
    let mark = move |show: bool, glyph: Glyph, word: &'static str| {
        show.then(|| {
            view! {
                <span title=word>
                    <Icon name=glyph/>
                    <span class="aloud">{word}</span>
                </span>
            }
        })
    };
    let picked = Signal::derive(move || desk.picked.with(|picked| picked.has(id)));
    view! {
        <div class="message-item" role="listitem" data-picked=move || picked.get().then_some("")>
            <label class="message-item__pick">
                <input
                    class="checkbox"
                    type="checkbox"
                    aria-label=move || td_string!(i18n.get_locale(), inbox.picked.one, subject = subject()).to_string()
                    prop:checked=move || picked.get()
                    on:click=move |event| desk.tick(id, event.shift_key())
                />
            </label>
            <a
                class="message-row"
                id=row_id(id)
                href=address
                aria-current=move || (desk.selected.get() == Some(id)).then_some("true")
                data-unread=move || (!row.with(|row| row.read)).then_some("")
                data-highlighted=move || row.with(|row| row.highlighted).then_some("")
                on:contextmenu=move |event| {
                    about.set(Some(row.get_untracked()));
                    menu.open_at(&event);
                }
                on:pointerdown=move |event| {
                    about.set(Some(row.get_untracked()));
                    menu.press(&event);
                }
                on:pointerup=move |_| menu.release()
                on:pointermove=move |_| menu.release()
                on:pointercancel=move |_| menu.release()
            >
                {face}
                <span class="message-row__who" on:dblclick=open_contact>
                    <span title=move || row.with(|row| row.who.address.clone())>
                        {move || (!row.with(|row| row.read)).then(|| view! { <span class="aloud">{t!(i18n, inbox.row.unread)} ": "</span> })}
                        {move || row.with(|row| row.contact.is_none() && !row.outgoing).then(|| view! { <span class="aloud">{t!(i18n, inbox.row.unknown)} ": "</span> })}
                        {move || who.get()}
                    </span>
                </span>
                <time datetime=format::machine(at) title=move || format::full(at, i18n.get_locale())>
                    {when}
                </time>
                <span class="message-row__subject" title=subject>
                    {subject}
                </span>
                <span class="message-row__marks">
                    {move || {
                        let row = row.get();
                        view! {
                            {mark(row.quarantine.is_some(), Glyph::Warn, t_string!(i18n, inbox.row.quarantine))}
                            {mark(row.snoozed_until.is_some(), Glyph::Clock, t_string!(i18n, inbox.row.snoozed))}
                            {mark(row.private, Glyph::Lock, t_string!(i18n, inbox.row.private_))}
                            {mark(row.highlighted, Glyph::Star, t_string!(i18n, inbox.row.highlighted))}
                            {mark(row.notes > 0, Glyph::Comment, t_string!(i18n, inbox.row.notes))}
                            {mark(row.answered, Glyph::Reply, t_string!(i18n, inbox.row.answered))}
                            {mark(row.attachments, Glyph::Clip, t_string!(i18n, inbox.row.attachment))}
                        }
                    }}
                </span>
                <span class="message-row__snippet">{move || row.with(|row| row.snippet.clone())}</span>
            </a>
        </div>
    }
}

/// An empty list says what belongs here.
#[component]
fn Nothing(desk: Desk, #[prop(into)] fetching: Signal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let filter = desk.filter.get();
        let all = move || desk.show(Show::All);
        match filter.show {
            Show::All => {}
            show => {
                let title = match show {
                    Show::Unread => text!(i18n, inbox.empty.unread),
                    Show::Highlighted => text!(i18n, inbox.empty.highlighted),
                    Show::Private => text!(i18n, inbox.empty.private_),
                    Show::Unlinked | Show::All => text!(i18n, inbox.empty.unlinked),
                };
                return view! {
                    <Empty title drawing=Drawing::Knot>
                        <ui::Button on:click=move |_| all()>{t!(i18n, inbox.empty.show_all)}</ui::Button>
                    </Empty>
                }
                .into_any();
            }
        }
        if fetching.get() && filter.place == Place::Inbox {
            return view! { <Empty title=text!(i18n, inbox.empty.fetching) text=text!(i18n, inbox.empty.fetching_text) drawing=Drawing::Spindle/> }
                .into_any();
        }
        let (title, text) = match filter.place {
            Place::Inbox | Place::Elsewhere => (text!(i18n, inbox.empty.inbox), text!(i18n, inbox.empty.inbox_text)),
            Place::Outbox => (text!(i18n, inbox.empty.outbox), text!(i18n, inbox.empty.outbox_text)),
            Place::Sent => (text!(i18n, inbox.empty.sent), text!(i18n, inbox.empty.sent_text)),
            Place::Finished => (text!(i18n, inbox.empty.finished), text!(i18n, inbox.empty.finished_text)),
            Place::Snoozed => (text!(i18n, inbox.empty.snoozed), text!(i18n, inbox.empty.snoozed_text)),
            Place::Spam => (text!(i18n, inbox.empty.spam), text!(i18n, inbox.empty.spam_text)),
            Place::Trash => (text!(i18n, inbox.empty.trash), text!(i18n, inbox.empty.trash_text)),
        };
        let drawing = if filter.place == Place::Inbox { Drawing::Knot } else { Drawing::Loose };
        view! { <Empty title text drawing/> }.into_any()
    }
}
