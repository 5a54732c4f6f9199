//! The hashes of a pixel's surroundings in three sizes: sums of products, so that they can be computed side by side.

use super::Rows;

/// Pixels whose surroundings are hashed at once, as far as they lie in the rows above.
pub(crate) const BLOCK: usize = 16;

/// What the rows above add to the hashes of [`BLOCK`] pixels.
pub(super) struct Surroundings {
    /// Where the block begins in the rows.
    from: usize,
    small: [u32; BLOCK],
    middle: [u32; BLOCK],
    large: [u32; BLOCK],
}

/// The hashes of one pixel's surroundings, not spread yet.
pub(super) struct Hashes {
    small: u32,
    middle: u32,
    large: u32,
}

impl Surroundings {
    /// Of no pixel yet.
    pub(super) fn new() -> Surroundings {
        Surroundings { from: usize::MAX / 2, small: [0; BLOCK], middle: [0; BLOCK], large: [0; BLOCK] }
    }

    /// What the rows above add for the pixel at `at`; pixels are asked for from left to right.
    #[inline]
    pub(super) fn at(&mut self, rows: &Rows<'_>, at: usize) -> Hashes {
        if at.wrapping_sub(self.from) >= BLOCK {
            self.hash(rows, at);
        }
        let place = at.wrapping_sub(self.from) % BLOCK;
        Hashes { small: self.small[place], middle: self.middle[place], large: self.large[place] }
    }

    fn hash(&mut self, rows: &Rows<'_>, from: usize) {
        self.from = from;
        let (above, top) = (&rows.above[from - 2..from + BLOCK + 2], &rows.top[from - 1..from + BLOCK + 1]);
        for place in 0..BLOCK {
            let times = |pixel: u32, factor: u32| pixel.wrapping_mul(factor);
            let small = times(above[place + 2], 0x85EB_CA77);
            let middle = small
                .wrapping_add(times(above[place + 1], 0xC2B2_AE3D))
                .wrapping_add(times(above[place + 3], 0x27D4_EB2F))
                .wrapping_add(times(top[place + 1], 0xD3A2_646D));
            let large = middle
                .wrapping_add(times(above[place + 4], 0xFD70_46C5))
                .wrapping_add(times(above[place], 0xB55A_4F09))
                .wrapping_add(times(top[place], 0x4CF5_AD43))
                .wrapping_add(times(top[place + 2], 0x2745_937F));
            self.small[place] = small;
            self.middle[place] = middle;
            self.large[place] = large;
        }
    }
}

impl Hashes {
    /// With the two pixels to the left.
    #[inline]
    pub(super) fn beside(self, w: u32, ww: u32) -> Hashes {
        let near = w.wrapping_mul(0x9E37_79B1);
        let both = near.wrapping_add(ww.wrapping_mul(0x1656_67B1));
        Hashes {
            small: self.small.wrapping_add(near),
            middle: self.middle.wrapping_add(both),
            large: self.large.wrapping_add(both),
        }
    }

    pub(super) fn small(&self) -> u32 {
        spread(self.small)
    }

    pub(super) fn middle(&self) -> u32 {
        spread(self.middle)
    }

    pub(super) fn large(&self) -> u32 {
        spread(self.large)
    }
}

#[inline]
fn spread(sum: u32) -> u32 {
    (sum ^ sum >> 15).wrapping_mul(0x2C1B_3C6D)
}
