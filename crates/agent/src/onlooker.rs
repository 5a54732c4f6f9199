//! `kinescope-agent onlooker`: waits until something is opened on a display and says what. A process of its own, under a uid of
//! its own, like a recorder: an X server that hangs or lies harms nobody but it.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, the onlooker ends.
//! * stdout: one line of JSON, [`Sight`], or nothing if nothing was opened in time.

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use capture::{Opened, wait_for_opened};
use serde::{Deserialize, Serialize};

use crate::first_line::{DisplayAccess, first_line};

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// Which display to look at.
#[derive(Serialize, Deserialize)]
pub struct Watched {
    /// The display.
    #[serde(flatten)]
    pub access: DisplayAccess,
    /// How long to wait.
    pub wait_secs: u64,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// A desktop.
    Desktop,
    /// Processes with windows, no desktop.
    Programs(Vec<u32>),
}

/// Runs the subcommand.
///
/// # Errors
/// If the display cannot be looked at, or not any longer.
pub fn run() -> anyhow::Result<()> {
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    let deadline = Instant::now() + Duration::from_secs(watched.wait_secs);
    let sight = match wait_for_opened(&watched.access.params()?, deadline, std::io::stdin().as_fd())? {
        Some(Opened::Desktop) => Sight::Desktop,
        Some(Opened::Programs(programs)) => Sight::Programs(programs),
        None => return Ok(()),
    };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &sight)?;
    Ok(stdout.write_all(b"\n")?)
}
