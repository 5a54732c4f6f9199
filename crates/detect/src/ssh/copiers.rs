//! Programs of OpenSSH that copy files over it: what sshd runs to serve them, and what people run to fetch and send them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::kin::Kin;
use crate::connector::ProcessChange;
use crate::ended::JustEnded;
use crate::origin::Origin;
use crate::process::{Facts, Stat, all, file_name, program};

/// Processes that are known at a time.
const MAX_COPIERS: usize = 4 << 10;

/// By what files cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SshWay {
    /// What serves SFTP, also to an `scp` of today; or `sftp`.
    Sftp,
    /// `scp`; where it serves, to a former one, or to one with `-O`.
    Scp,
}

/// For whom files are copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// For this user, who is connected to this machine.
    Served(u32),
    /// By a program that somebody runs here, for whom another machine serves.
    Run(Origin),
}

/// What a program of this name does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It serves.
    SftpServer,
    /// It fetches and sends.
    Sftp,
    /// It does one of both.
    Scp,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        match name {
            "sftp-server" => Some(Self::SftpServer),
            "sftp" => Some(Self::Sftp),
            "scp" => Some(Self::Scp),
            _ => None,
        }
    }
}

/// A process that runs such a program, or is about to.
#[derive(Debug, Default)]
struct Copier {
    /// What it runs as of what was told last.
    runs: Option<(Kind, PathBuf)>,
    /// As it was when it began to.
    facts: Option<Facts>,
    /// It ran already when it was looked for.
    is_found: bool,
    gone: bool,
}

/// What is said of one.
#[derive(Debug, PartialEq, Eq)]
pub struct Role {
    pub way: SshWay,
    pub whose: Whose,
    pub program: PathBuf,
    /// A file that holds what it is to do.
    pub batch: Option<String>,
    /// It ran already when it was looked for: which files it had opened is not known.
    pub is_found: bool,
}

/// All that are known, by number.
#[derive(Debug, Default)]
pub struct Copiers {
    copiers: HashMap<u32, Copier>,
    gone: JustEnded,
}

impl Copiers {
    /// Looks for those that run: what began before, or while something was lost.
    pub fn look(&mut self) {
        self.copiers.retain(|pid, copier| copier.gone || Stat::of(*pid).is_some_and(|stat| stat.lives));
        for pid in all() {
            let Some(path) = program(pid).ok() else { continue };
            let Some(kind) = Kind::of(file_name(&path)) else { continue };
            if let Some(copier) = self.at(pid) {
                if copier.runs.is_none() {
                    (copier.runs, copier.is_found) = (Some((kind, path.into())), true);
                }
                copier.facts = copier.facts.take().or_else(|| facts(pid));
            }
        }
    }

    /// Takes in what happened to a process, and what it runs where that is known.
    pub fn learn(&mut self, change: ProcessChange, runs: Option<&str>, now: Instant) {
        match change {
            // Whoever had that number is gone.
            ProcessChange::Forked { child, .. } => drop(self.copiers.remove(&child)),
            ProcessChange::Execed { process, .. } if runs.is_some_and(|runs| Kind::of(file_name(runs)).is_some()) => {
                if let Some(copier) = self.at(process) {
                    copier.facts = facts(process);
                }
            }
            ProcessChange::Ended { process, .. } => {
                if let Some(copier) = self.copiers.get_mut(&process) {
                    copier.gone = true;
                    self.gone.note(now, process);
                }
            }
            ProcessChange::Lost(_) => self.look(),
            ProcessChange::Execed { .. } | ProcessChange::BecameUser { .. } => {}
        }
        while let Some(pid) = self.gone.forgotten(now, false) {
            if self.copiers.get(&pid).is_some_and(|copier| copier.gone) {
                self.copiers.remove(&pid);
            }
        }
    }

    /// A process runs the file of this name from here on, as what is opened and closed is told. Whether that makes it one of these.
    pub fn runs(&mut self, pid: u32, name: &Path, path: impl FnOnce() -> PathBuf) -> bool {
        match name.to_str().and_then(Kind::of) {
            Some(kind) => {
                let is_new = !self.copiers.contains_key(&pid);
                let Some(copier) = self.at(pid) else { return false };
                (copier.runs, copier.is_found) = (Some((kind, path())), false);
                // That it ended may have been told before.
                if is_new && Stat::of(pid).is_none_or(|stat| !stat.lives) {
                    copier.gone = true;
                    self.gone.note(Instant::now(), pid);
                }
                true
            }
            // What loads a program's libraries is opened to be run with it.
            None if name.as_os_str().as_encoded_bytes().starts_with(b"ld") => false,
            None => {
                if let Some(copier) = self.copiers.get_mut(&pid) {
                    copier.runs = None;
                }
                false
            }
        }
    }

    /// Whether any runs.
    pub fn any(&self) -> bool {
        self.copiers.values().any(|copier| !copier.gone)
    }

    /// Whether this is one.
    pub fn has(&self, pid: u32) -> bool {
        self.copiers.get(&pid).is_some_and(|copier| copier.runs.is_some())
    }

    /// What one does. `None`: it is not known any more, or it is none.
    pub fn role(&mut self, pid: u32, kin: &Kin) -> Option<Role> {
        let Copier { runs, facts, is_found, .. } = self.copiers.get_mut(&pid)?;
        let (kind, program) = runs.clone()?;
        if facts.is_none() {
            *facts = self::facts(pid);
        }
        let facts = facts.as_ref();
        let serves = match kind {
            Kind::SftpServer => true,
            Kind::Sftp => false,
            // One that fetches or sends runs ssh.
            Kind::Scp => facts.map_or(kin.has_forked(pid) == Some(false), |facts| is_serving(&facts.arguments)),
        };
        let origin = facts.map(|facts| &facts.origin);
        let whose = if serves {
            Whose::Served(kin.uid(pid).or(origin.map(|origin| origin.uid))?)
        } else {
            Whose::Run(origin?.clone())
        };
        let batch = facts.filter(|_| kind == Kind::Sftp).and_then(|facts| batch(&facts.arguments));
        let way = if kind == Kind::Scp { SshWay::Scp } else { SshWay::Sftp };
        Some(Role { way, whose, program, batch, is_found: *is_found })
    }

    fn at(&mut self, pid: u32) -> Option<&mut Copier> {
        let has_room = self.copiers.len() < MAX_COPIERS || self.copiers.contains_key(&pid);
        has_room.then(|| self.copiers.entry(pid).or_default())
    }
}

/// What is known of a process that runs one of these programs. Of one that has ended not even its arguments are.
fn facts(pid: u32) -> Option<Facts> {
    let is_one = |facts: &Facts| facts.program.as_deref().is_some_and(|program| Kind::of(file_name(program)).is_some());
    Facts::of(pid).filter(is_one)
}

/// Whether that is how sshd starts `scp`: to take (`-t`) or give (`-f`).
fn is_serving(arguments: &[String]) -> bool {
    let options = arguments.iter().skip(1).take_while(|argument| *argument != "--" && argument.starts_with('-'));
    { options }.any(|option| option == "-t" || option == "-f")
}

/// Where `sftp` reads what it is to do, where that is a file.
fn batch(arguments: &[String]) -> Option<String> {
    let at = arguments.iter().position(|argument| argument.starts_with("-b"))?;
    let attached = arguments.get(at)?.get(2..).filter(|file| !file.is_empty());
    attached.or_else(|| arguments.get(at + 1).map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn command_lines_say_who_serves_and_where_stands_what_is_to_be_done() {
        let serving = ["scp -t /srv", "scp -v -r -f -- -x"];
        assert!(serving.into_iter().all(|line| is_serving(&words(line))));
        let running = ["scp a ana@b:", "scp -r -P 22 a b:", "scp -- -t b:", "scp"];
        assert!(!running.into_iter().any(|line| is_serving(&words(line))));
        let files = ["sftp -b do host", "sftp -q -bdo host", "sftp host", "sftp -b"].map(|line| batch(&words(line)));
        assert_eq!(files.each_ref().map(Option::as_deref), [Some("do"), Some("do"), None, None]);
    }
}
