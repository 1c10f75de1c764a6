//! Files of letters and of templates, which are too big for a form: each is a request, or an answer, of its own.

use crate::message::download;
use crate::web::{Door, fail};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{DraftFileId, DraftId, TemplateFileId, TemplateId};
use std::str::FromStr;

type Named = Path<(String, String)>;

/// The body is the file; its kind is what the browser says it is.
pub(crate) async fn add_to_template(
    State(door): State<Door>,
    Path((template, name)): Named,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, StatusCode> {
    let session = door.session(&headers).await?;
    let template: TemplateId = known(&template)?;
    session.add_template_file(template, name, kind(&headers), bytes).await.map_err(|cause| fail(&cause))?;
    Ok(StatusCode::CREATED)
}

pub(crate) async fn add_to_draft(
    State(door): State<Door>,
    Path((draft, name)): Named,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, StatusCode> {
    let session = door.session(&headers).await?;
    let draft: DraftId = known(&draft)?;
    session.attach(draft, name, kind(&headers), bytes).await.map_err(|cause| fail(&cause))?;
    Ok(StatusCode::CREATED)
}

pub(crate) async fn of_template(State(door): State<Door>, Path((id, _)): Named, headers: HeaderMap) -> Response {
    let opened = async {
        let session = door.session(&headers).await?;
        let id: TemplateFileId = known(&id)?;
        session.open_template_file(id).await.map(|(file, bytes)| (file.name, bytes)).map_err(|cause| fail(&cause))
    };
    handed(opened.await)
}

pub(crate) async fn of_draft(State(door): State<Door>, Path((id, _)): Named, headers: HeaderMap) -> Response {
    let opened = async {
        let session = door.session(&headers).await?;
        let id: DraftFileId = known(&id)?;
        session.open_draft_file(id).await.map(|(file, bytes)| (file.name, bytes)).map_err(|cause| fail(&cause))
    };
    handed(opened.await)
}

fn known<T: FromStr>(id: &str) -> Result<T, StatusCode> {
    id.parse().map_err(|_| StatusCode::NOT_FOUND)
}

fn kind(headers: &HeaderMap) -> String {
    headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned()
}

/// Always a download, never shown in the page's own origin.
fn handed(opened: Result<(String, Vec<u8>), StatusCode>) -> Response {
    match opened {
        Ok((name, bytes)) => download(&name, bytes),
        Err(refused) => refused.into_response(),
    }
}
