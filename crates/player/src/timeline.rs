//! What is known of a recording without its pictures: where its groups are, how long it is, what is missing, what
//! happened. Comes from the index, and grows with the tail of a live recording.

use std::ops::Range;

use recording::{
    Anchor, BlockKind, BlockScanner, CopyEntry, Event, FLAG_SEALED, Gap, GapReason, Header, Index, RawBlock,
    RecordingId, Scanned, SealedIndex, TrackKind,
};

use crate::opening::Opening;
use crate::performance::{self, Log};

/// Spans kept while a live recording grows; the last one then takes in what follows, so memory stays bounded.
const MAX_SPANS: usize = 2 * recording::MAX_INDEX_GROUPS;

/// The kind of events that are sealed: that something happened is all that is known.
const SEALED: &str = "sealed";

/// A stretch of stored bytes that decoding can begin at: one group, or a few neighbours that the index has merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Number of its first group.
    number: u64,
    /// Number of the earlier group whose first picture its first picture builds on.
    pub(crate) base: Option<u64>,
    /// Offset of its first block, a group block.
    pub(crate) offset: u64,
    /// Bytes up to the end of its first picture; 0 where that is not known.
    first_picture_bytes: u64,
    /// Time of that block.
    pub(crate) start_us: u64,
    /// Time of its last block.
    pub(crate) end_us: u64,
}

/// Something that happened, for the seek bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When, in microseconds since the recording's start.
    pub time_us: u64,
    /// The event's kind, a word; comes from the recorded machine and may hold anything. `sealed` where it is sealed.
    pub kind: String,
    /// A sentence for people; may hold anything.
    pub text: String,
}

/// A stretch of time of which there is no picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// First moment that is missing, in microseconds.
    pub from_us: u64,
    /// First moment that is there again; equal to `from_us` where that is not known.
    pub to_us: u64,
    /// Why, as a word of [`recording::GapReason`].
    pub reason: String,
    /// A sentence for people; may hold anything.
    pub text: String,
}

/// The recording's map.
#[derive(Debug)]
pub(crate) struct Timeline {
    spans: Vec<Span>,
    /// Second copies of the pictures that groups build on.
    copies: Vec<CopyEntry>,
    /// End of the last span's bytes: where the index or the growing tail begins.
    stored_end: u64,
    /// Stored bytes in all.
    length: u64,
    duration_us: u64,
    missing: Vec<Missing>,
    happenings: Vec<Happening>,
    /// How busy the machine was, as far as it was read.
    performance: Log,
    live: bool,
    tail: BlockScanner,
    /// Where the tail began: what stands before it is read from there only when it is asked for.
    tail_from: u64,
    /// Track of events in the newest group of the tail.
    event_track: u16,
    /// Track of the picture in the newest group of the tail.
    picture_track: Option<u16>,
    /// Some group has a picture.
    has_picture: bool,
    /// Both clocks at time 0.
    started: Option<Anchor>,
    recording: Option<RecordingId>,
    sealed: Option<SealedIndex>,
    /// The newest pair of clocks that the tail brought.
    newest_anchor: Option<Anchor>,
    /// Counts changes of what [`Timeline::spans`], gaps and events tell, so that a view knows when to ask again.
    version: u32,
}

impl Timeline {
    /// Reads the index. Entries that contradict each other or the length are left out: an index is disposable, and may
    /// come from anybody.
    pub(crate) fn new(opening: &Opening) -> Self {
        let index = &opening.index;
        let mut spans: Vec<Span> = Vec::new();
        let mut stored_end = 0;
        let mut duration_us = index.duration_us.min(recording::MAX_TIME_US);
        for entry in &index.groups {
            let end = entry.offset.saturating_add(entry.bytes);
            let follows = spans.last().is_none_or(|last| entry.offset > last.offset && entry.start_us >= last.start_us);
            if !follows
                || end > opening.length
                || entry.end_us < entry.start_us
                || entry.end_us > recording::MAX_TIME_US
            {
                continue;
            }
            spans.push(Span {
                number: entry.number,
                base: entry.base,
                offset: entry.offset,
                first_picture_bytes: entry.first_picture_bytes.min(entry.bytes),
                start_us: entry.start_us,
                end_us: entry.end_us,
            });
            stored_end = end;
            duration_us = duration_us.max(entry.end_us);
        }
        // The last group of a live recording is still open: all that is stored after it belongs to it.
        if opening.live {
            stored_end = opening.length;
        }
        let missing = index.gaps.iter().map(|gap| missing(gap.from_us, gap.to_us, gap.reason.as_str(), &gap.text));
        let happenings = index.events.iter().map(|event| Happening {
            time_us: event.time_us,
            kind: if event.kind.is_empty() { SEALED.to_owned() } else { event.kind.clone() },
            text: event.text.clone(),
        });
        Self {
            spans,
            copies: stored_copies(index, opening.length),
            stored_end,
            length: opening.length,
            duration_us,
            missing: missing.take(recording::MAX_INDEX_GAPS).collect(),
            happenings: happenings.take(recording::MAX_INDEX_EVENTS).collect(),
            performance: Log::default(),
            live: opening.live,
            tail: BlockScanner::at(opening.length),
            tail_from: opening.length,
            event_track: TrackKind::Events.number(),
            picture_track: None,
            has_picture: index.groups.iter().any(|group| group.first_picture_bytes > 0),
            started: index.started.clone(),
            recording: index.recording,
            sealed: index.sealed.clone(),
            newest_anchor: None,
            version: 0,
        }
    }

    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    pub(crate) fn missing(&self) -> &[Missing] {
        &self.missing
    }

    pub(crate) fn happenings(&self) -> &[Happening] {
        &self.happenings
    }

    pub(crate) fn performance(&self) -> &Log {
        &self.performance
    }

    pub(crate) fn performance_mut(&mut self) -> &mut Log {
        &mut self.performance
    }

    /// Where the bytes end that were stored when the recording was opened.
    pub(crate) fn tail_from(&self) -> u64 {
        self.tail_from
    }

    /// Whether any group has a picture, as far as the index and the tail tell.
    pub(crate) fn has_picture(&self) -> bool {
        self.has_picture
    }

    pub(crate) fn duration_us(&self) -> u64 {
        self.duration_us
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn live(&self) -> bool {
        self.live
    }

    pub(crate) fn started(&self) -> Option<&Anchor> {
        self.started.as_ref()
    }

    pub(crate) fn newest_anchor(&self) -> Option<&Anchor> {
        self.newest_anchor.as_ref()
    }

    /// The recording's identity, as soon as it is known.
    pub(crate) fn recording(&self) -> Option<RecordingId> {
        self.recording
    }

    /// What is sealed, and for whom.
    pub(crate) fn sealed(&self) -> Option<&SealedIndex> {
        self.sealed.as_ref()
    }

    /// What a view shows of the map has changed.
    pub(crate) fn touch(&mut self) {
        self.version += 1;
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Which span shows `time_us`: the last one that starts at or before it, or the first.
    pub(crate) fn span_at(&self, time_us: u64) -> Option<usize> {
        let after = self.spans.partition_point(|span| span.start_us <= time_us);
        (!self.spans.is_empty()).then(|| after.saturating_sub(1))
    }

    /// The bytes of a span: up to the next one, so that nothing between two groups is passed over.
    pub(crate) fn bytes_of(&self, span: usize) -> Range<u64> {
        let Some(here) = self.spans.get(span) else { return 0..0 };
        here.offset..self.spans.get(span + 1).map_or(self.stored_end, |next| next.offset)
    }

    /// Where the first picture is stored that a span builds on: places to try in turn.
    pub(crate) fn base_of(&self, span: usize) -> Vec<Range<u64>> {
        let Some(base) = self.spans.get(span).and_then(|span| span.base) else { return Vec::new() };
        let holder = self.spans[..span].partition_point(|before| before.number <= base).checked_sub(1);
        let holder = holder
            .map_or((0, 0..0, 0), |at| (self.spans[at].number, self.bytes_of(at), self.spans[at].first_picture_bytes));
        recording::base_places(holder, base, &self.copies)
    }

    /// The gap that `time_us` lies in.
    pub(crate) fn missing_at(&self, time_us: u64) -> Option<&Missing> {
        self.missing.iter().find(|gap| (gap.from_us..gap.to_us).contains(&time_us))
    }

    /// The recording has ended: nothing will be added.
    pub(crate) fn end(&mut self) {
        self.live = false;
        self.version += 1;
    }

    /// Takes the next bytes of a live recording, which must begin where the known ones end.
    pub(crate) fn grow(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.tail.push(bytes);
        while let Some(found) = self.tail.next() {
            match found {
                Scanned::Block(block) => self.take_block(&block),
                // The decoder meets the same damage when it gets there, and says so.
                Scanned::Damaged(_) => {}
            }
        }
        if self.live {
            self.stored_end = self.length;
        }
    }

    fn take_block(&mut self, block: &RawBlock) {
        match block.known_kind() {
            Some(BlockKind::Group) => self.take_group(block),
            Some(BlockKind::Header) if self.recording.is_none() => {
                let header = serde_json::from_slice::<Header>(block.payload());
                self.recording = header.ok().map(|header| header.recording);
            }
            Some(BlockKind::Gap) => {
                if let Ok(gap) = serde_json::from_slice::<Gap>(block.payload())
                    && self.missing.len() < recording::MAX_INDEX_GAPS
                {
                    self.missing.push(missing(gap.from_us, gap.to_us, gap.reason.as_str(), &gap.text));
                    self.version += 1;
                }
            }
            Some(BlockKind::Data) if block.track == self.event_track => self.take_event(block),
            Some(BlockKind::Data) if Some(block.track) == self.picture_track => self.has_picture = true,
            Some(BlockKind::Copy) => CopyEntry::note(&mut self.copies, block),
            Some(BlockKind::Checkpoint) => {
                if let (Some(checkpoint), Some(started)) = (recording::checkpoint_of(block), &self.started) {
                    self.newest_anchor = Some(checkpoint.anchor.anchor(started));
                }
            }
            // What follows the end (index and footer) is no picture, and belongs to no group.
            Some(BlockKind::End) => {
                self.stored_end = block.end();
                self.end();
            }
            _ => {}
        }
        self.duration_us = self.duration_us.max(block.time_us);
        if let Some(last) = self.spans.last_mut() {
            last.end_us = last.end_us.max(block.time_us);
        }
    }

    fn take_group(&mut self, block: &RawBlock) {
        let Some(group) = recording::group_of(block) else { return };
        let events = group.tracks.iter().find(|track| track.kind == TrackKind::Events);
        self.event_track = events.map_or(TrackKind::Events.number(), |track| track.id);
        self.picture_track = group.screen_track();
        if !group.keys.is_empty() {
            self.sealed.get_or_insert_default().note(&group.keys);
        }
        let follows = self.spans.last().is_none_or(|last| block.offset > last.offset && block.time_us >= last.start_us);
        if follows && self.spans.len() < MAX_SPANS {
            self.spans.push(Span {
                number: group.number,
                base: group.base,
                offset: block.offset,
                first_picture_bytes: 0,
                start_us: block.time_us,
                end_us: block.time_us,
            });
            self.version += 1;
        }
    }

    fn take_event(&mut self, block: &RawBlock) {
        let sealed = block.flags & FLAG_SEALED != 0;
        let event = if sealed { None } else { Event::from_payload(block.payload()).ok() };
        if let Some(event) = event.as_ref().filter(|event| performance::tells(event)) {
            // As in an index these are not listed: they come without end.
            return self.performance.take(block.time_us, event);
        }
        if self.happenings.len() >= recording::MAX_INDEX_EVENTS {
            return;
        }
        let time_us = block.time_us;
        if sealed {
            self.happenings.push(Happening { time_us, kind: SEALED.to_owned(), text: String::new() });
            self.version += 1;
        } else if let Some(event) = event {
            let text = event.fields.get("text").and_then(|text| text.as_str()).unwrap_or_default();
            let text = text.chars().take(recording::MAX_INDEX_TEXT_CHARS).collect();
            self.happenings.push(Happening { time_us, kind: event.kind, text });
            self.version += 1;
        }
    }
}

/// The copies that an index lists, as far as they can stand where it says.
fn stored_copies(index: &Index, length: u64) -> Vec<CopyEntry> {
    let stands = |copy: &&CopyEntry| copy.offset.checked_add(copy.bytes).is_some_and(|end| end <= length);
    index.copies.iter().filter(stands).take(recording::MAX_INDEX_COPIES).copied().collect()
}

fn missing(from_us: u64, to_us: u64, reason: &str, text: &str) -> Missing {
    Missing { from_us, to_us: to_us.max(from_us), reason: reason.to_owned(), text: text.to_owned() }
}

/// The words of gaps that the player finds by itself.
pub(crate) fn damaged_word() -> String {
    GapReason::Damaged.as_str().to_owned()
}
