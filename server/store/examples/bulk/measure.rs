//! What people wait for, asked many times over with other words and other people each time.

use crate::text::{Dice, USERS, VOCABULARY, id, name, word};
use crm::ports::{Company, Sought, Tx};
use model::contact::ContactFilter;
use model::inbox::{ArchiveFilter, ArchiveShow, MessageFilter, Place};
use model::preferences::DateFormat;
use model::search::{Query, What};
use model::{ContactId, Cursor, Day, Moment};
use std::time::{Duration, Instant};

/// The goal of every row.
const GOAL: Duration = Duration::from_millis(20);
const PAGE: i64 = 51;

/// A question, of many that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    InboxPage,
    InboxDeep,
    Counts,
    Archive,
    ContactList,
    Rare,
    Common,
    TwoWords,
    Phrase,
    Prefix,
    Typing,
    From,
    WithAttachment,
    Within,
    WithinBusiest,
    NotMine,
    Absent,
    Contacts,
}

impl Asked {
    pub(crate) const ALL: [(Self, &str); 18] = [
        (Self::InboxPage, "inbox, first page"),
        (Self::InboxDeep, "inbox, a page far down"),
        (Self::Counts, "unread counts"),
        (Self::Archive, "archive of a contact"),
        (Self::ContactList, "list of contacts"),
        (Self::Rare, "search, rare word"),
        (Self::Common, "search, common word"),
        (Self::TwoWords, "search, two words"),
        (Self::Phrase, "search, phrase"),
        (Self::Prefix, "search, beginning of a word"),
        (Self::Typing, "search, two letters"),
        (Self::From, "search, from: and a word"),
        (Self::WithAttachment, "search, word with attachment"),
        (Self::Within, "search within a contact"),
        (Self::WithinBusiest, "search within a busy contact"),
        (Self::NotMine, "search by who has no mail"),
        (Self::Absent, "search, nothing there"),
        (Self::Contacts, "search among contacts"),
    ];

    async fn ask(self, tx: &mut dyn Tx, dice: &mut Dice, contacts: u64) -> crm::Result<usize> {
        let common = word(dice.below(40));
        let middle = word(dice.between(500, 5_000));
        let inbox = MessageFilter { place: Place::Inbox, ..MessageFilter::default() };
        let contact = dice.rank(contacts);
        let typed = match self {
            Self::InboxPage => return Ok(tx.list_messages(id(0), &inbox, None, PAGE).await?.len()),
            Self::InboxDeep => {
                let back = i64::try_from(dice.below(80_000_000)).unwrap_or_default();
                let after = Cursor { at: Moment::from_seconds(1_790_000_000 - back), id: id(0) };
                return Ok(tx.list_messages(id(0), &inbox, Some(after), PAGE).await?.len());
            }
            Self::Counts => return Ok(usize::try_from(tx.inbox_counts(id(0)).await?.inbox).unwrap_or_default()),
            Self::Archive => {
                let filter = ArchiveFilter { contact: id(contact), show: ArchiveShow::All, employees: false };
                return Ok(tx.list_archive(&filter, None, None, PAGE).await?.len());
            }
            Self::ContactList => return Ok(tx.list_contacts(&ContactFilter::default(), None, 101).await?.len()),
            Self::Contacts => {
                let (first, last) = name(dice.below(contacts));
                let typed: String = if dice.below(2) == 0 { last } else { first.chars().take(3).collect() };
                return Ok(tx.search_contacts(&typed, false, 9).await?.len());
            }
            Self::Rare => format!("{} ", word(dice.between(50_000, VOCABULARY))),
            Self::Common | Self::NotMine | Self::WithAttachment => format!("{common} "),
            Self::TwoWords | Self::Within | Self::WithinBusiest if dice.below(2) == 0 => format!("{middle} "),
            Self::TwoWords => format!("{common} {middle} "),
            Self::Phrase => format!("\"{common} {}\" ", word(dice.below(40))),
            Self::Prefix => middle.chars().take(4).collect(),
            Self::Typing => middle.chars().take(2).collect(),
            Self::From => format!("van:{} {common} ", name(contact).0),
            Self::Within | Self::WithinBusiest => format!("{common} "),
            Self::Absent => format!("{common} bestaatniet{} ", dice.below(9)),
        };
        let within = match self {
            Self::Within => Some(contact),
            Self::WithinBusiest => Some(dice.below(20)),
            _ => None,
        };
        let mut sought = sought(&typed);
        sought.reader = Some(id(if self == Self::NotMine { USERS + 1 } else { 0 }));
        sought.attachment = (self == Self::WithAttachment).then_some(true);
        sought.contacts.extend(within.map(|contact| (false, vec![ContactId(id(contact))])));
        Ok(tx.search_messages(&sought, None, 50).await?.records.len())
    }
}

fn sought(typed: &str) -> Sought {
    let query = Query::read(typed, Day { year: 2026, month: 1, day: 1 }, DateFormat::DayMonthYear);
    let phrases = query.clauses.into_iter().filter_map(|clause| match clause.what {
        What::Words(phrase) => Some((clause.not, phrase)),
        _ => None,
    });
    Sought { phrases: phrases.collect(), ..Sought::default() }
}

/// One row of the table.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) p50: Duration,
    pub(crate) p95: Duration,
    pub(crate) worst: Duration,
    /// Rows in an answer, on average.
    pub(crate) rows: usize,
}

impl Measured {
    pub(crate) fn line(&self) -> String {
        let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
        let met = if self.p95 < GOAL { "✓" } else { "✗" };
        let Self { name, p50, p95, worst, rows } = self;
        format!("| {name:<30} | {:>9} | {:>9} | {:>9} | {rows:>6} | {met} |", ms(*p50), ms(*p95), ms(*worst))
    }
}

pub(crate) async fn measure(company: &dyn Company, contacts: u64, times: usize) -> crm::Result<Vec<Measured>> {
    let mut table = Vec::new();
    for (asked, name) in Asked::ALL {
        let mut dice = Dice(7);
        let mut took = Vec::with_capacity(times);
        let mut rows = 0;
        // The first few only warm the pages.
        for turn in 0..times + 5 {
            let start = Instant::now();
            let mut tx = company.read().await?;
            let found = asked.ask(&mut *tx, &mut dice, contacts).await?;
            drop(tx);
            if turn >= 5 {
                took.push(start.elapsed());
                rows += found;
            }
        }
        took.sort_unstable();
        let at = |part: usize| took.get(took.len() * part / 100).copied().unwrap_or_default();
        table.push(Measured { name, p50: at(50), p95: at(95), worst: took.last().copied().unwrap_or_default(), rows: rows / times.max(1) });
    }
    Ok(table)
}
