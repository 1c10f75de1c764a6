//! The list as it lies on the desk: rows read so far, what is taken off before the server has answered, and where one is.

use super::days;
use super::select::Picked;
use super::verbs::{act_on_messages, list_messages, undo_act};
use crate::Fault;
use crate::i18n::{Locale, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_i18n::I18nContext;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::inbox::{MessageFilter, MessageRow, Place, Show, Sort};
use model::work::{Act, Done, Which};
use model::{Cursor, MessageId, Page};
use std::collections::HashSet;
use ui::{Toasts, use_toasts};
use wasm_bindgen::JsCast;

/// One row, as `--row-message` says.
pub(super) const ROW_HEIGHT: u32 = 72;

/// Where the drafts lie: no `Place` of a message.
const DRAFTS: &str = "drafts";

/// Whether it takes a message out of the list it stands in.
pub(super) fn leaves(act: Act) -> bool {
    match act {
        Act::Finish(_) | Act::Delete(_) | Act::Spam(_) | Act::Snooze(_) | Act::Wake => true,
        Act::Read(_) | Act::Highlight(_) | Act::Private(_) => false,
    }
}

/// What the key `e` does in this place.
pub(super) fn finishing(place: Place) -> Option<Act> {
    match place {
        Place::Inbox | Place::Snoozed | Place::Spam => Some(Act::Finish(true)),
        Place::Finished => Some(Act::Finish(false)),
        Place::Outbox | Place::Sent | Place::Trash | Place::Elsewhere => None,
    }
}

/// What the key `#` does in this place.
pub(super) fn deleting(place: Place) -> Act {
    Act::Delete(place != Place::Trash)
}

/// What the key `!` does in this place: whoever wrote it oneself did not send SPAM.
pub(super) fn sorting_out(place: Place) -> Option<Act> {
    match place {
        Place::Inbox | Place::Snoozed | Place::Finished => Some(Act::Spam(true)),
        Place::Spam => Some(Act::Spam(false)),
        Place::Outbox | Place::Sent | Place::Trash | Place::Elsewhere => None,
    }
}

/// The words for [`sorting_out`] on a menu or a button.
pub(super) fn sorting_words(act: Act, locale: Locale) -> &'static str {
    if act == Act::Spam(true) { td_string!(locale, inbox.act.spam) } else { td_string!(locale, inbox.act.not_spam) }
}

/// What was done, as the toast says it.
fn said(act: Act, count: u32, locale: Locale) -> String {
    if count == 1 {
        return match act {
            Act::Finish(true) => td_string!(locale, inbox.said.finished),
            Act::Finish(false) | Act::Wake => td_string!(locale, inbox.said.unfinished),
            Act::Delete(true) => td_string!(locale, inbox.said.deleted),
            Act::Delete(false) => td_string!(locale, inbox.said.restored),
            Act::Read(true) => td_string!(locale, inbox.said.read),
            Act::Read(false) => td_string!(locale, inbox.said.unread),
            Act::Highlight(true) => td_string!(locale, inbox.said.highlighted),
            Act::Highlight(false) => td_string!(locale, inbox.said.plain),
            Act::Private(true) => td_string!(locale, inbox.said.made_private),
            Act::Private(false) => td_string!(locale, inbox.said.made_open),
            Act::Spam(true) => td_string!(locale, inbox.said.spam),
            Act::Spam(false) => td_string!(locale, inbox.said.not_spam),
            Act::Snooze(_) => td_string!(locale, inbox.said.snoozed),
        }
        .to_owned();
    }
    let count = crate::format::count(i64::from(count), locale);
    match act {
        Act::Finish(true) => td_string!(locale, inbox.said_many.finished, count = count),
        Act::Finish(false) | Act::Wake => td_string!(locale, inbox.said_many.unfinished, count = count),
        Act::Delete(true) => td_string!(locale, inbox.said_many.deleted, count = count),
        Act::Delete(false) => td_string!(locale, inbox.said_many.restored, count = count),
        Act::Read(true) => td_string!(locale, inbox.said_many.read, count = count),
        Act::Read(false) => td_string!(locale, inbox.said_many.unread, count = count),
        Act::Highlight(true) => td_string!(locale, inbox.said_many.highlighted, count = count),
        Act::Highlight(false) => td_string!(locale, inbox.said_many.plain, count = count),
        Act::Private(true) => td_string!(locale, inbox.said_many.made_private, count = count),
        Act::Private(false) => td_string!(locale, inbox.said_many.made_open, count = count),
        Act::Spam(true) => td_string!(locale, inbox.said_many.spam, count = count),
        Act::Spam(false) => td_string!(locale, inbox.said_many.not_spam, count = count),
        Act::Snooze(_) => td_string!(locale, inbox.said_many.snoozed, count = count),
    }
}

/// Copied into closures: only handles.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub(super) rows: RwSignal<Vec<MessageRow>>,
    next: RwSignal<Option<Cursor>>,
    busy: StoredValue<bool>,
    /// Asked for again while busy: then once more.
    again: StoredValue<bool>,
    /// Taken off, and not yet so at the server.
    pending: StoredValue<HashSet<MessageId>>,
    pub(super) filter: Memo<MessageFilter>,
    pub(super) selected: Memo<Option<MessageId>>,
    /// The letters begun and not sent are shown, instead of messages.
    pub(super) drafts: Memo<bool>,
    /// Ticked, to do something to at once.
    pub(super) picked: RwSignal<Picked>,
    pub(super) toasts: Toasts,
    pub(super) i18n: I18nContext<Locale>,
    go: Callback<(String, bool)>,
}

impl Desk {
    /// Reads the address: `/inbox/sent/0198…?account=…&show=unread`.
    pub(super) fn new() -> Self {
        let (params, query) = (use_params_map(), use_query_map());
        let filter = Memo::new(move |_| {
            let place = params.with(|params| params.get("place").as_deref().and_then(Place::from_word)).unwrap_or_default();
            query.with(|query| MessageFilter {
                place,
                account: query.get("account").and_then(|id| id.parse().ok()),
                show: show_from_word(query.get("show").as_deref()),
                sort: sort_from_word(query.get("sort").as_deref()),
            })
        });
        let selected = Memo::new(move |_| params.with(|params| params.get("message").and_then(|id| id.parse().ok())));
        let drafts = Memo::new(move |_| params.with(|params| params.get("place").as_deref() == Some(DRAFTS)));
        let navigate = use_navigate();
        let go = Callback::new(move |(place, replace): (String, bool)| {
            navigate(&place, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        Self {
            rows: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: StoredValue::new(false),
            again: StoredValue::new(false),
            pending: StoredValue::new(HashSet::new()),
            filter,
            selected,
            drafts,
            picked: RwSignal::new(Picked::default()),
            toasts: use_toasts(),
            i18n: use_i18n(),
            go,
        }
    }

    pub(super) fn lay(self, page: Page<MessageRow>) {
        self.rows.set(page.rows);
        self.next.set(page.next);
    }

    pub(super) fn select(self, id: Option<MessageId>, replace: bool) {
        self.go.run((href(self.filter.get_untracked(), id), replace));
    }

    pub(super) fn show(self, show: Show) {
        self.go.run((href(MessageFilter { show, ..self.filter.get_untracked() }, None), false));
    }

    pub(super) fn sort(self, sort: Sort) {
        self.go.run((href(MessageFilter { sort, ..self.filter.get_untracked() }, None), false));
    }

    pub(super) fn locale(self) -> Locale {
        self.i18n.get_locale_untracked()
    }

    /// Reads the list again from its top.
    pub(super) fn reload(self) {
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            if let Ok(page) = list_messages(filter, None).await
                && self.filter.try_get_untracked() == Some(filter)
            {
                self.lay(page);
            }
        });
    }

    pub(super) fn visit(self, place: &str) {
        self.go.run((place.to_owned(), false));
    }

    /// The row one is at; only where it is among those read.
    pub(super) fn row(self, id: MessageId) -> Option<MessageRow> {
        self.rows.with_untracked(|rows| rows.iter().find(|row| row.id == id).cloned())
    }

    fn position(self, id: MessageId) -> Option<usize> {
        self.rows.with_untracked(|rows| rows.iter().position(|row| row.id == id))
    }

    /// One row on or back, or to an end of the list.
    pub(super) fn step(self, key: &str) -> bool {
        let len = self.rows.with_untracked(Vec::len);
        let at = self.selected.get_untracked().and_then(|id| self.position(id));
        let to = match (key, at) {
            (_, _) if len == 0 => return false,
            ("j" | "ArrowDown", None) | ("Home", _) => 0,
            ("j" | "ArrowDown", Some(at)) => (at + 1).min(len - 1),
            ("k" | "ArrowUp", at) => at.unwrap_or_default().saturating_sub(1),
            ("End", _) => len - 1,
            _ => return false,
        };
        if let Some(id) = self.rows.with_untracked(|rows| rows.get(to).map(|row| row.id)) {
            self.select(Some(id), at.is_some());
            self.reveal(to);
            focus_row(id);
        }
        true
    }

    pub(super) fn more(self) {
        let Some(after) = self.next.get_untracked() else { return };
        if self.busy.get_value() {
            return;
        }
        self.busy.set_value(true);
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            let page = list_messages(filter, Some(after)).await;
            if !self.still(filter) {
                return;
            }
            if let Ok(page) = page {
                self.rows.update(|rows| {
                    let known: HashSet<_> = rows.iter().map(|row| row.id).collect();
                    rows.extend(page.rows.into_iter().filter(|row| !known.contains(&row.id)));
                });
                self.next.set(page.next);
            }
        });
    }

    /// Reads the newest page again and lays it over what is there; the rows in sight stay where they are.
    pub(super) fn refresh(self) {
        if self.busy.try_get_value() != Some(false) {
            _ = self.again.try_set_value(true);
            return;
        }
        self.busy.set_value(true);
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            let page = list_messages(filter, None).await;
            if !self.still(filter) {
                return;
            }
            if let Ok(page) = page {
                let pending = self.pending.get_value();
                let old = self.rows.get_untracked();
                let (mut rows, next) = merge(&old, self.next.get_untracked(), page);
                rows.retain(|row| !pending.contains(&row.id));
                if rows != old {
                    hold_sight(&old, &rows, filter);
                    self.rows.set(rows);
                }
                self.next.set(next);
            }
        });
    }

    /// Ends being busy. False when the reader is elsewhere by now.
    fn still(self, filter: MessageFilter) -> bool {
        if self.busy.try_set_value(false).is_some() {
            return false;
        }
        let here = self.filter.try_get_untracked() == Some(filter);
        if self.again.try_get_value() == Some(true) {
            self.again.set_value(false);
            set_timeout(move || self.refresh(), std::time::Duration::from_millis(300));
        }
        here
    }

    /// Off the list or painted at once; as it was if the server refuses or the reader changes their mind.
    pub(super) fn act(self, act: Act, ids: Vec<MessageId>) {
        if ids.is_empty() {
            return;
        }
        let filter = self.filter.get_untracked();
        let taken = self.take(act, &ids);
        let put_back = move || {
            if self.filter.try_get_untracked() == Some(filter) {
                self.put_back(&taken);
            }
        };
        self.picked.set(Picked::default());
        spawn_local(async move {
            let result = act_on_messages(Which::These(ids.clone()), act).await;
            _ = self.pending.try_update_value(|pending| pending.retain(|id| !ids.contains(id)));
            match result {
                Ok(done) => self.offer_undo(act, done, put_back),
                Err(fault) => {
                    put_back();
                    self.complain(&fault);
                }
            }
        });
    }

    /// To everything the list would show, however long it is; the server knows which those are.
    pub(super) fn act_on_all(self, act: Act) {
        let filter = self.filter.get_untracked();
        if leaves(act) {
            self.rows.set(Vec::new());
            self.next.set(None);
            if self.selected.get_untracked().is_some() {
                self.select(None, true);
            }
        }
        self.picked.set(Picked::default());
        spawn_local(async move {
            let result = act_on_messages(Which::All(filter), act).await;
            if self.filter.try_get_untracked() == Some(filter) {
                self.reload();
            }
            match result {
                Ok(done) => self.offer_undo(act, done, || {}),
                Err(fault) => self.complain(&fault),
            }
        });
    }

    /// Takes the rows off the list, or paints them; answers what was there before, by place.
    fn take(self, act: Act, ids: &[MessageId]) -> Vec<(usize, MessageRow)> {
        let taken: Vec<_> = self.rows.with_untracked(|rows| {
            rows.iter().enumerate().filter(|(_, row)| ids.contains(&row.id)).map(|(at, row)| (at, row.clone())).collect()
        });
        if !leaves(act) {
            self.rows.update(|rows| rows.iter_mut().filter(|row| ids.contains(&row.id)).for_each(|row| paint(row, act)));
            return taken;
        }
        let in_list = is_focus_in_list();
        self.pending.update_value(|pending| pending.extend(ids));
        self.rows.update(|rows| rows.retain(|row| !ids.contains(&row.id)));
        if self.selected.get_untracked().is_some_and(|id| ids.contains(&id)) {
            // The next row moves up to where the first of those taken stood.
            let next =
                taken.first().and_then(|(at, _)| self.rows.with_untracked(|rows| rows.get(*at).or_else(|| rows.last()).map(|row| row.id)));
            self.select(next, true);
            if let Some(next) = next.filter(|_| in_list) {
                focus_row(next);
            }
        }
        taken
    }

    fn put_back(self, taken: &[(usize, MessageRow)]) {
        _ = self.rows.try_update(|rows| {
            for (at, row) in taken {
                match rows.iter_mut().find(|other| other.id == row.id) {
                    Some(painted) => painted.clone_from(row),
                    None => rows.insert((*at).min(rows.len()), row.clone()),
                }
            }
        });
    }

    fn offer_undo(self, act: Act, done: Done, put_back: impl Fn() + Send + Sync + 'static) {
        let Some(id) = done.act else { return };
        let undo = Callback::new(move |()| {
            put_back();
            spawn_local(async move {
                if let Err(fault) = undo_act(id).await {
                    self.complain(&fault);
                }
                self.refresh();
            });
        });
        self.toasts.undo(said(act, done.count, self.locale()), undo);
    }

    pub(super) fn complain(self, fault: &Fault) {
        self.toasts.say(fault.sentence(self.locale()));
    }

    /// `quiet`: read by opening it, which needs no word.
    pub(super) fn set_read(self, id: MessageId, read: bool, quiet: bool) {
        if !quiet {
            self.act(Act::Read(read), vec![id]);
            return;
        }
        let taken = self.take(Act::Read(read), &[id]);
        spawn_local(async move {
            if let Err(fault) = act_on_messages(Which::These(vec![id]), Act::Read(read)).await {
                self.put_back(&taken);
                self.complain(&fault);
            }
        });
    }

    /// Scrolls a row into sight.
    pub(super) fn reveal(self, at: usize) {
        let Some(scroller) = scroller() else { return };
        let filter = self.filter.get_untracked();
        let top = self.rows.with_untracked(|rows| whole(days::top(rows, at, filter)));
        // The heading of the day stays in sight above it.
        let (height, head) = (whole(ROW_HEIGHT), whole(days::DAY_HEIGHT));
        let (from, shown) = (scroller.scroll_top(), scroller.client_height());
        if top - head < from {
            scroller.set_scroll_top(top - head);
        } else if top + height > from + shown {
            scroller.set_scroll_top(top + height - shown);
        }
    }
}

fn paint(row: &mut MessageRow, act: Act) {
    match act {
        Act::Read(read) => row.read = read,
        Act::Highlight(on) => row.highlighted = on,
        Act::Private(on) => row.private = on,
        Act::Finish(_) | Act::Delete(_) | Act::Spam(_) | Act::Snooze(_) | Act::Wake => {}
    }
}

fn whole(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

pub(super) fn show_word(show: Show) -> &'static str {
    match show {
        Show::All => "all",
        Show::Unread => "unread",
        Show::Unlinked => "unlinked",
        Show::Highlighted => "highlighted",
        Show::Private => "private",
    }
}

pub(super) fn show_from_word(word: Option<&str>) -> Show {
    match word {
        Some("unread") => Show::Unread,
        Some("unlinked") => Show::Unlinked,
        Some("highlighted") => Show::Highlighted,
        Some("private") => Show::Private,
        _ => Show::All,
    }
}

fn sort_word(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "newest",
        Sort::Oldest => "oldest",
        Sort::Address => "address",
    }
}

fn sort_from_word(word: Option<&str>) -> Sort {
    match word {
        Some("oldest") => Sort::Oldest,
        Some("address") => Sort::Address,
        _ => Sort::Newest,
    }
}

/// The address of a list, or of a message in it.
pub(super) fn href(filter: MessageFilter, message: Option<MessageId>) -> String {
    let mut address = format!("/inbox/{}", filter.place.as_str());
    if let Some(id) = message {
        address.push_str(&format!("/{id}"));
    }
    let mut mark = '?';
    if let Some(account) = filter.account {
        address.push_str(&format!("{mark}account={account}"));
        mark = '&';
    }
    if filter.show != Show::All {
        address.push_str(&format!("{mark}show={}", show_word(filter.show)));
        mark = '&';
    }
    if filter.sort != Sort::Newest {
        address.push_str(&format!("{mark}sort={}", sort_word(filter.sort)));
    }
    address
}

/// The newest page over older rows: what it no longer names is gone, what lies below it stays.
fn merge(old: &[MessageRow], old_next: Option<Cursor>, page: Page<MessageRow>) -> (Vec<MessageRow>, Option<Cursor>) {
    if page.next.is_none() {
        return (page.rows, None);
    }
    let known = page.rows.iter().rev().find_map(|row| old.iter().position(|other| other.id == row.id));
    let Some(known) = known else { return (page.rows, page.next) };
    let mut rows = page.rows;
    let fresh: HashSet<_> = rows.iter().map(|row| row.id).collect();
    let tail: Vec<_> = old.iter().skip(known + 1).filter(|row| !fresh.contains(&row.id)).cloned().collect();
    if tail.is_empty() {
        return (rows, page.next);
    }
    rows.extend(tail);
    (rows, old_next)
}

fn scroller() -> Option<web_sys::Element> {
    document().query_selector(".inbox__rows .virtual").ok().flatten()
}

/// Rows that come in above what is in sight push the list down; the scroll position follows them.
fn hold_sight(old: &[MessageRow], new: &[MessageRow], filter: MessageFilter) {
    let Some(scroller) = scroller() else { return };
    let top = scroller.scroll_top();
    if top <= 0 {
        return;
    }
    let begins = |rows: &[MessageRow], at| whole(days::top(rows, at, filter));
    let first = usize::try_from(top / whole(ROW_HEIGHT)).unwrap_or_default().min(old.len().saturating_sub(1));
    let Some(first) = (0..=first).rev().find(|at| begins(old, *at) <= top) else { return };
    let Some(anchor) = old.get(first) else { return };
    let Some(now) = new.iter().position(|row| row.id == anchor.id) else { return };
    let moved = begins(new, now) - begins(old, first);
    if moved != 0 {
        request_animation_frame(move || scroller.set_scroll_top(top + moved));
    }
}

pub(super) fn row_id(id: MessageId) -> String {
    format!("message-{id}")
}

fn is_focus_in_list() -> bool {
    document().active_element().is_some_and(|element| element.closest(".inbox__rows").ok().flatten().is_some())
}

fn focus_row(id: MessageId) {
    // The row may have to be drawn first, and scrolled to.
    request_animation_frame(move || {
        request_animation_frame(move || {
            let row = document().get_element_by_id(&row_id(id)).and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(row) = row {
                _ = row.focus();
            }
        });
    });
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use model::message::{Participant, ParticipantRole};
    use model::{Civil, Moment};

    fn id(number: u32) -> MessageId {
        format!("{number:032x}").parse().expect("32 hex digits")
    }

    fn row(number: u32) -> MessageRow {
        MessageRow {
            id: id(number),
            account: "00000000000000000000000000000001".parse().expect("32 hex digits"),
            at: Civil { year: 2026, month: 11, day: 20, hour: 9, minute: 0, days_from_today: 0, weekday: 5 },
            who: Participant { role: ParticipantRole::From, name: String::new(), address: "jan@bakker.example".into() },
            contact: None,
            subject: String::new(),
            snippet: String::new(),
            read: false,
            answered: false,
            outgoing: false,
            attachments: false,
            finished: false,
            highlighted: false,
            private: false,
            notes: 0,
            snoozed_until: None,
            returned: false,
            quarantine: None,
        }
    }

    fn numbers(numbers: &[u32]) -> Vec<MessageRow> {
        numbers.iter().copied().map(row).collect()
    }

    fn cursor(number: u32) -> Option<Cursor> {
        Some(Cursor { at: Moment(i64::from(number)), id: id(number).0 })
    }

    /// [SYN-10] The newest page lies over the older rows: new ones on top, those gone elsewhere gone here, the rest untouched.
    #[test]
    fn a_fresh_page_is_laid_over_the_rows_read_so_far() {
        let old = numbers(&[9, 8, 7, 6, 5, 4]);
        let page = Page { rows: numbers(&[10, 9, 7]), next: cursor(7) };
        let (rows, next) = merge(&old, cursor(4), page);
        assert_eq!(rows, numbers(&[10, 9, 7, 6, 5, 4]));
        assert_eq!(next, cursor(4));
        // More than a page is new: what lies below is read again when it is scrolled to.
        let (rows, next) = merge(&old, cursor(4), Page { rows: numbers(&[20, 19, 18]), next: cursor(18) });
        assert_eq!((rows, next), (numbers(&[20, 19, 18]), cursor(18)));
        // All there is fits one page.
        let (rows, next) = merge(&old, cursor(4), Page { rows: numbers(&[9]), next: None });
        assert_eq!((rows, next), (numbers(&[9]), None));
    }

    #[test]
    fn addresses_say_what_is_shown() {
        let filter = MessageFilter { place: Place::Sent, show: Show::Unread, sort: Sort::Oldest, account: None };
        assert_eq!(href(filter, None), "/inbox/sent?show=unread&sort=oldest");
        let all = MessageFilter::default();
        assert_eq!(href(all, Some(id(7))), "/inbox/inbox/00000000-0000-0000-0000-000000000007");
        assert_eq!(show_from_word(Some(show_word(Show::Unlinked))), Show::Unlinked);
    }
}
