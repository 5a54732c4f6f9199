//! Monitors: which parts of the one picture stood on which screen. A layout says nothing of pixels; it lies over them.

use serde::{Deserialize, Serialize};

/// One monitor's place on the picture, in pixels from the picture's top left corner. Monitors may overlap (one shows what
/// the other does) and need not cover the picture. The name comes from the recorded machine and may hold anything.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Monitor {
    /// What the display server calls it, such as `HDMI-1`; at most [`crate::MAX_MONITOR_NAME_CHARS`] characters.
    pub name: String,
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width, at least 1.
    pub width: u32,
    /// Height, at least 1.
    pub height: u32,
    /// Panels and new windows appear here first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

impl Monitor {
    /// The part of it that lies on a picture of this size; `None` if nothing does. What a recorder writes lies on the
    /// picture whole, what a reader is given need not.
    pub fn clipped(&self, picture_width: u32, picture_height: u32) -> Option<Monitor> {
        let right = self.x.saturating_add(self.width).min(picture_width);
        let bottom = self.y.saturating_add(self.height).min(picture_height);
        let width = right.checked_sub(self.x).filter(|width| *width > 0)?;
        let height = bottom.checked_sub(self.y).filter(|height| *height > 0)?;
        Some(Monitor { width, height, ..self.clone() })
    }
}

impl std::fmt::Display for Monitor {
    /// As `xrandr` writes it: `HDMI-1 1920×1080+0+0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Monitor { name, x, y, width, height, .. } = self;
        write!(f, "{name} {width}×{height}+{x}+{y}")
    }
}
