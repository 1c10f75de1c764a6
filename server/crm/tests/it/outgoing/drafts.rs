//! What is being written.

use super::*;
use bytes::Bytes;
use model::Role;
use model::contact::{ContactForm, DetailForm, DetailKind};
use model::inbox::Place;
use model::mail_account::{Diagnosis, DiagnosisKind, Security, ServerSettings};
use model::outgoing::{Action, ContactFile, MOST_FILES, MOST_RECIPIENTS, MOST_TEXT, QuotedHead};
use model::work::{Act, Snooze, Which};

fn heading(head: &QuotedHead) -> String {
    let to = addresses(&head.to).join(" ");
    format!("{} <{}> aan {to} over {}{}", head.from.name, head.from.address, head.subject, if head.forward { " door" } else { "" })
}

/// [CMP-01, CMP-02, CMP-03, CMP-04, CMP-10, TPL-09, TPL-10] From a card: whom it is to, his salutation, the template's subject, sender and files.
#[tokio::test]
async fn from_a_card() {
    let (stage, alice, first) = open().await;
    stage.clock.pass(1);
    let second = stage.mailbox_at(&alice, "alice@beta.example").await;
    let senders: Vec<_> = alice.list_senders().await.unwrap().into_iter().map(|one| (one.account, one.name, one.address)).collect();
    let own = |mailbox: &Mailbox, address: &str| (mailbox.account.id, "Alice de Wit".to_owned(), address.to_owned());
    assert_eq!(senders, [own(&first, ALICE), own(&second, "alice@beta.example")]);
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let private = DetailForm { kind: DetailKind::Email, label: String::new(), value: "prive@bakker.example".into() };
    alice.add_detail(jan, private).await.unwrap();
    let offer = template(&alice, "Offerte", "Offerte voor «Naam»", "Beta.example", "<p>«Aanhef»,</p>").await;
    alice.add_template_file(offer, "voorwaarden.pdf".into(), "application/pdf".into(), Bytes::from_static(b"%PDF")).await.unwrap();
    let packs = stage.packs(&alice);

    let draft = alice.open_draft(alice.begin_letter(Some(jan), None, None).await.unwrap()).await.unwrap();
    assert!(draft.form.html.contains("<p>Beste Jan,</p>"), "{}", draft.form.html);
    assert_eq!(draft.form.to, [Recipient { name: "Jan Bakker".into(), address: JAN.into() }]);
    assert_eq!((draft.form.sender, draft.version, draft.action), (Some(first.account.id), 1, Action::New));
    assert_eq!((draft.contacts[0].id, draft.contacts.len(), draft.files.len()), (jan, 1, 0));

    let asked = Some("PRIVE@bakker.example".to_owned());
    let draft = alice.open_draft(alice.begin_letter(Some(jan), asked, Some(offer)).await.unwrap()).await.unwrap();
    assert_eq!(addresses(&draft.form.to), ["prive@bakker.example"]);
    assert_eq!((draft.form.subject.as_str(), draft.form.template), ("Offerte voor Jan Bakker", Some(offer)));
    assert!(draft.form.html.starts_with("<p>Beste Jan,</p>"));
    assert_eq!(draft.form.sender, Some(second.account.id));
    let (told, bytes) = alice.open_draft_file(draft.files[0].id).await.unwrap();
    assert_eq!((told.name.as_str(), told.mime.as_str(), bytes.as_slice()), ("voorwaarden.pdf", "application/pdf", &b"%PDF"[..]));
    assert_eq!(stage.packs(&alice), packs, "the template's bytes are there once");

    // The address of somebody else is not his.
    let draft = alice.open_draft(alice.begin_letter(Some(jan), Some(PIET.into()), None).await.unwrap()).await.unwrap();
    assert_eq!((draft.form.to, draft.form.contacts), (vec![], vec![jan]));
    // To nobody who is known, and to nobody at all.
    let draft = alice.open_draft(alice.begin_letter(None, Some(format!(" {PIET} ")), None).await.unwrap()).await.unwrap();
    assert_eq!((addresses(&draft.form.to), draft.form.contacts.len()), (vec![PIET], 0));
    assert!(draft.form.html.contains("Geachte heer, mevrouw"), "{}", draft.form.html);
    let draft = alice.open_draft(alice.begin_letter(None, Some("geen adres".into()), None).await.unwrap()).await.unwrap();
    assert!(draft.form.to.is_empty());
    alice.delete_contact(jan).await.unwrap();
    assert!(matches!(alice.begin_letter(Some(jan), None, None).await, Err(Error::NotFound)));
    stage.close().await;
}

/// [CMP-11] Whom somebody may mean: active contacts, each of their addresses.
#[tokio::test]
async fn suggestions() {
    let (stage, alice, _) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    alice.add_detail(jan, DetailForm { kind: DetailKind::Email, label: String::new(), value: PIET.into() }).await.unwrap();
    alice.add_detail(jan, DetailForm { kind: DetailKind::Phone, label: String::new(), value: "0570 12 34 56".into() }).await.unwrap();
    alice.add_contact(person("Jan", "Zonder", "")).await.unwrap();
    let gone = alice.add_contact(person("Jan", "Weg", "weg@bakker.example")).await.unwrap();
    alice.set_contact_active(gone, false).await.unwrap();
    let suggested = alice.suggest_recipients(" jan ".into()).await.unwrap();
    let suggested: Vec<_> = suggested.iter().map(|one| (one.contact.id, one.address.as_str())).collect();
    assert_eq!(suggested, [(jan, JAN), (jan, PIET)]);
    assert!(alice.suggest_recipients("  ".into()).await.unwrap().is_empty());
    assert!(alice.suggest_recipients("j".repeat(201)).await.unwrap().is_empty());
    stage.close().await;
}

/// [CMP-21, TPL-16] An answer goes to who asks for it, with the action's template above what is quoted, and says what it answers.
#[tokio::test]
async fn answering() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let reply = template(&alice, "Antwoord", "", "", "<p>«Aanhef»,</p><p><br></p><p>Alice</p>").await;
    begins_with(&alice, |types| types.reply = Some(reply)).await;
    let letter = Letterhead {
        to: vec![to(ALICE), to("bob@elders.example")],
        cc: vec![to(CAROL), to("ALICE@alfa.example"), to("bob@elders.example"), to(JAN)],
        files: vec![file("a.pdf", "aa")],
        ..from_jan("vraag", "<p>Wanneer?</p>")
    };
    let message = arrives(&alice, &mailbox, &letter, "").await;

    let draft = alice.open_draft(alice.begin_answer(message, Action::Reply, heading).await.unwrap()).await.unwrap();
    assert_eq!(draft.form.to, [Recipient { name: "Jan Bakker".into(), address: JAN.into() }]);
    assert_eq!((draft.form.cc.len(), draft.form.bcc.len(), draft.files.len()), (0, 0, 0));
    assert_eq!((draft.form.subject.as_str(), draft.form.sender), ("Re: vraag", Some(mailbox.account.id)));
    assert_eq!((draft.action, draft.answers), (Action::Reply, Some(message)));
    let wanted = "<p>Beste Jan,</p><p><br></p><p>Alice</p><div><br></div>\
                  <div>Jan Bakker &lt;jan@bakker.example&gt; aan alice@alfa.example bob@elders.example over vraag</div>\
                  <blockquote type=\"cite\"><p>Wanneer?</p></blockquote>";
    assert_eq!(draft.form.html, wanted);

    let all = alice.open_draft(alice.begin_answer(message, Action::ReplyAll, heading).await.unwrap()).await.unwrap();
    assert_eq!(addresses(&all.form.to), [JAN]);
    assert_eq!(addresses(&all.form.cc), ["bob@elders.example", CAROL], "each once, and never oneself");
    alice.send_draft(all.id, all.version, all.form, None).await.unwrap();
    let parcel = goes(&stage, &mailbox).await;
    assert_eq!(parcel.recipients, [JAN, "bob@elders.example", CAROL]);
    let head = head(&parcel);
    assert!(head.ends_with(&["References: eerder@bakker.example".into(), "References: vraag@bakker.example".into()]), "{head:?}");
    assert_eq!(archive(&alice, jan).await, ["Re: vraag", "vraag"]);

    let elsewhere = arrives(&alice, &mailbox, &from_jan("lijst", "<p>x</p>"), "Reply-To: Balie <balie@bakker.example>\r\n").await;
    for action in [Action::Reply, Action::ReplyAll] {
        let draft = alice.open_draft(alice.begin_answer(elsewhere, action, heading).await.unwrap()).await.unwrap();
        assert_eq!(draft.form.to, [Recipient { name: "Balie".into(), address: "balie@bakker.example".into() }]);
    }
    stage.close().await;
}

/// [CMP-21] What one has sent is answered to those who had it, and to oneself only where nobody else did.
#[tokio::test]
async fn answering_oneself() {
    let (stage, alice, mailbox) = open().await;
    for (people, wanted) in [(&[ALICE, JAN, PIET][..], &[JAN, PIET][..]), (&[ALICE], &[ALICE])] {
        let message = send(&alice, people, "mijn bericht").await;
        goes(&stage, &mailbox).await;
        let draft = alice.open_draft(alice.begin_answer(message, Action::ReplyAll, heading).await.unwrap()).await.unwrap();
        assert_eq!((addresses(&draft.form.to), draft.form.cc.len()), (wanted.to_vec(), 0));
    }
    stage.close().await;
}

/// [CMP-21, TPL-18] Sent on: to nobody yet, all files in their order, and it answers nothing.
#[tokio::test]
async fn sending_on() {
    let (stage, alice, mailbox) = open().await;
    let files: Vec<_> = (0..9).map(|n| file(&format!("..\\map/{n}.pdf"), &format!("bytes {n}"))).collect();
    let message = arrives(&alice, &mailbox, &Letterhead { files, ..from_jan("offerte", "<p>Zie bijlage</p>") }, "").await;
    let id = alice.begin_answer(message, Action::Forward, heading).await.unwrap();
    let draft = alice.open_draft(id).await.unwrap();
    assert!(draft.form.to.is_empty() && draft.form.cc.is_empty());
    assert_eq!((draft.form.subject.as_str(), draft.action), ("Fwd: offerte", Action::Forward));
    assert!(draft.form.html.contains("over offerte door</div>"), "{}", draft.form.html);
    let names: Vec<_> = draft.files.iter().map(|file| file.name.clone()).collect();
    assert_eq!(names, (0..9).map(|n| format!("{n}.pdf")).collect::<Vec<_>>());
    assert_eq!(alice.open_draft_file(draft.files[8].id).await.unwrap().1, b"bytes 8");
    send_as_it_is(&alice, id, &[PIET]).await;
    let parcel = goes(&stage, &mailbox).await;
    assert!(!text(&parcel).contains("References"));
    assert_eq!(read(&parcel.bytes).attachments.len(), 9);
    assert!(!alice.open_message(message).await.unwrap().row.answered);
    stage.close().await;
}

/// [CMP-21, TEAM-10] A colleague answers from the archive with a mailbox of his own.
#[tokio::test]
async fn answering_for_a_colleague() {
    let (stage, alice, mailbox) = open().await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let message = arrives(&alice, &mailbox, &from_jan("vraag", "<p>x</p>"), "").await;
    let private = arrives(&alice, &mailbox, &Letterhead { from: to(PIET), ..from_jan("prive", "<p>x</p>") }, "").await;
    let without = bob.open_draft(bob.begin_answer(message, Action::Reply, heading).await.unwrap()).await.unwrap();
    assert_eq!(without.form.sender, None);
    let wrong = bob.send_draft(without.id, without.version, without.form, None).await;
    assert_eq!(problem(wrong), ("sender".into(), Problem::Missing));
    let own = stage.mailbox(&bob).await;
    let draft = bob.open_draft(bob.begin_answer(message, Action::ReplyAll, heading).await.unwrap()).await.unwrap();
    assert_eq!((draft.form.sender, addresses(&draft.form.to)), (Some(own.account.id), vec![JAN]));
    assert_eq!(addresses(&draft.form.cc), [ALICE], "who had it stays in the talk");
    assert!(matches!(bob.begin_answer(private, Action::Reply, heading).await, Err(Error::NotFound)));
    let carol = stage.hire(&alice, "Carol", Role::OnlyContactScreen).await;
    assert!(matches!(carol.begin_answer(message, Action::Reply, heading).await, Err(Error::Denied)));
    stage.close().await;
}

/// [CMP-21, TPL-22] Nothing that somebody else wrote is filled in with ours: not his text, his links, his subject, nor his name.
#[tokio::test]
async fn a_hostile_letter() {
    let (stage, alice, mailbox) = open().await;
    reachable(&alice, "0612345678").await;
    alice.add_contact(ContactForm { last_name: "«Mijn Mobiel»".into(), ..person("«Mijn Mobiel»", "", JAN) }).await.unwrap();
    let reply = template(&alice, "Antwoord", "", "", "<p>«Aanhef» van «Naam»,</p><p><br></p>").await;
    begins_with(&alice, |types| types.reply = Some(reply)).await;
    let html = "<p>«Mijn Mobiel» &laquo;Mijn Mobiel&raquo; <span data-merge=\"me.mobile\">x</span>\
                <a href=\"https://mallory.example/?%C2%ABMijn%20Mobiel%C2%BB\">y</a></p>";
    let mut letter = from_jan("«Mijn Mobiel»", html);
    letter.from.name = "«Mijn Mobiel»".into();
    let message = arrives(&alice, &mailbox, &letter, "").await;
    for action in [Action::Reply, Action::Forward] {
        let draft = alice.open_draft(alice.begin_answer(message, action, heading).await.unwrap()).await.unwrap();
        assert!(draft.unknown.is_empty(), "{:?}", draft.unknown);
        let form = DraftForm { to: vec![to(JAN)], html: format!("<p>Bel «mijn mobiel»</p>{}", draft.form.html), ..draft.form };
        let saved = alice.save_draft(draft.id, draft.version, form.clone()).await.unwrap();
        alice.send_draft(draft.id, saved.version, form, None).await.unwrap();
        let sent = text(&goes(&stage, &mailbox).await);
        assert!(sent.contains("<p>Bel 0612345678</p>"), "what one writes oneself is: {sent}");
        assert_eq!(sent.matches("0612345678").count(), 1, "{sent}");
    }
    stage.close().await;
}

/// [CMP-20, TPL-22] Kept as it is written; two windows lose nothing; what is no field is told.
#[tokio::test]
async fn keeping() {
    let (stage, alice, mailbox) = open().await;
    let (id, version, form) = ready(&alice, &[JAN], "concept").await;
    let odd = DraftForm {
        html: "<p>«Mijn Onzin» en «Mijn Voornaam»<script>alert(1)</script></p>".into(),
        cc: vec![Recipient { name: " Piet\r\n Bakker\0 ".into(), address: format!(" {PIET} ") }],
        subject: " Over\r\nBcc: x@y.example «Mijn Onzin» ".into(),
        ..form.clone()
    };
    let saved = alice.save_draft(id, version, odd.clone()).await.unwrap();
    assert_eq!((saved.version, saved.unknown), (2, vec!["Mijn Onzin".to_owned()]));
    let kept = alice.open_draft(id).await.unwrap();
    assert_eq!(kept.form.html, "<p>«Mijn Onzin» en «Mijn Voornaam»</p>");
    assert_eq!(kept.form.subject, "Over Bcc: x@y.example «Mijn Onzin»");
    assert_eq!(kept.form.cc, [Recipient { name: "Piet Bakker".into(), address: PIET.into() }]);
    assert_eq!(kept.unknown, ["Mijn Onzin"]);
    assert_eq!(conflict(alice.save_draft(id, version, form.clone()).await), "drafts.version");
    assert_eq!(conflict(alice.send_draft(id, version, form.clone(), None).await), "drafts.version");
    assert_eq!(alice.open_draft(id).await.unwrap().form, kept.form, "nothing is overwritten");
    assert_eq!(alice.save_draft(id, 2, odd).await.unwrap().version, 2, "the same again is no version");
    assert_eq!(problem(alice.save_draft(id, 2, DraftForm { html: "<!crooked".into(), ..form.clone() }).await).1, Problem::UnreadableHtml);

    stage.clock.pass(1);
    let newer = alice.begin_letter(None, Some(PIET.into()), None).await.unwrap();
    let lines: Vec<_> = alice.list_drafts().await.unwrap().into_iter().map(|line| (line.id, addresses(&line.to).join(" "))).collect();
    assert_eq!(lines, [(newer, PIET.to_owned()), (id, JAN.to_owned())]);
    stage.clock.pass(1);
    assert_eq!(alice.save_draft(id, 2, form.clone()).await.unwrap().version, 3);
    assert_eq!(alice.list_drafts().await.unwrap()[0].id, id, "the last changed first");
    assert_eq!(alice.inbox_counts().await.unwrap().drafts, 2);
    alice.remove_draft(id).await.unwrap();
    assert_eq!(alice.inbox_counts().await.unwrap().drafts, 1);
    for gone in [alice.open_draft(id).await.map(drop), alice.remove_draft(id).await, alice.save_draft(id, 3, form.clone()).await.map(drop)]
    {
        assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    }
    assert!(matches!(alice.send_draft(id, 3, form.clone(), None).await, Err(Error::NotFound)));
    alice.restore_draft(id).await.unwrap();
    assert_eq!(alice.open_draft(id).await.unwrap().form.subject, "concept");
    assert_eq!(take(&stage, &mailbox).await.map(|parcel| parcel.message), None);
    stage.close().await;
}

/// [CMP-20, SEC-03] A draft is its writer's, whoever knows its number; so are his files, his mailbox, and what he has sent.
#[tokio::test]
async fn nobody_elses() {
    let (stage, alice, mailbox) = open().await;
    let (id, version, form) = ready(&alice, &[JAN], "geheim").await;
    let file = alice.attach(id, "geheim.pdf".into(), String::new(), Bytes::from_static(b"x")).await.unwrap().id;
    let sent = send(&alice, &[PIET], "verzonden").await;
    let letter = Letterhead { files: vec![super::file("a.pdf", "a")], ..from_jan("met bijlage", "x") };
    let message = arrives(&alice, &mailbox, &letter, "").await;
    let bob = stage.hire(&alice, "Bob", Role::Administrator).await;
    let mallory = stage.register("Mallory", "Mala").await;
    let before = alice.open_draft(id).await.unwrap();
    let settings = ServerSettings {
        login: "x".into(),
        host: "smtp.mallory.example".into(),
        port: 465,
        security: Security::Tls,
        trusted_certificate: None,
    };
    for other in [&bob, &mallory] {
        let own = other.begin_letter(None, None, None).await.unwrap();
        assert_eq!(other.list_drafts().await.unwrap().len(), 1);
        macro_rules! absent {
            ($($asked:expr;)*) => {$(
                assert!(matches!($asked.await, Err(Error::NotFound)), "{}", stringify!($asked));
            )*};
        }
        absent! {
            other.open_draft(id);
            other.save_draft(id, version, form.clone());
            other.use_template(id, version, form.clone(), None);
            other.remove_draft(id);
            other.restore_draft(id);
            other.attach(id, "x.pdf".into(), String::new(), Bytes::new());
            other.attach_from(own, message, 1);
            other.detach(file);
            other.reattach(file);
            other.open_draft_file(file);
            other.send_draft(id, version, form.clone(), None);
            other.begin_answer(sent, Action::Reply, heading);
            other.take_back(sent);
            other.send_again(sent);
            other.call_it_sent(sent);
            other.sending_server(mailbox.account.id);
            other.change_sending(mailbox.account.id, settings.clone(), true);
        }
        let theirs = other.open_draft(own).await.unwrap();
        let stolen = DraftForm { sender: Some(mailbox.account.id), to: vec![to(PIET)], ..theirs.form };
        assert_eq!(problem(other.save_draft(own, theirs.version, stolen.clone()).await), ("sender".into(), Problem::Unknown));
        assert_eq!(problem(other.send_draft(own, theirs.version, stolen, None).await), ("sender".into(), Problem::Unknown));
        let heard = other.changes_after(0).await.unwrap();
        assert!(heard.iter().all(|change| ![id.0, sent.0].contains(&change.id)));
    }
    assert_eq!(alice.open_draft(id).await.unwrap(), before, "and nothing was touched");
    let heard = alice.changes_after(0).await.unwrap();
    assert!(heard.iter().any(|change| change.id == id.0) && heard.iter().any(|change| change.id == sent.0));
    let carol = stage.hire(&alice, "Carol", Role::OnlyContactScreen).await;
    assert!(matches!(carol.begin_letter(None, None, None).await, Err(Error::Denied)));
    assert!(matches!(carol.list_drafts().await, Err(Error::Denied)));
    stage.close().await;
}

/// [CMP-15, CMP-16, TPL-09, TPL-10] Another template: its words, subject, sender and files instead of the first one's. What was typed, attached and quoted stays.
#[tokio::test]
async fn another_template() {
    let (stage, alice, _) = open().await;
    stage.clock.pass(1);
    let second = stage.mailbox_at(&alice, "alice@beta.example").await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let offer = template(&alice, "Offerte", "Offerte voor «Naam»", "", "<p>«Aanhef»,</p><p><br></p><p>Alice</p>").await;
    let bill = template(&alice, "Factuur", "Factuur", "beta.example", "<p>Geachte klant,</p><p><br></p><p>Boekhouding</p>").await;
    alice.add_template_file(offer, "voorwaarden.pdf".into(), String::new(), Bytes::from_static(b"v")).await.unwrap();
    alice.add_template_file(bill, "iban.pdf".into(), String::new(), Bytes::from_static(b"i")).await.unwrap();
    let id = alice.begin_letter(Some(jan), None, Some(offer)).await.unwrap();
    alice.attach(id, "eigen.pdf".into(), String::new(), Bytes::from_static(b"e")).await.unwrap();
    let draft = alice.open_draft(id).await.unwrap();
    let typed = "<p>Beste Jan,</p><p>Dank voor gisteren.</p><p>Alice</p><blockquote type=\"cite\">oud</blockquote>";
    let form = DraftForm { html: typed.into(), ..draft.form.clone() };
    let names = |draft: &model::outgoing::Draft| {
        let mut names: Vec<_> = draft.files.iter().map(|file| file.name.clone()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&draft), ["eigen.pdf", "voorwaarden.pdf"]);
    let other = alice.use_template(id, draft.version, form.clone(), Some(bill)).await.unwrap();
    let wanted = "<p>Geachte klant,</p><p>Dank voor gisteren.</p><p>Boekhouding</p><blockquote type=\"cite\">oud</blockquote>";
    assert_eq!((other.form.html.as_str(), other.form.subject.as_str()), (wanted, "Factuur"));
    assert_eq!((other.form.sender, other.form.template), (Some(second.account.id), Some(bill)));
    assert_eq!(names(&other), ["eigen.pdf", "iban.pdf"]);
    assert_eq!(conflict(alice.use_template(id, draft.version, form, Some(offer)).await), "drafts.version");

    let mine = DraftForm { subject: "Mijn onderwerp".into(), ..other.form };
    let back = alice.use_template(id, other.version, mine, Some(offer)).await.unwrap();
    assert_eq!(back.form.html, typed);
    assert_eq!(back.form.subject, "Mijn onderwerp", "what was typed there stays too");
    assert_eq!(names(&back), ["eigen.pdf", "voorwaarden.pdf"]);
    let none = alice.use_template(id, back.version, back.form, None).await.unwrap();
    assert_eq!(none.form.html, "<p>Dank voor gisteren.</p><blockquote type=\"cite\">oud</blockquote>");
    assert_eq!((names(&none), none.form.template), (vec!["eigen.pdf".to_owned()], None));
    stage.close().await;
}

/// [CMP-07, CMP-08] Files from one's disk and from an archive go along, sealed; taken off they can be had back.
#[tokio::test]
async fn files() {
    let (stage, alice, mailbox) = open().await;
    let letter = Letterhead { files: vec![file("een.pdf", "1"), file("twee.pdf", "22")], ..from_jan("stukken", "x") };
    let message = arrives(&alice, &mailbox, &letter, "").await;
    let (id, version, form) = ready(&alice, &[JAN], "bijlagen").await;
    let own = alice.attach(id, "C:\\x\\Plan\r\n\0.pdf".into(), "text/html; x=\"\r\n\"".into(), Bytes::from_static(b"plan")).await.unwrap();
    assert_eq!((own.name.as_str(), own.mime.as_str(), own.size), ("Plan.pdf", "text/html", 4));
    assert_eq!(problem(alice.attach(id, "..\\".into(), String::new(), Bytes::new()).await), ("name".into(), Problem::Missing));
    stage.clock.pass(1);
    let theirs = alice.attach_from(id, message, 2).await.unwrap();
    assert_eq!((theirs.name.as_str(), theirs.size), ("twee.pdf", 2));
    for part in [0, 3] {
        assert!(matches!(alice.attach_from(id, message, part).await, Err(Error::NotFound)));
    }
    alice.detach(own.id).await.unwrap();
    assert_eq!(alice.open_draft(id).await.unwrap().files, std::slice::from_ref(&theirs));
    assert!(matches!(alice.open_draft_file(own.id).await, Err(Error::NotFound)));
    alice.reattach(own.id).await.unwrap();
    assert_eq!(alice.open_draft(id).await.unwrap().files, [own.clone(), theirs.clone()]);
    assert_eq!(alice.open_draft_file(own.id).await.unwrap().1, b"plan");
    alice.detach(theirs.id).await.unwrap();
    alice.send_draft(id, version, form, None).await.unwrap();
    assert_eq!(conflict(alice.detach(own.id).await), "drafts.sent");
    let files = read(&goes(&stage, &mailbox).await.bytes).attachments;
    assert_eq!(files.iter().map(|file| (file.name.as_str(), file.size)).collect::<Vec<_>>(), [("Plan.pdf", 4)]);
    assert!(matches!(alice.open_draft_file(own.id).await, Err(Error::NotFound)), "gone with the draft");
    stage.close().await;
}

/// [CMP-08, ARC-12] The files of an archive are offered, the newest first; what another keeps private is not.
#[tokio::test]
async fn files_of_an_archive() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let first = Letterhead { files: vec![file("een.pdf", "1"), file("twee.pdf", "22")], ..from_jan("stukken", "x") };
    let first = arrives(&alice, &mailbox, &first, "").await;
    stage.clock.pass(60);
    let second = Letterhead { files: vec![file("drie.pdf", "333")], date: model::Moment(1_799_990_060_000_000), ..from_jan("meer", "x") };
    let second = arrives(&alice, &mailbox, &second, "").await;
    arrives(&alice, &mailbox, &from_jan("geen", "x"), "").await;
    let of = |files: Vec<ContactFile>| files.into_iter().map(|file| (file.message, file.part, file.name, file.size)).collect::<Vec<_>>();
    let found = of(alice.list_contact_files(jan).await.unwrap());
    let named = |message, part, name: &str, size| (message, part, name.to_owned(), size);
    assert_eq!(found, [named(second, 1, "drie.pdf", 3), named(first, 1, "een.pdf", 1), named(first, 2, "twee.pdf", 2)]);
    let (id, ..) = ready(&alice, &[JAN], "bijlagen").await;
    assert_eq!(alice.attach_from(id, first, 2).await.unwrap().name, "twee.pdf");
    alice.act(Which::These(vec![second]), Act::Private(true)).await.unwrap();
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert_eq!(of(bob.list_contact_files(jan).await.unwrap()).len(), 2);
    alice.delete_contact(jan).await.unwrap();
    stage.close().await;
}

/// [TPL-19, TPL-21] A template goes to whoever works on it as a contact would get it, its files with it, and is nobody's draft.
#[tokio::test]
async fn a_template_tried() {
    let stage = stage().await;
    let alice = stage.register("Alice", "Alfa").await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let offer = template(&alice, "Offerte", "Oud", "", "<p>Oud</p>").await;
    alice.add_template_file(offer, "voorwaarden.pdf".into(), "application/pdf".into(), Bytes::from_static(b"%PDF")).await.unwrap();
    let typed = ("Voor «Naam»".to_owned(), "<p>«Aanhef» «Iets»</p>".to_owned());
    let without = alice.send_template_test(offer, typed.0.clone(), typed.1.clone(), Some(jan)).await;
    assert_eq!(problem(without), ("sender".into(), Problem::Missing));
    let mailbox = stage.mailbox(&alice).await;
    let own = alice.open_profile().await.unwrap().email;
    assert_eq!(alice.send_template_test(offer, typed.0, typed.1, Some(jan)).await.unwrap(), own);
    assert!(alice.list_drafts().await.unwrap().is_empty());
    let parcel = goes(&stage, &mailbox).await;
    assert_eq!(parcel.recipients, [own]);
    let letter = read(&parcel.bytes);
    assert_eq!((letter.subject.as_str(), letter.attachments.len()), ("Voor Jan Bakker", 1));
    assert!(text(&parcel).contains("<p>Beste Jan «Iets»</p>"), "{}", text(&parcel));
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    assert!(matches!(bob.send_template_test(offer, String::new(), String::new(), None).await, Err(Error::Denied)));
    stage.close().await;
}

/// [CMP-17] 200 people, 25 MB of files, 8 MB of text: no more goes, and it is said before anything is lost.
#[tokio::test]
async fn limits() {
    let (stage, alice, mailbox) = open().await;
    let (id, version, form) = ready(&alice, &[], "grenzen").await;
    assert_eq!(problem(alice.send_draft(id, version, form.clone(), None).await), ("to".into(), Problem::NoRecipient));
    let many: Vec<_> = (0..MOST_RECIPIENTS).map(|n| to(&format!("{n}@bakker.example"))).collect();
    let crowded = DraftForm { to: many.clone(), bcc: vec![to(PIET)], ..form.clone() };
    for refused in
        [alice.save_draft(id, version, crowded.clone()).await.map(drop), alice.send_draft(id, version, crowded, None).await.map(drop)]
    {
        assert_eq!(problem(refused), ("to".into(), Problem::TooManyRecipients(200)));
    }
    let long = DraftForm { html: "x".repeat(MOST_TEXT + 1), ..form.clone() };
    assert_eq!(problem(alice.save_draft(id, version, long).await), ("html".into(), Problem::TooBig(8)));
    let wrong = DraftForm { cc: vec![to("geen adres")], to: vec![to(JAN)], ..form.clone() };
    assert_eq!(alice.save_draft(id, version, wrong.clone()).await.unwrap().version, 2, "what is half written is kept");
    assert_eq!(problem(alice.send_draft(id, 2, wrong, None).await), ("cc".into(), Problem::NotAnEmailAddress));

    let half = Bytes::from(vec![b'x'; usize::try_from(MOST_FILES / 2 + 1).unwrap()]);
    let first = alice.attach(id, "een.bin".into(), String::new(), half.clone()).await.unwrap();
    let packs = stage.packs(&alice);
    let too_big = ("file".to_owned(), Problem::TooBig(25));
    assert_eq!(problem(alice.attach(id, "twee.bin".into(), String::new(), half.clone()).await), too_big);
    assert_eq!(stage.packs(&alice), packs, "nothing is left of it");
    alice.detach(first.id).await.unwrap();
    alice.attach(id, "twee.bin".into(), String::new(), half).await.unwrap();
    assert_eq!(problem(alice.reattach(first.id).await), too_big);
    alice.send_draft(id, 2, DraftForm { to: many, ..form }, None).await.unwrap();
    assert_eq!(goes(&stage, &mailbox).await.recipients.len(), MOST_RECIPIENTS);

    // What somebody else could send may be more than goes from here: it is shown, and does not go with all of it.
    let heavy = Enclosed { bytes: vec![b'x'; usize::try_from(MOST_FILES + 1).unwrap()], ..file("film.bin", "") };
    let letter = Letterhead { files: vec![heavy, file("tekst.pdf", "x")], ..from_jan("film", "x") };
    let message = arrives(&alice, &mailbox, &letter, "").await;
    let id = alice.begin_answer(message, Action::Forward, heading).await.unwrap();
    let draft = alice.open_draft(id).await.unwrap();
    let form = DraftForm { to: vec![to(PIET)], ..draft.form };
    assert_eq!(problem(alice.send_draft(id, draft.version, form.clone(), None).await), too_big);
    alice.detach(draft.files[0].id).await.unwrap();
    let version = alice.open_draft(id).await.unwrap().version;
    alice.send_draft(id, version, form, None).await.unwrap();
    stage.close().await;
}

/// [EML-24] The outgoing server of a mailbox: guessed until its owner says otherwise, tried before it is kept, kept untried only on his word.
#[tokio::test]
async fn the_outgoing_server() {
    let (stage, alice, mailbox) = open().await;
    let account = mailbox.account.id;
    let guessed = alice.sending_server(account).await.unwrap();
    assert_eq!((guessed.settings.host.as_str(), guessed.settings.login.as_str(), guessed.chosen), ("smtp.alfa.example", ALICE, false));
    let wrong = ServerSettings { host: "geen host".into(), ..guessed.settings.clone() };
    assert_eq!(problem(alice.change_sending(account, wrong, true).await), ("host".into(), Problem::NotAHostName));
    let closed = Diagnosis::new(DiagnosisKind::PortClosed, "relay.example");
    *stage.mailroom.refuses.lock().unwrap() = Some(closed.clone());
    let relay = ServerSettings { host: " Relay.example ".into(), login: " alice ".into(), port: 587, ..guessed.settings.clone() };
    assert_eq!(alice.change_sending(account, relay.clone(), false).await.unwrap(), Some(closed.clone()));
    assert_eq!(alice.sending_server(account).await.unwrap(), guessed, "it does not answer, so it is not kept");
    assert_eq!(alice.change_sending(account, relay.clone(), true).await.unwrap(), Some(closed));
    let kept = alice.sending_server(account).await.unwrap();
    assert_eq!(
        (kept.settings.host.as_str(), kept.settings.login.as_str(), kept.settings.port, kept.chosen),
        ("relay.example", "alice", 587, true)
    );
    *stage.mailroom.refuses.lock().unwrap() = None;
    let other = ServerSettings { port: 465, ..relay };
    assert_eq!(alice.change_sending(account, other, false).await.unwrap(), None);
    assert_eq!(*stage.mailroom.passwords.lock().unwrap(), ["geheim", "geheim", "geheim"]);
    send(&alice, &[JAN], "via de relay").await;
    let parcel = take(&stage, &mailbox).await.unwrap();
    assert_eq!((parcel.server.host.as_str(), parcel.server.port), ("relay.example", 465));
    let pass = mailbox.system.pass(parcel.account, None).await.unwrap();
    assert_eq!(pass, Ok(crm::Secret::new("geheim").into()));
    assert_eq!((parcel.from.as_str(), parcel.account), (ALICE, account));
    stage.close().await;
}

/// [CMP-20, CMP-17, CLN-04] A draft that was removed goes for good with the nightly cleaning, and so do the files of one that never went.
#[tokio::test]
async fn cleaned_away() {
    let (stage, alice, _) = open().await;
    let (removed, ..) = ready(&alice, &[JAN], "weg").await;
    alice.attach(removed, "a.pdf".into(), String::new(), Bytes::from_static(b"a")).await.unwrap();
    alice.remove_draft(removed).await.unwrap();
    let (thrown, version, form) = ready(&alice, &[JAN], "weggegooid").await;
    alice.attach(thrown, "b.pdf".into(), String::new(), Bytes::from_static(b"b")).await.unwrap();
    let message = alice.send_draft(thrown, version, form, Some(Snooze::Tomorrow)).await.unwrap();
    alice.delete_messages(vec![message]).await.unwrap();
    let (kept, ..) = ready(&alice, &[JAN], "blijft").await;
    alice.attach(kept, "c.pdf".into(), String::new(), Bytes::from_static(b"c")).await.unwrap();
    assert_eq!(stage.packs(&alice), 4);
    days(&stage, &alice, 200).await;
    assert!(matches!(alice.restore_draft(removed).await, Err(Error::NotFound)));
    assert_eq!(stage.packs(&alice), 1);
    assert_eq!(alice.list_drafts().await.unwrap().len(), 1);
    assert_eq!(alice.open_draft_file(alice.open_draft(kept).await.unwrap().files[0].id).await.unwrap().1, b"c");
    assert!(alice.inbox_counts().await.unwrap().outbox == 0 && found(&alice, "weggegooid").await.is_empty());
    assert!(crate::world::list(&alice, Place::Trash).await.is_empty());
    stage.close().await;
}

/// Nights pass, and what is done in them is done.
async fn days(stage: &Stage, session: &Session, count: i64) {
    let system = stage.crm.system(session.company()).await.unwrap();
    for _ in 0..count {
        stage.clock.pass(86_400);
        system.do_jobs().await.unwrap();
    }
}
