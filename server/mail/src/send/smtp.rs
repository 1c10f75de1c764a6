//! One letter handed to the mail server of whoever wrote it: SMTP (RFC 5321) as clients speak it (RFC 6409).
//!
//! lettre's own connection writes the last dot of a letter along with its text, connects past the guard of `reach`, and knows two
//! outcomes. Here every recipient has one of its own, and between the text and the dot something is written down: before the dot
//! the server has nothing, after it nobody can take it back.

use super::address;
use super::reply::{MAX_LINE, MAX_REPLY, Reply};
use crate::diagnose::{self, said, sending};
use crate::hosts::{HostLimits, Hosts, Seat};
use crate::imap::Wire;
use crate::oauth::{challenge, xoauth2};
use crate::reach::{Network, Unreachable};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::BytesMut;
use crm::ports::{Handed, Parcel};
use crm::{Pass, Secret};
use model::mail_account::{Diagnosis, DiagnosisKind, Security, ServerSettings};
use model::outgoing::{Refusal, SendFault};
use rustls::ClientConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// Which machine this is concerns nobody: the literal is what a client without a name of its own says (RFC 5321 §4.1.4).
const OWN_NAME: &str = "[127.0.0.1]";
/// Written at once, and waited for.
const BLOCK: usize = 64 << 10;
/// Whoever complains is left alone for this long.
const SPARED: Duration = Duration::from_secs(5 * 60);

/// How long each step may take; the longer ones are those of RFC 5321 §4.5.3.2.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub connect: Duration,
    /// The greeting, the handshake, and each command until the login.
    pub greeting: Duration,
    /// MAIL, RCPT and DATA.
    pub envelope: Duration,
    /// Each piece of the text.
    pub block: Duration,
    /// The whole text.
    pub text: Duration,
    /// The answer to the last dot.
    pub end: Duration,
    pub farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            greeting: Duration::from_secs(30),
            envelope: Duration::from_secs(5 * 60),
            block: Duration::from_secs(3 * 60),
            text: Duration::from_secs(60 * 60),
            end: Duration::from_secs(10 * 60),
            farewell: Duration::from_secs(5),
        }
    }
}

/// Hands letters over.
#[derive(Clone)]
pub struct Submission {
    network: Network,
    hosts: Arc<Hosts>,
    /// Shared, so that sessions are resumed.
    usual: Arc<ClientConfig>,
    patience: Patience,
}

impl Submission {
    pub fn new(network: Network, limits: HostLimits) -> Self {
        Self::with_patience(network, limits, Patience::default())
    }

    pub fn with_patience(network: Network, limits: HostLimits, patience: Patience) -> Self {
        let usual = Arc::new(network.tls(None));
        Self { network, hosts: Arc::new(Hosts::new(limits)), usual, patience }
    }

    /// Connects and logs in, and sends nothing.
    pub async fn try_sending(&self, server: &ServerSettings, pass: &Pass) -> Result<(), Diagnosis> {
        self.open(server, pass).await?.leave();
        Ok(())
    }

    /// Hands a parcel over. `leaves` is awaited when all but the last dot has gone; where it fails, the dot does not go, and its error is
    /// the outcome. [CMP-17]
    pub async fn deliver(&self, parcel: &Parcel, pass: &Pass, leaves: impl Future<Output = crm::Result<()>>) -> crm::Result<Handed> {
        let mut client = match self.open(&parcel.server, pass).await {
            Ok(client) => client,
            Err(diagnosis) => return Ok(Handed { fault: Some(SendFault::Server(diagnosis)), ..Handed::default() }),
        };
        let mut handed = Handed::default();
        let transaction = client.hand_over(parcel, leaves, &mut handed).await;
        match transaction {
            Ok(()) => client.leave(),
            Err(Stopped::Fault(fault)) => {
                handed.fault = Some(fault);
                client.leave();
            }
            Err(Stopped::Broken(error)) => {
                handed.fault = Some(SendFault::Server(error.diagnosis(&parcel.server)));
            }
            // Without goodbye: what was said so far must not be taken for a letter.
            Err(Stopped::Crm(error)) => return Err(error),
        }
        Ok(handed)
    }

    /// A connection that is logged in.
    async fn open(&self, server: &ServerSettings, pass: &Pass) -> Result<Client, Diagnosis> {
        let opened = self.open_quietly(server, pass).await;
        if let Err(diagnosis) = &opened
            && diagnosis.kind == DiagnosisKind::TryLater
        {
            self.hosts.slow_down(&server.host, SPARED);
        }
        opened
    }

    async fn open_quietly(&self, server: &ServerSettings, pass: &Pass) -> Result<Client, Diagnosis> {
        let (host, port) = (server.host.as_str(), server.port);
        if server.security == Security::Plain && !self.network.policy().allow_private {
            // A password in the clear leaves this machine only where the operator says so.
            return Err(diagnose::unreachable(&Unreachable::Forbidden, host, port));
        }
        let seat = self.hosts.enter(host).await;
        let connected = timeout(self.patience.connect, self.network.connect(host, port)).await;
        let tcp = connected.unwrap_or(Err(Unreachable::NoAnswer)).map_err(|error| diagnose::unreachable(&error, host, port))?;
        let mut wire: Wire = Box::new(tcp);
        if server.security == Security::Tls {
            wire = self.shake_hands(wire, server).await?;
        }
        let mut client = Client { wire, buffer: BytesMut::new(), offers: Vec::new(), patience: self.patience, _seat: seat };
        client.be_greeted(server).await?;
        client.introduce(server).await?;
        if server.security == Security::StartTls {
            if client.offer("STARTTLS").is_none() {
                return Err(Diagnosis::new(DiagnosisKind::NeedsTls, format!("{host}:{port}")));
            }
            let reply = client.command("STARTTLS", self.patience.greeting).await.map_err(|error| error.diagnosis(server))?;
            if !reply.is_good() {
                return Err(sending::login(reply.code, &reply.text(), host));
            }
            // What came with the answer was not encrypted: whoever is in between may have written it.
            if !client.buffer.is_empty() {
                return Err(Broken::Garbled(String::new()).diagnosis(server));
            }
            let Client { wire, _seat, .. } = client;
            let wire = self.shake_hands(wire, server).await?;
            client = Client { wire, buffer: BytesMut::new(), offers: Vec::new(), patience: self.patience, _seat };
            client.introduce(server).await?;
        }
        match pass {
            Pass::Password(password) => client.log_in(server, password).await?,
            Pass::Token(token) => client.sign_in(server, token).await?,
        }
        Ok(client)
    }

    async fn shake_hands(&self, wire: Wire, server: &ServerSettings) -> Result<Wire, Diagnosis> {
        let (host, port) = (server.host.as_str(), server.port);
        let encryption = self.network.encryption(server, &self.usual);
        let (connector, name) = encryption.map_err(|error| diagnose::unreachable(&error, host, port))?;
        let shaken = timeout(self.patience.greeting, connector.connect(name, wire)).await;
        match shaken {
            Ok(Ok(tls)) => Ok(Box::new(tls)),
            Ok(Err(error)) => Err(diagnose::io(&error, host, port)),
            // A server that speaks first waits for us to understand it.
            Err(_) => Err(Diagnosis::new(DiagnosisKind::NoAnswer, format!("{host}:{port}"))),
        }
    }
}

/// Why there is no reply.
#[derive(Debug)]
enum Broken {
    Lost,
    TimedOut,
    Io(io::Error),
    /// What came is not SMTP.
    Garbled(String),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::Lost,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ => Self::Io(error),
        }
    }
}

impl Broken {
    fn diagnosis(&self, server: &ServerSettings) -> Diagnosis {
        let broken = Diagnosis::new(DiagnosisKind::BrokenConnection, format!("{}:{}", server.host, server.port));
        match self {
            Self::Io(error) => diagnose::io(error, &server.host, server.port),
            Self::Garbled(line) => Diagnosis { said: said(line), ..broken },
            Self::Lost | Self::TimedOut => broken,
        }
    }
}

/// Why a transaction ended early.
enum Stopped {
    /// The server would not.
    Fault(SendFault),
    /// Before the last dot.
    Broken(Broken),
    Crm(crm::Error),
}

impl From<Broken> for Stopped {
    fn from(error: Broken) -> Self {
        Self::Broken(error)
    }
}

/// What a refusal means for the whole letter.
fn fault(reply: &Reply, host: &str) -> SendFault {
    let text = reply.text();
    if reply.is_passing() {
        SendFault::Later(reply.said())
    } else if is_login(reply, &text) {
        SendFault::Server(sending::login(reply.code, &text, host))
    } else if reply.is_too_large() {
        SendFault::TooLarge(reply.said())
    } else {
        SendFault::Refused(reply.said())
    }
}

/// Some servers say only now that they did not let us in.
fn is_login(reply: &Reply, text: &str) -> bool {
    matches!(reply.code, 530 | 534 | 535 | 538) || sending::wants_oauth(text)
}

struct Client {
    wire: Wire,
    /// Read, and not yet understood.
    buffer: BytesMut,
    /// What EHLO told, a line each.
    offers: Vec<String>,
    patience: Patience,
    _seat: Seat,
}

impl Client {
    // -----------------------------------------------------------------------------------------------------------
    // Lines

    async fn command(&mut self, line: &str, patience: Duration) -> Result<Reply, Broken> {
        if line.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Broken::Garbled(String::new()));
        }
        let asked = async {
            self.write(format!("{line}\r\n").as_bytes()).await?;
            self.reply().await
        };
        timeout(patience, asked).await.unwrap_or(Err(Broken::TimedOut))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.wire.write_all(bytes).await?;
        self.wire.flush().await?;
        Ok(())
    }

    async fn reply(&mut self) -> Result<Reply, Broken> {
        let mut reply = Reply::default();
        let mut read = 0;
        loop {
            let line = self.line().await?;
            read += line.len();
            match reply.read(line.trim_ascii_end()) {
                Some(true) => return Ok(reply),
                Some(false) if read <= MAX_REPLY => {}
                _ => return Err(Broken::Garbled(String::from_utf8_lossy(&line).into_owned())),
            }
        }
    }

    async fn line(&mut self) -> Result<BytesMut, Broken> {
        let mut seen = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', self.buffer.get(seen..).unwrap_or_default()) {
                return Ok(self.buffer.split_to(seen + at + 1));
            }
            seen = self.buffer.len();
            if seen > MAX_LINE {
                return Err(Broken::Garbled(self.begun()));
            }
            if self.wire.read_buf(&mut self.buffer).await? == 0 {
                return Err(if self.buffer.is_empty() { Broken::Lost } else { Broken::Garbled(self.begun()) });
            }
        }
    }

    /// What was read of a line that never ended, a letter for each byte.
    fn begun(&self) -> String {
        self.buffer.iter().take(200).map(|byte| char::from(*byte)).collect()
    }

    // -----------------------------------------------------------------------------------------------------------
    // Before the letter

    async fn be_greeted(&mut self, server: &ServerSettings) -> Result<(), Diagnosis> {
        let greeted = timeout(self.patience.greeting, self.reply()).await.unwrap_or(Err(Broken::TimedOut));
        let line = match greeted {
            Ok(reply) => Some(format!("{} {}", reply.code, reply.text())),
            Err(Broken::Garbled(line)) => Some(line),
            // A few bytes and no line: the beginning of some other protocol.
            Err(_) if !self.buffer.is_empty() => Some(self.begun()),
            Err(Broken::Io(error)) => return Err(diagnose::io(&error, &server.host, server.port)),
            Err(Broken::Lost | Broken::TimedOut) => None,
        };
        sending::greeting(line.as_deref(), server.security, &server.host, server.port).map_or(Ok(()), Err)
    }

    async fn introduce(&mut self, server: &ServerSettings) -> Result<(), Diagnosis> {
        let reply = self.command(&format!("EHLO {OWN_NAME}"), self.patience.greeting).await.map_err(|error| error.diagnosis(server))?;
        if reply.is_good() {
            // The first line is its name.
            self.offers = reply.lines.into_iter().skip(1).collect();
            return Ok(());
        }
        let kind = if reply.is_passing() { DiagnosisKind::TryLater } else { DiagnosisKind::BrokenConnection };
        Err(Diagnosis { said: reply.said(), ..Diagnosis::new(kind, format!("{}:{}", server.host, server.port)) })
    }

    /// What follows the name of an extension, where the server has it. Old ones write `AUTH=LOGIN`.
    fn offer(&self, extension: &str) -> Option<&str> {
        self.offers.iter().find_map(|line| {
            let (name, rest) = line.split_at_checked(extension.len())?;
            let fits = name.eq_ignore_ascii_case(extension) && matches!(rest.as_bytes().first(), None | Some(b' ' | b'=' | b'\t'));
            fits.then(|| rest.trim_start_matches([' ', '=', '\t']).trim_end())
        })
    }

    /// Says who wants to send.
    async fn log_in(&mut self, server: &ServerSettings, password: &Secret) -> Result<(), Diagnosis> {
        let offered = self.offer("AUTH").unwrap_or_default().to_ascii_uppercase();
        let has = |mechanism: &str| offered.split_ascii_whitespace().any(|one| one == mechanism);
        let refused = |kind| Diagnosis { said: said(&offered), ..Diagnosis::new(kind, server.host.as_str()) };
        let reply = if has("PLAIN") {
            self.auth_plain(server, password).await
        } else if has("LOGIN") {
            self.auth_login(server, password).await
        } else if has("XOAUTH2") || has("OAUTHBEARER") {
            return Err(refused(DiagnosisKind::NeedsOAuth));
        } else if server.security == Security::Plain && self.offer("STARTTLS").is_some() {
            return Err(refused(DiagnosisKind::NeedsStartTls));
        } else if offered.is_empty() {
            // It knows us by where we are, or takes letters for its own people only: that it says of each recipient.
            return Ok(());
        } else {
            return Err(refused(DiagnosisKind::BrokenConnection));
        };
        match reply {
            Ok(reply) if reply.code == 235 => Ok(()),
            Ok(reply) => Err(sending::login(reply.code, &reply.text(), &server.host)),
            Err(error) => Err(error.diagnosis(server)),
        }
    }

    /// Lets the provider speak for whoever wants to send.
    async fn sign_in(&mut self, server: &ServerSettings, token: &Secret) -> Result<(), Diagnosis> {
        let offered = self.offer("AUTH").unwrap_or_default().to_ascii_uppercase();
        if !offered.split_ascii_whitespace().any(|one| one == "XOAUTH2") {
            // No other token changes that.
            return Err(Diagnosis { said: said(&offered), ..Diagnosis::new(DiagnosisKind::SendingDisabled, server.host.as_str()) });
        }
        match self.auth_xoauth2(server, token).await {
            Ok((reply, _)) if reply.code == 235 => Ok(()),
            Ok((reply, challenge)) => {
                let text = if challenge.is_empty() { reply.text() } else { format!("{} ({challenge})", reply.text()) };
                Err(sending::signing_in(reply.code, &text, &server.host))
            }
            Err(error) => Err(error.diagnosis(server)),
        }
    }

    /// The answer, and what a refusal said before it.
    async fn auth_xoauth2(&mut self, server: &ServerSettings, token: &Secret) -> Result<(Reply, String), Broken> {
        let words = xoauth2(&server.login, token);
        let line = Secret::new(format!("AUTH XOAUTH2 {}", words.reveal()));
        let mut reply = self.command(line.reveal(), self.patience.greeting).await?;
        // Some pass over words that come along with the command.
        if reply.code == 334 && reply.text().is_empty() {
            reply = self.command(words.reveal(), self.patience.greeting).await?;
        }
        let mut why = String::new();
        if reply.code == 334 {
            why = challenge(&reply.text());
            reply = self.command("", self.patience.greeting).await?;
        }
        Ok((reply, why))
    }

    async fn auth_plain(&mut self, server: &ServerSettings, password: &Secret) -> Result<Reply, Broken> {
        let words = Secret::new(STANDARD.encode(format!("\0{}\0{}", server.login, password.reveal())));
        let line = Secret::new(format!("AUTH PLAIN {}", words.reveal()));
        let reply = self.command(line.reveal(), self.patience.greeting).await?;
        // Some pass over words that come along with the command.
        if reply.code == 334 { self.command(words.reveal(), self.patience.greeting).await } else { Ok(reply) }
    }

    async fn auth_login(&mut self, server: &ServerSettings, password: &Secret) -> Result<Reply, Broken> {
        let mut reply = self.command("AUTH LOGIN", self.patience.greeting).await?;
        for words in [server.login.as_str(), password.reveal()] {
            if reply.code != 334 {
                break;
            }
            let line = Secret::new(STANDARD.encode(words));
            reply = self.command(line.reveal(), self.patience.greeting).await?;
        }
        Ok(reply)
    }

    /// Says goodbye, which nobody waits for.
    fn leave(mut self) {
        let patience = self.patience.farewell;
        tokio::spawn(async move { self.command("QUIT", patience).await.is_ok() });
    }

    // -----------------------------------------------------------------------------------------------------------
    // The letter

    async fn hand_over(
        &mut self,
        parcel: &Parcel,
        leaves: impl Future<Output = crm::Result<()>>,
        handed: &mut Handed,
    ) -> Result<(), Stopped> {
        let host = parcel.server.host.as_str();
        self.name_sender(parcel).await?;
        let (taken, later) = self.name_recipients(parcel, handed).await?;
        if taken.is_empty() {
            let refused = handed.refused.first().map(|first| SendFault::Refused(first.said.clone()));
            handed.fault = later.or(refused);
            return Ok(());
        }
        let reply = self.command("DATA", self.patience.envelope).await?;
        match reply.code {
            354 => {}
            400.. => return Err(Stopped::Fault(fault(&reply, host))),
            _ => return Err(Stopped::Broken(Broken::Garbled(reply.said()))),
        }
        self.write_text(&parcel.bytes, host).await?;
        leaves.await.map_err(Stopped::Crm)?;
        let end = self.patience.end;
        let answered = async {
            self.write(b".\r\n").await?;
            self.reply().await
        };
        match timeout(end, answered).await {
            Ok(Ok(reply)) if reply.is_good() => {
                handed.accepted = taken;
                handed.fault = later;
                Ok(())
            }
            Ok(Ok(reply)) if reply.code >= 400 => Err(Stopped::Fault(fault(&reply, host))),
            // Whatever it is, it is no answer to whether the server has the letter now.
            Ok(Ok(_) | Err(_)) | Err(_) => Err(Stopped::Fault(SendFault::Cut)),
        }
    }

    async fn name_sender(&mut self, parcel: &Parcel) -> Result<(), Stopped> {
        let size = parcel.bytes.len();
        let mut line = match address::ascii(&parcel.from) {
            Some(from) => format!("MAIL FROM:<{from}>"),
            None => return Err(Stopped::Fault(SendFault::Refused(String::new()))),
        };
        if let Some(most) = self.offer("SIZE") {
            let most: usize = most.parse().unwrap_or_default();
            if most > 0 && size > most {
                return Err(Stopped::Fault(SendFault::TooLarge(format!("SIZE {most}"))));
            }
            line += &format!(" SIZE={size}");
        }
        if !parcel.bytes.is_ascii() && self.offer("8BITMIME").is_some() {
            line += " BODY=8BITMIME";
        }
        let reply = self.command(&line, self.patience.envelope).await?;
        if reply.is_good() { Ok(()) } else { Err(Stopped::Fault(fault(&reply, &parcel.server.host))) }
    }

    /// Answers whom the server takes the letter for, and why some have to wait.
    async fn name_recipients(&mut self, parcel: &Parcel, handed: &mut Handed) -> Result<(Vec<String>, Option<SendFault>), Stopped> {
        let mut taken = Vec::new();
        let mut later = None;
        for address in &parcel.recipients {
            let Some(ascii) = address::ascii(address) else {
                handed.refused.push(Refusal { address: address.clone(), said: String::new() });
                continue;
            };
            let reply = self.command(&format!("RCPT TO:<{ascii}>"), self.patience.envelope).await?;
            if reply.is_good() {
                taken.push(address.clone());
            } else if reply.code == 421 {
                // It closes the connection with that.
                return Err(Stopped::Fault(SendFault::Later(reply.said())));
            } else if reply.is_passing() || reply.is_too_many() {
                later.get_or_insert(SendFault::Later(reply.said()));
            } else if is_login(&reply, &reply.text()) {
                return Err(Stopped::Fault(fault(&reply, &parcel.server.host)));
            } else {
                handed.refused.push(Refusal { address: address.clone(), said: reply.said() });
            }
        }
        Ok((taken, later))
    }

    /// All but the last dot. Until that is sent, the server has no letter, whatever happens to the connection.
    async fn write_text(&mut self, text: &[u8], host: &str) -> Result<(), Stopped> {
        let Patience { block, text: whole, .. } = self.patience;
        let written = async {
            for piece in stuffed(text).chunks(BLOCK) {
                timeout(block, self.write(piece)).await.unwrap_or(Err(Broken::TimedOut))?;
            }
            Ok::<(), Broken>(())
        };
        let written = timeout(whole, written).await.unwrap_or(Err(Broken::TimedOut));
        // A server that has seen enough says so before it closes, or has closed without a word: both can be read at once.
        let words = if matches!(written, Err(Broken::Lost)) { self.patience.farewell } else { Duration::ZERO };
        match (timeout(words, self.reply()).await, written) {
            (Ok(Ok(reply)), _) if reply.code >= 400 => Err(Stopped::Fault(fault(&reply, host))),
            (_, Err(error)) | (Ok(Err(error)), Ok(())) => Err(Stopped::Broken(error)),
            (Ok(Ok(_)), Ok(())) => Err(Stopped::Broken(Broken::Garbled(String::new()))),
            (Err(_), Ok(())) => Ok(()),
        }
    }
}

/// As it travels (RFC 5321 §4.5.2): every line ends with CR LF, and one that begins with a dot gets another before it.
fn stuffed(letter: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letter.len() + letter.len() / 64 + 2);
    let whole = letter.strip_suffix(b"\n").unwrap_or(letter);
    for line in whole.split(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        // A return of its own would be an end of the line to some servers and not to others.
        out.extend(line.iter().filter(|byte| **byte != b'\r'));
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CMP-17] No line of a letter is taken for its end, and no end is left open.
    #[test]
    fn dots_are_stuffed() {
        for (letter, sent) in [
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            (".a\r\n..b", "..a\r\n...b\r\n"),
            ("a\n.\nb\r.\r\n", "a\r\n..\r\nb.\r\n"),
            ("", "\r\n"),
        ] {
            assert_eq!(String::from_utf8_lossy(&stuffed(letter.as_bytes())), sent, "{letter:?}");
        }
    }
}
