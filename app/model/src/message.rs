//! A message as parsed from its raw bytes: everything the database keeps of it. The raw bytes themselves lie sealed in a pack.

use crate::Moment;
use crate::nature::{Notice, Report};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantRole {
    From,
    To,
    Cc,
    Bcc,
    ReplyTo,
}

impl ParticipantRole {
    pub const ALL: [Self; 5] = [Self::From, Self::To, Self::Cc, Self::Bcc, Self::ReplyTo];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
            Self::ReplyTo => "reply_to",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    pub role: ParticipantRole,
    /// The display name; may be empty.
    pub name: String,
    /// As written in the message.
    pub address: String,
}

/// An attachment as listed. `part` is its number in the parsed message, by which its bytes are read from the raw message again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentMeta {
    pub part: u32,
    /// Safe as a file name on every system.
    pub name: String,
    pub mime: String,
    /// Decoded size in bytes.
    pub size: u64,
    /// `Content-ID` without its brackets, when the body can point at it.
    pub content_id: Option<String>,
    /// Shown inside the body rather than beside it.
    pub inline: bool,
}

/// What parsing a raw message yields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Normalised `Message-ID` without brackets, or one made from the bytes when it has none.
    pub message_id: String,
    /// With the Message-ID it identifies a message: some senders repeat ids (mail.md §1.4.10).
    pub fingerprint: [u8; 16],
    /// `In-Reply-To` and `References`, normalised, oldest first.
    pub references: Vec<String>,
    /// The `Date` header where it is believable.
    pub sent_at: Option<Moment>,
    pub subject: String,
    pub participants: Vec<Participant>,
    /// How many more participants there were than are kept.
    pub participants_left_out: u32,
    pub attachments: Vec<AttachmentMeta>,
    /// The first words of the body, for lists.
    pub snippet: String,
    /// Decoded text to search in, quotes stripped to the first level, cut at 64 kB.
    pub search_text: String,
    pub has_html: bool,
    pub size: u64,
    /// Why it could not be read: it is then kept raw and shown as such, never lost.
    pub quarantine: Option<Quarantine>,
    /// What it reports of letters that were sent. Absent: it is no report.
    pub report: Option<Report>,
    /// The meeting it asks for or calls off. Absent: none.
    pub notice: Option<Notice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quarantine {
    /// No header was found in it.
    NoHeader,
    /// The parser gave up.
    Unreadable,
    /// Larger than is fetched by itself.
    TooLarge,
}

impl Quarantine {
    pub const ALL: [Self; 3] = [Self::NoHeader, Self::Unreadable, Self::TooLarge];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too_large",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

impl Parsed {
    pub fn from(&self) -> Option<&Participant> {
        self.participants.iter().find(|p| p.role == ParticipantRole::From)
    }
}

/// The system flags of RFC 3501 §2.3.2 that are mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Flags {
    pub seen: bool,
    pub answered: bool,
    pub flagged: bool,
    pub deleted: bool,
    pub draft: bool,
}

impl Flags {
    /// As stored: one bit each.
    pub fn bits(self) -> i64 {
        i64::from(self.seen)
            | i64::from(self.answered) << 1
            | i64::from(self.flagged) << 2
            | i64::from(self.deleted) << 3
            | i64::from(self.draft) << 4
    }

    pub fn from_bits(bits: i64) -> Self {
        Self { seen: bits & 1 != 0, answered: bits & 2 != 0, flagged: bits & 4 != 0, deleted: bits & 8 != 0, draft: bits & 16 != 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_survive_their_bits() {
        for bits in 0..32 {
            assert_eq!(Flags::from_bits(bits).bits(), bits);
        }
    }
}
