//! Real listeners that make each mistake there is, and what the wizard's check says of it (mail.md §4.2).

use crate::bench::{Dovecot, Office, Script, free_port, play};
use async_trait::async_trait;
use mail::reach::{Names, Network, Policy};
use mail::room::Room;
use model::mail_account::{Check, CheckOutcome, Diagnosis, DiagnosisKind, MailAccountForm, Security, ServerSettings};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

const GMAIL: &str = "imap.gmail.com";
const OFFICE: &str = "outlook.office365.com";

/// Every name is this machine, but for those that do not exist.
struct AllHere;

#[async_trait]
impl Names for AllHere {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if host.starts_with("nowhere") { Err(io::ErrorKind::NotFound.into()) } else { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) }
    }

    async fn mx(&self, _: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn srv(&self, _: &str) -> io::Result<Vec<(String, u16)>> {
        Ok(Vec::new())
    }
}

struct Certificate {
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

fn certificate(name: &str, year: i32) -> Certificate {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    params.not_before = rcgen::date_time_ymd(2015, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    let der = params.self_signed(&key).expect("a certificate").der().clone();
    Certificate { der, key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key") }
}

/// Listens, with TLS where there is a certificate, and plays the script to whoever comes.
async fn listen(certificate: Option<&Certificate>, script: Script) -> u16 {
    let acceptor = certificate.map(|certificate| {
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der.clone()], certificate.key.clone_key())
            .expect("they fit");
        TlsAcceptor::from(Arc::new(config))
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, script) = (acceptor.clone(), script.clone());
            tokio::spawn(async move {
                match acceptor {
                    Some(acceptor) => {
                        if let Ok(tls) = acceptor.accept(tcp).await {
                            play(script, tls).await;
                        }
                    }
                    None => play(script, tcp).await,
                }
            });
        }
    });
    port
}

struct Wizard {
    office: Office,
}

impl Wizard {
    async fn new(trusted: &[&Certificate]) -> Self {
        let roots: Vec<_> = trusted.iter().map(|one| one.der.clone()).collect();
        let network = Network::with_names(Arc::new(AllHere), Policy { allow_private: true }, &roots, 443).expect("a network");
        Self::over(network).await
    }

    async fn over(network: Network) -> Self {
        let office = Office::open().await;
        let room = Room::new(office.crm.clone(), network);
        office.crm.hang_mailroom(room);
        Self { office }
    }

    async fn check(&self, host: &str, port: u16, security: Security) -> Check {
        self.check_as("alice@test.example", "alicepw", host, port, security).await
    }

    async fn check_as(&self, login: &str, password: &str, host: &str, port: u16, security: Security) -> Check {
        let form = MailAccountForm {
            address: "alice@test.example".to_owned(),
            password: password.to_owned(),
            server: Some(ServerSettings { login: login.to_owned(), host: host.to_owned(), port, security, trusted_certificate: None }),
            ..MailAccountForm::default()
        };
        let id = self.office.session.start_mail_check(form).await.expect("started");
        let mut seen = 0;
        loop {
            let check = self.office.session.follow_mail_check(id, seen).await.expect("known");
            if check.outcome.is_some() {
                return check;
            }
            seen = check.version;
        }
    }

    async fn fails(&self, host: &str, port: u16, security: Security) -> Diagnosis {
        match self.check(host, port, security).await.outcome {
            Some(CheckOutcome::Failed(diagnosis)) => diagnosis,
            other => panic!("{host}:{port}: {other:?}"),
        }
    }
}

fn rows(rows: &[(&str, &str)]) -> Script {
    rows.iter().map(|(command, answer)| ((*command).to_owned(), (*answer).to_owned())).collect()
}

/// [EML-16] [EML-17] No such name, nobody behind the port, and nobody who answers.
#[tokio::test]
async fn nobody_is_there() {
    let wizard = Wizard::new(&[]).await;
    let unknown = wizard.fails("nowhere.example", 993, Security::Tls).await;
    assert_eq!((unknown.kind, unknown.about.as_str()), (DiagnosisKind::UnknownHost, "nowhere.example"));
    let port = free_port();
    let closed = wizard.fails("mail.example", port, Security::Tls).await;
    assert_eq!((closed.kind, closed.about), (DiagnosisKind::PortClosed, format!("mail.example:{port}")));
    // As behind a firewall: the queue is full, so whoever knocks hears nothing at all.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(1).expect("it listens");
    let address = listener.local_addr().expect("bound");
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(std::time::Duration::from_millis(300), TcpStream::connect(address)).await {
        queue.push(stream);
    }
    let silent = wizard.fails("mail.example", address.port(), Security::Tls).await;
    assert_eq!(silent.kind, DiagnosisKind::NoAnswer);
    wizard.office.crm.close().await;
}

/// [EML-16] [EML-17] Certificates: of another name (which is told), of nobody we know (with its fingerprint), and of yesterday.
#[tokio::test]
async fn certificates_are_told_apart() {
    let (other, old, stranger) =
        (certificate("mail.hoster.example", 2099), certificate("old.example", 2020), certificate("mail.example", 2099));
    let wizard = Wizard::new(&[&other, &old]).await;
    let port = listen(Some(&other), rows(&[])).await;
    let wrong = wizard.fails("mail.example", port, Security::Tls).await;
    assert_eq!((wrong.kind, wrong.about.as_str()), (DiagnosisKind::CertificateName, "mail.hoster.example"));
    let port = listen(Some(&old), rows(&[])).await;
    assert_eq!(wizard.fails("old.example", port, Security::Tls).await.kind, DiagnosisKind::CertificateExpired);
    let port = listen(Some(&stranger), rows(&[])).await;
    let unknown = wizard.fails("mail.example", port, Security::Tls).await;
    assert_eq!((unknown.kind, unknown.about.len()), (DiagnosisKind::CertificateUnknown, 64));
    wizard.office.crm.close().await;
}

/// [EML-16] [EML-17] The server for outgoing mail, a web server, and somebody who says nothing sensible.
#[tokio::test]
async fn something_else_answers() {
    let here = certificate("mail.example", 2099);
    let wizard = Wizard::new(&[&here]).await;
    for greeting in ["220 mail.example ESMTP Postfix\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "+OK POP3 ready\r\n"] {
        let port = listen(Some(&here), rows(&[("greeting", greeting)])).await;
        let diagnosis = wizard.fails("mail.example", port, Security::Tls).await;
        assert_eq!(diagnosis.kind, DiagnosisKind::NotImap, "{greeting}");
        assert!(!diagnosis.said.is_empty());
    }
    let port = listen(Some(&here), rows(&[("greeting", "* BYE Too many connections, try again later\r\nCLOSE")])).await;
    assert_eq!(wizard.fails("mail.example", port, Security::Tls).await.kind, DiagnosisKind::TryLater);
    wizard.office.crm.close().await;
}

/// [EML-16] [EML-17] A refused login: what each provider means by it.
#[tokio::test]
async fn refusals_are_understood() {
    let (gmail, office) = (certificate(GMAIL, 2099), certificate(OFFICE, 2099));
    let here = certificate("mail.example", 2099);
    let wizard = Wizard::new(&[&gmail, &office, &here]).await;
    let link = "https://accounts.google.com/signin/continue?x=1";
    let alert = format!("{{T}} NO [WEBALERT {link}] Web login required.\r\n");
    let cases: [(&str, &Certificate, &str, DiagnosisKind); 9] = [
        ("mail.example", &here, "{T} NO [AUTHENTICATIONFAILED] Authentication failed.\r\n", DiagnosisKind::WrongPassword),
        (
            GMAIL,
            &gmail,
            "{T} NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)\r\n",
            DiagnosisKind::NeedsAppPassword,
        ),
        (GMAIL, &gmail, &alert, DiagnosisKind::NeedsAppPassword),
        (GMAIL, &gmail, "{T} NO [ALERT] Too many simultaneous connections. (Failure)\r\n", DiagnosisKind::TryLater),
        (OFFICE, &office, "{T} NO LOGIN failed.\r\n", DiagnosisKind::NeedsOAuth),
        (OFFICE, &office, "{T} NO Server Unavailable. 15\r\n", DiagnosisKind::NeedsOAuth),
        (
            "mail.example",
            &here,
            "{T} NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)\r\n",
            DiagnosisKind::TryLater,
        ),
        ("mail.example", &here, "{T} BAD Request is throttled. Suggested Backoff Time: 299962 milliseconds\r\n", DiagnosisKind::TryLater),
        ("mail.example", &here, "{T} NO [AUTHORIZATIONFAILED] IMAP is disabled for this mailbox\r\n", DiagnosisKind::ImapDisabled),
    ];
    for (host, certificate, answer, kind) in cases {
        let port = listen(Some(certificate), rows(&[("LOGIN", answer)])).await;
        let diagnosis = wizard.fails(host, port, Security::Tls).await;
        assert_eq!(diagnosis.kind, kind, "{answer}");
        assert!(!diagnosis.said.is_empty(), "the server's own words are kept");
        if answer.contains("WEBALERT") {
            assert_eq!(diagnosis.link.as_deref(), Some(link));
        }
    }
    wizard.office.crm.close().await;
}

/// [EML-17] Exchange lets in whom it will not show a mailbox, and says so only then.
#[tokio::test]
async fn let_in_but_not_connected() {
    let office = certificate(OFFICE, 2099);
    let wizard = Wizard::new(&[&office]).await;
    let not = "{T} BAD User is authenticated but not connected.\r\n";
    let port = listen(Some(&office), rows(&[("LIST", not), ("STATUS", not), ("EXAMINE", not)])).await;
    assert_eq!(wizard.fails(OFFICE, port, Security::Tls).await.kind, DiagnosisKind::NoMailbox);
    wizard.office.crm.close().await;
}

/// [EML-16] The wrong encryption for the port is found out and mended, whichever way round it is; so is the form of the user name.
#[tokio::test]
async fn what_can_be_mended_is_mended() {
    let dovecot = Dovecot::start_with("disable_plaintext_auth = yes\n").await;
    let wizard = Wizard::over(dovecot.network()).await;
    let good = async |port, security, wanted| {
        let check = wizard.check("localhost", port, security).await;
        assert!(matches!(check.outcome, Some(CheckOutcome::Connected { .. })), "{security:?}: {:?}", check.outcome);
        assert_eq!(check.server.expect("tried").security, wanted);
    };
    good(dovecot.plain, Security::Tls, Security::StartTls).await;
    good(dovecot.tls, Security::StartTls, Security::Tls).await;
    good(dovecot.tls, Security::Plain, Security::Tls).await;
    let check = wizard.check_as("alice", "alicepw", "localhost", dovecot.tls, Security::Tls).await;
    assert!(matches!(check.outcome, Some(CheckOutcome::Connected { .. })), "{:?}", check.outcome);
    assert_eq!(check.server.expect("tried").login, "alice@test.example");
    wizard.office.crm.close().await;
}

/// [EML-17] A real server at the limit of its connections.
#[tokio::test]
async fn a_server_at_its_limit() {
    let dovecot = Dovecot::start_with("mail_max_userip_connections = 1\n").await;
    let wizard = Wizard::over(dovecot.network()).await;
    let server = dovecot.server("alice");
    let held = dovecot.dialer().dial(&server, &crm::Secret::new("alicepw").into()).await.expect("the first");
    let limited = wizard.fails("localhost", dovecot.tls, Security::Tls).await;
    assert_eq!(limited.kind, DiagnosisKind::TryLater, "{limited:?}");
    held.logout().await;
    wizard.office.crm.close().await;
}
