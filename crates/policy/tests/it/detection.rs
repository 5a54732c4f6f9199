//! Which rule of a detection policy decides, against a slow and obvious evaluator.

use events::Logging;
use policy::{BuiltInDetection, CustomDetection, DetectionPolicy, Facts, PreparedDetection};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::reference;

fn prepared(rules: &[Value]) -> PreparedDetection {
    let document = json!({ "version": 1, "name": "P", "rules": rules }).to_string();
    PreparedDetection::new(DetectionPolicy::Custom(CustomDetection::from_json(&document).unwrap()))
}

fn ana() -> Facts<'static> {
    Facts {
        user: "ana",
        groups: &[],
        machine: "m",
        delivery_groups: &[],
        tags: &[],
        client_address: None,
        opened: None,
        started: None,
    }
}

fn titles() -> Logging {
    serde_json::from_str(r#"{"topmost_window":true}"#).unwrap()
}

/// A rule of a recording policy does nothing here but say for whom it holds: one alone that records is one that holds.
#[test]
fn of_the_rules_that_hold_the_oldest_decides() {
    let mut chance = Chance(3);
    let (mut several, mut matched) = (0, 0);
    for case in 0..20_000 {
        let session = chance.session();
        let mut rules = chance.rules(8);
        for rule in &mut rules {
            rule["action"] = json!({ "do": "record-screen", "notice": false });
            rule.as_object_mut().unwrap().remove("user_may_start");
        }
        let holds: Vec<usize> =
            (0..rules.len()).filter(|&n| !reference::decide(&rules[n..=n], &session).rules.is_empty()).collect();
        for (number, rule) in rules.iter_mut().enumerate() {
            rule.as_object_mut().unwrap().remove("action");
            rule["log"] = if number % 2 == 0 { json!({ "topmost_window": true }) } else { json!({}) };
        }
        let policy = prepared(&rules);
        let decided = policy.decide(&session.facts());
        let expected = holds.first().map(|number| rules[*number]["name"].as_str().unwrap());
        assert_eq!(decided.rule.map(|rule| rule.name.as_str()), expected, "case {case}: {session:?} {}", json!(rules));
        let logged = holds.first().is_some_and(|number| number % 2 == 0);
        assert_eq!(decided.logging(&titles()).topmost_window, logged, "what machines are set to means nothing now");
        matched += u32::from(!holds.is_empty());
        several += u32::from(holds.len() > 1);
    }
    // Cases in which nothing meets would show nothing.
    assert!(matched > 6_000 && several > 1_000, "{matched} matched, {several} by several rules");
}

#[test]
fn without_an_active_policy_each_machine_decides_and_by_log_nothing_none() {
    for own in [Logging::default(), titles()] {
        let machine = PreparedDetection::default();
        assert_eq!(machine.decide(&ana()).logging(&own), own);
        let nothing = PreparedDetection::new(DetectionPolicy::BuiltIn(BuiltInDetection::LogNothing));
        assert_eq!(nothing.decide(&ana()).logging(&own), Logging::default());
        assert!(prepared(&[]).decide(&ana()).logging(&own).is_nothing(), "no rule holds");
    }
}

#[test]
fn the_reason_names_policy_rule_and_what_held() {
    let rule = |name: &str| json!({ "name": name, "log": {}, "when": { "who": [{ "user": "ana" }] } });
    let policy = prepared(&[rule("Second in the alphabet"), rule("First in the alphabet")]);
    let decided = policy.decide(&ana());
    assert_eq!(
        decided.reason,
        "rule “Second in the alphabet” of policy “P”, because the user is ana; it is the oldest of 2 that hold"
    );
    assert!(PreparedDetection::default().decide(&ana()).reason.contains("machine's own settings"));
}

#[test]
fn documents_are_read_back_and_others_refused() {
    for &built_in in BuiltInDetection::ALL {
        assert_eq!(built_in.name().parse(), Ok(DetectionPolicy::BuiltIn(built_in)));
        for name in [built_in.name(), built_in.title()] {
            assert!(BuiltInDetection::claims(&name.to_uppercase()), "{name}");
        }
    }
    let document = r#"{"version":1,"name":"P","description":"","rules":[{"name":"r","log":{"topmost_window":true},"when":{"tags":["vpn"]}}]}"#;
    let read: DetectionPolicy = document.parse().unwrap();
    assert_eq!(read.document(), document);
    for (wrong, part) in [
        (document.replace("topmost_window", "smell"), "smell"),
        (document.replace(r#"{"tags":["vpn"]}"#, "{}"), "criterion"),
        (document.replace(r#""log""#, r#""action""#), "action"),
        ("log-everything".to_owned(), "log-everything"),
        (String::new(), ""),
    ] {
        let error = wrong.parse::<DetectionPolicy>().unwrap_err().to_string();
        assert!(error.contains(part), "{wrong}: {error}");
    }
}

#[test]
fn a_rule_that_holds_says_what_is_done_and_one_that_makes_no_sense_is_refused() {
    let rule = |expression: &str| {
        json!({
            "name": "R",
            "log": { "topmost_window": true },
            "respond": { "triggers": [{
                "description": "Payroll",
                "event": "topmost-window",
                "conditions": [{ "field": "title", "test": { "matches": expression } }],
                "actions": ["lock"],
            }] },
            "when": { "who": [{ "user": "ana" }] },
        })
    };
    let policy = prepared(&[rule("^Payroll")]);
    let decided = policy.decide(&ana());
    let (name, responses) = decided.responses().unwrap();
    assert_eq!((name.as_str(), responses.triggers.len()), ("R", 1));
    let silent = prepared(&[json!({ "name": "R", "log": {}, "when": { "who": [{ "user": "ana" }] } })]);
    assert_eq!(silent.decide(&ana()).responses(), None);
    let refused = json!({ "version": 1, "name": "P", "rules": [rule("(")] }).to_string();
    let error = CustomDetection::from_json(&refused).unwrap_err().to_string();
    assert!(error.contains("rule “R”: trigger “Payroll”: the expression “(” cannot be used"), "{error}");
}
