//! The greatest sizes and counts a message may carry. Both sides check them before sending and after receiving.

use minicbor::{Decode, Encode};

/// Whole message on the wire, in bytes. Leaves room for one full [`MAX_APPEND_BYTES`] and everything around it.
pub const MAX_MESSAGE_BYTES: usize = 131_072;
/// Recording bytes in one `Append`: exactly one block of the greatest size, or several smaller ones.
/// Equal to `recording::MAX_BLOCK_BYTES`, so that every block can be sent.
pub const MAX_APPEND_BYTES: usize = 65_536;
/// Names, identifiers and rules, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 256;
/// Explanations meant for people, in bytes of UTF-8.
pub const MAX_TEXT_BYTES: usize = 4_096;
/// A policy document with all that is handed out with it, in bytes of UTF-8. Agents of the first versions take half of it.
pub const MAX_POLICY_BYTES: usize = 130_048;
/// Protocol versions offered in one `Hello`.
pub const MAX_VERSIONS: usize = 16;
/// Recordings one agent may hold open at once; also the length of the live lists.
pub const MAX_RECORDINGS: usize = 1_024;
/// Groups of one user. People with hundreds of groups exist; all of a user's names must fit the message as well.
pub const MAX_GROUPS: usize = 1_024;
/// Delivery groups of one machine, and access tags of one session.
pub const MAX_LABELS: usize = 64;
/// Sessions of one machine that a server is told of.
pub const MAX_SESSIONS: usize = 1_024;
/// Classes that a recording may be sealed by.
pub const MAX_SEAL_CLASSES: usize = 16;
/// Public keys that a recording may be sealed for.
pub const MAX_SEAL_RECIPIENTS: usize = 16;
/// A request for a certificate, in bytes of PEM.
pub const MAX_REQUEST_BYTES: usize = 8_192;
/// A certificate, in bytes of PEM.
pub const MAX_CERTIFICATE_BYTES: usize = 16_384;
/// What a server gives as a turn.
pub const MAX_TURN_BYTES: usize = 64;
/// Notices in one `Heartbeat`; the agent sends the next ones with the next heartbeat.
pub const MAX_NOTICES: usize = 16;
/// Shortest and longest heartbeat interval a server may ask for, in seconds.
pub const HEARTBEAT_SECS: std::ops::RangeInclusive<u32> = 1..=300;

/// What the sender of a `Hello` or `Welcome` is able to take. The smaller of both sides' values holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Limits {
    /// Greatest message, in bytes; never above [`MAX_MESSAGE_BYTES`].
    #[n(0)]
    pub message_bytes: u32,
    /// Greatest payload of one `Append`, in bytes; never above [`MAX_APPEND_BYTES`] and never below it either, as a
    /// block cannot be divided: the field exists so that later versions can raise it.
    #[n(1)]
    pub append_bytes: u32,
    /// Recordings open at once on this connection.
    #[n(2)]
    pub recordings: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: MAX_MESSAGE_BYTES as u32,
            append_bytes: MAX_APPEND_BYTES as u32,
            recordings: MAX_RECORDINGS as u32,
        }
    }
}

impl Limits {
    /// What holds between two sides: the smaller of each value.
    pub fn agreed_with(self, other: Self) -> Self {
        Self {
            message_bytes: self.message_bytes.min(other.message_bytes),
            append_bytes: self.append_bytes.min(other.append_bytes),
            recordings: self.recordings.min(other.recordings),
        }
    }
}
