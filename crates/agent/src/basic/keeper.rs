//! `kinescope-agent keeper`: the process that writes a recording into its user's own folder, as that user. Whatever the user has put
//! in the way, a link, a pipe, a file system that hangs, leads to nothing that the user could not have reached anyway.
//!
//! * stdin is a socket: one line of JSON, [`Task`]; then the file's bytes, up to the end.
//! * It answers there in lines of JSON, [`Said`].

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, OFlag, fallocate, open, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, fsync, ftruncate, unlinkat};
use serde::{Deserialize, Serialize};

use super::keeper_end::finish;
use super::stored::{self, FILE_NAME, USERS_FOLDERS};
use super::values::Folder;
use crate::become_user::act_for;
use crate::confine::Limits;

/// The agent's line is never longer.
pub const MAX_TASK_BYTES: u64 = 16 << 10;
/// Room that is kept behind what is written, so that a recording can be ended when the disk is full: for the index, and a second copy
/// of a key frame.
const END_ROOM_BYTES: u64 = 8 << 20;
/// Room is taken in steps of this.
const STEP_BYTES: u64 = 1 << 20;
/// How often what was written is brought to the disk.
const SYNC_EVERY: Duration = Duration::from_secs(5);
/// Names that are tried where one is taken.
const MOST_NAMES: u32 = 99;
const EXTENSION: &str = "kin";
/// Folders on the way are only gone through, and never by a link.
pub const THROUGH: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_NOFOLLOW).union(OFlag::O_CLOEXEC);

/// Flags of the process.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The user to become
    #[arg(long, value_name = "UID")]
    run_as: Option<u32>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Tell what the user's own settings are.
    Settings {
        /// The user's home.
        home: PathBuf,
    },
    /// Write a file.
    Keep {
        /// The user's home, if there is one.
        home: Option<PathBuf>,
        /// Where to.
        folder: Folder,
        /// Its name, without extension.
        name: String,
    },
    /// Give a file back that was left without an end, and take that.
    Finish {
        /// The user's home when it began, if there was one.
        home: Option<PathBuf>,
        /// Where it is,
        folder: Folder,
        /// and its name.
        name: String,
    },
}

/// A line of JSON before what comes at the end of a file that was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// So much of the file stays.
    pub bytes: u64,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// The user's settings, as the file has them; none where there is no file.
    Settings(Option<String>),
    /// The file is there.
    Opened(PathBuf),
    /// There is no more room than what the recording's end needs.
    Full(String),
    /// The file is there, with so many bytes, which follow.
    Found(u64),
    /// There is no such file, or nothing was in it.
    Gone,
    /// Everything is on the disk: so many bytes.
    Closed(u64),
    /// It does not go on, for this reason.
    Failed(String),
}

/// What the process may use. No recording may have more bytes.
const LIMITS: Limits = Limits { descriptors: 32, address_bytes: 1 << 30, file_bytes: 8 << 30 };

/// Runs the process.
pub fn run(arguments: &Arguments) -> ExitCode {
    let done = act_for(arguments.run_as, &LIMITS).and_then(|()| {
        let stdin = std::io::stdin().as_fd().try_clone_to_owned()?;
        work(UnixStream::from(stdin))
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(agent: UnixStream) -> anyhow::Result<()> {
    let mut input = BufReader::new(agent.try_clone()?);
    let mut line = Vec::new();
    (&mut input).take(MAX_TASK_BYTES).read_until(b'\n', &mut line)?;
    let task: Task = serde_json::from_slice(&line).ok().context("the task is no line of JSON")?;
    let done = match task {
        Task::Settings { home } => settings(&home).map(Said::Settings),
        Task::Keep { home, folder, name } => keep(&agent, input, home.as_deref(), &folder, &name).map(Said::Closed),
        Task::Finish { home, folder, name } => finish(&agent, input, home.as_deref(), &folder, &name),
    };
    say(&agent, &done.unwrap_or_else(|error| Said::Failed(format!("{error:#}"))))
}

/// Says something to the agent.
///
/// # Errors
/// If it has gone.
pub fn say(mut agent: &UnixStream, said: &Said) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(agent.write_all(&line)?)
}

/// The text of the user's own file.
fn settings(home: &Path) -> anyhow::Result<Option<String>> {
    let mut folder = match open(home, THROUGH & !OFlag::O_NOFOLLOW, Mode::empty()) {
        Err(Errno::ENOENT) => return Ok(None),
        opened => opened.with_context(|| format!("your home, {}, cannot be opened", home.display()))?,
    };
    for name in USERS_FOLDERS {
        folder = match openat(&folder, name, THROUGH, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::ENOENT) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("~/.config/kinescope: {name} is no folder")),
        };
    }
    // A pipe is not waited for, and a link not followed.
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let file = match openat(&folder, FILE_NAME, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::ENOENT) => return Ok(None),
        Err(error) => return Err(error).context("~/.config/kinescope/basic.toml cannot be read"),
    };
    ensure!(file.metadata()?.is_file(), "~/.config/kinescope/basic.toml is no file");
    stored::bounded(file).map(Some).context("~/.config/kinescope/basic.toml cannot be read")
}

/// Writes what comes, up to its end. A file into which nothing came is taken away again.
fn keep(
    agent: &UnixStream,
    mut input: BufReader<UnixStream>,
    home: Option<&Path>,
    folder: &Folder,
    name: &str,
) -> anyhow::Result<u64> {
    let (folder, place) = open_folder(home, folder, true)?;
    let (file, name) =
        create(&folder, name).with_context(|| format!("nothing can be written into {}", place.display()))?;
    // Whoever gives it an end later waits until this one has gone.
    let _ = file.try_lock();
    let mut kept = Kept { file, written: 0, reserved: 0, reserves: true };
    if let Err(error) = kept.reserve(0) {
        unlinkat(&folder, name.as_str(), UnlinkatFlags::NoRemoveDir)?;
        bail!("{} has no room: {error}", place.display());
    }
    say(agent, &Said::Opened(place.join(&name)))?;
    let mut buffer = vec![0; 64 << 10];
    let (mut full, mut synced) = (false, Instant::now());
    loop {
        let count = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        if let (false, Err(error)) = (full, kept.reserve(count as u64)) {
            full = true;
            say(agent, &Said::Full(format!("{} has no more room: {error}", place.display())))?;
        }
        kept.write(&buffer[..count]).with_context(|| format!("{} cannot be written to", place.display()))?;
        if synced.elapsed() >= SYNC_EVERY {
            kept.file.sync_data().context("the disk does not take what was recorded")?;
            synced = Instant::now();
        }
    }
    if kept.written == 0 {
        unlinkat(&folder, name.as_str(), UnlinkatFlags::NoRemoveDir)?;
        return Ok(0);
    }
    kept.close().context("the disk does not take what was recorded")?;
    // Some file systems know no such thing for folders.
    let listed = openat(&folder, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty());
    let _ = listed.map(fsync);
    Ok(kept.written)
}

/// Goes to a folder, making what is not there if that is wanted, and never by a link below the home or the root.
///
/// # Errors
/// If there is no way, or it leads over a link.
pub fn open_folder(home: Option<&Path>, folder: &Folder, make: bool) -> anyhow::Result<(OwnedFd, PathBuf)> {
    let (of_home, names) = folder.names();
    let mut place = if of_home {
        home.context("you have no home folder; set `folder` to another place")?.to_owned()
    } else {
        PathBuf::from("/")
    };
    let failed = |place: &Path| format!("{} cannot be opened", place.display());
    let mut at = open(&place, THROUGH & !OFlag::O_NOFOLLOW, Mode::empty()).with_context(|| failed(&place))?;
    for name in names {
        place.push(name);
        at = match openat(&at, name, THROUGH, Mode::empty()) {
            Err(Errno::ENOENT) if make => {
                match mkdirat(&at, name, Mode::S_IRWXU) {
                    Ok(()) | Err(Errno::EEXIST) => {}
                    Err(error) => return Err(error).with_context(|| format!("{} cannot be made", place.display())),
                }
                openat(&at, name, THROUGH, Mode::empty())
            }
            opened => opened,
        }
        .map_err(|error| match error {
            Errno::ENOTDIR | Errno::ELOOP => {
                anyhow::anyhow!("{} is a symbolic link or no folder; links are not followed", place.display())
            }
            error => anyhow::Error::from(error).context(failed(&place)),
        })?;
    }
    Ok((at, place))
}

/// Makes a file that was not there, for its owner alone.
fn create(folder: &OwnedFd, name: &str) -> anyhow::Result<(File, String)> {
    ensure!(!name.contains('/') && !name.starts_with('.'), "{name:?} is no name of a file");
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    for number in 1..=MOST_NAMES {
        let name = match number {
            1 => format!("{name}.{EXTENSION}"),
            number => format!("{name}-{number}.{EXTENSION}"),
        };
        match openat(folder, name.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR) {
            Ok(file) => return Ok((File::from(file), name)),
            Err(Errno::EEXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("all of the names are taken");
}

/// The file, and room that is kept for its end.
struct Kept {
    file: File,
    written: u64,
    reserved: u64,
    /// The file system can keep room.
    reserves: bool,
}

impl Kept {
    /// Sees to room for so much more, and for the end behind it.
    fn reserve(&mut self, more: u64) -> nix::Result<()> {
        let needed = self.written + more + END_ROOM_BYTES;
        if !self.reserves || needed <= self.reserved {
            return Ok(());
        }
        let step = needed + STEP_BYTES;
        let length = |to: u64| i64::try_from(to - self.reserved).map_err(|_| Errno::EFBIG);
        let from = i64::try_from(self.reserved).map_err(|_| Errno::EFBIG)?;
        match fallocate(&self.file, FallocateFlags::FALLOC_FL_KEEP_SIZE, from, length(step)?) {
            Ok(()) => self.reserved = step,
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL) => self.reserves = false,
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Gives back what was kept, and brings the rest to the disk.
    fn close(&mut self) -> anyhow::Result<()> {
        ftruncate(&self.file, i64::try_from(self.written)?)?;
        Ok(self.file.sync_all()?)
    }
}
