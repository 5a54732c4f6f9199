//! What is known of a screen, and what that covers.

use screen::Rect;

use crate::cover::Look;
use crate::linger::Lingering;
use crate::region::Region;
use crate::stack::{Seen, covered, whole_areas};
use crate::suspects::Suspects;
use crate::windows::{Change, Place, TopLevel, Verdict, Windows};

/// Rectangles of what has passed between two looks; more are rounded up to a grid: pixels that get in with the others
/// stay covered until something is drawn there.
const MAX_RECTS: usize = 1024;

/// Windows of which nothing is known yet; of more, all that they touch counts as private.
const MAX_STRANGERS: usize = 256;

/// A window that came after the last look: nobody knows yet whether it is private.
#[derive(Debug, Clone)]
struct Stranger {
    id: u32,
    place: Option<Place>,
    mapped: bool,
    /// Everywhere that it was.
    passed: Region,
}

/// What one look, and what was announced since, tell of a screen.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    ground: Seen,
    screen: (u32, u32),
    windows: Windows,
    strangers: Vec<Stranger>,
    /// Covered by what lies on the screen now.
    base: Region,
    /// Covered at any time since the last look.
    passed: Region,
    /// What of that belonged to windows that were known to be private.
    passed_private: Region,
    suspects: Suspects,
    lingering: Lingering,
    region: Region,
}

impl Known {
    pub(crate) fn new(ground: Seen) -> Self {
        Self {
            ground,
            screen: (0, 0),
            windows: Windows::default(),
            strangers: Vec::new(),
            base: Region::new(),
            passed: Region::new(),
            passed_private: Region::new(),
            suspects: Suspects::default(),
            lingering: Lingering::default(),
            region: Region::new(),
        }
    }

    /// What must not be seen, as of the look.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn due_us(&self) -> Option<u64> {
        self.suspects.due_us().into_iter().chain(self.lingering.due_us()).min()
    }

    /// Takes over something that was announced, in order.
    pub(crate) fn change(&mut self, change: &Change) {
        match self.windows.find(change.id()) {
            Some(_) if !self.windows.any_covered() && self.ground == Seen::Open => self.windows.apply(change),
            Some(window) => {
                let moves = match change {
                    Change::Placed { place, .. } if window.verdict == Verdict::Open && window.mapped => {
                        Some((window.place, *place)).filter(|(from, to)| from != to)
                    }
                    _ => None,
                };
                let taken = moves.map(|_| self.not_drawn_over(change.id()));
                self.windows.apply(change);
                if let (Some((from, to)), Some(taken)) = (moves, taken) {
                    let by = (to.x.saturating_sub(from.x), to.y.saturating_sub(from.y));
                    let carried = taken.moved(by, self.screen).intersection(&self.visible(change.id()));
                    self.pass(&carried);
                    self.passed_private.add(&carried);
                }
                self.base = self.bare(Seen::Covered);
                let base = self.base.clone();
                self.pass(&base);
                let private = self.bare(Seen::Open);
                self.passed_private.add(&private);
                self.passed_private = std::mem::take(&mut self.passed_private).widened(MAX_RECTS);
            }
            None => self.strange(change),
        }
    }

    /// Private pixels that a window has not drawn over yet: they go with it.
    fn not_drawn_over(&self, id: u32) -> Region {
        let mut left = self.suspects.region();
        left.add(&self.passed);
        left.subtract(&self.base);
        left.intersection(&self.visible(id))
    }

    /// What of a window no other hides. Where windows came of which nothing is known, their order is not known either, and none hides it.
    fn visible(&self, id: u32) -> Region {
        let mut windows = self.windows.0.iter().skip_while(|window| window.id != id);
        let Some(window) = windows.next() else { return Region::new() };
        let mut visible = window.region(self.screen);
        if self.strangers.is_empty() {
            let hides = |above: &&TopLevel| above.mapped && above.verdict != Verdict::Clear;
            windows.filter(hides).for_each(|above| visible.subtract(&above.region(self.screen)));
        }
        visible
    }

    fn pass(&mut self, region: &Region) {
        self.passed.add(region);
        self.passed = std::mem::take(&mut self.passed).widened(MAX_RECTS);
    }

    fn strange(&mut self, change: &Change) {
        let at = match self.strangers.iter().position(|stranger| stranger.id == change.id()) {
            Some(at) => at,
            None if self.strangers.len() >= MAX_STRANGERS => {
                self.pass(&Region::from(Rect { x: 0, y: 0, width: self.screen.0, height: self.screen.1 }));
                return;
            }
            None => {
                let stranger = Stranger { id: change.id(), place: None, mapped: false, passed: Region::new() };
                self.strangers.push(stranger);
                self.strangers.len() - 1
            }
        };
        let screen = self.screen;
        let stranger = &mut self.strangers[at];
        match change {
            Change::New { place, .. } | Change::Placed { place, .. } => stranger.place = Some(*place),
            Change::Mapped(_) => stranger.mapped = true,
            Change::Unmapped(_) | Change::Gone(_) => stranger.mapped = false,
            Change::Raised(_) | Change::Lowered(_) => {}
        }
        if stranger.mapped {
            // One that was never said to be anywhere may be everywhere.
            let place = stranger.place.unwrap_or(Place { x: 0, y: 0, width: screen.0, height: screen.1 });
            stranger.passed.add(&place.on(screen));
            stranger.passed = std::mem::take(&mut stranger.passed).widened(MAX_RECTS);
        }
    }

    /// What lies on the screen and must not be seen, as the windows are known; of others it is `unknown` that counts.
    fn bare(&self, unknown: Seen) -> Region {
        if self.ground == Seen::Open && !self.windows.any_covered() {
            return Region::new();
        }
        let screen = Rect { x: 0, y: 0, width: self.screen.0, height: self.screen.1 };
        covered(screen, self.ground, &self.windows.layers(self.screen, unknown))
    }

    /// Goes on to this look; `drawn` is what was drawn since the last one that counts.
    pub(crate) fn look(&mut self, look: Look<'_>, drawn: &Region) {
        self.screen = look.screen;
        let (mut just_known, mut vanished) = (Region::new(), Region::new());
        if let Some(windows) = look.windows {
            just_known = self.just_known(&windows);
            vanished = self.vanished_unknown(&windows);
            self.windows = Windows(windows);
        }
        for stranger in std::mem::take(&mut self.strangers) {
            let private = match self.windows.find(stranger.id).map(|window| &window.verdict) {
                Some(Verdict::Open | Verdict::Clear) => false,
                Some(Verdict::Covered | Verdict::OpenOnly(_) | Verdict::Unknown) => true,
                None => (look.was_private)(stranger.id),
            };
            if private {
                self.pass(&stranger.passed);
            }
        }
        self.base = self.bare(Seen::Covered);
        let private = self.bare(Seen::Open);
        just_known.subtract(&std::mem::replace(&mut self.passed_private, private.clone()));
        let mut uncovered = std::mem::replace(&mut self.passed, self.base.clone());
        uncovered.subtract(&just_known);
        self.suspects.look(look.now_us, uncovered, (&self.base, &private), drawn);
        let mut region = self.base.clone();
        region.add(&self.suspects.region());
        if let Some(areas) = look.composited {
            region.add(&whole_areas(areas, &self.anywhere(Seen::Covered)));
            let mut private = self.anywhere(Seen::Open);
            private.add(&vanished);
            self.lingering.look(look.now_us, &whole_areas(areas, &private));
        } else {
            self.lingering.look(look.now_us, &Region::new());
        }
        region.add(&self.lingering.region());
        self.region = region;
    }

    /// The pixels of windows that turned out to be no private ones: nothing came to light, it is known better.
    fn just_known(&self, windows: &[TopLevel]) -> Region {
        let mut known = Region::new();
        for window in windows.iter().filter(|window| window.mapped && window.verdict == Verdict::Open) {
            if self.windows.find(window.id).is_some_and(|before| before.verdict == Verdict::Unknown) {
                known.add(&window.region(self.screen));
            }
        }
        known
    }

    /// The pixels of windows that went before anybody knew them.
    fn vanished_unknown(&self, windows: &[TopLevel]) -> Region {
        let mut vanished = Region::new();
        for before in self.windows.0.iter().filter(|before| before.mapped && before.verdict == Verdict::Unknown) {
            if !windows.iter().any(|window| window.id == before.id && window.mapped) {
                vanished.add(&before.region(self.screen));
            }
        }
        vanished
    }

    /// Covered windows with what of them lies below others, too.
    fn anywhere(&self, unknown: Seen) -> Region {
        let mut all = match self.ground {
            Seen::Open => Region::new(),
            Seen::Covered => Place { x: 0, y: 0, width: self.screen.0, height: self.screen.1 }.on(self.screen),
        };
        let layers = self.windows.layers(self.screen, unknown);
        layers.iter().filter(|layer| layer.seen == Seen::Covered).for_each(|layer| all.add(&layer.region));
        all
    }
}
