//! Getting ready for a seek that may come: the group there is fetched and, while nothing else is to do, decoded. One such moment
//! at a time, so that it takes one decoder and a bounded part of the bytes held.

use std::ops::Range;

use super::wanted::BESIDES_BYTES;
use super::{Player, Progress};
use crate::cursor::{Cursor, Step};
use crate::damage::Damage;

/// Stored bytes that are read for a seek that may never come. Of a longer group its beginning is ready, which helps as well.
const MOST_BYTES: u64 = 4 << 20;
/// One step reads no more than this.
const MOST_STEP_BYTES: u64 = 1 << 20;
/// Pictures with more pixels are not decoded before somebody wants to see them: 5120 × 2880.
const MOST_PIXELS: u64 = 14_745_600;

/// Decoders on their way to a moment that may be wanted.
#[derive(Debug)]
pub(super) struct Expected {
    time_us: u64,
    cursor: Cursor,
    /// Nothing more is to be done.
    is_done: bool,
    /// Bytes are missing.
    is_hungry: bool,
    /// Read so far.
    read_bytes: u64,
}

impl Player {
    /// Somebody may go to this moment next: what showing it takes is got ready. Another moment takes the place of this one.
    pub fn expect(&mut self, time_us: u64) {
        let time_us = time_us.min(self.edge_us);
        let Some(span) = self.timeline.span_at(time_us) else { return self.expect_nothing() };
        let leads_there = |cursor: &Cursor| cursor.span() == span && cursor.shows_from_us() <= time_us;
        if let Some(expected) = self.expected.as_mut().filter(|expected| leads_there(&expected.cursor)) {
            // It may lie further on in the same group.
            expected.is_done &= expected.time_us >= time_us;
            expected.time_us = time_us;
            return;
        }
        self.expected = None;
        // What is shown may lead there already.
        if !self.cursor.as_ref().is_some_and(leads_there) && !self.is_huge() {
            let cursor = self.cursor_at(span);
            self.expected = Some(Expected { time_us, cursor, is_done: false, is_hungry: false, read_bytes: 0 });
        }
    }

    /// Nobody goes there.
    pub fn expect_nothing(&mut self) {
        self.expected = None;
    }

    /// Decodes towards the expected moment, at most `max_pictures`; only once the present one is settled.
    pub fn run_expected(&mut self, max_pictures: u32) -> Progress {
        if !self.settled {
            return Progress::Settled;
        }
        let Some(expected) = &mut self.expected else { return Progress::Settled };
        let stored = self.timeline.bytes_of(expected.cursor.span());
        let mut pictures = 0;
        while !expected.is_done && pictures < max_pictures {
            let before = expected.cursor.needs();
            let step = expected.cursor.step(expected.time_us, &stored, &mut self.bytes, &mut Damage::default());
            let read = expected.cursor.needs().saturating_sub(before);
            // Going from one place to another is no reading.
            expected.read_bytes += if read <= MOST_STEP_BYTES { read } else { 0 };
            expected.is_hungry = step == Step::Hungry;
            match step {
                Step::Passed => {}
                Step::Picture(_) => pictures += 1,
                Step::Hungry => return Progress::Hungry,
                Step::Reached | Step::SpanEnd | Step::Locked => expected.is_done = true,
            }
            expected.is_done |= expected.read_bytes > MOST_BYTES;
        }
        if expected.is_done { Progress::Settled } else { Progress::More }
    }

    /// The bytes to fetch for the expected moment, and those to fetch at the same time; none while the present one needs any.
    pub fn wanted_for_expected(&self) -> [Option<Range<u64>>; 2] {
        let expected =
            self.expected.as_ref().filter(|expected| self.settled && expected.is_hungry && !expected.is_done);
        let Some(Expected { cursor, read_bytes, .. }) = expected else { return [None, None] };
        let own = self.timeline.bytes_of(cursor.span());
        let left = MOST_BYTES.saturating_sub(*read_bytes);
        let missing = |range: Range<u64>, needs: u64| {
            let from = self.bytes.contiguous_end(needs);
            (from < range.end && !self.is_unavailable(from)).then(|| from..range.end.min(from.saturating_add(left)))
        };
        let Some(lead) = cursor.lead() else { return [missing(own, cursor.needs()), None] };
        let besides = || missing(own.start..own.end.min(own.start + BESIDES_BYTES), own.start);
        // Of what is sealed nothing is fetched before it is known whether it can be opened.
        [missing(lead.clone(), cursor.needs()), self.sealed().is_none().then(besides).flatten()]
    }

    /// The cursor that was got ready, if it leads to this moment.
    pub(super) fn take_expected(&mut self, span: usize, time_us: u64) -> Option<Cursor> {
        let leads_there =
            |expected: &mut Expected| expected.cursor.span() == span && expected.cursor.shows_from_us() <= time_us;
        self.expected.take_if(leads_there).map(|expected| expected.cursor)
    }

    fn is_huge(&self) -> bool {
        self.picture().is_some_and(|frame| u64::from(frame.width()) * u64::from(frame.height()) > MOST_PIXELS)
    }
}
