//! What becomes of a session, and why.

use crate::action::{Action, Screen};
use crate::capabilities::Capabilities;
use crate::words;

/// Characters of a reason.
pub const MAX_REASON_CHARS: usize = 900;

/// Rules that a decision names.
pub const MAX_NAMED_RULES: usize = 32;

/// Whether a session is recorded and how, and what made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// Whether the user may start a recording of the own session.
    pub user_may_start: bool,
    /// Name of the policy that decided.
    pub policy: String,
    /// Name of the rule within it: of several that decided together, the first by name. `None` when no rule matched.
    pub rule: Option<String>,
    /// Names of the rules that decided together, by name; of more than [`MAX_NAMED_RULES`] the first ones.
    pub rules: Vec<String>,
    /// The same in words, for people; at most [`MAX_REASON_CHARS`].
    pub reason: String,
}

impl Decision {
    /// Whether anything is recorded.
    pub fn record(&self) -> bool {
        self.action.records()
    }

    /// What recorders that can do only so much make of it. What they cannot do as decided they do not do at all: a recording
    /// without its notice, or with a window that was to be hidden, would be worse than none.
    #[must_use]
    pub fn as_far_as(self, capabilities: Capabilities) -> Self {
        match capabilities.check_action(&self.action) {
            Ok(()) => self,
            Err(feature) => {
                let reason =
                    format!("nothing is recorded, as {} is not possible yet; {}", feature.words(), self.reason);
                Self { action: Action::DoNotRecord {}, reason: words::cut(&reason), ..self }
            }
        }
    }
}

/// The decision where no policy is known: the server could not be asked and never was before.
/// `record` is the machine's own setting for this case; its default is not to record.
pub fn without_policy(record: bool) -> Decision {
    Decision {
        action: if record { Action::RecordScreen(Screen::default()) } else { Action::DoNotRecord {} },
        user_may_start: false,
        policy: "no policy known".to_owned(),
        rule: None,
        rules: Vec::new(),
        reason: format!(
            "the server could not be asked and no policy is known yet; this machine is set to {} then",
            if record { "record" } else { "record nothing" }
        ),
    }
}
