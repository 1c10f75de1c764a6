//! The real clock and the real dice. Everything else is handed them.

use crm::ports::{Clock, Dice};
use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use model::{Civil, Day, Moment};
use rand::TryRngCore;
use rand::rngs::OsRng;

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(Timestamp::now().as_microsecond())
    }

    fn civil(&self, at: Moment, zone: &str) -> Civil {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let at = Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(zone.clone()).datetime();
        let today = Timestamp::now().to_zoned(zone).date();
        let days = today.until(at.date()).map_or(0, |span| span.get_days());
        Civil {
            year: at.year(),
            month: at.month().unsigned_abs(),
            day: at.day().unsigned_abs(),
            hour: at.hour().unsigned_abs(),
            minute: at.minute().unsigned_abs(),
            days_from_today: days,
            weekday: Weekday::to_monday_one_offset(at.weekday()).unsigned_abs(),
        }
    }

    fn on_the_wall(&self, day: Day, hour: u8, zone: &str) -> Moment {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let date = jiff::civil::Date::new(day.year, day.month.cast_signed(), day.day.cast_signed()).unwrap_or_default();
        // An hour that is left out when the clocks go forward is the one after it.
        let at = date.at(hour.cast_signed(), 0, 0, 0).to_zoned(zone);
        at.map_or(Moment::from_seconds(day.days() * 86_400), |at| Moment(at.timestamp().as_microsecond()))
    }

    fn knows_zone(&self, zone: &str) -> bool {
        TimeZone::get(zone).is_ok()
    }
}

pub(crate) struct SystemDice;

impl Dice for SystemDice {
    fn fill(&self, bytes: &mut [u8]) {
        OsRng.try_fill_bytes(bytes).expect("the system has randomness, or nothing here is safe");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_office_wall_is_an_hour_or_two_ahead_of_utc() {
        let summer = SystemClock.civil(Moment::from_seconds(1_751_328_000), "Europe/Amsterdam");
        assert_eq!((summer.year, summer.month, summer.day, summer.hour, summer.weekday), (2025, 7, 1, 2, 2));
        let winter = SystemClock.civil(Moment::from_seconds(1_735_689_600), "Europe/Amsterdam");
        assert_eq!((winter.year, winter.month, winter.day, winter.hour), (2025, 1, 1, 1));
        assert!(!SystemClock.knows_zone("Europe/Nergens"));
        let summer = SystemClock.on_the_wall(Day { year: 2025, month: 7, day: 1 }, 0, "Europe/Amsterdam");
        assert_eq!(summer, Moment::from_seconds(1_751_320_800));
        // The clocks went forward in that night: eight o'clock is seven hours after its midnight.
        let spring = Day { year: 2025, month: 3, day: 30 };
        let night = SystemClock.on_the_wall(spring, 0, "Europe/Amsterdam");
        assert_eq!(SystemClock.on_the_wall(spring, 8, "Europe/Amsterdam"), night.plus_seconds(7 * 3600));
    }
}
