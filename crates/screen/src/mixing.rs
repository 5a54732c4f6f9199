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

/// The probability, in 1/4096, that belongs to `x` / 256 in the logistic domain, which is kept within ±2047.
const fn squash(x: i32) -> i32 {
    let (place, part) = (((x + 2048) >> 7) as usize, (x + 2048) & 127);
    (SQUASH[place] * (128 - part) + SQUASH[place + 1] * part + 64) >> 7
}

/// Both directions as tables, shared by all bytes.
static MAPS: Maps = Maps::new();

struct Maps {
    /// [`squash`] of every place, from -2048 on.
    squashed: [i16; 4096],
    /// The inverse for every probability in 1/4096: the smallest `x` that reaches it.
    stretched: [i16; 4096],
}

impl Maps {
    const fn new() -> Maps {
        let mut maps = Maps { squashed: [1; 4096], stretched: [2047; 4096] };
        let (mut x, mut next) = (-2047, 0);
        while x <= 2047 {
            let reached = squash(x);
            maps.squashed[(x + 2048) as usize] = reached as i16;
            while next <= reached {
                maps.stretched[next as usize] = x as i16;
                next += 1;
            }
            x += 1;
        }
        maps
    }
}

/// One kind of byte, predicted from `N` contexts.
///
/// A context's probabilities for the bits of half a byte stand together, so that finding them costs once, not four times.
#[derive(Debug, Clone)]
pub(crate) struct MixedByte<const N: usize> {
    halves: [Vec<Half>; N],
    /// What leaves of a hash's 32 bits those that name a place.
    shift: u32,
    weights: Vec<[i32; N]>,
}

/// The largest weight of a context, in 1/65536: keeps sums within their range whatever is decoded.
const MAX_WEIGHT: i32 = 1 << 17;

/// Nodes of the tree of four bits, and one that is not used.
const HALF: usize = 16;

/// The probabilities of half a byte: one line of the processor's cache, not parts of two.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Half([Bit; HALF]);

impl<const N: usize> MixedByte<N> {
    /// A byte of which nothing is known; each context has 2^`place_bits` places (1 to 31).
    pub(crate) fn new(place_bits: u32) -> MixedByte<N> {
        MixedByte {
            halves: std::array::from_fn(|_| vec![Half([Bit::NEW; HALF]); 1 << place_bits]),
            shift: 32 - place_bits,
            weights: vec![[(1 << 16) * 5 / (4 * N as i32); N]; 256],
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
        let (mut contexts, shift) = (contexts.iter(), self.shift);
        // Borrowed where they stand: copying them out and in again would cost as much as the rest.
        let learnt = self.halves.each_mut().map(|halves| {
            let context = contexts.next().copied().unwrap_or_default();
            let hash = (context ^ node.wrapping_mul(0x2545_F491)).wrapping_mul(0x9E37_79B1);
            &mut halves[((hash ^ hash >> 15).wrapping_mul(0x85EB_CA77) >> shift) as usize].0
        });
        let (mut node, mut below) = (node, 1usize);
        for place in (0..4).rev() {
            let weights = &mut self.weights[node as usize & 255];
            let mut inputs = [0i32; N];
            let mut sum = 0i32;
            for (context, input) in inputs.iter_mut().enumerate() {
                *input = i32::from(MAPS.stretched[learnt[context][below & (HALF - 1)].rough()]);
                sum += *input * weights[context];
            }
            let mixed = i32::from(MAPS.squashed[((sum >> 16).clamp(-2047, 2047) + 2048) as usize]);
            let bit = coder.bit_with((mixed as u32) << 4, half >> place & 1 != 0);
            let error = ((i32::from(bit) << 12) - mixed) * 6;
            for context in 0..N {
                let moved = weights[context] + ((inputs[context] * error + 0x2000) >> 14);
                weights[context] = moved.clamp(-MAX_WEIGHT, MAX_WEIGHT);
                learnt[context][below & (HALF - 1)].learn(bit);
            }
            node = node << 1 | u32::from(bit);
            below = below << 1 | usize::from(bit);
        }
        node
    }
}
