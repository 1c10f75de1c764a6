use super::desk::{Act, Desk, deleting, finishing, href};
use super::folders::{FolderMenu, Folders, place_name};
use super::list::List;
use super::message::{Found, Pane, find_message};
use super::sync::{SyncStrip, calm};
use super::verbs::{count_inbox, list_messages};
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::settings::verbs::list_mail_accounts;
use crate::wizard::Wizard;
use crate::{Fault, PageTitle, live};
use leptos::prelude::*;
use model::MailAccountId;
use model::inbox::{Entity, InboxCounts, MessageRow, MessageView, Place};
use model::mail_account::{AccountState, MailAccountRow};
use ui::{Button, Glyph, Icon, IconButton, Key, Kind, Size, SkeletonRows, keys};

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
    let changed = live::use_live(|change| matches!(change.entity, Entity::MailAccount | Entity::Folder | Entity::Message));
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
    let link = RwSignal::new(false);
    let fetching = Memo::new(move |_| {
        accounts.with(|accounts| accounts.iter().any(|account| matches!(account.state, AccountState::Fetching | AccountState::New)))
    });
    let on_shown = Callback::new(move |view: MessageView| {
        if !view.row.read {
            desk.set_read(view.row.id, true, true);
        }
    });
    keys::on_key(move |key| press(desk, link, key));
    let opened = move || desk.selected.get().is_some();
    let folder_menu = ViewFn::from(move || view! { <FolderMenu desk accounts/> });
    view! {
        <div class="inbox-room">
            <SyncStrip accounts/>
            <div class="inbox" data-view=move || if opened() { "conversation" } else { "list" }>
                <Folders desk counts=asked.counts accounts/>
                <List desk first=asked.first fetching link folder_menu/>
                <section class="conversation" aria-label=move || t_string!(i18n, inbox.message.name)>
                    <Show when=opened>
                        <Bar desk/>
                    </Show>
                    <Pane found=asked.message link on_shown=Some(on_shown)/>
                </section>
            </div>
        </div>
    }
}

/// One letter each; none of them while somebody types.
fn press(desk: Desk, link: RwSignal<bool>, key: &str) -> bool {
    if matches!(key, "j" | "k") {
        return desk.step(key);
    }
    let Some(id) = desk.selected.get_untracked() else { return false };
    let place = desk.filter.get_untracked().place;
    match key {
        "e" => {
            let Some(act) = finishing(place) else { return false };
            desk.act(act, id);
        }
        "#" | "Delete" => desk.act(deleting(place), id),
        "u" => {
            let read = desk.row(id).is_none_or(|row| row.read);
            desk.set_read(id, !read, false);
        }
        "l" => link.set(true),
        "Escape" => desk.select(None, false),
        _ => return false,
    }
    true
}

/// What can be done with the message that is open.
#[component]
fn Bar(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let place = Memo::new(move |_| desk.filter.get().place);
    let run = move |act: Act| {
        if let Some(id) = desk.selected.get_untracked() {
            desk.act(act, id);
        }
    };
    let finish = move || {
        finishing(place.get()).map(|act| {
            view! {
                <Button size=Size::Small icon=Glyph::Check on:click=move |_| run(act)>
                    {move || if act == Act::Unfinish { t_string!(i18n, inbox.act.unfinish) } else { t_string!(i18n, inbox.act.finish) }}
                    <span class="keys" aria-hidden="true">
                        <Key>"e"</Key>
                    </span>
                </Button>
            }
        })
    };
    let delete = move || {
        if place.get() == Place::Trash {
            view! {
                <Button size=Size::Small icon=Glyph::Undo on:click=move |_| run(Act::Restore)>
                    {t!(i18n, inbox.act.restore)}
                </Button>
            }
            .into_any()
        } else {
            view! {
                <Button size=Size::Small kind=Kind::Quiet icon=Glyph::Trash on:click=move |_| run(Act::Delete)>
                    <span class="conversation__word">{t!(i18n, inbox.act.delete)}</span>
                </Button>
            }
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
            {delete}
            <span class="conversation__gap"></span>
            <IconButton name=Glyph::Mail size=Size::Small label=text!(i18n, inbox.act.unread) on:click=unread/>
        </header>
    }
}
