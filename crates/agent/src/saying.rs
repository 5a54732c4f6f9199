//! How a part of the agent says what it found, by lines of JSON on its stdout, and waits for more to say or for the end, which is that
//! something comes to its stdin.

use std::io::Write as _;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::Serialize;

/// Says these, each in a line, at once.
///
/// # Errors
/// If nobody listens any longer.
pub fn say<T: Serialize>(told: impl IntoIterator<Item = T>) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for told in told {
        serde_json::to_writer(&mut lines, &told)?;
        lines.push(b'\n');
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&lines)?;
    Ok(stdout.flush()?)
}

/// To wait until then.
pub fn until(due: Instant) -> PollTimeout {
    within(due.saturating_duration_since(Instant::now()))
}

/// To wait for so long, or a minute: what is due is due then, not a moment before.
pub fn within(wait: Duration) -> PollTimeout {
    PollTimeout::from(u16::try_from(wait.as_millis() + 1).unwrap_or(u16::MAX))
}

/// Waits for something to be told. Whether whoever started this is gone.
///
/// # Errors
/// If it cannot be waited for.
pub fn is_over<'fd>(fds: impl Iterator<Item = BorrowedFd<'fd>>, timeout: PollTimeout) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    let mut waited = vec![PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    waited.extend(fds.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    match poll(&mut waited, timeout) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    // Nothing more is said here: whatever comes is the end.
    Ok(waited.first().and_then(PollFd::revents).is_some_and(|events| !events.is_empty()))
}
