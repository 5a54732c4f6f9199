//! Distinctive spots of two pictures, and the vectors between equal ones.

use crate::cells::{CellBox, CellMap};
use crate::frame::{COLOUR, Frame};

/// Pixels from a spot's edge to its end.
const SPOT: usize = 12;

/// Places in the table of spots (a power of two).
const PLACES: usize = 1 << 15;

/// One of so many edges becomes a spot (a power of two).
const ONE_OF: u32 = 4;

/// Places in the table of vectors (a power of two).
const VECTORS: usize = 1 << 11;

/// Changed cells up to which every row of the new picture is searched; beyond, every second, then every fourth.
const EVERY_ROW: usize = 128;

/// A spot: its hash (0 for an empty place) and where it stood; a spot met twice counts as nowhere.
#[derive(Debug, Clone, Copy)]
struct Spot {
    hash: u32,
    x: u16,
    y: u16,
    repeated: bool,
}

const EMPTY: Spot = Spot { hash: 0, x: 0, y: 0, repeated: false };

/// A vector and how many spots spoke for it, less those that spoke for others of the same place.
#[derive(Debug, Clone, Copy)]
struct Vote {
    dx: i32,
    dy: i32,
    count: u32,
}

const NO_VOTE: Vote = Vote { dx: 0, dy: 0, count: 0 };

/// The spots of the picture before.
#[derive(Debug)]
pub(super) struct SpotTable {
    places: Vec<Spot>,
    votes: Vec<Vote>,
}

impl SpotTable {
    pub(super) fn new() -> SpotTable {
        SpotTable { places: vec![EMPTY; PLACES], votes: vec![NO_VOTE; VECTORS] }
    }

    /// The vectors from `old` to `new` that most spots agree on, most votes first.
    pub(super) fn vectors(
        &mut self,
        old: &Frame,
        new: &Frame,
        changed: &CellMap,
        bounds: CellBox,
        min_votes: u32,
        most: usize,
    ) -> Vec<(i32, i32)> {
        self.clear();
        // What moves away leaves a change behind it, so its spots are looked for where something changed.
        each_spot_of(old, changed, bounds, 1, |hash, x, y| self.insert(hash, x, y));
        let cells = changed.count();
        let every = if cells <= EVERY_ROW {
            1
        } else if cells <= 4 * EVERY_ROW {
            2
        } else {
            4
        };
        each_spot_of(new, changed, bounds, every, |hash, x, y| self.vote(hash, x, y));
        self.elected(min_votes, most)
    }

    /// The vector straight up or down that most rows of a few columns of changed cells agree on. It takes a tenth of the time of
    /// [`Self::vectors`], and most of what moves on a screen is a page that scrolls.
    pub(super) fn upright(
        &mut self,
        old: &Frame,
        new: &Frame,
        changed: &CellMap,
        bounds: CellBox,
        min_votes: u32,
    ) -> Option<(i32, i32)> {
        self.clear();
        for column in fullest_columns(changed, bounds) {
            each_row_of(old, changed, bounds, column, |hash, x, y| self.insert(hash, x, y));
            each_row_of(new, changed, bounds, column, |hash, x, y| self.vote(hash, x, y));
        }
        self.elected(min_votes, 1).first().copied()
    }

    fn clear(&mut self) {
        self.places.fill(EMPTY);
        self.votes.fill(NO_VOTE);
    }

    fn elected(&self, min_votes: u32, most: usize) -> Vec<(i32, i32)> {
        let mut found: Vec<Vote> = self.votes.iter().filter(|vote| vote.count >= min_votes).copied().collect();
        found.sort_by_key(|vote| (std::cmp::Reverse(vote.count), vote.dy, vote.dx));
        found.iter().take(most).map(|vote| (vote.dx, vote.dy)).collect()
    }

    fn insert(&mut self, hash: u32, x: usize, y: u32) {
        let place = &mut self.places[hash as usize % PLACES];
        if place.hash == hash {
            place.repeated = true;
        } else if place.hash == 0 {
            *place = Spot { hash, x: x as u16, y: y as u16, repeated: false };
        }
    }

    fn vote(&mut self, hash: u32, x: usize, y: u32) {
        let spot = self.places[hash as usize % PLACES];
        if spot.hash != hash || spot.repeated {
            return;
        }
        let (dx, dy) = (x as i32 - i32::from(spot.x), y as i32 - i32::from(spot.y));
        if (dx, dy) == (0, 0) {
            return;
        }
        let mixed = (dx as u32).wrapping_mul(0x9E37_79B1) ^ (dy as u32).wrapping_mul(0x85EB_CA77);
        let vote = &mut self.votes[(mixed >> 16) as usize % VECTORS];
        if vote.count == 0 {
            *vote = Vote { dx, dy, count: 1 };
        } else if (vote.dx, vote.dy) == (dx, dy) {
            vote.count += 1;
        } else {
            vote.count -= 1;
        }
    }
}

/// Columns of cells by which a page that scrolls is recognised.
const STRIPS: usize = 6;

/// The columns with most marks, one from each part of the box's width.
fn fullest_columns(map: &CellMap, bounds: CellBox) -> impl Iterator<Item = usize> {
    let columns: Vec<usize> = (bounds.left..bounds.right).collect();
    let marks = |column: usize| (bounds.top..bounds.bottom).filter(|&row| map.get(column, row)).count();
    let fullest = |part: &[usize]| part.iter().copied().max_by_key(|&column| marks(column));
    columns.chunks(columns.len().div_ceil(STRIPS).max(1)).filter_map(fullest).collect::<Vec<_>>().into_iter()
}

/// Calls `found` with hash and place of every row of pixels of the marked cells of a column, but for those of one colour.
fn each_row_of(frame: &Frame, map: &CellMap, bounds: CellBox, column: usize, mut found: impl FnMut(u32, usize, u32)) {
    for row in (bounds.top..bounds.bottom).filter(|&row| map.get(column, row)) {
        let area = map.area(column..column + 1, row);
        let left = area.x as usize;
        for y in area.y..area.y + area.height {
            let pixels = &frame.row(y)[left..left + area.width as usize];
            if pixels.iter().any(|pixel| (pixel ^ pixels[0]) & COLOUR != 0) {
                // A row is looked for in its own column alone.
                found(hash(pixels) ^ area.x.wrapping_mul(0x9E37_79B1) | 1, left, y);
            }
        }
    }
}

/// Calls `found` with hash and place of every spot in the marked cells, on every `every`th row.
fn each_spot_of(frame: &Frame, map: &CellMap, bounds: CellBox, every: usize, mut found: impl FnMut(u32, usize, u32)) {
    for row in bounds.top..bounds.bottom {
        for run in map.runs(row) {
            let area = map.area(run, row);
            let left = area.x as usize;
            for y in (area.y..area.y + area.height).step_by(every) {
                let pixels = &frame.row(y)[left..left + area.width as usize];
                each_spot(pixels, |x, hash| found(hash, left + x, y));
            }
        }
    }
}

/// Calls `found` with place and hash of every spot of a row.
fn each_spot(row: &[u32], mut found: impl FnMut(usize, u32)) {
    let Some(places) = (row.len() + 1).checked_sub(SPOT) else { return };
    let mut x = 0;
    while x < places {
        if flat_ahead(&row[x..]) {
            x += STRIDE;
            continue;
        }
        for x in x..(x + STRIDE).min(places) {
            let spot = &row[x..x + SPOT];
            if is_chosen(spot) {
                let hash = hash(spot);
                if hash != 0 {
                    found(x, hash);
                }
            }
        }
        x += STRIDE;
    }
}

/// Pixels that are looked over at once for edges.
const STRIDE: usize = 8;

/// Whether the next [`STRIDE`] pixels and the one after them have one colour: most of a screen does.
#[inline]
fn flat_ahead(row: &[u32]) -> bool {
    let (Some(here), Some(next)) = (row.first_chunk::<STRIDE>(), row[1..].first_chunk::<STRIDE>()) else {
        return false;
    };
    here.iter().zip(next).fold(0, |seen, (here, next)| seen | (here ^ next)) & COLOUR == 0
}

/// Whether a spot begins at an edge, and is one of the few that are taken: most are passed over for what stands right at
/// their edge, before the whole of them is looked at.
#[inline]
fn is_chosen(spot: &[u32]) -> bool {
    if (spot[0] ^ spot[1]) & COLOUR == 0 {
        return false;
    }
    let edge = (spot[0] & COLOUR).wrapping_mul(0x9E37_79B1) ^ (spot[1] & COLOUR).wrapping_mul(0x85EB_CA77);
    let chosen = (edge ^ (spot[3] & COLOUR).wrapping_mul(0xC2B2_AE3D)).wrapping_mul(0x2C1B_3C6D);
    chosen >> 24 & (ONE_OF - 1) == 0
}

/// Sums of products, so that the multiplications do not wait for one another.
#[inline]
fn hash(spot: &[u32]) -> u32 {
    let factors = (1u32..).map(|place| (place.wrapping_mul(0x9E37_79B1)) | 1);
    let sum = spot
        .iter()
        .zip(factors)
        .fold(0u32, |sum, (pixel, factor)| sum.wrapping_add((pixel & COLOUR).wrapping_mul(factor)));
    (sum ^ sum >> 15).wrapping_mul(0x2C1B_3C6D)
}
