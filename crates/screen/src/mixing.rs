//! Bytes whose bits are predicted from several contexts at once, the better ones weighing more.
//!
//! Each context finds, for each bit of the byte, a probability of its own; a small network that learns by the error of
//! each bit mixes them (in the logistic domain, all in whole numbers, so that every machine computes the same).

use crate::bits::{Bit, Coder};

/// `SQUASH[i]` is 4096 / (1 + e^((16 - i) / 2)), rounded and kept between 1 and 4095.
const SQUASH: [i32; 33] = [
    1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048, 2550, 2994, 3349, 3608, 3785, 3902,
    3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095,
];

/// The probability, in 1/4096, that belongs to `x` / 256 in the logistic domain.
fn squash(x: i32) -> i32 {
    let x = x.clamp(-2047, 2047) + 2048;
    let (place, part) = ((x >> 7) as usize, x & 127);
    (SQUASH[place] * (128 - part) + SQUASH[place + 1] * part + 64) >> 7
}

/// The inverse of [`squash`] for every probability in 1/4096: the smallest `x` that reaches it.
fn stretch_table() -> Vec<i16> {
    let mut table = vec![2047; 4096];
    let mut next = 0;
    for x in -2047..=2047 {
        let reached = squash(x);
        while next <= reached {
            table[next as usize] = x as i16;
            next += 1;
        }
    }
    table
}

/// One kind of byte, predicted from `N` contexts.
///
/// A context's probabilities for the bits of half a byte stand together, so that finding them costs once, not four times.
#[derive(Debug)]
pub(crate) struct MixedByte<const N: usize> {
    halves: [Vec<[Bit; HALF]>; N],
    weights: Vec<[i32; N]>,
    stretch: Vec<i16>,
}

/// The largest weight of a context, in 1/65536: keeps sums within their range whatever is decoded.
const MAX_WEIGHT: i32 = 1 << 20;

/// Binary logarithm of the places that each context has.
const PLACE_BITS: u32 = 12;

/// Nodes of the tree of four bits, and one that is not used.
const HALF: usize = 16;

impl<const N: usize> MixedByte<N> {
    /// A byte of which nothing is known.
    pub(crate) fn new() -> MixedByte<N> {
        MixedByte {
            halves: std::array::from_fn(|_| vec![[Bit::NEW; HALF]; 1 << PLACE_BITS]),
            weights: vec![[(1 << 16) * 5 / (4 * N as i32); N]; 256],
            stretch: stretch_table(),
        }
    }

    /// Codes one byte in the given contexts.
    #[inline]
    pub(crate) fn code<C: Coder>(&mut self, coder: &mut C, contexts: [u32; N], byte: u8) -> u8 {
        let upper = self.code_half(coder, &contexts, 1, u32::from(byte >> 4));
        self.code_half(coder, &contexts, upper, u32::from(byte & 15)) as u8
    }

    /// Codes four bits below `node`, which is 1 with the bits that are known after it.
    fn code_half<C: Coder>(&mut self, coder: &mut C, contexts: &[u32; N], node: u32, half: u32) -> u32 {
        let places = contexts.map(|context| {
            let hash = (context ^ node.wrapping_mul(0x2545_F491)).wrapping_mul(0x9E37_79B1);
            ((hash ^ hash >> 15).wrapping_mul(0x85EB_CA77) >> (32 - PLACE_BITS)) as usize
        });
        let mut probabilities: [[Bit; HALF]; N] = std::array::from_fn(|context| self.halves[context][places[context]]);
        let (mut node, mut below) = (node, 1usize);
        for place in (0..4).rev() {
            let weights = &mut self.weights[node as usize & 255];
            let mut inputs = [0i32; N];
            let mut sum = 0i64;
            for (context, input) in inputs.iter_mut().enumerate() {
                let probability = probabilities[context][below & (HALF - 1)].probability();
                *input = i32::from(self.stretch[probability as usize >> 4]);
                sum += i64::from(*input) * i64::from(weights[context]);
            }
            let mixed = squash((sum >> 16).clamp(-2047, 2047) as i32);
            let bit = coder.bit_with((mixed as u32) << 4, half >> place & 1 != 0);
            let error = (i32::from(bit) << 12) - mixed;
            for context in 0..N {
                let moved = weights[context] + ((inputs[context] * error * 6 + 0x2000) >> 14);
                weights[context] = moved.clamp(-MAX_WEIGHT, MAX_WEIGHT);
                probabilities[context][below & (HALF - 1)].learn(bit);
            }
            node = node << 1 | u32::from(bit);
            below = below << 1 | usize::from(bit);
        }
        for (context, learnt) in probabilities.into_iter().enumerate() {
            self.halves[context][places[context]] = learnt;
        }
        node
    }
}
