//! Documents are strict, bounded, and say where they are wrong.

use policy::{Custom, MAX_DOCUMENT_BYTES, MAX_ITEMS, MAX_RULES};
use serde_json::{Value, json};

fn whole() -> Value {
    json!({
        "version": 1,
        "name": "Finance",
        "description": "two\nlines",
        "rules": [{
            "name": "Everything there is",
            "action": { "do": "record-screen", "notice": true, "audio": true, "lossy": true, "hide": ["a", "b"], "indicator": "hidden" },
            "user_may_start": true,
            "when": {
                "who": [{ "user": "ana" }, { "group": "staff" }],
                "opened": ["SAP*"],
                "where": [{ "machine": "fin-*" }, { "delivery_group": "Desktops" }],
                "client": ["10.0.0.0/8", "::1", "10.0.0.1-10.0.0.9"],
                "tags": ["vpn"],
                "time": [{ "days": ["mon", "sun"], "from": "22:00", "to": "06:00" }],
            },
        }, {
            "name": "Small",
            "action": { "do": "do-not-record" },
            "when": { "tags": ["x"] },
        }, {
            "name": "Events",
            "action": { "do": "record-events", "notice": false, "indicator": "shown" },
            "when": { "tags": ["y"] },
        }],
    })
}

#[test]
fn a_document_is_written_as_it_was_read() {
    let policy = Custom::from_json(&whole().to_string()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&policy.to_json()).unwrap(), whole());
    assert_eq!(Custom::from_json(&policy.to_json()), Ok(policy.clone()));
    assert!(!policy.to_json().contains('\n'), "agents are told one line");
    assert_eq!(policy.name().as_str(), "Finance");
    assert_eq!(policy.renamed("Other".parse().unwrap()).name().as_str(), "Other");
}

/// Sets a place in the whole document to something, and gives what is said of it.
fn refusal(pointer: &str, value: Value) -> String {
    let mut document = whole();
    match document.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            document.pointer_mut(parent).unwrap()[key] = value;
        }
    }
    Custom::from_json(&document.to_string()).unwrap_err().to_string()
}

#[test]
fn what_is_wrong_is_named_with_its_rule_and_field() {
    let cases: &[(&str, Value, &[&str])] = &[
        ("/version", json!(2), &["version 2", "version 1"]),
        ("/colour", json!("red"), &["unknown field `colour`"]),
        ("/name", json!(" "), &["name:", "1 to 64"]),
        ("/name", json!("a\u{7}b"), &["name:", "control character"]),
        ("/name", json!("x".repeat(65)), &["1 to 64"]),
        ("/description", json!("x".repeat(1001)), &["description", "1,000"]),
        ("/rules", json!({}), &["rules:", "sequence"]),
        ("/rules/1/name", json!("Everything there is"), &["two rules are named “Everything there is”"]),
        ("/rules/1/colour", json!(1), &["rule 2 “Small”", "unknown field `colour`"]),
        ("/rules/1/action/audio", json!(true), &["rule 2 “Small”", "unknown field `audio`"]),
        ("/rules/2/action/hide", json!(["a"]), &["rule 3 “Events”", "unknown field `hide`"]),
        ("/rules/2/action", json!({ "do": "record-events" }), &["rule 3 “Events”", "missing field `notice`"]),
        ("/rules/0/action/do", json!("dance"), &["rule 1", "unknown variant `dance`"]),
        ("/rules/0/action/colour", json!(1), &["rule 1", "unknown field `colour`"]),
        ("/rules/0/action/hide", json!(["a", ""]), &["rule 1", "1 to 256 bytes"]),
        ("/rules/1/when", json!({}), &["rule 2 “Small”", "at least one criterion"]),
        ("/rules/1/when/tags", json!([]), &["rule 2 “Small”, when, tags", "1 to 256 items"]),
        ("/rules/1/when/tags", json!(vec!["x"; MAX_ITEMS + 1]), &["rule 2 “Small”, when, tags", "257"]),
        ("/rules/1/when/tags/0", json!("x".repeat(257)), &["rule 2 “Small”, when, tags, item 1", "1 to 256 bytes"]),
        ("/rules/1/when/whom", json!([]), &["rule 2 “Small”", "unknown field `whom`"]),
        ("/rules/0/when/who/1", json!({ "team": "x" }), &["when, who, item 2", "unknown variant `team`"]),
        ("/rules/0/when/client/0", json!("10.0.0.300"), &["when, client, item 1", "“10.0.0.300” is no address"]),
        ("/rules/0/when/client/0", json!("10.0.0.0/33"), &["item 1", "0 to 32"]),
        ("/rules/0/when/client/0", json!("10.0.0.0/"), &["item 1", "0 to 32"]),
        ("/rules/0/when/client/0", json!("10.0.0.0/+8"), &["item 1", "0 to 32"]),
        ("/rules/0/when/client/0", json!("10.2.3.4/16"), &["item 1", "write the network 10.2.0.0/16"]),
        ("/rules/0/when/client/0", json!("10.0.0.9-10.0.0.1"), &["item 1", "is no range"]),
        ("/rules/0/when/client/0", json!("10.0.0.9-::1"), &["item 1", "is no range"]),
        ("/rules/0/when/time/0/from", json!("8:00"), &["when, time, item 1, from", "00:00 to 24:00"]),
        ("/rules/0/when/time/0/to", json!("24:01"), &["time, item 1, to", "00:00 to 24:00"]),
        ("/rules/0/when/time/0/to", json!("22:00"), &["when, time, item 1", "must differ"]),
        ("/rules/0/when/time/0/from", json!("24:00"), &["when, time, item 1", "before 24:00"]),
        ("/rules/0/when/time/0/days", json!([]), &["time, item 1, days", "1 to 256"]),
        ("/rules/0/when/time/0/days/0", json!("monday"), &["days, item 1", "unknown variant `monday`"]),
    ];
    for (pointer, value, parts) in cases {
        let said = refusal(pointer, value.clone());
        for part in *parts {
            assert!(said.contains(part), "{pointer} = {value}: “{part}” is not in: {said}");
        }
    }
}

#[test]
fn what_is_no_document_at_all_is_refused() {
    for text in ["", "{", "null", "[]", "do-not-record", "{\"version\":1,\"version\":1,\"name\":\"a\",\"rules\":[]}"] {
        assert!(Custom::from_json(text).is_err(), "{text}");
    }
    let followed = format!("{} more", whole());
    assert!(Custom::from_json(&followed).is_err(), "something follows the document");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Custom::from_json(&deep).is_err());
}

#[test]
fn sizes_are_bounded() {
    let rule =
        |at: usize| json!({ "name": format!("r{at}"), "action": { "do": "do-not-record" }, "when": { "tags": ["x"] } });
    let many = |count: usize| json!({ "version": 1, "name": "n", "rules": (0..count).map(rule).collect::<Vec<_>>() });
    let most = Custom::from_json(&many(MAX_RULES).to_string()).unwrap();
    assert_eq!(most.rules().len(), MAX_RULES);
    assert!(most.to_json().len() < MAX_DOCUMENT_BYTES, "small rules all fit: {}", most.to_json().len());
    let said = Custom::from_json(&many(MAX_RULES + 1).to_string()).unwrap_err().to_string();
    assert!(said.contains("1001"), "{said}");
    let mut large = many(MAX_RULES);
    large["rules"][0]["when"]["tags"] = json!(vec!["x".repeat(255); MAX_ITEMS]);
    let said = Custom::from_json(&large.to_string()).unwrap_err().to_string();
    assert!(said.contains("bytes"), "{said}");
}
