//! A first sync and a check without news, measured: `first_sync HOST PORT USER PASSWORD CA.pem DATA-DIR`.
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use async_trait::async_trait;
use crm::ports::{Built, Clock, Dice, Enclosed, Letter, Letterhead, Mailroom, PostOffice, Quotable};
use crm::{Client, Crm, Limits, MasterKey, Pass, World};
use mail::imap::Dialer;
use mail::reach::{Network, Policy, read_roots};
use mail::sync::{Memory, sync};
use model::mail_account::{AccountKind, Check, Diagnosis, MailAccountForm, Security, ServerSettings};
use model::registration::{Language, Registration};
use model::{CheckId, Civil, CompanyId, MailAccountId, Moment};
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

struct Outside(Instant);

impl Clock for Outside {
    fn now(&self) -> Moment {
        Moment(1_760_000_000_000_000 + i64::try_from(self.0.elapsed().as_micros()).unwrap_or_default())
    }

    fn civil(&self, _: Moment, _: &str) -> Civil {
        Civil { year: 2025, month: 1, day: 1, hour: 0, minute: 0, days_from_today: 0, weekday: 1 }
    }

    fn knows_zone(&self, _: &str) -> bool {
        true
    }
}

impl Dice for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }
}

#[async_trait]
impl PostOffice for Outside {
    async fn send(&self, _: Letter) -> crm::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl Mailroom for Outside {
    fn start_check(&self, _: CheckId, _: String, _: Result<Pass, Diagnosis>, _: Option<ServerSettings>) {}

    async fn follow(&self, _: CheckId, _: u32) -> Option<Check> {
        None
    }

    fn wake(&self, _: CompanyId, _: MailAccountId) {}

    fn errands(&self, _: CompanyId, _: MailAccountId) {}

    async fn build(&self, _: Letterhead) -> crm::Result<Built> {
        Err(crm::Error::bug("Nothing is written here"))
    }

    async fn quotable(&self, _: Vec<u8>, _: bool) -> Quotable {
        Quotable::default()
    }

    async fn enclosed(&self, _: Vec<u8>, _: u32) -> Option<Enclosed> {
        None
    }

    async fn try_sending(&self, _: &ServerSettings, _: &Pass) -> Result<(), Diagnosis> {
        Ok(())
    }

    fn guess_sending(&self, _: &str, incoming: &ServerSettings) -> ServerSettings {
        incoming.clone()
    }

    fn posted(&self, _: CompanyId) {}
}

/// User and system seconds of this process: fields 14 and 15 of its line in `/proc`, in hundredths.
fn cpu() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
    let ticks: Result<Vec<f64>, _> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum::<f64>() / 100.0)
}

fn peak() -> Result<String, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    Ok(status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().ok_or("first_sync HOST PORT USER PASSWORD CA.pem DATA-DIR");
    let (host, port, user, password, ca, data) = (next()?, next()?.parse()?, next()?, next()?, next()?, next()?);
    let outside = Arc::new(Outside(Instant::now()));
    let master = MasterKey::draw(&*outside);
    std::fs::create_dir_all(&data)?;
    let store = store::open(&store::Location::Folder(data.clone().into()), &master, outside.clone()).await?;
    let crm = Crm::new(World {
        store,
        blobs: Arc::new(store::LocalBlobs::new(data.as_ref())?),
        clock: outside.clone(),
        dice: outside.clone(),
        post: outside.clone(),
        master,
        limits: Limits::default(),
        open_companies: NonZeroUsize::MIN,
    });
    crm.hang_mailroom(outside);
    let form = Registration {
        first_name: "Anna".to_owned(),
        last_name: "Bakker".to_owned(),
        company: "Bakkerij".to_owned(),
        email: "anna@bakkerij.example".to_owned(),
        password: "Geheim123".to_owned(),
        ..Registration::default()
    };
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), language: Language::En, replaces: None };
    let session = crm.register(form, client).await?.session;
    let system = crm.system(session.company()).await?;
    let server = ServerSettings { login: user.clone(), host, port, security: Security::Tls, trusted_certificate: None };
    let form = MailAccountForm { id: None, kind: AccountKind::Imap, address: user, password, server: Some(server), sign_in: None };
    let id = session.save_mail_account(form).await?;
    let account = system.find_account(id).await?.ok_or("no account")?;
    let roots = read_roots(&std::fs::read(ca)?)?;
    let dialer = Dialer::new(Network::new(Policy { allow_private: true }, &roots)?);
    let mut memory = Memory::default();
    for what in ["first sync", "no change", "no change"] {
        let (wall, before) = (Instant::now(), cpu()?);
        let mut imap = dialer.dial(&account.server, &account.password.clone().into()).await?;
        let report = sync(&system, &account, &mut imap, &mut memory, &CancellationToken::new()).await?;
        let spent = cpu()? - before;
        println!("{what}: {:.3} s wall, {spent:.2} s CPU, {} messages, {}", wall.elapsed().as_secs_f64(), report.fetched, peak()?);
    }
    Ok(())
}
