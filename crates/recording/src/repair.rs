//! Makes a whole recording out of a damaged one, without touching it: the caller writes the result elsewhere.

use serde::Serialize;

use crate::block::{BlockKind, FLAG_CONTINUES, RawBlock, split_blocks};
use crate::chain::Head;
use crate::decode::structure;
use crate::decode_error::DecodeError;
use crate::entries::{Gap, GapReason};
use crate::index_builder::IndexBuilder;
use crate::index_codec::Footer;
use crate::limits::{MAX_FINDINGS, MAX_INDEX_BYTES, NOT_A_RECORDING_AFTER_BYTES};
use crate::scan::{BlockScanner, Damaged, Scanned};
use crate::write::json_block;

/// A stretch of the original, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Where it starts in the original.
    pub offset: u64,
    /// Its length.
    pub bytes: u64,
}

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RepairSummary {
    /// Bytes of the original.
    pub bytes_read: u64,
    /// Bytes of the copy.
    pub bytes_written: u64,
    /// Whole blocks that were copied as they are.
    pub blocks_copied: u64,
    /// Holes that were declared as gaps, at most [`MAX_FINDINGS`] of them.
    pub holes: Vec<Stretch>,
    /// Holes beyond those.
    pub holes_left_out: u64,
    /// What was left out at the end because no whole block followed it.
    pub trimmed: Option<Stretch>,
    /// Whether the copy's index differs from what the original had in its place.
    pub index_rebuilt: bool,
    /// Whether the copy differs from the original at all.
    pub changed: bool,
}

/// Push-fed repair. Whole blocks are copied as they are; a hole becomes a gap; a torn tail is left out; the index and
/// footer at the end are built anew. Repairing the result gives the same bytes again.
#[derive(Debug)]
pub struct Repairer {
    scanner: BlockScanner,
    /// Where the copy is, and the chain over it.
    head: Head,
    index: IndexBuilder,
    last_time_us: u64,
    /// What may be the end: dropped there, kept if anything follows.
    held: Vec<Held>,
    held_index_bytes: usize,
    summary: RepairSummary,
    refused: Option<DecodeError>,
}

/// What stands between the last copied block and whatever comes.
#[derive(Debug)]
enum Held {
    /// An index or footer block.
    Index(RawBlock),
    /// A damaged stretch.
    Hole(Hole),
}

#[derive(Clone, Copy, Debug)]
struct Hole {
    stretch: Stretch,
    /// A header within it is sound and says that it held something else than index.
    held_content: bool,
}

impl Hole {
    fn new(damaged: &Damaged) -> Hole {
        let of_index = |kind| matches!(BlockKind::from_number(kind), Some(BlockKind::Index | BlockKind::Footer));
        Hole {
            stretch: Stretch { offset: damaged.offset, bytes: damaged.len },
            held_content: damaged.kind.is_some_and(|kind| !of_index(kind)),
        }
    }
}

impl Repairer {
    /// For a recording from its first byte.
    pub fn new() -> Repairer {
        Repairer {
            scanner: BlockScanner::new(),
            head: Head::start(),
            index: IndexBuilder::new(),
            last_time_us: 0,
            held: Vec::new(),
            held_index_bytes: 0,
            summary: RepairSummary::default(),
            refused: None,
        }
    }

    /// Takes the original's next bytes and appends the copy's to `out`.
    ///
    /// # Errors
    /// [`DecodeError`] if this is no recording, or one of a later version. The error is final.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), DecodeError> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        self.summary.bytes_read += bytes.len() as u64;
        self.scanner.push(bytes);
        while let Some(scanned) = self.scanner.next() {
            match scanned {
                Scanned::Damaged(damaged) => self.hold_damage(&damaged),
                Scanned::Block(block) => self.block(block, out)?,
            }
        }
        let damaged = self.scanner.pending_damage().map_or(0, |damage| damage.len);
        if self.found_nothing() && damaged > NOT_A_RECORDING_AFTER_BYTES {
            return Err(self.refuse(DecodeError::NotARecording { bytes: damaged }));
        }
        Ok(())
    }

    /// Ends the original: appends the end of the copy.
    ///
    /// # Errors
    /// [`DecodeError`] if not one whole block was there.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<RepairSummary, DecodeError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let garbage = self.scanner.pending_damage().is_some();
        let tail = std::mem::take(&mut self.scanner).finish();
        if self.found_nothing() {
            let bytes = self.summary.bytes_read;
            return Err(match garbage || bytes == 0 {
                true => DecodeError::NotARecording { bytes },
                false => DecodeError::HeaderIncomplete { bytes },
            });
        }
        self.summary.trimmed = tail.map(|tail| Stretch { offset: tail.offset, bytes: tail.len });
        let stored_index = self.end_held(out);
        let start = out.len();
        self.write_index(out);
        self.summary.index_rebuilt = stored_index != out[start..];
        self.summary.bytes_written = self.head.offset;
        let summary = &mut self.summary;
        summary.changed = summary.index_rebuilt || summary.trimmed.is_some() || !summary.holes.is_empty();
        Ok(self.summary)
    }

    fn found_nothing(&self) -> bool {
        self.summary.blocks_copied == 0 && self.held.is_empty()
    }

    fn refuse(&mut self, error: DecodeError) -> DecodeError {
        self.refused = Some(error.clone());
        error
    }

    fn block(&mut self, block: RawBlock, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        match block.known_kind() {
            Some(BlockKind::Index | BlockKind::Footer) => {
                self.held_index_bytes += block.bytes.len();
                self.held.push(Held::Index(block));
                // No index is that long: it is content of a strange kind, and memory is bounded.
                if self.held_index_bytes > 2 * MAX_INDEX_BYTES {
                    self.keep_held(self.last_time_us, out);
                }
                return Ok(());
            }
            Some(BlockKind::Header) => {
                if let Err(error @ DecodeError::UnsupportedFormat { .. }) = structure(&block) {
                    return Err(self.refuse(error));
                }
            }
            _ => {}
        }
        self.keep_held(block.time_us, out);
        self.last_time_us = self.last_time_us.max(block.time_us);
        self.copy(&block, out);
        Ok(())
    }

    fn hold_damage(&mut self, damaged: &Damaged) {
        let hole = Hole::new(damaged);
        if let Some(Held::Hole(last)) = self.held.last_mut() {
            // Scanned in order, so the two touch.
            last.stretch.bytes += hole.stretch.bytes;
            last.held_content |= hole.held_content;
            return;
        }
        self.held.push(Held::Hole(hole));
    }

    /// Something follows what was held: index blocks belong to the chain and stay, holes become gaps.
    fn keep_held(&mut self, next_time_us: u64, out: &mut Vec<u8>) {
        self.held_index_bytes = 0;
        for held in std::mem::take(&mut self.held) {
            match held {
                Held::Index(block) => self.copy(&block, out),
                Held::Hole(hole) => self.declare(hole.stretch, next_time_us, out),
            }
        }
    }

    /// Nothing follows: drops the old index, after deciding whether a hole before it held content. Returns the bytes
    /// that stood where the new index goes.
    fn end_held(&mut self, out: &mut Vec<u8>) -> Vec<u8> {
        self.held_index_bytes = 0;
        let held = std::mem::take(&mut self.held);
        let mut stored_index = Vec::new();
        let blocks: Vec<&RawBlock> = held
            .iter()
            .filter_map(|held| match held {
                Held::Index(block) => Some(block),
                Held::Hole(_) => None,
            })
            .collect();
        for block in &blocks {
            stored_index.extend_from_slice(&block.bytes);
        }
        if let Some(Held::Hole(hole)) = held.first() {
            match (blocks.first(), blocks.last()) {
                (Some(first), Some(last)) if lost_content(hole, first, last) => {
                    self.declare(hole.stretch, self.last_time_us, out);
                }
                (Some(_), _) => {}
                (None, _) => self.trim(hole.stretch),
            }
        }
        let holes = held.iter().any(|held| matches!(held, Held::Hole(_)));
        if holes { Vec::new() } else { stored_index }
    }

    fn trim(&mut self, stretch: Stretch) {
        let torn = self.summary.trimmed.map_or(0, |torn| torn.bytes);
        self.summary.trimmed = Some(Stretch { offset: stretch.offset, bytes: stretch.bytes + torn });
    }

    #[expect(clippy::expect_used, reason = "a gap of these fields always fits a block")]
    fn declare(&mut self, stretch: Stretch, next_time_us: u64, out: &mut Vec<u8>) {
        if self.summary.holes.len() < MAX_FINDINGS {
            self.summary.holes.push(stretch);
        } else {
            self.summary.holes_left_out += 1;
        }
        let Stretch { offset, bytes } = stretch;
        let gap = Gap {
            from_us: self.last_time_us,
            to_us: next_time_us.max(self.last_time_us),
            reason: GapReason::Damaged,
            text: format!("{bytes} damaged bytes at offset {offset} of the original were left out by a repair"),
            chain_before: Some(self.head.chain),
            chain_after: None,
        };
        let start = out.len();
        json_block(BlockKind::Gap, gap.from_us, &gap, out).expect("fits");
        self.account_for(&out[start..]);
    }

    fn copy(&mut self, block: &RawBlock, out: &mut Vec<u8>) {
        self.summary.blocks_copied += 1;
        out.extend_from_slice(&block.bytes);
        self.account_for(&block.bytes);
    }

    #[expect(clippy::expect_used, reason = "an index that was built is within its bounds")]
    fn write_index(&mut self, out: &mut Vec<u8>) {
        let blocks = self.index.index().to_blocks(self.head.offset).expect("bounded");
        self.account_for(&blocks);
        out.extend_from_slice(&blocks);
    }

    /// Takes blocks of the copy into its chain and index.
    #[expect(clippy::expect_used, reason = "takes only blocks that were checked or written here")]
    fn account_for(&mut self, blocks: &[u8]) {
        for block in split_blocks(self.head.offset, blocks).expect("whole blocks") {
            self.index.block(&block);
            self.head = self.head.after(&block.bytes);
        }
    }
}

impl Default for Repairer {
    fn default() -> Repairer {
        Repairer::new()
    }
}

/// Whether a hole just before the index at a recording's end held anything that cannot be rebuilt.
fn lost_content(hole: &Hole, first: &RawBlock, last: &RawBlock) -> bool {
    if hole.held_content {
        return true;
    }
    match Footer::from_block(last) {
        Ok(footer) => footer.index_offset > hole.stretch.offset,
        // Without a footer: if the index is there from its beginning, the hole was something else.
        Err(_) => first.known_kind() == Some(BlockKind::Index) && first.flags & FLAG_CONTINUES == 0,
    }
}
