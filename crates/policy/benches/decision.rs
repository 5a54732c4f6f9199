//! How long a decision takes with 1,000 rules: `cargo bench -p policy`. Prints microseconds, and fails above 50 at the median
//! of a realistic policy.

use std::time::Instant;

use policy::{Custom, Description, Facts, LocalTime, MAX_RULES, Policy, PreparedPolicy, Rule, Weekday};
use serde_json::{Value, json};

/// What a decision may take.
const LIMIT_US: f64 = 50.0;
const DECISIONS: usize = 20_000;

#[expect(clippy::expect_used, reason = "a bench without its policy measures nothing")]
fn prepared(rule: impl Fn(usize) -> Value) -> PreparedPolicy {
    let rules: Result<Vec<Rule>, _> = (0..MAX_RULES).map(|at| serde_json::from_value(rule(at))).collect();
    let policy = Custom::new("bench".parse().expect("a name"), Description::default(), rules.expect("valid rules"));
    PreparedPolicy::new(Policy::Custom(policy.expect("a valid policy")))
}

/// Departments with their machines; nobody is in more than a few.
fn departments(at: usize) -> Value {
    json!({
        "name": format!("r{at}"), "action": { "do": "record-screen", "notice": at.is_multiple_of(2) },
        "when": { "who": [{ "group": format!("g{at}") }], "where": [{ "machine": format!("m{at}-*") }] },
    })
}

/// Every rule holds for everybody as far as the user goes, and each must be asked for the rest.
fn all_asked(at: usize) -> Value {
    json!({
        "name": format!("r{at}"), "action": { "do": "record-screen", "notice": false },
        "when": { "who": [{ "group": "g1" }], "client": [format!("10.{}.0.0/16", at % 256)],
                  "time": [{ "days": ["mon"], "from": "08:00", "to": "18:00" }] },
    })
}

/// Every rule has a star to compare, and none holds.
fn all_stars(at: usize) -> Value {
    json!({ "name": format!("r{at}"), "action": { "do": "do-not-record" }, "when": { "where": [{ "machine": format!("*x{at}*") }] } })
}

/// Every rule holds: all of them are merged.
fn all_hold(at: usize) -> Value {
    json!({ "name": format!("r{at}"), "action": { "do": "record-screen", "notice": true }, "when": { "tags": ["vpn"] } })
}

fn measure(name: &str, policy: &PreparedPolicy, groups: &[String], machine: &str) -> f64 {
    let tags = ["vpn".to_owned()];
    let facts = Facts {
        user: "ana",
        groups,
        machine,
        tags: &tags,
        client_address: "10.7.3.4".parse().ok(),
        started: Some(LocalTime { day: Weekday::Mon, minute: 600 }),
        ..Facts::default()
    };
    let mut times_us: Vec<f64> = (0..DECISIONS)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(policy.decide(std::hint::black_box(&facts)));
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times_us.sort_by(f64::total_cmp);
    let at = |share: f64| times_us[(DECISIONS as f64 * share) as usize];
    let decision = policy.decide(&facts);
    println!("{name:<44} p50 {:6.1} µs   p99 {:6.1} µs   ({} rules named)", at(0.5), at(0.99), decision.rules.len());
    at(0.5)
}

fn main() {
    let few: Vec<String> = (0..8).map(|at| format!("g{}", at * 3 + 1)).collect();
    let hundreds: Vec<String> = (0..300).map(|at| format!("g{}", at * 3 + 1)).collect();
    println!("{MAX_RULES} rules, {DECISIONS} decisions each");
    let usual = measure("departments and machines, 8 groups", &prepared(departments), &few, "m7-12");
    let many = measure("departments and machines, 300 groups", &prepared(departments), &hundreds, "m7-12");
    let asked = measure("every rule asked for address and hours", &prepared(all_asked), &few, "m7-12");
    let stars = measure("a star to compare in every rule, none holds", &prepared(all_stars), &few, "m7-12");
    let hold = measure("every rule holds", &prepared(all_hold), &few, "m7-12");
    if [usual, many, asked, stars, hold].into_iter().any(|time| time > LIMIT_US) {
        println!("slower than {LIMIT_US} µs");
        std::process::exit(1);
    }
}
