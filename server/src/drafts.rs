//! Files of letters, which are too big for a form.

use crate::message::download;
use crate::web::{Door, fail};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{DraftFileId, DraftId};

/// The body is the file; its kind is what the browser says it is.
pub(crate) async fn add_file(
    State(door): State<Door>,
    Path((draft, name)): Path<(String, String)>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, StatusCode> {
    let session = door.session(&headers).await?;
    let draft: DraftId = draft.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    let mime = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    session.attach(draft, name, mime, bytes).await.map_err(|cause| fail(&cause))?;
    Ok(StatusCode::CREATED)
}

/// Always a download, never shown in the page's own origin.
pub(crate) async fn file(State(door): State<Door>, Path((id, _)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let opened = async {
        let session = door.session(&headers).await?;
        let id: DraftFileId = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
        session.open_draft_file(id).await.map_err(|cause| fail(&cause))
    };
    match opened.await {
        Ok((file, bytes)) => download(&file.name, bytes),
        Err(refused) => refused.into_response(),
    }
}
