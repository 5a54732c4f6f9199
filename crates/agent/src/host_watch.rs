//! `kinescope-agent host-watch`: says what happens on this machine outside of its displays. A process of its own, with the rights
//! alone that it needs, and without those that it needed only to begin: what it reads was written by the users who are recorded.
//!
//! * stdin: one line of JSON, [`Wanted`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Told`]. Nobody reading holds it up: what the kernel keeps no longer then is told as lost.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use detect::{Facts, FileEvent, Files, ProgramEvent, Programs, Unwatched};
use events::Listed;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;
use crate::programs::Names;

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 16 << 20;
/// How often /proc is looked through where the kernel does not tell.
const SCAN_EVERY: Duration = Duration::from_secs(1);
/// How often is looked whether a listed folder is there now.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What is to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Lists of programs; shells with any. At most [`detect::MAX_LISTS`] count.
    pub programs: Vec<Names>,
    /// Programs that fail.
    pub failures: bool,
    /// Lists of folders. At most [`detect::MAX_LISTS`] count.
    pub folders: Vec<Listed>,
}

impl Wanted {
    /// Whether that is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// Of a program.
    Program(ProgramEvent),
    /// Of a file.
    File(FileEvent),
    /// A listed folder cannot be watched.
    Unwatched {
        /// It.
        folder: String,
        /// Why.
        reason: String,
    },
    /// Programs that start and end between two looks are missed, for this reason.
    Scans(String),
}

/// Runs the subcommand.
///
/// # Errors
/// If nobody listens any longer, or the kernel does not tell.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted: Wanted = first_line(MAX_LINE_BYTES)?;
    // To look at other users' processes and files; the others only to begin to listen.
    let to_look = CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH;
    let to_begin = if wanted.folders.is_empty() { CapabilitySet::empty() } else { CapabilitySet::SYS_ADMIN };
    give_up_all_but(to_look | to_begin | CapabilitySet::NET_ADMIN, arguments)?;
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let mut programs = match Programs::listening(classify(wanted.programs.clone()), !wanted.programs.is_empty()) {
        Ok(programs) => programs,
        Err(error) => {
            say(&mut stdout, &Told::Scans(error.to_string()))?;
            Programs::scanning(classify(wanted.programs.clone()), !wanted.programs.is_empty())
        }
    };
    let (mut files, missing) = watch_files(&wanted.folders, &mut stdout)?;
    keep_only(to_look)?;
    let mut heard = Ok(());
    loop {
        let mut tell = |told: &Told| {
            if heard.is_ok() {
                heard = say(&mut stdout, told);
            }
        };
        // Who did something to a file is known once what processes did is.
        let mut more = files.as_mut().map_or(Ok(false), Files::fetch)?;
        more |= programs.take(&mut |event| tell(&Told::Program(event)))?;
        if let Some(files) = &mut files {
            files.tell(&|pid| programs.known(pid), &mut |event| tell(&Told::File(event)));
        }
        std::mem::replace(&mut heard, Ok(()))?;
        stdout.flush()?;
        let timeout = if more { PollTimeout::ZERO } else { timeout(&programs, files.as_ref(), &missing) };
        // A folder that is there now is watched by the next of these processes.
        if is_over(&programs, files.as_ref(), timeout)? || missing.iter().any(|folder| folder.is_dir()) {
            return Ok(());
        }
    }
}

/// Watches what is listed, and says what cannot be; the others are not there yet.
fn watch_files(lists: &[Listed], stdout: &mut impl Write) -> anyhow::Result<(Option<Files>, Vec<PathBuf>)> {
    let mut folders = BTreeMap::<&Path, u64>::new();
    for (at, list) in lists.iter().take(detect::MAX_LISTS).enumerate() {
        list.iter().for_each(|folder| *folders.entry(Path::new(folder)).or_default() |= 1 << at);
    }
    if folders.is_empty() {
        return Ok((None, Vec::new()));
    }
    let folders: Vec<(&Path, u64)> = folders.into_iter().collect();
    let (files, unwatched) = match Files::watch(&folders) {
        Ok((files, unwatched)) => (Some(files), unwatched),
        Err(error) => {
            let all = Unwatched { folder: "all that are listed".to_owned(), reason: error.to_string() };
            (None, vec![all])
        }
    };
    let mut missing = Vec::new();
    for Unwatched { folder, reason } in unwatched {
        if files.is_some() && !Path::new(&folder).exists() {
            missing.push(PathBuf::from(&folder));
        }
        say(stdout, &Told::Unwatched { folder, reason })?;
    }
    Ok((files, missing))
}

fn timeout(programs: &Programs, files: Option<&Files>, missing: &[PathBuf]) -> PollTimeout {
    let scan = programs.fd().is_none().then_some(SCAN_EVERY);
    let look = (!missing.is_empty()).then_some(LOOK_EVERY);
    let due = files.and_then(Files::due).map(|due| due.saturating_duration_since(Instant::now()));
    let first = [scan, look, due].into_iter().flatten().min();
    // What is due is due then, not a moment before.
    let first = first.map(|wait| u16::try_from(wait.as_millis() + 1).unwrap_or(u16::MAX));
    first.map_or(PollTimeout::NONE, PollTimeout::from)
}

/// Waits for something to be told. Whether whoever started this is gone.
fn is_over(programs: &Programs, files: Option<&Files>, timeout: PollTimeout) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    let mut waited = vec![PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    waited.extend(programs.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    waited.extend(files.map(|files| PollFd::new(files.fd(), PollFlags::POLLIN)));
    match poll(&mut waited, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    // Nothing more is said here: whatever comes is the end.
    Ok(waited.first().and_then(PollFd::revents).is_some_and(|events| !events.is_empty()))
}

fn classify(lists: Vec<Names>) -> impl Fn(&Facts) -> u64 {
    move |facts| {
        let is_on = |names: &Names| names.have(facts.program.as_deref(), &facts.own_name, &facts.arguments);
        lists.iter().take(detect::MAX_LISTS).enumerate().filter(|(_, names)| is_on(names)).map(|(at, _)| 1 << at).sum()
    }
}

fn say(stdout: &mut impl Write, told: &Told) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *stdout, told)?;
    Ok(stdout.write_all(b"\n")?)
}
