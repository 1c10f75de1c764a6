//! H, P, A, C, G, W: WebDAV, rights, the book and its cards.

use crate::world::{basic, multiget, propfind, stage, sync};

/// [DAV-05] H1, H2: every address says what it can do, without a body, and nothing that this user may not do.
#[tokio::test]
async fn options() {
    let stage = stage().await;
    let bob = stage.add("Bob", "Buys").await;
    for path in ["/", "/.well-known/carddav", "/principals/", "/dav/", &stage.principal(), &stage.home(), &stage.book(), &stage.card(bob)] {
        let told = stage.ask("OPTIONS", path, &[], "").await;
        told.expect(200);
        assert_eq!(told.header("dav"), "1, 3, access-control, addressbook", "{path}");
        assert!(told.text.is_empty());
        let allow = told.header("allow");
        assert!(allow.contains("PROPFIND") && !allow.contains("PUT") && !allow.contains("DELETE"), "{path}: {allow}");
    }
    stage.close().await;
}

/// [DAV-04] H3, W1: without a password everything but the way there is 401, in place, with one realm.
#[tokio::test]
async fn strangers_are_asked_who_they_are() {
    let stage = stage().await;
    for (method, path) in [
        ("PROPFIND", "/"),
        ("OPTIONS", "/"),
        ("PROPFIND", "/.well-known/carddav"),
        ("OPTIONS", "/.well-known/carddav"),
        ("PROPFIND", "/principals/"),
        ("PROPFIND", "/dav/"),
        ("GET", "/dav/nothing"),
    ] {
        for host in ["crm.example", "127.0.0.1:3000"] {
            let told = stage.ask_as_stranger(method, path, &[("host", host), ("depth", "0")], &propfind("<D:displayname/>")).await;
            told.expect(401);
            assert_eq!(told.header("www-authenticate"), "Basic realm=\"Spindle\", charset=\"UTF-8\"");
        }
    }
    let told = stage.ask_as_stranger("GET", "/.well-known/carddav", &[], "").await;
    told.expect(301);
    assert_eq!(told.header("location"), "/dav/");
    stage.close().await;
}

/// H4: an unknown method and an unknown report are told by name.
#[tokio::test]
async fn unknown_methods_and_reports() {
    let stage = stage().await;
    let told = stage.ask("BREW", &stage.book(), &[], "").await;
    told.expect(405);
    assert!(told.header("allow").contains("PROPFIND"));
    stage.ask("GET", &stage.book(), &[], "").await.expect(405);
    let told = stage.ask("REPORT", &stage.book(), &[], "<x:teapot xmlns:x=\"urn:x\"/>").await;
    assert!(told.expect(403).has("<D:supported-report/>"));
    let told = stage.ask("REPORT", &stage.home(), &[], &sync("", "")).await;
    assert!(told.expect(403).has("<D:supported-report/>"));
    stage.close().await;
}

/// H6: both names of XML are taken, one is given.
#[tokio::test]
async fn content_types() {
    let stage = stage().await;
    for kind in ["text/xml", "application/xml; charset=utf-8"] {
        let headers = [("depth", "0"), ("content-type", kind)];
        let told = stage.ask("PROPFIND", &stage.book(), &headers, &propfind("<D:displayname/>")).await;
        assert_eq!(told.expect(207).header("content-type"), "application/xml; charset=utf-8");
    }
    stage.close().await;
}

/// P1, P2: depths, and an empty body is allprop.
#[tokio::test]
async fn depths_and_kinds_of_propfind() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    assert_eq!(stage.propfind(&stage.book(), "0", "<D:getetag/>").await.count("<D:response>"), 1);
    assert_eq!(stage.propfind(&stage.book(), "1", "<D:getetag/>").await.count("<D:response>"), 2);
    assert!(stage.propfind(&stage.book(), "infinity", "<D:getetag/>").await.expect(403).has("<D:propfind-finite-depth/>"));
    let told = stage.ask("PROPFIND", &stage.book(), &[], &propfind("<D:getetag/>")).await;
    assert!(told.expect(403).has("<D:propfind-finite-depth/>"));
    stage.propfind(&stage.book(), "2", "<D:getetag/>").await.expect(400);

    let all = stage.ask("PROPFIND", &bob, &[("depth", "0")], "").await;
    assert!(all.expect(207).has("<D:getetag>\"") && all.has("<D:resourcetype/>") && !all.has("404"));
    let include = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/><D:include><D:owner/></D:include></D:propfind>";
    assert!(stage.ask("PROPFIND", &bob, &[("depth", "0")], include).await.has("<D:owner><D:href>"));
    let names = "<D:propfind xmlns:D=\"DAV:\"><D:propname/></D:propfind>";
    let told = stage.ask("PROPFIND", &stage.book(), &[("depth", "1")], names).await;
    assert!(told.of(&stage.book()).contains("<S:getctag/>") && told.of(&bob).contains("<D:getetag/>"));
    stage.close().await;
}

/// P3, P4: what is there comes first; what is not is told, unless the client does not want to hear of it.
#[tokio::test]
async fn missing_properties() {
    let stage = stage().await;
    let props = "<x:colour xmlns:x=\"urn:x&amp;y\"/><D:quota-used-bytes/><D:displayname/><plain xmlns=\"\"/>";
    let told = stage.propfind(&stage.book(), "0", props).await;
    let (found, missing) = told.text.split_once("HTTP/1.1 200 OK").unwrap();
    assert!(found.contains("<D:displayname>") && !found.contains("HTTP/1.1"));
    assert!(missing.contains("<X:colour xmlns:X=\"urn:x&amp;y\"/>") && missing.contains("HTTP/1.1 404 Not Found"));
    for (name, value) in [("prefer", "return=minimal"), ("brief", "t")] {
        let told = stage.ask("PROPFIND", &stage.book(), &[("depth", "0"), (name, value)], &propfind(props)).await;
        assert!(!told.has("404") && told.has("200 OK"));
        assert_eq!(told.header("preference-applied"), "return=minimal");
    }
    let only = [("depth", "0"), ("brief", "t")];
    assert!(stage.ask("PROPFIND", &stage.book(), &only, &propfind("<D:quota-used-bytes/>")).await.has("<D:propstat>"));
    stage.close().await;
}

/// P5, W3: an address is the same bytes everywhere, and found however it is written.
#[tokio::test]
async fn addresses() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let listed = stage.propfind(&stage.book(), "1", "<D:getetag/>").await;
    let (changed, _) = stage.changes("", "").await;
    let got = stage.ask("REPORT", &stage.book(), &[], &multiget("<D:getetag/>", &[format!("https://crm.example{bob}")])).await;
    for told in [&listed, &changed, &got] {
        told.of(&bob);
    }
    stage.propfind(&bob.replace(".vcf", "%2evcf"), "0", "<D:getetag/>").await.expect(207).of(&bob);
    stage.propfind(stage.book().trim_end_matches('/'), "0", "<D:getetag/>").await.expect(207).of(&stage.book());
    for start in ["/", "/.well-known/carddav", "/principals/", "/dav/", &stage.principal(), &stage.home(), &stage.book()] {
        let told = stage.propfind(start, "0", "<D:current-user-principal/>").await;
        assert!(told.expect(207).has(&format!("<D:current-user-principal><D:href>{}</D:href>", stage.principal())), "{start}");
    }
    stage.close().await;
}

/// P6, P7, A1, A2, A3, A5, C1, C3, C4, Y3: the properties that clients read.
#[tokio::test]
async fn live_properties() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let props = "<D:resourcetype/><D:displayname/><D:getetag/><D:getcontenttype/><D:getcontentlength/><D:getlastmodified/>\
        <D:supported-report-set/><D:current-user-principal/><D:owner/><D:principal-URL/><D:principal-collection-set/>\
        <D:current-user-privilege-set/><D:sync-token/><S:getctag/><C:supported-address-data/><C:supported-collation-set/>\
        <C:max-resource-size/><C:addressbook-description/><C:addressbook-home-set/><D:group-membership/><D:acl/><D:supported-privilege-set/>";
    let principal = stage.propfind(&stage.principal(), "0", props).await;
    assert!(principal.has("<D:principal/>") && principal.has(&format!("<D:principal-URL><D:href>{}</D:href>", stage.principal())));
    assert!(principal.has(&format!("<C:addressbook-home-set><D:href>{}</D:href>", stage.home())));
    assert!(principal.has("<D:group-membership/>") && principal.has("<D:protected/>") && principal.has("<D:supported-privilege>"));

    let home = stage.propfind(&stage.home(), "1", props).await;
    assert_eq!((home.count("<D:response>"), home.count("<C:addressbook/>")), (2, 1), "One book and no more");
    let book = home.of(&stage.book());
    for part in [
        "<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype>",
        "<D:current-user-privilege-set><D:privilege><D:read/></D:privilege><D:privilege><D:read-current-user-privilege-set/></D:privilege></D:current-user-privilege-set>",
        "<D:report><C:addressbook-query/></D:report>",
        "<D:report><C:addressbook-multiget/></D:report>",
        "<D:report><D:sync-collection/></D:report>",
        "<D:sync-token>urn:x-spindle:dav-sync:",
        "<S:getctag>\"",
        "<C:address-data-type content-type=\"text/vcard\" version=\"3.0\"/>",
        "<C:supported-collation>i;unicode-casemap</C:supported-collation>",
        "<C:max-resource-size>1048576</C:max-resource-size>",
    ] {
        assert!(book.contains(part), "{part} in {book}");
    }
    assert!(!book.contains("version=\"4.0\""));

    let card = stage.propfind(&bob, "0", props).await;
    for part in
        ["<D:resourcetype/>", "<D:getcontenttype>text/vcard; charset=utf-8<", "GMT</D:getlastmodified>", "<C:addressbook-multiget/>"]
    {
        assert!(card.has(part), "{part} in {}", card.text);
    }
    let text = stage.ask("GET", &bob, &[], "").await.text;
    assert!(card.has(&format!("<D:getcontentlength>{}<", text.len())));
    // P7, C6
    let all = stage.ask("PROPFIND", &stage.book(), &[("depth", "0")], "").await;
    assert!(!all.has("<C:supported-address-data") && !all.has("supported-report-set"));
    assert!(stage.propfind(&bob, "0", "<C:address-data/>").await.has("404 Not Found"));
    stage.close().await;
}

/// P8: nothing can be set, and a client that tries is answered properly.
#[tokio::test]
async fn proppatch() {
    let stage = stage().await;
    let body = "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:S=\"http://calendarserver.org/ns/\"><D:set><D:prop><S:me-card/></D:prop></D:set>\
        <D:remove><D:prop><D:displayname/></D:prop></D:remove></D:propertyupdate>";
    let told = stage.ask("PROPPATCH", &stage.home(), &[], body).await;
    assert!(told.expect(207).has("<D:cannot-modify-protected-property/>") && told.has("403 Forbidden") && !told.has("200 OK"));
    stage.ask("PROPPATCH", &stage.home(), &[], "<x/>").await.expect(400);
    stage.close().await;
}

/// [DAV-07] A4: what writes is refused with what it lacks, never with 401: an iPhone would stop altogether.
#[tokio::test]
async fn writing_is_refused_by_name() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let before = stage.ask("GET", &bob, &[], "").await.text;
    for (method, path, privilege) in [
        ("PUT", bob.as_str(), "write-content"),
        ("DELETE", &bob, "unbind"),
        ("MOVE", &bob, "bind"),
        ("COPY", &bob, "bind"),
        ("MKCOL", &stage.book(), "bind"),
        ("POST", &stage.book(), "bind"),
        ("PROPPATCH", &stage.book(), "write-properties"),
        ("DELETE", &stage.book(), "unbind"),
    ] {
        let told = stage.ask(method, path, &[("user-agent", "iOS/18.4 dataaccessd/1.0")], "BEGIN:VCARD\r\nEND:VCARD\r\n").await;
        let wanted = format!("<D:need-privileges><D:resource><D:href>{path}</D:href><D:privilege><D:{privilege}/>");
        assert!(told.expect(403).has(&wanted), "{method}: {}", told.text);
    }
    assert_eq!(stage.ask("GET", &bob, &[], "").await.text, before);
    let sync = stage.alice.phone_sync().await.unwrap();
    let told = sync.devices.iter().find(|device| device.family == "iOS").and_then(|device| device.error);
    assert_eq!(told.map(|(error, _)| error), Some(model::phone_sync::DeviceError::ReadOnly));
    stage.close().await;
}

/// C2, C5: one card, a strong etag, and what follows from it.
#[tokio::test]
async fn get_and_head() {
    let stage = stage().await;
    let id = stage.add("Bob", "Buys").await;
    let bob = stage.card(id);
    let told = stage.ask("GET", &bob, &[], "").await;
    let etag = told.expect(200).header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"') && told.header("content-type") == "text/vcard; charset=utf-8");
    assert_eq!(told.count("BEGIN:VCARD"), 1);
    assert!(told.has(&format!("UID:{id}\r\n")));
    assert!(stage.propfind(&bob, "0", "<D:getetag/>").await.has(&format!("<D:getetag>{etag}</D:getetag>")));
    let head = stage.ask("HEAD", &bob, &[], "").await;
    assert_eq!((head.header("etag"), head.header("content-length")), (etag.as_str(), told.text.len().to_string().as_str()));
    assert!(head.text.is_empty());
    stage.ask("GET", &bob, &[("if-none-match", &etag)], "").await.expect(304);
    stage.ask("GET", &bob, &[("if-match", "\"other\"")], "").await.expect(412);
    stage.ask("GET", &bob, &[("if-match", &etag)], "").await.expect(200);
    stage.ask("GET", &stage.card(model::ContactId(uuid::Uuid::nil())), &[], "").await.expect(404);
    stage.close().await;
}

/// G1: an answer for each address, 404s as well, each once, whatever the depth.
#[tokio::test]
async fn multiget_answers_each() {
    let stage = stage().await;
    let (bob, carol) = (stage.card(stage.add("Bob", "Buys").await), stage.card(stage.add("Carol", "Books").await));
    let unknown = stage.card(model::ContactId(uuid::Uuid::nil()));
    let hrefs = [&bob, &carol, &bob, &unknown, "/elsewhere/x.vcf", "/dav/books/../../etc"].map(ToString::to_string);
    for depth in ["0", "1", "infinity"] {
        let told = stage.ask("REPORT", &stage.book(), &[("depth", depth)], &multiget("<D:getetag/><C:address-data/>", &hrefs)).await;
        assert_eq!(told.expect(207).count("<D:response>"), 5);
        assert!(told.of(&bob).contains("FN:Bob Buys") && told.of(&carol).contains("FN:Carol Books"));
        for gone in [unknown.as_str(), "/elsewhere/x.vcf", "/dav/books/../../etc"] {
            assert!(told.of(gone).contains("HTTP/1.1 404 Not Found"));
        }
    }
    stage.close().await;
}

/// G2, G3: other formats are refused by name; a part of a card keeps its frame.
#[tokio::test]
async fn parts_of_cards() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let ask = async |data: &str| stage.ask("REPORT", &stage.book(), &[], &multiget(data, std::slice::from_ref(&bob))).await;
    for refused in ["<C:address-data content-type=\"text/vcard\" version=\"4.0\"/>", "<C:address-data content-type=\"application/json\"/>"]
    {
        assert!(ask(refused).await.expect(403).has("<C:supported-address-data/>"));
    }
    let whole = ask("<C:address-data content-type=\"text/vcard\" version=\"3.0\"><C:allprop/></C:address-data>").await;
    assert!(whole.has("EMAIL") && whole.has("TEL"));
    let part =
        ask("<C:address-data><C:prop name=\"FN\"/><C:prop name=\"email\" novalue=\"yes\"/><C:prop name=\"URL\"/></C:address-data>").await;
    let card = part.between("<C:address-data>", "</C:address-data>");
    assert!(card.starts_with("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Buys\r\n") && card.ends_with("END:VCARD\r\n"));
    assert!(card.contains("EMAIL;type=INTERNET;type=WORK;type=pref:\r\n") && card.contains("item1.URL:https://crm.example/contacts/"));
    assert!(!card.contains("TEL") && !card.contains("bob@"));
    stage.close().await;
}

/// [DAV-01, DAV-19] Off is gone: 404 everywhere, and on again is a new book.
#[tokio::test]
async fn off_is_gone() {
    let stage = stage().await;
    let bob = stage.card(stage.add("Bob", "Buys").await);
    let token = stage.token().await;
    stage.alice.turn_phone_sync_off().await.unwrap();
    for path in ["/", "/.well-known/carddav", "/dav/", &stage.principal(), &stage.home(), &stage.book(), &bob] {
        stage.propfind(path, "0", "<D:displayname/>").await.expect(404);
    }
    // Who shows no right password is told nothing.
    stage.ask_as_stranger("PROPFIND", "/", &[("authorization", &basic("alice@sells.example", "x"))], "").await.expect(401);
    stage.alice.turn_phone_sync_on("https://crm.example").await.unwrap();
    let told = stage.ask("REPORT", &stage.book(), &[], &sync(&token, "")).await;
    assert!(told.expect(403).has("<D:valid-sync-token/>"));
    stage.close().await;
}

/// A5: searches among principals find oneself.
#[tokio::test]
async fn principal_reports() {
    let stage = stage().await;
    let search = |word: &str| {
        format!(
            "<D:principal-property-search xmlns:D=\"DAV:\"><D:property-search><D:prop><D:displayname/></D:prop><D:match>{word}</D:match>\
             </D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>"
        )
    };
    assert!(stage.ask("REPORT", "/principals/", &[], &search("alice")).await.expect(207).has(&stage.principal()));
    assert!(!stage.ask("REPORT", "/principals/", &[], &search("mallory")).await.expect(207).has("<D:response>"));
    let set = stage.ask("REPORT", "/principals/", &[], "<D:principal-search-property-set xmlns:D=\"DAV:\"/>").await;
    assert!(set.expect(200).has("<D:displayname/>"));
    stage.close().await;
}
