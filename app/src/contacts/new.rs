//! The form for a new contact: by itself, as an employee of a company, or from the unknown sender of a message.

use super::details::problem;
use super::verbs::{AddContact, list_contact_types, new_employee, open_contact, open_unknown_sender, recall_contact_form};
use super::words;
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::contact::{AddressForm, ContactForm, ContactKind, ContactRef, ContactType};
use model::{ContactId, MessageId};
use serde::{Deserialize, Serialize};
use ui::{Avatar, Button, Field, Glyph, Icon, Kind, LinkButton, Select, Shape, Size};

/// Where the form comes from, as its address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Origin {
    employer: Option<ContactId>,
    message: Option<MessageId>,
    address: String,
    name: String,
    /// The form was refused in a browser without the program.
    again: bool,
}

impl Origin {
    fn of(query: &ParamsMap) -> Self {
        Self {
            employer: query.get("employer").and_then(|id| id.parse().ok()),
            message: query.get("message").and_then(|id| id.parse().ok()),
            address: query.get("address").unwrap_or_default(),
            name: query.get("name").unwrap_or_default(),
            again: query.get("__err").is_some(),
        }
    }

    /// The same origin, with or without an employer.
    fn with_employer(&self, employer: Option<ContactId>) -> String {
        let mut query = ParamsMap::new();
        for (key, value) in [
            ("employer", employer.map(|id| id.to_string())),
            ("message", self.message.map(|id| id.to_string())),
            ("address", Some(self.address.clone()).filter(|address| !address.is_empty())),
            ("name", Some(self.name.clone()).filter(|name| !name.is_empty())),
        ] {
            if let Some(value) = value {
                query.insert(key, value);
            }
        }
        format!("/contacts/new{}", query.to_query_string())
    }
}

/// What the form begins with.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Draft {
    form: ContactForm,
    types: Vec<ContactType>,
    employer: Option<ContactRef>,
    /// Companies that use the sender's mail domain (CON-15).
    companies: Vec<ContactRef>,
}

async fn begin(origin: Origin) -> Result<Draft, Fault> {
    let types = list_contact_types().await?;
    let mut form = ContactForm { email: origin.address.clone(), ..ContactForm::default() };
    let mut employer = None;
    let mut companies = Vec::new();
    let (first, last) = origin.name.trim().split_once(' ').unwrap_or(("", origin.name.trim()));
    (form.first_name, form.last_name) = (first.to_owned(), last.trim().to_owned());
    if let Some(message) = origin.message {
        let sender = open_unknown_sender(message, origin.address.clone()).await?;
        (form.first_name, form.last_name, form.email) = (sender.first_name, sender.last_name, sender.address);
        form.from_message = Some(message);
        companies = sender.companies;
    }
    if let Some(id) = origin.employer {
        form.address = new_employee(id).await?.address;
        form.employer = Some(id);
        let company = open_contact(id).await?.contact;
        employer = Some(ContactRef { id, kind: company.kind, name: company.name() });
    }
    if origin.again
        && let Ok(Some(typed)) = recall_contact_form().await
    {
        form = typed;
    }
    Ok(Draft { form, types, employer, companies })
}

#[component]
pub fn New() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let origin = Memo::new(move |_| query.with(Origin::of));
    let draft = Resource::new(move || origin.get(), begin);
    // Kind is apart from the rest: choosing it keeps what was typed.
    let company = Memo::new(move |_| query.with(|query| query.get("kind")).as_deref() == Some(ContactKind::Company.as_str()));
    let title = Signal::derive(move || {
        let employee = origin.with(|origin| origin.employer.is_some());
        if employee { t_string!(i18n, contacts.employees.fresh) } else { t_string!(i18n, contacts.form.title) }.to_owned()
    });
    view! {
        <PageTitle text=title/>
        <section class="contacts__rest contacts__new" aria-labelledby="new-contact">
            <a class="button record__back" data-kind="quiet" href="/contacts">
                <Icon name=Glyph::ChevronLeft/>
                {t!(i18n, contacts.title)}
            </a>
            <div class="contacts__form">
                <h1 id="new-contact">{move || title.get()}</h1>
                <Transition>
                    {move || Suspend::new(async move {
                        match draft.await {
                            Ok(draft) => view! { <Form draft origin company/> }.into_any(),
                            Err(fault) => view! { <FaultNote fault/> }.into_any(),
                        }
                    })}
                </Transition>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Form(draft: Draft, origin: Memo<Origin>, company: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let add = ServerAction::<AddContact>::new();
    let fault = Signal::derive(move || add.value().get().and_then(Result::err));
    let at = move |field: &'static str| {
        Signal::derive(move || fault.with(|fault| fault.as_ref().and_then(|fault| problem(fault, field, i18n.get_locale()))))
    };
    let Draft { form, types, employer, companies } = draft;
    let ContactForm { address, type_id, from_message, .. } = form.clone();
    let chosen_type = RwSignal::new(type_id.or_else(|| types.first().map(|kind| kind.id)).map(|id| id.to_string()).unwrap_or_default());
    let options = Signal::derive(move || {
        let locale = i18n.get_locale();
        types.iter().map(|kind| (kind.id.to_string(), words::type_name(kind, locale))).collect::<Vec<_>>()
    });
    // An employee is a person: then there is nothing to choose.
    let employed = employer.is_some();
    let is_company = Signal::derive(move || company.get() && !employed);
    let said = move || {
        fault
            .get()
            .filter(|fault| !fault.is_invalid() || fault.at("employer").is_some() || fault.at("type_id").is_some())
            .map(|fault| view! { <FaultNote fault/> })
    };
    let back = from_message.map_or_else(|| "/contacts".to_owned(), |message| format!("/inbox/inbox/{message}"));
    // The first wrong field gets the focus, so nobody has to look for it.
    Effect::new(move |_| {
        if fault.with(|fault| fault.as_ref().is_some_and(Fault::is_invalid)) {
            request_animation_frame(|| {
                if let Some(field) = document().query_selector(".contacts__form [aria-invalid=true]").ok().flatten() {
                    use wasm_bindgen::JsCast;
                    _ = field.unchecked_ref::<web_sys::HtmlElement>().focus();
                }
            });
        }
    });
    view! {
        <ActionForm action=add attr:class="new-contact" attr:novalidate="">
            {said}
            {(!employed).then(|| view! { <KindChoice origin company=is_company/> })}
            <Employment employer companies origin/>
            <input type="hidden" name="form[kind]" value=move || if is_company.get() { "company" } else { "person" }/>
            {from_message.map(|id| view! { <input type="hidden" name="form[from_message]" value=id.to_string()/> })}
            <div class="field-row" hidden=move || is_company.get()>
                <Field
                    name="form[first_name]"
                    label=text!(i18n, contacts.fields.first_name)
                    value=form.first_name
                    error=at("first_name")
                    autocomplete="off"
                    autofocus=true
                />
                <Field
                    name="form[last_name]"
                    label=text!(i18n, contacts.fields.last_name)
                    value=form.last_name
                    error=at("last_name")
                    autocomplete="off"
                />
            </div>
            <div class="field-row">
                <div hidden=employed>
                    <Field
                        name="form[company]"
                        label=Signal::derive(move || {
                            if is_company.get() {
                                t_string!(i18n, contacts.fields.company_name).to_owned()
                            } else {
                                t_string!(i18n, contacts.fields.company).to_owned()
                            }
                        })
                        value=form.company
                        error=at("company")
                        autocomplete="off"
                    />
                </div>
                <div hidden=move || is_company.get()>
                    <Field
                        name="form[function]"
                        label=text!(i18n, contacts.fields.function)
                        value=form.function
                        error=at("function")
                        autocomplete="off"
                    />
                </div>
                <Select
                    name="form[type_id]"
                    label=text!(i18n, contacts.fields.type_)
                    options=options
                    value=chosen_type
                    on_change=Callback::new(move |id| chosen_type.set(id))
                    error=at("type_id")
                />
            </div>
            <fieldset>
                <legend>{t!(i18n, contacts.details.title)}</legend>
                <Field
                    name="form[email]"
                    label=text!(i18n, contacts.details.email)
                    value=form.email
                    error=at("email")
                    inputmode="email"
                    autocomplete="off"
                />
                <div class="field-row">
                    <Field
                        name="form[mobile]"
                        label=text!(i18n, contacts.details.mobile)
                        value=form.mobile
                        error=at("mobile")
                        inputmode="tel"
                        autocomplete="off"
                    />
                    <Field
                        name="form[phone]"
                        label=text!(i18n, contacts.details.phone)
                        value=form.phone
                        error=at("phone")
                        inputmode="tel"
                        autocomplete="off"
                    />
                </div>
            </fieldset>
            <AddressFields address at=Callback::new(at)/>
            <div class="button-row contacts__save">
                <Button kind=Kind::Primary submit=true disabled=Signal::derive(move || add.pending().get())>
                    {t!(i18n, common.words.save)}
                </Button>
                <LinkButton href=back kind=Kind::Quiet>
                    {t!(i18n, common.words.cancel)}
                </LinkButton>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// Person or company: links, so that they work before the program is there.
#[component]
fn KindChoice(origin: Memo<Origin>, company: Signal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let href = move |kind: ContactKind| {
        let place = origin.with(|origin| origin.with_employer(None));
        let mark = if place.contains('?') { '&' } else { '?' };
        format!("{place}{mark}kind={}", kind.as_str())
    };
    view! {
        <nav class="segmented" aria-label=move || t_string!(i18n, contacts.form.kind)>
            <a
                class="segmented__option"
                href=move || href(ContactKind::Person)
                aria-current=move || (!company.get()).then_some("true")
                attr:data-noscroll="true"
            >
                <Icon name=Glyph::Person size=Size::Small/>
                {t!(i18n, contacts.form.person)}
            </a>
            <a class="segmented__option" href=move || href(ContactKind::Company) aria-current=move || company.get().then_some("true")>
                <Icon name=Glyph::Building size=Size::Small/>
                {t!(i18n, contacts.form.company)}
            </a>
        </nav>
    }
}

/// Whose employee this is, or may be: companies with the same mail domain are offered.
#[component]
fn Employment(employer: Option<ContactRef>, companies: Vec<ContactRef>, origin: Memo<Origin>) -> impl IntoView {
    let i18n = use_i18n();
    if let Some(company) = employer {
        let name = company.name.clone();
        return view! {
            <input type="hidden" name="form[employer]" value=company.id.to_string()/>
            <p class="contacts__employer">
                <Avatar name=company.name.clone() shape=Shape::Company size=Size::Small/>
                <span>
                    {t!(i18n, contacts.form.employee_of)} " " <a href=format!("/contacts/{}", company.id)>{company.name}</a>
                </span>
                <a
                    class="icon-button"
                    data-size="tiny"
                    href=move || origin.with(|origin| origin.with_employer(None))
                    aria-label=move || t_string!(i18n, contacts.employer.detach, name = name.clone())
                >
                    <Icon name=Glyph::Close size=Size::Small/>
                </a>
            </p>
        }
        .into_any();
    }
    if companies.is_empty() {
        return ().into_any();
    }
    let offers = companies
        .into_iter()
        .map(|company| {
            let id = company.id;
            view! {
                <a class="chip" data-kind="add" href=move || origin.with(|origin| origin.with_employer(Some(id)))>
                    <Icon name=Glyph::Building/>
                    {company.name}
                </a>
            }
        })
        .collect_view();
    view! {
        <div class="contacts__offers">
            <p>{t!(i18n, contacts.form.works_here)}</p>
            <div class="button-row">{offers}</div>
        </div>
    }
    .into_any()
}

#[component]
fn AddressFields(address: AddressForm, at: Callback<&'static str, Signal<Option<String>>>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <fieldset>
            <legend>{t!(i18n, contacts.address.one)}</legend>
            <Field
                name="form[address][street]"
                label=text!(i18n, contacts.address.street)
                value=address.street
                error=at.run("street")
                autocomplete="off"
            />
            <div class="field-row">
                <Field
                    name="form[address][postcode]"
                    label=text!(i18n, contacts.address.postcode)
                    value=address.postcode
                    error=at.run("postcode")
                    autocomplete="off"
                />
                <Field
                    name="form[address][city]"
                    label=text!(i18n, contacts.address.city)
                    value=address.city
                    error=at.run("city")
                    autocomplete="off"
                />
                <Field
                    name="form[address][country]"
                    label=text!(i18n, contacts.address.country)
                    value=address.country
                    error=at.run("country")
                    autocomplete="off"
                />
            </div>
            <input type="hidden" name="form[address][state]" value=address.state/>
            <input type="hidden" name="form[address][label]" value=address.label/>
        </fieldset>
    }
    .into_any()
}
