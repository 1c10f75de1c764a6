//! What a letter is besides what it says: sealed, written by a program, a report that another did not arrive, an invitation.

use crate::Civil;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nature {
    pub seal: Option<Seal>,
    /// No person wrote it (RFC 3834).
    pub automatic: Option<Automatic>,
    /// Whom a letter did not reach (RFC 3464).
    pub undelivered: Vec<Undelivered>,
    pub invitation: Option<Invitation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub scheme: Scheme,
    /// Otherwise signed. Neither is checked here: that takes keys which only the reader has.
    pub encrypted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scheme {
    /// RFC 8551.
    SMime,
    /// RFC 3156, or in the text itself (RFC 9580 §7).
    OpenPgp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Automatic {
    /// An answer, such as that somebody is away.
    Replied,
    /// Sent by itself, such as the confirmation of an order.
    Generated,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undelivered {
    pub address: String,
    /// Tried again by the server that says so; otherwise given up.
    pub delayed: bool,
    /// Such as `5.1.1` (RFC 3463); may be empty.
    pub status: String,
    /// What the other server said.
    pub diagnostic: String,
}

/// A meeting (RFC 5546).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub method: Method,
    pub summary: String,
    pub place: String,
    /// Name or address.
    pub organizer: String,
    pub starts: Civil,
    /// The last day, where it lasts whole days.
    pub ends: Option<Civil>,
    pub all_day: bool,
    pub repeats: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Request,
    Cancel,
    /// Somebody answers an invitation.
    Reply(Answer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Accepted,
    Declined,
    Tentative,
}

impl Answer {
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Tentative, Self::Declined];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == word)
    }
}

/// What its reader said to an invitation, and whether there is anything to say to it still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub answered: Option<Answer>,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Open,
    /// It was held by now, or should have been.
    Over,
    /// A newer invitation to the same meeting came.
    Replaced,
    CalledOff,
}

/// What an answer is told in words of, for whoever words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredMeeting {
    pub answer: Answer,
    /// Whoever answers.
    pub name: String,
    pub summary: String,
    pub starts: Civil,
    /// As `Invitation::ends`.
    pub ends: Option<Civil>,
    pub all_day: bool,
}

/// What a letter tells of another that was sent before it (RFC 3464).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Message-IDs without brackets that the other may have, the likeliest first.
    pub about: Vec<String>,
    pub undelivered: Vec<Undelivered>,
    /// Addresses that have it.
    pub delivered: Vec<String>,
}

/// Which meeting a letter asks for or calls off, and which version of it this is (RFC 5546 §2.1.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    pub uid: String,
    /// Of one meeting out of a row, which; empty: the whole.
    pub recurrence: String,
    /// Address; what others say of a meeting is nothing to it.
    pub organizer: String,
    pub sequence: i64,
    /// When it was written, in seconds: of two versions with one number, the later counts.
    pub stamp: i64,
    pub cancels: bool,
}
