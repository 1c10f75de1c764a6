//! Addresses that one sends from beside that of a mailbox (EML-25), and what DNS tells others about their domains.

use crate::{Civil, Invalid, MailAccountId, Problem, SenderId};
use serde::{Deserialize, Serialize};

/// Digits of the code that is mailed to a new address.
pub const CODE_DIGITS: usize = 6;
/// Characters of the name that recipients see.
const LONGEST_NAME: u16 = 200;

/// An address to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderForm {
    /// The mailbox through whose server its letters go.
    pub account: MailAccountId,
    pub address: String,
    /// Empty: that of whoever writes.
    #[serde(default)]
    pub name: String,
}

impl SenderForm {
    pub fn problems(&self) -> Vec<Invalid> {
        Invalid::address("address", &self.address).into_iter().chain(name_problem(&self.name)).collect()
    }
}

/// What is wrong with a name that recipients are to see.
pub fn name_problem(name: &str) -> Option<Invalid> {
    (name.trim().chars().count() > usize::from(LONGEST_NAME)).then(|| Invalid::new("name", Problem::TooLong(LONGEST_NAME)))
}

/// The digits of a code, however they were typed or pasted. `None`: it cannot be one.
pub fn read_code(typed: &str) -> Option<String> {
    let code: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (code.len() == CODE_DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

/// What the page of one's sender addresses shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnSenders {
    pub mailboxes: Vec<(MailAccountId, String)>,
    pub addresses: Vec<SenderAddress>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderAddress {
    pub id: SenderId,
    /// The address of the mailbox that it goes out through.
    pub mailbox: String,
    pub address: String,
    /// Empty: that of its owner.
    pub name: String,
    pub standing: SenderStanding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SenderStanding {
    /// Its owner has shown that he reads it: it is offered at `Van`.
    Verified,
    /// A code is on its way to it, and good until then.
    Asked(Civil),
    /// That code is too old, or was guessed at too often.
    Lapsed,
}

/// What DNS says of letters from one domain that go out through one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainRecords {
    pub domain: String,
    /// Through whose servers they go, where that is known.
    pub provider: Option<String>,
    /// The domain is a provider's own: what stands there is no affair of its customers.
    pub foreign: bool,
    /// Which machines may send.
    pub spf: Finding,
    /// The keys that letters are signed with.
    pub dkim: Finding,
    /// What is to be done with those that are neither.
    pub dmarc: Finding,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub verdict: Verdict,
    pub there: Vec<DnsRecord>,
    /// What is to stand there, in the place of what does.
    pub add: Vec<DnsRecord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    Good,
    Missing,
    /// There is one, and it does not do what is needed.
    Amiss,
    /// There are several, of which there may be but one: then none counts.
    Several,
    /// Nobody knows what is to be there.
    Unsure,
    /// DNS did not answer.
    Away,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsRecord {
    pub name: String,
    pub kind: RecordKind,
    /// Absent: only the provider can tell.
    pub value: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordKind {
    Txt,
    Cname,
}

impl RecordKind {
    /// As every DNS panel has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Txt => "TXT",
            Self::Cname => "CNAME",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [EML-25] A code is read as it is pasted, and nothing else is one.
    #[test]
    fn codes() {
        for typed in ["012345", " 012 345\n", "012-345"] {
            assert_eq!(read_code(typed).as_deref(), Some("012345"), "{typed:?}");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(read_code(typed), None, "{typed:?}");
        }
    }

    /// [EML-25]
    #[test]
    fn problems_stand_at_their_fields() {
        let form = |address: &str, name: &str| SenderForm {
            account: MailAccountId(uuid::Uuid::nil()),
            address: address.into(),
            name: name.into(),
        };
        assert_eq!(form(" info@alfa.example ", "").problems(), []);
        assert_eq!(form(" ", "").problems(), [Invalid::new("address", Problem::Missing)]);
        let both = [Invalid::new("address", Problem::NotAnEmailAddress), Invalid::new("name", Problem::TooLong(200))];
        assert_eq!(form("info", &"x".repeat(201)).problems(), both);
    }
}
