//! Distinctive spots of two pictures, and the vectors between equal ones.

use crate::cells::{CELL, CellBox, CellMap};
use crate::frame::{COLOUR, Frame};

/// Pixels from a spot's edge to its end.
const SPOT: usize = 12;

/// Places in the table of spots (a power of two).
const PLACES: usize = 1 << 15;

/// One of so many candidates becomes a spot.
const ONE_OF: u32 = 4;

/// Most vectors that are counted apart.
const COUNTED: usize = 512;

/// A spot: its hash (0 for an empty place) and where it stood; a spot met twice counts as nowhere.
#[derive(Debug, Clone, Copy)]
struct Spot {
    hash: u32,
    x: u16,
    y: u16,
    repeated: bool,
}

const EMPTY: Spot = Spot { hash: 0, x: 0, y: 0, repeated: false };

/// The spots of the picture before.
#[derive(Debug)]
pub(super) struct SpotTable {
    places: Vec<Spot>,
    votes: Vec<(i32, i32, u32)>,
}

impl SpotTable {
    pub(super) fn new() -> SpotTable {
        SpotTable { places: vec![EMPTY; PLACES], votes: Vec::new() }
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
        self.places.fill(EMPTY);
        let (top, bottom) = (bounds.top as u32 * CELL, (bounds.bottom as u32 * CELL).min(old.height()));
        let (left, right) = (bounds.left * CELL as usize, (bounds.right * CELL as usize).min(old.width() as usize));
        for y in top..bottom {
            each_spot(&old.row(y)[left..right], |x, hash| self.insert(hash, left + x, y));
        }
        self.votes.clear();
        for row in bounds.top..bounds.bottom {
            for run in changed.runs(row) {
                let area = changed.area(run, row);
                for y in area.y..area.y + area.height {
                    let pixels = &new.row(y)[area.x as usize..(area.x + area.width) as usize];
                    each_spot(pixels, |x, hash| self.vote(hash, area.x as usize + x, y));
                }
            }
        }
        self.votes.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
        let enough = self.votes.iter().take_while(|&&(_, _, count)| count >= min_votes);
        enough.take(most).map(|&(dx, dy, _)| (dx, dy)).collect()
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
        if let Some(known) = self.votes.iter().position(|vote| (vote.0, vote.1) == (dx, dy)) {
            self.votes[known].2 += 1;
            // Frequent vectors move to the front, where the next vote finds them at once.
            if known > 0 {
                self.votes.swap(known, known / 2);
            }
        } else if self.votes.len() < COUNTED {
            self.votes.push((dx, dy, 1));
        }
    }
}

/// Calls `found` with place and hash of every spot of a row.
fn each_spot(row: &[u32], mut found: impl FnMut(usize, u32)) {
    for (x, spot) in row.windows(SPOT).enumerate() {
        if (spot[0] ^ spot[1]) & COLOUR == 0 {
            continue;
        }
        let hash =
            spot.iter().fold(0u32, |hash, pixel| (hash.rotate_left(5) ^ (pixel & COLOUR)).wrapping_mul(0x9E37_79B1));
        if hash >> 16 & (ONE_OF - 1) == 0 && hash != 0 {
            found(x, hash);
        }
    }
}
