//! `kinescope-agent drive-watch`: says which drives of a client are in a folder, and which files are read and written there. A process of its own,
//! as the folder's user: nobody else may look into it. That user can end it, which the agent tells.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`detect::DriveEvent`].

use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::time::Instant;

use detect::Drives;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 64 << 10;

/// What to look at.
#[derive(Serialize, Deserialize)]
pub struct Watched {
    /// The folder in which drives appear.
    pub folder: PathBuf,
}

/// Runs the subcommand.
///
/// # Errors
/// If the folder cannot be looked at, or not any longer.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let watched: Watched = first_line(MAX_LINE_BYTES)?;
    give_up_all_but(CapabilitySet::SYS_ADMIN, arguments)?;
    let (mut drives, refused) = Drives::watch(&watched.folder);
    keep_only(CapabilitySet::empty())?;
    if let Some(reason) = refused {
        tracing::warn!(folder = %watched.folder.display(), reason, "files that cross to and from a client are not told");
    }
    let (stdin, mut stdout) = (std::io::stdin(), std::io::stdout().lock());
    loop {
        let mut lines = Vec::new();
        let mut said = Ok(());
        drives.take(&mut |event| {
            if said.is_ok() {
                said = serde_json::to_writer(&mut lines, &event);
                lines.push(b'\n');
            }
        })?;
        said?;
        stdout.write_all(&lines)?;
        stdout.flush()?;
        let mut waited = vec![PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
        waited.extend(drives.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let wait = drives.due().saturating_duration_since(Instant::now()).as_millis() + 1;
        match poll(&mut waited, PollTimeout::from(u16::try_from(wait).unwrap_or(u16::MAX))) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        // Nothing more is said here: whatever comes is the end.
        if waited.first().and_then(PollFd::revents).is_some_and(|events| !events.is_empty()) {
            return Ok(());
        }
    }
}
