//! From bytes to typed entries.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;

use crate::base_copy::BaseCopy;
use crate::block::{BlockKind, DamageReason, FLAG_CONTINUES, FLAG_SEALED, FLAG_SKIPPABLE, KNOWN_FLAGS, RawBlock};
use crate::checkpoint::Checkpoint;
use crate::decode_error::DecodeError;
use crate::entries::{End, Gap, Group, Incarnation, TrackKind};
use crate::fragments::{Fragments, Joined, Payload, Stream};
use crate::header::{FORMAT_VERSION, Header};
use crate::limits::NOT_A_RECORDING_AFTER_BYTES;
use crate::scan::{BlockScanner, Damaged, Scanned, TornTail};
use crate::signing::Signer;
use crate::write::check_tracks;

/// One thing that stands in a recording.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Who, where, since when.
    Header(Box<Header>),
    /// All codecs start anew.
    Group(Group),
    /// One whole payload of a track, put together from its fragments.
    Data {
        /// The track's number within the group.
        track: u16,
        /// When, in microseconds since the recording's start.
        time_us: u64,
        /// Whether the payload is sealed: a counter, ciphertext and tag, see [`crate::split_sealed`].
        sealed: bool,
        /// For the track's codec; on an events track see [`crate::Event::from_payload`].
        payload: Vec<u8>,
    },
    /// The second copy of what other groups build on; needed only where the first one cannot be read.
    Copy(Box<BaseCopy>),
    /// The chain's value so far.
    Checkpoint(Checkpoint),
    /// Another key signs from here on.
    Signer(Box<Signer>),
    /// Something is missing.
    Gap(Gap),
    /// Another writer goes on.
    Incarnation(Incarnation),
    /// The recording ended.
    End(End),
    /// A part of the index; read it with [`crate::Index::from_blocks`].
    Index,
    /// The footer.
    Footer,
    /// A block of a later version that may be passed over.
    Unknown {
        /// Its kind's number.
        kind: u8,
    },
    /// Bytes that cannot be used. After it, data is withheld until the next group, except on events tracks.
    Damaged {
        /// How many.
        bytes: u64,
        /// Why.
        why: DamageReason,
    },
}

/// An entry and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// Where its first block starts.
    pub offset: u64,
    /// Bytes that its blocks take; other blocks may stand between the fragments of one payload.
    pub len: u64,
    /// Microseconds since the recording's start; 0 for damaged stretches.
    pub time_us: u64,
    /// What it is.
    pub entry: Entry,
}

/// Push-fed decoder. Starts at a recording's first byte or at any group.
///
/// It never yields data that builds on something missing: after damage, or a gap or new writer that breaks a group,
/// data comes out as [`Entry::Damaged`] with [`DamageReason::NeedsGroup`] until the next group.
#[derive(Debug)]
pub struct Decoder {
    scanner: BlockScanner,
    fragments: Fragments,
    /// Entries found together with another one, in order.
    ready: VecDeque<Located>,
    event_tracks: Vec<u16>,
    needs_group: bool,
    from_start: bool,
    any_block: bool,
    refused: Option<DecodeError>,
}

impl Decoder {
    /// A decoder for a recording from its first byte.
    pub fn new() -> Decoder {
        Decoder::starting(BlockScanner::new(), true)
    }

    /// A decoder whose first byte stands at `offset`, where a group starts.
    pub fn at(offset: u64) -> Decoder {
        Decoder::starting(BlockScanner::at(offset), offset == 0)
    }

    fn starting(scanner: BlockScanner, from_start: bool) -> Decoder {
        Decoder {
            scanner,
            fragments: Fragments::default(),
            ready: VecDeque::new(),
            event_tracks: Vec::new(),
            needs_group: true,
            from_start,
            any_block: false,
            refused: None,
        }
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.scanner.push(bytes);
    }

    /// The next entry, or `None` until more bytes are pushed.
    ///
    /// # Errors
    /// [`DecodeError::NotARecording`] and [`DecodeError::UnsupportedFormat`] are final. Any other error is about one
    /// block, which is passed over: calling again goes on after it.
    #[expect(clippy::should_implement_trait, reason = "more may follow after None")]
    pub fn next(&mut self) -> Result<Option<Located>, DecodeError> {
        if let Some(error) = &self.refused {
            return Err(error.clone());
        }
        loop {
            if let Some(located) = self.ready.pop_front() {
                return Ok(Some(located));
            }
            match self.scanner.next() {
                None => return self.check_beginning().map(|()| None),
                Some(Scanned::Damaged(damaged)) => self.damaged(&damaged),
                Some(Scanned::Block(block)) => {
                    self.any_block = true;
                    self.block(block)?;
                }
            }
        }
    }

    /// Ends the input: what was left of a write that was cut off.
    ///
    /// # Errors
    /// [`DecodeError::NotARecording`] or [`DecodeError::HeaderIncomplete`] if the input started at offset 0 and held
    /// not one whole block.
    pub fn finish(self) -> Result<Option<TornTail>, DecodeError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let (from_start, any_block) = (self.from_start, self.any_block);
        let damage_only = self.scanner.pending_damage().is_some();
        let tail = self.scanner.finish();
        if !from_start || any_block {
            return Ok(tail);
        }
        match tail {
            Some(tail) if !damage_only => Err(DecodeError::HeaderIncomplete { bytes: tail.len }),
            Some(tail) => Err(DecodeError::NotARecording { bytes: tail.len }),
            None => Err(DecodeError::NotARecording { bytes: 0 }),
        }
    }

    fn check_beginning(&mut self) -> Result<(), DecodeError> {
        let damaged = self.scanner.pending_damage().map_or(0, |damage| damage.len);
        if self.from_start && !self.any_block && damaged > NOT_A_RECORDING_AFTER_BYTES {
            return Err(self.refuse(DecodeError::NotARecording { bytes: damaged }));
        }
        Ok(())
    }

    fn refuse(&mut self, error: DecodeError) -> DecodeError {
        self.refused = Some(error.clone());
        error
    }

    fn damaged(&mut self, damaged: &Damaged) {
        let lost_no_data = damaged.kind.and_then(BlockKind::from_number).is_some_and(|kind| {
            !matches!(kind, BlockKind::Data | BlockKind::Group | BlockKind::Gap | BlockKind::Incarnation)
        });
        if !lost_no_data {
            self.lose_fragments();
            self.needs_group = true;
        } else if damaged.kind == Some(BlockKind::Copy.number()) {
            self.lose_stream(Stream::Copy);
        }
        self.yield_damage(damaged.offset, damaged.len, damaged.why);
    }

    fn yield_damage(&mut self, offset: u64, bytes: u64, why: DamageReason) {
        self.ready.push_back(Located { offset, len: bytes, time_us: 0, entry: Entry::Damaged { bytes, why } });
    }

    fn lose_fragments(&mut self) {
        let lost: Vec<Payload> = self.fragments.drop_all().collect();
        for payload in lost {
            self.lose(&payload);
        }
    }

    fn lose_stream(&mut self, stream: Stream) {
        if let Some(unfinished) = self.fragments.drop_stream(stream) {
            self.lose(&unfinished);
        }
    }

    fn lose(&mut self, payload: &Payload) {
        // Nothing builds on a copy where it stands.
        self.needs_group |= payload.stream != Stream::Copy;
        self.yield_damage(payload.offset, payload.stored_len, DamageReason::FragmentLost);
    }

    fn block(&mut self, block: RawBlock) -> Result<(), DecodeError> {
        if let Some(BlockKind::Data | BlockKind::Copy) = block.known_kind() {
            check_flags(&block)?;
            return self.part(&block);
        }
        let entry = match structure(&block) {
            Err(error @ DecodeError::UnsupportedFormat { .. }) => return Err(self.refuse(error)),
            other => other?,
        };
        match &entry {
            Entry::Group(group) => {
                self.lose_fragments();
                self.needs_group = false;
                let events = group.tracks.iter().filter(|track| track.kind == TrackKind::Events);
                self.event_tracks = events.map(|track| track.id).collect();
            }
            Entry::Gap(gap) if !gap.reason.breaks_group() => {}
            Entry::Gap(_) | Entry::Incarnation(_) => {
                self.lose_fragments();
                self.needs_group = true;
            }
            _ => {}
        }
        let (offset, len, time_us) = (block.offset, block.bytes.len() as u64, block.time_us);
        self.ready.push_back(Located { offset, len, time_us, entry });
        Ok(())
    }

    /// Takes a payload of a track or of a copy, or a fragment of one.
    fn part(&mut self, block: &RawBlock) -> Result<(), DecodeError> {
        let (offset, len, track) = (block.offset, block.bytes.len() as u64, block.track);
        let stream = Stream::of(block);
        let of_track = stream != Stream::Copy;
        if of_track && self.needs_group && !self.event_tracks.contains(&track) {
            self.yield_damage(offset, len, DamageReason::NeedsGroup);
            return Ok(());
        }
        if block.flags & FLAG_CONTINUES == 0 {
            self.lose_stream(stream);
        }
        match self.fragments.join(block) {
            Joined::More => {}
            Joined::Orphan => {
                self.needs_group |= of_track;
                self.yield_damage(offset, len, DamageReason::FragmentLost);
            }
            Joined::TooLarge => {
                self.needs_group |= of_track;
                return Err(DecodeError::PayloadTooLarge { offset, track });
            }
            Joined::Whole(Payload { offset, stored_len, time_us, sealed, bytes, stream }) => {
                let entry = match stream {
                    Stream::Track(track) => Entry::Data { track, time_us, sealed, payload: bytes },
                    Stream::Copy => Entry::Copy(Box::new(copy_of(offset, bytes)?)),
                };
                self.ready.push_back(Located { offset, len: stored_len, time_us, entry });
            }
        }
        Ok(())
    }
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder::new()
    }
}

/// Whether this version knows all flags of a block.
fn check_flags(block: &RawBlock) -> Result<(), DecodeError> {
    let known = if block.known_kind() == Some(BlockKind::Data) { KNOWN_FLAGS | FLAG_SEALED } else { KNOWN_FLAGS };
    match block.flags & !known {
        0 => Ok(()),
        flags => Err(DecodeError::UnknownFlags { offset: block.offset, kind: block.kind, flags }),
    }
}

/// The group that a block starts, if it starts one and can be read.
pub fn group_of(block: &RawBlock) -> Option<Group> {
    match structure(block) {
        Ok(Entry::Group(group)) => Some(group),
        _ => None,
    }
}

fn copy_of(offset: u64, bytes: Vec<u8>) -> Result<BaseCopy, DecodeError> {
    let kind = BlockKind::Copy.name();
    BaseCopy::from_payload(bytes).map_err(|error| DecodeError::Malformed { offset, kind, error })
}

/// Reads any block but data and copies, of which one block may be a fragment.
pub(crate) fn structure(block: &RawBlock) -> Result<Entry, DecodeError> {
    let Some(kind) = block.known_kind() else {
        return match block.flags & FLAG_SKIPPABLE {
            0 => Err(DecodeError::UnknownKind { offset: block.offset, kind: block.kind }),
            _ => Ok(Entry::Unknown { kind: block.kind }),
        };
    };
    check_flags(block)?;
    Ok(match kind {
        BlockKind::Header => {
            check_format(block)?;
            Entry::Header(Box::new(json(block)?))
        }
        BlockKind::Group => {
            let group: Group = json(block)?;
            check_tracks(&group).map_err(|error| malformed(block, &error))?;
            Entry::Group(group)
        }
        BlockKind::Data => {
            let sealed = block.flags & FLAG_SEALED != 0;
            Entry::Data { track: block.track, time_us: block.time_us, sealed, payload: block.payload().to_vec() }
        }
        BlockKind::Checkpoint => {
            Entry::Checkpoint(Checkpoint::from_payload(block.payload()).map_err(|error| malformed(block, &error))?)
        }
        BlockKind::Gap => Entry::Gap(json(block)?),
        BlockKind::Incarnation => Entry::Incarnation(json(block)?),
        BlockKind::End => Entry::End(json(block)?),
        BlockKind::Index => Entry::Index,
        BlockKind::Footer => Entry::Footer,
        BlockKind::Signer => Entry::Signer(Box::new(json(block)?)),
        BlockKind::Copy => Entry::Unknown { kind: block.kind },
    })
}

/// Reads only the version first: the rest of a later version's header may look different.
fn check_format(block: &RawBlock) -> Result<(), DecodeError> {
    #[derive(serde::Deserialize)]
    struct Version {
        format: u64,
    }
    let version: Version = json(block)?;
    match version.format {
        format if format == u64::from(FORMAT_VERSION) => Ok(()),
        found => Err(DecodeError::UnsupportedFormat { found }),
    }
}

fn json<T: DeserializeOwned>(block: &RawBlock) -> Result<T, DecodeError> {
    serde_json::from_slice(block.payload()).map_err(|error| malformed(block, &error))
}

fn malformed(block: &RawBlock, error: &dyn std::error::Error) -> DecodeError {
    let kind = block.known_kind().map_or("unknown", BlockKind::name);
    DecodeError::Malformed { offset: block.offset, kind, error: error.to_string() }
}
