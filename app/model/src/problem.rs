//! What can be wrong with a value, told by field. The words stand in the rooms, in every language.

use crate::fold;
use serde::{Deserialize, Serialize};

/// One field that was refused, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// The form's own name of the field: `email`, `first_name`, `host`.
    pub field: String,
    pub problem: Problem,
}

impl Invalid {
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self { field: field.into(), problem }
    }

    /// What is wrong with an e-mail address that has to be there.
    pub fn address(field: &str, typed: &str) -> Option<Self> {
        let problem = match typed.trim() {
            "" => Problem::Missing,
            typed if fold::is_email_address(typed) => return None,
            _ => Problem::NotAnEmailAddress,
        };
        Some(Self::new(field, problem))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Missing,
    /// Longer than the given number of characters.
    TooLong(u16),
    /// No day of the calendar, or one that is over.
    NotADay,
    NotAnEmailAddress,
    NotAPhoneNumber,
    NotAWebAddress,
    NotAHostName,
    NotAPort,
    PasswordTooShort,
    PasswordNeedsLowercase,
    PasswordNeedsUppercase,
    PasswordNeedsDigit,
    /// The login address is in use: log in, or reset the password.
    EmailInUse,
    /// E-mail address or password is wrong; which of the two is not said.
    WrongCredentials,
    /// The password given as the current one is not.
    WrongPassword,
    /// A one-time link that was used, replaced or has expired.
    LinkExpired,
    /// The same value stands here already.
    AlreadyThere,
    /// The thing pointed at is not there (any more).
    Unknown,
    /// A contact cannot be its own employer, and an employer cannot itself have one.
    EmployerLoop,
    /// No whole number of days, or more than this many.
    NotDays(u16),
    /// What was removed is to be kept for a day at least.
    NoBackup,
    NotAnIban,
    NotABic,
    NotAKvkNumber,
    NotAVatNumber,
    NotADomain,
    /// Of its bytes, no picture that every mail program shows.
    NotAPicture,
    /// It may hold programs, and mail programs do not show it.
    SvgPicture,
    /// More than this many megabytes.
    TooBig(u16),
    /// A page so crooked, or so deep, that it cannot be made safe.
    UnreadableHtml,
    /// The edition allows so many mail accounts for each user, and no more.
    TooManyAccounts(u8),
    /// A letter goes to somebody.
    NoRecipient,
    /// More than this many.
    TooManyRecipients(u16),
    /// The mailbox that it came to, and that would answer, is connected no more.
    NoMailbox,
    /// One's own mailbox has this address: it can be sent from already.
    OwnMailbox,
    /// No code has these digits.
    NotACode,
    /// The code is another one.
    WrongCode,
    /// The code is too old, or was guessed at too often.
    CodeLapsed,
}
