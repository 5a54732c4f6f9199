//! Gives every recorder a user id of its own, so that no recorder can touch another.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

/// User ids that recorders may have; each is held by one recorder at a time.
#[derive(Debug, Clone)]
pub struct RecorderUids {
    range: RangeInclusive<u32>,
    held: Arc<Mutex<BTreeSet<u32>>>,
}

/// A user id, given back when dropped.
#[derive(Debug)]
pub struct HeldUid {
    uid: u32,
    held: Arc<Mutex<BTreeSet<u32>>>,
}

impl RecorderUids {
    /// All of a range are free.
    pub fn new(range: RangeInclusive<u32>) -> Self {
        Self { range, held: Arc::default() }
    }

    /// Takes a free one for a recorder. `None` if all are held.
    pub fn take(&self) -> Option<HeldUid> {
        self.take_first(self.range.clone())
    }

    /// Takes a free one, where there are any to be taken: an agent that is not root has none.
    ///
    /// # Errors
    /// If all are held.
    pub fn one_of(uids: Option<&Self>) -> anyhow::Result<Option<HeldUid>> {
        let taken = uids.map(|uids| uids.take().context("all user ids of recorder_uids are in use; widen the range"));
        taken.transpose()
    }

    /// Takes a free one for something that runs for a moment, from the range's other end.
    pub fn take_for_a_moment(&self) -> Option<HeldUid> {
        self.take_first(self.range.clone().rev())
    }

    fn take_first(&self, mut range: impl Iterator<Item = u32>) -> Option<HeldUid> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let uid = range.find(|uid| !held.contains(uid))?;
        held.insert(uid);
        Some(HeldUid { uid, held: Arc::clone(&self.held) })
    }
}

impl HeldUid {
    /// The user id; the group id is the same number.
    pub fn uid(&self) -> u32 {
        self.uid
    }
}

impl Drop for HeldUid {
    fn drop(&mut self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.uid);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn no_two_recorders_share_a_uid() {
        let uids = RecorderUids::new(61_000..=61_001);
        let first = uids.take().unwrap();
        let second = uids.take().unwrap();
        assert_ne!(first.uid(), second.uid());
        assert!(uids.take().is_none() && uids.take_for_a_moment().is_none());
        drop(second);
        assert_eq!(uids.take_for_a_moment().unwrap().uid(), 61_001);
        drop(first);
        assert_eq!(uids.take().unwrap().uid(), 61_000);
    }
}
