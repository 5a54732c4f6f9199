//! Where a recorder's blocks go.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::stop::StopSignals;

/// A pipe that reports room has room for this much: such a write never blocks (PIPE_BUF).
const WRITE_BYTES: usize = 4096;

/// How long a reader may take for what is left once we were asked to stop.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Takes whole blocks.
pub trait Outlet {
    /// Writes them. May take as long as it needs: nothing is captured meanwhile, and nothing piles up.
    ///
    /// # Errors
    /// [`OutletError`] if they could not be written; the recorder then ends.
    fn write(&mut self, blocks: &[u8]) -> Result<(), OutletError>;

    /// When [`Outlet::rest`] wants to be called although nothing changes.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Called when that moment has come.
    ///
    /// # Errors
    /// As for [`Outlet::write`].
    fn rest(&mut self) -> Result<(), OutletError> {
        Ok(())
    }

    /// Becomes readable or broken when nobody takes blocks any more.
    fn broken(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// Why blocks were not taken.
#[derive(Debug, thiserror::Error)]
pub enum OutletError {
    /// The reader has gone, or did not read what was left in time.
    #[error("nobody reads the recording any more")]
    NotRead,
    /// Asked to stop in the middle of writing, and everything was still written.
    #[error("asked to stop")]
    Stopped,
    /// Storing failed.
    #[error("the recording cannot be written")]
    Io(#[from] std::io::Error),
    /// The recording's own rules were broken.
    #[error("the recording's blocks were refused")]
    Blocks(#[from] recording::AssembleError),
    /// An entry that has no place in a block.
    #[error("the recording cannot be structured")]
    Structure(#[from] recording::EncodeError),
}

/// stdout of a recorder.
pub struct PipeOutlet<'a> {
    pipe: File,
    /// Its other end can be seen to close. A regular file has none.
    watchable: bool,
    stop: &'a StopSignals,
}

impl<'a> PipeOutlet<'a> {
    /// Writes to stdout until a signal arrives.
    ///
    /// # Errors
    /// If stdout is not open.
    pub fn stdout(stop: &'a StopSignals) -> std::io::Result<Self> {
        let pipe = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
        let kind = pipe.metadata()?.file_type();
        Ok(Self { pipe, watchable: kind.is_fifo() || kind.is_socket(), stop })
    }

    /// Waits for room. `false`: asked to stop instead.
    fn wait_for_room(&self, until: Option<Instant>) -> Result<bool, OutletError> {
        let timeout = match until {
            None => PollTimeout::NONE,
            Some(at) => {
                let left = at.saturating_duration_since(Instant::now());
                PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
            }
        };
        let mut fds = vec![PollFd::new(self.pipe.as_fd(), PollFlags::POLLOUT)];
        if until.is_none() {
            fds.push(PollFd::new(self.stop.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut fds, timeout) {
            Ok(0) => Err(OutletError::NotRead),
            Ok(_) if fds[0].any().unwrap_or(true) => Ok(true),
            Ok(_) => Ok(!self.stop.take()),
            Err(Errno::EINTR) => Ok(true),
            Err(errno) => Err(OutletError::Io(errno.into())),
        }
    }
}

impl Outlet for PipeOutlet<'_> {
    fn write(&mut self, blocks: &[u8]) -> Result<(), OutletError> {
        let mut last_words = None;
        for chunk in blocks.chunks(WRITE_BYTES) {
            while !self.wait_for_room(last_words)? {
                last_words = Some(Instant::now() + LAST_WORDS);
            }
            self.pipe.write_all(chunk).map_err(|error| match error.kind() {
                std::io::ErrorKind::BrokenPipe => OutletError::NotRead,
                _ => OutletError::Io(error),
            })?;
        }
        if last_words.is_some() { Err(OutletError::Stopped) } else { Ok(()) }
    }

    fn broken(&self) -> Option<BorrowedFd<'_>> {
        self.watchable.then(|| self.pipe.as_fd())
    }
}
