//! Finding recordings and reading them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// In which state a recording is, as far as the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RecordingState {
    /// Its agent is connected and says that the session goes on.
    Live,
    /// Not ended, and its agent has not been heard of for a while.
    Silent,
    /// Ended in order.
    Finished,
    /// Ended without an end: the recorder, the agent or the machine went down.
    Crashed,
    /// Ended, and something is missing from it.
    Incomplete,
}

/// Which recordings a list holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateFilter {
    /// Live and silent ones.
    Live,
    /// All others.
    Finished,
    /// Every one.
    #[default]
    All,
}

/// By what a list is sorted; `-` in front means descending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each name says it")]
pub enum SortKey {
    Start,
    #[default]
    #[serde(rename = "-start")]
    StartDescending,
    User,
    #[serde(rename = "-user")]
    UserDescending,
    Machine,
    #[serde(rename = "-machine")]
    MachineDescending,
    Duration,
    #[serde(rename = "-duration")]
    DurationDescending,
    Size,
    #[serde(rename = "-size")]
    SizeDescending,
    State,
    #[serde(rename = "-state")]
    StateDescending,
}

/// Query of `GET /api/v1/recordings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordingQuery {
    /// Words that occur in user, machine, display, application, client, or the recording's id; any case; at most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Only recordings that were running at or after this moment (Unix µs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// Only recordings that started before this moment (Unix µs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// Live ones, finished ones, or all (default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub state: Option<StateFilter>,
    /// Only those without a picture, or only the others; default both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_only: Option<bool>,
    /// Only recordings in which something happened whose text holds all these words; parts of words count; any case; at most
    /// 256 characters. Sealed events are never found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_text: Option<String>,
    /// Only recordings in which something of one of these kinds happened: up to 64 kinds with commas between, `%2C` and `%25`
    /// standing for a comma and a percent sign within a kind. With `event_text` both must hold of the same event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_kinds: Option<String>,
    /// Order; default `-start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub sort: Option<SortKey>,
    /// How many at most; 1 to 500, default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// How many to skip; default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// Why recording began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StartReason {
    /// Name of the policy that decided.
    pub policy: String,
    /// The rule of that policy, where a rule decided.
    pub rule: Option<String>,
    /// The reason as a sentence.
    pub text: String,
}

/// One recording in a list. Its texts come from recorded machines and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingItem {
    /// 32 lower-case hex digits.
    pub id: String,
    /// Who was recorded.
    pub user: String,
    /// Name of the recorded machine.
    pub machine: String,
    /// X display or terminal, where known.
    pub display: Option<String>,
    /// What the computer that the user sat at last calls itself, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Its address, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
    /// The application that was opened first, or `desktop`, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<String>,
    /// State as the server knows it.
    pub state: RecordingState,
    /// When it started (Unix µs).
    pub start_us: i64,
    /// When it ended (Unix µs); absent while it goes on.
    pub end_us: Option<i64>,
    /// Length of what is stored, in µs.
    pub duration_us: i64,
    /// Bytes that are stored.
    pub size_bytes: i64,
    /// Why it was recorded.
    pub start_reason: StartReason,
    /// Why it ended, where that is known.
    pub end_reason: Option<String>,
    /// Width of the screen in pixels, where known.
    pub width: Option<u32>,
    /// Height of the screen in pixels, where known.
    pub height: Option<u32>,
    /// What a viewer should know, for example lost ranges; sentences.
    pub notices: Vec<String>,
    /// Nothing but events is recorded: there is no picture.
    pub events_only: bool,
    /// What was looked for by `event_text` and `event_kinds`; only where a list was asked for by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hits: Option<EventHits>,
}

/// An event that was looked for. Its words come from the recorded machine and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventHit {
    /// When it happened, in µs since the recording's start.
    pub time_us: i64,
    /// What happened, as a word.
    pub kind: String,
    /// In a few words; may be empty.
    pub text: String,
}

/// What was found in a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventHits {
    /// The first ones, at most 3.
    pub first: Vec<EventHit>,
    /// How many there are; 100 stands for 100 and more.
    pub count: i64,
}

/// A page of recordings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordingPage {
    /// The recordings of this page.
    pub items: Vec<RecordingItem>,
    /// How many match in all. Of recordings that were looked for by events, at most the 500 newest.
    pub total: i64,
    /// More match than `total` says.
    #[serde(default)]
    pub has_more: bool,
    /// So much would have had to be looked through that recordings that began before this moment (Unix µs) were left out: more precise
    /// words reach further. Absent where everything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_us: Option<i64>,
}

/// The recordings of one session: each goes on where the one before it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionRecordings {
    /// In their order, as far as the caller may see them; at most 1,000.
    pub items: Vec<RecordingItem>,
}

/// Where things are in a recording, for what is stored now: the recording's own index and how far it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordingIndex {
    /// True while more may come.
    pub live: bool,
    /// Bytes that can be read with `…/data` now.
    pub length: u64,
    /// How long ago data last came, in microseconds, while the machine that records is connected: so far beyond
    /// `duration_us` is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rested_us: Option<u64>,
    /// Groups, gaps, events, duration and size of the screen, as docs/format.md describes the index.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub index: serde_json::Map<String, serde_json::Value>,
}

/// State of a live recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LiveState {
    /// Bytes come.
    Live,
    /// Its agent is away; bytes may come again.
    Silent,
    /// Nothing more will come on this connection.
    Ended,
}

/// Text message on `…/live`. Binary messages are an 8-byte little-endian offset and the bytes from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveMessage {
    /// The state from now on.
    pub state: LiveState,
    /// Bytes stored now.
    pub length: u64,
}

/// The key that checks this server's receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceKey {
    /// An Ed25519 public key, 64 lower-case hexadecimal digits. Note it down apart from this server.
    pub server_key: String,
}
