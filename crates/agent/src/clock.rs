//! The two clocks of a recording, read together.

use std::time::SystemTime;

use recording::Anchor;

/// Reads wall clock and `CLOCK_BOOTTIME` at (nearly) the same moment.
pub fn anchor(boot_id: &str) -> Anchor {
    let before = capture::boottime_us();
    let unix_us = unix_us();
    let after = capture::boottime_us();
    Anchor {
        unix_us,
        boottime_us: before + (after - before) / 2,
        boot_id: boot_id.to_owned(),
        uncertainty_us: (after - before).div_ceil(2).max(1),
    }
}

/// The clocks as they were at an earlier moment of `CLOCK_BOOTTIME`, as far as the wall clock was not set since.
pub fn earlier(now: &Anchor, boottime_us: u64) -> Anchor {
    let before_us = now.boottime_us.saturating_sub(boottime_us);
    let unix_us = now.unix_us.saturating_sub(i64::try_from(before_us).unwrap_or(i64::MAX));
    Anchor { boottime_us: now.boottime_us - before_us, unix_us, ..now.clone() }
}

/// The clocks for the end of a recording that began so and was left. `false`: in another boot, whose clock says nothing of that one's;
/// then they are as at its beginning.
pub fn anchor_after(started: &Anchor) -> (bool, Anchor) {
    let same_boot = boot_id().is_ok_and(|boot_id| boot_id == started.boot_id);
    (same_boot, if same_boot { anchor(&started.boot_id) } else { started.clone() })
}

/// The wall clock, in microseconds since 1970 UTC.
pub fn unix_us() -> i64 {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(unix.as_micros()).unwrap_or(i64::MAX)
}

/// What this machine's local time is beyond UTC now, in minutes.
pub fn utc_offset_minutes() -> i32 {
    jiff::Zoned::now().offset().seconds().div_euclid(60)
}

/// The identity of this boot: `CLOCK_BOOTTIME` values compare only within one.
///
/// # Errors
/// If /proc does not show it.
pub fn boot_id() -> std::io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}
