use crate::contacts::verbs::list_contacts;
use crate::fault::FaultNote;
use crate::format;
use crate::i18n::{t, use_i18n};
use crate::inbox::verbs::list_messages;
use crate::live::use_live;
use crate::session::{may, use_me};
use crate::tasks::{About, NewTask, TaskDialog, TaskList};
use leptos::prelude::*;
use model::Right;
use model::contact::{ContactFilter, ContactKind, ContactRow};
use model::inbox::{Entity, MessageFilter, MessageRow};
use model::work::TaskFilter;
use ui::{Avatar, Empty, Glyph, LinkButton, Shape, SkeletonRows};

/// What fits without scrolling on a laptop.
const ROWS: usize = 6;

#[component]
pub fn LastContacts() -> impl IntoView {
    let i18n = use_i18n();
    let live = use_live(|change| matches!(change.entity, Entity::Contact | Entity::Message));
    let rows = Resource::new(move || live.get(), |_| list_contacts(ContactFilter::default(), None));
    let drawn = move || {
        rows.get().map(|answer| match answer {
            Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| rows.refetch())/> }.into_any(),
            Ok(page) if page.rows.is_empty() => view! {
                <Empty title=text!(i18n, home.contacts.empty) text=text!(i18n, home.contacts.empty_text)>
                    {may(Right::AddContacts)
                        .then(|| {
                            view! {
                                <LinkButton href="/contacts/new" icon=Glyph::Plus>
                                    {t!(i18n, home.contacts.add)}
                                </LinkButton>
                            }
                        })}
                </Empty>
            }
            .into_any(),
            Ok(page) => page.rows.into_iter().take(ROWS).map(contact_row).collect_view().into_any(),
        })
    };
    view! {
        <section class="card home__list" aria-labelledby="last-contacts">
            <div class="card__head">
                <h2 id="last-contacts">{t!(i18n, home.contacts.title)}</h2>
                <a href="/contacts">{t!(i18n, home.contacts.all)}</a>
            </div>
            <div class="card__body">
                <Transition fallback=|| view! { <SkeletonRows rows=ROWS/> }>{drawn}</Transition>
            </div>
        </section>
    }
}

fn contact_row(row: ContactRow) -> AnyView {
    let i18n = use_i18n();
    let order = use_me().with_untracked(|me| me.preferences.date_format);
    let shape = if row.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
    let (last, name) = (row.last, row.name.clone());
    view! {
        <a class="list-row" href=format!("/contacts/{}", row.id)>
            <Avatar name=row.name.clone() shape/>
            <span class="list-row__name" title=name>
                {row.name}
            </span>
            <span class="list-row__end">
                {row.unread.then(|| view! { <span class="dot"></span> })}
                <time datetime=format::machine(last)>{move || format::short(last, i18n.get_locale(), order)}</time>
            </span>
            <span class="list-row__line">{row.sub}</span>
        </a>
    }
    .into_any()
}

/// What one is to do, the most urgent first.
#[component]
pub fn MyTasks() -> impl IntoView {
    let i18n = use_i18n();
    let about = RwSignal::new(None::<About>);
    let none = ViewFn::from(move || view! { <Empty title=text!(i18n, home.tasks.empty) text=text!(i18n, home.tasks.empty_text)/> });
    view! {
        <section class="card home__list home__tasks" aria-labelledby="my-tasks">
            <div class="card__head">
                <h2 id="my-tasks">{t!(i18n, home.tasks.title)}</h2>
                <NewTask about of=Signal::stored(About::default())/>
            </div>
            <div class="card__body">
                <TaskList filter=Signal::stored(Some(TaskFilter::Mine)) empty=none/>
            </div>
            <TaskDialog about/>
        </section>
    }
}

#[component]
pub fn LatestMessages() -> impl IntoView {
    let i18n = use_i18n();
    let live = use_live(|change| change.entity == Entity::Message);
    let rows = Resource::new(move || live.get(), |_| list_messages(MessageFilter::default(), None));
    let drawn = move || {
        rows.get().map(|answer| match answer {
            Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| rows.refetch())/> }.into_any(),
            Ok(page) if page.rows.is_empty() => {
                view! { <Empty title=text!(i18n, home.messages.empty) text=text!(i18n, home.messages.empty_text)/> }.into_any()
            }
            Ok(page) => page.rows.into_iter().take(ROWS).map(message_row).collect_view().into_any(),
        })
    };
    view! {
        <section class="card home__list" aria-labelledby="latest-messages">
            <div class="card__head">
                <h2 id="latest-messages">{t!(i18n, home.messages.title)}</h2>
                <a href="/inbox">{t!(i18n, home.messages.all)}</a>
            </div>
            <div class="card__body">
                <Transition fallback=|| view! { <SkeletonRows rows=ROWS/> }>{drawn}</Transition>
            </div>
        </section>
    }
}

fn message_row(row: MessageRow) -> AnyView {
    let i18n = use_i18n();
    let order = use_me().with_untracked(|me| me.preferences.date_format);
    let known = row.contact.as_ref();
    let shape = match known {
        None => Shape::Unknown,
        Some(contact) if contact.kind == ContactKind::Company => Shape::Company,
        Some(_) => Shape::Person,
    };
    let written = if row.who.name.is_empty() { row.who.address.clone() } else { row.who.name.clone() };
    let name = known.map_or(written, |contact| contact.name.clone());
    let at = row.at;
    view! {
        <a class="list-row" href=format!("/inbox/inbox/{}", row.id)>
            <Avatar name=name.clone() shape/>
            <span class="list-row__name">{name}</span>
            <span class="list-row__end">
                {(!row.read).then(|| view! { <span class="dot"></span> })}
                <time datetime=format::machine(at)>{move || format::short(at, i18n.get_locale(), order)}</time>
            </span>
            <span class="list-row__line" title=row.subject.clone()>
                {row.subject.clone()}
            </span>
        </a>
    }
    .into_any()
}
