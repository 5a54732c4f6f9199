//! What another policy would change: sessions decided on by it and by the active one, counted where the two differ.

use std::collections::BTreeMap;

use api::{ForecastChange, ForecastCounts, ForecastExample, ForecastGroup, ForecastKind};
use catalogue::PastSession;
use policy::{Action, Capabilities, Decision, Facts, PreparedPolicy};

/// Examples of one change.
const MOST_EXAMPLES: usize = 10;

/// Two policies, side by side.
pub struct Comparison {
    active: PreparedPolicy,
    other: PreparedPolicy,
}

/// What became of the sessions looked at so far.
#[derive(Debug, Default)]
pub struct Tally {
    sessions: i64,
    active: ForecastCounts,
    other: ForecastCounts,
    changes: BTreeMap<(u8, u8), ForecastChange>,
}

impl Comparison {
    /// The active policy and the one that may follow it.
    #[must_use]
    pub fn new(active: PreparedPolicy, other: PreparedPolicy) -> Self {
        Self { active, other }
    }

    /// Decides on one session by both.
    pub fn add(&self, session: &PastSession, tally: &mut Tally) {
        let facts = Facts::of(&session.facts, session.began_us);
        let active = self.active.decide(&facts).as_far_as(Capabilities::RECORDER);
        let other = self.other.decide(&facts).as_far_as(Capabilities::RECORDER);
        let (from, to) = (kind(&active.action), kind(&other.action));
        tally.sessions += 1;
        *field(&mut tally.active, from) += 1;
        *field(&mut tally.other, to) += 1;
        if from == to {
            return;
        }
        let change = tally.changes.entry((from as u8, to as u8)).or_insert_with(|| ForecastChange {
            from,
            to,
            sessions: 0,
            examples: Vec::new(),
        });
        change.sessions += 1;
        if change.examples.len() < MOST_EXAMPLES {
            change.examples.push(example(session, active, other));
        }
    }
}

impl From<Tally> for ForecastGroup {
    fn from(tally: Tally) -> ForecastGroup {
        let mut changes: Vec<_> = tally.changes.into_values().collect();
        changes.sort_by_key(|change| -change.sessions);
        ForecastGroup { sessions: tally.sessions, active: tally.active, other: tally.other, changes }
    }
}

fn example(session: &PastSession, active: Decision, other: Decision) -> ForecastExample {
    ForecastExample {
        user: session.facts.user.clone(),
        machine: session.facts.machine.clone(),
        began_us: session.began_us,
        reason_active: active.reason,
        reason_other: other.reason,
    }
}

fn kind(action: &Action) -> ForecastKind {
    match (action, action.tells()) {
        (Action::DoNotRecord {}, _) => ForecastKind::Nothing,
        (Action::RecordEvents { .. }, false) => ForecastKind::Events,
        (Action::RecordEvents { .. }, true) => ForecastKind::EventsWithNotice,
        (Action::RecordScreen(_), false) => ForecastKind::Screen,
        (Action::RecordScreen(_), true) => ForecastKind::ScreenWithNotice,
    }
}

fn field(counts: &mut ForecastCounts, kind: ForecastKind) -> &mut i64 {
    match kind {
        ForecastKind::ScreenWithNotice => &mut counts.screen_with_notice,
        ForecastKind::Screen => &mut counts.screen,
        ForecastKind::EventsWithNotice => &mut counts.events_with_notice,
        ForecastKind::Events => &mut counts.events,
        ForecastKind::Nothing => &mut counts.nothing,
    }
}
