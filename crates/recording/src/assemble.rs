//! The agent's side of writing: validates what a recorder wrote, keeps the chain, inserts checkpoints.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::anchor::Anchor;
use crate::assemble_error::AssembleError;
use crate::assembler_state::AssemblerState;
use crate::base_copy::KeptBase;
use crate::block::{BlockKind, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, FLAG_SKIPPABLE, RawBlock, encode, split_blocks};
use crate::chain::Head;
use crate::checkpoint::{Checkpoint, Clocks};
use crate::decode::{Entry, structure};
use crate::decode_error::DecodeError;
use crate::entries::{End, Gap, Group, Incarnation, Track, TrackKind};
use crate::header::Header;
use crate::index_builder::IndexBuilder;
use crate::limits::MAX_PAYLOAD_BYTES;
use crate::scan::{BlockScanner, Scanned, TornTail};
use crate::signing::{RecordingSigner, Witnessed};
use crate::write::{EncodeError, fragments, json_block};

/// Puts a recording together. Every method appends whole blocks to `out` and moves the head past them.
#[derive(Debug)]
pub struct Assembler {
    state: AssemblerState,
    recorder: BlockScanner,
    /// The tracks of the recorder's group; `None` until it starts one.
    tracks: Option<BTreeMap<u16, TrackProgress>>,
    /// The recorder's newest group without a base: the one that others may build on. Forgotten when anything is lost.
    base: Option<u64>,
    /// What is kept of the newest group without a base, until its copy is written.
    kept: Option<KeptBase>,
    /// Who signs the checkpoints, if anybody does.
    signer: Option<Box<dyn RecordingSigner>>,
    /// The signer has its block.
    introduced: bool,
}

/// How far a track of the present group is.
#[derive(Clone, Copy, Debug, Default)]
struct TrackProgress {
    time_us: u64,
    /// Whether the group has a key for what the track holds: then all of it is sealed.
    sealed: bool,
    /// Bytes of the payload under way, if one is.
    under_way: Option<usize>,
}

impl Assembler {
    /// Starts a recording: the assembler and the header's block.
    ///
    /// # Errors
    /// [`EncodeError`] if the header does not fit a block.
    pub fn new(header: &Header) -> Result<(Assembler, Vec<u8>), EncodeError> {
        let mut assembler = Assembler::resume(AssemblerState::new());
        let mut out = Vec::new();
        assembler.write(BlockKind::Header, 0, header, &mut out)?;
        Ok((assembler, out))
    }

    /// Goes on with a recording. The next thing from a recorder must be a group.
    pub fn resume(state: AssemblerState) -> Assembler {
        Assembler {
            state,
            recorder: BlockScanner::new(),
            tracks: None,
            base: None,
            kept: None,
            signer: None,
            introduced: false,
        }
    }

    /// Has checkpoints signed from now on. The signer is introduced before the next block that stands behind the header or
    /// the announcement of another writer.
    #[must_use]
    pub fn signed_by(mut self, signer: Box<dyn RecordingSigner>) -> Assembler {
        self.signer = Some(signer);
        self.introduced = false;
        self
    }

    /// What to keep for [`Assembler::resume`].
    pub fn state(&self) -> &AssemblerState {
        &self.state
    }

    /// Where the next block goes, and the chain before it.
    pub fn head(&self) -> Head {
        self.state.head
    }

    /// The index over everything so far.
    pub fn index(&self) -> &IndexBuilder {
        &self.state.index
    }

    /// The number of the newest group, if there is one; a recorder goes on with the next.
    pub fn last_group(&self) -> Option<u64> {
        self.state.last_group
    }

    /// The latest time so far, microseconds since the recording's start.
    pub fn last_time_us(&self) -> u64 {
        self.state.last_time_us
    }

    /// Takes bytes from the recorder, in pieces of any size, and appends what is whole and right to `out`, with
    /// checkpoints before each group and every [`crate::CHECKPOINT_INTERVAL_US`]. `anchor` reads both clocks now.
    ///
    /// # Errors
    /// [`AssembleError`] if the recorder breaks the format. What `out` holds by then is right and part of the
    /// recording: store it, end the recorder, call [`Assembler::recorder_ended`] and go on with a new one.
    pub fn accept(&mut self, bytes: &[u8], anchor: &Anchor, out: &mut Vec<u8>) -> Result<(), AssembleError> {
        self.recorder.push(bytes);
        while let Some(scanned) = self.recorder.next() {
            match scanned {
                Scanned::Block(block) => self.accept_block(&block, anchor, out)?,
                Scanned::Damaged(damaged) => {
                    return Err(AssembleError::Damaged { offset: damaged.offset, why: damaged.why });
                }
            }
        }
        match self.recorder.pending_damage() {
            Some(damaged) => Err(AssembleError::Damaged { offset: damaged.offset, why: damaged.why }),
            None => Ok(()),
        }
    }

    /// Forgets the recorder: what it left unfinished is returned, and a group must come next.
    pub fn recorder_ended(&mut self) -> Option<TornTail> {
        self.forget_group();
        std::mem::take(&mut self.recorder).finish()
    }

    /// Whether blocks follow the newest checkpoint and it is [`crate::CHECKPOINT_INTERVAL_US`] old at `time_us`.
    pub fn checkpoint_due(&self, time_us: u64) -> bool {
        self.state.checkpoint_due_at().is_some_and(|due_us| due_us <= time_us)
    }

    /// From when on a checkpoint is due, in microseconds since the recording's start; `None` while nothing wants one.
    pub fn checkpoint_due_at(&self) -> Option<u64> {
        self.state.checkpoint_due_at()
    }

    /// Writes a checkpoint, unless nothing came since the last one.
    ///
    /// # Errors
    /// [`EncodeError`] if the anchor does not fit a block.
    pub fn checkpoint(&mut self, time_us: u64, anchor: &Anchor, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.witness(time_us, anchor, false, out)
    }

    /// With `hand_over` another key signs what follows, so that whoever gets hold of it later cannot rewrite this group.
    fn witness(
        &mut self,
        time_us: u64,
        anchor: &Anchor,
        hand_over: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if !self.state.unwitnessed() {
            return Ok(());
        }
        self.introduce(time_us, out)?;
        let head = self.state.head;
        let clocks = Clocks::new(anchor, self.state.boot_id.as_deref());
        let signer = self.signer.as_mut();
        let signed = signer.map(|signer| signer.sign(&Witnessed { head, time_us, clocks: &clocks }, hand_over));
        let checkpoint = Checkpoint { chain: head.chain, offset: head.offset, anchor: clocks, signed };
        let start = out.len();
        encode(BlockKind::Checkpoint, 0, 0, time_us, &checkpoint.to_payload(), out)?;
        self.replay_written(&out[start..]);
        Ok(())
    }

    /// Writes the signer's block, once.
    fn introduce(&mut self, time_us: u64, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Some(signer) = self.signer.as_mut().filter(|_| !self.introduced) else { return Ok(()) };
        let block = signer.introduce(self.state.next_epoch, self.state.head, time_us);
        self.introduced = true;
        self.write(BlockKind::Signer, time_us, &block, out)
    }

    /// Declares a gap, at the time it begins.
    ///
    /// # Errors
    /// [`EncodeError`] if its text does not fit a block.
    pub fn gap(&mut self, gap: &Gap, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.introduce(gap.from_us, out)?;
        if gap.reason.breaks_group() {
            self.copy_base(gap.from_us, true, out)?;
        }
        self.write(BlockKind::Gap, gap.from_us, gap, out)?;
        if gap.reason.breaks_group() {
            self.forget_group();
        }
        Ok(())
    }

    /// Goes on as another writer, at the head that `incarnation` follows: the server's, where it differs from ours.
    ///
    /// # Errors
    /// [`EncodeError`] if the time is out of range.
    pub fn incarnation(
        &mut self,
        incarnation: &Incarnation,
        time_us: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        if let Some(head) = incarnation.follows
            && head != self.state.head
        {
            let mut state = AssemblerState::at(head);
            state.last_group = self.state.last_group;
            state.last_time_us = self.state.last_time_us;
            state.next_epoch = self.state.next_epoch;
            state.boot_id = self.state.boot_id.take();
            self.state = state;
            // It may repeat what the server does not have.
            self.kept = None;
        }
        self.forget_group();
        self.write(BlockKind::Incarnation, time_us, incarnation, out)
    }

    /// Ends the recording: end, checkpoint, and, if the whole recording is known here, index and footer.
    ///
    /// # Errors
    /// [`EncodeError`] if something does not fit a block.
    pub fn end(&mut self, end: &End, time_us: u64, anchor: &Anchor, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.introduce(time_us, out)?;
        self.copy_base(time_us, true, out)?;
        self.write(BlockKind::End, time_us, end, out)?;
        self.checkpoint(time_us, anchor, out)?;
        self.forget_group();
        if self.state.index.is_complete() {
            let blocks = self.state.index.index().to_blocks(self.state.head.offset)?;
            self.replay_written(&blocks);
            out.extend_from_slice(&blocks);
        }
        Ok(())
    }

    fn write<T: Serialize>(
        &mut self,
        kind: BlockKind,
        time_us: u64,
        payload: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let start = out.len();
        json_block(kind, time_us, payload, out)?;
        self.replay_written(&out[start..]);
        Ok(())
    }

    #[expect(clippy::expect_used, reason = "parses what the lines before wrote")]
    fn replay_written(&mut self, written: &[u8]) {
        let blocks = split_blocks(self.state.head.offset, written).expect("blocks written here are whole");
        blocks.iter().for_each(|block| self.state.replay(block));
    }

    fn accept_block(&mut self, block: &RawBlock, anchor: &Anchor, out: &mut Vec<u8>) -> Result<(), AssembleError> {
        let group = match block.known_kind() {
            Some(BlockKind::Data) => self.check_data(block).map(|()| None)?,
            Some(BlockKind::Group | BlockKind::Gap) => self.check_structure(block)?,
            _ => {
                return Err(AssembleError::Kind { offset: block.offset, kind: block.kind });
            }
        };
        let starts_group = group.is_some();
        let ends_group = starts_group && self.state.last_group.is_some();
        if ends_group {
            self.repeat_header(block.time_us, out)?;
        }
        let time_us = block.time_us.max(self.state.last_time_us);
        self.introduce(time_us, out)?;
        if let Some(group) = group {
            self.keep_base(&group, block, out)?;
        }
        if starts_group || self.checkpoint_due(block.time_us) {
            self.witness(time_us, anchor, ends_group, out)?;
        }
        out.extend_from_slice(&block.bytes);
        self.state.replay(block);
        if block.known_kind() == Some(BlockKind::Data) {
            let end = self.state.head.offset;
            self.kept = self.kept.take().and_then(|mut kept| kept.data(block, end).then_some(kept));
        }
        Ok(())
    }

    /// A group comes: its first picture is kept if others can build on it; what is kept of an earlier one is written if it
    /// is time.
    fn keep_base(&mut self, group: &Group, block: &RawBlock, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let time_us = block.time_us.max(self.state.last_time_us);
        if group.base.is_none() {
            self.copy_base(time_us, true, out)?;
            self.kept = KeptBase::new(group, block);
        } else if let Some(kept) = &mut self.kept {
            kept.build_on();
            self.copy_base(time_us, false, out)?;
        }
        Ok(())
    }

    /// Writes the second copy of what groups build on, if it is time; with `last_chance` nothing else will build on it.
    fn copy_base(&mut self, time_us: u64, last_chance: bool, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        if let Some(copy) = self.kept.as_ref().and_then(|kept| kept.due(self.state.head.offset, last_chance)) {
            fragments((BlockKind::Copy, FLAG_SKIPPABLE), 0, time_us, copy, out)?;
            self.kept = None;
            self.replay_written(&out[start..]);
        }
        if last_chance {
            self.kept = None;
        }
        Ok(())
    }

    /// The header stands twice, apart: one damaged page must not hide whose recording it is.
    fn repeat_header(&mut self, time_us: u64, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self.state.header_to_repeat.take() {
            Some(header) => self.write(BlockKind::Header, time_us, &header, out),
            None => Ok(()),
        }
    }

    /// A group must come next, and with it a base of its own.
    fn forget_group(&mut self) {
        self.tracks = None;
        self.base = None;
    }

    /// Returns the group that the block starts, if it starts one.
    fn check_structure(&mut self, block: &RawBlock) -> Result<Option<Group>, AssembleError> {
        match structure(block)? {
            Entry::Group(group) => {
                self.check_group(block, &group)?;
                return Ok(Some(group));
            }
            Entry::Gap(gap) if gap.reason.breaks_group() => self.forget_group(),
            _ => {}
        }
        Ok(None)
    }

    fn check_group(&mut self, block: &RawBlock, group: &Group) -> Result<(), AssembleError> {
        let offset = block.offset;
        let number = group.number;
        if let Some(last) = self.state.last_group
            && number <= last
        {
            return Err(AssembleError::GroupNumber { offset, number, last });
        }
        let cut = self.tracks.iter().flatten().find(|(_, progress)| progress.under_way.is_some());
        if let Some((track, _)) = cut {
            return Err(AssembleError::Fragment { offset, track: *track });
        }
        match group.base {
            None => self.base = Some(number),
            Some(base) if self.base == Some(base) => {}
            Some(base) => return Err(AssembleError::Base { offset, number, base }),
        }
        let sealed =
            |kind: TrackKind| kind.seal_class().is_some_and(|class| group.keys.iter().any(|k| k.class == class));
        let progress = |track: &Track| TrackProgress { sealed: sealed(track.kind), ..TrackProgress::default() };
        self.tracks = Some(group.tracks.iter().map(|track| (track.id, progress(track))).collect());
        Ok(())
    }

    fn check_data(&mut self, block: &RawBlock) -> Result<(), AssembleError> {
        let (offset, track, time_us) = (block.offset, block.track, block.time_us);
        if block.flags & !(FLAG_MORE | FLAG_CONTINUES | FLAG_SEALED) != 0 {
            return Err(AssembleError::Flags { offset, flags: block.flags });
        }
        let tracks = self.tracks.as_mut().ok_or(AssembleError::NoGroup { offset, track })?;
        let progress = tracks.get_mut(&track).ok_or(AssembleError::UndeclaredTrack { offset, track })?;
        if (block.flags & FLAG_SEALED != 0) != progress.sealed {
            return Err(AssembleError::Sealing { offset, track });
        }
        if time_us < progress.time_us {
            return Err(AssembleError::TimeBackwards { offset, track, time_us, after_us: progress.time_us });
        }
        let continues = block.flags & FLAG_CONTINUES != 0;
        if continues != progress.under_way.is_some() {
            return Err(AssembleError::Fragment { offset, track });
        }
        let bytes = progress.under_way.unwrap_or(0) + block.payload().len();
        if bytes > MAX_PAYLOAD_BYTES {
            return Err(AssembleError::Rejected(DecodeError::PayloadTooLarge { offset, track }));
        }
        progress.time_us = time_us;
        progress.under_way = (block.flags & FLAG_MORE != 0).then_some(bytes);
        Ok(())
    }
}
