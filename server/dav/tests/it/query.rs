//! Q: searches with filters.

use crate::world::{Stage, query, stage};
use model::ContactId;
use model::contact::{DetailForm, DetailKind};

async fn found(stage: &Stage, filter: &str, who: &[(&'static str, ContactId)]) -> Vec<&'static str> {
    let told = stage.ask("REPORT", &stage.book(), &[("depth", "1")], &query(filter)).await;
    told.expect(207);
    let names: Vec<_> = who.iter().filter(|(_, id)| told.has(&stage.card(*id))).map(|(name, _)| *name).collect();
    assert_eq!(told.count("<D:response>"), names.len());
    names
}

async fn cast(stage: &Stage) -> [(&'static str, ContactId); 3] {
    let (bob, zoe, carol) = (stage.add("Bob", "Buys").await, stage.add("Zoë", "Müller").await, stage.add("Carol", "Books, Ltd").await);
    let form = DetailForm { kind: DetailKind::Phone, label: "Assistent".into(), value: "030-1112222".into() };
    stage.alice.add_detail(bob, form).await.unwrap();
    stage.alice.tag_contact(carol, "vip".into()).await.unwrap();
    stage.alice.tag_contact(carol, "noord".into()).await.unwrap();
    [("bob", bob), ("zoe", zoe), ("carol", carol)]
}

/// Q1, Q2, Q3, Q4: what a filter lets through.
#[tokio::test]
async fn filters() {
    let stage = stage().await;
    let who = cast(&stage).await;
    let prop = |name: &str, inner: &str| format!("<C:prop-filter name=\"{name}\">{inner}</C:prop-filter>");
    let text = |attributes: &str, text: &str| format!("<C:text-match {attributes}>{text}</C:text-match>");
    let one = |inner: &str| format!("<C:filter>{inner}</C:filter>");
    for (filter, expected) in [
        // Q1
        (one(""), vec!["bob", "zoe", "carol"]),
        (String::new(), vec!["bob", "zoe", "carol"]),
        (one(&(prop("FN", &text("", "bob")) + &prop("FN", &text("", "carol")))), vec!["bob", "carol"]),
        (format!("<C:filter test=\"allof\">{}{}</C:filter>", prop("FN", &text("", "o")), prop("FN", &text("", "b"))), vec!["bob", "carol"]),
        // Q2
        (one(&prop("categories", "")), vec!["carol"]),
        (one(&prop("CATEGORIES", "<C:is-not-defined/>")), vec!["bob", "zoe"]),
        (one(&prop("TEL", &text("", "1112222"))), vec!["bob"]),
        (one(&prop("item1.TEL", &text("", "1112222"))), vec!["bob"]),
        (one(&prop("item2.TEL", "")), vec![]),
        (one(&format!("<C:prop-filter name=\"FN\" test=\"allof\">{}{}</C:prop-filter>", text("", "zo"), text("", "mü"))), vec!["zoe"]),
        // Q3
        (
            one(&prop("TEL", &format!("<C:param-filter name=\"type\">{}</C:param-filter>", text("match-type=\"equals\"", "cell")))),
            vec!["bob", "zoe", "carol"],
        ),
        (one(&prop("EMAIL", "<C:param-filter name=\"X-NONE\"/>")), vec![]),
        (one(&prop("FN", "<C:param-filter name=\"TYPE\"><C:is-not-defined/></C:param-filter>")), vec!["bob", "zoe", "carol"]),
        // Q4
        (one(&prop("FN", &text("collation=\"i;unicode-casemap\"", "MÜLLER"))), vec!["zoe"]),
        (one(&prop("FN", &text("collation=\"i;ascii-casemap\"", "MÜLLER"))), vec![]),
        (one(&prop("FN", &text("collation=\"i;ascii-casemap\"", "BUYS"))), vec!["bob"]),
        (one(&prop("FN", &text("collation=\"i;octet\"", "bob"))), vec![]),
        (one(&prop("FN", &text("match-type=\"equals\"", "Bob Buys"))), vec!["bob"]),
        (one(&prop("FN", &text("match-type=\"starts-with\"", "carol"))), vec!["carol"]),
        (one(&prop("FN", &text("match-type=\"ends-with\"", "buys"))), vec!["bob"]),
        (one(&prop("FN", &text("negate-condition=\"yes\"", "bob"))), vec!["zoe", "carol"]),
        // Values are compared as people read them.
        (one(&prop("FN", &text("", "books, ltd"))), vec!["carol"]),
    ] {
        assert_eq!(found(&stage, &filter, &who).await, expected, "{filter}");
    }
    stage.close().await;
}

/// Q5: what is not understood is refused by its name.
#[tokio::test]
async fn refusals() {
    let stage = stage().await;
    for (filter, error) in [
        (
            "<C:filter><C:prop-filter name=\"FN\"><C:text-match collation=\"i;klingon\">x</C:text-match></C:prop-filter></C:filter>",
            "<C:supported-collation/>",
        ),
        ("<C:filter><C:comp-filter name=\"VCARD\"/></C:filter>", "<C:supported-filter/>"),
        ("<C:filter><C:prop-filter name=\"FN\"><C:sounds-like/></C:prop-filter></C:filter>", "<C:supported-filter/>"),
    ] {
        let told = stage.ask("REPORT", &stage.book(), &[("depth", "1")], &query(filter)).await;
        assert!(told.expect(403).has(error), "{}", told.text);
    }
    stage.ask("REPORT", &stage.book(), &[], &query("<C:filter><C:prop-filter/></C:filter>")).await.expect(400);
    stage.close().await;
}

/// Q6, Q7: at most so many, and told that there are more; any depth is taken; a card can be asked too.
#[tokio::test]
async fn limits_and_depths() {
    let stage = stage().await;
    let who = cast(&stage).await;
    let limited = "<C:filter/><C:limit><C:nresults>2</C:nresults></C:limit>";
    let told = stage.ask("REPORT", &stage.book(), &[("depth", "1")], &query(limited)).await;
    assert_eq!((told.count("200 OK"), told.has("507 Insufficient Storage")), (2, true));
    assert!(told.of(&stage.book()).contains("<D:number-of-matches-within-limits/>"));
    let enough = "<C:filter/><C:limit><C:nresults>3</C:nresults></C:limit>";
    assert!(!stage.ask("REPORT", &stage.book(), &[], &query(enough)).await.has("507"));
    for depth in [None, Some("0"), Some("1"), Some("infinity")] {
        let headers: Vec<_> = depth.iter().map(|depth| ("depth", *depth)).collect();
        assert_eq!(stage.ask("REPORT", &stage.book(), &headers, &query("<C:filter/>")).await.count("<D:response>"), 3);
    }
    let told = stage.ask("REPORT", &stage.card(who[0].1), &[("depth", "0")], &query("<C:filter/>")).await;
    assert_eq!(told.expect(207).count("<D:response>"), 1);
    stage.close().await;
}
