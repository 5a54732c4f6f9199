//! Being asked to stop: signals as a descriptor that can be waited for beside the display.

use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// SIGTERM, SIGINT and SIGHUP, held back from this thread and readable instead.
pub struct StopSignals {
    arrived: SignalFd,
}

impl StopSignals {
    /// From here on these signals no longer end the process. To be called before any thread is started.
    ///
    /// # Errors
    /// If the kernel has no descriptor to spare.
    pub fn catch() -> nix::Result<Self> {
        let mut set = SigSet::empty();
        set.add(Signal::SIGTERM);
        set.add(Signal::SIGINT);
        set.add(Signal::SIGHUP);
        set.thread_block()?;
        let arrived = SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        Ok(Self { arrived })
    }

    /// Whether one has arrived since this was last asked.
    pub fn take(&self) -> bool {
        matches!(self.arrived.read_signal(), Ok(Some(_)))
    }
}

impl AsFd for StopSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.arrived.as_fd()
    }
}
