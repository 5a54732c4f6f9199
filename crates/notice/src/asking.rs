//! When an answer may be believed.

use std::time::{Duration, Instant};

/// So long a question must have been seen and reached, without a break, before an answer to it counts.
pub const SETTLED: Duration = Duration::from_secs(1);
/// Who could see a question so long in all, and said nothing, has been asked.
const ASKED: Duration = Duration::from_secs(5);

/// Keeps account of how long a question could be seen and reached.
#[derive(Debug, Clone)]
pub struct Asking {
    until: Instant,
    whole_since: Option<Instant>,
    seen: Duration,
}

impl Asking {
    /// A question that is asked from now on, for so long.
    pub fn new(now: Instant, patience: Duration) -> Self {
        Self { until: now + patience, whole_since: None, seen: Duration::ZERO }
    }

    /// It was looked at: could it be seen and reached?
    pub fn looked(&mut self, now: Instant, whole: bool) {
        match (self.whole_since, whole) {
            (None, true) => self.whole_since = Some(now),
            (Some(since), false) => {
                self.seen += now.saturating_duration_since(since);
                self.whole_since = None;
            }
            _ => {}
        }
    }

    /// Whether an answer given now is one.
    pub fn counts(&self, now: Instant) -> bool {
        now < self.until && self.whole_since.is_some_and(|since| now.saturating_duration_since(since) >= SETTLED)
    }

    /// Time until silence is the answer.
    pub fn left(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }

    /// Whether the user could see it long enough to answer.
    pub fn was_seen(&self, now: Instant) -> bool {
        let last = self.whole_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.seen + last >= ASKED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_only_while_the_question_stood_undisturbed() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut asking = Asking::new(start, Duration::from_secs(60));
        assert!(!asking.counts(at(5_000)), "it was never seen");
        asking.looked(at(5_000), true);
        asking.looked(at(5_500), true);
        assert!(!asking.counts(at(5_999)));
        assert!(asking.counts(at(6_000)));
        asking.looked(at(6_100), false);
        asking.looked(at(6_200), true);
        assert!(!asking.counts(at(7_100)), "it was covered meanwhile");
        assert!(asking.counts(at(7_200)));
        assert!(!asking.counts(at(60_000)), "too late");
    }

    #[test]
    fn glimpses_add_up_and_are_no_question_asked() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut asking = Asking::new(start, Duration::from_secs(60));
        for glimpse in 0..4 {
            asking.looked(at(glimpse * 2_000), true);
            asking.looked(at(glimpse * 2_000 + 1_000), false);
        }
        assert!(!asking.was_seen(at(60_000)));
        asking.looked(at(59_000), true);
        assert!(asking.was_seen(at(60_000)));
    }
}
