//! Which parts of a picture are coded afresh: a map of square cells, and its bits.

use crate::bits::{Bit, Coder};
use crate::frame::{COLOUR, Frame, Rect};
use crate::numbers::Number;

/// Side of a cell, in pixels.
pub(crate) const CELL: u32 = 16;

/// A mark for each cell of a picture; cells at the right and bottom may reach over its edge.
#[derive(Debug, Clone, Default)]
pub(crate) struct CellMap {
    width: u32,
    height: u32,
    columns: usize,
    marks: Vec<bool>,
}

/// A rectangle of cells: first column and row, and the column and row after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellBox {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl CellMap {
    /// A map without marks for a picture of this size.
    pub(crate) fn new(width: u32, height: u32) -> CellMap {
        let columns = width.div_ceil(CELL) as usize;
        CellMap { width, height, columns, marks: vec![false; columns * height.div_ceil(CELL) as usize] }
    }

    /// Width and height of the picture, in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn rows(&self) -> usize {
        self.marks.len() / self.columns
    }

    pub(crate) fn get(&self, column: usize, row: usize) -> bool {
        self.marks[row * self.columns + column]
    }

    pub(crate) fn set(&mut self, column: usize, row: usize, mark: bool) {
        self.marks[row * self.columns + column] = mark;
    }

    /// The marks of some columns of a row.
    pub(crate) fn marks_mut(&mut self, columns: std::ops::Range<usize>, row: usize) -> &mut [bool] {
        &mut self.marks[row * self.columns..][columns]
    }

    /// Sets or clears every mark.
    pub(crate) fn fill(&mut self, mark: bool) {
        self.marks.fill(mark);
    }

    /// A map of the same picture that marks what this one does not.
    pub(crate) fn inverted(&self) -> CellMap {
        CellMap { marks: self.marks.iter().map(|mark| !mark).collect(), ..*self }
    }

    /// How many cells are marked.
    pub(crate) fn count(&self) -> usize {
        self.marks.iter().filter(|&&mark| mark).count()
    }

    /// Whether all cells of these columns and rows are marked.
    pub(crate) fn all(&self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> bool {
        rows.into_iter().all(|row| self.marks[row * self.columns..][columns.clone()].iter().all(|&mark| mark))
    }

    /// Clears the marks of these columns and rows.
    pub(crate) fn clear(&mut self, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) {
        rows.into_iter().for_each(|row| self.marks[row * self.columns..][columns.clone()].fill(false));
    }

    /// The smallest box around all marks.
    pub(crate) fn bounds(&self) -> Option<CellBox> {
        let mut bounds: Option<CellBox> = None;
        for (row, marks) in self.marks.chunks_exact(self.columns).enumerate() {
            let Some(first) = marks.iter().position(|&mark| mark) else { continue };
            let last = marks.iter().rposition(|&mark| mark).unwrap_or(first);
            let around = bounds.get_or_insert(CellBox { left: first, top: row, right: last + 1, bottom: row + 1 });
            around.left = around.left.min(first);
            around.right = around.right.max(last + 1);
            around.bottom = row + 1;
        }
        bounds
    }

    /// The pixels of a run of cells of one row.
    pub(crate) fn area(&self, columns: std::ops::Range<usize>, row: usize) -> Rect {
        let (x, y) = (columns.start as u32 * CELL, row as u32 * CELL);
        Rect { x, y, width: (columns.len() as u32 * CELL).min(self.width - x), height: CELL.min(self.height - y) }
    }

    /// The runs of marked cells of a row.
    pub(crate) fn runs(&self, row: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let run = self.run_from(row, at, self.columns)?;
            at = run.end;
            Some(run)
        })
    }

    /// Marks the cells that touch `area`, which lies inside the picture.
    pub(crate) fn touch(&mut self, area: Rect) {
        let columns = (area.x / CELL) as usize..(area.x + area.width).div_ceil(CELL) as usize;
        for row in (area.y / CELL) as usize..(area.y + area.height).div_ceil(CELL) as usize {
            self.marks[row * self.columns..][..self.columns][columns.clone()].fill(true);
        }
    }

    /// Clears the marks of cells in which the two pictures are equal.
    pub(crate) fn keep_differing(&mut self, old: &Frame, new: &Frame) {
        self.keep_differing_in(old, new, old.bounds());
    }

    /// Clears the marks of cells that touch `area` and in which the two pictures are equal.
    pub(crate) fn keep_differing_in(&mut self, old: &Frame, new: &Frame, area: Rect) {
        let columns = (area.x / CELL) as usize..(area.x + area.width).div_ceil(CELL) as usize;
        for row in (area.y / CELL) as usize..(area.y + area.height).div_ceil(CELL) as usize {
            let mut next = columns.start;
            while let Some(run) = self.run_from(row, next, columns.end) {
                next = run.end;
                self.compare_run(old, new, run, row);
            }
        }
    }

    /// The first run of marked cells of a row between two columns.
    fn run_from(&self, row: usize, from: usize, end: usize) -> Option<std::ops::Range<usize>> {
        let marks = &self.marks[row * self.columns..][..end];
        let start = from + marks.get(from..)?.iter().position(|&mark| mark)?;
        Some(start..marks[start..].iter().position(|&mark| !mark).map_or(end, |length| start + length))
    }

    fn compare_run(&mut self, old: &Frame, new: &Frame, run: std::ops::Range<usize>, row: usize) {
        let band = self.area(run.clone(), row);
        let span = band.x as usize..(band.x + band.width) as usize;
        self.marks[row * self.columns..][..self.columns][run.clone()].fill(false);
        for y in band.y..band.y + band.height {
            let (old, new) = (&old.row(y)[span.clone()], &new.row(y)[span.clone()]);
            // Equal memory is found with the machine's widest instructions; only the rest is looked at more closely.
            if old != new {
                self.mark_differing(old, new, run.start, row);
            }
        }
    }

    fn mark_differing(&mut self, old: &[u32], new: &[u32], first: usize, row: usize) {
        let marks = &mut self.marks[row * self.columns + first..];
        let cells = old.chunks(CELL as usize).zip(new.chunks(CELL as usize));
        for (mark, (old, new)) in marks.iter_mut().zip(cells) {
            *mark = *mark || differ(old, new);
        }
    }
}

/// Whether two rows of pixels differ in colour.
#[inline]
pub(crate) fn differ(old: &[u32], new: &[u32]) -> bool {
    let any =
        |old: &[u32], new: &[u32]| old.iter().zip(new).fold(0, |seen, (old, new)| seen | (old ^ new)) & COLOUR != 0;
    // Cells and tiles are whole chunks, of a length known here, which makes comparing them a few wide instructions.
    let ((old, old_rest), (new, new_rest)) =
        (old.as_chunks::<{ CELL as usize }>(), new.as_chunks::<{ CELL as usize }>());
    old.iter().zip(new).any(|(old, new)| any(old, new)) || any(old_rest, new_rest)
}

/// What is learnt about maps within a group.
#[derive(Debug, Clone)]
pub(crate) struct CellModel {
    edges: [Number; 4],
    marks: [Bit; 16],
}

impl CellModel {
    /// A model that has seen nothing.
    pub(crate) fn new() -> CellModel {
        CellModel { edges: [Number::NEW; 4], marks: [Bit::NEW; 16] }
    }

    /// Codes the marks of a map: the box around them, then each in it. When decoding, `map` comes without marks.
    pub(crate) fn code<C: Coder>(&mut self, coder: &mut C, map: &mut CellMap) {
        let bounds = map.bounds().unwrap_or(CellBox { left: 0, top: 0, right: 0, bottom: 0 });
        let (columns, rows) = (map.columns(), map.rows());
        let mut edge =
            |place: usize, value: usize, most: usize| (self.edges[place].code(coder, value as u32) as usize).min(most);
        let width = edge(0, bounds.right - bounds.left, columns);
        if width == 0 {
            return;
        }
        let height = edge(1, bounds.bottom - bounds.top, rows).max(1);
        let left = edge(2, bounds.left, columns - width);
        let top = edge(3, bounds.top, rows - height);
        if (width, height) == (1, 1) {
            map.set(left, top, true);
            return;
        }
        for row in top..top + height {
            for column in left..left + width {
                let seen = |present: bool, x: usize, y: usize| usize::from(present && map.get(x, y));
                let context = seen(column > left, column.wrapping_sub(1), row)
                    | seen(row > top, column, row.wrapping_sub(1)) << 1
                    | seen(row > top && column + 1 < left + width, column + 1, row.wrapping_sub(1)) << 2
                    | seen(row > top && column > left, column.wrapping_sub(1), row.wrapping_sub(1)) << 3;
                let mark = coder.bit(&mut self.marks[context], map.get(column, row));
                map.set(column, row, mark);
            }
        }
    }
}
