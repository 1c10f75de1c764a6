use super::Sending;
use super::mail_health::{Health, role_name};
use super::verbs::{list_mail_accounts, remove_mail_account, sync_now};
use crate::fault::FaultNote;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::wizard::{SignInNote, Wizard, again_path, known_issuers, next, sign_in_at, use_sign_in, why};
use crate::{PageTitle, format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::MailAccountId;
use model::inbox::Entity;
use model::mail_account::{AccountKind, AccountState, FolderProgress, MailAccountRow};
use model::sign_in::Issuer;
use ui::{Button, Dialog, Drawing, Empty, Glyph, Icon, Kind, LinkButton, Progress, SkeletonRows, Status, Tone, use_toasts};

/// `Beheer → E-mail → E-mailaccounts`: the list, `new`, or the account to adjust.
#[component]
pub(super) fn Mail(item: Memo<Option<String>>) -> impl IntoView {
    let i18n = use_i18n();
    let changed = live::use_live(|change| matches!(change.entity, Entity::MailAccount | Entity::Folder | Entity::Message));
    let changed = crate::inbox::calm(changed);
    let found = Resource::new(move || changed.get(), |_| list_mail_accounts());
    let accounts = RwSignal::new(Vec::<MailAccountRow>::new());
    let navigate = use_navigate();
    let toasts = use_toasts();
    let saved = Callback::new(move |connected: bool| {
        found.refetch();
        if connected {
            toasts.say(untrack(|| t_string!(i18n, wizard.saved)));
            navigate("/inbox", NavigateOptions::default());
        } else {
            toasts.say(untrack(|| t_string!(i18n, wizard.saved_wrong)));
            navigate("/settings/mail", NavigateOptions::default());
        }
    });
    let navigate = use_navigate();
    let leave = Callback::new(move |()| navigate("/settings/mail", NavigateOptions::default()));
    let back = use_sign_in();
    let note = move || back.get().and_then(Result::transpose).map(|back| view! { <SignInNote back/> });
    let mend = move |id: &str| {
        let row = accounts.with_untracked(|rows| rows.iter().find(|row| row.id.to_string() == id).cloned());
        match row {
            Some(row) => {
                let account = row.id;
                view! {
                    <Wizard mend=Some(row) on_saved=saved on_cancel=leave/>
                    <Sending account/>
                }
                .into_any()
            }
            None => {
                view! { <Empty drawing=Drawing::Loose title=text!(i18n, common.missing.title) text=text!(i18n, common.faults.not_found)/> }
                    .into_any()
            }
        }
    };
    view! {
        <PageTitle text=text!(i18n, settings.mail.title)/>
        <header class="settings__head settings__head--action">
            <div>
                <h1>{t!(i18n, settings.mail.title)}</h1>
                <p>{t!(i18n, settings.mail.intro)}</p>
            </div>
            <Show when=move || item.get().is_none()>
                <LinkButton kind=Kind::Primary icon=Glyph::Plus href="/settings/mail/new">
                    {t!(i18n, settings.mail.add)}
                </LinkButton>
            </Show>
        </header>
        <Transition>{note}</Transition>
        <Transition fallback=|| view! { <SkeletonRows rows=3/> }>
            {
                // What is drawn changes with the address and with whether there is an answer; rows renew themselves.
                let shows = Memo::new(move |_| {
                    found
                        .get()
                        .map(|now| match now {
                            Ok(rows) => {
                                accounts.set(rows);
                                None
                            }
                            Err(fault) => Some(fault),
                        })
                });
                move || {
                    shows
                        .get()
                        .map(|fault| match (fault, item.get().as_deref()) {
                            (Some(fault), _) => view! { <FaultNote fault retry=Callback::new(move |()| found.refetch())/> }.into_any(),
                            (None, None) => view! { <List accounts changed refresh=Callback::new(move |()| found.refetch())/> }.into_any(),
                            (None, Some("new")) => view! { <Wizard mend=None on_saved=saved on_cancel=leave/> }.into_any(),
                            (None, Some(id)) => mend(id),
                        })
                }
            }
        </Transition>
    }
}

#[component]
fn List(accounts: RwSignal<Vec<MailAccountRow>>, changed: Signal<u32>, refresh: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let none = Memo::new(move |_| accounts.with(Vec::is_empty));
    // The account whose removal is being asked about.
    let removing = RwSignal::new(None::<(MailAccountId, String)>);
    move || {
        if none.get() {
            view! {
                <Empty title=text!(i18n, settings.mail.none) text=text!(i18n, settings.mail.none_text)>
                    <LinkButton kind=Kind::Primary href="/settings/mail/new">
                        {t!(i18n, settings.mail.add)}
                    </LinkButton>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <ul class="card mail-accounts" aria-label=move || t_string!(i18n, settings.mail.list)>
                    <For each=move || accounts.get() key=|row| row.id let:row>
                        <Row accounts row changed removing/>
                    </For>
                </ul>
                <p class="settings__hint">{t!(i18n, settings.mail.hint)}</p>
                <Remove removing refresh/>
            }
            .into_any()
        }
    }
}

fn kind_name(locale: Locale, kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Office365 => td_string!(locale, wizard.kind.office365),
        AccountKind::Outlook => td_string!(locale, wizard.kind.outlook),
        AccountKind::Google => td_string!(locale, wizard.kind.google),
        AccountKind::Imap => td_string!(locale, wizard.kind.imap),
    }
}

#[component]
fn Row(
    accounts: RwSignal<Vec<MailAccountRow>>,
    row: MailAccountRow,
    changed: Signal<u32>,
    removing: RwSignal<Option<(MailAccountId, String)>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let navigate = use_navigate();
    let id = row.id;
    let open_health = RwSignal::new(false);
    let first = row.clone();
    let row = Memo::new(move |_| accounts.with(|rows| rows.iter().find(|row| row.id == id).cloned()).unwrap_or_else(|| first.clone()));
    let address = move || row.with(|row| row.address.clone());
    let edit = format!("/settings/mail/{id}");
    let edit_href = edit.clone();
    let open = Callback::new(move |()| navigate(&edit, NavigateOptions::default()));
    let broken = move || row.with(|row| matches!(row.state, AccountState::Failing(_)));
    let state = move || match row.get().state {
        AccountState::New => view! { <Status tone=Tone::Plain icon=Glyph::Clock>{t!(i18n, settings.mail.state_new)}</Status> }.into_any(),
        AccountState::Fetching => {
            view! { <Status tone=Tone::Plain icon=Glyph::Sync>{t!(i18n, settings.mail.state_fetching)}</Status> }.into_any()
        }
        AccountState::UpToDate => {
            view! { <Status tone=Tone::Success icon=Glyph::CheckCircle>{t!(i18n, settings.mail.state_ok)}</Status> }.into_any()
        }
        AccountState::Failing(_) => {
            view! { <Status tone=Tone::Danger icon=Glyph::Warn>{t!(i18n, settings.mail.broken)}</Status> }.into_any()
        }
    };
    let diagnosis = move || {
        let AccountState::Failing(diagnosis) = row.get().state else { return None };
        let locale = i18n.get_locale();
        let said = (!diagnosis.said.is_empty()).then(|| td_string!(locale, wizard.said, said = diagnosis.said.clone()));
        Some(view! {
            <p class="mail-account__why">
                <strong>{why(locale, &diagnosis)}</strong>
                " "
                {next(locale, diagnosis.kind)}
                {said.map(|said| view! { <span class="mail-account__said">{said}</span> })}
            </p>
        })
    };
    let known = StoredValue::new(known_issuers());
    // Who let in before, or would, if only he were asked.
    let sign_in = move || {
        let row = row.get();
        let AccountState::Failing(diagnosis) = &row.state else { return None };
        let issuer = row.issuer.or_else(|| Issuer::behind(row.kind, &row.server.host))?;
        let locale = i18n.get_locale();
        let word = if row.issuer.is_some() { td_string!(locale, wizard.sign_in.again).to_owned() } else { sign_in_at(locale, issuer) };
        let offered = diagnosis.kind.wants_sign_in() && known.with_value(|known| known.contains(&issuer));
        offered.then(|| {
            view! {
                <a class="button" data-size="small" data-kind="primary" rel="external" href=again_path(issuer, id)>
                    {word}
                </a>
            }
        })
    };
    let last = move || {
        let locale = i18n.get_locale();
        match row.with(|row| row.last_ok) {
            Some(at) => td_string!(locale, settings.mail.last_ok, when = format::full(at, locale)),
            None => td_string!(locale, settings.mail.never).to_owned(),
        }
    };
    let folders = move || {
        let now = row.get();
        let coming = now.state == AccountState::Fetching || now.folders.iter().any(|folder| folder.done < folder.total);
        let locale = i18n.get_locale();
        coming.then(|| {
            let folders = now.folders.into_iter().map(|folder| folder_progress(locale, folder)).collect_view();
            view! { <ul class="mail-account__folders">{folders}</ul> }
        })
    };
    let rests = move || row.with(|row| row.rests).then(|| view! { <p class="mail-account__rests">{t!(i18n, settings.mail.rests)}</p> });
    let sync = move |_| {
        spawn_local(async move {
            match sync_now(id).await {
                Ok(()) => toasts.say(untrack(|| t_string!(i18n, settings.mail.syncing))),
                Err(fault) => toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
    };
    view! {
        <li
            class="mail-account"
            tabindex="0"
            data-state=move || broken().then_some("broken")
            on:dblclick=move |_| open.run(())
            on:keydown=move |event| {
                if event.key() == "Enter" && event.target() == event.current_target() {
                    open.run(());
                }
            }
        >
            <span class="account__type">
                {move || if broken() { view! { <Icon name=Glyph::Warn tone="danger"/> } } else { view! { <Icon name=Glyph::Mail/> } }}
            </span>
            <div class="mail-account__main">
                <h2>{address}</h2>
                <p class="mail-account__line">
                    <span>{move || kind_name(i18n.get_locale(), row.with(|row| row.kind))}</span>
                    {state}
                    <span>{last}</span>
                </p>
                {diagnosis}
                {folders}
                {rests}
            </div>
            <div class="mail-account__acts">
                {sign_in}
                <a class="button" data-size="small" href=edit_href aria-label=move || t_string!(i18n, settings.mail.adjust_name, address = address())>
                    {t!(i18n, settings.mail.adjust)}
                </a>
                <button
                    class="button"
                    data-size="small"
                    data-kind="quiet"
                    type="button"
                    aria-expanded=move || open_health.get().to_string()
                    on:click=move |_| open_health.update(|open| *open = !*open)
                >
                    {t!(i18n, settings.health.open)}
                </button>
                <button class="button" data-size="small" data-kind="quiet" type="button" on:click=sync>
                    <Icon name=Glyph::Sync/>
                    {t!(i18n, settings.mail.sync)}
                </button>
                <button
                    class="button"
                    data-size="small"
                    data-kind="quiet"
                    type="button"
                    on:click=move |_| removing.set(Some((id, row.with_untracked(|row| row.address.clone()))))
                >
                    <Icon name=Glyph::Trash/>
                    {t!(i18n, settings.mail.remove)}
                </button>
            </div>
            <Show when=move || open_health.get()>
                <Health account=id changed/>
            </Show>
        </li>
    }
}

fn folder_progress(locale: Locale, folder: FolderProgress) -> AnyView {
    let name = role_name(locale, folder.role).map_or(folder.name, str::to_owned);
    let (done, total) = (format::count(folder.done.into(), locale), format::count(folder.total.into(), locale));
    let text = td_string!(locale, settings.mail.progress, done = done, total = total);
    let retry = (folder.retry > 0).then(|| td_string!(locale, settings.mail.retry, count = folder.retry));
    let value = (folder.total > 0).then(|| f64::from(folder.done) / f64::from(folder.total));
    let label = td_string!(locale, settings.mail.progress_name, folder = name.clone());
    view! {
        <li class="mail-account__folder">
            <span>{name}</span>
            <span>{text} {retry.map(|retry| view! { <small>" · " {retry}</small> })}</span>
            <Progress label value=Signal::stored(value)/>
        </li>
    }
    .into_any()
}

/// The last word before the password is forgotten.
#[component]
fn Remove(removing: RwSignal<Option<(MailAccountId, String)>>, refresh: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if removing.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            removing.set(None);
        }
    });
    let address = move || removing.with(|removing| removing.as_ref().map(|(_, address)| address.clone()).unwrap_or_default());
    let remove = move || {
        let Some((id, address)) = removing.get_untracked() else { return };
        open.set(false);
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match remove_mail_account(id).await {
                Ok(()) => toasts.say(td_string!(locale, settings.mail.removed, address = address)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            refresh.run(());
        });
    };
    let foot = ViewFn::from(move || {
        view! {
            <Button on_click=move |_| open.set(false)>{t!(i18n, common.words.cancel)}</Button>
            <Button kind=Kind::Danger last=true on_click=move |_| remove()>
                {t!(i18n, settings.mail.remove)}
            </Button>
        }
    });
    view! {
        <Dialog open title=text!(i18n, settings.mail.remove_title, address = address()) foot>
            <p>{t!(i18n, settings.mail.remove_text)}</p>
        </Dialog>
    }
}
