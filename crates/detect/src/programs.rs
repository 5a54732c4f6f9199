//! Programs that start and end.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::connector::{Connector, ProcessChange};
use crate::origin::Origin;
use crate::process::{Facts, Stat, age, all, program};
use crate::table::{Entry, Table};

/// Lists of programs that can be told apart.
pub const MAX_LISTS: usize = 64;
/// Changes that wait here, beyond those that wait in the kernel.
const MAX_QUEUED: usize = 8 << 10;
/// Changes that are looked at before somebody else has a turn.
const MAX_TURN: usize = 2_048;
/// Signals that the kernel, or the program itself, sends when something is wrong with it: ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS.
const FAULTS: &[u8] = &[4, 5, 6, 7, 8, 11, 31];

/// What is told of programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramEvent {
    /// One started.
    Started(Box<Started>),
    /// One ended.
    Ended(Box<Ended>),
    /// So many changes of processes came too fast and are not known.
    Lost(u64),
}

/// A program that started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Its number among all starts; [`Ended`] has the same.
    pub number: u64,
    /// Its process.
    pub process: u32,
    /// The process that made that.
    pub parent: u32,
    /// The file that the parent runs.
    pub parent_program: Option<String>,
    /// The file that it runs. `None`: it was gone, or ran another already, before it could be looked at; it descends from one that is listed.
    pub program: Option<String>,
    /// What it was started with, its own name first.
    pub arguments: Vec<String>,
    /// Lists that it, or what it descends from, is on: a bit for each.
    pub lists: u64,
    /// It is a shell.
    pub shell: bool,
    /// Where it comes from.
    pub origin: Origin,
    /// It ran before anybody looked.
    pub before: bool,
}

/// A program that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The number of its start, where that was told.
    pub number: Option<u64>,
    /// Its process.
    pub process: u32,
    /// The file that it ran.
    pub program: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// Its exit status, where it ended by itself.
    pub status: Option<u8>,
    /// The signal that ended it.
    pub signal: Option<u8>,
    /// How long it ran, in milliseconds, where that is known.
    pub ran_ms: Option<u64>,
}

impl Ended {
    /// Whether something was wrong with it: it was ended by a signal that says so.
    pub fn failed(&self) -> bool {
        self.signal.is_some_and(|signal| FAULTS.contains(&signal))
    }
}

/// Which lists a program is on.
type Classify = Box<dyn Fn(&Facts) -> u64>;

/// Watches all processes of this machine, and tells of those that are listed, what descends from them, shells, and what fails.
pub struct Programs {
    connector: Option<Connector>,
    classify: Classify,
    shells: bool,
    table: Table,
    queue: VecDeque<ProcessChange>,
    /// How many changes of program of each process wait in the queue.
    execs: HashMap<u32, u32>,
    number: u64,
    must_look: bool,
}

impl fmt::Debug for Programs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Programs").field("connector", &self.connector).finish_non_exhaustive()
    }
}

impl Programs {
    /// Begins to watch with the kernel's word for everything that happens. `classify` says which lists a program is on, `shells` whether
    /// those are told. The first [`Programs::take`] tells what runs already.
    ///
    /// # Errors
    /// See [`Connector::listen`]; [`Programs::scanning`] is what can be done then.
    pub fn listening(classify: impl Fn(&Facts) -> u64 + 'static, shells: bool) -> rustix::io::Result<Self> {
        Ok(Self { connector: Some(Connector::listen()?), ..Self::scanning(classify, shells) })
    }

    /// The same by looking through /proc at every [`Programs::take`]: what starts and ends in between is missed, and how anything
    /// ended is not known.
    pub fn scanning(classify: impl Fn(&Facts) -> u64 + 'static, shells: bool) -> Self {
        Self {
            connector: None,
            classify: Box::new(classify),
            shells,
            table: Table::default(),
            queue: VecDeque::new(),
            execs: HashMap::new(),
            number: 0,
            must_look: true,
        }
    }

    /// Readable when there is something to take. `None`: it is scanned.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.connector.as_ref().map(|connector| connector.as_fd())
    }

    /// The program and origin of a process that runs, or ran until a moment ago.
    pub fn known(&self, pid: u32) -> Option<(Option<String>, Origin)> {
        let entry = self.table.get(pid);
        if let Some((entry, origin)) = entry.and_then(|entry| Some((entry, entry.origin.as_deref()?))) {
            return Some((entry.program.as_deref().map(str::to_owned), origin.clone()));
        }
        Some((program(pid).ok(), Origin::of(pid)?))
    }

    /// Tells what happened since it was last asked. Whether more may wait already.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn take(&mut self, tell: &mut dyn FnMut(ProgramEvent)) -> rustix::io::Result<bool> {
        if self.must_look || self.connector.is_none() {
            self.look(tell);
        }
        for _ in 0..MAX_TURN {
            if self.queue.is_empty() {
                self.fetch()?;
            }
            let Some(change) = self.queue.pop_front() else {
                if self.must_look {
                    self.look(tell);
                }
                return Ok(false);
            };
            self.understand(change, tell)?;
        }
        Ok(true)
    }

    fn fetch(&mut self) -> rustix::io::Result<()> {
        let Some(connector) = &mut self.connector else { return Ok(()) };
        let before = self.queue.len();
        connector.fetch(&mut self.queue, MAX_QUEUED)?;
        for change in self.queue.iter().skip(before) {
            if let ProcessChange::Execed { process, .. } = change {
                *self.execs.entry(*process).or_default() += 1;
            }
        }
        Ok(())
    }

    fn understand(&mut self, change: ProcessChange, tell: &mut dyn FnMut(ProgramEvent)) -> rustix::io::Result<()> {
        match change {
            ProcessChange::Forked { parent, child, at_ns } => {
                if !self.table.get(child).is_some_and(|entry| entry.covers(at_ns)) {
                    self.table.forked(parent, child);
                }
            }
            ProcessChange::Execed { process, at_ns } => {
                let facts = Facts::of(process);
                // What happened while it was looked at says whether that is the program which this is about.
                self.fetch()?;
                let waiting = self.execs.get(&process).copied().unwrap_or_default();
                if waiting <= 1 {
                    self.execs.remove(&process);
                } else {
                    self.execs.insert(process, waiting - 1);
                }
                if !self.is_told(process, at_ns, facts.as_ref()) {
                    self.started(process, facts.filter(|_| waiting <= 1), Some(at_ns), false, tell);
                }
            }
            // Who somebody becomes is still who began; of a login's program it is asked when it starts another.
            ProcessChange::BecameUser { .. } => {}
            ProcessChange::Ended { process, status, at_ns } => self.ended(process, Some((status, at_ns)), tell),
            ProcessChange::Lost(count) => {
                self.must_look = true;
                if count > 0 {
                    tell(ProgramEvent::Lost(count));
                }
            }
        }
        Ok(())
    }

    /// Whether a change of program was seen already when the process was found: the kernel tells what happened between the first word
    /// that it kept and the look through /proc a second time.
    fn is_told(&self, process: u32, at_ns: u64, facts: Option<&Facts>) -> bool {
        self.table.get(process).is_some_and(|entry| {
            let program = entry.program.as_deref();
            entry.covers(at_ns) && facts.is_none_or(|facts| facts.program.as_deref() == program)
        })
    }

    fn started(
        &mut self,
        process: u32,
        facts: Option<Facts>,
        at_ns: Option<u64>,
        before: bool,
        tell: &mut dyn FnMut(ProgramEvent),
    ) {
        let own = facts.as_ref().map_or(0, |facts| (self.classify)(facts));
        let began_ns = at_ns.or_else(|| {
            let age = age(facts.as_ref()?.started_ticks);
            monotonic_ns().checked_sub(u64::try_from(age.as_nanos()).ok()?)
        });
        let number = self.number;
        let Some(entry) = self.table.execed(process, facts.as_ref(), own, began_ns) else { return };
        if entry.lists() == 0 && !(self.shells && entry.is_shell) {
            return;
        }
        let Some(origin) = entry.origin.as_deref().cloned() else { return };
        entry.told = Some(number);
        self.number += 1;
        let (parent, lists, shell) = (entry.parent, entry.lists(), entry.is_shell);
        let program = entry.program.as_deref().map(str::to_owned);
        let arguments = facts.map(|facts| facts.arguments).unwrap_or_default();
        let parent_program = self.table.get(parent).and_then(|entry| entry.program.as_deref()).map(str::to_owned);
        tell(ProgramEvent::Started(Box::new(Started {
            number,
            process,
            parent,
            parent_program,
            program,
            arguments,
            lists,
            shell,
            origin,
            before,
        })));
    }

    fn ended(&mut self, process: u32, how: Option<(u32, u64)>, tell: &mut dyn FnMut(ProgramEvent)) {
        if let Some(Entry { told, program, origin: Some(origin), began_ns, gone: false, .. }) = self.table.get(process)
        {
            let status = how.map(|(status, _)| status);
            let byte = |number: u32| u8::try_from(number & 0xff).unwrap_or_default();
            let signal = status.map(|status| byte(status & 0x7f)).filter(|signal| *signal != 0);
            let at_ns = how.map_or_else(monotonic_ns, |(_, at_ns)| at_ns);
            let ended = Ended {
                number: *told,
                process,
                program: program.as_deref().map(str::to_owned),
                origin: Origin::clone(origin),
                status: status.filter(|_| signal.is_none()).map(|status| byte(status >> 8)),
                signal,
                ran_ms: began_ns.map(|began_ns| at_ns.saturating_sub(began_ns) / 1_000_000),
            };
            if ended.number.is_some() || ended.failed() {
                tell(ProgramEvent::Ended(Box::new(ended)));
            }
        }
        self.table.ended(process, Instant::now());
    }

    /// Looks through /proc for what is not known yet, and for what is gone.
    fn look(&mut self, tell: &mut dyn FnMut(ProgramEvent)) {
        let is_first = self.number == 0 && self.table.living().next().is_none();
        self.must_look = false;
        let mut here = HashSet::new();
        let mut fresh = Vec::new();
        for pid in all() {
            let Some(Stat { started_ticks, .. }) = Stat::of(pid).filter(|stat| stat.lives) else { continue };
            here.insert(pid);
            // Of one that is known, too, what the kernel said of another program may be among what was lost.
            let is_known = self.table.get(pid).is_some_and(|entry| {
                !entry.gone
                    && entry.started_ticks.is_none_or(|known| known == started_ticks)
                    && entry.program == program(pid).ok().map(Into::into)
            });
            if !is_known {
                fresh.extend(Facts::of(pid).map(|facts| (pid, facts, monotonic_ns())));
            }
        }
        let gone: Vec<u32> = self.table.living().map(|(pid, _)| pid).filter(|pid| !here.contains(pid)).collect();
        gone.into_iter().for_each(|pid| self.ended(pid, None, tell));
        // Who began before others may be their ancestor.
        fresh.sort_by_key(|(pid, facts, _)| (facts.started_ticks, *pid));
        for (pid, facts, found_ns) in fresh {
            if self.table.get(pid).is_some_and(|entry| entry.gone || entry.started_ticks != Some(facts.started_ticks)) {
                self.ended(pid, None, tell);
                self.table.forked(facts.parent, pid);
            }
            self.started(pid, Some(facts), None, is_first, tell);
            self.table.found(pid, found_ns);
        }
    }
}

fn monotonic_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    part(now.tv_sec).saturating_mul(1_000_000_000).saturating_add(part(now.tv_nsec))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    fn listed(facts: &Facts) -> u64 {
        facts.program.as_deref().is_some_and(|program| program.ends_with("/sleep")).into()
    }

    #[test]
    fn a_program_whose_start_was_among_what_the_kernel_dropped_is_found() {
        let Ok(mut programs) = Programs::listening(listed, false) else {
            return eprintln!("not tried: the kernel does not tell");
        };
        while programs.take(&mut |_| {}).unwrap() {}
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        // It is known that it was made, and not what it runs.
        let (mut heard, limit) = (VecDeque::new(), Instant::now() + Duration::from_secs(20));
        let is_exec =
            |change: &ProcessChange| matches!(change, ProcessChange::Execed { process, .. } if *process == child.id());
        while !heard.iter().any(is_exec) {
            assert!(Instant::now() < limit, "nothing is told of it");
            programs.connector.as_mut().unwrap().fetch(&mut heard, MAX_QUEUED).unwrap();
        }
        heard.retain(|change| !is_exec(change) && !matches!(change, ProcessChange::Execed { .. }));
        programs.queue.extend(heard);
        programs.queue.push_back(ProcessChange::Lost(1));
        let mut told = Vec::new();
        while programs.take(&mut |event| told.push(event)).unwrap() {}
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(told.contains(&ProgramEvent::Lost(1)), "{told:?}");
        let found = told.iter().filter_map(|event| match event {
            ProgramEvent::Started(started) if started.process == child.id() => Some(&started.arguments[..]),
            _ => None,
        });
        assert_eq!(found.collect::<Vec<_>>(), [["sleep", "60"]]);
    }
}
