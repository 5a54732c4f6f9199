//! What of a recording is on disk, and what is let go of: storing behind the assembler, noting, dropping from the front.

use recording::{GapReason, Head};

use crate::journal::Inner;
use crate::note::Lost;
use crate::segments::whole_blocks;
use crate::{Loss, SpoolError};

impl Inner {
    pub(crate) fn next_group(&self) -> u64 {
        let after_last = self.assembler.last_group().map_or(0, |last| last + 1);
        self.note.next_group.max(after_last)
    }

    /// Appends what the assembler has put out already. When it cannot be stored, the assembler goes back to what is.
    pub(crate) fn store(&mut self, blocks: &[u8]) -> Result<(), SpoolError> {
        if blocks.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.segments.append(blocks) {
            self.restore_assembler()?;
            return Err(error);
        }
        self.dirty = true;
        if self.segments.active_bytes() >= self.segment_bytes
            && let Err(error) = self.roll()
        {
            // The file just grows on; the next append tries again.
            tracing::warn!(recording = %self.note.header.recording, %error, "cannot start a new spool file");
        }
        Ok(())
    }

    pub(crate) fn roll(&mut self) -> Result<(), SpoolError> {
        if self.segments.active_bytes() == 0 {
            return Ok(());
        }
        self.segments.roll(self.assembler.head())?;
        self.write_note()
    }

    /// Notes the present state. Must stand at the start of a segment or before what will be replayed.
    pub(crate) fn write_note(&mut self) -> Result<(), SpoolError> {
        self.note.next_group = self.next_group();
        self.note.state = self.assembler.state().clone();
        self.note.write(&self.folder)
    }

    /// Forgets the oldest file. What the server did not have of it is lost, and remembered as such.
    pub(crate) fn drop_oldest(&mut self, reason: GapReason) -> Result<bool, SpoolError> {
        let Some(oldest) = self.segments.iter().next().cloned() else { return Ok(false) };
        let bytes = self.segments.load(oldest.start.offset)?.map_or_else(Vec::new, |(_, bytes)| bytes);
        let blocks = whole_blocks(oldest.start.offset, &bytes);
        let lost_from_us = blocks.iter().find(|block| block.offset >= self.durable).map(|block| block.time_us);
        self.note_beyond_oldest();
        if self.segments.drop_oldest()?.is_none() {
            return Ok(false);
        }
        if let Some(from_us) = lost_from_us {
            let lost = oldest.end() - oldest.start.offset.max(self.durable);
            self.count_loss(from_us, lost, reason);
            self.note.write(&self.folder)?;
        }
        Ok(true)
    }

    /// Before the oldest file goes: the noted state must not need it. On a disk too full even for that the file goes all
    /// the same, as that makes room; see [`Inner::noted_state`].
    pub(crate) fn note_beyond_oldest(&mut self) {
        let Some(second) = self.segments.iter().nth(1).map(|segment| segment.start) else { return };
        if self.note.state.head().offset >= second.offset {
            return;
        }
        if let Err(error) = self.write_note_at(second) {
            tracing::warn!(recording = %self.note.header.recording, %error, "cannot note where a recording stands");
        }
    }

    /// Notes the state at a later segment's start.
    fn write_note_at(&mut self, start: Head) -> Result<(), SpoolError> {
        let mut state = self.noted_state();
        for block in self.blocks_after(state.head())?.iter().take_while(|block| block.offset < start.offset) {
            state.replay(block);
        }
        self.note.state = state;
        self.note.next_group = self.next_group();
        self.note.write(&self.folder)
    }

    /// Remembers a loss at the front, for the next incarnation to declare.
    pub(crate) fn count_loss(&mut self, from_us: u64, bytes: u64, reason: GapReason) {
        let lost = self.note.lost.get_or_insert(Lost { from_us, reason: reason.clone(), bytes: 0 });
        lost.from_us = lost.from_us.min(from_us);
        lost.bytes += bytes;
        self.losses.push_back(Loss { recording: self.note.header.recording, reason, bytes });
    }

    /// Drops everything up to the end of the file that holds `offset`: its blocks are not what was recorded.
    pub(crate) fn drop_damaged(&mut self, offset: u64) -> Result<(), SpoolError> {
        self.roll()?;
        while self.segments.base().offset <= offset {
            if !self.drop_oldest(GapReason::Damaged)? {
                break;
            }
        }
        Ok(())
    }
}
