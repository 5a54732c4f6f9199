//! What a recording's events ask the server to do: mail and webhook calls.

use recording::{Event, RawBlock};
use serde_json::Value;

/// So much is kept of one recording; what comes beyond is counted.
pub const MAX_ASKED: usize = 1_000;
/// Characters of a name or description, and of a detail.
const NAME_CHARS: usize = 120;
const DETAIL_CHARS: usize = 300;

/// The outcome of a response that is the server's to do.
const ASKED_OF_SERVER: &str = "asked of the server";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AskedAction {
    /// People are written to.
    Mail,
    /// The site's webhook is called.
    Webhook,
}

/// Something that an event asks for. All of it comes from the recorded machine: nothing of it says who is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Where the event's block begins in the recording; with the time it names the event.
    pub offset: u64,
    /// When, microseconds since the recording's start.
    pub time_us: u64,
    /// What.
    pub action: AskedAction,
    /// The description of the trigger that was met.
    pub trigger: String,
    /// The kind of event that met it.
    pub of: String,
    /// That event in one line.
    pub detail: String,
    /// The rule and the policy that say so.
    pub rule: String,
    /// See `rule`.
    pub policy: String,
    /// How many events it stands for.
    pub count: u64,
}

impl Asked {
    /// What an event asks for, if it asks the server for anything.
    pub(crate) fn by(block: &RawBlock, event: &Event) -> Option<Self> {
        let text = |name: &str, most: usize| {
            let text = event.fields.get(name).and_then(Value::as_str).unwrap_or_default();
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect::<String>()
        };
        // What the agent has refused is told in the same way.
        if event.fields.get("outcome").and_then(Value::as_str) != Some(ASKED_OF_SERVER) {
            return None;
        }
        let action = match event.fields.get("action").and_then(Value::as_str)? {
            "mail" => AskedAction::Mail,
            "webhook" => AskedAction::Webhook,
            _ => return None,
        };
        Some(Self {
            offset: block.offset,
            time_us: block.time_us,
            action,
            trigger: text("trigger", NAME_CHARS),
            of: text("of", NAME_CHARS),
            detail: text("detail", DETAIL_CHARS),
            rule: text("rule", NAME_CHARS),
            policy: text("policy", NAME_CHARS),
            count: event.fields.get("count").and_then(Value::as_u64).unwrap_or(1).max(1),
        })
    }
}

/// Everything that a recording's events ask for, in their order.
#[derive(Debug, Clone, Default)]
pub struct AllAsked {
    listed: Vec<Asked>,
    left_out: u64,
}

impl AllAsked {
    /// The first [`MAX_ASKED`].
    #[must_use]
    pub fn listed(&self) -> &[Asked] {
        &self.listed
    }

    /// How many come beyond those.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(crate) fn note(&mut self, asked: Asked) {
        if self.listed.len() < MAX_ASKED {
            self.listed.push(asked);
        } else {
            self.left_out += 1;
        }
    }
}
