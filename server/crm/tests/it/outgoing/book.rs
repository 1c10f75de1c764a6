//! The address book of a letter.

use super::*;
use model::contact::{ContactForm, ContactKind, DetailForm, DetailKind};
use model::outgoing::BookEntry;
use model::{Cursor, Page, Role};

async fn page(session: &Session, search: &str, after: Option<Cursor>) -> Page<BookEntry> {
    session.list_address_book(search.into(), after).await.unwrap()
}

fn names(page: &Page<BookEntry>) -> Vec<&str> {
    page.rows.iter().map(|entry| entry.contact.name.as_str()).collect()
}

/// [CMP-06] Whoever can be written to, with each address; found by name, company, address and tag.
#[tokio::test]
async fn who_can_be_written_to() {
    let (stage, alice, _) = open().await;
    assert!(page(&alice, "", None).await.rows.is_empty());
    let company = ContactForm { kind: ContactKind::Company, company: "Bakker Bouw".into(), ..ContactForm::default() };
    let company = alice.add_contact(company).await.unwrap();
    let jan = alice.add_contact(ContactForm { employer: Some(company), ..person("Jan", "Bakker", JAN) }).await.unwrap();
    stage.clock.pass(1);
    let piet = alice.add_contact(person("Piet", "Elders", PIET)).await.unwrap();
    alice.add_contact(person("Stil", "Zonder", "")).await.unwrap();
    let gone = alice.add_contact(person("Weg", "Bakker", "weg@bakker.example")).await.unwrap();
    alice.set_contact_active(gone, false).await.unwrap();
    let home = DetailForm { kind: DetailKind::Email, label: "priv\u{e9}".into(), value: "jan@thuis.example".into() };
    alice.add_detail(jan, home).await.unwrap();
    let phone = DetailForm { kind: DetailKind::Mobile, label: String::new(), value: "0612345678".into() };
    alice.add_detail(piet, phone).await.unwrap();
    alice.tag_contact(piet, "vip".into()).await.unwrap();

    let all = page(&alice, "", None).await;
    assert_eq!((names(&all), all.next), (vec!["Piet Elders", "Jan Bakker"], None), "not who has none, nor who is inactive");
    let addresses: Vec<_> = all.rows[1].addresses.iter().map(|one| (one.label.as_str(), one.address.as_str())).collect();
    assert_eq!((all.rows[1].sub.as_str(), addresses), ("Bakker Bouw", vec![("", JAN), ("priv\u{e9}", "jan@thuis.example")]));
    assert_eq!(all.rows[0].addresses.len(), 1);
    for (typed, found) in [("bakk", "Jan Bakker"), ("thuis.example", "Jan Bakker"), ("bouw", "Jan Bakker"), ("#vip", "Piet Elders")] {
        assert_eq!(names(&page(&alice, typed, None).await), [found], "{typed}");
    }
    assert!(page(&alice, "niemand", None).await.rows.is_empty());
    alice.delete_contact(jan).await.unwrap();
    assert_eq!(names(&page(&alice, "", None).await), ["Piet Elders"]);
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert_eq!(names(&page(&bob, "", None).await), ["Piet Elders"], "contacts are everybody's");
    stage.close().await;
}

/// [CMP-06] A page at a time, by key: nobody twice and nobody passed over.
#[tokio::test]
async fn a_large_book() {
    let (stage, alice, _) = open().await;
    for number in 0..120 {
        stage.clock.pass(number % 3);
        let address = if number % 4 == 0 { String::new() } else { format!("n{number}@bakker.example") };
        alice.add_contact(person(&format!("N{number}"), "Bakker", &address)).await.unwrap();
    }
    let (mut after, mut seen, mut sizes) = (None, std::collections::HashSet::new(), Vec::new());
    loop {
        let page = page(&alice, "bakker", after).await;
        sizes.push(page.rows.len());
        for entry in page.rows {
            assert!(seen.insert(entry.contact.id));
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((sizes, seen.len()), (vec![50, 40], 90));
    stage.close().await;
}
