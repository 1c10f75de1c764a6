//! Home-dashboard: what fills the account, who was spoken to last, what came in last.

mod lists;
mod page;
mod setup;

pub use page::Page;
