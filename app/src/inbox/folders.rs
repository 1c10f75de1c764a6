use super::desk::{Desk, href};
use crate::compose::{Begin, use_compose};
use crate::i18n::{Locale, t, t_string, use_i18n};
use crate::{Fault, format};
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use model::inbox::{InboxCounts, MessageFilter, Place, Show};
use model::mail_account::{AccountState, MailAccountRow};
use ui::{Button, Glyph, Icon, Kind, Menu, MenuItem, Size};

/// In the order of the drawing: first what waits, then what is done with.
const PLACES: [Place; 7] = [Place::Inbox, Place::Snoozed, Place::Outbox, Place::Sent, Place::Finished, Place::Spam, Place::Trash];

pub(super) fn place_name(i18n: I18nContext<Locale>, place: Place) -> &'static str {
    match place {
        Place::Inbox => t_string!(i18n, inbox.place.inbox),
        Place::Outbox => t_string!(i18n, inbox.place.outbox),
        Place::Sent => t_string!(i18n, inbox.place.sent),
        Place::Finished => t_string!(i18n, inbox.place.finished),
        Place::Snoozed => t_string!(i18n, inbox.place.snoozed),
        Place::Spam => t_string!(i18n, inbox.place.spam),
        Place::Trash => t_string!(i18n, inbox.place.trash),
        Place::Elsewhere => t_string!(i18n, inbox.place.elsewhere),
    }
}

fn glyph(place: Place) -> Glyph {
    match place {
        Place::Inbox => Glyph::Inbox,
        Place::Outbox => Glyph::Upload,
        Place::Sent => Glyph::Send,
        Place::Finished => Glyph::CheckCircle,
        Place::Snoozed => Glyph::Clock,
        Place::Spam => Glyph::Spam,
        Place::Trash => Glyph::Trash,
        Place::Elsewhere => Glyph::Archive,
    }
}

/// `Concepten` lies among the folders, and holds no messages.
#[component]
fn Drafts(desk: Desk, known: Memo<InboxCounts>) -> impl IntoView {
    let i18n = use_i18n();
    let count = move || known.get().drafts;
    view! {
        <a class="tree__item" href="/inbox/drafts" aria-current=move || desk.drafts.get().then_some("page")>
            <Icon name=Glyph::Note/>
            <span class="tree__name">{t!(i18n, compose.drafts.title)}</span>
            {move || (count() > 0).then(|| view! { <span class="tree__count">{format::count(count(), i18n.get_locale())}</span> })}
        </a>
    }
}

/// Folders at the left.
#[component]
pub(super) fn Folders(
    desk: Desk,
    counts: Resource<Result<InboxCounts, Fault>>,
    #[prop(into)] accounts: Signal<Vec<MailAccountRow>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    let item = move |place: Place, known: Memo<InboxCounts>| {
        let address = move || href(MessageFilter { place, show: Show::All, ..desk.filter.get() }, None);
        let number = move || match place {
            Place::Inbox => known.get().unread,
            Place::Snoozed => known.get().snoozed,
            Place::Spam => known.get().spam,
            Place::Outbox => known.get().outbox,
            _ => 0,
        };
        let count = move || {
            let number = number();
            (number > 0).then(|| {
                let locale = i18n.get_locale();
                let title = (place == Place::Inbox).then(|| {
                    let (unread, all) = (format::count(number, locale), format::count(known.get().inbox, locale));
                    t_string!(i18n, inbox.unread_of, unread = unread, all = all).to_string()
                });
                view! {
                    <span class="tree__count" title=title>
                        {format::count(number, locale)}
                    </span>
                }
            })
        };
        view! {
            <a
                class="tree__item"
                href=address
                aria-current=move || (!desk.drafts.get() && desk.filter.get().place == place).then_some("page")
                data-unread=move || (place == Place::Inbox && known.get().unread > 0).then_some("")
            >
                <Icon name=glyph(place)/>
                <span class="tree__name">{move || place_name(i18n, place)}</span>
                {count}
            </a>
        }
    };
    let mailbox = move |account: Option<MailAccountRow>| {
        let id = account.as_ref().map(|account| account.id);
        let broken = account.as_ref().is_some_and(|account| matches!(account.state, AccountState::Failing(_)));
        let name = account.map(|account| account.address);
        let address = move || href(MessageFilter { account: id, ..desk.filter.get() }, None);
        let title = name.clone();
        view! {
            <a
                class="tree__item"
                href=address
                title=title
                aria-current=move || (desk.filter.get().account == id).then_some("true")
            >
                <Icon name=Glyph::Mail/>
                <span class="tree__name">
                    {match name {
                        Some(name) => name.into_any(),
                        None => t!(i18n, inbox.all_mailboxes).into_any(),
                    }}
                </span>
                {broken
                    .then(|| {
                        view! {
                            <Icon name=Glyph::Warn tone="danger"/>
                            <span class="aloud">{t!(i18n, settings.mail.broken)}</span>
                        }
                    })}
            </a>
        }
    };
    let mailboxes = move || {
        let accounts = accounts.get();
        let several = accounts.len() > 1;
        let all = several.then(|| mailbox(None));
        view! {
            {all}
            {accounts.into_iter().map(|account| mailbox(Some(account))).collect_view()}
        }
    };
    view! {
        <nav class="inbox__folders tree" aria-label=move || t_string!(i18n, inbox.folders)>
            <Button kind=Kind::Primary wide=true icon=Glyph::Edit on_click=move |_| compose.begin(Begin::letter())>
                {t!(i18n, inbox.write)}
            </Button>
            <Transition>
                {
                    let known = Memo::new(move |_| counts.get().and_then(Result::ok).unwrap_or_default());
                    view! {
                        <div class="tree__group">
                            {PLACES.into_iter().take(2).map(|place| item(place, known)).collect_view()}
                            <Drafts desk known/>
                            {PLACES.into_iter().skip(2).map(|place| item(place, known)).collect_view()}
                        </div>
                    }
                }
            </Transition>
            <div class="tree__group">
                <div class="tree__heading">
                    <span>{t!(i18n, inbox.mailboxes)}</span>
                    <a
                        class="icon-button"
                        data-size="tiny"
                        href="/settings/mail/new"
                        aria-label=move || t_string!(i18n, inbox.add_mailbox)
                        title=move || t_string!(i18n, inbox.add_mailbox)
                    >
                        <Icon name=Glyph::Plus size=Size::Small/>
                    </a>
                </div>
                {mailboxes}
            </div>
        </nav>
    }
}

/// The same folders as a menu, where there is no room for a column.
#[component]
pub(super) fn FolderMenu(desk: Desk, #[prop(into)] accounts: Signal<Vec<MailAccountRow>>) -> impl IntoView {
    let i18n = use_i18n();
    let trigger = ViewFn::from(move || {
        view! {
            {move || view! { <Icon name=if desk.drafts.get() { Glyph::Note } else { glyph(desk.filter.get().place) }/> }}
            {move || if desk.drafts.get() { t_string!(i18n, compose.drafts.title) } else { place_name(i18n, desk.filter.get().place) }}
            <Icon name=Glyph::ChevronDown/>
        }
    });
    let place_item = move |place: Place| {
        view! {
            <MenuItem icon=glyph(place) href=href(MessageFilter { place, ..MessageFilter::default() }, None)>
                {move || place_name(i18n, place)}
            </MenuItem>
        }
    };
    let account_item = move |account: MailAccountRow| {
        let filter = MessageFilter { account: Some(account.id), ..MessageFilter::default() };
        view! {
            <MenuItem icon=Glyph::Mail href=href(filter, None)>
                {account.address}
            </MenuItem>
        }
    };
    view! {
        <Menu id="folder-menu" label=text!(i18n, inbox.folders) class="button inbox__folder-menu" trigger>
            {PLACES.into_iter().map(place_item).collect_view()}
            <MenuItem icon=Glyph::Note href="/inbox/drafts">
                {t!(i18n, compose.drafts.title)}
            </MenuItem>
            <div class="menu__line"></div>
            {move || accounts.get().into_iter().map(account_item).collect_view()}
        </Menu>
    }
}
