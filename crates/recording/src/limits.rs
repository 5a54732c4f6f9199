//! Bounds of the format. A reader refuses what exceeds them *before* it takes memory for it.

/// A whole block, from its sync mark to its last checksum byte.
pub const MAX_BLOCK_BYTES: usize = 65_536;

/// The most that a block adds around its payload: sync 2, kind 1, flags 1, track 3, time 10, length 3, two checksums 8.
pub const MAX_BLOCK_OVERHEAD: usize = 28;

/// The largest payload that always fits a block; writers fragment what is larger.
pub const MAX_BLOCK_PAYLOAD_BYTES: usize = MAX_BLOCK_BYTES - MAX_BLOCK_OVERHEAD;

/// A data payload put together from its fragments. Holds for one payload, and for all unfinished ones of a reader in sum.
pub const MAX_PAYLOAD_BYTES: usize = 64 << 20;

/// Times in a recording: one leap year of microseconds. Beyond it a clock is broken or an input hostile.
pub const MAX_TIME_US: u64 = 366 * 86_400 * 1_000_000;

/// Tracks that one group may declare.
pub const MAX_TRACKS: usize = 64;

/// The JSON of one event; an event is never fragmented.
pub const MAX_EVENT_BYTES: usize = 32_768;

/// The JSON of an index, put together from its blocks.
pub const MAX_INDEX_BYTES: usize = 32 << 20;

/// Entries for groups in an index. When full, neighbours are merged two by two, so long recordings keep a bounded index.
pub const MAX_INDEX_GROUPS: usize = 16_384;

/// Events in an index; later ones are counted only.
pub const MAX_INDEX_EVENTS: usize = 8_192;

/// Gaps in an index; later ones are counted only.
pub const MAX_INDEX_GAPS: usize = 1_000;

/// Copies of pictures that groups build on, in an index; later ones are left out.
pub const MAX_INDEX_COPIES: usize = 16_384;

/// Thumbnails in an index; of more, every other one is left out as often as needed.
pub const MAX_INDEX_THUMBNAILS: usize = 256;

/// The JPEG of one thumbnail; it is never fragmented.
pub const MAX_THUMBNAIL_BYTES: usize = 32_768;

/// Width and height of a thumbnail in pixels; readers refuse larger ones before they decode them.
pub const MAX_THUMBNAIL_SIDE: u32 = 256;

/// The blocks that the `thumbnails` door answers, all together.
pub const MAX_THUMBNAILS_BYTES: usize = 1 << 20;

/// Bytes of a document in one payload of a documents track; it is never fragmented.
pub const MAX_DOCUMENT_PART_BYTES: usize = 32_768;

/// A document put together from its parts; readers refuse larger ones.
pub const MAX_DOCUMENT_BYTES: u64 = 64 << 20;

/// Monitors that one group may list; readers pass over later ones.
pub const MAX_MONITORS: usize = 16;

/// Characters of a monitor's name; readers shorten longer ones.
pub const MAX_MONITOR_NAME_CHARS: usize = 64;

/// Characters of an event's or gap's text in an index.
pub const MAX_INDEX_TEXT_CHARS: usize = 200;

/// Recipients of sealed classes that an index lists; later ones are left out.
pub const MAX_INDEX_RECIPIENTS: usize = 64;

/// Findings that a report lists one by one; later ones are counted only.
pub const MAX_FINDINGS: usize = 1_000;

/// Bytes without one whole block after which input that starts at offset 0 is called no recording at all.
pub(crate) const NOT_A_RECORDING_AFTER_BYTES: u64 = 2 * MAX_BLOCK_BYTES as u64;
