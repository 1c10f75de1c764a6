use super::{Company, Crm, Mail, PhonePage, Profile, Removed, Senders, Tags, Types};
use crate::PageTitle;
use crate::i18n::{t, t_string, use_i18n};
use crate::session::may;
use crate::templates::{Actions, Edit, Templates};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::Right;
use ui::{Glyph, Icon};

/// `Beheer`: topics at the left, one of them at the right.
#[component]
pub fn Page() -> impl IntoView {
    let i18n = use_i18n();
    let params = use_params_map();
    let topic = Memo::new(move |_| {
        let start = if may(Right::UseMail) { "mail" } else { "profile" };
        params.with(|params| params.get("topic")).unwrap_or_else(|| start.to_owned())
    });
    let item = Memo::new(move |_| params.with(|params| params.get("item")));
    let place = move |key: &'static str, glyph: Glyph, name: Signal<String>| {
        view! {
            <a class="tree__item" href=format!("/settings/{key}") aria-current=move || topic.with(|topic| topic == key).then_some("page")>
                <Icon name=glyph/>
                <span class="tree__name">{move || name.get()}</span>
            </a>
        }
    };
    let mail = may(Right::UseMail).then(|| {
        view! {
            <div class="tree__group">
                <div class="tree__heading">{t!(i18n, settings.mail_group)}</div>
                {place("mail", Glyph::Mail, text!(i18n, settings.nav.mail))}
                {place("senders", Glyph::Send, text!(i18n, settings.nav.senders))}
            </div>
        }
    });
    let everyone = may(Right::AdministrationMenu).then(|| {
        view! {
            <div class="tree__group">
                <div class="tree__heading">{t!(i18n, settings.everyone_group)}</div>
                {place("templates", Glyph::Template, text!(i18n, templates.title))}
                {place("actions", Glyph::Reply, text!(i18n, templates.actions.title))}
                {place("company", Glyph::Building, text!(i18n, templates.company.title))}
                {place("crm", Glyph::Settings, text!(i18n, settings.nav.crm))} {place("types", Glyph::People, text!(i18n, settings.nav.types))}
                {place("tags", Glyph::Tag, text!(i18n, settings.nav.tags))}
                {place("removed", Glyph::Trash, text!(i18n, settings.removed.title))}
            </div>
        }
    });
    // A template has its preview beside it.
    let wide = Memo::new(move |_| topic.with(|topic| topic == "templates") && item.with(Option::is_some));
    let page = move || match topic.get().as_str() {
        "mail" | "accounts" => view! { <Mail item/> }.into_any(),
        "crm" => view! { <Crm/> }.into_any(),
        "profile" => view! { <Profile/> }.into_any(),
        "phone" => view! { <PhonePage/> }.into_any(),
        "types" => view! { <Types/> }.into_any(),
        "templates" => match item.get().and_then(|id| id.parse().ok()) {
            Some(id) => view! { <Edit id/> }.into_any(),
            None => view! { <Templates/> }.into_any(),
        },
        "actions" => view! { <Actions/> }.into_any(),
        "company" => view! { <Company/> }.into_any(),
        "senders" => view! { <Senders/> }.into_any(),
        "removed" => view! { <Removed/> }.into_any(),
        "tags" => view! { <Tags/> }.into_any(),
        _ => view! { <Elsewhere/> }.into_any(),
    };
    view! {
        <PageTitle text=text!(i18n, settings.title)/>
        <div class="settings">
            <nav class="settings__nav tree" aria-label=move || t_string!(i18n, settings.title)>
                <div class="tree__group">
                    <div class="tree__heading">{t!(i18n, settings.me)}</div>
                    {place("profile", Glyph::Person, text!(i18n, settings.nav.profile))}
                    {place("phone", Glyph::Mobile, text!(i18n, settings.nav.phone))}
                </div>
                {mail}
                {everyone}
            </nav>
            <div class="settings__page">
                <div class="settings__column" data-wide=move || wide.get().then_some("")>{page}</div>
            </div>
        </div>
    }
}

/// No such topic.
#[component]
fn Elsewhere() -> impl IntoView {
    let i18n = use_i18n();
    view! { <ui::Empty drawing=ui::Drawing::Loose title=text!(i18n, common.missing.title) text=text!(i18n, common.missing.text)/> }
}
