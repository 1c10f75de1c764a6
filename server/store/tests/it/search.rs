//! The same words find the same messages and contacts on both databases.

use crate::story::{add_account, add_folder, add_type, message, person};
use crate::world::{NOON, World, id};
use crm::ports::{NewMessage, Sought, Tx};
use model::contact::{ContactKind, DetailForm, DetailKind};
use model::inbox::Place;
use model::mail_account::FolderRole;
use model::message::{AttachmentMeta, Participant, ParticipantRole};
use model::preferences::DateFormat;
use model::search::{Field, Older, Phrase, Query, What};
use model::{Day, UserId};

fn letter(n: u64, from: &str, subject: &str, body: &str) -> NewMessage {
    let mut new = message(n, 1, i64::try_from(n).unwrap(), from);
    new.parsed.subject = subject.into();
    new.parsed.search_text = body.into();
    new
}

/// The phrases of what is typed; the rest of a query is the verb's to read.
fn sought(typed: &str) -> Sought {
    let query = Query::read(typed, Day { year: 2026, month: 1, day: 1 }, DateFormat::DayMonthYear);
    let phrases = query.clauses.into_iter().filter_map(|clause| match clause.what {
        What::Words(phrase) => Some((clause.not, phrase)),
        _ => None,
    });
    Sought { reader: Some(id(1)), phrases: phrases.collect(), ..Sought::default() }
}

async fn found(tx: &mut dyn Tx, sought: &Sought) -> Vec<String> {
    let found = tx.search_messages(sought, None, 50).await.unwrap();
    assert_eq!(found.next, None);
    found.records.into_iter().map(|record| record.subject).collect()
}

async fn say(tx: &mut dyn Tx, typed: &str) -> Vec<String> {
    found(tx, &sought(typed)).await
}

async fn names(tx: &mut dyn Tx, words: &str) -> Vec<String> {
    tx.search_contacts(words, false, 50)
        .await
        .unwrap()
        .into_iter()
        .map(|row| format!("{} {}{}", row.first_name, row.last_name, row.company))
        .collect()
}

/// [CON-10, CON-21] People, subject, body and attachment names; accents and case make no difference; newest first.
#[tokio::test]
async fn the_same_words_find_the_same() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut held = company.write(None, NOON).await.unwrap();
        let tx = &mut *held;
        add_type(tx).await;
        add_account(tx, 1).await;
        add_folder(tx, 1, 1, FolderRole::Inbox).await;
        add_folder(tx, 2, 1, FolderRole::Trash).await;

        let mut offer = letter(
            1,
            "jan@bakker-bouw.example",
            "Offerte 2026-041 rev. B",
            "De leverancier heeft week 49 bevestigd: café Müller, €8.412,50",
        );
        offer.parsed.attachments = vec![AttachmentMeta {
            part: 1,
            name: "tekening_dak-2.pdf".into(),
            mime: "application/pdf".into(),
            size: 1,
            content_id: None,
            inline: false,
        }];
        let answer = letter(2, "piet@elders.example", "Re: offerte", "Graag week 50. Zie https://voorbeeld.example/pad/49 AND NOT \"zo\"");
        let mut sent = letter(3, "alice@sells.example", "Opvangbak", "weekend, 49 zakken; Jan weet ervan");
        sent.parsed.participants.push(Participant {
            role: ParticipantRole::Cc,
            name: "Jan Bakker".into(),
            address: "jan@bakker-bouw.example".into(),
        });
        let mut gone = letter(4, "jan@bakker-bouw.example", "Weggegooid", "week 49");
        gone.location = Some((id(2), 4));
        tx.put_messages(&[offer, answer, sent, gone]).await.unwrap();

        assert_eq!(say(tx, "OFFERTE ").await, ["Re: offerte", "Offerte 2026-041 rev. B"], "newest first");
        assert_eq!(say(tx, "cafe muller ").await, ["Offerte 2026-041 rev. B"]);
        assert_eq!(say(tx, "\"week 49\"").await, ["Offerte 2026-041 rev. B"]);
        assert_eq!(say(tx, "week 49 ").await, ["Re: offerte", "Offerte 2026-041 rev. B"], "anywhere in it");
        assert_eq!(say(tx, "week ").await.len(), 2, "a whole word");
        assert_eq!(say(tx, "wee").await.len(), 3, "the beginning of one that is still typed");
        assert_eq!(say(tx, "offerte -rev ").await, ["Re: offerte"]);
        assert_eq!(say(tx, "-offerte ").await, ["Opvangbak"], "with nothing else to look for");
        assert_eq!(say(tx, "tekening ").await, ["Offerte 2026-041 rev. B"], "by a piece of an attachment's name");
        assert_eq!(say(tx, "bijlage:dak subject:2026-041 ").await, ["Offerte 2026-041 rev. B"]);
        assert_eq!(say(tx, "subject:week ").await, [""; 0]);
        assert_eq!(say(tx, "bakker ").await, ["Opvangbak", "Offerte 2026-041 rev. B"], "by a piece of an address");
        assert_eq!(say(tx, "jan@bakker-bouw.example").await, ["Opvangbak", "Offerte 2026-041 rev. B"]);
        assert_eq!(say(tx, "van:jan ").await, ["Offerte 2026-041 rev. B"]);
        assert_eq!(say(tx, "aan:\"jan bakker\"").await, ["Opvangbak"]);
        assert_eq!(say(tx, "jan -van:jan ").await, ["Opvangbak"]);
        assert_eq!(say(tx, "and not zo").await, ["Re: offerte"], "words of the index's own language are words");
        assert_eq!(say(tx, "8.412,50 ").await, ["Offerte 2026-041 rev. B"]);
        assert_eq!(say(tx, "nergens ").await, [""; 0]);
        for odd in ["\"", "a*", "(", "NEAR(a b)", "{subject}: x", "'", "\\", "x:*", "&|!<->", "\u{0}", "😀", "- -", "été'"] {
            say(tx, odd).await;
        }
        let everywhere = Sought { everywhere: true, ..sought("week 49 ") };
        assert_eq!(found(tx, &everywhere).await, ["Weggegooid", "Re: offerte", "Offerte 2026-041 rev. B"]);
        let trash = Sought { places: vec![(false, Place::Trash)], ..sought("") };
        assert_eq!(found(tx, &trash).await, ["Weggegooid"]);
        let filed = Sought { attachment: Some(true), ..sought("") };
        assert_eq!(found(tx, &filed).await, ["Offerte 2026-041 rev. B"]);
        let since = Sought { from: Some(NOON.plus_seconds(2)), until: Some(NOON.plus_seconds(3)), ..sought("") };
        assert_eq!(found(tx, &since).await, ["Re: offerte"]);
        let folder = Sought { folders: vec![(false, vec![id(2)])], everywhere: true, ..sought("") };
        assert_eq!(found(tx, &folder).await, ["Weggegooid"]);

        assert_eq!(found(tx, &Sought { reader: Some(id::<UserId>(9)), ..sought("offerte ") }).await, [""; 0], "not another user's");
        tx.add_contact(&person(1, "Jan", "Bakker"), NOON).await.unwrap();
        let form = DetailForm { kind: DetailKind::Email, label: String::new(), value: "jan@bakker-bouw.example".into() };
        tx.put_detail(id(1), id(1), &form, "jan@bakker-bouw.example").await.unwrap();
        tx.link_address(id(1), "jan@bakker-bouw.example").await.unwrap();
        assert_eq!(found(tx, &Sought { reader: None, ..sought("offerte ") }).await, ["Offerte 2026-041 rev. B"], "what is in an archive");
        tx.unlink(id(1001), id(1)).await.unwrap();
        assert_eq!(found(tx, &Sought { reader: None, ..sought("offerte ") }).await, [""; 0]);
        tx.link(id(1002), id(1)).await.unwrap();
        let within = |typed: &str| Sought { contacts: vec![(false, vec![id(1)])], ..sought(typed) };
        assert_eq!(found(tx, &within("")).await, ["Opvangbak", "Re: offerte"]);
        assert_eq!(found(tx, &within("offerte ")).await, ["Re: offerte"], "linked by hand");
        assert_eq!(found(tx, &Sought { contacts: vec![(false, vec![])], ..sought("") }).await, [""; 0], "of nobody");
        let tag = tx.tag_named(id(1), "Vaste klant").await.unwrap();
        tx.tag_contact(id(1), tag.id).await.unwrap();
        assert_eq!(found(tx, &Sought { tags: vec![(false, vec![tag.id])], ..sought("") }).await, ["Opvangbak", "Re: offerte"]);
        assert_eq!(tx.search_tags("KLA", 5).await.unwrap(), std::slice::from_ref(&tag));
        assert_eq!(tx.search_tags("a%", 5).await.unwrap(), []);

        let mut firm = person(2, "", "");
        (firm.kind, firm.company) = (ContactKind::Company, "Bäkkerij 't Hoekje".into());
        tx.add_contact(&firm, NOON.plus_seconds(9)).await.unwrap();
        let phone = DetailForm { kind: DetailKind::Phone, label: String::new(), value: "06 1234".into() };
        tx.put_detail(id(2), id(2), &phone, "+31612345678").await.unwrap();
        assert_eq!(names(tx, "bak").await, [" Bäkkerij 't Hoekje", "Jan Bakker"], "latest interaction first");
        assert_eq!(names(tx, "bakker jan").await, ["Jan Bakker"]);
        for typed in ["bouw", "jan@bak", "b jan", "bakker #vaste", "#vas"] {
            assert_eq!(names(tx, typed).await, ["Jan Bakker"], "{typed}");
        }
        for typed in ["hoek", "06-1234", "+31612"] {
            assert_eq!(names(tx, typed).await, [" Bäkkerij 't Hoekje"], "{typed}");
        }
        assert_eq!(names(tx, "akker").await, [""; 0]);
        held.commit().await.unwrap();
        store.close().await;
    }
}

/// A thousand messages with one word: pages by key without a gap or a repeat, though many came in the same second, and however few are the reader's.
#[tokio::test]
async fn pages_have_no_gaps() {
    for world in World::all().await {
        let (store, company) = world.company().await;
        let mut held = company.write(None, NOON).await.unwrap();
        let tx = &mut *held;
        add_type(tx).await;
        add_account(tx, 1).await;
        add_folder(tx, 1, 1, FolderRole::Inbox).await;
        tx.add_contact(&person(1, "Jan", "Bakker"), NOON).await.unwrap();
        let jan = "jan@bakker.example";
        let form = DetailForm { kind: DetailKind::Email, label: String::new(), value: jan.into() };
        tx.put_detail(id(1), id(1), &form, jan).await.unwrap();
        let batch: Vec<_> = (1..=1000)
            .map(|n| {
                let mut new =
                    letter(n, if n % 3 == 0 { jan } else { "wie@elders.example" }, &format!("s{n}"), &format!("zonnebloem zon{n} rest"));
                new.at = NOON.plus_seconds(i64::try_from(n / 7).unwrap());
                if n % 250 != 0 {
                    new.owner = id(2);
                }
                new
            })
            .collect();
        tx.put_messages(&batch).await.unwrap();

        let jans: Vec<u64> = (1..=1000).filter(|n| n % 3 == 0).collect();
        let own: Vec<u64> = (1..=1000).filter(|n| n % 3 == 0 || n % 250 == 0).collect();
        let within = |typed: &str| Sought { contacts: vec![(false, vec![id(1)])], ..sought(typed) };
        for (asked, expected) in [
            (sought("zonnebloem "), &own),
            (sought("zon"), &own),
            (sought("van:jan "), &jans),
            (sought(""), &own),
            (within("zonnebloem "), &jans),
            (within(""), &jans),
            (
                Sought { reader: Some(id(2)), places: vec![(false, Place::Inbox)], ..sought("") },
                &(1..=1000).filter(|n| n % 250 != 0).collect(),
            ),
        ] {
            let mut all = Vec::new();
            let mut older = None;
            loop {
                let page = tx.search_messages(&asked, older, 50).await.unwrap();
                assert!(page.records.len() <= 50);
                all.extend(page.records.iter().map(|record| (record.at, record.subject.clone())));
                assert!(page.next.is_none_or(|next: Older| older.is_none_or(|older: Older| next.0 < older.0)), "it goes on");
                older = page.next;
                if older.is_none() {
                    break;
                }
            }
            assert!(all.is_sorted_by(|a, b| a.0 >= b.0), "newest first");
            let mut numbers: Vec<u64> = all.iter().map(|(_, subject)| subject.trim_start_matches('s').parse().unwrap()).collect();
            numbers.sort_unstable();
            assert_eq!(&numbers, expected, "{asked:?}");
        }
        let exact = Phrase { field: Field::Any, words: vec!["zon77".into()], prefix: true, typed: String::new() };
        let asked = Sought { reader: Some(id(2)), phrases: vec![(false, exact)], ..Sought::default() };
        assert_eq!(found(tx, &asked).await.len(), 11, "zon77 and zon770 to zon779");
        held.commit().await.unwrap();
        store.close().await;
    }
}
