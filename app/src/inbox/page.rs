use super::desk::{Desk, deleting, finishing, href, sorting_out, sorting_words};
use super::folders::{FolderMenu, Folders, place_name};
use super::list::{List, NewMessage};
use super::message::{Found, Pane, find_message};
use super::notes::focus_note;
use super::side::{Side, SidePanel};
use super::snooze::SnoozeDialog;
use super::sync::{SyncStrip, calm};
use super::verbs::{count_inbox, list_messages};
use crate::compose::{Answers, Begin, Compose, DraftList, use_compose};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::settings::verbs::list_mail_accounts;
use crate::tasks::{About, TaskDialog};
use crate::wizard::Wizard;
use crate::{Fault, PageTitle, live};
use leptos::prelude::*;
use model::MailAccountId;
use model::inbox::{Entity, InboxCounts, MessageRow, MessageView, Place};
use model::mail_account::{AccountState, MailAccountRow};
use model::outgoing::Action;
use model::work::Act;
use ui::{Button, Glyph, Icon, IconButton, Key, Kind, Menu, MenuItem, Size, SkeletonRows, keys};

/// What stands in the inbox.
#[derive(Clone, PartialEq)]
enum Shows {
    Mail,
    /// No mailbox has ever been connected (EML-18); the one that was tried is there to be mended.
    Wizard(Option<MailAccountId>),
    Fault(Fault),
}

impl Shows {
    fn of(accounts: Result<Vec<MailAccountRow>, Fault>) -> Self {
        match accounts {
            Err(fault) => Self::Fault(fault),
            Ok(accounts) => {
                let works = |account: &MailAccountRow| account.last_ok.is_some() || !matches!(account.state, AccountState::Failing(_));
                if accounts.iter().any(works) { Self::Mail } else { Self::Wizard(accounts.first().map(|account| account.id)) }
            }
        }
    }
}

#[component]
pub fn Page() -> impl IntoView {
    let i18n = use_i18n();
    let changed = live::use_live(|change| matches!(change.entity, Entity::MailAccount | Entity::Folder | Entity::Message | Entity::Draft));
    let changed = calm(changed);
    let found = Resource::new(move || changed.get(), |_| list_mail_accounts());
    let accounts = RwSignal::new(Vec::new());
    let desk = Desk::new();
    let first = Resource::new(move || desk.filter.get(), |filter| list_messages(filter, None));
    let counts = Resource::new(move || changed.get(), |_| count_inbox());
    let message = find_message(desk.selected.into());
    let saved = Callback::new(move |_connected: bool| {
        found.refetch();
        first.refetch();
    });
    view! {
        <PageTitle text=text!(i18n, inbox.title)/>
        <h1 class="aloud">{t!(i18n, inbox.title)}</h1>
        <Transition fallback=|| view! { <SkeletonRows rows=8/> }>
            {
                let shows = Memo::new(move |_| {
                    let now = found.get()?;
                    if let Ok(rows) = &now {
                        accounts.set(rows.clone());
                    }
                    Some(Shows::of(now))
                });
                move || {
                    shows
                        .get()
                        .map(|shows| match shows {
                            Shows::Mail => view! { <Mail desk asked=Asked { first, counts, message } accounts/> }.into_any(),
                            Shows::Wizard(mend) => {
                                let row = |id| accounts.with_untracked(|rows: &Vec<MailAccountRow>| rows.iter().find(|row| row.id == id).cloned());
                                let mend = mend.and_then(row);
                                view! {
                                    <div class="inbox-wizard">
                                        <header>
                                            <h2>{t!(i18n, wizard.title)}</h2>
                                            <p>{t!(i18n, wizard.intro)}</p>
                                        </header>
                                        <Wizard mend on_saved=saved/>
                                    </div>
                                }
                                    .into_any()
                            }
                            Shows::Fault(fault) => view! { <FaultNote fault retry=Callback::new(move |()| found.refetch())/> }.into_any(),
                        })
                }
            }
        </Transition>
    }
}

/// What the page has asked for.
#[derive(Clone, Copy)]
struct Asked {
    first: Resource<Result<model::Page<MessageRow>, Fault>>,
    counts: Resource<Result<InboxCounts, Fault>>,
    message: Found,
}

/// Folders, list and reading pane.
#[component]
fn Mail(desk: Desk, asked: Asked, accounts: RwSignal<Vec<MailAccountRow>>) -> impl IntoView {
    let i18n = use_i18n();
    let open = Open {
        link: RwSignal::new(false),
        snooze: RwSignal::new(false),
        task: RwSignal::new(None),
        side: Side::new(),
        compose: use_compose(),
    };
    let fetching = Memo::new(move |_| {
        accounts.with(|accounts| accounts.iter().any(|account| matches!(account.state, AccountState::Fetching | AccountState::New)))
    });
    let on_shown = Callback::new(move |view: MessageView| {
        if !view.row.read {
            desk.set_read(view.row.id, true, true);
        }
    });
    keys::on_key(move |key| press(desk, open, key));
    let opened = move || desk.selected.get().is_some();
    let folder_menu = ViewFn::from(move || view! { <FolderMenu desk accounts/> });
    view! {
        <div class="inbox-room">
            <SyncStrip accounts/>
            <div class="inbox" data-view=move || if opened() { "conversation" } else { "list" } data-side=move || open.side.word()>
                <Folders desk counts=asked.counts accounts/>
                <Show
                    when=move || !desk.drafts.get()
                    fallback={
                        let folder_menu = folder_menu.clone();
                        move || view! { <DraftPlace folder_menu=folder_menu.clone()/> }
                    }
                >
                    <List desk first=asked.first fetching link=open.link snooze=open.snooze folder_menu=folder_menu.clone()/>
                </Show>
                <section class="conversation" aria-label=move || t_string!(i18n, inbox.message.name)>
                    <Show when=opened>
                        <Bar desk open/>
                    </Show>
                    <Pane found=asked.message link=open.link on_shown=Some(on_shown)/>
                </section>
                <SidePanel side=open.side found=asked.message task=open.task/>
            </div>
            <SnoozeDialog desk open=open.snooze/>
            <TaskDialog about=open.task/>
        </div>
    }
}

/// The drafts where the list stands.
#[component]
fn DraftPlace(folder_menu: ViewFn) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="inbox__list">
            <header class="inbox__bar">
                <h2 class="drafts__title">{t!(i18n, compose.drafts.title)}</h2>
                {folder_menu.run()} <NewMessage/>
            </header>
            <DraftList/>
        </section>
    }
}

/// What a key or a button opens.
#[derive(Clone, Copy)]
struct Open {
    link: RwSignal<bool>,
    snooze: RwSignal<bool>,
    task: RwSignal<Option<About>>,
    side: Side,
    compose: Compose,
}

impl Open {
    /// An answer to the message one is at.
    fn answer(self, desk: Desk, action: Action) -> bool {
        let Some(message) = desk.selected.get_untracked() else { return false };
        self.compose.begin(Begin::answer(message, action));
        true
    }

    /// A task from the message one is at.
    fn task_from(self, desk: Desk) -> bool {
        let row = desk.selected.get_untracked().and_then(|id| desk.row(id));
        let Some(row) = row else { return false };
        self.task.set(Some(About { title: row.subject, contact: row.contact.map(|contact| contact.id), message: Some(row.id) }));
        true
    }
}

/// One letter each; none of them while somebody types.
fn press(desk: Desk, open: Open, key: &str) -> bool {
    let place = desk.filter.get_untracked().place;
    let selected = desk.selected.get_untracked();
    let row = selected.and_then(|id| desk.row(id));
    let meant = !desk.meant().is_empty();
    match key {
        "j" | "k" => return desk.step(key),
        "i" => open.side.toggle(),
        "x" if selected.is_some() => selected.into_iter().for_each(|id| desk.tick(id, false)),
        "X" if selected.is_some() => selected.into_iter().for_each(|id| desk.tick(id, true)),
        "Escape" if desk.picked.with_untracked(super::select::Picked::any) => desk.tick_none(),
        "Escape" if open.side.uncover() => {}
        "Escape" if selected.is_some() => desk.select(None, false),
        "e" => return finishing(place).is_some_and(|act| desk.act_on_meant(act)),
        "#" | "Delete" => return desk.act_on_meant(deleting(place)),
        "!" => return sorting_out(place).is_some_and(|act| desk.act_on_meant(act)),
        "s" if meant && !matches!(place, Place::Outbox | Place::Sent) => open.snooze.set(true),
        "u" if meant => _ = desk.act_on_meant(Act::Read(!row.is_none_or(|row| row.read))),
        "h" if meant => _ = desk.act_on_meant(Act::Highlight(!row.is_some_and(|row| row.highlighted))),
        "t" => return open.task_from(desk),
        "n" => return selected.is_some() && focus_note(),
        "p" if selected.is_some() => print(),
        "l" if selected.is_some() => open.link.set(true),
        "r" => return open.answer(desk, Action::Reply),
        "a" => return open.answer(desk, Action::ReplyAll),
        "f" => return open.answer(desk, Action::Forward),
        _ => return false,
    }
    true
}

/// The message alone, on paper: the style sheet leaves the rest out.
fn print() {
    // A browser that will not print says so itself.
    _ = window().print();
}

/// What can be done with the message that is open.
#[component]
fn Bar(desk: Desk, open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let place = Memo::new(move |_| desk.filter.get().place);
    let run = move |act: Act| {
        if let Some(id) = desk.selected.get_untracked() {
            desk.act(act, vec![id]);
        }
    };
    let row = Memo::new(move |_| {
        let id = desk.selected.get()?;
        desk.rows.with(|rows| rows.iter().find(|row| row.id == id).cloned())
    });
    let highlighted = move || row.with(|row| row.as_ref().is_some_and(|row| row.highlighted));
    let private = move || row.with(|row| row.as_ref().is_some_and(|row| row.private));
    let finish = move || {
        finishing(place.get()).map(|act| {
            view! {
                <Button size=Size::Small icon=Glyph::Check on_click=move |_| run(act)>
                    {move || if act == Act::Finish(true) { t_string!(i18n, inbox.act.finish) } else { t_string!(i18n, inbox.act.unfinish) }}
                    <span class="keys" aria-hidden="true">
                        <Key>"e"</Key>
                    </span>
                </Button>
            }
        })
    };
    let snooze = move || match place.get() {
        Place::Snoozed => view! {
            <Button size=Size::Small kind=Kind::Quiet icon=Glyph::Inbox on_click=move |_| run(Act::Wake)>
                <span class="conversation__word">{t!(i18n, inbox.act.wake)}</span>
            </Button>
        }
        .into_any(),
        Place::Inbox => view! {
            <Button
                size=Size::Small
                kind=Kind::Quiet
                icon=Glyph::Clock
                on_click=move |_| {
                    desk.tick_none();
                    open.snooze.set(true);
                }
            >
                <span class="conversation__word">{t!(i18n, inbox.act.snooze)}</span>
            </Button>
        }
        .into_any(),
        Place::Spam => view! {
            <Button size=Size::Small kind=Kind::Quiet icon=Glyph::Inbox on_click=move |_| run(Act::Spam(false))>
                <span class="conversation__word">{t!(i18n, inbox.act.not_spam)}</span>
            </Button>
        }
        .into_any(),
        _ => ().into_any(),
    };
    let spam = move || {
        sorting_out(place.get()).map(|act| {
            view! {
                <MenuItem icon=Glyph::Spam key="!" on_click=move |_| run(act)>
                    {move || sorting_words(act, i18n.get_locale())}
                </MenuItem>
            }
        })
    };
    let delete = move || {
        if place.get() == Place::Trash {
            view! {
                <Button size=Size::Small icon=Glyph::Undo on_click=move |_| run(Act::Delete(false))>
                    {t!(i18n, inbox.act.restore)}
                </Button>
            }
            .into_any()
        } else {
            view! { <IconButton name=Glyph::Trash size=Size::Small label=text!(i18n, inbox.act.delete) on_click=move |_| run(Act::Delete(true))/> }
                .into_any()
        }
    };
    let unread = move |_| {
        if let Some(id) = desk.selected.get_untracked() {
            desk.set_read(id, false, false);
        }
    };
    view! {
        <header class="conversation__bar">
            <a
                class="icon-button conversation__back"
                href=move || href(desk.filter.get(), None)
                aria-label=move || format!("{}: {}", t_string!(i18n, inbox.act.back), place_name(i18n, place.get()))
            >
                <Icon name=Glyph::ChevronLeft/>
            </a>
            {finish}
            {snooze}
            <Answers message=desk.selected/>
            <span class="conversation__gap"></span>
            <IconButton
                name=Glyph::Star
                size=Size::Small
                label=text!(i18n, inbox.act.highlight)
                pressed=Signal::derive(highlighted)
                on_click=move |_| run(Act::Highlight(!untrack(highlighted)))
            />
            <IconButton name=Glyph::Task size=Size::Small label=text!(i18n, inbox.act.task) on_click=move |_| _ = open.task_from(desk)/>
            {delete}
            <Menu id="open-menu" label=text!(i18n, inbox.act.more)>
                <MenuItem icon=Glyph::Mail key="u" on_click=unread>
                    {t!(i18n, inbox.act.unread)}
                </MenuItem>
                <MenuItem icon=Glyph::Comment key="n" on_click=move |_| _ = focus_note()>
                    {t!(i18n, inbox.notes.add)}
                </MenuItem>
                <MenuItem icon=Glyph::Link key="l" on_click=move |_| open.link.set(true)>
                    {t!(i18n, inbox.act.link)}
                </MenuItem>
                {spam}
                <MenuItem icon=Glyph::Lock on_click=move |_| run(Act::Private(!untrack(private)))>
                    {move || if private() { t_string!(i18n, inbox.act.make_open) } else { t_string!(i18n, inbox.act.make_private) }}
                </MenuItem>
                <MenuItem icon=Glyph::File key="p" on_click=move |_| print()>
                    {t!(i18n, inbox.act.print)}
                </MenuItem>
            </Menu>
            <IconButton
                name=Glyph::Panel
                size=Size::Small
                label=text!(i18n, inbox.side.name)
                pressed=Signal::derive(move || open.side.is_shown())
                on_click=move |_| open.side.toggle()
            />
        </header>
    }
}
