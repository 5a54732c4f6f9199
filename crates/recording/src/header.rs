//! The first block: who was recorded, on which machine, since when, and why.

use serde::{Deserialize, Serialize};

use crate::anchor::Anchor;
use crate::chain::ChainValue;
use crate::entries::SessionKind;
use crate::id::RecordingId;

/// The format version that this crate writes and reads.
pub const FORMAT_VERSION: u16 = 1;

/// Payload of a header block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format, [`FORMAT_VERSION`].
    pub format: u16,
    /// The recording's identity.
    pub recording: RecordingId,
    /// Whose session.
    pub session: SessionFacts,
    /// Both clocks at time 0 of the recording.
    pub started: Anchor,
    /// Name and version of the program that recorded.
    pub software: String,
    /// Why it was recorded.
    pub reason: StartReason,
    /// The recording of the same session that this one goes on from, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
}

/// How a recording names the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// The recording before.
    pub recording: RecordingId,
    /// The chain over all of its blocks.
    pub chain: ChainValue,
}

/// What is known of a session when its recording starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// The enrolled machine's identity, or the system's machine id where there is no server.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// The user's login name.
    pub user: String,
    /// The user's number, where the system has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// The X display, like `:10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Desktop or terminal.
    pub session_kind: SessionKind,
    /// The name of the device that the user sits at, where the session is remote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// Its network address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<String>,
    /// The published application, where the session is not a whole desktop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The user's groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Delivery groups that the machine belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery_groups: Vec<String>,
    /// The session's access tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What the machine's clock on the wall showed beyond UTC when the session was found, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i32>,
}

impl SessionFacts {
    /// A desktop of which nothing else is known.
    pub fn desktop(machine_id: impl Into<String>, machine: impl Into<String>, user: impl Into<String>) -> SessionFacts {
        SessionFacts {
            machine_id: machine_id.into(),
            machine: machine.into(),
            user: user.into(),
            uid: None,
            display: None,
            session_kind: SessionKind::Desktop,
            client_name: None,
            client_address: None,
            application: None,
            groups: Vec::new(),
            delivery_groups: Vec::new(),
            tags: Vec::new(),
            utc_offset_minutes: None,
        }
    }
}

/// The decision that started the recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartReason {
    /// The policy's name.
    pub policy: String,
    /// The rule within it, where it has rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The reason in a sentence.
    pub text: String,
}
