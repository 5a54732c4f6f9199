//! Random policies and sessions: the crate against the reference, and in another order of rules against itself.

use policy::{Action, Custom, Policy, PreparedPolicy};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::reference::{self, Outcome};

fn prepared(rules: &[Value]) -> PreparedPolicy {
    let document = json!({ "version": 1, "name": "P", "rules": rules }).to_string();
    PreparedPolicy::new(Policy::Custom(Custom::from_json(&document).unwrap()))
}

/// A decision in the reference's form.
fn outcome(decision: &policy::Decision) -> Outcome {
    let mut action = serde_json::to_value(&decision.action).unwrap();
    if let Action::RecordScreen(screen) = &decision.action {
        action["audio"] = json!(screen.audio);
        action["lossy"] = json!(screen.lossy);
        action["hide"] = json!(screen.hide.names().collect::<Vec<_>>());
    }
    Outcome { action, user_may_start: decision.user_may_start, rules: decision.rules.clone() }
}

fn compare(seed: u64, cases: u64) {
    let mut chance = Chance(seed);
    let (mut matched, mut several) = (0, 0);
    for case in 0..cases {
        let mut rules = chance.rules(8);
        let session = chance.session();
        let decision = prepared(&rules).decide(&session.facts());
        let expected = reference::decide(&rules, &session);
        assert_eq!(outcome(&decision), expected, "case {case} of seed {seed}: {session:?}\n{}", json!(rules));
        assert_eq!(decision.rule, expected.rules.first().cloned());
        matched += u64::from(!expected.rules.is_empty());
        several += u64::from(expected.rules.len() > 1);
        if case % 4 == 0 && rules.len() > 1 {
            let turn = chance.below(rules.len() as u64) as usize;
            rules.rotate_left(turn);
            if chance.below(2) == 0 {
                rules.reverse();
            }
            assert_eq!(prepared(&rules).decide(&session.facts()), decision, "in another order: {}", json!(rules));
        }
    }
    // Cases in which nothing meets would show nothing.
    assert!(matched * 3 > cases && several * 20 > cases, "{matched} of {cases} matched, {several} by several rules");
}

#[test]
fn random_policies_decide_as_the_reference_does() {
    compare(1, 100_000);
}

#[test]
#[ignore = "`make soak` runs it"]
fn soak_a_million_random_policies_decide_as_the_reference_does() {
    compare(2, 1_000_000);
}
