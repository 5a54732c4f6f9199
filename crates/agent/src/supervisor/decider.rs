//! Decides whether a session is recorded: by asking the server, else by the last policy it told, else by this machine's
//! own setting.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use policy::{Facts, HandedOut, Policy};
use recording::{SealClass, SessionFacts, StartReason};
use sealing::{InvalidKey, InvalidPlan, SealPlan};
use spool::{Link, UplinkHandle};
use tokio::sync::watch;

/// How long a decision may take before the last known policy decides.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a session that is there when the agent starts waits for the first connection.
const FIRST_CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether to record, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether to record.
    pub record: bool,
    /// What is to be sealed; none leaves everything open.
    pub seal: Option<SealPlan>,
    /// As it will stand in the recording's header.
    pub reason: StartReason,
    /// Nothing was known to decide by: the server is to be asked once it is there.
    pub provisional: bool,
}

/// Decides on sessions.
pub struct Decider {
    uplink: UplinkHandle,
    /// Where the last known policy is kept between runs.
    file: PathBuf,
    known: Mutex<Option<HandedOut>>,
    record_without_policy: bool,
}

impl Decider {
    /// A decider that remembers the last known policy in a file.
    pub fn new(uplink: UplinkHandle, file: PathBuf, record_without_policy: bool) -> Self {
        let known = Mutex::new(read_policy(&file));
        Self { uplink, file, known, record_without_policy }
    }

    /// Remembers every policy that the server tells, for as long as the agent runs.
    pub async fn remember_policies(&self, mut link: watch::Receiver<Link>) {
        loop {
            let document = link.borrow_and_update().policy.clone();
            if let Some(document) = document {
                self.remember(&document);
            }
            if link.changed().await.is_err() {
                return;
            }
        }
    }

    /// Decides on a session now.
    pub async fn decide(&self, session: &SessionFacts) -> Verdict {
        self.await_first_connection().await;
        if let Some(decision) = self.uplink.decide(session.clone(), ANSWER_TIMEOUT).await {
            return told(decision);
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let provisional = known.is_none();
        let (decision, seal) = match known {
            Some(HandedOut { policy, seal }) => (policy::evaluate(&facts(session), policy), seal),
            None => (policy::without_policy(self.record_without_policy), None),
        };
        let policy::Decision { record, policy, rule, reason } = decision;
        Verdict { record, seal, reason: StartReason { policy, rule, text: reason }, provisional }
    }

    /// Waits until the server is there.
    pub async fn await_connection(&self) {
        let mut link = self.uplink.link();
        // An error means that the uplink has ended, and the agent with it.
        if link.wait_for(|link| link.connected).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn await_first_connection(&self) {
        let mut link = self.uplink.link();
        let tried = link.wait_for(|link| link.connected || link.trouble.is_some());
        // Without an answer in time the last known policy decides.
        let _ = tokio::time::timeout(FIRST_CONNECTION_TIMEOUT, tried).await;
    }

    fn remember(&self, document: &str) {
        let told = document.parse().unwrap_or_else(|error| {
            tracing::error!(%error, "the server's policy cannot be read; nothing is recorded by it");
            HandedOut { policy: Policy::DoNotRecord, seal: None }
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() == Some(&told) {
            return;
        }
        *known = Some(told.clone());
        drop(known);
        tracing::info!(policy = told.policy.name(), sealed = told.seal.is_some(), "the active policy");
        if let Err(error) = write_policy(&self.file, &told) {
            tracing::warn!(%error, file = %self.file.display(), "cannot keep the policy for the next start");
        }
    }
}

/// What the server decided. A session that it wants sealed in a way that this agent does not know is not recorded.
fn told(decision: protocol::Decision) -> Verdict {
    let protocol::Decision { record, policy, rule, reason, seal, .. } = decision;
    let (record, seal, text) = match seal.as_ref().map(plan).transpose() {
        Ok(seal) => (record, seal, reason),
        Err(error) => {
            tracing::error!(%error, "the server wants recordings sealed in a way that this agent does not know");
            (false, None, format!("recordings are to be sealed in a way that this agent does not know: {error}"))
        }
    };
    Verdict { record, seal, reason: StartReason { policy, rule, text }, provisional: false }
}

#[derive(Debug, thiserror::Error)]
enum UnknownSealing {
    #[error(transparent)]
    Key(#[from] InvalidKey),
    #[error(transparent)]
    Plan(#[from] InvalidPlan),
}

fn plan(seal: &protocol::Seal) -> Result<SealPlan, UnknownSealing> {
    let recipients = seal.recipients.iter().map(|key| key.parse()).collect::<Result<_, InvalidKey>>()?;
    Ok(SealPlan::new(seal.classes.iter().cloned().map(SealClass::from).collect(), recipients)?)
}

fn facts(session: &SessionFacts) -> Facts<'_> {
    Facts {
        user: &session.user,
        groups: &session.groups,
        machine: &session.machine,
        client_address: session.client_address.as_deref(),
        application: session.application.as_deref(),
    }
}

fn read_policy(file: &Path) -> Option<HandedOut> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn write_policy(file: &Path, told: &HandedOut) -> std::io::Result<()> {
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, told.document())?;
    std::fs::rename(fresh, file)
}
