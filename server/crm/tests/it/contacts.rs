use crate::world::stage;
use crm::{Error, Session};
use model::contact::{AddressForm, ContactField, ContactFilter, ContactForm, ContactKind, DetailForm, DetailKind};
use model::{ContactId, Invalid, Problem, Role};

pub(crate) fn person(first: &str, last: &str, email: &str) -> ContactForm {
    ContactForm { first_name: first.into(), last_name: last.into(), email: email.into(), ..ContactForm::default() }
}

pub(crate) fn firm(name: &str) -> ContactForm {
    ContactForm { kind: ContactKind::Company, company: name.into(), ..ContactForm::default() }
}

async fn names(session: &Session, search: &str) -> Vec<String> {
    let filter = ContactFilter { search: search.into(), ..ContactFilter::default() };
    session.list_contacts(filter, None).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

/// [CON-01, CON-02, CON-04, CON-16] A card with its details; every contact has exactly one type.
#[tokio::test]
async fn a_card() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let form =
        ContactForm { mobile: "06 12 34 56 78".into(), function: "Projectleider".into(), ..person("Jan", "Bakker", "jan@bakker.example") };
    let id = alice.add_contact(form).await.unwrap();
    let card = alice.open_contact(id).await.unwrap();
    assert_eq!(card.contact.name(), "Jan Bakker");
    assert_eq!(card.type_.id, alice.list_contact_types().await.unwrap()[0].id);
    let kinds: Vec<_> = card.details.iter().map(|detail| (detail.kind, detail.value.as_str())).collect();
    assert_eq!(kinds, [(DetailKind::Mobile, "06 12 34 56 78"), (DetailKind::Email, "jan@bakker.example")]);
    stage.close().await;
}

/// [CON-03] A field edited in place answers what stood there, so that it can be undone; a name cannot be emptied away.
#[tokio::test]
async fn editing_in_place_and_undoing() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let id = alice.add_contact(person("Jan", "Bakker", "")).await.unwrap();
    let before = alice.change_contact(id, ContactField::LastName, " Bakkers\0 ".into()).await.unwrap();
    assert_eq!(before, "Bakker");
    assert_eq!(alice.open_contact(id).await.unwrap().contact.last_name, "Bakkers");
    alice.change_contact(id, ContactField::LastName, before).await.unwrap();
    alice.change_contact(id, ContactField::FirstName, String::new()).await.unwrap();
    let refused = alice.change_contact(id, ContactField::LastName, "  ".into()).await.err();
    assert!(matches!(refused, Some(Error::Invalid(found)) if found == [Invalid::new("value", Problem::Missing)]));
    assert_eq!(alice.open_contact(id).await.unwrap().contact.name(), "Bakker");
    stage.close().await;
}

/// [CON-04] Details are added, changed and removed; each answers what is needed to undo it; none stands twice.
#[tokio::test]
async fn details() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let id = alice.add_contact(person("Jan", "Bakker", "jan@bakker.example")).await.unwrap();
    let form = |kind, value: &str| DetailForm { kind, label: "werk".into(), value: value.into() };
    let twice = alice.add_detail(id, form(DetailKind::Email, "JAN@bakker.example")).await.err();
    assert!(matches!(twice, Some(Error::Invalid(found)) if found == [Invalid::new("value", Problem::AlreadyThere)]));
    let phone = alice.add_detail(id, form(DetailKind::Phone, "0570 12 34 56")).await.unwrap();
    let refused = alice.change_detail(phone, form(DetailKind::Phone, "bel Jan")).await.err();
    assert!(matches!(refused, Some(Error::Invalid(found)) if found == [Invalid::new("value", Problem::NotAPhoneNumber)]));
    let before = alice.change_detail(phone, form(DetailKind::Mobile, "06 98 76 54 32")).await.unwrap();
    assert_eq!(before, form(DetailKind::Phone, "0570 12 34 56"));
    let removed = alice.remove_detail(phone).await.unwrap();
    assert_eq!(removed.label, "werk");
    assert_eq!(alice.open_contact(id).await.unwrap().details.len(), 1);
    alice.add_detail(id, removed).await.unwrap();
    assert_eq!(alice.open_contact(id).await.unwrap().details.len(), 2);
    stage.close().await;
}

/// [CON-11, CON-13, CON-14] Two levels: an employee's card starts with the company's address, a link copies it on demand.
#[tokio::test]
async fn employer_and_employees() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let address = AddressForm { street: "Hanzeweg 18".into(), city: "Deventer".into(), ..AddressForm::default() };
    let company = alice.add_contact(ContactForm { address: address.clone(), ..firm("Bakker Bouw BV") }).await.unwrap();
    let form = alice.new_employee(company).await.unwrap();
    assert_eq!((form.employer, &form.address), (Some(company), &address));
    let jan = alice.add_contact(ContactForm { first_name: "Jan".into(), ..form }).await.unwrap();
    let tom = alice.add_contact(person("Tom", "Willemsen", "")).await.unwrap();
    assert_eq!(alice.set_employer(tom, Some(company), true).await.unwrap(), None);
    let card = alice.open_contact(tom).await.unwrap();
    assert_eq!(card.addresses[0].form, address);
    assert_eq!(card.employer.unwrap().name, "Bakker Bouw BV");
    let employees: Vec<_> = alice.open_contact(company).await.unwrap().employees.into_iter().map(|one| one.name).collect();
    assert_eq!(employees, ["Jan", "Tom Willemsen"]);

    for (employee, employer) in [(company, company), (company, jan), (jan, tom), (jan, jan)] {
        let refused = alice.set_employer(employee, Some(employer), false).await.err();
        assert!(matches!(refused, Some(Error::Invalid(found)) if found == [Invalid::new("employer", Problem::EmployerLoop)]));
    }
    assert_eq!(alice.set_employer(tom, None, false).await.unwrap(), Some(company));
    stage.close().await;
}

/// [CON-19, CON-21] Ranked on the latest interaction; found by name, company, e-mail address and phone number.
#[tokio::test]
async fn finding_contacts() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let company = alice.add_contact(firm("Bakker Bouw BV")).await.unwrap();
    stage.clock.pass(60);
    alice
        .add_contact(ContactForm {
            employer: Some(company),
            mobile: "06-12345678".into(),
            ..person("José", "Müller", "jose@mueller.example")
        })
        .await
        .unwrap();
    stage.clock.pass(60);
    alice.add_contact(person("100%", "Underscore_", "x@y.example")).await.unwrap();
    assert_eq!(names(&alice, "").await, ["100% Underscore_", "José Müller", "Bakker Bouw BV"]);
    for search in ["jose", "MULLER", "müller jo", "@mueller", "0612345678", "06 12 34 56 78", "612345"] {
        assert_eq!(names(&alice, search).await, ["José Müller"], "{search}");
    }
    assert_eq!(names(&alice, "bakker bouw").await.last().map(String::as_str), Some("Bakker Bouw BV"));
    for search in ["%", "_", "100%"] {
        assert_eq!(names(&alice, search).await, ["100% Underscore_"], "{search}");
    }
    assert!(names(&alice, "' OR 1=1 --").await.is_empty());
    stage.close().await;
}

/// [CON-08, CON-09, CON-10] Tags are typed on a card, meet whatever their case, and are found with `#`.
#[tokio::test]
async fn tags() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let jan = alice.add_contact(person("Jan", "Bakker", "")).await.unwrap();
    let tom = alice.add_contact(person("Tom", "Willemsen", "")).await.unwrap();
    let first = alice.tag_contact(jan, "#Nieuwsbrief".into()).await.unwrap();
    let second = alice.tag_contact(tom, "nieuwsBRIEF".into()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(alice.list_tags().await.unwrap()[0].contacts, 2);
    assert_eq!(names(&alice, "#nieuws").await.len(), 2);
    alice.untag_contact(tom, second.id).await.unwrap();
    assert_eq!(names(&alice, "#nieuws").await, ["Jan Bakker"]);
    alice.remove_tag(first.id).await.unwrap();
    assert!(alice.open_contact(jan).await.unwrap().tags.is_empty());
    stage.close().await;
}

/// [CON-24, CON-26] Inactive contacts leave the list; a deleted one can be brought back.
#[tokio::test]
async fn inactive_and_deleted() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let jan = alice.add_contact(person("Jan", "Bakker", "")).await.unwrap();
    alice.set_contact_active(jan, false).await.unwrap();
    assert!(names(&alice, "").await.is_empty());
    alice.set_contact_active(jan, true).await.unwrap();
    alice.delete_contact(jan).await.unwrap();
    assert!(names(&alice, "").await.is_empty());
    assert!(alice.open_contact(jan).await.unwrap().deleted);
    assert!(matches!(alice.change_contact(jan, ContactField::FirstName, "X".into()).await, Err(Error::NotFound)));
    alice.restore_contact(jan).await.unwrap();
    assert_eq!(names(&alice, "").await, ["Jan Bakker"]);
    stage.close().await;
}

/// [CON-16] A type in use cannot be removed; one without contacts can.
#[tokio::test]
async fn contact_types() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let id = alice.add_contact_type("VIP".into()).await.unwrap();
    let jan = alice.add_contact(ContactForm { type_id: Some(id), ..person("Jan", "Bakker", "") }).await.unwrap();
    assert!(matches!(alice.remove_contact_type(id).await, Err(Error::Conflict(_))));
    let other = alice.list_contact_types().await.unwrap()[0].id;
    assert_eq!(alice.set_contact_type(jan, other).await.unwrap(), id);
    alice.remove_contact_type(id).await.unwrap();
    assert!(alice.list_contact_types().await.unwrap().iter().all(|kind| kind.id != id));
    stage.close().await;
}

/// [TEAM-13] Rights are checked in the verb: who only has the contact screen changes nothing.
#[tokio::test]
async fn rights_are_checked_in_the_verb() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let jan = alice.add_contact(person("Jan", "Bakker", "")).await.unwrap();
    let carol = stage.hire(&alice, "Carol", Role::OnlyContactScreen).await;
    carol.open_contact(jan).await.unwrap();
    assert!(matches!(carol.add_contact(person("X", "Y", "")).await, Err(Error::Denied)));
    assert!(matches!(carol.delete_contact(jan).await, Err(Error::Denied)));
    assert!(matches!(carol.list_mail_accounts().await, Err(Error::Denied)));
    assert!(matches!(carol.set_two_way(true).await, Err(Error::Denied)));
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert!(matches!(bob.add_contact_type("VIP".into()).await, Err(Error::Denied)));
    assert!(matches!(bob.change_preferences(bob.preferences().clone()).await, Err(Error::Denied)));
    stage.close().await;
}

/// [CON-17, CON-19] A long list is read page by page, each contact once.
#[tokio::test]
async fn pages() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    for number in 0..230 {
        // All at one moment: the id decides.
        alice.add_contact(person("Jan", &number.to_string(), "")).await.unwrap();
    }
    let mut seen: Vec<ContactId> = Vec::new();
    let mut after = None;
    loop {
        let page = alice.list_contacts(ContactFilter::default(), after).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let unique: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), unique.len()), (230, 230));
    assert_eq!(alice.count_contacts(ContactFilter::default()).await.unwrap(), 230);
    stage.close().await;
}
