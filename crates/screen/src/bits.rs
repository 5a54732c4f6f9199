//! Adaptive binary arithmetic coding: the one entropy coder of the screen track.
//!
//! Models are written once, generic over [`Coder`]: the encoder's coder takes the bit it is given, the decoder's ignores
//! it and gives the bit that was stored. So both sides run the same code and cannot drift apart.

use crate::ledger::Part;

/// A probability that learns: fast at first, then ever more slowly down to a floor set by [`LIMIT`].
///
/// The upper 22 bits are the probability that the bit is set, the lower 10 the number of bits seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bit(u32);

/// Most bits that a probability counts; it follows change with a weight of 1 / (`LIMIT` + 1.5).
const LIMIT: u32 = 255;

/// `RATE[n]` is 65536 / (n + 1.5): the weight of the bit seen after `n` others.
const RATE: [u32; LIMIT as usize + 1] = {
    let mut rate = [0; LIMIT as usize + 1];
    let mut seen = 0;
    while seen <= LIMIT {
        rate[seen as usize] = 131_072 / (2 * seen + 3);
        seen += 1;
    }
    rate
};

impl Bit {
    /// A bit of which nothing is known.
    pub(crate) const NEW: Bit = Bit(1 << 31);

    /// The probability of a set bit in 1/65536, never 0 and never 1.
    #[inline]
    pub(crate) fn probability(self) -> u32 {
        (self.0 >> 16).clamp(16, 65_520)
    }

    /// The same in 1/4096; 0 may come, and is to be taken for 1.
    #[inline]
    pub(crate) fn rough(self) -> usize {
        (self.0 >> 20) as usize
    }

    #[inline]
    pub(crate) fn learn(&mut self, bit: bool) {
        let seen = self.0 & LIMIT;
        let probability = i64::from(self.0 >> 10);
        let target = if bit { (1i64 << 22) - 1 } else { 0 };
        let moved = ((target - probability) * i64::from(RATE[seen as usize])) >> 16;
        // Added in place: the probability stays within its 22 bits, the count within its own.
        self.0 = self.0.wrapping_add((moved as u32) << 10) + u32::from(seen < LIMIT);
    }
}

/// One direction of coding.
pub(crate) trait Coder {
    /// Whether bits given are stored (else bits stored are given).
    const ENCODES: bool;

    /// Codes one bit of which `probability` / 65536 says how likely it is set; above 0 and below 65536.
    fn bit_with(&mut self, probability: u32, bit: bool) -> bool;

    /// Codes one bit with the probability that `model` has learnt, and lets it learn.
    #[inline]
    fn bit(&mut self, model: &mut Bit, bit: bool) -> bool {
        let bit = self.bit_with(model.probability(), bit);
        model.learn(bit);
        bit
    }

    /// What the next bits say; of interest to nobody but who counts them.
    #[inline]
    fn part(&mut self, _: Part) {}
}

/// A coder that gives stored bits back. Past the end it reads zeros, so it never fails.
pub(crate) trait Reader: Coder {
    /// Whether the bytes were as many as the bits needed: with damaged bytes they hardly ever are.
    fn ended_well(&self) -> bool;
}

/// Stores bits.
#[derive(Debug)]
pub(crate) struct BitWriter {
    low: u32,
    high: u32,
    out: Vec<u8>,
}

impl BitWriter {
    /// A writer without bits yet.
    pub(crate) fn new() -> BitWriter {
        BitWriter { low: 0, high: u32::MAX, out: Vec::new() }
    }

    /// The bytes, of which a reader needs no more: it takes what follows them as zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        // The first bytes of the two bounds differ here, so one byte names a value between them.
        if self.low > 0 {
            self.out.push((self.low >> 24) as u8 + 1);
        }
        self.out
    }
}

impl Coder for BitWriter {
    const ENCODES: bool = true;

    #[inline]
    fn bit_with(&mut self, probability: u32, bit: bool) -> bool {
        let middle = middle(self.low, self.high, probability);
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.out.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
        }
        bit
    }
}

/// Gives stored bits back.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    low: u32,
    high: u32,
    value: u32,
    bytes: &'a [u8],
    taken: usize,
}

impl<'a> BitReader<'a> {
    /// Reads what a [`BitWriter`] stored.
    pub(crate) fn new(bytes: &'a [u8]) -> BitReader<'a> {
        let mut reader = BitReader { low: 0, high: u32::MAX, value: 0, bytes, taken: 0 };
        for _ in 0..4 {
            reader.shift();
        }
        reader
    }

    #[inline]
    fn shift(&mut self) {
        let byte = self.bytes.get(self.taken).copied().unwrap_or(0);
        self.value = self.value << 8 | u32::from(byte);
        self.taken += 1;
    }
}

impl Reader for BitReader<'_> {
    fn ended_well(&self) -> bool {
        self.taken >= self.bytes.len() && self.taken <= self.bytes.len() + 4
    }
}

impl Coder for BitReader<'_> {
    const ENCODES: bool = false;

    #[inline]
    fn bit_with(&mut self, probability: u32, _: bool) -> bool {
        let middle = middle(self.low, self.high, probability);
        let bit = self.value <= middle;
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
            self.shift();
        }
        bit
    }
}

/// The last value of the part of `low..=high` that stands for a set bit.
#[inline]
fn middle(low: u32, high: u32, probability: u32) -> u32 {
    low + ((u64::from(high - low) * u64::from(probability)) >> 16) as u32
}
