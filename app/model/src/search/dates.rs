//! Days as people say them: `gisteren`, `march 2026`, `12-3`, `2026-03`, `3 weken`.

use crate::preferences::DateFormat;
use crate::time::Day;
use serde::{Deserialize, Serialize};

/// From the first of these days to the last; either end may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    pub from: Option<Day>,
    /// The first day that is past it.
    pub until: Option<Day>,
}

/// Nobody has mail from before, or plans so far ahead.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=2199;
/// Farther back than this is a typing mistake.
const FAR: i64 = 1000;

impl Days {
    /// The days that a word, a date or a part of one names. `value` is folded.
    pub fn read(value: &str, today: Day, order: DateFormat) -> Option<Self> {
        let parts = parts(value);
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [word] => one_word(word, today),
            [first, second] => {
                relative(first, second, today).or_else(|| ago(first, second, today)).or_else(|| two_parts(first, second, today, order))
            }
            [first, second, third] => three_parts(first, second, third, order),
            _ => None,
        }
    }

    fn day(day: Day) -> Self {
        Self { from: Some(day), until: Some(day.plus_days(1)) }
    }

    fn month(year: i64, month: u8) -> Option<Self> {
        let first = make(year, month, 1)?;
        let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        Some(Self { from: Some(first), until: make(next_year, next, 1) })
    }

    fn year(year: i64) -> Option<Self> {
        Some(Self { from: Some(make(year, 1, 1)?), until: make(year + 1, 1, 1) })
    }
}

/// `12-3-2026` in three, `3d` in two.
fn parts(value: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut was_digit = None;
    for c in value.chars() {
        if !c.is_alphanumeric() {
            was_digit = None;
            continue;
        }
        let digit = c.is_ascii_digit();
        match parts.last_mut() {
            Some(part) if was_digit == Some(digit) => part.push(c),
            _ => parts.push(c.to_string()),
        }
        was_digit = Some(digit);
    }
    parts
}

fn make(year: i64, month: u8, day: u8) -> Option<Day> {
    if !YEARS.contains(&year) {
        return None;
    }
    Day::new(i16::try_from(year).ok()?, month, day)
}

fn one_word(word: &str, today: Day) -> Option<Days> {
    if let Ok(year) = word.parse() {
        return if word.len() == 4 { Days::year(year) } else { None };
    }
    match word {
        "today" | "vandaag" => return Some(Days::day(today)),
        "yesterday" | "gisteren" => return Some(Days::day(today.plus_days(-1))),
        "eergisteren" => return Some(Days::day(today.plus_days(-2))),
        _ => {}
    }
    if let Some(weekday) = weekday(word) {
        let back = (i64::from(today.weekday()) - i64::from(weekday)).rem_euclid(7);
        return Some(Days::day(today.plus_days(-back)));
    }
    let month = month(word)?;
    let year = i64::from(today.year) - i64::from(month > today.month);
    Days::month(year, month)
}

/// `vorige week`, `this month`.
fn relative(which: &str, unit: &str, today: Day) -> Option<Days> {
    let back = match which {
        "this" | "deze" | "dit" => 0,
        "last" | "previous" | "vorige" | "vorig" | "afgelopen" => 1,
        _ => return None,
    };
    let (year, month) = (i64::from(today.year), i64::from(today.month));
    match unit {
        "week" => {
            let monday = today.plus_days(1 - i64::from(today.weekday()) - 7 * back);
            Some(Days { from: Some(monday), until: Some(monday.plus_days(7)) })
        }
        "month" | "maand" => month_back(year, month, back),
        "year" | "jaar" => Days::year(year - back),
        _ => weekday(unit).map(|weekday| {
            let days = (i64::from(today.weekday()) - i64::from(weekday)).rem_euclid(7);
            // Last Monday is never today.
            let days = if back == 1 && days == 0 { 7 } else { days };
            Days::day(today.plus_days(-days))
        }),
    }
}

fn month_back(year: i64, month: i64, back: i64) -> Option<Days> {
    let months = year * 12 + month - 1 - back;
    Days::month(months.div_euclid(12), u8::try_from(months.rem_euclid(12) + 1).ok()?)
}

/// `3 weken`, `10d`: the day that is so long ago.
fn ago(number: &str, unit: &str, today: Day) -> Option<Days> {
    let number: i64 = number.parse().ok().filter(|number| (0..=FAR).contains(number))?;
    let day = match unit {
        "d" | "day" | "days" | "dag" | "dagen" => today.plus_days(-number),
        "w" | "week" | "weeks" | "weken" => today.plus_days(-7 * number),
        "month" | "months" | "maand" | "maanden" => same_day(today, number)?,
        "y" | "j" | "year" | "years" | "jaar" | "jaren" => same_day(today, 12 * number)?,
        _ => return None,
    };
    make(i64::from(day.year), day.month, day.day).map(Days::day)
}

/// So many months back, on the same day or the last one that month has.
fn same_day(today: Day, months: i64) -> Option<Day> {
    let month = month_back(i64::from(today.year), i64::from(today.month), months)?;
    let (first, next) = (month.from?, month.until?);
    Some(first.plus_days(i64::from(today.day) - 1).min(next.plus_days(-1)))
}

fn two_parts(first: &str, second: &str, today: Day, order: DateFormat) -> Option<Days> {
    if let (Some(month), Ok(number)) = (month(first), second.parse::<i64>()) {
        // March 2026, or March 12.
        return if second.len() == 4 { Days::month(number, month) } else { latest(month, second.parse().ok()?, today) };
    }
    if let Some(month) = month(second) {
        return latest(month, first.parse().ok()?, today);
    }
    match (first.len(), second.len()) {
        (4, 1..=2) => Days::month(first.parse().ok()?, second.parse().ok()?),
        (1..=2, 4) => Days::month(second.parse().ok()?, first.parse().ok()?),
        (1..=2, 1..=2) => {
            let (day, month) = ordered(first, second, order);
            latest(month.parse().ok()?, day.parse().ok()?, today)
        }
        _ => None,
    }
}

fn three_parts(first: &str, second: &str, third: &str, order: DateFormat) -> Option<Days> {
    let of = |year: &str, month: &str, day: &str| {
        let year = year.parse::<i64>().ok().map(|number| if year.len() == 2 { 2000 + number } else { number })?;
        let month_number = month.parse().ok().or_else(|| self::month(month))?;
        make(year, month_number, day.parse().ok()?).map(Days::day)
    };
    if first.len() == 4 {
        return of(first, second, third);
    }
    if !matches!(third.len(), 2 | 4) {
        return None;
    }
    if month(first).is_some() {
        return of(third, first, second);
    }
    if month(second).is_some() {
        return of(third, second, first);
    }
    let (day, month) = ordered(first, second, order);
    of(third, month, day)
}

fn ordered<'a>(first: &'a str, second: &'a str, order: DateFormat) -> (&'a str, &'a str) {
    match order {
        DateFormat::DayMonthYear => (first, second),
        DateFormat::MonthDayYear => (second, first),
    }
}

/// This day of this month, the last time it was.
fn latest(month: u8, day: u8, today: Day) -> Option<Days> {
    let year = i64::from(today.year);
    // The 29th of February is not in every year.
    let days = (0..=8).filter_map(|back| make(year - back, month, day));
    days.into_iter().find(|day| *day <= today).map(Days::day)
}

fn weekday(word: &str) -> Option<u8> {
    const NAMES: [[&str; 4]; 7] = [
        ["maandag", "monday", "ma", "mon"],
        ["dinsdag", "tuesday", "di", "tue"],
        ["woensdag", "wednesday", "wo", "wed"],
        ["donderdag", "thursday", "do", "thu"],
        ["vrijdag", "friday", "vr", "fri"],
        ["zaterdag", "saturday", "za", "sat"],
        ["zondag", "sunday", "zo", "sun"],
    ];
    NAMES.iter().zip(1..).find_map(|(names, number)| names.contains(&word).then_some(number))
}

fn month(word: &str) -> Option<u8> {
    const NAMES: [[&str; 4]; 12] = [
        ["januari", "january", "jan", "jan"],
        ["februari", "february", "feb", "feb"],
        ["maart", "march", "mrt", "mar"],
        ["april", "april", "apr", "apr"],
        ["mei", "may", "mei", "may"],
        ["juni", "june", "jun", "jun"],
        ["juli", "july", "jul", "jul"],
        ["augustus", "august", "aug", "aug"],
        ["september", "september", "sep", "sept"],
        ["oktober", "october", "okt", "oct"],
        ["november", "november", "nov", "nov"],
        ["december", "december", "dec", "dec"],
    ];
    NAMES.iter().zip(1..).find_map(|(names, number)| names.contains(&word).then_some(number))
}
