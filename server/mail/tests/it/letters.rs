//! Letters as they are built, and what answers take from others: read back by the parser that reads everybody's.

use crate::letter;
use crm::ports::{Enclosed, Letterhead};
use mail::parse::{attachment, parse};
use mail::send::{build, enclosed, quotable};
use model::logo::Logo;
use model::merge::{self, Values};
use model::message::{Parsed, ParticipantRole};
use model::outgoing::Recipient;
use model::{Moment, Problem};
use proptest::prelude::*;

/// The smallest picture there is.
const DOT: &str = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

fn person(name: &str, address: &str) -> Recipient {
    Recipient { name: name.to_owned(), address: address.to_owned() }
}

fn draft() -> Letterhead {
    Letterhead {
        message_id: "0198@vries.example".to_owned(),
        date: Moment::from_seconds(1_793_610_900),
        zone: "Europe/Amsterdam".to_owned(),
        from: person("Alice de Vries", "alice@vries.example"),
        to: vec![person("", "bob@buys.example")],
        cc: Vec::new(),
        bcc: Vec::new(),
        subject: "Offerte".to_owned(),
        html: "<div>Beste Bob,</div><div><br></div><div>Tot <b>morgen</b></div>".to_owned(),
        files: Vec::new(),
        references: Vec::new(),
        calendar: None,
    }
}

fn built(letter: Letterhead) -> (String, Parsed) {
    let built = build(letter).expect("a letter");
    assert!(built.bytes.is_ascii(), "it passes through every server");
    let text = String::from_utf8(built.bytes).expect("ASCII");
    assert!(text.lines().all(|line| line.len() <= 998), "no line is too long");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']), "and every line ends the same way");
    assert_eq!(parse(text.as_bytes(), None).fingerprint, built.parsed.fingerprint);
    (text, built.parsed)
}

/// The names of the headers, in order.
fn header_names(text: &str) -> Vec<&str> {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).map(|line| line.split(':').next().unwrap_or_default()).collect()
}

fn people(parsed: &Parsed, role: ParticipantRole) -> Vec<(&str, &str)> {
    parsed.participants.iter().filter(|one| one.role == role).map(|one| (one.name.as_str(), one.address.as_str())).collect()
}

/// [CMP-17] An ordinary letter, whole.
#[test]
fn an_ordinary_letter() {
    let (text, parsed) = built(draft());
    assert_eq!(header_names(&text), ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"]);
    assert!(text.starts_with("Date: Mon, 2 Nov 2026 10:15:00 +0100\r\nFrom: \"Alice de Vries\" <alice@vries.example>\r\n"), "{text}");
    assert_eq!(parsed.message_id, "0198@vries.example");
    assert_eq!(parsed.sent_at, Some(Moment::from_seconds(1_793_610_900)));
    assert_eq!(parsed.search_text, "Beste Bob,\n\nTot morgen");
    assert!(parsed.has_html && parsed.attachments.is_empty());
}

/// [INB-01] RFC 6047 §2.4: the answer to a meeting is the last of what one can choose from, and says that it is one.
#[test]
fn an_answer_to_a_meeting() {
    let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T080000Z\r\nSUMMARY:Caf\u{e9}\r\nATTENDEE;PARTSTAT=DECLINED:mailto:alice@vries.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let (text, parsed) = built(Letterhead { calendar: Some(calendar.to_owned()), ..draft() });
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} in {text}"));
    assert!(at("Content-Type: multipart/alternative") < at("Content-Type: text/plain"));
    assert!(at("Content-Type: text/html") < at("Content-Type: text/calendar; method=REPLY; charset=utf-8"));
    assert_eq!(parsed.notice, None, "an answer asks for nothing");
    let nature = mail::nature::read(text.as_bytes(), "Europe/Amsterdam", |_| model::Civil {
        year: 2026,
        month: 12,
        day: 1,
        hour: 9,
        minute: 0,
        days_from_today: 0,
        weekday: 2,
    });
    let meeting = nature.invitation.expect("a card");
    assert_eq!((meeting.method, meeting.summary.as_str()), (model::nature::Method::Reply(model::nature::Answer::Declined), "Café"));
}

/// [CMP-12] Whoever is named in `Bcc` is named nowhere in the letter.
#[test]
fn bcc_stands_nowhere() {
    let bcc = vec![person("Mallory", "mallory@secret.example")];
    let (text, parsed) = built(Letterhead { bcc: bcc.clone(), ..draft() });
    assert!(!text.to_lowercase().contains("mallory") && !text.contains("Bcc"));
    assert!(people(&parsed, ParticipantRole::Bcc).is_empty());
    let (text, parsed) = built(Letterhead { bcc, to: Vec::new(), ..draft() });
    assert!(text.contains("\r\nTo: undisclosed-recipients:;\r\n"), "{text}");
    assert_eq!(parsed.participants.len(), 1);
}

/// [CMP-11] Domains in any alphabet are written as DNS knows them; what cannot be written to is told at its field.
#[test]
fn addresses() {
    let (_, parsed) = built(Letterhead { to: vec![person("Zoë", "zoe@münchen.example")], ..draft() });
    assert_eq!(people(&parsed, ParticipantRole::To), [("Zoë", "zoe@xn--mnchen-3ya.example")]);
    for bad in ["zoë@buys.example", "a@localhost", "a@[192.0.2.1]", "a@b.example\r\nBcc: x@y.example", ""] {
        let bad = || vec![person("x", bad)];
        let letters = [
            ("to", Letterhead { to: bad(), ..draft() }),
            ("cc", Letterhead { cc: bad(), ..draft() }),
            ("bcc", Letterhead { bcc: bad(), ..draft() }),
        ];
        for (field, letter) in letters {
            let Err(crm::Error::Invalid(wrong)) = build(letter) else { panic!("{field} is taken") };
            assert_eq!((wrong[0].field.as_str(), wrong[0].problem), (field, Problem::NotAnEmailAddress));
        }
    }
}

/// [CMP-21] The thread: what it answers, and what that answered; of long ones the beginning and the end.
#[test]
fn references() {
    let (text, parsed) = built(Letterhead { references: vec!["a@x.example".into(), "b@x.example".into()], ..draft() });
    assert!(text.contains("\r\nIn-Reply-To: <b@x.example>\r\nReferences: <a@x.example> <b@x.example>\r\n"), "{text}");
    assert_eq!(parsed.references, ["a@x.example", "b@x.example"]);
    let many: Vec<String> = (0..200).map(|n| format!("{n}.{}@x.example", "q".repeat(40))).collect();
    let (text, parsed) = built(Letterhead { references: many.clone(), ..draft() });
    assert_eq!(parsed.references.len(), 21);
    assert_eq!((&parsed.references[0], &parsed.references[1], &parsed.references[20]), (&many[0], &many[180], &many[199]));
    assert!(text.contains(&format!("In-Reply-To: <{}>", many[199])));
    let odd = vec!["a b@x".into(), "é@x.example".into(), String::new(), "<x>".into(), "c@x.example\r\nBcc: y".into()];
    let (text, _) = built(Letterhead { references: odd, ..draft() });
    assert!(!text.contains("References") && !text.contains("In-Reply-To"), "{text}");
}

/// [CMP-09] A picture in the text goes along once, however often it is shown, and `data:` goes nowhere.
#[test]
fn pictures_of_the_text() {
    let html = format!(
        "<p>a<img src=\"{DOT}\" width=\"20\">b<img src=\"{DOT}\"><img src=\"https://x.example/y.png\"><img src=\"cid:nowhere\"></p>"
    );
    let (text, parsed) = built(Letterhead { html, ..draft() });
    assert!(text.contains("Content-Type: multipart/related;") && text.contains("type=\"multipart/alternative\""), "{text}");
    assert_eq!(parsed.attachments.len(), 1);
    let meta = &parsed.attachments[0];
    assert!(meta.inline && meta.mime == "image/gif" && meta.name == "image1.gif", "{meta:?}");
    let page = mail::show::html(text.as_bytes(), mail::show::Images::Blocked);
    assert_eq!(page.html.matches("data:image/gif;base64,R0lGOD").count(), 2, "{}", page.html);
    assert!(page.remote_images);
    let html = attachment(text.as_bytes(), meta.part).expect("its bytes").1;
    assert_eq!(html.len(), 37);
}

/// [CMP-07] Files go along under their names, for old programs too.
#[test]
fn files() {
    let files = vec![
        Enclosed { name: "offerte \"x\" zoë.pdf".into(), mime: "application/pdf".into(), bytes: b"%PDF".to_vec() },
        Enclosed { name: "brief.eml".into(), mime: "message/rfc822".into(), bytes: b"From: a@b.example\r\n\r\nx".to_vec() },
        Enclosed { name: format!("{}.txt", "lang ".repeat(40)), mime: "geen/\r\nX-Bad: 1".into(), bytes: Vec::new() },
        Enclosed { name: "noot.txt".into(), mime: "text/plain".into(), bytes: "één\nregel".into() },
        Enclosed { name: "unix.txt".into(), mime: "text/plain".into(), bytes: b"een\ntwee\r\ndrie\r".into() },
    ];
    let (text, parsed) = built(Letterhead { files: files.clone(), ..draft() });
    let names: Vec<_> = parsed.attachments.iter().map(|one| (one.name.as_str(), one.mime.as_str())).collect();
    assert_eq!(names[0], ("offerte x zoë.pdf", "application/pdf"));
    assert_eq!(names[1], ("brief.eml", "application/octet-stream"));
    assert_eq!(names[2].1, "application/octet-stream");
    assert!(text.contains("Content-Type: application/octet-stream; name=\"brief.eml\"\r\n"), "{text}");
    assert!(!text.contains("X-Bad"));
    for (meta, file) in parsed.attachments.iter().zip(&files) {
        assert_eq!(enclosed(text.as_bytes(), meta.part).expect("there").bytes, file.bytes, "{}", file.name);
    }
}

/// [TPL-22] A field that was never filled is the words it shows, and what runs does not go out.
#[test]
fn text_is_made_safe() {
    let html =
        "<p><span data-merge=\"me.first_name\">«Mijn Voornaam»</span><script>alert(1)</script><b onclick=\"x()\">x</b></p>".to_owned();
    let (text, parsed) = built(Letterhead { html, ..draft() });
    assert_eq!(parsed.search_text, "«Mijn Voornaam»x");
    for gone in ["data-merge", "script", "onclick"] {
        assert!(!text.contains(gone), "{gone}");
    }
    let deep = "<div>".repeat(100_000);
    assert!(matches!(build(Letterhead { html: deep, ..draft() }), Err(crm::Error::Invalid(_)) | Ok(_)));
}

/// A letter of nothing but lines, as long as one may be, is no reason to wait.
#[test]
fn long_letters() {
    let html = format!("<pre>{}</pre>", "&#13;x\n".repeat(400_000));
    let begun = std::time::Instant::now();
    let (text, _) = built(Letterhead { html, ..draft() });
    assert!(text.len() > 800_000);
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn what_looks_encoded_stays_as_it_is() {
    let line = "=?utf-8?q?a=0D=0ABcc:_x@y.example?= en meer";
    let (_, parsed) = built(Letterhead { subject: line.into(), from: person(line, "alice@vries.example"), ..draft() });
    assert_eq!(parsed.subject, line);
    assert_eq!(parsed.from().map(|from| from.name.as_str()), Some(line));
}

fn anything() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "\0",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        " ",
        "  ",
        "\t",
        "\"",
        "'",
        "\\",
        "<",
        ">",
        ",",
        ";",
        ":",
        "@",
        "(",
        ")",
        "=?",
        "?=",
        "=?utf-8?b?Zm9v?=",
        "«Mijn Voornaam»",
        "<b>vet</b>",
        "é",
        "🎂",
        "日本語",
        "Bcc: x@y.example",
        "\r\nBcc: x@y.example\r\n",
        "\r\n\r\n",
        "--",
        "x",
        "Jan",
        "de Vries",
        "a@b.example",
        "%0d%0a",
        ".pdf",
        "/",
        "..",
        "&amp;",
        "woordwoordwoordwoordwoordwoordwoordwoord",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat()),
        any::<String>(),
        ".{0,800}".prop_map(|long| long.replace(' ', "")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// [CMP-17] Whatever names, subjects and files are called: one sender, the same recipients, and not a header more.
    #[test]
    fn nothing_is_smuggled(name in anything(), to in anything(), subject in anything(), file in anything(), mime in anything(), html in anything(), reference in anything()) {
        let letter = Letterhead {
            from: person(&name, "alice@vries.example"),
            to: vec![person(&to, "bob@buys.example"), person(&name, "carol@books.example")],
            cc: vec![person(&subject, "dave@buys.example")],
            subject: subject.clone(),
            html,
            files: vec![Enclosed { name: file, mime, bytes: name.clone().into_bytes() }],
            references: vec![reference],
            ..draft()
        };
        let (text, parsed) = built(letter);
        let expected = ["Date", "From", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type"];
        let names = header_names(&text);
        prop_assert!(names.iter().all(|name| expected.contains(name)), "{:?}", names);
        prop_assert_eq!(names.iter().filter(|name| **name == "From").count(), 1);
        let role = |role| people(&parsed, role).into_iter().map(|(_, address)| address).collect::<Vec<_>>();
        prop_assert_eq!(role(ParticipantRole::From), ["alice@vries.example"]);
        prop_assert_eq!(role(ParticipantRole::To), ["bob@buys.example", "carol@books.example"]);
        prop_assert_eq!(role(ParticipantRole::Cc), ["dave@buys.example"]);
        prop_assert_eq!(parsed.participants.len(), 4);
        prop_assert_eq!(parsed.attachments.len(), 1);
        prop_assert_eq!(enclosed(text.as_bytes(), parsed.attachments[0].part).expect("there").bytes, name.into_bytes());
        let letters = |text: &str, of| text.chars().take(of).filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assert!(letters(&parsed.subject, 1_000).starts_with(&letters(&subject, 200)), "{:?}", parsed.subject);
        prop_assert!(parsed.quarantine.is_none());
    }
}

/// [CMP-21] What an answer quotes: the words, safe, with the letter's own pictures in it, and pictures elsewhere where they were.
#[test]
fn quotations() {
    let quoted = quotable(&letter("inline-images"), true);
    assert!(quoted.html.contains("src=\"data:image/"), "{}", quoted.html);
    assert!(!quoted.html.contains("<html") && !quoted.html.contains("<details"), "{}", quoted.html);
    let names: Vec<_> = quoted.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["los.png"], "pictures of its text are not among them");
    let raw = b"From: b@x.example\r\nMessage-ID: <2@x.example>\r\nReferences: <0@x.example>\r\nIn-Reply-To: <1@x.example>\r\n\r\n\
                Een <b> & twee\r\n\r\n> oud\r\n> ouder\r\n";
    let quoted = quotable(raw, false);
    assert_eq!(quoted.references, ["0@x.example", "1@x.example", "2@x.example"]);
    assert_eq!(quoted.html, "<div>Een &lt;b&gt; &amp; twee<br><blockquote>oud<br>ouder</blockquote></div>");
    let remote =
        b"From: b@x.example\r\nContent-Type: text/html\r\n\r\n<script>x</script><p>hoi<img src=\"https://x.example/a.png\" width=100></p>";
    let quoted = quotable(remote, false);
    assert!(quoted.html.contains("https://x.example/a.png") && !quoted.html.contains("script"), "{}", quoted.html);
    assert!(quoted.references.is_empty(), "a made-up identifier is nobody's");
}

/// [CMP-21] Forwarded with its attachments; and whole, where it cannot be read.
#[test]
fn attachments_go_along() {
    let quoted = quotable(&letter("text-attachment-latin1"), true);
    assert!(!quoted.files.is_empty() && quotable(&letter("text-attachment-latin1"), false).files.is_empty());
    let odd = letter("no-header");
    let quoted = quotable(&odd, true);
    assert_eq!(quoted.files.len(), 1);
    assert_eq!((quoted.files[0].name.as_str(), &quoted.files[0].bytes), ("attachment.eml", &odd));
    for name in ["empty", "truncated-multipart", "letter-within", "two-froms", "evil-attachment-names"] {
        let quoted = quotable(&letter(name), true);
        let again = build(Letterhead {
            html: format!("<blockquote>{}</blockquote>", quoted.html),
            files: quoted.files,
            references: quoted.references,
            ..draft()
        });
        assert!(again.is_ok(), "{name}");
    }
}

/// [TPL-14, CMP-15] The logo is known again after it was made safe, and goes along as a part of the letter.
#[test]
fn the_logo() {
    let mut values = Values::default();
    values.set_logo(&Logo { picture: DOT.to_owned(), width: 480, height: 96 }, "Bakker & \"Zn\"");
    let html = merge::fill("<p>Groet</p><p>«Mijn Logo»</p>", &values).html;
    assert_eq!(mail::show::safe(&html).as_deref(), Some(html.as_str()));
    let (text, parsed) = built(Letterhead { html, ..draft() });
    assert!(parsed.attachments.len() == 1 && parsed.attachments[0].inline, "{:?}", parsed.attachments);
    assert!(text.contains("cid:") && !text.contains("data:"), "{text}");
}
