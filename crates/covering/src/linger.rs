//! Under a compositing manager what a window shows may be anywhere near it, and for a while after it went.

use screen::Rect;

use crate::region::Region;

/// How long an area stays covered after a covered window was last shown in it, in microseconds: animations are shorter.
pub const LINGER_US: u64 = 2_000_000;

/// Areas that show a covered window, or did a moment ago.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lingering(Vec<(Rect, u64)>);

impl Lingering {
    /// Goes on to the present look.
    pub(crate) fn look(&mut self, now_us: u64, shown: &Region) {
        for rect in shown.rects() {
            match self.0.iter_mut().find(|(area, _)| area == rect) {
                Some((_, last_us)) => *last_us = now_us,
                None => self.0.push((*rect, now_us)),
            }
        }
        self.0.retain(|(_, last_us)| now_us.saturating_sub(*last_us) < LINGER_US);
    }

    pub(crate) fn region(&self) -> Region {
        self.0.iter().map(|(rect, _)| *rect).collect()
    }

    pub(crate) fn due_us(&self) -> Option<u64> {
        self.0.iter().map(|(_, last_us)| last_us.saturating_add(LINGER_US)).min()
    }
}
