use super::use_compose;
use super::verbs::{list_drafts, remove_draft, restore_draft};
use crate::fault::FaultNote;
use crate::i18n::{t_string, td_string, use_i18n};
use crate::session::use_me;
use crate::{format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::inbox::Entity;
use model::outgoing::DraftLine;
use ui::{Drawing, Empty, Glyph, Icon, IconButton, Size, SkeletonRows};

/// `Concepten`: what was begun and not sent (CMP-20).
#[component]
pub(crate) fn DraftList() -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    let me = use_me();
    let changed = live::use_live(|change| change.entity == Entity::Draft);
    let found = Resource::new(move || changed.get(), |_| list_drafts());
    let line = move |draft: DraftLine| {
        let id = draft.id;
        let remove = move |_| {
            let locale = i18n.get_locale_untracked();
            spawn_local(async move {
                match remove_draft(id).await {
                    Ok(()) => {
                        let back = Callback::new(move |()| spawn_local(async move { _ = restore_draft(id).await }));
                        compose.toasts.undo(td_string!(locale, compose.said.discarded), back);
                    }
                    Err(fault) => compose.toasts.say(fault.sentence(locale)),
                }
            });
        };
        let names: Vec<_> = draft.to.iter().map(|one| if one.name.is_empty() { one.address.clone() } else { one.name.clone() }).collect();
        let nobody = names.is_empty();
        let who = move || if nobody { t_string!(i18n, compose.drafts.nobody).to_owned() } else { names.join(", ") };
        let subject = draft.subject;
        let subject = move || if subject.is_empty() { t_string!(i18n, inbox.row.no_subject).to_owned() } else { subject.clone() };
        view! {
            <li class="draft">
                <button class="draft__open" type="button" on:click=move |_| compose.show(id)>
                    <Icon name=Glyph::Edit size=Size::Small/>
                    <span class="draft__who">{who}</span>
                    <span class="draft__subject">{subject}</span>
                    <time datetime=format::machine(draft.changed)>{move || format::short(draft.changed, i18n.get_locale(), me.with(|me| me.preferences.date_format))}</time>
                </button>
                <IconButton name=Glyph::Trash size=Size::Small label=text!(i18n, compose.discard) on_click=remove/>
            </li>
        }
    };
    view! {
        <section class="drafts" aria-label=move || t_string!(i18n, compose.drafts.title)>
            <Transition fallback=|| view! { <SkeletonRows rows=4/> }>
                {move || {
                    found
                        .get()
                        .map(|rows| match rows {
                            Ok(rows) if rows.is_empty() => {
                                let text = text!(i18n, compose.drafts.none_text);
                                view! { <Empty drawing=Drawing::Loose title=text!(i18n, compose.drafts.none) text/> }.into_any()
                            }
                            Ok(rows) => view! { <ul class="drafts__rows">{rows.into_iter().map(line).collect_view()}</ul> }.into_any(),
                            Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| found.refetch())/> }.into_any(),
                        })
                }}
            </Transition>
        </section>
    }
}
