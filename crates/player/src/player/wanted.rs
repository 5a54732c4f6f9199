//! Which bytes to ask for next. Little for a seek, enough ahead for playing, nothing at rest.

use std::ops::Range;

use super::{Player, Progress};

/// One request; a long group is asked for in parts.
const MAX_REQUEST_BYTES: u64 = 8 << 20;
/// Asked for besides what the decoder needs next: most groups are shorter.
pub(super) const BESIDES_BYTES: u64 = 256 << 10;
/// Held ahead of the decoder while playing, at most.
const AHEAD_BYTES: u64 = 2 << 20;
/// Held ahead of the position while playing, in microseconds of the viewer's time.
const AHEAD_US: u64 = 20_000_000;

impl Player {
    /// The bytes to fetch now, if any. While they come, ask again after every piece: the answer's start is the next byte
    /// of use, and a request for bytes that are no longer wanted can be dropped.
    pub fn wanted(&self) -> Option<Range<u64>> {
        let cursor = self.cursor.as_ref()?;
        let stored = cursor.lead().cloned().unwrap_or_else(|| self.timeline.bytes_of(cursor.span()));
        if !self.settled {
            let from = self.bytes.contiguous_end(cursor.needs());
            return (from < stored.end).then(|| from..stored.end.min(from + MAX_REQUEST_BYTES));
        }
        // What cannot be opened is not fetched ahead.
        if self.playing && !self.following && !cursor.locked() {
            return self.wanted_ahead(cursor.needs());
        }
        None
    }

    /// Bytes to fetch at the same time as [`Player::wanted`], if any: while the picture that a group builds on is on its way,
    /// the group's own bytes. So a seek waits for one answer, not for two after each other.
    pub fn wanted_besides(&self) -> Option<Range<u64>> {
        let cursor = self.cursor.as_ref().filter(|_| !self.settled)?;
        cursor.lead()?;
        // Whether it can be opened is not known before the first group's block has come.
        if self.sealed().is_some() {
            return None;
        }
        let stored = self.timeline.bytes_of(cursor.span());
        let end = stored.end.min(stored.start + BESIDES_BYTES);
        let from = self.bytes.contiguous_end(stored.start);
        (from < end && !self.is_unavailable(from)).then_some(from..end)
    }

    /// Asks for more when half of what should be ahead is used up, so that requests are few and not small.
    fn wanted_ahead(&self, needs: u64) -> Option<Range<u64>> {
        let horizon_us = self.position_us.saturating_add((AHEAD_US as f64 * self.speed) as u64);
        let last = self.timeline.span_at(horizon_us)?;
        let end = self.timeline.bytes_of(last).end.min(needs + AHEAD_BYTES);
        let from = self.bytes.contiguous_end(needs);
        let enough = from.saturating_sub(needs) > AHEAD_BYTES / 2;
        if enough || self.is_unavailable(from) {
            return None;
        }
        (from < end).then_some(from..end)
    }

    pub(super) fn is_unavailable(&self, offset: u64) -> bool {
        self.unavailable.iter().any(|range| range.contains(&offset))
    }

    /// The bytes that must not be forgotten.
    pub(super) fn needed(&self) -> Range<u64> {
        let from = self.cursor.as_ref().map_or(0, |cursor| cursor.needs());
        from..from.saturating_add(AHEAD_BYTES)
    }
}

impl Progress {
    /// Whether more bytes would help.
    pub fn hungry(self) -> bool {
        self == Progress::Hungry
    }
}
