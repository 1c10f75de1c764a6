//! Recorded sequences: what the programs on phones and desks really send, in their order, and what each one needs to see.

use crate::world::{Stage, Told, basic, multiget, stage, sync};

const CS: &str = r#"xmlns:A="DAV:" xmlns:B="urn:ietf:params:xml:ns:carddav" xmlns:C="http://calendarserver.org/ns/" xmlns:M="http://me.com/_namespace/""#;

fn find(props: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><A:propfind {CS}><A:prop>{props}</A:prop></A:propfind>")
}

const IOS: [(&str, &str); 4] =
    [("user-agent", "iOS/18.4 (22E240) accountsd/1.0"), ("brief", "t"), ("prefer", "return=minimal"), ("content-type", "text/xml")];

async fn apple(stage: &Stage, method: &str, path: &str, depth: &str, body: &str) -> Told {
    let login = basic("alice%40sells.example", crate::world::PASSWORD);
    let mut headers = IOS.to_vec();
    headers.extend([("depth", depth), ("authorization", login.as_str())]);
    stage.ask_as_stranger(method, path, &headers, body).await
}

/// [DAV-14] iOS and macOS: from the bare host to the cards, with the name percent-encoded.
#[tokio::test]
async fn apple_sets_up_an_account() {
    let stage = stage().await;
    let hrefs = [stage.card(stage.add("Bob", "Buys").await), stage.card(stage.add("Carol", "Books").await)];
    let principal = find("<A:current-user-principal/><A:principal-URL/><A:resourcetype/>");
    let mut first = IOS.to_vec();
    first.push(("depth", "0"));
    for path in ["/.well-known/carddav", "/", "/principals/"] {
        stage.ask_as_stranger("PROPFIND", path, &first, &principal).await.expect(401);
        let told = apple(&stage, "PROPFIND", path, "0", &principal).await;
        assert_eq!(told.expect(207).between("<D:current-user-principal><D:href>", "<"), stage.principal());
    }
    assert!(apple(&stage, "OPTIONS", &stage.principal(), "0", "").await.header("dav").contains("addressbook"));
    let props = "<B:addressbook-home-set/><B:directory-gateway/><A:displayname/><C:email-address-set/><A:principal-collection-set/>\
        <A:principal-URL/><A:resource-id/><A:supported-report-set/>";
    let told = apple(&stage, "PROPFIND", &stage.principal(), "0", &find(props)).await;
    assert_eq!(told.between("<C:addressbook-home-set><D:href>", "<"), stage.home());
    assert!(told.has("alice@sells.example") && !told.has("404"));
    let props = "<A:add-member/><M:bulk-requests/><A:current-user-privilege-set/><A:displayname/><B:max-image-size/><B:max-resource-size/>\
        <C:me-card/><A:owner/><C:push-transports/><C:pushkey/><A:quota-available-bytes/><A:quota-used-bytes/><A:resource-id/>\
        <A:resourcetype/><A:supported-report-set/><A:sync-token/>";
    let told = apple(&stage, "PROPFIND", &stage.home(), "1", &find(props)).await;
    assert_eq!(told.count("<C:addressbook/>"), 1, "With two, macOS reads the wrong one");
    let me_card =
        format!("<A:propertyupdate {CS}><A:set><A:prop><C:me-card><A:href>x</A:href></C:me-card></A:prop></A:set></A:propertyupdate>");
    apple(&stage, "PROPPATCH", &stage.home(), "0", &me_card).await.expect(207);
    let told = apple(&stage, "PROPFIND", &stage.book(), "0", &find("<C:getctag/><A:sync-token/>")).await;
    assert!(told.has("<S:getctag>") && told.has("<D:sync-token>"), "Without a ctag macOS asks for no card");
    assert_eq!(apple(&stage, "PROPFIND", &stage.book(), "1", &find("<A:getetag/>")).await.count("<D:getetag>"), 2);
    let told = apple(&stage, "REPORT", &stage.book(), "1", &multiget("<D:getetag/><C:address-data/>", &hrefs)).await;
    assert_eq!(told.count("BEGIN:VCARD"), 2);
    // "Update Contact" in Messages writes although it may not.
    apple(&stage, "PUT", &hrefs[0], "0", "BEGIN:VCARD\r\nEND:VCARD\r\n").await.expect(403);
    stage.close().await;
}

/// [DAV-11, DAV-12] DAVx5 4.5: a principal counts only when OPTIONS names `addressbook`; ten cards a request; no limit.
#[tokio::test]
async fn davx5_syncs() {
    let stage = stage().await;
    let hrefs = [stage.card(stage.add("Bob", "Buys").await), stage.card(stage.add("Carol", "Books").await)];
    let agent = [("user-agent", "DAVx5/4.5-ose (dav4jvm; okhttp/5.1) Android/15"), ("accept", "application/xml, text/xml")];
    let ask = async |method: &str, path: &str, depth: &str, body: &str| {
        let mut headers = agent.to_vec();
        headers.push(("depth", depth));
        stage.ask(method, path, &headers, body).await
    };
    let props = "<A:resourcetype/><A:displayname/><A:current-user-principal/><B:addressbook-home-set/><B:addressbook-description/>";
    for start in ["/", "/.well-known/carddav"] {
        assert!(ask("PROPFIND", start, "0", &find(props)).await.has(&stage.principal()));
    }
    assert!(ask("OPTIONS", &stage.principal(), "0", "").await.header("dav").contains("addressbook"));
    ask("PROPFIND", &stage.principal(), "0", &find("<A:displayname/><A:group-membership/><A:resourcetype/><B:addressbook-home-set/>"))
        .await
        .expect(207);
    let told =
        ask("PROPFIND", &stage.home(), "1", &find("<A:current-user-privilege-set/><A:displayname/><A:owner/><A:resourcetype/>")).await;
    let book = told.of(&stage.book());
    assert!(book.contains("<D:read/>") && !book.contains("<D:write") && !book.contains("<D:all/>"), "Read-only to DAVx5");
    let poll = find("<A:supported-report-set/><A:sync-token/><C:getctag/><B:max-resource-size/><B:supported-address-data/>");
    let told = ask("PROPFIND", &stage.book(), "0", &poll).await;
    assert!(told.has("<D:sync-collection/>") && told.has("version=\"3.0\"") && !told.has("version=\"4.0\""));
    let (told, token) = stage.changes("", "").await;
    assert_eq!(told.count("<D:getetag>"), 2, "A member without an etag is an error");
    assert!(!token.is_empty(), "So is a body without a token");
    let body = multiget("<D:getcontenttype/><D:getetag/><C:address-data content-type=\"text/vcard\"/>", &hrefs);
    let told = ask("REPORT", &stage.book(), "0", &body).await;
    assert_eq!(told.count("BEGIN:VCARD"), 2);
    // An edit on the phone is ignored only when told so in these words.
    assert!(ask("PUT", &hrefs[0], "0", "BEGIN:VCARD\r\nEND:VCARD\r\n").await.expect(403).has("<D:need-privileges>"));
    stage.close().await;
}

/// Thunderbird 153: the first status of a response is 200; depth 1 on a sync; cards inline; 400 for a lost token.
#[tokio::test]
async fn thunderbird_syncs() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let told =
        stage.propfind(&stage.home(), "1", "<D:quota-used-bytes/><D:resourcetype/><D:displayname/><D:current-user-privilege-set/>").await;
    let statuses: Vec<_> = told.of(&stage.book()).split("<D:status>").skip(1).collect();
    assert!(statuses[0].starts_with("HTTP/1.1 200 OK<"));
    stage.propfind(&stage.book(), "1", "<D:resourcetype/><D:getetag/><S:getctag/>").await.of(&bob);
    let body =
        sync(&stage.token().await, "").replace("<D:getetag/>", "<D:getetag/><C:address-data xmlns:C=\"urn:ietf:params:xml:ns:carddav\"/>");
    stage.add("Carol", "Books").await;
    let headers = [("depth", "1"), ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7")];
    let told = stage.ask("REPORT", &stage.book(), &headers, &body).await;
    assert!(told.expect(207).has("FN:Carol Books") && told.has("<D:sync-token>"));
    stage.ask("REPORT", &stage.book(), &headers, &sync("gone", "")).await.expect(400);
    stage.close().await;
}

/// Evolution: the book itself names `addressbook`, its `Allow` names nothing that writes, tokens hold a colon, hrefs end in no slash.
#[tokio::test]
async fn evolution_syncs() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let agent = [("user-agent", "Evolution/3.46.4")];
    let told = stage.ask("OPTIONS", &stage.book(), &agent, "").await;
    assert!(told.header("dav").contains("addressbook"));
    assert!(["PUT", "POST", "DELETE"].iter().all(|method| !told.header("allow").contains(method)));
    let told = stage.propfind(&stage.book(), "0", "<S:getctag/><C:supported-address-data/><D:supported-report-set/>").await;
    assert!(told.has("<S:getctag>") && told.has("address-data-type"));
    let (told, token) = stage.changes("", "").await;
    assert!(token.contains(':') && told.has(&bob) && !told.has(".vcf/</D:href>"));
    // Multiget without a depth, in the words of KDE.
    let body = multiget("<D:getetag/><C:address-data><C:allprop/></C:address-data>", &[bob]);
    assert!(stage.ask("REPORT", &stage.book(), &agent, &body).await.has("FN:Bob Buys"));
    stage.close().await;
}

/// [DAV-11] CardDAV-Sync: guesses at many addresses, and empty bodies.
#[tokio::test]
async fn carddav_sync_guesses() {
    let stage = stage().await;
    stage.add("Bob", "Buys").await;
    for start in ["/dav/", &stage.home(), &stage.book()] {
        let told = stage.ask("PROPFIND", start, &[("depth", "1"), ("user-agent", "CardDAV-Sync free/0.4.14")], "").await;
        assert!(told.expect(207).has("<D:resourcetype>"));
    }
    assert_eq!(stage.ask("PROPFIND", &stage.book(), &[("depth", "1")], "").await.count("<D:getetag>"), 1);
    stage.close().await;
}
