//! Builds the index block by block; whoever feeds it the same blocks gets the same index.

use serde::{Deserialize, Serialize};

use crate::base_copy::CopyEntry;
use crate::block::{BlockKind, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, RawBlock};
use crate::decode::{Entry, structure};
use crate::entries::{Gap, Group, TrackKind};
use crate::event::{Event, kinds};
use crate::index::{GapEntry, GroupEntry, Index, IndexedEvent};
use crate::limits::{MAX_INDEX_EVENTS, MAX_INDEX_GAPS, MAX_INDEX_GROUPS, MAX_INDEX_TEXT_CHARS};
use crate::thumbnail::{self, Thumbnail};
use crate::words::shortened;

/// Characters of an event's kind in an index.
const KIND_CHARS: usize = 64;

/// An index that grows. Its JSON is bounded, so an agent or server may keep it beside the recording and go on later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexBuilder {
    index: Index,
    event_tracks: Vec<u16>,
    /// The newest group's track of pictures, until its first picture is whole.
    #[serde(default)]
    first_picture_track: Option<u16>,
    #[serde(default)]
    thumbnail_tracks: Vec<u16>,
    /// Thumbnails so far, those left out of the index included.
    #[serde(default)]
    thumbnails_seen: u64,
    /// Bytes of the newest group's block.
    #[serde(default)]
    group_block_bytes: u64,
    /// Where that block starts.
    #[serde(default)]
    group_offset: u64,
    /// Where the first block stood that was not seen, if the recording's beginning was not.
    starts_at: u64,
}

impl IndexBuilder {
    /// For a recording from its first block.
    pub fn new() -> IndexBuilder {
        IndexBuilder::default()
    }

    /// For one whose first block to be seen stands at `offset`.
    pub fn at(offset: u64) -> IndexBuilder {
        IndexBuilder { starts_at: offset, ..IndexBuilder::default() }
    }

    /// Whether the recording's beginning was seen.
    pub fn is_complete(&self) -> bool {
        self.starts_at == 0
    }

    /// The index over the blocks so far.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Takes the next whole block. Index and footer blocks count for nothing: an index is the same with and without.
    pub fn block(&mut self, block: &RawBlock) {
        let kind = block.known_kind();
        if matches!(kind, Some(BlockKind::Index | BlockKind::Footer)) {
            return;
        }
        let index = &mut self.index;
        index.content_bytes = block.end();
        index.duration_us = index.duration_us.max(block.time_us);
        if kind == Some(BlockKind::Data) {
            self.data(block);
        } else if kind == Some(BlockKind::Copy) {
            CopyEntry::note(&mut index.copies, block);
        } else if let Ok(entry) = structure(block) {
            self.structure(block, entry);
        }
        if let Some(group) = self.index.groups.last_mut() {
            group.bytes = block.end().saturating_sub(group.offset);
            group.end_us = group.end_us.max(block.time_us);
        }
    }

    fn structure(&mut self, block: &RawBlock, entry: Entry) {
        let index = &mut self.index;
        match entry {
            Entry::Header(header) if index.recording.is_none() => {
                index.recording = Some(header.recording);
                index.started = Some(header.started);
            }
            Entry::Group(group) => self.group(block, &group),
            Entry::Gap(gap) => self.gap(gap),
            Entry::Incarnation(_) => {
                index.incarnations = index.incarnations.saturating_add(1);
                index.end = None;
            }
            Entry::End(end) => index.end = Some(end),
            _ => {}
        }
    }

    fn group(&mut self, block: &RawBlock, group: &Group) {
        let of = |kind: TrackKind| {
            group.tracks.iter().filter(|track| track.kind == kind).map(|track| track.id).collect::<Vec<u16>>()
        };
        self.event_tracks = of(TrackKind::Events);
        self.thumbnail_tracks = of(TrackKind::Thumbnails);
        self.group_block_bytes = block.bytes.len() as u64;
        self.group_offset = block.offset;
        self.first_picture_track = group.screen_track();
        self.index.end = None;
        if !group.keys.is_empty() {
            self.index.sealed.get_or_insert_default().note(&group.keys);
        }
        if self.index.groups.len() >= MAX_INDEX_GROUPS {
            merge_neighbours(&mut self.index.groups);
        }
        self.index.groups.push(GroupEntry {
            number: group.number,
            offset: block.offset,
            base: group.base,
            bytes: 0,
            first_picture_bytes: 0,
            start_us: block.time_us,
            end_us: block.time_us,
            blocks: 0,
            groups: 1,
        });
    }

    fn gap(&mut self, gap: Gap) {
        let index = &mut self.index;
        index.duration_us = index.duration_us.max(gap.to_us.min(crate::MAX_TIME_US));
        if index.gaps.len() >= MAX_INDEX_GAPS {
            index.gaps_left_out += 1;
            return;
        }
        let Gap { from_us, to_us, reason, text, .. } = gap;
        index.gaps.push(GapEntry { from_us, to_us, reason, text: shortened(&text, MAX_INDEX_TEXT_CHARS) });
    }

    fn data(&mut self, block: &RawBlock) {
        if let Some(group) = self.index.groups.last_mut() {
            group.blocks += 1;
            if self.first_picture_track == Some(block.track) && block.flags & FLAG_MORE == 0 {
                self.first_picture_track = None;
                // In an entry for several groups, that of the first counts.
                if group.groups == 1 {
                    group.first_picture_bytes = block.end().saturating_sub(group.offset);
                }
            }
        }
        if self.thumbnail_tracks.contains(&block.track) && thumbnail::is_listed(block) {
            self.thumbnail(block);
        }
        let whole = block.flags & (FLAG_MORE | FLAG_CONTINUES) == 0;
        if !whole || !self.event_tracks.contains(&block.track) {
            return;
        }
        if block.flags & FLAG_SEALED != 0 {
            self.list_event(IndexedEvent { time_us: block.time_us, kind: String::new(), text: String::new() });
        } else if let Ok(event) = Event::from_payload(block.payload()) {
            self.event(block.time_us, &event);
        }
    }

    fn thumbnail(&mut self, block: &RawBlock) {
        let entry = Thumbnail {
            time_us: block.time_us,
            offset: block.offset,
            bytes: block.bytes.len() as u64,
            group_offset: self.group_offset,
            group_bytes: self.group_block_bytes,
        };
        thumbnail::list(&mut self.index.thumbnails, self.thumbnails_seen, entry);
        self.thumbnails_seen += 1;
    }

    fn event(&mut self, time_us: u64, event: &Event) {
        self.index.note_size(event);
        // These come four times a minute, and would leave no room for others.
        if event.kind != kinds::PERFORMANCE {
            self.list_event(listed(time_us, event));
        }
    }

    fn list_event(&mut self, event: IndexedEvent) {
        if self.index.events.len() >= MAX_INDEX_EVENTS {
            self.index.events_left_out += 1;
        } else {
            self.index.events.push(event);
        }
    }
}

fn listed(time_us: u64, event: &Event) -> IndexedEvent {
    let (kind, text) = (shortened(&event.kind, KIND_CHARS), shortened(&event.text(), MAX_INDEX_TEXT_CHARS));
    IndexedEvent { time_us, kind, text }
}

impl Index {
    /// For a reader with a key: puts an event that it has opened where the index lists a sealed one of that time.
    pub fn put_opened(&mut self, time_us: u64, event: &Event) {
        self.note_size(event);
        let sealed = |listed: &&mut IndexedEvent| listed.time_us == time_us && listed.kind.is_empty();
        if let Some(place) = self.events.iter_mut().find(sealed) {
            *place = listed(time_us, event);
        }
    }

    fn note_size(&mut self, event: &Event) {
        if matches!(event.kind.as_str(), kinds::RESIZE | kinds::SESSION_START) {
            self.width = event.number("width").or(self.width);
            self.height = event.number("height").or(self.height);
        }
    }
}

/// Halves the list: seeking then starts up to twice as far back, and still at a group.
fn merge_neighbours(groups: &mut Vec<GroupEntry>) {
    let merge = |pair: &[GroupEntry]| {
        let mut merged = pair[0].clone();
        for next in &pair[1..] {
            merged.bytes += next.bytes;
            merged.end_us = merged.end_us.max(next.end_us);
            merged.blocks += next.blocks;
            merged.groups += next.groups;
        }
        merged
    };
    *groups = groups.chunks(2).map(merge).collect();
}
