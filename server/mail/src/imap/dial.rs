//! From a host name to a connection that is logged in, with every way it can fail told apart.

use super::gulp::Gulp;
use super::{Imap, ImapError, PATIENCE, Wire};
use crate::diagnose;
use crate::hosts::{HostLimits, Hosts, Seat};
use crate::reach::{Network, Unreachable};
use crm::Pass;
use model::mail_account::{Diagnosis, DiagnosisKind, Security, ServerSettings};
use rustls::ClientConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A server greets, or shakes hands, within this.
const GREETING: Duration = Duration::from_secs(8);

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("not reached")]
    Unreachable(#[source] Unreachable),
    #[error("no encryption")]
    Tls(#[source] io::Error),
    #[error("no greeting")]
    Greeting(#[source] ImapError),
    #[error("login refused")]
    LogIn(#[source] ImapError, Vec<String>),
    #[error("sign-in refused")]
    SignIn(#[source] ImapError),
    #[error("refused after the login")]
    Command(#[source] ImapError),
}

/// A connection on which nothing was said yet.
pub struct Reached {
    tcp: TcpStream,
    seat: Seat,
}

/// Connects to mail servers.
#[derive(Clone)]
pub struct Dialer {
    network: Network,
    hosts: Arc<Hosts>,
    /// Shared, so that sessions are resumed.
    usual: Arc<ClientConfig>,
}

impl Dialer {
    pub fn new(network: Network) -> Self {
        Self::with_limits(network, HostLimits::default())
    }

    pub fn with_limits(network: Network, limits: HostLimits) -> Self {
        let usual = Arc::new(network.tls(None));
        Self { network, hosts: Arc::new(Hosts::new(limits)), usual }
    }

    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Waits for a place at the host, then connects.
    pub async fn reach(&self, server: &ServerSettings) -> Result<Reached, DialError> {
        if server.security == Security::Plain && !self.network.policy().allow_private {
            // A password in the clear leaves this machine only where the operator says so.
            return Err(DialError::Unreachable(Unreachable::Forbidden));
        }
        let seat = self.hosts.enter(&server.host).await;
        let tcp = self.network.connect(&server.host, server.port).await.map_err(DialError::Unreachable)?;
        Ok(Reached { tcp, seat })
    }

    /// Encrypts and reads the greeting, in the order the server wants it.
    pub async fn encrypt(&self, reached: Reached, server: &ServerSettings) -> Result<Imap, DialError> {
        let Reached { tcp, seat } = reached;
        let mut imap = match server.security {
            Security::Tls => {
                let wire = self.shake_hands(Box::new(tcp), server).await?;
                Imap::greet(wire, GREETING).await.map_err(DialError::Greeting)?
            }
            Security::StartTls => {
                let plain = Imap::greet(Box::new(tcp), GREETING).await.map_err(DialError::Greeting)?;
                let wire = plain.start_tls().await.map_err(DialError::Greeting)?;
                Imap::over(self.shake_hands(wire, server).await?, GREETING)
            }
            Security::Plain => Imap::greet(Box::new(tcp), GREETING).await.map_err(DialError::Greeting)?,
        };
        imap.patience = PATIENCE;
        imap.seat = Some(seat);
        Ok(imap)
    }

    async fn shake_hands(&self, wire: Wire, server: &ServerSettings) -> Result<Wire, DialError> {
        let (connector, name) = self.network.encryption(server, &self.usual).map_err(DialError::Unreachable)?;
        let shaken = timeout(GREETING, connector.connect(name, Gulp::new(wire))).await;
        let tls = shaken.map_err(|_| DialError::Greeting(ImapError::TimedOut))?.map_err(DialError::Tls)?;
        Ok(Box::new(tls))
    }

    pub async fn dial(&self, server: &ServerSettings, pass: &Pass) -> Result<Imap, DialError> {
        let reached = self.reach(server).await?;
        let mut imap = self.encrypt(reached, server).await?;
        log_in(&mut imap, server, pass).await?;
        Ok(imap)
    }
}

pub async fn log_in(imap: &mut Imap, server: &ServerSettings, pass: &Pass) -> Result<(), DialError> {
    imap.learn_capabilities().await.map_err(DialError::Greeting)?;
    match pass {
        Pass::Password(password) => {
            let announced = imap.capabilities.iter().cloned().collect();
            imap.login(&server.login, password).await.map_err(|error| DialError::LogIn(error, announced))
        }
        Pass::Token(token) => imap.sign_in(&server.login, token).await.map_err(DialError::SignIn),
    }
}

impl DialError {
    /// As the owner of the account can act on it.
    pub fn diagnosis(&self, server: &ServerSettings) -> Diagnosis {
        let (host, port) = (server.host.as_str(), server.port);
        let door = || format!("{host}:{port}");
        match self {
            Self::Unreachable(error) => diagnose::unreachable(error, host, port),
            Self::Tls(error) => diagnose::io(error, host, port),
            Self::Greeting(ImapError::TimedOut | ImapError::Lost) => {
                diagnose::greeting(None, server.security, host, port).unwrap_or_else(|| Diagnosis::new(DiagnosisKind::NotImap, door()))
            }
            Self::Greeting(ImapError::NotImap(line)) => diagnose::greeting(Some(line), server.security, host, port)
                .unwrap_or_else(|| Diagnosis::new(DiagnosisKind::NotImap, door())),
            Self::Greeting(ImapError::NoStartTls) => Diagnosis::new(DiagnosisKind::NeedsTls, door()),
            Self::LogIn(ImapError::LoginDisabled, _) => Diagnosis::new(DiagnosisKind::NeedsStartTls, door()),
            Self::LogIn(ImapError::No(refusal) | ImapError::Bad(refusal), announced) => {
                let announced: Vec<&str> = announced.iter().map(String::as_str).collect();
                diagnose::login(&refusal.words(), &announced, host)
            }
            Self::SignIn(ImapError::NoXoauth2) => diagnose::signing_in("", host),
            Self::SignIn(ImapError::No(refusal) | ImapError::Bad(refusal)) => diagnose::signing_in(&refusal.words(), host),
            Self::Greeting(error) | Self::LogIn(error, _) | Self::SignIn(error) | Self::Command(error) => broken(error, server),
        }
    }
}

/// What went wrong on a connection that was good.
pub fn broken(error: &ImapError, server: &ServerSettings) -> Diagnosis {
    let (host, port) = (server.host.as_str(), server.port);
    match error {
        ImapError::Bye(refusal) => diagnose::bye(&refusal.words(), host, port),
        ImapError::No(refusal) | ImapError::Bad(refusal) => diagnose::command(&refusal.words(), host, port),
        ImapError::Io(error) => diagnose::io(error, host, port),
        _ => Diagnosis::new(DiagnosisKind::BrokenConnection, format!("{host}:{port}")),
    }
}
