//! Colours that no surroundings predict: those that came before by their place in a palette, others channel by channel
//! from the neighbours' channels.

use super::Around;
use super::memory::NO_COLOUR;
use crate::bits::{Bit, Coder};
use crate::encoder::Level;
use crate::frame::COLOUR;
use crate::mixing::MixedByte;
use crate::photo::median;

/// Nanoseconds to decode a colour of the palette.
const KNOWN_WORK: u64 = 100;

/// Nanoseconds to decode one channel by channel.
const NEW_WORK: u64 = 700;

/// What is learnt about unpredicted colours.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    /// At the dense level there is none: it saves time, not bytes.
    palette: Option<Palette>,
    green: MixedByte<5>,
    same_tint: [Bit; 8],
    red: MixedByte<4>,
    blue: MixedByte<4>,
}

impl Literal {
    pub(super) fn new(level: Level) -> Literal {
        // Small tables stay in the processor's cache; where a palette tells most colours, little is lost by them.
        let (palette, place_bits) = match level {
            Level::Default => (Some(Palette::new()), 10),
            Level::Dense => (None, 12),
        };
        Literal {
            palette,
            green: MixedByte::new(place_bits),
            same_tint: [Bit::NEW; 8],
            red: MixedByte::new(place_bits),
            blue: MixedByte::new(place_bits),
        }
    }

    /// Codes one colour among its surroundings; gives the time too that decoding takes, roughly in nanoseconds.
    pub(super) fn code<C: Coder>(&mut self, coder: &mut C, around: &Around, actual: u32) -> (u32, u64) {
        if let Some(known) = self.palette.as_mut().and_then(|palette| palette.code(coder, around, actual)) {
            return (known, KNOWN_WORK);
        }
        let colour = self.code_channels(coder, around, actual);
        if let Some(palette) = &mut self.palette {
            palette.learn(colour);
        }
        (colour, NEW_WORK)
    }

    fn code_channels<C: Coder>(&mut self, coder: &mut C, around: &Around, actual: u32) -> u32 {
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

/// Binary logarithm of the colours that a palette holds.
const PALETTE_BITS: u32 = 10;

/// The colours that came lately, each at the one place that it can have. Coding a place takes a fraction of coding channels.
#[derive(Debug, Clone)]
struct Palette {
    /// A colour each; [`NO_COLOUR`] where none came yet.
    places: Vec<u32>,
    held: [Bit; 16],
    /// The bits of a place from the top, for sixteen shades of the neighbours.
    place: Vec<[Bit; 1 << PALETTE_BITS]>,
    /// Whether each of the last two colours was held.
    lately: usize,
}

impl Palette {
    fn new() -> Palette {
        Palette {
            places: vec![NO_COLOUR; 1 << PALETTE_BITS],
            held: [Bit::NEW; 16],
            place: vec![[Bit::NEW; 1 << PALETTE_BITS]; 16],
            lately: 0,
        }
    }

    /// Codes a colour that is held, or that it is not.
    fn code<C: Coder>(&mut self, coder: &mut C, around: &Around, actual: u32) -> Option<u32> {
        let place = place_of(actual);
        let context = self.lately | usize::from(is_grey(around.w)) << 2 | usize::from(is_grey(around.n)) << 3;
        let held = coder.bit(&mut self.held[context & 15], self.places[place] == actual);
        self.lately = (self.lately << 1 | usize::from(held)) & 3;
        if !held {
            return None;
        }
        let [w, n, nw] = [around.w, around.n, around.nw].map(|colour| channels(colour)[1]);
        let tree = &mut self.place[usize::from(median(w, n, nw) >> 4)];
        let mut node = 1;
        for bit in (0..PALETTE_BITS).rev() {
            node = node << 1 | usize::from(coder.bit(&mut tree[node & (tree.len() - 1)], place >> bit & 1 != 0));
        }
        Some(self.places[node & (self.places.len() - 1)] & COLOUR)
    }

    fn learn(&mut self, colour: u32) {
        self.places[place_of(colour)] = colour;
    }
}

/// The place of a colour: its shade of green above, so that like shades share what is learnt about them, and a hash of
/// its tint.
fn place_of(colour: u32) -> usize {
    let [red, green, blue] = channels(colour).map(u32::from);
    let tint = |channel: u32, factor: u32| (channel.wrapping_sub(green) & 0xFF).wrapping_mul(factor);
    let hash = (tint(red, 0x9E37_79B1) ^ tint(blue, 0x85EB_CA77)).wrapping_mul(0x2C1B_3C6D);
    (green >> 2 << 4 | hash >> 28) as usize
}

fn is_grey(colour: u32) -> bool {
    let [red, green, blue] = channels(colour);
    red == green && green == blue
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
