//! The room: the list on the left, and beside it whatever its address says.

use super::list::ContactList;
use super::verbs::{list_contact_types, list_tags};
use crate::PageTitle;
use crate::i18n::{t, t_string, use_i18n};
use crate::live::use_live;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use model::Right;
use model::contact::{ContactType, TagUse};
use model::inbox::Entity;
use ui::{Drawing, Empty, Glyph, Kind, LinkButton};

/// Where this browser remembers that the list is hidden.
const HIDDEN: &str = "contacts-list-hidden";

/// Is the left list in sight? (CON-18)
#[derive(Clone, Copy)]
pub(super) struct ListShown(RwSignal<bool>);

impl ListShown {
    pub(super) fn is(self) -> bool {
        self.0.get()
    }

    pub(super) fn set(self, shown: bool) {
        self.0.set(shown);
        if let Some(storage) = storage() {
            // A browser that refuses to remember shows the list next time.
            _ = if shown { storage.remove_item(HIDDEN) } else { storage.set_item(HIDDEN, "true") };
        }
    }
}

/// The types and tags there are, asked once for the whole room; after the page is drawn, because nothing on it waits for them.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub types: RwSignal<Vec<ContactType>>,
    pub tags: RwSignal<Vec<TagUse>>,
}

impl Known {
    fn ask() -> Self {
        let known = Self { types: RwSignal::new(Vec::new()), tags: RwSignal::new(Vec::new()) };
        let types_changed = use_live(|change| change.entity == Entity::ContactType);
        let tags_changed = use_live(|change| change.entity == Entity::Tag);
        Effect::new(move |_| {
            types_changed.track();
            spawn_local(async move {
                if let Ok(types) = list_contact_types().await {
                    _ = known.types.try_set(types);
                }
            });
        });
        Effect::new(move |_| {
            tags_changed.track();
            spawn_local(async move {
                if let Ok(tags) = list_tags().await {
                    _ = known.tags.try_set(tags);
                }
            });
        });
        known
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[component]
pub fn Page() -> impl IntoView {
    let shown = ListShown(RwSignal::new(true));
    provide_context(shown);
    provide_context(Known::ask());
    Effect::new(move |_| {
        if storage().and_then(|storage| storage.get_item(HIDDEN).ok().flatten()).is_some() {
            shown.0.set(false);
        }
    });
    let path = use_location().pathname;
    let place = move || {
        path.with(|path| {
            let mut parts = path.trim_matches('/').split('/').skip(1);
            match (parts.next(), parts.next()) {
                (None | Some(""), _) => "list",
                (Some("new"), _) => "new",
                (_, Some("details")) => "details",
                _ => "card",
            }
        })
    };
    view! {
        <div class="contacts" data-at=place data-list=move || (!shown.is()).then_some("hidden")>
            <ContactList/>
            <Outlet/>
        </div>
    }
}

/// Nobody is chosen yet.
#[component]
pub fn Nothing() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <PageTitle text=text!(i18n, contacts.title)/>
        <section class="contacts__rest contacts__nothing" aria-label=move || t_string!(i18n, contacts.title)>
            <h1 class="aloud">{t!(i18n, contacts.title)}</h1>
            <Empty drawing=Drawing::Loose title=text!(i18n, contacts.nothing.title) text=text!(i18n, contacts.nothing.text)>
                <Show when=move || crate::session::may(Right::AddContacts)>
                    <LinkButton href="/contacts/new" kind=Kind::Plain icon=Glyph::Plus>
                        {t!(i18n, contacts.form.title)}
                    </LinkButton>
                </Show>
            </Empty>
        </section>
    }
}
