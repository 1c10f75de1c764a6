//! A meeting that somebody asks for, calls off or answers (RFC 5545, RFC 5546), and the answer to one.

use crate::parse;
use crate::parse::percent_decoded;
use crm::ports::Meeting;
use icalendar::{Calendar, CalendarComponent, Component, Event, EventLike, Property};
use jiff::civil;
use jiff::tz::TimeZone;
use mail_parser::{Message, MimeHeaders};
use model::nature::{Answer, Invitation, Method, Notice};
use model::outgoing::Recipient;
use model::{Civil, Moment, fold};

/// A letter's own meeting is small; calendars of years are for a calendar program.
const MAX_CALENDAR: usize = 256 << 10;
const MAX_TEXT: usize = 300;
/// Meetings, zones and alarms of one letter.
const MAX_COMPONENTS: usize = 400;
/// Of one line that goes back as it came.
const MAX_LINE: usize = 4 << 10;
/// Octets of a line, where it is folded (RFC 5545 §3.1).
const FOLD: usize = 75;

pub(super) fn find(message: &Message<'_>, zone: &str, civil: &impl Fn(Moment) -> Civil) -> Option<Invitation> {
    read(&calendar(message)?, zone, civil)
}

/// Which meeting a letter asks for or calls off.
pub(crate) fn notice(message: &Message<'_>) -> Option<Notice> {
    let calendar = calendar(message)?;
    let cancels = match method(&calendar)?.as_str() {
        "REQUEST" => false,
        "CANCEL" => true,
        _ => return None,
    };
    let event = event(&calendar)?;
    let value = |name: &str| event.properties().get(name).map(|property| property.value().trim());
    let uid = value("UID").filter(|uid| !uid.is_empty())?;
    Some(Notice {
        uid: uid.to_owned(),
        recurrence: value("RECURRENCE-ID").unwrap_or_default().to_owned(),
        organizer: value("ORGANIZER").and_then(address).map(|address| fold::email_key(&address))?,
        sequence: value("SEQUENCE").and_then(|number| number.parse().ok()).unwrap_or_default(),
        stamp: event.properties().get("DTSTAMP").and_then(|stamp| moment(stamp, "UTC")).map_or(0, |(at, _)| at.seconds()),
        cancels,
    })
}

/// The meeting that a letter asks somebody to answer about; `zone` is that of the reader's office.
pub(super) fn meeting(message: &Message<'_>, zone: &str) -> Option<Meeting> {
    let notice = notice(message).filter(|notice| !notice.cancels)?;
    let calendar = calendar(message)?;
    let event = event(&calendar)?;
    let properties = event.properties();
    if properties.get("STATUS").is_some_and(|status| status.value().trim().eq_ignore_ascii_case("CANCELLED")) {
        return None;
    }
    let (starts, ends, all_day) = span(event, zone)?;
    let until = |rule: &Property| {
        let until = rule.value().split(';').find_map(|part| part.trim().strip_prefix("UNTIL="))?;
        moment(&Property::new("UNTIL", until), zone).map(|(at, _)| at)
    };
    let lasts = ends.unwrap_or(starts);
    // A whole day is over at midnight, and stands here as its noon.
    let lasts = if all_day { lasts.plus_seconds(43_200) } else { lasts };
    Some(Meeting {
        notice,
        organizer: address(properties.get("ORGANIZER")?.value())?,
        summary: one_line(event.get_summary()),
        starts,
        ends,
        all_day,
        over: match properties.get("RRULE") {
            None => Some(lasts),
            Some(rule) => until(rule).map(|until| until.max(lasts).plus_seconds(86_400)),
        },
    })
}

/// The answer to the meeting that a letter asks for, as iCalendar. All that the organizer's program knows its meeting by goes back as it
/// came; nothing of it can be more than its one line.
pub(super) fn answer(message: &Message<'_>, from: &Recipient, answer: Answer, at: Moment) -> Option<String> {
    let text = text(message)?;
    let lines = content_lines(&text);
    let event = asked(&lines)?;
    let property = |name: &str| event.iter().copied().find(|line| name_of(line).eq_ignore_ascii_case(name));
    let kept = |name: &str| property(name).filter(|line| line.len() <= MAX_LINE);
    let (uid, organizer) = (kept("UID")?, kept("ORGANIZER")?);
    let stamp = jiff::Timestamp::from_microsecond(at.0).ok()?.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut body: Vec<String> = vec![uid.to_owned()];
    body.extend(["SEQUENCE", "RECURRENCE-ID"].into_iter().filter_map(kept).map(str::to_owned));
    body.push(format!("DTSTAMP:{stamp}"));
    body.push(organizer.to_owned());
    body.push(attendee(&event, from, answer));
    body.extend(["DTSTART", "DTEND", "DURATION", "SUMMARY"].into_iter().filter_map(kept).map(str::to_owned));
    let mut all = ["BEGIN:VCALENDAR", "PRODID:-//Spindle//Spindle//EN", "VERSION:2.0", "METHOD:REPLY"].map(str::to_owned).to_vec();
    // A time by the clock of a zone says nothing without that zone (RFC 5545 §3.2.19).
    all.extend(zones(&lines, &body));
    all.push("BEGIN:VEVENT".to_owned());
    all.append(&mut body);
    all.extend(["END:VEVENT", "END:VCALENDAR"].map(str::to_owned));
    Some(all.iter().map(|line| folded(line) + "\r\n").collect())
}

/// The one who answers, by the address that the organizer knows.
fn attendee(event: &[&str], from: &Recipient, answer: Answer) -> String {
    let key = fold::email_key(&from.address);
    let invited = event
        .iter()
        .filter(|line| name_of(line).eq_ignore_ascii_case("ATTENDEE"))
        .filter_map(|line| address(value_of(line)))
        .find(|invited| fold::email_key(invited) == key);
    let partstat = match answer {
        Answer::Accepted => "ACCEPTED",
        Answer::Declined => "DECLINED",
        Answer::Tentative => "TENTATIVE",
    };
    // In quotes anything may stand but quotes (RFC 5545 §3.2).
    let name = fold::one_line(&from.name).replace('"', "'");
    let name = if name.is_empty() { String::new() } else { format!(";CN=\"{name}\"") };
    format!("ATTENDEE;PARTSTAT={partstat}{name}:mailto:{}", invited.as_deref().unwrap_or(&from.address))
}

/// The definitions of the zones that these lines name.
fn zones(lines: &[String], named: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = lines;
    while let Some(begin) = rest.iter().position(|line| line.eq_ignore_ascii_case("BEGIN:VTIMEZONE")) {
        rest = &rest[begin..];
        let Some(end) = rest.iter().position(|line| line.eq_ignore_ascii_case("END:VTIMEZONE")) else { break };
        let (zone, after) = rest.split_at(end + 1);
        let id = zone.iter().find(|line| name_of(line).eq_ignore_ascii_case("TZID")).map_or("", |line| value_of(line));
        let used = named.iter().any(|line| zone_in(line).is_some_and(|used| used == id));
        // Nothing else can stand in one: a meeting within would come back as another that was answered.
        let frames = zone.iter().filter(|line| matches!(name_of(line).to_ascii_uppercase().as_str(), "BEGIN" | "END"));
        let plain = frames.map(|line| value_of(line).to_ascii_uppercase()).all(|of| matches!(&*of, "VTIMEZONE" | "STANDARD" | "DAYLIGHT"));
        if used && plain && zone.iter().map(|line| line.len() + 2).sum::<usize>() <= MAX_LINE * 4 {
            found.extend_from_slice(zone);
        }
        rest = after;
    }
    found
}

fn zone_in(line: &str) -> Option<&str> {
    let parameters = &line[..line.len() - value_of(line).len()];
    let (_, rest) = parameters.split_once(";TZID=")?;
    Some(rest.trim_end_matches(':').split(';').next().unwrap_or_default().trim_matches('"'))
}

/// Each content line once more in one piece (RFC 5545 §3.1), without what could end it.
fn content_lines(text: &str) -> Vec<String> {
    let whole = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    whole.split('\n').map(|line| line.chars().filter(|c| !c.is_control() || *c == '\t').collect()).collect()
}

/// The properties of the meeting itself, as `event` chooses it.
fn asked(lines: &[String]) -> Option<Vec<&str>> {
    let mut events: Vec<Vec<&str>> = Vec::new();
    let mut within: Vec<&str> = Vec::new();
    for line in lines {
        let value = value_of(line);
        match name_of(line).to_ascii_uppercase().as_str() {
            "BEGIN" => {
                within.push(value);
                if within.len() == 2 && value.eq_ignore_ascii_case("VEVENT") {
                    events.push(Vec::new());
                }
            }
            "END" => _ = within.pop(),
            _ if within.len() == 2 && within[1].eq_ignore_ascii_case("VEVENT") => events.last_mut()?.push(line),
            _ => {}
        }
    }
    let one_of_many = |event: &Vec<&str>| event.iter().any(|line| name_of(line).eq_ignore_ascii_case("RECURRENCE-ID"));
    let at = events.iter().position(|event| !one_of_many(event)).unwrap_or_default();
    (at < events.len()).then(|| events.swap_remove(at))
}

fn name_of(line: &str) -> &str {
    line.split([':', ';']).next().unwrap_or_default()
}

/// What stands after the first colon that is in no quotes.
fn value_of(line: &str) -> &str {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ':' if !quoted => return &line[at + 1..],
            _ => {}
        }
    }
    ""
}

/// In pieces of 75 octets, each but the first behind a blank.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + line.len() / FOLD * 3);
    let (mut rest, mut room) = (line, FOLD);
    while rest.len() > room {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(room));
        out.push_str(piece);
        out.push_str("\r\n ");
        (rest, room) = (after, FOLD - 1);
    }
    out + rest
}

/// The address of `mailto:jan@bakker.example`; what such an address may bring along, headers and text, is left where it is.
fn address(value: &str) -> Option<String> {
    let value = value.trim();
    let bare = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &value[7..])?;
    let address = percent_decoded(bare.split('?').next().unwrap_or_default());
    fold::is_email_address(&address).then_some(address)
}

fn text(message: &Message<'_>) -> Option<String> {
    let part = message.parts.iter().take(parse::MAX_PARTS).find(|part| {
        part.content_type().is_some_and(|kind| {
            kind.ctype().eq_ignore_ascii_case("text") && kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("calendar"))
        })
    })?;
    let bytes = parse::part_bytes(message, part);
    if bytes.len() > MAX_CALENDAR {
        return None;
    }
    let charset = part.content_type().and_then(|kind| kind.attribute("charset")).unwrap_or("utf-8");
    Some(parse::text::decode(&bytes, Some(charset)).into_owned())
}

/// The parser goes one level of the stack deeper for each component that another holds, and a stack that is used up ends the program.
/// It takes blanks, folds and the case of letters more lightly than RFC 5545 does, so nothing is made of them here either.
fn calendar(message: &Message<'_>) -> Option<Calendar> {
    let text = text(message)?;
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).map(|c| c.to_ascii_uppercase()).collect();
    if bare.matches("BEGIN:").count() > MAX_COMPONENTS {
        return None;
    }
    text.parse().ok()
}

fn method(calendar: &Calendar) -> Option<String> {
    Some(calendar.property_value("METHOD")?.trim().to_ascii_uppercase())
}

/// The meeting, or the row of them; letters bring what is different of some of a row along.
fn event(calendar: &Calendar) -> Option<&Event> {
    let mut events = calendar.components.iter().filter_map(CalendarComponent::as_event);
    let first = events.clone().next()?;
    Some(events.find(|event| !event.properties().contains_key("RECURRENCE-ID")).unwrap_or(first))
}

fn one_line(value: Option<&str>) -> String {
    parse::one_line(value.unwrap_or_default(), MAX_TEXT)
}

fn read(calendar: &Calendar, zone: &str, civil: &impl Fn(Moment) -> Civil) -> Option<Invitation> {
    let event = event(calendar)?;
    let method = match method(calendar)?.as_str() {
        "REQUEST" | "PUBLISH" => Method::Request,
        "CANCEL" => Method::Cancel,
        "REPLY" => Method::Reply(answered(event)?),
        _ => return None,
    };
    let (starts, ends, all_day) = span(event, zone)?;
    Some(Invitation {
        method,
        summary: one_line(event.get_summary()),
        place: one_line(event.get_location()),
        organizer: event.properties().get("ORGANIZER").map(organizer).unwrap_or_default(),
        starts: civil(starts),
        ends: ends.map(civil),
        all_day,
        repeats: event.properties().contains_key("RRULE"),
    })
}

/// When it begins, when it ends where that is said, and whether that is by whole days.
fn span(event: &Event, zone: &str) -> Option<(Moment, Option<Moment>, bool)> {
    let (starts, all_day) = moment(event.properties().get("DTSTART")?, zone)?;
    let ends = event.properties().get("DTEND").and_then(|end| moment(end, zone)).map(|(ends, _)| ends).filter(|ends| *ends > starts);
    // Whole days end before the day that is named (RFC 5545 §3.6.1).
    let ends = if all_day { ends.map(|ends| ends.plus_seconds(-86_400)).filter(|ends| *ends > starts) } else { ends };
    Some((starts, ends, all_day))
}

fn organizer(property: &Property) -> String {
    let name = property.params().get("CN").map(|name| name.value().trim_matches('"').trim()).filter(|name| !name.is_empty());
    let address = property.value();
    let bare = address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map_or(address, |_| &address[7..]);
    parse::one_line(name.unwrap_or(bare), MAX_TEXT)
}

/// What the one who answers says: a reply names no other attendee (RFC 5546 §3.2.3).
fn answered(event: &Event) -> Option<Answer> {
    let attendee = event.multi_properties().get("ATTENDEE").and_then(|all| all.first()).or_else(|| event.properties().get("ATTENDEE"))?;
    match attendee.params().get("PARTSTAT")?.value().to_ascii_uppercase().as_str() {
        "ACCEPTED" => Some(Answer::Accepted),
        "DECLINED" => Some(Answer::Declined),
        "TENTATIVE" => Some(Answer::Tentative),
        _ => None,
    }
}

/// A moment as the property gives it (RFC 5545 §3.3.4, §3.3.5), and whether it is a whole day: then it is that day's noon, so that
/// it stays that day wherever the clocks are changed.
fn moment(property: &Property, office: &str) -> Option<(Moment, bool)> {
    let value = property.value().trim();
    let (value, utc) = value.strip_suffix(['Z', 'z']).map_or((value, false), |value| (value, true));
    let whole = civil::Date::strptime("%Y%m%d", value).ok();
    let at = match whole {
        Some(date) => date.at(12, 0, 0, 0),
        None => civil::DateTime::strptime("%Y%m%dT%H%M%S", value).ok()?,
    };
    let named = property.params().get("TZID").map(|zone| zone.value().trim_matches('"')).filter(|_| whole.is_none());
    let named = named.and_then(|name| zone_of(name).or_else(|| zone_of(windows(name)?)));
    let zone = if utc { Some(TimeZone::UTC) } else { named.or_else(|| zone_of(office)) };
    let at = at.to_zoned(zone.unwrap_or(TimeZone::UTC)).ok()?;
    Some((Moment(at.timestamp().as_microsecond()), whole.is_some()))
}

fn zone_of(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// The names that Windows, and so Outlook, has for the zones our users meet (CLDR, windowsZones).
fn windows(name: &str) -> Option<&'static str> {
    Some(match name {
        "W. Europe Standard Time" => "Europe/Berlin",
        "Romance Standard Time" => "Europe/Paris",
        "Central Europe Standard Time" => "Europe/Budapest",
        "Central European Standard Time" => "Europe/Warsaw",
        "GMT Standard Time" => "Europe/London",
        "Greenwich Standard Time" => "Atlantic/Reykjavik",
        "E. Europe Standard Time" => "Europe/Chisinau",
        "FLE Standard Time" => "Europe/Kyiv",
        "GTB Standard Time" => "Europe/Bucharest",
        "Turkey Standard Time" => "Europe/Istanbul",
        "Eastern Standard Time" => "America/New_York",
        "Central Standard Time" => "America/Chicago",
        "Mountain Standard Time" => "America/Denver",
        "Pacific Standard Time" => "America/Los_Angeles",
        "UTC" => "UTC",
        _ => return None,
    })
}
