//! Fresh pixels: each is predicted from what stood in the same surroundings before.
//!
//! Text on a screen is the same few glyphs over and over, at any place. Three tables remember, for surroundings of three
//! sizes (hashed), which colours followed; a glyph seen once in the group is predicted pixel for pixel from then on,
//! wherever it stands and however it is cut by the edge of a change. Areas of one colour are coded as runs. What no
//! table knows is coded as a difference from its neighbours.

use crate::bits::{Bit, Coder};
use crate::encoder::Level;
use crate::ledger::Part;

mod literal;
mod memory;
mod runs;
mod surroundings;

pub(crate) use surroundings::BLOCK;

use literal::Literal;
use memory::{Memory, NO_COLOUR, Recall};
use runs::{Run, RunModels};
use surroundings::{Hashes, Surroundings};

/// Pixels beside a row that its surroundings reach to, on either side.
pub(crate) const MARGIN: usize = 3;

/// Trust from which the largest surroundings alone decide.
const SURE: usize = 2;

/// Nanoseconds to decode a pixel that is not part of a run.
const PIXEL_WORK: u64 = 30;

/// Nanoseconds more for one that the largest surroundings alone do not tell.
const UNSURE_WORK: u64 = 70;

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
    runs: RunModels,
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
            runs: RunModels::new(),
            literal: Literal::new(level),
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
            if let Some((run, reach)) = Run::at(rows, &around, altered, at, count - x) {
                coder.part(Part::Runs);
                let length = self.runs.code(coder, run, reach, run.length(rows, at, ahead));
                run.put(rows, at, length);
                self.work += length as u64;
                x += length;
                if length == reach {
                    continue;
                }
                except = Some(run.next(rows, x + MARGIN));
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
        // Trust is in a colour that there is.
        if large.trust >= SURE {
            let guess = large.first;
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
        self.work += UNSURE_WORK;
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
            coder.part(Part::Colours);
            let (colour, work) = self.literal.code(coder, around, actual);
            self.work += work;
            colour
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
        if guesses.fresh(large.first) {
            let guess = large.first;
            let context = ((large.trust * 3 + agreement(middle, guess)) * 3 + agreement(small, guess)) * 4
                + usize::from(hint.old == guess) * 2
                + usize::from(hint.altered != 0);
            if coder.bit(&mut self.large_first[context], actual == guess) {
                return Some(guess);
            }
        }
        if guesses.fresh(large.second) {
            let guess = large.second;
            let context = usize::from(middle.first == guess);
            if coder.bit(&mut self.large_second[context][large.trust], actual == guess) {
                return Some(guess);
            }
        }
        if guesses.fresh(middle.first) {
            let guess = middle.first;
            let context = known * 2 + usize::from(small.first == guess);
            if coder.bit(&mut self.middle_first[context][middle.trust], actual == guess) {
                return Some(guess);
            }
        }
        let guess = middle.second;
        if guesses.fresh(guess) && coder.bit(&mut self.middle_second[middle.trust], actual == guess) {
            return Some(guess);
        }
        let guess = small.first;
        if guesses.fresh(guess) && coder.bit(&mut self.small_first[known][small.trust], actual == guess) {
            return Some(guess);
        }
        let guess = small.second;
        let found = guesses.fresh(guess) && coder.bit(&mut self.small_second[small.trust], actual == guess);
        found.then_some(guess)
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

    /// Whether this is a colour that was not tried yet; from now on it was.
    #[inline]
    fn fresh(&mut self, colour: u32) -> bool {
        if colour == NO_COLOUR || self.tried[..self.count].contains(&colour) {
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
        NO_COLOUR => 0,
        first if first == colour => 2,
        _ => 1,
    }
}

#[inline]
fn altered_around(rows: &Rows<'_>, at: usize) -> usize {
    let above = &rows.altered_above[at - 1..at + 2];
    usize::from(rows.altered[at - 1]) + usize::from(above[0]) + usize::from(above[1]) + usize::from(above[2])
}
