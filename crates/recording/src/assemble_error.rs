//! Why an assembler refuses what a recorder sends.

use crate::block::DamageReason;
use crate::decode_error::DecodeError;
use crate::write::EncodeError;

/// How a recorder broke the format. Offsets count in the recorder's own stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssembleError {
    /// Bytes that are no sound block.
    #[error("the recorder sent bytes at {offset} of its stream that are no block: {why}")]
    Damaged {
        /// Where.
        offset: u64,
        /// What is wrong.
        why: DamageReason,
    },
    /// A kind of block that is not the recorder's to write.
    #[error("the recorder sent a block of kind {kind} at {offset} of its stream; it may send groups, data and gaps")]
    Kind {
        /// Where.
        offset: u64,
        /// The kind's number.
        kind: u8,
    },
    /// Flags that have no meaning on data.
    #[error("the recorder sent data with flags {flags:#04x} at {offset} of its stream")]
    Flags {
        /// Where.
        offset: u64,
        /// The flags.
        flags: u8,
    },
    /// Data before a group.
    #[error("the recorder sent data of track {track} at {offset} of its stream before it started a group")]
    NoGroup {
        /// Where.
        offset: u64,
        /// The track.
        track: u16,
    },
    /// Data of a track that the group does not declare.
    #[error("the recorder sent data of track {track} at {offset} of its stream, which its group does not declare")]
    UndeclaredTrack {
        /// Where.
        offset: u64,
        /// The track.
        track: u16,
    },
    /// A group's number does not count up.
    #[error("the recorder started group {number} at {offset} of its stream after group {last}")]
    GroupNumber {
        /// Where.
        offset: u64,
        /// Its number.
        number: u64,
        /// The newest number before.
        last: u64,
    },
    /// A group builds on one that is not the recorder's newest without a base, or that was lost.
    #[error(
        "the recorder based group {number} at {offset} of its stream on group {base}, which is not its newest key frame"
    )]
    Base {
        /// Where.
        offset: u64,
        /// The group's number.
        number: u64,
        /// The base that it names.
        base: u64,
    },
    /// A track's time runs backwards within a group.
    #[error("the recorder sent track {track} at {time_us} µs after {after_us} µs, at {offset} of its stream")]
    TimeBackwards {
        /// Where.
        offset: u64,
        /// The track.
        track: u16,
        /// The block's time.
        time_us: u64,
        /// The track's latest time before.
        after_us: u64,
    },
    /// A fragment is missing.
    #[error("the recorder left a payload of track {track} incomplete before {offset} of its stream")]
    Fragment {
        /// Where it was noticed.
        offset: u64,
        /// The track.
        track: u16,
    },
    /// Sealed data without a key in its group, or open data where the group has one.
    #[error("the recorder sent data of track {track} at {offset} of its stream that is not sealed as its group says")]
    Sealing {
        /// Where.
        offset: u64,
        /// The track.
        track: u16,
    },
    /// A payload that no reader would take.
    #[error("the recorder sent what no reader takes: {0}")]
    Rejected(#[from] DecodeError),
    /// A checkpoint could not be written.
    #[error("a checkpoint cannot be written: {0}")]
    Checkpoint(#[from] EncodeError),
}
