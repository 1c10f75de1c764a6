//! Tasks: what is to be done, by whom, about whom.

use crate::ports::{TaskRow, TasksOf, Tx, UserRow};
use crate::{Error, Result, Session};
use model::work::{Due, Task, TaskFilter, TaskForm};
use model::{Day, Problem, TaskId};

/// Tasks in one list; who has more open needs another tool.
const LISTED: i64 = 200;

impl Session {
    /// A new task. One made from a message is about the contact that the message is linked to, unless another is named.
    pub async fn add_task(&self, form: TaskForm) -> Result<TaskId> {
        let (Ok(title), Ok(due)) = (form.title(), form.due()) else { return Err(Error::Invalid(form.problems())) };
        let mut tx = self.write().await?;
        let mut contact = form.contact;
        if let Some(message) = form.message {
            let record = self.readable(&mut *tx, message).await?;
            if contact.is_none() {
                contact = match record.contact {
                    Some(who) => Some(who.id),
                    None => tx.links_of(message).await?.first().map(|link| link.contact.id),
                };
            }
        }
        if let Some(contact) = contact {
            crate::inbox::live_contact(&mut *tx, contact).await?;
        }
        let assignee = form.assignee.unwrap_or(self.user.id);
        tx.find_user(assignee).await?.ok_or_else(|| Error::invalid("assignee", Problem::Unknown))?;
        let row = TaskRow {
            id: self.crm.new_id(),
            title,
            due_day: due.map(Day::days),
            done_at: None,
            author: self.user.id,
            assignee,
            contact,
            message: form.message,
            at: self.crm.now(),
        };
        tx.put_task(&row).await?;
        tx.commit().await?;
        Ok(row.id)
    }

    /// Anybody in the company may: what is done is done.
    pub async fn set_task_done(&self, id: TaskId, done: bool) -> Result<()> {
        let mut tx = self.write().await?;
        let row = tx.find_task(id).await?.ok_or(Error::NotFound)?;
        if row.done_at.is_some() != done {
            let done_at = done.then(|| self.crm.now());
            tx.put_task(&TaskRow { done_at, ..row }).await?;
        }
        tx.commit().await
    }

    /// By whoever made it or is to do it.
    pub async fn remove_task(&self, id: TaskId) -> Result<()> {
        let mut tx = self.write().await?;
        let row = tx.find_task(id).await?.ok_or(Error::NotFound)?;
        if row.author != self.user.id && row.assignee != self.user.id {
            return Err(Error::Denied);
        }
        tx.remove_task(id).await?;
        tx.commit().await
    }

    pub async fn list_tasks(&self, filter: TaskFilter) -> Result<Vec<Task>> {
        let mut tx = self.read().await?;
        let of = match filter {
            TaskFilter::Mine => TasksOf::Assignee(self.user.id),
            TaskFilter::Of(contact) => TasksOf::Contact(contact),
        };
        let rows = tx.list_tasks(of, LISTED).await?;
        let users = tx.list_users().await?;
        let mut tasks = Vec::with_capacity(rows.len());
        for row in rows {
            tasks.push(self.task(&mut *tx, row, &users).await?);
        }
        Ok(tasks)
    }

    async fn task(&self, tx: &mut dyn Tx, row: TaskRow, users: &[UserRow]) -> Result<Task> {
        let today = self.today().days();
        let mine = row.assignee == self.user.id;
        let contact = match row.contact {
            Some(id) => tx.contact_ref(id).await?,
            None => None,
        };
        // Whoever may not read the message it was made from is not led there.
        let message = match row.message {
            Some(id) => self.readable(tx, id).await.ok().map(|record| record.id),
            None => None,
        };
        Ok(Task {
            id: row.id,
            title: row.title,
            due: row.due_day.map(|day| Due { day: Day::from_days(day), days_from_today: i32::try_from(day - today).unwrap_or(i32::MAX) }),
            done: row.done_at.is_some(),
            assignee: row.assignee,
            assignee_name: users.iter().find(|user| user.id == row.assignee && !mine).map(name_of).unwrap_or_default(),
            contact,
            message,
        })
    }
}

pub(crate) fn name_of(user: &UserRow) -> String {
    format!("{} {}", user.first_name, user.last_name).trim().to_owned()
}
