//! What stands above a letter that is more than a letter: sealed, written by a program, a report, an invitation.

use crate::format;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use model::Day;
use model::nature::{Answer, Automatic, Invitation, Method, Nature, Scheme, Seal, Undelivered};
use ui::{Banner, Glyph, Icon, Tag, Tone};

#[component]
pub(super) fn NatureOf(nature: RwSignal<Nature>) -> impl IntoView {
    let tags = move || {
        let (seal, automatic) = nature.with(|nature| (nature.seal, nature.automatic));
        (seal.is_some() || automatic.is_some()).then(|| {
            view! {
                <div class="letter__nature">
                    {seal.map(|seal| view! { <SealTag seal/> })} {automatic.map(|automatic| view! { <AutomaticTag automatic/> })}
                </div>
            }
        })
    };
    let failures = move || {
        let all = nature.with(|nature| nature.undelivered.clone());
        (!all.is_empty()).then(|| all.into_iter().map(|one| view! { <Failure one/> }).collect_view())
    };
    let meeting = move || nature.with(|nature| nature.invitation.clone()).map(|invitation| view! { <Meeting invitation/> });
    view! { {tags} {failures} {meeting} }
}

#[component]
fn SealTag(seal: Seal) -> impl IntoView {
    let i18n = use_i18n();
    let scheme = match seal.scheme {
        Scheme::SMime => "S/MIME",
        Scheme::OpenPgp => "OpenPGP",
    };
    let words = move || {
        if seal.encrypted {
            t_string!(i18n, inbox.nature.encrypted, scheme = scheme)
        } else {
            t_string!(i18n, inbox.nature.signed, scheme = scheme)
        }
    };
    let hint =
        move || if seal.encrypted { t_string!(i18n, inbox.nature.encrypted_hint) } else { t_string!(i18n, inbox.nature.signed_hint) };
    view! {
        <Tag icon=Glyph::Lock>
            {words}
        </Tag>
        <span class="letter__nature-hint">{hint}</span>
    }
}

#[component]
fn AutomaticTag(automatic: Automatic) -> impl IntoView {
    let i18n = use_i18n();
    let words = move || match automatic {
        Automatic::Replied => t_string!(i18n, inbox.nature.auto_replied),
        Automatic::Generated => t_string!(i18n, inbox.nature.auto_generated),
    };
    view! {
        <Tag icon=Glyph::Settings>
            {words}
        </Tag>
    }
}

/// Whom it did not reach, why in plain words, and what the other server said.
#[component]
fn Failure(one: Undelivered) -> impl IntoView {
    let i18n = use_i18n();
    let (address, status, delayed) = (one.address, one.status, one.delayed);
    let words = move || {
        if delayed {
            t_string!(i18n, inbox.nature.delayed, address = address.clone())
        } else {
            t_string!(i18n, inbox.nature.undelivered, address = address.clone())
        }
    };
    let why = move || why(&status, i18n.get_locale());
    let said = (!one.diagnostic.is_empty()).then(|| view! { <code class="letter__said">{one.diagnostic}</code> });
    view! {
        <div class="letter__damaged">
            <Banner tone=if delayed { Tone::Warn } else { Tone::Danger } icon=Glyph::Warn tall=true>
                <strong>{words}</strong>
                " "
                {why}
                {said}
            </Banner>
        </div>
    }
}

/// The code of RFC 3463 in words, where it says more than that it did not work.
fn why(status: &str, locale: Locale) -> &'static str {
    let mut parts = status.split('.').skip(1);
    match (parts.next(), parts.next()) {
        (Some("1"), Some("2" | "8")) => td_string!(locale, inbox.nature.why.domain),
        (Some("1"), _) => td_string!(locale, inbox.nature.why.address),
        (Some("2"), Some("2")) => td_string!(locale, inbox.nature.why.full),
        (Some("2"), Some("1")) => td_string!(locale, inbox.nature.why.closed),
        (Some("2"), Some("3")) | (Some("3"), Some("4")) => td_string!(locale, inbox.nature.why.large),
        (Some("4"), _) => td_string!(locale, inbox.nature.why.unreachable),
        (Some("7"), _) => td_string!(locale, inbox.nature.why.refused),
        _ => "",
    }
}

#[component]
fn Meeting(invitation: Invitation) -> impl IntoView {
    let i18n = use_i18n();
    let Invitation { method, summary, place, organizer, starts, ends, all_day, repeats } = invitation;
    let heading = move || match method {
        Method::Request => t_string!(i18n, inbox.nature.meeting.request),
        Method::Cancel => t_string!(i18n, inbox.nature.meeting.cancel),
        Method::Reply(Answer::Accepted) => t_string!(i18n, inbox.nature.meeting.accepted),
        Method::Reply(Answer::Declined) => t_string!(i18n, inbox.nature.meeting.declined),
        Method::Reply(Answer::Tentative) => t_string!(i18n, inbox.nature.meeting.tentative),
    };
    let when = move || {
        let locale = i18n.get_locale();
        let same_day = ends.filter(|ends| Day::from(*ends) == Day::from(starts));
        match (all_day, same_day, ends) {
            (true, _, None) => format::full_day(starts, locale),
            (true, _, Some(ends)) => format!("{} – {}", format::full_day(starts, locale), format::full_day(ends, locale)),
            (false, Some(ends), _) => format!("{} – {}", format::full(starts, locale), format::time(ends)),
            (false, None, Some(ends)) => format!("{} – {}", format::full(starts, locale), format::full(ends, locale)),
            (false, None, None) => format::full(starts, locale),
        }
    };
    let again = repeats.then(|| view! { <span class="meeting__again">{t!(i18n, inbox.nature.meeting.repeats)}</span> });
    let line = |label: Signal<String>, value: String| {
        (!value.is_empty()).then(|| {
            view! {
                <div>
                    <dt>{move || label.get()}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
    };
    view! {
        <section class="meeting" data-off=(method == Method::Cancel).then_some("")>
            <Icon name=Glyph::Calendar/>
            <div>
                <p class="meeting__kind">{heading}</p>
                <h3>{summary}</h3>
                <p>{when} {again}</p>
                <dl>
                    {line(crate::text!(i18n, inbox.nature.meeting.place), place)}
                    {line(crate::text!(i18n, inbox.nature.meeting.organizer), organizer)}
                </dl>
            </div>
        </section>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::why;
    use crate::i18n::Locale;

    /// The classes of RFC 3463 that mean something to the reader; of the others the server's own words must do.
    #[test]
    fn codes_in_words() {
        let told: Vec<_> = ["5.1.1", "5.1.2", "5.2.2", "4.4.1", "5.7.1"].into_iter().map(|code| why(code, Locale::nl)).collect();
        assert!(told.iter().all(|words| !words.is_empty()));
        assert_eq!(told.iter().collect::<std::collections::HashSet<_>>().len(), told.len());
        assert!(["", "5", "5.0.0", "onzin"].into_iter().all(|code| why(code, Locale::nl).is_empty()));
    }
}
