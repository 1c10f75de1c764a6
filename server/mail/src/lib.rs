//! The mail door: IMAP in, SMTP out, parsing, safe display, autodiscovery.

pub mod check;
mod clerk;
pub mod diagnose;
pub mod discover;
pub mod folders;
pub mod hosts;
pub mod imap;
pub mod nature;
pub mod oauth;
pub mod parse;
pub mod providers;
pub mod reach;
pub mod records;
pub mod relay;
pub mod room;
pub mod send;
pub mod show;
pub mod sync;
