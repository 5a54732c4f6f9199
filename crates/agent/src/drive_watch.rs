//! `kinescope-agent drive-watch`: says which drives of a client are in a folder, and which files are read and written there. A process of its own,
//! as the folder's user: nobody else may look into it. That user can end it, which the agent tells.
//!
//! * stdin: one line of JSON, [`Watched`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`detect::DriveEvent`].

use std::path::PathBuf;

use detect::Drives;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;
use crate::saying::{is_over, say, until};

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
    loop {
        let mut told = Vec::new();
        drives.take(&mut |event| told.push(event))?;
        say(told)?;
        if is_over(drives.fd().into_iter(), until(drives.due()))? {
            return Ok(());
        }
    }
}
