use super::CleaningCard;
use super::undo::use_put_back;
use super::verbs::change_preferences;
use crate::i18n::{t, t_string, use_i18n};
use crate::session::{may, use_me};
use crate::{PageTitle, tongue};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Right;
use model::preferences::{DateFormat, InboxShows, Preferences};
use model::registration::Language;
use ui::{Glyph, Icon, Select, Switch, Tag, Tone, use_toasts};

/// The zones of where Spindle is used most; one's own is added when it is another.
const ZONES: [&str; 24] = [
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Bucharest",
    "Europe/Copenhagen",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Luxembourg",
    "Europe/Madrid",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "America/Curacao",
    "America/New_York",
    "America/Paramaribo",
    "America/Sao_Paulo",
];

/// CRM-voorkeuren: saved at once, for everyone, with a way back.
#[component]
pub(super) fn Crm() -> impl IntoView {
    let i18n = use_i18n();
    if !may(Right::AdministrationMenu) {
        return view! {
            <PageTitle text=text!(i18n, settings.crm.title)/>
            <section class="settings__denied">
                <h1>
                    <Icon name=Glyph::Lock/>
                    {t!(i18n, settings.crm.title)}
                </h1>
                <p>{t!(i18n, settings.crm.denied)}</p>
                <p>{t!(i18n, settings.crm.denied_text)}</p>
            </section>
        }
        .into_any();
    }
    let me = use_me();
    let now = move || me.with(|me| me.preferences.clone());
    let save = use_save();
    let change = move |edit: fn(&mut Preferences, &str)| {
        Callback::new(move |word: String| {
            let mut next = me.with_untracked(|me| me.preferences.clone());
            edit(&mut next, &word);
            save.run(next);
        })
    };
    let zones = Signal::derive(move || {
        let mine = me.with(|me| me.preferences.time_zone.clone());
        let mut zones: Vec<_> = ZONES.into_iter().map(|zone| (zone.to_owned(), zone.replace('_', " "))).collect();
        if !ZONES.contains(&mine.as_str()) {
            zones.insert(0, (mine.clone(), mine));
        }
        zones
    });
    let languages = Signal::derive(move || {
        vec![
            ("nl".to_owned(), t_string!(i18n, common.languages.nl).to_owned()),
            ("en".to_owned(), t_string!(i18n, common.languages.en).to_owned()),
        ]
    });
    let dates = Signal::derive(move || {
        vec![
            ("dmy".to_owned(), t_string!(i18n, settings.crm.dmy).to_owned()),
            ("mdy".to_owned(), t_string!(i18n, settings.crm.mdy).to_owned()),
        ]
    });
    let shows = Signal::derive(move || {
        vec![
            ("contact".to_owned(), t_string!(i18n, settings.crm.shows_contact).to_owned()),
            ("sender".to_owned(), t_string!(i18n, settings.crm.shows_sender).to_owned()),
        ]
    });
    let company = move || me.with(|me| me.company.clone());
    view! {
        <PageTitle text=text!(i18n, settings.crm.title)/>
        <header class="settings__head">
            <h1>
                {t!(i18n, settings.crm.title)}
                <Tag tone=Tone::Accent icon=Glyph::People>
                    {t!(i18n, settings.everyone)}
                </Tag>
            </h1>
            <p>{t!(i18n, settings.crm.intro, company = company)}</p>
        </header>
        <section class="card settings__card" aria-labelledby="s-general">
            <header class="card__head">
                <h2 id="s-general">{t!(i18n, settings.crm.general)}</h2>
            </header>
            <Rule title=text!(i18n, settings.crm.language) text=text!(i18n, settings.crm.language_text)>
                <Select
                    name="language"
                    bare=true
                    label=text!(i18n, settings.crm.language)
                    options=languages
                    value=Signal::derive(move || now().language.tag().to_owned())
                    on_change=change(|next, word| next.language = Language::from_tag(word).unwrap_or(next.language))
                />
            </Rule>
            <Rule title=text!(i18n, settings.crm.date) text=text!(i18n, settings.crm.date_text)>
                <Select
                    name="date_format"
                    bare=true
                    label=text!(i18n, settings.crm.date)
                    options=dates
                    value=Signal::derive(move || if now().date_format == DateFormat::DayMonthYear { "dmy".to_owned() } else { "mdy".to_owned() })
                    on_change=change(|next, word| {
                        next.date_format = if word == "mdy" { DateFormat::MonthDayYear } else { DateFormat::DayMonthYear };
                    })
                />
            </Rule>
            <Rule title=text!(i18n, settings.crm.zone) text=text!(i18n, settings.crm.zone_text)>
                <Select
                    name="time_zone"
                    bare=true
                    label=text!(i18n, settings.crm.zone)
                    options=zones
                    value=Signal::derive(move || now().time_zone)
                    on_change=change(|next, word| word.clone_into(&mut next.time_zone))
                />
            </Rule>
        </section>
        <section class="card settings__card" aria-labelledby="s-part">
            <header class="card__head">
                <h2 id="s-part">{t!(i18n, settings.crm.part)}</h2>
            </header>
            <Rule title=text!(i18n, settings.crm.employees) text=text!(i18n, settings.crm.employees_text)>
                <Switch
                    bare=true
                    label=text!(i18n, settings.crm.employees)
                    checked=Signal::derive(move || now().employees_in_archive)
                    on_change=Callback::new(move |on: bool| {
                        let next = Preferences { employees_in_archive: on, ..me.with_untracked(|me| me.preferences.clone()) };
                        save.run(next);
                    })
                />
            </Rule>
        </section>
        <section class="card settings__card" aria-labelledby="s-mail">
            <header class="card__head">
                <h2 id="s-mail">{t!(i18n, settings.crm.mail)}</h2>
            </header>
            <Rule title=text!(i18n, settings.crm.shows) text=text!(i18n, settings.crm.shows_text)>
                <Select
                    name="inbox_shows"
                    bare=true
                    label=text!(i18n, settings.crm.shows)
                    options=shows
                    value=Signal::derive(move || if now().inbox_shows == InboxShows::Sender { "sender".to_owned() } else { "contact".to_owned() })
                    on_change=change(|next, word| {
                        next.inbox_shows = if word == "sender" { InboxShows::Sender } else { InboxShows::LinkedContact };
                    })
                />
            </Rule>
            <Rule title=text!(i18n, settings.crm.keep_links) text=text!(i18n, settings.crm.keep_links_text)>
                <Switch
                    bare=true
                    label=text!(i18n, settings.crm.keep_links)
                    checked=Signal::derive(move || now().forward_keeps_contacts)
                    on_change=Callback::new(move |on: bool| {
                        let next = Preferences { forward_keeps_contacts: on, ..me.with_untracked(|me| me.preferences.clone()) };
                        save.run(next);
                    })
                />
            </Rule>
        </section>
        <CleaningCard/>
    }
    .into_any()
}

#[component]
pub(super) fn Rule(#[prop(into)] title: Signal<String>, #[prop(into)] text: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <div class="rule">
            <div class="rule__text">
                <h3>{move || title.get()}</h3>
                <p>{move || text.get()}</p>
            </div>
            <div class="rule__control">{children()}</div>
        </div>
    }
}

/// Saves, shows it everywhere on this page, and offers to put back what was.
fn use_save() -> Callback<Preferences> {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let apply = move |preferences: Preferences| {
        let tag = preferences.language.tag();
        i18n.set_locale(tongue::locale(preferences.language));
        if let Some(html) = document().document_element() {
            _ = html.set_attribute("lang", tag);
        }
        me.update(|me| me.preferences = preferences);
    };
    let back = use_put_back(change_preferences, apply);
    Callback::new(move |next: Preferences| {
        let shown = me.with_untracked(|me| me.preferences.clone());
        apply(next.clone());
        spawn_local(async move {
            match change_preferences(next).await {
                Ok(before) => {
                    let undo = Callback::new(move |()| back(before.clone()));
                    toasts.undo(untrack(|| t_string!(i18n, settings.crm.saved)), undo);
                }
                Err(fault) => {
                    apply(shown);
                    toasts.say(fault.sentence(i18n.get_locale_untracked()));
                }
            }
        });
    })
}
