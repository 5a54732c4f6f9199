//! Whether a terminal shows what is typed into it: by the settings of its line, which programs change that ask for passwords.

use std::fs::File;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use detect::process::{file_name, program};
use nix::fcntl::OFlag;
use nix::sys::stat::{major, minor};
use rustix::termios::{LocalModes, tcgetattr};

/// Programs whose windows are terminals and nothing else, by the names of their files. Others may have terminals besides, while what is typed
/// goes elsewhere.
const TERMINALS: &[&str] = &["xterm"];
/// Open files of a program that are looked at.
const MAX_FILES: usize = 256;
/// The kernel's major numbers of terminals in windows.
const PTS_MAJORS: std::ops::RangeInclusive<u64> = 136..=143;
/// Terminals of one major number.
const PER_MAJOR: u64 = 256;

/// What a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// No terminal.
    None,
    /// One that does not show what is typed, or nobody knows.
    Silent,
    /// One that shows it, by its number: the line itself does, and takes whole lines.
    Shows(u32),
}

impl Terminal {
    /// That of a process.
    pub fn of(pid: u32) -> Self {
        if !program(pid).is_ok_and(|program| TERMINALS.contains(&file_name(&program))) {
            return Self::None;
        }
        let shows = only_terminal(pid).filter(|number| shows(*number));
        shows.map_or(Self::Silent, Self::Shows)
    }
}

/// The terminal that a process serves, where it is one.
fn only_terminal(pid: u32) -> Option<u32> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fdinfo")).ok()?;
    let mut numbers = Vec::new();
    for (count, file) in files.enumerate() {
        if count == MAX_FILES {
            return None;
        }
        let info = std::fs::read_to_string(file.ok()?.path()).unwrap_or_default();
        let number = info.lines().find_map(|line| line.strip_prefix("tty-index:"));
        numbers.extend(number.and_then(|number| number.trim().parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    numbers.dedup();
    match *numbers {
        [number] => Some(number),
        _ => None,
    }
}

fn shows(number: u32) -> bool {
    let path = format!("/dev/pts/{number}");
    let flags = OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    let Ok(line) = File::options().read(true).custom_flags(flags.bits()).open(&path) else { return false };
    is_line(&line, number)
        && tcgetattr(&line).is_ok_and(|line| line.local_modes.contains(LocalModes::ECHO | LocalModes::ICANON))
        && Path::new(&path).exists()
}

/// What stands at a terminal's path may be something else.
fn is_line(line: &File, number: u32) -> bool {
    let Ok(facts) = line.metadata() else { return false };
    let (major, minor) = (major(facts.rdev()), minor(facts.rdev()));
    let is_pts = facts.file_type().is_char_device() && PTS_MAJORS.contains(&major);
    is_pts && (major - PTS_MAJORS.start()) * PER_MAJOR + minor == u64::from(number)
}
