//! Fresh pixels: each is predicted from what stood in the same surroundings before.
//!
//! Text on a screen is the same few glyphs over and over, at any place. Three tables remember, for surroundings of three
//! sizes (hashed), which colours followed; a glyph seen once in the group is predicted pixel for pixel from then on,
//! wherever it stands and however it is cut by the edge of a change. Areas of one colour are coded as runs. What no
//! table knows is coded as a difference from its neighbours.

use crate::bits::{Bit, Coder};
use crate::encoder::Level;
use crate::numbers::Number;

mod literal;
mod memory;

use literal::Literal;
use memory::{Memory, Recall};

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

/// The rows that a run of pixels is coded from; each begins [`MARGIN`] pixels before the run and ends as many after it.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// The row itself: coded pixels before the run, then what stood there before this change.
    pub(crate) here: Vec<u32>,
    /// The row above.
    pub(crate) above: Vec<u32>,
    /// The row above that.
    pub(crate) top: Vec<u32>,
    /// Which pixels of the row itself this change altered so far.
    pub(crate) altered: Vec<bool>,
    /// Which pixels of the row above this change altered.
    pub(crate) altered_above: Vec<bool>,
}

/// The pixels around the one being coded.
struct Around {
    w: u32,
    ww: u32,
    nw: u32,
    nww: u32,
    n: u32,
    ne: u32,
    nee: u32,
    nn: u32,
    nnw: u32,
    nne: u32,
}

impl Around {
    #[inline]
    fn at(rows: &Rows, x: usize) -> Around {
        let (here, above, top) = (&rows.here[x - 2..x], &rows.above[x - 2..x + 3], &rows.top[x - 1..x + 2]);
        Around {
            w: here[1],
            ww: here[0],
            nw: above[1],
            nww: above[0],
            n: above[2],
            ne: above[3],
            nee: above[4],
            nn: top[1],
            nnw: top[0],
            nne: top[2],
        }
    }

    #[inline]
    fn flat(&self) -> bool {
        let c = self.w;
        (self.ww ^ c) | (self.nw ^ c) | (self.n ^ c) | (self.ne ^ c) | (self.nn ^ c) == 0
    }
}

/// The lengths of runs: often all that is possible.
#[derive(Debug)]
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
#[derive(Debug)]
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
    pub(crate) fn code_row<C: Coder>(&mut self, coder: &mut C, rows: &mut Rows, source: &[u32], count: usize) {
        let mut x = 0;
        while x < count {
            let at = x + MARGIN;
            let around = Around::at(rows, at);
            let ahead = source.get(x..).unwrap_or(&[]);
            let mut except = None;
            if let Some(reach) = flat_reach(rows, &around, at, count - x) {
                let run =
                    self.flat_runs.code(coder, reach, ahead.iter().take_while(|&&pixel| pixel == around.w).count());
                put_run(rows, at, around.w, run);
                self.work += run as u64;
                x += run;
                if run == reach {
                    continue;
                }
                except = Some(around.w);
            } else if let Some(reach) = still_reach(rows, at, count - x) {
                let stays = ahead.iter().zip(&rows.here[at..]).take_while(|(pixel, old)| pixel == old).count();
                let run = self.still_runs.code(coder, reach, stays);
                self.work += run as u64;
                x += run;
                if run == reach {
                    continue;
                }
                except = Some(rows.here[x + MARGIN]);
            }
            let at = x + MARGIN;
            let around = if except.is_some() { Around::at(rows, at) } else { around };
            let actual = if C::ENCODES { source[x] } else { 0 };
            let old = rows.here[at];
            let hint = Hint { old, altered: altered_around(rows, at), except };
            let pixel = self.code_pixel(coder, &around, &hint, actual);
            rows.altered[at] = pixel != old;
            rows.here[at] = pixel;
            x += 1;
        }
    }

    fn code_pixel<C: Coder>(&mut self, coder: &mut C, around: &Around, hint: &Hint, actual: u32) -> u32 {
        self.work += PIXEL_WORK;
        let hashes = Hashes::of(around);
        let large = self.large.recall(hashes.large);
        let mut guesses = Guesses::new(hint.except);
        if large.trust >= SURE
            && let Some(pixel) = self.code_sure(coder, &large, hint, &mut guesses, actual)
        {
            self.large.learn(large, pixel);
            return pixel;
        }
        let middle = self.middle.recall(hashes.middle);
        let small = self.small.recall(hashes.small);
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
            self.literal.code(coder, around, actual)
        };
        self.large.learn(large, pixel);
        self.middle.learn(middle, pixel);
        self.small.learn(small, pixel);
        pixel
    }

    /// Where the largest surroundings were right often, the others are not asked and do not learn.
    fn code_sure<C: Coder>(
        &mut self,
        coder: &mut C,
        large: &Recall,
        hint: &Hint,
        guesses: &mut Guesses,
        actual: u32,
    ) -> Option<u32> {
        let guess = large.first?;
        if hint.altered == 0 && guesses.fresh(hint.old) {
            let context = usize::from(hint.except.is_some()) * 2 + usize::from(guess == hint.old);
            if coder.bit(&mut self.sure_stays[context], actual == hint.old) {
                return Some(hint.old);
            }
        }
        let context = large.trust * 4 + usize::from(hint.old == guess) * 2 + usize::from(hint.altered != 0);
        (guesses.fresh(guess) && coder.bit(&mut self.sure_first[context], actual == guess)).then_some(guess)
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
fn altered_around(rows: &Rows, at: usize) -> usize {
    let above = &rows.altered_above[at - 1..at + 2];
    usize::from(rows.altered[at - 1]) + usize::from(above[0]) + usize::from(above[1]) + usize::from(above[2])
}

/// How many pixels a run of the colour all around may have, where that is enough for one.
#[inline]
fn flat_reach(rows: &Rows, around: &Around, at: usize, left: usize) -> Option<usize> {
    if !around.flat() {
        return None;
    }
    let reach = rows.above[at + 1..=at + left].iter().take_while(|&&above| above == around.w).count();
    (reach >= MIN_FLAT_RUN).then_some(reach)
}

/// How many pixels may stay as they were, as those around them did, where that is enough for a run.
#[inline]
fn still_reach(rows: &Rows, at: usize, left: usize) -> Option<usize> {
    if altered_around(rows, at) != 0 {
        return None;
    }
    let reach = rows.altered_above[at + 1..=at + left].iter().take_while(|&&altered| !altered).count();
    (reach >= MIN_STILL_RUN).then_some(reach)
}

fn put_run(rows: &mut Rows, at: usize, colour: u32, run: usize) {
    for (pixel, altered) in rows.here[at..at + run].iter_mut().zip(&mut rows.altered[at..at + run]) {
        *altered = *pixel != colour;
        *pixel = colour;
    }
}

/// The hashes of a pixel's surroundings in three sizes: sums of products, so that they can be computed side by side.
struct Hashes {
    small: u32,
    middle: u32,
    large: u32,
}

impl Hashes {
    #[inline]
    fn of(a: &Around) -> Hashes {
        let times = |pixel: u32, factor: u32| pixel.wrapping_mul(factor);
        let small = times(a.w, 0x9E37_79B1).wrapping_add(times(a.n, 0x85EB_CA77));
        let middle = small
            .wrapping_add(times(a.nw, 0xC2B2_AE3D))
            .wrapping_add(times(a.ne, 0x27D4_EB2F))
            .wrapping_add(times(a.ww, 0x1656_67B1))
            .wrapping_add(times(a.nn, 0xD3A2_646D));
        let large = middle
            .wrapping_add(times(a.nee, 0xFD70_46C5))
            .wrapping_add(times(a.nww, 0xB55A_4F09))
            .wrapping_add(times(a.nnw, 0x4CF5_AD43))
            .wrapping_add(times(a.nne, 0x2745_937F));
        Hashes { small: spread(small), middle: spread(middle), large: spread(large) }
    }
}

#[inline]
fn spread(sum: u32) -> u32 {
    (sum ^ sum >> 15).wrapping_mul(0x2C1B_3C6D)
}
