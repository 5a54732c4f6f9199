//! Which pixels of a screen must not be seen, where some windows are private.
//!
//! [`Cover`] is the door: it is told what windows there are and what becomes of them, and what is drawn, and says what to
//! cover. It knows no X server, no process and no clock: times are the caller's, in microseconds.

mod cover;
mod known;
mod linger;
mod region;
mod stack;
mod suspects;
mod windows;

pub use cover::{Cover, Look};
pub use linger::LINGER_US;
pub use region::Region;
pub use stack::{Layer, Seen, covered, whole_areas};
pub use suspects::REDRAW_PATIENCE_US;
pub use windows::{Change, Place, TopLevel, Verdict};
