//! Colours that nothing predicts: channel by channel, from the neighbours' channels.

use super::Around;
use crate::bits::{Bit, Coder};
use crate::mixing::MixedByte;
use crate::photo::median;

/// What is learnt about unpredicted colours.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    green: MixedByte<5>,
    same_tint: [Bit; 8],
    red: MixedByte<4>,
    blue: MixedByte<4>,
}

impl Literal {
    pub(super) fn new() -> Literal {
        Literal { green: MixedByte::new(), same_tint: [Bit::NEW; 8], red: MixedByte::new(), blue: MixedByte::new() }
    }

    /// Codes one colour among its surroundings.
    pub(super) fn code<C: Coder>(&mut self, coder: &mut C, around: &Around, actual: u32) -> u32 {
        let [w, n, nw, ne] = [around.w, around.n, around.nw, around.ne].map(channels);
        let [red, green, blue] = channels(actual);
        let steady = median(w[1], n[1], nw[1]);
        let green = self.green.code(
            coder,
            [
                pack([w[1], n[1], 0, 1]),
                pack([steady, 0, 0, 2]),
                pack([w[1] >> 4, n[1] >> 4, ne[1] >> 4, nw[1] >> 4]),
                pack([n[1], ne[1] >> 5, 0, 4]),
                pack([w[1], nw[1] >> 5, 0, 5]),
            ],
            green,
        );
        let tint = |from: [u8; 3]| [from[0].wrapping_sub(from[1]), from[2].wrapping_sub(from[1])];
        let context = usize::from(tint(w) == tint(n))
            | usize::from(tint(w) == tint(nw)) << 1
            | usize::from(tint(w) == [0, 0]) << 2;
        let tinted = [green.wrapping_add(tint(w)[0]), green, green.wrapping_add(tint(w)[1])];
        if coder.bit(&mut self.same_tint[context], tinted == [red, green, blue]) {
            return colour(tinted);
        }
        let guess = median(w[0], n[0], nw[0]).wrapping_add(green.wrapping_sub(steady));
        let red = self.red.code(
            coder,
            [
                pack([green, tinted[0], 0, 1]),
                pack([green, n[0], w[0] >> 4, 2]),
                pack([guess, 0, 0, 3]),
                pack([green, 0, 0, 4]),
            ],
            red,
        );
        let steady_blue = median(w[2], n[2], nw[2]).wrapping_add(green.wrapping_sub(steady));
        let blue = self.blue.code(
            coder,
            [
                pack([green, red, 0, 1]),
                pack([green, red, w[2], 2]),
                pack([steady_blue, red.wrapping_sub(guess), 0, 3]),
                pack([green.wrapping_add(green.wrapping_sub(red)), 0, 0, 4]),
            ],
            blue,
        );
        colour([red, green, blue])
    }
}

fn channels(colour: u32) -> [u8; 3] {
    [(colour >> 16) as u8, (colour >> 8) as u8, colour as u8]
}

fn colour([red, green, blue]: [u8; 3]) -> u32 {
    u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue)
}

fn pack(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}
