//! What became of sessions: how many that were to be recorded were, and which were not.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What became of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SessionOutcome {
    /// Recorded.
    Recorded,
    /// Recorded, with a time missing as its recorder ended or could not start at once.
    Interrupted,
    /// It was to be recorded and nothing was.
    Failed,
    /// Its machine has recorded it and the recording is not here, or nothing more was heard of it.
    Missing,
    /// It is only beginning: its user is being asked, for example.
    Beginning,
    /// Its user did not agree, or could not be asked, and was logged off.
    Declined,
    /// Recording is switched off on its machine.
    SwitchedOff,
    /// Nobody could say whether it is to be recorded: its machine knew no policy and could not ask.
    Undecided,
    /// The policy does not want it.
    NotWanted,
}

impl SessionOutcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Recorded,
        Self::Interrupted,
        Self::Failed,
        Self::Missing,
        Self::Beginning,
        Self::Declined,
        Self::SwitchedOff,
        Self::Undecided,
        Self::NotWanted,
    ];

    /// Its word, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Beginning => "beginning",
            Self::Declined => "declined",
            Self::SwitchedOff => "switched-off",
            Self::Undecided => "undecided",
            Self::NotWanted => "not-wanted",
        }
    }
}

/// How many sessions had which outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "SessionOutcome says what each is")]
pub struct OutcomeCounts {
    pub recorded: i64,
    pub interrupted: i64,
    pub failed: i64,
    pub missing: i64,
    pub beginning: i64,
    pub declined: i64,
    pub switched_off: i64,
    pub undecided: i64,
    pub not_wanted: i64,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingSuccessDay {
    /// When it began (Unix µs).
    pub day_us: i64,
    /// Sessions that began on it.
    pub sessions: OutcomeCounts,
}

/// Sessions that the active policy wanted recorded, against those that were: recorded and interrupted ones ÷ these, failed and
/// missing ones. Users who declined are no failures, and those whose sessions are beginning are not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingSuccess {
    /// All of the time asked for.
    pub sessions: OutcomeCounts,
    /// Its days, oldest first; those without a session are left out.
    pub days: Vec<RecordingSuccessDay>,
    /// When the oldest session began that is known of (Unix µs): 92 days are kept, and older agents do not tell.
    pub known_since_us: Option<i64>,
}

/// Query of `GET /api/v1/recording-success`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SuccessQuery {
    /// Only sessions that began at or after this moment (Unix µs); default 30 days ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Only sessions that began before this moment (Unix µs); default now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Minutes by which days begin before those of UTC: 60 in Berlin in winter. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = -840, maximum = 840)]
    pub offset_minutes: Option<i32>,
}

/// Query of `GET /api/v1/recording-success/sessions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OutcomeQuery {
    /// Only sessions that began at or after this moment (Unix µs); default 30 days ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Only sessions that began before this moment (Unix µs); default now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Outcomes with commas between; default `failed,missing,interrupted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<String>,
    /// How many at most; 1 to 500, default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// How many to skip; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// One session and what became of it. Its texts come from its machine and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionOutcomeItem {
    /// Opaque; of no other session.
    pub id: String,
    /// Id of its machine.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// Its user's login name.
    pub user: String,
    /// X display or terminal.
    pub display: Option<String>,
    /// When it was decided on first (Unix µs).
    pub began_us: i64,
    /// Whether it has ended.
    pub over: bool,
    /// What became of it.
    pub outcome: SessionOutcome,
    /// Why, in words.
    pub reason: String,
    /// The policy that decided; absent where none did.
    pub policy: Option<String>,
    /// The rule of that policy.
    pub rule: Option<String>,
    /// Its first recording.
    pub recording: Option<String>,
}

/// Sessions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionOutcomePage {
    /// The page.
    pub items: Vec<SessionOutcomeItem>,
    /// How many there are on all pages.
    pub total: i64,
}
