//! The system's own letters: through the operator's relay, or kept in a folder while there is none.

use crate::Outcome;
use crate::config::Config;
use crm::ports::{Letter, PostOffice};
use crm::{Error, Result};
use mail::relay::{self, Relay};
use std::path::PathBuf;

pub(crate) struct Post {
    relay: Option<Relay>,
    outgoing: PathBuf,
    sender: String,
    /// What links in letters begin with.
    address: String,
}

impl Post {
    pub(crate) fn new(config: &Config) -> Outcome<Self> {
        let relay = config.relay.as_deref().map(Relay::new).transpose()?;
        if relay.is_none() {
            tracing::warn!(
                "No relay is configured: letters such as password resets are kept in {}",
                config.data.join("outgoing").display()
            );
        }
        Ok(Self { relay, outgoing: config.data.join("outgoing"), sender: config.sender.clone(), address: config.address() })
    }
}

#[async_trait::async_trait]
impl PostOffice for Post {
    async fn send(&self, letter: Letter) -> Result<()> {
        let words = app::letters::write(&letter, &self.address);
        let built = relay::build(&self.sender, &letter.to, &words.subject, words.text)
            .map_err(|cause| Error::internal("A letter could not be built", cause))?;
        match &self.relay {
            Some(relay) => relay.send(built).await.map_err(|cause| Error::internal("The relay did not take a letter", cause)),
            None => {
                relay::keep(&built, &self.outgoing).await.map_err(|cause| Error::internal("A letter could not be kept", cause))?;
                tracing::info!("A letter was kept in the folder of outgoing mail");
                Ok(())
            }
        }
    }
}
