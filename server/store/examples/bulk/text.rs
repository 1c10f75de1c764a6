//! Mail that looks like mail to an index: few words are common and most are rare, as Zipf found, and so are the people who write.

use crm::ports::NewMessage;
use model::Moment;
use model::message::{AttachmentMeta, Flags, Parsed, Participant, ParticipantRole};
use std::fmt::Write as _;
use uuid::Uuid;

pub(crate) const VOCABULARY: u64 = 200_000;
pub(crate) const USERS: u64 = 10;
/// A message every so many seconds.
const PACE: i64 = 90;
const NEWEST: i64 = 1_790_000_000;

pub(crate) fn id<T: From<Uuid>>(n: u64) -> T {
    T::from(Uuid::from_u64_pair(0x0199_0000_0000_7000, 0x8000_0000_0000_0000 | n))
}

/// SplitMix64: the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low))
    }

    /// A rank below `n`; each twice as far down comes half as often.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ranks are small")]
    pub(crate) fn rank(&mut self, n: u64) -> u64 {
        let part = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((n as f64).powf(part) as u64).saturating_sub(1).min(n - 1)
    }
}

/// The word of this rank, of syllables: common ones are short, and many begin alike.
pub(crate) fn word(rank: u64) -> String {
    const HEADS: [&str; 20] = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "st", "kr", "sch", "br"];
    const TAILS: [&str; 12] = ["a", "e", "i", "o", "u", "aan", "eer", "ing", "oe", "ij", "ak", "en"];
    let mut left = rank + 240;
    let mut word = String::new();
    while left > 0 {
        let syllable = usize::try_from(left % 240).unwrap_or_default();
        word.push_str(HEADS[syllable / 12]);
        word.push_str(TAILS[syllable % 12]);
        left /= 240;
    }
    word
}

pub(crate) fn name(contact: u64) -> (String, String) {
    let mut dice = Dice(contact ^ 0xc0ff_ee00);
    (word(dice.rank(2_000)), word(2_000 + dice.rank(20_000)))
}

pub(crate) fn address(contact: u64) -> String {
    let (first, last) = name(contact);
    format!("{first}.{last}{contact}@{}.example", word(30_000 + contact / 7))
}

fn sentence(dice: &mut Dice, words: u64) -> String {
    let mut text = String::new();
    for n in 0..words {
        let rank = dice.rank(VOCABULARY);
        _ = write!(text, "{}{}", if n == 0 { "" } else { " " }, word(rank));
    }
    text
}

/// The n-th message, oldest first.
pub(crate) fn message(n: u64, of: u64, contacts: u64) -> NewMessage {
    let mut dice = Dice(n.wrapping_mul(0x2545_f491_4f6c_dd1d));
    // The first user has half of all mail.
    let user = if dice.below(2) == 0 { 0 } else { dice.below(USERS) };
    let outgoing = dice.below(4) == 0;
    let contact = dice.rank(contacts);
    let person = |role, who: u64| {
        let (first, last) = name(who);
        Participant { role, name: format!("{first} {last}"), address: address(who) }
    };
    let own = |role| Participant { role, name: format!("Gebruiker {user}"), address: format!("gebruiker{user}@bedrijf.example") };
    let mut participants = if outgoing {
        vec![own(ParticipantRole::From), person(ParticipantRole::To, contact)]
    } else {
        vec![person(ParticipantRole::From, contact), own(ParticipantRole::To)]
    };
    if dice.below(5) == 0 {
        participants.push(person(ParticipantRole::Cc, dice.rank(contacts)));
    }
    let attachments = if dice.below(8) == 0 {
        vec![AttachmentMeta {
            part: 1,
            name: format!("{}.pdf", sentence(&mut dice, 2)),
            mime: "application/pdf".into(),
            size: 50_000,
            content_id: None,
            inline: false,
        }]
    } else {
        vec![]
    };
    let words = dice.between(40, 160);
    let text = sentence(&mut dice, words);
    let place = |number: u64| i64::try_from(number).unwrap_or_default();
    NewMessage {
        id: id(n),
        account: id(user),
        owner: id(user),
        // Each user has an inbox, sent items and a folder for what is filed.
        location: Some((id(user * 3 + if outgoing { 1 } else { dice.below(2) * 2 }), place(n))),
        flags: Flags { seen: outgoing || n + 2_000 < of || dice.below(3) == 0, ..Flags::default() },
        at: Moment::from_seconds(NEWEST - place(of - n) * PACE),
        outgoing,
        parsed: Parsed {
            message_id: format!("{n}.abc@voorbeeld.example"),
            fingerprint: n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes().repeat(2).try_into().unwrap_or_default(),
            references: vec![format!("{}.abc@voorbeeld.example", n / 2)],
            subject: sentence(&mut dice, 5),
            participants,
            snippet: text.chars().take(120).collect(),
            search_text: text,
            attachments,
            size: 4_000,
            ..Parsed::default()
        },
        pack: id(n / 250),
        offset: 0,
        len: 4_000,
    }
}
