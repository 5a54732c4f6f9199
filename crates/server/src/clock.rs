//! Wall-clock time as the interface and the catalogue count it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds of a second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds of a day.
pub const DAY_US: i64 = 24 * 3600 * SECOND_US;

/// Now, in microseconds since 1970-01-01 UTC. A clock before 1970 reads as 1970.
#[must_use]
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
