//! For how long machines are known by a certificate, and the turns that tell a machine's state from copies of it.
//!
//! A turn is a number that counts up with each connection, under a seal that only this server can make. A machine keeps the
//! last one on disk; a state that comes with an earlier one than its machine has had is a copy. As a turn proves itself, a
//! catalogue that was restored from a backup takes later turns than it remembers.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::authority::{Authority, BadRequest, MachineCertificate};
use crate::clock::SECOND_US;

/// Bytes of a turn: its number and its seal.
const TURN_BYTES: usize = 8 + 32;
/// A certificate is renewed when this part of its time is left.
const RENEWED_WITH_LEFT: i64 = 3;
/// Renewals are spread over this part of the time, at most over [`SPREAD_AT_MOST_SECS`]: machines that were enrolled
/// together, or an update that has all of them renew, must not come at once.
const SPREAD: i64 = 20;
const SPREAD_AT_MOST_SECS: i64 = 3600;

/// Gives machines certificates and turns.
pub struct Identities {
    authority: Arc<Authority>,
    valid: Duration,
}

impl std::fmt::Debug for Identities {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identities").field("valid", &self.valid).finish_non_exhaustive()
    }
}

impl Identities {
    /// Certificates of this authority that are valid for so long.
    #[must_use]
    pub fn new(authority: Arc<Authority>, valid: Duration) -> Identities {
        Identities { authority, valid }
    }

    /// Signs a certificate in the place of an earlier one.
    ///
    /// # Errors
    /// The request is none.
    pub fn renew(&self, request_pem: &str, machine: Uuid) -> Result<MachineCertificate, BadRequest> {
        self.authority.sign(request_pem, machine, self.valid)
    }

    /// Whether a certificate that ends then may be renewed now. Those that last longer than set may at any time.
    #[must_use]
    pub fn is_due(&self, now_us: i64, not_after_us: i64) -> bool {
        // A machine waits by its own clock's pace: a twelfth of the time is more than clocks differ.
        self.due_in_us(now_us, not_after_us) <= self.valid_us() / 12
    }

    /// In how many seconds a machine is to renew a certificate that ends then. `chance` lies between 0 and 1.
    #[must_use]
    pub fn renew_in_secs(&self, now_us: i64, not_after_us: i64, chance: f64) -> u64 {
        let spread_us = (self.valid_us() / SPREAD).min(SPREAD_AT_MOST_SECS * SECOND_US);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "at most an hour")]
        let later_us = (spread_us as f64 * chance.clamp(0.0, 1.0)) as i64;
        let wait_us = self.due_in_us(now_us, not_after_us).max(0).saturating_add(later_us);
        u64::try_from(wait_us / SECOND_US).unwrap_or(0)
    }

    fn due_in_us(&self, now_us: i64, not_after_us: i64) -> i64 {
        let left_us = not_after_us.saturating_sub(now_us);
        // What was issued under an earlier, longer setting, or at enrolment, is renewed at once.
        if left_us > self.valid_us().saturating_add(SECOND_US) {
            0
        } else {
            left_us - self.valid_us() / RENEWED_WITH_LEFT
        }
    }

    fn valid_us(&self) -> i64 {
        i64::try_from(self.valid.as_micros()).unwrap_or(i64::MAX / 2)
    }

    /// The turn with this number.
    #[must_use]
    pub fn turn(&self, machine: Uuid, number: u64) -> Vec<u8> {
        let mut turn = Vec::with_capacity(TURN_BYTES);
        turn.extend_from_slice(&number.to_be_bytes());
        turn.extend_from_slice(&self.seal(machine, number));
        turn
    }

    /// The number of a turn that this server gave this machine; `None` of anything else.
    #[must_use]
    pub fn turn_number(&self, machine: Uuid, turn: &[u8]) -> Option<u64> {
        let (number, seal) = turn.split_first_chunk::<8>()?;
        let number = u64::from_be_bytes(*number);
        // Hashing both first leaves nothing to learn from how far the comparison got.
        let same = Sha256::digest(seal) == Sha256::digest(self.seal(machine, number));
        same.then_some(number)
    }

    /// What is hashed has a fixed length behind a secret one: nothing can be appended to it.
    fn seal(&self, machine: Uuid, number: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.authority.turn_key());
        hash.update(machine.as_bytes());
        hash.update(number.to_be_bytes());
        hash.finalize().into()
    }
}
