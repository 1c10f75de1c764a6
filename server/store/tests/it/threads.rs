//! Threads, on both databases: what names one another belongs together, in whatever order it arrived.

use crate::story::{add_account, add_folder, message};
use crate::world::{Loaded, NOON, World, id};
use crm::ports::{Dice, NewMessage, Tx};
use model::mail_account::FolderRole;
use model::message::{Participant, ParticipantRole};
use model::{MessageId, Moment, ThreadId, UserId};
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 86_400;

fn people(addresses: &[&str]) -> Vec<Participant> {
    let role = |at: usize| if at == 0 { ParticipantRole::From } else { ParticipantRole::To };
    let one = |(at, address): (usize, &&str)| Participant { role: role(at), name: String::new(), address: (*address).to_owned() };
    addresses.iter().enumerate().map(one).collect()
}

fn letter(n: u64, subject: &str, references: &[&str], at: Moment) -> NewMessage {
    let mut new = message(n, 1, i64::try_from(n).unwrap(), "bob@buys.example");
    new.at = at;
    new.parsed.message_id = format!("{n}@x");
    new.parsed.references = references.iter().map(|reference| (*reference).to_owned()).collect();
    new.parsed.subject = subject.into();
    new.parsed.participants = people(&["bob@buys.example", "alice@sells.example"]);
    new.parsed.participants_left_out = 0;
    new
}

async fn prepared(tx: &mut dyn Tx) {
    add_account(tx, 1).await;
    add_folder(tx, 1, 1, FolderRole::Inbox).await;
}

async fn thread(tx: &mut dyn Tx, n: u64) -> ThreadId {
    tx.thread_of(id(1000 + n)).await.unwrap().unwrap()
}

async fn listed(tx: &mut dyn Tx, n: u64, limit: i64) -> (Vec<String>, i64) {
    let of = thread(tx, n).await;
    let (records, more) = tx.list_thread(of, limit).await.unwrap();
    (records.into_iter().map(|record| record.subject).collect(), more)
}

/// [ARC-04] References join, subjects alone do not; a late message joins two threads; what is moved by hand stays moved.
#[tokio::test]
async fn threads() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut open = company.write(None, NOON).await.unwrap();
        let tx = &mut *open;
        prepared(tx).await;
        let first = [
            letter(1, "Offerte", &[], NOON),
            letter(2, "Re: Offerte", &["1@x"], NOON.plus_seconds(10)),
            // Its parent has not come yet.
            letter(3, "Re: Offerte", &["9@x"], NOON.plus_seconds(30)),
            letter(4, "Offerte", &[], NOON.plus_seconds(40)),
        ];
        tx.put_messages(&first).await.unwrap();
        assert_eq!(thread(tx, 1).await, thread(tx, 2).await);
        assert_ne!(thread(tx, 1).await, thread(tx, 3).await);
        assert_ne!(thread(tx, 1).await, thread(tx, 4).await, "never by the subject alone");
        tx.put_messages(&[letter(9, "Re: Offerte", &["1@x", "2@x"], NOON.plus_seconds(20))]).await.unwrap();
        assert_eq!(listed(tx, 3, 10).await, (vec!["Offerte".into(), "Re: Offerte".into(), "Re: Offerte".into(), "Re: Offerte".into()], 0));
        assert_eq!(listed(tx, 1, 2).await, (vec!["Re: Offerte".into(), "Re: Offerte".into()], 2), "the newest, and how many more");

        // Answers that name nothing: the same people, a prefix, thirty days.
        let mut others = letter(13, "Re: Planning", &[], NOON.plus_seconds(90));
        others.parsed.participants = people(&["carol@books.example", "alice@sells.example"]);
        let late = letter(14, "Re: Planning", &[], NOON.plus_seconds(31 * DAY));
        let bare = [letter(11, "Planning", &[], NOON), letter(12, "RE: planning", &[], NOON.plus_seconds(60)), others, late];
        tx.put_messages(&bare).await.unwrap();
        assert_eq!(thread(tx, 11).await, thread(tx, 12).await);
        assert_ne!(thread(tx, 11).await, thread(tx, 13).await, "other people");
        assert_ne!(thread(tx, 12).await, thread(tx, 14).await, "too late");

        // Split off by hand: what comes later joins the part it answers, and merges nothing.
        let (kept, apart) = (thread(tx, 1).await, id::<ThreadId>(77));
        tx.move_to_thread(&[id(1009), id(1003)], apart, true).await.unwrap();
        assert_eq!(listed(tx, 1, 10).await.0.len(), 2);
        tx.put_messages(&[letter(20, "Re: Offerte", &["1@x", "2@x", "9@x"], NOON.plus_seconds(50))]).await.unwrap();
        tx.put_messages(&[letter(21, "Re: Offerte", &["9@x", "2@x"], NOON.plus_seconds(60))]).await.unwrap();
        assert_eq!((thread(tx, 20).await, thread(tx, 21).await), (apart, kept));
        assert_eq!((thread(tx, 2).await, thread(tx, 3).await), (kept, apart));
        // Undone, it is as if nothing had been.
        tx.move_to_thread(&[id(1009), id(1003), id(1020)], kept, false).await.unwrap();
        tx.put_messages(&[letter(22, "Re: Offerte", &["9@x"], NOON.plus_seconds(70))]).await.unwrap();
        assert_eq!(thread(tx, 22).await, kept);
        assert!(tx.thread_of(MessageId(id::<UserId>(5).0)).await.is_err(), "no such message");
        drop(open);
        store.close().await;
    }
}

/// Numbers below `n`, by dice that fall the same way in every run.
struct Draw(std::sync::Arc<Loaded>);

impl Draw {
    fn below(&self, n: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % n
    }

    fn shuffle(&self, messages: &mut [NewMessage]) {
        for at in (1..messages.len()).rev() {
            messages.swap(at, usize::try_from(self.below(at as u64 + 1)).unwrap());
        }
    }
}

/// Messages that answer earlier ones, some that never came, some only by their words.
fn forest(draw: &Draw) -> Vec<NewMessage> {
    let count = 6 + draw.below(18);
    let subjects = ["Offerte", "Planning", "Factuur"];
    let one = |n: u64| {
        let at = NOON.plus_seconds(i64::try_from(draw.below(60)).unwrap() * DAY + i64::try_from(n).unwrap());
        let ghost = format!("ghost-{}@x", draw.below(4));
        let (first, second) = (format!("{}@x", draw.below(n + 1)), format!("{}@x", draw.below(count)));
        let references: Vec<&str> = match draw.below(6) {
            0 | 1 => vec![],
            2 => vec![&first],
            3 => vec![&ghost],
            4 => vec![&first, &ghost],
            _ => vec![&second, &first],
        };
        let subject = subjects[usize::try_from(draw.below(3)).unwrap()];
        let subject = if draw.below(2) == 0 { subject.to_owned() } else { format!("Re: {subject}") };
        let mut new = letter(n, &subject, &references, at);
        if draw.below(3) == 0 {
            new.parsed.participants = people(&["carol@books.example", "alice@sells.example"]);
        }
        new
    };
    (0..count).map(one).collect()
}

/// [ARC-04] The same messages make the same threads in any order of arrival and in batches of any size.
#[tokio::test]
async fn order_of_arrival_does_not_matter() {
    for (world, forests) in World::all().await.into_iter().zip([40, 8]) {
        let (store, company) = world.company().await;
        let mut open = company.write(None, NOON).await.unwrap();
        let tx = &mut *open;
        let draw = Draw(Loaded::new(11));
        let mut joined = 0;
        for number in 0..forests {
            let messages = forest(&draw);
            let mut partitions: BTreeSet<BTreeSet<BTreeSet<String>>> = BTreeSet::new();
            for order in 0..4 {
                // Each order arrives at a reader of its own, whose threads are nobody else's.
                let reader = 100 + number * 10 + order;
                add_account(tx, reader).await;
                add_folder(tx, reader, reader, FolderRole::Inbox).await;
                let mut arriving = messages.clone();
                if order > 0 {
                    draw.shuffle(&mut arriving);
                }
                for new in &mut arriving {
                    let (_, uid) = new.location.unwrap();
                    let n = u64::try_from(uid).unwrap();
                    (new.id, new.owner, new.account) = (id(100_000 + reader * 100 + n), id(reader), id(reader));
                    new.location = Some((id(reader), uid));
                }
                let mut rest = &arriving[..];
                while !rest.is_empty() {
                    let size = usize::try_from(1 + draw.below(if order == 1 { 1 } else { 9 })).unwrap().min(rest.len());
                    tx.put_messages(&rest[..size]).await.unwrap();
                    rest = &rest[size..];
                }
                let mut parts: BTreeMap<ThreadId, BTreeSet<String>> = BTreeMap::new();
                for new in &arriving {
                    let thread = tx.thread_of(new.id).await.unwrap().unwrap();
                    parts.entry(thread).or_default().insert(new.parsed.message_id.clone());
                }
                joined += parts.values().filter(|part| part.len() > 1).count();
                partitions.insert(parts.into_values().collect());
            }
            assert_eq!(partitions.len(), 1, "forest {number}: {partitions:#?}");
        }
        assert!(joined > 20, "nothing was ever joined");
        drop(open);
        store.close().await;
    }
}

/// [ARC-04] What was stored before there were threads gets them with the mail that arrives next.
#[tokio::test]
async fn threads_of_what_was_there_before() {
    let world = World::postgres().await;
    let (store, company) = world.company().await;
    let mut tx = company.write(None, NOON).await.unwrap();
    prepared(&mut *tx).await;
    tx.put_messages(&[letter(1, "Offerte", &[], NOON), letter(2, "Re: Offerte", &["1@x"], NOON.plus_seconds(10))]).await.unwrap();
    tx.put_messages(&[letter(3, "Planning", &[], NOON), letter(4, "Re: Planning", &[], NOON.plus_seconds(10))]).await.unwrap();
    tx.commit().await.unwrap();
    world.before_threads().await;

    let mut open = company.write(None, NOON).await.unwrap();
    let tx = &mut *open;
    assert_eq!(tx.thread_of(id(1001)).await.unwrap(), None);
    tx.put_messages(&[letter(5, "Re: Re: Offerte", &["2@x"], NOON.plus_seconds(20))]).await.unwrap();
    assert_eq!(thread(tx, 1).await, thread(tx, 5).await);
    assert_eq!(thread(tx, 2).await, thread(tx, 5).await);
    assert_eq!(thread(tx, 3).await, thread(tx, 4).await, "by their words");
    assert_ne!(thread(tx, 3).await, thread(tx, 5).await);
    drop(open);
    store.close().await;
}
