use policy::{BuiltIn, Capabilities, Custom, Facts, Feature, Policy, PreparedPolicy};
use serde_json::{Value, json};

fn policy(action: Value, when: Value, user_may_start: bool) -> Custom {
    let rule = json!({ "name": "Finance", "action": action, "when": when, "user_may_start": user_may_start });
    Custom::from_json(&json!({ "version": 1, "name": "P", "rules": [rule] }).to_string()).unwrap()
}

#[test]
fn what_the_recorder_cannot_do_is_refused_by_name() {
    let silent = json!({ "do": "record-screen", "notice": false });
    let ana = json!({ "who": [{ "user": "ana" }] });
    let cases = [
        (Feature::Notice, policy(json!({ "do": "record-screen", "notice": true }), ana.clone(), false)),
        (Feature::EventsOnly, policy(json!({ "do": "record-events", "notice": false }), ana.clone(), false)),
        (Feature::Audio, policy(json!({ "do": "record-screen", "notice": false, "audio": true }), ana.clone(), false)),
        (Feature::Lossy, policy(json!({ "do": "record-screen", "notice": false, "lossy": true }), ana.clone(), false)),
        (
            Feature::HideApplications,
            policy(json!({ "do": "record-screen", "notice": false, "hide": ["keepass"] }), ana.clone(), false),
        ),
        (Feature::UserStart, policy(silent.clone(), ana.clone(), true)),
        (Feature::Opened, policy(silent.clone(), json!({ "opened": ["sap"] }), false)),
        (Feature::Client, policy(silent.clone(), json!({ "client": ["10.0.0.0/8"] }), false)),
    ];
    for (feature, policy) in &cases {
        assert_eq!(Capabilities::EVERYTHING.check(policy), Ok(()));
        let refused = Capabilities::RECORDER.check(policy);
        if Capabilities::RECORDER.has(*feature) {
            assert_eq!(refused, Ok(()));
        } else {
            let refused = refused.unwrap_err();
            assert_eq!((refused.feature, refused.rule.as_deref()), (*feature, Some("Finance")));
            let text = refused.to_string();
            assert!(text.contains("Finance") && text.contains(feature.words()), "{text}");
        }
    }
    let tried: Vec<Feature> = cases.iter().map(|(feature, _)| *feature).collect();
    assert!(Feature::ALL.iter().all(|feature| tried.contains(feature)), "a feature is not tried here");
    assert_eq!(Capabilities::RECORDER.check(&policy(silent, ana, false)), Ok(()));
}

/// Were such a policy to reach a machine all the same, nothing is done by halves.
#[test]
fn what_cannot_be_done_as_decided_is_not_done_at_all() {
    let facts = Facts { user: "ana", machine: "fin-1", ..Facts::default() };
    for &built_in in BuiltIn::ALL {
        let decision = PreparedPolicy::new(Policy::BuiltIn(built_in)).decide(&facts);
        assert_eq!(decision.clone().as_far_as(Capabilities::EVERYTHING), decision);
        let possible = Capabilities::RECORDER.check_action(&built_in.action());
        let done = decision.clone().as_far_as(Capabilities::RECORDER);
        match possible {
            Ok(()) => assert_eq!(done, decision),
            Err(feature) => {
                assert!(!done.record());
                assert!(done.reason.contains(feature.words()) && done.reason.contains("ana"), "{}", done.reason);
            }
        }
    }
}
