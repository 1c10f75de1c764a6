use async_trait::async_trait;
use mail::diagnose;
use mail::discover::{Places, Source, discover, discover_at};
use mail::reach::{Names, Network, Policy, Unreachable, certificate_print, tls};
use model::mail_account::{DiagnosisKind, Security};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A DNS of its own. Unknown names do not exist.
#[derive(Default)]
pub(crate) struct Zone {
    addresses: HashMap<&'static str, Vec<IpAddr>>,
    mx: HashMap<&'static str, Vec<&'static str>>,
    srv: HashMap<&'static str, Vec<(&'static str, u16)>>,
    /// Names in lower case. One whose texts are absent does not answer.
    pub(crate) txt: HashMap<&'static str, Option<Vec<String>>>,
}

impl Zone {
    /// Nothing but texts.
    pub(crate) fn saying(txt: HashMap<&'static str, Option<Vec<String>>>) -> Self {
        Self { txt, ..Self::default() }
    }

    fn host(mut self, name: &'static str) -> Self {
        self.addresses.insert(name, vec![Ipv4Addr::LOCALHOST.into()]);
        self
    }

    pub(crate) fn network(self, policy: Policy) -> Network {
        Network::with_names(Arc::new(self), policy, &[], 443).expect("a network")
    }
}

#[async_trait]
impl Names for Zone {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.addresses.get(host).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    async fn mx(&self, domain: &str) -> io::Result<Vec<String>> {
        Ok(self.mx.get(domain).into_iter().flatten().map(|host| (*host).to_owned()).collect())
    }

    async fn srv(&self, name: &str) -> io::Result<Vec<(String, u16)>> {
        Ok(self.srv.get(name).into_iter().flatten().map(|(host, port)| ((*host).to_owned(), *port)).collect())
    }

    async fn txt(&self, name: &str) -> io::Result<Vec<String>> {
        match self.txt.get(name.to_lowercase().as_str()) {
            Some(None) => Err(io::ErrorKind::TimedOut.into()),
            Some(Some(texts)) => Ok(texts.clone()),
            None => Ok(Vec::new()),
        }
    }
}

pub(crate) const HERE: Policy = Policy { allow_private: true };

/// An authority of the test's own and certificates by it.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate").der().clone();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    fn identity(&self, names: &[&str], expired: bool) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("parameters");
        if expired {
            params.not_before = rcgen::date_time_ymd(2001, 1, 1);
            params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        }
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }
}

fn acceptor((certificate, key): Identity) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a server");
    TlsAcceptor::from(Arc::new(config))
}

/// Answers every request with what `answer` makes of its first line.
async fn web(acceptor: TlsAcceptor, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), Arc::clone(&answer));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    let mut chunk = [0; 1024];
                    match stream.read(&mut chunk).await {
                        Ok(0) | Err(_) => return,
                        Ok(read) => request.extend_from_slice(&chunk[..read]),
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let host =
                    text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned)).unwrap_or_default();
                let path = text.split(' ').nth(1).unwrap_or_default();
                let reply = answer(&format!("{host}{path}"));
                // The client may have hung up on purpose.
                let _ = stream.write_all(reply.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn config(host: &str) -> String {
    ok(&format!(
        "<?xml version=\"1.0\"?><clientConfig><emailProvider><incomingServer type=\"imap\"><hostname>{host}</hostname><port>993</port>\
         <socketType>SSL</socketType><username>%EMAILLOCALPART%</username></incomingServer></emailProvider></clientConfig>"
    ))
}

const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn closed() -> Places {
    Places { ispdb: "https://ispdb.example/v1.1/".to_owned(), imaps: 1, imap: 2 }
}

/// [EML-09] A known domain needs no look-up at all.
#[tokio::test]
async fn known_domains_ask_nobody() {
    let steps = Mutex::new(Vec::new());
    let network = Zone::default().network(Policy::default());
    let found = discover("jan@gmail.com", &network, |source, found| steps.lock().expect("steps").push((source, found.len()))).await;
    assert_eq!((found[0].server.host.as_str(), found[0].source), ("imap.gmail.com", Source::Table));
    assert_eq!(*steps.lock().expect("steps"), [(Source::Table, 1)]);
    for nonsense in ["", "jan", "jan@", "@", "jan@exa mple.nl", "jan@-x.nl", "jan@x.nl/../y"] {
        assert!(discover(nonsense, &network, |_, _| ()).await.is_empty(), "{nonsense}");
    }
}

/// [EML-09] A firm's own domain is known by who handles its mail.
#[tokio::test]
async fn by_mail_exchanger() {
    let zone = Zone { mx: HashMap::from([("bakker.example", vec!["bakker-example.mail.protection.outlook.com"])]), ..Zone::default() };
    let found = discover_at(&closed(), "anna@bakker.example", &zone.network(HERE), |_, _| ()).await;
    assert_eq!((found[0].server.host.as_str(), found[0].source, found[0].needs_oauth), ("outlook.office365.com", Source::Exchanger, true));
    assert_eq!(found[0].server.login, "anna@bakker.example");
}

/// [EML-09] Files that domains publish, service records and the collection, over real sockets, best first.
#[tokio::test]
async fn published_settings() {
    let authority = Authority::new();
    let names =
        ["autoconfig.bakker.example", "bakker.example", "ispdb.example", "redirect.example", "huge.example", "autoconfig.redirect.example"];
    let port = web(acceptor(authority.identity(&names, false)), |asked| {
        if asked.starts_with("autoconfig.bakker.example") {
            assert!(asked.contains("?emailaddress=anna%40bakker.example"));
            config("imap.bakker.example")
        } else if asked.starts_with("ispdb.example") {
            if asked.ends_with("/bakker.example") { config("ispdb.bakker.example") } else { NOT_FOUND.to_owned() }
        } else if asked.starts_with("redirect.example/plain") {
            "HTTP/1.1 302 Found\r\nLocation: http://bakker.example/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        } else if asked.starts_with("redirect.example/loop") {
            "HTTP/1.1 302 Found\r\nLocation: https://redirect.example/loop\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        } else if asked.starts_with("redirect.example/good") {
            "HTTP/1.1 302 Found\r\nLocation: https://bakker.example/text\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
        } else if asked.starts_with("huge.example") {
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(300_000))
        } else if asked.ends_with("/text") {
            ok("text")
        } else {
            NOT_FOUND.to_owned()
        }
    })
    .await;
    let zone = || Zone {
        srv: HashMap::from([
            ("_imaps._tcp.bakker.example", vec![("srv.bakker.example", 993)]),
            ("_imap._tcp.bakker.example", vec![("srv.bakker.example", 143)]),
        ]),
        ..names.into_iter().fold(Zone::default(), Zone::host)
    };
    let network = Network::with_names(Arc::new(zone()), HERE, std::slice::from_ref(&authority.certificate), port).expect("a network");
    let found = discover_at(&closed(), "anna@bakker.example", &network, |_, _| ()).await;
    let brief: Vec<_> =
        found.iter().map(|c| (c.source, c.server.host.as_str(), c.server.port, c.server.security, c.server.login.as_str())).collect();
    assert_eq!(
        brief,
        [
            (Source::Autoconfig, "imap.bakker.example", 993, Security::Tls, "anna"),
            (Source::Ispdb, "ispdb.bakker.example", 993, Security::Tls, "anna"),
            (Source::Service, "srv.bakker.example", 993, Security::Tls, "anna@bakker.example"),
            (Source::Service, "srv.bakker.example", 143, Security::StartTls, "anna@bakker.example"),
        ]
    );

    // The fetch itself: what it follows, and what it does not.
    assert_eq!(network.fetch("https://bakker.example/text", &[]).await.as_deref(), Some(b"text".as_slice()));
    assert_eq!(network.fetch("https://redirect.example/good", &[]).await.as_deref(), Some(b"text".as_slice()));
    for url in [
        "https://redirect.example/plain",
        "https://redirect.example/loop",
        "https://huge.example/",
        "https://bakker.example/nothing",
        "http://bakker.example/text",
        "https://unknown.example/",
        "no url",
    ] {
        assert_eq!(network.fetch(url, &[]).await, None, "{url}");
    }

    // The same server behind a guard that keeps to the internet, by name and by number.
    let guarded =
        Network::with_names(Arc::new(zone()), Policy::default(), std::slice::from_ref(&authority.certificate), port).expect("a network");
    assert_eq!(guarded.fetch("https://bakker.example/text", &[]).await, None);
    assert_eq!(guarded.fetch(&format!("https://127.0.0.1:{port}/text"), &[]).await, None);
    assert_eq!(guarded.fetch(&format!("https://[::1]:{port}/text"), &[]).await, None);
    assert!(discover_at(&closed(), "anna@autoconfig.bakker.example", &guarded, |_, _| ()).await.is_empty());

    // Without our authority the file is not believed.
    let stranger = Network::with_names(Arc::new(zone()), HERE, &[], port).expect("a network");
    assert_eq!(stranger.fetch("https://bakker.example/text", &[]).await, None);
}

/// [EML-09] At last, usual names where something listens.
#[tokio::test]
async fn guesses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let zone = Zone::default().host("mail.klein.example").host("klein.example");
    let places = Places { imaps: port, imap: 1, ..closed() };
    let found = discover_at(&places, "jan@klein.example", &zone.network(HERE), |_, _| ()).await;
    let brief: Vec<_> = found.iter().map(|c| (c.source, c.server.host.as_str(), c.server.port)).collect();
    assert_eq!(brief, [(Source::Guess, "mail.klein.example", port), (Source::Guess, "klein.example", port)]);
}

/// [EML-17] The guard, and what each failure to connect is called.
#[tokio::test]
async fn connections_go_where_they_may() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let zone = || {
        let mut zone = Zone::default().host("local.example");
        zone.addresses.insert("mixed.example", vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]);
        zone.addresses.insert("metadata.example", vec![Ipv4Addr::new(169, 254, 169, 254).into()]);
        zone.addresses.insert("mapped.example", vec!["::ffff:127.0.0.1".parse().expect("an address")]);
        zone
    };
    let open = zone().network(HERE);
    assert!(open.connect("local.example", port).await.is_ok());
    assert!(open.connect("LOCAL.example.", port).await.is_ok());
    // One of its addresses refuses, the other one answers.
    assert!(open.connect("mixed.example", port).await.is_ok());
    assert!(matches!(open.connect("local.example", 1).await, Err(Unreachable::PortClosed)));
    assert!(matches!(open.connect("nowhere.example", port).await, Err(Unreachable::UnknownHost)));

    let guarded = zone().network(Policy::default());
    for host in ["local.example", "mixed.example", "metadata.example", "mapped.example", "127.0.0.1", "::1", "[::1]", "10.0.0.1", "0.0.0.0"]
    {
        let error = guarded.connect(host, port).await.expect_err(host);
        assert!(matches!(error, Unreachable::Forbidden), "{host}: {error:?}");
        assert_eq!(diagnose::unreachable(&error, host, port).kind, DiagnosisKind::ForbiddenHost);
    }
    for odd in ["2130706433", "0x7f.1", "127.1", ""] {
        assert!(guarded.connect(odd, port).await.is_err(), "{odd}");
    }
}

/// One handshake over a real socket, as the check of an account does it.
async fn handshake(identity: Identity, config: rustls::ClientConfig, host: &'static str) -> Result<(), model::mail_account::Diagnosis> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let acceptor = acceptor(identity);
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let _ = acceptor.accept(stream).await;
    });
    let stream = Zone::default().host(host).network(HERE).connect(host, port).await.expect("a connection");
    let name = ServerName::try_from(host).expect("a name");
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(_) => Ok(()),
        Err(error) => Err(diagnose::io(&error, host, port)),
    }
}

/// [EML-17] Certificates: known, unknown, for another name, too old, and trusted by hand.
#[tokio::test]
async fn certificates() {
    let authority = Authority::new();
    let roots = std::slice::from_ref(&authority.certificate);
    let good = || authority.identity(&["mail.x.example"], false);
    assert_eq!(handshake(good(), tls(None, roots), "mail.x.example").await, Ok(()));

    let found = handshake(authority.identity(&["server1.hoster.example"], false), tls(None, roots), "mail.x.example")
        .await
        .expect_err("another name");
    assert_eq!((found.kind, found.about.as_str()), (DiagnosisKind::CertificateName, "server1.hoster.example"));
    let found = handshake(authority.identity(&["mail.x.example"], true), tls(None, roots), "mail.x.example").await.expect_err("too old");
    assert_eq!(found.kind, DiagnosisKind::CertificateExpired);

    let stranger = good();
    let print = certificate_print(&stranger.0);
    let copy = (stranger.0.clone(), stranger.1.clone_key());
    let found = handshake(stranger, tls(None, &[]), "mail.x.example").await.expect_err("an unknown authority");
    assert_eq!((found.kind, &found.about), (DiagnosisKind::CertificateUnknown, &print));
    assert_eq!(handshake(copy, tls(Some(&print), &[]), "other.x.example").await, Ok(()));
    let found = handshake(good(), tls(Some(&print), &[]), "mail.x.example").await.expect_err("another certificate than the trusted one");
    assert_eq!(found.kind, DiagnosisKind::CertificateUnknown);
}

/// [EML-17] A certificate is public; only whoever holds its key may be trusted by it.
#[tokio::test]
async fn a_borrowed_certificate_is_not_enough() {
    let authority = Authority::new();
    let (certificate, _) = authority.identity(&["mail.x.example"], false);
    let (_, other_key) = authority.identity(&["mail.x.example"], false);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = provider.key_provider.load_private_key(other_key).expect("a key");
    let borrowed = Arc::new(rustls::sign::CertifiedKey::new(vec![certificate.clone()], key));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(borrowed)));
    let (client, server) = tokio::io::duplex(64 << 10);
    tokio::spawn(async move {
        let _ = TlsAcceptor::from(Arc::new(config)).accept(server).await;
    });
    let connector = TlsConnector::from(Arc::new(tls(Some(&certificate_print(&certificate)), &[])));
    assert!(connector.connect(ServerName::try_from("mail.x.example").expect("a name"), client).await.is_err());
}

/// [EML-17] TLS to a port that speaks plain text first.
#[tokio::test]
async fn plain_text_where_tls_was_expected() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.write_all(b"* OK IMAP4rev1 ready\r\n").await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });
    let stream = Zone::default().host("mail.x.example").network(HERE).connect("mail.x.example", port).await.expect("a connection");
    let name = ServerName::try_from("mail.x.example").expect("a name");
    let error = TlsConnector::from(Arc::new(tls(None, &[]))).connect(name, stream).await.expect_err("no TLS there");
    assert_eq!(diagnose::io(&error, "mail.x.example", port).kind, DiagnosisKind::NeedsStartTls);
}
