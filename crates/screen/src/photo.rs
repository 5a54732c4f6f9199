//! Photographic tiles: each channel as the difference from its neighbours, in Rice codes.
//!
//! Noise cannot be learnt, only packed quickly: about ten times as fast as the pixel model, and not larger than PNG.

use crate::frame::{COLOUR, Frame, Rect};
use crate::tiles::TILE;

/// Highest number of one-bits before the plain eight bits of a difference that is unusually large.
const LONGEST: u32 = 20;

/// Writes bits, the highest first.
#[derive(Debug, Default)]
pub(crate) struct PhotoWriter {
    out: Vec<u8>,
    held: u64,
    count: u32,
}

impl PhotoWriter {
    /// Adds the lowest `length` bits (up to 32) of `bits`, the others being zero.
    #[inline]
    fn put(&mut self, bits: u32, length: u32) {
        self.held = self.held << length | u64::from(bits);
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            self.out.push((self.held >> self.count) as u8);
        }
    }

    /// The bytes; the last is filled up with zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.out.push((self.held << (8 - self.count)) as u8);
        }
        self.out
    }

    /// Codes a tile of `new` and puts it into `frame`.
    pub(crate) fn tile(&mut self, frame: &mut Frame, new: &Frame, tile: Rect) {
        let x = tile.x as usize;
        for y in tile.y..tile.y + TILE {
            let (mut left, above) = neighbours(frame, x, y);
            let mut off = [[0u8; TILE as usize]; 3];
            let target = &mut frame.row_mut(y)[x..][..TILE as usize];
            for (place, (pixel, new)) in target.iter_mut().zip(&new.row(y)[x..]).enumerate() {
                *pixel = new & COLOUR;
                let actual = split(*pixel);
                for (channel, off) in off.iter_mut().enumerate() {
                    let guess = median(left[channel], above[place + 1][channel], above[place][channel]);
                    off[place] = fold(actual[channel].wrapping_sub(guess));
                }
                left = actual;
            }
            for off in &off {
                self.row(off);
            }
        }
    }

    fn row(&mut self, off: &[u8; TILE as usize]) {
        let cost = |low: u32| off.iter().map(|&value| (u32::from(value) >> low).min(LONGEST) + 1 + low).sum::<u32>();
        let low = (0..8).min_by_key(|&low| cost(low)).unwrap_or(0);
        self.put(low, 3);
        for &value in off {
            let ones = u32::from(value) >> low;
            if ones >= LONGEST {
                self.put((1 << LONGEST) - 1, LONGEST);
                self.put(u32::from(value), 8);
            } else {
                self.put((1 << (ones + 1)) - 2, ones + 1);
                self.put(u32::from(value) & ((1 << low) - 1), low);
            }
        }
    }
}

/// Reads what a [`PhotoWriter`] wrote; zeros past the end.
#[derive(Debug)]
pub(crate) struct PhotoReader<'a> {
    bytes: &'a [u8],
    next: usize,
    held: u64,
    count: u32,
    taken: u64,
}

impl<'a> PhotoReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> PhotoReader<'a> {
        PhotoReader { bytes, next: 0, held: 0, count: 0, taken: 0 }
    }

    /// Whether all bytes were used and none were missing.
    pub(crate) fn ended_well(&self) -> bool {
        self.taken.div_ceil(8) == self.bytes.len() as u64
    }

    /// The next 32 bits, left in place.
    #[inline]
    fn peek(&mut self) -> u32 {
        if self.count < 32 {
            let left = self.bytes.get(self.next..).unwrap_or(&[]);
            let mut word = [0; 4];
            let present = left.len().min(4);
            word[..present].copy_from_slice(&left[..present]);
            self.held = self.held << 32 | u64::from(u32::from_be_bytes(word));
            self.next += 4;
            self.count += 32;
        }
        (self.held >> (self.count - 32)) as u32
    }

    #[inline]
    fn skip(&mut self, length: u32) {
        self.count -= length;
        self.taken += u64::from(length);
    }

    /// Decodes a tile into `frame`.
    pub(crate) fn tile(&mut self, frame: &mut Frame, tile: Rect) {
        let x = tile.x as usize;
        for y in tile.y..tile.y + TILE {
            let off: [[u8; TILE as usize]; 3] = [self.row(), self.row(), self.row()];
            let (mut left, above) = neighbours(frame, x, y);
            for (place, pixel) in frame.row_mut(y)[x..][..TILE as usize].iter_mut().enumerate() {
                left = std::array::from_fn(|channel| {
                    let guess = median(left[channel], above[place + 1][channel], above[place][channel]);
                    unfold(off[channel][place]).wrapping_add(guess)
                });
                *pixel = join(left);
            }
        }
    }

    fn row(&mut self) -> [u8; TILE as usize] {
        let low = self.peek() >> 29;
        self.skip(3);
        let mut off = [0; TILE as usize];
        for value in &mut off {
            let bits = self.peek();
            let ones = bits.leading_ones();
            if ones >= LONGEST {
                *value = (bits >> (24 - LONGEST)) as u8;
                self.skip(LONGEST + 8);
            } else {
                let length = ones + 1 + low;
                *value = (ones << low) as u8 | (bits >> (32 - length)) as u8 & ((1u8 << low) - 1);
                self.skip(length);
            }
        }
        off
    }
}

/// Green, red less green and blue less green: what is left of a colour without its brightness is small.
#[inline]
fn split(colour: u32) -> [u8; 3] {
    let green = (colour >> 8) as u8;
    [green, ((colour >> 16) as u8).wrapping_sub(green), (colour as u8).wrapping_sub(green)]
}

/// The inverse of [`split`].
#[inline]
fn join([green, red, blue]: [u8; 3]) -> u32 {
    u32::from(red.wrapping_add(green)) << 16 | u32::from(green) << 8 | u32::from(blue.wrapping_add(green))
}

/// A difference folded so that small ones of both signs are small numbers.
#[inline]
fn fold(off: u8) -> u8 {
    (off << 1) ^ ((off as i8 >> 7) as u8)
}

/// The inverse of [`fold`].
#[inline]
fn unfold(folded: u8) -> u8 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}

/// The channels of the pixel left of a tile's row, and of those above the row from the one above left on; black where
/// there are none.
fn neighbours(frame: &Frame, x: usize, y: u32) -> ([u8; 3], [[u8; 3]; TILE as usize + 1]) {
    let left = x.checked_sub(1).map_or([0; 3], |left| split(frame.row(y)[left]));
    let mut above = [[0; 3]; TILE as usize + 1];
    if let Some(y) = y.checked_sub(1) {
        let row = frame.row(y);
        above[0] = x.checked_sub(1).map_or([0; 3], |left| split(row[left]));
        for (channels, pixel) in above[1..].iter_mut().zip(&row[x..]) {
            *channels = split(*pixel);
        }
    }
    (left, above)
}

/// The neighbours' plane at a pixel, kept between `w` and `n`.
#[inline]
pub(crate) fn median(w: u8, n: u8, nw: u8) -> u8 {
    if nw >= w.max(n) {
        w.min(n)
    } else if nw <= w.min(n) {
        w.max(n)
    } else {
        w.wrapping_add(n).wrapping_sub(nw)
    }
}
