//! The one guard for everything this server connects to because somebody typed a name.
//!
//! A name is resolved here, its addresses are judged here, and the connection goes to those very addresses: resolving
//! twice would let a name answer differently the second time. Otherwise whoever can fill in a mail server could make
//! this server talk to the machines beside it.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::proto::rr::{RData, RecordType};
use model::mail_account::ServerSettings;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long a name, a connection or a page may take.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// A provider that hands out tokens thinks longer than one that hands out a file.
const POST_PATIENCE: Duration = Duration::from_secs(20);
/// No configuration file is larger.
pub const MAX_PAGE: usize = 256 << 10;
/// How long one address gets before the next is tried beside it (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);
const MAX_ADDRESSES: usize = 6;
/// Of one name: firms prove to many services that a domain is theirs.
const MAX_TEXTS: usize = 100;

/// What DNS knows. A trait, so that tests answer by themselves.
#[async_trait]
pub trait Names: Send + Sync {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
    /// Mail exchangers, the preferred one first, without the dot at the end.
    async fn mx(&self, domain: &str) -> io::Result<Vec<String>>;
    /// Services of a name like `_imaps._tcp.example.nl`, the preferred one first. A target of `.` is left out.
    async fn srv(&self, name: &str) -> io::Result<Vec<(String, u16)>>;
    /// Texts of a name, each put together from its pieces; none where DNS says that there are none.
    async fn txt(&self, name: &str) -> io::Result<Vec<String>> {
        _ = name;
        Ok(Vec::new())
    }
}

/// The machine's own resolver configuration.
pub struct SystemNames(TokioResolver);

impl SystemNames {
    pub fn new() -> io::Result<Self> {
        let mut builder = TokioResolver::builder_tokio().map_err(io::Error::other)?;
        let options = builder.options_mut();
        options.timeout = Duration::from_secs(2);
        options.attempts = 2;
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        Ok(Self(builder.build().map_err(io::Error::other)?))
    }
}

/// Names are absolute: the search domains of the machine are none of a user's business.
fn absolute(name: &str) -> String {
    if name.ends_with('.') || !name.contains('.') { name.to_owned() } else { format!("{name}.") }
}

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = self.0.lookup_ip(absolute(host)).await.map_err(io::Error::other)?;
        Ok(found.iter().collect())
    }

    async fn mx(&self, domain: &str) -> io::Result<Vec<String>> {
        let found = self.0.lookup(absolute(domain), RecordType::MX).await.map_err(io::Error::other)?;
        let mut hosts: Vec<(u16, String)> = found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::MX(mx) => Some((mx.preference, plain_name(&mx.exchange.to_ascii()))),
                _ => None,
            })
            .filter(|(_, host)| !host.is_empty())
            .collect();
        hosts.sort();
        Ok(hosts.into_iter().map(|(_, host)| host).collect())
    }

    async fn srv(&self, name: &str) -> io::Result<Vec<(String, u16)>> {
        let found = self.0.lookup(absolute(name), RecordType::SRV).await.map_err(io::Error::other)?;
        let mut hosts: Vec<(u16, std::cmp::Reverse<u16>, String, u16)> = found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::SRV(srv) => Some((srv.priority, std::cmp::Reverse(srv.weight), plain_name(&srv.target.to_ascii()), srv.port)),
                _ => None,
            })
            .filter(|(_, _, host, _)| !host.is_empty())
            .collect();
        hosts.sort();
        Ok(hosts.into_iter().map(|(_, _, host, port)| (host, port)).collect())
    }

    async fn txt(&self, name: &str) -> io::Result<Vec<String>> {
        let found = match self.0.lookup(absolute(name), RecordType::TXT).await {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(error) => return Err(io::Error::other(error)),
        };
        // A key lies where an alias points to; of that, only the text is wanted.
        let texts = found.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        });
        Ok(texts.take(MAX_TEXTS).collect())
    }
}

fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Policy {
    /// Whether machines of the operator's own network may be reached. Off for anyone who lets strangers in.
    pub allow_private: bool,
}

impl Policy {
    pub fn allows(self, address: IpAddr) -> bool {
        if self.allow_private { !address.is_multicast() && !address.is_unspecified() } else { is_public(address) }
    }
}

/// Whether an address belongs to the internet rather than to a machine, a building or a standard.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [a, b, c, _] = v4.octets();
    !(v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let s = v6.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    // NAT64 and 6to4 carry an IPv4 address inside, which may be any.
    if s[0] == 0x64 && s[1] == 0xff9b && s[2..6] == [0, 0, 0, 0] {
        return is_public_v4(embedded(s[6], s[7]));
    }
    if s[0] == 0x2002 {
        return is_public_v4(embedded(s[1], s[2]));
    }
    // 2000::/3 without Teredo and its kin (2001::/23) and documentation.
    s[0] & 0xe000 == 0x2000 && !(s[0] == 0x2001 && s[1] < 0x200) && !(s[0] == 0x2001 && s[1] == 0xdb8) && !(s[0] == 0x3fff && s[1] < 0x1000)
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    #[error("no such host")]
    UnknownHost,
    #[error("an address this server may not connect to")]
    Forbidden,
    #[error("port closed")]
    PortClosed,
    #[error("no answer")]
    NoAnswer,
    #[error("connection failed")]
    Io(#[from] io::Error),
}

/// The way out.
#[derive(Clone)]
pub struct Network {
    names: Arc<dyn Names>,
    policy: Policy,
    http: reqwest::Client,
    /// For what must not be carried on to wherever an answer points.
    stay: reqwest::Client,
    roots: Arc<[CertificateDer<'static>]>,
}

impl Network {
    /// With the machine's resolver.
    pub fn new(policy: Policy, extra_roots: &[CertificateDer<'static>]) -> io::Result<Self> {
        Self::with_names(Arc::new(SystemNames::new()?), policy, extra_roots, 443)
    }

    /// With another resolver, and another port behind `https:` than the usual one.
    pub fn with_names(names: Arc<dyn Names>, policy: Policy, extra_roots: &[CertificateDer<'static>], https_port: u16) -> io::Result<Self> {
        let guard = Guard { names: Arc::clone(&names), policy, port: if https_port == 443 { 0 } else { https_port } };
        let guard = Arc::new(guard);
        let client = || {
            reqwest::Client::builder()
                .use_preconfigured_tls(tls(None, extra_roots))
                .dns_resolver(Arc::clone(&guard))
                .https_only(true)
                .no_proxy()
                .connect_timeout(PATIENCE)
        };
        let stay = client().timeout(POST_PATIENCE).redirect(reqwest::redirect::Policy::none()).build().map_err(io::Error::other)?;
        let http = client()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::custom(move |attempt| {
                // Names pass the guard like any other; an address in the URL would pass it by.
                if attempt.previous().len() > 3 || attempt.url().scheme() != "https" || !literal_allowed(policy, attempt.url()) {
                    attempt.stop()
                } else {
                    attempt.follow()
                }
            }))
            .build()
            .map_err(io::Error::other)?;
        Ok(Self { names, policy, http, stay, roots: extra_roots.into() })
    }

    pub fn names(&self) -> &dyn Names {
        &*self.names
    }

    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// TLS by which mail servers are spoken to: the operator's authorities count like the usual ones.
    pub fn tls(&self, trusted_certificate: Option<&str>) -> ClientConfig {
        tls(trusted_certificate, &self.roots)
    }

    /// What encrypts a connection to this server, and the name it has to show. `usual` is shared, so that sessions are resumed; a server
    /// whose certificate was vouched for has a configuration of its own.
    pub fn encryption(
        &self,
        server: &ServerSettings,
        usual: &Arc<ClientConfig>,
    ) -> Result<(TlsConnector, ServerName<'static>), Unreachable> {
        let config = match &server.trusted_certificate {
            Some(print) => Arc::new(self.tls(Some(print))),
            None => Arc::clone(usual),
        };
        let name = ascii_host(&server.host).and_then(|host| ServerName::try_from(host).ok());
        Ok((TlsConnector::from(config), name.ok_or(Unreachable::UnknownHost)?))
    }

    /// The addresses of a host that may be connected to; never none.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unreachable> {
        let found = resolve(&*self.names, self.policy, host).await?;
        Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Connects to the first address that answers.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Unreachable> {
        let addresses = self.resolve(host, port).await?;
        let mut tries: FuturesUnordered<_> = addresses
            .into_iter()
            .zip(0_u32..)
            .map(|(address, nth)| async move {
                tokio::time::sleep(HEAD_START * nth).await;
                TcpStream::connect(address).await
            })
            .collect();
        let mut told = Unreachable::NoAnswer;
        let all = async {
            while let Some(outcome) = tries.next().await {
                match outcome {
                    Ok(stream) => return Some(stream),
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => told = Unreachable::PortClosed,
                    Err(error) if is_silence(&error) => {}
                    Err(error) => {
                        if !matches!(told, Unreachable::PortClosed) {
                            told = Unreachable::Io(error);
                        }
                    }
                }
            }
            None
        };
        match timeout(PATIENCE, all).await {
            Ok(Some(stream)) => {
                // Commands are short and wait for answers.
                stream.set_nodelay(true)?;
                Ok(stream)
            }
            Ok(None) | Err(_) => Err(told),
        }
    }

    /// A small page over HTTPS; `None` when there is none, for whatever reason.
    pub async fn fetch(&self, url: &str, query: &[(&str, &str)]) -> Option<Vec<u8>> {
        let mut url = reqwest::Url::parse(url).ok()?;
        if !literal_allowed(self.policy, &url) {
            return None;
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let read = async {
            let response = self.http.get(url).send().await.ok()?;
            if response.status().is_success() { body(response).await } else { None }
        };
        timeout(PATIENCE, read).await.ok().flatten()
    }

    /// Posts a form over HTTPS, and follows no answer elsewhere. The status and the page; `None` when there was no answer.
    pub async fn post(&self, url: &str, form: &[(&str, &str)]) -> Option<(u16, Vec<u8>)> {
        let url = reqwest::Url::parse(url).ok().filter(|url| literal_allowed(self.policy, url))?;
        let posted = async {
            let response = self.stay.post(url).header("accept", "application/json").form(form).send().await.ok()?;
            Some((response.status().as_u16(), body(response).await?))
        };
        timeout(POST_PATIENCE, posted).await.ok().flatten()
    }
}

/// `None`: it is no small page.
async fn body(mut response: reqwest::Response) -> Option<Vec<u8>> {
    if response.content_length().is_some_and(|length| length > MAX_PAGE as u64) {
        return None;
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_PAGE {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable)
}

/// Whether a URL names a host, or an address that may be reached.
fn literal_allowed(policy: Policy, url: &reqwest::Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    host.trim_matches(['[', ']']).parse().map_or(true, |address: IpAddr| policy.allows(address))
}

async fn resolve(names: &dyn Names, policy: Policy, host: &str) -> Result<Vec<IpAddr>, Unreachable> {
    let host = host.trim().trim_end_matches('.');
    let found = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => {
            let ascii = ascii_host(host).ok_or(Unreachable::UnknownHost)?;
            match timeout(PATIENCE, names.addresses(&ascii)).await {
                Ok(Ok(found)) if !found.is_empty() => found,
                Ok(_) | Err(_) => return Err(Unreachable::UnknownHost),
            }
        }
    };
    let allowed: Vec<IpAddr> = found.into_iter().filter(|address| policy.allows(*address)).take(MAX_ADDRESSES).collect();
    if allowed.is_empty() { Err(Unreachable::Forbidden) } else { Ok(allowed) }
}

/// A host as DNS knows it: `münchen.example` becomes `xn--mnchen-3ya.example`.
pub fn ascii_host(host: &str) -> Option<String> {
    if host.is_ascii() {
        return Some(host.to_ascii_lowercase());
    }
    reqwest::Url::parse(&format!("https://{host}/")).ok()?.host_str().map(str::to_owned)
}

/// The guard as the HTTP client knows it.
struct Guard {
    names: Arc<dyn Names>,
    policy: Policy,
    /// 0: the usual one.
    port: u16,
}

impl reqwest::dns::Resolve for Guard {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let (names, policy, port) = (Arc::clone(&self.names), self.policy, self.port);
        Box::pin(async move {
            let found = resolve(&*names, policy, name.as_str()).await?;
            let addresses: reqwest::dns::Addrs = Box::new(found.into_iter().map(move |address| SocketAddr::new(address, port)));
            Ok(addresses)
        })
    }
}

// ---------------------------------------------------------------------------------------------------------------
// TLS

/// A certificate no authority vouches for, with the fingerprint by which an administrator can choose to trust it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("certificate is not vouched for by any known authority")]
pub struct UnknownCertificate {
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// SHA-256 of a certificate in lower-case hex, as [`ServerSettings::trusted_certificate`](model::mail_account::ServerSettings) holds it.
pub fn certificate_print(certificate: &CertificateDer<'_>) -> String {
    crate::parse::hex(&Sha256::digest(certificate.as_ref()))
}

/// The certificates of a PEM file: the operator's own authorities.
pub fn read_roots(pem: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    rustls_pemfile::certs(&mut &*pem).collect()
}

/// TLS as all doors of this crate speak it: the usual authorities, the operator's own, and one certificate by its
/// SHA-256 where an administrator chose to trust it.
pub fn tls(trusted_certificate: Option<&str>, extra_roots: &[CertificateDer<'static>]) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(extra_roots.iter().cloned());
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .expect("the store is not empty and there are no revocation lists to be wrong");
    let pinned = trusted_certificate.map(|print| print.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase());
    let verifier = Verifier { usual, pinned: pinned.filter(|print| print.len() == 64), provider: Arc::clone(&provider) };
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth()
}

/// The usual check, an exception for one certificate, and the fingerprint in the refusal of any other.
#[derive(Debug)]
struct Verifier {
    usual: Arc<WebPkiServerVerifier>,
    pinned: Option<String>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(pinned) = &self.pinned
            && *pinned == certificate_print(end_entity)
        {
            // That the server holds its key is proven by the signature of the handshake, which is checked below.
            return Ok(ServerCertVerified::assertion());
        }
        self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map_err(|error| match error {
            rustls::Error::InvalidCertificate(
                reason @ (CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
                | CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. }
                | CertificateError::Revoked),
            ) => rustls::Error::InvalidCertificate(reason),
            rustls::Error::InvalidCertificate(_) => {
                let unknown = UnknownCertificate { sha256: certificate_print(end_entity) };
                rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(unknown))))
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses of machines beside this one are no mail servers.
    #[test]
    fn public_addresses() {
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fec0::1",
            "100::1",
        ] {
            let address: IpAddr = bad.parse().expect(bad);
            assert!(!is_public(address), "{bad}");
        }
        for good in [
            "1.1.1.1",
            "93.184.216.34",
            "100.128.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "2001:4860::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            let address: IpAddr = good.parse().expect(good);
            assert!(is_public(address), "{good}");
        }
        let private = Policy { allow_private: true };
        assert!(private.allows(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(!private.allows(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
    }

    #[test]
    fn hosts_in_ascii() {
        assert_eq!(ascii_host("Mail.Example.NL").as_deref(), Some("mail.example.nl"));
        assert_eq!(ascii_host("münchen.example").as_deref(), Some("xn--mnchen-3ya.example"));
    }
}
