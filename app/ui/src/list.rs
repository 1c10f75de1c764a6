//! A long list that draws only the rows in sight.

use crate::keys;
use leptos::prelude::*;
use std::hash::Hash;
use std::sync::Arc;

/// Rows drawn before the list knows how high it is: on the server, and in the first moment.
const FIRST: usize = 40;
/// Rows drawn above and below what is in sight, so a flick of the wheel meets no gap.
const BEYOND: usize = 8;
/// More rows are asked for when this many are left below.
const NEAR_END: usize = 20;

type Begins<T> = Arc<dyn Fn(Option<&T>, &T) -> bool + Send + Sync>;
type Words<T> = Arc<dyn Fn(&T) -> Option<String> + Send + Sync>;

/// What stands above the first row of each group, and how high it is drawn.
#[derive(Clone)]
pub struct Heads<T> {
    begins: Begins<T>,
    words: Words<T>,
    height: u32,
}

impl<T> Heads<T> {
    /// `begins` is given the row before and the row; `words` are those of the row's group. Both may read signals.
    pub fn new(
        height: u32,
        begins: impl Fn(Option<&T>, &T) -> bool + Send + Sync + 'static,
        words: impl Fn(&T) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self { begins: Arc::new(begins), words: Arc::new(words), height }
    }
}

/// Where each row begins, its heading included; and where the last one ends.
fn tops<T>(rows: &[T], row_height: u32, heads: Option<&Heads<T>>) -> Vec<u32> {
    let mut tops = Vec::with_capacity(rows.len() + 1);
    let (mut top, mut before) = (0_u32, None);
    for row in rows {
        tops.push(top);
        let head = heads.filter(|heads| (heads.begins)(before, row)).map_or(0, |heads| heads.height);
        top = top.saturating_add(row_height).saturating_add(head);
        before = Some(row);
    }
    tops.push(top);
    tops
}

/// The row that this pixel lies in.
fn row_at(tops: &[u32], pixel: u32) -> usize {
    tops.partition_point(|top| *top <= pixel).saturating_sub(1)
}

/// Rows of one fixed height, with a heading above each group where there are `heads`. `rows` grows by pages: `on_more` is called near
/// the end, and may be called again while a page is under way.
///
/// Arrows and j/k move through the rows and `on_move` says where to; Enter follows the row's own link.
/// Draw each row as one focusable element (`<a class="list-row">`) of exactly `row_height` pixels.
#[component]
pub fn VirtualList<T, K>(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] rows: Signal<Vec<T>>,
    key: fn(&T) -> K,
    #[prop(into)] row: ViewFnOf<T>,
    row_height: u32,
    #[prop(optional)] heads: Option<Heads<T>>,
    #[prop(optional)] on_more: Option<Callback<()>>,
    /// The row the reader is at: scrolled into sight when it moves.
    #[prop(optional, into)]
    current: Signal<Option<usize>>,
    #[prop(optional)] on_move: Option<Callback<usize>>,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    K: Eq + Hash + Clone + Send + Sync + 'static,
{
    let node = NodeRef::<leptos::html::Div>::new();
    let height = row_height.max(1);
    let tops = Memo::new({
        let heads = heads.clone();
        move |_| rows.with(|rows| tops(rows, height, heads.as_ref()))
    });
    // First and one past last row drawn, and the first in sight.
    let sight = RwSignal::new((0_usize, FIRST));
    let first = RwSignal::new(0_usize);
    let measure = move || {
        let Some(node) = node.get_untracked() else { return };
        let top = u32::try_from(node.scroll_top()).unwrap_or_default();
        let shown = u32::try_from(node.client_height()).unwrap_or_default();
        let (from, to) = tops.with_untracked(|tops| (row_at(tops, top), row_at(tops, top.saturating_add(shown)) + 1));
        let next = (from.saturating_sub(BEYOND), to + BEYOND);
        if sight.get_untracked() != next {
            sight.set(next);
        }
        if first.get_untracked() != from {
            first.set(from);
        }
        if let Some(on_more) = on_more
            && to + NEAR_END > rows.with_untracked(Vec::len)
        {
            on_more.run(());
        }
    };
    Effect::new(move |_| {
        node.track();
        tops.track();
        measure();
    });
    Effect::new(move |_| {
        let Some(at) = current.get() else { return };
        let Some(node) = node.get() else { return };
        let place = tops.with_untracked(|tops| Some((whole(*tops.get(at)?), whole(*tops.get(at + 1)?))));
        let Some((top, bottom)) = place else { return };
        let (from, to) = (node.scroll_top(), node.scroll_top() + node.client_height());
        if top < from {
            node.set_scroll_top(top);
        } else if bottom > to {
            node.set_scroll_top(bottom - node.client_height());
        }
    });
    let go = move |key: &str| {
        let len = rows.with_untracked(Vec::len);
        let at = current.get_untracked();
        let to = match (key, at) {
            (_, _) if len == 0 => return false,
            ("j" | "ArrowDown", None) | ("Home", _) => 0,
            ("j" | "ArrowDown", Some(at)) => (at + 1).min(len - 1),
            ("k" | "ArrowUp", at) => at.unwrap_or_default().saturating_sub(1),
            ("End", _) => len - 1,
            _ => return false,
        };
        if let Some(on_move) = on_move {
            on_move.run(to);
        }
        on_move.is_some()
    };
    keys::on_key(move |key| matches!(key, "j" | "k") && go(key));
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp" | "Home" | "End") && go(&event.key()) {
            event.prevent_default();
        }
    };
    let total = move || format!("{}px", tops.with(|tops| tops.last().copied().unwrap_or_default()));
    let above =
        move || format!("translateY({}px)", tops.with(|tops| tops.get(sight.get().0).or_else(|| tops.last()).copied().unwrap_or_default()));
    // Each with the heading above it.
    let in_sight = {
        let heads = heads.clone();
        move || {
            let (from, to) = sight.get();
            rows.with(|rows| {
                let head = |at: usize, row: &T| {
                    let before = at.checked_sub(1).and_then(|before| rows.get(before));
                    heads.as_ref().filter(|heads| (heads.begins)(before, row)).and_then(|heads| (heads.words)(row))
                };
                rows.iter()
                    .enumerate()
                    .skip(from)
                    .take(to.saturating_sub(from))
                    .map(|(at, row)| (head(at, row), row.clone()))
                    .collect::<Vec<_>>()
            })
        }
    };
    // The heading of what is on top stays in sight. It stands in the list already, so it is not read aloud twice.
    let kept = heads.map(|heads| {
        let words = Memo::new(move |_| rows.with(|rows| rows.get(first.get()).and_then(|row| (heads.words)(row))));
        move || words.get().map(|words| view! { <div class="virtual__head virtual__head--kept" aria-hidden="true">{words}</div> })
    });
    view! {
        <div class="virtual" role="list" tabindex="-1" aria-label=move || label.get() node_ref=node on:scroll=move |_| measure() on:keydown=on_key>
            {kept}
            <div class="virtual__all" style:block-size=total>
                <div class="virtual__sight" style:transform=above>
                    <For
                        each=in_sight
                        key=move |(head, item)| (head.clone(), key(item))
                        children=move |(head, item)| {
                            view! {
                                {head.map(|words| view! { <h3 class="virtual__head">{words}</h3> })}
                                {row.run(item)}
                            }
                        }
                    />
                </div>
            </div>
        </div>
    }
}

fn whole(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

/// How a row is drawn.
#[derive(Clone)]
pub struct ViewFnOf<T>(Arc<dyn Fn(T) -> AnyView + Send + Sync>);

impl<T> ViewFnOf<T> {
    fn run(&self, item: T) -> AnyView {
        (self.0)(item)
    }
}

impl<T, V: IntoView + 'static, F: Fn(T) -> V + Send + Sync + 'static> From<F> for ViewFnOf<T> {
    fn from(draw: F) -> Self {
        Self(Arc::new(move |item| draw(item).into_any()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_push_rows_down() {
        let heads = Heads::new(10, |before: Option<&u32>, row| before.is_none_or(|before| before != row), |row| Some(row.to_string()));
        let tops = tops(&[1, 1, 2], 100, Some(&heads));
        assert_eq!(tops, [0, 110, 210, 320]);
        assert_eq!([0, 109, 110, 215, 319, 999].map(|pixel| row_at(&tops, pixel)), [0, 0, 1, 2, 2, 3]);
        assert_eq!(super::tops::<u32>(&[], 100, None), [0]);
    }
}
