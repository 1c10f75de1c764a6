//! What somebody types in the search box, read without ever refusing: `offerte from:jan has:attachment na:maart -concept #vip`.
//!
//! Operators go by their Dutch and their English names. What cannot be read as one is looked for as plain words.

mod dates;
mod mark;
mod words;

pub use dates::Days;
pub use mark::{Piece, mark};
pub use words::{spaced, words_of};

use crate::contact::{ContactRow, Tag};
use crate::fold::fold;
use crate::inbox::{MessageRow, Place};
use crate::preferences::DateFormat;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// More than this nobody types; what was pasted by mistake is cut.
const CHARS: usize = 400;
const CLAUSES: usize = 16;
/// Fewer letters begin too many words to be a search for words that begin with them.
const PREFIX: usize = 2;

/// All of its clauses hold for what is found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Query {
    pub clauses: Vec<Clause>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// `-word`: what must not hold.
    pub not: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Words(Phrase),
    /// `has:attachment`
    Attachment,
    /// `in:spam`
    In(Place),
    /// `in:"Klanten 2026"`: a folder of the mailbox, by the beginning of its name, folded.
    Folder(String),
    /// `in:anywhere`: SPAM and the trash as well.
    Anywhere,
    /// `#vip`: the beginning of a tag's name, folded.
    Tag(String),
    /// `contact:bakker`: folded, as it is looked for among the contacts.
    Contact(String),
    /// `before:`, `after:`, `on:`
    At(Days),
}

/// Words that stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pub field: Field,
    /// Folded, never empty.
    pub words: Vec<String>,
    /// The last word is still being typed: what begins with it counts.
    pub prefix: bool,
    /// As typed, folded: phone numbers and addresses are looked up among the contacts by it.
    pub typed: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Any,
    From,
    To,
    Subject,
    File,
}

/// One operator as typed, in either language.
enum Operator {
    Field(Field),
    Has,
    In,
    Tag,
    Contact,
    Before,
    After,
    On,
}

impl Operator {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "from" | "van" | "afzender" => Self::Field(Field::From),
            "to" | "aan" | "ontvanger" => Self::Field(Field::To),
            "subject" | "onderwerp" | "betreft" => Self::Field(Field::Subject),
            "file" | "filename" | "attachment" | "bestand" | "bijlage" => Self::Field(Field::File),
            "has" | "heeft" | "met" => Self::Has,
            "in" | "folder" | "map" => Self::In,
            "tag" | "kenmerk" => Self::Tag,
            "contact" | "relatie" => Self::Contact,
            "before" | "voor" | "tot" => Self::Before,
            "after" | "since" | "na" | "sinds" | "vanaf" => Self::After,
            "on" | "op" => Self::On,
            _ => return None,
        })
    }
}

/// The names the places of messages go by.
fn place_named(name: &str) -> Option<Place> {
    Some(match name {
        "inbox" | "postvak" | "postvak in" => Place::Inbox,
        "sent" | "sent items" | "verzonden" | "verzonden items" => Place::Sent,
        "finished" | "done" | "afgerond" => Place::Finished,
        "snoozed" | "uitgesteld" => Place::Snoozed,
        "spam" | "junk" | "ongewenst" => Place::Spam,
        "trash" | "bin" | "prullenbak" => Place::Trash,
        _ => return None,
    })
}

impl Query {
    /// `today` and the order of day and month are the reader's office's.
    pub fn read(typed: &str, today: Day, order: DateFormat) -> Self {
        let typed: String = typed.chars().take(CHARS).collect();
        let tokens = tokens(&typed);
        let last = tokens.len().saturating_sub(1);
        let clauses = tokens.iter().enumerate().filter_map(|(at, token)| token.clause(at == last, today, order)).take(CLAUSES).collect();
        Self { clauses }
    }

    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The words that what is found has in it, to be marked.
    pub fn marks(&self) -> Vec<Mark> {
        let asked = self.clauses.iter().filter(|clause| !clause.not);
        asked
            .filter_map(|clause| match &clause.what {
                What::Words(phrase) => Some(Mark { words: phrase.words.clone(), prefix: phrase.prefix }),
                What::Contact(name) => Some(Mark { words: words_of(name), prefix: true }),
                _ => None,
            })
            .filter(|mark| !mark.words.is_empty())
            .collect()
    }

    /// What is looked for among the contacts; nothing when only messages are asked for.
    pub fn contact_words(&self) -> Option<String> {
        let asked = self.clauses.iter().filter(|clause| !clause.not);
        let words: Vec<_> = asked
            .filter_map(|clause| match &clause.what {
                What::Words(phrase) if phrase.field == Field::Any => Some(phrase.typed.clone()),
                What::Contact(name) => Some(name.clone()),
                What::Tag(name) => Some(format!("#{name}")),
                _ => None,
            })
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// A piece of what was typed: `-from:"Jan Bakker"`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Token {
    not: bool,
    /// What stands before the first colon, folded; never with an empty value.
    operator: Option<String>,
    value: String,
    quoted: bool,
    /// Nothing closes it: neither a quote nor a space.
    open: bool,
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn tokens(typed: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut letters = typed.chars().peekable();
    loop {
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            return tokens;
        }
        let mut token = Token { open: true, ..Token::default() };
        token.not = letters.next_if_eq(&'-').is_some();
        while let Some(c) = letters.next() {
            if c.is_whitespace() {
                token.open = false;
                break;
            }
            if is_quote(c) {
                token.quoted = true;
                token.value.push(' ');
                token.value.extend(std::iter::from_fn(|| letters.next_if(|c| !is_quote(*c))));
                token.open = letters.next().is_none();
                break;
            }
            if c == ':' && token.operator.is_none() && letters.peek().is_some_and(|next| !next.is_whitespace()) {
                token.operator = Some(fold(&std::mem::take(&mut token.value)));
                continue;
            }
            token.value.push(c);
        }
        tokens.push(token);
    }
}

impl Token {
    fn clause(&self, last: bool, today: Day, order: DateFormat) -> Option<Clause> {
        let value = fold(&self.value);
        let what = self.operation(&value, last, today, order).or_else(|| {
            if self.operator.is_none()
                && !self.quoted
                && let Some(tag) = value.strip_prefix('#').filter(|tag| !words_of(tag).is_empty())
            {
                return Some(What::Tag(tag.to_owned()));
            }
            // What is no operator after all keeps its colon: 10:30 are two words side by side.
            let typed = self.operator.iter().chain([&value]).map(String::as_str).collect::<Vec<_>>().join(":");
            self.phrase(Field::Any, &typed, last)
        })?;
        Some(Clause { not: self.not, what })
    }

    fn operation(&self, value: &str, last: bool, today: Day, order: DateFormat) -> Option<What> {
        let days = || Days::read(value, today, order);
        match Operator::named(self.operator.as_deref()?)? {
            Operator::Field(field) => self.phrase(field, value, last),
            Operator::Has => matches!(value, "attachment" | "attachments" | "file" | "files" | "bijlage" | "bijlagen" | "bestand")
                .then_some(What::Attachment),
            Operator::In if matches!(value, "anywhere" | "all" | "overal" | "alles") => Some(What::Anywhere),
            Operator::In => {
                place_named(value).map(What::In).or_else(|| (!words_of(value).is_empty()).then(|| What::Folder(value.to_owned())))
            }
            Operator::Tag => Some(value.trim_start_matches('#')).filter(|tag| !words_of(tag).is_empty()).map(|tag| What::Tag(tag.into())),
            Operator::Contact => (!words_of(value).is_empty()).then(|| What::Contact(value.to_owned())),
            Operator::Before => days().map(|days| What::At(Days { from: None, until: days.from })),
            Operator::After => days().map(|days| What::At(Days { until: None, ..days })),
            Operator::On => days().map(What::At),
        }
    }

    fn phrase(&self, field: Field, typed: &str, last: bool) -> Option<What> {
        let words = words_of(typed);
        let ends_in_word = typed.chars().next_back().is_some_and(char::is_alphanumeric);
        let prefix = last && self.open && ends_in_word && words.last()?.chars().count() >= PREFIX;
        (!words.is_empty()).then(|| What::Words(Phrase { field, words, prefix, typed: typed.trim().to_owned() }))
    }
}

/// Words to be marked wherever they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub words: Vec<String>,
    pub prefix: bool,
}

/// Where older results begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Older(pub i64);

/// What was found, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub contacts: Vec<ContactRow>,
    /// There are more contacts than these.
    pub more_contacts: bool,
    pub tags: Vec<Tag>,
    pub messages: FoundMessages,
    pub marks: Vec<Mark>,
}

impl Found {
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty() && self.tags.is_empty() && self.messages.rows.is_empty() && self.messages.next.is_none()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FoundMessages {
    pub rows: Vec<FoundMessage>,
    /// How far was looked, when there is more to look through. The page may be short, or empty, all the same.
    pub next: Option<Older>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMessage {
    pub row: MessageRow,
    pub place: Place,
    /// A colleague's: it is read in the archive of this contact. One's own is read where it stands.
    pub archive: Option<crate::ContactId>,
}

#[cfg(test)]
mod tests;
