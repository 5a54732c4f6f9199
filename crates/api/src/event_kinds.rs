//! Kinds of events: what rules of detection policies can ask about, so that nobody who writes them need know it by heart.

use std::ops::RangeInclusive;

use events::{Action, Dimension, KINDS, Kind, Values};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a field of an event holds: which tests conditions can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventValues {
    /// Any text: includes, equals, matches.
    Text,
    /// A number that is not negative: greater, smaller, between.
    Number,
    /// One of the words: is.
    Choice,
}

/// A field of an event that conditions can be about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventDimension {
    /// The field's name.
    pub field: String,
    /// What it holds.
    pub values: EventValues,
    /// The words of a choice; else none.
    pub words: Vec<String>,
}

/// A kind of event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventKind {
    /// Its word in recordings and triggers.
    pub name: String,
    /// What conditions can be about.
    pub dimensions: Vec<EventDimension>,
    /// The field of a rule's `log` that asks for it; absent: it is always logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logged_by: Option<String>,
    /// Whether a trigger about it can do something.
    pub triggers: bool,
}

/// The least and the most that a number may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "each name says it")]
pub struct Bounds {
    pub least: u16,
    pub most: u16,
}

/// How much a rule can say of responses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResponseBounds {
    /// Triggers of a rule.
    pub triggers: u32,
    /// Conditions of a trigger.
    pub conditions: u32,
    /// Characters of a trigger's description.
    pub description_chars: u32,
    /// Addresses that a rule writes to.
    pub recipients: u32,
    /// `pause_seconds`.
    pub pause_seconds: Bounds,
    /// `before_seconds`, where it is said.
    pub before_seconds: Bounds,
    /// `after_minutes`, where it is said.
    pub after_minutes: Bounds,
    /// `notice_seconds`.
    pub notice_seconds: Bounds,
}

/// Every kind of event that rules can ask about, and what can be done in response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventKindList {
    /// In the order in which people are shown them.
    pub items: Vec<EventKind>,
    /// What triggers can do.
    #[schema(value_type = Vec<Action>)]
    pub actions: Vec<Action>,
    /// How much can be said.
    pub bounds: ResponseBounds,
}

impl EventKindList {
    /// What this version knows.
    #[must_use]
    pub fn known() -> Self {
        Self { items: KINDS.iter().map(item).collect(), actions: Action::ALL.to_vec(), bounds: bounds() }
    }
}

fn item(kind: &Kind) -> EventKind {
    EventKind {
        name: kind.name.to_owned(),
        dimensions: kind.dimensions.iter().map(dimension).collect(),
        logged_by: kind.logged_by.map(ToOwned::to_owned),
        triggers: kind.can_trigger() && kind.is_in_time(),
    }
}

fn dimension(Dimension { field, values }: &Dimension) -> EventDimension {
    let (values, words) = match values {
        Values::Text => (EventValues::Text, Vec::new()),
        Values::Number => (EventValues::Number, Vec::new()),
        Values::Choice(words) => (EventValues::Choice, words.iter().map(|word| (*word).to_owned()).collect()),
    };
    EventDimension { field: (*field).to_owned(), values, words }
}

fn bounds() -> ResponseBounds {
    let count = |most: usize| u32::try_from(most).unwrap_or(u32::MAX);
    let of = |range: RangeInclusive<u16>| Bounds { least: *range.start(), most: *range.end() };
    ResponseBounds {
        triggers: count(events::MAX_TRIGGERS),
        conditions: count(events::MAX_CONDITIONS),
        description_chars: count(events::MAX_DESCRIPTION_CHARS),
        recipients: count(events::MAX_RECIPIENTS),
        pause_seconds: of(events::PAUSE_SECONDS),
        before_seconds: of(events::BEFORE_SECONDS),
        after_minutes: of(events::AFTER_MINUTES),
        notice_seconds: of(events::NOTICE_SECONDS),
    }
}
