//! The verbs, on a real embedded database, with a clock that stands still until it is moved and dice that always fall alike.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod clean;
mod contacts;
mod errands;
mod isolation;
mod login;
mod mail;
mod mailroom;
mod offices;
mod outgoing;
mod search;
mod sign_in;
mod templates;
mod threads;
mod vcard;
mod work;
mod world;
