//! Random policies and sessions, over few words so that they often meet. The same seed gives the same ones.

use policy::{Facts, LocalTime, Weekday};
use serde_json::{Map, Value, json};

const NAMES: [&str; 5] = ["ana", "bob", "Cleo", "staff", "x"];
const PATTERNS: [&str; 8] = ["fin-1", "FIN-2", "fin-*", "*-2", "*", "f*-*1", "x", "*in*"];
const MACHINES: [&str; 4] = ["fin-1", "Fin-2", "hr-2", "x"];
const RANGES: [&str; 8] = [
    "10.0.0.0/8",
    "10.0.0.4-10.0.1.4",
    "10.0.0.5",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "2001:db8::1-2001:db8::5",
    "192.168.0.0/30",
];
const ADDRESSES: [&str; 7] =
    ["10.0.0.5", "10.0.1.4", "10.0.1.5", "::ffff:10.0.0.5", "2001:db8::5", "::1", "192.168.0.4"];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// SplitMix64.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }

    /// A few of something, at least `least`.
    fn some(&mut self, least: u64, most: u64, mut make: impl FnMut(&mut Self) -> Value) -> Value {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| make(self)).collect()
    }

    /// The rules of a policy.
    pub fn rules(&mut self, most: u64) -> Vec<Value> {
        let count = self.below(most + 1);
        (0..count).map(|at| self.rule(&format!("r{}", (at * 7 + 3) % 10))).collect()
    }

    fn rule(&mut self, name: &str) -> Value {
        let notice = self.one_in(2);
        let action = match self.below(5) {
            0 => json!({ "do": "do-not-record" }),
            1 => json!({ "do": "record-events", "notice": notice }),
            _ => json!({
                "do": "record-screen", "notice": notice, "audio": self.one_in(2), "lossy": self.one_in(2),
                "hide": self.some(0, 2, |chance| chance.pick(&NAMES).into()),
            }),
        };
        json!({ "name": name, "action": action, "user_may_start": self.one_in(2), "when": self.when() })
    }

    fn when(&mut self) -> Value {
        let mut when = Map::new();
        while when.is_empty() {
            if self.one_in(2) {
                let who = self.some(1, 3, |chance| {
                    let name = chance.pick(&NAMES);
                    if chance.one_in(2) { json!({ "user": name }) } else { json!({ "group": name }) }
                });
                when.insert("who".to_owned(), who);
            }
            if self.one_in(5) {
                when.insert("opened".to_owned(), self.some(1, 2, |chance| chance.pick(&PATTERNS).into()));
            }
            if self.one_in(4) {
                let place = self.some(1, 2, |chance| {
                    let name = chance.pick(&PATTERNS);
                    if chance.one_in(3) { json!({ "delivery_group": name }) } else { json!({ "machine": name }) }
                });
                when.insert("where".to_owned(), place);
            }
            if self.one_in(5) {
                when.insert("client".to_owned(), self.some(1, 2, |chance| chance.pick(&RANGES).into()));
            }
            if self.one_in(5) {
                when.insert("tags".to_owned(), self.some(1, 2, |chance| chance.pick(&NAMES).into()));
            }
            if self.one_in(5) {
                when.insert("time".to_owned(), self.some(1, 2, Self::hours));
            }
        }
        Value::Object(when)
    }

    fn hours(&mut self) -> Value {
        let clock = |minute: u64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let from = self.below(1_440);
        // Whole hours meet sessions that begin on the hour.
        let from = if self.one_in(2) { from / 60 * 60 } else { from };
        let to = (from + 1 + self.below(1_438)) % 1_440;
        let to = if to == 0 { 1_440 } else { to };
        json!({ "days": self.some(1, 4, |chance| chance.pick(&DAYS).into()), "from": clock(from), "to": clock(to) })
    }

    /// A session.
    pub fn session(&mut self) -> Session {
        let few = |chance: &mut Self| {
            let count = chance.below(4);
            (0..count).map(|_| chance.pick(&NAMES).to_owned()).collect()
        };
        let minute = self.below(1_440);
        Session {
            user: self.pick(&NAMES).to_owned(),
            groups: few(self),
            machine: self.pick(&MACHINES).to_owned(),
            delivery_groups: self.one_in(2).then(|| self.pick(&MACHINES).to_owned()).into_iter().collect(),
            tags: few(self),
            client_address: (!self.one_in(4)).then(|| self.pick(&ADDRESSES).to_owned()),
            opened: (!self.one_in(4)).then(|| self.pick(&MACHINES).to_owned()),
            day: (!self.one_in(8)).then(|| self.below(7) as usize),
            minute: if self.one_in(2) { minute / 60 * 60 } else { minute },
        }
    }
}

/// A session as both evaluators take it.
#[derive(Debug, Clone)]
pub struct Session {
    pub user: String,
    pub groups: Vec<String>,
    pub machine: String,
    pub delivery_groups: Vec<String>,
    pub tags: Vec<String>,
    pub client_address: Option<String>,
    pub opened: Option<String>,
    /// From Monday, 0; `None` where nobody knows when it began.
    pub day: Option<usize>,
    pub minute: u64,
}

impl Session {
    /// As the crate takes it.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            user: &self.user,
            groups: &self.groups,
            machine: &self.machine,
            delivery_groups: &self.delivery_groups,
            tags: &self.tags,
            client_address: self.client_address.as_ref().map(|address| address.parse().unwrap()),
            opened: self.opened.as_deref(),
            started: self.day.map(|day| LocalTime { day: Weekday::ALL[day], minute: self.minute as u16 }),
        }
    }
}
