//! Relaties: the list on the left, the card with its archive, and the form for a new one.

mod archive;
mod card;
mod details;
mod editors;
mod employer;
mod list;
mod new;
mod page;
mod paged;
pub mod verbs;
pub mod words;

pub use card::Card;
pub(crate) use details::tel;
pub use new::New;
pub use page::{Nothing, Page};
pub(crate) use paged::Paged;
