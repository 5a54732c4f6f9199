//! One block: layout, encoding and strict parsing. `docs/format.md`, section *Blocks*.

use crate::limits::{MAX_BLOCK_BYTES, MAX_TIME_US};
use crate::varint::{self, Varint};
use crate::write::EncodeError;

/// The two bytes that every block starts with.
pub const SYNC: [u8; 2] = [0x4B, 0xD5];

/// Flag: the payload goes on in the next block of the same kind and track.
pub const FLAG_MORE: u8 = 0x01;
/// Flag: the payload continues that of the block before; so a fragment whose start was lost is told from a whole payload.
pub const FLAG_CONTINUES: u8 = 0x02;
/// Flag, on data only: the payload is sealed, see [`crate::split_sealed`]. All fragments of a payload carry it, or none.
pub const FLAG_SEALED: u8 = 0x04;
/// Flag: a reader that does not know the kind may pass over the block.
pub const FLAG_SKIPPABLE: u8 = 0x80;
/// Every flag that this version knows on any kind; data blocks know [`FLAG_SEALED`] too.
pub(crate) const KNOWN_FLAGS: u8 = FLAG_MORE | FLAG_CONTINUES | FLAG_SKIPPABLE;

/// Checksum bytes at the end of a block's header, and again at the end of the block.
const CRC_BYTES: usize = 4;

/// The kinds of block that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum BlockKind {
    /// Who was recorded, where, why: [`crate::Header`].
    Header = 1,
    /// The start of a group: every codec starts anew: [`crate::Group`].
    Group = 2,
    /// A track's payload or a fragment of one.
    Data = 3,
    /// The chain's value so far: [`crate::Checkpoint`].
    Checkpoint = 4,
    /// A stretch of which nothing was recorded: [`crate::Gap`].
    Gap = 5,
    /// Another writer went on from here: [`crate::Incarnation`].
    Incarnation = 6,
    /// The recording ended, and why: [`crate::End`].
    End = 7,
    /// The index or a fragment of it; disposable: [`crate::Index`].
    Index = 8,
    /// Where the index is; disposable: [`crate::Footer`].
    Footer = 9,
    /// Whose key signs the checkpoints from here on: [`crate::Signer`].
    Signer = 10,
    /// The second copy of what other groups build on, or a fragment of it: [`crate::BaseCopy`].
    Copy = 11,
}

impl BlockKind {
    /// The kind with this number, if this version knows it.
    pub fn from_number(number: u8) -> Option<BlockKind> {
        Some(match number {
            1 => BlockKind::Header,
            2 => BlockKind::Group,
            3 => BlockKind::Data,
            4 => BlockKind::Checkpoint,
            5 => BlockKind::Gap,
            6 => BlockKind::Incarnation,
            7 => BlockKind::End,
            8 => BlockKind::Index,
            9 => BlockKind::Footer,
            10 => BlockKind::Signer,
            11 => BlockKind::Copy,
            _ => return None,
        })
    }

    /// The number on disk.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The word for messages.
    pub fn name(self) -> &'static str {
        match self {
            BlockKind::Header => "header",
            BlockKind::Group => "group",
            BlockKind::Data => "data",
            BlockKind::Checkpoint => "checkpoint",
            BlockKind::Gap => "gap",
            BlockKind::Incarnation => "incarnation",
            BlockKind::End => "end",
            BlockKind::Index => "index",
            BlockKind::Footer => "footer",
            BlockKind::Signer => "signer",
            BlockKind::Copy => "copy",
        }
    }
}

/// A whole block whose checksums are right, not interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawBlock {
    /// Where its first byte stands in the recording.
    pub offset: u64,
    /// The kind's number; see [`BlockKind::from_number`].
    pub kind: u8,
    /// The flags as stored.
    pub flags: u8,
    /// The track; 0 where the kind has none.
    pub track: u16,
    /// Microseconds since the recording's start.
    pub time_us: u64,
    /// The whole block, at most [`MAX_BLOCK_BYTES`].
    pub bytes: Vec<u8>,
    /// Where the payload starts in `bytes`.
    payload_start: usize,
}

impl RawBlock {
    /// Parses exactly one block; `offset` is where it stands in the recording.
    ///
    /// # Errors
    /// [`BlockError`] if the bytes are damaged, incomplete, or more than one block.
    pub fn parse(offset: u64, bytes: &[u8]) -> Result<RawBlock, BlockError> {
        let header = match parse_header(bytes) {
            HeaderParse::Whole(header) => header,
            HeaderParse::Incomplete => {
                return Err(BlockError::Incomplete { offset, bytes: bytes.len() });
            }
            HeaderParse::Bad(why) => return Err(BlockError::Damaged { offset, why }),
        };
        match bytes.len() {
            len if len < header.block_len() => Err(BlockError::Incomplete { offset, bytes: len }),
            len if len > header.block_len() => Err(BlockError::Trailing { offset, extra: len - header.block_len() }),
            _ if !checksum_holds(bytes) => Err(BlockError::Damaged { offset, why: DamageReason::BlockChecksum }),
            _ => Ok(RawBlock::from_checked(offset, &header, bytes)),
        }
    }

    /// For bytes that were already found to be one whole, sound block.
    pub(crate) fn from_checked(offset: u64, header: &BlockHeader, bytes: &[u8]) -> RawBlock {
        RawBlock {
            offset,
            kind: header.kind,
            flags: header.flags,
            track: header.track,
            time_us: header.time_us,
            bytes: bytes.to_vec(),
            payload_start: header.header_len,
        }
    }

    /// What the block carries.
    pub fn payload(&self) -> &[u8] {
        &self.bytes[self.payload_start..self.bytes.len() - CRC_BYTES]
    }

    /// The kind, if this version knows it.
    pub fn known_kind(&self) -> Option<BlockKind> {
        BlockKind::from_number(self.kind)
    }

    /// The offset just after the block.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

/// Cuts bytes that must be whole, sound blocks, one after the other; `offset` is where the first one stands.
///
/// # Errors
/// [`BlockError`] names the first place that is damaged or incomplete.
pub fn split_blocks(mut offset: u64, mut bytes: &[u8]) -> Result<Vec<RawBlock>, BlockError> {
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let len = match parse_header(bytes) {
            HeaderParse::Whole(header) => header.block_len().min(bytes.len()),
            _ => bytes.len(),
        };
        let block = RawBlock::parse(offset, &bytes[..len])?;
        offset = block.end();
        blocks.push(block);
        bytes = &bytes[len..];
    }
    Ok(blocks)
}

/// Why bytes that must be blocks are not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The bytes end before the block does.
    #[error("the block at offset {offset} is incomplete: only {bytes} bytes of it are there")]
    Incomplete {
        /// Where it starts.
        offset: u64,
        /// What is there of it.
        bytes: usize,
    },
    /// The block, or what should be one, is damaged.
    #[error("the bytes at offset {offset} are no sound block: {why}")]
    Damaged {
        /// Where it starts.
        offset: u64,
        /// What is wrong.
        why: DamageReason,
    },
    /// One block was asked for and more bytes given.
    #[error("{extra} bytes follow the block at offset {offset} where only one block may stand")]
    Trailing {
        /// Where the block starts.
        offset: u64,
        /// Bytes after it.
        extra: usize,
    },
}

/// What is wrong with bytes that should be a block or belong to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum DamageReason {
    /// No sync mark where a block must start.
    #[error("no block starts here")]
    NoSync,
    /// A number in the header is not canonical or out of its bounds.
    #[error("the block's header states an impossible size, track or time")]
    HeaderValue,
    /// The header's checksum is wrong.
    #[error("the checksum of the block's header is wrong")]
    HeaderChecksum,
    /// The header is right, the block's checksum wrong.
    #[error("the block's checksum is wrong")]
    BlockChecksum,
    /// A fragment without the ones before or after it.
    #[error("a part of this payload is missing")]
    FragmentLost,
    /// Sound, but not readable without the group's earlier data, which is missing.
    #[error("it builds on data that is missing; reading goes on at the next group")]
    NeedsGroup,
}

/// A block's header, already checked against its own checksum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockHeader {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) track: u16,
    pub(crate) time_us: u64,
    payload_len: usize,
    /// Sync mark to header checksum.
    header_len: usize,
}

impl BlockHeader {
    /// The whole block's size, at most [`MAX_BLOCK_BYTES`].
    pub(crate) fn block_len(&self) -> usize {
        self.header_len + self.payload_len + CRC_BYTES
    }
}

/// What stands at the start of a slice.
pub(crate) enum HeaderParse {
    /// A sound header; the payload may still be to come.
    Whole(BlockHeader),
    /// So far it may become one.
    Incomplete,
    /// It is none.
    Bad(DamageReason),
}

/// Reads a header at the start of `bytes`. Looks at no more than [`crate::MAX_BLOCK_OVERHEAD`] bytes.
pub(crate) fn parse_header(bytes: &[u8]) -> HeaderParse {
    let sync_seen = bytes.len().min(SYNC.len());
    if bytes[..sync_seen] != SYNC[..sync_seen] {
        return HeaderParse::Bad(DamageReason::NoSync);
    }
    if bytes.len() < 4 {
        return HeaderParse::Incomplete;
    }
    let mut position = 4;
    let mut numbers = [0u64; 3];
    let bounds = [u64::from(u16::MAX), MAX_TIME_US, MAX_BLOCK_BYTES as u64];
    for (number, bound) in numbers.iter_mut().zip(bounds) {
        match varint::read(&bytes[position..]) {
            Varint::Value(value, len) if value <= bound => {
                *number = value;
                position += len;
            }
            Varint::Incomplete => return HeaderParse::Incomplete,
            Varint::Value(..) | Varint::Invalid => {
                return HeaderParse::Bad(DamageReason::HeaderValue);
            }
        }
    }
    let Some(crc) = bytes.get(position..position + CRC_BYTES) else {
        return HeaderParse::Incomplete;
    };
    if crc != crc32c::crc32c(&bytes[..position]).to_le_bytes() {
        return HeaderParse::Bad(DamageReason::HeaderChecksum);
    }
    let [track, time_us, payload_len] = numbers;
    let header = BlockHeader {
        kind: bytes[2],
        flags: bytes[3],
        track: track as u16,
        time_us,
        payload_len: payload_len as usize,
        header_len: position + CRC_BYTES,
    };
    if header.block_len() > MAX_BLOCK_BYTES {
        return HeaderParse::Bad(DamageReason::HeaderValue);
    }
    HeaderParse::Whole(header)
}

/// Whether a whole block's last four bytes are the checksum of all before them.
pub(crate) fn checksum_holds(block: &[u8]) -> bool {
    let (content, crc) = block.split_at(block.len().saturating_sub(CRC_BYTES));
    crc == crc32c::crc32c(content).to_le_bytes()
}

/// Appends one block to `out`.
///
/// # Errors
/// [`EncodeError`] if the time or the block's size is out of bounds; `out` is then unchanged.
pub(crate) fn encode(
    kind: BlockKind,
    flags: u8,
    track: u16,
    time_us: u64,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    encode_numbered((kind.number(), kind.name()), flags, track, time_us, payload, out)
}

/// A block that stands in a file beside a recording, with a kind that no recording has: framing is the same for all.
///
/// # Errors
/// [`EncodeError`] if the payload does not fit a block.
pub fn encode_beside(kind: u8, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    encode_numbered((kind, "an entry"), 0, 0, 0, payload, &mut out)?;
    Ok(out)
}

fn encode_numbered(
    (kind, name): (u8, &'static str),
    flags: u8,
    track: u16,
    time_us: u64,
    payload: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    if time_us > MAX_TIME_US {
        return Err(EncodeError::TimeOutOfRange { time_us });
    }
    if payload.len() > MAX_BLOCK_BYTES {
        return Err(EncodeError::TooLarge { what: name, bytes: payload.len(), limit: MAX_BLOCK_BYTES });
    }
    let start = out.len();
    out.extend_from_slice(&SYNC);
    out.extend_from_slice(&[kind, flags]);
    varint::write(u64::from(track), out);
    varint::write(time_us, out);
    varint::write(payload.len() as u64, out);
    let header_crc = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&header_crc.to_le_bytes());
    out.extend_from_slice(payload);
    let block_crc = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&block_crc.to_le_bytes());
    let bytes = out.len() - start;
    if bytes > MAX_BLOCK_BYTES {
        out.truncate(start);
        return Err(EncodeError::TooLarge { what: name, bytes, limit: MAX_BLOCK_BYTES });
    }
    Ok(())
}
