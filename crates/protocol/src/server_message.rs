//! What a server says.

use minicbor::{Decode, Encode};

use crate::limits::Limits;
use crate::wire;
use crate::{ByeCode, Head, RecordingId, RefusalCode};

/// A message from a server to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ServerMessage {
    /// Answers `Hello`.
    #[n(0)]
    Welcome(#[n(0)] Welcome),
    /// Answers `Decide`.
    #[n(1)]
    Decision(#[n(0)] Decision),
    /// Answers `Open`.
    #[n(2)]
    Opened(#[n(0)] Opened),
    /// Live viewers have the bytes before this offset.
    #[n(3)]
    Accepted(#[n(0)] Accepted),
    /// The bytes before this head will survive a crash of the server.
    #[n(4)]
    Durable(#[n(0)] Durable),
    /// Refuses something about one recording.
    #[n(5)]
    Refused(#[n(0)] Refused),
    /// Last message of a connection.
    #[n(6)]
    Bye(#[n(0)] Bye),
    /// The active policy has changed.
    #[n(7)]
    PolicyChanged(#[n(0)] PolicyChanged),
    /// Has a session recorded, or not; only to agents that take it.
    #[n(8)]
    Control(#[n(0)] Control),
    /// Answers `Account`.
    #[n(9)]
    AccountKept(#[n(0)] AccountKept),
    /// Answers `Renew`.
    #[n(10)]
    Renewed(#[n(0)] Renewed),
    /// Answers `Hello` where the certificate has expired; only to agents that renew.
    #[n(11)]
    RenewFirst(#[n(0)] RenewFirst),
    /// The active detection policy: after `Welcome`, and when it changes; only to agents that take it.
    #[n(12)]
    Detection(#[n(0)] Detection),
}

/// The conversation may go on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// The version chosen among those offered.
    #[n(0)]
    pub version: u16,
    /// What the server is able to take.
    #[n(1)]
    pub limits: Limits,
    /// The agent sends a heartbeat at least this often, in seconds; see [`crate::limits::HEARTBEAT_SECS`].
    /// Whoever hears nothing for three intervals gives the connection up.
    #[n(2)]
    pub heartbeat_secs: u32,
    /// The active policy as a document of the `policy` crate. The agent keeps it and decides by it while the server
    /// cannot be asked.
    #[n(3)]
    pub policy: String,
    /// Whether the server takes `Session`.
    #[cbor(n(4), default)]
    pub takes_sessions: bool,
    /// See [`PolicyChanged::at_once`].
    #[cbor(n(5), default)]
    pub at_once: u64,
    /// Whether the server takes `Account`.
    #[cbor(n(6), default)]
    pub takes_accounts: bool,
    /// To be kept on disk and shown in the next `Hello`: a state of the machine that comes with an earlier one is a copy. The
    /// server alone can read it.
    #[cbor(n(7), with = "wire::optional_bytes", has_nil)]
    pub turn: Option<Vec<u8>>,
    /// In how many seconds the agent is to ask for a new certificate, if this connection stands until then. Absent: never.
    #[n(8)]
    pub renew_in_secs: Option<u64>,
}

/// The server's decision on one session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Decision {
    /// The number that the agent asked with.
    #[n(0)]
    pub request: u32,
    /// Whether an agent that does not know `action` is to record the screen: only where nothing else is asked for.
    #[n(1)]
    pub record: bool,
    /// Name of the policy that decided.
    #[n(2)]
    pub policy: String,
    /// Name of the rule within it, if one matched.
    #[n(3)]
    pub rule: Option<String>,
    /// The same in words, for people.
    #[n(4)]
    pub reason: String,
    /// What is to be sealed; absent where everything stands open.
    #[n(5)]
    pub seal: Option<Seal>,
    /// What to do, as the JSON of an action of the `policy` crate; it goes before `record`. Servers of the first versions do
    /// not say it.
    #[n(6)]
    pub action: Option<String>,
    /// Whether the session's user may start a recording where this makes none.
    #[cbor(n(7), default)]
    pub user_may_start: bool,
}

/// How a recording is sealed, in the words of `docs/format.md`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Seal {
    /// Classes to seal, at most [`crate::limits::MAX_SEAL_CLASSES`]. An agent that does not know one must not record.
    #[n(0)]
    pub classes: Vec<String>,
    /// Public keys to seal for, as text; at most [`crate::limits::MAX_SEAL_RECIPIENTS`].
    #[n(1)]
    pub recipients: Vec<String>,
}

/// A recording may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Opened {
    /// The recording.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// The incarnation that was opened.
    #[n(1)]
    pub incarnation: u64,
    /// What the server holds: the next `Append` continues here. Offset 0 for a recording it has not seen.
    #[cbor(n(2), with = "wire::head")]
    pub head: Head,
    /// How much of that is durable.
    #[cbor(n(3), with = "wire::head")]
    pub durable: Head,
    /// Bytes that may be on their way beyond `head.offset`: see [`Accepted::credit`].
    #[n(4)]
    pub credit: u32,
}

/// Acknowledges bytes and renews the credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Accepted {
    /// The recording.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// Everything before it has been accepted.
    #[n(1)]
    pub offset: u64,
    /// The agent may send bytes whose end is at most `offset + credit`. 0 stops the recording until a later
    /// `Accepted` renews it.
    #[n(2)]
    pub credit: u32,
}

/// The agent may forget everything before this head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Durable {
    /// The recording.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// What is durable.
    #[cbor(n(1), with = "wire::head")]
    pub head: Head,
}

/// Something about one recording was refused. The recording is not open on this connection any more; others are not
/// affected. `Append`s on their way when this was said are dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refused {
    /// The recording.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// The incarnation that was refused.
    #[n(1)]
    pub incarnation: u64,
    /// Why.
    #[n(2)]
    pub code: RefusalCode,
    /// Where the server is: present with `Mismatch` and `StaleIncarnation`.
    #[cbor(n(3), with = "wire::optional_head", has_nil)]
    pub head: Option<Head>,
    /// Number of the latest incarnation the server knows: present with `Mismatch` and `StaleIncarnation`.
    #[n(4)]
    pub number: Option<u32>,
    /// How long to wait before opening again, in seconds; 0 leaves it to the agent.
    #[n(5)]
    pub retry_after_secs: u32,
    /// The same in words, for people.
    #[n(6)]
    pub text: String,
}

/// Ends the connection.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bye {
    /// Why.
    #[n(0)]
    pub code: ByeCode,
    /// How long to wait before connecting again, in seconds; 0 leaves it to the agent.
    #[n(1)]
    pub retry_after_secs: u32,
    /// The same in words, for people.
    #[n(2)]
    pub text: String,
}

/// Replaces the policy given in `Welcome`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyChanged {
    /// The active policy as a document of the `policy` crate.
    #[n(0)]
    pub policy: String,
    /// Counts up each time that an administrator says that a policy holds at once for sessions that run, too. Sessions that
    /// were decided on when it was lower are decided on anew; those decided on since then are not.
    #[cbor(n(1), default)]
    pub at_once: u64,
}

/// Has one session recorded, or recorded no longer, because an administrator wants it. The agent answers with `Controlled`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Control {
    /// Chosen by the server and repeated in the answer.
    #[n(0)]
    pub request: u32,
    /// The session, by the name that the agent gave it.
    #[n(1)]
    pub session: String,
    /// Whether it is to be recorded from now on.
    #[n(2)]
    pub record: bool,
    /// The administrator's name: it stands in the recording.
    #[n(3)]
    pub who: String,
    /// Whether the session's user is told.
    #[n(4)]
    pub notify: bool,
}

/// An account is kept; the agent may forget it once its session is over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct AccountKept {
    /// The session.
    #[n(0)]
    pub session: String,
    /// The boot in which that is its name.
    #[n(1)]
    pub boot_id: String,
    /// The revision that is kept.
    #[n(2)]
    pub revision: u32,
}

/// A certificate that counts as soon as it is used; the earlier one counts until then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Renewed {
    /// The certificate, as PEM; at most [`crate::limits::MAX_CERTIFICATE_BYTES`].
    #[n(0)]
    pub certificate: String,
}

/// The machine's certificate has expired: the agent may do nothing but renew it, and connects anew with the next one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RenewFirst {
    /// The same in words, for people.
    #[n(0)]
    pub text: String,
}

/// Which events of sessions are logged.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Detection {
    /// The active detection policy as a document of the `policy` crate. The agent keeps it.
    #[n(0)]
    pub policy: String,
}
