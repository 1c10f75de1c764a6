//! Rows that come a page at a time, and stay fresh where they are while the reader scrolls.

use crate::Fault;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{Cursor, Page};
use std::pin::Pin;
use std::sync::Arc;

type Fetching<T> = Pin<Box<dyn Future<Output = Result<Page<T>, Fault>>>>;
type Fetch<T> = Arc<dyn Fn(Option<Cursor>) -> Fetching<T> + Send + Sync>;

/// A refresh reads at most so many pages again; what lies below keeps its rows.
const PAGES_AGAIN: usize = 4;

pub struct Paged<T: Send + Sync + 'static> {
    pub rows: RwSignal<Vec<T>>,
    next: RwSignal<Option<Cursor>>,
    busy: RwSignal<bool>,
    /// Grows when everything is read anew: an answer to an older question is dropped.
    turn: StoredValue<u32>,
    failed: RwSignal<Option<Fault>>,
    fetch: StoredValue<Fetch<T>>,
    same: fn(&T, &T) -> bool,
}

impl<T: Send + Sync + 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Paged<T> {}

impl<T: Clone + Send + Sync + 'static> Paged<T> {
    /// Begins with the page the server drew. `same` tells whether two rows are about one thing.
    pub fn new<F>(first: Page<T>, same: fn(&T, &T) -> bool, fetch: impl Fn(Option<Cursor>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Page<T>, Fault>> + 'static,
    {
        let fetch: Fetch<T> = Arc::new(move |after| Box::pin(fetch(after)));
        Self {
            rows: RwSignal::new(first.rows),
            next: RwSignal::new(first.next),
            busy: RwSignal::new(false),
            turn: StoredValue::new(0),
            failed: RwSignal::new(None),
            fetch: StoredValue::new(fetch),
            same,
        }
    }

    pub fn has_more(self) -> bool {
        self.next.with(Option::is_some)
    }

    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Why the newest page did not come.
    pub fn fault(self) -> Option<Fault> {
        self.failed.get()
    }

    /// The next page, unless one is under way.
    pub fn more(self) {
        let Some(after) = self.next.get_untracked() else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let turn = self.turn.get_value();
        let page = self.fetch.with_value(|fetch| fetch(Some(after)));
        spawn_local(async move {
            let page = page.await;
            if !self.is_turn(turn) || self.busy.try_set(false).is_some() {
                return;
            }
            match page {
                Ok(page) => {
                    let same = self.same;
                    self.rows.update(|rows| {
                        let new: Vec<_> =
                            page.rows.into_iter().filter(|row| !rows.iter().rev().take(200).any(|old| same(old, row))).collect();
                        rows.extend(new);
                    });
                    self.next.set(page.next);
                    self.failed.set(None);
                }
                Err(fault) => self.failed.set(Some(fault)),
            }
        });
    }

    /// Another question: its first page takes the place of what is shown, once it is there.
    pub fn reload(self) {
        let Some(turn) = self.turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        }) else {
            return;
        };
        self.busy.set(true);
        let page = self.fetch.with_value(|fetch| fetch(None));
        spawn_local(async move {
            let page = page.await;
            if !self.is_turn(turn) || self.busy.try_set(false).is_some() {
                return;
            }
            match page {
                Ok(page) => {
                    self.rows.set(page.rows);
                    self.next.set(page.next);
                    self.failed.set(None);
                }
                Err(fault) => self.failed.set(Some(fault)),
            }
        });
    }

    fn is_turn(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }

    /// Reads again what is shown. `before_change` sees the old and the new rows just before they change places.
    pub fn refresh(self, before_change: impl FnOnce(&[T], &[T]) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let turn = self.turn.get_value();
        spawn_local(async move {
            let fresh = self.read_again().await;
            if !self.is_turn(turn) || self.busy.try_set(false).is_some() {
                return;
            }
            let Ok((fresh, next)) = fresh else { return };
            let old = self.rows.get_untracked();
            let (rows, next) = self.joined(fresh, next, &old);
            before_change(&old, &rows);
            self.rows.set(rows);
            self.next.set(next);
        });
    }

    async fn read_again(self) -> Result<(Vec<T>, Option<Cursor>), Fault> {
        let shown = self.rows.with_untracked(Vec::len);
        let mut rows = Vec::new();
        let mut after = None;
        for _ in 0..PAGES_AGAIN {
            let Some(fetch) = self.fetch.try_with_value(|fetch| fetch(after)) else { break };
            let page = fetch.await?;
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() || rows.len() >= shown {
                break;
            }
        }
        Ok((rows, after))
    }

    /// What was read again, and below it what was not.
    fn joined(self, mut fresh: Vec<T>, next: Option<Cursor>, old: &[T]) -> (Vec<T>, Option<Cursor>) {
        let same = self.same;
        if next.is_none() || fresh.len() >= old.len() {
            return (fresh, next);
        }
        let last = fresh.last().and_then(|last| old.iter().position(|row| same(row, last)));
        let Some(last) = last else { return (fresh, next) };
        let tail: Vec<_> = old.iter().skip(last + 1).filter(|row| !fresh.iter().any(|other| same(other, row))).cloned().collect();
        fresh.extend(tail);
        (fresh, self.next.get_untracked())
    }
}
