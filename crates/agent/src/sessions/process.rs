//! One process among all that ever had its number.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Arguments longer than this are no X server's.
const MAX_ARGUMENT_BYTES: usize = 64 << 10;

/// A process, told from later ones with the same number by when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it began, in the kernel's ticks since boot.
    pub started_ticks: u64,
}

impl Process {
    /// The process that has this number now.
    pub fn find(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        started_ticks(&stat).map(|started_ticks| Self { pid, started_ticks })
    }

    /// Whether it still runs. One that ended and was not waited for does not.
    pub fn is_alive(&self) -> bool {
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)) else { return false };
        started_ticks(&stat) == Some(self.started_ticks) && !matches!(state(&stat), Some("Z" | "X"))
    }

    /// How it ended, where whoever started it has not asked yet: exit code and signal. Told to root, and to its own user; to others it looks
    /// like success.
    pub fn outcome(&self) -> Option<(u32, u32)> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        outcome(&stat).filter(|_| started_ticks(&stat) == Some(self.started_ticks))
    }

    /// The number of the parent of the process that has this number now.
    pub fn parent(pid: u32) -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        fields(&stat).nth(1)?.parse().ok()
    }

    /// logind's name of the session that it belongs to, as its control group says.
    pub fn logind_session(&self) -> Option<String> {
        let groups = std::fs::read_to_string(format!("/proc/{}/cgroup", self.pid)).ok()?;
        let scope = groups.split(['/', '\n']).find_map(|part| part.strip_prefix("session-")?.strip_suffix(".scope"))?;
        scope.chars().all(|c| c.is_ascii_alphanumeric()).then(|| scope.to_owned())
    }

    /// What it was started with, its own name first.
    pub fn arguments(&self) -> Vec<String> {
        let mut text = std::fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        text.truncate(MAX_ARGUMENT_BYTES);
        text.split(|byte| *byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
    }

    /// The file that follows an argument such as `-auth`, as the process itself would find it.
    pub fn file_argument(&self, name: &str) -> Option<PathBuf> {
        let arguments = self.arguments();
        let position = arguments.iter().position(|argument| argument == name)?;
        let file = PathBuf::from(arguments.get(position + 1)?);
        if file.is_absolute() {
            return Some(file);
        }
        let folder = std::fs::read_link(format!("/proc/{}/cwd", self.pid)).ok()?;
        Some(folder.join(file))
    }
}

/// The fields after the program's name, which may itself hold spaces and parentheses.
pub fn fields(stat: &str) -> impl Iterator<Item = &str> {
    stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_ascii_whitespace()
}

/// The process that started this one, or took it over.
pub fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    fields(&stat).nth(1)?.parse().ok()
}

fn state(stat: &str) -> Option<&str> {
    fields(stat).next()
}

fn started_ticks(stat: &str) -> Option<u64> {
    // Field 22 of proc(5), counted from 1; the name is the second.
    fields(stat).nth(19)?.parse().ok()
}

fn outcome(stat: &str) -> Option<(u32, u32)> {
    // Field 52, as wait(2) gives it.
    let status: u32 = fields(stat).nth(49)?.parse().ok()?;
    (state(stat) == Some("Z")).then_some(((status >> 8) & 0xff, status & 0x7f))
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_number_and_beginning() {
        let own = Process::find(std::process::id()).expect("this very process");
        assert!(own.is_alive());
        assert!(!Process { started_ticks: own.started_ticks + 1, ..own }.is_alive());
        assert!(!own.arguments().is_empty());
    }

    #[test]
    fn how_it_ended_is_known_until_somebody_asks() {
        for (script, outcome) in [("kill -SEGV $$", (0, 11)), ("exit 3", (3, 0)), ("exit 0", (0, 0))] {
            let mut child = std::process::Command::new("sh")
                .args(["-c", &format!("read go; {script}")])
                .stdin(std::process::Stdio::piped())
                .spawn()
                .expect("a shell");
            let process = Process::find(child.id()).expect("it runs");
            assert_eq!(process.outcome(), None, "it still runs");
            drop(child.stdin.take());
            while process.is_alive() {
                std::thread::yield_now();
            }
            assert_eq!(process.outcome(), Some(outcome), "{script}");
            assert_eq!(Process { started_ticks: process.started_ticks + 1, ..process }.outcome(), None);
            child.wait().expect("it has ended");
            assert_eq!(process.outcome(), None, "nobody knows any more");
        }
    }

    #[test]
    fn names_with_parentheses_do_not_confuse() {
        let stat = "7 (a) (b c) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 9";
        assert_eq!((state(stat), started_ticks(stat)), (Some("S"), Some(4_711)));
        assert_eq!(started_ticks("7 (a"), None);
    }
}
