//! Real listeners that take a letter, or make each trouble there is over it.

use crate::bench::{OnlyHere, free_port};
use crm::ports::{Handed, Parcel};
use crm::{Pass, Secret};
use mail::hosts::HostLimits;
use mail::reach::{Network, Policy, certificate_print};
use mail::send::{Patience, Submission};
use model::mail_account::{DiagnosisKind, Security, ServerSettings};
use model::outgoing::SendFault;
use model::{MailAccountId, MessageId};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const LETTER: &str = "From: a@b.example\r\nSubject: x\r\n\r\nEen.\r\n.\r\n..twee\r\nklaar\r\n";

/// `(how a line begins, what is answered)`, the first row that fits. `greeting` is said first, `text` answers before the letter has
/// ended, `.` its end. `CLOSE` at the end of an answer closes the connection, `SILENT` says nothing more, `DEAF` does not even listen.
pub(crate) type Rows = &'static [(&'static str, &'static str)];
/// A reply without end.
static ENDLESS: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| "250-and more\r\n".repeat(10_000));

const USUAL: Rows = &[
    ("greeting", "220 mail.test ESMTP\r\n"),
    ("EHLO", "250-mail.test\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250 AUTH LOGIN PLAIN\r\n"),
    ("AUTH", "235 2.7.0 in\r\n"),
    ("MAIL", "250 2.1.0 ok\r\n"),
    ("RCPT", "250 2.1.5 ok\r\n"),
    ("DATA", "354 go on\r\n"),
    (".", "250 2.0.0 queued as 1\r\n"),
    ("QUIT", "221 bye\r\nCLOSE"),
];

const NO_SIZE: (&str, &str) = ("EHLO", "250-mail.test\r\n250 AUTH PLAIN\r\n");

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encrypted {
    Never,
    Always,
    OnRequest,
}

/// What a server was told.
#[derive(Default)]
pub(crate) struct Heard {
    lines: Mutex<Vec<String>>,
    /// Letters without their dots; the last may have no end.
    letters: Mutex<Vec<Vec<u8>>>,
}

impl Heard {
    pub(crate) fn lines(&self, begin: &str) -> Vec<String> {
        self.lines.lock().expect("whole").iter().filter(|line| line.starts_with(begin)).cloned().collect()
    }

    pub(crate) fn letters(&self) -> Vec<Vec<u8>> {
        self.letters.lock().expect("whole").clone()
    }
}

pub(crate) struct Mta {
    port: u16,
    pub(crate) heard: Arc<Heard>,
    pub(crate) certificate: CertificateDer<'static>,
    encrypted: Encrypted,
}

impl Mta {
    pub(crate) async fn start(encrypted: Encrypted, rows: Rows) -> Self {
        let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let certificate = key.cert.der().clone();
        let secret = PrivateKeyDer::try_from(key.signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], secret).expect("they fit");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let heard = Arc::new(Heard::default());
        let told = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (acceptor, heard) = (acceptor.clone(), Arc::clone(&told));
                tokio::spawn(async move {
                    match encrypted {
                        Encrypted::Always => {
                            if let Ok(tls) = acceptor.accept(tcp).await {
                                serve(tls, rows, &heard, false, true).await;
                            }
                        }
                        Encrypted::Never => _ = serve(tcp, rows, &heard, false, true).await,
                        Encrypted::OnRequest => {
                            if let Some(tcp) = serve(tcp, rows, &heard, true, true).await
                                && let Ok(tls) = acceptor.accept(tcp).await
                            {
                                serve(tls, rows, &heard, false, false).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, heard, certificate, encrypted }
    }

    pub(crate) fn server(&self) -> ServerSettings {
        let security = match self.encrypted {
            Encrypted::Never => Security::Plain,
            Encrypted::Always => Security::Tls,
            Encrypted::OnRequest => Security::StartTls,
        };
        settings(self.port, security)
    }

    async fn deliver(&self, recipients: &[&str]) -> Handed {
        submission(std::slice::from_ref(&self.certificate))
            .deliver(&parcel(self.server(), recipients), &password(), async { Ok(()) })
            .await
            .expect("told")
    }
}

fn settings(port: u16, security: Security) -> ServerSettings {
    ServerSettings { login: "alice@test.example".to_owned(), host: "localhost".to_owned(), port, security, trusted_certificate: None }
}

fn parcel(server: ServerSettings, recipients: &[&str]) -> Parcel {
    Parcel {
        message: MessageId(Default::default()),
        account: MailAccountId(Default::default()),
        from: "alice@test.example".to_owned(),
        recipients: recipients.iter().map(|one| (*one).to_owned()).collect(),
        bytes: LETTER.as_bytes().to_vec(),
        server,
    }
}

fn password() -> Pass {
    Secret::new("geheim é").into()
}

const SHORT: Duration = Duration::from_millis(400);

/// Tests wait for what must happen; only where nothing does they wait for a time, and then for that step alone.
fn patience() -> Patience {
    let long = crate::bench::SOON;
    Patience { connect: long, greeting: long, envelope: long, block: long, text: long, end: long, farewell: long }
}

fn in_vain(patience: Patience) -> Submission {
    Submission::with_patience(network(&[], true), HostLimits::default(), patience)
}

fn network(roots: &[CertificateDer<'static>], allow_private: bool) -> Network {
    Network::with_names(Arc::new(OnlyHere), Policy { allow_private }, roots, 443).expect("a network")
}

fn submission(roots: &[CertificateDer<'static>]) -> Submission {
    Submission::with_patience(network(roots, true), HostLimits::default(), patience())
}

/// `Some`: it is to be encrypted now.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, rows: Rows, heard: &Heard, starttls: bool, greet: bool) -> Option<S> {
    let mut stream = BufReader::new(stream);
    let row = |line: &str| rows.iter().chain(USUAL).find(|(begin, _)| line.starts_with(begin)).map_or("500 what\r\n", |(_, said)| said);
    if greet && !say(&mut stream, row("greeting")).await {
        return None;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
            return None;
        }
        heard.lines.lock().expect("whole").push(line.trim_end().to_owned());
        let mut answer = row(&line).to_owned();
        if starttls && line.starts_with("EHLO") {
            answer = answer.replace("250-SIZE", "250-STARTTLS\r\n250-SIZE");
        }
        if starttls && line.starts_with("STARTTLS") && answer.starts_with("500") {
            answer = "220 go on\r\n".to_owned();
        }
        if !say(&mut stream, &answer).await {
            return None;
        }
        if line.starts_with("STARTTLS") && answer == "220 go on\r\n" {
            return Some(stream.into_inner());
        }
        if line.starts_with("DATA") && answer.starts_with("354") {
            if let Some((_, early)) = rows.iter().find(|(begin, _)| *begin == "text") {
                let mut begun = vec![0; 20];
                stream.read_exact(&mut begun).await.unwrap_or_default();
                heard.letters.lock().expect("whole").push(begun);
                if !say(&mut stream, early).await {
                    return None;
                }
            }
            let (letter, ended) = read_letter(&mut stream).await;
            heard.letters.lock().expect("whole").push(letter);
            if !ended || !say(&mut stream, row(".")).await {
                return None;
            }
        }
    }
}

/// `false`: the conversation is over.
async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, answer: &str) -> bool {
    let words = ["CLOSE", "SILENT", "DEAF"].iter().fold(answer, |words, end| words.trim_end_matches(end));
    if stream.write_all(words.as_bytes()).await.is_err() || stream.flush().await.is_err() || answer.ends_with("CLOSE") {
        return false;
    }
    if answer.ends_with("DEAF") {
        std::future::pending::<()>().await;
    }
    if answer.ends_with("SILENT") {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap_or_default();
        return false;
    }
    true
}

async fn read_letter<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> (Vec<u8>, bool) {
    let mut letter = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await.unwrap_or_default() == 0 {
            return (letter, false);
        }
        if line == b".\r\n" {
            return (letter, true);
        }
        letter.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn kind(handed: &Handed) -> Option<DiagnosisKind> {
    match &handed.fault {
        Some(SendFault::Server(diagnosis)) => Some(diagnosis.kind),
        _ => None,
    }
}

/// [CMP-17] [EML-24] A letter arrives byte for byte, over each kind of connection, and before the last dot it is written down.
#[tokio::test]
async fn a_letter_arrives() {
    for encrypted in [Encrypted::Never, Encrypted::Always, Encrypted::OnRequest] {
        let mta = Mta::start(encrypted, &[]).await;
        let parcel = parcel(mta.server(), &["bob@buys.example", "zoe@münchen.example"]);
        let heard = Arc::clone(&mta.heard);
        let leaves = async {
            assert!(heard.letters().is_empty(), "the letter has no end yet");
            Ok(())
        };
        let handed = submission(std::slice::from_ref(&mta.certificate)).deliver(&parcel, &password(), leaves).await.expect("told");
        assert_eq!(handed, Handed { accepted: parcel.recipients.clone(), ..Handed::default() });
        assert_eq!(String::from_utf8_lossy(&mta.heard.letters()[0]), LETTER);
        assert_eq!(mta.heard.lines("RCPT"), ["RCPT TO:<bob@buys.example>", "RCPT TO:<zoe@xn--mnchen-3ya.example>"]);
        assert_eq!(mta.heard.lines("MAIL"), [format!("MAIL FROM:<alice@test.example> SIZE={}", LETTER.len())]);
        // NUL, name, NUL, password (RFC 4616).
        assert_eq!(mta.heard.lines("AUTH"), ["AUTH PLAIN AGFsaWNlQHRlc3QuZXhhbXBsZQBnZWhlaW0gw6k="]);
        assert_eq!(mta.heard.lines("EHLO").len(), if encrypted == Encrypted::OnRequest { 2 } else { 1 });
    }
}

/// [EML-24] The other way to log in, and words sent along that are passed over.
#[tokio::test]
async fn ways_to_log_in() {
    const LOGIN: Rows = &[
        ("EHLO", "250-mail.test\r\n250 AUTH=LOGIN\r\n"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
        ("YWxpY2VAdGVzdC5leGFtcGxl", "334 UGFzc3dvcmQ6\r\n"),
        ("Z2VoZWltIMOp", "235 in\r\n"),
    ];
    const LATER: Rows = &[("AUTH PLAIN", "334 \r\n"), ("AGFsaWNl", "235 in\r\n")];
    const NOBODY: Rows = &[("EHLO", "250 mail.test\r\n")];
    for rows in [LOGIN, LATER, NOBODY] {
        let mta = Mta::start(Encrypted::Always, rows).await;
        submission(std::slice::from_ref(&mta.certificate)).try_sending(&mta.server(), &password()).await.expect("let in");
        assert!(mta.heard.lines("MAIL").is_empty());
    }
    const OTHERS: Rows = &[("EHLO", "250-mail.test\r\n250 AUTH XOAUTH2\r\n")];
    let mta = Mta::start(Encrypted::Never, OTHERS).await;
    assert_eq!(kind(&mta.deliver(&["bob@buys.example"]).await), Some(DiagnosisKind::NeedsOAuth));
}

/// [CMP-17] Each recipient has an outcome of its own, in the server's words; who has to wait waits.
#[tokio::test]
async fn recipients_apart() {
    const ROWS: Rows = &[
        ("RCPT TO:<no@", "550-5.1.1 The account does not exist.\r\n550 5.1.1 \u{1b}Try\r\n"),
        ("RCPT TO:<grey@", "451 4.7.1 Greylisted, try again later\r\n"),
        ("RCPT TO:<many@", "552 Too many recipients\r\n"),
    ];
    let mta = Mta::start(Encrypted::Never, ROWS).await;
    let handed = mta.deliver(&["bob@buys.example", "no@buys.example", "carol@books.example"]).await;
    assert_eq!(handed.accepted, ["bob@buys.example", "carol@books.example"]);
    let refused: Vec<_> = handed.refused.iter().map(|one| (one.address.as_str(), one.said.as_str())).collect();
    assert_eq!(refused, [("no@buys.example", "550 5.1.1 The account does not exist. Try")]);
    assert_eq!(handed.fault, None);

    let handed = mta.deliver(&["grey@buys.example", "bob@buys.example", "many@buys.example"]).await;
    assert_eq!(handed.accepted, ["bob@buys.example"]);
    assert_eq!(handed.fault, Some(SendFault::Later("451 4.7.1 Greylisted, try again later".to_owned())));
    assert!(handed.refused.is_empty());

    // Nobody left: the letter is not said at all.
    let before = mta.heard.letters().len();
    let handed = mta.deliver(&["grey@buys.example", "no@buys.example"]).await;
    assert!(handed.accepted.is_empty() && handed.refused.len() == 1);
    assert!(matches!(handed.fault, Some(SendFault::Later(_))));
    let handed = mta.deliver(&["no@buys.example"]).await;
    assert_eq!(handed.fault, Some(SendFault::Refused("550 5.1.1 The account does not exist. Try".to_owned())));
    assert_eq!(mta.heard.letters().len(), before);
}

/// [CMP-17] [EML-24] What the server says at each step, and what it means for the letter.
#[tokio::test]
async fn refusals_are_understood() {
    use DiagnosisKind as K;
    let cases: [(Rows, Option<K>, Option<SendFault>); 14] = [
        (&[("greeting", "421 4.3.2 Too busy\r\nCLOSE")], Some(K::TryLater), None),
        (&[("greeting", "554 5.7.1 Not you\r\nCLOSE")], Some(K::BrokenConnection), None),
        (&[("greeting", "* OK IMAP4rev1 ready\r\n")], Some(K::BrokenConnection), None),
        (&[("greeting", "CLOSE")], Some(K::NeedsTls), None),
        (&[("AUTH", "535 5.7.8 Authentication credentials invalid\r\n")], Some(K::WrongPassword), None),
        (&[("AUTH", "534-5.7.9 Application-specific password\r\n534 5.7.9 required\r\n")], Some(K::NeedsAppPassword), None),
        (&[("AUTH", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.\r\n")], Some(K::NeedsOAuth), None),
        (&[("AUTH", "454 4.7.0 Temporary authentication failure\r\n")], Some(K::TryLater), None),
        (
            &[("MAIL", "550 5.7.60 SMTP; Client does not have permissions to send as this sender\r\n")],
            None,
            Some(SendFault::Refused("550 5.7.60 SMTP; Client does not have permissions to send as this sender".into())),
        ),
        (&[("MAIL", "530 5.7.0 Must issue a STARTTLS command first\r\n")], Some(K::NeedsStartTls), None),
        (&[("DATA", "451 4.3.0 Not now\r\n")], None, Some(SendFault::Later("451 4.3.0 Not now".into()))),
        (&[(".", "552 5.3.4 Message too big\r\n")], None, Some(SendFault::TooLarge("552 5.3.4 Message too big".into()))),
        (&[(".", "450 4.2.0 Later\r\n")], None, Some(SendFault::Later("450 4.2.0 Later".into()))),
        (&[(".", "554 5.7.1 Spam\r\n")], None, Some(SendFault::Refused("554 5.7.1 Spam".into()))),
    ];
    for (rows, wanted, fault) in cases {
        let mta = Mta::start(Encrypted::Never, rows).await;
        let handed = mta.deliver(&["bob@buys.example"]).await;
        assert!(handed.accepted.is_empty() && handed.refused.is_empty(), "{rows:?}: {handed:?}");
        match wanted {
            Some(wanted) => assert_eq!(kind(&handed), Some(wanted), "{rows:?}: {handed:?}"),
            None => assert_eq!(handed.fault, fault, "{rows:?}"),
        }
    }
    // Told before anything is sent.
    let mta = Mta::start(Encrypted::Never, &[("EHLO", "250-mail.test\r\n250-AUTH PLAIN\r\n250 SIZE 20\r\n")]).await;
    assert_eq!(mta.deliver(&["bob@buys.example"]).await.fault, Some(SendFault::TooLarge("SIZE 20".into())));
    assert!(mta.heard.lines("MAIL").is_empty());
}

/// [EML-24] Nobody there, the wrong encryption, a stranger's certificate, and a password that does not go in the clear.
#[tokio::test]
async fn doors_that_do_not_open() {
    use DiagnosisKind as K;
    let tried = async |port, security| {
        // One of them says nothing.
        let waiting =
            in_vain(Patience { greeting: if security == Security::StartTls { SHORT * 5 } else { crate::bench::SOON }, ..patience() });
        let tried = waiting.try_sending(&settings(port, security), &Secret::new("x").into()).await;
        tried.expect_err("it does not open").kind
    };
    assert_eq!(tried(free_port(), Security::Tls).await, K::PortClosed);
    let plain = Mta::start(Encrypted::Never, &[]).await;
    assert_eq!(tried(plain.port, Security::Tls).await, K::NeedsStartTls);
    assert_eq!(tried(plain.port, Security::StartTls).await, K::NeedsTls, "it does not offer to encrypt");
    let tls = Mta::start(Encrypted::Always, &[]).await;
    assert_eq!(tried(tls.port, Security::StartTls).await, K::NeedsTls);
    assert_eq!(tried(tls.port, Security::Tls).await, K::CertificateUnknown);
    let unknown = ServerSettings { host: "nowhere.example".to_owned(), ..settings(25, Security::Tls) };
    assert_eq!(submission(&[]).try_sending(&unknown, &Secret::new("x").into()).await.expect_err("no such host").kind, K::UnknownHost);
    // An administrator vouches for it.
    let trusted = ServerSettings { trusted_certificate: Some(certificate_print(&tls.certificate)), ..tls.server() };
    submission(&[]).try_sending(&trusted, &Secret::new("x").into()).await.expect("trusted");
    for security in [Security::Plain, Security::StartTls] {
        let guarded = Submission::with_patience(network(&[], false), HostLimits::default(), patience());
        let refused = guarded.try_sending(&settings(plain.port, security), &Secret::new("x").into()).await.expect_err("not from here");
        assert_eq!(refused.kind, K::ForbiddenHost);
    }
}

/// What somebody in between says before the connection is encrypted is not believed after it.
#[tokio::test]
async fn nothing_is_smuggled_past_the_handshake() {
    const ROWS: Rows = &[("STARTTLS", "220 go on\r\n250-mail.test\r\n250 AUTH PLAIN\r\n")];
    let mta = Mta::start(Encrypted::OnRequest, ROWS).await;
    assert_eq!(kind(&mta.deliver(&["bob@buys.example"]).await), Some(DiagnosisKind::BrokenConnection));
    assert!(mta.heard.lines("AUTH").is_empty());
}

/// [CMP-17] A connection that breaks before the last dot has sent nothing; after it, nobody knows.
#[tokio::test]
async fn cut_before_and_after_the_dot() {
    let early: [Rows; 4] = [
        &[NO_SIZE, ("text", "CLOSE")],
        &[NO_SIZE, ("text", "DEAF")],
        &[NO_SIZE, ("text", "421 4.4.2 Error: timeout exceeded\r\nCLOSE")],
        &[NO_SIZE, ("text", "552 5.3.4 Enough\r\nCLOSE")],
    ];
    for rows in early {
        let mta = Mta::start(Encrypted::Never, rows).await;
        // More than the machine holds for the other side.
        let bytes = format!("{LETTER}{}", "lang\r\n".repeat(5_000_000)).into_bytes();
        let parcel = Parcel { bytes, ..parcel(mta.server(), &["bob@buys.example"]) };
        let mut left = false;
        let leaves = async {
            left = true;
            Ok(())
        };
        let handed = in_vain(Patience { block: SHORT, ..patience() }).deliver(&parcel, &password(), leaves).await.expect("told");
        assert!(!left, "{rows:?}");
        assert!(handed.accepted.is_empty() && handed.fault.is_some() && handed.fault != Some(SendFault::Cut), "{rows:?}: {handed:?}");
    }
    // A small letter is on its way before the server has closed: that it has is seen before the dot goes.
    let mta = Mta::start(Encrypted::Never, &[("DATA", "354 go on\r\n552 5.3.4 Enough\r\n")]).await;
    assert_eq!(mta.deliver(&["bob@buys.example"]).await.fault, Some(SendFault::TooLarge("552 5.3.4 Enough".into())));
    let late: [Rows; 5] =
        [&[(".", "CLOSE")], &[(".", "SILENT")], &[(".", "what?\r\n")], &[(".", "250-half\r\nCLOSE")], &[(".", "354 again\r\n")]];
    for rows in late {
        let mta = Mta::start(Encrypted::Never, rows).await;
        let parcel = parcel(mta.server(), &["bob@buys.example", "carol@books.example"]);
        let handed = in_vain(Patience { end: SHORT, ..patience() }).deliver(&parcel, &password(), async { Ok(()) }).await.expect("told");
        assert_eq!(handed, Handed { fault: Some(SendFault::Cut), ..Handed::default() }, "{rows:?}");
        assert_eq!(mta.heard.letters().len(), 1);
    }
}

/// [CMP-17] What cannot be written down does not go.
#[tokio::test]
async fn without_a_note_no_dot() {
    let mta = Mta::start(Encrypted::Never, &[]).await;
    let handed =
        submission(&[]).deliver(&parcel(mta.server(), &["bob@buys.example"]), &password(), async { Err(crm::Error::LeaseLost) }).await;
    assert!(matches!(handed, Err(crm::Error::LeaseLost)));
    // The server sees the connection end in the middle of the letter.
    let ended = async {
        while mta.heard.letters().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(crate::bench::SOON, ended).await.expect("it was read to its end");
    assert!(mta.heard.lines("QUIT").is_empty());
}

/// Silence at each step ends it, and says the right thing.
#[tokio::test]
async fn silence() {
    let login = Patience { greeting: SHORT, ..patience() };
    let envelope = Patience { envelope: SHORT, ..patience() };
    let cases: [(Rows, Patience, DiagnosisKind); 6] = [
        (&[("greeting", "SILENT")], login, DiagnosisKind::NeedsTls),
        (&[("EHLO", "SILENT")], login, DiagnosisKind::BrokenConnection),
        (&[("AUTH", "SILENT")], login, DiagnosisKind::BrokenConnection),
        (&[("MAIL", "SILENT")], envelope, DiagnosisKind::BrokenConnection),
        (&[("RCPT", "250-half\r\nSILENT")], envelope, DiagnosisKind::BrokenConnection),
        (&[("DATA", "SILENT")], envelope, DiagnosisKind::BrokenConnection),
    ];
    for (rows, patience, wanted) in cases {
        let mta = Mta::start(Encrypted::Never, rows).await;
        let parcel = parcel(mta.server(), &["bob@buys.example"]);
        let handed = in_vain(patience).deliver(&parcel, &password(), async { Ok(()) }).await.expect("told");
        assert_eq!(kind(&handed), Some(wanted), "{rows:?}");
    }
}

/// Answers that are none, or never end.
#[tokio::test]
async fn garbage() {
    let endless: Rows = Box::leak(Box::new([("EHLO", ENDLESS.as_str())]));
    let cases: [Rows; 5] = [
        &[("EHLO", "hello\r\n")],
        &[("EHLO", "250-a\r\n25\r\n")],
        &[("MAIL", "\u{0}\u{1}\u{2}\r\n")],
        &[("RCPT", "999 what\r\n")],
        endless,
    ];
    for rows in cases {
        let mta = Mta::start(Encrypted::Never, rows).await;
        assert_eq!(kind(&mta.deliver(&["bob@buys.example"]).await), Some(DiagnosisKind::BrokenConnection), "{rows:?}");
        assert!(mta.heard.letters().is_empty());
    }
}

/// [CMP-11] An address cannot bring a command along, and one that nobody could write to is refused by itself.
#[tokio::test]
async fn addresses_stay_addresses() {
    let mta = Mta::start(Encrypted::Never, &[]).await;
    let odd = ["x@y.example>\r\nRCPT TO:<z@y.example", "zoë@y.example", "a@localhost"];
    let handed = mta.deliver(&[odd[0], "bob@buys.example", odd[1], odd[2]]).await;
    assert_eq!(handed.accepted, ["bob@buys.example"]);
    assert_eq!(handed.refused.iter().map(|one| one.address.as_str()).collect::<Vec<_>>(), odd);
    assert_eq!(mta.heard.lines("RCPT"), ["RCPT TO:<bob@buys.example>"]);
    let from = Parcel { from: "a@b.example\r\nDATA".to_owned(), ..parcel(mta.server(), &["bob@buys.example"]) };
    let handed = submission(&[]).deliver(&from, &password(), async { Ok(()) }).await.expect("told");
    assert_eq!(handed.fault, Some(SendFault::Refused(String::new())));
}
