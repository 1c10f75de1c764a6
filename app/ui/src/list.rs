//! A long list that draws only the rows in sight.

use crate::keys;
use leptos::prelude::*;
use std::hash::Hash;

/// Rows drawn before the list knows how high it is: on the server, and in the first moment.
const FIRST: usize = 40;
/// Rows drawn above and below what is in sight, so a flick of the wheel meets no gap.
const BEYOND: usize = 8;
/// More rows are asked for when this many are left below.
const NEAR_END: usize = 20;

/// Rows of one fixed height. `rows` grows by pages: `on_more` is called near the end, and may be called again while a page is under way.
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
    let height = f64::from(row_height.max(1));
    // First and one past last row in sight.
    let sight = RwSignal::new((0_usize, FIRST));
    let measure = move || {
        let Some(node) = node.get_untracked() else { return };
        let top = f64::from(node.scroll_top());
        let first = to_rows(top / height);
        let shown = to_rows(f64::from(node.client_height()) / height) + 1;
        let next = (first.saturating_sub(BEYOND), first + shown + BEYOND);
        if sight.get_untracked() != next {
            sight.set(next);
        }
        if let Some(on_more) = on_more
            && first + shown + NEAR_END > rows.with_untracked(Vec::len)
        {
            on_more.run(());
        }
    };
    Effect::new(move |_| {
        node.track();
        rows.track();
        measure();
    });
    Effect::new(move |_| {
        let Some(at) = current.get() else { return };
        let Some(node) = node.get() else { return };
        let (top, bottom) = (height * as_px(at), height * as_px(at + 1));
        let (from, to) = (f64::from(node.scroll_top()), f64::from(node.scroll_top() + node.client_height()));
        if top < from {
            node.set_scroll_top(whole_px(top));
        } else if bottom > to {
            node.set_scroll_top(whole_px(bottom - f64::from(node.client_height())));
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
    let total = move || format!("{}px", height * as_px(rows.with(Vec::len)));
    let above = move || format!("translateY({}px)", height * as_px(sight.get().0.min(rows.with(Vec::len))));
    let in_sight = move || {
        let (from, to) = sight.get();
        rows.with(|rows| rows.iter().skip(from).take(to.saturating_sub(from)).cloned().collect::<Vec<_>>())
    };
    view! {
        <div class="virtual" role="list" tabindex="-1" aria-label=move || label.get() node_ref=node on:scroll=move |_| measure() on:keydown=on_key>
            <div class="virtual__all" style:block-size=total>
                <div class="virtual__sight" style:transform=above>
                    <For each=in_sight key=move |item| key(item) children=move |item| row.run(item)/>
                </div>
            </div>
        </div>
    }
}

/// How a row is drawn.
#[derive(Clone)]
pub struct ViewFnOf<T>(std::sync::Arc<dyn Fn(T) -> AnyView + Send + Sync>);

impl<T> ViewFnOf<T> {
    fn run(&self, item: T) -> AnyView {
        (self.0)(item)
    }
}

impl<T, V: IntoView + 'static, F: Fn(T) -> V + Send + Sync + 'static> From<F> for ViewFnOf<T> {
    fn from(draw: F) -> Self {
        Self(std::sync::Arc::new(move |item| draw(item).into_any()))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a scroll position is a small number and not below zero")]
fn to_rows(rows: f64) -> usize {
    rows.max(0.0) as usize
}

#[expect(clippy::cast_precision_loss, reason = "no list has 2^52 rows")]
fn as_px(rows: usize) -> f64 {
    rows as f64
}

#[expect(clippy::cast_possible_truncation, reason = "a scroll position is a small number")]
fn whole_px(px: f64) -> i32 {
    px as i32
}
