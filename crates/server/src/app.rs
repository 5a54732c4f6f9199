//! What the parts of a running server share.

use std::sync::Arc;

use catalogue::Catalogue;
use recording::PublicKey;
use storage::Store;
use tokio::sync::{Notify, Semaphore};

use crate::authority::Authority;
use crate::ingest::Ingest;
use crate::metrics::Metrics;
use crate::notifications::SecretKey;
use crate::passwords::Passwords;
use crate::playbacks::Playbacks;
use crate::sessions::WebSessions;
use crate::stopping::Stopping;
use crate::throttle::Throttle;

/// One running server's parts. Routes get it as their state.
pub struct App {
    /// The database.
    pub catalogue: Catalogue,
    /// The recordings.
    pub store: Store,
    /// What receives from agents, and knows what is live.
    pub ingest: Ingest,
    /// Figures for operators.
    pub metrics: Metrics,
    /// Web sessions.
    pub sessions: WebSessions,
    /// Password hashing, bounded.
    pub passwords: Passwords,
    /// Slows guessing of passwords.
    pub login_throttle: Throttle,
    /// Slows guessing of enrolment tokens.
    pub enrol_throttle: Throttle,
    /// Signs machines' certificates.
    pub authority: Arc<Authority>,
    /// The key that checks this server's receipts.
    pub receipt_public_key: PublicKey,
    /// SHA-256 of the server's certificate, hex: what enrolment tokens carry.
    pub server_fingerprint: String,
    /// Bearer token for `/metrics`.
    pub metrics_token: String,
    /// Turns at reading whole recordings, which keeps a disk busy.
    pub scans: Arc<Semaphore>,
    /// Playbacks that are in the administrator log already.
    pub playbacks: Playbacks,
    /// Places for browsers that follow live recordings.
    pub live_places: Arc<Semaphore>,
    /// Opens the secrets that others are shown again.
    pub secret_key: SecretKey,
    /// Told when something is to be sent, or in another way.
    pub deliveries: Arc<Notify>,
    /// Where the console is, as far as the server knows by itself.
    pub own_address: String,
    /// Connections that outlive their request end with it.
    pub stopping: Stopping,
}
