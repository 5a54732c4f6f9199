//! Slows down guessing: per network address and per user name (or other key), with a bounded memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong attempts that cost nothing: people mistype.
const FREE_ATTEMPTS: u32 = 5;
/// Longest wait. Long enough to make guessing pointless, short enough that nobody is locked out by somebody else.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Keys that are remembered; beyond it the one that was quiet longest is forgotten.
const MOST_KEYS: usize = 10_000;
/// A key that was quiet for so long is forgiven.
const FORGIVEN_AFTER: Duration = Duration::from_secs(900);

/// Remembers attempts by key.
#[derive(Debug, Default)]
pub struct Throttle {
    attempts: Mutex<HashMap<String, Attempts>>,
}

#[derive(Debug, Clone, Copy)]
struct Attempts {
    failed: u32,
    last: Instant,
}

impl Attempts {
    fn wait(self) -> Duration {
        let Some(beyond) = self.failed.checked_sub(FREE_ATTEMPTS) else { return Duration::ZERO };
        let seconds = 1u64.checked_shl(beyond).unwrap_or(u64::MAX);
        Duration::from_secs(seconds).min(LONGEST_WAIT)
    }
}

impl Throttle {
    /// Begins an attempt for all the keys, counting it as failed until [`Throttle::succeeded`] says otherwise, so that
    /// many at once do not slip through before the first has failed.
    ///
    /// # Errors
    /// How long to wait, if one of the keys must. The attempt is then not counted.
    pub fn begin(&self, keys: &[String], now: Instant) -> Result<(), Duration> {
        let mut attempts = self.lock();
        let longest = keys
            .iter()
            .filter_map(|key| attempts.get(key))
            .map(|known| (known.last + known.wait()).saturating_duration_since(now))
            .max()
            .unwrap_or_default();
        if !longest.is_zero() {
            return Err(longest);
        }
        for key in keys {
            if attempts.len() >= MOST_KEYS && !attempts.contains_key(key) {
                forget_some(&mut attempts, now);
            }
            let entry = attempts.entry(key.clone()).or_insert(Attempts { failed: 0, last: now });
            if now.saturating_duration_since(entry.last) > FORGIVEN_AFTER {
                entry.failed = 0;
            }
            entry.failed = entry.failed.saturating_add(1);
            entry.last = now;
        }
        Ok(())
    }

    /// The attempt was a good one: its keys start afresh.
    pub fn succeeded(&self, keys: &[String]) {
        let mut attempts = self.lock();
        for key in keys {
            attempts.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Attempts>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_some(attempts: &mut HashMap<String, Attempts>, now: Instant) {
    attempts.retain(|_, known| now.saturating_duration_since(known.last) <= FORGIVEN_AFTER);
    if attempts.len() >= MOST_KEYS
        && let Some(oldest) = attempts.iter().min_by_key(|(_, known)| known.last).map(|(key, _)| key.clone())
    {
        attempts.remove(&oldest);
    }
}

/// The part of an address that one party holds: all of an IPv4 address, the /64 of an IPv6 one.
#[must_use]
pub fn address_key(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn key() -> Vec<String> {
        vec!["ana".to_owned()]
    }

    #[test]
    fn waits_grow_to_a_minute_and_no_further() {
        let throttle = Throttle::default();
        let mut now = Instant::now();
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(throttle.begin(&key(), now), Ok(()));
        }
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = throttle.begin(&key(), now).unwrap_err();
            assert_eq!(wait, Duration::from_secs(expected));
            now += wait;
            assert_eq!(throttle.begin(&key(), now), Ok(()));
        }
    }

    #[test]
    fn success_and_silence_are_forgiven() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(throttle.begin(&key(), now), Ok(()));
        }
        throttle.succeeded(&key());
        assert_eq!(throttle.begin(&key(), now), Ok(()));

        for _ in 1..FREE_ATTEMPTS {
            assert_eq!(throttle.begin(&key(), now), Ok(()));
        }
        assert!(throttle.begin(&key(), now).is_err());
        let later = now + FORGIVEN_AFTER + Duration::from_secs(1);
        for _ in 0..FREE_ATTEMPTS {
            assert_eq!(throttle.begin(&key(), later), Ok(()));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for number in 0..MOST_KEYS + 50 {
            assert_eq!(throttle.begin(&[number.to_string()], now + Duration::from_nanos(number as u64)), Ok(()));
        }
        assert_eq!(throttle.lock().len(), MOST_KEYS);
        assert!(!throttle.lock().contains_key("0"), "the oldest went first");
    }

    #[test]
    fn one_party_holds_a_whole_ipv6_subnet() {
        assert_eq!(address_key("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1");
        assert_eq!(
            address_key("2001:db8:1:2:3:4:5:6".parse().unwrap()),
            address_key("2001:db8:1:2::1".parse().unwrap())
        );
    }
}
