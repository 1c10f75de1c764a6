//! One answer of the server, read.

use super::Refusal;
use bytes::Bytes;
use imap_proto::{AttributeValue, MailboxDatum, NameAttribute, Response, StatusAttribute};
use model::Moment;
use model::message::Flags;
use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What our tags begin with.
pub(super) const TAG: &str = "s";

#[derive(Debug)]
pub(super) enum Answer {
    Data(Data),
    Done {
        tag: u32,
        status: Status,
        told: Refusal,
    },
    /// With what the server says along with it.
    Continue(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
}

#[derive(Debug)]
pub(super) enum Data {
    Ok(Refusal),
    PreAuth,
    Bye(Refusal),
    Capability(HashSet<String>),
    Exists(u32),
    Expunge,
    Vanished(Vec<RangeInclusive<u32>>),
    Fetch(Fetched),
    List(Listed),
    Status(StatusOf),
    Search(Vec<u32>),
    /// Known to nobody here, or unreadable: passed over. With its beginning, for whoever expected something else.
    Other(String),
}

impl Data {
    pub(super) fn is_news(&self) -> bool {
        matches!(self, Self::Exists(_) | Self::Expunge | Self::Vanished(_) | Self::Fetch(_))
    }
}

/// What a FETCH told of one message. Nothing in it is certain to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    pub uid: Option<u32>,
    pub flags: Option<Flags>,
    pub internal_date: Option<Moment>,
    pub size: Option<i64>,
    pub modseq: Option<i64>,
    /// The body, a range of it, or a header: whatever was asked for.
    pub body: Option<Bytes>,
}

/// A folder as the server lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// As spelled by the server.
    pub raw_name: String,
    pub delimiter: Option<char>,
    /// Upper case, with the backslash.
    pub attributes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusOf {
    pub messages: Option<i64>,
    pub uid_next: Option<i64>,
    pub uid_validity: Option<i64>,
    pub highest_modseq: Option<i64>,
}

/// Reads a whole answer, literals and all. Never fails: what cannot be read is `Other`.
pub(super) fn read_answer(frame: Bytes) -> Answer {
    if frame.starts_with(b"+") {
        return Answer::Continue(String::from_utf8_lossy(&frame[1..]).trim().to_owned());
    }
    if let Some(done) = read_done(&frame) {
        return done;
    }
    Answer::Data(frame.strip_prefix(b"* ").map_or_else(|| other(&frame), |rest| read_data(&frame, rest)))
}

fn read_done(frame: &[u8]) -> Option<Answer> {
    let text = frame.strip_prefix(TAG.as_bytes())?;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let tag = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    let (word, rest) = word(text[digits..].strip_prefix(b" ")?);
    let status = match word.as_str() {
        "OK" => Status::Ok,
        "NO" => Status::No,
        _ => Status::Bad,
    };
    Some(Answer::Done { tag, status, told: told(rest) })
}

fn read_data(frame: &Bytes, rest: &[u8]) -> Data {
    let (first, after) = word(rest);
    match first.as_str() {
        "OK" | "NO" | "BAD" => Data::Ok(told(after)),
        "PREAUTH" => Data::PreAuth,
        "BYE" => Data::Bye(told(after)),
        "CAPABILITY" => Data::Capability(capabilities(&String::from_utf8_lossy(after))),
        "SEARCH" => Data::Search(numbers(after)),
        "LIST" | "XLIST" | "STATUS" | "VANISHED" => guarded(frame).unwrap_or_else(|| other(frame)),
        _ => match first.parse::<u32>() {
            Ok(number) => match word(after).0.as_str() {
                "EXISTS" => Data::Exists(number),
                "EXPUNGE" => Data::Expunge,
                "FETCH" => guarded(frame).unwrap_or_else(|| Data::Fetch(lenient_fetch(frame))),
                _ => other(frame),
            },
            Err(_) => other(frame),
        },
    }
}

fn other(frame: &[u8]) -> Data {
    Data::Other(String::from_utf8_lossy(&frame[..frame.len().min(200)]).trim_end().to_owned())
}

/// imap-proto panics on some of what servers really send: an INTERNALDATE that is NIL, for one.
fn guarded(frame: &Bytes) -> Option<Data> {
    catch_unwind(AssertUnwindSafe(|| by_grammar(frame))).ok().flatten()
}

fn by_grammar(frame: &Bytes) -> Option<Data> {
    if has_nil_date(frame) {
        return None;
    }
    let (_, response) = Response::parse(frame).ok()?;
    Some(match response {
        Response::Fetch(_, attributes) => Data::Fetch(fetched(frame, attributes)),
        Response::Vanished { uids, .. } => Data::Vanished(uids),
        Response::MailboxData(MailboxDatum::List(list)) => Data::List(Listed {
            raw_name: list.name.clone().into_owned(),
            delimiter: list.delimiter.as_deref().and_then(|text| text.chars().next()),
            attributes: list.name_attributes.iter().map(attribute).collect(),
        }),
        Response::MailboxData(MailboxDatum::Status { status, .. }) => {
            let mut found = StatusOf::default();
            for item in status {
                match item {
                    StatusAttribute::Messages(number) => found.messages = Some(number.into()),
                    StatusAttribute::UidNext(number) => found.uid_next = Some(number.into()),
                    StatusAttribute::UidValidity(number) => found.uid_validity = Some(number.into()),
                    StatusAttribute::HighestModSeq(number) => found.highest_modseq = i64::try_from(number).ok(),
                    _ => {}
                }
            }
            Data::Status(found)
        }
        _ => other(frame),
    })
}

/// Known to make the grammar panic; a panic that can be foreseen need not shout in the log.
fn has_nil_date(frame: &[u8]) -> bool {
    let head = &frame[..frame.len().min(400)];
    head.windows(16).any(|window| window.eq_ignore_ascii_case(b"INTERNALDATE NIL"))
}

fn attribute(attribute: &NameAttribute<'_>) -> String {
    match attribute {
        NameAttribute::NoInferiors => "\\NOINFERIORS".to_owned(),
        NameAttribute::NoSelect => "\\NOSELECT".to_owned(),
        NameAttribute::Marked => "\\MARKED".to_owned(),
        NameAttribute::Unmarked => "\\UNMARKED".to_owned(),
        NameAttribute::All => "\\ALL".to_owned(),
        NameAttribute::Archive => "\\ARCHIVE".to_owned(),
        NameAttribute::Drafts => "\\DRAFTS".to_owned(),
        NameAttribute::Flagged => "\\FLAGGED".to_owned(),
        NameAttribute::Junk => "\\JUNK".to_owned(),
        NameAttribute::Sent => "\\SENT".to_owned(),
        NameAttribute::Trash => "\\TRASH".to_owned(),
        NameAttribute::Extension(text) => text.to_uppercase(),
        _ => String::new(),
    }
}

fn fetched(frame: &Bytes, attributes: Vec<AttributeValue<'_>>) -> Fetched {
    let mut found = Fetched::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => found.uid = Some(uid),
            AttributeValue::Flags(flags) => found.flags = Some(read_flags(flags.iter().map(AsRef::as_ref))),
            AttributeValue::InternalDate(date) => found.internal_date = read_date(&date),
            AttributeValue::Rfc822Size(size) => found.size = Some(size.into()),
            AttributeValue::ModSeq(modseq) => found.modseq = i64::try_from(modseq).ok(),
            AttributeValue::BodySection { data: Some(data), .. } | AttributeValue::Rfc822(Some(data)) => {
                found.body = Some(frame.slice_ref(&data));
            }
            _ => {}
        }
    }
    found
}

/// What can be made out of a FETCH the grammar gave up on: better a message without its date than no message.
fn lenient_fetch(frame: &Bytes) -> Fetched {
    let mut found = Fetched::default();
    // The words between the literals; the first literal is the body, for nothing else is asked for that may be one.
    let mut words = String::new();
    let mut at = 0;
    while at < frame.len() {
        let end = frame[at..].iter().position(|byte| *byte == b'\n').map_or(frame.len(), |line| at + line + 1);
        words.push_str(&String::from_utf8_lossy(&frame[at..end]));
        match literal(&frame[..end], at.max(1)).filter(|len| end + len <= frame.len()) {
            Some(len) => {
                found.body.get_or_insert_with(|| frame.slice(end..end + len));
                at = end + len;
            }
            None => at = end,
        }
    }
    let upper = words.to_uppercase();
    let number = |name: &str| -> Option<i64> {
        let (_, rest) = upper.split_once(name)?;
        rest.trim_start_matches([' ', '(']).split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    found.uid = number("UID ").and_then(|uid| u32::try_from(uid).ok());
    found.size = number("RFC822.SIZE ");
    found.modseq = number("MODSEQ ");
    if let Some((flags, _)) = upper.split_once("FLAGS (").and_then(|(_, rest)| rest.split_once(')')) {
        found.flags = Some(read_flags(flags.split_whitespace()));
    }
    if let Some((date, _)) = words.split_once("INTERNALDATE \"").and_then(|(_, rest)| rest.split_once('"')) {
        found.internal_date = read_date(date);
    }
    found
}

fn read_flags<'a>(names: impl Iterator<Item = &'a str>) -> Flags {
    let mut flags = Flags::default();
    for name in names {
        let flag = match name.to_ascii_lowercase().as_str() {
            "\\seen" => &mut flags.seen,
            "\\answered" => &mut flags.answered,
            "\\flagged" => &mut flags.flagged,
            "\\deleted" => &mut flags.deleted,
            "\\draft" => &mut flags.draft,
            _ => continue,
        };
        *flag = true;
    }
    flags
}

/// `17-Jul-1996 02:44:25 -0700` (RFC 3501 `date-time`).
fn read_date(text: &str) -> Option<Moment> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut words = text.split_whitespace();
    let mut date = words.next()?.split('-');
    let day: i64 = date.next()?.parse().ok()?;
    let month = date.next()?.to_ascii_lowercase();
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let year: i64 = date.next()?.parse().ok()?;
    let mut time = words.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let zone: i64 = words.next().unwrap_or("+0000").parse().ok()?;
    let in_range = (1..=31).contains(&day)
        && (1..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && zone.abs() <= 1500;
    if !in_range {
        return None;
    }
    // Days since 1970 in the proleptic Gregorian calendar: years are counted from March, so leap days come last.
    let (y, m) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day - 1 - 719_468;
    let offset = zone / 100 * 3600 + zone % 100 * 60;
    Some(Moment::from_seconds(days * 86_400 + hour * 3600 + minute * 60 + second - offset))
}

/// The length of the literal that this line announces. Free text may end in braces and announces nothing.
pub(super) fn literal(frame: &[u8], part: usize) -> Option<usize> {
    let line = &frame[part.min(frame.len())..];
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line).strip_suffix(b"}")?;
    let open = line.iter().rposition(|byte| *byte == b'{')?;
    if part == 0 {
        let rest = frame.strip_prefix(b"* ")?;
        if matches!(word(rest).0.as_str(), "OK" | "NO" | "BAD" | "BYE" | "PREAUTH") {
            return None;
        }
    }
    let digits = line[open + 1..].strip_suffix(b"+").unwrap_or(&line[open + 1..]);
    if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

pub(super) fn capabilities(text: &str) -> HashSet<String> {
    text.split_whitespace().map(str::to_uppercase).collect()
}

fn numbers(text: &[u8]) -> Vec<u32> {
    text.split(|byte| matches!(byte, b' ' | b'\r' | b'\n'))
        .take_while(|word| !word.starts_with(b"("))
        .filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok())
        .collect()
}

/// The first word, in upper case, and what follows it.
fn word(text: &[u8]) -> (String, &[u8]) {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\r' | b'\n')).unwrap_or(text.len());
    let rest = text[end..].strip_prefix(b" ").unwrap_or(&text[end..]);
    (String::from_utf8_lossy(&text[..end]).to_uppercase(), rest)
}

/// The code in brackets and the words after it.
fn told(text: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(text);
    let text = text.trim();
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((code, words)) => {
            let (name, rest) = code.split_once(' ').map_or((code, ""), |(name, rest)| (name, rest));
            let space = if rest.is_empty() { "" } else { " " };
            Refusal { code: format!("{}{space}{rest}", name.to_uppercase()), text: words.trim().to_owned() }
        }
        None => Refusal { code: String::new(), text: text.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(line: &'static str) -> Fetched {
        match read_answer(Bytes::from_static(line.as_bytes())) {
            Answer::Data(Data::Fetch(fetched)) => fetched,
            other => panic!("not a FETCH: {other:?}"),
        }
    }

    #[test]
    fn a_message_without_a_date_is_still_a_message() {
        let found = fetch("* 3 FETCH (UID 9 FLAGS (\\Seen \\Odd[1]) INTERNALDATE NIL RFC822.SIZE 5 BODY[]<0> {5}\r\nhello)\r\n");
        assert_eq!(found.uid, Some(9));
        assert_eq!(found.size, Some(5));
        assert!(found.flags.expect("flags").seen);
        assert_eq!(found.internal_date, None);
        assert_eq!(found.body.as_deref(), Some(&b"hello"[..]));
    }

    #[test]
    fn a_plain_fetch_is_read() {
        let found = fetch("* 3 FETCH (UID 9 MODSEQ (77) FLAGS () INTERNALDATE \" 1-Jan-1970 01:00:01 +0100\" BODY[]<0> {2}\r\nhi)\r\n");
        assert_eq!(found.internal_date, Some(Moment::from_seconds(1)));
        assert_eq!(found.modseq, Some(77));
        assert_eq!(found.body.as_deref(), Some(&b"hi"[..]));
    }

    #[test]
    fn a_nil_body_is_none() {
        assert_eq!(fetch("* 3 FETCH (UID 9 BODY[] NIL)\r\n").body, None);
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(read_date("17-Jul-1996 02:44:25 -0700"), Some(Moment::from_seconds(837_596_665)));
        assert_eq!(read_date("99-Jul-1996 02:44:25 -0700"), None);
        assert_eq!(read_date("nonsense"), None);
    }

    #[test]
    fn words_that_look_like_a_literal_are_not() {
        assert_eq!(literal(b"* OK wait {12}\r\n", 0), None);
        assert_eq!(literal(b"s1 NO wait {12}\r\n", 0), None);
        assert_eq!(literal(b"* 1 FETCH (BODY[] {12}\r\n", 0), Some(12));
        assert_eq!(literal(b"* 1 FETCH (BODY[] {99999999999999}\r\n", 0), None);
    }

    #[test]
    fn unknown_lines_are_passed_over() {
        for line in ["* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n", "* ESEARCH (TAG \"a\") UID ALL 1:3\r\n", "garbage\r\n", "* \r\n", "\r\n"] {
            assert!(matches!(read_answer(Bytes::from_static(line.as_bytes())), Answer::Data(Data::Other(_))), "{line}");
        }
    }

    #[test]
    fn refusals_keep_code_and_words() {
        let Answer::Done { tag: 4, status: Status::No, told } = read_answer(Bytes::from_static(b"s4 NO [AUTHENTICATIONFAILED] Nope\r\n"))
        else {
            panic!("not an answer")
        };
        assert_eq!(told, Refusal { code: "AUTHENTICATIONFAILED".to_owned(), text: "Nope".to_owned() });
    }
}
