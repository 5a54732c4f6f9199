//! Fresh pixels: each is predicted from what stood in the same surroundings before.
//!
//! Text on a screen is the same few glyphs over and over, at any place. Three tables remember, for surroundings of three
//! sizes (hashed), which colours followed; a glyph seen once in the group is predicted pixel for pixel from then on,
//! wherever it stands and however it is cut by the edge of a change. Areas of one colour are coded as runs. What no
//! table knows is coded as a difference from its neighbours.

use crate::bits::{Bit, Coder};
use crate::encoder::Level;
use crate::ledger::Part;
use crate::numbers::Number;

mod literal;
mod memory;
mod surroundings;

pub(crate) use surroundings::BLOCK;

use literal::Literal;
use memory::{Memory, Recall};
use surroundings::{Hashes, Surroundings};

/// Pixels beside a row that its surroundings reach to, on either side.
pub(crate) const MARGIN: usize = 3;

/// Fewest pixels of one colour above that make a run.
const MIN_FLAT_RUN: usize = 4;

/// Fewest pixels that stayed above that make a run.
const MIN_STILL_RUN: usize = 8;

/// Trust from which the largest surroundings alone decide.
const SURE: usize = 2;

/// Nanoseconds to decode a pixel that is not part of a run.
const PIXEL_WORK: u64 = 50;

/// Nanoseconds more for one that nothing predicts.
const LITERAL_WORK: u64 = 600;

/// The rows that a run of pixels is coded from; each begins [`MARGIN`] pixels before the run and ends at least as many after it.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    /// The row itself: coded pixels before the run, then what stood there before this change.
    pub(crate) here: &'a mut [u32],
    /// The row above, and [`BLOCK`] more pixels that may be anything.
    pub(crate) above: &'a [u32],
    /// The row above that, likewise.
    pub(crate) top: &'a [u32],
    /// Which pixels of the row itself this change altered so far.
    pub(crate) altered: &'a mut [bool],
    /// Which pixels of the row above this change altered.
    pub(crate) altered_above: &'a [bool],
}

/// The pixels around the one being coded, as far as they are looked at by themselves.
struct Around {
    w: u32,
    ww: u32,
    nw: u32,
    n: u32,
    ne: u32,
    nn: u32,
}

impl Around {
    #[inline]
    fn at(rows: &Rows<'_>, x: usize) -> Around {
        let (here, above) = (&rows.here[x - 2..x], &rows.above[x - 1..x + 2]);
        Around { w: here[1], ww: here[0], nw: above[0], n: above[1], ne: above[2], nn: rows.top[x] }
    }

    #[inline]
    fn flat(&self) -> bool {
        let c = self.w;
        (self.ww ^ c) | (self.nw ^ c) | (self.n ^ c) | (self.ne ^ c) | (self.nn ^ c) == 0
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

    /// Codes a length of at most `reach`.
    fn code<C: Coder>(&mut self, coder: &mut C, reach: usize, length: usize) -> usize {
        let class = (reach.ilog2() as usize).min(15);
        if coder.bit(&mut self.whole[class], length >= reach) {
            return reach;
        }
        (self.length.code(coder, length as u32) as usize).min(reach - 1)
    }
}

/// Everything that is learnt about pixels within a group.
#[derive(Debug, Clone)]
pub(crate) struct PixelModel {
    large: Memory,
    middle: Memory,
    small: Memory,
    stays: [[Bit; 9]; 2],
    sure_stays: [Bit; 4],
    sure_first: [Bit; 64],
    large_first: Vec<Bit>,
    large_second: [[Bit; 16]; 2],
    middle_first: [[Bit; 16]; 4],
    middle_second: [Bit; 16],
    small_first: [[Bit; 16]; 2],
    small_second: [Bit; 16],
    neighbour: [[Bit; 8]; 5],
    flat_runs: RunModel,
    still_runs: RunModel,
    literal: Literal,
    work: u64,
}

impl PixelModel {
    /// A model that has seen nothing.
    pub(crate) fn new(level: Level) -> PixelModel {
        let larger = match level {
            Level::Default => 0,
            Level::Dense => 2,
        };
        PixelModel {
            large: Memory::new(17 + larger),
            middle: Memory::new(17 + larger),
            small: Memory::new(17 + larger),
            stays: [[Bit::NEW; 9]; 2],
            sure_stays: [Bit::NEW; 4],
            sure_first: [Bit::NEW; 64],
            large_first: vec![Bit::NEW; 16 * 3 * 3 * 4],
            large_second: [[Bit::NEW; 16]; 2],
            middle_first: [[Bit::NEW; 16]; 4],
            middle_second: [Bit::NEW; 16],
            small_first: [[Bit::NEW; 16]; 2],
            small_second: [Bit::NEW; 16],
            neighbour: [[Bit::NEW; 8]; 5],
            flat_runs: RunModel::new(),
            still_runs: RunModel::new(),
            literal: Literal::new(),
            work: 0,
        }
    }

    /// What decoding the pixels so far costs, roughly in nanoseconds on a common machine.
    pub(crate) fn work(&self) -> u64 {
        self.work
    }

    /// Codes `count` pixels from [`MARGIN`] on in `rows.here`, from `source` (empty when decoding).
    pub(crate) fn code_row<C: Coder>(&mut self, coder: &mut C, rows: &mut Rows<'_>, source: &[u32], count: usize) {
        let mut surroundings = Surroundings::new();
        let mut x = 0;
        while x < count {
            let at = x + MARGIN;
            let (around, altered) = (Around::at(rows, at), altered_around(rows, at));
            let ahead = source.get(x..).unwrap_or(&[]);
            let mut except = None;
            if let Some(reach) = flat_reach(rows, &around, at, count - x) {
                coder.part(Part::Runs);
                let run =
                    self.flat_runs.code(coder, reach, ahead.iter().take_while(|&&pixel| pixel == around.w).count());
                put_run(rows, at, around.w, run);
                self.work += run as u64;
                x += run;
                if run == reach {
                    continue;
                }
                except = Some(around.w);
            } else if let Some(reach) = still_reach(rows, altered, at, count - x) {
                let stays = ahead.iter().zip(&rows.here[at..]).take_while(|(pixel, old)| pixel == old).count();
                coder.part(Part::Runs);
                let run = self.still_runs.code(coder, reach, stays);
                self.work += run as u64;
                x += run;
                if run == reach {
                    continue;
                }
                except = Some(rows.here[x + MARGIN]);
            }
            let at = x + MARGIN;
            let (around, altered) = match except {
                Some(_) => (Around::at(rows, at), altered_around(rows, at)),
                None => (around, altered),
            };
            let actual = if C::ENCODES { source[x] } else { 0 };
            let old = rows.here[at];
            let hint = Hint { old, altered, except };
            let hashes = surroundings.at(rows, at).beside(around.w, around.ww);
            let pixel = self.code_pixel(coder, &around, &hashes, &hint, actual);
            rows.altered[at] = pixel != old;
            rows.here[at] = pixel;
            x += 1;
        }
    }

    fn code_pixel<C: Coder>(
        &mut self,
        coder: &mut C,
        around: &Around,
        hashes: &Hashes,
        hint: &Hint,
        actual: u32,
    ) -> u32 {
        self.work += PIXEL_WORK;
        coder.part(Part::Remembered);
        let large = self.large.recall(hashes.large());
        if large.trust >= SURE
            && let Some(guess) = large.first
        {
            if let Some(pixel) = self.code_sure(coder, &large, guess, hint, actual) {
                if pixel == guess {
                    self.large.confirm(large);
                } else {
                    self.large.learn(large, pixel);
                }
                return pixel;
            }
            let mut guesses = Guesses::new(hint.except);
            if hint.altered == 0 {
                guesses.fresh(hint.old);
            }
            guesses.fresh(guess);
            return self.code_unsure(coder, around, hashes, large, hint, guesses, actual);
        }
        self.code_unsure(coder, around, hashes, large, hint, Guesses::new(hint.except), actual)
    }

    #[expect(clippy::too_many_arguments)]
    fn code_unsure<C: Coder>(
        &mut self,
        coder: &mut C,
        around: &Around,
        hashes: &Hashes,
        large: Recall,
        hint: &Hint,
        mut guesses: Guesses,
        actual: u32,
    ) -> u32 {
        let middle = self.middle.recall(hashes.middle());
        let small = self.small.recall(hashes.small());
        let pixel = 'found: {
            if hint.altered == 0 && guesses.fresh(hint.old) {
                let model = &mut self.stays[usize::from(hint.except.is_some())]
                    [agreement(&large, hint.old) * 3 + agreement(&middle, hint.old)];
                if coder.bit(model, actual == hint.old) {
                    break 'found hint.old;
                }
            }
            if let Some(pixel) = self.code_recalled(coder, &large, &middle, &small, hint, &mut guesses, actual) {
                break 'found pixel;
            }
            coder.part(Part::Neighbours);
            let neighbours = [around.w, around.n, around.ne, around.nw, hint.old];
            let alike = usize::from(around.w == around.n)
                | usize::from(around.n == around.ne) << 1
                | usize::from(around.w == around.nw) << 2;
            for (place, guess) in neighbours.into_iter().enumerate() {
                if guesses.fresh(guess) && coder.bit(&mut self.neighbour[place][alike], actual == guess) {
                    break 'found guess;
                }
            }
            self.work += LITERAL_WORK;
            coder.part(Part::Colours);
            self.literal.code(coder, around, actual)
        };
        self.large.learn(large, pixel);
        self.middle.learn(middle, pixel);
        self.small.learn(small, pixel);
        pixel
    }

    /// Where the largest surroundings were right often, the others are not asked and do not learn.
    #[inline]
    fn code_sure<C: Coder>(
        &mut self,
        coder: &mut C,
        large: &Recall,
        guess: u32,
        hint: &Hint,
        actual: u32,
    ) -> Option<u32> {
        let may_stay = hint.altered == 0 && hint.except != Some(hint.old);
        if may_stay {
            let context = usize::from(hint.except.is_some()) * 2 + usize::from(guess == hint.old);
            if coder.bit(&mut self.sure_stays[context], actual == hint.old) {
                return Some(hint.old);
            }
        }
        if hint.except == Some(guess) || may_stay && guess == hint.old {
            return None;
        }
        let context = large.trust * 4 + usize::from(hint.old == guess) * 2 + usize::from(hint.altered != 0);
        coder.bit(&mut self.sure_first[context & 63], actual == guess).then_some(guess)
    }

    #[expect(clippy::too_many_arguments)]
    fn code_recalled<C: Coder>(
        &mut self,
        coder: &mut C,
        large: &Recall,
        middle: &Recall,
        small: &Recall,
        hint: &Hint,
        guesses: &mut Guesses,
        actual: u32,
    ) -> Option<u32> {
        let known = usize::from(large.known());
        if let Some(guess) = large.first.filter(|&guess| guesses.fresh(guess)) {
            let context = ((large.trust * 3 + agreement(middle, guess)) * 3 + agreement(small, guess)) * 4
                + usize::from(hint.old == guess) * 2
                + usize::from(hint.altered != 0);
            if coder.bit(&mut self.large_first[context], actual == guess) {
                return Some(guess);
            }
        }
        if let Some(guess) = large.second.filter(|&guess| guesses.fresh(guess)) {
            let context = usize::from(middle.first == Some(guess));
            if coder.bit(&mut self.large_second[context][large.trust], actual == guess) {
                return Some(guess);
            }
        }
        if let Some(guess) = middle.first.filter(|&guess| guesses.fresh(guess)) {
            let context = known * 2 + usize::from(small.first == Some(guess));
            if coder.bit(&mut self.middle_first[context][middle.trust], actual == guess) {
                return Some(guess);
            }
        }
        if let Some(guess) = middle.second.filter(|&guess| guesses.fresh(guess))
            && coder.bit(&mut self.middle_second[middle.trust], actual == guess)
        {
            return Some(guess);
        }
        if let Some(guess) = small.first.filter(|&guess| guesses.fresh(guess))
            && coder.bit(&mut self.small_first[known][small.trust], actual == guess)
        {
            return Some(guess);
        }
        let guess = small.second.filter(|&guess| guesses.fresh(guess))?;
        coder.bit(&mut self.small_second[small.trust], actual == guess).then_some(guess)
    }
}

/// What is known of a pixel besides its surroundings.
struct Hint {
    /// What stood there before this change.
    old: u32,
    /// How many of four neighbours this change altered.
    altered: usize,
    /// A colour that the pixel cannot have.
    except: Option<u32>,
}

/// Colours already ruled out for a pixel.
struct Guesses {
    tried: [u32; 12],
    count: usize,
}

impl Guesses {
    fn new(except: Option<u32>) -> Guesses {
        let mut guesses = Guesses { tried: [0; 12], count: 0 };
        if let Some(colour) = except {
            guesses.fresh(colour);
        }
        guesses
    }

    /// Whether this colour was not tried yet; from now on it was.
    #[inline]
    fn fresh(&mut self, colour: u32) -> bool {
        if self.tried[..self.count].contains(&colour) {
            return false;
        }
        self.tried[self.count] = colour;
        self.count += 1;
        true
    }
}

/// 0 where nothing is remembered, 1 where another colour comes first, 2 where this one does.
#[inline]
fn agreement(recall: &Recall, colour: u32) -> usize {
    match recall.first {
        None => 0,
        Some(first) if first == colour => 2,
        Some(_) => 1,
    }
}

#[inline]
fn altered_around(rows: &Rows<'_>, at: usize) -> usize {
    let above = &rows.altered_above[at - 1..at + 2];
    usize::from(rows.altered[at - 1]) + usize::from(above[0]) + usize::from(above[1]) + usize::from(above[2])
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

/// How many pixels a run of the colour all around may have, where that is enough for one.
#[inline]
fn flat_reach(rows: &Rows<'_>, around: &Around, at: usize, left: usize) -> Option<usize> {
    if !around.flat() {
        return None;
    }
    let reach = length_of_run(&rows.above[at + 1..=at + left], around.w);
    (reach >= MIN_FLAT_RUN).then_some(reach)
}

/// How many pixels may stay as they were, as those around them did, where that is enough for a run.
#[inline]
fn still_reach(rows: &Rows<'_>, altered: usize, at: usize, left: usize) -> Option<usize> {
    if altered != 0 {
        return None;
    }
    let reach = length_of_run(&rows.altered_above[at + 1..=at + left], false);
    (reach >= MIN_STILL_RUN).then_some(reach)
}

fn put_run(rows: &mut Rows<'_>, at: usize, colour: u32, run: usize) {
    let pixels = &mut rows.here[at..at + run];
    for (altered, pixel) in rows.altered[at..at + run].iter_mut().zip(pixels.iter()) {
        *altered = *pixel != colour;
    }
    pixels.fill(colour);
}
