//! What all connections share: storage, catalogue, and the recordings that may grow.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use catalogue::{Catalogue, RecordingState};
use evidence::ReceiptKey;
use policy::{HandedOut, Notices, PreparedPolicy};
use protocol::RefusalCode;
use recording::RecordingId;
use sealing::SealPlan;
use storage::{StorageError, Store};
use tokio::sync::Notify;
use uuid::Uuid;

use super::admission::Refusal;
use super::agents::Agents;
use super::diagnosis::{Diagnosis, Finding};
use super::live_recordings::{Accepted, LiveRecordings, Liveness};
use super::reasons::Reasons;
use super::rows::{GAP_NOTICE, NOT_SIGNED_NOTICE};
use super::time_stamps::Waiting;
use super::tracked::Tracked;
use super::{IngestError, IngestOptions};
use crate::clock;
use crate::metrics::Metrics;

/// A recording that somebody else holds may be free soon: its connection may be dead and not known to be.
const HELD_RETRY_SECS: u32 = 3;
/// A disk that is full or fails is not mended in a moment.
const STORAGE_RETRY_SECS: u32 = 10;

/// What people have set: compared before anything is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Setting {
    /// The active policy's document; an empty one before anything was read.
    pub(super) document: String,
    /// What is sealed.
    pub(super) seal: Option<SealPlan>,
    /// How often an administrator has said that a policy holds at once for sessions that run, too.
    pub(super) at_once: u64,
    /// How users are told.
    pub(super) notices: Notices,
    /// The active detection policy's document.
    pub(super) detection: String,
}

/// What agents are told and sessions are decided by.
#[derive(Default)]
pub(super) struct Active {
    /// What it was made of.
    pub(super) setting: Setting,
    /// The active policy and what is sealed, as a document.
    pub(super) document: String,
    /// The same policy, ready to decide.
    pub(super) policy: PreparedPolicy,
    /// What is sealed.
    pub(super) seal: Option<SealPlan>,
}

impl From<Setting> for Active {
    /// Of a policy that this version cannot read nothing is recorded.
    fn from(setting: Setting) -> Active {
        let policy = setting.document.parse().unwrap_or_else(|error| {
            tracing::error!(%error, "the active policy cannot be read; nothing is recorded");
            policy::Policy::default()
        });
        let handed_out = HandedOut { policy, seal: setting.seal.clone(), notices: setting.notices.clone() };
        let document = handed_out.document();
        Active { setting, document, policy: PreparedPolicy::new(handed_out.policy), seal: handed_out.seal }
    }
}

/// Shared by all connections and loops.
pub(super) struct Desk {
    pub(super) catalogue: Catalogue,
    pub(super) store: Store,
    pub(super) metrics: Metrics,
    pub(super) options: IngestOptions,
    /// Signs receipts.
    pub(super) receipt_key: ReceiptKey,
    pub(super) live: LiveRecordings,
    pub(super) agents: Arc<Agents>,
    pub(super) diagnosis: Diagnosis,
    /// Rung when something waits to be synced.
    pub(super) unsynced: Notify,
    /// Recordings that wait for a time stamp.
    pub(super) unstamped: Waiting,
    /// Held while an evidence file is written: receipts and time stamps come from different loops.
    writing_evidence: Mutex<()>,
    /// Held while rows are computed and written, so that an older state never overwrites a newer one.
    pub(super) noting: tokio::sync::Mutex<()>,
    pub(super) policy: RwLock<Arc<Active>>,
    /// Held while the active policy is read and taken up, so that an older one never follows a newer one.
    pub(super) taking_up: tokio::sync::Mutex<()>,
    /// Why recordings were made, on the way into the log.
    pub(super) reasons: Reasons,
    pub(super) next_connection: AtomicU64,
    /// Storage has refused something since it last worked.
    pub(super) storage_troubled: std::sync::atomic::AtomicBool,
    tracked: Mutex<HashMap<RecordingId, Arc<Tracked>>>,
}

impl Desk {
    pub(super) fn new(
        catalogue: Catalogue,
        store: Store,
        metrics: Metrics,
        receipt_key: ReceiptKey,
        options: IngestOptions,
    ) -> Self {
        Self {
            diagnosis: Diagnosis::new(catalogue.clone()),
            catalogue,
            store,
            metrics,
            options,
            receipt_key,
            live: LiveRecordings::default(),
            agents: Arc::default(),
            unsynced: Notify::new(),
            unstamped: Waiting::default(),
            writing_evidence: Mutex::default(),
            noting: tokio::sync::Mutex::default(),
            policy: RwLock::default(),
            taking_up: tokio::sync::Mutex::default(),
            reasons: Reasons::default(),
            next_connection: AtomicU64::new(1),
            storage_troubled: std::sync::atomic::AtomicBool::new(false),
            tracked: Mutex::default(),
        }
    }

    /// Runs work that waits for the disk where it holds nobody up.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, IngestError> {
        let store = self.store.clone();
        Ok(tokio::task::spawn_blocking(move || work(&store)).await??)
    }

    pub(super) fn writing_evidence(&self) -> MutexGuard<'_, ()> {
        self.writing_evidence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The recordings that may grow.
    pub(super) fn all_tracked(&self) -> Vec<Arc<Tracked>> {
        self.lock().values().cloned().collect()
    }

    pub(super) fn tracked(&self, id: RecordingId) -> Option<Arc<Tracked>> {
        self.lock().get(&id).cloned()
    }

    pub(super) fn track(&self, tracked: Arc<Tracked>) {
        self.lock().insert(tracked.id, tracked);
    }

    pub(super) fn forget(&self, id: RecordingId) {
        self.lock().remove(&id);
    }

    /// Gives a recording to a connection of its machine, if no other connection holds it.
    pub(super) async fn claim(&self, id: RecordingId, machine: Uuid, connection: u64) -> Result<Arc<Tracked>, Refusal> {
        let (tracked, is_new) = self.take_place(id, machine, connection)?;
        if is_new && let Err(refusal) = self.check_owner(&tracked).await {
            self.forget(id);
            return Err(refusal);
        }
        Ok(tracked)
    }

    /// Of two connections that come at once, one takes the place and the other finds it taken.
    fn take_place(&self, id: RecordingId, machine: Uuid, connection: u64) -> Result<(Arc<Tracked>, bool), Refusal> {
        match self.lock().entry(id) {
            Entry::Vacant(vacant) => {
                let tracked = Arc::new(Tracked::new(id, machine, RecordingState::Silent, clock::now_us()));
                tracked.facts().holder = Some(connection);
                Ok((Arc::clone(vacant.insert(tracked)), true))
            }
            Entry::Occupied(occupied) => {
                let tracked = Arc::clone(occupied.get());
                if tracked.machine != machine {
                    return Err(not_yours());
                }
                let mut facts = tracked.facts();
                if facts.holder.is_some_and(|holder| holder != connection) {
                    let text = "another connection of this machine sends this recording; is the machine a clone?";
                    return Err(Refusal::later(RefusalCode::Held, HELD_RETRY_SECS, text));
                }
                facts.holder = Some(connection);
                drop(facts);
                Ok((tracked, false))
            }
        }
    }

    /// For a recording that was not tracked: if it is stored, its row says whose it is and what was noticed before.
    async fn check_owner(&self, tracked: &Tracked) -> Result<(), Refusal> {
        let row = self.catalogue.recording(tracked.id).await.map_err(|error| {
            tracing::error!(recording = %tracked.id, %error, "could not look up a recording's machine");
            Refusal::later(RefusalCode::StorageFailed, STORAGE_RETRY_SECS, "the catalogue cannot be read")
        })?;
        let owner = match &row {
            Some(row) => Some(row.machine_id.clone()),
            None if self.store.contains(tracked.id) => {
                let id = tracked.id;
                let looked = self.on_disk(move |store| {
                    store.look(id, |survey| survey.header().map(|header| header.session.machine_id.clone()))
                });
                looked.await.map_err(|error| self.storage_refusal(&error))?
            }
            None => None,
        };
        if owner.is_some_and(|owner| Uuid::try_parse(&owner) != Ok(tracked.machine)) {
            return Err(not_yours());
        }
        if let Some(row) = row {
            let mut facts = tracked.facts();
            facts.has_row = true;
            facts.state = row.state;
            facts.last_data_us = row.last_data_us;
            facts.notices = own_notices(row.notices);
        }
        Ok(())
    }

    /// What an agent is told when storage does not do what it should.
    pub(super) fn storage_refusal(&self, error: &IngestError) -> Refusal {
        tracing::warn!(%error, "a recording was refused");
        match error {
            IngestError::Storage(error) if error.is_full() => Refusal::later(
                RefusalCode::StorageFull,
                STORAGE_RETRY_SECS,
                "the server's storage is full; keep the data and try again later",
            ),
            _ => Refusal::later(
                RefusalCode::StorageFailed,
                STORAGE_RETRY_SECS,
                "the server cannot write; keep the data and try again later",
            ),
        }
    }

    /// Tells operator and catalogue that storage refused something of a recording.
    pub(super) async fn storage_trouble(&self, tracked: &Tracked, error: &StorageError) {
        self.storage_troubled.store(true, std::sync::atomic::Ordering::Relaxed);
        let (finding, notice) = if error.is_full() {
            (Finding::StorageFull, "The server's storage was full; the machine kept what came and sent it later")
        } else {
            (Finding::StorageFailed, "The server's storage failed; the machine kept what came and sent it later")
        };
        tracked.facts().notice(notice);
        self.diagnosis.report(finding, Some(tracked.machine), Some(tracked.id), error.to_string()).await;
    }

    /// Lets go of what a connection held. What has not ended is silent from now on.
    pub(super) fn release(&self, tracked: &Arc<Tracked>, connection: u64) {
        let mut facts = tracked.facts();
        if facts.holder != Some(connection) {
            return;
        }
        facts.holder = None;
        facts.silent_since = std::time::Instant::now();
        if !facts.state.is_open() {
            // Opened again and left without new data: it stays what it was.
            drop(facts);
            self.forget(tracked.id);
            return;
        }
        facts.state = RecordingState::Silent;
        facts.changed = true;
        self.live.note(tracked.id, Accepted { length: facts.accepted, state: Liveness::Silent });
    }

    pub(super) fn active_policy(&self) -> Arc<Active> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RecordingId, Arc<Tracked>>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.tracked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notices of a row without those that are made from its blocks.
pub(super) fn own_notices(notices: Vec<String>) -> Vec<String> {
    let own = |notice: &String| !notice.starts_with(GAP_NOTICE) && notice != NOT_SIGNED_NOTICE;
    notices.into_iter().filter(own).collect()
}

fn not_yours() -> Refusal {
    Refusal::new(RefusalCode::NotYours, "the recording belongs to another machine")
}
