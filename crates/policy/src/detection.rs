//! Detection policies: which events of a session are logged. The rules look at the same as those of recording policies; here their
//! order counts.

use std::str::FromStr;

use events::{Logging, Responses};
use serde::{Deserialize, Serialize};

use crate::criteria::Criteria;
use crate::custom::{AnyRule, Document};
use crate::facts::Facts;
use crate::handed_out::Unreadable;
use crate::index::Index;
use crate::text::Title;
use crate::words;

/// One rule: what is logged of the sessions that meet its criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DetectionRule {
    /// Its name, once in a policy.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub name: Title,
    /// What is logged.
    pub log: Logging,
    /// What is done when something happens.
    #[serde(default, skip_serializing_if = "Responses::is_default")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub respond: Responses,
    /// Of which sessions.
    pub when: Criteria,
}

impl AnyRule for DetectionRule {
    fn name(&self) -> &Title {
        &self.name
    }

    fn when(&self) -> &Criteria {
        &self.when
    }

    fn check(&self) -> Result<(), String> {
        self.respond.check().map_err(|error| error.to_string())
    }
}

/// A detection policy that an administrator wrote. Its rules stand oldest first; of those that hold for a session the first decides.
pub type CustomDetection = Document<DetectionRule>;

/// What is logged where no administrator's policy says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BuiltInDetection {
    /// No policy is active: each machine's own settings decide.
    #[default]
    MachineSettings,
    /// Nothing is logged but what always is.
    LogNothing,
}

impl BuiltInDetection {
    /// Every one.
    pub const ALL: &[Self] = &[Self::MachineSettings, Self::LogNothing];

    /// The name it has in documents and settings. Never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MachineSettings => "machine-settings",
            Self::LogNothing => "log-nothing",
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::MachineSettings => "Each machine's own settings",
            Self::LogNothing => "Log nothing",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|policy| policy.name() == name)
    }

    /// Whether a policy of this name would be taken for one of these.
    pub fn claims(name: &str) -> bool {
        let is = |own: &str| name.to_lowercase() == own.to_lowercase();
        Self::ALL.iter().any(|policy| is(policy.name()) || is(policy.title()))
    }
}

/// A detection policy for a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetectionPolicy {
    /// One that cannot be changed.
    BuiltIn(BuiltInDetection),
    /// One that an administrator wrote.
    Custom(CustomDetection),
}

impl Default for DetectionPolicy {
    fn default() -> Self {
        Self::BuiltIn(BuiltInDetection::default())
    }
}

impl DetectionPolicy {
    /// The name that people know it by.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(policy) => policy.title(),
            Self::Custom(policy) => policy.name().as_str(),
        }
    }

    /// As agents are told it: a built-in policy's name, or another one's JSON on one line.
    pub fn document(&self) -> String {
        match self {
            Self::BuiltIn(policy) => policy.name().to_owned(),
            Self::Custom(policy) => policy.to_json(),
        }
    }
}

impl FromStr for DetectionPolicy {
    type Err = Unreadable;

    fn from_str(document: &str) -> Result<Self, Unreadable> {
        if document.starts_with('{') {
            return Ok(Self::Custom(CustomDetection::from_json(document)?));
        }
        let policy = BuiltInDetection::named(document).map(Self::BuiltIn);
        policy.ok_or_else(|| Unreadable::unknown(document))
    }
}

/// What is logged of a session, and what made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection<'a> {
    /// The rule that decided; `None` where none holds, or no policy is active.
    pub rule: Option<&'a DetectionRule>,
    /// Whether the machine's own settings say it.
    pub by_machine: bool,
    /// Why, in words.
    pub reason: String,
}

impl Detection<'_> {
    /// What is logged, where the machine's own settings are these.
    pub fn logging(&self, own: &Logging) -> Logging {
        match self.rule {
            _ if self.by_machine => own.clone(),
            Some(rule) => rule.log.clone(),
            None => Logging::default(),
        }
    }

    /// What is done, and the rule that says so. Machines' own settings say nothing of it.
    pub fn responses(&self) -> Option<(&Title, &Responses)> {
        self.rule.map(|rule| (&rule.name, &rule.respond)).filter(|(_, responses)| !responses.is_none())
    }
}

/// A detection policy that is ready to be asked about many sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedDetection {
    policy: DetectionPolicy,
    index: Index,
}

impl Default for PreparedDetection {
    fn default() -> Self {
        Self::new(DetectionPolicy::default())
    }
}

impl PreparedDetection {
    /// Makes a policy ready.
    pub fn new(policy: DetectionPolicy) -> Self {
        let index = match &policy {
            DetectionPolicy::BuiltIn(_) => Index::new::<DetectionRule>(&[]),
            DetectionPolicy::Custom(policy) => Index::new(policy.rules()),
        };
        Self { policy, index }
    }

    /// The policy.
    pub fn policy(&self) -> &DetectionPolicy {
        &self.policy
    }

    /// What is logged of one session: what the oldest rule says that holds for it. Without one nothing is.
    pub fn decide(&self, facts: &Facts<'_>) -> Detection<'_> {
        let name = self.policy.name();
        let policy = match &self.policy {
            DetectionPolicy::BuiltIn(policy) => {
                let by_machine = *policy == BuiltInDetection::MachineSettings;
                let reason = if by_machine {
                    "no detection policy is active: the machine's own settings say what is logged".to_owned()
                } else {
                    format!("policy “{name}”: nothing is logged of any session")
                };
                return Detection { rule: None, by_machine, reason };
            }
            DetectionPolicy::Custom(policy) => policy,
        };
        let matching = self.index.matching(policy.rules(), facts);
        let mut matching = matching.into_iter().filter_map(|number| policy.rules().get(number));
        let Some(rule) = matching.next() else {
            let reason =
                format!("no rule of policy “{name}” holds for {} on {}: nothing is logged", facts.user, facts.machine);
            return Detection { rule: None, by_machine: false, reason: words::cut(&reason) };
        };
        let later = matching.count();
        let mut reason =
            format!("rule “{}” of policy “{name}”, because {}", rule.name, words::because(&rule.when, facts));
        if later > 0 {
            reason += &format!("; it is the oldest of {} that hold", later + 1);
        }
        Detection { rule: Some(rule), by_machine: false, reason: words::cut(&reason) }
    }
}
