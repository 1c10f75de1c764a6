//! `Beheer`: what one sets for oneself, for one's mail, and for everyone.

mod clean;
mod crm;
mod mail;
mod mail_health;
mod page;
mod phone;
mod profile;
mod removed;
mod tags;
mod types;
pub mod verbs;

use clean::CleaningCard;
use crm::{Crm, Rule};
use mail::Mail;
pub use page::Page;
use phone::PhonePage;
use profile::Profile;
use removed::Removed;
use tags::Tags;
use types::Types;
