//! What is recorded, what was changed and what went wrong.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Query of the diagnostics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// How many at most; 1 to 500, default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// How many to skip; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// Which entries of the administrator log are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogAbout {
    /// What people did.
    #[default]
    People,
    /// Why each recording was made.
    Recordings,
}

/// Query of the administrator log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdminLogQuery {
    /// How many at most; 1 to 500, default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// How many to skip; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Which ones; default what people did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub about: Option<LogAbout>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// For information.
    Info,
    /// Something may need attention.
    Warning,
    /// Something was lost or does not work.
    Error,
}

/// Something an agent or the server reported. Its text may come from a machine and is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagnosticItem {
    /// When it was reported (Unix µs).
    pub time_us: i64,
    /// How bad it is.
    pub severity: Severity,
    /// Number that an operator can look up.
    pub number: u32,
    /// The machine that reported it; absent for the server itself.
    pub machine: Option<String>,
    /// The recording concerned.
    pub recording: Option<String>,
    /// What happened.
    pub text: String,
}

/// A page of diagnostics, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiagnosticPage {
    /// The entries of this page.
    pub items: Vec<DiagnosticItem>,
    /// How many there are in all.
    pub total: i64,
}

/// An entry of the administrator log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdminLogItem {
    /// Its number, ascending.
    pub id: i64,
    /// When (Unix µs).
    pub time_us: i64,
    /// Who; empty where nobody was signed in.
    pub user: String,
    /// From which network address.
    pub address: Option<String>,
    /// What was done, as a word for programs, for example `user-created`.
    pub action: String,
    /// To what, where there is one thing it was done to.
    pub target: Option<String>,
    /// Further facts, as a sentence.
    pub detail: String,
    /// Whether it says what was changed: see the entry by itself.
    pub has_change: bool,
}

/// An entry of the administrator log with what was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdminLogEntry {
    /// The entry.
    pub item: AdminLogItem,
    /// What was changed, as it was before; a policy as JSON.
    pub before: Option<String>,
    /// The same as it is since then.
    pub after: Option<String>,
}

/// A page of the administrator log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AdminLogPage {
    /// The entries of this page.
    pub items: Vec<AdminLogItem>,
    /// How many there are in all.
    pub total: i64,
}

/// Answer of `GET /healthz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, or `degraded` where a folder or the catalogue cannot be written.
    pub status: String,
}
