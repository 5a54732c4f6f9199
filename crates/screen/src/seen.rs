//! Which tiles to keep, and which were seen before (the encoder's side of [`crate::tiles`]).
//!
//! Kept tiles are found by hash and confirmed by comparing pixels: the recorded program chooses what is on the screen
//! and could forge any hash.

use std::collections::HashMap;

use crate::cells::{CellMap, differ};
use crate::frame::{COLOUR, Frame, Rect};
use crate::tiles::{Choose, RING, Source, TILE, TileRing, whole_tiles};

/// A tile is worth keeping when it stood unchanged for this many payloads: what scrolls or plays by is not.
const STEADY: u32 = 4;

/// When tiles are coded as photographic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PhotoRule {
    /// A tile with more colours than this may be.
    pub(crate) colours: u32,
    /// More than so many of them in one payload are.
    pub(crate) tiles: usize,
}

/// Remembers what the ring holds and how long each tile of the screen has stood.
#[derive(Debug)]
pub(crate) struct SeenIndex {
    places: HashMap<u64, usize>,
    hashes: Vec<u64>,
    changed_at: Vec<u32>,
    columns: usize,
    payload: u32,
}

impl SeenIndex {
    /// An index for a new group with pictures of this size.
    pub(crate) fn new(width: u32, height: u32) -> SeenIndex {
        let columns = (width / TILE) as usize;
        SeenIndex {
            places: HashMap::new(),
            hashes: Vec::new(),
            changed_at: vec![0; columns * (height / TILE) as usize],
            columns,
            payload: 0,
        }
    }

    /// Makes the decisions for one payload whose fresh cells are `map`.
    pub(crate) fn choices<'a>(&'a mut self, new: &'a Frame, map: &CellMap, photos: PhotoRule) -> Choices<'a> {
        self.payload += 1;
        let mut colours = ColourSet::new();
        let tiles = whole_tiles(map);
        let photographic = tiles.into_iter().filter(|&tile| colours.count(new, tile) > photos.colours);
        let enough = photographic.take(photos.tiles + 1).count() > photos.tiles;
        Choices { index: self, new, photo_colours: enough.then_some(photos.colours), colours, kept_hash: 0 }
    }

    /// Notes that a rectangle got other pixels by a move.
    pub(crate) fn moved(&mut self, area: Rect) {
        let columns = area.x / TILE..(area.x + area.width).div_ceil(TILE).min(self.columns as u32);
        for row in area.y / TILE..(area.y + area.height).div_ceil(TILE) {
            for column in columns.clone() {
                if let Some(at) = self.changed_at.get_mut(row as usize * self.columns + column as usize) {
                    *at = self.payload;
                }
            }
        }
    }

    /// Notes that the marked cells changed.
    pub(crate) fn changed(&mut self, map: &CellMap) {
        if let Some(bounds) = map.bounds() {
            for row in bounds.top..bounds.bottom {
                for run in map.runs(row) {
                    self.moved(map.area(run, row));
                }
            }
        }
    }
}

/// The decisions for one payload.
pub(crate) struct Choices<'a> {
    index: &'a mut SeenIndex,
    new: &'a Frame,
    photo_colours: Option<u32>,
    colours: ColourSet,
    kept_hash: u64,
}

impl Choose for Choices<'_> {
    fn keep(&mut self, before: &Frame, tile: Rect) -> bool {
        let at = (tile.y / TILE) as usize * self.index.columns + (tile.x / TILE) as usize;
        if self.index.payload - self.index.changed_at[at] < STEADY {
            return false;
        }
        let Some(hash) = hash_unless_flat(before, tile) else { return false };
        self.kept_hash = hash;
        !self.index.places.contains_key(&hash)
    }

    fn kept(&mut self, place: usize) {
        let index = &mut *self.index;
        if place == index.hashes.len() && place < RING {
            index.hashes.push(self.kept_hash);
        } else {
            let gone = std::mem::replace(&mut index.hashes[place], self.kept_hash);
            if index.places.get(&gone) == Some(&place) {
                index.places.remove(&gone);
            }
        }
        index.places.insert(self.kept_hash, place);
    }

    fn source(&mut self, ring: &TileRing, tile: Rect) -> Source {
        if !self.index.places.is_empty()
            && let Some(hash) = hash_unless_flat(self.new, tile)
            && let Some(&place) = self.index.places.get(&hash)
            && ring.get(place).is_some_and(|kept| equal(self.new, tile, kept))
        {
            return Source::Seen(place);
        }
        let colourful = self.photo_colours.is_some_and(|most| self.colours.count(self.new, tile) > most);
        if colourful { Source::Photo } else { Source::Cells }
    }
}

fn rows(frame: &Frame, tile: Rect) -> impl Iterator<Item = &[u32]> {
    (tile.y..tile.y + TILE).map(move |y| &frame.row(y)[tile.x as usize..][..TILE as usize])
}

fn equal(frame: &Frame, tile: Rect, kept: &[u32]) -> bool {
    rows(frame, tile).zip(kept.chunks_exact(TILE as usize)).all(|(row, kept)| !differ(row, kept))
}

/// A hash of a tile's colours; `None` for a tile of one colour, which costs next to nothing anyway.
fn hash_unless_flat(frame: &Frame, tile: Rect) -> Option<u64> {
    let first = frame.row(tile.y)[tile.x as usize];
    let flat = rows(frame, tile).all(|row| row.iter().fold(0, |seen, pixel| seen | (pixel ^ first)) & COLOUR == 0);
    if flat {
        return None;
    }
    // Four sums side by side, so that the multiplications do not wait for one another.
    let mut sums = [0x9E37_79B9_7F4A_7C15u64; 4];
    for four in rows(frame, tile).flat_map(|row| row.chunks_exact(4)) {
        for (sum, pixel) in sums.iter_mut().zip(four) {
            *sum = (sum.rotate_left(23) ^ u64::from(pixel & COLOUR)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        }
    }
    Some(sums.iter().fold(0, |hash, sum| (hash ^ sum ^ sum >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93)))
}

/// Counts different colours, roughly: colours that share a place count once.
struct ColourSet {
    places: [u64; 32],
}

impl ColourSet {
    fn new() -> ColourSet {
        ColourSet { places: [0; 32] }
    }

    fn count(&mut self, frame: &Frame, tile: Rect) -> u32 {
        self.places = [0; 32];
        for pixel in rows(frame, tile).flatten() {
            let place = (pixel & COLOUR).wrapping_mul(0x9E37_79B1) >> 21;
            self.places[place as usize / 64] |= 1 << (place % 64);
        }
        self.places.iter().map(|places| places.count_ones()).sum()
    }
}
