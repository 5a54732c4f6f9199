//! A moment as people and programs read it, in UTC.

use crate::clock::{DAY_US, SECOND_US};

/// `2026-11-20 13:00:05 UTC`
pub fn for_people(at_us: i64) -> String {
    let (date, time) = parts(at_us);
    format!("{date} {time} UTC")
}

/// `2026-11-20T13:00:05Z`
pub fn for_programs(at_us: i64) -> String {
    let (date, time) = parts(at_us);
    format!("{date}T{time}Z")
}

fn parts(at_us: i64) -> (String, String) {
    let (year, month, day) = date(at_us.div_euclid(DAY_US));
    let second = at_us.rem_euclid(DAY_US) / SECOND_US;
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    (format!("{year:04}-{month:02}-{day:02}"), format!("{hours:02}:{minutes:02}:{seconds:02}"))
}

/// Year, month and day of a day since 1970, in the Gregorian calendar: counted from 1 March, so that a leap day is a year's last.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (seconds, said) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_795_179_605, "2026-11-20 13:00:05 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(for_people(seconds * SECOND_US), said);
        }
        assert_eq!(for_programs(1_795_179_605_999_999), "2026-11-20T13:00:05Z");
    }
}
