//! What a recorder is told when it starts.

use std::io::BufRead;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capture::{CoverOptions, Programs};
use recording::{Event, RecordingId};
use sealing::SealPlan;
use serde::{Deserialize, Serialize};

use crate::basic::ScreenChoice;
use crate::programs::Names;

/// A line on stdin longer than this is refused.
const MAX_START_BYTES: u64 = 64 << 10;

/// Pictures a second that may be asked for.
pub const FPS_LIMITS: std::ops::RangeInclusive<u32> = 1..=60;

/// One line of JSON on the recorder's stdin. Unknown fields are ignored, so that agent and recorder may differ in version
/// while a package is being upgraded.
#[derive(Clone, Serialize, Deserialize)]
pub struct StartParameters {
    /// The display, such as `:10`.
    pub display: String,
    /// Its `MIT-MAGIC-COOKIE-1` in hexadecimal digits; none if the display needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie: Option<String>,
    /// The process that serves it: nobody else is recorded in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_pid: Option<u32>,
    /// Where and when in the recording this recorder begins.
    #[serde(flatten)]
    pub start: RecordingStart,
    /// Pictures a second at most, 1 to 60.
    #[serde(default = "default_fps")]
    pub fps: u32,
    /// What is to be sealed; none leaves everything open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<SealStart>,
    /// Programs whose windows are covered. Who runs them is asked over stdin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide: Option<Hide>,
    /// How long frames wait in memory before they are encoded, in microseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hold_us: u64,
    /// Recording begins paused, for this reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// What happens is recorded, and no picture.
    #[serde(default)]
    pub events_only: bool,
    /// Only these screens are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen: Option<ScreenChoice>,
    /// Copies of documents may be asked for.
    #[serde(default)]
    pub documents: bool,
    /// Nothing is encoded or written before [`super::Order::Begin`]; until then this much of what is shown is kept in memory.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stand_by_us: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Which windows are covered, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hide {
    /// The programs.
    pub programs: Names,
    /// What covered pixels look like: `0x00RRGGBB`.
    pub colour: u32,
}

impl Hide {
    /// How capture does it, with somebody who knows programs.
    pub fn options(&self, programs: Arc<Mutex<dyn Programs>>) -> CoverOptions {
        CoverOptions { everything_else: false, colour: self.colour, programs }
    }

    /// What the recording says of it.
    pub fn event(&self) -> Event {
        let programs: Vec<&str> = self.programs.iter().collect();
        Event::covered(&format!("Windows of these programs are covered: {}", programs.join(", ")))
    }
}

/// How a recording is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealStart {
    /// The recording: what is sealed is bound to it.
    pub recording: RecordingId,
    /// What is sealed, and for whom.
    pub plan: SealPlan,
}

/// Where and when in a recording a recorder begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingStart {
    /// The recording's time zero, as CLOCK_BOOTTIME in microseconds.
    pub origin_boottime_us: u64,
    /// The number of the first group that is written.
    #[serde(default)]
    pub first_group: u64,
    /// The longest time between key frames, in microseconds.
    #[serde(default = "default_key_frame_interval_us")]
    pub key_frame_interval_us: u64,
}

fn default_fps() -> u32 {
    10
}

fn default_key_frame_interval_us() -> u64 {
    screen::EncoderOptions::default().key_frame_interval_us
}

impl RecordingStart {
    /// A recording that begins at this moment.
    pub fn at(origin_boottime_us: u64) -> Self {
        Self { origin_boottime_us, first_group: 0, key_frame_interval_us: default_key_frame_interval_us() }
    }
}

/// Why a recorder did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// stdin could not be read.
    #[error("the start parameters could not be read from stdin")]
    Unreadable(#[source] std::io::Error),
    /// Not JSON of the right form, or too long.
    #[error(
        "the start parameters are not one line of at most {MAX_START_BYTES} bytes of JSON as `kinescope-agent run` writes it"
    )]
    Malformed(#[source] serde_json::Error),
    /// The cookie is not hexadecimal.
    #[error("the display's cookie is not an even number of hexadecimal digits")]
    Cookie,
    /// Too slow or too fast.
    #[error("{fps} pictures a second cannot be recorded; {} to {} can", FPS_LIMITS.start(), FPS_LIMITS.end())]
    Fps {
        /// What was asked for.
        fps: u32,
    },
}

impl StartParameters {
    /// Reads one line and no more.
    ///
    /// # Errors
    /// [`StartError`] says what is wrong with it, without repeating it: it holds a cookie.
    pub fn read(input: impl BufRead) -> Result<Self, StartError> {
        let mut line = Vec::new();
        input.take(MAX_START_BYTES).read_until(b'\n', &mut line).map_err(StartError::Unreadable)?;
        let parameters: Self = serde_json::from_slice(&line).map_err(StartError::Malformed)?;
        parameters.interval()?;
        parameters.cookie_bytes()?;
        Ok(parameters)
    }

    /// The time between two pictures.
    ///
    /// # Errors
    /// If the rate is out of bounds.
    pub fn interval(&self) -> Result<Duration, StartError> {
        interval(self.fps)
    }

    /// The cookie itself.
    ///
    /// # Errors
    /// If it is not hexadecimal.
    pub fn cookie_bytes(&self) -> Result<Option<Vec<u8>>, StartError> {
        self.cookie.as_deref().map(|text| from_hex(text).ok_or(StartError::Cookie)).transpose()
    }
}

/// The time between two pictures at this rate.
///
/// # Errors
/// If the rate is out of bounds.
pub fn interval(fps: u32) -> Result<Duration, StartError> {
    if FPS_LIMITS.contains(&fps) { Ok(Duration::from_secs(1) / fps) } else { Err(StartError::Fps { fps }) }
}

/// Bytes from an even number of hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_read_and_what_follows_is_left() {
        let mut input = &b"{\"display\":\":10\",\"cookie\":\"00fF\",\"origin_boottime_us\":5,\"later\":1}\nrest"[..];
        let read = StartParameters::read(&mut input).unwrap();
        assert_eq!((read.display.as_str(), read.fps, read.start), (":10", 10, RecordingStart::at(5)));
        assert_eq!(read.cookie_bytes().unwrap(), Some(vec![0, 0xff]));
        assert_eq!(input, b"rest");
    }

    #[test]
    fn nonsense_is_refused_without_repeating_it() {
        let cases = [
            "",
            "{}",
            "{\"display\":\":1\"}",
            "{\"display\":\":1\",\"origin_boottime_us\":0,\"fps\":0}",
            "{\"display\":\":1\",\"origin_boottime_us\":0,\"fps\":61}",
            "{\"display\":\":1\",\"origin_boottime_us\":0,\"cookie\":\"secret\"}",
            "{\"display\":\":1\",\"origin_boottime_us\":0,\"cookie\":\"abc\"}",
            "{\"display\":\":1\",\"origin_boottime_us\":0,\"seal\":{}}",
        ];
        for case in cases {
            let error = StartParameters::read(case.as_bytes()).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("secret"), "{case}");
        }
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        assert!(StartParameters::read(endless).is_err());
    }
}
