//! Alice sells, and her phone knows whom.

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crm::ports::{Blobs, Clock, Dice, Letter, PostOffice};
use crm::{Client, Crm, Limits, MasterKey, Session, World};
use dav::{Caller, Door};
use http::{Method, Request, StatusCode};
use model::contact::{ContactForm, ContactKind};
use model::phone_sync::SyncChoice;
use model::registration::{Language, Registration};
use model::{Civil, ContactId, Moment};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "Warmtepomp1";
pub(crate) const ALICE: &str = "alice@sells.example";

pub(crate) struct Stage {
    pub(crate) crm: Arc<Crm>,
    pub(crate) clock: Arc<StillClock>,
    pub(crate) alice: Session,
    pub(crate) letters: Arc<Letters>,
    door: Door,
    _data: TempDir,
}

/// Alice, with synchronisation of everybody switched on.
pub(crate) async fn stage() -> Stage {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(StillClock(AtomicI64::new(1_800_000_000_000_000)));
    let dice = Arc::new(SeededDice(Mutex::new(StdRng::seed_from_u64(7))));
    let letters = Arc::new(Letters::default());
    let master = MasterKey::new([9; 32]);
    let store = store::open(&store::Location::Folder(data.path().to_owned()), &master, Arc::clone(&dice) as _).await.unwrap();
    let blobs: Arc<dyn Blobs> = Arc::new(store::LocalBlobs::new(data.path()).unwrap());
    let crm = Crm::new(World {
        store,
        blobs,
        clock: Arc::clone(&clock) as _,
        dice,
        post: Arc::clone(&letters) as _,
        master,
        limits: Limits::default(),
        open_companies: NonZeroUsize::MIN,
    });
    let form = Registration {
        first_name: "Alice".into(),
        last_name: "de Wit".into(),
        company: "Sells".into(),
        email: ALICE.into(),
        password: PASSWORD.into(),
        language: Language::Nl,
        time_zone: None,
    };
    let client = Client { address: IpAddr::from([192, 0, 2, 1]), language: Language::Nl, replaces: None };
    let alice = crm.register(form, client).await.unwrap().session;
    alice.turn_phone_sync_on("https://crm.example").await.unwrap();
    let everyone = SyncChoice { everyone: true, ..SyncChoice::default() };
    alice.choose_for_phone(everyone, "https://crm.example").await.unwrap();
    Stage { door: Door::new(Arc::clone(&crm)), crm, clock, alice, letters, _data: data }
}

impl Stage {
    /// The end of every test. A database still being closed while the process exits crashes in OpenSSL's own clean-up.
    pub(crate) async fn close(self) {
        self.crm.close().await;
    }

    pub(crate) async fn add(&self, first: &str, last: &str) -> ContactId {
        let form = ContactForm {
            kind: ContactKind::Person,
            first_name: first.into(),
            last_name: last.into(),
            email: format!("{}@buys.example", first.to_lowercase()),
            mobile: "06-12345678".into(),
            ..ContactForm::default()
        };
        self.alice.add_contact(form).await.unwrap()
    }

    pub(crate) fn principal(&self) -> String {
        format!("/dav/users/{}/", self.alice.me().user)
    }

    pub(crate) fn home(&self) -> String {
        format!("/dav/books/{}/", self.alice.me().user)
    }

    pub(crate) fn book(&self) -> String {
        format!("/dav/books/{}/contacts/", self.alice.me().user)
    }

    pub(crate) fn card(&self, id: ContactId) -> String {
        format!("{}{id}.vcf", self.book())
    }

    /// A request with Alice's password.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let login = basic(ALICE, PASSWORD);
        let mut headers = headers.to_vec();
        headers.push(("authorization", &login));
        self.ask_as_stranger(method, path, &headers, body).await
    }

    pub(crate) async fn ask_as_stranger(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let caller = Caller { address: IpAddr::from([198, 51, 100, 7]), secure: true };
        self.ask_from(caller, method, path, headers, body).await
    }

    pub(crate) async fn ask_from(&self, caller: Caller, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Told {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert!(Door::takes(&method, path.split('?').next().unwrap()), "{method} {path}");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Told::read(self.door.answer(caller, request.body(Body::from(body.to_owned())).unwrap()).await).await
    }

    pub(crate) async fn propfind(&self, path: &str, depth: &str, props: &str) -> Told {
        self.ask("PROPFIND", path, &[("depth", depth)], &propfind(props)).await
    }

    /// What changed since a token; the new token beside it.
    pub(crate) async fn changes(&self, token: &str, extra: &str) -> (Told, String) {
        let told = self.ask("REPORT", &self.book(), &[("depth", "0")], &sync(token, extra)).await;
        let token = told.between("<D:sync-token>", "</D:sync-token>");
        (told, token)
    }

    pub(crate) async fn token(&self) -> String {
        self.propfind(&self.book(), "0", "<D:sync-token/>").await.between("<D:sync-token>", "</D:sync-token>")
    }
}

pub(crate) fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

const NAMES: &str = r#"xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/""#;

pub(crate) fn propfind(props: &str) -> String {
    format!("<?xml version=\"1.0\"?><D:propfind {NAMES}><D:prop>{props}</D:prop></D:propfind>")
}

pub(crate) fn sync(token: &str, extra: &str) -> String {
    format!(
        "<D:sync-collection {NAMES}><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{extra}\
         <D:prop><D:getetag/></D:prop></D:sync-collection>"
    )
}

pub(crate) fn multiget(props: &str, hrefs: &[String]) -> String {
    let hrefs: String = hrefs.iter().map(|href| format!("<D:href>{href}</D:href>")).collect();
    format!("<C:addressbook-multiget {NAMES}><D:prop>{props}</D:prop>{hrefs}</C:addressbook-multiget>")
}

pub(crate) fn query(inner: &str) -> String {
    format!("<C:addressbook-query {NAMES}><D:prop><D:getetag/></D:prop>{inner}</C:addressbook-query>")
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Told {
    async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        if head.status == StatusCode::MULTI_STATUS {
            roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        }
        Self { status: head.status, headers: head.headers, text }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        self.text.matches(text).count()
    }

    pub(crate) fn between(&self, from: &str, to: &str) -> String {
        let rest = self.text.split_once(from).unwrap_or_else(|| panic!("{from} in {}", self.text)).1;
        rest.split_once(to).unwrap().0.to_owned()
    }

    /// The response for this address.
    pub(crate) fn of(&self, href: &str) -> &str {
        let mark = format!("<D:href>{href}</D:href>");
        let found = self.text.split("<D:response>").find(|part| part.starts_with(&mark));
        found.unwrap_or_else(|| panic!("{href} in {}", self.text))
    }

    pub(crate) fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
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
        let minute = u8::try_from(at.seconds().rem_euclid(60)).unwrap_or_default();
        Civil { year: 2027, month: 1, day: 15, hour: 8, minute, days_from_today: 0, weekday: 5 }
    }

    fn knows_zone(&self, _: &str) -> bool {
        true
    }
}

struct SeededDice(Mutex<StdRng>);

impl Dice for SeededDice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

#[derive(Default)]
pub(crate) struct Letters(pub(crate) Mutex<Vec<Letter>>);

#[async_trait::async_trait]
impl PostOffice for Letters {
    async fn send(&self, letter: Letter) -> crm::Result<()> {
        self.0.lock().unwrap().push(letter);
        Ok(())
    }
}
