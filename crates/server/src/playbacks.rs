//! Which playbacks are in the administrator log already: one entry for a person's session and recording, however often
//! its player asks.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use recording::RecordingId;

/// Playbacks that are remembered. Once so many are, all are forgotten and the next ones are logged again.
const MOST_REMEMBERED: usize = 20_000;

/// Remembers playbacks that were logged.
#[derive(Debug, Default)]
pub struct Playbacks {
    logged: Mutex<HashSet<(Vec<u8>, RecordingId)>>,
}

impl Playbacks {
    /// True unless this web session's playing of this recording is known to be in the log.
    #[must_use]
    pub fn is_new(&self, session: &[u8], recording: RecordingId) -> bool {
        !self.lock().contains(&(session.to_vec(), recording))
    }

    /// It is in the log now.
    pub fn remember(&self, session: &[u8], recording: RecordingId) {
        let mut logged = self.lock();
        if logged.len() >= MOST_REMEMBERED {
            logged.clear();
        }
        logged.insert((session.to_vec(), recording));
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<(Vec<u8>, RecordingId)>> {
        // Every change leaves the set whole, so a panic elsewhere does not spoil it.
        self.logged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
