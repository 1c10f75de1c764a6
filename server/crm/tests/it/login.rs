use crate::world::{PASSWORD, client, form, stage};
use crm::{Client, Error, Secret};
use model::{Invalid, Problem, Role};
use std::net::IpAddr;

/// [REG-03, REG-06, REG-09] Registering makes a company and logs in at once, with every right.
#[tokio::test]
async fn registering() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let me = alice.me();
    assert_eq!((me.first_name.as_str(), me.company.as_str(), me.role), ("Alice", "Alfa", Role::SuperAdmin));
    let bob = stage.register("Bob", "Beta").await;
    assert_ne!(alice.company(), bob.company());
    stage.close().await;
}

/// [REG-08] An address in use is refused, in whatever case it is typed.
#[tokio::test]
async fn an_address_in_use_is_refused() {
    let stage = stage().await;
    stage.register("Alice", "Alfa").await;
    let mut again = form("Alice", "Alfa");
    again.email = "ALICE@alfa.example".into();
    let refused = stage.crm.register(again, client()).await.err();
    assert!(matches!(refused, Some(Error::Invalid(found)) if found == [Invalid::new("email", Problem::EmailInUse)]));
    stage.close().await;
}

/// [REG-02, REG-07] Every mistake at its own field, at once; and nothing is made.
#[tokio::test]
async fn a_wrong_form_makes_nothing() {
    let stage = stage().await;
    let mut wrong = form("Alice", "Alfa");
    wrong.company = " ".into();
    wrong.password = "kort".into();
    let Err(Error::Invalid(found)) = stage.crm.register(wrong, client()).await else { panic!("it was taken") };
    let fields: Vec<_> = found.iter().map(|invalid| invalid.field.as_str()).collect();
    assert!(fields.contains(&"company") && fields.contains(&"password"), "{fields:?}");
    assert!(stage.crm.list_companies().await.unwrap().is_empty());
    stage.close().await;
}

/// [REG-11] E-mail address and password; a wrong one does not say which of the two is wrong.
#[tokio::test]
async fn logging_in() {
    let stage = stage().await;
    stage.register("Alice", "Alfa").await;
    let signed_in = stage.crm.sign_in(" Alice@ALFA.example ", Secret::new(PASSWORD), client()).await.unwrap();
    let session = stage.crm.session(signed_in.token.reveal()).await.unwrap();
    assert_eq!(session.me().first_name, "Alice");

    let wrong = [Invalid::new("password", Problem::WrongCredentials)];
    for (email, password) in [("alice@alfa.example", "Verkeerd1"), ("nobody@alfa.example", PASSWORD)] {
        let refused = stage.crm.sign_in(email, Secret::new(password), client()).await.err();
        assert!(matches!(refused, Some(Error::Invalid(found)) if found == wrong), "{email}");
    }
    assert!(matches!(stage.crm.session("made-up").await, Err(Error::SignIn)));
    stage.close().await;
}

/// [SEC-05] After ten wrong passwords the right one is not listened to either, until a quarter of an hour has passed.
#[tokio::test]
async fn wrong_passwords_are_counted() {
    let stage = stage().await;
    stage.register("Alice", "Alfa").await;
    let attempt = async |password: &str| stage.crm.sign_in("alice@alfa.example", Secret::new(password), client()).await.map(drop);
    for _ in 0..10 {
        assert!(matches!(attempt("Verkeerd1").await, Err(Error::Invalid(_))));
    }
    assert!(matches!(attempt(PASSWORD).await, Err(Error::TooMany(_))));
    stage.clock.pass(15 * 60 + 1);
    attempt(PASSWORD).await.unwrap();
    stage.close().await;
}

/// [SEC-05] Many logins from one client are slowed, whichever addresses it tries.
#[tokio::test]
async fn one_client_cannot_try_every_address() {
    let stage = stage().await;
    let mallory = Client { address: IpAddr::from([198, 51, 100, 9]), ..client() };
    let mut outcomes = Vec::new();
    for number in 0..51 {
        let outcome = stage.crm.sign_in(&format!("user{number}@alfa.example"), Secret::new("Gegokt123"), mallory.clone()).await;
        outcomes.push(matches!(outcome, Err(Error::TooMany(_))));
    }
    assert_eq!(outcomes.iter().filter(|slowed| **slowed).count(), 1, "the first fifty are listened to");
    stage.close().await;
}

/// [REG-11, SEC-05] The session the browser had ends when another begins; logging out ends it too; thirty idle days as well.
#[tokio::test]
async fn sessions_end() {
    let stage = stage().await;
    let first = stage.crm.register(form("Alice", "Alfa"), client()).await.unwrap();
    let replaces = Client { replaces: Some(first.token.clone()), ..client() };
    let second = stage.crm.sign_in("alice@alfa.example", Secret::new(PASSWORD), replaces).await.unwrap();
    assert!(matches!(stage.crm.session(first.token.reveal()).await, Err(Error::SignIn)));

    second.session.sign_out().await.unwrap();
    assert!(matches!(stage.crm.session(second.token.reveal()).await, Err(Error::SignIn)));

    let third = stage.crm.sign_in("alice@alfa.example", Secret::new(PASSWORD), client()).await.unwrap();
    stage.clock.pass(20 * 24 * 3600);
    stage.crm.session(third.token.reveal()).await.unwrap();
    stage.clock.pass(20 * 24 * 3600);
    stage.crm.session(third.token.reveal()).await.expect("a visit makes it last");
    stage.clock.pass(31 * 24 * 3600);
    assert!(matches!(stage.crm.session(third.token.reveal()).await, Err(Error::SignIn)));
    stage.close().await;
}

/// [REG-12] A reset link works once, for an hour, and ends every other session.
#[tokio::test]
async fn resetting_a_password() {
    let stage = stage().await;
    let before = stage.crm.register(form("Alice", "Alfa"), client()).await.unwrap();
    stage.crm.ask_reset("Alice@alfa.example", client()).await.unwrap();
    let token = stage.letters.token();
    assert!(matches!(stage.crm.reset(&token, Secret::new("zwak"), client()).await, Err(Error::Invalid(_))), "the rules hold here too");

    stage.crm.reset(&token, Secret::new("Nieuwer99"), client()).await.unwrap();
    assert!(matches!(stage.crm.session(before.token.reveal()).await, Err(Error::SignIn)));
    assert!(stage.crm.sign_in("alice@alfa.example", Secret::new(PASSWORD), client()).await.is_err());
    stage.crm.sign_in("alice@alfa.example", Secret::new("Nieuwer99"), client()).await.unwrap();
    let again = stage.crm.reset(&token, Secret::new("Nogmaals99"), client()).await.err();
    assert!(matches!(again, Some(Error::Invalid(found)) if found == [Invalid::new("token", Problem::LinkExpired)]));

    stage.crm.ask_reset("alice@alfa.example", client()).await.unwrap();
    let late = stage.letters.token();
    stage.clock.pass(3601);
    assert!(stage.crm.reset(&late, Secret::new("Telaat999"), client()).await.is_err());
    stage.close().await;
}

/// [REG-12] Whether there is such a login is not told; and nobody's mailbox is flooded.
#[tokio::test]
async fn asking_for_a_reset_tells_nothing() {
    let stage = stage().await;
    stage.register("Alice", "Alfa").await;
    stage.crm.ask_reset("nobody@alfa.example", client()).await.unwrap();
    assert_eq!(stage.letters.count(), 0);
    for _ in 0..6 {
        stage.crm.ask_reset("alice@alfa.example", client()).await.unwrap();
    }
    assert_eq!(stage.letters.count(), 3);
    stage.close().await;
}

/// [USR-06] The old password once, the new one by the rules; other sessions end, this one goes on.
#[tokio::test]
async fn changing_a_password() {
    let stage = stage().await;
    let here = stage.crm.register(form("Alice", "Alfa"), client()).await.unwrap();
    let there = stage.crm.sign_in("alice@alfa.example", Secret::new(PASSWORD), client()).await.unwrap();
    let refused = here.session.change_password(Secret::new("Verkeerd1"), Secret::new("Nieuwer99")).await.err();
    assert!(matches!(refused, Some(Error::Invalid(found)) if found == [Invalid::new("old_password", Problem::WrongPassword)]));
    here.session.change_password(Secret::new(PASSWORD), Secret::new("Nieuwer99")).await.unwrap();
    stage.crm.session(here.token.reveal()).await.unwrap();
    assert!(matches!(stage.crm.session(there.token.reveal()).await, Err(Error::SignIn)));
    stage.close().await;
}
