//! What cleaning took out of view, and how an administrator has it back (CLN-09).

use super::verbs::{list_removed, restore_removed};
use crate::fault::FaultNote;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::session::use_me;
use crate::{PageTitle, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;
use model::clean::{Removal, RemovedMessage};
use model::inbox::Entity;
use model::{Cursor, Page};
use ui::{Button, Drawing, Empty, Glyph, Icon, Kind, Size, SkeletonRows, use_toasts};

#[component]
pub(super) fn Removed() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let words = Memo::new(move |_| query.with(|query| query.get("q")).unwrap_or_default());
    let after = RwSignal::new(None::<Cursor>);
    let changed = use_live(|change| change.entity == Entity::Message);
    // A colleague's message that came back is told to the colleague, not to this page.
    let restored = RwSignal::new(0_u32);
    let found =
        Resource::new(move || (changed.get(), restored.get(), words.get(), after.get()), |(_, _, words, after)| list_removed(words, after));
    view! {
        <PageTitle text=text!(i18n, settings.removed.title)/>
        <header class="settings__head">
            <h1>{t!(i18n, settings.removed.title)}</h1>
            <p>{t!(i18n, settings.removed.intro)}</p>
        </header>
        // A plain form: it works before the program has arrived.
        <form class="removed__form" role="search" method="get" action="/settings/removed">
            <label class="search-field">
                <Icon name=Glyph::Search/>
                <span class="aloud">{t!(i18n, settings.removed.search)}</span>
                <input
                    name="q"
                    type="search"
                    autocomplete="off"
                    placeholder=move || t_string!(i18n, settings.removed.search)
                    value=words.get_untracked()
                />
            </label>
            <Button kind=Kind::Primary submit=true>
                {t!(i18n, settings.removed.find)}
            </Button>
        </form>
        <section class="card settings__card" aria-label=move || t_string!(i18n, settings.removed.title)>
            <Transition fallback=|| {
                view! { <SkeletonRows rows=4/> }
            }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(page) if page.rows.is_empty() && after.get_untracked().is_none() => nothing(words.get_untracked().trim().is_empty()),
                        Ok(page) => view! { <Rows page restored after/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

fn nothing(at_all: bool) -> AnyView {
    let i18n = use_i18n();
    if at_all {
        view! { <Empty drawing=Drawing::Knot title=text!(i18n, settings.removed.none) text=text!(i18n, settings.removed.none_text)/> }
            .into_any()
    } else {
        view! { <Empty drawing=Drawing::Loose title=text!(i18n, settings.removed.not_found) text=text!(i18n, settings.removed.not_found_text)/> }
            .into_any()
    }
}

#[component]
fn Rows(page: Page<RemovedMessage>, restored: RwSignal<u32>, after: RwSignal<Option<Cursor>>) -> impl IntoView {
    let i18n = use_i18n();
    let next = page.next;
    let rows = page.rows.into_iter().map(|row| view! { <Line row restored/> }).collect_view();
    let newest = move || {
        after.get().map(|_| {
            view! {
                <Button size=Size::Small on_click=move |_| after.set(None)>
                    {t!(i18n, settings.removed.newest)}
                </Button>
            }
        })
    };
    let older = next.map(|next| {
        view! {
            <Button size=Size::Small on_click=move |_| after.set(Some(next))>
                {t!(i18n, settings.removed.older)}
            </Button>
        }
    });
    view! {
        <ul class="manage">{rows}</ul>
        <div class="button-row removed__pages">{newest} {older}</div>
    }
}

fn reason(why: Removal, locale: Locale) -> &'static str {
    match why {
        Removal::Trash => td_string!(locale, settings.removed.trash),
        Removal::Spam => td_string!(locale, settings.removed.spam),
        Removal::Finished => td_string!(locale, settings.removed.finished),
    }
}

/// It holds what it shows itself: while the list is asked for anew the line still stands there to be pressed, and what its owner
/// held for it is gone.
#[component]
fn Line(row: RemovedMessage, restored: RwSignal<u32>) -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let RemovedMessage { id, subject, who, owner, why, removed, destroyed } = row;
    let busy = ArcRwSignal::new(false);
    let subject = move |locale: Locale| match subject.trim() {
        "" => td_string!(locale, search.no_subject).to_owned(),
        said => said.to_owned(),
    };
    let people = move || match owner.as_str() {
        "" => who.clone(),
        owner => t_string!(i18n, settings.removed.of, who = who.clone(), owner = owner.to_owned()),
    };
    let story = move || {
        let locale = i18n.get_locale();
        let order = me.with(|me| me.preferences.date_format);
        let (when, until) = (format::date(removed, order), format::date(destroyed, order));
        td_string!(locale, settings.removed.story, why = reason(why, locale), when = when, until = until)
    };
    let restore = {
        let (busy, subject) = (busy.clone(), subject.clone());
        move |_| {
            busy.set(true);
            let locale = i18n.get_locale_untracked();
            let said = td_string!(locale, settings.removed.restored, subject = subject(locale));
            let busy = busy.clone();
            spawn_local(async move {
                match restore_removed(id).await {
                    Ok(()) => toasts.say(said),
                    Err(fault) => toasts.say(fault.sentence(locale)),
                }
                busy.set(false);
                _ = restored.try_update(|count| *count += 1);
            });
        }
    };
    let label = {
        let subject = subject.clone();
        move || t_string!(i18n, settings.removed.restore_name, subject = subject(i18n.get_locale()))
    };
    view! {
        <li class="manage__row">
            <div class="removed__main">
                <span class="removed__subject">{move || subject(i18n.get_locale())}</span>
                <small>{people}</small>
                <small>{story}</small>
            </div>
            <Button
                size=Size::Small
                disabled=busy
                attr:aria-label=label
                on_click=restore
            >
                {t!(i18n, settings.removed.restore)}
            </Button>
        </li>
    }
}
