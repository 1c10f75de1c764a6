//! `E-mail verbinden`: from an address to a working mailbox. The same wizard stands in Home, the inbox and the settings.

mod checks;
mod draft;
mod form;
mod page;
mod server;
pub mod verbs;
mod why;

pub use form::Wizard;
pub use page::Page;
pub(crate) use server::{ServerFields, ServerInput};
pub use why::{next, next_outgoing, why};
