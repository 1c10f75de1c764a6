//! The small forms in the right column: for a detail, and for an address.

use super::card::Open;
use super::details::problem;
use super::verbs::{add_address, add_detail, change_address, change_detail, remove_address, remove_detail};
use super::words;
use crate::Fault;
use crate::i18n::{t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::{Address, AddressForm, Detail, DetailForm, DetailKind};
use ui::{Button, Field, Glyph, IconButton, Kind, Select, Size};

/// Saves with Enter, closes with Escape.
#[component]
fn Editor(
    save: Callback<()>,
    done: Callback<()>,
    #[prop(optional)] remove: Option<Callback<()>>,
    #[prop(into)] name: Signal<String>,
    /// The field that has the focus when it opens.
    first: String,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    Effect::new(move |_| super::details::focus_later(first.clone()));
    view! {
        <form
            class="fields__editor"
            aria-label=move || name.get()
            on:submit=move |event| {
                event.prevent_default();
                save.run(());
            }
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    event.stop_propagation();
                    done.run(());
                }
            }
        >
            {children()}
            <div class="fields__buttons">
                <Button kind=Kind::Primary size=Size::Small submit=true>
                    {t!(i18n, common.words.save)}
                </Button>
                <Button kind=Kind::Quiet size=Size::Small on_click=move |_| done.run(())>
                    {t!(i18n, common.words.cancel)}
                </Button>
                {remove
                    .map(|remove| {
                        view! {
                            <IconButton
                                name=Glyph::Trash
                                size=Size::Small
                                label=text!(i18n, common.words.remove)
                                on_click=move |_| remove.run(())
                            />
                        }
                    })}
            </div>
        </form>
    }
    .into_any()
}

#[component]
pub(super) fn DetailEditor(open: Open, existing: Option<Detail>, done: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let id = existing.as_ref().map(|detail| detail.id);
    let before =
        existing.map_or_else(DetailForm::default, |detail| DetailForm { kind: detail.kind, label: detail.label, value: detail.value });
    let kind = RwSignal::new(before.kind);
    let (value, label) = (RwSignal::new(before.value.clone()), RwSignal::new(before.label.clone()));
    let fault = RwSignal::new(None::<Fault>);
    let at = move |field: &'static str| {
        Signal::derive(move || fault.with(|fault| fault.as_ref().and_then(|fault| problem(fault, field, i18n.get_locale()))))
    };
    let save = Callback::new(move |()| {
        let form = DetailForm { kind: kind.get_untracked(), label: label.get_untracked(), value: value.get_untracked() };
        let name = words::detail_kind(form.kind, open.locale());
        spawn_local(async move {
            let saved = match id {
                Some(id) => change_detail(id, form.clone()).await.map(Some),
                None => add_detail(open.id, form.clone()).await.map(|_| None),
            };
            match saved {
                Ok(old) => {
                    after_detail(open, id, form, old, name).await;
                    _ = done.try_run(());
                }
                Err(refused) if refused.is_invalid() => _ = fault.try_set(Some(refused)),
                Err(refused) => open.toasts.say(refused.sentence(open.locale())),
            }
        });
    });
    let remove = id.map(|id| {
        Callback::new(move |()| {
            let name = words::detail_kind(kind.get_untracked(), open.locale());
            let said = td_string!(open.locale(), contacts.said.removed, field = name);
            open.act(remove_detail(id), move |old| {
                open.undoable(said, move || {
                    let again = add_detail(open.id, old.clone());
                    async move { again.await.map(|_| ()) }
                });
            });
        })
    });
    let options = Signal::derive(move || {
        let locale = i18n.get_locale();
        DetailKind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), words::detail_kind(kind, locale).to_owned())).collect::<Vec<_>>()
    });
    let choose = Callback::new(move |word: String| {
        if let Some(chosen) = DetailKind::from_word(&word) {
            kind.set(chosen);
        }
    });
    let key = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
    let first = format!("value-{key}");
    let fields = view! {
        <Select
            name="kind"
            id=format!("kind-{key}")
            label=text!(i18n, contacts.details.kind)
            options=options
            value=Signal::derive(move || kind.get().as_str().to_owned())
            on_change=choose
        />
        <Field
            name="value"
            id=first.clone()
            label=Signal::derive(move || words::detail_kind(kind.get(), i18n.get_locale()).to_owned())
            bind=value
            error=at("value")
            autocomplete="off"
        />
        <Field
            name="label"
            id=format!("label-{key}")
            label=text!(i18n, contacts.details.label)
            bind=label
            error=at("label")
            placeholder=text!(i18n, contacts.details.label_hint)
            autocomplete="off"
        />
    }
    .into_any();
    let name = text!(i18n, contacts.details.title);
    match remove {
        Some(remove) => view! { <Editor save done remove name first>{fields}</Editor> }.into_any(),
        None => view! { <Editor save done name first>{fields}</Editor> }.into_any(),
    }
}

/// What is saved is in sight before anything is said about it.
async fn after_detail(open: Open, id: Option<model::DetailId>, form: DetailForm, old: Option<DetailForm>, name: &'static str) {
    open.read_again().await;
    let found = open.card.try_with_untracked(|card| {
        let fits = |detail: &&Detail| id.map_or(detail.kind == form.kind && detail.label == form.label.trim(), |id| detail.id == id);
        card.details.iter().rev().find(fits).map(|detail| detail.id)
    });
    let Some(Some(now)) = found else { return };
    open.flash(now.to_string());
    match old {
        Some(old) => open.undoable(td_string!(open.locale(), contacts.said.changed, field = name), move || {
            let again = change_detail(now, old.clone());
            async move { again.await.map(|_| ()) }
        }),
        None => open.undoable(td_string!(open.locale(), contacts.said.added, field = name), move || {
            let again = remove_detail(now);
            async move { again.await.map(|_| ()) }
        }),
    }
}

#[component]
pub(super) fn AddressEditor(open: Open, existing: Option<Address>, done: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let id = existing.as_ref().map(|address| address.id);
    let before = existing.map_or_else(AddressForm::default, |address| address.form);
    let [label, street, postcode, city, state, country] =
        [&before.label, &before.street, &before.postcode, &before.city, &before.state, &before.country]
            .map(|value| RwSignal::new(value.clone()));
    let fault = RwSignal::new(None::<Fault>);
    let at = move |field: &'static str| {
        Signal::derive(move || fault.with(|fault| fault.as_ref().and_then(|fault| problem(fault, field, i18n.get_locale()))))
    };
    let save = Callback::new(move |()| {
        let form = AddressForm {
            label: label.get_untracked(),
            street: street.get_untracked(),
            postcode: postcode.get_untracked(),
            city: city.get_untracked(),
            state: state.get_untracked(),
            country: country.get_untracked(),
        };
        // The same rules as the server's, before it is asked.
        let problems = form.problems();
        if !problems.is_empty() {
            fault.set(Some(Fault::Invalid(problems)));
            return;
        }
        spawn_local(async move {
            let name = td_string!(open.locale(), contacts.address.one);
            let saved = match id {
                Some(id) => change_address(id, form).await.map(|old| (id, Some(old))),
                None => add_address(open.id, form).await.map(|id| (id, None)),
            };
            match saved {
                Ok((id, old)) => {
                    open.read_again().await;
                    open.flash(id.to_string());
                    match old {
                        Some(old) => open.undoable(td_string!(open.locale(), contacts.said.changed, field = name), move || {
                            let again = change_address(id, old.clone());
                            async move { again.await.map(|_| ()) }
                        }),
                        None => open.undoable(td_string!(open.locale(), contacts.said.added, field = name), move || {
                            let again = remove_address(id);
                            async move { again.await.map(|_| ()) }
                        }),
                    }
                    _ = done.try_run(());
                }
                Err(refused) if refused.is_invalid() => _ = fault.try_set(Some(refused)),
                Err(refused) => open.toasts.say(refused.sentence(open.locale())),
            }
        });
    });
    let remove = id.map(|id| {
        Callback::new(move |()| {
            let said = td_string!(open.locale(), contacts.said.removed, field = td_string!(open.locale(), contacts.address.one));
            open.act(remove_address(id), move |old| {
                open.undoable(said, move || {
                    let again = add_address(open.id, old.clone());
                    async move { again.await.map(|_| ()) }
                });
            });
        })
    });
    let key = id.map_or_else(|| "new".to_owned(), |id| id.to_string());
    let first = format!("street-{key}");
    // Only where somebody has one: Dutch addresses do not.
    let has_state = !before.state.is_empty();
    let fields = view! {
        <Field name="street" id=first.clone() label=text!(i18n, contacts.address.street) bind=street error=at("street") autocomplete="off"/>
        <div class="fields__pair" data-postcode="">
            <Field
                name="postcode"
                id=format!("postcode-{key}")
                label=text!(i18n, contacts.address.postcode)
                bind=postcode
                error=at("postcode")
                autocomplete="off"
            />
            <Field name="city" id=format!("city-{key}") label=text!(i18n, contacts.address.city) bind=city error=at("city") autocomplete="off"/>
        </div>
        {has_state
            .then(|| {
                view! {
                    <Field
                        name="state"
                        id=format!("state-{key}")
                        label=text!(i18n, contacts.address.state)
                        bind=state
                        error=at("state")
                        autocomplete="off"
                    />
                }
            })}
        <Field
            name="country"
            id=format!("country-{key}")
            label=text!(i18n, contacts.address.country)
            bind=country
            error=at("country")
            autocomplete="off"
        />
        <Field
            name="label"
            id=format!("label-{key}")
            label=text!(i18n, contacts.address.label)
            bind=label
            error=at("label")
            placeholder=text!(i18n, contacts.address.label_hint)
            autocomplete="off"
        />
    }
    .into_any();
    let name = Signal::derive(move || t_string!(i18n, contacts.address.one).to_owned());
    match remove {
        Some(remove) => view! { <Editor save done remove name first>{fields}</Editor> }.into_any(),
        None => view! { <Editor save done name first>{fields}</Editor> }.into_any(),
    }
}
