//! Processes of OpenSSH's sshd and what descends from them, by the kernel's word: as which user each serves, and which of them serves files
//! itself (`internal-sftp`), for which no program is started.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::connector::ProcessChange;
use crate::ended::JustEnded;
use crate::origin::Origin;
use crate::process::{Stat, all, arguments, file_name, program};

/// Processes that are known at a time.
const MAX_PROCESSES: usize = 16 << 10;
/// What sshd's programs are called: one in former versions, several in newer ones.
const SSHD: &[&str] = &["sshd", "sshd-session", "sshd-auth"];
/// A title is shorter.
const MAX_TITLE_BYTES: usize = 512;

/// A process that descends from a listening sshd, or is one.
#[derive(Debug, Clone)]
struct Process {
    /// Its real user: that of the login, once it has given up being root, also where it becomes root again.
    uid: u32,
    /// The file that it runs, where that is sshd's: all processes from a listening one to it run sshd, too.
    sshd: Option<Arc<str>>,
    /// It listens, or was not started by one that does.
    is_first: bool,
    /// It was made by such a one.
    of_first: bool,
    /// It runs another program than the process that made it, or may do so.
    execed: bool,
    /// It has made others since.
    forked: bool,
    /// It has said that it serves files.
    serves: bool,
    /// It ran already when it was looked for.
    is_found: bool,
    gone: bool,
}

/// All that are known, by number.
#[derive(Debug, Default)]
pub struct Kin {
    processes: HashMap<u32, Process>,
    gone: JustEnded,
}

impl Kin {
    /// Looks for those that run: what began before, or while messages were lost.
    pub fn look(&mut self) {
        self.processes.retain(|pid, known| known.gone || Stat::of(*pid).is_some_and(|stat| stat.lives));
        for pid in all() {
            let (Some(sshd), None) = (sshd(pid), self.processes.get(&pid)) else { continue };
            let is_first = Stat::of(pid).is_none_or(|stat| self::sshd(stat.parent).is_none());
            self.first(pid, sshd, is_first);
            if let Some(found) = self.processes.get_mut(&pid) {
                found.is_found = true;
            }
            // It may have ended when somebody asks.
            self.serving(pid);
        }
    }

    /// Takes in what happened to a process, and what it runs where that is known.
    pub fn learn(&mut self, change: ProcessChange, runs: Option<&str>, now: Instant) {
        match change {
            ProcessChange::Forked { parent, child, .. } => self.forked(parent, child),
            ProcessChange::Execed { process, .. } => self.execed(process, runs),
            ProcessChange::BecameUser { process, uid } => {
                if let Some(known) = self.processes.get_mut(&process).filter(|known| known.uid == 0) {
                    known.uid = uid;
                }
            }
            ProcessChange::Ended { process, .. } => {
                if let Some(known) = self.processes.get_mut(&process) {
                    known.gone = true;
                    self.gone.note(now, process);
                }
            }
            ProcessChange::Lost(_) => self.look(),
        }
        while let Some(pid) = self.gone.forgotten(now, false) {
            if self.processes.get(&pid).is_some_and(|known| known.gone) {
                self.processes.remove(&pid);
            }
        }
    }

    /// Whether somebody is connected.
    pub fn is_connected(&self) -> bool {
        self.processes.values().any(|known| known.sshd.is_some() && !known.is_first && !known.gone)
    }

    /// The user whose login a process descends from.
    pub fn uid(&self, pid: u32) -> Option<u32> {
        self.processes.get(&pid).map(|known| known.uid)
    }

    /// Whether a process has made others since it runs its program.
    pub fn has_forked(&self, pid: u32) -> Option<bool> {
        self.processes.get(&pid).map(|known| known.forked)
    }

    /// Whether a process may serve files itself.
    pub fn may_serve(&self, pid: u32) -> bool {
        self.processes.get(&pid).is_some_and(|known| known.sshd.is_some() && !known.is_first)
    }

    /// The file that a process runs which serves files itself, and whether it did so already when it was looked for.
    pub fn serving(&mut self, pid: u32) -> Option<(Arc<str>, bool)> {
        let known = self.processes.get_mut(&pid)?;
        let sshd = known.sshd.clone()?;
        if !known.serves {
            let title = arguments(pid, MAX_TITLE_BYTES).into_iter().next().unwrap_or_default();
            // Of one that has ended, and ran nothing else to its end, nothing else is known to close files.
            known.serves = if title.is_empty() { !known.execed } else { is_title(&title) };
        }
        known.serves.then_some((sshd, known.is_found))
    }

    fn forked(&mut self, parent: u32, child: u32) {
        // Whoever had that number is gone.
        self.processes.remove(&child);
        let Some(parent) = self.processes.get_mut(&parent) else { return };
        parent.forked = true;
        let child_of = Process {
            is_first: false,
            of_first: parent.is_first,
            execed: false,
            forked: false,
            serves: false,
            is_found: false,
            ..parent.clone()
        };
        if self.processes.len() < MAX_PROCESSES {
            self.processes.insert(child, child_of);
        }
    }

    fn execed(&mut self, pid: u32, runs: Option<&str>) {
        let sshd = runs.filter(|program| is_sshd(program)).map(Arc::from);
        match (self.processes.get_mut(&pid), sshd) {
            (None, Some(sshd)) => self.first(pid, sshd, true),
            // Somebody who is logged in starts another sshd: who connects to that is somebody else.
            (Some(Process { sshd: None, .. }), Some(sshd)) => self.first(pid, sshd, true),
            (Some(known), sshd) => {
                // A listening one starts sshd anew for each connection.
                let is_too_late = runs.is_none() && known.of_first;
                known.sshd = sshd.or_else(|| known.sshd.take().filter(|_| is_too_late));
                (known.execed, known.forked) = (true, false);
            }
            (None, None) => {}
        }
    }

    /// One whose beginning was not seen, or is none of another's.
    fn first(&mut self, pid: u32, sshd: Arc<str>, is_first: bool) {
        let Some(Origin { uid, .. }) = Origin::of(pid) else { return };
        let of_first = false;
        let first = Process {
            uid,
            sshd: Some(sshd),
            is_first,
            of_first,
            execed: true,
            forked: false,
            serves: false,
            is_found: false,
            gone: false,
        };
        self.processes.insert(pid, first);
    }
}

fn sshd(pid: u32) -> Option<Arc<str>> {
    program(pid).ok().filter(|program| is_sshd(program)).map(Arc::from)
}

fn is_sshd(program: &str) -> bool {
    SSHD.contains(&file_name(program))
}

/// Whether a process of sshd's says so that it serves files: `sshd: ana@internal-sftp`.
fn is_title(title: &str) -> bool {
    let (program, rest) = title.split_once(": ").unwrap_or_default();
    is_sshd(program) && rest.trim_end().ends_with("@internal-sftp")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ended::KNOWN_AFTER_END;

    /// Numbers that no process has.
    const NOBODY: u32 = u32::MAX - 100;

    fn forked(parent: u32, child: u32) -> ProcessChange {
        ProcessChange::Forked { parent, child, at_ns: 0 }
    }

    fn kin(changes: impl IntoIterator<Item = ProcessChange>) -> Kin {
        let mut kin = Kin::default();
        let listening = Process {
            uid: 0,
            sshd: Some("/usr/sbin/sshd".into()),
            is_first: true,
            of_first: false,
            execed: true,
            forked: false,
            serves: false,
            is_found: false,
            gone: false,
        };
        kin.processes.insert(NOBODY, listening);
        changes.into_iter().for_each(|change| kin.learn(change, None, Instant::now()));
        kin
    }

    #[test]
    fn who_ended_before_anybody_looked_serves_if_sshd_was_all_that_it_ran() {
        let [monitor, of_user, serving, shell, below] = [1, 2, 3, 4, 5].map(|number| NOBODY + number);
        let execed = |process| ProcessChange::Execed { process, at_ns: 0 };
        let ended = |process| ProcessChange::Ended { process, status: 0, at_ns: 0 };
        let mut kin = kin([
            forked(NOBODY, monitor),
            execed(monitor),
            forked(monitor, of_user),
            ProcessChange::BecameUser { process: of_user, uid: 1_000 },
            forked(of_user, serving),
            forked(of_user, shell),
            execed(shell),
            forked(shell, below),
            ProcessChange::BecameUser { process: below, uid: 0 },
        ]);
        assert!(kin.is_connected());
        [below, shell, serving, of_user, monitor]
            .into_iter()
            .for_each(|pid| kin.learn(ended(pid), None, Instant::now()));
        assert!(!kin.is_connected());
        let served = [monitor, serving, shell, below].map(|pid| (kin.serving(pid).is_some(), kin.uid(pid)));
        assert_eq!(served, [(false, Some(0)), (true, Some(1_000)), (false, Some(1_000)), (false, Some(1_000))]);
        assert_eq!((kin.has_forked(shell), kin.has_forked(serving)), (Some(true), Some(false)));
        // Long after that their numbers are free.
        kin.learn(ended(NOBODY), None, Instant::now() + KNOWN_AFTER_END);
        assert_eq!(kin.uid(serving), None);
    }

    #[test]
    fn titles_of_sshd_that_serve_files_are_known() {
        for title in ["sshd: ana@internal-sftp", "sshd-session: a: b@internal-sftp  "] {
            assert!(is_title(title), "{title}");
        }
        for title in ["sshd: ana@notty", "sshd: ana [priv]", "cat: x@internal-sftp", "internal-sftp", ""] {
            assert!(!is_title(title), "{title}");
        }
    }
}
