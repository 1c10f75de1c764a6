//! What a letter is besides what it says.

use mail::nature;
use mail::parse::parse;
use model::nature::{Answer, Automatic, Invitation, Method, Nature, Scheme, Seal};
use model::outgoing::Recipient;
use model::{Civil, Moment};
use proptest::prelude::*;

/// Seconds since 1970 in place of a calendar: what the moment is, is tried here, and not how it is written.
fn seconds(at: Moment) -> Civil {
    let minutes = at.0 / 60_000_000;
    Civil { year: 0, month: 0, day: 0, hour: 0, minute: 0, days_from_today: i32::try_from(minutes).unwrap_or(i32::MAX), weekday: 1 }
}

fn read(raw: &str) -> Nature {
    nature::read(raw.replace('\n', "\r\n").as_bytes(), "Europe/Amsterdam", seconds)
}

fn minutes(civil: Civil) -> i32 {
    civil.days_from_today
}

const HEAD: &str = "From: Jan <jan@bakker.example>\nTo: alice@firma.example\nSubject: Iets\nMIME-Version: 1.0\n";

#[test]
fn a_plain_letter_is_nothing_else() {
    assert_eq!(read(&format!("{HEAD}Content-Type: text/plain\n\nDag.\n")), Nature::default());
    assert_eq!(read(""), Nature::default());
}

/// The badges of RFC 8551 §3.4 and §3.5, RFC 3156 §4 and §5, and of armour in the text itself.
#[test]
fn seals() {
    let seal = |kind: &str, body: &str| read(&format!("{HEAD}Content-Type: {kind}\n\n{body}")).seal;
    let parts = "--x\nContent-Type: text/plain\n\nDag.\n--x\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nMII\n--x--\n";
    let signed = |scheme| Some(Seal { scheme, encrypted: false });
    let encrypted = |scheme| Some(Seal { scheme, encrypted: true });
    assert_eq!(seal("multipart/signed; boundary=x; protocol=\"application/pkcs7-signature\"", parts), signed(Scheme::SMime));
    assert_eq!(seal("multipart/signed; boundary=x; protocol=\"application/x-pkcs7-signature\"", parts), signed(Scheme::SMime));
    assert_eq!(seal("multipart/signed; boundary=x; protocol=\"application/pgp-signature\"", parts), signed(Scheme::OpenPgp));
    assert_eq!(seal("multipart/signed; boundary=x; protocol=\"application/onbekend\"", parts), None);
    assert_eq!(seal("multipart/encrypted; boundary=x; protocol=\"application/pgp-encrypted\"", parts), encrypted(Scheme::OpenPgp));
    assert_eq!(seal("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "MII\n"), encrypted(Scheme::SMime));
    assert_eq!(seal("application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m", "MII\n"), signed(Scheme::SMime));
    assert_eq!(seal("text/plain", "-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n"), encrypted(Scheme::OpenPgp));
    assert_eq!(seal("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nDag.\n"), signed(Scheme::OpenPgp));
    assert_eq!(seal("text/plain", "Hij schreef: -----BEGIN PGP MESSAGE-----\n"), None);
    let forwarded = format!(
        "--y\nContent-Type: text/plain\n\nZie.\n--y\nContent-Type: message/rfc822\n\n{HEAD}Content-Type: multipart/signed; boundary=x; protocol=\"application/pgp-signature\"\n\n{parts}\n--y--\n"
    );
    assert_eq!(seal("multipart/mixed; boundary=y", &forwarded), None, "the letter within is sealed, not this one");
}

/// RFC 3834 §5, and what programs did before it.
#[test]
fn written_by_a_program() {
    let automatic = |header: &str| read(&format!("{HEAD}{header}\nContent-Type: text/plain\n\nIk ben weg.\n")).automatic;
    assert_eq!(automatic("Auto-Submitted: auto-replied (vacation)"), Some(Automatic::Replied), "a comment is not part of the word");
    assert_eq!(automatic("Auto-Submitted: auto-replied"), Some(Automatic::Replied));
    assert_eq!(automatic("auto-submitted: Auto-Replied; owner-email=\"x@y.example\""), Some(Automatic::Replied));
    assert_eq!(automatic("Auto-Submitted: auto-generated"), Some(Automatic::Generated));
    assert_eq!(automatic("Auto-Submitted: no"), None);
    assert_eq!(automatic("X-Autoreply: yes"), Some(Automatic::Replied));
    assert_eq!(automatic("Precedence: auto_reply"), Some(Automatic::Replied));
    assert_eq!(automatic("Precedence: bulk"), None);
}

/// RFC 3464: each recipient it did not reach, by the address that was written to; those it did reach are not complained of.
#[test]
fn a_report_that_it_did_not_arrive() {
    let report = "\
--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.firma.example
Arrival-Date: Tue, 1 Dec 2026 09:00:00 +0100

Original-Recipient: rfc822;inkoop@bakker.example
Final-Recipient: rfc822; jan@elders.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <jan@elders.example>:
  Recipient address rejected: User unknown

Final-Recipient: rfc822; piet@bakker.example
Action: delivered
Status: 2.0.0

Final-Recipient: rfc822; <kees@traag.example>
Action: Delayed
Status: 4.4.1
--b--
";
    let nature = read(&format!("{HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n{report}"));
    let told: Vec<_> = nature.undelivered.iter().map(|one| (&*one.address, one.delayed, &*one.status, &*one.diagnostic)).collect();
    assert_eq!(
        told,
        [
            ("inkoop@bakker.example", false, "5.1.1", "550 5.1.1 <jan@elders.example>: Recipient address rejected: User unknown"),
            ("kees@traag.example", true, "4.4.1", ""),
        ]
    );
}

/// [INB-08] Which letter a report is about: by the letter that comes back with it, by its header alone, or by what the report answers.
#[test]
fn what_a_report_is_about() {
    let status = "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.firma.example\n\nFinal-Recipient: rfc822; jan@bakker.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; piet@bakker.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; kees@bakker.example\nAction: relayed\nStatus: 2.0.0\n";
    let about = |head: &str, rest: &str| {
        let raw = format!("{HEAD}{head}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n{status}{rest}--b--\n");
        parse(raw.replace('\n', "\r\n").as_bytes(), None).report.expect("a report")
    };
    let whole = "--b\nContent-Type: message/rfc822\n\nFrom: alice@firma.example\nMessage-ID: <een@firma.example>\nSubject: Iets\n\nDag.\n";
    let header = "--b\nContent-Type: text/rfc822-headers\n\nFrom: alice@firma.example\nmessage-id:\n <twee@firma.example>\n\n";
    let encoded = "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nTWVzc2FnZS1JRDogPHZpZXJAZmlybWEuZXhhbXBsZT4KRnJvbTogYUBiLmV4YW1wbGUKCkRhZy4K\n";
    let report = about("", whole);
    assert_eq!(report.about, ["een@firma.example"]);
    assert_eq!((report.undelivered.len(), report.delivered), (1, vec!["piet@bakker.example".to_owned()]));
    assert_eq!(about("", header).about, ["twee@firma.example"]);
    assert_eq!(about("", encoded).about, ["vier@firma.example"]);
    assert_eq!(about("In-Reply-To: <drie@firma.example>\n", "").about, ["drie@firma.example"]);
    assert_eq!(about("References: <nul@firma.example> <drie@firma.example>\n", header).about, ["twee@firma.example", "drie@firma.example"]);
    assert!(about("", "").about.is_empty());
    let letter = format!("{HEAD}Content-Type: text/plain\n\nAction: failed\n");
    assert_eq!(parse(letter.as_bytes(), None).report, None);
    // Anybody can put such a part into a letter. It is told to its reader, and nothing is kept of it.
    let letter = format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{status}{whole}--b--\n");
    assert_eq!(parse(letter.as_bytes(), None).report, None);
    assert_eq!(read(&letter).undelivered.len(), 1);
}

/// A component within another costs a level of the stack: more than any letter has are not looked at.
#[test]
fn components_within_components() {
    for deep in ["BEGIN:A\n", "begin:a\n", "B\n EGIN:A\n", "END:ABEGIN:A\n"] {
        for times in [2_900, 32_000] {
            let calendar = deep.repeat(times);
            assert_eq!(meeting(&calendar), None, "{deep:?}");
            assert!(nature::meeting(&asked(&calendar), "Europe/Amsterdam").is_none());
            assert_eq!(parse(&asked(&calendar), None).notice, None);
        }
    }
    let alarms = "BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\n".repeat(100);
    let calendar = ASKED.replace("END:VEVENT", &format!("{alarms}END:VEVENT"));
    assert!(nature::meeting(&asked(&calendar), "Europe/Amsterdam").is_some());
}

/// [INB-01] Who was invited too knows all that a meeting is known by: only its organizer's own letter calls it off or replaces it.
#[test]
fn another_calls_it_off() {
    let calls_off = ASKED.replace("METHOD:REQUEST", "METHOD:CANCEL");
    let raw = String::from_utf8(asked(&calls_off)).expect("text");
    assert!(parse(raw.as_bytes(), None).notice.is_some());
    let (_, rest) = raw.split_once("\r\n").expect("a header");
    let raw = format!("From: Jan <mallory@x.example>\r\n{rest}");
    assert_eq!(parse(raw.as_bytes(), None).notice, None);
}

fn meeting(calendar: &str) -> Option<Invitation> {
    read(&format!("{HEAD}Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n{calendar}"))
        .invitation
}

/// The moment is the same whether it is written in UTC, by a zone of the tz database, by a name of Windows or by the office's own clock.
#[test]
fn an_invitation() {
    let at = |start: &str, end: &str| {
        meeting(&format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nSUMMARY:Overleg over de kraan\\, week 49\nLOCATION:Kantoor\nORGANIZER;CN=\"Jan Bakker\":mailto:jan@bakker.example\n{start}\n{end}\nRRULE:FREQ=WEEKLY\nEND:VEVENT\nEND:VCALENDAR\n"
        ))
        .expect("a meeting")
    };
    let utc = at("DTSTART:20261201T080000Z", "DTEND:20261201T090000Z");
    assert_eq!(
        (utc.method, &*utc.place, &*utc.organizer, utc.all_day, utc.repeats),
        (Method::Request, "Kantoor", "Jan Bakker", false, true)
    );
    assert_eq!(utc.summary, "Overleg over de kraan, week 49");
    assert_eq!(minutes(utc.starts), 1_796_112_000 / 60);
    assert_eq!(minutes(utc.ends.expect("an end")) - minutes(utc.starts), 60);
    assert_eq!(at("DTSTART;TZID=Europe/Amsterdam:20261201T090000", "DTEND;TZID=Europe/Amsterdam:20261201T100000"), utc);
    assert_eq!(at("DTSTART;TZID=\"W. Europe Standard Time\":20261201T090000", "DTEND;TZID=W. Europe Standard Time:20261201T100000"), utc);
    assert_eq!(at("DTSTART:20261201T090000", "DTEND:20261201T100000"), utc);
    let days = at("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203");
    assert!(days.all_day);
    assert_eq!(minutes(days.ends.expect("an end")) - minutes(days.starts), 24 * 60, "the day that is named is not among them");
    assert_eq!(at("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261202").ends, None);
}

/// RFC 5546 §3.2.3 and §3.2.5; what is no meeting has no card.
#[test]
fn answers_and_what_is_called_off() {
    let with = |method: &str, line: &str| {
        meeting(&format!("BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:1\nDTSTART:20261201T080000Z\n{line}\nSUMMARY:Overleg\nEND:VEVENT\nEND:VCALENDAR\n"))
            .map(|found| found.method)
    };
    assert_eq!(with("REPLY", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:jan@bakker.example"), Some(Method::Reply(Answer::Accepted)));
    assert_eq!(with("REPLY", "ATTENDEE;PARTSTAT=DECLINED:mailto:jan@bakker.example"), Some(Method::Reply(Answer::Declined)));
    assert_eq!(with("CANCEL", "STATUS:CANCELLED"), Some(Method::Cancel));
    assert_eq!(with("REPLY", "COMMENT:Niemand"), None);
    assert_eq!(with("REFRESH", "COMMENT:Nog eens"), None);
    assert_eq!(meeting("BEGIN:VCALENDAR\nMETHOD:REQUEST\n"), None);
    assert_eq!(meeting("geen agenda"), None);
}

const ASKED: &str = "\
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Kantoor
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Elders
END:VTIMEZONE
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E008-with-more-than-seventy-five-octets-in-it-as-Outlook
 -has
RECURRENCE-ID;TZID=Kantoor:20261201T090000
DTSTART;TZID=Kantoor:20261201T090000
SUMMARY:Overleg
END:VEVENT
BEGIN:VEVENT
UID:040000008200E00074C5B7101A82E008-with-more-than-seventy-five-octets-in-it-as-Outlook
 -has
SEQUENCE:3
DTSTAMP:20261101T080000Z
ORGANIZER;CN=\"Bakker, Jan\";X-ODD=\"a:b\":MAILTO:jan@bakker.example?bcc=mallory@x.example
ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Iemand:mailto:bob@firma.example
ATTENDEE;RSVP=TRUE:mailto:Alice@Firma.example
DTSTART;TZID=Kantoor:20261201T090000
DTEND;TZID=Kantoor:20261201T100000
SUMMARY:Overleg over de kraan\\, week 49
RRULE:FREQ=DAILY;UNTIL=20261205T080000Z
BEGIN:VALARM
SUMMARY:niet deze
END:VALARM
END:VEVENT
END:VCALENDAR
";

fn asked(calendar: &str) -> Vec<u8> {
    let head = format!("{HEAD}Content-Type: text/calendar; charset=utf-8; method=REQUEST\nContent-Transfer-Encoding: 8bit\n\n");
    format!("{head}{calendar}").replace('\n', "\r\n").into_bytes()
}

fn alice(name: &str) -> Recipient {
    Recipient { name: name.to_owned(), address: "alice@firma.example".to_owned() }
}

const AT: Moment = Moment(1_796_000_000_000_000);

/// Content lines, each in one piece.
fn lines(calendar: &str) -> Vec<String> {
    assert!(calendar.split("\r\n").all(|line| line.len() <= 75), "{calendar}");
    assert!(!calendar.replace("\r\n", "").contains(['\r', '\n']));
    calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

/// [INB-01] RFC 5546 §3.2.3: what the organizer knows the meeting by goes back as it came, with the one who answers and nobody else.
#[test]
fn an_answer() {
    let raw = asked(ASKED);
    let found = nature::meeting(&raw, "Europe/Amsterdam").expect("a meeting");
    assert_eq!((found.organizer.as_str(), found.notice.sequence, found.notice.cancels), ("jan@bakker.example", 3, false));
    assert_eq!((found.notice.recurrence.as_str(), found.notice.stamp), ("", 1_793_520_000));
    assert_eq!(found.over, Some(Moment::from_seconds(1_796_457_600 + 86_400)), "a day after the last of the row begins");
    assert_eq!(parse(&raw, None).notice, Some(found.notice));
    let answer = lines(&nature::answer(&raw, &alice("Alice \"Al\" de Vries"), Answer::Tentative, AT).expect("an answer"));
    assert_eq!(
        answer,
        [
            "BEGIN:VCALENDAR",
            "PRODID:-//Spindle//Spindle//EN",
            "VERSION:2.0",
            "METHOD:REPLY",
            "BEGIN:VTIMEZONE",
            "TZID:Kantoor",
            "BEGIN:STANDARD",
            "DTSTART:19701025T030000",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "END:STANDARD",
            "END:VTIMEZONE",
            "BEGIN:VEVENT",
            "UID:040000008200E00074C5B7101A82E008-with-more-than-seventy-five-octets-in-it-as-Outlook-has",
            "SEQUENCE:3",
            "DTSTAMP:20261130T005320Z",
            "ORGANIZER;CN=\"Bakker, Jan\";X-ODD=\"a:b\":MAILTO:jan@bakker.example?bcc=mallory@x.example",
            "ATTENDEE;PARTSTAT=TENTATIVE;CN=\"Alice 'Al' de Vries\":mailto:Alice@Firma.example",
            "DTSTART;TZID=Kantoor:20261201T090000",
            "DTEND;TZID=Kantoor:20261201T100000",
            "SUMMARY:Overleg over de kraan\\, week 49",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    );
    // Whoever stands not among them was invited all the same: by a list, or by an address that leads to his.
    let other = Recipient { name: String::new(), address: "carol@elders.example".to_owned() };
    let answer = lines(&nature::answer(&raw, &other, Answer::Accepted, AT).expect("an answer"));
    assert!(answer.contains(&"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@elders.example".to_owned()), "{answer:?}");
    // One out of a row.
    let one = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=\"Kantoor\":20261202T090000\nDTSTART:20261202T090000\nORGANIZER:mailto:jan@bakker.example\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(nature::meeting(&asked(one), "Europe/Amsterdam").expect("a meeting").notice.recurrence, "20261202T090000");
    let answer = lines(&nature::answer(&asked(one), &alice(""), Answer::Declined, AT).expect("an answer"));
    assert!(answer.contains(&"RECURRENCE-ID;TZID=\"Kantoor\":20261202T090000".to_owned()), "{answer:?}");
}

/// [INB-01] To whom nobody can answer, and about what there is nothing to say.
#[test]
fn nothing_to_answer() {
    let with = |from: &str, to: &str| nature::meeting(&asked(&ASKED.replace(from, to)), "Europe/Amsterdam");
    assert!(with("METHOD:REQUEST", "METHOD:PUBLISH").is_none());
    assert!(with("METHOD:REQUEST", "METHOD:CANCEL").is_none());
    assert!(with("SEQUENCE:3", "STATUS:CANCELLED").is_none());
    assert!(with("MAILTO:jan@bakker.example?bcc=mallory@x.example", "invalid:nomail").is_none());
    assert!(with("MAILTO:jan@bakker.example", "mailto:jan@bakker.example%0D%0ABcc:%20mallory@x.example").is_none());
    assert!(with("MAILTO:jan@bakker.example", "mailto:jan,mallory@x.example").is_none());
    assert_eq!(with("MAILTO:jan@", "mailto:jan%2Bcrm@").expect("a meeting").organizer, "jan+crm@bakker.example");
    let cancels = parse(&asked(&ASKED.replace("METHOD:REQUEST", "METHOD:CANCEL")), None).notice.expect("a notice");
    assert!(cancels.cancels && cancels.sequence == 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// [INB-01] Whatever its organizer is called: one meeting, one attendee, and not a line that is not meant.
    #[test]
    fn nothing_comes_along(odd in "(\\PC|[\"\r\n\t\u{0}\u{85}\u{2028};:,]|END:VEVENT|\r\n[A-Z]{1,8}:){0,12}", name in "(\\PC|[\"\r\n\t;:,]){0,12}") {
        let calendar = ASKED.replace("\nORGANIZER;CN=\"Bakker, Jan\"", &format!("\nORGANIZER;CN=\"{odd}\"")).replace("SUMMARY:Overleg over", &format!("SUMMARY:{odd}"));
        if let Some(answer) = nature::answer(&asked(&calendar), &alice(&name), Answer::Accepted, AT) {
            let lines = lines(&answer);
            let known = ["BEGIN", "END", "PRODID", "VERSION", "METHOD", "TZID", "DTSTART", "DTEND", "DTSTAMP", "TZOFFSETFROM", "TZOFFSETTO", "UID", "SEQUENCE", "RECURRENCE-ID", "ORGANIZER", "ATTENDEE", "SUMMARY", "DURATION"];
            for line in &lines {
                prop_assert!(known.contains(&line.split([':', ';']).next().unwrap_or_default()), "{line:?}");
            }
            for once in ["BEGIN:VEVENT", "END:VEVENT", "METHOD", "ATTENDEE", "ORGANIZER", "UID"] {
                prop_assert_eq!(lines.iter().filter(|line| line.starts_with(once)).count(), 1, "{}", once);
            }
        }
    }

    /// Whatever stands in a report or a calendar, reading it comes to an end and never breaks.
    #[test]
    fn nothing_breaks_it(calendar in "(BEGIN:V(CALENDAR|EVENT|TIMEZONE)\n|END:V(CALENDAR|EVENT)\n|METHOD:[A-Z]{0,8}\n|DTSTART[;:=A-Z\"]{0,9}[0-9TZ:-]{0,20}\n|\\PC{0,30}\n){0,12}") {
        _ = meeting(&calendar);
        _ = read(&format!("{HEAD}Content-Type: message/delivery-status\n\n{calendar}"));
    }
}
