use crate::Fault;
#[cfg(feature = "ssr")]
use crate::session::session;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::TaskId;
use model::work::{Colleague, Task, TaskFilter, TaskForm};

#[server(input = Json)]
pub async fn list_tasks(filter: TaskFilter) -> Result<Vec<Task>, Fault> {
    Ok(session().await?.list_tasks(filter).await?)
}

#[server(input = Json)]
pub async fn add_task(form: TaskForm) -> Result<TaskId, Fault> {
    Ok(session().await?.add_task(form).await?)
}

#[server(input = Json)]
pub async fn set_task_done(id: TaskId, done: bool) -> Result<(), Fault> {
    Ok(session().await?.set_task_done(id, done).await?)
}

#[server(input = Json)]
pub async fn remove_task(id: TaskId) -> Result<(), Fault> {
    Ok(session().await?.remove_task(id).await?)
}

#[server(input = Json)]
pub async fn list_colleagues() -> Result<Vec<Colleague>, Fault> {
    Ok(session().await?.list_colleagues().await?)
}
