//! The built-in policies through the crate's public door.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use policy::{Facts, HandedOut, Policy, evaluate, without_policy};

#[test]
fn each_built_in_policy_decides_and_names_itself() {
    let groups = vec!["staff".to_owned()];
    let facts = Facts { user: "mira", groups: &groups, machine: "desk-7", ..Facts::default() };
    for (policy, record) in [(Policy::RecordEverything, true), (Policy::DoNotRecord, false)] {
        let decision = evaluate(&facts, policy);
        assert_eq!(decision.record, record, "{policy:?}");
        assert_eq!(decision.policy, policy.name());
        assert!(decision.rule.is_some());
        for part in ["mira", "desk-7", policy.title()] {
            assert!(decision.reason.contains(part), "{}", decision.reason);
        }
    }
}

#[test]
fn documents_are_read_back_and_others_refused() {
    for &policy in Policy::BUILT_IN {
        assert_eq!(policy.name().parse(), Ok(policy));
        let open = HandedOut { policy, seal: None };
        assert_eq!(open.document(), policy.name(), "as agents have always been told");
        assert_eq!(open.document().parse(), Ok(open));
    }
    for document in ["", "record", "RECORD-EVERYTHING", "record-everything\n"] {
        let refused = document.parse::<Policy>();
        assert!(refused.is_err(), "{document:?} was read as {refused:?}");
    }
    let long = "x".repeat(1_000);
    let error = long.parse::<Policy>().unwrap_err();
    assert_eq!(error.name.len(), 64, "the message must not repeat a whole document");
}

#[test]
fn an_agent_that_knows_no_sealing_records_nothing_that_is_to_be_sealed() {
    let plan = r#"{"classes":["picture"],"recipients":["kinescope-key-KEY"]}"#;
    let public = sealing::PrivateKey::generate(&sealing::Seed::new([1; 32])).public().to_string();
    let plan = plan.replace("kinescope-key-KEY", &public);
    let sealed = HandedOut { policy: Policy::RecordEverything, seal: Some(serde_json::from_str(&plan).unwrap()) };
    let document = sealed.document();
    assert_eq!(document.parse(), Ok(sealed));
    assert!(document.parse::<Policy>().is_err(), "what such an agent does with it: {document}");
    let name = Policy::RecordEverything.name();
    for damaged in [format!("{name}\n"), format!("{name}\n{{}}"), document.replace("picture", "smell")] {
        assert!(damaged.parse::<HandedOut>().is_err(), "{damaged}");
    }
}

#[test]
fn nothing_is_recorded_unless_something_says_so() {
    assert_eq!(Policy::default(), Policy::DoNotRecord);
    assert!(!without_policy(false).record);
    let decision = without_policy(true);
    assert!(decision.record && decision.rule.is_none());
    assert!(decision.reason.contains("no policy"), "{}", decision.reason);
}
