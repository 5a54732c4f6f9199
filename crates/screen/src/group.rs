//! The state of a group that encoder and decoder keep alike, and the order of a payload's parts.

use crate::bits::Coder;
use crate::cells::{CELL, CellMap, CellModel};
use crate::decoder::DecodeError;
use crate::encoder::Level;
use crate::frame::{COLOUR, Frame, Rect};
use crate::moves::{Move, MoveModel};
use crate::pixels::{MARGIN, PixelModel, Rows};
use crate::tiles::{Choose, TileModel};

/// Pixels moved in a nanosecond, roughly.
const PIXELS_MOVED: u64 = 2;

/// Nanoseconds to decode a photographic tile, roughly.
const PHOTO_WORK: u64 = 20_000;

/// Picture and models of a group, as they are after the payloads so far.
#[derive(Debug)]
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
        let coded = self.moves.code(coder, moves);
        let moved = coded.iter().map(|step| u64::from(step.to.width) * u64::from(step.to.height));
        self.copy_work = self.copy_work.saturating_add(moved.fold(0, u64::saturating_add) / PIXELS_MOVED);
        coded
    }

    /// Codes which cells changed. When decoding, `map` comes without marks.
    pub(crate) fn code_cells<C: Coder>(&mut self, coder: &mut C, map: &mut CellMap) {
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
        let photos = self.tiles.code(coder, map, &mut self.frame, choose)?;
        self.copy_work += photos.len() as u64 * PHOTO_WORK;
        Ok(photos)
    }

    /// Codes the pixels of the marked cells into the picture. When decoding, `source` is `None`.
    pub(crate) fn code_pixels<C: Coder>(&mut self, coder: &mut C, map: &CellMap, source: Option<&Frame>) {
        self.painter.begin();
        let Some(bounds) = map.bounds() else { return };
        for row in bounds.top..bounds.bottom {
            let areas: Vec<Rect> = map.runs(row).map(|run| map.area(run, row)).collect();
            let height = map.area(0..1, row).height;
            for y in (row as u32 * CELL..).take(height as usize) {
                for area in &areas {
                    self.painter.paint(
                        coder,
                        &mut self.pixels,
                        &mut self.frame,
                        source,
                        area.x as usize,
                        y,
                        area.width as usize,
                    );
                }
                self.painter.next_row();
            }
        }
    }
}

/// Walks over the rows of fresh areas and hands each with its surroundings to the pixel model.
#[derive(Debug)]
struct Painter {
    rows: Rows,
    source: Vec<u32>,
    altered: Vec<bool>,
    altered_above: Vec<bool>,
}

impl Painter {
    fn new(width: u32) -> Painter {
        let padded = width as usize + 2 * MARGIN;
        Painter {
            rows: Rows::default(),
            source: Vec::new(),
            altered: vec![false; padded],
            altered_above: vec![false; padded],
        }
    }

    fn begin(&mut self) {
        self.altered.fill(false);
        self.altered_above.fill(false);
    }

    fn next_row(&mut self) {
        std::mem::swap(&mut self.altered, &mut self.altered_above);
        self.altered.fill(false);
    }

    #[expect(clippy::too_many_arguments)]
    fn paint<C: Coder>(
        &mut self,
        coder: &mut C,
        model: &mut PixelModel,
        frame: &mut Frame,
        source: Option<&Frame>,
        x: usize,
        y: u32,
        count: usize,
    ) {
        let rows = &mut self.rows;
        gather(&mut rows.here, Some(frame.row(y)), x, count);
        gather(&mut rows.above, y.checked_sub(1).map(|y| frame.row(y)), x, count);
        gather(&mut rows.top, y.checked_sub(2).map(|y| frame.row(y)), x, count);
        let padded = x..x + count + 2 * MARGIN;
        rows.altered.clear();
        rows.altered.extend_from_slice(&self.altered[padded.clone()]);
        rows.altered_above.clear();
        rows.altered_above.extend_from_slice(&self.altered_above[padded]);
        self.source.clear();
        if let Some(source) = source {
            self.source.extend(source.row(y)[x..x + count].iter().map(|pixel| pixel & COLOUR));
        }
        model.code_row(coder, rows, &self.source, count);
        let coded = MARGIN..MARGIN + count;
        frame.row_mut(y)[x..x + count].copy_from_slice(&rows.here[coded.clone()]);
        self.altered[x + MARGIN..][..count].copy_from_slice(&rows.altered[coded]);
    }
}

/// Fills `into` with `count` pixels from `x` on and [`MARGIN`] more on both sides; black where there is no picture.
fn gather(into: &mut Vec<u32>, row: Option<&[u32]>, x: usize, count: usize) {
    into.clear();
    let Some(row) = row else {
        into.resize(count + 2 * MARGIN, 0);
        return;
    };
    let (left, right) = (x.saturating_sub(MARGIN), (x + count + MARGIN).min(row.len()));
    into.resize(left + MARGIN - x, 0);
    into.extend_from_slice(&row[left..right]);
    into.resize(count + 2 * MARGIN, 0);
}
