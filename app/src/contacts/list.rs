//! The left list: who one was in touch with last stands first.

use super::page::{Known, ListShown};
use super::paged::Paged;
use super::verbs::{count_contacts, delete_contact, list_contacts, restore_contact, set_contact_active};
use super::words;
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::live::use_live;
use crate::session::{may, use_me};
use crate::{Fault, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use model::contact::{ContactFilter, ContactKind, ContactRow};
use model::inbox::Entity;
use model::{Civil, ContactId, Page, Right};
use std::time::Duration;
use ui::{
    Avatar, Drawing, Empty, Glyph, Icon, IconButton, Menu, MenuHandle, MenuItem, Shape, Size, SkeletonRows, VirtualList, use_menu,
    use_toasts,
};

/// A pause in typing this long asks the server.
const PAUSE: Duration = Duration::from_millis(160);
const ROW: u32 = 56;

/// What the list shows stands in the address: it can be kept, sent and gone back to.
pub(super) fn filter_of(query: &ParamsMap) -> ContactFilter {
    ContactFilter {
        search: query.get("q").unwrap_or_default(),
        kind: query.get("only").and_then(|word| ContactKind::from_word(&word)),
        type_id: query.get("type").and_then(|id| id.parse().ok()),
        tag: None,
        inactive: query.get("inactive").is_some(),
    }
}

/// `?q=…`, or nothing.
pub(super) fn query_of(filter: &ContactFilter) -> String {
    let mut query = ParamsMap::new();
    if !filter.search.is_empty() {
        query.insert("q", filter.search.clone());
    }
    if let Some(kind) = filter.kind {
        query.insert("only", kind.as_str().to_owned());
    }
    if let Some(id) = filter.type_id {
        query.insert("type", id.to_string());
    }
    if filter.inactive {
        query.insert("inactive", "true".to_owned());
    }
    query.to_query_string()
}

/// What the list shows now, for links that keep it.
pub(super) fn use_filter() -> Memo<ContactFilter> {
    let query = use_query_map();
    Memo::new(move |_| query.with(filter_of))
}

/// Goes to another address: `(address, whether it takes the place of this one)`.
pub(super) fn use_go() -> Callback<(String, bool)> {
    let navigate = use_navigate();
    Callback::new(move |(place, replace): (String, bool)| {
        navigate(&place, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
    })
}

#[component]
pub(super) fn ContactList() -> impl IntoView {
    let i18n = use_i18n();
    let filter = use_filter();
    let changed = use_live(|change| matches!(change.entity, Entity::Contact | Entity::Message));
    // With the filter that was asked for: the one in the address may be another by the time the answer is here.
    let first =
        Resource::new(move || filter.get(), |filter| async move { list_contacts(filter.clone(), None).await.map(|page| (filter, page)) });
    let count = Resource::new(move || (filter.get(), changed.get()), |(filter, _)| count_contacts(filter));
    view! {
        <section class="contacts__list" aria-label=move || t_string!(i18n, contacts.list.name)>
            <Bar filter/>
            <Chosen filter/>
            <p class="contacts__order">
                {t!(i18n, contacts.list.order)}
                <Transition>
                    <span aria-live="polite">
                        {move || Suspend::new(async move { count.await.ok().map(|count| format::count(count, i18n.get_locale())) })}
                    </span>
                </Transition>
            </p>
            <Transition fallback=|| {
                view! { <SkeletonRows rows=10/> }
            }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok((filter, page)) => view! { <Rows page filter changed/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| first.refetch())/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

/// Search, filter, new, hide.
#[component]
fn Bar(filter: Memo<ContactFilter>) -> impl IntoView {
    let i18n = use_i18n();
    let go = use_go();
    let path = use_location().pathname;
    let shown = expect_context::<ListShown>();
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let typed = RwSignal::new(filter.get_untracked().search);
    // What this field asked for itself comes back as an address a moment later, and must not undo what was typed since.
    let asked_for = StoredValue::new(typed.get_untracked());
    Effect::new(move |_| {
        let search = filter.get().search;
        if asked_for.get_value() != search {
            asked_for.set_value(search.clone());
            typed.set(search);
        }
    });
    let search = move |words: String| {
        asked_for.set_value(words.clone());
        let asked = ContactFilter { search: words, ..filter.get_untracked() };
        go.run((format!("{}{}", path.get_untracked(), query_of(&asked)), true));
    };
    let on_input = move |event| {
        let words = event_target_value(&event);
        typed.set(words.clone());
        if let Some(before) = pause.try_update_value(Option::take).flatten() {
            before.clear();
        }
        pause.set_value(set_timeout_with_handle(move || search(words), PAUSE).ok());
    };
    let known = expect_context::<Known>();
    let known_tags =
        move || known.tags.get().into_iter().map(|found| view! { <option value=format!("#{}", found.tag.name)></option> }).collect_view();
    view! {
        <header class="contacts__bar">
            <form role="search" method="get" action="/contacts" class="contacts__search" on:submit=move |event| event.prevent_default()>
                <label class="search-field">
                    <Icon name=Glyph::Search size=Size::Small/>
                    <span class="aloud">{t!(i18n, contacts.list.search)}</span>
                    <input
                        type="search"
                        name="q"
                        autocomplete="off"
                        list="contact-tags"
                        placeholder=move || t_string!(i18n, contacts.list.placeholder)
                        value=filter.get_untracked().search
                        prop:value=move || typed.get()
                        on:input=on_input
                    />
                </label>
                <datalist id="contact-tags">{known_tags}</datalist>
            </form>
            <FilterMenu filter/>
            <Show when=move || may(Right::AddContacts)>
                <a
                    class="icon-button contacts__add"
                    href="/contacts/new"
                    aria-label=move || t_string!(i18n, contacts.form.title)
                    title=move || t_string!(i18n, contacts.form.title)
                >
                    <Icon name=Glyph::PersonPlus/>
                </a>
            </Show>
            <span class="contacts__hide">
                <IconButton name=Glyph::Panel label=text!(i18n, contacts.list.hide) on_click=move |_| shown.set(false)/>
            </span>
        </header>
    }
}

#[component]
fn FilterMenu(filter: Memo<ContactFilter>) -> impl IntoView {
    let i18n = use_i18n();
    let go = use_go();
    let path = use_location().pathname;
    let show = move |asked: ContactFilter| go.run((format!("{}{}", path.get_untracked(), query_of(&asked)), true));
    let known = expect_context::<Known>();
    let kinds = move || {
        [
            (None, text!(i18n, contacts.filter.all)),
            (Some(ContactKind::Person), text!(i18n, contacts.filter.people)),
            (Some(ContactKind::Company), text!(i18n, contacts.filter.companies)),
        ]
        .into_iter()
        .map(|(kind, name)| {
            view! {
                <MenuItem
                    checked=Signal::derive(move || filter.with(|now| now.kind == kind))
                    on_click=move |_| show(ContactFilter { kind, ..filter.get_untracked() })
                >
                    {move || name.get()}
                </MenuItem>
            }
        })
        .collect_view()
    };
    let all_types = move || {
        let locale = i18n.get_locale();
        let types = known.types.get();
        let every = (None, t_string!(i18n, contacts.filter.all_types).to_owned());
        std::iter::once(every)
            .chain(types.into_iter().map(|kind| (Some(kind.id), words::type_name(&kind, locale))))
            .map(|(type_id, name)| {
                view! {
                    <MenuItem
                        checked=Signal::derive(move || filter.with(|now| now.type_id == type_id))
                        on_click=move |_| show(ContactFilter { type_id, ..filter.get_untracked() })
                    >
                        {name}
                    </MenuItem>
                }
            })
            .collect_view()
    };
    view! {
        <Menu id="contact-filter" label=text!(i18n, contacts.filter.name) icon=Glyph::Filter>
            {kinds()}
            <hr class="menu__line"/>
            {all_types}
            <hr class="menu__line"/>
            <MenuItem
                checked=Signal::derive(move || filter.with(|now| now.inactive))
                on_click=move |_| {
                    let now = filter.get_untracked();
                    show(ContactFilter { inactive: !now.inactive, ..now });
                }
            >
                {t!(i18n, contacts.filter.inactive)}
            </MenuItem>
        </Menu>
    }
}

/// The filters that are on, each with a cross.
#[component]
fn Chosen(filter: Memo<ContactFilter>) -> impl IntoView {
    let i18n = use_i18n();
    let go = use_go();
    let path = use_location().pathname;
    let show = move |asked: ContactFilter| go.run((format!("{}{}", path.get_untracked(), query_of(&asked)), true));
    let known = expect_context::<Known>();
    let chip = move |name: String, without: ContactFilter| {
        let label = t_string!(i18n, contacts.filter.remove, name = name.clone());
        view! {
            <span class="chip">
                <span class="chip__text">{name}</span>
                <button class="chip__remove" type="button" aria-label=label on:click=move |_| show(without.clone())>
                    <Icon name=Glyph::Close/>
                </button>
            </span>
        }
    };
    let chips = move || {
        let now = filter.get();
        let mut chips = Vec::new();
        if let Some(kind) = now.kind {
            let name = match kind {
                ContactKind::Person => t_string!(i18n, contacts.filter.people),
                ContactKind::Company => t_string!(i18n, contacts.filter.companies),
            };
            chips.push(chip(name.to_owned(), ContactFilter { kind: None, ..now.clone() }));
        }
        if let Some(id) = now.type_id {
            let types = known.types.get();
            if let Some(kind) = types.iter().find(|kind| kind.id == id) {
                chips.push(chip(words::type_name(kind, i18n.get_locale()), ContactFilter { type_id: None, ..now.clone() }));
            }
        }
        if now.inactive {
            chips.push(chip(t_string!(i18n, contacts.filter.inactive).to_owned(), ContactFilter { inactive: false, ..now }));
        }
        (!chips.is_empty()).then(|| view! { <div class="contacts__chosen">{chips}</div> })
    };
    view! { {chips} }
}

/// Everything of a row that can be seen: a row that changed is drawn anew.
type RowKey = (ContactId, String, String, Civil, bool, bool);

fn key(row: &ContactRow) -> RowKey {
    (row.id, row.name.clone(), row.sub.clone(), row.last, row.unread, row.active)
}

#[component]
fn Rows(page: Page<ContactRow>, filter: ContactFilter, changed: Signal<u32>) -> impl IntoView {
    let i18n = use_i18n();
    let asked = filter.clone();
    let paged = Paged::new(page, |one, other| one.id == other.id, move |after| list_contacts(asked.clone(), after));
    let rows = paged.rows;
    Effect::new(move |before: Option<u32>| {
        let now = changed.get();
        if before.is_some_and(|before| before != now) {
            paged.refresh(keep_place);
        }
        now
    });

    let path = use_location().pathname;
    let open = Memo::new(move |_| path.with(|path| path.split('/').nth(2).and_then(|id| id.parse::<ContactId>().ok())));
    let index_of = move |id: Option<ContactId>| id.and_then(|id| rows.with_untracked(|rows| rows.iter().position(|row| row.id == id)));
    // Where the reader is. Not derived from the rows: what comes in above must not pull the list back to it.
    let at = RwSignal::new(index_of(open.get_untracked()));
    Effect::new(move |_| {
        let opened = open.get();
        if let Some(index) = index_of(opened) {
            at.set(Some(index));
        }
    });
    let on_move = Callback::new(move |to: usize| {
        at.set(Some(to));
        let Some(id) = rows.with_untracked(|rows| rows.get(to).map(|row| row.id)) else { return };
        // The list scrolls and draws first; then the row is there to be focused.
        request_animation_frame(move || {
            request_animation_frame(move || {
                if let Some(row) = document().get_element_by_id(&row_id(id)) {
                    use wasm_bindgen::JsCast;
                    _ = row.unchecked_ref::<web_sys::HtmlElement>().focus();
                }
            });
        });
    });

    let menu = use_menu();
    let pointed = RwSignal::new(None::<ContactRow>);
    let query = query_of(&filter);
    let draw = move |row: ContactRow| view! { <Row row query=query.clone() open menu pointed/> }.into_any();
    let nobody = move || rows.with(Vec::is_empty);
    view! {
        <Show
            when=move || !nobody()
            fallback=move || {
                view! { <Nobody filter=filter.clone()/> }
            }
        >
            <div class="contacts__rows">
                <VirtualList
                    label=text!(i18n, contacts.list.name)
                    rows=rows
                    key=key
                    row=draw.clone()
                    row_height=ROW
                    current=at
                    on_move=on_move
                    on_more=Callback::new(move |()| paged.more())
                />
            </div>
        </Show>
        {move || paged.fault().map(|fault| view! { <FaultNote fault retry=Callback::new(move |()| paged.more())/> })}
        <RowMenu menu pointed paged/>
    }
    .into_any()
}

fn row_id(id: ContactId) -> String {
    format!("contact-{id}")
}

/// The row at the top of the window stays there when others come in above it.
fn keep_place(old: &[ContactRow], new: &[ContactRow]) {
    let Some(list) = document().query_selector(".contacts__rows .virtual").ok().flatten() else { return };
    let row = i32::try_from(ROW).unwrap_or(1);
    let top = list.scroll_top();
    // Somebody at the very top wants to see the newest.
    let Some(first) = usize::try_from(top / row).ok().filter(|_| top > row / 2) else { return };
    let Some(id) = old.get(first).map(|row| row.id) else { return };
    let Some(there) = new.iter().position(|row| row.id == id) else { return };
    let moved = i32::try_from(there).unwrap_or_default() - i32::try_from(first).unwrap_or_default();
    if moved != 0 {
        let to = top + moved * row;
        // After the rows have changed places, before the next picture.
        request_animation_frame(move || list.set_scroll_top(to));
    }
}

#[component]
fn Row(
    row: ContactRow,
    query: String,
    open: Memo<Option<ContactId>>,
    menu: MenuHandle,
    pointed: RwSignal<Option<ContactRow>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let order = use_me().with_untracked(|me| me.preferences.date_format);
    let id = row.id;
    let (at_pointer, at_press, at_button) = (row.clone(), row.clone(), row.clone());
    let shape = if row.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
    let last = row.last;
    let label = row.name.clone();
    view! {
        <div
            class="contact-row"
            role="listitem"
            data-inactive=(!row.active).then_some("")
            on:contextmenu=move |event| {
                pointed.set(Some(at_pointer.clone()));
                menu.open_at(&event);
            }
            on:pointerdown=move |event| {
                pointed.set(Some(at_press.clone()));
                menu.press(&event);
            }
            on:pointerup=move |_| menu.release()
            on:pointermove=move |_| menu.release()
            on:pointercancel=move |_| menu.release()
        >
            <a
                class="list-row"
                id=row_id(id)
                href=format!("/contacts/{id}{query}")
                aria-current=move || (open.get() == Some(id)).then_some("true")
            >
                <Avatar name=row.name.clone() shape/>
                <span class="list-row__body">
                    <span class="list-row__name" title=row.name.clone()>
                        {row.name.clone()}
                    </span>
                    <span class="list-row__line" title=row.sub.clone()>
                        {row.sub.clone()}
                        {(!row.active).then(|| view! { <span class="tag">{t!(i18n, contacts.card.inactive)}</span> })}
                    </span>
                </span>
                <span class="list-row__end">
                    {row.unread.then(|| view! { <span class="dot" role="img" aria-label=move || t_string!(i18n, contacts.list.unread)></span> })}
                    <time datetime=format::machine(last) title=move || format::full(last, i18n.get_locale())>
                        {move || format::short(last, i18n.get_locale(), order)}
                    </time>
                </span>
            </a>
            <button
                class="icon-button contact-row__more"
                data-size="tiny"
                type="button"
                aria-haspopup="menu"
                aria-label=move || t_string!(i18n, contacts.list.actions, name = label.clone())
                on:click=move |event| {
                    pointed.set(Some(at_button.clone()));
                    menu.open_at(&event);
                }
            >
                <Icon name=Glyph::More size=Size::Small/>
            </button>
        </div>
    }
}

/// One menu for all rows: it is about the row that was pointed at.
#[component]
fn RowMenu(menu: MenuHandle, pointed: RwSignal<Option<ContactRow>>, paged: Paged<ContactRow>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let go = use_go();
    let filter = use_filter();
    let again = move || paged.refresh(|_, _| {});
    let say = move |fault: Fault| toasts.say(fault.sentence(i18n.get_locale_untracked()));
    let visit = move |tail: &'static str| {
        if let Some(row) = pointed.get_untracked() {
            go.run((format!("/contacts/{}{tail}{}", row.id, filter.with_untracked(query_of)), false));
        }
    };
    let remove = move |_| {
        let Some(row) = pointed.get_untracked() else { return };
        spawn_local(async move {
            match delete_contact(row.id).await {
                Ok(()) => {
                    again();
                    let back = Callback::new(move |()| {
                        spawn_local(async move {
                            match restore_contact(row.id).await {
                                Ok(()) => again(),
                                Err(fault) => say(fault),
                            }
                        });
                    });
                    toasts.undo(words::deleted(&row.name, i18n.get_locale_untracked()), back);
                }
                Err(fault) => say(fault),
            }
        });
    };
    let set_active = move |_| {
        let Some(row) = pointed.get_untracked() else { return };
        let active = !row.active;
        spawn_local(async move {
            match set_contact_active(row.id, active).await {
                Ok(()) => {
                    again();
                    let back = Callback::new(move |()| {
                        spawn_local(async move {
                            match set_contact_active(row.id, !active).await {
                                Ok(()) => again(),
                                Err(fault) => say(fault),
                            }
                        });
                    });
                    toasts.undo(words::activity(active, i18n.get_locale_untracked()), back);
                }
                Err(fault) => say(fault),
            }
        });
    };
    let is_company = move || pointed.with(|row| row.as_ref().is_some_and(|row| row.kind == ContactKind::Company));
    let is_active = move || pointed.with(|row| row.as_ref().is_none_or(|row| row.active));
    view! {
        <Menu id="contact-row-menu" label=text!(i18n, contacts.list.menu) class="icon-button contacts__no-trigger" handle=menu>
            <MenuItem icon=Glyph::Person on_click=move |_| visit("")>
                {t!(i18n, contacts.list.open)}
            </MenuItem>
            <MenuItem icon=Glyph::Edit on_click=move |_| visit("/details")>
                {t!(i18n, contacts.list.edit)}
            </MenuItem>
            {move || {
                (is_company() && may(Right::AddContacts))
                    .then(|| {
                        let add = move |_| {
                            if let Some(row) = pointed.get_untracked() {
                                go.run((format!("/contacts/new?employer={}", row.id), false));
                            }
                        };
                        view! {
                            <MenuItem icon=Glyph::PersonPlus on_click=add>
                                {t!(i18n, contacts.employees.add)}
                            </MenuItem>
                        }
                    })
            }}
            <Show when=move || may(Right::AddContacts)>
                <MenuItem icon=Glyph::BinClock on_click=set_active>
                    {move || words::activity_choice(!is_active(), i18n.get_locale())}
                </MenuItem>
            </Show>
            <Show when=move || may(Right::DeleteContacts)>
                <hr class="menu__line"/>
                <MenuItem icon=Glyph::Trash danger=true on_click=remove>
                    {t!(i18n, contacts.card.delete)}
                </MenuItem>
            </Show>
        </Menu>
    }
}

/// Nobody at all yet, or nobody who fits.
#[component]
fn Nobody(filter: ContactFilter) -> impl IntoView {
    let i18n = use_i18n();
    if filter == ContactFilter::default() {
        return view! {
            <Empty title=text!(i18n, contacts.none.title) text=text!(i18n, contacts.none.text)>
                <Show when=move || may(Right::AddContacts)>
                    <a class="button" data-kind="primary" href="/contacts/new">
                        <Icon name=Glyph::Plus/>
                        {t!(i18n, contacts.form.title)}
                    </a>
                </Show>
            </Empty>
        }
        .into_any();
    }
    let searched = filter.search.trim().to_owned();
    let mut prefill = ParamsMap::new();
    if !searched.is_empty() && !searched.starts_with('#') {
        let field = if searched.contains('@') { "address" } else { "name" };
        prefill.insert(field, searched.clone());
    }
    let add = format!("/contacts/new{}", prefill.to_query_string());
    let title = Signal::derive(move || {
        if searched.is_empty() {
            t_string!(i18n, contacts.not_found.title).to_owned()
        } else {
            t_string!(i18n, contacts.not_found.title_for, searched = searched.clone())
        }
    });
    view! {
        <Empty drawing=Drawing::Loose title=title text=text!(i18n, contacts.not_found.text)>
            <a class="button" href="/contacts">
                {t!(i18n, contacts.not_found.clear)}
            </a>
            {may(Right::AddContacts)
                .then(|| {
                    view! {
                        <a class="button" data-kind="quiet" href=add>
                            <Icon name=Glyph::Plus/>
                            {t!(i18n, contacts.not_found.add)}
                        </a>
                    }
                })}
        </Empty>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CON-21] A search survives in the address.
    #[test]
    fn the_address_says_what_the_list_shows() {
        let filter = ContactFilter {
            search: "#net werk & meer".into(),
            kind: Some(ContactKind::Company),
            inactive: true,
            ..ContactFilter::default()
        };
        let query = query_of(&filter);
        assert!(query.starts_with("?q="), "{query}");
        let mut map = ParamsMap::new();
        map.insert("q", filter.search.clone());
        map.insert("only", "company".to_owned());
        map.insert("inactive", "true".to_owned());
        assert_eq!(filter_of(&map), filter);
        assert_eq!(query_of(&ContactFilter::default()), "");
    }
}
