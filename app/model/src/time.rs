//! Moments are what is stored; civil dates and times are what people read.
//! The server turns one into the other, so the browser carries no time-zone data.

use serde::{Deserialize, Serialize};

/// UTC microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    pub const MIN: Self = Self(0);

    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole days since 1970.
    pub fn days(self) -> i64 {
        self.seconds().div_euclid(86_400)
    }

    /// The moment this many seconds later (earlier when negative).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl From<i64> for Moment {
    fn from(micros: i64) -> Self {
        Self(micros)
    }
}

/// A date and time on the wall of the reader's office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Civil {
    pub year: i16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    /// Days from the reader's today: 0 is today, -1 yesterday.
    pub days_from_today: i32,
    /// 1 is Monday, 7 is Sunday.
    pub weekday: u8,
}

/// A day on the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day {
    pub year: i16,
    pub month: u8,
    pub day: u8,
}

impl From<Civil> for Day {
    fn from(Civil { year, month, day, .. }: Civil) -> Self {
        Self { year, month, day }
    }
}

impl Day {
    /// Nothing where the calendar has no such day.
    pub fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        let day = Self { year, month, day };
        ((1..=12).contains(&month) && Self::from_days(day.days()) == day).then_some(day)
    }

    /// Days since 1 January 1970. The year is taken to begin in March, so that the leap day is its last.
    pub fn days(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
    }

    pub fn from_days(days: i64) -> Self {
        let days = days.clamp(-1_000_000, 10_000_000) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        let narrow = |number: i64| u8::try_from(number).unwrap_or_default();
        Self { year: i16::try_from(year + era * 400 + next).unwrap_or(i16::MAX), month: narrow(month), day: narrow(day) }
    }

    pub fn plus_days(self, days: i64) -> Self {
        Self::from_days(self.days() + days)
    }

    /// 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> u8 {
        u8::try_from((self.days() + 3).rem_euclid(7) + 1).unwrap_or_default()
    }
}
