//! How far a move with a given vector reaches.

use std::ops::Range;

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
    // Most vectors that spots vote for put too little right: that is seen before the rest of the area is looked at.
    let mut right = changed.clone();
    keep_matching(old, new, &mut right, bounds, vector);
    if (right.count() as i32) < min_gain {
        return None;
    }
    let bounds = right.bounds()?;
    let mut unspoilt = changed.inverted();
    keep_matching(old, new, &mut unspoilt, bounds, vector);
    let gain = |(column, row)| match (changed.get(column, row), right.get(column, row), unspoilt.get(column, row)) {
        (true, true, _) => RIGHT,
        (true, false, _) => STILL_WRONG,
        (false, _, true) => 0,
        (false, _, false) => SPOILT,
    };
    let cells =
        (bounds.top..bounds.bottom).flat_map(|row| (bounds.left..bounds.right).map(move |column| (column, row)));
    let gains: Vec<i32> = cells.map(gain).collect();
    let (inner, sum) = richest_box(&gains, bounds.right - bounds.left)?;
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

/// Cells that are looked at to tell whether a vector is worth a closer look.
const SAMPLE: usize = 48;

/// Whether a vector puts more than half of the changed cells right, as far as a sample of them tells.
pub(super) fn is_likely(old: &Frame, new: &Frame, changed: &CellMap, vector: (i32, i32)) -> bool {
    let Some(bounds) = changed.bounds() else { return false };
    let every = changed.count().div_ceil(SAMPLE);
    let cells =
        (bounds.top..bounds.bottom).flat_map(|row| changed.runs(row).flatten().map(move |column| (column, row)));
    let (mut right, mut wrong) = (0, 0);
    for (column, row) in cells.step_by(every) {
        let cell = changed.area(column..column + 1, row);
        if inside(cell, vector, old) == Some(cell) && rows_match(old, new, cell, vector) {
            right += 1;
        } else {
            wrong += 1;
        }
        if wrong > SAMPLE / 2 {
            return false;
        }
    }
    right > wrong
}

/// Clears the marks of cells of a box that do not show what stood `vector` before them, all of it inside the picture.
fn keep_matching(old: &Frame, new: &Frame, cells: &mut CellMap, bounds: CellBox, vector: (i32, i32)) {
    for row in bounds.top..bounds.bottom {
        let runs: Vec<_> = cells.runs(row).collect();
        for run in runs {
            let is_inside = |column: &usize| {
                let cell = cells.area(*column..column + 1, row);
                inside(cell, vector, old) == Some(cell)
            };
            let from = run.clone().find(is_inside).unwrap_or(run.end);
            let end = run.clone().rev().find(is_inside).map_or(from, |last| last + 1);
            cells.clear(run.start..from, row..row + 1);
            cells.clear(end..run.end, row..row + 1);
            if from < end {
                keep_matching_of_run(old, new, cells, from..end, row, vector);
            }
        }
    }
}

fn keep_matching_of_run(
    old: &Frame,
    new: &Frame,
    cells: &mut CellMap,
    run: Range<usize>,
    row: usize,
    (dx, dy): (i32, i32),
) {
    let band = cells.area(run.clone(), row);
    let (x, from, width) = (band.x as usize, band.x.wrapping_add_signed(-dx) as usize, band.width as usize);
    for y in band.y..band.y + band.height {
        let old = &old.row(y.wrapping_add_signed(-dy))[from..from + width];
        let new = &new.row(y)[x..x + width];
        // Equal memory is found with the machine's widest instructions; only the rest is looked at more closely.
        if old == new {
            continue;
        }
        let pairs = old.chunks(CELL as usize).zip(new.chunks(CELL as usize));
        let mut left = false;
        for (mark, (old, new)) in cells.marks_mut(run.clone(), row).iter_mut().zip(pairs) {
            *mark = *mark && !differ(old, new);
            left |= *mark;
        }
        if !left {
            return;
        }
    }
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
    // What the rows up to each one could give at most: boxes that cannot be the richest are not looked at.
    let most_of = |row: &[i32]| row.iter().filter(|&&gain| gain > 0).sum::<i32>();
    let mut most_before = vec![0; rows + 1];
    for (row, gains) in gains.chunks_exact(columns).enumerate() {
        most_before[row + 1] = most_before[row] + most_of(gains);
    }
    let mut best: Option<(CellBox, i32)> = None;
    let mut sums = vec![0; columns];
    for top in 0..rows {
        let least = best.map_or(0, |(_, most)| most);
        if most_before[rows] - most_before[top] <= least {
            break;
        }
        sums.fill(0);
        for bottom in top..rows {
            for (sum, gain) in sums.iter_mut().zip(&gains[bottom * columns..]) {
                *sum += gain;
            }
            if most_before[bottom + 1] - most_before[top] <= best.map_or(0, |(_, most)| most) {
                continue;
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
