//! Icons: our own, drawn on a 20-grid, referred to from the one sprite in the document.

use crate::Size;
use leptos::prelude::*;

/// Every symbol. Stands once in the document, outside the part that is hydrated, so the browser's program carries none of it.
pub const SPRITE: &str = include_str!("icons.svg");

macro_rules! glyphs {
    ($($name:ident => $id:literal),* $(,)?) => {
        /// What an icon shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Glyph {
            $($name,)*
        }

        impl Glyph {
            pub fn href(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("#i-", $id),)*
                }
            }

            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

glyphs! {
    Spindle => "spindle",
    Home => "home",
    Inbox => "inbox",
    Mail => "mail",
    People => "people",
    Person => "person",
    PersonPlus => "person-plus",
    Folder => "folder",
    Task => "task",
    Calendar => "calendar",
    Clock => "clock",
    Invoice => "invoice",
    Settings => "settings",
    Search => "search",
    Bell => "bell",
    Plus => "plus",
    Close => "close",
    Check => "check",
    ChevronDown => "chevron-down",
    ChevronRight => "chevron-right",
    ChevronLeft => "chevron-left",
    More => "more",
    Star => "star",
    Clip => "clip",
    Reply => "reply",
    ReplyAll => "reply-all",
    Forward => "forward",
    Archive => "archive",
    Trash => "trash",
    Spam => "spam",
    Send => "send",
    Link => "link",
    Copy => "copy",
    Phone => "phone",
    Mobile => "mobile",
    Whatsapp => "whatsapp",
    Comment => "comment",
    Globe => "globe",
    Pin => "pin",
    Building => "building",
    Note => "note",
    File => "file",
    Image => "image",
    Table => "table",
    Tag => "tag",
    Edit => "edit",
    Undo => "undo",
    Sync => "sync",
    Info => "info",
    Help => "help",
    Warn => "warn",
    CheckCircle => "check-circle",
    XCircle => "x-circle",
    Lock => "lock",
    Key => "key",
    Eye => "eye",
    Server => "server",
    Bold => "bold",
    Italic => "italic",
    Underline => "underline",
    List => "list",
    ListNumber => "list-number",
    Align => "align",
    Divider => "divider",
    Button => "button",
    Code => "code",
    Merge => "merge",
    Template => "template",
    Filter => "filter",
    Panel => "panel",
    Moon => "moon",
    Sun => "sun",
    External => "external",
    Expand => "expand",
    Minus => "minus",
    Download => "download",
    Upload => "upload",
    Shield => "shield",
    Play => "play",
    Plug => "plug",
    BinClock => "bin-clock",
    Keyboard => "keyboard",
    Colour => "colour",
    MergePeople => "merge-people",
}

/// A picture beside words, or inside a button that has a name of its own: never read aloud.
#[component]
pub fn Icon(
    name: Glyph,
    #[prop(optional)] size: Size,
    /// `success`, `warn`, `danger`, `accent` or `faint`.
    #[prop(optional, into)]
    tone: MaybeProp<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" data-size=size.word() data-tone=move || tone.get() aria-hidden="true">
            <use href=name.href()></use>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_is_drawn() {
        for glyph in Glyph::ALL {
            let id = glyph.href().trim_start_matches('#');
            assert!(SPRITE.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }
}
