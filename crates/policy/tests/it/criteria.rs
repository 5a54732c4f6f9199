//! What each criterion means by itself and with others (FEATURES 4.2, 4.3).

use policy::{Facts, LocalTime, Weekday};
use serde_json::{Value, json};

use crate::{custom, decide, one};

fn holds(when: Value, facts: &Facts<'_>) -> bool {
    decide(&one(when), facts).record()
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn users_and_groups_are_compared_as_the_directory_spells_them() {
    let groups = texts(&["finance", "staff"]);
    let ana = Facts { user: "ana", groups: &groups, ..Facts::default() };
    assert!(holds(json!({ "who": [{ "user": "ana" }] }), &ana));
    assert!(holds(json!({ "who": [{ "group": "finance" }] }), &ana));
    assert!(holds(json!({ "who": [{ "user": "bob" }, { "group": "staff" }] }), &ana), "one of the items is enough");
    for other in ["Ana", "an", "ana*", "finance"] {
        assert!(!holds(json!({ "who": [{ "user": other }] }), &ana), "{other}");
    }
    assert!(!holds(json!({ "who": [{ "group": "ana" }] }), &ana), "a user's name is no group's");
}

#[test]
fn names_of_machines_and_applications_know_stars_and_no_case() {
    let facts = Facts { machine: "Fin-03", opened: Some("SAP Logon"), ..Facts::default() };
    for name in ["fin-03", "FIN-03", "fin-*", "*03", "*", "f*n*3", "*fin-03*", "fi*n-03"] {
        assert!(holds(json!({ "where": [{ "machine": name }] }), &facts), "{name}");
    }
    for name in ["fin", "fin-", "in-03", "fin-03-", "*4", "fin-03*3", "fin-0*03", "f*i*n*n*"] {
        assert!(!holds(json!({ "where": [{ "machine": name }] }), &facts), "{name}");
    }
    assert!(holds(json!({ "opened": ["sap*"] }), &facts));
    assert!(holds(json!({ "opened": ["excel", "sap logon"] }), &facts));
    assert!(!holds(json!({ "opened": ["sap"] }), &facts));
    assert!(
        !holds(json!({ "opened": ["*"] }), &Facts { opened: None, ..facts }),
        "nothing is known to have been opened"
    );
}

#[test]
fn delivery_groups_and_tags() {
    let (groups, tags) = (texts(&["Finance Desktops"]), texts(&["external", "vpn"]));
    let facts = Facts { machine: "fin-03", delivery_groups: &groups, tags: &tags, ..Facts::default() };
    assert!(holds(json!({ "where": [{ "delivery_group": "finance desktops" }] }), &facts));
    assert!(holds(json!({ "where": [{ "machine": "other" }, { "delivery_group": "Fin*" }] }), &facts));
    assert!(!holds(json!({ "where": [{ "delivery_group": "fin-03" }] }), &facts));
    assert!(!holds(json!({ "where": [{ "machine": "Finance Desktops" }] }), &facts));
    assert!(holds(json!({ "tags": ["internal", "vpn"] }), &facts));
    assert!(!holds(json!({ "tags": ["VPN"] }), &facts));
}

#[test]
fn addresses_networks_and_ranges() {
    let from = |address: &str| Facts { client_address: Some(address.parse().unwrap()), ..Facts::default() };
    let cases = [
        ("10.2.0.0/16", "10.2.255.255", true),
        ("10.2.0.0/16", "10.3.0.0", false),
        ("10.2.0.0/16", "::ffff:10.2.0.1", true),
        ("10.2.0.7", "10.2.0.7", true),
        ("10.2.0.7", "10.2.0.8", false),
        ("10.2.0.7-10.2.0.9", "10.2.0.9", true),
        ("10.2.0.7-10.2.0.9", "10.2.0.10", false),
        ("0.0.0.0/0", "255.255.255.255", true),
        ("0.0.0.0/0", "::1", false),
        ("fe80::/10", "fe80::1", true),
        ("::/0", "10.2.0.7", false),
        ("::/0", "ff::", true),
        ("2001:db8::1-2001:db8::ff", "2001:db8::a", true),
    ];
    for (range, address, expected) in cases {
        assert_eq!(holds(json!({ "client": [range] }), &from(address)), expected, "{address} in {range}");
    }
    assert!(!holds(json!({ "client": ["0.0.0.0/0", "::/0"] }), &Facts::default()), "no address is known");
}

#[test]
fn hours_may_go_over_midnight() {
    let at = |day, minute| Facts { started: Some(LocalTime { day, minute }), ..Facts::default() };
    let work = json!({ "time": [{ "days": ["mon", "fri"], "from": "08:00", "to": "17:30" }] });
    for (day, minute, expected) in [
        (Weekday::Mon, 480, true),
        (Weekday::Mon, 479, false),
        (Weekday::Fri, 1049, true),
        (Weekday::Fri, 1050, false),
        (Weekday::Tue, 600, false),
    ] {
        assert_eq!(holds(work.clone(), &at(day, minute)), expected, "{day:?} {minute}");
    }
    let night = json!({ "time": [{ "days": ["sun"], "from": "22:00", "to": "06:00" }] });
    for (day, minute, expected) in [
        (Weekday::Sun, 1320, true),
        (Weekday::Sun, 1439, true),
        (Weekday::Mon, 0, true),
        (Weekday::Mon, 359, true),
        (Weekday::Mon, 360, false),
        (Weekday::Sun, 100, false),
        (Weekday::Mon, 1400, false),
    ] {
        assert_eq!(holds(night.clone(), &at(day, minute)), expected, "{day:?} {minute}");
    }
    let whole = json!({ "time": [{ "days": ["wed"], "from": "00:00", "to": "24:00" }] });
    assert!(holds(whole.clone(), &at(Weekday::Wed, 1439)) && !holds(whole.clone(), &at(Weekday::Thu, 0)));
    assert!(!holds(whole, &Facts::default()), "nobody knows when it began");
}

#[test]
fn local_time_follows_from_the_clock_and_the_zone() {
    // 2026-11-21 10:55:05 UTC is a Saturday.
    let unix_us = 1_795_258_505_000_000;
    assert_eq!(LocalTime::new(unix_us, 0), LocalTime { day: Weekday::Sat, minute: 655 });
    assert_eq!(LocalTime::new(unix_us, 14 * 60), LocalTime { day: Weekday::Sun, minute: 55 });
    assert_eq!(LocalTime::new(unix_us, -11 * 60), LocalTime { day: Weekday::Fri, minute: 1_435 });
    assert_eq!(LocalTime::new(-1, 0), LocalTime { day: Weekday::Wed, minute: 1_439 });
    for extreme in [i64::MIN, i64::MAX] {
        assert!(LocalTime::new(extreme, i32::MAX).minute < 1_440);
        assert!(LocalTime::new(extreme, i32::MIN).minute < 1_440);
    }
}

#[test]
fn every_criterion_must_hold_and_the_reason_says_which_did() {
    let (groups, tags, delivery) = (texts(&["finance"]), texts(&["vpn"]), texts(&["Desktops"]));
    let facts = Facts {
        user: "ana",
        groups: &groups,
        machine: "fin-03",
        delivery_groups: &delivery,
        tags: &tags,
        client_address: Some("10.2.0.7".parse().unwrap()),
        opened: Some("SAP"),
        started: Some(LocalTime { day: Weekday::Mon, minute: 9 * 60 + 5 }),
    };
    let all = json!({
        "who": [{ "group": "finance" }], "opened": ["sap"], "where": [{ "delivery_group": "desktops" }],
        "client": ["10.0.0.0/8"], "tags": ["vpn"], "time": [{ "days": ["mon"], "from": "09:00", "to": "10:00" }],
    });
    let decision = decide(&one(all.clone()), &facts);
    assert!(decision.record());
    assert_eq!((decision.policy.as_str(), decision.rule.as_deref()), ("Test", Some("only")));
    for part in ["group finance", "SAP was opened", "group Desktops", "10.0.0.0/8", "vpn", "Monday at 09:05"] {
        assert!(decision.reason.contains(part), "{part} is not in: {}", decision.reason);
    }
    let wrong = json!({
        "who": [{ "user": "bob" }], "opened": ["excel"], "where": [{ "machine": "other" }], "client": ["192.168.0.0/16"],
        "tags": ["internal"], "time": [{ "days": ["tue"], "from": "09:00", "to": "10:00" }],
    });
    for (criterion, items) in wrong.as_object().unwrap() {
        let mut when = all.clone();
        when[criterion] = items.clone();
        let decision = decide(&one(when), &facts);
        assert!(!decision.record(), "{criterion} does not hold");
        assert!(decision.rule.is_none() && decision.reason.contains("ana on fin-03"), "{}", decision.reason);
    }
}

#[test]
fn a_reason_names_who_else_agreed_and_whom_it_beat_and_stays_short() {
    let rule =
        |name: &str, action: Value| json!({ "name": name, "action": action, "when": { "who": [{ "user": "ana" }] } });
    let with = json!({ "do": "record-screen", "notice": true });
    let without = json!({ "do": "record-screen", "notice": false });
    let policy = custom(json!([rule("B", with.clone()), rule("C", without), rule("A", with)]));
    let decision = decide(&policy, &Facts { user: "ana", ..Facts::default() });
    assert_eq!(decision.rule.as_deref(), Some("A"));
    assert_eq!(decision.rules, ["A", "B"]);
    for part in ["rule “A”", "together with “B”", "goes before “C”", "the user is ana"] {
        assert!(decision.reason.contains(part), "{}", decision.reason);
    }
    let long = "x".repeat(10_000);
    let decision = decide(&policy, &Facts { user: &long, ..Facts::default() });
    assert_eq!(decision.reason.chars().count(), policy::MAX_REASON_CHARS);
}
