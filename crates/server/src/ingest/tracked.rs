//! One recording that may grow: who holds it, how far it is, what the catalogue has to be told.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use catalogue::RecordingState;
use evidence::EvidenceLog;
use recording::{Head, RecordingId};
use storage::LatestFacts;
use tokio::sync::watch;
use uuid::Uuid;

/// Notices that one recording may collect.
const MAX_NOTICES: usize = 16;

/// What the sync loop says of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Synced {
    /// Durable up to here.
    pub(super) durable: Head,
    /// Noted as closed in storage.
    pub(super) closed: bool,
    /// How often it was cut back after a failed sync.
    pub(super) cut_backs: u64,
    /// Whether the last failure was for want of space.
    pub(super) full: bool,
}

/// A recording that has not ended, as far as the server knows.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) id: RecordingId,
    pub(super) machine: Uuid,
    pub(super) synced: watch::Sender<Synced>,
    facts: Mutex<Facts>,
    /// The end of the evidence file; `None` until it was read, and after a write that failed.
    evidence: Mutex<Option<EvidenceLog>>,
}

/// What changes about it.
#[derive(Debug)]
pub(super) struct Facts {
    /// The connection that sends it.
    pub(super) holder: Option<u64>,
    /// How it stands, as the catalogue shows it.
    pub(super) state: RecordingState,
    /// When the server last received data of it.
    pub(super) last_data_us: i64,
    /// Since when nobody holds it.
    pub(super) silent_since: Instant,
    /// The catalogue has a row for it.
    pub(super) has_row: bool,
    /// What the row says of the session that its header may not; `None` if it was not written in this run.
    pub(super) shown: Option<LatestFacts>,
    /// The row is out of date.
    pub(super) changed: bool,
    /// So many of its events are in the catalogue; `None` if that was not asked in this run.
    pub(super) events_written: Option<u64>,
    /// So many of its requests were looked at; `None` if that was not asked in this run.
    pub(super) asked_written: Option<u64>,
    /// So many more were told that the catalogue does not take.
    pub(super) events_left_out: u64,
    /// Notices by the server, without those about gaps.
    pub(super) notices: Vec<String>,
    /// Accepted up to here.
    pub(super) accepted: u64,
    /// Durable up to here.
    pub(super) durable: u64,
    /// Messages accepted since everything was durable.
    pub(super) messages: u64,
}

impl Tracked {
    /// A recording nobody holds.
    pub(super) fn new(id: RecordingId, machine: Uuid, state: RecordingState, last_data_us: i64) -> Self {
        let synced = Synced { durable: Head::start(), closed: false, cut_backs: 0, full: false };
        let facts = Facts {
            holder: None,
            state,
            last_data_us,
            silent_since: Instant::now(),
            has_row: false,
            shown: None,
            changed: false,
            events_written: None,
            asked_written: None,
            events_left_out: 0,
            notices: Vec::new(),
            accepted: 0,
            durable: 0,
            messages: 0,
        };
        let evidence = Mutex::default();
        Self { id, machine, synced: watch::Sender::new(synced), facts: Mutex::new(facts), evidence }
    }

    pub(super) fn evidence(&self) -> MutexGuard<'_, Option<EvidenceLog>> {
        self.evidence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    /// Adds a notice unless it is there or there are too many.
    pub(super) fn notice(&mut self, text: &str) {
        if self.notices.len() < MAX_NOTICES && !self.notices.iter().any(|notice| notice == text) {
            self.notices.push(text.to_owned());
            self.changed = true;
        }
    }

    /// Bytes and messages that are accepted and not durable.
    pub(super) fn queued(&self) -> (u64, u64) {
        (self.accepted.saturating_sub(self.durable), self.messages)
    }
}
