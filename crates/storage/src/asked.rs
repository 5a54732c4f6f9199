//! What a recording's events ask the server to do: mail and webhook calls.

use events::{Action, Came, Response};
use recording::{Event, RawBlock};
use serde_json::Value;

/// So much is kept of one recording; what comes beyond is counted.
pub const MAX_ASKED: usize = 1_000;

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
    /// What the event says of it.
    pub response: Response,
    /// How many events it stands for.
    pub count: u64,
}

impl Asked {
    /// What an event asks for, if it asks the server for anything.
    pub(crate) fn by(block: &RawBlock, event: &Event) -> Option<Self> {
        // What the agent has refused is told in the same way.
        let response = Response::by(event).filter(|response| response.came == Came::Asked)?;
        let action = match response.action {
            Action::Mail => AskedAction::Mail,
            Action::Webhook => AskedAction::Webhook,
            _ => return None,
        };
        let count = event.fields.get("count").and_then(Value::as_u64).unwrap_or(1).max(1);
        Some(Self { offset: block.offset, time_us: block.time_us, action, response, count })
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
