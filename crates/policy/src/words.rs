//! Decisions in words.

use crate::action::{Action, IfDisturbed, Indicator, Screen};
use crate::criteria::{Criteria, Person, Place};
use crate::custom::Rule;
use crate::decision::MAX_REASON_CHARS;
use crate::facts::Facts;

/// Other rules that are named beside the one that is explained.
const MAX_OTHERS: usize = 3;

/// Cuts a reason to its greatest length.
pub(crate) fn cut(text: &str) -> String {
    text.chars().take(MAX_REASON_CHARS).collect()
}

/// What an action does.
pub(crate) fn action(action: &Action) -> String {
    let notice = |notice: bool| if notice { "with notice" } else { "without notice" };
    let sign = match action.indicator() {
        None => "",
        Some(Indicator::Shown) => ", with a sign in the session",
        Some(Indicator::Hidden) => ", without a sign in the session",
    };
    match action {
        Action::DoNotRecord {} => "do not record".to_owned(),
        Action::RecordEvents { notice: told, indicator: _ } => format!("record events only, {}{sign}", notice(*told)),
        Action::RecordScreen(Screen { notice: told, audio, lossy, hide, if_disturbed, indicator: _ }) => {
            let mut text = format!("record {}{sign}", notice(*told));
            for (asked, word) in [(*audio, ", with audio"), (*lossy, ", lossily")] {
                if asked {
                    text += word;
                }
            }
            if !hide.is_empty() {
                text += ", hiding ";
                text += &hide.names().collect::<Vec<_>>().join(", ");
            }
            text += match if_disturbed {
                IfDisturbed::Continue => "",
                IfDisturbed::Lock => ", locking the session if that is disturbed",
                IfDisturbed::LogOff => ", logging the user off if that is disturbed",
            };
            text
        }
    }
}

/// Why no rule decided.
pub(crate) fn no_rule(policy: &str, facts: &Facts<'_>) -> String {
    cut(&format!("no rule of policy “{policy}” holds for {} on {}: it is not recorded", facts.user, facts.machine))
}

/// Why these rules decided. They won, by name; `beaten` matched too and count less.
pub(crate) fn by_rules(
    policy: &str,
    action: &Action,
    winners: &[&Rule],
    beaten: &[&Rule],
    facts: &Facts<'_>,
) -> String {
    let Some((first, others)) = winners.split_first() else { return no_rule(policy, facts) };
    let because = because(&first.when, facts);
    let mut text = format!("rule “{}” of policy “{policy}”: {}, because {because}", first.name, self::action(action));
    if !others.is_empty() {
        text += &format!("; together with {}", names(others));
    }
    if !beaten.is_empty() {
        text += &format!("; this goes before {}", names(beaten));
    }
    cut(&text)
}

fn names(rules: &[&Rule]) -> String {
    let mut text = rules.iter().take(MAX_OTHERS).map(|rule| format!("“{}”", rule.name)).collect::<Vec<_>>().join(", ");
    if rules.len() > MAX_OTHERS {
        text += &format!(" and {} more", rules.len() - MAX_OTHERS);
    }
    text
}

/// One phrase for each criterion, about the first of its items that holds.
pub(crate) fn because(when: &Criteria, facts: &Facts<'_>) -> String {
    let mut phrases = Vec::new();
    if when.who().is_some() {
        phrases.push(who(when, facts));
    }
    if let (Some(_), Some(opened)) = (when.opened(), facts.opened) {
        phrases.push(format!("{opened} was opened"));
    }
    if when.place().is_some() {
        phrases.push(place(when, facts));
    }
    if let (Some(ranges), Some(address)) = (when.client(), facts.client_address) {
        let range = ranges.iter().find(|range| range.contains(address));
        phrases.push(format!("the client {address} is in {}", range.map_or("", |range| range.as_str())));
    }
    if let Some(tag) = when.tags().into_iter().flatten().find(|tag| facts.tags.iter().any(|own| own == tag.as_str())) {
        phrases.push(format!("the session is tagged {tag}"));
    }
    if let (Some(_), Some(time)) = (when.time(), facts.started) {
        phrases.push(format!("it began on {} at {:02}:{:02}", time.day.name(), time.minute / 60, time.minute % 60));
    }
    phrases.join(", ")
}

fn who(when: &Criteria, facts: &Facts<'_>) -> String {
    let by_name = when
        .who()
        .into_iter()
        .flatten()
        .any(|person| matches!(person, Person::User(name) if name.as_str() == facts.user));
    if by_name {
        return format!("the user is {}", facts.user);
    }
    let group = when.who().into_iter().flatten().find_map(|person| match person {
        Person::Group(name) if facts.groups.iter().any(|group| group == name.as_str()) => Some(name.as_str()),
        _ => None,
    });
    format!("{} is in the group {}", facts.user, group.unwrap_or_default())
}

fn place(when: &Criteria, facts: &Facts<'_>) -> String {
    let machine = facts.machine.to_lowercase();
    let by_name =
        when.place().into_iter().flatten().any(|place| matches!(place, Place::Machine(name) if name.matches(&machine)));
    if by_name {
        return format!("the machine is {}", facts.machine);
    }
    let group = when.place().into_iter().flatten().find_map(|place| match place {
        Place::DeliveryGroup(name) => {
            facts.delivery_groups.iter().find(|group| name.matches(&group.to_lowercase())).map(String::as_str)
        }
        Place::Machine(_) => None,
    });
    format!("{} is in the delivery group {}", facts.machine, group.unwrap_or_default())
}
