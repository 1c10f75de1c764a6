use super::verbs::{choose_folder, open_mail_health, resync_folder};
use crate::fault::FaultNote;
use crate::format;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::mail_account::{FolderHealth, FolderRole, MailHealth, StuckErrand, StuckWhy, WaitingMail, WaitingReason, Wish};
use model::{FolderId, MailAccountId};
use ui::{Select, SkeletonRows, use_toasts};

/// How one mailbox fares, in full. Asked anew whenever something about it changed.
#[component]
pub(super) fn Health(account: MailAccountId, changed: Signal<u32>) -> impl IntoView {
    let found = Resource::new(move || changed.get(), move |_| open_mail_health(account));
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=4/> }>
            {move || {
                found
                    .get()
                    .map(|health| match health {
                        Ok(health) => view! { <Shown account health/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| found.refetch())/> }.into_any(),
                    })
            }}
        </Transition>
    }
}

pub(super) fn role_name(locale: Locale, role: FolderRole) -> Option<&'static str> {
    match role {
        FolderRole::Inbox => Some(td_string!(locale, wizard.role.inbox)),
        FolderRole::Sent => Some(td_string!(locale, wizard.role.sent)),
        FolderRole::Trash => Some(td_string!(locale, wizard.role.trash)),
        FolderRole::Spam => Some(td_string!(locale, wizard.role.spam)),
        _ => None,
    }
}

#[component]
fn Shown(account: MailAccountId, health: MailHealth) -> impl IntoView {
    let i18n = use_i18n();
    let locale = i18n.get_locale();
    let followed = || health.folders.iter().filter(|folder| folder.role.is_followed());
    let done: i64 = followed().map(|folder| i64::from(folder.done)).sum();
    let total: i64 = followed().map(|folder| i64::from(folder.total)).sum();
    let (shown_done, shown_total) = (format::count(done, locale), format::count(total, locale));
    let summary = if done >= total {
        td_string!(locale, settings.health.all, done = shown_done, total = shown_total).to_string()
    } else {
        td_string!(locale, settings.health.some, done = shown_done, total = shown_total).to_string()
    };
    let left_out: i64 = followed().map(|folder| i64::from(folder.left_out)).sum();
    let left_out =
        (left_out > 0).then(|| td_string!(locale, settings.health.left_out, count = format::count(left_out, locale)).to_string());
    let last = health.last_message.map(|at| td_string!(locale, settings.health.last_message, when = format::full(at, locale)).to_string());
    let next = health.next_try.map(|at| td_string!(locale, settings.health.next_try, when = format::full(at, locale)).to_string());
    let choices: Vec<(String, String)> = health
        .folders
        .iter()
        .filter(|folder| folder.role != FolderRole::Inbox)
        .map(|folder| (folder.id.to_string(), format!("{} ({})", folder.name, format::count(folder.total.into(), locale))))
        .collect();
    let roles = [FolderRole::Inbox, FolderRole::Sent, FolderRole::Trash, FolderRole::Spam];
    let rows = roles
        .into_iter()
        .map(|role| {
            let folder = health.folders.iter().find(|folder| folder.role == role).cloned();
            view! { <Folder account role folder choices=choices.clone()/> }
        })
        .collect_view();
    view! {
        <div class="mail-health">
            <p class="mail-health__summary">{summary}</p>
            <p class="mail-health__facts">{last.map(|last| view! { <span>{last}</span> })} {next.map(|next| view! { <span>{next}</span> })} {left_out.map(|left_out| view! { <span>{left_out}</span> })}</p>
            <table class="mail-health__folders">
                <caption class="aloud">{t!(i18n, settings.health.folders)}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, settings.health.column_role)}</th>
                        <th scope="col">{t!(i18n, settings.health.column_folder)}</th>
                        <th scope="col">{t!(i18n, settings.health.column_done)}</th>
                        <th scope="col"><span class="aloud">{t!(i18n, settings.health.resync)}</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="mail-health__hint">{t!(i18n, settings.health.hint)}</p>
            {waiting_list(locale, health.waiting)}
            {stuck_list(locale, health.stuck)}
        </div>
    }
}

/// One of the followed roles: which folder plays it, how far it is.
#[component]
fn Folder(account: MailAccountId, role: FolderRole, folder: Option<FolderHealth>, choices: Vec<(String, String)>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let locale = i18n.get_locale();
    let name = role_name(locale, role).unwrap_or_default();
    let id = folder.as_ref().map(|folder| folder.id);
    let done = folder.as_ref().map(|folder| {
        let (done, total) = (format::count(folder.done.into(), locale), format::count(folder.total.into(), locale));
        td_string!(locale, settings.mail.progress, done = done, total = total).to_string()
    });
    let asked = folder.as_ref().is_some_and(|folder| folder.resync);
    let resync = move |_| {
        let Some(id) = id else { return };
        spawn_local(async move {
            match resync_folder(account, id).await {
                Ok(()) => toasts.say(untrack(|| t_string!(i18n, settings.health.resyncing))),
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    };
    let choose = Callback::new(move |chosen: String| {
        let Ok(chosen) = chosen.parse::<FolderId>() else { return };
        spawn_local(async move {
            match choose_folder(account, chosen, role).await {
                Ok(()) => toasts.say(untrack(|| t_string!(i18n, settings.health.chosen))),
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    });
    let shown = if role == FolderRole::Inbox {
        view! { <span>{folder.map(|folder| folder.name)}</span> }.into_any()
    } else {
        let mut options = choices;
        if id.is_none() {
            options.insert(0, (String::new(), td_string!(locale, settings.health.none).to_owned()));
        }
        let value = id.map(|id| id.to_string()).unwrap_or_default();
        let label = td_string!(locale, settings.health.folder_for, role = name).to_string();
        view! { <Select name="folder" id=format!("{account}-{}", role.as_str()) label options=Signal::stored(options) value=Signal::stored(value) on_change=choose bare=true/> }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{shown}</td>
            <td class="mail-health__done">{done}</td>
            <td>
                {id
                    .map(|_| {
                        view! {
                            <button class="button" data-size="small" data-kind="quiet" type="button" disabled=asked on:click=resync>
                                {if asked {
                                    td_string!(locale, settings.health.resync_asked)
                                } else {
                                    td_string!(locale, settings.health.resync)
                                }}
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
}

fn waiting_list(locale: Locale, waiting: Vec<WaitingMail>) -> Option<AnyView> {
    if waiting.is_empty() {
        return None;
    }
    let rows = waiting
        .into_iter()
        .map(|one| {
            let why = match one.reason {
                WaitingReason::NotSent => td_string!(locale, settings.health.not_sent),
                WaitingReason::BreaksConnection => td_string!(locale, settings.health.breaks),
            };
            let text = td_string!(locale, settings.health.waiting_one, folder = one.folder, number = one.number, attempts = one.attempts);
            view! { <li>{text.to_string()} " " {why}</li> }
        })
        .collect_view();
    Some(
        view! { <section class="mail-health__list"><h3>{td_string!(locale, settings.health.waiting)}</h3><ul>{rows}</ul></section> }
            .into_any(),
    )
}

fn stuck_list(locale: Locale, stuck: Vec<StuckErrand>) -> Option<AnyView> {
    if stuck.is_empty() {
        return None;
    }
    let rows = stuck
        .into_iter()
        .map(|one| {
            let wish = match one.wish {
                Wish::Read => td_string!(locale, settings.health.wish_read).to_owned(),
                Wish::Unread => td_string!(locale, settings.health.wish_unread).to_owned(),
                Wish::Keep => td_string!(locale, settings.health.wish_keep).to_owned(),
                Wish::MoveTo(role) => {
                    td_string!(locale, settings.health.wish_move, role = role_name(locale, role).unwrap_or_default()).to_string()
                }
            };
            let why = match one.why {
                StuckWhy::NoFolder => td_string!(locale, settings.health.no_folder).to_owned(),
                StuckWhy::BreaksConnection => td_string!(locale, settings.health.stuck_breaks).to_owned(),
                StuckWhy::Refused(said) => td_string!(locale, wizard.said, said = said).to_string(),
            };
            view! { <li><strong>{one.subject}</strong> " · " {wish} " " <span>{why}</span></li> }
        })
        .collect_view();
    Some(
        view! {
            <section class="mail-health__list">
                <h3>{td_string!(locale, settings.health.stuck)}</h3>
                <p>{td_string!(locale, settings.health.stuck_hint)}</p>
                <ul>{rows}</ul>
            </section>
        }
        .into_any(),
    )
}
