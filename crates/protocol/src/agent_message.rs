//! What an agent says.

use minicbor::{Decode, Encode};

use crate::limits::Limits;
use crate::{ChainValue, Head, PublicKey, RecordingId, SessionFacts, Severity};
use crate::{wire, wire_session};

/// A message from an agent to its server.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum AgentMessage {
    /// First message of a connection.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Asks whether a session is to be recorded.
    #[n(1)]
    Decide(#[n(0)] Decide),
    /// Announces a recording that the agent wants to send.
    #[n(2)]
    Open(#[n(0)] Open),
    /// Carries bytes of an open recording.
    #[n(3)]
    Append(#[n(0)] Append),
    /// Says that a recording is complete.
    #[n(4)]
    Close(#[n(0)] Close),
    /// Says that the agent is alive, and how it is.
    #[n(5)]
    Heartbeat(#[n(0)] Heartbeat),
    /// Tells the operator something.
    #[n(6)]
    Notice(#[n(0)] Notice),
    /// Says how a session stands; only to servers that take it.
    #[n(7)]
    Session(#[n(0)] SessionNow),
    /// Answers `Control`.
    #[n(8)]
    Controlled(#[n(0)] Controlled),
    /// Accounts for a session; only to servers that take it.
    #[n(9)]
    Account(#[n(0)] SessionAccount),
    /// Asks for a new certificate; only to servers that said when.
    #[n(10)]
    Renew(#[n(0)] Renew),
}

/// Opens the conversation. The server answers with `Welcome` or `Bye`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// Protocol versions that the agent speaks, best first; at most [`crate::limits::MAX_VERSIONS`].
    #[n(0)]
    pub versions: Vec<u16>,
    /// The machine's identity; must be the one that the client certificate names.
    #[n(1)]
    pub machine_id: String,
    /// The machine's host name.
    #[n(2)]
    pub machine: String,
    /// The agent's name and version, such as `kinescope-agent 0.1.0`.
    #[n(3)]
    pub software: String,
    /// The operating system's name and version.
    #[n(4)]
    pub os: String,
    /// What the agent is able to take.
    #[n(5)]
    pub limits: Limits,
    /// Recordings that are being made now, whether they are opened on this connection yet or not.
    #[cbor(n(6), with = "wire::recording_ids")]
    pub live: Vec<RecordingId>,
    /// The Ed25519 public key that vouches for the machine's recordings; absent from agents that do not sign.
    #[cbor(n(7), with = "wire::optional_key", has_nil)]
    pub signing_key: Option<PublicKey>,
    /// Whether the agent can seal what it records. One that does not say so cannot, and is told to record nothing where
    /// recordings are sealed.
    #[cbor(n(8), default)]
    pub can_seal: bool,
    /// Whether the agent takes `Control`: it knows the message, and the machine's settings let it.
    #[cbor(n(9), default)]
    pub takes_control: bool,
    /// Whether recording is switched off on the machine.
    #[cbor(n(10), default)]
    pub recording_off: bool,
    /// The turn that the last `Welcome` gave, as far as the machine still has it.
    #[cbor(n(11), with = "wire::optional_bytes", has_nil)]
    pub turn: Option<Vec<u8>>,
    /// The operating system's own identifier of its installation, where it has one.
    #[n(12)]
    pub host_id: Option<String>,
    /// What tells the machine's hardware from other hardware, as a hash, where it can be read.
    #[n(13)]
    pub hardware_id: Option<String>,
    /// Whether the agent keeps turns and renews its certificate. One that does not say so is served as long as its
    /// certificate is valid and no turn was ever given to its machine.
    #[cbor(n(14), with = "wire::flag", has_nil)]
    pub keeps_identity: bool,
    /// Whether the agent takes `Detection`.
    #[cbor(n(15), with = "wire::flag", has_nil)]
    pub takes_detection: bool,
}

/// Asks for the decision on one session.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Decide {
    /// Chosen by the agent and repeated in the answer.
    #[n(0)]
    pub request: u32,
    /// The session in question.
    #[cbor(n(1), with = "wire_session")]
    pub session: SessionFacts,
    /// When the session began, in microseconds since 1970 UTC by the machine's clock, where it did not begin just now.
    #[n(2)]
    pub began_unix_us: Option<i64>,
}

/// Announces a recording. The server answers with `Opened` or `Refused`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Open {
    /// The recording.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// Random value that tells this incarnation from every other.
    #[n(1)]
    pub incarnation: u64,
    /// 0 for the one that began the recording, then counting up.
    #[n(2)]
    pub number: u32,
    /// Lowest offset that the agent still holds.
    #[n(3)]
    pub base_offset: u64,
    /// Where the agent's own copy ends now.
    #[cbor(n(4), with = "wire::head")]
    pub head: Head,
    /// Whether the recording is still being made.
    #[n(5)]
    pub live: bool,
    /// When the recording began, in microseconds since 1970 UTC.
    #[n(6)]
    pub started_unix_us: i64,
    /// Session facts, as they stand in the recording's header too.
    #[cbor(n(7), with = "wire_session")]
    pub session: SessionFacts,
}

/// Bytes of a recording: one or more whole blocks.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Append {
    /// The recording, opened before on this connection.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// The incarnation it was opened with.
    #[n(1)]
    pub incarnation: u64,
    /// Where the bytes belong: must be the server's head.
    #[n(2)]
    pub offset: u64,
    /// Chain value before the bytes: must be the server's.
    #[cbor(n(3), with = "wire::chain")]
    pub chain: ChainValue,
    /// Whole blocks, at most [`crate::limits::MAX_APPEND_BYTES`], never empty.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// Leaves the recorded bytes out: they do not belong into logs.
impl std::fmt::Debug for Append {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Append")
            .field("recording", &self.recording)
            .field("incarnation", &self.incarnation)
            .field("offset", &self.offset)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// The recording is complete at this head. The server answers with `Durable` for the same head once everything
/// before it is durable and the recording is noted as finished, even if it had said so before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Close {
    /// The recording.
    #[cbor(n(0), with = "wire::recording_id")]
    pub recording: RecordingId,
    /// The incarnation it was opened with.
    #[n(1)]
    pub incarnation: u64,
    /// Length and chain value of the whole recording.
    #[cbor(n(2), with = "wire::head")]
    pub head: Head,
    /// Why it ended, in one word of the recording format, such as `logout`.
    #[n(3)]
    pub reason: String,
}

/// Sent at least as often as `Welcome` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Heartbeat {
    /// Recordings that are being made now.
    #[cbor(n(0), with = "wire::recording_ids")]
    pub live: Vec<RecordingId>,
    /// Bytes waiting in the spool.
    #[n(1)]
    pub spool_bytes: u64,
    /// Bytes the spool may take.
    #[n(2)]
    pub quota_bytes: u64,
    /// Bytes dropped undelivered since the agent was installed. Each loss is declared in its recording as well.
    #[n(3)]
    pub lost_bytes: u64,
    /// Notices since the last heartbeat that were not worth a message of their own.
    #[n(4)]
    pub notices: Vec<Notice>,
    /// The turn of this connection's `Welcome`, once the machine has it on disk: from then on no earlier one counts.
    #[cbor(n(5), with = "wire::optional_bytes", has_nil)]
    pub turn: Option<Vec<u8>>,
}

/// Something the operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Notice {
    /// How grave it is.
    #[n(0)]
    pub severity: Severity,
    /// What it is, by number: see the table in `docs/protocol.md`.
    #[n(1)]
    pub number: u16,
    /// When it happened, in microseconds since 1970 UTC by the agent's clock.
    #[n(2)]
    pub unix_us: i64,
    /// The recording concerned, if one is.
    #[cbor(n(3), with = "wire::optional_recording_id", has_nil)]
    pub recording: Option<RecordingId>,
    /// The same in words, for people.
    #[n(4)]
    pub text: String,
}

/// How a session stands now: sent for each one when the connection stands, and whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionNow {
    /// Its name: of no other session of the machine until it is started again.
    #[n(0)]
    pub session: String,
    /// It has ended; the rest means nothing.
    #[n(1)]
    pub gone: bool,
    /// Its user's login name.
    #[n(2)]
    pub user: String,
    /// Its display or terminal.
    #[n(3)]
    pub display: String,
    /// The recording that is being made of it.
    #[cbor(n(4), with = "wire::optional_recording_id", has_nil)]
    pub recording: Option<RecordingId>,
    /// On whose account, in one word: `policy`, `administrator` or `user`.
    #[n(5)]
    pub started_by: String,
    /// Whether its user may start a recording.
    #[n(6)]
    pub user_may_start: bool,
    /// Why it is recorded or not, in words.
    #[n(7)]
    pub why: String,
}

/// What became of a `Control`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Controlled {
    /// The number that the server asked with.
    #[n(0)]
    pub request: u32,
    /// In one word: `started`, `already-recorded`, `stopped`, `not-recorded` or `refused`.
    #[n(1)]
    pub outcome: String,
    /// The recording concerned, if one is.
    #[cbor(n(2), with = "wire::optional_recording_id", has_nil)]
    pub recording: Option<RecordingId>,
    /// Why it was refused, in words.
    #[n(3)]
    pub text: String,
}

/// What was to become of a session and what became of it. Told again, with a higher revision, whenever that changes, until the
/// server answers with `AccountKept`: also of sessions that are long over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SessionAccount {
    /// Its name, as in `Session`.
    #[n(0)]
    pub session: String,
    /// The boot in which the name is its own.
    #[n(1)]
    pub boot_id: String,
    /// Counts up with each change.
    #[n(2)]
    pub revision: u32,
    /// When it was decided on first, in microseconds since 1970 UTC by the machine's clock.
    #[n(3)]
    pub began_unix_us: i64,
    /// It has ended.
    #[n(4)]
    pub over: bool,
    /// What it was decided by.
    #[cbor(n(5), with = "wire_session")]
    pub facts: SessionFacts,
    /// Name of the policy that decided; empty where none did.
    #[n(6)]
    pub policy: String,
    /// Name of the rule within it, if one matched.
    #[n(7)]
    pub rule: Option<String>,
    /// What that policy wants, in one word: `screen`, `events`, `nothing`, or `unknown` where nothing decided.
    #[n(8)]
    pub wanted: String,
    /// What became of it, in one word: see the table in `docs/protocol.md`.
    #[n(9)]
    pub outcome: String,
    /// Why, in words.
    #[n(10)]
    pub reason: String,
    /// The first recording that was made of it.
    #[cbor(n(11), with = "wire::optional_recording_id", has_nil)]
    pub recording: Option<RecordingId>,
}

/// Asks for a certificate in the place of the one that the connection was made with. The server answers with `Renewed`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Renew {
    /// A request for a certificate (PKCS #10) over a new key, as PEM; at most [`crate::limits::MAX_REQUEST_BYTES`].
    #[n(0)]
    pub request: String,
}
