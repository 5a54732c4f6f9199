//! `kinescope-agent ssh-watch`: says which files OpenSSH copies from and to this machine.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use detect::{SshEvent, SshTransfers, Unwatched};
use serde::{Deserialize, Serialize};

use super::FilesWatch;

/// What to look at: there is nothing to choose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {}

impl FilesWatch for SshTransfers {
    type Watched = Watched;
    type Event = SshEvent;
    const LOST: SshEvent = SshEvent::Lost;

    fn watch(_: &Watched) -> std::io::Result<(Self, Vec<Unwatched>)> {
        SshTransfers::watch()
    }

    fn take(&mut self, tell: &mut dyn FnMut(SshEvent)) -> std::io::Result<bool> {
        self.take(tell)
    }

    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.fds()
    }

    fn due(&self) -> Instant {
        self.due()
    }

    fn is_outdated(&mut self) -> bool {
        self.is_outdated()
    }

    fn is_busy(&self) -> bool {
        self.is_busy()
    }
}
