//! `Error` is what callers branch on. What a person is told of it is decided at the doors.

use model::Invalid;
use model::outgoing::SendFault;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Not there, or not this session's to see")]
    NotFound,
    #[error("Not allowed for this role")]
    Denied,
    #[error("Not logged in")]
    SignIn,
    #[error("Refused input: {0:?}")]
    Invalid(Vec<Invalid>),
    /// Too many attempts; the seconds until the next is listened to.
    #[error("Too many attempts, next in {0} s")]
    TooMany(u32),
    /// Somebody else was first: a unique value is taken, a row still in use. Names the constraint, `logins.email_key`.
    #[error("Conflict on {0}")]
    Conflict(String),
    /// The mailbox's own server would not have a letter that was to go at once.
    #[error("A letter was not taken")]
    Unsent(SendFault),
    #[error("The key does not open this database")]
    WrongKey,
    /// Another node holds the lease by now: stop writing.
    #[error("The lease of the company was lost")]
    LeaseLost,
    #[error("No space left where the data is kept")]
    DiskFull,
    #[error("{0}")]
    Internal(String, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

impl Error {
    pub fn internal(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(what.into(), Some(source.into()))
    }

    pub fn bug(what: impl Into<String>) -> Self {
        Self::Internal(what.into(), None)
    }

    pub fn invalid(field: &str, problem: model::Problem) -> Self {
        Self::Invalid(vec![Invalid::new(field, problem)])
    }
}
