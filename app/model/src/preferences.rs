//! Settings that change how things are shown, for everyone in the company, and the language and zone of one user.

use crate::clean::Cleaning;
use crate::registration::Language;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DateFormat {
    /// 31/12/2026
    #[default]
    DayMonthYear,
    /// 12/31/2026
    MonthDayYear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum InboxShows {
    /// `Toon gekoppelde relatie`
    #[default]
    LinkedContact,
    /// `Toon afzender / e-mailadres`
    Sender,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    pub language: Language,
    /// IANA name; the office's wall clock.
    pub time_zone: String,
    pub date_format: DateFormat,
    pub inbox_shows: InboxShows,
    /// `Toon communicatie van werknemers in het archief van werkgever`
    pub employees_in_archive: bool,
    /// `Behoud relatiekoppeling bij het doorsturen van een e-mail`
    pub forward_keeps_contacts: bool,
    /// Changed by a verb of its own.
    pub cleaning: Cleaning,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::default(),
            time_zone: "Europe/Amsterdam".into(),
            date_format: DateFormat::default(),
            inbox_shows: InboxShows::default(),
            employees_in_archive: true,
            forward_keeps_contacts: true,
            cleaning: Cleaning::default(),
        }
    }
}
