//! Says whether a recording is what was written, and if not, where it breaks.

use serde::Serialize;

use crate::block::{BlockKind, RawBlock};
use crate::chain::{ChainValue, Head};
use crate::checkpoint::Checkpoint;
use crate::decode::{Entry, structure};
use crate::decode_error::DecodeError;
use crate::entries::{End, Gap, GapReason, Incarnation};
use crate::id::RecordingId;
use crate::index::Index;
use crate::index_builder::IndexBuilder;
use crate::index_codec::Footer;
use crate::limits::{MAX_FINDINGS, MAX_INDEX_BYTES, NOT_A_RECORDING_AFTER_BYTES};
use crate::scan::{BlockScanner, Damaged, Scanned, TornTail};

/// What kind of fault was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Bytes that cannot be read.
    Damage,
    /// Blocks are sound but not those that the next checkpoint speaks of: changed, removed, added or moved.
    ChainBroken,
    /// The last write was cut off.
    TornTail,
    /// A sound block with a payload that cannot be understood.
    Malformed,
    /// The recording does not start with a header.
    HeaderMissing,
    /// The index or footer is not what the blocks give; nothing is lost, a repair rebuilds it.
    IndexWrong,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where it starts.
    pub offset: u64,
    /// Bytes that it concerns.
    pub bytes: u64,
    /// The latest time before it, microseconds: where to look in the player.
    pub time_us: u64,
    /// What kind.
    pub kind: FindingKind,
    /// For people.
    pub what: String,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing was found: every byte is what was written, and the chain holds. Declared gaps are no faults.
    pub intact: bool,
    /// The recording, if its header could be read.
    pub recording: Option<RecordingId>,
    /// The faults in order, at most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// Faults beyond those.
    pub findings_left_out: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Whole, sound blocks.
    pub blocks: u64,
    /// Groups among them.
    pub groups: u64,
    /// Checkpoints among them.
    pub checkpoints: u64,
    /// Declared gaps.
    pub gaps: u64,
    /// Of these, holes that a repair declared: their content is lost.
    pub repaired_holes: u64,
    /// Writers after the first.
    pub incarnations: u64,
    /// The latest time, microseconds.
    pub duration_us: u64,
    /// Bytes of blocks after the newest checkpoint, not counting index and footer: only their checksums speak for them.
    pub unwitnessed_bytes: u64,
    /// How it ended; `None` while it grows, or if it was cut off.
    pub ended: Option<End>,
    /// The chain over all whole blocks.
    pub chain: ChainValue,
}

/// Looks on while a recording is verified: for judging what the container does not know, such as signatures.
pub trait Observer {
    /// The next whole block. `chain` is the chain over the blocks before it, where it is known: behind damage, and
    /// behind a hole that a repair left, it is not until the next checkpoint. `entry` is what a block of a known kind
    /// says; `None` for data, for copies of it and for what cannot be understood.
    fn block(&mut self, block: &RawBlock, entry: Option<&Entry>, chain: Option<ChainValue>);

    /// Bytes that are no block, or a damaged one.
    fn damaged(&mut self, offset: u64, bytes: u64);
}

/// Nobody looks on.
impl Observer for () {
    fn block(&mut self, _: &RawBlock, _: Option<&Entry>, _: Option<ChainValue>) {}

    fn damaged(&mut self, _: u64, _: u64) {}
}

/// Push-fed verifier; bounded memory however long the recording is.
#[derive(Debug)]
pub struct Verifier {
    scanner: BlockScanner,
    report: Report,
    index: IndexBuilder,
    /// The chain over the blocks so far, as far as it can be known.
    chain: ChainValue,
    /// Why the next checkpoint's value cannot be computed and is taken as it is.
    adopt: bool,
    /// A `damaged` gap stands in this stretch: a hole of a repair, unless the next checkpoint speaks for its block too.
    hole: bool,
    content_damaged: bool,
    /// Where the blocks start that the next checkpoint speaks for.
    span_start: u64,
    span_start_us: u64,
    stored_index: StoredIndex,
    refused: Option<DecodeError>,
}

/// The newest index in the recording, as far as its blocks have come.
#[derive(Debug, Default)]
struct StoredIndex {
    offset: u64,
    blocks: Vec<u8>,
    footer: Option<Result<Footer, String>>,
}

impl Verifier {
    /// For a recording from its first byte.
    pub fn new() -> Verifier {
        Verifier {
            scanner: BlockScanner::new(),
            report: Report {
                intact: true,
                recording: None,
                findings: Vec::new(),
                findings_left_out: 0,
                bytes: 0,
                blocks: 0,
                groups: 0,
                checkpoints: 0,
                gaps: 0,
                repaired_holes: 0,
                incarnations: 0,
                duration_us: 0,
                unwitnessed_bytes: 0,
                ended: None,
                chain: ChainValue::origin(),
            },
            index: IndexBuilder::new(),
            chain: ChainValue::origin(),
            adopt: false,
            hole: false,
            content_damaged: false,
            span_start: 0,
            span_start_us: 0,
            stored_index: StoredIndex::default(),
            refused: None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`DecodeError`] if this is no recording, or one of a version that cannot be verified here. The error is final.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.push_observed(bytes, &mut ())
    }

    /// The same, with somebody who looks on.
    ///
    /// # Errors
    /// As [`Verifier::push`].
    pub fn push_observed(&mut self, bytes: &[u8], observer: &mut impl Observer) -> Result<(), DecodeError> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        self.report.bytes += bytes.len() as u64;
        self.scanner.push(bytes);
        while let Some(scanned) = self.scanner.next() {
            match scanned {
                Scanned::Block(block) => self.block(&block, observer)?,
                Scanned::Damaged(damaged) => {
                    observer.damaged(damaged.offset, damaged.len);
                    self.damaged(&damaged);
                }
            }
        }
        let damaged = self.scanner.pending_damage().map_or(0, |damage| damage.len);
        if self.report.blocks == 0 && damaged > NOT_A_RECORDING_AFTER_BYTES {
            return Err(self.refuse(DecodeError::NotARecording { bytes: damaged }));
        }
        Ok(())
    }

    /// Ends the input.
    ///
    /// # Errors
    /// [`DecodeError`] if not one whole block was there.
    pub fn finish(mut self) -> Result<Report, DecodeError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let garbage = self.scanner.pending_damage().is_some();
        let tail = std::mem::take(&mut self.scanner).finish();
        if self.report.blocks == 0 {
            let bytes = self.report.bytes;
            return Err(match garbage || bytes == 0 {
                true => DecodeError::NotARecording { bytes },
                false => DecodeError::HeaderIncomplete { bytes },
            });
        }
        if let Some(tail) = tail {
            self.torn(tail);
        }
        self.check_index();
        let index = self.index.index();
        self.report.recording = index.recording;
        self.report.duration_us = index.duration_us;
        self.report.ended = index.end.clone();
        self.report.chain = self.chain;
        self.report.intact = self.report.findings.is_empty();
        if index.recording.is_none() {
            let what = "the header, which says who was recorded, is missing or unreadable".to_owned();
            self.report.intact = false;
            self.report
                .findings
                .insert(0, Finding { offset: 0, bytes: 0, time_us: 0, kind: FindingKind::HeaderMissing, what });
        }
        Ok(self.report)
    }

    fn refuse(&mut self, error: DecodeError) -> DecodeError {
        self.refused = Some(error.clone());
        error
    }

    fn find(&mut self, offset: u64, bytes: u64, kind: FindingKind, what: String) {
        let time_us = match kind {
            FindingKind::ChainBroken => self.span_start_us,
            _ => self.index.index().duration_us,
        };
        if self.report.findings.len() >= MAX_FINDINGS {
            self.report.findings_left_out += 1;
            return;
        }
        self.report.findings.push(Finding { offset, bytes, time_us, kind, what });
    }

    fn damaged(&mut self, damaged: &Damaged) {
        let kind = damaged.kind.and_then(BlockKind::from_number);
        let Damaged { offset, len, why, .. } = *damaged;
        if matches!(kind, Some(BlockKind::Index | BlockKind::Footer)) {
            let what = format!("{len} bytes of the index are damaged ({why}); a repair rebuilds it");
            self.find(offset, len, FindingKind::IndexWrong, what);
        } else {
            let of = kind.map_or(String::new(), |kind| format!(" of a {} block", kind.name()));
            let what = format!("{len} bytes{of} cannot be read: {why}");
            self.find(offset, len, FindingKind::Damage, what);
            self.content_damaged = true;
        }
        self.adopt = true;
    }

    fn torn(&mut self, TornTail { offset, len }: TornTail) {
        let what = format!("the last {len} bytes are no whole block: the last write was cut off; a repair trims them");
        self.find(offset, len, FindingKind::TornTail, what);
    }

    fn block(&mut self, block: &RawBlock, observer: &mut impl Observer) -> Result<(), DecodeError> {
        self.report.blocks += 1;
        let kind = block.known_kind();
        self.keep_index(block, kind);
        let mut entry = None;
        if !matches!(kind, Some(BlockKind::Data | BlockKind::Copy)) {
            match structure(block) {
                Ok(found) => entry = Some(found),
                Err(error @ DecodeError::UnsupportedFormat { .. }) => {
                    return Err(self.refuse(error));
                }
                Err(error) => {
                    self.find(block.offset, block.bytes.len() as u64, FindingKind::Malformed, error.to_string());
                }
            }
        }
        observer.block(block, entry.as_ref(), self.known_chain(entry.as_ref()));
        if let Some(entry) = entry {
            self.structure(block, entry);
        }
        if !matches!(kind, Some(BlockKind::Index | BlockKind::Footer | BlockKind::Checkpoint)) {
            self.report.unwitnessed_bytes += block.bytes.len() as u64;
        }
        self.index.block(block);
        let head = Head { offset: block.offset, chain: self.chain };
        self.chain = head.after(&block.bytes).chain;
        Ok(())
    }

    /// The chain before a block, where it is known.
    fn known_chain(&self, entry: Option<&Entry>) -> Option<ChainValue> {
        // A writer's own gap of this kind is spoken for by the next checkpoint, a repair's is not.
        let spoken_for = matches!(entry, Some(Entry::Checkpoint(checkpoint)) if checkpoint.chain == self.chain);
        (!self.adopt && (!self.hole || spoken_for)).then_some(self.chain)
    }

    fn structure(&mut self, block: &RawBlock, entry: Entry) {
        match entry {
            Entry::Group(_) => self.report.groups += 1,
            Entry::Checkpoint(checkpoint) => self.checkpoint(block, &checkpoint),
            Entry::Gap(gap) => self.gap(&gap),
            Entry::Incarnation(incarnation) => self.incarnation(block, &incarnation),
            _ => {}
        }
    }

    fn checkpoint(&mut self, block: &RawBlock, checkpoint: &Checkpoint) {
        self.report.checkpoints += 1;
        if !self.adopt && !self.hole && checkpoint.chain != self.chain {
            let (from, to) = (self.span_start, block.offset);
            let what = format!(
                "the blocks from {from} to {to} are not those that were recorded: their chain is {}, the checkpoint \
                 at {to} states {}; it was written at offset {}",
                self.chain, checkpoint.chain, checkpoint.offset
            );
            self.find(from, to - from, FindingKind::ChainBroken, what);
        }
        // Each stretch is judged by itself: from here on, by the next checkpoint.
        self.chain = checkpoint.chain;
        self.adopt = false;
        self.hole = false;
        self.span_start = block.end();
        self.span_start_us = block.time_us;
        self.report.unwitnessed_bytes = 0;
    }

    fn gap(&mut self, gap: &Gap) {
        self.report.gaps += 1;
        if gap.reason == GapReason::Damaged {
            self.report.repaired_holes += 1;
            self.hole = true;
        }
    }

    fn incarnation(&mut self, block: &RawBlock, incarnation: &Incarnation) {
        self.report.incarnations += 1;
        let Some(follows) = incarnation.follows else {
            return;
        };
        if !self.adopt && !self.hole && follows.chain != self.chain {
            let what = format!(
                "the writer that goes on at {} followed other bytes than those before it: it names chain {} at {}",
                block.offset, follows.chain, follows.offset
            );
            self.find(block.offset, block.bytes.len() as u64, FindingKind::ChainBroken, what);
        }
    }

    /// Keeps the blocks of the newest index: what follows one makes it worthless.
    fn keep_index(&mut self, block: &RawBlock, kind: Option<BlockKind>) {
        let stored = &mut self.stored_index;
        match kind {
            Some(BlockKind::Index) => {
                if stored.blocks.is_empty() {
                    stored.offset = block.offset;
                }
                if stored.blocks.len() <= MAX_INDEX_BYTES * 2 {
                    stored.blocks.extend_from_slice(&block.bytes);
                }
            }
            Some(BlockKind::Footer) => {
                stored.footer = Some(Footer::from_block(block).map_err(|error| error.to_string()));
            }
            _ => *stored = StoredIndex::default(),
        }
    }

    fn check_index(&mut self) {
        let StoredIndex { offset, blocks, footer } = std::mem::take(&mut self.stored_index);
        if blocks.is_empty() && footer.is_none() {
            return;
        }
        let wrong = match (footer, Index::from_blocks(offset, &blocks)) {
            (None, _) => Some("the footer after the index is missing".to_owned()),
            (Some(Err(error)), _) => Some(error),
            (_, Err(error)) => Some(error.to_string()),
            (Some(Ok(footer)), Ok(_)) if footer.index_offset != offset => {
                Some("the footer points elsewhere than to the index".to_owned())
            }
            // Where blocks are damaged, the index speaks of more than can be seen.
            (Some(Ok(_)), Ok(index)) if !self.content_damaged && index != *self.index.index() => {
                Some("the index does not describe what is there".to_owned())
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            let what = format!("{wrong}; nothing is lost, a repair rebuilds the index");
            self.find(offset, blocks.len() as u64, FindingKind::IndexWrong, what);
        }
    }
}

impl Default for Verifier {
    fn default() -> Verifier {
        Verifier::new()
    }
}
