//! How often each user may ask.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Requests at once.
const BURST: u32 = 20;
/// One more after each of these.
const EVERY: Duration = Duration::from_millis(250);
/// Users that are remembered; those who have all their requests again are forgotten first.
const MAX_USERS: usize = 1_024;

/// Counts requests by user.
#[derive(Debug, Default)]
pub struct Pace {
    spent: HashMap<u32, (u32, Instant)>,
}

impl Pace {
    /// Whether one more request of this user is taken now.
    pub fn takes(&mut self, uid: u32, now: Instant) -> bool {
        if self.spent.len() >= MAX_USERS {
            self.spent.retain(|_, (spent, since)| left(*spent, *since, now) > 0);
        }
        if self.spent.len() >= MAX_USERS && !self.spent.contains_key(&uid) {
            return false;
        }
        let (spent, since) = self.spent.entry(uid).or_insert((0, now));
        (*spent, *since) = (left(*spent, *since, now), now_or(*since, *spent, now));
        if *spent >= BURST {
            return false;
        }
        *spent += 1;
        true
    }
}

/// What is still counted at a later moment.
fn left(spent: u32, since: Instant, now: Instant) -> u32 {
    let back = now.saturating_duration_since(since).as_millis() / EVERY.as_millis();
    spent.saturating_sub(u32::try_from(back).unwrap_or(u32::MAX))
}

/// From when on the rest counts: parts of [`EVERY`] are not given away.
fn now_or(since: Instant, spent: u32, now: Instant) -> Instant {
    let back = now.saturating_duration_since(since).as_millis() / EVERY.as_millis();
    match u32::try_from(back) {
        Ok(back) if back < spent => since + EVERY * back,
        _ => now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_asks_without_end_and_nobody_pays_for_another() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let taken = (0..100).filter(|_| pace.takes(1_000, start)).count();
        assert_eq!(taken, 20);
        assert!(pace.takes(1_001, start));
        let later = |millis| start + Duration::from_millis(millis);
        assert!(!pace.takes(1_000, later(249)));
        assert!(pace.takes(1_000, later(250)));
        assert!(!pace.takes(1_000, later(499)));
        assert!(pace.takes(1_000, later(500)));
        assert_eq!((0..100).filter(|_| pace.takes(1_000, later(60_000))).count(), 20);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let taken = (0..3_000).filter(|uid| pace.takes(*uid, start)).count();
        assert_eq!(taken, MAX_USERS);
        assert!(pace.takes(9_999, start + Duration::from_secs(10)));
    }
}
