//! Coming up again when covered, without a fight: what insists on being above, such as a screen locker, is left there.

use std::time::{Duration, Instant};

/// Covered again so soon after it came up: somebody insists.
const SOON: Duration = Duration::from_secs(2);
/// So often it comes up against somebody who insists.
const MOST: u32 = 3;

/// When to come up.
#[derive(Debug, Default)]
pub struct Raising {
    raised: Option<Instant>,
    in_vain: u32,
}

impl Raising {
    /// It is covered now. Whether to come up.
    pub fn covered(&mut self, now: Instant) -> bool {
        if self.is_soon(now) {
            self.in_vain += 1;
        } else if self.in_vain < MOST {
            self.in_vain = 0;
        }
        if self.in_vain >= MOST {
            return false;
        }
        self.raised = Some(now);
        true
    }

    /// It is seen whole.
    pub fn seen(&mut self, now: Instant) {
        if !self.is_soon(now) {
            self.in_vain = 0;
        }
    }

    fn is_soon(&self, now: Instant) -> bool {
        self.raised.is_some_and(|raised| now.saturating_duration_since(raised) < SOON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_up_unless_somebody_insists_and_again_when_that_one_is_gone() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut raising = Raising::default();
        assert!(raising.covered(at(0)));
        raising.seen(at(1));
        assert!(raising.covered(at(5_000)), "another window, later");
        assert!(raising.covered(at(5_010)) && raising.covered(at(5_020)));
        assert!(!raising.covered(at(5_030)), "it insists");
        assert!(!raising.covered(at(60_000)), "and still does");
        raising.seen(at(61_000));
        assert!(raising.covered(at(62_000)));
    }
}
