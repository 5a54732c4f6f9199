//! When a long session goes on in another recording.

use std::time::Duration;

/// A recording that is younger goes on past its size, unless it is past [`ANYWAY_BYTES`].
const EARLIEST: Duration = Duration::from_secs(3_600);

/// A recording of this size is followed by another, however young it is.
const ANYWAY_BYTES: u64 = 300_000_000;

/// The bounds of one recording.
#[derive(Debug, Clone, Copy)]
pub struct RollOver {
    /// It is followed by another at this age,
    pub age: Duration,
    /// or at this size in bytes, if it is older than an hour then.
    pub size_bytes: u64,
}

impl RollOver {
    /// Whether a recording of this age and size shall be followed by another.
    pub fn is_due(&self, age: Duration, size_bytes: u64) -> bool {
        age >= self.age || size_bytes >= self.size_bytes && age >= EARLIEST || size_bytes >= ANYWAY_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_and_size_decide_together() {
        let bounds = RollOver { age: Duration::from_secs(12 * 3_600), size_bytes: 50_000_000 };
        for (minutes, megabytes, due) in [
            (0, 0, false),
            (59, 50, false),
            (59, 299, false),
            (0, 300, true),
            (60, 49, false),
            (60, 50, true),
            (719, 49, false),
            (720, 0, true),
        ] {
            let (age, size_bytes) = (Duration::from_secs(minutes * 60), megabytes * 1_000_000);
            assert_eq!(bounds.is_due(age, size_bytes), due, "{minutes} min, {megabytes} MB");
        }
    }

    #[test]
    fn a_short_bound_of_age_holds_within_the_first_hour() {
        let bounds = RollOver { age: Duration::from_secs(4), size_bytes: 10_000_000 };
        assert!(!bounds.is_due(Duration::from_secs(3), 0));
        assert!(bounds.is_due(Duration::from_secs(4), 0));
    }
}
