//! Whole tiles that are not coded pixel by pixel: content seen before, and photographic content.
//!
//! Both sides keep a ring of tiles that left the screen. Which tiles enter it is said in the payload, so a decoder needs
//! no hash, and what an encoder makes of hashes cannot make it show anything wrong.

use std::ops::Range;

use crate::bits::{Bit, Coder};
use crate::cells::{CELL, CellMap};
use crate::decoder::DecodeError;
use crate::frame::{Frame, Rect};
use crate::numbers::Number;

/// Side of a tile, in pixels: a whole number of cells.
pub(crate) const TILE: u32 = 32;

/// Cells along a tile's side.
const CELLS: usize = (TILE / CELL) as usize;

/// Pixels of a tile.
pub(crate) const TILE_PIXELS: usize = (TILE * TILE) as usize;

/// Tiles that the ring remembers (16 MiB); the oldest makes room for a new one.
pub(crate) const RING: usize = 4096;

/// Tiles that left the screen, in the order in which they were kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct TileRing {
    pixels: Vec<u32>,
    next: usize,
}

impl TileRing {
    /// Remembers a tile of the picture; gives the place it is kept at.
    fn keep(&mut self, frame: &Frame, tile: Rect) -> usize {
        let place = self.next;
        self.next = (place + 1) % RING;
        if self.pixels.len() == place * TILE_PIXELS {
            self.pixels.resize((place + 1) * TILE_PIXELS, 0);
        }
        let kept = self.pixels[place * TILE_PIXELS..][..TILE_PIXELS].chunks_exact_mut(TILE as usize);
        for (row, y) in kept.zip(tile.y..) {
            row.copy_from_slice(&frame.row(y)[tile.x as usize..][..TILE as usize]);
        }
        place
    }

    /// The pixels kept at `place`.
    pub(crate) fn get(&self, place: usize) -> Option<&[u32]> {
        self.pixels.get(place.checked_mul(TILE_PIXELS)?..)?.get(..TILE_PIXELS)
    }
}

/// The tiles of which all cells are marked, row by row; those that reach over the picture's edge never count.
pub(crate) fn whole_tiles(map: &CellMap) -> Vec<Rect> {
    let Some(bounds) = map.bounds() else { return Vec::new() };
    let (width, height) = map.size();
    let rows = bounds.top / CELLS..bounds.bottom.div_ceil(CELLS).min((height / TILE) as usize);
    let columns = bounds.left / CELLS..bounds.right.div_ceil(CELLS).min((width / TILE) as usize);
    rows.flat_map(|row| columns.clone().map(move |column| (column as u32, row as u32)))
        .map(|(column, row)| Rect { x: column * TILE, y: row * TILE, width: TILE, height: TILE })
        .filter(|&tile| {
            let (columns, rows) = cells(tile);
            map.all(columns, rows)
        })
        .collect()
}

/// The columns and rows of a tile's cells.
fn cells(tile: Rect) -> (Range<usize>, Range<usize>) {
    let (left, top) = ((tile.x / CELL) as usize, (tile.y / CELL) as usize);
    (left..left + CELLS, top..top + CELLS)
}

/// Where the pixels of a tile come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// They are coded with the fresh cells.
    Cells,
    /// They are kept at this place of the ring.
    Seen(usize),
    /// They are coded as photographic pixels.
    Photo,
}

/// What an encoder decides about tiles; a decoder's answers are not used.
pub(crate) trait Choose {
    /// Whether what `tile` showed before shall be remembered.
    fn keep(&mut self, before: &Frame, tile: Rect) -> bool;
    /// What `tile` showed before is now at `place` of the ring.
    fn kept(&mut self, place: usize);
    /// Where the tile's pixels shall come from.
    fn source(&mut self, ring: &TileRing, tile: Rect) -> Source;
}

/// The answers of a decoder.
pub(crate) struct NoChoice;

impl Choose for NoChoice {
    fn keep(&mut self, _: &Frame, _: Rect) -> bool {
        false
    }

    fn kept(&mut self, _: usize) {}

    fn source(&mut self, _: &TileRing, _: Rect) -> Source {
        Source::Cells
    }
}

/// The ring, and what is learnt about tiles within a group.
#[derive(Debug, Clone)]
pub(crate) struct TileModel {
    ring: TileRing,
    keep: [Bit; 2],
    seen: [Bit; 2],
    photo: [Bit; 2],
    successor: [Bit; 2],
    place: Number,
    expected: usize,
}

impl TileModel {
    /// A model that has seen nothing.
    pub(crate) fn new() -> TileModel {
        TileModel {
            ring: TileRing::default(),
            keep: [Bit::NEW; 2],
            seen: [Bit::NEW; 2],
            photo: [Bit::NEW; 2],
            successor: [Bit::NEW; 2],
            place: Number::NEW,
            expected: 0,
        }
    }

    /// Codes where the wholly marked tiles come from. Tiles seen before are put into the picture; their marks and those
    /// of photographic tiles are cleared, and the latter listed.
    pub(crate) fn code<C: Coder>(
        &mut self,
        coder: &mut C,
        map: &mut CellMap,
        frame: &mut Frame,
        choose: &mut impl Choose,
    ) -> Result<Vec<Rect>, DecodeError> {
        let mut photos = Vec::new();
        let (mut kept, mut source) = (false, Source::Cells);
        for tile in whole_tiles(map) {
            kept = coder.bit(&mut self.keep[usize::from(kept)], C::ENCODES && choose.keep(frame, tile));
            if kept {
                choose.kept(self.ring.keep(frame, tile));
            }
            let chosen = choose.source(&self.ring, tile);
            source = self.code_source(coder, source, chosen);
            match source {
                Source::Cells => continue,
                Source::Seen(place) => self.put(place, frame, tile)?,
                Source::Photo => photos.push(tile),
            }
            let (columns, rows) = cells(tile);
            map.clear(columns, rows);
        }
        Ok(photos)
    }

    fn code_source<C: Coder>(&mut self, coder: &mut C, before: Source, chosen: Source) -> Source {
        let after_seen = usize::from(matches!(before, Source::Seen(_)));
        if coder.bit(&mut self.seen[after_seen], matches!(chosen, Source::Seen(_))) {
            let place = if let Source::Seen(place) = chosen { place } else { 0 };
            let place = if coder.bit(&mut self.successor[after_seen], place == self.expected) {
                self.expected
            } else {
                self.place.code(coder, place as u32) as usize
            };
            self.expected = (place + 1) % RING;
            return Source::Seen(place);
        }
        let after_photo = usize::from(before == Source::Photo);
        if coder.bit(&mut self.photo[after_photo], chosen == Source::Photo) { Source::Photo } else { Source::Cells }
    }

    fn put(&self, place: usize, frame: &mut Frame, tile: Rect) -> Result<(), DecodeError> {
        let pixels = self.ring.get(place).ok_or(DecodeError::Damaged("it asks for a tile that was never kept"))?;
        for (row, y) in pixels.chunks_exact(TILE as usize).zip(tile.y..) {
            frame.row_mut(y)[tile.x as usize..][..TILE as usize].copy_from_slice(row);
        }
        Ok(())
    }
}
