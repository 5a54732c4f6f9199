//! Who made which process: so that it is known where one came from that is gone, from who made it.

use std::collections::VecDeque;
use std::time::Instant;

use crate::connector::{Connector, ProcessChange};
use crate::origin::Origin;
use crate::process::Stat;
use crate::table::Table;

/// Changes that wait here, beyond those that wait in the kernel.
const MAX_QUEUED: usize = 8 << 10;
/// A chain of ancestors is never so long.
const MAX_ANCESTORS: usize = 64;

/// The parents of processes, as the kernel tells them. What they run is not looked at: that would cost more than all else here.
#[derive(Debug)]
pub struct Lineage {
    connector: Connector,
    queue: VecDeque<ProcessChange>,
    table: Table,
}

impl Lineage {
    /// Begins to listen.
    ///
    /// # Errors
    /// See [`Connector::listen`].
    pub fn listen() -> rustix::io::Result<Self> {
        Ok(Self { connector: Connector::listen()?, queue: VecDeque::new(), table: Table::default() })
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
                    ProcessChange::Forked { parent, child, .. } => self.table.forked(parent, child),
                    ProcessChange::Ended { process, .. } => self.table.ended(process, now),
                    // Of one whose parent was lost nothing is known once it is gone, and that is told.
                    ProcessChange::Execed { .. } | ProcessChange::BecameUser { .. } | ProcessChange::Lost(_) => {}
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Where a process comes from that runs, or ran until a moment ago. `None`: nothing is known of it.
    pub fn origin(&self, process: u32) -> Option<Origin> {
        let parent = |process: &u32| {
            let living = Stat::of(*process).map(|stat| stat.parent);
            living.or_else(|| self.table.get(*process).map(|entry| entry.parent)).filter(|parent| *parent > 1)
        };
        let chain: Vec<u32> = std::iter::successors(Some(process), parent).take(MAX_ANCESTORS).collect();
        chain.into_iter().rev().fold(None, |above: Option<Origin>, process| match (Origin::of(process), above) {
            (Some(own), Some(above)) => Some(own.below(&above)),
            (own, above) => own.or(above),
        })
    }
}
