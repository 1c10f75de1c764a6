//! The nouns of Spindle and the rules that need nothing but the value at hand.
//!
//! Compiled for the browser and for the server, so a form and a verb judge input by the same code.
//! Does no I/O, never reads the clock and never draws a random number: those come in as parameters.

pub mod clean;
pub mod contact;
pub mod edition;
pub mod fold;
pub mod id;
pub mod inbox;
pub mod letter;
pub mod logo;
pub mod mail_account;
pub mod merge;
pub mod message;
pub mod nature;
pub mod outgoing;
pub mod page;
pub mod phone;
pub mod phone_sync;
pub mod preferences;
pub mod problem;
pub mod profile;
pub mod registration;
pub mod right;
pub mod search;
pub mod sender;
pub mod sign_in;
pub mod template;
pub mod thread;
pub mod time;
pub mod work;

pub use edition::Edition;
pub use id::*;
pub use page::{Cursor, Page};
pub use problem::{Invalid, Problem};
pub use right::{Right, Role};
pub use time::{Civil, Day, Moment};
