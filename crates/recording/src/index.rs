//! What stands where: enough to seek by, disposable, always rebuilt the same from the blocks.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::anchor::Anchor;
use crate::base_copy::CopyEntry;
use crate::entries::{End, GapReason};
use crate::id::RecordingId;
use crate::sealed::SealedIndex;
use crate::thumbnail::Thumbnail;

/// Where a group stands. When an index is full an entry stands for several neighbouring groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupEntry {
    /// Number of the (first) group.
    pub number: u64,
    /// Where its group block starts: a decoder can start here.
    pub offset: u64,
    /// The number of the (first) group's base, if it has one: a decoder needs that group's first picture before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// Bytes from there to the next group, or to the end of what is there.
    pub bytes: u64,
    /// Bytes from there to the end of the (first) group's first picture: what groups that build on it need of it.
    #[serde(default)]
    pub first_picture_bytes: u64,
    /// Time of the group block, microseconds.
    pub start_us: u64,
    /// Latest time within, microseconds.
    pub end_us: u64,
    /// Data blocks within.
    pub blocks: u64,
    /// How many groups the entry stands for, at least 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub groups: u64,
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(groups: &u64) -> bool {
    *groups == 1
}

/// A declared gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapEntry {
    /// First moment that is missing, microseconds.
    pub from_us: u64,
    /// First moment that is there again.
    pub to_us: u64,
    /// Why.
    pub reason: GapReason,
    /// The same for people, at most [`crate::MAX_INDEX_TEXT_CHARS`] characters.
    pub text: String,
}

/// An event as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedEvent {
    /// When, microseconds.
    pub time_us: u64,
    /// What happened; empty where the event is sealed.
    pub kind: String,
    /// In a few words, at most [`crate::MAX_INDEX_TEXT_CHARS`] characters; may be empty.
    pub text: String,
}

/// The index of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The recording, if its header was seen.
    pub recording: Option<RecordingId>,
    /// Both clocks at time 0, if the header was seen.
    pub started: Option<Anchor>,
    /// The latest time in the recording, microseconds.
    pub duration_us: u64,
    /// The picture's latest width in pixels, if an event stated it.
    pub width: Option<u32>,
    /// The picture's latest height in pixels.
    pub height: Option<u32>,
    /// Bytes of blocks that the index covers: everything before it.
    pub content_bytes: u64,
    /// Groups in order.
    pub groups: Vec<GroupEntry>,
    /// Second copies of pictures that groups build on, in order, at most [`crate::MAX_INDEX_COPIES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<CopyEntry>,
    /// Gaps in order.
    pub gaps: Vec<GapEntry>,
    /// Gaps beyond [`crate::MAX_INDEX_GAPS`].
    pub gaps_left_out: u64,
    /// Events in order.
    pub events: Vec<IndexedEvent>,
    /// Events beyond [`crate::MAX_INDEX_EVENTS`].
    pub events_left_out: u64,
    /// Thumbnails in order, at most [`crate::MAX_INDEX_THUMBNAILS`]: of more, evenly chosen ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thumbnails: Vec<Thumbnail>,
    /// What is sealed and for whom, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedIndex>,
    /// Writers after the first one.
    pub incarnations: u32,
    /// How it ended, if it did and nothing came after.
    pub end: Option<End>,
}

/// See [`Index::base_places`]. `holder` is the last entry whose number is not larger than the base's: its number, where it
/// is stored, and bytes up to the end of its first picture.
pub fn places(holder: (u64, Range<u64>, u64), base: u64, copies: &[CopyEntry]) -> Vec<Range<u64>> {
    let (number, stored, first_picture_bytes) = holder;
    let copies = copies.iter().rev().filter(|copy| copy.group == base);
    let copies = copies.map(|copy| copy.offset..copy.offset.saturating_add(copy.bytes));
    let known = number == base && first_picture_bytes > 0;
    let original = known.then(|| stored.start..stored.end.min(stored.start.saturating_add(first_picture_bytes)));
    // Somewhere in there, where no copy is known.
    let somewhere = (!known).then_some(stored);
    original.into_iter().chain(copies).chain(somewhere).filter(|place| !place.is_empty()).collect()
}

impl Index {
    /// The last group that starts at or before `time_us`: where to start reading to show that moment. The first
    /// group for moments before it.
    pub fn group_at(&self, time_us: u64) -> Option<&GroupEntry> {
        let after = self.groups.partition_point(|group| group.start_us <= time_us);
        self.groups.get(after.saturating_sub(1))
    }

    /// Where the first picture of group `base` can be read, which others build on: places to try in turn. In each a
    /// decoder meets the group and its picture, or the copy of both.
    pub fn base_places(&self, base: u64) -> Vec<Range<u64>> {
        let after = self.groups.partition_point(|group| group.number <= base);
        let holder = after.checked_sub(1).and_then(|at| self.groups.get(at));
        let (number, stored, first) = holder.map_or((0, 0..0, 0), |group| {
            (group.number, group.offset..group.offset.saturating_add(group.bytes), group.first_picture_bytes)
        });
        places((number, stored, first), base, &self.copies)
    }
}
