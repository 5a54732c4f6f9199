//! Decoding from a group's start up to a moment.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use recording::{DecodeError, Decoder, Entry, Group, Located, Monitor, RecordingId, SealClass, Track, TrackKind};
use screen::pointer::{PointerDecoder, PointerState};
use screen::{Frame, Rect};
use sealing::Opener;

use crate::bytes::ByteCache;
use crate::damage::Damage;
use crate::keys::Keys;
use crate::tape::Moment;

/// Bytes handed to the decoder at once. Small, so that little is decoded beyond the moment asked for.
const PUSH_BYTES: usize = 16 << 10;

/// What one step of decoding did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing that is seen changed.
    Passed,
    /// The picture changed, at this time.
    Picture(u64),
    /// The next entry is later than asked: everything up to there is shown.
    Reached,
    /// The byte at [`Cursor::needs`] is not held.
    Hungry,
    /// The span has no more bytes.
    SpanEnd,
    /// The pictures of this group are sealed and there is no key for them.
    Locked,
}

/// From when on a group cannot be decoded, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) from_us: u64,
    pub(crate) why: String,
}

/// Decoders somewhere in a span.
#[derive(Debug)]
pub(crate) struct Cursor {
    span: usize,
    decoder: Decoder,
    /// The next byte for the decoder.
    needs: u64,
    /// Read, and later than what was asked for so far.
    ahead: Option<Located>,
    /// The earliest moment that the span stands for.
    opens_us: u64,
    /// The latest time of what was applied.
    applied_us: u64,
    first_picture_us: Option<u64>,
    tracks: Vec<Track>,
    recording: Option<RecordingId>,
    opener: Opener,
    locked: bool,
    screen: screen::Decoder,
    pointer: PointerDecoder,
    /// Where the monitors lie in this group, as far as a reader takes them.
    monitors: Arc<[Monitor]>,
    /// When the picture last changed in this group, and where; everywhere if it has no areas.
    picture_us: Option<u64>,
    changed: Option<Vec<Rect>>,
    broken: Option<Broken>,
    /// The picture was dropped by the codec: only a new group brings another.
    picture_lost: bool,
    /// The group whose first picture the codec can go back to.
    key_group: Option<u64>,
    group: u64,
    /// Bytes that are read before the span's own: up to the picture that the span builds on.
    lead: Option<Lead>,
}

/// The way to the first picture of another group.
#[derive(Debug)]
struct Lead {
    group: u64,
    bytes: Range<u64>,
    /// Where it stands, too: asked where it cannot be read.
    elsewhere: VecDeque<Range<u64>>,
    /// Where the span itself begins.
    span_offset: u64,
}

/// What a span's first picture builds on.
#[derive(Debug)]
pub(crate) enum Base {
    /// Nothing.
    None,
    /// The first picture of this group, which a codec holds that was there before.
    Held(u64, Box<screen::Decoder>),
    /// The first picture of this group, which is stored in one of these places.
    Stored(u64, Vec<Range<u64>>),
}

impl Cursor {
    /// A cursor at the start of a span, whose first byte stands at `offset`.
    pub(crate) fn new(span: usize, offset: u64, opens_us: u64, base: Base, keys: &Keys) -> Self {
        let (key_group, screen, lead) = match base {
            Base::None => (None, screen::Decoder::new(), None),
            Base::Held(group, screen) => (Some(group), *screen, None),
            Base::Stored(group, places) => {
                let mut elsewhere = VecDeque::from(places);
                let lead = elsewhere.pop_front().map(|bytes| Lead { group, bytes, elsewhere, span_offset: offset });
                (None, screen::Decoder::new(), lead)
            }
        };
        let first = lead.as_ref().map_or(offset, |lead| lead.bytes.start);
        Self {
            span,
            decoder: Decoder::at(first),
            needs: first,
            ahead: None,
            opens_us,
            applied_us: opens_us,
            first_picture_us: None,
            tracks: Vec::new(),
            recording: keys.recording,
            opener: keys.opener(),
            locked: false,
            screen,
            pointer: PointerDecoder::new(),
            monitors: Arc::new([]),
            picture_us: None,
            changed: None,
            broken: None,
            picture_lost: false,
            key_group,
            group: 0,
            lead,
        }
    }

    /// What a span needs that builds on `group`, if this cursor's codec can still go back there.
    pub(crate) fn base_at(&self, group: u64) -> Option<Base> {
        (self.key_group == Some(group)).then(|| Base::Held(group, Box::new(self.screen.back_at_key())))
    }

    pub(crate) fn span(&self) -> usize {
        self.span
    }

    /// The offset of the next byte that decoding needs.
    pub(crate) fn needs(&self) -> u64 {
        self.needs
    }

    /// The bytes that are read before the span's own, while they are.
    pub(crate) fn lead(&self) -> Option<&Range<u64>> {
        self.lead.as_ref().map(|lead| &lead.bytes)
    }

    /// From when on what is shown now is right, without decoding anything again.
    pub(crate) fn shows_from_us(&self) -> u64 {
        // The first picture is shown for what lies before it, too: rather that than none.
        if self.applied_us == self.first_picture_us.unwrap_or(self.opens_us) { self.opens_us } else { self.applied_us }
    }

    /// The latest time of what was decoded.
    pub(crate) fn applied_us(&self) -> u64 {
        self.applied_us
    }

    /// Whether the picture shown is the first of the span, or there is none yet.
    pub(crate) fn at_first_picture(&self) -> bool {
        self.picture_us == self.first_picture_us
    }

    /// When the picture shown last changed.
    pub(crate) fn picture_us(&self) -> Option<u64> {
        self.picture_us
    }

    /// Where it changed then; `None` stands for everywhere.
    pub(crate) fn changed(&self) -> Option<&[Rect]> {
        self.changed.as_deref()
    }

    /// Where the monitors lie; empty where the whole picture is one.
    pub(crate) fn monitors(&self) -> &[Monitor] {
        &self.monitors
    }

    /// What belongs to the picture shown, if there is one.
    pub(crate) fn moment(&self) -> Option<Moment> {
        let time_us = self.picture_us?;
        Some(Moment { time_us, pointer: self.pointer().clone(), monitors: Arc::clone(&self.monitors) })
    }

    /// Whether the group's pictures are sealed and there is no key for them.
    pub(crate) fn locked(&self) -> bool {
        self.locked
    }

    pub(crate) fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// The picture, once the span's first one has been decoded.
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.first_picture_us.and(self.screen.frame())
    }

    pub(crate) fn pointer(&self) -> &PointerState {
        self.pointer.state()
    }

    /// Looks elsewhere for the picture that the span builds on; false if it stands nowhere else.
    pub(crate) fn try_elsewhere(&mut self) -> bool {
        let Some(lead) = &mut self.lead else { return false };
        let Some(place) = lead.elsewhere.pop_front() else { return false };
        self.decoder = Decoder::at(place.start);
        self.needs = place.start;
        lead.bytes = place;
        true
    }

    /// Gives up on the rest of the group.
    pub(crate) fn give_up(&mut self, why: &str) {
        self.broken.get_or_insert_with(|| Broken { from_us: self.applied_us, why: why.to_owned() });
    }

    /// Decodes at most one entry that is not later than `until_us`, of a span that is stored at `stored`. Areas of the
    /// picture that changed are added to `damage`.
    pub(crate) fn step(
        &mut self,
        until_us: u64,
        stored: &Range<u64>,
        bytes: &mut ByteCache,
        damage: &mut Damage,
    ) -> Step {
        if let Some(lead) = self.lead.take() {
            match self.follow(&lead, bytes) {
                Step::Hungry => {
                    self.lead = Some(lead);
                    return Step::Hungry;
                }
                Step::Passed => self.lead = Some(lead),
                _ => self.leave_lead(lead),
            }
            return Step::Passed;
        }
        loop {
            if self.locked {
                return Step::Locked;
            }
            if self.ahead.is_none() {
                match self.decoder.next() {
                    Ok(found) => self.ahead = found,
                    Err(error) => {
                        self.give_up(&error.to_string());
                        let nothing_follows =
                            matches!(error, DecodeError::NotARecording { .. } | DecodeError::UnsupportedFormat { .. });
                        return if nothing_follows { Step::SpanEnd } else { Step::Passed };
                    }
                }
            }
            match self.ahead.take() {
                Some(found) if found.time_us > until_us => {
                    self.ahead = Some(found);
                    return Step::Reached;
                }
                Some(found) => return self.apply(found, damage),
                None => match self.read_on(stored.end, bytes) {
                    Step::Passed => {}
                    other => return other,
                },
            }
        }
    }

    /// The picture that the span builds on is there, or cannot be read here.
    fn leave_lead(&mut self, lead: Lead) {
        let (found, span_offset) = (self.key_group == Some(lead.group), lead.span_offset);
        self.lead = Some(lead);
        // Without a key there is no way. If it stands nowhere, the span's first picture says so.
        if found || self.locked || !self.try_elsewhere() {
            self.lead = None;
            self.begin_span(span_offset);
        }
    }

    /// Decodes one entry on the way to the picture that the span builds on.
    fn follow(&mut self, lead: &Lead, bytes: &mut ByteCache) -> Step {
        match self.decoder.next() {
            Ok(Some(Located { entry: Entry::Group(group), .. })) if group.number > lead.group => Step::Reached,
            Ok(Some(Located { entry: Entry::Group(group), .. })) => {
                self.start_group(group);
                // Without a key there is no way, and nothing to fetch for it.
                if self.locked { Step::Reached } else { Step::Passed }
            }
            Ok(Some(Located { entry: Entry::Data { track, time_us, sealed, payload }, .. }))
                if self.group == lead.group =>
            {
                if !self.is_screen(track) {
                    return Step::Passed;
                }
                self.take_base(track, time_us, sealed, payload);
                Step::Reached
            }
            Ok(Some(Located { entry: Entry::Copy(copy), .. })) if copy.group.number == lead.group => {
                let (sealed, copy) = (copy.sealed(), *copy);
                let track = copy.group.screen_track();
                self.start_group(copy.group);
                if let (Some(track), false) = (track, self.locked) {
                    self.take_base(track, copy.time_us, sealed, copy.payload);
                }
                Step::Reached
            }
            Ok(Some(_)) => Step::Passed,
            Ok(None) => self.read_on(lead.bytes.end, bytes),
            Err(_) => Step::SpanEnd,
        }
    }

    fn take_base(&mut self, track: u16, time_us: u64, sealed: bool, payload: Vec<u8>) {
        let opened = self.opener.open(track, time_us, sealed, payload).ok();
        let decoded = opened.is_some_and(|payload| self.screen.decode(&payload).is_ok());
        self.key_group = decoded.then_some(self.group);
    }

    /// Hands the next stored bytes before `end` to the decoder.
    fn read_on(&mut self, end: u64, bytes: &mut ByteCache) -> Step {
        let left = end.saturating_sub(self.needs);
        if left == 0 {
            return Step::SpanEnd;
        }
        let Some(held) = bytes.get(self.needs) else { return Step::Hungry };
        let piece = &held[..held.len().min(PUSH_BYTES).min(usize::try_from(left).unwrap_or(usize::MAX))];
        self.decoder.push(piece);
        self.needs += piece.len() as u64;
        Step::Passed
    }

    fn begin_span(&mut self, offset: u64) {
        self.decoder = Decoder::at(offset);
        self.needs = offset;
        self.locked = false;
    }

    fn is_screen(&self, track: u16) -> bool {
        self.tracks.iter().any(|known| known.id == track && known.kind == TrackKind::Screen)
    }

    fn apply(&mut self, found: Located, damage: &mut Damage) -> Step {
        let time_us = found.time_us;
        match found.entry {
            Entry::Group(group) => {
                self.start_group(group);
                self.applied_us = self.applied_us.max(time_us);
            }
            Entry::Data { track, payload, sealed, .. } => {
                self.applied_us = self.applied_us.max(time_us);
                return self.apply_data(track, time_us, (sealed, payload), damage);
            }
            Entry::Damaged { why, .. } => self.give_up(&why.to_string()),
            _ => {}
        }
        Step::Passed
    }

    fn start_group(&mut self, group: Group) {
        self.opener.begin_group(self.recording, &group);
        self.locked = self.opener.lacks_key(&SealClass::Picture);
        self.tracks = group.tracks;
        let monitors = group.monitors.into_iter().take(recording::MAX_MONITORS);
        self.monitors = monitors.map(short_named).collect();
        if group.base.is_none() || group.base != self.key_group {
            self.screen = screen::Decoder::new();
            self.key_group = None;
        }
        self.group = group.number;
        self.pointer = PointerDecoder::new();
        self.picture_us = None;
        self.changed = None;
        self.broken = None;
        self.picture_lost = false;
    }

    fn apply_data(&mut self, track: u16, time_us: u64, stored: (bool, Vec<u8>), damage: &mut Damage) -> Step {
        let kind = self.tracks.iter().find(|known| known.id == track).map(|known| known.kind);
        let is_shown = match kind {
            Some(TrackKind::Screen) => !self.picture_lost,
            kind => kind == Some(TrackKind::Pointer),
        };
        if !is_shown {
            return Step::Passed;
        }
        let (sealed, payload) = stored;
        let opened = self.opener.open(track, time_us, sealed, payload);
        match (kind, opened) {
            (Some(TrackKind::Screen), Ok(payload)) => return self.apply_picture(time_us, &payload, damage),
            (Some(TrackKind::Screen), Err(error)) => {
                self.picture_lost = true;
                self.give_up(&error.to_string());
            }
            // A pointer that cannot be read is no reason to show no picture.
            (_, opened) if opened.as_ref().map_or(true, |payload| self.pointer.decode(payload).is_err()) => {
                self.tracks.retain(|known| known.id != track);
                self.pointer = PointerDecoder::new();
            }
            _ => {}
        }
        Step::Passed
    }

    fn apply_picture(&mut self, time_us: u64, payload: &[u8], damage: &mut Damage) -> Step {
        // The reader withholds what builds on damaged bytes. As it did not, the damage was of no consequence.
        self.broken = None;
        match self.screen.decode(payload) {
            Ok(update) => {
                let all = update.resized || self.picture_us.is_none();
                if all {
                    damage.whole();
                } else {
                    damage.add(&update.damaged);
                }
                // The first picture that nothing was there for is a key frame.
                self.key_group.get_or_insert(self.group);
                self.changed = (!all).then_some(update.damaged);
                self.first_picture_us.get_or_insert(time_us);
                self.picture_us = Some(time_us);
                Step::Picture(time_us)
            }
            Err(error) => {
                self.picture_lost = true;
                self.give_up(&error.to_string());
                Step::Passed
            }
        }
    }
}

fn short_named(monitor: Monitor) -> Monitor {
    let name = monitor.name.chars().take(recording::MAX_MONITOR_NAME_CHARS).collect();
    Monitor { name, ..monitor }
}
