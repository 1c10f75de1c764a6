//! `E-mail verbinden`: from an address to a working mailbox. The same wizard stands in Home, the inbox and the settings.

mod checks;
mod draft;
mod form;
mod page;
pub mod verbs;
mod why;

pub use form::Wizard;
pub(crate) use form::securities;
pub use page::Page;
pub use why::{next, next_outgoing, why};
