//! Processes that have ended: what they did last may be heard of later.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So long it is known of a process that ended what it was.
pub const KNOWN_AFTER_END: Duration = Duration::from_secs(5);

/// Those that ended not long ago, the first one first.
#[derive(Debug, Default)]
pub struct JustEnded(VecDeque<(Instant, u32)>);

impl JustEnded {
    /// One has ended.
    pub fn note(&mut self, now: Instant, pid: u32) {
        self.0.push_back((now, pid));
    }

    /// One of which nobody will hear any more, where there is one, or the first one where there is no room. Its number may be another's
    /// meanwhile.
    pub fn forgotten(&mut self, now: Instant, is_full: bool) -> Option<u32> {
        let (at, _) = self.0.front()?;
        if !is_full && now.saturating_duration_since(*at) < KNOWN_AFTER_END {
            return None;
        }
        self.0.pop_front().map(|(_, pid)| pid)
    }
}
