//! The name of a recording.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// A recording's identity: a UUID of version 7, so names sort by start. Text and JSON: 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordingId(Uuid);

impl RecordingId {
    /// Makes an identity from the milliseconds since 1970 and ten random bytes.
    pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> RecordingId {
        RecordingId(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
    }

    /// Wraps a UUID of version 7.
    ///
    /// # Errors
    /// [`InvalidRecordingId`] for any other version.
    pub fn from_uuid(uuid: Uuid) -> Result<RecordingId, InvalidRecordingId> {
        (uuid.get_version_num() == 7).then_some(RecordingId(uuid)).ok_or(InvalidRecordingId)
    }

    /// The same identity from its 16 bytes.
    ///
    /// # Errors
    /// [`InvalidRecordingId`] if they are no UUID of version 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<RecordingId, InvalidRecordingId> {
        RecordingId::from_uuid(Uuid::from_bytes(bytes))
    }

    /// The UUID inside.
    pub fn as_uuid(&self) -> Uuid {
        self.0
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

/// A text or number that names no recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a recording's name is 32 lower-case hexadecimal digits, a UUID of version 7 without dashes")]
pub struct InvalidRecordingId;

impl FromStr for RecordingId {
    type Err = InvalidRecordingId;

    fn from_str(text: &str) -> Result<RecordingId, InvalidRecordingId> {
        let strict = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !strict {
            return Err(InvalidRecordingId);
        }
        Uuid::try_parse(text).map_err(|_| InvalidRecordingId).and_then(RecordingId::from_uuid)
    }
}

impl Serialize for RecordingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordingId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RecordingId, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
