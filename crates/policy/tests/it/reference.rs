//! A second evaluator, slow and obvious: it reads documents as they stand, shares no code with the crate, and goes
//! through all rules and items one by one.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Value, json};

use crate::chance::Session;

/// What both evaluators must say alike.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub action: Value,
    pub user_may_start: bool,
    pub rules: Vec<String>,
}

pub fn decide(rules: &[Value], session: &Session) -> Outcome {
    let matching: Vec<&Value> = rules.iter().filter(|rule| matches(&rule["when"], session)).collect();
    let order = [
        ("do-not-record", None),
        ("record-screen", Some(true)),
        ("record-events", Some(true)),
        ("record-screen", Some(false)),
        ("record-events", Some(false)),
    ];
    for (does, notice) in order {
        let same = |rule: &&&Value| rule["action"]["do"] == does && rule["action"]["notice"].as_bool() == notice;
        let winners: Vec<&Value> = matching.iter().filter(same).copied().collect();
        if winners.is_empty() {
            continue;
        }
        let mut names: Vec<String> = winners.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        let all = |option: &str| winners.iter().all(|rule| rule["action"][option] == true);
        let hidden: BTreeSet<&str> = winners
            .iter()
            .flat_map(|rule| rule["action"]["hide"].as_array().into_iter().flatten())
            .map(|name| name.as_str().unwrap())
            .collect();
        let mut action = json!({ "do": does });
        if let Some(notice) = notice {
            action["notice"] = json!(notice);
        }
        if does == "record-screen" {
            action["audio"] = json!(all("audio"));
            action["lossy"] = json!(all("lossy"));
            action["hide"] = json!(hidden);
        }
        let user_may_start = winners.iter().all(|rule| rule["user_may_start"] == true);
        return Outcome { action, user_may_start, rules: names };
    }
    Outcome { action: json!({ "do": "do-not-record" }), user_may_start: false, rules: Vec::new() }
}

fn matches(when: &Value, session: &Session) -> bool {
    when.as_object().unwrap().iter().all(|(criterion, items)| {
        items.as_array().unwrap().iter().any(|item| match criterion.as_str() {
            "who" => person(item, session),
            "opened" => session.opened.as_ref().is_some_and(|opened| like(item, opened)),
            "where" => place(item, session),
            "client" => session.client_address.as_ref().is_some_and(|address| within(item.as_str().unwrap(), address)),
            "tags" => session.tags.iter().any(|tag| item == tag),
            "time" => session.day.is_some_and(|day| began(item, day, session.minute)),
            other => panic!("{other}"),
        })
    })
}

fn person(item: &Value, session: &Session) -> bool {
    item.get("user").is_some_and(|user| *user == session.user)
        || item.get("group").is_some_and(|group| session.groups.iter().any(|own| group == own))
}

fn place(item: &Value, session: &Session) -> bool {
    item.get("machine").is_some_and(|machine| like(machine, &session.machine))
        || item.get("delivery_group").is_some_and(|group| session.delivery_groups.iter().any(|own| like(group, own)))
}

/// By trying, at each star, every number of characters that it might stand for.
fn like(pattern: &Value, name: &str) -> bool {
    fn tries(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|skipped| tries(rest, &name[skipped..])),
            Some((letter, rest)) => {
                name.split_first().is_some_and(|(first, name)| first == letter && tries(rest, name))
            }
        }
    }
    let letters = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    tries(&letters(pattern.as_str().unwrap()), &letters(name))
}

/// Addresses as lists of bytes, which compare as addresses do.
fn bytes(address: &str) -> Vec<u8> {
    match address.parse::<IpAddr>().unwrap() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.octets().to_vec(),
            None => address.octets().to_vec(),
        },
    }
}

fn within(range: &str, address: &str) -> bool {
    let address = bytes(address);
    if let Some((network, prefix)) = range.split_once('/') {
        let network = bytes(network);
        let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
        let prefix: usize = prefix.parse().unwrap();
        return network.len() == address.len() && (0..prefix).all(|at| bit(&network, at) == bit(&address, at));
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last) = (bytes(first), bytes(last));
    first.len() == address.len() && first <= address && address <= last
}

/// By walking from the beginning to the end, minute by minute through the week.
fn began(hours: &Value, day: usize, minute: u64) -> bool {
    let clock = |text: &Value| {
        let (hours, minutes) = text.as_str().unwrap().split_once(':').unwrap();
        hours.parse::<u64>().unwrap() * 60 + minutes.parse::<u64>().unwrap()
    };
    let (from, to) = (clock(&hours["from"]), clock(&hours["to"]));
    let length = if from < to { to - from } else { 1_440 - from + to };
    let asked = day as u64 * 1_440 + minute;
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    hours["days"].as_array().unwrap().iter().any(|name| {
        let start = days.iter().position(|day| name == day).unwrap() as u64 * 1_440 + from;
        (start..start + length).any(|time| time % (7 * 1_440) == asked)
    })
}
