//! What an assembler must remember: small, bounded, kept as JSON or replayed from the stored blocks.

use serde::{Deserialize, Serialize};

use crate::block::{BlockKind, RawBlock};
use crate::chain::Head;
use crate::checkpoint::Checkpoint;
use crate::decode::{Entry, structure};
use crate::header::Header;
use crate::index_builder::IndexBuilder;

/// While data comes, a checkpoint stands at least this often, in microseconds.
pub const CHECKPOINT_INTERVAL_US: u64 = 2_000_000;

/// All that an assembler must know to go on after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssemblerState {
    pub(crate) head: Head,
    pub(crate) index: IndexBuilder,
    pub(crate) last_group: Option<u64>,
    pub(crate) last_time_us: u64,
    checkpoint_us: u64,
    /// Whether blocks follow the newest checkpoint.
    unwitnessed: bool,
    /// The header, until its second copy is written.
    pub(crate) header_to_repeat: Option<Header>,
    /// The header's boot id, where the header is known: checkpoints of the same boot need not state it.
    #[serde(default)]
    pub(crate) boot_id: Option<String>,
    /// The epoch that the next signer block begins with.
    #[serde(default)]
    pub(crate) next_epoch: u64,
}

impl AssemblerState {
    /// Before the first block.
    pub fn new() -> AssemblerState {
        AssemblerState::at(Head::start())
    }

    /// At a place whose blocks before it are not known; the recording will then end without an index of its own.
    pub fn at(head: Head) -> AssemblerState {
        AssemblerState {
            head,
            index: IndexBuilder::at(head.offset),
            last_group: None,
            last_time_us: 0,
            checkpoint_us: 0,
            unwitnessed: false,
            header_to_repeat: None,
            boot_id: None,
            next_epoch: 0,
        }
    }

    /// Takes in a block that is stored already, as it was stored: for going on after a restart.
    pub fn replay(&mut self, block: &RawBlock) {
        let mut placed = block.clone();
        placed.offset = self.head.offset;
        self.index.block(&placed);
        self.head = self.head.after(&block.bytes);
        self.last_time_us = self.last_time_us.max(block.time_us);
        match block.known_kind() {
            Some(BlockKind::Checkpoint) => {
                self.checkpoint_us = block.time_us;
                self.unwitnessed = false;
            }
            Some(BlockKind::Index | BlockKind::Footer) => {}
            _ => self.unwitnessed = true,
        }
        if let Some(BlockKind::Header | BlockKind::Group | BlockKind::Checkpoint | BlockKind::Signer) =
            block.known_kind()
        {
            self.replay_structure(block);
        }
    }

    fn replay_structure(&mut self, block: &RawBlock) {
        match structure(block) {
            Ok(Entry::Group(group)) => self.last_group = Some(group.number),
            // The first block is the header, any other header its copy.
            Ok(Entry::Header(header)) => {
                let first = self.head.offset == block.bytes.len() as u64;
                self.boot_id.get_or_insert_with(|| header.started.boot_id.clone());
                self.header_to_repeat = first.then_some(*header);
            }
            Ok(Entry::Signer(signer)) => self.next_epoch = signer.epoch.saturating_add(1),
            Ok(Entry::Checkpoint(Checkpoint { signed: Some(signed), .. })) if signed.next_key.is_some() => {
                self.next_epoch = signed.epoch.saturating_add(2);
            }
            _ => {}
        }
    }

    /// Whether blocks follow the newest checkpoint.
    pub(crate) fn unwitnessed(&self) -> bool {
        self.unwitnessed
    }

    /// From which time on a checkpoint must stand before the next block, if blocks follow the newest one.
    pub(crate) fn checkpoint_due_at(&self) -> Option<u64> {
        self.unwitnessed.then(|| self.checkpoint_us.saturating_add(CHECKPOINT_INTERVAL_US))
    }

    /// Where the next block goes, and the chain before it.
    pub fn head(&self) -> Head {
        self.head
    }
}

impl Default for AssemblerState {
    fn default() -> AssemblerState {
        AssemblerState::new()
    }
}
