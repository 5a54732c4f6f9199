//! `kinescope-agent desktop-watch`: says what happens on a display besides its picture. A process of its own, under a uid of its own,
//! like a recorder: an X server that hangs, and programs that lie, harm nobody but it.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`capture::Sighting`].

use std::os::fd::AsFd as _;

use capture::{DesktopWatch, Wanted};
use serde::{Deserialize, Serialize};

use crate::first_line::{DisplayAccess, first_line};
use crate::saying::say;

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// Which display to look at, and what for.
#[derive(Serialize, Deserialize)]
pub struct Watched {
    /// The display.
    #[serde(flatten)]
    pub access: DisplayAccess,
    /// The process that serves it.
    pub server_pid: u32,
    /// What to watch for.
    pub wanted: Wanted,
}

/// Runs the subcommand.
///
/// # Errors
/// If the display cannot be looked at, or not any longer.
pub fn run() -> anyhow::Result<()> {
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    let mut watch = DesktopWatch::open(&watched.access.params()?, &watched.wanted)?;
    crate::recorder::check_server(Some(watched.server_pid), watch.server())?;
    let stdin = std::io::stdin();
    while let Some(sighting) = watch.next(&[stdin.as_fd()])? {
        say([sighting])?;
    }
    Ok(())
}
