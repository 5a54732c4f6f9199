//! Receiving from agents, and knowing what is live.

mod live_recordings;

use std::net::SocketAddr;
use std::sync::Arc;

use catalogue::{Catalogue, Machine};
use storage::Store;
use tokio::io::{AsyncRead, AsyncWrite};
use uuid::Uuid;

pub use live_recordings::{Accepted, LiveRecordings, Liveness};

use crate::metrics::Metrics;

/// The agents' side of a running server. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    live: Arc<LiveRecordings>,
}

impl Ingest {
    /// Takes over what storage holds.
    ///
    /// # Errors
    /// Storage or catalogue cannot be read.
    pub async fn start(
        _catalogue: Catalogue,
        _store: Store,
        _metrics: Metrics,
    ) -> Result<Ingest, std::convert::Infallible> {
        Ok(Ingest { live: Arc::default() })
    }

    /// Serves one agent until its connection ends. The machine is known by its certificate and not revoked.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send>(&self, stream: S, machine: Machine, peer: SocketAddr) {
        drop(stream);
        tracing::debug!(machine = %machine.id, %peer, "an agent's connection ended");
    }

    /// Recordings that grow.
    #[must_use]
    pub fn live(&self) -> &LiveRecordings {
        &self.live
    }

    /// Ends a machine's connection, if it has one.
    pub fn disconnect(&self, _machine: Uuid) {}

    /// Whether a machine's agent is connected.
    #[must_use]
    pub fn is_online(&self, _machine: Uuid) -> bool {
        false
    }

    /// Ends all connections and makes everything that was accepted durable.
    pub async fn stop(&self) {}
}
