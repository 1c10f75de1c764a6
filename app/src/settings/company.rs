use super::LogoCard;
use super::undo::use_put_back;
use super::verbs::{change_company_data, open_company_data};
use crate::fault::{FaultNote, at_field, at_no_field};
use crate::i18n::{t, t_string, use_i18n};
use crate::session::{may, use_me};
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Right;
use model::profile::CompanyData;
use ui::{Button, Field, Glyph, Kind, SkeletonRows, Tag, Tone, use_toasts};

/// `Bedrijf`: what stands under everybody's letters.
#[component]
pub(super) fn Company() -> impl IntoView {
    let i18n = use_i18n();
    let found = Resource::new(|| (), |()| open_company_data());
    view! {
        <PageTitle text=text!(i18n, templates.company.title)/>
        <header class="settings__head">
            <h1>
                {t!(i18n, templates.company.title)}
                <Tag tone=Tone::Accent icon=Glyph::People>
                    {t!(i18n, settings.everyone)}
                </Tag>
            </h1>
            <p>{t!(i18n, templates.company.intro)}</p>
        </header>
        <section class="card settings__card">
            <Suspense fallback=|| {
                view! { <SkeletonRows rows=6/> }
            }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(data) => view! { <Form data/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
        {may(Right::AdministrationMenu).then(|| view! { <LogoCard/> })}
    }
    .into_any()
}

#[component]
fn Form(data: CompanyData) -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let signal = |text: &String| RwSignal::new(text.clone());
    let (name, address, postcode, city) = (signal(&data.name), signal(&data.address), signal(&data.postcode), signal(&data.city));
    let (iban, bic, bank_city) = (signal(&data.iban), signal(&data.bic), signal(&data.bank_city));
    let (kvk, vat) = (signal(&data.kvk), signal(&data.vat));
    let fault = RwSignal::new(None::<Fault>);
    let show = move |data: CompanyData| {
        me.update(|me| me.company.clone_from(&data.name));
        for (signal, text) in [
            (name, data.name),
            (address, data.address),
            (postcode, data.postcode),
            (city, data.city),
            (iban, data.iban),
            (bic, data.bic),
            (bank_city, data.bank_city),
            (kvk, data.kvk),
            (vat, data.vat),
        ] {
            _ = signal.try_set(text);
        }
    };
    let back = use_put_back(change_company_data, show);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        fault.set(None);
        let form = CompanyData {
            name: name.get_untracked(),
            address: address.get_untracked(),
            postcode: postcode.get_untracked(),
            city: city.get_untracked(),
            iban: iban.get_untracked(),
            bic: bic.get_untracked(),
            bank_city: bank_city.get_untracked(),
            kvk: kvk.get_untracked(),
            vat: vat.get_untracked(),
        };
        spawn_local(async move {
            match change_company_data(form.clone()).await {
                Ok(before) => {
                    if let Ok(kept) = form.read() {
                        show(kept);
                    }
                    toasts.undo(untrack(|| t_string!(i18n, settings.crm.saved)), Callback::new(move |()| back(before.clone())));
                }
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
        });
    };
    let field = move |key, label, bind| {
        view! { <Field name=key id=format!("company-{key}") label bind error=at_field(fault, key) autocomplete="off"/> }
    };
    let other = at_no_field(fault);
    view! {
        <div class="card__body settings__form">
            <form on:submit=save>
                {field("name", text!(i18n, templates.company.name), name)}
                {field("address", text!(i18n, templates.company.address), address)}
                {field("postcode", text!(i18n, templates.company.postcode), postcode)}
                {field("city", text!(i18n, templates.company.city), city)}
                {field("iban", text!(i18n, templates.company.iban), iban)}
                {field("bic", text!(i18n, templates.company.bic), bic)}
                {field("bank_city", text!(i18n, templates.company.bank_city), bank_city)}
                {field("kvk", text!(i18n, templates.company.kvk), kvk)}
                {field("vat", text!(i18n, templates.company.vat), vat)}
                <p class="field__error" role="alert">
                    {other}
                </p>
                <div class="button-row">
                    <Button kind=Kind::Primary submit=true>
                        {t!(i18n, common.words.save)}
                    </Button>
                </div>
            </form>
        </div>
    }
}
