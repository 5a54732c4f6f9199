//! What stands in recordings of what was done in response, in words, and what it was by these words. An index and a catalogue have nothing but
//! an event's text.

use super::Action;

/// What follows where it was so before.
const ALREADY: &str = " already";

/// What came of something that was to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Came {
    /// It was done.
    Done,
    /// It was so before.
    Already,
    /// The server is asked to do it.
    Asked,
    /// It was not.
    Refused,
}

/// What a text says was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// The description of the trigger that was met.
    pub trigger: &'a str,
    /// What was to be done.
    pub action: Action,
    /// Whether it was.
    pub came: Came,
    /// Why not; empty where it was.
    pub why: &'a str,
}

impl Action {
    /// What is said where it was done, or the server was asked to.
    pub const fn done_words(self) -> &'static str {
        match self {
            Self::Mail => "a mail was asked for",
            Self::Webhook => "the webhook was asked for",
            Self::RecordScreen => "the screen is recorded",
            Self::Lock => "the session was locked",
            Self::LogOff => "its user is logged off",
            Self::Disconnect => "its client was disconnected",
        }
    }

    /// What is said where it was not.
    pub const fn refused_words(self) -> &'static str {
        match self {
            Self::Mail => "no mail was asked for",
            Self::Webhook => "the webhook was not asked for",
            Self::RecordScreen => "the screen is not recorded for it",
            Self::Lock => "the session was not locked",
            Self::LogOff => "its user was not logged off",
            Self::Disconnect => "its client was not disconnected",
        }
    }

    /// What stands in the recording: the trigger, and what was done, or why it was not.
    pub fn response_text(self, trigger: &str, came: Came, why: &str) -> String {
        match came {
            Came::Done | Came::Asked => format!("“{trigger}”: {}", self.done_words()),
            Came::Already => format!("“{trigger}”: {}{ALREADY}", self.done_words()),
            Came::Refused => format!("“{trigger}”: {}: {why}", self.refused_words()),
        }
    }

    const fn is_of_server(self) -> bool {
        matches!(self, Self::Mail | Self::Webhook)
    }
}

impl<'a> Said<'a> {
    /// What such a text says; `None` where it is no such text. It comes from a recorded machine.
    pub fn by(text: &'a str) -> Option<Self> {
        let quoted = text.strip_prefix('“')?;
        Action::ALL.iter().find_map(|action| Self::of(quoted, *action))
    }

    fn of(quoted: &'a str, action: Action) -> Option<Self> {
        let done = |text: &'a str| text.strip_suffix(action.done_words())?.strip_suffix("”: ");
        let came = if action.is_of_server() { Came::Asked } else { Came::Done };
        let already = quoted.strip_suffix(ALREADY).and_then(done).map(|trigger| (trigger, Came::Already));
        if let Some((trigger, came)) = done(quoted).map(|trigger| (trigger, came)).or(already) {
            return Some(Self { trigger, action, came, why: "" });
        }
        let (trigger, why) = quoted.split_once(&format!("”: {}: ", action.refused_words()))?;
        Some(Self { trigger, action, came: Came::Refused, why })
    }
}
