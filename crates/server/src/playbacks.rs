//! Which playbacks are in the administrator log already: one entry for a person's session and recording, however often
//! its player asks.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use recording::RecordingId;

/// Playbacks that are remembered. Once so many are, all are forgotten and the next ones are logged again.
const MOST_REMEMBERED: usize = 20_000;

/// Remembers playbacks that were logged.
#[derive(Debug, Default)]
pub struct Playbacks {
    logged: Mutex<HashSet<(Vec<u8>, RecordingId)>>,
}

impl Playbacks {
    /// True the first time this web session plays this recording.
    #[must_use]
    pub fn is_new(&self, session: &[u8], recording: RecordingId) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() >= MOST_REMEMBERED {
            logged.clear();
        }
        logged.insert((session.to_vec(), recording))
    }
}
