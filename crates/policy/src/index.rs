//! Which rules hold for a session, found by looking up what the session is instead of asking every rule.

use std::collections::HashMap;

use crate::criteria::{Criteria, Person, Place};
use crate::custom::AnyRule;
use crate::facts::Facts;
use crate::pattern::Pattern;

/// A set of rules, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RuleSet(Vec<u64>);

impl RuleSet {
    fn new(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)])
    }

    fn insert(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    fn insert_all(&mut self, rules: Option<&Vec<usize>>) {
        for rule in rules.into_iter().flatten() {
            self.insert(*rule);
        }
    }

    fn contains(&self, rule: usize) -> bool {
        self.0[rule / 64] & (1 << (rule % 64)) != 0
    }

    fn keep(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own &= other;
        }
    }

    fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let mut left = *bits;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(word * 64 + bit)
            })
        })
    }
}

type Postings = HashMap<String, Vec<usize>>;

/// Rules by what they name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// Rules that say nothing of who, of tags.
    anybody: RuleSet,
    untagged: RuleSet,
    users: Postings,
    groups: Postings,
    tags: Postings,
    /// Names without `*`; the others are compared rule by rule.
    machines: Postings,
    delivery_groups: Postings,
    opened: Postings,
}

fn post(postings: &mut Postings, name: &str, rule: usize) {
    postings.entry(name.to_owned()).or_default().push(rule);
}

impl Index {
    pub(crate) fn new<R: AnyRule>(rules: &[R]) -> Self {
        let none = RuleSet::new(rules.len());
        let mut index = Self {
            anybody: none.clone(),
            untagged: none,
            users: Postings::new(),
            groups: Postings::new(),
            tags: Postings::new(),
            machines: Postings::new(),
            delivery_groups: Postings::new(),
            opened: Postings::new(),
        };
        for (number, rule) in rules.iter().enumerate() {
            index.add(number, rule.when());
        }
        index
    }

    fn add(&mut self, rule: usize, when: &Criteria) {
        match when.who() {
            None => self.anybody.insert(rule),
            Some(people) => people.iter().for_each(|person| match person {
                Person::User(name) => post(&mut self.users, name.as_str(), rule),
                Person::Group(name) => post(&mut self.groups, name.as_str(), rule),
            }),
        }
        match when.tags() {
            None => self.untagged.insert(rule),
            Some(tags) => tags.iter().for_each(|tag| post(&mut self.tags, tag.as_str(), rule)),
        }
        for place in when.place().unwrap_or_default() {
            let (postings, pattern) = match place {
                Place::Machine(pattern) => (&mut self.machines, pattern),
                Place::DeliveryGroup(pattern) => (&mut self.delivery_groups, pattern),
            };
            if let Some(name) = pattern.exact() {
                post(postings, name, rule);
            }
        }
        for name in when.opened().unwrap_or_default().iter().filter_map(Pattern::exact) {
            post(&mut self.opened, name, rule);
        }
    }

    /// The numbers of the rules that hold, ascending.
    pub(crate) fn matching(&self, rules: &[impl AnyRule], facts: &Facts<'_>) -> Vec<usize> {
        let mut left = self.anybody.clone();
        left.insert_all(self.users.get(facts.user));
        for group in facts.groups {
            left.insert_all(self.groups.get(group));
        }
        let mut tagged = self.untagged.clone();
        for tag in facts.tags {
            tagged.insert_all(self.tags.get(tag));
        }
        left.keep(&tagged);
        let folded = Folded::new(facts);
        let mut named = Named::default();
        left.numbers()
            .filter(|number| {
                let when = rules[*number].when();
                let holds = |ranges: &[crate::AddressRange]| {
                    facts.client_address.is_some_and(|address| ranges.iter().any(|range| range.contains(address)))
                };
                let began = |hours: &[crate::Hours]| {
                    facts.started.is_some_and(|time| hours.iter().any(|hours| hours.contains(time)))
                };
                when.client().is_none_or(holds)
                    && when.time().is_none_or(began)
                    && when.place().is_none_or(|places| {
                        named.places(self, rules.len(), &folded).contains(*number) || folded.is_at(places)
                    })
                    && when.opened().is_none_or(|names| {
                        named.opened(self, rules.len(), &folded).contains(*number) || folded.has_opened(names)
                    })
            })
            .collect()
    }
}

/// Facts that are compared without regard to case.
struct Folded {
    machine: String,
    delivery_groups: Vec<String>,
    opened: Option<String>,
}

impl Folded {
    fn new(facts: &Facts<'_>) -> Self {
        Self {
            machine: facts.machine.to_lowercase(),
            delivery_groups: facts.delivery_groups.iter().map(|group| group.to_lowercase()).collect(),
            opened: facts.opened.map(str::to_lowercase),
        }
    }

    /// Whether a name with `*` means this machine; the others are in the index.
    fn is_at(&self, places: &[Place]) -> bool {
        places.iter().any(|place| match place {
            Place::Machine(pattern) => pattern.exact().is_none() && pattern.matches(&self.machine),
            Place::DeliveryGroup(pattern) => {
                pattern.exact().is_none() && self.delivery_groups.iter().any(|group| pattern.matches(group))
            }
        })
    }

    fn has_opened(&self, names: &[Pattern]) -> bool {
        let opened = self.opened.as_deref();
        opened.is_some_and(|opened| names.iter().any(|name| name.exact().is_none() && name.matches(opened)))
    }
}

/// Rules that name this very machine or application, looked up once and only if a rule asks.
#[derive(Default)]
struct Named {
    places: Option<RuleSet>,
    opened: Option<RuleSet>,
}

impl Named {
    fn places(&mut self, index: &Index, rules: usize, folded: &Folded) -> &RuleSet {
        self.places.get_or_insert_with(|| {
            let mut found = RuleSet::new(rules);
            found.insert_all(index.machines.get(&folded.machine));
            for group in &folded.delivery_groups {
                found.insert_all(index.delivery_groups.get(group));
            }
            found
        })
    }

    fn opened(&mut self, index: &Index, rules: usize, folded: &Folded) -> &RuleSet {
        self.opened.get_or_insert_with(|| {
            let mut found = RuleSet::new(rules);
            found.insert_all(folded.opened.as_ref().and_then(|name| index.opened.get(name)));
            found
        })
    }
}
