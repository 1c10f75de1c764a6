//! Choosing an employer for somebody who has a card already (CON-14).

use super::card::Open;
use super::verbs::{set_employer, suggest_contacts};
use crate::i18n::{t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ContactId;
use model::contact::ContactRef;
use ui::{Avatar, Button, Checkbox, Dialog, Field, Kind, Shape, Size};

#[component]
pub(super) fn EmployerDialog(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let picked = RwSignal::new(None::<ContactRef>);
    let copy = RwSignal::new(true);
    let error = RwSignal::new(None::<String>);
    let shown = open.link_employer;
    let found = RwSignal::new(Vec::<ContactRef>::new());
    Effect::new(move |_| {
        let (asked, wanted) = (typed.get(), shown.get());
        if !wanted {
            return;
        }
        spawn_local(async move {
            let companies = suggest_contacts(asked.clone(), true).await.unwrap_or_default();
            // Only the answer to what stands there now counts.
            if typed.try_get_untracked() == Some(asked) {
                _ = found.try_set(companies);
            }
        });
    });
    let save = move |_| {
        let Some(company) = picked.get_untracked() else { return };
        let with_address = copy.get_untracked();
        spawn_local(async move {
            match set_employer(open.id, Some(company.id), with_address).await {
                Ok(before) => {
                    open.read_again().await;
                    _ = shown.try_set(false);
                    let said = td_string!(open.locale(), contacts.said.employed, name = company.name);
                    open.undoable(said, move || {
                        let again = set_employer(open.id, before, false);
                        async move { again.await.map(|_| ()) }
                    });
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(open.locale()))),
            }
        });
    };
    let is_picked = move |id: ContactId| picked.with(|picked| picked.as_ref().is_some_and(|company| company.id == id));
    let companies = move || {
        let found = found.get();
        if found.is_empty() {
            return view! { <p class="fields__none">{t!(i18n, contacts.employer.nobody)}</p> }.into_any();
        }
        let rows = found
            .into_iter()
            .map(|company| {
                let (id, name) = (company.id, company.name.clone());
                view! {
                    <li>
                        <button
                            class="people-row"
                            type="button"
                            aria-pressed=move || if is_picked(id) { "true" } else { "false" }
                            on:click=move |_| picked.set(Some(company.clone()))
                        >
                            <Avatar name=name.clone() shape=Shape::Company size=Size::Small/>
                            <span class="people-row__name">{name}</span>
                        </button>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="people">{rows}</ul> }.into_any()
    };
    let foot = move || {
        view! {
            <Button kind=Kind::Quiet on_click=move |_| shown.set(false)>
                {t!(i18n, common.words.cancel)}
            </Button>
            <Button kind=Kind::Primary disabled=Signal::derive(move || picked.with(Option::is_none)) on_click=save>
                {t!(i18n, contacts.employer.do_link)}
            </Button>
        }
    };
    view! {
        <Dialog open=shown title=text!(i18n, contacts.employer.link) foot=foot.into()>
            <Field
                name="employer"
                id="employer-search"
                label=text!(i18n, contacts.employer.search)
                bind=typed
                error=error
                autocomplete="off"
            />
            <div class="contacts__found" role="group" aria-label=move || t_string!(i18n, contacts.employer.found)>
                {companies}
            </div>
            <Checkbox label=text!(i18n, contacts.employer.copy) checked=copy on_change=Callback::new(move |on| copy.set(on))/>
        </Dialog>
    }
    .into_any()
}
