//! What /proc says of a process.

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
        let (parent, started_ticks) = place(pid)?;
        let arguments = bounded::bytes(&format!("/proc/{pid}/cmdline"), MAX_ARGUMENT_BYTES as u64);
        let origin = Origin::of(pid)?;
        let own_name = bounded::text(&format!("/proc/{pid}/comm"), 64).trim_end_matches('\n').to_owned();
        let program = program(pid);
        let arguments: Vec<String> = arguments
            .strip_suffix(b"\0")
            .unwrap_or(&arguments)
            .split(|byte| *byte == 0)
            .map(|argument| String::from_utf8_lossy(argument).into_owned())
            .collect();
        let arguments =
            if program.is_none() && arguments.iter().all(String::is_empty) { Vec::new() } else { arguments };
        // What was read in pieces is one process's only if it was there all the while.
        (place(pid)?.1 == started_ticks).then_some(Self { parent, started_ticks, program, own_name, arguments, origin })
    }
}

/// Numbers of all processes that can be seen.
pub fn all() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The file that a process runs.
pub fn program(pid: u32) -> Option<String> {
    let path = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let path = path.to_string_lossy();
    let mut path = path.strip_suffix(" (deleted)").unwrap_or(&path).to_owned();
    bounded::cut(&mut path, MAX_PROGRAM_BYTES);
    Some(path)
}

/// Parent and beginning of a process that has not ended.
pub fn living(pid: u32) -> Option<(u32, u64)> {
    let (parent, started_ticks, lives) = stat(pid)?;
    lives.then_some((parent, started_ticks))
}

fn place(pid: u32) -> Option<(u32, u64)> {
    let (parent, started_ticks, _) = stat(pid)?;
    Some((parent, started_ticks))
}

fn stat(pid: u32) -> Option<(u32, u64, bool)> {
    parse(&bounded::text(&format!("/proc/{pid}/stat"), MAX_STAT_BYTES))
}

fn parse(stat: &str) -> Option<(u32, u64, bool)> {
    // The name stands second and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some((parent, started, !matches!(state, "Z" | "X")))
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

    #[test]
    fn a_processes_name_cannot_confuse() {
        let stat = |state| format!("7 (a) (b c) {state} 1 6 5 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 9");
        assert_eq!(parse(&stat("S")), Some((1, 4_711, true)));
        assert_eq!(parse(&stat("Z")), Some((1, 4_711, false)), "it has ended");
        assert_eq!(parse("7 (a"), None);
    }
}
