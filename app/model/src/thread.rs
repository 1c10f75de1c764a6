//! What belongs together by its words: the last resort for answers that do not say what they answer (mail.md §1.4.11).

use crate::fold;
use crate::message::{Parsed, Participant, ParticipantRole};

/// An answer without a reference is looked for among what was said so long before it.
pub const TALK_SECONDS: i64 = 30 * 86_400;

/// Longer than any honest key; what is longer joins nothing.
const MAX_KEY: usize = 500;

/// Prefixes of answers and of forwarded letters, in the languages of our correspondents.
const REPLIES: [&str; 9] = ["re", "aw", "antw", "betr", "sv", "vs", "r", "odp", "ynt"];
const FORWARDS: [&str; 8] = ["fw", "fwd", "wg", "doorst", "vb", "tr", "rv", "i"];

/// The prefix before the first colon, `Re[2]` and `RE (2)` included, and what follows it.
fn prefix(subject: &str) -> Option<(&str, &str)> {
    let (prefix, after) = subject.split_once(':')?;
    Some((prefix.trim_end().split(['[', '(']).next().unwrap_or_default().trim_end(), after))
}

/// A subject to compare by: without prefixes of answers and forwards and `[tags]`, in any order and number.
pub fn bare_subject(subject: &str) -> String {
    let folded = fold::fold(subject);
    let mut rest = folded.as_str();
    loop {
        rest = rest.trim_start();
        if let Some(tagged) = rest.strip_prefix('[')
            && let Some((_, after)) = tagged.split_once(']')
            && !after.trim().is_empty()
        {
            rest = after;
        } else if let Some((word, after)) = prefix(rest)
            && (REPLIES.contains(&word) || FORWARDS.contains(&word))
        {
            rest = after;
        } else {
            return rest.to_owned();
        }
    }
}

/// Whether a subject says that it answers another message.
pub fn is_reply(subject: &str) -> bool {
    prefix(fold::fold(subject).trim_start()).is_some_and(|(word, _)| REPLIES.contains(&word))
}

/// Whether a subject says that it sends another message on.
pub fn is_forward(subject: &str) -> bool {
    prefix(fold::fold(subject).trim_start()).is_some_and(|(word, _)| FORWARDS.contains(&word))
}

/// Bare subject and people. Empty where that would say nothing: no subject, nobody, or more than fits.
pub fn talk_key(subject: &str, participants: &[Participant], left_out: u32) -> String {
    let mut people: Vec<String> = participants
        .iter()
        .filter(|who| matches!(who.role, ParticipantRole::From | ParticipantRole::To | ParticipantRole::Cc))
        .map(|who| fold::email_key(&who.address))
        .collect();
    people.sort_unstable();
    people.dedup();
    let subject = bare_subject(subject);
    let subject = subject.trim();
    if subject.is_empty() || people.len() < 2 || left_out > 0 {
        return String::new();
    }
    let key = format!("{subject}\n{}", people.join(" "));
    if key.len() > MAX_KEY { String::new() } else { key }
}

impl Parsed {
    /// An answer that names no message it answers: only its words can tell where it belongs.
    pub fn is_bare_reply(&self) -> bool {
        self.references.is_empty() && is_reply(&self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(addresses: &[&str]) -> Vec<Participant> {
        addresses
            .iter()
            .map(|address| Participant { role: ParticipantRole::To, name: String::new(), address: (*address).to_owned() })
            .collect()
    }

    #[test]
    fn subjects() {
        for (subject, bare, reply) in [
            ("Offerte", "offerte", false),
            ("Re: Offerte", "offerte", true),
            ("RE[2]: Antw: [lijst] Offerte", "offerte", true),
            ("Fwd: Offerte", "offerte", false),
            ("Aw: Re: Offerte", "offerte", true),
            ("Offerte: de tweede", "offerte: de tweede", false),
            ("Re:", "", true),
            ("", "", false),
        ] {
            assert_eq!((bare_subject(subject).as_str(), is_reply(subject)), (bare, reply), "{subject}");
        }
    }

    #[test]
    fn forwards() {
        for (subject, wanted) in [
            ("Fwd: x", true),
            ("FW: x", true),
            ("WG: x", true),
            ("Fw (2): x", true),
            ("Re: Fwd: x", false),
            ("Offerte: x", false),
            ("Forward: x", false),
            ("", false),
        ] {
            assert_eq!(is_forward(subject), wanted, "{subject}");
        }
    }

    #[test]
    fn talks() {
        let key = talk_key("Re: Offerte", &people(&["B@x.example", "a@x.example", "b@X.example"]), 0);
        assert_eq!(key, talk_key("offerte", &people(&["a@x.example", "b@x.example"]), 0));
        assert_ne!(key, talk_key("offerte", &people(&["a@x.example", "c@x.example"]), 0), "other people");
        assert_eq!(talk_key("Re: ", &people(&["a@x.example", "b@x.example"]), 0), "", "no subject");
        assert_eq!(talk_key("offerte", &people(&["a@x.example", "b@x.example"]), 3), "", "more people than are known");
        assert_eq!(talk_key("offerte", &people(&["a@x.example"]), 0), "", "nobody to talk with");
    }
}
