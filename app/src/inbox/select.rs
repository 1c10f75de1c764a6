//! Several messages at once: ticked one by one, by range, or all that match.

use super::conversation::merge;
use super::desk::{Desk, deleting, finishing, sorting_out, sorting_words};
use super::verbs::count_messages;
use crate::format;
use crate::i18n::{t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::MessageId;
use model::inbox::{Place, Show};
use model::work::Act;
use std::collections::BTreeSet;
use ui::{Button, Checkbox, Glyph, IconButton, Kind, Menu, MenuItem, Size};

/// What is ticked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picked {
    ids: BTreeSet<MessageId>,
    /// Everything the list would show, were it read to its end.
    all: bool,
    /// Where a range begins.
    anchor: Option<MessageId>,
}

impl Picked {
    pub(super) fn has(&self, id: MessageId) -> bool {
        self.all || self.ids.contains(&id)
    }

    pub(super) fn any(&self) -> bool {
        self.all || !self.ids.is_empty()
    }

    /// Ticks or unticks one; with `range`, everything between the last one ticked and this one.
    fn tick(&mut self, id: MessageId, range: bool, rows: &[MessageId]) {
        self.all = false;
        let place = |wanted: MessageId| rows.iter().position(|row| *row == wanted);
        match (range, self.anchor.and_then(place), place(id)) {
            (true, Some(from), Some(to)) => self.ids.extend(rows.iter().skip(from.min(to)).take(from.abs_diff(to) + 1)),
            _ => {
                if !self.ids.remove(&id) {
                    self.ids.insert(id);
                }
            }
        }
        self.anchor = Some(id);
    }
}

impl Desk {
    pub(super) fn tick(self, id: MessageId, range: bool) {
        let rows = self.rows.with_untracked(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>());
        self.picked.update(|picked| picked.tick(id, range, &rows));
    }

    pub(super) fn tick_all(self) {
        let ids = self.rows.with_untracked(|rows| rows.iter().map(|row| row.id).collect());
        self.picked.update(|picked| picked.ids = ids);
    }

    pub(super) fn tick_none(self) {
        self.picked.set(Picked::default());
    }

    /// What a command is about: what is ticked, or else the message one is at.
    pub(super) fn meant(self) -> Vec<MessageId> {
        let ids: Vec<_> = self.picked.with_untracked(|picked| picked.ids.iter().copied().collect());
        if ids.is_empty() { self.selected.get_untracked().into_iter().collect() } else { ids }
    }

    /// Does it to what is meant.
    pub(super) fn act_on_meant(self, act: Act) -> bool {
        if self.picked.with_untracked(|picked| picked.all) {
            self.act_on_all(act);
            return true;
        }
        let meant = self.meant();
        let any = !meant.is_empty();
        self.act(act, meant);
        any
    }
}

/// Takes the place of the list's header while anything is ticked.
#[component]
pub(super) fn PickedBar(
    desk: Desk,
    /// Opens the dialog that puts off what is meant.
    snooze: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    // How many the list would have at its end; asked when something is ticked.
    let matching = RwSignal::new(None::<i64>);
    Effect::new(move |_| {
        let filter = desk.filter.get();
        spawn_local(async move {
            if let Ok(count) = count_messages(filter).await {
                _ = matching.try_set(Some(count));
            }
        });
    });
    let place = move || desk.filter.get().place;
    let count = move || {
        let count = desk.picked.with(|picked| if picked.all { matching.get() } else { i64::try_from(picked.ids.len()).ok() });
        let count = format::count(count.unwrap_or_default(), i18n.get_locale());
        t_string!(i18n, inbox.picked.count, count = count).to_string()
    };
    let every = Signal::derive(move || {
        let rows = desk.rows.with(Vec::len);
        desk.picked.with(|picked| picked.all || (rows > 0 && picked.ids.len() >= rows))
    });
    let tick = Callback::new(move |on: bool| if on { desk.tick_all() } else { desk.tick_none() });
    let act = move |act: Act| _ = desk.act_on_meant(act);
    let finish = move || {
        finishing(place()).map(|done| {
            view! {
                <Button size=Size::Small kind=Kind::Quiet icon=Glyph::Check on_click=move |_| act(done)>
                    <span class="aloud">
                        {move || if done == Act::Finish(true) { t_string!(i18n, inbox.act.finish) } else { t_string!(i18n, inbox.act.unfinish) }}
                    </span>
                </Button>
            }
        })
    };
    let item = move |icon: Glyph, done: Act, words: Signal<String>| {
        view! {
            <MenuItem icon on_click=move |_| act(done)>
                {move || words.get()}
            </MenuItem>
        }
    };
    let spam = move || {
        sorting_out(place()).map(|done| {
            let words = Signal::derive(move || sorting_words(done, i18n.get_locale()).to_owned());
            item(Glyph::Spam, done, words)
        })
    };
    // By hand, so what is named one by one: nobody means the whole inbox as one conversation.
    let together = move || {
        desk.picked.with(|picked| !picked.all && picked.ids.len() > 1).then(|| {
            view! {
                <MenuItem icon=Glyph::Comment on_click=move |_| merge(desk, desk.meant())>
                    {t!(i18n, inbox.talk.merge)}
                </MenuItem>
            }
        })
    };
    let more = move || {
        let matching = matching.get()?;
        let picked = desk.picked.get();
        let shown = i64::try_from(picked.ids.len()).unwrap_or(i64::MAX);
        (!picked.all && every.get() && matching > shown).then(|| {
            let words = td_string!(i18n.get_locale(), inbox.picked.all, count = format::count(matching, i18n.get_locale()));
            view! {
                <div class="picked__all">
                    <button class="link-button" type="button" on:click=move |_| desk.picked.update(|picked| picked.all = true)>
                        {words}
                    </button>
                </div>
            }
        })
    };
    view! {
        <header class="inbox__bar picked" role="toolbar" aria-label=move || t_string!(i18n, inbox.picked.name)>
            <Checkbox bare=true label=text!(i18n, inbox.picked.every) checked=every on_change=tick/>
            <span class="picked__count" role="status">
                {count}
            </span>
            {finish}
            <IconButton name=Glyph::Clock size=Size::Small label=text!(i18n, inbox.act.snooze) on_click=move |_| snooze.set(true)/>
            {move || {
                let (name, label) = if place() == Place::Trash {
                    (Glyph::Undo, text!(i18n, inbox.act.restore))
                } else {
                    (Glyph::Trash, text!(i18n, inbox.act.delete))
                };
                view! { <IconButton name size=Size::Small label on_click=move |_| act(deleting(desk.filter.get_untracked().place))/> }
            }}
            <Menu id="picked-menu" label=text!(i18n, inbox.act.more)>
                {item(Glyph::Mail, Act::Read(true), text!(i18n, inbox.act.read))}
                {item(Glyph::Mail, Act::Read(false), text!(i18n, inbox.act.unread))}
                <div class="menu__line"></div>
                {item(Glyph::Star, Act::Highlight(true), text!(i18n, inbox.act.highlight))}
                {item(Glyph::Star, Act::Highlight(false), text!(i18n, inbox.act.plain))}
                {item(Glyph::Lock, Act::Private(true), text!(i18n, inbox.act.make_private))}
                {item(Glyph::Lock, Act::Private(false), text!(i18n, inbox.act.make_open))}
                <div class="menu__line"></div>
                {spam}
                {together}
            </Menu>
            <IconButton name=Glyph::Close size=Size::Small label=text!(i18n, inbox.picked.none) on_click=move |_| desk.tick_none()/>
        </header>
        {more}
    }
}

/// Which messages, and in what order.
#[component]
pub(super) fn FilterMenu(desk: Desk) -> impl IntoView {
    use model::inbox::Sort;
    let i18n = use_i18n();
    let show = move |show: Show, words: Signal<String>| {
        let checked = Signal::derive(move || desk.filter.get().show == show);
        view! {
            <MenuItem checked on_click=move |_| desk.show(show)>
                {move || words.get()}
            </MenuItem>
        }
    };
    let sort = move |sort: Sort, words: Signal<String>| {
        let checked = Signal::derive(move || desk.filter.get().sort == sort);
        view! {
            <MenuItem checked on_click=move |_| desk.sort(sort)>
                {move || words.get()}
            </MenuItem>
        }
    };
    view! {
        <Menu id="filter-menu" label=text!(i18n, inbox.filter) icon=Glyph::Filter>
            <p class="menu__heading">{t!(i18n, inbox.show.name)}</p>
            {show(Show::All, text!(i18n, inbox.show.all))}
            {show(Show::Unread, text!(i18n, inbox.show.unread))}
            {show(Show::Unlinked, text!(i18n, inbox.show.unlinked))}
            {show(Show::Highlighted, text!(i18n, inbox.show.highlighted))}
            {show(Show::Private, text!(i18n, inbox.show.private_))}
            <div class="menu__line"></div>
            <p class="menu__heading">{t!(i18n, inbox.sort.name)}</p>
            {sort(Sort::Newest, text!(i18n, inbox.sort.newest))}
            {sort(Sort::Oldest, text!(i18n, inbox.sort.oldest))}
            {sort(Sort::Address, text!(i18n, inbox.sort.address))}
        </Menu>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// [INB-12] A range goes from the last one ticked, in either direction.
    #[test]
    fn ranges() {
        let rows: Vec<MessageId> = (1..=6).map(|number| format!("{number:032x}").parse().expect("32 hex digits")).collect();
        let mut picked = Picked::default();
        picked.tick(rows[3], false, &rows);
        picked.tick(rows[1], true, &rows);
        assert_eq!(picked.ids.iter().copied().collect::<Vec<_>>(), rows[1..=3]);
        picked.tick(rows[2], false, &rows);
        assert!(picked.has(rows[1]) && !picked.has(rows[2]) && picked.has(rows[3]));
        picked.tick(rows[5], true, &rows);
        assert_eq!(picked.ids.len(), 5, "from the one just unticked to the last, and the one above");
    }
}
