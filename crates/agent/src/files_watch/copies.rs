//! `kinescope-agent copy-watch`: says which files below listed folders are copied to elsewhere on this machine.

use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use detect::{Copies, CopyEvent, Unwatched};

use super::FilesWatch;

impl FilesWatch for Copies {
    /// Folders, each with the lists that it is on: a bit for each.
    type Watched = Vec<(PathBuf, u64)>;
    type Event = CopyEvent;
    const LOST: CopyEvent = CopyEvent::Lost;

    fn watch(watched: &Vec<(PathBuf, u64)>) -> std::io::Result<(Self, Vec<Unwatched>)> {
        let folders: Vec<(&Path, u64)> = watched.iter().map(|(folder, lists)| (&**folder, *lists)).collect();
        Copies::watch(&folders)
    }

    fn take(&mut self, tell: &mut dyn FnMut(CopyEvent)) -> std::io::Result<bool> {
        self.take(tell)
    }

    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.fds()
    }

    fn due(&self) -> Instant {
        self.due()
    }

    fn is_outdated(&mut self) -> bool {
        Copies::is_outdated(self)
    }

    fn is_busy(&self) -> bool {
        self.is_busy()
    }
}
