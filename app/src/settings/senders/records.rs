use super::verbs::list_sender_domains;
use crate::Fault;
use crate::fault::FaultNote;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::sender::{DnsRecord, DomainRecords, Finding, Verdict};
use ui::{Button, Glyph, SkeletonRows, Status, Tone};

/// The three that are looked up.
#[derive(Clone, Copy)]
enum Which {
    Spf,
    Dkim,
    Dmarc,
}

/// What DNS says of the domains that one sends from. Asked for once the page is there: it may take seconds, and nobody waits for it.
#[component]
pub(super) fn Records(changed: Signal<u32>) -> impl IntoView {
    let i18n = use_i18n();
    let found = RwSignal::new(None::<Result<Vec<DomainRecords>, Fault>>);
    let look = move || {
        spawn_local(async move {
            let answer = list_sender_domains().await;
            _ = found.try_set(Some(answer));
        });
    };
    Effect::new(move |_| {
        changed.track();
        look();
    });
    let again = move |_| {
        found.set(None);
        look();
    };
    let cards = move || match found.get() {
        None => view! { <p class="settings__hint" role="status">{t!(i18n, senders.records.busy)}</p> <SkeletonRows rows=2/> }.into_any(),
        Some(Ok(domains)) => domains.into_iter().map(|domain| view! { <Domain domain/> }).collect_view().into_any(),
        Some(Err(fault)) => view! { <FaultNote fault/> }.into_any(),
    };
    // Nobody has a domain yet: then there is nothing to say of it.
    let empty = Memo::new(move |_| found.with(|found| matches!(found, Some(Ok(domains)) if domains.is_empty())));
    view! {
        <section class="dns" hidden=move || empty.get() aria-labelledby="s-records">
            <header class="settings__head settings__head--action">
                <div>
                    <h2 id="s-records">{t!(i18n, senders.records.title)}</h2>
                    <p>{t!(i18n, senders.records.text)}</p>
                </div>
                <Button icon=Glyph::Sync on_click=again>
                    {t!(i18n, senders.records.again)}
                </Button>
            </header>
            {cards}
        </section>
    }
}

#[component]
fn Domain(domain: DomainRecords) -> impl IntoView {
    let i18n = use_i18n();
    let DomainRecords { domain, provider, foreign, spf, dkim, dmarc } = domain;
    let through = move || match &provider {
        _ if foreign => t_string!(i18n, senders.records.foreign).to_owned(),
        Some(provider) => t_string!(i18n, senders.records.through, provider = provider.clone()),
        None => t_string!(i18n, senders.records.unknown_provider).to_owned(),
    };
    let label = domain.clone();
    view! {
        <article class="card settings__card dns__domain" aria-label=label>
            <header class="card__head">
                <h3>{domain}</h3>
                <span class="dns__through">{through}</span>
            </header>
            {[(Which::Spf, spf), (Which::Dkim, dkim), (Which::Dmarc, dmarc)]
                .into_iter()
                .map(|(which, finding)| view! { <One which finding foreign/> })
                .collect_view()}
        </article>
    }
}

#[component]
fn One(which: Which, finding: Finding, foreign: bool) -> impl IntoView {
    let i18n = use_i18n();
    let Finding { verdict, there, add } = finding;
    let (tone, icon) = match verdict {
        Verdict::Good => (Tone::Success, Glyph::CheckCircle),
        // Whoever cannot mend it is not alarmed either.
        _ if foreign => (Tone::Plain, Glyph::Info),
        Verdict::Missing | Verdict::Amiss | Verdict::Several => (Tone::Warn, Glyph::Warn),
        Verdict::Unsure | Verdict::Away => (Tone::Plain, Glyph::Info),
    };
    let heading = move || {
        let locale = i18n.get_locale();
        // What stands there has to make way.
        if matches!(verdict, Verdict::Amiss | Verdict::Several) {
            td_string!(locale, senders.records.instead)
        } else {
            td_string!(locale, senders.records.add)
        }
    };
    let found = (!there.is_empty()).then(|| {
        view! {
            <h5>{t!(i18n, senders.records.there)}</h5>
            <Lines records=there/>
        }
    });
    let wanted = (!add.is_empty()).then(|| {
        view! {
            <h5>{heading}</h5>
            <Lines records=add/>
        }
    });
    view! {
        <div class="dns__one">
            <h4>
                {move || name(which, i18n.get_locale())}
                <Status tone icon>
                    {move || word(verdict, i18n.get_locale())}
                </Status>
            </h4>
            <p>{move || about(which, i18n.get_locale())} " " {move || why(which, verdict, i18n.get_locale())}</p>
            {found}
            {wanted}
        </div>
    }
}

/// Records as DNS panels ask for them: a name, a type, a value.
#[component]
fn Lines(records: Vec<DnsRecord>) -> impl IntoView {
    let i18n = use_i18n();
    let line = move |record: DnsRecord| {
        let value = match record.value {
            Some(value) => view! { <code>{value}</code> }.into_any(),
            None => view! { <em>{t!(i18n, senders.records.by_provider)}</em> }.into_any(),
        };
        view! {
            <tr>
                <td>
                    <code>{record.name}</code>
                </td>
                <td>{record.kind.as_str()}</td>
                <td>{value}</td>
            </tr>
        }
    };
    view! {
        <table class="dns__lines">
            <thead>
                <tr>
                    <th scope="col">{t!(i18n, senders.records.record_name)}</th>
                    <th scope="col">{t!(i18n, senders.records.record_kind)}</th>
                    <th scope="col">{t!(i18n, senders.records.record_value)}</th>
                </tr>
            </thead>
            <tbody>{records.into_iter().map(line).collect_view()}</tbody>
        </table>
    }
}

fn name(which: Which, locale: Locale) -> &'static str {
    match which {
        Which::Spf => td_string!(locale, senders.records.spf.name),
        Which::Dkim => td_string!(locale, senders.records.dkim.name),
        Which::Dmarc => td_string!(locale, senders.records.dmarc.name),
    }
}

fn about(which: Which, locale: Locale) -> &'static str {
    match which {
        Which::Spf => td_string!(locale, senders.records.spf.about),
        Which::Dkim => td_string!(locale, senders.records.dkim.about),
        Which::Dmarc => td_string!(locale, senders.records.dmarc.about),
    }
}

fn word(verdict: Verdict, locale: Locale) -> &'static str {
    match verdict {
        Verdict::Good => td_string!(locale, senders.records.good),
        Verdict::Missing => td_string!(locale, senders.records.missing),
        Verdict::Amiss => td_string!(locale, senders.records.amiss),
        Verdict::Several => td_string!(locale, senders.records.several),
        Verdict::Unsure => td_string!(locale, senders.records.unsure),
        Verdict::Away => td_string!(locale, senders.records.away),
    }
}

/// What a verdict means for this one, where that is not plain.
fn why(which: Which, verdict: Verdict, locale: Locale) -> &'static str {
    match (which, verdict) {
        (Which::Spf, Verdict::Missing) => td_string!(locale, senders.records.spf.missing),
        (Which::Spf, Verdict::Amiss) => td_string!(locale, senders.records.spf.amiss),
        (Which::Spf, Verdict::Several) => td_string!(locale, senders.records.spf.several),
        (Which::Spf, Verdict::Unsure) => td_string!(locale, senders.records.spf.unsure),
        (Which::Dkim, Verdict::Missing) => td_string!(locale, senders.records.dkim.missing),
        (Which::Dkim, Verdict::Amiss | Verdict::Several) => td_string!(locale, senders.records.dkim.amiss),
        (Which::Dkim, Verdict::Unsure) => td_string!(locale, senders.records.dkim.unsure),
        (Which::Dmarc, Verdict::Missing) => td_string!(locale, senders.records.dmarc.missing),
        (Which::Dmarc, Verdict::Amiss) => td_string!(locale, senders.records.dmarc.amiss),
        (Which::Dmarc, Verdict::Several) => td_string!(locale, senders.records.dmarc.several),
        (_, Verdict::Good | Verdict::Away) | (Which::Dmarc, Verdict::Unsure) => "",
    }
}
