//! One story over every method of the store's ports, told on both databases, and what must never happen on either.

#![expect(clippy::unwrap_used, reason = "tests")]

mod blobs;
mod search;
mod secrets;
mod story;
mod story_carddav;
mod story_clean;
mod story_errands;
mod story_outgoing;
mod story_replies;
mod story_senders;
mod story_sign_in;
mod story_templates;
mod story_work;
mod threads;
mod world;
