//! The rooms of Spindle: a folder per place, with its pages and its server functions.
//!
//! Compiled twice: `ssr` for the server, `hydrate` for the browser. Contains no rule of the CRM: server functions parse, take the
//! session and call one verb of `crm`; every sentence stands in `locales/`.

#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "components bring a public struct of properties, also in the private parts of a room")]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!("`ssr` and `hydrate` are two builds: the server's has the first, the browser's the second");

include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));

/// A translated text as a property: `label=text!(i18n, contacts.card.email)`, with arguments as for `t_string!`.
#[macro_export]
macro_rules! text {
    ($i18n:ident, $($rest:tt)+) => {
        leptos::prelude::Signal::derive(move || $crate::i18n::t_string!($i18n, $($rest)+).to_string())
    };
}

pub mod account;
mod compose;
pub mod contacts;
mod editor;
pub mod fault;
pub mod format;
pub mod home;
pub mod inbox;
#[cfg(feature = "ssr")]
pub mod letters;
pub mod live;
pub mod search;
pub mod session;
pub mod settings;
pub mod shell;
pub mod tasks;
pub mod templates;
mod tongue;
mod upload;
pub mod wizard;

pub use fault::Fault;

use i18n::{I18nContextProvider, use_i18n};
use leptos::prelude::*;
use leptos::server_fn::redirect::set_redirect_hook;
use leptos_i18n::context::UseLocalesOptions;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, ProtectedParentRoute, ProtectedRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// Where the built files are served. The server provides it as context.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default)]
pub struct Assets {
    pub css: String,
    pub js: String,
    pub wasm: String,
    /// Loaded by `ui::RichText` only.
    pub editor: String,
    pub font: String,
    /// The icon in the browser's tab.
    pub icons: String,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            css: "/pkg/spindle.css".into(),
            js: "/pkg/spindle.js".into(),
            wasm: "/pkg/spindle_bg.wasm".into(),
            editor: "/pkg/editor.js".into(),
            font: "/pkg/inter.woff2".into(),
            icons: "/favicon.svg".into(),
        }
    }
}

/// What browsers call this server: `https://crm.example`. The server provides it as context.
#[derive(Clone, Debug)]
pub struct Address(pub String);

/// The document round the app; only the server draws it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let nonce = use_nonce();
    let start = format!("import init, {{ hydrate }} from {:?}; init({{ module_or_path: {:?} }}).then(hydrate);", assets.js, assets.wasm);
    let language = session::language();
    let theme = session::theme();
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=theme data-editor=assets.editor>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=assets.css/>
                <link rel="icon" href=assets.icons type="image/svg+xml"/>
                <link rel="preload" href=assets.font r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                <link rel="modulepreload" href=assets.js.clone()/>
                <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="module" nonce=nonce>
                    {start}
                </script>
                <AutoReload options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
                // After the app: hydration starts at the first child of the body.
                <div hidden inner_html=ui::SPRITE></div>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // The server decides once (`session::language`); the browser reads the answer from `<html lang>`, so both draw the same words.
    let options = UseLocalesOptions::default().ssr_lang_header_getter(|| Some(session::language().tag().to_owned()));
    view! {
        <I18nContextProvider enable_cookie=false set_lang_attr_on_html=false set_dir_attr_on_html=false ssr_lang_header_getter=options>
            <Places/>
        </I18nContextProvider>
    }
}

/// Every address of the program.
#[component]
fn Places() -> impl IntoView {
    let i18n = use_i18n();
    provide_context(shell::words(i18n));
    let who = session::provide_who();
    let signed_in = move || who.get().map(|who| !matches!(who, Err(Fault::SignIn)));
    let signed_out = move || who.get().map(|who| matches!(who, Err(Fault::SignIn)));
    let to_login = || "/login";
    let to_home = || "/";
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Spindle".to_owned() } else { format!("{title} · Spindle") }/>
        <Router>
            <Routes fallback=shell::Missing>
                <ProtectedRoute path=path!("/register") view=account::Register condition=signed_out redirect_path=to_home ssr=SsrMode::Async/>
                <ProtectedRoute path=path!("/login") view=account::Login condition=signed_out redirect_path=to_home ssr=SsrMode::Async/>
                <Route path=path!("/forgot") view=account::Forgot ssr=SsrMode::Async/>
                <Route path=path!("/reset/:token") view=account::Reset ssr=SsrMode::Async/>
                <ProtectedRoute path=path!("/connect") view=wizard::Page condition=signed_in redirect_path=to_login ssr=SsrMode::Async/>
                <ProtectedRoute path=path!("/compose/:draft") view=shell::LetterWindow condition=signed_in redirect_path=to_login ssr=SsrMode::Async/>
                <ProtectedParentRoute path=path!("") view=shell::Shell condition=signed_in redirect_path=to_login ssr=SsrMode::Async>
                    <Route path=path!("") view=home::Page/>
                    <Route path=path!("inbox/:place?/:message?") view=inbox::Page/>
                    <ParentRoute path=path!("contacts") view=contacts::Page>
                        <Route path=path!("") view=contacts::Nothing/>
                        <Route path=path!("new") view=contacts::New/>
                        <Route path=path!(":id/:tab?") view=contacts::Card/>
                    </ParentRoute>
                    <Route path=path!("search") view=search::Page/>
                    <Route path=path!("settings/:topic?/:item?") view=settings::Page/>
                </ProtectedParentRoute>
            </Routes>
        </Router>
    }
}

/// Redirects that a server function asks for load the page anew. Call it before the app is hydrated.
pub fn redirect_by_loading() {
    let load = |place: &str| _ = window().location().set_href(place);
    // Only the first hook counts; a second call changes nothing.
    _ = set_redirect_hook(load);
}

/// A heading and what the browser shows in its tab.
#[component]
pub(crate) fn PageTitle(#[prop(into)] text: Signal<String>) -> impl IntoView {
    // The server writes the title after the page: by then the room's signals may be gone, and reading one of them would cost the page.
    let drawn = text.get_untracked();
    view! { <Title text=move || if cfg!(feature = "ssr") { drawn.clone() } else { text.get() }/> }
}
