//! Mail accounts: the wizard's form, what a check found, how far a sync has come.

use crate::sign_in::Issuer;
use crate::{Civil, FolderId, Invalid, MailAccountId, MessageId, Problem, SignInId, fold};
use serde::{Deserialize, Serialize};

/// The wizard's first choice. Anything else is IMAP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Office365,
    Outlook,
    Google,
    #[default]
    Imap,
}

impl AccountKind {
    pub const ALL: [Self; 4] = [Self::Office365, Self::Outlook, Self::Google, Self::Imap];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Office365 => "office365",
            Self::Outlook => "outlook",
            Self::Google => "google",
            Self::Imap => "imap",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// TLS from the first byte (port 993).
    #[default]
    Tls,
    /// Plain first, then upgraded (port 143).
    StartTls,
    /// No encryption; only to a server on this machine or where the operator allows it.
    Plain,
}

impl Security {
    pub const ALL: [Self; 3] = [Self::Tls, Self::StartTls, Self::Plain];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::StartTls => "start_tls",
            Self::Plain => "plain",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|security| security.as_str() == word)
    }

    pub fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 993,
            Self::StartTls | Self::Plain => 143,
        }
    }
}

/// `Toon serverinstellingen`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServerSettings {
    /// User name at the server: the full address at most providers, the local part at some.
    pub login: String,
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// SHA-256 of a certificate the administrator chose to trust although no authority vouches for it, in lower-case hex.
    #[serde(default)]
    pub trusted_certificate: Option<String>,
}

impl ServerSettings {
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        if self.login.trim().is_empty() {
            found.push(Invalid::new("login", Problem::Missing));
        }
        if self.host.trim().is_empty() {
            found.push(Invalid::new("host", Problem::Missing));
        } else if !fold::is_host_name(self.host.trim()) {
            found.push(Invalid::new("host", Problem::NotAHostName));
        }
        if self.port == 0 {
            found.push(Invalid::new("port", Problem::NotAPort));
        }
        found
    }
}

/// What the wizard sends. `id` is that of an account being mended; its password may then be left empty to keep the stored one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAccountForm {
    pub id: Option<MailAccountId>,
    pub kind: AccountKind,
    pub address: String,
    pub password: String,
    /// Absent: find them (autodiscovery).
    pub server: Option<ServerSettings>,
    /// Its owner signed in at the provider's page, in place of the password.
    #[serde(default)]
    pub sign_in: Option<SignInId>,
}

impl MailAccountForm {
    pub fn problems(&self) -> Vec<Invalid> {
        let mut found = Vec::from_iter(Invalid::address("address", &self.address));
        if self.password.is_empty() && self.id.is_none() && self.sign_in.is_none() {
            found.push(Invalid::new("password", Problem::Missing));
        }
        if let Some(server) = &self.server {
            found.extend(server.problems());
        }
        found
    }
}

/// A check of the settings, step by step, as the wizard shows it while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Grows with every change, so a follower can ask for what is newer.
    pub version: u32,
    pub steps: Vec<CheckStep>,
    /// The settings tried last; once found they fill the server fields.
    pub server: Option<ServerSettings>,
    pub outcome: Option<CheckOutcome>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStep {
    pub kind: StepKind,
    pub state: StepState,
    /// What was found: a host name, a folder count. Data, not prose.
    pub found: String,
    pub millis: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepKind {
    /// Settings for this address: table, MX, autoconfig, SRV, guess.
    LookUp,
    /// The server's name in DNS and a connection to its port.
    Reach,
    /// The TLS handshake and the certificate.
    Encrypt,
    LogIn,
    /// Folders and how many messages they hold.
    ReadFolders,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepState {
    Running,
    Done,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckOutcome {
    /// `Succesvolle verbinding!`
    Connected {
        folders: Vec<FoundFolder>,
        messages: u32,
    },
    Failed(Diagnosis),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFolder {
    pub name: String,
    pub role: FolderRole,
    pub messages: u32,
}

/// What went wrong, so that the wizard can say what to do next. Shown by mail account too, while it is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub kind: DiagnosisKind,
    /// The host, port, or name on the certificate that the sentence speaks of.
    pub about: String,
    /// The server's own words, cut and cleaned; empty when it said nothing.
    pub said: String,
    /// Where the provider explains app passwords.
    pub link: Option<String>,
}

impl Diagnosis {
    pub fn new(kind: DiagnosisKind, about: impl Into<String>) -> Self {
        Self { kind, about: about.into(), said: String::new(), link: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiagnosisKind {
    /// Nothing was found for this address: enter the server by hand.
    NoSettingsFound,
    /// The name does not exist.
    UnknownHost,
    /// The address is one the operator does not let this server connect to.
    ForbiddenHost,
    /// The machine is there, the port is closed.
    PortClosed,
    /// No answer at all: firewall or wrong host.
    NoAnswer,
    /// TLS spoken to a port that expects plain text first.
    NeedsStartTls,
    /// Plain text spoken to a port that expects TLS.
    NeedsTls,
    /// The certificate is for another name.
    CertificateName,
    /// Self-signed or from an unknown authority; `about` is its SHA-256.
    CertificateUnknown,
    CertificateExpired,
    /// Something answers, but it is not an IMAP server.
    NotImap,
    WrongPassword,
    /// The provider wants an app-specific password.
    NeedsAppPassword,
    /// Microsoft takes no passwords for IMAP any more.
    NeedsOAuth,
    /// What the owner once allowed at the provider's page has ended, or was taken back there. `about` is the provider.
    SignInLapsed,
    /// The mail server does not take the provider's word for this mailbox.
    SignInRefused,
    /// Let in, and still the mailbox does not open: another one's sign-in, no licence, or IMAP switched off.
    NoMailbox,
    /// The provider does not know this program any more: the operator's affair. `about` is the provider.
    SignInMisconfigured,
    /// The provider's page of tokens does not answer. `about` is the provider.
    IssuerAway,
    /// Sending by other programs is switched off for this mailbox.
    SendingDisabled,
    /// IMAP is switched off for this mailbox.
    ImapDisabled,
    /// Too many connections, throttling: try later.
    TryLater,
    /// The connection broke, or the server spoke nonsense.
    BrokenConnection,
    /// Not the mailbox: this server has no room left. Nothing is lost, it is fetched later.
    DiskFull,
}

impl DiagnosisKind {
    /// Whether only the owner can mend it: the sync stops trying and says so. Anything else is tried again.
    pub fn needs_owner(self) -> bool {
        matches!(
            self,
            Self::WrongPassword
                | Self::NeedsAppPassword
                | Self::NeedsOAuth
                | Self::ImapDisabled
                | Self::SignInLapsed
                | Self::SignInRefused
                | Self::NoMailbox
                | Self::SendingDisabled
        )
    }

    /// Whether signing in at the provider's page may mend it.
    pub fn wants_sign_in(self) -> bool {
        matches!(self, Self::NeedsOAuth | Self::SignInLapsed | Self::SignInRefused | Self::NoMailbox)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderRole {
    Inbox,
    Sent,
    Trash,
    Spam,
    Drafts,
    Archive,
    /// Gmail's "All mail" and its kin: holds what other folders hold too.
    All,
    Other,
}

impl FolderRole {
    pub const ALL: [Self; 8] = [Self::Inbox, Self::Sent, Self::Trash, Self::Spam, Self::Drafts, Self::Archive, Self::All, Self::Other];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sent => "sent",
            Self::Trash => "trash",
            Self::Spam => "spam",
            Self::Drafts => "drafts",
            Self::Archive => "archive",
            Self::All => "all",
            Self::Other => "other",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The roles a user may give a folder by hand. The inbox is what the server says it is.
    pub const CHOOSABLE: [Self; 3] = [Self::Sent, Self::Trash, Self::Spam];

    /// Inbox, sent items, trash and SPAM are synchronised.
    pub fn is_followed(self) -> bool {
        matches!(self, Self::Inbox | Self::Sent | Self::Trash | Self::Spam)
    }
}

/// What is fetched of a Gmail mailbox in a day while its first fetch runs. Google locks out who takes 2.5 GB, for up to a day;
/// the rest is left for its owner's other programs.
pub const GMAIL_DAILY_BYTES: i64 = 1_500_000_000;

/// A row of `E-mailaccounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAccountRow {
    pub id: MailAccountId,
    pub kind: AccountKind,
    pub address: String,
    pub server: ServerSettings,
    /// Who lets in, in place of a password.
    pub issuer: Option<Issuer>,
    pub state: AccountState,
    pub folders: Vec<FolderProgress>,
    pub last_ok: Option<Civil>,
    /// The provider's limit for a day is reached: the first fetch goes on tomorrow.
    pub rests: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountState {
    /// Never connected yet.
    New,
    /// The first fetch runs, or goes on after a pause.
    Fetching,
    UpToDate,
    /// Broken for now; tried again by itself unless the diagnosis needs its owner.
    Failing(Diagnosis),
}

impl AccountState {
    /// Whether it ever connected with these settings: until then the wizard stays in the inbox.
    pub fn is_connected(&self) -> bool {
        matches!(self, Self::Fetching | Self::UpToDate)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderProgress {
    pub id: FolderId,
    pub role: FolderRole,
    pub name: String,
    /// Messages handled, out of those that are there.
    pub done: u32,
    pub total: u32,
    /// Messages that could not be fetched yet and are tried again.
    pub retry: u32,
}

/// How a mailbox fares, in full: what its owner sees who wonders where a message is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailHealth {
    /// Those that are followed, then the others of the server.
    pub folders: Vec<FolderHealth>,
    /// The newest message in the inbox.
    pub last_message: Option<Civil>,
    /// When a broken account is tried again. Absent: it works, or waits for its owner.
    pub next_try: Option<Civil>,
    /// Messages that could not be fetched yet.
    pub waiting: Vec<WaitingMail>,
    /// What was done here and the server would not do.
    pub stuck: Vec<StuckErrand>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderHealth {
    pub id: FolderId,
    pub name: String,
    pub role: FolderRole,
    /// Given by hand.
    pub chosen: bool,
    pub done: u32,
    pub total: u32,
    /// Too old for this edition.
    pub left_out: u32,
    /// To be looked at anew, as its owner asked.
    pub resync: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingMail {
    pub folder: String,
    pub number: u32,
    pub attempts: u32,
    pub reason: WaitingReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WaitingReason {
    /// The server passed it over.
    NotSent,
    /// The connection broke at it, twice in a row.
    BreaksConnection,
}

impl WaitingReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::BreaksConnection => "breaks_connection",
        }
    }

    /// Rows of earlier versions hold a sentence.
    pub fn from_word(word: &str) -> Self {
        if word.contains("break") { Self::BreaksConnection } else { Self::NotSent }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckErrand {
    pub message: MessageId,
    pub subject: String,
    pub wish: Wish,
    pub why: StuckWhy,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StuckWhy {
    /// The mailbox has no folder of that role.
    NoFolder,
    /// The connection broke at it, each time.
    BreaksConnection,
    /// In the server's words.
    Refused(String),
}

impl StuckWhy {
    /// As stored.
    pub fn word(&self) -> &str {
        match self {
            Self::NoFolder => "no_folder",
            Self::BreaksConnection => "breaks_connection",
            Self::Refused(said) => said,
        }
    }

    pub fn from_word(word: String) -> Self {
        match word.as_str() {
            "no_folder" => Self::NoFolder,
            "breaks_connection" => Self::BreaksConnection,
            _ => Self::Refused(word),
        }
    }
}

/// What was wanted of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    Read,
    Unread,
    MoveTo(FolderRole),
    /// A copy among the sent items.
    Keep,
}
