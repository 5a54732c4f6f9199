//! What a session can be told from outside, by whom, and what becomes of it.

use std::time::Duration;

use policy::Action;
use recording::{RecordingId, StartReason};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};

use super::running::State;
use crate::recorder;

/// Orders that wait for one session; more are refused, so that nobody can pile them up.
pub const MAX_WAITING: usize = 8;

/// The policy that stands in recordings that an administrator asked for.
pub const BY_ADMINISTRATOR: &str = policy::BY_ADMINISTRATOR;
/// The same for recordings that users start themselves.
pub const BY_USER: &str = policy::BY_USER;

/// What a session is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Record it, and tell its user if that is wanted.
    Start {
        /// Whether the user is told.
        notify: bool,
    },
    /// Record it no longer.
    Stop,
}

/// Who gives an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// An administrator at the server, by name.
    Administrator(String),
    /// root on this machine.
    Root,
    /// The session's own user.
    User,
    /// An event that met a trigger of the active detection policy.
    Trigger {
        /// The policy.
        policy: String,
        /// Its rule.
        rule: String,
        /// The trigger's description.
        trigger: String,
        /// When the event happened, in microseconds of `CLOCK_BOOTTIME`.
        at_us: u64,
    },
    /// No event has met such a trigger for so long.
    TimeOver(Duration),
}

/// On whose account a session is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartedBy {
    /// The policy's.
    #[default]
    Policy,
    /// An administrator's, at the server or on the machine.
    Administrator,
    /// The session's user.
    User,
}

impl StartedBy {
    /// On whose account a recording was begun whose header says this.
    pub fn of(reason: &StartReason) -> Self {
        match (reason.policy.as_str(), &reason.rule) {
            (BY_ADMINISTRATOR, None) => Self::Administrator,
            (BY_USER, None) => Self::User,
            _ => Self::Policy,
        }
    }
}

impl Asker {
    /// On whose account a recording is that this asker starts.
    pub fn account(&self) -> StartedBy {
        match self {
            Self::Administrator(_) | Self::Root => StartedBy::Administrator,
            Self::User => StartedBy::User,
            Self::Trigger { .. } | Self::TimeOver(_) => StartedBy::Policy,
        }
    }

    /// Who it is, for people.
    pub fn name(&self, user: &str) -> String {
        match self {
            Self::Administrator(name) => format!("administrator {name}"),
            Self::Root => "root on this machine".to_owned(),
            Self::User => format!("{user}, the session's user"),
            Self::TimeOver(time) => {
                format!("the detection policy, as no event met a trigger for {} minutes,", time.as_secs() / 60)
            }
            Self::Trigger { policy, rule, trigger, .. } => {
                format!("trigger “{trigger}” (rule “{rule}” of policy “{policy}”)")
            }
        }
    }

    /// The reason of a recording that this asker starts.
    pub fn reason(&self, user: &str) -> StartReason {
        let (policy, rule) = match self {
            Self::User => (BY_USER, None),
            Self::Administrator(_) | Self::Root => (BY_ADMINISTRATOR, None),
            Self::Trigger { policy, rule, .. } => (policy.as_str(), Some(rule.clone())),
            Self::TimeOver(_) => ("detection policy", None),
        };
        StartReason { policy: policy.to_owned(), rule, text: format!("{} started it", self.name(user)) }
    }
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is recorded now.
    Started(RecordingId),
    /// It was recorded already, and is.
    AlreadyRecorded(RecordingId),
    /// It is recorded no longer.
    Stopped(RecordingId),
    /// What somebody had added to it has ended; it is recorded as the policy says.
    GivesWay {
        /// What has ended.
        ended: RecordingId,
        /// What is recorded from now on.
        action: Action,
        /// Why, in words.
        why: String,
    },
    /// It was not recorded, and is not.
    NotRecorded,
    /// Nothing has changed.
    Refused(Refusal),
}

/// Why nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The policy does not let the user start.
    #[error("the policy does not let you start a recording of this session")]
    UserMayNotStart,
    /// The machine's settings keep users from it.
    #[error("on this machine users do not start recordings (user_start is off)")]
    UserStartOff,
    /// Somebody else started what the user wants to stop.
    #[error("this recording was started by {0}; you can stop only what you started yourself")]
    NotYours(&'static str),
    /// Recording is switched off on this machine.
    #[error("recording is switched off on this machine")]
    SwitchedOff,
    /// It cannot be done now.
    #[error("{0}")]
    Failed(String),
}

impl Refusal {
    /// In one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UserMayNotStart | Self::UserStartOff | Self::NotYours(_) => "not-allowed",
            Self::SwitchedOff => "switched-off",
            Self::Failed(_) => "failed",
        }
    }
}

/// An order on its way to a session.
#[derive(Debug)]
pub struct Asked {
    /// What to do.
    pub order: Order,
    /// Who wants it.
    pub asker: Asker,
    /// Where the answer goes.
    pub answer: oneshot::Sender<Reply>,
}

impl Asked {
    /// Answers; whoever asked may have stopped waiting.
    pub fn reply(self, reply: Reply) {
        let _ = self.answer.send(reply);
    }
}

/// What a session listens to while it is attended to.
pub struct Ear {
    /// Turns true when the agent stops.
    pub stop: watch::Receiver<bool>,
    /// Orders from outside.
    pub orders: mpsc::Receiver<Asked>,
    /// What the recorder is to be told.
    pub of_others: mpsc::Receiver<recorder::Order>,
    /// An order to start that is answered once a recorder runs.
    pub starting: Option<Asked>,
}

impl Ear {
    /// Answers whoever waits for a recorder to start.
    pub fn answer_start(&mut self, reply: Reply) {
        if let Some(asked) = self.starting.take() {
            asked.reply(reply);
        }
    }
}

/// The next order. Never comes back when there can be none any more.
pub async fn next(orders: &mut mpsc::Receiver<Asked>) -> Asked {
    match orders.recv().await {
        Some(asked) => asked,
        None => std::future::pending().await,
    }
}

/// Whether an order may be carried out: the one place that says so. What is not allowed here is refused.
///
/// # Errors
/// [`Refusal`], which names what is missing.
pub fn permit(order: Order, asker: &Asker, state: &State) -> Result<(), Refusal> {
    let started_by = state.started_by;
    match (asker, order) {
        (Asker::Trigger { .. }, Order::Start { .. }) if state.recording.is_some() => Ok(()),
        (Asker::TimeOver(_), Order::Stop) if state.by_trigger && started_by == StartedBy::Policy => Ok(()),
        (Asker::Trigger { .. } | Asker::TimeOver(_), _) => {
            Err(Refusal::Failed("the session is not recorded by it".to_owned()))
        }
        (Asker::Administrator(_) | Asker::Root, Order::Start { .. } | Order::Stop) => Ok(()),
        (Asker::User, Order::Start { .. }) if state.user_may_start => Ok(()),
        (Asker::User, Order::Start { .. }) => Err(Refusal::UserMayNotStart),
        (Asker::User, Order::Stop) => match (state.recording, started_by) {
            (None, _) | (Some(_), StartedBy::User) => Ok(()),
            (Some(_), StartedBy::Policy) => Err(Refusal::NotYours("the policy")),
            (Some(_), StartedBy::Administrator) => Err(Refusal::NotYours("an administrator")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(recorded: bool, started_by: StartedBy, user_may_start: bool) -> State {
        let recording = recorded.then(|| RecordingId::from_parts(1, [7; 10]));
        State { recording, started_by, user_may_start, ..State::default() }
    }

    #[test]
    fn users_stop_only_what_they_started() {
        for (recorded, by, may_stop) in [
            (true, StartedBy::User, true),
            (true, StartedBy::Policy, false),
            (true, StartedBy::Administrator, false),
            (false, StartedBy::Policy, true),
        ] {
            for user_may_start in [false, true] {
                let state = state(recorded, by, user_may_start);
                assert_eq!(permit(Order::Stop, &Asker::User, &state).is_ok(), may_stop, "{recorded} {by:?}");
                assert_eq!(permit(Order::Start { notify: false }, &Asker::User, &state).is_ok(), user_may_start);
                for asker in [Asker::Root, Asker::Administrator("ana".to_owned())] {
                    assert!(permit(Order::Stop, &asker, &state).is_ok());
                    assert!(permit(Order::Start { notify: false }, &asker, &state).is_ok());
                }
            }
        }
    }

    #[test]
    fn a_recordings_reason_says_on_whose_account_it_is() {
        for asker in [Asker::Root, Asker::User, Asker::Administrator("ana".to_owned())] {
            assert_eq!(StartedBy::of(&asker.reason("ben")), asker.account());
        }
        let by_rule =
            StartReason { policy: BY_USER.to_owned(), rule: Some("every session".to_owned()), text: String::new() };
        assert_eq!(StartedBy::of(&by_rule), StartedBy::Policy);
    }
}
