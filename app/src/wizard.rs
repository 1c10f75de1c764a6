//! `E-mail verbinden`: from an address to a working mailbox. The same wizard stands in Home, the inbox and the settings.

mod checks;
mod draft;
mod form;
mod page;
mod server;
mod sign_in;
pub mod verbs;
mod why;

pub use form::Wizard;
pub use page::Page;
pub(crate) use page::use_sign_in;
pub(crate) use server::{ServerFields, ServerInput};
pub(crate) use sign_in::{SignInNote, again_path, at as sign_in_at, known as known_issuers};
pub use why::{next, next_outgoing, why};
