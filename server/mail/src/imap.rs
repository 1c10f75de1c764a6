//! The thin command layer: what an IMAP server says, with nothing smoothed over (mail.md §1.3).
//!
//! A command succeeded only when its own tagged line says `OK`. A refusal, a goodbye, silence and a closed connection are
//! each an error of their own: a sync that takes a refused listing for an empty folder deletes a mailbox.
//! Lines are cut out of the stream here, each byte once, and bodies are handed on without a copy; the grammar inside a
//! line is imap-proto's. A line it cannot read, or panics on, costs that line and not the connection.

mod dial;
mod gulp;
mod line;

pub use dial::{DialError, Dialer, Reached, broken, log_in};
pub use line::{Fetched, Listed, StatusOf};

use crate::hosts::Seat;
use bytes::{Bytes, BytesMut};
use crm::Secret;
use line::{Answer, Data, read_answer};
use model::Moment;
use std::collections::HashSet;
use std::io;
use std::ops::{ControlFlow, RangeInclusive};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

/// A plain or encrypted connection.
pub trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

pub type Wire = Box<dyn Stream>;

/// How long a server may be silent in the middle of a command.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Whoever sends less than this in that time, and has not come to the end of an answer, is as good as silent: a byte a
/// second would keep a place in the queue for days.
const LEAST: usize = 4 << 10;
/// Servers end an IDLE after half an hour (RFC 2177), and so do routers: it is begun anew before.
const LONGEST_IDLE: Duration = Duration::from_secs(25 * 60);
/// No line is longer than this without a literal: a listing of a million UIDs fits.
const MAX_LINE: usize = 16 << 20;
/// Bodies are asked for in ranges, so nobody has a reason to send more at once.
const MAX_LITERAL: usize = 64 << 20;
/// As RFC 3501 spells them in dates.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// What is read at once: several TLS records, and small enough for the allocator to use again.
const CHUNK: usize = 256 << 10;

pub type Result<T> = std::result::Result<T, ImapError>;

/// The server's words with its code, `AUTHENTICATIONFAILED` say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Its first word in upper case.
    pub code: String,
    pub text: String,
}

impl Refusal {
    /// As the server wrote it.
    pub fn words(&self) -> String {
        if self.code.is_empty() { self.text.clone() } else { format!("[{}] {}", self.code, self.text) }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The connection was closed in the middle of things.
    #[error("The server closed the connection")]
    Lost,
    #[error("The server fell silent")]
    TimedOut,
    #[error("The connection broke")]
    Io(#[source] io::Error),
    #[error("The server said goodbye")]
    Bye(Refusal),
    #[error("The server refused the command")]
    No(Refusal),
    #[error("The server did not understand the command")]
    Bad(Refusal),
    /// The server takes no password on this connection: encrypt first.
    #[error("The server takes no password on an unencrypted connection")]
    LoginDisabled,
    /// It takes passwords only, or none that we know.
    #[error("The server takes no provider's word")]
    NoXoauth2,
    #[error("The server does not offer encryption")]
    NoStartTls,
    /// The first line is no greeting.
    #[error("Not an IMAP server")]
    NotImap(String),
    /// What came is not IMAP.
    #[error("The answer is not IMAP: {0}")]
    Garbled(&'static str),
}

impl ImapError {
    /// Whether the connection is still good for the next command.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::No(_))
    }

    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::No(refusal) | Self::Bad(refusal) | Self::Bye(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<io::Error> for ImapError {
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

/// What opening a folder told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    pub exists: i64,
    pub uid_validity: Option<i64>,
    pub uid_next: Option<i64>,
    pub highest_modseq: Option<i64>,
    /// Changes since the last visit, where the server keeps track (QRESYNC).
    pub changed: Vec<Fetched>,
    pub vanished: Vec<RangeInclusive<u32>>,
}

/// The numbers messages have after they were copied or moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renumbered {
    pub uid_validity: i64,
    /// Before and after.
    pub uids: Vec<(u32, u32)>,
}

impl Renumbered {
    /// `COPYUID 38505 304,319:320 3956:3958`
    fn read(&mut self, code: &str) {
        let mut words = code.split_ascii_whitespace();
        let (Some("COPYUID"), Some(validity), Some(from), Some(to)) = (words.next(), words.next(), words.next(), words.next()) else {
            return;
        };
        let (from, to) = (spread(from), spread(to));
        if let Ok(validity) = validity.parse()
            && from.len() == to.len()
        {
            self.uid_validity = validity;
            self.uids.extend(from.into_iter().zip(to));
        }
    }
}

/// A set as numbers. Endless or nonsensical ones are none at all.
pub fn spread(set: &str) -> Vec<u32> {
    const MOST: usize = 100_000;
    let mut uids = Vec::new();
    for piece in set.split(',') {
        let (low, high) = piece.split_once(':').unwrap_or((piece, piece));
        let (Ok(low), Ok(high)) = (low.parse::<u32>(), high.parse::<u32>()) else { return Vec::new() };
        let (low, high) = (low.min(high), low.max(high));
        if uids.len() + usize::try_from(high - low).unwrap_or(MOST) >= MOST {
            return Vec::new();
        }
        uids.extend(low..=high);
    }
    uids
}

/// A command on its way. Answers come in the order of the commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u32);

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The server told of a change in the folder.
    News,
    /// Nothing happened for as long as was asked.
    Quiet,
    /// Somebody else waits for a connection to this host.
    Wanted,
}

pub struct Imap {
    wire: Wire,
    buffer: BytesMut,
    /// Scanned up to here; beyond the end while a literal is under way.
    scanned: usize,
    /// Where the part of the answer after its last literal begins.
    part: usize,
    tags: u32,
    patience: Duration,
    capabilities: HashSet<String>,
    preauthenticated: bool,
    /// Whether the server reports what vanished; `None` before it was asked to.
    qresync: Option<bool>,
    /// The place at the host this connection takes up.
    seat: Option<Seat>,
}

impl Imap {
    /// Takes a fresh connection and reads the greeting.
    pub async fn greet(wire: Wire, patience: Duration) -> Result<Self> {
        let mut imap = Self::over(wire, patience);
        match imap.next().await {
            Ok(Answer::Data(Data::Ok(_))) => {}
            Ok(Answer::Data(Data::PreAuth)) => imap.preauthenticated = true,
            Ok(Answer::Data(Data::Bye(refusal))) => return Err(ImapError::Bye(refusal)),
            Ok(Answer::Data(Data::Other(line))) => return Err(ImapError::NotImap(line)),
            // POP3 says `+OK`.
            Ok(Answer::Continue(_)) => return Err(ImapError::NotImap("+OK".to_owned())),
            Ok(_) => return Err(ImapError::Garbled("no greeting")),
            // A few bytes and no line: the beginning of some other protocol.
            Err(_) if !imap.buffer.is_empty() => {
                let begun = imap.buffer.iter().take(200).map(|byte| char::from(*byte)).collect();
                return Err(ImapError::NotImap(begun));
            }
            Err(error) => return Err(error),
        }
        Ok(imap)
    }

    /// A connection whose greeting was read already: after STARTTLS.
    pub fn over(wire: Wire, patience: Duration) -> Self {
        Self {
            wire,
            buffer: BytesMut::new(),
            scanned: 0,
            part: 0,
            tags: 0,
            patience,
            capabilities: HashSet::new(),
            preauthenticated: false,
            qresync: None,
            seat: None,
        }
    }

    /// Comes when somebody else waits for a connection to this host.
    pub async fn wanted(&self) {
        rung_for(self.seat.as_ref()).await;
    }

    pub fn has(&self, capability: &str) -> bool {
        self.capabilities.contains(capability)
    }

    fn has_modseq(&self) -> bool {
        self.has("CONDSTORE") || self.has("QRESYNC")
    }

    pub fn is_preauthenticated(&self) -> bool {
        self.preauthenticated
    }

    // -----------------------------------------------------------------------------------------------------------
    // Lines

    /// The next whole answer. Safe to drop while it waits: nothing read is lost.
    async fn next(&mut self) -> Result<Answer> {
        self.next_within(Some(self.patience)).await
    }

    /// `silence` is how long nothing at all may come: a large body over a slow line is no silence.
    async fn next_within(&mut self, silence: Option<Duration>) -> Result<Answer> {
        let mut end = silence.map(|silence| Instant::now() + silence);
        let mut got = 0;
        loop {
            if let Some(frame) = self.cut()? {
                let answer = read_answer(frame);
                match &answer {
                    Answer::Data(Data::Capability(capabilities)) => self.capabilities.clone_from(capabilities),
                    Answer::Data(Data::Ok(told)) | Answer::Done { told, .. } => {
                        if let Some(capabilities) = told.code.strip_prefix("CAPABILITY ") {
                            self.capabilities = line::capabilities(capabilities);
                        }
                    }
                    _ => {}
                }
                return Ok(answer);
            }
            let wanted = (self.scanned + 2).saturating_sub(self.buffer.len()).max(16 << 10);
            if self.buffer.capacity() - self.buffer.len() < wanted {
                self.buffer.reserve(wanted.max(CHUNK));
            }
            let read = self.wire.read_buf(&mut self.buffer);
            let read = match end {
                Some(end) => timeout_at(end, read).await.map_err(|_| ImapError::TimedOut)??,
                None => read.await?,
            };
            if read == 0 {
                return Err(ImapError::Lost);
            }
            got += read;
            if got >= LEAST {
                (got, end) = (0, silence.map(|silence| Instant::now() + silence));
            }
        }
    }

    /// Cuts one answer, with its literals, off the front of what was read.
    fn cut(&mut self) -> Result<Option<Bytes>> {
        loop {
            if self.buffer.len() < self.scanned {
                return Ok(None);
            }
            let Some(at) = memchr::memchr(b'\n', &self.buffer[self.scanned..]) else {
                self.scanned = self.buffer.len();
                if self.scanned - self.part > MAX_LINE {
                    return Err(ImapError::Garbled("a line without end"));
                }
                return Ok(None);
            };
            let end = self.scanned + at + 1;
            match line::literal(&self.buffer[..end], self.part) {
                Some(len) if len > MAX_LITERAL => return Err(ImapError::Garbled("a literal beyond all measure")),
                Some(len) => {
                    self.scanned = end + len;
                    self.part = self.scanned;
                }
                None => {
                    self.scanned = 0;
                    self.part = 0;
                    return Ok(Some(self.buffer.split_to(end).freeze()));
                }
            }
        }
    }

    // -----------------------------------------------------------------------------------------------------------
    // Commands

    /// Sends a command without waiting for its answer.
    pub async fn send(&mut self, command: &str) -> Result<Tag> {
        if command.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(ImapError::Garbled("a line break inside a command"));
        }
        self.tags += 1;
        let tag = Tag(self.tags);
        let line = format!("{}{} {command}\r\n", line::TAG, tag.0);
        self.write(line.as_bytes()).await?;
        Ok(tag)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let write = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        timeout(self.patience, write).await.map_err(|_| ImapError::TimedOut)?.map_err(Into::into)
    }

    /// The next of what the server says until this command is answered with `OK`, and what it said with that.
    async fn data(&mut self, tag: Tag) -> Result<ControlFlow<Refusal, Data>> {
        match self.next().await? {
            Answer::Data(Data::Bye(refusal)) => Err(ImapError::Bye(refusal)),
            Answer::Data(data) => Ok(ControlFlow::Continue(data)),
            Answer::Done { tag: answered, status, told } if answered == tag.0 => match status {
                line::Status::Ok => Ok(ControlFlow::Break(told)),
                line::Status::No => Err(ImapError::No(told)),
                line::Status::Bad => Err(ImapError::Bad(told)),
            },
            Answer::Done { .. } => Err(ImapError::Garbled("an answer to another command")),
            Answer::Continue(_) => Err(ImapError::Garbled("an invitation nobody asked for")),
        }
    }

    /// Waits for the answer of a command; everything said on the way goes to `on`.
    async fn finish(&mut self, tag: Tag, mut on: impl FnMut(Data)) -> Result<Refusal> {
        loop {
            match self.data(tag).await? {
                ControlFlow::Continue(data) => on(data),
                ControlFlow::Break(told) => return Ok(told),
            }
        }
    }

    async fn run(&mut self, command: &str, on: impl FnMut(Data)) -> Result<Refusal> {
        let tag = self.send(command).await?;
        self.finish(tag, on).await
    }

    /// Asks what the server can do, unless it said so already.
    pub async fn learn_capabilities(&mut self) -> Result<()> {
        if self.capabilities.is_empty() {
            self.run("CAPABILITY", |_| ()).await?;
        }
        Ok(())
    }

    /// Ends the plain part; the caller encrypts the wire and goes on with `over`. Bytes that came early are dropped
    /// with the connection's state: they were not encrypted.
    pub async fn start_tls(mut self) -> Result<Wire> {
        self.learn_capabilities().await?;
        if self.preauthenticated || !self.has("STARTTLS") {
            return Err(ImapError::NoStartTls);
        }
        self.run("STARTTLS", |_| ()).await?;
        if !self.buffer.is_empty() {
            return Err(ImapError::Garbled("plain text after the switch to encryption"));
        }
        Ok(self.wire)
    }

    /// Logs in: `LOGIN` where everything is ASCII (iCloud knows nothing else), `AUTHENTICATE PLAIN` otherwise.
    pub async fn login(&mut self, user: &str, password: &Secret) -> Result<()> {
        if self.preauthenticated {
            return self.learn_capabilities().await;
        }
        self.learn_capabilities().await?;
        if self.has("LOGINDISABLED") {
            return Err(ImapError::LoginDisabled);
        }
        let plain = user.is_ascii() && password.reveal().is_ascii();
        self.capabilities.clear();
        if plain {
            let command = format!("LOGIN {} {}", quote(user)?, quote(password.reveal())?);
            self.run(&command, |_| ()).await?;
        } else {
            use base64::Engine as _;
            let words = format!("\0{user}\0{}", password.reveal());
            let words = base64::engine::general_purpose::STANDARD.encode(words);
            let tag = self.send("AUTHENTICATE PLAIN").await?;
            loop {
                match self.next().await? {
                    Answer::Continue(_) => break self.write(format!("{words}\r\n").as_bytes()).await?,
                    Answer::Data(Data::Bye(refusal)) => return Err(ImapError::Bye(refusal)),
                    Answer::Data(_) => {}
                    Answer::Done { status: line::Status::Bad, told, .. } => return Err(ImapError::Bad(told)),
                    Answer::Done { told, .. } => return Err(ImapError::No(told)),
                }
            }
            self.finish(tag, |_| ()).await?;
        }
        self.settle_in().await
    }

    /// Lets the provider speak for the user (XOAUTH2). A server that will not says why in a challenge before it says no.
    pub async fn sign_in(&mut self, user: &str, token: &Secret) -> Result<()> {
        if self.preauthenticated {
            return self.learn_capabilities().await;
        }
        self.learn_capabilities().await?;
        if !self.has("AUTH=XOAUTH2") {
            return Err(ImapError::NoXoauth2);
        }
        let words = crate::oauth::xoauth2(user, token);
        let at_once = self.has("SASL-IR");
        self.capabilities.clear();
        let command =
            Secret::new(if at_once { format!("AUTHENTICATE XOAUTH2 {}", words.reveal()) } else { "AUTHENTICATE XOAUTH2".to_owned() });
        let tag = self.send(command.reveal()).await?;
        let (mut said, mut challenged, mut challenge) = (at_once, false, String::new());
        loop {
            match self.next().await? {
                Answer::Continue(_) if !said => {
                    said = true;
                    let line = Secret::new(format!("{}\r\n", words.reveal()));
                    self.write(line.reveal().as_bytes()).await?;
                }
                Answer::Continue(_) if challenged => return Err(ImapError::Garbled("a second challenge")),
                Answer::Continue(why) => {
                    challenged = true;
                    challenge = crate::oauth::challenge(&why);
                    self.write(b"\r\n").await?;
                }
                Answer::Data(Data::Bye(refusal)) => return Err(ImapError::Bye(refusal)),
                Answer::Data(_) => {}
                Answer::Done { tag: answered, .. } if answered != tag.0 => return Err(ImapError::Garbled("an answer to another command")),
                Answer::Done { status: line::Status::Ok, .. } => break,
                Answer::Done { status, mut told, .. } => {
                    if !challenge.is_empty() {
                        told.text = format!("{} ({challenge})", told.text);
                    }
                    return Err(if status == line::Status::Bad { ImapError::Bad(told) } else { ImapError::No(told) });
                }
            }
        }
        self.settle_in().await
    }

    /// What there is to say once one is in.
    async fn settle_in(&mut self) -> Result<()> {
        self.learn_capabilities().await?;
        if self.has("ID") {
            // Some providers refuse to open folders for clients that do not say who they are.
            match self.run("ID (\"name\" \"Spindle\")", |_| ()).await {
                Err(error) if !error.is_refusal() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the server now reports what vanished. iCloud offers it, but its reports cannot be read.
    pub async fn enable_qresync(&mut self, host: &str) -> Result<bool> {
        if let Some(enabled) = self.qresync {
            return Ok(enabled);
        }
        let offered = self.has("QRESYNC") && self.has("ENABLE") && !host.ends_with("mail.me.com");
        let enabled = if offered {
            match self.run("ENABLE QRESYNC", |_| ()).await {
                Ok(_) => true,
                Err(error) if error.is_refusal() => false,
                Err(error) => return Err(error),
            }
        } else {
            false
        };
        self.qresync = Some(enabled);
        Ok(enabled)
    }

    pub async fn list(&mut self) -> Result<Vec<Listed>> {
        let mut folders = Vec::new();
        let command =
            if self.has("SPECIAL-USE") && self.has("LIST-EXTENDED") { "LIST \"\" \"*\" RETURN (SPECIAL-USE)" } else { "LIST \"\" \"*\"" };
        self.run(command, |data| {
            if let Data::List(folder) = data {
                folders.push(folder);
            }
        })
        .await?;
        Ok(folders)
    }

    /// Asks after several folders in one go. `None` for one that refused.
    pub async fn status(&mut self, folders: &[&str]) -> Result<Vec<Option<StatusOf>>> {
        let modseq = if self.has_modseq() { " HIGHESTMODSEQ" } else { "" };
        let mut tags = Vec::new();
        for folder in folders {
            tags.push(self.send(&format!("STATUS {} (MESSAGES UIDNEXT UIDVALIDITY{modseq})", quote(folder)?)).await?);
        }
        let mut found = Vec::new();
        for tag in tags {
            let mut status = None;
            let answered = self
                .finish(tag, |data| {
                    if let Data::Status(told) = data {
                        status = Some(told);
                    }
                })
                .await;
            match answered {
                Ok(_) => found.push(status),
                Err(error) if error.is_refusal() => found.push(None),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Opens a folder to read only: nothing can change it, not even by mistake.
    /// `since` asks a QRESYNC server for all that happened after that state.
    pub async fn examine(&mut self, folder: &str, since: Option<(i64, i64)>) -> Result<Opened> {
        let mut command = format!("EXAMINE {}", quote(folder)?);
        match since {
            Some((validity, modseq)) => command += &format!(" (QRESYNC ({validity} {modseq}))"),
            None if self.has_modseq() => command += " (CONDSTORE)",
            None => {}
        }
        Ok(self.open(&command).await?.0)
    }

    /// Opens a folder to change something in it, because its owner did so here. `false`: the server lets nobody write in it.
    pub async fn select(&mut self, folder: &str) -> Result<(Opened, bool)> {
        let (opened, told) = self.open(&format!("SELECT {}", quote(folder)?)).await?;
        Ok((opened, told.code != "READ-ONLY"))
    }

    async fn open(&mut self, command: &str) -> Result<(Opened, Refusal)> {
        let mut opened = Opened::default();
        let mut told_exists = false;
        let told = self
            .run(command, |data| match data {
                Data::Exists(number) => {
                    opened.exists = i64::from(number);
                    told_exists = true;
                }
                Data::Ok(told) => {
                    let number = |name: &str| told.code.strip_prefix(name).and_then(|rest| rest.trim().parse().ok());
                    opened.uid_validity = number("UIDVALIDITY ").or(opened.uid_validity);
                    opened.uid_next = number("UIDNEXT ").or(opened.uid_next);
                    opened.highest_modseq = number("HIGHESTMODSEQ ").or(opened.highest_modseq);
                }
                Data::Fetch(fetched) => opened.changed.push(fetched),
                Data::Vanished(uids) => opened.vanished.extend(uids),
                _ => {}
            })
            .await?;
        // Some number their changes but do not offer to tell them by number.
        opened.highest_modseq = opened.highest_modseq.filter(|modseq| *modseq > 0 && self.has_modseq());
        if !told_exists {
            return Err(ImapError::Garbled("a folder without a number of messages"));
        }
        Ok((opened, told))
    }

    /// Marks these messages of the selected folder read, or unread.
    pub async fn store_seen(&mut self, set: &str, seen: bool) -> Result<()> {
        let sign = if seen { '+' } else { '-' };
        self.run(&format!("UID STORE {set} {sign}FLAGS.SILENT (\\Seen)"), |_| ()).await?;
        Ok(())
    }

    /// Whether messages can be moved without touching others that wait to be expunged.
    pub fn can_move(&self) -> bool {
        self.has("MOVE") || self.has("UIDPLUS")
    }

    /// Moves messages of the selected folder. Answers their new numbers, where the server tells them.
    pub async fn move_uids(&mut self, set: &str, to: &str) -> Result<Renumbered> {
        if self.has("MOVE") {
            return self.renumbering(&format!("UID MOVE {set} {}", quote(to)?)).await;
        }
        let renumbered = self.renumbering(&format!("UID COPY {set} {}", quote(to)?)).await?;
        self.remove_uids(set).await?;
        Ok(renumbered)
    }

    /// Takes messages out of the selected folder for good: those that were copied elsewhere.
    pub async fn remove_uids(&mut self, set: &str) -> Result<()> {
        self.run(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"), |_| ()).await?;
        self.run(&format!("UID EXPUNGE {set}"), |_| ()).await?;
        Ok(())
    }

    async fn renumbering(&mut self, command: &str) -> Result<Renumbered> {
        let mut found = Renumbered::default();
        // MOVE tells it on the way, COPY at the end (RFC 6851 §4.3, RFC 4315 §3).
        let told = self
            .run(command, |data| {
                if let Data::Ok(told) = data {
                    found.read(&told.code);
                }
            })
            .await?;
        found.read(&told.code);
        Ok(found)
    }

    /// Whether the open folder holds a message of this Message-ID.
    pub async fn holds(&mut self, message_id: &str) -> Result<bool> {
        let command = format!("UID SEARCH HEADER Message-ID {}", quote(message_id)?);
        Ok(!self.search(&command, 1, i64::from(u32::MAX)).await?.is_empty())
    }

    /// The same of the identifier it bore when it was sent, where the server gave it another (Exchange).
    pub async fn holds_renamed(&mut self, message_id: &str) -> Result<bool> {
        let command = format!("UID SEARCH HEADER X-Microsoft-Original-Message-ID {}", quote(message_id)?);
        Ok(!self.search(&command, 1, i64::from(u32::MAX)).await?.is_empty())
    }

    /// Puts a read message into a folder, as received at that moment.
    pub async fn append(&mut self, folder: &str, message: &[u8], at: Option<Moment>) -> Result<()> {
        let date = at.map(|at| format!(" \"{}\"", date_time(at))).unwrap_or_default();
        // Where the server need not be asked first, a round trip is saved (RFC 7888).
        let plus = if self.has("LITERAL+") { "+" } else { "" };
        let tag = self.send(&format!("APPEND {} (\\Seen){date} {{{}{plus}}}", quote(folder)?, message.len())).await?;
        while plus.is_empty() {
            match self.next().await? {
                Answer::Continue(_) => break,
                Answer::Data(Data::Bye(refusal)) => return Err(ImapError::Bye(refusal)),
                Answer::Data(_) => {}
                Answer::Done { status: line::Status::No, told, .. } => return Err(ImapError::No(told)),
                Answer::Done { told, .. } => return Err(ImapError::Bad(told)),
            }
        }
        for piece in message.chunks(CHUNK) {
            self.write(piece).await?;
        }
        self.write(b"\r\n").await?;
        self.finish(tag, |_| ()).await?;
        Ok(())
    }

    /// The UIDs in the folder from `low` to `high`, lowest first.
    pub async fn search_uids(&mut self, low: i64, high: i64) -> Result<Vec<u32>> {
        self.search(&format!("UID SEARCH UID {low}:{high}"), low, high).await
    }

    async fn search(&mut self, command: &str, low: i64, high: i64) -> Result<Vec<u32>> {
        let mut uids = Vec::new();
        let mut answered = false;
        self.run(command, |data| {
            if let Data::Search(found) = data {
                answered = true;
                uids.extend(found.into_iter().filter(|uid| (low..=high).contains(&i64::from(*uid))));
            }
        })
        .await?;
        if !answered {
            // An `OK` without any listing says nothing about the folder.
            return Err(ImapError::Garbled("a search without a result"));
        }
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The same, of those that came on the day of `since` or later. Days are the server's: one more is looked at.
    pub async fn search_since(&mut self, low: i64, high: i64, since: Moment) -> Result<Vec<u32>> {
        let date = mail_parser::DateTime::from_timestamp(since.plus_seconds(-86_400).seconds());
        let month = MONTHS.get(usize::from(date.month).saturating_sub(1)).unwrap_or(&"Jan");
        self.search(&format!("UID SEARCH UID {low}:{high} SINCE {}-{month}-{}", date.day, date.year), low, high).await
    }

    pub async fn send_fetch(&mut self, set: &str, items: &str) -> Result<Tag> {
        self.send(&format!("UID FETCH {set} {items}")).await
    }

    /// The next message of a fetch; `None` when the server says it sent all.
    pub async fn next_fetched(&mut self, tag: Tag) -> Result<Option<Fetched>> {
        loop {
            match self.data(tag).await? {
                ControlFlow::Continue(Data::Fetch(fetched)) if fetched.uid.is_some() => return Ok(Some(fetched)),
                ControlFlow::Continue(_) => {}
                ControlFlow::Break(_) => return Ok(None),
            }
        }
    }

    /// A fetch whose answer is small.
    pub async fn fetch(&mut self, set: &str, items: &str) -> Result<Vec<Fetched>> {
        let tag = self.send_fetch(set, items).await?;
        let mut all = Vec::new();
        while let Some(fetched) = self.next_fetched(tag).await? {
            all.push(fetched);
        }
        Ok(all)
    }

    /// Says hello; tells whether the open folder changed.
    pub async fn noop(&mut self) -> Result<bool> {
        let mut news = false;
        self.run("NOOP", |data| news |= data.is_news()).await?;
        Ok(news)
    }

    /// Waits in the open folder until something happens there, or for `quiet` (never longer than servers let one), or until
    /// `end` is done, or somebody else wants the connection's place: the last is told by `Woken::Wanted`. Servers say "still here" now and then: only that keeps a dead connection from being waited for.
    pub async fn idle(&mut self, quiet: Duration, end: impl Future<Output = ()>) -> Result<Woken> {
        let tag = self.send("IDLE").await?;
        let mut news = false;
        loop {
            match self.next().await? {
                Answer::Continue(_) => break,
                Answer::Data(Data::Bye(refusal)) => return Err(ImapError::Bye(refusal)),
                Answer::Data(data) => news |= data.is_news(),
                Answer::Done { told, .. } => return Err(ImapError::No(told)),
            }
        }
        // Lent out, as the connection itself is busy reading.
        let seat = self.seat.take();
        let mut is_wanted = false;
        let wait = async {
            while !news {
                match self.next_within(None).await? {
                    Answer::Data(Data::Bye(refusal)) => return Err(ImapError::Bye(refusal)),
                    Answer::Data(data) => news |= data.is_news(),
                    Answer::Done { told, .. } => return Err(ImapError::Bad(told)),
                    Answer::Continue(_) => {}
                }
            }
            Ok(())
        };
        tokio::select! {
            waited = wait => waited?,
            () = tokio::time::sleep(quiet.min(LONGEST_IDLE)) => {}
            () = end => {}
            () = rung_for(seat.as_ref()) => is_wanted = true,
        }
        self.seat = seat;
        self.write(b"DONE\r\n").await?;
        self.finish(tag, |data| news |= data.is_news()).await?;
        Ok(match (news, is_wanted) {
            (_, true) => Woken::Wanted,
            (true, false) => Woken::News,
            (false, false) => Woken::Quiet,
        })
    }

    /// Says goodbye. That the server then closes is no error.
    pub async fn logout(mut self) {
        let farewell = async {
            let tag = self.send("LOGOUT").await?;
            while let Answer::Data(_) = self.next().await? {}
            Ok::<_, ImapError>(tag)
        };
        timeout(Duration::from_secs(5), farewell).await.map(|_| ()).unwrap_or_default();
    }
}

async fn rung_for(seat: Option<&Seat>) {
    match seat {
        Some(seat) => seat.is_wanted().await,
        None => std::future::pending().await,
    }
}

/// As RFC 3501 writes it: ` 6-Oct-2025 08:00:00 +0000`.
fn date_time(at: Moment) -> String {
    let date = mail_parser::DateTime::from_timestamp(at.seconds());
    let month = MONTHS.get(usize::from(date.month).saturating_sub(1)).unwrap_or(&"Jan");
    format!("{:>2}-{month}-{:04} {:02}:{:02}:{:02} +0000", date.day, date.year, date.hour, date.minute, date.second)
}

/// The one place where text becomes an IMAP string.
pub fn quote(text: &str) -> Result<String> {
    if text.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(ImapError::Garbled("a line break inside a word"));
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    Ok(quoted)
}

/// UIDs as a set with ranges, `1:4,7`, in pieces short enough for every server's line.
/// `uids` must be sorted.
pub fn sets(uids: &[u32]) -> Vec<String> {
    const LONGEST: usize = 1000;
    let mut sets = Vec::new();
    let mut set = String::new();
    let mut rest = uids;
    while let Some(&first) = rest.first() {
        let run = rest.iter().zip(first..).take_while(|(uid, expected)| *uid == expected).count();
        let last = rest[run - 1];
        if !set.is_empty() {
            set.push(',');
        }
        set += &if run == 1 { first.to_string() } else { format!("{first}:{last}") };
        if set.len() > LONGEST {
            sets.push(std::mem::take(&mut set));
        }
        rest = &rest[run..];
    }
    if !set.is_empty() {
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_and_cannot_break_out() {
        assert_eq!(quote("a\"b\\c").expect("plain"), "\"a\\\"b\\\\c\"");
        assert!(quote("a\r\nLOGOUT").is_err());
    }

    #[test]
    fn dates_are_written() {
        assert_eq!(date_time(Moment::from_seconds(1_759_737_600)), " 6-Oct-2025 08:00:00 +0000");
    }

    #[test]
    fn new_numbers_are_read() {
        let mut told = Renumbered::default();
        told.read("COPYUID 38505 304,319:320 3956:3958");
        assert_eq!((told.uid_validity, told.uids), (38_505, vec![(304, 3_956), (319, 3_957), (320, 3_958)]));
        for odd in ["COPYUID 1 1:4000000000 1:4000000000", "COPYUID 1 1:2 7", "COPYUID x 1 2", "APPENDUID 1 2"] {
            let mut told = Renumbered::default();
            told.read(odd);
            assert!(told.uids.is_empty(), "{odd}");
        }
    }

    #[test]
    fn sets_use_ranges() {
        assert_eq!(sets(&[1, 2, 3, 7, 9, 10]), ["1:3,7,9:10"]);
        assert!(sets(&[]).is_empty());
        assert!(sets(&(0..4000).map(|n| n * 2).collect::<Vec<_>>()).iter().all(|set| set.len() < 1020));
    }
}
