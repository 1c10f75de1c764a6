//! The cast. Alice sells, Bob buys, Carol keeps the books, Mallory may see nothing.

use crm::ports::{Blobs, Clock, Dice, Letter, LetterAbout, Mailroom, PostOffice, Store, UserRow};
use crm::{Arrival, Client, Crm, Limits, MasterKey, SealedPack, Secret, Session, System, WatchedAccount, World};
use model::inbox::{MessageFilter, Place};
use model::mail_account::{AccountKind, Check, CheckOutcome, FolderRole, MailAccountForm, Security, ServerSettings};
use model::message::{Flags, Parsed, Participant, ParticipantRole};
use model::registration::{Language, Registration};
use model::{CheckId, Civil, CompanyId, Day, MailAccountId, MessageId, Moment, Role, UserId};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "Warmtepomp1";

pub(crate) struct Stage {
    pub(crate) crm: Arc<Crm>,
    pub(crate) clock: Arc<StillClock>,
    pub(crate) letters: Arc<Letters>,
    pub(crate) mailroom: Arc<Quiet>,
    store: Arc<dyn Store>,
    data: TempDir,
}

pub(crate) async fn stage() -> Stage {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(StillClock(AtomicI64::new(1_800_000_000_000_000)));
    let dice = Arc::new(SeededDice(Mutex::new(StdRng::seed_from_u64(7))));
    let letters = Arc::new(Letters::default());
    let master = MasterKey::new([9; 32]);
    let store = store::open(&store::Location::Folder(data.path().to_owned()), &master, Arc::clone(&dice) as _).await.unwrap();
    let blobs: Arc<dyn Blobs> = Arc::new(store::LocalBlobs::new(data.path()).unwrap());
    let crm = Crm::new(World {
        store: Arc::clone(&store),
        blobs,
        clock: Arc::clone(&clock) as _,
        dice,
        post: Arc::clone(&letters) as _,
        master,
        limits: Limits::default(),
        open_companies: NonZeroUsize::MIN,
    });
    let mailroom = Arc::new(Quiet::default());
    crm.hang_mailroom(Arc::clone(&mailroom) as _);
    Stage { crm, clock, letters, mailroom, store, data }
}

pub(crate) fn client() -> Client {
    Client { address: IpAddr::from([192, 0, 2, 1]), language: Language::Nl, replaces: None }
}

pub(crate) fn form(first: &str, company: &str) -> Registration {
    Registration {
        first_name: first.into(),
        last_name: "de Wit".into(),
        company: company.into(),
        email: format!("{}@{}.example", first.to_lowercase(), company.to_lowercase()),
        password: PASSWORD.into(),
        language: Language::Nl,
        time_zone: Some("Europe/Amsterdam".into()),
    }
}

impl Stage {
    /// The end of every test. A database still being closed while the process exits crashes in OpenSSL's own clean-up.
    pub(crate) async fn close(self) {
        self.crm.close().await;
    }

    /// How many packs the company has on the disk.
    pub(crate) fn packs(&self, session: &Session) -> usize {
        std::fs::read_dir(self.data.path().join("blobs").join(session.company().to_string())).unwrap().count()
    }

    /// Registers somebody of a company of his own, from an address of his own.
    pub(crate) async fn register(&self, first: &str, company: &str) -> Session {
        self.crm.register(form(first, company), client()).await.unwrap().session
    }

    /// A colleague in the company of this session.
    pub(crate) async fn hire(&self, boss: &Session, first: &str, role: Role) -> Session {
        let user: UserId = crm::ports::new_id(&*self.clock, self.crm.dice());
        let (email, company) = (format!("{}@team.example", first.to_lowercase()), boss.company());
        let system = self.crm.system(company).await.unwrap();
        system
            .add_user(&UserRow { id: user, first_name: first.into(), last_name: String::new(), email: email.clone(), role })
            .await
            .unwrap();
        let mut directory = self.store.directory().await.unwrap();
        // The hash of PASSWORD is that of the boss's own login.
        let hash = directory.find_login(&boss.me().email).await.unwrap().unwrap().password_hash;
        let login = crm::ports::Login { email_key: email.clone(), email: email.clone(), password_hash: hash, company, user };
        directory.add_login(&login, self.clock.now()).await.unwrap();
        directory.commit().await.unwrap();
        self.crm.sign_in(&email, Secret::new(PASSWORD), client()).await.unwrap().session
    }

    /// A mailbox of this user, with a folder of each role, as if a sync had begun.
    pub(crate) async fn mailbox(&self, session: &Session) -> Mailbox {
        let id = session
            .save_mail_account(MailAccountForm {
                id: None,
                kind: AccountKind::Imap,
                address: session.me().email,
                password: "geheim".into(),
                server: Some(ServerSettings {
                    login: session.me().email,
                    host: "mail.example".into(),
                    port: 993,
                    security: Security::Tls,
                    trusted_certificate: None,
                }),
            })
            .await
            .unwrap();
        let system = self.crm.system(session.company()).await.unwrap();
        let account = system.find_account(id).await.unwrap().unwrap();
        Mailbox { system, account, uid: AtomicI64::new(1) }
    }
}

pub(crate) struct Mailbox {
    pub(crate) system: System,
    pub(crate) account: WatchedAccount,
    uid: AtomicI64,
}

impl Mailbox {
    /// A message arrives in the folder of this role.
    pub(crate) async fn deliver(&self, role: FolderRole, parsed: Parsed) -> i64 {
        let uid = self.uid.fetch_add(1, Ordering::Relaxed);
        let known = self.system.list_folders(self.account.id).await.unwrap();
        let mut folder = known
            .into_iter()
            .find(|folder| folder.role == role)
            .unwrap_or_else(|| self.system.new_folder(self.account.id, role.as_str(), role.as_str(), role));
        folder.uid_validity = 1;
        folder.uid_next = uid + 1;
        folder.lowest_done = 1;
        folder.total += 1;
        let raw = format!("Subject: {}\r\n\r\n{}\r\n", parsed.subject, parsed.search_text);
        let mut pack = SealedPack::default();
        let (offset, len) = self.system.sealer().add(&mut pack, raw.as_bytes(), self.system.crm().dice()).unwrap();
        let arrival = Arrival { uid, flags: Flags::default(), internal_date: Some(self.system.crm().now()), parsed, offset, len };
        self.system.receive(&self.account, &folder, pack, vec![arrival], &[]).await.unwrap();
        uid
    }
}

/// A message from one address to another. Its Message-ID is its subject.
pub(crate) fn letter(from: &str, to: &str, subject: &str) -> Parsed {
    let participant = |role, address: &str| Participant { role, name: String::new(), address: address.into() };
    Parsed {
        message_id: format!("{}@test.example", subject.replace(' ', "-")),
        fingerprint: [1; 16],
        subject: subject.into(),
        participants: vec![participant(ParticipantRole::From, from), participant(ParticipantRole::To, to)],
        snippet: format!("over {subject}"),
        search_text: format!("tekst van {subject}"),
        size: 100,
        ..Parsed::default()
    }
}

pub(crate) struct StillClock(AtomicI64);

impl StillClock {
    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::Relaxed))
    }

    fn civil(&self, at: Moment, _: &str) -> Civil {
        let (days, today) = (at.seconds().div_euclid(86_400), self.now().seconds().div_euclid(86_400));
        let day = Day::from_days(days);
        let of_day = at.seconds().rem_euclid(86_400);
        Civil {
            year: day.year,
            month: day.month,
            day: day.day,
            hour: u8::try_from(of_day / 3600).unwrap(),
            minute: u8::try_from(of_day % 3600 / 60).unwrap(),
            days_from_today: i32::try_from(days - today).unwrap(),
            weekday: day.weekday(),
        }
    }

    fn knows_zone(&self, zone: &str) -> bool {
        zone.starts_with("Europe/")
    }
}

struct SeededDice(Mutex<StdRng>);

impl Dice for SeededDice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

/// Letters that were sent, oldest first.
#[derive(Default)]
pub(crate) struct Letters(pub(crate) Mutex<Vec<Letter>>);

impl Letters {
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The token of the newest reset link.
    pub(crate) fn token(&self) -> String {
        let letters = self.0.lock().unwrap();
        let found = letters.iter().rev().find_map(|letter| match &letter.about {
            LetterAbout::PasswordReset { token } => Some(token.clone()),
            _ => None,
        });
        found.unwrap()
    }
}

#[async_trait::async_trait]
impl PostOffice for Letters {
    async fn send(&self, letter: Letter) -> crm::Result<()> {
        self.0.lock().unwrap().push(letter);
        Ok(())
    }
}

/// A mailroom that remembers what it was asked, and finds every setting right.
#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) wakes: Mutex<Vec<MailAccountId>>,
    pub(crate) errands: Mutex<Vec<MailAccountId>>,
    pub(crate) passwords: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Mailroom for Quiet {
    fn start_check(&self, _: CheckId, _: String, password: Secret, _: Option<ServerSettings>) {
        self.passwords.lock().unwrap().push(password.reveal().to_owned());
    }

    async fn follow(&self, _: CheckId, _: u32) -> Option<Check> {
        Some(Check { version: 1, outcome: Some(CheckOutcome::Connected { folders: Vec::new(), messages: 0 }), ..Check::default() })
    }

    fn wake(&self, _: CompanyId, account: MailAccountId) {
        self.wakes.lock().unwrap().push(account);
    }

    fn errands(&self, _: CompanyId, account: MailAccountId) {
        self.errands.lock().unwrap().push(account);
    }

    /// What is safe is the mail door's business; here it is whatever has no script in it.
    async fn safe_html(&self, html: String) -> Option<String> {
        (!html.contains("<!crooked")).then(|| html.replace("<script>alert(1)</script>", ""))
    }
}

/// The subjects of what stands there, the newest first.
pub(crate) async fn list(session: &Session, place: Place) -> Vec<String> {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    session.list_messages(filter, None).await.unwrap().rows.into_iter().map(|row| row.subject).collect()
}

pub(crate) async fn id_of(session: &Session, place: Place, subject: &str) -> MessageId {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    session.list_messages(filter, None).await.unwrap().rows.into_iter().find(|row| row.subject == subject).unwrap().id
}
