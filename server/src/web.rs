//! The browser's door: pages, server functions, live events, message bodies, assets.

use crate::config::Config;
use crate::guard::{self, Trust};
use crate::{Outcome, assets, explain, files, live, message, oauth, phones};
use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use crm::{Crm, Session};
use leptos::prelude::{LeptosOptions, provide_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::collections::BTreeSet;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tracing::{error, info, warn};

/// How long a request may take to end once the server stops.
const GRACE: Duration = Duration::from_secs(5);
/// No form of ours is larger than a letter with its pictures, which the browser sends as JSON.
const MAX_REQUEST: usize = model::outgoing::MOST_TEXT + guard::MAX_STRANGER;

/// What every handler is handed.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) crm: Arc<Crm>,
    pub(crate) stopping: CancellationToken,
    assets: app::Assets,
    pub(crate) address: String,
    options: LeptosOptions,
}

impl FromRef<Door> for LeptosOptions {
    fn from_ref(door: &Door) -> Self {
        door.options.clone()
    }
}

impl Door {
    /// The session of a request that is no server function.
    pub(crate) async fn session(&self, headers: &HeaderMap) -> Result<Session, StatusCode> {
        let token = app::session::token(headers).ok_or(StatusCode::UNAUTHORIZED)?;
        self.crm.session(&token).await.map_err(|cause| fail(&cause))
    }

    fn context(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let (crm, assets, address) = (Arc::clone(&self.crm), self.assets.clone(), app::Address(self.address.clone()));
        move || {
            provide_context(Arc::clone(&crm));
            provide_context(assets.clone());
            provide_context(address.clone());
        }
    }
}

/// What a stranger may know of an error outside the app's own pages.
pub(crate) fn fail(cause: &crm::Error) -> StatusCode {
    match cause {
        crm::Error::NotFound => StatusCode::NOT_FOUND,
        crm::Error::Denied => StatusCode::FORBIDDEN,
        crm::Error::SignIn => StatusCode::UNAUTHORIZED,
        crm::Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        crm::Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        crm::Error::Conflict(_) => StatusCode::CONFLICT,
        crm::Error::Unsent(_) => StatusCode::BAD_GATEWAY,
        crm::Error::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        crm::Error::WrongKey | crm::Error::LeaseLost | crm::Error::Internal(..) => {
            error!("{}", explain("A request failed", cause));
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

pub(crate) async fn serve(config: &Config, crm: Arc<Crm>, stopping: CancellationToken) -> Outcome {
    let options = LeptosOptions::builder().output_name("spindle").site_addr(config.listen).build();
    let door = Door { crm, stopping: stopping.clone(), assets: assets::read(&config.site)?, address: config.address(), options };
    let router = router(door, config);
    let listener =
        tokio::net::TcpListener::bind(config.listen).await.map_err(|cause| format!("{} cannot be listened on: {cause}", config.listen))?;
    announce(listener.local_addr()?);
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stopping.clone().cancelled_owned())
        .into_future();
    tokio::select! {
        served = serving => served?,
        () = grace(&stopping) => warn!("Some requests did not end in time"),
    }
    Ok(())
}

/// A request of which half came, or an answer nobody reads on, would keep a stopping server for ever.
async fn grace(stopping: &CancellationToken) {
    stopping.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

#[expect(clippy::print_stdout, reason = "who starts the program waits for this line")]
fn announce(address: SocketAddr) {
    info!("Listening");
    println!("listening on http://{address}");
}

fn router(door: Door, config: &Config) -> Router {
    let trust = Trust { behind_proxy: config.behind_proxy };
    let context = door.context();
    let mut pages = generate_route_list(app::App);
    // Two optional parts in a row, `inbox/:place?/:message?`, give `/inbox/{place}` and `/inbox/{message}`: one address to axum.
    let mut shapes = BTreeSet::new();
    pages.retain(|page| shapes.insert(shape(page.path())));
    let shell = {
        let options = door.options.clone();
        move || app::shell(options.clone())
    };
    let uploads = Router::new()
        .route("/template/{template}/file/{name}", post(files::add_to_template))
        .route("/draft/{draft}/file/{name}", post(files::add_to_draft))
        .layer(DefaultBodyLimit::disable())
        // A file is sent by itself, not in a form.
        .layer(RequestBodyLimitLayer::new(usize::try_from(model::template::MOST_FILES).unwrap_or(usize::MAX)));
    Router::new()
        .route("/live", get(live::live))
        .route("/message/{id}/body", get(message::body))
        .route("/message/{id}/attachment/{part}/{name}", get(message::attachment))
        .route("/message/{id}/raw", get(message::raw))
        .route("/template-file/{file}/{name}", get(files::of_template))
        .route("/draft-file/{file}/{name}", get(files::of_draft))
        .route("/phones/spindle.mobileconfig", get(phones::profile))
        .route("/oauth/begin", get(oauth::begin))
        .route(oauth::BACK, get(oauth::callback))
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .leptos_routes_with_context(&door, pages, context, shell)
        .nest_service("/pkg", assets::service(&config.site))
        .fallback(not_found)
        .layer(middleware::from_fn(guard::to_the_end))
        .layer(RequestBodyLimitLayer::new(MAX_REQUEST))
        .layer(middleware::from_fn(guard::little_from_strangers))
        .merge(uploads)
        .layer(middleware::from_fn(guard::own_pages_only))
        .layer(middleware::from_fn_with_state(dav::Door::new(Arc::clone(&door.crm)), phones::phones_first))
        .layer(middleware::from_fn_with_state(trust, guard::name_client))
        .layer(middleware::from_fn(guard::headers))
        .layer(CatchPanicLayer::new())
        .with_state(door)
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with([':', '{']) { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// The app draws its own "not found" page, with the right status.
async fn not_found(State(door): State<Door>, request: Request<Body>) -> Response {
    let options = door.options.clone();
    let draw = leptos_axum::render_app_async_with_context(door.context(), move || app::shell(options.clone()));
    let mut response = draw(request).await.into_response();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
