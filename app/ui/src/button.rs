use crate::{Glyph, Icon};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// What is done when somebody clicks. A property, and not `on:click` on the component: that is put on from outside, and where a list is drawn
/// anew in place Leptos leaves the first one on for ever (leptos#4313, leptos#4512), so that a button would act for a row that is gone.
#[derive(Default)]
pub struct Click(Option<Box<dyn FnMut(MouseEvent)>>);

impl<F: FnMut(MouseEvent) + 'static> From<F> for Click {
    fn from(act: F) -> Self {
        Self(Some(Box::new(act)))
    }
}

impl Click {
    /// For the element itself.
    pub(crate) fn handler(self) -> impl FnMut(MouseEvent) {
        let mut act = self.0;
        move |event| {
            if let Some(act) = &mut act {
                act(event);
            }
        }
    }
}

/// How loud a button is. One primary per pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Plain,
    Primary,
    Quiet,
    Danger,
}

impl Kind {
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Primary => Some("primary"),
            Self::Quiet => Some("quiet"),
            Self::Danger => Some("danger"),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    Mini,
    Tiny,
    Small,
    #[default]
    Normal,
    Large,
}

impl Size {
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Mini => Some("mini"),
            Self::Tiny => Some("tiny"),
            Self::Small => Some("small"),
            Self::Normal => None,
            Self::Large => Some("large"),
        }
    }
}

/// What is pressed: `<Button on_click=move |_| …>`, or `submit=true` in a form.
#[component]
pub fn Button(
    #[prop(optional)] kind: Kind,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] icon: Option<Glyph>,
    #[prop(optional)] submit: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] wide: bool,
    /// The last word before something irreversible: filled red.
    #[prop(optional)]
    last: bool,
    #[prop(optional, into)] on_click: Click,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class="button"
            type=if submit { "submit" } else { "button" }
            data-kind=kind.word()
            data-size=size.word()
            data-wide=wide
            data-final=last
            disabled=move || disabled.get()
            on:click=on_click.handler()
        >
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button, because it leads somewhere.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] size: Size,
    #[prop(optional, into)] icon: Option<Glyph>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class="button" href=href data-kind=kind.word() data-size=size.word()>
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </a>
    }
}

/// A button of one icon. `label` is its name, also shown as a tooltip.
#[component]
pub fn IconButton(
    name: Glyph,
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] size: Size,
    /// For a button that is on or off.
    #[prop(optional, into)]
    pressed: MaybeProp<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_click: Click,
) -> impl IntoView {
    view! {
        <button
            class="icon-button"
            type="button"
            data-size=size.word()
            aria-label=move || label.get()
            title=move || label.get()
            aria-pressed=move || pressed.get().map(|on| if on { "true" } else { "false" })
            disabled=move || disabled.get()
            on:click=on_click.handler()
        >
            <Icon name/>
        </button>
    }
}
