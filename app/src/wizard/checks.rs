//! The steps of a check on their thread, and what came out.

use super::draft::Draft;
use super::sign_in::at;
use super::why::{next, why};
use crate::i18n::{Locale, t_string, td_string, use_i18n};
use leptos::prelude::*;
use model::Right;
use model::mail_account::{Check, CheckOutcome, CheckStep, Diagnosis, DiagnosisKind, FoundFolder, Security, StepKind, StepState};
use ui::{Button, Glyph, Icon, Size};

const ORDER: [StepKind; 5] = [StepKind::LookUp, StepKind::Reach, StepKind::Encrypt, StepKind::LogIn, StepKind::ReadFolders];
/// After this many seconds the wait is worth a word.
const LONG: u32 = 4;

#[component]
pub(super) fn Checks(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let lines = move || {
        let check = draft.check.get()?;
        let locale = i18n.get_locale();
        let mut lines: Vec<AnyView> = Vec::new();
        let last_failed = check.steps.iter().rposition(|step| step.state == StepState::Failed);
        let diagnosis = draft.diagnosis();
        for (at, step) in check.steps.iter().enumerate() {
            let told = diagnosis.clone().filter(|_| last_failed == Some(at));
            lines.push(line(locale, draft, step, told));
        }
        if last_failed.is_none()
            && let Some(diagnosis) = diagnosis
        {
            lines.push(failure(locale, draft, td_string!(locale, wizard.failed).to_owned(), diagnosis));
        }
        let waiting = ORDER.into_iter().filter(|kind| check.outcome.is_none() && !check.steps.iter().any(|step| step.kind == *kind));
        lines.extend(waiting.map(|kind| {
            view! {
                <li class="checks__line">
                    <span class="checks__wait"></span>
                    <span>{doing(locale, kind)}</span>
                </li>
            }
            .into_any()
        }));
        let label = td_string!(locale, wizard.checks);
        Some(view! { <ol class="checks" aria-live="polite" aria-label=label>{lines}</ol> })
    };
    let long = move || {
        let seconds = draft.seconds.get();
        (draft.running.get() && seconds >= LONG).then(|| {
            let time = format!("{}:{:02}", seconds / 60, seconds % 60);
            view! { <p class="account__wait">{t_string!(i18n, wizard.busy, time = time).to_string()}</p> }
        })
    };
    let success = move || {
        let locale = i18n.get_locale();
        let Some(Check { outcome: Some(CheckOutcome::Connected { folders, messages }), .. }) = draft.check.get() else { return None };
        draft.connected().then(|| connected(locale, &folders, messages))
    };
    view! {
        {lines}
        {long}
        <div role="status">{success}</div>
    }
}

fn line(locale: Locale, draft: Draft, step: &CheckStep, diagnosis: Option<Diagnosis>) -> AnyView {
    match step.state {
        StepState::Running => view! {
            <li class="checks__line" data-state="running">
                <span class="checks__wait"></span>
                <span>
                    {doing(locale, step.kind)} " …"
                    {(!step.found.is_empty()).then(|| format!(" {}", step.found))}
                </span>
            </li>
        }
        .into_any(),
        StepState::Done => view! {
            <li class="checks__line" data-state="done">
                <Icon name=Glyph::Check/>
                <span>
                    {done(locale, step.kind)}
                    {(!step.found.is_empty()).then(|| format!(": {}", step.found))}
                </span>
                <small>{td_string!(locale, wizard.seconds, time = seconds(locale, step.millis)).to_string()}</small>
            </li>
        }
        .into_any(),
        StepState::Failed => match diagnosis {
            Some(diagnosis) => failure(locale, draft, failed(locale, step.kind).to_owned(), diagnosis),
            None => view! {
                <li class="checks__line" data-state="passed-over">
                    <Icon name=Glyph::Minus/>
                    <span>
                        {failed(locale, step.kind)}
                        {(!step.found.is_empty()).then(|| format!(": {}", step.found))}
                    </span>
                </li>
            }
            .into_any(),
        },
    }
}

/// The cause, the next step, and a button where the next step is one press away.
fn failure(locale: Locale, draft: Draft, title: String, diagnosis: Diagnosis) -> AnyView {
    let cause = why(locale, &diagnosis);
    let todo = next(locale, diagnosis.kind);
    let said = (!diagnosis.said.is_empty()).then(|| td_string!(locale, wizard.said, said = diagnosis.said.clone()).to_string());
    let link = diagnosis.link.clone().filter(|link| link.starts_with("https://"));
    view! {
        <li class="checks__line" data-state="failed" id="wizard-why">
            <Icon name=Glyph::Close/>
            <div class="checks__why">
                <strong>{title}</strong>
                <p>{cause}</p>
                <p>{todo}</p>
                {said.map(|said| view! { <p class="checks__said">{said}</p> })}
                {link
                    .map(|link| {
                        view! {
                            <p>
                                <a href=link target="_blank" rel="noopener noreferrer">
                                    {td_string!(locale, wizard.app_password)}
                                </a>
                            </p>
                        }
                    })}
                {remedy(locale, draft, &diagnosis)}
            </div>
        </li>
    }
    .into_any()
}

fn remedy(locale: Locale, draft: Draft, diagnosis: &Diagnosis) -> Option<AnyView> {
    let about = diagnosis.about.clone();
    match diagnosis.kind {
        DiagnosisKind::CertificateName if model::fold::is_host_name(&about) => {
            let label = td_string!(locale, wizard.use_name, name = about.clone()).to_string();
            Some(again(label, move || {
                draft.host.set(about.clone());
                draft.by_hand.set(true);
                draft.unfold(true);
                draft.test();
            }))
        }
        DiagnosisKind::CertificateUnknown if is_administrator() => {
            let label = td_string!(locale, wizard.trust).to_string();
            let print = td_string!(locale, wizard.fingerprint, hash = about.clone()).to_string();
            let trust = again(label, move || {
                draft.trusted.set(Some(about.clone()));
                draft.by_hand.set(true);
                draft.test();
            });
            Some(view! { <p class="checks__print">{print}</p> {trust} }.into_any())
        }
        DiagnosisKind::CertificateUnknown => Some(view! { <p>{td_string!(locale, wizard.trust_admin)}</p> }.into_any()),
        DiagnosisKind::NeedsStartTls => Some(again(td_string!(locale, wizard.try_start_tls).to_owned(), move || {
            draft.encrypt(Security::StartTls);
            draft.test();
        })),
        DiagnosisKind::NeedsTls => Some(again(td_string!(locale, wizard.try_tls).to_owned(), move || {
            draft.encrypt(Security::Tls);
            draft.test();
        })),
        kind if kind.wants_sign_in() => draft.may_help().map(|issuer| {
            view! {
                <a class="button" data-size="small" rel="external" href=move || draft.sign_in_path(issuer)>
                    {at(locale, issuer)}
                </a>
            }
            .into_any()
        }),
        _ => None,
    }
}

fn again(label: String, act: impl Fn() + 'static) -> AnyView {
    view! {
        <Button size=Size::Small on_click=move |_| act()>
            {label}
        </Button>
    }
    .into_any()
}

/// The wizard also stands outside the shell, where only the answer to "who is looking" is known.
fn is_administrator() -> bool {
    let known = use_context::<crate::session::Who>().and_then(|who| who.get_untracked());
    crate::session::may(Right::AdministrationMenu) || known.is_some_and(|who| who.is_ok_and(|me| me.role.may(Right::AdministrationMenu)))
}

fn connected(locale: Locale, folders: &[FoundFolder], messages: u32) -> AnyView {
    use model::mail_account::FolderRole as F;
    let named = |role| match role {
        F::Inbox => Some(td_string!(locale, wizard.role.inbox)),
        F::Sent => Some(td_string!(locale, wizard.role.sent)),
        F::Trash => Some(td_string!(locale, wizard.role.trash)),
        F::Spam => Some(td_string!(locale, wizard.role.spam)),
        _ => None,
    };
    let mut followed: Vec<_> = folders.iter().filter(|folder| folder.role.is_followed()).collect();
    followed.sort_by_key(|folder| folder.role);
    let names: Vec<_> = followed
        .iter()
        .filter_map(|folder| Some(format!("{} {}", named(folder.role)?, crate::format::count(i64::from(folder.messages), locale))))
        .collect();
    let count = crate::format::count(i64::from(messages), locale);
    let text = td_string!(locale, wizard.success_text, folders = names.join(", "), count = count).to_string();
    view! {
        <p class="account__success">
            <Icon name=Glyph::CheckCircle tone="success"/>
            <strong>{td_string!(locale, wizard.success)}</strong>
            <span>{text}</span>
        </p>
    }
    .into_any()
}

fn doing(locale: Locale, kind: StepKind) -> &'static str {
    match kind {
        StepKind::LookUp => td_string!(locale, wizard.step.look_up),
        StepKind::Reach => td_string!(locale, wizard.step.reach),
        StepKind::Encrypt => td_string!(locale, wizard.step.encrypt),
        StepKind::LogIn => td_string!(locale, wizard.step.log_in),
        StepKind::ReadFolders => td_string!(locale, wizard.step.read_folders),
    }
}

fn done(locale: Locale, kind: StepKind) -> &'static str {
    match kind {
        StepKind::LookUp => td_string!(locale, wizard.step.look_up_done),
        StepKind::Reach => td_string!(locale, wizard.step.reach_done),
        StepKind::Encrypt => td_string!(locale, wizard.step.encrypt_done),
        StepKind::LogIn => td_string!(locale, wizard.step.log_in_done),
        StepKind::ReadFolders => td_string!(locale, wizard.step.read_folders_done),
    }
}

fn failed(locale: Locale, kind: StepKind) -> &'static str {
    match kind {
        StepKind::LookUp => td_string!(locale, wizard.step.look_up_failed),
        StepKind::Reach => td_string!(locale, wizard.step.reach_failed),
        StepKind::Encrypt => td_string!(locale, wizard.step.encrypt_failed),
        StepKind::LogIn => td_string!(locale, wizard.step.log_in_failed),
        StepKind::ReadFolders => td_string!(locale, wizard.step.read_folders_failed),
    }
}

fn seconds(locale: Locale, millis: u32) -> String {
    let point = if locale == Locale::nl { ',' } else { '.' };
    format!("{}{point}{}", millis / 1000, millis % 1000 / 100)
}
