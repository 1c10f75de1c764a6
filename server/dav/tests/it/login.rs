//! Who is let in, and who is not locked out.

use crate::world::{ALICE, PASSWORD, Stage, basic, propfind, stage};
use crm::Secret;
use crm::ports::LetterAbout;
use dav::Caller;
use model::phone_sync::Doubt;
use std::net::IpAddr;

const AT_HOME: Caller = Caller { address: IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7)), secure: true };
const ELSEWHERE: Caller = Caller { address: IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9)), secure: true };

async fn knock(stage: &Stage, caller: Caller, name: &str, password: &str) -> u16 {
    let login = basic(name, password);
    let headers = [("depth", "0"), ("authorization", login.as_str())];
    stage.ask_from(caller, "PROPFIND", "/dav/", &headers, &propfind("<D:displayname/>")).await.status.as_u16()
}

/// [DAV-03] The password of the login works, however the name is written; a wrong one does not.
#[tokio::test]
async fn names_and_passwords() {
    let stage = stage().await;
    for name in [ALICE, "Alice@Sells.Example", "alice%40sells.example", "Alice%40sells%2Eexample"] {
        assert_eq!(knock(&stage, AT_HOME, name, PASSWORD).await, 207, "{name}");
    }
    for (name, password) in [(ALICE, "Warmtepomp2"), (ALICE, ""), ("bob@sells.example", PASSWORD), ("alice%2540sells.example", PASSWORD)] {
        assert_eq!(knock(&stage, AT_HOME, name, password).await, 401, "{name}");
    }
    for bad in ["Basic", "Basic !!", "Bearer x", "Basic YQ=="] {
        stage.ask_as_stranger("PROPFIND", "/dav/", &[("authorization", bad)], "").await.expect(401);
    }
    stage.close().await;
}

/// [DAV-03] A changed password ends what was remembered, at once; the new one works at once.
#[tokio::test]
async fn a_changed_password_counts_at_once() {
    let stage = stage().await;
    assert_eq!(knock(&stage, AT_HOME, ALICE, PASSWORD).await, 207);
    assert_eq!(knock(&stage, AT_HOME, ALICE, "Zonneboiler2").await, 401);
    stage.alice.change_password(Secret::new(PASSWORD), Secret::new("Zonneboiler2")).await.unwrap();
    assert_eq!(knock(&stage, AT_HOME, ALICE, PASSWORD).await, 401);
    assert_eq!(knock(&stage, AT_HOME, ALICE, "Zonneboiler2").await, 207);
    stage.close().await;
}

/// [TFA-08] A device password is shown once, works with and without its dashes, for its own user only, and until it is taken away.
#[tokio::test]
async fn device_passwords() {
    let stage = stage().await;
    let secret = stage.alice.add_device_password("iPhone".into()).await.unwrap();
    let secret = secret.reveal();
    assert_eq!((secret.len(), secret.matches('-').count()), (34, 6));
    for typed in [secret.to_owned(), secret.replace('-', ""), secret.to_uppercase(), secret.replace('-', " ")] {
        assert_eq!(knock(&stage, AT_HOME, ALICE, &typed).await, 207, "{typed}");
    }
    assert_eq!(knock(&stage, AT_HOME, "bob@sells.example", secret).await, 401);
    let page = stage.alice.phone_sync().await.unwrap();
    assert_eq!((page.passwords.len(), page.passwords[0].label.as_str()), (1, "iPhone"));
    assert!(page.devices.iter().any(|device| device.password.as_deref() == Some("iPhone")));
    stage.alice.remove_device_password(page.passwords[0].id).await.unwrap();
    assert_eq!(knock(&stage, AT_HOME, ALICE, secret).await, 401);
    assert!(stage.alice.remove_device_password(page.passwords[0].id).await.is_err());
    assert!(stage.alice.add_device_password("  ".into()).await.is_err());
    stage.close().await;
}

/// Password spraying: tries from elsewhere end in 429 and lock nobody's phone out.
#[tokio::test]
async fn spraying_locks_no_owner_out() {
    let stage = stage().await;
    let device = stage.alice.add_device_password("telefoon".into()).await.unwrap();
    let mut last = 0;
    for n in 0..12 {
        last = knock(&stage, ELSEWHERE, ALICE, &format!("Warmtepomp{}", n + 2)).await;
    }
    assert_eq!(last, 429);
    assert_eq!(knock(&stage, ELSEWHERE, ALICE, PASSWORD).await, 429, "Not even the right one, from there");
    assert_eq!(knock(&stage, ELSEWHERE, ALICE, device.reveal()).await, 207, "A device password is never counted");
    assert_eq!(knock(&stage, AT_HOME, ALICE, PASSWORD).await, 207);
    let told = stage.ask_from(ELSEWHERE, "PROPFIND", "/", &[("authorization", &basic(ALICE, "nogeens1A"))], "").await;
    assert_eq!(told.header("retry-after"), "900");
    // A quarter of an hour later.
    stage.clock.pass(1000);
    assert_eq!(knock(&stage, ELSEWHERE, ALICE, PASSWORD).await, 207);
    stage.close().await;
}

/// A phone that repeats an old password for ever is one try, not many.
#[tokio::test]
async fn the_same_wrong_password_is_counted_once() {
    let stage = stage().await;
    for _ in 0..40 {
        assert_eq!(knock(&stage, AT_HOME, ALICE, "Oudwachtwoord1").await, 401);
    }
    assert_eq!(knock(&stage, AT_HOME, ALICE, PASSWORD).await, 207);
    // A stranger's first look costs nothing either.
    for _ in 0..100 {
        stage.ask_as_stranger("PROPFIND", "/", &[("depth", "0")], "").await.expect(401);
    }
    assert_eq!(knock(&stage, AT_HOME, ALICE, PASSWORD).await, 207);
    stage.close().await;
}

/// T1: over plain http a password is not even looked at.
#[tokio::test]
async fn plain_http_is_refused() {
    let stage = stage().await;
    stage.add("Bob", "Buys").await;
    let plain = Caller { secure: false, ..AT_HOME };
    assert_eq!(knock(&stage, plain, ALICE, PASSWORD).await, 403);
    assert!(matches!(stage.alice.phone_sync().await.unwrap().doubt, Doubt::PlainHttp(_)));
    stage.close().await;
}

/// [DAV-02, DAV-09] The letter goes out, and the diagnosis follows what phones do.
#[tokio::test]
async fn the_diagnosis_follows() {
    let stage = stage().await;
    {
        let letters = stage.letters.0.lock().unwrap();
        assert_eq!(letters.last().unwrap().about, LetterAbout::PhoneSync { user_name: ALICE.into() });
        assert_eq!(letters.last().unwrap().to, ALICE);
    }
    let doubt = async || stage.alice.phone_sync().await.unwrap().doubt;
    assert_eq!(doubt().await, Doubt::NothingChosen);
    let bob = stage.add("Bob", "Buys").await;
    assert_eq!(doubt().await, Doubt::NeverSeen);
    knock(&stage, AT_HOME, ALICE, "Warmtepomp9").await;
    assert!(matches!(doubt().await, Doubt::WrongPassword(_)));
    stage.clock.pass(5);
    knock(&stage, AT_HOME, ALICE, PASSWORD).await;
    assert_eq!(doubt().await, Doubt::NoCards);
    stage.ask("GET", &stage.card(bob), &[], "").await.expect(200);
    assert_eq!(doubt().await, Doubt::None);
    // A day of silence, and the clock set back does no harm.
    stage.clock.pass(25 * 3600);
    assert!(matches!(doubt().await, Doubt::Quiet(_)));
    stage.clock.pass(-48 * 3600);
    assert_eq!(knock(&stage, AT_HOME, ALICE, PASSWORD).await, 207);
    stage.close().await;
}

/// Another company's user sees nothing of Alice's, whatever address she asks for.
#[tokio::test]
async fn nobody_reads_another_s_book() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let form = model::registration::Registration {
        first_name: "Mallory".into(),
        last_name: "Mala".into(),
        company: "Mala".into(),
        email: "mallory@mala.example".into(),
        password: PASSWORD.into(),
        language: model::registration::Language::En,
        time_zone: None,
    };
    let client = crm::Client { address: AT_HOME.address, language: model::registration::Language::En, replaces: None };
    let mallory = stage.crm.register(form, client).await.unwrap().session;
    mallory.turn_phone_sync_on("https://crm.example").await.unwrap();
    let login = basic("mallory@mala.example", PASSWORD);
    for path in [stage.principal(), stage.home(), stage.book(), bob.clone()] {
        let headers = [("depth", "1"), ("authorization", login.as_str())];
        stage.ask_as_stranger("PROPFIND", &path, &headers, &propfind("<D:getetag/>")).await.expect(404);
    }
    stage.ask_as_stranger("GET", &bob, &[("authorization", &login)], "").await.expect(404);
    let own = format!("/dav/books/{}/contacts/", mallory.me().user);
    let body = crate::world::multiget("<D:getetag/><C:address-data/>", std::slice::from_ref(&bob));
    let told = stage.ask_as_stranger("REPORT", &own, &[("authorization", &login)], &body).await;
    assert!(told.expect(207).of(&bob).contains("404") && !told.has("VCARD"));
    stage.close().await;
}
