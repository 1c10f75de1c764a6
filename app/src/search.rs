//! Searching: the box that opens over any room, and the page with everything that was found.

mod help;
mod hits;
mod page;
mod palette;
pub mod verbs;

pub use page::Page;
pub use palette::Palette;
