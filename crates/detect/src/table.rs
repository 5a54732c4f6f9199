//! The processes of a machine: what each runs, where it comes from, and which lists its program, or that of an ancestor, is on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::ended::JustEnded;
use crate::origin::Origin;
use crate::process::{Facts, file_name};

/// Processes that are known at a time; what comes beyond them is looked up when it is asked for.
const MAX_PROCESSES: usize = 64 << 10;

/// Programs that take orders: by file name.
pub const SHELLS: &[&str] = &[
    "sh", "bash", "dash", "zsh", "fish", "ksh", "ksh93", "mksh", "ash", "csh", "tcsh", "rc", "elvish", "nu", "xonsh",
    "pwsh", "busybox",
];

/// A process that is known.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it began, where that was looked at.
    pub started_ticks: Option<u64>,
    /// Who made it.
    pub parent: u32,
    /// Where it comes from.
    pub origin: Option<Arc<Origin>>,
    /// The file that it runs.
    pub program: Option<Arc<str>>,
    /// Lists that its program is on.
    pub own: u64,
    /// Lists that programs are on which it descends from.
    pub kin: u64,
    /// Its program is a shell.
    pub is_shell: bool,
    /// The number of its start, where that was told.
    pub told: Option<u64>,
    /// When its program began, on the kernel's monotonic clock.
    pub began_ns: Option<u64>,
    /// It has ended.
    pub gone: bool,
    /// When /proc was looked through and it was found, in nanoseconds of the kernel's monotonic clock: what the kernel says of it from
    /// before is known.
    pub found_ns: u64,
}

impl Entry {
    /// Whether a change at that time was seen when it was found.
    pub fn covers(&self, at_ns: u64) -> bool {
        !self.gone && at_ns <= self.found_ns
    }

    /// Every list that it is on, by itself or by descent.
    pub fn lists(&self) -> u64 {
        self.own | self.kin
    }
}

/// All that are known, by number.
#[derive(Debug, Default)]
pub struct Table {
    entries: HashMap<u32, Entry>,
    gone: JustEnded,
}

impl Table {
    /// One of them.
    pub fn get(&self, pid: u32) -> Option<&Entry> {
        self.entries.get(&pid)
    }

    /// This one was found in /proc at that time.
    pub fn found(&mut self, pid: u32, found_ns: u64) {
        if let Some(entry) = self.entries.get_mut(&pid) {
            entry.found_ns = found_ns;
        }
    }

    /// Those that have not ended.
    pub fn living(&self) -> impl Iterator<Item = (u32, &Entry)> {
        self.entries.iter().filter(|(_, entry)| !entry.gone).map(|(pid, entry)| (*pid, entry))
    }

    /// A process was made: until it runs something else it is what its parent is.
    pub fn forked(&mut self, parent: u32, child: u32) {
        let of_parent = self.entries.get(&parent);
        let entry = Entry {
            started_ticks: None,
            parent,
            origin: of_parent.and_then(|entry| entry.origin.clone()),
            program: of_parent.and_then(|entry| entry.program.clone()),
            own: of_parent.map_or(0, |entry| entry.own),
            kin: of_parent.map_or(0, Entry::lists),
            is_shell: of_parent.is_some_and(|entry| entry.is_shell),
            told: None,
            began_ns: None,
            gone: false,
            found_ns: 0,
        };
        self.insert(child, entry);
    }

    /// A process runs another program from now on, which is on these lists. What /proc said of it, unless that came too late.
    pub fn execed(&mut self, pid: u32, facts: Option<&Facts>, own: u64, began_ns: Option<u64>) -> Option<&mut Entry> {
        if !self.entries.contains_key(&pid) {
            self.forked(facts?.parent, pid);
        }
        let parent = self.entries.get(&self.entries.get(&pid)?.parent).and_then(|entry| entry.origin.clone());
        let entry = self.entries.get_mut(&pid)?;
        // What took the place of a program that is listed was started by it.
        entry.kin |= entry.own;
        entry.own = own;
        entry.gone = false;
        entry.began_ns = began_ns;
        entry.told = None;
        entry.program = facts.and_then(|facts| facts.program.as_deref()).map(Arc::from);
        let name = entry.program.as_deref().map(file_name);
        entry.is_shell = name.is_some_and(|name| SHELLS.contains(&name));
        if let Some(facts) = facts {
            entry.started_ticks = Some(facts.started_ticks);
            let before = entry.origin.take().or(parent);
            let origin = facts.origin.clone();
            let origin = before.as_deref().map_or_else(|| origin.clone(), |before| origin.clone().below(before));
            entry.origin = Some(before.filter(|before| **before == origin).unwrap_or_else(|| Arc::new(origin)));
        }
        Some(entry)
    }

    /// A process ended. It stays known for a while.
    pub fn ended(&mut self, pid: u32, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&pid) {
            entry.gone = true;
            self.gone.note(now, pid);
        }
        while let Some(pid) = self.gone.forgotten(now, self.entries.len() >= MAX_PROCESSES) {
            if self.entries.get(&pid).is_some_and(|entry| entry.gone) {
                self.entries.remove(&pid);
            }
        }
    }

    fn insert(&mut self, pid: u32, entry: Entry) {
        if self.entries.len() < MAX_PROCESSES || self.entries.contains_key(&pid) {
            self.entries.insert(pid, entry);
        }
    }
}
