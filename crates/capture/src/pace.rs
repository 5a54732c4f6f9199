//! When the next picture may be taken.

use std::time::{Duration, Instant};

/// Keeps pictures at least one interval apart. The first change after a rest is taken at once.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    last: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, last: None }
    }

    /// The first moment at which a picture may be taken.
    pub(crate) fn due(&self, now: Instant) -> Instant {
        self.last.map_or(now, |last| last + self.interval)
    }

    /// Notes that one is taken now. Keeps the beat where it can, so that the rate is the interval's and not a little less.
    pub(crate) fn taken(&mut self, now: Instant) {
        let due = self.due(now);
        let late = now.saturating_duration_since(due);
        self.last = Some(if late < self.interval / 2 { due } else { now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_beat_and_starts_anew_after_a_rest() {
        let beat = Duration::from_millis(100);
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut pace = Pace::new(beat);
        assert_eq!(pace.due(at(0)), at(0));
        pace.taken(at(0));
        assert_eq!(pace.due(at(5)), at(100));
        pace.taken(at(108));
        assert_eq!(pace.due(at(110)), at(200), "a little late does not shift the beat");
        pace.taken(at(5000));
        assert_eq!(pace.due(at(5001)), at(5100), "a rest does");
    }
}
