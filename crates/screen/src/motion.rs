//! Finds what moved (the encoder's side of [`crate::moves`]).
//!
//! Distinctive spots (a short row of pixels that begins at an edge, chosen by its content) are looked up by hash in what
//! the changed area showed before; each spot found again votes for a vector. The vectors with most votes are then
//! checked pixel by pixel, so a spot that only looks alike costs time and nothing else.

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

/// Looks for moves; keeps its tables between pictures.
#[derive(Debug)]
pub(crate) struct MotionSearch {
    spots: SpotTable,
}

impl MotionSearch {
    pub(crate) fn new() -> MotionSearch {
        MotionSearch { spots: SpotTable::new() }
    }

    /// Finds moves that turn `old` nearer to `new`, carries them out in `old`, and updates the marks of `changed`.
    pub(crate) fn find(&mut self, old: &mut Frame, new: &Frame, changed: &mut CellMap) -> Vec<Move> {
        let mut moves = Vec::new();
        let mut left = changed.count();
        if left < MIN_CELLS {
            return moves;
        }
        let Some(bounds) = changed.bounds() else { return moves };
        for (dx, dy) in self.spots.vectors(old, new, changed, bounds, MIN_VOTES, MAX_VECTORS) {
            while moves.len() < MAX_MOVES
                && let Some(found) = extent::best(old, new, changed, bounds, (dx, dy), MIN_GAIN)
                && found.apply(old)
            {
                changed.touch(found.to);
                changed.keep_differing_in(old, new, found.to);
                moves.push(found);
                let now = changed.count();
                if now >= left || now < MIN_CELLS {
                    return moves;
                }
                left = now;
            }
        }
        moves
    }
}
