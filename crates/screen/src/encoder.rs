//! Pictures in, payloads out.

use std::ops::RangeInclusive;

use crate::bits::BitWriter;
use crate::cells::CellMap;
use crate::frame::{Frame, Rect};
use crate::group::GroupState;
use crate::motion::MotionSearch;
use crate::payload::{self, Opening};
use crate::photo::PhotoWriter;
use crate::seen::{PhotoRule, SeenIndex};

/// How much work the encoder puts into small payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// Light enough for a host with many sessions.
    #[default]
    Default,
    /// Smaller recordings for hosts with time and memory to spare.
    Dense,
}

/// Settings of an [`Encoder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderOptions {
    /// Work against size.
    pub level: Level,
    /// A new group begins with the first change after this many microseconds; a key frame with the first after ten times as
    /// many.
    pub key_frame_interval_us: u64,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        EncoderOptions { level: Level::Default, key_frame_interval_us: 60_000_000 }
    }
}

/// Where a picture may differ from the one before.
#[derive(Debug, Clone, Copy)]
pub enum Damage<'a> {
    /// Anywhere: the encoder compares the whole picture.
    Whole,
    /// Nowhere but in these rectangles (parts outside the picture are ignored). The encoder looks only there.
    Rects(&'a [Rect]),
}

/// What became of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encoded {
    /// It equals the one before; there is nothing to store.
    Unchanged,
    /// What changed, to be decoded after all payloads of the group so far.
    Delta(Vec<u8>),
    /// A whole picture that needs nothing before it: the caller starts a new group with it.
    Key(Vec<u8>),
    /// What differs from the last key frame, and needs nothing else: the caller starts a new group with it that names
    /// the key frame's group as its base.
    Restart(Vec<u8>),
}

impl Encoded {
    /// The bytes, if there are any to store.
    pub fn payload(&self) -> Option<&[u8]> {
        match self {
            Encoded::Unchanged => None,
            Encoded::Delta(payload) | Encoded::Key(payload) | Encoded::Restart(payload) => Some(payload),
        }
    }
}

/// A key frame is built upon for so many times the interval between key frames: damage to it harms no more.
const KEY_LIFE: u64 = 10;

/// Changes of fewer bytes never end a group: a screen of one colour has a key frame of a few bytes.
const MIN_GROUP_BYTES: usize = 100_000;

/// Changes of this many bytes end a group, unless its key frame alone is larger; bounds what a seek fetches.
const MAX_GROUP_BYTES: usize = 2_000_000;

/// Few photographic tiles are coded pixel by pixel, which is smaller but slow: icons, a small picture.
const PHOTO_RULE: PhotoRule = PhotoRule { colours: 200, tiles: 16 };

/// While the picture is animated, everything colourful is packed quickly instead.
const ANIMATED_PHOTO_RULE: PhotoRule = PhotoRule { colours: 40, tiles: 16 };

/// A payload that takes longer than this to decode (in estimated nanoseconds, on average) is taken for animation.
const ANIMATED_WORK: u64 = 15_000_000;

/// As long as so many photographic tiles come in a payload, it goes on.
const ANIMATED_TILES: usize = 64;

/// When a group has become so large that a new key frame pays.
struct GroupLimits {
    /// Changes cost as many bytes as this many key frames.
    key_frames: usize,
    /// What showing a moment should take at most, all that it builds on included, in estimated nanoseconds of decoding: where key
    /// frame and restart take long, fewer changes follow them.
    seek_work: u64,
    /// What changes may take of it, at least and at most.
    changes_work: RangeInclusive<u64>,
}

impl GroupLimits {
    fn of(level: Level) -> GroupLimits {
        match level {
            Level::Default => {
                GroupLimits { key_frames: 12, seek_work: 60_000_000, changes_work: 10_000_000..=40_000_000 }
            }
            Level::Dense => {
                GroupLimits { key_frames: 24, seek_work: 150_000_000, changes_work: 70_000_000..=70_000_000 }
            }
        }
    }

    /// After how much work for changes a group ends that begins with `first` and builds on a key frame of `key`. Where that takes
    /// long, the next beginning does, too, and must be worth it.
    fn most_work(&self, first: u64, key: u64) -> u64 {
        let (least, most) = (*self.changes_work.start(), *self.changes_work.end());
        self.seek_work.saturating_sub(first).clamp(least, most).max(key / 3)
    }
}

/// Encodes one screen.
#[derive(Debug)]
pub struct Encoder {
    options: EncoderOptions,
    group: Option<Group>,
    motion: MotionSearch,
    pace: Pace,
}

/// Whether the picture is animated: known from what the payloads so far cost.
#[derive(Debug, Default)]
struct Pace {
    work: u64,
    animated: bool,
}

impl Pace {
    fn rule(&self) -> PhotoRule {
        if self.animated { ANIMATED_PHOTO_RULE } else { PHOTO_RULE }
    }

    fn note(&mut self, work: u64, photos: usize) {
        self.work = (self.work * 3 + work) / 4;
        self.animated = self.work > ANIMATED_WORK || self.animated && photos > ANIMATED_TILES;
    }
}

/// The group being written.
#[derive(Debug)]
struct Group {
    state: GroupState,
    changed: CellMap,
    seen: SeenIndex,
    started_us: u64,
    key: KeyFrame,
    /// Work up to and with the group's first payload.
    work_before: u64,
    /// Bytes since.
    delta_bytes: usize,
    /// The group's first payload was so large that the next group shall have a key frame of its own.
    worn: bool,
}

/// The key frame that a group builds on.
#[derive(Debug)]
struct KeyFrame {
    /// Picture and models after it. Decoding it again would take less memory, but as long as ten thousand small changes.
    state: GroupState,
    payload_bytes: usize,
    time_us: u64,
}

impl Encoder {
    /// An encoder whose first payload will be a key frame.
    pub fn new(options: EncoderOptions) -> Encoder {
        Encoder { options, group: None, motion: MotionSearch::new(), pace: Pace::default() }
    }

    /// The next payload will be a key frame, even where nothing changed.
    pub fn force_key(&mut self) {
        self.group = None;
    }

    /// Encodes the picture that the screen shows at `time_us` (microseconds, never falling). A picture of another size
    /// than the one before becomes a key frame.
    pub fn encode(&mut self, frame: &Frame, damage: Damage<'_>, time_us: u64) -> Encoded {
        let fitting = self.group.take().filter(|group| group.state.frame.bounds() == frame.bounds());
        let Some(mut group) = fitting else {
            return self.key(frame, time_us);
        };
        group.compare(frame, damage);
        if group.changed.bounds().is_none() {
            self.group = Some(group);
            return Encoded::Unchanged;
        }
        if self.is_over(&group, time_us) {
            return self.next_group(group, frame, time_us);
        }
        let payload = group.delta(&mut self.motion, frame, &mut self.pace, Opening::Delta);
        self.group = Some(group);
        Encoded::Delta(payload)
    }

    fn is_over(&self, group: &Group, time_us: u64) -> bool {
        let limits = GroupLimits::of(self.options.level);
        let work = group.state.work() - group.work_before;
        let most_bytes = limits.key_frames * group.key.payload_bytes;
        time_us.saturating_sub(group.started_us) >= self.options.key_frame_interval_us
            || group.delta_bytes >= most_bytes.clamp(MIN_GROUP_BYTES, MAX_GROUP_BYTES.max(group.key.payload_bytes))
            || work >= limits.most_work(group.work_before, group.key.state.work())
    }

    /// Starts a new group: from the last key frame, if the picture is still much like that, else with a new one.
    fn next_group(&mut self, group: Group, frame: &Frame, time_us: u64) -> Encoded {
        match self.restart(group, frame, time_us) {
            Some(payload) => Encoded::Restart(payload),
            // The group before is gone by now: there is never memory for two.
            None => self.key(frame, time_us),
        }
    }

    fn restart(&mut self, group: Group, frame: &Frame, time_us: u64) -> Option<Vec<u8>> {
        let key_life_us = self.options.key_frame_interval_us.saturating_mul(KEY_LIFE);
        let key_age_us = time_us.saturating_sub(group.key.time_us);
        if group.worn || self.pace.animated || key_age_us >= key_life_us {
            return None;
        }
        let mut group = group.restarted(frame, time_us)?;
        let payload = group.delta(&mut self.motion, frame, &mut self.pace, Opening::Restart);
        group.worn = payload.len() > group.key.payload_bytes / 2;
        group.delta_bytes = 0;
        group.work_before = group.state.work();
        self.group = Some(group);
        Some(payload)
    }

    fn key(&mut self, frame: &Frame, time_us: u64) -> Encoded {
        let mut state = GroupState::new(frame.black(), self.options.level);
        let mut seen = SeenIndex::new(frame.width(), frame.height());
        let mut changed = CellMap::new(frame.width(), frame.height());
        changed.fill(true);
        let opening = Opening::Key(frame, self.options.level);
        let payload = code(&mut state, &mut seen, &mut changed, BitWriter::new(), frame, opening, &mut self.pace);
        let key = KeyFrame { state: state.clone(), payload_bytes: payload.len(), time_us };
        let work_before = state.work();
        self.group =
            Some(Group { state, changed, seen, started_us: time_us, key, work_before, delta_bytes: 0, worn: false });
        Encoded::Key(payload)
    }
}

impl Group {
    /// Marks the cells where `frame` differs from the group's picture.
    fn compare(&mut self, frame: &Frame, damage: Damage<'_>) {
        self.changed.fill(false);
        let whole = [frame.bounds()];
        let rects = match damage {
            Damage::Whole => &whole[..],
            Damage::Rects(rects) => rects,
        };
        for rect in rects.iter().filter_map(|rect| rect.clipped(frame.width(), frame.height())) {
            self.changed.touch(rect);
        }
        self.changed.keep_differing(&self.state.frame, frame);
    }

    /// The group after this one, as it is right after the key frame, with the cells marked where `frame` differs from that;
    /// `None` where it differs nearly everywhere.
    fn restarted(self, frame: &Frame, time_us: u64) -> Option<Group> {
        let Group { state, mut changed, key, .. } = self;
        changed.fill(true);
        changed.keep_differing(&key.state.frame, frame);
        if changed.count() > changed.columns() * changed.rows() * 2 / 3 {
            return None;
        }
        // Gone before the other comes.
        drop(state);
        let seen = SeenIndex::new(frame.width(), frame.height());
        let (state, work_before) = (key.state.clone(), key.state.work());
        Some(Group { state, changed, seen, started_us: time_us, key, work_before, delta_bytes: 0, worn: false })
    }

    fn delta(&mut self, motion: &mut MotionSearch, frame: &Frame, pace: &mut Pace, opening: Opening<'_>) -> Vec<u8> {
        let moves = motion.find(&mut self.state.frame, frame, &mut self.changed);
        let mut coder = BitWriter::new();
        self.state.code_moves(&mut coder, &moves);
        moves.iter().for_each(|step| self.seen.moved(step.to));
        let payload = code(&mut self.state, &mut self.seen, &mut self.changed, coder, frame, opening, pace);
        self.delta_bytes += payload.len();
        payload
    }
}

/// Codes the marked cells of `frame`.
fn code(
    state: &mut GroupState,
    seen: &mut SeenIndex,
    map: &mut CellMap,
    mut coder: BitWriter,
    frame: &Frame,
    opening: Opening<'_>,
    pace: &mut Pace,
) -> Vec<u8> {
    let work_before = state.work();
    state.code_cells(&mut coder, map);
    let changed = map.clone();
    let mut choices = seen.choices(frame, map, pace.rule());
    // An encoder asks only for tiles that are kept, so this cannot fail.
    let photos = state.code_tiles(&mut coder, map, &mut choices).unwrap_or_default();
    seen.changed(&changed);
    let mut photo_writer = PhotoWriter::default();
    for tile in &photos {
        photo_writer.tile(&mut state.frame, frame, *tile);
    }
    state.code_pixels(&mut coder, map, Some(frame));
    pace.note(state.work() - work_before, photos.len());
    payload::put_together(opening, &photo_writer.finish(), &coder.finish())
}
