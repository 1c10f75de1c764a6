//! Finds the server of a mail address (mail.md §4.1): what is known, what DNS says, what the domain publishes, and a guess.
//!
//! No password leaves this machine here; every host that comes out is only a candidate until a check has reached it.

mod autoconfig;

use crate::providers::{self, Provider};
use crate::reach::{Network, PATIENCE, ascii_host};
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::FuturesUnordered;
use model::fold;
use model::mail_account::{Security, ServerSettings};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Where settings were found, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The built-in table.
    Table,
    /// The mail exchanger is that of a known provider.
    Exchanger,
    /// A file the domain publishes for mail programs.
    Autoconfig,
    /// Mozilla's collection of such files.
    Ispdb,
    /// Service records of the domain.
    Service,
    /// A usual name that answers.
    Guess,
}

impl Source {
    pub const ALL: [Self; 6] = [Self::Table, Self::Exchanger, Self::Autoconfig, Self::Ispdb, Self::Service, Self::Guess];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Exchanger => "mx",
            Self::Autoconfig => "autoconfig",
            Self::Ispdb => "ispdb",
            Self::Service => "srv",
            Self::Guess => "guess",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub server: ServerSettings,
    pub source: Source,
    /// The provider takes no passwords.
    pub needs_oauth: bool,
    /// The provider whose server this is, where it is a known one.
    pub provider: Option<&'static Provider>,
}

/// Where to look; tests look elsewhere.
#[derive(Clone, Debug)]
pub struct Places {
    pub ispdb: String,
    pub imaps: u16,
    pub imap: u16,
}

impl Default for Places {
    fn default() -> Self {
        Self { ispdb: "https://autoconfig.thunderbird.net/v1.1/".to_owned(), imaps: 993, imap: 143 }
    }
}

/// How long slower sources are waited for once a better one has answered.
const GRACE: Duration = Duration::from_millis(500);

/// Candidates, the most promising one first. `on_step` hears of each source as soon as it has answered.
pub async fn discover(address: &str, network: &Network, on_step: impl Fn(Source, &[Candidate]) + Send + Sync) -> Vec<Candidate> {
    discover_at(&Places::default(), address, network, on_step).await
}

pub async fn discover_at(
    places: &Places,
    address: &str,
    network: &Network,
    on_step: impl Fn(Source, &[Candidate]) + Send + Sync,
) -> Vec<Candidate> {
    let address = address.trim();
    let Some(domain) = address.rsplit_once('@').and_then(|(_, domain)| ascii_host(domain)).filter(|domain| fold::is_host_name(domain))
    else {
        return Vec::new();
    };
    if let Some(provider) = providers::by_domain(&domain) {
        let found = vec![known(provider, address, Source::Table)];
        on_step(Source::Table, &found);
        return found;
    }
    on_step(Source::Table, &[]);

    let look = |source: Source| -> BoxFuture<'_, (Source, Vec<Candidate>)> {
        let domain = domain.as_str();
        async move {
            let found = async {
                match source {
                    Source::Table => Vec::new(),
                    Source::Exchanger => exchanger(address, domain, network).await,
                    Source::Autoconfig => published(address, domain, network).await,
                    Source::Ispdb => ispdb(address, domain, network, places).await,
                    Source::Service => service(address, domain, network).await,
                    Source::Guess => guess(address, domain, network, places).await,
                }
            };
            (source, timeout(PATIENCE, found).await.unwrap_or_default())
        }
        .boxed()
    };
    let mut waiting: FuturesUnordered<_> = Source::ALL[1..].iter().map(|source| look(*source)).collect();
    let mut open: Vec<Source> = Source::ALL[1..].to_vec();
    let mut found: Vec<Candidate> = Vec::new();
    let mut deadline = Instant::now() + PATIENCE + GRACE;
    while let Ok(Some((source, candidates))) = timeout_at(deadline, waiting.next()).await {
        on_step(source, &candidates);
        open.retain(|other| *other != source);
        found.extend(candidates);
        // Nothing still open can be better than what is there: do not keep the user waiting for it.
        if let Some(best) = found.iter().map(|candidate| candidate.source).min()
            && open.iter().all(|source| *source > best)
        {
            deadline = deadline.min(Instant::now() + GRACE);
        }
    }
    ranked(found)
}

/// By source, in the order found within one, and each server once.
fn ranked(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by_key(|candidate| candidate.source);
    let mut unique: Vec<Candidate> = Vec::new();
    for candidate in found {
        let same = |other: &Candidate| {
            (&other.server.host, other.server.port, &other.server.login)
                == (&candidate.server.host, candidate.server.port, &candidate.server.login)
        };
        if !unique.iter().any(same) {
            unique.push(candidate);
        }
    }
    unique
}

fn known(provider: &'static Provider, address: &str, source: Source) -> Candidate {
    Candidate { server: provider.settings(address), source, needs_oauth: provider.needs_oauth(), provider: Some(provider) }
}

fn candidate(address: &str, host: &str, port: u16, security: Security, source: Source) -> Option<Candidate> {
    let host = ascii_host(host)?;
    if port == 0 || !fold::is_host_name(&host) {
        return None;
    }
    let provider = providers::by_host(&host);
    let server = ServerSettings { login: address.to_owned(), host, port, security, trusted_certificate: None };
    Some(Candidate { server, source, needs_oauth: provider.is_some_and(Provider::needs_oauth), provider })
}

async fn exchanger(address: &str, domain: &str, network: &Network) -> Vec<Candidate> {
    let hosts = network.names().mx(domain).await.unwrap_or_default();
    hosts
        .iter()
        .take(10)
        .find_map(|host| providers::by_mx(host))
        .map(|provider| known(provider, address, Source::Exchanger))
        .into_iter()
        .collect()
}

async fn published(address: &str, domain: &str, network: &Network) -> Vec<Candidate> {
    let first = format!("https://autoconfig.{domain}/mail/config-v1.1.xml");
    let second = format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml");
    let query = [("emailaddress", address)];
    let (first, second) = tokio::join!(network.fetch(&first, &query), network.fetch(&second, &[]));
    let pages = [first, second];
    pages
        .iter()
        .flatten()
        .map(|page| autoconfig::read(page, address, Source::Autoconfig))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Under the domain, and under that of its mail exchanger: hosters' customers are found there.
async fn ispdb(address: &str, domain: &str, network: &Network, places: &Places) -> Vec<Candidate> {
    let read = async |domain: &str| {
        let page = network.fetch(&format!("{}{domain}", places.ispdb), &[]).await;
        page.map(|page| autoconfig::read(&page, address, Source::Ispdb)).unwrap_or_default()
    };
    let of_exchanger = async {
        let host = network.names().mx(domain).await.ok()?.into_iter().next()?;
        let base = base_domain(&host)?;
        if base == domain { None } else { Some(read(&base).await) }
    };
    let (own, exchanger) = tokio::join!(read(domain), of_exchanger);
    if own.is_empty() { exchanger.unwrap_or_default() } else { own }
}

/// The part of a host that was registered, near enough for a look-up in a collection.
pub(crate) fn base_domain(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let short = labels.len() >= 3 && labels[labels.len() - 2].len() <= 3 && labels[labels.len() - 1].len() == 2;
    let keep = if short { 3 } else { 2 };
    (labels.len() >= keep).then(|| labels[labels.len() - keep..].join("."))
}

async fn service(address: &str, domain: &str, network: &Network) -> Vec<Candidate> {
    let (imaps, imap) = (format!("_imaps._tcp.{domain}"), format!("_imap._tcp.{domain}"));
    let names = network.names();
    let (imaps, imap) = tokio::join!(names.srv(&imaps), names.srv(&imap));
    let kinds = [(imaps, Security::Tls), (imap, Security::StartTls)];
    kinds
        .into_iter()
        .flat_map(|(found, security)| found.unwrap_or_default().into_iter().take(3).map(move |(host, port)| (host, port, security)))
        .filter_map(|(host, port, security)| candidate(address, &host, port, security, Source::Service))
        .collect()
}

/// Usual names, as far as something listens there.
async fn guess(address: &str, domain: &str, network: &Network, places: &Places) -> Vec<Candidate> {
    let hosts = [format!("imap.{domain}"), format!("mail.{domain}"), domain.to_owned()];
    let doors = [(places.imaps, Security::Tls), (places.imap, Security::StartTls)];
    let knocks = doors.iter().flat_map(|(port, security)| {
        hosts.iter().map(move |host| async move {
            // A little before the time is up for all of them, so that one silent port does not hide the others.
            let open = timeout(PATIENCE - GRACE, network.connect(host, *port)).await;
            open.is_ok_and(|stream| stream.is_ok()).then(|| candidate(address, host, *port, *security, Source::Guess)).flatten()
        })
    });
    join_all(knocks).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_part() {
        for (host, base) in [("mx1.mail.example.nl", "example.nl"), ("mx.example.co.uk", "example.co.uk"), ("example.nl", "example.nl")] {
            assert_eq!(base_domain(host).as_deref(), Some(base), "{host}");
        }
        assert_eq!(base_domain("localhost"), None);
    }
}
