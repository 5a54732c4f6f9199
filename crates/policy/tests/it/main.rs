//! Policies through the crate's public doors.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod built_in;
mod capabilities;
mod chance;
mod criteria;
mod detection;
mod documents;
mod handed_out;
mod notices;
mod precedence;
mod random;
mod reference;

use policy::{Custom, Decision, Facts, Policy, PreparedPolicy};
use serde_json::{Value, json};

/// A policy of these rules, as documents have them.
fn custom(rules: Value) -> PreparedPolicy {
    let document = json!({ "version": 1, "name": "Test", "rules": rules });
    PreparedPolicy::new(Policy::Custom(Custom::from_json(&document.to_string()).unwrap()))
}

/// One rule that records silently when a session is like this.
fn one(when: Value) -> PreparedPolicy {
    custom(json!([{ "name": "only", "action": { "do": "record-screen", "notice": false }, "when": when }]))
}

fn decide(policy: &PreparedPolicy, facts: &Facts<'_>) -> Decision {
    policy.decide(facts)
}
