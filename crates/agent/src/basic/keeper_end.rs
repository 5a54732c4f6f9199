//! The end of a file that was left without one, in the process that acts for its user: the agent is given what is there, and what it
//! says is put behind it.

use std::fs::{File, TryLockError};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::keeper::{Keep, MAX_TASK_BYTES, Said, open_folder, say};
use super::values::Folder;

/// How long another process that writes the file is waited for: less than the agent waits for this one.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// Gives the file to the agent, and takes its end.
///
/// # Errors
/// If it cannot be opened, read or written.
pub fn finish(
    agent: &UnixStream,
    mut input: BufReader<UnixStream>,
    home: Option<&Path>,
    folder: &Folder,
    name: &str,
) -> anyhow::Result<Said> {
    ensure!(!name.contains('/') && !name.starts_with('.'), "{name:?} is no name of a file");
    let (folder, place) = match open_folder(home, folder, false) {
        Err(error) if error.downcast_ref::<Errno>() == Some(&Errno::ENOENT) => return Ok(Said::Gone),
        opened => opened?,
    };
    let place = place.join(name);
    let Some(mut file) = open(&folder, name).with_context(|| format!("{} cannot be opened", place.display()))? else {
        return Ok(Said::Gone);
    };
    ensure!(file.metadata()?.is_file(), "{} is no file", place.display());
    wait_for_it(&file)?;
    let bytes = file.metadata()?.len();
    if bytes == 0 {
        unlinkat(&folder, name, UnlinkatFlags::NoRemoveDir)?;
        return Ok(Said::Gone);
    }
    say(agent, &Said::Found(bytes))?;
    std::io::copy(&mut (&mut file).take(bytes), &mut &*agent).context("it cannot be read")?;
    let mut line = Vec::new();
    (&mut input).take(MAX_TASK_BYTES).read_until(b'\n', &mut line)?;
    // The agent may want nothing of it.
    let Ok(keep) = serde_json::from_slice::<Keep>(&line) else { return Ok(Said::Closed(bytes)) };
    ensure!(keep.bytes <= bytes && file.metadata()?.len() == bytes, "it has changed meanwhile");
    // Also gives back room that was kept for an end.
    file.set_len(keep.bytes)?;
    file.seek(SeekFrom::Start(keep.bytes))?;
    let added = std::io::copy(&mut input, &mut file).context("its end cannot be written")?;
    file.flush().and_then(|()| file.sync_all()).context("the disk does not take its end")?;
    Ok(Said::Closed(keep.bytes + added))
}

/// The file, by no link; `None`: there is none.
fn open(folder: &OwnedFd, name: &str) -> anyhow::Result<Option<File>> {
    // A pipe is not waited for.
    let flags = OFlag::O_RDWR | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match openat(folder, name, flags, Mode::empty()) {
        Ok(file) => Ok(Some(File::from(file))),
        Err(Errno::ENOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Waits until nobody writes it any more.
fn wait_for_it(file: &File) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(POLL),
            Err(TryLockError::WouldBlock) => bail!("another process has it"),
            // Some file systems know no locks.
            Err(TryLockError::Error(_)) => return Ok(()),
        }
    }
}
