//! The sessions that are attended to: what is known of each, and a way to give it orders.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::Logging;
use recording::{Event, RecordingId, SessionFacts};
use tokio::sync::{mpsc, oneshot, watch};

use super::detected::Detected;
use super::orders::{Asked, Asker, Ear, MAX_WAITING, Order, Refusal, Reply, StartedBy};
use crate::in_session::Shown;
use crate::recorder;
use crate::sessions::{Desktop, DisplayServer, display_number};

/// How long an order may take: one that comes while the session is decided on waits for the decision.
const ORDER_TIMEOUT: Duration = Duration::from_secs(20);

/// What is known of a session now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Its user and what else is known of it, once that was looked up.
    pub facts: Option<SessionFacts>,
    /// The recording that is being made of it.
    pub recording: Option<RecordingId>,
    /// On whose account it is recorded.
    pub started_by: StartedBy,
    /// Whether the policy lets its user start a recording.
    pub user_may_start: bool,
    /// Why it is recorded or not, in words.
    pub why: String,
    /// Its recording is paused, for this reason.
    pub paused: Option<String>,
    /// What the sign in the session says of its recording; none where it has no sign.
    pub sign: Option<Shown>,
    /// Some windows are hidden in its recording.
    pub hides: bool,
    /// What is logged of it.
    pub logging: Arc<Logging>,
    /// The file that the recording goes into, where it goes into one.
    pub file: Option<LocalFile>,
}

/// A recording's file, while it grows.
#[derive(Debug, Clone)]
pub struct LocalFile {
    /// Where it is.
    pub path: String,
    /// The recording's time zero, as `CLOCK_BOOTTIME` in microseconds.
    pub origin_us: u64,
    /// How large it is.
    pub bytes: Arc<AtomicU64>,
}

impl PartialEq for LocalFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for LocalFile {}

/// A session that is attended to.
#[derive(Debug)]
pub struct Session {
    /// Its name: of no other session of this machine until it is started again.
    pub id: String,
    /// Where it is.
    pub desktop: Desktop,
    state: watch::Sender<State>,
    orders: mpsc::Sender<Asked>,
    for_recorder: mpsc::Sender<recorder::Order>,
    detected: Detected,
    changed: Arc<watch::Sender<u64>>,
}

impl Session {
    /// What is known of it now.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// The same, and what becomes of it.
    pub fn states(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Notes what has changed.
    pub fn note(&self, change: impl FnOnce(&mut State)) {
        let noted = self.state.send_if_modified(|state| {
            let before = state.clone();
            change(state);
            *state != before
        });
        if noted {
            self.changed.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// Has its recorder told something. The error: too much waits for it.
    pub fn tell_recorder(&self, order: recorder::Order) -> Result<(), ()> {
        self.for_recorder.try_send(order).map_err(drop)
    }

    /// Has its recording say what was detected in it, unless it is paused; a flood of a kind becomes counts, which come a second later.
    pub fn detected(&self, event: Event) {
        if self.may_be_told() {
            self.detected.offer(event, |event| self.tell_event(event));
        }
    }

    /// Tells the counts of floods when they are due, for as long as it is polled.
    pub async fn tell_counts(&self) {
        self.detected.tell_counts(|event| self.tell_event(event)).await;
    }

    /// Whether its recording can be told anything now.
    pub fn may_be_told(&self) -> bool {
        let state = self.state.borrow();
        state.recording.is_some() && state.paused.is_none()
    }

    fn tell_event(&self, event: Event) {
        let kind = event.kind.clone();
        if self.tell_recorder(recorder::Order::Event(event)).is_err() {
            tracing::debug!(self.desktop.server.display, kind, "too much waits for the recorder: an event is left out");
        }
    }

    /// Tells it to do something, and waits for what becomes of it.
    pub async fn order(&self, order: Order, asker: Asker) -> Reply {
        let (answer, answered) = oneshot::channel();
        if self.orders.try_send(Asked { order, asker, answer }).is_err() {
            return Reply::Refused(Refusal::Failed("too much is asked of this session at once".to_owned()));
        }
        match tokio::time::timeout(ORDER_TIMEOUT, answered).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(_)) => Reply::Refused(Refusal::Failed("the session has ended".to_owned())),
            Err(_) => Reply::Refused(Refusal::Failed("the session did not answer in time".to_owned())),
        }
    }
}

/// All sessions that are attended to. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Running {
    sessions: Arc<Mutex<BTreeMap<String, Arc<Session>>>>,
    changed: Arc<watch::Sender<u64>>,
}

impl Running {
    /// Enters a session; it is out when the first of the two goes.
    pub fn enter(&self, desktop: Desktop, stop: watch::Receiver<bool>) -> (Entered, Ear) {
        let (sender, orders) = mpsc::channel(MAX_WAITING);
        let (for_recorder, of_others) = mpsc::channel(MAX_WAITING);
        let session = Arc::new(Session {
            id: name(&desktop.server),
            desktop,
            state: watch::Sender::default(),
            orders: sender,
            for_recorder,
            detected: Detected::default(),
            changed: Arc::clone(&self.changed),
        });
        self.lock().insert(session.id.clone(), Arc::clone(&session));
        self.count();
        (Entered { session, running: self.clone() }, Ear { stop, orders, of_others, starting: None })
    }

    /// Every session, by name.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.lock().values().cloned().collect()
    }

    /// One session.
    pub fn named(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).cloned()
    }

    /// Counts up whenever a session comes, goes or changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn count(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Session>>> {
        // Every change leaves the map whole, so a panic elsewhere does not spoil it.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a session entered.
pub struct Entered {
    session: Arc<Session>,
    running: Running,
}

impl std::ops::Deref for Entered {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut sessions = self.running.lock();
        if sessions.get(&self.session.id).is_some_and(|entered| Arc::ptr_eq(entered, &self.session)) {
            sessions.remove(&self.session.id);
        }
        drop(sessions);
        self.running.count();
    }
}

/// A display and the very process that serves it, as one word.
pub fn name(server: &DisplayServer) -> String {
    let number = display_number(&server.display).unwrap_or_default();
    format!("{number}-{}-{}", server.process.pid, server.process.started_ticks)
}
