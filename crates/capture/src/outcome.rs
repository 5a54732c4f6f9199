//! What is asked of an [`X11Source`](crate::X11Source), and what it answers.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use screen::pointer::PointerChange;
use screen::{Frame, Rect};

use crate::cover::CoverOptions;
use crate::monitors::Monitor;

/// How to record.
#[derive(Debug, Clone)]
pub struct Options {
    /// The shortest time between two pictures: 100 ms for 10 frames a second.
    pub interval: Duration,
    /// Use shared memory where the server allows it. False always reads by `GetImage`, which costs more.
    pub shared_memory: bool,
    /// Which windows are covered, if any.
    pub cover: Option<CoverOptions>,
    /// Tell of a monitor, too, that is the whole screen and the only one: for whoever chooses by name.
    pub single_monitor: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { interval: Duration::from_millis(100), shared_memory: true, cover: None, single_monitor: false }
    }
}

/// The way pixels come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// MIT-SHM 1.2 with a memfd.
    SharedMemory,
    /// `GetImage` over the connection.
    GetImage,
}

/// How long [`X11Source::next`] may wait, and for what else.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wait<'a> {
    /// Return [`Outcome::Idle`] at this moment.
    pub deadline: Option<Instant>,
    /// Return [`Outcome::Interrupted`] when one of these becomes readable, or its other end is closed.
    pub interrupts: &'a [BorrowedFd<'a>],
}

/// A stretch of time in which pictures may be missing, on `CLOCK_BOOTTIME` in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapse {
    /// When the request was made that was left unanswered.
    pub from_us: u64,
    /// When a whole picture had been read again.
    pub to_us: u64,
}

/// What has changed. At least one of picture, pointer and lapse is there.
#[derive(Debug)]
pub struct Update<'a> {
    /// When the reading began, on `CLOCK_BOOTTIME` in microseconds. Never falls. What was drawn later comes in the next update.
    pub time_us: u64,
    /// The screen as it is now.
    pub frame: &'a Frame,
    /// Where the monitors lie on it, from left to right; empty if the server names none, or one that is the whole frame
    /// (but see [`Options::single_monitor`]).
    /// Where they lie otherwise than in the last update, `damage` is the whole frame.
    pub monitors: &'a [Monitor],
    /// Where the picture may differ from the last update's: nowhere if empty. Lies inside the frame, without overlaps.
    pub damage: Vec<Rect>,
    /// What happened to the pointer. The first update tells everything.
    pub pointer: Vec<PointerChange>,
    /// The frame has another size than in the last update (true in the first); `damage` is then the whole frame.
    pub resized: bool,
    /// The server was stalled before this update.
    pub lapse: Option<Lapse>,
}

/// Why [`X11Source::next`] returned.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// Something changed.
    Update(Update<'a>),
    /// The server leaves requests unanswered. Told once; call `next` again, the update after the stall declares the lapse.
    Stalled {
        /// Since when, on `CLOCK_BOOTTIME` in microseconds.
        since_us: u64,
    },
    /// The deadline has passed.
    Idle,
    /// One of the interrupts is ready.
    Interrupted,
}
