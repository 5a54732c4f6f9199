//! What is done, and what is expected to be told of it.

use std::time::Duration;

use recording::Event;
use serde_json::Value;

use super::scene::Scene;

/// An event that is told at once may be so far from what it tells of.
pub const NEAR: Duration = Duration::from_millis(500);

/// Clocks that are one may differ by so much when an event is held against the moment before which it cannot have been.
pub const EARLY: Duration = Duration::from_millis(50);

/// Instead of words: the event has no such field.
pub const NOT_THERE: &str = "-";

/// Something that is done. It is over when what it does can be seen, so that what is told of it can be held against a moment.
pub struct Deed {
    pub what: &'static str,
    pub how: Does,
    pub told: &'static [Told],
}

/// How it is done.
#[derive(Clone, Copy)]
pub enum Does {
    /// By a shell of the session, with the variables of [`Scene::environment`].
    Shell(&'static str),
    /// By a shell of the machine's administrator, with the same.
    Root(&'static str),
    /// With the keyboard of the computer that the user sits at.
    Key(&'static str),
    /// Otherwise.
    By(fn(&mut Scene) -> anyhow::Result<()>),
}

/// An event that is expected: its kind, what its fields hold, and when it is told.
///
/// A field holds the words given; with `…` before them it ends with these, without any it is there and not empty, and with [`NOT_THERE`] it is not.
/// Words in braces stand for what [`Scene::in_words`] says.
pub struct Told(pub &'static str, pub &'static [(&'static str, &'static str)], pub When);

/// When it is told, by the recording's own clock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// While the deed is done, or [`NEAR`] to it.
    AtOnce,
    /// So many milliseconds later at most, and [`NEAR`] to them: docs/agent.md says that it takes time to be known.
    Within(u64),
}

impl When {
    /// How long after the end of the deed it may be told.
    pub fn latest(self) -> Duration {
        match self {
            Self::AtOnce => NEAR,
            Self::Within(milliseconds) => Duration::from_millis(milliseconds) + NEAR,
        }
    }
}

impl Told {
    /// Whether this is the event.
    pub fn is(&self, event: &Event, scene: &Scene) -> bool {
        let holds = |(field, wanted): &(&str, &str)| match event.fields.get(*field) {
            Some(value) => fits(value, &scene.in_words(wanted)),
            None => *wanted == NOT_THERE,
        };
        event.kind == self.0 && self.1.iter().all(holds)
    }
}

fn fits(value: &Value, wanted: &str) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("{} of them", values.len()),
        other => other.to_string(),
    };
    match wanted.strip_prefix('…') {
        Some(end) => text.ends_with(end),
        None => (wanted.is_empty() && !text.is_empty()) || text == wanted,
    }
}
