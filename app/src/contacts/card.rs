//! The card: who it is, the archive on its thread, and everything known about them on the right.

use super::archive::Archive;
use super::details::Details;
use super::employer::EmployerDialog;
use super::list::{query_of, use_filter, use_go};
use super::page::ListShown;
use super::verbs::{delete_contact, open_card, open_contact, restore_contact, set_contact_active, untag_contact};
use super::words;
use crate::compose::{Begin, TemplateItems, use_compose};
use crate::fault::FaultNote;
use crate::i18n::{I18nKeys, Locale, t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::session::{may, use_me};
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_i18n::I18nContext;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::params::ParamsMap;
use model::contact::{ContactCard, ContactFilter, ContactKind, DetailKind};
use model::inbox::{ArchiveFilter, ArchiveRow, ArchiveShow, Entity};
use model::{ContactId, Page, Right};
use ui::{
    Avatar, Banner, Button, Drawing, Empty, Glyph, Icon, IconButton, Menu, MenuItem, Shape, Size, Skeleton, Tab, Tabs, Toasts, Tone,
    use_menu, use_toasts,
};

/// The card on the table: what is shown of it, and how it is changed.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub id: ContactId,
    pub card: RwSignal<ContactCard>,
    /// The detail or address that was just saved, for a flash.
    pub saved: RwSignal<Option<String>>,
    pub link_employer: RwSignal<bool>,
    /// What the list beside it shows: links to other cards keep that.
    pub filter: Memo<ContactFilter>,
    pub toasts: Toasts,
    pub i18n: I18nContext<Locale, I18nKeys>,
}

impl Open {
    /// The address of a card, or of a part of it.
    pub(super) fn link(self, place: impl std::fmt::Display) -> String {
        format!("/contacts/{place}{}", self.filter.with(query_of))
    }

    pub(super) fn locale(self) -> Locale {
        self.i18n.get_locale_untracked()
    }

    /// May the reader change this card? Not in the bin, and not without the right to.
    pub(super) fn changeable(self) -> bool {
        may(Right::AddContacts) && !self.card.with(|card| card.deleted)
    }

    pub(super) fn kind(self) -> ContactKind {
        self.card.with(|card| card.contact.kind)
    }

    pub(super) fn refresh(self) {
        spawn_local(self.read_again());
    }

    pub(super) async fn read_again(self) {
        if let Ok(card) = open_contact(self.id).await
            && self.card.try_get_untracked().is_some_and(|old| old != card)
        {
            _ = self.card.try_set(card);
        }
    }

    /// Does something to the card and shows it as it is then; a fault is said in passing.
    pub(super) fn act<T: 'static>(self, doing: impl Future<Output = Result<T, Fault>> + 'static, then: impl FnOnce(T) + 'static) {
        spawn_local(async move {
            match doing.await {
                Ok(done) => {
                    self.read_again().await;
                    then(done);
                }
                Err(fault) => self.toasts.say(fault.sentence(self.locale())),
            }
        });
    }

    /// Says what happened, and how to take it back.
    pub(super) fn undoable<F>(self, said: impl Into<String>, undo: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), Fault>> + 'static,
    {
        self.toasts.undo(said, Callback::new(move |()| self.act(undo(), |()| {})));
    }

    pub(super) fn flash(self, id: String) {
        _ = self.saved.try_set(Some(id));
        set_timeout(move || _ = self.saved.try_set(None), std::time::Duration::from_millis(700));
    }
}

#[component]
pub fn Card() -> impl IntoView {
    let i18n = use_i18n();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).and_then(|id| id.parse::<ContactId>().ok()));
    let employees = use_me().with_untracked(|me| me.preferences.employees_in_archive);
    let opened = Resource::new(
        move || id.get(),
        move |id| async move {
            match id {
                Some(contact) => open_card(ArchiveFilter { contact, show: ArchiveShow::All, employees }).await,
                None => Err(Fault::NotFound),
            }
        },
    );
    let missing = move || {
        #[cfg(feature = "ssr")]
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(http::StatusCode::NOT_FOUND);
        }
        view! {
            <PageTitle text=text!(i18n, contacts.missing.title)/>
            <section class="contacts__rest contacts__nothing">
                <h1 class="aloud">{t!(i18n, contacts.missing.title)}</h1>
                <Empty drawing=Drawing::Loose title=text!(i18n, contacts.missing.title) text=text!(i18n, contacts.missing.text)>
                    <a class="button" href="/contacts">
                        {t!(i18n, contacts.missing.back)}
                    </a>
                </Empty>
            </section>
        }
        .into_any()
    };
    view! {
        <Transition fallback=CardSkeleton>
            {move || Suspend::new(async move {
                match opened.await {
                    Ok((card, archive)) => view! { <Opened card archive/> }.into_any(),
                    Err(Fault::NotFound | Fault::Invalid(_)) => missing(),
                    Err(fault) => view! {
                        <section class="contacts__rest">
                            <FaultNote fault retry=Callback::new(move |()| opened.refetch())/>
                        </section>
                    }
                    .into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn CardSkeleton() -> impl IntoView {
    view! {
        <div class="record" aria-hidden="true">
            <div class="record__head">
                <div class="record__who">
                    <span class="skeleton" data-shape="round"></span>
                    <div class="record__names record__bones">
                        <Skeleton width="40%"/>
                        <Skeleton width="25%"/>
                    </div>
                </div>
            </div>
        </div>
        <div class="fields" aria-hidden="true"></div>
    }
}

#[component]
fn Opened(card: ContactCard, archive: Page<ArchiveRow>) -> impl IntoView {
    let i18n = use_i18n();
    let id = card.contact.id;
    let open = Open {
        id,
        card: RwSignal::new(card),
        saved: RwSignal::new(None),
        link_employer: RwSignal::new(false),
        filter: use_filter(),
        toasts: use_toasts(),
        i18n,
    };
    let changed = use_live(move |change| match change.entity {
        // Employees stand on the card of their employer, so any contact may be on it.
        Entity::Contact | Entity::ContactType | Entity::Tag | Entity::Message => true,
        Entity::MailAccount
        | Entity::Folder
        | Entity::User
        | Entity::Preferences
        | Entity::PhoneSync
        | Entity::Task
        | Entity::Template
        | Entity::Draft
        | Entity::Sender => false,
    });
    Effect::new(move |before: Option<u32>| {
        let now = changed.get();
        if before.is_some_and(|before| before != now) {
            open.refresh();
        }
        now
    });
    let name = Signal::derive(move || open.card.with(|card| card.contact.name()));
    view! {
        <PageTitle text=name/>
        <article class="record" aria-labelledby="record-name">
            <Head open name/>
            <Archive open page=archive changed/>
        </article>
        <aside class="fields" aria-label=move || t_string!(i18n, contacts.card.fields)>
            <Details open/>
        </aside>
        <EmployerDialog open/>
    }
    .into_any()
}

#[component]
fn Head(open: Open, name: Signal<String>) -> impl IntoView {
    let i18n = use_i18n();
    let shown = expect_context::<ListShown>();
    let back = move || format!("/contacts{}", open.filter.with(query_of));
    let path = use_location().pathname;
    let current =
        Signal::derive(move || if path.with(|path| path.ends_with("/details")) { "details".to_owned() } else { "archive".to_owned() });
    let tabs = Signal::derive(move || {
        let tab = |key: &str, label: &str, href: String| Tab { key: key.to_owned(), label: label.to_owned(), count: None, href };
        vec![
            tab("details", t_string!(i18n, contacts.tabs.details), open.link(format_args!("{}/details", open.id))),
            tab("archive", t_string!(i18n, contacts.tabs.archive), open.link(open.id)),
        ]
    });
    let shape = if open.card.with_untracked(|card| card.contact.kind == ContactKind::Company) { Shape::Company } else { Shape::Person };
    let menu = use_menu();
    view! {
        <header class="record__head" on:contextmenu=move |event| menu.open_at(&event)>
            <a class="button record__back" data-kind="quiet" href=back>
                <Icon name=Glyph::ChevronLeft/>
                {t!(i18n, contacts.title)}
            </a>
            <div class="record__who">
                <Show when=move || !shown.is()>
                    <span class="record__list">
                        <IconButton name=Glyph::Panel label=text!(i18n, contacts.list.show) on_click=move |_| shown.set(true)/>
                    </span>
                </Show>
                <Avatar name=name shape size=Size::Large/>
                <div class="record__names">
                    <h1 id="record-name">
                        <span class="record__name" title=move || name.get()>
                            {move || name.get()}
                        </span>
                        <span class="tag">{move || open.card.with(|card| words::type_name(&card.type_, i18n.get_locale()))}</span>
                        {move || {
                            (!open.card.with(|card| card.contact.active))
                                .then(|| view! { <span class="tag" data-tone="warn">{t!(i18n, contacts.card.inactive)}</span> })
                        }}
                    </h1>
                    <Under open/>
                    <HeadTags open/>
                </div>
                <Actions open menu/>
            </div>
            <Show when=move || open.card.with(|card| card.deleted)>
                <Deleted open/>
            </Show>
            <Tabs label=name tabs=tabs current=current/>
        </header>
    }
    .into_any()
}

/// The line under the name: what somebody does and where, or how many work there.
#[component]
fn Under(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let line = move || {
        let card = open.card.get();
        let locale = i18n.get_locale();
        if card.contact.kind == ContactKind::Company {
            let mut parts = Vec::new();
            if !card.employees.is_empty() {
                parts.push(words::employees(card.employees.len(), locale));
            }
            if let Some(city) = card.addresses.iter().map(|address| address.form.city.trim()).find(|city| !city.is_empty()) {
                parts.push(city.to_owned());
            }
            return (!parts.is_empty()).then(|| view! { <p>{parts.join(" · ")}</p> }.into_any());
        }
        let function = card.contact.function.clone();
        let at = match card.employer {
            Some(employer) => {
                let words = if function.is_empty() {
                    td_string!(locale, contacts.card.works_at).to_owned()
                } else {
                    td_string!(locale, contacts.card.function_at, function = function.clone())
                };
                view! {
                    {words}
                    " "
                    <a href=open.link(employer.id)>{employer.name}</a>
                }
                .into_any()
            }
            None => {
                let parts: Vec<_> = [function, card.contact.company].into_iter().filter(|part| !part.trim().is_empty()).collect();
                if parts.is_empty() {
                    return None;
                }
                parts.join(" · ").into_any()
            }
        };
        Some(view! { <p>{at}</p> }.into_any())
    };
    view! { {line} }
}

/// Tags in sight also where the right column is a tab; each leads to everybody who has it.
#[component]
fn HeadTags(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let tags = move || {
        let tags = open.card.with(|card| card.tags.clone());
        (!tags.is_empty()).then(|| {
            let links = tags
                .into_iter()
                .map(|tag| {
                    let mut query = ParamsMap::new();
                    query.insert("q", format!("#{}", tag.name));
                    view! {
                        <li>
                            <a class="tag" data-kind="line" href=format!("/contacts{}", query.to_query_string())>
                                {tag.name}
                            </a>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <ul class="record__tags" aria-label=move || t_string!(i18n, contacts.tags.name)>
                    {links}
                </ul>
            }
        })
    };
    view! { {tags} }
}

/// What can be done now; writing, calling out and the rest come with their own modules.
#[component]
fn Actions(open: Open, menu: ui::MenuHandle) -> impl IntoView {
    let i18n = use_i18n();
    let go = use_go();
    let first = move |kinds: &[DetailKind]| {
        open.card.with(|card| {
            kinds.iter().find_map(|kind| card.details.iter().find(|detail| detail.kind == *kind).map(|detail| detail.value.clone()))
        })
    };
    let (compose, writes) = (use_compose(), may(Right::UseMail));
    // Without a mailbox of one's own, the machine's mail program is the next best.
    let write = move |event: &leptos::ev::MouseEvent| {
        if writes {
            event.prevent_default();
            compose.begin(Begin::Letter { contact: Some(open.id), address: None, template: None });
        }
    };
    let mail = move || {
        first(&[DetailKind::Email]).map(|address| {
            view! {
                <a class="button" data-kind="primary" href=format!("mailto:{address}") title=address on:click=move |event| write(&event)>
                    <Icon name=Glyph::Mail/>
                    {t!(i18n, contacts.card.email)}
                </a>
            }
        })
    };
    let pick =
        Callback::new(move |template| compose.begin(Begin::Letter { contact: Some(open.id), address: None, template: Some(template) }));
    let templates = move || {
        (writes && first(&[DetailKind::Email]).is_some()).then(|| {
            let trigger = ViewFn::from(|| view! { <Icon name=Glyph::ChevronDown size=Size::Small/> });
            view! {
                <Menu id="card-templates" label=text!(i18n, contacts.card.email_template) class="icon-button" trigger>
                    <TemplateItems current=Signal::stored(None) on_pick=pick/>
                </Menu>
            }
        })
    };
    let call = move || {
        first(&[DetailKind::Mobile, DetailKind::Phone]).map(|number| {
            view! {
                <a class="icon-button" href=super::details::tel(&number) title=number.clone() aria-label=move || t_string!(i18n, contacts.card.call)>
                    <Icon name=Glyph::Phone/>
                </a>
            }
        })
    };
    let name = move || open.card.with_untracked(|card| card.contact.name());
    let remove = move |_| {
        let said = words::deleted(&name(), open.locale());
        open.act(delete_contact(open.id), move |()| {
            open.undoable(said, move || restore_contact(open.id));
        });
    };
    let set_active = move |_| {
        let active = !open.card.with_untracked(|card| card.contact.active);
        open.act(set_contact_active(open.id, active), move |()| {
            open.undoable(words::activity(active, open.locale()), move || set_contact_active(open.id, !active));
        });
    };
    let is_person = move || open.kind() == ContactKind::Person;
    let deleted = move || open.card.with(|card| card.deleted);
    view! {
        <div class="record__actions">
            {mail}
            {templates}
            {call}
            <Menu id="contact-menu" label=text!(i18n, contacts.card.more) handle=menu>
                {move || {
                    (open.changeable() && !is_person())
                        .then(|| {
                            let add = move |_| go.run((format!("/contacts/new?employer={}", open.id), false));
                            view! {
                                <MenuItem icon=Glyph::PersonPlus on_click=add>
                                    {t!(i18n, contacts.employees.add)}
                                </MenuItem>
                            }
                        })
                }}
                {move || {
                    (open.changeable() && is_person())
                        .then(|| {
                            view! {
                                <MenuItem icon=Glyph::Building on_click=move |_| open.link_employer.set(true)>
                                    {t!(i18n, contacts.employer.link)}
                                </MenuItem>
                            }
                        })
                }}
                {move || {
                    open.changeable()
                        .then(|| {
                            view! {
                                <MenuItem icon=Glyph::BinClock on_click=set_active>
                                    {move || words::activity_choice(!open.card.with(|card| card.contact.active), i18n.get_locale())}
                                </MenuItem>
                            }
                        })
                }}
                {move || {
                    (may(Right::DeleteContacts) && !deleted())
                        .then(|| {
                            view! {
                                <hr class="menu__line"/>
                                <MenuItem icon=Glyph::Trash danger=true on_click=remove>
                                    {t!(i18n, contacts.card.delete)}
                                </MenuItem>
                            }
                        })
                }}
                {move || {
                    (may(Right::DeleteContacts) && deleted())
                        .then(|| {
                            view! {
                                <MenuItem icon=Glyph::Undo on_click=move |_| open.act(restore_contact(open.id), |()| {})>
                                    {t!(i18n, contacts.card.restore)}
                                </MenuItem>
                            }
                        })
                }}
            </Menu>
        </div>
    }
    .into_any()
}

/// In the bin: to be looked at, and to be brought back.
#[component]
fn Deleted(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let end = move || {
        view! {
            <Show when=move || may(Right::DeleteContacts)>
                <Button size=Size::Small on_click=move |_| open.act(restore_contact(open.id), |()| {})>
                    {t!(i18n, contacts.card.restore)}
                </Button>
            </Show>
        }
    };
    view! {
        <div class="record__banner">
            <Banner tone=Tone::Warn icon=Glyph::Trash live=true end=end.into()>
                {t!(i18n, contacts.card.deleted)}
            </Banner>
        </div>
    }
}

/// Takes a tag off, with a way back.
pub(super) fn untag(open: Open, tag: model::contact::Tag) {
    let said = td_string!(open.locale(), contacts.said.untagged, name = tag.name.clone());
    open.act(untag_contact(open.id, tag.id), move |()| {
        open.undoable(said, move || {
            let again = super::verbs::tag_contact(open.id, tag.name.clone());
            async move { again.await.map(|_| ()) }
        });
    });
}
