//! What /proc says of a process: the one place where it is read. What a process says of itself is hostile, and bounded here.

use std::io;
use std::time::Duration;

use crate::bounded;
use crate::origin::Origin;

/// Bytes of a process's arguments that are looked at.
pub const MAX_ARGUMENT_BYTES: usize = 4 << 10;
/// Bytes of a program's path: no path is longer.
pub const MAX_PROGRAM_BYTES: usize = 4 << 10;
/// A line of `stat` is shorter.
const MAX_STAT_BYTES: u64 = 2 << 10;

/// A process as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Who started it, or took it over.
    pub parent: u32,
    /// When it began, in the kernel's ticks since boot.
    pub started_ticks: u64,
    /// The file that it runs, where that may be known.
    pub program: Option<String>,
    /// What it calls itself.
    pub own_name: String,
    /// What it was started with, its own name first. It can change them.
    pub arguments: Vec<String>,
    /// Where it comes from, by itself alone.
    pub origin: Origin,
}

impl Facts {
    /// Looks at the process that has this number now. `None`: there is none. Of one that ended and was not waited for only its name is
    /// left.
    pub fn of(pid: u32) -> Option<Self> {
        let Stat { parent, started_ticks, .. } = Stat::of(pid)?;
        let arguments = arguments(pid, MAX_ARGUMENT_BYTES);
        let origin = Origin::of(pid)?;
        let own_name = own_name(pid);
        let program = program(pid).ok();
        let arguments =
            if program.is_none() && arguments.iter().all(String::is_empty) { Vec::new() } else { arguments };
        // What was read in pieces is one process's only if it was there all the while.
        (Stat::of(pid)?.started_ticks == started_ticks).then_some(Self {
            parent,
            started_ticks,
            program,
            own_name,
            arguments,
            origin,
        })
    }
}

/// A process's place among the others, and whether it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Who started it, or took it over.
    pub parent: u32,
    /// The first process of its group.
    pub group: u32,
    /// The first process of its session.
    pub session: u32,
    /// Its terminal: the number of a device, 0 without one.
    pub terminal: i64,
    /// When it began, in the kernel's ticks since boot.
    pub started_ticks: u64,
    /// It has not ended. One that ended and was not waited for has.
    pub lives: bool,
    /// How it ended, as wait(2) gives it, where whoever started it has not asked yet. Told to root and to its own user; to others it is 0.
    pub ended: Option<u32>,
}

impl Stat {
    /// That of the process that has this number now. `None`: there is none.
    pub fn of(pid: u32) -> Option<Self> {
        Self::parse(&bounded::text(&format!("/proc/{pid}/stat"), MAX_STAT_BYTES))
    }

    fn parse(stat: &str) -> Option<Self> {
        // The name stands second and may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        // As proc(5) counts them, from 1.
        let field = |number: usize| fields.get(number - 3).copied();
        let number = |at: usize| field(at)?.parse().ok();
        let state = field(3)?;
        Some(Self {
            parent: number(4)?,
            group: number(5)?,
            session: number(6)?,
            terminal: field(7)?.parse().ok()?,
            started_ticks: field(22)?.parse().ok()?,
            lives: !matches!(state, "Z" | "X"),
            ended: number(52).filter(|_| state == "Z"),
        })
    }
}

/// Numbers of all processes that can be seen.
pub fn all() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The file that a process runs.
///
/// # Errors
/// If there is no such process, or its file is secret.
pub fn program(pid: u32) -> io::Result<String> {
    let path = std::fs::read_link(format!("/proc/{pid}/exe"))?;
    let path = path.to_string_lossy();
    // The kernel's note about a file that was deleted or replaced since.
    let mut path = path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned();
    bounded::cut(&mut path, MAX_PROGRAM_BYTES);
    Ok(path)
}

/// What a process was started with, its own name first, as far as that stands in so many bytes. It can change them.
pub fn arguments(pid: u32, most_bytes: usize) -> Vec<String> {
    let text = bounded::bytes(&format!("/proc/{pid}/cmdline"), most_bytes as u64);
    let arguments = text.strip_suffix(b"\0").unwrap_or(&text).split(|byte| *byte == 0);
    arguments.map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

/// What a process calls itself. It can change that.
pub fn own_name(pid: u32) -> String {
    bounded::text(&format!("/proc/{pid}/comm"), 64).trim_end_matches('\n').to_owned()
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// How long ago that was, in the kernel's ticks since boot.
pub fn age(started_ticks: u64) -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let now = Duration::new(now.tv_sec.try_into().unwrap_or_default(), now.tv_nsec.try_into().unwrap_or_default());
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    now.saturating_sub(Duration::from_millis(started_ticks.saturating_mul(1_000) / ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(name: &str, state: &str) -> String {
        let rest = vec!["0"; 29].join(" ");
        format!("7 ({name}) {state} 1 6 5 1025 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 {rest} 139")
    }

    #[test]
    fn a_processes_name_cannot_confuse() {
        let lives =
            Stat { parent: 1, group: 6, session: 5, terminal: 1_025, started_ticks: 4_711, lives: true, ended: None };
        for name in ["cat", "a) (b c", ") Z 1 2 3"] {
            assert_eq!(Stat::parse(&stat(name, "S")), Some(lives), "{name}");
            assert_eq!(Stat::parse(&stat(name, "Z")), Some(Stat { lives: false, ended: Some(139), ..lives }), "{name}");
        }
        assert_eq!(Stat::parse("7 (a"), None);
    }
}
