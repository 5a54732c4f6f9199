//! `kinescope-agent topmost`: says which window is topmost on a display, and what its title says. A process of its own, under a uid
//! of its own, like a recorder: an X server that hangs or lies harms nobody but it.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Seen`].

use std::io::Write as _;
use std::os::fd::AsFd as _;

use capture::{Topmost, TopmostWatch};
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
    /// The process that serves it.
    pub server_pid: u32,
}

/// A window on top of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What its title says.
    pub title: String,
    /// Whose it is.
    #[serde(default)]
    pub pid: Option<u32>,
}

/// Runs the subcommand.
///
/// # Errors
/// If the display cannot be looked at, or not any longer.
pub fn run() -> anyhow::Result<()> {
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    let mut watch = TopmostWatch::open(&watched.access.params()?)?;
    crate::recorder::check_server(Some(watched.server_pid), watch.server())?;
    let (stdin, mut stdout) = (std::io::stdin(), std::io::stdout().lock());
    while let Some(Topmost { title, pid }) = watch.next(&[stdin.as_fd()])? {
        let mut line = serde_json::to_vec(&Seen { title, pid })?;
        line.push(b'\n');
        stdout.write_all(&line)?;
        stdout.flush()?;
    }
    Ok(())
}
