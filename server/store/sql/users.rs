//! Users and preferences.

use super::{Tx, err, unknown};
use async_trait::async_trait;
use crm::Result;
use crm::ports::{UserRow, Users};
use model::clean::Cleaning;
use model::inbox::{ChangeKind, Entity};
use model::preferences::{DateFormat, InboxShows, Preferences};
use model::registration::Language;
use model::{Role, UserId};
use sqlx::{query, query_as};
use uuid::Uuid;

struct UserSql {
    id: Uuid,
    first_name: String,
    last_name: String,
    email: String,
    role: String,
}

impl UserSql {
    fn row(self) -> Result<UserRow> {
        Ok(UserRow {
            id: self.id.into(),
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            role: Role::from_word(&self.role).ok_or_else(unknown("users.role"))?,
        })
    }
}

#[async_trait]
impl Users for Tx {
    async fn add_user(&mut self, row: &UserRow) -> Result<()> {
        query!(
            "INSERT INTO users (id, first_name, last_name, email, role) VALUES ($1, $2, $3, $4, $5)",
            row.id.0,
            row.first_name,
            row.last_name,
            row.email,
            row.role.as_str()
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::User, row.id.0, ChangeKind::Added);
        Ok(())
    }

    async fn find_user(&mut self, id: UserId) -> Result<Option<UserRow>> {
        query_as!(UserSql, "SELECT id, first_name, last_name, email, role FROM users WHERE id = $1", id.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?
            .map(UserSql::row)
            .transpose()
    }

    async fn list_users(&mut self) -> Result<Vec<UserRow>> {
        query_as!(UserSql, "SELECT id, first_name, last_name, email, role FROM users ORDER BY id")
            .fetch_all(&mut *self.inner)
            .await
            .map_err(err)?
            .into_iter()
            .map(UserSql::row)
            .collect()
    }

    async fn preferences(&mut self) -> Result<(String, Preferences)> {
        let row = query!(
            "SELECT name, language, time_zone, date_format, inbox_shows, employees_in_archive, forward_keeps_contacts,
                 clean_trash, clean_spam, clean_finished, clean_backup
             FROM company WHERE id = 1"
        )
        .fetch_optional(&mut *self.inner)
        .await
        .map_err(err)?;
        let days = |number: Option<i64>| number.and_then(|number| u16::try_from(number).ok());
        let Some(row) = row else { return Ok((String::new(), Preferences::default())) };
        let preferences = Preferences {
            language: Language::from_tag(&row.language).ok_or_else(unknown("company.language"))?,
            time_zone: row.time_zone,
            date_format: match row.date_format.as_str() {
                "month_day_year" => DateFormat::MonthDayYear,
                _ => DateFormat::DayMonthYear,
            },
            inbox_shows: match row.inbox_shows.as_str() {
                "sender" => InboxShows::Sender,
                _ => InboxShows::LinkedContact,
            },
            employees_in_archive: row.employees_in_archive,
            forward_keeps_contacts: row.forward_keeps_contacts,
            cleaning: Cleaning {
                trash: days(row.clean_trash),
                spam: days(row.clean_spam),
                finished: days(row.clean_finished),
                // A number that cannot be read destroys nothing.
                backup: days(Some(row.clean_backup)).unwrap_or(u16::MAX),
            },
        };
        Ok((row.name, preferences))
    }

    async fn put_preferences(&mut self, company: &str, preferences: &Preferences) -> Result<()> {
        let date_format = match preferences.date_format {
            DateFormat::DayMonthYear => "day_month_year",
            DateFormat::MonthDayYear => "month_day_year",
        };
        let inbox_shows = match preferences.inbox_shows {
            InboxShows::LinkedContact => "linked_contact",
            InboxShows::Sender => "sender",
        };
        let cleaning = preferences.cleaning;
        query!(
            "INSERT INTO company (
                 id, name, language, time_zone, date_format, inbox_shows, employees_in_archive, forward_keeps_contacts,
                 clean_trash, clean_spam, clean_finished, clean_backup
             )
             VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (id) DO UPDATE SET
                 name = excluded.name,
                 language = excluded.language,
                 time_zone = excluded.time_zone,
                 date_format = excluded.date_format,
                 inbox_shows = excluded.inbox_shows,
                 employees_in_archive = excluded.employees_in_archive,
                 forward_keeps_contacts = excluded.forward_keeps_contacts,
                 clean_trash = excluded.clean_trash,
                 clean_spam = excluded.clean_spam,
                 clean_finished = excluded.clean_finished,
                 clean_backup = excluded.clean_backup",
            company,
            preferences.language.tag(),
            preferences.time_zone,
            date_format,
            inbox_shows,
            preferences.employees_in_archive,
            preferences.forward_keeps_contacts,
            cleaning.trash.map(i64::from),
            cleaning.spam.map(i64::from),
            cleaning.finished.map(i64::from),
            i64::from(cleaning.backup)
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::Preferences, Uuid::nil(), ChangeKind::Changed);
        Ok(())
    }
}
