//! Pictures that were passed on the way to a moment, kept so that going back to them decodes nothing.
//!
//! What is kept of a picture is what it changed in the one before, so a thousand keystrokes cost no more than a few
//! whole pictures. What the codec knows cannot be undone that way: the decoder stays where it is, at the tape's end.

use std::collections::VecDeque;
use std::sync::Arc;

use recording::Monitor;
use screen::pointer::PointerState;
use screen::{Frame, Rect};

/// Changes kept, in bytes, beside one whole picture. The oldest go first; the newest is kept whatever its size.
const TAPE_BYTES: usize = 64 << 20;

/// What belongs to a picture beside its pixels.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// When the picture came, in microseconds.
    pub(crate) time_us: u64,
    pub(crate) pointer: PointerState,
    pub(crate) monitors: Arc<[Monitor]>,
}

/// The way from one picture to its neighbour. Going it swaps what is kept with what is shown, so that it can be gone again
/// the other way.
#[derive(Debug)]
enum Change {
    /// In the order in which they came; they may overlap, and are gone back in the reverse order.
    Areas(Vec<(Rect, Vec<u32>)>),
    Whole(Frame),
}

/// Pictures in order, and a place among them.
#[derive(Debug)]
pub(crate) struct Tape {
    /// The picture at `at`.
    frame: Frame,
    /// One more than there are changes.
    moments: VecDeque<Moment>,
    changes: VecDeque<Change>,
    at: usize,
    held_bytes: usize,
    budget: usize,
    /// Older pictures were forgotten.
    trimmed: bool,
}

impl Tape {
    /// A tape that holds one picture.
    pub(crate) fn new(frame: &Frame, moment: Moment) -> Self {
        Self {
            frame: frame.clone(),
            moments: VecDeque::from([moment]),
            changes: VecDeque::new(),
            at: 0,
            held_bytes: 0,
            budget: TAPE_BYTES,
            trimmed: false,
        }
    }

    /// Adds the next picture at the end, where the tape must stand. Only `areas` of it differ from the one before, or,
    /// without any, all of it may.
    pub(crate) fn record(&mut self, frame: &Frame, areas: Option<&[Rect]>, moment: Moment) {
        let mut change = self.change_to(frame, areas);
        self.held_bytes += change.bytes();
        change.go(&mut self.frame, true);
        self.changes.push_back(change);
        self.moments.push_back(moment);
        self.at += 1;
        while self.held_bytes > self.budget && self.changes.len() > 1 {
            self.forget_oldest();
        }
    }

    fn change_to(&self, frame: &Frame, areas: Option<&[Rect]>) -> Change {
        let (width, height) = (frame.width(), frame.height());
        let same_size = (width, height) == (self.frame.width(), self.frame.height());
        let Some(areas) = areas.filter(|_| same_size) else { return Change::Whole(frame.clone()) };
        let pixels: u64 = areas.iter().map(|area| u64::from(area.width) * u64::from(area.height)).sum();
        if pixels >= frame.pixels().len() as u64 {
            return Change::Whole(frame.clone());
        }
        let inside = areas.iter().filter_map(|area| area.clipped(width, height));
        Change::Areas(inside.map(|area| (area, copied(frame, area))).collect())
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.changes.pop_front() {
            self.held_bytes -= oldest.bytes();
            self.moments.pop_front();
            self.at -= 1;
            self.trimmed = true;
        }
    }

    /// Replaces what belongs to the newest picture beside its pixels.
    pub(crate) fn amend(&mut self, pointer: &PointerState) {
        if let Some(newest) = self.moments.back_mut() {
            newest.pointer = pointer.clone();
        }
    }

    /// Goes to the picture before; pictures of the same time count as one. Returns the areas that changed, or `None` where
    /// there is no picture before.
    pub(crate) fn back(&mut self) -> Option<Areas> {
        let here_us = self.moment().time_us;
        let mut areas = None;
        while self.at > 0 {
            self.at -= 1;
            let went = self.changes.get_mut(self.at)?.go(&mut self.frame, false);
            areas = Some(went.and(areas));
            if self.moment().time_us < here_us {
                break;
            }
        }
        areas
    }

    /// Goes to the next picture; as [`Tape::back`].
    pub(crate) fn forward(&mut self) -> Option<Areas> {
        let mut areas = None;
        while let Some(change) = self.changes.get_mut(self.at) {
            areas = Some(change.go(&mut self.frame, true).and(areas));
            self.at += 1;
            let here_us = self.moment().time_us;
            if self.moments.get(self.at + 1).is_none_or(|next| next.time_us > here_us) {
                break;
            }
        }
        areas
    }

    /// Whether the picture is the newest, which is the decoder's.
    pub(crate) fn at_end(&self) -> bool {
        self.at == self.changes.len()
    }

    /// Whether pictures before the first one were forgotten.
    pub(crate) fn trimmed(&self) -> bool {
        self.trimmed
    }

    /// The picture here.
    pub(crate) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// What belongs to it.
    pub(crate) fn moment(&self) -> &Moment {
        &self.moments[self.at]
    }

    /// Bytes held, the picture itself included.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes + self.frame.pixels().len() * 4
    }
}

/// Where a picture changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Areas {
    Some(Vec<Rect>),
    All,
}

impl Areas {
    fn and(self, other: Option<Areas>) -> Areas {
        match (self, other) {
            (own, None) => own,
            (Areas::Some(mut own), Some(Areas::Some(others))) => {
                own.extend(others);
                Areas::Some(own)
            }
            _ => Areas::All,
        }
    }
}

impl Change {
    fn bytes(&self) -> usize {
        match self {
            Change::Areas(areas) => areas.iter().map(|(_, pixels)| pixels.len() * 4 + size_of::<Rect>()).sum(),
            Change::Whole(frame) => frame.pixels().len() * 4,
        }
    }

    /// Swaps what is kept with what is shown.
    fn go(&mut self, frame: &mut Frame, forwards: bool) -> Areas {
        match self {
            Change::Whole(other) => {
                std::mem::swap(frame, other);
                Areas::All
            }
            Change::Areas(areas) => {
                let rects = areas.iter().map(|(area, _)| *area).collect();
                if forwards {
                    areas.iter_mut().for_each(|(area, pixels)| swap(frame, *area, pixels));
                } else {
                    areas.iter_mut().rev().for_each(|(area, pixels)| swap(frame, *area, pixels));
                }
                Areas::Some(rects)
            }
        }
    }
}

fn columns(area: Rect) -> std::ops::Range<usize> {
    area.x as usize..(area.x + area.width) as usize
}

fn copied(frame: &Frame, area: Rect) -> Vec<u32> {
    (area.y..area.y + area.height).flat_map(|y| &frame.row(y)[columns(area)]).copied().collect()
}

fn swap(frame: &mut Frame, area: Rect, pixels: &mut [u32]) {
    for (y, kept) in (area.y..).zip(pixels.chunks_exact_mut(area.width as usize)) {
        frame.row_mut(y)[columns(area)].swap_with_slice(kept);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn moment(time_us: u64) -> Moment {
        Moment { time_us, pointer: PointerState::default(), monitors: Arc::new([]) }
    }

    /// Pictures that differ from each other in two overlapping rectangles, now and then in size.
    fn pictures() -> Vec<(Frame, Option<Vec<Rect>>)> {
        let mut frame = Frame::new(64, 48).unwrap();
        let mut pictures = vec![(frame.clone(), None)];
        for step in 1..60_u32 {
            let (x, y) = (step * 7 % 40, step * 5 % 30);
            let areas = vec![Rect { x, y, width: 9, height: 8 }, Rect { x: x + 4, y: y + 3, width: 12, height: 6 }];
            if step % 17 == 0 {
                frame = Frame::new(64 + step, 48).unwrap();
            }
            for (number, area) in (1..).zip(&areas) {
                for row in area.y..area.y + area.height {
                    frame.row_mut(row)[columns(*area)].fill(step * 256 + number);
                }
            }
            pictures.push((frame.clone(), (step % 17 != 0).then_some(areas)));
        }
        pictures
    }

    fn recorded(pictures: &[(Frame, Option<Vec<Rect>>)], budget: usize) -> Tape {
        let mut tape = Tape { budget, ..Tape::new(&pictures[0].0, moment(0)) };
        for (number, (frame, areas)) in (0..).zip(pictures).skip(1) {
            tape.record(frame, areas.as_deref(), moment(number * 10));
        }
        tape
    }

    #[test]
    fn every_picture_is_found_again_in_both_directions() {
        let pictures = pictures();
        let mut tape = recorded(&pictures, TAPE_BYTES);
        for _ in 0..2 {
            for number in (0..pictures.len() - 1).rev() {
                assert!(!tape.at_end() || number == pictures.len() - 2);
                assert!(tape.back().is_some());
                assert_eq!(tape.moment().time_us, number as u64 * 10);
                assert!(*tape.frame() == pictures[number].0, "picture {number}, going back");
            }
            assert_eq!(tape.back(), None);
            for (number, (frame, _)) in pictures.iter().enumerate().skip(1) {
                assert!(tape.forward().is_some());
                assert_eq!(tape.moment().time_us, number as u64 * 10);
                assert!(tape.frame() == frame, "picture {number}, going forward");
            }
            assert_eq!(tape.forward(), None);
            assert!(tape.at_end());
        }
    }

    #[test]
    fn the_budget_holds_and_the_newest_pictures_stay() {
        let pictures = pictures();
        let mut tape = recorded(&pictures, 40_000);
        assert!(tape.trimmed() && tape.held_bytes <= 40_000);
        let mut number = pictures.len() - 1;
        while tape.back().is_some() {
            number -= 1;
            assert!(*tape.frame() == pictures[number].0, "picture {number}");
        }
        assert!((20..50).contains(&number), "{number}");
        let least = recorded(&pictures, 0);
        assert_eq!(least.changes.len(), 1, "a step back is possible on any budget");
    }

    #[test]
    fn pictures_of_one_time_are_one_step() {
        let frames: Vec<Frame> = (0..4).map(|colour| Frame::from_pixels(1, 1, vec![colour]).unwrap()).collect();
        let mut tape = Tape::new(&frames[0], moment(0));
        for (frame, time_us) in frames[1..].iter().zip([5, 5, 9]) {
            tape.record(frame, None, moment(time_us));
        }
        let mut seen = Vec::new();
        while tape.back().is_some() {
            seen.push(tape.frame().pixels()[0]);
        }
        assert_eq!(seen, [2, 0]);
        while tape.forward().is_some() {
            seen.push(tape.frame().pixels()[0]);
        }
        assert_eq!(seen, [2, 0, 2, 3]);
    }
}
