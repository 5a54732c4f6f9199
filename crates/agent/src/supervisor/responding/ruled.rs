//! The responses of one rule, made ready once for all sessions that it decides for.

use std::time::Duration;

use events::{Action, PreparedTriggers, Responses, Trigger};
use recording::Event;

/// What is done in the sessions of one rule of a policy. One that does nothing is that of no rule.
#[derive(Debug, Clone, Default)]
pub struct Ruled {
    pub(super) policy: String,
    pub(super) rule: String,
    pub(super) responses: Responses,
    triggers: PreparedTriggers,
}

impl Ruled {
    /// Makes them ready. Triggers that make no sense are left out, and said.
    pub fn new(policy: &str, rule: &str, responses: &Responses) -> Self {
        let (triggers, refused) = PreparedTriggers::new(responses);
        for (trigger, error) in refused {
            tracing::warn!(policy, rule, trigger = trigger.description, %error, "a trigger is left out");
        }
        Self { policy: policy.to_owned(), rule: rule.to_owned(), responses: responses.clone(), triggers }
    }

    /// For how long after a session's start nothing is done, in microseconds.
    pub fn pause_us(&self) -> u64 {
        u64::from(self.responses.pause_seconds) * 1_000_000
    }

    /// How much of the screen a recording has from before the event that adds it.
    pub fn before(&self) -> Option<Duration> {
        let seconds = self.responses.before_seconds.filter(|_| self.responses.asks_for(Action::RecordScreen));
        seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    pub(super) fn met_by<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Trigger> {
        self.triggers.met_by(event)
    }
}

impl PartialEq for Ruled {
    fn eq(&self, other: &Self) -> bool {
        // The triggers are made of the rest.
        (&self.policy, &self.rule, &self.responses) == (&other.policy, &other.rule, &other.responses)
    }
}

impl Eq for Ruled {}
