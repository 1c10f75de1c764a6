//! `Beheer`: what one sets for oneself, for one's mail, and for everyone.

mod clean;
mod company;
mod crm;
mod logo;
mod mail;
mod mail_health;
mod page;
mod phone;
mod profile;
mod removed;
mod senders;
mod sending;
mod signature;
mod tags;
mod types;
mod undo;
pub mod verbs;

use clean::CleaningCard;
use company::Company;
use crm::{Crm, Rule};
use logo::LogoCard;
use mail::Mail;
pub use page::Page;
use phone::PhonePage;
use profile::Profile;
use removed::Removed;
use senders::Senders;
use sending::Sending;
use signature::SignatureCard;
use tags::Tags;
use types::Types;
