//! FEATURES 4.4 as a table: every set of actions that can match together, and every pair of options that can meet.

use policy::{Action, Facts, IfDisturbed, Indicator, Screen};
use serde_json::{Value, json};

use crate::{custom, decide};

/// Strongest first, as FEATURES lists them.
const ORDER: [&str; 5] = [
    r#"{ "do": "do-not-record" }"#,
    r#"{ "do": "record-screen", "notice": true }"#,
    r#"{ "do": "record-events", "notice": true }"#,
    r#"{ "do": "record-screen", "notice": false }"#,
    r#"{ "do": "record-events", "notice": false }"#,
];

fn rule(name: &str, action: &Value, user_may_start: bool) -> Value {
    json!({ "name": name, "action": action, "user_may_start": user_may_start, "when": { "who": [{ "user": "ana" }] } })
}

/// All orders of a list.
fn orders(items: &[Value]) -> Vec<Vec<Value>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, first.clone());
            order
        }));
    }
    all
}

#[test]
fn of_every_set_of_actions_the_strongest_wins_in_every_order() {
    let facts = Facts { user: "ana", ..Facts::default() };
    for set in 0u32..32 {
        let members: Vec<usize> = (0..5).filter(|action| set & (1 << action) != 0).collect();
        let rules: Vec<Value> = members
            .iter()
            .map(|action| rule(&format!("r{action}"), &serde_json::from_str(ORDER[*action]).unwrap(), false))
            .collect();
        for order in orders(&rules) {
            let decision = decide(&custom(json!(order)), &facts);
            match members.first() {
                None => {
                    assert_eq!((decision.action, decision.rule), (Action::DoNotRecord {}, None), "no rule matches");
                }
                Some(strongest) => {
                    assert_eq!(decision.action, serde_json::from_str(ORDER[*strongest]).unwrap(), "{order:?}");
                    assert_eq!(decision.rule, Some(format!("r{strongest}")));
                }
            }
        }
    }
}

/// Options of two rules of the winning action, beside a weaker and a stronger-looking one that does not match.
#[test]
fn hidden_applications_add_up_and_everything_else_needs_all() {
    let facts = Facts { user: "ana", ..Facts::default() };
    for notice in [false, true] {
        for options in 0u32..256 {
            let [audio_a, lossy_a, hide_a, start_a, audio_b, lossy_b, hide_b, start_b] =
                std::array::from_fn(|bit| options & (1 << bit) != 0);
            let action = |audio: bool, lossy: bool, hide: Option<&str>| json!({ "do": "record-screen", "notice": notice, "audio": audio, "lossy": lossy, "hide": hide.into_iter().collect::<Vec<_>>() });
            let a = rule("a", &action(audio_a, lossy_a, hide_a.then_some("keepass")), start_a);
            let b = rule("b", &action(audio_b, lossy_b, hide_b.then_some("bitwarden")), start_b);
            let weaker = rule("weaker", &json!({ "do": "record-events", "notice": false }), true);
            let mut elsewhere = rule("elsewhere", &json!({ "do": "do-not-record" }), false);
            elsewhere["when"] = json!({ "who": [{ "user": "bob" }] });
            for order in orders(&[a, b, weaker, elsewhere]) {
                let decision = decide(&custom(json!(order)), &facts);
                let Action::RecordScreen(Screen { notice: told, audio, lossy, hide, if_disturbed: _, indicator: _ }) =
                    &decision.action
                else {
                    panic!("{:?}", decision.action)
                };
                assert_eq!((*told, *audio, *lossy), (notice, audio_a && audio_b, lossy_a && lossy_b));
                let expected: Vec<&str> = [(hide_b, "bitwarden"), (hide_a, "keepass")]
                    .iter()
                    .filter(|(hidden, _)| *hidden)
                    .map(|(_, name)| *name)
                    .collect();
                assert_eq!(hide.names().collect::<Vec<_>>(), expected);
                assert_eq!(decision.user_may_start, start_a && start_b);
                assert_eq!(decision.rules, ["a", "b"]);
            }
        }
    }
}

#[test]
fn of_several_answers_to_a_disturbance_the_strictest_holds() {
    let facts = Facts { user: "ana", ..Facts::default() };
    let answers = [
        (json!({ "do": "record-screen", "notice": false }), IfDisturbed::Continue),
        (json!({ "do": "record-screen", "notice": false, "if_disturbed": "lock" }), IfDisturbed::Lock),
        (json!({ "do": "record-screen", "notice": false, "if_disturbed": "log-off" }), IfDisturbed::LogOff),
    ];
    for (a, of_a) in &answers {
        for (b, of_b) in &answers {
            let decision = decide(&custom(json!([rule("a", a, false), rule("b", b, false)])), &facts);
            let Action::RecordScreen(Screen { if_disturbed, .. }) = &decision.action else { panic!("{decision:?}") };
            assert_eq!(if_disturbed, of_a.max(of_b));
            let said = decision.reason.contains("if that is disturbed");
            assert_eq!(said, *if_disturbed != IfDisturbed::Continue, "{}", decision.reason);
            // Agents are told the whole action; as long as nothing is to be done, what older ones can read.
            assert_eq!(decision.action.to_json().contains("if_disturbed"), said);
            assert_eq!(Action::from_json(&decision.action.to_json()).unwrap(), decision.action);
        }
    }
}

#[test]
fn of_several_words_on_the_sign_hidden_goes_before_shown_and_either_before_none() {
    let facts = Facts { user: "ana", ..Facts::default() };
    let said = [(None, ""), (Some(Indicator::Shown), "with a sign"), (Some(Indicator::Hidden), "without a sign")];
    for (kind, notice) in
        [("record-screen", false), ("record-screen", true), ("record-events", false), ("record-events", true)]
    {
        let action = |indicator: Option<Indicator>| {
            let mut action = json!({ "do": kind, "notice": notice });
            if let Some(indicator) = indicator {
                action["indicator"] = json!(if indicator == Indicator::Shown { "shown" } else { "hidden" });
            }
            action
        };
        for (a, _) in said {
            for (b, _) in said {
                let rules = json!([rule("a", &action(a), false), rule("b", &action(b), false)]);
                let decision = decide(&custom(rules), &facts);
                let (expected, words) = *said.iter().find(|(indicator, _)| *indicator == a.max(b)).unwrap();
                assert_eq!(decision.action.indicator(), expected);
                assert_eq!(decision.action.shows_indicator(), expected.map_or(notice, |it| it == Indicator::Shown));
                assert_eq!(decision.action.tells(), notice, "the notice is another matter");
                assert!(decision.reason.contains(words), "{}", decision.reason);
                assert_eq!(decision.reason.contains("sign in the session"), expected.is_some());
                // Where nothing is said, what older agents can read.
                let json: Value = serde_json::from_str(&decision.action.to_json()).unwrap();
                assert_eq!(json, action(expected));
                assert_eq!(Action::from_json(&decision.action.to_json()).unwrap(), decision.action);
            }
        }
    }
    assert!(!Action::from_json(r#"{"do":"do-not-record"}"#).unwrap().shows_indicator());
    assert!(Action::from_json(r#"{"do":"do-not-record","indicator":"shown"}"#).is_err());
    assert!(Action::from_json(r#"{"do":"record-events","notice":true,"indicator":"perhaps"}"#).is_err());
}
