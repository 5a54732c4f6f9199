//! `kinescope-agent host-watch`: says what happens on this machine outside of its displays. A process of its own, with the rights
//! alone that it needs, and without those that it needed only to begin: what it reads was written by the users who are recorded.
//!
//! * stdin: one line of JSON, [`Wanted`]; when it is closed, this ends.
//! * stdout: lines of JSON, each a [`Told`]. Nobody reading holds it up: what the kernel keeps no longer then is told as lost.

use std::io::Write;
use std::os::fd::AsFd as _;

use detect::{Facts, ProgramEvent, Programs};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};

use crate::confine::{Arguments, give_up_all_but, keep_only};
use crate::first_line::first_line;
use crate::programs::Names;

/// A line on stdin longer than this is refused.
const MAX_LINE_BYTES: u64 = 16 << 20;
/// How often /proc is looked through where the kernel does not tell, in milliseconds.
const SCAN_MS: u16 = 1_000;

/// What is to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Lists of programs; shells with any. At most [`detect::MAX_LISTS`] count.
    pub programs: Vec<Names>,
    /// Programs that fail.
    pub failures: bool,
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
    /// Programs that start and end between two looks are missed, for this reason.
    Scans(String),
}

/// Runs the subcommand.
///
/// # Errors
/// If nobody listens any longer, or the kernel does not tell.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let wanted: Wanted = first_line(MAX_LINE_BYTES)?;
    // To look at other users' processes; the other one only to begin to listen.
    let to_look = CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH;
    give_up_all_but(to_look | CapabilitySet::NET_ADMIN, arguments)?;
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let mut programs = match Programs::listening(classify(wanted.programs.clone()), !wanted.programs.is_empty()) {
        Ok(programs) => programs,
        Err(error) => {
            say(&mut stdout, &Told::Scans(error.to_string()))?;
            Programs::scanning(classify(wanted.programs.clone()), !wanted.programs.is_empty())
        }
    };
    keep_only(to_look)?;
    loop {
        let mut heard = Ok(());
        let more = programs.take(&mut |event| {
            if heard.is_ok() {
                heard = say(&mut stdout, &Told::Program(event));
            }
        })?;
        heard?;
        stdout.flush()?;
        let timeout = match (more, programs.fd()) {
            (true, _) => PollTimeout::ZERO,
            (false, Some(_)) => PollTimeout::NONE,
            (false, None) => PollTimeout::from(SCAN_MS),
        };
        if is_over(&programs, timeout)? {
            return Ok(());
        }
    }
}

/// Waits for something to be told. Whether whoever started this is gone.
fn is_over(programs: &Programs, timeout: PollTimeout) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    let mut waited = vec![PollFd::new(stdin.as_fd(), PollFlags::POLLIN)];
    waited.extend(programs.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
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
