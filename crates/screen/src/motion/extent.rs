//! How far a move with a given vector reaches.

use crate::cells::{CELL, CellBox, CellMap, differ};
use crate::frame::{Frame, Rect};
use crate::moves::Move;

/// What a cell gains when it is covered by a move: it was changed and is right then.
const RIGHT: i32 = 8;

/// It was changed and still is not right: it must be coded afresh as before, after some work in vain.
const STILL_WRONG: i32 = -1;

/// It was not changed, but would be wrong then.
const SPOILT: i32 = -10;

/// The move by `vector` that puts most cells right, if it gains at least `min_gain` of them.
pub(super) fn best(
    old: &Frame,
    new: &Frame,
    changed: &CellMap,
    bounds: CellBox,
    vector: (i32, i32),
    min_gain: i32,
) -> Option<Move> {
    let columns = bounds.right - bounds.left;
    let cells =
        || (bounds.top..bounds.bottom).flat_map(|row| (bounds.left..bounds.right).map(move |column| (column, row)));
    let matches = |(column, row): (usize, usize)| {
        let cell = changed.area(column..column + 1, row);
        inside(cell, vector, old) == Some(cell) && rows_match(old, new, cell, vector)
    };
    // Most vectors that spots vote for put too little right: that is seen before the rest of the area is looked at.
    let right: Vec<bool> = cells().map(|(column, row)| changed.get(column, row) && matches((column, row))).collect();
    if (right.iter().filter(|&&right| right).count() as i32) < min_gain {
        return None;
    }
    let gain = |((column, row), right)| match (changed.get(column, row), right) {
        (true, true) => RIGHT,
        (true, false) => STILL_WRONG,
        (false, _) if matches((column, row)) => 0,
        (false, _) => SPOILT,
    };
    let gains: Vec<i32> = cells().zip(right).map(gain).collect();
    let (inner, sum) = richest_box(&gains, columns)?;
    if sum < min_gain * RIGHT {
        return None;
    }
    let rows = (bounds.top + inner.top) as u32 * CELL..((bounds.top + inner.bottom) as u32 * CELL).min(old.height());
    let columns =
        (bounds.left + inner.left) as u32 * CELL..((bounds.left + inner.right) as u32 * CELL).min(old.width());
    let area = Rect { x: columns.start, y: rows.start, width: columns.len() as u32, height: rows.len() as u32 };
    let within = inside(area, vector, old)?;
    Some(grow(old, new, Move { to: within, dx: vector.0, dy: vector.1 }))
}

/// The part of `area` whose source lies within the picture.
fn inside(area: Rect, (dx, dy): (i32, i32), frame: &Frame) -> Option<Rect> {
    let clip = |start: u32, length: u32, by: i32, limit: u32| {
        let (from, to) =
            (i64::from(start).max(i64::from(by)), i64::from(start + length).min(i64::from(limit) + i64::from(by)));
        (from < to).then_some((from as u32, (to - from) as u32))
    };
    let (x, width) = clip(area.x, area.width, dx, frame.width())?;
    let (y, height) = clip(area.y, area.height, dy, frame.height())?;
    Some(Rect { x, y, width, height })
}

/// Whether `area` of the new picture shows what stood `vector` before it in the old one; the source must lie inside.
fn rows_match(old: &Frame, new: &Frame, area: Rect, (dx, dy): (i32, i32)) -> bool {
    let from = area.x.wrapping_add_signed(-dx) as usize;
    let (x, width) = (area.x as usize, area.width as usize);
    (area.y..area.y + area.height)
        .all(|y| !differ(&old.row(y.wrapping_add_signed(-dy))[from..from + width], &new.row(y)[x..x + width]))
}

/// The box with the largest sum of gains, and the sum.
fn richest_box(gains: &[i32], columns: usize) -> Option<(CellBox, i32)> {
    let rows = gains.len() / columns;
    let mut best: Option<(CellBox, i32)> = None;
    let mut sums = vec![0; columns];
    for top in 0..rows {
        sums.fill(0);
        for bottom in top..rows {
            for (sum, gain) in sums.iter_mut().zip(&gains[bottom * columns..]) {
                *sum += gain;
            }
            let (mut running, mut left) = (0, 0);
            for (column, sum) in sums.iter().enumerate() {
                if running <= 0 {
                    (running, left) = (0, column);
                }
                running += sum;
                if running > best.map_or(0, |(_, most)| most) {
                    best = Some((CellBox { left, top, right: column + 1, bottom: bottom + 1 }, running));
                }
            }
        }
    }
    best
}

/// Lets each side of a move reach as many pixels further as still match, so that it ends where the moved area does.
fn grow(old: &Frame, new: &Frame, mut found: Move) -> Move {
    let vector = (found.dx, found.dy);
    let fits = |area: Rect| inside(area, vector, old) == Some(area) && rows_match(old, new, area, vector);
    for _ in 0..CELL {
        let to = found.to;
        if to.y > 0 && fits(Rect { y: to.y - 1, height: 1, ..to }) {
            found.to = Rect { y: to.y - 1, height: to.height + 1, ..to };
        }
        let to = found.to;
        if to.y + to.height < new.height() && fits(Rect { y: to.y + to.height, height: 1, ..to }) {
            found.to.height += 1;
        }
        let to = found.to;
        if to.x > 0 && fits(Rect { x: to.x - 1, width: 1, ..to }) {
            found.to = Rect { x: to.x - 1, width: to.width + 1, ..to };
        }
        let to = found.to;
        if to.x + to.width < new.width() && fits(Rect { x: to.x + to.width, width: 1, ..to }) {
            found.to.width += 1;
        }
    }
    found
}
