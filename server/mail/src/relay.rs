//! Letters of the system itself, through the operator's SMTP relay.

use lettre::message::Mailbox;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};
use std::io;
use std::path::Path;
use std::time::Duration;

/// A relay that says nothing for this long has failed. lettre's own limit covers connecting only.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Relay(AsyncSmtpTransport<Tokio1Executor>);

#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("The address of the relay is not smtp://… or smtps://…")]
    Address(#[source] lettre::transport::smtp::Error),
    #[error("An address in the letter is not one")]
    Recipient(#[from] lettre::address::AddressError),
    #[error("The letter could not be built")]
    Letter(#[from] lettre::error::Error),
    #[error("The relay refused")]
    Refused(#[from] lettre::transport::smtp::Error),
    #[error("The relay fell silent")]
    Silent,
}

impl Relay {
    pub fn new(url: &str) -> Result<Self, RelayError> {
        Ok(Self(AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(RelayError::Address)?.build()))
    }

    pub async fn send(&self, letter: Message) -> Result<(), RelayError> {
        tokio::time::timeout(PATIENCE, self.0.send(letter)).await.map_err(|_| RelayError::Silent)??;
        Ok(())
    }
}

/// A plain-text letter. `Auto-Submitted` keeps it out of everybody's autoresponders (RFC 3834 §5).
pub fn build(from: &str, to: &str, subject: &str, text: String) -> Result<Message, RelayError> {
    let to = Mailbox::new(None, to.parse()?);
    Ok(Message::builder()
        .from(from.parse()?)
        .to(to)
        .subject(model::fold::clean(subject).replace('\n', " "))
        .message_id(None)
        .header(AutoSubmitted)
        .body(text)?)
}

/// Keeps the letter as a file that any mail program opens.
pub async fn keep(letter: &Message, folder: &Path) -> io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let bytes = letter.formatted();
    let name = format!("{:016x}.eml", rand::random::<u64>());
    // Under another name first, so that who watches the folder never reads half a letter.
    let unfinished = folder.join(format!("{name}.part"));
    tokio::fs::write(&unfinished, bytes).await?;
    tokio::fs::rename(unfinished, folder.join(name)).await
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
