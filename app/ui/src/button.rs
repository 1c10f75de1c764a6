use crate::{Glyph, Icon};
use leptos::prelude::*;

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

/// What is pressed: `<Button on:click=move |_| …>`, or `submit=true` in a form.
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
        >
            <Icon name/>
        </button>
    }
}
