//! Damage by the thousand: real letters and real answers of servers, broken in ways nobody thinks of. The dice are seeded
//! and the loops are counted, so that a failure comes back, and the run takes as long today as tomorrow.

use crate::show::{assert_harmless, fetches};
use crate::{bench::letter, corpus};
use mail::imap::Imap;
use mail::parse::{attachment, parse};
use mail::show::{Images, html};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

const WORDS: [&str; 44] = [
    "\r\n",
    "\n\n",
    "\r\n\r\n",
    "\0",
    "--",
    "<",
    ">",
    "</",
    "\"",
    "'",
    "=",
    "=\r\n",
    "=3C",
    "&lt;",
    "&#60;",
    "&",
    ";",
    ":",
    "%",
    "é",
    "\u{202e}",
    "<!--",
    "-->",
    "<script>",
    "<svg>",
    "<style>",
    "</style>",
    "<blockquote>",
    "</blockquote>",
    "<img src=https://evil.example/x>",
    " onerror=alert(1) ",
    "style=\"background:url(https://evil.example)\"",
    "javascript:alert(1)",
    "Content-Type: ",
    "text/html",
    "text/plain; format=flowed; delsp=yes",
    "multipart/alternative; boundary=",
    "message/rfc822",
    "Content-Transfer-Encoding: base64",
    "=?utf-8?B?",
    "?=",
    "boundary=b",
    "class=gmail_quote ",
    "> ",
];

/// One to six wounds: bytes turned, ranges lost, doubled or moved, words and pieces of another letter put in.
fn wound(dice: &mut StdRng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut raw = seeds[dice.random_range(0..seeds.len())].clone();
    for _ in 0..dice.random_range(1..=6) {
        let at = dice.random_range(0..=raw.len());
        let end = (at + dice.random_range(0..200)).min(raw.len());
        match dice.random_range(0..7) {
            0 if at < raw.len() => raw[at] ^= 1 << dice.random_range(0..8),
            1 if at < raw.len() => raw[at] = dice.random(),
            2 => drop(raw.drain(at..end)),
            3 => {
                let piece = raw[at..end].to_vec();
                let to = dice.random_range(0..=raw.len());
                raw.splice(to..to, piece);
            }
            4 => {
                let other = &seeds[dice.random_range(0..seeds.len())];
                let from = dice.random_range(0..=other.len());
                let piece = other[from..(from + 400).min(other.len())].to_vec();
                raw.splice(at..at, piece);
            }
            5 => raw.truncate(at.max(1)),
            _ => {
                let word = WORDS[dice.random_range(0..WORDS.len())];
                raw.splice(at..at, word.bytes());
            }
        }
    }
    raw
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    // A page each of many senders, the shorter half.
    paths.extend(corpus::paths().into_iter().step_by(17));
    let read = paths.into_iter().map(|path| std::fs::read(path).expect("readable"));
    read.filter(|raw| !raw.is_empty() && raw.len() < 12_000).collect()
}

/// [SEC-06, SYN-06] From bytes to the shown page: 3,000 broken letters, each read, each harmless.
#[test]
fn broken_letters() {
    let seeds = seeds();
    assert!(seeds.len() > 200, "{} seeds", seeds.len());
    let mut dice = StdRng::seed_from_u64(3676);
    for round in 0..3_000 {
        let raw = wound(&mut dice, &seeds);
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let parsed = parse(&raw, None);
            assert!(!parsed.message_id.is_empty() && !parsed.search_text.contains('\0') && !parsed.subject.contains('\0'));
            for meta in &parsed.attachments {
                assert!(attachment(&raw, meta.part).is_some_and(|(_, bytes)| bytes.len() as u64 == meta.size));
            }
            let blocked = html(&raw, Images::Blocked);
            assert_harmless(&blocked.html, "a broken letter");
            assert!(!fetches(&blocked.html));
            assert_harmless(&html(&raw, Images::Allowed).html, "a broken letter");
        }));
        assert!(looked.is_ok(), "round {round}:\n{}", String::from_utf8_lossy(&raw));
    }
}

/// Answers to one FETCH, one SEARCH or one LIST.
fn answers() -> Vec<Vec<u8>> {
    let body = letter("m1", "piet@klant.example", "alice@test.example", "Hallo");
    let mut fetch = format!(
        "* 1 FETCH (UID 1 FLAGS (\\Seen) INTERNALDATE \"06-Oct-2025 10:00:00 +0200\" RFC822.SIZE {0} BODY[] {{{0}}}\r\n",
        body.len()
    )
    .into_bytes();
    fetch.extend(body);
    fetch.extend(b")\r\ns1 OK done\r\n");
    let lines = [
        "* SEARCH 1 2 3 4294967295\r\ns1 OK done\r\n",
        "* LIST (\\HasNoChildren \\Sent) \"/\" \"Verzonden items\"\r\n* LIST () NIL INBOX\r\n* LIST (\\Noselect) \".\" {3}\r\na\"b\r\ns1 OK done\r\n",
        "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] ok\r\n* OK [HIGHESTMODSEQ 12] ok\r\n* VANISHED (EARLIER) 1:3,7\r\ns1 OK [READ-ONLY] ok\r\n",
        "* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 HIGHESTMODSEQ 9)\r\ns1 OK done\r\n",
        "* 1 FETCH (UID 1 INTERNALDATE NIL FLAGS ($x \\Seen))\r\n* 2 FETCH (BODY[] NIL UID 2)\r\n* 3 EXPUNGE\r\ns1 NO [UNAVAILABLE] later\r\n",
        "* CAPABILITY IMAP4rev1 IDLE CONDSTORE QRESYNC\r\n* BYE [ALERT] bye\r\ns1 BAD no\r\n+ idling\r\n",
    ];
    let mut all: Vec<_> = lines.into_iter().map(|line| line.as_bytes().to_vec()).collect();
    all.push(fetch);
    all
}

/// [SYN-09] 4,000 broken answers: no panic, no waiting for ever, and never a success that the server did not tell.
#[tokio::test]
async fn broken_answers() {
    let seeds = answers();
    let mut dice = StdRng::seed_from_u64(3501);
    for round in 0..4_000 {
        let bytes = wound(&mut dice, &seeds);
        let (near, far) = tokio::io::duplex(1 << 20);
        let (_commands, mut server) = tokio::io::split(far);
        server.write_all(&bytes).await.expect("room");
        server.shutdown().await.expect("closed");
        let mut imap = Imap::over(Box::new(near), Duration::from_secs(20));
        let succeeded = match round % 4 {
            0 => imap.fetch("1:*", "(UID FLAGS)").await.is_ok(),
            1 => imap.search_uids(1, 100).await.is_ok(),
            2 => imap.list().await.is_ok(),
            _ => imap.examine("INBOX", None).await.is_ok(),
        };
        let told = bytes.windows(5).any(|window| window.eq_ignore_ascii_case(b"s1 OK"));
        assert!(told || !succeeded, "round {round}: a success out of nothing: {}", String::from_utf8_lossy(&bytes));
    }
}
