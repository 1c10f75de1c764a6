//! Automatic cleaning: how long what nobody needs stays in view, and how long it can be had back after that.

use crate::inbox::Place;
use crate::{Civil, Invalid, MessageId, Problem};
use serde::{Deserialize, Serialize};

/// Longer than ten years is as good as never.
pub const MOST_DAYS: u16 = 3_650;

/// The periods of a company, in days. Absent: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaning {
    /// From the day it came into the trash.
    pub trash: Option<u16>,
    /// From reception.
    pub spam: Option<u16>,
    /// From finishing; only what is linked to no contact.
    pub finished: Option<u16>,
    /// From the day it was removed: so long it can be brought back.
    pub backup: u16,
}

impl Default for Cleaning {
    fn default() -> Self {
        Self { trash: Some(30), spam: Some(30), finished: None, backup: 30 }
    }
}

impl Cleaning {
    pub fn days(self, why: Removal) -> Option<u16> {
        match why {
            Removal::Trash => self.trash,
            Removal::Spam => self.spam,
            Removal::Finished => self.finished,
        }
    }
}

/// Why a message was taken out of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    Trash,
    Spam,
    /// Finished, and linked to nobody.
    Finished,
}

impl Removal {
    pub const ALL: [Self; 3] = [Self::Trash, Self::Spam, Self::Finished];

    pub fn as_str(self) -> &'static str {
        self.place().as_str()
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// Where it stood.
    pub fn place(self) -> Place {
        match self {
            Self::Trash => Place::Trash,
            Self::Spam => Place::Spam,
            Self::Finished => Place::Finished,
        }
    }
}

/// The periods as they are typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleaningForm {
    pub trash: String,
    pub spam: String,
    pub finished: String,
    pub backup: String,
}

impl From<Cleaning> for CleaningForm {
    fn from(cleaning: Cleaning) -> Self {
        let word = |days: Option<u16>| days.map(|days| days.to_string()).unwrap_or_default();
        Self {
            trash: word(cleaning.trash),
            spam: word(cleaning.spam),
            finished: word(cleaning.finished),
            backup: cleaning.backup.to_string(),
        }
    }
}

impl CleaningForm {
    /// Blank and 0 are never, but for the backup: it has a length.
    pub fn read(&self) -> Result<Cleaning, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut period = |field: &str, typed: &str| match typed.trim() {
            "" => None,
            word => match word.parse::<u16>() {
                Ok(days) if days <= MOST_DAYS => Some(days).filter(|days| *days > 0),
                _ => {
                    wrong.push(Invalid::new(field, Problem::NotDays(MOST_DAYS)));
                    None
                }
            },
        };
        let (trash, spam, finished) = (period("trash", &self.trash), period("spam", &self.spam), period("finished", &self.finished));
        let backup = period("backup", &self.backup);
        if backup.is_none() && !wrong.iter().any(|invalid| invalid.field == "backup") {
            wrong.push(Invalid::new("backup", Problem::NoBackup));
        }
        match backup {
            Some(backup) if wrong.is_empty() => Ok(Cleaning { trash, spam, finished, backup }),
            _ => Err(wrong),
        }
    }
}

/// What one run did: numbers, and nothing of what it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleaned {
    pub trash: i64,
    pub spam: i64,
    pub finished: i64,
    /// Removed earlier, and gone for good now.
    pub destroyed: i64,
}

impl Cleaned {
    /// Taken out of view.
    pub fn removed(self) -> i64 {
        self.trash + self.spam + self.finished
    }
}

/// A message that was taken out of view and can still be had back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedMessage {
    pub id: MessageId,
    pub subject: String,
    /// Sender of incoming, first recipient of outgoing mail.
    pub who: String,
    /// In whose inbox it was; empty where he is gone.
    pub owner: String,
    pub why: Removal,
    pub removed: Civil,
    /// The first run after this destroys it.
    pub destroyed: Civil,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(trash: &str, spam: &str, finished: &str, backup: &str) -> CleaningForm {
        CleaningForm { trash: trash.into(), spam: spam.into(), finished: finished.into(), backup: backup.into() }
    }

    /// [CLN-06] Blank and 0 are never; the backup has a length.
    #[test]
    fn blank_is_never() {
        let read = form("", "0", " 14 ", "7").read().unwrap_or_default();
        assert_eq!(read, Cleaning { trash: None, spam: None, finished: Some(14), backup: 7 });
        assert_eq!(CleaningForm::from(read), form("", "", "14", "7"));
        assert_eq!(form("30", "30", "", "").read(), Err(vec![Invalid::new("backup", Problem::NoBackup)]));
        assert_eq!(form("30", "30", "", "0").read(), Err(vec![Invalid::new("backup", Problem::NoBackup)]));
    }

    /// [PRF-20] Every wrong number is told at its field, all at once.
    #[test]
    fn wrong_numbers_stand_at_their_fields() {
        let Err(wrong) = form("-1", "3651", "veel", "70000").read() else { panic!("read") };
        let fields: Vec<_> = wrong.iter().map(|invalid| invalid.field.as_str()).collect();
        assert_eq!(fields, ["trash", "spam", "finished", "backup"]);
        assert!(wrong.iter().all(|invalid| invalid.problem == Problem::NotDays(MOST_DAYS)));
    }
}
