//! Runs: stretches of a row that repeat the row above, or stay as they were before the change.

use super::{Around, Rows};
use crate::bits::{Bit, Coder};
use crate::numbers::Number;

/// Fewest pixels of one colour above that make a run.
const MIN_FLAT_RUN: usize = 4;

/// Fewest pixels of the row above, themselves equal to those above them, that make a run: fewer are cheaper remembered.
const MIN_UPRIGHT_RUN: usize = 24;

/// Fewest pixels below a row of one colour that make a run of another.
const MIN_LEVEL_RUN: usize = 24;

/// Fewest pixels that stayed above that make a run.
const MIN_STILL_RUN: usize = 8;

/// What the pixels of a run are equal to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// The row above, which is of the one colour all around.
    Flat,
    /// The row above, which repeats the row above it: upright lines, borders, columns.
    Upright,
    /// The pixel to the left, while both rows above are of one colour each: lines and edges across.
    Level,
    /// What stood there before the change.
    Still,
}

impl Run {
    /// The run that may begin at `at`, and how long it can be at most, `left` being the pixels to the row's end.
    #[inline]
    pub(super) fn at(rows: &Rows<'_>, around: &Around, altered: usize, at: usize, left: usize) -> Option<(Run, usize)> {
        let ahead = at + 1..=at + left;
        if around.flat() {
            let reach = length_of_run(&rows.above[ahead.clone()], around.w);
            if reach >= MIN_FLAT_RUN {
                return Some((Run::Flat, reach));
            }
        } else if altered != 0 && around.w == around.nw && around.n == around.nn {
            let reach = repeated(&rows.above[ahead.clone()], &rows.top[ahead.clone()]);
            if reach >= MIN_UPRIGHT_RUN {
                return Some((Run::Upright, reach));
            }
        }
        if altered != 0 {
            if around.w != around.ww || around.n != around.ne {
                return None;
            }
            let reach = length_of_run(&rows.above[ahead.clone()], around.n);
            if reach < MIN_LEVEL_RUN {
                return None;
            }
            let reach = length_of_run(&rows.top[ahead][..reach], around.nn);
            return (reach >= MIN_LEVEL_RUN).then_some((Run::Level, reach));
        }
        let reach = length_of_run(&rows.altered_above[ahead], false);
        (reach >= MIN_STILL_RUN).then_some((Run::Still, reach))
    }

    /// How many pixels of `ahead` continue the run.
    pub(super) fn length(self, rows: &Rows<'_>, at: usize, ahead: &[u32]) -> usize {
        let expected = match self {
            Run::Level => return ahead.iter().take_while(|&&pixel| pixel == rows.here[at - 1]).count(),
            Run::Flat | Run::Upright => &rows.above[at..],
            Run::Still => &rows.here[at..],
        };
        ahead.iter().zip(expected).take_while(|(pixel, expected)| pixel == expected).count()
    }

    /// Puts `length` pixels into the row.
    pub(super) fn put(self, rows: &mut Rows<'_>, at: usize, length: usize) {
        match self {
            Run::Still => return,
            Run::Level => {
                let colour = rows.here[at - 1];
                let pixels = &mut rows.here[at..at + length];
                for (altered, pixel) in rows.altered[at..at + length].iter_mut().zip(pixels.iter()) {
                    *altered = *pixel != colour;
                }
                return pixels.fill(colour);
            }
            Run::Flat | Run::Upright => {}
        }
        let (pixels, above) = (&mut rows.here[at..at + length], &rows.above[at..at + length]);
        // In one pass: short as most runs are, calling for a copy of memory would take longer than copying.
        for ((altered, pixel), above) in rows.altered[at..at + length].iter_mut().zip(pixels).zip(above) {
            *altered = *pixel != *above;
            *pixel = *above;
        }
    }

    /// The colour that the pixel at `at` would have if the run went on.
    pub(super) fn next(self, rows: &Rows<'_>, at: usize) -> u32 {
        match self {
            Run::Flat | Run::Upright => rows.above[at],
            Run::Level => rows.here[at - 1],
            Run::Still => rows.here[at],
        }
    }
}

/// What is learnt about the lengths of each kind of run.
#[derive(Debug, Clone)]
pub(super) struct RunModels {
    flat: RunModel,
    upright: RunModel,
    level: RunModel,
    still: RunModel,
}

impl RunModels {
    pub(super) fn new() -> RunModels {
        RunModels { flat: RunModel::new(), upright: RunModel::new(), level: RunModel::new(), still: RunModel::new() }
    }

    /// Codes a length of at most `reach`.
    pub(super) fn code<C: Coder>(&mut self, coder: &mut C, run: Run, reach: usize, length: usize) -> usize {
        let model = match run {
            Run::Flat => &mut self.flat,
            Run::Upright => &mut self.upright,
            Run::Level => &mut self.level,
            Run::Still => &mut self.still,
        };
        model.code(coder, reach, length)
    }
}

/// The lengths of runs: often all that is possible.
#[derive(Debug, Clone)]
struct RunModel {
    whole: [Bit; 16],
    length: Number,
}

impl RunModel {
    fn new() -> RunModel {
        RunModel { whole: [Bit::NEW; 16], length: Number::NEW }
    }

    fn code<C: Coder>(&mut self, coder: &mut C, reach: usize, length: usize) -> usize {
        let class = (reach.ilog2() as usize).min(15);
        if coder.bit(&mut self.whole[class], length >= reach) {
            return reach;
        }
        (self.length.code(coder, length as u32) as usize).min(reach - 1)
    }
}

/// How many values at the start are equal to this one. Sixteen are compared side by side.
#[inline]
fn length_of_run<T: Copy + PartialEq>(values: &[T], value: T) -> usize {
    let mut length = 0;
    for values in values.chunks_exact(16) {
        if values.iter().fold(false, |differs, one| differs | (*one != value)) {
            break;
        }
        length += 16;
    }
    length + values[length..].iter().take_while(|&&one| one == value).count()
}

/// How many pixels at the start are the same in both rows. Sixteen are compared side by side.
#[inline]
fn repeated(above: &[u32], top: &[u32]) -> usize {
    let mut length = 0;
    for (above, top) in above.chunks_exact(16).zip(top.chunks_exact(16)) {
        if above.iter().zip(top).fold(0, |differs, (above, top)| differs | (above ^ top)) != 0 {
            break;
        }
        length += 16;
    }
    length + above[length..].iter().zip(&top[length..]).take_while(|(above, top)| above == top).count()
}
