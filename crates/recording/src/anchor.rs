//! How the recording's own clock lies on the wall clock.

use serde::{Deserialize, Serialize};

/// One reading of both clocks at once. Times in a recording count on CLOCK_BOOTTIME; only anchors know the wall clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Wall clock: microseconds since 1970, UTC.
    pub unix_us: i64,
    /// CLOCK_BOOTTIME at the same moment, in microseconds.
    pub boottime_us: u64,
    /// The machine's boot id: CLOCK_BOOTTIME values compare only within one boot.
    pub boot_id: String,
    /// How far apart the two readings may be, in microseconds.
    pub uncertainty_us: u64,
}
