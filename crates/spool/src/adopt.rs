//! Going on behind a server's head that this spool does not continue.
//!
//! Happens when blocks were dropped before the server had them, when a server lost some that it had, or when an older copy
//! of a spool was restored. The blocks that are left are put together anew behind the server's head: chain, offsets
//! and checkpoints are made for their new place, and an incarnation block says where the change of hands is.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use evidence::MachineKey;
use recording::{
    Anchor, Assembler, AssemblerState, BlockKind, End, Gap, GapReason, Head, Incarnation, RawBlock, checkpoint_of,
};

use crate::SpoolError;
use crate::intake::{Intake, SERVER_LOST, SPOOL_BEHIND, gap};
use crate::journal::{Inner, signed};
use crate::note::{Lost, Note, generation_folder};
use crate::segments::{Segments, whole_blocks};

/// The new copy while it is written.
struct Rewrite {
    assembler: Assembler,
    machine_key: Option<MachineKey>,
    segments: Segments,
    segment_bytes: u64,
    /// Whether a group was copied: everything before the first one is of no use.
    started: bool,
    /// The gap to declare before the first group.
    missing: Lost,
    /// Chain values at both ends of what is missing, as far as they are known.
    chain_before: Head,
    /// The clocks at time 0.
    origin: Anchor,
    anchor: Anchor,
    /// Incarnation to announce.
    incarnation: Incarnation,
    /// Time of the newest block of the old copy.
    last_time_us: u64,
    /// Assembler state at the start of the newest segment.
    state: AssemblerState,
}

impl Inner {
    /// Rewrites what is left behind `server`.
    pub(crate) fn adopt(&mut self, server: Head, number: u32) -> Result<(), SpoolError> {
        let incarnation = rand::random();
        let generation = self.note.generation + 1;
        let folder = generation_folder(&self.folder, generation);
        loop {
            match self.rewrite(&folder, server, Incarnation { incarnation, number, follows: None }) {
                Ok(rewrite) => return self.take_over(rewrite, generation),
                Err(error) if error.is_full() => {
                    // Both copies do not fit: the older half of what is left goes, and is declared.
                    let _ = fs::remove_dir_all(&folder);
                    let files = self.segments.iter().count();
                    if files < 2 {
                        return Err(error);
                    }
                    for _ in 0..files / 2 {
                        self.drop_oldest(GapReason::SpoolFull)?;
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn rewrite(&self, folder: &Path, server: Head, incarnation: Incarnation) -> Result<Rewrite, SpoolError> {
        // A crash may have left the beginning of an earlier attempt.
        let _ = fs::remove_dir_all(folder);
        let first = self.segments.base().offset.max(server.offset);
        let missing =
            self.note.lost.clone().unwrap_or(Lost { from_us: u64::MAX, reason: self.unexplained(server), bytes: 0 });
        // Counted when the copy is taken over: until then nothing has changed.
        let used = Arc::default();
        let (recording, machine_key) = (self.note.header.recording, self.machine_key.clone());
        let mut rewrite = Rewrite {
            assembler: signed(Assembler::resume(AssemblerState::at(server)), recording, machine_key.as_ref()),
            machine_key,
            segments: Segments::create(folder, server, used)?,
            segment_bytes: self.segment_bytes,
            started: false,
            missing,
            chain_before: server,
            origin: self.note.header.started.clone(),
            anchor: self.note.header.started.clone(),
            incarnation,
            last_time_us: self.assembler.last_time_us(),
            state: AssemblerState::at(server),
        };
        if server.offset == 0 {
            rewrite.begin(&self.note)?;
        }
        for segment in self.segments.iter() {
            let Some((_, bytes)) = self.segments.load(segment.start.offset)? else { continue };
            // The end counts wherever it stands: the server's copy may be longer and not ended.
            let kept = |block: &&RawBlock| block.offset >= first || block.known_kind() == Some(BlockKind::End);
            whole_blocks(segment.start.offset, &bytes)
                .iter()
                .filter(kept)
                .try_for_each(|block| rewrite.block(block))?;
        }
        rewrite.finish()?;
        Ok(rewrite)
    }

    /// From here on the new copy is the recording.
    fn take_over(&mut self, rewrite: Rewrite, generation: u32) -> Result<(), SpoolError> {
        let next_group = self.next_group();
        let mut note = self.note.clone();
        note.incarnation = rewrite.incarnation.incarnation;
        note.number = rewrite.incarnation.number;
        note.generation = generation;
        note.state = rewrite.state;
        note.next_group = next_group;
        note.lost = None;
        note.write(&self.folder)?;
        self.note = note;
        self.assembler = rewrite.assembler;
        let used = self.segments.used();
        let old = std::mem::replace(&mut self.segments, rewrite.segments);
        self.segments.count_in(used);
        if let Err(error) = old.remove() {
            tracing::warn!(recording = %self.note.header.recording, %error, "cannot remove a replaced spool folder");
        }
        self.dirty = true;
        // The server may have less than it once called durable: it has to say so again.
        self.durable = 0;
        if self.ended.is_none() && !rewrite.started {
            // A recorder goes on in its group only if that group's start was copied.
            let gone = matches!(self.intake, Intake::Waiting { recorder_gone: true, .. });
            let from_us = rewrite.missing.from_us.min(rewrite.last_time_us);
            self.intake = Intake::Waiting {
                from_us,
                reason: rewrite.missing.reason,
                recorder_gone: gone,
                missed: true,
                dropped_bytes: 0,
            };
        }
        Ok(())
    }

    /// What to call a difference that nothing dropped here explains.
    fn unexplained(&self, server: Head) -> GapReason {
        let reason = if server.offset < self.segments.base().offset { SERVER_LOST } else { SPOOL_BEHIND };
        GapReason::Other(reason.to_owned())
    }
}

impl Rewrite {
    /// Header and incarnation for a server that has nothing.
    fn begin(&mut self, note: &Note) -> Result<(), SpoolError> {
        let (assembler, block) = Assembler::new(&note.header)?;
        self.segments.append(&block)?;
        self.chain_before = assembler.head();
        self.assembler = signed(assembler, note.header.recording, self.machine_key.as_ref());
        self.state = AssemblerState::new();
        Ok(())
    }

    fn block(&mut self, block: &RawBlock) -> Result<(), SpoolError> {
        let kind = block.known_kind();
        if let Some(checkpoint) = checkpoint_of(block) {
            // The clocks as they were read then: the checkpoints of the copy stand at the same times.
            self.anchor = checkpoint.anchor.anchor(&self.origin);
        }
        // What a group builds on may be among what is not kept.
        let begins = match kind {
            Some(BlockKind::Group) => recording::group_of(block).is_some_and(|group| group.base.is_none()),
            kind => kind == Some(BlockKind::End),
        };
        if !self.started && begins {
            self.announce(block)?;
        }
        if !self.started {
            if kind == Some(BlockKind::Data) {
                self.missing.from_us = self.missing.from_us.min(block.time_us);
            }
            return Ok(());
        }
        let mut out = Vec::new();
        match kind {
            Some(BlockKind::Group | BlockKind::Data) => self.assembler.accept(&block.bytes, &self.anchor, &mut out)?,
            Some(BlockKind::Gap) => {
                if let Ok(gap) = serde_json::from_slice::<Gap>(block.payload()) {
                    self.assembler.gap(&gap, &mut out)?;
                }
            }
            Some(BlockKind::End) => {
                if let Ok(end) = serde_json::from_slice::<End>(block.payload()) {
                    self.assembler.end(&end, block.time_us, &self.anchor, &mut out)?;
                }
            }
            // Made anew for the new place, or announced already.
            _ => {}
        }
        self.store(&out)
    }

    /// Writes the incarnation and, if something is missing, the gap before the first block that is kept.
    fn announce(&mut self, first: &RawBlock) -> Result<(), SpoolError> {
        self.started = true;
        let mut out = Vec::new();
        self.incarnation.follows = Some(self.chain_before);
        let from_us = self.missing.from_us.min(first.time_us);
        self.assembler.incarnation(&self.incarnation, from_us, &mut out)?;
        let missing = Gap {
            chain_before: Some(self.chain_before.chain),
            ..gap(from_us, first.time_us, self.missing.reason.clone())
        };
        self.assembler.gap(&missing, &mut out)?;
        self.store(&out)
    }

    /// Nothing was kept: at least the incarnation stands there, and the gap follows with the next group.
    fn finish(&mut self) -> Result<(), SpoolError> {
        if self.started {
            return Ok(());
        }
        self.incarnation.follows = Some(self.chain_before);
        let mut out = Vec::new();
        self.assembler.incarnation(&self.incarnation, self.last_time_us, &mut out)?;
        self.store(&out)
    }

    fn store(&mut self, blocks: &[u8]) -> Result<(), SpoolError> {
        if blocks.is_empty() {
            return Ok(());
        }
        self.segments.append(blocks)?;
        if self.segments.active_bytes() >= self.segment_bytes {
            self.segments.roll(self.assembler.head())?;
            self.state = self.assembler.state().clone();
        }
        Ok(())
    }
}
