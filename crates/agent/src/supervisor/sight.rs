//! Whether a session's recorder sees it, and for how long not: what makes a disturbance of it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::recorder::Sight;

/// Unseen for so long within [`WINDOW`], in one piece or in many, is no accident any more. Long enough for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);
const WINDOW: Duration = Duration::from_secs(60);
/// After an answer the next one waits so long: disturbances come as often as programs like.
const ANSWER_EVERY: Duration = Duration::from_secs(10);
/// Stretches that are kept; when there are more, the oldest is forgotten.
const MAX_STRETCHES: usize = 256;
/// A recorder that ended because its session did is not survived by the session for so long.
const OUTLIVED: Duration = Duration::from_secs(2);

/// What disturbs a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// The recorder's connection was ended, and the same X server went on.
    Cut,
    /// The display was not seen for too long.
    Unseen,
    /// Nothing could be stored for too long.
    NotStored,
}

impl Disturbance {
    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Cut => "the recorder's connection to the X server was ended",
            Self::Unseen => "the recorder could not see the session",
            Self::NotStored => "what is recorded could not be stored",
        }
    }
}

/// What is known of it. Shared with the threads that listen to recorders, one after the other.
#[derive(Debug, Default)]
pub struct Sighted {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    unseen_since: Option<Instant>,
    not_stored_since: Option<Instant>,
    /// Stretches without sight or store that are over.
    over: VecDeque<(Instant, Instant)>,
    cut: bool,
    answered: Option<Instant>,
}

impl Sighted {
    /// A recorder says what it sees.
    pub fn said(&self, sight: Sight, now: Instant) {
        let mut inner = self.lock();
        match sight {
            Sight::Unseen => inner.unseen_since = inner.unseen_since.or(Some(now)),
            Sight::Seen => inner.seen(now),
            Sight::Cut => {
                inner.seen(now);
                inner.cut = true;
            }
        }
    }

    /// The recorder has ended, and the session has not.
    pub fn recorder_ended(&self, now: Instant) {
        self.said(Sight::Unseen, now);
    }

    /// What was so far disturbed nothing.
    pub fn begin_anew(&self) {
        let mut inner = self.lock();
        *inner = Inner { unseen_since: inner.unseen_since.map(|_| Instant::now()), ..Inner::default() };
    }

    /// Whether the session lived on without being seen, so that its end leaves something missing.
    pub fn missed(&self, now: Instant) -> bool {
        self.lock().unseen_since.is_some_and(|since| now.duration_since(since) > OUTLIVED)
    }

    /// Whether the recorder sees the session.
    pub fn is_seen(&self) -> bool {
        self.lock().unseen_since.is_none()
    }

    /// What has to be answered now. `stored`: what is recorded goes into the spool.
    pub fn disturbance(&self, now: Instant, stored: bool) -> Option<Disturbance> {
        let mut inner = self.lock();
        inner.stored(now, stored);
        if inner.answered.is_some_and(|answered| now.duration_since(answered) < ANSWER_EVERY) {
            return None;
        }
        let disturbance = inner.due(now)?;
        inner.answered = Some(now);
        inner.cut = false;
        inner.over.clear();
        // What goes on counts anew from here.
        inner.unseen_since = inner.unseen_since.map(|_| now);
        inner.not_stored_since = inner.not_stored_since.map(|_| now);
        Some(disturbance)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn seen(&mut self, now: Instant) {
        if let Some(since) = self.unseen_since.take() {
            self.keep(since, now);
        }
    }

    fn stored(&mut self, now: Instant, stored: bool) {
        match (stored, self.not_stored_since) {
            (false, None) => self.not_stored_since = Some(now),
            (true, Some(since)) => {
                self.not_stored_since = None;
                self.keep(since, now);
            }
            _ => {}
        }
    }

    fn keep(&mut self, since: Instant, now: Instant) {
        if self.over.len() == MAX_STRETCHES {
            self.over.pop_front();
        }
        self.over.push_back((since, now));
    }

    fn due(&self, now: Instant) -> Option<Disturbance> {
        if self.cut {
            return Some(Disturbance::Cut);
        }
        let within = |(since, until): (Instant, Instant)| {
            let since = now.checked_sub(WINDOW).map_or(since, |begin| since.max(begin));
            until.saturating_duration_since(since)
        };
        let over: Duration = self.over.iter().copied().map(within).sum();
        let lasting = |since: Option<Instant>| since.map_or(Duration::ZERO, |since| within((since, now)));
        let (unseen, not_stored) = (lasting(self.unseen_since), lasting(self.not_stored_since));
        if over + unseen.max(not_stored) < PATIENCE {
            return None;
        }
        Some(if not_stored > unseen { Disturbance::NotStored } else { Disturbance::Unseen })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_short_stall_is_an_accident_and_many_of_them_are_none() {
        let (sight, begin) = (Sighted::default(), Instant::now());
        let mut answers = Vec::new();
        for second in 0..60 {
            let now = begin + secs(second);
            sight.said(if second % 2 == 0 { Sight::Unseen } else { Sight::Seen }, now);
            answers.extend(sight.disturbance(now, true).map(|found| (second, found)));
            if second == 9 {
                assert_eq!(answers, [], "five seconds of ten");
            }
        }
        assert_eq!(answers[0], (19, Disturbance::Unseen), "{answers:?}");
        // What lies a minute back counts no longer.
        let sight = Sighted::default();
        for minute in 0..10 {
            sight.said(Sight::Unseen, begin + secs(minute * 60));
            sight.said(Sight::Seen, begin + secs(minute * 60 + 9));
            assert_eq!(sight.disturbance(begin + secs(minute * 60 + 9), true), None);
        }
    }

    #[test]
    fn what_lasts_is_told_while_it_lasts_and_not_too_often() {
        let (sight, begin) = (Sighted::default(), Instant::now());
        sight.said(Sight::Unseen, begin);
        let seconds: Vec<u64> =
            (0..35).filter(|second| sight.disturbance(begin + secs(*second), true).is_some()).collect();
        assert_eq!(seconds, [10, 20, 30]);
        assert!(sight.missed(begin + secs(35)));
        sight.said(Sight::Seen, begin + secs(35));
        assert!(!sight.missed(begin + secs(40)));
    }

    #[test]
    fn a_connection_that_was_ended_is_told_at_once() {
        let (sight, begin) = (Sighted::default(), Instant::now());
        sight.said(Sight::Unseen, begin);
        assert_eq!(sight.disturbance(begin, true), None, "the session may be ending");
        sight.said(Sight::Cut, begin + secs(1));
        assert_eq!(sight.disturbance(begin + secs(1), true), Some(Disturbance::Cut));
        sight.said(Sight::Cut, begin + secs(2));
        assert_eq!(sight.disturbance(begin + secs(2), true), None);
        assert_eq!(sight.disturbance(begin + secs(11), true), Some(Disturbance::Cut), "kept until it is answered");
    }

    #[test]
    fn what_cannot_be_stored_is_as_bad_as_what_is_not_seen() {
        let (sight, begin) = (Sighted::default(), Instant::now());
        let found: Vec<_> = (0..=10).filter_map(|second| sight.disturbance(begin + secs(second), false)).collect();
        assert_eq!(found, [Disturbance::NotStored]);
    }
}
