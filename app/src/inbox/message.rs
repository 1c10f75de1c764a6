//! One message, read: what it is linked to, who it is from, its body in a frame that can do nothing, its attachments.

use super::conversation::{SplitOffer, Stream};
use super::frame::{Frame, HeldBack};
use super::nature::NatureOf;
use super::notes::Notes;
use super::picker::Picker;
use super::verbs::{link_message, mark_read, open_message, unlink_message};
use crate::compose::DispatchNote;
use crate::fault::FaultNote;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::upload::encoded;
use crate::{Fault, format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use model::contact::{ContactKind, ContactRef};
use model::inbox::{Entity, MessageView, Place};
use model::message::{AttachmentMeta, Participant, ParticipantRole, Quarantine};
use model::nature::Nature;
use model::{ContactId, MessageId, fold};
use ui::{Avatar, Banner, Drawing, Empty, Glyph, Icon, Shape, Size, Skeleton, Tone, use_toasts};

/// At most so many names stand in the line of recipients, and so many unknown addresses under the subject.
const NAMES: usize = 3;
const UNKNOWN: usize = 4;

/// The reading pane: the inbox and the archive of a contact show messages with it.
#[component]
pub fn MessagePane(
    #[prop(into)] id: Signal<Option<MessageId>>,
    /// Opens the popup that links the message; the room may set it too.
    #[prop(optional)]
    link: Option<RwSignal<bool>>,
    /// Called when a message has come on screen; the room then marks it read itself.
    #[prop(optional)]
    on_shown: Option<Callback<MessageView>>,
) -> impl IntoView {
    let link = link.unwrap_or_else(|| RwSignal::new(false));
    let found = find_message(id);
    view! { <Pane found link on_shown/> }
}

/// The message asked for, none when none is.
pub(super) type Found = Resource<Option<Result<MessageView, Fault>>>;

/// Made by the page itself: what is drawn under a `Suspense` may be drawn twice, and then it would be asked twice.
pub(super) fn find_message(id: Signal<Option<MessageId>>) -> Found {
    Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => Some(open_message(id).await),
                None => None,
            }
        },
    )
}

#[component]
pub(super) fn Pane(found: Found, link: RwSignal<bool>, on_shown: Option<Callback<MessageView>>) -> impl IntoView {
    let i18n = use_i18n();
    let drawn = move || {
        found.get().map(|shown| match shown {
            None => {
                let text = text!(i18n, inbox.empty.chosen_text);
                view! { <Empty title=text!(i18n, inbox.empty.chosen) text drawing=Drawing::Loose/> }.into_any()
            }
            Some(Ok(view)) => view! { <Reading view link on_shown/> }.into_any(),
            Some(Err(Fault::NotFound)) => {
                let text = text!(i18n, inbox.missing_text);
                view! { <Empty title=text!(i18n, inbox.missing) text drawing=Drawing::Loose/> }.into_any()
            }
            Some(Err(fault)) => view! { <FaultNote fault retry=Callback::new(move |()| found.refetch())/> }.into_any(),
        })
    };
    view! {
        <div class="conversation__scroll">
            <Transition fallback=waiting>{drawn}</Transition>
        </div>
    }
}

fn waiting() -> impl IntoView {
    view! {
        <div class="conversation__head conversation__bones" aria-hidden="true">
            <Skeleton width="60%"/>
            <Skeleton width="30%"/>
            <Skeleton/>
            <Skeleton/>
            <Skeleton width="80%"/>
        </div>
    }
}

#[component]
fn Reading(view: MessageView, link: RwSignal<bool>, on_shown: Option<Callback<MessageView>>) -> impl IntoView {
    let i18n = use_i18n();
    let id = view.row.id;
    let shown = view.clone();
    Effect::new(move |_| match on_shown {
        Some(on_shown) => on_shown.run(shown.clone()),
        // Seen is seen, wherever; of others' messages the server lets nothing be marked.
        None if !shown.row.read => spawn_local(async move { _ = mark_read(vec![id], true).await }),
        None => {}
    });
    let subject = view.row.subject.clone();
    let subject = move || if subject.trim().is_empty() { t_string!(i18n, inbox.row.no_subject).to_owned() } else { subject.clone() };
    let letter = view.clone();
    view! {
        <article class="reading" aria-label=move || t_string!(i18n, inbox.message.name)>
            <div class="conversation__head">
                <h2 class="conversation__subject">{subject}</h2>
                <Links id view link/>
            </div>
            <Stream view=letter/>
            <Notes id/>
        </article>
    }
}

/// A letter that stands open: who, to whom, what it says, what came with it.
#[component]
pub(super) fn Letter(view: MessageView, can_split: Callback<MessageId, bool>, split: Callback<MessageId>) -> impl IntoView {
    let id = view.row.id;
    let quarantine = view.row.quarantine;
    view! {
        <Head view=view.clone() can_split split/>
        <DispatchNote id dispatch=view.dispatch.clone()/>
        {quarantine.map(|why| view! { <Damaged id why/> })}
        <Body view=view.clone()/>
        <Attachments id files=view.attachments has_html=view.has_html/>
    }
}

/// The strip of linked contacts, and of addresses nobody has a card for.
#[component]
fn Links(id: MessageId, view: MessageView, link: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let now = RwSignal::new((view.links, view.unknown));
    let refresh = move || {
        spawn_local(async move {
            if let Ok(view) = open_message(id).await {
                _ = now.try_set((view.links, view.unknown));
            }
        });
    };
    // Linked elsewhere, or a card was made for the sender.
    let changed = live::use_live(move |change| change.entity == Entity::Contact || (change.entity == Entity::Message && change.id == id.0));
    Effect::new(move |before: Option<u32>| {
        let count = changed.get();
        if before.is_some_and(|before| before != count) {
            refresh();
        }
        count
    });
    let set =
        move |contact: ContactRef, on: bool, undo: bool| set_link(id, contact, on, undo, Callback::new(move |()| refresh()), toasts, i18n);
    let linked = Signal::derive(move || now.with(|(links, _)| links.iter().map(|link| link.contact.id).collect::<Vec<ContactId>>()));
    let chip = move |contact: ContactRef| {
        let shape = if contact.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
        let name = contact.name.clone();
        let cross = t_string!(i18n, inbox.message.unlink, name = name.clone());
        let href = format!("/contacts/{}", contact.id);
        view! {
            <span class="chip">
                <Avatar name=name.clone() shape size=Size::Mini/>
                <a class="chip__text" href=href>
                    {name}
                </a>
                <button class="chip__remove" type="button" aria-label=cross on:click=move |_| set(contact.clone(), false, true)>
                    <Icon name=Glyph::Close/>
                </button>
            </span>
        }
    };
    let chips = move || now.with(|(links, _)| links.iter().map(|link| chip(link.contact.clone())).collect_view());
    let none = move || {
        now.with(|(links, _)| links.is_empty()).then(|| view! { <span class="linked__word">{t!(i18n, inbox.message.unlinked)}</span> })
    };
    let unknown = move || {
        now.with(|(_, unknown)| {
            let all = unknown.iter().take(UNKNOWN).map(|who| stranger(i18n.get_locale(), id, who)).collect_view();
            (!unknown.is_empty()).then(|| {
                view! {
                    <div class="linked" role="group" aria-label=t_string!(i18n, inbox.message.unknown)>
                        <span class="linked__word">{t_string!(i18n, inbox.message.unknown)}</span>
                        {all}
                    </div>
                }
            })
        })
    };
    view! {
        <div class="linked" role="group" aria-label=move || t_string!(i18n, inbox.message.linked)>
            <span class="linked__word">
                <Icon name=Glyph::Link size=Size::Small/>
                <span class="aloud">{t!(i18n, inbox.message.linked)}</span>
            </span>
            {none}
            {chips}
            <button
                class="chip"
                data-kind="add"
                type="button"
                aria-label=move || t_string!(i18n, inbox.message.link)
                title=move || t_string!(i18n, inbox.message.link)
                on:click=move |_| link.set(true)
            >
                <Icon name=Glyph::Plus/>
            </button>
        </div>
        {unknown}
        <Picker open=link linked on_pick=Callback::new(move |contact| set(contact, true, true))/>
    }
}

fn set_link(
    id: MessageId,
    contact: ContactRef,
    on: bool,
    undo: bool,
    refresh: Callback<()>,
    toasts: ui::Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
) {
    spawn_local(async move {
        let locale = i18n.get_locale_untracked();
        let done = if on { link_message(id, contact.id).await } else { unlink_message(id, contact.id).await };
        match done {
            Ok(()) => {
                if undo {
                    let name = contact.name.clone();
                    let said = if on {
                        td_string!(locale, inbox.said.linked, name = name)
                    } else {
                        td_string!(locale, inbox.said.unlinked, name = name)
                    };
                    let back = Callback::new(move |()| set_link(id, contact.clone(), !on, false, refresh, toasts, i18n));
                    toasts.undo(said, back);
                }
                _ = refresh.try_run(());
            }
            Err(fault) => toasts.say(fault.sentence(locale)),
        }
    });
}

fn stranger(locale: Locale, id: MessageId, who: &Participant) -> AnyView {
    let name = name_of(who);
    let label = td_string!(locale, inbox.message.add, name = name.clone());
    view! {
        <a class="chip chip--stranger" href=add_href(id, &who.address) aria-label=label title=who.address.clone()>
            <Avatar name=String::new() shape=Shape::Unknown size=Size::Mini/>
            <span class="chip__text">{name}</span>
            <Icon name=Glyph::PersonPlus/>
        </a>
    }
    .into_any()
}

/// The form for a new card, with this sender filled in (INB-11).
pub fn add_href(id: MessageId, address: &str) -> String {
    format!("/contacts/new?message={id}&address={}", encoded(address))
}

fn name_of(who: &Participant) -> String {
    if who.name.trim().is_empty() { who.address.clone() } else { who.name.clone() }
}

/// Who wrote it, to whom, when; every address behind one click.
#[component]
fn Head(view: MessageView, can_split: Callback<MessageId, bool>, split: Callback<MessageId>) -> impl IntoView {
    let i18n = use_i18n();
    let navigate = use_navigate();
    let id = view.row.id;
    let sender = view.participants.iter().find(|who| who.role == ParticipantRole::From).cloned();
    let sender = sender.unwrap_or_else(|| view.row.who.clone());
    let name = if name_of(&sender).is_empty() { t_string!(i18n, inbox.row.no_sender).to_owned() } else { name_of(&sender) };
    let key = fold::email_key(&sender.address);
    let stranger = view.unknown.iter().any(|who| fold::email_key(&who.address) == key);
    let shape = if stranger { Shape::Unknown } else { Shape::Person };
    // The card behind the sender: the contact of the row for incoming mail.
    let card = match &view.row.contact {
        Some(contact) if !view.row.outgoing => Some(format!("/contacts/{}", contact.id)),
        _ if stranger => Some(add_href(id, &sender.address)),
        _ => None,
    };
    let open = move |_| {
        if let Some(card) = &card {
            navigate(card, leptos_router::NavigateOptions::default());
        }
    };
    let at = view.row.at;
    let address = (!sender.address.is_empty() && sender.address != name).then(|| format!(" · {}", sender.address));
    let shown = view.clone();
    let line = move || recipients(i18n.get_locale(), &shown);
    let when = move || {
        let locale = i18n.get_locale();
        match at.days_from_today {
            0 | -1 => format!("{}, {}", format::day(at, locale).to_lowercase(), format::time(at)),
            _ => format!("{}, {}", format::day(at, locale), format::time(at)),
        }
    };
    view! {
        <div class="letter__head">
            <Avatar name=name.clone() shape size=Size::Small/>
            <div class="letter__people">
                <span class="letter__from" on:dblclick=open title=sender.address.clone()>
                    {name}
                </span>
                <details class="letter__addresses">
                    <summary class="letter__to" title=move || t_string!(i18n, inbox.message.details)>
                        <span>{line} {address}</span>
                        <Icon name=Glyph::ChevronDown size=Size::Small/>
                    </summary>
                    <Addresses view/>
                    <SplitOffer id can_split split/>
                </details>
            </div>
            <time datetime=format::machine(at) title=move || format::full(at, i18n.get_locale())>
                {when}
            </time>
        </div>
    }
}

fn recipients(locale: Locale, view: &MessageView) -> String {
    let own = fold::email_key(&view.mailbox);
    let mut names: Vec<_> = view
        .participants
        .iter()
        .filter(|who| matches!(who.role, ParticipantRole::To | ParticipantRole::Cc))
        .map(|who| if fold::email_key(&who.address) == own { td_string!(locale, inbox.message.me).to_owned() } else { name_of(who) })
        .collect();
    if names.is_empty() {
        return td_string!(locale, inbox.message.to_nobody).to_owned();
    }
    let more = names.len().saturating_sub(NAMES) + usize::try_from(view.participants_left_out).unwrap_or_default();
    names.truncate(NAMES);
    let names = names.join(", ");
    if more == 0 {
        td_string!(locale, inbox.message.to_line, names = names)
    } else {
        td_string!(locale, inbox.message.to_more, names = names, more = more)
    }
}

#[component]
fn Addresses(view: MessageView) -> impl IntoView {
    let i18n = use_i18n();
    let id = view.row.id;
    let role = move |role: ParticipantRole, word: &'static str| {
        let people: Vec<_> = view.participants.iter().filter(|who| who.role == role).cloned().collect();
        (!people.is_empty()).then(|| {
            let people = people
                .into_iter()
                .map(|who| {
                    let (name, address) = (who.name.trim().to_owned(), who.address);
                    view! {
                        <dd>
                            {(!name.is_empty() && name != address).then(|| view! { <span>{name} " "</span> })} <span class="letter__address">{address}</span>
                        </dd>
                    }
                })
                .collect_view();
            view! {
                <div>
                    <dt>{word}</dt>
                    {people}
                </div>
            }
        })
    };
    let left_out = (view.participants_left_out > 0)
        .then(|| view! { <p class="letter__more">{t_string!(i18n, inbox.message.left_out, count = view.participants_left_out)}</p> });
    view! {
        <dl class="letter__list">
            {role(ParticipantRole::From, t_string!(i18n, inbox.message.from))} {role(ParticipantRole::To, t_string!(i18n, inbox.message.to))}
            {role(ParticipantRole::Cc, t_string!(i18n, inbox.message.cc))} {role(ParticipantRole::Bcc, t_string!(i18n, inbox.message.bcc))}
            {role(ParticipantRole::ReplyTo, t_string!(i18n, inbox.message.reply_to))} <div>
                <dt>{t!(i18n, inbox.message.mailbox)}</dt>
                <dd>{view.mailbox.clone()}</dd>
            </div>
            <div>
                <dt>{t!(i18n, inbox.message.size)}</dt>
                <dd>
                    {move || format::size(view.size, i18n.get_locale())} " · "
                    <a href=format!("/message/{id}/raw") rel="external" download="">
                        {t!(i18n, inbox.message.raw)}
                    </a>
                </dd>
            </div>
        </dl>
        {left_out}
    }
}

/// Kept, but not readable: says why, and where the original is.
#[component]
fn Damaged(id: MessageId, why: Quarantine) -> impl IntoView {
    let i18n = use_i18n();
    let text = move || match why {
        Quarantine::NoHeader => t_string!(i18n, inbox.message.quarantine.no_header),
        Quarantine::Unreadable => t_string!(i18n, inbox.message.quarantine.unreadable),
        Quarantine::TooLarge => t_string!(i18n, inbox.message.quarantine.too_large),
    };
    let end = ViewFn::from(move || {
        (why != Quarantine::TooLarge).then(|| {
            view! {
                <a class="button" data-size="small" href=format!("/message/{id}/raw") rel="external" download="">
                    <Icon name=Glyph::Download/>
                    {t!(i18n, inbox.message.raw)}
                </a>
            }
        })
    });
    view! {
        <div class="letter__damaged">
            <Banner tone=Tone::Warn icon=Glyph::Warn tall=true end>
                {text}
            </Banner>
        </div>
    }
}

/// The letter itself stands in a frame without scripts; what lies elsewhere is fetched only when asked for.
#[component]
fn Body(view: MessageView) -> impl IntoView {
    let i18n = use_i18n();
    let (id, spam) = (view.row.id, view.place == Place::Spam);
    let subject = view.row.subject.clone();
    let images = RwSignal::new(false);
    let held_back = RwSignal::new(HeldBack::default());
    let nature = RwSignal::new(Nature::default());
    // A new element for the same letter with images: a frame that is led elsewhere would add a step to the browser's history.
    let frame = move || view! { <Frame id title=subject.clone() images=images.get() held_back nature/> };
    if view.row.quarantine == Some(Quarantine::TooLarge) {
        return ().into_any();
    }
    let strip = move || {
        let HeldBack { remote, trackers } = held_back.get();
        let waiting = remote && !images.get();
        let text = match trackers {
            0 if !waiting => return None,
            0 if spam => t_string!(i18n, inbox.message.blocked_spam).to_owned(),
            0 => t_string!(i18n, inbox.message.blocked).to_owned(),
            1 => t_string!(i18n, inbox.message.tracker).to_owned(),
            count => t_string!(i18n, inbox.message.trackers, count = count),
        };
        let show = (waiting && !spam).then(|| {
            view! {
                <span aria-hidden="true">"·"</span>
                <button class="link-button" type="button" on:click=move |_| images.set(true)>
                    {t!(i18n, inbox.message.show)}
                </button>
            }
        });
        Some(view! {
            <div class="letter__shield" role="status">
                <Icon name=Glyph::Shield size=Size::Small/>
                <span>{text}</span>
                {show}
            </div>
        })
    };
    view! {
        <NatureOf id nature/>
        {strip}
        {frame}
    }
    .into_any()
}

#[component]
fn Attachments(id: MessageId, files: Vec<AttachmentMeta>, has_html: bool) -> impl IntoView {
    let i18n = use_i18n();
    // What the body shows stands there already.
    let files: Vec<_> = files.into_iter().filter(|file| !(file.inline && has_html)).collect();
    if files.is_empty() {
        return ().into_any();
    }
    let one = move |file: AttachmentMeta| {
        let glyph = match file.mime.split('/').next() {
            Some("image") => Glyph::Image,
            Some("text") if file.mime.ends_with("csv") => Glyph::Table,
            _ if file.mime.contains("sheet") || file.mime.contains("excel") => Glyph::Table,
            _ => Glyph::File,
        };
        let size = move || format::size(file.size, i18n.get_locale());
        let (name, title) = (file.name.clone(), file.name.clone());
        view! {
            <li>
                <a
                    class="attachment"
                    href=format!("/message/{id}/attachment/{}/{}", file.part, encoded(&file.name))
                    rel="external"
                    download=file.name.clone()
                    title=title
                    aria-label=move || t_string!(i18n, inbox.message.download, name = name.clone(), size = size())
                >
                    <Icon name=glyph/>
                    <span class="attachment__name">{file.name.clone()}</span>
                    <span class="attachment__size">{size}</span>
                </a>
            </li>
        }
    };
    view! {
        <ul class="attachments" aria-label=move || t_string!(i18n, inbox.message.attachments)>
            {files.into_iter().map(one).collect_view()}
        </ul>
    }
    .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// [INB-11] The address of an unknown sender is taken over, whatever is in it.
    #[test]
    fn an_address_is_taken_over_as_it_is() {
        let id: MessageId = "00000000000000000000000000000007".parse().expect("32 hex digits");
        let href = add_href(id, "jan+crm&x=y@bakker.example");
        assert_eq!(href, "/contacts/new?message=00000000-0000-0000-0000-000000000007&address=jan%2Bcrm%26x%3Dy%40bakker.example");
    }
}
