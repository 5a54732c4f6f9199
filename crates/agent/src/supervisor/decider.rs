//! Decides whether a session is recorded: by asking the server, else by the last policy it told, else by this machine's
//! own setting.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use policy::{Action, Capabilities, Facts, Feature, HandedOut, Indicator, Notices, PreparedPolicy, Screen};
use recording::{SealClass, SessionFacts, StartReason};
use sealing::{InvalidKey, InvalidPlan, SealPlan};
use spool::{Link, UplinkHandle};
use tokio::sync::watch;

use super::observe::Needs;
use crate::clock;

/// How long a decision may take before the last known policy decides.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a session that is there when the agent starts waits for the first connection.
const FIRST_CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether to record, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What to do.
    pub action: Action,
    /// What is to be sealed; none leaves everything open.
    pub seal: Option<SealPlan>,
    /// As it will stand in the recording's header.
    pub reason: StartReason,
    /// Whether the user may start a recording where this makes none.
    pub user_may_start: bool,
    /// Nothing was known to decide by: the server is to be asked once it is there.
    pub provisional: bool,
    /// The policy wants it recorded, and in a way that this agent cannot.
    pub impossible: bool,
}

/// Decides on sessions.
pub struct Decider {
    uplink: UplinkHandle,
    /// Where the last known policy is kept between runs.
    file: PathBuf,
    known: Mutex<Option<Arc<Known>>>,
    record_without_policy: bool,
}

/// A policy that the server told, ready to decide by.
struct Known {
    policy: PreparedPolicy,
    seal: Option<SealPlan>,
    notices: Notices,
    /// What was told could be read. If not, nothing is recorded by it, and nothing may be recorded open.
    readable: bool,
    /// As the server told it.
    document: String,
}

impl From<HandedOut> for Known {
    fn from(told: HandedOut) -> Self {
        let document = told.document();
        Self {
            policy: PreparedPolicy::new(told.policy),
            seal: told.seal,
            notices: told.notices,
            readable: true,
            document,
        }
    }
}

impl Known {
    /// A policy by which nothing is recorded. It is kept as it was told: a later version may understand it.
    fn unreadable(document: &str) -> Self {
        Self { readable: false, document: document.to_owned(), ..HandedOut::default().into() }
    }
}

impl Decider {
    /// A decider that remembers the last known policy in a file.
    pub fn new(uplink: UplinkHandle, file: PathBuf, record_without_policy: bool) -> Self {
        let known = Mutex::new(read_policy(&file).map(Arc::new));
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

    /// Remembers what the server has told last: whoever remembers policies may not have come to it yet.
    pub fn catch_up(&self) {
        let told = self.uplink.link().borrow().policy.clone();
        told.iter().for_each(|document| self.remember(document));
    }

    /// What the active policy looks at that may become known only late.
    pub async fn needs(&self) -> Needs {
        self.await_first_connection().await;
        self.catch_up();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let looks_at = |feature| known.as_ref().is_some_and(|known| known.policy.policy().looks_at(feature));
        Needs { client: looks_at(Feature::Client), opened: looks_at(Feature::Opened) }
    }

    /// Decides on a session now, which began at this time if not just now.
    pub async fn decide(&self, session: &SessionFacts, began_unix_us: Option<i64>) -> Verdict {
        self.await_first_connection().await;
        if let Some(decision) = self.uplink.decide(session.clone(), began_unix_us, ANSWER_TIMEOUT).await {
            return told(decision);
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let provisional = known.is_none();
        let (decision, seal) = match known {
            Some(known) => {
                let facts = Facts::of(session, began_unix_us.unwrap_or_else(clock::unix_us));
                (known.policy.decide(&facts), known.seal.clone())
            }
            None => (policy::without_policy(self.record_without_policy), None),
        };
        let wanted = decision.record();
        let decision = decision.as_far_as(Capabilities::RECORDER);
        let impossible = wanted && !decision.record();
        let policy::Decision { action, policy, rule, reason, user_may_start, .. } = decision;
        Verdict {
            action,
            seal,
            reason: StartReason { policy, rule, text: reason },
            user_may_start,
            provisional,
            impossible,
        }
    }

    /// How the screen is recorded where somebody orders it: with the programs hidden, and disturbances answered, as the last known
    /// policy would have it if it recorded the session's screen by itself; without a sign in the session where it hides that.
    pub fn ordered(&self, session: &SessionFacts, began_unix_us: Option<i64>) -> Action {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let facts = Facts::of(session, began_unix_us.unwrap_or_else(clock::unix_us));
        let action = known.map(|known| known.policy.decide(&facts).action);
        // Who orders a silent recording is not contradicted by a policy that shows its own.
        let indicator = action.as_ref().and_then(Action::indicator).filter(|said| *said == Indicator::Hidden);
        match action {
            Some(Action::RecordScreen(Screen { hide, if_disturbed, .. })) => {
                Action::RecordScreen(Screen { hide, if_disturbed, indicator, ..Screen::default() })
            }
            Some(Action::DoNotRecord {} | Action::RecordEvents { .. }) | None => {
                Action::RecordScreen(Screen { indicator, ..Screen::default() })
            }
        }
    }

    /// How often administrators have said that a policy holds at once for sessions that run, as far as this run was told.
    pub fn at_once(&self) -> u64 {
        self.uplink.link().borrow().at_once
    }

    /// Waits until they have said so once more.
    pub async fn at_once_after(&self, decided: u64) {
        let mut link = self.uplink.link();
        // An error means that the uplink has ended, and the agent with it.
        if link.wait_for(|link| link.at_once > decided).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How recordings are sealed that no policy begins.
    ///
    /// # Errors
    /// If that is not known: then nothing may be recorded, as it might have to be sealed.
    pub fn seal(&self) -> Result<Option<SealPlan>, SealNotKnown> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(known) if known.readable => Ok(known.seal.clone()),
            None if self.record_without_policy => Ok(None),
            _ => Err(SealNotKnown),
        }
    }

    /// How users are told.
    ///
    /// # Errors
    /// If that is not known: then nobody can be told, and nothing may be recorded with notice.
    pub fn notices(&self) -> Result<Notices, NoticesNotKnown> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.filter(|known| known.readable).map(|known| known.notices.clone()).ok_or(NoticesNotKnown)
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
        let told = document.parse().map(|told: HandedOut| Known::from(told)).unwrap_or_else(|error| {
            tracing::error!(%error, "the server's policy cannot be read; nothing is recorded by it");
            Known::unreadable(document)
        });
        let document = told.document.clone();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_some_and(|known| known.document == document) {
            return;
        }
        tracing::info!(policy = told.policy.policy().name(), sealed = told.seal.is_some(), "the active policy");
        *known = Some(Arc::new(told));
        drop(known);
        if let Err(error) = write_policy(&self.file, &document) {
            tracing::warn!(%error, file = %self.file.display(), "cannot keep the policy for the next start");
        }
    }
}

/// What the server decided. A session that it wants recorded in a way that this agent does not know is not recorded.
fn told(decision: protocol::Decision) -> Verdict {
    let protocol::Decision { record, policy, rule, reason, seal, action, user_may_start, .. } = decision;
    let known = action_of(record, action.as_deref()).and_then(|action| {
        let seal = seal.as_ref().map(plan).transpose().map_err(|error| error.to_string())?;
        Ok((action, seal))
    });
    let impossible = known.is_err();
    let (action, seal, text) = match known {
        Ok((action, seal)) => (action, seal, reason),
        Err(error) => {
            tracing::error!(%error, "the server wants a session recorded in a way that this agent does not know");
            let text = format!("it is to be recorded in a way that this agent does not know: {error}");
            (Action::DoNotRecord {}, None, text)
        }
    };
    Verdict { action, seal, reason: StartReason { policy, rule, text }, user_may_start, provisional: false, impossible }
}

/// Servers of the first versions say only whether to record.
fn action_of(record: bool, action: Option<&str>) -> Result<Action, String> {
    let action = match action {
        Some(action) => Action::from_json(action).map_err(|error| error.to_string())?,
        None if record => Action::RecordScreen(Screen::default()),
        None => Action::DoNotRecord {},
    };
    let refuse = |feature: policy::Feature| format!("{} is not possible yet", feature.words());
    Capabilities::RECORDER.check_action(&action).map_err(refuse)?;
    Ok(action)
}

/// The server has not told yet, in words that can be read, how recordings are sealed.
#[derive(Debug, thiserror::Error)]
#[error("it is not known yet whether recordings are to be sealed; the server has to be met first")]
pub struct SealNotKnown;

/// The server has not told, in words that can be read, how users are told.
#[derive(Debug, thiserror::Error)]
#[error("it is not known how users are to be told; the server has to be met first")]
pub struct NoticesNotKnown;

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

/// The last known policy. What was kept and cannot be read is a policy all the same, by which nothing is recorded.
fn read_policy(file: &Path) -> Option<Known> {
    let unreadable = |document: &str, error: &dyn std::fmt::Display| {
        tracing::error!(%error, file = %file.display(), "the last known policy cannot be read; nothing is recorded by it");
        Some(Known::unreadable(document))
    };
    match std::fs::read_to_string(file) {
        Ok(document) => match document.trim().parse::<HandedOut>() {
            Ok(told) => Some(told.into()),
            Err(error) => unreadable(&document, &error),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => unreadable("", &error),
    }
}

/// On disk before it takes the old one's place: after a crash one of the two is there, whole.
pub(super) fn write_policy(file: &Path, document: &str) -> std::io::Result<()> {
    let fresh = file.with_extension("new");
    let mut written = std::fs::File::create(&fresh)?;
    written.write_all(document.as_bytes())?;
    written.sync_all()?;
    std::fs::rename(fresh, file)
}
