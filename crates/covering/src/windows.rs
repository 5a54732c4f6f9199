//! The windows of a screen from the lowest to the highest, kept up to date by what is announced of them.

use crate::region::{Region, clip};
use crate::stack::{Layer, Seen};

/// Where a window lies, its border included; may be off the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Place {
    /// The part of it that lies on a screen of this size.
    pub fn on(self, screen: (u32, u32)) -> Region {
        let rect = clip(self.x.into(), self.y.into(), (self.width, self.height), screen);
        rect.map(Region::from).unwrap_or_default()
    }
}

/// What of a window may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it.
    Open,
    /// Nothing.
    Covered,
    /// Nothing until it is known whether it may.
    Unknown,
    /// Only this part of the screen.
    OpenOnly(Region),
    /// It has no pixels of its own.
    Clear,
}

/// A window right on the desktop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopLevel {
    /// Its number.
    pub id: u32,
    /// Where it lies.
    pub place: Place,
    /// Its pixels on the screen where it is not a rectangle.
    pub shape: Option<Region>,
    /// Whether it is shown at all.
    pub mapped: bool,
    /// What of it may be seen.
    pub verdict: Verdict,
}

impl TopLevel {
    pub(crate) fn region(&self, screen: (u32, u32)) -> Region {
        self.shape.clone().unwrap_or_else(|| self.place.on(screen))
    }

    /// Its layers, from the lowest. What is not known is taken for `unknown`.
    fn layers(&self, screen: (u32, u32), unknown: Seen) -> Vec<Layer> {
        if !self.mapped {
            return Vec::new();
        }
        let layer = |region, seen| Layer { region, seen };
        match &self.verdict {
            Verdict::Open => vec![layer(self.region(screen), Seen::Open)],
            Verdict::Covered => vec![layer(self.region(screen), Seen::Covered)],
            Verdict::Unknown => vec![layer(self.region(screen), unknown)],
            Verdict::OpenOnly(part) => {
                let region = self.region(screen);
                let open = region.intersection(part);
                vec![layer(region, Seen::Covered), layer(open, Seen::Open)]
            }
            Verdict::Clear => Vec::new(),
        }
    }

    /// Puts it elsewhere. What is known only of the old place is taken so that too much is covered, not too little.
    fn put(&mut self, place: Place) {
        if place == self.place {
            return;
        }
        self.place = place;
        let was_shaped = self.shape.take().is_some();
        match self.verdict {
            Verdict::Open if was_shaped => self.verdict = Verdict::Clear,
            Verdict::OpenOnly(_) => self.verdict = Verdict::Covered,
            _ => {}
        }
    }
}

/// What became of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// There is a new one, not yet shown.
    New {
        /// Its number.
        id: u32,
        /// Where it lies.
        place: Place,
    },
    /// It lies here now, right above another one or lowest of all.
    Placed {
        /// Its number.
        id: u32,
        /// Where it lies.
        place: Place,
        /// The window that it lies right above.
        above: Option<u32>,
    },
    /// It is shown.
    Mapped(u32),
    /// It is no longer shown.
    Unmapped(u32),
    /// It lies highest of all.
    Raised(u32),
    /// It lies lowest of all.
    Lowered(u32),
    /// It is there no more.
    Gone(u32),
}

impl Change {
    /// Which window it is about.
    pub fn id(&self) -> u32 {
        match self {
            Self::New { id, .. } | Self::Placed { id, .. } => *id,
            Self::Mapped(id) | Self::Unmapped(id) | Self::Raised(id) | Self::Lowered(id) | Self::Gone(id) => *id,
        }
    }
}

/// The windows, from the lowest to the highest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Windows(pub(crate) Vec<TopLevel>);

impl Windows {
    pub(crate) fn find(&self, id: u32) -> Option<&TopLevel> {
        self.0.iter().find(|window| window.id == id)
    }

    pub(crate) fn layers(&self, screen: (u32, u32), unknown: Seen) -> Vec<Layer> {
        self.0.iter().flat_map(|window| window.layers(screen, unknown)).collect()
    }

    /// Whether any of them is covered at all.
    pub(crate) fn any_covered(&self) -> bool {
        self.0.iter().any(|window| !matches!(window.verdict, Verdict::Open | Verdict::Clear))
    }

    /// Takes over what became of one; those that are not here are left alone.
    pub(crate) fn apply(&mut self, change: &Change) {
        let Some(at) = self.0.iter().position(|window| window.id == change.id()) else { return };
        match change {
            Change::New { .. } => {}
            Change::Mapped(_) => self.0[at].mapped = true,
            Change::Unmapped(_) => self.0[at].mapped = false,
            Change::Gone(_) => drop(self.0.remove(at)),
            Change::Raised(_) => {
                let window = self.0.remove(at);
                self.0.push(window);
            }
            Change::Lowered(_) => {
                let window = self.0.remove(at);
                self.0.insert(0, window);
            }
            Change::Placed { place, above, .. } => {
                let mut window = self.0.remove(at);
                window.put(*place);
                let to = match above {
                    None => 0,
                    // A window that is not here lies between two of these; that it lies above none of them covers more if it
                    // is open, and less if it is not: so it depends.
                    Some(above) => match self.0.iter().position(|other| other.id == *above) {
                        Some(below) => below + 1,
                        None if matches!(window.verdict, Verdict::Open | Verdict::Clear) => at.min(self.0.len()),
                        None => self.0.len(),
                    },
                };
                self.0.insert(to, window);
            }
        }
    }
}
