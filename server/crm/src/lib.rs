//! The verbs of Spindle, and the ports they need.
//!
//! Every operation is a method of [`Session`], which carries who is asking, or of [`System`], which works for nobody
//! in particular inside one company. Names no SQL, HTTP, IMAP or framework: the doors bring those.

mod carddav;
mod clean;
mod contacts;
mod error;
mod inbox;
mod jobs;
mod keys;
mod login;
mod mail_accounts;
mod outgoing;
mod password;
pub mod ports;
mod preferences;
mod profile;
mod seal;
mod search;
mod senders;
mod session;
mod sign_in;
mod system;
mod tasks;
mod templates;
mod threads;
pub mod vcard;
mod work;

pub use carddav::{Claim, Phone, Put, Standing, SyncToken, Unwritten, Visitor};
pub use error::{Error, Result};
pub use keys::{CompanyKey, MasterKey, Secret};
pub use login::{Client, SignedIn};
pub use seal::{SealedPack, Sealer};
pub use session::{Crm, Limits, Session, World};
pub use sign_in::{Pass, SignInAnswer};
pub use system::{Arrival, Batch, LEASE_SECONDS, Lease, Moved, ReceiveReport, System, WatchedAccount};
