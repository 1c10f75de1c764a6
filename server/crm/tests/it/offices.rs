use crate::contacts::person;
use crate::world::{PASSWORD, client, stage};
use crm::Secret;
use futures::StreamExt;
use model::contact::ContactFilter;

/// [SEC-01] The stage keeps one company open. The work of another closes it, and it opens again as it was.
#[tokio::test]
async fn a_company_closed_for_another_opens_as_it_was() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    alice.add_contact(person("Jan", "Bakker", "jan@bakker.example")).await.unwrap();
    drop(alice);
    stage.register("Bob", "Beta").await;
    let alice = stage.crm.sign_in("alice@alfa.example", Secret::new(PASSWORD), client()).await.unwrap().session;
    assert_eq!(alice.list_contacts(ContactFilter::default(), None).await.unwrap().rows.len(), 1);
    stage.close().await;
}

/// [INB-01] Whoever holds a company keeps it open, so that two who came by different ways hear of each other's changes.
#[tokio::test]
async fn a_company_is_open_once_however_often_it_is_asked_for() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let mut wakes = alice.wakes();
    stage.register("Bob", "Beta").await;
    let elsewhere = stage.crm.sign_in("alice@alfa.example", Secret::new(PASSWORD), client()).await.unwrap().session;
    let before = elsewhere.last_change().await.unwrap();
    elsewhere.add_contact(person("Jan", "Bakker", "jan@bakker.example")).await.unwrap();
    while wakes.next().await.unwrap() <= before {}
    stage.close().await;
}
