//! What people do with messages besides reading them: to many at once, with a way back; putting off, notes, tasks.

use crate::contact::ContactRef;
use crate::inbox::MessageFilter;
use crate::{ActId, Civil, ContactId, Day, Invalid, MessageId, NoteId, Problem, TaskId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which messages are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    These(Vec<MessageId>),
    /// All of one's own that match, however many: nobody carries their ids about.
    All(MessageFilter),
}

/// What is done to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    Read(bool),
    Finish(bool),
    Delete(bool),
    Highlight(bool),
    Private(bool),
    /// Into SPAM, or out of it to where it came.
    Spam(bool),
    Snooze(Snooze),
    /// Back from being put off, before its time.
    Wake,
}

/// Until when something is put off. The office's clock says when that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Snooze {
    /// Three hours from now.
    Later,
    Tomorrow,
    /// The next Monday that is not today.
    NextWeek,
    On(Day),
}

impl Snooze {
    /// The day it comes back, where that is another day.
    pub fn day(self, today: Day) -> Option<Day> {
        match self {
            Self::Later => None,
            Self::Tomorrow => Some(today.plus_days(1)),
            Self::NextWeek => Some(today.plus_days(8 - i64::from(today.weekday()))),
            Self::On(day) => Some(day),
        }
    }
}

/// How far an act came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Messages that are now otherwise than they were.
    pub count: u32,
    /// Undoes it. Absent when nothing was changed.
    pub act: Option<ActId>,
}

/// What colleagues say to each other about a message; nobody outside sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub id: NoteId,
    pub author: String,
    pub mine: bool,
    pub text: String,
    pub at: Civil,
}

/// Characters in one note.
pub const NOTE_MAX: u16 = 4_000;
/// Characters in the title of a task.
pub const TITLE_MAX: u16 = 200;

/// A note as typed, fit to be kept.
pub fn read_note(text: &str) -> Result<String, Invalid> {
    read_line("text", text, NOTE_MAX)
}

fn read_line(field: &'static str, text: &str, max: u16) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::new(field, Problem::Missing));
    }
    if text.chars().count() > usize::from(max) {
        return Err(Invalid::new(field, Problem::TooLong(max)));
    }
    Ok(text.to_owned())
}

/// A task as it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskForm {
    pub title: String,
    /// As a date field gives it, `2026-11-30`; empty: whenever.
    pub due: String,
    /// Absent: oneself.
    pub assignee: Option<UserId>,
    pub contact: Option<ContactId>,
    pub message: Option<MessageId>,
}

impl TaskForm {
    pub fn title(&self) -> Result<String, Invalid> {
        read_line("title", &self.title, TITLE_MAX)
    }

    pub fn due(&self) -> Result<Option<Day>, Invalid> {
        let due = self.due.trim();
        if due.is_empty() {
            return Ok(None);
        }
        due.parse().map(Some).map_err(|_| Invalid::new("due", Problem::NotADay))
    }

    pub fn problems(&self) -> Vec<Invalid> {
        [self.title().err(), self.due().err()].into_iter().flatten().collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub title: String,
    pub due: Option<Due>,
    pub done: bool,
    pub assignee: UserId,
    /// Who is to do it, by name; empty when that is the reader.
    pub assignee_name: String,
    pub contact: Option<ContactRef>,
    pub message: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub day: Day,
    /// 0 is today; less is late.
    pub days_from_today: i32,
}

/// Whose tasks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskFilter {
    /// One's own that are open, the most urgent first.
    Mine,
    /// About a contact: the open ones, then the latest that are done.
    Of(ContactId),
}

/// A colleague, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    pub id: UserId,
    pub name: String,
}

/// `2026-11-30`, as date fields and machines write it.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Not a day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchDay;

impl FromStr for Day {
    type Err = NoSuchDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let read = || Self::new(year?.parse().ok()?, month?.parse().ok()?, day?.parse().ok()?);
        read().filter(|_| parts.next().is_none()).ok_or(NoSuchDay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn days_are_written_as_they_are_read() {
        for text in ["2026-11-25", "2024-02-29", "1970-01-01", "2100-12-31"] {
            assert_eq!(day(text).to_string(), text);
            assert_eq!(Day::from_days(day(text).days()), day(text));
        }
        for text in ["", "2026-02-29", "2026-13-01", "2026-1", "2026-11-25-1", "x-y-z"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    /// [INB-14] Put off until another day is until that day of the office's calendar.
    #[test]
    fn putting_off() {
        let wednesday = day("2026-11-25");
        assert_eq!(wednesday.weekday(), 3);
        assert_eq!(Snooze::Tomorrow.day(wednesday), Some(day("2026-11-26")));
        assert_eq!(Snooze::NextWeek.day(wednesday), Some(day("2026-11-30")));
        assert_eq!(Snooze::NextWeek.day(day("2026-11-30")), Some(day("2026-12-07")), "not today");
        assert_eq!(Snooze::Later.day(wednesday), None);
    }

    #[test]
    fn what_a_task_lacks() {
        let form = TaskForm { title: " ".into(), due: "morgen".into(), ..TaskForm::default() };
        assert_eq!(form.problems(), [Invalid::new("title", Problem::Missing), Invalid::new("due", Problem::NotADay)]);
        let form = TaskForm { title: " Bellen ".into(), due: "2026-11-30".into(), ..TaskForm::default() };
        assert_eq!((form.title(), form.due()), (Ok("Bellen".into()), Ok(Some(day("2026-11-30")))));
    }
}
