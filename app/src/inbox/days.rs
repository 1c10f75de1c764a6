//! The headings of the list: today, yesterday, earlier this week, by month; and how high the list is with them.

use super::desk::ROW_HEIGHT;
use crate::format;
use crate::i18n::{Locale, td_string};
use model::Civil;
use model::inbox::{MessageFilter, MessageRow, Place, Sort};

/// One heading, as `.inbox__day` draws it.
pub(super) const DAY_HEIGHT: u32 = 28;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Returned,
    Today,
    Yesterday,
    ThisWeek,
    LastWeek,
    Month(i16, u8),
}

fn group(at: Civil) -> Group {
    let ago = -at.days_from_today;
    // Days since this week's Monday.
    let monday = (i32::from(at.weekday) - 1 + ago).rem_euclid(7);
    match ago {
        ..=0 => Group::Today,
        1 => Group::Yesterday,
        _ if ago <= monday => Group::ThisWeek,
        _ if ago <= monday + 7 => Group::LastWeek,
        _ => Group::Month(at.year, at.month),
    }
}

fn group_of(row: &MessageRow, filter: MessageFilter) -> Option<Group> {
    match filter.sort {
        Sort::Address => None,
        Sort::Newest if row.returned && filter.place == Place::Inbox => Some(Group::Returned),
        Sort::Newest | Sort::Oldest => Some(group(row.at)),
    }
}

/// Whether a heading stands above this row.
pub(super) fn begins(before: Option<&MessageRow>, row: &MessageRow, filter: MessageFilter) -> bool {
    let mine = group_of(row, filter);
    mine.is_some() && before.is_none_or(|before| group_of(before, filter) != mine)
}

pub(super) fn heading(row: &MessageRow, filter: MessageFilter, locale: Locale) -> Option<String> {
    Some(match group_of(row, filter)? {
        Group::Returned => td_string!(locale, inbox.days.returned).to_owned(),
        Group::Today => td_string!(locale, inbox.days.today).to_owned(),
        Group::Yesterday => td_string!(locale, inbox.days.yesterday).to_owned(),
        Group::ThisWeek => td_string!(locale, inbox.days.this_week).to_owned(),
        Group::LastWeek => td_string!(locale, inbox.days.last_week).to_owned(),
        Group::Month(year, month) => format::month_of(year, month, locale),
    })
}

/// Where row `at` begins, below its own heading.
pub(super) fn top(rows: &[MessageRow], at: usize, filter: MessageFilter) -> u32 {
    let before = rows.iter().take(at + 1).enumerate();
    let headings = before.filter(|(number, row)| begins(number.checked_sub(1).and_then(|number| rows.get(number)), row, filter)).count();
    let times = |count: usize, height: u32| u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(height);
    times(at, ROW_HEIGHT).saturating_add(times(headings, DAY_HEIGHT))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn at(ago: i32) -> Group {
        // Today is a Wednesday.
        let weekday = u8::try_from((2 - ago).rem_euclid(7) + 1).expect("1 to 7");
        group(Civil { year: 2026, month: 11, day: 1, hour: 0, minute: 0, days_from_today: -ago, weekday })
    }

    /// [INB-01] Weeks begin on Monday; what is older stands under its month.
    #[test]
    fn messages_stand_under_their_days() {
        let groups: Vec<_> = [-1, 0, 1, 2, 3, 9, 10].into_iter().map(at).collect();
        assert_eq!(
            groups,
            [Group::Today, Group::Today, Group::Yesterday, Group::ThisWeek, Group::LastWeek, Group::LastWeek, Group::Month(2026, 11)]
        );
    }
}
