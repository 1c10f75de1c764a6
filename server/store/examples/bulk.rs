//! How fast messages go in: `cargo run --release -p store --example bulk [messages]`. The embedded database, encrypted, in batches of 250.

use crm::ports::{Company, Dice, FolderRow, NewMessage, UserRow};
use crm::{CompanyKey, MasterKey};
use model::mail_account::FolderRole;
use model::message::{Flags, Parsed, Participant, ParticipantRole};
use model::{Moment, Role};
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;
use store::Location;
use uuid::Uuid;

struct Fixed;

impl Dice for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(42);
    }
}

fn id<T: From<Uuid>>(n: u64) -> T {
    T::from(Uuid::from_u64_pair(0x0199_0000_0000_7000, n))
}

fn message(n: u64) -> NewMessage {
    // A vocabulary of some size: an index of one word would be quick.
    let words: Vec<_> = (0..180).map(|i| format!("woord{}", (n * 7919 + i * i * 31) % 20_000)).collect();
    let person =
        |role, who: u64| Participant { role, name: format!("Naam {who}"), address: format!("persoon{who}@voorbeeld{}.example", who % 50) };
    NewMessage {
        id: id(n),
        account: id(1),
        owner: id(1),
        folder: id(1),
        uid: i64::try_from(n).unwrap_or_default(),
        flags: Flags::default(),
        at: Moment::from_seconds(1_700_000_000 - i64::try_from(n).unwrap_or_default() * 60),
        outgoing: false,
        parsed: Parsed {
            message_id: format!("{n}.abc@voorbeeld.example"),
            fingerprint: n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes().repeat(2).try_into().unwrap_or_default(),
            references: vec![format!("{}.abc@voorbeeld.example", n / 2)],
            subject: words[..6].join(" "),
            participants: vec![
                person(ParticipantRole::From, n % 900),
                person(ParticipantRole::To, n % 31),
                person(ParticipantRole::Cc, n % 77),
            ],
            snippet: words[..12].join(" "),
            search_text: words.join(" "),
            size: 4000,
            ..Parsed::default()
        },
        pack: id(n / 250),
        offset: 0,
        len: 4000,
    }
}

async fn fill(company: &dyn Company, messages: u64) -> crm::Result<f64> {
    let mut tx = company.write(None, Moment(1)).await?;
    let user = UserRow { id: id(1), first_name: "A".into(), last_name: String::new(), email: String::new(), role: Role::User };
    tx.add_user(&user).await?;
    tx.put_mail_account(&crm::ports::AccountRow {
        id: id(1),
        owner: id(1),
        kind: model::mail_account::AccountKind::Imap,
        address: "a@b.example".into(),
        server: model::mail_account::ServerSettings::default(),
        sealed_password: vec![],
        connected: true,
        diagnosis: None,
        last_ok_at: None,
    })
    .await?;
    tx.put_folder(&FolderRow {
        id: id(1),
        account: id(1),
        raw_name: "INBOX".into(),
        name: "INBOX".into(),
        role: FolderRole::Inbox,
        uid_validity: 1,
        uid_next: 1,
        lowest_done: 1,
        highest_modseq: None,
        total: 0,
        last_scan_at: None,
    })
    .await?;
    tx.add_contact_type(id(1), None, "x").await?;
    for n in 0..300 {
        let contact = model::contact::Contact {
            id: id(n),
            kind: model::contact::ContactKind::Person,
            first_name: "Naam".into(),
            last_name: n.to_string(),
            company: String::new(),
            function: String::new(),
            employer: None,
            type_id: id(1),
            active: true,
            note: String::new(),
        };
        tx.add_contact(&contact, Moment(1)).await?;
        let address = format!("persoon{n}@voorbeeld{}.example", n % 50);
        let form = model::contact::DetailForm { kind: model::contact::DetailKind::Email, label: String::new(), value: address.clone() };
        tx.put_detail(id(n), id(n), &form, &address).await?;
    }
    tx.commit().await?;

    let batches: Vec<Vec<_>> =
        (0..messages).collect::<Vec<_>>().chunks(250).map(|chunk| chunk.iter().copied().map(message).collect()).collect();
    let start = Instant::now();
    for batch in &batches {
        let mut tx = company.write(None, Moment(2)).await?;
        tx.put_messages(batch).await?;
        tx.commit().await?;
    }
    Ok(start.elapsed().as_secs_f64())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let messages = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir()?;
    let location = Location::read(&std::env::args().nth(2).unwrap_or_else(|| folder.path().display().to_string()));
    let store = store::open(&location, &MasterKey::new([1; 32]), Arc::new(Fixed)).await?;
    let company = store.company(id(1), &CompanyKey::new([2; 32])).await?;
    let seconds = fill(&*company, messages).await?;
    writeln!(std::io::stdout(), "{messages} messages in {seconds:.2} s: {:.0} messages/s", messages as f64 / seconds)?;
    store.close().await;
    Ok(())
}
