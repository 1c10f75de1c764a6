//! What is remembered of phones between their requests: logins that were right or wrong, and what was seen since it was last written down.
//! All of it may be lost.

use crate::ports::DeviceRow;
use model::phone_sync::DeviceError;
use model::{BookId, CompanyId, DevicePasswordId, Moment, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A login is asked for again after this long.
const RIGHT_SECONDS: i64 = 600;
/// A phone with an old password repeats it every quarter of an hour, with all its programs; only the first is counted as a try.
const WRONG_SECONDS: i64 = 900;
/// A device is written down this often.
const WRITE_SECONDS: i64 = 60;
/// More than this is not kept: strangers could fill the memory.
const AT_MOST: usize = 20_000;

/// What a name and a password come to; the password itself is not kept.
pub(super) type Proof = [u8; 32];

#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) company: CompanyId,
    pub(super) user: UserId,
    pub(super) password: Option<DevicePasswordId>,
    /// `BookRow::logins` when it was right.
    pub(super) logins: i64,
    until: Moment,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Refusals {
    pub(crate) wrong_password: Option<Moment>,
    pub(crate) plain_http: Option<Moment>,
}

#[derive(Default)]
struct State {
    right: HashMap<Proof, Known>,
    wrong: HashMap<Proof, Moment>,
    refusals: HashMap<UserId, Refusals>,
    devices: HashMap<(BookId, Option<DevicePasswordId>, String), Seen>,
}

struct Seen {
    row: DeviceRow,
    written: Option<Moment>,
}

#[derive(Default)]
pub(crate) struct Phones(Mutex<State>);

impl Phones {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn right(&self, proof: &Proof, now: Moment) -> Option<Known> {
        self.state().right.get(proof).filter(|known| now < known.until).copied()
    }

    pub(super) fn remember(&self, proof: Proof, known: (CompanyId, UserId, Option<DevicePasswordId>), logins: i64, now: Moment) {
        let mut state = self.state();
        make_room(&mut state.right, |known| now < known.until);
        let (company, user, password) = known;
        state.right.insert(proof, Known { company, user, password, logins, until: now.plus_seconds(RIGHT_SECONDS) });
    }

    pub(super) fn forget(&self, proof: &Proof) {
        self.state().right.remove(proof);
    }

    /// This very password was wrong a moment ago: not looked at again, and not counted again.
    pub(super) fn was_wrong(&self, proof: &Proof, now: Moment) -> bool {
        self.state().wrong.get(proof).is_some_and(|until| now < *until)
    }

    pub(super) fn note_wrong(&self, proof: Proof, user: Option<UserId>, now: Moment) {
        let mut state = self.state();
        make_room(&mut state.wrong, |until| now < *until);
        state.wrong.insert(proof, now.plus_seconds(WRONG_SECONDS));
        if let Some(user) = user {
            state.refusals.entry(user).or_default().wrong_password = Some(now);
        }
    }

    pub(super) fn note_wrong_again(&self, user: UserId, now: Moment) {
        self.state().refusals.entry(user).or_default().wrong_password = Some(now);
    }

    pub(super) fn note_plain_http(&self, user: UserId, now: Moment) {
        self.state().refusals.entry(user).or_default().plain_http = Some(now);
    }

    /// A password was changed or made: what was wrong may be right now.
    pub(crate) fn forgive(&self) {
        self.state().wrong.clear();
    }

    pub(crate) fn refusals(&self, user: UserId) -> Refusals {
        self.state().refusals.get(&user).copied().unwrap_or_default()
    }

    /// Notes a visit. Answers the row when it is time to write it down; `None` also for one that was never read from the store.
    pub(super) fn seen(&self, book: BookId, password: Option<DevicePasswordId>, agent: &str, family: &str, now: Moment) -> Sighting {
        let mut state = self.state();
        make_room(&mut state.devices, |_| false);
        let Some(seen) = state.devices.get_mut(&(book, password, family.to_owned())) else { return Sighting::Unknown };
        seen.row.seen_at = now;
        agent.clone_into(&mut seen.row.agent);
        seen.due(now)
    }

    /// A device seen for the first time by this process, as it was written down before, or new.
    pub(super) fn meet(&self, book: BookId, row: DeviceRow) {
        let key = (book, row.password, row.family.clone());
        self.state().devices.entry(key).or_insert(Seen { row, written: None });
    }

    pub(super) fn served(&self, book: BookId, password: Option<DevicePasswordId>, family: &str, cards: i64) {
        if let Some(seen) = self.state().devices.get_mut(&(book, password, family.to_owned())) {
            seen.row.cards += cards;
        }
    }

    pub(super) fn refused(&self, book: BookId, password: Option<DevicePasswordId>, family: &str, error: DeviceError, now: Moment) {
        if let Some(seen) = self.state().devices.get_mut(&(book, password, family.to_owned())) {
            seen.row.error = Some((error, now));
        }
    }

    /// Rows of the store with what was seen since.
    pub(crate) fn freshen(&self, book: BookId, rows: &mut [DeviceRow]) {
        let state = self.state();
        for row in rows {
            if let Some(seen) = state.devices.get(&(book, row.password, row.family.clone())) {
                row.clone_from(&seen.row);
            }
        }
    }
}

pub(super) enum Sighting {
    /// Nothing is known of it here.
    Unknown,
    /// Written down a moment ago.
    Fresh,
    Due(DeviceRow),
}

impl Seen {
    fn due(&mut self, now: Moment) -> Sighting {
        if self.written.is_some_and(|at| now < at.plus_seconds(WRITE_SECONDS) && at <= now) {
            return Sighting::Fresh;
        }
        self.written = Some(now);
        Sighting::Due(self.row.clone())
    }
}

/// Keeps a map from growing without end: first what is over goes, then all of it.
fn make_room<K: std::hash::Hash + Eq, V>(map: &mut HashMap<K, V>, keep: impl Fn(&V) -> bool) {
    if map.len() >= AT_MOST {
        map.retain(|_, value| keep(value));
    }
    if map.len() >= AT_MOST {
        map.clear();
    }
}
