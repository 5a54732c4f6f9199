//! What recordings that tests make say of themselves.

use recording::{Anchor, Header, RecordingId, SessionFacts, StartReason};

pub const STARTED_UNIX_US: i64 = 1_795_000_000_000_000;

pub fn anchor() -> Anchor {
    Anchor { unix_us: STARTED_UNIX_US, boottime_us: 0, boot_id: String::new(), uncertainty_us: 0 }
}

pub fn header() -> Header {
    Header {
        format: recording::FORMAT_VERSION,
        recording: RecordingId::from_parts(1, [1; 10]),
        session: SessionFacts::desktop("", "m", "u"),
        started: anchor(),
        software: String::new(),
        follows: None,
        reason: StartReason { policy: "p".to_owned(), rule: None, text: String::new() },
    }
}
