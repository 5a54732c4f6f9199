//! Receiving from agents, and knowing what is live.
//!
//! One `connection` per agent reads its messages and passes what concerns a recording to that recording's own worker
//! (`receiving`), so that none waits for another. Workers check (`admission`), append to storage, tell viewers
//! ([`LiveRecordings`]) and acknowledge. Three loops serve all: `syncing` makes what was accepted durable in rounds,
//! `receipts` signs for what is, `progress` keeps the catalogue up to date, with `happenings` for the events in recordings, and
//! notices who has gone. What the operator should know goes through
//! `diagnosis`; the numbers stand in `docs/storage.md`.

mod accounts;
mod admission;
mod agents;
mod asked;
mod connection;
mod content;
mod controls;
mod copies;
mod desk;
mod diagnosis;
mod greeting;
mod happenings;
mod live_recordings;
mod notices;
mod progress;
mod reasons;
mod receipts;
mod receiving;
mod recovery;
mod renewal;
mod rows;
mod sending;
mod syncing;
mod time_stamps;
mod tracked;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use catalogue::{Catalogue, CatalogueError, KnownCertificate, RecordingState, Standing};
use evidence::ReceiptKey;
use protocol::{Control, Controlled, SessionNow};
use recording::RecordingId;
use storage::{StorageError, Store};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle};
use uuid::Uuid;

pub use agents::Switches;
pub use asked::MOST_AGE_US as MOST_ASKED_AGE_US;
pub use live_recordings::{Accepted, LiveRecordings, Liveness};
pub use recovery::{Rebuilt, rebuild_catalogue};
pub use time_stamps::TimeStampOptions;

use crate::clock;
use crate::identities::Identities;
use crate::metrics::Metrics;
use desk::Desk;

/// Bytes of one recording that an agent may have on their way. Bounds what waits in memory for a slow disk.
const CREDIT_BYTES: u32 = 1 << 20;
/// An agent has this long to say what became of a control; it answers within two seconds, unless it still decides on the session.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(15);
/// Agents have this long to leave when the server stops.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// How agents are served.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// Agents send a heartbeat at least this often, in seconds; one that is silent for three intervals is gone.
    pub heartbeat_secs: u32,
    /// A recording of which nothing came for so long, and whose agent is away, is closed.
    pub dormant_after: Duration,
    /// A silent recording has crashed if its agent is connected for so long and does not send or make it.
    pub forgotten_after: Duration,
    /// Who stamps the last receipts of recordings; nobody if there is none.
    pub time_stamps: Option<TimeStampOptions>,
    /// Renews machines' certificates and tells machines from copies; without it neither is done.
    pub identities: Option<Arc<Identities>>,
    /// Told when something was queued that is to be sent.
    pub deliveries: Arc<Notify>,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            heartbeat_secs: 10,
            dormant_after: Duration::from_secs(24 * 3600),
            forgotten_after: Duration::from_secs(600),
            time_stamps: None,
            identities: None,
            deliveries: Arc::default(),
        }
    }
}

/// The agents' side cannot do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The catalogue failed.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The program is ending, or a part of it broke.
    #[error("work on storage was interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

/// The agents' side of a running server. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    desk: Arc<Desk>,
    stopping: watch::Sender<bool>,
    loops: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Ingest {
    /// Takes over what storage holds, and starts.
    ///
    /// # Errors
    /// The catalogue cannot be read or written. Recordings that cannot be read are reported to the operator instead.
    pub async fn start(
        catalogue: Catalogue,
        store: Store,
        metrics: Metrics,
        receipt_key: ReceiptKey,
    ) -> Result<Ingest, IngestError> {
        Self::start_with(catalogue, store, metrics, receipt_key, IngestOptions::default()).await
    }

    /// The same with other times.
    ///
    /// # Errors
    /// As [`Ingest::start`].
    pub async fn start_with(
        catalogue: Catalogue,
        store: Store,
        metrics: Metrics,
        receipt_key: ReceiptKey,
        options: IngestOptions,
    ) -> Result<Ingest, IngestError> {
        let desk = Arc::new(Desk::new(catalogue, store, metrics, receipt_key, options));
        progress::refresh_policy(&desk).await?;
        recovery::take_over(&desk).await?;
        let stopping = watch::Sender::new(false);
        let loops = vec![
            tokio::spawn(syncing::run(Arc::clone(&desk), stopping.subscribe())),
            tokio::spawn(progress::run(Arc::clone(&desk), stopping.subscribe())),
            tokio::spawn(receipts::run(Arc::clone(&desk), stopping.subscribe())),
            tokio::spawn(time_stamps::run(Arc::clone(&desk), stopping.subscribe())),
            tokio::spawn(content::run(Arc::clone(&desk), stopping.subscribe())),
            tokio::spawn(happenings::run(Arc::clone(&desk), stopping.subscribe())),
        ];
        Ok(Ingest { desk, stopping, loops: Arc::new(Mutex::new(loops)) })
    }

    /// Serves one agent until its connection ends. One whose certificate does not count is told why, and nothing that it says
    /// is read.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send>(
        &self,
        stream: S,
        certificate: KnownCertificate,
        peer: SocketAddr,
    ) {
        if certificate.machine.revoked_us.is_some() {
            self.desk.metrics.refused_connections.increment(1);
            tracing::warn!(%peer, machine = %certificate.machine.id.simple(), "a revoked machine was turned away");
            connection::turn_away(stream, greeting::revoked()).await;
        } else if certificate.standing == Standing::Retired {
            let copy = copies::Copied::RETIRED;
            let bye = copies::refuse(&self.desk, &certificate.machine, peer, &copy).await;
            connection::turn_away(stream, bye).await;
        } else {
            connection::serve(&self.desk, stream, certificate, peer).await;
        }
    }

    /// Tells an agent that its certificate is not known here.
    pub async fn turn_stranger_away<S: AsyncRead + AsyncWrite + Unpin + Send>(&self, stream: S) {
        connection::turn_away(stream, greeting::unknown()).await;
    }

    /// Recordings that grow.
    #[must_use]
    pub fn live(&self) -> &LiveRecordings {
        &self.desk.live
    }

    /// How long ago data of a recording last came, in microseconds; `None` unless the agent that sends it is connected.
    #[must_use]
    pub fn rested_us(&self, id: RecordingId) -> Option<u64> {
        let tracked = self.desk.tracked(id)?;
        let (state, last_data_us) = {
            let facts = tracked.facts();
            (facts.state, facts.last_data_us)
        };
        let rested_us = clock::now_us().saturating_sub(last_data_us);
        (state == RecordingState::Live).then_some(u64::try_from(rested_us).unwrap_or(0))
    }

    /// Ends a machine's connections, if it has any: its right to send was withdrawn.
    pub fn disconnect(&self, machine: Uuid) {
        self.desk.agents.end(machine, &greeting::revoked());
    }

    /// Ends connections that a machine made with what it was known by before it was enrolled again.
    pub fn disconnect_former(&self, machine: Uuid) {
        self.desk.agents.end(machine, &greeting::enrolled_again());
    }

    /// Whether a machine's agent is connected.
    #[must_use]
    pub fn is_online(&self, machine: Uuid) -> bool {
        self.desk.agents.is_online(machine)
    }

    /// Takes a change of the active policy up at once. It is looked for once a second in any case.
    pub async fn take_up_policy(&self) {
        if let Err(error) = progress::refresh_policy(&self.desk).await {
            tracing::error!(%error, "the active policy could not be read; it is tried again");
        }
    }

    /// What a machine says of its settings; `None` unless its agent is connected.
    #[must_use]
    pub fn switches(&self, machine: Uuid) -> Option<Switches> {
        self.desk.agents.switches(machine)
    }

    /// The sessions of connected machines, with their machines and those machines' switches.
    #[must_use]
    pub fn sessions(&self) -> Vec<(Uuid, Switches, SessionNow)> {
        self.desk.agents.sessions()
    }

    /// Has a session recorded, or not, and waits for what becomes of it. `None`: its machine did not answer.
    pub async fn control(&self, machine: Uuid, control: Control) -> Option<Controlled> {
        let answered = self.desk.agents.control(machine, control)?;
        tokio::time::timeout(CONTROL_TIMEOUT, answered).await.ok()?.ok()
    }

    /// Ends all connections and makes everything that was accepted durable.
    pub async fn stop(&self) {
        self.desk.agents.end_all();
        let left = async {
            while self.desk.agents.count() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(LEAVE_TIMEOUT, left).await.is_err() {
            tracing::info!(agents = self.desk.agents.count(), "stopping although agents are still connected");
        }
        // Fails only if the loops are gone, which is what is wanted.
        let _ = self.stopping.send(true);
        let loops = std::mem::take(&mut *self.loops.lock().unwrap_or_else(PoisonError::into_inner));
        for task in loops {
            if let Err(error) = task.await {
                tracing::error!(%error, "a loop of the agents' side ended badly");
            }
        }
    }
}
