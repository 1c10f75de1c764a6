//! The table of rules in docs/carddav-rfc.md, each by its id; and what real clients send.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bad;
mod clients;
mod login;
mod query;
mod rules;
mod sync;
mod world;
mod write;
