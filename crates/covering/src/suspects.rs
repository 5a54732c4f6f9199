//! Pixels that show a covered window although none lies there any more.
//!
//! When a window goes, the X server lets the windows below draw what comes to light. A window without a background of its own
//! keeps the old pixels until its program has drawn, which may take a moment, or for ever where the program hangs. Such pixels
//! stay covered until something was drawn over them.

use crate::region::Region;

/// Drawing that may have come before the window went counts only after this long, in microseconds: by then any program that
/// works has drawn what came to light.
pub const REDRAW_PATIENCE_US: u64 = 1_000_000;

/// More moments than this are put together.
const MAX_MOMENTS: usize = 32;

/// Rectangles of one moment; more are rounded up to a grid: pixels that get in with the others
/// stay covered until something is drawn there.
const MAX_RECTS: usize = 1024;

/// What came to light at one look.
#[derive(Debug, Clone)]
struct Moment {
    at_us: u64,
    region: Region,
    /// What was drawn in the same interval, before or after.
    drawn: Region,
}

/// Pixels that came to light and were not drawn over since, as far as is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Suspects {
    moments: Vec<Moment>,
}

impl Suspects {
    /// Goes on to the present look. `uncovered` is what was covered since the last look and no longer is; `covered` is what is
    /// covered now, `private` what of that is known to be; `drawn` is everything drawn since the last look. Windows must be looked at
    /// before the drawing is fetched.
    pub(crate) fn look(
        &mut self,
        now_us: u64,
        uncovered: Region,
        (covered, private): (&Region, &Region),
        drawn: &Region,
    ) {
        for moment in &mut self.moments {
            // Fetched when the window was known to be gone: this was drawn later.
            moment.region.subtract(drawn);
            moment.region.subtract(private);
            if now_us.saturating_sub(moment.at_us) >= REDRAW_PATIENCE_US {
                moment.region.subtract(&moment.drawn);
                moment.drawn = Region::new();
            }
        }
        let mut region = uncovered;
        region.subtract(covered);
        if !region.is_empty() {
            let drawn = drawn.intersection(&region);
            self.moments.push(Moment { at_us: now_us, region: region.widened(MAX_RECTS), drawn });
        }
        self.moments.retain(|moment| !moment.region.is_empty());
        while self.moments.len() > MAX_MOMENTS {
            let oldest = self.moments.remove(0);
            self.moments[0].take_in(oldest);
        }
    }

    /// The pixels.
    pub(crate) fn region(&self) -> Region {
        let mut all = Region::new();
        self.moments.iter().for_each(|moment| all.add(&moment.region));
        all
    }

    /// When the next look is due although nothing is drawn.
    pub(crate) fn due_us(&self) -> Option<u64> {
        let waiting = self.moments.iter().filter(|moment| !moment.drawn.is_empty());
        waiting.map(|moment| moment.at_us.saturating_add(REDRAW_PATIENCE_US)).min()
    }
}

impl Moment {
    /// Takes in an earlier one. Where both hold a pixel, only what was drawn at the later one counts.
    fn take_in(&mut self, earlier: Moment) {
        let mut drawn = earlier.drawn.intersection(&earlier.region);
        drawn.subtract(&self.region);
        self.region.add(&earlier.region);
        self.drawn.add(&drawn);
        self.region = std::mem::take(&mut self.region).widened(MAX_RECTS);
    }
}
