//! The door for phones: an address book over CardDAV (RFC 6352) with sync tokens (RFC 6578), read-only unless its user wants it otherwise.
//!
//! `proto` is WebDAV itself: what is asked, and how answers are written. Beside it stand the resources. Knows no SQL and no rule of the
//! CRM: whom to let in, and what is in a book, `crm::Phone` says.

mod answer;
mod card;
mod filter;
mod listing;
mod props;
mod proto;
mod resource;
mod write;

use answer::Answer;
use axum::body::{Body, Bytes};
use axum::response::Response;
use crm::{Crm, Error, Phone, Secret, Visitor};
use http::{HeaderMap, Method, Request, StatusCode, header};
use model::phone_sync::DeviceError;
use proto::ask::{self, Ask, Depth};
use proto::{Precondition, basic};
use resource::Resource;
use std::net::IpAddr;
use std::sync::Arc;

/// One body with the addresses of twenty thousand cards is less than this.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Of a stranger's body no more is read than keeps the connection in order.
const MAX_STRANGERS_BODY: usize = 64 * 1024;

/// Where a request comes from, as the server knows it.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    pub address: IpAddr,
    /// TLS, or a way that does not leave this machine.
    pub secure: bool,
}

#[derive(Clone)]
pub struct Door {
    crm: Arc<Crm>,
}

impl Door {
    pub fn new(crm: Arc<Crm>) -> Self {
        Self { crm }
    }

    /// Whether a request is for this door. On `/` only what no browser asks: a phone that was given a bare host name looks there.
    pub fn takes(method: &Method, path: &str) -> bool {
        match path {
            "/" => *method == Method::OPTIONS || matches!(method.as_str(), "PROPFIND" | "REPORT" | "PROPPATCH"),
            "/.well-known/carddav" | "/.well-known/carddav/" | "/principals" | "/principals/" | "/dav" => true,
            _ => path.starts_with("/dav/"),
        }
    }

    pub async fn answer(&self, caller: Caller, request: Request<Body>) -> Response {
        let (head, body) = request.into_parts();
        let known = head.headers.contains_key(header::AUTHORIZATION);
        let limit = if known { MAX_BODY } else { MAX_STRANGERS_BODY };
        let Ok(body) = axum::body::to_bytes(body, limit).await else {
            return answer::plain(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let path = head.uri.path();
        // People type the address into a browser too; only a phone asks there with PROPFIND.
        if path.starts_with("/.well-known/") && matches!(head.method, Method::GET | Method::HEAD) {
            return answer::moved(resource::ROOT);
        }
        let phone = match self.let_in(caller, &head.headers).await {
            Ok(phone) => phone,
            Err(refused) => return refused,
        };
        let asked = Asked { method: &head.method, headers: &head.headers, resource: Resource::find(path, phone.user()), body };
        let at_fault = phone.faults();
        match asked.answer(phone).await {
            Ok(response) => response,
            Err(refusal) => {
                if let Some(error) = refusal.told() {
                    at_fault.note(error);
                }
                refusal.response(head.headers.get(header::USER_AGENT))
            }
        }
    }

    async fn let_in(&self, caller: Caller, headers: &HeaderMap) -> Result<Phone, Response> {
        // Phones ask first without a password; that must cost nothing and count as no failure.
        let Some((name, password)) = headers.get(header::AUTHORIZATION).and_then(basic::read) else {
            return Err(answer::who_are_you());
        };
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let decoded = basic::decoded(&name);
        let visitor = |name: String| Visitor {
            name,
            password: Secret::new(password.clone()),
            agent: agent.to_owned(),
            address: caller.address,
            secure: caller.secure,
        };
        // Since iOS 18.4 the `@` of a name comes as `%40`; no address has a `%` followed by two digits before its domain otherwise.
        let name = decoded.unwrap_or(name);
        self.crm.phone(visitor(name)).await.map_err(|error| match error {
            Error::SignIn => answer::who_are_you(),
            // Switched off: nothing is there.
            Error::NotFound => answer::plain(StatusCode::NOT_FOUND),
            Error::Denied => answer::needs_tls(),
            Error::TooMany(seconds) => answer::later(seconds),
            error => answer::broken(&error),
        })
    }
}

/// A request of a phone that was let in.
struct Asked<'a> {
    method: &'a Method,
    headers: &'a HeaderMap,
    resource: Option<Resource>,
    body: Bytes,
}

impl Asked<'_> {
    async fn answer(self, phone: Phone) -> Answer {
        let resource = self.resource.as_ref().ok_or(Refusal::NotFound)?;
        match (self.method.as_str(), resource) {
            ("PUT", Resource::Card(name)) if phone.writes() => write::put(phone, name, self.headers, &self.body).await,
            ("DELETE", Resource::Card(name)) if phone.writes() => write::delete(phone, name, self.headers).await,
            ("OPTIONS", _) => Ok(answer::options(resource.allow(phone.writes()))),
            ("PROPFIND", _) => self.propfind(phone, resource).await,
            ("REPORT", _) => self.report(phone, resource).await,
            ("GET" | "HEAD", Resource::Card(name)) => card::get(phone, name, self.headers, self.method == Method::HEAD).await,
            ("PROPPATCH", Resource::Book | Resource::Card(_)) | ("PUT" | "POST" | "DELETE" | "MKCOL" | "MOVE" | "COPY" | "ACL", _) => {
                Err(Refusal::Failed(Precondition::need_privileges(&resource.href(phone.user()), self.method.as_str())))
            }
            ("PROPPATCH", _) => {
                let text = self.text()?;
                Ok(props::refuse_patch(&phone, resource, &ask::proppatch(text)?))
            }
            _ => Err(Refusal::Method(resource.allow(phone.writes()))),
        }
    }

    async fn propfind(&self, phone: Phone, resource: &Resource) -> Answer {
        let wanted = ask::propfind(self.text()?)?;
        let depth = Depth::read(self.headers)?;
        if matches!(depth, None | Some(Depth::Infinity)) && !matches!(resource, Resource::Card(_)) {
            return Err(Refusal::Failed(Precondition::bare("propfind-finite-depth")));
        }
        let minimal = ask::minimal(self.headers);
        let mut phone = phone;
        match resource {
            Resource::Card(name) => {
                let row = phone.cards_named(std::slice::from_ref(name), false).await?.pop().ok_or(Refusal::NotFound)?;
                let shape = props::Shape::of_cards(&phone, &wanted, false, minimal);
                Ok(answer::multistatus(minimal, shape.alone(&row)))
            }
            Resource::Book if depth == Some(Depth::One) => listing::members(phone, &wanted, minimal).await,
            resource => {
                let mut out = proto::write::open();
                props::write(&phone, resource, &wanted, minimal, &mut out);
                if depth == Some(Depth::One) {
                    for child in resource.children() {
                        props::write(&phone, &child, &wanted, minimal, &mut out);
                    }
                }
                proto::write::close(&mut out);
                Ok(answer::multistatus(minimal, out))
            }
        }
    }

    async fn report(&self, phone: Phone, resource: &Resource) -> Answer {
        let minimal = ask::minimal(self.headers);
        match ask::report(self.text()?)? {
            Ask::Multiget(asked) if resource.has_cards() => listing::multiget(phone, asked, minimal).await,
            Ask::Query(asked) if resource.has_cards() => listing::query(phone, asked, resource.clone(), minimal).await,
            Ask::Changes(asked) if *resource == Resource::Book => listing::changes(phone, asked, minimal).await,
            Ask::PrincipalSearch(words) => Ok(props::search_principal(&phone, &words)),
            Ask::PrincipalSearchSet => Ok(props::search_set()),
            _ => Err(Refusal::Failed(Precondition::bare("supported-report"))),
        }
    }

    fn text(&self) -> Result<&str, Refusal> {
        std::str::from_utf8(&self.body).map_err(|_| Refusal::BadRequest)
    }
}

/// Why a phone does not get what it asked.
#[derive(Debug)]
enum Refusal {
    NotFound,
    BadRequest,
    /// What was sent is no vCard that can be taken (RFC 6352 §6.3.2.1).
    NoCard,
    /// 412: it is not what the phone thinks it is.
    Stale,
    /// 405, and what is possible here.
    Method(&'static str),
    /// A named condition of a RFC does not hold; 403.
    Failed(Precondition),
    /// The token is not of this book, or of a future that a restored backup took away.
    Token,
    Ours(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if matches!(error, Error::NotFound) { Self::NotFound } else { Self::Ours(error) }
    }
}

impl Refusal {
    /// What its owner is told of it in the settings.
    fn told(&self) -> Option<DeviceError> {
        match self {
            Self::BadRequest | Self::NoCard => Some(DeviceError::BadRequest),
            Self::Token => Some(DeviceError::OldToken),
            Self::Failed(condition) if condition.is_privilege() => Some(DeviceError::ReadOnly),
            Self::Ours(_) => Some(DeviceError::Ours),
            _ => None,
        }
    }

    fn response(self, agent: Option<&http::HeaderValue>) -> Response {
        match self {
            Self::NotFound => answer::plain(StatusCode::NOT_FOUND),
            Self::BadRequest => answer::plain(StatusCode::BAD_REQUEST),
            Self::Stale => answer::plain(StatusCode::PRECONDITION_FAILED),
            Self::Method(allow) => answer::not_here(allow),
            Self::NoCard => answer::failed(StatusCode::FORBIDDEN, &Precondition::carddav("valid-address-data")),
            Self::Failed(condition) => answer::failed(StatusCode::FORBIDDEN, &condition),
            Self::Token => {
                // RFC 6578 §3.2 has 403. Thunderbird (153) takes that as the end of the account, and 400 as "list everything again".
                let thunderbird = agent.and_then(|agent| agent.to_str().ok()).is_some_and(|agent| agent.contains("Thunderbird"));
                let status = if thunderbird { StatusCode::BAD_REQUEST } else { StatusCode::FORBIDDEN };
                answer::failed(status, &Precondition::bare("valid-sync-token"))
            }
            Self::Ours(error) => answer::broken(&error),
        }
    }
}
