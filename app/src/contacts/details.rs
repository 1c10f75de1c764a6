//! The right column: everything known about a contact, each value edited where it stands.

use super::card::{Open, untag};
use super::editors::{AddressEditor, DetailEditor};
use super::page::Known;
use super::verbs::{change_contact, set_contact_type, set_employer, settle_bounce, tag_contact, untag_contact};
use super::words;
use crate::compose::{Begin, use_compose};
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::inbox::why_undelivered;
use crate::session::may;
use crate::tasks::{About, TaskDialog, TaskList};
use crate::{Fault, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::contact::{Address, AddressForm, Bounce, ContactField, ContactKind, Detail, DetailKind};
use model::work::TaskFilter;
use model::{DetailId, Right};
use ui::{Avatar, Chip, Glyph, Icon, Inline, Select, Size};

/// Employees shown before somebody asks for all of them.
const FIRST_EMPLOYEES: usize = 6;

#[component]
pub(super) fn Details(open: Open) -> impl IntoView {
    let company = open.card.with_untracked(|card| card.contact.kind == ContactKind::Company);
    view! {
        {company.then(|| view! { <Employees open/> })}
        <ContactInfo open/>
        <Tasks open/>
        <Identity open/>
        <Addresses open/>
        <Keywords open/>
        <Note open/>
        <Dashboard open/>
    }
    .into_any()
}

/// A group that folds. What adds to it stands beside the summary, not inside: a button in a button is none.
#[component]
fn Group(
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] add: Option<AnyView>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="fields__group">
            <details class="group" open=true>
                <summary class="group__head">
                    <Icon name=Glyph::ChevronDown/>
                    <h2>{move || title.get()}</h2>
                </summary>
                <div class=format!("group__body {class}")>{children()}</div>
            </details>
            {add.map(|add| view! { <div class="fields__add">{add}</div> })}
        </section>
    }
}

/// The `+` beside a group's heading.
#[component]
fn Add(open: Open, #[prop(into)] label: Signal<String>, adding: RwSignal<bool>) -> impl IntoView {
    view! {
        <Show when=move || open.changeable()>
            <button
                class="icon-button"
                data-size="tiny"
                type="button"
                aria-label=move || label.get()
                title=move || label.get()
                aria-expanded=move || if adding.get() { "true" } else { "false" }
                on:click=move |_| adding.update(|adding| *adding = !*adding)
            >
                <Icon name=Glyph::Plus size=Size::Small/>
            </button>
        </Show>
    }
}

/// What is to be done about them.
#[component]
fn Tasks(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let about = RwSignal::new(None::<About>);
    let new = move |_| about.set(Some(About { title: String::new(), contact: Some(open.id), message: None }));
    let add = view! {
        <Show when=move || open.changeable()>
            <button
                class="icon-button"
                data-size="tiny"
                type="button"
                aria-label=move || t_string!(i18n, inbox.act.task)
                title=move || t_string!(i18n, inbox.act.task)
                on:click=new
            >
                <Icon name=Glyph::Plus size=Size::Small/>
            </button>
        </Show>
    }
    .into_any();
    let none = ViewFn::from(move || view! { <p class="fields__none">{t!(i18n, inbox.task.none)}</p> });
    view! {
        <Group title=text!(i18n, inbox.task.many) add=add>
            <TaskList filter=Signal::stored(Some(TaskFilter::Of(open.id))) empty=none/>
        </Group>
        <TaskDialog about/>
    }
    .into_any()
}

#[component]
fn Employees(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let all = RwSignal::new(false);
    let count = move || open.card.with(|card| card.employees.len());
    let title = Signal::derive(move || t_string!(i18n, contacts.employees.title, count = count()));
    let rows = move || {
        let shown = if all.get() { usize::MAX } else { FIRST_EMPLOYEES };
        let employees = open.card.with(|card| card.employees.iter().take(shown).cloned().collect::<Vec<_>>());
        employees
            .into_iter()
            .map(|employee| {
                view! {
                    <li>
                        <a class="people-row" href=open.link(employee.id) data-inactive=(!employee.active).then_some("")>
                            <Avatar name=employee.name.clone() size=Size::Small/>
                            <span>
                                <span class="people-row__name">{employee.name}</span>
                                <small>{employee.function}</small>
                            </span>
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    let rest = move || (!all.get()).then(|| count().saturating_sub(FIRST_EMPLOYEES)).filter(|rest| *rest > 0);
    let add = view! {
        <Show when=move || open.changeable()>
            <a
                class="icon-button"
                data-size="tiny"
                href=format!("/contacts/new?employer={}", open.id)
                aria-label=move || t_string!(i18n, contacts.employees.add)
                title=move || t_string!(i18n, contacts.employees.add)
            >
                <Icon name=Glyph::Plus size=Size::Small/>
            </a>
        </Show>
    }
    .into_any();
    view! {
        <Group title=title add=add>
            <ul class="people">{rows}</ul>
            {move || {
                rest()
                    .map(|rest| {
                        view! {
                            <button class="people-row" type="button" on:click=move |_| all.set(true)>
                                <span class="avatar" data-size="small" data-shape="unknown" aria-hidden="true">
                                    {format!("+{rest}")}
                                </span>
                                <span>{t!(i18n, contacts.employees.all)}</span>
                            </button>
                        }
                    })
            }}
            <Show when=move || count() == 0>
                <p class="fields__none">{t!(i18n, contacts.employees.none)}</p>
            </Show>
        </Group>
    }
    .into_any()
}

/// `tel:` keeps digits, a leading plus and nothing else.
pub(crate) fn tel(number: &str) -> String {
    let dialled: String = number.replace("(0)", "").chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{dialled}")
}

/// Where a value leads to when it is pressed; `javascript:` and the like never get here, as only http and https pass.
fn leads_to(kind: DetailKind, value: &str) -> Option<String> {
    match kind {
        DetailKind::Email => Some(format!("mailto:{value}")),
        DetailKind::Phone | DetailKind::Mobile => Some(tel(value)),
        DetailKind::Fax => None,
        DetailKind::Website if value.starts_with("https://") || value.starts_with("http://") => Some(value.to_owned()),
        DetailKind::Website => Some(format!("https://{value}")),
        DetailKind::Social => (value.starts_with("https://") || value.starts_with("http://")).then(|| value.to_owned()),
    }
}

#[component]
fn ContactInfo(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let adding = RwSignal::new(false);
    let done = Callback::new(move |()| adding.set(false));
    let details = move || open.card.with(|card| card.details.clone());
    let add = view! { <Add open label=text!(i18n, contacts.details.add) adding/> }.into_any();
    view! {
        <Group title=text!(i18n, contacts.details.title) add=add>
            <For
                each=details
                key=|detail| (detail.id, detail.kind.as_str(), detail.label.clone(), detail.value.clone())
                children=move |detail| view! { <DetailLine open detail/> }
            />
            <Show when=move || open.card.with(|card| card.details.is_empty()) && !adding.get()>
                <p class="fields__none">{t!(i18n, contacts.details.none)}</p>
            </Show>
            {move || adding.get().then(|| view! { <DetailEditor open existing=None done/> })}
        </Group>
    }
    .into_any()
}

#[component]
fn DetailLine(open: Open, detail: Detail) -> impl IntoView {
    let i18n = use_i18n();
    let editing = RwSignal::new(false);
    let id = detail.id;
    let key = id.to_string();
    let pencil_id = format!("edit-{key}");
    let back_to = pencil_id.clone();
    let done = Callback::new(move |()| {
        editing.set(false);
        focus_later(back_to.clone());
    });
    let edited = detail.clone();
    let kind = detail.kind;
    let label = detail.label.clone();
    let name = Signal::derive(move || {
        let kind = words::detail_kind(kind, i18n.get_locale());
        if label.is_empty() { kind.to_owned() } else { format!("{kind} {label}") }
    });
    let value = detail.value.clone();
    let compose = use_compose();
    let writes = kind == DetailKind::Email && may(Right::UseMail);
    let write = move |event: &leptos::ev::MouseEvent, address: &str| {
        if writes {
            event.prevent_default();
            // The second click of two means the same letter.
            if event.detail() <= 1 {
                compose.begin(Begin::Letter { contact: Some(open.id), address: Some(address.to_owned()), template: None });
            }
        }
    };
    let shown = move || {
        let external = matches!(kind, DetailKind::Website | DetailKind::Social);
        let value = value.clone();
        let address = value.clone();
        match leads_to(kind, &value) {
            Some(href) => view! {
                <a
                    class="value__text"
                    href=href
                    target=external.then_some("_blank")
                    rel=external.then_some("noopener noreferrer")
                    on:click=move |event| write(&event, &address)
                >
                    {value}
                </a>
            }
            .into_any(),
            None => view! { <span class="value__text">{value}</span> }.into_any(),
        }
    };
    move || {
        if editing.get() {
            return view! { <DetailEditor open existing=Some(edited.clone()) done/> }.into_any();
        }
        let key = key.clone();
        let pencil_id = pencil_id.clone();
        view! {
            <div class="value" data-saved=move || open.saved.with(|saved| saved.as_ref() == Some(&key)).then_some("")>
                <span class="value__label">{move || name.get()}</span>
                {shown()}
                <Returned open id/>
                <Pencil open id=pencil_id label=name editing/>
            </div>
        }
        .into_any()
    }
}

/// What came back from an e-mail address, until a letter to it arrives or somebody knows better.
#[component]
fn Returned(open: Open, id: DetailId) -> impl IntoView {
    let i18n = use_i18n();
    let found = Memo::new(move |_| open.card.with(|card| card.bounces.iter().find(|bounce| bounce.detail == id).cloned()));
    let settle = move |_| {
        let said = td_string!(open.locale(), contacts.bounce.settled).to_owned();
        open.act(settle_bounce(id, true), move |()| open.undoable(said, move || settle_bounce(id, false)));
    };
    move || {
        found.get().map(|Bounce { at, told, .. }| {
            let locale = i18n.get_locale();
            let day = format::calendar_day(at.into(), at.days_from_today, locale);
            let said = if told.delayed {
                td_string!(locale, contacts.bounce.delayed, day = day)
            } else {
                td_string!(locale, contacts.bounce.returned, day = day)
            };
            view! {
                <div class="value__warning" title=told.diagnostic>
                    <Icon name=Glyph::Warn size=Size::Small/>
                    <span>{said} " " {why_undelivered(&told.status, locale)}</span>
                    <Show when=move || open.changeable()>
                        <button
                            class="icon-button"
                            data-size="tiny"
                            type="button"
                            aria-label=move || t_string!(i18n, contacts.bounce.settle)
                            title=move || t_string!(i18n, contacts.bounce.settle)
                            on:click=settle
                        >
                            <Icon name=Glyph::Check size=Size::Small/>
                        </button>
                    </Show>
                </div>
            }
        })
    }
}

#[component]
fn Pencil(open: Open, id: String, label: Signal<String>, editing: RwSignal<bool>) -> impl IntoView {
    let words = ui::use_words();
    let said = move || words.with(|words| format!("{}: {}", words.edit, label.get()));
    let id = StoredValue::new(id);
    view! {
        <Show when=move || open.changeable()>
            <button
                class="icon-button value__pencil"
                data-size="tiny"
                type="button"
                id=id.get_value()
                aria-label=said
                on:click=move |_| editing.set(true)
            >
                <Icon name=Glyph::Edit size=Size::Small/>
            </button>
        </Show>
    }
}

/// Focus goes back to where it came from, once that is drawn again.
pub(super) fn focus_later(id: String) {
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id) {
            use wasm_bindgen::JsCast;
            _ = element.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
    });
}

/// Name, function, employer and type.
#[component]
fn Identity(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let person = open.card.with_untracked(|card| card.contact.kind == ContactKind::Person);
    let fields = if person {
        view! {
            <div class="fields__pair">
                <CardField open field=ContactField::FirstName label=text!(i18n, contacts.fields.first_name)/>
                <CardField open field=ContactField::LastName label=text!(i18n, contacts.fields.last_name)/>
            </div>
            <CardField open field=ContactField::Function label=text!(i18n, contacts.fields.function)/>
            <Employer open/>
        }
        .into_any()
    } else {
        view! { <CardField open field=ContactField::Company label=text!(i18n, contacts.fields.company_name)/> }.into_any()
    };
    let title = Signal::derive(move || {
        if person { t_string!(i18n, contacts.fields.person).to_owned() } else { t_string!(i18n, contacts.fields.company).to_owned() }
    });
    view! {
        <Group title=title>
            {fields}
            <TypeChoice open/>
        </Group>
    }
    .into_any()
}

fn field_mut(card: &mut model::contact::Contact, field: ContactField) -> &mut String {
    match field {
        ContactField::FirstName => &mut card.first_name,
        ContactField::LastName => &mut card.last_name,
        ContactField::Company => &mut card.company,
        ContactField::Function => &mut card.function,
        ContactField::Note => &mut card.note,
    }
}

/// One of the card's own fields, saved when it is left.
#[component]
fn CardField(open: Open, field: ContactField, label: Signal<String>, #[prop(optional)] multiline: bool) -> impl IntoView {
    let value = Memo::new(move |_| open.card.with(|card| field_mut(&mut card.contact.clone(), field).clone()));
    let error = RwSignal::new(None::<String>);
    let saved = RwSignal::new(0_u32);
    let name = move || label.get_untracked();
    let save = Callback::new(move |typed: String| {
        error.set(None);
        let before = value.get_untracked();
        let said = td_string!(open.locale(), contacts.said.changed, field = name());
        // Shown at once; taken back when it is refused.
        open.card.update(|card| *field_mut(&mut card.contact, field) = typed.trim().to_owned());
        spawn_local(async move {
            match change_contact(open.id, field, typed).await {
                Ok(old) => {
                    _ = saved.try_update(|saved| *saved += 1);
                    open.refresh();
                    open.undoable(said, move || {
                        let again = change_contact(open.id, field, old.clone());
                        async move { again.await.map(|_| ()) }
                    });
                }
                Err(fault) => {
                    _ = open.card.try_update(|card| *field_mut(&mut card.contact, field) = before);
                    _ = error.try_set(Some(fault.sentence(open.locale())));
                }
            }
        });
    });
    view! {
        <Inline
            label=label
            value=value
            on_save=save
            error=error
            saved=saved
            multiline=multiline
            locked=Signal::derive(move || !open.changeable())
        />
    }
}

/// The employer as a link, or the company as it was typed.
#[component]
fn Employer(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let employer = Memo::new(move |_| open.card.with(|card| card.employer.clone()));
    let detach = move |_| {
        let before = employer.get_untracked().map(|employer| employer.id);
        let said = td_string!(open.locale(), contacts.said.detached).to_owned();
        open.act(set_employer(open.id, None, false), move |_| {
            open.undoable(said, move || {
                let again = set_employer(open.id, before, false);
                async move { again.await.map(|_| ()) }
            });
        });
    };
    move || match employer.get() {
        Some(company) => {
            let name = company.name.clone();
            view! {
                <div class="value">
                    <span class="value__label">{t!(i18n, contacts.employer.name)}</span>
                    <a class="value__text" href=open.link(company.id)>
                        {company.name}
                    </a>
                    <Show when=move || open.changeable()>
                        <span class="value__tools">
                            <button
                                class="icon-button"
                                data-size="tiny"
                                type="button"
                                aria-label=move || t_string!(i18n, contacts.employer.change)
                                title=move || t_string!(i18n, contacts.employer.change)
                                on:click=move |_| open.link_employer.set(true)
                            >
                                <Icon name=Glyph::Edit size=Size::Small/>
                            </button>
                            <button
                                class="icon-button"
                                data-size="tiny"
                                type="button"
                                aria-label={
                                    let name = name.clone();
                                    move || t_string!(i18n, contacts.employer.detach, name = name.clone())
                                }
                                title=move || t_string!(i18n, contacts.employer.detach_short)
                                on:click=detach
                            >
                                <Icon name=Glyph::Close size=Size::Small/>
                            </button>
                        </span>
                    </Show>
                </div>
            }
            .into_any()
        }
        None => view! {
            <CardField open field=ContactField::Company label=text!(i18n, contacts.fields.company)/>
            <Show when=move || open.changeable()>
                <button class="fields__link" type="button" on:click=move |_| open.link_employer.set(true)>
                    <Icon name=Glyph::Building size=Size::Small/>
                    {t!(i18n, contacts.employer.link)}
                </button>
            </Show>
        }
        .into_any(),
    }
}

#[component]
fn TypeChoice(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let known = expect_context::<Known>();
    let options = Signal::derive(move || {
        let locale = i18n.get_locale();
        let mut types = known.types.get();
        if types.is_empty() {
            types.push(open.card.with(|card| card.type_.clone()));
        }
        types.iter().map(|kind| (kind.id.to_string(), words::type_name(kind, locale))).collect::<Vec<_>>()
    });
    let value = Signal::derive(move || open.card.with(|card| card.type_.id.to_string()));
    let choose = Callback::new(move |id: String| {
        let Ok(id) = id.parse() else { return };
        let said = td_string!(open.locale(), contacts.said.changed, field = td_string!(open.locale(), contacts.fields.type_));
        open.act(set_contact_type(open.id, id), move |before| {
            open.undoable(said, move || {
                let again = set_contact_type(open.id, before);
                async move { again.await.map(|_| ()) }
            });
        });
    });
    view! {
        <div class="fields__type">
            <span class="value__label" aria-hidden="true">
                {t!(i18n, contacts.fields.type_)}
            </span>
            <Select
                name="type"
                id="contact-type"
                label=text!(i18n, contacts.fields.type_)
                options=options
                value=value
                on_change=choose
                bare=true
                disabled=Signal::derive(move || !open.changeable())
            />
        </div>
    }
}

#[component]
fn Addresses(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let adding = RwSignal::new(false);
    let done = Callback::new(move |()| adding.set(false));
    let addresses = move || open.card.with(|card| card.addresses.clone());
    let add = view! { <Add open label=text!(i18n, contacts.address.add) adding/> }.into_any();
    let title = Signal::derive(move || {
        if open.card.with(|card| card.addresses.len() > 1) {
            t_string!(i18n, contacts.address.many).to_owned()
        } else {
            t_string!(i18n, contacts.address.one).to_owned()
        }
    });
    view! {
        <Group title=title add=add>
            <For
                each=addresses
                key=|address| (address.id, lines(&address.form), address.form.label.clone())
                children=move |address| view! { <AddressLine open address/> }
            />
            <Show when=move || open.card.with(|card| card.addresses.is_empty()) && !adding.get()>
                <p class="fields__none">{t!(i18n, contacts.address.none)}</p>
            </Show>
            {move || adding.get().then(|| view! { <AddressEditor open existing=None done/> })}
        </Group>
    }
    .into_any()
}

/// An address as it stands on an envelope.
fn lines(form: &AddressForm) -> Vec<String> {
    let city = [form.postcode.trim(), form.city.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    [form.street.trim().to_owned(), city, form.state.trim().to_owned(), form.country.trim().to_owned()]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
}

#[component]
fn AddressLine(open: Open, address: Address) -> impl IntoView {
    let i18n = use_i18n();
    let editing = RwSignal::new(false);
    let key = address.id.to_string();
    let pencil_id = format!("edit-{key}");
    let back_to = pencil_id.clone();
    let done = Callback::new(move |()| {
        editing.set(false);
        focus_later(back_to.clone());
    });
    let label = address.form.label.clone();
    let name = Signal::derive(move || if label.is_empty() { t_string!(i18n, contacts.address.one).to_owned() } else { label.clone() });
    move || {
        if editing.get() {
            return view! { <AddressEditor open existing=Some(address.clone()) done/> }.into_any();
        }
        let key = key.clone();
        let shown = lines(&address.form).into_iter().map(|line| view! { <span class="fields__line">{line}</span> }).collect_view();
        view! {
            <div class="value" data-saved=move || open.saved.with(|saved| saved.as_ref() == Some(&key)).then_some("")>
                <span class="value__label">{move || name.get()}</span>
                <span class="value__text">{shown}</span>
                <Pencil open id=pencil_id.clone() label=name editing/>
            </div>
        }
        .into_any()
    }
}

/// KENMERKEN: typed or picked from the ones there are, taken off with a cross.
#[component]
fn Keywords(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let known = expect_context::<Known>();
    let error = RwSignal::new(None::<String>);
    let add = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = typed.get_untracked().trim().trim_start_matches('#').to_owned();
        if name.is_empty() {
            return;
        }
        error.set(None);
        spawn_local(async move {
            match tag_contact(open.id, name).await {
                Ok(tag) => {
                    _ = typed.try_set(String::new());
                    open.refresh();
                    let said = td_string!(open.locale(), contacts.said.tagged, name = tag.name);
                    open.undoable(said, move || untag_contact(open.id, tag.id));
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(open.locale()))),
            }
        });
    };
    let chips = move || {
        let changeable = open.changeable();
        let tags = open.card.with(|card| card.tags.clone());
        tags.into_iter()
            .map(|tag| {
                let name = tag.name.clone();
                if !changeable {
                    return view! { <li><span class="tag" data-kind="line">{name}</span></li> }.into_any();
                }
                let label = t_string!(i18n, contacts.tags.remove, name = name.clone());
                view! {
                    <li>
                        <Chip remove_label=label on_remove=Callback::new(move |()| untag(open, tag.clone()))>
                            {name}
                        </Chip>
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    let options = move || {
        let taken = open.card.with(|card| card.tags.clone());
        known
            .tags
            .get()
            .into_iter()
            .filter(|found| !taken.contains(&found.tag))
            .map(|found| view! { <option value=found.tag.name></option> })
            .collect_view()
    };
    view! {
        <Group title=text!(i18n, contacts.tags.name)>
            <ul class="fields__tags">{chips}</ul>
            <Show when=move || open.changeable()>
                <form class="fields__tag-form" on:submit=add>
                    <input
                        class="input"
                        name="tag"
                        list="known-tags"
                        autocomplete="off"
                        maxlength="60"
                        aria-label=move || t_string!(i18n, contacts.tags.placeholder)
                        placeholder=move || t_string!(i18n, contacts.tags.placeholder)
                        prop:value=move || typed.get()
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                    <button class="button" data-size="small" type="submit" aria-label=move || t_string!(i18n, contacts.tags.add)>
                        {t!(i18n, contacts.tags.do_add)}
                    </button>
                    <datalist id="known-tags">{options}</datalist>
                </form>
                <ui::FieldError id="tag-error" error=error/>
            </Show>
        </Group>
    }
    .into_any()
}

#[component]
fn Note(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Group title=text!(i18n, contacts.fields.note) class="fields__note">
            <CardField open field=ContactField::Note label=text!(i18n, contacts.fields.note) multiline=true/>
        </Group>
    }
    .into_any()
}

#[component]
fn Dashboard(open: Open) -> impl IntoView {
    let i18n = use_i18n();
    let count = move || open.card.with(|card| card.open_messages);
    let said = move || match count() {
        0 => t_string!(i18n, contacts.dashboard.none).to_owned(),
        1 => t_string!(i18n, contacts.dashboard.one).to_owned(),
        count => t_string!(i18n, contacts.dashboard.many, count = format::count(count, i18n.get_locale())),
    };
    view! {
        <section class="dashboard" aria-labelledby="dashboard">
            <h2 class="dashboard__title" id="dashboard">
                {t!(i18n, contacts.dashboard.title)}
            </h2>
            <h3 class="dashboard__head">{t!(i18n, contacts.dashboard.open)}</h3>
            {move || {
                let inside = view! {
                    <Icon name=Glyph::Inbox size=Size::Small/>
                    <span>{said()}</span>
                };
                if count() > 0 {
                    view! { <a class="dash-line" href="/inbox">{inside}</a> }.into_any()
                } else {
                    view! { <p class="dash-line" data-none="">{inside}</p> }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

/// The sentence under a field of a form.
pub(super) fn problem(fault: &Fault, field: &str, locale: crate::i18n::Locale) -> Option<String> {
    fault.at(field).map(|problem| crate::fault::sentence(problem, locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CON-03] A number is dialled as digits, whatever way it was typed.
    #[test]
    fn numbers_are_dialled() {
        assert_eq!(tel("+31 (0)6 12.34.56.78"), "tel:+31612345678");
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(leads_to(DetailKind::Website, "bakker.example").as_deref(), Some("https://bakker.example"));
        assert_eq!(leads_to(DetailKind::Social, "javascript:alert(1)"), None);
        assert_eq!(leads_to(DetailKind::Email, "a@b.example").as_deref(), Some("mailto:a@b.example"));
    }
}
