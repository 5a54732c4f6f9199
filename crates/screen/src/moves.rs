//! Areas whose pixels come from elsewhere in the picture: scrolling, dragged windows.

use crate::bits::{Bit, Coder};
use crate::frame::{Frame, Rect};
use crate::numbers::Number;

/// Most moves in one payload.
pub(crate) const MAX_MOVES: usize = 16;

/// Fills `to` with the pixels that stand `dx`, `dy` further left and up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) to: Rect,
    pub(crate) dx: i32,
    pub(crate) dy: i32,
}

impl Move {
    /// The area that the pixels come from, where it lies within a picture of this size and the target does, too.
    pub(crate) fn from(&self, width: u32, height: u32) -> Option<Rect> {
        let x = self.to.x.checked_add_signed(-self.dx)?;
        let y = self.to.y.checked_add_signed(-self.dy)?;
        let from = Rect { x, y, ..self.to };
        let inside = |rect: Rect| rect.clipped(width, height) == Some(rect);
        (inside(from) && inside(self.to)).then_some(from)
    }

    /// Moves the pixels as if by way of a copy; false (and nothing done) where that would leave the picture.
    pub(crate) fn apply(&self, frame: &mut Frame) -> bool {
        let Some(from) = self.from(frame.width(), frame.height()) else { return false };
        let stride = frame.width() as usize;
        let copy_row = |pixels: &mut [u32], row: u32| {
            let start = (from.y + row) as usize * stride + from.x as usize;
            let target = (self.to.y + row) as usize * stride + self.to.x as usize;
            pixels.copy_within(start..start + from.width as usize, target);
        };
        // Rows are taken in the order in which none is overwritten before it was copied.
        if self.dy > 0 {
            (0..from.height).rev().for_each(|row| copy_row(frame.pixels_mut(), row));
        } else {
            (0..from.height).for_each(|row| copy_row(frame.pixels_mut(), row));
        }
        true
    }
}

/// What is learnt about moves within a group.
#[derive(Debug, Clone)]
pub(crate) struct MoveModel {
    more: [Bit; 2],
    same_area: Bit,
    same_vector: Bit,
    area: [Number; 4],
    vector: [Number; 2],
    last: Move,
}

impl MoveModel {
    /// A model that has seen nothing.
    pub(crate) fn new() -> MoveModel {
        MoveModel {
            more: [Bit::NEW; 2],
            same_area: Bit::NEW,
            same_vector: Bit::NEW,
            area: [Number::NEW; 4],
            vector: [Number::NEW; 2],
            last: Move { to: Rect { x: 0, y: 0, width: 0, height: 0 }, dx: 0, dy: 0 },
        }
    }

    /// Codes the list of moves (empty when decoding).
    pub(crate) fn code<C: Coder>(&mut self, coder: &mut C, moves: &[Move]) -> Vec<Move> {
        let mut coded = Vec::new();
        while coded.len() < MAX_MOVES {
            let more = &mut self.more[usize::from(!coded.is_empty())];
            if !coder.bit(more, coded.len() < moves.len()) {
                break;
            }
            let given = moves.get(coded.len()).copied().unwrap_or(self.last);
            self.last = self.code_one(coder, given);
            coded.push(self.last);
        }
        coded
    }

    fn code_one<C: Coder>(&mut self, coder: &mut C, given: Move) -> Move {
        let mut result = self.last;
        if !coder.bit(&mut self.same_area, given.to == self.last.to) {
            let numbers = [given.to.x, given.to.y, given.to.width, given.to.height];
            let mut coded = [0; 4];
            for ((number, model), coded) in numbers.iter().zip(&mut self.area).zip(&mut coded) {
                *coded = model.code(coder, *number);
            }
            let [x, y, width, height] = coded;
            result.to = Rect { x, y, width, height };
        }
        if !coder.bit(&mut self.same_vector, (given.dx, given.dy) == (self.last.dx, self.last.dy)) {
            result.dx = self.vector[0].code_signed(coder, given.dx);
            result.dy = self.vector[1].code_signed(coder, given.dy);
        }
        result
    }
}
