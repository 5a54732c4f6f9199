//! Reading how busy the machine was: around the position from bytes that playing fetches anyway and a little beyond, or from the
//! whole of a recording that is small because it has no picture. What the tail of a live recording tells comes by itself.

use std::ops::Range;

use recording::{BlockKind, BlockScanner, Event, FLAG_CONTINUES, FLAG_MORE, FLAG_SEALED, RawBlock, Scanned, TrackKind};

use super::{Player, Progress};
use crate::performance::{self, Figures, LATEST_US};
use crate::timeline::Span;

/// One request.
const REQUEST_BYTES: u64 = 256 << 10;
/// One request where everything is read.
const WHOLE_REQUEST_BYTES: u64 = 2 << 20;
/// Read beyond what decoding has come to. Where more is stored within seconds, nothing is shown until playing gets there.
const MOST_BYTES: u64 = 4 << 20;
/// Read in one go, so that the host stays responsive.
const BYTES_PER_RUN: u64 = 512 << 10;
/// Handed to the scanner at once.
const PUSH_BYTES: usize = 64 << 10;

/// What of the machine's performance is to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PerformanceWanted {
    /// Nothing.
    #[default]
    Nothing,
    /// What belongs to the position.
    Here,
    /// All of it: for recordings without a picture.
    Whole,
}

/// On the way through stored blocks.
#[derive(Debug)]
pub(super) struct Reading {
    scanner: BlockScanner,
    /// When what it began with was.
    began_us: u64,
    /// It goes no further than this.
    limit: u64,
    /// The next byte to read.
    needs: u64,
    /// The latest time met.
    read_us: u64,
    event_tracks: Vec<u16>,
}

impl Reading {
    fn at(span: &Span) -> Reading {
        Reading {
            scanner: BlockScanner::at(span.offset),
            began_us: span.start_us,
            limit: u64::MAX,
            needs: span.offset,
            read_us: span.start_us,
            event_tracks: Vec::new(),
        }
    }

    /// Whether going on leads to what belongs to a moment in this group.
    fn leads_to(&self, time_us: u64, span: &Span) -> bool {
        self.began_us <= time_us && span.offset <= self.needs
    }

    /// The event in a block, if it is one that figures come from. What is sealed stays so, as in every list of events.
    fn event(&mut self, block: &RawBlock) -> Option<Event> {
        self.read_us = self.read_us.max(block.time_us);
        match block.known_kind()? {
            BlockKind::Group => {
                let group = recording::group_of(block)?;
                let events = group.tracks.iter().filter(|track| track.kind == TrackKind::Events);
                self.event_tracks = events.map(|track| track.id).collect();
                None
            }
            BlockKind::Data
                if self.event_tracks.contains(&block.track)
                    && block.flags & (FLAG_SEALED | FLAG_MORE | FLAG_CONTINUES) == 0 =>
            {
                Event::from_payload(block.payload()).ok().filter(performance::tells)
            }
            _ => None,
        }
    }
}

impl Player {
    /// Says what of the machine's performance is to be read from now on; what was read is kept.
    pub fn want_performance(&mut self, wanted: PerformanceWanted) {
        if self.performance != wanted {
            self.performance = wanted;
            self.reading = None;
        }
    }

    /// Reads on in the bytes that are there. While it is hungry, [`Player::wanted_for_performance`] says for what.
    pub fn run_performance(&mut self) -> Progress {
        let Some(until_us) = self.place_reading() else { return Progress::Settled };
        let end = self.timeline.tail_from();
        let mut left = BYTES_PER_RUN;
        let Some(reading) = &mut self.reading else { return Progress::Settled };
        while !reading.is_done(until_us, end) {
            if left == 0 {
                return Progress::More;
            }
            let Some(held) = self.bytes.get(reading.needs) else {
                return match self.unavailable.iter().find(|range| range.contains(&reading.needs)) {
                    Some(gone) => {
                        reading.pass_over(gone.end.min(end));
                        Progress::More
                    }
                    // What was read just now may be what was wanted.
                    None if self.performance_until_us().is_none() => Progress::Settled,
                    None => Progress::Hungry,
                };
            };
            let room = usize::try_from(end - reading.needs).unwrap_or(usize::MAX);
            let piece = &held[..held.len().min(PUSH_BYTES).min(room)];
            left = left.saturating_sub(piece.len() as u64);
            reading.needs += piece.len() as u64;
            reading.scanner.push(piece);
            while let Some(found) = reading.scanner.next() {
                if let Scanned::Block(block) = found
                    && let Some(event) = reading.event(&block)
                {
                    self.timeline.performance_mut().take(block.time_us, &event);
                }
            }
        }
        Progress::Settled
    }

    /// The bytes to fetch for what is to be read, if any; none before the picture belongs to the position.
    pub fn wanted_for_performance(&self) -> Option<Range<u64>> {
        let until_us = self.performance_until_us()?;
        let end = self.timeline.tail_from();
        let reading = self.reading.as_ref().filter(|reading| self.settled && !reading.is_done(until_us, end))?;
        let from = self.bytes.contiguous_end(reading.needs);
        let most = if self.performance == PerformanceWanted::Whole { WHOLE_REQUEST_BYTES } else { REQUEST_BYTES };
        (from < end && !self.is_unavailable(from)).then(|| from..end.min(from + most))
    }

    /// The figures that belong to the position. Of now, in a live recording, the newest: the next event tells the rest.
    pub fn figures(&self) -> Option<&Figures> {
        let log = self.timeline.performance();
        let newest = log.before(u64::MAX).filter(|last| last.from_us <= self.position_us);
        let is_recent = |last: &&Figures| self.live() && self.position_us < last.to_us.saturating_add(LATEST_US);
        log.at(self.position_us).or_else(|| newest.filter(is_recent))
    }

    /// All figures read so far, in order.
    pub fn all_figures(&self) -> impl Iterator<Item = &Figures> {
        self.timeline.performance().all()
    }

    /// Changes when there are more.
    pub fn figures_version(&self) -> u32 {
        self.timeline.performance().version()
    }

    /// Whether what is wanted has been read, as far as it is stored and can be had.
    pub fn performance_is_read(&self) -> bool {
        let (Some(until_us), Some(reading)) = (self.performance_until_us(), &self.reading) else {
            return self.timeline.spans().is_empty() || self.figures().is_some();
        };
        reading.is_done(until_us, self.timeline.tail_from())
    }

    /// Whether any group has a picture, as far as is known.
    pub fn has_picture(&self) -> bool {
        self.timeline.has_picture()
    }

    /// Up to when is to be read; nothing where all is known that is wanted.
    fn performance_until_us(&self) -> Option<u64> {
        match self.performance {
            PerformanceWanted::Nothing => None,
            PerformanceWanted::Whole => Some(u64::MAX),
            PerformanceWanted::Here if self.timeline.performance().at(self.position_us).is_some() => None,
            PerformanceWanted::Here => Some(self.position_us.saturating_add(LATEST_US)),
        }
    }

    /// Makes sure that reading on leads to what is wanted, and says up to when.
    fn place_reading(&mut self) -> Option<u64> {
        let until_us = self.performance_until_us()?;
        let is_whole = self.performance == PerformanceWanted::Whole;
        let at = if is_whole { 0 } else { self.timeline.span_at(self.position_us)? };
        let span = self.timeline.spans().get(at)?;
        let first_us = if is_whole { span.start_us } else { self.position_us.max(span.start_us) };
        if !self.reading.as_ref().is_some_and(|reading| reading.leads_to(first_us, span)) {
            self.reading = Some(Reading::at(span));
        }
        let decoded = self.cursor.as_ref().filter(|cursor| cursor.span() == at).map_or(0, |cursor| cursor.needs());
        if let Some(reading) = &mut self.reading {
            reading.limit = if is_whole { u64::MAX } else { decoded.max(span.offset) + MOST_BYTES };
        }
        Some(until_us)
    }
}

impl Reading {
    fn is_done(&self, until_us: u64, end: u64) -> bool {
        self.needs >= end.min(self.limit) || self.read_us > until_us
    }

    /// Goes on behind bytes that cannot be had.
    fn pass_over(&mut self, to: u64) {
        self.scanner = BlockScanner::at(to);
        self.needs = to;
    }
}
