//! Bad input and bad days.

use crate::world::{multiget, propfind, stage, sync};
use model::contact::{ContactField, ContactForm};
use proptest::prelude::*;
use std::fmt::Write as _;

/// H5: malformed XML, document types, bombs, names of a megabyte.
#[tokio::test]
async fn what_is_no_request() {
    let stage = stage().await;
    stage.add("Bob", "Buys").await;
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>\
        <D:propfind xmlns:D=\"DAV:\"><D:prop><D:displayname>&c;</D:displayname></D:prop></D:propfind>";
    let outside = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><D:propfind xmlns:D=\"DAV:\"><D:prop>&a;</D:prop></D:propfind>";
    let long_name = propfind(&format!("<x{} xmlns=\"urn:x\"/>", "y".repeat(1_000_000)));
    let many = propfind(&(0..5_000).fold(String::new(), |mut all, n| {
        let _ = write!(all, "<x{n} xmlns=\"urn:x\"/>");
        all
    }));
    for bad in ["<", "no xml", "<a><b></a>", "<D:propfind/>", "<propfind xmlns=\"urn:other\"/>", bomb, outside, &long_name, &many] {
        for path in ["/", &stage.book()] {
            stage.ask("PROPFIND", path, &[("depth", "1")], bad).await.expect(400);
        }
        let told = stage.ask("REPORT", &stage.book(), &[("depth", "1")], bad).await;
        assert!(matches!(told.status.as_u16(), 400 | 403), "{}", told.status);
    }
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let told = stage.ask("PROPFIND", "/", &[("depth", "0")], &deep).await;
    assert_eq!(told.status.as_u16(), 400);
    stage.propfind(&stage.book(), "1", "<D:getetag/>").await.expect(207);
    stage.close().await;
}

/// 10,000 addresses in one body, foreign ones and tricks among them; more than any client sends is refused.
#[tokio::test]
async fn large_bodies() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let mut hrefs: Vec<_> = (0..10_000).map(|n| format!("{}{n}.vcf", stage.book())).collect();
    hrefs.extend([bob.clone(), "/dav/books/%2e%2e/%2e%2e/etc/passwd".into(), "https://evil.example/x.vcf".into(), "\u{202e}".into()]);
    let told = stage.ask("REPORT", &stage.book(), &[], &multiget("<D:getetag/><C:address-data/>", &hrefs)).await;
    assert_eq!((told.expect(207).count("<D:response>"), told.count("404 Not Found")), (10_004, 10_003));
    assert!(told.of(&bob).contains("BEGIN:VCARD"));
    let huge = format!("<!--{}-->", "x".repeat(9 * 1024 * 1024));
    stage.ask("REPORT", &stage.book(), &[], &huge).await.expect(413);
    let stranger = format!("<!--{}-->", "x".repeat(200 * 1024));
    stage.ask_as_stranger("PROPFIND", "/", &[], &stranger).await.expect(413);
    stage.close().await;
}

/// One control character in one card makes an iPhone ask for the same cards for ever: none gets out.
#[tokio::test]
async fn a_contact_that_cannot_be_written_down_is() {
    let stage = stage().await;
    let form = ContactForm { first_name: "B\u{1}o\u{b}b".into(), last_name: "<&>\u{fffe}]]>".into(), ..ContactForm::default() };
    let bob = stage.alice.add_contact(form).await.unwrap();
    let note = "regel\r\nnog een\u{7}; , \\ é\u{1f600}".repeat(400);
    stage.alice.change_contact(bob, ContactField::Note, note.chars().take(19_000).collect()).await.unwrap();
    let told = stage.ask("REPORT", &stage.book(), &[], &multiget("<C:address-data/>", &[stage.card(bob)])).await;
    assert!(told.has("FN:Bob &lt;&amp;&gt;]]&gt;"), "{}", told.text);
    let xml = roxmltree::Document::parse(&told.text).unwrap();
    let card = xml.descendants().find(|node| node.tag_name().name() == "address-data").unwrap().text().unwrap();
    // XML turns CRLF into LF; clients put it back.
    assert_eq!(card.replace('\n', "\r\n"), stage.ask("GET", &stage.card(bob), &[], "").await.text);
    stage.close().await;
}

/// A request that is dropped between the change and its number leaves neither.
#[tokio::test]
async fn a_change_and_its_number_are_one() {
    let stage = stage().await;
    stage.add("Bob", "Buys").await;
    let token = stage.token().await;
    // The verb is dropped before it commits, as by a kill.
    let form = ContactForm { first_name: "Carol".into(), ..ContactForm::default() };
    drop(stage.alice.add_contact(form));
    let (told, same) = stage.changes(&token, "").await;
    assert_eq!((told.count("<D:response>"), same), (0, token));
    stage.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    /// Whatever is sent, there is an answer, and what is XML parses.
    #[test]
    fn any_body_gets_an_answer(body in "\\PC{0,200}", method in prop::sample::select(vec!["PROPFIND", "REPORT", "PROPPATCH"]), tail in "[ -~]{0,30}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = stage().await;
            let path = format!("{}{}", stage.book(), tail.replace(['?', '#', ' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}'], ""));
            for sent in [body.clone(), sync(&body.replace(['<', '&'], ""), "")] {
                let told = stage.ask(method, &path, &[("depth", "0")], &sent).await;
                assert!(told.status.as_u16() < 500, "{}", told.status);
            }
            stage.close().await;
        });
    }
}
