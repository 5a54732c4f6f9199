//! The event that stands in a recording where something was done in response to another, or was to be.

use recording::{Event, event_kinds as kinds};
use serde_json::Value;

use super::{Action, Came};

/// Characters of a name or description, and of a detail or a reason, that are taken from a recording: what policies may be called fits.
const NAME_CHARS: usize = 256;
const DETAIL_CHARS: usize = 512;
/// The outcome of a response that is the server's to do.
const ASKED_OF_SERVER: &str = "asked of the server";
const DONE: &str = "done";
const ALREADY: &str = "done: it was so already";
const REFUSED: &str = "refused: ";

/// What was done in response to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// What was to be done.
    pub action: Action,
    /// What came of it.
    pub came: Came,
    /// Why it was not done; empty where it was.
    pub why: String,
    /// The description of the trigger that was met.
    pub trigger: String,
    /// The kind of event that met it.
    pub of: String,
    /// That event in one line; empty where that is not told.
    pub detail: String,
    /// The rule and the policy that say so.
    pub rule: String,
    /// See `rule`.
    pub policy: String,
}

impl Response {
    /// As it stands in a recording.
    pub fn event(&self) -> Event {
        let outcome = match self.came {
            Came::Asked => ASKED_OF_SERVER.to_owned(),
            Came::Done => DONE.to_owned(),
            Came::Already => ALREADY.to_owned(),
            Came::Refused => format!("{REFUSED}{}", self.why),
        };
        Event::new(kinds::RESPONSE)
            .with("action", self.action.name())
            .with("outcome", outcome)
            .with("trigger", self.trigger.as_str())
            .with("of", self.of.as_str())
            .with("detail", self.detail.as_str())
            .with("rule", self.rule.as_str())
            .with("policy", self.policy.as_str())
            .with("text", self.action.response_text(&self.trigger, self.came, &self.why))
    }

    /// What such an event says; `None` where it is none, or says nothing that is known. It comes from a recorded machine: every text is cut and
    /// has no control characters.
    pub fn by(event: &Event) -> Option<Self> {
        let raw = |name: &str| event.fields.get(name).and_then(Value::as_str);
        let text = |name: &str, most: usize| one_line(raw(name).unwrap_or_default(), most);
        let action = *Action::ALL.iter().find(|action| Some(action.name()) == raw("action"))?;
        let (came, why) = match raw("outcome")? {
            ASKED_OF_SERVER => (Came::Asked, String::new()),
            DONE => (Came::Done, String::new()),
            ALREADY => (Came::Already, String::new()),
            outcome => (Came::Refused, one_line(outcome.strip_prefix(REFUSED)?, DETAIL_CHARS)),
        };
        (event.kind == kinds::RESPONSE).then(|| Self {
            action,
            came,
            why,
            trigger: text("trigger", NAME_CHARS),
            of: text("of", NAME_CHARS),
            detail: text("detail", DETAIL_CHARS),
            rule: text("rule", NAME_CHARS),
            policy: text("policy", NAME_CHARS),
        })
    }
}

fn one_line(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}
