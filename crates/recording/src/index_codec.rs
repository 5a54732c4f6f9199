//! The index and the footer as they stand at the end of a recording.

use crate::block::{BlockError, BlockKind, RawBlock, encode, split_blocks};
use crate::fragments::{Fragments, Joined};
use crate::index::Index;
use crate::limits::MAX_INDEX_BYTES;
use crate::write::{EncodeError, fragments};

/// Bytes of a footer block: always the same, so that it is found from a file's end.
pub const FOOTER_BYTES: usize = 39;

/// Ends a footer's payload, so that a glance at a file's last bytes tells.
const MARK: [u8; 8] = *b"kinindex";

impl Index {
    /// The index as JSON.
    ///
    /// # Errors
    /// [`EncodeError`] if it is larger than [`MAX_INDEX_BYTES`]; what an [`crate::IndexBuilder`] built never is.
    pub fn to_json(&self) -> Result<Vec<u8>, EncodeError> {
        let json =
            serde_json::to_vec(self).map_err(|error| EncodeError::Json { what: "index", error: error.to_string() })?;
        if json.len() > MAX_INDEX_BYTES {
            return Err(EncodeError::TooLarge { what: "index", bytes: json.len(), limit: MAX_INDEX_BYTES });
        }
        Ok(json)
    }

    /// Reads what [`Index::to_json`] wrote.
    ///
    /// # Errors
    /// [`IndexError`] if it is too large or no index.
    pub fn from_json(json: &[u8]) -> Result<Index, IndexError> {
        if json.len() > MAX_INDEX_BYTES {
            return Err(IndexError::TooLarge { bytes: json.len() as u64 });
        }
        serde_json::from_slice(json).map_err(|error| IndexError::Malformed(error.to_string()))
    }

    /// The blocks that end a recording: the index, then the footer that says where it is. `offset` is where they go.
    ///
    /// # Errors
    /// See [`Index::to_json`].
    pub fn to_blocks(&self, offset: u64) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        fragments((BlockKind::Index, 0), 0, self.duration_us, &self.to_json()?, &mut out)?;
        Footer { index_offset: offset, index_bytes: out.len() as u64 }.write(&mut out)?;
        Ok(out)
    }

    /// Reads an index from its blocks, that stand at `offset`: the bytes that a [`Footer`] points to.
    ///
    /// # Errors
    /// [`IndexError`] if they are damaged, too many, or no index.
    pub fn from_blocks(offset: u64, bytes: &[u8]) -> Result<Index, IndexError> {
        // Checksums and headers add less than a tenth to blocks of any size that an index is cut into.
        if bytes.len() > MAX_INDEX_BYTES + MAX_INDEX_BYTES / 8 {
            return Err(IndexError::TooLarge { bytes: bytes.len() as u64 });
        }
        let mut parts = Fragments::default();
        let mut found = None;
        for block in split_blocks(offset, bytes)? {
            let joined = (block.known_kind() == Some(BlockKind::Index)).then(|| parts.join(&block));
            match joined {
                Some(Joined::More) if found.is_none() => {}
                Some(Joined::Whole(payload)) if found.is_none() => found = Some(payload.bytes),
                _ => {
                    return Err(IndexError::OtherBlock { offset: block.offset });
                }
            }
        }
        Index::from_json(&found.ok_or(IndexError::Absent)?)
    }
}

/// Says where the index is. Its block has time 0 and so one fixed size, [`FOOTER_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footer {
    /// Where the first index block starts.
    pub index_offset: u64,
    /// Bytes of all index blocks.
    pub index_bytes: u64,
}

impl Footer {
    /// Looks for a footer in the last [`FOOTER_BYTES`] bytes of a recording of `length` bytes.
    ///
    /// # Errors
    /// [`IndexError`] if there is none, or if it points elsewhere than just before itself.
    pub fn from_tail(tail: &[u8], length: u64) -> Result<Footer, IndexError> {
        let at = length.checked_sub(FOOTER_BYTES as u64).ok_or(IndexError::Absent)?;
        let start = tail.len().checked_sub(FOOTER_BYTES).ok_or(IndexError::Absent)?;
        let block = RawBlock::parse(at, &tail[start..]).map_err(|_| IndexError::Absent)?;
        Footer::from_block(&block)
    }

    /// Reads a footer block.
    ///
    /// # Errors
    /// [`IndexError`] if it is none, or points elsewhere than just before itself.
    pub fn from_block(block: &RawBlock) -> Result<Footer, IndexError> {
        let payload: &[u8; 24] = block.payload().try_into().map_err(|_| IndexError::Absent)?;
        let (offset, bytes, mark) = (&payload[..8], &payload[8..16], &payload[16..]);
        if block.known_kind() != Some(BlockKind::Footer) || mark != MARK {
            return Err(IndexError::Absent);
        }
        let footer = Footer { index_offset: little_endian(offset), index_bytes: little_endian(bytes) };
        if footer.index_offset.checked_add(footer.index_bytes) != Some(block.offset) {
            return Err(IndexError::Misplaced { offset: block.offset });
        }
        Ok(footer)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut payload = [0u8; 24];
        payload[..8].copy_from_slice(&self.index_offset.to_le_bytes());
        payload[8..16].copy_from_slice(&self.index_bytes.to_le_bytes());
        payload[16..].copy_from_slice(&MARK);
        encode(BlockKind::Footer, 0, 0, 0, &payload, out)
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Why a stored index cannot be used. It can always be rebuilt by scanning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The recording does not end with one.
    #[error("the recording has no index at its end")]
    Absent,
    /// The footer does not point to what stands before it.
    #[error("the footer at offset {offset} does not point to an index just before it")]
    Misplaced {
        /// Where the footer starts.
        offset: u64,
    },
    /// Blocks among those of the index that are none.
    #[error("the block at offset {offset} is no part of the index")]
    OtherBlock {
        /// Where it starts.
        offset: u64,
    },
    /// The blocks are damaged.
    #[error("the index is damaged: {0}")]
    Damaged(#[from] BlockError),
    /// Larger than any index can be.
    #[error("an index of {bytes} bytes is larger than {MAX_INDEX_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: u64,
    },
    /// Not the JSON of an index.
    #[error("the index cannot be understood: {0}")]
    Malformed(String),
}
