//! One TOML file; every key can be set by the environment or on the command line, which win in that order.

use crate::Outcome;
use clap::{Args, Parser, Subcommand};
use crm::{Limits, Secret};
use mail::hosts::HostLimits;
use mail::oauth::Registration;
use mail::reach::{self, Network, Policy};
use model::Edition;
use model::sign_in::Issuer;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Each costs a few kilobytes once its connections have gone to sleep.
const OPEN_COMPANIES: NonZeroUsize = NonZeroUsize::new(500).expect("it is not zero");

#[derive(Parser)]
#[command(name = "spindle", version, about = "The CRM in which every contact has an archive that fills itself.")]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// The web server, and the worker that fetches mail.
    Serve,
    /// The worker alone, beside web servers on other machines.
    Worker,
    /// Fills a company with sample data.
    Demo(crate::demo::Options),
    /// After a backup was put back: has every phone read its contacts anew. Run it before `serve`.
    Restored,
    /// Prints the configuration in force; secrets are left out.
    Config,
}

/// The same keys in the file, the environment and on the command line.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// The configuration file; `spindle.toml` in the data folder when there is one.
    #[arg(long, global = true, env = "SPINDLE_CONFIG")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    /// The folder of databases, blobs and the master key.
    #[arg(long, global = true, env = "SPINDLE_DATA")]
    data: Option<PathBuf>,
    /// `postgres://user@host/database`; without it the embedded database in the data folder.
    #[arg(long, global = true, env = "SPINDLE_DATABASE")]
    database: Option<String>,
    /// Where to serve.
    #[arg(long, global = true, env = "SPINDLE_LISTEN")]
    listen: Option<SocketAddr>,
    /// What browsers call this server, for links in letters: `https://crm.example`.
    #[arg(long, global = true, env = "SPINDLE_PUBLIC_URL")]
    public_url: Option<String>,
    /// The built style, scripts and fonts.
    #[arg(long, global = true, env = "SPINDLE_SITE")]
    site: Option<PathBuf>,
    /// 64 hexadecimal digits; without it `master.key` in the data folder.
    #[arg(long, global = true, env = "SPINDLE_MASTER_KEY", hide_env_values = true)]
    master_key: Option<String>,
    /// `smtp://user:password@host:587` or `smtps://…`; without it letters are kept in `outgoing` in the data folder.
    #[arg(long, global = true, env = "SPINDLE_RELAY", hide_env_values = true)]
    relay: Option<String>,
    /// The sender of the system's letters.
    #[arg(long, global = true, env = "SPINDLE_SENDER")]
    sender: Option<String>,
    /// Let users connect mail servers on this machine and in the private network.
    #[arg(long, global = true, env = "SPINDLE_ALLOW_PRIVATE_HOSTS", num_args = 0..=1, default_missing_value = "true")]
    allow_private_hosts: Option<bool>,
    /// A certificate authority of one's own, in PEM, that mail servers may be vouched for by.
    #[arg(long, global = true, env = "SPINDLE_EXTRA_CA")]
    extra_ca: Option<PathBuf>,
    /// Trust `X-Forwarded-For` and `X-Forwarded-Proto`: only behind a proxy that sets them.
    #[arg(long, global = true, env = "SPINDLE_BEHIND_PROXY", num_args = 0..=1, default_missing_value = "true")]
    behind_proxy: Option<bool>,
    /// Registrations one client may make in a quarter of an hour.
    #[arg(long, global = true, env = "SPINDLE_REGISTRATIONS_PER_CLIENT")]
    registrations_per_client: Option<i64>,
    /// Logins one client may try in a quarter of an hour.
    #[arg(long, global = true, env = "SPINDLE_LOGINS_PER_CLIENT")]
    logins_per_client: Option<i64>,
    /// Companies kept open while nobody works in them.
    #[arg(long, global = true, env = "SPINDLE_OPEN_COMPANIES")]
    open_companies: Option<NonZeroUsize>,
    /// `limited`: one mail account for each user, and a month of the past. `pro`: everything.
    #[arg(long, global = true, env = "SPINDLE_EDITION")]
    edition: Option<Edition>,
    /// Logins in a second at one mail server, of all users together.
    #[arg(long, global = true, env = "SPINDLE_LOGINS_PER_HOST")]
    logins_per_host: Option<u32>,
    /// Connections at a time to one mail server, of all users together.
    #[arg(long, global = true, env = "SPINDLE_CONNECTIONS_PER_HOST")]
    connections_per_host: Option<usize>,
    /// The client id of this server at Microsoft; without it mailboxes there cannot be signed in to.
    #[arg(long, global = true, env = "SPINDLE_MICROSOFT_CLIENT_ID")]
    microsoft_client_id: Option<String>,
    /// The secret that goes with it.
    #[arg(long, global = true, env = "SPINDLE_MICROSOFT_CLIENT_SECRET", hide_env_values = true)]
    microsoft_client_secret: Option<String>,
    /// Another page to sign in at than that of all tenants.
    #[arg(long, global = true, env = "SPINDLE_MICROSOFT_AUTHORIZE_URL")]
    microsoft_authorize_url: Option<String>,
    /// Another place that hands out tokens.
    #[arg(long, global = true, env = "SPINDLE_MICROSOFT_TOKEN_URL")]
    microsoft_token_url: Option<String>,
    /// The client id of this server at Google; without it mailboxes there want an app password.
    #[arg(long, global = true, env = "SPINDLE_GOOGLE_CLIENT_ID")]
    google_client_id: Option<String>,
    /// The secret that goes with it.
    #[arg(long, global = true, env = "SPINDLE_GOOGLE_CLIENT_SECRET", hide_env_values = true)]
    google_client_secret: Option<String>,
    /// Another page to sign in at.
    #[arg(long, global = true, env = "SPINDLE_GOOGLE_AUTHORIZE_URL")]
    google_authorize_url: Option<String>,
    /// Another place that hands out tokens.
    #[arg(long, global = true, env = "SPINDLE_GOOGLE_TOKEN_URL")]
    google_token_url: Option<String>,
}

/// What is in force.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Config {
    pub(crate) data: PathBuf,
    #[serde(serialize_with = "without_password")]
    pub(crate) database: Option<String>,
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<String>,
    pub(crate) site: PathBuf,
    #[serde(serialize_with = "set_or_not")]
    pub(crate) master_key: Option<String>,
    #[serde(serialize_with = "set_or_not")]
    pub(crate) relay: Option<String>,
    pub(crate) sender: String,
    pub(crate) allow_private_hosts: bool,
    pub(crate) extra_ca: Option<PathBuf>,
    pub(crate) behind_proxy: bool,
    pub(crate) open_companies: NonZeroUsize,
    pub(crate) edition: Edition,
    pub(crate) logins_per_host: u32,
    pub(crate) connections_per_host: usize,
    microsoft_client_id: Option<String>,
    #[serde(serialize_with = "set_or_not")]
    microsoft_client_secret: Option<String>,
    microsoft_authorize_url: Option<String>,
    microsoft_token_url: Option<String>,
    google_client_id: Option<String>,
    #[serde(serialize_with = "set_or_not")]
    google_client_secret: Option<String>,
    google_authorize_url: Option<String>,
    google_token_url: Option<String>,
    #[serde(skip)]
    pub(crate) limits: Limits,
}

impl Config {
    pub(crate) fn read(given: &Settings) -> Outcome<Self> {
        let data = given.data.clone();
        let path = given.config.clone().or_else(|| {
            let usual = data.clone().unwrap_or_else(|| "data".into()).join("spindle.toml");
            usual.exists().then_some(usual)
        });
        let file: Settings = match path {
            Some(path) => {
                let text = std::fs::read_to_string(&path).map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
                toml::from_str(&text).map_err(|cause| format!("{}: {cause}", path.display()))?
            }
            None => Settings::default(),
        };
        let usual = Limits::default();
        let hosts = HostLimits::default();
        let edition = given.edition.or(file.edition).unwrap_or_default();
        Ok(Self {
            data: data.or(file.data).unwrap_or_else(|| "data".into()),
            database: given.database.clone().or(file.database),
            listen: given.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000))),
            public_url: given.public_url.clone().or(file.public_url).map(|url| url.trim_end_matches('/').to_owned()),
            site: given.site.clone().or(file.site).map_or_else(usual_site, Ok)?,
            master_key: given.master_key.clone().or(file.master_key),
            relay: given.relay.clone().or(file.relay),
            sender: given.sender.clone().or(file.sender).unwrap_or_else(|| "Spindle <spindle@localhost.localdomain>".into()),
            allow_private_hosts: given.allow_private_hosts.or(file.allow_private_hosts).unwrap_or(false),
            extra_ca: given.extra_ca.clone().or(file.extra_ca),
            behind_proxy: given.behind_proxy.or(file.behind_proxy).unwrap_or(false),
            open_companies: given.open_companies.or(file.open_companies).unwrap_or(OPEN_COMPANIES),
            edition,
            logins_per_host: given.logins_per_host.or(file.logins_per_host).unwrap_or(hosts.logins_per_second),
            connections_per_host: given.connections_per_host.or(file.connections_per_host).unwrap_or(hosts.connections),
            microsoft_client_id: given.microsoft_client_id.clone().or(file.microsoft_client_id),
            microsoft_client_secret: given.microsoft_client_secret.clone().or(file.microsoft_client_secret),
            microsoft_authorize_url: given.microsoft_authorize_url.clone().or(file.microsoft_authorize_url),
            microsoft_token_url: given.microsoft_token_url.clone().or(file.microsoft_token_url),
            google_client_id: given.google_client_id.clone().or(file.google_client_id),
            google_client_secret: given.google_client_secret.clone().or(file.google_client_secret),
            google_authorize_url: given.google_authorize_url.clone().or(file.google_authorize_url),
            google_token_url: given.google_token_url.clone().or(file.google_token_url),
            limits: Limits {
                edition,
                registrations_per_client: given
                    .registrations_per_client
                    .or(file.registrations_per_client)
                    .unwrap_or(usual.registrations_per_client),
                logins_per_client: given.logins_per_client.or(file.logins_per_client).unwrap_or(usual.logins_per_client),
                ..usual
            },
        })
    }

    /// As TOML, so that it can be kept.
    #[expect(clippy::print_stdout, reason = "this is what the command is for")]
    pub(crate) fn print(&self) -> Outcome {
        println!("{}", toml::to_string_pretty(self)?);
        Ok(())
    }

    pub(crate) fn location(&self) -> store::Location {
        match &self.database {
            Some(url) => store::Location::Postgres(url.clone()),
            None => store::Location::Folder(self.data.clone()),
        }
    }

    /// Which mail servers may be connected to, and who vouches for them.
    pub(crate) fn network(&self) -> Outcome<Network> {
        let roots = match &self.extra_ca {
            Some(path) => {
                let pem = std::fs::read(path).map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
                reach::read_roots(&pem)?
            }
            None => Vec::new(),
        };
        Ok(Network::new(Policy { allow_private: self.allow_private_hosts }, &roots)?)
    }

    /// With which providers this server was registered.
    pub(crate) fn registrations(&self) -> Vec<Registration> {
        let one = |issuer, id: &Option<String>, secret: &Option<String>, authorize: &Option<String>, token: &Option<String>| {
            let client_id = id.clone().filter(|id| !id.trim().is_empty())?;
            let client_secret = secret.clone().filter(|secret| !secret.is_empty()).map(Secret::new);
            Some(Registration { issuer, client_id, client_secret, authorize_url: authorize.clone(), token_url: token.clone() })
        };
        let microsoft = one(
            Issuer::Microsoft,
            &self.microsoft_client_id,
            &self.microsoft_client_secret,
            &self.microsoft_authorize_url,
            &self.microsoft_token_url,
        );
        let google =
            one(Issuer::Google, &self.google_client_id, &self.google_client_secret, &self.google_authorize_url, &self.google_token_url);
        microsoft.into_iter().chain(google).collect()
    }

    /// Manners towards mail servers.
    pub(crate) fn host_limits(&self) -> HostLimits {
        HostLimits { logins_per_second: self.logins_per_host, connections: self.connections_per_host, ..HostLimits::default() }
    }

    /// What browsers call this server.
    pub(crate) fn address(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// A name for leases: this machine and this process. An embedded database has one process (`lock`), so the one that comes
    /// after a crash takes over the leases at once.
    pub(crate) fn node_name(&self) -> String {
        if self.database.is_none() {
            return "embedded".to_owned();
        }
        let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
        format!("{}/{}/{}", host.trim(), std::process::id(), self.listen.port())
    }
}

/// Beside the binary, where the build puts it.
fn usual_site() -> Outcome<PathBuf> {
    let binary = std::env::current_exe()?;
    Ok(binary.parent().and_then(std::path::Path::parent).map(|target| target.join("site")).unwrap_or_default())
}

fn set_or_not<S: serde::Serializer>(secret: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_some("(set)"),
        None => serializer.serialize_none(),
    }
}

fn without_password<S: serde::Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match url {
        Some(url) => serializer.serialize_some(&redact(url)),
        None => serializer.serialize_none(),
    }
}

fn redact(url: &str) -> String {
    let (Some((scheme, rest)), at) = (url.split_once("://"), url.rfind('@')) else { return "(set)".into() };
    match at {
        Some(at) => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}:…{}", &url[at..])
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [SEC-05] `spindle config` shows no secret.
    #[test]
    fn the_printed_configuration_holds_no_secret() {
        let given = Settings {
            database: Some("postgres://sanne:geheim1@db.example/crm".into()),
            relay: Some("smtps://a:geheim2@relay.example".into()),
            master_key: Some("geheim3".into()),
            microsoft_client_id: Some("spindle".into()),
            microsoft_client_secret: Some("geheim4".into()),
            google_client_secret: Some("geheim5".into()),
            ..Settings::default()
        };
        let config = Config::read(&given).expect("it is complete");
        let text = toml::to_string_pretty(&config).expect("it is TOML");
        assert!(!text.contains("geheim"), "{text}");
        assert!(text.contains("postgres://sanne:…@db.example/crm"), "{text}");
        let registered: Vec<_> = config.registrations().into_iter().map(|one| one.issuer).collect();
        assert_eq!(registered, [Issuer::Microsoft], "a secret alone is no registration");
    }

    #[test]
    fn a_misspelt_key_is_told() {
        let refused = toml::from_str::<Settings>("lisen = \"127.0.0.1:1\"").expect_err("there is no such key");
        assert!(refused.to_string().contains("lisen"));
    }
}
