//! Files that a process opened itself: what it was given open by who started it (a log that it writes to, say) it closes, too, and has not copied.

use std::collections::{HashMap, HashSet};

use crate::handles::Handle;

/// Files of one process that are open at a time.
const MAX_OPEN: usize = 16 << 10;
/// Processes that have some.
const MAX_PROCESSES: usize = 4 << 10;

/// Those of some processes.
#[derive(Debug, Default)]
pub struct Opened(HashMap<u32, HashSet<Handle>>);

impl Opened {
    /// A process opened one.
    pub fn open(&mut self, pid: u32, file: Handle) {
        if self.0.len() >= MAX_PROCESSES && !self.0.contains_key(&pid) {
            return;
        }
        let files = self.0.entry(pid).or_default();
        if files.len() < MAX_OPEN {
            files.insert(file);
        }
    }

    /// Whether a process that closes this one had opened it.
    pub fn close(&mut self, pid: u32, file: &Handle) -> bool {
        self.0.get_mut(&pid).is_some_and(|files| files.remove(file))
    }

    /// What a process opened before it became another, or another got its number, is not its own.
    pub fn forget(&mut self, pid: u32) {
        self.0.remove(&pid);
    }

    /// Forgets those of all other processes.
    pub fn keep(&mut self, is_known: impl Fn(u32) -> bool) {
        self.0.retain(|pid, _| is_known(*pid));
    }
}
