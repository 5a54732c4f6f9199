//! The second copy of what other groups build on: a group's block, with the keys in it, and its first picture.

use serde::{Deserialize, Serialize};

use crate::block::{BlockKind, FLAG_CONTINUES, FLAG_MORE, RawBlock};
use crate::entries::{Group, TrackKind};
use crate::limits::{MAX_BLOCK_BYTES, MAX_INDEX_COPIES, MAX_PAYLOAD_BYTES};
use crate::varint::{self, Varint};
use crate::write::check_tracks;

/// Between a picture and its copy stands at least this much where anything does: one damaged place harms one of them.
const APART_BYTES: u64 = MAX_BLOCK_BYTES as u64;

/// A copy, put together from its blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseCopy {
    /// What the group's block says.
    pub group: Group,
    /// The picture's time.
    pub time_us: u64,
    /// The first payload of the group's screen track as it is stored there: if it is sealed, under the group's key and as
    /// the payload of that place.
    pub payload: Vec<u8>,
}

impl BaseCopy {
    /// Whether the payload is sealed.
    pub fn sealed(&self) -> bool {
        let class = TrackKind::Screen.seal_class();
        self.group.keys.iter().any(|keys| Some(&keys.class) == class.as_ref())
    }

    /// Reads the payload of copy blocks.
    pub(crate) fn from_payload(mut bytes: Vec<u8>) -> Result<BaseCopy, String> {
        let (number, time_us, group_bytes, start) = prefix(&bytes).ok_or("its first numbers are none")?;
        let end = usize::try_from(group_bytes).ok().and_then(|len| start.checked_add(len));
        let stated = end.and_then(|end| bytes.get(start..end)).ok_or("it ends within the group")?;
        let group: Group = serde_json::from_slice(stated).map_err(|error| error.to_string())?;
        check_tracks(&group).map_err(|error| error.to_string())?;
        if group.number != number || group.base.is_some() || group.screen_track().is_none() {
            return Err("the group in it is no other's base, or another than it says".to_owned());
        }
        bytes.drain(..start + stated.len());
        Ok(BaseCopy { group, time_us, payload: bytes })
    }
}

/// Number and time, bytes of the group, and where that starts.
fn prefix(bytes: &[u8]) -> Option<(u64, u64, u64, usize)> {
    let mut numbers = [0; 3];
    let mut at = 0;
    for number in &mut numbers {
        let Varint::Value(value, len) = varint::read(bytes.get(at..)?) else { return None };
        *number = value;
        at += len;
    }
    let [number, time_us, group_bytes] = numbers;
    (time_us <= crate::MAX_TIME_US).then_some((number, time_us, group_bytes, at))
}

/// Where a copy stands, as an index lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyEntry {
    /// The number of the group whose first picture it repeats.
    pub group: u64,
    /// Where its first block starts.
    pub offset: u64,
    /// Bytes of its blocks, between which nothing else stands.
    pub bytes: u64,
}

impl CopyEntry {
    /// Takes a block of a copy into a list of copies; any other changes nothing.
    pub fn note(list: &mut Vec<CopyEntry>, block: &RawBlock) {
        if block.known_kind() != Some(BlockKind::Copy) {
            return;
        }
        let bytes = block.bytes.len() as u64;
        if block.flags & FLAG_CONTINUES != 0 {
            if let Some(begun) = list.last_mut().filter(|begun| begun.offset + begun.bytes == block.offset) {
                begun.bytes += bytes;
            }
        } else if let Some((group, ..)) = prefix(block.payload())
            && list.len() < MAX_INDEX_COPIES
        {
            list.push(CopyEntry { group, offset: block.offset, bytes });
        }
    }
}

/// What an assembler keeps of the newest group without a base until its copy is written.
#[derive(Debug)]
pub(crate) struct KeptBase {
    number: u64,
    track: u16,
    /// What the group's block says, until the picture comes.
    group: Vec<u8>,
    /// The copy so far.
    copy: Vec<u8>,
    /// Where the picture ends, once it is whole.
    picture_end: Option<u64>,
    /// Another group builds on it.
    used: bool,
}

impl KeptBase {
    /// Begins with a group's block; `None` where there will be no picture.
    pub(crate) fn new(group: &Group, block: &RawBlock) -> Option<KeptBase> {
        let track = group.screen_track()?;
        let (number, group) = (group.number, block.payload().to_vec());
        Some(KeptBase { number, track, group, copy: Vec::new(), picture_end: None, used: false })
    }

    /// Takes a block of data that ends at `end`; false if the picture is too large to be copied.
    pub(crate) fn data(&mut self, block: &RawBlock, end: u64) -> bool {
        if self.picture_end.is_some() || block.track != self.track {
            return true;
        }
        if self.copy.is_empty() {
            varint::write(self.number, &mut self.copy);
            varint::write(block.time_us, &mut self.copy);
            varint::write(self.group.len() as u64, &mut self.copy);
            self.copy.append(&mut self.group);
        }
        self.copy.extend_from_slice(block.payload());
        self.picture_end = (block.flags & FLAG_MORE == 0).then_some(end);
        self.copy.len() <= MAX_PAYLOAD_BYTES
    }

    /// A group comes that builds on it.
    pub(crate) fn build_on(&mut self) {
        self.used = true;
    }

    /// The copy, if one is wanted and may stand at `offset`, or must because it is the last chance.
    pub(crate) fn due(&self, offset: u64, last_chance: bool) -> Option<&[u8]> {
        let apart = self.picture_end.is_some_and(|end| last_chance || offset >= end + APART_BYTES);
        (self.used && apart).then_some(&self.copy)
    }
}
