//! From a policy and a session to a decision.

use crate::action::Action;
use crate::built_in::BuiltIn;
use crate::capabilities::Feature;
use crate::custom::{Custom, Rule};
use crate::decision::{Decision, MAX_NAMED_RULES};
use crate::facts::Facts;
use crate::index::Index;
use crate::words;

/// A policy for a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// One that cannot be changed.
    BuiltIn(BuiltIn),
    /// One that an administrator wrote.
    Custom(Custom),
}

impl Default for Policy {
    fn default() -> Self {
        Self::BuiltIn(BuiltIn::default())
    }
}

impl Policy {
    /// The name that recordings carry.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(policy) => policy.name(),
            Self::Custom(policy) => policy.name().as_str(),
        }
    }

    /// Whether a rule of it looks at what a session is known by only some time after it began.
    pub fn looks_at(&self, feature: Feature) -> bool {
        let Self::Custom(policy) = self else { return false };
        policy.rules().iter().any(|rule| match feature {
            Feature::Opened => rule.when.opened().is_some(),
            Feature::Client => rule.when.client().is_some(),
            _ => false,
        })
    }
}

/// A policy that is ready to decide on many sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedPolicy {
    policy: Policy,
    /// By name, so that the order of rules leaves no trace in words either.
    rules: Vec<Rule>,
    index: Index,
}

impl Default for PreparedPolicy {
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

impl PreparedPolicy {
    /// Makes a policy ready.
    pub fn new(policy: Policy) -> Self {
        let mut rules = match &policy {
            Policy::BuiltIn(_) => Vec::new(),
            Policy::Custom(policy) => policy.rules().to_vec(),
        };
        rules.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let index = Index::new(&rules);
        Self { policy, rules, index }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides on one session. Without a matching rule it is not recorded.
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        match &self.policy {
            Policy::BuiltIn(policy) => built_in(*policy, facts),
            Policy::Custom(policy) => {
                let matching = self.index.matching(&self.rules, facts);
                let matching: Vec<&Rule> = matching.into_iter().map(|rule| &self.rules[rule]).collect();
                by_rules(policy.name().as_str(), &matching, facts)
            }
        }
    }
}

fn built_in(policy: BuiltIn, facts: &Facts<'_>) -> Decision {
    let action = policy.action();
    let every = if action == (Action::DoNotRecord {}) { "no session is recorded" } else { "every session is recorded" };
    let reason = format!("{every}: policy “{}” decided for {} on {}", policy.title(), facts.user, facts.machine);
    Decision {
        action,
        user_may_start: false,
        policy: policy.name().to_owned(),
        rule: Some("every session".to_owned()),
        rules: vec!["every session".to_owned()],
        reason: words::cut(&reason),
    }
}

fn by_rules(policy: &str, matching: &[&Rule], facts: &Facts<'_>) -> Decision {
    let Some(rank) = matching.iter().map(|rule| rule.action.rank()).max() else {
        return Decision {
            action: Action::DoNotRecord {},
            user_may_start: false,
            policy: policy.to_owned(),
            rule: None,
            rules: Vec::new(),
            reason: words::no_rule(policy, facts),
        };
    };
    let (winners, beaten): (Vec<&Rule>, Vec<&Rule>) = matching.iter().partition(|rule| rule.action.rank() == rank);
    let mut action = winners[0].action.clone();
    for rule in &winners[1..] {
        action.merge(&rule.action);
    }
    Decision {
        user_may_start: winners.iter().all(|rule| rule.user_may_start),
        policy: policy.to_owned(),
        rule: Some(winners[0].name.to_string()),
        rules: winners.iter().take(MAX_NAMED_RULES).map(|rule| rule.name.to_string()).collect(),
        reason: words::by_rules(policy, &action, &winners, &beaten, facts),
        action,
    }
}
