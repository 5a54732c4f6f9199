//! What is done when something happens: triggers of a rule, and what they ask for.

mod condition;
mod evaluate;
mod response;
mod said;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

pub use condition::{Condition, InvalidCondition, MAX_TEXT_BYTES, Test};
pub use evaluate::PreparedTriggers;
pub use response::Response;
pub use said::{Came, Said};

/// Triggers of one rule.
pub const MAX_TRIGGERS: usize = 7;
/// Conditions of one trigger; all must hold.
pub const MAX_CONDITIONS: usize = 2;
/// Characters of a trigger's description.
pub const MAX_DESCRIPTION_CHARS: usize = 120;
/// Addresses that one rule writes to.
pub const MAX_RECIPIENTS: usize = 20;
/// For how long after a session's start nothing may be done, in seconds.
pub const PAUSE_SECONDS: RangeInclusive<u16> = 0..=300;
/// How much of the screen may be kept in memory for a trigger's recording to begin with, in seconds.
pub const BEFORE_SECONDS: RangeInclusive<u16> = 10..=120;
/// For how long the screen may be recorded after an event, in minutes.
pub const AFTER_MINUTES: RangeInclusive<u16> = 1..=1_440;
/// How long before it is locked out the user may be told so, in seconds.
pub const NOTICE_SECONDS: RangeInclusive<u16> = 0..=300;
/// The longest address of mail: RFC 5321, 4.5.3.1.3.
const MAX_ADDRESS_BYTES: usize = 254;

/// What is done in the sessions of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Responses {
    /// A mail when a session starts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub mail_at_start: bool,
    /// Who is written to, here and by triggers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub mail_to: Vec<String>,
    /// Each is looked at for every event.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub triggers: Vec<Trigger>,
    /// So long after a session's start nothing is done: [`PAUSE_SECONDS`].
    #[cfg_attr(feature = "schema", schema(required = false, maximum = 300, default = 0))]
    pub pause_seconds: u16,
    /// How much of the screen the recording that a trigger adds has from before the event: [`BEFORE_SECONDS`]; less counts as the least.
    /// So much is kept in memory meanwhile. Without it, none.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "before_seconds")]
    #[cfg_attr(feature = "schema", schema(required = false, minimum = 1, maximum = 120))]
    pub before_seconds: Option<u16>,
    /// How long the screen that a trigger adds is recorded after the last event: [`AFTER_MINUTES`]. Without it, to the session's end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(required = false, minimum = 1, maximum = 1_440))]
    pub after_minutes: Option<u16>,
    /// How long before a session is locked, logged off or disconnected its user is told: [`NOTICE_SECONDS`]. None: not at all.
    #[cfg_attr(feature = "schema", schema(required = false, maximum = 300, default = 0))]
    pub notice_seconds: u16,
}

impl Default for Responses {
    fn default() -> Self {
        Self {
            mail_at_start: false,
            mail_to: Vec::new(),
            triggers: Vec::new(),
            pause_seconds: *PAUSE_SECONDS.start(),
            before_seconds: None,
            after_minutes: None,
            notice_seconds: *NOTICE_SECONDS.start(),
        }
    }
}

fn before_seconds<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<u16>, D::Error> {
    // None at all is not little: whoever writes that is told.
    let at_least = |seconds: u16| if seconds == 0 { 0 } else { seconds.max(*BEFORE_SECONDS.start()) };
    Ok(Option::deserialize(source)?.map(at_least))
}

/// What has to happen, and what is done then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// What it is for, in words: 1 to [`MAX_DESCRIPTION_CHARS`] characters.
    pub description: String,
    /// The kind of event: a name of [`crate::KINDS`].
    pub event: String,
    /// What must be true of it: all, at most [`MAX_CONDITIONS`]. None: every event of the kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub conditions: Vec<Condition>,
    /// What is done: at least one.
    pub actions: Vec<Action>,
}

/// Something that is done when a trigger holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ResponseAction))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The rule's recipients are written to.
    Mail,
    /// The site's webhook is called.
    Webhook,
    /// The screen is recorded where only events were.
    RecordScreen,
    /// The session is locked.
    Lock,
    /// Its user is logged off.
    LogOff,
    /// Its client is disconnected.
    Disconnect,
}

impl Action {
    /// Every action.
    pub const ALL: &[Self] =
        &[Self::Mail, Self::Webhook, Self::RecordScreen, Self::Lock, Self::LogOff, Self::Disconnect];

    /// Their names.
    pub(crate) const NAMES: &[&str] = &[
        Self::Mail.name(),
        Self::Webhook.name(),
        Self::RecordScreen.name(),
        Self::Lock.name(),
        Self::LogOff.name(),
        Self::Disconnect.name(),
    ];

    /// Its name in documents and events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
            Self::RecordScreen => "record-screen",
            Self::Lock => "lock",
            Self::LogOff => "log-off",
            Self::Disconnect => "disconnect",
        }
    }
}

/// Responses that make no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidResponses {
    /// A number is out of its bounds.
    #[error("{name} is {value}; it must be {} to {}", .bounds.start(), .bounds.end())]
    OutOfBounds {
        /// The field.
        name: &'static str,
        /// What it says.
        value: u16,
        /// What it may say.
        bounds: RangeInclusive<u16>,
    },
    /// Too many triggers.
    #[error("a rule has at most {MAX_TRIGGERS} triggers, and this one has {0}")]
    Triggers(usize),
    /// Too many recipients.
    #[error("a rule writes to at most {MAX_RECIPIENTS} addresses, and this one has {0}")]
    Recipients(usize),
    /// Nobody can be written to there.
    #[error("“{0}” is no address that mail can be sent to")]
    Address(String),
    /// There is mail to send and nobody to send it to.
    #[error("mail is to be sent, and mail_to names nobody")]
    NoRecipient,
    /// A trigger makes no sense.
    #[error("trigger “{description}”: {error}")]
    Trigger {
        /// Which one.
        description: String,
        /// Why.
        error: InvalidTrigger,
    },
}

/// A trigger that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTrigger {
    /// It has no description, or too long a one.
    #[error("a description has 1 to {MAX_DESCRIPTION_CHARS} characters, none of them a control character")]
    Description,
    /// There is no such event.
    #[error("there are no events named “{0}”")]
    Event(String),
    /// Of what was done in response, or what is known too late: see [`Kind::can_trigger`].
    #[error("nothing can be done in response to events named “{0}”")]
    Untriggered(String),
    /// Too many conditions.
    #[error("a trigger has at most {MAX_CONDITIONS} conditions, and this one has {0}")]
    Conditions(usize),
    /// Nothing is done.
    #[error("it has no actions, or one of them twice")]
    Actions,
    /// A condition makes no sense.
    #[error(transparent)]
    Condition(#[from] InvalidCondition),
}

impl Responses {
    /// Whether nothing is ever done.
    pub fn is_none(&self) -> bool {
        !self.mail_at_start && self.triggers.is_empty()
    }

    /// Whether these are those that stand where none are written down.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether any trigger does this.
    pub fn asks_for(&self, action: Action) -> bool {
        self.triggers.iter().any(|trigger| trigger.actions.contains(&action))
    }

    /// Whether they make sense: what an agent is told and a policy's author wrote.
    ///
    /// # Errors
    /// The first thing that makes none.
    pub fn check(&self) -> Result<(), InvalidResponses> {
        let numbers = [
            ("pause_seconds", self.pause_seconds, PAUSE_SECONDS),
            ("before_seconds", self.before_seconds.unwrap_or(*BEFORE_SECONDS.start()), BEFORE_SECONDS),
            ("after_minutes", self.after_minutes.unwrap_or(*AFTER_MINUTES.start()), AFTER_MINUTES),
            ("notice_seconds", self.notice_seconds, NOTICE_SECONDS),
        ];
        if let Some((name, value, bounds)) = numbers.into_iter().find(|(_, value, bounds)| !bounds.contains(value)) {
            return Err(InvalidResponses::OutOfBounds { name, value, bounds });
        }
        if self.triggers.len() > MAX_TRIGGERS {
            return Err(InvalidResponses::Triggers(self.triggers.len()));
        }
        if self.mail_to.len() > MAX_RECIPIENTS {
            return Err(InvalidResponses::Recipients(self.mail_to.len()));
        }
        if let Some(address) = self.mail_to.iter().find(|address| !is_address(address)) {
            return Err(InvalidResponses::Address(address.clone()));
        }
        if self.mail_to.is_empty() && (self.mail_at_start || self.asks_for(Action::Mail)) {
            return Err(InvalidResponses::NoRecipient);
        }
        self.triggers.iter().try_for_each(|trigger| {
            let description = || trigger.description.chars().take(MAX_DESCRIPTION_CHARS).collect();
            trigger.check().map_err(|error| InvalidResponses::Trigger { description: description(), error })
        })
    }
}

impl Trigger {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// The first thing that makes none.
    pub fn check(&self) -> Result<(), InvalidTrigger> {
        let chars = self.description.chars().count();
        if !(1..=MAX_DESCRIPTION_CHARS).contains(&chars)
            || self.description.trim().is_empty()
            || self.description.contains(char::is_control)
        {
            return Err(InvalidTrigger::Description);
        }
        let kind = Kind::named(&self.event).ok_or_else(|| InvalidTrigger::Event(self.event.clone()))?;
        if !kind.can_trigger() {
            return Err(InvalidTrigger::Untriggered(self.event.clone()));
        }
        if self.conditions.len() > MAX_CONDITIONS {
            return Err(InvalidTrigger::Conditions(self.conditions.len()));
        }
        let mut actions = self.actions.clone();
        actions.sort_unstable();
        actions.dedup();
        if actions.is_empty() || actions.len() != self.actions.len() {
            return Err(InvalidTrigger::Actions);
        }
        self.conditions.iter().try_for_each(|condition| condition.check(kind).map_err(InvalidTrigger::from))
    }
}

/// Only a coarse look: whether somebody gets the mail shows when it is sent.
fn is_address(address: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| !c.is_control() && !c.is_whitespace() && !"<>,;:\"()[]\\@".contains(c))
    };
    address.len() <= MAX_ADDRESS_BYTES
        && address.split_once('@').is_some_and(|(mailbox, host)| is_part(mailbox) && is_part(host))
}
