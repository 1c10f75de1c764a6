use leptos::prelude::*;

/// The drawings of thread: only the thread has colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drawing {
    /// A spindle that is still empty.
    #[default]
    Spindle,
    /// A loose end: nothing found, nothing chosen.
    Loose,
    /// A tidy knot: all done.
    Knot,
}

/// An empty place: a drawing, one sentence, one next step (as children).
#[component]
pub fn Empty(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: MaybeProp<String>,
    #[prop(optional)] drawing: Drawing,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            {draw(drawing)}
            <p class="empty__title">{move || title.get()}</p>
            {move || text.get().map(|text| view! { <p class="empty__text">{text}</p> })}
            {children.map(|children| view! { <div class="empty__actions">{children()}</div> })}
        </div>
    }
}

fn draw(drawing: Drawing) -> AnyView {
    match drawing {
        Drawing::Spindle => view! {
            <svg class="empty__drawing" viewBox="0 0 160 120" aria-hidden="true">
                <path d="M80 14c20 20 20 72 0 92-20-20-20-72 0-92z"></path>
                <path d="M80 4v10M80 106v10"></path>
                <path data-thread="" d="M66 46l28-7M65 60l30-7M66 74l28-7"></path>
                <path data-thread="" d="M94 67c22 4 30 18 18 27-10 7-20-4-10-11 14-9 34 3 50-3"></path>
            </svg>
        }
        .into_any(),
        Drawing::Loose => view! {
            <svg class="empty__drawing" viewBox="0 0 160 120" aria-hidden="true">
                <path d="M14 92h132"></path>
                <path data-thread="" d="M14 92c26 0 34-46 58-46 20 0 22 30 4 30-16 0-12-34 16-40 22-5 40 8 54 2"></path>
            </svg>
        }
        .into_any(),
        Drawing::Knot => view! {
            <svg class="empty__drawing" viewBox="0 0 160 120" aria-hidden="true">
                <path data-thread="" d="M8 70c34 0 52-4 64-18 10-12 26-10 26 3 0 16-34 16-34 1 0-14 18-16 27-3 10 14 30 17 61 17"></path>
                <circle data-fill="" cx="30" cy="69" r="5"></circle>
                <circle data-fill="" cx="132" cy="70" r="5"></circle>
            </svg>
        }
        .into_any(),
    }
}
