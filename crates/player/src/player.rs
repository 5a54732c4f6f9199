//! The engine: a position, what it shows, and which bytes it takes to show it.

mod expected;
mod figures;
mod shown;
mod stepping;
mod wanted;

use std::ops::Range;

use crate::bytes::ByteCache;
use crate::cursor::{Base, Cursor, Step};
use crate::damage::Damage;
use crate::keys::Keys;
use crate::opening::{OpenError, Opening};
use crate::tape::Tape;
use crate::timeline::{Missing, Timeline};
use expected::Expected;
pub use figures::PerformanceWanted;
use figures::Reading;

/// Slowest speed.
pub const MIN_SPEED: f64 = 0.25;
/// Fastest speed.
pub const MAX_SPEED: f64 = 32.0;

/// Stored bytes kept for seeking back without asking for them again.
const CACHE_BYTES: usize = 48 << 20;
/// Entries that show nothing (other tracks, checkpoints) passed over in one call of [`Player::run`].
const MAX_ENTRIES_PER_RUN: u32 = 4096;
/// While decoding takes longer than the pictures last, so much of the viewer's time is made up for afterwards, in
/// microseconds. More would make pictures rare at high speeds on slow machines.
const MOST_LATE_US: u64 = 250_000;
/// Ranges that the host could not deliver; later ones are forgotten first.
const MAX_UNAVAILABLE: usize = 256;

/// How far [`Player::run`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The picture is the one that belongs to the position.
    Settled,
    /// Bytes are missing: see [`Player::wanted`].
    Hungry,
    /// There is more to decode.
    More,
}

/// What decoding is going for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// The picture at the position.
    Position,
    /// The picture at the position, and then the position itself goes back to when that picture came.
    PictureBefore,
    /// The first change after this time; the position goes there.
    NextPicture(u64),
    /// All that is stored.
    Newest,
}

/// What cannot be shown at the position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Nothing was recorded, or what was is lost; the recording itself says so.
    Gap(Missing),
    /// Stored bytes are damaged or not there: the picture stays as it was until `to_us`.
    Damaged(Missing),
}

/// Plays one recording.
#[derive(Debug)]
pub struct Player {
    timeline: Timeline,
    keys: Keys,
    bytes: ByteCache,
    cursor: Option<Cursor>,
    /// The cursor before the present one: its picture stays until there is a new one.
    former: Option<Cursor>,
    /// Where somebody may go next.
    expected: Option<Expected>,
    /// Pictures for stepping, while somebody steps. Unless it stands at its end, its picture is the one shown.
    tape: Option<Tape>,
    /// Pictures that are decoded go onto the tape.
    taping: bool,
    damage: Damage,
    /// Damaged stretches met so far, in the order of their discovery.
    damaged: Vec<Missing>,
    unavailable: Vec<Range<u64>>,
    goal: Goal,
    /// Steps asked for while one was on its way; backwards where negative.
    steps_owed: i32,
    /// The cursor stands where decoding leads to the goal.
    placed: bool,
    settled: bool,
    /// Decoding waits for bytes, not for its turn.
    hungry: bool,
    position_us: u64,
    /// Viewer's time that passed while decoding, in microseconds.
    late_us: u64,
    /// The part of a microsecond that slow speeds leave over.
    fraction_us: f64,
    /// Now, in the recording's time: moves on while a live recording rests.
    edge_us: u64,
    edge_held: bool,
    speed: f64,
    playing: bool,
    /// Playing goes backwards, a change at a time; the viewer's time since the last one, in microseconds.
    backwards_us: Option<u64>,
    skips_rests: bool,
    following: bool,
    /// What of the machine's performance is to be read.
    performance: PerformanceWanted,
    reading: Option<Reading>,
}

impl Player {
    /// A player at the start of a recording, paused.
    ///
    /// # Errors
    /// [`OpenError::Empty`] if nothing can be shown and nothing will come.
    pub fn new(opening: &Opening) -> Result<Self, OpenError> {
        let timeline = Timeline::new(opening);
        if timeline.spans().is_empty() && !timeline.live() {
            return Err(OpenError::Empty);
        }
        let rested_us = if timeline.live() { opening.rested_us } else { 0 };
        Ok(Self {
            edge_us: timeline.duration_us().saturating_add(rested_us).min(recording::MAX_TIME_US),
            edge_held: false,
            keys: Keys { recording: timeline.recording(), ..Keys::default() },
            timeline,
            bytes: ByteCache::new(CACHE_BYTES),
            cursor: None,
            former: None,
            expected: None,
            tape: None,
            taping: false,
            damage: Damage::default(),
            damaged: Vec::new(),
            unavailable: Vec::new(),
            goal: Goal::Position,
            steps_owed: 0,
            placed: false,
            settled: false,
            hungry: false,
            position_us: 0,
            late_us: 0,
            fraction_us: 0.0,
            speed: 1.0,
            playing: false,
            backwards_us: None,
            skips_rests: false,
            following: false,
            performance: PerformanceWanted::Nothing,
            reading: None,
        })
    }

    /// Goes to a moment, microseconds since the start; beyond the end means the end. Playing goes on from there.
    pub fn seek(&mut self, time_us: u64) {
        if self.timeline.live() && time_us >= self.edge_us {
            return self.go_live();
        }
        self.drop_tape();
        self.go_to(time_us.min(self.edge_us), Goal::Position);
    }

    /// Follows a live recording, showing what comes as soon as it comes. Does nothing to one that has ended.
    pub fn go_live(&mut self) {
        if self.timeline.live() {
            self.drop_tape();
            self.go_to(self.edge_us, Goal::Newest);
            self.following = true;
            self.playing = true;
            self.speed = 1.0;
        }
    }

    /// Plays on. At the end of a recording it starts again.
    pub fn play(&mut self) {
        if self.ended() {
            self.seek(0);
        }
        self.backwards_us = None;
        self.playing = true;
    }

    /// Stays where it is.
    pub fn pause(&mut self) {
        self.playing = false;
        self.backwards_us = None;
        if std::mem::take(&mut self.following) {
            self.goal = Goal::Position;
        }
    }

    /// Sets the speed, within [`MIN_SPEED`] and [`MAX_SPEED`]. Live pictures can be played slower, which leaves them
    /// behind, but not faster.
    pub fn set_speed(&mut self, speed: f64) {
        if !speed.is_finite() || self.following && speed >= 1.0 {
            return;
        }
        self.speed = speed.clamp(MIN_SPEED, MAX_SPEED);
        if std::mem::take(&mut self.following) {
            self.goal = Goal::Position;
        }
    }

    /// Decodes what is shown from its group's start on, as if nothing had been decoded.
    fn start_anew(&mut self) {
        self.drop_tape();
        self.cursor = None;
        self.former = None;
        self.expected = None;
        self.placed = false;
        self.settled = false;
    }

    fn go_to(&mut self, time_us: u64, goal: Goal) {
        self.position_us = time_us;
        self.fraction_us = 0.0;
        self.steps_owed = 0;
        self.goal = goal;
        self.following = false;
        self.backwards_us = None;
        self.late_us = 0;
        self.placed = false;
        self.settled = false;
    }

    /// Lets time pass: `elapsed_us` on the viewer's clock. Playing waits while bytes are missing.
    pub fn advance(&mut self, elapsed_us: u64) {
        if self.timeline.live() && !self.edge_held {
            self.edge_us = self.edge_us.saturating_add(elapsed_us).min(recording::MAX_TIME_US);
        }
        if self.following {
            self.position_us = self.edge_us;
            return;
        }
        if !self.playing {
            return;
        }
        if self.backwards_us.is_some() {
            return self.advance_backwards(elapsed_us);
        }
        if !self.settled {
            if !self.hungry {
                self.late_us = (self.late_us + elapsed_us).min(MOST_LATE_US);
            }
            return;
        }
        self.drop_tape();
        let elapsed_us = elapsed_us + std::mem::take(&mut self.late_us);
        let moved = elapsed_us as f64 * self.speed + self.fraction_us;
        self.fraction_us = moved.fract();
        self.position_us = self.past_rest(self.position_us.saturating_add(moved as u64));
        self.goal = Goal::Position;
        self.placed = false;
        self.settled = false;
        if self.position_us >= self.edge_us {
            self.position_us = self.edge_us;
            if self.timeline.live() {
                self.go_live();
            } else {
                self.playing = false;
            }
        }
    }

    /// Says that nothing is known of a live recording for now (its machine is silent, or the connection is lost): its
    /// end then stays where it is.
    pub fn hold_edge(&mut self, held: bool) {
        self.edge_held = held;
    }

    /// Takes stored bytes that begin at `offset`, in any order and of any size.
    pub fn feed(&mut self, offset: u64, bytes: &[u8]) {
        let known = usize::try_from(self.timeline.length().saturating_sub(offset)).unwrap_or(usize::MAX);
        let needed = self.needed();
        self.bytes.insert(offset, &bytes[..bytes.len().min(known)], &needed);
    }

    /// Takes bytes of a live recording's tail, and returns whether they join on to what is known. If not, a message was
    /// lost: ask again from [`Player::length`]. What is known already is passed over.
    pub fn feed_tail(&mut self, offset: u64, bytes: &[u8]) -> bool {
        let length = self.timeline.length();
        let Some(known) = length.checked_sub(offset) else { return false };
        let new = usize::try_from(known).ok().and_then(|known| bytes.get(known..)).unwrap_or_default();
        if !new.is_empty() {
            self.timeline.grow(new);
            self.keys.recording = self.timeline.recording();
            let needed = self.needed();
            self.bytes.insert(length, new, &needed);
            self.edge_us = self.edge_us.max(self.timeline.duration_us());
            self.settled = false;
            if !self.timeline.live() {
                self.arrive_at_end();
            }
        }
        true
    }

    /// The recording has ended: nothing will be added.
    pub fn end_live(&mut self) {
        self.timeline.end();
        self.arrive_at_end();
    }

    fn arrive_at_end(&mut self) {
        self.edge_us = self.timeline.duration_us();
        if std::mem::take(&mut self.following) {
            self.playing = false;
            self.position_us = self.edge_us;
        }
        self.position_us = self.position_us.min(self.edge_us);
        self.settled = false;
    }

    /// The host cannot deliver these bytes, now or later. What needs them is shown as damaged.
    pub fn unavailable(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        if self.unavailable.len() >= MAX_UNAVAILABLE {
            self.unavailable.remove(0);
        }
        self.unavailable.push(range);
        self.settled = false;
    }

    /// Decodes towards the position: at most `max_pictures` changes of the picture, so that the host stays responsive.
    /// Draw only when it is settled; before that the picture belongs to another moment.
    pub fn run(&mut self, max_pictures: u32) -> Progress {
        let progress = self.decode(max_pictures);
        self.hungry = progress.hungry();
        progress
    }

    fn decode(&mut self, max_pictures: u32) -> Progress {
        let (mut pictures, mut entries) = (0, 0);
        while !self.settled {
            if !self.placed && !self.place_cursor() {
                return Progress::Hungry;
            }
            if pictures >= max_pictures || entries >= MAX_ENTRIES_PER_RUN {
                return Progress::More;
            }
            entries += 1;
            match self.step() {
                Step::Passed => self.tape_pointer(),
                Step::Picture(time_us) => {
                    pictures += 1;
                    self.former = None;
                    self.tape_picture();
                    self.arrive_at_picture(time_us);
                }
                Step::Reached => self.settle(),
                // Whatever comes next may stand open, or be sealed for somebody whose key is there.
                Step::Locked if self.goal == Goal::Newest && self.next_span() => {}
                Step::Locked => self.settle(),
                Step::SpanEnd if self.next_span() => {}
                Step::SpanEnd => self.settle(),
                Step::Hungry => return Progress::Hungry,
            }
        }
        Progress::Settled
    }

    /// Makes sure that decoding on leads to the goal; false while there is nothing to decode at all.
    fn place_cursor(&mut self) -> bool {
        let Some(span) = self.timeline.span_at(self.position_us) else { return false };
        let fits = self
            .cursor
            .as_ref()
            .is_some_and(|cursor| cursor.span() == span && cursor.shows_from_us() <= self.position_us);
        if !fits {
            self.start_span(span);
        }
        self.placed = true;
        true
    }

    fn start_span(&mut self, span: usize) {
        let started = match self.take_expected(span, self.position_us) {
            Some(ready) => {
                self.damage.whole();
                ready
            }
            None => self.cursor_at(span),
        };
        if let Some(before) = self.cursor.replace(started)
            && before.frame().is_some()
        {
            self.former = Some(before);
        }
    }

    fn cursor_at(&self, span: usize) -> Cursor {
        let start_us = if span == 0 { 0 } else { self.timeline.spans()[span].start_us };
        Cursor::new(span, self.timeline.bytes_of(span).start, start_us, self.base_of(span), &self.keys)
    }

    /// What decoding a span takes besides its own bytes. Playing on, the codec has it.
    fn base_of(&self, span: usize) -> Base {
        let Some(group) = self.timeline.spans().get(span).and_then(|span| span.base) else { return Base::None };
        let held = self.cursor.as_ref().and_then(|cursor| cursor.base_at(group));
        held.unwrap_or_else(|| Base::Stored(group, self.timeline.base_of(span)))
    }

    fn next_span(&mut self) -> bool {
        let next = self.cursor.as_ref().map_or(0, |cursor| cursor.span() + 1);
        let Some(span) = self.timeline.spans().get(next) else { return false };
        let wanted = match self.goal {
            Goal::NextPicture(_) | Goal::Newest => true,
            Goal::Position | Goal::PictureBefore => span.start_us <= self.position_us,
        };
        if wanted {
            self.start_span(next);
        }
        wanted
    }

    fn step(&mut self) -> Step {
        let Some(cursor) = self.cursor.as_mut() else { return Step::Hungry };
        let nothing_shown = cursor.frame().is_none() && self.former.is_none() && cursor.broken().is_none();
        let until_us = match self.goal {
            Goal::NextPicture(_) | Goal::Newest => u64::MAX,
            // Rather the first picture than none.
            _ if nothing_shown => u64::MAX,
            Goal::Position | Goal::PictureBefore => self.position_us,
        };
        let stored = self.timeline.bytes_of(cursor.span());
        let mut step = cursor.step(until_us, &stored, &mut self.bytes, &mut self.damage);
        if step == Step::Hungry && self.unavailable.iter().any(|range| range.contains(&cursor.needs())) {
            step = if cursor.try_elsewhere() {
                Step::Passed
            } else {
                cursor.give_up("stored bytes are missing");
                Step::SpanEnd
            };
        }
        if step == Step::SpanEnd {
            self.note_damage();
        }
        step
    }

    /// Remembers where a group broke, for the seek bar.
    fn note_damage(&mut self) {
        let Some(cursor) = &self.cursor else { return };
        let Some(broken) = cursor.broken() else { return };
        if self.damaged.iter().any(|known| known.from_us == broken.from_us)
            || self.damaged.len() >= recording::MAX_INDEX_GAPS
        {
            return;
        }
        let next = self.timeline.spans().get(cursor.span() + 1);
        self.damaged.push(Missing {
            from_us: broken.from_us,
            to_us: next.map_or(self.timeline.duration_us(), |span| span.start_us).max(broken.from_us),
            reason: crate::timeline::damaged_word(),
            text: broken.why.clone(),
        });
        self.timeline.touch();
    }

    fn arrive_at_picture(&mut self, time_us: u64) {
        if let Goal::NextPicture(after_us) = self.goal
            && time_us > after_us
        {
            self.position_us = time_us;
            self.goal = Goal::Position;
        }
    }

    fn settle(&mut self) {
        self.settled = true;
        self.note_damage();
        match self.goal {
            Goal::PictureBefore => self.arrive_before(),
            // There is no change after it.
            Goal::NextPicture(from_us) => {
                self.position_us = from_us;
                self.goal = Goal::Position;
            }
            Goal::Position | Goal::Newest => {}
        }
        self.go_on_stepping();
    }
}
