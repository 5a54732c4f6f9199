//! How far recordings that may grow have come: one watched value for each, however many look at it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use recording::RecordingId;
use tokio::sync::watch;

/// What viewers of a recording are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Bytes that can be read from storage.
    pub length: u64,
    /// Whether more may come.
    pub state: Liveness,
}

/// Whether more of a recording may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// Its agent is connected.
    Live,
    /// Its agent is away, and may come back.
    Silent,
    /// It is closed.
    Ended,
}

/// Every recording that is open.
#[derive(Debug, Default)]
pub struct LiveRecordings {
    open: Mutex<HashMap<RecordingId, watch::Sender<Accepted>>>,
}

impl LiveRecordings {
    /// Says how far a recording has come; opens it here if it was not.
    pub fn note(&self, id: RecordingId, accepted: Accepted) {
        let mut open = self.lock();
        let sender = open.entry(id).or_insert_with(|| watch::Sender::new(accepted));
        sender.send_if_modified(|known| std::mem::replace(known, accepted) != accepted);
        if accepted.state == Liveness::Ended {
            open.remove(&id);
        }
    }

    /// Follows a recording, if it is open.
    #[must_use]
    pub fn watch(&self, id: RecordingId) -> Option<watch::Receiver<Accepted>> {
        self.lock().get(&id).map(watch::Sender::subscribe)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RecordingId, watch::Sender<Accepted>>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
