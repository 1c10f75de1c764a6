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
