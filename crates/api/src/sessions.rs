//! Sessions that run now, and having them recorded or not.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// On whose account a session is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartedBy {
    /// The policy's.
    Policy,
    /// An administrator's, at the server or on the machine.
    Administrator,
    /// The session's user.
    User,
}

/// A session of a machine whose agent is connected. Its texts come from the machine and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionItem {
    /// Opaque; of no other session.
    pub id: String,
    /// Id of its machine.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// Its user's login name.
    pub user: String,
    /// X display or terminal.
    pub display: String,
    /// The recording that is being made of it.
    pub recording: Option<String>,
    /// On whose account; absent while it is not recorded.
    pub started_by: Option<StartedBy>,
    /// Whether that recording has events and no picture; absent while it is not recorded, or nothing of the recording is here yet.
    /// A start adds the screen.
    pub events_only: Option<bool>,
    /// Why it is recorded or not.
    pub why: String,
    /// Whether its user may start a recording.
    pub user_may_start: bool,
    /// Whether the machine lets recordings be started and stopped from here.
    pub controllable: bool,
}

/// Sessions by user and machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionList {
    /// At most 10,000.
    pub items: Vec<SessionItem>,
}

/// Query of `GET /api/v1/sessions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// Only sessions of this user, by login name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What is to become of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlOrder {
    /// Their screens are recorded from now on, also of those that are recorded as events only.
    Start,
    /// They are recorded no longer. Where a start added the screen to events only, the session goes on as events only.
    Stop,
}

/// Body of `POST /api/v1/sessions/control`. Either `sessions` or `user`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlSessions {
    /// What is to become of them.
    pub order: ControlOrder,
    /// Ids of sessions; at most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 500)]
    pub sessions: Vec<String>,
    /// All sessions that this user has now, by login name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 256)]
    pub user: Option<String>,
    /// Whether users are told that they are recorded from now on; default true.
    #[serde(default = "yes")]
    pub notify: bool,
}

fn yes() -> bool {
    true
}

/// What became of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlOutcome {
    /// It is recorded now.
    Started,
    /// It was recorded already, and is.
    AlreadyRecorded,
    /// That recording has ended; where the session goes on in another, `text` says so.
    Stopped,
    /// It was not recorded, and is not.
    NotRecorded,
    /// The machine refused; `text` says why.
    Refused,
    /// The machine is not connected, or did not answer: what became of it is not known.
    NoAnswer,
}

/// One session and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ControlledSession {
    /// The session's id.
    pub session: String,
    /// Its machine, where that is known.
    pub machine: Option<String>,
    /// Its user, where that is known.
    pub user: Option<String>,
    /// What became of it.
    pub outcome: ControlOutcome,
    /// The recording concerned.
    pub recording: Option<String>,
    /// Why it was refused, or how a session goes on that was stopped; else empty.
    pub text: String,
}

/// What became of each session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ControlledSessions {
    /// In the order asked for; of a user by machine.
    pub items: Vec<ControlledSession>,
}
