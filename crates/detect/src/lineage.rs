//! Who made which process: so that it is known where one came from that is gone, from who made it.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use crate::connector::{Connector, ProcessChange};
use crate::ended::JustEnded;
use crate::origin::Origin;
use crate::process::Stat;

/// Processes whose parent is known at a time.
const MAX_PROCESSES: usize = 64 << 10;
/// Changes that wait here, beyond those that wait in the kernel.
const MAX_QUEUED: usize = 8 << 10;
/// A chain of ancestors is never so long.
const MAX_ANCESTORS: usize = 64;

/// The parents of processes, as the kernel tells them.
#[derive(Debug)]
pub struct Lineage {
    connector: Connector,
    queue: VecDeque<ProcessChange>,
    parents: HashMap<u32, u32>,
    gone: JustEnded,
}

impl Lineage {
    /// Begins to listen.
    ///
    /// # Errors
    /// See [`Connector::listen`].
    pub fn listen() -> rustix::io::Result<Self> {
        let connector = Connector::listen()?;
        Ok(Self { connector, queue: VecDeque::new(), parents: HashMap::new(), gone: JustEnded::default() })
    }

    /// Takes in what happened to processes. The kernel keeps it for a while.
    ///
    /// # Errors
    /// If the kernel tells nothing any longer.
    pub fn learn(&mut self) -> rustix::io::Result<()> {
        loop {
            let more = self.connector.fetch(&mut self.queue, MAX_QUEUED)?;
            let now = Instant::now();
            for change in self.queue.drain(..) {
                match change {
                    ProcessChange::Forked { parent, child, .. } => {
                        if self.parents.len() < MAX_PROCESSES || self.parents.contains_key(&child) {
                            self.parents.insert(child, parent);
                        }
                    }
                    ProcessChange::Ended { process, .. } => self.gone.note(now, process),
                    ProcessChange::Execed { .. } | ProcessChange::BecameUser { .. } | ProcessChange::Lost(_) => {}
                }
            }
            while let Some(process) = self.gone.forgotten(now, self.parents.len() >= MAX_PROCESSES) {
                // Its number may be another's meanwhile.
                if Stat::of(process).is_none() {
                    self.parents.remove(&process);
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Where a process comes from that runs, or ran until a moment ago. `None`: nothing is known of it.
    pub fn origin(&self, process: u32) -> Option<Origin> {
        let parent = |process: u32| {
            let living = Stat::of(process).map(|stat| stat.parent);
            living.or_else(|| self.parents.get(&process).copied()).filter(|parent| *parent > 1)
        };
        let chain: Vec<u32> = std::iter::successors(Some(process), |at| parent(*at)).take(MAX_ANCESTORS).collect();
        chain.into_iter().rev().fold(None, |above: Option<Origin>, process| match (Origin::of(process), above) {
            (Some(own), Some(above)) => Some(own.below(&above)),
            (own, above) => own.or(above),
        })
    }
}
