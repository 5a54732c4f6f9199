//! What tells of files on all file systems of this machine: `kinescope-agent ssh-watch` and `copy-watch`. Processes of their own, each with the rights
//! alone that it needs, and without those that it needed only to begin.
//!
//! * stdin: one line of JSON, what to watch; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Told`]. Nobody reading holds it up: what the kernel keeps no longer then is told as lost.

use detect::{FilesWatch, Unwatched};
use nix::poll::PollTimeout;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;
use crate::saying::{is_over, say, until};

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 16 << 20;

/// What is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told<E> {
    /// It listens from here on.
    Listens,
    /// It cannot, for this reason, and ends.
    Refused(String),
    /// Of files.
    Heard(E),
    /// A file system cannot be watched.
    Unwatched {
        /// Where it is mounted.
        folder: String,
        /// Why.
        reason: String,
    },
    /// Something is there that is not watched: this ends, and the next one watches it, too.
    Outdated,
}

/// Runs a subcommand.
///
/// # Errors
/// If nobody listens any longer, or the kernel does not tell.
pub fn run<W: FilesWatch>(arguments: &Arguments) -> anyhow::Result<()> {
    let watched: W::Watched = first_line(MAX_LINE_BYTES)?;
    // To look at other users' processes and files; the others only to begin to listen.
    let to_look = CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH;
    give_up_all_but(to_look | CapabilitySet::SYS_ADMIN | CapabilitySet::NET_ADMIN, arguments)?;
    let watching = W::watch(&watched);
    keep_only(to_look)?;
    let (mut watching, unwatched) = match watching {
        Ok(watching) => watching,
        Err(error) => return say([Told::<W::Event>::Refused(error.to_string())]),
    };
    let unwatched = unwatched.into_iter().map(|Unwatched { folder, reason }| Told::Unwatched { folder, reason });
    say(std::iter::once(Told::<W::Event>::Listens).chain(unwatched))?;
    loop {
        let mut heard = Vec::new();
        let more = watching.take(&mut |event| heard.push(Told::Heard(event)))?;
        let is_outdated = watching.is_outdated();
        if is_outdated && watching.is_busy() {
            // What happens until the next one listens.
            heard.push(Told::Heard(W::LOST));
        }
        say(heard.into_iter().chain(is_outdated.then_some(Told::Outdated)))?;
        if is_outdated || is_over(watching.fds(), if more { PollTimeout::ZERO } else { until(watching.due()) })? {
            return Ok(());
        }
    }
}
