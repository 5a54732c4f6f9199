//! Writes blocks, sealed where the recording is: what leaves the recorder's process is what may lie on disks.

use recording::{BlockWriter, EncodeError, Event, Gap, Group, SealClass};
use sealing::{SealError, Sealer, Seed};

use super::screens::NoSuchScreen;
use super::start::SealStart;

/// A [`BlockWriter`] that seals what its recording wants sealed.
#[derive(Debug)]
pub struct SealedWriter {
    blocks: BlockWriter,
    sealer: Option<Sealer>,
    seals_events: bool,
}

impl SealedWriter {
    /// A writer; without `seal` everything stands open.
    pub fn new(seal: Option<SealStart>) -> Self {
        let seals_events = seal.as_ref().is_some_and(|seal| seal.plan.classes().contains(&SealClass::Events));
        let sealer = seal.map(|SealStart { recording, plan }| Sealer::new(recording, plan));
        Self { blocks: BlockWriter::new(), sealer, seals_events }
    }

    /// Whether events are sealed.
    pub fn seals_events(&self) -> bool {
        self.seals_events
    }

    /// Starts a group, with fresh keys in it where it is sealed.
    ///
    /// # Errors
    /// [`WriteError`] if the group does not fit a block or there are no keys for it.
    pub fn group(&mut self, mut group: Group, time_us: u64, out: &mut Vec<u8>) -> Result<(), WriteError> {
        if let Some(sealer) = &mut self.sealer {
            let mut random = [0; 32];
            getrandom::fill(&mut random).map_err(WriteError::Randomness)?;
            group.keys = sealer.begin_group(group.number, &group.tracks, &Seed::new(random))?;
        }
        Ok(self.blocks.group(&group, time_us, out)?)
    }

    /// Writes one payload of a track.
    ///
    /// # Errors
    /// [`WriteError`] if it is larger than the format holds, or must be sealed and cannot be.
    pub fn data(&mut self, track: u16, time_us: u64, payload: &[u8], out: &mut Vec<u8>) -> Result<(), WriteError> {
        let sealed = match &mut self.sealer {
            Some(sealer) => sealer.seal(track, time_us, payload)?,
            None => None,
        };
        match sealed {
            Some(sealed) => self.blocks.sealed_data(track, time_us, &sealed, out)?,
            None => self.blocks.data(track, time_us, payload, out)?,
        }
        Ok(())
    }

    /// Writes an event.
    ///
    /// # Errors
    /// As [`SealedWriter::data`].
    pub fn event(&mut self, track: u16, time_us: u64, event: &Event, out: &mut Vec<u8>) -> Result<(), WriteError> {
        self.data(track, time_us, &event.to_payload()?, out)
    }

    /// Declares a gap; gaps are never sealed.
    ///
    /// # Errors
    /// [`WriteError`] if its text does not fit a block.
    pub fn gap(&self, gap: &Gap, out: &mut Vec<u8>) -> Result<(), WriteError> {
        Ok(self.blocks.gap(gap, out)?)
    }
}

/// Why blocks cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// They do not fit the format.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// They must be sealed and cannot be: rather nothing than something open.
    #[error("what must be sealed cannot be")]
    Seal(#[from] SealError),
    /// What is to be recorded is not there.
    #[error(transparent)]
    Screens(#[from] NoSuchScreen),
    /// The operating system gives no randomness for a group's keys.
    #[error("the system gives no randomness for keys: {0}")]
    Randomness(getrandom::Error),
}
