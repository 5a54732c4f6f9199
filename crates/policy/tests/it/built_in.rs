use policy::{Action, BuiltIn, Facts, Policy, PreparedPolicy, without_policy};

use crate::decide;

#[test]
fn each_built_in_policy_decides_and_names_itself() {
    let groups = vec!["staff".to_owned()];
    let facts = Facts { user: "mira", groups: &groups, machine: "desk-7", ..Facts::default() };
    for &policy in BuiltIn::ALL {
        let decision = decide(&PreparedPolicy::new(Policy::BuiltIn(policy)), &facts);
        assert_eq!(decision.action, policy.action());
        assert_eq!(decision.policy, policy.name());
        assert!(decision.rule.is_some());
        for part in ["mira", "desk-7", policy.title()] {
            assert!(decision.reason.contains(part), "{}", decision.reason);
        }
        assert_eq!(BuiltIn::named(policy.name()), Some(policy));
        assert!(BuiltIn::claims(&policy.title().to_uppercase()), "a copy of its name would mislead");
    }
    assert!(!BuiltIn::claims("Finance"));
}

/// FEATURES 4.1, one by one: what a policy promises by its name.
#[test]
fn built_in_policies_do_what_they_are_called() {
    let told = |policy: BuiltIn| match policy.action() {
        Action::DoNotRecord {} => "nothing".to_owned(),
        Action::RecordEvents { notice, indicator: None } => format!("events {notice}"),
        Action::RecordEvents { indicator: Some(indicator), .. } => panic!("{indicator:?}"),
        Action::RecordScreen(screen) => {
            assert!(screen.hide.is_empty() && screen.indicator.is_none());
            format!("screen {} {} {}", screen.notice, screen.audio, screen.lossy)
        }
    };
    let expected = [
        ("do-not-record", "nothing"),
        ("record-with-notice", "screen true false false"),
        ("record-with-notice-lossy", "screen true false true"),
        ("record-with-notice-audio", "screen true true false"),
        ("record-everything", "screen false false false"),
        ("record-everything-lossy", "screen false false true"),
        ("record-everything-audio", "screen false true false"),
        ("events-with-notice", "events true"),
        ("events-only", "events false"),
    ];
    let found: Vec<_> = BuiltIn::ALL.iter().map(|policy| (policy.name(), told(*policy))).collect();
    assert_eq!(found, expected.map(|(name, does)| (name, does.to_owned())));
}

#[test]
fn nothing_is_recorded_unless_something_says_so() {
    assert_eq!(Policy::default(), Policy::BuiltIn(BuiltIn::DoNotRecord));
    assert!(!PreparedPolicy::default().decide(&Facts::default()).record());
    assert!(!without_policy(false).record());
    let decision = without_policy(true);
    assert!(decision.record() && decision.rule.is_none());
    assert!(decision.reason.contains("no policy"), "{}", decision.reason);
}
