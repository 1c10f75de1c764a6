//! The mail door from outside.

mod bad_days;
mod bench;
mod corpus;
mod diagnosis;
mod discover;
mod fuzz;
mod kills;
mod letters;
mod nature;
mod oauth;
mod outbox;
mod parse;
mod records;
mod sending;
mod show;
mod sync_any;
mod sync_clean;
mod sync_dovecot;
mod sync_heavy;
mod sync_lies;
mod sync_limits;
mod sync_push;
mod tnef;
mod vectors;
mod written;

/// A letter of `tests/data`, named for what is odd about it.
fn letter(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("{name}.eml"));
    std::fs::read(path).expect("a fixture of that name")
}
