//! Going from change to change, in both directions.
//!
//! Going forwards decodes on. Going backwards decodes the group once, up to the picture before, and puts all its pictures
//! onto a [`Tape`]; further steps take them from there.

use recording::GapReason;

use super::{Goal, Player};
use crate::cursor::Cursor;
use crate::tape::{Areas, Tape};

/// The viewer's time between two changes when playing backwards at normal speed, in microseconds.
const BACKWARDS_STEP_US: u64 = 100_000;

/// Rests that are passed by are at least so long, in microseconds.
const LEAST_REST_US: u64 = 10_000_000;
/// What is played of them at both ends, in microseconds.
const REST_EDGE_US: u64 = 1_000_000;

/// Most steps that are remembered while one is on its way.
const MOST_OWED: i32 = 64;

impl Player {
    /// Pauses at the next change of the picture; stays where there is none. Steps may be asked for faster than pictures come.
    pub fn step_forward(&mut self) {
        self.playing = false;
        self.backwards_us = None;
        if !self.settled && matches!(self.goal, Goal::NextPicture(_)) {
            return self.owe(1);
        }
        if let Some(tape) = self.tape.as_mut().filter(|tape| !tape.at_end()) {
            let areas = tape.forward();
            return self.arrive_on_tape(areas);
        }
        let position_us = self.position_us;
        // The decoder may have read on a little behind the picture: nothing there changed it.
        let read_us = self.cursor.as_ref().filter(|_| self.taping).map_or(0, Cursor::applied_us);
        self.go_to(position_us.max(read_us), Goal::NextPicture(position_us));
    }

    /// Pauses at the change of the picture before the present one.
    pub fn step_back(&mut self) {
        self.playing = false;
        self.backwards_us = None;
        self.go_back();
    }

    /// Plays backwards, a change at a time and ten of them a second at normal speed, however long the rests between them
    /// were. Ends in a pause at the first picture.
    pub fn play_backwards(&mut self) {
        if std::mem::take(&mut self.following) {
            self.goal = Goal::Position;
        }
        self.playing = true;
        self.backwards_us = Some(0);
    }

    /// Whether playing goes backwards.
    pub fn backwards(&self) -> bool {
        self.backwards_us.is_some()
    }

    /// Passes rests by when playing forwards, as far as the index knows of them: stretches of at least ten seconds
    /// between the last change of one group and the next group. A second at both ends is played.
    pub fn skip_rests(&mut self, skip: bool) {
        self.skips_rests = skip;
    }

    /// Whether rests are passed by.
    pub fn skips_rests(&self) -> bool {
        self.skips_rests
    }

    /// Where playing goes on that has come to a moment. What was paused is passed by in any case.
    pub(super) fn past_rest(&self, time_us: u64) -> u64 {
        let paused = self.timeline.missing_at(time_us).filter(|gap| gap.reason == GapReason::Paused.as_str());
        if let Some(paused) = paused {
            return paused.to_us;
        }
        let spans = self.timeline.spans();
        let around = self.timeline.span_at(time_us).filter(|_| self.skips_rests);
        let Some((here, next)) = around.and_then(|at| Some((spans.get(at)?, spans.get(at + 1)?))) else {
            return time_us;
        };
        let rest_us = next.start_us.saturating_sub(here.end_us);
        let played = time_us < here.end_us.saturating_add(REST_EDGE_US);
        if played || rest_us < LEAST_REST_US { time_us } else { time_us.max(next.start_us - REST_EDGE_US) }
    }

    pub(super) fn advance_backwards(&mut self, elapsed_us: u64) {
        let Some(waited_us) = self.backwards_us.filter(|_| self.settled) else { return };
        let mut waited_us = waited_us + (elapsed_us as f64 * self.speed) as u64;
        while waited_us >= BACKWARDS_STEP_US {
            waited_us -= BACKWARDS_STEP_US;
            if !self.go_back() {
                return self.pause();
            }
            if !self.settled {
                waited_us = 0;
            }
        }
        self.backwards_us = Some(waited_us);
    }

    fn owe(&mut self, step: i32) {
        self.steps_owed = (self.steps_owed + step).clamp(-MOST_OWED, MOST_OWED);
    }

    /// One step has come to its picture: the next that was asked for meanwhile.
    pub(super) fn go_on_stepping(&mut self) {
        while self.settled && self.goal == Goal::Position && self.steps_owed != 0 {
            let owed = self.steps_owed;
            if owed > 0 {
                self.step_forward();
            } else {
                self.step_back();
            }
            self.steps_owed = owed - owed.signum();
        }
    }

    /// Goes to the change before; false where there is none.
    fn go_back(&mut self) -> bool {
        if let Some(tape) = self.tape.as_mut().filter(|_| self.settled)
            && let areas @ Some(_) = tape.back()
        {
            self.arrive_on_tape(areas);
            return true;
        }
        let Some(cursor) = &self.cursor else { return false };
        let here_us = match &self.tape {
            // Already on the way to a change before.
            _ if self.goal == Goal::PictureBefore && !self.settled => {
                self.owe(-1);
                return true;
            }
            _ if !self.settled => self.position_us,
            Some(tape) if cursor.span() == 0 && !tape.trimmed() => return false,
            None if cursor.span() == 0 && cursor.at_first_picture() => return false,
            Some(tape) => tape.moment().time_us,
            None => cursor.picture_us().unwrap_or(self.position_us),
        };
        self.decode_before(here_us);
        true
    }

    /// Decodes up to the last picture before a moment, onto a new tape.
    fn decode_before(&mut self, time_us: u64) {
        let (backwards_us, owed) = (self.backwards_us, self.steps_owed);
        self.tape = None;
        self.taping = true;
        self.go_to(time_us.saturating_sub(1), Goal::PictureBefore);
        self.backwards_us = backwards_us;
        self.steps_owed = owed;
        // The decoder knows nothing of what it has passed already: it begins its span again.
        if let Some(span) = self.timeline.span_at(self.position_us) {
            self.start_span(span);
            self.placed = true;
        }
    }

    /// Decoding for [`Goal::PictureBefore`] has come to its moment.
    pub(super) fn arrive_before(&mut self) {
        let Some(cursor) = &self.cursor else { return };
        match (cursor.picture_us(), cursor.span()) {
            (Some(time_us), _) => {
                self.position_us = time_us.min(self.position_us);
                self.goal = Goal::Position;
            }
            (None, span) => match self.timeline.spans()[span].start_us {
                // Nothing is earlier. Damaged recordings may have several spans that begin here, or begin late.
                _ if span == 0 => self.goal = Goal::Position,
                0 => self.goal = Goal::Position,
                // Where damage made the groups' times run backwards, this would lead to the same group again and again.
                start_us if start_us > self.position_us => self.goal = Goal::Position,
                // No picture of this span is so early, or can be read: the one before it has some.
                start_us => self.decode_before(start_us),
            },
        }
    }

    fn arrive_on_tape(&mut self, areas: Option<Areas>) {
        match areas {
            Some(Areas::Some(rects)) => self.damage.add(&rects),
            Some(Areas::All) => self.damage.whole(),
            None => {}
        }
        if let Some(tape) = &self.tape {
            self.position_us = tape.moment().time_us;
        }
        self.fraction_us = 0.0;
        self.goal = Goal::Position;
        self.settled = true;
    }

    /// Forgets the pictures for stepping; the decoder's is shown again.
    pub(super) fn drop_tape(&mut self) {
        self.taping = false;
        if self.tape.take().is_some_and(|tape| !tape.at_end()) {
            self.damage.whole();
        }
    }

    /// Puts the picture that was just decoded onto the tape.
    pub(super) fn tape_picture(&mut self) {
        let Some(cursor) = self.cursor.as_ref().filter(|_| self.taping) else { return };
        let (Some(frame), Some(moment)) = (cursor.frame(), cursor.moment()) else { return };
        match &mut self.tape {
            Some(tape) => tape.record(frame, cursor.changed(), moment),
            None => self.tape = Some(Tape::new(frame, moment)),
        }
    }

    /// The pointer's payload follows its picture's at the same time, and belongs to it.
    pub(super) fn tape_pointer(&mut self) {
        let (Some(tape), Some(cursor)) = (&mut self.tape, &self.cursor) else { return };
        if cursor.picture_us() == Some(cursor.applied_us()) && tape.at_end() {
            tape.amend(cursor.pointer());
        }
    }
}
