//! What the recorder of this version can do of what policies can say. The one place to change when it learns something:
//! the interface refuses and the console leaves out what is not here.

use crate::action::{Action, Screen};
use crate::custom::{Custom, Rule};

/// Something that a policy can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Telling the user.
    Notice,
    /// Recording what happens without a picture.
    EventsOnly,
    /// Recording what is heard.
    Audio,
    /// Recording for small files.
    Lossy,
    /// Covering windows.
    HideApplications,
    /// Recordings that users start.
    UserStart,
    /// Knowing which application or desktop was opened first.
    Opened,
    /// Knowing the address that the user comes from.
    Client,
}

impl Feature {
    /// Every feature.
    pub const ALL: &[Self] = &[
        Self::Notice,
        Self::EventsOnly,
        Self::Audio,
        Self::Lossy,
        Self::HideApplications,
        Self::UserStart,
        Self::Opened,
        Self::Client,
    ];

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::EventsOnly => "events-only",
            Self::Audio => "audio",
            Self::Lossy => "lossy",
            Self::HideApplications => "hide-applications",
            Self::UserStart => "user-start",
            Self::Opened => "opened",
            Self::Client => "client",
        }
    }

    /// What it is, so that "… is not possible yet" can follow.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Notice => "recording with notice",
            Self::EventsOnly => "recording events only",
            Self::Audio => "recording audio",
            Self::Lossy => "lossy recording",
            Self::HideApplications => "hiding applications",
            Self::UserStart => "recording started by users",
            Self::Opened => "deciding by the application or desktop opened",
            Self::Client => "deciding by the client's address",
        }
    }
}

/// What recorders can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(&'static [Feature]);

/// A rule asks for something that recorders cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{} is not possible yet", .rule.as_ref().map(|name| format!("rule “{name}”: ")).unwrap_or_default(), .feature.words())]
pub struct NotYet {
    /// Which rule asks; `None` for a built-in policy.
    pub rule: Option<String>,
    /// What for.
    pub feature: Feature,
}

impl Capabilities {
    /// What the recorder of this version can do.
    pub const RECORDER: Self = Self(&[
        Feature::Notice,
        Feature::EventsOnly,
        Feature::HideApplications,
        Feature::UserStart,
        Feature::Opened,
        Feature::Client,
    ]);
    /// Everything that policies can say; for tests of what is to come.
    pub const EVERYTHING: Self = Self(Feature::ALL);

    /// Whether it can do this.
    pub fn has(self, feature: Feature) -> bool {
        self.0.contains(&feature)
    }

    /// What it cannot do.
    pub fn missing(self) -> impl Iterator<Item = Feature> {
        Feature::ALL.iter().copied().filter(move |feature| !self.has(*feature))
    }

    /// Whether it can do what an action says.
    ///
    /// # Errors
    /// The first thing that it cannot.
    pub fn check_action(self, action: &Action) -> Result<(), Feature> {
        let asked: &[(bool, Feature)] = match action {
            Action::DoNotRecord {} => &[],
            Action::RecordEvents { notice, indicator: _ } => &[(true, Feature::EventsOnly), (*notice, Feature::Notice)],
            Action::RecordScreen(Screen { notice, audio, lossy, hide, if_disturbed: _, indicator: _ }) => &[
                (*notice, Feature::Notice),
                (*audio, Feature::Audio),
                (*lossy, Feature::Lossy),
                (!hide.is_empty(), Feature::HideApplications),
            ],
        };
        self.first_missing(asked)
    }

    /// Whether it can do what every rule says, and knows what every rule looks at.
    ///
    /// # Errors
    /// The first rule that asks for too much.
    pub fn check(self, policy: &Custom) -> Result<(), NotYet> {
        policy.rules().iter().try_for_each(|rule| {
            self.check_rule(rule).map_err(|feature| NotYet { rule: Some(rule.name.to_string()), feature })
        })
    }

    fn check_rule(self, rule: &Rule) -> Result<(), Feature> {
        self.check_action(&rule.action)?;
        self.first_missing(&[
            (rule.user_may_start, Feature::UserStart),
            (rule.when.opened().is_some(), Feature::Opened),
            (rule.when.client().is_some(), Feature::Client),
        ])
    }

    fn first_missing(self, asked: &[(bool, Feature)]) -> Result<(), Feature> {
        let missing = asked.iter().find(|(wanted, feature)| *wanted && !self.has(*feature));
        missing.map_or(Ok(()), |(_, feature)| Err(*feature))
    }
}
