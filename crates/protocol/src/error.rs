//! Why a message could not be read or written.

use thiserror::Error;

/// A message that breaks the protocol. The receiver answers with `Bye` (server) or closes the connection (agent).
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// The whole message exceeds [`crate::limits::MAX_MESSAGE_BYTES`]; nothing of it was read.
    #[error("message of {bytes} bytes is larger than the {limit} that are allowed")]
    TooLarge {
        /// Size of the message.
        bytes: usize,
        /// The limit that it exceeds.
        limit: usize,
    },
    /// The kind of message is not one of this version's.
    #[error("message kind {kind} is not known in protocol version {}", crate::VERSION)]
    UnknownKind {
        /// The number found where the kind stands.
        kind: i64,
    },
    /// The bytes are not the CBOR that the kind calls for.
    #[error("message is malformed at byte {offset}: {what}")]
    Malformed {
        /// Where reading stopped, counted from the message's first byte.
        offset: usize,
        /// What was wrong there.
        what: String,
    },
    /// Bytes follow the message's end.
    #[error("{bytes} bytes follow the end of the message")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// A field is longer, or a list has more items, than the limits allow, or a number lies outside its range.
    #[error("field {field} is {found}, allowed are {allowed}")]
    OutOfBounds {
        /// Name of the message and field, such as `Hello.machine`.
        field: &'static str,
        /// Its length, count or value.
        found: u64,
        /// What is allowed, in words.
        allowed: String,
    },
}
