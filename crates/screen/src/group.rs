//! The state of a group that encoder and decoder keep alike, and the order of a payload's parts.

use std::ops::Range;

use crate::bits::Coder;
use crate::cells::{CellMap, CellModel};
use crate::decoder::DecodeError;
use crate::encoder::Level;
use crate::frame::{COLOUR, Frame, Rect};
use crate::ledger::Part;
use crate::moves::{Move, MoveModel};
use crate::pixels::{BLOCK, MARGIN, PixelModel, Rows};
use crate::tiles::{Choose, TileModel};

/// Pixels moved in a nanosecond, roughly.
const PIXELS_MOVED: u64 = 2;

/// Nanoseconds to decode a photographic tile, roughly.
const PHOTO_WORK: u64 = 20_000;

/// Picture and models of a group, as they are after the payloads so far.
#[derive(Debug, Clone)]
pub(crate) struct GroupState {
    /// The picture.
    pub(crate) frame: Frame,
    moves: MoveModel,
    cells: CellModel,
    pixels: PixelModel,
    painter: Painter,
    tiles: TileModel,
    /// Work of photographic tiles and moves.
    copy_work: u64,
}

impl GroupState {
    /// The state before a key frame: a black picture and models that know nothing.
    pub(crate) fn new(frame: Frame, level: Level) -> GroupState {
        let painter = Painter::new(frame.width());
        GroupState {
            frame,
            moves: MoveModel::new(),
            cells: CellModel::new(),
            pixels: PixelModel::new(level),
            painter,
            tiles: TileModel::new(),
            copy_work: 0,
        }
    }

    /// What decoding the fresh pixels of the group costs, roughly in nanoseconds.
    pub(crate) fn work(&self) -> u64 {
        self.pixels.work() + self.copy_work
    }

    /// Codes which areas move. The caller applies the moves.
    pub(crate) fn code_moves<C: Coder>(&mut self, coder: &mut C, moves: &[Move]) -> Vec<Move> {
        coder.part(Part::Moves);
        let coded = self.moves.code(coder, moves);
        let moved = coded.iter().map(|step| u64::from(step.to.width) * u64::from(step.to.height));
        self.copy_work = self.copy_work.saturating_add(moved.fold(0, u64::saturating_add) / PIXELS_MOVED);
        coded
    }

    /// Codes which cells changed. When decoding, `map` comes without marks.
    pub(crate) fn code_cells<C: Coder>(&mut self, coder: &mut C, map: &mut CellMap) {
        coder.part(Part::Cells);
        self.cells.code(coder, map);
    }

    /// Codes which whole tiles were seen before (puts them into the picture) or are photographic (lists them); their
    /// cells are fresh no more.
    pub(crate) fn code_tiles<C: Coder>(
        &mut self,
        coder: &mut C,
        map: &mut CellMap,
        choose: &mut impl Choose,
    ) -> Result<Vec<Rect>, DecodeError> {
        coder.part(Part::Reuse);
        let photos = self.tiles.code(coder, map, &mut self.frame, choose)?;
        self.copy_work += photos.len() as u64 * PHOTO_WORK;
        Ok(photos)
    }

    /// Codes the pixels of the marked cells into the picture. When decoding, `source` is `None`.
    pub(crate) fn code_pixels<C: Coder>(&mut self, coder: &mut C, map: &CellMap, source: Option<&Frame>) {
        let GroupState { frame, pixels, painter, .. } = self;
        painter.begin();
        let Some(bounds) = map.bounds() else { return };
        for row in bounds.top..bounds.bottom {
            let areas: Vec<Rect> = map.runs(row).map(|run| map.area(run, row)).collect();
            painter.paint(coder, pixels, frame, source, &areas);
        }
    }
}

/// Walks over the rows of fresh areas and hands each with its surroundings to the pixel model.
///
/// The rows in work are copied once for all areas side by side: pixel `x` stands at `x` + [`MARGIN`], and beyond the
/// picture's edges all is black.
#[derive(Debug, Clone)]
struct Painter {
    here: Vec<u32>,
    above: Vec<u32>,
    top: Vec<u32>,
    source: Vec<u32>,
    altered: Vec<bool>,
    altered_above: Vec<bool>,
}

impl Painter {
    fn new(width: u32) -> Painter {
        let padded = width as usize + 2 * MARGIN;
        let row = || vec![0; padded + BLOCK];
        Painter {
            here: row(),
            above: row(),
            top: row(),
            source: Vec::new(),
            altered: vec![false; padded],
            altered_above: vec![false; padded],
        }
    }

    fn begin(&mut self) {
        self.altered.fill(false);
        self.altered_above.fill(false);
    }

    /// Codes areas that stand side by side, from left to right.
    fn paint<C: Coder>(
        &mut self,
        coder: &mut C,
        model: &mut PixelModel,
        frame: &mut Frame,
        source: Option<&Frame>,
        areas: &[Rect],
    ) {
        let (Some(first), Some(last)) = (areas.first(), areas.last()) else { return self.begin() };
        let span = first.x as usize..(last.x + last.width) as usize;
        load(&mut self.top, first.y.checked_sub(2).map(|y| frame.row(y)), &span);
        load(&mut self.above, first.y.checked_sub(1).map(|y| frame.row(y)), &span);
        for y in first.y..first.y + first.height {
            load(&mut self.here, Some(frame.row(y)), &span);
            for area in areas {
                self.paint_row(coder, model, source.map(|source| source.row(y)), area);
                let (x, count) = (area.x as usize, area.width as usize);
                frame.row_mut(y)[x..x + count].copy_from_slice(&self.here[x + MARGIN..][..count]);
            }
            std::mem::swap(&mut self.top, &mut self.above);
            std::mem::swap(&mut self.above, &mut self.here);
            std::mem::swap(&mut self.altered, &mut self.altered_above);
            self.altered.fill(false);
        }
    }

    fn paint_row<C: Coder>(&mut self, coder: &mut C, model: &mut PixelModel, source: Option<&[u32]>, area: &Rect) {
        let (x, count) = (area.x as usize, area.width as usize);
        self.source.clear();
        if let Some(source) = source {
            self.source.extend(source[x..x + count].iter().map(|pixel| pixel & COLOUR));
        }
        let (padded, longer) = (x..x + count + 2 * MARGIN, x..x + count + 2 * MARGIN + BLOCK);
        let mut rows = Rows {
            here: &mut self.here[padded.clone()],
            above: &self.above[longer.clone()],
            top: &self.top[longer],
            altered: &mut self.altered[padded.clone()],
            altered_above: &self.altered_above[padded],
        };
        model.code_row(coder, &mut rows, &self.source, count);
    }
}

/// Fills a row in work with the pixels of `span` and [`MARGIN`] more on both sides; black where there is no picture.
fn load(into: &mut [u32], row: Option<&[u32]>, span: &Range<usize>) {
    let into = &mut into[span.start..span.end + 2 * MARGIN];
    let Some(row) = row else { return into.fill(0) };
    let (left, right) = (span.start.saturating_sub(MARGIN), (span.end + MARGIN).min(row.len()));
    let (before, after) = (left + MARGIN - span.start, right + MARGIN - span.start);
    into[..before].fill(0);
    into[before..after].copy_from_slice(&row[left..right]);
    into[after..].fill(0);
}
