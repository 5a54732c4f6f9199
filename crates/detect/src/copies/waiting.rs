//! Copies of which is not known yet where they stay: programs write under another name, and rename when all is written.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::{Copied, Named};
use crate::handles::Handle;

/// A copy's name is looked at after this.
const NAME_AFTER: Duration = Duration::from_millis(500);
/// Copies that wait: of more, the first one's name is looked at.
const MAX_WAITING: usize = 4 << 10;

/// Those that wait, the first one first.
#[derive(Debug, Default)]
pub struct Waiting {
    queue: VecDeque<(Instant, Named, Copied)>,
    copies: HashSet<Handle>,
}

impl Waiting {
    /// One waits from now on. Who closes one again that waits, to set its times, say, has not copied once more.
    pub fn push(&mut self, copy: Named, copied: Copied) {
        if self.copies.insert(copy.file.clone()) {
            self.queue.push_back((Instant::now() + NAME_AFTER, copy, copied));
        }
    }

    /// When the first one is due.
    pub fn due(&self) -> Option<Instant> {
        self.queue.front().map(|(due, ..)| *due)
    }

    /// One that is due.
    pub fn pop(&mut self, now: Instant) -> Option<(Named, Copied)> {
        if self.queue.len() <= MAX_WAITING && self.due().is_none_or(|due| due > now) {
            return None;
        }
        let (_, copy, copied) = self.queue.pop_front()?;
        self.copies.remove(&copy.file);
        Some((copy, copied))
    }
}
