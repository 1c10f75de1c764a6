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
