//! What the sync tests stand on: a company in a temp folder, and servers to sync with.

use async_trait::async_trait;
use crm::ports::{Built, Clock, Dice, Enclosed, FolderRow, Letter, Letterhead, Mailroom, PostOffice, Quotable};
use crm::{Client, Crm, Limits, MasterKey, Pass, Secret, Session, System, WatchedAccount, World};
use mail::imap::{Dialer, Imap};
use mail::reach::{Names, Network, Policy};
use mail::sync::{Memory, SyncError, SyncReport};
use model::mail_account::{AccountKind, Check, Diagnosis, FolderRole, MailAccountForm, Security, ServerSettings};
use model::registration::{Language, Registration};
use model::{CheckId, Civil, CompanyId, MailAccountId, Moment};
use rustls::pki_types::CertificateDer;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

/// How long a test waits for what must happen.
pub(crate) const SOON: Duration = Duration::from_secs(30);

struct Ticking {
    begun: Instant,
    /// Seconds that were passed over.
    forward: AtomicI64,
}

impl Clock for Ticking {
    fn now(&self) -> Moment {
        let micros = i64::try_from(self.begun.elapsed().as_micros()).expect("a test is short");
        Moment(1_760_000_000_000_000 + micros).plus_seconds(self.forward.load(Ordering::Relaxed))
    }

    fn civil(&self, _: Moment, _: &str) -> Civil {
        Civil { year: 2025, month: 1, day: 1, hour: 0, minute: 0, days_from_today: 0, weekday: 1 }
    }

    fn knows_zone(&self, _: &str) -> bool {
        true
    }
}

struct Random;

impl Dice for Random {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}

struct NoPost;

#[async_trait]
impl PostOffice for NoPost {
    async fn send(&self, _: Letter) -> crm::Result<()> {
        Ok(())
    }
}

/// For tests that sync by hand.
struct NoRoom;

#[async_trait]
impl Mailroom for NoRoom {
    fn start_check(&self, _: CheckId, _: String, _: Result<Pass, Diagnosis>, _: Option<ServerSettings>) {}

    async fn follow(&self, _: CheckId, _: u32) -> Option<Check> {
        None
    }

    fn wake(&self, _: CompanyId, _: MailAccountId) {}

    fn errands(&self, _: CompanyId, _: MailAccountId) {}

    async fn safe_html(&self, html: String) -> Option<String> {
        mail::show::safe(&html)
    }

    async fn build(&self, letter: Letterhead) -> crm::Result<Built> {
        mail::send::build(letter)
    }

    async fn quotable(&self, raw: Vec<u8>, files: bool) -> Quotable {
        mail::send::quotable(&raw, files)
    }

    async fn enclosed(&self, raw: Vec<u8>, part: u32) -> Option<Enclosed> {
        mail::send::enclosed(&raw, part)
    }

    async fn try_sending(&self, _: &ServerSettings, _: &Pass) -> Result<(), Diagnosis> {
        Ok(())
    }

    fn guess_sending(&self, address: &str, incoming: &ServerSettings) -> ServerSettings {
        mail::providers::outgoing(address, incoming)
    }

    fn posted(&self, _: CompanyId) {}
}

/// A company with one user and its mail. A test ends with `office.crm.close()`: a process that ends while the
/// database's threads still close their files is a race, for SQLCipher frees its heap in an exit handler of its own.
pub(crate) struct Office {
    pub(crate) crm: Arc<Crm>,
    pub(crate) session: Session,
    pub(crate) system: System,
    clock: Arc<Ticking>,
    data: Data,
}

/// Of this test alone, or of the process it plays a part for.
enum Data {
    Own(TempDir),
    Given(PathBuf),
}

impl Data {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(path) => path,
        }
    }
}

const PASSWORD: &str = "Geheim123";

fn client() -> Client {
    Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), language: Language::Nl, replaces: None }
}

async fn open_crm(data: &Path, clock: Arc<Ticking>, limits: Limits) -> Arc<Crm> {
    let master = MasterKey::new([5; 32]);
    let dice: Arc<dyn Dice> = Arc::new(Random);
    let store = store::open(&store::Location::Folder(data.to_owned()), &master, Arc::clone(&dice)).await.expect("a store");
    Crm::new(World {
        store,
        blobs: Arc::new(store::LocalBlobs::new(data).expect("a folder for blobs")),
        clock,
        dice,
        post: Arc::new(NoPost),
        master,
        limits,
        open_companies: NonZeroUsize::MIN,
    })
}

impl Office {
    /// A company with one user, and no mail door hung yet.
    pub(crate) async fn open() -> Self {
        Self::open_in(tempfile::tempdir().expect("a temp folder"), Limits::default()).await
    }

    pub(crate) async fn open_in(data: TempDir, limits: Limits) -> Self {
        Self::found(Data::Own(data), limits).await
    }

    /// A company in a folder that others open too, without a mail door of its own.
    pub(crate) async fn open_at(path: &Path) -> Self {
        let office = Self::found(Data::Given(path.to_owned()), Limits::default()).await;
        office.crm.hang_mailroom(Arc::new(NoRoom));
        office
    }

    async fn found(data: Data, limits: Limits) -> Self {
        let clock = Arc::new(Ticking { begun: Instant::now(), forward: AtomicI64::new(0) });
        let crm = open_crm(data.path(), Arc::clone(&clock), limits).await;
        let session = crm.register(registration("bakkerij"), client()).await.expect("registered").session;
        let system = crm.system(session.company()).await.expect("the company is there");
        Self { crm, session, system, clock, data }
    }

    /// The clock jumps; backwards when negative.
    pub(crate) fn forward(&self, seconds: i64) {
        self.clock.forward.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The same company, opened by a server that was started anew.
    pub(crate) async fn reopen(self, limits: Limits) -> Self {
        let Self { crm, clock, data, .. } = self;
        crm.close().await;
        Self::resume(data, clock, limits).await
    }

    /// The company in this folder, `seconds` after the beginning of all tests.
    pub(crate) async fn at(path: &Path, seconds: i64) -> Self {
        let clock = Arc::new(Ticking { begun: Instant::now(), forward: AtomicI64::new(seconds) });
        Self::resume(Data::Given(path.to_owned()), clock, Limits::default()).await
    }

    async fn resume(data: Data, clock: Arc<Ticking>, limits: Limits) -> Self {
        let crm = open_crm(data.path(), Arc::clone(&clock), limits).await;
        crm.hang_mailroom(Arc::new(NoRoom));
        let session = crm.sign_in("anna@bakkerij.example", Secret::new(PASSWORD), client()).await.expect("signed in").session;
        let system = crm.system(session.company()).await.expect("the company is there");
        Self { crm, session, system, clock, data }
    }

    /// The same, for tests that sync by hand.
    pub(crate) async fn by_hand() -> Self {
        let office = Self::open().await;
        office.crm.hang_mailroom(Arc::new(NoRoom));
        office
    }

    pub(crate) async fn add_account(&self, user: &str, server: ServerSettings, password: &str) -> WatchedAccount {
        let form = MailAccountForm {
            id: None,
            kind: AccountKind::Imap,
            address: format!("{user}@test.example"),
            password: password.to_owned(),
            server: Some(server),
            sign_in: None,
        };
        let id = self.session.save_mail_account(form).await.expect("saved");
        self.system.find_account(id).await.expect("readable").expect("there")
    }

    pub(crate) async fn folder(&self, account: &WatchedAccount, role: FolderRole) -> FolderRow {
        let folders = self.system.list_folders(account.id).await.expect("folders");
        folders.into_iter().find(|folder| folder.role == role).expect("a folder of that role")
    }

    /// UID, flags and whether the message is here, of one folder.
    pub(crate) async fn places(&self, account: &WatchedAccount, role: FolderRole) -> BTreeMap<i64, model::message::Flags> {
        let folders = self.system.list_folders(account.id).await.expect("folders");
        let Some(folder) = folders.into_iter().find(|folder| folder.role == role) else { return BTreeMap::new() };
        let places = self.system.list_locations(&folder, 1, i64::from(u32::MAX)).await.expect("locations");
        places.into_iter().map(|place| (place.uid, place.flags)).collect()
    }

    /// Every message that lies in a folder of the account, once.
    pub(crate) async fn messages(&self, account: &WatchedAccount) -> BTreeSet<model::MessageId> {
        let mut all = BTreeSet::new();
        for folder in self.system.list_folders(account.id).await.expect("folders") {
            let places = self.system.list_locations(&folder, 1, i64::from(u32::MAX)).await.expect("locations");
            all.extend(places.into_iter().filter_map(|place| place.message));
        }
        all
    }

    /// Waits until it holds; it is asked again with every change of the company's database.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        until_in(&self.system, what, holds).await;
    }

    /// Another company in the same house.
    pub(crate) async fn register(&self, name: &str) -> Session {
        self.crm.register(registration(name), client()).await.expect("registered").session
    }
}

pub(crate) async fn until_in<F: Future<Output = bool>>(system: &System, what: &str, holds: impl Fn() -> F) {
    use futures::StreamExt;
    let mut wakes = system.wakes();
    let all = async {
        while !holds().await {
            // The wake may have come between asking and waiting: ask again after a moment anyway.
            let _ = tokio::time::timeout(Duration::from_millis(250), wakes.next()).await;
        }
    };
    tokio::time::timeout(SOON, all).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

fn registration(company: &str) -> Registration {
    Registration {
        first_name: "Anna".to_owned(),
        last_name: "Bakker".to_owned(),
        company: company.to_owned(),
        email: format!("anna@{company}.example"),
        password: PASSWORD.to_owned(),
        ..Registration::default()
    }
}

/// Nobody is known but this machine.
pub(crate) struct OnlyHere;

#[async_trait]
impl Names for OnlyHere {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if host == "localhost" { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    async fn mx(&self, _: &str) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn srv(&self, _: &str) -> io::Result<Vec<(String, u16)>> {
        Ok(Vec::new())
    }
}

pub(crate) fn network(roots: &[CertificateDer<'static>]) -> Network {
    Network::with_names(Arc::new(OnlyHere), Policy { allow_private: true }, roots, 443).expect("a network")
}

/// Syncs once over a connection of its own.
pub(crate) async fn sync_once(
    office: &Office,
    account: &WatchedAccount,
    dialer: &Dialer,
    memory: &mut Memory,
) -> Result<SyncReport, SyncError> {
    let mut imap = dialer.dial(&account.server, &account.password.clone().into()).await.expect("the server answers");
    sync_over(office, account, &mut imap, memory).await
}

pub(crate) async fn sync_over(
    office: &Office,
    account: &WatchedAccount,
    imap: &mut Imap,
    memory: &mut Memory,
) -> Result<SyncReport, SyncError> {
    mail::sync::sync(&office.system, account, imap, memory, &CancellationToken::new()).await
}

// ---------------------------------------------------------------------------------------------------------------
// A real Dovecot

pub(crate) struct Dovecot {
    folder: TempDir,
    child: Option<Child>,
    pub(crate) plain: u16,
    pub(crate) tls: u16,
    certificate: CertificateDer<'static>,
}

static DELIVERED: AtomicUsize = AtomicUsize::new(1);

impl Dovecot {
    /// Starts one of its own. Without a dovecot on this machine these tests fail: they prove nothing otherwise.
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// `extra` is added to its configuration.
    pub(crate) async fn start_with(extra: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a temp folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("others may enter");
        let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        let at = folder.path().display().to_string();
        std::fs::write(folder.path().join("cert.pem"), key.cert.pem()).expect("written");
        std::fs::write(folder.path().join("key.pem"), key.signing_key.serialize_pem()).expect("written");
        std::fs::write(folder.path().join("users"), "alice@test.example:{PLAIN}alicepw\nbob@test.example:{PLAIN}bobpw\n").expect("written");
        std::fs::write(folder.path().join("dovecot.log"), "").expect("written");
        std::fs::set_permissions(folder.path().join("dovecot.log"), std::fs::Permissions::from_mode(0o666)).expect("all may write");
        let (plain, tls) = (free_port(), free_port());
        let config = format!(
            "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/dovecot.log\ninstance_name = test{plain}\n\
             listen = 127.0.0.1\nprotocols = imap\ndefault_internal_user = dovecot\ndefault_login_user = dovenull\n\
             first_valid_uid = 8\nmail_uid = mail\nmail_gid = mail\nmail_home = {at}/data/%n\n\
             mail_location = maildir:~/Maildir:INDEX=~/index\nmail_max_userip_connections = 200\ndisable_plaintext_auth = no\n\
             ssl = yes\nssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\nauth_mechanisms = plain login\n\
             auth_failure_delay = 0 secs\n\
             service imap-login {{\n inet_listener imap {{\n  port = {plain}\n }}\n inet_listener imaps {{\n  port = {tls}\n  ssl = yes\n }}\n}}\n\
             service anvil {{\n unix_listener anvil-auth-penalty {{\n  mode = 0\n }}\n}}\n\
             passdb {{\n driver = passwd-file\n args = scheme=PLAIN username_format=%u {at}/users\n}}\n\
             userdb {{\n driver = static\n args = uid=mail gid=mail home={at}/data/%n\n}}\n\
             namespace inbox {{\n inbox = yes\n separator = /\n mailbox Sent {{\n  special_use = \\Sent\n  auto = subscribe\n }}\n \
             mailbox Trash {{\n  special_use = \\Trash\n  auto = subscribe\n }}\n mailbox Junk {{\n  special_use = \\Junk\n  auto = subscribe\n }}\n \
             mailbox Drafts {{\n  special_use = \\Drafts\n  auto = subscribe\n }}\n}}\n{extra}\n"
        );
        std::fs::write(folder.path().join("dovecot.conf"), config).expect("written");
        std::fs::create_dir_all(folder.path().join("data")).expect("made");
        own(&folder.path().join("data"));
        let mut dovecot = Self { folder, child: None, plain, tls, certificate: key.cert.der().clone() };
        dovecot.up().await;
        dovecot
    }

    pub(crate) async fn up(&mut self) {
        let child = Command::new("dovecot")
            .arg("-c")
            .arg(self.folder.path().join("dovecot.conf"))
            .arg("-F")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dovecot must be installed: apt install dovecot-imapd");
        self.child = Some(child);
        let listening = async {
            while TcpStream::connect(("127.0.0.1", self.tls)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(SOON, listening).await.is_err() {
            panic!("dovecot does not listen: {}", std::fs::read_to_string(self.folder.path().join("dovecot.log")).unwrap_or_default());
        }
    }

    pub(crate) fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            Command::new("kill").arg(child.id().to_string()).status().expect("kill is there");
            child.wait().expect("it ends");
        }
    }

    pub(crate) fn server(&self, user: &str) -> ServerSettings {
        ServerSettings {
            login: format!("{user}@test.example"),
            host: "localhost".to_owned(),
            port: self.tls,
            security: Security::Tls,
            trusted_certificate: None,
        }
    }

    pub(crate) fn network(&self) -> Network {
        network(std::slice::from_ref(&self.certificate))
    }

    pub(crate) fn dialer(&self) -> Dialer {
        Dialer::new(self.network())
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What lies in a folder, as another program sees it: the flags by UID.
    pub(crate) async fn folder(&self, user: &str, mailbox: &str) -> BTreeMap<i64, model::message::Flags> {
        let said = self.other_client(user, &[&format!("EXAMINE {mailbox}"), "UID FETCH 1:* (FLAGS)"]).await;
        let mut found = BTreeMap::new();
        for line in said.lines().filter(|line| line.contains(" FETCH (")) {
            let number = |name: &str| line.split(name).nth(1)?.split([' ', ')']).next()?.parse().ok();
            let flags = line.split("FLAGS (").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default();
            let has = |flag: &str| flags.split(' ').any(|one| one == flag);
            let flags = model::message::Flags {
                seen: has("\\Seen"),
                answered: has("\\Answered"),
                flagged: has("\\Flagged"),
                deleted: has("\\Deleted"),
                draft: has("\\Draft"),
            };
            found.insert(number("UID ").expect("a UID"), flags);
        }
        found
    }

    fn maildir(&self, user: &str, mailbox: &str) -> PathBuf {
        let root = self.folder.path().join("data").join(user).join("Maildir");
        if mailbox == "INBOX" { root } else { root.join(format!(".{mailbox}")) }
    }

    /// Puts a letter into a mailbox, as a mail server does.
    pub(crate) fn deliver(&self, user: &str, mailbox: &str, letter: &[u8]) {
        self.deliver_at(user, mailbox, letter, None);
    }

    /// The same, received at that moment.
    pub(crate) fn deliver_at(&self, user: &str, mailbox: &str, letter: &[u8], at: Option<Moment>) {
        let folder = self.maildir(user, mailbox);
        for part in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(folder.join(part)).expect("made");
        }
        let number = DELIVERED.fetch_add(1, Ordering::Relaxed);
        // Dovecot numbers what it finds by name.
        let name = format!("{:010}.M{number:08}.test", 1_700_000_000 + number);
        std::fs::write(folder.join("tmp").join(&name), letter).expect("written");
        if let Some(at) = at {
            let at = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.seconds()).expect("after 1970"));
            let file = std::fs::File::options().write(true).open(folder.join("tmp").join(&name)).expect("there");
            file.set_modified(at).expect("dated");
        }
        own_all(&self.folder.path().join("data").join(user));
        std::fs::rename(folder.join("tmp").join(&name), folder.join("new").join(&name)).expect("moved");
    }

    /// Forgets all UIDs of an inbox: it gets another UIDVALIDITY. Dovecot must be down. The other folders keep their index: one that lost
    /// it would count its changes anew under the old UIDVALIDITY, which RFC 7162 §3.1.1 forbids and no client can always see.
    pub(crate) fn forget_uids(&self, user: &str) {
        // Dovecot makes them when it first looks: after a short life there may be none.
        std::fs::remove_file(self.maildir(user, "INBOX").join("dovecot-uidlist")).unwrap_or_default();
        std::fs::remove_file(self.maildir(user, "INBOX").join("dovecot-uidvalidity")).unwrap_or_default();
        std::fs::remove_dir_all(self.folder.path().join("data").join(user).join("index").join(".INBOX")).unwrap_or_default();
    }

    /// UIDVALIDITY is the second it was made in: two made in the same second would be the same.
    pub(crate) async fn wait_for_second_after(&self, second: i64) {
        let mark = self.folder.path().join("mark");
        loop {
            std::fs::write(&mark, "").expect("written");
            let at = std::fs::metadata(&mark).and_then(|meta| meta.modified()).expect("its time");
            let at = at.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
            if i64::try_from(at).expect("before the year 10000") > second {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Another mail program at work: these commands, one after the other. Answers all that was said.
    pub(crate) async fn other_client(&self, user: &str, commands: &[&str]) -> String {
        let stream = TcpStream::connect(("127.0.0.1", self.plain)).await.expect("connected");
        let mut stream = BufReader::new(stream);
        let mut said = String::new();
        stream.read_line(&mut said).await.expect("a greeting");
        let login = format!("LOGIN {user}@test.example {user}pw");
        for command in [login.as_str()].iter().chain(commands) {
            stream.get_mut().write_all(format!("x {command}\r\n").as_bytes()).await.expect("sent");
            loop {
                let mut line = String::new();
                assert_ne!(stream.read_line(&mut line).await.expect("an answer"), 0, "closed after {command}: {said}");
                said += &line;
                if line.starts_with("x ") {
                    assert!(line.starts_with("x OK"), "{command}: {line}");
                    break;
                }
            }
        }
        said
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.down();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("bound").port()
}

/// Dovecot refuses to touch mail as root.
fn own(path: &Path) {
    let status = Command::new("chown").arg("mail:mail").arg(path).status().expect("chown is there");
    assert!(status.success(), "these tests run as root");
}

fn own_all(path: &Path) {
    let status = Command::new("chown").arg("-R").arg("mail:mail").arg(path).status().expect("chown is there");
    assert!(status.success(), "these tests run as root");
}

/// A small letter.
pub(crate) fn letter(id: &str, from: &str, to: &str, subject: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Mon, 06 Oct 2025 10:00:00 +0200\r\nMessage-ID: <{id}@letters.example>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nBody of {id}.\r\n"
    )
    .into_bytes()
}

// ---------------------------------------------------------------------------------------------------------------
// A server that says what it is told to say

/// `(what the command holds, what is answered)`. `{T}` is the tag of the command; `CLOSE` at the end closes the
/// connection, `SILENT` says nothing more. The first row that fits answers; a command none fits is answered `OK`.
pub(crate) type Script = Vec<(String, String)>;

pub(crate) async fn play(script: Script, theirs: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin) {
    let mut stream = BufReader::new(theirs);
    let greeting = script.iter().find(|(command, _)| command == "greeting").map_or("* OK [CAPABILITY IMAP4rev1] hi\r\n", |(_, said)| said);
    if stream.get_mut().write_all(greeting.as_bytes()).await.is_err() || stream.get_mut().flush().await.is_err() {
        return;
    }
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or_default() == 0 {
            return;
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or((line.as_str(), ""));
        let answer = script.iter().find(|(wanted, _)| command.contains(wanted.as_str())).map_or("{T} OK\r\n", |(_, answer)| answer);
        let (answer, end) = match (answer.strip_suffix("CLOSE"), answer.strip_suffix("SILENT")) {
            (Some(answer), _) => (answer, "CLOSE"),
            (_, Some(answer)) => (answer, "SILENT"),
            _ => (answer, ""),
        };
        let answer = answer.replace("{T}", tag);
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() || stream.get_mut().flush().await.is_err() || end == "CLOSE" {
            return;
        }
        if end == "SILENT" {
            // Reads on until the other side gives up.
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap_or_default();
            return;
        }
    }
}

pub(crate) async fn scripted(script: Script, patience: Duration) -> Imap {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    tokio::spawn(play(script, theirs));
    let mut imap = Imap::greet(Box::new(ours), patience).await.expect("greeted");
    imap.learn_capabilities().await.expect("capabilities");
    imap
}
