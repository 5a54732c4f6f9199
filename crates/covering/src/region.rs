//! Sets of pixels, as rectangles that do not overlap.

use screen::Rect;

/// The side of the smallest cells, in pixels, to which a region of too many rectangles is rounded up.
const FINEST_CELL: u32 = 4;

/// A set of pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Region {
    rects: Vec<Rect>,
}

impl From<Rect> for Region {
    fn from(rect: Rect) -> Self {
        Self { rects: if rect.width == 0 || rect.height == 0 { Vec::new() } else { vec![rect] } }
    }
}

impl FromIterator<Rect> for Region {
    fn from_iter<I: IntoIterator<Item = Rect>>(rects: I) -> Self {
        let mut region = Self::default();
        rects.into_iter().for_each(|rect| region.add_rect(rect));
        region
    }
}

impl Region {
    /// No pixel at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The pixels of rectangles of which none overlap.
    pub fn of_disjoint(rects: Vec<Rect>) -> Self {
        Self { rects }
    }

    /// Its rectangles, none overlapping, in no particular order.
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// Whether there is no pixel in it.
    pub fn is_empty(&self) -> bool {
        self.rects.is_empty()
    }

    /// How many pixels there are in it.
    pub fn area(&self) -> u64 {
        self.rects.iter().map(|rect| u64::from(rect.width) * u64::from(rect.height)).sum()
    }

    /// The smallest rectangle around it.
    pub fn bounds(&self) -> Option<Rect> {
        let x = self.rects.iter().map(|r| r.x).min()?;
        let y = self.rects.iter().map(|r| r.y).min()?;
        let right = self.rects.iter().map(right).max()?;
        let bottom = self.rects.iter().map(bottom).max()?;
        Some(Rect { x, y, width: right - x, height: bottom - y })
    }

    /// Adds the pixels of a rectangle.
    pub fn add_rect(&mut self, rect: Rect) {
        if rect.width == 0 || rect.height == 0 || self.rects.iter().any(|own| holds(*own, rect)) {
            return;
        }
        self.rects.retain(|own| !holds(rect, *own));
        let mut rest = vec![rect];
        for own in &self.rects {
            rest = without(&rest, *own);
        }
        self.rects.append(&mut rest);
    }

    /// Adds the pixels of another region.
    pub fn add(&mut self, other: &Self) {
        other.rects.iter().for_each(|rect| self.add_rect(*rect));
    }

    /// Takes the pixels of another region away.
    pub fn subtract(&mut self, other: &Self) {
        for rect in &other.rects {
            if self.rects.is_empty() {
                return;
            }
            self.rects = without(&self.rects, *rect);
        }
    }

    /// The pixels that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self.rects.iter().flat_map(|own| other.rects.iter().map(move |other| common(*own, *other)));
        Self { rects: pairs.flatten().collect() }
    }

    /// Whether a pixel is in both.
    pub fn intersects(&self, other: &Self) -> bool {
        self.rects.iter().any(|own| other.rects.iter().any(|other| common(*own, *other).is_some()))
    }

    /// The same elsewhere; what would lie outside of a screen of this size is cut off.
    #[must_use]
    pub fn moved(&self, (right, down): (i32, i32), screen: (u32, u32)) -> Self {
        let rects = self.rects.iter().filter_map(|rect| {
            clip(
                i64::from(rect.x) + i64::from(right),
                i64::from(rect.y) + i64::from(down),
                (rect.width, rect.height),
                screen,
            )
        });
        Self { rects: rects.collect() }
    }

    /// A region of about this many rectangles at most, and of one at least, that holds every pixel of this one: itself, or the
    /// cells that it touches of the finest grid that is coarse enough.
    #[must_use]
    pub fn widened(self, most: usize) -> Self {
        let Some(bounds) = self.bounds() else { return self };
        let (mut wide, mut cell) = (self, FINEST_CELL);
        while wide.rects.len() > most.max(1) {
            wide = wide.on_grid(bounds, cell);
            cell *= 2;
        }
        wide
    }

    /// The cells of a grid on `bounds` in which there is a pixel.
    fn on_grid(&self, bounds: Rect, cell: u32) -> Self {
        let (columns, rows) = (bounds.width.div_ceil(cell), bounds.height.div_ceil(cell));
        let mut touched = vec![false; columns as usize * rows as usize];
        for rect in &self.rects {
            let (first, last) = ((rect.x - bounds.x) / cell, (right(rect) - 1 - bounds.x) / cell);
            for row in (rect.y - bounds.y) / cell..=(bottom(rect) - 1 - bounds.y) / cell {
                touched[(row * columns + first) as usize..=(row * columns + last) as usize].fill(true);
            }
        }
        let mut rects: Vec<Rect> = Vec::new();
        let mut above = 0;
        for (row, cells) in (0..).zip(touched.chunks(columns as usize)) {
            let y = bounds.y + row * cell;
            let height = cell.min(bottom(&bounds) - y);
            let begin = rects.len();
            let mut x = bounds.x;
            for run in cells.chunk_by(|one, next| one == next) {
                let width = (u32::try_from(run.len()).unwrap_or(u32::MAX) * cell).min(right(&bounds) - x);
                if run[0] {
                    rects.push(Rect { x, y, width, height });
                }
                x += width;
            }
            // A row like the one above it makes that one taller.
            let (before, now) = rects[above..].split_at_mut(begin - above);
            if before.iter().map(columns_of).eq(now.iter().map(columns_of)) {
                before.iter_mut().for_each(|rect| rect.height += height);
                rects.truncate(begin);
            } else {
                above = begin;
            }
        }
        Self { rects }
    }
}

fn columns_of(rect: &Rect) -> (u32, u32) {
    (rect.x, rect.width)
}

/// The part of a rectangle, which may begin left of or above the screen, that lies on a screen of this size.
pub(crate) fn clip(x: i64, y: i64, (width, height): (u32, u32), screen: (u32, u32)) -> Option<Rect> {
    let span = |start: i64, length: u32, limit: u32| {
        let from = start.clamp(0, i64::from(limit));
        let to = (start + i64::from(length)).clamp(0, i64::from(limit));
        (to > from).then(|| (u32::try_from(from).unwrap_or(0), u32::try_from(to - from).unwrap_or(0)))
    };
    let (x, width) = span(x, width, screen.0)?;
    let (y, height) = span(y, height, screen.1)?;
    Some(Rect { x, y, width, height })
}

fn right(rect: &Rect) -> u32 {
    rect.x.saturating_add(rect.width)
}

fn bottom(rect: &Rect) -> u32 {
    rect.y.saturating_add(rect.height)
}

fn holds(outer: Rect, inner: Rect) -> bool {
    outer.x <= inner.x && outer.y <= inner.y && right(&outer) >= right(&inner) && bottom(&outer) >= bottom(&inner)
}

fn common(one: Rect, other: Rect) -> Option<Rect> {
    let (x, y) = (one.x.max(other.x), one.y.max(other.y));
    let (right, bottom) = (right(&one).min(right(&other)), bottom(&one).min(bottom(&other)));
    (x < right && y < bottom).then(|| Rect { x, y, width: right - x, height: bottom - y })
}

/// What is left of rectangles when the pixels of one are taken away.
fn without(rects: &[Rect], hole: Rect) -> Vec<Rect> {
    let mut left = Vec::with_capacity(rects.len() + 3);
    for rect in rects {
        let Some(cut) = common(*rect, hole) else {
            left.push(*rect);
            continue;
        };
        let mut keep = |x: u32, y: u32, right: u32, bottom: u32| {
            if x < right && y < bottom {
                left.push(Rect { x, y, width: right - x, height: bottom - y });
            }
        };
        keep(rect.x, rect.y, right(rect), cut.y);
        keep(rect.x, cut.y, cut.x, bottom(&cut));
        keep(right(&cut), cut.y, right(rect), bottom(&cut));
        keep(rect.x, bottom(&cut), right(rect), bottom(rect));
    }
    left
}
