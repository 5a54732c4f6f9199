//! Moments and durations as people write and read them.

/// Reads a moment of a recording: seconds (`12.5`), or `MM:SS` or `HH:MM:SS` with an optional fraction.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no moment: give seconds (12.5), MM:SS or HH:MM:SS");
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return Err(wrong());
    }
    let (seconds, larger) = parts.split_last().ok_or_else(wrong)?;
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 6 || !larger.iter().all(|part| digits(part)) {
        return Err(wrong());
    }
    let mut total: u64 = 0;
    for part in larger.iter().chain([&whole]) {
        let number: u64 = part.parse().map_err(|_| wrong())?;
        total = total.checked_mul(60).and_then(|minutes| minutes.checked_add(number)).ok_or_else(wrong)?;
    }
    let micros: u64 = format!("{fraction:0<6}").parse().map_err(|_| wrong())?;
    total.checked_mul(1_000_000).and_then(|us| us.checked_add(micros)).ok_or_else(wrong)
}

/// A duration as `H:MM:SS.mmm`.
pub fn shown(us: u64) -> String {
    let ms = us / 1_000;
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1_000)
}

/// A wall-clock moment in UTC, to the second; the bare number where a hostile header states no real date.
pub fn wall_clock(unix_us: i64) -> String {
    match jiff::Timestamp::from_microsecond(unix_us) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("{unix_us} µs since 1970"),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, shown, wall_clock};

    #[test]
    fn moments_are_read_as_people_write_them() {
        for (text, us) in [
            ("0", 0),
            ("12.5", 12_500_000),
            ("90", 90_000_000),
            ("1:30", 90_000_000),
            ("01:02:03.000004", 3_723_000_004),
        ] {
            assert_eq!(parse(text), Ok(us), "{text}");
        }
        for text in
            ["", ":", "-1", "1:2:3:4", "1.", ".5", "1.1234567", "1e3", "99999999999999999999", "18446744073709551615"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_shown_in_full() {
        assert_eq!(shown(3_723_004_000), "1:02:03.004");
        assert_eq!(wall_clock(1_795_000_000_000_000), "2026-11-18 11:06:40 UTC");
        assert_eq!(wall_clock(i64::MAX), format!("{} µs since 1970", i64::MAX));
    }
}
