//! What is done in response to events: each event of a session is held against the triggers of the rule that decides for it, and what they
//! ask for is done, once at a time, and stands in the recording.

mod act;
mod cause;
mod ruled;
mod screen;

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use events::Action;
use recording::{Event, event_kinds as kinds};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Context;
use super::observe::told_by;
use super::running::Session;
use crate::recorder;
use act::carry_out;
use cause::Cause;

pub(super) use cause::{Outcome, without_detail};
pub(super) use ruled::Ruled;

/// What a mail at a session's start is called where a trigger's description stands otherwise.
const SESSION_STARTED: &str = "A session started";

/// What is to be done in one session, and what is being done.
#[derive(Debug, Default)]
pub(super) struct Responding {
    inner: Mutex<Inner>,
    begun: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// At most one of each action.
    to_do: VecDeque<(Action, Cause)>,
    under_way: BTreeSet<Action>,
    /// When an event last met a trigger that wants the screen.
    screen_wanted: Option<Instant>,
}

impl Responding {
    /// Has something done. False: it is being done already.
    fn ask(&self, action: Action, cause: &Cause) -> bool {
        let mut inner = self.lock();
        let fresh = inner.under_way.insert(action);
        if fresh {
            inner.to_do.push_back((action, cause.clone()));
            self.begun.notify_one();
        }
        fresh
    }

    /// The next thing to do.
    async fn next(&self) -> (Action, Cause) {
        loop {
            if let Some(next) = self.lock().to_do.pop_front() {
                return next;
            }
            self.begun.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is whole, so a panic elsewhere does not spoil it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A trigger that an event meets.
pub(super) struct Met {
    cause: Cause,
    actions: Vec<Action>,
}

/// An action that is under way until this goes.
struct UnderWay(Arc<Session>, Action);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.responding.lock().under_way.remove(&self.1);
    }
}

impl Session {
    /// Holds an event against the triggers of the session's rule, and does what those ask for that it meets.
    pub fn respond_to(&self, event: &Event) {
        self.respond(self.met_by(event));
    }

    /// The triggers that an event meets. None while its recording is paused: what happens then is nobody's business; nor shortly after the
    /// session's start, where the rule says so.
    pub(super) fn met_by(&self, event: &Event) -> Vec<Met> {
        let (rule, quiet_until_us) = {
            let state = self.state_ref();
            match (&state.responses, &state.paused) {
                (Some(rule), None) if state.recording.is_some() => (Arc::clone(rule), state.quiet_until_us),
                _ => return Vec::new(),
            }
        };
        let mut met = Vec::new();
        for trigger in rule.met_by(event) {
            if capture::boottime_us() < quiet_until_us {
                tracing::debug!(trigger = trigger.description, "nothing is done so soon after the session's start");
                continue;
            }
            met.push(Met { cause: Cause::new(&rule, &trigger.description, event), actions: trigger.actions.clone() });
        }
        met
    }

    /// Does what is asked for, or has it done.
    pub(super) fn respond(&self, met: Vec<Met>) {
        for Met { cause, actions } in met {
            for action in actions {
                match action {
                    Action::Mail | Action::Webhook => self.responded(&cause, action, &Outcome::Asked),
                    Action::RecordScreen if !self.wants_screen() => self.responded(&cause, action, &Outcome::Already),
                    _ if self.responding.ask(action, &cause) => {}
                    _ => self.responded(&cause, action, &Outcome::Refused("it is being done already".to_owned())),
                }
            }
        }
    }

    /// What its start asks for, its first recording having begun.
    fn respond_to_start(&self) {
        let event = Event::new(kinds::SESSION_START);
        let (rule, facts) = {
            let state = self.state_ref();
            (state.responses.clone(), state.facts.clone())
        };
        if let Some(rule) = rule.filter(|rule| rule.responses.mail_at_start) {
            let display = &self.desktop.server.display;
            let whose = facts.map_or_else(|| display.clone(), |facts| format!("{} on {display}", facts.user));
            let cause = Cause::new(&rule, SESSION_STARTED, &event.clone().with("text", whose));
            self.responded(&cause, Action::Mail, &Outcome::Asked);
        }
        self.respond_to(&event);
        let known = self.state_ref().facts.as_ref().map(told_by);
        known.iter().flatten().for_each(|event| self.respond_to(event));
    }

    /// Has its recording say what was done.
    fn responded(&self, cause: &Cause, action: Action, outcome: &Outcome) {
        self.tell_of_response(cause.response(action, outcome));
    }
}

/// Does what the session's triggers ask for, for as long as it is polled. `resumed`: the session's start was told by an earlier run of the
/// agent.
pub(super) async fn keep_responding(context: &Arc<Context>, session: &Session, resumed: bool) {
    let start = async {
        tell_start(context, session, resumed).await;
        std::future::pending::<()>().await;
    };
    let act = async {
        loop {
            let (action, cause) = session.responding.next().await;
            let Some(session) = context.running.named(&session.id) else { continue };
            // A task of its own: what ends a session is to be finished although nobody attends to that any more.
            let under_way = UnderWay(Arc::clone(&session), action);
            let context = Arc::clone(context);
            tokio::spawn(async move {
                carry_out(&context, &session, action, &cause).await;
                drop(under_way);
            });
        }
    };
    tokio::select! {
        () = start => {}
        () = act => {}
        () = screen::keep_time(session) => {}
    }
}

/// Waits for the session's first recording, which says that the session begins, and for what is done in response to be known.
async fn tell_start(context: &Arc<Context>, session: &Session, resumed: bool) {
    let server = &session.desktop.server;
    if resumed || context.memory.of(server).start_told {
        return;
    }
    if session.states().wait_for(|state| state.recording.is_some()).await.is_err() {
        return;
    }
    if session.tell_recorder(recorder::Order::Event(Event::new(kinds::SESSION_START))).is_err() {
        tracing::warn!(session = session.desktop.server.display, "the recording does not say that the session began");
    }
    let known = session.states().wait_for(|state| state.recording.is_some() && state.responses.is_some()).await.is_ok();
    if known {
        let (memory, of) = (Arc::clone(&context.memory), server.clone());
        let settled = tokio::task::spawn_blocking(move || memory.settle(&of, |settled| settled.start_told = true));
        if settled.await.is_err() {
            tracing::error!("that a session's start was told cannot be kept");
        }
        session.respond_to_start();
    }
}
