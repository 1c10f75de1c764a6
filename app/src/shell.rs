//! What stands round every room: rail, top strip, toasts, the keys, and the word when the connection is gone.

use crate::compose::{Alone, Begin, Dock, provide_alone, provide_compose, use_compose};
use crate::i18n::{Locale, t, t_string, use_i18n};
use crate::search::Palette;
use crate::session::{self, ChooseLanguage, SignOut, use_me};
use crate::tongue::locale;
use crate::{Fault, PageTitle, live};
use leptos::ev;
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use model::registration::Language;
use ui::{Avatar, Banner, Dialog, Empty, Glyph, Icon, Key, Menu, MenuItem, Size, ToastPlace, Words, keys, use_toasts};
use wasm_bindgen::JsCast;

/// The words furniture says, in the reader's language.
pub(crate) fn words(i18n: I18nContext<Locale>) -> Signal<Words> {
    Signal::derive(move || Words {
        close: t_string!(i18n, common.words.close).to_owned(),
        undo: t_string!(i18n, common.words.undo).to_owned(),
        show_password: t_string!(i18n, common.words.show_password).to_owned(),
        hide_password: t_string!(i18n, common.words.hide_password).to_owned(),
        edit: t_string!(i18n, common.words.edit).to_owned(),
        save: t_string!(i18n, common.words.save).to_owned(),
        cancel: t_string!(i18n, common.words.cancel).to_owned(),
        remove: t_string!(i18n, common.words.remove).to_owned(),
        empty_value: t_string!(i18n, common.words.empty_value).to_owned(),
    })
}

/// Only drawn for somebody who is logged in; a fault other than that is told here.
#[component]
pub fn Shell() -> impl IntoView {
    let who = expect_context::<session::Who>();
    match who.get_untracked() {
        Some(Ok(me)) => {
            provide_context(RwSignal::new(me));
            view! { <Walls/> }.into_any()
        }
        Some(Err(fault)) => view! { <Broken fault/> }.into_any(),
        None => ().into_any(),
    }
}

/// A letter in a window of its own, for somebody who is logged in: no walls.
#[component]
pub fn LetterWindow() -> impl IntoView {
    let who = expect_context::<session::Who>();
    match who.get_untracked() {
        Some(Ok(me)) => {
            provide_context(RwSignal::new(me));
            live::provide_live();
            _ = use_toasts();
            provide_alone();
            view! { <Alone/> }.into_any()
        }
        Some(Err(fault)) => view! { <Broken fault/> }.into_any(),
        None => ().into_any(),
    }
}

#[component]
fn Walls() -> impl IntoView {
    let i18n = use_i18n();
    live::provide_live();
    _ = use_toasts();
    provide_compose();
    let connected = live::use_connected();
    let help = RwSignal::new(false);
    let search = Searching { open: RwSignal::new(false), typed: RwSignal::new(String::new()) };
    let toasts = use_toasts();
    let navigate = use_navigate();
    let mail = session::may(model::Right::UseMail);
    let compose = use_compose();
    keys::on_key(move |key| match key {
        "?" => {
            help.set(true);
            true
        }
        "/" => search.begin(),
        "z" => toasts.undo_last(),
        "m" if mail => {
            compose.begin(Begin::letter());
            true
        }
        "1" => go(&navigate, "/"),
        "2" => go(&navigate, "/inbox"),
        "3" => go(&navigate, "/contacts"),
        _ => false,
    });
    let commands = move |event: ev::KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k") {
            search.begin();
            event.prevent_default();
        }
    };
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, commands);
        on_cleanup(move || handle.remove());
    });
    view! {
        <a class="skip-link" href="#main">
            {t!(i18n, common.skip)}
        </a>
        <div class="shell">
            <a class="shell__mark" href="/" aria-label=move || format!("Spindle, {}", t_string!(i18n, common.rail.home))>
                <Icon name=Glyph::Spindle size=Size::Large/>
            </a>
            <TopStrip connected search/>
            <Rail help/>
            <main class="shell__main" id="main" tabindex="-1">
                <Show when=move || !connected.get()>
                    <Banner icon=Glyph::Sync live=true>
                        {t!(i18n, common.offline)}
                    </Banner>
                </Show>
                <Outlet/>
            </main>
        </div>
        <Dock/>
        <ToastPlace/>
        <KeysDialog open=help/>
        <Palette open=search.open typed=search.typed/>
    }
}

/// The search box: whether it is open, and what stands in it.
#[derive(Clone, Copy)]
struct Searching {
    open: RwSignal<bool>,
    typed: RwSignal<String>,
}

impl Searching {
    fn begin(self) -> bool {
        self.open.set(true);
        true
    }
}

#[component]
fn TopStrip(connected: Signal<bool>, search: Searching) -> impl IntoView {
    let i18n = use_i18n();
    let location = use_location();
    let place = move || {
        let path = location.pathname.get();
        match path.split('/').nth(1).unwrap_or_default() {
            "inbox" => t_string!(i18n, common.rail.inbox),
            "contacts" => t_string!(i18n, common.rail.contacts),
            "settings" => t_string!(i18n, common.rail.settings),
            "search" => t_string!(i18n, search.title),
            _ => t_string!(i18n, common.rail.home),
        }
    };
    let (query, path) = (use_query_map(), use_location().pathname);
    // The words of another room's own field are not this one's.
    let typed = move || if path.get() == "/search" { query.with(|query| query.get("q")).unwrap_or_default() } else { String::new() };
    let begin = move |words: String| {
        search.typed.set(words);
        search.begin();
    };
    let state = move || if connected.get() { t_string!(i18n, common.top.live) } else { t_string!(i18n, common.top.offline) };
    view! {
        <header class="top-strip">
            <div class="top-strip__start">
                <span class="top-strip__place">{place}</span>
            </div>
            // A plain form: searching works before the program is there, and the address can be kept. The program opens the box instead.
            <form class="search-field" role="search" method="get" action="/search">
                <Icon name=Glyph::Search size=Size::Small/>
                <input
                    id="search"
                    name="q"
                    type="search"
                    autocomplete="off"
                    aria-label=move || t_string!(i18n, common.top.search_name)
                    placeholder=move || t_string!(i18n, common.top.search)
                    aria-keyshortcuts="/ Control+K"
                    prop:value=typed
                    value=typed
                    on:click=move |event| begin(event_target_value(&event))
                    on:input=move |event| begin(event_target_value(&event))
                />
                <span class="keys" aria-hidden="true">
                    <Key>"Ctrl"</Key>
                    <Key>"K"</Key>
                </span>
            </form>
            <div class="top-strip__end">
                <Show when=move || session::may(model::Right::AddContacts)>
                    <a class="button" data-kind="quiet" href="/contacts/new" title=move || t_string!(i18n, common.top.new_contact)>
                        <Icon name=Glyph::Plus/>
                        {t!(i18n, common.top.add)}
                    </a>
                </Show>
                <span class="sync" role="status" title=state>
                    <span class="sync-dot" data-state=move || (!connected.get()).then_some("offline")></span>
                    <span class="aloud">{state}</span>
                </span>
                <MyMenu/>
            </div>
        </header>
    }
}

#[component]
fn MyMenu() -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let name = Signal::derive(move || me.with(|me| format!("{} {}", me.first_name, me.last_name)));
    let leave = ServerAction::<SignOut>::new();
    let speak = ServerAction::<ChooseLanguage>::new();
    let theme = RwSignal::new(chosen_theme());
    let paint = move |word: &'static str| {
        theme.set(word);
        keep_theme(word);
    };
    let language = move |which: Language, word: &'static str| {
        let checked = Signal::derive(move || i18n.get_locale() == locale(which));
        view! {
            <ActionForm action=speak>
                <input type="hidden" name="language" value=which.tag()/>
                <MenuItem submit=true checked>
                    <span lang=which.tag()>{word}</span>
                </MenuItem>
            </ActionForm>
        }
    };
    let trigger = ViewFn::from(move || view! { <Avatar name size=Size::Small/> });
    view! {
        <Menu id="my-menu" label=text!(i18n, common.top.menu, name = name.get()) class="avatar-button" trigger>
            <p class="menu__heading">
                {move || name.get()} <br/>
                {move || me.with(|me| me.company.clone())}
            </p>
            <MenuItem icon=Glyph::Settings href="/settings">
                {t!(i18n, common.menu.settings)}
            </MenuItem>
            <div class="menu__line"></div>
            <p class="menu__heading">{t!(i18n, common.menu.language)}</p>
            {language(Language::Nl, t_string!(i18n, common.languages.nl))}
            {language(Language::En, t_string!(i18n, common.languages.en))}
            <div class="menu__line"></div>
            <p class="menu__heading">{t!(i18n, common.menu.theme)}</p>
            <MenuItem icon=Glyph::Sun checked=Signal::derive(move || theme.get() == "light") on_click=move |_| paint("light")>
                {t!(i18n, common.menu.light)}
            </MenuItem>
            <MenuItem icon=Glyph::Moon checked=Signal::derive(move || theme.get() == "dark") on_click=move |_| paint("dark")>
                {t!(i18n, common.menu.dark)}
            </MenuItem>
            <MenuItem icon=Glyph::Colour checked=Signal::derive(move || theme.get().is_empty()) on_click=move |_| paint("")>
                {t!(i18n, common.menu.system)}
            </MenuItem>
            <div class="menu__line"></div>
            <ActionForm action=leave>
                <MenuItem icon=Glyph::External submit=true>
                    {t!(i18n, common.menu.sign_out)}
                </MenuItem>
            </ActionForm>
        </Menu>
    }
}

#[component]
fn Rail(help: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let location = use_location();
    let here = move |place: &'static str| {
        let path = location.pathname.get();
        let first = path.split('/').nth(1).unwrap_or_default();
        (first == place).then_some("page")
    };
    let mail = session::may(model::Right::UseMail);
    view! {
        <nav class="rail" aria-label=move || t_string!(i18n, common.rail.name)>
            <A href="/" exact=true attr:class="rail__place" attr:title=move || t_string!(i18n, common.rail.home) attr:aria-current=move || here("")>
                <Icon name=Glyph::Home size=Size::Large/>
                <span class="aloud">{t!(i18n, common.rail.home)}</span>
            </A>
            {mail
                .then(|| {
                    view! {
                        <A href="/inbox" attr:class="rail__place" attr:title=move || t_string!(i18n, common.rail.inbox) attr:aria-current=move || here("inbox")>
                            <Icon name=Glyph::Inbox size=Size::Large/>
                            <span class="aloud">{t!(i18n, common.rail.inbox)}</span>
                        </A>
                    }
                })}
            <A
                href="/contacts"
                attr:class="rail__place"
                attr:title=move || t_string!(i18n, common.rail.contacts)
                attr:aria-current=move || here("contacts")
            >
                <Icon name=Glyph::People size=Size::Large/>
                <span class="aloud">{t!(i18n, common.rail.contacts)}</span>
            </A>
            <div class="rail__foot">
                <button class="rail__place" type="button" title=move || t_string!(i18n, common.rail.keys) on:click=move |_| help.set(true)>
                    <Icon name=Glyph::Keyboard size=Size::Large/>
                    <span class="aloud">{t!(i18n, common.rail.keys)}</span>
                </button>
                <A
                    href="/settings"
                    attr:class="rail__place"
                    attr:title=move || t_string!(i18n, common.rail.settings)
                    attr:aria-current=move || here("settings")
                >
                    <Icon name=Glyph::Settings size=Size::Large/>
                    <span class="aloud">{t!(i18n, common.rail.settings)}</span>
                </A>
            </div>
        </nav>
    }
}

#[component]
fn KeysDialog(open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let row = |keys: &'static [&'static str], what: Signal<String>| {
        view! {
            <div class="keys-list__row">
                <dt class="keys">{keys.iter().map(|key| view! { <Key>{*key}</Key> }).collect_view()}</dt>
                <dd>{move || what.get()}</dd>
            </div>
        }
    };
    view! {
        <Dialog open title=text!(i18n, common.keys.title)>
            <dl class="keys-list">
                {row(&["?"], text!(i18n, common.keys.help))}
                {row(&["Ctrl", "K"], text!(i18n, common.keys.search))}
                {row(&["j", "↓"], text!(i18n, common.keys.next))}
                {row(&["k", "↑"], text!(i18n, common.keys.previous))}
                {row(&["Enter"], text!(i18n, common.keys.open))}
                {row(&["e"], text!(i18n, inbox.keys.finish))}
                {row(&["#"], text!(i18n, inbox.keys.delete))}
                {row(&["!"], text!(i18n, inbox.keys.spam))}
                {row(&["m"], text!(i18n, inbox.keys.write))}
                {row(&["r"], text!(i18n, inbox.keys.reply))}
                {row(&["a"], text!(i18n, inbox.keys.reply_all))}
                {row(&["f"], text!(i18n, inbox.keys.forward))}
                {row(&["Ctrl", "↵"], text!(i18n, inbox.keys.send))}
                {row(&["l"], text!(i18n, inbox.keys.link))}
                {row(&["u"], text!(i18n, inbox.keys.unread))}
                {row(&["s"], text!(i18n, inbox.keys.snooze))}
                {row(&["h"], text!(i18n, inbox.keys.highlight))}
                {row(&["t"], text!(i18n, inbox.keys.task))}
                {row(&["n"], text!(i18n, inbox.keys.note))}
                {row(&["p"], text!(i18n, inbox.keys.print))}
                {row(&["x", "⇧ x"], text!(i18n, inbox.keys.pick))}
                {row(&["i"], text!(i18n, inbox.keys.side))}
                {row(&["z"], text!(i18n, common.keys.undo))}
                {row(&["1"], text!(i18n, common.keys.home))}
                {row(&["2"], text!(i18n, common.keys.inbox))}
                {row(&["3"], text!(i18n, common.keys.contacts))}
                {row(&["Esc"], text!(i18n, common.keys.close))}
            </dl>
        </Dialog>
    }
}

/// No such page.
#[component]
pub fn Missing() -> impl IntoView {
    let i18n = use_i18n();
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <PageTitle text=text!(i18n, common.missing.title)/>
        <main class="alone" id="main">
            <Empty drawing=ui::Drawing::Loose title=text!(i18n, common.missing.title) text=text!(i18n, common.missing.text)>
                <a class="button" href="/">
                    {t!(i18n, common.missing.home)}
                </a>
            </Empty>
        </main>
    }
}

/// The page could not begin at all.
#[component]
fn Broken(fault: Fault) -> impl IntoView {
    view! {
        <main class="alone" id="main">
            <crate::fault::FaultNote fault retry=Callback::new(|()| _ = window().location().reload())/>
        </main>
    }
}

fn go(navigate: &impl Fn(&str, leptos_router::NavigateOptions), place: &str) -> bool {
    navigate(place, leptos_router::NavigateOptions::default());
    true
}

/// What `<html data-theme>` says; empty follows the device.
fn chosen_theme() -> &'static str {
    #[cfg(feature = "ssr")]
    let word = session::theme().map(str::to_owned);
    #[cfg(not(feature = "ssr"))]
    let word = document().document_element().and_then(|html| html.get_attribute("data-theme"));
    match word.as_deref() {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "",
    }
}

/// At once, and in a cookie so that the server draws the next page right from the start.
fn keep_theme(word: &'static str) {
    let Some(html) = document().document_element() else { return };
    let age = if word.is_empty() { 0 } else { 31_536_000 };
    _ = if word.is_empty() { html.remove_attribute("data-theme") } else { html.set_attribute("data-theme", word) };
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        _ = document.set_cookie(&format!("theme={word}; Path=/; SameSite=Lax; Max-Age={age}"));
    }
}
