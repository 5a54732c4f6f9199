//! Why a recording, or a block of it, cannot be read.

use crate::header::FORMAT_VERSION;
use crate::limits::MAX_PAYLOAD_BYTES;

/// Why input cannot be read as a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not one whole block where a recording should start.
    #[error("this is no Kinescope recording: no block could be found in its first {bytes} bytes")]
    NotARecording {
        /// Bytes that were searched.
        bytes: u64,
    },
    /// It begins like a recording and ends within the first block.
    #[error("this recording was cut off within its first block: only {bytes} bytes are there, nothing can be read")]
    HeaderIncomplete {
        /// Bytes that are there.
        bytes: u64,
    },
    /// Written in a later version of the format.
    #[error("the recording has format version {found}; this program reads version {FORMAT_VERSION}: use a newer one")]
    UnsupportedFormat {
        /// The version that its header states.
        found: u64,
    },
    /// A block that must be understood and is not.
    #[error("the block at offset {offset} is of kind {kind}, which this program does not know: use a newer one")]
    UnknownKind {
        /// Where it starts.
        offset: u64,
        /// The kind's number.
        kind: u8,
    },
    /// Flags change a block's meaning, and these are not known.
    #[error("the block at offset {offset} (kind {kind}) has unknown flags {flags:#04x}: use a newer program")]
    UnknownFlags {
        /// Where it starts.
        offset: u64,
        /// The kind's number.
        kind: u8,
        /// The unknown bits.
        flags: u8,
    },
    /// The checksums are right, yet the payload is not what its kind says: the writer was wrong.
    #[error("the {kind} block at offset {offset} cannot be understood: {error}")]
    Malformed {
        /// Where it starts.
        offset: u64,
        /// The kind.
        kind: &'static str,
        /// The cause.
        error: String,
    },
    /// Fragments that add up to more than the format allows.
    #[error("the payload of track {track} at offset {offset} is larger than the {MAX_PAYLOAD_BYTES} bytes allowed")]
    PayloadTooLarge {
        /// Where the fragment that is too much starts.
        offset: u64,
        /// The track.
        track: u16,
    },
}

impl DecodeError {
    /// Whether nothing more can be read; otherwise the error is about one block, and reading may go on after it.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            DecodeError::NotARecording { .. }
                | DecodeError::HeaderIncomplete { .. }
                | DecodeError::UnsupportedFormat { .. }
        )
    }
}
