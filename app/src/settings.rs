//! `Beheer`: what one sets for oneself, for one's mail, and for everyone.

mod crm;
mod mail;
mod mail_health;
mod page;
mod phone;
mod profile;
mod tags;
mod types;
pub mod verbs;

use crm::{Crm, Rule};
use mail::Mail;
pub use page::Page;
use phone::PhonePage;
use profile::Profile;
use tags::Tags;
use types::Types;
