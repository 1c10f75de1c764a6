use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::template::{ActionTypes, FilledTemplate, Template, TemplateProperties, TemplateRow, TemplateVersion};
use model::{ContactId, TemplateFileId, TemplateId};

/// For whoever writes.
#[server(input = Json)]
pub async fn list_templates() -> Result<Vec<TemplateRow>, Fault> {
    Ok(session().await?.list_templates().await?)
}

/// For whoever writes: what a new message, a reply, a forward begins with.
#[server(input = Json)]
pub async fn open_action_types() -> Result<ActionTypes, Fault> {
    Ok(session().await?.action_types().await?)
}

/// Answers what was in force before.
#[server(input = Json)]
pub async fn set_action_types(types: ActionTypes) -> Result<ActionTypes, Fault> {
    Ok(session().await?.set_action_types(types).await?)
}

#[server(input = Json)]
pub async fn open_template(template: TemplateId) -> Result<Template, Fault> {
    Ok(session().await?.open_template(template).await?)
}

#[server(input = Json)]
pub async fn new_template(name: String) -> Result<TemplateId, Fault> {
    Ok(session().await?.new_template(name).await?)
}

#[server(input = Json)]
pub async fn copy_template(template: TemplateId, name: String) -> Result<TemplateId, Fault> {
    Ok(session().await?.copy_template(template, name).await?)
}

/// Answers the template as it is kept: without what was not safe in it.
#[server(input = Json)]
pub async fn save_template(template: TemplateId, version: i64, body: String) -> Result<Template, Fault> {
    let session = session().await?;
    session.save_template(template, version, body).await?;
    Ok(session.open_template(template).await?)
}

#[server(input = Json)]
pub async fn restore_template_version(template: TemplateId, version: i64, earlier: i64) -> Result<Template, Fault> {
    let session = session().await?;
    session.restore_template_version(template, version, earlier).await?;
    Ok(session.open_template(template).await?)
}

#[server(input = Json)]
pub async fn list_template_versions(template: TemplateId) -> Result<Vec<TemplateVersion>, Fault> {
    Ok(session().await?.list_template_versions(template).await?)
}

/// Answers them as they are kept.
#[server(input = Json)]
pub async fn edit_template_properties(
    template: TemplateId,
    before: TemplateProperties,
    form: TemplateProperties,
) -> Result<TemplateProperties, Fault> {
    let session = session().await?;
    session.edit_template_properties(template, before, form).await?;
    Ok(session.open_template(template).await?.properties)
}

#[server(input = Json)]
pub async fn remove_template(template: TemplateId) -> Result<(), Fault> {
    Ok(session().await?.remove_template(template).await?)
}

#[server(input = Json)]
pub async fn restore_template(template: TemplateId) -> Result<(), Fault> {
    Ok(session().await?.restore_template(template).await?)
}

#[server(input = Json)]
pub async fn remove_template_file(file: TemplateFileId) -> Result<(), Fault> {
    Ok(session().await?.remove_template_file(file).await?)
}

#[server(input = Json)]
pub async fn restore_template_file(file: TemplateFileId) -> Result<(), Fault> {
    Ok(session().await?.restore_template_file(file).await?)
}

/// What stands in the editor, saved or not, as this contact would get it.
#[server(input = Json)]
pub async fn preview_template(subject: String, body: String, contact: Option<ContactId>) -> Result<FilledTemplate, Fault> {
    Ok(session().await?.preview_template(subject, body, contact).await?)
}

/// The same, sent to whoever asks; answers the address it goes to.
#[server(input = Json)]
pub async fn send_template_test(template: TemplateId, subject: String, body: String, contact: Option<ContactId>) -> Result<String, Fault> {
    Ok(session().await?.send_template_test(template, subject, body, contact).await?)
}
