//! Policies: which sessions are recorded, and how.

use policy::Weekday;
use policy::schemas::PolicyDocument;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A policy as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyItem {
    /// Its identity: a built-in policy's name, or 32 digits.
    pub id: String,
    /// Its name for people; a built-in policy's in English.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is built in: then it cannot be changed.
    pub built_in: bool,
    /// Whether it decides now.
    pub active: bool,
    /// How many rules it has; none where it is built in.
    pub rules: u32,
    /// Counts up with each change; 0 where it is built in.
    pub revision: u32,
    /// When it was changed last (Unix µs).
    pub changed_us: Option<i64>,
    /// By whom.
    pub changed_by: Option<String>,
}

/// Every policy, and what recorders can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyList {
    /// Built-in ones first, then by name. Built-in ones that recorders cannot follow yet are left out.
    pub items: Vec<PolicyItem>,
    /// The active policy's id.
    pub active: String,
    /// What policies can say and recorders cannot do yet: `notice`, `events-only`, `audio`, `lossy`, `hide-applications`,
    /// `user-start`, `opened`, `client`. A document that asks for one of these is refused.
    pub not_yet: Vec<String>,
}

/// A policy with its document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyDetails {
    /// Everything else.
    pub policy: PolicyItem,
    /// The document; absent where it is built in.
    #[schema(value_type = Option<PolicyDocument>)]
    pub document: Option<serde_json::Value>,
}

/// Body of `POST /api/v1/policies`: a policy that was written, or a file that was exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePolicy {
    /// The document.
    #[schema(value_type = PolicyDocument)]
    pub document: serde_json::Value,
}

/// Body of `PUT /api/v1/policies/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdatePolicy {
    /// The revision that was changed. If there is a newer one, nothing happens (409).
    pub revision: u32,
    /// The document as it is to be.
    #[schema(value_type = PolicyDocument)]
    pub document: serde_json::Value,
}

/// Query of `DELETE /api/v1/policies/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeletePolicy {
    /// The revision that is meant to go. If there is a newer one, nothing happens (409).
    pub revision: u32,
}

/// Body of `POST /api/v1/policies/{id}/copy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyPolicy {
    /// Name of the copy.
    #[schema(max_length = 64)]
    pub name: String,
}

/// Body of `POST /api/v1/policies/{id}/activate`. Sessions that start from then on are decided by it; those that run when their
/// recording goes on in another file, or at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivatePolicy {
    /// The revision that is meant; 0 where it is built in. If there is a newer one, nothing happens (409).
    pub revision: u32,
    /// Id of the policy that was active when this one was chosen. If another is active, nothing happens (409).
    #[schema(max_length = 64)]
    pub instead_of: String,
    /// Whether recordings that run follow it at once. A session that is not recorded waits for its end in any case.
    #[serde(default)]
    pub at_once: bool,
}

/// Body of `POST /api/v1/policies/try`: what would become of a session? Either of `policy` and `document`, either of `session`
/// and `recording`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryPolicy {
    /// Id of a policy that is kept.
    pub policy: Option<String>,
    /// A document that need not be kept.
    #[schema(value_type = Option<PolicyDocument>)]
    pub document: Option<serde_json::Value>,
    /// A session as it might be.
    pub session: Option<TriedSession>,
    /// Id of a recording that the caller may play: its session.
    pub recording: Option<String>,
}

/// What is known of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriedSession {
    /// The user's login name.
    #[schema(max_length = 256)]
    pub user: String,
    /// The user's groups.
    #[serde(default)]
    #[schema(max_items = 1024)]
    pub groups: Vec<String>,
    /// The machine's host name.
    #[schema(max_length = 256)]
    pub machine: String,
    /// Delivery groups of the machine.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub delivery_groups: Vec<String>,
    /// Access tags of the session.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub tags: Vec<String>,
    /// Address of the computer that the user sits at.
    #[schema(max_length = 64)]
    pub client_address: Option<String>,
    /// The application or desktop opened first.
    #[schema(max_length = 256)]
    pub opened: Option<String>,
    /// On which day of the week the session began, by the machine's clock.
    pub day: Option<Weekday>,
    /// At which time, as `08:30`.
    #[schema(max_length = 5)]
    pub time: Option<String>,
}

/// What would become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriedDecision {
    /// Whether anything would be recorded.
    pub record: bool,
    /// The policy's name.
    pub policy: String,
    /// The rules that decided together, by name; none if no rule holds.
    pub rules: Vec<String>,
    /// Why, in words.
    pub reason: String,
    /// The session in question.
    pub session: TriedSession,
}

/// Body of `POST /api/v1/policies/forecast`: what would another policy change? Either of `policy` and `document`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastPolicy {
    /// Id of a policy that is kept.
    pub policy: Option<String>,
    /// A document that need not be kept.
    #[schema(value_type = Option<PolicyDocument>)]
    pub document: Option<serde_json::Value>,
    /// How many days back; 1 to 92, default 30.
    #[schema(minimum = 1, maximum = 92)]
    pub days: Option<u32>,
}

/// What is recorded of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForecastKind {
    /// The screen, and the user is told.
    ScreenWithNotice,
    /// The screen.
    Screen,
    /// What happens, without a picture, and the user is told.
    EventsWithNotice,
    /// What happens, without a picture.
    Events,
    /// Nothing.
    Nothing,
}

/// Sessions by what is recorded of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "ForecastKind says what each is")]
pub struct ForecastCounts {
    pub screen_with_notice: i64,
    pub screen: i64,
    pub events_with_notice: i64,
    pub events: i64,
    pub nothing: i64,
}

/// A session for which something changes. Its texts come from its machine and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForecastExample {
    /// Its user.
    pub user: String,
    /// Its machine.
    pub machine: String,
    /// When it began (Unix µs).
    pub began_us: i64,
    /// Why the active policy decides as it does.
    pub reason_active: String,
    /// Why the other one does.
    pub reason_other: String,
}

/// Sessions of which something else would be recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForecastChange {
    /// By the active policy.
    pub from: ForecastKind,
    /// By the other one.
    pub to: ForecastKind,
    /// How many.
    pub sessions: i64,
    /// Some of them, newest first; at most 10.
    pub examples: Vec<ForecastExample>,
}

/// Some sessions, decided on by both policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForecastGroup {
    /// How many.
    pub sessions: i64,
    /// By the active policy.
    pub active: ForecastCounts,
    /// By the other one.
    pub other: ForecastCounts,
    /// Where they differ, most sessions first.
    pub changes: Vec<ForecastChange>,
}

/// What another policy would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// Sessions that run now.
    pub running: ForecastGroup,
    /// Sessions that run and of which too little is known: their agents are older.
    pub running_unknown: i64,
    /// Sessions that ended and began since then.
    pub past: ForecastGroup,
    /// Since when (Unix µs).
    pub from_us: i64,
    /// When the oldest session began that is known of (Unix µs).
    pub known_since_us: Option<i64>,
    /// There were more sessions than are looked at; these are the newest.
    pub newest_only: bool,
}
