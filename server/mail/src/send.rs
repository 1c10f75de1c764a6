//! Letters out: built once, quoted from, and handed to the mail server of whoever wrote them (mail.md §2.2 and §5).

pub(crate) mod address;
mod build;
pub(crate) mod outbox;
mod quote;
mod reply;
mod smtp;
mod text;

pub use build::build;
pub(crate) use quote::quotable_within;
pub use quote::{enclosed, quotable};
pub use smtp::{Patience, Submission};
