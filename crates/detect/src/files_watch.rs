//! What watches files on all file systems of this machine: what runs it need not know what it watches for.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::Unwatched;

/// A watch over all file systems, of which the kernel tells who opened and closed what.
pub trait FilesWatch: Sized {
    /// What to watch.
    type Watched: Serialize + DeserializeOwned;
    /// What it tells.
    type Event: Serialize + DeserializeOwned;
    /// That more happened than is known.
    const LOST: Self::Event;

    /// Begins to watch, and says what cannot be watched.
    ///
    /// # Errors
    /// Without `CAP_SYS_ADMIN` and `CAP_NET_ADMIN`, both until this has returned; in containers; and with kernels before 5.9.
    fn watch(watched: &Self::Watched) -> std::io::Result<(Self, Vec<Unwatched>)>;

    /// Tells what happened. Whether more may wait already.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    fn take(&mut self, tell: &mut dyn FnMut(Self::Event)) -> std::io::Result<bool>;

    /// Readable when there may be something to take.
    fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>>;

    /// When there is something to take without that.
    fn due(&self) -> Instant;

    /// Whether something is there now that is not watched: the next one of these watches it.
    fn is_outdated(&mut self) -> bool;

    /// Whether something may happen until the next one watches.
    fn is_busy(&self) -> bool;
}
