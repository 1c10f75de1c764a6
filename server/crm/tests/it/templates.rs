use crate::contacts::person;
use crate::world::{Stage, stage};
use bytes::Bytes;
use crm::{Error, Session};
use model::contact::{AddressForm, ContactForm, ContactKind};
use model::logo::Logo;
use model::merge::{MergeField, MergeList};
use model::profile::{CompanyData, Profile};
use model::template::{ActionTypes, MOST_BODY, TemplateProperties};
use model::{Problem, Role, TemplateId};

const DAY: i64 = 86_400;

async fn open() -> (Stage, Session) {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    (stage, alice)
}

async fn standard(session: &Session) -> TemplateId {
    session.list_templates().await.unwrap().into_iter().find(|row| row.standard).unwrap().id
}

async fn save(session: &Session, id: TemplateId, body: &str) -> i64 {
    let version = session.open_template(id).await.unwrap().version;
    session.save_template(id, version, body.into()).await.unwrap()
}

async fn names(session: &Session) -> Vec<String> {
    session.list_templates().await.unwrap().into_iter().map(|row| row.properties.name).collect()
}

/// [TPL-03, TPL-13, TPL-16, TPL-21] Every company has a standard template; new mail begins with it, with salutation and signature, and new templates are copies.
#[tokio::test]
async fn the_standard_template() {
    let (stage, alice) = open().await;
    let id = standard(&alice).await;
    assert_eq!(alice.action_types().await.unwrap(), ActionTypes { new: Some(id), reply: None, forward: None });
    let jan = alice.add_contact(person("Jan", "Bakker", "jan@bakker.example")).await.unwrap();
    let filled = alice.fill_template(id, Some(jan)).await.unwrap();
    assert!(filled.html.contains("<p>Beste Jan,</p>"), "{}", filled.html);
    assert!(filled.html.contains("<p>Alice de Wit</p>"), "no function, no line: {}", filled.html);
    assert!(filled.html.contains("<b>Alfa</b>") && filled.html.contains("href=\"mailto:alice@alfa.example\""), "{}", filled.html);
    assert!(!filled.html.contains('«') && filled.unknown.is_empty());
    let nobody = alice.fill_template(id, None).await.unwrap();
    assert!(nobody.html.contains("<p>Geachte heer, mevrouw,</p>"));

    let offer = alice.new_template("Offerte".into()).await.unwrap();
    let template = alice.open_template(offer).await.unwrap();
    assert_eq!(template.body, alice.open_template(id).await.unwrap().body);
    assert!(template.body.contains("<span data-merge=\"contact.salutation\">«Aanhef»</span>"), "{}", template.body);
    assert_eq!((template.properties.tab.as_str(), template.standard, template.version), ("general", false, 1));
    assert!(matches!(alice.new_template(" ".into()).await, Err(Error::Invalid(_))));
    assert!(matches!(alice.remove_template(id).await, Err(Error::Conflict(_))), "the standard one stays");
    stage.close().await;
}

/// [TPL-23] Making them is for who may open Administration; filling them in is for everybody.
#[tokio::test]
async fn rights() {
    let (stage, alice) = open().await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let carol = stage.hire(&alice, "Carol", Role::Administrator).await;
    let id = standard(&alice).await;
    let refused = |result: Result<(), Error>| assert!(matches!(result, Err(Error::Denied)), "{result:?}");
    refused(bob.open_template(id).await.map(drop));
    refused(bob.new_template("x".into()).await.map(drop));
    refused(bob.copy_template(id, "x".into()).await.map(drop));
    refused(bob.save_template(id, 1, String::new()).await.map(drop));
    refused(bob.edit_template_properties(id, TemplateProperties::default(), TemplateProperties::default()).await);
    refused(bob.remove_template(id).await);
    refused(bob.restore_template(id).await);
    refused(bob.list_template_versions(id).await.map(drop));
    refused(bob.restore_template_version(id, 1, 1).await.map(drop));
    refused(bob.set_action_types(ActionTypes::default()).await.map(drop));
    refused(bob.preview_template(String::new(), String::new(), None).await.map(drop));
    refused(bob.add_template_file(id, "x".into(), String::new(), Bytes::new()).await.map(drop));
    refused(bob.open_company_data().await.map(drop));
    refused(bob.change_company_data(CompanyData::default()).await.map(drop));
    refused(bob.open_logo().await.map(drop));
    refused(bob.change_logo(None).await.map(drop));
    assert_eq!(bob.list_templates().await.unwrap().len(), 1);
    assert!(bob.fill_template(id, None).await.unwrap().html.contains("Bob"));
    assert!(carol.new_template("Van Carol".into()).await.is_ok());
    // Another company's is not there.
    let mallory = stage.register("Mallory", "Mal").await;
    let offer = alice.new_template("Offerte".into()).await.unwrap();
    assert!(matches!(mallory.fill_template(offer, None).await, Err(Error::NotFound)));
    assert_eq!(mallory.list_templates().await.unwrap().len(), 1);
    stage.close().await;
}

/// [TPL-06, TPL-07, TPL-08] What is saved is safe, its fields are chips, and two who edit at once lose nothing.
#[tokio::test]
async fn saving_and_versions() {
    let (stage, alice) = open().await;
    let carol = stage.hire(&alice, "Carol", Role::Administrator).await;
    let id = alice.new_template("Offerte".into()).await.unwrap();
    let (mine, hers) = (alice.open_template(id).await.unwrap(), carol.open_template(id).await.unwrap());
    let next = alice.save_template(id, mine.version, "<p>« mijn voornaam »<script>alert(1)</script></p>".into()).await.unwrap();
    assert_eq!(next, 2);
    let kept = alice.open_template(id).await.unwrap();
    assert_eq!(kept.body, "<p><span data-merge=\"me.first_name\">«Mijn Voornaam»</span></p>");
    assert_eq!(kept.changed_by, "Alice de Wit");
    assert!(matches!(carol.save_template(id, hers.version, "van Carol".into()).await, Err(Error::Conflict(_))));
    assert_eq!(carol.open_template(id).await.unwrap().body, kept.body, "nothing is overwritten");
    assert_eq!(alice.save_template(id, 2, kept.body.clone()).await.unwrap(), 2, "the same again is no version");
    assert_eq!(carol.save_template(id, 2, "van Carol".into()).await.unwrap(), 3);

    let versions = alice.list_template_versions(id).await.unwrap();
    let told: Vec<_> = versions.iter().map(|version| (version.version, version.who.as_str())).collect();
    assert_eq!(told, [(3, "Carol"), (2, "Alice de Wit"), (1, "Alice de Wit")]);
    assert!(matches!(alice.restore_template_version(id, 2, 1).await, Err(Error::Conflict(_))));
    assert!(matches!(alice.restore_template_version(id, 3, 9).await, Err(Error::NotFound)));
    assert_eq!(alice.restore_template_version(id, 3, 2).await.unwrap(), 4);
    assert_eq!(alice.open_template(id).await.unwrap().body, kept.body);

    let problem = |result: Result<i64, Error>| match result {
        Err(Error::Invalid(found)) => found[0].problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(problem(alice.save_template(id, 4, "x".repeat(MOST_BODY + 1)).await), Problem::TooBig(1));
    assert_eq!(problem(alice.save_template(id, 4, "<!crooked".into()).await), Problem::UnreadableHtml);
    // A large newsletter is no trouble.
    let large = format!("<table>{}</table>", "<tr><td style=\"color:red\">«Naam»</td></tr>".repeat(7_000));
    assert_eq!(alice.save_template(id, 4, large).await.unwrap(), 5);
    let filled = alice.fill_template(id, None).await.unwrap();
    assert_eq!(filled.html.matches("<td style=\"color:red\"></td>").count(), 7_000);
    stage.close().await;
}

/// [TPL-05, TPL-10, TPL-11] Properties: told when a colleague changed them first; the subject's fields follow the language.
#[tokio::test]
async fn properties() {
    let (stage, alice) = open().await;
    let id = alice.new_template("Offerte".into()).await.unwrap();
    let before = alice.open_template(id).await.unwrap().properties;
    let form = TemplateProperties {
        name: "Offerte 2026".into(),
        tab: "tender".into(),
        subject: "Offerte voor «bedrijf» van « my company »".into(),
        sender_domain: "@Alfa.example".into(),
        active: false,
    };
    alice.edit_template_properties(id, before.clone(), form.clone()).await.unwrap();
    let kept = alice.open_template(id).await.unwrap().properties;
    assert_eq!(kept.subject, "Offerte voor «Bedrijf» van «Mijn Bedrijf»");
    assert_eq!((kept.sender_domain.as_str(), kept.tab.as_str(), kept.active), ("alfa.example", "tender", false));
    assert!(matches!(alice.edit_template_properties(id, before, form.clone()).await, Err(Error::Conflict(_))));
    alice.edit_template_properties(id, kept.clone(), TemplateProperties { name: "Offerte".into(), ..kept }).await.unwrap();

    let company = ContactForm { kind: ContactKind::Company, company: "Bakker Bouw\r\nBcc: x@y.example".into(), ..ContactForm::default() };
    let bakker = alice.add_contact(company).await.unwrap();
    let jan = alice.add_contact(ContactForm { employer: Some(bakker), ..person("Jan", "Bakker", "jan@bakker.example") }).await.unwrap();
    let filled = alice.fill_template(id, Some(jan)).await.unwrap();
    assert!(filled.subject.starts_with("Offerte voor Bakker Bouw") && filled.subject.ends_with("van Alfa"), "{}", filled.subject);
    assert!(!filled.subject.contains(['\r', '\n']));
    assert_eq!(filled.sender_domain, "alfa.example");
    stage.close().await;
}

/// [TPL-15, TPL-17, TPL-18] Blank is no template; a removed one counts as none until it is back.
#[tokio::test]
async fn action_types() {
    let (stage, alice) = open().await;
    let (id, short) = (standard(&alice).await, alice.new_template("Kort".into()).await.unwrap());
    let types = ActionTypes { new: Some(id), reply: Some(short), forward: None };
    assert_eq!(alice.set_action_types(types).await.unwrap(), ActionTypes { new: Some(id), ..ActionTypes::default() });
    alice.remove_template(short).await.unwrap();
    assert_eq!(names(&alice).await, ["Standaardsjabloon"]);
    assert_eq!(alice.action_types().await.unwrap().reply, None);
    assert!(matches!(alice.fill_template(short, None).await, Err(Error::NotFound)));
    let refused = alice.set_action_types(ActionTypes { forward: Some(short), ..types }).await;
    assert!(matches!(refused, Err(Error::Invalid(found)) if found[0].field == "reply"));
    alice.restore_template(short).await.unwrap();
    assert_eq!(alice.action_types().await.unwrap(), types);
    alice.set_action_types(ActionTypes::default()).await.unwrap();
    assert_eq!(alice.action_types().await.unwrap(), ActionTypes::default());
    stage.close().await;
}

/// [TPL-09] Files are sealed, come along with a copy, and are destroyed when nothing has them any more.
#[tokio::test]
async fn files() {
    let (stage, alice) = open().await;
    let id = alice.new_template("Offerte".into()).await.unwrap();
    let bytes = Bytes::from_static(b"%PDF geheim geheim geheim");
    let file =
        alice.add_template_file(id, "C:\\x\\Voorwaarden.pdf".into(), "application/pdf; x=\"\r\n\"".into(), bytes.clone()).await.unwrap();
    assert_eq!((file.name.as_str(), file.mime.as_str(), file.size), ("Voorwaarden.pdf", "application/pdf", 25));
    let odd = alice.add_template_file(id, "leeg.txt".into(), "text/plain\r\nX: y".into(), Bytes::new()).await.unwrap();
    assert_eq!((odd.mime.as_str(), odd.size), ("application/octet-stream", 0));
    let copy = alice.copy_template(id, "Kopie".into()).await.unwrap();
    let copied = alice.fill_template(copy, None).await.unwrap().files;
    assert_eq!(copied.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["Voorwaarden.pdf", "leeg.txt"]);
    assert_eq!(alice.open_template_file(copied[0].id).await.unwrap().1, bytes);
    assert_eq!(alice.list_templates().await.unwrap().iter().map(|row| row.files).collect::<Vec<_>>(), [0, 2, 2]);

    let heavy = Bytes::from(vec![7; 25 * 1024 * 1024]);
    let refused = alice.add_template_file(id, "zwaar.bin".into(), String::new(), heavy).await;
    assert!(matches!(refused, Err(Error::Invalid(found)) if found[0].problem == Problem::TooBig(25)));

    alice.remove_template_file(file.id).await.unwrap();
    assert!(matches!(alice.open_template_file(file.id).await, Err(Error::NotFound)));
    alice.restore_template_file(file.id).await.unwrap();
    alice.remove_template_file(file.id).await.unwrap();
    let packs = stage.packs(&alice);
    stage.clock.pass(31 * DAY);
    alice.clean_now().await.unwrap();
    assert_eq!(stage.packs(&alice), packs, "the copy has them too");
    alice.remove_template(copy).await.unwrap();
    stage.clock.pass(31 * DAY);
    alice.clean_now().await.unwrap();
    assert_eq!(stage.packs(&alice), packs - 1);
    assert!(matches!(alice.restore_template(copy).await, Err(Error::NotFound)));
    assert!(alice.open_template_file(odd.id).await.is_ok());
    stage.close().await;
}

/// [USR-02, USR-03, TPL-19] Everybody his own signature in one template; the address one logs in with stays.
#[tokio::test]
async fn profiles() {
    let (stage, alice) = open().await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let before = bob.open_profile().await.unwrap();
    assert_eq!(before.email, "bob@team.example");
    let form = Profile {
        first_name: "Bob".into(),
        last_name: "de Bouwer".into(),
        email: "verkoop@alfa.example".into(),
        company: "Alfa Zuid".into(),
        function: "Verkoper <hoofd>".into(),
        mobile: "06 12345678".into(),
    };
    assert_eq!(bob.change_profile(form.clone()).await.unwrap(), before);
    assert_eq!(bob.open_profile().await.unwrap(), form);
    let id = standard(&alice).await;
    let filled = bob.fill_template(id, None).await.unwrap().html;
    for part in ["Bob de Bouwer<br>", "Verkoper &lt;hoofd&gt;", "<b>Alfa Zuid</b>", "06 12345678", "mailto:verkoop@alfa.example"] {
        assert!(filled.contains(part), "{part} in {filled}");
    }
    assert!(alice.fill_template(id, None).await.unwrap().html.contains("<b>Alfa</b>"), "the company's own name where the profile has none");
    assert_eq!(bob.me().email, "bob@team.example");
    bob.change_password(crm::Secret::new(crate::world::PASSWORD), crm::Secret::new("Zonnepaneel2")).await.unwrap();
    let wrong = bob.change_profile(Profile { email: "bob".into(), first_name: String::new(), ..form }).await;
    assert!(matches!(wrong, Err(Error::Invalid(found)) if found.len() == 2));
    stage.close().await;
}

/// [PRF-01, PRF-02, PRF-27, PRF-28, TPL-20] The company's data fill every field of Mijn lijst, for everyone; a wrong IBAN is told at its field.
#[tokio::test]
async fn company_data() {
    let (stage, alice) = open().await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let form = CompanyData {
        name: "Alfa Holding".into(),
        address: "Kade 1".into(),
        postcode: "1234 AB".into(),
        city: "Deventer".into(),
        iban: "NL91ABNA0417164300".into(),
        bic: "abnanl2a".into(),
        bank_city: "Amsterdam".into(),
        kvk: "12345678".into(),
        vat: "NL001234567B01".into(),
    };
    let before = alice.change_company_data(form.clone()).await.unwrap();
    assert_eq!(before, CompanyData { name: "Alfa".into(), ..CompanyData::default() });
    let kept = alice.open_company_data().await.unwrap();
    assert_eq!((kept.iban.as_str(), kept.bic.as_str()), ("NL91 ABNA 0417 1643 00", "ABNANL2A"));
    let wrong = alice.change_company_data(CompanyData { iban: "NL91ABNA0417164301".into(), ..form }).await;
    assert!(matches!(wrong, Err(Error::Invalid(found)) if (found[0].field.as_str(), found[0].problem) == ("iban", Problem::NotAnIban)));
    // Preferences are saved beside it, and leave it alone.
    alice.change_preferences(alice.preferences().clone()).await.unwrap();

    let id = alice.new_template("Alles".into()).await.unwrap();
    let all: Vec<_> = MergeField::in_list(MergeList::Company)
        .filter(|field| *field != MergeField::CompanyLogo)
        .map(|field| format!("«{}»", field.key()))
        .collect();
    save(&alice, id, &all.join("|")).await;
    let filled = bob.fill_template(id, None).await.unwrap();
    let wanted = "Alfa Holding|Kade 1|1234 AB|Deventer|NL91 ABNA 0417 1643 00|ABNANL2A|Amsterdam|12345678|NL001234567B01";
    assert_eq!((filled.html.as_str(), filled.unknown.len()), (wanted, 0));
    assert_eq!(
        stage
            .crm
            .sign_in("alice@alfa.example", crm::Secret::new(crate::world::PASSWORD), crate::world::client())
            .await
            .unwrap()
            .session
            .me()
            .company,
        "Alfa Holding"
    );
    stage.close().await;
}

/// [TPL-22, CMP-15] Every field of a contact; what is empty is empty, what is no field is told. A contact cannot bring a field of its own.
#[tokio::test]
async fn contacts() {
    let (stage, alice) = open().await;
    let id = alice.new_template("Alles".into()).await.unwrap();
    let all: Vec<_> = MergeField::in_list(MergeList::Contact).map(|field| format!("«{}»", field.key())).collect();
    save(&alice, id, &format!("{}|«Mijn Vornaam»", all.join("|"))).await;
    let form = ContactForm {
        function: "«Mijn IBAN»<img src=x onerror=alert(1)>".into(),
        company: "Los Bedrijf".into(),
        mobile: "0612345678".into(),
        address: AddressForm { street: "Kade 1".into(), postcode: "1234 AB".into(), city: "Deventer".into(), ..AddressForm::default() },
        ..person("Jan", "van der Berg", "jan@bakker.example")
    };
    let jan = alice.add_contact(form).await.unwrap();
    let filled = alice.fill_template(id, Some(jan)).await.unwrap();
    let wanted = "Beste Jan|Jan van der Berg|Jan|van der Berg|Los Bedrijf|‹Mijn IBAN›&lt;img src=x onerror=alert(1)&gt;|jan@bakker.example\
                  ||0612345678|Kade 1|1234 AB|Deventer||«Mijn Vornaam»";
    assert_eq!(filled.html, wanted);
    assert_eq!(filled.unknown, ["Mijn Vornaam"]);
    let preview = alice.preview_template("Aan «Naam»".into(), "<p>«Aanhef»<script>alert(1)</script></p>".into(), Some(jan)).await.unwrap();
    assert_eq!((preview.subject.as_str(), preview.html.as_str()), ("Aan Jan van der Berg", "<p>Beste Jan</p>"));
    alice.delete_contact(jan).await.unwrap();
    assert!(matches!(alice.fill_template(id, Some(jan)).await, Err(Error::NotFound)));
    stage.close().await;
}

/// A picture of this size, as far as its first bytes tell.
fn logo(width: u8) -> Logo {
    Logo::from_bytes(&[b"GIF89a".as_slice(), &[width, 0, 40, 0], b"\x80\0\0"].concat()).unwrap()
}

/// [TPL-14, USR-04] The standard template has a place for the logo: it shows in each letter, of everybody and from copies too, and nothing without one.
#[tokio::test]
async fn the_logo() {
    let (stage, alice) = open().await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let id = standard(&alice).await;
    let before = alice.fill_template(id, None).await.unwrap().html;
    assert!(!before.contains("<img") && before.ends_with("</a></p>\n"), "not even an empty line: {before}");
    assert_eq!(alice.open_logo().await.unwrap(), None);
    assert_eq!(alice.change_logo(Some(logo(120))).await.unwrap(), None);
    let picture = format!("<br><img src=\"{}\" alt=\"Alfa\" width=\"120\" height=\"40\"></p>", logo(120).picture);
    let copy = alice.new_template("Offerte".into()).await.unwrap();
    for (session, template) in [(&alice, id), (&bob, id), (&bob, copy)] {
        let html = session.fill_template(template, None).await.unwrap().html;
        assert!(html.contains(&picture), "{html}");
    }
    assert_eq!(alice.change_logo(Some(logo(60))).await.unwrap(), Some(logo(120)), "what was, to undo it with");
    assert_eq!(alice.change_logo(None).await.unwrap(), Some(logo(60)));
    assert_eq!(alice.fill_template(id, None).await.unwrap().html, before);
    assert_eq!(alice.change_logo(Some(logo(60))).await.unwrap(), None);
    assert_eq!(alice.open_logo().await.unwrap(), Some(logo(60)));
    // Nobody else's.
    let mallory = stage.register("Mallory", "Mal").await;
    assert_eq!(mallory.open_logo().await.unwrap(), None);

    let svg = Logo { picture: "data:image/png;base64,PHN2Zz48L3N2Zz4=".into(), width: 1, height: 1 };
    match alice.change_logo(Some(svg)).await {
        Err(Error::Invalid(wrong)) => assert_eq!(wrong[0].problem, Problem::SvgPicture),
        other => panic!("{other:?}"),
    }
    assert_eq!(alice.open_logo().await.unwrap(), Some(logo(60)));
    stage.close().await;
}

/// [TPL-14] What somebody has written stays as it is: a logo changes no template of theirs.
#[tokio::test]
async fn the_logo_changes_no_text() {
    let (stage, alice) = open().await;
    let id = standard(&alice).await;
    save(&alice, id, "<p>Groet</p>").await;
    alice.change_logo(Some(logo(120))).await.unwrap();
    let kept = alice.open_template(id).await.unwrap();
    assert_eq!((kept.body.as_str(), kept.version), ("<p>Groet</p>", 2));
    save(&alice, id, "<p>« my logo »</p>").await;
    assert!(alice.fill_template(id, None).await.unwrap().html.starts_with("<p><img src=\"data:image/gif;base64,"));
    stage.close().await;
}
