//! Whole numbers as adaptive bits: the number of binary digits first, then the digits.

use crate::bits::{Bit, Coder};

/// A kind of number that is often small: coded as its binary length (unary) and then its digits, the upper ones learnt.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    length: [Bit; 32],
    digits: [[Bit; 8]; 32],
}

impl Number {
    /// A number of which nothing is known.
    pub(crate) const NEW: Number = Number { length: [Bit::NEW; 32], digits: [[Bit::NEW; 8]; 32] };

    /// Codes a number below 2³¹.
    #[inline]
    pub(crate) fn code<C: Coder>(&mut self, coder: &mut C, value: u32) -> u32 {
        let folded = value.wrapping_add(1);
        let length = 31 - folded.leading_zeros().min(31);
        let mut digits = 0;
        while digits < 31 && coder.bit(&mut self.length[digits as usize], digits < length) {
            digits += 1;
        }
        let mut result = 1u32;
        for place in (0..digits).rev() {
            // The first digits under the leading one choose their own model, the rest share one by place.
            let below = digits - 1 - place;
            let model =
                if below < 2 { (result & ((1 << below) - 1) | 1 << below) as usize } else { 7 - (below as usize & 3) };
            let bit = coder.bit(&mut self.digits[digits as usize][model], folded >> place & 1 != 0);
            result = result << 1 | u32::from(bit);
        }
        result - 1
    }

    /// Codes a number that may be negative, with a magnitude below 2³⁰.
    pub(crate) fn code_signed<C: Coder>(&mut self, coder: &mut C, value: i32) -> i32 {
        let folded = self.code(coder, ((value << 1) ^ (value >> 31)) as u32);
        (folded >> 1) as i32 ^ -((folded & 1) as i32)
    }
}
