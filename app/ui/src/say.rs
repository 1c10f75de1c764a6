//! Small pieces that say something: badge, tag, chip, status, banner, key.

use crate::{Glyph, Icon, IconButton, Size, use_words};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Accent,
    Success,
    Warn,
    Danger,
}

impl Tone {
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Accent => Some("accent"),
            Self::Success => Some("success"),
            Self::Warn => Some("warn"),
            Self::Danger => Some("danger"),
        }
    }
}

#[component]
pub fn Badge(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    view! { <span class="badge" data-tone=tone.word()>{children()}</span> }
}

/// A word about a thing: its type, its state. Cannot be pressed.
#[component]
pub fn Tag(#[prop(optional)] tone: Tone, #[prop(optional, into)] icon: Option<Glyph>, children: Children) -> impl IntoView {
    view! {
        <span class="tag" data-tone=tone.word()>
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </span>
    }
}

/// A linked thing, with a cross where it can be taken off.
#[component]
pub fn Chip(
    #[prop(optional, into)] icon: Option<Glyph>,
    /// The name of the cross; with it comes `on_remove`.
    #[prop(optional, into)]
    remove_label: MaybeProp<String>,
    #[prop(optional)] on_remove: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let words = use_words();
    let cross = on_remove.map(|remove| {
        let label = move || remove_label.get().unwrap_or_else(|| words.with(|w| w.remove.clone()));
        view! {
            <button class="chip__remove" type="button" aria-label=label on:click=move |_| remove.run(())>
                <Icon name=Glyph::Close/>
            </button>
        }
    });
    view! {
        <span class="chip">
            {icon.map(|name| view! { <Icon name/> })}
            <span class="chip__text">{children()}</span>
            {cross}
        </span>
    }
}

/// An icon and a word: never colour alone.
#[component]
pub fn Status(tone: Tone, icon: Glyph, children: Children) -> impl IntoView {
    view! {
        <span class="status" data-tone=tone.word()>
            <Icon name=icon size=Size::Small/>
            {children()}
        </span>
    }
}

/// A strip that says what is the matter and what can be done about it.
#[component]
pub fn Banner(
    #[prop(optional)] tone: Tone,
    icon: Glyph,
    /// Read aloud when it appears.
    #[prop(optional)]
    live: bool,
    #[prop(optional)] tall: bool,
    /// With it the banner has a cross.
    #[prop(optional)]
    on_close: Option<Callback<()>>,
    /// Links and buttons at its end.
    #[prop(optional)]
    end: Option<ViewFn>,
    children: Children,
) -> impl IntoView {
    let words = use_words();
    view! {
        <div class="banner" data-tone=tone.word() data-tall=tall role=live.then_some("status")>
            <Icon name=icon/>
            <span class="banner__text">{children()}</span>
            {end.map(|end| end.run())}
            {on_close
                .map(|close| {
                    view! {
                        <IconButton
                            name=Glyph::Close
                            size=Size::Tiny
                            label=Signal::derive(move || words.with(|w| w.close.clone()))
                            on_click=move |_| close.run(())
                        />
                    }
                })}
        </div>
    }
}

#[component]
pub fn Key(children: Children) -> impl IntoView {
    view! { <kbd class="key">{children()}</kbd> }
}
