//! A store as large as a busy firm's after ten years, and how long people wait for it.
//!
//! `cargo run --release -p store --example bulk [messages] [contacts] [folder or postgres://…]`
//!
//! Messages go in in batches of 250, as a sync brings them. A store that is full already is only measured.

mod measure;
mod text;

use crm::ports::{AccountRow, Company, FolderRow, Tx, UserRow};
use crm::{CompanyKey, MasterKey};
use model::contact::{Contact, ContactKind, DetailForm, DetailKind};
use model::mail_account::{AccountKind, FolderRole, ServerSettings};
use model::{Moment, Role};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;
use store::Location;
use text::{USERS, address, id, message, name};

const BATCH: u64 = 250;
/// Contacts in one transaction.
const CARDS: u64 = 1_000;
/// Questions of a kind.
const TIMES: usize = 200;

struct Fixed;

impl crm::ports::Dice for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(42);
    }
}

async fn add_users(tx: &mut dyn Tx) -> crm::Result<()> {
    for user in 0..USERS {
        let row = UserRow {
            id: id(user),
            first_name: format!("Gebruiker {user}"),
            last_name: String::new(),
            email: String::new(),
            role: Role::User,
        };
        tx.add_user(&row).await?;
        tx.put_mail_account(&AccountRow {
            id: id(user),
            owner: id(user),
            kind: AccountKind::Imap,
            address: format!("gebruiker{user}@bedrijf.example"),
            server: ServerSettings::default(),
            sealed_password: vec![],
            issuer: None,
            connected: true,
            diagnosis: None,
            last_ok_at: None,
            next_try_at: None,
            noticed_at: None,
        })
        .await?;
        for (at, role) in [(0, FolderRole::Inbox), (1, FolderRole::Sent), (2, FolderRole::Other)] {
            tx.put_folder(&FolderRow {
                id: id(user * 3 + at),
                account: id(user),
                raw_name: role.as_str().into(),
                name: role.as_str().into(),
                role,
                uid_validity: 1,
                uid_next: 1,
                lowest_done: 1,
                highest_modseq: None,
                total: 0,
                last_scan_at: None,
                floor: 1,
                since: None,
                left_out: 0,
                resync: false,
                chosen: false,
            })
            .await?;
        }
    }
    tx.add_contact_type(id(1), None, "x").await
}

async fn add_contact(tx: &mut dyn Tx, n: u64) -> crm::Result<()> {
    let (first_name, last_name) = name(n);
    let contact = Contact {
        id: id(n),
        kind: ContactKind::Person,
        first_name,
        last_name,
        company: String::new(),
        function: String::new(),
        employer: None,
        type_id: id(1),
        active: true,
        note: String::new(),
    };
    tx.add_contact(&contact, Moment(1)).await?;
    let address = address(n);
    let form = DetailForm { kind: DetailKind::Email, label: String::new(), value: address.clone() };
    tx.put_detail(id(n), id(n), &form, &address).await
}

/// Messages a second, of each tenth of them.
async fn fill(company: &dyn Company, messages: u64, contacts: u64) -> crm::Result<Vec<f64>> {
    let mut tx = company.write(None, Moment(1)).await?;
    add_users(&mut *tx).await?;
    tx.commit().await?;
    for first in (0..contacts).step_by(usize::try_from(CARDS).unwrap_or(1)) {
        let mut tx = company.write(None, Moment(1)).await?;
        for n in first..contacts.min(first + CARDS) {
            add_contact(&mut *tx, n).await?;
        }
        tx.commit().await?;
    }
    let mut rates = Vec::new();
    let tenth = (messages / 10).max(1);
    for part in 0..10 {
        let mut spent = 0.0;
        let end = if part == 9 { messages } else { (part + 1) * tenth };
        let mut n = part * tenth;
        while n < end {
            let batch: Vec<_> = (n..end.min(n + BATCH)).map(|n| message(n, messages, contacts)).collect();
            n += BATCH;
            let start = Instant::now();
            let mut tx = company.write(None, Moment(2)).await?;
            tx.put_messages(&batch).await?;
            tx.commit().await?;
            spent += start.elapsed().as_secs_f64();
        }
        rates.push((end - part * tenth) as f64 / spent);
    }
    Ok(rates)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let messages = words.next().and_then(|word| word.parse().ok()).unwrap_or(10_000);
    let contacts = words.next().and_then(|word| word.parse().ok()).unwrap_or(1_000);
    let folder = tempfile::tempdir()?;
    let location = Location::read(&words.next().unwrap_or_else(|| folder.path().display().to_string()));
    let store = store::open(&location, &MasterKey::new([1; 32]), Arc::new(Fixed)).await?;
    let company = store.company(id(1), &CompanyKey::new([2; 32])).await?;
    let mut out = std::io::stdout();
    if company.read().await?.find_user(id(0)).await?.is_none() {
        let rates = fill(&*company, messages, contacts).await?;
        let said: Vec<_> = rates.iter().map(|rate| format!("{rate:.0}")).collect();
        writeln!(out, "{messages} messages and {contacts} contacts; messages a second, by tenths: {}", said.join(" "))?;
    }
    writeln!(out, "| {:<30} | {:>9} | {:>9} | {:>9} | {:>6} | < 20 ms |", "what", "p50", "p95", "worst", "rows")?;
    for row in measure::measure(&*company, contacts, TIMES).await? {
        writeln!(out, "{}", row.line())?;
    }
    drop(company);
    store.close().await;
    Ok(())
}
