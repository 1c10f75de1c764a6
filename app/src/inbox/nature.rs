//! What stands above a letter that is more than a letter: sealed, written by a program, a report, an invitation.

use super::verbs::{answer_invitation, open_invitation, withdraw_answer};
use crate::fault::FaultNote;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::{Fault, format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::inbox::Entity;
#[cfg(feature = "ssr")]
use model::nature::AnsweredMeeting;
use model::nature::{Answer, Automatic, Invitation, Invited, Method, Nature, Scheme, Seal, Standing, Undelivered};
use model::{Civil, Day, MessageId};
use ui::{Banner, Button, Glyph, Icon, Size, Tag, Tone, use_toasts};

#[component]
pub(super) fn NatureOf(id: MessageId, nature: RwSignal<Nature>) -> impl IntoView {
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
    let meeting = move || nature.with(|nature| nature.invitation.clone()).map(|invitation| view! { <Meeting id invitation/> });
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
    let words = move || not_there(&address, delayed, i18n.get_locale());
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

/// Whom a letter did not reach, or not yet.
pub(crate) fn not_there(address: &str, delayed: bool, locale: Locale) -> String {
    if delayed {
        td_string!(locale, inbox.nature.delayed, address = address.to_owned())
    } else {
        td_string!(locale, inbox.nature.undelivered, address = address.to_owned())
    }
}

/// The code of RFC 3463 in words, where it says more than that it did not work.
pub(crate) fn why(status: &str, locale: Locale) -> &'static str {
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
fn Meeting(id: MessageId, invitation: Invitation) -> impl IntoView {
    let i18n = use_i18n();
    let Invitation { method, summary, place, organizer, starts, ends, all_day, repeats } = invitation;
    let heading = move || match method {
        Method::Request => t_string!(i18n, inbox.nature.meeting.request),
        Method::Cancel => t_string!(i18n, inbox.nature.meeting.cancel),
        Method::Reply(Answer::Accepted) => t_string!(i18n, inbox.nature.meeting.accepted),
        Method::Reply(Answer::Declined) => t_string!(i18n, inbox.nature.meeting.declined),
        Method::Reply(Answer::Tentative) => t_string!(i18n, inbox.nature.meeting.tentative),
    };
    let when = move || held(starts, ends, all_day, i18n.get_locale());
    let asks = (method == Method::Request).then(|| view! { <Answering id/> });
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
                {asks}
            </div>
        </section>
    }
}

/// When it is held, from the first minute to the last.
fn held(starts: Civil, ends: Option<Civil>, all_day: bool, locale: Locale) -> String {
    let same_day = ends.filter(|ends| Day::from(*ends) == Day::from(starts));
    match (all_day, same_day, ends) {
        (true, _, None) => format::full_day(starts, locale),
        (true, _, Some(ends)) => format!("{} – {}", format::full_day(starts, locale), format::full_day(ends, locale)),
        (false, Some(ends), _) => format!("{} – {}", format::full(starts, locale), format::time(ends)),
        (false, None, Some(ends)) => format!("{} – {}", format::full(starts, locale), format::full(ends, locale)),
        (false, None, None) => format::full(starts, locale),
    }
}

/// The subject and the text of the letter that answers.
#[cfg(feature = "ssr")]
pub(super) fn answer_words(meeting: &AnsweredMeeting, locale: Locale) -> (String, String) {
    let AnsweredMeeting { answer, name, summary, starts, ends, all_day } = meeting;
    let summary = if summary.is_empty() { td_string!(locale, inbox.row.no_subject).to_owned() } else { summary.clone() };
    let when = held(*starts, *ends, *all_day, locale);
    let (about, name) = (summary.clone(), name.clone());
    match answer {
        Answer::Accepted => (
            td_string!(locale, inbox.nature.meeting.letter.accepted_subject, summary = summary),
            td_string!(locale, inbox.nature.meeting.letter.accepted, name = name, summary = about, when = when),
        ),
        Answer::Declined => (
            td_string!(locale, inbox.nature.meeting.letter.declined_subject, summary = summary),
            td_string!(locale, inbox.nature.meeting.letter.declined, name = name, summary = about, when = when),
        ),
        Answer::Tentative => (
            td_string!(locale, inbox.nature.meeting.letter.tentative_subject, summary = summary),
            td_string!(locale, inbox.nature.meeting.letter.tentative, name = name, summary = about, when = when),
        ),
    }
}

/// What its reader says to it, said or still to say.
#[component]
fn Answering(id: MessageId) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let now = RwSignal::new(None::<Invited>);
    let fault = RwSignal::new(None::<Fault>);
    let asked = StoredValue::new(0_u32);
    let changing = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let refresh = Callback::new(move |()| {
        let mine = asked.try_update_value(|asked| {
            *asked = asked.wrapping_add(1);
            *asked
        });
        spawn_local(async move {
            let answer = open_invitation(id).await;
            if asked.try_get_value() != mine {
                // A later one has been asked since, or nobody looks at it any more.
                return;
            }
            _ = fault.try_set(answer.as_ref().err().cloned());
            if let Ok(invited) = answer {
                _ = now.try_set(invited);
            }
        });
    });
    let changed = live::use_live(move |change| change.entity == Entity::Message && change.id == id.0);
    Effect::new(move |_| {
        changed.track();
        refresh.run(());
    });
    let say = move |answer: Answer| {
        busy.set(true);
        spawn_local(async move {
            let done = answer_invitation(id, answer).await;
            let locale = i18n.get_locale_untracked();
            match done {
                Ok(reply) => {
                    let back = Callback::new(move |()| {
                        spawn_local(async move {
                            match withdraw_answer(reply).await {
                                Ok(()) => _ = refresh.try_run(()),
                                Err(Fault::Conflict | Fault::NotFound) => toasts.say(td_string!(locale, compose.said.gone)),
                                Err(fault) => toasts.say(fault.sentence(locale)),
                            }
                        });
                    });
                    toasts.undo(td_string!(locale, inbox.nature.meeting.sent), back);
                    _ = changing.try_set(false);
                }
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            _ = busy.try_set(false);
            _ = refresh.try_run(());
        });
    };
    let button = move |answer: Answer, glyph: Glyph, words: Signal<String>| {
        let pressed = move || now.with(|now| now.is_some_and(|now| now.answered == Some(answer)));
        view! {
            <Button size=Size::Small icon=glyph disabled=Signal::derive(move || busy.get() || pressed()) on_click=move |_| say(answer)>
                {move || words.get()}
            </Button>
        }
    };
    let said = move |answer: Answer| match answer {
        Answer::Accepted => t_string!(i18n, inbox.nature.meeting.said.accepted),
        Answer::Declined => t_string!(i18n, inbox.nature.meeting.said.declined),
        Answer::Tentative => t_string!(i18n, inbox.nature.meeting.said.tentative),
    };
    let inside = move || {
        let Invited { answered, standing } = now.get()?;
        let stands = match standing {
            Standing::Open => None,
            Standing::Over => Some(t_string!(i18n, inbox.nature.meeting.over)),
            Standing::Replaced => Some(t_string!(i18n, inbox.nature.meeting.replaced)),
            Standing::CalledOff => Some(t_string!(i18n, inbox.nature.meeting.called_off)),
        };
        let open = stands.is_none();
        let offered = open && (answered.is_none() || changing.get());
        let change = (open && !offered).then(|| {
            view! {
                <button class="link-button" type="button" on:click=move |_| changing.set(true)>
                    {t!(i18n, inbox.nature.meeting.change)}
                </button>
            }
        });
        let buttons = offered.then(|| {
            view! {
                <div class="button-row" role="group" aria-label=move || t_string!(i18n, inbox.nature.meeting.your_answer)>
                    {button(Answer::Accepted, Glyph::Check, crate::text!(i18n, inbox.nature.meeting.accept))}
                    {button(Answer::Tentative, Glyph::Help, crate::text!(i18n, inbox.nature.meeting.maybe))}
                    {button(Answer::Declined, Glyph::Close, crate::text!(i18n, inbox.nature.meeting.decline))}
                </div>
            }
        });
        Some(view! {
            <p class="meeting__said" role="status">
                {answered.map(|answer| view! { <span>{said(answer)}</span> })}
                {stands.map(|words| view! { <span>{words}</span> })}
                {change}
            </p>
            {buttons}
        })
    };
    let wrong = move || fault.get().map(|fault| view! { <FaultNote fault retry=refresh/> });
    view! { <div class="meeting__answer">{inside} {wrong}</div> }
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
