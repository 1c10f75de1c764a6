//! Addresses that one sends from beside that of a mailbox, and what is kept of a letter that is sent on.

use super::*;
use crate::world::{letter, list};
use crm::ports::Parcel;
use model::mail_account::{Diagnosis, DiagnosisKind};
use model::message::ParticipantRole;
use model::nature::Answer;
use model::outgoing::{Action, QuotedHead, Sender};
use model::preferences::Preferences;
use model::sender::{SenderAddress, SenderForm, SenderStanding};
use model::{MailAccountId, Role, SenderId};

const INFO: &str = "info@alfa.example";

/// The code alone, so that a test can read it.
fn words(address: &str, code: &str) -> (String, String) {
    (format!("Code voor {address}"), code.to_owned())
}

fn form(account: MailAccountId, address: &str) -> SenderForm {
    SenderForm { account, address: address.into(), name: String::new() }
}

async fn asked(session: &Session, mailbox: &Mailbox, address: &str) -> SenderId {
    session.add_sender(form(mailbox.account.id, address), words).await.unwrap()
}

/// What the newest letter with a code says, and how it went.
fn mailed(stage: &Stage) -> (Parcel, String) {
    let (parcel, _) = stage.mailroom.handed.lock().unwrap().last().unwrap().clone();
    let code = text(&parcel).rsplit_once("<div>").unwrap().1.trim_end_matches("</div>").to_owned();
    (parcel, code)
}

async fn verified(stage: &Stage, session: &Session, mailbox: &Mailbox, address: &str) -> SenderId {
    let id = asked(session, mailbox, address).await;
    session.verify_sender(id, &mailed(stage).1).await.unwrap();
    id
}

async fn shown(session: &Session) -> Vec<SenderAddress> {
    session.open_senders().await.unwrap().addresses
}

async fn offered(session: &Session) -> Vec<(String, Option<SenderId>)> {
    session.list_senders().await.unwrap().into_iter().map(|Sender { alias, address, .. }| (address, alias)).collect()
}

/// Another code than this one.
fn other(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

fn heading(_: &QuotedHead) -> String {
    String::new()
}

/// [EML-25] The code goes from the new address, to it, through the mailbox's own server with what opens it; it is kept as a hash, and
/// with it the address is offered.
#[tokio::test]
async fn a_code_verifies() {
    let (stage, alice, mailbox) = open().await;
    let id = alice
        .add_sender(SenderForm { name: " Alfa\tVerkoop ".into(), ..form(mailbox.account.id, " info@alfa.example ") }, words)
        .await
        .unwrap();
    let (parcel, code) = mailed(&stage);
    assert_eq!((parcel.from.as_str(), parcel.recipients.as_slice()), (INFO, &[INFO.to_owned()][..]));
    assert_eq!((parcel.account, parcel.server.host.as_str()), (mailbox.account.id, "smtp.alfa.example"));
    assert_eq!(stage.mailroom.handed.lock().unwrap()[0].1, "geheim");
    let head = head(&parcel);
    for line in ["From: Alfa Verkoop <info@alfa.example>", "To: Alfa Verkoop <info@alfa.example>", "Subject: Code voor info@alfa.example"] {
        assert!(head.contains(&line.to_owned()), "{line}: {head:?}");
    }
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    assert!(list(&alice, Place::Outbox).await.is_empty(), "it is no letter of hers");

    let asked = &shown(&alice).await[0];
    assert_eq!((asked.id, asked.mailbox.as_str(), asked.address.as_str(), asked.name.as_str()), (id, ALICE, INFO, "Alfa Verkoop"));
    let until = alice.civil(stage.crm.now().plus_seconds(1800));
    assert_eq!(asked.standing, SenderStanding::Asked(until));
    assert_eq!(offered(&alice).await, [(ALICE.to_owned(), None)], "not yet");

    assert_eq!(problem(alice.verify_sender(id, "12345").await), ("code".into(), Problem::NotACode));
    assert_eq!(problem(alice.verify_sender(id, other(&code)).await), ("code".into(), Problem::WrongCode));
    alice.verify_sender(id, &format!(" {} {} ", &code[..3], &code[3..])).await.unwrap();
    assert_eq!(shown(&alice).await[0].standing, SenderStanding::Verified);
    assert_eq!(offered(&alice).await, [(ALICE.to_owned(), None), (INFO.to_owned(), Some(id))]);
    // Once more changes nothing, and mails nothing.
    alice.verify_sender(id, "000000").await.unwrap();
    alice.send_sender_code(id, |_, _| unreachable!()).await.unwrap();
    assert!(stage.planted(&[&code]).is_empty(), "the code stands in no file");
    stage.close().await;
}

/// [EML-25] What no server takes, what is there already and one's own mailbox are told at the field, before a letter goes or a row is kept.
#[tokio::test]
async fn addresses_are_judged_first() {
    let (stage, alice, mailbox) = open().await;
    let account = mailbox.account.id;
    let second = stage.mailbox_at(&alice, "alice@beta.example").await;
    asked(&alice, &mailbox, INFO).await;
    let letters = stage.mailroom.handed.lock().unwrap().len();
    for (account, address, wanted) in [
        (account, "", Problem::Missing),
        (account, "info", Problem::NotAnEmailAddress),
        (account, "zoë@alfa.example", Problem::NotAnEmailAddress),
        (account, "Alice@Alfa.example", Problem::OwnMailbox),
        (account, "alice@beta.example", Problem::OwnMailbox),
        (account, "INFO@alfa.example", Problem::AlreadyThere),
        (second.account.id, INFO, Problem::AlreadyThere),
    ] {
        let refused = alice.add_sender(form(account, address), |_, _| unreachable!()).await;
        assert_eq!(problem(refused), ("address".into(), wanted), "{address}");
    }
    let long = SenderForm { name: "x".repeat(201), ..form(account, "verkoop@alfa.example") };
    assert_eq!(problem(alice.add_sender(long, |_, _| unreachable!()).await), ("name".into(), Problem::TooLong(200)));
    assert_eq!(stage.mailroom.handed.lock().unwrap().len(), letters);
    assert_eq!(shown(&alice).await.len(), 1);
    stage.close().await;
}

/// [EML-25] A server that will not have the address is told in its own words, and nothing is kept; nor is anything of a mailbox that
/// does not open.
#[tokio::test]
async fn the_server_refuses() {
    let (stage, alice, mailbox) = open().await;
    let closed = Diagnosis::new(DiagnosisKind::WrongPassword, "smtp.alfa.example");
    for (handed, wanted) in [
        (fault(SendFault::Refused("550 5.7.60 Not yours".into())), SendFault::Refused("550 5.7.60 Not yours".into())),
        (Handed { refused: vec![refusal(INFO)], ..Handed::default() }, SendFault::Refused("550 5.1.1 Geen postvak".into())),
        (fault(SendFault::Server(closed.clone())), SendFault::Server(closed)),
    ] {
        stage.mailroom.comes_of.lock().unwrap().push(handed);
        match alice.add_sender(form(mailbox.account.id, INFO), words).await {
            Err(Error::Unsent(fault)) => assert_eq!(fault, wanted),
            other => panic!("{other:?}"),
        }
        assert!(shown(&alice).await.is_empty());
    }
    // Asked anew in vain: the code before is still good.
    let id = asked(&alice, &mailbox, INFO).await;
    let (_, code) = mailed(&stage);
    stage.mailroom.comes_of.lock().unwrap().push(fault(SendFault::Later("451 later".into())));
    assert!(matches!(alice.send_sender_code(id, words).await, Err(Error::Unsent(SendFault::Later(_)))));
    alice.verify_sender(id, &code).await.unwrap();
    stage.close().await;
}

/// [EML-25] A code is good for half an hour and five guesses; another one ends it.
#[tokio::test]
async fn codes_lapse() {
    let (stage, alice, mailbox) = open().await;
    let id = asked(&alice, &mailbox, INFO).await;
    let (_, first) = mailed(&stage);
    stage.clock.pass(1800);
    assert_eq!(shown(&alice).await[0].standing, SenderStanding::Lapsed);
    assert_eq!(problem(alice.verify_sender(id, &first).await), ("code".into(), Problem::CodeLapsed));

    alice.send_sender_code(id, words).await.unwrap();
    let (_, second) = mailed(&stage);
    assert!(first == second || problem(alice.verify_sender(id, &first).await).1 == Problem::WrongCode);
    alice.send_sender_code(id, words).await.unwrap();
    let (_, third) = mailed(&stage);
    for _ in 0..5 {
        assert_eq!(problem(alice.verify_sender(id, other(&third)).await), ("code".into(), Problem::WrongCode));
    }
    assert_eq!(shown(&alice).await[0].standing, SenderStanding::Lapsed);
    assert_eq!(problem(alice.verify_sender(id, &third).await), ("code".into(), Problem::CodeLapsed));
    alice.send_sender_code(id, words).await.unwrap();
    alice.verify_sender(id, &mailed(&stage).1).await.unwrap();
    stage.close().await;
}

/// [EML-25, SEC-05] Neither letters with codes nor guesses at them are without end.
#[tokio::test]
async fn limits() {
    let (stage, alice, mailbox) = open().await;
    let id = asked(&alice, &mailbox, INFO).await;
    for _ in 1..10 {
        alice.send_sender_code(id, words).await.unwrap();
    }
    assert!(matches!(alice.send_sender_code(id, |_, _| unreachable!()).await, Err(Error::TooMany(_))));
    assert!(matches!(alice.add_sender(form(mailbox.account.id, "a@alfa.example"), |_, _| unreachable!()).await, Err(Error::TooMany(_))));
    let (_, code) = mailed(&stage);
    for _ in 0..20 {
        assert!(matches!(alice.verify_sender(id, other(&code)).await, Err(Error::Invalid(_))));
    }
    assert!(matches!(alice.verify_sender(id, &code).await, Err(Error::TooMany(_))));
    stage.clock.pass(901);
    alice.send_sender_code(id, words).await.unwrap();
    alice.verify_sender(id, &mailed(&stage).1).await.unwrap();
    stage.close().await;
}

/// [EML-25, TEAM-10] A colleague's addresses are not there; who may not use mail has none.
#[tokio::test]
async fn whose_they_are() {
    let (stage, alice, mailbox) = open().await;
    let id = asked(&alice, &mailbox, INFO).await;
    let bob = stage.hire(&alice, "Bob", Role::User).await;
    let own = stage.mailbox(&bob).await;
    assert!(matches!(bob.add_sender(form(mailbox.account.id, "x@alfa.example"), |_, _| unreachable!()).await, Err(Error::NotFound)));
    assert!(matches!(bob.send_sender_code(id, |_, _| unreachable!()).await, Err(Error::NotFound)));
    assert!(matches!(bob.verify_sender(id, &mailed(&stage).1).await, Err(Error::NotFound)));
    assert!(matches!(bob.rename_sender(id, "x".into()).await, Err(Error::NotFound)));
    assert!(matches!(bob.remove_sender(id).await, Err(Error::NotFound)));
    assert!(shown(&bob).await.is_empty() && bob.sender_domains().await.unwrap().is_empty());
    alice.verify_sender(id, &mailed(&stage).1).await.unwrap();
    let (draft, version, letter) = ready(&bob, &[JAN], "namens een ander").await;
    let borrowed = DraftForm { alias: Some(id), ..letter };
    assert_eq!(problem(bob.save_draft(draft, version, borrowed.clone()).await), ("sender".into(), Problem::Unknown));
    assert_eq!(problem(bob.send_draft(draft, version, DraftForm { sender: None, ..borrowed }, None).await).0, "sender");
    // The same address may be both of theirs.
    verified(&stage, &bob, &own, INFO).await;

    let carol = stage.hire(&alice, "Carol", Role::OnlyContactScreen).await;
    assert!(matches!(carol.open_senders().await, Err(Error::Denied)));
    assert!(matches!(carol.add_sender(form(mailbox.account.id, INFO), |_, _| unreachable!()).await, Err(Error::Denied)));
    assert!(matches!(carol.verify_sender(id, "000000").await, Err(Error::Denied)));
    assert!(matches!(carol.sender_domains().await, Err(Error::Denied)));
    stage.close().await;
}

/// [CMP-10] A letter goes from the address that was chosen, in its header and in its envelope, under the name it was given or one's own.
#[tokio::test]
async fn letters_go_from_it() {
    let (stage, alice, mailbox) = open().await;
    let id = verified(&stage, &alice, &mailbox, INFO).await;
    for (name, seen) in [("", "Alice de Wit"), ("Alfa", "Alfa")] {
        alice.rename_sender(id, format!(" {name} ")).await.unwrap();
        let (draft, version, form) = ready(&alice, &[JAN], "aanbod").await;
        assert_eq!((form.sender, form.alias), (Some(mailbox.account.id), None), "the mailbox itself, unless something else is chosen");
        alice.send_draft(draft, version, DraftForm { alias: Some(id), ..form }, None).await.unwrap();
        let parcel = goes(&stage, &mailbox).await;
        assert_eq!((parcel.from.as_str(), parcel.account), (INFO, mailbox.account.id));
        let head = head(&parcel);
        assert_eq!(head[0], format!("From: {seen} <{INFO}>"));
        assert!(head.iter().any(|line| line.starts_with("Message-ID: ") && line.ends_with("@alfa.example")), "{head:?}");
    }
    assert_eq!(problem(alice.rename_sender(id, "x".repeat(201)).await), ("name".into(), Problem::TooLong(200)));
    send(&alice, &[JAN], "gewoon").await;
    assert_eq!(goes(&stage, &mailbox).await.from, ALICE);

    // Not one of another mailbox, and not before it is verified.
    let second = stage.mailbox_at(&alice, "alice@beta.example").await;
    let unread = asked(&alice, &mailbox, "verkoop@alfa.example").await;
    let (draft, version, form) = ready(&alice, &[JAN], "mis").await;
    for (account, alias) in [(second.account.id, id), (mailbox.account.id, unread)] {
        let wrong = DraftForm { sender: Some(account), alias: Some(alias), ..form.clone() };
        assert_eq!(problem(alice.send_draft(draft, version, wrong, None).await), ("sender".into(), Problem::Unknown));
    }
    stage.close().await;
}

/// [EML-25, CMP-10] Removed: drafts go from the mailbox's own address, and what was sent already goes as it was written. So it is with the mailbox.
#[tokio::test]
async fn removed() {
    let (stage, alice, mailbox) = open().await;
    let id = verified(&stage, &alice, &mailbox, INFO).await;
    let (draft, version, form) = ready(&alice, &[JAN], "nog niet").await;
    let saved = alice.save_draft(draft, version, DraftForm { alias: Some(id), ..form.clone() }).await.unwrap();
    let (on_its_way, its_version, its_form) = ready(&alice, &[JAN], "onderweg").await;
    alice.send_draft(on_its_way, its_version, DraftForm { alias: Some(id), ..its_form }, None).await.unwrap();
    alice.remove_sender(id).await.unwrap();
    assert!(shown(&alice).await.is_empty());
    assert_eq!(goes(&stage, &mailbox).await.from, INFO);

    let there = alice.open_draft(draft).await.unwrap();
    assert_eq!((there.form.sender, there.form.alias, there.version), (Some(mailbox.account.id), None, saved.version));
    // A window that does not know it yet is told, and sends nothing under another name than it shows.
    let stale = DraftForm { alias: Some(id), ..there.form.clone() };
    assert_eq!(problem(alice.send_draft(draft, there.version, stale, None).await), ("sender".into(), Problem::Unknown));
    alice.send_draft(draft, there.version, there.form, None).await.unwrap();
    assert_eq!(goes(&stage, &mailbox).await.from, ALICE);

    let again = verified(&stage, &alice, &mailbox, INFO).await;
    assert_ne!(again, id);
    alice.remove_mail_account(mailbox.account.id).await.unwrap();
    assert!(shown(&alice).await.is_empty() && offered(&alice).await.is_empty());
    stage.close().await;
}

/// [TPL-10, CMP-10] A template chooses by its domain: a mailbox of that domain, or else an address in it; also one that is called later.
#[tokio::test]
async fn templates_choose() {
    let (stage, alice, mailbox) = open().await;
    let id = verified(&stage, &alice, &mailbox, "info@beta.example").await;
    let beta = template(&alice, "Beta", "", "beta.example", "<p>x</p>").await;
    let alfa = template(&alice, "Alfa", "", "alfa.example", "<p>x</p>").await;
    let begun = async |template| {
        let draft = alice.begin_letter(None, None, Some(template)).await.unwrap();
        alice.open_draft(draft).await.unwrap()
    };
    let draft = begun(beta).await;
    assert_eq!((draft.form.sender, draft.form.alias), (Some(mailbox.account.id), Some(id)));
    let other = alice.use_template(draft.id, draft.version, draft.form, Some(alfa)).await.unwrap();
    assert_eq!((other.form.sender, other.form.alias), (Some(mailbox.account.id), None));
    let back = alice.use_template(other.id, other.version, other.form, Some(beta)).await.unwrap();
    assert_eq!(back.form.alias, Some(id));
    let second = stage.mailbox_at(&alice, "alice@beta.example").await;
    let draft = begun(beta).await;
    assert_eq!((draft.form.sender, draft.form.alias), (Some(second.account.id), None));
    stage.close().await;
}

/// [CMP-10, CMP-21] An answer goes from the address that was written to, and never to oneself, whichever of one's addresses that is.
#[tokio::test]
async fn answers_go_from_where_it_came() {
    let (stage, alice, mailbox) = open().await;
    let id = verified(&stage, &alice, &mailbox, INFO).await;
    asked(&alice, &mailbox, "verkoop@alfa.example").await;
    let answer = async |letter: &Letterhead, action| {
        let message = arrives(&alice, &mailbox, letter, "").await;
        alice.open_draft(alice.begin_answer(message, action, heading).await.unwrap()).await.unwrap()
    };
    let to_info =
        Letterhead { to: vec![to(PIET), to("Info@Alfa.example")], cc: vec![to(ALICE), to(CAROL)], ..from_jan("vraag", "<p>x</p>") };
    let draft = answer(&to_info, Action::ReplyAll).await;
    assert_eq!((draft.form.sender, draft.form.alias), (Some(mailbox.account.id), Some(id)));
    assert_eq!((addresses(&draft.form.to), addresses(&draft.form.cc)), (vec![JAN], vec![PIET, CAROL]));
    let draft = answer(&Letterhead { cc: vec![to(INFO)], ..from_jan("aan alice", "<p>x</p>") }, Action::Reply).await;
    assert_eq!((draft.form.sender, draft.form.alias), (Some(mailbox.account.id), None));
    // Nobody has shown that this one is hers.
    let unread = Letterhead { to: vec![to("verkoop@alfa.example")], ..from_jan("verkoop", "<p>x</p>") };
    let draft = answer(&unread, Action::ReplyAll).await;
    assert_eq!((draft.form.alias, addresses(&draft.form.cc)), (None, vec!["verkoop@alfa.example"]));

    // Her own letter goes on from where it went.
    let (own, version, form) = ready(&alice, &[JAN, INFO], "zelf").await;
    let sent = alice.send_draft(own, version, DraftForm { alias: Some(id), ..form }, None).await.unwrap();
    goes(&stage, &mailbox).await;
    let draft = alice.open_draft(alice.begin_answer(sent, Action::ReplyAll, heading).await.unwrap()).await.unwrap();
    assert_eq!((draft.form.alias, addresses(&draft.form.to)), (Some(id), vec![JAN]));

    // An invitation is answered by whom it invited.
    let over = stage.crm.now().seconds() + 4000;
    let invitation = Letterhead { to: vec![to(INFO)], ..from_jan("kom je", "<p>x</p>") };
    let message = arrives(&alice, &mailbox, &invitation, &format!("Invite: kraan 0 {JAN} {over}\r\n")).await;
    alice.answer_invitation(message, Answer::Accepted, |_| ("ja".into(), "ja".into())).await.unwrap();
    let parcel = goes(&stage, &mailbox).await;
    assert_eq!(parcel.from, INFO);
    assert!(text(&parcel).ends_with("text/calendar\r\ninfo@alfa.example accepted"));
    let own = format!("Invite: eigen 0 {INFO} {over}\r\n");
    let message = arrives(&alice, &mailbox, &from_jan("van mijzelf", "<p>x</p>"), &own).await;
    assert_eq!(alice.open_invitation(message).await.unwrap(), None, "one's own meeting");
    stage.close().await;
}

/// [EML-25, SYN-07] What comes in from it was sent by oneself, from the day it is verified.
#[tokio::test]
async fn it_is_oneself() {
    let (stage, alice, mailbox) = open().await;
    let id = asked(&alice, &mailbox, INFO).await;
    mailbox.deliver(FolderRole::Inbox, letter(INFO, JAN, "eerder")).await;
    alice.verify_sender(id, &mailed(&stage).1).await.unwrap();
    mailbox.deliver(FolderRole::Inbox, letter("INFO@alfa.example", JAN, "later")).await;
    for (subject, role) in [("eerder", ParticipantRole::From), ("later", ParticipantRole::To)] {
        let message = id_of(&alice, Place::Inbox, subject).await;
        assert_eq!(alice.open_message(message).await.unwrap().row.who.role, role, "{subject}");
    }
    stage.close().await;
}

/// [EML-25] Each domain is looked up once for each server that sends for it.
#[tokio::test]
async fn domains() {
    let (stage, alice, mailbox) = open().await;
    let second = stage.mailbox_at(&alice, "alice@beta.example").await;
    assert!(alice.sender_domains().await.unwrap().is_empty());
    for (mailbox, address) in
        [(&mailbox, INFO), (&mailbox, "verkoop@ALFA.example"), (&second, "inkoop@alfa.example"), (&second, "a@gamma.example")]
    {
        stage.clock.pass(1);
        asked(&alice, mailbox, address).await;
    }
    let found: Vec<_> =
        alice.sender_domains().await.unwrap().into_iter().map(|one| (one.domain, one.provider.unwrap_or_default())).collect();
    let wanted = [("alfa", "alfa"), ("alfa", "beta"), ("gamma", "beta")];
    assert_eq!(found, wanted.map(|(domain, server)| (format!("{domain}.example"), format!("smtp.{server}.example"))));
    stage.close().await;
}

/// [PRF-16] What is sent on stays with the contacts of what came, by hand or by address, beside the new addressees; or goes to those only.
#[tokio::test]
async fn what_is_sent_on_stays_linked() {
    let (stage, alice, mailbox) = open().await;
    let jan = alice.add_contact(person("Jan", "Bakker", JAN)).await.unwrap();
    let piet = alice.add_contact(person("Piet", "Elders", PIET)).await.unwrap();
    let carol = alice.add_contact(person("Carol", "Boeken", CAROL)).await.unwrap();
    let forward = template(&alice, "Door", "", "", "<p>«Aanhef»,</p>").await;
    begins_with(&alice, |types| types.forward = Some(forward)).await;
    let message = arrives(&alice, &mailbox, &from_jan("offerte", "<p>x</p>"), "").await;
    alice.link_message(message, carol).await.unwrap();

    let sent_on = async |session: &Session| {
        let draft = session.open_draft(session.begin_answer(message, Action::Forward, heading).await.unwrap()).await.unwrap();
        let mut linked = draft.form.contacts.clone();
        linked.sort_unstable();
        assert!(!draft.form.html.contains("Beste Jan"), "it is not Jan who is written to: {}", draft.form.html);
        send_as_it_is(session, draft.id, &[PIET]).await;
        goes(&stage, &mailbox).await;
        linked
    };
    let mut both = vec![jan, carol];
    both.sort_unstable();
    assert_eq!(sent_on(&alice).await, both);
    for (contact, has) in [(jan, true), (carol, true), (piet, true)] {
        assert_eq!(archive(&alice, contact).await.contains(&"Fwd: offerte".to_owned()), has);
    }

    let before = alice.change_preferences(Preferences { forward_keeps_contacts: false, ..alice.preferences().clone() }).await.unwrap();
    assert!(before.forward_keeps_contacts, "on, unless somebody says otherwise");
    let alice = stage.sign_in(&alice.me().email).await;
    assert_eq!(sent_on(&alice).await, []);
    let count = async |contact| archive(&alice, contact).await.iter().filter(|subject| *subject == "Fwd: offerte").count();
    assert_eq!((count(jan).await, count(carol).await, count(piet).await), (1, 1, 2));

    let reply = alice.open_draft(alice.begin_answer(message, Action::Reply, heading).await.unwrap()).await.unwrap();
    assert_eq!(reply.form.contacts, [carol], "an answer keeps what was linked by hand, as ever");
    stage.close().await;
}
