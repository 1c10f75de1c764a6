//! The cast. Alice sells, Bob buys, Carol keeps the books, Mallory may see nothing.

use crate::mailroom::Quiet;
use crm::ports::{Blobs, Clock, Dice, Letter, LetterAbout, PostOffice, Store, UserRow};
use crm::{Arrival, Batch, Client, Crm, Limits, MasterKey, SealedPack, Secret, Session, System, WatchedAccount, World};
use model::inbox::{MessageFilter, Place};
use model::mail_account::{AccountKind, FolderRole, MailAccountForm, Security, ServerSettings};
use model::message::{Flags, Parsed, Participant, ParticipantRole};
use model::registration::{Language, Registration};
use model::{Civil, Day, MessageId, Moment, Role, UserId};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "Warmtepomp1";

pub(crate) struct Stage {
    pub(crate) crm: Arc<Crm>,
    pub(crate) clock: Arc<StillClock>,
    pub(crate) letters: Arc<Letters>,
    pub(crate) mailroom: Arc<Quiet>,
    dice: Arc<SeededDice>,
    store: Arc<dyn Store>,
    data: TempDir,
}

pub(crate) async fn stage() -> Stage {
    let clock = Arc::new(StillClock(AtomicI64::new(1_800_000_000_000_000)));
    let dice = Arc::new(SeededDice(Mutex::new(StdRng::seed_from_u64(7))));
    set(tempfile::tempdir().unwrap(), clock, dice, Arc::default(), Arc::default()).await
}

/// A stage upon what lies in this folder.
async fn set(data: TempDir, clock: Arc<StillClock>, dice: Arc<SeededDice>, letters: Arc<Letters>, mailroom: Arc<Quiet>) -> Stage {
    let master = MasterKey::new([9; 32]);
    let store = store::open(&store::Location::Folder(data.path().to_owned()), &master, Arc::clone(&dice) as _).await.unwrap();
    let blobs: Arc<dyn Blobs> = Arc::new(store::LocalBlobs::new(data.path()).unwrap());
    let crm = Crm::new(World {
        store: Arc::clone(&store),
        blobs,
        clock: Arc::clone(&clock) as _,
        dice: Arc::clone(&dice) as _,
        post: Arc::clone(&letters) as _,
        master,
        limits: Limits::default(),
        open_companies: NonZeroUsize::MIN,
    });
    crm.hang_mailroom(Arc::clone(&mailroom) as _);
    Stage { crm, clock, letters, mailroom, dice, store, data }
}

/// What the disk holds at this moment, as after a power cut. The index of the log is memory: it is made anew.
fn snapshot(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (source, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if source.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            snapshot(&source, &target);
        } else if !source.to_string_lossy().ends_with("-shm") {
            std::fs::copy(&source, &target).unwrap();
        }
    }
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

    /// The process dies here, between two writes, and another begins with what the disk held. Sessions of before are worth nothing.
    pub(crate) async fn killed(self) -> Self {
        let data = tempfile::tempdir().unwrap();
        snapshot(self.data.path(), data.path());
        self.crm.close().await;
        set(data, self.clock, self.dice, self.letters, self.mailroom).await
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Session {
        self.crm.sign_in(email, Secret::new(PASSWORD), client()).await.unwrap().session
    }

    /// The files that hold one of these words as it is.
    pub(crate) fn planted(&self, words: &[&str]) -> Vec<std::path::PathBuf> {
        fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() { files(&path, found) } else { found.push(path) }
            }
        }
        let mut found = Vec::new();
        files(self.data.path(), &mut found);
        found.retain(|path| {
            let bytes = std::fs::read(path).unwrap();
            words.iter().any(|word| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
        });
        found
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
        self.sign_in(&email).await
    }

    /// A mailbox of this user, with a folder of each role, as if a sync had begun.
    pub(crate) async fn mailbox(&self, session: &Session) -> Mailbox {
        self.mailbox_at(session, &session.me().email).await
    }

    pub(crate) async fn mailbox_at(&self, session: &Session, address: &str) -> Mailbox {
        let id = session
            .save_mail_account(MailAccountForm {
                id: None,
                kind: AccountKind::Imap,
                address: address.into(),
                password: "geheim".into(),
                server: Some(ServerSettings {
                    login: address.into(),
                    host: "mail.example".into(),
                    port: 993,
                    security: Security::Tls,
                    trusted_certificate: None,
                }),
                sign_in: None,
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
    /// The same, on the stage that came after this one's.
    pub(crate) async fn again(self, stage: &Stage) -> Self {
        let system = stage.crm.system(self.system.company()).await.unwrap();
        Self { system, ..self }
    }

    /// A message arrives in the folder of this role.
    pub(crate) async fn deliver(&self, role: FolderRole, parsed: Parsed) -> i64 {
        let raw = format!("Subject: {}\r\n\r\n{}\r\n", parsed.subject, parsed.search_text);
        self.deliver_raw(role, parsed, raw.as_bytes()).await
    }

    /// The same, of these bytes.
    pub(crate) async fn deliver_raw(&self, role: FolderRole, parsed: Parsed, raw: &[u8]) -> i64 {
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
        let mut pack = SealedPack::default();
        let (offset, len) = self.system.sealer().add(&mut pack, raw, self.system.crm().dice()).unwrap();
        let arrival = Arrival { uid, flags: Flags::default(), internal_date: Some(self.system.crm().now()), parsed, offset, len };
        let pack = self.system.keep(pack).await.unwrap();
        self.system.receive(&self.account, vec![Batch { folder, pack, arrivals: vec![arrival], missed: vec![] }]).await.unwrap();
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

/// The subjects of what stands there, the newest first.
pub(crate) async fn list(session: &Session, place: Place) -> Vec<String> {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    session.list_messages(filter, None).await.unwrap().rows.into_iter().map(|row| row.subject).collect()
}

pub(crate) async fn id_of(session: &Session, place: Place, subject: &str) -> MessageId {
    let filter = MessageFilter { place, ..MessageFilter::default() };
    session.list_messages(filter, None).await.unwrap().rows.into_iter().find(|row| row.subject == subject).unwrap().id
}
