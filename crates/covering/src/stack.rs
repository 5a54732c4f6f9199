//! What of covered windows can be seen, given what lies above them.

use screen::Rect;

use crate::region::Region;

/// Whether something may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It may.
    Open,
    /// It must not.
    Covered,
}

/// A window, or a part of one, as it lies on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its pixels, as if nothing lay above it.
    pub region: Region,
    /// Whether they may be seen.
    pub seen: Seen,
}

/// The pixels that must not be seen: those whose topmost layer is covered. Layers are given from the lowest to the highest;
/// `ground` is what lies below them all, everywhere on the screen.
pub fn covered(screen: Rect, ground: Seen, layers: &[Layer]) -> Region {
    let mut covered = match ground {
        Seen::Open => Region::new(),
        Seen::Covered => Region::from(screen),
    };
    for layer in layers {
        match layer.seen {
            Seen::Covered => covered.add(&layer.region),
            Seen::Open => covered.subtract(&layer.region),
        }
    }
    covered
}

/// All of every area that shows anything of a region.
pub fn whole_areas(areas: &[Rect], region: &Region) -> Region {
    areas.iter().copied().filter(|area| Region::from(*area).intersects(region)).collect()
}
