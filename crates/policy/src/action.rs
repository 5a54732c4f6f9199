//! What a rule does with a session.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::document_error::DocumentError;
use crate::items::MAX_ITEMS;
use crate::text::Name;

/// What is recorded. Options stand only where they mean something: what changes the picture goes with the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyAction))]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// Nothing.
    DoNotRecord {},
    /// What happens, without a picture.
    RecordEvents {
        /// Whether the user is told.
        notice: bool,
        /// Whether the sign in the session says so; if that is not said, it does where the user is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(nullable = false))]
        indicator: Option<Indicator>,
    },
    /// The screen.
    RecordScreen(Screen),
}

/// The plain screen.
impl Default for Action {
    fn default() -> Self {
        Self::RecordScreen(Screen::default())
    }
}

/// How the screen is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyScreen))]
#[serde(deny_unknown_fields)]
pub struct Screen {
    /// Whether the user is told.
    pub notice: bool,
    /// What is heard is recorded too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub audio: bool,
    /// Few pictures a second, not exact: for small files.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// Programs whose windows are covered before anything is recorded.
    #[serde(default, skip_serializing_if = "Hidden::is_empty")]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>, required = false))]
    pub hide: Hidden,
    /// What is done with a session that keeps from being recorded.
    #[serde(default, skip_serializing_if = "IfDisturbed::is_default")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub if_disturbed: IfDisturbed,
    /// Whether the sign in the session says that it is recorded; if that is not said, it does where the user is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub indicator: Option<Indicator>,
}

/// Whether a small sign in the session says that it is recorded, whatever its user is told. The greater of several holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyIndicator))]
#[serde(rename_all = "kebab-case")]
pub enum Indicator {
    /// It does, also where the recording is silent.
    Shown,
    /// It does not, also where the user is told.
    Hidden,
}

/// What is done with a session whose recording is disturbed: its programs ended the recorder's connection, or kept it from seeing
/// anything for so long that it is no accident. What was missed is declared in any case. The greatest of several holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = PolicyIfDisturbed))]
#[serde(rename_all = "kebab-case")]
pub enum IfDisturbed {
    /// It goes on; the operator is told.
    #[default]
    Continue,
    /// It is locked; where that cannot be done, its user is logged off.
    Lock,
    /// Its user is logged off.
    LogOff,
}

impl IfDisturbed {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Programs to hide: a set, so that the order of rules leaves no trace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Name>")]
pub struct Hidden(BTreeSet<Name>);

/// Too many programs to hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one rule hides at most {MAX_ITEMS} applications")]
pub struct TooMany;

impl TryFrom<Vec<Name>> for Hidden {
    type Error = TooMany;

    fn try_from(names: Vec<Name>) -> Result<Self, TooMany> {
        if names.len() <= MAX_ITEMS { Ok(Self(names.into_iter().collect())) } else { Err(TooMany) }
    }
}

impl Hidden {
    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The programs' names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Name::as_str)
    }

    fn add(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }
}

/// Which action wins where several rules match: the greatest does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Events only, without notice.
    EventsWithoutNotice,
    /// The screen, without notice.
    ScreenWithoutNotice,
    /// Events only, with notice.
    EventsWithNotice,
    /// The screen, with notice.
    ScreenWithNotice,
    /// Nothing.
    DoNotRecord,
}

impl Action {
    /// Whether anything is recorded.
    pub fn records(&self) -> bool {
        !matches!(self, Self::DoNotRecord {})
    }

    /// Whether the user is told.
    pub fn tells(&self) -> bool {
        matches!(self, Self::RecordEvents { notice: true, .. } | Self::RecordScreen(Screen { notice: true, .. }))
    }

    /// What it says of the sign in the session, if anything.
    pub fn indicator(&self) -> Option<Indicator> {
        match self {
            Self::DoNotRecord {} => None,
            Self::RecordEvents { indicator, .. } | Self::RecordScreen(Screen { indicator, .. }) => *indicator,
        }
    }

    /// Whether the sign in the session says that it is recorded: who is told has one, and nobody else, unless it says otherwise.
    pub fn shows_indicator(&self) -> bool {
        self.indicator().map_or(self.tells(), |indicator| indicator == Indicator::Shown)
    }

    /// As it stands in documents, on one line.
    pub fn to_json(&self) -> String {
        // Names and switches always are JSON; an empty text is read as no action by nobody.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Action::to_json`] wrote.
    ///
    /// # Errors
    /// It is no action of this version. Whoever cannot read an action must not record by it.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        serde_json::from_str(text).map_err(|error| DocumentError::whole(error.to_string()))
    }

    /// Its place among actions.
    pub fn rank(&self) -> Rank {
        match self {
            Self::DoNotRecord {} => Rank::DoNotRecord,
            Self::RecordScreen(Screen { notice: true, .. }) => Rank::ScreenWithNotice,
            Self::RecordEvents { notice: true, .. } => Rank::EventsWithNotice,
            Self::RecordScreen(Screen { notice: false, .. }) => Rank::ScreenWithoutNotice,
            Self::RecordEvents { notice: false, .. } => Rank::EventsWithoutNotice,
        }
    }

    /// What this action and another one of the same rank do together: what is hidden adds up, audio and lossy need both,
    /// and the stricter answer to disturbances holds. Of the sign counts what one of them says; hidden goes before shown.
    pub(crate) fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::RecordScreen(own), Self::RecordScreen(other)) => {
                own.audio &= other.audio;
                own.lossy &= other.lossy;
                own.hide.add(&other.hide);
                own.if_disturbed = own.if_disturbed.max(other.if_disturbed);
                own.indicator = own.indicator.max(other.indicator);
            }
            (Self::RecordEvents { indicator: own, .. }, Self::RecordEvents { indicator: other, .. }) => {
                *own = (*own).max(*other);
            }
            _ => {}
        }
    }
}
