//! `kinescope-agent ssh-watch`: says which files OpenSSH copies from and to this machine. A process of its own, with the rights alone that it
//! needs, and without those that it needed only to begin.
//!
//! * stdin: one line of JSON, `{}`; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Told`]. Nobody reading holds it up: what the kernel keeps no longer then is told as lost.

use detect::{SshEvent, SshTransfers, Unwatched};
use nix::poll::PollTimeout;
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;
use crate::saying::{is_over, say, until};

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 4 << 10;

/// What to look at: there is nothing to choose.
#[derive(Serialize, Deserialize)]
pub struct Watched {}

/// What is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// It listens from here on.
    Listens,
    /// It cannot, for this reason, and ends.
    Refused(String),
    /// Of files.
    Copied(SshEvent),
    /// A file system cannot be watched.
    Unwatched {
        /// Where it is mounted.
        folder: String,
        /// Why.
        reason: String,
    },
    /// Other file systems are mounted: this ends, and the next one watches them, too.
    Outdated,
}

/// Runs the subcommand.
///
/// # Errors
/// If nobody listens any longer, or the kernel does not tell.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Watched {} = first_line(MAX_LINE_BYTES)?;
    // To look at other users' processes and files; the others only to begin to listen.
    let to_look = CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH;
    give_up_all_but(to_look | CapabilitySet::SYS_ADMIN | CapabilitySet::NET_ADMIN, arguments)?;
    let watched = SshTransfers::watch();
    keep_only(to_look)?;
    let (mut transfers, unwatched) = match watched {
        Ok(watched) => watched,
        Err(error) => return say([Told::Refused(error.to_string())]),
    };
    let unwatched = unwatched.into_iter().map(|Unwatched { folder, reason }| Told::Unwatched { folder, reason });
    say(std::iter::once(Told::Listens).chain(unwatched))?;
    loop {
        let mut heard = Vec::new();
        let more = transfers.take(&mut |event| heard.push(Told::Copied(event)))?;
        let is_outdated = transfers.is_outdated();
        if is_outdated && transfers.is_busy() {
            // What is copied until the next one listens.
            heard.push(Told::Copied(SshEvent::Lost));
        }
        say(heard.into_iter().chain(is_outdated.then_some(Told::Outdated)))?;
        if is_outdated || is_over(transfers.fds(), if more { PollTimeout::ZERO } else { until(transfers.due()) })? {
            return Ok(());
        }
    }
}
