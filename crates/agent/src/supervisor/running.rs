//! The sessions that are attended to: what is known of each, and a way to give it orders.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use events::Logging;
use recording::{Event, RecordingId, SessionFacts, event_kinds};
use tokio::sync::{mpsc, oneshot, watch};

use super::accessible::Dialogs;
use super::detected::Detected;
use super::orders::{Asked, Asker, Ear, MAX_WAITING, Order, Refusal, Reply, StartedBy};
use super::responding::{Responding, Ruled, without_detail};
use super::sight::Sighted;
use crate::in_session::Shown;
use crate::recorder;
use crate::sessions::{Desktop, DisplayServer, display_number};

/// What waits for a recorder at most: events, and what people want of it.
const MAX_FOR_RECORDER: usize = 64;
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
    /// What is done in response to events of it; `None`: that is not known yet.
    pub responses: Option<Arc<Ruled>>,
    /// Nothing is done before this moment of `CLOCK_BOOTTIME`, in microseconds.
    pub quiet_until_us: u64,
    /// Its recording has no picture.
    pub events_only: bool,
    /// The user was told of its recording.
    pub told: bool,
    /// What its screen shows is kept in memory, in case that a trigger adds it.
    pub keeps_screen: bool,
    /// Its recording's picture was added by a trigger.
    pub by_trigger: bool,
    /// It is locked, as far as anybody looks.
    pub locked: bool,
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
    /// Dialogs that appeared, for who may know the words in them.
    pub(super) dialogs: Dialogs,
    /// What is done in response to what happens in it.
    pub(super) responding: Responding,
    /// Whether the recorder that runs sees it.
    sight: Mutex<Weak<Sighted>>,
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
    /// Every event by itself is responded to.
    pub fn detected(&self, event: Event) {
        if self.may_be_told() {
            // What is done stands behind what it is done for.
            let met = self.met_by(&event);
            self.detected.offer(event, |event| self.tell_event(event));
            self.respond(met);
        }
    }

    /// Has its recording keep a copy of a document, unless it is paused.
    pub(super) fn keep(&self, document: recorder::Document) {
        if !self.may_be_told() {
            return;
        }
        match self.room() {
            Some(place) => place.send(recorder::Order::Document(document)),
            None => {
                tracing::warn!(job = document.job, "too much happens at once: no copy of what is printed is kept");
            }
        }
    }

    /// Has its recording say what was done in response, also while it is paused: then without what that was in response to.
    pub(super) fn tell_of_response(&self, response: Event) {
        let (recorded, paused) = {
            let state = self.state.borrow();
            (state.recording.is_some(), state.paused.is_some())
        };
        if recorded {
            let response = if paused { without_detail(response) } else { response };
            self.detected.offer(response, |event| self.tell_event(event));
        }
    }

    /// Waits until its recorder was told all that it is to be told, but not for longer than this.
    pub(super) async fn all_taken(&self, within: Duration) {
        let taken = self.for_recorder.reserve_many(self.for_recorder.max_capacity());
        // In vain: then nobody records.
        drop(tokio::time::timeout(within, taken).await);
    }

    /// Where its recorders say from now on whether they see it.
    pub(super) fn new_sight(&self) -> Arc<Sighted> {
        let sight = Arc::default();
        self.sees_by(&sight);
        sight
    }

    /// Its recorder says there whether it sees it.
    pub(super) fn sees_by(&self, sight: &Arc<Sighted>) {
        *self.sight.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(sight);
    }

    /// Whether its X server answers, as far as a recorder knows.
    pub(super) fn is_seen(&self) -> bool {
        let sight = self.sight.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        sight.is_none_or(|sight| sight.is_seen())
    }

    pub(super) fn state_ref(&self) -> watch::Ref<'_, State> {
        self.state.borrow()
    }

    /// Tells the counts of floods when they are due, for as long as it is polled. Those that are due in a pause are of what came before
    /// it, which may be what is to be dropped: they are not told, but what was done in response is.
    pub async fn tell_counts(&self) {
        let tell = |event: Event| {
            if self.may_be_told() {
                return self.tell_event(event);
            }
            let is_response = event.kind == event_kinds::RESPONSE && self.state.borrow().recording.is_some();
            if is_response { self.tell_event(without_detail(event)) } else { Ok(()) }
        };
        self.detected.tell_counts(tell).await;
    }

    /// Whether its recording can be told anything now.
    pub fn may_be_told(&self) -> bool {
        let state = self.state.borrow();
        state.recording.is_some() && state.paused.is_none()
    }

    /// Gives the event back where there is no room for it.
    fn tell_event(&self, event: Event) -> Result<(), Event> {
        match self.room() {
            Some(place) => {
                place.send(recorder::Order::Event(event));
                Ok(())
            }
            None => Err(event),
        }
    }

    /// Some is left for what people want: a pause is not refused because programs are busy.
    fn room(&self) -> Option<mpsc::Permit<'_, recorder::Order>> {
        let place = self.for_recorder.try_reserve().ok();
        place.filter(|_| self.for_recorder.capacity() >= MAX_WAITING)
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
        let (for_recorder, of_others) = mpsc::channel(MAX_FOR_RECORDER);
        let session = Arc::new(Session {
            id: name(&desktop.server),
            desktop,
            state: watch::Sender::default(),
            orders: sender,
            for_recorder,
            detected: Detected::default(),
            dialogs: Dialogs::default(),
            responding: Responding::default(),
            sight: Mutex::default(),
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use events::Action;

    use super::*;
    use crate::sessions::Process;

    #[tokio::test]
    async fn a_flood_leaves_room_for_a_pause_and_loses_nothing() {
        let process = Process::find(std::process::id()).unwrap();
        let server = DisplayServer { display: ":7".to_owned(), process };
        let (_stop, stopping) = watch::channel(false);
        let (session, mut ear) = Running::default().enter(Desktop::new(server, 0, None), stopping);
        session.detected(Event::new("lost"));
        let recording = RecordingId::from_parts(1, [1; 10]);
        session.note(|state| state.recording = Some(recording));
        for number in 0..1_000 {
            session.detected(Event::new(&format!("kind-{}", number % 10)));
        }
        let resume = recorder::Order::Resume { at_us: 0 };
        assert_eq!(session.tell_recorder(resume.clone()), Ok(()));
        let mut counted = 0;
        while counted < 1_000 {
            let told = tokio::select! {
                told = ear.of_others.recv() => told.unwrap(),
                () = session.tell_counts() => unreachable!("it never ends"),
            };
            match told {
                recorder::Order::Event(event) => {
                    assert_ne!(event.kind, "lost", "there was no recording");
                    counted += event.fields.get("count").map_or(1, |count| count.as_u64().unwrap());
                }
                other => assert_eq!(other, resume),
            }
        }
        assert_eq!(counted, 1_000);

        (0..100).for_each(|_| session.detected(Event::new("before")));
        while ear.of_others.try_recv().is_ok() {}
        session.note(|state| state.paused = Some("salaries".to_owned()));
        let told = tokio::select! {
            told = ear.of_others.recv() => told,
            () = session.tell_counts() => unreachable!("it never ends"),
            // A count is due after one second.
            () = tokio::time::sleep(Duration::from_secs(2)) => None,
        };
        assert_eq!(told, None, "what came before a pause is not told in it");
    }

    #[tokio::test]
    async fn a_flood_that_is_responded_to_loses_no_response() {
        let process = Process::find(std::process::id()).unwrap();
        let server = DisplayServer { display: ":7".to_owned(), process };
        let (_stop, stopping) = watch::channel(false);
        let (session, mut ear) = Running::default().enter(Desktop::new(server, 0, None), stopping);
        let trigger = |description: &str, actions| events::Trigger {
            description: description.to_owned(),
            event: "custom".to_owned(),
            conditions: Vec::new(),
            actions,
        };
        let triggers = vec![trigger("a", vec![Action::Mail]), trigger("b", vec![Action::Lock])];
        let ruled = Ruled::new("p", "r", &events::Responses { triggers, ..events::Responses::default() });
        session.note(|state| {
            state.recording = Some(RecordingId::from_parts(1, [1; 10]));
            state.responses = Some(Arc::new(ruled));
        });
        (0..500).for_each(|_| session.detected(Event::new("custom")));
        let (mut mails, mut locks) = (0, 0);
        // Nobody carries out the first lock: all others come while it is under way.
        while mails + locks < 999 {
            let told = tokio::select! {
                told = ear.of_others.recv() => told.unwrap(),
                () = session.tell_counts() => unreachable!("it never ends"),
            };
            let recorder::Order::Event(event) = told else { continue };
            let count = event.fields.get("count").map_or(1, |count| count.as_u64().unwrap());
            match event.fields.get("action").and_then(|action| action.as_str()) {
                Some("mail") => mails += count,
                Some("lock") => locks += count,
                _ => {}
            }
        }
        assert_eq!((mails, locks), (500, 499));
        session.note(|state| state.paused = Some("salaries".to_owned()));
        session.respond_to(&Event::new("custom"));
        assert!(ear.of_others.try_recv().is_err(), "nothing is done in a pause");
    }
}
