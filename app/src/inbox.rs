//! `Postvak IN`: folders, the list of messages and the one that is read.

mod conversation;
mod days;
mod desk;
mod folders;
mod frame;
mod list;
pub mod message;
mod nature;
mod notes;
mod page;
mod picker;
mod select;
mod side;
mod snooze;
mod sync;
pub mod verbs;

pub use message::MessagePane;
pub(crate) use nature::{not_there, why as why_undelivered};
pub use page::Page;
pub(crate) use picker::Picker;
pub(crate) use snooze::WhenDialog;
pub(crate) use sync::calm;
