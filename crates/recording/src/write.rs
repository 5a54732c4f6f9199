//! Writing blocks: the recorder's side.

use serde::Serialize;

use crate::block::{BlockKind, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, encode};
use crate::entries::{Gap, Group};
use crate::event::Event;
use crate::limits::{MAX_BLOCK_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES, MAX_TIME_US, MAX_TRACKS};

/// Writes the blocks of a recorder. Holds no state: every method appends whole blocks to the given buffer.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlockWriter;

impl BlockWriter {
    /// A writer.
    pub fn new() -> BlockWriter {
        BlockWriter
    }

    /// Starts a group.
    ///
    /// # Errors
    /// [`EncodeError`] if a track is declared twice or there are too many; `out` is then unchanged.
    pub fn group(&self, group: &Group, time_us: u64, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        check_tracks(group)?;
        json_block(BlockKind::Group, time_us, group, out)
    }

    /// Writes one payload of a track, in as many blocks as it needs.
    ///
    /// # Errors
    /// [`EncodeError`] if it is larger than [`MAX_PAYLOAD_BYTES`]; `out` is then unchanged.
    pub fn data(&self, track: u16, time_us: u64, payload: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        data(0, track, time_us, payload, out)
    }

    /// The same with a payload that is sealed already: see [`crate::join_sealed`].
    ///
    /// # Errors
    /// As [`BlockWriter::data`].
    pub fn sealed_data(&self, track: u16, time_us: u64, payload: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        data(FLAG_SEALED, track, time_us, payload, out)
    }

    /// Writes an event on an events track.
    ///
    /// # Errors
    /// [`EncodeError`] if its JSON is larger than [`MAX_EVENT_BYTES`]; `out` is then unchanged.
    pub fn event(&self, track: u16, time_us: u64, event: &Event, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.data(track, time_us, &event.to_payload()?, out)
    }

    /// Declares a gap; its block stands at the time the gap begins.
    ///
    /// # Errors
    /// [`EncodeError`] if its text does not fit a block; `out` is then unchanged.
    pub fn gap(&self, gap: &Gap, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        json_block(BlockKind::Gap, gap.from_us, gap, out)
    }
}

fn data(flags: u8, track: u16, time_us: u64, payload: &[u8], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(EncodeError::TooLarge { what: "data", bytes: payload.len(), limit: MAX_PAYLOAD_BYTES });
    }
    fragments((BlockKind::Data, flags), track, time_us, payload, out)
}

/// Whether a group's tracks keep the format's rules.
pub(crate) fn check_tracks(group: &Group) -> Result<(), EncodeError> {
    let twice = |(position, track): (usize, &crate::Track)| group.tracks[..position].iter().any(|t| t.id == track.id);
    let sealed_twice =
        |(position, keys): (usize, &crate::ClassKeys)| group.keys[..position].iter().any(|k| k.class == keys.class);
    if group.tracks.len() > MAX_TRACKS
        || group.tracks.iter().enumerate().any(twice)
        || group.keys.iter().enumerate().any(sealed_twice)
    {
        return Err(EncodeError::Tracks { number: group.number });
    }
    Ok(())
}

/// Appends a block whose payload is JSON.
pub(crate) fn json_block<T: Serialize>(
    kind: BlockKind,
    time_us: u64,
    payload: &T,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    encode(kind, 0, 0, time_us, &json(kind.name(), payload)?, out)
}

/// Appends a payload in as many blocks as it needs; an empty one takes one block. All of them carry the same extra flags.
pub(crate) fn fragments(
    (kind, extra): (BlockKind, u8),
    track: u16,
    time_us: u64,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut rest = payload;
    let mut flags = extra;
    while rest.len() > MAX_BLOCK_PAYLOAD_BYTES {
        let (part, after) = rest.split_at(MAX_BLOCK_PAYLOAD_BYTES);
        encode(kind, flags | FLAG_MORE, track, time_us, part, out)?;
        flags = extra | FLAG_CONTINUES;
        rest = after;
    }
    encode(kind, flags, track, time_us, rest, out)
}

pub(crate) fn json<T: Serialize>(what: &'static str, payload: &T) -> Result<Vec<u8>, EncodeError> {
    serde_json::to_vec(payload).map_err(|error| EncodeError::Json { what, error: error.to_string() })
}

/// Why something cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Larger than the format allows.
    #[error("{what} of {bytes} bytes is larger than the {limit} that the format allows")]
    TooLarge {
        /// What was to be written.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The format's bound.
        limit: usize,
    },
    /// Later than [`MAX_TIME_US`].
    #[error("time {time_us} µs is beyond the format's longest recording of {MAX_TIME_US} µs")]
    TimeOutOfRange {
        /// The time.
        time_us: u64,
    },
    /// A group's tracks break the format's rules.
    #[error("group {number} declares a track or a sealed class twice, or more than {MAX_TRACKS} tracks")]
    Tracks {
        /// The group.
        number: u64,
    },
    /// A value that JSON cannot hold.
    #[error("{what} cannot be written as JSON: {error}")]
    Json {
        /// What was to be written.
        what: &'static str,
        /// The cause.
        error: String,
    },
}
