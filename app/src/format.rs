//! Dates, times, sizes and counts, as people in the office write them.

use crate::i18n::{Locale, td_string};
use model::preferences::DateFormat;
use model::{Civil, Day};

/// In a list: today the time, then yesterday, the weekday within a week, else the date.
pub fn short(at: Civil, locale: Locale, order: DateFormat) -> String {
    match at.days_from_today {
        0 => time(at),
        -1 => td_string!(locale, common.days.yesterday).to_owned(),
        -6..=-2 => format!("{} {}", weekday_short(at.weekday, locale), at.day),
        _ => date(at, order),
    }
}

/// A day of the calendar, as people name it: today, tomorrow, or the day and month in few letters.
pub fn calendar_day(day: Day, days_from_today: i32, locale: Locale) -> String {
    match days_from_today {
        -1 => td_string!(locale, common.days.yesterday).to_owned(),
        0 => td_string!(locale, common.days.today).to_owned(),
        1 => td_string!(locale, common.days.tomorrow).to_owned(),
        days => {
            let name = format!("{} {} {}", weekday_short(day.weekday(), locale), day.day, month(day.month, locale));
            if days.abs() > 180 { format!("{name} {}", day.year) } else { name }
        }
    }
}

/// In a heading of days: today, yesterday, or the day in words; the year only where it is not this one.
pub fn day(at: Civil, locale: Locale) -> String {
    match at.days_from_today {
        0 => capital(td_string!(locale, common.days.today)),
        -1 => capital(td_string!(locale, common.days.yesterday)),
        days => {
            let name = format!("{} {} {}", capital(weekday(at.weekday, locale)), at.day, month(at.month, locale));
            // Civil carries no today; further than half a year back the year is worth its place.
            if days.abs() > 180 { format!("{name} {}", at.year) } else { name }
        }
    }
}

/// A month of a year, for a heading.
pub fn month_of(year: i16, number: u8, locale: Locale) -> String {
    format!("{} {year}", capital(month(number, locale)))
}

/// In full, for a title or a tooltip.
pub fn full(at: Civil, locale: Locale) -> String {
    format!("{}, {}", full_day(at, locale), time(at))
}

/// [`full`] without the time.
pub fn full_day(at: Civil, locale: Locale) -> String {
    format!("{} {} {} {}", weekday(at.weekday, locale), at.day, month(at.month, locale), at.year)
}

pub fn date(at: Civil, order: DateFormat) -> String {
    match order {
        DateFormat::DayMonthYear => format!("{:02}/{:02}/{:04}", at.day, at.month, at.year),
        DateFormat::MonthDayYear => format!("{:02}/{:02}/{:04}", at.month, at.day, at.year),
    }
}

pub fn time(at: Civil) -> String {
    format!("{:02}:{:02}", at.hour, at.minute)
}

/// For `<time datetime=…>`.
pub fn machine(at: Civil) -> String {
    format!("{:04}-{:02}-{:02}T{:02}:{:02}", at.year, at.month, at.day, at.hour, at.minute)
}

/// 1,8 MB in Dutch, 1.8 MB in English.
pub fn size(bytes: u64, locale: Locale) -> String {
    let (tenths, unit) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (bytes / 100, "kB"),
        1_000_000..1_000_000_000 => (bytes / 100_000, "MB"),
        _ => (bytes / 100_000_000, "GB"),
    };
    if tenths >= 100 || tenths % 10 == 0 {
        return format!("{} {unit}", tenths / 10);
    }
    let comma = if locale == Locale::nl { ',' } else { '.' };
    format!("{}{comma}{} {unit}", tenths / 10, tenths % 10)
}

/// 1.284 in Dutch, 1,284 in English.
pub fn count(number: i64, locale: Locale) -> String {
    let dot = if locale == Locale::nl { '.' } else { ',' };
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(dot);
        }
        out.push(digit);
    }
    out
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn weekday(day: u8, locale: Locale) -> &'static str {
    match day {
        1 => td_string!(locale, common.weekdays.d1),
        2 => td_string!(locale, common.weekdays.d2),
        3 => td_string!(locale, common.weekdays.d3),
        4 => td_string!(locale, common.weekdays.d4),
        5 => td_string!(locale, common.weekdays.d5),
        6 => td_string!(locale, common.weekdays.d6),
        _ => td_string!(locale, common.weekdays.d7),
    }
}

fn weekday_short(day: u8, locale: Locale) -> &'static str {
    match day {
        1 => td_string!(locale, common.weekdays_short.d1),
        2 => td_string!(locale, common.weekdays_short.d2),
        3 => td_string!(locale, common.weekdays_short.d3),
        4 => td_string!(locale, common.weekdays_short.d4),
        5 => td_string!(locale, common.weekdays_short.d5),
        6 => td_string!(locale, common.weekdays_short.d6),
        _ => td_string!(locale, common.weekdays_short.d7),
    }
}

fn month(month: u8, locale: Locale) -> &'static str {
    match month {
        1 => td_string!(locale, common.months.m1),
        2 => td_string!(locale, common.months.m2),
        3 => td_string!(locale, common.months.m3),
        4 => td_string!(locale, common.months.m4),
        5 => td_string!(locale, common.months.m5),
        6 => td_string!(locale, common.months.m6),
        7 => td_string!(locale, common.months.m7),
        8 => td_string!(locale, common.months.m8),
        9 => td_string!(locale, common.months.m9),
        10 => td_string!(locale, common.months.m10),
        11 => td_string!(locale, common.months.m11),
        _ => td_string!(locale, common.months.m12),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days_from_today: i32) -> Civil {
        Civil { year: 2026, month: 11, day: 18, hour: 9, minute: 5, days_from_today, weekday: 3 }
    }

    #[test]
    fn lists_say_no_more_than_needed() {
        let say = |days| short(at(days), Locale::nl, DateFormat::DayMonthYear);
        assert_eq!(say(0), "09:05");
        assert_eq!(say(-1), "gisteren");
        assert_eq!(say(-3), "wo 18");
        assert_eq!(say(-7), "18/11/2026");
        assert_eq!(say(1), "18/11/2026");
    }

    /// [REG-10] The company's own order of day and month.
    #[test]
    fn dates_follow_the_preference() {
        assert_eq!(date(at(-30), DateFormat::MonthDayYear), "11/18/2026");
        assert_eq!(day(at(-3), Locale::en), "Wednesday 18 November");
        assert_eq!(day(at(-300), Locale::nl), "Woensdag 18 november 2026");
        assert_eq!(machine(at(0)), "2026-11-18T09:05");
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!(size(1_834_000, Locale::nl), "1,8 MB");
        assert_eq!(size(1_834_000, Locale::en), "1.8 MB");
        assert_eq!(size(2_000, Locale::en), "2 kB");
        assert_eq!(size(999, Locale::en), "999 B");
        assert_eq!(count(1_284, Locale::nl), "1.284");
        assert_eq!(count(-31_877_000, Locale::en), "-31,877,000");
    }
}
