//! What was done in response to events, over all recordings.

use events::Action;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What came of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResponseOutcome {
    /// It was done.
    Done,
    /// The server was asked to do it.
    Asked,
    /// It was not done.
    Refused,
}

/// Query of `GET /api/v1/responses`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResponseQuery {
    /// Not before this moment (Unix µs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Before this moment (Unix µs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Words that must all occur in text, detail, rule, policy, user or machine; any case; at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Only this was to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub action: Option<Action>,
    /// Only this came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub outcome: Option<ResponseOutcome>,
    /// Minutes by which the caller's clock is ahead of UTC, for days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = -1440, maximum = 1440)]
    pub offset_minutes: Option<i32>,
    /// How many at most; 1 to 500, default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// How many to skip; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// A response. Its texts come from the recorded machine and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResponseItem {
    /// The recording that it stands in.
    pub recording: String,
    /// When, in µs since the recording's start.
    pub time_us: i64,
    /// When (Unix µs).
    pub at_us: i64,
    /// Who was recorded.
    pub user: String,
    /// On which machine.
    pub machine: String,
    /// What was to be done; absent where another version's words say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// What came of it; absent like `action`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ResponseOutcome>,
    /// The description of the trigger that was met; absent like `action`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The kind of event that met it; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// That event in one line; absent where it is not known or not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The rule that said so, by its name then; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The policy that the rule was of, by its name then; absent like `rule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The whole in a sentence.
    pub text: String,
}

/// How much was done on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResponseDay {
    /// When the day began (Unix µs).
    pub start_us: i64,
    /// What was to be done; absent where another version's words say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// How often.
    pub count: i64,
}

/// A page of responses, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResponsePage {
    /// Those of this page.
    pub items: Vec<ResponseItem>,
    /// How many match in all.
    pub total: i64,
    /// All that match, by day and action; days without any are left out.
    pub days: Vec<ResponseDay>,
}
