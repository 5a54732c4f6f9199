//! A recording that was left without an end, as it is read again: whether it is what this machine recorded, and what its end is.

use anyhow::Context as _;
use evidence::{EpochSigner, Expected, Judge, MachineKey, Verdict};
use recording::{Assembler, AssemblerState, BlockKind, BlockScanner, End, EndReason, RawBlock, Scanned};

use super::unfinished::Note;
use crate::clock;

/// What is in the file is not what this machine recorded there: it is not signed again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(String);

impl Unfit {
    /// It is larger than any recording.
    pub fn too_large(bytes: u64) -> Self {
        Self(format!("it has {bytes} bytes, more than any recording"))
    }
}

/// The end that a file needs.
#[derive(Debug)]
pub struct Tail {
    /// So much of the file is whole; behind that is at most what was not written to its end.
    pub keep: u64,
    /// What goes there.
    pub bytes: Vec<u8>,
}

/// A file while it is read.
pub struct Left {
    key: MachineKey,
    scanner: BlockScanner,
    judge: Judge,
    state: AssemblerState,
    /// Where its blocks end, but for index and footer.
    keep: u64,
    /// The last block is a footer.
    has_footer: bool,
    /// Something that is no content was there already.
    behind: bool,
}

impl Left {
    /// One that this machine's key must have signed.
    pub fn new(key: MachineKey) -> Self {
        let expected = Expected { machine_key: Some(key.public()), ..Expected::default() };
        Self {
            key,
            scanner: BlockScanner::new(),
            judge: Judge::new(expected),
            state: AssemblerState::new(),
            keep: 0,
            has_footer: false,
            behind: false,
        }
    }

    /// Takes its next bytes.
    ///
    /// # Errors
    /// [`Unfit`] if they are no recording, or it goes on behind damage.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unfit> {
        self.scanner.push(bytes);
        while let Some(scanned) = self.scanner.next() {
            match scanned {
                Scanned::Damaged(_) => (self.behind, self.has_footer) = (true, false),
                Scanned::Block(block) => self.block(&block)?,
            }
        }
        Ok(())
    }

    fn block(&mut self, block: &RawBlock) -> Result<(), Unfit> {
        if let Some(BlockKind::Index | BlockKind::Footer) = block.known_kind() {
            (self.behind, self.has_footer) = (true, block.known_kind() == Some(BlockKind::Footer));
            return Ok(());
        }
        if self.behind {
            return Err(Unfit(format!("it is damaged before byte {}", block.offset)));
        }
        self.judge.push(&block.bytes).map_err(|error| Unfit(error.to_string()))?;
        self.state.replay(block);
        self.keep = self.state.head().offset;
        Ok(())
    }

    /// What its end is; none where it has one.
    ///
    /// # Errors
    /// [`Unfit`] if it is not, or not all of, what was recorded there.
    pub fn tail(self, note: &Note) -> anyhow::Result<Option<Tail>> {
        let torn = self.scanner.pending_damage().is_some();
        let torn = self.scanner.finish().is_some() || torn;
        let judgement = self.judge.finish().map_err(|error| Unfit(error.to_string()))?;
        if judgement.recording != Some(note.recording) {
            return Err(Unfit("another recording is in its place".to_owned()).into());
        }
        if judgement.verdict == Verdict::Broken {
            return Err(Unfit("it is not what was recorded: it was changed or damaged".to_owned()).into());
        }
        let ended = judgement.container.ended.is_some();
        if ended && self.has_footer && !torn {
            return Ok(None);
        }
        let started = judgement.header.context("it has no header")?.started;
        let mut bytes = Vec::new();
        let mut assembler = Assembler::resume(self.state);
        let last_us = assembler.last_time_us();
        if ended {
            bytes = assembler.index().index().to_blocks(self.keep)?;
        } else {
            let signer = EpochSigner::new(note.recording, self.key, rand::random());
            assembler = assembler.signed_by(Box::new(signer));
            let (same_boot, anchor) = clock::anchor_after(&started);
            assembler.end(&end(note, same_boot), last_us, &anchor, &mut bytes)?;
        }
        Ok(Some(Tail { keep: self.keep, bytes }))
    }
}

/// The end of a recording that its agent did not live to see.
fn end(note: &Note, same_boot: bool) -> End {
    let (reason, text) = match &note.why {
        Some(why) => (EndReason::Lost, format!("{why}; this end was written later")),
        None if same_boot => (
            EndReason::AgentRestarted,
            "the agent went without ending it; this end was written at a later start".to_owned(),
        ),
        None => (EndReason::Lost, "the machine was restarted; this end was written later".to_owned()),
    };
    End { reason, text, successor: None }
}
