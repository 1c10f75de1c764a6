//! What a letter is besides what it says.

use mail::nature;
use model::nature::{Answer, Automatic, Invitation, Method, Nature, Scheme, Seal};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever stands in a report or a calendar, reading it comes to an end and never breaks.
    #[test]
    fn nothing_breaks_it(calendar in "(BEGIN:V(CALENDAR|EVENT|TIMEZONE)\n|END:V(CALENDAR|EVENT)\n|METHOD:[A-Z]{0,8}\n|DTSTART[;:=A-Z\"]{0,9}[0-9TZ:-]{0,20}\n|\\PC{0,30}\n){0,12}") {
        _ = meeting(&calendar);
        _ = read(&format!("{HEAD}Content-Type: message/delivery-status\n\n{calendar}"));
    }
}
