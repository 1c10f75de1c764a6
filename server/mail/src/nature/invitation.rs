//! A meeting that somebody asks for, calls off or answers (RFC 5545, RFC 5546).

use crate::parse;
use icalendar::{Calendar, CalendarComponent, Component, Event, EventLike, Property};
use jiff::civil;
use jiff::tz::TimeZone;
use mail_parser::{Message, MimeHeaders};
use model::nature::{Answer, Invitation, Method};
use model::{Civil, Moment};

/// A letter's own meeting is small; calendars of years are for a calendar program.
const MAX_CALENDAR: usize = 256 << 10;
const MAX_TEXT: usize = 300;

pub(super) fn find(message: &Message<'_>, zone: &str, civil: &impl Fn(Moment) -> Civil) -> Option<Invitation> {
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
    let calendar: Calendar = parse::text::decode(&bytes, Some(charset)).parse().ok()?;
    read(&calendar, zone, civil)
}

fn read(calendar: &Calendar, zone: &str, civil: &impl Fn(Moment) -> Civil) -> Option<Invitation> {
    let event = calendar.components.iter().find_map(CalendarComponent::as_event)?;
    let method = match calendar.property_value("METHOD")?.to_ascii_uppercase().as_str() {
        "REQUEST" | "PUBLISH" => Method::Request,
        "CANCEL" => Method::Cancel,
        "REPLY" => Method::Reply(answer(event)?),
        _ => return None,
    };
    let text = |value: Option<&str>| parse::one_line(value.unwrap_or_default(), MAX_TEXT);
    let (starts, all_day) = moment(event.properties().get("DTSTART")?, zone)?;
    let ends = event.properties().get("DTEND").and_then(|end| moment(end, zone)).map(|(ends, _)| ends).filter(|ends| *ends > starts);
    // Whole days end before the day that is named (RFC 5545 §3.6.1).
    let ends = if all_day { ends.map(|ends| ends.plus_seconds(-86_400)).filter(|ends| *ends > starts) } else { ends };
    Some(Invitation {
        method,
        summary: text(event.get_summary()),
        place: text(event.get_location()),
        organizer: event.properties().get("ORGANIZER").map(organizer).unwrap_or_default(),
        starts: civil(starts),
        ends: ends.map(civil),
        all_day,
        repeats: event.properties().contains_key("RRULE"),
    })
}

fn organizer(property: &Property) -> String {
    let name = property.params().get("CN").map(|name| name.value().trim_matches('"').trim()).filter(|name| !name.is_empty());
    let address = property.value();
    let bare = address.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map_or(address, |_| &address[7..]);
    parse::one_line(name.unwrap_or(bare), MAX_TEXT)
}

/// What the one who answers says: a reply names no other attendee (RFC 5546 §3.2.3).
fn answer(event: &Event) -> Option<Answer> {
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
