//! What the `index` door answers: the recording as it is stored now.

use recording::Index;
use serde::Deserialize;

/// Larger answers are refused before they are parsed.
pub const MAX_OPENING_BYTES: usize = recording::MAX_INDEX_BYTES + (1 << 20);

/// The answer of the `index` door.
#[derive(Debug, Clone, Deserialize)]
pub struct Opening {
    /// Index of all that is stored.
    #[serde(flatten)]
    pub index: Index,
    /// Whether more may come.
    #[serde(default)]
    pub live: bool,
    /// Stored bytes, whole blocks only.
    pub length: u64,
    /// How long ago the newest of them came, in microseconds, where a live recording only rests: so far beyond its last
    /// block is now.
    #[serde(default)]
    pub rested_us: u64,
}

/// Why a recording cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// More than [`MAX_OPENING_BYTES`].
    #[error("the index is {bytes} bytes long, more than the {MAX_OPENING_BYTES} that are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not the JSON of an index.
    #[error("the index cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Nothing in it can be decoded.
    #[error("the recording holds no picture")]
    Empty,
}

impl Opening {
    /// Reads the answer's JSON.
    ///
    /// # Errors
    /// [`OpenError`] where it is too large or not an index.
    pub fn from_json(json: &[u8]) -> Result<Self, OpenError> {
        if json.len() > MAX_OPENING_BYTES {
            return Err(OpenError::TooLarge { bytes: json.len() });
        }
        Ok(serde_json::from_slice(json)?)
    }
}
