//! `Afzender instellingen`: addresses that one sends from beside those of one's mailboxes (EML-25).

mod records;
pub mod verbs;

use crate::fault::{FaultNote, sentence};
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::live::use_live;
use crate::{Fault, PageTitle, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::inbox::Entity;
use model::outgoing::SendFault;
use model::sender::{OwnSenders, SenderAddress, SenderStanding};
use model::{MailAccountId, SenderId};
use records::Records;
use std::collections::HashMap;
use ui::{Button, Dialog, Empty, Field, Glyph, IconButton, Inline, Kind, LinkButton, Select, Size, SkeletonRows, Status, Tone, use_toasts};
use verbs::{AddSender, SendSenderCode, VerifySender, open_senders, remove_sender, rename_sender};

type Found = Resource<Result<OwnSenders, Fault>>;

#[component]
pub(super) fn Senders() -> impl IntoView {
    let i18n = use_i18n();
    let changed = use_live(|change| change.entity == Entity::Sender);
    let found: Found = Resource::new(move || changed.get(), |_| open_senders());
    let (add, codes) = (Add::new(found), Codes::new(found));
    let asked = RwSignal::new(None::<SenderAddress>);
    view! {
        <PageTitle text=text!(i18n, senders.title)/>
        <header class="settings__head">
            <h1>{t!(i18n, senders.title)}</h1>
            <p>{t!(i18n, senders.intro)}</p>
        </header>
        <Transition fallback=|| view! { <SkeletonRows rows=3/> }>
            {move || Suspend::new(async move {
                match found.await {
                    Ok(own) if own.mailboxes.is_empty() => view! { <NoMailbox/> }.into_any(),
                    Ok(own) => view! { <List addresses=own.addresses codes asked/> <AddCard mailboxes=own.mailboxes add/> }.into_any(),
                    Err(fault) => view! { <FaultNote fault retry=Callback::new(move |()| found.refetch())/> }.into_any(),
                }
            })}
        </Transition>
        <Records changed/>
        <Remove asked found/>
    }
    .into_any()
}

#[component]
fn NoMailbox() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card settings__card">
            <Empty title=text!(i18n, senders.no_mailbox) text=text!(i18n, senders.no_mailbox_text)>
                <LinkButton kind=Kind::Primary href="/settings/mail/new">
                    {t!(i18n, senders.connect)}
                </LinkButton>
            </Empty>
        </section>
    }
}

#[component]
fn List(addresses: Vec<SenderAddress>, codes: Codes, asked: RwSignal<Option<SenderAddress>>) -> impl IntoView {
    let i18n = use_i18n();
    let rows = if addresses.is_empty() {
        view! { <Empty title=text!(i18n, senders.none) text=text!(i18n, senders.none_text)/> }.into_any()
    } else {
        let rows = addresses.into_iter().map(|address| view! { <Line address codes asked/> }).collect_view();
        view! {
            <ul class="senders" aria-label=move || t_string!(i18n, senders.list)>
                {rows}
            </ul>
        }
        .into_any()
    };
    view! { <section class="card settings__card">{rows}</section> }
}

#[component]
fn Line(address: SenderAddress, codes: Codes, asked: RwSignal<Option<SenderAddress>>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let id = address.id;
    let (of, taken) = (address.address.clone(), address.clone());
    let error = RwSignal::new(None::<String>);
    let rename = Callback::new(move |typed: String| {
        error.set(None);
        let locale = i18n.get_locale_untracked();
        spawn_local(async move {
            match rename_sender(id, typed).await {
                Ok(()) => {
                    codes.found.refetch();
                    toasts.say(td_string!(locale, senders.renamed));
                }
                Err(fault) => _ = error.try_set(Some(fault.sentence(locale))),
            }
        });
    });
    let name = address.name.clone();
    let standing = address.standing;
    let status = move || match standing {
        SenderStanding::Verified => {
            view! { <Status tone=Tone::Success icon=Glyph::CheckCircle>{t!(i18n, senders.verified)}</Status> }.into_any()
        }
        SenderStanding::Asked(until) => {
            let when = move || format::full(until, i18n.get_locale());
            view! { <Status tone=Tone::Plain icon=Glyph::Clock>{move || t_string!(i18n, senders.asked, when = when())}</Status> }.into_any()
        }
        SenderStanding::Lapsed => view! { <Status tone=Tone::Warn icon=Glyph::Warn>{t!(i18n, senders.lapsed)}</Status> }.into_any(),
    };
    let mailbox = address.mailbox.clone();
    let asking = (standing != SenderStanding::Verified).then(|| codes.of(&address));
    view! {
        <li class="senders__row">
            <div class="senders__main">
                <h2>{address.address.clone()}</h2>
                <p class="senders__line">
                    {status()} <span>{move || t_string!(i18n, senders.via, mailbox = mailbox.clone())}</span>
                </p>
                <Inline label=text!(i18n, senders.name) value=name on_save=rename error=error/>
            </div>
            <IconButton
                name=Glyph::Trash
                size=Size::Small
                label=Signal::derive(move || t_string!(i18n, senders.remove_name, address = of.clone()))
                on_click=move |_| asked.set(Some(taken.clone()))
            />
            {asking.map(|asking| view! { <Code address asking/> })}
        </li>
    }
}

/// What is being done at the addresses that are not verified yet. It outlives their rows, which are drawn anew whenever anything changes.
/// Copied into closures: only handles.
#[derive(Clone, Copy)]
struct Codes {
    /// Where these live; not by itself, or it would never end.
    owner: StoredValue<Option<WeakOwner>>,
    of: StoredValue<HashMap<SenderId, Asking>>,
    found: Found,
}

#[derive(Clone, Copy)]
struct Asking {
    typed: RwSignal<String>,
    verify: ServerAction<VerifySender>,
    again: ServerAction<SendSenderCode>,
}

impl Codes {
    fn new(found: Found) -> Self {
        Self { owner: StoredValue::new(Owner::current().map(|owner| owner.downgrade())), of: StoredValue::new(HashMap::new()), found }
    }

    fn of(self, address: &SenderAddress) -> Asking {
        if let Some(known) = self.of.with_value(|of| of.get(&address.id).copied()) {
            return known;
        }
        let make = || Asking::new(address.address.clone(), self.found);
        let owner = self.owner.with_value(|owner| owner.as_ref().and_then(WeakOwner::upgrade));
        let asking = owner.map_or_else(make, |owner| owner.with(make));
        self.of.update_value(|of| _ = of.insert(address.id, asking));
        asking
    }
}

impl Asking {
    fn new(address: String, found: Found) -> Self {
        let (i18n, toasts) = (use_i18n(), use_toasts());
        let asking = Self { typed: RwSignal::new(String::new()), verify: ServerAction::new(), again: ServerAction::new() };
        let of = address.clone();
        Effect::new(move |_| {
            if let Some(Ok(())) = asking.verify.value().get() {
                toasts.say(untrack(|| t_string!(i18n, senders.done, address = address.clone())));
                found.refetch();
            }
        });
        Effect::new(move |_| {
            if let Some(Ok(())) = asking.again.value().get() {
                toasts.say(untrack(|| t_string!(i18n, senders.sent, address = of.clone())));
                // What was said of the code before is over.
                asking.verify.clear();
                asking.typed.set(String::new());
                found.refetch();
            }
        });
        asking
    }
}

/// Where the code is filled in, and another asked for.
#[component]
fn Code(address: SenderAddress, asking: Asking) -> impl IntoView {
    let i18n = use_i18n();
    let SenderAddress { id, address, .. } = address;
    let Asking { typed, verify, again } = asking;
    let of = StoredValue::new(address);
    let address = move || of.get_value();
    let wrong = move || verify.value().get().and_then(Result::err);
    let at_code = Signal::derive(move || wrong().and_then(|fault| fault.at("code")).map(|problem| sentence(problem, i18n.get_locale())));
    view! {
        <div class="senders__code">
            <ActionForm action=verify attr:class="senders__verify" attr:novalidate="">
                <input type="hidden" name="id" value=id.to_string()/>
                <Field
                    name="code"
                    id=format!("code-{id}")
                    label=text!(i18n, senders.code, address = address())
                    bind=typed
                    inputmode="numeric"
                    autocomplete="one-time-code"
                    error=at_code
                />
                <Button kind=Kind::Primary submit=true disabled=Signal::derive(move || verify.pending().get())>
                    {t!(i18n, senders.verify)}
                </Button>
            </ActionForm>
            <ActionForm action=again>
                <input type="hidden" name="id" value=id.to_string()/>
                <Button
                    kind=Kind::Quiet
                    submit=true
                    disabled=Signal::derive(move || again.pending().get())
                    attr:aria-label=move || t_string!(i18n, senders.again_name, address = address())
                >
                    {t!(i18n, senders.again)}
                </Button>
            </ActionForm>
            {move || wrong().filter(|fault| !fault.is_invalid()).map(|fault| view! { <FaultNote fault/> })}
            {move || again.value().get().and_then(Result::err).map(|fault| view! { <FaultNote fault/> })}
        </div>
    }
}

/// What is being typed for another address. It outlives the list, which is drawn anew whenever it changes. Copied into closures: only
/// handles.
#[derive(Clone, Copy)]
struct Add {
    action: ServerAction<AddSender>,
    account: RwSignal<String>,
    address: RwSignal<String>,
    name: RwSignal<String>,
}

impl Add {
    fn new(found: Found) -> Self {
        let i18n = use_i18n();
        let toasts = use_toasts();
        let [account, address, name] = std::array::from_fn(|_| RwSignal::new(String::new()));
        let add = Self { action: ServerAction::new(), account, address, name };
        Effect::new(move |_| {
            if let Some(Ok(_)) = add.action.value().get() {
                toasts.say(untrack(|| t_string!(i18n, senders.sent, address = address.get().trim().to_owned())));
                address.set(String::new());
                name.set(String::new());
                found.refetch();
            }
        });
        add
    }
}

#[component]
fn AddCard(mailboxes: Vec<(MailAccountId, String)>, add: Add) -> impl IntoView {
    let i18n = use_i18n();
    let Add { action, account, address, name } = add;
    let first = mailboxes.first().map(|(id, _)| id.to_string()).unwrap_or_default();
    let options: Vec<_> = mailboxes.into_iter().map(|(id, address)| (id.to_string(), address)).collect();
    // One that is gone by now is chosen no more.
    let known: Vec<_> = options.iter().map(|(id, _)| id.clone()).collect();
    let chosen = Signal::derive(move || {
        let chosen = account.get();
        if known.contains(&chosen) { chosen } else { first.clone() }
    });
    let fault = move || action.value().get().and_then(Result::err);
    let at = move |field: &'static str| {
        Signal::derive(move || fault().and_then(|fault| fault.at(field)).map(|problem| sentence(problem, i18n.get_locale())))
    };
    let said = move || {
        let fault = fault().filter(|fault| fault.at("address").is_none() && fault.at("name").is_none())?;
        let refused = matches!(fault, Fault::Unsent(SendFault::Refused(_)));
        Some(view! {
            <FaultNote fault/>
            {refused.then(|| view! { <p class="settings__hint">{t!(i18n, senders.add.refused)}</p> })}
        })
    };
    view! {
        <section class="card settings__card" aria-labelledby="s-add-sender">
            <header class="card__head">
                <h2 id="s-add-sender">{t!(i18n, senders.add.title)}</h2>
            </header>
            <div class="card__body settings__form">
                <p class="settings__hint">{t!(i18n, senders.add.text)}</p>
                <ActionForm action=action attr:novalidate="">
                    <Field
                        name="form[address]"
                        label=text!(i18n, senders.add.address)
                        bind=address
                        inputmode="email"
                        autocomplete="off"
                        error=at("address")
                    />
                    <Field
                        name="form[name]"
                        label=text!(i18n, senders.add.name)
                        hint=text!(i18n, senders.add.name_hint)
                        bind=name
                        autocomplete="off"
                        error=at("name")
                    />
                    <Select
                        name="form[account]"
                        label=text!(i18n, senders.add.mailbox)
                        options=Signal::stored(options)
                        value=chosen
                        on_change=Callback::new(move |id| account.set(id))
                    />
                    {said}
                    <div class="button-row">
                        <Button kind=Kind::Primary submit=true disabled=Signal::derive(move || action.pending().get())>
                            {t!(i18n, senders.add.submit)}
                        </Button>
                    </div>
                </ActionForm>
            </div>
        </section>
    }
}

/// Verifying it again takes a letter, so it is asked first.
#[component]
fn Remove(asked: RwSignal<Option<SenderAddress>>, found: Found) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if asked.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            asked.set(None);
        }
    });
    let address = move || asked.with(|asked| asked.as_ref().map(|sender| sender.address.clone()).unwrap_or_default());
    let remove = move || {
        let Some(SenderAddress { id, address, .. }) = asked.get_untracked() else { return };
        open.set(false);
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match remove_sender(id).await {
                Ok(()) => toasts.say(td_string!(locale, senders.removed, address = address)),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
            found.refetch();
        });
    };
    let foot = ViewFn::from(move || {
        view! {
            <Button on_click=move |_| open.set(false)>{t!(i18n, common.words.cancel)}</Button>
            <Button kind=Kind::Danger last=true on_click=move |_| remove()>
                {t!(i18n, senders.remove)}
            </Button>
        }
    });
    view! {
        <Dialog open title=text!(i18n, senders.remove_title, address = address()) foot>
            <p>{t!(i18n, senders.remove_text)}</p>
        </Dialog>
    }
}
