//! Finds what moved (the encoder's side of [`crate::moves`]).
//!
//! Distinctive spots (a short row of pixels that begins at an edge, chosen by its content) are looked up by hash in what
//! the changed area showed before; each spot found again votes for a vector. The vectors with most votes are then
//! checked pixel by pixel, so a spot that only looks alike costs time and nothing else.
//!
//! Most of what moves is a page that scrolls, so vectors found lately are tried first, then those straight up and down.

mod extent;
mod spots;

use crate::cells::CellMap;
use crate::frame::Frame;
use crate::moves::{MAX_MOVES, Move};
use spots::SpotTable;

/// Fewest changed cells for which moves are looked for.
const MIN_CELLS: usize = 12;

/// Fewest spots that must agree on a vector.
const MIN_VOTES: u32 = 6;

/// Most vectors that are checked for one picture.
const MAX_VECTORS: usize = 4;

/// Fewest changed cells that a move must put right.
const MIN_GAIN: i32 = 6;

/// No other vector is looked for where a likely one leaves less than this part of the changed cells.
const ENOUGH: usize = 4;

/// Vectors that are remembered: a page that scrolls moves by the same few again and again.
const REMEMBERED: usize = 8;

/// Looks for moves; keeps its tables between pictures, and the vectors that it found lately.
#[derive(Debug)]
pub(crate) struct MotionSearch {
    spots: SpotTable,
    /// The latest first.
    lately: Vec<(i32, i32)>,
}

impl MotionSearch {
    pub(crate) fn new() -> MotionSearch {
        MotionSearch { spots: SpotTable::new(), lately: Vec::new() }
    }

    /// Finds moves that turn `old` nearer to `new`, carries them out in `old`, and updates the marks of `changed`.
    pub(crate) fn find(&mut self, old: &mut Frame, new: &Frame, changed: &mut CellMap) -> Vec<Move> {
        let mut search = Search { old, new, left: changed.count(), changed, moves: Vec::new() };
        let before = search.left;
        if before < MIN_CELLS {
            return search.moves;
        }
        // Most of what moves goes on as it did before, and one vector is tried in a fraction of the time that spots take.
        if let Some(vector) = self.likely_vector(&search) {
            search.carry_out(vector);
        }
        if search.left > before / ENOUGH
            && let Some(bounds) = search.changed.bounds()
        {
            for vector in self.spots.vectors(search.old, new, search.changed, bounds, MIN_VOTES, MAX_VECTORS) {
                search.carry_out(vector);
            }
        }
        self.remember(&search.moves);
        search.moves
    }

    /// One vector that puts most of the change right, if it is one found lately, or straight up or down.
    fn likely_vector(&mut self, search: &Search<'_>) -> Option<(i32, i32)> {
        let Search { old, new, changed, .. } = search;
        let is_likely = |vector: &(i32, i32)| extent::is_likely(old, new, changed, *vector);
        self.lately.iter().copied().find(is_likely).or_else(|| {
            let upright = self.spots.upright(old, new, changed, changed.bounds()?, MIN_VOTES);
            upright.filter(is_likely)
        })
    }

    fn remember(&mut self, moves: &[Move]) {
        for step in moves.iter().rev() {
            let vector = (step.dx, step.dy);
            self.lately.retain(|&other| other != vector);
            self.lately.insert(0, vector);
        }
        self.lately.truncate(REMEMBERED);
    }
}

/// The search for one picture.
struct Search<'a> {
    old: &'a mut Frame,
    new: &'a Frame,
    changed: &'a mut CellMap,
    /// Cells that are marked.
    left: usize,
    moves: Vec<Move>,
}

impl Search<'_> {
    /// Moves along a vector as long as that gains anything.
    fn carry_out(&mut self, vector: (i32, i32)) {
        let mut gained = true;
        while gained
            && self.left >= MIN_CELLS
            && self.moves.len() < MAX_MOVES
            && let Some(bounds) = self.changed.bounds()
            && let Some(found) = extent::best(self.old, self.new, self.changed, bounds, vector, MIN_GAIN)
            && found.apply(self.old)
        {
            self.changed.touch(found.to);
            self.changed.keep_differing_in(self.old, self.new, found.to);
            self.moves.push(found);
            let now = self.changed.count();
            gained = now < self.left;
            self.left = now;
        }
    }
}
