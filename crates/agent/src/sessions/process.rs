//! One process among all that ever had its number.

use std::path::PathBuf;

use detect::process::{self, Stat};
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
        Stat::of(pid).map(|stat| Self { pid, started_ticks: stat.started_ticks })
    }

    /// Whether it still runs. One that ended and was not waited for does not.
    pub fn is_alive(&self) -> bool {
        self.stat().is_some_and(|stat| stat.lives)
    }

    /// How it ended, where whoever started it has not asked yet: exit code and signal. Told to root, and to its own user; to others it looks
    /// like success.
    pub fn outcome(&self) -> Option<(u32, u32)> {
        let status = self.stat()?.ended?;
        Some(((status >> 8) & 0xff, status & 0x7f))
    }

    fn stat(&self) -> Option<Stat> {
        Stat::of(self.pid).filter(|stat| stat.started_ticks == self.started_ticks)
    }

    /// logind's name of the session that it belongs to, as its control group says.
    pub fn logind_session(&self) -> Option<String> {
        let groups = std::fs::read_to_string(format!("/proc/{}/cgroup", self.pid)).ok()?;
        let scope = groups.split(['/', '\n']).find_map(|part| part.strip_prefix("session-")?.strip_suffix(".scope"))?;
        scope.chars().all(|c| c.is_ascii_alphanumeric()).then(|| scope.to_owned())
    }

    /// What it was started with, its own name first.
    pub fn arguments(&self) -> Vec<String> {
        process::arguments(self.pid, MAX_ARGUMENT_BYTES)
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
}
