//! The stream below the X connection: waits with a limit, so that a stalled server is noticed.

use std::cell::Cell;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use x11rb::rust_connection::{DefaultStream, PollMode, Stream};
use x11rb::utils::RawFdContainer;

/// How long a reply may take before the server counts as stalled and a gap is declared.
pub const REPLY_PATIENCE: Duration = Duration::from_millis(500);

/// How long the server may leave its end of a full socket unread. Requests are small and few, so this is reached only if
/// the server stopped for good while we were writing; half a request cannot be taken back, the connection is given up.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

/// A connection to an X server whose reads give up at a deadline with [`ErrorKind::TimedOut`].
///
/// After such an error the connection is intact: what was read so far is kept and waiting may be resumed.
#[derive(Debug)]
pub(crate) struct Wire {
    inner: DefaultStream,
    read_deadline: Cell<Option<Instant>>,
}

impl Wire {
    pub(crate) fn new(inner: DefaultStream) -> Self {
        Self { inner, read_deadline: Cell::new(None) }
    }

    /// From now on reads give up at this moment; `None` waits for ever.
    pub(crate) fn set_read_deadline(&self, deadline: Option<Instant>) {
        self.read_deadline.set(deadline);
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl Stream for Wire {
    fn poll(&self, mode: PollMode) -> Result<()> {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::POLLIN, mode.readable());
        flags.set(PollFlags::POLLOUT, mode.writable());
        let deadline = if mode.writable() { Some(Instant::now() + SEND_PATIENCE) } else { self.read_deadline.get() };
        let ready = wait_until(&mut [PollFd::new(self.inner.as_fd(), flags)], deadline)?;
        if ready {
            Ok(())
        } else if mode.writable() {
            Err(Error::new(ErrorKind::BrokenPipe, "the X server does not read its requests"))
        } else {
            Err(Error::new(ErrorKind::TimedOut, "no reply in time"))
        }
    }

    fn read(&self, buf: &mut [u8], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.inner.read(buf, fds)
    }

    fn write(&self, buf: &[u8], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.inner.write(buf, fds)
    }

    fn write_vectored(&self, bufs: &[IoSlice<'_>], fds: &mut Vec<RawFdContainer>) -> Result<usize> {
        self.inner.write_vectored(bufs, fds)
    }
}

/// Waits until one of the descriptors is ready (true) or the deadline has passed (false).
pub(crate) fn wait_until(fds: &mut [PollFd<'_>], deadline: Option<Instant>) -> Result<bool> {
    loop {
        let timeout = match deadline {
            None => PollTimeout::NONE,
            // Rounded up to whole milliseconds: rounded down, the last one would be spent spinning.
            Some(at) => {
                let left = at.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000);
                PollTimeout::try_from(left.min(i32::MAX as u128)).unwrap_or(PollTimeout::MAX)
            }
        };
        match poll(fds, timeout) {
            Ok(0) if deadline.is_none_or(|at| Instant::now() < at) => {}
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}
