//! Lists of rectangles: clipped to the screen and kept short.

use screen::Rect;

/// No more rectangles than this are asked for in one picture: each costs a request and a reply.
pub(crate) const MAX_RECTS: usize = 32;

/// Side of the squares to which a longer list is rounded.
const CELL: u32 = 64;

/// A rectangle as X requests take it. Screens are at most 16,384 pixels wide, so nothing is cut off.
pub(crate) fn to_x11(rect: Rect) -> (i16, i16, u16, u16) {
    let signed = |v: u32| i16::try_from(v).unwrap_or(i16::MAX);
    let unsigned = |v: u32| u16::try_from(v).unwrap_or(u16::MAX);
    (signed(rect.x), signed(rect.y), unsigned(rect.width), unsigned(rect.height))
}

/// The part of an X rectangle (which may begin left of or above the screen) that lies on a screen of this size.
pub(crate) fn clip(x: i16, y: i16, width: u16, height: u16, screen: (u32, u32)) -> Option<Rect> {
    let span = |start: i16, length: u16, limit: u32| {
        let from = i64::from(start).clamp(0, i64::from(limit));
        let to = (i64::from(start) + i64::from(length)).clamp(0, i64::from(limit));
        (to > from).then(|| (u32::try_from(from).unwrap_or(0), u32::try_from(to - from).unwrap_or(0)))
    };
    let (x, width) = span(x, width, screen.0)?;
    let (y, height) = span(y, height, screen.1)?;
    Some(Rect { x, y, width, height })
}

/// A list of at most [`MAX_RECTS`] rectangles that covers everything the given ones do. The input does not overlap (it is an X
/// region); nor does the result.
pub(crate) fn shorten(rects: Vec<Rect>) -> Vec<Rect> {
    if rects.len() <= MAX_RECTS {
        return rects;
    }
    let Some(bounds) = bounding(&rects) else { return rects };
    let rows = rows_of_cells(&rects, bounds);
    let exact: Vec<Rect> = stack(&rows, bounds);
    if exact.len() <= MAX_RECTS {
        return exact;
    }
    // One span a row of cells, from its first damaged cell to its last.
    let spans: Vec<Vec<(u32, u32)>> = rows
        .iter()
        .map(|row| match (row.first(), row.last()) {
            (Some(first), Some(last)) => vec![(first.0, last.1)],
            _ => Vec::new(),
        })
        .collect();
    let coarse = stack(&spans, bounds);
    if coarse.len() <= MAX_RECTS { coarse } else { vec![bounds] }
}

/// The smallest rectangle around all.
fn bounding(rects: &[Rect]) -> Option<Rect> {
    let x = rects.iter().map(|r| r.x).min()?;
    let y = rects.iter().map(|r| r.y).min()?;
    let right = rects.iter().map(|r| r.x + r.width).max()?;
    let bottom = rects.iter().map(|r| r.y + r.height).max()?;
    Some(Rect { x, y, width: right - x, height: bottom - y })
}

/// For each row of cells in the bounds, the runs (first cell, one past the last) that are touched.
fn rows_of_cells(rects: &[Rect], bounds: Rect) -> Vec<Vec<(u32, u32)>> {
    let columns = bounds.width.div_ceil(CELL) as usize;
    let mut touched = vec![vec![false; columns]; bounds.height.div_ceil(CELL) as usize];
    for rect in rects {
        let (left, top) = ((rect.x - bounds.x) / CELL, (rect.y - bounds.y) / CELL);
        let right = (rect.x - bounds.x + rect.width).div_ceil(CELL);
        let bottom = (rect.y - bounds.y + rect.height).div_ceil(CELL);
        for row in &mut touched[top as usize..bottom as usize] {
            row[left as usize..right as usize].fill(true);
        }
    }
    touched.iter().map(|row| runs(row)).collect()
}

fn runs(row: &[bool]) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (at, _) in row.iter().enumerate().filter(|(_, touched)| **touched) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        match found.last_mut() {
            Some(run) if run.1 == at => run.1 = at + 1,
            _ => found.push((at, at + 1)),
        }
    }
    found
}

/// Joins equal runs of neighbouring rows and turns cells into pixels inside the bounds.
fn stack(rows: &[Vec<(u32, u32)>], bounds: Rect) -> Vec<Rect> {
    let mut open: Vec<(u32, u32, u32)> = Vec::new();
    let mut done = Vec::new();
    let pixels =
        |first: u32, end: u32, from: u32, limit: u32| (from + first * CELL, (end * CELL).min(limit) - first * CELL);
    let mut close = |run: (u32, u32, u32), end_row: u32| {
        let (x, width) = pixels(run.0, run.1, bounds.x, bounds.width);
        let (y, height) = pixels(run.2, end_row, bounds.y, bounds.height);
        done.push(Rect { x, y, width, height });
    };
    for (row, runs) in (0u32..).zip(rows) {
        let (going_on, ended): (Vec<_>, Vec<_>) = open.into_iter().partition(|run| runs.contains(&(run.0, run.1)));
        ended.into_iter().for_each(|run| close(run, row));
        open = going_on;
        for &(first, end) in runs {
            if !open.iter().any(|run| (run.0, run.1) == (first, end)) {
                open.push((first, end, row));
            }
        }
    }
    let end = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    open.into_iter().for_each(|run| close(run, end));
    done
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    #[test]
    fn clips_to_the_screen() {
        let screen = (100, 50);
        let cases = [
            ((0, 0, 100, 50), Some(rect(0, 0, 100, 50))),
            ((-10, -5, 30, 30), Some(rect(0, 0, 20, 25))),
            ((90, 40, 300, 300), Some(rect(90, 40, 10, 10))),
            ((-40, 0, 40, 10), None),
            ((100, 0, 5, 5), None),
            ((i16::MIN, i16::MIN, u16::MAX, u16::MAX), Some(rect(0, 0, 100, 50))),
        ];
        for ((x, y, width, height), expected) in cases {
            assert_eq!(clip(x, y, width, height, screen), expected, "{x},{y} {width}×{height}");
        }
    }

    #[test]
    fn few_rectangles_stay_as_they_are() {
        let few: Vec<Rect> = (0..MAX_RECTS as u32).map(|i| rect(i * 9, i * 5, 3, 2)).collect();
        assert_eq!(shorten(few.clone()), few);
    }

    #[test]
    fn a_column_of_lines_becomes_one_rectangle() {
        let lines: Vec<Rect> = (0..60).map(|i| rect(10, 100 + i * 10, 50, 4)).collect();
        assert_eq!(shorten(lines), vec![rect(10, 100, 50, 594)]);
    }

    proptest! {
        #[test]
        fn short_lists_cover_the_long_ones(dots in proptest::collection::btree_set((0u32..1000, 0u32..700), 1..400)) {
            let dots: Vec<Rect> = dots.into_iter().map(|(x, y)| rect(x, y, 1, 1)).collect();
            let bounds = bounding(&dots).unwrap();
            let short = shorten(dots.clone());
            prop_assert!(short.len() <= MAX_RECTS);
            for dot in &dots {
                let holders = short.iter().filter(|r| {
                    (r.x..r.x + r.width).contains(&dot.x) && (r.y..r.y + r.height).contains(&dot.y)
                });
                prop_assert_eq!(holders.count(), 1, "each pixel is read once");
            }
            for r in &short {
                prop_assert!(r.x >= bounds.x && r.x + r.width <= bounds.x + bounds.width);
                prop_assert!(r.y >= bounds.y && r.y + r.height <= bounds.y + bounds.height);
            }
        }
    }
}
