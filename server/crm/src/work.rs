//! Doing something to many messages at once, with a way back; putting off; notes.

use crate::inbox::{Change, Whose};
use crate::ports::{ActRow, Acted, JobRow, NoteRow, Tx};
use crate::{Error, Result, Session, jobs};
use model::inbox::{MessageFilter, Sort};
use model::work::{Act, Colleague, Done, Note, Snooze, Which, read_note};
use model::{ActId, Cursor, Day, MessageId, Moment, NoteId, Problem, Right, UserId};

/// Messages that are named one by one.
const AT_ONCE: usize = 1_000;
/// Messages in one transaction: others who write wait this long at most.
const BATCH: usize = 200;
const BATCH_SQL: i64 = 200;
/// An act can be undone for a day.
const KEPT_SECONDS: i64 = 24 * 3600;
/// When a day begins at the office, for what was put off until that day.
const MORNING: u8 = 8;
const LATER_SECONDS: i64 = 3 * 3600;

impl Session {
    /// Does it to all of them. What is so already is passed over, so that undoing changes nothing else.
    pub async fn act(&self, which: Which, act: Act) -> Result<Done> {
        self.demand(Right::UseMail)?;
        let (whose, change) = self.change_of(act)?;
        let mut doing =
            Doing { act: ActRow { id: self.crm.new_id(), user: self.user.id, act: word(act).to_owned(), at: self.crm.now() }, count: 0 };
        match which {
            Which::These(ids) => {
                if ids.len() > AT_ONCE {
                    return Err(Error::invalid("ids", Problem::TooLong(1000)));
                }
                let mut tx = self.write().await?;
                self.act_on(&mut *tx, &mut doing, &ids, whose, change).await?;
                tx.commit().await?;
            }
            Which::All(filter) => {
                // Downwards from the newest: what comes in meanwhile, and what leaves the list by being done, disturbs nothing.
                let mut after = None;
                loop {
                    let mut tx = self.write().await?;
                    let found = tx.list_matching(self.user.id, &filter, after, BATCH_SQL).await?;
                    let ids: Vec<_> = found.iter().map(|(_, id)| *id).collect();
                    self.act_on(&mut *tx, &mut doing, &ids, Whose::MineOnly, change).await?;
                    tx.commit().await?;
                    match found.last() {
                        Some((at, id)) if found.len() == BATCH => after = Some(Cursor { at: *at, id: id.0 }),
                        _ => break,
                    }
                }
            }
        }
        self.ring_errands().await?;
        Ok(Done { count: doing.count, act: (doing.count > 0).then_some(doing.act.id) })
    }

    /// Takes back what this user did. Answers how many messages are as they were.
    pub async fn undo_act(&self, id: ActId) -> Result<u32> {
        self.demand(Right::UseMail)?;
        let act = self.read().await?.find_act(id).await?.filter(|act| act.user == self.user.id).ok_or(Error::NotFound)?;
        let mut count = 0;
        let mut after = None;
        loop {
            let mut tx = self.write().await?;
            let acted = tx.list_acted(id, after, BATCH_SQL).await?;
            for one in &acted {
                let (whose, change) = back(&act.act, one.was).ok_or_else(|| Error::bug("An act of an unknown kind"))?;
                match self.change(&mut *tx, one.message, whose, change).await {
                    Ok(changed) => count += u32::from(changed.is_some()),
                    // Gone from everywhere meanwhile: the rest can still be taken back.
                    Err(Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
                if let Change::Snoozed(Some(until)) = change {
                    self.ring(&mut *tx, until).await?;
                }
            }
            let last = acted.last().map(|one| one.message).filter(|_| acted.len() == BATCH);
            if last.is_none() {
                tx.remove_act(id).await?;
            }
            tx.commit().await?;
            after = last;
            if after.is_none() {
                self.ring_errands().await?;
                return Ok(count);
            }
        }
    }

    /// How many of one's own messages match.
    pub async fn count_messages(&self, filter: MessageFilter) -> Result<i64> {
        self.demand(Right::UseMail)?;
        self.read().await?.count_matching(self.user.id, &MessageFilter { sort: Sort::Newest, ..filter }).await
    }

    async fn act_on(&self, tx: &mut dyn Tx, doing: &mut Doing, ids: &[MessageId], whose: Whose, change: Change) -> Result<()> {
        let mut acted: Vec<Acted> = Vec::with_capacity(ids.len());
        for id in ids {
            acted.extend(self.change(tx, *id, whose, change).await?);
        }
        if acted.is_empty() {
            return Ok(());
        }
        if doing.count == 0 {
            tx.remove_acts(doing.act.at.plus_seconds(-KEPT_SECONDS)).await?;
            tx.add_act(&doing.act).await?;
            if let Change::Snoozed(Some(until)) = change {
                self.ring(tx, until).await?;
            }
        }
        tx.add_acted(doing.act.id, &acted).await?;
        doing.count = doing.count.saturating_add(u32::try_from(acted.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    fn change_of(&self, act: Act) -> Result<(Whose, Change)> {
        Ok(match act {
            Act::Read(read) => (Whose::MineOnly, Change::Read(read)),
            Act::Finish(finished) => (Whose::MineOnly, Change::Finished(finished)),
            Act::Delete(deleted) => (Whose::Archived, Change::Deleted(deleted)),
            Act::Highlight(on) => (Whose::Archived, Change::Highlighted(on)),
            Act::Private(on) => (Whose::MineOnly, Change::Private(on)),
            Act::Spam(spam) => (Whose::MineOnly, Change::Spam(spam)),
            Act::Snooze(snooze) => (Whose::MineOnly, Change::Snoozed(Some(self.snoozed_until(snooze)?))),
            Act::Wake => (Whose::MineOnly, Change::Snoozed(None)),
        })
    }

    pub(crate) fn snoozed_until(&self, snooze: Snooze) -> Result<Moment> {
        let now = self.crm.now();
        let until = match snooze.day(self.today()) {
            Some(day) => self.on_the_wall(day, MORNING),
            None => now.plus_seconds(LATER_SECONDS),
        };
        if until <= now { Err(Error::invalid("day", Problem::NotADay)) } else { Ok(until) }
    }

    /// Work for the moment when something comes back; one job, however many come back then.
    async fn ring(&self, tx: &mut dyn Tx, until: Moment) -> Result<()> {
        tx.enqueue(&JobRow {
            id: self.crm.new_id(),
            kind: jobs::WAKE.to_owned(),
            dedup: until.0.to_string(),
            payload: "{}".to_owned(),
            attempts: 0,
            due_at: until,
        })
        .await
    }

    /// Today at the office.
    pub(crate) fn today(&self) -> Day {
        self.civil(self.crm.now()).into()
    }

    /// When the office's clock stands at this hour of this day.
    pub(crate) fn on_the_wall(&self, day: Day, hour: u8) -> Moment {
        self.crm.world.clock.on_the_wall(day, hour, &self.preferences.time_zone)
    }

    pub async fn list_notes(&self, message: MessageId) -> Result<Vec<Note>> {
        let mut tx = self.read().await?;
        self.readable(&mut *tx, message).await?;
        let users = tx.list_users().await?;
        let notes = tx.list_notes(message).await?;
        Ok(notes
            .into_iter()
            .map(|note| Note {
                id: note.id,
                author: users.iter().find(|user| user.id == note.author).map(crate::tasks::name_of).unwrap_or_default(),
                mine: note.author == self.user.id,
                text: note.text,
                at: self.civil(note.at),
            })
            .collect())
    }

    /// Whoever may read the message may say something about it.
    pub async fn add_note(&self, message: MessageId, text: String) -> Result<NoteId> {
        let text = read_note(&text).map_err(|invalid| Error::Invalid(vec![invalid]))?;
        let mut tx = self.write().await?;
        self.readable(&mut *tx, message).await?;
        let row = NoteRow { id: self.crm.new_id(), message, author: self.user.id, text, at: self.crm.now() };
        tx.add_note(&row).await?;
        tx.commit().await?;
        Ok(row.id)
    }

    /// One's own only.
    pub async fn remove_note(&self, id: NoteId) -> Result<()> {
        let mut tx = self.write().await?;
        let note = tx.find_note(id).await?.ok_or(Error::NotFound)?;
        self.readable(&mut *tx, note.message).await?;
        if note.author != self.user.id {
            return Err(Error::Denied);
        }
        tx.remove_note(id).await?;
        tx.commit().await
    }

    /// Those who work here, oneself included.
    pub async fn list_colleagues(&self) -> Result<Vec<Colleague>> {
        let users = self.read().await?.list_users().await?;
        Ok(users.iter().map(|user| Colleague { id: user.id, name: crate::tasks::name_of(user) }).collect())
    }

    pub fn user(&self) -> UserId {
        self.user.id
    }
}

/// An act under way, over as many transactions as it takes.
struct Doing {
    act: ActRow,
    count: u32,
}

/// As `acts.act` keeps it.
fn word(act: Act) -> &'static str {
    match act {
        Act::Read(true) => "read",
        Act::Read(false) => "unread",
        Act::Finish(true) => "finish",
        Act::Finish(false) => "unfinish",
        Act::Delete(true) => "delete",
        Act::Delete(false) => "restore",
        Act::Highlight(true) => "highlight",
        Act::Highlight(false) => "plain",
        Act::Private(true) => "private",
        Act::Private(false) => "open",
        Act::Spam(true) => "spam",
        Act::Spam(false) => "not spam",
        Act::Snooze(_) | Act::Wake => "snooze",
    }
}

/// What takes it back.
fn back(word: &str, was: Option<Moment>) -> Option<(Whose, Change)> {
    Some(match word {
        "read" => (Whose::MineOnly, Change::Read(false)),
        "unread" => (Whose::MineOnly, Change::Read(true)),
        "finish" => (Whose::MineOnly, Change::Finished(false)),
        "unfinish" => (Whose::MineOnly, Change::Finished(true)),
        "delete" => (Whose::Archived, Change::Deleted(false)),
        "restore" => (Whose::Archived, Change::Deleted(true)),
        "highlight" => (Whose::Archived, Change::Highlighted(false)),
        "plain" => (Whose::Archived, Change::Highlighted(true)),
        "private" => (Whose::MineOnly, Change::Private(false)),
        "open" => (Whose::MineOnly, Change::Private(true)),
        "spam" => (Whose::MineOnly, Change::Spam(false)),
        "not spam" => (Whose::MineOnly, Change::Spam(true)),
        "snooze" => (Whose::MineOnly, Change::Snoozed(was)),
        _ => return None,
    })
}
