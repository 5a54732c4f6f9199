//! What happens to a recorder's blocks on their way into the spool: they are chained and stored, and while that is
//! impossible they are dropped up to the next group, where the gap is declared.

use recording::{Assembler, AssemblerState, End, Gap, GapReason, Head, RawBlock};

use crate::journal::{Inner, signed};
use crate::segments::whole_blocks;
use crate::{Loss, SpoolError};

/// Bytes that must fit on the disk before recording goes on after it was full: more than a key frame usually takes.
const ROOM_PROBE_BYTES: usize = 1 << 20;

/// Whether blocks are taken or dropped.
#[derive(Debug, Clone)]
pub(crate) enum Intake {
    /// Blocks are stored as they come.
    Flowing,
    /// Blocks are dropped until a group starts.
    Waiting {
        /// When the gap began, in microseconds since the recording's start.
        from_us: u64,
        /// Why.
        reason: GapReason,
        /// Whether the recorder has ended, so that the next one will start with a group by itself.
        recorder_gone: bool,
        /// Whether anything was missed at all.
        missed: bool,
        /// Bytes dropped and not reported yet.
        dropped_bytes: u64,
    },
}

impl Intake {
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting { .. })
    }
}

impl Inner {
    /// Takes whole blocks from the recorder.
    pub(crate) fn accept(&mut self, blocks: &[RawBlock]) -> Result<(), SpoolError> {
        // What a group builds on may be among what was dropped.
        let group = |block: &RawBlock| recording::group_of(block).is_some_and(|group| group.base.is_none());
        let blocks = match &mut self.intake {
            Intake::Flowing => blocks,
            Intake::Waiting { missed, dropped_bytes, .. } => {
                let first = blocks.iter().position(group).unwrap_or(blocks.len());
                *missed |= first > 0;
                *dropped_bytes += bytes(&blocks[..first]);
                &blocks[first..]
            }
        };
        if let Some(first) = blocks.first()
            && let Err(error) = self.declare_gap(first.time_us)
        {
            return self.dropped(blocks, error);
        }
        let anchor = self.anchor.clone();
        let mut out = Vec::new();
        let taken = blocks.iter().try_for_each(|block| self.assembler.accept(&block.bytes, &anchor, &mut out));
        if let Err(error) = self.store(&out) {
            return self.dropped(blocks, error);
        }
        taken.map_err(|error| {
            self.drop_until_group(GapReason::RecorderRestarted, true);
            error.into()
        })
    }

    fn dropped(&mut self, blocks: &[RawBlock], error: SpoolError) -> Result<(), SpoolError> {
        self.no_room_for(blocks);
        Err(error)
    }

    /// Drops blocks for want of room, and all that follow until a group starts while there is some. The first time it is
    /// reported at once.
    pub(crate) fn no_room_for(&mut self, blocks: &[RawBlock]) {
        let first_time = !self.intake.is_waiting();
        self.drop_until_group(GapReason::SpoolFull, false);
        if let Intake::Waiting { dropped_bytes, .. } = &mut self.intake {
            *dropped_bytes += bytes(blocks);
        }
        if first_time {
            self.report_dropped();
        }
    }

    fn report_dropped(&mut self) {
        let Intake::Waiting { reason, dropped_bytes, .. } = &mut self.intake else { return };
        let bytes = std::mem::take(dropped_bytes);
        let loss = Loss { recording: self.note.header.recording, reason: reason.clone(), bytes };
        if bytes > 0 {
            self.losses.push_back(loss);
        }
    }

    /// From now on blocks are dropped until a group starts.
    pub(crate) fn drop_until_group(&mut self, reason: GapReason, recorder_gone: bool) {
        self.assembler.recorder_ended();
        let missed = !recorder_gone;
        match &mut self.intake {
            // A gap has one beginning and one reason: the first, unless that was only a change of recorders.
            Intake::Waiting { reason: first, recorder_gone: gone, missed: any, .. } => {
                if *gone && !recorder_gone {
                    *first = reason;
                }
                *gone = recorder_gone;
                *any |= missed;
            }
            Intake::Flowing => {
                let from_us = self.assembler.last_time_us();
                self.intake = Intake::Waiting { from_us, reason, recorder_gone, missed, dropped_bytes: 0 };
            }
        }
    }

    /// What is waited for was missed: it is no recorder that ended because its session did.
    pub(crate) fn missed(&mut self) {
        if let Intake::Waiting { missed, .. } = &mut self.intake {
            *missed = true;
        }
    }

    /// Ends the waiting, if there is one: the gap is written and blocks flow again.
    fn declare_gap(&mut self, to_us: u64) -> Result<(), SpoolError> {
        let Intake::Waiting { from_us, reason, .. } = self.intake.clone() else { return Ok(()) };
        let mut out = Vec::new();
        self.assembler.gap(&gap(from_us, to_us, reason), &mut out)?;
        self.store(&out)?;
        self.report_dropped();
        self.intake = Intake::Flowing;
        Ok(())
    }

    /// Writes the end, and the gap before it if blocks were dropped.
    pub(crate) fn end(&mut self, end: &End, time_us: u64) -> Result<(), SpoolError> {
        if self.ended.is_some() {
            return Ok(());
        }
        let time_us = time_us.max(self.assembler.last_time_us());
        if matches!(self.intake, Intake::Waiting { missed: false, .. }) {
            // The recorder ended because the session did.
            self.intake = Intake::Flowing;
        }
        self.declare_gap(time_us)?;
        let mut out = Vec::new();
        self.assembler.end(end, time_us, &self.anchor.clone(), &mut out)?;
        self.store(&out)?;
        self.ended = Some(end.reason.clone());
        self.live = false;
        Ok(())
    }

    /// Whether a recorder that goes on by itself has its blocks dropped although there is room again.
    pub(crate) fn wants_group(&self, room: bool) -> bool {
        let dropping = matches!(self.intake, Intake::Waiting { recorder_gone: false, .. });
        room && dropping && self.ended.is_none() && self.disk_has_room()
    }

    /// Tries to write as much as going on will need at least: what counts is what the file system allows this user.
    fn disk_has_room(&self) -> bool {
        let probe = self.folder.join("room");
        let fits = std::fs::write(&probe, vec![0xA5; ROOM_PROBE_BYTES]).is_ok();
        let removed = std::fs::remove_file(&probe).is_ok();
        fits && removed
    }

    /// Puts the assembler back to what the files hold.
    pub(crate) fn restore_assembler(&mut self) -> Result<(), SpoolError> {
        let mut state = self.noted_state();
        for block in self.blocks_after(state.head())? {
            state.replay(&block);
        }
        let recording = self.note.header.recording;
        self.assembler = signed(Assembler::resume(state), recording, self.machine_key.as_ref());
        Ok(())
    }

    /// The assembler's state at the start of a segment that is here. Where the disk was too full to note it, the
    /// recording goes on without an index of its own; the server makes one anyway.
    pub(crate) fn noted_state(&self) -> AssemblerState {
        let base = self.segments.base();
        if self.note.state.head().offset < base.offset { AssemblerState::at(base) } else { self.note.state.clone() }
    }

    /// The stored blocks from a segment's start on.
    pub(crate) fn blocks_after(&self, head: Head) -> Result<Vec<RawBlock>, SpoolError> {
        let mut blocks = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.start.offset >= head.offset) {
            if let Some((_, bytes)) = self.segments.load(segment.start.offset)? {
                blocks.extend(whole_blocks(segment.start.offset, &bytes));
            }
        }
        Ok(blocks)
    }
}

fn bytes(blocks: &[RawBlock]) -> u64 {
    blocks.iter().map(|block| block.bytes.len() as u64).sum()
}

/// Why the server's copy does not go on where this spool does, when nothing was dropped here.
pub(crate) const SERVER_LOST: &str = "server-lost";
/// The same, when this spool is an older copy or its newest bytes were lost with the machine's power.
pub(crate) const SPOOL_BEHIND: &str = "spool-behind";

/// A gap with the usual words for its reason.
pub(crate) fn gap(from_us: u64, to_us: u64, reason: GapReason) -> Gap {
    let text = match &reason {
        GapReason::SpoolFull => "the machine's spool was full",
        GapReason::MessageLifeExpired => "the server stayed away longer than recordings may wait on the machine",
        GapReason::RecorderRestarted => "the recorder ended and was started again",
        GapReason::AgentRestarted => "the agent was started again",
        GapReason::Damaged => "what the machine kept was damaged",
        GapReason::Other(reason) if reason == SERVER_LOST => "the server no longer had what it had made durable",
        GapReason::Other(reason) if reason == SPOOL_BEHIND => "the machine's spool was behind what the server had",
        _ => "nothing could be recorded",
    };
    let text = text.to_owned();
    Gap { from_us, to_us: to_us.max(from_us), reason, text, chain_before: None, chain_after: None }
}
