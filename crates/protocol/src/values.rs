//! Identities and positions that messages carry.

use std::fmt;

use uuid::Uuid;

/// Names one recording for ever: a UUID of version 7. Written as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordingId(Uuid);

/// Bytes that name no recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a recording's name is a UUID of version 7")]
pub struct InvalidRecordingId;

impl RecordingId {
    /// The identity with these 16 bytes.
    ///
    /// # Errors
    /// [`InvalidRecordingId`] if they are no UUID of version 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, InvalidRecordingId> {
        let uuid = Uuid::from_bytes(bytes);
        (uuid.get_version_num() == 7)
            .then_some(Self(uuid))
            .ok_or(InvalidRecordingId)
    }

    /// Its 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl fmt::Display for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0.simple())
    }
}

impl fmt::Debug for RecordingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordingId({self})")
    }
}

/// Value of the hash chain over a recording's blocks (SHA-256).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainValue(pub [u8; 32]);

/// A place in a recording and the chain's value over everything before it. Always the border between two blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Bytes before this place.
    pub offset: u64,
    /// The chain over them.
    pub chain: ChainValue,
}

/// What is known of a session when its recording is decided on and opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// The enrolled machine's identity.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// The user's login name.
    pub user: String,
    /// The user's number, where the system has one.
    pub uid: Option<u32>,
    /// The X display, like `:10`.
    pub display: Option<String>,
    /// Desktop or terminal.
    pub session_kind: SessionKind,
    /// The name of the device that the user sits at, where the session is remote.
    pub client_name: Option<String>,
    /// Its network address.
    pub client_address: Option<String>,
    /// The published application, where the session is not a whole desktop.
    pub application: Option<String>,
    /// The user's groups.
    pub groups: Vec<String>,
}

/// What kind of session was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A graphical desktop.
    Desktop,
    /// A shell.
    Terminal,
    /// A word that this version does not know.
    Other(String),
}

impl SessionKind {
    /// The word for it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Desktop => "desktop",
            Self::Terminal => "terminal",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for SessionKind {
    fn from(word: String) -> Self {
        match word.as_str() {
            "desktop" => Self::Desktop,
            "terminal" => Self::Terminal,
            _ => Self::Other(word),
        }
    }
}
