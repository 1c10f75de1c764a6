//! Who is looking: the session behind the cookie, the language, the theme.

use crate::Fault;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::registration::{Language, Me};

/// The cookie with the session's token.
pub const COOKIE: &str = "spindle_session";

/// Who is logged in, asked once per page load: an answer, or why there is none.
pub type Who = Resource<Result<Me, Fault>>;

/// Asks who is looking, before anything is drawn.
pub fn provide_who() -> Who {
    let who = Resource::new_blocking(|| (), |()| open_me());
    provide_context(who);
    who
}

/// The user at work. Only inside the shell.
pub fn use_me() -> RwSignal<Me> {
    expect_context::<RwSignal<Me>>()
}

/// May the user do this? Hides what would be refused anyway; the verbs decide.
pub fn may(right: model::Right) -> bool {
    use_context::<RwSignal<Me>>().is_some_and(|me| me.with_untracked(|me| me.role.may(right)))
}

#[server(input = GetUrl)]
pub async fn open_me() -> Result<Me, Fault> {
    Ok(session().await?.me())
}

#[server]
pub async fn sign_out() -> Result<(), Fault> {
    if let Ok(session) = session().await {
        session.sign_out().await?;
    }
    clear_cookie();
    leptos_axum::redirect("/login");
    Ok(())
}

/// The language of this user, or, logged out, of this browser.
#[server]
pub async fn choose_language(language: Language) -> Result<(), Fault> {
    match session().await {
        Ok(session) => session.set_language(language).await?,
        Err(Fault::SignIn) => {}
        Err(fault) => return Err(fault),
    }
    set_language_cookie(language);
    back();
    Ok(())
}

#[cfg(not(feature = "ssr"))]
pub fn language() -> Language {
    let tag = document().document_element().and_then(|html| html.get_attribute("lang"));
    tag.and_then(|tag| Language::from_tag(&tag)).unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
pub fn theme() -> Option<&'static str> {
    None
}

#[cfg(feature = "ssr")]
pub use server::{
    Caller, back, clear_cookie, client, crm, forget_form, language, recall_form, redirect_plain, remember_form, session, set_cookie,
    set_language_cookie, theme, token,
};

#[cfg(feature = "ssr")]
mod server {
    use super::COOKIE;
    use crate::Fault;
    use crm::{Client, Crm, Secret, SignedIn};
    use http::header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE as COOKIES, HOST, ORIGIN, REFERER, SET_COOKIE};
    use http::request::Parts;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use leptos::prelude::{expect_context, use_context};
    use leptos_axum::ResponseOptions;
    use model::registration::Language;
    use std::net::{IpAddr, Ipv4Addr};
    use std::sync::Arc;

    const YEAR: i64 = 365 * 24 * 3600;
    /// What was typed in a form that was refused, for the page that asks again without JavaScript.
    const FORM_COOKIE: &str = "spindle_form";

    /// The verbs. The server provides them for every request.
    pub fn crm() -> Arc<Crm> {
        expect_context::<Arc<Crm>>()
    }

    /// The session of this request, or [`Fault::SignIn`].
    pub async fn session() -> Result<crm::Session, Fault> {
        let token = cookie(COOKIE).ok_or(Fault::SignIn)?;
        Ok(crm().session(&token).await?)
    }

    /// Who sent a request. The server puts it beside the request, having judged the proxy's word for it.
    #[derive(Clone, Copy, Debug)]
    pub struct Caller {
        pub address: IpAddr,
        pub https: bool,
    }

    /// Where this request comes from.
    pub fn client() -> Client {
        let address = caller().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |caller| caller.address);
        Client { address, language: language(), replaces: cookie(COOKIE).map(Secret::new) }
    }

    /// The language to draw in: the cookie follows the user's own choice; without one the browser's wish.
    pub fn language() -> Language {
        let chosen = cookie("lang").and_then(|tag| Language::from_tag(&tag));
        chosen.unwrap_or_else(|| Language::accepted(header(&ACCEPT_LANGUAGE).as_deref().unwrap_or_default()))
    }

    /// `light` or `dark` where the reader chose; nothing follows the system.
    pub fn theme() -> Option<&'static str> {
        match cookie("theme").as_deref() {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        }
    }

    /// Hands the browser its session, and the language that goes with it.
    pub fn set_cookie(signed_in: &SignedIn) {
        let seconds = signed_in.expires_at.seconds() - crm().now().seconds();
        append_cookie(&format!("{COOKIE}={}; HttpOnly; SameSite=Lax; Path=/; Max-Age={}", signed_in.token.reveal(), seconds.max(0)));
        set_language_cookie(signed_in.session.preferences().language);
    }

    pub fn clear_cookie() {
        append_cookie(&format!("{COOKIE}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
    }

    pub fn set_language_cookie(language: Language) {
        append_cookie(&format!("lang={}; SameSite=Lax; Path=/; Max-Age={YEAR}", language.tag()));
    }

    /// Leads a plain form back to the page it stood on; the program loads that page anew.
    pub fn back() {
        // Only the path of our own page: a referer is whatever the sender says.
        let path = header(&REFERER).and_then(|referer| {
            let uri: http::Uri = referer.parse().ok()?;
            let host = header(&HOST)?;
            (uri.authority()?.as_str() == host).then(|| uri.path().to_owned())
        });
        leptos_axum::redirect(path.as_deref().filter(|path| path.starts_with('/') && !path.starts_with("//")).unwrap_or("/"));
    }

    /// Leads a plain form on; the program stays on its page and shows the answer itself.
    pub fn redirect_plain(path: &str) {
        if is_plain_form() {
            leptos_axum::redirect(path);
        }
    }

    fn is_plain_form() -> bool {
        header(&ACCEPT).is_some_and(|accept| accept.contains("text/html"))
    }

    /// Keeps what was typed (never a password) for the next look at the form, where there is no JavaScript to keep it.
    pub fn remember_form(form: &impl serde::Serialize) {
        if !is_plain_form() {
            return;
        }
        if let Ok(text) = serde_json::to_string(form) {
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            // A cookie holds four kilobytes; a form that does not fit is typed again.
            if hex.len() < 3500 {
                append_cookie(&format!("{FORM_COOKIE}={hex}; HttpOnly; SameSite=Lax; Path=/; Max-Age=60"));
            }
        }
    }

    pub fn recall_form<T: serde::de::DeserializeOwned>() -> Option<T> {
        let hex = cookie(FORM_COOKIE)?;
        let bytes: Option<Vec<u8>> = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
            .collect();
        serde_json::from_slice(&bytes?).ok()
    }

    pub fn forget_form() {
        append_cookie(&format!("{FORM_COOKIE}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
    }

    fn parts() -> Option<Parts> {
        use_context::<Parts>()
    }

    fn caller() -> Option<Caller> {
        parts()?.extensions.get().copied()
    }

    /// The session's token in the headers of a request, for doors that are no server function.
    pub fn token(headers: &HeaderMap) -> Option<String> {
        cookie_in(headers, COOKIE)
    }

    fn header(name: &HeaderName) -> Option<String> {
        parts()?.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    fn cookie(name: &str) -> Option<String> {
        cookie_in(&parts()?.headers, name)
    }

    fn cookie_in(headers: &HeaderMap, name: &str) -> Option<String> {
        let pairs = headers.get_all(COOKIES).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name && !value.is_empty()).then(|| value.to_owned()))
    }

    fn append_cookie(value: &str) {
        let secure = if is_https() { "; Secure" } else { "" };
        if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&format!("{value}{secure}"))) {
            response.append_header(SET_COOKIE, value);
        }
    }

    /// A browser says so itself in `Origin` when it posts; the server knows it where a proxy does the talking.
    fn is_https() -> bool {
        caller().is_some_and(|caller| caller.https) || header(&ORIGIN).is_some_and(|origin| origin.starts_with("https://"))
    }
}
