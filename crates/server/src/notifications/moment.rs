//! A moment as people and programs read it, in UTC, and the way there.

use catalogue::Delivery;

/// `2026-11-20 13:00:05 UTC`
pub use evidence::moment as for_people;

/// `2026-11-20T13:00:05Z`
pub fn for_programs(at_us: i64) -> String {
    for_people(at_us).replacen(' ', "T", 1).replacen(" UTC", "Z", 1)
}

/// Where the console opens the moment.
pub fn link(address: &str, delivery: &Delivery) -> String {
    let tenths = delivery.time_us / 100_000;
    format!("{address}/recordings/{}?t={}.{}", delivery.recording, tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND_US;

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
