//! What agents and servers say to each other.
//!
//! One WebSocket per agent carries binary messages, each a CBOR array `[kind, body]` whose body is a map with small
//! integer keys: a reader passes over keys it does not know, so fields can be added without a new version.
//! This crate knows the messages, their bounds and how to read and write them; it does no I/O, keeps no clock and
//! starts no threads. The order in which messages may come is described in `docs/protocol.md`.
//!
//! ```
//! use protocol::{AgentMessage, Heartbeat};
//!
//! let bytes = AgentMessage::Heartbeat(Heartbeat::default()).encode()?;
//! assert_eq!(AgentMessage::decode(&bytes)?, AgentMessage::Heartbeat(Heartbeat::default()));
//! # Ok::<(), protocol::MessageError>(())
//! ```

mod agent_message;
mod bounds;
mod codec;
mod codes;
mod error;
pub mod limits;
mod server_message;
mod token;
mod values;
mod wire;
mod wire_session;

pub use agent_message::{
    AgentMessage, Append, Close, Controlled, Decide, Heartbeat, Hello, Notice, Open, Renew, SessionAccount, SessionNow,
};
pub use codes::{ByeCode, REASONS, RefusalCode, Severity};
pub use error::MessageError;
pub use limits::Limits;
pub use server_message::{
    Accepted, AccountKept, Bye, Control, Decision, Detection, Durable, Opened, PolicyChanged, Refused, RenewFirst,
    Renewed, Seal, ServerMessage, Welcome,
};
pub use token::{EnrolmentToken, TokenError};
pub use values::{ChainValue, Head, InvalidRecordingId, PublicKey, RecordingId, SessionFacts, SessionKind};

/// The protocol version this crate speaks. An agent offers the versions it knows in [`Hello`]; the server picks one.
pub const VERSION: u16 = 1;

/// TLS application protocol that an agent offers: the server asks only such connections for a client certificate.
pub const ALPN: &[u8] = b"kinescope-agent/1";

/// Path of the WebSocket on the server.
pub const PATH: &str = "/agent";
