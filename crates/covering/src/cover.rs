//! What to cover now.

use screen::Rect;

use crate::known::Known;
use crate::region::Region;
use crate::stack::Seen;
use crate::windows::{Change, TopLevel};

/// Rectangles of drawing that are remembered beyond the look that they were fetched with.
const MAX_RECTS: usize = 4096;

/// One look at a screen.
pub struct Look<'a> {
    /// When.
    pub now_us: u64,
    /// The screen's size.
    pub screen: (u32, u32),
    /// Its windows from the lowest to the highest, where anything was announced of them; `None`: all is as it was.
    pub windows: Option<Vec<TopLevel>>,
    /// What was drawn since the last look, whether that was kept or not. To be fetched after the windows.
    pub drawn: &'a Region,
    /// The areas that a compositing manager may show a window in, if there is one.
    pub composited: Option<&'a [Rect]>,
    /// Whether a window that came and went may be private.
    pub was_private: &'a dyn Fn(u32) -> bool,
}

/// Knows which pixels must not be seen.
///
/// Windows, drawing and pixels are fetched one after the other. If windows change meanwhile, the pixels belong to none of what is known:
/// only a look that is [kept](Cover::keep) counts. Of others nothing stays but what was drawn, which nobody tells twice.
#[derive(Debug, Clone)]
pub struct Cover {
    kept: Known,
    tried: Option<Known>,
    /// Drawn since the look that was kept.
    drawn: Region,
}

impl Cover {
    /// Covers windows, and if `ground` says so also everything that is no window.
    pub fn new(ground: Seen) -> Self {
        Self { kept: Known::new(ground), tried: None, drawn: Region::new() }
    }

    /// What must not be seen, as of the last look.
    pub fn region(&self) -> &Region {
        self.tried.as_ref().unwrap_or(&self.kept).region()
    }

    /// When a look is due although nothing was drawn or announced.
    pub fn due_us(&self) -> Option<u64> {
        self.kept.due_us()
    }

    /// Takes over something that was announced, in order.
    pub fn change(&mut self, change: &Change) {
        self.kept.change(change);
        // It was made before this was known.
        self.tried = None;
    }

    /// Looks at the screen as it is now. What is read from it afterwards may be seen outside of [`Cover::region`], as long as
    /// no [`Cover::change`] comes from before the reading.
    pub fn look(&mut self, look: Look<'_>) {
        // Rounding up would let pixels be seen that nobody drew over; forgetting keeps them covered until they are drawn again.
        if self.drawn.rects().len() > MAX_RECTS {
            self.drawn = Region::new();
        }
        self.drawn.add(look.drawn);
        let mut tried = self.kept.clone();
        tried.look(look, &self.drawn);
        self.tried = Some(tried);
    }

    /// What was read after the last look is made use of.
    pub fn keep(&mut self) {
        if let Some(tried) = self.tried.take() {
            self.kept = tried;
            self.drawn = Region::new();
        }
    }
}
