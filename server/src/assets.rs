//! The built style, scripts and fonts: named by their content, so a browser keeps them for ever.

use crate::Outcome;
use axum::http::{HeaderName, HeaderValue, header};
use std::path::Path;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::{SetResponseHeader, SetResponseHeaderLayer};

/// The names the build gave them.
pub(crate) fn read(site: &Path) -> Outcome<app::Assets> {
    let path = site.join("assets.json");
    let text = std::fs::read_to_string(&path)
        .map_err(|cause| format!("{} cannot be read: {cause}. Build the site first, or name its folder with --site.", path.display()))?;
    Ok(serde_json::from_str(&text).map_err(|cause| format!("{}: {cause}", path.display()))?)
}

/// Brotli or gzip as they were written by the build, whichever the browser takes.
pub(crate) fn service(site: &Path) -> SetResponseHeader<ServeDir, HeaderValue> {
    const CACHE: HeaderName = header::CACHE_CONTROL;
    ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(CACHE, HeaderValue::from_static("public, max-age=31536000, immutable")))
        .service(ServeDir::new(site.join("pkg")).precompressed_br().precompressed_gzip())
}
