//! The furniture of Spindle: small pieces every room is built from, drawn by `style/ui.css`.
//!
//! Knows no CRM and speaks no language: every word comes in as a property or through [`Words`].

#![expect(unreachable_pub, reason = "components bring a public struct of properties that nobody names")]

mod avatar;
mod button;
mod choice;
mod dialog;
mod empty;
mod field;
mod icon;
mod inline;
pub mod keys;
mod list;
mod menu;
mod rich_text;
mod say;
mod tabs;
mod toast;
mod wait;
mod words;

pub use avatar::{Avatar, Shape, initials, tint};
pub use button::{Button, Click, IconButton, Kind, LinkButton, Size};
pub use choice::{Checkbox, Segmented, Switch};
pub use dialog::{Dialog, Sheet};
pub use empty::{Drawing, Empty};
pub use field::{Field, FieldError, PasswordField, Select, Textarea};
pub use icon::{Glyph, Icon, SPRITE};
pub use inline::Inline;
pub use list::{Heads, ViewFnOf, VirtualList};
pub use menu::{Menu, MenuHandle, MenuItem, use_menu};
pub use rich_text::{MergeField, RichText, RichTextHandle, use_rich_text};
pub use say::{Badge, Banner, Chip, Key, Status, Tag, Tone};
pub use tabs::{Tab, Tabs};
pub use toast::{ToastPlace, Toasts, use_toasts};
pub use wait::{Progress, Ring, Skeleton, SkeletonRows};
pub use words::{Words, use_words};
