use super::book::AddressBook;
use super::choices::TemplateItems;
use super::desk::{Desk, Next, Warned};
use super::files::{Bringing, Files, files_of};
use super::internal::InternalFiles;
use super::people::People;
use super::verbs::{list_senders, open_draft};
use super::{Became, use_compose};
use crate::editor::editor_words;
use crate::fault::{FaultNote, at_field, at_no_field};
use crate::i18n::{t, t_string, use_i18n};
use crate::inbox::{Picker, WhenDialog};
use crate::templates::known_fields;
use crate::upload::dropped;
use crate::{Fault, live};
use leptos::prelude::*;
use model::contact::{ContactKind, ContactRef};
use model::inbox::Entity;
use model::outgoing::{Action, Draft, Sender};
use model::work::Snooze;
use model::{DraftId, MailAccountId, SenderId};
use ui::{Avatar, Button, Glyph, Icon, IconButton, Key, Kind, Menu, MenuItem, RichText, Select, Shape, Size, SkeletonRows, use_rich_text};

/// Where letters are written: at the foot of every room, one unfolded, the others as their titles.
#[component]
pub(crate) fn Dock() -> impl IntoView {
    let compose = use_compose();
    view! {
        <div class="compose-dock">
            <For each=move || compose.open.get() key=|id| *id let:id>
                <Window id/>
            </For>
        </div>
    }
}

#[component]
pub(super) fn Window(id: DraftId) -> impl IntoView {
    let compose = use_compose();
    let found = RwSignal::new(None::<Result<Draft, Fault>>);
    leptos::task::spawn_local(async move {
        let answer = open_draft(id).await;
        _ = found.try_set(Some(answer));
    });
    let folded = move || (compose.front.get() != Some(id)).then_some("");
    let close = move |_| compose.close(id, Became::Missing);
    let inside = move || match found.get() {
        None => view! { <SkeletonRows rows=6/> }.into_any(),
        Some(Ok(draft)) => view! { <Work draft/> }.into_any(),
        Some(Err(fault)) => view! {
            <div class="compose__lost">
                <FaultNote fault/>
                <Button on_click=close>{move || ui::use_words().with(|words| words.close.clone())}</Button>
            </div>
        }
        .into_any(),
    };
    view! {
        <section class="compose" data-folded=folded>
            {inside}
        </section>
    }
}

fn title(draft: &Draft) -> &'static str {
    let i18n = use_i18n();
    untrack(|| match draft.action {
        Action::New => t_string!(i18n, compose.title.fresh),
        Action::Reply | Action::ReplyAll => t_string!(i18n, compose.title.reply),
        Action::Forward => t_string!(i18n, compose.title.forward),
    })
}

#[component]
fn Work(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    let id = draft.id;
    let name = title(&draft);
    let answer = draft.action != Action::New;
    let (has_cc, has_bcc) = (!draft.form.cc.is_empty(), !draft.form.bcc.is_empty());
    let desk = Desk::new(draft);
    let hand = use_rich_text();
    if answer && desk.to.with_untracked(|to| !to.is_empty()) {
        Effect::new(move |_| hand.focus());
    }
    let bringing = Bringing::new();
    let cc = RwSignal::new(has_cc || has_bcc);
    let book = RwSignal::new(false);
    let heading = move || desk.subject.with(|subject| if subject.trim().is_empty() { name.to_owned() } else { subject.clone() });
    let saved = move || if desk.is_kept() { t_string!(i18n, compose.saved) } else { t_string!(i18n, compose.unsaved) };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            // The field one is at gives up what was typed in it first.
            request_animation_frame(move || desk.send(None));
        }
        "Escape" if !event.default_prevented() => {
            event.prevent_default();
            event.stop_propagation();
            desk.run(Next::Close);
        }
        _ => {}
    };
    let on_drop = move |event: leptos::ev::DragEvent| {
        // A picture dropped on the text stands in it already.
        let files = files_of(dropped(&event));
        if !event.default_prevented() && !files.is_empty() {
            event.prevent_default();
            bringing.bring(desk, files);
        }
    };
    let is_folded = move || compose.front.get() != Some(id);
    let unfold = move |_| {
        if is_folded() { compose.show(id) } else { compose.fold() }
    };
    let wrong = at_no_field(desk.fault);
    let conflict = move || desk.fault.with(|fault| *fault == Some(Fault::Conflict));
    let html_error = at_field(desk.fault, "html");
    view! {
        <div
            class="compose__sheet"
            role="dialog"
            aria-label=name
            on:keydown=on_key
            on:dragover=move |event| event.prevent_default()
            on:drop=on_drop
        >
            <header class="compose__head">
                {if compose.alone {
                    view! { <h1 class="compose__title">{heading}</h1> }.into_any()
                } else {
                    view! {
                        <h2>
                            <button class="compose__title" type="button" aria-expanded=move || (!is_folded()).to_string() on:click=unfold>
                                {heading}
                            </button>
                        </h2>
                    }
                    .into_any()
                }}
                <span class="compose__saved" role="status">
                    {saved}
                </span>
                {(!compose.alone)
                    .then(|| {
                        view! {
                            <IconButton name=Glyph::Minus size=Size::Small label=text!(i18n, compose.fold) on_click=unfold/>
                            <IconButton name=Glyph::External size=Size::Small label=text!(i18n, compose.pop_out) on_click=move |_| desk.pop_out()/>
                        }
                    })}
                <IconButton name=Glyph::Close size=Size::Small label=text!(i18n, compose.close) on_click=move |_| desk.run(Next::Close)/>
            </header>
            <div class="compose__inside" hidden=is_folded>
                <div class="compose__rows">
                    <From desk/>
                    <div class="compose__row">
                        <label class="compose__label" for=format!("to-{id}")>
                            {t!(i18n, compose.to)}
                        </label>
                        <People desk field="to" list=desk.to label=text!(i18n, compose.to) autofocus=true error=at_field(desk.fault, "to")/>
                        <span class="compose__links">
                            <button type="button" on:click=move |_| book.set(true)>
                                {t!(i18n, compose.book.title)}
                            </button>
                            <Show when=move || !cc.get()>
                                <button type="button" on:click=move |_| cc.set(true)>
                                    {t!(i18n, compose.cc)}
                                </button>
                            </Show>
                        </span>
                    </div>
                    <Show when=move || cc.get()>
                        <div class="compose__row">
                            <label class="compose__label" for=format!("cc-{id}")>
                                {t!(i18n, compose.cc)}
                            </label>
                            <People desk field="cc" list=desk.cc label=text!(i18n, compose.cc) error=at_field(desk.fault, "cc")/>
                        </div>
                        <div class="compose__row">
                            <label class="compose__label" for=format!("bcc-{id}")>
                                {t!(i18n, compose.bcc)}
                            </label>
                            <People desk field="bcc" list=desk.bcc label=text!(i18n, compose.bcc) error=at_field(desk.fault, "bcc")/>
                        </div>
                    </Show>
                    <Linked desk/>
                    <div class="compose__row">
                        <label class="compose__label" for=format!("subject-{id}")>
                            {t!(i18n, compose.subject)}
                        </label>
                        <input
                            class="compose__input"
                            data-subject=""
                            id=format!("subject-{id}")
                            type="text"
                            autocomplete="off"
                            prop:value=move || desk.subject.get()
                            on:input=move |event| desk.subject.set(event_target_value(&event))
                        />
                    </div>
                </div>
                <div class="compose__text">
                    <RichText value=desk.html label=text!(i18n, compose.text) words=editor_words(i18n) fields=known_fields(i18n) handle=hand/>
                </div>
                <Files desk bringing/>
                <div role="alert">
                    {move || html_error.get().map(|text| view! { <p class="field__error compose__note">{text}</p> })}
                    {move || {
                        conflict()
                            .then(|| {
                                view! {
                                    <p class="compose__warning banner" data-tone="warn">
                                        <Icon name=Glyph::Warn/>
                                        <span class="banner__text">{t!(i18n, compose.elsewhere)}</span>
                                        <Button size=Size::Small on_click=move |_| desk.take_theirs()>
                                            {t!(i18n, compose.take_theirs)}
                                        </Button>
                                    </p>
                                }
                            })
                    }}
                    {move || wrong.get().filter(|_| !conflict()).map(|text| view! { <p class="field__error compose__note">{text}</p> })}
                </div>
                <Warnings desk/>
                <Foot desk bringing/>
                <AddressBook desk open=book cc/>
            </div>
        </div>
    }
}

#[component]
fn From(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let senders = RwSignal::new(Vec::<Sender>::new());
    let changed = live::use_live(|change| matches!(change.entity, Entity::MailAccount | Entity::Sender));
    Effect::new(move |_| {
        changed.track();
        leptos::task::spawn_local(async move {
            let Ok(rows) = list_senders().await else { return };
            // An address that was removed meanwhile: the letter goes from its mailbox's own, as the draft does.
            if desk.alias.try_get_untracked().flatten().is_some_and(|alias| rows.iter().all(|one| one.alias != Some(alias))) {
                _ = desk.alias.try_set(None);
            }
            _ = senders.try_set(rows);
        });
    });
    let options = Signal::derive(move || {
        let option = |one: &Sender| (word(one.account, one.alias), format!("{} <{}>", one.name, one.address));
        senders.with(|all| all.iter().map(option).collect::<Vec<_>>())
    });
    let value = Signal::derive(move || desk.sender.get().map(|account| word(account, desk.alias.get())).unwrap_or_default());
    let choose = Callback::new(move |chosen: String| {
        let found = senders.with_untracked(|all| all.iter().find(|one| word(one.account, one.alias) == chosen).cloned());
        desk.sender.set(found.as_ref().map(|one| one.account));
        desk.alias.set(found.and_then(|one| one.alias));
    });
    view! {
        <div class="compose__row">
            <label class="compose__label" for=format!("from-{}", desk.id)>
                {t!(i18n, compose.from)}
            </label>
            <Select
                name="sender"
                id=format!("from-{}", desk.id)
                label=text!(i18n, compose.from)
                bare=true
                size=Size::Small
                options
                value
                on_change=choose
                error=at_field(desk.fault, "sender")
            />
        </div>
    }
}

/// What a choice of `Van` is known by in the list of them.
fn word(account: MailAccountId, alias: Option<SenderId>) -> String {
    alias.map_or_else(|| account.to_string(), |alias| alias.to_string())
}

/// `Relatie`: linked, never written to, and said so (CMP-13).
#[component]
fn Linked(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let chip = move |contact: ContactRef| {
        let shape = if contact.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
        let cross = t_string!(i18n, inbox.message.unlink, name = contact.name.clone());
        let id = contact.id;
        view! {
            <span class="chip">
                <Avatar name=contact.name.clone() shape size=Size::Mini/>
                <span class="chip__text">{contact.name}</span>
                <button
                    class="chip__remove"
                    type="button"
                    aria-label=cross
                    on:click=move |_| desk.contacts.update(|all| all.retain(|other| other.id != id))
                >
                    <Icon name=Glyph::Close/>
                </button>
            </span>
        }
    };
    let linked = Signal::derive(move || desk.contacts.with(|all| all.iter().map(|contact| contact.id).collect::<Vec<_>>()));
    view! {
        <div class="compose__row" data-kind="linked">
            <span class="compose__label">{t!(i18n, compose.contact)}</span>
            <div class="compose__pair">
                <div class="compose__half" role="group" aria-label=move || t_string!(i18n, compose.contact)>
                    <Icon name=Glyph::Link size=Size::Small/>
                    {move || desk.contacts.get().into_iter().map(chip).collect_view()}
                    <button class="compose__add" type="button" on:click=move |_| open.set(true)>
                        {t!(i18n, compose.link)}
                    </button>
                </div>
                <span class="compose__caption">{t!(i18n, compose.not_a_recipient)}</span>
            </div>
        </div>
        <Picker
            open
            linked
            on_pick=Callback::new(move |contact: ContactRef| desk.contacts.update(|all| all.push(contact)))
            title=text!(i18n, compose.link_title)
        />
    }
}

#[component]
fn Warnings(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        desk.warned.get().map(|Warned { of, later }| {
            let locale = i18n.get_locale();
            let said = of.iter().map(|warning| warning.sentence(locale)).collect::<Vec<_>>().join(" ");
            view! {
                <div class="compose__warning banner" data-tone="warn" role="alert">
                    <Icon name=Glyph::Warn/>
                    <span class="banner__text">{said}</span>
                    <Button size=Size::Small on_click=move |_| desk.send(later)>
                        {t!(i18n, compose.send_anyway)}
                    </Button>
                </div>
            }
        })
    }
}

#[component]
fn Foot(desk: Desk, bringing: Bringing) -> impl IntoView {
    let i18n = use_i18n();
    let id = desk.id;
    let picking = RwSignal::new(false);
    let internal = RwSignal::new(false);
    let later = Callback::new(move |when: Snooze| desk.send(Some(when)));
    let chosen = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        bringing.bring(desk, files_of(input.files()));
        // The same file can be chosen again.
        input.set_value("");
    };
    let split = ViewFn::from(|| view! { <Icon name=Glyph::ChevronDown size=Size::Small/> });
    let moment = move |when: Snooze, words: Signal<String>| {
        view! {
            <MenuItem icon=Glyph::Clock on_click=move |_| later.run(when)>
                {move || words.get()}
            </MenuItem>
        }
    };
    view! {
        <footer class="compose__foot">
            <span class="compose__send">
                <Button kind=Kind::Primary icon=Glyph::Send disabled=desk.busy on_click=move |_| desk.send(None)>
                    {t!(i18n, compose.send)}
                </Button>
                <Menu id=format!("send-{id}") label=text!(i18n, compose.send_later) class="button compose__later" trigger=split>
                    <p class="menu__heading">{t!(i18n, compose.send_later)}</p>
                    {moment(Snooze::Later, text!(i18n, inbox.snooze.later))}
                    {moment(Snooze::Tomorrow, text!(i18n, inbox.snooze.tomorrow))}
                    {moment(Snooze::NextWeek, text!(i18n, inbox.snooze.next_week))}
                    <MenuItem icon=Glyph::Calendar on_click=move |_| picking.set(true)>
                        {t!(i18n, inbox.snooze.day)}
                    </MenuItem>
                </Menu>
            </span>
            <span class="keys compose__keys" aria-hidden="true">
                <Key>"Ctrl"</Key>
                <Key>"↵"</Key>
            </span>
            <span class="compose__tools">
                <TemplateMenu desk/>
                <IconButton name=Glyph::Folder label=text!(i18n, compose.internal.add) on_click=move |_| internal.set(true)/>
                <input id=format!("files-{id}") class="aloud" type="file" multiple on:change=chosen/>
                <label class="icon-button" for=format!("files-{id}") title=move || t_string!(i18n, compose.files.add)>
                    <Icon name=Glyph::Clip/>
                    <span class="aloud">{t!(i18n, compose.files.add)}</span>
                </label>
            </span>
            <span class="compose__end">
                <IconButton name=Glyph::Trash size=Size::Small label=text!(i18n, compose.discard) on_click=move |_| desk.discard()/>
            </span>
        </footer>
        <InternalFiles desk open=internal/>
        <WhenDialog open=picking id=format!("send-day-{id}") title=text!(i18n, compose.send_later) on_pick=later/>
    }
}

/// `Sjabloon` (CMP-15): by their tabs; what was typed stays.
#[component]
fn TemplateMenu(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let trigger = ViewFn::from(move || {
        view! {
            <Icon name=Glyph::Template/>
            {t!(i18n, compose.template)}
        }
    });
    view! {
        <Menu id=format!("template-{}", desk.id) label=text!(i18n, compose.template) class="button compose__template" trigger>
            <TemplateItems current=desk.template on_pick=Callback::new(move |id| desk.run(Next::Template(Some(id))))/>
            <div class="menu__line"></div>
            <MenuItem checked=Signal::derive(move || desk.template.get().is_none()) on_click=move |_| desk.run(Next::Template(None))>
                {t!(i18n, compose.no_template)}
            </MenuItem>
        </Menu>
    }
}
